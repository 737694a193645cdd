// SPDX-License-Identifier: MIT
/*
 * The failure ladder on the simulator: a deadline passes, Abort, controller reset, failed for good.
 * On every step each accepted command completes exactly once, and the user is told.
 */
#include <errno.h>

#include "tests.h"

static const struct znvme_open_options impatient = {
	.io_timeout_ms = 200, .admin_timeout_ms = 500, .ready_timeout_ms = 500};

/* What the hooks do. */
struct faults {
	int lose_opcode;   /* of the admin queue; -1: none */
	unsigned lose_io;  /* I/O commands that stay unanswered */
	unsigned delay_io; /* I/O commands that would take an hour */
	unsigned aborts;   /* Abort commands seen */
	bool lose_aborts;  /* they are not answered either */
	bool stay_down;	   /* CSTS.RDY stays 0 */
	bool read_zero;	   /* all registers do, as those of a device that an emulator took out */
};

static void on_command(void *arg, struct znvme_sim_command *command)
{
	struct faults *f = arg;

	if (command->qid == 0 && command->sqe.opcode == ZNVME_ADM_ABORT) {
		f->aborts++;
		command->completions = !f->lose_aborts;
	} else if (command->qid == 0) {
		command->completions = command->sqe.opcode != f->lose_opcode;
	} else if (f->lose_io) {
		f->lose_io--;
		command->completions = 0;
	} else if (f->delay_io) {
		f->delay_io--;
		command->delay_us = 3600ull * 1000 * 1000;
	}
}

static void on_read(void *arg, uint32_t offset, unsigned width, uint64_t *value)
{
	const struct faults *f = arg;

	(void)width;
	if (f->stay_down && offset == ZNVME_REG_CSTS)
		*value &= ~(uint64_t)ZNVME_CSTS_RDY;
	if (f->read_zero)
		*value = 0;
}

static void set_up_with(struct test *t, struct faults *f, const struct znvme_open_options *options)
{
	const struct znvme_sim_hooks hooks = {.arg = f, .command = on_command, .reg_read = on_read};

	test_open_with(t, "sim:size=16M", options);
	t->faulty = true;
	znvme_sim_set_hooks(t->sim, &hooks);
}

static void set_up(struct test *t, struct faults *f)
{
	set_up_with(t, f, &impatient);
}

static void start_read(struct test *t, struct znvme_queue *q, struct znvme_region *region,
		       void *data)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, data);

	CHECK(sqe);
	CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
}

/* Reap commands 0 to n - 1, each once; how many of them succeeded. */
static unsigned reap_each_once(struct znvme_queue *q, unsigned n)
{
	uint32_t seen = 0;
	unsigned good = 0;

	while (seen != (1u << n) - 1) {
		struct znvme_cpl cpl;

		CHECK_RC(znvme_wait(q, &cpl, 1, PATIENCE_MS), 1);
		CHECK(!(seen & 1u << (uintptr_t)cpl.data));
		seen |= 1u << (uintptr_t)cpl.data;
		good += cpl.status == 0;
	}
	CHECK_EQ(znvme_in_flight(q), 0);
	return good;
}

static unsigned fetch_events(struct test *t, enum znvme_event_kind kind)
{
	struct znvme_event event;
	unsigned n = 0;

	while (znvme_next_event(t->ctrl, &event) == 1)
		n += event.kind == kind;
	return n;
}

static void abort_suffices(struct test *t)
{
	struct faults f = {.lose_opcode = -1, .delay_io = 1};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, &f);
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	for (uintptr_t i = 0; i < 6; i++)
		start_read(t, q, region, (void *)i);
	CHECK_OK(znvme_submit(q));
	CHECK_EQ(reap_each_once(q, 6), 5);
	CHECK_EQ(f.aborts, 1);
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_RESET), 0);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

static void reset_after_abort(struct test *t)
{
	struct faults f = {.lose_opcode = -1, .lose_io = 2};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, &f);
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	for (uintptr_t i = 0; i < 6; i++)
		start_read(t, q, region, (void *)i);
	CHECK_OK(znvme_submit(q));
	CHECK_EQ(reap_each_once(q, 6), 4);
	CHECK(f.aborts >= 1);
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_RESET), 1);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

