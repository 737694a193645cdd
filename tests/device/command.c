// SPDX-License-Identifier: MIT
/*
 * I/O commands other than plain transfers, and what is refused: by the constructors before
 * anything is sent, by the controller with its status (NVM 1.1, section 3.3).
 */
#include <errno.h>

#include "tests.h"

#define BLOCKS 16u

/* A device, a queue, and a region with room for BLOCKS blocks and two pages more. */
struct bench {
	struct test *t;
	const struct znvme_ns *ns;
	struct znvme_queue *q;
	struct znvme_region *region;
	char *buf;  /* a page into the region */
	size_t len; /* bytes of BLOCKS blocks */
};

static struct bench set_up(struct test *t)
{
	struct bench b = {.t = t};

	test_open(t);
	b.ns = t->ns;
	b.len = (size_t)BLOCKS * b.ns->lba_bytes;
	b.q = test_queue(t, 16, 0);
	b.region = test_region(t, b.len + 8192);
	b.buf = b.region->addr + 4096;
	return b;
}

/* All BLOCKS blocks, by as few commands as MDTS allows; the first status that is not success. */
static int rw(struct bench *b, uint8_t opcode, uint64_t slba)
{
	uint32_t most = b->ns->max_nlb < BLOCKS ? b->ns->max_nlb : BLOCKS;
	int status = 0;

	for (uint32_t done = 0; done < BLOCKS && !status; done += most) {
		uint32_t nlb = BLOCKS - done < most ? BLOCKS - done : most;

		status = test_rw(b->t, b->q, opcode, b->region,
				 b->buf + (size_t)done * b->ns->lba_bytes, slba + done, nlb);
	}
	return status;
}

static void write_pattern(struct bench *b, uint64_t slba, uint64_t seed)
{
	fill_pattern(b->buf, b->len, seed);
	CHECK_OK(rw(b, ZNVME_CMD_WRITE, slba));
}

static void read_back(struct bench *b, uint64_t slba)
{
	memset(b->buf, 0x5a, b->len);
	CHECK_OK(rw(b, ZNVME_CMD_READ, slba));
}

/* Send what a constructor without data has prepared. */
static int send(struct bench *b,
		int (*prep)(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint64_t slba,
			    uint32_t nlb),
		uint64_t slba, uint32_t nlb)
{
	struct znvme_sqe *sqe = znvme_get_sqe(b->q, b);

	CHECK(sqe);
	CHECK_OK(prep(sqe, b->ns, slba, nlb));
	CHECK_OK(znvme_submit(b->q));
	return test_complete(b->q, b);
}

static void flush(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_sqe *sqe;

	write_pattern(&b, 0, 1);
	sqe = znvme_get_sqe(b.q, &b);
	CHECK(sqe);
	znvme_prep_flush(sqe, b.ns);
	CHECK_OK(znvme_submit(b.q));
	CHECK_OK(test_complete(b.q, &b));
}

static void force_unit_access(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_sqe *sqe = znvme_get_sqe(b.q, &b);
	size_t bytes = b.ns->lba_bytes;

	fill_pattern(b.buf, 2 * bytes, 2);
	CHECK_OK(znvme_prep_write(sqe, b.ns, b.region, b.buf, 3, 2));
	sqe->cdw12 |= ZNVME_RW_FUA;
	CHECK_OK(znvme_submit(b.q));
	CHECK_OK(test_complete(b.q, &b));
	read_back(&b, 3);
	CHECK_PATTERN(b.buf, 2 * bytes, 2);
}

static void compare(struct test *t)
{
	struct bench b = set_up(t);

	write_pattern(&b, 5, 3);
	CHECK_OK(rw(&b, ZNVME_CMD_COMPARE, 5));
	b.buf[b.len - 1] ^= 1;
	CHECK_STATUS(rw(&b, ZNVME_CMD_COMPARE, 5), ZNVME_SC_COMPARE_FAILURE);
	b.buf[b.len - 1] ^= 1;
	b.buf[0] ^= 1;
	CHECK_STATUS(rw(&b, ZNVME_CMD_COMPARE, 5), ZNVME_SC_COMPARE_FAILURE);
	b.buf[0] ^= 1;
	CHECK_OK(rw(&b, ZNVME_CMD_COMPARE, 5));
}

