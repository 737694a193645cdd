/* SPDX-License-Identifier: MIT */
/*
 * What can be made to go wrong on the simulated controller: each hook, latency and its order,
 * interrupts and their loss, removal, fatal status, completions that nobody asked for. Without the
 * driver.
 */
#include "sim_host.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What the hooks below did and shall do. */
struct plan {
	struct host *host;
	struct znvme_sim_command command; /* fields that are set go into the next command */
	unsigned commands;
	uint64_t last_serial;
	bool spoil_data;
	uint16_t cqe_cid; /* not 0: the next completion has it */
	uint64_t csts;	  /* not 0: CSTS reads so */
	bool drop_writes;
	bool lose_interrupts;
	unsigned interrupts;
	bool remove; /* pull the device at the next command */
	bool event;  /* raise an event from within */
};

static void on_command(void *arg, struct znvme_sim_command *command)
{
	struct plan *plan = arg;

	plan->commands++;
	plan->last_serial = command->serial;
	assert_true(command->execute);
	assert_int_equal(command->completions, 1);
	if (plan->event)
		znvme_sim_async_event(plan->host->sim, ZNVME_AER_TYPE_VENDOR, 1, 0xc0);
	if (plan->remove)
		znvme_sim_remove(plan->host->sim);
	if (!plan->command.qid || plan->command.qid != command->qid)
		return;
	command->execute = plan->command.execute;
	command->status = plan->command.status;
	command->completions = plan->command.completions;
	command->delay_us = plan->command.delay_us;
	command->sqe.cdw10 ^= plan->command.sqe.cdw10;
	plan->command.qid = 0;
}

static void on_data(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len)
{
	struct plan *plan = arg;

	(void)sqe;
	if (plan->spoil_data)
		memset(data, 0x40 + qid, len);
}

static void on_completion(void *arg, uint16_t qid, struct znvme_cqe *cqe)
{
	struct plan *plan = arg;

	(void)qid;
	cqe->status ^= ZNVME_CQE_PHASE; /* is put right */
	if (plan->cqe_cid)
		cqe->cid = plan->cqe_cid;
	plan->cqe_cid = 0;
}

static void on_reg_read(void *arg, uint32_t offset, unsigned width, uint64_t *value)
{
	struct plan *plan = arg;

	(void)width;
	if (offset == ZNVME_REG_CSTS && plan->csts)
		*value = plan->csts;
}

static bool on_reg_write(void *arg, uint32_t offset, unsigned width, uint64_t value)
{
	struct plan *plan = arg;

	(void)offset;
	(void)width;
	(void)value;
	return !plan->drop_writes;
}

static bool on_interrupt(void *arg, unsigned vector)
{
	struct plan *plan = arg;

	(void)vector;
	plan->interrupts++;
	return !plan->lose_interrupts;
}

static void set_hooks(struct host *host, struct plan *plan)
{
	const struct znvme_sim_hooks hooks = {
		.arg = plan,
		.command = on_command,
		.data = on_data,
		.completion = on_completion,
		.reg_read = on_reg_read,
		.reg_write = on_reg_write,
		.interrupt = on_interrupt,
	};

	*plan = (struct plan){.host = host};
	znvme_sim_set_hooks(host->sim, &hooks);
}

static const struct znvme_sqe flush = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};

/* ---- hooks --------------------------------------------------------------------------------- */

