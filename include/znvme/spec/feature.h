/* SPDX-License-Identifier: MIT */
/*
 * Features: identifiers, the fields of their dwords, and their data structures.
 *
 * NVM Express Base Specification 2.1, section 5.1.25 (Set Features) and 5.1.11 (Get Features);
 * NVM Command Set Specification 1.1, section 4.1.4.
 *
 * Unless a comment says otherwise a mask is for command dword 11 of Set Features and for
 * dword 0 of the completion of Get Features, which have the same layout.
 */
#ifndef ZNVME_SPEC_FEATURE_H
#define ZNVME_SPEC_FEATURE_H

#include "types.h"

/* Feature Identifier. */
enum znvme_fid {
	ZNVME_FEAT_ARBITRATION = 0x01,
	ZNVME_FEAT_POWER_MGMT = 0x02,
	ZNVME_FEAT_LBA_RANGE = 0x03, /* NVM */
	ZNVME_FEAT_TEMP_THRESHOLD = 0x04,
	ZNVME_FEAT_ERROR_RECOVERY = 0x05, /* NVM */
	ZNVME_FEAT_VWC = 0x06,
	ZNVME_FEAT_NUM_QUEUES = 0x07,
	ZNVME_FEAT_IRQ_COALESCING = 0x08,
	ZNVME_FEAT_IRQ_VECTOR = 0x09,
	ZNVME_FEAT_WRITE_ATOMICITY = 0x0a, /* NVM */
	ZNVME_FEAT_ASYNC_EVENT = 0x0b,
	ZNVME_FEAT_APST = 0x0c,	     /* data: struct znvme_apst_table */
	ZNVME_FEAT_HMB = 0x0d,	     /* data of Get: struct znvme_hmb_attrs */
	ZNVME_FEAT_TIMESTAMP = 0x0e, /* data: struct znvme_timestamp */
	ZNVME_FEAT_KEEP_ALIVE = 0x0f,
	ZNVME_FEAT_HCTM = 0x10,
	ZNVME_FEAT_NOPSC = 0x11,
	ZNVME_FEAT_RRL = 0x12,
	ZNVME_FEAT_PLM_CONFIG = 0x13, /* data: struct znvme_plm_config */
	ZNVME_FEAT_PLM_WINDOW = 0x14,
	ZNVME_FEAT_LBA_STATUS = 0x15,	 /* NVM */
	ZNVME_FEAT_HOST_BEHAVIOR = 0x16, /* data: struct znvme_host_behavior */
	ZNVME_FEAT_SANITIZE = 0x17,
	ZNVME_FEAT_ENDURANCE_EVENT = 0x18,
	ZNVME_FEAT_IOCS_PROFILE = 0x19,
	ZNVME_FEAT_SPINUP = 0x1a,
	ZNVME_FEAT_POWER_LOSS_SIGNAL = 0x1b,
	ZNVME_FEAT_PERFORMANCE = 0x1c, /* NVM; data: struct znvme_perf_… */
	ZNVME_FEAT_FDP = 0x1d,
	ZNVME_FEAT_FDP_EVENTS = 0x1e,
	ZNVME_FEAT_NS_ADMIN_LABEL = 0x1f, /* data: struct znvme_ns_admin_label */
	ZNVME_FEAT_KEY_VALUE = 0x20,	  /* KV */
	ZNVME_FEAT_CDQ = 0x21,		  /* data of Get: struct znvme_cdq_attrs */
	ZNVME_FEAT_EMC_ADDR = 0x78,
	ZNVME_FEAT_HOST_AGENT_ADDR = 0x79,
	ZNVME_FEAT_ENH_CTRL_METADATA = 0x7d, /* data: struct znvme_host_metadata */
	ZNVME_FEAT_CTRL_METADATA = 0x7e,     /* data: struct znvme_host_metadata */
	ZNVME_FEAT_NS_METADATA = 0x7f,	     /* data: struct znvme_host_metadata */
	ZNVME_FEAT_SW_PROGRESS = 0x80,
	ZNVME_FEAT_HOST_ID = 0x81, /* data: 8 or 16 bytes, ZNVME_FEAT_HOST_ID_EXHID */
	ZNVME_FEAT_RESV_NOTIFY = 0x82,
	ZNVME_FEAT_RESV_PERSIST = 0x83,
	ZNVME_FEAT_WRITE_PROTECT = 0x84,
	ZNVME_FEAT_BP_WRITE_PROTECT = 0x85,
};