static void write_zeroes(struct test *t)
{
	struct bench b = set_up(t);
	size_t bytes = b.ns->lba_bytes;

	write_pattern(&b, 7, 4);
	CHECK_OK(send(&b, znvme_prep_write_zeroes, 8, BLOCKS - 2));
	read_back(&b, 7);
	CHECK_PATTERN(b.buf, bytes, 4);
	CHECK_BYTES(b.buf + bytes, b.len - 2 * bytes, 0);
	/* The last block is as it was: compare with the pattern's tail. */
	char *tail = b.buf + b.len - bytes;

	memmove(b.region->addr, tail, bytes < 4096 ? bytes : 4096);
	fill_pattern(b.buf, b.len, 4);
	CHECK(memcmp(b.region->addr, tail, bytes < 4096 ? bytes : 4096) == 0);
}

static void deallocate(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_dsm_range *ranges = (void *)b.region->addr;
	struct znvme_sqe *sqe;
	size_t bytes = b.ns->lba_bytes;

	write_pattern(&b, 64, 5);
	memset(ranges, 0, 2 * sizeof(*ranges));
	ranges[0].slba = 65;
	ranges[0].nlb = 2;
	ranges[1].slba = 64 + BLOCKS;
	ranges[1].nlb = 8;
	sqe = znvme_get_sqe(b.q, &b);
	CHECK_OK(znvme_prep_dsm(sqe, b.ns, b.region, ranges, 2, ZNVME_DSM_AD));
	CHECK_OK(znvme_submit(b.q));
	CHECK_OK(test_complete(b.q, &b));
	read_back(&b, 64);
	CHECK_PATTERN(b.buf, bytes, 5);
	/* What a deallocated block reads as is the controller's choice; its neighbour is kept. */
	char *kept = b.buf + 3 * bytes;

	CHECK_OK(test_rw(t, b.q, ZNVME_CMD_READ, b.region, b.region->addr, 67, 1));
	fill_pattern(b.buf, b.len, 5);
	CHECK(memcmp(b.region->addr, kept, bytes < 4096 ? bytes : 4096) == 0);
}

static void dsm_ranges(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_dsm_range *ranges = (void *)b.region->addr;
	struct znvme_sqe *sqe = znvme_get_sqe(b.q, &b);

	CHECK_RC(znvme_prep_dsm(sqe, b.ns, b.region, ranges, 0, ZNVME_DSM_AD), -EINVAL);
	CHECK_RC(znvme_prep_dsm(sqe, b.ns, b.region, ranges, 257, ZNVME_DSM_AD), -EINVAL);
	memset(ranges, 0, 4096);
	for (unsigned i = 0; i < 256; i++) {
		ranges[i].slba = 128 + 2ull * i;
		ranges[i].nlb = 1;
	}
	CHECK_OK(znvme_prep_dsm(sqe, b.ns, b.region, ranges, 256, ZNVME_DSM_AD));
	CHECK_OK(znvme_submit(b.q));
	CHECK_OK(test_complete(b.q, &b));
}

static void verify(struct test *t)
{
	struct bench b = set_up(t);

	write_pattern(&b, 0, 6);
	CHECK_OK(send(&b, znvme_prep_verify, 0, BLOCKS));
	CHECK_STATUS(send(&b, znvme_prep_verify, b.ns->nr_blocks, 1), ZNVME_SC_LBA_RANGE);
}

