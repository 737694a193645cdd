/* SPDX-License-Identifier: MIT */
/*
 * Log pages, and the asynchronous events that point to them.
 *
 * NVM Express Base Specification 2.1, sections 5.1.12 (Get Log Page) and 5.1.2 (Asynchronous
 * Event Request). Of the logs with a variable number of entries the header and one entry are
 * here; the entries follow the header in the buffer.
 *
 * A structure with fields that are not on their natural alignment is packed: read its fields
 * through the structure, do not take their addresses.
 */
#ifndef ZNVME_SPEC_LOG_H
#define ZNVME_SPEC_LOG_H

#include "feature.h"
#include "types.h"

/* Log Page Identifier. */
enum znvme_lid {
	ZNVME_LOG_SUPPORTED = 0x00,	   /* struct znvme_supported_log */
	ZNVME_LOG_ERROR = 0x01,		   /* struct znvme_error_log_entry, newest first */
	ZNVME_LOG_SMART = 0x02,		   /* struct znvme_smart_log */
	ZNVME_LOG_FW_SLOT = 0x03,	   /* struct znvme_fw_slot_log */
	ZNVME_LOG_CHANGED_NS = 0x04,	   /* struct znvme_changed_ns_log */
	ZNVME_LOG_CMD_EFFECTS = 0x05,	   /* struct znvme_cmd_effects_log */
	ZNVME_LOG_SELF_TEST = 0x06,	   /* struct znvme_self_test_log */
	ZNVME_LOG_TELEMETRY_HOST = 0x07,   /* struct znvme_telemetry_log, then blocks */
	ZNVME_LOG_TELEMETRY_CTRL = 0x08,   /* struct znvme_telemetry_log, then blocks */
	ZNVME_LOG_ENDURANCE_GROUP = 0x09,  /* struct znvme_endurance_group_log */
	ZNVME_LOG_PLM_NVMSET = 0x0a,	   /* predictable latency of an NVM set */
	ZNVME_LOG_PLM_AGGREGATE = 0x0b,	   /* predictable latency events */
	ZNVME_LOG_ANA = 0x0c,		   /* struct znvme_ana_log, then groups */
	ZNVME_LOG_PERSISTENT_EVENT = 0x0d, /* struct znvme_persistent_event_log, then events */
	ZNVME_LOG_LBA_STATUS = 0x0e,	   /* LBA status information */
	ZNVME_LOG_ENDURANCE_EVENT = 0x0f,  /* endurance group events */
	ZNVME_LOG_MEDIA_UNIT = 0x10,	   /* media unit status */
	ZNVME_LOG_CAPACITY_CONFIG = 0x11,  /* supported capacity configurations */
	ZNVME_LOG_FEATURE_EFFECTS = 0x12,  /* struct znvme_feature_effects_log */
	ZNVME_LOG_MI_CMD_EFFECTS = 0x13,   /* management interface commands and effects */
	ZNVME_LOG_LOCKDOWN = 0x14,	   /* command and feature lockdown */
	ZNVME_LOG_BOOT_PARTITION = 0x15,   /* boot partition header and data */
	ZNVME_LOG_ROTATIONAL_MEDIA = 0x16, /* rotational media information */
	ZNVME_LOG_DISPERSED_NS = 0x17,	   /* NVM subsystems that share a namespace */
	ZNVME_LOG_MGMT_ADDR = 0x18,	   /* management addresses */
	ZNVME_LOG_PHY_RX_EOM = 0x19,	   /* receiver eye opening (PCIe Transport) */
	ZNVME_LOG_REACH_GROUPS = 0x1a,	   /* reachability groups */
	ZNVME_LOG_REACH_ASSOC = 0x1b,	   /* reachability associations */
	ZNVME_LOG_CHANGED_ALLOC_NS = 0x1c, /* struct znvme_changed_ns_log, of allocated ones */
	ZNVME_LOG_FDP_CONFIGS = 0x20,	   /* flexible data placement configurations */
	ZNVME_LOG_FDP_RUH_USAGE = 0x21,	   /* reclaim unit handle usage */
	ZNVME_LOG_FDP_STATS = 0x22,	   /* flexible data placement statistics */
	ZNVME_LOG_FDP_EVENTS = 0x23,	   /* flexible data placement events */
	ZNVME_LOG_DISCOVERY = 0x70,	   /* Fabrics: NVM subsystems */
	ZNVME_LOG_HOST_DISCOVERY = 0x71,   /* Fabrics: hosts */
	ZNVME_LOG_AVE_DISCOVERY = 0x72,	   /* Fabrics: authentication entities */
	ZNVME_LOG_PULL_DDC = 0x73,	   /* Fabrics: pull model DDC request */
	ZNVME_LOG_RESERVATION = 0x80,	   /* struct znvme_resv_log */
	ZNVME_LOG_SANITIZE = 0x81,	   /* struct znvme_sanitize_log */
	ZNVME_LOG_CHANGED_ZONES = 0xbf,	   /* ZNS: zones that changed */
};

/* Supported Log Pages (5.1.12.1.1). */
struct znvme_supported_log {
	uint32_t lid_support[256]; /* by log page identifier, ZNVME_LOG_SUPPORT_* */
};
ZNVME_ASSERT_SIZE(struct znvme_supported_log, 1024);

#define ZNVME_LOG_SUPPORT_LSUPP 0x00000001u /* the log page is supported */
#define ZNVME_LOG_SUPPORT_IOS	0x00000002u /* its offset may be an index */
#define ZNVME_LOG_SUPPORT_LIDSP 0xffff0000u /* what else depends on the log page */

/* Error Information (5.1.12.1.2): one entry; an error_count of 0 is no entry. */
struct znvme_error_log_entry {
	uint64_t error_count;	      /* serial number of the error, from 1 */
	uint16_t sqid;		      /* queue of the command; FFFFh: no one command */
	uint16_t cmdid;		      /* identifier of the command; FFFFh: no one command */
	uint16_t status_field;	      /* phase tag in bit 0, status in bits 15:1 */
	uint16_t parm_error_location; /* bad byte and bit of the command, ZNVME_ERROR_PEL_* */
	uint64_t lba;		      /* first logical block with the error */
	uint32_t nsid;		      /* namespace */
	uint8_t vs;		      /* log page with vendor information; 0: none */
	uint8_t trtype;		      /* transport type; 0: PCI Express or not reported */
	uint8_t csi;		      /* command set of the command, if lpver is 1 or more */
	uint8_t opc;		      /* opcode of the command, if lpver is 1 or more */
	uint64_t cs;		      /* command specific information */
	uint16_t trtype_spec_info;    /* transport specific information */
	uint8_t rsvd42[21];
	uint8_t lpver; /* version of this entry */
};
ZNVME_ASSERT_SIZE(struct znvme_error_log_entry, 64);
ZNVME_ASSERT_OFFSET(struct znvme_error_log_entry, sqid, 8);
ZNVME_ASSERT_OFFSET(struct znvme_error_log_entry, lba, 16);
ZNVME_ASSERT_OFFSET(struct znvme_error_log_entry, cs, 32);
ZNVME_ASSERT_OFFSET(struct znvme_error_log_entry, lpver, 63);

