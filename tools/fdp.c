/* SPDX-License-Identifier: MIT */
/*
 * fdp configs, usage, stats, events, status, update, set-events, feature; io-mgmt-recv,
 * io-mgmt-send: Flexible Data Placement (Base 2.1, section 8.1.10).
 */
#include "blocks.h"
#include "commands.h"
#include "manage.h"
#include "outfile.h"

#include <inttypes.h>
#include <string.h>

#define LOG_MAX	    (1u << 20)
#define MAX_PIDS    65536u
#define STATUS_ROOM 512u /* handles that the first look has room for */
#define DATA_MAX    (16u << 20)

struct fdp_args {
	uint16_t endgrp_id;
	bool host_events;
	const char *pids;
	uint16_t placement_handle;
	const char *event_types;
	bool enable;
	bool save;
	bool disable;
	uint8_t config_index;
	bool force;
};

#define FDP(member) offsetof(struct fdp_args, member)
#define ENDGRP_OPTION                                                                              \
	TOOL_OPTION('e', "endgrp-id", "ID", TOOL_U16, FDP(endgrp_id), "endurance group (required)")

static const struct tool_option group_options[] = {ENDGRP_OPTION, {0}};

static const struct tool_option events_options[] = {
	ENDGRP_OPTION,
	TOOL_OPTION('E', "host-events", NULL, TOOL_FLAG, FDP(host_events),
		    "the host's events, not the controller's"),
	{0},
};

/* A log of the group into `data`. */
static int get_log(struct tool *tool, const struct fdp_args *args, uint8_t lid, void *data,
		   size_t len)
{
	const struct znvme_get_log_args log = {
		.lid = lid,
		.lsi = args->endgrp_id,
		.lsp = args->host_events ? ZNVME_FDP_EVENTS_LSP_HOST : 0,
	};
	int rc = znvme_get_log(tool->ctrl, &log, data, len);

	return rc ? tool_fail(rc, znvme_log_name(lid)) : 0;
}

static int open_group(struct tool *tool)
{
	if (!tool_given(tool, "endgrp-id"))
		return tool_error("%s: --endgrp-id is missing: the endurance group",
				  tool->command->name);
	return tool_open(tool);
}

/* ---- fdp configs --------------------------------------------------------------------------- */

static const char *const ruh_types[] = {
	[ZNVME_FDP_RUHT_INITIALLY_ISOLATED] = "Initially Isolated",
	[ZNVME_FDP_RUHT_PERSISTENTLY_ISOLATED] = "Persistently Isolated",
};

static const struct field_bits fdpa_bits[] = {
	BITS(ZNVME_FDP_FDPA_VALID, "FDP Configuration Valid", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_FDP_FDPA_FDPVWC, "FDP Volatile Write Cache Present", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_FDP_FDPA_RGIF, "Reclaim Group Identifier Format"),
	{0},
};

/* The handles that lie in what was read; a device may speak of more. */
static unsigned handles_of(const struct znvme_fdp_config_desc *desc, size_t len)
{
	size_t room = (len - sizeof(*desc)) / sizeof(struct znvme_fdp_ruh_desc);

	return desc->nruh < room ? desc->nruh : (unsigned)room;
}

static const char *handle_type(const struct znvme_fdp_ruh_desc *ruh)
{
	return ruh->ruht < TOOL_COUNT(ruh_types) && ruh_types[ruh->ruht] ? ruh_types[ruh->ruht]
									 : "Reserved";
}

static void print_config(FILE *out, const struct znvme_fdp_config_desc *desc, size_t len,
			 bool human)
{
	const struct znvme_fdp_ruh_desc *ruh = (const void *)(desc + 1);

	fprintf(out, "FDP Attributes: %#x\n", desc->fdpa);
	if (human)
		bits_print(out, fdpa_bits, desc->fdpa);
	fprintf(out,
		"Vendor Specific Size: %u\nNumber of Reclaim Groups: %u\n"
		"Number of Reclaim Unit Handles: %u\nNumber of Namespaces Supported: %u\n"
		"Reclaim Unit Nominal Size: %" PRIu64 "\nEstimated Reclaim Unit Time Limit: %u\n"
		"Reclaim Unit Handle List:\n",
		desc->vss, desc->nrg, desc->nruh, desc->nnss, desc->runs, desc->erutl);
	for (unsigned i = 0; i < handles_of(desc, len); i++)
		fprintf(out, "  [%u]: %s\n", i, handle_type(&ruh[i]));
}