/* Select of Get Features: which value. */
enum znvme_feat_sel {
	ZNVME_FEAT_SEL_CURRENT = 0,
	ZNVME_FEAT_SEL_DEFAULT = 1,
	ZNVME_FEAT_SEL_SAVED = 2,
	ZNVME_FEAT_SEL_SUPPORTED = 3, /* the result is ZNVME_FEAT_CAP_* */
};

/* Result of Get Features with ZNVME_FEAT_SEL_SUPPORTED */
#define ZNVME_FEAT_CAP_SAVEABLE	  0x00000001u /* can be saved */
#define ZNVME_FEAT_CAP_PER_NS	  0x00000002u /* belongs to a namespace */
#define ZNVME_FEAT_CAP_CHANGEABLE 0x00000004u /* can be changed */

/* Arbitration (01h): weights are 0-based */
#define ZNVME_FEAT_ARB_AB  0x00000007u /* burst, log2 of commands; 7: no limit */
#define ZNVME_FEAT_ARB_LPW 0x0000ff00u /* low priority weight */
#define ZNVME_FEAT_ARB_MPW 0x00ff0000u /* medium priority weight */
#define ZNVME_FEAT_ARB_HPW 0xff000000u /* high priority weight */

/* Power Management (02h) */
#define ZNVME_FEAT_POWER_PS 0x0000001fu /* power state */
#define ZNVME_FEAT_POWER_WH 0x000000e0u /* workload hint */

/* LBA Range Type (03h) */
#define ZNVME_FEAT_LBA_RANGE_NUM 0x0000003fu /* entries, 0-based */

/* Temperature Threshold (04h) */
#define ZNVME_FEAT_TEMP_TMPTH  0x0000ffffu /* threshold, kelvin */
#define ZNVME_FEAT_TEMP_TMPSEL 0x000f0000u /* sensor: 0 composite, 1 to 8, 15 all */
#define ZNVME_FEAT_TEMP_THSEL  0x00300000u /* 0 over, 1 under the threshold */
#define ZNVME_FEAT_TEMP_TMPTHH 0x01c00000u /* hysteresis, kelvin */

/* Error Recovery (05h) */
#define ZNVME_FEAT_ERROR_TLER  0x0000ffffu /* time for retries, units of 100 ms */
#define ZNVME_FEAT_ERROR_DULBE 0x00010000u /* reading a deallocated block is an error */

/* Volatile Write Cache (06h) */
#define ZNVME_FEAT_VWC_WCE 0x00000001u /* enabled */

/* Number of Queues (07h): asked for, and in the result granted; 0-based */
#define ZNVME_FEAT_NRQ_NSQR 0x0000ffffu /* I/O submission queues */
#define ZNVME_FEAT_NRQ_NCQR 0xffff0000u /* I/O completion queues */

/* Interrupt Coalescing (08h) */
#define ZNVME_FEAT_IRQC_THR  0x000000ffu /* completions before an interrupt, 0-based */
#define ZNVME_FEAT_IRQC_TIME 0x0000ff00u /* longest delay, units of 100 us */

/* Interrupt Vector Configuration (09h) */
#define ZNVME_FEAT_IRQV_IV 0x0000ffffu /* vector */
#define ZNVME_FEAT_IRQV_CD 0x00010000u /* no coalescing for it */

