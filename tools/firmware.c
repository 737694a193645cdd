/* SPDX-License-Identifier: MIT */
/*
 * fw-download, fw-commit (and fw-activate, its older name): Base 2.1, sections 5.1.9, 5.1.8 and
 * 3.11.
 */
#include "commands.h"
#include "manage.h"

#include <errno.h>
#include <string.h>

#define FW_MAX (1u << 30)

struct fw_download_args {
	const char *fw;
	uint32_t xfer, offset;
	bool progress, ignore_ovr, force;
};

#define AT(member) offsetof(struct fw_download_args, member)

static const struct tool_option fw_download_options[] = {
	TOOL_OPTION('f', "fw", "FILE", TOOL_STRING, AT(fw), "the image (required)"),
	TOOL_OPTION('x', "xfer", "BYTES", TOOL_U32, AT(xfer),
		    "bytes of a piece (default: what suits the controller, FWUG)", .min = 4),
	TOOL_OPTION('O', "offset", "DWORDS", TOOL_U32, AT(offset),
		    "where in the image this file begins, units of 4 bytes", .max = 0x3fffffff),
	TOOL_OPTION('p', "progress", NULL, TOOL_FLAG, AT(progress),
		    "a bar, which is there on a terminal anyway"),
	TOOL_OPTION('i', "ignore-ovr", NULL, TOOL_FLAG, AT(ignore_ovr),
		    "go on where the controller sees pieces that overlap"),
	MANAGE_FORCE(fw_download_args),
	{0},
};

#undef AT

/* The size of an image; 0, or 1 after an error message. */
static int check_image(struct tool *tool, const char *path, size_t len, bool force)
{
	const char *command = tool->command->name;
	uint32_t granularity = znvme_fw_granularity(tool->ctrl);

	if (len > FW_MAX)
		return tool_error("%s: %s has more than 1 GiB", command, path);
	if (!len || len % 4)
		return tool_error("%s: %s has %zu bytes: an image is a multiple of 4, and not "
				  "empty",
				  command, path, len);
	if (len % granularity && !force)
		return tool_error("%s: %s has %zu bytes, which is no multiple of the controller's "
				  "%u (FWUG); --force sends it all the same",
				  command, path, len, granularity);
	return 0;
}

static int run_fw_download(struct tool *tool, void *arg)
{
	const struct fw_download_args *args = arg;
	const struct znvme_sqe cmd = znvme_admin_fw_download(0, 4);
	tool_autofree void *image = NULL;
	struct manage_wait wait;
	size_t len;
	int rc;

	if (!args->fw)
		return tool_error("fw-download: --fw is missing");
	if (tool_read_file(args->fw, FW_MAX + 1, &image, &len))
		return 1;
	if (tool_open(tool) || manage_check(tool, &cmd, args->force))
		return 1;
	if (check_image(tool, args->fw, len, args->force))
		return 1;
	manage_wait_start(&wait);
	rc = znvme_fw_download(tool->ctrl, image, len, args->offset * 4, args->xfer, manage_waiting,
			       &wait);
	manage_wait_end(&wait);
	if (rc > 0 && (rc & ZNVME_STATUS_CODE) == ZNVME_SC_OVERLAPPING_RANGE && args->ignore_ovr)
		rc = 0;
	if (rc)
		return tool_fail(rc, "fw-download");
	manage_say(tool, "bytes", len, "Firmware download success");
	return 0;
}

const struct tool_command fw_download_command = {
	.name = "fw-download",
	.summary = "send a firmware image, which fw-commit then puts into a slot",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = fw_download_options,
	.args_size = sizeof(struct fw_download_args),
	.details =
		"Nothing is changed before the commit. A controller forgets what was downloaded\n"
		"when it is reset, as it is when the tool lets go of it: `znvme fw-commit --fw\n"
		"FILE` downloads and commits in one go. This command shows whether the controller\n"
		"takes the image.\n",
	.example = "printf '%-4096s' '2.0' >fw.bin && znvme fw-download sim: --fw fw.bin; rm -f "
		   "fw.bin",
	.run = run_fw_download,
};

/* ---- fw-commit ----------------------------------------------------------------------------- */

struct fw_commit_args {
	const char *fw;
	uint8_t slot, action, bpid;
	bool reset, force;
};

#define AT(member) offsetof(struct fw_commit_args, member)

