/* SPDX-License-Identifier: MIT */
/*
 * Shadow doorbells of the simulated controller, without the driver: what the command takes, that a
 * host which honours the event indices hardly writes a register, and that no wake-up is lost on
 * either side.
 */
#include "sim_host.h"

#include <errno.h>
#include <sched.h>

#define AWAKE "dbbuf=1,dbbuf_idle=60000000" /* looks for a minute without finding anything */

static const struct znvme_sqe flush = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};

static uint16_t exec_config(struct host *host, uint64_t shadow, uint64_t eventidx)
{
	struct znvme_sqe cmd = {.opcode = ZNVME_ADM_DBBUF};

	cmd.dptr.prp.prp1 = shadow;
	cmd.dptr.prp.prp2 = eventidx;
	return host_exec(host, 0, &cmd);
}

static void use_shadow(struct host *host)
{
	memset(page_addr(host, HOST_SHADOW), 0, 2 * PAGE);
	assert_int_equal(exec_config(host, page_iova(HOST_SHADOW), page_iova(HOST_SHADOW + 1)), 0);
	host->shadow = (void *)page_addr(host, HOST_SHADOW);
	host->eventidx = (void *)page_addr(host, HOST_SHADOW + 1);
}

/* An enabled controller with I/O queue 1 and shadow doorbells. */
static void start_shadow(struct host *host, const char *options)
{
	host_start(host, options);
	use_shadow(host);
}

static uint32_t event_index(struct host *host, unsigned index)
{
	return __atomic_load_n(&host->eventidx[index], __ATOMIC_SEQ_CST);
}

/* The controller has gone to sleep: it asks for `value` of index `index`. */
static void wait_event_index(struct host *host, unsigned index, uint32_t value)
{
	for (unsigned i = 0; event_index(host, index) != value; i++) {
		assert_true(i < 5000);
		sleep_ms(1);
	}
}

/* The next completion, for which the host looks without sleeping, for ten seconds at most. */
static void spin(struct host *host, uint16_t qid, struct znvme_cqe *cqe)
{
	time_t end = time(NULL) + 10;

	while (!host_reap(host, qid, cqe)) {
		assert_true(time(NULL) <= end);
		sched_yield();
	}
}

/* ---- the command --------------------------------------------------------------------------- */

