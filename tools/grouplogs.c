/* SPDX-License-Identifier: MIT */
/*
 * Logs about namespaces, and about what they lie in: changed-ns-list-log, endurance-log,
 * predictable-lat-log, ana-log, lba-status-log, … (Base 2.1, section 5.1.12; NVM 1.1, section
 * 4.1.4.5). Counts in them are the device's: nothing is believed beyond what was read.
 */
#include "commands.h"
#include "manage.h"

#include <inttypes.h>
#include <string.h>

#define LIST_LOG_PIECE 65536u	  /* of logs that tell their own length, or none */
#define LIST_LOG_MAX   (4u << 20) /* a controller may go on for ever */

/* ---- logs of one structure ----------------------------------------------------------------- */

struct log_args {
	uint16_t id;
	uint32_t entries;
	bool rae, groups;
};

#define AT(member) offsetof(struct log_args, member)

/* A log page that is one structure, of the thing that an option names. */
struct one_log {
	uint8_t lid;
	size_t len;
	const struct field *fields;
	int width;
	const char *heading;
};

static int show_one(struct tool *tool, const struct one_log *log, uint16_t lsi)
{
	const struct znvme_get_log_args args = {.lid = log->lid, .lsi = lsi};
	unsigned char data[512];
	char heading[128 + sizeof(tool->address)];

	if (tool_open(tool) || manage_log(tool, &args, data, log->len))
		return 1;
	snprintf(heading, sizeof(heading), "%s for NVMe device: %s Group ID: %u", log->heading,
		 tool->address, lsi);
	manage_show(tool, log->fields, log->width, data, log->len, heading);
	return 0;
}

static const struct field_bits endurance_bits[] = {
	BITS(ZNVME_SMART_EGCW_READ_ONLY, "Namespaces Read-Only", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_SMART_EGCW_DEGRADED, "Reliability Degraded", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_SMART_EGCW_SPARE, "Available Spare Below Threshold", BITS_VALUES(field_no_yes)),
	{0},
};

#define ENDURANCE(label, member, how, ...)                                                         \
	FIELD_AS(label, znvme_endurance_group_log, member, how, __VA_ARGS__)

static const struct field endurance_fields[] = {
	ENDURANCE("critical warning", critical_warning, DEC, .json = "critical_warning",
		  .bits = endurance_bits),
	ENDURANCE("endurance group features", egfeat, DEC, .json = "endurance_group_features"),
	ENDURANCE("avl_spare", avl_spare, DEC),
	ENDURANCE("avl_spare_threshold", avl_spare_threshold, DEC),
	ENDURANCE("percent_used", percent_used, PERCENT),
	ENDURANCE("domain_identifier", domainid, DEC),
	ENDURANCE("endurance_estimate", endurance_estimate, DEC, .unit = "10^9 bytes"),
	ENDURANCE("data_units_read", data_units_read, DEC, .unit = "10^9 bytes"),
	ENDURANCE("data_units_written", data_units_written, DEC, .unit = "10^9 bytes"),
	ENDURANCE("media_units_written", media_units_written, DEC, .unit = "10^9 bytes"),
	ENDURANCE("host_read_cmds", host_read_cmds, DEC),
	ENDURANCE("host_write_cmds", host_write_cmds, DEC),
	ENDURANCE("media_data_integrity_err", media_data_integrity_err, DEC),
	ENDURANCE("num_err_info_log_entries", num_err_info_log_entries, DEC),
	ENDURANCE("total_end_grp_cap", tegcap, DEC, .unit = "bytes"),
	ENDURANCE("unalloc_end_grp_cap", uegcap, DEC, .unit = "bytes"),
	{0},
};

static const struct one_log endurance_log = {
	ZNVME_LOG_ENDURANCE_GROUP, sizeof(struct znvme_endurance_group_log), endurance_fields, 24,
	"Endurance Group Log",
};

static const struct tool_option group_options[] = {
	TOOL_OPTION('g', "group-id", "N", TOOL_U16, AT(id), "endurance group", .preset = 1),
	{0},
};

