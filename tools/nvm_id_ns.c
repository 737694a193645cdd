/* SPDX-License-Identifier: MIT */
/*
 * nvm-id-ns: Identify Namespace that is specific to the NVM command set (NVM 1.1, section 4.1.5.3,
 * CNS 05h): formats of protection information, by LBA format, and large granularities.
 * nvm-id-ns-lba-format: what of it a namespace would have in another format (CNS 0Ah).
 */
#include "commands.h"
#include "fields.h"
#include "id_ns.h"

#include <limits.h>
#include <string.h>

static const struct field_bits pic_bits[] = {
	BITS(ZNVME_NS_NVM_PIC_QPIFS, "Qualified Protection Information Formats"),
	BITS(ZNVME_NS_NVM_PIC_STCRS, "Storage Tag Check Read Support"),
	BITS(ZNVME_NS_NVM_PIC_16BPISTM, "16b Guard Protection Information Storage Tag Mask",
	     BITS_VALUES(field_no_yes)),
	BITS(ZNVME_NS_NVM_PIC_16BPISTS, "16b Guard Protection Information Storage Tag Support"),
	{0},
};

static const char *const masking_levels[] = {"Bit", "Byte", "None"};

static const struct field_bits pifa_bits[] = {
	BITS(ZNVME_NS_NVM_PIFA_STMLA, "Storage Tag Masking Level", BITS_VALUES(masking_levels)),
	{0},
};

#define ROW(member, how, ...) FIELD(znvme_id_ns_nvm, member, how, __VA_ARGS__)

static const struct field nvm_id_ns_fields[] = {
	ROW(lbstm, HEX),
	ROW(pic, HEX, .bits = pic_bits),
	ROW(pifa, HEX, .bits = pifa_bits),
	ROW(npdgl, DEC, .unit = "blocks; 0: not reported"),
	ROW(nprg, DEC, .unit = "blocks, 0-based"),
	ROW(npra, DEC, .unit = "blocks, 0-based"),
	ROW(nors, DEC, .unit = "blocks, 0-based"),
	ROW(npdal, DEC, .unit = "blocks; 0: not reported"),
	ROW(lbapss, DEC),
	ROW(tlbaag, DEC),
	{0},
};

/* The extension of one LBA format. */
struct extension {
	unsigned pif;
	unsigned qpif;
	unsigned sts;
};

static struct extension extension_of(const struct znvme_id_ns_nvm *id, unsigned i)
{
	return (struct extension){
		.pif = (unsigned)znvme_field_get(ZNVME_NS_NVM_ELBAF_PIF, id->elbaf[i]),
		.qpif = (unsigned)znvme_field_get(ZNVME_NS_NVM_ELBAF_QPIF, id->elbaf[i]),
		.sts = (unsigned)znvme_field_get(ZNVME_NS_NVM_ELBAF_STS, id->elbaf[i]),
	};
}

/* `index_in_use` is UINT_MAX where no namespace is meant. */
static void print_extensions(FILE *out, const struct znvme_id_ns *id,
			     const struct znvme_id_ns_nvm *nvm, unsigned index_in_use, bool human)
{
	static const char *const guards[] = {"16b Guard", "32b Guard", "64b Guard", "Qualified"};

	for (unsigned i = 0; i < id_ns_nr_formats(id); i++) {
		struct extension e = extension_of(nvm, i);
		const char *in_use = i == index_in_use ? " (in use)" : "";

		if (human)
			fprintf(out,
				"Extended LBA Format %2u : Qualified Protection Information "
				"Format: "
				"%u - Protection Information Format: %u (%s) - Storage Tag Size: "
				"%-2u bits%s\n",
				i, e.qpif, e.pif, guards[e.pif], e.sts, in_use);
		else
			fprintf(out, "elbaf %2u : qpif:%u pif:%u sts:%-2u%s\n", i, e.qpif, e.pif,
				e.sts, in_use);
	}
}

static struct json_object *extensions_json(const struct znvme_id_ns *id,
					   const struct znvme_id_ns_nvm *nvm)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < id_ns_nr_formats(id); i++) {
		struct json_object *format = json_object_new_object();
		struct extension e = extension_of(nvm, i);

		json_add_number(format, "qpif", e.qpif);
		json_add_number(format, "pif", e.pif);
		json_add_number(format, "sts", e.sts);
		json_object_array_add(list, format);
	}
	return list;
}

struct nvm_id_ns_args {
	uint8_t uuid;
};

static const struct tool_option nvm_id_ns_options[] = {
	TOOL_OPTION('U', "uuid-index", "N", TOOL_U8, offsetof(struct nvm_id_ns_args, uuid),
		    "UUID index", .max = 127),
	{0},
};

