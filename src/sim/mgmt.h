/* SPDX-License-Identifier: MIT */
/*
 * What the simulated controller remembers for the commands that manage it: capacity, firmware,
 * sanitize, self-tests, captured logs, security. A part of sim/internal.h.
 */
#ifndef SIM_MGMT_H
#define SIM_MGMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "znvme/spec.h"

#define SIM_CNTLID	    0u /* of the one controller there is */
#define SIM_ENDGID	    1u /* of the one endurance group */
#define SIM_NVMSETID	    1u /* of the one NVM set, with=plm */
#define SIM_DOMAINID	    1u /* of the one domain, with=domains */
#define SIM_KAS		    1u /* granularity of the Keep Alive timer, units of 100 ms */
#define SIM_SECONDARIES	    4u /* controllers, with=virt, with=lm */
#define SIM_CDQS	    4u /* controller data queues, with=lm */
#define SIM_FW_SLOTS	    7u
#define SIM_FW_IMAGE_MAX    (64u << 20) /* bytes */
#define SIM_FW_PIECES	    4096u
#define SIM_SELF_TESTS	    20u
#define SIM_PEL_SIZE	    65536u /* bytes of the persistent event log, header and all */
#define SIM_SECURITY_MAX    65536u /* bytes that the loop-back protocol keeps */
#define SIM_TELEMETRY_AREAS 4u

/* Something that takes simulated time; ns on CLOCK_MONOTONIC. */
struct sim_period {
	uint64_t start;
	uint64_t due; /* 0: it does not run */
};

/* Bytes that are made by somebody and read by others. */
struct sim_blob {
	char *data;
	size_t len;
};

/* What activates a firmware image that was committed: options, and the statuses that say so. */
enum sim_fw_reset {
	SIM_FW_AT_ONCE,	     /* activation without a reset works */
	SIM_FW_CONTROLLER,   /* a controller level reset of any kind */
	SIM_FW_SUBSYSTEM,    /* NVM subsystem reset */
	SIM_FW_CONVENTIONAL, /* a conventional reset of the function */
};

struct sim_fw_piece {
	uint32_t offset; /* bytes */
	uint32_t len;
};

struct sim_firmware {
	char slot[SIM_FW_SLOTS][8]; /* revision; zeroes: empty */
	unsigned active;	    /* slot, from 1 */
	unsigned next;		    /* to be run after a reset; 0: none */
	struct sim_blob image;	    /* downloaded */
	struct sim_fw_piece piece[SIM_FW_PIECES];
	unsigned nr_pieces;
	bool overlap;		 /* of two of them */
	struct sim_period pause; /* activation without a reset: CSTS.PP */
};

struct sim_boot {
	char *data[2];
	unsigned active;
	uint32_t bprsel;
	uint64_t bpmbl;
	uint8_t status; /* BPINFO.BRS */
};

struct sim_sanitize {
	enum znvme_sanitize_state state;
	struct sim_period span;
	uint32_t cdw10; /* of the last command */
	uint32_t pattern;
	uint8_t outcome; /* enum znvme_sanitize_status */
	uint8_t passes;	 /* of an overwrite, completed */
	bool erased;	 /* GDE: nothing was written since */
};

struct sim_self_test {
	uint8_t code; /* of the one that runs; 0: none */
	uint32_t nsid;
	struct sim_period span;
	struct znvme_self_test_result result[SIM_SELF_TESTS]; /* newest first */
};

struct sim_telemetry {
	struct sim_blob host;
	struct sim_blob ctrl;
	uint8_t host_generation;
	uint8_t ctrl_generation;
	bool available; /* of the controller's, not read yet */
};

struct sim_pel {
	char event[SIM_PEL_SIZE - sizeof(struct znvme_persistent_event_log)];
	size_t len; /* bytes of them */
	uint32_t nr;
	uint16_t generation;
	struct sim_blob context; /* what a reader sees; no data: none is established */
};

/* Opcodes and features that Lockdown has prohibited on the Admin queue. */
struct sim_lockdown {
	bool opcode[256];
	bool feature[256];
};

/* Resources: queues, then interrupts. */
struct sim_virt {
	uint16_t primary[2];
	struct sim_secondary {
		uint16_t nr[2];
		bool online;
	} secondary[SIM_SECONDARIES];
};

