/* SPDX-License-Identifier: MIT */
/*
 * supported-log-pages, effects-log, fid-support-effects-log, mi-cmd-support-effects-log: tables
 * with a dword a command, log page or feature (Base 2.1, sections 5.1.12.1.1, .6, .19 and .20).
 */
#include "commands.h"
#include "manage.h"

#define YES BITS_VALUES(field_no_yes)

static const char *const cse_values[] = {"No command restriction",
					 "No other command to the namespace",
					 "No other command to any namespace"};

static const struct field_bits command_bits[] = {
	NAMED_BITS("csp", ZNVME_CMD_EFFECTS_CSP,
		   "Scope (namespace, controller, NVM set, endurance "
		   "group, domain, subsystem)"),
	NAMED_BITS("uss", ZNVME_CMD_EFFECTS_USS, "UUID Selection Supported", YES),
	NAMED_BITS("cse", ZNVME_CMD_EFFECTS_CSE, "Command Submission and Execution",
		   BITS_VALUES(cse_values)),
	NAMED_BITS("cser", ZNVME_CMD_EFFECTS_CSER, "Relaxation of that"),
	NAMED_BITS("ccc", ZNVME_CMD_EFFECTS_CCC, "Controller Capability Change", YES),
	NAMED_BITS("nic", ZNVME_CMD_EFFECTS_NIC, "Namespace Inventory Change", YES),
	NAMED_BITS("ncc", ZNVME_CMD_EFFECTS_NCC, "Namespace Capability Change", YES),
	NAMED_BITS("lbcc", ZNVME_CMD_EFFECTS_LBCC, "Logical Block Content Change", YES),
	NAMED_BITS("csupp", ZNVME_CMD_EFFECTS_CSUPP, "Command Supported", YES),
	{0},
};

static const struct field_bits feature_effects_bits[] = {
	NAMED_BITS("fsp", ZNVME_FEATURE_EFFECTS_FSP,
		   "Scope (namespace, controller, NVM set, "
		   "endurance group, domain, subsystem)"),
	NAMED_BITS("uss", ZNVME_FEATURE_EFFECTS_USS, "UUID Selection Supported", YES),
	NAMED_BITS("ccc", ZNVME_FEATURE_EFFECTS_CCC, "Controller Capability Change", YES),
	NAMED_BITS("nic", ZNVME_FEATURE_EFFECTS_NIC, "Namespace Inventory Change", YES),
	NAMED_BITS("ncc", ZNVME_FEATURE_EFFECTS_NCC, "Namespace Capability Change", YES),
	NAMED_BITS("udcc", ZNVME_FEATURE_EFFECTS_UDCC, "User Data Content Change", YES),
	NAMED_BITS("fsupp", ZNVME_FEATURE_EFFECTS_FSUPP, "Feature Supported", YES),
	{0},
};

static const struct field_bits log_support_bits[] = {
	NAMED_BITS("lidsp", ZNVME_LOG_SUPPORT_LIDSP, "Log Page Identifier Specific Parameter"),
	NAMED_BITS("ios", ZNVME_LOG_SUPPORT_IOS, "Index Offset Supported", YES),
	NAMED_BITS("lsupp", ZNVME_LOG_SUPPORT_LSUPP, "Log Page Supported", YES),
	{0},
};

/* One table of 256 dwords, of which those with bit 0 are there. */
struct effects {
	const char *heading;
	const char *prefix; /* of a line */
	const char *json;   /* its name there; NULL: the entries stand in the object itself */
	/* nvme-cli's, which is without -H: its name, and the entry's as a format. */
	const char *plain;
	const char *plain_entry;
	bool is_list; /* of objects with an entry each, named by the number alone */
	const uint32_t *dwords;
	const char *(*name)(uint8_t id);
	const struct field_bits *bits;
};

