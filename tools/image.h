/* SPDX-License-Identifier: MIT */
/* What dump and restore have in common (image.c). */
#ifndef ZNVME_TOOL_IMAGE_H
#define ZNVME_TOOL_IMAGE_H

#include "progress.h"
#include "sha256.h"
#include "transfer.h"

struct image_args {
	struct range_args range;
	const char *data;
	uint32_t queue_depth;
	bool sparse; /* dump */
	bool pad;    /* restore */
	bool force;  /* restore */
};

#define IMAGE(member) offsetof(struct image_args, member)

/* clang-format off */
#define IMAGE_OPTIONS                                                                              \
	RANGE_BYTE_OPTIONS(struct image_args),                                                     \
	RANGE_START(struct image_args),                                                            \
	RANGE_COUNT(struct image_args),                                                            \
	TOOL_OPTION(0, "queue-depth", "N", TOOL_U32, IMAGE(queue_depth), "commands in flight",     \
		    .preset = 16, .min = 1, .max = 256)
/* clang-format on */

/* The stream of an image: checksum and progress of what has gone by. */
struct image_stream {
	struct hash_sha256 sha;
	struct progress progress;
	uint64_t bytes;
};

void image_start(struct image_stream *stream, uint64_t total);
void image_passed(struct image_stream *stream, const void *data, size_t len);

/*
 * The end of it: bytes, time, rate and checksum, as lines or as JSON. Lines go to stderr where
 * standard output has the data.
 */
void image_report(struct tool *tool, struct image_stream *stream, const struct znvme_ns *ns,
		  const struct range *range, bool stdout_taken);

#endif
