/* SPDX-License-Identifier: MIT */
/* dump: a namespace, or a range of it, to a file or pipe, at queue depth. */
#include "commands.h"
#include "image.h"
#include "outfile.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const struct tool_option dump_options[] = {
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, IMAGE(data),
		    "the image (default: standard output)"),
	IMAGE_OPTIONS,
	TOOL_OPTION(0, "sparse", NULL, TOOL_FLAG, IMAGE(sparse),
		    "leave holes in the file where all is zero"),
	{0},
};

struct dump {
	struct image_stream stream;
	struct outfile file;
	bool sparse;
};

static bool all_zero(const char *data, size_t len)
{
	return !data[0] && !memcmp(data, data + 1, len - 1);
}

static int take(void *arg, const void *data, size_t len)
{
	struct dump *dump = arg;
	int rc;

	rc = dump->sparse && all_zero(data, len) ? outfile_skip(&dump->file, len)
						 : outfile_write(&dump->file, data, len);
	if (!rc)
		image_passed(&dump->stream, data, len);
	return rc;
}

static int run_dump(struct tool *tool, void *arg)
{
	const struct image_args *args = arg;
	bool to_stdout = outfile_is_stdout(args->data);
	struct dump dump = {.sparse = args->sparse};
	const struct znvme_ns *ns;
	struct range range;
	int rc;

	if (to_stdout && tool->format == TOOL_JSON)
		return tool_error(
			"dump: with JSON on standard output the image needs a file: --data "
			"FILE");
	if (to_stdout && isatty(STDOUT_FILENO))
		return tool_error(
			"dump: standard output is a terminal; name a file by --data, or use a "
			"pipe");
	if (tool_open_ns(tool, &ns) || range_resolve(tool, ns, &args->range, 0, &range))
		return 1;
	uint64_t len = range.nr_blocks * ns->block_size;

	tool_catch_signals();
	if (outfile_open(&dump.file, args->data, args->sparse ? 0 : len))
		return 1;
	struct transfer transfer = {
		.ns = ns,
		.opcode = ZNVME_CMD_READ,
		.slba = range.slba,
		.nr_blocks = range.nr_blocks,
		.depth = args->queue_depth,
		.take = take,
		.arg = &dump,
		.stop = &tool_stop,
	};
	image_start(&dump.stream, len);
	rc = transfer_run(tool, &transfer) || outfile_commit(&dump.file);
	if (rc) {
		bool kept = dump.file.path && !access(dump.file.path, F_OK);

		progress_end(&dump.stream.progress);
		outfile_abandon(&dump.file);
		return tool_error("dump stopped after %" PRIu64 " of %" PRIu64 " bytes%s%s",
				  dump.stream.bytes, len, kept ? "; left as it was: " : "",
				  kept ? args->data : "");
	}
	image_report(tool, &dump.stream, ns, &range, to_stdout);
	return 0;
}

const struct tool_command dump_command = {
	.name = "dump",
	.summary = "a whole namespace, or a range, to a file or pipe",
	.group = TOOL_GROUP_IMAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = dump_options,
	.args_size = sizeof(struct image_args),
	.details = "A file is written under another name and takes its place at the end: whatever "
		   "goes\n"
		   "wrong, what was there before is still there. The last line is the checksum of "
		   "the\n"
		   "image, as sha256sum prints it.\n",
	.example = "znvme dump sim: --length 1M --data /dev/null",
	.run = run_dump,
};
