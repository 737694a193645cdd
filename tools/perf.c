/* SPDX-License-Identifier: MIT */
/*
 * perf: how many I/Os a second a device does, how long each takes, what that costs in CPU time, and
 * whether the data that come back are those that were written.
 */
#include "perf.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "outfile.h"

#define DEFAULT_SECONDS 10
#define DEFAULT_DEPTH	32
#define DEFAULT_SIZE	4096
#define MIN_INTERVAL	(NSEC / 100)

struct perf_args {
	struct range_args range;
	const char *pattern;
	const char *block_size;
	const char *wait;
	const char *time;
	const char *interval;
	const char *svg;
	uint64_t count;
	uint64_t rate;
	uint64_t seed;
	uint32_t depth;
	uint32_t threads;
	uint32_t mix;
	bool write;
	bool force;
	bool verify;
	bool compare;
};

#define PERF(member) offsetof(struct perf_args, member)

static const struct tool_option perf_options[] = {
	TOOL_OPTION('p', "pattern", "PATTERN", TOOL_STRING, PERF(pattern),
		    "random (default), sequential, or mixed:N, N % of it random",
		    .values = "random sequential mixed:"),
	TOOL_OPTION('b', "block-size", "SIZES", TOOL_STRING, PERF(block_size),
		    "bytes of an I/O, or a mix: 4k:70,64k:30 (default: 4k)"),
	TOOL_OPTION('q', "queue-depth", "N", TOOL_U32, PERF(depth), "I/Os in flight, each thread",
		    .preset = DEFAULT_DEPTH, .min = 1, .max = 16383),
	TOOL_OPTION('j', "threads", "N", TOOL_U32, PERF(threads),
		    "threads, each with a queue of its own", .preset = 1, .min = 1,
		    .max = PERF_MAX_THREADS),
	TOOL_OPTION('t', "time", "TIME", TOOL_STRING, PERF(time),
		    "how long: seconds, or 500ms, 2m, 1h (default: 10)"),
	TOOL_OPTION(0, "count", "N", TOOL_U64, PERF(count), "how many I/Os, all threads together",
		    .min = 1),
	TOOL_OPTION('r', "rate", "IOPS", TOOL_U64, PERF(rate),
		    "at most so many I/Os a second, all threads together", .min = 1, .max = NSEC),
	TOOL_OPTION('w', "wait", "HOW", TOOL_STRING, PERF(wait),
		    "for completions: polled, interrupt, or hybrid (default), a while each",
		    .values = "hybrid polled interrupt"),
	TOOL_OPTION(0, "write", NULL, TOOL_FLAG, PERF(write),
		    "write, and LOSE WHAT IS THERE; needs --force"),
	TOOL_OPTION(0, "mix", "N", TOOL_U32, PERF(mix), "with --write: N % of the I/Os are reads",
		    .max = 100),
	TOOL_OPTION(0, "force", NULL, TOOL_FLAG, PERF(force),
		    "yes, overwrite the namespace, or the range of it"),
	TOOL_OPTION(0, "verify", NULL, TOOL_FLAG, PERF(verify),
		    "write blocks that say what they are; check those that are read"),
	RANGE_BYTE_OPTIONS(struct perf_args),
	RANGE_START(struct perf_args),
	RANGE_COUNT(struct perf_args),
	TOOL_OPTION(0, "seed", "N", TOOL_U64, PERF(seed), "of all that is random", .preset = 1),
	TOOL_OPTION(0, "interval", "TIME", TOOL_STRING, PERF(interval),
		    "a step of the series (default: 1 s, or a 20th of --time)"),
	TOOL_OPTION(0, "svg", "FILE", TOOL_STRING, PERF(svg),
		    "draw IOPS and latency over time and the histogram"),
	TOOL_OPTION(0, "compare", NULL, TOOL_FLAG, PERF(compare),
		    "no run: two results of -o json, side by side"),
	{0},
};

/* ---- what is asked for --------------------------------------------------------------------- */

/* What is known to be wrong before a device is touched. */
static int check_args(const struct tool *tool, const struct perf_args *args)
{
	if (tool_given(tool, "mix") && !args->write && args->mix != 100)
		return tool_error("--mix %u has %u %% of writes: that needs --write and --force",
				  args->mix, 100 - args->mix);
	if (args->write && !args->force)
		return tool_error("perf --write overwrites namespace %u of %s, or the range that "
				  "is named: say by --force that this is wanted. Nothing was "
				  "written",
				  tool->nsid, tool->address);
	return 0;
}

