/* SPDX-License-Identifier: MIT */
/*
 * format, sanitize, sanitize-log: what takes all data away (Base 2.1, sections 5.1.10, 5.1.22 and
 * log page 81h).
 */
#include "commands.h"
#include "manage.h"

#include <string.h>

/* ---- format -------------------------------------------------------------------------------- */

struct format_args {
	uint8_t lbaf, ses, pi, pil, ms;
	uint64_t block_size;
	uint32_t timeout;
	bool reset, force;
};

#define AT(member) offsetof(struct format_args, member)

static const struct tool_option format_options[] = {
	TOOL_OPTION('l', "lbaf", "N", TOOL_U8, AT(lbaf), "LBA format (default: the present one)",
		    .max = 63),
	TOOL_OPTION('b', "block-size", "BYTES", TOOL_U64, AT(block_size),
		    "the first LBA format with blocks of that size and no metadata"),
	TOOL_OPTION('s', "ses", "N", TOOL_U8, AT(ses),
		    "secure erase: 0 no, 1 user data, 2 cryptographic", .max = 7),
	TOOL_OPTION('i', "pi", "N", TOOL_U8, AT(pi),
		    "protection information type, 0 to 3 (default: 0 with another LBA format, "
		    "else the present one)",
		    .max = 7),
	TOOL_OPTION('p', "pil", "N", TOOL_U8, AT(pil),
		    "1: it is in the first bytes of metadata, 0: in the last", .max = 1),
	TOOL_OPTION('m', "ms", "N", TOOL_U8, AT(ms),
		    "1: metadata follow their block, 0: in a buffer of their own", .max = 1),
	TOOL_OPTION('t', "format-timeout", "MS", TOOL_U32, AT(timeout),
		    "deadline of the format (default: 600,000)", .min = 1),
	TOOL_OPTION('r', "reset", NULL, TOOL_FLAG, AT(reset), "reset the controller afterwards"),
	MANAGE_FORCE(format_args),
	{0},
};

#undef AT

#define FORMAT_TIMEOUT_MS 600000u

/* The present format, with the protection information that goes with it. */
static void keep_format(const struct tool *tool, const struct znvme_id_ns *id, unsigned nr,
			struct znvme_format_args *format)
{
	format->lbaf = id->flbas & ZNVME_NS_FLBAS_LO;
	if (nr > 16)
		format->lbaf |= (uint8_t)(znvme_field_get(ZNVME_NS_FLBAS_HI, id->flbas) << 4);
	if (!tool_given(tool, "pi"))
		format->pi = id->dps & ZNVME_NS_DPS_TYPE;
	if (!tool_given(tool, "pil"))
		format->pi_first = id->dps & ZNVME_NS_DPS_FIRST;
	if (!tool_given(tool, "ms"))
		format->metadata_extended = id->flbas & ZNVME_NS_FLBAS_META_EXT;
}

/* The format that is asked for, or the one there is. */
static int choose_format(struct tool *tool, const struct format_args *args,
			 struct znvme_format_args *format)
{
	uint32_t nsid = tool->nsid == ZNVME_NSID_ALL ? 1 : tool->nsid;
	struct znvme_id_ns id;
	unsigned nr, i;
	int rc;

	format->lbaf = args->lbaf;
	if (tool_given(tool, "lbaf"))
		return 0;
	rc = znvme_identify(tool->ctrl, ZNVME_CNS_NS, nsid, 0, 0, 0, &id);
	if (rc)
		return tool_fail(rc, "LBA formats");
	nr = id.nlbaf + 1u < ZNVME_NS_LBAF_MAX ? id.nlbaf + 1u : ZNVME_NS_LBAF_MAX;
	if (!args->block_size) {
		keep_format(tool, &id, nr, format);
		return 0;
	}
	for (i = 0; i < nr; i++) {
		if (id.lbaf[i].ms || id.lbaf[i].lbads > 32 ||
		    1ull << id.lbaf[i].lbads != args->block_size)
			continue;
		format->lbaf = (uint8_t)i;
		return 0;
	}
	return tool_error("%s has no LBA format with blocks of %llu bytes and no metadata; "
			  "`znvme id-ns` shows those it has",
			  tool->address, (unsigned long long)args->block_size);
}

