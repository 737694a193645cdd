/* SPDX-License-Identifier: MIT */
/* Tables of logs that more than one command shows. */
#ifndef ZNVME_TOOL_LOGS_H
#define ZNVME_TOOL_LOGS_H

#include "fields.h"

/* struct znvme_smart_log; a snapshot of it is a persistent event, too. */
extern const struct field smart_log_fields[];

#endif
