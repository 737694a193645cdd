/* SPDX-License-Identifier: MIT */
/* What there is in Identify Namespace (NVM 1.1, section 4.1.5.1), for all that show it. */
#ifndef ZNVME_TOOL_ID_NS_H
#define ZNVME_TOOL_ID_NS_H

#include "fields.h"

/* Fields that namespaces of other command sets have, too. */
extern const struct field_bits id_ns_nmic_bits[], id_ns_rescap_bits[], id_ns_fpi_bits[],
	id_ns_nsattr_bits[];

/* How many LBA formats there are, 64 at most. */
unsigned id_ns_nr_formats(const struct znvme_id_ns *id);

/* Which one the namespace has. */
unsigned id_ns_format_in_use(const struct znvme_id_ns *id);

/* The formats, a line each, and as a list; `index_in_use` is UINT_MAX where no namespace is meant.
 */
void id_ns_print_formats(FILE *out, const struct znvme_id_ns *id, unsigned index_in_use,
			 bool human);
struct json_object *id_ns_formats_json(const struct znvme_id_ns *id);

/* A structure of Identify for the NVM command set, with a UUID index; the device is open. 0, or 1
 * after an error message. */
int id_ns_by_uuid(struct tool *tool, uint32_t nsid, uint8_t cns, uint16_t cnssi, uint8_t uuid,
		  void *data);

#endif
