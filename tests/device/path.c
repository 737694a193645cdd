// SPDX-License-Identifier: MIT
/*
 * The fast forms of a command, the ways to wait, and what a controller can offer to make either
 * cheaper: SGLs, shadow doorbells, its own memory for queues, interrupt coalescing.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "tests.h"

#define DEPTH 16u

/* A buffer of `nlb` blocks goes out by znvme_queue_rw() and comes back by another way. */
typedef int (*queue_read_fn)(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			     void *buf, uint64_t slba, uint32_t nlb, void *data);

static int read_rw(struct test *t, struct znvme_queue *q, struct znvme_region *region, void *buf,
		   uint64_t slba, uint32_t nlb, void *data)
{
	struct znvme_rw rw;

	CHECK_OK(znvme_rw_init(&rw, t->ns, ZNVME_CMD_READ, nlb, 0, region));
	return znvme_queue_rw(q, &rw, buf, slba, data);
}

static int read_anywhere(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			 void *buf, uint64_t slba, uint32_t nlb, void *data)
{
	struct znvme_rw rw;

	(void)region;
	CHECK_OK(znvme_rw_init(&rw, t->ns, ZNVME_CMD_READ, nlb, 0, NULL));
	return znvme_queue_rw_anywhere(q, &rw, buf, slba, data);
}

static int read_ffi(struct test *t, struct znvme_queue *q, struct znvme_region *region, void *buf,
		    uint64_t slba, uint32_t nlb, void *data)
{
	struct znvme_rw rw;

	CHECK_OK(znvme_ffi_rw_init(&rw, t->ns, ZNVME_CMD_READ, nlb, 0, region));
	return znvme_ffi_queue_rw(q, &rw, buf, slba, data);
}

static int read_ffi_anywhere(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			     void *buf, uint64_t slba, uint32_t nlb, void *data)
{
	struct znvme_rw rw;

	(void)region;
	CHECK_OK(znvme_ffi_rw_init(&rw, t->ns, ZNVME_CMD_READ, nlb, 0, NULL));
	return znvme_ffi_queue_rw_anywhere(q, &rw, buf, slba, data);
}

static int read_ffi_by_parts(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			     void *buf, uint64_t slba, uint32_t nlb, void *data)
{
	struct znvme_sqe *sqe = znvme_ffi_get_sqe(q, data);

	CHECK(sqe);
	/* Given back once, to be got again. */
	znvme_ffi_put_sqe(q, sqe);
	CHECK(znvme_ffi_get_sqe(q, data) == sqe);
	CHECK_OK(znvme_prep_read(sqe, t->ns, region, buf, slba, nlb));
	return znvme_ffi_sqe_set_buffer(sqe, region, buf, (size_t)nlb * t->ns->lba_bytes);
}

static int read_sgl(struct test *t, struct znvme_queue *q, struct znvme_region *region, void *buf,
		    uint64_t slba, uint32_t nlb, void *data)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, data);

	CHECK(sqe);
	return znvme_prep_read_sgl(sqe, t->ns, region, buf, slba, nlb);
}

static void note_cpl(void *arg, size_t i, const struct znvme_cpl *cpl)
{
	struct znvme_cpl *cpls = arg;

	cpls[i] = *cpl;
}

/* Wait for one completion by znvme_reap_each(). */
static struct znvme_cpl reap_one(struct znvme_queue *q)
{
	struct znvme_cpl cpl;

	while (!znvme_reap_each(q, 1, note_cpl, &cpl))
		;
	return cpl;
}

