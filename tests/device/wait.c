// SPDX-License-Identifier: MIT
/* Waiting for completions: by polling, by interrupt, by a descriptor of one's own loop. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "tests.h"

static void start_read(struct test *t, struct znvme_queue *q, struct znvme_region *region)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, region);

	CHECK(sqe);
	CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
	CHECK_OK(znvme_submit(q));
}

static void commands_one_by_one(struct test *t, unsigned flags)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 8, flags);
	for (int i = 0; i < 200; i++) {
		start_read(t, q, region);
		CHECK_OK(test_complete(q, region));
	}
}

static void by_polling(struct test *t)
{
	commands_one_by_one(t, ZNVME_QUEUE_POLLED);
}

static void by_interrupt(struct test *t)
{
	commands_one_by_one(t, 0);
}

static void by_reaping_only(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 8, ZNVME_QUEUE_POLLED);
	for (int i = 0; i < 50; i++) {
		start_read(t, q, region);
		while (!znvme_reap(q, &cpl, 1))
			;
		CHECK_OK(cpl.status);
		CHECK(cpl.data == region);
	}
}

static void nothing_to_wait_for(struct test *t)
{
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	test_open(t);
	q = test_queue(t, 4, 0);
	CHECK_RC(znvme_wait(q, &cpl, 1, 0), 0);
	CHECK_RC(znvme_wait(q, &cpl, 1, 10), 0);
	CHECK_RC(znvme_wait(q, &cpl, 1, -1), 0);
}

static void no_room(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 4, 0);
	start_read(t, q, region);
	CHECK_RC(znvme_wait(q, &cpl, 0, 10), -EINVAL);
	CHECK_OK(test_complete(q, region));
}

static void by_descriptor(struct test *t)
{
	struct znvme_region *region;
	struct pollfd fd = {.events = POLLIN};
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 8, 0);
	fd.fd = znvme_queue_fd(q);
	CHECK(fd.fd >= 0);
	for (int i = 0; i < 20; i++) {
		int wakes = 0, n;

		start_read(t, q, region);
		/* A vector may be shared, and what one look finds may have had two signals. */
		do {
			CHECK_RC(poll(&fd, 1, PATIENCE_MS), 1);
			n = znvme_wait(q, &cpl, 1, 0);
		} while (!n && ++wakes < 3);
		CHECK_EQ(n, 1);
		CHECK_OK(cpl.status);
	}
}

static void polled_queue_has_no_descriptor(struct test *t)
{
	test_open(t);
	CHECK_RC(znvme_queue_fd(test_queue(t, 4, ZNVME_QUEUE_POLLED)), -EOPNOTSUPP);
	CHECK(*znvme_errmsg());
}

/* More queues than vectors, all asleep on what they share: each still finds its completions. */
static void all_queues_by_interrupt(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *queues[64];

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	for (unsigned i = 0; i < t->info.nr_io_queues; i++)
		queues[i] = test_queue(t, 4, 0);
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < t->info.nr_io_queues; i++)
			start_read(t, queues[i], region);
		for (unsigned i = t->info.nr_io_queues; i-- > 0;)
			CHECK_OK(test_complete(queues[i], region));
	}
}

static const struct test_case cases[] = {
	{"a polled queue is waited for", by_polling, 0},
	{"a queue with an interrupt is waited for", by_interrupt, 0},
	{"reaping alone finds completions", by_reaping_only, 0},
	{"waiting for nothing returns at once", nothing_to_wait_for, 0},
	{"waiting without room is refused", no_room, 0},
	{"the queue's descriptor polls readable", by_descriptor, HAS_INTERRUPTS},
	{"a polled queue has no descriptor", polled_queue_has_no_descriptor, 0},
	{"all granted queues are waited for", all_queues_by_interrupt, HAS_INTERRUPTS},
};

const struct test_group wait_tests = {"wait", cases, ARRAY_LEN(cases)};
