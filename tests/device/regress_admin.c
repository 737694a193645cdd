// SPDX-License-Identifier: MIT
/* Bugs that there were in admin commands, logs and features, each with the promise that it broke.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests.h"

/* ---- logs ---------------------------------------------------------------------------------- */

/* The telemetry that an event tells of is there after the event was fetched, until it is cleared.
 */
static void telemetry_outlives_its_event(struct test *t)
{
	const struct znvme_sqe cmd = znvme_admin_self_test(0, ZNVME_SELF_TEST_SHORT);
	struct znvme_self_test_log log;
	struct znvme_event event = {0};
	unsigned told = 0;
	size_t len = 0;
	void *data;

	test_open_with(t, "sim:size=16M,selftest_fail=3", NULL);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
		CHECK_OK(znvme_self_test_wait(t->ctrl, 0, NULL, NULL, &log));
		while (znvme_next_event(t->ctrl, &event) == 1)
			told += znvme_field_get(ZNVME_AER_LID, event.dword0) ==
				ZNVME_LOG_TELEMETRY_CTRL;
		CHECK_EQ(told, i + 1u);
		for (int again = 0; again < 2; again++) {
			CHECK_OK(znvme_telemetry(t->ctrl, ZNVME_TELEMETRY_CTRL, 3, &data, &len));
			CHECK(len > ZNVME_TELEMETRY_BLOCK);
			free(data);
		}
		CHECK_OK(znvme_telemetry(t->ctrl, ZNVME_TELEMETRY_CTRL | ZNVME_TELEMETRY_CLEAR, 3,
					 &data, &len));
		free(data);
		CHECK_RC(znvme_telemetry(t->ctrl, ZNVME_TELEMETRY_CTRL, 3, &data, &len), -ENODATA);
	}
}

static void telemetry_arguments(struct test *t)
{
	size_t len;
	void *data;

	test_open_with(t, "sim:size=16M", NULL);
	CHECK_RC(znvme_telemetry(t->ctrl, 0, 3, &data, &len), -ENODATA);
	CHECK_RC(znvme_telemetry(t->ctrl, ZNVME_TELEMETRY_CREATE, 0, &data, &len), -EINVAL);
	CHECK_RC(znvme_telemetry(t->ctrl, ZNVME_TELEMETRY_CREATE, 5, &data, &len), -EINVAL);
	CHECK_RC(znvme_telemetry(t->ctrl, 0xf0, 3, &data, &len), -EINVAL);
	CHECK_OK(znvme_telemetry(t->ctrl, ZNVME_TELEMETRY_CREATE, 3, &data, &len));
	free(data);
	CHECK_OK(znvme_telemetry(t->ctrl, 0, 3, &data, &len));
	free(data);
}

struct captures {
	unsigned commands, captures, contexts;
};

static void count_captures(void *arg, struct znvme_sim_command *command)
{
	struct captures *seen = arg;
	uint64_t lid = znvme_field_get(ZNVME_GET_LOG_LID, command->sqe.cdw10);
	uint64_t lsp = znvme_field_get(ZNVME_GET_LOG_LSP, command->sqe.cdw10);

	if (command->qid || command->sqe.opcode != ZNVME_ADM_GET_LOG_PAGE)
		return;
	seen->commands++;
	seen->captures += lid == ZNVME_LOG_TELEMETRY_HOST && lsp & ZNVME_TELEMETRY_LSP_CREATE;
	seen->contexts += lid == ZNVME_LOG_PERSISTENT_EVENT && lsp == ZNVME_PEL_ESTABLISH;
}

/* What a log's parameter has the controller do is done by the first piece alone. */
static void parameter_counts_once(struct test *t)
{
	struct znvme_get_log_args args = {
		.lid = ZNVME_LOG_TELEMETRY_HOST, .lsp = ZNVME_TELEMETRY_LSP_CREATE, .rae = true};
	const struct znvme_feature_args host = {.fid = ZNVME_FEAT_HOST_BEHAVIOR};
	struct znvme_host_behavior behavior = {.etdas = 1}; /* with area 4 it is long enough */
	struct captures seen = {0};
	const struct znvme_sim_hooks hooks = {.command = count_captures, .arg = &seen};
	static char data[15872];

	test_open_with(t, "sim:size=16M,mdts=1", NULL);
	CHECK_OK(znvme_set_feature(t->ctrl, &host, &behavior, sizeof(behavior), NULL));
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_OK(znvme_get_log(t->ctrl, &args, data, sizeof(data)));
	CHECK_EQ(seen.commands, 2);
	CHECK_EQ(seen.captures, 1);
	for (int i = 0; i < 400; i++) /* each is an event */
		CHECK_OK(znvme_set_feature(t->ctrl, &host, &behavior, sizeof(behavior), NULL));
	args = (struct znvme_get_log_args){.lid = ZNVME_LOG_PERSISTENT_EVENT,
					   .lsp = ZNVME_PEL_ESTABLISH};
	CHECK_OK(znvme_get_log(t->ctrl, &args, data, sizeof(data)));
	CHECK_EQ(seen.commands, 4);
	CHECK_EQ(seen.contexts, 1);
	znvme_sim_set_hooks(t->sim, NULL);
}

