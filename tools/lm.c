/* SPDX-License-Identifier: MIT */
/*
 * lm-create-cdq, lm-delete-cdq, lm-set-cdq, lm-get-cdq, lm-track-send, lm-track: controller data
 * queues and what they tell of changes (Base 2.1, sections 5.1.4 and 5.1.27). A queue is memory of
 * this process, and ends with it.
 */
#include "commands.h"
#include "fields.h"
#include "manage.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define DWORDS_MAX	(16u << 20) /* of a queue */
#define ENTRY_DWORDS	(sizeof(struct znvme_lba_migration_entry) / 4)
#define DEFAULT_ENTRIES 128
#define PAUSE_NS	(10 * 1000 * 1000)

struct cdq_args {
	uint32_t size; /* dwords; 0: no queue is created */
	uint16_t cntlid;
	uint16_t cdqid;
	uint8_t type;
	uint8_t sel;
	uint16_t mos;
	uint32_t hp;
	uint32_t tpt;
	bool consent;
	bool start;
	bool stop;
};

#define CDQ(member) offsetof(struct cdq_args, member)

#define CNTLID_OPTION                                                                              \
	TOOL_OPTION('c', "cntlid", "N", TOOL_U16, CDQ(cntlid),                                     \
		    "the controller whose changes it takes")
#define QUEUE_OPTIONS                                                                              \
	TOOL_OPTION('C', "cdqid", "N", TOOL_U16, CDQ(cdqid), "the queue"),                         \
		TOOL_OPTION(0, "create", "DWORDS", TOOL_U32, CDQ(size),                            \
			    "create a queue of that size first, and take it", .max = DWORDS_MAX),  \
		CNTLID_OPTION

#define QUEUES_END                                                                                 \
	"A controller data queue is memory of this process, and ends with it at the latest: "      \
	"what\n"                                                                                   \
	"lm-create-cdq has made is gone when it has told so. --create makes a queue for the one\n" \
	"command; lm-track makes one, has changes logged, and shows them.\n"

static const struct tool_option create_options[] = {
	TOOL_OPTION('s', "size", "DWORDS", TOOL_U32, CDQ(size),
		    "dwords of the queue: 8 an entry (required)", .min = 1, .max = DWORDS_MAX),
	CNTLID_OPTION,
	TOOL_OPTION('q', "queue-type", "N", TOOL_U8, CDQ(type), "0: User Data Migration Queue",
		    .max = 0xff),
	TOOL_OPTION(0, "consent", NULL, TOOL_FLAG, CDQ(consent),
		    "nvme-cli asks for it; not needed here, the memory is mapped"),
	{0},
};

static const struct tool_option delete_options[] = {QUEUE_OPTIONS, {0}};

static const struct tool_option get_options[] = {QUEUE_OPTIONS, {0}};

static const struct tool_option set_options[] = {
	QUEUE_OPTIONS,
	TOOL_OPTION('H', "hp", "SLOT", TOOL_U32, CDQ(hp), "head pointer: the next slot to be read"),
	TOOL_OPTION('T', "tpt", "SLOT", TOOL_U32, CDQ(tpt),
		    "tail pointer trigger: an event comes when that slot is written"),
	{0},
};

static const struct tool_option track_send_options[] = {
	TOOL_OPTION('s', "sel", "N", TOOL_U8, CDQ(sel), "0: Log User Data Changes (required)"),
	TOOL_OPTION('m', "mos", "N", TOOL_U16, CDQ(mos),
		    "management operation specific: 1 starts, 0 stops"),
	TOOL_OPTION(0, "start", NULL, TOOL_FLAG, CDQ(start), "start logging"),
	TOOL_OPTION(0, "stop", NULL, TOOL_FLAG, CDQ(stop), "stop logging"),
	QUEUE_OPTIONS,
	{0},
};

/* ---- a queue ------------------------------------------------------------------------------- */

static int create_queue(struct tool *tool, uint16_t cntlid, uint32_t entries, struct znvme_cdq *cdq)
{
	struct znvme_region *region;
	int rc = znvme_mem_alloc(tool->ctrl, entries * sizeof(struct znvme_lba_migration_entry),
				 &region);

	if (!rc)
		rc = znvme_cdq_create(tool->ctrl, cntlid, region, entries, cdq);
	return rc ? tool_fail(rc, tool->command->name) : 0;
}

