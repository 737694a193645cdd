/* SPDX-License-Identifier: MIT */
/* How far a long transfer is: a bar on stderr where that is a terminal, with rate and time left. */
#ifndef ZNVME_TOOL_PROGRESS_H
#define ZNVME_TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
	uint64_t total; /* bytes; 0: not known */
	uint64_t done;
	struct timespec start;
	double shown; /* seconds after the start when the bar was last drawn */
	bool terminal;
};

void progress_start(struct progress *progress, uint64_t total);
void progress_add(struct progress *progress, uint64_t bytes);

/* The same without bytes: `done` of `total`, for what a device does on its own. */
void progress_part(struct progress *progress, uint64_t done, uint64_t total);

/* Wipe the bar away. Returns the seconds since the start. */
double progress_end(struct progress *progress);

/* "1.5 GB" and the like; `text` takes 16 bytes. */
void progress_bytes_text(char text[16], double bytes);

#endif