/* ---- features ------------------------------------------------------------------------------ */

static uint32_t threshold(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_TEMP_THRESHOLD};
	uint32_t value;

	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &value));
	return value & ZNVME_FEAT_TEMP_TMPTH;
}

/* The last setting counts after a reset, too, where one for all sensors came between. */
static void last_setting_counts(struct test *t)
{
	const uint32_t all = (uint32_t)znvme_field_put(ZNVME_FEAT_TEMP_TMPSEL, 15);
	const uint32_t settings[] = {350, all | 360, 340};
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_TEMP_THRESHOLD};

	test_open_with(t, "sim:size=16M", NULL);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		args.cdw11 = settings[i];
		CHECK_OK(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL));
	}
	CHECK_EQ(threshold(t), 340);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_EQ(threshold(t), 340);
}

/* Whichever way a namespace is write-protected, it is known. */
static void protection_by_any_command(struct test *t)
{
	const struct znvme_sqe cmd = {.opcode = ZNVME_ADM_SET_FEATURES,
				      .nsid = 1,
				      .cdw10 = ZNVME_FEAT_WRITE_PROTECT,
				      .cdw11 = ZNVME_WRITE_PROTECT_ON};
	const struct znvme_ns *ns;

	test_open_with(t, "sim:size=16M", NULL);
	CHECK_OK(znvme_ns_get(t->ctrl, 1, &ns));
	CHECK(!ns->read_only);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_OK(znvme_ns_get(t->ctrl, 1, &ns));
	CHECK(ns->read_only);
}

/* ---- commands ------------------------------------------------------------------------------ */

static bool total_is_known(void *arg, uint64_t done, uint64_t total)
{
	bool *known = arg;

	*known &= total && done <= total;
	return true;
}

/* Progress can be divided by its total where the controller reports none. */
static void progress_has_a_total(struct test *t)
{
	const struct znvme_format_args args = {.nsid = 1};
	bool known = true;

	test_open_with(t, "sim:size=16M,format_time=30,fault=when opcode=identify do data=32:00",
		       NULL);
	CHECK_OK(znvme_format(t->ctrl, &args, 0, total_is_known, &known));
	CHECK(known);
}

/* More than one command carries is refused before anything is mapped for it. */
static void more_than_one_command(struct test *t)
{
	const struct znvme_sqe cmd = {.opcode = ZNVME_CMD_READ, .nsid = 1};
	char byte;

	test_open_with(t, "sim:size=16M,mdts=4", NULL);
	CHECK_RC(znvme_io_exec(t->ctrl, &cmd, &byte, (size_t)1 << 50, NULL, 0, NULL, 0), -EINVAL);
	CHECK_RC(znvme_io_exec(t->ctrl, &cmd, &byte, 65536 + 512, NULL, 0, NULL, 0), -EINVAL);
	CHECK_MESSAGE("65536 are the most");
}

static void commands_of_keys(struct test *t)
{
	static const uint8_t opcodes[] = {ZNVME_KV_LIST, ZNVME_KV_DELETE, ZNVME_KV_EXIST};
	struct znvme_kv_key key;
	size_t at = 0;

	test_open_with(t, "sim:size=4M,kv=1", NULL);
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		const struct znvme_sqe cmd = {.opcode = opcodes[i], .nsid = 1};

		CHECK_OK(znvme_io_check(t->ctrl, &cmd));
	}
	CHECK_RC(znvme_io_check(t->ctrl, &(struct znvme_sqe){.opcode = 0x07, .nsid = 1}),
		 -EOPNOTSUPP);
	CHECK_RC(znvme_kv_next("abc", 3, &at, &key), -EPROTO);
	CHECK_MESSAGE("no list of keys");
}

