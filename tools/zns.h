/* SPDX-License-Identifier: MIT */
/* What the commands for zoned namespaces share (zns.c, zns_append.c, zns_manage.c). */
#ifndef ZNVME_TOOL_ZNS_H
#define ZNVME_TOOL_ZNS_H

#include "tool.h"

/* Open the device, and get what is zoned in its namespace. 0, or 1 after an error message. */
int zns_open(struct tool *tool, const struct znvme_zns **zns);

/* One command on a queue of its own; *result may be NULL. 0, or 1 after an error message. */
int zns_exec(struct tool *tool, const struct znvme_sqe *sqe, uint64_t *result);

#endif
