/* SPDX-License-Identifier: MIT */
/*
 * What is done to zones: zns-open-zone, -close-zone, -finish-zone, -reset-zone, -offline-zone,
 * -zrwa-flush-zone, -set-zone-desc, -zone-mgmt-send: one Zone Management Send each (Zoned Namespace
 * Command Set 1.2, section 3.4.3).
 */
#include "commands.h"
#include "fields.h"
#include "manage.h"
#include "signature.h"
#include "zns.h"

#include <inttypes.h>
#include <string.h>

struct manage_args {
	uint64_t start_lba;
	bool select_all;
	bool zrwaa;
	bool force;
	uint8_t zsa;
	uint32_t data_len;
	const char *data;
};

#define OFFSET(member) offsetof(struct manage_args, member)

/* clang-format off */
#define OPTION_START                                                                               \
	TOOL_OPTION('s', "start-lba", "LBA", TOOL_U64, OFFSET(start_lba),                          \
		    "first block of the zone")
#define OPTION_ALL                                                                                 \
	TOOL_OPTION('a', "select-all", NULL, TOOL_FLAG, OFFSET(select_all),                        \
		    "all zones whose state allows it")
#define OPTION_ZRWAA                                                                               \
	TOOL_OPTION('r', "zrwaa", NULL, TOOL_FLAG, OFFSET(zrwaa),                                  \
		    "with a zone random write area")
#define OPTION_DATA                                                                                \
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, OFFSET(data),                                \
		    "where the data come from (default: standard input)")
#define OPTION_FORCE                                                                               \
	TOOL_OPTION(0, "force", NULL, TOOL_FLAG, OFFSET(force),                                    \
		    "also all zones, or where the namespace begins with a file system")
/* clang-format on */

int zns_exec(struct tool *tool, const struct znvme_sqe *sqe, uint64_t *result)
{
	struct znvme_queue *queue = NULL;
	int rc = znvme_queue_create(tool->ctrl, 2, NULL, &queue);

	if (!rc)
		rc = znvme_exec(queue, sqe, result);
	znvme_queue_delete(queue);
	return rc ? tool_fail(rc, tool->command->name) : 0;
}

/* `len` bytes from the file, filled up with zeroes as nvme-cli does, in memory for the device. */
static int load(struct tool *tool, const char *path, size_t len, struct znvme_region **region)
{
	tool_autofree void *data = NULL;
	size_t got;
	int rc;

	if (tool_read_file(path, len, &data, &got))
		return 1;
	rc = znvme_mem_alloc(tool->ctrl, len, region);
	if (rc)
		return tool_fail(rc, "buffer");
	if (got)
		memcpy((*region)->addr, data, got);
	return 0;
}

/* ---- one action ---------------------------------------------------------------------------- */

/* What was done, in nvme-cli's words for this command, or in JSON. */
static void report(struct tool *tool, const struct manage_args *args, unsigned action,
		   uint32_t nsid, uint64_t result)
{
	unsigned zcapc = result & ZNVME_ZONE_SEND_ZCAPC ? 1 : 0;
	const char *name = tool->command->name;

	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_string(tool->json, "command", name);
		json_add_number(tool->json, "nsid", nsid);
		json_add_number(tool->json, "action", action);
		json_add_number(tool->json, "zone", args->start_lba);
		json_add_number(tool->json, "all", args->select_all);
		json_add_number(tool->json, "zcapc", zcapc);
		return;
	}
	switch (action) {
	case ZNVME_ZONE_OPEN:
		fprintf(tool->out, "%s: Success zone slba:%" PRIx64 " nsid:%u\n", name,
			args->start_lba, nsid);
		break;
	case ZNVME_ZONE_FLUSH_ZRWA:
		fprintf(tool->out, "zrwa-flush-zone: Success, lba:%" PRIx64 " nsid:%u\n",
			args->start_lba, nsid);
		break;
	default:
		fprintf(tool->out,
			"%s: Success, action:%u zone:%" PRIx64 " all:%u zcapc:%u nsid:%u\n", name,
			action, args->start_lba, args->select_all, zcapc, nsid);
	}
}

/* Data are lost where zones are emptied, or taken offline. */
static int confirm_loss(struct tool *tool, const struct manage_args *args,
			const struct znvme_zns *zns, unsigned action)
{
	if (action != ZNVME_ZONE_RESET && action != ZNVME_ZONE_TO_OFFLINE)
		return 0;
	if (!args->select_all)
		return signature_confirm(tool, zns->ns, args->force);
	return tool_confirm(tool, args->force,
			    "%s: all zones of namespace %u of %s lose their data",
			    tool->command->name, zns->ns->nsid, tool->address);
}

