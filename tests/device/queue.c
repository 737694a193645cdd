// SPDX-License-Identifier: MIT
/*
 * I/O queue pairs: creation, the ring, identifiers (Base 2.1, section 3.3). How one waits for
 * completions is wait.c.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "tests.h"

/* A read of block 0 into the region's start, prepared; false where the queue is full. */
static bool prepare_read(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			 void *data)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, data);

	if (!sqe)
		return false;
	CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
	return true;
}

/* A queue of `size` entries takes size - 1 commands, again and again, however it is filled. */
static void fill_and_drain(struct test *t, struct znvme_region *region, unsigned size)
{
	struct znvme_queue *q = test_queue(t, size, 0);

	for (int round = 0; round < 3; round++) {
		unsigned n = 0;

		while (prepare_read(t, q, region, NULL))
			n++;
		CHECK_EQ(n, size - 1);
		CHECK_EQ(znvme_in_flight(q), size - 1);
		CHECK(!znvme_get_sqe(q, NULL));
		test_drain(q, n, 0);
		CHECK_EQ(znvme_in_flight(q), 0);
	}
	CHECK_OK(znvme_queue_delete(q));
}

static void full_queue(struct test *t)
{
	static const unsigned sizes[] = {2, 3, 4, 5, 16, 17, 63, 64, 65, 255, 1024};
	struct znvme_region *region;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		if (sizes[i] <= t->info.max_queue_size)
			fill_and_drain(t, region, sizes[i]);
	if (t->info.max_queue_size <= 16384)
		fill_and_drain(t, region, t->info.max_queue_size);
}

static void sizes_refused(struct test *t)
{
	struct znvme_queue *q;

	test_open(t);

	const unsigned sizes[] = {0, 1, t->info.max_queue_size + 1, 65537, UINT32_MAX};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		CHECK_RC(znvme_queue_create(t->ctrl, sizes[i], NULL, &q), -EINVAL);
		CHECK(*znvme_errmsg());
	}
	test_queue(t, t->info.max_queue_size, 0);
}

static void many_turns(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	uintptr_t next = 1, expected = 1;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 7, 0);
	for (int round = 0; round < 200; round++) {
		unsigned n = 1 + (unsigned)round % 6;

		for (unsigned i = 0; i < n; i++)
			CHECK(prepare_read(t, q, region, (void *)next++));
		CHECK_OK(znvme_submit(q));
		for (uint64_t seen = 0; seen != (1ull << n) - 1;) {
			struct znvme_cpl cpl;

			CHECK_RC(znvme_wait(q, &cpl, 1, PATIENCE_MS), 1);
			CHECK_OK(cpl.status);

			uintptr_t at = (uintptr_t)cpl.data - expected;

			CHECK(at < n && !(seen & 1ull << at));
			seen |= 1ull << at;
		}
		expected = next;
	}
}

static void submit_of_nothing(struct test *t)
{
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	test_open(t);
	q = test_queue(t, 4, 0);
	CHECK_OK(znvme_submit(q));
	CHECK_RC(znvme_reap(q, &cpl, 1), 0);
	CHECK_EQ(znvme_in_flight(q), 0);
}

static void entry_given_back(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;
	int x, y;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 4, 0);
	for (int round = 0; round < 10; round++) {
		CHECK(prepare_read(t, q, region, &x));
		CHECK(prepare_read(t, q, region, &x));
		sqe = znvme_get_sqe(q, &y);
		CHECK(sqe);
		CHECK_EQ(znvme_in_flight(q), 3);
		znvme_put_sqe(q, sqe);
		CHECK_EQ(znvme_in_flight(q), 2);
		CHECK_OK(znvme_submit(q));
		CHECK_OK(test_complete(q, &x));
		CHECK_OK(test_complete(q, &x));
		CHECK_EQ(znvme_in_flight(q), 0);
	}
	sqe = znvme_get_sqe(q, &y);
	znvme_put_sqe(q, sqe);
	CHECK_OK(znvme_submit(q));
	CHECK_EQ(znvme_in_flight(q), 0);
	/* None of the three was lost on the way. */
	for (int i = 0; i < 3; i++)
		CHECK(prepare_read(t, q, region, &x));
	CHECK(!znvme_get_sqe(q, &y));
	test_drain(q, 3, 0);
}

static void reap_in_portions(struct test *t)
{
	struct znvme_region *region;
	struct znvme_cpl cpls[4];
	struct znvme_queue *q;
	unsigned left = 30;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 32, 0);
	for (unsigned i = 0; i < left; i++)
		CHECK(prepare_read(t, q, region, NULL));
	CHECK_OK(znvme_submit(q));
	while (left) {
		int n = znvme_wait(q, cpls, 4, PATIENCE_MS);

		CHECK(n >= 1 && n <= 4);
		left -= (unsigned)n;
	}
	CHECK_RC(znvme_reap(q, cpls, 4), 0);
}

static void created_and_deleted_often(struct test *t)
{
	struct znvme_region *region;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	for (int i = 0; i < 100; i++) {
		struct znvme_queue *q = test_queue(t, 2 + (unsigned)i % 30, 0);

		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		CHECK_OK(znvme_queue_delete(q));
	}
	CHECK_OK(znvme_queue_delete(NULL));
}

