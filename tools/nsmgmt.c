/* SPDX-License-Identifier: MIT */
/*
 * create-ns, delete-ns, attach-ns, detach-ns: Namespace Management and Attachment (Base 2.1,
 * sections 5.1.21 and 5.1.20). list-ctrl: Identify, CNS 12h and 13h. ns-rescan.
 */
#include "commands.h"
#include "manage.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* ---- create-ns ----------------------------------------------------------------------------- */

struct create_ns_args {
	uint64_t nsze, ncap, block_size, lbstm;
	const char *nsze_si, *ncap_si;
	uint8_t flbas, dps, nmic, csi;
	uint32_t anagrpid;
	uint16_t nvmsetid, endgid, nphndls;
	const char *phndls;
	uint32_t rar, ror, rnumzrwa;
	bool azr, force;
};

#define AT(member) offsetof(struct create_ns_args, member)

static const struct tool_option create_ns_options[] = {
	TOOL_OPTION('s', "nsze", "BLOCKS", TOOL_U64, AT(nsze), "size of the namespace"),
	TOOL_OPTION('c', "ncap", "BLOCKS", TOOL_U64, AT(ncap), "its capacity (default: its size)"),
	TOOL_OPTION(
		'S', "nsze-si", "SIZE", TOOL_STRING, AT(nsze_si),
		"its size: 4G or 1.5T bytes of powers of 1000, 4Gi of 1024, whole blocks of it; "
		"without a suffix blocks"),
	TOOL_OPTION('C', "ncap-si", "SIZE", TOOL_STRING, AT(ncap_si), "its capacity, likewise"),
	TOOL_OPTION('f', "flbas", "N", TOOL_U8, AT(flbas), "LBA format, as FLBAS has it"),
	TOOL_OPTION('b', "block-size", "BYTES", TOOL_U64, AT(block_size),
		    "the first LBA format with blocks of that size and no metadata"),
	TOOL_OPTION('d', "dps", "N", TOOL_U8, AT(dps), "protection information (DPS)"),
	TOOL_OPTION('m', "nmic", "N", TOOL_U8, AT(nmic), "1: may be attached to several (NMIC)"),
	TOOL_OPTION('a', "anagrp-id", "N", TOOL_U32, AT(anagrpid), "ANA group"),
	TOOL_OPTION('i', "nvmset-id", "N", TOOL_U16, AT(nvmsetid), "NVM set"),
	TOOL_OPTION('e', "endg-id", "N", TOOL_U16, AT(endgid), "endurance group"),
	TOOL_OPTION('y', "csi", "CSI", TOOL_U8, AT(csi), "command set"),
	TOOL_OPTION('l', "lbstm", "N", TOOL_U64, AT(lbstm), "storage tag mask"),
	TOOL_OPTION('p', "phndls", "LIST", TOOL_STRING, AT(phndls),
		    "reclaim unit handles of its placement handles, with commas between them"),
	TOOL_OPTION('n', "nphndls", "N", TOOL_U16, AT(nphndls),
		    "how many of them (default: as many as there are in the list)", .max = 128),
	TOOL_OPTION('z', "azr", NULL, TOOL_FLAG, AT(azr), "zoned: allocate the ZRWA resources"),
	TOOL_OPTION('r', "rar", "N", TOOL_U32, AT(rar), "zoned: active resources"),
	TOOL_OPTION('O', "ror", "N", TOOL_U32, AT(ror), "zoned: open resources"),
	TOOL_OPTION('u', "rnumzrwa", "N", TOOL_U32, AT(rnumzrwa), "zoned: zone random write areas"),
	MANAGE_FORCE(create_ns_args),
	{0},
};

#undef AT

/* The formats that a namespace can have: of all, or where that is not told of the first. */
static int common_formats(struct tool *tool, struct znvme_id_ns *id)
{
	int rc = znvme_identify(tool->ctrl, ZNVME_CNS_NS, ZNVME_NSID_ALL, 0, 0, 0, id);

	if (rc > 0)
		rc = znvme_identify(tool->ctrl, ZNVME_CNS_NS, 1, 0, 0, 0, id);
	return rc ? tool_fail(rc, "LBA formats") : 0;
}

