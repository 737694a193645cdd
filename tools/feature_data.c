/* SPDX-License-Identifier: MIT */
/*
 * The data of features, explained (Base 2.1, section 5.1.25; NVM 1.1, section 4.1.4): a table of
 * fields where they are one structure, a function where they are a list.
 */
#include "feature_tables.h"

#include <inttypes.h>
#include <string.h>

/* ---- one structure ------------------------------------------------------------------------- */

static const struct field timestamp_fields[] = {
	FIELD(znvme_timestamp, timestamp, DEC, .unit = "ms"),
	FIELD(znvme_timestamp, attr, HEX),
	{0},
};

static const struct field behavior_fields[] = {
	FIELD(znvme_host_behavior, acre, DEC, .unit = "advanced command retry"),
	FIELD(znvme_host_behavior, etdas, DEC, .unit = "telemetry data area 4"),
	FIELD(znvme_host_behavior, lbafee, DEC, .unit = "extended LBA formats"),
	FIELD(znvme_host_behavior, hdisns, DEC, .unit = "dispersed namespaces"),
	FIELD(znvme_host_behavior, cdfe, HEX, .unit = "copy descriptor formats"),
	{0},
};

static const struct field_bits plm_event_bits[] = {
	BITS(ZNVME_PLM_EVENT_EXCURSION, "Deterministic Excursion", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_PLM_EVENT_EXCEEDED, "Typical or Maximum Value Exceeded",
	     BITS_VALUES(field_no_yes)),
	BITS(ZNVME_PLM_EVENT_TIME, "DTWIN Time Warning", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_PLM_EVENT_WRITES, "DTWIN Writes Warning", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_PLM_EVENT_READS, "DTWIN Reads Warning", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field plm_fields[] = {
	FIELD(znvme_plm_config, ee, HEX, .bits = plm_event_bits),
	FIELD(znvme_plm_config, dtwinrt, DEC, .unit = "reads of 4 KiB"),
	FIELD(znvme_plm_config, dtwinwt, DEC, .unit = "writes of the optimal size"),
	FIELD(znvme_plm_config, dtwintt, DEC, .unit = "ms"),
	{0},
};

static const struct field label_fields[] = {
	FIELD(znvme_ns_admin_label, label, TEXT),
	{0},
};

/* ---- lists --------------------------------------------------------------------------------- */

static void print_ranges(FILE *out, const void *data, uint32_t result)
{
	static const char *const types[] = {"General Purpose", "Filesystem", "RAID", "Cache",
					    "Page / Swap"};
	const struct znvme_lba_range_table *table = data;

	for (unsigned i = 0; i <= (result & ZNVME_FEAT_LBA_RANGE_NUM); i++) {
		const struct znvme_lba_range_entry *entry = &table->entry[i];
		char guid[33];

		field_hex_text(guid, entry->guid, sizeof(entry->guid));
		fprintf(out,
			"  range %u: blocks %" PRIu64 " to %" PRIu64 ", type 0x%02x (%s)%s%s, "
			"guid %s\n",
			i, entry->slba, entry->slba + entry->nlb, entry->type,
			entry->type < TOOL_COUNT(types) ? types[entry->type] : "Unknown",
			entry->attributes & ZNVME_LBA_RANGE_ATTR_OVERWRITE ? ", may be overwritten"
									   : "",
			entry->attributes & ZNVME_LBA_RANGE_ATTR_HIDDEN ? ", hidden" : "", guid);
	}
}

static void print_transitions(FILE *out, const void *data, uint32_t result)
{
	const struct znvme_apst_table *table = data;

	(void)result;
	for (unsigned i = 0; i < TOOL_COUNT(table->apst_entry); i++)
		if (znvme_field_get(ZNVME_APST_ITPT, table->apst_entry[i]))
			fprintf(out,
				"  power state %u: to power state %" PRIu64
				" when idle for %" PRIu64 " ms\n",
				i, znvme_field_get(ZNVME_APST_ITPS, table->apst_entry[i]),
				znvme_field_get(ZNVME_APST_ITPT, table->apst_entry[i]));
}

/* Values are text, of which only what is printable is shown. */
static void print_metadata(FILE *out, const void *data, uint32_t result)
{
	const struct znvme_host_metadata *metadata = data;
	size_t at = 0;

	(void)result;
	for (unsigned i = 0; i < metadata->ndesc; i++) {
		struct znvme_metadata_element element;

		if (sizeof(metadata->descs_buf) - at < sizeof(element))
			return;
		memcpy(&element, &metadata->descs_buf[at], sizeof(element));
		at += sizeof(element);
		if (element.len > sizeof(metadata->descs_buf) - at)
			return;
		fprintf(out, "  element %u: type 0x%02x, revision %u: ", i, element.type & 0x3fu,
			element.rev & 0xfu);
		for (unsigned j = 0; j < element.len; j++) {
			uint8_t c = metadata->descs_buf[at + j];

			fputc(c >= ' ' && c < 0x7f ? c : '.', out);
		}
		fputc('\n', out);
		at += element.len;
	}
}

/* ---- the table ----------------------------------------------------------------------------- */

static const struct feature_data {
	uint8_t fid;
	size_t len;
	const struct field *fields;
	void (*print)(FILE *out, const void *data, uint32_t result);
} rows[] = {
	{ZNVME_FEAT_LBA_RANGE, sizeof(struct znvme_lba_range_table), NULL, print_ranges},
	{ZNVME_FEAT_APST, sizeof(struct znvme_apst_table), NULL, print_transitions},
	{ZNVME_FEAT_TIMESTAMP, sizeof(struct znvme_timestamp), timestamp_fields, NULL},
	{ZNVME_FEAT_PLM_CONFIG, sizeof(struct znvme_plm_config), plm_fields, NULL},
	{ZNVME_FEAT_HOST_BEHAVIOR, sizeof(struct znvme_host_behavior), behavior_fields, NULL},
	{ZNVME_FEAT_NS_ADMIN_LABEL, sizeof(struct znvme_ns_admin_label), label_fields, NULL},
	{ZNVME_FEAT_ENH_CTRL_METADATA, sizeof(struct znvme_host_metadata), NULL, print_metadata},
	{ZNVME_FEAT_CTRL_METADATA, sizeof(struct znvme_host_metadata), NULL, print_metadata},
	{ZNVME_FEAT_NS_METADATA, sizeof(struct znvme_host_metadata), NULL, print_metadata},
};

static const struct feature_data *find(uint8_t fid, size_t len)
{
	for (unsigned i = 0; i < TOOL_COUNT(rows); i++)
		if (rows[i].fid == fid && rows[i].len <= len)
			return &rows[i];
	return NULL;
}

bool feature_data_print(FILE *out, uint8_t fid, uint32_t result, const void *data, size_t len)
{
	const struct feature_data *row = find(fid, len);

	if (!row)
		return false;
	if (row->print)
		row->print(out, data, result);
	else
		fields_print(out, row->fields, 9, data, true);
	return true;
}

void feature_data_json(struct json_object *object, uint8_t fid, const void *data, size_t len)
{
	const struct feature_data *row = find(fid, len);

	if (row && row->fields)
		fields_json(object, row->fields, data);
}
