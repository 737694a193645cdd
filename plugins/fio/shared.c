/* SPDX-License-Identifier: MIT */
/*
 * Controllers, each opened once a process and shared by the jobs that use it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define LOOK_MS 500

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shared_ctrl *controllers;

/* What the library has to say: resets, commands that ran out of time. */
static void report(void *arg, enum znvme_log_level level, const char *message)
{
	(void)arg;
	if (level <= ZNVME_LEVEL_WARNING)
		fprintf(stderr, "znvme: %s\n", message);
}

/* Whether `address` is another way to write the address of an open controller. */
static bool is_at(const struct shared_ctrl *shared, const char *address)
{
	struct znvme_ctrl_info info;

	if (!strcmp(shared->address, address))
		return true;
	znvme_ctrl_info(shared->ctrl, &info);
	return !strcmp(info.address, address) ||
	       (!strncmp(info.address, "0000:", 5) && !strcmp(info.address + 5, address));
}

static void look_for_request(struct shared_ctrl *shared)
{
	struct znvme_event event;

	while (znvme_next_event(shared->ctrl, &event) > 0) {
		if (event.kind != ZNVME_EVENT_DEVICE_REQUEST)
			continue;
		fprintf(stderr, "znvme: %s is let go: its jobs end here\n", shared->address);
		__atomic_store_n(&shared->asked_for, true, __ATOMIC_RELAXED);
	}
}

/* Looks at events now and then, until the controller is closed. */
static void *look(void *arg)
{
	struct shared_ctrl *shared = arg;
	struct timespec until;

	pthread_mutex_lock(&shared->lock);
	while (!shared->closing) {
		look_for_request(shared);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_MS * 1000000l;
		if (until.tv_nsec >= 1000000000l) {
			until.tv_nsec -= 1000000000l;
			until.tv_sec++;
		}
		pthread_cond_timedwait(&shared->changed, &shared->lock, &until);
	}
	pthread_mutex_unlock(&shared->lock);
	return NULL;
}

static int start_looking(struct shared_ctrl *shared)
{
	pthread_condattr_t monotonic;
	int rc;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&shared->lock, NULL);
	pthread_cond_init(&shared->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	rc = pthread_create(&shared->thread, NULL, look, shared);
	return rc ? znvme_fail(-rc, "a thread for %s: %s", shared->address, strerror(rc)) : 0;
}

static void stop_looking(struct shared_ctrl *shared)
{
	pthread_mutex_lock(&shared->lock);
	shared->closing = true;
	pthread_cond_signal(&shared->changed);
	pthread_mutex_unlock(&shared->lock);
	pthread_join(shared->thread, NULL);
}

static int open_new(const char *address, struct shared_ctrl **shared)
{
	struct znvme_open_options options = {.log = report};
	struct shared_ctrl *new = calloc(1, sizeof(*new));
	int rc;

	if (!new)
		return znvme_fail(-ENOMEM, "no memory for a controller");
	snprintf(new->address, sizeof(new->address), "%s", address);
	rc = znvme_open(address, &options, &new->ctrl);
	if (!rc)
		rc = start_looking(new);
	if (rc) {
		znvme_close(new->ctrl);
		free(new);
		return znvme_status_errno(rc);
	}
	new->next = controllers;
	controllers = new;
	*shared = new;
	return 0;
}

int shared_ctrl_get(const char *address, struct shared_ctrl **shared)
{
	int rc = 0;

	pthread_mutex_lock(&lock);
	for (*shared = controllers; *shared; *shared = (*shared)->next)
		if (is_at(*shared, address))
			break;
	if (!*shared)
		rc = open_new(address, shared);
	if (!rc)
		(*shared)->users++;
	pthread_mutex_unlock(&lock);
	return rc;
}

static void close_one(struct shared_ctrl *shared)
{
	struct shared_ctrl **link = &controllers;

	while (*link != shared)
		link = &(*link)->next;
	*link = shared->next;
	stop_looking(shared);
	if (znvme_close(shared->ctrl))
		fprintf(stderr, "znvme: %s\n", znvme_errmsg());
	free(shared);
}

void shared_ctrl_put(struct shared_ctrl *shared)
{
	pthread_mutex_lock(&lock);
	if (--shared->users == 0)
		close_one(shared);
	pthread_mutex_unlock(&lock);
}

void shared_ctrl_running(struct shared_ctrl *shared, int jobs)
{
	pthread_mutex_lock(&lock);
	shared->running += (unsigned)jobs;
	pthread_mutex_unlock(&lock);
}

/*
 * fio does not clean up after a job that was set up and never ran (another one's error ended it).
 * Its controller is shut down here, at the latest; one that somebody still uses is left to the
 * kernel, which resets it.
 */
__attribute__((destructor)) static void close_left_over(void)
{
	struct shared_ctrl *shared, *next;

	pthread_mutex_lock(&lock);
	for (shared = controllers; shared; shared = next) {
		next = shared->next;
		if (!shared->running)
			close_one(shared);
	}
	pthread_mutex_unlock(&lock);
}
