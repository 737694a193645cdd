/* SPDX-License-Identifier: MIT */
/*
 * Identify's other structures: nvm-id-ctrl, cmdset-ind-id-ns, primary-ctrl-caps,
 * list-secondary, id-iocs, id-nvmset, id-uuid, id-domain, list-endgrp, id-ns-granularity,
 * id-ns-lba-format (Base 2.1, section 5.1.13; NVM 1.1, section 4.1.5).
 */
#include "commands.h"
#include "id_ns.h"
#include "manage.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

struct identify_args {
	uint16_t id;
	uint32_t entries;
	uint8_t uuid;
};

#define AT(member) offsetof(struct identify_args, member)

/* Any of the structures. */
union identify_data {
	unsigned char bytes[ZNVME_IDENTIFY_SIZE];
	struct znvme_id_iocs iocs;
	struct znvme_id_ns ns;
	struct znvme_id_nvmset_list nvmset;
	struct znvme_uuid_list uuid;
	struct znvme_domain_list domain;
	struct znvme_endurance_group_list endgrp;
	struct znvme_secondary_ctrl_list secondary;
	struct znvme_ns_granularity_list granularity;
};

static int identify(struct tool *tool, uint8_t cns, uint32_t nsid, uint16_t cntid, uint16_t cnssi,
		    union identify_data *data)
{
	int rc;

	if (tool_open(tool))
		return 1;
	rc = znvme_identify(tool->ctrl, cns, nsid, cntid, ZNVME_CSI_NVM, cnssi, data);
	return rc ? tool_fail(rc, tool->command->name) : 0;
}

/* Where nothing but the bytes are wanted they are shown, and that is all; else JSON has an object
 * to add to. */
static bool begin(struct tool *tool, const union identify_data *data)
{
	if (tool->format == TOOL_RAW) {
		fwrite(data, sizeof(*data), 1, tool->out);
		return false;
	}
	if (tool->format == TOOL_JSON)
		tool->json = json_object_new_object();
	return true;
}

/* An entry of a list by its fields: below a heading, or as an object. */
static void add_entry(struct tool *tool, struct json_object *list, const struct field *fields,
		      int width, const void *data, const char *heading, unsigned index)
{
	struct json_object *entry;

	if (!list) {
		fprintf(tool->out, "%s[%u]:\n", heading, index);
		fields_print(tool->out, fields, width, data, tool->human);
		return;
	}
	entry = json_object_new_object();
	fields_json(entry, fields, data);
	json_object_array_add(list, entry);
}

/* ---- structures of fields ------------------------------------------------------------------ */

#define ROW(type, member, how, ...) FIELD(type, member, how, __VA_ARGS__)

static const struct field nvm_ctrl_fields[] = {
	ROW(znvme_id_ctrl_nvm, vsl, DEC, .unit = "log2 of CAP.MPSMIN pages; 0: no limit"),
	ROW(znvme_id_ctrl_nvm, wzsl, DEC, .unit = "log2 of CAP.MPSMIN pages; 0: no limit"),
	ROW(znvme_id_ctrl_nvm, wusl, DEC, .unit = "log2 of CAP.MPSMIN pages; 0: no limit"),
	ROW(znvme_id_ctrl_nvm, dmrl, DEC, .unit = "ranges; 0: no limit"),
	ROW(znvme_id_ctrl_nvm, dmrsl, DEC, .unit = "blocks; 0: no limit"),
	ROW(znvme_id_ctrl_nvm, dmsl, DEC, .unit = "blocks; 0: no limit"),
	ROW(znvme_id_ctrl_nvm, kpiocap, HEX),
	ROW(znvme_id_ctrl_nvm, wzdsl, DEC, .unit = "log2 of CAP.MPSMIN pages; 0: no limit"),
	ROW(znvme_id_ctrl_nvm, aocs, HEX),
	ROW(znvme_id_ctrl_nvm, ver, HEX),
	ROW(znvme_id_ctrl_nvm, lbamqf, DEC),
	{0},
};

