/* SPDX-License-Identifier: MIT */
/*
 * smart-log, error-log, fw-log: logs that are shown by their fields (Base 2.1, sections 5.1.12.1.2
 * to 5.1.12.1.4). Any other log is shown by get-log (getlog.c).
 */
#include "commands.h"
#include "logs.h"

#include <string.h>

static int get_log(struct tool *tool, uint8_t lid, uint32_t nsid, void *data, size_t len)
{
	const struct znvme_get_log_args args = {.lid = lid, .nsid = nsid};
	int rc = znvme_get_log(tool->ctrl, &args, data, len);

	return rc ? tool_fail(rc, znvme_log_name(lid)) : 0;
}

/* ---- smart-log ----------------------------------------------------------------------------- */

static const struct field_bits critical_warning_bits[] = {
	NAMED_BITS("pmr_ro", ZNVME_SMART_CRIT_PMR, "Persistent Memory Region Unreliable",
		   BITS_VALUES(field_no_yes)),
	NAMED_BITS("vmbu_failed", ZNVME_SMART_CRIT_VOLATILE_BACKUP, "Volatile Memory Backup Failed",
		   BITS_VALUES(field_no_yes)),
	NAMED_BITS("ro", ZNVME_SMART_CRIT_READ_ONLY, "Media Read-Only", BITS_VALUES(field_no_yes)),
	NAMED_BITS("reliability_degraded", ZNVME_SMART_CRIT_DEGRADED, "Reliability Degraded",
		   BITS_VALUES(field_no_yes)),
	NAMED_BITS("temp_threshold", ZNVME_SMART_CRIT_TEMPERATURE, "Temperature Beyond a Threshold",
		   BITS_VALUES(field_no_yes)),
	NAMED_BITS("available_spare", ZNVME_SMART_CRIT_SPARE, "Available Spare Below Threshold",
		   BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits endurance_warning_bits[] = {
	BITS(ZNVME_SMART_EGCW_READ_ONLY, "Namespaces Read-Only", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_SMART_EGCW_DEGRADED, "Reliability Degraded", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_SMART_EGCW_SPARE, "Available Spare Below Threshold", BITS_VALUES(field_no_yes)),
	{0},
};

#define SMART(label, member, how, ...) FIELD_AS(label, znvme_smart_log, member, how, __VA_ARGS__)
#define SENSOR(n)                                                                                  \
	{                                                                                          \
		.name = "Temperature Sensor " #n,                                                  \
		.offset = offsetof(struct znvme_smart_log, temp_sensor) + 2 * (n - 1), .size = 2,  \
		.kind = FIELD_SENSOR, .json = "temperature_sensor_" #n                             \
	}

const struct field smart_log_fields[] = {
	SMART("critical_warning", critical_warning, HEX, .bits = critical_warning_bits),
	SMART("temperature", temperature, KELVIN),
	SMART("available_spare", avail_spare, PERCENT, .json = "avail_spare"),
	SMART("available_spare_threshold", spare_thresh, PERCENT, .json = "spare_thresh"),
	SMART("percentage_used", percent_used, PERCENT, .json = "percent_used"),
	SMART("endurance group critical warning summary", endu_grp_crit_warn_sumry, HEX,
	      .json = "endurance_grp_critical_warning_summary", .bits = endurance_warning_bits),
	SMART("Data Units Read", data_units_read, DATA_UNITS, .json = "data_units_read"),
	SMART("Data Units Written", data_units_written, DATA_UNITS, .json = "data_units_written"),
	SMART("host_read_commands", host_reads, DEC),
	SMART("host_write_commands", host_writes, DEC),
	SMART("controller_busy_time", ctrl_busy_time, DEC, .unit = "minutes"),
	SMART("power_cycles", power_cycles, DEC),
	SMART("power_on_hours", power_on_hours, DEC),
	SMART("unsafe_shutdowns", unsafe_shutdowns, DEC),
	SMART("media_errors", media_errors, DEC),
	SMART("num_err_log_entries", num_err_log_entries, DEC),
	SMART("Warning Temperature Time", warning_temp_time, DEC, .json = "warning_temp_time",
	      .unit = "minutes"),
	SMART("Critical Composite Temperature Time", critical_comp_time, DEC,
	      .json = "critical_comp_time", .unit = "minutes"),
	SENSOR(1),
	SENSOR(2),
	SENSOR(3),
	SENSOR(4),
	SENSOR(5),
	SENSOR(6),
	SENSOR(7),
	SENSOR(8),
	SMART("Thermal Management T1 Trans Count", thm_temp1_trans_count, DEC,
	      .json = "thm_temp1_trans_count"),
	SMART("Thermal Management T2 Trans Count", thm_temp2_trans_count, DEC,
	      .json = "thm_temp2_trans_count"),
	SMART("Thermal Management T1 Total Time", thm_temp1_total_time, DEC,
	      .json = "thm_temp1_total_time", .unit = "seconds"),
	SMART("Thermal Management T2 Total Time", thm_temp2_total_time, DEC,
	      .json = "thm_temp2_total_time", .unit = "seconds"),
	{0},
};

struct smart_args {
	bool fahrenheit;
};

static const struct tool_option smart_options[] = {
	TOOL_OPTION('f', "fahrenheit", NULL, TOOL_FLAG, offsetof(struct smart_args, fahrenheit),
		    "temperatures in degrees Fahrenheit; not in JSON, which has Kelvin"),
	{0},
};

/* With -H the warnings are taken apart here too. */
static struct json_object *smart_json(const struct znvme_smart_log *log, bool human)
{
	struct json_object *root = json_object_new_object(), *warning;

	fields_json(root, smart_log_fields, log);
	if (human) {
		warning = json_object_new_object();
		json_add_number(warning, "value", log->critical_warning);
		bits_json(warning, critical_warning_bits, log->critical_warning);
		json_object_object_add(root, "critical_warning", warning);
	}
	return root;
}

static int run_smart_log(struct tool *tool, void *arg)
{
	const struct smart_args *args = arg;
	uint32_t nsid = tool->nsid_given ? tool->nsid : ZNVME_NSID_ALL;
	unsigned how = (tool->human ? FIELDS_BITS : 0) | (args->fahrenheit ? FIELDS_FAHRENHEIT : 0);
	struct znvme_smart_log log;

	if (tool_open(tool) || get_log(tool, ZNVME_LOG_SMART, nsid, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = smart_json(&log, tool->human);
	} else {
		fprintf(tool->out, "Smart Log for NVME device:%s namespace-id:%x\n", tool->address,
			nsid);
		fields_print(tool->out, smart_log_fields, 40, &log, how);
	}
	return 0;
}

const struct tool_command smart_log_command = {
	.name = "smart-log",
	.summary = "health: temperature, wear, data moved, errors",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = smart_options,
	.args_size = sizeof(struct smart_args),
	.example = "znvme smart-log sim:",
	.run = run_smart_log,
};

/* ---- error-log ----------------------------------------------------------------------------- */

/* By the table of Base 2.1, section 5.1.12.1.2. */
static void explain_trtype(FILE *out, uint64_t value)
{
	static const char *const transports[] = {
		[1] = "RDMA", [2] = "Fibre Channel", [3] = "TCP", [254] = "Intra-host"};

	if (!value)
		fputs("The transport type is not indicated or the error is not transport related.",
		      out);
	else if (value < TOOL_COUNT(transports) && transports[value])
		fprintf(out, "%s Transport error.", transports[value]);
	else
		fputs("Reserved", out);
}

static const struct field_bits trtype_bits[] = {
	BITS(0xff, "Transport Type", .explain = explain_trtype),
	{0},
};

#define ERROR_ROW(label, member, how, ...)                                                         \
	FIELD_AS(label, znvme_error_log_entry, member, how, __VA_ARGS__)

static const struct field error_fields[] = {
	ERROR_ROW("error_count", error_count, DEC),
	ERROR_ROW("sqid", sqid, DEC),
	ERROR_ROW("cmdid", cmdid, HEX),
	ERROR_ROW("parm_err_loc", parm_error_location, HEX, .json = "parm_error_location"),
	ERROR_ROW("lba", lba, HEX),
	ERROR_ROW("nsid", nsid, HEX),
	ERROR_ROW("vs", vs, DEC),
	ERROR_ROW("trtype", trtype, MEANING, .bits = trtype_bits),
	ERROR_ROW("csi", csi, DEC),
	ERROR_ROW("opcode", opc, HEX),
	ERROR_ROW("cs", cs, HEX),
	ERROR_ROW("trtype_spec_info", trtype_spec_info, HEX),
	ERROR_ROW("log_page_version", lpver, DEC),
	{0},
};

struct error_log_args {
	uint32_t entries;
};

static const struct tool_option error_log_options[] = {
	TOOL_OPTION('e', "log-entries", "N", TOOL_U32, offsetof(struct error_log_args, entries),
		    "entries to show, newest first", .preset = 64, .min = 1, .max = 65536),
	{0},
};

static void print_error(FILE *out, unsigned index, const struct znvme_error_log_entry *entry)
{
	uint16_t status = entry->status_field >> 1;

	fprintf(out, " Entry[%2u]\n.................\n", index);
	fields_print(out, error_fields, 16, entry, false);
	fprintf(out, "%-16s : %#x (%s)\n%-16s : %#x\n.................\n", "status_field", status,
		znvme_status_name(status), "phase_tag", entry->status_field & 1);
}

static struct json_object *error_json(const struct znvme_error_log_entry *entry)
{
	struct json_object *object = json_object_new_object();

	fields_json(object, error_fields, entry);
	json_add_number(object, "status_field", entry->status_field >> 1);
	json_add_number(object, "phase_tag", entry->status_field & 1);
	return object;
}

static int run_error_log(struct tool *tool, void *arg)
{
	const struct error_log_args *args = arg;
	tool_autofree struct znvme_error_log_entry *log = NULL;
	struct json_object *list;
	unsigned nr, i;

	if (tool_open(tool))
		return 1;
	nr = znvme_id_ctrl(tool->ctrl)->elpe + 1u;
	if (nr > args->entries)
		nr = args->entries;
	log = calloc(nr, sizeof(*log));
	if (!log)
		return tool_error("out of memory");
	if (get_log(tool, ZNVME_LOG_ERROR, ZNVME_NSID_ALL, log, nr * sizeof(*log)))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(log, sizeof(*log), nr, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		list = json_object_new_array();
		for (i = 0; i < nr; i++)
			json_object_array_add(list, error_json(&log[i]));
		json_object_object_add(tool->json, "errors", list);
		return 0;
	}
	fprintf(tool->out, "Error Log Entries for device:%s entries:%u\n.................\n",
		tool->address, nr);
	for (i = 0; i < nr; i++)
		print_error(tool->out, i, &log[i]);
	return 0;
}

const struct tool_command error_log_command = {
	.name = "error-log",
	.summary = "the last errors, newest first",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = error_log_options,
	.args_size = sizeof(struct error_log_args),
	.example = "znvme error-log sim: --log-entries 4",
	.run = run_error_log,
};

/* ---- fw-log -------------------------------------------------------------------------------- */

#define FW_SLOTS TOOL_COUNT(((struct znvme_fw_slot_log *)0)->frs)

static void print_fw_log(FILE *out, const char *address, const struct znvme_fw_slot_log *log)
{
	char text[sizeof(log->frs[0]) + 1];

	fprintf(out, "Firmware Log for device:%s\nafi  : %#x\n", address, log->afi);
	for (unsigned i = 0; i < FW_SLOTS; i++) {
		tool_text(text, log->frs[i], sizeof(log->frs[i]));
		if (*text)
			fprintf(out, "frs%u : %#018llx (%s)\n", i + 1,
				(unsigned long long)field_number(log->frs[i], sizeof(log->frs[i])),
				text);
	}
}

static struct json_object *fw_log_json(const char *address, const struct znvme_fw_slot_log *log)
{
	struct json_object *root = json_object_new_object();
	struct json_object *slots = json_object_new_object();
	char text[sizeof(log->frs[0]) + 1], name[32];

	json_add_number(slots, "Active Firmware Slot (afi)", log->afi);
	for (unsigned i = 0; i < FW_SLOTS; i++) {
		tool_text(text, log->frs[i], sizeof(log->frs[i]));
		snprintf(name, sizeof(name), "Firmware Rev Slot %u", i + 1);
		if (*text)
			json_add_string(slots, name, text);
	}
	json_object_object_add(root, address, slots);
	return root;
}

static int run_fw_log(struct tool *tool, void *arg)
{
	struct znvme_fw_slot_log log;

	(void)arg;
	if (tool_open(tool) || get_log(tool, ZNVME_LOG_FW_SLOT, ZNVME_NSID_ALL, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW)
		fwrite(&log, sizeof(log), 1, tool->out);
	else if (tool->format == TOOL_JSON)
		tool->json = fw_log_json(tool->address, &log);
	else
		print_fw_log(tool->out, tool->address, &log);
	return 0;
}

const struct tool_command fw_log_command = {
	.name = "fw-log",
	.summary = "the firmware slots",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.example = "znvme fw-log sim: --output-format json",
	.run = run_fw_log,
};
