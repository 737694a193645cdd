// SPDX-License-Identifier: MIT
/*
 * Copy (NVM 1.1, section 3.3.2), the limits of commands (<znvme/limits.h>), and the one call for
 * any I/O command (znvme_io_exec()).
 */
#include <errno.h>
#include <stdlib.h>

#include "tests.h"

struct bench {
	const struct znvme_ns *ns;
	struct znvme_ns_limits limits;
	struct znvme_queue *q;
	struct znvme_region *region;
	char *data; /* a page into the region, where the ranges are */
};

static struct bench set_up(struct test *t)
{
	struct bench b = {0};

	test_open(t);
	b.ns = t->ns;
	b.q = test_queue(t, 8, 0);
	b.region = test_region(t, 64 * KIB);
	b.data = b.region->addr + 16 * KIB;
	CHECK_OK(znvme_ns_limits(b.ns, &b.limits));
	return b;
}

/* One block after the other, so that MDTS does not matter. */
static void write_blocks(struct test *t, struct bench *b, uint64_t slba, uint32_t nlb,
			 uint64_t seed)
{
	for (uint32_t i = 0; i < nlb; i++) {
		fill_pattern(b->data, b->ns->lba_bytes, seed + i);
		CHECK_OK(test_rw(t, b->q, ZNVME_CMD_WRITE, b->region, b->data, slba + i, 1));
	}
}

static void check_blocks(struct test *t, struct bench *b, uint64_t slba, uint32_t nlb,
			 uint64_t seed)
{
	for (uint32_t i = 0; i < nlb; i++) {
		CHECK_OK(test_rw(t, b->q, ZNVME_CMD_READ, b->region, b->data, slba + i, 1));
		CHECK_PATTERN(b->data, b->ns->lba_bytes, seed + i);
	}
}

static int copy(struct bench *b, uint64_t sdlba, unsigned format, unsigned nr)
{
	struct znvme_sqe *sqe = znvme_get_sqe(b->q, b);

	CHECK(sqe);
	CHECK_OK(znvme_prep_copy(sqe, b->ns, sdlba, format, b->region, b->region->addr, nr));
	CHECK_OK(znvme_submit(b->q));
	return test_complete(b->q, b);
}

static void set_range(struct bench *b, unsigned format, unsigned i, uint64_t slba, uint32_t nlb)
{
	CHECK_OK(znvme_copy_set_range(b->region->addr, format, i, b->ns->nsid, slba, nlb));
}

static void copies(struct test *t)
{
	struct bench b = set_up(t);

	write_blocks(t, &b, 0, 8, 100);
	write_blocks(t, &b, 200, 4, 300);
	set_range(&b, 0, 0, 200, 3);
	set_range(&b, 0, 1, 2, 5);
	CHECK_OK(copy(&b, 1000, 0, 2));
	check_blocks(t, &b, 1000, 3, 300);
	check_blocks(t, &b, 1003, 5, 102);
	check_blocks(t, &b, 0, 8, 100);
}

static void most_ranges(struct test *t)
{
	struct bench b = set_up(t);
	unsigned nr = (unsigned)b.limits.copy_ranges;

	CHECK(nr >= 1 && nr <= ZNVME_COPY_MAX_RANGES);
	write_blocks(t, &b, 0, 16, 500);
	for (unsigned i = 0; i < nr; i++)
		set_range(&b, 0, i, i % 16, 1);
	CHECK_OK(copy(&b, 2000, 0, nr));
	for (unsigned i = 0; i < nr; i++)
		check_blocks(t, &b, 2000 + i, 1, 500 + i % 16);
}

/* QEMU's model (7.2) calls a range that it does not take an internal error. */
static void check_refused(struct test *t, int status, int expected)
{
	if (!t->sim && status == ZNVME_SC_INTERNAL)
		return;
	CHECK_STATUS(status, expected);
}

static void too_much(struct test *t)
{
	struct bench b = set_up(t);

	set_range(&b, 0, 0, 0, (uint32_t)b.limits.copy_range + 1);
	check_refused(t, copy(&b, 8192, 0, 1), ZNVME_SC_CMD_SIZE_LIMIT);
	for (unsigned i = 0; i < ZNVME_COPY_MAX_RANGES; i++)
		set_range(&b, 0, i, i, 1);
	if (b.limits.copy_ranges < ZNVME_COPY_MAX_RANGES)
		check_refused(t, copy(&b, 8192, 0, (unsigned)b.limits.copy_ranges + 1),
			      ZNVME_SC_CMD_SIZE_LIMIT);
	set_range(&b, 0, 0, b.ns->nr_blocks - 1, 2);
	check_refused(t, copy(&b, 0, 0, 1), ZNVME_SC_LBA_RANGE);
	set_range(&b, 0, 0, 0, 2);
	check_refused(t, copy(&b, b.ns->nr_blocks - 1, 0, 1), ZNVME_SC_LBA_RANGE);
	/* A format that the controller has not got, or has not been allowed. */
	set_range(&b, 2, 0, 0, 1);
	CHECK_STATUS(copy(&b, 100, 2, 1), ZNVME_SC_INVALID_FIELD);
}

