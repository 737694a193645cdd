/* SPDX-License-Identifier: MIT */
/*
 * Logs about namespaces, and about what they lie in: endurance-log, predictable-lat-log,
 * changed-ns-list-log, … (Base 2.1, section 5.1.12). Those that are lists of lists are in
 * list_logs.c. Counts in them are the device's: nothing is believed beyond what was read.
 */
#include "commands.h"
#include "manage.h"

#include <inttypes.h>
#include <string.h>

/* ---- logs of one structure ----------------------------------------------------------------- */

struct log_args {
	uint16_t id;
	uint32_t entries;
	bool rae;
};

#define AT(member) offsetof(struct log_args, member)

/* A log page that is one structure, of the thing that an option names. */
struct one_log {
	uint8_t lid;
	size_t len;
	const struct field *fields;
	int width;
	const char *heading[2]; /* what stands before the address and before the identifier */
};

static int show_one(struct tool *tool, const struct one_log *log, uint16_t lsi)
{
	const struct znvme_get_log_args args = {.lid = log->lid, .lsi = lsi};
	unsigned char data[512];
	char heading[256 + sizeof(tool->address)];

	if (tool_open(tool) || manage_log(tool, &args, data, log->len))
		return 1;
	snprintf(heading, sizeof(heading), "%s%s%s%u", log->heading[0], tool->address,
		 log->heading[1], lsi);
	manage_show(tool, log->fields, log->width, data, log->len, heading);
	return 0;
}

static const struct field_bits endurance_bits[] = {
	BITS(ZNVME_SMART_EGCW_READ_ONLY, "Namespaces Read-Only", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_SMART_EGCW_DEGRADED, "Reliability Degraded", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_SMART_EGCW_SPARE, "Available Spare Below Threshold", BITS_VALUES(field_no_yes)),
	{0},
};

#define ENDURANCE(label, member, how, ...)                                                         \
	FIELD_AS(label, znvme_endurance_group_log, member, how, __VA_ARGS__)

static const struct field endurance_fields[] = {
	ENDURANCE("critical warning", critical_warning, DEC, .json = "critical_warning",
		  .bits = endurance_bits),
	ENDURANCE("endurance group features", egfeat, DEC, .json = "endurance_group_features"),
	ENDURANCE("avl_spare", avl_spare, DEC),
	ENDURANCE("avl_spare_threshold", avl_spare_threshold, DEC),
	ENDURANCE("percent_used", percent_used, PERCENT),
	ENDURANCE("domain_identifier", domainid, DEC),
	ENDURANCE("endurance_estimate", endurance_estimate, DEC, .unit = "10^9 bytes"),
	ENDURANCE("data_units_read", data_units_read, DEC, .unit = "10^9 bytes"),
	ENDURANCE("data_units_written", data_units_written, DEC, .unit = "10^9 bytes"),
	ENDURANCE("media_units_written", media_units_written, DEC, .unit = "10^9 bytes"),
	ENDURANCE("host_read_cmds", host_read_cmds, DEC),
	ENDURANCE("host_write_cmds", host_write_cmds, DEC),
	ENDURANCE("media_data_integrity_err", media_data_integrity_err, DEC),
	ENDURANCE("num_err_info_log_entries", num_err_info_log_entries, DEC),
	ENDURANCE("total_end_grp_cap", tegcap, DEC, .unit = "bytes"),
	ENDURANCE("unalloc_end_grp_cap", uegcap, DEC, .unit = "bytes"),
	{0},
};

static const struct one_log endurance_log = {
	ZNVME_LOG_ENDURANCE_GROUP,
	sizeof(struct znvme_endurance_group_log),
	endurance_fields,
	24,
	{"Endurance Group Log for NVME device:", " Group ID:"},
};

static const struct tool_option group_options[] = {
	TOOL_OPTION('g', "group-id", "N", TOOL_U16, AT(id), "endurance group", .preset = 1),
	{0},
};

static int run_endurance(struct tool *tool, void *arg)
{
	return show_one(tool, &endurance_log, ((struct log_args *)arg)->id);
}

const struct tool_command endurance_log_command = {
	.name = "endurance-log",
	.summary = "wear and use of an endurance group",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = group_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme endurance-log sim: --group-id 1",
	.run = run_endurance,
};

#define ROTATIONAL(label, member) FIELD_AS(label, znvme_rotational_log, member, DEC)

static const struct field rotational_fields[] = {
	ROTATIONAL("endgid", endgid), ROTATIONAL("numa", numa),
	ROTATIONAL("nrs", nrs),	      ROTATIONAL("spinc", spinc),
	ROTATIONAL("fspinc", fspinc), ROTATIONAL("ldc", ldc),
	ROTATIONAL("fldc", fldc),     {0},
};

static const struct one_log rotational_log = {
	ZNVME_LOG_ROTATIONAL_MEDIA,
	sizeof(struct znvme_rotational_log),
	rotational_fields,
	8,
	{"Rotational Media Information Log for NVMe device: ", " Group ID: "},
};

static int run_rotational(struct tool *tool, void *arg)
{
	return show_one(tool, &rotational_log, ((struct log_args *)arg)->id);
}

