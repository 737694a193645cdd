/* SPDX-License-Identifier: MIT */
/*
 * Arbitration of the simulated controller, without the driver: the order in which commands are
 * fetched that wait in several queues, and how many are under way at a time. One command that never
 * ends holds the others back until they are all there.
 */
#include "sim_host.h"

#define BLOCKER 7u /* the queue of that command */
#define WRR	(HOST_CC | (uint32_t)ZNVME_CC_AMS_WRR << 11)
#define ORDER	64u

static const struct znvme_sqe flush = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};

/* The queues that were fetched from, as digits. */
struct order {
	char qid[ORDER + 1];
	unsigned nr;
};

static void on_command(void *arg, struct znvme_sim_command *command)
{
	struct order *order = arg;

	if (!command->qid)
		return;
	if (command->qid == BLOCKER)
		command->delay_us = 3600000000u;
	else if (order->nr < ORDER)
		order->qid[order->nr++] = (char)('0' + command->qid);
}

/* I/O queue `qid` of a priority: 0 urgent, 1 high, 2 medium, 3 low. */
static void create_queue(struct host *host, uint16_t qid, uint32_t priority)
{
	struct znvme_sqe cmd =
		admin_command(ZNVME_ADM_CREATE_SQ, 0, (HOST_SIZE - 1) << 16 | qid,
			      (uint32_t)qid << 16 | priority << 1 | ZNVME_CREATE_PC, 2u * qid);

	host_init_queue(host, qid, HOST_SIZE);
	assert_int_equal(host_create_cq(host, qid, HOST_SIZE, ZNVME_CREATE_PC), 0);
	assert_int_equal(host_exec(host, 0, &cmd), 0);
}

/*
 * Put commands[i] commands of priority priority[i] into queue i + 1, all before the first is
 * fetched: in which order are they?
 */
static void check_order(uint32_t cc, uint32_t arbitration, const unsigned *priority,
			const unsigned *commands, const char *expected)
{
	struct order order = {.nr = 0};
	struct znvme_sim_hooks hooks = {.arg = &order, .command = on_command};
	struct host host;
	uint16_t cid;

	host_open(&host, "wrr=1,inflight=1");
	host_enable_as(&host, cc);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY);
	assert_int_equal(host_admin(&host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_ARBITRATION,
				    arbitration, NULL),
			 0);
	znvme_sim_set_hooks(host.sim, &hooks);
	create_queue(&host, BLOCKER, 0);
	cid = host_submit(&host, BLOCKER, &flush);
	for (uint16_t qid = 1; qid < BLOCKER; qid++) {
		create_queue(&host, qid, priority[qid - 1]);
		for (unsigned i = 0; i < commands[qid - 1]; i++)
			host_queue_command(&host, qid, &flush);
		if (commands[qid - 1])
			host_ring(&host, qid);
	}
	assert_int_equal(order.nr, 0);
	assert_int_equal(counters_of(&host).max_outstanding, 1);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_ABORT, 0, (uint32_t)cid << 16 | BLOCKER, 0, NULL), 0);
	assert_string_equal(order.qid, expected);
	assert_int_equal(counters_of(&host).max_outstanding, 1);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

#define WEIGHTS(high, medium, low)                                                                 \
	(((uint32_t)(high)-1) << 24 | ((uint32_t)(medium)-1) << 16 | ((uint32_t)(low)-1) << 8)

static void test_round_robin(void **state)
{
	static const unsigned mixed[6] = {3, 2, 0, 1, 3, 3};
	static const unsigned three[6] = {4, 2, 5};

	(void)state;
	check_order(HOST_CC, 0, mixed, three, "12312313133");
	check_order(HOST_CC, 1, mixed, three, "11223311333");
	check_order(HOST_CC, 7, mixed, three, "11112233333");
}

static void test_weights(void **state)
{
	static const unsigned classes[6] = {3, 2, 1, 0, 1, 3};
	static const unsigned each[6] = {6, 6, 9, 3};
	static const unsigned two[6] = {4, 0, 6, 2, 6, 4};

	(void)state;
	/* urgent first; then four high, two medium, one low, while there are */
	check_order(WRR, WEIGHTS(4, 2, 1), classes, each, "444333322133332213221111");
	/* queues of a class take turns, by bursts */
	check_order(WRR, WEIGHTS(4, 1, 2), classes, two, "4435351635351635351616");
	check_order(WRR, WEIGHTS(4, 1, 2) | 1, classes, two, "4433551133556633551166");
	/* a burst without limit stays within the weight */
	check_order(WRR, WEIGHTS(1, 1, 1) | 7, classes, each, "444321321321321321321333");
}

/* What controllers offer and take. */
static void test_offer(void **state)
{
	struct host host;

	(void)state;
	host_open(&host, "");
	assert_false(host.dev->ops->reg_read(host.dev, ZNVME_REG_CAP, 8) & ZNVME_CAP_AMS_WRR);
	host_enable_as(&host, WRR);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_CFS);
	host_close(&host);
	host_open(&host, "wrr=1");
	assert_true(host.dev->ops->reg_read(host.dev, ZNVME_REG_CAP, 8) & ZNVME_CAP_AMS_WRR);
	host_enable_as(&host, HOST_CC | (uint32_t)ZNVME_CC_AMS_VS << 11);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_CFS);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable_as(&host, WRR);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY);
	host_create_queue(&host, 1);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	host_close(&host);
}

/* No more under way than the option says, and all of them end. */
static void test_inflight(void **state)
{
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_open(&host, "inflight=3,latency=0-200");
	host_enable(&host);
	host_create_queue(&host, 1);
	host_create_queue(&host, 2);
	for (unsigned round = 0; round < 20; round++) {
		for (uint16_t qid = 1; qid <= 2; qid++) {
			for (unsigned i = 0; i < HOST_SIZE - 1; i++)
				host_queue_command(&host, qid, &flush);
			host_ring(&host, qid);
		}
		for (uint16_t qid = 1; qid <= 2; qid++)
			for (unsigned i = 0; i < HOST_SIZE - 1; i++)
				host_wait(&host, qid, &cqe);
	}
	assert_int_equal(counters_of(&host).max_outstanding, 3);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_robin),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_offer),
		cmocka_unit_test(test_inflight),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
