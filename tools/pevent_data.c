/* SPDX-License-Identifier: MIT */
/*
 * pevent.h: the events' data by tables. Lengths in them are the device's: nothing is believed
 * beyond what was read, and what is missing at the end is taken for zeroes.
 */
#include "pevent.h"

#include "logs.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* A field at an offset of the event's data. */
#define ROW(label, at, bytes, how, key)                                                            \
	{                                                                                          \
		.name = (label), .offset = (at), .size = (bytes), .kind = FIELD_##how,             \
		.json = (key)                                                                      \
	}

static const struct field fw_commit_fields[] = {
	ROW("Old Firmware Revision", 0, 8, REVISION, "old_fw_rev"),
	ROW("New Firmware Revision", 8, 8, REVISION, "new_fw_rev"),
	ROW("FW Commit Action", 16, 1, DEC, "fw_commit_action"),
	ROW("FW Slot", 17, 1, DEC, "fw_slot"),
	ROW("Status Code Type for Firmware Commit Command", 18, 1, DEC, "sct_fw"),
	ROW("Status Returned for Firmware Commit Command", 19, 1, DEC, "sc_fw"),
	ROW("Vendor Assigned Firmware Commit Result Code", 20, 2, DEC, "vu_assign_fw_commit_rc"),
	{0},
};

static const struct field timestamp_fields[] = {
	ROW("Previous Timestamp", 0, 8, DEC, "prev_ts"),
	ROW("Milliseconds Since Reset", 8, 8, DEC, "ml_secs_since_reset"),
	{0},
};

static const struct field power_on_fields[] = {
	ROW("Firmware Revision", 0, 8, REVISION, "fw_rev"),
	{0},
};

/* One of the controllers that a power-on event tells of. */
#define RESET_SIZE 36

static const struct field reset_fields[] = {
	ROW("Controller ID", 0, 2, DEC, "ctrl_id"),
	ROW("Firmware Activation", 2, 1, DEC, "fw_act"),
	ROW("Operation in Progress", 3, 1, DEC, "op_in_prog"),
	ROW("Controller Power Cycle", 16, 4, DEC, "ctrl_power_cycle"),
	ROW("Power on milliseconds", 20, 8, DEC, "power_on_ml_secs"),
	ROW("Controller Timestamp", 28, 8, DEC, "ctrl_time_stamp"),
	{0},
};

static const struct field hw_error_fields[] = {
	ROW("NVM Subsystem Hardware Error Event Code", 0, 2, DEC, "nss_hw_err_code"),
	{0},
};

static const struct field change_ns_fields[] = {
	ROW("Namespace Management CDW10", 0, 4, DEC, "nsmgt_cdw10"),
	ROW("Namespace Size", 8, 8, DEC, "nsze"),
	ROW("Namespace Capacity", 24, 8, DEC, "nscap"),
	ROW("Formatted LBA Size", 32, 1, DEC, "flbas"),
	ROW("End-to-end Data Protection Type Settings", 33, 1, DEC, "dps"),
	ROW("Namespace Multi-path I/O and Namespace Sharing Capabilities", 34, 1, DEC, "nmic"),
	ROW("ANA Group Identifier", 36, 4, DEC, "ana_grp_id"),
	ROW("NVM Set Identifier", 40, 2, DEC, "nvmset_id"),
	ROW("Namespace ID", 44, 4, DEC, "nsid"),
	{0},
};

static const struct field format_start_fields[] = {
	ROW("Namespace Identifier", 0, 4, DEC, "nsid"),
	ROW("Format NVM Attributes", 4, 1, DEC, "fna"),
	ROW("Format NVM CDW10", 8, 4, DEC, "format_nvm_cdw10"),
	{0},
};

static const struct field format_done_fields[] = {
	ROW("Namespace Identifier", 0, 4, DEC, "nsid"),
	ROW("Smallest Format Progress Indicator", 4, 1, DEC, "smallest_fpi"),
	ROW("Format NVM Status", 5, 1, DEC, "format_nvm_status"),
	ROW("Completion Information", 6, 2, DEC, "compln_info"),
	ROW("Status Field", 8, 4, DEC, "status_field"),
	{0},
};

static const struct field sanitize_start_fields[] = {
	ROW("SANICAP", 0, 4, DEC, "SANICAP"),
	ROW("Sanitize CDW10", 4, 4, DEC, "sani_cdw10"),
	ROW("Sanitize CDW11", 8, 4, DEC, "sani_cdw11"),
	{0},
};