#define ZNVME_ERROR_PEL_BYTE 0x00ffu /* byte of the command */
#define ZNVME_ERROR_PEL_BIT  0x0700u /* bit of that byte */

/* SMART / Health Information (5.1.12.1.3). Counters are 128 bits, little endian. */
struct znvme_smart_log {
	uint8_t critical_warning;	  /* ZNVME_SMART_CRIT_* */
	uint8_t temperature[2];		  /* composite temperature, kelvin, 16 bits */
	uint8_t avail_spare;		  /* spare capacity left, percent */
	uint8_t spare_thresh;		  /* avail_spare below this raises an event, percent */
	uint8_t percent_used;		  /* life used, percent; 255: that or more */
	uint8_t endu_grp_crit_warn_sumry; /* ZNVME_SMART_EGCW_*, of any endurance group */
	uint8_t rsvd7[25];
	uint8_t data_units_read[16];	 /* units of 512,000 bytes, rounded up */
	uint8_t data_units_written[16];	 /* units of 512,000 bytes, rounded up */
	uint8_t host_reads[16];		 /* read commands */
	uint8_t host_writes[16];	 /* write commands */
	uint8_t ctrl_busy_time[16];	 /* minutes with I/O outstanding */
	uint8_t power_cycles[16];	 /* power cycles */
	uint8_t power_on_hours[16];	 /* hours */
	uint8_t unsafe_shutdowns[16];	 /* power losses without a shutdown */
	uint8_t media_errors[16];	 /* unrecovered data integrity errors */
	uint8_t num_err_log_entries[16]; /* Error Information entries ever made */
	uint32_t warning_temp_time;	 /* minutes at or above wctemp */
	uint32_t critical_comp_time;	 /* minutes at or above cctemp */
	uint16_t temp_sensor[8];	 /* sensors, kelvin; 0: none */
	uint32_t thm_temp1_trans_count;	 /* times throttled at TMT1 */
	uint32_t thm_temp2_trans_count;	 /* times throttled at TMT2 */
	uint32_t thm_temp1_total_time;	 /* seconds throttled at TMT1 */
	uint32_t thm_temp2_total_time;	 /* seconds throttled at TMT2 */
	uint8_t rsvd232[280];
};
ZNVME_ASSERT_SIZE(struct znvme_smart_log, 512);
ZNVME_ASSERT_OFFSET(struct znvme_smart_log, data_units_read, 32);
ZNVME_ASSERT_OFFSET(struct znvme_smart_log, power_on_hours, 128);
ZNVME_ASSERT_OFFSET(struct znvme_smart_log, warning_temp_time, 192);
ZNVME_ASSERT_OFFSET(struct znvme_smart_log, temp_sensor, 200);
ZNVME_ASSERT_OFFSET(struct znvme_smart_log, thm_temp1_trans_count, 216);

#define ZNVME_SMART_CRIT_SPARE		 0x01u /* spare capacity below its threshold */
#define ZNVME_SMART_CRIT_TEMPERATURE	 0x02u /* a temperature beyond its threshold */
#define ZNVME_SMART_CRIT_DEGRADED	 0x04u /* reliability is degraded */
#define ZNVME_SMART_CRIT_READ_ONLY	 0x08u /* all media are read only */
#define ZNVME_SMART_CRIT_VOLATILE_BACKUP 0x10u /* the backup of volatile memory failed */
#define ZNVME_SMART_CRIT_PMR		 0x20u /* persistent memory region unreliable, read only */

#define ZNVME_SMART_EGCW_SPARE	   0x01u /* spare capacity below its threshold */
#define ZNVME_SMART_EGCW_DEGRADED  0x04u /* reliability is degraded */
#define ZNVME_SMART_EGCW_READ_ONLY 0x08u /* namespaces became read only */

/* Firmware Slot Information (5.1.12.1.4). */
struct znvme_fw_slot_log {
	uint8_t afi; /* slots, ZNVME_FW_SLOT_AFI_* */
	uint8_t rsvd1[7];
	char frs[7][8]; /* revision in slots 1 to 7, ASCII; zeroes: empty */
	uint8_t rsvd64[448];
};
ZNVME_ASSERT_SIZE(struct znvme_fw_slot_log, 512);
ZNVME_ASSERT_OFFSET(struct znvme_fw_slot_log, frs, 8);

#define ZNVME_FW_SLOT_AFI_ACTIVE 0x07u /* slot of the firmware that runs */
#define ZNVME_FW_SLOT_AFI_NEXT	 0x70u /* slot after the next reset; 0: not reported */

/* Changed Attached and Changed Allocated Namespace List (5.1.12.1.5): zeroes after the last. */
struct znvme_changed_ns_log {
	uint32_t ns[1024]; /* rising; FFFFFFFFh in the first: more than 1,024 changed */
};
ZNVME_ASSERT_SIZE(struct znvme_changed_ns_log, 4096);

/* Commands Supported and Effects (5.1.12.1.6). */
struct znvme_cmd_effects_log {
	uint32_t acs[256];  /* admin commands, by opcode, ZNVME_CMD_EFFECTS_* */
	uint32_t iocs[256]; /* I/O commands of the command set asked for, by opcode */
	uint8_t rsvd2048[2048];
};
ZNVME_ASSERT_SIZE(struct znvme_cmd_effects_log, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_cmd_effects_log, iocs, 1024);

#define ZNVME_CMD_EFFECTS_CSUPP 0x00000001u /* supported */
#define ZNVME_CMD_EFFECTS_LBCC	0x00000002u /* may change logical blocks */
#define ZNVME_CMD_EFFECTS_NCC	0x00000004u /* may change capabilities of a namespace */
#define ZNVME_CMD_EFFECTS_NIC	0x00000008u /* may change the set of namespaces */
#define ZNVME_CMD_EFFECTS_CCC	0x00000010u /* may change the controller */
#define ZNVME_CMD_EFFECTS_CSER	0x0000c000u /* relaxation of CSE */
#define ZNVME_CMD_EFFECTS_CSE	0x00070000u /* enum znvme_cmd_effects_cse */
#define ZNVME_CMD_EFFECTS_USS	0x00080000u /* takes a UUID index */
#define ZNVME_CMD_EFFECTS_CSP	0xfff00000u /* scope, ZNVME_EFFECTS_SCOPE_* */