static const struct tool_option rotational_options[] = {
	TOOL_OPTION('e', "endg-id", "N", TOOL_U16, AT(id), "endurance group", .preset = 1),
	{0},
};

const struct tool_command rotational_command = {
	.name = "rotational-media-info-log",
	.summary = "spindle and heads of an endurance group on rotating disks",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = rotational_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme rotational-media-info-log sim:with=rotational",
	.run = run_rotational,
};

#define PLM(label, member, how, key)                                                               \
	FIELD_AS(label, znvme_plm_nvmset_log, member, how, .json = (key))

static const struct field plm_fields[] = {
	PLM("Status", status, DEC, "status"),
	PLM("Event Type", event_type, DEC, "event_type"),
	PLM("DTWIN Reads Typical", dtwin_rt, DEC, "dtwin_reads_typical"),
	PLM("DTWIN Writes Typical", dtwin_wt, DEC, "dtwin_writes_typical"),
	PLM("DTWIN Time Maximum", dtwin_tmax, DEC, "dtwin_time_maximum"),
	PLM("NDWIN Time Minimum High", ndwin_tmin_hi, DEC, "ndwin_time_minimum_high"),
	PLM("NDWIN Time Minimum Low", ndwin_tmin_lo, DEC, "ndwin_time_minimum_low"),
	PLM("DTWIN Reads Estimate", dtwin_re, DEC, "dtwin_reads_estimate"),
	PLM("DTWIN Writes Estimate", dtwin_we, DEC, "dtwin_writes_estimate"),
	PLM("DTWIN Time Estimate", dtwin_te, DEC, "dtwin_time_estimate"),
	{0},
};

static const struct one_log plm_log = {
	ZNVME_LOG_PLM_NVMSET,
	sizeof(struct znvme_plm_nvmset_log),
	plm_fields,
	0,
	{"Predictable Latency Per NVM Set Log for device: ",
	 "\nPredictable Latency Per NVM Set Log for NVM Set ID: "},
};

static const struct tool_option plm_options[] = {
	TOOL_OPTION('i', "nvmset-id", "N", TOOL_U16, AT(id), "NVM set", .preset = 1),
	{0},
};

static int run_plm(struct tool *tool, void *arg)
{
	uint16_t id = ((struct log_args *)arg)->id;
	int rc = show_one(tool, &plm_log, id);

	if (!rc && tool->json)
		json_add_number(tool->json, "nvmset_id", id);
	return rc;
}

const struct tool_command plm_command = {
	.name = "predictable-lat-log",
	.summary = "windows of predictable latency of an NVM set",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = plm_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme predictable-lat-log sim:with=plm --nvmset-id 1",
	.run = run_plm,
};

/* ---- lists of namespaces, and of what has events ------------------------------------------- */

/* As nvme-cli does it the list stays as it is: get-log is what empties it. */
static int show_changed(struct tool *tool, uint8_t lid, const char *heading)
{
	const struct znvme_get_log_args log_args = {.lid = lid, .rae = true};
	struct json_object *list = NULL;
	struct znvme_changed_ns_log log;
	char key[16], text[16];

	if (tool_open(tool) || manage_log(tool, &log_args, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		list = json_object_new_object();
		json_add_string(tool->json, heading, tool->address);
		json_object_object_add(tool->json, tool->address, list);
	}
	if (log.ns[0] == 0xffffffff && list)
		json_add_string(list, "overflow", "more than 1024 namespaces changed");
	else if (log.ns[0] == 0xffffffff)
		fputs("more than 1024 namespaces changed\n", tool->out);
	for (unsigned i = 0; i < 1024 && log.ns[i] && log.ns[0] != 0xffffffff; i++) {
		snprintf(key, sizeof(key), "[%4u]", i + 1);
		snprintf(text, sizeof(text), "%#x", log.ns[i]);
		if (list)
			json_add_string(list, key, text);
		else
			fprintf(tool->out, "%s:%s\n", key, text);
	}
	return 0;
}

static int run_changed_ns(struct tool *tool, void *arg)
{
	(void)arg;
	return show_changed(tool, ZNVME_LOG_CHANGED_NS, "Changed Namespace List Log");
}

static int run_changed_alloc_ns(struct tool *tool, void *arg)
{
	(void)arg;
	return show_changed(tool, ZNVME_LOG_CHANGED_ALLOC_NS,
			    "Changed Allocated Namespace List Log");
}

static const struct tool_option kept_options[] = {
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, AT(rae),
		    "retain the asynchronous event, which is what it does"),
	{0},
};

const struct tool_command changed_ns_command = {
	.name = "changed-ns-list-log",
	.summary = "namespaces that have changed since the list was emptied",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = kept_options,
	.args_size = sizeof(struct log_args),
	.details = "The list stays as it is; `get-log --log-id 4` empties it.\n",
	.example = "znvme changed-ns-list-log sim:",
	.run = run_changed_ns,
};

