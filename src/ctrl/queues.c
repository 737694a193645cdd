/* SPDX-License-Identifier: MIT */
/*
 * I/O queue pairs on the controller: how many, create, delete, create again after a reset
 * (Base 2.1, sections 3.3.1, 5.2.1 to 5.2.4 and 5.1.25.1.5).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "ctrl/ctrl.h"

/*
 * Ask for queue pairs, and take what is granted, but no more than BAR0 has doorbells for.
 */
int queues_negotiate(struct znvme_ctrl *ctrl)
{
	unsigned dstrd = (unsigned)znvme_field_get(ZNVME_CAP_DSTRD, ctrl->cap);
	/* Doorbells are numbered SQ 0, CQ 0, SQ 1, …: this many fit. */
	size_t doorbells =
		(ctrl->dev->bar_size - ZNVME_REG_DOORBELLS - 4) / ((size_t)4 << dstrd) + 1;
	unsigned asked = ctrl->options.nr_io_queues;
	struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_SET_FEATURES,
		.cdw10 = ZNVME_FEAT_NUM_QUEUES,
	};
	uint64_t result;
	int rc;

	asked = (unsigned)MIN(asked, MIN(doorbells / 2 - 1, (size_t)65535));
	cmd.cdw11 = (uint32_t)(znvme_field_put(ZNVME_FEAT_NRQ_NSQR, asked - 1) |
			       znvme_field_put(ZNVME_FEAT_NRQ_NCQR, asked - 1));
	rc = admin_exec(ctrl, "Set Features, Number of Queues", &cmd, NULL, 0, &result, 0);
	if (rc)
		return rc;
	asked = (unsigned)MIN(asked, znvme_field_get(ZNVME_FEAT_NRQ_NSQR, result) + 1);
	ctrl->nr_io_queues = (unsigned)MIN(asked, znvme_field_get(ZNVME_FEAT_NRQ_NCQR, result) + 1);
	return 0;
}

static int create_cq(struct znvme_ctrl *ctrl, struct queue *q)
{
	int rc;
	struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_CREATE_CQ,
		.cdw10 = (uint32_t)(znvme_field_put(ZNVME_CREATE_QID, q->hot.qid) |
				    znvme_field_put(ZNVME_CREATE_QSIZE, q->size - 1)),
		.cdw11 = ZNVME_CREATE_PC,
	};

	if (q->vector_fd >= 0)
		cmd.cdw11 |=
			(uint32_t)(ZNVME_CREATE_IEN | znvme_field_put(ZNVME_CREATE_IV, q->vector));
	cmd.dptr.prp.prp1 = q->cq_iova;
	rc = admin_exec_queue(ctrl, "Create I/O Completion Queue", &cmd, NULL);
	q->has_cq = rc == 0;
	return rc;
}

static int create_sq(struct znvme_ctrl *ctrl, struct queue *q)
{
	int rc;
	struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_CREATE_SQ,
		.cdw10 = (uint32_t)(znvme_field_put(ZNVME_CREATE_QID, q->hot.qid) |
				    znvme_field_put(ZNVME_CREATE_QSIZE, q->size - 1)),
		.cdw11 = (uint32_t)(ZNVME_CREATE_PC |
				    znvme_field_put(ZNVME_CREATE_QPRIO, q->priority) |
				    znvme_field_put(ZNVME_CREATE_CQID, q->hot.qid)),
	};

	cmd.dptr.prp.prp1 = q->sq_iova;
	rc = admin_exec_queue(ctrl, "Create I/O Submission Queue", &cmd, NULL);
	q->has_sq = rc == 0;
	return rc;
}

static int delete_one(struct znvme_ctrl *ctrl, const char *name, uint8_t opcode, struct queue *q,
		      bool *has)
{
	struct znvme_sqe cmd = {.opcode = opcode, .cdw10 = q->hot.qid};
	int rc = *has ? admin_exec_queue(ctrl, name, &cmd, NULL) : 0;

	if (!rc)
		*has = false;
	return rc;
}