static void there_and_back(struct test *t, queue_read_fn queue_read)
{
	static const size_t sizes[] = {512, 4096, 8192, 12288, 65536, 131072};
	static const size_t offsets[] = {0, 4096, 512, 2048, 60 * 1024, 4};
	const size_t span = 256 * KIB;
	struct znvme_region *out, *in[2];
	struct znvme_queue *q;
	unsigned n = 0;

	test_open(t);
	out = test_region(t, span);
	in[0] = test_region(t, span);
	in[1] = test_region(t, span);
	q = test_queue(t, DEPTH, ZNVME_QUEUE_POLLED);
	for (size_t s = 0; s < ARRAY_LEN(sizes); s++)
		for (size_t o = 0; o < ARRAY_LEN(offsets); o++, n++) {
			const uint32_t bytes = t->ns->lba_bytes;
			const uint32_t nlb = (uint32_t)(sizes[s] / bytes);
			char *from = out->addr + offsets[o];
			/* Another region each time: the one used last is the wrong one. */
			struct znvme_region *region = in[n % 2];
			char *to = region->addr + offsets[(o + 1) % ARRAY_LEN(offsets)];
			struct znvme_rw rw;
			struct znvme_cpl cpl;

			if (!nlb || nlb > t->ns->max_nlb)
				continue;
			fill_pattern(from, sizes[s], n);
			memset(region->addr, 0xa5, span);
			CHECK_OK(znvme_rw_init(&rw, t->ns, ZNVME_CMD_WRITE, nlb, 0, out));
			CHECK_OK(znvme_queue_rw(q, &rw, from, n % 8, from));
			CHECK_OK(znvme_submit(q));
			cpl = reap_one(q);
			CHECK_OK(cpl.status);
			CHECK(cpl.data == from);
			CHECK_OK(queue_read(t, q, region, to, n % 8, nlb, to));
			CHECK_OK(znvme_submit(q));
			cpl = reap_one(q);
			CHECK_OK(cpl.status);
			CHECK(cpl.data == to);
			CHECK_PATTERN(to, sizes[s], n);
			CHECK_BYTES(region->addr, (size_t)(to - region->addr), 0xa5);
			CHECK_BYTES(to + sizes[s], span - (size_t)(to - region->addr) - sizes[s],
				    0xa5);
		}
	CHECK(n > 0);
}

static void by_rw(struct test *t)
{
	there_and_back(t, read_rw);
}

static void by_anywhere(struct test *t)
{
	there_and_back(t, read_anywhere);
}

static void by_ffi(struct test *t)
{
	there_and_back(t, read_ffi);
}

static void by_ffi_anywhere(struct test *t)
{
	there_and_back(t, read_ffi_anywhere);
}

static void by_ffi_parts(struct test *t)
{
	there_and_back(t, read_ffi_by_parts);
}

static void by_sgl(struct test *t)
{
	there_and_back(t, read_sgl);
}

/* One read into `to`, by a shape; all else in the region stays as it is. */
static void read_and_compare(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			     const char *disk, size_t start, size_t len)
{
	const uint32_t bytes = t->ns->lba_bytes, nlb = (uint32_t)(len / bytes);
	const uint64_t slba = start / 4096 % 8;
	char *to = region->addr + start;
	struct znvme_rw rw;

	memset(region->addr, 0xa5, region->len);
	CHECK_OK(znvme_rw_init(&rw, t->ns, ZNVME_CMD_READ, nlb, 0, region));
	CHECK_OK(znvme_queue_rw(q, &rw, to, slba, NULL));
	CHECK_OK(znvme_submit(q));
	CHECK_OK(reap_one(q).status);
	if (memcmp(to, disk + slba * bytes, len))
		FAIL("%zu bytes at offset %zu of the region", len, start);
	CHECK_BYTES(region->addr, start, 0xa5);
	CHECK_BYTES(to + len, region->len - start - len, 0xa5);
}

/* Lengths up to 4 MiB from starts around each boundary of the PRP lists, page-aligned and not. */
static void every_list(struct test *t)
{
	static const unsigned pages[] = {1,   2,   3,	32,  127, 128, 254,  255,
					 256, 257, 258, 510, 511, 512, 1023, 1024};
	static const unsigned starts[] = {0, 1, 2, 254, 255, 256, 257, 510, 511, 512, 513};
	static const size_t offsets[] = {0, 512, 2048, 3584};
	const size_t most = 4 * MIB + 64 * KIB;
	struct znvme_region *region;
	struct znvme_queue *q;
	char *disk = malloc(most);

	test_open(t);
	CHECK(disk);
	region = test_region(t, 7 * MIB);
	q = test_queue(t, 4, ZNVME_QUEUE_POLLED);
	fill_pattern(disk, most, 77);
	CHECK_RC(znvme_pwrite(t->ns, disk, most, 0, 0, NULL), (ssize_t)most);
	for (size_t p = 0; p < ARRAY_LEN(pages); p++)
		for (size_t s = 0; s < ARRAY_LEN(starts); s++) {
			size_t offset = offsets[(p + s) % ARRAY_LEN(offsets)];
			size_t start = 4096ul * starts[s] + offset;
			size_t len = 4096ul * pages[p];

			if (len / t->ns->lba_bytes > t->ns->max_nlb)
				break;
			read_and_compare(t, q, region, disk, start - offset, len);
			/* A page less: QEMU's model takes 1,024 pages a command, in parts or not.
			 */
			if (pages[p] > 1)
				len -= 4096;
			read_and_compare(t, q, region, disk, start, len);
		}
	free(disk);
}

