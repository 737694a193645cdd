/* SPDX-License-Identifier: MIT */
/* What came of a run of perf: as text with a histogram, or as JSON (docs/cli.md has its fields). */
#include <inttypes.h>
#include <string.h>

#include "fields.h"
#include "perf.h"
#include "progress.h"

#define BAR_WIDTH 50

const double perf_percentiles[PERF_PERCENTILES] = {1, 25, 50, 90, 95, 99, 99.9, 99.99};
const char *const perf_percentile_names[PERF_PERCENTILES] = {"1",  "25", "50",	 "90",
							     "95", "99", "99.9", "99.99"};

static const char *const kind_names[PERF_KINDS] = {"read", "write"};

/* ---- numbers as text ----------------------------------------------------------------------- */

/* Three digits that count, or all where there are more. */
static int decimals(double value)
{
	return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

void perf_time_text(char text[16], double ns)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	unsigned i = 0;

	while (ns >= 999.5 && i + 1 < TOOL_COUNT(units)) {
		ns /= 1000;
		i++;
	}
	snprintf(text, 16, "%.*f %s", i ? decimals(ns) : 0, ns, units[i]);
}

void perf_number_text(char text[16], double number)
{
	static const char *const units[] = {"", "k", "M", "G", "T"};
	unsigned i = 0;

	while (number >= (i ? 999.5 : 9999.5) && i + 1 < TOOL_COUNT(units)) {
		number /= 1000;
		i++;
	}
	snprintf(text, 16, "%.*f%s", i || number != (double)(uint64_t)number ? decimals(number) : 0,
		 number, units[i]);
}

void perf_size_text(char text[16], uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
	unsigned i = 0;

	while (bytes && bytes % 1024 == 0 && i + 1 < TOOL_COUNT(units)) {
		bytes /= 1024;
		i++;
	}
	snprintf(text, 16, "%" PRIu64 " %s", bytes, units[i]);
}

void perf_describe(char text[256], const struct perf_config *config)
{
	FILE *out = fmemopen(text, 256, "w");
	char size[16];

	if (!out) {
		text[0] = '\0';
		return;
	}
	fputs(perf_pattern_names[config->pattern], out);
	if (config->pattern == PERF_MIXED)
		fprintf(out, " (%u %% random)", config->random_percent);
	if (config->read_percent % 100)
		fprintf(out, " %u %% read, %u %% write", config->read_percent,
			100 - config->read_percent);
	else
		fprintf(out, " %s", config->read_percent ? "read" : "write");
	for (unsigned i = 0; i < config->nr_sizes; i++) {
		perf_size_text(size, config->sizes[i].bytes);
		fprintf(out, ", %s", size);
		if (config->nr_sizes > 1)
			fprintf(out, " %u %%", config->sizes[i].percent);
	}
	fprintf(out, ", depth %u, %u thread%s, %s", config->depth, config->threads,
		config->threads > 1 ? "s" : "", perf_waiting_names[config->waiting]);
	if (config->rate)
		fprintf(out, ", at most %" PRIu64 " IOPS", config->rate);
	if (config->verify)
		fputs(", verified", out);
	fclose(out);
}

void perf_describe_model(char text[256], struct tool *tool)
{
	const struct znvme_id_ctrl *id = znvme_id_ctrl(tool->ctrl);

	tool_text(text, id->mn, sizeof(id->mn));
}

void perf_describe_device(char text[256], struct tool *tool, const struct znvme_ns *ns)
{
	char size[16];

	progress_bytes_text(size, (double)ns->nr_bytes);
	snprintf(text, 256, "%.100s namespace %u, %s", tool->address, ns->nsid, size);
}

void perf_total(const struct perf_result *result, struct perf_hist *latency, uint64_t *bytes)
{
	perf_hist_init(latency);
	*bytes = 0;
	for (unsigned kind = 0; kind < PERF_KINDS; kind++) {
		perf_hist_merge(latency, &result->latency[kind]);
		*bytes += result->bytes[kind];
	}
}