static void print_effects(struct tool *tool, const struct effects *effects)
{
	if (effects->heading)
		fprintf(tool->out, "%s\n", effects->heading);
	for (unsigned i = 0; i < 256; i++) {
		const char *name = effects->name((uint8_t)i);

		if (!(effects->dwords[i] & 1))
			continue;
		fprintf(tool->out, "%s%02x: %08x (%s)\n", effects->prefix, i, effects->dwords[i],
			name ? name : "Unknown");
		if (tool->human) {
			bits_print(tool->out, effects->bits, effects->dwords[i]);
			fputc('\n', tool->out);
		}
	}
}

static void add_effects_json(struct tool *tool, const struct effects *effects)
{
	struct json_object *object = effects->json ? json_object_new_object() : tool->json;

	for (unsigned i = 0; i < 256; i++) {
		const char *name = effects->name((uint8_t)i);
		struct json_object *entry;
		char key[80];

		if (!(effects->dwords[i] & 1))
			continue;
		entry = json_object_new_object();
		json_add_number(entry, "value", effects->dwords[i]);
		bits_json(entry, effects->bits, effects->dwords[i]);
		snprintf(key, sizeof(key), "%#04x (%s)", i, name ? name : "Unknown");
		json_object_object_add(object, key, entry);
	}
	if (effects->json)
		json_object_object_add(tool->json, effects->json, object);
}

/* As nvme-cli has it: dwords that are not taken apart. */
static void add_plain_json(struct tool *tool, const struct effects *effects)
{
	struct json_object *group =
		effects->is_list ? json_object_new_array() : json_object_new_object();

	for (unsigned i = 0; i < 256; i++) {
		const char *name = effects->name((uint8_t)i);
		struct json_object *entry = group;
		char key[96];

		if (!(effects->dwords[i] & 1))
			continue;
		if (effects->is_list) {
			entry = json_object_new_object();
			snprintf(key, sizeof(key), "%s%u", effects->plain_entry, i);
			json_object_array_add(group, entry);
		} else {
			snprintf(key, sizeof(key), "%s%u (%s)", effects->plain_entry, i,
				 name ? name : "Unknown");
		}
		json_add_number(entry, key, effects->dwords[i]);
	}
	json_object_object_add(tool->json, effects->plain, group);
}

static void show_effects(struct tool *tool, const struct effects *effects, unsigned nr)
{
	if (tool->format == TOOL_JSON && !tool->json)
		tool->json = json_object_new_object();
	for (unsigned i = 0; i < nr; i++) {
		if (tool->format == TOOL_JSON && effects[i].plain && !tool->human)
			add_plain_json(tool, &effects[i]);
		else if (tool->format == TOOL_JSON)
			add_effects_json(tool, &effects[i]);
		else
			print_effects(tool, &effects[i]);
	}
}

static const char *admin_name(uint8_t opcode)
{
	return znvme_opcode_name(true, opcode);
}

static const char *io_name(uint8_t opcode)
{
	return znvme_opcode_name(false, opcode);
}

/* ---- the commands -------------------------------------------------------------------------- */

struct effects_args {
	uint8_t csi;
};

static const struct tool_option effects_options[] = {
	TOOL_OPTION('c', "csi", "CSI", TOOL_U8, offsetof(struct effects_args, csi),
		    "I/O commands of this command set"),
	{0},
};

/* nvme-cli's list of command sets, with the one that was asked for. */
static struct json_object *one_command_set(struct json_object *object, uint8_t csi)
{
	struct json_object *list = json_object_new_array();

	json_add_number(object, "command_set_identifier", csi);
	json_object_array_add(list, object);
	return list;
}

