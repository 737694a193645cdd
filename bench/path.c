/* SPDX-License-Identifier: MIT */
/*
 * What the driver's path costs: the queue API against a null device that is played in the same
 * thread. The driver is the shipped one, reached through the public API. bench/run counts
 * instructions by running this under callgrind, which is told by client requests what to count;
 *time is taken without it.
 *
 *	path instructions      for callgrind: a dump for each row and phase
 *	path time [RUNS]       nanoseconds an I/O of each row: minimum, median, maximum
 *
 * A row's instructions are all that the caller executes for an I/O but the null device: the test
 * loop, too.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

#include "null.h"

#define QUEUE_SIZE  1024
#define MAX_BATCH   32
#define REGION_SIZE ((size_t)256 << 20)
#define HOT_SIZE    ((size_t)1 << 20) /* of each of the many regions */
#define NR_REGIONS  10000u
#define NR_HOT	    8u
#define COUNTED_IOS 3200u
#define TIMED_IOS   320000u
#define IDLE_POLLS  320000u

enum phase { PHASE_NONE, PHASE_SUBMIT, PHASE_COMPLETE };

struct bench {
	struct znvme_device *dev;
	struct znvme_ctrl *ctrl;
	const struct znvme_ns *ns;
	struct znvme_queue *queue, *idle_queue;
	struct znvme_region *region;	       /* the large one */
	struct znvme_region *many[NR_REGIONS]; /* and the others, as many as the row wants mapped */
	unsigned nr_many;
	void *buffers[MAX_BATCH]; /* of the batch */
};

struct row {
	uint32_t size; /* bytes */
	unsigned batch;
	const struct kind *kind;
	bool is_write;
};

/* How the commands of a row are made. */
struct kind {
	const char *buffer; /* the row's name for it */
	const char *addressing;
	unsigned nr_regions; /* mapped besides the large one; 0: the buffers are in that */
	bool random;	     /* at random places, or in random ones of NR_HOT regions */
	void (*run)(struct bench *b, const struct row *row, unsigned ios, enum phase phase);
};

static void check(int rc)
{
	if (rc) {
		fprintf(stderr, "path: %s\n", znvme_errmsg());
		exit(1);
	}
}

/* ---- what is measured ------------------------------------------------------------------------ */

#define INLINE __attribute__((always_inline)) static inline

/* Queue the i-th command of a batch. Inlined, as a caller's own loop would have it. */
typedef int (*queue_fn)(const struct bench *b, struct znvme_queue *q, const struct znvme_rw *rw,
			const struct znvme_region *region, void *buf, uint64_t slba, uint32_t nlb);

INLINE int queue_rw(const struct bench *b, struct znvme_queue *q, const struct znvme_rw *rw,
		    const struct znvme_region *region, void *buf, uint64_t slba, uint32_t nlb)
{
	return znvme_queue_rw(q, rw, buf, slba, buf);
}

INLINE int queue_anywhere(const struct bench *b, struct znvme_queue *q, const struct znvme_rw *rw,
			  const struct znvme_region *region, void *buf, uint64_t slba, uint32_t nlb)
{
	return znvme_queue_rw_anywhere(q, rw, buf, slba, buf);
}

INLINE int queue_read(const struct bench *b, struct znvme_queue *q, const struct znvme_rw *rw,
		      const struct znvme_region *region, void *buf, uint64_t slba, uint32_t nlb)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, buf);

	return sqe ? znvme_prep_read(sqe, b->ns, region, buf, slba, nlb) : -EAGAIN;
}

INLINE int queue_read_sgl(const struct bench *b, struct znvme_queue *q, const struct znvme_rw *rw,
			  const struct znvme_region *region, void *buf, uint64_t slba, uint32_t nlb)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, buf);

	return sqe ? znvme_prep_read_sgl(sqe, b->ns, region, buf, slba, nlb) : -EAGAIN;
}

