/* SPDX-License-Identifier: MIT */
/*
 * get-feature, set-feature (Base 2.1, sections 5.1.11 and 5.1.25). The controller is reset when the
 * tool lets go of it, so a setting that is not saved ends with the command.
 */
#include "commands.h"
#include "feature_value.h"
#include "manage.h"

#include <inttypes.h>
#include <string.h>

uint32_t feature_nsid(const struct tool *tool, uint8_t fid)
{
	return tool->nsid_given || feature_find(fid)->per_namespace ? tool->nsid : 0;
}

/* ---- get-feature --------------------------------------------------------------------------- */

struct get_feature_args {
	uint8_t fid;
	uint8_t sel;
	uint32_t data_len;
	uint32_t cdw11;
	uint8_t uuid_index;
	bool changed;
};

#define GET(member) offsetof(struct get_feature_args, member)
#define SEL_CHANGED 8 /* nvme-cli's, no value of the command's */

static const struct tool_option get_feature_options[] = {
	TOOL_OPTION('f', "feature-id", "FID", TOOL_U8, GET(fid),
		    "feature identifier (default: all that the device answers for)"),
	TOOL_OPTION('s', "sel", "N", TOOL_U8, GET(sel),
		    "0 current, 1 default, 2 saved, 3 capabilities, 8 as --changed",
		    .max = SEL_CHANGED),
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, GET(data_len),
		    "bytes of data (default: what the feature has)", .max = FEATURE_DATA_MAX),
	TOOL_OPTION('c', "cdw11", "N", TOOL_U32, GET(cdw11), "dword 11 of the command"),
	TOOL_OPTION('U', "uuid-index", "N", TOOL_U8, GET(uuid_index), "UUID index", .max = 127),
	TOOL_OPTION('C', "changed", NULL, TOOL_FLAG, GET(changed),
		    "only what has a value that is not the default"),
	{0},
};

uint32_t feature_request_len(const struct feature_request *request)
{
	if (request->sel == ZNVME_FEAT_SEL_SUPPORTED)
		return 0; /* the answer is in the result alone */
	if (request->fid == ZNVME_FEAT_HOST_ID && request->cdw11 & ZNVME_FEAT_HOST_ID_EXHID)
		return 16;
	return feature_find(request->fid)->data_len;
}

int feature_fetch(struct tool *tool, const struct feature_request *request,
		  struct feature_value *value)
{
	const struct znvme_feature_args args = {
		.fid = request->fid,
		.sel = request->sel,
		.nsid = feature_nsid(tool, request->fid),
		.cdw11 = request->cdw11,
		.cdw14 = request->uuid_index,
	};

	value->len = request->len;
	memset(value->data, 0, value->len);
	return znvme_get_feature(tool->ctrl, &args, value->len ? value->data : NULL, value->len,
				 &value->result);
}

static const struct field_bits *value_bits(const struct feature_request *request)
{
	return request->sel == ZNVME_FEAT_SEL_SUPPORTED ? feature_capability_bits
							: feature_find(request->fid)->bits;
}

/* The result, which need not repeat which value was asked for. */
static uint32_t value_dword(const struct feature_request *request,
			    const struct feature_value *value)
{
	uint32_t select = feature_find(request->fid)->select;

	if (request->sel == ZNVME_FEAT_SEL_SUPPORTED)
		return value->result;
	return (value->result & ~select) | (request->cdw11 & select);
}

void feature_heading(struct tool *tool, const struct feature_request *request,
		     const struct feature_value *value)
{
	static const char *const selects[] = {"Current", "Default", "Saved", "Supported"};
	const char *name = znvme_feature_name(request->fid);

	fprintf(tool->out, "get-feature:0x%02x (%s), %s value:0x%08x\n", request->fid,
		name ? name : "Unknown", selects[request->sel], value->result);
}

void feature_print(struct tool *tool, const struct feature_request *request,
		   const struct feature_value *value, bool human)
{
	uint32_t dword = value_dword(request, value);

	if (human && value_bits(request))
		bits_print(tool->out, value_bits(request), dword);
	if (value->len &&
	    !(human && feature_data_print(tool->out, request->fid, dword, value->data, value->len)))
		hex_dump(tool->out, value->data, value->len);
}

