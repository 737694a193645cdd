/* SPDX-License-Identifier: MIT */
/*
 * Logs that are lists, with lists in them: ana-log, lba-status-log, media-unit-stat-log,
 * supported-cap-config-log, reachability-groups-log, reachability-associations-log (Base 2.1,
 * section 5.1.12; NVM 1.1, section 4.1.4.5). Counts in them are the device's: nothing is believed
 * beyond what was read.
 */
#include "commands.h"
#include "manage.h"

#include <inttypes.h>
#include <string.h>

#define LIST_LOG_PIECE 65536u	  /* of logs that tell their own length, or none */
#define LIST_LOG_MAX   (4u << 20) /* a controller may go on for ever */

struct log_args {
	uint16_t id;
	bool rae, groups;
};

#define AT(member) offsetof(struct log_args, member)

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

/* The log read and its header taken; JSON begun, or the heading printed, where there is one. 0, or
 * 1 after a message. */
static int open_list(struct tool *tool, struct znvme_get_log_args *args, unsigned char **data,
		     struct cursor *cursor, void *header, size_t size, const char *heading)
{
	if (read_list(tool, args, data, cursor))
		return 1;
	take(cursor, header, size);
	if (tool->format == TOOL_JSON)
		tool->json = json_object_new_object();
	else if (tool->format == TOOL_NORMAL && heading)
		fprintf(tool->out, "%s%s\n", heading, tool->address);
	return 0;
}

/* All has been looked at; where bytes are wanted they are those, and none that the log has not. */
static int close_list(struct tool *tool, const struct cursor *cursor)
{
	if (tool->format == TOOL_RAW)
		fwrite(cursor->data, 1, cursor->at, tool->out);
	return 0;
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

/* Fields of a list: lines, or into `object` where there is one. */
static void show_fields(struct tool *tool, struct json_object *object, const struct field *fields,
			const void *data)
{
	if (object)
		fields_json(object, fields, data);
	else if (tool->format == TOOL_NORMAL)
		fields_print(tool->out, fields, 0, data, false);
}

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
	struct json_object *entry = json_add_entry(list), *nsids = json_add_list(entry, "NSIDS");
	uint32_t nsid;

	if (tool->format == TOOL_NORMAL)
		fprintf(tool->out, "group desc %u\n", index);
	put(tool, entry, "", "grpid", group->grpid);
	put(tool, entry, "", "nnsids", group->nnsids);
	put(tool, entry, "", "chgcnt", group->chgcnt);
	if (entry)
		json_add_string(entry, "state", state);
	else if (tool->format == TOOL_NORMAL)
		fprintf(tool->out, "state: %s\n", state);
	for (uint32_t i = 0; i < group->nnsids && take(cursor, &nsid, sizeof(nsid)); i++)
		put(tool, json_add_entry(nsids), "\t", "nsid", nsid);
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

	if (open_list(tool, &log_args, &data, &cursor, &header, sizeof(header),
		      "Asymmetric Namespace Access Log for NVMe device: "))
		return 1;
	if (tool->json)
		json_add_string(tool->json, "Asymmetric Namespace Access Log for NVMe device",
				tool->address);
	put(tool, tool->json, "", "chgcnt", header.chgcnt);
	put(tool, tool->json, "", "ngrps", header.ngrps);
	list = json_add_list(tool->json, "ANA DESC LIST ");
	for (unsigned i = 0; i < header.ngrps && take(&cursor, &group, sizeof(group)); i++)
		show_ana_group(tool, list, i, &group, &cursor);
	return close_list(tool, &cursor);
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

static const struct tool_option rae_options[] = {
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, AT(rae), "retain the asynchronous event"),
	{0},
};

