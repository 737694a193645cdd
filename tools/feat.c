/* SPDX-License-Identifier: MIT */
/*
 * feat-…: a feature by its fields (Base 2.1, section 5.1.25), read or set. A row a command; an
 * option has the name of a field in feature_tables.c or feature_data.c, which say where it is.
 */
#include "feat.h"

#include <string.h>

#define AT(member) offsetof(struct feat_args, member)

/* ---- from options to bits ------------------------------------------------------------------ */

/* What nvme-cli calls a field otherwise. */
static const char *field_name(const char *option)
{
	static const char *const names[][2] = {
		{"nsqr", "nsqa"},
		{"ncqr", "ncqa"},
		{"tstmp", "timestamp"},
	};

	for (unsigned i = 0; i < TOOL_COUNT(names); i++)
		if (!strcmp(names[i][0], option))
			return names[i][1];
	return option;
}

/* An option's field, one of the two, and the value that was given. */
struct feat_field {
	uint32_t mask; /* of dword 11; 0: none */
	const struct field *data;
	uint64_t value;
};

/* `--no-wce` is 0 for wce; `--result` is the whole dword. */
static struct feat_field find_field(const struct feat *feat, const struct tool_option *option,
				    const struct feat_args *args)
{
	const struct field_bits *bits = feature_find(feat->fid)->bits;
	const char *name = field_name(option->name);
	struct feat_field field = {.value = 1};

	if (option->type == TOOL_STRING)
		return field;
	if (option->type == TOOL_U64)
		memcpy(&field.value, (const char *)args + option->offset, sizeof(field.value));
	if (option->type == TOOL_FLAG && !strncmp(name, "no-", 3)) {
		name += 3;
		field.value = 0;
	}
	if (!strcmp(name, "result"))
		field.mask = UINT32_MAX;
	for (; bits && bits->mask; bits++)
		if (!strcmp(bits->name, name))
			field.mask = (uint32_t)bits->mask;
	if (!field.mask)
		field.data = feature_data_field(feat->fid, name);
	return field;
}

static int check_fits(const struct tool_option *option, const struct feat_field *field)
{
	uint64_t max = UINT64_MAX;

	if (field->mask)
		max = znvme_field_get(field->mask, field->mask);
	else if (field->data && field->data->size < sizeof(max))
		max = (1ull << 8 * field->data->size) - 1;
	if (field->value <= max)
		return 0;
	return tool_error("--%s %llu: out of range, which is 0 to %llu", option->name,
			  (unsigned long long)field->value, (unsigned long long)max);
}

static int collect(struct tool *tool, const struct feat *feat, const struct feat_args *args,
		   struct feat_change *change)
{
	uint32_t select = feature_find(feat->fid)->select;

	for (const struct tool_option *option = tool->command->options; option->name; option++) {
		struct feat_field field;
		uint32_t bits;

		if (!tool_given(tool, option->name) || option->offset == AT(sel) ||
		    option->offset == AT(save))
			continue;
		field = find_field(feat, option, args);
		if (check_fits(option, &field))
			return 1;
		if (change->mask & field.mask)
			return tool_error("%s: --%s is of the same field as another option",
					  tool->command->name, option->name);
		bits = (uint32_t)znvme_field_put(field.mask, field.value);
		if (field.mask & select) {
			change->select |= bits;
			continue;
		}
		change->any = true;
		change->mask |= field.mask;
		change->bits |= bits;
	}
	return 0;
}

/* The fields of the data. */
static void fill_data(struct tool *tool, const struct feat *feat, const struct feat_args *args,
		      struct feature_value *value)
{
	for (const struct tool_option *option = tool->command->options; option->name; option++) {
		struct feat_field field = find_field(feat, option, args);

		if (tool_given(tool, option->name) && field.data)
			memcpy(value->data + field.data->offset, &field.value, field.data->size);
	}
}

/* ---- the command --------------------------------------------------------------------------- */

static int read_feature(struct tool *tool, const struct feature_request *request,
			struct feature_value *value)
{
	int rc = feature_fetch(tool, request, value);

	if (rc)
		return tool_fail(rc, "get features");
	if (tool->format == TOOL_JSON) {
		tool->json = feature_json(request, value);
		return 0;
	}
	feature_heading(tool, request, value);
	feature_print(tool, request, value, true);
	return 0;
}

