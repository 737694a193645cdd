/* SPDX-License-Identifier: MIT */
/*
 * The simulated controller's Controller Memory Buffer, without the driver: registers, the BAR, and
 * queues, lists and data in it.
 */
#include "sim_host.h"

#include <errno.h>

#define CMB_SIZE (1u << 20)
#define CMB_BASE 0x7f0000000000ull /* far from what is mapped; a page of it a PAGE */
#define DATA	 HOST_DATA

static const struct znvme_sqe flush = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};

static uint64_t cmb_iova(unsigned page)
{
	return CMB_BASE + (uint64_t)page * PAGE;
}

/* An enabled controller whose buffer is mapped, and enabled at CMB_BASE. */
static char *start_cmb(struct host *host, const char *options)
{
	size_t len = CMB_SIZE;
	uint32_t loc;
	void *cmb;

	host_open(host, options);
	write64(host, ZNVME_REG_CMBMSC, CMB_BASE | ZNVME_CMBMSC_CRE | ZNVME_CMBMSC_CMSE);
	assert_int_equal(read32(host, ZNVME_REG_CMBSTS), 0);
	loc = read32(host, ZNVME_REG_CMBLOC);
	assert_int_equal(
		host->dev->ops->map_bar(host->dev, (unsigned)znvme_field_get(ZNVME_CMBLOC_BIR, loc),
					znvme_field_get(ZNVME_CMBLOC_OFST, loc) * PAGE, &len, &cmb),
		0);
	host_enable(host);
	return cmb;
}

/* I/O queue 1 with its submission or completion queue, or both, in the first pages of the buffer.
 */
static uint16_t create_queue_in(struct host *host, char *cmb, bool sq, bool cq)
{
	struct znvme_sqe cmd;
	uint16_t status;

	host_init_queue(host, 1, HOST_SIZE);
	cmd = admin_command(ZNVME_ADM_CREATE_CQ, 0, (HOST_SIZE - 1) << 16 | 1, ZNVME_CREATE_PC, 3);
	if (cq) {
		cmd.dptr.prp.prp1 = cmb_iova(1);
		host->queue[1].cq = memset(cmb + PAGE, 0, PAGE);
	}
	status = host_exec(host, 0, &cmd);
	if (status)
		return status;
	cmd = admin_command(ZNVME_ADM_CREATE_SQ, 0, (HOST_SIZE - 1) << 16 | 1,
			    1u << 16 | ZNVME_CREATE_PC, 2);
	if (sq) {
		cmd.dptr.prp.prp1 = cmb_iova(0);
		host->queue[1].sq = (void *)cmb;
	}
	return host_exec(host, 0, &cmd);
}

/* ---- registers and the BAR ----------------------------------------------------------------- */

