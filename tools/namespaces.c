/* SPDX-License-Identifier: MIT */
/*
 * list-ns: which namespaces there are. ns-descs: the identifiers of one (Base 2.1, section 5.1.13,
 * CNS 02h, 07h, 10h, 1Ah, and 03h).
 */
#include "commands.h"
#include "fields.h"

/* ---- list-ns ------------------------------------------------------------------------------- */

#define MAX_LISTED (1u << 20) /* the output is in memory until it is complete */

struct list_ns_args {
	uint32_t first;
	bool all;
	uint8_t csi;
};

static const struct tool_option list_ns_options[] = {
	TOOL_OPTION('n', "namespace-id", "NSID", TOOL_U32, offsetof(struct list_ns_args, first),
		    "first identifier to list", .preset = 1, .min = 1, .max = 0xfffffffe),
	TOOL_OPTION('a', "all", NULL, TOOL_FLAG, offsetof(struct list_ns_args, all),
		    "all that are allocated in the subsystem, attached or not"),
	TOOL_OPTION('y', "csi", "CSI", TOOL_U8, offsetof(struct list_ns_args, csi),
		    "only those of this I/O command set"),
	{0},
};

/* Which list is asked for. */
static uint8_t list_cns(const struct list_ns_args *args, bool by_csi)
{
	if (by_csi)
		return args->all ? ZNVME_CNS_CSI_ALLOC_NS_LIST : ZNVME_CNS_CSI_NS_LIST;
	return args->all ? ZNVME_CNS_ALLOC_NS_LIST : ZNVME_CNS_NS_LIST;
}

static void print_nsid(struct tool *tool, unsigned index, uint32_t nsid)
{
	struct json_object *list, *entry;

	if (tool->format != TOOL_JSON) {
		fprintf(tool->out, "[%4u]:%#x\n", index, nsid);
		return;
	}
	json_object_object_get_ex(tool->json, "nsid_list", &list);
	entry = json_object_new_object();
	json_add_number(entry, "nsid", nsid);
	json_object_array_add(list, entry);
}

/* Nothing of the list is believed that does not fit what the controller says of itself. */
static int check_listed(struct tool *tool, uint32_t nsid, uint32_t after, unsigned index)
{
	const struct znvme_id_ctrl *id = znvme_id_ctrl(tool->ctrl);

	if (nsid <= after)
		return tool_error("%s: the list of namespaces is not ascending: %u comes after %u",
				  tool->address, nsid, after);
	if (nsid > id->nn)
		return tool_error("%s: the list of namespaces has %u, but %u is the largest "
				  "identifier (NN)",
				  tool->address, nsid, id->nn);
	if (id->mnan && index >= id->mnan)
		return tool_error("%s: the list of namespaces has more than there can be: %u "
				  "(MNAN)",
				  tool->address, id->mnan);
	return 0;
}

static int run_list_ns(struct tool *tool, void *arg)
{
	const struct list_ns_args *args = arg;
	uint8_t cns = list_cns(args, tool_given(tool, "csi"));
	uint32_t after = args->first - 1;
	struct znvme_id_ns_list list;
	unsigned index = 0, i;

	tool_catch_signals();
	if (tool_open(tool))
		return 1;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_object_object_add(tool->json, "nsid_list", json_object_new_array());
	}
	do {
		int rc = znvme_identify(tool->ctrl, cns, after, 0, args->csi, 0, &list);

		if (rc)
			return tool_fail(rc, "list of namespaces");
		for (i = 0; i < ZNVME_NS_LIST_MAX && list.ns[i]; i++) {
			if (check_listed(tool, list.ns[i], after, index))
				return 1;
			after = list.ns[i];
			print_nsid(tool, index++, after);
		}
		if (tool_stop)
			return tool_error("interrupted");
	} while (i == ZNVME_NS_LIST_MAX && after < 0xfffffffe && index < MAX_LISTED);
	if (index < MAX_LISTED)
		return 0;
	tool->keep_output = true;
	return tool_error("%s: that is as many as are listed at a time; to go on: -n %#x",
			  tool->address, after + 1);
}

