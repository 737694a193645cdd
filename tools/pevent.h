/* SPDX-License-Identifier: MIT */
/* What an event of the Persistent Event Log says (Base 2.1, section 5.1.12.1.14). */
#ifndef ZNVME_TOOL_PEVENT_H
#define ZNVME_TOOL_PEVENT_H

#include "fields.h"

/* The name of a type, or NULL. */
const char *pevent_name(uint8_t type);

/*
 * The data of an event of `type`, as far as the `len` bytes go that were read of it: lines below a
 * heading, or fields of `object` by nvme-cli's names. A type that is not known: a dump, or nothing.
 */
void pevent_print(FILE *out, uint8_t type, const void *data, size_t len);
void pevent_json(struct json_object *object, uint8_t type, const void *data, size_t len);

#endif
