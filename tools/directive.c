/* SPDX-License-Identifier: MIT */
/*
 * dir-send, dir-receive: directives, of the types Identify and Streams by their fields (Base 2.1,
 * sections 5.1.6, 5.1.7 and 8.1.8). Streams end with the reset of the controller, so with the
 * command: what needs them enabled can have that done ahead of it.
 */
#include "commands.h"
#include "manage.h"

#include <string.h>

struct directive_args {
	const char *file;
	uint8_t dtype, tdtype, doper, endir;
	uint16_t dspec, request;
	uint32_t len;
	bool enable;
	bool force;
};

#define AT(member) offsetof(struct directive_args, member)

#define ENABLE_OPTION                                                                              \
	TOOL_OPTION(0, "enable-streams", NULL, TOOL_FLAG, AT(enable),                              \
		    "enable them first: they end with each command's reset")

/* Have the controller and the namespace ready. 0, or 1 after an error message. */
static int open_enabled(struct tool *tool, const struct directive_args *args)
{
	const struct znvme_sqe cmd = znvme_admin_directive(
		ZNVME_ADM_DIRECTIVE_SEND, tool->nsid, ZNVME_DIRECTIVE_IDENTIFY,
		ZNVME_DIRECTIVE_SEND_ENABLE, 0,
		(uint32_t)znvme_field_put(ZNVME_DIRECTIVE_TDT, ZNVME_DIRECTIVE_STREAMS) |
			ZNVME_DIRECTIVE_ENDIR,
		0);

	if (tool_open(tool))
		return 1;
	return args->enable && manage_exec(tool, &cmd, NULL, 0, NULL, args->force);
}

static const char *const type_names[] = {"Identify", "Stream", "Data Placement"};

/* ---- dir-send ------------------------------------------------------------------------------ */

/* Whether it enables or disables a type. */
static bool enables(const struct directive_args *args)
{
	return args->dtype == ZNVME_DIRECTIVE_IDENTIFY &&
	       args->doper == ZNVME_DIRECTIVE_SEND_ENABLE;
}

/* What the operation did. */
static void explain_sent(FILE *out, const struct directive_args *args)
{
	if (enables(args) && args->tdtype < TOOL_COUNT(type_names))
		fprintf(out, "\t%s Directive : %s\n", type_names[args->tdtype],
			args->endir ? "enabled" : "disabled");
	else if (args->dtype != ZNVME_DIRECTIVE_STREAMS)
		return;
	else if (args->doper == ZNVME_DIRECTIVE_SEND_RELEASE)
		fprintf(out, "\tStream Identifier %u : released\n", args->dspec);
	else if (args->doper == ZNVME_DIRECTIVE_SEND_FREE)
		fputs("\tNamespace Streams Allocated : all released\n", out);
}

/* nvme-cli's line, and the data that were sent; these alone as bytes. */
static void say_sent(struct tool *tool, const struct directive_args *args, const void *data,
		     size_t len, uint32_t result)
{
	if (tool->format == TOOL_RAW) {
		if (len)
			fwrite(data, 1, len, tool->out);
		return;
	}
	manage_say(tool, "result", result,
		   "dir-send: type %#x, operation %#x, spec_val %#x, nsid %#x, result %#x",
		   args->dtype, args->doper, args->dspec, tool->nsid, result);
	if (tool->format == TOOL_JSON) {
		json_add_number(tool->json, "type", args->dtype);
		json_add_number(tool->json, "operation", args->doper);
		json_add_number(tool->json, "spec", args->dspec);
		json_add_number(tool->json, "nsid", tool->nsid);
		return;
	}
	if (tool->human)
		explain_sent(tool->out, args);
	if (len)
		hex_dump(tool->out, data, len);
}

static const struct tool_option dir_send_options[] = {
	TOOL_OPTION('D', "dir-type", "N", TOOL_U8, AT(dtype), "0 Identify, 1 Streams"),
	TOOL_OPTION('O', "dir-oper", "N", TOOL_U8, AT(doper),
		    "operation: of Identify 1 enable or disable; of Streams 1 release a stream, 2 "
		    "give back all that are allocated"),
	TOOL_OPTION('S', "dir-spec", "N", TOOL_U16, AT(dspec), "specific to it: a stream"),
	TOOL_OPTION('T', "target-dir", "N", TOOL_U8, AT(tdtype), "type to enable or disable"),
	TOOL_OPTION('e', "endir", "N", TOOL_U8, AT(endir), "1 enable it, 0 disable it", .preset = 1,
		    .max = 1),
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, AT(len), "bytes of data, a multiple of 4",
		    .max = MANAGE_DATA_MAX),
	TOOL_OPTION('i', "input-file", "FILE", TOOL_STRING, AT(file),
		    "the data (default: standard input)"),
	ENABLE_OPTION,
	MANAGE_FORCE(directive_args),
	{0},
};

