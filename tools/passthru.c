/* SPDX-License-Identifier: MIT */
/*
 * admin-passthru, io-passthru: any command, dword by dword. reset: the controller anew (Base 2.1,
 * section 3.7.2).
 */
#include "commands.h"
#include "fields.h"
#include "outfile.h"

#include <inttypes.h>
#include <string.h>

#define DATA_MAX (64u << 20)

struct passthru_args {
	uint8_t opcode;
	uint8_t flags;
	uint8_t prefill;
	uint32_t nsid;
	uint32_t data_len;
	uint32_t metadata_len;
	uint32_t cdw[16]; /* by number; 2, 3 and 10 to 15 are used */
	const char *input_file;
	const char *metadata;
	bool latency;
	bool read;
	bool write;
	bool show_command;
	bool dry_run;
};

#define OFFSET(member) offsetof(struct passthru_args, member)
#define CDW(letter, n)                                                                             \
	TOOL_OPTION(letter, "cdw" #n, "N", TOOL_U32, OFFSET(cdw[n]), "command dword " #n)

/* clang-format off */
#define PASSTHRU_OPTIONS                                                                           \
	TOOL_OPTION('O', "opcode", "N", TOOL_U8, OFFSET(opcode), "opcode (required)"),             \
	TOOL_OPTION('f', "flags", "N", TOOL_U8, OFFSET(flags), "command flags (FUSE, PSDT)"),      \
	TOOL_OPTION('n', "namespace-id", "NSID", TOOL_U32, OFFSET(nsid),                           \
		    "namespace (default: by the address as in 06:00.0n2, else 0; for I/O 1)"),     \
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, OFFSET(data_len), "length of the data",    \
		    .max = DATA_MAX),                                                              \
	CDW('2', 2),                                                                               \
	CDW('3', 3),                                                                               \
	CDW('4', 10),                                                                              \
	CDW('5', 11),                                                                              \
	CDW('6', 12),                                                                              \
	CDW('7', 13),                                                                              \
	CDW('8', 14),                                                                              \
	CDW('9', 15),                                                                              \
	TOOL_OPTION('p', "prefill", "BYTE", TOOL_U8, OFFSET(prefill),                              \
		    "fill the buffer with this first; a write without --input-file sends that"),   \
	TOOL_OPTION('i', "input-file", "FILE", TOOL_STRING, OFFSET(input_file),                    \
		    "the data: written to it by --read, taken from it by --write"),                \
	TOOL_OPTION('r', "read", NULL, TOOL_FLAG, OFFSET(read), "data come from the device"),      \
	TOOL_OPTION('w', "write", NULL, TOOL_FLAG, OFFSET(write), "data go to the device"),        \
	TOOL_OPTION('s', "show-command", NULL, TOOL_FLAG, OFFSET(show_command),                    \
		    "show the command before it is sent"),                                         \
	TOOL_OPTION('d', "dry-run", NULL, TOOL_FLAG, OFFSET(dry_run),                              \
		    "show it, and do not send it"),                                                \
	TOOL_OPTION('T', "latency", NULL, TOOL_FLAG, OFFSET(latency), "say how long it took")
/* clang-format on */

static const struct tool_option admin_options[] = {PASSTHRU_OPTIONS, {0}};

static const struct tool_option io_options[] = {
	PASSTHRU_OPTIONS,
	TOOL_OPTION('m', "metadata-len", "BYTES", TOOL_U32, OFFSET(metadata_len),
		    "length of the metadata, which lie apart from the data", .max = DATA_MAX),
	TOOL_OPTION('M', "metadata", "FILE", TOOL_STRING, OFFSET(metadata),
		    "the metadata: written to it, or taken from it, as --input-file"),
	{0},
};

/* ---- the command --------------------------------------------------------------------------- */

static void build(const struct tool *tool, const struct passthru_args *args, bool admin,
		  struct znvme_sqe *sqe)
{
	uint32_t nsid = args->nsid;

	if (!tool_given(tool, "namespace-id"))
		nsid = tool->nsid_given || !admin ? tool->nsid : 0;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = args->opcode;
	sqe->flags = args->flags;
	sqe->nsid = nsid;
	sqe->cdw2 = args->cdw[2];
	sqe->cdw3 = args->cdw[3];
	sqe->cdw10 = args->cdw[10];
	sqe->cdw11 = args->cdw[11];
	sqe->cdw12 = args->cdw[12];
	sqe->cdw13 = args->cdw[13];
	sqe->cdw14 = args->cdw[14];
	sqe->cdw15 = args->cdw[15];
}

