/* SPDX-License-Identifier: MIT */
/*
 * read, write, compare: blocks to a file, or a file to blocks, of any size, all in memory at once
 * so that nothing is half done for a reason that could be known before (NVM 1.1, section 3.3).
 * Images larger than memory go through dump and restore.
 */
#include "blocks.h"
#include "commands.h"
#include "signature.h"
#include "outfile.h"
#include "transfer.h"

#include <inttypes.h>
#include <string.h>

/* Where no size is given, as much as this is taken from the input before it looks like a mistake.
 */
#define UNSIZED_MAX (1ull << 30)

struct io_args {
	struct range_args range;
	struct pi_args pi;
	const char *data;
	uint8_t dir_type;
	uint16_t dir_spec;
	uint8_t dsm;
	bool fua;
	bool limited_retry;
	bool latency;
	bool pad;
	bool dry_run;
	bool force;
};

#define OFFSET(member) offsetof(struct io_args, member)

/* clang-format off */
#define IO_OPTIONS                                                                                 \
	RANGE_START(struct io_args),                                                               \
	RANGE_COUNT(struct io_args),                                                               \
	RANGE_BYTES(struct io_args),                                                               \
	TOOL_OPTION('f', "force-unit-access", NULL, TOOL_FLAG, OFFSET(fua),                        \
		    "force unit access (FUA): past the volatile write cache"),                     \
	TOOL_OPTION('l', "limited-retry", NULL, TOOL_FLAG, OFFSET(limited_retry),                  \
		    "have the device try less hard"),                                              \
	TOOL_OPTION('y', "metadata-size", "BYTES", TOOL_U64, OFFSET(pi.metadata_size),                \
		    "how many metadata: it has to fit the blocks"),                                \
	PI_OPTIONS(struct io_args, 'g'),                                                           \
	TOOL_OPTION('D', "dsm", "N", TOOL_U8, OFFSET(dsm),                                         \
		    "dataset management: 3:0 access frequency, 5:4 latency, 6 sequential, "        \
		    "7 incompressible"),                                                           \
	TOOL_OPTION('t', "latency", NULL, TOOL_FLAG, OFFSET(latency), "say how long it took")

#define DRY_RUN_OPTION                                                                             \
	TOOL_OPTION('w', "dry-run", NULL, TOOL_FLAG, OFFSET(dry_run),                                \
		    "say what would be done, and do nothing")
/* clang-format on */

static uint32_t rw_flags(const struct io_args *args)
{
	return (args->fua ? ZNVME_RW_FUA : 0) | (args->limited_retry ? ZNVME_RW_LR : 0);
}

/* Memory that is filled from, or given to, the transfer piece by piece. */
struct cursor {
	char *at;
	size_t left;
	char *metadata;
};

static int take(void *arg, const void *data, size_t len)
{
	struct cursor *cursor = arg;

	memcpy(cursor->at, data, len);
	cursor->at += len;
	return 0;
}

static int give(void *arg, void *data, size_t len, size_t *got)
{
	struct cursor *cursor = arg;

	*got = len < cursor->left ? len : cursor->left;
	memcpy(data, cursor->at, *got);
	cursor->at += *got;
	cursor->left -= *got;
	return 0;
}

static int take_metadata(void *arg, const void *metadata, size_t len)
{
	struct cursor *cursor = arg;

	memcpy(cursor->metadata, metadata, len);
	cursor->metadata += len;
	return 0;
}

static int give_metadata(void *arg, void *metadata, size_t len)
{
	struct cursor *cursor = arg;

	memcpy(metadata, cursor->metadata, len);
	cursor->metadata += len;
	return 0;
}

/* What was done, as a line or as JSON. */
static void report(struct tool *tool, const struct io_args *args, const struct znvme_ns *ns,
		   const struct range *range)
{
	uint64_t bytes = range->nr_blocks * ns->block_size;
	const char *name = tool->command->name;

	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_object_object_add(tool->json, "command", json_object_new_string(name));
		json_object_object_add(tool->json, "nsid", json_object_new_uint64(ns->nsid));
		json_object_object_add(tool->json, "start_block",
				       json_object_new_uint64(range->slba));
		json_object_object_add(tool->json, "blocks",
				       json_object_new_uint64(range->nr_blocks));
		json_object_object_add(tool->json, "bytes", json_object_new_uint64(bytes));
		json_object_object_add(tool->json, "dry_run",
				       json_object_new_boolean(args->dry_run));
		return;
	}
	fprintf(tool->out, "%s%s: %s, %" PRIu64 " bytes, blocks %" PRIu64 " to %" PRIu64 "\n",
		args->dry_run ? "dry run: " : "", name, args->dry_run ? "not done" : "Success",
		bytes, range->slba, range->slba + range->nr_blocks - 1);
}

/* ---- read ---------------------------------------------------------------------------------- */