static uint64_t nr_ios(const struct perf_result *result)
{
	return perf_hist_count(&result->latency[PERF_READ]) +
	       perf_hist_count(&result->latency[PERF_WRITE]);
}

double perf_cpu_per_io(const struct perf_result *result)
{
	uint64_t ios = nr_ios(result);

	return ios ? (double)(result->user_ns + result->system_ns) / (double)ios : 0;
}

static double a_second(uint64_t amount, uint64_t ns)
{
	return ns ? (double)amount * NSEC / (double)ns : 0;
}

/* ---- text ---------------------------------------------------------------------------------- */

/* A table: all I/Os and, where there are both, reads and writes in columns of their own. */
struct columns {
	const char *name[3];
	const struct perf_hist *latency[3];
	uint64_t bytes[3];
	unsigned nr;
};

static struct columns columns_of(const struct perf_result *result, const struct perf_hist *total,
				 uint64_t bytes)
{
	struct columns columns = {{"all"}, {total}, {bytes}, 1};

	for (unsigned kind = 0; kind < PERF_KINDS; kind++)
		if (!perf_hist_count(&result->latency[kind]))
			return columns;
	for (unsigned kind = 0; kind < PERF_KINDS; kind++) {
		columns.name[columns.nr] = kind_names[kind];
		columns.latency[columns.nr] = &result->latency[kind];
		columns.bytes[columns.nr++] = result->bytes[kind];
	}
	return columns;
}

static void print_row(FILE *out, const char *name, const struct columns *columns,
		      void (*cell)(char text[16], const struct columns *columns, unsigned column,
				   double argument),
		      double argument)
{
	fprintf(out, "%-10s:", name);
	for (unsigned i = 0; i < columns->nr; i++) {
		char text[16];

		cell(text, columns, i, argument);
		fprintf(out, " %11s", text);
	}
	fputc('\n', out);
}

static void cell_ios(char text[16], const struct columns *columns, unsigned i, double argument)
{
	(void)argument;
	snprintf(text, 16, "%" PRIu64, perf_hist_count(columns->latency[i]));
}

static void cell_iops(char text[16], const struct columns *columns, unsigned i, double seconds)
{
	perf_number_text(text, (double)perf_hist_count(columns->latency[i]) / seconds);
}

static void cell_rate(char text[16], const struct columns *columns, unsigned i, double seconds)
{
	char rate[16];

	progress_bytes_text(rate, (double)columns->bytes[i] / seconds);
	snprintf(text, 16, "%.12s/s", rate);
}

static void cell_min(char text[16], const struct columns *columns, unsigned i, double argument)
{
	(void)argument;
	perf_time_text(text, (double)columns->latency[i]->min);
}

static void cell_max(char text[16], const struct columns *columns, unsigned i, double argument)
{
	(void)argument;
	perf_time_text(text, (double)columns->latency[i]->max);
}

static void cell_mean(char text[16], const struct columns *columns, unsigned i, double argument)
{
	(void)argument;
	perf_time_text(text, perf_hist_mean(columns->latency[i]));
}

static void cell_percentile(char text[16], const struct columns *columns, unsigned i,
			    double percent)
{
	perf_time_text(text, (double)perf_hist_percentile(columns->latency[i], percent));
}

static void print_table(FILE *out, const struct columns *columns, double seconds)
{
	char name[16];

	if (columns->nr > 1) {
		fprintf(out, "%-10s ", "");
		for (unsigned i = 0; i < columns->nr; i++)
			fprintf(out, " %11s", columns->name[i]);
		fputc('\n', out);
	}
	print_row(out, "I/Os", columns, cell_ios, 0);
	print_row(out, "IOPS", columns, cell_iops, seconds);
	print_row(out, "bandwidth", columns, cell_rate, seconds);
	print_row(out, "min", columns, cell_min, 0);
	print_row(out, "mean", columns, cell_mean, 0);
	for (unsigned i = 0; i < PERF_PERCENTILES; i++) {
		snprintf(name, sizeof(name), "%s %%", perf_percentile_names[i]);
		print_row(out, name, columns, cell_percentile, perf_percentiles[i]);
	}
	print_row(out, "max", columns, cell_max, 0);
}