static void test_command_hook(void **state)
{
	struct znvme_sqe read = io_command(ZNVME_CMD_READ, 0, 1, HOST_DATA);
	struct znvme_cqe cqe;
	struct host host;
	struct plan plan;
	uint16_t cid;

	(void)state;
	host_start(&host, "");
	set_hooks(&host, &plan);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	assert_int_equal(plan.commands, 1);
	assert_int_equal(plan.last_serial, 2); /* creating two queues were 0 and 1 */

	/* a status without carrying it out, as given */
	plan.command = (struct znvme_sim_command){
		.qid = 1, .completions = 1, .status = ZNVME_SC_INTERNAL | ZNVME_STATUS_DNR};
	host_submit(&host, 1, &flush);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.status >> 1, ZNVME_SC_INTERNAL | ZNVME_STATUS_DNR);

	/* lost, doubled, late, and changed */
	plan.command = (struct znvme_sim_command){.qid = 1, .execute = true};
	host_submit(&host, 1, &flush);
	assert_false(host_reap(&host, 1, &cqe));
	plan.command = (struct znvme_sim_command){.qid = 1, .execute = true, .completions = 2};
	cid = host_submit(&host, 1, &flush);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.cid, cid);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.cid, cid);
	plan.command = (struct znvme_sim_command){
		.qid = 1, .execute = true, .completions = 1, .delay_us = 3600000000};
	cid = host_submit(&host, 1, &flush);
	assert_false(host_reap(&host, 1, &cqe));
	assert_int_equal(host_exec(&host, 1, &flush), 0); /* overtakes it */
	assert_int_equal(host_admin(&host, ZNVME_ADM_ABORT, 0, (uint32_t)cid << 16 | 1, 0, NULL),
			 0);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.cid, cid);
	plan.command = (struct znvme_sim_command){
		.qid = 1, .execute = true, .completions = 1, .delay_us = 1000};
	cid = host_submit(&host, 1, &flush);
	host_wait(&host, 1, &cqe);
	assert_int_equal(cqe.cid, cid);
	plan.command = (struct znvme_sim_command){
		.qid = 1, .execute = true, .completions = 1, .sqe.cdw10 = 0xf0000000};
	assert_int_equal(host_exec(&host, 1, &read), ZNVME_SC_LBA_RANGE);

	/* none of it once they are gone */
	plan.command.qid = 1;
	plan.command.execute = false;
	znvme_sim_set_hooks(host.sim, NULL);
	assert_int_equal(host_exec(&host, 1, &read), 0);
	host_close(&host);
}

static void test_data_hook(void **state)
{
	struct host host;
	struct plan plan;
	char *data;

	(void)state;
	host_start(&host, "size=1M");
	set_hooks(&host, &plan);
	data = page_addr(&host, HOST_DATA);
	plan.spoil_data = true;
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_int_equal(data[4095], 0x40);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 8, HOST_DATA), 0);
	assert_int_equal(data[4095], 0x41);
	plan.spoil_data = false;
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 8, HOST_DATA), 0);
	assert_int_equal(data[4095], 0); /* the medium was not touched */
	host_close(&host);
}

static void test_completion_hook(void **state)
{
	struct znvme_cqe cqe;
	struct host host;
	struct plan plan;

	(void)state;
	host_start(&host, "");
	set_hooks(&host, &plan);
	plan.cqe_cid = 0x7777;
	host_submit(&host, 1, &flush);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.cid, 0x7777);
	for (unsigned i = 0; i < 3 * HOST_SIZE; i++)
		assert_int_equal(host_exec(&host, 1, &flush), 0);
	host_close(&host);
}

static void test_register_hooks(void **state)
{
	struct host host;
	struct plan plan;

	(void)state;
	host_start(&host, "");
	set_hooks(&host, &plan);
	plan.csts = ZNVME_CSTS_GONE;
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_GONE);
	plan.csts = 0;
	plan.drop_writes = true;
	write32(&host, ZNVME_REG_CC, 0);
	plan.drop_writes = false;
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	host_close(&host);
}

/* A hook may raise an event and pull the device; commands that wait are not carried out in it. */
static void test_hook_calls_back(void **state)
{
	struct znvme_sqe aer = {.opcode = ZNVME_ADM_ASYNC_EVENT};
	struct znvme_cqe cqe;
	struct host host;
	struct plan plan;

	(void)state;
	host_start(&host, "");
	host_submit(&host, 0, &aer);
	set_hooks(&host, &plan);
	plan.event = true;
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	assert_true(host_reap(&host, 0, &cqe));
	plan.event = false;
	plan.remove = true;
	host_submit(&host, 1, &flush);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_GONE);
	assert_false(host_reap(&host, 1, &cqe));
	host_close(&host);
}

/* ---- interrupts ---------------------------------------------------------------------------- */

static uint64_t signals(int fd)
{
	uint64_t value = 0;

	return read(fd, &value, sizeof(value)) == (ssize_t)sizeof(value) ? value : 0;
}