static int run_dir_send(struct tool *tool, void *arg)
{
	const struct directive_args *args = arg;
	bool endir = args->endir && (enables(args) || tool_given(tool, "endir"));
	uint32_t cdw12 = (uint32_t)(znvme_field_put(ZNVME_DIRECTIVE_ENDIR, endir) |
				    znvme_field_put(ZNVME_DIRECTIVE_TDT, args->tdtype));
	const struct znvme_sqe cmd =
		znvme_admin_directive(ZNVME_ADM_DIRECTIVE_SEND, tool->nsid, args->dtype,
				      args->doper, args->dspec, cdw12, args->len);
	tool_autofree void *data = NULL;
	uint64_t result = 0;
	size_t len = 0;

	if (enables(args) && !tool_given(tool, "target-dir"))
		return tool_error("dir-send: --target-dir is missing: which type to enable or "
				  "disable");
	if (args->len % 4)
		return tool_error("dir-send: --data-len is a multiple of 4");
	if (args->len && (manage_read_data(args->file, args->len, &data, &len) || len != args->len))
		return tool_error("dir-send: there are %zu bytes of data, not %u", len, args->len);
	if (open_enabled(tool, args) || manage_exec(tool, &cmd, data, len, &result, args->force))
		return 1;
	say_sent(tool, args, data, len, (uint32_t)result);
	return 0;
}

const struct tool_command dir_send_command = {
	.name = "dir-send",
	.summary = "a directive's operation: enable a type, release a stream",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = dir_send_options,
	.args_size = sizeof(struct directive_args),
	.details = "A type that is enabled stays so until the command ends, which resets the "
		   "controller. Data that were sent are shown, and are all of the binary output; "
		   "-H says what was\ndone.\n",
	.example = "znvme dir-send sim: --dir-oper 1 --target-dir 1 --endir 1",
	.run = run_dir_send,
};

/* ---- dir-receive --------------------------------------------------------------------------- */

static const struct tool_option dir_receive_options[] = {
	TOOL_OPTION('D', "dir-type", "N", TOOL_U8, AT(dtype), "0 Identify, 1 Streams"),
	TOOL_OPTION('O', "dir-oper", "N", TOOL_U8, AT(doper),
		    "operation: 1 parameters; of Streams also 2 status, 3 allocate", .preset = 1),
	TOOL_OPTION('S', "dir-spec", "N", TOOL_U16, AT(dspec), "specific to it"),
	TOOL_OPTION('r', "req-resource", "N", TOOL_U16, AT(request), "streams to allocate"),
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, AT(len),
		    "bytes of data (default: what the operation has)", .max = MANAGE_DATA_MAX),
	ENABLE_OPTION,
	MANAGE_FORCE(directive_args),
	{0},
};

static void print_types(struct tool *tool, const struct znvme_directive_params *params)
{
	char name[32];

	for (int enabled = 0; enabled < 2; enabled++) {
		fputs(enabled ? "\tDirective status\n" : "\tDirective support\n", tool->out);
		for (unsigned i = 0; i < TOOL_COUNT(type_names); i++) {
			bool set = (enabled ? params->enabled[0] : params->supported[0]) >> i & 1;

			snprintf(name, sizeof(name), "%s Directive", type_names[i]);
			fprintf(tool->out, "\t\t%-24s : %s\n", name,
				enabled ? set ? "enabled" : "disabled"
				: set	? "supported"
					: "not supported");
		}
	}
}

static void add_types(struct tool *tool, const struct znvme_directive_params *params)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < TOOL_COUNT(type_names); i++) {
		struct json_object *type = json_object_new_object();

		json_add_number(type, "type", i);
		json_add_string(type, "name", type_names[i]);
		json_object_object_add(type, "supported",
				       json_object_new_boolean(params->supported[0] >> i & 1));
		json_object_object_add(type, "enabled",
				       json_object_new_boolean(params->enabled[0] >> i & 1));
		json_object_array_add(list, type);
	}
	json_object_object_add(tool->json, "directives", list);
}

static void show_types(struct tool *tool, const void *data)
{
	if (tool->json)
		add_types(tool, data);
	else
		print_types(tool, data);
}

static void show_params(struct tool *tool, const struct znvme_streams_params *params)
{
	const struct {
		const char *text, *name;
		unsigned value;
	} rows[] = {
		{"Max Streams Limit                          (MSL)", "msl", params->msl},
		{"NVM Subsystem Streams Available           (NSSA)", "nssa", params->nssa},
		{"NVM Subsystem Streams Open                (NSSO)", "nsso", params->nsso},
		{"NVM Subsystem Stream Capability           (NSSC)", "nssc", params->nssc},
		{"Stream Write Size (in unit of LB size)     (SWS)", "sws", params->sws},
		{"Stream Granularity Size (in unit of SWS)   (SGS)", "sgs", params->sgs},
		{"Namespace Streams Allocated                (NSA)", "nsa", params->nsa},
		{"Namespace Streams Open                     (NSO)", "nso", params->nso},
	};

	for (unsigned i = 0; i < TOOL_COUNT(rows); i++) {
		if (tool->json)
			json_add_number(tool->json, rows[i].name, rows[i].value);
		else
			fprintf(tool->out, "\t%s: %u\n", rows[i].text, rows[i].value);
	}
}

