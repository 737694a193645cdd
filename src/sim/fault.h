/* SPDX-License-Identifier: MIT */
/*
 * Fault scripts: what script.c makes of the text, and fault.c carries out. A rule has events, spans
 * that something of the event must lie in, counts, and actions. Conditions and actions are indices
 * of arrays, so that matching, merging and counting are one loop each.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What happens to the simulator; a rule has one or several of them as bits. */
enum sim_fault_event {
	SIM_ON_COMMAND = 1 << 0,
	SIM_ON_REG_READ = 1 << 1,
	SIM_ON_REG_WRITE = 1 << 2,
	SIM_ON_INTERRUPT = 1 << 3,
	SIM_ON_ENABLE = 1 << 4,
	SIM_ON_SHUTDOWN = 1 << 5,
	SIM_ON_TIME = 1 << 6,
	SIM_ON_REGISTER = SIM_ON_REG_READ | SIM_ON_REG_WRITE,
	SIM_ON_ANY = (1 << 7) - 1,
};

/* What of an event a condition looks at. */
enum sim_fault_key {
	SIM_KEY_QUEUE,
	SIM_KEY_OPCODE,
	SIM_KEY_NSID,
	SIM_KEY_LBA,
	SIM_KEY_CNS,
	SIM_KEY_LID,
	SIM_KEY_FID,
	SIM_KEY_REG,
	SIM_KEY_VECTOR,
	SIM_KEYS,
	/* Conditions on the rule itself. */
	SIM_WHEN_NTH = SIM_KEYS,
	SIM_WHEN_EVERY,
	SIM_WHEN_TIMES,
	SIM_WHEN_CHANCE,
	SIM_WHEN_SEED,
	SIM_WHEN_AFTER,
	SIM_WHEN_UNTIL,
	SIM_WHEN_PERIOD,
	SIM_CONDITIONS,
};

enum sim_fault_action {
	SIM_DO_STATUS,
	SIM_DO_DNR,
	SIM_DO_CRD,
	SIM_DO_EXECUTED,
	SIM_DO_LATE,
	SIM_DO_REVERSE,
	SIM_DO_LOSE,
	SIM_DO_COPIES,
	SIM_DO_CID,
	SIM_DO_SQID,
	SIM_DO_SQHD,
	SIM_DO_RESULT,
	SIM_DO_ALSO,
	SIM_DO_UNSEEN,
	SIM_DO_TORN,
	SIM_DO_GARBAGE,
	SIM_DO_DATA,
	SIM_DO_STRAY,
	SIM_DO_ROT,
	SIM_DO_FATAL,
	SIM_DO_REMOVE,
	SIM_DO_POWER_OFF,
	SIM_DO_VALUE,
	SIM_DO_DROP,
	SIM_DO_NEVER,
	SIM_DO_INTERRUPT,
	SIM_DO_STORM,
	SIM_ACTIONS,
};

struct sim_span {
	uint64_t first;
	uint64_t last;
};

/* Values of cid, sqid and sqhd above 16 bits. */
#define SIM_FORGE_XOR	 0x10000u /* exclusive or with the right one */
#define SIM_FORGE_UNSENT 0x20000u /* a command identifier that the queue has never seen */
#define SIM_FORGE_OLD	 0x20001u /* one that has been completed */

#define SIM_PATCH_BYTES 32u

struct sim_rule {
	unsigned events;
	uint32_t conditions; /* a bit each */
	uint32_t actions;    /* a bit each */
	struct sim_span when[SIM_CONDITIONS];
	struct sim_span what[SIM_ACTIONS];
	uint8_t bytes[SIM_PATCH_BYTES]; /* of the action data */
	unsigned nr_bytes;
	uint64_t random;
	uint64_t since; /* ns, when it was added */
	uint64_t due;	/* ns, of a rule on time; 0: no more */
	uint64_t matched;
	uint64_t fired;
};

#define SIM_PATCHES 8u

/* What rules want for one event, put together. */
struct sim_injection {
	uint32_t given; /* a bit an action; its value is there */
	uint64_t value[SIM_ACTIONS];
	struct sim_rule *patch[SIM_PATCHES]; /* rules that change data */
	unsigned nr_patches;
};

/* What shall be wrong with a completion when it is posted. */
struct sim_forge {
	uint32_t fields; /* SIM_DO_* as bits */
	uint32_t cid;
	uint32_t sqid;
	uint32_t sqhd;
	uint32_t result;
	uint32_t torn; /* µs */
};

struct sim_faults {
	struct sim_rule *rule;
	size_t nr;
	unsigned events;   /* all that rules look at */
	uint32_t actions;  /* all that rules may do */
	uint64_t due;	   /* ns, the earliest of the rules on time; 0: none */
	uint64_t **seen;   /* a bit an identifier, by queue: commands that came; NULL: not needed */
	uint64_t reversed; /* completions in the present window */
	uint64_t window;   /* ns, when that ends */
	struct sim_injection *now; /* of the command that is being carried out; may be NULL */
	char *text;		   /* all rules, with semicolons between them */
};

/* script.c: append the rules of `text`, which came from `name`. */
int sim_script_parse(const char *name, const char *text, struct sim_rule **rules, size_t *nr);
int sim_script_load(const char *path, char **text); /* a file as a string */

#endif