/* Write Atomicity Normal (0Ah) */
#define ZNVME_FEAT_ATOMICITY_DN 0x00000001u /* only the power fail units are kept */

/* Asynchronous Event Configuration (0Bh): events that are wanted */
#define ZNVME_FEAT_AEC_SMART	   0x000000ffu /* critical warnings, ZNVME_SMART_CRIT_* */
#define ZNVME_FEAT_AEC_NS	   0x00000100u /* attached namespace attributes changed */
#define ZNVME_FEAT_AEC_FW	   0x00000200u /* firmware activation starts */
#define ZNVME_FEAT_AEC_TELEMETRY   0x00000400u /* telemetry log changed */
#define ZNVME_FEAT_AEC_ANA	   0x00000800u /* ANA state changed */
#define ZNVME_FEAT_AEC_PLM	   0x00001000u /* predictable latency event aggregate */
#define ZNVME_FEAT_AEC_LBA_STATUS  0x00002000u /* LBA status information */
#define ZNVME_FEAT_AEC_ENDURANCE   0x00004000u /* endurance group event aggregate */
#define ZNVME_FEAT_AEC_SHUTDOWN	   0x00008000u /* normal NVM subsystem shutdown */
#define ZNVME_FEAT_AEC_TEMP_HYST   0x00010000u /* temperature hysteresis recovery */
#define ZNVME_FEAT_AEC_REACH_ASSOC 0x00020000u /* reachability association changed */
#define ZNVME_FEAT_AEC_REACH_GROUP 0x00040000u /* reachability group changed */
#define ZNVME_FEAT_AEC_ALLOC_NS	   0x00080000u /* allocated namespace attributes changed */
#define ZNVME_FEAT_AEC_ZONE	   0x08000000u /* zone descriptor changed */
#define ZNVME_FEAT_AEC_PULL_DDC	   0x10000000u /* pull model DDC request log changed */
#define ZNVME_FEAT_AEC_AVE_DISC	   0x20000000u /* AVE discovery log changed */
#define ZNVME_FEAT_AEC_HOST_DISC   0x40000000u /* host discovery log changed */
#define ZNVME_FEAT_AEC_DISCOVERY   0x80000000u /* discovery log changed */

/* Autonomous Power State Transition (0Ch) */
#define ZNVME_FEAT_APST_APSTE 0x00000001u /* enabled */

/* Its data: one entry a power state. */
struct znvme_apst_table {
	uint64_t apst_entry[32]; /* ZNVME_APST_* */
};
ZNVME_ASSERT_SIZE(struct znvme_apst_table, 256);

#define ZNVME_APST_ITPS 0x00000000000000f8ull /* state to go to when idle */
#define ZNVME_APST_ITPT 0x00000000ffffff00ull /* idle time before, ms; 0: never */

/* Host Memory Buffer (0Dh); CDW12 is the size, CDW13 and 14 the list, CDW15 its entries */
#define ZNVME_FEAT_HMB_EHM    0x00000001u /* enable; result: enabled */
#define ZNVME_FEAT_HMB_MR     0x00000002u /* the memory is given back unchanged */
#define ZNVME_FEAT_HMB_HMNARE 0x00000004u /* restrict access in non-operational states */
#define ZNVME_FEAT_HMB_HMNAR  0x00000008u /* result only: access is restricted now */
#define ZNVME_FEAT_HMB_HMDLLA 0xfffffff0u /* CDW13: list address, low half */

/* Its data for Get Features. */
struct znvme_hmb_attrs {
	uint32_t hsize;	 /* size, in memory pages (CC.MPS) */
	uint32_t hmdlal; /* address of the descriptor list, low half */
	uint32_t hmdlau; /* address of the descriptor list, high half */
	uint32_t hmdlec; /* entries of the descriptor list */
	uint8_t rsvd16[4080];
};
ZNVME_ASSERT_SIZE(struct znvme_hmb_attrs, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_hmb_attrs, hmdlec, 12);

