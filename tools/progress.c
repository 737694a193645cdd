/* SPDX-License-Identifier: MIT */
/* The progress bar (progress.h). */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH      24
#define REDRAW_SECONDS 0.2

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

void progress_bytes_text(char text[16], double bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	unsigned i = 0;

	while (bytes >= 999.5 && i + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1000;
		i++;
	}
	snprintf(text, 16, i ? "%.1f %s" : "%.0f %s", bytes, units[i]);
}

void progress_start(struct progress *progress, uint64_t total)
{
	*progress = (struct progress){.total = total, .terminal = isatty(STDERR_FILENO)};
	clock_gettime(CLOCK_MONOTONIC, &progress->start);
}

static void draw(const struct progress *progress, double seconds)
{
	double rate = (double)progress->done / seconds;
	char done[16], total[16], per_second[16], bar[BAR_WIDTH + 1];

	progress_bytes_text(done, (double)progress->done);
	progress_bytes_text(per_second, rate);
	if (!progress->total) {
		fprintf(stderr, "\r%s, %s/s\033[K", done, per_second);
		return;
	}
	unsigned left = (unsigned)((double)(progress->total - progress->done) / rate + 0.5);
	unsigned filled = (unsigned)(progress->done * BAR_WIDTH / progress->total);

	progress_bytes_text(total, (double)progress->total);
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', filled);
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%5.1f%% [%s] %s of %s, %s/s, %u:%02u left\033[K",
		100.0 * (double)progress->done / (double)progress->total, bar, done, total,
		per_second, left / 60, left % 60);
}

void progress_add(struct progress *progress, uint64_t bytes)
{
	double seconds;

	progress->done += bytes;
	if (!progress->terminal)
		return;
	seconds = seconds_since(&progress->start);
	if (seconds - progress->shown < REDRAW_SECONDS)
		return;
	progress->shown = seconds;
	draw(progress, seconds);
}

void progress_part(struct progress *progress, uint64_t done, uint64_t total)
{
	double seconds = seconds_since(&progress->start);
	char bar[BAR_WIDTH + 1];

	if (!progress->terminal || seconds - progress->shown < REDRAW_SECONDS)
		return;
	progress->shown = seconds;
	if (!total) {
		fprintf(stderr, "\r%.0f s\033[K", seconds);
		return;
	}
	if (done > total)
		done = total;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', (size_t)(done * BAR_WIDTH / total));
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%5.1f%% [%s] %.0f s\033[K", 100.0 * (double)done / (double)total, bar,
		seconds);
}

double progress_end(struct progress *progress)
{
	if (progress->terminal && progress->shown > 0)
		fputs("\r\033[K", stderr);
	return seconds_since(&progress->start);
}