struct json_object *feature_json(const struct feature_request *request,
				 const struct feature_value *value)
{
	struct json_object *object = json_object_new_object(), *fields;
	const char *name = znvme_feature_name(request->fid);
	uint32_t dword = value_dword(request, value);

	json_add_number(object, "feature_id", request->fid);
	json_add_string(object, "name", name ? name : "");
	json_add_number(object, "sel", request->sel);
	json_add_number(object, "value", value->result);
	if (value_bits(request)) {
		fields = json_object_new_object();
		bits_json(fields, value_bits(request), dword);
		json_object_object_add(object, "fields", fields);
	}
	if (value->len) {
		json_add_hex(object, "data", value->data, value->len);
		fields = json_object_new_object();
		feature_data_json(fields, request->fid, dword, value->data, value->len);
		if (json_object_object_length(fields))
			json_object_object_add(object, "data_fields", fields);
		else
			json_object_put(fields);
	}
	return object;
}

/* What get-feature asks of one feature. */
static struct feature_request request_of(const struct tool *tool,
					 const struct get_feature_args *args, uint8_t fid)
{
	struct feature_request request = {
		.fid = fid,
		.sel = args->sel,
		.cdw11 = args->cdw11,
		.uuid_index = args->uuid_index,
	};

	request.len = tool_given(tool, "data-len") && args->sel != ZNVME_FEAT_SEL_SUPPORTED
			      ? args->data_len
			      : feature_request_len(&request);
	return request;
}

static void show_feature(struct tool *tool, const struct feature_request *request,
			 const struct feature_value *value)
{
	feature_heading(tool, request, value);
	feature_print(tool, request, value, tool->human);
}

/* Whether a feature has its default value; one whose default is not told has not changed. */
static bool is_default(struct tool *tool, const struct feature_request *request,
		       const struct feature_value *value)
{
	tool_autofree struct feature_value *other = calloc(1, sizeof(*other));
	struct feature_request of_default = *request;

	of_default.sel = ZNVME_FEAT_SEL_DEFAULT;
	if (!other || feature_fetch(tool, &of_default, other))
		return true;
	return other->result == value->result && other->len == value->len &&
	       !memcmp(other->data, value->data, value->len);
}

/* All features that the device knows, without a word on those that it does not. */
static int show_all(struct tool *tool, const struct get_feature_args *args,
		    struct feature_value *value)
{
	struct json_object *list = json_object_new_array();
	const struct feature *feature = NULL;

	while ((feature = feature_next(feature))) {
		struct feature_request request = request_of(tool, args, feature->fid);
		int rc = feature_fetch(tool, &request, value);

		if (rc > 0)
			continue;
		if (rc < 0) {
			json_object_put(list);
			return tool_fail(rc, "get features");
		}
		if (args->changed && is_default(tool, &request, value))
			continue;
		if (tool->format == TOOL_JSON)
			json_object_array_add(list, feature_json(&request, value));
		else
			show_feature(tool, &request, value);
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_object_object_add(tool->json, "features", list);
	} else {
		json_object_put(list);
	}
	return 0;
}

/* --sel 8 is --changed, which is for the current values. */
static int take_select(struct get_feature_args *args)
{
	if (args->sel == SEL_CHANGED) {
		args->changed = true;
		args->sel = ZNVME_FEAT_SEL_CURRENT;
	}
	if (args->sel > ZNVME_FEAT_SEL_SUPPORTED)
		return tool_error("get-feature: --sel %u: it is 0 to 3, or 8", args->sel);
	if (args->changed && args->sel)
		return tool_error("get-feature: --changed is for current values");
	return 0;
}