static void reset_where_abort_is_lost(struct test *t)
{
	struct faults f = {.lose_opcode = -1, .lose_io = 1, .lose_aborts = true};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, &f);
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	start_read(t, q, region, NULL);
	CHECK_OK(znvme_submit(q));
	CHECK_EQ(reap_each_once(q, 1), 0);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

static void failed_for_good(struct test *t)
{
	struct faults f = {.lose_opcode = -1, .lose_io = 3, .stay_down = false};
	struct znvme_region *region;
	struct znvme_queue *q, *other;
	char data[ZNVME_IDENTIFY_SIZE];

	set_up(t, &f);
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	for (uintptr_t i = 0; i < 3; i++)
		start_read(t, q, region, (void *)i);
	CHECK_OK(znvme_submit(q));
	f.stay_down = true;
	CHECK_EQ(reap_each_once(q, 3), 0);
	CHECK(fetch_events(t, ZNVME_EVENT_FAILED) >= 1);
	CHECK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data) < 0);
	CHECK(*znvme_errmsg());
	CHECK(znvme_queue_create(t->ctrl, 4, NULL, &other) < 0);
	start_read(t, q, region, NULL);
	znvme_submit(q);
	CHECK_EQ(reap_each_once(q, 1), 0);
	/* It has come back: a reset by the user tries once more. */
	f.stay_down = false;
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

static void admin_command_lost(struct test *t)
{
	struct faults f = {.lose_opcode = ZNVME_ADM_GET_FEATURES};
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_TEMP_THRESHOLD};
	struct znvme_region *region;
	struct znvme_queue *q;
	uint32_t value;

	set_up(t, &f);
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	CHECK_RC(znvme_get_feature(t->ctrl, &args, NULL, 0, &value), -ETIMEDOUT);
	CHECK(*znvme_errmsg());
	f.lose_opcode = -1;
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &value));
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

/* A deadline of the call's own, shorter than the controller's. */
static void admin_timeout_of_the_call(struct test *t)
{
	const struct znvme_sqe cmd = {.opcode = ZNVME_ADM_GET_FEATURES,
				      .cdw10 = ZNVME_FEAT_TEMP_THRESHOLD};
	const struct znvme_open_options patient = {.admin_timeout_ms = 3600000};
	struct faults f = {.lose_opcode = ZNVME_ADM_GET_FEATURES};
	const struct znvme_sim_hooks hooks = {.arg = &f, .command = on_command};

	test_open_with(t, "sim:size=16M", &patient);
	t->faulty = true;
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_RC(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 100), -ETIMEDOUT);
	znvme_sim_set_hooks(t->sim, NULL);
	CHECK_OK(znvme_reset(t->ctrl));
}

static void queue_that_is_not_deleted(struct test *t)
{
	struct faults f = {.lose_opcode = ZNVME_ADM_DELETE_SQ};
	struct znvme_queue *q;

	set_up(t, &f);
	q = test_queue(t, 16, 0);
	CHECK(znvme_queue_delete(q) < 0);
	f.lose_opcode = -1;
	CHECK_OK(znvme_reset(t->ctrl));
	q = test_queue(t, 16, 0);
	CHECK_OK(znvme_queue_delete(q));
}

static void queue_that_is_not_created(struct test *t)
{
	static const int opcodes[] = {ZNVME_ADM_CREATE_CQ, ZNVME_ADM_CREATE_SQ};

	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		struct faults f = {.lose_opcode = opcodes[i]};
		struct znvme_region *region;
		struct znvme_queue *q;

		set_up(t, &f);
		region = test_region(t, 4096);
		CHECK_RC(znvme_queue_create(t->ctrl, 16, NULL, &q), -ETIMEDOUT);
		f.lose_opcode = -1;
		CHECK_OK(znvme_reset(t->ctrl));
		q = test_queue(t, 16, 0);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		test_close(t);
	}
}

