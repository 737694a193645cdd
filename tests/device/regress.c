// SPDX-License-Identifier: MIT
/*
 * Bugs that there were in queues, resets and deadlines, each with the promise that it broke: who
 * may still touch memory when a command ends, and which commands are ended at all.
 * regress_ctrl.c has those of events, blocking I/O and opening.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>

#include "tests.h"

#define ADMIN(opcode) (0x100u | (opcode))     /* opcode 0 is a command, too */
#define NEVER	      (3600ull * 1000 * 1000) /* us */

/* What the hooks do. They run in other threads, too: what changes meanwhile is atomic. */
struct script {
	unsigned lose_admin;   /* ADMIN(opcode) of the command that stays unanswered; 0: none */
	unsigned refuse_admin; /* of the one that fails with ZNVME_SC_INTERNAL */
	unsigned lose_io;      /* I/O commands that stay unanswered */
	unsigned delay_io;     /* I/O commands whose completion is late */
	uint64_t delay_us;     /* by so much */
	unsigned aborts;       /* Abort commands seen */
	bool slow_reset;       /* the next read of CC takes long */
	bool resetting;	       /* and has begun */
	bool disabled;	       /* CC.EN was cleared since */
};

static void on_command(void *arg, struct znvme_sim_command *command)
{
	struct script *s = arg;

	if (command->qid == 0) {
		s->aborts += command->sqe.opcode == ZNVME_ADM_ABORT;
		if (ADMIN(command->sqe.opcode) == s->lose_admin)
			command->completions = 0;
		if (ADMIN(command->sqe.opcode) == s->refuse_admin) {
			command->execute = false;
			command->status = ZNVME_SC_INTERNAL;
		}
	} else if (s->lose_io) {
		s->lose_io--;
		command->completions = 0;
	} else if (s->delay_io) {
		s->delay_io--;
		command->delay_us = s->delay_us;
	}
}

static void nap_ms(unsigned ms)
{
	const struct timespec nap = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	nanosleep(&nap, NULL);
}

static void on_reg_read(void *arg, uint32_t offset, unsigned width, uint64_t *value)
{
	struct script *s = arg;

	(void)width;
	(void)value;
	if (offset != ZNVME_REG_CC || !s->slow_reset)
		return;
	s->slow_reset = false;
	__atomic_store_n(&s->resetting, true, __ATOMIC_RELEASE);
	nap_ms(500);
}

static bool on_reg_write(void *arg, uint32_t offset, unsigned width, uint64_t value)
{
	struct script *s = arg;

	(void)width;
	if (offset == ZNVME_REG_CC && !(value & ZNVME_CC_EN))
		__atomic_store_n(&s->disabled, true, __ATOMIC_RELEASE);
	return true;
}

static void set_up(struct test *t, const char *address, const struct znvme_open_options *options,
		   struct script *s)
{
	const struct znvme_sim_hooks hooks = {.arg = s,
					      .command = on_command,
					      .reg_read = on_reg_read,
					      .reg_write = on_reg_write};

	test_open_with(t, address, options);
	znvme_sim_set_hooks(t->sim, &hooks);
}

static struct znvme_sqe *prepare_read(struct test *t, struct znvme_queue *q,
				      struct znvme_region *region, void *data)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, data);

	CHECK(sqe);
	CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
	return sqe;
}

static void start_read(struct test *t, struct znvme_queue *q, struct znvme_region *region,
		       void *data)
{
	prepare_read(t, q, region, data);
	CHECK_OK(znvme_submit(q));
}

static struct znvme_sim_counters counters(struct test *t)
{
	struct znvme_sim_counters counters;

	znvme_sim_counters(t->sim, &counters);
	return counters;
}

static bool is_enabled(struct test *t)
{
	return znvme_reg_read(t->ctrl, ZNVME_REG_CC, 4) & ZNVME_CC_EN;
}

