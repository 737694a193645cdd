/* SPDX-License-Identifier: MIT */
/*
 * What the files of the fio engine offer each other. Only engine.c knows fio.
 */
#ifndef ZNVME_FIO_ENGINE_H
#define ZNVME_FIO_ENGINE_H

#include <znvme.h>

/* A controller that jobs share: one process cannot open it twice. */
struct shared_ctrl {
	struct shared_ctrl *next;
	struct znvme_ctrl *ctrl;
	unsigned users;	    /* jobs that were set up with it */
	unsigned running;   /* of these, jobs with a queue */
	char address[4096]; /* as the first of them wrote it, without namespace */
};

/*
 * The controller at `address`, opened by the first who asks, with one more user. 0 or a negative
 * errno, with a message. All functions here are thread-safe.
 */
int shared_ctrl_get(const char *address, struct shared_ctrl **shared);

/* One user less; the last one closes it. */
void shared_ctrl_put(struct shared_ctrl *shared);

/* A job has a queue now, or none any more. */
void shared_ctrl_running(struct shared_ctrl *shared, int jobs);

#endif
