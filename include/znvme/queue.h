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
struct znvme_region_table;

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
	uint32_t tag; /* bits 31:16 the command identifier, 15:0 zero */
	/* What looks at deadlines have seen of the command, nothing at first; or SLOT_FREE. */
	uint32_t seen;
};

#define ZNVME_SLOT_FREE 0x80000000u

/* In place of the doorbell of a queue that was stopped: by a reset, a failure, a removal. */
#define ZNVME_STOPPED ((volatile uint32_t *)1)

/*
 * What the inline functions below need, a cache line for submission, one for completion and one for
 * looking up regions. Not for touching.
 */
struct znvme_queue {
	struct znvme_sqe *sqe;		/* the next entry to be got; sq_end stands for sq */
	struct znvme_sqe *sqe_stop;	/* where to think: the ring ends, or the free slots do */
	struct znvme_slot *free_slot;	/* head of the list of free slots */
	struct znvme_sqe *sq;		/* the ring, */
	struct znvme_sqe *sq_end;	/* and its end */
	struct znvme_sqe *sq_rung;	/* the tail that the controller knows */
	volatile uint32_t *sq_doorbell; /* NULL: by znvme_ring_sq() */
	uint32_t nr_free;		/* free slots that sqe_stop does not allow for yet */

	struct znvme_cqe *cqe __attribute__((aligned(64))); /* the entry at the head */
	struct znvme_cqe *cq;				    /* the ring, */
	struct znvme_cqe *cq_end;			    /* and its end */
	char *slots;					    /* an array of struct znvme_slot */
	volatile uint32_t *cq_doorbell;			    /* NULL: by znvme_ring_cq() */
	uint32_t qid;	    /* these two, as one: what bits 63:16 of a new entry's dwords 2 and 3 */
	uint32_t cq_phase;  /* hold, but for the identifier and the status */
	uint64_t free_step; /* added to tag and seen, frees a slot: one generation on */
	uint32_t cid_mask;  /* of the slot's place in an identifier */
	uint32_t look_in;   /* reaps until the next look at deadlines */

	/*
	 * For znvme_queue_rw_anywhere(): what it needs of the region that was used last. A copy,
	 * since the region may be freed by another thread while it is another one's turn; then
	 * inline_pages becomes 0.
	 */
	struct {
		uint64_t addr;
		uint64_t inline_pages;
		uint64_t iova_off;
		uint64_t prp_list;
	} near_region;
	const struct znvme_region_table *region_table;
} __attribute__((aligned(64)));

enum znvme_queue_flags {
	ZNVME_QUEUE_POLLED = 1,	   /* no interrupt: waiting spins, then naps */
	ZNVME_QUEUE_INTERRUPT = 2, /* waiting sleeps at once: the least CPU time, some latency */
	ZNVME_QUEUE_CMB = 4, /* the submission queue lies in the controller's memory buffer; where
				there is none, creating it fails with -EOPNOTSUPP */
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
 * commands in flight, and at most 8,191). `options` may be NULL. -EINVAL size, -ENOSPC no queue
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
bool znvme_make_room(struct znvme_queue *queue);
int znvme_ring_sq(struct znvme_queue *queue);
void znvme_ring_cq(struct znvme_queue *queue);
int znvme_reap_slow(struct znvme_queue *queue, int max,
		    void (*fn)(void *arg, size_t i, const struct znvme_cpl *cpl), void *arg);
int znvme_reap_odd(struct znvme_queue *queue, uint64_t found, struct znvme_cpl *cpl);

/* A slot, by the bits of a command identifier that cid_mask leaves: twice the slot's index. */
static inline struct znvme_slot *znvme_slot_at(char *slots, uint64_t place)
{
	return (struct znvme_slot *)(void *)(slots + place * (sizeof(struct znvme_slot) / 2));
}

/* Whether there is an entry to be got. */
static inline bool znvme_has_room(struct znvme_queue *q)
{
	return ZNVME_LIKELY(q->sqe != q->sqe_stop) || znvme_make_room(q);
}