static bool is_readable(int fd, int ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	CHECK(fd >= 0);
	return poll(&poll_fd, 1, ms) == 1;
}

/* All events; how many of them are of this kind. */
static unsigned fetch_events(struct test *t, enum znvme_event_kind kind)
{
	struct znvme_event event;
	unsigned n = 0;
	int rc;

	while ((rc = znvme_next_event(t->ctrl, &event)) == 1)
		n += event.kind == kind;
	CHECK_OK(rc);
	return n;
}

static void *reset_it(void *arg)
{
	CHECK_OK(znvme_reset(arg));
	return NULL;
}

static pthread_t reset_by_another_thread(struct test *t)
{
	pthread_t thread;

	CHECK_OK(pthread_create(&thread, NULL, reset_it, t->ctrl));
	return thread;
}

/* All slots of an idle queue of `size` entries can be got, each once, and their commands end. */
static void check_slots(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			unsigned size)
{
	uint16_t cids[64];
	bool ended[64] = {false};

	CHECK(size <= ARRAY_LEN(cids));
	CHECK_EQ(znvme_in_flight(q), 0);
	for (uintptr_t i = 0; i < size - 1; i++) {
		cids[i] = prepare_read(t, q, region, (void *)i)->cid;
		for (uintptr_t j = 0; j < i; j++)
			CHECK(cids[i] != cids[j]);
	}
	CHECK(!znvme_get_sqe(q, NULL));
	CHECK_EQ(znvme_in_flight(q), size - 1);
	znvme_submit(q);
	for (unsigned n = 0; n < size - 1; n++) {
		struct znvme_cpl cpl;

		CHECK_RC(znvme_wait(q, &cpl, 1, PATIENCE_MS), 1);
		CHECK((uintptr_t)cpl.data < size - 1 && !ended[(uintptr_t)cpl.data]);
		ended[(uintptr_t)cpl.data] = true;
	}
	CHECK_EQ(znvme_in_flight(q), 0);
}

/* ---- who may still touch memory ------------------------------------------------------------ */

/*
 * A slot has 64 generations in a queue of 1,024: after as many commands its identifier comes again,
 * and the ring holds it twice.
 */
static void region_of_newest_entry(struct test *t)
{
	struct script s = {.delay_us = 200000};
	struct znvme_region *before, *region;
	struct znvme_queue *q;
	uint16_t first, cid;

	set_up(t, "sim:size=16M", NULL, &s);
	q = test_queue(t, 1024, 0);
	before = test_region(t, 4096);
	region = test_region(t, 4096);
	first = prepare_read(t, q, before, before)->cid;
	CHECK_OK(znvme_submit(q));
	CHECK_OK(test_complete(q, before));
	for (int i = 1; i < 64; i++)
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, before, before->addr, 0, 1));
	s.delay_io = 1;
	cid = prepare_read(t, q, region, region)->cid;
	CHECK_EQ(cid, first);
	CHECK_OK(znvme_submit(q));
	CHECK_RC(znvme_mem_free(t->ctrl, region), -EBUSY);
	CHECK_OK(znvme_mem_free(t->ctrl, before));
	CHECK_OK(test_complete(q, region));
	CHECK_OK(znvme_mem_free(t->ctrl, region));
}

/* The controller's admin side hangs while a read is under way: it must be off before that ends. */
static void failed_controller_is_off(struct test *t)
{
	const struct znvme_open_options options = {.admin_timeout_ms = 200};
	struct script s = {
		.lose_admin = ADMIN(ZNVME_ADM_IDENTIFY), .delay_io = 1, .delay_us = 1500000};
	char data[ZNVME_IDENTIFY_SIZE];
	struct znvme_region *region;
	struct znvme_queue *q;
	unsigned mappings;

	set_up(t, "sim:size=16M", &options, &s);
	mappings = counters(t).mappings;
	q = test_queue(t, 16, 0);
	region = test_region(t, 4096);
	start_read(t, q, region, region);
	CHECK_RC(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data), -ETIMEDOUT);
	CHECK(test_complete(q, region) < 0);
	CHECK(!is_enabled(t));
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	CHECK_OK(znvme_queue_delete(q));
	CHECK_EQ(counters(t).mappings, mappings);
	/* The read's completion would come meanwhile. */
	nap_ms(1500);
	CHECK_EQ(counters(t).dma_refused, 0);
}