/* The full queue says so, in every form, and takes commands again once it has been reaped. */
static void full(struct test *t)
{
	struct znvme_region *region;
	struct znvme_cpl cpls[4];
	struct znvme_queue *q;
	struct znvme_rw rw;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 4, ZNVME_QUEUE_POLLED);
	CHECK_OK(znvme_rw_init(&rw, t->ns, ZNVME_CMD_READ, 1, 0, region));
	for (int round = 0; round < 10; round++) {
		int n = 0;

		CHECK_OK(znvme_queue_rw(q, &rw, region->addr, 0, NULL));
		CHECK_OK(znvme_ffi_queue_rw(q, &rw, region->addr, 0, NULL));
		CHECK_OK(znvme_queue_rw_anywhere(q, &rw, region->addr, 0, NULL));
		CHECK_RC(znvme_queue_rw(q, &rw, region->addr, 0, NULL), -EAGAIN);
		CHECK_RC(znvme_ffi_queue_rw(q, &rw, region->addr, 0, NULL), -EAGAIN);
		CHECK_RC(znvme_queue_rw_anywhere(q, &rw, region->addr, 0, NULL), -EAGAIN);
		CHECK(!znvme_ffi_get_sqe(q, NULL));
		CHECK_OK(znvme_ffi_submit(q));
		while (n < 3)
			n += znvme_ffi_reap(q, cpls, 4);
		CHECK_EQ(n, 3);
		CHECK_EQ(znvme_in_flight(q), 0);
	}
}

/* A freed region is found no longer, and another one at the same place is found anew. */
static void freed_region(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_rw rw;
	char *memory;

	test_open(t);
	q = test_queue(t, 4, ZNVME_QUEUE_POLLED);
	CHECK_OK(znvme_rw_init(&rw, t->ns, ZNVME_CMD_READ, 1, 0, NULL));
	memory = aligned_alloc(4096, 8192);
	CHECK(memory);
	CHECK_RC(znvme_queue_rw_anywhere(q, &rw, memory, 0, NULL), -EINVAL);
	CHECK_OK(znvme_mem_map(t->ctrl, memory, 8192, 0, &region));
	for (int i = 0; i < 3; i++) {
		uint64_t iova = region->iova;

		CHECK_OK(znvme_queue_rw_anywhere(q, &rw, memory + 4096, 0, NULL));
		CHECK_OK(znvme_submit(q));
		CHECK_OK(reap_one(q).status);
		CHECK_OK(znvme_mem_free(t->ctrl, region));
		CHECK_RC(znvme_queue_rw_anywhere(q, &rw, memory + 4096, 0, NULL), -EINVAL);
		/* Takes the address that the region had for the controller. */
		test_region(t, 8192);
		CHECK_OK(znvme_mem_map(t->ctrl, memory, 8192, 0, &region));
		CHECK(region->iova != iova);
	}
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	free(memory);
}

static void waiting_modes(struct test *t)
{
	static const unsigned flags[] = {0, ZNVME_QUEUE_POLLED, ZNVME_QUEUE_INTERRUPT};
	const struct znvme_queue_options both = {.flags = ZNVME_QUEUE_POLLED |
							  ZNVME_QUEUE_INTERRUPT};
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		q = test_queue(t, 8, flags[i]);
		for (int n = 0; n < 300; n++)
			CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		CHECK_OK(znvme_queue_delete(q));
	}
	CHECK_RC(znvme_queue_create(t->ctrl, 8, &both, &q), -EINVAL);
}

/* Reads at depth 16 with random delays, each waited for by sleeping: none is missed. */
static void no_lost_wakeup(struct test *t)
{
	const unsigned total = 1000000;
	unsigned submitted = 0, completed = 0;
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_rw rw;

	test_open_with(t, "sim:size=16M,latency=0-30,seed=11", NULL);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, DEPTH + 1, ZNVME_QUEUE_INTERRUPT);
	CHECK_OK(znvme_rw_init(&rw, t->ns, ZNVME_CMD_READ, 1, 0, region));
	while (completed < total) {
		struct znvme_cpl cpls[DEPTH];
		int n;

		while (submitted < total &&
		       !znvme_queue_rw(q, &rw, region->addr, submitted % 1000, NULL))
			submitted++;
		CHECK_OK(znvme_submit(q));
		/* Every sleep ends by an interrupt: none lasts as long as a look at deadlines. */
		n = znvme_wait(q, cpls, DEPTH, 20000);
		CHECK(n > 0);
		for (int i = 0; i < n; i++)
			CHECK_OK(cpls[i].status);
		completed += (unsigned)n;
	}
}