/* FLBAS by --block-size, and the bytes of a block. */
static int find_format(struct tool *tool, const struct create_ns_args *args, uint8_t *flbas,
		       uint64_t *block)
{
	struct znvme_id_ns id;
	unsigned nr;

	*flbas = args->flbas;
	if (common_formats(tool, &id))
		return 1;
	nr = id.nlbaf + 1u < ZNVME_NS_LBAF_MAX ? id.nlbaf + 1u : ZNVME_NS_LBAF_MAX;
	if (args->block_size) {
		unsigned i = 0;

		while (i < nr && (id.lbaf[i].ms || id.lbaf[i].lbads > 32 ||
				  1ull << id.lbaf[i].lbads != args->block_size))
			i++;
		if (i == nr)
			return tool_error("%s has no LBA format with blocks of %llu bytes and no "
					  "metadata; `znvme id-ns` shows those it has",
					  tool->address, (unsigned long long)args->block_size);
		*flbas = (uint8_t)((i & 15) | znvme_field_put(ZNVME_NS_FLBAS_HI, i >> 4));
	}
	nr = (unsigned)(*flbas & ZNVME_NS_FLBAS_LO) |
	     (unsigned)znvme_field_get(ZNVME_NS_FLBAS_HI, *flbas) << 4;
	*block = id.lbaf[nr].lbads >= 9 && id.lbaf[nr].lbads < 32 ? 1ull << id.lbaf[nr].lbads : 0;
	return 0;
}

/* A whole number and its suffix, as "6.14T": of powers of 1000. 0, or a negative errno. */
static int parse_si(const char *text, uint64_t *value)
{
	static const char suffixes[] = "KMGTP";
	const char *end = text + strlen(text) - 1;
	const char *suffix = strchr(suffixes, toupper((unsigned char)*end));
	char number[32] = {0};
	char *fraction;
	uint64_t unit = 1;

	if (!suffix || (size_t)(end - text) >= sizeof(number))
		return -EINVAL;
	for (int i = 0; i <= suffix - suffixes; i++)
		unit *= 1000;
	memcpy(number, text, (size_t)(end - text));
	fraction = strchr(number, '.');
	if (fraction)
		*fraction++ = '\0';
	/* Digits: a second suffix would be of powers of 1024. */
	if (strspn(number, "0123456789") != strlen(number) || tool_parse_number(number, value) ||
	    *value > UINT64_MAX / unit - 1)
		return -EINVAL;
	*value *= unit;
	for (; fraction && *fraction; fraction++) {
		if (!isdigit((unsigned char)*fraction))
			return -EINVAL;
		unit /= 10;
		*value += unit * (unsigned)(*fraction - '0');
	}
	return 0;
}

/* Blocks by either of two options; the second has bytes where it has a suffix. */
static int take_size(const char *name, uint64_t blocks, const char *size, uint64_t block,
		     uint64_t *value)
{
	bool in_bytes = size && *size && !isxdigit((unsigned char)size[strlen(size) - 1]);
	bool binary = size && strchr(size, 'i');

	*value = blocks;
	if (!size)
		return 0;
	if (in_bytes && !binary ? parse_si(size, value) : tool_parse_number(size, value))
		return tool_error("--%s-si %s: not a size, as 4G, 1.5T, 4Gi, or a number of "
				  "blocks%s",
				  name, size, tool_octal_hint(size));
	if (!in_bytes && !binary)
		return 0;
	if (!block)
		return tool_error("--%s-si: the LBA format's block size is not known: say --%s",
				  name, name);
	if (*value < block)
		return tool_error("--%s-si %s: less than a block, which has %llu bytes", name, size,
				  (unsigned long long)block);
	*value /= block;
	return 0;
}

/* Placement handles by a list, or by their number alone. */
static int take_handles(struct tool *tool, const struct create_ns_args *args,
			struct znvme_ns_mgmt_data *data)
{
	uint16_t list[TOOL_COUNT(data->phndl)];
	int nr = 0;

	if (args->phndls)
		nr = manage_parse_list("phndls", args->phndls, list, TOOL_COUNT(list));
	if (nr < 0)
		return 1;
	if (args->phndls && tool_given(tool, "nphndls") && args->nphndls != nr)
		return tool_error("create-ns: --nphndls is %u, and --phndls names %d",
				  args->nphndls, nr);
	data->nphndls = args->phndls ? (uint16_t)nr : args->nphndls;
	memcpy(data->phndl, list, (size_t)nr * sizeof(list[0]));
	return 0;
}