static void show(FILE *out, const struct znvme_sqe *sqe, uint32_t data_len, uint32_t timeout_ms)
{
	const struct {
		const char *name;
		uint32_t value;
		int width;
	} rows[] = {
		{"opcode", sqe->opcode, 2},    {"flags", sqe->flags, 2}, {"nsid", sqe->nsid, 8},
		{"cdw2", sqe->cdw2, 8},	       {"cdw3", sqe->cdw3, 8},	 {"data_len", data_len, 8},
		{"cdw10", sqe->cdw10, 8},      {"cdw11", sqe->cdw11, 8}, {"cdw12", sqe->cdw12, 8},
		{"cdw13", sqe->cdw13, 8},      {"cdw14", sqe->cdw14, 8}, {"cdw15", sqe->cdw15, 8},
		{"timeout_ms", timeout_ms, 8},
	};

	for (unsigned i = 0; i < TOOL_COUNT(rows); i++)
		fprintf(out, "%-12s : %0*" PRIx32 "\n", rows[i].name, rows[i].width, rows[i].value);
}

/* The options that contradict each other or the opcode. 0, or 1 after an error message. */
static int check(const struct tool *tool, const struct passthru_args *args)
{
	enum znvme_data_direction direction = znvme_opcode_direction(args->opcode);

	if (!tool_given(tool, "opcode"))
		return tool_error("%s: --opcode is missing", tool->command->name);
	if (args->read && args->write)
		return tool_error("%s: --read and --write exclude each other", tool->command->name);
	if (args->data_len && direction == ZNVME_DATA_NONE)
		return tool_error(
			"%s: opcode %#x carries no data (its bits 1:0 are 0), but --data-len is "
			"%u",
			tool->command->name, args->opcode, args->data_len);
	if ((args->read && !(direction & ZNVME_DATA_FROM_CTRL)) ||
	    (args->write && !(direction & ZNVME_DATA_TO_CTRL)))
		return tool_error("%s: opcode %#x moves data the other way (its bits 1:0 are %d)",
				  tool->command->name, args->opcode, direction);
	if ((args->read || args->write) && !args->data_len)
		return tool_error("%s: --data-len is missing", tool->command->name);
	if (args->metadata_len && !args->data_len)
		return tool_error("%s: metadata go with data: --data-len is missing",
				  tool->command->name);
	if (args->metadata_len && !args->metadata)
		return tool_error("%s: --metadata is missing: the file", tool->command->name);
	return 0;
}

static bool sends_data(const struct passthru_args *args)
{
	return args->data_len && !args->read &&
	       znvme_opcode_direction(args->opcode) & ZNVME_DATA_TO_CTRL;
}

/*
 * A buffer of `len` bytes, with what is to be sent: of `path`, or where none is named as --prefill
 * has it. 0, or 1 after an error message.
 */
static int prepare(const struct tool *tool, const struct passthru_args *args, const char *what,
		   const char *path, uint32_t len, char **data)
{
	tool_autofree void *file = NULL;
	size_t got;

	if (!len)
		return 0;
	*data = malloc(len);
	if (!*data)
		return tool_error("out of memory");
	memset(*data, args->prefill, len);
	if (!sends_data(args) || args->dry_run || (!path && tool_given(tool, "prefill")))
		return 0;
	if (tool_read_file(path, len, &file, &got))
		return 1;
	if (got < len)
		return tool_error("the %s end after %zu of %u bytes", what, got, len);
	memcpy(*data, file, got);
	return 0;
}

/* ---- sending it ---------------------------------------------------------------------------- */

/* Whether data or metadata take standard output; nothing else goes there then. */
static bool goes_to_stdout(const struct passthru_args *args)
{
	return (args->input_file && outfile_is_stdout(args->input_file)) ||
	       (args->metadata_len && outfile_is_stdout(args->metadata));
}

static int check_files(const struct tool *tool, const struct passthru_args *args)
{
	if (sends_data(args) || !args->data_len)
		return 0;
	if (args->metadata_len && outfile_is_same(args->input_file, args->metadata))
		return tool_error("%s: data and metadata do not go to one file",
				  tool->command->name);
	if (tool->format == TOOL_JSON && goes_to_stdout(args))
		return tool_error("%s: JSON and the data do not go to one output: name a file",
				  tool->command->name);
	return 0;
}