static void test_registers(void **state)
{
	struct host host;
	uint64_t cap;
	uint32_t size;

	(void)state;
	host_open(&host, "");
	cap = host.dev->ops->reg_read(host.dev, ZNVME_REG_CAP, 8);
	assert_false(cap & ZNVME_CAP_CMBS);
	write64(&host, ZNVME_REG_CMBMSC, CMB_BASE | 3);
	for (uint32_t reg = ZNVME_REG_CMBMSC; reg <= ZNVME_REG_CMBSTS; reg += 4)
		assert_int_equal(read32(&host, reg), 0);
	host_close(&host);

	host_open(&host, "cmb=1M,cmb_for=sq+lists");
	cap = host.dev->ops->reg_read(host.dev, ZNVME_REG_CAP, 8);
	assert_true(cap & ZNVME_CAP_CMBS);
	assert_int_equal(read32(&host, ZNVME_REG_CMBLOC), 0); /* not asked for yet */
	assert_int_equal(read32(&host, ZNVME_REG_CMBSZ), 0);
	write32(&host, ZNVME_REG_CMBMSC, ZNVME_CMBMSC_CRE);
	size = read32(&host, ZNVME_REG_CMBSZ);
	assert_int_equal(znvme_field_get(ZNVME_CMBSZ_SZ, size), CMB_SIZE / PAGE);
	assert_int_equal(znvme_field_get(ZNVME_CMBSZ_SZU, size), 0);
	assert_int_equal(size & 0x1f, ZNVME_CMBSZ_SQS | ZNVME_CMBSZ_LISTS);
	assert_int_not_equal(read32(&host, ZNVME_REG_CMBLOC) & ZNVME_CMBLOC_OFST, 0);

	/* a base that the buffer does not fit behind */
	write64(&host, ZNVME_REG_CMBMSC, 0xfffffffffff01000ull | ZNVME_CMBMSC_CMSE);
	assert_int_equal(read32(&host, ZNVME_REG_CMBSTS), ZNVME_CMBSTS_CBAI);
	write64(&host, ZNVME_REG_CMBMSC, 0xfffffffffff00fffull);
	assert_int_equal(read32(&host, ZNVME_REG_CMBSTS), 0);
	assert_int_equal(read32(&host, ZNVME_REG_CMBMSC), 0xfff00003);
	assert_int_equal(read32(&host, ZNVME_REG_CMBMSC + 4), 0xffffffff);

	/* kept by Controller Reset, not by that of the function */
	host_enable(&host);
	write32(&host, ZNVME_REG_CC, 0);
	assert_int_equal(read32(&host, ZNVME_REG_CMBMSC), 0xfff00003);
	assert_int_equal(host.dev->ops->function_reset(host.dev), 0);
	assert_int_equal(read32(&host, ZNVME_REG_CMBMSC), 0);
	host_close(&host);
}

static int map_bar(struct host *host, unsigned bar, uint64_t offset, size_t len, void **addr)
{
	return host->dev->ops->map_bar(host->dev, bar, offset, &len, addr);
}

static void test_bar(void **state)
{
	struct host host;
	void *again;
	size_t all = 0;
	void *cmb;

	(void)state;
	host_open(&host, "cmb=1M");
	assert_int_equal(map_bar(&host, 2, PAGE, CMB_SIZE, &cmb), 0);
	memset(cmb, 0, CMB_SIZE);
	assert_int_equal(map_bar(&host, 2, 2 * PAGE, PAGE, &again), 0);
	assert_ptr_equal(again, (char *)cmb + PAGE);
	assert_int_equal(map_bar(&host, 0, 0, PAGE, &cmb), -EINVAL);
	assert_int_equal(map_bar(&host, 4, 0, PAGE, &cmb), -EINVAL);
	assert_int_equal(map_bar(&host, 2, 100, PAGE, &cmb), -EINVAL);
	assert_int_equal(map_bar(&host, 2, 2 * CMB_SIZE, PAGE, &cmb), -EINVAL);
	assert_int_equal(map_bar(&host, 2, CMB_SIZE, 2 * CMB_SIZE, &cmb), -EINVAL);
	/* All that is there: the BAR has the buffer and as much again, to be a power of two. */
	assert_int_equal(host.dev->ops->map_bar(host.dev, 2, PAGE, &all, &cmb), 0);
	assert_int_equal(all, 2 * CMB_SIZE - PAGE);
	host_close(&host);
	host_open(&host, "vectors=0");
	assert_int_equal(map_bar(&host, 2, 0, PAGE, &cmb), -EINVAL);
	host_close(&host);
}

/* ---- queues -------------------------------------------------------------------------------- */

static void check_queues(bool sq, bool cq)
{
	struct host host;
	char *cmb = start_cmb(&host, "cmb=1M");

	assert_int_equal(create_queue_in(&host, cmb, sq, cq), 0);
	for (unsigned i = 0; i < 3 * HOST_SIZE; i++)
		assert_int_equal(host_exec(&host, 1, &flush), 0);
	fill(page_addr(&host, DATA), PAGE, 1);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 0, 8, DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 8, DATA + 1), 0);
	assert_memory_equal(page_addr(&host, DATA), page_addr(&host, DATA + 1), PAGE);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	assert_int_equal(counters_of(&host).dma_refused, 0);
	host_close(&host);
}

static void test_queues(void **state)
{
	(void)state;
	check_queues(true, false);
	check_queues(false, true);
	check_queues(true, true);
}

