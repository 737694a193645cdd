/* SPDX-License-Identifier: MIT */
/*
 * lm-migration-send, lm-migration-recv: suspend and resume another controller, set and get its
 * state (Base 2.1, sections 5.1.17 and 5.1.16).
 */
#include "commands.h"
#include "fields.h"
#include "manage.h"
#include "outfile.h"

#include <inttypes.h>
#include <string.h>

#define STATE_MAX (64u << 20)
#define WIDTH	  45

struct state_args {
	struct znvme_ctrl_state_args state;
	const char *file;
	uint64_t offset;
	uint32_t numd;
	uint8_t sel;
	uint8_t stype;
	uint8_t seqind;
	bool dudmq;
};

#define AT(member) offsetof(struct state_args, member)

#define STATE_OPTIONS                                                                              \
	TOOL_OPTION('c', "cntlid", "N", TOOL_U16, AT(state.cntlid), "the controller (required)"),  \
		TOOL_OPTION('U', "csuuidi", "N", TOOL_U8, AT(state.csuuidi),                       \
			    "index of the UUID of the vendor's part; 0: none"),                    \
		TOOL_OPTION('V', "csvi", "N", TOOL_U8, AT(state.csvi),                             \
			    "index of the version of the NVMe part, from 1 on; 0: none"),          \
		TOOL_OPTION('u', "uidx", "N", TOOL_U8, AT(state.uidx), "UUID index",               \
			    .max = ZNVME_MIGRATION_UIDX),                                          \
		TOOL_OPTION('O', "offset", "BYTES", TOOL_U64, AT(offset),                          \
			    "offset into the state (nvme-cli: -o)")

static const struct tool_option send_options[] = {
	TOOL_OPTION('s', "sel", "N", TOOL_U8, AT(sel),
		    "0: Suspend, 1: Resume, 2: Set Controller State (required)",
		    .max = ZNVME_MIGRATION_SET_STATE),
	STATE_OPTIONS,
	TOOL_OPTION('t', "stype", "N", TOOL_U8, AT(stype),
		    "of Suspend; 0: it is going to be suspended, 1: now"),
	TOOL_OPTION('d', "dudmq", NULL, TOOL_FLAG, AT(dudmq),
		    "of Suspend: delete its User Data Migration Queues"),
	TOOL_OPTION('S', "seq-ind", "N", TOOL_U8, AT(seqind),
		    "of Set; 1: the first piece, 0: one of the middle, 2: the last, 3: all of it",
		    .preset = ZNVME_STATE_ENTIRE, .max = ZNVME_STATE_ENTIRE),
	TOOL_OPTION('n', "numd", "DWORDS", TOOL_U32, AT(numd),
		    "of Set: dwords of the file (default: all)", .max = STATE_MAX / 4),
	TOOL_OPTION('f', "input-file", "FILE", TOOL_STRING, AT(file), "of Set: the state"),
	{0},
};

static const struct tool_option recv_options[] = {
	TOOL_OPTION('s', "sel", "N", TOOL_U8, AT(sel), "0: Get Controller State", .max = 0xff),
	STATE_OPTIONS,
	TOOL_OPTION('n', "numd", "DWORDS", TOOL_U32, AT(numd),
		    "dwords, 0-based as in nvme-cli (default: the whole state)",
		    .max = STATE_MAX / 4 - 1),
	TOOL_OPTION('f', "output-file", "FILE", TOOL_STRING, AT(file), "where the state goes"),
	{0},
};

/* ---- lm-migration-send --------------------------------------------------------------------- */

static const char *const send_names[] = {
	[ZNVME_MIGRATION_SUSPEND] = "Suspend",
	[ZNVME_MIGRATION_RESUME] = "Resume",
	[ZNVME_MIGRATION_SET_STATE] = "Set Controller State",
};

/* Which of the operations, by number, have the option. */
static const struct {
	const char *option;
	unsigned operations;
} send_takes[] = {
	{"stype", 1u << ZNVME_MIGRATION_SUSPEND},
	{"dudmq", 1u << ZNVME_MIGRATION_SUSPEND},
	{"csuuidi", 1u << ZNVME_MIGRATION_SET_STATE},
	{"csvi", 1u << ZNVME_MIGRATION_SET_STATE},
	{"seq-ind", 1u << ZNVME_MIGRATION_SET_STATE},
	{"offset", 1u << ZNVME_MIGRATION_SET_STATE},
	{"numd", 1u << ZNVME_MIGRATION_SET_STATE},
	{"input-file", 1u << ZNVME_MIGRATION_SET_STATE},
};

