// SPDX-License-Identifier: MIT
/*
 * A controller that misbehaves while it works: every accepted command still completes exactly once,
 * nothing made up is believed, and the user is told. The simulator's hooks play the faults.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "tests.h"

/* Short deadlines, so that a lost command is found within a test's patience. */
static const struct znvme_open_options impatient = {.io_timeout_ms = 500, .admin_timeout_ms = 1000};

static void set_up(struct test *t, const char *options)
{
	char address[128];

	snprintf(address, sizeof(address), "sim:size=16M%s%s", *options ? "," : "", options);
	test_open_with(t, address, &impatient);
	t->faulty = true;
}

/* The same with deadlines that no machine is too slow for. */
static void set_up_unhurried(struct test *t)
{
	test_open_with(t, "sim:size=16M", NULL);
	t->faulty = true;
}

static struct znvme_sqe *start_read(struct test *t, struct znvme_queue *q,
				    struct znvme_region *region, void *data)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, data);

	CHECK(sqe);
	CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
	return sqe;
}

/* How many events of this kind there are to fetch; all are fetched. */
static unsigned fetch_events(struct test *t, enum znvme_event_kind kind)
{
	struct znvme_event event;
	unsigned n = 0;

	while (znvme_next_event(t->ctrl, &event) == 1) {
		CHECK(memchr(event.message, '\0', sizeof(event.message)));
		CHECK(*event.message);
		n += event.kind == kind;
	}
	return n;
}

static void check_io(struct test *t, struct znvme_queue *q, struct znvme_region *region)
{
	uint32_t bytes = t->ns->lba_bytes;

	fill_pattern(region->addr, bytes, 12);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, region->addr, 3, 1));
	memset(region->addr, 0, bytes);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 3, 1));
	CHECK_PATTERN(region->addr, bytes, 12);
}

/* What the command hook is to do with the next commands of an I/O queue. */
struct fault {
	unsigned left; /* commands that it still meets */
	unsigned completions;
	uint64_t delay_us;
	uint16_t status; /* not 0: fail with it */
	unsigned aborts; /* seen on the admin queue */
};

static void do_fault(void *arg, struct znvme_sim_command *command)
{
	struct fault *fault = arg;

	if (command->qid == 0) {
		fault->aborts += command->sqe.opcode == ZNVME_ADM_ABORT;
		return;
	}
	if (!fault->left)
		return;
	fault->left--;
	command->completions = fault->completions;
	command->delay_us = fault->delay_us;
	if (fault->status) {
		command->execute = false;
		command->status = fault->status;
	}
}

static void set_fault(struct test *t, struct fault *fault)
{
	const struct znvme_sim_hooks hooks = {.arg = fault, .command = do_fault};

	znvme_sim_set_hooks(t->sim, &hooks);
}

static void doubled_completion(struct test *t)
{
	struct fault fault = {.left = 5, .completions = 2};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpls[4];

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	set_fault(t, &fault);
	for (int i = 0; i < 5; i++) {
		start_read(t, q, region, region);
		CHECK_OK(znvme_submit(q));
		CHECK_OK(test_complete(q, region));
	}
	CHECK_RC(znvme_reap(q, cpls, 4), 0);
	CHECK_EQ(znvme_in_flight(q), 0);
	CHECK(fetch_events(t, ZNVME_EVENT_PROTOCOL) >= 1);
	check_io(t, q, region);
}

/* A completion that nobody asked for, of the given form, changes nothing but the event list. */
static void post_bad(struct test *t, struct znvme_queue *q, struct znvme_cqe cqe)
{
	struct znvme_cpl cpl;

	CHECK_OK(znvme_sim_post_completion(t->sim, 1, &cqe));
	CHECK_RC(znvme_reap(q, &cpl, 1), 0);
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_PROTOCOL), 1);
}

static void unknown_identifier(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	post_bad(t, q, (struct znvme_cqe){.sqid = 1, .cid = 0xffff});
	post_bad(t, q, (struct znvme_cqe){.sqid = 1, .cid = 0});
	post_bad(t, q, (struct znvme_cqe){.sqid = 1, .cid = 15});
	post_bad(t, q, (struct znvme_cqe){.sqid = 1, .cid = 0x7fff, .status = 0xfffe});
	check_io(t, q, region);
}

