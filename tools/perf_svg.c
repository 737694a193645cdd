/* SPDX-License-Identifier: MIT */
/*
 * The result of perf as a drawing: IOPS and latency over time, and the histogram. One SVG 1.1 file
 * that needs nothing else.
 */
#include <math.h>
#include <string.h>

#include "perf.h"
#include "progress.h"

#define WIDTH  960
#define HEIGHT 950
#define LEFT   90 /* of the plots */
#define RIGHT  (WIDTH - 30)
#define TICKS  5

/* A plot: where it is, and what its lower and upper edge stand for. */
struct plot {
	FILE *out;
	double top;
	double bottom;
	double x_max; /* seconds; 0 is at the left */
	double y_max; /* 0 is at the bottom */
	void (*label)(char text[16], double value);
};

/* Text between two tags. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		default:
			/* Of what comes from outside, only what XML allows. */
			fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, out);
		}
	}
}

static void text_at(FILE *out, double x, double y, const char *class, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	put_text(out, text);
	fputs("</text>\n", out);
}

/* The label of a tick, without zeroes that say nothing: "40k" for "40.0k". */
static void tick_text(const struct plot *plot, char text[16], double value)
{
	char *end, *from;

	plot->label(text, value);
	if (!strchr(text, '.'))
		return;
	end = text + strspn(text, "0123456789.");
	for (from = end; from[-1] == '0'; from--)
		;
	from -= from[-1] == '.';
	memmove(from, end, strlen(end) + 1);
}

static void seconds_text(char text[16], double seconds)
{
	snprintf(text, 16, "%.4g s", seconds);
}

/* 1, 2 or 5 times a power of ten, such that about TICKS of them make `max`. */
static double step_of(double max)
{
	double step, power;

	if (max <= 0)
		return 1;
	power = pow(10, floor(log10(max / TICKS)));
	step = max / TICKS / power;
	return power * (step <= 1 ? 1 : step <= 2 ? 2 : step <= 5 ? 5 : 10);
}

static double x_of(const struct plot *plot, double value)
{
	return LEFT + (RIGHT - LEFT) * value / plot->x_max;
}

static double y_of(const struct plot *plot, double value)
{
	return plot->bottom - (plot->bottom - plot->top) * value / plot->y_max;
}

/* Title, lines across with their values, and the frame's foot. */
static void draw_plot(struct plot *plot, const char *title)
{
	double step = step_of(plot->y_max);
	char text[16];

	plot->y_max = step * ceil(plot->y_max / step - 1e-9);
	if (plot->y_max <= 0)
		plot->y_max = 1;
	text_at(plot->out, LEFT, plot->top - 16, "h", title);
	for (unsigned i = 0; i * step <= plot->y_max * (1 + 1e-9); i++) {
		double y = y_of(plot, i * step);

		fprintf(plot->out,
			"<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" class=\"%s\"/>\n", LEFT,
			y, RIGHT, y, i ? "grid" : "axis");
		tick_text(plot, text, i * step);
		text_at(plot->out, LEFT - 8, y + 4, "y", i ? text : "0");
	}
}

static void draw_seconds(const struct plot *plot)
{
	double step = step_of(plot->x_max);
	char text[16];

	for (unsigned i = 0; i * step <= plot->x_max * (1 + 1e-9); i++) {
		seconds_text(text, i * step);
		text_at(plot->out, x_of(plot, i * step), plot->bottom + 18, "x", text);
	}
}

/* ---- over time ----------------------------------------------------------------------------- */

enum series { SERIES_IOPS, SERIES_P50, SERIES_MEAN, SERIES_P99 };

static double value_of(const struct perf_sample *sample, enum series series)
{
	switch (series) {
	case SERIES_IOPS:
		return (double)sample->ios * NSEC /
		       (double)(sample->length_ns + !sample->length_ns);
	case SERIES_P50:
		return (double)sample->p50_ns;
	case SERIES_MEAN:
		return (double)sample->mean_ns;
	case SERIES_P99:
		return (double)sample->p99_ns;
	}
	return 0;
}