static void nothing_ends_before_reset(struct test *t)
{
	struct script s = {.delay_io = 1, .delay_us = NEVER};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl;
	pthread_t thread;
	char done, prepared;

	set_up(t, "sim:size=16M", NULL, &s);
	q = test_queue(t, 16, 0);
	region = test_region(t, 4096);
	start_read(t, q, region, &done);
	prepare_read(t, q, region, &prepared);
	s.slow_reset = true;
	thread = reset_by_another_thread(t);
	for (int i = 0; i < PATIENCE_MS && !__atomic_load_n(&s.resetting, __ATOMIC_ACQUIRE); i++)
		nap_ms(1);
	CHECK(__atomic_load_n(&s.resetting, __ATOMIC_ACQUIRE));
	CHECK_RC(znvme_wait(q, &cpl, 1, PATIENCE_MS), 1);
	CHECK(__atomic_load_n(&s.disabled, __ATOMIC_ACQUIRE));
	CHECK(cpl.data == &done);
	CHECK_RC(cpl.status, -ECANCELED);
	CHECK_OK(pthread_join(thread, NULL));
	CHECK_RC(znvme_reap(q, &cpl, 1), 0);
	CHECK_EQ(znvme_in_flight(q), 1);
	CHECK_OK(znvme_submit(q));
	CHECK_OK(test_complete(q, &prepared));
	CHECK_EQ(znvme_in_flight(q), 0);
}

/* The controller keeps a queue that it refuses to delete, so its rings stay. */
static void refused_deletion(struct test *t)
{
	static const uint8_t opcodes[] = {ZNVME_ADM_DELETE_SQ, ZNVME_ADM_DELETE_CQ};

	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		struct script s = {.refuse_admin = ADMIN(opcodes[i])};
		unsigned without, with;
		struct znvme_queue *q;

		set_up(t, "sim:size=16M", NULL, &s);
		without = counters(t).mappings;
		q = test_queue(t, 16, 0);
		with = counters(t).mappings;
		CHECK(with > without);
		for (int n = 0; n < 2; n++) {
			CHECK_STATUS(znvme_queue_delete(q), ZNVME_SC_INTERNAL);
			CHECK_EQ(counters(t).mappings, with);
		}
		CHECK_EQ(counters(t).io_queues, opcodes[i] == ZNVME_ADM_DELETE_SQ);
		s.refuse_admin = 0;
		CHECK_OK(znvme_queue_delete(q));
		CHECK_EQ(counters(t).mappings, without);
		CHECK_EQ(counters(t).io_queues, 0);
		q = test_queue(t, 16, 0);
		CHECK_OK(znvme_queue_delete(q));
		test_close(t);
	}
}

/* As long as the controller has the SQ, it alone ends the commands. */
static void refused_deletion_under_io(struct test *t)
{
	struct script s = {
		.refuse_admin = ADMIN(ZNVME_ADM_DELETE_SQ), .delay_io = 1, .delay_us = 300000};
	struct znvme_region *region;
	struct znvme_queue *q;

	set_up(t, "sim:size=16M", NULL, &s);
	q = test_queue(t, 16, 0);
	region = test_region(t, 4096);
	start_read(t, q, region, region);
	CHECK_STATUS(znvme_queue_delete(q), ZNVME_SC_INTERNAL);
	CHECK_RC(znvme_mem_free(t->ctrl, region), -EBUSY);
	CHECK_OK(test_complete(q, region));
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
	s.refuse_admin = 0;
	CHECK_OK(znvme_queue_delete(q));
}

