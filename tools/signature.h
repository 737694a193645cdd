/* SPDX-License-Identifier: MIT */
/* Whether a namespace holds something that somebody would miss. */
#ifndef ZNVME_TOOL_SIGNATURE_H
#define ZNVME_TOOL_SIGNATURE_H

#include "tool.h"

/*
 * What somebody would miss is not lost by mistake: where the namespace begins with a partition
 * table, a file system or the like, or its start cannot be read, the command asks (tool_confirm()).
 * Where there is none, or `force` is set: 0. 1 after a message.
 */
int signature_confirm(struct tool *tool, const struct znvme_ns *ns, bool force);

#endif
