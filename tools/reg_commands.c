/* SPDX-License-Identifier: MIT */
/*
 * get-reg, set-reg, get-property, set-property: registers by name or offset (Base 2.1, section
 * 3.1.4). Doorbells are not for these.
 */
#include "commands.h"
#include "manage.h"
#include "regs.h"

#include <inttypes.h>

struct reg_args {
	uint32_t offset;
	bool enabled, mmio32, force;
	uint64_t value;
	bool wanted[NR_REGS]; /* get-reg: those that were named */
	uint64_t to[NR_REGS]; /* set-reg: the values of those that were named */
};

#define AT(member) offsetof(struct reg_args, member)

int reg_open(struct tool *tool, bool enabled)
{
	return tool_open_with(tool, enabled ? 0 : ZNVME_OPEN_KEEP_DISABLED);
}

/* ---- one register -------------------------------------------------------------------------- */

/* Registers of 64 bits are in the table; all else there is has 32. */
static unsigned width_at(uint32_t offset)
{
	const struct reg *reg = reg_at(offset);

	return reg ? reg->width : 4;
}

static int check_offset(struct tool *tool, uint32_t offset)
{
	if (!tool_given(tool, "offset"))
		return tool_error("%s: --offset is missing; `znvme show-regs` shows all registers",
				  tool->command->name);
	if (offset % 4 || offset >= ZNVME_REG_DOORBELLS)
		return tool_error("%s: there is no register at %#x", tool->command->name, offset);
	return 0;
}

/* Whether a host may write it, and meant to. */
static int check_write(struct tool *tool, uint32_t offset, uint64_t value, bool force)
{
	const struct reg *reg = reg_at(offset);
	const char *command = tool->command->name;

	if (!reg)
		return tool_error("%s: no register begins at %#x", command, offset);
	if (!reg->writable)
		return tool_error("%s: %s (%s) is read-only", command, reg->name, reg->text);
	if (reg->width == 4 && value > UINT32_MAX)
		return tool_error("%s: %s (%s) has 32 bits, %#" PRIx64 " has more", command,
				  reg->name, reg->text, value);
	return tool_confirm(tool, force, "%s: register %s of %s, behind the driver's back", command,
			    reg->name, tool->address);
}

/* The value as JSON, by the register's name, or its offset where it has none. */
static void value_json(struct tool *tool, uint32_t offset, uint64_t value)
{
	const struct reg *reg = reg_at(offset);
	char name[16];

	if (!tool->json)
		tool->json = json_object_new_object();
	snprintf(name, sizeof(name), "%#x", offset);
	if (reg)
		reg_json(tool->json, reg, value);
	else
		json_add_number(tool->json, name, value);
}

/* ---- get-reg ------------------------------------------------------------------------------- */

#define TEXT_REG_RO(text) text " (read-only)"
#define TEXT_REG_RW(text) text