INLINE int queue_write_sgl(const struct bench *b, struct znvme_queue *q, const struct znvme_rw *rw,
			   const struct znvme_region *region, void *buf, uint64_t slba,
			   uint32_t nlb)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, buf);

	return sqe ? znvme_prep_write_sgl(sqe, b->ns, region, buf, slba, nlb) : -EAGAIN;
}

INLINE void check_cpl(void *arg, size_t i, const struct znvme_cpl *cpl)
{
	if (cpl->status || cpl->data != ((void **)arg)[i])
		abort();
}

/* Batches, submitted, played by the device and completed, of which callgrind counts a phase. */
INLINE void rounds(struct bench *b, const struct row *row, unsigned batch, unsigned ios,
		   enum phase phase, queue_fn queue_one, bool into_array)
{
	struct null_queue *device = null_queue(b->dev, 1);
	const struct znvme_region *region = b->region;
	struct znvme_queue *queue = b->queue;
	const uint32_t nlb = row->size / 512;
	struct znvme_cpl cpls[MAX_BATCH];
	struct znvme_rw rw;

	check(znvme_rw_init(&rw, b->ns, row->is_write ? ZNVME_CMD_WRITE : ZNVME_CMD_READ, nlb, 0,
			    row->kind->nr_regions ? NULL : region));
	for (unsigned n = 0; n < ios; n += batch) {
		if (phase == PHASE_SUBMIT)
			CALLGRIND_TOGGLE_COLLECT;
		for (unsigned i = 0; i < batch; i++) {
			void *buf = b->buffers[i];

			if (queue_one(b, queue, &rw, region, buf, (uint64_t)i * nlb, nlb))
				abort();
		}
		znvme_submit(queue);
		if (phase == PHASE_SUBMIT)
			CALLGRIND_TOGGLE_COLLECT;
		null_play(device);
		if (phase == PHASE_COMPLETE)
			CALLGRIND_TOGGLE_COLLECT;
		if (into_array) {
			if (znvme_reap(queue, cpls, (int)batch) != (int)batch)
				abort();
			for (unsigned i = 0; i < batch; i++)
				check_cpl(b->buffers, i, &cpls[i]);
		} else if (znvme_reap_each(queue, (int)batch, check_cpl, b->buffers) !=
			   (int)batch) {
			abort();
		}
		if (phase == PHASE_COMPLETE)
			CALLGRIND_TOGGLE_COLLECT;
	}
}

/* The same through the shared library's ordinary functions, as a caller that cannot inline has
 * them.
 */
static void run_ffi(struct bench *b, const struct row *row, unsigned ios, enum phase phase)
{
	struct null_queue *device = null_queue(b->dev, 1);
	const uint32_t nlb = row->size / 512;
	struct znvme_cpl cpls[MAX_BATCH];
	struct znvme_rw rw;

	check(znvme_ffi_rw_init(&rw, b->ns, ZNVME_CMD_READ, nlb, 0, b->region));
	for (unsigned n = 0; n < ios; n += row->batch) {
		if (phase == PHASE_SUBMIT)
			CALLGRIND_TOGGLE_COLLECT;
		for (unsigned i = 0; i < row->batch; i++)
			if (znvme_ffi_queue_rw(b->queue, &rw, b->buffers[i], (uint64_t)i * nlb,
					       b->buffers[i]))
				abort();
		znvme_ffi_submit(b->queue);
		if (phase == PHASE_SUBMIT)
			CALLGRIND_TOGGLE_COLLECT;
		null_play(device);
		if (phase == PHASE_COMPLETE)
			CALLGRIND_TOGGLE_COLLECT;
		if (znvme_ffi_reap(b->queue, cpls, (int)row->batch) != (int)row->batch)
			abort();
		for (unsigned i = 0; i < row->batch; i++)
			check_cpl(b->buffers, i, &cpls[i]);
		if (phase == PHASE_COMPLETE)
			CALLGRIND_TOGGLE_COLLECT;
	}
}

