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
	BITS(ZNVME_CMD_EFFECTS_CSP, "Scope (namespace, controller, NVM set, endurance "
				    "group, domain, subsystem)"),
	BITS(ZNVME_CMD_EFFECTS_USS, "UUID Selection Supported", YES),
	BITS(ZNVME_CMD_EFFECTS_CSE, "Command Submission and Execution", BITS_VALUES(cse_values)),
	BITS(ZNVME_CMD_EFFECTS_CSER, "Relaxation of that"),
	BITS(ZNVME_CMD_EFFECTS_CCC, "Controller Capability Change", YES),
	BITS(ZNVME_CMD_EFFECTS_NIC, "Namespace Inventory Change", YES),
	BITS(ZNVME_CMD_EFFECTS_NCC, "Namespace Capability Change", YES),
	BITS(ZNVME_CMD_EFFECTS_LBCC, "Logical Block Content Change", YES),
	BITS(ZNVME_CMD_EFFECTS_CSUPP, "Command Supported", YES),
	{0},
};

static const struct field_bits feature_effects_bits[] = {
	BITS(ZNVME_FEATURE_EFFECTS_FSP, "Scope (namespace, controller, NVM set, "
					"endurance group, domain, subsystem)"),
	BITS(ZNVME_FEATURE_EFFECTS_USS, "UUID Selection Supported", YES),
	BITS(ZNVME_FEATURE_EFFECTS_CCC, "Controller Capability Change", YES),
	BITS(ZNVME_FEATURE_EFFECTS_NIC, "Namespace Inventory Change", YES),
	BITS(ZNVME_FEATURE_EFFECTS_NCC, "Namespace Capability Change", YES),
	BITS(ZNVME_FEATURE_EFFECTS_UDCC, "User Data Content Change", YES),
	BITS(ZNVME_FEATURE_EFFECTS_FSUPP, "Feature Supported", YES),
	{0},
};

static const struct field_bits log_support_bits[] = {
	BITS(ZNVME_LOG_SUPPORT_LIDSP, "Log Page Identifier Specific Parameter"),
	BITS(ZNVME_LOG_SUPPORT_IOS, "Index Offset Supported", YES),
	BITS(ZNVME_LOG_SUPPORT_LSUPP, "Log Page Supported", YES),
	{0},
};

/* One table of 256 dwords, of which those with bit 0 are there. */
struct effects {
	const char *heading;
	const char *prefix; /* of a line */
	const char *json;   /* its name there */
	const char *entry;  /* an entry's name there, which its number follows */
	enum { NUMBER_AND_NAME, NUMBER, NUMBER_IN_HEX } number;
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

/* As nvme-cli has it, with -H too: dwords that are not taken apart, in one object where the names
 * of commands are with them, else an object each. */
static void add_json(struct json_object *object, const struct effects *effects)
{
	bool is_list = effects->number != NUMBER_AND_NAME;
	struct json_object *group = is_list ? json_object_new_array() : json_object_new_object();

	for (unsigned i = 0; i < 256; i++) {
		const char *name = effects->name((uint8_t)i);
		struct json_object *entry = group;
		char key[96];

		if (!(effects->dwords[i] & 1))
			continue;
		if (effects->number == NUMBER_AND_NAME)
			snprintf(key, sizeof(key), "%s%u (%s)", effects->entry, i,
				 name ? name : "Unknown");
		else if (effects->number == NUMBER)
			snprintf(key, sizeof(key), "%s%u", effects->entry, i);
		else
			snprintf(key, sizeof(key), "%s0x%x ", effects->entry,
				 i); /* blank and all */
		if (is_list) {
			entry = json_object_new_object();
			json_object_array_add(group, entry);
		}
		json_add_number(entry, key, effects->dwords[i]);
	}
	json_object_object_add(object, effects->json, group);
}

static const char *admin_name(uint8_t opcode)
{
	return znvme_opcode_name(true, opcode);
}

static const char *io_name(uint8_t opcode)
{
	return znvme_opcode_name(false, opcode);
}

/* ---- effects-log --------------------------------------------------------------------------- */

struct effects_args {
	uint8_t csi;
};

static const struct tool_option effects_options[] = {
	TOOL_OPTION('c', "csi", "CSI", TOOL_U8, offsetof(struct effects_args, csi),
		    "I/O commands of this command set (default: of all that the controller has)"),
	{0},
};

static void show_commands(struct tool *tool, uint8_t csi, const struct znvme_cmd_effects_log *log)
{
	static const char *const sets[] = {
		[ZNVME_CSI_NVM] = "NVM", [ZNVME_CSI_KV] = "Key Value", [ZNVME_CSI_ZNS] = "ZNS"};
	const struct effects effects[] = {
		{"Admin Commands", "  ACS", "admin_cmd_set", "ACS_", NUMBER_AND_NAME, log->acs,
		 admin_name, command_bits},
		{"I/O Commands", "  IOCS", "io_cmd_set", "IOCS_", NUMBER_AND_NAME, log->iocs,
		 csi == ZNVME_CSI_KV ? znvme_kv_opcode_name : io_name, command_bits},
	};
	struct json_object *object = NULL;

	if (tool->format == TOOL_JSON) {
		object = json_object_new_object();
		json_add_number(object, "command_set_identifier", csi);
		json_object_array_add(tool->json, object);
	} else {
		fprintf(tool->out, "%s Command Set Log Page\n",
			csi < TOOL_COUNT(sets) ? sets[csi] : "Unknown");
	}
	for (unsigned i = 0; i < TOOL_COUNT(effects); i++) {
		if (object)
			add_json(object, &effects[i]);
		else
			print_effects(tool, &effects[i]);
	}
}

/* The log of one command set, shown. Of several, one that the controller refuses is left out. */
static int one_command_set(struct tool *tool, uint8_t csi, bool optional)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_CMD_EFFECTS, .csi = csi};
	struct znvme_cmd_effects_log log;
	int rc = znvme_get_log(tool->ctrl, &args, &log, sizeof(log));

	if (rc > 0 && optional)
		return 0;
	if (rc)
		return tool_fail(rc, znvme_log_name(args.lid));
	if (tool->format == TOOL_RAW)
		fwrite(&log, sizeof(log), 1, tool->out);
	else
		show_commands(tool, csi, &log);
	return 0;
}

