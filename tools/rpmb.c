/* SPDX-License-Identifier: MIT */
/* rpmb: Replay Protected Memory Blocks (Base 2.1, section 8.1.21). */
#include "commands.h"
#include "manage.h"
#include "outfile.h"

#include <inttypes.h>
#include <string.h>

#define DATA_MAX (32u << 20) /* of a target */

struct rpmb_args {
	const char *cmd;
	const char *msgfile;
	const char *keyfile;
	const char *key;
	const char *msg;
	uint32_t address;
	uint32_t blocks;
	uint8_t target;
	bool force;
};

#define AT(member) offsetof(struct rpmb_args, member)

static const struct tool_option rpmb_options[] = {
	TOOL_OPTION('c', "cmd", "ACTION", TOOL_STRING, AT(cmd), "what to do (default: info)",
		    .values = "info program-key read-counter read-data write-data read-config "
			      "write-config"),
	TOOL_OPTION(
		'f', "msgfile", "FILE", TOOL_STRING, AT(msgfile),
		"data to write, or where data that are read go (default: standard input, output)"),
	TOOL_OPTION('g', "keyfile", "FILE", TOOL_STRING, AT(keyfile), "the key: 32 bytes"),
	TOOL_OPTION('k', "key", "KEY", TOOL_STRING, AT(key),
		    "the same as 32 characters or 64 hexadecimal digits, for all to see"),
	TOOL_OPTION('d', "msg", "TEXT", TOOL_STRING, AT(msg), "data to write"),
	TOOL_OPTION('O', "address", "SECTOR", TOOL_U32, AT(address),
		    "first sector, of 512 bytes (nvme-cli: -o)"),
	TOOL_OPTION('b', "blocks", "N", TOOL_U32, AT(blocks),
		    "sectors (default: 1, or all the data to write)", .min = 1),
	TOOL_OPTION('t', "target", "N", TOOL_U8, AT(target), "RPMB target",
		    .max = ZNVME_RPMB_TARGETS - 1),
	TOOL_OPTION(0, "force", NULL, TOOL_FLAG, AT(force), "do not ask"),
	{0},
};

static int failed(int rc)
{
	return tool_fail(rc, NULL);
}

/* ---- what is given ------------------------------------------------------------------------- */

