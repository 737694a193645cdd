/* SPDX-License-Identifier: MIT */
/*
 * security-send, security-recv, dir-send, dir-receive, nvme-mi-send, nvme-mi-recv: commands that
 * carry another protocol's data (Base 2.1, sections 5.1.23, 5.1.24, 5.1.6, 5.1.7, 5.1.17, 5.1.18).
 */
#include "commands.h"
#include "manage.h"

#include <string.h>

#define DATA_MAX (16u << 20)

struct carry_args {
	const char *file;
	uint8_t secp, nssf, dtype, tdtype, doper, endir, opcode;
	uint16_t spsp, dspec, request;
	uint32_t len, tl, nmd0, nmd1;
	bool force;
};

#define AT(member) offsetof(struct carry_args, member)

/* Data from the device: a dump, JSON, or the bytes; `result` is dword 0. */
static void show_data(struct tool *tool, const void *data, size_t len, uint32_t result)
{
	if (tool->format == TOOL_RAW) {
		fwrite(data, 1, len, tool->out);
		return;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "result", result);
		json_add_number(tool->json, "length", len);
		json_add_hex(tool->json, "data", data, len);
		return;
	}
	fprintf(tool->out, "%s: Success:%#x\n", tool->command->name, result);
	if (len)
		hex_dump(tool->out, data, len);
}

/* A file's bytes, filled with zeroes to whole dwords. */
static int read_data(const char *path, uint32_t max, void **data, size_t *len)
{
	void *bytes = NULL;
	size_t padded;

	if (tool_read_file(path, max ? max : DATA_MAX, &bytes, len))
		return 1;
	padded = (*len + 3) & ~(size_t)3;
	*data = calloc(1, padded ? padded : 4);
	if (*data && *len)
		memcpy(*data, bytes, *len);
	free(bytes);
	return *data ? 0 : tool_error("out of memory");
}

/* ---- security ------------------------------------------------------------------------------ */

static const struct tool_option security_send_options[] = {
	TOOL_OPTION('f', "file", "FILE", TOOL_STRING, AT(file),
		    "the data (default: standard input)"),
	TOOL_OPTION('p', "secp", "N", TOOL_U8, AT(secp), "security protocol"),
	TOOL_OPTION('s', "spsp", "N", TOOL_U16, AT(spsp), "security protocol specific"),
	TOOL_OPTION('N', "nssf", "N", TOOL_U8, AT(nssf), "NVMe security specific field"),
	TOOL_OPTION('t', "tl", "BYTES", TOOL_U32, AT(tl),
		    "transfer length (default: that of the data)", .max = DATA_MAX),
	MANAGE_FORCE(carry_args),
	{0},
};

static int run_security_send(struct tool *tool, void *arg)
{
	const struct carry_args *args = arg;
	uint32_t nsid = tool->nsid_given ? tool->nsid : 0;
	tool_autofree void *data = NULL;
	struct znvme_sqe cmd;
	uint64_t result = 0;
	size_t len;

	if (read_data(args->file, args->tl, &data, &len))
		return 1;
	if (args->tl > len)
		return tool_error("security-send: --tl %u: there are %zu bytes of data", args->tl,
				  len);
	cmd = znvme_admin_security(ZNVME_ADM_SECURITY_SEND, nsid, args->secp, args->spsp,
				   args->nssf, args->tl ? args->tl : (uint32_t)len);
	if (tool_open(tool) ||
	    manage_exec(tool, &cmd, data, (len + 3) & ~(size_t)3, &result, args->force))
		return 1;
	manage_say(tool, "result", (uint32_t)result, "NVME Security Send Command Success");
	return 0;
}

const struct tool_command security_send_command = {
	.name = "security-send",
	.summary = "data to a security protocol (SPC-5, TCG)",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT,
	.options = security_send_options,
	.args_size = sizeof(struct carry_args),
	.example = "echo hello | znvme security-send sim: --secp 0xf0",
	.run = run_security_send,
};

static const struct tool_option security_recv_options[] = {
	TOOL_OPTION('x', "size", "BYTES", TOOL_U32, AT(len), "bytes to receive", .preset = 512,
		    .min = 1, .max = DATA_MAX),
	TOOL_OPTION('p', "secp", "N", TOOL_U8, AT(secp), "security protocol"),
	TOOL_OPTION('s', "spsp", "N", TOOL_U16, AT(spsp), "security protocol specific"),
	TOOL_OPTION('N', "nssf", "N", TOOL_U8, AT(nssf), "NVMe security specific field"),
	TOOL_OPTION('t', "al", "BYTES", TOOL_U32, AT(tl), "allocation length (default: --size)"),
	MANAGE_FORCE(carry_args),
	{0},
};