/* An entry of its descriptor list, which the controller reads from host memory. */
struct znvme_hmb_desc {
	uint64_t badd;	/* address, aligned to a memory page (CC.MPS) */
	uint32_t bsize; /* size, in memory pages (CC.MPS) */
	uint32_t rsvd12;
};
ZNVME_ASSERT_SIZE(struct znvme_hmb_desc, 16);
ZNVME_ASSERT_OFFSET(struct znvme_hmb_desc, bsize, 8);

/* Timestamp (0Eh): its data. */
struct znvme_timestamp {
	uint8_t timestamp[6]; /* milliseconds since 1970-01-01 UTC, or since a reset */
	uint8_t attr;	      /* result only, ZNVME_TIMESTAMP_* */
	uint8_t rsvd7;
};
ZNVME_ASSERT_SIZE(struct znvme_timestamp, 8);
ZNVME_ASSERT_OFFSET(struct znvme_timestamp, attr, 6);

#define ZNVME_TIMESTAMP_SYNCH  0x01u /* the clock may have stopped meanwhile */
#define ZNVME_TIMESTAMP_ORIGIN 0x0eu /* 0: zero at the last reset, 1: Set Features */

/* Keep Alive Timer (0Fh) */
#define ZNVME_FEAT_KEEP_ALIVE_KATO 0xffffffffu /* timeout, milliseconds; 0: off */

/* Host Controlled Thermal Management (10h) */
#define ZNVME_FEAT_HCTM_TMT2 0x0000ffffu /* heavy throttling from here, kelvin */
#define ZNVME_FEAT_HCTM_TMT1 0xffff0000u /* light throttling from here, kelvin */

/* Non-Operational Power State Config (11h) */
#define ZNVME_FEAT_NOPSC_NOPPME 0x00000001u /* background work may use more power */

/* Read Recovery Level Config (12h) */
#define ZNVME_FEAT_RRL_NVMSETID 0x0000ffffu /* NVM set; in Get Features too */
#define ZNVME_FEAT_RRL_RRL	0x0000000fu /* CDW12 and result: level */

/* Predictable Latency Mode Config (13h) and Window (14h) */
#define ZNVME_FEAT_PLM_NVMSETID 0x0000ffffu /* NVM set; in Get Features too */
#define ZNVME_FEAT_PLM_LPE	0x00000001u /* 13h, CDW12 and result: enabled */
#define ZNVME_FEAT_PLM_WS	0x00000007u /* 14h, CDW12 and result: enum znvme_plm_window */

/* Data of the config: thresholds of the deterministic window, and events wanted. */
struct znvme_plm_config {
	uint16_t ee; /* events to enable, ZNVME_PLM_EVENT_* */
	uint8_t rsvd2[30];
	uint64_t dtwinrt; /* reads left, units of 4 KiB */
	uint64_t dtwinwt; /* writes left, units of the optimal write size */
	uint64_t dtwintt; /* time left, milliseconds */
	uint8_t rsvd56[456];
};
ZNVME_ASSERT_SIZE(struct znvme_plm_config, 512);
ZNVME_ASSERT_OFFSET(struct znvme_plm_config, dtwinrt, 32);

/* Events: here, and in the log page of the NVM set. */
#define ZNVME_PLM_EVENT_READS	  0x0001u /* reads left are at their threshold */
#define ZNVME_PLM_EVENT_WRITES	  0x0002u /* writes left */
#define ZNVME_PLM_EVENT_TIME	  0x0004u /* time left */
#define ZNVME_PLM_EVENT_EXCEEDED  0x4000u /* the window ended of itself: a value was exceeded */
#define ZNVME_PLM_EVENT_EXCURSION 0x8000u /* it did for a deterministic excursion */

enum znvme_plm_window {
	ZNVME_PLM_DTWIN = 1, /* deterministic */
	ZNVME_PLM_NDWIN = 2, /* non-deterministic */
};