static void with_coalescing(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	CHECK_RC(znvme_set_coalescing(t->ctrl, 257, 100), -EINVAL);
	CHECK_RC(znvme_set_coalescing(t->ctrl, 1, 25501), -EINVAL);
	CHECK_OK(znvme_set_coalescing(t->ctrl, 8, 200));
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, DEPTH, ZNVME_QUEUE_INTERRUPT);
	for (int reset = 0; reset < 2; reset++) {
		const struct znvme_feature_args args = {.fid = ZNVME_FEAT_IRQ_COALESCING};
		uint32_t value;

		CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &value));
		CHECK_EQ(value, 0x0207);
		for (int i = 0; i < 20; i++)
			CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		CHECK_OK(znvme_reset(t->ctrl));
	}
	CHECK_OK(znvme_set_coalescing(t->ctrl, 0, 0));
}

/* A controller that looks at memory is told by register only when it sleeps. */
static void shadow_doorbells(struct test *t)
{
	const struct znvme_open_options by_register = {.flags = ZNVME_OPEN_NO_SHADOW_DOORBELLS};
	const struct znvme_open_options *options[] = {&by_register, NULL};
	uint64_t doorbells[2];

	for (int i = 0; i < 2; i++) {
		struct znvme_sim_counters before, after;
		struct znvme_region *region;
		struct znvme_queue *q;

		test_open_with(t, "sim:size=16M,dbbuf=1,dbbuf_idle=100000,latency=0-5", options[i]);
		region = test_region(t, 4096);
		q = test_queue(t, 13, ZNVME_QUEUE_POLLED);
		znvme_sim_counters(t->sim, &before);
		for (int n = 0; n < 2000; n++)
			CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		/* And after a reset, which makes the controller forget about it. */
		CHECK_OK(znvme_reset(t->ctrl));
		for (int n = 0; n < 2000; n++)
			CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		znvme_sim_counters(t->sim, &after);
		CHECK_EQ(after.protocol_errors, 0);
		doorbells[i] = after.doorbells - before.doorbells;
		CHECK_OK(znvme_queue_delete(q));
		test_close(t);
	}
	CHECK(doorbells[0] >= 2 * 4000);
	CHECK(doorbells[1] <= doorbells[0] / 4);
}

static void queue_in_controller_memory(struct test *t)
{
	const struct znvme_queue_options options = {.flags = ZNVME_QUEUE_CMB};
	struct znvme_queue *q, *many[256];
	struct znvme_region *region;
	unsigned n = 0;
	int rc = 0;

	test_open(t);
	region = test_region(t, 64 * KIB);
	for (int round = 0; round < 3; round++) {
		CHECK_OK(znvme_queue_create(t->ctrl, 65, &options, &q));
		for (unsigned i = 0; i < 200; i++) {
			fill_pattern(region->addr, t->ns->lba_bytes, i);
			CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, region->addr, i % 7, 1));
			memset(region->addr, 0, t->ns->lba_bytes);
			CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, i % 7, 1));
			CHECK_PATTERN(region->addr, t->ns->lba_bytes, i);
			if (i == 100)
				CHECK_OK(znvme_reset(t->ctrl));
		}
		CHECK_OK(znvme_queue_delete(q));
	}
	/* Until it is full, or the controller has no more queues. */
	while (!rc && n < ARRAY_LEN(many)) {
		rc = znvme_queue_create(t->ctrl, t->info.max_queue_size, &options, &many[n]);
		n += !rc;
	}
	CHECK_RC(rc, -ENOSPC);
	CHECK(n > 0);
	CHECK_OK(test_rw(t, many[n - 1], ZNVME_CMD_READ, region, region->addr, 0, 1));
	while (n)
		CHECK_OK(znvme_queue_delete(many[--n]));
	q = test_queue(t, 8, ZNVME_QUEUE_CMB);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

/* Where a former owner had the controller's memory, and did not say that it is over, is ours. */
static void stale_controller_memory(struct test *t)
{
	const uint64_t somewhere = 0x10000; /* where the first regions come to lie */

	test_open(t);
	znvme_reg_write(t->ctrl, ZNVME_REG_CMBMSC, 8,
			somewhere | ZNVME_CMBMSC_CRE | ZNVME_CMBMSC_CMSE);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_EQ(znvme_reg_read(t->ctrl, ZNVME_REG_CMBMSC, 8), 0);
}

static void no_controller_memory(struct test *t)
{
	const struct znvme_queue_options options = {.flags = ZNVME_QUEUE_CMB};
	struct znvme_queue *q;

	test_open_with(t, "sim:size=16M", NULL);
	CHECK_RC(znvme_queue_create(t->ctrl, 8, &options, &q), -EOPNOTSUPP);
	CHECK_MESSAGE("memory buffer");
	test_close(t);
	test_open_with(t, "sim:size=16M,cmb=64K,cmb_for=read+write", NULL);
	CHECK_RC(znvme_queue_create(t->ctrl, 8, &options, &q), -EOPNOTSUPP);
	CHECK_RC(znvme_queue_create(t->ctrl, 8, &options, &q), -EOPNOTSUPP);
	CHECK_OK(znvme_queue_create(t->ctrl, 8, NULL, &q));
}