static int manage(struct tool *tool, const struct manage_args *args, enum znvme_zone_action action)
{
	uint32_t flags = (args->select_all ? ZNVME_ZONE_SEND_ALL : 0) |
			 (args->zrwaa ? ZNVME_ZONE_SEND_ZRWAA : 0);
	const struct znvme_zns *zns;
	struct znvme_sqe sqe = {0};
	uint64_t result;

	if (args->select_all && tool_given(tool, "start-lba"))
		return tool_error("%s: --select-all is all zones, --start-lba is one: give one",
				  tool->command->name);
	if (action == ZNVME_ZONE_RESET && !args->select_all && !tool_given(tool, "start-lba"))
		return tool_error("%s: which zone? --start-lba LBA, or --select-all",
				  tool->command->name);
	if (zns_open(tool, &zns) || confirm_loss(tool, args, zns, action))
		return 1;
	znvme_prep_zone_manage(&sqe, zns, action, args->start_lba, flags);
	if (zns_exec(tool, &sqe, &result))
		return 1;
	report(tool, args, action, zns->ns->nsid, result);
	return 0;
}

#define RUN(action_name, value)                                                                    \
	static int run_##action_name(struct tool *tool, void *args)                                \
	{                                                                                          \
		return manage(tool, args, value);                                                  \
	}

RUN(open, ZNVME_ZONE_OPEN)
RUN(close, ZNVME_ZONE_CLOSE)
RUN(finish, ZNVME_ZONE_FINISH)
RUN(reset, ZNVME_ZONE_RESET)
RUN(offline, ZNVME_ZONE_TO_OFFLINE)
RUN(flush, ZNVME_ZONE_FLUSH_ZRWA)

static const struct tool_option action_options[] = {OPTION_START, OPTION_ALL, {0}};
static const struct tool_option loss_options[] = {OPTION_START, OPTION_ALL, OPTION_FORCE, {0}};
static const struct tool_option open_options[] = {OPTION_START, OPTION_ALL, OPTION_ZRWAA, {0}};
static const struct tool_option flush_options[] = {
	TOOL_OPTION('l', "lba", "LBA", TOOL_U64, OFFSET(start_lba), "last block to flush"),
	{0},
};

/* clang-format off */
#define ACTION(action_name, cli_name, its_summary, its_options, its_example)                       \
	const struct tool_command zns_##action_name##_zone_command = {                             \
		.name = "zns-" cli_name,                                                           \
		.summary = (its_summary),                                                          \
		.group = TOOL_GROUP_ZONES,                                                         \
		.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,                               \
		.options = (its_options),                                                          \
		.args_size = sizeof(struct manage_args),                                           \
		.details = "The device closes open zones when it is shut down, which each "        \
			   "command does at its\nend; one that holds nothing is empty then.\n",    \
		.example = "znvme zns-" cli_name " sim:zoned=1 " its_example,                      \
		.run = run_##action_name,                                                          \
	}
/* clang-format on */

ACTION(open, "open-zone", "open zones, explicitly", open_options, "--start-lba 0");
ACTION(close, "close-zone", "close zones", action_options, "--select-all");
ACTION(finish, "finish-zone", "have zones full", action_options, "--start-lba 0");
ACTION(reset, "reset-zone", "have zones empty: their data are lost", loss_options, "--start-lba 0");
ACTION(offline, "offline-zone", "take read-only zones offline, for good", loss_options,
       "--select-all --force");

const struct tool_command zns_zrwa_flush_zone_command = {
	.name = "zns-zrwa-flush-zone",
	.summary = "what is in a zone's random write area, up to a block, is final",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = flush_options,
	.args_size = sizeof(struct manage_args),
	.details = "A shutdown takes random write areas away: this is for zones that somebody has "
		   "open.\n",
	.example = "znvme zns-zrwa-flush-zone sim:zoned=1,zrwa=64K --lba 7 || test $? -eq 1",
	.run = run_flush,
};

/* ---- zns-set-zone-desc --------------------------------------------------------------------- */

static const struct tool_option set_desc_options[] = {OPTION_START, OPTION_ZRWAA, OPTION_DATA, {0}};

