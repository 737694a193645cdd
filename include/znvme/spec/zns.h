/* SPDX-License-Identifier: MIT */
/*
 * The wire formats of zoned namespaces: Identify, commands, zone reports, the Changed Zone List.
 *
 * NVM Express Zoned Namespace Command Set Specification 1.2. Its opcodes are in cmd.h, its status
 * codes in status.h, its log page identifier and event in log.h. All sizes, addresses and write
 * pointers are in logical blocks unless it says otherwise.
 */
#ifndef ZNVME_SPEC_ZNS_H
#define ZNVME_SPEC_ZNS_H

#include "types.h"

/* ---- Identify ------------------------------------------------------------------------------ */

/* LBA Format Extension: what is zoned in an LBA format (4.1.5.1). */
struct znvme_lbafe {
	uint64_t zsze; /* zone size: from one zone's start to the next */
	uint8_t zdes;  /* zone descriptor extension size, in units of 64 bytes; 0: none */
	uint8_t rsvd9[7];
};
ZNVME_ASSERT_SIZE(struct znvme_lbafe, 16);

#define ZNVME_ZDES_UNIT 64u /* bytes */

/* Identify Namespace of the Zoned Namespace Command Set (4.1.5.1; CNS 05h, CSI 02h). */
struct znvme_id_ns_zns {
	uint16_t zoc;	  /* zone operation characteristics, ZNVME_ZNS_ZOC_* */
	uint16_t ozcs;	  /* optional zoned command support, ZNVME_ZNS_OZCS_* */
	uint32_t mar;	  /* maximum active resources, 0-based; ffffffffh: no limit */
	uint32_t mor;	  /* maximum open resources, 0-based; ffffffffh: no limit */
	uint32_t rrl;	  /* reset recommended limit, seconds; 0: not reported */
	uint32_t frl;	  /* finish recommended limit, seconds; 0: not reported */
	uint32_t rrl1;	  /* the same, of further limits: which one, a zone's attributes tell */
	uint32_t rrl2;	  /* */
	uint32_t rrl3;	  /* */
	uint32_t frl1;	  /* */
	uint32_t frl2;	  /* */
	uint32_t frl3;	  /* */
	uint32_t numzrwa; /* zones that can have a random write area at a time */
	uint16_t zrwafg;  /* zone random write area: granularity of flushes */
	uint16_t zrwasz;  /* its size */
	uint8_t zrwacap;  /* its capabilities, ZNVME_ZNS_ZRWACAP_* */
	uint8_t rsvd53[2763];
	struct znvme_lbafe lbafe[64]; /* by LBA format */
	uint8_t vs[256];
};
ZNVME_ASSERT_SIZE(struct znvme_id_ns_zns, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_zns, frl3, 40);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_zns, zrwacap, 52);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_zns, lbafe, 2816);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_zns, vs, 3840);

#define ZNVME_ZNS_ZOC_VZC	      0x0001u	  /* the capacity of a zone may change */
#define ZNVME_ZNS_ZOC_ZAE	      0x0002u	  /* the controller may finish an active zone */
#define ZNVME_ZNS_OZCS_RAZB	      0x0001u	  /* reads may cross from zone to zone */
#define ZNVME_ZNS_OZCS_ZRWASUP	      0x0002u	  /* zone random write areas */
#define ZNVME_ZNS_ZRWACAP_EXPFLUSHSUP 0x01u	  /* Flush Explicit ZRWA Range */
#define ZNVME_ZNS_NO_LIMIT	      0xffffffffu /* of mar, mor */

/* Identify Controller of the Zoned Namespace Command Set (4.1.5.2; CNS 06h, CSI 02h). */
struct znvme_id_ctrl_zns {
	uint8_t zasl; /* Zone Append moves at most 2^zasl pages of CAP.MPSMIN; 0: as MDTS has it */
	uint8_t rsvd1[4095];
};
ZNVME_ASSERT_SIZE(struct znvme_id_ctrl_zns, 4096);

/* ---- zones --------------------------------------------------------------------------------- */

enum znvme_zone_type {
	ZNVME_ZONE_SEQUENTIAL = 0x2, /* sequential write required */
};

enum znvme_zone_state {
	ZNVME_ZONE_EMPTY = 0x1,
	ZNVME_ZONE_IMPLICITLY_OPEN = 0x2,
	ZNVME_ZONE_EXPLICITLY_OPEN = 0x3,
	ZNVME_ZONE_CLOSED = 0x4,
	ZNVME_ZONE_READ_ONLY = 0xd,
	ZNVME_ZONE_FULL = 0xe,
	ZNVME_ZONE_OFFLINE = 0xf,
};

