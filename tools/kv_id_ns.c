/* SPDX-License-Identifier: MIT */
/* kv-id-ns: what a namespace of keys and values takes (KV 1.1, section 4.1.5.1). */
#include "commands.h"
#include "id_ns.h"

#include <inttypes.h>

#define ROW(member, how, ...) FIELD(znvme_id_ns_kv, member, how, __VA_ARGS__)

static const struct field_bits kvfc_bits[] = {
	BITS(ZNVME_KV_KVFC_INDEX, "Format in Use"),
	{0},
};

static const struct field id_ns_fields[] = {
	ROW(nsze, HEX, .unit = "bytes"),
	ROW(nuse, HEX, .unit = "bytes"),
	ROW(nsfeat, HEX),
	ROW(nkvf, DEC, .unit = "0-based"),
	ROW(nmic, HEX, .bits = id_ns_nmic_bits),
	ROW(rescap, HEX, .bits = id_ns_rescap_bits),
	ROW(fpi, HEX, .bits = id_ns_fpi_bits),
	ROW(kvfc, HEX, .bits = kvfc_bits),
	ROW(novg, DEC, .unit = "bytes; 0: not reported"),
	ROW(anagrpid, DEC),
	ROW(nsattr, DEC, .bits = id_ns_nsattr_bits),
	ROW(nvmsetid, DEC),
	ROW(endgid, DEC),
	ROW(nguid, BYTES),
	ROW(eui64, BYTES),
	{0},
};

#undef ROW
#define ROW(member, how, ...) FIELD(znvme_kv_format, member, how, __VA_ARGS__)

static const struct field format_fields[] = {
	ROW(kml, DEC), ROW(fopt, DEC), ROW(vml, DEC), ROW(mnk, DEC), {0},
};

static unsigned nr_formats(const struct znvme_id_ns_kv *id)
{
	return id->nkvf < TOOL_COUNT(id->kvf) ? id->nkvf + 1u : (unsigned)TOOL_COUNT(id->kvf);
}

static void print_format(FILE *out, const struct znvme_id_ns_kv *id, unsigned i, bool human)
{
	const struct znvme_kv_format *format = &id->kvf[i];
	const char *in_use = i == (id->kvfc & ZNVME_KV_KVFC_INDEX) ? " (in use)" : "";

	if (!human)
		fprintf(out, "kvf %2u : kml:%u fopt:%u vml:%u mnk:%u%s\n", i, format->kml,
			format->fopt, format->vml, format->mnk, in_use);
	else
		fprintf(out,
			"KV Format %2u : Key Size: %u bytes - Value Size: %u bytes - Keys: "
			"%u%s%s\n",
			i, format->kml, format->vml, format->mnk, format->mnk ? "" : " (no limit)",
			in_use);
}

static struct json_object *formats_json(const struct znvme_id_ns_kv *id)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < nr_formats(id); i++) {
		struct json_object *format = json_object_new_object();

		fields_json(format, format_fields, &id->kvf[i]);
		json_object_array_add(list, format);
	}
	return list;
}

static int run_id_ns(struct tool *tool, void *arg)
{
	struct znvme_id_ns_kv id;
	int rc;

	(void)arg;
	if (tool_open(tool))
		return 1;
	rc = znvme_identify(tool->ctrl, ZNVME_CNS_CSI_NS, tool->nsid, 0, ZNVME_CSI_KV, 0, &id);
	if (rc)
		return tool_fail(rc, "identify namespace, keys and values");
	if (tool->format == TOOL_RAW) {
		fwrite(&id, sizeof(id), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, id_ns_fields, &id);
		json_object_object_add(tool->json, "kvf", formats_json(&id));
	} else {
		fputs("KV Command Set Identify Namespace:\n", tool->out);
		fields_print(tool->out, id_ns_fields, 8, &id, tool->human);
		for (unsigned i = 0; i < nr_formats(&id); i++)
			print_format(tool->out, &id, i, tool->human);
	}
	return 0;
}

const struct tool_command kv_id_ns_command = {
	.name = "kv-id-ns",
	.summary = "what a namespace of keys and values takes, and holds",
	.group = TOOL_GROUP_KV,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.example = "znvme kv-id-ns sim:kv=1 --human-readable",
	.run = run_id_ns,
};