static int run_endurance(struct tool *tool, void *arg)
{
	return show_one(tool, &endurance_log, ((struct log_args *)arg)->id);
}

const struct tool_command endurance_log_command = {
	.name = "endurance-log",
	.summary = "wear and use of an endurance group",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = group_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme endurance-log sim: --group-id 1",
	.run = run_endurance,
};

#define ROTATIONAL(label, member) FIELD_AS(label, znvme_rotational_log, member, DEC)

static const struct field rotational_fields[] = {
	ROTATIONAL("endgid", endgid), ROTATIONAL("numa", numa),
	ROTATIONAL("nrs", nrs),	      ROTATIONAL("spinc", spinc),
	ROTATIONAL("fspinc", fspinc), ROTATIONAL("ldc", ldc),
	ROTATIONAL("fldc", fldc),     {0},
};

static const struct one_log rotational_log = {
	ZNVME_LOG_ROTATIONAL_MEDIA,
	sizeof(struct znvme_rotational_log),
	rotational_fields,
	8,
	"Rotational Media Information Log",
};

static int run_rotational(struct tool *tool, void *arg)
{
	return show_one(tool, &rotational_log, ((struct log_args *)arg)->id);
}

static const struct tool_option rotational_options[] = {
	TOOL_OPTION('e', "endg-id", "N", TOOL_U16, AT(id), "endurance group", .preset = 1),
	{0},
};

const struct tool_command rotational_command = {
	.name = "rotational-media-info-log",
	.summary = "spindle and heads of an endurance group on rotating disks",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = rotational_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme rotational-media-info-log sim:with=rotational",
	.run = run_rotational,
};

#define PLM(label, member, how) FIELD_AS(label, znvme_plm_nvmset_log, member, how)

static const struct field plm_fields[] = {
	PLM("status", status, DEC),
	PLM("event_type", event_type, HEX),
	PLM("dtwin_reads_typical", dtwin_rt, DEC),
	PLM("dtwin_writes_typical", dtwin_wt, DEC),
	PLM("dtwin_time_maximum", dtwin_tmax, DEC),
	PLM("ndwin_time_minimum_high", ndwin_tmin_hi, DEC),
	PLM("ndwin_time_minimum_low", ndwin_tmin_lo, DEC),
	PLM("dtwin_reads_estimate", dtwin_re, DEC),
	PLM("dtwin_writes_estimate", dtwin_we, DEC),
	PLM("dtwin_time_estimate", dtwin_te, DEC),
	{0},
};

static const struct one_log plm_log = {
	ZNVME_LOG_PLM_NVMSET,
	sizeof(struct znvme_plm_nvmset_log),
	plm_fields,
	24,
	"Predictable Latency Per NVM Set Log",
};

static const struct tool_option plm_options[] = {
	TOOL_OPTION('i', "nvmset-id", "N", TOOL_U16, AT(id), "NVM set", .preset = 1),
	{0},
};

static int run_plm(struct tool *tool, void *arg)
{
	uint16_t id = ((struct log_args *)arg)->id;
	int rc = show_one(tool, &plm_log, id);

	if (!rc && tool->json)
		json_add_number(tool->json, "nvmset_id", id);
	return rc;
}

const struct tool_command plm_command = {
	.name = "predictable-lat-log",
	.summary = "windows of predictable latency of an NVM set",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = plm_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme predictable-lat-log sim:with=plm --nvmset-id 1",
	.run = run_plm,
};

/* ---- lists --------------------------------------------------------------------------------- */

/* What was read of a list, and how far it was looked at. */
struct cursor {
	const unsigned char *data;
	size_t len, at;
};

/* The next `size` bytes into `to`; false where there are not so many. */
static bool take(struct cursor *cursor, void *to, size_t size)
{
	if (size > cursor->len - cursor->at)
		return false;
	memcpy(to, cursor->data + cursor->at, size);
	cursor->at += size;
	return true;
}

