/* SPDX-License-Identifier: MIT */
/* Histograms of latencies (perf_hist.h). */
#include "perf_hist.h"

#include <math.h>
#include <string.h>

/* What lies outside is the ends, a row each. */
#define BULK_FIRST 0.1 /* per cent */
#define BULK_LAST  99.9

void perf_hist_init(struct perf_hist *hist)
{
	memset(hist, 0, sizeof(*hist));
	hist->min = UINT64_MAX;
}

void perf_hist_merge(struct perf_hist *to, const struct perf_hist *from)
{
	uint64_t min = perf_get(&from->min), max = perf_get(&from->max);

	to->min = min < to->min ? min : to->min;
	to->max = max > to->max ? max : to->max;
	to->sum += perf_get(&from->sum);
	for (unsigned i = 0; i < PERF_HIST_BUCKETS; i++)
		to->bucket[i] += perf_get(&from->bucket[i]);
}

void perf_hist_subtract(struct perf_hist *from, const struct perf_hist *earlier)
{
	from->sum -= earlier->sum;
	for (unsigned i = 0; i < PERF_HIST_BUCKETS; i++)
		from->bucket[i] -= earlier->bucket[i];
}

uint64_t perf_hist_count(const struct perf_hist *hist)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < PERF_HIST_BUCKETS; i++)
		count += hist->bucket[i];
	return count;
}

uint64_t perf_hist_edge(unsigned index)
{
	unsigned shift = index / PERF_HIST_PER;

	if (shift < 2)
		return index;
	return (uint64_t)(PERF_HIST_PER + index % PERF_HIST_PER) << (shift - 1);
}

/* The bucket with the latency that `percent` of `count` do not exceed. */
static unsigned bucket_of(const struct perf_hist *hist, uint64_t count, double percent)
{
	/* Shares as 99.9 are not exact: what is one too many by rounding only is not. */
	uint64_t rank = (uint64_t)ceil((double)count * percent / 100 * (1 - 1e-12)), seen = 0;
	unsigned i;

	for (i = 0; i < PERF_HIST_BUCKETS - 1; i++) {
		seen += hist->bucket[i];
		if (seen >= rank && seen)
			break;
	}
	return i;
}

uint64_t perf_hist_percentile(const struct perf_hist *hist, double percent)
{
	uint64_t count = perf_hist_count(hist), ns;
	unsigned i;

	if (!count)
		return 0;
	i = bucket_of(hist, count, percent);
	ns = perf_hist_edge(i + 1) - 1;
	if (i == PERF_HIST_BUCKETS - 1 || ns > hist->max)
		return hist->max;
	return ns < hist->min ? hist->min : ns;
}

double perf_hist_mean(const struct perf_hist *hist)
{
	uint64_t count = perf_hist_count(hist);

	return count ? (double)hist->sum / (double)count : 0;
}

static uint64_t count_between(const struct perf_hist *hist, unsigned first, unsigned end)
{
	uint64_t count = 0;

	while (first < end)
		count += hist->bucket[first++];
	return count;
}

static struct perf_hist_row row_of(const struct perf_hist *hist, unsigned first, unsigned end)
{
	return (struct perf_hist_row){
		.from = perf_hist_edge(first),
		.to = end < PERF_HIST_BUCKETS ? perf_hist_edge(end) : UINT64_MAX,
		.count = count_between(hist, first, end),
	};
}

/* The edge, as a bucket, of row `n` of `nr` that make equal steps of a logarithm. */
static unsigned row_edge(unsigned first, unsigned last, unsigned n, unsigned nr)
{
	double from = (double)perf_hist_edge(first) + 1, to = (double)perf_hist_edge(last + 1) + 1;

	return perf_hist_index((uint64_t)(from * pow(to / from, (double)n / nr) - 0.5));
}

unsigned perf_hist_rows(const struct perf_hist *hist, struct perf_hist_row rows[PERF_HIST_MAX_ROWS])
{
	uint64_t count = perf_hist_count(hist);
	unsigned first, last, at, wanted, nr = 0;

	if (!count)
		return 0;
	first = bucket_of(hist, count, BULK_FIRST);
	last = bucket_of(hist, count, BULK_LAST);
	wanted = last - first + 1;
	if (wanted > PERF_HIST_MAX_ROWS - 2)
		wanted = PERF_HIST_MAX_ROWS - 2;
	if (count_between(hist, 0, first))
		rows[nr++] = row_of(hist, 0, first);
	at = first;
	for (unsigned n = 1; n <= wanted; n++) {
		unsigned end = n == wanted ? last + 1 : row_edge(first, last, n, wanted);

		if (end <= at)
			continue; /* narrower than a bucket */
		rows[nr++] = row_of(hist, at, end);
		at = end;
	}
	if (count_between(hist, at, PERF_HIST_BUCKETS))
		rows[nr++] = row_of(hist, at, PERF_HIST_BUCKETS);
	return nr;
}
