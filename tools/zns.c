/* SPDX-License-Identifier: MIT */
/*
 * zns-id-ctrl, zns-id-ns, zns-report-zones, zns-zone-mgmt-recv, zns-changed-zone-list: what zoned
 * namespaces are and how their zones are doing (Zoned Namespace Command Set 1.2). What is done to
 * zones is in zns_manage.c.
 */
#include "commands.h"
#include "fields.h"
#include "id_ns.h"
#include "zns.h"

#include <inttypes.h>
#include <string.h>

#define PIECE 256u /* zones that are read at a time */

int zns_open(struct tool *tool, const struct znvme_zns **zns)
{
	const struct znvme_ns *ns;
	int rc;

	if (tool_open_ns(tool, &ns))
		return 1;
	rc = znvme_zns_get(ns, zns);
	return rc ? tool_fail(rc, NULL) : 0;
}

/* ---- zns-id-ctrl --------------------------------------------------------------------------- */

static const struct field id_ctrl_fields[] = {
	FIELD(znvme_id_ctrl_zns, zasl, DEC, .unit = "2^n memory pages; 0: as MDTS"),
	{0},
};

static int run_id_ctrl(struct tool *tool, void *arg)
{
	struct znvme_id_ctrl_zns id;
	int rc;

	(void)arg;
	if (tool_open(tool))
		return 1;
	rc = znvme_identify(tool->ctrl, ZNVME_CNS_CSI_CTRL, 0, 0, ZNVME_CSI_ZNS, 0, &id);
	if (rc)
		return tool_fail(rc, "identify controller, zoned namespaces");
	if (tool->format == TOOL_RAW) {
		fwrite(&id, sizeof(id), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, id_ctrl_fields, &id);
	} else {
		fputs("NVMe ZNS Identify Controller:\n", tool->out);
		fields_print(tool->out, id_ctrl_fields, 7, &id, false);
	}
	return 0;
}

const struct tool_command zns_id_ctrl_command = {
	.name = "zns-id-ctrl",
	.summary = "what the controller can do with zones",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.example = "znvme zns-id-ctrl sim:zoned=1",
	.run = run_id_ctrl,
};

/* ---- zns-id-ns ----------------------------------------------------------------------------- */

static const struct field_bits zoc_bits[] = {
	BITS(ZNVME_ZNS_ZOC_ZAE, "Zone Active Excursions", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_ZNS_ZOC_VZC, "Variable Zone Capacity", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits ozcs_bits[] = {
	BITS(ZNVME_ZNS_OZCS_ZRWASUP, "Zone Random Write Area"),
	BITS(ZNVME_ZNS_OZCS_RAZB, "Reads Across Zone Boundaries"),
	{0},
};

static const struct field_bits zrwacap_bits[] = {
	BITS(ZNVME_ZNS_ZRWACAP_EXPFLUSHSUP, "Explicit ZRWA Flush Operations"),
	{0},
};

#define ROW(member, how, ...) FIELD(znvme_id_ns_zns, member, how, __VA_ARGS__)

static const struct field id_ns_fields[] = {
	ROW(zoc, DEC, .bits = zoc_bits),
	ROW(ozcs, DEC, .bits = ozcs_bits),
	ROW(mar, HEX, .unit = "active zones, 0-based; 0xffffffff: no limit"),
	ROW(mor, HEX, .unit = "open zones, 0-based; 0xffffffff: no limit"),
	ROW(rrl, DEC, .unit = "seconds; 0: not reported"),
	ROW(frl, DEC, .unit = "seconds; 0: not reported"),
	ROW(rrl1, DEC, .unit = "seconds; 0: not reported"),
	ROW(rrl2, DEC, .unit = "seconds; 0: not reported"),
	ROW(rrl3, DEC, .unit = "seconds; 0: not reported"),
	ROW(frl1, DEC, .unit = "seconds; 0: not reported"),
	ROW(frl2, DEC, .unit = "seconds; 0: not reported"),
	ROW(frl3, DEC, .unit = "seconds; 0: not reported"),
	ROW(numzrwa, HEX, .unit = "zones"),
	ROW(zrwafg, DEC, .unit = "blocks"),
	ROW(zrwasz, DEC, .unit = "blocks"),
	ROW(zrwacap, DEC, .bits = zrwacap_bits),
	{0},
};

struct id_ns_args {
	bool vendor_specific;
};

static const struct tool_option id_ns_options[] = {
	TOOL_OPTION('V', "vendor-specific", NULL, TOOL_FLAG,
		    offsetof(struct id_ns_args, vendor_specific), "dump the vendor's bytes too"),
	{0},
};

static void print_formats(struct tool *tool, const struct znvme_id_ns_zns *id,
			  const struct znvme_id_ns *ns)
{
	for (unsigned i = 0; i < id_ns_nr_formats(ns); i++) {
		const struct znvme_lbafe *format = &id->lbafe[i];
		const char *in_use = i == id_ns_format_in_use(ns) ? " (in use)" : "";

		if (tool->human)
			fprintf(tool->out,
				"LBA Format Extension %2u : Zone Size: %#" PRIx64
				" LBAs - Zone Descriptor Extension Size: %u bytes%s\n",
				i, format->zsze, format->zdes * ZNVME_ZDES_UNIT, in_use);
		else
			fprintf(tool->out, "lbafe %2u: zsze:%#" PRIx64 " zdes:%u%s\n", i,
				format->zsze, format->zdes, in_use);
	}
}

static struct json_object *formats_json(const struct znvme_id_ns_zns *id,
					const struct znvme_id_ns *ns)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < id_ns_nr_formats(ns); i++) {
		struct json_object *format = json_object_new_object();

		json_add_number(format, "zsze", id->lbafe[i].zsze);
		json_add_number(format, "zdes", id->lbafe[i].zdes);
		json_object_array_add(list, format);
	}
	return list;
}

