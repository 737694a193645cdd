// SPDX-License-Identifier: MIT
/* Where data are, and shall be: LBA status, streams, Flexible Data Placement. */
#include <errno.h>
#include <stdlib.h>

#include "tests.h"

static void write_at(struct test *t, uint64_t slba, uint32_t nlb)
{
	char *data = calloc(nlb, t->ns->block_size);

	CHECK_EQ(znvme_pwrite(t->ns, data, (size_t)nlb * t->ns->block_size,
			      slba * t->ns->block_size, 0, NULL),
		 (ssize_t)((size_t)nlb * t->ns->block_size));
	free(data);
}

static void allocated(struct test *t)
{
	struct znvme_lba_run runs[8];
	struct znvme_sqe sqe = {0};
	uint64_t next;

	test_open(t);
	znvme_prep_write_zeroes(&sqe, t->ns, 0, 4096);
	sqe.cdw12 |= ZNVME_RW_DEAC;
	CHECK_OK(znvme_io_exec(t->ctrl, &sqe, NULL, 0, NULL, 0, NULL, 0));
	for (uint64_t i = 0; i < 20; i++)
		write_at(t, 100 * i + 5, (uint32_t)i % 3 + 1);
	/* Eight at a time, as many as there are. */
	for (uint64_t at = 0, i = 0; i < 20;) {
		int n = znvme_lba_status(t->ns, ZNVME_LBA_STATUS_ALLOCATED, at, 4096 - at, runs, 8,
					 &next, NULL);

		CHECK(n > 0 && n <= 8);
		for (int k = 0; k < n; k++, i++) {
			CHECK_EQ(runs[k].slba, 100 * i + 5);
			CHECK_EQ(runs[k].nlb, i % 3 + 1);
		}
		CHECK_EQ(next == 0, i == 20 && n < 8);
		at = next;
		if (!at)
			CHECK_EQ(i, 20);
	}
	CHECK_EQ(znvme_lba_status(t->ns, ZNVME_LBA_STATUS_ALLOCATED, 6, 99, runs, 8, &next, NULL),
		 0);
	CHECK_EQ(next, 0);
	CHECK_RC(znvme_lba_status(t->ns, ZNVME_LBA_STATUS_ALLOCATED, t->ns->nr_blocks, 0, runs, 8,
				  NULL, NULL),
		 -ERANGE);
}

static void lie(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len)
{
	if (!qid && sqe->opcode == ZNVME_ADM_GET_LBA_STATUS)
		memcpy(data, arg, len < 24 ? len : 24);
}

static void lists_not_believed(struct test *t)
{
	struct {
		struct znvme_lba_status_list list;
		struct znvme_lba_status_desc desc;
	} lies[] = {
		{.list = {.nlsd = UINT32_MAX}},
		{.list = {.nlsd = 1}, .desc = {.dslba = 5, .nlb = 0}},
		{.list = {.nlsd = 1}, .desc = {.dslba = UINT64_MAX, .nlb = 2}},
		{.list = {.nlsd = 1}, .desc = {.dslba = 0, .nlb = 5}}, /* before what was asked */
	};
	struct znvme_lba_run runs[8];

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct znvme_sim_hooks hooks = {.arg = &lies[i], .data = lie};

		znvme_sim_set_hooks(t->sim, &hooks);
		CHECK_RC(znvme_lba_status(t->ns, ZNVME_LBA_STATUS_ALLOCATED, 10, 50, runs, 8, NULL,
					  NULL),
			 -EPROTO);
	}
	znvme_sim_set_hooks(t->sim, NULL);
}

static int directed_write(struct test *t, enum znvme_directive_type type, uint16_t specific)
{
	struct znvme_queue *q = test_queue(t, 4, 0);
	struct znvme_region *region = test_region(t, 64 * KIB);
	struct znvme_sqe *sqe = znvme_get_sqe(q, t);
	int status;

	CHECK_OK(znvme_prep_write(sqe, t->ns, region, region->addr, 0, 1));
	znvme_sqe_set_directive(sqe, type, specific);
	CHECK_OK(znvme_submit(q));
	status = test_complete(q, t);
	CHECK_OK(znvme_queue_delete(q));
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	return status;
}

static void streams(struct test *t)
{
	struct znvme_streams_params params;
	uint16_t ids[8], granted;
	unsigned nr;

	test_open(t);
	CHECK_STATUS(directed_write(t, ZNVME_DIRECTIVE_STREAMS, 5), ZNVME_SC_INVALID_FIELD);
	CHECK_OK(znvme_streams_enable(t->ns, true));
	CHECK_OK(znvme_streams_params(t->ns, &params));
	CHECK(params.msl > 1);
	CHECK_OK(znvme_streams_allocate(t->ns, 2, &granted));
	CHECK_EQ(granted, 2);
	CHECK_OK(directed_write(t, ZNVME_DIRECTIVE_STREAMS, 5));
	CHECK_OK(directed_write(t, ZNVME_DIRECTIVE_STREAMS, 3));
	CHECK_OK(znvme_streams_status(t->ns, ids, 8, &nr));
	CHECK_EQ(nr, 2);
	CHECK_EQ(ids[0], 3);
	CHECK_EQ(ids[1], 5);
	CHECK_OK(znvme_streams_status(t->ns, ids, 1, &nr));
	CHECK_EQ(nr, 2);
	CHECK_OK(znvme_streams_release(t->ns, 3));
	CHECK_OK(znvme_streams_status(t->ns, ids, 8, &nr));
	CHECK_EQ(nr, 1);
	CHECK_OK(znvme_streams_free(t->ns));
	CHECK_OK(znvme_streams_enable(t->ns, false));
	CHECK_STATUS(directed_write(t, ZNVME_DIRECTIVE_STREAMS, 5), ZNVME_SC_INVALID_FIELD);
}

static void placement(struct test *t)
{
	struct znvme_fdp_ruh_status_desc before[128], after[128];
	uint16_t pid;
	unsigned nr;

	test_open(t);
	CHECK_OK(znvme_fdp_status(t->ns, before, 128, &nr));
	CHECK(nr >= 2 && nr <= 128);
	pid = before[1].pid;
	CHECK_OK(directed_write(t, ZNVME_DIRECTIVE_PLACEMENT, pid));
	CHECK_OK(znvme_fdp_status(t->ns, after, 128, &nr));
	CHECK_EQ(after[1].ruamw, before[1].ruamw - 1);
	CHECK_EQ(after[0].ruamw, before[0].ruamw);
	CHECK_OK(znvme_fdp_update(t->ns, &pid, 1));
	CHECK_OK(znvme_fdp_status(t->ns, after, 128, &nr));
	CHECK_EQ(after[1].ruamw, before[1].ruamw);
	pid = 0xffff;
	CHECK_STATUS(znvme_fdp_update(t->ns, &pid, 1), ZNVME_SC_INVALID_FIELD);
	CHECK_RC(znvme_fdp_update(t->ns, &pid, 0), -EINVAL);
}

static const struct test_case cases[] = {
	{"allocated blocks are listed in pieces", allocated, HAS_LBA_STATUS | HAS_WRITE_ZEROES},
	{"lists of blocks are not believed", lists_not_believed, HAS_LBA_STATUS | HAS_SIM},
	{"writes go to streams", streams, HAS_STREAMS},
	{"writes go to reclaim units", placement, HAS_FDP},
};

const struct test_group place_tests = {"place", cases, ARRAY_LEN(cases)};