static struct json_object *config_json(const struct znvme_fdp_config_desc *desc, size_t len)
{
	const struct znvme_fdp_ruh_desc *ruh = (const void *)(desc + 1);
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();

	json_add_number(object, "fdpa", desc->fdpa);
	json_add_number(object, "vss", desc->vss);
	json_add_number(object, "nrg", desc->nrg);
	json_add_number(object, "nruh", desc->nruh);
	json_add_number(object, "nnss", desc->nnss);
	json_add_number(object, "runs", desc->runs);
	json_add_number(object, "erutl", desc->erutl);
	for (unsigned i = 0; i < handles_of(desc, len); i++) {
		struct json_object *entry = json_object_new_object();

		json_add_number(entry, "ruht", ruh[i].ruht);
		json_object_array_add(list, entry);
	}
	json_object_object_add(object, "ruhs", list);
	return object;
}

/* Each configuration that lies in the log as a whole, one behind the other. */
static void show_configs(struct tool *tool, const char *log, size_t len)
{
	const struct znvme_fdp_configs_log *head = (const void *)log;
	struct json_object *list = NULL;
	size_t at = sizeof(*head);

	if (tool->format == TOOL_JSON) {
		list = json_object_new_array();
		tool->json = json_object_new_object();
		json_add_number(tool->json, "n", head->n);
		json_object_object_add(tool->json, "configs", list);
	}
	for (unsigned i = 0; i <= head->n && len - at >= sizeof(struct znvme_fdp_config_desc);
	     i++) {
		struct znvme_fdp_config_desc *desc = (void *)(uintptr_t)(log + at);

		if (desc->size < sizeof(*desc) || desc->size > len - at || desc->size % 8)
			break;
		if (list)
			json_object_array_add(list, config_json(desc, desc->size));
		else
			print_config(tool->out, desc, desc->size, tool->human);
		at += desc->size;
	}
}

static int run_configs(struct tool *tool, void *arg)
{
	const struct fdp_args *args = arg;
	struct znvme_fdp_configs_log head;
	tool_autofree char *log = NULL;
	size_t len;

	if (open_group(tool) || get_log(tool, args, ZNVME_LOG_FDP_CONFIGS, &head, sizeof(head)))
		return 1;
	len = (head.size + 3ull) & ~3ull;
	if (len < sizeof(head) || len > LOG_MAX)
		return tool_error("the log has %u bytes: that makes no sense", head.size);
	log = calloc(1, len);
	if (!log)
		return tool_error("out of memory");
	if (get_log(tool, args, ZNVME_LOG_FDP_CONFIGS, log, len))
		return 1;
	if (tool->format == TOOL_RAW)
		fwrite(log, 1, len, tool->out);
	else
		show_configs(tool, log, len);
	return 0;
}

/* ---- fdp usage ----------------------------------------------------------------------------- */

static const char *usage_text(uint8_t ruha)
{
	if (ruha & ZNVME_FDP_RUHA_HOST)
		return "Host Specified";
	return ruha & ZNVME_FDP_RUHA_CTRL ? "Controller Specified" : "Unused";
}

