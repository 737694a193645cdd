/* SPDX-License-Identifier: MIT */
/*
 * telemetry-log, boot-part-log, boot-part: data that are the vendor's or the host's own, into a
 * file (Base 2.1, sections 5.1.12.1.8, 5.1.12.1.9, 5.1.12.1.21 and 8.1.3).
 */
#include "commands.h"
#include "manage.h"
#include "outfile.h"

#include <errno.h>
#include <string.h>

/* A file, or where there is none standard output. */
static int put_bytes(struct tool *tool, const char *path, const void *data, size_t len)
{
	if (outfile_is_stdout(path)) {
		if (tool->format == TOOL_JSON)
			return tool_error("%s: JSON and the data do not go to one output: give "
					  "--output-file FILE",
					  tool->command->name);
		fwrite(data, 1, len, tool->out);
		return 0;
	}
	if (outfile_save(path, data, len))
		return 1;
	if (tool->format == TOOL_JSON && !tool->json) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "bytes", len);
	}
	return 0;
}

/* ---- telemetry-log ------------------------------------------------------------------------- */

struct telemetry_args {
	const char *output_file;
	uint8_t host_generate, data_area;
	bool controller;
};

#define AT(member) offsetof(struct telemetry_args, member)

static const struct tool_option telemetry_options[] = {
	TOOL_OPTION('O', "output-file", "FILE", TOOL_STRING, AT(output_file),
		    "file for the log, header and all (required; -: standard output)"),
	TOOL_OPTION('g', "host-generate", "N", TOOL_U8, AT(host_generate),
		    "1: have the controller capture anew, 0: what it has", .preset = 1, .max = 1),
	TOOL_OPTION('c', "controller-init", NULL, TOOL_FLAG, AT(controller),
		    "what the controller has captured by itself"),
	TOOL_OPTION('d', "data-area", "N", TOOL_U8, AT(data_area), "data areas 1 to this one",
		    .preset = 3, .min = 1, .max = 4),
	{0},
};

#undef AT

/* Data area 4 is there for a host that says it takes it (ETDAS). */
static int ask_for_area_4(struct tool *tool)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_HOST_BEHAVIOR};
	struct znvme_host_behavior behavior;
	int rc;

	if (!(znvme_id_ctrl(tool->ctrl)->lpa & ZNVME_CTRL_LPA_TELEMETRY_DA4))
		return tool_error("%s has no telemetry data area 4 (LPA bit 6)", tool->address);
	rc = znvme_get_feature(tool->ctrl, &args, &behavior, sizeof(behavior), NULL);
	behavior.etdas = 1;
	if (!rc)
		rc = znvme_set_feature(tool->ctrl, &args, &behavior, sizeof(behavior), NULL);
	return rc ? tool_fail(rc, "Host Behavior Support") : 0;
}

/* Where the controller has captured nothing the log has a header alone, which says so. */
static int put_header(struct tool *tool, const char *path)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_TELEMETRY_CTRL, .rae = true};
	struct znvme_telemetry_log header;

	if (manage_log(tool, &args, &header, sizeof(header)) ||
	    put_bytes(tool, path, &header, sizeof(header)))
		return 1;
	tool_error("warning: the controller has captured nothing: this is the log's header alone");
	return 0;
}

static int run_telemetry(struct tool *tool, void *arg)
{
	const struct telemetry_args *args = arg;
	unsigned flags = args->controller      ? ZNVME_TELEMETRY_CTRL
			 : args->host_generate ? ZNVME_TELEMETRY_CREATE
					       : 0;
	tool_autofree void *data = NULL;
	size_t len;
	int rc;

	if (!args->output_file)
		return tool_error("telemetry-log: --output-file is missing");
	if (args->controller && tool_given(tool, "host-generate"))
		return tool_error("telemetry-log: --host-generate is of the host's telemetry, "
				  "--controller-init of the controller's");
	if (tool_open(tool))
		return 1;
	if (!(znvme_id_ctrl(tool->ctrl)->lpa & ZNVME_CTRL_LPA_TELEMETRY))
		return tool_error("%s has no telemetry logs (LPA bit 3)", tool->address);
	if (args->data_area == 4 && ask_for_area_4(tool))
		return 1;
	rc = znvme_telemetry(tool->ctrl, flags, args->data_area, &data, &len);
	if (rc == -ENODATA && args->controller)
		return put_header(tool, args->output_file);
	return rc ? tool_fail(rc, "telemetry-log") : put_bytes(tool, args->output_file, data, len);
}