/* As many lost commands in a row as there are, each found, the queue alive in the end. */
static void again_and_again(struct test *t)
{
	struct faults f = {.lose_opcode = -1};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, &f);
	region = test_region(t, 4096);
	q = test_queue(t, 4, 0);
	for (int round = 0; round < 4; round++) {
		f.lose_io = 1;
		for (uintptr_t i = 0; i < 3; i++)
			start_read(t, q, region, (void *)i);
		CHECK_OK(znvme_submit(q));
		CHECK_EQ(reap_each_once(q, 3), 2);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
	}
}

/* One command that would take an hour among others, and options with which it passes its deadline.
 */
static struct znvme_queue *start_slow_one(struct test *t, struct faults *f,
					  enum znvme_timeout_policy policy)
{
	const struct znvme_open_options options = {
		.io_timeout_ms = 100, .ready_timeout_ms = 500, .timeout_policy = policy};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up_with(t, f, &options);
	f->delay_io = 1;
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	for (uintptr_t i = 0; i < 4; i++)
		start_read(t, q, region, (void *)i);
	CHECK_OK(znvme_submit(q));
	return q;
}

/* The three that are quick succeed, then the slow one ends with `status`. */
static void check_slow_one(struct znvme_queue *q, int status)
{
	test_drain(q, 3, 0);
	CHECK_RC(test_complete(q, (void *)0), status);
}

static void policy_reset(struct test *t)
{
	struct faults f = {.lose_opcode = -1};
	struct znvme_queue *q = start_slow_one(t, &f, ZNVME_TIMEOUT_RESET);

	check_slow_one(q, -ETIMEDOUT);
	CHECK_EQ(f.aborts, 0);
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_RESET), 1);
	start_read(t, q, test_region(t, 4096), NULL);
	test_drain(q, 1, 0);
}

/* Nothing is changed but that it is off: its registers can be read, and a reset brings it back. */
static void policy_fail(struct test *t)
{
	const struct znvme_sqe identify = {.opcode = ZNVME_ADM_IDENTIFY, .cdw10 = ZNVME_CNS_CTRL};
	struct faults f = {.lose_opcode = -1};
	struct znvme_queue *q = start_slow_one(t, &f, ZNVME_TIMEOUT_FAIL);
	char data[ZNVME_IDENTIFY_SIZE];

	check_slow_one(q, -ETIMEDOUT);
	CHECK_EQ(f.aborts, 0);
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_FAILED), 1);
	CHECK_RC(znvme_admin(t->ctrl, &identify, data, sizeof(data), NULL, 0), -ETIMEDOUT);
	CHECK(!(znvme_reg_read(t->ctrl, ZNVME_REG_CC, 4) & ZNVME_CC_EN));
	CHECK_OK(znvme_reset(t->ctrl));
	start_read(t, q, test_region(t, 4096), NULL);
	test_drain(q, 1, 0);
}

/* Told more than once, ended by nobody: it is the controller's until a reset. */
static void policy_report(struct test *t)
{
	struct faults f = {.lose_opcode = -1};
	struct znvme_queue *q = start_slow_one(t, &f, ZNVME_TIMEOUT_REPORT);
	struct znvme_event event;
	struct znvme_cpl cpl;
	unsigned told = 0;

	test_drain(q, 3, 0);
	while (told < 3) {
		CHECK_RC(znvme_wait(q, &cpl, 1, 50), 0);
		while (znvme_next_event(t->ctrl, &event) == 1) {
			CHECK_EQ(event.kind, ZNVME_EVENT_TIMEOUT);
			CHECK_EQ(event.dword0 >> 16, 1);
			CHECK_EQ(event.dword0 & 0xffff, 0);
			told++;
		}
	}
	CHECK_EQ(f.aborts, 0);
	CHECK_EQ(znvme_in_flight(q), 1);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_RC(test_complete(q, (void *)0), -ETIMEDOUT);
}

