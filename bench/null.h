/* SPDX-License-Identifier: MIT */
/*
 * A null device for measuring the driver: a struct znvme_device whose registers are plain memory,
 * like a mapped BAR0, so that the shipped driver runs unmodified and unaware. A thread plays the
 * admin side while a controller is opened and queues are made; I/O is played by the measuring
 * thread itself, by null_play().
 */
#ifndef BENCH_NULL_H
#define BENCH_NULL_H

#include <znvme.h>

struct null_queue {
	const struct znvme_sqe *sq;
	struct znvme_cqe *cq;
	uint32_t size; /* entries */
	uint32_t sq_head;
	uint32_t cq_tail;
	uint16_t phase;
	volatile uint32_t *sq_doorbell;
};

/* `sgls` makes the controller say that it takes SGLs. The device is the caller's. */
int null_create(bool sgls, struct znvme_device **dev);

/* The device's side of I/O queue `qid`, once it has been created. */
struct null_queue *null_queue(struct znvme_device *dev, unsigned qid);

/* Bytes that are mapped for the device. */
size_t null_mapped(struct znvme_device *dev);

/* The admin side rests from here on: only null_play() moves anything. */
void null_quiet(struct znvme_device *dev);
/* And wakes up again, for closing. */
void null_wake(struct znvme_device *dev);

/* Complete every command that the doorbell has announced, with success. Returns how many. */
unsigned null_play(struct null_queue *q);

#endif
