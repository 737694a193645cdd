/* SPDX-License-Identifier: MIT */
/*
 * The swarm: random workload on the simulator with random faults, all drawn from one seed, and what
 * must hold whatever comes (docs/testing.md). A run has one or more lives of a controller, each
 * from opening to closing; where the blocks are in a file, a life finds what the one before has
 * left.
 */
#ifndef ZNVME_SWARM_H
#define ZNVME_SWARM_H

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <znvme.h>

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what is drawn: plan.c ----------------------------------------------------------------- */

#define MAX_LIVES   3u
#define MAX_WORKERS 4u

/* What the faults of a life excuse. A life without excuses is held to everything. */
enum excuse {
	MAY_REFUSE = 1,	  /* commands may fail with any status */
	MAY_BE_LATE = 2,  /* deadlines may pass, and with them come aborts and resets */
	MAY_FAIL = 4,	  /* the controller may fail, also while it is opened or closed */
	MAY_GO = 8,	  /* the device may be gone */
	MAY_LIE = 16,	  /* what it reads or confirms may be wrong: data are not looked at */
	MAY_STRAY = 32,	  /* transfers may go to what is not mapped */
	MAY_CONFUSE = 64, /* the driver may be led to break the protocol */
};

enum ending {
	END_CLOSED,	/* all is reaped, then it is closed */
	END_BUSY,	/* closed with commands in flight */
	END_REMOVED,	/* the device is pulled, then closed */
	END_POWER_LOSS, /* the same, with what was not flushed at risk */
	ENDINGS,
};

struct worker_plan {
	uint64_t seed;
	unsigned ops;	     /* commands */
	unsigned depth;	     /* most in flight, ≤ MAX_DEPTH */
	unsigned queue_size; /* entries; 0: blocking I/O, without a queue of its own */
	struct znvme_queue_options queue;
	unsigned max_bytes; /* of a command */
	bool own_memory;    /* mapped, not allocated by the library */
	uint32_t nsid;
	uint32_t first, nr; /* blocks that are its own */
};

struct life_plan {
	uint64_t seed;	    /* of all that is not a worker's */
	char options[1024]; /* the simulator's, but for the file */
	char rules[2048];   /* of faults */
	unsigned excuses;   /* of enum excuse */
	unsigned slow_us;   /* that a write to CC takes */
	bool cached;	    /* writes are at risk until they are flushed */
	struct znvme_open_options open;
	unsigned nr_workers;
	struct worker_plan workers[MAX_WORKERS];
	unsigned actions; /* of the thread that does all but I/O */
	enum ending ending;
};

struct plan {
	uint64_t seed;
	bool in_file;
	bool beside_others; /* in this process: what that holds is not looked at */
	unsigned block_size;
	uint32_t nr_ns;
	uint32_t nr_blocks; /* of each namespace */
	unsigned nr_lives;
	struct life_plan lives[MAX_LIVES];
};

/* The plan of a seed; `length` times as many commands as usual. */
void plan_draw(struct plan *plan, uint64_t seed, unsigned length);

void plan_print(const struct plan *plan, FILE *to);

/* Random numbers. */
uint64_t draw(uint64_t *state);
/* From first to last. */
unsigned draw_range(uint64_t *state, unsigned first, unsigned last);
/* True once in `n` times. */
bool draw_one_in(uint64_t *state, unsigned n);

/* ---- what is counted ----------------------------------------------------------------------- */

struct totals {
	uint64_t lives;
	uint64_t unopened;  /* lives that ended while the controller was opened */
	uint64_t submitted; /* commands; blocking calls count as one */
	uint64_t completed;
	uint64_t refused; /* of them: with a status of the controller's */
	uint64_t ended;	  /* of them: by the host */
	uint64_t gone;	  /* of them: because the device was gone */
	uint64_t dropped; /* in flight when their queue was deleted or the controller closed */
	uint64_t admin;	  /* admin commands asked for */
	uint64_t resets;
	uint64_t removals;
	uint64_t power_losses;
	uint64_t blocks; /* looked at, one by one */
	uint64_t lost;	 /* commands that never completed */
	uint64_t twice;	 /* completions of commands that were not under way */
	uint64_t faults[ZNVME_SIM_FAULTS];
};

void totals_add(struct totals *to, const struct totals *more);

/* ---- what a block may hold: model.c -------------------------------------------------------- */