/* ---- many threads ---------------------------------------------------------------------------- */

struct worker {
	struct test *t;
	pthread_t thread;
	unsigned nr, of;
	unsigned rounds;
	bool wrong;
};

/* Each has a queue, a region and a range of blocks of its own; all writes, then all reads. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct test *t = w->t;
	const uint32_t bytes = t->ns->lba_bytes;
	const uint64_t first = t->ns->nr_blocks / w->of * w->nr;
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_rw write, read;

	w->wrong = true;
	if (znvme_mem_alloc(t->ctrl, 4096ul * DEPTH, &region) ||
	    znvme_queue_create(t->ctrl, DEPTH + 1, NULL, &q) ||
	    znvme_rw_init(&write, t->ns, ZNVME_CMD_WRITE, 1, 0, region) ||
	    znvme_rw_init(&read, t->ns, ZNVME_CMD_READ, 1, 0, region))
		return NULL;
	for (unsigned round = 0; round < 2 * w->rounds; round++) {
		const struct znvme_rw *rw = round % 2 ? &read : &write;
		const uint64_t seed = round / 2 * w->of + w->nr;
		unsigned n = 0;

		for (unsigned i = 0; i < DEPTH; i++) {
			char *buf = region->addr + 4096ul * i;

			if (round % 2)
				memset(buf, 0, bytes);
			else
				fill_pattern(buf, bytes, seed * DEPTH + i);
			if (znvme_queue_rw(q, rw, buf, first + i, buf))
				return NULL;
		}
		if (znvme_submit(q))
			return NULL;
		while (n < DEPTH) {
			struct znvme_cpl cpls[DEPTH];
			int got = znvme_wait(q, cpls, DEPTH, PATIENCE_MS);

			if (got <= 0)
				return NULL;
			for (int i = 0; i < got; i++)
				if (cpls[i].status)
					return NULL;
			n += (unsigned)got;
		}
		for (unsigned i = 0; round % 2 && i < DEPTH; i++)
			if (check_pattern(region->addr + 4096ul * i, bytes, seed * DEPTH + i) !=
			    bytes)
				return NULL;
	}
	if (znvme_queue_delete(q) || znvme_mem_free(t->ctrl, region))
		return NULL;
	w->wrong = false;
	return NULL;
}

static void threads(struct test *t)
{
	struct worker workers[64];
	unsigned n;

	test_open(t);
	n = t->info.nr_io_queues < 64 ? t->info.nr_io_queues : 64;
	for (unsigned i = 0; i < n; i++) {
		workers[i] = (struct worker){.t = t, .nr = i, .of = n};
		workers[i].rounds = t->sim ? 50 : 5;
		CHECK_OK(pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		CHECK(!workers[i].wrong);
	}
}

static const struct test_case cases[] = {
	{"a prepared shape reads what it wrote", by_rw, 0},
	{"a buffer anywhere is found", by_anywhere, 0},
	{"functions that are not inlined do the same", by_ffi, 0},
	{"so do those that find the buffer", by_ffi_anywhere, 0},
	{"and those for the parts", by_ffi_parts, 0},
	{"an SGL descriptor does the same as PRPs", by_sgl, HAS_SGL},
	{"every part of a PRP list gives the bytes meant", every_list,
	 HAS_BIG_MEMLOCK | HAS_FOUR_QUEUES},
	{"a full queue says so in every form", full, 0},
	{"a freed region is found no longer", freed_region, HAS_USER_MAPPINGS},
	{"every mode of waiting works, two at once do not", waiting_modes, 0},
	{"no wake-up is lost in a million commands", no_lost_wakeup, HAS_PLAIN_SIM},
	{"coalesced interrupts come, also after a reset", with_coalescing, HAS_SIM},
	{"shadow doorbells spare registers", shadow_doorbells, HAS_PLAIN_SIM},
	{"a submission queue lies in the controller", queue_in_controller_memory, HAS_CMB},
	{"a former owner's use of controller memory is over", stale_controller_memory, HAS_CMB},
	{"controller memory that is not there is refused", no_controller_memory, HAS_SIM},
	{"a thread for each queue", threads, HAS_FOUR_QUEUES},
};

const struct test_group path_tests = {"path", cases, ARRAY_LEN(cases)};