/* What came back: the result, and the data where they came from the device. */
static int put_result(struct tool *tool, const struct passthru_args *args, bool admin,
		      uint64_t result, const char *data, const char *metadata)
{
	bool received = args->data_len && !sends_data(args);
	const char *name = znvme_opcode_name(admin, args->opcode);
	bool to_stdout = received && goes_to_stdout(args);

	if (received && args->metadata_len &&
	    outfile_save(args->metadata, metadata, args->metadata_len))
		return 1;
	if (received && args->input_file) {
		if (outfile_save(args->input_file, data, args->data_len))
			return 1;
		received = false;
	}
	if (to_stdout)
		return 0;
	if (tool->format == TOOL_RAW) {
		if (received)
			fwrite(data, 1, args->data_len, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "opcode", args->opcode);
		json_add_string(tool->json, "name", name ? name : "");
		json_add_number(tool->json, "result", result);
		if (received)
			json_add_hex(tool->json, "data", data, args->data_len);
		return 0;
	}
	fprintf(stderr, "%s Command %s is Success and result: 0x%08" PRIx64 "\n",
		admin ? "Admin" : "IO", name ? name : "Vendor Specific", result);
	if (received)
		hex_dump(tool->out, data, args->data_len);
	return 0;
}

static int run_passthru(struct tool *tool, const struct passthru_args *args, bool admin)
{
	tool_autofree char *data = NULL;
	tool_autofree char *metadata = NULL;
	struct znvme_sqe sqe;
	uint64_t result = 0, us;
	int rc;

	if (check(tool, args) || check_files(tool, args) ||
	    prepare(tool, args, "data", args->input_file, args->data_len, &data) ||
	    prepare(tool, args, "metadata", args->metadata, args->metadata_len, &metadata))
		return 1;
	build(tool, args, admin, &sqe);
	if (args->show_command || args->dry_run)
		show(args->dry_run ? tool->out : stderr, &sqe, args->data_len, tool->timeout_ms);
	if (args->dry_run)
		return 0;
	if (tool_open(tool))
		return 1;
	us = tool_now_us();
	if (admin)
		rc = znvme_admin(tool->ctrl, &sqe, data, args->data_len, &result, tool->timeout_ms);
	else
		rc = znvme_io_exec(tool->ctrl, &sqe, data, args->data_len, metadata,
				   args->metadata_len, &result, tool->timeout_ms);
	us = tool_now_us() - us;
	if (rc)
		return tool_fail(rc, tool->command->name);
	rc = put_result(tool, args, admin, result, data, metadata);
	if (args->latency)
		tool_show_latency(tool, tool->format == TOOL_RAW ? stderr : tool->out,
				  admin ? "admin command" : "I/O command", us);
	return rc;
}

static int run_admin_passthru(struct tool *tool, void *args)
{
	return run_passthru(tool, args, true);
}

static int run_io_passthru(struct tool *tool, void *args)
{
	return run_passthru(tool, args, false);
}

#define PASSTHRU_DETAILS                                                                           \
	"Which way data go is in bits 1:0 of the opcode: 1 to the device, 2 from it. Commands "    \
	"that\n"                                                                                   \
	"would pull the ground from under the driver (queues, events, doorbell buffer) are "       \
	"refused.\n"                                                                               \
	"What the command came to is said on stderr, data go to standard output.\n"

const struct tool_command admin_passthru_command = {
	.name = "admin-passthru",
	.summary = "any admin command",
	.group = TOOL_GROUP_RAW,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = admin_options,
	.args_size = sizeof(struct passthru_args),
	.details = PASSTHRU_DETAILS,
	.example = "znvme admin-passthru sim: --opcode 0x06 --cdw10 1 --data-len 4096 --read",
	.run = run_admin_passthru,
};

const struct tool_command io_passthru_command = {
	.name = "io-passthru",
	.summary = "any I/O command",
	.group = TOOL_GROUP_RAW,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = io_options,
	.args_size = sizeof(struct passthru_args),
	.details = PASSTHRU_DETAILS,
	.example = "znvme io-passthru sim: --opcode 2 --cdw10 8 --data-len 512 --read",
	.run = run_io_passthru,
};

/* ---- reset --------------------------------------------------------------------------------- */

static int run_reset(struct tool *tool, void *args)
{
	int rc;

	(void)args;
	tool->quiet = true; /* the library warns of resets, but this one was asked for */
	if (tool_open(tool))
		return 1;
	rc = znvme_reset(tool->ctrl);
	if (rc)
		return tool_fail(rc, "reset");
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_string(tool->json, "device", tool->address);
		json_object_object_add(tool->json, "reset", json_object_new_boolean(true));
	} else {
		fprintf(tool->out, "%s was reset\n", tool->address);
	}
	return 0;
}

const struct tool_command reset_command = {
	.name = "reset",
	.summary = "reset the controller and bring it up again",
	.group = TOOL_GROUP_RAW,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.example = "znvme reset sim:",
	.run = run_reset,
};