const struct tool_command telemetry_command = {
	.name = "telemetry-log",
	.summary = "what the vendor wants to know of the device's state, into a file",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = telemetry_options,
	.args_size = sizeof(struct telemetry_args),
	.example = "znvme telemetry-log sim: --output-file - | wc -c",
	.run = run_telemetry,
};

/* ---- boot-part-log, boot-part -------------------------------------------------------------- */

struct boot_args {
	const char *output_file;
	uint8_t bpid;
};

static const struct tool_option boot_log_options[] = {
	TOOL_OPTION('s', "lsp", "N", TOOL_U8, offsetof(struct boot_args, bpid),
		    "which boot partition: 0 or 1", .max = 1),
	TOOL_OPTION('f', "output-file", "FILE", TOOL_STRING,
		    offsetof(struct boot_args, output_file), "file for its contents"),
	{0},
};

static const struct field_bits bpinfo_bits[] = {
	NAMED_BITS("abpid", ZNVME_BPINFO_ABPID, "Active Boot Partition ID",
		   BITS_VALUES(field_no_yes)),
	NAMED_BITS("bpsz", ZNVME_BPINFO_BPSZ, "Boot Partition Size, 128 KiB"),
	{0},
};

static const struct field boot_fields[] = {
	FIELD_AS("Log ID", znvme_boot_partition_log, lid, DEC, .json = "count"),
	FIELD_AS("bpinfo", znvme_boot_partition_log, bpinfo, HEX, .bits = bpinfo_bits),
	{0},
};

static int run_boot_log(struct tool *tool, void *arg)
{
	const struct boot_args *args = arg;
	struct znvme_get_log_args log_args = {.lid = ZNVME_LOG_BOOT_PARTITION, .lsp = args->bpid};
	struct znvme_boot_partition_log header;
	tool_autofree void *data = NULL;
	bool to_stdout = args->output_file && outfile_is_stdout(args->output_file);
	size_t len = 0;

	if (tool_open(tool) || manage_log(tool, &log_args, &header, sizeof(header)))
		return 1;
	if (args->output_file) {
		len = (size_t)znvme_field_get(ZNVME_BPINFO_BPSZ, header.bpinfo) * ZNVME_BOOT_UNIT;
		data = calloc(1, len ? len : 1);
		log_args.offset = sizeof(header);
		if (!data)
			return tool_error("out of memory");
		if (len && manage_log(tool, &log_args, data, len))
			return 1;
	}
	if (to_stdout)
		return put_bytes(tool, args->output_file, data, len);
	if (tool->format == TOOL_NORMAL)
		fprintf(tool->out, "Boot Partition Log for device: %s\n", tool->address);
	manage_show(tool, boot_fields, 10, &header, sizeof(header), NULL);
	if (tool->json)
		bits_json(tool->json, bpinfo_bits, header.bpinfo);
	return args->output_file ? put_bytes(tool, args->output_file, data, len) : 0;
}

const struct tool_command boot_log_command = {
	.name = "boot-part-log",
	.summary = "the boot partitions, by their log page",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = boot_log_options,
	.args_size = sizeof(struct boot_args),
	.example = "znvme boot-part-log sim:boot=128K",
	.run = run_boot_log,
};

static const struct tool_option boot_options[] = {
	TOOL_OPTION('b', "bpid", "N", TOOL_U8, offsetof(struct boot_args, bpid),
		    "which boot partition: 0 or 1", .max = 1),
	TOOL_OPTION('f', "output-file", "FILE", TOOL_STRING,
		    offsetof(struct boot_args, output_file),
		    "file for its contents (required; -: standard output)"),
	{0},
};

static int run_boot(struct tool *tool, void *arg)
{
	const struct boot_args *args = arg;
	tool_autofree void *data = NULL;
	size_t len;
	int rc;

	if (!args->output_file)
		return tool_error("boot-part: --output-file is missing");
	if (tool_open(tool))
		return 1;
	len = (size_t)znvme_field_get(ZNVME_BPINFO_BPSZ,
				      znvme_reg_read(tool->ctrl, ZNVME_REG_BPINFO, 4)) *
	      ZNVME_BOOT_UNIT;
	data = calloc(1, len ? len : 1);
	if (!data)
		return tool_error("out of memory");
	rc = znvme_boot_read(tool->ctrl, args->bpid, 0, data, len);
	return rc ? tool_fail(rc, NULL) : put_bytes(tool, args->output_file, data, len);
}

const struct tool_command boot_command = {
	.name = "boot-part",
	.summary = "a boot partition, read by registers as a boot loader does",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = boot_options,
	.args_size = sizeof(struct boot_args),
	.example = "znvme boot-part sim:boot=128K --output-file - | wc -c",
	.run = run_boot,
};
