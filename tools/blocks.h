/* SPDX-License-Identifier: MIT */
/*
 * What the commands on blocks, reservations, keys and placement share: one I/O command from start
 * to end, lists of numbers, and how success is told.
 */
#ifndef ZNVME_TOOL_BLOCKS_H
#define ZNVME_TOOL_BLOCKS_H

#include "manage.h"

/* For commands that ask before they overwrite: see signature.h. */
#define OVERWRITE_OPTION(type)                                                                     \
	TOOL_OPTION(0, "force", NULL, TOOL_FLAG, offsetof(type, force),                            \
		    "also where the namespace begins with a partition table, file system or the "  \
		    "like, or the controller says it has no such command")

/* For commands that manage_check_io() looks at; `type` is a structure with a bool `force`. */
#define FORCE_OPTION(type)                                                                         \
	TOOL_OPTION(0, "force", NULL, TOOL_FLAG, offsetof(type, force),                            \
		    "send it although the controller says it has no such command")

/* One I/O command, with data in any memory: 0, or 1 after an error message. `result` may be NULL.
 */
int blocks_send(struct tool *tool, const struct znvme_sqe *sqe, void *data, size_t len,
		uint64_t *result);

/*
 * Numbers up to `max` with commas between them, at most `room` of them, into `list`; `text` may be
 * NULL. Returns how many, or -1 after an error message that names the option.
 */
int blocks_parse_list(const char *option, const char *text, uint64_t max, uint64_t *list,
		      unsigned room);

/* What was done to how much, or would be: a line, or JSON. */
void blocks_report(struct tool *tool, const char *unit, uint64_t amount, bool dry_run);

#endif
