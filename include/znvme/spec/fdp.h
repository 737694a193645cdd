/* SPDX-License-Identifier: MIT */
/*
 * Flexible Data Placement (Base 2.1, section 8.1.10): I/O Management Send and Receive (7.3, 7.4),
 * log pages 20h to 23h (5.1.12.1.28 to .31), the data of features 1Dh and 1Eh (5.1.25.1.20, .21).
 */
#ifndef ZNVME_SPEC_FDP_H
#define ZNVME_SPEC_FDP_H

#include "feature.h"

/* CDW10 of I/O Management Send and Receive; CDW11 of Receive: dwords to return, 0-based. */
#define ZNVME_IO_MGMT_MO  0x000000ffu /* management operation */
#define ZNVME_IO_MGMT_MOS 0xffff0000u /* Reclaim Unit Handle Update: identifiers, 0-based */

enum znvme_io_mgmt {
	ZNVME_IO_MGMT_NOP = 0,
	ZNVME_IO_MGMT_RUH_STATUS = 1, /* Receive */
	ZNVME_IO_MGMT_RUH_UPDATE = 1, /* Send: an array of placement identifiers */
};

/* What Reclaim Unit Handle Status returns: this, then nruhsd descriptors. */
struct znvme_fdp_ruh_status {
	uint8_t rsvd0[14];
	uint16_t nruhsd;
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_ruh_status, 16);
ZNVME_ASSERT_OFFSET(struct znvme_fdp_ruh_status, nruhsd, 14);

struct znvme_fdp_ruh_status_desc {
	uint16_t pid;	 /* placement identifier */
	uint16_t ruhid;	 /* reclaim unit handle */
	uint32_t earutr; /* estimated time left for the reclaim unit, seconds */
	uint64_t ruamw;	 /* blocks that may still be written to it */
	uint8_t rsvd16[16];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_ruh_status_desc, 32);
ZNVME_ASSERT_OFFSET(struct znvme_fdp_ruh_status_desc, ruamw, 8);

/* FDP Configurations (LID 20h): this, then n + 1 descriptors. The log's identifier is the endurance
 * group, here and below. */
struct znvme_fdp_configs_log {
	uint16_t n; /* configurations, 0-based */
	uint8_t version;
	uint8_t rsvd3;
	uint32_t size; /* bytes of the log */
	uint8_t rsvd8[8];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_configs_log, 16);

/* A configuration; `nruh` handles follow, and `vss` bytes of the vendor's. */
struct znvme_fdp_config_desc {
	uint16_t size;	  /* bytes of the descriptor */
	uint8_t fdpa;	  /* ZNVME_FDP_FDPA_* */
	uint8_t vss;	  /* bytes of the vendor's */
	uint32_t nrg;	  /* reclaim groups */
	uint16_t nruh;	  /* reclaim unit handles */
	uint16_t maxpids; /* placement identifiers, 0-based */
	uint32_t nnss;	  /* namespaces */
	uint64_t runs;	  /* bytes of a reclaim unit */
	uint32_t erutl;	  /* time limit of one, seconds; 0: none */
	uint8_t rsvd28[36];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_config_desc, 64);
ZNVME_ASSERT_OFFSET(struct znvme_fdp_config_desc, runs, 16);

#define ZNVME_FDP_FDPA_RGIF   0x0fu /* bits of a placement identifier for the reclaim group */
#define ZNVME_FDP_FDPA_FDPVWC 0x10u /* a volatile write cache is there */
#define ZNVME_FDP_FDPA_VALID  0x80u /* the configuration can be used */

struct znvme_fdp_ruh_desc {
	uint8_t ruht; /* enum znvme_fdp_ruht */
	uint8_t rsvd1[3];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_ruh_desc, 4);

enum znvme_fdp_ruht {
	ZNVME_FDP_RUHT_INITIALLY_ISOLATED = 1,
	ZNVME_FDP_RUHT_PERSISTENTLY_ISOLATED = 2,
};

