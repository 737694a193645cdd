/* SPDX-License-Identifier: MIT */
/*
 * What the files of the fio engine offer each other. Only engine.c knows fio.
 */
#ifndef ZNVME_FIO_ENGINE_H
#define ZNVME_FIO_ENGINE_H

#include <pthread.h>
#include <stdbool.h>
#include <znvme.h>

/* A controller that jobs share: one process cannot open it twice. */
struct shared_ctrl {
	struct shared_ctrl *next;
	struct znvme_ctrl *ctrl;
	unsigned users;	    /* jobs that were set up with it */
	unsigned running;   /* of these, jobs with a queue */
	char address[4096]; /* as the first of them wrote it, without namespace */
	bool asked_for;	    /* the host wants the device back; read without a lock */
	bool closing;	    /* what follows is of the thread that looks for that */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

/*
 * The controller at `address`, opened by the first who asks, with one more user. 0 or a negative
 * errno, with a message. All functions here are thread-safe.
 */
int shared_ctrl_get(const char *address, struct shared_ctrl **shared);

/* One user less; the last one closes it. */
void shared_ctrl_put(struct shared_ctrl *shared);

/* Whether the host wants the device back: the kernel waits until the last job has let it go. */
static inline bool shared_ctrl_asked_for(const struct shared_ctrl *shared)
{
	return __atomic_load_n(&shared->asked_for, __ATOMIC_RELAXED);
}

/* A job has a queue now, or none any more. */
void shared_ctrl_running(struct shared_ctrl *shared, int jobs);

#endif