static int run_get_feature(struct tool *tool, void *arg)
{
	struct get_feature_args *args = arg;
	tool_autofree struct feature_value *value = calloc(1, sizeof(*value));
	bool all = !tool_given(tool, "feature-id");
	struct feature_request request;
	int rc;

	if (!value)
		return tool_error("out of memory");
	if (all && tool->format == TOOL_RAW)
		return tool_error("get-feature: binary output is of one feature: name it by "
				  "--feature-id");
	if (take_select(args) || tool_open(tool))
		return 1;
	if (all)
		return show_all(tool, args, value);
	request = request_of(tool, args, args->fid);
	rc = feature_fetch(tool, &request, value);
	if (rc)
		return tool_fail(rc, "get features");
	if (args->changed && is_default(tool, &request, value))
		tool->json = tool->format == TOOL_JSON ? json_object_new_object() : NULL;
	else if (tool->format == TOOL_JSON)
		tool->json = feature_json(&request, value);
	else if (tool->format == TOOL_NORMAL)
		show_feature(tool, &request, value);
	else if (value->len)
		fwrite(value->data, 1, value->len, tool->out);
	else
		fwrite(&value->result, 1, sizeof(value->result), tool->out);
	return 0;
}

const struct tool_command get_feature_command = {
	.name = "get-feature",
	.summary = "a setting of the controller, or all of them",
	.group = TOOL_GROUP_FEATURE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = get_feature_options,
	.args_size = sizeof(struct get_feature_args),
	.example = "znvme get-feature sim: --feature-id 7 --human-readable",
	.run = run_get_feature,
};

/* ---- set-feature --------------------------------------------------------------------------- */

struct set_feature_args {
	uint8_t fid;
	uint64_t value; /* more than 32 bits: of the timestamp */
	uint32_t cdw12;
	uint8_t uuid_index;
	uint32_t data_len;
	const char *data;
	bool save;
	bool dry_run;
	bool force;
};

#define SET(member) offsetof(struct set_feature_args, member)

static const struct tool_option set_feature_options[] = {
	TOOL_OPTION('f', "feature-id", "FID", TOOL_U8, SET(fid), "feature identifier (required)"),
	TOOL_OPTION('V', "value", "N", TOOL_U64, SET(value),
		    "new value, dword 11 of the command (required); of the timestamp its data"),
	TOOL_OPTION('c', "cdw12", "N", TOOL_U32, SET(cdw12), "dword 12 of the command"),
	TOOL_OPTION('U', "uuid-index", "N", TOOL_U8, SET(uuid_index), "UUID index", .max = 127),
	TOOL_OPTION('l', "data-len", "BYTES", TOOL_U32, SET(data_len),
		    "bytes of data (default: what the feature has)", .max = FEATURE_DATA_MAX),
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, SET(data),
		    "its data, where it has some (default: standard input)"),
	TOOL_OPTION('s', "save", NULL, TOOL_FLAG, SET(save),
		    "keep it across resets and power cycles"),
	TOOL_OPTION(0, "dry-run", NULL, TOOL_FLAG, SET(dry_run),
		    "say what would be sent, and send nothing"),
	TOOL_OPTION(0, "force", NULL, TOOL_FLAG, SET(force),
		    "do not ask before what cannot be taken back"),
	{0},
};

#define TIMESTAMP_MAX ((1ull << 48) - 1)

/* What can be known of the options before anything is read. 0, or 1 after an error message. */
static int check_value(const struct tool *tool, const struct set_feature_args *args, uint32_t len)
{
	bool timestamp = args->fid == ZNVME_FEAT_TIMESTAMP;
	uint64_t max = timestamp ? TIMESTAMP_MAX : UINT32_MAX;
	bool value = tool_given(tool, "value");

	if (!tool_given(tool, "feature-id") || (!value && !len))
		return tool_error("set-feature: --feature-id and --value are needed");
	if (args->value > max)
		return tool_error("set-feature: --value %" PRIu64
				  ": out of range, which is 0 to %" PRIu64,
				  args->value, max);
	if (timestamp && value && args->data)
		return tool_error("set-feature: the timestamp is by --value or by --data: give "
				  "one of the two");
	return 0;
}

