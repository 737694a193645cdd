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

/* ---- what becomes of a simulator ----------------------------------------------------------- */

static struct znvme_event next_of(struct test *t, enum znvme_aer_type type, uint8_t info,
				  uint8_t lid)
{
	struct znvme_event event = next_async(t);

	CHECK_EQ(znvme_field_get(ZNVME_AER_TYPE, event.dword0), type);
	CHECK_EQ(znvme_field_get(ZNVME_AER_INFO, event.dword0), info);
	CHECK_EQ(znvme_field_get(ZNVME_AER_LID, event.dword0), lid);
	CHECK_EQ(!!event.log, !!lid);
	return event;
}

static int read_block(struct test *t)
{
	const struct znvme_sqe cmd = {.opcode = ZNVME_CMD_READ, .nsid = t->ns->nsid};
	static char data[4096];

	return znvme_io_exec(t->ctrl, &cmd, data, t->ns->block_size, NULL, 0, NULL, 0);
}

static void ana_changes(struct test *t)
{
	static const struct {
		enum znvme_ana_state state;
		int status;
	} changes[] = {
		{ZNVME_ANA_NONOPTIMIZED, 0},
		{ZNVME_ANA_INACCESSIBLE, ZNVME_SC_ANA_INACCESSIBLE},
		{ZNVME_ANA_CHANGE, ZNVME_SC_ANA_TRANSITION},
		{ZNVME_ANA_PERSISTENT_LOSS, ZNVME_SC_ANA_PERSISTENT_LOSS},
		{ZNVME_ANA_OPTIMIZED, 0},
	};
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_ANA};
	struct {
		struct znvme_ana_log header;
		struct znvme_ana_group_desc group;
		uint32_t nsid;
	} log;
	struct znvme_event event;

	test_open_with(t, "sim:with=ana", NULL);
	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		uint64_t before = log.header.chgcnt;

		CHECK_OK(znvme_sim_change_ana(t->sim, changes[i].state));
		CHECK_OK(znvme_sim_change_ana(t->sim, changes[i].state)); /* which is no change */
		event = next_of(t, ZNVME_AER_TYPE_NOTICE, ZNVME_AER_NOTICE_ANA, ZNVME_LOG_ANA);
		memcpy(&log, event.log, sizeof(log));
		CHECK_EQ(log.header.chgcnt, before + 1);
		CHECK_EQ(log.header.ngrps, 1);
		CHECK_EQ(log.group.state, changes[i].state);
		CHECK_EQ(log.group.nnsids, 1);
		CHECK_EQ(log.nsid, t->ns->nsid);
		if (changes[i].status)
			CHECK_STATUS(read_block(t), changes[i].status);
		else
			CHECK_OK(read_block(t));
	}
	CHECK_RC(znvme_next_event(t->ctrl, &event), 0);
	CHECK_RC(znvme_sim_change_ana(t->sim, (enum znvme_ana_state)5), -EINVAL);
}

static void no_ana(struct test *t)
{
	test_open_with(t, "sim:", NULL);
	CHECK_RC(znvme_sim_change_ana(t->sim, ZNVME_ANA_INACCESSIBLE), -EOPNOTSUPP);
	CHECK_MESSAGE("with=ana");
	CHECK_OK(read_block(t));
}

static void set_hysteresis(struct test *t, unsigned which, uint32_t kelvin, unsigned hysteresis)
{
	const struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_TEMP_THRESHOLD,
		.cdw11 = (uint32_t)(kelvin | znvme_field_put(ZNVME_FEAT_TEMP_THSEL, which) |
				    znvme_field_put(ZNVME_FEAT_TEMP_TMPTHH, hysteresis)),
	};

	CHECK_OK(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL));
}

static void temperature_hysteresis(struct test *t)
{
	struct znvme_event event;

	test_open_with(t, "sim:", NULL);
	set_hysteresis(t, 0, 330, 5);
	set_hysteresis(t, 1, 280, 3);
	for (int i = 0; i < 3; i++) {
		znvme_sim_set_temperature(t->sim, 329);
		CHECK_RC(znvme_next_event(t->ctrl, &event), 0);
		znvme_sim_set_temperature(t->sim, 330);
		check_temperature(next_async(t));
		znvme_sim_set_temperature(t->sim, 326);
		znvme_sim_set_temperature(t->sim, 331); /* never back far enough */
		znvme_sim_set_temperature(t->sim, 326);
		CHECK_RC(znvme_next_event(t->ctrl, &event), 0);
		znvme_sim_set_temperature(t->sim, 325);
		next_of(t, ZNVME_AER_TYPE_IMMEDIATE, ZNVME_AER_IMMEDIATE_TEMP_HYST, 0);
		znvme_sim_set_temperature(t->sim, 279);
		check_temperature(next_async(t));
		znvme_sim_set_temperature(t->sim, 282);
		CHECK_RC(znvme_next_event(t->ctrl, &event), 0);
		znvme_sim_set_temperature(t->sim, 283);
		next_of(t, ZNVME_AER_TYPE_IMMEDIATE, ZNVME_AER_IMMEDIATE_TEMP_HYST, 0);
	}
}