/* CDW14 bits 6:0 of Identify are the UUID index (Base 2.1, section 5.1.13). */
int id_ns_by_uuid(struct tool *tool, uint32_t nsid, uint8_t cns, uint16_t cnssi, uint8_t uuid,
		  void *data)
{
	struct znvme_sqe cmd = znvme_admin_sqe(ZNVME_ADM_IDENTIFY, nsid);
	int rc;

	cmd.cdw10 = cns;
	cmd.cdw11 = cnssi | (uint32_t)ZNVME_CSI_NVM << 24;
	cmd.cdw14 = uuid;
	rc = znvme_admin(tool->ctrl, &cmd, data, ZNVME_IDENTIFY_SIZE, NULL, tool->timeout_ms);
	return rc ? tool_fail(rc, tool->command->name) : 0;
}

static int run_nvm_id_ns(struct tool *tool, void *arg)
{
	static const struct znvme_id_ns inactive;
	const struct nvm_id_ns_args *args = arg;
	struct znvme_id_ns_nvm nvm;
	struct znvme_id_ns id;
	int rc;

	if (tool_open(tool))
		return 1;
	rc = znvme_identify(tool->ctrl, ZNVME_CNS_NS, tool->nsid, 0, 0, 0, &id);
	if (rc)
		return tool_fail(rc, "identify namespace");
	if (!memcmp(&id, &inactive, sizeof(id)))
		return tool_error("%s has no namespace %u that is active; `znvme list-ns` shows "
				  "those it has",
				  tool->address, tool->nsid);
	if (id_ns_by_uuid(tool, tool->nsid, ZNVME_CNS_CSI_NS, 0, args->uuid, &nvm))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&nvm, sizeof(nvm), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, nvm_id_ns_fields, &nvm);
		json_object_object_add(tool->json, "elbafs", extensions_json(&id, &nvm));
	} else {
		fprintf(tool->out, "NVMe NVM Identify Namespace %u:\n", tool->nsid);
		fields_print(tool->out, nvm_id_ns_fields, 6, &nvm, tool->human);
		print_extensions(tool->out, &id, &nvm, id_ns_format_in_use(&id), tool->human);
	}
	return 0;
}

const struct tool_command nvm_id_ns_command = {
	.name = "nvm-id-ns",
	.summary = "protection information formats of a namespace",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = nvm_id_ns_options,
	.args_size = sizeof(struct nvm_id_ns_args),
	.example = "znvme nvm-id-ns sim:pi=1,pif=64 --human-readable",
	.run = run_nvm_id_ns,
};

/* ---- nvm-id-ns-lba-format ------------------------------------------------------------------ */

struct format_args {
	uint8_t index;
	uint8_t uuid;
};

static const struct tool_option format_options[] = {
	TOOL_OPTION('i', "lba-format-index", "N", TOOL_U8, offsetof(struct format_args, index),
		    "the LBA format", .max = ZNVME_NS_LBAF_MAX - 1),
	TOOL_OPTION('U', "uuid-index", "N", TOOL_U8, offsetof(struct format_args, uuid),
		    "UUID index", .max = 127),
	{0},
};

/* Capabilities alone: what a namespace sets for itself is not in it. */
static const struct field nvm_format_fields[] = {
	ROW(pic, HEX, .bits = pic_bits),
	ROW(pifa, HEX, .bits = pifa_bits),
	{0},
};

static int run_nvm_id_format(struct tool *tool, void *arg)
{
	const struct format_args *args = arg;
	struct znvme_id_ns_nvm nvm;
	struct znvme_id_ns id;

	if (tool_open(tool) ||
	    id_ns_by_uuid(tool, 0, ZNVME_CNS_NS_FORMAT, args->index, args->uuid, &id) ||
	    id_ns_by_uuid(tool, 0, ZNVME_CNS_CSI_NS_FORMAT, args->index, args->uuid, &nvm))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&nvm, sizeof(nvm), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, nvm_format_fields, &nvm);
		json_object_object_add(tool->json, "elbafs", extensions_json(&id, &nvm));
	} else {
		fprintf(tool->out, "NVMe NVM Identify Namespace for LBA format[%u]:\n",
			args->index);
		fields_print(tool->out, nvm_format_fields, 6, &nvm, tool->human);
		print_extensions(tool->out, &id, &nvm, UINT_MAX, tool->human);
	}
	return 0;
}

const struct tool_command nvm_id_format_command = {
	.name = "nvm-id-ns-lba-format",
	.summary = "protection information formats of a namespace in another LBA format",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = format_options,
	.args_size = sizeof(struct format_args),
	.example = "znvme nvm-id-ns-lba-format sim: --lba-format-index 2 --human-readable",
	.run = run_nvm_id_format,
};