static const struct field sanitize_done_fields[] = {
	ROW("Sanitize Progress", 0, 2, DEC, "sani_prog"),
	ROW("Sanitize Status", 2, 2, DEC, "sani_status"),
	ROW("Completion Information", 4, 2, DEC, "cmpln_info"),
	{0},
};

static const struct field thermal_fields[] = {
	ROW("Over Temperature", 0, 1, DEC, "over_temp"),
	ROW("Threshold", 1, 1, DEC, "threshold"),
	{0},
};

/* ---- events with more than fields ---------------------------------------------------------- */

/* Either prints or fills `object`, which then is not NULL. */
typedef void more_fn(FILE *out, struct json_object *object, const unsigned char *data, size_t len);

/* nvme-cli has the fields of a controller among the event's own, where the identifier is that of
 * the event's; here they are in a list as well, as there may be several. */
static void show_resets(FILE *out, struct json_object *object, const unsigned char *data,
			size_t len)
{
	struct json_object *list = json_add_list(object, "reset_information");

	for (size_t at = 8; at + RESET_SIZE <= len; at += RESET_SIZE) {
		if (object) {
			fields_json(object, reset_fields + 1, data + at);
			fields_json(json_add_entry(list), reset_fields, data + at);
		} else {
			fields_print(out, reset_fields, 0, data + at, false);
		}
	}
}

/* The command's dwords from 10 on stand behind a dword that tells how many there are. */
static void show_set_feature(FILE *out, struct json_object *object, const unsigned char *data,
			     size_t len)
{
	uint8_t fid = len > 4 ? data[4] : 0;
	uint32_t value = len >= 12 ? (uint32_t)field_number(data + 8, 4) : 0;
	const char *name = znvme_feature_name(fid);
	char text[16];

	if (!name)
		name = "Unknown";
	if (!object) {
		fprintf(out, "Set Feature ID  :%#04x (%s),  value:0x%08" PRIx32 "\n", fid, name,
			value);
		return;
	}
	snprintf(text, sizeof(text), "0x%02x", fid);
	json_add_string(object, "feature", text);
	json_add_string(object, "name", name);
	snprintf(text, sizeof(text), "0x%08" PRIx32, value);
	json_add_string(object, "value", text);
}

/* 16 bytes a piece of text, with dots for what cannot be seen. */
static void add_visible(struct json_object *object, const char *name, const unsigned char *data,
			size_t len)
{
	struct json_object *list = json_add_list(object, name);

	for (size_t at = 0; at < len; at += 16) {
		char text[17] = "";

		for (size_t i = 0; i < 16 && at + i < len; i++)
			text[i] = isgraph(data[at + i]) ? (char)data[at + i] : '.';
		json_object_array_add(list, json_object_new_string(text));
	}
}

static void show_telemetry(FILE *out, struct json_object *object, const unsigned char *data,
			   size_t len)
{
	if (object)
		add_visible(object, "create", data, len);
	else
		hex_dump(out, data, len);
}

/* ---- the vendor's -------------------------------------------------------------------------- */

struct vendor_event {
	uint16_t code;
	uint8_t data_type; /* enum vendor_data */
	uint8_t uuid_index;
	uint16_t data_len;
};

enum vendor_data { VENDOR_NAME = 1, VENDOR_ASCII = 2, VENDOR_BINARY = 3, VENDOR_SIGNED = 4 };

#define VENDOR(label, member, key) FIELD_AS(label, vendor_event, member, DEC, .json = (key))

static const struct field vendor_fields[] = {
	VENDOR("Vendor Specific Event Code", code, "vs_event_code"),
	VENDOR("Vendor Specific Event Data Type", data_type, "vs_event_data_type"),
	VENDOR("UUID Index", uuid_index, "vs_event_uuid_index"),
	VENDOR("Vendor Specific Event Data Length", data_len, "vs_event_data_len"),
	{0},
};

static struct json_object *vendor_json(const struct vendor_event *event, const unsigned char *data,
				       size_t len)
{
	struct json_object *object = json_object_new_object();
	char *text = calloc(1, len + 1);
	int64_t number = 0;

	if (!text)
		return object;
	tool_text(text, data, len);
	switch (event->data_type) {
	case VENDOR_NAME:
		json_add_string(object, "event_name", text);
		break;
	case VENDOR_ASCII:
		json_add_string(object, "ascii_string_data", text);
		break;
	case VENDOR_SIGNED:
		memcpy(&number, data, len < sizeof(number) ? len : sizeof(number));
		json_object_object_add(object, "signed_integer_data",
				       json_object_new_int64(number));
		break;
	case VENDOR_BINARY:
		add_visible(object, "binary_data", data, len);
		break;
	default:
		add_visible(object, "reserved_data_type_bin", data, len);
		break;
	}
	free(text);
	return object;
}

