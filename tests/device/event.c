// SPDX-License-Identifier: MIT
/*
 * Asynchronous events (Base 2.1, section 5.1.2). The temperature threshold raises one on every
 * device: set below the temperature, it is crossed at once.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "tests.h"

#define COLD 100u /* kelvin */
#define HOT  500u

static void set_threshold(struct test *t, uint32_t kelvin)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_TEMP_THRESHOLD, .cdw11 = kelvin};

	CHECK_OK(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL));
}

static void want_temperature_events(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_ASYNC_EVENT,
						.cdw11 = ZNVME_SMART_CRIT_TEMPERATURE};

	CHECK_OK(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL));
}

static void read_smart_log(struct test *t)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_SMART};
	struct znvme_smart_log log;

	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
}

/* The next asynchronous event, with patience. */
static struct znvme_event next_async(struct test *t)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	struct znvme_event event;

	for (int i = 0; i < PATIENCE_MS; i++) {
		int rc = znvme_next_event(t->ctrl, &event);

		CHECK(rc == 0 || rc == 1);
		if (rc == 1 && event.kind == ZNVME_EVENT_ASYNC)
			return event;
		if (rc == 0)
			nanosleep(&nap, NULL);
	}
	FAIL("no event came");
}

static void check_temperature(struct znvme_event event)
{
	CHECK_EQ(znvme_field_get(ZNVME_AER_TYPE, event.dword0), ZNVME_AER_TYPE_SMART);
	CHECK_EQ(znvme_field_get(ZNVME_AER_INFO, event.dword0), ZNVME_AER_SMART_TEMPERATURE);
	CHECK_EQ(znvme_field_get(ZNVME_AER_LID, event.dword0), ZNVME_LOG_SMART);
	CHECK(memchr(event.message, '\0', sizeof(event.message)));
	CHECK(*event.message);
}

static void nothing_happened(struct test *t)
{
	struct znvme_event event;

	test_open(t);
	CHECK_RC(znvme_next_event(t->ctrl, &event), 0);
}

static void temperature_event(struct test *t)
{
	test_open(t);
	want_temperature_events(t);
	set_threshold(t, COLD);
	check_temperature(next_async(t));
	set_threshold(t, HOT);
	read_smart_log(t);
}

static void events_come_again(struct test *t)
{
	test_open(t);
	want_temperature_events(t);
	for (int i = 0; i < 12; i++) {
		set_threshold(t, COLD);
		check_temperature(next_async(t));
		set_threshold(t, HOT);
		read_smart_log(t);
	}
}

/* The library reads the log page that the event names; without that the controller would keep the
 * next of its type to itself. */
static void log_comes_along(struct test *t)
{
	test_open(t);
	want_temperature_events(t);
	for (int i = 0; i < 6; i++) {
		const struct znvme_smart_log *log;
		struct znvme_event event;

		set_threshold(t, COLD);
		event = next_async(t);
		set_threshold(t, HOT);
		check_temperature(event);
		CHECK_EQ(event.log_len, sizeof(*log));
		log = event.log;
		CHECK(log);
		CHECK(log->critical_warning & ZNVME_SMART_CRIT_TEMPERATURE);
		CHECK(log->temperature[0] | log->temperature[1]);
	}
}

static void log_that_cannot_be_read(struct test *t)
{
	struct znvme_event event;

	test_open(t);
	t->faulty = true;
	CHECK_OK(znvme_sim_add_faults(t->sim,
				      "when opcode=get-log lid=2 times=1 do status=0x6 dnr"));
	want_temperature_events(t);
	set_threshold(t, COLD);
	event = next_async(t);
	check_temperature(event);
	CHECK(!event.log && !event.log_len);
	/* It can come again once the caller has read it. */
	set_threshold(t, HOT);
	read_smart_log(t);
	set_threshold(t, COLD);
	event = next_async(t);
	CHECK(event.log);
}

static void count_async(void *arg, const struct znvme_event *event)
{
	unsigned *n = arg;

	*n += event->kind == ZNVME_EVENT_ASYNC && event->log;
}

static void events_by_callback(struct test *t)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	unsigned n = 0;

	test_open(t);
	CHECK_RC(znvme_dispatch_events(t->ctrl, count_async, &n), 0);
	want_temperature_events(t);
	set_threshold(t, COLD);
	for (int i = 0; !n && i < PATIENCE_MS; i++) {
		CHECK(znvme_dispatch_events(t->ctrl, count_async, &n) >= 0);
		nanosleep(&nap, NULL);
	}
	CHECK_EQ(n, 1);
	set_threshold(t, HOT);
}

static void event_descriptor(struct test *t)
{
	struct pollfd fd = {.events = POLLIN};

	test_open(t);
	fd.fd = znvme_event_fd(t->ctrl);
	CHECK(fd.fd >= 0);
	want_temperature_events(t);
	/* What came before the event is not its sign. */
	for (struct znvme_event event; znvme_next_event(t->ctrl, &event) == 1;)
		;
	set_threshold(t, COLD);
	CHECK_RC(poll(&fd, 1, PATIENCE_MS), 1);
	check_temperature(next_async(t));
	set_threshold(t, HOT);
	read_smart_log(t);
}

/* Raise an event as the command arrives; its own answer takes 20 ms more. */
static void raise_on_get_features(void *arg, struct znvme_sim_command *command)
{
	struct znvme_sim *sim = *(struct znvme_sim **)arg;

	if (command->qid || command->sqe.opcode != ZNVME_ADM_GET_FEATURES)
		return;
	znvme_sim_async_event(sim, ZNVME_AER_TYPE_SMART, ZNVME_AER_SMART_TEMPERATURE,
			      ZNVME_LOG_SMART);
	command->delay_us = 20000;
}

/*
 * Who waits for an admin command reaps the event that comes meanwhile, interrupt and all. The
 * descriptor must tell of it all the same.
 */
static void event_beside_a_command(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_TEMP_THRESHOLD};
	const struct znvme_sim_hooks hooks = {.arg = &t->sim, .command = raise_on_get_features};
	struct pollfd fd = {.events = POLLIN};
	uint32_t value;

	test_open(t);
	fd.fd = znvme_event_fd(t->ctrl);
	CHECK(fd.fd >= 0);
	for (struct znvme_event event; znvme_next_event(t->ctrl, &event) == 1;)
		;
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &value));
	CHECK_RC(poll(&fd, 1, 2000), 1);
	check_temperature(next_async(t));
}

static void events_after_reset(struct test *t)
{
	test_open(t);
	CHECK_OK(znvme_reset(t->ctrl));
	want_temperature_events(t);
	set_threshold(t, COLD);
	check_temperature(next_async(t));
	set_threshold(t, HOT);
	read_smart_log(t);
}

static const struct test_case cases[] = {
	{"there is no event where nothing happened", nothing_happened, 0},
	{"crossing the temperature threshold is an event", temperature_event, 0},
	{"an event that was fetched can come again", events_come_again, 0},
	{"an event comes with the log page that it names", log_comes_along, 0},
	{"a log page that cannot be read is none", log_that_cannot_be_read, HAS_SIM},
	{"events come by callback, too", events_by_callback, 0},
	{"the event descriptor polls readable", event_descriptor, HAS_INTERRUPTS},
	{"the event descriptor tells of what came beside a command", event_beside_a_command,
	 HAS_INTERRUPTS | HAS_SIM},
	{"events come after a reset", events_after_reset, 0},
};

const struct test_group event_tests = {"event", cases, ARRAY_LEN(cases)};
