/* SPDX-License-Identifier: MIT */
/* kv store, retrieve, delete, exist, list: keys and values (KV 1.1, section 3.2). */
#include "blocks.h"
#include "commands.h"
#include "fields.h"
#include "outfile.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define DEFAULT_LIST 65536u

struct kv_args {
	const char *key;
	const char *key_hex;
	const char *data;
	uint32_t size;
	bool only_new;
	bool only_update;
	bool plain;
	bool raw;
	bool keep_hex;
};

#define KV(member) offsetof(struct kv_args, member)

#define KEY_OPTIONS                                                                                \
	TOOL_OPTION('k', "key", "TEXT", TOOL_STRING, KV(key), "the key, 1 to 16 bytes"),           \
		TOOL_OPTION('x', "key-hex", "DIGITS", TOOL_STRING, KV(key_hex),                    \
			    "the same in hexadecimal digits")

static const struct tool_option store_options[] = {
	KEY_OPTIONS,
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, KV(data),
		    "the value (default: standard input)"),
	TOOL_OPTION(0, "new", NULL, TOOL_FLAG, KV(only_new), "only if there is no such key"),
	TOOL_OPTION(0, "update", NULL, TOOL_FLAG, KV(only_update), "only if there is such a key"),
	TOOL_OPTION(0, "no-compress", NULL, TOOL_FLAG, KV(plain), "do not compress it"),
	{0},
};

static const struct tool_option retrieve_options[] = {
	KEY_OPTIONS,
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, KV(data),
		    "where the value goes (default: standard output)"),
	TOOL_OPTION('z', "data-size", "BYTES", TOOL_U32, KV(size),
		    "bytes to read at most (default: what the device's values have)"),
	TOOL_OPTION(0, "raw", NULL, TOOL_FLAG, KV(raw), "do not decompress it"),
	{0},
};

static const struct tool_option key_options[] = {KEY_OPTIONS, {0}};

static const struct tool_option list_options[] = {
	TOOL_OPTION('k', "key", "TEXT", TOOL_STRING, KV(key), "the key to begin with"),
	TOOL_OPTION('x', "key-hex", "DIGITS", TOOL_STRING, KV(key_hex),
		    "the same in hexadecimal digits"),
	TOOL_OPTION('H', "hex", NULL, TOOL_FLAG, KV(keep_hex), "show keys in digits only"),
	{0},
};

/* ---- keys ---------------------------------------------------------------------------------- */

static int parse_hex(const char *text, struct znvme_kv_key *key)
{
	size_t len = strlen(text);

	if (len % 2 || len > 2 * sizeof(key->bytes))
		return -1;
	for (size_t i = 0; i < len; i += 2) {
		unsigned byte;
		int used;

		if (!isxdigit((unsigned char)text[i]) ||
		    sscanf(text + i, "%2x%n", &byte, &used) != 1 || used != 2)
			return -1;
		key->bytes[i / 2] = (uint8_t)byte;
	}
	key->len = (uint8_t)(len / 2);
	return 0;
}

/* The key by either option; `needed` where there must be one. */
static int get_key(const struct kv_args *args, bool needed, struct znvme_kv_key *key)
{
	*key = (struct znvme_kv_key){.len = 0};
	if (args->key && args->key_hex)
		return tool_error("--key and --key-hex say the same thing: give one");
	if (args->key_hex && parse_hex(args->key_hex, key))
		return tool_error("--key-hex: %s are no digits of up to %u bytes", args->key_hex,
				  ZNVME_KV_MAX_KEY);
	if (args->key) {
		if (strlen(args->key) > sizeof(key->bytes))
			return tool_error("--key: %zu bytes are too many: a key has 1 to %u",
					  strlen(args->key), ZNVME_KV_MAX_KEY);
		key->len = (uint8_t)strlen(args->key);
		memcpy(key->bytes, args->key, key->len);
	}
	return needed && !key->len ? tool_error("--key or --key-hex is missing") : 0;
}

/* A key for a person: what is not printable as '?'. */
static void key_text(const struct znvme_kv_key *key, char text[ZNVME_KV_MAX_KEY + 1])
{
	for (unsigned i = 0; i < key->len; i++)
		text[i] = key->bytes[i] >= 0x20 && key->bytes[i] < 0x7f ? (char)key->bytes[i] : '?';
	text[key->len] = '\0';
}

static int open_keys(struct tool *tool, const struct znvme_ns **ns)
{
	int rc;

	if (tool_open(tool))
		return 1;
	rc = znvme_ns_get(tool->ctrl, tool->nsid, ns);
	if (rc)
		return tool_fail(rc, tool->address);
	if ((*ns)->csi != ZNVME_CSI_KV)
		return tool_error("namespace %u has no keys and values: its command set is number "
				  "%u",
				  tool->nsid, (*ns)->csi);
	return 0;
}

