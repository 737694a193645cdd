/* SPDX-License-Identifier: MIT */
/*
 * What the driver's path costs: the queue API against a null device that is played in the same
 *thread. The driver is the shipped one, reached through the public API. bench/run counts
 *instructions by running this under callgrind, which is told by client requests what to count; time
 *is taken without it.
 *
 *	path instructions      for callgrind: a dump for each row and phase
 *	path time [RUNS]       nanoseconds an I/O of each row: minimum, median, maximum
 *
 * A row's instructions are all that the caller executes for an I/O but the null device: the test
 *loop, too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

#include "null.h"

#define QUEUE_SIZE  1024
#define MAX_BATCH   32
#define REGION_SIZE ((size_t)256 << 20)
#define COUNTED_IOS 3200u
#define TIMED_IOS   320000u
#define IDLE_POLLS  3200u

struct row {
	uint32_t size; /* bytes */
	unsigned batch;
	const char
		*buffer; /* "region": one after the other; "random": anywhere in a large region */
	const char *op;
};

struct bench {
	struct znvme_device *dev;
	struct znvme_ctrl *ctrl;
	const struct znvme_ns *ns;
	struct znvme_queue *queue, *idle_queue;
	struct znvme_region *region;
	char *buffers[MAX_BATCH]; /* of the batch */
};

static void check(int rc)
{
	if (rc) {
		fprintf(stderr, "path: %s\n", znvme_errmsg());
		exit(1);
	}
}

/* ---- what is measured ------------------------------------------------------------------------ */

__attribute__((noinline)) static void submit_reads(struct bench *b, unsigned n, uint32_t nlb)
{
	for (unsigned i = 0; i < n; i++) {
		struct znvme_sqe *sqe = znvme_get_sqe(b->queue, b->buffers[i]);

		if (!sqe ||
		    znvme_prep_read(sqe, b->ns, b->region, b->buffers[i], (uint64_t)i * nlb, nlb))
			abort();
	}
	znvme_submit(b->queue);
}

__attribute__((noinline)) static void submit_writes(struct bench *b, unsigned n, uint32_t nlb)
{
	for (unsigned i = 0; i < n; i++) {
		struct znvme_sqe *sqe = znvme_get_sqe(b->queue, b->buffers[i]);

		if (!sqe ||
		    znvme_prep_write(sqe, b->ns, b->region, b->buffers[i], (uint64_t)i * nlb, nlb))
			abort();
	}
	znvme_submit(b->queue);
}

__attribute__((noinline)) static void complete(struct bench *b, unsigned n)
{
	struct znvme_cpl cpls[MAX_BATCH];

	if (znvme_reap(b->queue, cpls, MAX_BATCH) != (int)n)
		abort();
	for (unsigned i = 0; i < n; i++)
		if (cpls[i].status || cpls[i].data != b->buffers[i])
			abort();
}

__attribute__((noinline)) static void idle_poll(struct bench *b)
{
	struct znvme_cpl cpl;

	if (znvme_reap(b->idle_queue, &cpl, 1))
		abort();
}

/* ---- how ------------------------------------------------------------------------------------- */

static void submit(struct bench *b, const struct row *row)
{
	if (row->op[0] == 'r')
		submit_reads(b, row->batch, row->size / 512);
	else
		submit_writes(b, row->batch, row->size / 512);
}

static void choose_buffers(struct bench *b, const struct row *row)
{
	uint64_t state = 88172645463325252u;
	size_t places = REGION_SIZE / row->size;

	for (unsigned i = 0; i < row->batch; i++) {
		size_t place = i % places;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		if (row->buffer[1] == 'a')
			place = state % places;
		b->buffers[i] = b->region->addr + place * row->size;
	}
}

enum phase { PHASE_NONE, PHASE_SUBMIT, PHASE_COMPLETE };

static void count_phase(struct bench *b, const struct row *row, enum phase phase, const char *name)
{
	struct null_queue *device = null_queue(b->dev, 1);
	char label[128];

	CALLGRIND_ZERO_STATS;
	for (unsigned i = 0; i < COUNTED_IOS / row->batch; i++) {
		if (phase == PHASE_SUBMIT)
			CALLGRIND_TOGGLE_COLLECT;
		submit(b, row);
		if (phase == PHASE_SUBMIT)
			CALLGRIND_TOGGLE_COLLECT;
		null_play(device);
		if (phase == PHASE_COMPLETE)
			CALLGRIND_TOGGLE_COLLECT;
		complete(b, row->batch);
		if (phase == PHASE_COMPLETE)
			CALLGRIND_TOGGLE_COLLECT;
	}
	snprintf(label, sizeof(label), "%u %u %s %s %s", row->size, row->batch, row->buffer,
		 row->op, name);
	CALLGRIND_DUMP_STATS_AT(label);
}

