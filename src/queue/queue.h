/* SPDX-License-Identifier: MIT */
/*
 * A submission and completion queue pair behind its hot fields: ring memory, deadlines, and what
 * happens when the controller underneath was reset or has failed. The public face is
 * <znvme/queue.h>.
 *
 * Knows nothing of the controller: who makes it (floor 4, also for the admin queue) gives it a
 * table of what to do in trouble. All of it runs in the thread that owns the queue, but
 * queue_stop(), which any thread may call.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "mem/region.h"
#include "znvme/queue.h"

#define QUEUE_MAX_IN_FLIGHT 8191u /* leaves two bits of the CID to the generation */

struct queue;

struct queue_care {
	/* Returns once a reset that is under way is over: the controller is off, or a new one. */
	void (*settle)(struct queue *queue);
	/*
	 * The controller was reset: create the pair on it again. The rings are empty. Where that
	 * fails it stops the queue for good and returns why, a negative errno.
	 */
	int (*revive)(struct queue *queue);
	/* A command has passed its deadline; `aborted`: it had been given up once before. */
	void (*expired)(struct queue *queue, uint16_t cid, bool aborted);
	/* A completion that belongs to no command; `dword3` without its phase tag. */
	void (*bad_completion)(struct queue *queue, uint16_t sqid, uint32_t dword3);
};

struct queue {
	struct znvme_queue hot; /* first: what users hold is a pointer to it */
	struct znvme_device *dev;
	struct domain *domain;
	const struct queue_care *care;
	void *owner; /* the controller */

	struct znvme_region *rings; /* SQ, then CQ on a page of its own */
	volatile uint64_t *cmb_sq;  /* the controller's own SQ, written at submission; or NULL */
	uint64_t sq_iova;
	uint64_t cq_iova;
	uint32_t size;		     /* entries of each ring */
	uint32_t nr_slots;	     /* most commands in flight */
	uint32_t sq_doorbell_offset; /* in BAR0 */
	uint32_t cq_doorbell_offset;
	/* Where the controller looks for doorbells in memory, and what it says of when it wants
	 * them by register, too; NULL: by register only. */
	uint32_t *sq_shadow, *sq_event;
	uint32_t *cq_shadow, *cq_event;

	int stopped;	      /* atomic: 0, or the errno that commands end with: see queue_stop() */
	uint32_t nr_canceled; /* slots whose command ends without the controller */
	int cancel_status;    /* the status of those */

	uint32_t timeout_ms; /* of a command; 0: none */
	uint32_t abort_ms;   /* what it has left once that has passed */
	uint32_t wait_ns;    /* what waits took of late; see wait.c */
	uint32_t nr_waits;
	uint64_t next_look; /* now_ms() of the next look at deadlines */

	bool has_cq; /* the controller has its completion queue */
	bool has_sq; /* and its submission queue */

	int vector_fd; /* eventfd that its interrupt vector signals; -1: polled */
	int wake_fd; /* what to wait on: vector_fd, or an epoll on it where queues share the vector
		      */
	unsigned vector;
	unsigned flags; /* of enum znvme_queue_flags */
	unsigned priority;
	uint64_t bad_completions;
};

static inline struct queue *queue_of(struct znvme_queue *hot)
{
	return (struct queue *)hot;
}

/*
 * A pair of `size` entries with the identifier `qid`, in memory only: the controller does not know
 * it yet. `dstrd` is CAP.DSTRD. `cmb_sq` is the controller's memory for the submission queue, which
 * it has at `cmb_iova`, or NULL. That is only ever written, at submission, never read: commands are
 * built in the host's memory, out of the controller's reach.
 */
int queue_init(struct domain *domain, uint16_t qid, unsigned size, unsigned dstrd, void *cmb_sq,
	       uint64_t cmb_iova, struct queue **queue);

/* Free it; the controller must have forgotten it. NULL is allowed. */
void queue_fini(struct queue *queue);

/* Empty rings, as a controller that has just created the pair expects them, and doorbells that
 * work. */
void queue_start(struct queue *queue);

/* The same for a queue whose commands in flight nobody waits for: they are dropped. */
void queue_restart(struct queue *queue);

/*
 * Take no more commands; those in flight end with `error`: -ECANCELED where the controller was
 * reset and the pair can be revived, anything else is for good.
 */
void queue_stop(struct queue *queue, int error);

/* Whether a command was submitted that has not completed. */
bool queue_is_waited_for(const struct queue *queue);

/* Nobody waits for the command with this user data any more: drop it when it completes. */
void queue_forget(struct queue *queue, void *data);

/* The region is about to be freed: look it up no more. Any thread may call it. */
void queue_forget_region(struct queue *q, const struct znvme_region *region);

/* Wait on the eventfd `fd` from now on; `shared`: other queues do so, too. */
int queue_listen(struct queue *queue, int fd, bool shared);

/*
 * Whether a command in flight has its PRP1 in [iova, iova + len). A command whose entry in the ring
 * was overwritten since counts as a user. Any thread may call it: commands that are got meanwhile
 * are not seen.
 */
bool queue_uses(struct queue *queue, uint64_t iova, uint64_t len);

#endif