static int run_usage(struct tool *tool, void *arg)
{
	const struct fdp_args *args = arg;
	struct znvme_fdp_ruh_usage_log head;
	const struct znvme_fdp_ruh_usage_desc *desc;
	struct json_object *list = NULL;
	tool_autofree char *log = NULL;
	size_t len;

	if (open_group(tool) || get_log(tool, args, ZNVME_LOG_FDP_RUH_USAGE, &head, sizeof(head)))
		return 1;
	len = sizeof(head) + head.nruh * sizeof(*desc);
	log = calloc(1, len);
	if (!log)
		return tool_error("out of memory");
	if (get_log(tool, args, ZNVME_LOG_FDP_RUH_USAGE, log, len))
		return 1;
	desc = (const void *)(log + sizeof(head));
	if (tool->format == TOOL_RAW) {
		fwrite(log, 1, len, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		list = json_object_new_array();
		tool->json = json_object_new_object();
		json_add_number(tool->json, "nruh", head.nruh);
		json_object_object_add(tool->json, "ruhus", list);
	}
	for (unsigned i = 0; i < head.nruh; i++) {
		if (list) {
			struct json_object *entry = json_object_new_object();

			json_add_number(entry, "ruha", desc[i].ruha);
			json_object_array_add(list, entry);
		} else {
			fprintf(tool->out, "Reclaim Unit Handle %u Attributes: 0x%x (%s)\n", i,
				desc[i].ruha, usage_text(desc[i].ruha));
		}
	}
	return 0;
}

/* ---- fdp stats ----------------------------------------------------------------------------- */

#define STATS(label, member) FIELD_AS(label, znvme_fdp_stats_log, member, DEC, .json = #member)

static const struct field stats_fields[] = {
	STATS("Host Bytes with Metadata Written (HBMW)", hbmw),
	STATS("Media Bytes with Metadata Written (MBMW)", mbmw),
	STATS("Media Bytes Erased (MBE)", mbe),
	{0},
};

static int run_stats(struct tool *tool, void *arg)
{
	struct znvme_fdp_stats_log log;

	if (open_group(tool) || get_log(tool, arg, ZNVME_LOG_FDP_STATS, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, stats_fields, &log);
	} else {
		fields_print(tool->out, stats_fields, 40, &log, false);
	}
	return 0;
}

/* ---- fdp events ---------------------------------------------------------------------------- */

static const char *event_text(uint8_t type)
{
	switch (type) {
	case ZNVME_FDP_EVENT_RU_NOT_FULL:
		return "Reclaim Unit Not Fully Written";
	case ZNVME_FDP_EVENT_RU_TIME_LIMIT:
		return "Reclaim Unit Active Time Limit Exceeded";
	case ZNVME_FDP_EVENT_RESET:
		return "Controller Level Reset Modified Reclaim Unit Handles";
	case ZNVME_FDP_EVENT_INVALID_PID:
		return "Invalid Placement Identifier";
	case ZNVME_FDP_EVENT_REALLOCATED:
		return "Media Reallocated";
	case ZNVME_FDP_EVENT_RUH_MODIFIED:
		return "Implicitly Modified Reclaim Unit Handle";
	default:
		return "Unknown";
	}
}

static uint64_t event_time(const struct znvme_fdp_event *event)
{
	return field_number(event->timestamp.timestamp, sizeof(event->timestamp.timestamp));
}

static void print_event(FILE *out, unsigned i, const struct znvme_fdp_event *event)
{
	struct znvme_fdp_realloc moved;

	memcpy(&moved, event->specific, sizeof(moved));
	fprintf(out, "Event[%u]\n  Event Type: 0x%x (%s)\n  Event Timestamp: %" PRIu64 "\n", i,
		event->type, event_text(event->type), event_time(event));
	if (event->flags & ZNVME_FDP_EVENT_PIV)
		fprintf(out, "  Placement Identifier (PID): 0x%x\n", event->pid);
	if (event->flags & ZNVME_FDP_EVENT_NSIDV)
		fprintf(out, "  Namespace Identifier (NSID): %" PRIu32 "\n", event->nsid);
	if (event->type == ZNVME_FDP_EVENT_REALLOCATED) {
		fprintf(out, "  Number of LBAs Moved (NLBAM): %u\n", moved.nlbam);
		if (moved.flags & ZNVME_FDP_REALLOC_LBAV)
			fprintf(out, "  Logical Block Address (LBA): 0x%" PRIx64 "\n",
				field_number(moved.lba, sizeof(moved.lba)));
	}
	if (event->flags & ZNVME_FDP_EVENT_LV)
		fprintf(out,
			"  Reclaim Group Identifier: %u\n  Reclaim Unit Handle Identifier %u\n",
			event->rgid, event->ruhid);
}

static struct json_object *event_json(const struct znvme_fdp_event *event)
{
	struct json_object *object = json_object_new_object();
	struct znvme_fdp_realloc moved;

	memcpy(&moved, event->specific, sizeof(moved));
	json_add_number(object, "type", event->type);
	json_add_number(object, "fdpef", event->flags);
	json_add_number(object, "pid", event->pid);
	json_add_number(object, "timestamp", event_time(event));
	json_add_number(object, "nsid", event->nsid);
	if (event->type == ZNVME_FDP_EVENT_REALLOCATED) {
		json_add_number(object, "nlbam", moved.nlbam);
		if (moved.flags & ZNVME_FDP_REALLOC_LBAV)
			json_add_number(object, "lba", field_number(moved.lba, sizeof(moved.lba)));
	}
	json_add_number(object, "rgid", event->rgid);
	json_add_number(object, "ruhid", event->ruhid);
	return object;
}

static int run_events(struct tool *tool, void *arg)
{
	tool_autofree struct znvme_fdp_events_log *log = calloc(1, sizeof(*log));
	struct json_object *list;
	unsigned nr;

	if (!log)
		return tool_error("out of memory");
	if (open_group(tool) || get_log(tool, arg, ZNVME_LOG_FDP_EVENTS, log, sizeof(*log)))
		return 1;
	nr = log->n < ZNVME_FDP_MAX_EVENTS ? log->n : ZNVME_FDP_MAX_EVENTS;
	if (tool->format == TOOL_RAW) {
		fwrite(log, sizeof(*log), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		list = json_object_new_array();
		for (unsigned i = 0; i < nr; i++)
			json_object_array_add(list, event_json(&log->event[i]));
		tool->json = json_object_new_object();
		json_add_number(tool->json, "n", log->n);
		json_object_object_add(tool->json, "events", list);
	} else {
		for (unsigned i = 0; i < nr; i++)
			print_event(tool->out, i, &log->event[i]);
	}
	return 0;
}

/* ---- fdp status, fdp update ---------------------------------------------------------------- */

static void print_status(FILE *out, const struct znvme_fdp_ruh_status_desc *desc)
{
	fprintf(out,
		"Placement Identifier %u; Reclaim Unit Handle Identifier %u\n"
		"  Estimated Active Reclaim Unit Time Remaining (EARUTR): %" PRIu32 "\n"
		"  Reclaim Unit Available Media Writes (RUAMW): %" PRIu64 "\n",
		desc->pid, desc->ruhid, desc->earutr, desc->ruamw);
}

static struct json_object *status_json(const struct znvme_fdp_ruh_status_desc *list, unsigned nr)
{
	struct json_object *root = json_object_new_object();
	struct json_object *array = json_object_new_array();

	for (unsigned i = 0; i < nr; i++) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "pid", list[i].pid);
		json_add_number(object, "ruhid", list[i].ruhid);
		json_add_number(object, "earutr", list[i].earutr);
		json_add_number(object, "ruamw", list[i].ruamw);
		json_object_array_add(array, object);
	}
	json_add_number(root, "nruhsd", nr);
	json_object_object_add(root, "ruhss", array);
	return root;
}