static int run_create_ns(struct tool *tool, void *arg)
{
	const struct create_ns_args *args = arg;
	struct znvme_ns_mgmt_data data = {
		.dps = args->dps,
		.nmic = args->nmic,
		.anagrpid = args->anagrpid,
		.nvmsetid = args->nvmsetid,
		.endgid = args->endgid,
		.lbstm = args->lbstm,
		.zns = {.znsco = args->azr ? ZNVME_NS_MGMT_AZR : 0,
			.rar = args->rar,
			.ror = args->ror,
			.rnumzrwa = args->rnumzrwa},
	};
	const struct znvme_sqe cmd = znvme_admin_create_ns(args->csi);
	uint64_t nsze, ncap, block = 0, result;

	if (tool_given(tool, "flbas") && args->block_size)
		return tool_error("create-ns: --flbas and --block-size exclude each other");
	if ((tool_given(tool, "nsze") && args->nsze_si) ||
	    (tool_given(tool, "ncap") && args->ncap_si))
		return tool_error("create-ns: a size is by --nsze or --nsze-si, a capacity by "
				  "--ncap or --ncap-si: give one of the two");
	if (take_handles(tool, args, &data) || tool_open(tool) ||
	    manage_check(tool, &cmd, args->force) || find_format(tool, args, &data.flbas, &block) ||
	    take_size("nsze", args->nsze, args->nsze_si, block, &nsze) ||
	    take_size("ncap", args->ncap, args->ncap_si, block, &ncap))
		return 1;
	if (!nsze)
		return tool_error("create-ns: --nsze or --nsze-si is missing");
	data.nsze = nsze;
	data.ncap = ncap ? ncap : nsze;
	if (manage_exec(tool, &cmd, &data, sizeof(data), &result, true))
		return 1;
	manage_say(tool, "nsid", (uint32_t)result, "create-ns: Success, created nsid:%u",
		   (uint32_t)result);
	return 0;
}

const struct tool_command create_ns_command = {
	.name = "create-ns",
	.summary = "make a namespace; attach-ns then gives it to a controller",
	.group = TOOL_GROUP_NAMESPACE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = create_ns_options,
	.args_size = sizeof(struct create_ns_args),
	.example = "znvme create-ns sim:size=64M,capacity=1G,nn=4 --nsze-si 64Mi --block-size 4096",
	.run = run_create_ns,
};

/* ---- delete-ns ----------------------------------------------------------------------------- */

struct delete_ns_args {
	uint32_t nsid;
	bool force;
};

static const struct tool_option delete_ns_options[] = {
	TOOL_OPTION('n', "namespace-id", "NSID", TOOL_U32, offsetof(struct delete_ns_args, nsid),
		    "namespace to delete (required); 0xffffffff: all"),
	MANAGE_FORCE(delete_ns_args),
	{0},
};

static int run_delete_ns(struct tool *tool, void *arg)
{
	const struct delete_ns_args *args = arg;
	uint32_t nsid = tool_given(tool, "namespace-id") ? args->nsid : tool->nsid;
	const struct znvme_sqe cmd = znvme_admin_delete_ns(nsid);

	if (!tool_given(tool, "namespace-id") && !tool->nsid_given)
		return tool_error("delete-ns: --namespace-id is missing");
	if (tool_open(tool) || manage_check(tool, &cmd, args->force))
		return 1;
	if (nsid == ZNVME_NSID_ALL
		    ? tool_confirm(tool, args->force,
				   "delete-ns: all namespaces of %s, with their data",
				   tool->address)
		    : tool_confirm(tool, args->force,
				   "delete-ns: namespace %u of %s, with its data", nsid,
				   tool->address))
		return 1;
	if (manage_exec(tool, &cmd, NULL, 0, NULL, true))
		return 1;
	manage_say(tool, "nsid", nsid, "delete-ns: Success, deleted nsid:%u", nsid);
	return 0;
}

const struct tool_command delete_ns_command = {
	.name = "delete-ns",
	.summary = "delete a namespace and its data",
	.group = TOOL_GROUP_NAMESPACE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = delete_ns_options,
	.args_size = sizeof(struct delete_ns_args),
	.example = "znvme delete-ns sim: --namespace-id 1 --force",
	.run = run_delete_ns,
};

/* ---- attach-ns, detach-ns ------------------------------------------------------------------ */

struct attach_args {
	uint32_t nsid;
	const char *controllers;
	bool force;
};

static const struct tool_option attach_options[] = {
	TOOL_OPTION('n', "namespace-id", "NSID", TOOL_U32, offsetof(struct attach_args, nsid),
		    "the namespace (required)"),
	TOOL_OPTION('c', "controllers", "LIST", TOOL_STRING,
		    offsetof(struct attach_args, controllers),
		    "controller identifiers, with commas between them (default: this one)"),
	MANAGE_FORCE(attach_args),
	{0},
};

static int attach(struct tool *tool, const struct attach_args *args, uint8_t sel)
{
	uint32_t nsid = tool_given(tool, "namespace-id") ? args->nsid : tool->nsid;
	const struct znvme_sqe cmd = znvme_admin_attach_ns(nsid, sel);
	struct znvme_ctrl_list list = {.num = 1};
	int nr;

	if (!tool_given(tool, "namespace-id") && !tool->nsid_given)
		return tool_error("%s: --namespace-id is missing", tool->command->name);
	if (tool_open(tool))
		return 1;
	list.identifier[0] = znvme_id_ctrl(tool->ctrl)->cntlid;
	if (args->controllers) {
		nr = manage_parse_list("controllers", args->controllers, list.identifier,
				       ZNVME_CTRL_LIST_MAX);
		if (nr < 0)
			return 1;
		list.num = (uint16_t)nr;
	}
	if (manage_exec(tool, &cmd, &list, sizeof(list), NULL, args->force))
		return 1;
	manage_say(tool, "nsid", nsid, "%s: Success, nsid:%u", tool->command->name, nsid);
	return 0;
}