static void print_histogram(FILE *out, const struct perf_hist *latency)
{
	struct perf_hist_row rows[PERF_HIST_MAX_ROWS];
	unsigned nr = perf_hist_rows(latency, rows);
	double count = (double)perf_hist_count(latency);
	uint64_t most = 1;

	for (unsigned i = 0; i < nr; i++)
		most = rows[i].count > most ? rows[i].count : most;
	for (unsigned i = 0; i < nr; i++) {
		char from[16] = "", to[16] = "", bar[BAR_WIDTH + 1] = "";
		unsigned width = (unsigned)((double)rows[i].count / (double)most * BAR_WIDTH + 0.5);

		if (rows[i].from)
			perf_time_text(from, (double)rows[i].from);
		if (rows[i].to < UINT64_MAX)
			perf_time_text(to, (double)rows[i].to);
		memset(bar, '#', width);
		bar[width] = '\0';
		if (rows[i].count && !width)
			strcpy(bar, ".");
		fprintf(out, "%8s - %-8s %6.2f %% |%s\n", from, to,
			100 * (double)rows[i].count / count, bar);
	}
}

static void print_verdict(FILE *out, const struct perf_config *config,
			  const struct perf_verdict *verdict)
{
	if (!config->verify)
		return;
	fprintf(out, "verified  : %" PRIu64 " blocks, %" PRIu64 " wrong", verdict->checked,
		verdict->wrong);
	if (verdict->not_read_back)
		fprintf(out, ", %" PRIu64 " not read back", verdict->not_read_back);
	fputc('\n', out);
}

void perf_report_text(struct tool *tool, const struct perf_config *config,
		      const struct perf_result *result)
{
	tool_autofree struct perf_hist *total = malloc(sizeof(*total));
	double seconds = (double)result->elapsed_ns / NSEC;
	uint64_t bytes, cpu = result->user_ns + result->system_ns;
	char text[256], an_io[16], took[16];
	struct columns columns;
	FILE *out = tool->out;

	if (!total) {
		tool_error("out of memory");
		return;
	}
	perf_total(result, total, &bytes);
	perf_describe_model(text, tool);
	fprintf(out, "%s, ", text);
	perf_describe_device(text, tool, config->ns);
	fprintf(out, "%s\n", text);
	perf_describe(text, config);
	perf_time_text(took, (double)result->elapsed_ns);
	fprintf(out, "%s, seed %" PRIu64 ", %s%s\n\n", text, config->seed, took,
		result->interrupted ? " (interrupted)" : "");
	if (perf_hist_count(total)) {
		columns = columns_of(result, total, bytes);
		print_table(out, &columns, seconds);
		perf_time_text(an_io, perf_cpu_per_io(result));
		fprintf(out, "CPU time  : %11s an I/O, %.1f %% of a CPU (%.1f user, %.1f system)\n",
			an_io, 100 * a_second(cpu, result->elapsed_ns) / NSEC,
			100 * a_second(result->user_ns, result->elapsed_ns) / NSEC,
			100 * a_second(result->system_ns, result->elapsed_ns) / NSEC);
	} else {
		fputs("no I/O was completed\n", out);
	}
	print_verdict(out, config, &result->verdict);
	if (perf_hist_count(total)) {
		fputc('\n', out);
		print_histogram(out, total);
	}
}

/* ---- JSON ---------------------------------------------------------------------------------- */

/* A number of a few digits, not of seventeen. */
static void add_double(struct json_object *object, const char *name, double value)
{
	char text[40];

	snprintf(text, sizeof(text), "%.6f", value);
	json_object_object_add(object, name, json_object_new_double_s(value, text));
}

static void add_bool(struct json_object *object, const char *name, bool value)
{
	json_object_object_add(object, name, json_object_new_boolean(value));
}