/* The identifier of a command in flight, from the wrong queue: it is not that command's. */
static void wrong_queue(struct test *t)
{
	struct fault fault = {.left = 1, .completions = 1, .delay_us = 400000};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;

	set_up_unhurried(t);
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	set_fault(t, &fault);
	sqe = start_read(t, q, region, region);

	uint16_t cid = sqe->cid;

	CHECK_OK(znvme_submit(q));
	post_bad(t, q, (struct znvme_cqe){.sqid = 2, .cid = cid});
	post_bad(t, q, (struct znvme_cqe){.sqid = 0, .cid = cid});
	CHECK_EQ(znvme_in_flight(q), 1);
	CHECK_OK(test_complete(q, region));
	check_io(t, q, region);
}

/* The identifier that a slot had for its last command is not that of its next. */
static void stale_generation(struct test *t)
{
	struct fault fault = {.completions = 1, .delay_us = 400000};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;
	uint16_t old, now;

	set_up_unhurried(t);
	region = test_region(t, 4096);
	q = test_queue(t, 2, 0);
	set_fault(t, &fault);
	sqe = start_read(t, q, region, region);
	old = sqe->cid;
	CHECK_OK(znvme_submit(q));
	CHECK_OK(test_complete(q, region));
	fault.left = 1;
	sqe = start_read(t, q, region, region);
	now = sqe->cid;
	CHECK(now != old);
	CHECK_OK(znvme_submit(q));
	post_bad(t, q, (struct znvme_cqe){.sqid = 1, .cid = old});
	CHECK_EQ(znvme_in_flight(q), 1);
	CHECK_OK(test_complete(q, region));
}

/* More rubbish than the queue has entries: it is survived, and the event list does not burst. */
static void flood_of_rubbish(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl;
	unsigned told = 0;

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 8, 0);
	for (int i = 0; i < 500; i++) {
		const struct znvme_cqe cqe = {.sqid = 1, .cid = (uint16_t)(0x4000 + i)};
		struct znvme_event event;

		CHECK_OK(znvme_sim_post_completion(t->sim, 1, &cqe));
		CHECK_RC(znvme_reap(q, &cpl, 1), 0);
		if (i % 200 == 199)
			while (znvme_next_event(t->ctrl, &event) == 1)
				told += event.kind == ZNVME_EVENT_LOST ? event.dword0 : 1;
	}
	told += fetch_events(t, ZNVME_EVENT_PROTOCOL);
	CHECK(told >= 400);
	check_io(t, q, region);
}

static void lost_completion(struct test *t)
{
	struct fault fault = {.left = 1, .completions = 0};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	set_fault(t, &fault);
	start_read(t, q, region, region);
	CHECK_OK(znvme_submit(q));
	CHECK_RC(znvme_wait(q, &cpl, 1, PATIENCE_MS), 1);
	CHECK(cpl.data == region);
	CHECK(cpl.status == -ETIMEDOUT || cpl.status == -ECANCELED);
	CHECK_EQ(fault.aborts, 1);
	CHECK_EQ(znvme_in_flight(q), 0);
	CHECK_RC(znvme_reap(q, &cpl, 1), 0);
	check_io(t, q, region);
}

/* Of several in flight only one is lost: all complete once, the others with what they got. */
static void lost_among_others(struct test *t)
{
	struct fault fault = {.left = 1, .completions = 0};
	struct znvme_region *region;
	struct znvme_queue *q;
	unsigned seen = 0, lost = 0;

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	set_fault(t, &fault);
	for (uintptr_t i = 0; i < 10; i++)
		start_read(t, q, region, (void *)i);
	CHECK_OK(znvme_submit(q));
	while (seen != 0x3ff) {
		struct znvme_cpl cpl;

		CHECK_RC(znvme_wait(q, &cpl, 1, PATIENCE_MS), 1);
		CHECK(!(seen & 1u << (uintptr_t)cpl.data));
		seen |= 1u << (uintptr_t)cpl.data;
		if (cpl.status)
			lost++;
	}
	CHECK_EQ(lost, 1);
	check_io(t, q, region);
}

static void waiting_for_ever(struct test *t)
{
	struct fault fault = {.left = 1, .completions = 0};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	set_fault(t, &fault);
	start_read(t, q, region, region);
	CHECK_OK(znvme_submit(q));
	CHECK_RC(znvme_wait(q, &cpl, 1, -1), 1);
	CHECK(cpl.status < 0);
}

static void waiting_times_out(struct test *t)
{
	struct fault fault = {.left = 1, .completions = 1, .delay_us = 1000000};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	set_up_unhurried(t);
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	set_fault(t, &fault);
	start_read(t, q, region, region);
	CHECK_OK(znvme_submit(q));
	CHECK_RC(znvme_wait(q, &cpl, 1, 0), 0);
	CHECK_RC(znvme_wait(q, &cpl, 1, 1), 0);
	CHECK_EQ(znvme_in_flight(q), 1);
	CHECK_OK(test_complete(q, region));
}