/* LBA Status Information Attributes (15h) */
#define ZNVME_FEAT_LBA_STATUS_LSIRI 0x0000ffffu /* report interval, units of 100 ms */
#define ZNVME_FEAT_LBA_STATUS_LSIPI 0xffff0000u /* result only: poll interval, 100 ms */

/* Host Behavior Support (16h): its data, each byte 0 or 1. */
struct znvme_host_behavior {
	uint8_t acre;	/* the host honours CRD: advanced command retry */
	uint8_t etdas;	/* the host takes telemetry data area 4 */
	uint8_t lbafee; /* the host takes the extended LBA formats */
	uint8_t hdisns; /* the host takes dispersed namespaces */
	uint16_t cdfe;	/* copy descriptor formats 2 to 15 the host uses, bit n */
	uint8_t rsvd6[506];
};
ZNVME_ASSERT_SIZE(struct znvme_host_behavior, 512);
ZNVME_ASSERT_OFFSET(struct znvme_host_behavior, cdfe, 4);

/* Sanitize Config (17h) */
#define ZNVME_FEAT_SANITIZE_NODRM 0x00000001u /* refused "no deallocate" is a warning only */

/* Endurance Group Event Configuration (18h) */
#define ZNVME_FEAT_ENDURANCE_ENDGID 0x0000ffffu /* endurance group; in Get Features too */
#define ZNVME_FEAT_ENDURANCE_EGCW   0x00ff0000u /* critical warnings that raise an event */

/* I/O Command Set Profile (19h) */
#define ZNVME_FEAT_IOCS_IOCSCI 0x000001ffu /* index into znvme_id_iocs.iocsc */

/* Spinup Control (1Ah) */
#define ZNVME_FEAT_SPINUP_ENABLE 0x00000001u /* spin up waits for the host */

/* Power Loss Signaling Config (1Bh) */
#define ZNVME_FEAT_PLS_MODE 0x00000003u /* enum znvme_pls_mode */

enum znvme_pls_mode {
	ZNVME_PLS_OFF = 0,
	ZNVME_PLS_POWER_FAIL = 1, /* emergency power fail */
	ZNVME_PLS_QUIESCENCE = 2, /* forced quiescence */
};

/* Performance Characteristics (1Ch; NVM 1.2, section 4.1.3.7): 4096 bytes, by the attribute index
 */
#define ZNVME_FEAT_PERF_ATTRI 0x000000ffu /* attribute index; in Get Features too */
#define ZNVME_FEAT_PERF_RVSPA 0x00000100u /* delete the saved value of a vendor's attribute */

enum znvme_perf_attri {
	ZNVME_PERF_STANDARD = 0x00,   /* struct znvme_perf_standard; cannot be set */
	ZNVME_PERF_LIST = 0xc0,	      /* struct znvme_perf_list; cannot be set */
	ZNVME_PERF_VENDOR_MIN = 0xc1, /* struct znvme_perf_vendor */
	ZNVME_PERF_VENDOR_MAX = 0xff,
};

/* Standard Performance Attribute. */
struct znvme_perf_standard {
	uint8_t rsvd0[4];
	uint8_t r4karl; /* average latency of random reads of 4 KiB, enum znvme_perf_latency */
	uint8_t rsvd5[4091];
};
ZNVME_ASSERT_SIZE(struct znvme_perf_standard, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_perf_standard, r4karl, 4);

/* Steps of 5 or 2, downwards: what a value stands for is less than what the one before it does. */
enum znvme_perf_latency {
	ZNVME_PERF_LATENCY_NONE = 0x00, /* not reported */
	ZNVME_PERF_LATENCY_100S = 0x01, /* 100 s or more */
	ZNVME_PERF_LATENCY_1S = 0x05,	/* 1 s to less than 5 s */
	ZNVME_PERF_LATENCY_1MS = 0x0b,	/* 1 ms to less than 5 ms */
	ZNVME_PERF_LATENCY_10US = 0x0f, /* 10 us to less than 50 us */
	ZNVME_PERF_LATENCY_1US = 0x11,	/* 1 us to less than 5 us */
	ZNVME_PERF_LATENCY_1NS = 0x17,	/* 1 ns to less than 5 ns */
};