static void skip(struct cursor *cursor, size_t size)
{
	size_t left = cursor->len - cursor->at;

	cursor->at += size < left ? size : left;
}

/* Whether the page that was read may have more behind it: it does not end in zeroes. */
static bool goes_on(const unsigned char *page, size_t len)
{
	for (size_t i = len - 256; i < len; i++)
		if (page[i])
			return true;
	return false;
}

/* A log page as far as it goes, up to LIST_LOG_MAX bytes; what is behind its end is zeroes. */
static int read_list(struct tool *tool, struct znvme_get_log_args *args, unsigned char **data,
		     struct cursor *cursor)
{
	size_t len = 0, more = 4096;
	unsigned char *longer;

	*data = NULL;
	if (tool_open(tool))
		return 1;
	do {
		longer = realloc(*data, len + more);
		if (!longer)
			return tool_error("out of memory");
		*data = longer;
		memset(longer + len, 0, more);
		args->offset = len;
		if (manage_log(tool, args, longer + len, more))
			return 1;
		len += more;
		more = LIST_LOG_PIECE - len % LIST_LOG_PIECE;
	} while (goes_on(*data, len) && len < LIST_LOG_MAX);
	if (goes_on(*data, len))
		return tool_error("%s: the log has no end within %u bytes", tool->command->name,
				  LIST_LOG_MAX);
	*cursor = (struct cursor){*data, len, 0};
	return 0;
}

/* The bytes as they are, without the zeroes behind the last that is not one. */
static bool show_raw(struct tool *tool, const struct cursor *cursor)
{
	size_t len = cursor->len;

	if (tool->format != TOOL_RAW)
		return false;
	while (len > 512 && !cursor->data[len - 1])
		len--;
	fwrite(cursor->data, 1, len, tool->out);
	return true;
}

/* The log read and its header taken, JSON begun; or true, where all is done, with the result in
 * *rc. */
static bool open_list(struct tool *tool, struct znvme_get_log_args *args, unsigned char **data,
		      struct cursor *cursor, void *header, size_t size, int *rc)
{
	*rc = read_list(tool, args, data, cursor);
	if (*rc || show_raw(tool, cursor) || !take(cursor, header, size))
		return true;
	if (tool->format == TOOL_JSON)
		tool->json = json_object_new_object();
	return false;
}

static struct json_object *new_list(struct json_object *parent, const char *name)
{
	struct json_object *list;

	if (!parent)
		return NULL;
	list = json_object_new_array();
	json_object_object_add(parent, name, list);
	return list;
}

static struct json_object *new_entry(struct json_object *list)
{
	struct json_object *entry;

	if (!list)
		return NULL;
	entry = json_object_new_object();
	json_object_array_add(list, entry);
	return entry;
}

/* A number of a list: a line, or a field of `object` where there is one. */
static void put(struct tool *tool, struct json_object *object, const char *indent, const char *name,
		uint64_t value)
{
	if (object)
		json_add_number(object, name, value);
	else if (tool->format == TOOL_NORMAL)
		fprintf(tool->out, "%s%s: %" PRIu64 "\n", indent, name, value);
}

