/* SPDX-License-Identifier: MIT */
#include "queue/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/base.h"
#include "device/device.h"
#include "znvme/cmd.h"
#include "znvme/spec/regs.h"

/* Reaps between two looks at what the hot path does not see: stops and deadlines. */
#define LOOK_INTERVAL 1024u
/* Looks at deadlines are at least this far apart. */
#define LOOK_PERIOD_MS 100u

/*
 * What a slot's `seen` holds in flight: 0 before the first look, then 28 bits of milliseconds and
 * what has become of the command. Whatever is seen sends its completion the slow way,
 * znvme_reap_odd().
 */
#define SEEN_TIME     0x0fffffffu
#define SEEN_ONCE     0x10000000u /* always set: beyond what phase tag and status can be */
#define SEEN_ABORTED  0x20000000u /* its deadline has passed once; -ETIMEDOUT if it is canceled */
#define SEEN_CANCELED 0x40000000u /* it ends with the queue's cancel_status */

/* Reads or writes what may be changing, and nothing is lost by that. */
#define OF_OTHER_THREADS __attribute__((no_sanitize("thread")))

static bool is_busy(const struct znvme_slot *slot)
{
	return !(slot->seen & ZNVME_SLOT_FREE);
}

static struct znvme_slot *slot_of(const struct znvme_queue *hot, const struct znvme_sqe *sqe)
{
	return znvme_slot_at(hot->slots, sqe->cid & hot->cid_mask);
}

static struct znvme_slot *slot_nr(const struct queue *q, uint32_t i)
{
	return znvme_slot_at(q->hot.slots, 2 * (uint64_t)i);
}

/*
 * A command identifier is twice the index of its slot, and the generation in the bits above: so it
 * is an offset into the slots without a shift, and never 0xffff, which means "none" in logs.
 */
static int alloc_slots(struct queue *q, unsigned size)
{
	struct znvme_queue *hot = &q->hot;
	struct znvme_slot *slots;
	uint32_t n = 2;

	q->nr_slots = MIN(size - 1, QUEUE_MAX_IN_FLIGHT);
	while (n < q->nr_slots + 1)
		n *= 2;
	slots = calloc(n, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		slots[i].tag = (2 * i) << 16;
		slots[i].seen = ZNVME_SLOT_FREE;
		slots[i].u.next_free = i + 1 < q->nr_slots ? &slots[i + 1] : NULL;
	}
	hot->slots = (char *)slots;
	hot->free_slot = slots;
	hot->nr_free = q->nr_slots;
	hot->cid_mask = 2 * (n - 1);
	hot->free_step = (2 * n) << 16 | (uint64_t)ZNVME_SLOT_FREE << 32;
	return 0;
}

int queue_init(struct domain *domain, uint16_t qid, unsigned size, unsigned dstrd, void *cmb_sq,
	       uint64_t cmb_iova, struct queue **out)
{
	size_t page = (size_t)1 << domain->page_shift;
	size_t sq_len = round_up(size * sizeof(struct znvme_sqe), page);
	size_t cq_len = round_up(size * sizeof(struct znvme_cqe), page);
	struct queue *q = aligned_alloc(64, round_up(sizeof(*q), 64));
	int rc;

	if (!q)
		return znvme_fail(-ENOMEM, "no memory for a queue");
	memset(q, 0, sizeof(*q));
	q->dev = domain->dev;
	q->domain = domain;
	q->vector_fd = q->wake_fd = -1;
	q->size = size;
	q->hot.qid = qid;

	q->hot.region_table = domain->table.root;
	q->sq_doorbell_offset = znvme_sq_doorbell_offset(qid, dstrd);
	q->cq_doorbell_offset = znvme_cq_doorbell_offset(qid, dstrd);
	if (alloc_slots(q, size)) {
		rc = znvme_fail(-ENOMEM, "no memory for a queue of %u entries", size);
		goto free_queue;
	}
	rc = domain_alloc(domain, sq_len + cq_len, &q->rings);
	if (rc)
		goto free_slots;
	q->hot.sq = (void *)q->rings->addr;
	q->cmb_sq = cmb_sq;
	q->sq_iova = cmb_sq ? cmb_iova : q->rings->iova;
	q->hot.sq_end = q->hot.sq + size;
	q->hot.cq = (void *)(q->rings->addr + sq_len);
	q->hot.cq_end = q->hot.cq + size;
	q->cq_iova = q->rings->iova + sq_len;
	queue_start(q);
	*out = q;
	return 0;

free_slots:
	free(q->hot.slots);
free_queue:
	free(q);
	return rc;
}

