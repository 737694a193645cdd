/* SPDX-License-Identifier: MIT */
/*
 * I/O queue pairs: the hot path. Commands are built in place in the submission queue:
 *
 *   sqe = znvme_get_sqe(q, my_io);                          next free slot, NULL when full
 *   znvme_prep_read(sqe, ns, region, buf, slba, nlb);       <znvme/cmd.h>
 *   znvme_submit(q);                                        one doorbell write for all prepared
 *   n = znvme_reap(q, cpls, 64);                            completions, one doorbell
 *
 * A queue belongs to one thread at a time; nothing on this path locks, allocates, or reads a clock.
 * Every command got and submitted completes exactly once.
 *
 * How a completion is trusted: the command identifier is an index into the queue's slots, with a
 * generation count in the bits above it, so a completion that is late, doubled or made up matches
 * no slot and is counted and dropped. In flight are at most size - 1 commands (Base 2.1,
 * section 3.3.1: a queue with size - 1 entries is full), which is why neither queue can overrun,
 * whatever the controller reports.
 */
#ifndef ZNVME_QUEUE_H
#define ZNVME_QUEUE_H

#include "spec/types.h"
#include "spec/cmd.h"

#ifdef __cplusplus
extern "C" {
#endif

struct znvme_ctrl;

#define ZNVME_LIKELY(x)	  __builtin_expect(!!(x), 1)
#define ZNVME_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* A completed command. */
struct znvme_cpl {
	void *data;	 /* what znvme_get_sqe() was given */
	uint64_t result; /* dwords 0 and 1 */
	int status;	 /* 0, a positive NVMe status, or a negative errno where the host ended it:
			    -ECANCELED reset, -ETIMEDOUT, -ENODEV the device is gone */
};

/* One command identifier. */
struct znvme_slot {
	union {
		void *data;		      /* in flight: the user's */
		struct znvme_slot *next_free; /* free: the next free slot */
	} u;
	/*
	 * Bits 15:0 the command identifier, 31:16 zero while it is in flight, 63:32 what looks at
	 * deadlines have seen of it: one store begins a command.
	 */
	uint64_t state;
};

#define ZNVME_SLOT_FREE 0x10000u

/* In place of the doorbell of a queue that was stopped: by a reset, a failure, a removal. */
#define ZNVME_STOPPED ((volatile uint32_t *)1)

/*
 * What the inline functions below need, a cache line for submission and one for completion. Not for
 * touching.
 */
struct znvme_queue {
	struct znvme_slot *free_slot;	/* head of the list of free slots, or NULL */
	struct znvme_sqe *sqe;		/* the entry at the tail: the next to be got */
	struct znvme_sqe *sq;		/* the ring, */
	struct znvme_sqe *sq_end;	/* and its end */
	struct znvme_sqe *sq_rung;	/* the tail that the controller knows */
	volatile uint32_t *sq_doorbell; /* NULL: by znvme_ring_sq() */

	struct znvme_cqe *cqe __attribute__((aligned(64))); /* the entry at the head */
	struct znvme_cqe *cq;				    /* the ring, */
	struct znvme_cqe *cq_end;			    /* and its end */
	struct znvme_slot *slots;
	volatile uint32_t *cq_doorbell; /* NULL: by znvme_ring_cq() */
	uint32_t cq_phase;		/* what dword 3 of the next new entry has in bit 16 */
	uint32_t qid;
	uint32_t cid_mask; /* of the slot's index in an identifier */
	uint32_t cid_step; /* one generation, and ZNVME_SLOT_FREE */
	uint32_t look_in;  /* reaps until the next look at deadlines */
} __attribute__((aligned(64)));

enum znvme_queue_flags {
	ZNVME_QUEUE_POLLED = 1,	   /* no interrupt: waiting spins, then naps */
	ZNVME_QUEUE_INTERRUPT = 2, /* waiting sleeps at once: the least CPU time, some latency */
};

enum znvme_queue_priority { /* CDW11.QPRIO; matters only under weighted round robin */
			    ZNVME_PRIORITY_URGENT = 0,
			    ZNVME_PRIORITY_HIGH = 1,
			    ZNVME_PRIORITY_MEDIUM = 2,
			    ZNVME_PRIORITY_LOW = 3,
};

/* All zero is the default of everything. */
struct znvme_queue_options {
	unsigned flags; /* of enum znvme_queue_flags */
	enum znvme_queue_priority priority;
};

/*
 * Create an I/O queue pair with `size` entries each (2 to znvme_ctrl_info.max_queue_size; size - 1
 * commands in flight, and at most 16,383). `options` may be NULL. -EINVAL size, -ENOSPC no queue
 * pair left, -ENOMEM.
 */
int znvme_queue_create(struct znvme_ctrl *ctrl, unsigned size,
		       const struct znvme_queue_options *options, struct znvme_queue **queue);

/*
 * Delete the pair, SQ first (Base 2.1, section 3.3.1.3), and free it. Commands in flight are
 * dropped without a completion. Where the controller refuses, the queue stays, and the call can be
 * repeated. NULL is allowed.
 */
int znvme_queue_delete(struct znvme_queue *queue);

/* Commands got and not reaped yet. */
unsigned znvme_in_flight(const struct znvme_queue *queue);

/* Out-of-line parts of the functions below. */
int znvme_ring_sq(struct znvme_queue *queue);
void znvme_ring_cq(struct znvme_queue *queue);
int znvme_reap_slow(struct znvme_queue *queue, struct znvme_cpl *cpls, int max);
void znvme_bad_completion(struct znvme_queue *queue, uint32_t dword2, uint32_t dword3);

/*
 * The next submission queue entry, with its command identifier set and `data` to come back with the
 * completion; all other fields hold old values, which the constructors of <znvme/cmd.h> overwrite.
 * NULL where as many commands as fit are in flight: reap first. What was got is submitted, in
 * order, or given back by znvme_put_sqe().
 */
static inline struct znvme_sqe *znvme_get_sqe(struct znvme_queue *q, void *data)
{
	struct znvme_slot *slot = q->free_slot;
	struct znvme_sqe *sqe = q->sqe;
	struct znvme_sqe *next = sqe + 1;
	uint16_t cid;

	if (ZNVME_UNLIKELY(!slot))
		return NULL;
	q->free_slot = slot->u.next_free;
	q->sqe = next == q->sq_end ? q->sq : next;
	cid = (uint16_t)slot->state;
	sqe->cid = cid;
	slot->u.data = data;
	slot->state = cid;
	return sqe;
}

/* Give back the entry that was got last, unsubmitted: where its constructor refused it. */
static inline void znvme_put_sqe(struct znvme_queue *q, struct znvme_sqe *sqe)
{
	struct znvme_slot *slot = &q->slots[sqe->cid & q->cid_mask];

	q->sqe = sqe;
	slot->state = (uint32_t)slot->state | ZNVME_SLOT_FREE;
	slot->u.next_free = q->free_slot;
	q->free_slot = slot;
}

/*
 * Tell the controller of all entries got since the last call. 0, or a negative errno where the
 * controller cannot take them (reset, failed, gone): they then complete with that errno at the next
 * reap.
 */
static inline int znvme_submit(struct znvme_queue *q)
{
	struct znvme_sqe *tail = q->sqe;
	/* A reset by another thread takes the doorbell away. */
	volatile uint32_t *doorbell = __atomic_load_n(&q->sq_doorbell, __ATOMIC_RELAXED);

	if (tail == q->sq_rung)
		return 0;
	if (ZNVME_UNLIKELY((uintptr_t)doorbell <= (uintptr_t)ZNVME_STOPPED))
		return znvme_ring_sq(q);
	q->sq_rung = tail;
#if defined(__x86_64__) || defined(__i386__)
	/* Stores to memory are seen before a later store to the uncached doorbell. */
	__atomic_signal_fence(__ATOMIC_RELEASE);
#else
	__sync_synchronize();
#endif
	*doorbell = (uint32_t)(tail - q->sq);
	return 0;
}

/* Whether the entry at the head is a new one. */
static inline bool znvme_has_completion(const struct znvme_queue *q)
{
	const uint16_t *status = &q->cqe->status;

	return !(((uint32_t)__atomic_load_n(status, __ATOMIC_RELAXED) << 16 ^ q->cq_phase) &
		 0x10000);
}

/* What znvme_reap() does where nothing is out of the ordinary. */
static inline int znvme_reap_ring(struct znvme_queue *q, struct znvme_cpl *cpls, int max)
{
	struct znvme_slot *free_slot = q->free_slot;
	struct znvme_cqe *cqe = q->cqe;
	uint32_t phase = q->cq_phase;
	struct znvme_cpl *cpl = cpls;

	for (; max > 0; max--) {
		/* Identifier and status in one load: the entry is judged and used by the same
		 * value. */
		uint32_t dword3 = __atomic_load_n((uint32_t *)(void *)&cqe->cid, __ATOMIC_ACQUIRE);
		uint32_t cid = dword3 & 0xffff;
		struct znvme_slot *slot = &q->slots[cid & q->cid_mask];

		if ((dword3 ^ phase) & 0x10000)
			break;
		if (ZNVME_UNLIKELY((uint32_t)slot->state != cid || cqe->sqid != q->qid)) {
			/* It counts: a controller that sends nothing else does not keep us here. */
			znvme_bad_completion(q, cqe->sqhd | (uint32_t)cqe->sqid << 16, dword3);
		} else {
			cpl->data = slot->u.data;
			cpl->result = cqe->dw0 | (uint64_t)cqe->dw1 << 32;
			cpl->status = (int)(dword3 >> 17);
			cpl++;
			slot->state = cid + q->cid_step;
			slot->u.next_free = free_slot;
			free_slot = slot;
		}
		if (ZNVME_UNLIKELY(++cqe == q->cq_end)) {
			cqe = q->cq;
			phase ^= 0x10000;
		}
	}
	if (cqe != q->cqe || phase != q->cq_phase) {
		volatile uint32_t *doorbell = __atomic_load_n(&q->cq_doorbell, __ATOMIC_RELAXED);

		q->free_slot = free_slot;
		q->cqe = cqe;
		q->cq_phase = phase;
		if (ZNVME_LIKELY(doorbell))
			*doorbell = (uint32_t)(cqe - q->cq);
		else
			znvme_ring_cq(q);
	}
	return (int)(cpl - cpls);
}

/*
 * Up to `max` completions into `cpls`; returns how many, 0 where there are none. Now and then it
 * looks at deadlines, too.
 */
__attribute__((always_inline)) static inline int znvme_reap(struct znvme_queue *q,
							    struct znvme_cpl *cpls, int max)
{
	if (ZNVME_UNLIKELY(--q->look_in == 0))
		return znvme_reap_slow(q, cpls, max);
	if (!znvme_has_completion(q)) {
		if (ZNVME_UNLIKELY(__atomic_load_n(&q->sq_doorbell, __ATOMIC_RELAXED) ==
				   ZNVME_STOPPED))
			return znvme_reap_slow(q, cpls, max);
		return 0;
	}
	return znvme_reap_ring(q, cpls, max);
}

/*
 * As znvme_reap(), but where there is nothing yet, wait for it: spin a little, then sleep on the
 * queue's interrupt. `timeout_ms` < 0 waits until each command's own deadline. Returns how many (0
 * when `timeout_ms` has passed, or nothing is in flight).
 */
int znvme_wait(struct znvme_queue *queue, struct znvme_cpl *cpls, int max, int timeout_ms);

/*
 * A descriptor that polls readable when completions have come or the queue was stopped, for poll,
 * epoll or io_uring; the queue's. When it does, call znvme_wait(queue, …, 0) until that returns 0,
 * which also makes it unreadable; do not read from it. Call the same about once a second, so that
 * deadlines are seen. -EOPNOTSUPP for a polled queue.
 */
int znvme_queue_fd(struct znvme_queue *queue);

/*
 * One command, from submission to completion: `cmd` without identifier. *result (dwords 0 and 1)
 * may be NULL. The queue must have nothing in flight: -EBUSY otherwise. Returns 0, a negative
 * errno, or a positive NVMe status.
 */
int znvme_exec(struct znvme_queue *queue, const struct znvme_sqe *cmd, uint64_t *result);

#ifdef __cplusplus
}
#endif

#endif
