/* SPDX-License-Identifier: MIT */
/* device-self-test, self-test-log: Base 2.1, sections 5.1.5, 5.1.12.1.7 and 8.1.7. */
#include "commands.h"
#include "manage.h"

#include <inttypes.h>

static const char *const outcome_names[16] = {
	"Operation completed without error",
	"Operation was aborted by a Device Self-test command",
	"Operation was aborted by a Controller Level Reset",
	"Operation was aborted due to a removal of a namespace from the namespace inventory",
	"Operation was aborted due to the processing of a Format NVM command",
	"A fatal error or unknown test error occurred; the operation did not complete",
	"Operation completed with a segment that failed and the segment that failed is not known",
	"Operation completed with one or more failed segments",
	"Operation was aborted for unknown reason",
	"Operation was aborted due to a sanitize operation",
	[ZNVME_SELF_TEST_UNUSED] = "Entry not used (does not contain a result)",
};

static const char *const code_names[16] = {
	[ZNVME_SELF_TEST_NONE] = "None",
	[ZNVME_SELF_TEST_SHORT] = "Short",
	[ZNVME_SELF_TEST_EXTENDED] = "Extended",
	[ZNVME_SELF_TEST_REFRESH] = "Host-Initiated Refresh",
	[ZNVME_SELF_TEST_VENDOR] = "Vendor specific",
	[ZNVME_SELF_TEST_ABORT] = "Abort",
};

static const char *name_of(const char *const names[16], unsigned value)
{
	return names[value & 15] ? names[value & 15] : "Reserved";
}

/* ---- device-self-test ---------------------------------------------------------------------- */

struct self_test_args {
	uint8_t code;
	uint32_t nsid;
	uint32_t timeout;
	bool wait, force;
};

#define AT(member) offsetof(struct self_test_args, member)

static const struct tool_option self_test_options[] = {
	TOOL_OPTION('n', "namespace-id", "NSID", TOOL_U32, AT(nsid),
		    "test this namespace too; 0: the controller alone (default: all namespaces)"),
	TOOL_OPTION('s', "self-test-code", "N", TOOL_U8, AT(code),
		    "1 short, 2 extended, 0xe vendor's, 0xf abort; 0 shows what runs", .max = 15),
	TOOL_OPTION('w', "wait", NULL, TOOL_FLAG, AT(wait),
		    "wait for its end, and show the result"),
	TOOL_OPTION('t', "wait-timeout", "MS", TOOL_U32, AT(timeout),
		    "wait that long (default: to its end)", .min = 1),
	MANAGE_FORCE(self_test_args),
	{0},
};

#undef AT

static int show_current(struct tool *tool)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_SELF_TEST};
	struct znvme_self_test_log log;
	unsigned current;

	if (manage_log(tool, &args, &log, sizeof(log)))
		return 1;
	current = log.current_operation & ZNVME_SELF_TEST_CURRENT;
	manage_say(tool, "Current Device Self-Test Operation", current,
		   current ? "%s Device self-test in progress" : "no device self-test running",
		   name_of(code_names, current));
	if (current)
		manage_say(tool, "Current Device Self-Test Completion",
			   log.completion & ZNVME_SELF_TEST_COMPLETION, "%u%% done",
			   log.completion & ZNVME_SELF_TEST_COMPLETION);
	return 0;
}

static int wait_for_test(struct tool *tool, uint32_t timeout_ms)
{
	struct znvme_self_test_log log;
	struct manage_wait wait;
	unsigned outcome;
	int rc;

	manage_wait_start(&wait);
	rc = znvme_self_test_wait(tool->ctrl, timeout_ms, manage_waiting, &wait, &log);
	manage_wait_end(&wait);
	if (rc)
		return tool_fail(rc, "device-self-test");
	outcome = log.result[0].dsts & ZNVME_SELF_TEST_DSTS_RESULT;
	manage_say(tool, "Self test result", outcome, "%s", name_of(outcome_names, outcome));
	if (outcome == ZNVME_SELF_TEST_OK)
		return 0;
	tool->keep_output = true;
	return tool_error("device-self-test: %s", name_of(outcome_names, outcome));
}

static int run_self_test(struct tool *tool, void *arg)
{
	const struct self_test_args *args = arg;
	uint32_t nsid = tool_given(tool, "namespace-id") ? args->nsid
			: tool->nsid_given		 ? tool->nsid
							 : ZNVME_NSID_ALL;
	struct znvme_sqe cmd = znvme_admin_self_test(nsid, args->code);

	if (!tool_given(tool, "self-test-code") || args->code == ZNVME_SELF_TEST_NONE)
		return tool_open(tool) || show_current(tool);
	if (tool_open(tool) || manage_exec(tool, &cmd, NULL, 0, NULL, args->force))
		return 1;
	if (args->code == ZNVME_SELF_TEST_ABORT)
		manage_say(tool, "Self test code", args->code,
			   "Aborting device self-test operation");
	else
		manage_say(tool, "Self test code", args->code, "%s Device self-test started",
			   name_of(code_names, args->code));
	return args->wait && args->code != ZNVME_SELF_TEST_ABORT
		       ? wait_for_test(tool, args->timeout)
		       : 0;
}

