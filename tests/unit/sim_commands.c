// SPDX-License-Identifier: MIT
/*
 * The rest of the simulator's NVM Command Set, by hand: Copy, fused pairs, Write Zeroes of a whole
 * namespace (NVM 1.1, sections 2.1.3 and 3.3), and what is refused with which status.
 */
#include "sim_host.h"

#include <unistd.h>

#define RANGES (HOST_DATA + 8) /* page of source ranges */

static void write_blocks(struct host *host, uint32_t nsid, uint64_t slba, uint32_t nlb,
			 uint32_t seed)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_WRITE, slba, nlb, HOST_DATA);

	cmd.nsid = nsid;
	fill(page_addr(host, HOST_DATA), nlb * 512, seed);
	assert_int_equal(host_exec(host, 1, &cmd), 0);
}

static void blocks_are(struct host *host, uint32_t nsid, uint64_t slba, uint32_t nlb, uint32_t seed)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_READ, slba, nlb, HOST_DATA);
	char expected[4096];

	cmd.nsid = nsid;
	fill(expected, sizeof(expected), seed);
	memset(page_addr(host, HOST_DATA), 0xa5, PAGE);
	assert_int_equal(host_exec(host, 1, &cmd), 0);
	assert_memory_equal(page_addr(host, HOST_DATA), expected, nlb * 512);
}

/* A range of format 0 or 2 as the i-th. */
static void set_range(struct host *host, unsigned i, uint32_t nsid, uint64_t slba, uint32_t nlb)
{
	struct znvme_copy_range *range = (void *)page_addr(host, RANGES);

	range[i] =
		(struct znvme_copy_range){.snsid = nsid, .slba = slba, .nlb = (uint16_t)(nlb - 1)};
}

static struct znvme_sqe copy_command(uint64_t sdlba, unsigned format, unsigned nr)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_COPY, sdlba, nr, RANGES);

	cmd.cdw12 |= format << 8;
	return cmd;
}

static uint16_t copy(struct host *host, uint64_t sdlba, unsigned format, unsigned nr,
		     uint32_t *result)
{
	struct znvme_sqe cmd = copy_command(sdlba, format, nr);

	return host_exec_result(host, 1, &cmd, result);
}

static void copy_ranges(void **state)
{
	struct host host;
	uint32_t result = 77;

	(void)state;
	host_start(&host, "size=1M");
	write_blocks(&host, 1, 10, 3, 1);
	write_blocks(&host, 1, 20, 2, 2);
	set_range(&host, 0, 0, 20, 2);
	set_range(&host, 1, 0, 10, 3);
	assert_int_equal(copy(&host, 100, 0, 2, &result), 0);
	assert_int_equal(result, 0);
	blocks_are(&host, 1, 100, 2, 2);
	blocks_are(&host, 1, 102, 3, 1);
	blocks_are(&host, 1, 10, 3, 1);
	host_close(&host);
}

/* The longer entry of formats 1 and 3. */
static void copy_format_1(void **state)
{
	struct znvme_copy_range_ext *range;
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	range = (void *)page_addr(&host, RANGES);
	write_blocks(&host, 1, 0, 8, 3);
	range[0] = (struct znvme_copy_range_ext){.slba = 4, .nlb = 1};
	range[1] = (struct znvme_copy_range_ext){.slba = 0, .nlb = 3};
	assert_int_equal(copy(&host, 64, 1, 2, NULL), 0);
	write_blocks(&host, 1, 200, 8, 3);
	set_range(&host, 0, 0, 204, 2);
	set_range(&host, 1, 0, 200, 4);
	assert_int_equal(copy(&host, 300, 0, 2, NULL), 0);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(host_io(&host, ZNVME_CMD_READ, 64 + i, 1, HOST_DATA), 0);
		assert_int_equal(host_io(&host, ZNVME_CMD_COMPARE, 300 + i, 1, HOST_DATA), 0);
	}
	host_close(&host);
}

static void enable_formats(struct host *host, uint16_t cdfe)
{
	struct znvme_host_behavior *behavior = (void *)page_addr(host, HOST_DATA);

	memset(behavior, 0, sizeof(*behavior));
	behavior->cdfe = cdfe;
	assert_int_equal(
		host_admin(host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_HOST_BEHAVIOR, 0, NULL), 0);
}