const struct tool_command changed_alloc_ns_command = {
	.name = "changed-alloc-ns-list-log",
	.summary = "allocated namespaces that have changed since the list was emptied",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = kept_options,
	.args_size = sizeof(struct log_args),
	.details = "The list stays as it is; `get-log --log-id 0x1c` empties it.\n",
	.example = "znvme changed-alloc-ns-list-log sim:",
	.run = run_changed_alloc_ns,
};

/* Two logs: a count and identifiers of 16 bits. */
static int show_aggregate(struct tool *tool, const struct log_args *args, uint8_t lid,
			  const char *heading)
{
	struct znvme_get_log_args log_args = {.lid = lid, .rae = args->rae};
	size_t len = (sizeof(uint64_t) + args->entries * sizeof(uint16_t) + 3) & ~(size_t)3;
	tool_autofree unsigned char *data = calloc(1, len);
	struct json_object *list = NULL;
	uint64_t nr;
	uint16_t id;

	if (!data)
		return tool_error("out of memory");
	if (tool_open(tool) || manage_log(tool, &log_args, data, len))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(data, len, 1, tool->out);
		return 0;
	}
	memcpy(&nr, data, sizeof(nr));
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "num_entries_avail", nr);
		list = json_add_list(tool->json, "list_of_entries");
	} else {
		fprintf(tool->out, "%s for device: %s\nNumber of Entries Available: %" PRIu64 "\n",
			heading, tool->address, nr);
	}
	for (uint32_t i = 0; i < nr && i < args->entries; i++) {
		memcpy(&id, data + sizeof(nr) + i * sizeof(id), sizeof(id));
		if (list)
			json_add_number(json_add_entry(list), "entry", id);
		else
			fprintf(tool->out, "Entry[%" PRIu32 "]: %u\n", i + 1, id);
	}
	return 0;
}

static const struct tool_option aggregate_options[] = {
	TOOL_OPTION('e', "log-entries", "N", TOOL_U32, AT(entries), "entries to read at most",
		    .preset = 252, .min = 1, .max = 65535),
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, AT(rae), "retain the asynchronous event"),
	{0},
};

static int run_plm_events(struct tool *tool, void *arg)
{
	return show_aggregate(tool, arg, ZNVME_LOG_PLM_AGGREGATE,
			      "Predictable Latency Event Aggregate Log");
}

const struct tool_command plm_events_command = {
	.name = "pred-lat-event-agg-log",
	.summary = "which NVM sets have predictable latency events",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = aggregate_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme pred-lat-event-agg-log sim:with=plm",
	.run = run_plm_events,
};

static int run_endurance_events(struct tool *tool, void *arg)
{
	return show_aggregate(tool, arg, ZNVME_LOG_ENDURANCE_EVENT,
			      "Endurance Group Event Aggregate Log");
}

const struct tool_command endurance_events_command = {
	.name = "endurance-event-agg-log",
	.summary = "endurance groups with events",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = aggregate_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme endurance-event-agg-log sim:",
	.run = run_endurance_events,
};

/* ---- lockdown-log -------------------------------------------------------------------------- */

struct lockdown_log_args {
	uint8_t contents, scope;
};

static const struct tool_option lockdown_options[] = {
	TOOL_OPTION('c', "contents", "N", TOOL_U8, offsetof(struct lockdown_log_args, contents),
		    "0 what can be prohibited, 1 what is on the Admin queue, 2 what is out of band",
		    .max = 2),
	TOOL_OPTION('s', "scope", "N", TOOL_U8, offsetof(struct lockdown_log_args, scope),
		    "0 admin commands, 2 features, 3 MI commands, 4 PCIe commands", .max = 15),
	{0},
};

static int run_lockdown_log(struct tool *tool, void *arg)
{
	const struct lockdown_log_args *args = arg;
	const struct znvme_get_log_args log_args = {
		.lid = ZNVME_LOG_LOCKDOWN,
		.lsp = (uint8_t)(znvme_field_put(ZNVME_LOCKDOWN_LSP_SCP, args->scope) |
				 znvme_field_put(ZNVME_LOCKDOWN_LSP_CNT, args->contents)),
	};
	struct znvme_lockdown_log log;
	struct json_object *list = NULL;

	if (tool_open(tool) || manage_log(tool, &log_args, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "cfila", log.cfila);
		json_add_number(tool->json, "lngth", log.lngth);
		list = json_add_list(tool->json, "identifiers");
	}
	for (unsigned i = 0; i < log.lngth; i++) {
		const char *name =
			args->scope == ZNVME_LOCKDOWN_ADMIN ? znvme_opcode_name(true, log.cfil[i])
			: args->scope == ZNVME_LOCKDOWN_FEATURES ? znvme_feature_name(log.cfil[i])
								 : NULL;

		if (list)
			json_add_number(json_add_entry(list), "id", log.cfil[i]);
		else
			fprintf(tool->out, "%#04x %s\n", log.cfil[i], name ? name : "");
	}
	return 0;
}

const struct tool_command lockdown_log_command = {
	.name = "lockdown-log",
	.summary = "commands and features that can be, and that are prohibited",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = lockdown_options,
	.args_size = sizeof(struct lockdown_log_args),
	.example = "znvme lockdown-log sim: --scope 2",
	.run = run_lockdown_log,
};