/* SQ first. What the controller does not have, or no longer since it was disabled, is skipped. */
static int delete_pair(struct znvme_ctrl *ctrl, struct queue *q)
{
	int rc =
		delete_one(ctrl, "Delete I/O Submission Queue", ZNVME_ADM_DELETE_SQ, q, &q->has_sq);

	if (!rc)
		rc = delete_one(ctrl, "Delete I/O Completion Queue", ZNVME_ADM_DELETE_CQ, q,
				&q->has_cq);
	return rc;
}

static int create_pair(struct znvme_ctrl *ctrl, struct queue *q)
{
	int rc = create_cq(ctrl, q);

	if (rc)
		return rc;
	rc = create_sq(ctrl, q);
	if (rc) {
		char why[512];

		snprintf(why, sizeof(why), "%s", znvme_errmsg());
		delete_pair(ctrl, q);
		znvme_fail(rc, "%s", why);
	}
	return rc;
}

/* Vector 0 is the admin queue's; the others are dealt out in turn. */
static int choose_vector(struct znvme_ctrl *ctrl, struct queue *q)
{
	unsigned others = ctrl->nr_vectors - 1;

	if (!ctrl->nr_vectors || (q->flags & ZNVME_QUEUE_POLLED))
		return 0;
	q->vector = others ? 1 + (q->hot.qid - 1) % others : 0;
	return queue_listen(q, ctrl->eventfds[q->vector], others < ctrl->nr_io_queues);
}

static unsigned free_qid(const struct znvme_ctrl *ctrl)
{
	for (unsigned i = 0; i < ctrl->nr_io_queues; i++)
		if (!ctrl->queues[i])
			return i + 1;
	return 0;
}

/* The controller has forgotten it. */
static void free_queue(struct znvme_ctrl *ctrl, struct queue *q)
{
	if (q->flags & ZNVME_QUEUE_CMB)
		cmb_free(ctrl, q->sq_iova, round_up(q->size * sizeof(struct znvme_sqe), 4096));
	queue_fini(q);
}

static int create_queue(struct znvme_ctrl *ctrl, unsigned size,
			const struct znvme_queue_options *options, struct znvme_queue **out)
{
	unsigned dstrd = (unsigned)znvme_field_get(ZNVME_CAP_DSTRD, ctrl->cap);
	size_t sq_len = round_up(size * sizeof(struct znvme_sqe), 4096);
	unsigned qid = free_qid(ctrl);
	uint64_t sq_iova = 0;
	void *sq = NULL;
	struct queue *q;
	int rc;

	if (ctrl->failed)
		return znvme_fail(ctrl->failed, "the controller has failed: %s",
				  znvme_strerror(ctrl->failed));
	if (!qid)
		return znvme_fail(-ENOSPC, "all %u I/O queue pairs of the controller are in use",
				  ctrl->nr_io_queues);
	if (options->flags & ZNVME_QUEUE_CMB) {
		rc = cmb_alloc(ctrl, ZNVME_CMBSZ_SQS, sq_len, &sq, &sq_iova);
		if (rc)
			return rc;
	}
	rc = queue_init(&ctrl->domain, (uint16_t)qid, size, dstrd, sq, sq_iova, &q);
	if (rc) {
		if (sq)
			cmb_free(ctrl, sq_iova, sq_len);
		return rc;
	}
	dbbuf_attach(ctrl, q);
	q->care = &io_queue_care;
	q->owner = ctrl;
	q->flags = options->flags;
	q->priority = options->priority;
	q->timeout_ms = ctrl->options.io_timeout_ms;
	q->abort_ms = ctrl->options.timeout_policy == ZNVME_TIMEOUT_REPORT
			      ? q->timeout_ms
			      : ctrl->options.abort_timeout_ms;
	rc = choose_vector(ctrl, q);
	if (!rc)
		rc = create_pair(ctrl, q);
	if (rc && !q->has_cq) {
		free_queue(ctrl, q);
		return rc;
	}
	ctrl->queues[qid - 1] = q;
	if (rc) {
		/* The controller would not let go of a half of it: the rings stay until it is
		 * closed. */
		queue_stop(q, -EIO);
		return rc;
	}
	*out = &q->hot;
	return 0;
}

