// SPDX-License-Identifier: MIT
/*
 * Memory of the device's own: data in the Controller Memory Buffer, and the Persistent Memory
 * Region. The medium tells whether data went where they should.
 */
#include <errno.h>

#include "tests.h"

#define NLB(t, bytes) ((bytes) / (t)->ns->lba_bytes)

/* Write by way of the region, read back by the host's memory, and the other way round. */
static void check_data(struct test *t, struct znvme_region *region, uint64_t seed)
{
	struct znvme_region *host = test_region(t, region->len);
	struct znvme_queue *q = test_queue(t, 8, 0);
	const uint32_t nlb = NLB(t, (uint32_t)region->len);

	fill_pattern(region->addr, region->len, seed);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, region->addr, 0, nlb));
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, host, host->addr, 0, nlb));
	CHECK_PATTERN(host->addr, host->len, seed);
	fill_pattern(host->addr, host->len, seed + 1);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, host, host->addr, 0, nlb));
	memset(region->addr, 0, region->len);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, nlb));
	CHECK_PATTERN(region->addr, region->len, seed + 1);
	CHECK_OK(znvme_queue_delete(q));
	CHECK_OK(znvme_mem_free(t->ctrl, host));
}

static void data_in_cmb(struct test *t)
{
	struct znvme_region *regions[4];

	test_open(t);
	/* One page, two, and so many that a PRP list is needed. */
	for (unsigned i = 0; i < ARRAY_LEN(regions); i++) {
		CHECK_OK(znvme_mem_alloc_cmb(t->ctrl, i == 3 ? 65536 : 4096u << i, &regions[i]));
		check_data(t, regions[i], 10 * i);
	}
	CHECK_OK(znvme_reset(t->ctrl));
	check_data(t, regions[2], 99);
	for (unsigned i = 0; i < ARRAY_LEN(regions); i++)
		CHECK_OK(znvme_mem_free(t->ctrl, regions[i]));
}

/* What is freed can be had again; what is not there cannot. */
static void cmb_runs_out(struct test *t)
{
	struct znvme_region *regions[4096];
	unsigned n = 0;
	int rc = 0;

	test_open(t);
	while (n < ARRAY_LEN(regions) && !rc) {
		rc = znvme_mem_alloc_cmb(t->ctrl, 65536, &regions[n]);
		n += !rc;
	}
	CHECK_RC(rc, -ENOSPC);
	CHECK(n >= 8);
	CHECK_OK(znvme_mem_free(t->ctrl, regions[--n]));
	CHECK_OK(znvme_mem_alloc_cmb(t->ctrl, 65536, &regions[n++]));
	while (n)
		CHECK_OK(znvme_mem_free(t->ctrl, regions[--n]));
	CHECK_RC(znvme_mem_alloc_cmb(t->ctrl, 0, &regions[0]), -EINVAL);
}

static void no_data_in_cmb(struct test *t)
{
	struct znvme_region *region;

	test_open_with(t, "sim:size=16M", NULL);
	CHECK_RC(znvme_mem_alloc_cmb(t->ctrl, 4096, &region), -EOPNOTSUPP);
	CHECK_MESSAGE("memory buffer");
	test_close(t);
	test_open_with(t, "sim:size=16M,cmb=64K,cmb_for=sq+read", NULL);
	CHECK_RC(znvme_mem_alloc_cmb(t->ctrl, 4096, &region), -EOPNOTSUPP);
	/* A queue can still lie there. */
	test_queue(t, 8, ZNVME_QUEUE_CMB);
}

static void persistent_memory(struct test *t)
{
	struct znvme_pmr pmr, again;

	test_open(t);
	CHECK_OK(znvme_pmr_enable(t->ctrl, &pmr));
	CHECK(pmr.len >= MIB);
	CHECK_RC(znvme_pmr_enable(t->ctrl, &again), -EBUSY);
	fill_pattern(pmr.addr, pmr.len, 7);
	CHECK_OK(znvme_pmr_barrier(t->ctrl));
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_PATTERN(pmr.addr, pmr.len, 7);
	CHECK_OK(znvme_pmr_barrier(t->ctrl));
	CHECK_OK(znvme_pmr_disable(t->ctrl));
	CHECK_RC(znvme_pmr_barrier(t->ctrl), -EINVAL);
	CHECK_OK(znvme_pmr_enable(t->ctrl, &again));
	CHECK(again.addr == pmr.addr && again.len == pmr.len);
	CHECK_PATTERN(again.addr, again.len, 7);
	CHECK_OK(znvme_pmr_disable(t->ctrl));
}