/* Reclaim Unit Handle Usage (LID 21h): this, then nruh descriptors. */
struct znvme_fdp_ruh_usage_log {
	uint16_t nruh;
	uint8_t rsvd2[6];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_ruh_usage_log, 8);

struct znvme_fdp_ruh_usage_desc {
	uint8_t ruha; /* ZNVME_FDP_RUHA_*; 0: unused */
	uint8_t rsvd1[7];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_ruh_usage_desc, 8);

#define ZNVME_FDP_RUHA_HOST 0x01u /* named by a placement handle of a namespace */
#define ZNVME_FDP_RUHA_CTRL 0x02u /* used by the controller */

/* FDP Statistics (LID 22h), in bytes. */
struct znvme_fdp_stats_log {
	uint8_t hbmw[16]; /* written by the host, with metadata */
	uint8_t mbmw[16]; /* written to the media, with metadata */
	uint8_t mbe[16];  /* erased */
	uint8_t rsvd48[16];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_stats_log, 64);

/* Log specific parameter of FDP Events */
#define ZNVME_FDP_EVENTS_LSP_HOST 0x01u /* the host's events, not the controller's */

struct znvme_fdp_event {
	uint8_t type;  /* enum znvme_fdp_event_type */
	uint8_t flags; /* ZNVME_FDP_EVENT_* */
	uint16_t pid;  /* placement identifier */
	struct znvme_timestamp timestamp;
	uint32_t nsid;
	uint8_t specific[16];
	uint16_t rgid; /* reclaim group */
	uint8_t ruhid; /* reclaim unit handle */
	uint8_t rsvd35[5];
	uint8_t vs[24];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_event, 64);
ZNVME_ASSERT_OFFSET(struct znvme_fdp_event, nsid, 12);
ZNVME_ASSERT_OFFSET(struct znvme_fdp_event, rgid, 32);

#define ZNVME_FDP_EVENT_PIV   0x01u /* pid is valid */
#define ZNVME_FDP_EVENT_NSIDV 0x02u /* nsid is */
#define ZNVME_FDP_EVENT_LV    0x04u /* rgid and ruhid are */

enum znvme_fdp_event_type {
	/* of the host's doing */
	ZNVME_FDP_EVENT_RU_NOT_FULL = 0x00,   /* a reclaim unit was left before it was full */
	ZNVME_FDP_EVENT_RU_TIME_LIMIT = 0x01, /* its time was over */
	ZNVME_FDP_EVENT_RESET = 0x02,	      /* a reset has modified reclaim unit handles */
	ZNVME_FDP_EVENT_INVALID_PID = 0x03,   /* a write with an invalid placement identifier */
	/* of the controller's */
	ZNVME_FDP_EVENT_REALLOCATED = 0x80,  /* media were reallocated */
	ZNVME_FDP_EVENT_RUH_MODIFIED = 0x81, /* a handle was modified implicitly */
};

/* What is special of ZNVME_FDP_EVENT_REALLOCATED. */
struct znvme_fdp_realloc {
	uint8_t flags; /* ZNVME_FDP_REALLOC_LBAV */
	uint8_t rsvd1;
	uint16_t nlbam; /* blocks moved */
	uint8_t lba[8]; /* a block of those */
	uint8_t rsvd12[4];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_realloc, 16);

#define ZNVME_FDP_REALLOC_LBAV 0x01u /* lba is valid */

#define ZNVME_FDP_MAX_EVENTS 63u

/* FDP Events (LID 23h). */
struct znvme_fdp_events_log {
	uint32_t n; /* events */
	uint8_t rsvd4[60];
	struct znvme_fdp_event event[63];
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_events_log, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_fdp_events_log, event, 64);

/* Data of Get Features FDP Events (1Eh): one for each type. Set takes an array of types. */
struct znvme_fdp_event_desc {
	uint8_t evt;  /* enum znvme_fdp_event_type */
	uint8_t evta; /* ZNVME_FDP_EVTA_ENABLED */
};
ZNVME_ASSERT_SIZE(struct znvme_fdp_event_desc, 2);

#define ZNVME_FDP_EVTA_ENABLED 0x01u

#endif
