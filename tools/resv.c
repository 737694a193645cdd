/* SPDX-License-Identifier: MIT */
/*
 * resv-register, resv-acquire, resv-release, resv-report, resv-notif-log: reservations (Base 2.1,
 * sections 7.5 to 7.8 and 5.1.12.1.32).
 */
#include "blocks.h"
#include "commands.h"
#include "fields.h"

#include <inttypes.h>
#include <string.h>

struct resv_args {
	uint64_t crkey;
	uint64_t nrkey;
	uint64_t prkey;
	uint8_t action;
	uint8_t type;
	uint8_t cptpl;
	bool iekey;
	bool force;
};

#define RESV(member) offsetof(struct resv_args, member)

static const struct tool_option register_options[] = {
	TOOL_OPTION('c', "crkey", "KEY", TOOL_U64, RESV(crkey), "current reservation key"),
	TOOL_OPTION('k', "nrkey", "KEY", TOOL_U64, RESV(nrkey), "new reservation key"),
	TOOL_OPTION('r', "rrega", "N", TOOL_U8, RESV(action),
		    "0: register, 1: unregister, 2: replace the key", .max = 7),
	TOOL_OPTION('p', "cptpl", "N", TOOL_U8, RESV(cptpl),
		    "persistence through power loss: 0: as it is, 2: none, 3: on", .max = 3),
	TOOL_OPTION('i', "iekey", NULL, TOOL_FLAG, RESV(iekey), "ignore the existing key"),
	FORCE_OPTION(struct resv_args),
	{0},
};

#define RESV_TYPE_OPTION                                                                           \
	TOOL_OPTION('t', "rtype", "N", TOOL_U8, RESV(type),                                        \
		    "1: Write Exclusive, 2: Exclusive Access, 3 and 4: the same, Registrants "     \
		    "Only, 5 and 6: All Registrants")

static const struct tool_option acquire_options[] = {
	TOOL_OPTION('c', "crkey", "KEY", TOOL_U64, RESV(crkey), "current reservation key"),
	TOOL_OPTION('p', "prkey", "KEY", TOOL_U64, RESV(prkey),
		    "key of those that are to be preempted"),
	RESV_TYPE_OPTION,
	TOOL_OPTION('a', "racqa", "N", TOOL_U8, RESV(action),
		    "0: acquire, 1: preempt, 2: preempt and abort", .max = 7),
	TOOL_OPTION('i', "iekey", NULL, TOOL_FLAG, RESV(iekey), "ignore the existing key"),
	FORCE_OPTION(struct resv_args),
	{0},
};

static const struct tool_option release_options[] = {
	TOOL_OPTION('c', "crkey", "KEY", TOOL_U64, RESV(crkey), "current reservation key"),
	RESV_TYPE_OPTION,
	TOOL_OPTION('a', "rrela", "N", TOOL_U8, RESV(action), "0: release, 1: clear", .max = 7),
	TOOL_OPTION('i', "iekey", NULL, TOOL_FLAG, RESV(iekey), "ignore the existing key"),
	FORCE_OPTION(struct resv_args),
	{0},
};

/* ---- resv-register, resv-acquire, resv-release --------------------------------------------- */

static int send(struct tool *tool, const struct resv_args *args, uint8_t opcode, uint64_t second,
		size_t len, const char *success)
{
	uint64_t keys[2] = {args->crkey, second};
	struct znvme_sqe sqe = {
		.opcode = opcode,
		.cdw10 = (uint32_t)(znvme_field_put(ZNVME_RESV_ACTION, args->action) |
				    znvme_field_put(ZNVME_RESV_IEKEY, args->iekey) |
				    znvme_field_put(ZNVME_RESV_RTYPE, args->type) |
				    znvme_field_put(ZNVME_RESV_CPTPL, args->cptpl)),
	};

	if (tool_open(tool) || manage_check_io(tool, &sqe, args->force))
		return 1;
	sqe.nsid = tool->nsid;
	if (blocks_send(tool, &sqe, keys, len, NULL))
		return 1;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_string(tool->json, "command", tool->command->name);
		json_add_number(tool->json, "nsid", tool->nsid);
	} else {
		fprintf(tool->out, "%s\n", success);
	}
	return 0;
}

static int run_register(struct tool *tool, void *arg)
{
	const struct resv_args *args = arg;

	return send(tool, args, ZNVME_CMD_RESV_REGISTER, args->nrkey,
		    sizeof(struct znvme_resv_register_data), "NVME Reservation  success");
}

static int run_acquire(struct tool *tool, void *arg)
{
	const struct resv_args *args = arg;

	return send(tool, args, ZNVME_CMD_RESV_ACQUIRE, args->prkey,
		    sizeof(struct znvme_resv_acquire_data), "NVME Reservation Acquire success");
}

