/* SPDX-License-Identifier: MIT */
/*
 * id-ns: Identify Namespace of the NVM command set (NVM 1.1, section 4.1.5.1, CNS 00h), by tables
 * of its fields and their bits, and its LBA formats.
 */
#include "commands.h"
#include "fields.h"
#include "id_ns.h"

#include <string.h>

static const struct field_bits nsfeat_bits[] = {
	BITS(ZNVME_NS_NSFEAT_OPTRPERF, "NPRG, NPRA and NORS"),
	BITS(ZNVME_NS_NSFEAT_MAM, "Multiple Atomicity Mode"),
	BITS(ZNVME_NS_NSFEAT_OPTPERF, "NPWG, NPWA, NPDG, NPDA and NOWS (0: not reported)"),
	BITS(ZNVME_NS_NSFEAT_UID_REUSE, "NGUID and EUI64 Never Reused", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_NS_NSFEAT_DAE, "Deallocated or Unwritten Logical Block Error"),
	BITS(ZNVME_NS_NSFEAT_ATOMIC, "Namespace Uses NAWUN, NAWUPF and NACWU",
	     BITS_VALUES(field_no_yes)),
	BITS(ZNVME_NS_NSFEAT_THIN, "Thin Provisioning"),
	{0},
};

static const struct field_bits flbas_bits[] = {
	BITS(ZNVME_NS_FLBAS_HI, "Most Significant 2 Bits of the LBA Format Index"),
	BITS(ZNVME_NS_FLBAS_META_EXT, "Metadata Follows the Data of Its Block",
	     BITS_VALUES(field_no_yes)),
	BITS(ZNVME_NS_FLBAS_LO, "Least Significant 4 Bits of the LBA Format Index"),
	{0},
};

static const struct field_bits mc_bits[] = {
	BITS(ZNVME_NS_MC_SEPARATE, "Metadata in a Separate Buffer"),
	BITS(ZNVME_NS_MC_EXTENDED, "Metadata as Part of the Data"),
	{0},
};

static const struct field_bits dpc_bits[] = {
	BITS(ZNVME_NS_DPC_LAST, "Protection Information in the Last Bytes of Metadata"),
	BITS(ZNVME_NS_DPC_FIRST, "Protection Information in the First Bytes of Metadata"),
	BITS(ZNVME_NS_DPC_TYPE3, "Protection Information Type 3"),
	BITS(ZNVME_NS_DPC_TYPE2, "Protection Information Type 2"),
	BITS(ZNVME_NS_DPC_TYPE1, "Protection Information Type 1"),
	{0},
};

static const char *const dps_types[] = {"Disabled", "Type 1 Enabled", "Type 2 Enabled",
					"Type 3 Enabled"};

static const struct field_bits dps_bits[] = {
	BITS(ZNVME_NS_DPS_FIRST, "In the First Bytes of Metadata", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_NS_DPS_TYPE, "Protection Information", BITS_VALUES(dps_types)),
	{0},
};

const struct field_bits id_ns_nmic_bits[] = {
	BITS(ZNVME_NS_NMIC_DISPERSED, "Dispersed Namespace", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_NS_NMIC_SHARED, "Shared Namespace", BITS_VALUES(field_no_yes)),
	{0},
};

const struct field_bits id_ns_rescap_bits[] = {
	BITS(ZNVME_NS_RESCAP_IEKEY_13, "Ignore Existing Key as of Version 1.3",
	     BITS_VALUES(field_no_yes)),
	BITS(ZNVME_NS_RESCAP_EAAR, "Exclusive Access - All Registrants"),
	BITS(ZNVME_NS_RESCAP_WEAR, "Write Exclusive - All Registrants"),
	BITS(ZNVME_NS_RESCAP_EARO, "Exclusive Access - Registrants Only"),
	BITS(ZNVME_NS_RESCAP_WERO, "Write Exclusive - Registrants Only"),
	BITS(ZNVME_NS_RESCAP_EA, "Exclusive Access"),
	BITS(ZNVME_NS_RESCAP_WE, "Write Exclusive"),
	BITS(ZNVME_NS_RESCAP_PTPL, "Persist Through Power Loss"),
	{0},
};