static int run_status(struct tool *tool, void *arg)
{
	tool_autofree struct znvme_fdp_ruh_status_desc *list = NULL;
	unsigned nr = STATUS_ROOM, room;
	const struct znvme_ns *ns;
	int rc;

	(void)arg;
	if (tool_open_ns(tool, &ns))
		return 1;
	do {
		room = nr;
		free(list);
		list = calloc(room, sizeof(*list));
		if (!list)
			return tool_error("out of memory");
		rc = znvme_fdp_status(ns, list, room, &nr);
		if (rc)
			return tool_fail(rc, "fdp-status");
	} while (nr > room && room == STATUS_ROOM);
	if (nr > room)
		nr = room;
	if (tool->format == TOOL_RAW)
		fwrite(list, sizeof(*list), nr, tool->out);
	else if (tool->format == TOOL_JSON)
		tool->json = status_json(list, nr);
	for (unsigned i = 0; tool->format == TOOL_NORMAL && i < nr; i++)
		print_status(tool->out, &list[i]);
	return 0;
}

static const struct tool_option update_options[] = {
	TOOL_OPTION('p', "pids", "LIST", TOOL_STRING, FDP(pids),
		    "placement identifiers, with commas between them (required)"),
	{0},
};

static int run_update(struct tool *tool, void *arg)
{
	const struct fdp_args *args = arg;
	tool_autofree uint64_t *list = calloc(MAX_PIDS, sizeof(*list));
	tool_autofree uint16_t *pids = calloc(MAX_PIDS, sizeof(*pids));
	const struct znvme_ns *ns;
	int nr, rc;

	if (!list || !pids)
		return tool_error("out of memory");
	nr = blocks_parse_list("pids", args->pids, UINT16_MAX, list, MAX_PIDS);
	if (nr < 0)
		return 1;
	if (!nr)
		return tool_error("fdp-update: --pids is missing: no placement identifiers");
	for (int i = 0; i < nr; i++)
		pids[i] = (uint16_t)list[i];
	if (tool_open_ns(tool, &ns))
		return 1;
	rc = znvme_fdp_update(ns, pids, (unsigned)nr);
	if (rc)
		return tool_fail(rc, "fdp-update");
	blocks_report(tool, "identifiers", (uint64_t)nr, false);
	return 0;
}

