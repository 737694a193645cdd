/* SPDX-License-Identifier: MIT */
/*
 * A histogram of latencies in fixed memory: buckets of 1 ns up to 128 ns, then 128 to each power of
 * two, so that a bucket is less than 0.8 % of its value wide, up to 73 minutes. One thread adds;
 * others may look meanwhile.
 */
#ifndef ZNVME_TOOL_PERF_HIST_H
#define ZNVME_TOOL_PERF_HIST_H

#include <stdint.h>

#define PERF_HIST_SHIFT	   7  /* 2^7 buckets a power of two */
#define PERF_HIST_TOP	   42 /* 2^42 ns and more is in the last bucket */
#define PERF_HIST_PER	   (1u << PERF_HIST_SHIFT)
#define PERF_HIST_BUCKETS  ((PERF_HIST_TOP - PERF_HIST_SHIFT + 1) * PERF_HIST_PER)
#define PERF_HIST_MAX_ROWS 26

struct perf_hist {
	uint64_t min; /* ns; UINT64_MAX where it is empty */
	uint64_t max;
	uint64_t sum;
	uint64_t bucket[PERF_HIST_BUCKETS];
};

/* A run of buckets, as they are drawn. */
struct perf_hist_row {
	uint64_t from; /* ns, included; 0 in the first row: all that is less than `to` */
	uint64_t to;   /* ns, not included; UINT64_MAX in the last row: all from `from` on */
	uint64_t count;
};

static inline unsigned perf_hist_index(uint64_t ns)
{
	unsigned shift;

	if (ns < PERF_HIST_PER)
		return (unsigned)ns;
	if (ns >= 1ull << PERF_HIST_TOP)
		return PERF_HIST_BUCKETS - 1;
	shift = 63 - PERF_HIST_SHIFT - (unsigned)__builtin_clzll(ns);
	return shift * PERF_HIST_PER + (unsigned)(ns >> shift);
}

/* A plain store that another thread may look at. */
static inline void perf_put(uint64_t *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELAXED);
}

static inline uint64_t perf_get(const uint64_t *from)
{
	return __atomic_load_n(from, __ATOMIC_RELAXED);
}

static inline void perf_hist_add(struct perf_hist *hist, uint64_t ns)
{
	uint64_t *bucket = &hist->bucket[perf_hist_index(ns)];

	perf_put(bucket, *bucket + 1);
	perf_put(&hist->sum, hist->sum + ns);
	if (ns < hist->min)
		perf_put(&hist->min, ns);
	if (ns > hist->max)
		perf_put(&hist->max, ns);
}

void perf_hist_init(struct perf_hist *hist);

/* Add all of `from`. */
void perf_hist_merge(struct perf_hist *to, const struct perf_hist *from);

/* Take away what `from` had, an earlier state of the same; min and max stay. */
void perf_hist_subtract(struct perf_hist *from, const struct perf_hist *earlier);

uint64_t perf_hist_count(const struct perf_hist *hist);

/* The shortest latency that is in bucket `index`, ns. */
uint64_t perf_hist_edge(unsigned index);

/*
 * The latency, in ns, that `percent` of all do not exceed: exact to the width of a bucket, within
 * min and max. 0 where there are none.
 */
uint64_t perf_hist_percentile(const struct perf_hist *hist, double percent);

double perf_hist_mean(const struct perf_hist *hist); /* ns; 0 where there are none */

/*
 * What there is, in at most PERF_HIST_MAX_ROWS rows: the bulk in rows as narrow as that allows, the
 * ends in one row each. Returns how many; 0 where there is nothing.
 */
unsigned perf_hist_rows(const struct perf_hist *hist,
			struct perf_hist_row rows[PERF_HIST_MAX_ROWS]);

#endif