static int run_security_recv(struct tool *tool, void *arg)
{
	const struct carry_args *args = arg;
	size_t len = (args->len + 3) & ~3u;
	const struct znvme_sqe cmd = znvme_admin_security(
		ZNVME_ADM_SECURITY_RECV, tool->nsid_given ? tool->nsid : 0, args->secp, args->spsp,
		args->nssf, args->tl ? args->tl : args->len);
	tool_autofree void *data = calloc(1, len);
	uint64_t result = 0;

	if (!data)
		return tool_error("out of memory");
	if (args->tl > len)
		return tool_error("security-recv: --al is more than --size");
	if (tool_open(tool) || manage_exec(tool, &cmd, data, len, &result, args->force))
		return 1;
	show_data(tool, data, args->len, (uint32_t)result);
	return 0;
}

const struct tool_command security_recv_command = {
	.name = "security-recv",
	.summary = "data of a security protocol; protocol 0 lists the others",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT | TOOL_BINARY,
	.options = security_recv_options,
	.args_size = sizeof(struct carry_args),
	.example = "znvme security-recv sim: --secp 0 --size 16",
	.run = run_security_recv,
};

/* ---- directives ---------------------------------------------------------------------------- */

static const struct tool_option dir_send_options[] = {
	TOOL_OPTION('D', "dir-type", "N", TOOL_U8, AT(dtype), "0 Identify, 1 Streams"),
	TOOL_OPTION('O', "dir-oper", "N", TOOL_U8, AT(doper), "operation of that type"),
	TOOL_OPTION('S', "dir-spec", "N", TOOL_U16, AT(dspec), "specific to it: a stream"),
	TOOL_OPTION('T', "target-dir", "N", TOOL_U8, AT(tdtype), "type to enable or disable"),
	TOOL_OPTION('e', "endir", "N", TOOL_U8, AT(endir), "1 enable it, 0 disable it", .max = 1),
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, AT(len), "bytes of data, a multiple of 4",
		    .max = DATA_MAX),
	TOOL_OPTION('i', "input-file", "FILE", TOOL_STRING, AT(file),
		    "the data (default: standard input)"),
	MANAGE_FORCE(carry_args),
	{0},
};

static int run_dir_send(struct tool *tool, void *arg)
{
	const struct carry_args *args = arg;
	uint32_t cdw12 = (uint32_t)(znvme_field_put(ZNVME_DIRECTIVE_ENDIR, args->endir) |
				    znvme_field_put(ZNVME_DIRECTIVE_TDT, args->tdtype));
	const struct znvme_sqe cmd =
		znvme_admin_directive(ZNVME_ADM_DIRECTIVE_SEND, tool->nsid, args->dtype,
				      args->doper, args->dspec, cdw12, args->len);
	tool_autofree void *data = NULL;
	uint64_t result = 0;
	size_t len = 0;

	if (args->len % 4)
		return tool_error("dir-send: --data-len is a multiple of 4");
	if (args->len && (read_data(args->file, args->len, &data, &len) || len != args->len))
		return tool_error("dir-send: there are %zu bytes of data, not %u", len, args->len);
	if (tool_open(tool) || manage_exec(tool, &cmd, data, len, &result, args->force))
		return 1;
	manage_say(tool, "result", (uint32_t)result,
		   "dir-send: type %#x, operation %#x, spec_val %#x, nsid %#x, result %#x",
		   args->dtype, args->doper, args->dspec, tool->nsid, (uint32_t)result);
	return 0;
}

const struct tool_command dir_send_command = {
	.name = "dir-send",
	.summary = "a directive's operation: enable a type, release a stream",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = dir_send_options,
	.args_size = sizeof(struct carry_args),
	.example = "znvme dir-send sim: --dir-oper 1 --target-dir 1 --endir 1 || echo no streams",
	.run = run_dir_send,
};

static const struct tool_option dir_receive_options[] = {
	TOOL_OPTION('D', "dir-type", "N", TOOL_U8, AT(dtype), "0 Identify, 1 Streams"),
	TOOL_OPTION('O', "dir-oper", "N", TOOL_U8, AT(doper),
		    "operation: 1 parameters, 2 status, "
		    "3 allocate",
		    .preset = 1),
	TOOL_OPTION('S', "dir-spec", "N", TOOL_U16, AT(dspec), "specific to it"),
	TOOL_OPTION('r', "req-resource", "N", TOOL_U16, AT(request), "streams to allocate"),
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, AT(len),
		    "bytes of data (default: what the operation has)", .max = DATA_MAX),
	MANAGE_FORCE(carry_args),
	{0},
};

static void show_types(struct tool *tool, const struct znvme_directive_params *params)
{
	static const char *const names[] = {"Identify Directive", "Stream Directive",
					    "Data Placement Directive"};

	fputs("        Return Parameters\n", tool->out);
	for (unsigned i = 0; i < TOOL_COUNT(names); i++)
		fprintf(tool->out, "                %-25s : %s, %s\n", names[i],
			params->supported[0] >> i & 1 ? "supported" : "not supported",
			params->enabled[0] >> i & 1 ? "enabled" : "disabled");
}