/* ---- fdp set-events, fdp feature ----------------------------------------------------------- */

static const struct tool_option set_events_options[] = {
	TOOL_OPTION('p', "placement-handle", "N", TOOL_U16, FDP(placement_handle),
		    "placement handle"),
	TOOL_OPTION('e', "enable", NULL, TOOL_FLAG, FDP(enable),
		    "have these events kept; without it, not"),
	TOOL_OPTION('s', "save", NULL, TOOL_FLAG, FDP(save), "and over resets and power cycles"),
	TOOL_OPTION('t', "event-types", "LIST", TOOL_STRING, FDP(event_types),
		    "types, with commas between them (required)"),
	{0},
};

static int run_set_events(struct tool *tool, void *arg)
{
	const struct fdp_args *args = arg;
	struct znvme_feature_args feature = {
		.fid = ZNVME_FEAT_FDP_EVENTS, .nsid = tool->nsid, .save = args->save};
	uint64_t list[255];
	uint8_t types[256] = {0}; /* whole dwords */
	int nr = blocks_parse_list("event-types", args->event_types, UINT8_MAX, list, 255), rc;

	if (nr < 0)
		return 1;
	if (!nr)
		return tool_error("fdp-set-events: --event-types is missing");
	for (int i = 0; i < nr; i++)
		types[i] = (uint8_t)list[i];
	feature.cdw11 = args->placement_handle |
			(uint32_t)znvme_field_put(ZNVME_FEAT_FDP_EVENTS_NOET, (uint64_t)nr);
	feature.cdw12 = args->enable ? ZNVME_FEAT_FDP_EVENTS_FDPEE : 0;
	if (tool_open(tool))
		return 1;
	rc = znvme_set_feature(tool->ctrl, &feature, types, ((size_t)nr + 3) & ~(size_t)3, NULL);
	if (rc)
		return tool_fail(rc, "fdp-set-events");
	blocks_report(tool, "types", (uint64_t)nr, false);
	return 0;
}

static const struct tool_option feature_options[] = {
	ENDGRP_OPTION,
	TOOL_OPTION('c', "enable-conf-idx", "N", TOOL_U8, FDP(config_index),
		    "switch it on, with this configuration"),
	TOOL_OPTION('d', "disable", NULL, TOOL_FLAG, FDP(disable), "switch it off"),
	{0},
};