/* What else may run at the time of a command (ZNVME_CMD_EFFECTS_CSE). */
enum znvme_cmd_effects_cse {
	ZNVME_CMD_EFFECTS_CSE_NONE = 0, /* no restriction */
	ZNVME_CMD_EFFECTS_CSE_NS = 1,	/* no other command to the same namespace */
	ZNVME_CMD_EFFECTS_CSE_ALL = 2,	/* no other command to any namespace */
};

/* Bits of ZNVME_CMD_EFFECTS_CSP and ZNVME_FEATURE_EFFECTS_FSP; none: not reported */
#define ZNVME_EFFECTS_SCOPE_NS	   0x001u /* a namespace */
#define ZNVME_EFFECTS_SCOPE_CTRL   0x002u /* the controller */
#define ZNVME_EFFECTS_SCOPE_NVMSET 0x004u /* an NVM set */
#define ZNVME_EFFECTS_SCOPE_ENDGRP 0x008u /* an endurance group */
#define ZNVME_EFFECTS_SCOPE_DOMAIN 0x010u /* a domain */
#define ZNVME_EFFECTS_SCOPE_NSS	   0x020u /* the NVM subsystem */

/* Device Self-test, a result (5.1.12.1.7). */
struct znvme_self_test_result {
	uint8_t dsts; /* outcome and kind, ZNVME_SELF_TEST_DSTS_* */
	uint8_t seg;  /* segment that failed, if the outcome says so */
	uint8_t vdi;  /* which fields are valid, ZNVME_SELF_TEST_VDI_* */
	uint8_t rsvd3;
	uint64_t poh;  /* power on hours at that time */
	uint32_t nsid; /* namespace of the failure */
	uint64_t flba; /* logical block of the failure */
	uint8_t sct;   /* status code type of the failure, bits 2:0 */
	uint8_t sc;    /* status code of the failure */
	uint8_t vs[2]; /* vendor specific */
} __attribute__((packed));
ZNVME_ASSERT_SIZE(struct znvme_self_test_result, 28);
ZNVME_ASSERT_OFFSET(struct znvme_self_test_result, poh, 4);
ZNVME_ASSERT_OFFSET(struct znvme_self_test_result, flba, 16);
ZNVME_ASSERT_OFFSET(struct znvme_self_test_result, sct, 24);

#define ZNVME_SELF_TEST_DSTS_RESULT 0x0fu /* enum znvme_self_test_outcome */
#define ZNVME_SELF_TEST_DSTS_CODE   0xf0u /* enum znvme_self_test_code */
#define ZNVME_SELF_TEST_VDI_NSID    0x01u /* nsid is valid */
#define ZNVME_SELF_TEST_VDI_FLBA    0x02u /* flba is valid */
#define ZNVME_SELF_TEST_VDI_SCT	    0x04u /* sct is valid */
#define ZNVME_SELF_TEST_VDI_SC	    0x08u /* sc is valid */

/* Outcome of a self-test. */
enum znvme_self_test_outcome {
	ZNVME_SELF_TEST_OK = 0x0,	  /* no error */
	ZNVME_SELF_TEST_ABORTED = 0x1,	  /* by a Device Self-test command */
	ZNVME_SELF_TEST_RESET = 0x2,	  /* aborted by a controller level reset */
	ZNVME_SELF_TEST_NS_REMOVED = 0x3, /* aborted as a namespace went away */
	ZNVME_SELF_TEST_FORMAT = 0x4,	  /* aborted by Format NVM */
	ZNVME_SELF_TEST_FATAL = 0x5,	  /* could not be completed */
	ZNVME_SELF_TEST_FAILED = 0x6,	  /* failed in an unknown segment */
	ZNVME_SELF_TEST_FAILED_SEG = 0x7, /* failed in segment seg */
	ZNVME_SELF_TEST_UNKNOWN = 0x8,	  /* aborted for an unknown reason */
	ZNVME_SELF_TEST_SANITIZE = 0x9,	  /* aborted by a sanitize operation */
	ZNVME_SELF_TEST_UNUSED = 0xf,	  /* there is no such result */
};

/* Kind of self-test: in the log, and in the Device Self-test command, which adds ABORT. */
enum znvme_self_test_code {
	ZNVME_SELF_TEST_NONE = 0x0, /* none is running */
	ZNVME_SELF_TEST_SHORT = 0x1,
	ZNVME_SELF_TEST_EXTENDED = 0x2,
	ZNVME_SELF_TEST_REFRESH = 0x3, /* host-initiated refresh */
	ZNVME_SELF_TEST_VENDOR = 0xe,
	ZNVME_SELF_TEST_ABORT = 0xf,
};

/* Device Self-test (5.1.12.1.7). */
struct znvme_self_test_log {
	uint8_t current_operation; /* ZNVME_SELF_TEST_CURRENT */
	uint8_t completion;	   /* ZNVME_SELF_TEST_COMPLETION */
	uint8_t rsvd2[2];
	struct znvme_self_test_result result[20]; /* newest first */
} __attribute__((packed));
ZNVME_ASSERT_SIZE(struct znvme_self_test_log, 564);
ZNVME_ASSERT_OFFSET(struct znvme_self_test_log, result, 4);

#define ZNVME_SELF_TEST_CURRENT	   0x0fu /* enum znvme_self_test_code of the one running */
#define ZNVME_SELF_TEST_COMPLETION 0x7fu /* percent done of the one running */

#define ZNVME_TELEMETRY_BLOCK 512u /* a telemetry data block; the header is block 0 */

/*
 * Telemetry Host-Initiated and Controller-Initiated (5.1.12.1.8 and .9): the header. Data area n
 * is the blocks from 1 to its last block; a 0 there is an empty area.
 */
struct znvme_telemetry_log {
	uint8_t lpi; /* log page identifier, 07h or 08h */
	uint8_t rsvd1[4];
	uint8_t ieee[3]; /* organization identifier (OUI) of who defined the data */
	uint16_t dalb1;	 /* last block of data area 1 */
	uint16_t dalb2;	 /* last block of data area 2 */
	uint16_t dalb3;	 /* last block of data area 3 */
	uint8_t rsvd14[2];
	uint32_t dalb4; /* last block of data area 4 */
	uint8_t rsvd20[360];
	uint8_t ths;	       /* host-initiated: scope of the data */
	uint8_t hostdgn;       /* host: data generation number; controller: scope */
	uint8_t ctrlavail;     /* 1: controller-initiated data are available */
	uint8_t ctrldgn;       /* controller-initiated: data generation number */
	uint8_t rsnident[128]; /* why the data were captured, vendor specific */
};
ZNVME_ASSERT_SIZE(struct znvme_telemetry_log, 512);
ZNVME_ASSERT_OFFSET(struct znvme_telemetry_log, dalb1, 8);
ZNVME_ASSERT_OFFSET(struct znvme_telemetry_log, dalb4, 16);
ZNVME_ASSERT_OFFSET(struct znvme_telemetry_log, hostdgn, 381);
ZNVME_ASSERT_OFFSET(struct znvme_telemetry_log, rsnident, 384);

