/* SPDX-License-Identifier: MIT */
/*
 * Host managed live migration (Base 2.1, section 8.1.12): Controller Data Queue (5.1.4) and its
 * feature, Migration Receive (5.1.16) and Send (5.1.17), Track Receive (5.1.26) and Send (5.1.27),
 * the state of a controller, the entries of a User Data Migration Queue (NVM Command Set 1.1).
 * Tracking of host memory has its operation codes here and no structures.
 */
#ifndef ZNVME_SPEC_LM_H
#define ZNVME_SPEC_LM_H

#include "types.h"

/* ---- Controller Data Queue ----------------------------------------------------------------- */

/* CDW12 of Create is the size of the queue in dwords, PRP1 its memory. */
#define ZNVME_CDQ_SEL	 0x000000ffu /* CDW10: enum znvme_cdq_sel */
#define ZNVME_CDQ_QT	 0x00ff0000u /* CDW10 of Create: enum znvme_cdq_type */
#define ZNVME_CDQ_PC	 0x00000001u /* CDW11 of Create: physically contiguous */
#define ZNVME_CDQ_CNTLID 0xffff0000u /* CDW11 of Create: the controller that it is about */
#define ZNVME_CDQ_CDQID	 0x0000ffffu /* CDW11 of Delete; dword 0 of what Create returns */

enum znvme_cdq_sel {
	ZNVME_CDQ_CREATE = 0,
	ZNVME_CDQ_DELETE = 1,
};

enum znvme_cdq_type {
	ZNVME_CDQ_USER_DATA = 0, /* User Data Migration Queue: struct znvme_lba_migration_entry */
};

/* What has changed, an entry of a User Data Migration Queue (type 0). */
struct znvme_lba_migration_entry {
	uint32_t nsid;
	uint32_t nlb; /* blocks, 0-based */
	uint64_t slba;
	uint8_t rsvd16[15];
	uint8_t lbamqa; /* ZNVME_LBAMQA_*; written last */
};
ZNVME_ASSERT_SIZE(struct znvme_lba_migration_entry, 32);
ZNVME_ASSERT_OFFSET(struct znvme_lba_migration_entry, nlb, 4);
ZNVME_ASSERT_OFFSET(struct znvme_lba_migration_entry, slba, 8);
ZNVME_ASSERT_OFFSET(struct znvme_lba_migration_entry, lbamqa, 31);

#define ZNVME_LBAMQA_CDQP   0x01u /* phase tag: other than it was in the round before */
#define ZNVME_LBAMQA_ESA    0x0eu /* enum znvme_lbamq_esa */
#define ZNVME_LBAMQA_DLBA   0x20u /* the blocks were deallocated */
#define ZNVME_LBAMQA_LBACIR 0xc0u /* enum znvme_lbamq_range */

/* Entry sequence attribute. */
enum znvme_lbamq_esa {
	ZNVME_LBAMQ_FIRST = 1,	   /* the first since logging began */
	ZNVME_LBAMQ_STOPPED = 2,   /* the last: logging was stopped */
	ZNVME_LBAMQ_SUSPENDED = 3, /* the last: the controller is suspended */
	ZNVME_LBAMQ_FULL = 7,	   /* the last: there was no room for more */
};

/* LBA change information. */
enum znvme_lbamq_range {
	ZNVME_LBAMQ_RANGE = 0, /* the blocks of SLBA and NLB */
	ZNVME_LBAMQ_ALL = 1,   /* all of the namespace */
	ZNVME_LBAMQ_NONE = 2,  /* the entry tells of no blocks */
};

/* Feature 21h (section 5.1.25): CDW12 is the head pointer, CDW13 the tail pointer trigger. */
#define ZNVME_FEAT_CDQ_CDQID 0x0000ffffu /* CDW11, also of Get */
#define ZNVME_FEAT_CDQ_ETPT  0x80000000u /* CDW11: enable the tail pointer trigger */

/* What Get Features has of it. Both are slots of the queue. */
struct znvme_cdq_attrs {
	uint32_t hp;  /* head pointer: the next slot that the host reads */
	uint32_t tpt; /* tail pointer trigger: its entry raises an event */
	uint8_t rsvd8[504];
};
ZNVME_ASSERT_SIZE(struct znvme_cdq_attrs, 512);
ZNVME_ASSERT_OFFSET(struct znvme_cdq_attrs, tpt, 4);

/* ---- Track Send and Receive ---------------------------------------------------------------- */

#define ZNVME_TRACK_SEL	  0x000000ffu /* CDW10: enum znvme_track_send, enum znvme_track_recv */
#define ZNVME_TRACK_MOS	  0xffff0000u /* CDW10: of the operation */
#define ZNVME_TRACK_LACT  0x000f0000u /* CDW10 of Log User Data Changes: enum znvme_track_lact */
#define ZNVME_TRACK_CDQID 0x0000ffffu /* CDW11 of Log User Data Changes */

enum znvme_track_send {
	ZNVME_TRACK_USER_DATA = 0, /* Log User Data Changes */
	ZNVME_TRACK_MEMORY = 1,	   /* Track Memory Changes */
};

enum znvme_track_recv {
	ZNVME_TRACKED_MEMORY = 0, /* Tracked Memory Changes */
};

enum znvme_track_lact {
	ZNVME_TRACK_STOP = 0,
	ZNVME_TRACK_START = 1,
};

/* ---- Migration Send and Receive ------------------------------------------------------------ */