static int run_feature(struct tool *tool, void *arg)
{
	const struct fdp_args *args = arg;
	struct znvme_feature_args feature = {.fid = ZNVME_FEAT_FDP, .cdw11 = args->endgrp_id};
	bool enable = tool_given(tool, "enable-conf-idx");
	uint32_t value = 0;
	int rc;

	if (enable && args->disable)
		return tool_error("--enable-conf-idx and --disable exclude each other");
	if (open_group(tool))
		return 1;
	if (enable)
		feature.cdw12 =
			ZNVME_FEAT_FDP_FDPE |
			(uint32_t)znvme_field_put(ZNVME_FEAT_FDP_FDPCIDX, args->config_index);
	if (enable || args->disable) {
		rc = znvme_set_feature(tool->ctrl, &feature, NULL, 0, NULL);
		if (rc)
			return tool_fail(rc, "fdp-feature");
		feature.cdw12 = 0;
	}
	rc = znvme_get_feature(tool->ctrl, &feature, NULL, 0, &value);
	if (rc)
		return tool_fail(rc, "fdp-feature");
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "enabled", value & ZNVME_FEAT_FDP_FDPE);
		json_add_number(tool->json, "config_index",
				znvme_field_get(ZNVME_FEAT_FDP_FDPCIDX, value));
	} else {
		fprintf(tool->out,
			"Flexible Direct Placement Enable (FDPE)       : %s\n"
			"Flexible Direct Placement Configuration Index : %u\n",
			value & ZNVME_FEAT_FDP_FDPE ? "Yes" : "No",
			(unsigned)znvme_field_get(ZNVME_FEAT_FDP_FDPCIDX, value));
	}
	return 0;
}

/* ---- io-mgmt-recv, io-mgmt-send ------------------------------------------------------------ */

struct mgmt_args {
	uint16_t mos;
	uint8_t mo;
	const char *data;
	uint32_t data_len;
	bool force;
};

#define MGMT(member) offsetof(struct mgmt_args, member)

static const struct tool_option mgmt_options[] = {
	TOOL_OPTION('s', "mos", "N", TOOL_U16, MGMT(mos), "management operation specific"),
	TOOL_OPTION('m', "mo", "N", TOOL_U8, MGMT(mo), "management operation"),
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, MGMT(data),
		    "file that data go to or come from (default: they are shown; standard input)"),
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, MGMT(data_len), "length of the data",
		    .max = DATA_MAX),
	FORCE_OPTION(struct mgmt_args),
	{0},
};

static struct znvme_sqe mgmt_command(const struct tool *tool, const struct mgmt_args *args,
				     uint8_t opcode)
{
	struct znvme_sqe sqe = {.opcode = opcode, .nsid = tool->nsid};

	sqe.cdw10 = args->mo | (uint32_t)znvme_field_put(ZNVME_IO_MGMT_MOS, args->mos);
	return sqe;
}

static int run_recv(struct tool *tool, void *arg)
{
	const struct mgmt_args *args = arg;
	struct znvme_sqe sqe = mgmt_command(tool, args, ZNVME_CMD_IO_MGMT_RECV);
	tool_autofree char *data = calloc(1, args->data_len + 1u);

	if (args->data_len % 4)
		return tool_error("io-mgmt-recv: --data-len is a multiple of 4");
	if (!data)
		return tool_error("out of memory");
	if (tool_open(tool) || manage_check_io(tool, &sqe, args->force))
		return 1;
	sqe.cdw11 = args->data_len ? args->data_len / 4 - 1 : 0;
	if (blocks_send(tool, &sqe, data, args->data_len, NULL))
		return 1;
	if (args->data)
		return outfile_save(args->data, data, args->data_len);
	if (tool->format == TOOL_NORMAL) {
		fprintf(tool->out, "io-mgmt-recv: Success, mos:%u mo:%u nsid:%u\n", args->mos,
			args->mo, tool->nsid);
		if (args->data_len)
			hex_dump(tool->out, data, args->data_len);
		return 0;
	}
	manage_show_data(tool, data, args->data_len, 0);
	return 0;
}

