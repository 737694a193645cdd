/* SPDX-License-Identifier: MIT */
/* The feat-… commands, a row a command (feat.c), and those of their options that are no field. */
#ifndef ZNVME_TOOL_FEAT_H
#define ZNVME_TOOL_FEAT_H

#include "feature_value.h"

/* The options of all of them: each row has its own places among these. */
struct feat_args {
	uint64_t value[5];
	const char *text[6];
	bool flag; /* of all flags: tool_given() tells them apart */
	uint8_t sel;
	bool save;
};

/* What the options say. */
struct feat_change {
	bool any;	 /* something is to be set */
	uint32_t select; /* dword 11: which value is meant */
	uint32_t mask;	 /* dword 11: bits that are set, */
	uint32_t bits;	 /* and to what */
};

struct feat {
	struct tool_command command;
	const char *what; /* the feature's name in a sentence */
	uint8_t fid;
	bool fresh; /* its data are made anew, not read first */
	/* Options that are no field, into dword 11 or `value`, which has what is there; NULL: none.
	 * 0, or 1 after an error message. */
	int (*fill)(struct tool *tool, const struct feat_args *args, struct feat_change *change,
		    struct feature_value *value);
};

enum feat_index {
	FEAT_ARBITRATION,
	FEAT_POWER_MGMT,
	FEAT_LBA_RANGE_TYPE,
	FEAT_TEMP_THRESH,
	FEAT_ERR_RECOVERY,
	FEAT_VOLATILE_WC,
	FEAT_NUM_QUEUES,
	FEAT_INT_COALESCE,
	FEAT_INT_VECTOR_CONFIG,
	FEAT_WRITE_ATOM_NORMAL,
	FEAT_ASYNC_EVENT_CONF,
	FEAT_TIMESTAMP,
	FEAT_KEEP_ALIVE_TIMER,
	FEAT_HCTM,
	FEAT_HOST_BEHAVIOR_SUPPORT,
	FEAT_PERF_CHARACTERISTICS,
	FEAT_PERFC, /* the same by nvme-cli's newer name */
	NR_FEATS,
};

extern const struct feat feats[NR_FEATS];

/* feat_data.c */
int feat_fill_ranges(struct tool *tool, const struct feat_args *args, struct feat_change *change,
		     struct feature_value *value);
int feat_fill_performance(struct tool *tool, const struct feat_args *args,
			  struct feat_change *change, struct feature_value *value);

/* Places of their options in struct feat_args. */
enum feat_range_text {
	FEAT_RANGE_TYPES,
	FEAT_RANGE_LBAROS,
	FEAT_RANGE_HLBARS,
	FEAT_RANGE_SLBAS,
	FEAT_RANGE_NLBS,
	FEAT_RANGE_GUIDS,
};
enum feat_perf_value { FEAT_PERF_ATTRI, FEAT_PERF_R4KARL, FEAT_PERF_ATTRL };
enum feat_perf_text { FEAT_PERF_PAID, FEAT_PERF_VS };

#endif