const struct tool_command list_ns_command = {
	.name = "list-ns",
	.summary = "which namespaces the controller has",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = list_ns_options,
	.args_size = sizeof(struct list_ns_args),
	.example = "znvme list-ns sim:",
	.run = run_list_ns,
};

/* ---- ns-descs ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	uint8_t nidt;
	uint8_t len;
} descriptors[] = {
	{"eui64", ZNVME_NIDT_EUI64, ZNVME_NIDT_EUI64_LEN},
	{"nguid", ZNVME_NIDT_NGUID, ZNVME_NIDT_NGUID_LEN},
	{"uuid", ZNVME_NIDT_UUID, ZNVME_NIDT_UUID_LEN},
	{"csi", ZNVME_NIDT_CSI, ZNVME_NIDT_CSI_LEN},
};

static void print_descriptor(struct tool *tool, unsigned row, const unsigned char *id)
{
	const char *name = descriptors[row].name;
	char text[40];

	if (descriptors[row].nidt == ZNVME_NIDT_CSI) {
		if (tool->format == TOOL_JSON)
			json_add_number(tool->json, name, *id);
		else
			fprintf(tool->out, "%-7s : %#x\n", name, *id);
		return;
	}
	if (descriptors[row].nidt == ZNVME_NIDT_UUID)
		field_uuid_text(text, id);
	else
		field_hex_text(text, id, descriptors[row].len);
	if (tool->format == TOOL_JSON)
		json_add_string(tool->json, name, text);
	else
		fprintf(tool->out, "%-7s : %s\n", name, text);
}

/* The one that was added last, as an entry of nvme-cli's list too: with its place and type. */
static void add_descriptor(struct tool *tool, unsigned row, size_t loc)
{
	const char *name = descriptors[row].name;
	struct json_object *list, *entry, *value;

	if (!tool->json)
		return;
	json_object_object_get_ex(tool->json, "ns-descs", &list);
	json_object_object_get_ex(tool->json, name, &value);
	entry = json_object_new_object();
	json_add_number(entry, "loc", loc);
	json_add_number(entry, "nidt", descriptors[row].nidt);
	json_add_number(entry, "nidl", descriptors[row].len);
	json_add_string(entry, "type", name);
	json_object_object_add(entry, name, json_object_get(value));
	json_object_array_add(list, entry);
}

/* The list is the device's: nothing in it is believed beyond its 4096 bytes. */
static void print_descriptors(struct tool *tool, const unsigned char *list)
{
	size_t at = 0, header = sizeof(struct znvme_ns_id_desc);

	while (at + header <= ZNVME_IDENTIFY_SIZE && list[at + 1]) {
		uint8_t nidt = list[at], nidl = list[at + 1];

		if (at + header + nidl > ZNVME_IDENTIFY_SIZE)
			break;
		for (unsigned i = 0; i < TOOL_COUNT(descriptors); i++)
			if (descriptors[i].nidt == nidt && descriptors[i].len == nidl) {
				print_descriptor(tool, i, list + at + header);
				add_descriptor(tool, i, at);
			}
		at += header + nidl;
	}
}

static int run_ns_descs(struct tool *tool, void *arg)
{
	unsigned char list[ZNVME_IDENTIFY_SIZE];
	int rc;

	(void)arg;
	if (tool_open(tool))
		return 1;
	rc = znvme_identify(tool->ctrl, ZNVME_CNS_NS_DESC_LIST, tool->nsid, 0, 0, 0, list);
	if (rc)
		return tool_fail(rc, "namespace identification descriptors");
	if (tool->format == TOOL_RAW) {
		fwrite(list, sizeof(list), 1, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_object_object_add(tool->json, "ns-descs", json_object_new_array());
	} else {
		fprintf(tool->out, "NVME Namespace Identification Descriptors NS %u:\n",
			tool->nsid);
	}
	print_descriptors(tool, list);
	return 0;
}

const struct tool_command ns_descs_command = {
	.name = "ns-descs",
	.summary = "the identifiers of a namespace: EUI64, NGUID, UUID, command set",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY,
	.example = "znvme ns-descs sim:",
	.run = run_ns_descs,
};