static void policy_is_checked(struct test *t)
{
	const struct znvme_open_options unknown = {.timeout_policy = (enum znvme_timeout_policy)99};
	const struct znvme_open_options long_one = {.io_timeout_ms = 86400001};
	struct znvme_ctrl *ctrl;

	(void)t;
	CHECK_RC(znvme_open("sim:", &unknown, &ctrl), -EINVAL);
	CHECK_MESSAGE("99");
	CHECK_RC(znvme_open("sim:", &long_one, &ctrl), -EINVAL);
	CHECK_MESSAGE("86400001");
}

/* At the next look, not by deadlines, which are an hour away. */
static void gone_by_zeroes(struct test *t)
{
	const struct znvme_open_options patient = {.io_timeout_ms = 3600000,
						   .admin_timeout_ms = 3600000};
	const struct znvme_sqe identify = {.opcode = ZNVME_ADM_IDENTIFY, .cdw10 = ZNVME_CNS_CTRL};
	struct faults f = {.lose_opcode = ZNVME_ADM_IDENTIFY, .lose_io = 1};
	char data[ZNVME_IDENTIFY_SIZE];
	struct znvme_queue *q;

	set_up_with(t, &f, &patient);
	q = test_queue(t, 16, 0);
	start_read(t, q, test_region(t, 4096), NULL);
	CHECK_OK(znvme_submit(q));
	f.read_zero = true;
	CHECK_RC(znvme_admin(t->ctrl, &identify, data, sizeof(data), NULL, 0), -ENODEV);
	CHECK_RC(test_complete(q, NULL), -ENODEV);
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_FAILED), 1);
	CHECK_RC(znvme_reset(t->ctrl), -ENODEV);
}

static void count_log(void *arg, enum znvme_log_level level, const char *message)
{
	unsigned *counts = arg;

	CHECK(*message);
	counts[level]++;
}

static void log_is_called(struct test *t)
{
	unsigned counts[8] = {0};
	const struct znvme_open_options options = {
		.io_timeout_ms = 200, .log = count_log, .log_arg = counts};
	struct faults f = {.lose_opcode = -1, .lose_io = 1};
	const struct znvme_sim_hooks hooks = {.arg = &f, .command = on_command};
	struct znvme_region *region;
	struct znvme_queue *q;
	unsigned sum = 0;

	test_open_with(t, "sim:size=16M", &options);
	t->faulty = true;
	znvme_sim_set_hooks(t->sim, &hooks);
	region = test_region(t, 4096);
	q = test_queue(t, 4, 0);
	start_read(t, q, region, NULL);
	CHECK_OK(znvme_submit(q));
	CHECK_EQ(reap_each_once(q, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		sum += counts[i];
	CHECK(sum >= 1);
	CHECK_OK(znvme_close(t->ctrl));
	t->ctrl = NULL;
	t->sim = NULL;
}

static const struct test_case cases[] = {
	{"an abort that works is enough", abort_suffices, HAS_SIM},
	{"a reset follows an abort that does not", reset_after_abort, HAS_SIM},
	{"a reset follows an abort that is lost", reset_where_abort_is_lost, HAS_SIM},
	{"a controller that stays down has failed", failed_for_good, HAS_SIM},
	{"a lost admin command ends by its deadline", admin_command_lost, HAS_SIM},
	{"an admin call has a deadline of its own", admin_timeout_of_the_call, HAS_SIM},
	{"a queue that is not deleted is survived", queue_that_is_not_deleted, HAS_SIM},
	{"a queue that is not created is survived", queue_that_is_not_created, HAS_SIM},
	{"lost commands again and again", again_and_again, HAS_SIM},
	{"by policy a reset comes at once", policy_reset, HAS_SIM},
	{"by policy the controller fails, and stays as it is until a reset", policy_fail, HAS_SIM},
	{"by policy a deadline is told and nothing else", policy_report, HAS_SIM},
	{"a policy that there is not, and a deadline too long, are refused", policy_is_checked,
	 HAS_SIM},
	{"a device whose registers read zero is gone", gone_by_zeroes, HAS_SIM},
	{"the log callback hears of it", log_is_called, HAS_SIM},
};

const struct test_group recover_tests = {"recover", cases, ARRAY_LEN(cases)};