static int resolve_times(const struct perf_args *args, struct perf_config *config)
{
	if (args->time && perf_parse_time("time", args->time, &config->time_ns))
		return 1;
	config->one_pass = config->verify && !args->time && !args->count;
	if (!args->time && !args->count && !config->verify)
		config->time_ns = DEFAULT_SECONDS * NSEC;
	config->interval_ns = NSEC;
	if (config->time_ns && config->time_ns / 20 < NSEC)
		config->interval_ns = config->time_ns / 20 + 1;
	if (args->interval && perf_parse_time("interval", args->interval, &config->interval_ns))
		return 1;
	if (config->interval_ns < MIN_INTERVAL && args->interval)
		return tool_error("--interval %s: it is at least 10ms", args->interval);
	if (config->interval_ns < MIN_INTERVAL)
		config->interval_ns = MIN_INTERVAL;
	return 0;
}

/* What the namespace has to have. */
static int check_ns(const struct perf_config *config)
{
	const struct znvme_ns *ns = config->ns;
	uint64_t blocks = config->range.nr_blocks;

	if (ns->metadata_size)
		return tool_error("namespace %u has %u bytes of metadata a block, which this "
				  "command does not move; use io-passthru",
				  ns->nsid, ns->metadata_size);
	if (config->writes && ns->read_only)
		return tool_error("namespace %u is write-protected; without --write it is read",
				  ns->nsid);
	if (blocks < config->max_nlb)
		return tool_error("the range has %" PRIu64 " bytes, less than an I/O of "
				  "--block-size: %" PRIu64 " bytes",
				  blocks * ns->block_size,
				  (uint64_t)config->max_nlb * ns->block_size);
	if (blocks / config->max_nlb < config->threads)
		return tool_error("the range has %" PRIu64 " bytes, less than an I/O for each of "
				  "%u threads; at most --threads %" PRIu64,
				  blocks * ns->block_size, config->threads,
				  blocks / config->max_nlb);
	return 0;
}

/* What the controller has to have. */
static int check_ctrl(struct tool *tool, struct perf_config *config)
{
	struct znvme_ctrl_info info;

	znvme_ctrl_info(tool->ctrl, &info);
	if (!tool_given(tool, "queue-depth") && config->depth > info.max_queue_size - 1)
		config->depth = info.max_queue_size - 1;
	if (config->depth > info.max_queue_size - 1)
		return tool_error("--queue-depth %u: a queue of this controller takes %u commands; "
				  "more --threads have more queues",
				  config->depth, info.max_queue_size - 1);
	if (config->threads > info.nr_io_queues)
		return tool_error("--threads %u: the controller grants %u I/O queue%s, one a "
				  "thread",
				  config->threads, info.nr_io_queues,
				  info.nr_io_queues > 1 ? "s" : "");
	if (config->waiting == PERF_INTERRUPT && !info.nr_vectors)
		return tool_error("--wait interrupt: this controller has no interrupts here; take "
				  "--wait polled");
	return 0;
}

/* The sizes; where none is given, 4 KiB or the smallest that there is. */
static int resolve_sizes(const struct perf_args *args, struct perf_config *config)
{
	uint32_t block_size = config->ns->block_size;
	char size[16];

	if (args->block_size)
		return perf_parse_sizes(args->block_size, config);
	snprintf(size, sizeof(size), "%u", block_size > DEFAULT_SIZE ? block_size : DEFAULT_SIZE);
	return perf_parse_sizes(size, config);
}