/* Whether a field is to stay as it is, so that it has to be read. */
static bool keeps_some(const struct feat *feat, const struct feat_change *change)
{
	const struct feature *feature = feature_find(feat->fid);
	uint64_t all = 0;

	for (const struct field_bits *bits = feature->bits; bits && bits->mask; bits++)
		all |= bits->mask;
	return !feat->fresh && (feature->data_len || all & ~(change->mask | feature->select));
}

/* What is there, with the change in it. */
static int make_value(struct tool *tool, const struct feat *feat, const struct feat_args *args,
		      struct feat_change *change, const struct feature_request *request,
		      struct feature_value *value)
{
	int rc = 0;

	value->len = request->len;
	if (keeps_some(feat, change))
		rc = feature_fetch(tool, request, value);
	if (rc) {
		tool_fail(rc, "get features");
		return tool_error("%s: what is not named is to stay, and cannot be read",
				  tool->command->name);
	}
	fill_data(tool, feat, args, value);
	value->result = (value->result & ~change->mask) | change->bits;
	if (feat->fill && feat->fill(tool, args, change, value))
		return 1;
	value->result = (value->result & ~feature_find(feat->fid)->select) | change->select;
	return 0;
}

static int set_feature(struct tool *tool, const struct feat *feat, const struct feat_args *args,
		       struct feat_change *change, const struct feature_request *request,
		       struct feature_value *value)
{
	struct znvme_feature_args feature_args = {
		.fid = feat->fid,
		.save = args->save,
		.nsid = feature_nsid(tool, feat->fid),
	};
	uint32_t result = 0;
	int rc;

	if (make_value(tool, feat, args, change, request, value))
		return 1;
	feature_args.cdw11 = value->result;
	rc = znvme_set_feature(tool->ctrl, &feature_args, value->len ? value->data : NULL,
			       value->len, &result);
	if (rc)
		return tool_fail(rc, "set features");
	if (tool->format == TOOL_JSON) {
		tool->json = feature_json(request, value);
		json_add_number(tool->json, "save", args->save);
		json_add_number(tool->json, "result", result);
		return 0;
	}
	fprintf(tool->out, "Set %s feature: 0x%04x (%s)\n", feat->what, value->result,
		args->save ? "Save" : "Not save");
	feature_print(tool, request, value, true);
	if (result)
		fprintf(tool->out, "result:0x%08x\n", result);
	return 0;
}

static int run_feat(struct tool *tool, void *arg)
{
	const struct feat *feat =
		(const struct feat *)((const char *)tool->command - offsetof(struct feat, command));
	tool_autofree struct feature_value *value = calloc(1, sizeof(*value));
	const struct feat_args *args = arg;
	struct feature_request request = {.fid = feat->fid, .sel = args->sel};
	struct feat_change change = {.any = false};

	if (!value)
		return tool_error("out of memory");
	if (collect(tool, feat, args, &change))
		return 1;
	if (args->save && !change.any)
		return tool_error("%s: --save of what? No value is given", tool->command->name);
	if (tool_given(tool, "sel") && change.any)
		return tool_error("%s: --sel is of a value that is read", tool->command->name);
	request.cdw11 = change.select;
	request.len = feature_request_len(&request);
	if (tool_open(tool))
		return 1;
	return change.any ? set_feature(tool, feat, args, &change, &request, value)
			  : read_feature(tool, &request, value);
}

/* ---- the rows ------------------------------------------------------------------------------ */

#define NUMBER(place, letter, name, help_text)                                                     \
	TOOL_OPTION(letter, name, "N", TOOL_U64, AT(value[place]), help_text)
#define FLAG(letter, name, help_text)                                                              \
	TOOL_OPTION(letter, name, NULL, TOOL_FLAG, AT(flag), help_text)
#define LIST(place, letter, name, help_text)                                                       \
	TOOL_OPTION(letter, name, "LIST", TOOL_STRING, AT(text[place]), help_text)
#define NOT(name, text) FLAG(0, "no-" name, text)

/* Name; flags of struct tool_command beyond those of all; what --help tries; the two members of
 * struct feat; options. */