static int set_extension(struct tool *tool, const struct manage_args *args, uint32_t len,
			 const struct znvme_zns *zns, uint64_t *result)
{
	struct znvme_region *region = NULL;
	struct znvme_sqe sqe = {0};
	int rc;

	if (!zns->extension_size)
		return tool_error("%s: zones of namespace %u have no descriptor extensions",
				  tool->command->name, zns->ns->nsid);
	if (len && len != zns->extension_size)
		return tool_error("%s: --data-len %u: an extension has %u bytes",
				  tool->command->name, len, zns->extension_size);
	if (load(tool, args->data, zns->extension_size, &region))
		return 1;
	rc = znvme_prep_zone_set_extension(&sqe, zns, region, region->addr, args->start_lba,
					   args->zrwaa ? ZNVME_ZONE_SEND_ZRWAA : 0);
	if (rc)
		return tool_fail(rc, tool->command->name);
	return zns_exec(tool, &sqe, result);
}

static int run_set_desc(struct tool *tool, void *arg)
{
	const struct manage_args *args = arg;
	const struct znvme_zns *zns;
	uint64_t result;

	if (zns_open(tool, &zns) || set_extension(tool, args, 0, zns, &result))
		return 1;
	if (tool->format == TOOL_JSON)
		report(tool, args, ZNVME_ZONE_SET_EXTENSION, zns->ns->nsid, result);
	else
		fprintf(tool->out, "set-zone-desc: Success, zone:%" PRIx64 " nsid:%u\n",
			args->start_lba, zns->ns->nsid);
	return 0;
}

const struct tool_command zns_set_zone_desc_command = {
	.name = "zns-set-zone-desc",
	.summary = "give an empty zone a descriptor extension",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = set_desc_options,
	.args_size = sizeof(struct manage_args),
	.details = "Data that are too short are filled up with zeroes. The zone is closed then.\n",
	.example = "echo mine | znvme zns-set-zone-desc sim:zoned=1,ext=64 --start-lba 0",
	.run = run_set_desc,
};

/* ---- zns-zone-mgmt-send -------------------------------------------------------------------- */

static const struct tool_option send_options[] = {
	OPTION_START,
	TOOL_OPTION('o', "zsaso", NULL, TOOL_FLAG, OFFSET(zrwaa),
		    "zone send action specific option: with a zone random write area"),
	OPTION_ALL,
	TOOL_OPTION('z', "zsa", "N", TOOL_U8, OFFSET(zsa),
		    "zone send action (required): 1 close, 2 finish, 3 open, 4 reset, 5 offline, "
		    "0x10 set extension, 0x11 flush"),
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, OFFSET(data_len),
		    "length of the extension"),
	OPTION_DATA,
	OPTION_FORCE,
	{0},
};

static int run_send(struct tool *tool, void *arg)
{
	const struct manage_args *args = arg;
	uint32_t flags = (args->select_all ? ZNVME_ZONE_SEND_ALL : 0) |
			 (args->zrwaa ? ZNVME_ZONE_SEND_ZRWAA : 0);
	const struct znvme_zns *zns;
	struct znvme_sqe sqe = {0};
	uint64_t result;
	int rc;

	if (!tool_given(tool, "zsa"))
		return tool_error("zns-zone-mgmt-send: --zsa is missing: the zone send action");
	if (zns_open(tool, &zns) || confirm_loss(tool, args, zns, args->zsa))
		return 1;
	if (args->zsa == ZNVME_ZONE_SET_EXTENSION) {
		rc = set_extension(tool, args, args->data_len, zns, &result);
	} else {
		znvme_prep_zone_manage(&sqe, zns, (enum znvme_zone_action)args->zsa,
				       args->start_lba, flags);
		rc = zns_exec(tool, &sqe, &result);
	}
	if (rc)
		return 1;
	if (tool->format == TOOL_JSON)
		report(tool, args, args->zsa, zns->ns->nsid, result);
	else
		fprintf(tool->out,
			"zone-mgmt-send: Success, action:%u zone:%" PRIx64 " all:%u nsid:%u\n",
			args->zsa, args->start_lba, args->select_all, zns->ns->nsid);
	return 0;
}

const struct tool_command zns_zone_mgmt_send_command = {
	.name = "zns-zone-mgmt-send",
	.summary = "a zone management send command, as it is",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = send_options,
	.args_size = sizeof(struct manage_args),
	.details = "-o is --zsaso, as in nvme-cli; JSON is --output-format json.\n",
	.example = "znvme zns-zone-mgmt-send sim:zoned=1 --start-lba 0 --zsa 3",
	.run = run_send,
};
