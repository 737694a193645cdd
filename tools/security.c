/* SPDX-License-Identifier: MIT */
/*
 * security-send, security-recv, nvme-mi-send, nvme-mi-recv: commands that carry another protocol's
 * data (Base 2.1, sections 5.1.23, 5.1.24, 5.1.17, 5.1.18).
 */
#include "commands.h"
#include "manage.h"

struct carry_args {
	const char *file;
	uint8_t secp, nssf, opcode, nmimt;
	uint16_t spsp;
	uint32_t len, tl, nmd0, nmd1;
	bool force;
};

#define AT(member) offsetof(struct carry_args, member)

/* ---- security ------------------------------------------------------------------------------ */

static const struct tool_option security_send_options[] = {
	TOOL_OPTION('f', "file", "FILE", TOOL_STRING, AT(file),
		    "the data (default: standard input)"),
	TOOL_OPTION('p', "secp", "N", TOOL_U8, AT(secp), "security protocol"),
	TOOL_OPTION('s', "spsp", "N", TOOL_U16, AT(spsp), "security protocol specific"),
	TOOL_OPTION('N', "nssf", "N", TOOL_U8, AT(nssf), "NVMe security specific field"),
	TOOL_OPTION('t', "tl", "BYTES", TOOL_U32, AT(tl),
		    "transfer length (default: that of the data)", .max = MANAGE_DATA_MAX),
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

	if (manage_read_data(args->file, args->tl, &data, &len))
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
		    .min = 1, .max = MANAGE_DATA_MAX),
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
	manage_show_data(tool, data, args->len, (uint32_t)result);
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

/* ---- the management interface -------------------------------------------------------------- */

#define MI_OPTIONS                                                                                 \
	TOOL_OPTION('O', "opcode", "N", TOOL_U8, AT(opcode),                                       \
		    "opcode of the management interface"),                                         \
		TOOL_OPTION('m', "nmimt", "N", TOOL_U8, AT(nmimt),                                 \
			    "message type: 1 a command of the management interface", .preset = 1,  \
			    .max = 15),                                                            \
		TOOL_OPTION('0', "nmd0", "N", TOOL_U32, AT(nmd0), "management dword 0"),           \
		TOOL_OPTION('1', "nmd1", "N", TOOL_U32, AT(nmd1), "management dword 1")

static const struct tool_option mi_send_options[] = {
	MI_OPTIONS,
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, AT(len), "bytes of data",
		    .max = MANAGE_DATA_MAX),
	TOOL_OPTION('i', "input-file", "FILE", TOOL_STRING, AT(file),
		    "the data (default: standard input)"),
	MANAGE_FORCE(carry_args),
	{0},
};

static const struct tool_option mi_recv_options[] = {
	MI_OPTIONS,
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, AT(len), "bytes of data",
		    .max = MANAGE_DATA_MAX),
	MANAGE_FORCE(carry_args),
	{0},
};

#undef MI_OPTIONS

#define MI_MESSAGE 4u /* the message type of NVMe-MI (MCTP's DSP0238) */

static struct znvme_sqe mi_command(const struct tool *tool, uint8_t opcode,
				   const struct carry_args *args)
{
	struct znvme_sqe cmd = znvme_admin_sqe(opcode, tool->nsid_given ? tool->nsid : 0);

	cmd.cdw10 = MI_MESSAGE | (uint32_t)args->nmimt << 11;
	cmd.cdw11 = args->opcode;
	cmd.cdw12 = args->nmd0;
	cmd.cdw13 = args->nmd1;
	return cmd;
}

static int run_mi_send(struct tool *tool, void *arg)
{
	const struct carry_args *args = arg;
	const struct znvme_sqe cmd = mi_command(tool, ZNVME_ADM_NVME_MI_SEND, args);
	tool_autofree void *data = NULL;
	uint64_t result = 0;
	size_t len = 0;

	if (args->len && manage_read_data(args->file, args->len, &data, &len))
		return 1;
	if (len < args->len)
		return tool_error("nvme-mi-send: the data end after %zu of %u bytes", len,
				  args->len);
	if (tool_open(tool) ||
	    manage_exec(tool, &cmd, data, (len + 3) & ~(size_t)3, &result, args->force))
		return 1;
	manage_show_data(tool, NULL, 0, (uint32_t)result);
	return 0;
}

static int run_mi_recv(struct tool *tool, void *arg)
{
	const struct carry_args *args = arg;
	const struct znvme_sqe cmd = mi_command(tool, ZNVME_ADM_NVME_MI_RECV, args);
	size_t len = (args->len + 3) & ~3u;
	tool_autofree void *data = calloc(1, len ? len : 4);
	uint64_t result = 0;

	if (!data)
		return tool_error("out of memory");
	if (tool_open(tool) || manage_exec(tool, &cmd, data, len, &result, args->force))
		return 1;
	manage_show_data(tool, data, args->len, (uint32_t)result);
	return 0;
}

const struct tool_command mi_send_command = {
	.name = "nvme-mi-send",
	.summary = "a management interface command with data to the device",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT,
	.options = mi_send_options,
	.args_size = sizeof(struct carry_args),
	.example = "znvme nvme-mi-send sim:with=mi --opcode 3 --nmd0 3",
	.run = run_mi_send,
};

const struct tool_command mi_recv_command = {
	.name = "nvme-mi-recv",
	.summary = "a management interface command with data from the device",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT | TOOL_BINARY,
	.options = mi_recv_options,
	.args_size = sizeof(struct carry_args),
	.example = "znvme nvme-mi-recv sim:with=mi --opcode 0 --data-len 32",
	.run = run_mi_recv,
};