#define FEAT_MADE(index, feat_name, with_flags, feature_id, text, tried, made_anew, filled_by,     \
		  ...)                                                                             \
	[FEAT_##index] = {                                                                         \
		.command = {.name = "feat-" feat_name,                                             \
			    .summary = text ", read or set by its fields",                         \
			    .group = TOOL_GROUP_FEATURE,                                           \
			    .flags = TOOL_DEVICE | TOOL_OUTPUT | (with_flags),                     \
			    .options =                                                             \
				    (const struct tool_option[]){                                  \
					    __VA_ARGS__,                                           \
					    TOOL_OPTION('S', "sel", "N", TOOL_U8, AT(sel),         \
							"0 current, 1 default, 2 saved, 3 "        \
							"capabilities",                            \
							.max = 3),                                 \
					    TOOL_OPTION('s', "save", NULL, TOOL_FLAG, AT(save),    \
							"keep it across resets and power cycles"), \
					    {0}},                                                  \
			    .args_size = sizeof(struct feat_args),                                 \
			    .details = feat_details,                                               \
			    .example = "znvme feat-" feat_name " sim:" tried,                      \
			    .run = run_feat},                                                      \
		.what = text,                                                                      \
		.fid = (feature_id),                                                               \
		.fresh = (made_anew),                                                              \
		.fill = (filled_by),                                                               \
	}

#define FEAT(index, feat_name, with_flags, feature_id, text, tried, ...)                           \
	FEAT_MADE(index, feat_name, with_flags, feature_id, text, tried, false, NULL, __VA_ARGS__)

static const char feat_details[] =
	"Without a value the feature is shown. With one it is set: it is read first, and what is\n"
	"not named keeps the value that it has. Without --save most settings end with the reset\n"
	"that ends this command.\n";

/* clang-format off */
#define PERFC(index, name)                                                                         \
	FEAT_MADE(index, name, TOOL_NAMESPACE_OR_NONE, ZNVME_FEAT_PERFORMANCE,                     \
	     "performance characteristics", "with=perfc --attri 0xc0", true,                       \
	     feat_fill_performance,                                                                \
	     NUMBER(FEAT_PERF_ATTRI, 'a', "attri", "attribute: 0 standard, 0xc0 list of "          \
		    "identifiers, 0xc1 to 0xff the vendor's"),                                     \
	     FLAG('r', "rvspa", "delete the saved value of a vendor's attribute"),                 \
	     NUMBER(FEAT_PERF_R4KARL, 'R', "r4karl", "average latency of random reads of 4 KiB"),  \
	     TOOL_OPTION('p', "paid", "UUID", TOOL_STRING, AT(text[FEAT_PERF_PAID]),               \
			 "identifier of a vendor's attribute; to set one, with --save"),           \
	     NUMBER(FEAT_PERF_ATTRL, 'A', "attrl", "bytes of it (default: all of the file)"),      \
	     TOOL_OPTION('V', "vs-data", "FILE", TOOL_STRING, AT(text[FEAT_PERF_VS]),              \
			 "these bytes, - for standard input"))