#define ZNVME_TELEMETRY_LSP_CREATE 0x01u /* Get Log Page of 07h: capture anew */

/* Endurance Group Information (5.1.12.1.10). Counters are 128 bits, little endian. */
struct znvme_endurance_group_log {
	uint8_t critical_warning; /* ZNVME_SMART_EGCW_* */
	uint8_t egfeat;		  /* bit 0: rotational media */
	uint8_t rsvd2;
	uint8_t avl_spare;	     /* spare capacity left, percent */
	uint8_t avl_spare_threshold; /* avl_spare below this raises an event, percent */
	uint8_t percent_used;	     /* life used, percent; 255: that or more */
	uint16_t domainid;	     /* domain of the endurance group; 0: none */
	uint8_t rsvd8[24];
	uint8_t endurance_estimate[16];	      /* bytes that can be written in a life, 10^9 */
	uint8_t data_units_read[16];	      /* by hosts and controller, 10^9 bytes */
	uint8_t data_units_written[16];	      /* by hosts and controller, 10^9 bytes */
	uint8_t media_units_written[16];      /* to the media, 10^9 bytes */
	uint8_t host_read_cmds[16];	      /* read commands */
	uint8_t host_write_cmds[16];	      /* write commands */
	uint8_t media_data_integrity_err[16]; /* unrecovered data integrity errors */
	uint8_t num_err_info_log_entries[16]; /* Error Information entries ever made */
	uint8_t tegcap[16];		      /* capacity, bytes */
	uint8_t uegcap[16];		      /* capacity not allocated, bytes */
	uint8_t rsvd192[320];
};
ZNVME_ASSERT_SIZE(struct znvme_endurance_group_log, 512);
ZNVME_ASSERT_OFFSET(struct znvme_endurance_group_log, domainid, 6);
ZNVME_ASSERT_OFFSET(struct znvme_endurance_group_log, endurance_estimate, 32);
ZNVME_ASSERT_OFFSET(struct znvme_endurance_group_log, tegcap, 160);

/* Asymmetric Namespace Access (5.1.12.1.13): the header; ngrps groups follow. */
struct znvme_ana_log {
	uint64_t chgcnt; /* changes of this log page */
	uint16_t ngrps;	 /* group descriptors that follow */
	uint8_t rsvd10[6];
};
ZNVME_ASSERT_SIZE(struct znvme_ana_log, 16);
ZNVME_ASSERT_OFFSET(struct znvme_ana_log, ngrps, 8);

/* An ANA group; nnsids namespace identifiers of 4 bytes follow, then the next group. */
struct znvme_ana_group_desc {
	uint32_t grpid;	 /* ANA group */
	uint32_t nnsids; /* namespace identifiers that follow */
	uint64_t chgcnt; /* changes of this group; 0: not reported */
	uint8_t state;	 /* enum znvme_ana_state in bits 3:0 */
	uint8_t rsvd17[15];
};
ZNVME_ASSERT_SIZE(struct znvme_ana_group_desc, 32);
ZNVME_ASSERT_OFFSET(struct znvme_ana_group_desc, chgcnt, 8);
ZNVME_ASSERT_OFFSET(struct znvme_ana_group_desc, state, 16);

/* How well a controller reaches the namespaces of a group. */
enum znvme_ana_state {
	ZNVME_ANA_OPTIMIZED = 0x1,
	ZNVME_ANA_NONOPTIMIZED = 0x2,
	ZNVME_ANA_INACCESSIBLE = 0x3,
	ZNVME_ANA_PERSISTENT_LOSS = 0x4,
	ZNVME_ANA_CHANGE = 0xf,
};

#define ZNVME_ANA_LSP_GROUPS_ONLY 0x01u /* Get Log Page of 0Ch: no namespace identifiers */

/* Persistent Event Log (5.1.12.1.14): the header; tnev events follow. */
struct znvme_persistent_event_log {
	uint8_t lid; /* log page identifier, 0Dh */
	uint8_t rsvd1[3];
	uint32_t tnev; /* events */
	uint64_t tll;  /* bytes of the log page, this header included */
	uint8_t rv;    /* revision of the log page */
	uint8_t rsvd17;
	uint16_t lhl;		   /* bytes of this header after this field: 492 for 512 in all */
	struct znvme_timestamp ts; /* time of the report */
	uint8_t poh[16];	   /* power on hours */
	uint64_t pcc;		   /* power cycles */
	uint16_t vid;		   /* PCI vendor */
	uint16_t ssvid;		   /* PCI subsystem vendor */
	char sn[20];		   /* serial number */
	char mn[40];		   /* model number */
	char subnqn[256];	   /* NQN of the NVM subsystem */
	uint16_t gen_number;	   /* changes whenever the log is read anew */
	uint32_t rci;		   /* who is reading, ZNVME_PEL_RCI_* */
	uint8_t rsvd378[102];
	uint8_t seb[32]; /* supported events, bit n is type n */
} __attribute__((packed));
ZNVME_ASSERT_SIZE(struct znvme_persistent_event_log, 512);
ZNVME_ASSERT_OFFSET(struct znvme_persistent_event_log, tll, 8);
ZNVME_ASSERT_OFFSET(struct znvme_persistent_event_log, ts, 20);
ZNVME_ASSERT_OFFSET(struct znvme_persistent_event_log, vid, 52);
ZNVME_ASSERT_OFFSET(struct znvme_persistent_event_log, subnqn, 116);
ZNVME_ASSERT_OFFSET(struct znvme_persistent_event_log, rci, 374);
ZNVME_ASSERT_OFFSET(struct znvme_persistent_event_log, seb, 480);

#define ZNVME_PEL_RCI_RCPID 0x0000ffffu /* port of the reader */
#define ZNVME_PEL_RCI_RCPIT 0x00030000u /* kind of that port */
#define ZNVME_PEL_RCI_RCE   0x00040000u /* a reading context exists */

/*
 * Persistent event header (5.1.12.1.14). vsil bytes of vendor specific data and el - vsil bytes
 * of event data follow; the next event starts ehl + 3 + el bytes after this one.
 */