static int run_id_ns(struct tool *tool, void *arg)
{
	const struct id_ns_args *args = arg;
	struct znvme_id_ns_zns id;
	struct znvme_id_ns ns;
	int rc;

	if (tool_open(tool))
		return 1;
	rc = znvme_identify(tool->ctrl, ZNVME_CNS_CSI_NS, tool->nsid, 0, ZNVME_CSI_ZNS, 0, &id);
	if (!rc)
		rc = znvme_identify(tool->ctrl, ZNVME_CNS_NS, tool->nsid, 0, 0, 0, &ns);
	if (rc)
		return tool_fail(rc, "identify namespace, zoned namespaces");
	if (tool->format == TOOL_RAW) {
		fwrite(&id, sizeof(id), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, id_ns_fields, &id);
		json_object_object_add(tool->json, "lbafe", formats_json(&id, &ns));
		if (args->vendor_specific)
			json_add_hex(tool->json, "vs", id.vs, sizeof(id.vs));
	} else {
		fputs("ZNS Command Set Identify Namespace:\n", tool->out);
		fields_print(tool->out, id_ns_fields, 7, &id, tool->human);
		print_formats(tool, &id, &ns);
		if (args->vendor_specific) {
			fputs("vs[]    :\n", tool->out);
			hex_dump(tool->out, id.vs, sizeof(id.vs));
		}
	}
	return 0;
}

const struct tool_command zns_id_ns_command = {
	.name = "zns-id-ns",
	.summary = "the zones of a namespace: size, limits, random write areas",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = id_ns_options,
	.args_size = sizeof(struct id_ns_args),
	.example = "znvme zns-id-ns sim:zoned=1 --output-format json",
	.run = run_id_ns,
};

/* ---- zns-report-zones ---------------------------------------------------------------------- */

struct report_args {
	uint64_t start_lba;
	uint64_t descs;
	uint8_t state;
	bool extended;
	bool partial;
};

#define OFFSET(member) offsetof(struct report_args, member)

static const struct tool_option report_options[] = {
	TOOL_OPTION('s', "start-lba", "LBA", TOOL_U64, OFFSET(start_lba),
		    "a block of the first zone"),
	TOOL_OPTION('d', "descs", "N", TOOL_U64, OFFSET(descs), "zones at most (default: all)"),
	TOOL_OPTION('S', "state", "N", TOOL_U8, OFFSET(state),
		    "1 empty, 2 and 3 implicitly and explicitly open, 4 closed, 5 full, 6 read "
		    "only, 7 offline; 0 all"),
	TOOL_OPTION('e', "extended", NULL, TOOL_FLAG, OFFSET(extended),
		    "zone descriptor extensions too"),
	TOOL_OPTION('p', "partial", NULL, TOOL_FLAG, OFFSET(partial),
		    "nr_zones is the number of zones shown"),
	{0},
};