static void status_of_hook(struct test *t)
{
	static const uint16_t statuses[] = {ZNVME_SC_INTERNAL,
					    ZNVME_SC_WRITE_FAULT,
					    ZNVME_SC_NS_NOT_READY,
					    0x7ff,
					    ZNVME_SC_LBA_RANGE | ZNVME_STATUS_DNR,
					    ZNVME_SC_INVALID_PI | ZNVME_STATUS_M};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		struct fault fault = {.left = 1, .completions = 1, .status = statuses[i]};

		set_fault(t, &fault);
		start_read(t, q, region, region);
		CHECK_OK(znvme_submit(q));
		CHECK_EQ(test_complete(q, region), statuses[i]);
	}
	znvme_sim_set_hooks(t->sim, NULL);
	check_io(t, q, region);
}

static void out_of_order(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	bool reordered = false;

	set_up(t, "latency=0-3000,seed=9");
	t->faulty = false;
	region = test_region(t, 4096);
	q = test_queue(t, 33, 0);
	for (int round = 0; round < 10; round++) {
		uint32_t seen = 0;
		uintptr_t expected = 0;

		for (uintptr_t i = 0; i < 32; i++)
			start_read(t, q, region, (void *)i);
		CHECK_OK(znvme_submit(q));
		while (seen != UINT32_MAX) {
			struct znvme_cpl cpl;

			CHECK_RC(znvme_wait(q, &cpl, 1, PATIENCE_MS), 1);
			CHECK_OK(cpl.status);
			CHECK(!(seen & 1u << (uintptr_t)cpl.data));
			seen |= 1u << (uintptr_t)cpl.data;
			reordered |= (uintptr_t)cpl.data != expected++;
		}
	}
	CHECK(reordered);
}

/* Reads in flight when the device is pulled: each completes once with an error. */
static void end_of_device(struct test *t, void (*end)(struct znvme_sim *sim), int expected)
{
	struct fault fault = {.left = 8, .completions = 1, .delay_us = 10000000};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;
	struct znvme_cpl cpl;
	unsigned seen = 0;

	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	set_fault(t, &fault);
	for (uintptr_t i = 0; i < 8; i++)
		start_read(t, q, region, (void *)i);
	CHECK_OK(znvme_submit(q));
	end(t->sim);
	while (seen != 0xff) {
		CHECK_RC(znvme_wait(q, &cpl, 1, PATIENCE_MS), 1);
		CHECK(cpl.status < 0);
		if (expected)
			CHECK_EQ(cpl.status, expected);
		CHECK(!(seen & 1u << (uintptr_t)cpl.data));
		seen |= 1u << (uintptr_t)cpl.data;
	}
	if (!expected)
		return;
	/* Whatever comes after it costs an error. */
	CHECK(fetch_events(t, ZNVME_EVENT_FAILED) >= 1);
	sqe = start_read(t, q, region, region);
	CHECK(sqe);
	CHECK(znvme_submit(q) < 0);
	CHECK(test_complete(q, region) < 0);
}

static void removed_in_flight(struct test *t)
{
	struct znvme_queue *q;
	char data[ZNVME_IDENTIFY_SIZE];

	set_up(t, "");
	end_of_device(t, znvme_sim_remove, -ENODEV);
	CHECK_RC(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data), -ENODEV);
	CHECK_RC(znvme_queue_create(t->ctrl, 8, NULL, &q), -ENODEV);
	CHECK_RC(znvme_reset(t->ctrl), -ENODEV);
	CHECK_RC(znvme_pread(t->ns, data, t->ns->block_size, 0, 0, NULL), -ENODEV);
	znvme_close(t->ctrl);
	t->ctrl = NULL;
	t->sim = NULL;
}

static void fatal_in_flight(struct test *t)
{
	struct znvme_region *region;

	set_up(t, "");
	region = test_region(t, 4096);
	end_of_device(t, znvme_sim_fail, 0);
	znvme_sim_set_hooks(t->sim, NULL);
	CHECK_OK(znvme_reset(t->ctrl));
	check_io(t, test_queue(t, 8, 0), region);
}

static void removed_while_idle(struct test *t)
{
	char data[ZNVME_IDENTIFY_SIZE];

	set_up(t, "");
	znvme_sim_remove(t->sim);
	CHECK_RC(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data), -ENODEV);
	CHECK(fetch_events(t, ZNVME_EVENT_FAILED) >= 1);
	znvme_close(t->ctrl);
	t->ctrl = NULL;
	t->sim = NULL;
}

