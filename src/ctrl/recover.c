/* SPDX-License-Identifier: MIT */
/*
 * The failure ladder: a deadline passes → CSTS → Abort → controller reset → failed for good. And
 * bringing a controller up, which opening and resetting share.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"

int ctrl_health(struct znvme_ctrl *ctrl)
{
	uint32_t csts = reg_read32(ctrl->dev, ZNVME_REG_CSTS);

	if (ctrl_is_gone(ctrl, csts))
		return ctrl_fail_gone(ctrl);
	if (csts & ZNVME_CSTS_CFS)
		return znvme_fail(-EIO, "%s: the controller reports a fatal status (CSTS.CFS)",
				  ctrl->dev->address);
	return 0;
}

void ctrl_fail(struct znvme_ctrl *ctrl, int error)
{
	char why[512];

	if (ctrl->failed == -ENODEV || ctrl->failed == error)
		return;
	/*
	 * No command ends on this side before the controller can no longer touch its memory; nor
	 * where it only says that it is gone. What is told is why it has failed.
	 */
	snprintf(why, sizeof(why), "%s", znvme_errmsg());
	ctrl_quench(ctrl);
	znvme_fail(error, "%s", why);
	ctrl->failed = error;
	queues_forget(ctrl);
	queues_stop(ctrl, error);
	event_push(ctrl, ZNVME_EVENT_FAILED, 0, 0, "the controller has failed: %s",
		   znvme_strerror(error));
}

/* What of Identify Controller the driver relies on. */
static int take_identify(struct znvme_ctrl *ctrl, const struct znvme_id_ctrl *id)
{
	uint64_t min_page = (uint64_t)4096 << znvme_field_get(ZNVME_CAP_MPSMIN, ctrl->cap);

	if (znvme_field_get(ZNVME_CTRL_SQES_MIN, id->sqes) > 6 ||
	    znvme_field_get(ZNVME_CTRL_SQES_MAX, id->sqes) < 6 ||
	    znvme_field_get(ZNVME_CTRL_CQES_MIN, id->cqes) > 4 ||
	    znvme_field_get(ZNVME_CTRL_CQES_MAX, id->cqes) < 4)
		return znvme_fail(
			-EPROTO, "%s: Identify Controller makes no sense: SQES 0x%02x, CQES 0x%02x",
			ctrl->dev->address, id->sqes, id->cqes);
	/* Users look at it meanwhile: what is the same is left alone. */
	if (!memcmp(&ctrl->id, id, sizeof(*id)))
		return 0;
	ctrl->id = *id;
	/* Beyond 2^32 pages there is no limit that a command could reach. */
	ctrl->max_transfer = id->mdts && id->mdts < 32 ? min_page << id->mdts : UINT64_MAX;
	/* Regions that are there have the lists that they were made with. */
	if (ctrl->resets && !ctrl->domain.long_transfers)
		ctrl->max_transfer = MIN(ctrl->max_transfer, ZNVME_PRP_RUN * ZNVME_PAGE_SIZE);
	else
		ctrl->domain.long_transfers = ctrl->max_transfer > ZNVME_PRP_RUN * ZNVME_PAGE_SIZE;
	return 0;
}

/*
 * Host Behavior Support (Base 2.1, section 5.1.25.1.14). A controller names the delay before a
 * retry only to a host that says it honours it, and takes I/O to namespaces in the extended LBA
 * formats (wider guards, storage tags) only from one that says it knows them.
 */
static int tell_host_behavior(struct znvme_ctrl *ctrl)
{
	const struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_SET_FEATURES,
		.cdw10 = ZNVME_FEAT_HOST_BEHAVIOR,
	};
	const bool delays = ctrl->id.crdt1 | ctrl->id.crdt2 | ctrl->id.crdt3;
	struct znvme_host_behavior behavior = {
		.acre = ctrl->options.retries && delays,
		.lbafee = ctrl->id.ctratt & ZNVME_CTRL_CTRATT_ELBAS ? 1 : 0,
	};
	int rc;

	if (!behavior.acre && !behavior.lbafee)
		return 0;
	rc = admin_exec(ctrl, "Set Features, Host Behavior Support", &cmd, &behavior,
			sizeof(behavior), NULL, 0);
	/* Without it a retry comes at once, and such I/O fails with a status that says why. */
	return rc < 0 ? rc : 0;
}

int ctrl_bring_up(struct znvme_ctrl *ctrl)
{
	struct znvme_id_ctrl id;
	int rc;

	ctrl->aers_out = 0;
	ctrl->nr_aers = 0;
	ctrl->hmb.on = false;
	cmb_start(ctrl);
	pmr_start(ctrl);
	rc = ctrl_bus_master(ctrl, true);
	if (!rc)
		rc = ctrl_enable(ctrl);
	if (!rc)
		rc = admin_identify(ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, &id);
	if (!rc)
		rc = take_identify(ctrl, &id);
	if (!rc)
		rc = dbbuf_configure(ctrl);
	if (!rc)
		rc = tell_host_behavior(ctrl);
	if (!rc)
		rc = events_configure(ctrl);
	if (!rc)
		rc = hmb_give(ctrl);
	if (!rc)
		rc = features_restore(ctrl);
	if (!rc)
		events_arm(ctrl);
	return rc;
}

/*
 * NVM Subsystem Reset (Base 2.1, section 3.7.1): all controllers of the subsystem, and with them
 * what PCI knows of the function.
 */