/* Take the slot of the next command, with `data` in it. */
static inline struct znvme_slot *znvme_take_slot(struct znvme_queue *q, void *data)
{
	struct znvme_slot *slot = q->free_slot;

	q->free_slot = slot->u.next_free;
	slot->u.data = data;
	return slot;
}

/* From here on its command is in flight, for other threads, too, which then find its entry. */
static inline void znvme_use_slot(struct znvme_slot *slot)
{
	__atomic_store_n(&slot->seen, 0, __ATOMIC_RELEASE);
}

/*
 * The next submission queue entry, with its command identifier set and `data` to come back with the
 * completion; all other fields hold old values, which the constructors of <znvme/cmd.h> overwrite.
 * NULL where as many commands as fit are in flight: reap first. What was got is submitted, in
 * order, or given back by znvme_put_sqe().
 */
static inline struct znvme_sqe *znvme_get_sqe(struct znvme_queue *q, void *data)
{
	struct znvme_slot *slot;
	struct znvme_sqe *sqe;

	if (!znvme_has_room(q))
		return NULL;
	sqe = q->sqe++;
	slot = znvme_take_slot(q, data);
	/* Dword 0: the identifier, and zero for the rest. */
	__builtin_memcpy(&sqe->opcode, &slot->tag, 4);
	znvme_use_slot(slot);
	return sqe;
}

/* Give back the entry that was got last, unsubmitted: where its constructor refused it. */
static inline void znvme_put_sqe(struct znvme_queue *q, struct znvme_sqe *sqe)
{
	struct znvme_slot *slot = znvme_slot_at(q->slots, sqe->cid & q->cid_mask);

	if (sqe + 1 != q->sqe) { /* znvme_make_room() has gone on to the ring's start since */
		q->nr_free += (uint32_t)(q->sqe_stop - q->sqe);
		q->sqe_stop = sqe + 1;
	}
	q->sqe = sqe;
	if (ZNVME_LIKELY(slot->tag >> 16 == sqe->cid && !(slot->seen & ZNVME_SLOT_FREE))) {
		slot->seen = ZNVME_SLOT_FREE;
		slot->u.next_free = q->free_slot;
		q->free_slot = slot;
	} else if (q->nr_free) { /* completed by a controller that was never told of it */
		q->nr_free--;
	} else {
		q->sqe_stop--;
	}
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
	if (ZNVME_UNLIKELY((uintptr_t)doorbell <= (uintptr_t)ZNVME_STOPPED || tail == q->sq_end))
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
	return !((__atomic_load_n(&q->cqe->status, __ATOMIC_RELAXED) ^ q->cq_phase) &
		 ZNVME_CQE_PHASE);
}

/* The queue's identifier, and the phase tag of a new entry in bit 32. */
static inline uint64_t znvme_cq_expected(const struct znvme_queue *q)
{
	uint64_t expected;

	__builtin_memcpy(&expected, &q->qid, sizeof(expected));
	return expected;
}

/*
 * Dwords 2 and 3 of an entry in one load: submission queue head and identifier, command identifier,
 * phase tag and status. Returned is what they say beyond `expected`: the command identifier in bits
 * 31:16, and zero above and below it where the entry is new, of this queue, and a success.
 */
static inline uint64_t znvme_cqe_state(const struct znvme_cqe *cqe, uint64_t expected)
{
	return __atomic_load_n((const uint64_t *)(const void *)&cqe->sqhd, __ATOMIC_ACQUIRE) >> 16 ^
	       expected;
}

/* Takes the i-th completion of one call of znvme_reap_each(). */
typedef void (*znvme_cpl_fn)(void *arg, size_t i, const struct znvme_cpl *cpl);

/*
 * What znvme_reap_each() does where there is a new entry; `before` completions have been given
 * already, fewer than `max`. Returns how many there are then.
 */