static void write_uncorrectable(struct test *t)
{
	struct bench b = set_up(t);

	write_pattern(&b, 32, 7);
	CHECK_OK(send(&b, znvme_prep_write_uncorrectable, 34, 1));
	CHECK_STATUS(rw(&b, ZNVME_CMD_READ, 32), ZNVME_SC_UNRECOVERED_READ);
	CHECK_STATUS(test_rw(t, b.q, ZNVME_CMD_READ, b.region, b.buf, 34, 1),
		     ZNVME_SC_UNRECOVERED_READ);
	CHECK_OK(test_rw(t, b.q, ZNVME_CMD_READ, b.region, b.buf, 33, 1));
	CHECK_OK(test_rw(t, b.q, ZNVME_CMD_READ, b.region, b.buf, 35, 1));
	write_pattern(&b, 32, 8);
	read_back(&b, 32);
	CHECK_PATTERN(b.buf, b.len, 8);
}

static void check_out_of_range(int status)
{
	CHECK_STATUS(status, ZNVME_SC_LBA_RANGE);
	CHECK(strstr(znvme_strerror(status), "LBA"));
	CHECK_EQ(znvme_status_errno(status), -ERANGE);
}

static void out_of_range(struct test *t)
{
	struct bench b = set_up(t);
	uint64_t end = b.ns->nr_blocks;

	check_out_of_range(rw(&b, ZNVME_CMD_READ, end));
	check_out_of_range(rw(&b, ZNVME_CMD_READ, end - BLOCKS + 1));
	check_out_of_range(rw(&b, ZNVME_CMD_WRITE, end - 1));
	check_out_of_range(rw(&b, ZNVME_CMD_READ, UINT64_MAX));
	check_out_of_range(rw(&b, ZNVME_CMD_READ, 1ull << 32 | end));
	CHECK_OK(rw(&b, ZNVME_CMD_READ, end - BLOCKS));
}

static void wrong_namespace(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_sqe *sqe = znvme_get_sqe(b.q, &b);

	CHECK_OK(znvme_prep_read(sqe, b.ns, b.region, b.buf, 0, 1));
	sqe->nsid = 0xfffffff0;
	CHECK_OK(znvme_submit(b.q));
	CHECK_STATUS(test_complete(b.q, &b), ZNVME_SC_INVALID_NS);
}

static void wrong_opcode(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_sqe *sqe = znvme_get_sqe(b.q, &b);

	znvme_prep_flush(sqe, b.ns);
	sqe->opcode = 0xfc;
	CHECK_OK(znvme_submit(b.q));
	CHECK_STATUS(test_complete(b.q, &b), ZNVME_SC_INVALID_OPCODE);
}

static void block_counts(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_sqe *sqe = znvme_get_sqe(b.q, &b);

	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, b.buf, 0, 0), -EINVAL);
	CHECK_RC(znvme_prep_write(sqe, b.ns, b.region, b.buf, 0, 0), -EINVAL);
	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, b.buf, 0, b.ns->max_nlb + 1), -EINVAL);
	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, b.buf, 0, 65537), -EINVAL);
	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, b.buf, 0, UINT32_MAX), -EINVAL);
	CHECK_RC(znvme_prep_write_zeroes(sqe, b.ns, 0, 0), -EINVAL);
	CHECK_RC(znvme_prep_write_zeroes(sqe, b.ns, 0, 65537), -EINVAL);
	CHECK_RC(znvme_prep_verify(sqe, b.ns, 0, 0), -EINVAL);
	CHECK_RC(znvme_prep_write_uncorrectable(sqe, b.ns, 0, 0), -EINVAL);
	znvme_put_sqe(b.q, sqe);
}

static void buffers_out_of_bounds(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_sqe *sqe = znvme_get_sqe(b.q, &b);
	char *end = b.region->addr + b.region->len;
	size_t bytes = b.ns->lba_bytes;

	CHECK_OK(znvme_prep_read(sqe, b.ns, b.region, end - bytes, 0, 1));
	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, end - bytes + 1, 0, 1), -EINVAL);
	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, end - bytes + 4, 0, 1), -EINVAL);
	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, end, 0, 1), -EINVAL);
	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, b.region->addr - 4, 0, 1), -EINVAL);
	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, b.region->addr - bytes, 0, 1), -EINVAL);
	CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, NULL, 0, 1), -EINVAL);
	for (int odd = 1; odd < 4; odd++)
		CHECK_RC(znvme_prep_read(sqe, b.ns, b.region, b.buf + odd, 0, 1), -EINVAL);
	znvme_put_sqe(b.q, sqe);
	CHECK_OK(rw(&b, ZNVME_CMD_READ, 0));
}