static int run_release(struct tool *tool, void *arg)
{
	return send(tool, arg, ZNVME_CMD_RESV_RELEASE, 0, sizeof(struct znvme_resv_release_data),
		    "NVME Reservation Release success");
}

const struct tool_command resv_register_command = {
	.name = "resv-register",
	.summary = "register a host with a namespace, or unregister it",
	.group = TOOL_GROUP_RESERVATION,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = register_options,
	.args_size = sizeof(struct resv_args),
	.details = "A host is known by its Host Identifier (set-feature --feature-id 0x81), which "
		   "ends with the\ncommand; without one, by its controller.\n",
	.example = "znvme resv-register sim: --nrkey 0xabc",
	.run = run_register,
};

const struct tool_command resv_acquire_command = {
	.name = "resv-acquire",
	.summary = "reserve a namespace, or preempt who holds it",
	.group = TOOL_GROUP_RESERVATION,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = acquire_options,
	.args_size = sizeof(struct resv_args),
	.example = "znvme resv-register sim:file=resv.img,size=1M --nrkey 0xabc --cptpl 3 && znvme "
		   "resv-acquire sim:file=resv.img,size=1M --crkey 0xabc --rtype 1",
	.run = run_acquire,
};

const struct tool_command resv_release_command = {
	.name = "resv-release",
	.summary = "give a reservation up, or clear all registrations",
	.group = TOOL_GROUP_RESERVATION,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = release_options,
	.args_size = sizeof(struct resv_args),
	.example = "znvme resv-register sim:file=resv.img,size=1M --nrkey 0xabc --cptpl 3 && znvme "
		   "resv-release sim:file=resv.img,size=1M --crkey 0xabc --rtype 1",
	.run = run_release,
};

/* ---- resv-report --------------------------------------------------------------------------- */

#define REPORT_MAX (64u + 65535u * 64u)

struct report_args {
	uint32_t numd;
	bool eds;
	bool force;
};

static const struct tool_option report_options[] = {
	TOOL_OPTION('d', "numd", "N", TOOL_U32, offsetof(struct report_args, numd),
		    "dwords to read, 0-based as in nvme-cli (default: 4 KiB)",
		    .max = REPORT_MAX / 4 - 1),
	TOOL_OPTION('e', "eds", NULL, TOOL_FLAG, offsetof(struct report_args, eds),
		    "extended: host identifiers of 16 bytes"),
	FORCE_OPTION(struct report_args),
	{0},
};

#define HEAD(member, how) FIELD(znvme_resv_status, member, how)

static const struct field head_fields[] = {
	HEAD(gen, DEC), HEAD(rtype, DEC), HEAD(regctl, DEC), HEAD(ptpls, DEC), {0},
};

/* Entries that are in the buffer; the device may speak of more. */
static unsigned entries_of(const void *data, size_t len, bool extended)
{
	const struct znvme_resv_status *head = data;
	size_t start = extended ? sizeof(struct znvme_resv_status_ext) : sizeof(*head);
	size_t size =
		extended ? sizeof(struct znvme_resv_ctrl_ext) : sizeof(struct znvme_resv_ctrl);
	size_t room = len < start ? 0 : (len - start) / size;
	size_t said = head->regctl[0] | (size_t)head->regctl[1] << 8;

	return (unsigned)(said < room ? said : room);
}

static void print_report(FILE *out, const void *data, size_t len, bool extended)
{
	const struct znvme_resv_ctrl_ext *ext =
		(const void *)((const char *)data + sizeof(struct znvme_resv_status_ext));
	const struct znvme_resv_ctrl *entry =
		(const void *)((const char *)data + sizeof(struct znvme_resv_status));
	unsigned nr = entries_of(data, len, extended);
	char id[33];

	fputs("\nNVME Reservation status:\n\n", out);
	fields_print(out, head_fields, 9, data, false);
	for (unsigned i = 0; i < nr && !extended; i++)
		fprintf(out,
			"regctl[%u] :\n  cntlid  : %x\n  rcsts   : %x\n  hostid  : %" PRIx64
			"\n  rkey    : %" PRIx64 "\n",
			i, entry[i].cntlid, entry[i].rcsts, entry[i].hostid, entry[i].rkey);
	for (unsigned i = 0; i < nr && extended; i++) {
		field_hex_text(id, ext[i].hostid, sizeof(ext[i].hostid));
		fprintf(out,
			"regctlext[%u] :\n  cntlid     : %x\n  rcsts      : %x\n  rkey       : "
			"%" PRIx64 "\n  hostid     : %s\n",
			i, ext[i].cntlid, ext[i].rcsts, ext[i].rkey, id);
	}
	fputc('\n', out);
}

static struct json_object *entry_json(const void *data, unsigned i, bool extended)
{
	struct json_object *object = json_object_new_object();

