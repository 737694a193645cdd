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

/* ---- performance characteristics ----------------------------------------------------------- */

static void explain_latency(FILE *out, uint64_t value)
{
	static const char *const least[] = {"",	      "100 s",	"50 s",	 "10 s",  "5 s",  "1 s",
					    "500 ms", "100 ms", "50 ms", "10 ms", "5 ms", "1 ms",
					    "500 us", "100 us", "50 us", "10 us", "5 us", "1 us",
					    "500 ns", "100 ns", "50 ns", "10 ns", "5 ns", "1 ns"};

	if (!value)
		fputs("not reported", out);
	else if (value >= TOOL_COUNT(least))
		fputs("reserved", out);
	else if (value == 1)
		fprintf(out, "%s or more", least[value]);
	else
		fprintf(out, "%s to less than %s", least[value], least[value - 1]);
}

static const struct field_bits latency_bits[] = {
	BITS(0xff, "Random 4 KiB Average Read Latency (R4KARL)", .explain = explain_latency),
	{0},
};

static const char *const attribute_types[] = {"current attribute", "default attribute",
					      "saved attribute"};

static const struct field_bits attrtyp_bits[] = {
	BITS(0x07, "Attribute Type (ATTRTYP)", BITS_VALUES(attribute_types)),
	{0},
};

static const struct field perf_standard_fields[] = {
	FIELD(znvme_perf_standard, r4karl, HEX, .bits = latency_bits),
	{0},
};

static const struct field perf_list_fields[] = {
	FIELD(znvme_perf_list, attrtyp, HEX, .bits = attrtyp_bits),
	FIELD(znvme_perf_list, msvspa, DEC, .unit = "vendor's attributes can be saved"),
	FIELD(znvme_perf_list, usvspa, DEC, .unit = "of them are unused"),
	{0},
};

static const struct field perf_vendor_fields[] = {
	FIELD(znvme_perf_vendor, paid, UUID),
	FIELD(znvme_perf_vendor, attrl, DEC, .unit = "bytes"),
	{0},
};

/* By the attribute index; NULL: reserved, or the data of a command that deletes, and has none. */
static const struct field *perf_fields(uint32_t cdw11)
{
	uint64_t attri = znvme_field_get(ZNVME_FEAT_PERF_ATTRI, cdw11);

	if (cdw11 & ZNVME_FEAT_PERF_RVSPA)
		return NULL;
	if (attri == ZNVME_PERF_STANDARD)
		return perf_standard_fields;
	if (attri == ZNVME_PERF_LIST)
		return perf_list_fields;
	return attri > ZNVME_PERF_LIST ? perf_vendor_fields : NULL;
}

/* The bytes that count, as far as there are bytes. */
static size_t perf_vendor_len(const struct znvme_perf_vendor *vendor)
{
	return vendor->attrl < sizeof(vendor->vs) ? vendor->attrl : sizeof(vendor->vs);
}

static bool is_used(const uint8_t id[16])
{
	static const uint8_t none[16];

	return memcmp(id, none, sizeof(none));
}

static void print_performance(FILE *out, const void *data, uint32_t cdw11)
{
	const struct field *fields = perf_fields(cdw11);
	const struct znvme_perf_vendor *vendor = data;
	const struct znvme_perf_list *list = data;
	char uuid[37];

	if (!fields)
		return;
	fields_print(out, fields, 9, data, true);
	if (fields == perf_vendor_fields)
		hex_dump(out, vendor->vs, perf_vendor_len(vendor));
	for (unsigned i = 0; fields == perf_list_fields && i < TOOL_COUNT(list->id); i++) {
		if (!is_used(list->id[i]))
			continue;
		field_uuid_text(uuid, list->id[i]);
		fprintf(out, "Performance Attribute %02Xh Identifier (PA%02XHI): %s\n",
			ZNVME_PERF_VENDOR_MIN + i, ZNVME_PERF_VENDOR_MIN + i, uuid);
	}
}

static void performance_json(struct json_object *object, const void *data, uint32_t cdw11)
{
	const struct field *fields = perf_fields(cdw11);
	const struct znvme_perf_vendor *vendor = data;
	const struct znvme_perf_list *list = data;
	struct json_object *ids;
	char uuid[37], name[8];

	if (fields)
		fields_json(object, fields, data);
	if (fields == perf_vendor_fields)
		json_add_hex(object, "vs", vendor->vs, perf_vendor_len(vendor));
	if (fields != perf_list_fields)
		return;
	ids = json_object_new_object();
	for (unsigned i = 0; i < TOOL_COUNT(list->id); i++) {
		if (!is_used(list->id[i]))
			continue;
		field_uuid_text(uuid, list->id[i]);
		snprintf(name, sizeof(name), "pa%02xhi", (ZNVME_PERF_VENDOR_MIN + i) & 0xff);
		json_add_string(ids, name, uuid);
	}
	json_object_object_add(object, "id_list", ids);
}

/* ---- the table ----------------------------------------------------------------------------- */

static const struct feature_data {
	uint8_t fid;
	size_t len;
	const struct field *fields;
	void (*print)(FILE *out, const void *data, uint32_t cdw11);
	void (*json)(struct json_object *object, const void *data, uint32_t cdw11);
} rows[] = {
	{ZNVME_FEAT_LBA_RANGE, sizeof(struct znvme_lba_range_table), NULL, print_ranges},
	{ZNVME_FEAT_APST, sizeof(struct znvme_apst_table), NULL, print_transitions},
	{ZNVME_FEAT_TIMESTAMP, sizeof(struct znvme_timestamp), timestamp_fields, NULL},
	{ZNVME_FEAT_PLM_CONFIG, sizeof(struct znvme_plm_config), plm_fields, NULL},
	{ZNVME_FEAT_HOST_BEHAVIOR, sizeof(struct znvme_host_behavior), behavior_fields, NULL},
	{ZNVME_FEAT_PERFORMANCE, sizeof(struct znvme_perf_standard), NULL, print_performance,
	 performance_json},
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

bool feature_data_print(FILE *out, uint8_t fid, uint32_t cdw11, const void *data, size_t len)
{
	const struct feature_data *row = find(fid, len);

	if (!row)
		return false;
	if (row->print)
		row->print(out, data, cdw11);
	else
		fields_print(out, row->fields, 9, data, true);
	return true;
}

void feature_data_json(struct json_object *object, uint8_t fid, uint32_t cdw11, const void *data,
		       size_t len)
{
	const struct feature_data *row = find(fid, len);

	if (row && row->fields)
		fields_json(object, row->fields, data);
	else if (row && row->json)
		row->json(object, data, cdw11);
}

const struct field *feature_data_field(uint8_t fid, const char *name)
{
	const struct feature_data *row = find(fid, SIZE_MAX);

	for (const struct field *field = row ? row->fields : NULL; field && field->name; field++)
		if (!strcmp(field->name, name))
			return field;
	return NULL;
}