/* What was done with which key. */
static void report(struct tool *tool, const struct znvme_kv_key *key, const char *unit,
		   uint64_t amount)
{
	char text[ZNVME_KV_MAX_KEY + 1];

	key_text(key, text);
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_string(tool->json, "command", tool->command->name);
		json_add_hex(tool->json, "key", key->bytes, key->len);
		if (unit)
			json_add_number(tool->json, unit, amount);
	} else if (unit) {
		fprintf(tool->out, "%s: Success, %s, %" PRIu64 " %s\n", tool->command->name, text,
			amount, unit);
	} else {
		fprintf(tool->out, "%s: Success, %s\n", tool->command->name, text);
	}
}

/* ---- commands ------------------------------------------------------------------------------ */

#define MAX_LISTED (1u << 20)	/* keys; the output is in memory until it is complete */
#define MAX_VALUE  (256u << 20) /* bytes that are kept in memory */

/* What one command moves, whatever the namespace says that it takes; 0 there is no limit. */
static uint32_t most_of_a_value(struct tool *tool, const struct znvme_kv_info *kv)
{
	struct znvme_ctrl_info info;
	uint64_t most = kv->max_value ? kv->max_value : MAX_VALUE;

	znvme_ctrl_info(tool->ctrl, &info);
	if (most > info.max_transfer)
		most = info.max_transfer;
	return most < MAX_VALUE ? (uint32_t)most : MAX_VALUE;
}

static int run_store(struct tool *tool, void *arg)
{
	const struct kv_args *args = arg;
	tool_autofree void *value = NULL;
	struct znvme_kv_info info;
	const struct znvme_ns *ns;
	struct znvme_kv_key key;
	uint32_t options = (args->only_new ? ZNVME_KV_STORE_NEW : 0) |
			   (args->only_update ? ZNVME_KV_STORE_UPDATE : 0) |
			   (args->plain ? ZNVME_KV_STORE_PLAIN : 0);
	uint32_t most;
	size_t len;
	int rc;

	if (args->only_new && args->only_update)
		return tool_error("--new and --update exclude each other");
	if (get_key(args, true, &key) || open_keys(tool, &ns))
		return 1;
	rc = znvme_kv_info(ns, &info);
	if (rc)
		return tool_fail(rc, "kv-store");
	most = most_of_a_value(tool, &info);
	if (tool_read_file(args->data, (size_t)most + 1, &value, &len))
		return 1;
	if (len > most)
		return tool_error("the value is longer than the %u bytes that the namespace takes",
				  most);
	rc = znvme_kv_store(ns, key.bytes, key.len, value, len, options);
	if (rc)
		return tool_fail(rc, "kv-store");
	report(tool, &key, "bytes", len);
	return 0;
}

static int run_retrieve(struct tool *tool, void *arg)
{
	const struct kv_args *args = arg;
	tool_autofree char *value = NULL;
	struct znvme_kv_info info;
	const struct znvme_ns *ns;
	struct znvme_kv_key key;
	uint32_t size, len;
	int rc;

	if (tool->format == TOOL_JSON && !args->data)
		return tool_error("JSON and the value do not go to one output: give --data FILE");
	if (get_key(args, true, &key) || open_keys(tool, &ns))
		return 1;
	rc = znvme_kv_info(ns, &info);
	if (rc)
		return tool_fail(rc, "kv-retrieve");
	len = most_of_a_value(tool, &info);
	if (tool_given(tool, "data-size") && args->size < len)
		len = args->size;
	value = malloc((size_t)len + 1);
	if (!value)
		return tool_error("out of memory");
	rc = znvme_kv_retrieve(ns, key.bytes, key.len, value, len, &size,
			       args->raw ? ZNVME_KV_RETRIEVE_RAW : 0);
	if (rc)
		return tool_fail(rc, "kv-retrieve");
	if (size > len && !tool_given(tool, "data-size"))
		return tool_error("the value has %u bytes, of which one command carries %u; "
				  "--data-size %u is for these alone",
				  size, len, len);
	if (size < len)
		len = size;
	if (!args->data) {
		fwrite(value, 1, len, tool->out);
		return 0;
	}
	if (outfile_save(args->data, value, len))
		return 1;
	report(tool, &key, "bytes", len);
	return 0;
}

static int run_delete(struct tool *tool, void *arg)
{
	const struct znvme_ns *ns;
	struct znvme_kv_key key;
	int rc;

	if (get_key(arg, true, &key) || open_keys(tool, &ns))
		return 1;
	rc = znvme_kv_delete(ns, key.bytes, key.len);
	if (rc)
		return tool_fail(rc, "kv-delete");
	report(tool, &key, NULL, 0);
	return 0;
}

static int run_exist(struct tool *tool, void *arg)
{
	const struct znvme_ns *ns;
	struct znvme_kv_key key;
	int rc;

	if (get_key(arg, true, &key) || open_keys(tool, &ns))
		return 1;
	rc = znvme_kv_exist(ns, key.bytes, key.len);
	if (rc)
		return tool_fail(rc, "kv-exist");
	report(tool, &key, NULL, 0);
	return 0;
}