/* Open the device; with a size a queue is there before the command, and args->cdqid is its. */
static int open_queue(struct tool *tool, struct cdq_args *args)
{
	struct znvme_cdq cdq;

	if (args->size && tool_given(tool, "cdqid"))
		return tool_error("%s: --create takes the queue that it makes, not --cdqid",
				  tool->command->name);
	if (!args->size && tool_given(tool, "cntlid"))
		return tool_error("%s: --cntlid is of the queue that --create makes",
				  tool->command->name);
	if (args->size % ENTRY_DWORDS)
		return tool_error("%s: %u dwords are no whole entries, which have 8 each",
				  tool->command->name, args->size);
	if (tool_open(tool))
		return 1;
	if (!args->size)
		return 0;
	if (create_queue(tool, args->cntlid, args->size / ENTRY_DWORDS, &cdq))
		return 1;
	args->cdqid = cdq.cdqid;
	return 0;
}

static int run_create(struct tool *tool, void *arg)
{
	struct cdq_args *args = arg;

	if (!tool_given(tool, "size"))
		return tool_error("lm-create-cdq: --size is missing");
	if (args->type)
		return tool_error("lm-create-cdq: --queue-type %u: there is type 0 only",
				  args->type);
	if (open_queue(tool, args))
		return 1;
	manage_say(tool, "cdqid", args->cdqid, "Create CDQ Successful: CDQID=0x%04x", args->cdqid);
	return 0;
}

static int run_delete(struct tool *tool, void *arg)
{
	struct cdq_args *args = arg;
	struct znvme_sqe cmd;

	if (open_queue(tool, args))
		return 1;
	cmd = znvme_admin_delete_cdq(args->cdqid);
	if (manage_exec(tool, &cmd, NULL, 0, NULL, false))
		return 1;
	manage_say(tool, "cdqid", args->cdqid, "Delete CDQ Successful: CDQID=0x%04x", args->cdqid);
	return 0;
}

static int run_get(struct tool *tool, void *arg)
{
	struct cdq_args *args = arg;
	struct znvme_cdq_attrs attrs;
	int rc;

	if (open_queue(tool, args))
		return 1;
	rc = znvme_cdq_attrs(tool->ctrl, args->cdqid, &attrs);
	if (rc)
		return tool_fail(rc, "lm-get-cdq");
	if (tool->format == TOOL_RAW) {
		fwrite(&attrs, 1, sizeof(attrs), tool->out);
		return 0;
	}
	manage_say(tool, "head_pointer", attrs.hp, "Head Pointer: 0x%" PRIx32, attrs.hp);
	manage_say(tool, "tail_pointer_trigger", attrs.tpt, "Tail Pointer Trigger: 0x%" PRIx32,
		   attrs.tpt);
	return 0;
}

static int run_set(struct tool *tool, void *arg)
{
	struct cdq_args *args = arg;
	struct znvme_feature_args feature = {.fid = ZNVME_FEAT_CDQ};
	int rc;

	if (open_queue(tool, args))
		return 1;
	feature.cdw11 = args->cdqid | (tool_given(tool, "tpt") ? ZNVME_FEAT_CDQ_ETPT : 0);
	feature.cdw12 = args->hp;
	feature.cdw13 = args->tpt;
	rc = znvme_set_feature(tool->ctrl, &feature, NULL, 0, NULL);
	if (rc)
		return tool_fail(rc, "lm-set-cdq");
	manage_say(tool, "head_pointer", args->hp, "Success. Head Pointer: %" PRIu32, args->hp);
	return 0;
}

static int run_track_send(struct tool *tool, void *arg)
{
	struct cdq_args *args = arg;
	struct znvme_sqe cmd;

	if (!tool_given(tool, "sel"))
		return tool_error("lm-track-send: --sel is missing: 0 logs user data changes");
	if (args->sel != ZNVME_TRACK_USER_DATA)
		return tool_error("lm-track-send: --sel %u: there is 0 only, Log User Data Changes",
				  args->sel);
	if (args->start + args->stop + tool_given(tool, "mos") > 1)
		return tool_error("lm-track-send: --start, --stop and --mos do not go together");
	if (open_queue(tool, args))
		return 1;
	cmd = znvme_admin_track_user_data(args->cdqid, 0);
	cmd.cdw10 |= (uint32_t)znvme_field_put(ZNVME_TRACK_MOS,
					       args->start ? ZNVME_TRACK_START : args->mos);
	if (manage_exec(tool, &cmd, NULL, 0, NULL, false))
		return 1;
	manage_say(tool, "cdqid", args->cdqid, "Track Send (Log User Data Changes) Successful");
	return 0;
}