static int check_send(const struct tool *tool, const struct state_args *args)
{
	if (!tool_given(tool, "sel") || !tool_given(tool, "cntlid"))
		return tool_error("lm-migration-send: --sel and --cntlid are needed");
	for (unsigned i = 0; i < TOOL_COUNT(send_takes); i++)
		if (tool_given(tool, send_takes[i].option) &&
		    !(send_takes[i].operations >> args->sel & 1))
			return tool_error("lm-migration-send: --%s does not go with --sel %u (%s)",
					  send_takes[i].option, args->sel, send_names[args->sel]);
	if (args->sel == ZNVME_MIGRATION_SET_STATE && !args->file)
		return tool_error("lm-migration-send: --input-file is missing");
	return 0;
}

/* One piece as it was asked for, or the whole of the file in as many as it takes. */
static int set_state(struct tool *tool, const struct state_args *args)
{
	tool_autofree void *data = NULL;
	struct znvme_sqe cmd;
	size_t len;
	int rc;

	if (manage_read_data(args->file, STATE_MAX, &data, &len))
		return 1;
	if (tool_given(tool, "numd")) {
		if (args->numd * 4ull > len)
			return tool_error("lm-migration-send: %s has %zu bytes, fewer than --numd "
					  "%" PRIu32 " dwords",
					  args->file, len, args->numd);
		len = args->numd * (size_t)4;
	}
	if (args->seqind == ZNVME_STATE_ENTIRE && !args->offset) {
		rc = znvme_ctrl_state_write(tool->ctrl, &args->state, data, len, 0);
		return rc ? tool_fail(rc, "lm-migration-send") : 0;
	}
	cmd = znvme_admin_set_state(&args->state, args->seqind, args->offset, (uint32_t)len);
	return manage_exec(tool, &cmd, data, len, NULL, false) ? 1 : 0;
}

static int run_send(struct tool *tool, void *arg)
{
	const struct state_args *args = arg;
	struct znvme_sqe cmd;
	int rc;

	if (check_send(tool, args) || tool_open(tool))
		return 1;
	if (args->sel == ZNVME_MIGRATION_SET_STATE) {
		rc = set_state(tool, args);
	} else {
		cmd = args->sel == ZNVME_MIGRATION_RESUME
			      ? znvme_admin_resume(args->state.cntlid)
			      : znvme_admin_suspend(args->state.cntlid, args->stype, args->dudmq);
		cmd.cdw14 = args->state.uidx;
		rc = manage_exec(tool, &cmd, NULL, 0, NULL, false);
	}
	if (rc)
		return 1;
	manage_say(tool, "cntlid", args->state.cntlid, "Migration Send (%s) Successful",
		   send_names[args->sel]);
	return 0;
}

/* ---- the state, shown ---------------------------------------------------------------------- */

static const char *const not_suspended[] = {"Controller NOT Suspended", "Controller Suspended"};
static const char *const contiguous[] = {"Queue NOT Physically Contiguous",
					 "Queue Physically Contiguous"};
static const char *const interrupts[] = {"Interrupts NOT Enabled", "Interrupts Enabled"};

static const struct field_bits csattr_bits[] = {
	BITS(ZNVME_CSATTR_SUSPENDED, "Suspended", BITS_VALUES(not_suspended)),
	{0},
};
static const struct field_bits iosqa_bits[] = {
	BITS(ZNVME_IOSQA_QPRIO, "Queue Priority (IOSQQPRIO)"),
	BITS(ZNVME_IOSQA_PC, "IOSQPC", BITS_VALUES(contiguous)),
	{0},
};
static const struct field_bits iocqa_bits[] = {
	BITS(ZNVME_IOCQA_IV, "I/O Completion Queue Interrupt Vector (IOCQIV)"),
	BITS(ZNVME_IOCQA_S0PT, "Slot 0 Phase Tag (S0PT)", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_IOCQA_IEN, "IOCQIEN", BITS_VALUES(interrupts)),
	BITS(ZNVME_IOCQA_PC, "IOCQPC", BITS_VALUES(contiguous)),
	{0},
};

#define ROW(type, member, how, text, key, ...)                                                     \
	FIELD_AS(text, type, member, how, .json = (key), __VA_ARGS__)

static const struct field header_fields[] = {
	ROW(znvme_ctrl_state_header, ver, HEX, "Version (VER)", "version"),
	ROW(znvme_ctrl_state_header, csattr, HEX, "Controller State Attributes (CSATTR)",
	    "controller state attributes", .bits = csattr_bits),
	ROW(znvme_ctrl_state_header, nvmecss, DEC, "NVMe Controller State Size (NVMECSS)",
	    "nvme controller state size"),
	ROW(znvme_ctrl_state_header, vss, DEC, "Vendor Specific Size (VSS)",
	    "vendor specific size"),
	{0},
};

