// SPDX-License-Identifier: MIT
/* Where something runs out, or comes too often: an error that names it, and all else goes on. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests.h"

/* As many regions as the IOMMU has mappings for; the first and the last of them work. */
static void all_mappings(struct test *t)
{
	const unsigned most = 65535;
	struct znvme_region **regions = calloc(most, sizeof(*regions));
	struct znvme_queue *q;
	unsigned n = 0;
	int rc = 0;

	CHECK(regions);
	test_open_with(t, "sim:size=16M", NULL);
	q = test_queue(t, 8, 0);
	while (!rc && n < most) {
		rc = znvme_mem_alloc(t->ctrl, 4096, &regions[n]);
		n += !rc;
	}
	CHECK_RC(rc, -ENOMEM);
	CHECK_MESSAGE("65535");
	CHECK(n > 65500);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, regions[0], regions[0]->addr, 0, 1));
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, regions[n - 1], regions[n - 1]->addr, 0, 1));
	/* What is given back can be had again. */
	CHECK_OK(znvme_mem_free(t->ctrl, regions[n / 2]));
	CHECK_OK(znvme_mem_alloc(t->ctrl, 4096, &regions[n / 2]));
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, regions[n / 2], regions[n / 2]->addr, 0, 1));
	free(regions);
}

/* Ten thousand asynchronous events: those that nobody fetched are lost, and it says how many. */
static void event_storm(struct test *t)
{
	struct znvme_region *region;
	struct znvme_event event;
	struct znvme_queue *q;
	unsigned fetched = 0;

	test_open_with(t, "sim:size=16M", NULL);
	region = test_region(t, 4096);
	q = test_queue(t, 8, 0);
	for (unsigned i = 0; i < 10000; i++) {
		const struct znvme_get_log_args args = {.lid = ZNVME_LOG_SMART};
		char log[512];

		znvme_sim_async_event(t->sim, ZNVME_AER_TYPE_SMART, (uint8_t)(i % 3),
				      ZNVME_LOG_SMART);
		/* Reading the log lets the next one of its type come. */
		if (i % 10 == 0)
			CHECK_OK(znvme_get_log(t->ctrl, &args, log, sizeof(log)));
		if (i % 100 == 0)
			CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
	}
	while (znvme_next_event(t->ctrl, &event) == 1)
		fetched++;
	CHECK(fetched > 0 && fetched <= 65);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

/* A thousand lives of a controller leave nothing behind. */
static void thousand_lives(struct test *t)
{
	size_t before = 0;
	int fd = -1;

	for (int i = 0; i < 1000; i++) {
		struct znvme_region *region;
		struct znvme_queue *q;

		test_open_with(t, "sim:size=1M", NULL);
		region = test_region(t, 8192);
		q = test_queue(t, 8, 0);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		test_close(t);
		/* The next descriptor is the same each time, and so is the heap after a while. */
		if (i == 10) {
			fd = dup(0);
			close(fd);
			before = mallinfo2().uordblks;
		}
	}
	CHECK_EQ(dup(0), fd);
	CHECK(mallinfo2().uordblks <= before + 4096);
}

/* Descriptors for all vectors but a few: opening fails and says what would help. */
static void no_descriptors(struct test *t)
{
	struct rlimit limit, few;
	struct znvme_ctrl *ctrl;

	CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
	few = limit;
	few.rlim_cur = 40;
	CHECK_OK(setrlimit(RLIMIT_NOFILE, &few));
	CHECK_RC(znvme_open("sim:size=16M", NULL, &ctrl), -EMFILE);
	CHECK_MESSAGE("ulimit -n");
	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
	test_open_with(t, "sim:size=16M", NULL);
}

static const struct test_case cases[] = {
	{"all 65,535 mappings can be used, the next is refused", all_mappings, HAS_PLAIN_SIM},
	{"a storm of events is survived", event_storm, HAS_PLAIN_SIM},
	{"a thousand lives leave nothing behind", thousand_lives, HAS_PLAIN_SIM},
	{"too few descriptors are told with the remedy", no_descriptors, HAS_PLAIN_SIM},
};

const struct test_group limit_tests = {"limits", cases, ARRAY_LEN(cases)};