static void test_config(void **state)
{
	const struct znvme_id_ctrl *ctrl;
	struct znvme_device *dev;
	struct host host;

	(void)state;
	host_open(&host, "");
	ctrl = (void *)page_addr(&host, HOST_DATA);
	host_enable(&host);
	assert_int_equal(exec_config(&host, page_iova(60), page_iova(61)), ZNVME_SC_INVALID_OPCODE);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_false(ctrl->oacs & ZNVME_CTRL_OACS_DBBUF);
	host_close(&host);

	host_open(&host, "dbbuf=1");
	ctrl = (void *)page_addr(&host, HOST_DATA);
	host_enable(&host);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_true(ctrl->oacs & ZNVME_CTRL_OACS_DBBUF);
	assert_int_equal(exec_config(&host, page_iova(60) + 64, page_iova(61)),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(exec_config(&host, page_iova(60), page_iova(61) + 4),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(exec_config(&host, 0, page_iova(61)), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(exec_config(&host, page_iova(60), page_iova(HOST_PAGES)),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(exec_config(&host, page_iova(60), page_iova(61)), 0);
	host_close(&host);

	assert_int_equal(znvme_sim_create("dbbuf=1,queues=512", &dev), -EINVAL);
	assert_non_null(strstr(znvme_errmsg(), "dbbuf"));
	assert_int_equal(znvme_sim_create("dbbuf=1,queues=511", &dev), 0);
	znvme_device_close(dev);
}

/* The Admin queue goes by its registers, and its event indices ask for them. */
static void test_admin_queue(void **state)
{
	struct host host;

	(void)state;
	start_shadow(&host, "dbbuf=1");
	for (unsigned i = 0; i < 2 * HOST_SIZE; i++) {
		assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
		assert_int_equal(event_index(&host, 0), host.queue[0].tail);
		assert_int_equal(event_index(&host, 1), host.queue[0].head);
	}
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

/* ---- commands ------------------------------------------------------------------------------ */

static void check_few_writes(const char *options, unsigned nr)
{
	struct znvme_sim_counters before;
	struct znvme_sim_counters after;
	struct znvme_cqe cqe;
	struct host host;

	start_shadow(&host, options);
	before = counters_of(&host);
	for (unsigned i = 0; i < nr; i++) {
		uint16_t cid = host_submit(&host, 1, &flush);

		spin(&host, 1, &cqe);
		assert_int_equal(cqe.cid, cid);
	}
	after = counters_of(&host);
	assert_int_equal(after.io_commands - before.io_commands, nr);
	assert_true(after.doorbells - before.doorbells < 10);
	assert_true(after.shadow_doorbells - before.shadow_doorbells >= nr);
	assert_int_equal(after.protocol_errors, 0);
	host_close(&host);
}

/* One command at a time over many rounds of the ring: two register writes each without shadows. */
static void test_few_writes(void **state)
{
	(void)state;
	check_few_writes(AWAKE, 20000);
	check_few_writes(AWAKE ",latency=0-50", 5000);
}

/* Queues that are made later are shadowed too; several commands at a time, on two queues. */
static void test_batches(void **state)
{
	uint16_t expected[3] = {0};
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	start_shadow(&host, "dbbuf=1");
	host_create_queue_of(&host, 2, 5);
	for (unsigned round = 0; round < 500; round++) {
		for (uint16_t qid = 1; qid <= 2; qid++) {
			for (unsigned i = 0; i < 1 + round % 4; i++)
				host_queue_command(&host, qid, &flush);
			host_ring(&host, qid);
		}
		for (uint16_t qid = 1; qid <= 2; qid++) {
			for (unsigned i = 0; i < 1 + round % 4; i++) {
				spin(&host, qid, &cqe);
				assert_int_equal(cqe.cid, ++expected[qid]);
			}
		}
	}
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

/* ---- wake-ups ------------------------------------------------------------------------------ */

/* Asleep, the controller asks to be rung, once. */
static void test_idle(void **state)
{
	struct znvme_cqe cqe;
	struct host host;
	uint64_t doorbells;

	(void)state;
	start_shadow(&host, "dbbuf=1");
	for (unsigned i = 0; i < 2 * HOST_SIZE; i++) {
		wait_event_index(&host, 2, host.queue[1].tail);
		doorbells = counters_of(&host).doorbells;
		host_submit(&host, 1, &flush);
		assert_int_equal(counters_of(&host).doorbells, doorbells + 1);
		assert_true(host_reap(&host, 1, &cqe)); /* a register is a call */
	}
	host_close(&host);
}

/*
 * Commands that come about when the controller falls asleep. A wake-up that is lost on the way is a
 * completion that never comes.
 */
static void check_wakeups(const char *options)
{
	struct znvme_cqe cqe;
	struct host host;
	uint32_t random = 1;

	start_shadow(&host, options);
	for (unsigned i = 0; i < 50000; i++) {
		random = random * 1664525u + 1013904223u;
		for (uint32_t pause = (random >> 16) % 16; pause; pause--)
			sched_yield();
		host_submit(&host, 1, &flush);
		spin(&host, 1, &cqe);
	}
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

static void test_no_wakeup_is_lost(void **state)
{
	(void)state;
	check_wakeups("dbbuf=1,dbbuf_idle=0");
	check_wakeups("dbbuf=1,dbbuf_idle=2");
	check_wakeups("dbbuf=1,dbbuf_idle=2,latency=0-10");
}

/*
 * A full completion queue: the head in the shadow doorbell makes room, also when the controller has
 * gone to sleep over it.
 */
static void test_full_cq(void **state)
{
	uint16_t expected = 0;
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_open(&host, "dbbuf=1");
	host_enable(&host);
	host_init_queue(&host, 1, 8);
	assert_int_equal(host_create_cq(&host, 1, 4, ZNVME_CREATE_PC), 0);
	assert_int_equal(host_create_sq(&host, 1, 8, 1), 0);
	use_shadow(&host);
	for (unsigned i = 0; i < 7; i++)
		host_queue_command(&host, 1, &flush);
	host_ring(&host, 1);
	wait_event_index(&host, 3, 0);
	wait_event_index(&host, 2, 7);
	host.queue[1].size = 4;
	while (expected < 7) {
		spin(&host, 1, &cqe);
		assert_int_equal(cqe.cid, ++expected);
		if (expected == 3)
			wait_event_index(&host, 2, 7);
	}
	assert_int_equal(event_index(&host, 3), 3); /* the tail: no head gets past it */
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

/* ---- mistakes and resets ------------------------------------------------------------------- */

static void test_bad_indices(void **state)
{
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	start_shadow(&host, AWAKE);
	__atomic_store_n(&host.shadow[2], HOST_SIZE, __ATOMIC_SEQ_CST);
	write32(&host, znvme_sq_doorbell_offset(1, 0), HOST_SIZE);
	sleep_ms(20); /* looked at many times, told once */
	assert_int_equal(counters_of(&host).protocol_errors, 1);
	assert_int_equal(counters_of(&host).io_commands, 0);

	/* a register that says otherwise: the shadow has it right */
	host_queue_command(&host, 1, &flush);
	__atomic_store_n(&host.shadow[2], 1, __ATOMIC_SEQ_CST);
	write32(&host, znvme_sq_doorbell_offset(1, 0), 5);
	spin(&host, 1, &cqe);
	assert_int_equal(counters_of(&host).protocol_errors, 2);
	assert_int_equal(counters_of(&host).io_commands, 1);

	/* a head beyond what was posted */
	__atomic_store_n(&host.shadow[3], 7, __ATOMIC_SEQ_CST);
	write32(&host, znvme_cq_doorbell_offset(1, 0), 7);
	assert_int_equal(counters_of(&host).protocol_errors, 3);
	host_close(&host);
}

/* The settings end with the controller, and with host memory that is gone ends the controller. */
static void test_reset(void **state)
{
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	start_shadow(&host, AWAKE);
	host_submit(&host, 1, &flush);
	spin(&host, 1, &cqe);
	write32(&host, ZNVME_REG_CC, 0);
	memset(page_addr(&host, HOST_SHADOW), 0xff, 2 * PAGE);
	host.shadow = NULL;
	host_enable(&host);
	host_create_queue(&host, 1);
	for (unsigned i = 0; i < 2 * HOST_SIZE; i++)
		assert_int_equal(host_exec(&host, 1, &flush), 0);
	for (unsigned i = 0; i < PAGE / 4; i++)
		assert_int_equal(((uint32_t *)(void *)page_addr(&host, HOST_SHADOW + 1))[i],
				 UINT32_MAX);
	assert_int_equal(counters_of(&host).protocol_errors, 0);

	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	host_create_queue(&host, 1);
	use_shadow(&host);
	assert_int_equal(host.dev->ops->dma_unmap(host.dev, HOST_IOVA, (size_t)HOST_PAGES * PAGE),
			 0);
	for (unsigned i = 0; !(read32(&host, ZNVME_REG_CSTS) & ZNVME_CSTS_CFS); i++) {
		assert_true(i < 5000);
		sleep_ms(1);
	}
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config),	   cmocka_unit_test(test_admin_queue),
		cmocka_unit_test(test_few_writes), cmocka_unit_test(test_batches),
		cmocka_unit_test(test_idle),	   cmocka_unit_test(test_no_wakeup_is_lost),
		cmocka_unit_test(test_full_cq),	   cmocka_unit_test(test_bad_indices),
		cmocka_unit_test(test_reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