static const struct tool_option read_options[] = {
	IO_OPTIONS,
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, OFFSET(data),
		    "where the data go (default: standard output)"),
	TOOL_OPTION('M', "metadata", "FILE", TOOL_STRING, OFFSET(pi.metadata),
		    "where the metadata go (default: nowhere)"),
	DRY_RUN_OPTION,
	{0},
};

static int run_read(struct tool *tool, void *arg)
{
	const struct io_args *args = arg;
	bool to_stdout = outfile_is_stdout(args->data);
	tool_autofree char *data = NULL;
	tool_autofree char *metadata = NULL;
	const struct znvme_ns *ns;
	struct cursor cursor;
	struct range range;
	struct znvme_pi pi;
	size_t len, metadata_len;
	uint64_t started, us;
	int rc;

	if (to_stdout && tool->format == TOOL_JSON)
		return tool_error(
			"read: with JSON on standard output the data need a file: --data FILE");
	if (args->pi.metadata && (outfile_is_same(args->data, args->pi.metadata)))
		return tool_error("read: data and metadata do not go to one file");
	if (tool_open_ns(tool, &ns) || range_resolve(tool, ns, &args->range, 1, &range) ||
	    pi_resolve_metadata(tool, ns, &args->pi, range.slba, range.nr_blocks, &pi,
				&metadata_len))
		return 1;
	if (args->dry_run) {
		report(tool, args, ns, &range);
		return 0;
	}
	len = (size_t)(range.nr_blocks * ns->block_size);
	data = malloc(len);
	metadata = malloc(metadata_len ? metadata_len : 1);
	if (!data || !metadata)
		return tool_error("read: no memory for %zu bytes; `znvme dump` needs none",
				  len + metadata_len);
	cursor = (struct cursor){.at = data, .left = len, .metadata = metadata};

	struct transfer transfer = {
		.ns = ns,
		.opcode = ZNVME_CMD_READ,
		.flags = rw_flags(args),
		.cdw13 = args->dsm,
		.slba = range.slba,
		.nr_blocks = range.nr_blocks,
		.take = take,
		.take_metadata = metadata_len ? take_metadata : NULL,
		.pi = &pi,
		.arg = &cursor,
	};
	started = tool_now_us();
	rc = transfer_run(tool, &transfer);
	us = tool_now_us() - started;
	if (rc || outfile_save(args->data, data, len) ||
	    (args->pi.metadata && outfile_save(args->pi.metadata, metadata, metadata_len)))
		return 1;
	if (!to_stdout)
		report(tool, args, ns, &range);
	if (args->latency)
		tool_show_latency(tool, to_stdout ? stderr : tool->out, "read", us);
	return 0;
}

const struct tool_command read_command = {
	.name = "read",
	.summary = "blocks to a file or to standard output",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = read_options,
	.args_size = sizeof(struct io_args),
	.details = "Without a count or size one block is read.\n",
	.example = "znvme read sim: --start-block 8 --blocks 8 --data /dev/null",
	.run = run_read,
};

/* ---- write, compare ------------------------------------------------------------------------ */

/* clang-format off */
#define DATA_OPTIONS                                                                               \
	IO_OPTIONS,                                                                                \
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, OFFSET(data),                                \
		    "where the data come from (default: standard input)"),                         \
	TOOL_OPTION('M', "metadata", "FILE", TOOL_STRING, OFFSET(pi.metadata),                        \
		    "where the metadata come from (default: zeroes, with protection)"),            \
	TOOL_OPTION(0, "pad", NULL, TOOL_FLAG, OFFSET(pad),                                        \
		    "fill up with zeroes where the data end too soon"),                            \
	DRY_RUN_OPTION
/* clang-format on */

static const struct tool_option write_options[] = {
	DATA_OPTIONS,
	TOOL_OPTION('T', "dir-type", "N", TOOL_U8, OFFSET(dir_type), "directive type", .max = 15),
	TOOL_OPTION('S', "dir-spec", "N", TOOL_U16, OFFSET(dir_spec),
		    "directive specific: a stream, a placement identifier"),
	TOOL_OPTION(0, "force", NULL, TOOL_FLAG, OFFSET(force),
		    "also where the namespace begins with a partition table, file system or the "
		    "like"),
	{0},
};

static const struct tool_option compare_options[] = {
	DATA_OPTIONS,
	FORCE_OPTION(struct io_args),
	{0},
};

/* The data for a range whose length is given: enough of them, or padded. */
static int load_sized(const struct io_args *args, uint64_t len, char **data)
{
	size_t got;
	char *all;

	if (tool_read_file(args->data, (size_t)len, (void **)data, &got))
		return 1;
	if (got == len)
		return 0;
	if (!args->pad)
		return tool_error("the data end after %zu of %" PRIu64
				  " bytes; --pad fills the rest with zeroes",
				  got, len);
	all = calloc(1, (size_t)len);
	if (!all)
		return tool_error("out of memory");
	if (got)
		memcpy(all, *data, got);
	free(*data);
	*data = all;
	return 0;
}