#define LBA_STATUS(label, member)                                                                  \
	FIELD_AS(label, znvme_lba_status_log, member, DEC, .json = #member)
#define LBA_STATUS_NS(label, member)                                                               \
	FIELD_AS(label, znvme_lba_status_ns, member, DEC, .json = #member)

static const struct field lba_status_fields[] = {
	LBA_STATUS("LBA Status Log Page Length", lslplen),
	LBA_STATUS("Number of LBA Status Log Namespace Elements", nlslne),
	LBA_STATUS("Estimate of Unrecoverable Logical Blocks", estulb),
	LBA_STATUS("LBA Status Generation Counter", lsgc),
	{0},
};

static const struct field lba_status_ns_fields[] = {
	LBA_STATUS_NS("Namespace Element Identifier", neid),
	LBA_STATUS_NS("Number of LBA Range Descriptors", nlrd),
	LBA_STATUS_NS("Recommended Action Type", ratype),
	{0},
};

static void show_lba_ns(struct tool *tool, struct json_object *list,
			const struct znvme_lba_status_ns *element, struct cursor *cursor)
{
	struct json_object *entry = json_add_entry(list), *ranges = json_add_list(entry, "descs"),
			   *one;
	struct znvme_lba_status_range range;

	show_fields(tool, entry, lba_status_ns_fields, element);
	for (uint32_t i = 0; i < element->nlrd && element->nlrd != UINT32_MAX &&
			     take(cursor, &range, sizeof(range));
	     i++) {
		one = json_add_entry(ranges);
		if (one) {
			json_add_number(one, "rslba", range.rslba);
			json_add_number(one, "rnlb", range.rnlb);
		} else if (tool->format == TOOL_NORMAL) {
			fprintf(tool->out, "RSLBA[%u]: %" PRIu64 "\nRNLB[%u]: %u\n", i, range.rslba,
				i, range.rnlb);
		}
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

	if (open_list(tool, &log_args, &data, &cursor, &header, sizeof(header),
		      "LBA Status Log for device: "))
		return 1;
	show_fields(tool, tool->json, lba_status_fields, &header);
	list = json_add_list(tool->json, "ns_elements");
	for (uint32_t i = 0; i < header.nlslne && take(&cursor, &element, sizeof(element)); i++)
		show_lba_ns(tool, list, &element, &cursor);
	return close_list(tool, &cursor);
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

#define MEDIA_LOG(label, member) FIELD_AS(label, znvme_media_unit_log, member, DEC, .json = #member)
#define MEDIA_UNIT(label, member)                                                                  \
	FIELD_AS(label, znvme_media_unit_desc, member, DEC, .json = #member)

static const struct field media_log_fields[] = {
	MEDIA_LOG("Number of Media Unit Status Descriptors", nmu),
	MEDIA_LOG("Number of Channels", cchans),
	MEDIA_LOG("Selected Configuration", sel_config),
	{0},
};

static const struct field media_unit_fields[] = {
	MEDIA_UNIT("Media Unit Identifier", muid),
	MEDIA_UNIT("Domain Identifier", domainid),
	MEDIA_UNIT("Endurance Group Identifier", endgid),
	MEDIA_UNIT("NVM Set Identifier", nvmsetid),
	MEDIA_UNIT("Capacity Adjustment Factor", cap_adj_fctr),
	MEDIA_UNIT("Available Spare", avl_spare),
	MEDIA_UNIT("Percentage Used", percent_used),
	MEDIA_UNIT("Number of Channels", mucs),
	MEDIA_UNIT("Channel Identifiers Offset", cio),
	{0},
};

static int run_media_unit(struct tool *tool, void *arg)
{
	struct znvme_get_log_args log_args = {.lid = ZNVME_LOG_MEDIA_UNIT,
					      .lsi = ((struct log_args *)arg)->id};
	tool_autofree unsigned char *data = NULL;
	struct znvme_media_unit_desc unit;
	struct znvme_media_unit_log header;
	struct json_object *list;
	struct cursor cursor;

	if (open_list(tool, &log_args, &data, &cursor, &header, sizeof(header), NULL))
		return 1;
	show_fields(tool, tool->json, media_log_fields, &header);
	list = json_add_list(tool->json, "mus_list");
	for (unsigned i = 0; i < header.nmu && take(&cursor, &unit, sizeof(unit)); i++) {
		if (tool->format == TOOL_NORMAL)
			fprintf(tool->out, "Media Unit Status Descriptor: %u\n", i);
		show_fields(tool, json_add_entry(list), media_unit_fields, &unit);
		if (unit.mucs)
			skip(&cursor, unit.cio - sizeof(unit) + unit.mucs * sizeof(uint16_t));
	}
	return close_list(tool, &cursor);
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

#define CONFIG(label, member) FIELD_AS(label, znvme_capacity_config, member, DEC, .json = #member)
#define ENDGRP(label, member) FIELD_AS(label, znvme_capacity_endgrp, member, DEC, .json = #member)

static const struct field capacity_fields[] = {
	FIELD_AS("Number of Supported Capacity Configurations", znvme_capacity_config_log, sccn,
		 DEC, .json = "sccn"),
	{0},
};

static const struct field capacity_config_fields[] = {
	CONFIG("Capacity Configuration Identifier", cap_config_id),
	CONFIG("Domain Identifier", domainid),
	CONFIG("Number of Endurance Group Configuration Descriptors", egcn),
	{0},
};

static const struct field capacity_group_fields[] = {
	ENDGRP("Endurance Group Identifier", endgid),
	ENDGRP("Capacity Adjustment Factor", cap_adj_factor),
	ENDGRP("Total Endurance Group Capacity", tegcap),
	ENDGRP("Spare Endurance Group Capacity", segcap),
	ENDGRP("Endurance Estimate", end_est),
	ENDGRP("Number of NVM Sets", egsets),
	{0},
};

/* A channel and a media unit of it: numbers of 16 bits, which have no structure of their own. */
struct channel {
	uint16_t chanid, chmus;
};

struct channel_unit {
	uint16_t muid, rsvd2, rsvd4, mudl;
};

static const struct field channel_fields[] = {
	FIELD_AS("Channel Identifier", channel, chanid, DEC, .json = "chanid"),
	FIELD_AS("Number of Channel Media Units", channel, chmus, DEC, .json = "chmus"),
	{0},
};

static const struct field channel_unit_fields[] = {
	FIELD_AS("Media Unit Identifier", channel_unit, muid, DEC, .json = "muid"),
	FIELD_AS("Media Unit Descriptor Length", channel_unit, mudl, DEC, .json = "mudl"),
	{0},
};

/* In JSON nvme-cli gives a media unit the names of its channel; it has them here beside its own. */
static bool show_channel(struct tool *tool, struct json_object *list, struct cursor *cursor)
{
	struct json_object *entry, *units, *one;
	struct channel_unit unit;
	struct channel channel;

	if (!take(cursor, &channel, sizeof(channel)))
		return false;
	entry = json_add_entry(list);
	show_fields(tool, entry, channel_fields, &channel);
	units = json_add_list(entry, "Media Descriptor");
	for (unsigned i = 0; i < channel.chmus && take(cursor, &unit, sizeof(unit)); i++) {
		one = json_add_entry(units);
		if (one) {
			json_add_number(one, "chanid", unit.muid);
			json_add_number(one, "chmus", unit.mudl);
		}
		show_fields(tool, one, channel_unit_fields, &unit);
	}
	return true;
}

/* An endurance group, its NVM sets, its channels and their media units. */
static bool show_capacity_group(struct tool *tool, struct json_object *list, struct cursor *cursor)
{
	struct json_object *entry, *sets, *channels;
	struct znvme_capacity_endgrp group;
	uint16_t number;

	if (!take(cursor, &group, sizeof(group)))
		return false;
	entry = json_add_entry(list);
	show_fields(tool, entry, capacity_group_fields, &group);
	sets = json_add_list(entry, "NVM Set IDs");
	for (unsigned i = 0; i < group.egsets && take(cursor, &number, sizeof(number)); i++) {
		if (sets)
			json_add_number(json_add_entry(sets), "nvmsetid", number);
		else if (tool->format == TOOL_NORMAL)
			fprintf(tool->out, "NVM Set %u Identifier: %u\n", i, number);
	}
	if (!take(cursor, &number, sizeof(number)))
		return false;
	if (entry)
		json_add_number(entry, "egchans", number);
	else if (tool->format == TOOL_NORMAL)
		fprintf(tool->out, "Number of Channels: %u\n", number);
	channels = json_add_list(entry, "Channel Descriptor");
	while (number--)
		if (!show_channel(tool, channels, cursor))
			return false;
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

	if (open_list(tool, &log_args, &data, &cursor, &header, sizeof(header), NULL))
		return 1;
	show_fields(tool, tool->json, capacity_fields, &header);
	list = json_add_list(tool->json, "Capacity Descriptor");
	for (unsigned i = 0; i < header.sccn && take(&cursor, &config, sizeof(config)); i++) {
		if (tool->format == TOOL_NORMAL)
			fprintf(tool->out, "Capacity Configuration Descriptor: %u\n", i);
		entry = json_add_entry(list);
		show_fields(tool, entry, capacity_config_fields, &config);
		groups = json_add_list(entry, "Endurance Descriptor");
		for (unsigned k = 0; k < config.egcn; k++)
			if (!show_capacity_group(tool, groups, &cursor))
				return close_list(tool, &cursor);
	}
	return close_list(tool, &cursor);
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
struct reach_names {
	const char *descriptors; /* how many there are */
	const char *id;		 /* of one */
	const char *members;	 /* how many it has */
	const char *member;
};

static int show_reachability(struct tool *tool, const struct log_args *args, uint8_t lid,
			     const struct reach_names *names)
{
	struct znvme_get_log_args log_args = {.lid = lid, .lsp = args->groups, .rae = args->rae};
	tool_autofree unsigned char *data = NULL;
	struct json_object *entry = NULL, *list;
	struct znvme_reach_desc desc;
	struct znvme_reach_log header;
	struct cursor cursor;
	uint32_t member;
	char key[24];

	if (open_list(tool, &log_args, &data, &cursor, &header, sizeof(header), NULL))
		return 1;
	put(tool, tool->json, "", "chngc", header.chngc);
	put(tool, tool->json, "", names->descriptors, header.num);
	for (unsigned i = 0; i < header.num && take(&cursor, &desc, sizeof(desc)); i++) {
		if (tool->json) {
			entry = json_object_new_object();
			snprintf(key, sizeof(key), "%s: %" PRIu32, names->id, desc.id);
			json_object_object_add(tool->json, key, entry);
		}
		put(tool, entry, "", names->id, desc.id);
		put(tool, entry, "", names->members, desc.num);
		put(tool, entry, "", "chngc", desc.chngc);
		if (lid == ZNVME_LOG_REACH_ASSOC)
			put(tool, entry, "", "rac", desc.rac);
		list = json_add_list(entry, "members");
		for (uint32_t k = 0; k < desc.num && take(&cursor, &member, sizeof(member)); k++)
			put(tool, json_add_entry(list), "  ", names->member, member);
	}
	return close_list(tool, &cursor);
}

static const struct tool_option reach_options[] = {
	TOOL_OPTION('g', "groups-only", NULL, TOOL_FLAG, AT(groups), "without their members"),
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, AT(rae), "retain the asynchronous event"),
	{0},
};

static int run_reach_groups(struct tool *tool, void *arg)
{
	static const struct reach_names names = {"nrgd", "rgid", "nnid", "nsid"};

	return show_reachability(tool, arg, ZNVME_LOG_REACH_GROUPS, &names);
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
	static const struct reach_names names = {"nrad", "rasid", "nrid", "rgid"};

	return show_reachability(tool, arg, ZNVME_LOG_REACH_ASSOC, &names);
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