void queue_fini(struct queue *q)
{
	if (!q)
		return;
	if (q->wake_fd != q->vector_fd)
		close(q->wake_fd);
	domain_free(q->domain, q->rings);
	free(q->hot.slots);
	free(q);
}

/*
 * An eventfd that several read steals wake-ups from all but one. Behind an edge-triggered epoll of
 * its own nobody has to read it, and every signal wakes every queue.
 */
int queue_listen(struct queue *q, int fd, bool shared)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	q->vector_fd = q->wake_fd = fd;
	if (!shared)
		return 0;
	q->wake_fd = epoll_create1(EPOLL_CLOEXEC);
	if (q->wake_fd < 0 || epoll_ctl(q->wake_fd, EPOLL_CTL_ADD, fd, &event))
		return znvme_fail(-errno, "epoll on a shared interrupt vector: %s",
				  strerror(errno));
	return 0;
}

/* The doorbell register, where the hot path is to write it. */
static volatile uint32_t *doorbell(struct queue *q, uint32_t offset)
{
	return q->dev->bar && !q->sq_shadow
		       ? (volatile uint32_t *)((volatile char *)q->dev->bar + offset)
		       : NULL;
}

void queue_start(struct queue *q)
{
	struct znvme_queue *hot = &q->hot;

	memset(hot->sq, 0, q->size * sizeof(*hot->sq));
	memset(hot->cq, 0, q->size * sizeof(*hot->cq));
	hot->nr_free += (uint32_t)(hot->sqe_stop - hot->sqe);
	hot->sqe = hot->sqe_stop = hot->sq_rung = hot->sq;
	hot->cqe = hot->cq;
	hot->cq_phase = ZNVME_CQE_PHASE;
	hot->look_in = LOOK_INTERVAL;
	if (q->sq_shadow)
		*q->sq_shadow = *q->sq_event = *q->cq_shadow = *q->cq_event = 0;
	__atomic_store_n(&hot->cq_doorbell, doorbell(q, q->cq_doorbell_offset), __ATOMIC_RELAXED);
	__atomic_store_n(&hot->sq_doorbell, q->cmb_sq ? NULL : doorbell(q, q->sq_doorbell_offset),
			 __ATOMIC_RELAXED);
	__atomic_store_n(&q->stopped, 0, __ATOMIC_RELEASE);
}

/* The slot's identifier is free again, one generation on. */
static void free_slot(struct znvme_queue *hot, struct znvme_slot *slot)
{
	slot->tag += (uint32_t)hot->free_step;
	slot->seen = ZNVME_SLOT_FREE;
	slot->u.next_free = hot->free_slot;
	hot->free_slot = slot;
}

void queue_restart(struct queue *q)
{
	for (uint32_t i = 0; i < q->nr_slots; i++)
		if (is_busy(slot_nr(q, i))) {
			free_slot(&q->hot, slot_nr(q, i));
			q->hot.nr_free++;
		}
	q->nr_canceled = 0;
	queue_start(q);
}

void queue_stop(struct queue *q, int error)
{
	const uint64_t one = 1;

	__atomic_store_n(&q->stopped, error, __ATOMIC_RELEASE);
	/* A new controller under the same BAR knows nothing of this queue. */
	__atomic_store_n(&q->hot.cq_doorbell, NULL, __ATOMIC_RELAXED);
	/* The owner's next submit, or reap that finds nothing, takes the slow way and finds out. */
	__atomic_store_n(&q->hot.sq_doorbell, ZNVME_STOPPED, __ATOMIC_RELAXED);
	/* A full eventfd is readable, too. */
	if (q->vector_fd >= 0 && write(q->vector_fd, &one, sizeof(one)) < 0)
		return;
}