static void test_interrupts(void **state)
{
	struct znvme_cqe cqe;
	struct host host;
	struct plan plan;
	int fd[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		fd[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	host_open(&host, "vectors=2");
	assert_int_equal(host.dev->nr_vectors, 2);
	assert_int_equal(host.dev->ops->irq_set(host.dev, fd, 3), -EINVAL);
	assert_int_equal(host.dev->ops->irq_set(host.dev, fd, 2), 0);
	host_enable(&host);
	host_create_queue(&host, 1);
	host_create_queue(&host, 2); /* polled: there is no vector 2 */
	assert_int_equal(signals(fd[0]), 4);
	for (unsigned i = 0; i < 3; i++)
		host_queue_command(&host, 1, &flush);
	host_ring(&host, 1);
	assert_int_equal(signals(fd[1]), 1); /* one for the batch */
	while (host_reap(&host, 1, &cqe))
		;
	assert_int_equal(host_exec(&host, 2, &flush), 0);
	assert_int_equal(signals(fd[0]) + signals(fd[1]), 0);
	assert_int_equal(counters_of(&host).interrupts, 5);
	set_hooks(&host, &plan);
	plan.lose_interrupts = true;
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	assert_int_equal(plan.interrupts, 1);
	assert_int_equal(signals(fd[1]), 0);
	plan.lose_interrupts = false;
	assert_int_equal(host.dev->ops->irq_set(host.dev, NULL, 0), 0);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	assert_int_equal(signals(fd[1]), 0);
	znvme_sim_request_device(host.sim);
	assert_int_equal(signals(host.dev->request_fd), 1);
	host_close(&host);
	host_start(&host, "vectors=0");
	assert_null(host.dev->ops->irq_set);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	host_close(&host);
	for (unsigned i = 0; i < 3; i++)
		close(fd[i]);
}

/* ---- latency ------------------------------------------------------------------------------- */

#define DEPTH 256u

/* The order in which 255 reads complete; the same for the same seed. */
static void completion_order(const char *options, uint16_t order[DEPTH])
{
	struct znvme_sqe read = io_command(ZNVME_CMD_READ, 0, 1, HOST_DATA);
	struct znvme_cqe cqe;
	struct host host;

	host_open(&host, options);
	host_enable(&host);
	host_init_queue(&host, 1, 64);
	host_create_queue_of(&host, 1, 64);
	for (unsigned i = 0; i < 63; i++)
		host_queue_command(&host, 1, &read);
	host_ring(&host, 1);
	assert_int_equal(counters_of(&host).max_outstanding, 63);
	for (unsigned i = 0; i < 63; i++) {
		host_wait(&host, 1, &cqe);
		order[i] = cqe.cid;
	}
	assert_false(host_reap(&host, 1, &cqe));
	host_close(&host);
}

static void test_latency(void **state)
{
	uint16_t order[DEPTH];
	bool sorted = true;

	(void)state;
	completion_order("latency=1000", order);
	for (unsigned i = 0; i < 63; i++)
		assert_int_equal(order[i], i + 1);
	completion_order("latency=0-50000,seed=3", order);
	for (unsigned i = 1; i < 63; i++)
		sorted = sorted && order[i] > order[i - 1];
	assert_false(sorted);
}

/* Admin commands have a latency of their own, and are carried out at once all the same. */
static void test_admin_latency(void **state)
{
	const struct znvme_id_ctrl *ctrl;
	struct znvme_sqe identify =
		admin_command(ZNVME_ADM_IDENTIFY, 0, ZNVME_CNS_CTRL, 0, HOST_DATA);
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_open(&host, "admin_latency=3600000000");
	ctrl = (void *)page_addr(&host, HOST_DATA);
	host_enable(&host);
	host_submit(&host, 0, &identify);
	assert_int_equal(ctrl->cntrltype, ZNVME_CNTRLTYPE_IO);
	assert_false(host_reap(&host, 0, &cqe));
	host_close(&host);

	host_open(&host, "admin_latency=0-500");
	host_enable(&host);
	for (unsigned i = 0; i < 100; i++) {
		uint16_t cid = host_submit(&host, 0, &identify);

		host_wait(&host, 0, &cqe);
		assert_int_equal(cqe.cid, cid);
	}
	host_close(&host);
}

/* A polling thread, a submitting one and the simulator's: for ThreadSanitizer. */
static void *poll_thread(void *arg)
{
	struct host *host = arg;
	struct znvme_cqe cqe;

	for (unsigned i = 0; i < 500; i++) {
		host_wait(host, 2, &cqe);
		host_submit(host, 2, &flush);
	}
	host_wait(host, 2, &cqe);
	return NULL;
}

static void test_threads(void **state)
{
	struct znvme_cqe cqe;
	struct host host;
	pthread_t thread;

	(void)state;
	host_open(&host, "latency=0-200");
	host_enable(&host);
	host_create_queue(&host, 1);
	host_create_queue(&host, 2);
	host_submit(&host, 2, &flush);
	assert_int_equal(pthread_create(&thread, NULL, poll_thread, &host), 0);
	for (unsigned i = 0; i < 500; i++) {
		host_submit(&host, 1, &flush);
		host_wait(&host, 1, &cqe);
		assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

/* Reset and close with completions under way: they never come. */
static void test_reset_with_delays(void **state)
{
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_start(&host, "latency=20000");
	for (unsigned i = 0; i < 10; i++)
		host_submit(&host, 1, &flush);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	host_create_queue(&host, 1);
	sleep_ms(30);
	assert_false(host_reap(&host, 1, &cqe));
	host_submit(&host, 1, &flush);
	host_wait(&host, 1, &cqe);
	assert_int_equal(cqe.cid, 1);
	host_submit(&host, 1, &flush);
	host_close(&host);
}

/* ---- removal, failure, completions out of nowhere ------------------------------------------ */

static void test_removal(void **state)
{
	struct znvme_device *dev;
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_start(&host, "latency=200000");
	host_submit(&host, 1, &flush);
	znvme_sim_remove(host.sim);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0xffffffff);
	assert_true(host.dev->ops->reg_read(host.dev, ZNVME_REG_CAP, 8) == UINT64_MAX);
	host_submit(&host, 1, &flush);
	sleep_ms(250);
	assert_false(host_reap(&host, 1, &cqe));
	assert_int_equal(host.dev->ops->function_reset(host.dev), -ENODEV);
	assert_int_equal(host.dev->ops->dma_unmap(host.dev, HOST_IOVA, (size_t)HOST_PAGES * PAGE),
			 0);
	host_close(&host);
	assert_int_equal(znvme_sim_create("removed=1", &dev), 0);
	assert_true(dev->ops->reg_read(dev, ZNVME_REG_CAP, 8) == UINT64_MAX);
	znvme_device_close(dev);
}

static void test_fail(void **state)
{
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_start(&host, "");
	znvme_sim_fail(host.sim);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY | ZNVME_CSTS_CFS);
	host_submit(&host, 1, &flush);
	assert_false(host_reap(&host, 1, &cqe));
	write32(&host, ZNVME_REG_CC, 0);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0);
	host_enable(&host);
	host_create_queue(&host, 1);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	host_close(&host);
}

static void test_post_completion(void **state)
{
	const struct znvme_cqe made_up = {
		.dw0 = 5, .sqhd = 9, .sqid = 3, .cid = 77, .status = ZNVME_SC_INTERNAL << 1};
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_start(&host, "");
	assert_int_equal(znvme_sim_post_completion(host.sim, 2, &made_up), -ENOENT);
	assert_int_equal(znvme_sim_post_completion(host.sim, 999, &made_up), -ENOENT);
	assert_int_equal(znvme_sim_post_completion(host.sim, 1, &made_up), 0);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.dw0, 5);
	assert_int_equal(cqe.sqhd, 9);
	assert_int_equal(cqe.sqid, 3);
	assert_int_equal(cqe.cid, 77);
	assert_int_equal(cqe.status >> 1, ZNVME_SC_INTERNAL);
	host_close(&host);
}

/* Queue memory that is gone is fatal. */
static void test_queue_unmapped(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "");
	assert_int_equal(host.dev->ops->dma_unmap(host.dev, HOST_IOVA, (size_t)HOST_PAGES * PAGE),
			 0);
	host_submit(&host, 1, &flush);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY | ZNVME_CSTS_CFS);
	assert_int_equal(counters_of(&host).dma_refused, 1);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_hook),	cmocka_unit_test(test_data_hook),
		cmocka_unit_test(test_completion_hook), cmocka_unit_test(test_register_hooks),
		cmocka_unit_test(test_hook_calls_back), cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_latency),		cmocka_unit_test(test_admin_latency),
		cmocka_unit_test(test_threads),		cmocka_unit_test(test_reset_with_delays),
		cmocka_unit_test(test_removal),		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_post_completion), cmocka_unit_test(test_queue_unmapped),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