static int show_changed(struct tool *tool, const struct log_args *args, uint8_t lid,
			const char *heading)
{
	const struct znvme_get_log_args log_args = {.lid = lid, .rae = args->rae};
	struct json_object *list = NULL;
	struct znvme_changed_ns_log log;
	char key[16], text[16];

	if (tool_open(tool) || manage_log(tool, &log_args, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		list = json_object_new_object();
		json_add_string(tool->json, heading, tool->address);
		json_object_object_add(tool->json, tool->address, list);
	}
	if (log.ns[0] == 0xffffffff && list)
		json_add_string(list, "overflow", "more than 1024 namespaces changed");
	else if (log.ns[0] == 0xffffffff)
		fputs("more than 1024 namespaces changed\n", tool->out);
	for (unsigned i = 0; i < 1024 && log.ns[i] && log.ns[0] != 0xffffffff; i++) {
		snprintf(key, sizeof(key), "[%4u]", i + 1);
		snprintf(text, sizeof(text), "%#x", log.ns[i]);
		if (list)
			json_add_string(list, key, text);
		else
			fprintf(tool->out, "%s:%s\n", key, text);
	}
	return 0;
}

static int run_changed_ns(struct tool *tool, void *arg)
{
	return show_changed(tool, arg, ZNVME_LOG_CHANGED_NS, "Changed Namespace List Log");
}

static int run_changed_alloc_ns(struct tool *tool, void *arg)
{
	return show_changed(tool, arg, ZNVME_LOG_CHANGED_ALLOC_NS,
			    "Changed Allocated Namespace List Log");
}

static const struct tool_option rae_options[] = {
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, AT(rae), "retain the asynchronous event"),
	{0},
};

const struct tool_command changed_ns_command = {
	.name = "changed-ns-list-log",
	.summary = "namespaces that have changed since this was last read",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = rae_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme changed-ns-list-log sim:",
	.run = run_changed_ns,
};

const struct tool_command changed_alloc_ns_command = {
	.name = "changed-alloc-ns-list-log",
	.summary = "allocated namespaces that have changed since this was last read",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = rae_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme changed-alloc-ns-list-log sim:",
	.run = run_changed_alloc_ns,
};

/* Two logs: a count and identifiers of 16 bits. */
static int show_aggregate(struct tool *tool, const struct log_args *args, uint8_t lid,
			  const char *heading, const char *what)
{
	struct znvme_get_log_args log_args = {.lid = lid, .rae = args->rae};
	size_t len = (sizeof(uint64_t) + args->entries * sizeof(uint16_t) + 3) & ~(size_t)3;
	tool_autofree unsigned char *data = calloc(1, len);
	struct cursor cursor = {data, len, 0};
	struct json_object *list = NULL;
	uint16_t id;
	uint64_t nr;

	if (!data)
		return tool_error("out of memory");
	if (tool_open(tool) || manage_log(tool, &log_args, data, len))
		return 1;
	if (show_raw(tool, &cursor) || !take(&cursor, &nr, sizeof(nr)))
		return 0;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "num_entries_avail", nr);
		list = new_list(tool->json, "list_of_entries");
	} else {
		fprintf(tool->out, "%s for device: %s\nNumber of Entries Available: %" PRIu64 "\n",
			heading, tool->address, nr);
	}
	for (uint64_t i = 0; i < nr && i < args->entries && take(&cursor, &id, sizeof(id)); i++)
		put(tool, new_entry(list), "", what, id);
	return 0;
}

static const struct tool_option aggregate_options[] = {
	TOOL_OPTION('e', "log-entries", "N", TOOL_U32, AT(entries), "entries to read at most",
		    .preset = 252, .min = 1, .max = 65535),
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, AT(rae), "retain the asynchronous event"),
	{0},
};

static int run_plm_events(struct tool *tool, void *arg)
{
	return show_aggregate(tool, arg, ZNVME_LOG_PLM_AGGREGATE,
			      "Predictable Latency Event Aggregate Log", "nvmset_id");
}

const struct tool_command plm_events_command = {
	.name = "pred-lat-event-agg-log",
	.summary = "which NVM sets have predictable latency events",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = aggregate_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme pred-lat-event-agg-log sim:with=plm",
	.run = run_plm_events,
};

static int run_endurance_events(struct tool *tool, void *arg)
{
	return show_aggregate(tool, arg, ZNVME_LOG_ENDURANCE_EVENT,
			      "Endurance Group Event Aggregate Log", "endgid");
}

const struct tool_command endurance_events_command = {
	.name = "endurance-event-agg-log",
	.summary = "endurance groups with events",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = aggregate_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme endurance-event-agg-log sim:",
	.run = run_endurance_events,
};

/* ---- ana-log ------------------------------------------------------------------------------- */

