/* SPDX-License-Identifier: MIT */
/* LBA formats in Identify Namespace (NVM 1.1, section 4.1.5.1), for all that show them. */
#ifndef ZNVME_TOOL_ID_NS_H
#define ZNVME_TOOL_ID_NS_H

#include "tool.h"

/* How many there are, 64 at most. */
unsigned id_ns_nr_formats(const struct znvme_id_ns *id);

/* Which one the namespace has. */
unsigned id_ns_format_in_use(const struct znvme_id_ns *id);

#endif