/* Zone Descriptor (3.4.2.2.3). In an extended report the zone's extension follows it. */
struct znvme_zone_desc {
	uint8_t zt;  /* ZNVME_ZONE_ZT */
	uint8_t zs;  /* ZNVME_ZONE_ZS */
	uint8_t za;  /* attributes, ZNVME_ZONE_ZA_* */
	uint8_t zai; /* which limit an attribute is about: ZNVME_ZONE_ZAI_* */
	uint8_t rsvd4[4];
	uint64_t zcap;	/* capacity: blocks from the start that can be written */
	uint64_t zslba; /* start */
	uint64_t wp;	/* write pointer; nothing where the zone is full, read only or offline */
	uint8_t rsvd32[32];
};
ZNVME_ASSERT_SIZE(struct znvme_zone_desc, 64);
ZNVME_ASSERT_OFFSET(struct znvme_zone_desc, zcap, 8);
ZNVME_ASSERT_OFFSET(struct znvme_zone_desc, wp, 24);

#define ZNVME_ZONE_ZT	    0x0fu /* enum znvme_zone_type */
#define ZNVME_ZONE_ZS	    0xf0u /* enum znvme_zone_state */
#define ZNVME_ZONE_ZA_ZFC   0x01u /* finished by the controller */
#define ZNVME_ZONE_ZA_FZR   0x02u /* finishing is recommended */
#define ZNVME_ZONE_ZA_RZR   0x04u /* a reset is recommended */
#define ZNVME_ZONE_ZA_ZRWAV 0x08u /* has a random write area */
#define ZNVME_ZONE_ZA_ZDEV  0x80u /* its extension is valid */
#define ZNVME_ZONE_ZAI_RRLI 0x03u /* RZR: RRL, RRL1, RRL2 or RRL3 is its limit */
#define ZNVME_ZONE_ZAI_FRLI 0x0cu /* FZR: FRL, FRL1, FRL2 or FRL3 */

/* The report: a header, then descriptors, each with its extension in an extended one (3.4.2.2.2).
 */
struct znvme_zone_report_header {
	uint64_t nr_zones; /* that match, or in a partial report: that follow */
	uint8_t rsvd8[56];
};
ZNVME_ASSERT_SIZE(struct znvme_zone_report_header, 64);

/* Changed Zone List (4.1.4.1; log page BFh of a namespace): starts of zones, rising. */
struct znvme_changed_zones_log {
	uint16_t nrzid; /* how many; ffffh: more than fit, none are listed */
	uint8_t rsvd2[6];
	uint64_t zid[511];
};
ZNVME_ASSERT_SIZE(struct znvme_changed_zones_log, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_changed_zones_log, zid, 8);

#define ZNVME_CHANGED_ZONES_MAX	     511u
#define ZNVME_CHANGED_ZONES_OVERFLOW 0xffffu

/* ---- commands ------------------------------------------------------------------------------ */

/* Zone Management Send (3.4.3): zone in CDW10 and 11. */
#define ZNVME_ZONE_SEND_ZSA   0x000000ffu /* CDW13: enum znvme_zone_action */
#define ZNVME_ZONE_SEND_ALL   0x00000100u /* CDW13: select all zones in states that allow it */
#define ZNVME_ZONE_SEND_ZRWAA 0x00000200u /* CDW13: with a zone random write area */
#define ZNVME_ZONE_SEND_ZCAPC 0x00000001u /* dword 0 of the completion: the capacity changed */

enum znvme_zone_action {
	ZNVME_ZONE_CLOSE = 0x01,
	ZNVME_ZONE_FINISH = 0x02,
	ZNVME_ZONE_OPEN = 0x03,
	ZNVME_ZONE_RESET = 0x04,
	ZNVME_ZONE_TO_OFFLINE = 0x05,
	ZNVME_ZONE_SET_EXTENSION = 0x10, /* set zone descriptor extension, from the data buffer */
	ZNVME_ZONE_FLUSH_ZRWA = 0x11,	 /* flush explicit ZRWA range: CDW10 and 11 end it */
};

/* Zone Management Receive (3.4.2): first zone in CDW10 and 11, dwords, 0-based, in CDW12. */
#define ZNVME_ZONE_RECV_ZRA	0x000000ffu /* CDW13: enum znvme_zone_receive */
#define ZNVME_ZONE_RECV_ZRASF	0x0000ff00u /* CDW13: enum znvme_zone_filter */
#define ZNVME_ZONE_RECV_PARTIAL 0x00010000u /* CDW13: count only what fits */

enum znvme_zone_receive {
	ZNVME_ZONE_REPORT = 0x00,
	ZNVME_ZONE_EXTENDED_REPORT = 0x01,
};

/* Zones of which state are reported. */
enum znvme_zone_filter {
	ZNVME_ZONES_ALL = 0x0,
	ZNVME_ZONES_EMPTY = 0x1,
	ZNVME_ZONES_IMPLICITLY_OPEN = 0x2,
	ZNVME_ZONES_EXPLICITLY_OPEN = 0x3,
	ZNVME_ZONES_CLOSED = 0x4,
	ZNVME_ZONES_FULL = 0x5,
	ZNVME_ZONES_READ_ONLY = 0x6,
	ZNVME_ZONES_OFFLINE = 0x7,
};

/* Zone Append (3.4.1): zone in CDW10 and 11, blocks in CDW12 as in a write (ZNVME_RW_*). */
#define ZNVME_APPEND_PIREMAP 0x02000000u /* CDW12: reference tags as for where it goes */

#endif
