/* SPDX-License-Identifier: MIT */
/*
 * lockdown, virt-mgmt, capacity-mgmt (Base 2.1, sections 5.1.15, 5.2.6 and 5.1.3) and
 * subsystem-reset.
 */
#include "commands.h"
#include "manage.h"

struct resource_args {
	uint8_t ofi, ifc, prhbt, scp, uuid, action, resource, operation;
	uint16_t cntlid, nr, element;
	uint32_t lower, upper;
	bool force;
};

#define AT(member) offsetof(struct resource_args, member)

/* ---- lockdown ------------------------------------------------------------------------------ */

static const struct tool_option lockdown_options[] = {
	TOOL_OPTION('O', "ofi", "N", TOOL_U8, AT(ofi), "opcode or feature identifier"),
	TOOL_OPTION('f', "ifc", "N", TOOL_U8, AT(ifc),
		    "0 Admin queue, 1 that and the management endpoint, 2 the endpoint, 3 out of "
		    "band",
		    .max = 3),
	TOOL_OPTION('p', "prhbt", "N", TOOL_U8, AT(prhbt), "1 prohibit it, 0 allow it", .max = 1),
	TOOL_OPTION('s', "scp", "N", TOOL_U8, AT(scp),
		    "0 admin commands, 2 features, 3 MI commands, 4 PCIe commands", .max = 15),
	TOOL_OPTION('U', "uuid", "N", TOOL_U8, AT(uuid), "UUID index", .max = 127),
	MANAGE_FORCE(resource_args),
	{0},
};

static int run_lockdown(struct tool *tool, void *arg)
{
	const struct resource_args *args = arg;
	const struct znvme_sqe cmd =
		znvme_admin_lockdown(args->scp, args->ofi, args->prhbt, args->ifc, args->uuid);

	if (tool_open(tool) || manage_exec(tool, &cmd, NULL, 0, NULL, args->force))
		return 1;
	manage_say(tool, "ofi", args->ofi, "Lockdown Command is Successful");
	return 0;
}

const struct tool_command lockdown_command = {
	.name = "lockdown",
	.summary = "prohibit a command or a feature, or allow it again",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = lockdown_options,
	.args_size = sizeof(struct resource_args),
	.example = "znvme lockdown sim: --ofi 0x80 --prhbt 1",
	.run = run_lockdown,
};

/* ---- virt-mgmt ----------------------------------------------------------------------------- */

static const struct tool_option virt_options[] = {
	TOOL_OPTION('c', "cntlid", "N", TOOL_U16, AT(cntlid), "controller"),
	TOOL_OPTION('r', "rt", "N", TOOL_U8, AT(resource), "0 queues, 1 interrupts", .max = 1),
	TOOL_OPTION('a', "act", "N", TOOL_U8, AT(action),
		    "1 primary's resources, 7 secondary offline, 8 its resources, 9 online",
		    .max = 15),
	TOOL_OPTION('n', "nr", "N", TOOL_U16, AT(nr), "number of resources"),
	MANAGE_FORCE(resource_args),
	{0},
};

static int run_virt(struct tool *tool, void *arg)
{
	const struct resource_args *args = arg;
	const struct znvme_sqe cmd =
		znvme_admin_virt_mgmt(args->cntlid, args->action, args->resource, args->nr);
	uint64_t result = 0;

	if (tool_open(tool) || manage_exec(tool, &cmd, NULL, 0, &result, args->force))
		return 1;
	manage_say(tool, "nrm", result & ZNVME_VIRT_MGMT_NR,
		   "success, Number of Controller Resources Modified (NRM):%#x",
		   (unsigned)(result & ZNVME_VIRT_MGMT_NR));
	return 0;
}

const struct tool_command virt_command = {
	.name = "virt-mgmt",
	.summary = "give queues and interrupts to virtual functions",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = virt_options,
	.args_size = sizeof(struct resource_args),
	.example = "znvme virt-mgmt sim:with=virt --cntlid 1 --act 8 --rt 0 --nr 2",
	.run = run_virt,
};

/* ---- capacity-mgmt ------------------------------------------------------------------------- */

static const struct tool_option capacity_options[] = {
	TOOL_OPTION(
		'O', "operation", "N", TOOL_U8, AT(operation),
		"0 select a configuration, 1 create and 2 delete an endurance group, 3 create and "
		"4 delete an NVM set (required)",
		.max = 15),
	TOOL_OPTION('i', "element-id", "N", TOOL_U16, AT(element), "what the operation is for"),
	TOOL_OPTION('l', "cap-lower", "N", TOOL_U32, AT(lower), "capacity in bytes, low half"),
	TOOL_OPTION('u', "cap-upper", "N", TOOL_U32, AT(upper), "and high half"),
	MANAGE_FORCE(resource_args),
	{0},
};

static int run_capacity(struct tool *tool, void *arg)
{
	const struct resource_args *args = arg;
	const struct znvme_sqe cmd = znvme_admin_capacity(
		args->operation, args->element, args->lower | (uint64_t)args->upper << 32);
	uint64_t result = 0;

	if (!tool_given(tool, "operation"))
		return tool_error("capacity-mgmt: --operation is missing");
	if (tool_open(tool) || manage_check(tool, &cmd, args->force))
		return 1;
	if (args->operation != ZNVME_CAPACITY_CREATE_ENDURANCE_GROUP &&
	    args->operation != ZNVME_CAPACITY_CREATE_NVM_SET &&
	    tool_confirm(tool, args->force, "capacity-mgmt: namespaces of %s, with their data",
			 tool->address))
		return 1;
	if (manage_exec(tool, &cmd, NULL, 0, &result, true))
		return 1;
	manage_say(tool, "element", result & 0xffff,
		   "Capacity Management Command is Success, element: %u",
		   (unsigned)(result & 0xffff));
	return 0;
}

const struct tool_command capacity_command = {
	.name = "capacity-mgmt",
	.summary = "divide the capacity into endurance groups and NVM sets",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = capacity_options,
	.args_size = sizeof(struct resource_args),
	.example = "znvme capacity-mgmt sim:with=capacity --operation 0 --element-id 1 --force",
	.run = run_capacity,
};

/* ---- subsystem-reset ------------------------------------------------------------------------ */

static int run_subsystem_reset(struct tool *tool, void *arg)
{
	int rc;

	(void)arg;
	if (tool_open(tool))
		return 1;
	rc = znvme_subsystem_reset(tool->ctrl);
	if (rc)
		return tool_fail(rc, NULL);
	if (tool->format == TOOL_JSON)
		tool->json = json_object_new_object();
	return 0;
}

const struct tool_command subsystem_reset_command = {
	.name = "subsystem-reset",
	.summary = "reset the NVM subsystem, with all its controllers",
	.group = TOOL_GROUP_RAW,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.example = "znvme subsystem-reset sim:",
	.run = run_subsystem_reset,
};
