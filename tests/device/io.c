// SPDX-License-Identifier: MIT
/*
 * Blocking I/O by bytes: lengths, alignments, memory of every kind, read-modify-write, and what is
 * refused. A copy of the bytes in memory says what must be read.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "tests.h"

#define AREA (1u * MIB) /* of the namespace, that the copy covers */

/* A device, its first namespace, and what the namespace's first bytes must be. */
struct bench {
	const struct znvme_ns *ns;
	size_t block;
	char *copy;
	char *buf; /* AREA bytes and a page more, not in a region */
	uint64_t seed;
};

static struct bench set_up(struct test *t)
{
	struct bench b = {.seed = 100};

	test_open(t);
	b.ns = t->ns;
	b.block = b.ns->block_size;
	b.copy = malloc(AREA);
	b.buf = malloc(AREA + 4096);
	fill_pattern(b.copy, AREA, 7);
	CHECK_RC(znvme_pwrite(b.ns, b.copy, AREA, 0, 0, NULL), AREA);
	return b;
}

static void tear_down(struct bench *b)
{
	memset(b->buf, 0, AREA);
	CHECK_RC(znvme_pread(b->ns, b->buf, AREA, 0, 0, NULL), AREA);
	for (size_t i = 0; i < AREA; i++)
		if (b->buf[i] != b->copy[i])
			FAIL("byte %zu of the namespace is not what was written", i);
	free(b->copy);
	free(b->buf);
}

/* Write and read `len` bytes at `offset` from `buf`, keeping the copy. */
static void there_and_back(struct bench *b, char *buf, size_t len, uint64_t offset, unsigned flags)
{
	fill_pattern(buf, len, ++b->seed);
	CHECK_RC(znvme_pwrite(b->ns, buf, len, offset, flags, NULL), (ssize_t)len);
	CHECK_PATTERN(buf, len, b->seed);
	memcpy(b->copy + offset, buf, len);
	memset(buf, 0x77, len);
	CHECK_RC(znvme_pread(b->ns, buf, len, offset, flags, NULL), (ssize_t)len);
	CHECK_PATTERN(buf, len, b->seed);
}

static void any_number_of_blocks(struct test *t)
{
	struct bench b = set_up(t);

	for (size_t n = 1; n * b.block <= AREA / 2; n += n < 20 ? 1 : n / 3)
		there_and_back(&b, b.buf, n * b.block, b.block * (n % 7), 0);
	tear_down(&b);
}

static void any_memory(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_region *region = test_region(t, 256 * KIB);
	size_t len = 8 * b.block;

	for (size_t odd = 0; odd < 8; odd++) {
		there_and_back(&b, b.buf + odd, len, b.block, 0);
		there_and_back(&b, region->addr + odd, len, 2 * b.block, 0);
	}
	/* A region's memory that runs out of the region at its end is no buffer in it. */
	there_and_back(&b, region->addr, region->len, 0, 0);
	there_and_back(&b, region->addr + region->len - len, len, 0, 0);
	tear_down(&b);
}

static void read_modify_write(struct test *t)
{
	struct bench b = set_up(t);
	static const size_t lengths[] = {1, 2, 3, 511, 512, 513, 4095, 4096, 4097, 12345, 70001};
	static const uint64_t offsets[] = {0, 1, 511, 513, 4095, 4097, 65535, 100001};

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		for (size_t j = 0; j < ARRAY_LEN(offsets); j++)
			there_and_back(&b, b.buf + i % 4, lengths[i], offsets[j], ZNVME_IO_RMW);
	tear_down(&b);
}

static void random_rmw(struct test *t)
{
	struct bench b = set_up(t);
	uint64_t state = 5;

	for (int i = 0; i < 100; i++) {
		size_t len = 1 + next_random(&state) % (64 * KIB);
		uint64_t offset = next_random(&state) % (AREA - len);

		there_and_back(&b, b.buf + next_random(&state) % 4096, len, offset, ZNVME_IO_RMW);
	}
	tear_down(&b);
}

static void rmw_at_the_end(struct test *t)
{
	struct bench b = set_up(t);
	char last[3] = "end", back[3];

	CHECK_RC(znvme_pwrite(b.ns, last, 3, b.ns->nr_bytes - 3, ZNVME_IO_RMW, NULL), 3);
	CHECK_RC(znvme_pread(b.ns, back, 3, b.ns->nr_bytes - 3, ZNVME_IO_RMW, NULL), 3);
	CHECK(memcmp(back, "end", 3) == 0);
	tear_down(&b);
}

static void unaligned(struct test *t)
{
	struct bench b = set_up(t);
	char size[16];
	int status = 77;

	snprintf(size, sizeof(size), "%zu", b.block);
	CHECK_RC(znvme_pread(b.ns, b.buf, b.block + 1, 0, 0, &status), -EINVAL);
	CHECK_MESSAGE(size);
	CHECK_RC(znvme_pread(b.ns, b.buf, b.block, 1, 0, NULL), -EINVAL);
	CHECK_MESSAGE(size);
	CHECK_RC(znvme_pwrite(b.ns, b.buf, 1, 0, 0, NULL), -EINVAL);
	CHECK_MESSAGE(size);
	CHECK_RC(znvme_pwrite(b.ns, b.buf, b.block, b.block / 2, 0, NULL), -EINVAL);
	CHECK_MESSAGE(size);
	tear_down(&b);
}