/* Which namespace, where nothing says so: the only one there is. */
static int check_nsid(const struct tool *tool)
{
	uint32_t nsids[2];
	int nr = znvme_ns_list(tool->ctrl, 0, nsids, TOOL_COUNT(nsids));

	if (nr < 0)
		return tool_fail(nr, "namespaces");
	if (tool->nsid_given || (nr == 1 && nsids[0] == tool->nsid))
		return 0;
	return tool_error("format: which namespace? --namespace-id N, or 0xffffffff for all; "
			  "`znvme list-ns` shows those there are");
}

/* Whether a format, or a secure erase with it, is for all namespaces whichever is named (FNA). */
static bool is_for_all(const struct tool *tool, const struct format_args *args)
{
	uint8_t fna = znvme_id_ctrl(tool->ctrl)->fna;

	return tool->nsid == ZNVME_NSID_ALL || fna & ZNVME_CTRL_FNA_FORMAT_ALL ||
	       (args->ses && fna & ZNVME_CTRL_FNA_ERASE_ALL);
}

static int run_format(struct tool *tool, void *arg)
{
	const struct format_args *args = arg;
	struct znvme_format_args format = {
		.nsid = tool->nsid,
		.ses = args->ses,
		.pi = args->pi,
		.pi_first = args->pil,
		.metadata_extended = args->ms,
	};
	struct manage_wait wait;
	struct znvme_sqe cmd;
	int rc;

	if (tool_given(tool, "lbaf") && args->block_size)
		return tool_error("format: --lbaf and --block-size exclude each other");
	if (tool_open(tool) || check_nsid(tool))
		return 1;
	cmd = znvme_admin_format(&format);
	if (manage_check(tool, &cmd, args->force) || choose_format(tool, args, &format))
		return 1;
	if (is_for_all(tool, args)
		    ? tool_confirm(tool, args->force,
				   "format: all namespaces of %s lose their data", tool->address)
		    : tool_confirm(tool, args->force, "format: namespace %u of %s loses its data",
				   tool->nsid, tool->address))
		return 1;
	manage_wait_start(&wait);
	rc = znvme_format(tool->ctrl, &format, args->timeout ? args->timeout : FORMAT_TIMEOUT_MS,
			  manage_waiting, &wait);
	manage_wait_end(&wait);
	if (!rc && args->reset)
		rc = znvme_reset(tool->ctrl);
	if (rc)
		return tool_fail(rc, "format");
	manage_say(tool, "nsid", tool->nsid, "Success formatting namespace:%x", tool->nsid);
	return 0;
}

const struct tool_command format_command = {
	.name = "format",
	.summary = "give a namespace a block size, and take all its data away",
	.group = TOOL_GROUP_NAMESPACE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = format_options,
	.args_size = sizeof(struct format_args),
	.example = "znvme format sim:size=64M --block-size 4096 --force",
	.run = run_format,
};

/* ---- sanitize ------------------------------------------------------------------------------ */

struct sanitize_args {
	const char *sanact;
	uint8_t owpass;
	uint32_t ovrpat, timeout;
	bool no_dealloc, oipbp, ause, emvs, no_wait, force;
};

#define AT(member) offsetof(struct sanitize_args, member)

static const struct tool_option sanitize_options[] = {
	TOOL_OPTION('a', "sanact", "ACTION", TOOL_STRING, AT(sanact),
		    "exit-failure (1), start-block-erase (2), start-overwrite (3), "
		    "start-crypto-erase (4)"),
	TOOL_OPTION('n', "owpass", "N", TOOL_U8, AT(owpass), "passes of an overwrite", .min = 1,
		    .max = 16),
	TOOL_OPTION('p', "ovrpat", "N", TOOL_U32, AT(ovrpat), "its pattern, 32 bits"),
	TOOL_OPTION('i', "oipbp", NULL, TOOL_FLAG, AT(oipbp), "invert it between passes"),
	TOOL_OPTION('d', "no-dealloc", NULL, TOOL_FLAG, AT(no_dealloc), "do not deallocate after"),
	TOOL_OPTION('u', "ause", NULL, TOOL_FLAG, AT(ause),
		    "let a failure be left by exit-failure"),
	TOOL_OPTION('e', "emvs", NULL, TOOL_FLAG, AT(emvs), "enter media verification"),
	TOOL_OPTION('w', "no-wait", NULL, TOOL_FLAG, AT(no_wait),
		    "start it only; sanitize-log shows how far it is"),
	TOOL_OPTION('t', "wait-timeout", "MS", TOOL_U32, AT(timeout),
		    "wait that long (default: to its end)", .min = 1),
	MANAGE_FORCE(sanitize_args),
	{0},
};