/* A failed command leaves its own sentence, not that of an earlier failure. */
static void sentence_of_the_last(struct test *t)
{
	const struct znvme_ns *ns;
	struct znvme_sqe cmd = {0};
	struct znvme_queue *queue;

	test_open_with(t, "sim:size=16M", NULL);
	CHECK_OK(znvme_queue_create(t->ctrl, 2, NULL, &queue));
	CHECK_RC(znvme_ns_get(t->ctrl, 77, &ns), -ENOENT);
	CHECK_OK(znvme_ns_get(t->ctrl, 1, &ns));
	znvme_prep_nodata(&cmd, ns, ZNVME_CMD_VERIFY, 0, 1);
	cmd.cdw11 = UINT32_MAX;
	CHECK_STATUS(znvme_exec(queue, &cmd, NULL), ZNVME_SC_LBA_RANGE);
	CHECK_MESSAGE(znvme_strerror(ZNVME_SC_LBA_RANGE));
	znvme_queue_delete(queue);
}

/* A controller that stays disabled says so, whatever is asked of it. */
static void disabled_says_so(struct test *t)
{
	const struct znvme_open_options options = {.flags = ZNVME_OPEN_KEEP_DISABLED};
	const struct znvme_sqe cmd = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};
	const char *sentence = "stay disabled";
	char image[4096] = {0};
	size_t len;
	void *data;
	struct znvme_ctrl *ctrl;

	(void)t;
	CHECK_OK(znvme_open("sim:size=16M", &options, &ctrl));
	CHECK_RC(znvme_telemetry(ctrl, 0, 3, &data, &len), -EOPNOTSUPP);
	CHECK_MESSAGE(sentence);
	CHECK_RC(znvme_persistent_events(ctrl, 0, &data, &len), -EOPNOTSUPP);
	CHECK_MESSAGE(sentence);
	CHECK_RC(znvme_fw_download(ctrl, image, sizeof(image), 0, 0, NULL, NULL), -EOPNOTSUPP);
	CHECK_MESSAGE(sentence);
	CHECK_RC(znvme_copy_enable(ctrl, 2), -EOPNOTSUPP);
	CHECK_MESSAGE(sentence);
	CHECK_RC(znvme_io_exec(ctrl, &cmd, NULL, 0, NULL, 0, NULL, 0), -EOPNOTSUPP);
	CHECK_MESSAGE(sentence);
	CHECK_OK(znvme_close(ctrl));
}

static void no_memory_is_told(struct test *t)
{
	const struct znvme_ns *ns;
	char image[4096] = {0};

	test_open_with(t, "sim:size=1M+4M,kv=0+1,boot=128K", NULL);
	CHECK_OK(znvme_ns_get(t->ctrl, 2, &ns));
	CHECK_RC(znvme_fw_download(t->ctrl, NULL, 4096, 0, 0, NULL, NULL), -EFAULT);
	CHECK_RC(znvme_boot_read(t->ctrl, 0, 0, NULL, 4096), -EFAULT);
	CHECK_RC(znvme_kv_exist(ns, NULL, 4), -EFAULT);
	CHECK_RC(znvme_fw_download(t->ctrl, image, sizeof(image), 0xfffff000, 0, NULL, NULL),
		 -EINVAL);
	CHECK_MESSAGE("within 4 GiB");
}

static const struct test_case cases[] = {
	{"telemetry is there after its event", telemetry_outlives_its_event, HAS_SIM},
	{"telemetry that cannot be is refused", telemetry_arguments, HAS_SIM},
	{"a log in pieces is captured once", parameter_counts_once, HAS_SIM},
	{"of settings that overlap the last counts after a reset", last_setting_counts, HAS_SIM},
	{"write protection by any command is known", protection_by_any_command, HAS_SIM},
	{"progress has a total", progress_has_a_total, HAS_SIM},
	{"more data than one command carries are refused", more_than_one_command, HAS_SIM},
	{"a namespace of keys has its commands", commands_of_keys, HAS_SIM},
	{"a failed command leaves its own sentence", sentence_of_the_last, HAS_SIM},
	{"a disabled controller says so", disabled_says_so, HAS_SIM},
	{"a pointer to nothing is an error", no_memory_is_told, HAS_SIM},
};

const struct test_group regress_admin_tests = {"regress_admin", cases, ARRAY_LEN(cases)};