static void endurance_warnings(struct test *t)
{
	struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_ENDURANCE_EVENT,
		.cdw11 = (uint32_t)(1 | znvme_field_put(ZNVME_FEAT_ENDURANCE_EGCW,
							ZNVME_SMART_EGCW_SPARE)),
	};
	const struct znvme_get_log_args group_args = {.lid = ZNVME_LOG_ENDURANCE_GROUP, .lsi = 1};
	const struct znvme_get_log_args list_args = {.lid = ZNVME_LOG_ENDURANCE_EVENT};
	struct znvme_endurance_group_log group;
	struct znvme_aggregate_log list;
	struct znvme_event event;
	uint16_t endgid;

	test_open_with(t, "sim:", NULL);
	znvme_sim_warn_endurance(t->sim, ZNVME_SMART_EGCW_SPARE); /* nobody wants to know */
	znvme_sim_warn_endurance(t->sim, 0);
	CHECK_OK(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL));
	for (int i = 0; i < 3; i++) {
		znvme_sim_warn_endurance(t->sim, ZNVME_SMART_EGCW_DEGRADED);
		CHECK_RC(znvme_next_event(t->ctrl, &event), 0);
		znvme_sim_warn_endurance(t->sim,
					 ZNVME_SMART_EGCW_DEGRADED | ZNVME_SMART_EGCW_SPARE);
		event = next_of(t, ZNVME_AER_TYPE_NOTICE, ZNVME_AER_NOTICE_ENDURANCE,
				ZNVME_LOG_ENDURANCE_EVENT);
		memcpy(&list, event.log, sizeof(list));
		CHECK_EQ(list.num, 1);
		memcpy(&endgid, (const char *)event.log + sizeof(list), sizeof(endgid));
		CHECK_EQ(endgid, 1);
		CHECK_OK(znvme_get_log(t->ctrl, &group_args, &group, sizeof(group)));
		CHECK_EQ(group.critical_warning,
			 ZNVME_SMART_EGCW_DEGRADED | ZNVME_SMART_EGCW_SPARE);
		CHECK_OK(znvme_get_log(t->ctrl, &list_args, &list, sizeof(list)));
		CHECK_EQ(list.num, 0);
	}
}

static void lba_status_alert(struct test *t)
{
	const struct znvme_lba_status_log *log;
	struct znvme_event event;

	test_open_with(t, "sim:", NULL);
	for (uint32_t i = 0; i < 3; i++) {
		const struct znvme_sqe cmd = {.opcode = ZNVME_CMD_WRITE_UNCORRECTABLE,
					      .nsid = t->ns->nsid,
					      .cdw10 = 100 + i};

		CHECK_OK(znvme_io_exec(t->ctrl, &cmd, NULL, 0, NULL, 0, NULL, 0));
		event = next_of(t, ZNVME_AER_TYPE_NOTICE, ZNVME_AER_NOTICE_LBA_STATUS,
				ZNVME_LOG_LBA_STATUS);
		log = event.log;
		CHECK_EQ(log->nlslne, 1);
		CHECK_EQ(log->estulb, i + 1);
	}
}

static void allocated_namespaces(struct test *t)
{
	const struct znvme_sqe cmd = znvme_admin_create_ns(ZNVME_CSI_NVM);
	struct znvme_ns_mgmt_data data = {.nsze = 8, .ncap = 8};
	const struct znvme_changed_ns_log *log;
	struct znvme_event event;

	test_open_with(t, "sim:size=1M,capacity=8M,nn=8", NULL);
	for (uint32_t nsid = 2; nsid < 5; nsid++) {
		CHECK_OK(znvme_admin(t->ctrl, &cmd, &data, sizeof(data), NULL, 0));
		event = next_of(t, ZNVME_AER_TYPE_NOTICE, ZNVME_AER_NOTICE_ALLOC_NS,
				ZNVME_LOG_CHANGED_ALLOC_NS);
		log = event.log;
		CHECK_EQ(log->ns[0], nsid);
		CHECK_EQ(log->ns[1], 0);
	}
}

/* ---- predictable latency ------------------------------------------------------------------- */

static int set_window(struct test *t, enum znvme_plm_window window)
{
	const struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_PLM_WINDOW, .cdw11 = 1, .cdw12 = window};

	return znvme_set_feature(t->ctrl, &args, NULL, 0, NULL);
}