static void put_key(struct tool *tool, const struct kv_args *args, struct json_object *array,
		    const struct znvme_kv_key *key)
{
	char text[ZNVME_KV_MAX_KEY + 1], digits[2 * ZNVME_KV_MAX_KEY + 1];
	struct json_object *object;

	key_text(key, text);
	field_hex_text(digits, key->bytes, key->len);
	if (tool->format == TOOL_JSON) {
		object = json_object_new_object();
		json_add_string(object, "key", digits);
		json_add_string(object, "text", text);
		json_object_array_add(array, object);
	} else if (args->keep_hex) {
		fprintf(tool->out, "%s\n", digits);
	} else {
		fprintf(tool->out, "%-32s  %s\n", digits, text);
	}
}

static bool same_key(const struct znvme_kv_key *a, const struct znvme_kv_key *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* The keys of one list but for the one that it begins with, if `skip`; the last into *last. */
static int put_list(struct tool *tool, const struct kv_args *args, struct json_object *array,
		    const char *list, size_t room, bool skip, struct znvme_kv_key *last)
{
	const struct znvme_kv_key from = *last;
	struct znvme_kv_key key;
	size_t at = 0;
	int nr = 0, rc;

	while ((rc = znvme_kv_next(list, room, &at, &key)) > 0) {
		if (skip && same_key(&key, &from))
			continue;
		put_key(tool, args, array, &key);
		*last = key;
		nr++;
	}
	return rc < 0 ? tool_error("kv-list: the device's list makes no sense"), -1 : nr;
}

/*
 * All keys, by as many commands as that takes: each begins with the last key of the one before.
 * Their order is the device's own. One that comes back to an earlier key would never end: the key
 * where the list was after 1, 2, 4, 8, ... commands is remembered.
 */
static int list_all(struct tool *tool, const struct kv_args *args, const struct znvme_ns *ns,
		    struct znvme_kv_key *from, struct json_object *array)
{
	tool_autofree char *list = malloc(DEFAULT_LIST);
	uint64_t lists = 0, keys = 0;
	struct znvme_kv_key mark = *from;
	size_t room = DEFAULT_LIST;
	struct znvme_ctrl_info info;

	if (!list)
		return tool_error("out of memory");
	znvme_ctrl_info(tool->ctrl, &info);
	if (room > info.max_transfer)
		room = (size_t)info.max_transfer;
	tool_catch_signals();
	for (;;) {
		int rc = znvme_kv_list(ns, from->bytes, from->len, list, room);

		if (rc)
			return tool_fail(rc, "kv-list");
		rc = put_list(tool, args, array, list, room, lists > 0, from);
		if (rc <= 0)
			return rc ? 1 : 0;
		if (lists && same_key(from, &mark))
			return tool_error("kv-list: the device's list goes round in a circle");
		if (!(lists & (lists + 1)))
			mark = *from;
		lists++;
		keys += (unsigned)rc;
		if (tool_stop || keys >= MAX_LISTED)
			break;
	}
	tool->keep_output = true;
	return tool_stop
		       ? tool_error("kv-list: interrupted")
		       : tool_error("kv-list: %u keys and more: go on from the last one with --key",
				    MAX_LISTED);
}

static int run_list(struct tool *tool, void *arg)
{
	const struct kv_args *args = arg;
	struct json_object *array = NULL;
	const struct znvme_ns *ns;
	struct znvme_kv_key from;

	if (get_key(args, false, &from) || open_keys(tool, &ns))
		return 1;
	if (tool->format == TOOL_JSON) {
		array = json_object_new_array();
		tool->json = json_object_new_object();
		json_object_object_add(tool->json, "keys", array);
	}
	return list_all(tool, args, ns, &from, array);
}

#define KV_COMMAND(verb, text, rows, line)                                                         \
	const struct tool_command kv_##verb##_command = {                                          \
		.name = "kv-" #verb,                                                               \
		.summary = text,                                                                   \
		.group = TOOL_GROUP_KV,                                                            \
		.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,                               \
		.options = rows,                                                                   \
		.args_size = sizeof(struct kv_args),                                               \
		.example = line,                                                                   \
		.run = run_##verb,                                                                 \
	}

KV_COMMAND(store, "store a value under a key", store_options,
	   "echo hello | znvme kv-store sim:kv=1 --key greeting");
KV_COMMAND(
	retrieve, "the value of a key", retrieve_options,
	"echo hello | znvme kv-store sim:kv=1,file=keys.img,size=1M --key hi && znvme kv-retrieve "
	"sim:kv=1,file=keys.img,size=1M --key hi");
KV_COMMAND(delete, "delete a key and its value", key_options,
	   "znvme kv-delete sim:kv=1 --key greeting");
KV_COMMAND(exist, "whether there is such a key", key_options,
	   "echo hello | znvme kv-store sim:kv=1,file=keys.img,size=1M --key hi && znvme kv-exist "
	   "sim:kv=1,file=keys.img,size=1M --key hi");
KV_COMMAND(list, "the keys of a namespace", list_options, "znvme kv-list sim:kv=1");