/* The Admin queues as well. */
static void test_admin_queue(void **state)
{
	struct host host;
	char *cmb = start_cmb(&host, "cmb=1M");

	(void)state;
	write32(&host, ZNVME_REG_CC, 0);
	host_init_queue(&host, 0, HOST_SIZE);
	host.queue[0].sq = (void *)cmb;
	host.queue[0].cq = memset(cmb + PAGE, 0, PAGE);
	write64(&host, ZNVME_REG_ASQ, cmb_iova(0));
	write64(&host, ZNVME_REG_ACQ, cmb_iova(1));
	write32(&host, ZNVME_REG_CC, HOST_CC);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	host_close(&host);

	start_cmb(&host, "cmb=1M,cmb_for=sq");
	write32(&host, ZNVME_REG_CC, 0);
	write64(&host, ZNVME_REG_ACQ, cmb_iova(1));
	write32(&host, ZNVME_REG_CC, HOST_CC);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_CFS);
	host_close(&host);
}

static void test_queues_refused(void **state)
{
	struct znvme_sqe cmd;
	struct host host;
	char *cmb = start_cmb(&host, "cmb=1M,cmb_for=cq+lists+read+write");

	(void)state;
	assert_int_equal(create_queue_in(&host, cmb, true, true), ZNVME_SC_CMB_INVALID_USE);
	host_close(&host);
	cmb = start_cmb(&host, "cmb=1M,cmb_for=sq");
	assert_int_equal(create_queue_in(&host, cmb, false, true), ZNVME_SC_CMB_INVALID_USE);

	/* half in it, at either end */
	assert_int_equal(create_queue_in(&host, cmb, true, false), 0);
	cmd = admin_command(ZNVME_ADM_CREATE_SQ, 0, 127u << 16 | 2, 1u << 16 | ZNVME_CREATE_PC, 0);
	cmd.dptr.prp.prp1 = cmb_iova(CMB_SIZE / PAGE - 1);
	assert_int_equal(host_exec(&host, 0, &cmd), ZNVME_SC_CMB_INVALID_USE);
	cmd.dptr.prp.prp1 = CMB_BASE - PAGE;
	assert_int_equal(host_exec(&host, 0, &cmd), ZNVME_SC_CMB_INVALID_USE);
	cmd.dptr.prp.prp1 = cmb_iova(CMB_SIZE / PAGE - 2);
	assert_int_equal(host_exec(&host, 0, &cmd), 0);
	host_close(&host);

	/* around it */
	host_open(&host, "cmb=4K");
	write64(&host, ZNVME_REG_CMBMSC, page_iova(1001) | ZNVME_CMBMSC_CMSE);
	host_enable(&host);
	assert_int_equal(host_create_cq(&host, 1, HOST_SIZE, ZNVME_CREATE_PC), 0);
	cmd = admin_command(ZNVME_ADM_CREATE_SQ, 0, 255u << 16 | 1, 1u << 16 | ZNVME_CREATE_PC,
			    1000);
	assert_int_equal(host_exec(&host, 0, &cmd), ZNVME_SC_CMB_INVALID_USE);
	cmd.dptr.prp.prp1 = page_iova(1002);
	assert_int_equal(host_exec(&host, 0, &cmd), 0);
	host_close(&host);
}

/* ---- data ---------------------------------------------------------------------------------- */

static uint16_t exec_at(struct host *host, uint8_t opcode, uint32_t nlb, uint64_t prp1,
			uint64_t prp2)
{
	struct znvme_sqe cmd = io_command(opcode, 0, nlb, 0);

	cmd.dptr.prp.prp1 = prp1;
	cmd.dptr.prp.prp2 = prp2;
	return host_exec(host, 1, &cmd);
}

