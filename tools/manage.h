/* SPDX-License-Identifier: MIT */
/*
 * What commands that manage a device have in common: the question before something is destroyed,
 * the check that the controller has a command, progress while it works, structures that are shown.
 */
#ifndef ZNVME_TOOL_MANAGE_H
#define ZNVME_TOOL_MANAGE_H

#include "fields.h"
#include "progress.h"
#include "tool.h"

/*
 * What is about to be lost, as "format: all data of … will be lost": asked for on a terminal ("type
 * yes"), refused elsewhere and in a dry run. Nothing of it with `force`. 0, or 1 after a message.
 */
int tool_confirm(const struct tool *tool, bool force, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A command, refused before it is sent where the controller says that it has none such, unless
 * `force`. A failure is told with the command's name. Returns the library's return code: 0, a
 * status, or a negative errno.
 */
int manage_exec(struct tool *tool, const struct znvme_sqe *cmd, void *data, size_t len,
		uint64_t *result, bool force);
/* The check alone, of an admin or an I/O command: 0, or 1 after a message. */
int manage_check(struct tool *tool, const struct znvme_sqe *cmd, bool force);
int manage_check_io(struct tool *tool, const struct znvme_sqe *cmd, bool force);

/* A bar on a terminal, for the library's helpers: progress_fn with a struct manage_wait. SIGINT
 * stops the wait. */
struct manage_wait {
	struct progress progress;
};
void manage_wait_start(struct manage_wait *wait);
bool manage_waiting(void *arg, uint64_t done, uint64_t total);
void manage_wait_end(struct manage_wait *wait);

/* A log page; a failure is told by its name. 0, or 1. */
int manage_log(struct tool *tool, const struct znvme_get_log_args *args, void *data, size_t len);

/*
 * A structure of `len` bytes by its table of fields, as the format that was asked for: a heading
 * and lines, JSON, or bytes.
 */
void manage_show(struct tool *tool, const struct field *fields, int width, const void *data,
		 size_t len, const char *heading);

/* One line, or in JSON a field of an object that is made where there is none. */
void manage_say(struct tool *tool, const char *name, uint64_t value, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The most data that one command of the tool carries. */
#define MANAGE_DATA_MAX (16u << 20)

/* Data from the device: a dump, JSON, or the bytes; `result` is dword 0. */
void manage_show_data(struct tool *tool, const void *data, size_t len, uint32_t result);

/* A file of up to `max` bytes (0: MANAGE_DATA_MAX), filled with zeroes to whole dwords. 0, or 1. */
int manage_read_data(const char *path, uint32_t max, void **data, size_t *len);

/* "1,2,0x3": numbers up to `max`, ascending or not; how many, or -1 after a message. */
int manage_parse_list(const char *what, const char *text, uint16_t *list, int max);

#define MANAGE_FORCE(type)                                                                         \
	TOOL_OPTION(0, "force", NULL, TOOL_FLAG, offsetof(struct type, force),                     \
		    "do not ask, and send what the controller says it does not have")

#endif