static void device_wanted_back(struct test *t)
{
	struct pollfd fd = {.events = POLLIN};

	set_up(t, "");
	fd.fd = znvme_event_fd(t->ctrl);
	znvme_sim_request_device(t->sim);
	CHECK_RC(poll(&fd, 1, PATIENCE_MS), 1);
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_DEVICE_REQUEST), 1);
}

static bool lose_interrupt(void *arg, unsigned vector)
{
	(void)vector;
	++*(unsigned *)arg;
	return false;
}

static void lost_interrupts(struct test *t)
{
	unsigned lost = 0;
	const struct znvme_sim_hooks hooks = {.arg = &lost, .interrupt = lose_interrupt};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, "latency=3000");
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	znvme_sim_set_hooks(t->sim, &hooks);
	for (int i = 0; i < 5; i++)
		check_io(t, q, region);
	CHECK(lost > 0);
	znvme_sim_set_hooks(t->sim, NULL);
}

static void confuse_head(void *arg, uint16_t qid, struct znvme_cqe *cqe)
{
	(void)arg;
	(void)qid;
	cqe->sqhd = 0xffff;
}

/* The driver counts for itself: what the controller says of the queue's head does not matter. */
static void confused_head(struct test *t)
{
	const struct znvme_sim_hooks hooks = {.completion = confuse_head};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 4, 0);
	znvme_sim_set_hooks(t->sim, &hooks);
	for (int i = 0; i < 30; i++) {
		while (znvme_in_flight(q) < 3)
			start_read(t, q, region, region);
		test_drain(q, 3, 0);
	}
}

/* Blocking calls meet the same faults: an error, and the next call works. */
static void blocking_calls(struct test *t)
{
	struct fault fault = {.left = 1, .completions = 0};
	static char buf[MIB];

	set_up(t, "");
	CHECK_RC(znvme_pwrite(t->ns, buf, sizeof(buf), 0, 0, NULL), sizeof(buf));
	set_fault(t, &fault);
	CHECK(znvme_pread(t->ns, buf, sizeof(buf), 0, 0, NULL) < 0);
	CHECK(*znvme_errmsg());
	for (int i = 0; i < 3; i++)
		CHECK_RC(znvme_pread(t->ns, buf, sizeof(buf), 0, 0, NULL), sizeof(buf));
	fault = (struct fault){.left = 1, .completions = 1, .status = ZNVME_SC_WRITE_FAULT};

	int status = 0;

	CHECK_RC(znvme_pwrite(t->ns, buf, sizeof(buf), 0, 0, &status), -EIO);
	CHECK_STATUS(status, ZNVME_SC_WRITE_FAULT);
	CHECK_RC(znvme_pwrite(t->ns, buf, sizeof(buf), 0, 0, &status), sizeof(buf));
}

static void closed_with_commands_delayed(struct test *t)
{
	struct fault fault = {.left = 8, .completions = 1, .delay_us = 200000};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	set_fault(t, &fault);
	for (int i = 0; i < 8; i++)
		start_read(t, q, region, NULL);
	CHECK_OK(znvme_submit(q));
	CHECK_OK(znvme_close(t->ctrl));
	t->ctrl = NULL;
	t->sim = NULL;
}

static void deleted_with_commands_delayed(struct test *t)
{
	struct fault fault = {.left = 8, .completions = 1, .delay_us = 200000};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, "");
	region = test_region(t, 4096);
	q = test_queue(t, 16, 0);
	set_fault(t, &fault);
	for (int i = 0; i < 8; i++)
		start_read(t, q, region, NULL);
	CHECK_OK(znvme_submit(q));
	CHECK_RC(znvme_mem_free(t->ctrl, region), -EBUSY);
	CHECK_OK(znvme_queue_delete(q));
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	check_io(t, test_queue(t, 16, 0), test_region(t, 4096));
}

/* A controller that asks for 0.1 s before a retry, and fails the first `left` I/O commands. */
struct hesitant {
	unsigned left;
	uint16_t status;
	unsigned commands; /* of I/O queues */
	bool asked;	   /* for the delays, by Host Behavior Support */
};

static void hesitate(void *arg, struct znvme_sim_command *command)
{
	struct hesitant *h = arg;

	if (command->qid == 0) {
		h->asked |= command->sqe.opcode == ZNVME_ADM_SET_FEATURES &&
			    (command->sqe.cdw10 & 0xff) == ZNVME_FEAT_HOST_BEHAVIOR;
		return;
	}
	h->commands++;
	if (!h->left)
		return;
	h->left--;
	command->execute = false;
	command->status = h->status;
}