/* ---- what was not submitted ---------------------------------------------------------------- */

static void given_back_after_removal(struct test *t)
{
	struct script s = {0};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;
	struct znvme_cpl cpl;

	set_up(t, "sim:size=16M", NULL, &s);
	q = test_queue(t, 16, 0);
	region = test_region(t, 4096);
	sqe = prepare_read(t, q, region, region);
	znvme_sim_remove(t->sim);
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_FAILED), 1);
	for (int i = 0; i < 3000; i++)
		CHECK_RC(znvme_reap(q, &cpl, 1), 0);
	CHECK_EQ(znvme_in_flight(q), 1);
	znvme_put_sqe(q, sqe);
	check_slots(t, q, region, 16);
	znvme_close(t->ctrl);
	t->ctrl = NULL;
	t->sim = NULL;
}

static void prepared_has_no_deadline(struct test *t)
{
	const struct znvme_open_options options = {.io_timeout_ms = 100};
	struct script s = {0};
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	set_up(t, "sim:size=16M", &options, &s);
	q = test_queue(t, 16, 0);
	region = test_region(t, 4096);
	prepare_read(t, q, region, region);
	CHECK_RC(znvme_wait(q, &cpl, 1, 700), 0);
	CHECK_EQ(s.aborts, 0);
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_RESET), 0);
	CHECK_EQ(znvme_in_flight(q), 1);
	CHECK_OK(znvme_submit(q));
	CHECK_OK(test_complete(q, region));
}

/* ---- resets and deadlines ------------------------------------------------------------------ */

/* One command is lost on a queue that always has another completion to offer. */
static void lost_on_a_busy_queue(struct test *t)
{
	const struct znvme_open_options options = {.io_timeout_ms = 200};
	struct script s = {.lose_io = 1};
	const time_t end = time(NULL) + PATIENCE_MS / 1000;
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_cpl cpl = {0};
	char lost;

	set_up(t, "sim:size=16M", &options, &s);
	q = test_queue(t, 16, 0);
	region = test_region(t, 4096);
	start_read(t, q, region, &lost);
	for (int i = 0; i < 4; i++)
		start_read(t, q, region, region);
	while (cpl.data != &lost && time(NULL) < end) {
		cpl.data = NULL;
		if (znvme_reap(q, &cpl, 1) && cpl.data != &lost)
			start_read(t, q, region, region);
	}
	CHECK(cpl.data == &lost);
	CHECK(cpl.status < 0);
	CHECK(s.aborts >= 1);
}

/* The queue's descriptor tells its owner of a reset, whether it has a vector of its own or not. */
static void reset_wakes_the_owner(struct test *t)
{
	static const char *const addresses[] = {"sim:size=16M", "sim:size=16M,vectors=2",
						"sim:size=16M,vectors=1"};

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct script s = {.delay_io = 1, .delay_us = NEVER};
		struct znvme_region *region;
		struct znvme_queue *q;
		struct znvme_cpl cpl;
		pthread_t thread;

		set_up(t, addresses[i], NULL, &s);
		q = test_queue(t, 16, 0);
		region = test_region(t, 4096);
		start_read(t, q, region, region);
		CHECK_RC(znvme_wait(q, &cpl, 1, 0), 0);
		CHECK(!is_readable(znvme_queue_fd(q), 0));
		thread = reset_by_another_thread(t);
		CHECK(is_readable(znvme_queue_fd(q), PATIENCE_MS));
		/* The admin queue's interrupts may have waked it before the reset stopped it. */
		CHECK_OK(pthread_join(thread, NULL));
		CHECK_RC(znvme_wait(q, &cpl, 1, 0), 1);
		CHECK(cpl.data == region);
		CHECK_RC(cpl.status, -ECANCELED);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		test_close(t);
	}
}