__attribute__((always_inline)) static inline int znvme_reap_ring(struct znvme_queue *q, int before,
								 int max, znvme_cpl_fn fn,
								 void *arg)
{
	const uint64_t free_step = q->free_step, cid_mask = q->cid_mask;
	char *const slots = q->slots;
	size_t n = (size_t)before, end = (size_t)max;
	struct znvme_slot *free_slot = q->free_slot;
	struct znvme_cqe *cqe = q->cqe;
	uint64_t expected = znvme_cq_expected(q);
	volatile uint32_t *doorbell;

	do {
		/*
		 * A successful completion differs from its command's slot in nothing. The
		 * identifier is loaded once more to find the slot, whose tag holds it, too: if the
		 * two loads differ, found and state do.
		 */
		uint64_t found = znvme_cqe_state(cqe, expected), state;
		struct znvme_slot *slot = znvme_slot_at(
			slots, __atomic_load_n(&cqe->cid, __ATOMIC_RELAXED) & cid_mask);

		__builtin_memcpy(&state, &slot->tag, 8);
		if (ZNVME_LIKELY(found == state)) {
			const struct znvme_cpl cpl = {slot->u.data,
						      cqe->dw0 | (uint64_t)cqe->dw1 << 32, 0};

			state = found + free_step;
			__builtin_memcpy(&slot->tag, &state, 8);
			slot->u.next_free = free_slot;
			free_slot = slot;
			if (ZNVME_UNLIKELY(++cqe == q->cq_end)) {
				cqe = q->cq;
				q->cq_phase ^= ZNVME_CQE_PHASE;
				expected = znvme_cq_expected(q);
			}
			fn(arg, n, &cpl);
			n++;
		} else if (found >> 32 & ZNVME_CQE_PHASE) {
			break; /* not a new one */
		} else {
			struct znvme_cpl cpl;

			q->free_slot = free_slot;
			q->cqe = cqe;
			/* One that is not ours counts, too: a controller that sends nothing else
			 * does not keep us here. */
			if (znvme_reap_odd(q, found, &cpl))
				fn(arg, n++, &cpl);
			else
				end--;
			free_slot = q->free_slot;
			cqe = q->cqe;
			expected = znvme_cq_expected(q);
		}
	} while (n < end);
	q->free_slot = free_slot;
	q->nr_free += (uint32_t)n - (uint32_t)before;
	q->cqe = cqe;
	doorbell = __atomic_load_n(&q->cq_doorbell, __ATOMIC_RELAXED);
	if (ZNVME_LIKELY(doorbell))
		*doorbell = (uint32_t)(cqe - q->cq);
	else
		znvme_ring_cq(q);
	return (int)n;
}

/*
 * Up to `max` completions, each handed to `fn` with `arg`; returns how many, 0 where there are
 * none. `fn` may look and note, but not get or submit commands on this queue. Now and then it looks
 * at deadlines, and whether the queue was stopped, too.
 *
 * Where `fn` is an inline function, the compiler weaves it in: no completion is stored first.
 */
__attribute__((always_inline)) static inline int znvme_reap_each(struct znvme_queue *q, int max,
								 znvme_cpl_fn fn, void *arg)
{
	if (ZNVME_UNLIKELY(--q->look_in == 0))
		return znvme_reap_slow(q, max, fn, arg);
	if (!znvme_has_completion(q) || ZNVME_UNLIKELY(max <= 0))
		return 0;
	return znvme_reap_ring(q, 0, max, fn, arg);
}

static inline void znvme_store_cpl(void *cpls, size_t i, const struct znvme_cpl *cpl)
{
	((struct znvme_cpl *)cpls)[i] = *cpl;
}

/* The same into `cpls`. */
__attribute__((always_inline)) static inline int znvme_reap(struct znvme_queue *q,
							    struct znvme_cpl *cpls, int max)
{
	return znvme_reap_each(q, max, znvme_store_cpl, cpls);
}

/* What a loop that polls does between two polls: it leaves the processor to its other thread, and
 * tells an emulator that there is nothing to do. */
static inline void znvme_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" : : : "memory");
#endif
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