static struct json_object *add_object(struct json_object *object, const char *name)
{
	struct json_object *child = json_object_new_object();

	json_object_object_add(object, name, child);
	return child;
}

static struct json_object *add_array(struct json_object *object, const char *name)
{
	struct json_object *child = json_object_new_array();

	json_object_object_add(object, name, child);
	return child;
}

static void add_latency(struct json_object *object, const struct perf_hist *latency)
{
	struct json_object *ns = add_object(object, "latency_ns"), *percentiles, *buckets;

	json_add_number(ns, "min", perf_hist_count(latency) ? latency->min : 0);
	add_double(ns, "mean", perf_hist_mean(latency));
	json_add_number(ns, "max", latency->max);
	percentiles = add_object(ns, "percentiles");
	for (unsigned i = 0; i < PERF_PERCENTILES; i++)
		json_add_number(percentiles, perf_percentile_names[i],
				perf_hist_percentile(latency, perf_percentiles[i]));
	buckets = add_array(object, "histogram");
	for (unsigned i = 0; i < PERF_HIST_BUCKETS; i++) {
		struct json_object *bucket;

		if (!latency->bucket[i])
			continue;
		bucket = json_object_new_object();
		json_add_number(bucket, "from_ns", perf_hist_edge(i));
		json_add_number(bucket, "to_ns", perf_hist_edge(i + 1));
		json_add_number(bucket, "count", latency->bucket[i]);
		json_object_array_add(buckets, bucket);
	}
}

/* All I/Os, reads, or writes. */
static void add_ios(struct json_object *object, const char *name, const struct perf_hist *latency,
		    uint64_t bytes, uint64_t elapsed_ns)
{
	struct json_object *ios = add_object(object, name);
	uint64_t count = perf_hist_count(latency);

	json_add_number(ios, "ios", count);
	json_add_number(ios, "bytes", bytes);
	add_double(ios, "iops", a_second(count, elapsed_ns));
	add_double(ios, "bytes_per_second", a_second(bytes, elapsed_ns));
	add_latency(ios, latency);
}

static void add_device(struct json_object *json, struct tool *tool, const struct znvme_ns *ns)
{
	const struct znvme_id_ctrl *id = znvme_id_ctrl(tool->ctrl);
	struct json_object *device = add_object(json, "device");
	char text[sizeof(id->mn) + 1];

	json_add_string(device, "address", tool->address);
	tool_text(text, id->mn, sizeof(id->mn));
	json_add_string(device, "model", text);
	tool_text(text, id->sn, sizeof(id->sn));
	json_add_string(device, "serial", text);
	tool_text(text, id->fr, sizeof(id->fr));
	json_add_string(device, "firmware", text);
	json_add_number(device, "nsid", ns->nsid);
	json_add_number(device, "block_size", ns->block_size);
	json_add_number(device, "blocks", ns->nr_blocks);
}

static void add_options(struct json_object *json, const struct perf_config *config)
{
	struct json_object *options = add_object(json, "options"), *sizes;

	json_add_string(options, "pattern", perf_pattern_names[config->pattern]);
	json_add_number(options, "random_percent", config->random_percent);
	json_add_number(options, "read_percent", config->read_percent);
	sizes = add_array(options, "block_sizes");
	for (unsigned i = 0; i < config->nr_sizes; i++) {
		struct json_object *size = json_object_new_object();

		json_add_number(size, "bytes", config->sizes[i].bytes);
		json_add_number(size, "percent", config->sizes[i].percent);
		json_object_array_add(sizes, size);
	}
	json_add_number(options, "queue_depth", config->depth);
	json_add_number(options, "threads", config->threads);
	json_add_string(options, "wait", perf_waiting_names[config->waiting]);
	add_double(options, "time_seconds", (double)config->time_ns / NSEC);
	json_add_number(options, "count", config->count);
	json_add_number(options, "rate", config->rate);
	json_add_number(options, "start_block", config->range.slba);
	json_add_number(options, "blocks", config->range.nr_blocks);
	json_add_number(options, "seed", config->seed);
	add_bool(options, "write", config->writes);
	add_bool(options, "verify", config->verify);
	add_double(options, "interval_seconds", (double)config->interval_ns / NSEC);
}