static void lost_abort_is_no_failure(struct test *t)
{
	const struct znvme_open_options options = {.io_timeout_ms = 200, .admin_timeout_ms = 300};
	struct script s = {.lose_admin = ADMIN(ZNVME_ADM_ABORT), .lose_io = 1};
	struct znvme_region *region;
	struct znvme_event event;
	struct znvme_queue *q;
	unsigned resets = 0;

	set_up(t, "sim:size=16M", &options, &s);
	q = test_queue(t, 16, 0);
	region = test_region(t, 4096);
	start_read(t, q, region, region);
	CHECK(test_complete(q, region) < 0);
	CHECK_EQ(s.aborts, 1);
	while (znvme_next_event(t->ctrl, &event) == 1) {
		CHECK(event.kind != ZNVME_EVENT_FAILED);
		resets += event.kind == ZNVME_EVENT_RESET;
	}
	CHECK_EQ(resets, 1);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

/* CSTS reads all ones, once. */
static void pretend_to_be_gone(void *arg, uint32_t offset, unsigned width, uint64_t *value)
{
	bool *pretend = arg;

	(void)width;
	if (offset == ZNVME_REG_CSTS && *pretend)
		*value = UINT32_MAX;
	*pretend &= offset != ZNVME_REG_CSTS;
}

/* One that only seems to be gone does not get at the memory of commands that have ended for it. */
static void seems_to_be_gone(struct test *t)
{
	bool pretend = false;
	const struct znvme_sim_hooks hooks = {.arg = &pretend, .reg_read = pretend_to_be_gone};
	struct znvme_region *region;
	struct znvme_event event;
	struct znvme_queue *q;
	uint64_t fetched;

	/* The second command waits until the first has completed, long after the device seemed
	 * gone. */
	test_open_with(t, "sim:size=16M,inflight=1,latency=2000000", NULL);
	t->faulty = true;
	znvme_sim_set_hooks(t->sim, &hooks);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 8, 0);
	start_read(t, q, region, NULL);
	start_read(t, q, region, NULL);
	pretend = true;
	CHECK_RC(znvme_next_event(t->ctrl, &event), 1);
	CHECK_EQ(event.kind, ZNVME_EVENT_FAILED);
	for (int i = 0; i < 2; i++)
		CHECK_RC(test_complete(q, NULL), -ENODEV);
	fetched = counters(t).io_commands;
	nap_ms(2200);
	CHECK_EQ(counters(t).io_commands, fetched);
	CHECK(!is_enabled(t));
	CHECK_RC(znvme_reset(t->ctrl), -ENODEV);
}

static const struct test_case cases[] = {
	{"who only seems to be gone reaches no memory", seems_to_be_gone, HAS_SIM},
	{"a region is in use by the newest entry of its identifier", region_of_newest_entry,
	 HAS_SIM},
	{"a controller that fails is off before its commands end", failed_controller_is_off,
	 HAS_SIM},
	{"nothing ends before a slow reset has disabled the controller", nothing_ends_before_reset,
	 HAS_SIM},
	{"a refused deletion ends no command", refused_deletion_under_io, HAS_SIM},
	{"a queue whose deletion is refused stays, and can be deleted again", refused_deletion,
	 HAS_SIM},
	{"an entry can be given back after the device was removed", given_back_after_removal,
	 HAS_SIM},
	{"a command that is not submitted has no deadline", prepared_has_no_deadline, HAS_SIM},
	{"a lost command is found on a queue that is always busy", lost_on_a_busy_queue, HAS_SIM},
	{"a reset by another thread wakes the queue's descriptor", reset_wakes_the_owner, HAS_SIM},
	{"a lost abort leads to a reset, not to a failure", lost_abort_is_no_failure, HAS_SIM},
};

const struct test_group regress_tests = {"regress", cases, ARRAY_LEN(cases)};