/* A function with each phase and batch a constant in it. */
#define RUN(name, queue_one, into_array)                                                           \
	static void name(struct bench *b, const struct row *row, unsigned ios, enum phase phase)   \
	{                                                                                          \
		if (row->batch == 1 && phase == PHASE_SUBMIT)                                      \
			rounds(b, row, 1, ios, PHASE_SUBMIT, queue_one, into_array);               \
		else if (row->batch == 1 && phase == PHASE_COMPLETE)                               \
			rounds(b, row, 1, ios, PHASE_COMPLETE, queue_one, into_array);             \
		else if (row->batch == 1)                                                          \
			rounds(b, row, 1, ios, PHASE_NONE, queue_one, into_array);                 \
		else if (phase == PHASE_SUBMIT)                                                    \
			rounds(b, row, MAX_BATCH, ios, PHASE_SUBMIT, queue_one, into_array);       \
		else if (phase == PHASE_COMPLETE)                                                  \
			rounds(b, row, MAX_BATCH, ios, PHASE_COMPLETE, queue_one, into_array);     \
		else                                                                               \
			rounds(b, row, MAX_BATCH, ios, PHASE_NONE, queue_one, into_array);         \
	}

RUN(run_rw, queue_rw, false)
RUN(run_anywhere, queue_anywhere, false)
RUN(run_read, queue_read, true)
RUN(run_read_sgl, queue_read_sgl, false)
RUN(run_write_sgl, queue_write_sgl, false)

static void run_sgl(struct bench *b, const struct row *row, unsigned ios, enum phase phase)
{
	(row->is_write ? run_write_sgl : run_read_sgl)(b, row, ios, phase);
}

static const struct kind kinds[] = {
	{"region", "prp", 0, false, run_rw},
	{"random", "prp", 0, true, run_rw},
	{"region", "sgl", 0, false, run_sgl},
	/* One command after the other by its arguments, completions into an array; reads only. */
	{"plain", "prp", 0, false, run_read},
	{"ffi", "prp", 0, false, run_ffi},
	{"cached-1", "prp", 1, false, run_anywhere},
	{"cached-32", "prp", 32, false, run_anywhere},
	{"cached-10000", "prp", 10000, false, run_anywhere},
	{"hot-8-of-10000", "prp", 10000, true, run_anywhere},
	/* The last: with 64 queues in all. */
	{"64-queues", "prp", 0, false, run_rw},
};

__attribute__((noinline)) static void idle_polls(struct bench *b)
{
	struct znvme_queue *queue = b->idle_queue;
	struct znvme_cpl cpl;

	for (unsigned i = 0; i < IDLE_POLLS; i++)
		if (znvme_reap(queue, &cpl, 1))
			abort();
}

/* ---- how ------------------------------------------------------------------------------------- */

static void map_regions(struct bench *b, unsigned n)
{
	null_wake(b->dev);
	while (b->nr_many < n)
		check(znvme_mem_alloc(b->ctrl, HOT_SIZE, &b->many[b->nr_many++]));
	null_quiet(b->dev);
}