const struct tool_command self_test_command = {
	.name = "device-self-test",
	.summary = "have the device test itself",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = self_test_options,
	.args_size = sizeof(struct self_test_args),
	.details = "A short test ends with the controller's reset, as when the tool lets go of it: "
		   "say\n"
		   "--wait. The exit status is 1 where a test that was waited for has failed.\n",
	.example = "znvme device-self-test sim: --self-test-code 1 --wait",
	.run = run_self_test,
};

/* ---- self-test-log ------------------------------------------------------------------------- */

struct self_test_log_args {
	uint8_t entries;
};

static const struct tool_option self_test_log_options[] = {
	TOOL_OPTION('e', "dst-entries", "N", TOOL_U8, offsetof(struct self_test_log_args, entries),
		    "results to show, newest first", .preset = 20, .min = 1, .max = 20),
	{0},
};

static void print_result(FILE *out, unsigned index, const struct znvme_self_test_result *result)
{
	unsigned outcome = result->dsts & ZNVME_SELF_TEST_DSTS_RESULT, code = result->dsts >> 4;

	fprintf(out, "Self Test Result[%u]:\n", index);
	fprintf(out, "  Operation Result             : %#x %s\n", outcome,
		name_of(outcome_names, outcome));
	if (outcome == ZNVME_SELF_TEST_UNUSED)
		return;
	fprintf(out, "  Self Test Code               : %x %s\n", code, name_of(code_names, code));
	if (outcome == ZNVME_SELF_TEST_FAILED_SEG)
		fprintf(out, "  Segment Number               : %#x\n", result->seg);
	fprintf(out, "  Valid Diagnostic Information : %#x\n", result->vdi);
	fprintf(out, "  Power on hours (POH)         : %#" PRIx64 "\n", result->poh);
	if (result->vdi & ZNVME_SELF_TEST_VDI_NSID)
		fprintf(out, "  Namespace Identifier         : %#x\n", result->nsid);
	if (result->vdi & ZNVME_SELF_TEST_VDI_FLBA)
		fprintf(out, "  Failing LBA                  : %#" PRIx64 "\n", result->flba);
	if (result->vdi & ZNVME_SELF_TEST_VDI_SCT)
		fprintf(out, "  Status Code Type             : %#x\n", result->sct);
	if (result->vdi & ZNVME_SELF_TEST_VDI_SC)
		fprintf(out, "  Status Code                  : %#x\n", result->sc);
	fprintf(out, "  Vendor Specific              : %#x %#x\n", result->vs[0], result->vs[1]);
}

static struct json_object *result_json(const struct znvme_self_test_result *result)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "Self test result", result->dsts & ZNVME_SELF_TEST_DSTS_RESULT);
	if ((result->dsts & ZNVME_SELF_TEST_DSTS_RESULT) == ZNVME_SELF_TEST_UNUSED)
		return object;
	json_add_number(object, "Self test code", result->dsts >> 4);
	json_add_number(object, "Segment number", result->seg);
	json_add_number(object, "Valid Diagnostic Information", result->vdi);
	json_add_number(object, "Power on hours", result->poh);
	if (result->vdi & ZNVME_SELF_TEST_VDI_NSID)
		json_add_number(object, "Namespace Identifier", result->nsid);
	if (result->vdi & ZNVME_SELF_TEST_VDI_FLBA)
		json_add_number(object, "Failing LBA", result->flba);
	if (result->vdi & ZNVME_SELF_TEST_VDI_SCT)
		json_add_number(object, "Status Code Type", result->sct);
	if (result->vdi & ZNVME_SELF_TEST_VDI_SC)
		json_add_number(object, "Status Code", result->sc);
	json_add_number(object, "Vendor Specific", result->vs[1] << 8 | result->vs[0]);
	return object;
}

static int run_self_test_log(struct tool *tool, void *arg)
{
	const struct self_test_log_args *args = arg;
	const struct znvme_get_log_args log_args = {.lid = ZNVME_LOG_SELF_TEST};
	struct znvme_self_test_log log;
	struct json_object *list;

	if (tool_open(tool) || manage_log(tool, &log_args, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		list = json_object_new_array();
		json_add_number(tool->json, "Current Device Self-Test Operation",
				log.current_operation);
		json_add_number(tool->json, "Current Device Self-Test Completion", log.completion);
		for (unsigned i = 0; i < args->entries; i++)
			json_object_array_add(list, result_json(&log.result[i]));
		json_object_object_add(tool->json, "List of Valid Reports", list);
		return 0;
	}
	fprintf(tool->out, "Device Self Test Log for NVME device:%s\n", tool->address);
	fprintf(tool->out, "Current operation  : %#x\nCurrent Completion : %u%%\n",
		log.current_operation, log.completion);
	for (unsigned i = 0; i < args->entries; i++)
		print_result(tool->out, i, &log.result[i]);
	return 0;
}

const struct tool_command self_test_log_command = {
	.name = "self-test-log",
	.summary = "the self-test that runs, and the results of the last ones",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = self_test_log_options,
	.args_size = sizeof(struct self_test_log_args),
	.example = "znvme self-test-log sim: --dst-entries 2",
	.run = run_self_test_log,
};