/* The feature's data: of a file, or the timestamp's by --value. */
static int read_feature_data(const struct tool *tool, const struct set_feature_args *args,
			     uint32_t len, void **data)
{
	size_t got;

	if (!len)
		return 0;
	if (args->fid == ZNVME_FEAT_TIMESTAMP && tool_given(tool, "value")) {
		if (len < sizeof(args->value))
			return tool_error("set-feature: the timestamp takes %zu bytes of data",
					  sizeof(args->value));
		*data = calloc(1, len);
		if (!*data)
			return tool_error("out of memory");
		memcpy(*data, &args->value, sizeof(args->value));
		return 0;
	}
	if (tool_read_file(args->data, len, data, &got))
		return 1;
	return got == len ? 0
			  : tool_error("set-feature: %zu bytes of data, but the feature takes %u; "
				       "see --data-len",
				       got, len);
}

/* Where no namespace is named, a feature of namespaces is set for all of them. */
static uint32_t set_nsid(const struct tool *tool, uint8_t fid)
{
	if (tool->nsid_given)
		return tool->nsid;
	return feature_find(fid)->per_namespace ? ZNVME_NSID_ALL : 0;
}

/* One value is for ever: write protection that no power cycle ends. */
static int ask_first(struct tool *tool, const struct set_feature_args *args, uint32_t nsid)
{
	if (args->fid != ZNVME_FEAT_WRITE_PROTECT ||
	    znvme_field_get(ZNVME_FEAT_WRITE_PROTECT_WPS, args->value) !=
		    ZNVME_WRITE_PROTECT_PERMANENT)
		return 0;
	if (nsid == ZNVME_NSID_ALL)
		return tool_confirm(tool, args->force,
				    "set-feature: all namespaces of %s can never be written again",
				    tool->address);
	return tool_confirm(tool, args->force,
			    "set-feature: namespace 0x%x of %s can never be written again", nsid,
			    tool->address);
}

static int run_set_feature(struct tool *tool, void *arg)
{
	const struct set_feature_args *args = arg;
	const struct feature *feature = feature_find(args->fid);
	uint32_t len = tool_given(tool, "data-len") ? args->data_len : feature->data_len;
	const struct znvme_feature_args feature_args = {
		.fid = args->fid,
		.save = args->save,
		.nsid = set_nsid(tool, args->fid),
		.cdw11 = args->fid == ZNVME_FEAT_TIMESTAMP ? 0 : (uint32_t)args->value,
		.cdw12 = args->cdw12,
		.cdw14 = args->uuid_index,
	};
	const char *name = znvme_feature_name(args->fid);
	tool_autofree void *data = NULL;
	uint32_t result = 0;
	int rc;

	if (check_value(tool, args, len) || read_feature_data(tool, args, len, &data))
		return 1;
	if (ask_first(tool, args, feature_args.nsid))
		return 1;
	if (!args->dry_run) {
		if (tool_open(tool))
			return 1;
		rc = znvme_set_feature(tool->ctrl, &feature_args, data, len, &result);
		if (rc)
			return tool_fail(rc, "set features");
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "feature_id", args->fid);
		json_add_string(tool->json, "name", name ? name : "");
		json_add_number(tool->json, "value", args->value);
		json_add_number(tool->json, "cdw12", args->cdw12);
		json_add_number(tool->json, "save", args->save);
		json_add_number(tool->json, "result", result);
		json_object_object_add(tool->json, "dry_run",
				       json_object_new_boolean(args->dry_run));
		return 0;
	}
	fprintf(tool->out,
		"%sset-feature:0x%02x (%s), value:0x%08" PRIx64 ", cdw12:0x%08x, save:%#x\n",
		args->dry_run ? "dry run: " : "", args->fid, name ? name : "Unknown", args->value,
		args->cdw12, args->save);
	if (result)
		fprintf(tool->out, "result:0x%08x\n", result);
	return 0;
}

const struct tool_command set_feature_command = {
	.name = "set-feature",
	.summary = "change a setting of the controller",
	.group = TOOL_GROUP_FEATURE,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE_OR_NONE | TOOL_OUTPUT,
	.options = set_feature_options,
	.args_size = sizeof(struct set_feature_args),
	.details =
		"The controller is reset when the tool lets go of it: without --save most "
		"settings\n"
		"end with this command. Permanent write protection of a namespace (feature 84h,\n"
		"value 3) is asked about first. Where no namespace is named, a feature of "
		"namespaces\nis set for all of them.\n",
	.example = "znvme set-feature sim: --feature-id 6 --value 1",
	.run = run_set_feature,
};
