/* SPDX-License-Identifier: MIT */
/*
 * restore: an image from a file or pipe to a namespace, or a range of it, at queue depth. What can
 * be known before the first block is overwritten is looked at before.
 */
#include "commands.h"
#include "signature.h"
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct tool_option restore_options[] = {
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, IMAGE(data),
		    "the image (default: standard input)"),
	IMAGE_OPTIONS,
	TOOL_OPTION(0, "pad", NULL, TOOL_FLAG, IMAGE(pad),
		    "fill up the image's last block with zeroes"),
	TOOL_OPTION(
		0, "force", NULL, TOOL_FLAG, IMAGE(force),
		"do not ask before a namespace is overwritten from its start, or one that begins "
		"with a partition table, file system or the like"),
	{0},
};

struct restore {
	struct image_stream stream;
	int fd;
	const char *name;
	uint32_t block_size;
	bool pad;
	bool ended;
};

/* As much of `len` bytes as there is before the end. Returns it, or -1 after an error message. */
static ssize_t read_full(struct restore *restore, char *data, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(restore->fd, data + got, len - got);

		if (n < 0 && errno == EINTR && !tool_stop)
			continue;
		if (n < 0) {
			tool_error("%s: %s", restore->name,
				   tool_stop ? "interrupted" : strerror(errno));
			return -1;
		}
		if (!n) {
			restore->ended = true;
			break;
		}
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static int refuse_partial(const struct restore *restore, uint64_t bytes)
{
	return tool_error("%s: %" PRIu64
			  " bytes are no multiple of the block size, which is %u bytes; "
			  "--pad fills the last block with zeroes",
			  restore->name, bytes, restore->block_size);
}

static int give(void *arg, void *data, size_t len, size_t *got)
{
	struct restore *restore = arg;
	size_t rest;
	ssize_t n;

	*got = 0;
	if (restore->ended)
		return 0;
	n = read_full(restore, data, len);
	if (n < 0)
		return 1;
	image_passed(&restore->stream, data, (size_t)n);
	rest = (size_t)n % restore->block_size;
	if (rest && !restore->pad)
		return refuse_partial(restore, restore->stream.bytes);
	if (rest) {
		memset((char *)data + n, 0, restore->block_size - rest);
		n += (ssize_t)(restore->block_size - rest);
	}
	*got = (size_t)n;
	return 0;
}

/* Bytes of the image; 0 where that shows only at its end (a pipe, a device). */
static int image_size(const struct restore *restore, uint64_t *size)
{
	struct stat st;
	off_t at;

	*size = 0;
	if (fstat(restore->fd, &st))
		return tool_error("%s: %s", restore->name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return tool_error("%s: %s", restore->name, strerror(EISDIR));
	if (!S_ISREG(st.st_mode))
		return 0;
	at = lseek(restore->fd, 0, SEEK_CUR);
	if (at < 0 || at >= st.st_size)
		return tool_error("%s: the image is empty", restore->name);
	*size = (uint64_t)(st.st_size - at);
	return 0;
}

static int check_size(const struct restore *restore, const struct znvme_ns *ns,
		      const struct range *range, uint64_t size)
{
	uint64_t room = range->nr_blocks * ns->block_size;

	if (size > room)
		return tool_error("%s: %" PRIu64 " bytes do not fit: the range has %" PRIu64
				  " bytes (namespace %u, from block %" PRIu64
				  "); nothing was written",
				  restore->name, size, room, ns->nsid, range->slba);
	if (size % ns->block_size && !restore->pad)
		return refuse_partial(restore, size);
	return 0;
}

/* Overwriting a namespace from its start is asked about, or said by --force; a range of it where it
 * begins with what somebody would miss. */
static int ask(struct tool *tool, const struct image_args *args, const struct znvme_ns *ns,
	       const struct range *range)
{
	const struct znvme_id_ctrl *id = znvme_id_ctrl(tool->ctrl);
	char model[sizeof(id->mn) + 1], serial[sizeof(id->sn) + 1], size[16], answer[16] = "";

	if (args->force || range->start_given || range->length_given)
		return signature_confirm(tool, ns, args->force);
	if (!isatty(STDIN_FILENO))
		return tool_error(
			"restore would overwrite namespace %u of %s from its start; say so by "
			"--force, or name a range",
			ns->nsid, tool->address);
	tool_text(model, id->mn, sizeof(id->mn));
	tool_text(serial, id->sn, sizeof(id->sn));
	progress_bytes_text(size, (double)ns->nr_bytes);
	fprintf(stderr, "This overwrites namespace %u (%s) of %s, %s, serial %s. Go on? [yes/no] ",
		ns->nsid, size, tool->address, model, serial);
	if (!fgets(answer, sizeof(answer), stdin) || strcmp(answer, "yes\n"))
		return tool_error("nothing was written");
	return 0;
}

static int write_image(struct tool *tool, const struct image_args *args, const struct znvme_ns *ns,
		       const struct range *range, struct restore *restore, uint64_t size)
{
	struct transfer transfer = {
		.ns = ns,
		.opcode = ZNVME_CMD_WRITE,
		.slba = range->slba,
		.nr_blocks = range->nr_blocks,
		.depth = args->queue_depth,
		.flush = true,
		.give = give,
		.arg = restore,
		.stop = &tool_stop,
	};
	ssize_t more = 0;
	char byte;

	if (transfer_run(tool, &transfer)) {
		progress_end(&restore->stream.progress);
		return tool_error("restore stopped; blocks from %" PRIu64
				  " on hold a part of the image now",
				  range->slba);
	}
	if (!restore->stream.bytes)
		return tool_error("%s: the image is empty", restore->name);
	if (restore->stream.bytes < size) {
		progress_end(&restore->stream.progress);
		return tool_error("%s: the image has become shorter: %" PRIu64 " of %" PRIu64
				  " bytes were written",
				  restore->name, restore->stream.bytes, size);
	}
	if (!restore->ended)
		more = read_full(restore, &byte, 1);
	if (!more)
		return 0;
	progress_end(&restore->stream.progress);
	return more < 0 ? 1
			: tool_error("%s: the image is longer than the range, which has been "
				     "filled with "
				     "its first %" PRIu64 " bytes",
				     restore->name, restore->stream.bytes);
}

static int run_restore(struct tool *tool, void *arg)
{
	const struct image_args *args = arg;
	bool from_stdin = !args->data || !strcmp(args->data, "-");
	struct restore restore = {.fd = STDIN_FILENO, .name = "standard input", .pad = args->pad};
	const struct znvme_ns *ns;
	struct range range;
	uint64_t size;
	int rc;

	if (!from_stdin) {
		restore.name = args->data;
		restore.fd = open(args->data, O_RDONLY | O_CLOEXEC);
		if (restore.fd < 0)
			return tool_error("%s: %s", args->data, strerror(errno));
	} else if (isatty(STDIN_FILENO)) {
		return tool_error(
			"restore: standard input is a terminal; name a file by --data, or use "
			"a pipe");
	}
	rc = image_size(&restore, &size) || tool_open_ns(tool, &ns) ||
	     range_resolve(tool, ns, &args->range, 0, &range);
	if (!rc) {
		restore.block_size = ns->block_size;
		rc = check_size(&restore, ns, &range, size) || ask(tool, args, ns, &range);
	}
	if (!rc) {
		tool_catch_signals();
		image_start(&restore.stream, size);
		rc = write_image(tool, args, ns, &range, &restore, size);
	}
	if (!rc)
		image_report(tool, &restore.stream, ns, &range, false);
	if (!from_stdin)
		close(restore.fd);
	return rc;
}

const struct tool_command restore_command = {
	.name = "restore",
	.summary = "an image from a file or pipe to a namespace, or a range",
	.group = TOOL_GROUP_IMAGE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = restore_options,
	.args_size = sizeof(struct image_args),
	.details =
		"Without a range the namespace is overwritten from its start: a terminal is asked\n"
		"first, and without one --force is needed. An image that is shorter leaves the "
		"rest\n"
		"as it is. The namespace is flushed at the end. The last line is the checksum of "
		"the\n"
		"image, as sha256sum prints it.\n",
	.example = "head -c 1048576 /dev/zero | znvme restore sim: --offset 0",
	.run = run_restore,
};
