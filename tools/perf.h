/* SPDX-License-Identifier: MIT */
/*
 * `znvme perf`, by its rooms: perf.c has the options, perf_options.c what their texts mean,
 * perf_run.c the threads and their loop, perf_place.c where the next I/O goes, perf_verify.c the
 * pattern that blocks carry, perf_hist.c latencies, perf_report.c text and JSON, perf_compare.c two
 * of those side by side, perf_svg.c the drawing.
 */
#ifndef ZNVME_TOOL_PERF_H
#define ZNVME_TOOL_PERF_H

#include "perf_hist.h"
#include "transfer.h"

#define PERF_MAX_SIZES	 16
#define PERF_MAX_THREADS 64
#define NSEC		 1000000000ull

enum perf_pattern { PERF_RANDOM, PERF_SEQUENTIAL, PERF_MIXED };
enum perf_waiting { PERF_HYBRID, PERF_POLLED, PERF_INTERRUPT };
enum perf_kind { PERF_READ, PERF_WRITE, PERF_KINDS };

extern const char *const perf_pattern_names[3];
extern const char *const perf_waiting_names[3];

/* A size of the mix, and how many of a hundred I/Os have it. */
struct perf_size {
	uint32_t bytes;
	uint32_t nlb;
	uint32_t percent;
};

/* What is asked for. */
struct perf_config {
	const struct znvme_ns *ns;
	struct range range;
	struct perf_size sizes[PERF_MAX_SIZES];
	unsigned nr_sizes;
	uint32_t max_nlb; /* blocks of the largest size */
	enum perf_pattern pattern;
	uint32_t random_percent; /* 100 random, 0 sequential */
	uint32_t read_percent;
	enum perf_waiting waiting;
	uint32_t depth; /* a thread */
	uint32_t threads;
	uint64_t time_ns; /* 0: no limit */
	uint64_t count;	  /* 0: no limit */
	uint64_t rate;	  /* I/Os a second, all threads together; 0: no limit */
	uint64_t interval_ns;
	uint64_t seed;
	bool writes; /* --write */
	bool verify;
	bool one_pass;	 /* verify without a limit: each block of the range once */
	uint64_t run_id; /* of the pattern: µs since 1970 at the start */
};

/* ---- perf_options.c: 0, or 1 after an error message ---------------------------------------- */

int perf_parse_sizes(const char *text, struct perf_config *config);
int perf_parse_pattern(const char *text, struct perf_config *config);
int perf_parse_waiting(const char *text, struct perf_config *config);

/* "1.5", "500ms", "2m", "1h"; seconds without a unit. More than nothing, a year at most. */
int perf_parse_time(const char *name, const char *text, uint64_t *ns);

/* ---- perf_place.c -------------------------------------------------------------------------- */

/* Passes are counted from 1 to here, then from 1 again. */
#define PERF_MAX_PASS 127

/* One I/O to be. */
struct perf_pick {
	uint64_t slba;
	uint32_t nlb;
	uint32_t pass; /* of the thread through its blocks, from 1 */
	enum perf_kind kind;
};

/* Units of the largest size, in order or shuffled, each once; within one, I/O after I/O. */
struct perf_lane {
	uint64_t first_unit;
	uint64_t nr_units;
	uint64_t begun;
	uint64_t at;  /* the next block, */
	uint64_t end; /* and the end of the unit */
	bool shuffled;
};

/* Where a thread's I/Os go. The same seed gives the same, I/O for I/O. */
struct perf_place {
	const struct perf_config *config;
	uint64_t random; /* state of the generator */
	uint64_t first;	 /* the thread's own blocks */
	uint64_t nr_blocks;
	uint64_t random_first; /* random: where they start, and how many I/Os of each size fit */
	uint64_t slots[PERF_MAX_SIZES];
	uint64_t cursor; /* sequential: the next block, from `first` */
	uint64_t key;	 /* of the shuffle of this pass */
	uint32_t pass;
	struct perf_lane lane[2];
};

/* The range has room for an I/O of the largest size for each thread. */
void perf_place_init(struct perf_place *place, const struct perf_config *config, unsigned thread);

/* The next I/O; false where there are none: each block has been visited once. */
bool perf_place_next(struct perf_place *place, struct perf_pick *pick);

uint64_t perf_random(uint64_t *state);

/* ---- perf_verify.c ------------------------------------------------------------------------- */

#define PERF_TEXT 200

/* What a block's pattern says of itself, or should. */
struct perf_stamp {
	uint64_t lba;
	uint64_t seed;
	uint64_t run;  /* perf_config.run_id of the run that wrote it */
	uint32_t pass; /* of that run; 0: any run and pass will do */
	uint32_t nsid;
};

void perf_fill(void *block, uint32_t block_size, const struct perf_stamp *stamp);

/* Make it a block without a pattern. */
void perf_wipe(void *block);