const struct field_bits id_ns_fpi_bits[] = {
	BITS(ZNVME_NS_FPI_SUPPORTED, "Format Progress Indicator"),
	BITS(ZNVME_NS_FPI_REMAINING, "Percent Still to be Formatted"),
	{0},
};

static const char *const guard_kinds[] = {"FFFFh", "CRC of the values read"};
static const char *const dealloc_reads[] = {"Not reported", "00h", "FFh"};

static const struct field_bits dlfeat_bits[] = {
	BITS(ZNVME_NS_DLFEAT_GUARD_CRC, "Guard of Deallocated Blocks", BITS_VALUES(guard_kinds)),
	BITS(ZNVME_NS_DLFEAT_WRITE_ZEROES, "Deallocate Bit in Write Zeroes"),
	BITS(ZNVME_NS_DLFEAT_READ, "Bytes Read From a Deallocated Block",
	     BITS_VALUES(dealloc_reads)),
	{0},
};

static const struct field_bits kpios_bits[] = {
	BITS(ZNVME_NS_KPIOS_SUPPORTED, "Key Per I/O"),
	BITS(ZNVME_NS_KPIOS_ENABLED, "Key Per I/O", BITS_VALUES(field_off_on)),
	{0},
};

const struct field_bits id_ns_nsattr_bits[] = {
	BITS(ZNVME_NS_NSATTR_WRITE_PROTECTED, "Write Protected", BITS_VALUES(field_no_yes)),
	{0},
};

#define ROW(member, how, ...) FIELD(znvme_id_ns, member, how, __VA_ARGS__)

static const struct field id_ns_fields[] = {
	ROW(nsze, HEX, .unit = "blocks"),
	ROW(ncap, HEX, .unit = "blocks"),
	ROW(nuse, HEX, .unit = "blocks"),
	ROW(nsfeat, HEX, .bits = nsfeat_bits),
	ROW(nlbaf, DEC, .unit = "0-based"),
	ROW(flbas, HEX, .bits = flbas_bits),
	ROW(mc, HEX, .bits = mc_bits),
	ROW(dpc, HEX, .bits = dpc_bits),
	ROW(dps, HEX, .bits = dps_bits),
	ROW(nmic, HEX, .bits = id_ns_nmic_bits),
	ROW(rescap, HEX, .bits = id_ns_rescap_bits),
	ROW(fpi, HEX, .bits = id_ns_fpi_bits),
	ROW(dlfeat, DEC, .bits = dlfeat_bits),
	ROW(nawun, DEC, .unit = "blocks, 0-based"),
	ROW(nawupf, DEC, .unit = "blocks, 0-based"),
	ROW(nacwu, DEC, .unit = "blocks, 0-based"),
	ROW(nabsn, DEC, .unit = "blocks, 0-based; 0: no boundary"),
	ROW(nabo, DEC, .unit = "LBA"),
	ROW(nabspf, DEC, .unit = "blocks, 0-based; 0: no boundary"),
	ROW(noiob, DEC, .unit = "blocks; 0: no boundary"),
	ROW(nvmcap, DEC, .unit = "bytes"),
	ROW(npwg, DEC, .unit = "blocks, 0-based"),
	ROW(npwa, DEC, .unit = "blocks, 0-based"),
	ROW(npdg, DEC, .unit = "blocks, 0-based"),
	ROW(npda, DEC, .unit = "blocks, 0-based"),
	ROW(nows, DEC, .unit = "blocks, 0-based"),
	ROW(mssrl, DEC, .unit = "blocks"),
	ROW(mcl, DEC, .unit = "blocks"),
	ROW(msrc, DEC, .unit = "0-based"),
	ROW(kpios, HEX, .bits = kpios_bits),
	ROW(nulbaf, DEC),
	ROW(kpiodaag, DEC, .unit = "blocks, 0-based"),
	ROW(anagrpid, DEC),
	ROW(nsattr, DEC, .bits = id_ns_nsattr_bits),
	ROW(nvmsetid, DEC),
	ROW(endgid, DEC),
	ROW(nguid, BYTES),
	ROW(eui64, BYTES),
	{0},
};

unsigned id_ns_nr_formats(const struct znvme_id_ns *id)
{
	unsigned nr = id->nlbaf + 1u + id->nulbaf;

	return nr < ZNVME_NS_LBAF_MAX ? nr : ZNVME_NS_LBAF_MAX;
}