static void make_queues(struct bench *b)
{
	struct znvme_queue *queue;

	null_wake(b->dev);
	for (int i = 2; i < 64; i++)
		check(znvme_queue_create(b->ctrl, 64, NULL, &queue));
	null_quiet(b->dev);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void choose_buffers(struct bench *b, const struct row *row)
{
	const struct kind *kind = row->kind;
	const size_t len = kind->nr_regions ? HOT_SIZE : REGION_SIZE;
	uint64_t state = 88172645463325252u;

	map_regions(b, kind->nr_regions);
	for (unsigned i = 0; i < row->batch; i++) {
		const struct znvme_region *region = b->region;
		size_t place = i;

		if (kind->nr_regions)
			region = b->many[kind->random ? kind->nr_regions / NR_HOT *
								(next_random(&state) % NR_HOT)
						      : kind->nr_regions / 2];
		if (kind->random)
			place = next_random(&state);
		b->buffers[i] = region->addr + place % (len / row->size) * row->size;
	}
}

static void dump(const struct row *row, const char *phase)
{
	char label[128];

	snprintf(label, sizeof(label), "%u %u %s %s %s %s", row->size, row->batch,
		 row->kind->buffer, row->is_write ? "write" : "read", row->kind->addressing, phase);
	CALLGRIND_DUMP_STATS_AT(label);
}

static void count_row(struct bench *b, const struct row *row)
{
	row->kind->run(b, row, COUNTED_IOS, PHASE_NONE); /* past the first look-ups */
	CALLGRIND_ZERO_STATS;
	row->kind->run(b, row, COUNTED_IOS, PHASE_SUBMIT);
	dump(row, "submit");
	CALLGRIND_ZERO_STATS;
	row->kind->run(b, row, COUNTED_IOS, PHASE_COMPLETE);
	dump(row, "complete");
}

/* A poll that finds nothing, and what switching the counting on and off adds to each measurement.
 */
static void count_rest(struct bench *b)
{
	CALLGRIND_ZERO_STATS;
	CALLGRIND_TOGGLE_COLLECT;
	idle_polls(b);
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
	double *ns = calloc(runs, sizeof(*ns));

	if (!ns)
		exit(1);
	for (unsigned run = 0; run < runs; run++) {
		double own = time_device(b, row), start = now_ns();

		row->kind->run(b, row, TIMED_IOS, PHASE_NONE);
		ns[run] = (now_ns() - start - own) / TIMED_IOS;
	}
	qsort(ns, runs, sizeof(*ns), compare);
	printf("%u %u %s %s %s %.2f %.2f %.2f\n", row->size, row->batch, row->kind->buffer,
	       row->is_write ? "write" : "read", row->kind->addressing, ns[0], ns[runs / 2],
	       ns[runs - 1]);
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

/*
 * What a queue of 1,024 entries takes, of heap and of DMA memory: the one by malloc's own account,
 * the other by what was mapped for the device.
 */
static void measure_memory(struct bench *b)
{
	size_t heap, mapped = null_mapped(b->dev);
	struct znvme_queue *queue;

	heap = mallinfo2().uordblks;
	check(znvme_queue_create(b->ctrl, QUEUE_SIZE, NULL, &queue));
	heap = mallinfo2().uordblks - heap;
	printf("queue %zu\n", heap + null_mapped(b->dev) - mapped);
	check(znvme_queue_delete(queue));
}

static void measure_row(struct bench *b, const struct row *row, unsigned runs)
{
	choose_buffers(b, row);
	if (runs)
		time_row(b, row, runs);
	else
		count_row(b, row);
}

static void for_rows(struct bench *b, unsigned runs)
{
	static const uint32_t sizes[] = {512, 4096, 8192, 131072, 1048576};
	static const unsigned batches[] = {1, MAX_BATCH};

	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(*kinds); kind++) {
		if (!strcmp(kinds[kind].buffer, "64-queues"))
			make_queues(b);
		for (unsigned i = 0; i < 5 * 2 * 2; i++) {
			const struct row row = {sizes[i / 4], batches[i / 2 % 2], &kinds[kind],
						i % 2};
			bool reads_only = row.kind->run == run_read || row.kind->run == run_ffi;

			if (!row.is_write || !reads_only)
				measure_row(b, &row, runs);
		}
	}
}

int main(int argc, char **argv)
{
	bool timing = argc > 1 && !strcmp(argv[1], "time");
	unsigned runs = argc > 2 ? (unsigned)atoi(argv[2]) : 11;
	static struct bench b;

	if (!timing && (argc < 2 || strcmp(argv[1], "instructions"))) {
		fprintf(stderr, "usage: path instructions | path time [RUNS]\n");
		return 1;
	}
	check(null_create(true, &b.dev));
	check(znvme_open_device(b.dev, NULL, &b.ctrl));
	check(znvme_ns_get(b.ctrl, 1, &b.ns));
	check(znvme_queue_create(b.ctrl, QUEUE_SIZE, NULL, &b.queue));
	check(znvme_queue_create(b.ctrl, QUEUE_SIZE, NULL, &b.idle_queue));
	check(znvme_mem_alloc(b.ctrl, REGION_SIZE, &b.region));
	if (timing)
		measure_memory(&b);
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