static double largest(const struct perf_result *result, enum series series)
{
	double max = 0;

	for (unsigned i = 0; i < result->nr_samples; i++)
		max = fmax(max, value_of(&result->samples[i], series));
	return max;
}

/* A point in the middle of each step; a flat line from end to end where there is one only. */
static void put_points(const struct plot *plot, const struct perf_result *result,
		       enum series series)
{
	const struct perf_sample *samples = result->samples;
	unsigned nr = result->nr_samples;

	for (unsigned i = 0; i < nr; i++) {
		double y = y_of(plot, value_of(&samples[i], series));
		double at = ((double)samples[i].at_ns - (double)samples[i].length_ns / 2) / NSEC;

		if (!i)
			fprintf(plot->out, "%d,%.1f ", LEFT, y);
		fprintf(plot->out, "%.1f,%.1f ", x_of(plot, at), y);
		if (i == nr - 1)
			fprintf(plot->out, "%d,%.1f", RIGHT, y);
	}
}

static void draw_line(const struct plot *plot, const struct perf_result *result, enum series series,
		      const char *class)
{
	fprintf(plot->out, "<polyline class=\"line %s\" points=\"", class);
	put_points(plot, result, series);
	fputs("\"/>\n", plot->out);
}

static void draw_area(const struct plot *plot, const struct perf_result *result, enum series series,
		      const char *class)
{
	fprintf(plot->out, "<polygon class=\"area %s\" points=\"%d,%.1f ", class, LEFT,
		plot->bottom);
	put_points(plot, result, series);
	fprintf(plot->out, " %d,%.1f\"/>\n", RIGHT, plot->bottom);
}

static void draw_legend(FILE *out, double y, const char *const names[], unsigned nr)
{
	static const char *const classes[] = {"c1", "c2", "c3"};
	double x = RIGHT - 90.0 * nr;

	for (unsigned i = 0; i < nr; i++, x += 90) {
		fprintf(out,
			"<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"line "
			"%s\"/>\n",
			x, y - 4, x + 22, y - 4, classes[i]);
		text_at(out, x + 28, y, "l", names[i]);
	}
}

/* ---- histogram ----------------------------------------------------------------------------- */

static void percent_text(char text[16], double percent)
{
	snprintf(text, 16, "%.4g %%", percent);
}

static void draw_histogram(FILE *out, const struct perf_hist *latency, double top, double bottom)
{
	struct perf_hist_row rows[PERF_HIST_MAX_ROWS];
	unsigned nr = perf_hist_rows(latency, rows);
	double count = (double)perf_hist_count(latency);
	struct plot plot = {out, top, bottom, 1, 0, percent_text};
	double width = (double)(RIGHT - LEFT) / (nr ? nr : 1);
	unsigned every = nr > 13 ? 2 : 1;
	char text[16];

	for (unsigned i = 0; i < nr; i++)
		plot.y_max = fmax(plot.y_max, 100 * (double)rows[i].count / count);
	draw_plot(&plot, "Latency, share of I/Os");
	for (unsigned i = 0; i < nr; i++) {
		double x = LEFT + i * width, y = y_of(&plot, 100 * (double)rows[i].count / count);

		if (rows[i].count)
			fprintf(out,
				"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
				"class=\"bar\"/>\n",
				x + 1, fmin(y, bottom - 1), fmax(width - 2, 1),
				fmax(bottom - y, 1));
		if (rows[i].from && i % every == 0) {
			perf_time_text(text, (double)rows[i].from);
			text_at(out, x, bottom + 18, "x", text);
		}
	}
}

/* ---- head ---------------------------------------------------------------------------------- */

static void draw_card(FILE *out, unsigned n, const char *name, const char *value)
{
	double width = (RIGHT - 30 + 10) / 6.0, x = 30 + n * width;

	fprintf(out,
		"<rect x=\"%.1f\" y=\"100\" width=\"%.1f\" height=\"62\" rx=\"6\" "
		"class=\"card\"/>\n",
		x, width - 10);
	text_at(out, x + 12, 122, "l", name);
	text_at(out, x + 12, 149, "v", value);
}

