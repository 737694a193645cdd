/* SPDX-License-Identifier: MIT */
/*
 * Shadow doorbells (Base 2.1, section 5.1.5, Doorbell Buffer Config, and annex B.5): on emulated
 * controllers, where a register write is a trap into the host, doorbells are written to memory, and
 * the register only when the controller's event index asks for it. The admin queue keeps its
 * registers.
 */
#include "base/base.h"
#include "ctrl/ctrl.h"

static size_t page_size(const struct znvme_ctrl *ctrl)
{
	return (size_t)1 << ctrl->page_shift;
}

/* Owners of queues that a reset has stopped may be ringing still. */
static void clear_doorbells(struct znvme_ctrl *ctrl)
{
	uint32_t *words = (uint32_t *)(void *)ctrl->doorbells->addr;

	for (size_t i = 0; i < 2 * page_size(ctrl) / sizeof(*words); i++)
		__atomic_store_n(&words[i], 0, __ATOMIC_RELAXED);
}

int dbbuf_configure(struct znvme_ctrl *ctrl)
{
	struct znvme_sqe cmd = {.opcode = ZNVME_ADM_DBBUF};
	int rc;

	ctrl->has_shadow = false;
	if (!(ctrl->id.oacs & ZNVME_CTRL_OACS_DBBUF) ||
	    (ctrl->options.flags & ZNVME_OPEN_NO_SHADOW_DOORBELLS))
		return 0;
	/* A page of shadow doorbells, and a page of event indices. */
	if (!ctrl->doorbells) {
		rc = domain_alloc(&ctrl->domain, 2 * page_size(ctrl), &ctrl->doorbells);
		if (rc)
			return rc;
	}
	clear_doorbells(ctrl);
	cmd.dptr.prp.prp1 = ctrl->doorbells->iova;
	cmd.dptr.prp.prp2 = ctrl->doorbells->iova + page_size(ctrl);
	rc = admin_exec_queue(ctrl, "Doorbell Buffer Config", &cmd, NULL);
	ctrl->has_shadow = rc == 0;
	if (rc <= 0)
		return rc;
	/* Refused; but registers always work. The memory stays: a queue's owner may be at it yet.
	 */
	ctrl_log(ctrl, ZNVME_LEVEL_WARNING, "no shadow doorbells: %s", znvme_errmsg());
	return 0;
}

/* Where the controller finds what is written to the register at `offset`; NULL beyond its page. */
static uint32_t *shadow(const struct znvme_ctrl *ctrl, uint32_t offset)
{
	offset -= ZNVME_REG_DOORBELLS;
	return ctrl->has_shadow && offset + 4 <= page_size(ctrl)
		       ? (uint32_t *)(void *)(ctrl->doorbells->addr + offset)
		       : NULL;
}

void dbbuf_attach(struct znvme_ctrl *ctrl, struct queue *q)
{
	uint32_t *sq = shadow(ctrl, q->sq_doorbell_offset);
	uint32_t *cq = shadow(ctrl, q->cq_doorbell_offset);
	size_t words = page_size(ctrl) / sizeof(*sq);

	if (!sq || !cq)
		sq = cq = NULL;
	q->sq_shadow = sq;
	q->cq_shadow = cq;
	q->sq_event = sq ? sq + words : NULL;
	q->cq_event = cq ? cq + words : NULL;
	queue_start(q);
}