/* A User Data Migration Queue (lm.c). One slot always stays free. */
struct sim_cdq {
	bool live;
	bool logging;
	bool first;	 /* no entry since logging began */
	bool trigger;	 /* the entry in slot `tpt` raises an event */
	uint8_t phase;	 /* of the entries written now */
	uint16_t cntlid; /* whose changes it takes */
	uint64_t base;	 /* IOVA */
	uint32_t size;	 /* entries */
	uint32_t head;	 /* slots; as the host last said */
	uint32_t tail;
	uint32_t tpt;
};

/* A controller that can be migrated: a secondary one, of a guest. */
struct sim_migratable {
	bool suspended;
	struct sim_blob queues; /* the NVMe controller state that was set; empty: none was */
	struct sim_blob coming; /* a state that is being set, by pieces */
};

struct sim_lm {
	struct sim_cdq cdq[SIM_CDQS];
	struct sim_migratable ctrl[SIM_SECONDARIES]; /* CNTLID 1 is the first */
};

/* What becomes of it without the host's doing (condition.c). */
struct sim_condition {
	uint16_t temperature; /* kelvin */
	uint8_t crossed;      /* bit i: threshold i, and not recovered from */
	uint8_t ana_state;    /* enum znvme_ana_state */
	uint64_t ana_changes;
	uint8_t endurance;    /* ZNVME_SMART_EGCW_* of the endurance group */
	bool endurance_event; /* it is in the event aggregate log */
};

/* The measurement of the receiver's eyes that was started last (eom.c). */
struct sim_eom {
	struct sim_period span;
	uint8_t generation;
	uint8_t progress; /* enum znvme_eom_progress */
	uint8_t lsp;
};

/* Predictable Latency Mode of the NVM set (plm.c). */
struct sim_plm {
	struct znvme_plm_config config;
	bool enabled;
	uint8_t window;	 /* as in feature 14h; 0: not enabled */
	uint16_t events; /* since the log was read */
	uint16_t told;	 /* in this window: each once */
	uint64_t reads;	 /* units, in the deterministic window */
	uint64_t writes;
	struct sim_period dtwin;
	struct sim_period warning; /* before it ends */
};

/* A vendor's performance attribute that was set (perfc.c). */
#define SIM_PERF_ATTRIBUTES 4

struct sim_perf_attribute {
	uint8_t attri; /* 0: none */
	struct znvme_perf_vendor value;
};

/* What a host leaves with a namespace (labels.c). */
struct sim_labels {
	struct znvme_lba_range_table ranges;
	unsigned nr_ranges; /* 0: not set */
	struct znvme_ns_admin_label admin;
	struct znvme_host_metadata metadata;
};

/* Namespaces that changed since the list was read; all that there can be. */
struct sim_changed_ns {
	uint32_t nsid[1024];
	unsigned nr;
};

/* State of all of them. */
struct sim_mgmt {
	uint64_t capacity;   /* bytes */
	uint32_t generation; /* namespaces that were created */
	uint64_t due;	     /* ns; of the next span that ends. 0: none */
	struct sim_blob log; /* the log page that is being read, where its length varies */
	struct sim_changed_ns changed_ns;	/* attached ones */
	struct sim_changed_ns changed_alloc_ns; /* allocated ones */
	struct sim_condition condition;
	struct sim_plm plm;
	struct sim_eom eom;
	struct znvme_host_metadata metadata[2]; /* features 7Dh, 7Eh */
	struct sim_perf_attribute perf[SIM_PERF_ATTRIBUTES];
	struct sim_firmware firmware;
	struct sim_boot boot;
	struct sim_sanitize sanitize;
	struct sim_self_test self_test;
	struct sim_telemetry telemetry;
	struct sim_pel pel;
	struct sim_blob security; /* what was sent to the loop-back protocol */
	struct sim_rpmb *rpmb;	  /* of rpmb.c; NULL: no targets */
	struct sim_lockdown lockdown;
	struct sim_virt virt;
	struct sim_lm lm;
	uint32_t mi_config[8];
	uint64_t apst[32];
	struct sim_period keep_alive;
	bool loading; /* the state file: nothing is to be saved */
	int state_fd; /* what is locked for it; -1: nothing */
};

#endif