static void delay_reads(void *arg, struct znvme_sim_command *command)
{
	(void)arg;
	if (command->qid && command->sqe.opcode == ZNVME_CMD_READ)
		command->delay_us = 3600 * 1000000ull;
}

/* Reads that take far longer than the test: each ends as it is cancelled. */
static void cancel(struct test *t)
{
	const struct znvme_sim_hooks hooks = {.command = delay_reads};
	struct znvme_cpl cpls[4];
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;
	uint16_t cids[3];
	int nr = 0;

	test_open(t);
	znvme_sim_set_hooks(t->sim, &hooks);
	q = test_queue(t, 8, 0);
	region = test_region(t, 4096);
	for (int i = 0; i < 3; i++) {
		sqe = znvme_get_sqe(q, &cids[i]);
		CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
		cids[i] = sqe->cid;
	}
	sqe = znvme_get_sqe(q, q);
	znvme_prep_cancel(sqe, t->ns, q, cids[1]);
	CHECK_OK(znvme_submit(q));
	while (nr < 2)
		nr += znvme_wait(q, cpls + nr, 2 - nr, PATIENCE_MS);
	CHECK(cpls[0].data == &cids[1] || cpls[1].data == &cids[1]);
	for (int i = 0; i < 2; i++) {
		if (cpls[i].data != q)
			CHECK_STATUS(cpls[i].status, ZNVME_SC_ABORT_REQUESTED);
		else
			CHECK_EQ(cpls[i].result, znvme_field_put(ZNVME_CANCEL_ABORTED, 1));
	}
	/* Again there is nothing to be found; then all that is left. */
	sqe = znvme_get_sqe(q, q);
	znvme_prep_cancel(sqe, t->ns, q, cids[1]);
	CHECK_OK(znvme_submit(q));
	CHECK_RC(znvme_wait(q, cpls, 1, PATIENCE_MS), 1);
	CHECK_OK(cpls[0].status);
	CHECK_EQ(cpls[0].result, 0);
	sqe = znvme_get_sqe(q, q);
	znvme_prep_cancel(sqe, t->ns, q, ZNVME_CID_ALL);
	CHECK_OK(znvme_submit(q));
	for (nr = 0; nr < 3;)
		nr += znvme_wait(q, cpls + nr, 3 - nr, PATIENCE_MS);
	for (int i = 0; i < 3; i++) {
		if (cpls[i].data != q)
			CHECK_STATUS(cpls[i].status, ZNVME_SC_ABORT_REQUESTED);
		else
			CHECK_EQ(cpls[i].result, 2);
	}
	CHECK_EQ(znvme_in_flight(q), 0);
}

static const struct test_case cases[] = {
	{"flush succeeds", flush, 0},
	{"a write with FUA is read back", force_unit_access, 0},
	{"compare tells equal from different", compare, HAS_COMPARE},
	{"write zeroes zeroes its range and no more", write_zeroes, HAS_WRITE_ZEROES},
	{"deallocate keeps what is beside its range", deallocate, HAS_DSM},
	{"dataset management takes 1 to 256 ranges", dsm_ranges, HAS_DSM},
	{"verify reads without sending", verify, HAS_VERIFY},
	{"an uncorrectable block fails until written", write_uncorrectable,
	 HAS_WRITE_UNCORRECTABLE},
	{"a range past the end gives its status and text", out_of_range, 0},
	{"a wrong namespace gives its status", wrong_namespace, 0},
	{"a wrong opcode gives its status", wrong_opcode, 0},
	{"commands are cancelled, one or all of a namespace", cancel, HAS_SIM},
	{"block counts are checked", block_counts, 0},
	{"buffers outside their region are refused", buffers_out_of_bounds, 0},
};

const struct test_group command_tests = {"command", cases, ARRAY_LEN(cases)};
