/* SPDX-License-Identifier: MIT */
/* The swarm's program: what its parts have in common. */
#ifndef ZNVME_SWARM_MAIN_H
#define ZNVME_SWARM_MAIN_H

#include "swarm.h"

#define MAX_JOBS    64u
#define HANG_STATUS 3 /* of a process whose run took too long */

struct arguments {
	unsigned runs;
	uint64_t seed;
	unsigned jobs;
	unsigned patience; /* seconds that a run may take */
	bool only;
	unsigned length; /* times as many commands as usual, of that one */
	unsigned soak;	 /* seconds; 0: none */
};

/* What the n-th run is drawn from. */
uint64_t seed_of(const struct arguments *a, unsigned run);

/* From now on the process has so many seconds, or ends with HANG_STATUS; 0: for ever. */
void have_patience(unsigned seconds);

/* One run in this process, within its patience. */
bool run_seed(uint64_t seed, unsigned length, unsigned patience, struct totals *totals);

/* many.c and soak.c: exit codes for main(). */
int run_many(const struct arguments *a, const char *program);
int run_soak(const struct arguments *a);

/* report.c: a line of TAP, and how many were not ok */
void tell(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));
unsigned tap_failed(void);

void print_totals(const struct totals *totals, uint64_t runs);
bool every_fault_was_seen(const struct totals *totals);

#endif