static void no_more_than_granted(struct test *t)
{
	struct znvme_queue *queues[64], *q;
	struct znvme_region *region;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	for (unsigned i = 0; i < t->info.nr_io_queues; i++)
		queues[i] = test_queue(t, 4, 0);
	CHECK_RC(znvme_queue_create(t->ctrl, 4, NULL, &q), -ENOSPC);
	CHECK(*znvme_errmsg());
	for (unsigned i = 0; i < t->info.nr_io_queues; i++)
		CHECK_OK(test_rw(t, queues[i], ZNVME_CMD_READ, region, region->addr, 0, 1));
	CHECK_OK(znvme_queue_delete(queues[0]));
	q = test_queue(t, 4, 0);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

static void priorities(struct test *t)
{
	struct znvme_region *region;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	for (int i = ZNVME_PRIORITY_URGENT; i <= ZNVME_PRIORITY_LOW; i++) {
		const struct znvme_queue_options options = {.priority =
								    (enum znvme_queue_priority)i};
		struct znvme_queue *q;

		CHECK_OK(znvme_queue_create(t->ctrl, 4, &options, &q));
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		CHECK_OK(znvme_queue_delete(q));
	}
}

static void exec_one_command(struct test *t)
{
	struct znvme_region *region;
	struct znvme_sqe cmd;
	struct znvme_queue *q;
	uint64_t result = 1;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 4, 0);
	memset(&cmd, 0, sizeof(cmd));
	CHECK_OK(znvme_prep_read(&cmd, t->ns, region, region->addr, 0, 1));
	for (int i = 0; i < 20; i++)
		CHECK_OK(znvme_exec(q, &cmd, &result));
	CHECK_OK(znvme_exec(q, &cmd, NULL));
	cmd.opcode = 0xff;
	CHECK_STATUS(znvme_exec(q, &cmd, NULL), ZNVME_SC_INVALID_OPCODE);
	CHECK_EQ(znvme_in_flight(q), 0);
}

static void exec_wants_an_idle_queue(struct test *t)
{
	struct znvme_region *region;
	struct znvme_sqe cmd;
	struct znvme_queue *q;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 4, 0);
	memset(&cmd, 0, sizeof(cmd));
	CHECK_OK(znvme_prep_read(&cmd, t->ns, region, region->addr, 0, 1));
	CHECK(prepare_read(t, q, region, NULL));
	CHECK_RC(znvme_exec(q, &cmd, NULL), -EBUSY);
	test_drain(q, 1, 0);
	CHECK_OK(znvme_exec(q, &cmd, NULL));
}

#define STRESS_COMMANDS 400u
#define STRESS_DEPTH	16u
#define STRESS_BLOCKS	64u /* a thread's part of the namespace */

struct worker {
	struct test *t;
	pthread_t thread;
	unsigned index;
};

/* Writes blocks of its own part with a pattern by block and turn, and reads each back. */
static void *write_and_verify(void *arg)
{
	struct worker *w = arg;
	struct test *t = w->t;
	struct znvme_queue *q =
		test_queue(t, STRESS_DEPTH + 1, w->index & 1 ? ZNVME_QUEUE_POLLED : 0);
	uint32_t bytes = t->ns->lba_bytes;
	struct znvme_region *region = test_region(t, (size_t)STRESS_DEPTH * bytes);

	for (unsigned done = 0; done < STRESS_COMMANDS; done += STRESS_DEPTH) {
		uint64_t first = (uint64_t)w->index * STRESS_BLOCKS + done % STRESS_BLOCKS;
		uint64_t seed = w->index * 1000003ull + done;

		for (int writing = 1; writing >= 0; writing--) {
			for (unsigned i = 0; i < STRESS_DEPTH; i++) {
				char *buf = region->addr + (size_t)i * bytes;
				struct znvme_sqe *sqe = znvme_get_sqe(q, buf);

				CHECK(sqe);
				if (writing)
					fill_pattern(buf, bytes, seed + i);
				else
					memset(buf, 0, bytes);
				CHECK_OK(znvme_prep_rw(sqe, t->ns,
						       writing ? ZNVME_CMD_WRITE : ZNVME_CMD_READ,
						       region, buf, first + i, 1));
			}
			test_drain(q, STRESS_DEPTH, 0);
		}
		for (unsigned i = 0; i < STRESS_DEPTH; i++)
			CHECK_PATTERN(region->addr + (size_t)i * bytes, bytes, seed + i);
	}
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	CHECK_OK(znvme_queue_delete(q));
	return NULL;
}

static void four_threads(struct test *t)
{
	struct worker workers[4];

	test_open(t);
	for (unsigned i = 0; i < ARRAY_LEN(workers); i++) {
		workers[i] = (struct worker){.t = t, .index = i};
		CHECK_EQ(pthread_create(&workers[i].thread, NULL, write_and_verify, &workers[i]),
			 0);
	}
	for (unsigned i = 0; i < ARRAY_LEN(workers); i++)
		pthread_join(workers[i].thread, NULL);
}

static const struct test_case cases[] = {
	{"a queue of n entries takes n - 1 commands", full_queue, 0},
	{"sizes out of bounds are refused", sizes_refused, 0},
	{"user data comes back once each, over many turns", many_turns, 0},
	{"submitting nothing is allowed", submit_of_nothing, 0},
	{"an entry can be given back", entry_given_back, 0},
	{"completions are reaped in portions", reap_in_portions, 0},
	{"queues are created and deleted a hundred times", created_and_deleted_often, 0},
	{"no more queues than granted", no_more_than_granted, 0},
	{"every priority is accepted", priorities, 0},
	{"one command is executed", exec_one_command, 0},
	{"execution wants an idle queue", exec_wants_an_idle_queue, 0},
	{"four threads use four queues", four_threads, HAS_FOUR_QUEUES},
};

const struct test_group queue_tests = {"queue", cases, ARRAY_LEN(cases)};