static void draw_cards(FILE *out, const struct perf_result *result, const struct perf_hist *total,
		       uint64_t bytes)
{
	double seconds = (double)(result->elapsed_ns + !result->elapsed_ns) / NSEC;
	char text[32], number[16];

	perf_number_text(number, (double)perf_hist_count(total) / seconds);
	draw_card(out, 0, "IOPS", number);
	progress_bytes_text(number, (double)bytes / seconds);
	snprintf(text, sizeof(text), "%s/s", number);
	draw_card(out, 1, "bandwidth", text);
	perf_time_text(number, perf_hist_mean(total));
	draw_card(out, 2, "mean latency", number);
	perf_time_text(number, (double)perf_hist_percentile(total, 99));
	draw_card(out, 3, "99 %", number);
	perf_time_text(number, (double)perf_hist_percentile(total, 99.99));
	draw_card(out, 4, "99.99 %", number);
	perf_time_text(number, perf_cpu_per_io(result));
	draw_card(out, 5, "CPU time an I/O", number);
}

static void draw_head(FILE *out, struct tool *tool, const struct perf_config *config)
{
	char text[256];

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	fputs("<title>znvme perf</title>\n"
	      "<style type=\"text/css\">\n"
	      "text { font-family: system-ui, \"Helvetica Neue\", Arial, sans-serif; "
	      "font-size: 12px; fill: #57606a }\n"
	      ".t { font-size: 21px; font-weight: bold; fill: #1f2328 }\n"
	      ".s { font-size: 14px }\n"
	      ".h { font-size: 14px; font-weight: bold; fill: #1f2328 }\n"
	      ".v { font-size: 20px; font-weight: bold; fill: #1f2328 }\n"
	      ".x { text-anchor: middle }\n"
	      ".y { text-anchor: end }\n"
	      ".card { fill: #f6f8fa; stroke: #d8dee4 }\n"
	      ".grid { stroke: #eaeef2 }\n"
	      ".axis { stroke: #8c959f }\n"
	      ".line { fill: none; stroke-width: 2; stroke-linejoin: round }\n"
	      ".area { fill-opacity: 0.12 }\n"
	      ".bar { fill: #0969da; fill-opacity: 0.8 }\n"
	      ".c1 { stroke: #0969da }\n"
	      ".c2 { stroke: #1a7f37; stroke-dasharray: 6 4 }\n"
	      ".c3 { stroke: #cf222e }\n"
	      ".area.c1 { fill: #0969da; stroke: none }\n"
	      "</style>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
	      out);
	perf_describe_model(text, tool);
	text_at(out, 30, 38, "t", text);
	perf_describe_device(text, tool, config->ns);
	text_at(out, 30, 62, "s", text);
	perf_describe(text, config);
	text_at(out, 30, 82, "s", text);
}

void perf_svg(FILE *out, struct tool *tool, const struct perf_config *config,
	      const struct perf_result *result)
{
	static const char *const names[] = {"50 %", "mean", "99 %"};
	tool_autofree struct perf_hist *total = malloc(sizeof(*total));
	double seconds = (double)(result->elapsed_ns + !result->elapsed_ns) / NSEC;
	struct plot iops = {out, 214, 404, seconds, largest(result, SERIES_IOPS), perf_number_text};
	struct plot latency = {out, 474, 664, seconds, largest(result, SERIES_P99), perf_time_text};
	uint64_t bytes;

	if (!total)
		return;
	perf_total(result, total, &bytes);
	latency.y_max = fmax(latency.y_max, largest(result, SERIES_MEAN));
	draw_head(out, tool, config);
	draw_cards(out, result, total, bytes);

	draw_plot(&iops, "IOPS over time");
	draw_seconds(&iops);
	draw_area(&iops, result, SERIES_IOPS, "c1");
	draw_line(&iops, result, SERIES_IOPS, "c1");

	draw_plot(&latency, "Latency over time");
	draw_seconds(&latency);
	draw_line(&latency, result, SERIES_P50, "c1");
	draw_line(&latency, result, SERIES_MEAN, "c2");
	draw_line(&latency, result, SERIES_P99, "c3");
	draw_legend(out, 458, names, TOOL_COUNT(names));

	draw_histogram(out, total, 734, 904);
	fputs("</svg>\n", out);
}