/* A report as it is shown. */
struct report {
	struct tool *tool;
	const struct znvme_zns *zns;
	struct json_object *list; /* JSON */
	bool extended;
};

/* As nvme-cli has them. */
static const char *state_text(enum znvme_zone_state state)
{
	static const char *const texts[16] = {
		[ZNVME_ZONE_EMPTY] = "EMPTY",
		[ZNVME_ZONE_IMPLICITLY_OPEN] = "IMP_OPENED",
		[ZNVME_ZONE_EXPLICITLY_OPEN] = "EXP_OPENED",
		[ZNVME_ZONE_CLOSED] = "CLOSED",
		[ZNVME_ZONE_READ_ONLY] = "READONLY",
		[ZNVME_ZONE_FULL] = "FULL",
		[ZNVME_ZONE_OFFLINE] = "OFFLINE",
	};

	return texts[state & 15] ? texts[state & 15] : "Unknown State";
}

static const char *type_text(const struct znvme_zone_desc *zone)
{
	return (zone->zt & ZNVME_ZONE_ZT) == ZNVME_ZONE_SEQUENTIAL ? "SEQWRITE_REQ" : "Unknown";
}

static void print_attributes(FILE *out, const struct znvme_zone_desc *zone)
{
	unsigned reset = zone->zai & ZNVME_ZONE_ZAI_RRLI;
	unsigned finish = (unsigned)znvme_field_get(ZNVME_ZONE_ZAI_FRLI, zone->zai);

	fprintf(out, "Attrs: Zone Descriptor Extension is %sVaild\n",
		zone->za & ZNVME_ZONE_ZA_ZDEV ? "" : "Not ");
	if (zone->za & ZNVME_ZONE_ZA_RZR)
		fprintf(out, "       Reset Zone Recommended with Reset Recommended Limit%.0u\n",
			reset);
	if (zone->za & ZNVME_ZONE_ZA_FZR)
		fprintf(out, "       Finish Zone Recommended with Finish Recommended Limit%.0u\n",
			finish);
	if (zone->za & ZNVME_ZONE_ZA_ZFC)
		fputs("       Zone Finished by Controller\n", out);
}

static void print_zone(struct report *r, const struct znvme_zone_desc *zone, const char *extension)
{
	FILE *out = r->tool->out;

	if (r->tool->verbose) {
		fprintf(out,
			"SLBA: %#-10" PRIx64 " WP: %#-10" PRIx64 " Cap: %#-10" PRIx64
			" State: %-12s Type: %-14s\n",
			zone->zslba, zone->wp, zone->zcap, state_text(znvme_zone_state(zone)),
			type_text(zone));
		print_attributes(out, zone);
	} else {
		fprintf(out,
			"SLBA: %#-10" PRIx64 " WP: %#-10" PRIx64 " Cap: %#-10" PRIx64
			" State: %#-4x Type: %#-4x Attrs: %#-4x AttrsInfo: %#-4x\n",
			zone->zslba, zone->wp, zone->zcap, zone->zs, zone->zt, zone->za, zone->zai);
	}
	if (r->extended && zone->za & ZNVME_ZONE_ZA_ZDEV) {
		fputs("Extension Data: ", out);
		hex_dump(out, extension, r->zns->extension_size);
		fputs("..\n", out);
	}
}

static void add_zone(struct report *r, const struct znvme_zone_desc *zone, const char *extension)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "slba", zone->zslba);
	json_add_number(object, "wp", zone->wp);
	json_add_number(object, "cap", zone->zcap);
	json_add_string(object, "state", state_text(znvme_zone_state(zone)));
	json_add_string(object, "type", type_text(zone));
	json_add_number(object, "attrs", zone->za);
	if (r->extended && zone->za & ZNVME_ZONE_ZA_ZDEV)
		json_add_hex(object, "ext_data", extension, r->zns->extension_size);
	else if (r->extended)
		json_add_string(object, "ext_data", "Not valid");
	json_object_array_add(r->list, object);
}

static void put_zone(struct report *r, const struct znvme_zone_desc *zone, const char *extension)
{
	if (r->tool->format == TOOL_JSON) {
		add_zone(r, zone, extension);
	} else if (r->tool->format == TOOL_RAW) {
		fwrite(zone, sizeof(*zone), 1, r->tool->out);
		if (r->extended)
			fwrite(extension, 1, r->zns->extension_size, r->tool->out);
	} else {
		print_zone(r, zone, extension);
	}
}