/* Whether one of the combinations of command sets has keys and values. */
static bool has_kv(struct znvme_ctrl *ctrl)
{
	struct znvme_id_iocs iocs;

	if (znvme_identify(ctrl, ZNVME_CNS_IOCS, 0, 0xffff, ZNVME_CSI_NVM, 0, &iocs))
		return false;
	for (unsigned i = 0; i < TOOL_COUNT(iocs.iocsc); i++)
		if (iocs.iocsc[i] & 1u << ZNVME_CSI_KV)
			return true;
	return false;
}

/* In nvme-cli's order. It asks a controller with several sets always for that of zones. */
static int run_effects_log(struct tool *tool, void *arg)
{
	const struct effects_args *args = arg;

	if (tool_open(tool))
		return 1;
	if (tool->format == TOOL_JSON)
		tool->json = json_object_new_array();
	if (tool_given(tool, "csi"))
		return one_command_set(tool, args->csi, false);
	if (znvme_reg_read(tool->ctrl, ZNVME_REG_CAP, 8) & ZNVME_CAP_CSS_IOCS) {
		if (one_command_set(tool, ZNVME_CSI_ZNS, true))
			return 1;
		if (has_kv(tool->ctrl) && one_command_set(tool, ZNVME_CSI_KV, true))
			return 1;
	}
	return one_command_set(tool, ZNVME_CSI_NVM, false);
}

const struct tool_command effects_log_command = {
	.name = "effects-log",
	.summary = "the commands that the controller has, and what they affect",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = effects_options,
	.args_size = sizeof(struct effects_args),
	.details = "JSON has the dwords as nvme-cli gives them, with -H too.\n",
	.example = "znvme effects-log sim:",
	.run = run_effects_log,
};

/* ---- one table ----------------------------------------------------------------------------- */

/* A log page that is one such table, in `len` bytes. */
static int show_table(struct tool *tool, uint8_t lid, size_t len, struct effects effects)
{
	const struct znvme_get_log_args args = {.lid = lid};
	uint32_t log[1024];

	if (tool_open(tool) || manage_log(tool, &args, log, len))
		return 1;
	effects.dwords = log;
	if (tool->format == TOOL_RAW) {
		fwrite(log, len, 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		add_json(tool->json, &effects);
	} else {
		print_effects(tool, &effects);
	}
	return 0;
}

static int run_supported_logs(struct tool *tool, void *arg)
{
	const struct effects table = {
		.prefix = "LID ",
		.json = "supported_logs",
		.entry = "lid_",
		.number = NUMBER_IN_HEX,
		.name = znvme_log_name,
		.bits = log_support_bits,
	};

	(void)arg;
	return show_table(tool, ZNVME_LOG_SUPPORTED, sizeof(struct znvme_supported_log), table);
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
	const struct effects table = {
		.prefix = "FID ",
		.json = "fid_support",
		.entry = "fid_",
		.number = NUMBER,
		.name = znvme_feature_name,
		.bits = feature_effects_bits,
	};

	(void)arg;
	return show_table(tool, ZNVME_LOG_FEATURE_EFFECTS, sizeof(struct znvme_feature_effects_log),
			  table);
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
	const struct effects table = {
		.prefix = "MI CMD ",
		.json = "mi_command_support",
		.entry = "mi_cmd_",
		.number = NUMBER,
		.name = mi_name,
		.bits = command_bits,
	};

	(void)arg;
	return show_table(tool, ZNVME_LOG_MI_CMD_EFFECTS, sizeof(struct znvme_mi_effects_log),
			  table);
}

const struct tool_command mi_effects_command = {
	.name = "mi-cmd-support-effects-log",
	.summary = "which commands of the management interface there are",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.example = "znvme mi-cmd-support-effects-log sim:",
	.run = run_mi_effects,
};