/*
 * CDW12 and 13 are the offset into the state in bytes, CDW15 dwords: 0-based in Receive. Indices
 * into the Supported Controller State Formats are 1-based; 0 stands for none of these parts.
 */
#define ZNVME_MIGRATION_SEL	0x000000ffu /* CDW10: enum znvme_migration_send, _recv */
#define ZNVME_MIGRATION_CNTLID	0x0000ffffu /* CDW11 */
#define ZNVME_MIGRATION_UIDX	0x0000007fu /* CDW14 */
#define ZNVME_SUSPEND_STYPE	0x00ff0000u /* CDW11 of Suspend: enum znvme_suspend_type */
#define ZNVME_SUSPEND_DUDMQ	0x80000000u /* CDW11 of Suspend: delete its user data queues */
#define ZNVME_SET_STATE_SEQIND	0x00030000u /* CDW10 of Set: enum znvme_state_sequence */
#define ZNVME_SET_STATE_CSVI	0x00ff0000u /* CDW11 of Set: version index */
#define ZNVME_SET_STATE_CSUUIDI 0xff000000u /* CDW11 of Set: UUID index */
#define ZNVME_GET_STATE_CSVI	0x00ff0000u /* CDW10 of Get: version index */
#define ZNVME_GET_STATE_CSUUIDI 0x00ff0000u /* CDW11 of Get: UUID index */
#define ZNVME_GET_STATE_CSUIDXP 0xff000000u /* CDW11 of Get: parameter of the UUID's */
#define ZNVME_GET_STATE_CSUP	0x00000001u /* result of Get: the controller is suspended */

enum znvme_migration_send {
	ZNVME_MIGRATION_SUSPEND = 0,
	ZNVME_MIGRATION_RESUME = 1,
	ZNVME_MIGRATION_SET_STATE = 2,
};

enum znvme_migration_recv {
	ZNVME_MIGRATION_GET_STATE = 0,
};

enum znvme_suspend_type {
	ZNVME_SUSPEND_NOTIFY = 0, /* it is going to be suspended */
	ZNVME_SUSPEND_NOW = 1,
};

enum znvme_state_sequence {
	ZNVME_STATE_MIDDLE = 0,
	ZNVME_STATE_FIRST = 1,
	ZNVME_STATE_LAST = 2,
	ZNVME_STATE_ENTIRE = 3, /* one command has all of it */
};

/* Identify with CNS 20h: nv versions of 2 bytes, then nuuid UUIDs of 16. */
struct znvme_ctrl_state_formats {
	uint8_t nv;
	uint8_t nuuid;
	uint8_t data[4094];
};
ZNVME_ASSERT_SIZE(struct znvme_ctrl_state_formats, 4096);

/* A controller's state: this, the NVMe controller state, what is the vendor's. */
struct znvme_ctrl_state_header {
	uint16_t ver;
	uint8_t csattr; /* ZNVME_CSATTR_* */
	uint8_t rsvd3[13];
	uint8_t nvmecss[16]; /* dwords of the NVMe controller state */
	uint8_t vss[16];     /* dwords of the vendor's */
};
ZNVME_ASSERT_SIZE(struct znvme_ctrl_state_header, 48);
ZNVME_ASSERT_OFFSET(struct znvme_ctrl_state_header, nvmecss, 16);
ZNVME_ASSERT_OFFSET(struct znvme_ctrl_state_header, vss, 32);

#define ZNVME_CSATTR_SUSPENDED 0x01u

/* The NVMe controller state: this, niosq submission queues, niocq completion queues. */
struct znvme_nvme_state {
	uint16_t ver;
	uint16_t niosq;
	uint16_t niocq;
	uint16_t rsvd6;
};
ZNVME_ASSERT_SIZE(struct znvme_nvme_state, 8);

struct znvme_iosq_state {
	uint64_t iosqprp1;
	uint16_t iosqqsize; /* entries, 0-based */
	uint16_t iosqqid;
	uint16_t iosqcqid;
	uint16_t iosqa; /* ZNVME_IOSQA_* */
	uint16_t iosqhp;
	uint16_t iosqtp;
	uint8_t rsvd20[4];
};
ZNVME_ASSERT_SIZE(struct znvme_iosq_state, 24);
ZNVME_ASSERT_OFFSET(struct znvme_iosq_state, iosqa, 14);
ZNVME_ASSERT_OFFSET(struct znvme_iosq_state, iosqtp, 18);

#define ZNVME_IOSQA_PC	  0x0001u /* physically contiguous */
#define ZNVME_IOSQA_QPRIO 0x0006u /* priority */

struct znvme_iocq_state {
	uint64_t iocqprp1;
	uint16_t iocqqsize; /* entries, 0-based */
	uint16_t iocqqid;
	uint16_t iocqhp;
	uint16_t iocqtp;
	uint32_t iocqa; /* ZNVME_IOCQA_* */
	uint8_t rsvd20[4];
};
ZNVME_ASSERT_SIZE(struct znvme_iocq_state, 24);
ZNVME_ASSERT_OFFSET(struct znvme_iocq_state, iocqa, 16);

#define ZNVME_IOCQA_PC	 0x00000001u /* physically contiguous */
#define ZNVME_IOCQA_IEN	 0x00000002u /* interrupts are enabled */
#define ZNVME_IOCQA_S0PT 0x00000004u /* phase tag of slot 0 */
#define ZNVME_IOCQA_IV	 0xffff0000u /* interrupt vector */

#endif