unsigned znvme_in_flight(const struct znvme_queue *hot)
{
	const struct queue *q = (const struct queue *)hot;
	unsigned n = 0;

	for (uint32_t i = 0; i < q->nr_slots; i++)
		n += is_busy(slot_nr(q, i));
	return n;
}

void queue_forget(struct queue *q, void *data)
{
	for (uint32_t i = 0; i < q->nr_slots; i++)
		if (is_busy(slot_nr(q, i)) && slot_nr(q, i)->u.data == data)
			slot_nr(q, i)->u.data = NULL;
}

OF_OTHER_THREADS void queue_forget_region(struct queue *q, const struct znvme_region *region)
{
	/* Where the owner comes from this region to another at this moment, that is forgotten, too.
	 */
	if (q->hot.near_region.addr == (uintptr_t)region->addr)
		q->hot.near_region.inline_pages = 0;
}

/* What is known of a slot's command while the ring is searched for its entry. */
struct slot_use {
	uint32_t tag; /* when the search began */
	bool busy;    /* in flight then */
	bool found;
	bool uses; /* by the newest entry with its identifier */
};

OF_OTHER_THREADS static bool points_into(const struct znvme_sqe *sqe, uint64_t iova, uint64_t len)
{
	return sqe->dptr.prp.prp1 - iova < len || sqe->mptr - iova < len;
}

enum use { UNUSED, USED, ENTRY_GONE };

/*
 * Other threads' queues go on meanwhile: a command counts only if it is in flight both before and
 * after the search. What is read of them may be changing, and nothing is lost by that.
 */
OF_OTHER_THREADS static enum use look_for_use(struct queue *q, struct slot_use *uses, uint64_t iova,
					      uint64_t len)
{
	const struct znvme_queue *hot = &q->hot;
	uint32_t oldest = (uint32_t)(hot->sqe - hot->sq);
	enum use use = UNUSED;

	for (uint32_t i = 0; i < q->nr_slots; i++) {
		const struct znvme_slot *slot = slot_nr(q, i);

		/* In this order: if it is another command's by the second load, the tag will tell.
		 */
		uses[i].tag = __atomic_load_n(&slot->tag, __ATOMIC_ACQUIRE);
		/* A canceled command is not the controller's any more. */
		uses[i].busy = !(__atomic_load_n(&slot->seen, __ATOMIC_ACQUIRE) &
				 (ZNVME_SLOT_FREE | SEEN_CANCELED));
		uses[i].found = uses[i].uses = false;
	}
	for (uint32_t i = 0; i < q->size; i++) {
		const struct znvme_sqe *sqe = &hot->sq[(oldest + i) % q->size];
		struct slot_use *slot = &uses[(sqe->cid & hot->cid_mask) / 2];

		if (slot->busy && slot->tag >> 16 == sqe->cid) {
			slot->found = true;
			slot->uses = points_into(sqe, iova, len);
		}
	}
	for (uint32_t i = 0; i < q->nr_slots; i++) {
		if (!uses[i].busy || slot_nr(q, i)->tag != uses[i].tag)
			continue;
		if (uses[i].uses)
			return USED;
		if (!uses[i].found)
			use = ENTRY_GONE;
	}
	return use;
}

bool queue_uses(struct queue *q, uint64_t iova, uint64_t len)
{
	struct slot_use *uses = calloc(q->hot.cid_mask / 2 + 1, sizeof(*uses));
	enum use use = ENTRY_GONE;

	/*
	 * The entry of a command in flight is gone when the ring has turned once since. But another
	 * thread's queue may also have used up all generations of an identifier between two
	 * instructions of ours: that does not happen thrice.
	 */
	for (int i = 0; uses && use == ENTRY_GONE && i < 3; i++)
		use = look_for_use(q, uses, iova, len);
	free(uses);
	return use != UNUSED;
}

bool znvme_make_room(struct znvme_queue *hot)
{
	uint32_t run;

	if (hot->sqe == hot->sq_end)
		hot->sqe = hot->sq;
	run = MIN(hot->nr_free, (uint32_t)(hot->sq_end - hot->sqe));
	hot->nr_free -= run;
	hot->sqe_stop = hot->sqe + run;
	return run;
}