static void past_the_end(struct test *t)
{
	struct bench b = set_up(t);
	uint64_t end = b.ns->nr_bytes;
	size_t two = 2 * b.block;

	CHECK_RC(znvme_pread(b.ns, b.buf, b.block, end, 0, NULL), -ERANGE);
	CHECK(*znvme_errmsg());
	CHECK_RC(znvme_pread(b.ns, b.buf, two, end - b.block, 0, NULL), -ERANGE);
	CHECK_RC(znvme_pwrite(b.ns, b.buf, two, end - b.block, 0, NULL), -ERANGE);
	CHECK_RC(znvme_pwrite(b.ns, b.buf, 2, end - 1, ZNVME_IO_RMW, NULL), -ERANGE);
	CHECK_RC(znvme_pread(b.ns, b.buf, b.block, 0 - (uint64_t)b.block, 0, NULL), -ERANGE);
	CHECK_RC(znvme_pread(b.ns, b.buf, two, 0 - (uint64_t)b.block, 0, NULL), -ERANGE);
	CHECK_RC(znvme_pread(b.ns, b.buf, b.block, end - b.block, 0, NULL), (ssize_t)b.block);
	tear_down(&b);
}

/* A range that is refused is refused whole: not a block of it is written. */
static void nothing_of_it_is_done(struct test *t)
{
	struct bench b = set_up(t);
	size_t len = AREA - b.block;
	uint64_t offset = b.ns->nr_bytes - len;
	int status = 77;

	fill_pattern(b.buf, len, 41);
	CHECK_RC(znvme_pwrite(b.ns, b.buf, len, offset, 0, NULL), (ssize_t)len);
	memset(b.buf, 0x66, AREA);
	CHECK_RC(znvme_pwrite(b.ns, b.buf, AREA, offset, 0, &status), -ERANGE);
	CHECK_EQ(status, 0);
	CHECK_RC(znvme_pread(b.ns, b.buf, len, offset, 0, NULL), (ssize_t)len);
	CHECK_PATTERN(b.buf, len, 41);
	tear_down(&b);
}

static void null_buffer(struct test *t)
{
	struct bench b = set_up(t);

	CHECK_RC(znvme_pread(b.ns, NULL, b.block, 0, 0, NULL), -EFAULT);
	CHECK(*znvme_errmsg());
	CHECK_RC(znvme_pwrite(b.ns, NULL, b.block, 0, 0, NULL), -EFAULT);
	tear_down(&b);
}

static void nothing(struct test *t)
{
	struct bench b = set_up(t);

	CHECK_RC(znvme_pread(b.ns, b.buf, 0, 0, 0, NULL), 0);
	CHECK_RC(znvme_pwrite(b.ns, b.buf, 0, 0, 0, NULL), 0);
	tear_down(&b);
}

static void force_unit_access(struct test *t)
{
	struct bench b = set_up(t);

	there_and_back(&b, b.buf, 16 * b.block, 3 * b.block, ZNVME_IO_FUA);
	there_and_back(&b, b.buf, 1000, 77, ZNVME_IO_FUA | ZNVME_IO_RMW);
	CHECK_OK(znvme_flush(b.ns));
	tear_down(&b);
}

/* Writes that were seen, and how many of them had FUA set. */
struct writes {
	unsigned all;
	unsigned fua;
	unsigned reads_with_fua;
};

static void count_write(void *arg, struct znvme_sim_command *command)
{
	struct writes *writes = arg;
	bool fua = command->sqe.cdw12 & ZNVME_RW_FUA;

	if (command->qid && command->sqe.opcode == ZNVME_CMD_WRITE) {
		writes->all++;
		writes->fua += fua;
	} else if (command->qid && command->sqe.opcode == ZNVME_CMD_READ) {
		writes->reads_with_fua += fua;
	}
}

static void every_write_has_fua(struct test *t)
{
	struct writes writes = {0};
	const struct znvme_sim_hooks hooks = {.arg = &writes, .command = count_write};
	struct bench b = set_up(t);

	znvme_sim_set_hooks(t->sim, &hooks);
	there_and_back(&b, b.buf, AREA / 2 + 100, 33, ZNVME_IO_FUA | ZNVME_IO_RMW);
	CHECK(writes.all >= 3);
	CHECK_EQ(writes.fua, writes.all);
	CHECK_EQ(writes.reads_with_fua, 0);
	writes = (struct writes){0};
	there_and_back(&b, b.buf, 16 * b.block, 0, 0);
	CHECK(writes.all >= 1);
	CHECK_EQ(writes.fua, 0);
	znvme_sim_set_hooks(t->sim, NULL);
	tear_down(&b);
}