unsigned id_ns_format_in_use(const struct znvme_id_ns *id)
{
	unsigned index = (unsigned)znvme_field_get(ZNVME_NS_FLBAS_LO, id->flbas);

	if (id->nlbaf + id->nulbaf >= 16)
		index |= (unsigned)znvme_field_get(ZNVME_NS_FLBAS_HI, id->flbas) << 4;
	return index;
}

void id_ns_print_formats(FILE *out, const struct znvme_id_ns *id, unsigned index_in_use, bool human)
{
	static const char *const performance[] = {"Best", "Better", "Good", "Degraded"};

	for (unsigned i = 0; i < id_ns_nr_formats(id); i++) {
		const struct znvme_lbaf *f = &id->lbaf[i];
		const char *in_use = i == index_in_use ? " (in use)" : "";
		unsigned rp = f->rp & ZNVME_LBAF_RP;

		if (human)
			fprintf(out,
				"LBA Format %2u : Metadata Size: %-3u bytes - Data Size: %-2llu "
				"bytes - Relative Performance: %#x %s%s\n",
				i, f->ms, f->lbads < 64 ? 1ull << f->lbads : 0, rp, performance[rp],
				in_use);
		else
			fprintf(out, "lbaf %2u : ms:%-3u lbads:%-2u rp:%#x%s\n", i, f->ms, f->lbads,
				rp, in_use);
	}
}

struct json_object *id_ns_formats_json(const struct znvme_id_ns *id)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < id_ns_nr_formats(id); i++) {
		struct json_object *format = json_object_new_object();

		json_add_number(format, "ms", id->lbaf[i].ms);
		json_add_number(format, "ds", id->lbaf[i].lbads);
		json_add_number(format, "rp", id->lbaf[i].rp & ZNVME_LBAF_RP);
		json_object_array_add(list, format);
	}
	return list;
}

struct id_ns_args {
	bool vendor_specific;
	bool force;
};

static const struct tool_option id_ns_options[] = {
	TOOL_OPTION('f', "force", NULL, TOOL_FLAG, offsetof(struct id_ns_args, force),
		    "also where the namespace is allocated, but not attached"),
	TOOL_OPTION('V', "vendor-specific", NULL, TOOL_FLAG,
		    offsetof(struct id_ns_args, vendor_specific), "dump the vendor's bytes too"),
	{0},
};

static int run_id_ns(struct tool *tool, void *arg)
{
	static const struct znvme_id_ns inactive;
	const struct id_ns_args *args = arg;
	uint8_t cns = args->force ? ZNVME_CNS_ALLOC_NS : ZNVME_CNS_NS;
	struct znvme_id_ns id;
	int rc;

	if (tool_open(tool))
		return 1;
	rc = znvme_identify(tool->ctrl, cns, tool->nsid, 0, 0, 0, &id);
	if (rc)
		return tool_fail(rc, "identify namespace");
	if (!memcmp(&id, &inactive, sizeof(id)))
		return tool_error("%s has no namespace %u that is active; `znvme list-ns` shows "
				  "those it has",
				  tool->address, tool->nsid);
	if (tool->format == TOOL_RAW) {
		fwrite(&id, sizeof(id), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, id_ns_fields, &id);
		json_object_object_add(tool->json, "lbafs", id_ns_formats_json(&id));
		if (args->vendor_specific)
			json_add_hex(tool->json, "vs", id.vs, sizeof(id.vs));
	} else {
		fprintf(tool->out, "NVME Identify Namespace %u:\n", tool->nsid);
		fields_print(tool->out, id_ns_fields, 8, &id, tool->human);
		id_ns_print_formats(tool->out, &id, id_ns_format_in_use(&id), tool->human);
		if (args->vendor_specific) {
			fputs("vs[]:\n", tool->out);
			hex_dump(tool->out, id.vs, sizeof(id.vs));
		}
	}
	return 0;
}

const struct tool_command id_ns_command = {
	.name = "id-ns",
	.summary = "what a namespace is and can do",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = id_ns_options,
	.args_size = sizeof(struct id_ns_args),
	.example = "znvme id-ns sim: --namespace-id 1 --output-format json",
	.run = run_id_ns,
};