int znvme_queue_any(struct znvme_queue *hot, struct znvme_sqe *sqe, struct znvme_slot *slot,
		    const struct znvme_region *region, const void *buf, size_t len)
{
	int rc = znvme_sqe_set_any_buffer(sqe, region, buf, len);

	znvme_use_slot(slot);
	if (rc)
		znvme_put_sqe(hot, sqe);
	return rc;
}

/*
 * The entry at the head is new, and not a success of a command that no look has met: an error, one
 * that has been in flight for long, or none of ours. Returns how many completions it gave, 0 or 1.
 */
int znvme_reap_odd(struct znvme_queue *hot, uint64_t found, struct znvme_cpl *cpl)
{
	struct queue *q = queue_of(hot);
	struct znvme_slot *slot = znvme_slot_at(hot->slots, found >> 16 & hot->cid_mask);
	bool ours = is_busy(slot) && slot->tag == (uint32_t)found;

	if (ours) {
		cpl->data = slot->u.data;
		cpl->result = hot->cqe->dw0 | (uint64_t)hot->cqe->dw1 << 32;
		cpl->status = (int)(found >> 33);
		free_slot(hot, slot);
	} else {
		q->bad_completions++;
		q->care->bad_completion(q, (uint16_t)(found ^ hot->qid), (uint32_t)(found >> 16));
	}
	if (++hot->cqe == hot->cq_end) {
		hot->cqe = hot->cq;
		hot->cq_phase ^= ZNVME_CQE_PHASE;
	}
	return ours;
}

/* Let every command in flight end with `status`, without the controller. */
static void cancel_all(struct queue *q, int status)
{
	q->cancel_status = status;
	for (uint32_t i = 0; i < q->nr_slots; i++) {
		struct znvme_slot *slot = slot_nr(q, i);

		if (!is_busy(slot) || (slot->seen & SEEN_CANCELED))
			continue;
		slot->seen |= SEEN_CANCELED;
		q->nr_canceled++;
	}
	if (q->nr_canceled)
		q->hot.look_in = 1;
}

/* Complete canceled commands; returns how many there are now. */
static int reap_canceled(struct queue *q, int n, int max, znvme_cpl_fn fn, void *arg)
{
	struct znvme_queue *hot = &q->hot;
	uint32_t i;

	for (i = 0; q->nr_canceled && n < max && i < q->nr_slots; i++) {
		struct znvme_slot *slot = slot_nr(q, i);
		struct znvme_cpl cpl = {.data = slot->u.data, .status = q->cancel_status};

		if (!is_busy(slot) || !(slot->seen & SEEN_CANCELED))
			continue;
		if (q->cancel_status == -ECANCELED && (slot->seen & SEEN_ABORTED))
			cpl.status = -ETIMEDOUT;
		free_slot(hot, slot);
		hot->nr_free++;
		q->nr_canceled--;
		fn(arg, n++, &cpl);
	}
	/* One may have been completed after all, by a controller that should no longer. */
	if (i == q->nr_slots)
		q->nr_canceled = 0;
	if (q->nr_canceled)
		hot->look_in = 1;
	return n;
}

/* Commands got and not submitted: they stand between what was rung and the tail. */
static uint32_t nr_prepared(const struct queue *q)
{
	const struct znvme_queue *hot = &q->hot;

	return (uint32_t)((hot->sqe - hot->sq_rung) + (hot->sqe < hot->sq_rung ? q->size : 0));
}

static struct znvme_sqe *prepared(struct queue *q, uint32_t i)
{
	return &q->hot.sq[((uint32_t)(q->hot.sq_rung - q->hot.sq) + i) % q->size];
}

/* Whether it is still the entry's: a controller may have completed what it was never told of. */
static bool is_of(const struct znvme_slot *slot, const struct znvme_sqe *sqe)
{
	return is_busy(slot) && slot->tag >> 16 == sqe->cid;
}