static uint64_t run_id(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int resolve(struct tool *tool, const struct perf_args *args, struct perf_config *config)
{
	*config = (struct perf_config){
		.depth = args->depth,
		.threads = args->threads,
		.count = args->count,
		.rate = args->rate,
		.seed = args->seed,
		.writes = args->write && args->mix < 100,
		.verify = args->verify,
		.read_percent = args->write ? args->mix : 100,
		.run_id = run_id(),
	};
	return check_args(tool, args) || resolve_times(args, config) ||
	       perf_parse_pattern(args->pattern ? args->pattern : "random", config) ||
	       perf_parse_waiting(args->wait ? args->wait : "hybrid", config) ||
	       tool_open_ns(tool, &config->ns) ||
	       range_resolve(tool, config->ns, &args->range, 0, &config->range) ||
	       resolve_sizes(args, config) || check_ns(config) || check_ctrl(tool, config);
}

/* ---- the run ------------------------------------------------------------------------------- */

/* What was wrong, on stderr. 0 where nothing was. */
static int complain(const struct perf_config *config, const struct perf_result *result)
{
	const struct perf_failure *failure = &result->failure;
	const struct perf_verdict *verdict = &result->verdict;
	const char *what = failure->kind == PERF_READ ? "read" : "write";
	uint64_t last = failure->slba + failure->nlb - 1;

	if (failure->status > 0)
		tool_fail(failure->status, what);
	if (failure->status)
		tool_error("%s of blocks %" PRIu64 " to %" PRIu64 "%s%s; the run ended there", what,
			   failure->slba, last, failure->status < 0 ? ": " : " failed",
			   failure->status < 0 ? znvme_strerror(failure->status) : "");
	for (unsigned i = 0; i < verdict->nr_findings; i++)
		tool_error("block %" PRIu64 ": %s", verdict->finding[i].lba,
			   verdict->finding[i].text);
	if (verdict->wrong > verdict->nr_findings)
		tool_error("and %" PRIu64 " more of %" PRIu64 " blocks",
			   verdict->wrong - verdict->nr_findings, verdict->checked);
	return config->verify && verdict->wrong ? 1 : failure->status != 0;
}

/* The drawing to its file, which is open since before the run. */
static int save_svg(struct tool *tool, const struct perf_config *config,
		    const struct perf_result *result, struct outfile *file)
{
	tool_autofree char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return tool_error("out of memory");
	perf_svg(out, tool, config, result);
	if (fclose(out))
		return tool_error("out of memory");
	return outfile_write(file, text, len) || outfile_commit(file);
}

static int report(struct tool *tool, const struct perf_config *config,
		  const struct perf_result *result)
{
	if (tool->format == TOOL_NORMAL) {
		perf_report_text(tool, config, result);
		return 0;
	}
	tool->json = perf_report_json(tool, config, result);
	return tool->json ? 0 : tool_error("out of memory");
}

static int measure(struct tool *tool, const struct perf_config *config, struct outfile *svg)
{
	tool_autofree struct perf_result *result = calloc(1, sizeof(*result));
	int rc;

	if (!result)
		return tool_error("out of memory");
	tool_catch_signals();
	rc = perf_run(tool, config, result);
	if (!rc) {
		tool->keep_output = true; /* what was measured was measured */
		rc = report(tool, config, result);
		if (svg && save_svg(tool, config, result, svg))
			rc = 1;
		if (complain(config, result))
			rc = 1;
	}
	free(result->samples);
	return rc;
}

static int run_perf(struct tool *tool, void *arg)
{
	const struct perf_args *args = arg;
	struct outfile svg = {.fd = -1};
	struct perf_config config;
	int rc;

	if (args->compare) {
		if (tool->given & (tool->given - 1))
			return tool_error("perf --compare takes two files, and -o; the other "
					  "options are for a run");
		return perf_compare(tool, tool->operands[0], tool->operands[1]);
	}
	if (args->svg && !strcmp(args->svg, "-"))
		return tool_error("--svg needs a file: standard output has the result");
	if (resolve(tool, args, &config))
		return 1;
	/* A file that cannot be written is found out before the run, not behind it. */
	if (args->svg && outfile_open(&svg, args->svg, 0))
		return 1;
	rc = measure(tool, &config, args->svg ? &svg : NULL);
	outfile_abandon(&svg);
	return rc;
}

const struct tool_command perf_command = {
	.name = "perf",
	.summary = "how many I/Os a second, how long each takes; or verify what was written",
	.group = TOOL_GROUP_LOAD,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.instead_flag = "compare",
	.instead_operands = "A.json B.json",
	.nr_instead = 2,
	.options = perf_options,
	.args_size = sizeof(struct perf_args),
	.details = "It reads, unless --write is given, which overwrites data and needs --force as "
		   "well.\n"
		   "With --verify and neither --time nor --count, each block of the range is "
		   "visited\n"
		   "once. Ctrl-C ends a run and shows what it has come to.\n",
	.example = "znvme perf sim: --pattern random --block-size 4k --time 500ms",
	.run = run_perf,
};
