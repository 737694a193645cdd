/* SPDX-License-Identifier: MIT */
/* The simulated controller's Host Memory Buffer, without the driver: what it refuses, and how it
 * finds out that the host has touched what it had lent. */
#include "sim_host.h"

#define LIST   (HOST_DATA)
#define BUFFER (HOST_DATA + 1)
#define PAGES  8u

static const struct znvme_sqe flush = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};

/* Two descriptors of four pages each. */
static void fill_list(struct host *host)
{
	struct znvme_hmb_desc *desc = (void *)page_addr(host, LIST);

	for (unsigned i = 0; i < 2; i++)
		desc[i] = (struct znvme_hmb_desc){page_iova(BUFFER + i * PAGES / 2), PAGES / 2, 0};
}

static struct znvme_sqe set_hmb(uint32_t cdw11)
{
	struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_SET_FEATURES,
		.cdw10 = ZNVME_FEAT_HMB,
		.cdw11 = cdw11,
		.cdw12 = PAGES,
		.cdw13 = (uint32_t)page_iova(LIST),
		.cdw14 = (uint32_t)(page_iova(LIST) >> 32),
		.cdw15 = 2,
	};

	return cmd;
}

static uint16_t give(struct host *host, uint32_t cdw11)
{
	struct znvme_sqe cmd = set_hmb(cdw11);

	return host_exec(host, 0, &cmd) & (ZNVME_STATUS_SCT | ZNVME_STATUS_SC);
}

static void start(struct host *host)
{
	host_open(host, "size=1M,hmb=64K,hmb_min=16K,hmb_descs=4,hmb_desc_min=8K");
	host_enable(host);
	fill_list(host);
}

static void test_fields(void **state)
{
	static const struct {
		size_t offset;
		uint32_t value;
	} wrong[] = {
		{offsetof(struct znvme_sqe, cdw12), 0},		/* no size */
		{offsetof(struct znvme_sqe, cdw12), 3},		/* below HMMIN */
		{offsetof(struct znvme_sqe, cdw12), PAGES + 1}, /* not the descriptors' sum */
		{offsetof(struct znvme_sqe, cdw13), (uint32_t)HOST_IOVA + 4}, /* not aligned */
		{offsetof(struct znvme_sqe, cdw15), 0},			      /* no descriptors */
		{offsetof(struct znvme_sqe, cdw15), 5},			      /* above HMMAXD */
	};
	struct znvme_hmb_desc *desc;
	struct host host;

	(void)state;
	start(&host);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct znvme_sqe cmd = set_hmb(ZNVME_FEAT_HMB_EHM);

		memcpy((char *)&cmd + wrong[i].offset, &wrong[i].value, sizeof(wrong[i].value));
		assert_int_equal(host_exec(&host, 0, &cmd) & ZNVME_STATUS_SC,
				 ZNVME_SC_INVALID_FIELD);
	}
	desc = (void *)page_addr(&host, LIST);
	desc[1].badd += 512;
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM), ZNVME_SC_INVALID_FIELD);
	fill_list(&host);
	desc[0].bsize = 1; /* below HMMINDS */
	desc[1].bsize = PAGES - 1;
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM), ZNVME_SC_INVALID_FIELD);
	fill_list(&host);
	desc[1].badd = 0x7000000000ull; /* not mapped */
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM), ZNVME_SC_DATA_TRANSFER);
	fill_list(&host);
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM), 0);
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM), ZNVME_SC_SEQUENCE);
	assert_int_equal(give(&host, 0), 0);
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM), 0);
	host_close(&host);
}

/* Without the option there is no such feature. */
static void test_absent(void **state)
{
	struct host host;

	(void)state;
	host_open(&host, "size=1M");
	host_enable(&host);
	fill_list(&host);
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

static void test_touched(void **state)
{
	struct host host;

	(void)state;
	start(&host);
	host_create_queue(&host, 1);
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(host_exec(&host, 1, &flush), 0);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	for (unsigned i = 0; i < PAGES; i++)
		memset(page_addr(&host, BUFFER + i), 0x5a, 8);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	assert_int_equal(counters_of(&host).protocol_errors, 1);
	host_close(&host);
}

/* Given back as it was, and not quite. */
static void test_returned(void **state)
{
	struct host host;

	(void)state;
	start(&host);
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM), 0);
	assert_int_equal(give(&host, 0), 0);
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM | ZNVME_FEAT_HMB_MR), 0);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	assert_int_equal(give(&host, 0), 0);
	page_addr(&host, BUFFER + 3)[0] ^= 1;
	assert_int_equal(give(&host, ZNVME_FEAT_HMB_EHM | ZNVME_FEAT_HMB_MR), 0);
	assert_int_equal(counters_of(&host).protocol_errors, 1);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_touched),
		cmocka_unit_test(test_returned),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