#define WANTED(name, NAME, width, access, bits, text)                                              \
	TOOL_OPTION(0, #name, NULL, TOOL_FLAG, AT(wanted) + REG_##NAME * sizeof(bool),             \
		    TEXT_##access(text)),

static const struct tool_option get_reg_options[] = {
	TOOL_OPTION('O', "offset", "BYTES", TOOL_U32, AT(offset), "offset of a register"),
	REG_ENABLED(reg_args),
	REGISTERS(WANTED){0},
};

static void show_register(struct tool *tool, uint32_t offset)
{
	uint64_t value = znvme_reg_read(tool->ctrl, offset, width_at(offset));
	const struct reg *reg = reg_at(offset);

	if (tool->format == TOOL_JSON) {
		value_json(tool, offset, value);
	} else if (tool->human && reg) {
		fprintf(tool->out, "%s: %#" PRIx64 "\n", reg->text, value);
		if (reg->bits)
			bits_print(tool->out, reg->bits, value);
	} else {
		fprintf(tool->out, "register: 0x%02x%s%s%s, value: %#" PRIx64 "\n", offset,
			reg ? " (" : "", reg ? reg->text : "", reg ? ")" : "", value);
	}
}

static int run_get_reg(struct tool *tool, void *arg)
{
	const struct reg_args *args = arg;
	bool by_offset = tool_given(tool, "offset"), any = by_offset;

	for (unsigned i = 0; i < NR_REGS; i++)
		any = any || args->wanted[i];
	if (!any)
		return tool_error("get-reg: which register? Name it, as by --cap, or its --offset");
	if ((by_offset && check_offset(tool, args->offset)) || reg_open(tool, args->enabled))
		return 1;
	if (by_offset)
		show_register(tool, args->offset);
	for (unsigned i = 0; i < NR_REGS; i++)
		if (args->wanted[i])
			show_register(tool, regs[i].offset);
	return 0;
}

const struct tool_command get_reg_command = {
	.name = "get-reg",
	.summary = "registers, by name or by offset",
	.group = TOOL_GROUP_RAW,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_HUMAN,
	.options = get_reg_options,
	.args_size = sizeof(struct reg_args),
	.details = "An offset is a multiple of 4 below the doorbells (0x1000). The controller is "
		   "left\n"
		   "as it is, without --enabled.\n",
	.example = "znvme get-reg sim: --cap --vs --human-readable",
	.run = run_get_reg,
};

/* ---- set-reg ------------------------------------------------------------------------------- */

#define VALUE(name, NAME, width, access, bits, text)                                               \
	TOOL_OPTION(0, #name, "N", TOOL_U64, AT(to) + REG_##NAME * sizeof(uint64_t),               \
		    TEXT_##access(text), .max = (width) == 8 ? 0 : UINT32_MAX),

static const struct tool_option set_reg_options[] = {
	TOOL_OPTION('O', "offset", "BYTES", TOOL_U32, AT(offset), "offset of a register"),
	TOOL_OPTION('V', "value", "N", TOOL_U64, AT(value), "the new value of that one"),
	TOOL_OPTION('m', "mmio32", NULL, TOOL_FLAG, AT(mmio32),
		    "write registers of 64 bits as two halves, the low one first"),
	REG_ENABLED(reg_args),
	MANAGE_FORCE(reg_args),
	REGISTERS(VALUE){0},
};

/* What the register then reads is said where it is something else: bits that it does not have. */
static void write_register(struct tool *tool, const struct reg *reg, uint64_t value, bool mmio32)
{
	struct json_object *object;
	uint64_t now;

	if (reg->width == 8 && mmio32) {
		znvme_reg_write(tool->ctrl, reg->offset, 4, (uint32_t)value);
		znvme_reg_write(tool->ctrl, reg->offset + 4, 4, value >> 32);
	} else {
		znvme_reg_write(tool->ctrl, reg->offset, reg->width, value);
	}
	now = znvme_reg_read(tool->ctrl, reg->offset, reg->width);
	if (tool->format == TOOL_JSON) {
		value_json(tool, reg->offset, value);
		if (!json_object_object_get_ex(tool->json, "reads", &object)) {
			object = json_object_new_object();
			json_object_object_add(tool->json, "reads", object);
		}
		json_add_number(object, reg->name, now);
		return;
	}
	fprintf(tool->out, "set-register: 0x%02x (%s), value: %#" PRIx64 "\n", reg->offset,
		reg->text, value);
	if (now != value)
		fprintf(tool->out, "  reads now: %#" PRIx64 "\n", now);
}

/* What was asked for as values of the registers that were named; those go to `asked`. 0, or 1. */
static int collect_values(struct tool *tool, struct reg_args *args, bool asked[NR_REGS])
{
	const struct reg *by_offset = NULL;
	bool any = false;

	if (tool_given(tool, "offset")) {
		if (!tool_given(tool, "value"))
			return tool_error("set-reg: --value is missing");
		if (check_offset(tool, args->offset))
			return 1;
		by_offset = reg_at(args->offset);
		if (!by_offset)
			return check_write(tool, args->offset, args->value, args->force);
	} else if (tool_given(tool, "value")) {
		return tool_error("set-reg: --value goes with --offset");
	}
	for (unsigned i = 0; i < NR_REGS; i++) {
		asked[i] = tool_given(tool, regs[i].name);
		if (asked[i] && by_offset == &regs[i])
			return tool_error("set-reg: --offset %#x and --%s are the same register",
					  args->offset, regs[i].name);
		if (by_offset == &regs[i]) {
			asked[i] = true;
			args->to[i] = args->value;
		}
		any = any || asked[i];
	}
	return any ? 0
		   : tool_error("set-reg: which register? Name it, as by --cc, or its --offset");
}

static int run_set_reg(struct tool *tool, void *arg)
{
	struct reg_args *args = arg;
	bool asked[NR_REGS] = {false};

	if (collect_values(tool, args, asked))
		return 1;
	for (unsigned i = 0; i < NR_REGS; i++)
		if (asked[i] && check_write(tool, regs[i].offset, args->to[i], args->force))
			return 1;
	if (reg_open(tool, args->enabled))
		return 1;
	for (unsigned i = 0; i < NR_REGS; i++)
		if (asked[i])
			write_register(tool, &regs[i], args->to[i], args->mmio32);
	return 0;
}

const struct tool_command set_reg_command = {
	.name = "set-reg",
	.summary = "write registers, by name or by offset, behind the driver's back",
	.group = TOOL_GROUP_RAW,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = set_reg_options,
	.args_size = sizeof(struct reg_args),
	.details =
		"Registers that are read-only are refused, and so are offsets without a register.\n"
		"The controller is left as it is, without --enabled, until the write.\n",
	.example = "znvme set-reg sim: --intms 1 --force",
	.run = run_set_reg,
};

/* ---- get-property, set-property ------------------------------------------------------------ */

static const struct tool_option get_property_options[] = {
	TOOL_OPTION('O', "offset", "BYTES", TOOL_U32, AT(offset),
		    "offset of the register (required)"),
	{0},
};

static int run_get_property(struct tool *tool, void *arg)
{
	const struct reg_args *args = arg;
	uint64_t value;

	if (check_offset(tool, args->offset) || reg_open(tool, true))
		return 1;
	if (tool->human) {
		show_register(tool, args->offset);
		return 0;
	}
	value = znvme_reg_read(tool->ctrl, args->offset, width_at(args->offset));
	manage_say(tool, "value", value, "property: %#02x, value: %" PRIx64, args->offset, value);
	return 0;
}

const struct tool_command get_property_command = {
	.name = "get-property",
	.summary = "a register, of an enabled controller",
	.group = TOOL_GROUP_RAW,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_HUMAN,
	.options = get_property_options,
	.args_size = sizeof(struct reg_args),
	.example = "znvme get-property sim: --offset 0x1c",
	.run = run_get_property,
};

static const struct tool_option set_property_options[] = {
	TOOL_OPTION('O', "offset", "BYTES", TOOL_U32, AT(offset),
		    "offset of the register (required)"),
	TOOL_OPTION('V', "value", "N", TOOL_U64, AT(value), "its new value (required)"),
	MANAGE_FORCE(reg_args),
	{0},
};

static int run_set_property(struct tool *tool, void *arg)
{
	const struct reg_args *args = arg;

	if (check_offset(tool, args->offset))
		return 1;
	if (!tool_given(tool, "value"))
		return tool_error("set-property: --value is missing");
	if (check_write(tool, args->offset, args->value, args->force) || reg_open(tool, true))
		return 1;
	znvme_reg_write(tool->ctrl, args->offset, width_at(args->offset), args->value);
	manage_say(tool, "value", args->value, "set-property: %02x, value: %" PRIx64, args->offset,
		   args->value);
	return 0;
}

const struct tool_command set_property_command = {
	.name = "set-property",
	.summary = "write a register, behind the driver's back",
	.group = TOOL_GROUP_RAW,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = set_property_options,
	.args_size = sizeof(struct reg_args),
	.example = "znvme set-property sim: --offset 0xc --value 1 --force",
	.run = run_set_property,
};
