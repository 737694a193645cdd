/* SPDX-License-Identifier: MIT */
/* Looking at a run while it lasts: the series of samples, and a live line on a terminal. */
#include <unistd.h>

#include "perf.h"
#include "progress.h"

#define LINE_NS (NSEC / 2)

void perf_watch_start(struct perf_watch *watch, const struct perf_config *config,
		      struct perf_result *result)
{
	watch->config = config;
	watch->result = result;
	watch->terminal = isatty(STDERR_FILENO);
	watch->next_sample = config->interval_ns;
	watch->next_line = LINE_NS;
	perf_hist_init(&watch->sampled.latency);
	perf_hist_init(&watch->before.latency);
	perf_hist_init(&watch->line.latency);
}

uint64_t perf_watch_next(const struct perf_watch *watch)
{
	if (watch->terminal && watch->next_line < watch->next_sample)
		return watch->next_line;
	return watch->next_sample;
}

/* What was done between `from` and now. */
static struct perf_sample since(struct perf_watch *watch, const struct perf_snapshot *from)
{
	const struct perf_snapshot *now = &watch->now;

	watch->step = now->latency;
	perf_hist_subtract(&watch->step, &from->latency);
	return (struct perf_sample){
		.at_ns = now->at_ns,
		.length_ns = now->at_ns - from->at_ns,
		.ios = perf_hist_count(&watch->step),
		.bytes = now->bytes - from->bytes,
		.mean_ns = (uint64_t)perf_hist_mean(&watch->step),
		.p50_ns = perf_hist_percentile(&watch->step, 50),
		.p99_ns = perf_hist_percentile(&watch->step, 99),
	};
}

static int add_sample(struct perf_watch *watch)
{
	struct perf_result *result = watch->result;
	unsigned nr = result->nr_samples;

	/* At every power of two, the room is doubled. */
	if (!(nr & (nr - 1))) {
		size_t room = nr ? 2 * (size_t)nr : 1;
		struct perf_sample *grown = realloc(result->samples, room * sizeof(*grown));

		if (!grown)
			return tool_error("out of memory after %u samples; a longer --interval "
					  "needs fewer",
					  nr);
		result->samples = grown;
	}
	result->samples[result->nr_samples++] = since(watch, &watch->sampled);
	watch->before = watch->sampled;
	watch->sampled = watch->now;
	return 0;
}

static void draw(struct perf_watch *watch)
{
	struct perf_sample last = since(watch, &watch->line);
	double seconds = (double)last.length_ns / NSEC;
	char iops[16], rate[16], mean[16], p99[16];

	perf_number_text(iops, (double)last.ios / seconds);
	progress_bytes_text(rate, (double)last.bytes / seconds);
	perf_time_text(mean, (double)last.mean_ns);
	perf_time_text(p99, (double)last.p99_ns);
	fprintf(stderr, "\r%.0f s: %s IOPS, %s/s, mean %s, 99 %% %s",
		(double)watch->now.at_ns / NSEC, iops, rate, mean, p99);
	if (watch->config->time_ns > watch->now.at_ns)
		fprintf(stderr, ", %.0f s left",
			(double)(watch->config->time_ns - watch->now.at_ns) / NSEC);
	fputs("\033[K", stderr);
	watch->drawn = true;
	watch->line = watch->now;
}

int perf_watch_look(struct perf_watch *watch)
{
	uint64_t interval = watch->config->interval_ns;

	if (watch->terminal && watch->now.at_ns >= watch->next_line) {
		draw(watch);
		watch->next_line = watch->now.at_ns + LINE_NS;
	}
	if (watch->now.at_ns < watch->next_sample)
		return 0;
	watch->next_sample = (watch->now.at_ns / interval + 1) * interval;
	return add_sample(watch);
}

int perf_watch_end(struct perf_watch *watch)
{
	struct perf_result *result = watch->result;
	uint64_t rest = watch->now.at_ns - watch->sampled.at_ns;

	if (watch->terminal && watch->config->verify && watch->config->writes) {
		fputs("\rreading back what was written\033[K", stderr);
		watch->drawn = true;
	}
	if (result->nr_samples && rest < watch->config->interval_ns / 2) {
		result->samples[result->nr_samples - 1] = since(watch, &watch->before);
		return 0;
	}
	return add_sample(watch);
}

void perf_watch_wipe(struct perf_watch *watch)
{
	if (watch->drawn)
		fputs("\r\033[K", stderr);
	watch->drawn = false;
}
