/* SPDX-License-Identifier: MIT */
/*
 * top: how devices are right now: health, load, latency, events. On a terminal a picture that is
 * drawn again and again; elsewhere, and with --once, text; or JSON, a line each time.
 */
#include "commands.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "perf.h"
#include "top.h"

#define DEFAULT_PROBES 16
#define EVENT_MS       200
#define TIMEOUT_MS     5000 /* of a command: a picture that stands still tells nothing */

struct top_args {
	const char *delay;
	uint32_t count;
	uint32_t probes;
	bool once;
};

#define TOP(member) offsetof(struct top_args, member)

static const struct tool_option top_options[] = {
	TOOL_OPTION('d', "delay", "TIME", TOOL_STRING, TOP(delay),
		    "between two looks: seconds, or 500ms, 1m (default: 2)"),
	TOOL_OPTION('n', "count", "N", TOOL_U32, TOP(count), "end after so many (default: never)",
		    .min = 1),
	TOOL_OPTION('1', "once", NULL, TOOL_FLAG, TOP(once),
		    "look twice, show what lies between, and end"),
	TOOL_OPTION('p', "probes", "N", TOOL_U32, TOP(probes),
		    "reads of a block each time, to see what they take; 0: none",
		    .preset = DEFAULT_PROBES, .max = TOP_MAX_PROBES),
	{0},
};

struct top {
	struct tool *tool;
	struct top_device *devices;
	unsigned nr;
	uint64_t delay_ns;
	unsigned probes;
	uint64_t left; /* pictures until the end */
	bool on_screen;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC + (uint64_t)now.tv_nsec;
}

static void put_line(void *arg, enum top_look_of_line look, const char *text)
{
	(void)look;
	fprintf(arg, "%s\n", text);
}

/* ---- one picture --------------------------------------------------------------------------- */

static void look(struct top *top)
{
	for (unsigned i = 0; i < top->nr; i++) {
		top_look(&top->devices[i], top->probes);
		top_fetch_events(&top->devices[i]);
	}
}

static unsigned fetch_events(struct top *top)
{
	unsigned n = 0;

	for (unsigned i = 0; i < top->nr; i++)
		n += top_fetch_events(&top->devices[i]);
	return n;
}

/* As text or JSON to standard output, at once: whoever reads it may be waiting. */
static int put_sample(struct top *top)
{
	struct json_object *json = NULL;
	tool_autofree char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc;

	if (!out)
		return tool_error("out of memory");
	if (top->tool->format == TOOL_JSON) {
		json = top_json(top->devices, top->nr);
		put_line(out, TOP_PLAIN,
			 json_object_to_json_string_ext(json, JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(json);
	} else {
		top_view(top->devices, top->nr, (double)top->delay_ns / 1e9, put_line, out);
		put_line(out, TOP_PLAIN, "");
	}
	if (fclose(out))
		return tool_error("out of memory");
	rc = tool_write_all(STDOUT_FILENO, text, len);
	return rc ? tool_error("standard output: %s", strerror(-rc)) : 0;
}

static void draw(struct top *top)
{
	top_screen_begin();
	top_view(top->devices, top->nr, (double)top->delay_ns / 1e9, top_screen_line, NULL);
	top_screen_finish();
}

static int show(struct top *top)
{
	if (!top->on_screen)
		return put_sample(top);
	draw(top);
	return 0;
}

/* ---- between two of them ------------------------------------------------------------------- */

/* What keys and events ask for meanwhile. Returns whether to go on. */
static bool rest_on_screen(struct top *top, uint64_t until)
{
	while (!tool_stop) {
		uint64_t now = now_ns();
		uint64_t ms = now < until ? (until - now + 999999) / 1000000 : 0;
		int key = top_screen_key((int)(ms < EVENT_MS ? ms : EVENT_MS));

		if (key == 'q' || key == 'Q')
			return false;
		if (key == ' ' || (!key && now >= until))
			return true;
		if (key < 0 || fetch_events(top))
			draw(top);
	}
	return false;
}

static bool rest(struct top *top, uint64_t until)
{
	if (top->on_screen)
		return rest_on_screen(top, until);
	while (!tool_stop && now_ns() < until) {
		uint64_t left = until - now_ns();
		struct timespec nap = {(time_t)(left / NSEC), (long)(left % NSEC)};

		nanosleep(&nap, NULL);
		fetch_events(top);
	}
	return !tool_stop;
}

static int run(struct top *top, bool once)
{
	uint64_t next = now_ns();
	int rc = 0;

	look(top);
	for (;;) {
		if (!once) {
			rc = show(top);
			if (rc || !--top->left)
				return rc;
		}
		next += top->delay_ns;
		if (!rest(top, next))
			return 0;
		if (now_ns() > next) /* after a long stop there is nothing to catch up with */
			next = now_ns();
		look(top);
		once = false;
	}
}

/* ---- the command --------------------------------------------------------------------------- */

static int open_devices(struct top *top)
{
	static const char *by_environment[1];
	const char *const *addresses = top->tool->operands;
	unsigned nr = (unsigned)top->tool->nr_operands;

	if (!nr) {
		by_environment[0] = getenv("ZNVME_DEVICE");
		addresses = by_environment;
		nr = 1;
		if (!addresses[0] || !*addresses[0])
			return tool_error("no device: name one, as in `znvme top 06:00.0`, or set "
					  "ZNVME_DEVICE");
	}
	top->devices = calloc(nr, sizeof(*top->devices));
	if (!top->devices)
		return tool_error("out of memory");
	for (; top->nr < nr; top->nr++)
		if (top_open(top->tool, addresses[top->nr], top->probes, &top->devices[top->nr]))
			return 1;
	return 0;
}

static int run_top(struct tool *tool, void *arg)
{
	const struct top_args *args = arg;
	struct top top = {.tool = tool, .probes = args->probes, .delay_ns = 2 * NSEC};
	int rc = 0;

	if (args->once && tool_given(tool, "count"))
		return tool_error("top: --once and --count exclude each other");
	if (args->delay && perf_parse_time("delay", args->delay, &top.delay_ns))
		return 1;
	top.left = args->once ? 1 : args->count ? args->count : UINT64_MAX;
	top.on_screen = !args->once && tool->format == TOOL_NORMAL && isatty(STDIN_FILENO) &&
			isatty(STDOUT_FILENO);
	tool->timeout_ms = TIMEOUT_MS;
	tool->quiet = true; /* messages would break the picture; events are in it */
	rc = open_devices(&top);
	tool_catch_signals();
	if (!rc && top.on_screen)
		rc = top_screen_start();
	if (!rc)
		rc = run(&top, args->once);
	if (top.on_screen)
		top_screen_end();
	while (top.nr)
		top_close(&top.devices[--top.nr]);
	free(top.devices);
	return rc;
}

const struct tool_command top_command = {
	.name = "top",
	.summary = "how devices are right now: health, load, latency, events",
	.group = TOOL_GROUP_LOAD,
	.flags = TOOL_OUTPUT,
	.operands = "[DEVICE]...",
	.max_operands = TOP_MAX_DEVICES,
	.options = top_options,
	.args_size = sizeof(struct top_args),
	.details =
		"On a terminal q ends it and the space bar looks at once. Load is the difference "
		"of\n"
		"the SMART log's counters, its own reads not counted; latency is what those took.\n"
		"With -o json each look is a line.\n",
	.example = "znvme top sim: --once --delay 100ms",
	.run = run_top,
};