static void set_plm(struct test *t, struct znvme_plm_config *config)
{
	const struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_PLM_CONFIG, .cdw11 = 1, .cdw12 = ZNVME_FEAT_PLM_LPE};

	CHECK_OK(znvme_set_feature(t->ctrl, &args, config, sizeof(*config), NULL));
}

static struct znvme_plm_nvmset_log plm_log(struct test *t)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_PLM_NVMSET, .lsi = 1};
	struct znvme_plm_nvmset_log log;

	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
	return log;
}

static void next_plm(struct test *t, uint16_t event_type)
{
	struct znvme_event event =
		next_of(t, ZNVME_AER_TYPE_NOTICE, ZNVME_AER_NOTICE_PLM, ZNVME_LOG_PLM_AGGREGATE);
	struct znvme_aggregate_log list;

	memcpy(&list, event.log, sizeof(list));
	CHECK_EQ(list.num, 1);
	CHECK_EQ(plm_log(t).event_type, event_type);
	CHECK_EQ(plm_log(t).event_type, 0);
}

/* The windows of the simulator: 2,048 reads or 512 writes of 4 KiB, ten seconds. */
static void predictable_latency(struct test *t)
{
	struct znvme_plm_config config = {
		.ee = ZNVME_PLM_EVENT_READS | ZNVME_PLM_EVENT_WRITES | ZNVME_PLM_EVENT_EXCEEDED,
		.dtwinrt = 100,
		.dtwinwt = 200,
	};
	static char data[8 * MIB];

	test_open_with(t, "sim:with=plm", NULL);
	CHECK_EQ(plm_log(t).status, 0);
	CHECK_STATUS(set_window(t, ZNVME_PLM_DTWIN), ZNVME_SC_INVALID_FIELD);
	set_plm(t, &config);
	CHECK_EQ(plm_log(t).status, ZNVME_PLM_NDWIN);
	for (int i = 0; i < 3; i++) {
		size_t some = plm_log(t).dtwin_rt * 4096 - 100 * 4096;

		CHECK_OK(set_window(t, ZNVME_PLM_DTWIN));
		CHECK_EQ(plm_log(t).status, ZNVME_PLM_DTWIN);
		CHECK_RC(znvme_pread(t->ns, data, 4096, 0, 0, NULL), 4096);
		CHECK_EQ(plm_log(t).dtwin_re, 2047);
		CHECK_RC(znvme_pread(t->ns, data, some, 0, 0, NULL), some);
		next_plm(t, ZNVME_PLM_EVENT_READS);
		CHECK_RC(znvme_pwrite(t->ns, data, 400 * 4096, 0, 0, NULL), 400 * 4096);
		next_plm(t, ZNVME_PLM_EVENT_WRITES);
		CHECK_EQ(plm_log(t).dtwin_we, 112);
		CHECK_RC(znvme_pwrite(t->ns, data, 112 * 4096, 0, 0, NULL), 112 * 4096);
		next_plm(t, ZNVME_PLM_EVENT_EXCEEDED);
		CHECK_EQ(plm_log(t).status, ZNVME_PLM_NDWIN);
	}
}

static void predictable_time(struct test *t)
{
	struct znvme_plm_config config = {.ee = ZNVME_PLM_EVENT_TIME, .dtwintt = 9999};

	test_open_with(t, "sim:with=plm", NULL);
	set_plm(t, &config);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(set_window(t, ZNVME_PLM_DTWIN));
		next_plm(t, ZNVME_PLM_EVENT_TIME);
		CHECK_OK(znvme_reset(t->ctrl)); /* which sets the mode again, and no window */
		CHECK_EQ(plm_log(t).status, ZNVME_PLM_NDWIN);
	}
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
	{"a change of the ANA state is told, and felt", ana_changes, HAS_PLAIN_SIM},
	{"a simulator without ANA has no state of it", no_ana, HAS_PLAIN_SIM},
	{"a temperature that is back by the hysteresis is told", temperature_hysteresis,
	 HAS_PLAIN_SIM},
	{"warnings of the endurance group come to who wants them", endurance_warnings,
	 HAS_PLAIN_SIM},
	{"blocks that are lost are told", lba_status_alert, HAS_PLAIN_SIM},
	{"a namespace that is created is told", allocated_namespaces, HAS_PLAIN_SIM},
	{"what is left of a deterministic window is told", predictable_latency, HAS_PLAIN_SIM},
	{"the time of a deterministic window is told", predictable_time, HAS_PLAIN_SIM},
};

const struct test_group event_tests = {"event", cases, ARRAY_LEN(cases)};