static int run_send(struct tool *tool, void *arg)
{
	const struct mgmt_args *args = arg;
	struct znvme_sqe sqe = mgmt_command(tool, args, ZNVME_CMD_IO_MGMT_SEND);
	tool_autofree void *data = NULL;
	size_t len = 0;

	if (args->data_len && tool_read_file(args->data, args->data_len, &data, &len))
		return 1;
	if (len < args->data_len)
		return tool_error("the data end after %zu of %u bytes", len, args->data_len);
	if (tool_open(tool) || manage_check_io(tool, &sqe, args->force) ||
	    blocks_send(tool, &sqe, data, len, NULL))
		return 1;
	blocks_report(tool, "bytes", len, false);
	return 0;
}

/* ---- the rows ------------------------------------------------------------------------------ */

#define FDP_COMMAND(variable, title, text, more, rows, line, function)                             \
	const struct tool_command variable = {                                                     \
		.name = title,                                                                     \
		.summary = text,                                                                   \
		.group = TOOL_GROUP_PLACEMENT,                                                     \
		.flags = TOOL_DEVICE | TOOL_OUTPUT | (more),                                       \
		.options = rows,                                                                   \
		.args_size = sizeof(struct fdp_args),                                              \
		.example = line,                                                                   \
		.run = function,                                                                   \
	}

FDP_COMMAND(fdp_configs_command, "fdp-configs", "the configurations of an endurance group",
	    TOOL_BINARY | TOOL_HUMAN, group_options, "znvme fdp-configs sim:fdp=4 --endgrp-id 1",
	    run_configs);
FDP_COMMAND(fdp_usage_command, "fdp-usage", "who uses which reclaim unit handle", TOOL_BINARY,
	    group_options, "znvme fdp-usage sim:fdp=4 --endgrp-id 1", run_usage);
FDP_COMMAND(fdp_stats_command, "fdp-stats", "bytes written by the host, to the media, erased",
	    TOOL_BINARY, group_options, "znvme fdp-stats sim:fdp=4 --endgrp-id 1", run_stats);
FDP_COMMAND(fdp_events_command, "fdp-events", "what happened to reclaim units", TOOL_BINARY,
	    events_options, "znvme fdp-events sim:fdp=4 --endgrp-id 1 --host-events", run_events);
FDP_COMMAND(fdp_status_command, "fdp-status", "the reclaim unit handles of a namespace",
	    TOOL_NAMESPACE | TOOL_BINARY, NULL, "znvme fdp-status sim:fdp=4", run_status);
FDP_COMMAND(fdp_update_command, "fdp-update", "go on to new reclaim units", TOOL_NAMESPACE,
	    update_options, "znvme fdp-update sim:fdp=4 --pids 0,2", run_update);
FDP_COMMAND(fdp_set_events_command, "fdp-set-events", "which events are kept", TOOL_NAMESPACE,
	    set_events_options, "znvme fdp-set-events sim:fdp=4 --enable --event-types 0,3",
	    run_set_events);
FDP_COMMAND(fdp_feature_command, "fdp-feature", "whether it is on; switch it on or off", 0,
	    feature_options, "znvme fdp-feature sim:fdp=4 --endgrp-id 1", run_feature);

const struct tool_command io_mgmt_recv_command = {
	.name = "io-mgmt-recv",
	.summary = "what a management operation tells, as bytes (I/O Management Receive)",
	.group = TOOL_GROUP_PLACEMENT,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY,
	.options = mgmt_options,
	.args_size = sizeof(struct mgmt_args),
	.example = "znvme io-mgmt-recv sim:fdp=4 --mo 1 --data-len 144",
	.run = run_recv,
};

const struct tool_command io_mgmt_send_command = {
	.name = "io-mgmt-send",
	.summary = "have a management operation done (I/O Management Send)",
	.group = TOOL_GROUP_PLACEMENT,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = mgmt_options,
	.args_size = sizeof(struct mgmt_args),
	.example = "printf '\\0\\0' | znvme io-mgmt-send sim:fdp=4 --mo 1 --data-len 2",
	.run = run_send,
};
