// SPDX-License-Identifier: MIT
/* Bugs of the fast path that a review has found; none may come back. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests.h"

/* The ring's last entry is put back after a get that found the queue full. */
static void put_behind_the_end(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	for (unsigned size = 2; size < 9; size++) {
		q = test_queue(t, size, 0);
		for (unsigned round = 0; round < 5 * size; round++) {
			struct znvme_sqe *sqe = NULL, *last;
			unsigned n = 0;

			while ((last = znvme_get_sqe(q, NULL))) {
				CHECK_OK(znvme_prep_read(last, t->ns, region, region->addr, 0, 1));
				sqe = last;
				n++;
			}
			CHECK_EQ(n, size - 1);
			znvme_put_sqe(q, sqe);
			CHECK_EQ(znvme_in_flight(q), n - 1);
			CHECK(znvme_get_sqe(q, NULL) == sqe);
			CHECK(!znvme_get_sqe(q, NULL));
			znvme_put_sqe(q, sqe);
			test_drain(q, n - 1, 0);
			/* One at a time, so that the end of the ring comes at each place. */
			if (round % 2)
				CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		}
		CHECK_OK(znvme_queue_delete(q));
	}
}

/* Of a large memory buffer only a part is used, but the controller takes all its addresses. */
static void large_controller_memory(struct test *t)
{
	const struct znvme_queue_options options = {.flags = ZNVME_QUEUE_CMB};
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open_with(t, "sim:size=16M,cmb=128M", NULL);
	CHECK_OK(znvme_queue_create(t->ctrl, 8, &options, &q));
	for (int i = 0; i < 3; i++) {
		/* Beyond the first 64 MiB behind the buffer's start, if nothing keeps it away. */
		region = test_region(t, 24 * MIB);
		fill_pattern(region->addr + 20 * MIB, 4096, (uint64_t)i);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, region->addr + 20 * MIB, 0, 8));
		memset(region->addr + 20 * MIB, 0, 4096);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr + 20 * MIB, 0, 8));
		CHECK_PATTERN(region->addr + 20 * MIB, 4096, (uint64_t)i);
	}
}

static void controller_memory_and_large_pages(struct test *t)
{
	test_open_with(t, "sim:size=16M,cmb=1M,mpsmin=2", NULL);
	for (int i = 0; i < 4; i++)
		test_queue(t, 8, ZNVME_QUEUE_CMB);
}

/* A prepared command has all its time from its submission on. */
static void prepared_for_long(struct test *t)
{
	const struct znvme_open_options options = {.io_timeout_ms = 300};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;
	struct znvme_cpl cpl;

	test_open_with(t, "sim:size=16M,latency=20000", &options);
	region = test_region(t, 4096);
	q = test_queue(t, 8, 0);
	sqe = znvme_get_sqe(q, region);
	CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
	CHECK_RC(znvme_wait(q, &cpl, 1, 0), 0);
	usleep(600000);
	CHECK_OK(znvme_submit(q));
	CHECK_OK(test_complete(q, region));
}

/* A shape that could not be made fits no buffer. */
static void shape_that_failed(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_rw rw;

	test_open(t);
	region = test_region(t, 4096);
	q = test_queue(t, 4, 0);
	CHECK_RC(znvme_rw_init(&rw, t->ns, ZNVME_CMD_WRITE, 0, 0, region), -EINVAL);
	CHECK_RC(znvme_queue_rw(q, &rw, region->addr, 0, NULL), -EINVAL);
	CHECK_RC(znvme_queue_rw_anywhere(q, &rw, region->addr, 0, NULL), -EINVAL);
	CHECK_EQ(znvme_in_flight(q), 0);
}

/* There is nothing to wait for where nothing was submitted. */
static void waiting_for_prepared(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 4, 0);
	CHECK_OK(znvme_prep_read(znvme_get_sqe(q, region), t->ns, region, region->addr, 0, 1));
	CHECK_RC(znvme_wait(q, &cpl, 1, -1), 0);
	CHECK_OK(znvme_submit(q));
	CHECK_OK(test_complete(q, region));
}

/* What a controller does to its memory buffer changes no command. */
static void scribbled_controller_memory(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	void *mine = (void *)0x5a5a5a5a;
	struct znvme_sqe *sqe;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 4, ZNVME_QUEUE_CMB);
	for (int i = 0; i < 10; i++) {
		sqe = znvme_get_sqe(q, mine);
		/* It is not there yet: nothing of it is in the controller's reach. */
		CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
		CHECK_OK(znvme_reset(t->ctrl));
		CHECK_OK(znvme_submit(q));
		CHECK_OK(test_complete(q, mine));
	}
}

struct mapper {
	struct test *t;
	bool stop; /* atomic */
};

/* Regions come and go beside the others. */
static void *map_and_free(void *arg)
{
	struct mapper *m = arg;
	struct znvme_region *region;

	while (!__atomic_load_n(&m->stop, __ATOMIC_RELAXED))
		if (!znvme_mem_alloc(m->t->ctrl, 65536, &region))
			znvme_mem_free(m->t->ctrl, region);
	return NULL;
}

/* The owner uses regions, each freed by somebody else once it has gone on to the next. */
static void freed_beside_the_owner(struct test *t)
{
	const unsigned rounds = 300;
	struct znvme_region *regions[2];
	struct mapper mapper = {.t = t};
	struct znvme_queue *q;
	struct znvme_cpl cpl;
	struct znvme_rw rw;
	pthread_t thread;

	test_open(t);
	q = test_queue(t, 4, 0);
	CHECK_OK(znvme_rw_init(&rw, t->ns, ZNVME_CMD_READ, 1, 0, NULL));
	CHECK_OK(pthread_create(&thread, NULL, map_and_free, &mapper));
	regions[0] = test_region(t, 4096);
	for (unsigned i = 0; i < rounds; i++) {
		regions[1] = test_region(t, 4096);
		for (int r = 0; r < 2; r++) {
			CHECK_OK(znvme_queue_rw_anywhere(q, &rw, regions[r]->addr, 0, regions[r]));
			CHECK_OK(znvme_submit(q));
			CHECK_RC(znvme_wait(q, &cpl, 1, -1), 1);
			CHECK_OK(cpl.status);
			CHECK(cpl.data == regions[r]);
		}
		CHECK_OK(znvme_mem_free(t->ctrl, regions[0]));
		regions[0] = regions[1];
	}
	__atomic_store_n(&mapper.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

static const struct test_case cases[] = {
	{"an entry is put back across the ring's end", put_behind_the_end, 0},
	{"all of a large controller memory is kept free", large_controller_memory, HAS_SIM},
	{"controller memory fits large memory pages", controller_memory_and_large_pages, HAS_SIM},
	{"a command prepared long ago is not late", prepared_for_long, HAS_SIM},
	{"a shape that failed is refused", shape_that_failed, 0},
	{"waiting ends where nothing was submitted", waiting_for_prepared, 0},
	{"commands are out of the controller's reach until submitted", scribbled_controller_memory,
	 HAS_CMB},
	{"regions are freed beside a queue that finds its own", freed_beside_the_owner, 0},
};

const struct test_group regress_path_tests = {"regress path", cases, ARRAY_LEN(cases)};