static const struct tool_option fw_commit_options[] = {
	TOOL_OPTION('s', "slot", "N", TOOL_U8, AT(slot), "slot 1 to 7; 0: the controller chooses",
		    .max = 7),
	TOOL_OPTION('a', "action", "N", TOOL_U8, AT(action),
		    "0 replace, 1 and activate at the next reset, 2 activate at the next reset, 3 "
		    "activate now, 6 replace and 7 activate a boot partition",
		    .max = 7),
	TOOL_OPTION('b', "bpid", "N", TOOL_U8, AT(bpid), "boot partition", .max = 1),
	TOOL_OPTION('f', "fw", "FILE", TOOL_STRING, AT(fw), "download this image first"),
	TOOL_OPTION('r', "reset", NULL, TOOL_FLAG, AT(reset),
		    "then reset the controller, where that is what activates it"),
	MANAGE_FORCE(fw_commit_args),
	{0},
};

#undef AT

/* Statuses that say which reset activates the image; the commit itself succeeded. */
static const struct {
	uint16_t status;
	const char *text;
} fw_needs[] = {
	{ZNVME_SC_FW_NEEDS_CONV_RESET, "a conventional reset (power cycle or hot reset)"},
	{ZNVME_SC_FW_NEEDS_NSS_RESET, "an NVM subsystem reset (`znvme subsystem-reset`)"},
	{ZNVME_SC_FW_NEEDS_CTRL_RESET, "a controller reset (`znvme reset`)"},
};

static const char *needed_reset(int rc)
{
	for (unsigned i = 0; rc > 0 && i < TOOL_COUNT(fw_needs); i++)
		if ((rc & ZNVME_STATUS_CODE) == fw_needs[i].status)
			return fw_needs[i].text;
	return NULL;
}

static int download_first(struct tool *tool, const char *path, bool force)
{
	tool_autofree void *image = NULL;
	struct manage_wait wait;
	size_t len;
	int rc;

	if (!path)
		return 0;
	if (tool_read_file(path, FW_MAX + 1, &image, &len) || check_image(tool, path, len, force))
		return 1;
	manage_wait_start(&wait);
	rc = znvme_fw_download(tool->ctrl, image, len, 0, 0, manage_waiting, &wait);
	manage_wait_end(&wait);
	if (rc)
		return tool_fail(rc, "fw-download");
	return tool_stop ? tool_error("interrupted; nothing was committed") : 0;
}

static int run_fw_commit(struct tool *tool, void *arg)
{
	const struct fw_commit_args *args = arg;
	const struct znvme_sqe cmd = znvme_admin_fw_commit(args->slot, args->action, args->bpid);
	const char *needs;
	uint64_t result = 0;
	int rc, status;

	if (tool_open(tool) || manage_check(tool, &cmd, args->force) ||
	    download_first(tool, args->fw, args->force))
		return 1;
	rc = znvme_admin(tool->ctrl, &cmd, NULL, 0, &result, 0);
	needs = needed_reset(rc);
	if (rc && !needs)
		return tool_fail(rc, "fw-commit");
	if (args->reset) {
		status = needs ? rc & ZNVME_STATUS_CODE : 0;
		rc = status == ZNVME_SC_FW_NEEDS_NSS_RESET ? znvme_subsystem_reset(tool->ctrl)
							   : znvme_reset(tool->ctrl);
		if (rc)
			return tool_fail(rc, "reset");
		if (status != ZNVME_SC_FW_NEEDS_CONV_RESET)
			needs = NULL; /* it was given */
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "action", args->action);
		json_add_number(tool->json, "slot", args->slot);
		json_add_string(tool->json, "needs_reset", needs ? needs : "");
		return 0;
	}
	fprintf(tool->out, "Success committing firmware action:%u slot:%u\n", args->action,
		args->slot);
	if (needs)
		fprintf(tool->out, "Success activating firmware needs %s\n", needs);
	if (result & ZNVME_FW_COMMIT_MUD)
		fprintf(tool->out, "The controller saw overlapping updates: %#x\n",
			(unsigned)(result & ZNVME_FW_COMMIT_MUD));
	return 0;
}

#define FW_COMMIT(command_name, command_summary)                                                   \
	{                                                                                          \
		.name = (command_name), .summary = (command_summary), .group = TOOL_GROUP_MANAGE,  \
		.flags = TOOL_DEVICE | TOOL_OUTPUT, .options = fw_commit_options,                  \
		.args_size = sizeof(struct fw_commit_args),                                        \
		.example = "printf '%-4096s' '2.0' >fw.bin && znvme " command_name                 \
			   " sim: --fw fw.bin --slot 2 --action 3; rm -f fw.bin",                  \
		.run = run_fw_commit,                                                              \
	}

const struct tool_command fw_commit_command =
	FW_COMMIT("fw-commit", "put the image into a slot, and activate it");
const struct tool_command fw_activate_command =
	FW_COMMIT("fw-activate", "the older name of fw-commit");
