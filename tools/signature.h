/* SPDX-License-Identifier: MIT */
/* Whether a namespace holds something that somebody would miss. */
#ifndef ZNVME_TOOL_SIGNATURE_H
#define ZNVME_TOOL_SIGNATURE_H

#include "tool.h"

/* The name of the partition table, file system or the like that the namespace begins with, or NULL
 * where there is none, or its start cannot be read. */
const char *signature_find(const struct znvme_ns *ns);

#endif