/* The data say how long the range is: it is made to fit them, or the data are refused. */
static int load_unsized(const struct io_args *args, const struct znvme_ns *ns, struct range *range,
			char **data)
{
	uint64_t room = range->nr_blocks * ns->block_size, len;
	size_t got;
	char *all;

	if (room > UNSIZED_MAX)
		room = UNSIZED_MAX;
	if (tool_read_file(args->data, (size_t)room + 1, (void **)data, &got))
		return 1;
	if (!got)
		return tool_error("there are no data");
	if (got > room && room == UNSIZED_MAX)
		return tool_error("more than 1 GiB of data: say how much by --data-size, or use "
				  "`znvme restore`");
	if (got > room)
		return tool_error("the data are longer than the %" PRIu64
				  " bytes from block %" PRIu64 " to the end of namespace %u",
				  room, range->slba, ns->nsid);
	len = (got + ns->block_size - 1) / ns->block_size * ns->block_size;
	if (len != got && !args->pad)
		return tool_error(
			"%zu bytes of data are no multiple of the block size, which is %u "
			"bytes; --pad fills the last block with zeroes",
			got, ns->block_size);
	range->nr_blocks = len / ns->block_size;
	all = realloc(*data, (size_t)len);
	if (!all)
		return tool_error("out of memory");
	memset(all + got, 0, (size_t)len - got);
	*data = all;
	return 0;
}

static int run_write_or_compare(struct tool *tool, const struct io_args *args, uint8_t opcode)
{
	tool_autofree char *data = NULL;
	tool_autofree char *metadata = NULL;
	const struct znvme_sqe kind = {.opcode = opcode};
	const struct znvme_ns *ns;
	struct cursor cursor;
	struct range range;
	struct znvme_pi pi;
	size_t metadata_len;
	uint64_t len, us = 0;

	if (tool_open_ns(tool, &ns) || manage_check_io(tool, &kind, args->force) ||
	    range_resolve(tool, ns, &args->range, 0, &range))
		return 1;
	len = range.nr_blocks * ns->block_size;
	if (range.length_given ? load_sized(args, len, &data)
			       : load_unsized(args, ns, &range, &data))
		return 1;
	if (pi_resolve_metadata(tool, ns, &args->pi, range.slba, range.nr_blocks, &pi,
				&metadata_len) ||
	    pi_load_metadata(&args->pi, metadata_len, &metadata))
		return 1;
	if (opcode == ZNVME_CMD_WRITE && signature_confirm(tool, ns, args->force))
		return 1;
	if (!args->dry_run) {
		cursor =
			(struct cursor){data, (size_t)(range.nr_blocks * ns->block_size), metadata};
		struct transfer transfer = {
			.ns = ns,
			.opcode = opcode,
			.flags = rw_flags(args) |
				 (uint32_t)znvme_field_put(ZNVME_RW_DTYPE, args->dir_type),
			.cdw13 = (uint32_t)znvme_field_put(ZNVME_RW_DSPEC, args->dir_spec) |
				 args->dsm,
			.slba = range.slba,
			.nr_blocks = range.nr_blocks,
			.give = give,
			.give_metadata = metadata_len ? give_metadata : NULL,
			.pi = &pi,
			.arg = &cursor,
		};
		us = tool_now_us();
		if (transfer_run(tool, &transfer))
			return 1;
		us = tool_now_us() - us;
	}
	report(tool, args, ns, &range);
	if (args->latency && !args->dry_run)
		tool_show_latency(tool, tool->out, tool->command->name, us);
	return 0;
}

static int run_write(struct tool *tool, void *args)
{
	return run_write_or_compare(tool, args, ZNVME_CMD_WRITE);
}

static int run_compare(struct tool *tool, void *args)
{
	return run_write_or_compare(tool, args, ZNVME_CMD_COMPARE);
}

const struct tool_command write_command = {
	.name = "write",
	.summary = "a file or standard input to blocks",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = write_options,
	.args_size = sizeof(struct io_args),
	.details = "Without a count or size all data are written, with one no more than it says.\n",
	.example = "head -c 4096 /dev/zero | znvme write sim: --start-block 8",
	.run = run_write,
};

const struct tool_command compare_command = {
	.name = "compare",
	.summary = "whether blocks hold what a file or standard input has",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = compare_options,
	.args_size = sizeof(struct io_args),
	.details = "Without a count or size all data are compared. The exit status is 1 where they "
		   "differ.\n",
	.example = "head -c 4096 /dev/zero | znvme compare sim: --start-block 8",
	.run = run_compare,
};