static const char *const ana_states[16] = {
	[ZNVME_ANA_OPTIMIZED] = "optimized",
	[ZNVME_ANA_NONOPTIMIZED] = "non-optimized",
	[ZNVME_ANA_INACCESSIBLE] = "inaccessible",
	[ZNVME_ANA_PERSISTENT_LOSS] = "persistent-loss",
	[ZNVME_ANA_CHANGE] = "change",
};

static void show_ana_group(struct tool *tool, struct json_object *list, unsigned index,
			   const struct znvme_ana_group_desc *group, struct cursor *cursor)
{
	const char *state =
		ana_states[group->state & 15] ? ana_states[group->state & 15] : "invalid state";
	struct json_object *entry = new_entry(list), *nsids = new_list(entry, "NSIDS");
	uint32_t nsid;

	if (!entry)
		fprintf(tool->out, "group desc %u\n", index);
	put(tool, entry, "", "grpid", group->grpid);
	put(tool, entry, "", "nnsids", group->nnsids);
	put(tool, entry, "", "chgcnt", group->chgcnt);
	if (entry)
		json_add_string(entry, "state", state);
	else
		fprintf(tool->out, "state: %s\n", state);
	for (uint32_t i = 0; i < group->nnsids && take(cursor, &nsid, sizeof(nsid)); i++)
		put(tool, new_entry(nsids), "\t", "nsid", nsid);
}

static int run_ana(struct tool *tool, void *arg)
{
	const struct log_args *args = arg;
	struct znvme_get_log_args log_args = {
		.lid = ZNVME_LOG_ANA,
		.lsp = args->groups ? ZNVME_ANA_LSP_GROUPS_ONLY : 0,
	};
	tool_autofree unsigned char *data = NULL;
	struct znvme_ana_group_desc group;
	struct znvme_ana_log header;
	struct json_object *list = NULL;
	struct cursor cursor;

	if (read_list(tool, &log_args, &data, &cursor))
		return 1;
	if (show_raw(tool, &cursor) || !take(&cursor, &header, sizeof(header)))
		return 0;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_string(tool->json, "Asymmetric Namespace Access Log for NVMe device",
				tool->address);
	} else {
		fprintf(tool->out, "Asymmetric Namespace Access Log for NVMe device: %s\n",
			tool->address);
	}
	put(tool, tool->json, "", "chgcnt", header.chgcnt);
	put(tool, tool->json, "", "ngrps", header.ngrps);
	list = new_list(tool->json, "ANA DESC LIST ");
	for (unsigned i = 0; i < header.ngrps && take(&cursor, &group, sizeof(group)); i++)
		show_ana_group(tool, list, i, &group, &cursor);
	return 0;
}

static const struct tool_option ana_options[] = {
	TOOL_OPTION('g', "groups", NULL, TOOL_FLAG, AT(groups), "groups without their namespaces"),
	{0},
};

const struct tool_command ana_command = {
	.name = "ana-log",
	.summary = "how well this controller reaches each namespace",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = ana_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme ana-log sim:with=ana",
	.run = run_ana,
};

/* ---- lba-status-log ------------------------------------------------------------------------ */

static void show_lba_ns(struct tool *tool, struct json_object *list,
			const struct znvme_lba_status_ns *element, struct cursor *cursor)
{
	struct json_object *entry = new_entry(list), *ranges = new_list(entry, "list_of_ranges");
	struct znvme_lba_status_range range;

	put(tool, entry, "", "element_id", element->neid);
	put(tool, entry, "", "num_lba_ranges", element->nlrd);
	put(tool, entry, "", "recommended_action_type", element->ratype);
	for (uint32_t i = 0; i < element->nlrd && element->nlrd != UINT32_MAX &&
			     take(cursor, &range, sizeof(range));
	     i++) {
		struct json_object *one = new_entry(ranges);

		put(tool, one, "  ", "rslba", range.rslba);
		put(tool, one, "  ", "rnlb", range.rnlb);
	}
}