static void copy_across_namespaces(void **state)
{
	uint32_t result;
	struct host host;

	(void)state;
	host_start(&host, "size=1M+1M+1M,bs=512+512+4096");
	write_blocks(&host, 2, 5, 4, 4);
	set_range(&host, 0, 2, 5, 4);
	assert_int_equal(copy(&host, 50, 2, 1, NULL), ZNVME_SC_INVALID_FIELD);
	enable_formats(&host, 1u << 2);
	assert_int_equal(copy(&host, 50, 3, 1, NULL), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(copy(&host, 50, 2, 1, NULL), 0);
	blocks_are(&host, 1, 50, 4, 4);
	set_range(&host, 1, 9, 0, 1);
	assert_int_equal(copy(&host, 50, 2, 2, &result), ZNVME_SC_INVALID_NS);
	assert_int_equal(result, 1);
	set_range(&host, 1, 3, 0, 1);
	assert_int_equal(copy(&host, 50, 2, 2, NULL), ZNVME_SC_INCOMPATIBLE_NS);
	/* A reset takes it back. */
	host_enable_as(&host, 0);
	host_enable(&host);
	host_create_queue(&host, 1);
	assert_int_equal(copy(&host, 50, 2, 1, NULL), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

static void copy_limits(void **state)
{
	uint32_t result;
	struct host host;

	(void)state;
	host_start(&host, "size=1M,mssrl=8,mcl=16,msrc=4");
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, 1), 0);
	{
		const struct znvme_id_ns *id = (void *)page_addr(&host, HOST_DATA);

		assert_int_equal(id->mssrl, 8);
		assert_int_equal(id->mcl, 16);
		assert_int_equal(id->msrc, 3);
	}
	for (unsigned i = 0; i < 5; i++)
		set_range(&host, i, 0, i * 8, 4);
	assert_int_equal(copy(&host, 1000, 0, 4, NULL), 0);
	assert_int_equal(copy(&host, 1000, 0, 5, NULL), ZNVME_SC_CMD_SIZE_LIMIT);
	set_range(&host, 3, 0, 0, 5);
	assert_int_equal(copy(&host, 1000, 0, 4, NULL), ZNVME_SC_CMD_SIZE_LIMIT);
	set_range(&host, 1, 0, 0, 9);
	assert_int_equal(copy(&host, 1000, 0, 2, &result), ZNVME_SC_CMD_SIZE_LIMIT);
	assert_int_equal(result, 1);
	set_range(&host, 1, 0, 2046, 3);
	assert_int_equal(copy(&host, 1000, 0, 2, &result), ZNVME_SC_LBA_RANGE);
	assert_int_equal(result, 1);
	assert_int_equal(copy(&host, 2045, 0, 1, NULL), ZNVME_SC_LBA_RANGE);
	assert_int_equal(copy(&host, 2, 0, 1, NULL), ZNVME_SC_OVERLAPPING_IO_RANGE);
	assert_int_equal(copy(&host, 4, 0, 1, NULL), 0);
	assert_int_equal(copy(&host, 1000, 4, 1, NULL), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
	host_start(&host, "size=1M,without=copy");
	assert_int_equal(copy(&host, 1000, 0, 1, NULL), ZNVME_SC_INVALID_OPCODE);
	host_close(&host);
}

/* A source that cannot be read copies nothing; a destination that could not be is mended. */
static void copy_bad_blocks(void **state)
{
	uint32_t result;
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	write_blocks(&host, 1, 0, 8, 5);
	write_blocks(&host, 1, 100, 8, 6);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_UNCORRECTABLE, 6, 1, 0), 0);
	set_range(&host, 0, 0, 0, 4);
	set_range(&host, 1, 0, 4, 4);
	assert_int_equal(copy(&host, 100, 0, 2, &result), ZNVME_SC_UNRECOVERED_READ);
	assert_int_equal(result, 1);
	blocks_are(&host, 1, 100, 8, 6);
	set_range(&host, 0, 0, 100, 1);
	assert_int_equal(copy(&host, 6, 0, 1, NULL), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 6, 1, HOST_DATA), 0);
	host_close(&host);
}