#undef AT

static const struct {
	const char *name;
	uint8_t action;
} sanitize_actions[] = {
	{"exit-failure", ZNVME_SANITIZE_EXIT_FAILURE},
	{"start-block-erase", ZNVME_SANITIZE_BLOCK_ERASE},
	{"start-overwrite", ZNVME_SANITIZE_OVERWRITE},
	{"start-crypto-erase", ZNVME_SANITIZE_CRYPTO_ERASE},
	{"exit-media-verification", ZNVME_SANITIZE_EXIT_VERIFY},
};

static int sanitize_action(const char *text, uint8_t *action)
{
	uint64_t number;

	if (!text)
		return tool_error("sanitize: --sanact is missing");
	for (unsigned i = 0; i < TOOL_COUNT(sanitize_actions); i++) {
		if (strcmp(text, sanitize_actions[i].name) &&
		    (tool_parse_number(text, &number) || number != sanitize_actions[i].action))
			continue;
		*action = sanitize_actions[i].action;
		return 0;
	}
	return tool_error("--sanact %s: it is exit-failure (1), start-block-erase (2), "
			  "start-overwrite (3), start-crypto-erase (4) or "
			  "exit-media-verification (5)",
			  text);
}

static int wait_for_sanitize(struct tool *tool, const struct sanitize_args *args, bool *verify)
{
	struct znvme_sanitize_log log = {.ssi = 0};
	struct manage_wait wait;
	int rc;

	manage_wait_start(&wait);
	rc = znvme_sanitize_wait(tool->ctrl, args->timeout, manage_waiting, &wait, &log);
	manage_wait_end(&wait);
	*verify = znvme_field_get(ZNVME_SANITIZE_SSI_SANS, log.ssi) == ZNVME_SANITIZE_VERIFICATION;
	return rc ? tool_fail(rc, "sanitize") : 0;
}

static int run_sanitize(struct tool *tool, void *arg)
{
	const struct sanitize_args *args = arg;
	struct znvme_sanitize_args sanitize = {
		.unrestricted_exit = args->ause,
		.no_deallocate = args->no_dealloc,
		.verify = args->emvs,
		.passes = args->owpass,
		.invert = args->oipbp,
		.pattern = args->ovrpat,
	};
	struct znvme_sqe cmd;
	bool starts, verify = false;

	if (sanitize_action(args->sanact, &sanitize.action))
		return 1;
	if (sanitize.action != ZNVME_SANITIZE_OVERWRITE &&
	    (args->oipbp || tool_given(tool, "owpass") || tool_given(tool, "ovrpat")))
		return tool_error("sanitize: --owpass, --ovrpat and --oipbp are for "
				  "--sanact start-overwrite");
	starts = sanitize.action >= ZNVME_SANITIZE_BLOCK_ERASE &&
		 sanitize.action <= ZNVME_SANITIZE_CRYPTO_ERASE;
	cmd = znvme_admin_sanitize(&sanitize);
	if (tool_open(tool) || manage_check(tool, &cmd, args->force))
		return 1;
	if (starts &&
	    tool_confirm(tool, args->force, "sanitize: all data of all namespaces of %s, for ever",
			 tool->address))
		return 1;
	if (manage_exec(tool, &cmd, NULL, 0, NULL, true) ||
	    (starts && !args->no_wait && wait_for_sanitize(tool, args, &verify)))
		return 1;
	manage_say(tool, "sanact", sanitize.action, "sanitize: Success%s",
		   verify ? ", in media verification until --sanact exit-media-verification"
		   : starts && args->no_wait ? ", started"
					     : "");
	return 0;
}

const struct tool_command sanitize_command = {
	.name = "sanitize",
	.summary = "take all data of the device away so that nothing of them is left",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = sanitize_options,
	.args_size = sizeof(struct sanitize_args),
	.details = "It is waited for, unless --no-wait says otherwise; the controller goes on\n"
		   "with it whatever becomes of the tool.\n",
	.example = "znvme sanitize sim:size=64M --sanact start-block-erase --force",
	.run = run_sanitize,
};