/* It is a region like any other, also after a reset. */
static void data_in_persistent_memory(struct test *t)
{
	struct znvme_region *host;
	struct znvme_queue *q;
	struct znvme_pmr pmr;

	test_open(t);
	CHECK_OK(znvme_pmr_enable(t->ctrl, &pmr));
	CHECK(pmr.region);
	CHECK_RC(znvme_mem_free(t->ctrl, pmr.region), -EINVAL);
	CHECK_MESSAGE("znvme_pmr_disable");
	for (unsigned round = 0; round < 2; round++) {
		host = test_region(t, 8192);
		q = test_queue(t, 8, 0);
		fill_pattern(pmr.addr, 8192, round);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, pmr.region, pmr.addr, 0, NLB(t, 8192)));
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, host, host->addr, 0, NLB(t, 8192)));
		CHECK_PATTERN(host->addr, 8192, round);
		memset(pmr.addr, 0, 8192);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, pmr.region, pmr.addr, 0, NLB(t, 8192)));
		CHECK_PATTERN((char *)pmr.addr, 8192, round);
		CHECK_OK(znvme_queue_delete(q));
		CHECK_OK(znvme_reset(t->ctrl));
	}
}

/* Registers that a hook changes. */
struct lie {
	uint32_t offset;
	uint32_t value;
};

static void on_read(void *arg, uint32_t offset, unsigned width, uint64_t *value)
{
	const struct lie *lie = arg;

	if (offset == lie->offset && width == 4)
		*value = lie->value;
}

static void persistent_memory_in_trouble(struct test *t)
{
	static const struct {
		uint32_t status;
		const char *says;
	} troubles[] = {
		{1 << 9, "restored"}, {2 << 9, "read-only"}, {3 << 9, "unreliable"},
		{7 << 9, "unknown"},  {0x55, "error"},	     {ZNVME_PMRSTS_NRDY, "not ready"},
	};
	struct lie lie = {0};
	const struct znvme_sim_hooks hooks = {.arg = &lie, .reg_read = on_read};
	struct znvme_pmr pmr;

	test_open_with(t, "sim:size=16M", NULL);
	CHECK_RC(znvme_pmr_enable(t->ctrl, &pmr), -EOPNOTSUPP);
	test_close(t);
	test_open_with(t, "sim:size=16M,pmr=64K", NULL);
	znvme_sim_set_hooks(t->sim, &hooks);
	lie = (struct lie){ZNVME_REG_PMRSTS, ZNVME_PMRSTS_NRDY};
	CHECK_RC(znvme_pmr_enable(t->ctrl, &pmr), -ETIMEDOUT);
	lie = (struct lie){0};
	CHECK_OK(znvme_pmr_enable(t->ctrl, &pmr));
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		lie = (struct lie){ZNVME_REG_PMRSTS, troubles[i].status};
		CHECK_RC(znvme_pmr_barrier(t->ctrl), -EIO);
		CHECK_MESSAGE(troubles[i].says);
	}
	lie.value = UINT32_MAX;
	CHECK_RC(znvme_pmr_barrier(t->ctrl), -ENODEV);
}

/* Where it takes no addresses, it is memory for the host alone. */
static void persistent_memory_without_commands(struct test *t)
{
	struct lie lie = {ZNVME_REG_PMRSTS, ZNVME_PMRSTS_CBAI};
	const struct znvme_sim_hooks hooks = {.arg = &lie, .reg_read = on_read};
	struct znvme_pmr pmr;

	test_open_with(t, "sim:size=16M,pmr=64K", NULL);
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_OK(znvme_pmr_enable(t->ctrl, &pmr));
	CHECK(!pmr.region);
	fill_pattern(pmr.addr, pmr.len, 3);
	CHECK_OK(znvme_pmr_barrier(t->ctrl));
	CHECK_PATTERN((char *)pmr.addr, pmr.len, 3);
}

static const struct test_case cases[] = {
	{"data in controller memory", data_in_cmb, HAS_CMB},
	{"controller memory runs out, and is given back", cmb_runs_out, HAS_CMB},
	{"no controller memory, or none for data", no_data_in_cmb, HAS_PLAIN_SIM},
	{"persistent memory keeps what is stored in it", persistent_memory, HAS_PMR},
	{"data of commands in persistent memory", data_in_persistent_memory, HAS_PMR},
	{"persistent memory in trouble says so", persistent_memory_in_trouble, HAS_PLAIN_SIM},
	{"persistent memory that commands cannot reach", persistent_memory_without_commands,
	 HAS_PLAIN_SIM},
};

const struct test_group device_memory_tests = {"device memory", cases, ARRAY_LEN(cases)};