/* The commands that were prepared and not submitted yet are not canceled after all. */
static void spare_prepared(struct queue *q)
{
	for (uint32_t i = 0; i < nr_prepared(q); i++) {
		struct znvme_slot *slot = slot_of(&q->hot, prepared(q, i));

		if (!is_of(slot, prepared(q, i)) || !(slot->seen & SEEN_CANCELED))
			continue;
		slot->seen = 0;
		q->nr_canceled--;
	}
}

/* Create the queue on the controller again. */
static int revive(struct queue *q)
{
	int rc = q->care->revive(q);

	if (rc)
		cancel_all(q, rc);
	return rc;
}

/*
 * Start again after a reset with the commands that were prepared and never submitted: they move to
 * the start of the ring. All others are canceled.
 */
static int revive_with_prepared(struct queue *q)
{
	struct znvme_queue *hot = &q->hot;
	uint32_t n = nr_prepared(q);
	struct znvme_sqe *entries = calloc(n, sizeof(*entries));
	int rc;

	cancel_all(q, -ECANCELED);
	if (!entries)
		return znvme_fail(-ENOMEM, "no memory to submit again after a reset");
	for (uint32_t i = 0; i < n; i++)
		entries[i] = *prepared(q, i);
	rc = revive(q);
	if (rc)
		goto free_entries;
	memcpy(hot->sq, entries, n * sizeof(*entries));
	hot->sqe = hot->sqe_stop = hot->sq + n;
	spare_prepared(q);
	if (q->nr_canceled)
		hot->look_in = 1;
free_entries:
	free(entries);
	return rc;
}

/*
 * Write a doorbell, to the register only where the controller asks for it: where its event index is
 * among the entries that are new since the last time (Base 2.1, annex B.5). It publishes that index
 * and then looks at the shadow once more; we write the shadow and then look at the index.
 */
static void ring(struct queue *q, uint32_t offset, uint32_t *shadow, const uint32_t *event,
		 uint32_t value)
{
	if (shadow) {
		uint32_t old = __atomic_exchange_n(shadow, value, __ATOMIC_SEQ_CST);
		uint32_t asked = __atomic_load_n(event, __ATOMIC_SEQ_CST);

		if ((uint16_t)(value - asked - 1) >= (uint16_t)(value - old))
			return;
	}
	reg_write32(q->dev, offset, value);
}

/* The prepared entries into the controller's memory, by whole words. */
static void write_to_controller(struct queue *q)
{
	const size_t words = sizeof(struct znvme_sqe) / sizeof(uint64_t);

	for (uint32_t i = 0; i < nr_prepared(q); i++) {
		const struct znvme_sqe *sqe = prepared(q, i);
		volatile uint64_t *to = q->cmb_sq + words * (size_t)(sqe - q->hot.sq);
		uint64_t entry[sizeof(*sqe) / sizeof(uint64_t)];

		memcpy(entry, sqe, sizeof(entry));
		for (size_t word = 0; word < words; word++)
			to[word] = entry[word];
	}
	/* Before the doorbell, whatever kind of memory it is. */
	__sync_synchronize();
}

bool queue_is_waited_for(const struct queue *q)
{
	return znvme_in_flight(&q->hot) > nr_prepared(q);
}

int znvme_ring_sq(struct znvme_queue *hot)
{
	struct queue *q = queue_of(hot);
	int stopped = __atomic_load_n(&q->stopped, __ATOMIC_ACQUIRE);

	if (hot->sqe == hot->sq_end)
		hot->sqe = hot->sqe_stop = hot->sq;
	if (stopped == -ECANCELED)
		stopped = revive_with_prepared(q);
	if (stopped) {
		hot->sq_rung = hot->sqe;
		cancel_all(q, stopped);
		return stopped;
	}
	if (q->cmb_sq)
		write_to_controller(q);
	hot->sq_rung = hot->sqe;
	ring(q, q->sq_doorbell_offset, q->sq_shadow, q->sq_event, (uint32_t)(hot->sqe - hot->sq));
	return 0;
}

void znvme_ring_cq(struct znvme_queue *hot)
{
	struct queue *q = queue_of(hot);

	if (!__atomic_load_n(&q->stopped, __ATOMIC_ACQUIRE))
		ring(q, q->cq_doorbell_offset, q->cq_shadow, q->cq_event,
		     (uint32_t)(hot->cqe - hot->cq));
}