/*
 * Each write of a block has a number, its version; a block of zeroes is a version, too. A block has
 * one writer at a time. A write that ended otherwise than well may have been carried out or not.
 */
struct block {
	uint32_t oldest, newest; /* what it holds is a version from oldest to newest */
	uint32_t next;		 /* the last version that was begun */
	uint32_t zeroes;	 /* the last of them that was zeroes */
	uint32_t durable;	 /* this version, or a later one, survives a power loss */
	uint32_t flushing;	 /* the same once the flush that is under way has completed */
	uint16_t readers;
	bool written; /* now */
};

struct model {
	uint64_t seed;
	unsigned block_size;
	uint64_t nr;
	struct block *blocks;
};

/* A write begins; `data` takes the block, or is NULL for zeroes. */
void model_write(const struct model *model, uint64_t index, void *data);
/* It has ended: `done`, if all is well; `durable`, if that is to last. */
void model_written(const struct model *model, uint64_t index, bool done, bool durable);
/* What the block must hold now, where that is certain; else false. */
bool model_expect(const struct model *model, uint64_t index, void *data);
/* What was read: NULL where it may be so, else what is wrong. The model learns from it. */
const char *model_read(const struct model *model, uint64_t index, const void *data);
/* What was not made durable may have been lost. */
void model_power_loss(const struct model *model);
/* Whatever is there lasts. */
void model_closed(const struct model *model);

/* ---- a run: run.c -------------------------------------------------------------------------- */

struct run {
	const struct plan *plan;
	const struct life_plan *life;
	struct totals *totals; /* under the lock */
	struct model model;
	int file; /* descriptor, or -1 */

	pthread_mutex_t lock;
	bool failed; /* atomic, as all that threads look at */
	bool stop;   /* workers shall come to an end */
	bool drop;   /* without reaping what is in flight */
	unsigned workers_left;
	unsigned life_nr;

	struct znvme_ctrl *ctrl;
	struct znvme_sim *sim;
	struct znvme_ctrl_info info;
	uint16_t oncs;
	bool powerless; /* by us */
	void *kept;	/* memory to be freed once it is closed, each pointing to the next */
	uint64_t resets;
};

/* Carry out a plan: false where something did not hold, which was told on stderr. */
bool run_plan(const struct plan *plan, struct totals *totals);

/* Something does not hold. */
void run_fail(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool run_failed(struct run *run);

/* Count in what a thread has counted. */
void run_count(struct run *run, const struct totals *totals);

static inline bool is_excused(const struct run *run, unsigned excuses)
{
	return run->life->excuses & excuses;
}

/* Whether blocks hold what they should is looked at in this life. */
static inline bool is_honest(const struct run *run)
{
	return !is_excused(run, MAY_LIE);
}

/* A call's return, or a command's status, that must be excused unless it is 0 or more. */
void run_judge(struct run *run, const char *what, int rc);

static inline uint64_t block_index(const struct run *run, uint32_t nsid, uint64_t lba)
{
	return (nsid - 1) * (uint64_t)run->plan->nr_blocks + lba;
}

/* ---- threads: load.c, chaos.c -------------------------------------------------------------- */

#define MAX_DEPTH 32u

struct worker {
	struct run *run;
	const struct worker_plan *plan;
	pthread_t thread;
	void *memory; /* its own, mapped: to be freed once the controller is closed */
};

/* I/O: a thread's body, with a struct worker. */
void *load_thread(void *worker);

/* All that is no I/O, and the life's ending: a thread's body, with the struct run. */
void *chaos_thread(void *run);

/* ---- between driver and simulator: watch.c ------------------------------------------------- */

/* What is seen of a device until it is closed. */
struct watch {
	bool closed;
	bool shut_down;	  /* the driver has asked for a shutdown (CC.SHN) */
	uint64_t refused; /* transfers to what is not mapped, while the controller was bus master */
	struct znvme_sim_counters counters;
	struct znvme_sim_fault_counts faults;
};

/*
 * A device in front of the simulator `inner`, which it closes; `watch` outlives it. A write to CC
 * takes `slow_us` microseconds: what the driver does before the controller is off is seen then.
 * NULL: no memory.
 */
struct znvme_device *watch_device(struct znvme_device *inner, unsigned slow_us,
				  struct watch *watch);

#endif