/* What was copied and not flushed may be lost, and no more than that. */
static void copy_is_cached(void **state)
{
	struct znvme_sqe cmd;
	struct host host;
	char path[] = "/tmp/znvme-copy-XXXXXX";
	char options[128];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	snprintf(options, sizeof(options), "size=1M,cache=1M,file=%s", path);
	for (unsigned seed = 0; seed < 8; seed++) {
		char seeded[160];

		snprintf(seeded, sizeof(seeded), "%s,seed=%u", options, seed);
		host_start(&host, seeded);
		write_blocks(&host, 1, 0, 4, 7);
		write_blocks(&host, 1, 100, 8, 8);
		cmd = (struct znvme_sqe){.opcode = ZNVME_CMD_FLUSH, .nsid = 1};
		assert_int_equal(host_exec(&host, 1, &cmd), 0);
		set_range(&host, 0, 0, 0, 4);
		cmd = copy_command(100, 0, 1);
		cmd.cdw12 |= seed & 1 ? ZNVME_RW_FUA : 0;
		assert_int_equal(host_exec(&host, 1, &cmd), 0);
		znvme_sim_power_loss(host.sim);
		host_close(&host);
		host_start(&host, options);
		if (seed & 1)
			blocks_are(&host, 1, 100, 4, 7);
		blocks_are(&host, 1, 0, 4, 7);
		host_close(&host);
	}
	close(fd);
	unlink(path);
}

/* ---- fused pairs --------------------------------------------------------------------------- */

/* Put a pair into queue 1: the blocks are compared with page `old` and written from page `new`. */
static void queue_pair(struct host *host, uint64_t slba, uint32_t nlb, unsigned old, unsigned new)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_COMPARE, slba, nlb, old);

	cmd.flags = ZNVME_SQE_FUSE_FIRST;
	host_queue_command(host, 1, &cmd);
	cmd = io_command(ZNVME_CMD_WRITE, slba, nlb, new);
	cmd.flags = ZNVME_SQE_FUSE_SECOND;
	host_queue_command(host, 1, &cmd);
}

static void pair_ends(struct host *host, uint16_t first, uint16_t second)
{
	struct znvme_cqe cqe;

	assert_true(host_reap(host, 1, &cqe));
	assert_int_equal(cqe.status >> 1 & ZNVME_STATUS_CODE, first);
	assert_true(host_reap(host, 1, &cqe));
	assert_int_equal(cqe.status >> 1 & ZNVME_STATUS_CODE, second);
	assert_false(host_reap(host, 1, &cqe));
}

static void fused_pair(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "size=1M,awun=8");
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	{
		const struct znvme_id_ctrl *id = (void *)page_addr(&host, HOST_DATA);

		assert_int_equal(id->fuses, ZNVME_CTRL_FUSES_COMPARE_WRITE);
		assert_int_equal(id->acwu, 7);
	}
	/* More pairs than the ring has entries: some are its last and its first. */
	write_blocks(&host, 1, 0, 8, 0);
	for (unsigned i = 0; i < 3 * HOST_SIZE; i++) {
		fill(page_addr(&host, HOST_DATA + 1), 4096, i);
		fill(page_addr(&host, HOST_DATA + 2), 4096, i + 1);
		queue_pair(&host, 0, 8, HOST_DATA + 1, HOST_DATA + 2);
		host_ring(&host, 1);
		pair_ends(&host, 0, 0);
		if (i % 5 == 4) { /* an odd number of commands */
			struct znvme_sqe cmd = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};

			assert_int_equal(host_exec(&host, 1, &cmd), 0);
		}
	}
	blocks_are(&host, 1, 0, 8, 3 * HOST_SIZE);
	/* Others than expected: not written. */
	queue_pair(&host, 0, 8, HOST_DATA + 1, HOST_DATA + 1);
	host_ring(&host, 1);
	pair_ends(&host, ZNVME_SC_COMPARE_FAILURE, ZNVME_SC_ABORT_FUSED_FAILED);
	blocks_are(&host, 1, 0, 8, 3 * HOST_SIZE);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