/* Bytes that an operation gives. */
static uint32_t receive_len(const struct carry_args *args)
{
	if (args->len)
		return args->len & ~3u;
	if (args->doper == ZNVME_DIRECTIVE_RECV_ALLOCATE)
		return 0;
	if (args->dtype == ZNVME_DIRECTIVE_STREAMS)
		return args->doper == ZNVME_DIRECTIVE_RECV_PARAMS ? 32 : 131072;
	return 4096;
}

static int run_dir_receive(struct tool *tool, void *arg)
{
	const struct carry_args *args = arg;
	uint32_t len = receive_len(args);
	const struct znvme_sqe cmd =
		znvme_admin_directive(ZNVME_ADM_DIRECTIVE_RECV, tool->nsid, args->dtype,
				      args->doper, args->dspec, args->request, len);
	tool_autofree void *data = calloc(1, len ? len : 4);
	uint64_t result = 0;

	if (!data)
		return tool_error("out of memory");
	if (tool_open(tool) || manage_exec(tool, &cmd, data, len, &result, args->force))
		return 1;
	if (tool->human && tool->format == TOOL_NORMAL && len >= 96 &&
	    args->dtype == ZNVME_DIRECTIVE_IDENTIFY)
		show_types(tool, data);
	else
		show_data(tool, data, len, (uint32_t)result);
	return 0;
}

const struct tool_command dir_receive_command = {
	.name = "dir-receive",
	.summary = "which directives there are, and what they say",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = dir_receive_options,
	.args_size = sizeof(struct carry_args),
	.example = "znvme dir-receive sim: --human-readable",
	.run = run_dir_receive,
};

/* ---- the management interface -------------------------------------------------------------- */

#define MI_OPTIONS                                                                                 \
	TOOL_OPTION('O', "opcode", "N", TOOL_U8, AT(opcode),                                       \
		    "opcode of the management interface"),                                         \
		TOOL_OPTION('0', "nmd0", "N", TOOL_U32, AT(nmd0), "management dword 0"),           \
		TOOL_OPTION('1', "nmd1", "N", TOOL_U32, AT(nmd1), "management dword 1")

static const struct tool_option mi_send_options[] = {
	MI_OPTIONS,
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, AT(len), "bytes of data", .max = DATA_MAX),
	TOOL_OPTION('i', "input-file", "FILE", TOOL_STRING, AT(file),
		    "the data (default: standard input)"),
	MANAGE_FORCE(carry_args),
	{0},
};

static const struct tool_option mi_recv_options[] = {
	MI_OPTIONS,
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, AT(len), "bytes of data", .max = DATA_MAX),
	MANAGE_FORCE(carry_args),
	{0},
};

#undef MI_OPTIONS

static struct znvme_sqe mi_command(uint8_t opcode, const struct carry_args *args)
{
	struct znvme_sqe cmd = znvme_admin_sqe(opcode, 0);

	cmd.cdw10 = 1u << 11; /* NVMe-MI message type, in NMIMT */
	cmd.cdw11 = args->opcode;
	cmd.cdw12 = args->nmd0;
	cmd.cdw13 = args->nmd1;
	return cmd;
}

static int run_mi_send(struct tool *tool, void *arg)
{
	const struct carry_args *args = arg;
	const struct znvme_sqe cmd = mi_command(ZNVME_ADM_NVME_MI_SEND, args);
	tool_autofree void *data = NULL;
	uint64_t result = 0;
	size_t len = 0;

	if (args->len && read_data(args->file, args->len, &data, &len))
		return 1;
	if (tool_open(tool) ||
	    manage_exec(tool, &cmd, data, (len + 3) & ~(size_t)3, &result, args->force))
		return 1;
	show_data(tool, NULL, 0, (uint32_t)result);
	return 0;
}

static int run_mi_recv(struct tool *tool, void *arg)
{
	const struct carry_args *args = arg;
	const struct znvme_sqe cmd = mi_command(ZNVME_ADM_NVME_MI_RECV, args);
	size_t len = (args->len + 3) & ~3u;
	tool_autofree void *data = calloc(1, len ? len : 4);
	uint64_t result = 0;

	if (!data)
		return tool_error("out of memory");
	if (tool_open(tool) || manage_exec(tool, &cmd, data, len, &result, args->force))
		return 1;
	show_data(tool, data, args->len, (uint32_t)result);
	return 0;
}

const struct tool_command mi_send_command = {
	.name = "nvme-mi-send",
	.summary = "a management interface command with data to the device",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = mi_send_options,
	.args_size = sizeof(struct carry_args),
	.example = "znvme nvme-mi-send sim:with=mi --opcode 3 --nmd0 3",
	.run = run_mi_send,
};

const struct tool_command mi_recv_command = {
	.name = "nvme-mi-recv",
	.summary = "a management interface command with data from the device",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = mi_recv_options,
	.args_size = sizeof(struct carry_args),
	.example = "znvme nvme-mi-recv sim:with=mi --opcode 0 --data-len 32",
	.run = run_mi_recv,
};