/* Performance Attribute Identifier List. */
struct znvme_perf_list {
	uint8_t attrtyp; /* which values: current, default or saved, enum znvme_feat_sel */
	uint8_t msvspa;	 /* vendor's attributes that can be saved, at most */
	uint8_t usvspa;	 /* … that are not yet */
	uint8_t rsvd3[13];
	uint8_t id[63][16]; /* of attributes C1h to FFh; 0: not used */
	uint8_t rsvd1024[3072];
};
ZNVME_ASSERT_SIZE(struct znvme_perf_list, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_perf_list, id, 16);
ZNVME_ASSERT_OFFSET(struct znvme_perf_list, rsvd1024, 1024);

/* Vendor Specific Performance Attribute. */
struct znvme_perf_vendor {
	uint8_t paid[16]; /* what it is, a UUID as a rule; 0: not used */
	uint8_t rsvd16[14];
	uint16_t attrl; /* bytes of `vs` that count, at most FE0h */
	uint8_t vs[4064];
};
ZNVME_ASSERT_SIZE(struct znvme_perf_vendor, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_perf_vendor, attrl, 30);
ZNVME_ASSERT_OFFSET(struct znvme_perf_vendor, vs, 32);

/* Flexible Data Placement (1Dh) */
#define ZNVME_FEAT_FDP_ENDGID  0x0000ffffu /* endurance group; in Get Features too */
#define ZNVME_FEAT_FDP_FDPE    0x00000001u /* CDW12 and result: enabled */
#define ZNVME_FEAT_FDP_FDPCIDX 0x0000ff00u /* CDW12 and result: configuration index */

/* FDP Events (1Eh) */
#define ZNVME_FEAT_FDP_EVENTS_PHNDL 0x0000ffffu /* placement handle; in Get Features too */
#define ZNVME_FEAT_FDP_EVENTS_NOET  0x00ff0000u /* number of event types */
#define ZNVME_FEAT_FDP_EVENTS_FDPEE 0x00000001u /* CDW12: enable them */

/* Namespace Admin Label (1Fh): its data. */
struct znvme_ns_admin_label {
	char label[256]; /* UTF-8, ended by a zero */
};
ZNVME_ASSERT_SIZE(struct znvme_ns_admin_label, 256);

/* Host metadata: Enhanced Controller (7Dh), Controller (7Eh), Namespace (7Fh) */
#define ZNVME_FEAT_METADATA_GDHM 0x00000001u /* Get Features: generate defaults */
#define ZNVME_FEAT_METADATA_EA	 0x00006000u /* Set Features: enum znvme_metadata_action */

enum znvme_metadata_action {
	ZNVME_METADATA_UPDATE = 0, /* in the place of one of its type, or added */
	ZNVME_METADATA_DELETE = 1, /* of that type; values do not matter */
	ZNVME_METADATA_ADD = 2,	   /* 7Dh: beside others of its type */
};

/* Metadata element descriptor; elen bytes of value follow. */
struct znvme_metadata_element {
	uint8_t type; /* element type */
	uint8_t rev;  /* revision of that type */
	uint16_t len; /* bytes of value behind this header */
};
ZNVME_ASSERT_SIZE(struct znvme_metadata_element, 4);

/* Host metadata: a row of struct znvme_metadata_element and values. */
struct znvme_host_metadata {
	uint8_t ndesc; /* elements */
	uint8_t rsvd1;
	uint8_t descs_buf[4094]; /* the elements */
};
ZNVME_ASSERT_SIZE(struct znvme_host_metadata, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_host_metadata, descs_buf, 2);

/* Software Progress Marker (80h) */
#define ZNVME_FEAT_SW_PROGRESS_PBSLC 0x000000ffu /* boots since an OS was last up */