const struct feat feats[NR_FEATS] = {
	FEAT(ARBITRATION, "arbitration", 0, ZNVME_FEAT_ARBITRATION, "arbitration", " --ab 3",
	     NUMBER(0, 'a', "ab", "arbitration burst, log2 of commands; 7: no limit"),
	     NUMBER(1, 'l', "lpw", "low priority weight, 0-based"),
	     NUMBER(2, 'm', "mpw", "medium priority weight, 0-based"),
	     NUMBER(3, 'H', "hpw", "high priority weight, 0-based")),
	FEAT(POWER_MGMT, "power-mgmt", 0, ZNVME_FEAT_POWER_MGMT, "power management", " --ps 1",
	     NUMBER(0, 'p', "ps", "power state"),
	     NUMBER(1, 'w', "wh", "workload hint")),
	FEAT_MADE(LBA_RANGE_TYPE, "lba-range-type", TOOL_NAMESPACE_OR_NONE, ZNVME_FEAT_LBA_RANGE,
	     "lba range type", " --num 1 --types 1,2 --slbas 0,2048 --nlbs 2047,2047", false,
	     feat_fill_ranges,
	     NUMBER(0, 'N', "num", "LBA ranges, 0-based"),
	     LIST(FEAT_RANGE_TYPES, 't', "types", "their types"),
	     LIST(FEAT_RANGE_LBAROS, 'l', "lbaros", "1: may be overwritten"),
	     LIST(FEAT_RANGE_HLBARS, 0, "hlbars", "1: hidden"),
	     LIST(FEAT_RANGE_SLBAS, 's', "slbas", "first blocks"),
	     LIST(FEAT_RANGE_NLBS, 'b', "nlbs", "blocks, 0-based"),
	     LIST(FEAT_RANGE_GUIDS, 'g', "guids", "identifiers, numbers")),
	FEAT(TEMP_THRESH, "temp-thresh", 0, ZNVME_FEAT_TEMP_THRESHOLD, "temperature threshold",
	     " --thsel 1 --tmpth 280",
	     NUMBER(0, 'T', "tmpth", "threshold, kelvin"),
	     NUMBER(1, 'm', "tmpsel", "which: 0 composite, 1 to 8 a sensor, 15 all (set only)"),
	     NUMBER(2, 'H', "thsel", "which: 0 over, 1 under the threshold"),
	     NUMBER(3, 'M', "tmpthh", "hysteresis, kelvin")),
	FEAT(ERR_RECOVERY, "err-recovery", TOOL_NAMESPACE_OR_NONE, ZNVME_FEAT_ERROR_RECOVERY,
	     "error recovery", " --tler 10",
	     NUMBER(0, 't', "tler", "time for retries, units of 100 ms"),
	     FLAG('d', "dulbe", "reading a deallocated block is an error"),
	     NOT("dulbe", "it is none")),
	FEAT(VOLATILE_WC, "volatile-wc", 0, ZNVME_FEAT_VWC, "volatile write cache", " --wce",
	     FLAG('w', "wce", "switch the cache on"),
	     NOT("wce", "switch it off")),
	FEAT(NUM_QUEUES, "num-queues", 0, ZNVME_FEAT_NUM_QUEUES, "number of queues", " --sel 1",
	     NUMBER(0, 'n', "nsqr", "I/O submission queues, 0-based"),
	     NUMBER(1, 'c', "ncqr", "I/O completion queues, 0-based")),
	FEAT(INT_COALESCE, "int-coalesce", 0, ZNVME_FEAT_IRQ_COALESCING, "interrupt coalescing",
	     " --thr 9 --time 5",
	     NUMBER(0, 't', "thr", "completions before an interrupt, 0-based"),
	     NUMBER(1, 'T', "time", "longest delay, units of 100 us")),
	FEAT(INT_VECTOR_CONFIG, "int-vector-config", 0, ZNVME_FEAT_IRQ_VECTOR,
	     "interrupt vector configuration", " --iv 1 --cd",
	     NUMBER(0, 'i', "iv", "which vector"),
	     FLAG('c', "cd", "no coalescing for it"),
	     NOT("cd", "coalescing for it")),
	FEAT(WRITE_ATOM_NORMAL, "write-atom-normal", 0, ZNVME_FEAT_WRITE_ATOMICITY,
	     "write atomicity normal", " --dn",
	     FLAG('d', "dn", "the host needs atomicity at power failures only"),
	     NOT("dn", "it needs that of normal operation")),
	FEAT(ASYNC_EVENT_CONF, "async-event-conf", 0, ZNVME_FEAT_ASYNC_EVENT,
	     "asynchronous event configuration", " --result 0x1ff",
	     NUMBER(0, 'r', "result", "events that are wanted: all of dword 11")),
	FEAT_MADE(TIMESTAMP, "timestamp", 0, ZNVME_FEAT_TIMESTAMP, "timestamp",
	     " --tstmp 1800000000000", true, NULL,
	     NUMBER(0, 't', "tstmp", "milliseconds since 1970-01-01")),
	FEAT(KEEP_ALIVE_TIMER, "keep-alive-timer", 0, ZNVME_FEAT_KEEP_ALIVE, "keep alive timer",
	     " --kato 10000",
	     NUMBER(0, 'k', "kato", "timeout, milliseconds; 0: off")),
	FEAT(HCTM, "hctm", 0, ZNVME_FEAT_HCTM, "host controlled thermal management", " --tmt1 340",
	     NUMBER(0, 't', "tmt1", "light throttling from here, kelvin"),
	     NUMBER(1, 'T', "tmt2", "heavy throttling from here, kelvin")),
	FEAT(HOST_BEHAVIOR_SUPPORT, "host-behavior-support", 0, ZNVME_FEAT_HOST_BEHAVIOR,
	     "host behavior support", " --acre 1",
	     NUMBER(0, 'a', "acre", "1: advanced command retry"),
	     NUMBER(1, 'e', "etdas", "1: telemetry data area 4"),
	     NUMBER(2, 'l', "lbafee", "1: extended LBA formats"),
	     NUMBER(3, 'H', "hdisns", "1: dispersed namespaces"),
	     NUMBER(4, 'c', "cdfe", "copy descriptor formats, a bit each")),
	PERFC(PERF_CHARACTERISTICS, "perf-characteristics"),
	PERFC(PERFC, "perfc"),
};
/* clang-format on */