static int run_effects_log(struct tool *tool, void *arg)
{
	const struct effects_args *args = arg;
	const struct znvme_get_log_args log_args = {.lid = ZNVME_LOG_CMD_EFFECTS, .csi = args->csi};
	struct znvme_cmd_effects_log log;
	const struct effects effects[] = {
		{"Admin Commands", "  ACS", "admin_cmd_set", "admin_cmd_set", "ACS_", false,
		 log.acs, admin_name, command_bits},
		{"I/O Commands", "  IOCS", "io_cmd_set", "io_cmd_set", "IOCS_", false, log.iocs,
		 io_name, command_bits},
	};

	if (tool_open(tool) || manage_log(tool, &log_args, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW)
		fwrite(&log, sizeof(log), 1, tool->out);
	else
		show_effects(tool, effects, TOOL_COUNT(effects));
	if (tool->json && !tool->human)
		tool->json = one_command_set(tool->json, args->csi);
	return 0;
}

const struct tool_command effects_log_command = {
	.name = "effects-log",
	.summary = "the commands that the controller has, and what they affect",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = effects_options,
	.args_size = sizeof(struct effects_args),
	.details = "JSON has the dwords as nvme-cli gives them, and with -H their fields.\n",
	.example = "znvme effects-log sim:",
	.run = run_effects_log,
};

/* A log page that is one such table, in `len` bytes. */
static int show_table(struct tool *tool, uint8_t lid, size_t len, const char *prefix,
		      const char *plain, const char *plain_entry, const char *(*name)(uint8_t id),
		      const struct field_bits *bits)
{
	const struct znvme_get_log_args args = {.lid = lid};
	uint32_t log[1024];
	const struct effects effects = {NULL, prefix, NULL, plain, plain_entry,
					true, log,    name, bits};

	if (tool_open(tool) || manage_log(tool, &args, log, len))
		return 1;
	if (tool->format == TOOL_RAW)
		fwrite(log, len, 1, tool->out);
	else
		show_effects(tool, &effects, 1);
	return 0;
}

static int run_supported_logs(struct tool *tool, void *arg)
{
	(void)arg;
	return show_table(tool, ZNVME_LOG_SUPPORTED, sizeof(struct znvme_supported_log), "LID ",
			  NULL, NULL, znvme_log_name, log_support_bits);
}

const struct tool_command supported_logs_command = {
	.name = "supported-log-pages",
	.summary = "which log pages the controller has",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.example = "znvme supported-log-pages sim:",
	.run = run_supported_logs,
};

static int run_feature_effects(struct tool *tool, void *arg)
{
	(void)arg;
	return show_table(tool, ZNVME_LOG_FEATURE_EFFECTS, sizeof(struct znvme_feature_effects_log),
			  "FID ", "fid_support", "fid_", znvme_feature_name, feature_effects_bits);
}

const struct tool_command feature_effects_command = {
	.name = "fid-support-effects-log",
	.summary = "which features the controller has, and what they affect",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.example = "znvme fid-support-effects-log sim:",
	.run = run_feature_effects,
};

static const char *mi_name(uint8_t opcode)
{
	static const char *const names[] = {
		"Read NVMe-MI Data Structure",
		"NVM Subsystem Health Status Poll",
		"Controller Health Status Poll",
		"Configuration Set",
		"Configuration Get",
		"VPD Read",
		"VPD Write",
		"Reset",
		"SES Receive",
		"SES Send",
		"Management Endpoint Buffer Read",
		"Management Endpoint Buffer Write",
		"Shutdown",
	};

	return opcode < TOOL_COUNT(names) ? names[opcode] : NULL;
}

static int run_mi_effects(struct tool *tool, void *arg)
{
	(void)arg;
	return show_table(tool, ZNVME_LOG_MI_CMD_EFFECTS, sizeof(struct znvme_mi_effects_log),
			  "MI CMD ", "mi_command_support", "mi_cmd_", mi_name, command_bits);
}

const struct tool_command mi_effects_command = {
	.name = "mi-cmd-support-effects-log",
	.summary = "which commands of the management interface there are",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.example = "znvme mi-cmd-support-effects-log sim:",
	.run = run_mi_effects,
};