/* Up to args->descs zones, in pieces; *nr is how many there were. */
static int put_zones(struct report *r, const struct report_args *args, uint64_t most, uint64_t *nr)
{
	tool_autofree struct znvme_zone_desc *zones = calloc(PIECE, sizeof(*zones));
	size_t size = r->extended ? r->zns->extension_size : 0;
	tool_autofree char *extensions = calloc(PIECE, size + 1);
	uint64_t slba = args->start_lba, got = PIECE;

	if (!zones || !extensions)
		return tool_error("out of memory");
	for (*nr = 0; *nr < most && got == PIECE; *nr += got) {
		uint64_t want = most - *nr < PIECE ? most - *nr : PIECE;
		int rc;

		if (*nr && slba >= r->zns->ns->nr_blocks)
			break;
		rc = znvme_zone_report(r->zns, slba, (enum znvme_zone_filter)args->state, zones,
				       r->extended ? extensions : NULL, want, &got);

		if (rc)
			return tool_fail(rc, "report zones");
		for (uint64_t i = 0; i < got; i++)
			put_zone(r, &zones[i], extensions + i * size);
		if (got)
			slba = zones[got - 1].zslba + r->zns->zone_size;
	}
	return 0;
}

static int run_report(struct tool *tool, void *arg)
{
	const struct report_args *args = arg;
	struct znvme_zone_report_header header = {0};
	struct report r = {.tool = tool, .extended = args->extended};
	tool_autofree char *text = NULL;
	uint64_t most = tool_given(tool, "descs") ? args->descs : UINT64_MAX, total, nr = 0;
	FILE *out = tool->out;
	size_t len = 0;
	int rc;

	if (zns_open(tool, &r.zns))
		return 1;
	/* As nvme-cli has it: all that match, wherever the report starts. */
	rc = znvme_zone_count(r.zns, 0, (enum znvme_zone_filter)args->state, &total);
	if (rc)
		return tool_fail(rc, "report zones");
	r.list = tool->format == TOOL_JSON ? json_object_new_array() : NULL;
	tool->out = open_memstream(&text, &len);
	rc = tool->out ? put_zones(&r, args, most, &nr) : tool_error("out of memory");
	if (tool->out)
		fclose(tool->out);
	tool->out = out;
	if (rc) {
		json_object_put(r.list);
		return 1;
	}
	header.nr_zones = args->partial ? nr : total;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "nr_zones", header.nr_zones);
		json_object_object_add(tool->json, "zone_list", r.list);
		return 0;
	}
	if (tool->format == TOOL_RAW)
		fwrite(&header, sizeof(header), 1, out);
	else
		fprintf(out, "nr_zones: %" PRIu64 "\n", header.nr_zones);
	fwrite(text, 1, len, out);
	return 0;
}

const struct tool_command zns_report_zones_command = {
	.name = "zns-report-zones",
	.summary = "zones: state, write pointer, capacity",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY,
	.options = report_options,
	.args_size = sizeof(struct report_args),
	.details = "--verbose names states and attributes.\n",
	.example = "znvme zns-report-zones sim:zoned=1 --descs 4",
	.run = run_report,
};

/* ---- zns-zone-mgmt-recv -------------------------------------------------------------------- */

struct recv_args {
	uint64_t start_lba;
	uint8_t zra;
	uint8_t zrasf;
	bool partial;
	uint32_t data_len;
};

#undef OFFSET
#define OFFSET(member) offsetof(struct recv_args, member)

static const struct tool_option recv_options[] = {
	TOOL_OPTION('s', "start-lba", "LBA", TOOL_U64, OFFSET(start_lba),
		    "a block of the first zone"),
	TOOL_OPTION('z', "zra", "N", TOOL_U8, OFFSET(zra),
		    "zone receive action: 0 report, 1 extended report"),
	TOOL_OPTION('S', "zrasf", "N", TOOL_U8, OFFSET(zrasf),
		    "zone receive action specific field: which zones, as --state of report-zones"),
	TOOL_OPTION('p', "partial", NULL, TOOL_FLAG, OFFSET(partial), "partial report"),
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, OFFSET(data_len),
		    "length of the report (required)", .min = 4, .max = 64u << 20),
	{0},
};