static int run_lba_status(struct tool *tool, void *arg)
{
	const struct log_args *args = arg;
	struct znvme_get_log_args log_args = {.lid = ZNVME_LOG_LBA_STATUS, .rae = args->rae};
	tool_autofree unsigned char *data = NULL;
	struct znvme_lba_status_ns element;
	struct znvme_lba_status_log header;
	struct json_object *list;
	struct cursor cursor;
	int rc;

	if (open_list(tool, &log_args, &data, &cursor, &header, sizeof(header), &rc))
		return rc;
	put(tool, tool->json, "", "lslplen", header.lslplen);
	put(tool, tool->json, "", "nlslne", header.nlslne);
	put(tool, tool->json, "", "estulb", header.estulb);
	put(tool, tool->json, "", "lsgc", header.lsgc);
	list = new_list(tool->json, "ns_elements");
	for (uint32_t i = 0; i < header.nlslne && take(&cursor, &element, sizeof(element)); i++)
		show_lba_ns(tool, list, &element, &cursor);
	return 0;
}

const struct tool_command lba_status_command = {
	.name = "lba-status-log",
	.summary = "namespaces with blocks that may be unreadable",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = rae_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme lba-status-log sim:",
	.run = run_lba_status,
};

/* ---- media-unit-stat-log, supported-cap-config-log ----------------------------------------- */

static const struct tool_option domain_options[] = {
	TOOL_OPTION('d', "domain-id", "N", TOOL_U16, AT(id), "domain; 0: the controller's"),
	{0},
};

static void show_media_unit(struct tool *tool, struct json_object *list,
			    const struct znvme_media_unit_desc *unit)
{
	const struct {
		const char *name;
		unsigned value;
	} rows[] = {
		{"muid", unit->muid},
		{"domainid", unit->domainid},
		{"endgid", unit->endgid},
		{"nvmsetid", unit->nvmsetid},
		{"cap_adj_fctr", unit->cap_adj_fctr},
		{"avl_spare", unit->avl_spare},
		{"percent_used", unit->percent_used},
		{"mucs", unit->mucs},
		{"cio", unit->cio},
	};
	struct json_object *entry = new_entry(list);

	for (unsigned i = 0; i < TOOL_COUNT(rows); i++)
		put(tool, entry, "  ", rows[i].name, rows[i].value);
}

static int run_media_unit(struct tool *tool, void *arg)
{
	struct znvme_get_log_args log_args = {.lid = ZNVME_LOG_MEDIA_UNIT,
					      .lsi = ((struct log_args *)arg)->id};
	tool_autofree unsigned char *data = NULL;
	struct znvme_media_unit_desc unit;
	struct znvme_media_unit_log header;
	struct json_object *list;
	struct cursor cursor;
	int rc;

	if (open_list(tool, &log_args, &data, &cursor, &header, sizeof(header), &rc))
		return rc;
	put(tool, tool->json, "", "nmu", header.nmu);
	put(tool, tool->json, "", "cchans", header.cchans);
	put(tool, tool->json, "", "sel_config", header.sel_config);
	list = new_list(tool->json, "mus_list");
	for (unsigned i = 0; i < header.nmu && take(&cursor, &unit, sizeof(unit)); i++) {
		show_media_unit(tool, list, &unit);
		if (unit.mucs)
			skip(&cursor, unit.cio - sizeof(unit) + unit.mucs * sizeof(uint16_t));
	}
	return 0;
}

const struct tool_command media_unit_command = {
	.name = "media-unit-stat-log",
	.summary = "media units: where they belong, and how worn they are",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = domain_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme media-unit-stat-log sim:",
	.run = run_media_unit,
};

/* A number of 128 bits of a list. */
static void put_u128(struct tool *tool, struct json_object *object, const char *name,
		     const uint8_t value[16])
{
	char text[40];

	field_u128_text(text, value);
	if (object)
		json_object_object_add(object, name, field_u128_json(value));
	else
		fprintf(tool->out, "  %s: %s\n", name, text);
}