struct znvme_persistent_event {
	uint8_t etype;		    /* enum znvme_pel_event */
	uint8_t etype_rev;	    /* revision of that type */
	uint8_t ehl;		    /* bytes of this header after this field: 21 */
	uint8_t ehai;		    /* additional information, ZNVME_PEL_EHAI_* */
	uint16_t cntlid;	    /* controller that made the event */
	struct znvme_timestamp ets; /* time of the event */
	uint16_t pelpid;	    /* port of the event */
	uint8_t rsvd16[4];
	uint16_t vsil; /* bytes of vendor specific information */
	uint16_t el;   /* bytes of vendor specific information and event data */
} __attribute__((packed));
ZNVME_ASSERT_SIZE(struct znvme_persistent_event, 24);
ZNVME_ASSERT_OFFSET(struct znvme_persistent_event, cntlid, 4);
ZNVME_ASSERT_OFFSET(struct znvme_persistent_event, ets, 6);
ZNVME_ASSERT_OFFSET(struct znvme_persistent_event, el, 22);

#define ZNVME_PEL_EHAI_PIT 0x03u /* port: 0 unknown, 1 NVM subsystem, 2 MI, 3 none */

/* Kind of persistent event. */
enum znvme_pel_event {
	ZNVME_PEL_SMART = 0x01,		  /* SMART / health snapshot */
	ZNVME_PEL_FW_COMMIT = 0x02,	  /* firmware commit */
	ZNVME_PEL_TIMESTAMP = 0x03,	  /* timestamp changed */
	ZNVME_PEL_POWER_ON = 0x04,	  /* power on or reset */
	ZNVME_PEL_HW_ERROR = 0x05,	  /* NVM subsystem hardware error */
	ZNVME_PEL_CHANGE_NS = 0x06,	  /* namespace created or deleted */
	ZNVME_PEL_FORMAT_START = 0x07,	  /* format started */
	ZNVME_PEL_FORMAT_DONE = 0x08,	  /* format completed */
	ZNVME_PEL_SANITIZE_START = 0x09,  /* sanitize started */
	ZNVME_PEL_SANITIZE_DONE = 0x0a,	  /* sanitize completed */
	ZNVME_PEL_SET_FEATURE = 0x0b,	  /* feature set */
	ZNVME_PEL_TELEMETRY = 0x0c,	  /* telemetry log created */
	ZNVME_PEL_THERMAL = 0x0d,	  /* thermal excursion */
	ZNVME_PEL_SANITIZE_VERIFY = 0x0e, /* sanitize media verification */
	ZNVME_PEL_VENDOR = 0xde,	  /* vendor specific */
	ZNVME_PEL_TCG = 0xdf,		  /* TCG defined */
};

/* Log specific parameter of Get Log Page of 0Dh: the context a log is read in. */
enum znvme_pel_action {
	ZNVME_PEL_READ = 0,	 /* read in the present context */
	ZNVME_PEL_ESTABLISH = 1, /* make a context, and read */
	ZNVME_PEL_RELEASE = 2,	 /* drop the context */
	ZNVME_PEL_HEADER = 3,	 /* make a context, and read the header alone */
};

/* Feature Identifiers Supported and Effects (5.1.12.1.18). */
struct znvme_feature_effects_log {
	uint32_t fid_support[256]; /* by feature identifier, ZNVME_FEATURE_EFFECTS_* */
};
ZNVME_ASSERT_SIZE(struct znvme_feature_effects_log, 1024);

#define ZNVME_FEATURE_EFFECTS_FSUPP 0x00000001u /* supported */
#define ZNVME_FEATURE_EFFECTS_UDCC  0x00000002u /* may change user data */
#define ZNVME_FEATURE_EFFECTS_NCC   0x00000004u /* may change capabilities of a namespace */
#define ZNVME_FEATURE_EFFECTS_NIC   0x00000008u /* may change the set of namespaces */
#define ZNVME_FEATURE_EFFECTS_CCC   0x00000010u /* may change the controller */
#define ZNVME_FEATURE_EFFECTS_USS   0x00080000u /* takes a UUID index */
#define ZNVME_FEATURE_EFFECTS_FSP   0xfff00000u /* scope, ZNVME_EFFECTS_SCOPE_* */

/* Reservation Notification (5.1.12, LID 80h): the oldest notice; reading it removes it. */
struct znvme_resv_log {
	uint64_t lpc;  /* serial number of the notice; 0: there is none */
	uint8_t rnlpt; /* enum znvme_resv_notice */
	uint8_t nalp;  /* notices still to be read; 255: that or more */
	uint8_t rsvd10[2];
	uint32_t nsid; /* namespace */
	uint8_t rsvd16[48];
};
ZNVME_ASSERT_SIZE(struct znvme_resv_log, 64);
ZNVME_ASSERT_OFFSET(struct znvme_resv_log, nsid, 12);

/* Kind of reservation notice. */
enum znvme_resv_notice {
	ZNVME_RESV_NOTICE_NONE = 0,   /* the log is empty */
	ZNVME_RESV_NOTICE_REGPRE = 1, /* registration preempted */
	ZNVME_RESV_NOTICE_RESREL = 2, /* reservation released */
	ZNVME_RESV_NOTICE_RESPRE = 3, /* reservation preempted */
};

/* Sanitize Status (5.1.12, LID 81h). Times are in seconds; FFFFFFFFh: not reported. */
struct znvme_sanitize_log {
	uint16_t sprog;	 /* progress, 65,536ths; FFFFh when none is running */
	uint16_t sstat;	 /* status, ZNVME_SANITIZE_SSTAT_* */
	uint32_t scdw10; /* command dword 10 of the last Sanitize */
	uint32_t eto;	 /* time of an overwrite */
	uint32_t etbe;	 /* time of a block erase */
	uint32_t etce;	 /* time of a crypto erase */
	uint32_t etond;	 /* time of an overwrite, no deallocate */
	uint32_t etbend; /* time of a block erase, no deallocate */
	uint32_t etcend; /* time of a crypto erase, no deallocate */
	uint32_t etpvds; /* time of deallocation after media verification */
	uint8_t ssi;	 /* state, ZNVME_SANITIZE_SSI_* */
	uint8_t rsvd37[475];
};
ZNVME_ASSERT_SIZE(struct znvme_sanitize_log, 512);
ZNVME_ASSERT_OFFSET(struct znvme_sanitize_log, scdw10, 4);
ZNVME_ASSERT_OFFSET(struct znvme_sanitize_log, etpvds, 32);
ZNVME_ASSERT_OFFSET(struct znvme_sanitize_log, ssi, 36);