/*
 * Whether `block` has the pattern of `expected`. False with what is wrong, what is expected and
 * what was found in `text`.
 */
bool perf_check(const void *block, uint32_t block_size, const struct perf_stamp *expected,
		char text[PERF_TEXT]);

/* ---- perf_run.c ---------------------------------------------------------------------------- */

/* A step of the series. */
struct perf_sample {
	uint64_t at_ns; /* its end, since the start */
	uint64_t length_ns;
	uint64_t ios;
	uint64_t bytes;
	uint64_t mean_ns;
	uint64_t p50_ns;
	uint64_t p99_ns;
};

#define PERF_MAX_FINDINGS 8

/* A block that did not hold what it should. */
struct perf_finding {
	uint64_t lba;
	char text[PERF_TEXT];
};

/* What verifying has found. */
struct perf_verdict {
	uint64_t checked; /* blocks */
	uint64_t wrong;
	uint64_t
		not_read_back; /* blocks that were written and, after an interrupt, not looked at */
	unsigned nr_findings;
	struct perf_finding finding[PERF_MAX_FINDINGS]; /* the first of them */
};

/* The command that ended the run, if one failed. */
struct perf_failure {
	int status; /* 0: none */
	enum perf_kind kind;
	uint64_t slba;
	uint32_t nlb;
};

struct perf_result {
	struct perf_hist latency[PERF_KINDS];
	uint64_t bytes[PERF_KINDS];
	uint64_t elapsed_ns;
	uint64_t started; /* seconds since 1970 */
	uint64_t user_ns; /* CPU time of the threads */
	uint64_t system_ns;
	uint64_t switches; /* how often they went to sleep */
	bool interrupted;
	struct perf_failure failure;
	struct perf_verdict verdict;
	struct perf_sample *samples; /* malloc'd */
	unsigned nr_samples;
};

/* 0, or 1 after an error message: then there is no result. */
int perf_run(struct tool *tool, const struct perf_config *config, struct perf_result *result);

/* ---- perf_watch.c: the series, and the live line -------------------------------------------- */

/* What the threads have done until `at_ns` after the start. */
struct perf_snapshot {
	uint64_t at_ns;
	uint64_t bytes;
	struct perf_hist latency;
};

struct perf_watch {
	const struct perf_config *config;
	struct perf_result *result;
	bool terminal; /* whether stderr is one */
	bool drawn;
	uint64_t next_sample; /* ns after the start */
	uint64_t next_line;
	struct perf_snapshot now;
	struct perf_snapshot sampled; /* at the last sample, */
	struct perf_snapshot before;  /* and at the one before */
	struct perf_snapshot line;    /* at the last line */
	struct perf_hist step;	      /* scratch */
};

void perf_watch_start(struct perf_watch *watch, const struct perf_config *config,
		      struct perf_result *result);

/* When to look next, ns after the start. */
uint64_t perf_watch_next(const struct perf_watch *watch);

/* watch->now is filled: take a sample, draw the line, where it is time. 0, or 1 after a message. */
int perf_watch_look(struct perf_watch *watch);

/* The same at the end: a rest that is too short for a sample of its own goes into the last one. */
int perf_watch_end(struct perf_watch *watch);

/* Take the line away. */
void perf_watch_wipe(struct perf_watch *watch);

/* ---- perf_report.c ------------------------------------------------------------------------- */

/* Percentiles, everywhere in this order. */
#define PERF_PERCENTILES 8
extern const double perf_percentiles[PERF_PERCENTILES];
extern const char *const perf_percentile_names[PERF_PERCENTILES];

void perf_report_text(struct tool *tool, const struct perf_config *config,
		      const struct perf_result *result);
struct json_object *perf_report_json(struct tool *tool, const struct perf_config *config,
				     const struct perf_result *result);

/* "77.1 us"; "412345", "1.23M"; "4 KiB": `text` takes 16 bytes. */
void perf_time_text(char text[16], double ns);
void perf_number_text(char text[16], double number);
void perf_size_text(char text[16], uint64_t bytes);

/* "random read, 4 KiB, depth 32, 2 threads, polled"; "Model"; "06:00.0 namespace 1, 500.1 GB" */
void perf_describe(char text[256], const struct perf_config *config);
void perf_describe_model(char text[256], struct tool *tool);
void perf_describe_device(char text[256], struct tool *tool, const struct znvme_ns *ns);

/* Both kinds together. */
void perf_total(const struct perf_result *result, struct perf_hist *latency, uint64_t *bytes);

/* CPU time an I/O, ns. */
double perf_cpu_per_io(const struct perf_result *result);

/* ---- perf_compare.c, perf_svg.c ------------------------------------------------------------ */

/* 0, or 1 after an error message. */
int perf_compare(struct tool *tool, const char *path_a, const char *path_b);

void perf_svg(FILE *out, struct tool *tool, const struct perf_config *config,
	      const struct perf_result *result);

#endif