static const struct field nvme_fields[] = {
	ROW(znvme_nvme_state, ver, HEX, "Version (VER)", "version"),
	ROW(znvme_nvme_state, niosq, DEC, "Number of I/O Submission Queues (NIOSQ)",
	    "number of io submission queues"),
	ROW(znvme_nvme_state, niocq, DEC, "Number of I/O Completion Queues (NIOCQ)",
	    "number of io completion queues"),
	{0},
};

static const struct field sq_fields[] = {
	ROW(znvme_iosq_state, iosqprp1, HEX, "PRP Entry 1 (IOSQPRP1)", "io submission prp entry 1"),
	ROW(znvme_iosq_state, iosqqsize, HEX, "Queue Size (IOSQQSIZE)", "io submission queue size"),
	ROW(znvme_iosq_state, iosqqid, HEX, "Identifier (IOSQQID)",
	    "io submission queue identifier"),
	ROW(znvme_iosq_state, iosqcqid, HEX, "Completion Queue Identifier (IOSQCQID)",
	    "io completion queue identifier"),
	ROW(znvme_iosq_state, iosqa, HEX, "Attributes (IOSQA)", "io submission queue attributes",
	    .bits = iosqa_bits),
	ROW(znvme_iosq_state, iosqhp, HEX, "I/O Submission Queue Head Pointer (IOSQHP)",
	    "io submission queue head pointer"),
	ROW(znvme_iosq_state, iosqtp, HEX, "I/O Submission Queue Tail Pointer (IOSQTP)",
	    "io submission queue tail pointer"),
	{0},
};

static const struct field cq_fields[] = {
	ROW(znvme_iocq_state, iocqprp1, HEX, "I/O Completion PRP Entry 1 (IOCQPRP1)",
	    "io completion prp entry 1"),
	ROW(znvme_iocq_state, iocqqsize, HEX, "I/O Completion Queue Size (IOCQQSIZE)",
	    "io completion queue size"),
	ROW(znvme_iocq_state, iocqqid, HEX, "I/O Completion Queue Identifier (IOCQQID)",
	    "io completion queue identifier"),
	ROW(znvme_iocq_state, iocqhp, HEX, "I/O Completion Queue Head Pointer (IOCQHP)",
	    "io completion queue head pointer"),
	ROW(znvme_iocq_state, iocqtp, HEX, "I/O Completion Queue Tail Pointer (IOCQTP)",
	    "io completion queue tail pointer"),
	ROW(znvme_iocq_state, iocqa, HEX, "I/O Completion Queue Attributes (IOCQA)",
	    "io completion queue attributes", .bits = iocqa_bits),
	{0},
};

static struct json_object *state_json(const struct znvme_ctrl_state *state)
{
	struct json_object *root = json_object_new_object(), *nvme = json_object_new_object();
	struct json_object *sqs = json_object_new_array(), *cqs = json_object_new_array();

	fields_json(root, header_fields, &state->header);
	fields_json(nvme, nvme_fields, &state->nvme);
	for (unsigned i = 0; i < state->nvme.niosq; i++) {
		const struct znvme_iosq_state sq = znvme_ctrl_state_sq(state, i);
		struct json_object *object = json_object_new_object();

		fields_json(object, sq_fields, &sq);
		json_object_array_add(sqs, object);
	}
	for (unsigned i = 0; i < state->nvme.niocq; i++) {
		const struct znvme_iocq_state cq = znvme_ctrl_state_cq(state, i);
		struct json_object *object = json_object_new_object();

		fields_json(object, cq_fields, &cq);
		json_object_array_add(cqs, object);
	}
	json_object_object_add(nvme, "io submission queue list", sqs);
	json_object_object_add(nvme, "io completion queue list", cqs);
	json_object_object_add(root, "nvme controller state", nvme);
	return root;
}

static void print_state(const struct tool *tool, const struct znvme_ctrl_state *state)
{
	fputs("Header:\n", tool->out);
	fields_print(tool->out, header_fields, WIDTH, &state->header, tool->human);
	if (!state->sqs)
		return;
	fputs("\nNVMe Controller State Data Structure:\n", tool->out);
	fields_print(tool->out, nvme_fields, WIDTH, &state->nvme, tool->human);
	for (unsigned i = 0; i < state->nvme.niosq; i++) {
		const struct znvme_iosq_state sq = znvme_ctrl_state_sq(state, i);

		fprintf(tool->out, "\nNVMe I/O Submission Queue Data [%u]:\n", i);
		fields_print(tool->out, sq_fields, WIDTH, &sq, tool->human);
	}
	for (unsigned i = 0; i < state->nvme.niocq; i++) {
		const struct znvme_iocq_state cq = znvme_ctrl_state_cq(state, i);

		fprintf(tool->out, "\nNVMe I/O Completion Queue Data [%u]:\n", i);
		fields_print(tool->out, cq_fields, WIDTH, &cq, tool->human);
	}
}