/* Bits of a slot's `seen` for a time in ms. */
static uint32_t seen_time(uint64_t ms)
{
	return ((uint32_t)ms & SEEN_TIME) | SEEN_ONCE;
}

/* A command that was not submitted has no deadline yet. */
static void excuse_prepared(struct queue *q)
{
	for (uint32_t i = 0; i < nr_prepared(q); i++)
		if (is_of(slot_of(&q->hot, prepared(q, i)), prepared(q, i)))
			slot_of(&q->hot, prepared(q, i))->seen = 0;
}

/* What a look finds of a command in flight. */
static void look_at_slot(struct queue *q, struct znvme_slot *slot, uint64_t now)
{
	bool aborted = slot->seen & SEEN_ABORTED;
	uint32_t limit = aborted ? MIN(q->abort_ms, q->timeout_ms) : q->timeout_ms;
	uint32_t elapsed = ((uint32_t)now - slot->seen) & SEEN_TIME;

	if (!slot->seen) {
		slot->seen = seen_time(now);
	} else if (elapsed >= limit) {
		/* If it is canceled by what follows, it says that it had expired. */
		slot->seen |= SEEN_ABORTED;
		q->care->expired(q, (uint16_t)(slot->tag >> 16), aborted);
		slot->seen = seen_time(now_ms()) | SEEN_ABORTED;
	}
}

/*
 * Find the commands that have passed their deadline. A command's time runs from the first look that
 * meets it, so that submission needs no clock.
 */
static void look_at_deadlines(struct queue *q)
{
	uint64_t now = now_ms();

	if (!q->timeout_ms || now < q->next_look)
		return;
	q->next_look = now + MIN(LOOK_PERIOD_MS, q->timeout_ms / 4 + 1);
	for (uint32_t i = 0; i < q->nr_slots; i++) {
		struct znvme_slot *slot = slot_nr(q, i);

		if (is_busy(slot) && !(slot->seen & SEEN_CANCELED))
			look_at_slot(q, slot, now);
		if (__atomic_load_n(&q->stopped, __ATOMIC_ACQUIRE))
			return;
	}
	/* Its time has not begun, whenever it will be submitted. */
	excuse_prepared(q);
}

/* The queue was stopped: all that was submitted ends, and after a reset the queue begins anew. */
static void end_all(struct queue *q, int stopped)
{
	cancel_all(q, stopped);
	/* What was not submitted yet is the caller's still; the next submit sees to it. */
	if (nr_prepared(q))
		spare_prepared(q);
	else if (stopped == -ECANCELED)
		revive(q);
}

static int reap_ring(struct znvme_queue *hot, int n, int max, znvme_cpl_fn fn, void *arg)
{
	return n < max && znvme_has_completion(hot) ? znvme_reap_ring(hot, n, max, fn, arg) : n;
}

int znvme_reap_slow(struct znvme_queue *hot, int max, znvme_cpl_fn fn, void *arg)
{
	struct queue *q = queue_of(hot);
	int n = 0;

	hot->look_in = LOOK_INTERVAL;
	/* These first: a queue that is never idle would keep them waiting. */
	if (q->nr_canceled)
		n = reap_canceled(q, n, max, fn, arg);
	n = reap_ring(hot, n, max, fn, arg);
	if (!__atomic_load_n(&q->stopped, __ATOMIC_ACQUIRE))
		look_at_deadlines(q);
	if (__atomic_load_n(&q->stopped, __ATOMIC_ACQUIRE)) {
		/* No command ends here before the controller can no longer touch its memory. */
		q->care->settle(q);
		/* What had completed before the stop still counts. */
		n = reap_ring(hot, n, max, fn, arg);
		if (n < max)
			end_all(q, __atomic_load_n(&q->stopped, __ATOMIC_ACQUIRE));
		else
			hot->look_in = 1;
	}
	if (q->nr_canceled)
		n = reap_canceled(q, n, max, fn, arg);
	if (q->nr_canceled)
		hot->look_in = 1;
	return n;
}