/* An endurance group, its NVM sets, and past its channels and their media units. */
static bool show_capacity_group(struct tool *tool, struct json_object *list, struct cursor *cursor)
{
	struct json_object *entry, *sets;
	struct znvme_capacity_endgrp group;
	uint16_t number, units, skip[4];

	if (!take(cursor, &group, sizeof(group)))
		return false;
	entry = new_entry(list);
	put(tool, entry, "  ", "endgid", group.endgid);
	put(tool, entry, "  ", "cap_adj_factor", group.cap_adj_factor);
	put_u128(tool, entry, "tegcap", group.tegcap);
	put_u128(tool, entry, "segcap", group.segcap);
	put_u128(tool, entry, "end_est", group.end_est);
	put(tool, entry, "  ", "egsets", group.egsets);
	sets = new_list(entry, "nvmset_list");
	for (unsigned i = 0; i < group.egsets && take(cursor, &number, sizeof(number)); i++)
		put(tool, new_entry(sets), "    ", "nvmsetid", number);
	if (!take(cursor, &number, sizeof(number)))
		return false;
	put(tool, entry, "  ", "egchans", number);
	while (number-- && take(cursor, skip, 4)) {
		units = skip[1];
		while (units-- && take(cursor, skip, sizeof(skip)))
			;
	}
	return true;
}

static int run_capacity(struct tool *tool, void *arg)
{
	struct znvme_get_log_args log_args = {.lid = ZNVME_LOG_CAPACITY_CONFIG,
					      .lsi = ((struct log_args *)arg)->id};
	tool_autofree unsigned char *data = NULL;
	struct znvme_capacity_config config;
	struct znvme_capacity_config_log header;
	struct json_object *list, *entry, *groups;
	struct cursor cursor;
	int rc;

	if (open_list(tool, &log_args, &data, &cursor, &header, sizeof(header), &rc))
		return rc;
	put(tool, tool->json, "", "sccn", header.sccn);
	list = new_list(tool->json, "cap_list");
	for (unsigned i = 0; i < header.sccn && take(&cursor, &config, sizeof(config)); i++) {
		entry = new_entry(list);
		put(tool, entry, "", "cap_config_id", config.cap_config_id);
		put(tool, entry, "", "domainid", config.domainid);
		put(tool, entry, "", "egcn", config.egcn);
		groups = new_list(entry, "egroups");
		for (unsigned k = 0; k < config.egcn; k++)
			if (!show_capacity_group(tool, groups, &cursor))
				return 0;
	}
	return 0;
}

const struct tool_command capacity_log_command = {
	.name = "supported-cap-config-log",
	.summary = "ways in which the capacity can be divided",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = domain_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme supported-cap-config-log sim:",
	.run = run_capacity,
};

/* ---- reachability -------------------------------------------------------------------------- */

/* Groups and their namespaces, or associations and their groups. */
static int show_reachability(struct tool *tool, const struct log_args *args, uint8_t lid,
			     const char *id, const char *list_name, const char *inner)
{
	struct znvme_get_log_args log_args = {.lid = lid, .lsp = args->groups, .rae = args->rae};
	tool_autofree unsigned char *data = NULL;
	struct json_object *list, *entry, *members;
	struct znvme_reach_desc desc;
	struct znvme_reach_log header;
	struct cursor cursor;
	int rc;
	uint32_t member;

	if (open_list(tool, &log_args, &data, &cursor, &header, sizeof(header), &rc))
		return rc;
	put(tool, tool->json, "", "chngc", header.chngc);
	put(tool, tool->json, "", list_name, header.num);
	list = new_list(tool->json, "descriptors");
	for (unsigned i = 0; i < header.num && take(&cursor, &desc, sizeof(desc)); i++) {
		entry = new_entry(list);
		put(tool, entry, "", id, desc.id);
		put(tool, entry, "", "chngc", desc.chngc);
		if (lid == ZNVME_LOG_REACH_ASSOC)
			put(tool, entry, "", "rac", desc.rac);
		put(tool, entry, "", "num", desc.num);
		members = new_list(entry, "members");
		for (uint32_t k = 0; k < desc.num && take(&cursor, &member, sizeof(member)); k++)
			put(tool, new_entry(members), "  ", inner, member);
	}
	return 0;
}