/* ---- lm-track ------------------------------------------------------------------------------ */

struct track_args {
	uint16_t cntlid;
	uint32_t entries;
	uint32_t duration;
	uint64_t count;
};

#define TRACK(member) offsetof(struct track_args, member)

static const struct tool_option track_options[] = {
	TOOL_OPTION('c', "cntlid", "N", TOOL_U16, TRACK(cntlid),
		    "the controller whose changes are shown (required)"),
	TOOL_OPTION('d', "duration", "SECONDS", TOOL_U32, TRACK(duration),
		    "how long; 0: only what is there already", .preset = 1, .max = 86400),
	TOOL_OPTION('N', "count", "N", TOOL_U64, TRACK(count),
		    "stop after so many changes; 0: do not count (JSON: after a million)"),
	TOOL_OPTION('e', "entries", "N", TOOL_U32, TRACK(entries), "entries of the queue",
		    .preset = DEFAULT_ENTRIES, .min = 2, .max = DWORDS_MAX / ENTRY_DWORDS),
	{0},
};

#define JSON_CHANGES 1000000u /* they are in memory until the end */

struct track {
	struct tool *tool;
	struct znvme_cdq cdq;
	uint64_t nr; /* changes */
	uint64_t esa;
	struct json_object *changes;
};

static const char *end_text(uint64_t esa)
{
	switch (esa) {
	case ZNVME_LBAMQ_STOPPED:
		return "stopped";
	case ZNVME_LBAMQ_SUSPENDED:
		return "suspended";
	case ZNVME_LBAMQ_FULL:
		return "full";
	default:
		return NULL;
	}
}

static void show_change(struct track *track, const struct znvme_lba_migration_entry *entry)
{
	bool all = znvme_field_get(ZNVME_LBAMQA_LBACIR, entry->lbamqa) == ZNVME_LBAMQ_ALL;
	bool gone = entry->lbamqa & ZNVME_LBAMQA_DLBA;
	uint64_t blocks = entry->nlb + 1ull;

	track->nr++;
	if (track->changes) {
		struct json_object *change = json_object_new_object();

		json_add_number(change, "nsid", entry->nsid);
		if (!all) {
			json_add_number(change, "slba", entry->slba);
			json_add_number(change, "blocks", blocks);
		}
		json_object_object_add(change, "all", json_object_new_boolean(all));
		json_object_object_add(change, "deallocated", json_object_new_boolean(gone));
		json_object_array_add(track->changes, change);
	} else if (all) {
		printf("nsid %" PRIu32 ": all blocks%s\n", entry->nsid,
		       gone ? ", deallocated" : "");
	} else {
		printf("nsid %" PRIu32 ": %" PRIu64 " blocks from %" PRIu64 " on%s\n", entry->nsid,
		       blocks, entry->slba, gone ? ", deallocated" : "");
	}
}

/* What is in the queue, one round of it at most; the slots are given back. */
static int drain(struct track *track)
{
	struct znvme_lba_migration_entry entry;
	int rc;

	for (uint32_t i = 0; i < track->cdq.size && znvme_cdq_next(&track->cdq, &entry); i++) {
		uint64_t esa = znvme_field_get(ZNVME_LBAMQA_ESA, entry.lbamqa);

		if (znvme_field_get(ZNVME_LBAMQA_LBACIR, entry.lbamqa) != ZNVME_LBAMQ_NONE)
			show_change(track, &entry);
		if (!end_text(esa))
			continue;
		track->esa = esa;
		break;
	}
	if (fflush(stdout))
		return tool_error("standard output: %s", strerror(errno));
	rc = znvme_cdq_release(&track->cdq);
	return rc ? tool_fail(rc, "lm-track") : 0;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Until the time is over, so many changes have come, the log has ended, or nobody wants more. */
static int follow(struct track *track, const struct track_args *args)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	uint64_t until = now_ms() + args->duration * 1000ull;
	uint64_t most = args->count ? args->count : UINT64_MAX;

	if (track->changes && most > JSON_CHANGES)
		most = JSON_CHANGES;

	for (;;) {
		if (drain(track))
			return 1;
		if (track->esa || track->nr >= most || now_ms() >= until || tool_stop ||
		    tool_lets_go(track->tool))
			return 0;
		nanosleep(&pause, NULL);
	}
}