/* Far more than one command and more than is in flight at a time; bounced and straight. */
static void large(struct test *t, char *buf, size_t len)
{
	fill_pattern(buf, len, 11);
	CHECK_RC(znvme_pwrite(t->ns, buf, len, t->ns->block_size, 0, NULL), (ssize_t)len);
	memset(buf, 0, len);
	CHECK_RC(znvme_pread(t->ns, buf, len, t->ns->block_size, 0, NULL), (ssize_t)len);
	CHECK_PATTERN(buf, len, 11);
}

static void large_bounced(struct test *t)
{
	const size_t len = 10 * (size_t)MIB;
	char *buf = malloc(len + 1);

	test_open(t);
	large(t, buf + 1, len);
	free(buf);
}

static void large_in_region(struct test *t)
{
	struct znvme_region *region;

	test_open(t);
	region = test_region(t, 10 * (size_t)MIB);
	large(t, region->addr, region->len);
}

struct caller {
	struct test *t;
	pthread_t thread;
	uint64_t index;
};

static void *call_often(void *arg)
{
	struct caller *c = arg;
	const struct znvme_ns *ns = c->t->ns;
	size_t len = 4 * (size_t)ns->block_size;
	char *buf = malloc(len);

	for (uint64_t i = 0; i < 60; i++) {
		uint64_t offset = (c->index * 64 + i) * ns->block_size;

		fill_pattern(buf, len, c->index * 1000 + i);
		CHECK_RC(znvme_pwrite(ns, buf, len, offset, 0, NULL), (ssize_t)len);
		memset(buf, 0, len);
		CHECK_RC(znvme_pread(ns, buf, len, offset, 0, NULL), (ssize_t)len);
		CHECK_PATTERN(buf, len, c->index * 1000 + i);
	}
	free(buf);
	return NULL;
}

static void from_threads(struct test *t)
{
	struct caller callers[4];

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(callers); i++) {
		callers[i] = (struct caller){.t = t, .index = i};
		CHECK_EQ(pthread_create(&callers[i].thread, NULL, call_often, &callers[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(callers); i++)
		pthread_join(callers[i].thread, NULL);
}

static void beside_a_queue(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	char *buf;

	test_open(t);
	buf = malloc(t->ns->block_size);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 4, 0);
	for (uint64_t i = 0; i < 20; i++) {
		fill_pattern(region->addr, t->ns->lba_bytes, i);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, region->addr, i, 1));
		CHECK_RC(znvme_pread(t->ns, buf, t->ns->block_size, i * t->ns->block_size, 0, NULL),
			 t->ns->block_size);
		CHECK_PATTERN(buf, t->ns->block_size, i);
	}
	free(buf);
}

/* The controller's word reaches the caller where it wants it, and its errno in any case. */
static void status_of_controller(struct test *t)
{
	struct znvme_region *region;
	struct znvme_sqe *sqe;
	struct znvme_queue *q;
	int status = 0;
	char *buf;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	buf = malloc(t->ns->block_size);
	q = test_queue(t, 4, 0);
	sqe = znvme_get_sqe(q, region);
	CHECK_OK(znvme_prep_write_uncorrectable(sqe, t->ns, 9, 1));
	CHECK_OK(znvme_submit(q));
	CHECK_OK(test_complete(q, region));
	CHECK_RC(znvme_pread(t->ns, buf, t->ns->block_size, 9ull * t->ns->block_size, 0, &status),
		 -EIO);
	CHECK_STATUS(status, ZNVME_SC_UNRECOVERED_READ);
	CHECK(*znvme_errmsg());
	CHECK_RC(znvme_pread(t->ns, buf, t->ns->block_size, 9ull * t->ns->block_size, 0, NULL),
		 -EIO);
	free(buf);
}

static const struct test_case cases[] = {
	{"any number of blocks", any_number_of_blocks, 0},
	{"memory of any kind and alignment", any_memory, 0},
	{"read-modify-write keeps the neighbours", read_modify_write, 0},
	{"random read-modify-write keeps the neighbours", random_rmw, 0},
	{"read-modify-write reaches the last byte", rmw_at_the_end, 0},
	{"what cuts a block is refused and told the block size", unaligned, 0},
	{"what passes the end is refused", past_the_end, 0},
	{"of what passes the end nothing is written", nothing_of_it_is_done, 0},
	{"a NULL buffer is refused", null_buffer, 0},
	{"nothing is read and written", nothing, 0},
	{"FUA and flush succeed", force_unit_access, 0},
	{"FUA is on every write and no read", every_write_has_fua, HAS_SIM},
	{"ten MiB are bounced", large_bounced, 0},
	{"ten MiB go straight from a region", large_in_region, HAS_BIG_MEMLOCK},
	{"four threads call at a time", from_threads, 0},
	{"calls and a queue of one's own see the same data", beside_a_queue, HAS_FOUR_QUEUES},
	{"the controller's status reaches the caller", status_of_controller,
	 HAS_WRITE_UNCORRECTABLE | HAS_FOUR_QUEUES},
};

const struct test_group io_tests = {"io", cases, ARRAY_LEN(cases)};