/* Data and PRP list in the buffer, or one of them; pages of either kind in one list. */
static void test_data(void **state)
{
	struct host host;
	char *cmb = start_cmb(&host, "cmb=1M");
	uint64_t *list = (void *)(cmb + 15 * PAGE);

	(void)state;
	host_create_queue(&host, 1);
	fill(cmb + 16 * PAGE, 4 * PAGE, 7);
	for (unsigned i = 0; i < 3; i++)
		list[i] = cmb_iova(17 + i);
	assert_int_equal(exec_at(&host, ZNVME_CMD_WRITE, 32, cmb_iova(16), cmb_iova(15)), 0);
	list[0] = page_iova(DATA + 1);
	list[1] = cmb_iova(40);
	list[2] = page_iova(DATA + 2);
	assert_int_equal(exec_at(&host, ZNVME_CMD_READ, 32, page_iova(DATA), cmb_iova(15)), 0);
	assert_memory_equal(page_addr(&host, DATA), cmb + 16 * PAGE, 2 * PAGE);
	assert_memory_equal(cmb + 40 * PAGE, cmb + 18 * PAGE, PAGE);
	assert_memory_equal(page_addr(&host, DATA + 2), cmb + 19 * PAGE, PAGE);
	assert_int_equal(counters_of(&host).dma_refused, 0);

	/* not beyond its end */
	assert_int_equal(exec_at(&host, ZNVME_CMD_READ, 16, cmb_iova(CMB_SIZE / PAGE - 1),
				 cmb_iova(CMB_SIZE / PAGE)),
			 ZNVME_SC_DATA_TRANSFER);
	host_close(&host);
}

static void test_sgl(void **state)
{
	struct host host;
	char *cmb = start_cmb(&host, "cmb=1M");
	struct znvme_sqe cmd = io_command(ZNVME_CMD_WRITE, 0, 8, 0);
	struct znvme_sgl *list = (void *)(cmb + 15 * PAGE);

	(void)state;
	host_create_queue(&host, 1);
	fill(cmb + 16 * PAGE, PAGE, 8);
	list[0] = (struct znvme_sgl){.addr = cmb_iova(16), .len = 96};
	list[1] = (struct znvme_sgl){.addr = cmb_iova(16) + 96, .len = PAGE - 96};
	cmd.flags = ZNVME_SQE_PSDT_SGL;
	cmd.dptr.sgl =
		(struct znvme_sgl){.addr = cmb_iova(15), .len = 32, .type = ZNVME_SGL_LAST_SEGMENT};
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 8, DATA), 0);
	assert_memory_equal(page_addr(&host, DATA), cmb + 16 * PAGE, PAGE);
	host_close(&host);
}

/* What the buffer does not take, or where it is not enabled. */
static void test_data_refused(void **state)
{
	static const struct {
		const char *options;
		uint16_t read;
		uint16_t write;
		uint16_t list;
	} rows[] = {
		{"cmb=1M,cmb_for=write+lists", ZNVME_SC_CMB_INVALID_USE, 0, 0},
		{"cmb=1M,cmb_for=read+lists", 0, ZNVME_SC_CMB_INVALID_USE, 0},
		{"cmb=1M,cmb_for=read+write", 0, 0, ZNVME_SC_CMB_INVALID_USE},
	};
	struct host host;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t *list = (void *)start_cmb(&host, rows[i].options);

		host_create_queue(&host, 1);
		list[0] = page_iova(DATA + 1);
		list[1] = page_iova(DATA + 2);
		assert_int_equal(exec_at(&host, ZNVME_CMD_READ, 8, cmb_iova(8), 0), rows[i].read);
		assert_int_equal(exec_at(&host, ZNVME_CMD_WRITE, 8, cmb_iova(8), 0), rows[i].write);
		assert_int_equal(exec_at(&host, ZNVME_CMD_READ, 24, page_iova(DATA), cmb_iova(0)),
				 rows[i].list);
		write32(&host, ZNVME_REG_CMBMSC, ZNVME_CMBMSC_CRE);
		assert_int_equal(exec_at(&host, ZNVME_CMD_READ, 8, cmb_iova(8), 0),
				 ZNVME_SC_DATA_TRANSFER);
		host_close(&host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_bar),
		cmocka_unit_test(test_queues),
		cmocka_unit_test(test_admin_queue),
		cmocka_unit_test(test_queues_refused),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_sgl),
		cmocka_unit_test(test_data_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