static int run_attach_ns(struct tool *tool, void *arg)
{
	return attach(tool, arg, ZNVME_NS_ATTACH);
}

static int run_detach_ns(struct tool *tool, void *arg)
{
	return attach(tool, arg, ZNVME_NS_DETACH);
}

const struct tool_command attach_ns_command = {
	.name = "attach-ns",
	.summary = "give a namespace to controllers",
	.group = TOOL_GROUP_NAMESPACE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = attach_options,
	.args_size = sizeof(struct attach_args),
	.example = "znvme detach-ns sim:file=ns.img,size=8M,state=ns.state -n 1 && "
		   "znvme attach-ns sim:file=ns.img,size=8M,state=ns.state -n 1; "
		   "rm -f ns.img ns.state ns.state.lock",
	.run = run_attach_ns,
};

const struct tool_command detach_ns_command = {
	.name = "detach-ns",
	.summary = "take a namespace from controllers; its data stay",
	.group = TOOL_GROUP_NAMESPACE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = attach_options,
	.args_size = sizeof(struct attach_args),
	.example = "znvme detach-ns sim: --namespace-id 1",
	.run = run_detach_ns,
};

/* ---- list-ctrl, ns-rescan ------------------------------------------------------------------ */

struct list_ctrl_args {
	uint16_t cntid;
};

static const struct tool_option list_ctrl_options[] = {
	TOOL_OPTION('c', "cntid", "N", TOOL_U16, offsetof(struct list_ctrl_args, cntid),
		    "lowest controller identifier to show"),
	{0},
};

static int run_list_ctrl(struct tool *tool, void *arg)
{
	const struct list_ctrl_args *args = arg;
	uint8_t cns = tool->nsid_given ? ZNVME_CNS_NS_CTRL_LIST : ZNVME_CNS_CTRL_LIST;
	struct json_object *json = NULL;
	struct znvme_ctrl_list list;
	int rc;

	if (tool_open(tool))
		return 1;
	rc = znvme_identify(tool->ctrl, cns, tool->nsid_given ? tool->nsid : 0, args->cntid, 0, 0,
			    &list);
	if (rc)
		return tool_fail(rc, "controller list");
	if (tool->format == TOOL_RAW) {
		fwrite(&list, sizeof(list), 1, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json = json_object_new_array();
		json_add_number(tool->json, "num_ctrl", list.num);
		json_object_object_add(tool->json, "ctrl_list", json);
	} else {
		fprintf(tool->out, "num of ctrls present: %u\n", list.num);
	}
	for (unsigned i = 0; i < list.num && i < ZNVME_CTRL_LIST_MAX; i++) {
		if (json) {
			struct json_object *entry = json_object_new_object();

			json_add_number(entry, "ctrl_id", list.identifier[i]);
			json_object_array_add(json, entry);
		} else {
			fprintf(tool->out, "[%4u]:%#x\n", i, list.identifier[i]);
		}
	}
	return 0;
}

const struct tool_command list_ctrl_command = {
	.name = "list-ctrl",
	.summary = "controllers of the subsystem, or those that have a namespace",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT | TOOL_BINARY,
	.options = list_ctrl_options,
	.args_size = sizeof(struct list_ctrl_args),
	.example = "znvme list-ctrl sim:",
	.run = run_list_ctrl,
};

static int run_ns_rescan(struct tool *tool, void *arg)
{
	uint32_t nsids[64], after = 0;
	unsigned total = 0;
	int nr;

	(void)arg;
	if (tool_open(tool))
		return 1;
	nr = znvme_ns_rescan(tool->ctrl);
	while (nr >= 0) {
		nr = znvme_ns_list(tool->ctrl, after, nsids, TOOL_COUNT(nsids));
		if (nr <= 0)
			break;
		total += (unsigned)nr;
		after = nsids[nr - 1];
	}
	if (nr < 0)
		return tool_fail(nr, "namespaces");
	manage_say(tool, "namespaces", total, "%s: %u active namespaces", tool->address, total);
	return 0;
}

const struct tool_command ns_rescan_command = {
	.name = "ns-rescan",
	.summary = "read anew which namespaces there are, and note the list of changes",
	.group = TOOL_GROUP_NAMESPACE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.example = "znvme ns-rescan sim:ns=2",
	.run = run_ns_rescan,
};