/* ---- lm-migration-recv --------------------------------------------------------------------- */

/* The whole state, or the dwords that were asked for. */
static int get_state(struct tool *tool, const struct state_args *args, void **data, size_t *len,
		     bool *suspended)
{
	int rc;

	if (!tool_given(tool, "numd") && !args->offset) {
		rc = znvme_ctrl_state_read(tool->ctrl, &args->state, STATE_MAX, data, len,
					   suspended);
		return rc ? tool_fail(rc, "lm-migration-recv") : 0;
	}
	*len = (args->numd + (size_t)1) * 4;
	*data = calloc(1, *len);
	if (!*data)
		return tool_error("out of memory");
	rc = znvme_ctrl_state_get(tool->ctrl, &args->state, args->offset, *data, *len, suspended);
	return rc ? tool_fail(rc, "lm-migration-recv") : 0;
}

static int show_state(struct tool *tool, const void *data, size_t len, bool suspended)
{
	struct znvme_ctrl_state state;

	if (tool->format == TOOL_RAW) {
		fwrite(data, 1, len, tool->out);
		return 0;
	}
	if (znvme_ctrl_state_parse(data, len, &state))
		return tool_error("lm-migration-recv: %s; --raw-binary and --output-file take what "
				  "there is",
				  znvme_errmsg());
	if (tool->format == TOOL_JSON) {
		tool->json = state_json(&state);
		return 0;
	}
	fprintf(tool->out, "CDW0: 0x%x: Controller %sSuspended\n", suspended,
		suspended ? "" : "NOT ");
	print_state(tool, &state);
	return 0;
}

static int run_recv(struct tool *tool, void *arg)
{
	const struct state_args *args = arg;
	tool_autofree void *data = NULL;
	bool suspended = false;
	size_t len;

	if (!tool_given(tool, "cntlid"))
		return tool_error("lm-migration-recv: --cntlid is missing");
	if (args->sel != ZNVME_MIGRATION_GET_STATE)
		return tool_error("lm-migration-recv: --sel %u: there is 0 only, Get Controller "
				  "State",
				  args->sel);
	if (args->offset && !args->file && tool->format != TOOL_RAW)
		return tool_error("lm-migration-recv: a state is shown from its start on: --offset "
				  "goes with --raw-binary or --output-file");
	if (args->file && outfile_is_stdout(args->file) && tool->format == TOOL_JSON)
		return tool_error("lm-migration-recv: JSON and the state do not go to one output: "
				  "give --output-file FILE");
	if (tool_open(tool) || get_state(tool, args, &data, &len, &suspended))
		return 1;
	if (!args->file)
		return show_state(tool, data, len, suspended);
	if (outfile_save(args->file, data, len))
		return 1;
	if (outfile_is_stdout(args->file))
		return 0;
	if (tool->format == TOOL_JSON)
		manage_say(tool, "suspended", suspended, "%s", "");
	manage_say(tool, "length", len, "CDW0: 0x%x: Controller %sSuspended", suspended,
		   suspended ? "" : "NOT ");
	return 0;
}

/* ---- the commands -------------------------------------------------------------------------- */

const struct tool_command lm_migration_send_command = {
	.name = "lm-migration-send",
	.summary = "suspend or resume another controller, or set its state",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = send_options,
	.args_size = sizeof(struct state_args),
	.details =
		"A suspended controller takes no commands of its host's until it is resumed. A "
		"state\n"
		"is set on a suspended one, and takes effect when it is resumed. Whether either\n"
		"lasts when this controller is reset, as it is when the tool ends, is the "
		"device's.\n",
	.example = "znvme lm-migration-send sim:with=lm --sel 0 --stype 1 --cntlid 1",
	.run = run_send,
};

const struct tool_command lm_migration_recv_command = {
	.name = "lm-migration-recv",
	.summary = "the state of another controller, for a migration",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = recv_options,
	.args_size = sizeof(struct state_args),
	.details =
		"Without --numd and --offset the whole state is read, in as many commands as that\n"
		"takes. --csvi 1 has the I/O queues in it: without it and --csuuidi there is a\n"
		"header only.\n",
	.example = "znvme lm-migration-recv sim:with=lm --cntlid 1 --csvi 1",
	.run = run_recv,
};