static void other_formats(struct test *t)
{
	struct bench b = set_up(t);

	write_blocks(t, &b, 0, 4, 700);
	for (unsigned format = 0; format < ZNVME_COPY_FORMATS; format++) {
		int rc = znvme_copy_enable(t->ctrl, format);

		if (!(b.limits.copy_formats & 1u << format)) {
			CHECK_RC(rc, -EOPNOTSUPP);
			continue;
		}
		CHECK_OK(rc);
		if (format & 1 && !t->sim) /* for guards that this namespace does not have */
			continue;
		set_range(&b, format, 0, 0, 4);
		CHECK_OK(copy(&b, 100 + 10 * format, format, 1));
		check_blocks(t, &b, 100 + 10 * format, 4, 700);
	}
	CHECK_RC(znvme_copy_enable(t->ctrl, ZNVME_COPY_FORMATS), -EINVAL);
	if (!t->sim)
		return;
	CHECK_OK(znvme_reset(t->ctrl)); /* the library enables it again */
	set_range(&b, 2, 0, 0, 4);
	CHECK_OK(copy(&b, 300, 2, 1));
	check_blocks(t, &b, 300, 4, 700);
}

static void across(struct test *t)
{
	struct bench b = set_up(t);
	const struct znvme_ns *other;
	uint32_t nsids[2];

	CHECK_EQ(znvme_ns_list(t->ctrl, 0, nsids, 2), 2);
	CHECK_OK(znvme_ns_get(t->ctrl, nsids[1], &other));
	if (other->lba_bytes != b.ns->lba_bytes || znvme_copy_enable(t->ctrl, 2))
		return;
	write_blocks(t, &b, 0, 4, 900);
	CHECK_OK(znvme_copy_set_range(b.region->addr, 2, 0, b.ns->nsid, 0, 4));
	b.ns = other;
	CHECK_OK(copy(&b, 50, 2, 1));
	t->ns = other;
	check_blocks(t, &b, 50, 4, 900);
}

static void limits(struct test *t)
{
	struct bench b = set_up(t);
	const struct znvme_id_ctrl *id = znvme_id_ctrl(t->ctrl);
	struct znvme_sqe sqe = {0};

	CHECK_EQ(b.limits.read_write, b.ns->max_nlb);
	CHECK(b.limits.atomic_write >= id->awun + 1u || !id->awun);
	CHECK(b.limits.atomic_write_power_fail >= 1 && b.limits.atomic_compare_write >= 1);
	CHECK(b.limits.write_zeroes >= 1 && b.limits.verify >= 1 && b.limits.dsm_ranges >= 1);
	/* What it says can be done is done; by a queue of the library's own, of which there may be
	 * one. */
	CHECK_OK(znvme_queue_delete(b.q));
	CHECK_OK(znvme_prep_write_zeroes(&sqe, b.ns, 0, (uint32_t)b.limits.write_zeroes));
	if (b.limits.write_zeroes <= b.ns->nr_blocks)
		CHECK_OK(znvme_io_exec(t->ctrl, &sqe, NULL, 0, NULL, 0, NULL, 0));
}

static void any_command(struct test *t)
{
	struct bench b = set_up(t);
	size_t len = b.ns->lba_bytes;
	char *block = malloc(2 * len + 8), *at = block + 1; /* not aligned to anything */
	struct znvme_sqe sqe = {0};
	uint64_t result = 7;

	CHECK_OK(znvme_queue_delete(b.q)); /* there may be one only */
	fill_pattern(at, len, 11);
	sqe.opcode = ZNVME_CMD_WRITE;
	sqe.nsid = b.ns->nsid;
	sqe.cdw10 = 77;
	CHECK_OK(znvme_io_exec(t->ctrl, &sqe, at, len, NULL, 0, &result, 0));
	CHECK_EQ(result, 0);
	memset(at, 0, len);
	sqe.opcode = ZNVME_CMD_READ;
	CHECK_OK(znvme_io_exec(t->ctrl, &sqe, at, len, NULL, 0, NULL, 5000));
	CHECK_PATTERN(at, len, 11);
	/* In a region it goes straight. */
	CHECK_OK(znvme_io_exec(t->ctrl, &sqe, b.data, len, NULL, 0, NULL, 0));
	CHECK_PATTERN(b.data, len, 11);
	sqe.cdw10 = (uint32_t)b.ns->nr_blocks;
	sqe.cdw11 = (uint32_t)(b.ns->nr_blocks >> 32);
	CHECK_STATUS(znvme_io_exec(t->ctrl, &sqe, at, len, NULL, 0, NULL, 0), ZNVME_SC_LBA_RANGE);
	CHECK_MESSAGE("Read");
	CHECK_RC(znvme_io_exec(t->ctrl, &sqe, NULL, len, NULL, 0, NULL, 0), -EFAULT);
	sqe.flags = ZNVME_SQE_FUSE_FIRST;
	CHECK_RC(znvme_io_exec(t->ctrl, &sqe, at, len, NULL, 0, NULL, 0), -EINVAL);
	free(block);
}

static const struct test_case cases[] = {
	{"blocks are copied from several places", copies, HAS_COPY},
	{"as many ranges as the limits say", most_ranges, HAS_COPY},
	{"more than the limits say is refused", too_much, HAS_COPY},
	{"the formats that the controller has", other_formats, HAS_COPY},
	{"from one namespace to another", across, HAS_COPY | HAS_TWO_NAMESPACES},
	{"limits are in blocks, and true", limits, HAS_WRITE_ZEROES},
	{"any command, data in any memory", any_command, 0},
};

const struct test_group copy_tests = {"copy", cases, ARRAY_LEN(cases)};