	if (extended) {
		const struct znvme_resv_ctrl_ext *ext =
			(const void *)((const char *)data + sizeof(struct znvme_resv_status_ext));

		json_add_number(object, "cntlid", ext[i].cntlid);
		json_add_number(object, "rcsts", ext[i].rcsts);
		json_add_number(object, "rkey", ext[i].rkey);
		json_add_hex(object, "hostid", ext[i].hostid, sizeof(ext[i].hostid));
	} else {
		const struct znvme_resv_ctrl *entry =
			(const void *)((const char *)data + sizeof(struct znvme_resv_status));

		json_add_number(object, "cntlid", entry[i].cntlid);
		json_add_number(object, "rcsts", entry[i].rcsts);
		json_add_number(object, "hostid", entry[i].hostid);
		json_add_number(object, "rkey", entry[i].rkey);
	}
	return object;
}

static struct json_object *report_json(const void *data, size_t len, bool extended)
{
	struct json_object *object = json_object_new_object();
	struct json_object *list = json_object_new_array();

	fields_json(object, head_fields, data);
	for (unsigned i = 0; i < entries_of(data, len, extended); i++)
		json_object_array_add(list, entry_json(data, i, extended));
	json_object_object_add(object, extended ? "regctlext" : "regctls", list);
	return object;
}

static int run_report(struct tool *tool, void *arg)
{
	const struct report_args *args = arg;
	size_t len = tool_given(tool, "numd") ? (args->numd + 1ull) * 4 : 4096;
	size_t room = len < sizeof(struct znvme_resv_status_ext)
			      ? sizeof(struct znvme_resv_status_ext)
			      : len;
	tool_autofree char *data = calloc(1, room);
	struct znvme_sqe sqe = {
		.opcode = ZNVME_CMD_RESV_REPORT,
		.cdw10 = (uint32_t)(len / 4 - 1),
		.cdw11 = args->eds ? ZNVME_RESV_REPORT_EDS : 0,
	};

	if (!data)
		return tool_error("out of memory");
	if (tool_open(tool) || manage_check_io(tool, &sqe, args->force))
		return 1;
	sqe.nsid = tool->nsid;
	if (blocks_send(tool, &sqe, data, len, NULL))
		return 1;
	if (tool->format == TOOL_RAW)
		fwrite(data, 1, len, tool->out);
	else if (tool->format == TOOL_JSON)
		tool->json = report_json(data, len, args->eds);
	else
		print_report(tool->out, data, len, args->eds);
	return 0;
}

const struct tool_command resv_report_command = {
	.name = "resv-report",
	.summary = "who is registered with a namespace, and who holds it",
	.group = TOOL_GROUP_RESERVATION,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY,
	.options = report_options,
	.args_size = sizeof(struct report_args),
	.example = "znvme resv-report sim: --eds",
	.run = run_report,
};

/* ---- resv-notif-log ------------------------------------------------------------------------ */

static const char *const notices[] = {
	[ZNVME_RESV_NOTICE_NONE] = "Empty Log Page",
	[ZNVME_RESV_NOTICE_REGPRE] = "Registration Preempted",
	[ZNVME_RESV_NOTICE_RESREL] = "Reservation Released",
	[ZNVME_RESV_NOTICE_RESPRE] = "Reservation Preempted",
};

static int run_notif_log(struct tool *tool, void *arg)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_RESERVATION};
	struct znvme_resv_log log;
	int rc;

	(void)arg;
	if (tool_open(tool))
		return 1;
	rc = znvme_get_log(tool->ctrl, &args, &log, sizeof(log));
	if (rc)
		return tool_fail(rc, "resv-notif-log");
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "count", log.lpc);
		json_add_number(tool->json, "rn_log_type", log.rnlpt);
		json_add_number(tool->json, "num_logs", log.nalp);
		json_add_number(tool->json, "nsid", log.nsid);
	} else {
		fprintf(tool->out,
			"Reservation Notif Log for device: %s\n"
			"Log Page Count\t\t\t: %" PRIx64 "\n"
			"Resv Notif Log Page Type\t: %u (%s)\n"
			"Num of Available Log Pages\t: %u\n"
			"Namespace ID:\t\t\t: %" PRIx32 "\n",
			tool->address, log.lpc, log.rnlpt,
			log.rnlpt < TOOL_COUNT(notices) ? notices[log.rnlpt] : "Reserved", log.nalp,
			log.nsid);
	}
	return 0;
}

const struct tool_command resv_notif_log_command = {
	.name = "resv-notif-log",
	.summary = "the oldest notice of what others did to a reservation",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.details = "Reading it removes it, so that the next one comes.\n",
	.example = "znvme resv-notif-log sim:",
	.run = run_notif_log,
};