#define ZNVME_SANITIZE_SSTAT_SOS     0x0007u /* enum znvme_sanitize_status */
#define ZNVME_SANITIZE_SSTAT_OPC     0x00f8u /* overwrite passes completed */
#define ZNVME_SANITIZE_SSTAT_GDE     0x0100u /* no user data written since */
#define ZNVME_SANITIZE_SSTAT_MVCNCLD 0x0200u /* media verification was canceled */
#define ZNVME_SANITIZE_SSI_SANS	     0x0fu   /* state of the sanitize state machine */
#define ZNVME_SANITIZE_SSI_FAILS     0xf0u   /* state in which it failed */

/* SANS: states of the sanitize operation state machine (8.1.24.3). */
enum znvme_sanitize_state {
	ZNVME_SANITIZE_IDLE = 0,
	ZNVME_SANITIZE_RESTRICTED = 1, /* restricted processing */
	ZNVME_SANITIZE_RESTRICTED_FAILURE = 2,
	ZNVME_SANITIZE_UNRESTRICTED = 3, /* unrestricted processing */
	ZNVME_SANITIZE_UNRESTRICTED_FAILURE = 4,
	ZNVME_SANITIZE_VERIFICATION = 5, /* media verification: blocks can be read */
	ZNVME_SANITIZE_DEALLOCATION = 6, /* post-verification deallocation */
};

#define ZNVME_SANITIZE_NO_ESTIMATE 0xffffffffu

/* Outcome of the last sanitize operation. */
enum znvme_sanitize_status {
	ZNVME_SANITIZE_NEVER = 0,	 /* there was none */
	ZNVME_SANITIZE_DONE = 1,	 /* completed */
	ZNVME_SANITIZE_RUNNING = 2,	 /* in progress */
	ZNVME_SANITIZE_FAILED = 3,	 /* failed */
	ZNVME_SANITIZE_DONE_DEALLOC = 4, /* completed, and deallocated against the request */
};

/* Predictable Latency Per NVM Set (5.1.12.1.11). */
struct znvme_plm_nvmset_log {
	uint8_t status; /* 0 not enabled, 1 deterministic, 2 non-deterministic window */
	uint8_t rsvd1;
	uint16_t event_type; /* events that are pending */
	uint8_t rsvd4[28];
	uint64_t dtwin_rt;	/* typical reads of a deterministic window, 4 KiB */
	uint64_t dtwin_wt;	/* typical writes, optimal write size */
	uint64_t dtwin_tmax;	/* longest deterministic window, milliseconds */
	uint64_t ndwin_tmin_hi; /* shortest non-deterministic window, high reliability, ms */
	uint64_t ndwin_tmin_lo; /* the same, low */
	uint8_t rsvd72[56];
	uint64_t dtwin_re; /* reads left in this deterministic window */
	uint64_t dtwin_we; /* writes left */
	uint64_t dtwin_te; /* time left, milliseconds */
	uint8_t rsvd152[360];
};
ZNVME_ASSERT_SIZE(struct znvme_plm_nvmset_log, 512);
ZNVME_ASSERT_OFFSET(struct znvme_plm_nvmset_log, dtwin_re, 128);

/* Predictable Latency Event Aggregate and Endurance Group Event Aggregate (5.1.12.1.12, .15): the
 * header; `num` identifiers of 2 bytes follow. */
struct znvme_aggregate_log {
	uint64_t num;
};
ZNVME_ASSERT_SIZE(struct znvme_aggregate_log, 8);

/* Dispersed Namespace Participating NVM Subsystems (5.1.12.1.23): the header; `numpsub` NVM
 * Subsystem NVMe Qualified Names of 256 bytes follow. */
struct znvme_dispersed_ns_log {
	uint64_t genctr;  /* generation counter */
	uint64_t numpsub; /* names that follow */
	uint8_t rsvd16[240];
};
ZNVME_ASSERT_SIZE(struct znvme_dispersed_ns_log, 256);

/* Management Address List (18h). */
enum znvme_mgmt_addr_type {
	ZNVME_MGMT_ADDR_NONE = 0x00,   /* not in use */
	ZNVME_MGMT_ADDR_AGENT = 0x01,  /* NVM subsystem management agent */
	ZNVME_MGMT_ADDR_FABRIC = 0x02, /* fabric interface manager */
	ZNVME_MGMT_ADDR_END = 0xff,    /* nothing behind this one */
};

struct znvme_mgmt_addr {
	uint8_t mat; /* enum znvme_mgmt_addr_type */
	uint8_t rsvd1[3];
	char madrs[508]; /* URI in UTF-8, ended by a zero */
};
ZNVME_ASSERT_SIZE(struct znvme_mgmt_addr, 512);

struct znvme_mgmt_addr_log {
	struct znvme_mgmt_addr mad[8];
};
ZNVME_ASSERT_SIZE(struct znvme_mgmt_addr_log, 4096);

/* Physical Interface Receiver Eye Opening Measurement (PCIe Transport, 3.9.1.1): the log specific
 * parameter of Get Log Page; the log specific identifier is a controller of the port. */
#define ZNVME_EOM_LSP_MQUAL 0x03u /* enum znvme_eom_quality, of a measurement that is started */
#define ZNVME_EOM_LSP_ACT   0x0cu /* enum znvme_eom_action */

enum znvme_eom_quality {
	ZNVME_EOM_GOOD = 0,
	ZNVME_EOM_BETTER = 1,
	ZNVME_EOM_BEST = 2,
};

enum znvme_eom_action {
	ZNVME_EOM_READ = 0,  /* the log page as it is */
	ZNVME_EOM_START = 1, /* start to measure, anew where that goes on */
	ZNVME_EOM_ABORT = 2, /* abort the measurement, and clear the log page */
};

enum znvme_eom_progress {
	ZNVME_EOM_NOT_STARTED = 0, /* since the log page was cleared */
	ZNVME_EOM_IN_PROGRESS = 1,
	ZNVME_EOM_COMPLETED = 2,
};

/* Optional Data Present */
#define ZNVME_EOM_ODP_PRINTABLE 0x01u /* printable eyes */
#define ZNVME_EOM_ODP_DATA	0x02u /* eye data, which are the vendor's */

