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

/* Reaps before sleeping: some microseconds, what a fast device takes. */
#define SPIN_REAPS 2000
/* The longest sleep, so that deadlines are seen. */
#define SLEEP_MS 100
/* The nap of a polled queue. */
#define NAP_US 50

static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static int spin(struct znvme_queue *hot, struct znvme_cpl *cpls, int max)
{
	for (int i = 0; i < SPIN_REAPS; i++) {
		int n = znvme_reap(hot, cpls, max);

		if (n)
			return n;
		cpu_relax();
	}
	return 0;
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
	uint64_t deadline = timeout_ms < 0 ? UINT64_MAX : now_ms() + (unsigned)timeout_ms;
	int n;

	if (max <= 0)
		return znvme_fail(-EINVAL, "room for %d completions", max);
	n = q->flags & ZNVME_QUEUE_INTERRUPT ? 0 : spin(hot, cpls, max);
	while (!n) {
		uint64_t now;

		/* Drained first, looked at second: what comes in between wakes the poll. */
		drain(q);
		hot->look_in = 1;
		n = znvme_reap(hot, cpls, max);
		now = now_ms();
		if (n || now >= deadline || !znvme_in_flight(hot))
			break;
		sleep_on_interrupt(q, (int)MIN(deadline - now, (uint64_t)SLEEP_MS));
	}
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
	return cpl.status;
}
