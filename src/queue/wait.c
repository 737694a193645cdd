/* SPDX-License-Identifier: MIT */
/*
 * Waiting for completions: spin a little, then sleep on the queue's interrupt, waking now and then
 * to look at deadlines.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/base.h"
#include "queue/queue.h"

/* Spinning pays where a command takes no longer than going to sleep and being woken. */
#define SPIN_LIMIT_NS 50000u
/* One wait in so many spins for that long in any case, to see whether the device is fast now. */
#define PROBE_INTERVAL 64u
/* Reaps between two looks at the clock. */
#define SPIN_REAPS 16
/* What a polled queue spins before it naps. */
#define POLLED_SPIN_NS 1000000u
/* The longest sleep, so that deadlines are seen. */
#define SLEEP_MS 100
/* The nap of a polled queue. */
#define NAP_US 50

/*
 * How long to spin for the next completion: twice what waits took of late, or not at all where that
 * is long.
 */
static uint64_t spin_ns(struct queue *q)
{
	if (q->flags & ZNVME_QUEUE_POLLED || q->wake_fd < 0)
		return POLLED_SPIN_NS;
	if (q->flags & ZNVME_QUEUE_INTERRUPT)
		return 0;
	if (++q->nr_waits % PROBE_INTERVAL == 0)
		return SPIN_LIMIT_NS;
	return q->wait_ns <= SPIN_LIMIT_NS ? MIN(2 * q->wait_ns + 1000, SPIN_LIMIT_NS) : 0;
}

static int spin(struct queue *q, struct znvme_cpl *cpls, int max, uint64_t until)
{
	do {
		for (int i = 0; i < SPIN_REAPS; i++) {
			int n = znvme_reap(&q->hot, cpls, max);

			if (n)
				return n;
			znvme_cpu_relax();
		}
	} while (now_ns() < until);
	return 0;
}

/* An eighth of the new and seven of the old. */
static void learn(struct queue *q, uint64_t ns)
{
	q->wait_ns = (uint32_t)((7ull * q->wait_ns + MIN(ns, 100ull * SPIN_LIMIT_NS)) / 8);
}

/* Sleep until the queue's interrupt, or `ms` at most. */
static void sleep_on_interrupt(struct queue *q, int ms)
{
	struct pollfd fd = {.fd = q->wake_fd, .events = POLLIN};

	if (q->wake_fd < 0)
		sleep_us(NAP_US);
	else
		poll(&fd, 1, ms);
}

/* Make the descriptor unreadable until the next signal. */
static void drain(struct queue *q)
{
	struct epoll_event event;
	uint64_t count;

	if (q->wake_fd < 0)
		return;
	if (q->wake_fd != q->vector_fd)
		epoll_wait(q->wake_fd, &event, 1, 0);
	else if (read(q->wake_fd, &count, sizeof(count)) < 0)
		return; /* nothing to read */
}

int znvme_wait(struct znvme_queue *hot, struct znvme_cpl *cpls, int max, int timeout_ms)
{
	struct queue *q = queue_of(hot);
	uint64_t start, spin_for, deadline;
	int n;

	if (max <= 0)
		return znvme_fail(-EINVAL, "room for %d completions", max);
	n = znvme_reap(hot, cpls, max);
	if (n)
		return n;
	start = now_ns();
	deadline = timeout_ms < 0 ? UINT64_MAX : start + (unsigned)timeout_ms * 1000000ull;
	spin_for = timeout_ms ? spin_ns(q) : 0;
	if (spin_for)
		n = spin(q, cpls, max, MIN(start + spin_for, deadline));
	while (!n) {
		uint64_t now, left_ms;

		/* Drained first, looked at second: what comes in between wakes the poll. */
		drain(q);
		hot->look_in = 1;
		n = znvme_reap(hot, cpls, max);
		now = now_ns();
		if (n || now >= deadline || !queue_is_waited_for(q))
			break;
		left_ms = (deadline - now + 999999) / 1000000;
		sleep_on_interrupt(q, (int)MIN(left_ms, (uint64_t)SLEEP_MS));
	}
	if (n)
		learn(q, now_ns() - start);
	return n;
}

int znvme_queue_fd(struct znvme_queue *hot)
{
	struct queue *q = queue_of(hot);

	if (q->wake_fd < 0)
		return znvme_fail(-EOPNOTSUPP, "a polled queue has no descriptor to wait on");
	return q->wake_fd;
}

int znvme_exec(struct znvme_queue *hot, const struct znvme_sqe *cmd, uint64_t *result)
{
	struct znvme_sqe *sqe;
	struct znvme_cpl cpl;
	uint16_t cid;
	int n;

	if (znvme_in_flight(hot))
		return znvme_fail(-EBUSY, "the queue has commands in flight");
	sqe = znvme_get_sqe(hot, NULL);
	if (!sqe)
		return znvme_fail(-EBUSY, "the queue is full");
	cid = sqe->cid;
	*sqe = *cmd;
	sqe->cid = cid;
	znvme_submit(hot);
	n = znvme_wait(hot, &cpl, 1, -1);
	if (n != 1)
		return n < 0 ? n : -EIO;
	if (result)
		*result = cpl.result;
	if (cpl.status < 0)
		return znvme_fail(cpl.status, "the command was not completed by the controller: %s",
				  znvme_strerror(cpl.status));
	return cpl.status ? znvme_fail(cpl.status, "%s", znvme_strerror(cpl.status)) : 0;
}