/* The device's count is believed as far as there are data. */
static void show_status(struct tool *tool, const uint16_t *data, size_t len)
{
	struct json_object *list = tool->json ? json_object_new_array() : NULL;

	if (!list)
		fprintf(tool->out, "\tOpen Stream Count  : %u\n", data[0]);
	for (unsigned i = 1; i <= data[0] && i < len / sizeof(*data); i++) {
		if (list)
			json_object_array_add(list, json_object_new_int(data[i]));
		else
			fprintf(tool->out, "\tStream Identifier %.6u : %u\n", i, data[i]);
	}
	if (list) {
		json_add_number(tool->json, "osc", data[0]);
		json_object_object_add(tool->json, "sid", list);
	}
}

static void show_allocated(struct tool *tool, uint32_t result)
{
	if (tool->json)
		json_add_number(tool->json, "nsa", result & ZNVME_DIRECTIVE_NSR);
	else
		fprintf(tool->out, "\tNamespace Streams Allocated (NSA): %u\n",
			result & ZNVME_DIRECTIVE_NSR);
}

/* By its fields, where it has such and all of them are there; else false. */
static bool show_decoded(struct tool *tool, const struct directive_args *args, const void *data,
			 uint32_t len, uint32_t result)
{
	bool streams = args->dtype == ZNVME_DIRECTIVE_STREAMS;

	if (args->dtype == ZNVME_DIRECTIVE_IDENTIFY && args->doper == ZNVME_DIRECTIVE_RECV_PARAMS &&
	    len >= 96)
		show_types(tool, data);
	else if (streams && args->doper == ZNVME_DIRECTIVE_RECV_PARAMS &&
		 len >= sizeof(struct znvme_streams_params))
		show_params(tool, data);
	else if (streams && args->doper == ZNVME_DIRECTIVE_RECV_STATUS && len >= 4)
		show_status(tool, data, len);
	else if (streams && args->doper == ZNVME_DIRECTIVE_RECV_ALLOCATE)
		show_allocated(tool, result);
	else
		return false;
	return true;
}

static void show_received(struct tool *tool, const struct directive_args *args, const void *data,
			  uint32_t len, uint32_t result)
{
	if (tool->format == TOOL_RAW) {
		fwrite(data, 1, len, tool->out);
		return;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "result", result);
		if (show_decoded(tool, args, data, len, result))
			return;
		json_add_number(tool->json, "length", len);
		json_add_hex(tool->json, "data", data, len);
		return;
	}
	fprintf(tool->out, "dir-receive: type:%#x operation:%#x spec:%#x nsid:%#x result:%#x\n",
		args->dtype, args->doper, args->dspec, tool->nsid, result);
	if (!(tool->human && show_decoded(tool, args, data, len, result)) && len)
		hex_dump(tool->out, data, len);
}

/* Bytes that an operation gives. */
static uint32_t receive_len(const struct directive_args *args)
{
	if (args->len)
		return args->len & ~3u;
	if (args->dtype != ZNVME_DIRECTIVE_STREAMS)
		return ZNVME_IDENTIFY_SIZE;
	switch (args->doper) {
	case ZNVME_DIRECTIVE_RECV_PARAMS:
		return sizeof(struct znvme_streams_params);
	case ZNVME_DIRECTIVE_RECV_ALLOCATE:
		return 0;
	default:
		return sizeof(struct znvme_streams_status);
	}
}

static int run_dir_receive(struct tool *tool, void *arg)
{
	const struct directive_args *args = arg;
	uint32_t len = receive_len(args);
	const struct znvme_sqe cmd =
		znvme_admin_directive(ZNVME_ADM_DIRECTIVE_RECV, tool->nsid, args->dtype,
				      args->doper, args->dspec, args->request, len);
	tool_autofree void *data = calloc(1, len ? len : 4);
	uint64_t result = 0;

	if (!data)
		return tool_error("out of memory");
	if (open_enabled(tool, args) ||
	    manage_exec(tool, &cmd, len ? data : NULL, len, &result, args->force))
		return 1;
	show_received(tool, args, data, len, (uint32_t)result);
	return 0;
}

const struct tool_command dir_receive_command = {
	.name = "dir-receive",
	.summary = "which directives there are, and what they say",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = dir_receive_options,
	.args_size = sizeof(struct directive_args),
	.details = "-H shows Identify and Streams by their fields, and so does JSON.\n",
	.example = "znvme dir-receive sim: --dir-type 1 --human-readable",
	.run = run_dir_receive,
};