static void fused_torn(void **state)
{
	struct znvme_sqe cmd;
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_start(&host, "size=1M,awun=8");
	/* The doorbell between the two. */
	cmd = io_command(ZNVME_CMD_COMPARE, 0, 1, HOST_DATA);
	cmd.flags = ZNVME_SQE_FUSE_FIRST;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_ABORT_FUSED_MISSING);
	cmd = io_command(ZNVME_CMD_WRITE, 0, 1, HOST_DATA);
	cmd.flags = ZNVME_SQE_FUSE_SECOND;
	fill(page_addr(&host, HOST_DATA), 512, 9);
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_ABORT_FUSED_MISSING);
	/* Another command between them, which is carried out. */
	cmd = io_command(ZNVME_CMD_COMPARE, 0, 1, HOST_DATA);
	cmd.flags = ZNVME_SQE_FUSE_FIRST;
	host_queue_command(&host, 1, &cmd);
	cmd = io_command(ZNVME_CMD_WRITE, 1, 1, HOST_DATA);
	host_queue_command(&host, 1, &cmd);
	cmd = io_command(ZNVME_CMD_WRITE, 0, 1, HOST_DATA);
	cmd.flags = ZNVME_SQE_FUSE_SECOND;
	host_queue_command(&host, 1, &cmd);
	host_ring(&host, 1);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.status >> 1 & ZNVME_STATUS_CODE, ZNVME_SC_ABORT_FUSED_MISSING);
	pair_ends(&host, 0, ZNVME_SC_ABORT_FUSED_MISSING);
	blocks_are(&host, 1, 1, 1, 9);
	/* Nothing of it was written to block 0. */
	memset(page_addr(&host, HOST_DATA), 0, 512);
	assert_int_equal(host_io(&host, ZNVME_CMD_COMPARE, 0, 1, HOST_DATA), 0);
	host_close(&host);
}

static void fused_refused(void **state)
{
	struct znvme_sqe cmd;
	struct host host;

	(void)state;
	host_start(&host, "size=1M,awun=4");
	memset(page_addr(&host, HOST_DATA), 0, PAGE);
	queue_pair(&host, 0, 5, HOST_DATA, HOST_DATA); /* more than ACWU */
	host_ring(&host, 1);
	pair_ends(&host, ZNVME_SC_ATOMIC_WRITE_UNIT, ZNVME_SC_ABORT_FUSED_FAILED);
	queue_pair(&host, 0, 4, HOST_DATA, HOST_DATA);
	host.queue[1].sq[(host.queue[1].tail + HOST_SIZE - 1) % HOST_SIZE].cdw10 = 1;
	host_ring(&host, 1); /* other blocks */
	pair_ends(&host, ZNVME_SC_INVALID_FIELD, ZNVME_SC_ABORT_FUSED_FAILED);
	queue_pair(&host, 0, 4, HOST_DATA, HOST_DATA);
	host.queue[1].sq[(host.queue[1].tail + HOST_SIZE - 2) % HOST_SIZE].opcode = ZNVME_CMD_READ;
	host_ring(&host, 1); /* no such pair */
	pair_ends(&host, ZNVME_SC_INVALID_FIELD, ZNVME_SC_ABORT_FUSED_FAILED);
	queue_pair(&host, 1ull << 40, 4, HOST_DATA, HOST_DATA);
	host_ring(&host, 1);
	pair_ends(&host, ZNVME_SC_LBA_RANGE, ZNVME_SC_ABORT_FUSED_FAILED);
	cmd = io_command(ZNVME_CMD_READ, 0, 1, HOST_DATA);
	cmd.flags = ZNVME_SQE_FUSE; /* reserved */
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
	host_start(&host, "size=1M,without=fused");
	queue_pair(&host, 0, 1, HOST_DATA, HOST_DATA);
	host_ring(&host, 1);
	pair_ends(&host, ZNVME_SC_INVALID_FIELD, ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

/* ---- Write Zeroes of a namespace ----------------------------------------------------------- */

static void zero_namespace(void **state)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_WRITE_ZEROES, UINT64_MAX, 1, 0);
	struct host host;

	(void)state;
	host_start(&host, "size=1M+1M");
	write_blocks(&host, 1, 0, 1, 1);
	write_blocks(&host, 1, 2047, 1, 2);
	write_blocks(&host, 2, 0, 1, 3);
	cmd.cdw12 |= ZNVME_RW_NSZ | ZNVME_RW_DEAC;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	memset(page_addr(&host, HOST_DATA), 0, PAGE);
	assert_int_equal(host_io(&host, ZNVME_CMD_COMPARE, 0, 1, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_COMPARE, 2047, 1, HOST_DATA), 0);
	blocks_are(&host, 2, 0, 1, 3);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copy_ranges),
		cmocka_unit_test(copy_format_1),
		cmocka_unit_test(copy_across_namespaces),
		cmocka_unit_test(copy_limits),
		cmocka_unit_test(copy_bad_blocks),
		cmocka_unit_test(copy_is_cached),
		cmocka_unit_test(fused_pair),
		cmocka_unit_test(fused_torn),
		cmocka_unit_test(fused_refused),
		cmocka_unit_test(zero_namespace),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
