/* SPDX-License-Identifier: MIT */
/*
 * get-log: any log page, or a part of one, as a hex dump, as bytes, or as hexadecimal digits in
 * JSON (Base 2.1, section 5.1.12).
 */
#include "commands.h"
#include "fields.h"

#include <string.h>

#define GET_LOG_MAX (64u << 20)

struct get_log_args {
	uint8_t log_id;
	uint32_t log_len;
	uint64_t lpo;
	uint8_t lsp;
	uint16_t lsi;
	bool rae;
	uint8_t csi;
	uint8_t uuid_index;
	uint32_t xfer_len;
	uint32_t aen;
};

#define OFFSET(member) offsetof(struct get_log_args, member)

static const struct tool_option get_log_options[] = {
	TOOL_OPTION('i', "log-id", "LID", TOOL_U8, OFFSET(log_id),
		    "log page identifier (required)"),
	TOOL_OPTION('l', "log-len", "BYTES", TOOL_U32, OFFSET(log_len), "bytes to read",
		    .preset = 512, .min = 4, .max = GET_LOG_MAX),
	TOOL_OPTION('a', "aen", "N", TOOL_U32, OFFSET(aen),
		    "dword 0 of an asynchronous event: 4 KiB of the log page that it names"),
	TOOL_OPTION('L', "lpo", "BYTES", TOOL_U64, OFFSET(lpo), "offset in the log page"),
	TOOL_OPTION('s', "lsp", "N", TOOL_U8, OFFSET(lsp), "log specific parameter", .max = 127),
	TOOL_OPTION('S', "lsi", "N", TOOL_U16, OFFSET(lsi), "log specific identifier"),
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, OFFSET(rae), "retain the asynchronous event"),
	TOOL_OPTION('y', "csi", "CSI", TOOL_U8, OFFSET(csi), "command set identifier"),
	TOOL_OPTION('U', "uuid-index", "N", TOOL_U8, OFFSET(uuid_index), "UUID index", .max = 127),
	TOOL_OPTION('x', "xfer-len", "BYTES", TOOL_U32, OFFSET(xfer_len),
		    "bytes of one command (default: what the device takes)", .min = 4),
	{0},
};

/* The log in pieces of --xfer-len, or all of it in one call, which makes its own pieces. */
static int fetch(struct tool *tool, const struct get_log_args *args, uint32_t nsid, char *data)
{
	uint32_t piece = args->xfer_len ? args->xfer_len & ~3u : args->log_len;

	for (uint32_t done = 0; done < args->log_len; done += piece) {
		uint32_t rest = args->log_len - done;
		const struct znvme_get_log_args log_args = {
			.lid = args->log_id,
			.lsp = args->lsp,
			.lsi = args->lsi,
			.nsid = nsid,
			.offset = args->lpo + done,
			.csi = args->csi,
			.uuidx = args->uuid_index,
			.rae = args->rae || rest > piece,
		};
		int rc = znvme_get_log(tool->ctrl, &log_args, data + done,
				       rest < piece ? rest : piece);

		if (rc)
			return tool_fail(rc, "get log page");
	}
	return 0;
}

static int run_get_log(struct tool *tool, void *arg)
{
	struct get_log_args *args = arg;
	uint32_t nsid = tool->nsid_given ? tool->nsid : ZNVME_NSID_ALL;
	tool_autofree char *data = NULL;
	const char *name;

	if (tool_given(tool, "aen")) {
		args->log_id = (uint8_t)znvme_field_get(ZNVME_AER_LID, args->aen);
		args->log_len = 4096;
	}
	name = znvme_log_name(args->log_id);
	if (!tool_given(tool, "log-id") && !tool_given(tool, "aen"))
		return tool_error("get-log: --log-id is missing; 2 is SMART / health information");
	if (args->log_len % 4 || args->lpo % 4)
		return tool_error("get-log: --log-len and --lpo are multiples of 4");
	data = calloc(1, args->log_len);
	if (!data)
		return tool_error("out of memory");
	if (tool_open(tool) || fetch(tool, args, nsid, data))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(data, 1, args->log_len, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_string(tool->json, "device", tool->address);
		json_add_number(tool->json, "log_id", args->log_id);
		json_add_string(tool->json, "name", name ? name : "");
		json_add_number(tool->json, "nsid", nsid);
		json_add_number(tool->json, "offset", args->lpo);
		json_add_number(tool->json, "length", args->log_len);
		json_add_hex(tool->json, "data", data, args->log_len);
	} else {
		fprintf(tool->out, "Device:%s log-id:%u namespace-id:%#x%s%s\n", tool->address,
			args->log_id, nsid, name ? " " : "", name ? name : "");
		hex_dump(tool->out, data, args->log_len);
	}
	return 0;
}

const struct tool_command get_log_command = {
	.name = "get-log",
	.summary = "any log page, as bytes",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT | TOOL_BINARY,
	.options = get_log_options,
	.args_size = sizeof(struct get_log_args),
	.example = "znvme get-log sim: --log-id 2 --log-len 512",
	.run = run_get_log,
};