static void show_vendor(FILE *out, struct json_object *object, const unsigned char *data,
			size_t len)
{
	struct json_object *list = json_add_list(object, "vs_event_entry"), *entry;
	struct vendor_event event;
	size_t at = 0, size;

	for (unsigned i = 0; at + sizeof(event) <= len; i++) {
		memcpy(&event, data + at, sizeof(event));
		at += sizeof(event);
		size = event.data_len < len - at ? event.data_len : len - at;
		entry = json_add_entry(list);
		if (entry) {
			json_add_number(entry, "vs_event_descriptor_number", i);
			fields_json(entry, vendor_fields, &event);
			if (size)
				json_object_object_add(entry, "vs_event_data",
						       vendor_json(&event, data + at, size));
		} else {
			fprintf(out, "Vendor Specific Event Descriptor %u:\n", i);
			fields_print(out, vendor_fields, 0, &event, false);
			if (size)
				hex_dump(out, data + at, size);
		}
		at += size;
	}
}

/* ---- the types ----------------------------------------------------------------------------- */

static const struct pevent_type {
	uint8_t type;
	const char *name; /* nvme-cli's */
	const struct field *fields;
	more_fn *more;
} types[] = {
	{ZNVME_PEL_SMART, "SMART/Health Log Snapshot", smart_log_fields, NULL},
	{ZNVME_PEL_FW_COMMIT, "Firmware Commit", fw_commit_fields, NULL},
	{ZNVME_PEL_TIMESTAMP, "Timestamp Change", timestamp_fields, NULL},
	{ZNVME_PEL_POWER_ON, "Power-on or Reset", power_on_fields, show_resets},
	{ZNVME_PEL_HW_ERROR, "NVM Subsystem Hardware Error", hw_error_fields, NULL},
	{ZNVME_PEL_CHANGE_NS, "Change Namespace", change_ns_fields, NULL},
	{ZNVME_PEL_FORMAT_START, "Format NVM Start", format_start_fields, NULL},
	{ZNVME_PEL_FORMAT_DONE, "Format NVM Completion", format_done_fields, NULL},
	{ZNVME_PEL_SANITIZE_START, "Sanitize Start", sanitize_start_fields, NULL},
	{ZNVME_PEL_SANITIZE_DONE, "Sanitize Completion", sanitize_done_fields, NULL},
	{ZNVME_PEL_SET_FEATURE, "Set Feature", NULL, show_set_feature},
	{ZNVME_PEL_TELEMETRY, "Set Telemetry CRT ", NULL, show_telemetry},
	{ZNVME_PEL_THERMAL, "Thermal Excursion", thermal_fields, NULL},
	{ZNVME_PEL_SANITIZE_VERIFY, "Sanitize Media Verification", NULL, NULL},
	{ZNVME_PEL_VENDOR, "Vendor Specific", NULL, show_vendor},
	{ZNVME_PEL_TCG, "TCG Defined", NULL, NULL},
};

static const struct pevent_type *find_type(uint8_t type)
{
	for (unsigned i = 0; i < TOOL_COUNT(types); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

const char *pevent_name(uint8_t type)
{
	const struct pevent_type *found = find_type(type);

	return found ? found->name : NULL;
}

/* The tables' fields lie in the first bytes, and there are always so many. */
#define FIELDS_ROOM sizeof(struct znvme_smart_log)

static void show(FILE *out, struct json_object *object, uint8_t type, const void *data, size_t len)
{
	const struct pevent_type *found = find_type(type);
	unsigned char room[FIELDS_ROOM] = {0};

	memcpy(room, data, len < sizeof(room) ? len : sizeof(room));
	if (found && !object)
		fprintf(out, "%s Event Entry:\n", found->name);
	if (found && found->fields && object)
		fields_json(object, found->fields, room);
	else if (found && found->fields)
		fields_print(out, found->fields, 0, room, false);
	if (found && found->more)
		found->more(out, object, data, len);
	if ((!found || (!found->fields && !found->more)) && !object)
		hex_dump(out, data, len);
}

void pevent_print(FILE *out, uint8_t type, const void *data, size_t len)
{
	show(out, NULL, type, data, len);
}

void pevent_json(struct json_object *object, uint8_t type, const void *data, size_t len)
{
	show(NULL, object, type, data, len);
}