static const struct field_bits nsfeat_bits[] = {
	BITS(ZNVME_NS_INDEP_NSFEAT_VWCNP, "Volatile Write Cache Not Present",
	     BITS_VALUES(field_no_yes)),
	BITS(ZNVME_NS_INDEP_NSFEAT_RMEDIA, "Rotational Media", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_NS_INDEP_NSFEAT_UID_REUSE, "NGUID and EUI64 Never Reused",
	     BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field indep_fields[] = {
	ROW(znvme_id_ns_indep, nsfeat, HEX, .bits = nsfeat_bits),
	ROW(znvme_id_ns_indep, nmic, HEX),
	ROW(znvme_id_ns_indep, rescap, HEX),
	ROW(znvme_id_ns_indep, fpi, HEX),
	ROW(znvme_id_ns_indep, anagrpid, DEC),
	ROW(znvme_id_ns_indep, nsattr, DEC),
	ROW(znvme_id_ns_indep, nvmsetid, DEC),
	ROW(znvme_id_ns_indep, endgid, DEC),
	ROW(znvme_id_ns_indep, nstat, HEX),
	ROW(znvme_id_ns_indep, kpios, HEX),
	ROW(znvme_id_ns_indep, maxkt, DEC),
	ROW(znvme_id_ns_indep, rgrpid, DEC),
	{0},
};

static const struct field primary_fields[] = {
	ROW(znvme_primary_ctrl_caps, cntlid, HEX), ROW(znvme_primary_ctrl_caps, portid, HEX),
	ROW(znvme_primary_ctrl_caps, crt, HEX),	   ROW(znvme_primary_ctrl_caps, vqfrt, DEC),
	ROW(znvme_primary_ctrl_caps, vqrfa, DEC),  ROW(znvme_primary_ctrl_caps, vqrfap, DEC),
	ROW(znvme_primary_ctrl_caps, vqprt, DEC),  ROW(znvme_primary_ctrl_caps, vqfrsm, DEC),
	ROW(znvme_primary_ctrl_caps, vqgran, DEC), ROW(znvme_primary_ctrl_caps, vifrt, DEC),
	ROW(znvme_primary_ctrl_caps, virfa, DEC),  ROW(znvme_primary_ctrl_caps, virfap, DEC),
	ROW(znvme_primary_ctrl_caps, viprt, DEC),  ROW(znvme_primary_ctrl_caps, vifrsm, DEC),
	ROW(znvme_primary_ctrl_caps, vigran, DEC), {0},
};

static int run_nvm_id_ctrl(struct tool *tool, void *arg)
{
	union identify_data data;

	(void)arg;
	if (identify(tool, ZNVME_CNS_CSI_CTRL, 0, 0, 0, &data))
		return 1;
	manage_show(tool, nvm_ctrl_fields, 7, &data, sizeof(data), "NVMe Identify Controller NVM:");
	return 0;
}

const struct tool_command nvm_id_ctrl_command = {
	.name = "nvm-id-ctrl",
	.summary = "limits of the controller's NVM command set",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.example = "znvme nvm-id-ctrl sim:",
	.run = run_nvm_id_ctrl,
};

static int run_indep_ns(struct tool *tool, void *arg)
{
	union identify_data data;
	char heading[64];

	(void)arg;
	if (identify(tool, ZNVME_CNS_INDEP_NS, tool->nsid, 0, 0, &data))
		return 1;
	snprintf(heading, sizeof(heading),
		 "NVME Identify Command Set Independent Namespace %u:", tool->nsid);
	manage_show(tool, indep_fields, 8, &data, sizeof(data), heading);
	return 0;
}

const struct tool_command indep_ns_command = {
	.name = "cmdset-ind-id-ns",
	.summary = "what is the same for namespaces of all command sets",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.example = "znvme cmdset-ind-id-ns sim:",
	.run = run_indep_ns,
};

static const struct tool_option cntlid_options[] = {
	TOOL_OPTION('c', "cntlid", "N", TOOL_U16, AT(id), "controller"),
	{0},
};

static int run_primary(struct tool *tool, void *arg)
{
	const struct identify_args *args = arg;
	union identify_data data;

	if (identify(tool, ZNVME_CNS_PRIMARY_CTRL_CAPS, 0, args->id, 0, &data))
		return 1;
	manage_show(tool, primary_fields, 7, &data, sizeof(data),
		    "NVME Identify Primary Controller Capabilities:");
	return 0;
}

const struct tool_command primary_command = {
	.name = "primary-ctrl-caps",
	.summary = "resources that a primary controller can give away",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = cntlid_options,
	.args_size = sizeof(struct identify_args),
	.example = "znvme primary-ctrl-caps sim:with=virt",
	.run = run_primary,
};

/* ---- lists --------------------------------------------------------------------------------- */

static const struct field secondary_fields[] = {
	FIELD_AS("Secondary Controller Identifier(SCID)", znvme_secondary_ctrl, scid, HEX,
		 .json = "secondary-controller-identifier"),
	FIELD_AS("Primary Controller Identifier (PCID)", znvme_secondary_ctrl, pcid, HEX,
		 .json = "primary-controller-identifier"),
	FIELD_AS("Secondary Controller State    (SCS)", znvme_secondary_ctrl, scs, HEX,
		 .json = "secondary-controller-state"),
	FIELD_AS("Virtual Function Number       (VFN)", znvme_secondary_ctrl, vfn, HEX,
		 .json = "virtual-function-number"),
	FIELD_AS("Number of VQ Resources        (NVQ)", znvme_secondary_ctrl, nvq, HEX,
		 .json = "num-virtual-queues"),
	FIELD_AS("Number of VI Resources        (NVI)", znvme_secondary_ctrl, nvi, HEX,
		 .json = "num-virtual-interrupts"),
	{0},
};

static const struct tool_option secondary_options[] = {
	TOOL_OPTION('c', "cntid", "N", TOOL_U16, AT(id), "lowest controller identifier to show"),
	TOOL_OPTION('e', "num-entries", "N", TOOL_U32, AT(entries), "entries to show",
		    .preset = 127, .min = 1, .max = 127),
	{0},
};

static int run_secondary(struct tool *tool, void *arg)
{
	const struct identify_args *args = arg;
	struct json_object *list;
	union identify_data data;

	if (identify(tool, ZNVME_CNS_SECONDARY_CTRL_LIST, tool->nsid_given ? tool->nsid : 0,
		     args->id, 0, &data))
		return 1;
	if (!begin(tool, &data))
		return 0;
	if (!tool->json)
		fprintf(tool->out,
			"Identify Secondary Controller List:\n   NUMID       : Number of "
			"Identifiers           : %u\n",
			data.secondary.num);
	else
		json_add_number(tool->json, "num", data.secondary.num);
	list = json_add_list(tool->json, "secondary-controllers");
	for (unsigned i = 0; i < data.secondary.num && i < args->entries && i < 127; i++)
		add_entry(tool, list, secondary_fields, 38, &data.secondary.sc_entry[i], "SCEntry",
			  i);
	return 0;
}

const struct tool_command secondary_command = {
	.name = "list-secondary",
	.summary = "secondary controllers, and what resources they have",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT | TOOL_BINARY,
	.options = secondary_options,
	.args_size = sizeof(struct identify_args),
	.example = "znvme list-secondary sim:with=virt",
	.run = run_secondary,
};

static const struct tool_option iocs_options[] = {
	TOOL_OPTION('c', "controller-id", "N", TOOL_U16, AT(id), "controller (default: this one)",
		    .preset = 0xffff),
	{0},
};

static int run_iocs(struct tool *tool, void *arg)
{
	const struct identify_args *args = arg;
	struct json_object *list;
	union identify_data data;
	char text[24];

	if (identify(tool, ZNVME_CNS_IOCS, 0, args->id, 0, &data))
		return 1;
	if (!begin(tool, &data))
		return 0;
	list = json_add_list(tool->json, "combinations");
	for (unsigned i = 0; i < 512; i++) {
		if (!data.iocs.iocsc[i])
			continue;
		snprintf(text, sizeof(text), "%#" PRIx64, data.iocs.iocsc[i]);
		if (list) {
			struct json_object *entry = json_object_new_object();

			json_add_number(entry, "index", i);
			json_add_string(entry, "I/O Command Set Combination", text);
			json_object_array_add(list, entry);
		} else {
			fprintf(tool->out, "I/O Command Set Combination[%u]:%s\n", i, text);
		}
	}
	return 0;
}

const struct tool_command iocs_command = {
	.name = "id-iocs",
	.summary = "which I/O command sets can be used together",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = iocs_options,
	.args_size = sizeof(struct identify_args),
	.example = "znvme id-iocs sim:",
	.run = run_iocs,
};

#define SET(label, member, how, ...) FIELD_AS(label, znvme_nvmset_attr, member, how, __VA_ARGS__)

static const struct field nvmset_fields[] = {
	SET("nvmset_id", nvmsetid, DEC),
	SET("endurance_group_id", endgid, DEC),
	SET("random_4k_read_typical", rr4kt, DEC),
	SET("optimal_write_size", ows, DEC),
	SET("total_nvmset_cap", tnvmsetcap, DEC),
	SET("unalloc_nvmset_cap", unvmsetcap, DEC),
	{0},
};

static const struct tool_option nvmset_options[] = {
	TOOL_OPTION('i', "nvmset-id", "N", TOOL_U16, AT(id), "lowest identifier to show"),
	{0},
};

static int run_nvmset(struct tool *tool, void *arg)
{
	const struct identify_args *args = arg;
	struct json_object *list;
	union identify_data data;

	if (identify(tool, ZNVME_CNS_NVMSET_LIST, 0, 0, args->id, &data))
		return 1;
	if (!begin(tool, &data))
		return 0;
	if (tool->json)
		json_add_number(tool->json, "nid", data.nvmset.nid);
	else
		fprintf(tool->out, "NVME Identify NVM Set List %u:\nnid     : %u\n", args->id,
			data.nvmset.nid);
	list = json_add_list(tool->json, "NVMSet");
	for (unsigned i = 0; i < data.nvmset.nid && i < 31; i++)
		add_entry(tool, list, nvmset_fields, 30, &data.nvmset.ent[i],
			  "NVM Set Attribute Entry", i);
	return 0;
}

const struct tool_command nvmset_command = {
	.name = "id-nvmset",
	.summary = "the NVM sets, parts of the medium that do not disturb each other",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = nvmset_options,
	.args_size = sizeof(struct identify_args),
	.example = "znvme id-nvmset sim:with=plm",
	.run = run_nvmset,
};

static const char *const uuid_associations[] = {"", " associated with PCI Vendor ID",
						" associated with PCI Subsystem Vendor ID",
						" reserved"};

static void show_uuid(struct tool *tool, struct json_object *list, unsigned number,
		      const struct znvme_uuid_list_entry *entry)
{
	uint64_t association = znvme_field_get(ZNVME_UUID_HEADER_ASSOC, entry->header);
	struct json_object *one;
	char text[40];

	field_uuid_text(text, entry->uuid);
	if (list) {
		one = json_object_new_object();
		json_add_number(one, "association", association);
		json_add_string(one, "uuid", text);
		json_object_array_add(list, one);
		return;
	}
	fprintf(tool->out, " Entry[%3u]\n.................\nassociation  : %#" PRIx64 "%s\n",
		number, association, tool->human ? uuid_associations[association] : "");
	fprintf(tool->out, "UUID         : %s\n.................\n", text);
}

static int run_uuid(struct tool *tool, void *arg)
{
	static const uint8_t none[16];
	struct json_object *list;
	union identify_data data;

	(void)arg;
	if (identify(tool, ZNVME_CNS_UUID_LIST, 0, 0, 0, &data))
		return 1;
	if (!begin(tool, &data))
		return 0;
	list = json_add_list(tool->json, "UUID-list");
	if (!list)
		fputs("NVME Identify UUID:\n", tool->out);
	for (unsigned i = 0; i < 127 && memcmp(data.uuid.entry[i].uuid, none, sizeof(none)); i++)
		show_uuid(tool, list, i + 1, &data.uuid.entry[i]);
	return 0;
}

const struct tool_command uuid_command = {
	.name = "id-uuid",
	.summary = "vendors' UUIDs that commands can name by an index",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.example = "znvme id-uuid sim:with=uuids",
	.run = run_uuid,
};

#define DOMAIN(label, member, how, ...) FIELD_AS(label, znvme_domain_attr, member, how, __VA_ARGS__)

static const struct field domain_fields[] = {
	DOMAIN("Domain Identifier", dom_id, DEC, .json = "dom_id"),
	DOMAIN("Domain Capacity", dom_cap, DEC, .json = "dom_cap"),
	DOMAIN("Unallocated Domain Capacity", unalloc_dom_cap, DEC, .json = "unalloc_dom_cap"),
	DOMAIN("Max Endurance Group Domain Capacity", max_egrp_dom_cap, DEC,
	       .json = "max_egrp_dom_cap"),
	{0},
};

static const struct tool_option domain_options[] = {
	TOOL_OPTION('d', "dom-id", "N", TOOL_U16, AT(id), "lowest identifier to show"),
	{0},
};

static int run_domain(struct tool *tool, void *arg)
{
	const struct identify_args *args = arg;
	struct json_object *list;
	union identify_data data;

	if (identify(tool, ZNVME_CNS_DOMAIN_LIST, 0, 0, args->id, &data))
		return 1;
	if (!begin(tool, &data))
		return 0;
	if (tool->json)
		json_add_number(tool->json, "num_dom_entries", data.domain.num);
	else
		fprintf(tool->out, "Number of Domain Entries: %u\n", data.domain.num);
	list = json_add_list(tool->json, "domain_list");
	for (unsigned i = 0; i < data.domain.num && i < 31; i++)
		add_entry(tool, list, domain_fields, 36, &data.domain.domain_attr[i],
			  "Domain Attribute Entry", i);
	return 0;
}

const struct tool_command domain_command = {
	.name = "id-domain",
	.summary = "domains of the subsystem",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = domain_options,
	.args_size = sizeof(struct identify_args),
	.example = "znvme id-domain sim:with=domains",
	.run = run_domain,
};

static const struct tool_option endgrp_options[] = {
	TOOL_OPTION('i', "endgrp-id", "N", TOOL_U16, AT(id), "lowest identifier to show"),
	{0},
};

static int run_endgrp(struct tool *tool, void *arg)
{
	const struct identify_args *args = arg;
	struct json_object *list;
	union identify_data data;

	if (identify(tool, ZNVME_CNS_ENDURANCE_GROUP_LIST, 0, 0, args->id, &data))
		return 1;
	if (!begin(tool, &data))
		return 0;
	if (tool->json)
		json_add_number(tool->json, "num_endgrp_id", data.endgrp.num);
	else
		fprintf(tool->out, "num of endurance group ids: %u\n", data.endgrp.num);
	list = json_add_list(tool->json, "endgrp_list");
	for (unsigned i = 0; i < data.endgrp.num && i < 2047; i++) {
		struct json_object *entry;

		if (!list) {
			fprintf(tool->out, "[%4u]:%#x\n", i, data.endgrp.identifier[i]);
			continue;
		}
		entry = json_object_new_object();
		json_add_number(entry, "endgrp_id", data.endgrp.identifier[i]);
		json_object_array_add(list, entry);
	}
	return 0;
}

#define ENDGRP(command_name, command_summary)                                                      \
	{                                                                                          \
		.name = (command_name), .summary = (command_summary),                              \
		.group = TOOL_GROUP_IDENTIFY, .flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,    \
		.options = endgrp_options, .args_size = sizeof(struct identify_args),              \
		.example = "znvme " command_name " sim:", .run = run_endgrp,                       \
	}

const struct tool_command list_endgrp_command = ENDGRP("list-endgrp", "endurance groups");
const struct tool_command endurance_list_command =
	ENDGRP("endurance-list", "another name of list-endgrp");

static int run_granularity(struct tool *tool, void *arg)
{
	static const struct field fields[] = {
		ROW(znvme_ns_granularity_desc, nszegran, HEX, .json = "namespace-size-granularity"),
		ROW(znvme_ns_granularity_desc, ncapgran, HEX,
		    .json = "namespace-capacity-granularity"),
		{0},
	};
	struct json_object *list;
	union identify_data data;

	(void)arg;
	if (identify(tool, ZNVME_CNS_NS_GRANULARITY, 0, 0, 0, &data))
		return 1;
	if (!begin(tool, &data))
		return 0;
	if (tool->json) {
		json_add_number(tool->json, "attributes", data.granularity.attributes);
		json_add_number(tool->json, "num-descriptors", data.granularity.num_descriptors);
	} else {
		fprintf(tool->out,
			"Identify Namespace Granularity List:\n   ATTR        : %#x\n   NUMD       "
			" "
			": %u\n",
			data.granularity.attributes, data.granularity.num_descriptors);
	}
	list = json_add_list(tool->json, "namespace-granularity-list");
	for (unsigned i = 0; i <= data.granularity.num_descriptors && i < 16; i++)
		add_entry(tool, list, fields, 10, &data.granularity.entry[i], "Entry", i);
	return 0;
}

const struct tool_command granularity_command = {
	.name = "id-ns-granularity",
	.summary = "sizes of namespaces that waste nothing",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.example = "znvme id-ns-granularity sim:",
	.run = run_granularity,
};

/* ---- formats ------------------------------------------------------------------------------- */

static const struct field capability_fields[] = {
	ROW(znvme_id_ns, nsfeat, HEX),
	ROW(znvme_id_ns, nlbaf, DEC),
	ROW(znvme_id_ns, mc, HEX),
	ROW(znvme_id_ns, dpc, HEX),
	ROW(znvme_id_ns, fpi, HEX),
	ROW(znvme_id_ns, dlfeat, DEC),
	ROW(znvme_id_ns, npwg, DEC),
	ROW(znvme_id_ns, npwa, DEC),
	ROW(znvme_id_ns, npdg, DEC),
	ROW(znvme_id_ns, npda, DEC),
	ROW(znvme_id_ns, nows, DEC),
	ROW(znvme_id_ns, nulbaf, DEC),
	{0},
};

static const struct tool_option format_options[] = {
	TOOL_OPTION('i', "lba-format-index", "N", TOOL_U16, AT(id), "the LBA format", .max = 63),
	TOOL_OPTION('U', "uuid-index", "N", TOOL_U8, AT(uuid), "UUID index", .max = 127),
	{0},
};

static int run_id_format(struct tool *tool, void *arg)
{
	const struct identify_args *args = arg;
	union identify_data data;
	char heading[64];

	if (tool_open(tool) ||
	    id_ns_by_uuid(tool, 0, ZNVME_CNS_NS_FORMAT, args->id, args->uuid, &data))
		return 1;
	snprintf(heading, sizeof(heading), "NVME Identify Namespace for LBA format[%u]:", args->id);
	manage_show(tool, capability_fields, 8, &data, sizeof(data), heading);
	if (tool->format == TOOL_JSON)
		json_object_object_add(tool->json, "lbafs", id_ns_formats_json(&data.ns));
	else if (tool->format == TOOL_NORMAL)
		id_ns_print_formats(tool->out, &data.ns, UINT_MAX, tool->human);
	return 0;
}

const struct tool_command id_format_command = {
	.name = "id-ns-lba-format",
	.summary = "what a namespace could do in another LBA format",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = format_options,
	.args_size = sizeof(struct identify_args),
	.example = "znvme id-ns-lba-format sim: --lba-format-index 1",
	.run = run_id_format,
};