/* ---- sanitize-log -------------------------------------------------------------------------- */

static const char *const sos_values[] = {
	"Never sanitized", "Completed successfully", "In progress", "Failed",
	"Completed successfully, with deallocation that was not asked for"};

static const struct field_bits sstat_bits[] = {
	NAMED_BITS("media_verification_canceled", ZNVME_SANITIZE_SSTAT_MVCNCLD,
		   "Media Verification Canceled", BITS_VALUES(field_no_yes)),
	NAMED_BITS("global_erased", ZNVME_SANITIZE_SSTAT_GDE, "Global Data Erased",
		   BITS_VALUES(field_no_yes)),
	NAMED_BITS("no_cmplted_passes", ZNVME_SANITIZE_SSTAT_OPC, "Overwrite Passes Completed"),
	NAMED_BITS("status", ZNVME_SANITIZE_SSTAT_SOS, "Sanitize Operation Status",
		   BITS_VALUES(sos_values)),
	{0},
};

#define TIME(label, member, json_name)                                                             \
	FIELD_AS(label, znvme_sanitize_log, member, DEC, .json = json_name, .unit = "seconds")

static const struct field sanitize_fields[] = {
	FIELD_AS("Sanitize Progress                      (SPROG)", znvme_sanitize_log, sprog, DEC,
		 .json = "sprog", .unit = "65,536ths"),
	FIELD_AS("Sanitize Status                        (SSTAT)", znvme_sanitize_log, sstat, HEX,
		 .json = "sstat", .bits = sstat_bits),
	FIELD_AS("Sanitize Command Dword 10 Information (SCDW10)", znvme_sanitize_log, scdw10, HEX,
		 .json = "cdw10_info"),
	TIME("Estimated Time For Overwrite", eto, "time_over_write"),
	TIME("Estimated Time For Block Erase", etbe, "time_block_erase"),
	TIME("Estimated Time For Crypto Erase", etce, "time_crypto_erase"),
	TIME("Estimated Time For Overwrite (No-Deallocate)", etond, "time_over_write_no_dealloc"),
	TIME("Estimated Time For Block Erase (No-Deallocate)", etbend,
	     "time_block_erase_no_dealloc"),
	TIME("Estimated Time For Crypto Erase (No-Deallocate)", etcend,
	     "time_crypto_erase_no_dealloc"),
	TIME("Estimated Time For Post-Verification Deallocation", etpvds, "time_post_verification"),
	FIELD_AS("Sanitize State Information", znvme_sanitize_log, ssi, HEX, .json = "ssi"),
	{0},
};

struct sanitize_log_args {
	bool rae;
};

static const struct tool_option sanitize_log_options[] = {
	TOOL_OPTION('r', "rae", NULL, TOOL_FLAG, offsetof(struct sanitize_log_args, rae),
		    "retain the asynchronous event"),
	{0},
};

static int run_sanitize_log(struct tool *tool, void *arg)
{
	const struct sanitize_log_args *args = arg;
	const struct znvme_get_log_args log_args = {.lid = ZNVME_LOG_SANITIZE, .rae = args->rae};
	struct znvme_sanitize_log log;
	struct json_object *inner, *status, *root;

	if (tool_open(tool) || manage_log(tool, &log_args, &log, sizeof(log)))
		return 1;
	manage_show(tool, sanitize_fields, 49, &log, sizeof(log), NULL);
	if (!tool->json)
		return 0;
	/* As nvme-cli has it: below the device's name, the status by its parts. */
	inner = tool->json;
	status = json_object_new_object();
	bits_json(status, sstat_bits, log.sstat);
	json_object_object_add(inner, "sstat", status);
	root = json_object_new_object();
	json_object_object_add(root, tool->address, inner);
	tool->json = root;
	return 0;
}

const struct tool_command sanitize_log_command = {
	.name = "sanitize-log",
	.summary = "how far a sanitize operation is, and how the last one ended",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = sanitize_log_options,
	.args_size = sizeof(struct sanitize_log_args),
	.example = "znvme sanitize-log sim: --human-readable",
	.run = run_sanitize_log,
};
