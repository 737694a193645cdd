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

static int open_new(const char *address, struct shared_ctrl **shared)
{
	struct znvme_open_options options = {.log = report};
	struct shared_ctrl *new = calloc(1, sizeof(*new));
	int rc;

	if (!new)
		return znvme_fail(-ENOMEM, "no memory for a controller");
	rc = znvme_open(address, &options, &new->ctrl);
	if (rc) {
		free(new);
		return znvme_status_errno(rc);
	}
	snprintf(new->address, sizeof(new->address), "%s", address);
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
