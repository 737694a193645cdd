/* SPDX-License-Identifier: MIT */
/* Two results of perf as JSON, side by side, with what the second has to the first. */
#include <string.h>

#include "fields.h"
#include "perf.h"
#include "progress.h"

/* What is compared: where it is in the JSON, and how it is shown. */
static const struct {
	const char *name;
	const char *path[4];
	void (*show)(char text[16], double value);
} rows[] = {
	{"IOPS", {"total", "iops"}, perf_number_text},
	{"bandwidth", {"total", "bytes_per_second"}, NULL},
	{"min", {"total", "latency_ns", "min"}, perf_time_text},
	{"mean", {"total", "latency_ns", "mean"}, perf_time_text},
	{"50 %", {"total", "latency_ns", "percentiles", "50"}, perf_time_text},
	{"90 %", {"total", "latency_ns", "percentiles", "90"}, perf_time_text},
	{"95 %", {"total", "latency_ns", "percentiles", "95"}, perf_time_text},
	{"99 %", {"total", "latency_ns", "percentiles", "99"}, perf_time_text},
	{"99.9 %", {"total", "latency_ns", "percentiles", "99.9"}, perf_time_text},
	{"99.99 %", {"total", "latency_ns", "percentiles", "99.99"}, perf_time_text},
	{"max", {"total", "latency_ns", "max"}, perf_time_text},
	{"CPU an I/O", {"cpu", "ns_per_io"}, perf_time_text},
};

static int load(const char *path, struct json_object **json)
{
	tool_autofree char *text = NULL;
	struct json_tokener *tokener;
	enum json_tokener_error error;
	struct json_object *command;
	size_t len;

	if (tool_read_file(path, 1ull << 30, (void **)&text, &len))
		return 1;
	tokener = json_tokener_new();
	if (!tokener)
		return tool_error("out of memory");
	*json = json_tokener_parse_ex(tokener, len ? text : "", (int)len);
	error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	if (error != json_tokener_success)
		return tool_error("%s: not JSON: %s", path,
				  error == json_tokener_continue ? "it ends too soon"
								 : json_tokener_error_desc(error));
	if (!json_object_object_get_ex(*json, "command", &command) ||
	    !json_object_is_type(command, json_type_string) ||
	    strcmp(json_object_get_string(command), "perf"))
		return tool_error("%s: not a result of `znvme perf -o json`", path);
	return 0;
}

/* The number that row `i` is about. */
static int look_up(struct json_object *json, const char *file, unsigned i, double *value)
{
	for (unsigned n = 0; n < TOOL_COUNT(rows[i].path) && rows[i].path[n]; n++)
		if (!json_object_object_get_ex(json, rows[i].path[n], &json))
			json = NULL;
	if (!json_object_is_type(json, json_type_double) &&
	    !json_object_is_type(json, json_type_int))
		return tool_error("%s: has no number for %s: not a result of `znvme perf -o json`",
				  file, rows[i].name);
	*value = json_object_get_double(json);
	return 0;
}

static void show(char text[20], unsigned i, double value)
{
	char number[16];

	if (rows[i].show) {
		rows[i].show(number, value);
		snprintf(text, 20, "%s", number);
		return;
	}
	progress_bytes_text(number, value);
	snprintf(text, 20, "%s/s", number);
}

/* Which options the two runs do not share, by their names. */
static struct json_object *differing_options(struct json_object *a, struct json_object *b)
{
	struct json_object *names = json_object_new_array(), *options_a, *options_b;

	if (!json_object_object_get_ex(a, "options", &options_a) ||
	    !json_object_object_get_ex(b, "options", &options_b) ||
	    !json_object_is_type(options_a, json_type_object))
		return names;
	json_object_object_foreach(options_a, name, value)
	{
		struct json_object *other = NULL;

		json_object_object_get_ex(options_b, name, &other);
		if (!json_object_equal(value, other))
			json_object_array_add(names, json_object_new_string(name));
	}
	return names;
}

static const char *option_text(struct json_object *json, const char *name)
{
	struct json_object *value = NULL;

	if (json_object_object_get_ex(json, "options", &value))
		json_object_object_get_ex(value, name, &value);
	return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
}

static void print(struct tool *tool, struct json_object *const json[2], double values[][2],
		  const char *const paths[2])
{
	struct json_object *names = differing_options(json[0], json[1]);
	FILE *out = tool->out;

	fprintf(out, "A: %s\nB: %s\n\n%-10s  %12s %12s %8s\n", paths[0], paths[1], "", "A", "B",
		"B/A");
	for (unsigned i = 0; i < TOOL_COUNT(rows); i++) {
		char a[20], b[20], ratio[16] = "-";

		show(a, i, values[i][0]);
		show(b, i, values[i][1]);
		if (values[i][0] > 0)
			snprintf(ratio, sizeof(ratio), "%.3g", values[i][1] / values[i][0]);
		fprintf(out, "%-10s: %12s %12s %8s\n", rows[i].name, a, b, ratio);
	}
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));

		fprintf(out, "%s%s: ", i ? "" : "\nThe runs differ in\n", name);
		fprintf(out, "%s, ", option_text(json[0], name));
		fprintf(out, "%s\n", option_text(json[1], name));
	}
	json_object_put(names);
}

static struct json_object *to_json(struct json_object *const json[2], double values[][2],
				   const char *const paths[2])
{
	struct json_object *all = json_object_new_object(), *list = json_object_new_array();

	json_add_string(all, "command", "perf --compare");
	json_add_string(all, "a", paths[0]);
	json_add_string(all, "b", paths[1]);
	for (unsigned i = 0; i < TOOL_COUNT(rows); i++) {
		struct json_object *row = json_object_new_object();

		json_add_string(row, "name", rows[i].name);
		json_object_object_add(row, "a", json_object_new_double(values[i][0]));
		json_object_object_add(row, "b", json_object_new_double(values[i][1]));
		json_object_object_add(row, "ratio",
				       values[i][0] > 0
					       ? json_object_new_double(values[i][1] / values[i][0])
					       : NULL);
		json_object_array_add(list, row);
	}
	json_object_object_add(all, "rows", list);
	json_object_object_add(all, "different_options", differing_options(json[0], json[1]));
	return all;
}

int perf_compare(struct tool *tool, const char *path_a, const char *path_b)
{
	const char *const paths[2] = {path_a, path_b};
	struct json_object *json[2] = {NULL, NULL};
	double values[TOOL_COUNT(rows)][2];
	int rc = 0;

	for (unsigned n = 0; n < 2 && !rc; n++) {
		rc = load(paths[n], &json[n]);
		for (unsigned i = 0; i < TOOL_COUNT(rows) && !rc; i++)
			rc = look_up(json[n], paths[n], i, &values[i][n]);
	}
	if (!rc && tool->format == TOOL_JSON)
		tool->json = to_json(json, values, paths);
	else if (!rc)
		print(tool, json, values, paths);
	json_object_put(json[0]);
	json_object_put(json[1]);
	return rc;
}
