/* SPDX-License-Identifier: MIT */
/*
 * The parts of `znvme top`: devices that are looked at again and again (top_device.c), what is
 * shown of them (top_view.c), and the terminal that it is shown on (top_screen.c).
 */
#ifndef ZNVME_TOOL_TOP_H
#define ZNVME_TOOL_TOP_H

#include "tool.h"

#define TOP_MAX_DEVICES 16
#define TOP_MAX_PROBES	256
#define TOP_MAX_EVENTS	8

/* ---- devices ------------------------------------------------------------------------------- */

struct top_event {
	int64_t at; /* seconds since 1970 */
	char message[96];
};

/* What the SMART log says of one moment, and what the probes took. */
struct top_sample {
	uint64_t at_ns; /* CLOCK_MONOTONIC */
	struct znvme_smart_log smart;
	uint64_t own_reads;		   /* probes so far: they are no load */
	unsigned nr_probes;		   /* of this sample */
	uint64_t probe_ns[TOP_MAX_PROBES]; /* ascending */
};

struct top_device {
	char address[4200];
	struct znvme_ctrl *ctrl;
	const struct znvme_ns *ns; /* where probes read; NULL: no probes */
	struct znvme_queue *queue; /* of the probes */
	struct znvme_region *region;
	struct znvme_ctrl_info info;
	char model[41], serial[21], firmware[9]; /* printable */
	unsigned nr_namespaces;
	uint64_t hmb_wanted;	       /* bytes of host memory that it would like (HMPRE) */
	struct top_sample now, before; /* before.at_ns 0: there is none */
	struct top_event events[TOP_MAX_EVENTS]; /* the newest first */
	unsigned nr_events;
	char error[256]; /* why the last look failed; "": it did not */
};

/* The first is tool->ctrl's device too. 0, or 1 after an error message. */
int top_open(struct tool *tool, const char *address, unsigned nr_probes, struct top_device *device);
void top_close(struct top_device *device);

/* Look again: device->now becomes device->before. Where that fails, device->error says why. */
void top_look(struct top_device *device, unsigned nr_probes);

/* Fetch what happened. Returns how many events there were. */
unsigned top_fetch_events(struct top_device *device);

/* ---- what is shown ------------------------------------------------------------------------- */

/* What lies between two samples. Rates are negative where there is no sample before. */
struct top_rates {
	double seconds;
	double read_iops, write_iops;
	double read_bytes, write_bytes; /* a second */
};

struct top_rates top_rates(const struct top_device *device);

enum top_look_of_line { TOP_PLAIN, TOP_TITLE, TOP_ALARM, TOP_DIM };

/* Takes one line of the view: printable ASCII, without an end. */
typedef void (*top_line_fn)(void *arg, enum top_look_of_line look, const char *text);

void top_view(const struct top_device *devices, unsigned nr, double delay, top_line_fn fn,
	      void *arg);
struct json_object *top_json(const struct top_device *devices, unsigned nr);

/* ---- the terminal -------------------------------------------------------------------------- */

/*
 * Take the terminal of standard input and output: its other screen, no echo, no cursor. Until
 * top_screen_end() it is given back whatever signal ends or stops the process.
 */
int top_screen_start(void);
void top_screen_end(void);

/* Draw one picture: begin, lines, end. What does not fit is left away. */
void top_screen_begin(void);
void top_screen_line(void *arg, enum top_look_of_line look, const char *text);
void top_screen_finish(void);

/* Wait for a key up to `ms`: its code, 0 where the time has passed, -1 where the picture has to be
 * drawn again or a signal came. */
int top_screen_key(int ms);

#endif
