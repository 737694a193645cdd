/* SPDX-License-Identifier: MIT */
/*
 * nvm-id-ns: Identify Namespace that is specific to the NVM command set (NVM 1.1, section 4.1.5.3,
 * CNS 05h): formats of protection information, by LBA format, and large granularities.
 */
#include "commands.h"
#include "fields.h"
#include "id_ns.h"

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
	ROW(npdgl, DEC, .unit = "blocks, 0-based"),
	ROW(nprg, DEC, .unit = "blocks, 0-based"),
	ROW(npra, DEC, .unit = "blocks, 0-based"),
	ROW(nors, DEC, .unit = "blocks, 0-based"),
	ROW(npdal, DEC, .unit = "blocks, 0-based"),
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

static void print_extensions(FILE *out, const struct znvme_id_ns *id,
			     const struct znvme_id_ns_nvm *nvm, bool human)
{
	static const char *const guards[] = {"16b Guard", "32b Guard", "64b Guard", "Qualified"};

	for (unsigned i = 0; i < id_ns_nr_formats(id); i++) {
		struct extension e = extension_of(nvm, i);
		const char *in_use = i == id_ns_format_in_use(id) ? " (in use)" : "";

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

static int run_nvm_id_ns(struct tool *tool, void *arg)
{
	static const struct znvme_id_ns inactive;
	struct znvme_id_ns_nvm nvm;
	struct znvme_id_ns id;
	int rc;

	(void)arg;
	if (tool_open(tool))
		return 1;
	rc = znvme_identify(tool->ctrl, ZNVME_CNS_NS, tool->nsid, 0, 0, 0, &id);
	if (rc)
		return tool_fail(rc, "identify namespace");
	if (!memcmp(&id, &inactive, sizeof(id)))
		return tool_error("%s has no namespace %u that is active; `znvme list-ns` shows "
				  "those it has",
				  tool->address, tool->nsid);
	rc = znvme_identify(tool->ctrl, ZNVME_CNS_CSI_NS, tool->nsid, 0, ZNVME_CSI_NVM, 0, &nvm);
	if (rc)
		return tool_fail(rc, "identify namespace of the NVM command set");
	if (tool->format == TOOL_RAW) {
		fwrite(&nvm, sizeof(nvm), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, nvm_id_ns_fields, &nvm);
		json_object_object_add(tool->json, "elbafs", extensions_json(&id, &nvm));
	} else {
		fprintf(tool->out, "NVMe NVM Identify Namespace %u:\n", tool->nsid);
		fields_print(tool->out, nvm_id_ns_fields, 6, &nvm, tool->human);
		print_extensions(tool->out, &id, &nvm, tool->human);
	}
	return 0;
}

const struct tool_command nvm_id_ns_command = {
	.name = "nvm-id-ns",
	.summary = "protection information formats of a namespace",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.example = "znvme nvm-id-ns sim:pi=1,pif=64 --human-readable",
	.run = run_nvm_id_ns,
};