/* The other reason to ask is taken away. */
static void name_delay(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len)
{
	(void)arg;
	if (qid == 0 && sqe->opcode == ZNVME_ADM_IDENTIFY &&
	    (sqe->cdw10 & 0xff) == ZNVME_CNS_CTRL && len == sizeof(struct znvme_id_ctrl)) {
		((struct znvme_id_ctrl *)data)->crdt2 = 1;
		((struct znvme_id_ctrl *)data)->ctratt &= ~ZNVME_CTRL_CTRATT_ELBAS;
	}
}

static int retried(struct test *t, unsigned retries, struct hesitant *h, int *status)
{
	const struct znvme_open_options options = {.retries = retries};
	const struct znvme_sim_hooks hooks = {.arg = h, .command = hesitate, .data = name_delay};
	char block[4096];
	int rc;

	test_open_with(t, "sim:size=16M", &options);
	t->faulty = true;
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_OK(znvme_reset(t->ctrl)); /* Identify is read again, with the delay */
	rc = (int)znvme_pread(t->ns, block, sizeof(block), 0, 0, status);
	test_close(t);
	return rc;
}

static void retries(struct test *t)
{
	const uint16_t busy = ZNVME_SC_NS_NOT_READY;
	const uint16_t later = busy | (uint16_t)znvme_field_put(ZNVME_STATUS_CRD, 2);
	struct timespec start, end;
	struct hesitant h;
	int status;

	h = (struct hesitant){.left = 3, .status = busy};
	CHECK_EQ(retried(t, 3, &h, &status), 4096);
	CHECK_EQ(h.commands, 4);
	CHECK(h.asked);
	h = (struct hesitant){.left = 3, .status = later};
	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_EQ(retried(t, 3, &h, &status), 4096);
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK_EQ(h.commands, 4);
	/* Three delays of 0.1 s at least: how much longer it takes is the machine's business. */
	CHECK((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 299);
	h = (struct hesitant){.left = 3, .status = busy};
	CHECK(retried(t, 2, &h, &status) < 0);
	CHECK_STATUS(status, busy);
	CHECK_EQ(h.commands, 3);
	h = (struct hesitant){.left = 3, .status = busy | ZNVME_STATUS_DNR};
	CHECK(retried(t, 3, &h, &status) < 0);
	CHECK_EQ(h.commands, 1);
	h = (struct hesitant){.left = 1, .status = busy};
	CHECK(retried(t, 0, &h, &status) < 0);
	CHECK_EQ(h.commands, 1);
	CHECK(!h.asked);
}

static const struct test_case cases[] = {
	{"a doubled completion is dropped and told", doubled_completion, HAS_SIM},
	{"an unknown identifier is dropped and told", unknown_identifier, HAS_SIM},
	{"another queue's completion is dropped and told", wrong_queue, HAS_SIM},
	{"a stale identifier is dropped and told", stale_generation, HAS_SIM},
	{"a flood of rubbish is survived", flood_of_rubbish, HAS_SIM},
	{"a lost completion ends by its deadline", lost_completion, HAS_SIM},
	{"a lost completion costs the others nothing", lost_among_others, HAS_SIM},
	{"waiting without limit ends by the deadline", waiting_for_ever, HAS_SIM},
	{"a wait's own time passes first", waiting_times_out, HAS_SIM},
	{"any status reaches the user whole", status_of_hook, HAS_SIM},
	{"completions out of order go to their owners", out_of_order, HAS_SIM},
	{"a device pulled ends its commands and all after", removed_in_flight, HAS_SIM},
	{"a fatal status ends the commands; a reset mends it", fatal_in_flight, HAS_SIM},
	{"a device pulled while idle is noticed", removed_while_idle, HAS_SIM},
	{"the host's wish for the device is told", device_wanted_back, HAS_SIM},
	{"lost interrupts cost time and nothing else", lost_interrupts, HAS_SIM},
	{"a confused queue head is not believed", confused_head, HAS_SIM},
	{"blocking calls survive faults", blocking_calls, HAS_SIM},
	{"close does not wait for what is delayed", closed_with_commands_delayed, HAS_SIM},
	{"a queue is deleted under its commands", deleted_with_commands_delayed, HAS_SIM},
	{"what may succeed later is tried again where asked", retries, HAS_SIM},
};

const struct test_group fault_tests = {"faults", cases, ARRAY_LEN(cases)};