static int run_recv(struct tool *tool, void *arg)
{
	const struct recv_args *args = arg;
	struct znvme_region *region = NULL;
	const struct znvme_zns *zns;
	struct znvme_sqe sqe = {0};
	int rc;

	if (!tool_given(tool, "data-len"))
		return tool_error("zns-zone-mgmt-recv: --data-len is missing");
	if (zns_open(tool, &zns))
		return 1;
	rc = znvme_mem_alloc(tool->ctrl, args->data_len, &region);
	if (rc)
		return tool_fail(rc, "buffer");
	rc = znvme_prep_zone_report(&sqe, zns, region, region->addr, args->data_len,
				    args->start_lba, (enum znvme_zone_receive)args->zra,
				    (enum znvme_zone_filter)args->zrasf, args->partial);
	if (rc)
		return tool_error("zns-zone-mgmt-recv: --data-len is a multiple of 4, from 64 on");
	if (zns_exec(tool, &sqe, NULL))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(region->addr, 1, args->data_len, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "action", args->zra);
		json_add_number(tool->json, "zone", args->start_lba);
		json_add_number(tool->json, "nsid", zns->ns->nsid);
		json_add_hex(tool->json, "data", region->addr, args->data_len);
	} else {
		fprintf(tool->out, "zone-mgmt-recv: Success, action:%u zone:%" PRIx64 " nsid:%u\n",
			args->zra, args->start_lba, zns->ns->nsid);
	}
	return 0;
}

const struct tool_command zns_zone_mgmt_recv_command = {
	.name = "zns-zone-mgmt-recv",
	.summary = "a zone management receive command, as it is",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY,
	.options = recv_options,
	.args_size = sizeof(struct recv_args),
	.details = "What was received is shown in binary and in JSON.\n",
	.example = "znvme zns-zone-mgmt-recv sim:zoned=1 --data-len 256 -o json",
	.run = run_recv,
};

/* ---- zns-changed-zone-list ----------------------------------------------------------------- */

struct changed_args {
	bool rae;
};

static const struct tool_option changed_options[] = {
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, offsetof(struct changed_args, rae),
		    "retain the asynchronous event, and the list"),
	{0},
};

static int run_changed(struct tool *tool, void *arg)
{
	const struct changed_args *args = arg;
	const struct znvme_get_log_args log_args = {
		.lid = ZNVME_LOG_CHANGED_ZONES,
		.nsid = tool->nsid,
		.csi = ZNVME_CSI_ZNS,
		.rae = args->rae,
	};
	struct znvme_changed_zones_log log;
	struct json_object *list;
	unsigned nr;
	int rc;

	if (tool_open(tool))
		return 1;
	rc = znvme_get_log(tool->ctrl, &log_args, &log, sizeof(log));
	if (rc)
		return tool_fail(rc, "changed zone list");
	nr = log.nrzid < ZNVME_CHANGED_ZONES_MAX ? log.nrzid : ZNVME_CHANGED_ZONES_MAX;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		list = json_object_new_array();
		json_add_number(tool->json, "nrzid", log.nrzid);
		for (unsigned i = 0; i < nr && log.nrzid != ZNVME_CHANGED_ZONES_OVERFLOW; i++)
			json_object_array_add(list, json_object_new_uint64(log.zid[i]));
		json_object_object_add(tool->json, "zid", list);
	} else {
		fputs("NVMe Changed Zone List:\n", tool->out);
		if (log.nrzid == ZNVME_CHANGED_ZONES_OVERFLOW) {
			fputs("Too many zones have changed to fit into the log. Use report zones "
			      "for changes.\n",
			      tool->out);
			return 0;
		}
		fprintf(tool->out, "nrzid:  %u\n", log.nrzid);
		for (unsigned i = 0; i < nr; i++)
			fprintf(tool->out, "zid %03u: %" PRIu64 "\n", i, log.zid[i]);
	}
	return 0;
}

const struct tool_command zns_changed_zone_list_command = {
	.name = "zns-changed-zone-list",
	.summary = "zones that the controller has changed by itself",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY,
	.options = changed_options,
	.args_size = sizeof(struct changed_args),
	.example = "znvme zns-changed-zone-list sim:zoned=1",
	.run = run_changed,
};