static void count_row(struct bench *b, const struct row *row)
{
	choose_buffers(b, row);
	count_phase(b, row, PHASE_SUBMIT, "submit");
	count_phase(b, row, PHASE_COMPLETE, "complete");
}

/* A poll that finds nothing, and what switching the counting on and off adds to each measurement.
 */
static void count_rest(struct bench *b)
{
	CALLGRIND_ZERO_STATS;
	CALLGRIND_TOGGLE_COLLECT;
	for (unsigned i = 0; i < IDLE_POLLS; i++)
		idle_poll(b);
	CALLGRIND_TOGGLE_COLLECT;
	CALLGRIND_DUMP_STATS_AT("idle");
	CALLGRIND_ZERO_STATS;
	for (unsigned i = 0; i < COUNTED_IOS; i++) {
		CALLGRIND_TOGGLE_COLLECT;
		CALLGRIND_TOGGLE_COLLECT;
	}
	CALLGRIND_DUMP_STATS_AT("switch");
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* The null device's own time for the same number of commands, on a queue that nobody else uses. */
static double time_device(struct bench *b, const struct row *row)
{
	struct null_queue *device = null_queue(b->dev, 2);
	double start = now_ns();

	for (unsigned i = 0; i < TIMED_IOS / row->batch; i++) {
		*device->sq_doorbell = (device->sq_head + row->batch) % device->size;
		null_play(device);
	}
	return now_ns() - start;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void time_row(struct bench *b, const struct row *row, unsigned runs)
{
	struct null_queue *device = null_queue(b->dev, 1);
	double *ns = calloc(runs, sizeof(*ns));

	if (!ns)
		exit(1);
	choose_buffers(b, row);
	for (unsigned run = 0; run < runs; run++) {
		double own = time_device(b, row), start = now_ns();

		for (unsigned i = 0; i < TIMED_IOS / row->batch; i++) {
			submit(b, row);
			null_play(device);
			complete(b, row->batch);
		}
		ns[run] = (now_ns() - start - own) / TIMED_IOS;
	}
	qsort(ns, runs, sizeof(*ns), compare);
	printf("%u %u %s %s %.2f %.2f %.2f\n", row->size, row->batch, row->buffer, row->op, ns[0],
	       ns[runs / 2], ns[runs - 1]);
	free(ns);
}

/* For scale: what copying a submission queue entry costs on this machine. */
static void time_copy(void)
{
	static struct znvme_sqe from, to[64];
	double start = now_ns();

	for (unsigned i = 0; i < TIMED_IOS; i++) {
		memcpy(&to[i % 64], &from, sizeof(from));
		__asm__ volatile("" : : "r"(to), "r"(&from) : "memory");
	}
	printf("copy %.2f\n", (now_ns() - start) / TIMED_IOS);
}

static void for_rows(struct bench *b, unsigned runs)
{
	static const uint32_t sizes[] = {512, 4096, 8192, 131072, 1048576};
	static const unsigned batches[] = {1, MAX_BATCH};
	static const char *const buffers[] = {"region", "random"};
	static const char *const ops[] = {"read", "write"};

	for (unsigned i = 0; i < 5 * 2 * 2 * 2; i++) {
		const struct row row = {sizes[i / 8], batches[i / 4 % 2], buffers[i / 2 % 2],
					ops[i % 2]};

		if (runs)
			time_row(b, &row, runs);
		else
			count_row(b, &row);
	}
}

int main(int argc, char **argv)
{
	bool timing = argc > 1 && !strcmp(argv[1], "time");
	unsigned runs = argc > 2 ? (unsigned)atoi(argv[2]) : 11;
	struct bench b = {0};

	if (!timing && (argc < 2 || strcmp(argv[1], "instructions"))) {
		fprintf(stderr, "usage: path instructions | path time [RUNS]\n");
		return 1;
	}
	check(null_create(false, &b.dev));
	check(znvme_open_device(b.dev, NULL, &b.ctrl));
	check(znvme_ns_get(b.ctrl, 1, &b.ns));
	check(znvme_queue_create(b.ctrl, QUEUE_SIZE, NULL, &b.queue));
	check(znvme_queue_create(b.ctrl, QUEUE_SIZE, NULL, &b.idle_queue));
	check(znvme_mem_alloc(b.ctrl, REGION_SIZE, &b.region));
	null_quiet(b.dev);
	for_rows(&b, timing ? (runs ? runs : 1) : 0);
	if (timing)
		time_copy();
	else
		count_rest(&b);
	null_wake(b.dev);
	check(znvme_close(b.ctrl));
	return 0;
}