int znvme_queue_create(struct znvme_ctrl *ctrl, unsigned size,
		       const struct znvme_queue_options *options, struct znvme_queue **queue)
{
	static const struct znvme_queue_options defaults;
	const unsigned exclusive = ZNVME_QUEUE_POLLED | ZNVME_QUEUE_INTERRUPT;
	int rc;

	if (!options)
		options = &defaults;
	if (size < 2 || size > ctrl->max_queue_size)
		return znvme_fail(-EINVAL, "a queue of %u entries: this controller takes 2 to %u",
				  size, ctrl->max_queue_size);
	if ((options->flags & ~(exclusive | ZNVME_QUEUE_CMB)) ||
	    (options->flags & exclusive) == exclusive ||
	    (unsigned)options->priority > ZNVME_PRIORITY_LOW)
		return znvme_fail(-EINVAL, "queue flags 0x%x, priority %u: no such thing",
				  options->flags, (unsigned)options->priority);
	rc = ctrl_enter(ctrl);
	if (rc)
		return rc;
	rc = create_queue(ctrl, size, options, queue);
	ctrl_leave(ctrl);
	return rc;
}

int znvme_queue_delete(struct znvme_queue *hot)
{
	struct queue *q = queue_of(hot);
	struct znvme_ctrl *ctrl;
	int rc;

	if (!hot)
		return 0;
	ctrl = q->owner;
	rc = ctrl_enter(ctrl);
	if (rc)
		return rc;
	rc = delete_pair(ctrl, q);
	if (rc) {
		/*
		 * The rings stay, and the call can be repeated. A queue whose SQ the controller
		 * keeps works on; without that its commands have ended (Base 2.1, section 3.3.1.3).
		 */
		if (!q->has_sq)
			queue_stop(q, rc > 0 ? -EIO : rc);
	} else {
		ctrl->queues[hot->qid - 1] = NULL;
		free_queue(ctrl, q);
	}
	ctrl_leave(ctrl);
	return rc;
}

void queues_stop(struct znvme_ctrl *ctrl, int error)
{
	for (unsigned i = 0; ctrl->queues && i < ctrl->nr_io_queues; i++)
		if (ctrl->queues[i])
			queue_stop(ctrl->queues[i], error);
}

void queues_forget(struct znvme_ctrl *ctrl)
{
	for (unsigned i = 0; ctrl->queues && i < ctrl->nr_io_queues; i++)
		if (ctrl->queues[i])
			ctrl->queues[i]->has_sq = ctrl->queues[i]->has_cq = false;
}

void queues_delete_all(struct znvme_ctrl *ctrl)
{
	for (unsigned i = 0; ctrl->queues && i < ctrl->nr_io_queues; i++)
		if (ctrl->queues[i])
			delete_pair(ctrl, ctrl->queues[i]);
}

/* In the thread of the queue's owner, after a reset. */
static int revive_queue(struct queue *q)
{
	struct znvme_ctrl *ctrl = q->owner;
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = ctrl->failed;
	if (!rc) {
		dbbuf_attach(ctrl, q);
		rc = create_pair(ctrl, q);
		rc = rc > 0 ? -EIO : rc;
	}
	if (rc)
		queue_stop(q, rc);
	ctrl_leave(ctrl);
	return rc;
}

/* A reset is carried out with the controller's lock held. */
static void settle_queue(struct queue *q)
{
	if (!ctrl_enter(q->owner))
		ctrl_leave(q->owner);
}

static void report_bad_completion(struct queue *q, uint16_t sqid, uint32_t dword3)
{
	event_push(q->owner, ZNVME_EVENT_PROTOCOL, sqid, dword3,
		   "queue %u: a completion that belongs to no command (SQ %u, identifier 0x%04x)",
		   q->hot.qid, sqid, dword3 & 0xffff);
}

const struct queue_care io_queue_care = {
	.settle = settle_queue,
	.revive = revive_queue,
	.expired = ctrl_command_expired,
	.bad_completion = report_bad_completion,
};

/* Never stopped: a reset starts it again itself. Its commands' deadlines are admin.c's. */
const struct queue_care admin_queue_care = {
	.bad_completion = report_bad_completion,
};