/* The header; where the measurement has completed, `nd` descriptors of `dsize` bytes follow it. */
struct znvme_eom_log {
	uint8_t lid;
	uint8_t eomip;	/* enum znvme_eom_progress */
	uint16_t hsize; /* bytes of the header: 64 */
	uint32_t rsize; /* bytes of the log page */
	uint8_t eomdgn; /* counts the measurements that were started */
	uint8_t lr;	/* revision of the log page: 3 */
	uint8_t odp;	/* optional data, ZNVME_EOM_ODP_* */
	uint8_t lanes;	/* configured for the port */
	uint8_t epl;	/* eyes of a lane: 1 (NRZ) or 3 (PAM4) */
	uint8_t lspfc;	/* log specific parameter that started the measurement */
	uint8_t li;	/* link speed it was started at, as in PXLS.CLS */
	uint8_t rsvd15[3];
	uint16_t lsic;	 /* log specific identifier that started the measurement */
	uint32_t dsize;	 /* bytes of a descriptor */
	uint16_t nd;	 /* descriptors: an eye of a lane each */
	uint16_t maxtb;	 /* rows from the centre of a printable eye, at most */
	uint16_t maxlr;	 /* columns, likewise */
	uint16_t etgood; /* estimated time of a measurement, seconds; 0: less than one */
	uint16_t etbetter;
	uint16_t etbest;
	uint8_t rsvd36[28];
} __attribute__((packed));
ZNVME_ASSERT_SIZE(struct znvme_eom_log, 64);
ZNVME_ASSERT_OFFSET(struct znvme_eom_log, odp, 10);
ZNVME_ASSERT_OFFSET(struct znvme_eom_log, lsic, 18);
ZNVME_ASSERT_OFFSET(struct znvme_eom_log, dsize, 20);
ZNVME_ASSERT_OFFSET(struct znvme_eom_log, etbest, 34);

#define ZNVME_EOM_MSTATUS_SUCCESSFUL 0x01u

/* A descriptor; the printable eye, the eye data and zeroes to a whole dword follow. */
struct znvme_eom_lane_desc {
	uint8_t rsvd0;
	uint8_t mstatus; /* ZNVME_EOM_MSTATUS_SUCCESSFUL */
	uint8_t lane;
	uint8_t eye;  /* of that lane, from 0, the lowest voltage first */
	uint16_t top; /* rows from the centre to the edge of the eye */
	uint16_t bottom;
	uint16_t left; /* columns from the centre to the edge */
	uint16_t right;
	uint16_t nrows; /* of the printable eye: rows of '0' (in the eye) and '1' (outside) */
	uint16_t ncols;
	uint32_t edlen; /* bytes of eye data; 16 bits before revision 3, and reserved ones */
	uint8_t rsvd20[12];
};
ZNVME_ASSERT_SIZE(struct znvme_eom_lane_desc, 32);
ZNVME_ASSERT_OFFSET(struct znvme_eom_lane_desc, edlen, 16);

/* LBA Status Information (NVM 1.1, 4.1.4.5): the header; nlslne elements follow. */
struct znvme_lba_status_log {
	uint32_t lslplen; /* bytes of the log page */
	uint32_t nlslne;  /* namespace elements that follow */
	uint32_t estulb;  /* estimate of unrecoverable blocks */
	uint8_t rsvd12[2];
	uint16_t lsgc; /* generation counter */
};
ZNVME_ASSERT_SIZE(struct znvme_lba_status_log, 16);

#define ZNVME_LBA_STATUS_NLRD_ALL 0xffffffffu /* none follows: ask for the whole namespace */

/* Its namespace element; nlrd ranges follow. */
struct znvme_lba_status_ns {
	uint32_t neid;	/* namespace */
	uint32_t nlrd;	/* ranges that follow, or ZNVME_LBA_STATUS_NLRD_ALL */
	uint8_t ratype; /* recommended action type of Get LBA Status */
	uint8_t rsvd9[7];
};
ZNVME_ASSERT_SIZE(struct znvme_lba_status_ns, 16);

struct znvme_lba_status_range {
	uint64_t rslba; /* first logical block */
	uint32_t rnlb;	/* logical blocks */
	uint8_t rsvd12[4];
};
ZNVME_ASSERT_SIZE(struct znvme_lba_status_range, 16);

/* Media Unit Status (5.1.12.1.16): the header; nmu descriptors follow. */
struct znvme_media_unit_log {
	uint16_t nmu;	     /* media units */
	uint16_t cchans;     /* channels */
	uint16_t sel_config; /* selected capacity configuration */
	uint8_t rsvd6[10];
};
ZNVME_ASSERT_SIZE(struct znvme_media_unit_log, 16);

struct znvme_media_unit_desc {
	uint16_t muid; /* media unit */
	uint16_t domainid;
	uint16_t endgid;
	uint16_t nvmsetid;
	uint16_t cap_adj_fctr; /* capacity adjustment factor */
	uint8_t avl_spare;     /* percent */
	uint8_t percent_used;
	uint8_t mucs; /* number of channels behind the descriptor */
	uint8_t cio;  /* offset of the first of them from here, in bytes */
};
ZNVME_ASSERT_SIZE(struct znvme_media_unit_desc, 14);

/* Supported Capacity Configuration List (5.1.12.1.17): the header; sccn descriptors follow. */
struct znvme_capacity_config_log {
	uint8_t sccn;
	uint8_t rsvd1[15];
};
ZNVME_ASSERT_SIZE(struct znvme_capacity_config_log, 16);

/* egcn endurance group descriptors follow. */
struct znvme_capacity_config {
	uint16_t cap_config_id;
	uint16_t domainid;
	uint16_t egcn;
	uint8_t rsvd6[26];
};
ZNVME_ASSERT_SIZE(struct znvme_capacity_config, 32);

/* egsets NVM set identifiers of 2 bytes follow, then the channels. */
struct znvme_capacity_endgrp {
	uint16_t endgid;
	uint16_t cap_adj_factor;
	uint8_t rsvd4[12];
	uint8_t tegcap[16];  /* capacity, bytes */
	uint8_t segcap[16];  /* spare capacity, bytes */
	uint8_t end_est[16]; /* bytes that can be written in a life, 10^9 */
	uint8_t rsvd64[16];
	uint16_t egsets;
};
ZNVME_ASSERT_SIZE(struct znvme_capacity_endgrp, 82);

/* NVMe-MI Commands Supported and Effects (5.1.12.1.19). */
struct znvme_mi_effects_log {
	uint32_t mi_support[256]; /* by opcode of the management interface */
	uint8_t rsvd1024[3072];
};
ZNVME_ASSERT_SIZE(struct znvme_mi_effects_log, 4096);

/* Command and Feature Lockdown (5.1.12.1.20): `lngth` identifiers follow the header. */
struct znvme_lockdown_log {
	uint8_t cfila; /* what the list is: contents and scope, as asked for */
	uint8_t rsvd1[2];
	uint8_t lngth; /* identifiers in cfil */
	uint8_t cfil[508];
};
ZNVME_ASSERT_SIZE(struct znvme_lockdown_log, 512);

/* Boot Partition (5.1.12.1.21): the header; the boot partition follows. */
struct znvme_boot_partition_log {
	uint8_t lid;
	uint8_t rsvd1[3];
	uint32_t bpinfo; /* ZNVME_BPINFO_BPSZ and ZNVME_BPINFO_ABPID */
	uint8_t rsvd8[8];
};
ZNVME_ASSERT_SIZE(struct znvme_boot_partition_log, 16);