static int reset_subsystem(struct znvme_ctrl *ctrl)
{
	const struct znvme_device_ops *ops = ctrl->dev->ops;
	int rc;

	reg_write32(ctrl->dev, ZNVME_REG_NSSR, ZNVME_NSSR_MAGIC);
	rc = ctrl_disable(ctrl);
	if (rc || !ctrl->nr_vectors)
		return rc;
	/* Vectors may be forgotten; the eventfds are the same. */
	rc = ops->irq_set(ctrl->dev, NULL, 0);
	return rc ? rc : ops->irq_set(ctrl->dev, ctrl->eventfds, ctrl->nr_vectors);
}

static int reset_by(struct znvme_ctrl *ctrl, int (*disable)(struct znvme_ctrl *ctrl))
{
	unsigned granted = ctrl->nr_io_queues;
	int rc;

	if (!ctrl->admin)
		return znvme_fail(-EOPNOTSUPP, "reset: the controller was opened to stay disabled");
	if (ctrl->failed == -ENODEV)
		return znvme_fail(-ENODEV, "%s: the device is gone", ctrl->dev->address);
	queues_stop(ctrl, -ECANCELED);
	rc = disable(ctrl);
	if (rc)
		goto failed;
	queues_forget(ctrl);
	queue_restart(ctrl->admin);
	ctrl->resets++;
	namespaces_doubt(ctrl);
	ctrl->failed = 0;
	rc = ctrl_bring_up(ctrl);
	if (rc)
		goto failed;
	rc = queues_negotiate(ctrl);
	if (rc)
		goto failed;
	/* The table of queues keeps its size; a queue that is granted no longer fails to be
	 * revived. */
	ctrl->nr_io_queues = granted;
	event_push(ctrl, ZNVME_EVENT_RESET, 0, 0, "the controller was reset");
	return 0;

failed:
	/* Where a command of the way up has failed, that has said so already. */
	if (!ctrl->failed)
		ctrl_fail(ctrl, rc < 0 ? rc : -EIO);
	queues_stop(ctrl, ctrl->failed);
	return rc;
}

int ctrl_reset(struct znvme_ctrl *ctrl)
{
	return reset_by(ctrl, ctrl_disable);
}

int znvme_subsystem_reset(struct znvme_ctrl *ctrl)
{
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	if (ctrl->cap & ZNVME_CAP_NSSRS)
		rc = reset_by(ctrl, reset_subsystem);
	else
		rc = znvme_fail(-EOPNOTSUPP, "%s: the controller has no NVM Subsystem Reset",
				ctrl->dev->address);
	ctrl_leave(ctrl);
	return rc;
}

int znvme_reset(struct znvme_ctrl *ctrl)
{
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = ctrl_reset(ctrl);
	ctrl_leave(ctrl);
	return rc;
}

static int abort_command(struct znvme_ctrl *ctrl, const struct queue *q, uint16_t cid)
{
	struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_ABORT,
		.cdw10 = (uint32_t)(znvme_field_put(ZNVME_ABORT_SQID, q->hot.qid) |
				    znvme_field_put(ZNVME_ABORT_CID, cid)),
	};

	ctrl_log(ctrl, ZNVME_LEVEL_WARNING,
		 "queue %u: command 0x%04x has passed its deadline: abort", q->hot.qid, cid);
	return admin_try(ctrl, "Abort", &cmd,
			 MIN(ctrl->options.abort_timeout_ms, ctrl->options.admin_timeout_ms));
}

static void reset_for(struct znvme_ctrl *ctrl, const struct queue *q, uint16_t cid)
{
	ctrl_log(ctrl, ZNVME_LEVEL_ERROR, "queue %u: command 0x%04x is lost: controller reset",
		 q->hot.qid, cid);
	ctrl_reset(ctrl);
}

/* The controller lives, as far as CSTS tells. */
static void follow_policy(struct znvme_ctrl *ctrl, const struct queue *q, uint16_t cid,
			  bool aborted)
{
	switch (ctrl->options.timeout_policy) {
	case ZNVME_TIMEOUT_RECOVER:
		if (aborted || abort_command(ctrl, q, cid) < 0)
			reset_for(ctrl, q, cid);
		break;
	case ZNVME_TIMEOUT_RESET:
		reset_for(ctrl, q, cid);
		break;
	case ZNVME_TIMEOUT_FAIL:
		ctrl_fail(ctrl, -ETIMEDOUT);
		break;
	case ZNVME_TIMEOUT_REPORT:
		event_push(ctrl, ZNVME_EVENT_TIMEOUT, (uint32_t)q->hot.qid << 16 | cid, 0,
			   "queue %u: command 0x%04x has passed its deadline", q->hot.qid, cid);
		break;
	}
}

/* In the thread of the queue's owner. */
void ctrl_command_expired(struct queue *q, uint16_t cid, bool aborted)
{
	struct znvme_ctrl *ctrl = q->owner;
	int rc;

	if (ctrl_enter(ctrl))
		return;
	/* Another queue's ladder may have been here first. */
	if (__atomic_load_n(&q->stopped, __ATOMIC_ACQUIRE))
		goto leave;
	rc = ctrl_health(ctrl);
	if (rc == -ENODEV)
		ctrl_fail(ctrl, rc);
	else if (rc || ctrl->failed)
		reset_for(ctrl, q, cid);
	else
		follow_policy(ctrl, q, cid, aborted);
leave:
	ctrl_leave(ctrl);
}