/* Host Identifier (81h) */
#define ZNVME_FEAT_HOST_ID_EXHID 0x00000001u /* 16 bytes, not 8; in Get Features too */

/* Reservation Notification Mask (82h): notices that are not wanted */
#define ZNVME_FEAT_RESV_NOTIFY_REGPRE 0x00000002u /* registration preempted */
#define ZNVME_FEAT_RESV_NOTIFY_RESREL 0x00000004u /* reservation released */
#define ZNVME_FEAT_RESV_NOTIFY_RESPRE 0x00000008u /* reservation preempted */

/* Reservation Persistence (83h) */
#define ZNVME_FEAT_RESV_PERSIST_PTPL 0x00000001u /* persist through power loss */

/* Namespace Write Protection Config (84h) */
#define ZNVME_FEAT_WRITE_PROTECT_WPS 0x00000007u /* enum znvme_write_protect */

enum znvme_write_protect {
	ZNVME_WRITE_PROTECT_NONE = 0,	     /* can be written */
	ZNVME_WRITE_PROTECT_ON = 1,	     /* until it is cleared */
	ZNVME_WRITE_PROTECT_POWER_CYCLE = 2, /* until the next power cycle */
	ZNVME_WRITE_PROTECT_PERMANENT = 3,   /* for ever */
};

/* Boot Partition Write Protection Config (85h) */
#define ZNVME_FEAT_BP_WRITE_PROTECT_BP0 0x00000007u /* enum znvme_bp_write_protect */
#define ZNVME_FEAT_BP_WRITE_PROTECT_BP1 0x00000038u /* enum znvme_bp_write_protect */

enum znvme_bp_write_protect {
	ZNVME_BP_WRITE_PROTECT_KEEP = 0,	/* no change asked for */
	ZNVME_BP_WRITE_PROTECT_UNLOCKED = 1,	/* can be written */
	ZNVME_BP_WRITE_PROTECT_LOCKED = 2,	/* until it is unlocked */
	ZNVME_BP_WRITE_PROTECT_POWER_CYCLE = 3, /* until the next power cycle */
	ZNVME_BP_WRITE_PROTECT_RPMB = 4,	/* result only: RPMB decides */
};

/* LBA Range Type (03h): an entry of its data. */
struct znvme_lba_range_entry {
	uint8_t type;	    /* enum znvme_lba_range_type */
	uint8_t attributes; /* ZNVME_LBA_RANGE_ATTR_* */
	uint8_t rsvd2[14];
	uint64_t slba;	  /* first logical block */
	uint64_t nlb;	  /* logical blocks, 0-based */
	uint8_t guid[16]; /* identifier of what is stored there */
	uint8_t rsvd48[16];
};
ZNVME_ASSERT_SIZE(struct znvme_lba_range_entry, 64);
ZNVME_ASSERT_OFFSET(struct znvme_lba_range_entry, slba, 16);
ZNVME_ASSERT_OFFSET(struct znvme_lba_range_entry, guid, 32);

/* The whole data of LBA Range Type. */
struct znvme_lba_range_table {
	struct znvme_lba_range_entry entry[64];
};
ZNVME_ASSERT_SIZE(struct znvme_lba_range_table, 4096);

enum znvme_lba_range_type {
	ZNVME_LBA_RANGE_GENERAL = 0,
	ZNVME_LBA_RANGE_FILESYSTEM = 1,
	ZNVME_LBA_RANGE_RAID = 2,
	ZNVME_LBA_RANGE_CACHE = 3,
	ZNVME_LBA_RANGE_SWAP = 4,
};

#define ZNVME_LBA_RANGE_ATTR_OVERWRITE 0x01u /* may be overwritten */
#define ZNVME_LBA_RANGE_ATTR_HIDDEN    0x02u /* not to be shown to the OS and BIOS */

#endif /* ZNVME_SPEC_FEATURE_H */