#define ZNVME_BOOT_UNIT	    131072u /* bytes; of ZNVME_BPINFO_BPSZ */
#define ZNVME_BOOT_LSP_BPID 0x01u   /* Get Log Page of 15h: which boot partition */

/* Rotational Media Information (5.1.12.1.22). */
struct znvme_rotational_log {
	uint16_t endgid;
	uint16_t numa; /* actuators */
	uint16_t nrs;  /* nominal speed, per minute; 1: not reported */
	uint8_t rsvd6[2];
	uint32_t spinc;	 /* spin-ups */
	uint32_t fspinc; /* of those, failed */
	uint32_t ldc;	 /* head loads */
	uint32_t fldc;	 /* of those, failed */
	uint8_t rsvd24[488];
};
ZNVME_ASSERT_SIZE(struct znvme_rotational_log, 512);

/* Reachability Groups and Reachability Associations (5.1.12.1.25, .26): the header; `num`
 * descriptors follow. */
struct znvme_reach_log {
	uint64_t chngc; /* changes of the log page */
	uint16_t num;
	uint8_t rsvd10[6];
};
ZNVME_ASSERT_SIZE(struct znvme_reach_log, 16);

/* A group: `num` namespaces of 4 bytes follow; an association: that many groups of 4 bytes. */
struct znvme_reach_desc {
	uint32_t id;
	uint32_t num;
	uint64_t chngc; /* changes of this one */
	uint8_t rac;	/* association: its characteristics */
	uint8_t rsvd17[15];
};
ZNVME_ASSERT_SIZE(struct znvme_reach_desc, 32);

/* ---- asynchronous events (5.1.2) ----------------------------------------------------------- */

/* Completion of an Asynchronous Event Request, dword 0 (dword 1 is the event's parameter) */
#define ZNVME_AER_TYPE 0x00000007u /* enum znvme_aer_type */
#define ZNVME_AER_INFO 0x0000ff00u /* which event of that type */
#define ZNVME_AER_LID  0x00ff0000u /* log page to read, to clear the event */

/* Kind of event. */
enum znvme_aer_type {
	ZNVME_AER_TYPE_ERROR = 0,     /* enum znvme_aer_error */
	ZNVME_AER_TYPE_SMART = 1,     /* enum znvme_aer_smart */
	ZNVME_AER_TYPE_NOTICE = 2,    /* enum znvme_aer_notice */
	ZNVME_AER_TYPE_IMMEDIATE = 3, /* enum znvme_aer_immediate; needs no clearing */
	ZNVME_AER_TYPE_ONE_SHOT = 4,  /* enum znvme_aer_one_shot */
	ZNVME_AER_TYPE_IO = 6,	      /* enum znvme_aer_io */
	ZNVME_AER_TYPE_VENDOR = 7,    /* vendor specific */
};

/* Error status. */
enum znvme_aer_error {
	ZNVME_AER_ERROR_DB_REGISTER = 0x00, /* doorbell of a queue that does not exist */
	ZNVME_AER_ERROR_DB_VALUE = 0x01,    /* invalid value written to a doorbell */
	ZNVME_AER_ERROR_DIAGNOSTIC = 0x02,  /* diagnostic failure */
	ZNVME_AER_ERROR_PERSISTENT = 0x03,  /* persistent internal error */
	ZNVME_AER_ERROR_TRANSIENT = 0x04,   /* transient internal error */
	ZNVME_AER_ERROR_FW_LOAD = 0x05,	    /* firmware image could not be loaded */
};

/* SMART / health status. */
enum znvme_aer_smart {
	ZNVME_AER_SMART_RELIABILITY = 0x00, /* NVM subsystem reliability */
	ZNVME_AER_SMART_TEMPERATURE = 0x01, /* temperature beyond a threshold */
	ZNVME_AER_SMART_SPARE = 0x02,	    /* spare capacity below its threshold */
};

/* Notice. */
enum znvme_aer_notice {
	ZNVME_AER_NOTICE_NS = 0x00,	     /* attached namespace attributes changed */
	ZNVME_AER_NOTICE_FW = 0x01,	     /* firmware activation starts */
	ZNVME_AER_NOTICE_TELEMETRY = 0x02,   /* telemetry log changed */
	ZNVME_AER_NOTICE_ANA = 0x03,	     /* ANA state changed */
	ZNVME_AER_NOTICE_PLM = 0x04,	     /* predictable latency event aggregate */
	ZNVME_AER_NOTICE_LBA_STATUS = 0x05,  /* LBA status information alert */
	ZNVME_AER_NOTICE_ENDURANCE = 0x06,   /* endurance group event aggregate */
	ZNVME_AER_NOTICE_REACH_GROUP = 0x07, /* reachability group changed */
	ZNVME_AER_NOTICE_REACH_ASSOC = 0x08, /* reachability association changed */
	ZNVME_AER_NOTICE_ALLOC_NS = 0x09,    /* allocated namespace attributes changed */
	ZNVME_AER_NOTICE_ZONE = 0xef,	     /* ZNS: zone descriptor changed */
	ZNVME_AER_NOTICE_DISCOVERY = 0xf0,   /* discovery log changed */
	ZNVME_AER_NOTICE_HOST_DISC = 0xf1,   /* host discovery log changed */
	ZNVME_AER_NOTICE_AVE_DISC = 0xf2,    /* AVE discovery log changed */
	ZNVME_AER_NOTICE_PULL_DDC = 0xf3,    /* pull model DDC request log changed */
};

/* Immediate. */
enum znvme_aer_immediate {
	ZNVME_AER_IMMEDIATE_SHUTDOWN = 0x00,  /* normal NVM subsystem shutdown */
	ZNVME_AER_IMMEDIATE_TEMP_HYST = 0x01, /* temperature hysteresis recovery */
};

/* One-shot. */
enum znvme_aer_one_shot {
	ZNVME_AER_ONE_SHOT_CDQ = 0x00, /* tail of a controller data queue moved */
};

/* I/O command specific. */
enum znvme_aer_io {
	ZNVME_AER_IO_RESERVATION = 0x00,      /* a reservation notice is in the log */
	ZNVME_AER_IO_SANITIZE = 0x01,	      /* sanitize completed */
	ZNVME_AER_IO_SANITIZE_DEALLOC = 0x02, /* completed with unexpected deallocation */
	ZNVME_AER_IO_SANITIZE_VERIFY = 0x03,  /* sanitize entered media verification */
};

#endif /* ZNVME_SPEC_LOG_H */