static const struct tool_option reach_options[] = {
	TOOL_OPTION('g', "groups-only", NULL, TOOL_FLAG, AT(groups), "without their members"),
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, AT(rae), "retain the asynchronous event"),
	{0},
};

static int run_reach_groups(struct tool *tool, void *arg)
{
	return show_reachability(tool, arg, ZNVME_LOG_REACH_GROUPS, "rgid", "nrgd", "nsid");
}

const struct tool_command reach_groups_command = {
	.name = "reachability-groups-log",
	.summary = "groups of namespaces that reach each other",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = reach_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme reachability-groups-log sim:with=reachability",
	.run = run_reach_groups,
};

static const struct tool_option assoc_options[] = {
	TOOL_OPTION('a', "associations-only", NULL, TOOL_FLAG, AT(groups), "without their groups"),
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, AT(rae), "retain the asynchronous event"),
	{0},
};

static int run_reach_assoc(struct tool *tool, void *arg)
{
	return show_reachability(tool, arg, ZNVME_LOG_REACH_ASSOC, "rasid", "nrad", "rgid");
}

const struct tool_command reach_assoc_command = {
	.name = "reachability-associations-log",
	.summary = "which of those groups reach each other",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = assoc_options,
	.args_size = sizeof(struct log_args),
	.example = "znvme reachability-associations-log sim:with=reachability",
	.run = run_reach_assoc,
};

/* ---- lockdown-log -------------------------------------------------------------------------- */

struct lockdown_log_args {
	uint8_t contents, scope;
};

static const struct tool_option lockdown_options[] = {
	TOOL_OPTION('c', "contents", "N", TOOL_U8, offsetof(struct lockdown_log_args, contents),
		    "0 what can be prohibited, 1 what is on the Admin queue, 2 what is out of band",
		    .max = 2),
	TOOL_OPTION('s', "scope", "N", TOOL_U8, offsetof(struct lockdown_log_args, scope),
		    "0 admin commands, 2 features, 3 MI commands, 4 PCIe commands", .max = 15),
	{0},
};

static int run_lockdown_log(struct tool *tool, void *arg)
{
	const struct lockdown_log_args *args = arg;
	const struct znvme_get_log_args log_args = {
		.lid = ZNVME_LOG_LOCKDOWN,
		.lsp = (uint8_t)(znvme_field_put(ZNVME_LOCKDOWN_LSP_SCP, args->scope) |
				 znvme_field_put(ZNVME_LOCKDOWN_LSP_CNT, args->contents)),
	};
	struct znvme_lockdown_log log;
	struct json_object *list = NULL;

	if (tool_open(tool) || manage_log(tool, &log_args, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "cfila", log.cfila);
		json_add_number(tool->json, "lngth", log.lngth);
		list = new_list(tool->json, "identifiers");
	}
	for (unsigned i = 0; i < log.lngth; i++) {
		const char *name =
			args->scope == ZNVME_LOCKDOWN_ADMIN ? znvme_opcode_name(true, log.cfil[i])
			: args->scope == ZNVME_LOCKDOWN_FEATURES ? znvme_feature_name(log.cfil[i])
								 : NULL;

		if (list)
			put(tool, new_entry(list), "", "id", log.cfil[i]);
		else
			fprintf(tool->out, "%#04x %s\n", log.cfil[i], name ? name : "");
	}
	return 0;
}

const struct tool_command lockdown_log_command = {
	.name = "lockdown-log",
	.summary = "commands and features that can be, and that are prohibited",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = lockdown_options,
	.args_size = sizeof(struct lockdown_log_args),
	.example = "znvme lockdown-log sim: --scope 2",
	.run = run_lockdown_log,
};