static int parse_key(const char *text, uint8_t key[ZNVME_RPMB_KEY_SIZE])
{
	size_t len = strlen(text);

	if (len == ZNVME_RPMB_KEY_SIZE) {
		memcpy(key, text, len);
		return 0;
	}
	if (len != 2 * ZNVME_RPMB_KEY_SIZE || strspn(text, "0123456789abcdefABCDEF") != len)
		return tool_error("rpmb: --key has %zu characters: a key is 32 characters or 64 "
				  "hexadecimal digits",
				  len);
	for (size_t i = 0; i < ZNVME_RPMB_KEY_SIZE; i++) {
		const char digits[] = {text[2 * i], text[2 * i + 1], '\0'};

		key[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return 0;
}

/* rpmb->key is `key`, or NULL where none is given. */
static int get_key(const struct rpmb_args *args, struct znvme_rpmb *rpmb,
		   uint8_t key[ZNVME_RPMB_KEY_SIZE])
{
	tool_autofree void *bytes = NULL;
	size_t len;

	if (args->key && args->keyfile)
		return tool_error("rpmb: --key and --keyfile do not go together");
	if (!args->key && !args->keyfile)
		return 0;
	rpmb->key = key;
	if (args->key)
		return parse_key(args->key, key);
	if (tool_read_file(args->keyfile, ZNVME_RPMB_KEY_SIZE + 1, &bytes, &len))
		return 1;
	if (len != ZNVME_RPMB_KEY_SIZE)
		return tool_error("rpmb: --keyfile %s has %s than the 32 bytes of a key",
				  args->keyfile, len < ZNVME_RPMB_KEY_SIZE ? "less" : "more");
	memcpy(key, bytes, ZNVME_RPMB_KEY_SIZE);
	return 0;
}

/* *data, to free(), is filled with zeroes to whole sectors. */
static int get_data(const struct rpmb_args *args, void **data, size_t *len)
{
	tool_autofree void *bytes = NULL;

	if (args->msg && args->msgfile)
		return tool_error("rpmb: --msg and --msgfile do not go together");
	if (args->msg) {
		bytes = strdup(args->msg);
		*len = strlen(args->msg);
	} else if (tool_read_file(args->msgfile, DATA_MAX, &bytes, len)) {
		return 1;
	}
	*data = calloc(1, *len + ZNVME_RPMB_SECTOR);
	if (!bytes || !*data)
		return tool_error("out of memory");
	memcpy(*data, bytes, *len);
	return *len ? 0 : tool_error("rpmb: there are no data to write");
}

/* ---- what is done -------------------------------------------------------------------------- */

/* Whether what was read has been proved to come from the device: `true` with a key. */
static void say_authentic(struct tool *tool, const struct znvme_rpmb *rpmb)
{
	if (tool->format == TOOL_JSON)
		json_object_object_add(tool->json, "authenticated",
				       json_object_new_boolean(!!rpmb->key));
	else if (!rpmb->key)
		fputs("Not authenticated: no key was given\n", tool->out);
}

static int run_info(struct tool *tool, const struct rpmb_args *args, struct znvme_rpmb *rpmb)
{
	struct znvme_rpmb_info info;

	(void)args;
	znvme_rpmb_info(rpmb->ctrl, &info);
	if (!info.targets)
		return tool_error("rpmb: the controller has no RPMB targets (RPMBS bits 2:0)");
	manage_say(tool, "targets", info.targets, "targets        : %u", info.targets);
	manage_say(tool, "auth_method", info.method, "authentication : %u%s", info.method,
		   info.method ? "" : " (HMAC SHA-256)");
	manage_say(tool, "target_size", info.size, "target size    : %" PRIu64 " bytes", info.size);
	manage_say(tool, "access_size", (uint64_t)info.max_sectors * ZNVME_RPMB_SECTOR,
		   "access size    : %u bytes", info.max_sectors * ZNVME_RPMB_SECTOR);
	return 0;
}

static int run_program_key(struct tool *tool, const struct rpmb_args *args, struct znvme_rpmb *rpmb)
{
	uint32_t counter;
	int rc;

	if (tool_confirm(tool, args->force,
			 "program-key: the key of RPMB target %u of %s is programmed for all time: "
			 "it can be neither changed nor read",
			 rpmb->target, tool->address))
		return 1;
	rc = znvme_rpmb_program_key(rpmb);
	/* The answer to that proves nothing; the next one does. */
	if (!rc)
		rc = znvme_rpmb_counter(rpmb, &counter);
	if (rc)
		return failed(rc);
	manage_say(tool, "target", rpmb->target, "rpmb: the key of target %u is programmed",
		   rpmb->target);
	return 0;
}

static int run_read_counter(struct tool *tool, const struct rpmb_args *args,
			    struct znvme_rpmb *rpmb)
{
	uint32_t counter;
	int rc = znvme_rpmb_counter(rpmb, &counter);

	(void)args;
	if (rc)
		return failed(rc);
	if (tool->format == TOOL_JSON)
		manage_say(tool, "target", rpmb->target, "%s", "");
	manage_say(tool, "write_counter", counter, "Write Counter is: %u", counter);
	say_authentic(tool, rpmb);
	return 0;
}

static int run_read_data(struct tool *tool, const struct rpmb_args *args, struct znvme_rpmb *rpmb)
{
	uint32_t blocks = args->blocks ? args->blocks : 1;
	tool_autofree void *data = NULL;
	size_t len = (size_t)blocks * ZNVME_RPMB_SECTOR;
	int rc;

	if (len > DATA_MAX)
		return tool_error("rpmb: --blocks %u is more than a target can have", blocks);
	data = malloc(len);
	if (!data)
		return tool_error("out of memory");
	rc = znvme_rpmb_read(rpmb, args->address, blocks, data);
	if (rc)
		return failed(rc);
	if (args->msgfile && outfile_save(args->msgfile, data, len))
		return 1;
	if (tool->format == TOOL_NORMAL && !args->msgfile) {
		fwrite(data, 1, len, tool->out);
		return 0;
	}
	manage_say(tool, "blocks", blocks, "rpmb: %u blocks of target %u from sector %u on", blocks,
		   rpmb->target, args->address);
	if (!args->msgfile)
		json_add_hex(tool->json, "data", data, len);
	say_authentic(tool, rpmb);
	return 0;
}

static int run_write_data(struct tool *tool, const struct rpmb_args *args, struct znvme_rpmb *rpmb)
{
	tool_autofree void *data = NULL;
	uint32_t blocks;
	size_t len;
	int rc;

	if (get_data(args, &data, &len))
		return 1;
	blocks = (uint32_t)((len + ZNVME_RPMB_SECTOR - 1) / ZNVME_RPMB_SECTOR);
	if (args->blocks > blocks)
		return tool_error("rpmb: the data, %zu bytes, end before --blocks %u", len,
				  args->blocks);
	if (args->blocks)
		blocks = args->blocks;
	rc = znvme_rpmb_write(rpmb, args->address, blocks, data);
	if (rc)
		return failed(rc);
	manage_say(tool, "blocks", blocks, "rpmb: %u blocks written to target %u from sector %u on",
		   blocks, rpmb->target, args->address);
	return 0;
}

static int run_read_config(struct tool *tool, const struct rpmb_args *args, struct znvme_rpmb *rpmb)
{
	struct znvme_rpmb_config config;
	uint32_t counter;
	int rc = znvme_rpmb_read_config(rpmb, &config, &counter);

	if (rc)
		return failed(rc);
	if (args->msgfile && outfile_save(args->msgfile, &config, sizeof(config)))
		return 1;
	manage_say(tool, "bppee", config.bppee, "Boot Partition Protection is %s",
		   config.bppee & ZNVME_RPMB_BPPEE_BPPED ? "Enabled" : "Disabled");
	manage_say(tool, "bpls", config.bpls, "Boot Partition 1 is %s\nBoot Partition 0 is %s",
		   config.bpls & ZNVME_RPMB_BPLS_BPP1L ? "Locked" : "Unlocked",
		   config.bpls & ZNVME_RPMB_BPLS_BPP0L ? "Locked" : "Unlocked");
	manage_say(tool, "wpc", config.wpc, "Write Protection Control is %#x", config.wpc);
	manage_say(tool, "write_counter", counter, "Write Counter is: %u", counter);
	say_authentic(tool, rpmb);
	return 0;
}

static int run_write_config(struct tool *tool, const struct rpmb_args *args,
			    struct znvme_rpmb *rpmb)
{
	struct znvme_rpmb_config config, old;
	tool_autofree void *data = NULL;
	size_t len;
	int rc;

	if (get_data(args, &data, &len))
		return 1;
	if (len != sizeof(config))
		return tool_error("rpmb: a Device Configuration Block has 512 bytes, there are %zu",
				  len);
	memcpy(&config, data, sizeof(config));
	rc = znvme_rpmb_read_config(rpmb, &old, NULL);
	if (rc)
		return failed(rc);
	if (config.bppee & ~old.bppee & ZNVME_RPMB_BPPEE_BPPED &&
	    tool_confirm(tool, args->force,
			 "write-config: the boot partitions of %s are write protected by RPMB for "
			 "all time: that cannot be disabled again",
			 tool->address))
		return 1;
	rc = znvme_rpmb_write_config(rpmb, &config);
	if (rc)
		return failed(rc);
	manage_say(tool, "target", 0, "rpmb: the Device Configuration Block is written");
	return 0;
}

/* ---- the command --------------------------------------------------------------------------- */

static const struct action {
	const char *name;
	const char *takes; /* options, with blanks around each */
	bool needs_key;
	int (*run)(struct tool *tool, const struct rpmb_args *args, struct znvme_rpmb *rpmb);
} actions[] = {
	{"info", " ", false, run_info},
	{"program-key", " key keyfile target force ", true, run_program_key},
	{"read-counter", " key keyfile target ", false, run_read_counter},
	{"read-data", " key keyfile target msgfile address blocks ", false, run_read_data},
	{"write-data", " key keyfile target msg msgfile address blocks ", true, run_write_data},
	{"read-config", " key keyfile msgfile ", false, run_read_config},
	{"write-config", " key keyfile msg msgfile force ", true, run_write_config},
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < TOOL_COUNT(actions); i++)
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	tool_error("rpmb: no --cmd %s: it is info, program-key, read-counter, read-data, "
		   "write-data, read-config or write-config",
		   name);
	return NULL;
}

static int check_options(const struct tool *tool, const struct action *action,
			 const struct rpmb_args *args)
{
	for (const struct tool_option *option = rpmb_options; option->name; option++) {
		char word[16];

		snprintf(word, sizeof(word), " %s ", option->name);
		if (strcmp(option->name, "cmd") && tool_given(tool, option->name) &&
		    !strstr(action->takes, word))
			return tool_error("rpmb: --%s does not go with --cmd %s", option->name,
					  action->name);
	}
	if (action->needs_key && !args->key && !args->keyfile)
		return tool_error("rpmb: --cmd %s needs a key: give --keyfile or --key",
				  action->name);
	return 0;
}

static int run_rpmb(struct tool *tool, void *arg)
{
	const struct rpmb_args *args = arg;
	const struct action *action = find_action(args->cmd ? args->cmd : "info");
	struct znvme_rpmb rpmb = {.target = args->target};
	uint8_t key[ZNVME_RPMB_KEY_SIZE];
	int rc;

	if (!action || check_options(tool, action, args) || get_key(args, &rpmb, key))
		return 1;
	rc = tool_open(tool);
	if (rc)
		return rc;
	rpmb.ctrl = tool->ctrl;
	rc = action->run(tool, args, &rpmb);
	explicit_bzero(key, sizeof(key));
	return rc;
}

const struct tool_command rpmb_command = {
	.name = "rpmb",
	.summary = "keys, counters and data of Replay Protected Memory Blocks",
	.group = TOOL_GROUP_MANAGE,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = rpmb_options,
	.args_size = sizeof(struct rpmb_args),
	.details =
		"A key of 32 bytes is programmed into a target once (program-key), and cannot be\n"
		"changed, read or taken away. Who has it can write, and knows that what is read\n"
		"comes from the device, and is fresh: what is not is an error. Without a key data\n"
		"are read unauthenticated. read-config and write-config are for the Device\n"
		"Configuration Block, 512 bytes, which has the protection of boot partitions.\n",
	.example =
		"znvme rpmb sim:rpmb=1 --cmd program-key --key 'a key has thirty-two bytes, yes.' "
		"--force",
	.run = run_rpmb,
};