static void show_end(struct track *track)
{
	const char *end = end_text(track->esa);
	struct tool *tool = track->tool;

	if (!end)
		end = "unknown";
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "cntlid", track->cdq.cntlid);
		json_add_number(tool->json, "cdqid", track->cdq.cdqid);
		json_object_object_add(tool->json, "changes", track->changes);
		json_add_string(tool->json, "end", end);
		return;
	}
	fprintf(tool->out, "lm-track: %" PRIu64 " changes by controller %u; the log's end: %s\n",
		track->nr, track->cdq.cntlid, end);
	if (track->esa == ZNVME_LBAMQ_FULL)
		fputs("lm-track: what changed after that is not known: take more --entries\n",
		      tool->out);
}

static int run_track(struct tool *tool, void *arg)
{
	const struct track_args *args = arg;
	struct track track = {.tool = tool};
	int rc;

	if (!tool_given(tool, "cntlid"))
		return tool_error("lm-track: --cntlid is missing");
	if (tool_open(tool) || create_queue(tool, args->cntlid, args->entries, &track.cdq))
		return 1;
	if (tool->format == TOOL_JSON)
		track.changes = json_object_new_array();
	tool_catch_signals();
	rc = znvme_cdq_track(&track.cdq, ZNVME_TRACK_START);
	if (!rc && follow(&track, args))
		goto free_changes;
	if (!rc)
		rc = znvme_cdq_track(&track.cdq, ZNVME_TRACK_STOP);
	if (!rc && !track.esa && drain(&track))
		goto free_changes;
	if (!rc)
		rc = znvme_cdq_delete(&track.cdq);
	if (!rc) {
		show_end(&track);
		return 0;
	}
	tool_fail(rc, "lm-track");
free_changes:
	json_object_put(track.changes);
	return 1;
}

/* ---- the commands -------------------------------------------------------------------------- */

const struct tool_command lm_create_cdq_command = {
	.name = "lm-create-cdq",
	.summary = "create a controller data queue, which ends with the command",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = create_options,
	.args_size = sizeof(struct cdq_args),
	.details = QUEUES_END,
	.example = "znvme lm-create-cdq sim:with=lm --size 1024 --cntlid 1",
	.run = run_create,
};

const struct tool_command lm_delete_cdq_command = {
	.name = "lm-delete-cdq",
	.summary = "delete a controller data queue",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = delete_options,
	.args_size = sizeof(struct cdq_args),
	.details = QUEUES_END,
	.example = "znvme lm-delete-cdq sim:with=lm --create 1024 --cntlid 1",
	.run = run_delete,
};

const struct tool_command lm_get_cdq_command = {
	.name = "lm-get-cdq",
	.summary = "head and trigger of a controller data queue (feature 21h)",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = get_options,
	.args_size = sizeof(struct cdq_args),
	.details = QUEUES_END,
	.example = "znvme lm-get-cdq sim:with=lm --create 1024 --cntlid 1",
	.run = run_get,
};

const struct tool_command lm_set_cdq_command = {
	.name = "lm-set-cdq",
	.summary = "set head and trigger of a controller data queue (feature 21h)",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = set_options,
	.args_size = sizeof(struct cdq_args),
	.details = QUEUES_END,
	.example = "znvme lm-set-cdq sim:with=lm --create 1024 --cntlid 1 --hp 0 --tpt 100",
	.run = run_set,
};

const struct tool_command lm_track_send_command = {
	.name = "lm-track-send",
	.summary = "have a controller's changes logged in a controller data queue",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = track_send_options,
	.args_size = sizeof(struct cdq_args),
	.details = QUEUES_END,
	.example = "znvme lm-track-send sim:with=lm --create 1024 --cntlid 1 --sel 0 --start",
	.run = run_track_send,
};

const struct tool_command lm_track_command = {
	.name = "lm-track",
	.summary = "which blocks another controller changes, as it does",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = track_options,
	.args_size = sizeof(struct track_args),
	.details =
		"Creates a User Data Migration Queue, has the changes logged in it for --duration\n"
		"or until there are --count of them, shows them, and deletes it. How the log has\n"
		"ended is told last: stopped, suspended with its controller, or full, where they\n"
		"came faster than they were read. SIGINT stops it as the end of the time does.\n",
	.example = "znvme lm-track sim:with=lm,guest=10 --cntlid 1 --duration 0",
	.run = run_track,
};