static void add_cpu(struct json_object *json, const struct perf_result *result)
{
	struct json_object *cpu = add_object(json, "cpu");

	add_double(cpu, "user_seconds", (double)result->user_ns / NSEC);
	add_double(cpu, "system_seconds", (double)result->system_ns / NSEC);
	add_double(cpu, "ns_per_io", perf_cpu_per_io(result));
	json_add_number(cpu, "voluntary_switches", result->switches);
}

static void add_verdict(struct json_object *json, const struct perf_config *config,
			const struct perf_verdict *verdict)
{
	struct json_object *object, *findings;

	if (!config->verify) {
		json_object_object_add(json, "verify", NULL);
		return;
	}
	object = add_object(json, "verify");
	json_add_number(object, "blocks_checked", verdict->checked);
	json_add_number(object, "blocks_wrong", verdict->wrong);
	json_add_number(object, "blocks_not_read_back", verdict->not_read_back);
	findings = add_array(object, "findings");
	for (unsigned i = 0; i < verdict->nr_findings; i++) {
		struct json_object *finding = json_object_new_object();

		json_add_number(finding, "block", verdict->finding[i].lba);
		json_add_string(finding, "text", verdict->finding[i].text);
		json_object_array_add(findings, finding);
	}
}

static void add_failure(struct json_object *json, const struct perf_failure *failure)
{
	struct json_object *object;

	if (!failure->status) {
		json_object_object_add(json, "failure", NULL);
		return;
	}
	object = add_object(json, "failure");
	json_add_string(object, "command", kind_names[failure->kind]);
	json_object_object_add(object, "status", json_object_new_int(failure->status));
	json_add_string(object, "text", znvme_strerror(failure->status));
	json_add_number(object, "start_block", failure->slba);
	json_add_number(object, "blocks", failure->nlb);
}

static void add_series(struct json_object *json, const struct perf_result *result)
{
	struct json_object *series = add_array(json, "series");

	for (unsigned i = 0; i < result->nr_samples; i++) {
		const struct perf_sample *sample = &result->samples[i];
		struct json_object *step = json_object_new_object();

		add_double(step, "seconds", (double)sample->at_ns / NSEC);
		json_add_number(step, "ios", sample->ios);
		add_double(step, "iops", a_second(sample->ios, sample->length_ns));
		add_double(step, "bytes_per_second", a_second(sample->bytes, sample->length_ns));
		json_add_number(step, "mean_ns", sample->mean_ns);
		json_add_number(step, "p50_ns", sample->p50_ns);
		json_add_number(step, "p99_ns", sample->p99_ns);
		json_object_array_add(series, step);
	}
}

struct json_object *perf_report_json(struct tool *tool, const struct perf_config *config,
				     const struct perf_result *result)
{
	tool_autofree struct perf_hist *total = malloc(sizeof(*total));
	struct json_object *json = json_object_new_object();
	uint64_t bytes;

	if (!total || !json) {
		json_object_put(json);
		return NULL;
	}
	perf_total(result, total, &bytes);
	json_add_string(json, "command", tool->command->name);
	json_add_number(json, "format", 1);
	json_add_string(json, "version", ZNVME_VERSION);
	add_device(json, tool, config->ns);
	add_options(json, config);
	json_add_number(json, "started", result->started);
	add_double(json, "seconds", (double)result->elapsed_ns / NSEC);
	add_bool(json, "interrupted", result->interrupted);
	add_failure(json, &result->failure);
	add_ios(json, "total", total, bytes, result->elapsed_ns);
	for (unsigned kind = 0; kind < PERF_KINDS; kind++)
		add_ios(json, kind_names[kind], &result->latency[kind], result->bytes[kind],
			result->elapsed_ns);
	add_cpu(json, result);
	add_verdict(json, config, &result->verdict);
	add_series(json, result);
	return json;
}
