/* SPDX-License-Identifier: MIT */
/*
 * Host managed live migration (Base 2.1, section 8.1.12). See <znvme/lm.h>. Neither what a
 * controller says of the size of a state, nor its counts of queues, is believed before the bytes
 * are there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/lm.h"

#define ENTRY	  sizeof(struct znvme_lba_migration_entry)
#define STATE_MAX ((size_t)64 << 20) /* bytes of a state, where the caller names no limit */

/* A command that the controller says it has. */
static int exec(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd, void *data, size_t len,
		uint64_t *result)
{
	int rc = znvme_admin_check(ctrl, cmd);

	return rc ? rc : znvme_admin(ctrl, cmd, data, len, result, 0);
}

/* ---- controller data queues ---------------------------------------------------------------- */

int znvme_cdq_create(struct znvme_ctrl *ctrl, uint16_t cntlid, struct znvme_region *region,
		     uint32_t entries, struct znvme_cdq *cdq)
{
	struct znvme_sqe cmd = znvme_admin_sqe(ZNVME_ADM_CONTROLLER_DATA_QUEUE, 0);
	uint64_t result;
	unsigned resets;
	int rc;

	if (entries < 2 || entries > region->len / ENTRY || entries > UINT32_MAX / (ENTRY / 4))
		return znvme_fail(-EINVAL,
				  "a controller data queue of %u entries: it has 2 at least, of 32 "
				  "bytes, and the region has %zu bytes",
				  entries, region->len);
	rc = znvme_admin_check(ctrl, &cmd);
	if (rc)
		return rc;
	cmd.cdw10 = (uint32_t)(znvme_field_put(ZNVME_CDQ_SEL, ZNVME_CDQ_CREATE) |
			       znvme_field_put(ZNVME_CDQ_QT, ZNVME_CDQ_USER_DATA));
	cmd.cdw11 = ZNVME_CDQ_PC | (uint32_t)znvme_field_put(ZNVME_CDQ_CNTLID, cntlid);
	cmd.cdw12 = (uint32_t)(entries * (ENTRY / 4));
	cmd.dptr.prp.prp1 = region->iova;
	rc = ctrl_enter(ctrl);
	if (rc)
		return rc;
	if (((struct region *)region)->data_queues) {
		ctrl_leave(ctrl);
		return znvme_fail(-EBUSY, "a controller data queue lies in the region already");
	}
	memset(region->addr, 0, entries * ENTRY);
	resets = ctrl->resets;
	rc = admin_exec_queue(ctrl, "Create Controller Data Queue", &cmd, &result);
	if (!rc)
		((struct region *)region)->data_queues++;
	ctrl_leave(ctrl);
	if (rc)
		return rc;
	*cdq = (struct znvme_cdq){
		.ctrl = ctrl,
		.region = region,
		.resets = resets,
		.size = entries,
		.cdqid = (uint16_t)(result & ZNVME_CDQ_CDQID),
		.cntlid = cntlid,
		.phase = ZNVME_LBAMQA_CDQP,
		.holds_region = true,
	};
	return 0;
}

/* 0, or the status for a queue that a reset has ended: another may have its identifier now. */
static int check_cdq(const struct znvme_cdq *cdq)
{
	int rc = ctrl_enter(cdq->ctrl);

	if (rc)
		return rc;
	if (cdq->resets != cdq->ctrl->resets)
		rc = znvme_fail(ZNVME_SC_INVALID_CDQ | ZNVME_STATUS_DNR,
				"the controller data queue has ended with a reset");
	ctrl_leave(cdq->ctrl);
	return rc;
}

int znvme_cdq_delete(struct znvme_cdq *cdq)
{
	const struct znvme_sqe cmd = znvme_admin_delete_cdq(cdq->cdqid);
	int rc = check_cdq(cdq);
	bool gone;

	if (!rc)
		rc = exec(cdq->ctrl, &cmd, NULL, 0, NULL);
	gone = rc == 0 || rc == -ENODEV ||
	       (rc > 0 && (rc & ZNVME_STATUS_CODE) == ZNVME_SC_INVALID_CDQ);

	if (!gone || !cdq->holds_region || ctrl_enter(cdq->ctrl))
		return rc;
	cdq->holds_region = false;
	((struct region *)(uintptr_t)cdq->region)->data_queues--;
	ctrl_leave(cdq->ctrl);
	return rc;
}

int znvme_cdq_track(struct znvme_cdq *cdq, enum znvme_track_lact lact)
{
	const struct znvme_sqe cmd = znvme_admin_track_user_data(cdq->cdqid, (uint8_t)lact);
	int rc = check_cdq(cdq);

	return rc ? rc : exec(cdq->ctrl, &cmd, NULL, 0, NULL);
}

bool znvme_cdq_next(struct znvme_cdq *cdq, struct znvme_lba_migration_entry *entry)
{
	const struct znvme_lba_migration_entry *slot =
		(const void *)(cdq->region->addr + cdq->head * ENTRY);
	uint8_t lbamqa = __atomic_load_n(&slot->lbamqa, __ATOMIC_ACQUIRE);

	if ((lbamqa & ZNVME_LBAMQA_CDQP) != cdq->phase)
		return false;
	memcpy(entry, slot, ENTRY);
	entry->lbamqa = lbamqa;
	if (++cdq->head == cdq->size) {
		cdq->head = 0;
		cdq->phase ^= ZNVME_LBAMQA_CDQP;
	}
	return true;
}

static int set_head(struct znvme_cdq *cdq, uint32_t etpt, uint32_t slot)
{
	const struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_CDQ,
		.cdw11 = cdq->cdqid | etpt,
		.cdw12 = cdq->head,
		.cdw13 = slot,
	};
	int rc = check_cdq(cdq);

	if (!rc)
		rc = znvme_set_feature(cdq->ctrl, &args, NULL, 0, NULL);
	if (!rc)
		cdq->told = cdq->head;
	return rc;
}

int znvme_cdq_release(struct znvme_cdq *cdq)
{
	return cdq->told == cdq->head ? 0 : set_head(cdq, 0, 0);
}

int znvme_cdq_wake(struct znvme_cdq *cdq, uint32_t slot)
{
	return set_head(cdq, ZNVME_FEAT_CDQ_ETPT, slot);
}

int znvme_cdq_attrs(struct znvme_ctrl *ctrl, uint16_t cdqid, struct znvme_cdq_attrs *attrs)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_CDQ, .cdw11 = cdqid};

	return znvme_get_feature(ctrl, &args, attrs, sizeof(*attrs), NULL);
}

/* ---- the state of a controller ------------------------------------------------------------- */

int znvme_ctrl_state_get(struct znvme_ctrl *ctrl, const struct znvme_ctrl_state_args *args,
			 uint64_t offset, void *data, size_t len, bool *suspended)
{
	uint64_t result = 0;
	struct znvme_sqe cmd;
	int rc;

	if (!len || len % 4 || offset % 4)
		return znvme_fail(-EINVAL,
				  "controller state: %zu bytes from byte %llu on: both are "
				  "multiples of 4, and there are some",
				  len, (unsigned long long)offset);
	cmd = znvme_admin_get_state(args, offset, (uint32_t)len);
	rc = exec(ctrl, &cmd, data, len, &result);
	if (!rc && suspended)
		*suspended = result & ZNVME_GET_STATE_CSUP;
	return rc;
}

/* A count of dwords as bytes, or `max` + 1 where it is more than `max`. */
static size_t dwords(const uint8_t count[16], size_t max)
{
	uint64_t low, high;

	memcpy(&low, count, sizeof(low));
	memcpy(&high, count + sizeof(low), sizeof(high));
	return high || low > max / 4 ? max + 1 : (size_t)low * 4;
}

int znvme_ctrl_state_read(struct znvme_ctrl *ctrl, const struct znvme_ctrl_state_args *args,
			  size_t max, void **data, size_t *len, bool *suspended)
{
	struct znvme_ctrl_state_header header;
	size_t nvme, vendor, part;
	char *state;
	int rc = znvme_ctrl_state_get(ctrl, args, 0, &header, sizeof(header), suspended);

	if (rc)
		return rc;
	max = MIN(max ? max : STATE_MAX, SIZE_MAX / 4);
	nvme = dwords(header.nvmecss, max);
	vendor = dwords(header.vss, max);
	if (nvme > max || vendor > max - nvme || nvme + vendor > max - MIN(max, sizeof(header)))
		return znvme_fail(-EFBIG,
				  "the state of controller %u is larger than %zu bytes, by its "
				  "header",
				  args->cntlid, max);
	*len = sizeof(header) + nvme + vendor;
	state = malloc(*len);
	if (!state)
		return znvme_fail(-ENOMEM, "no memory for a state of %zu bytes", *len);
	for (size_t done = 0; !rc && done < *len; done += part) {
		part = (size_t)MIN(*len - done, MIN(ctrl->max_transfer, ADMIN_BUFFER_SIZE));
		rc = znvme_ctrl_state_get(ctrl, args, done, state + done, part, suspended);
	}
	if (!rc &&
	    memcmp(&header.nvmecss, state + offsetof(struct znvme_ctrl_state_header, nvmecss),
		   sizeof(header.nvmecss) + sizeof(header.vss)))
		rc = znvme_fail(-EAGAIN,
				"the state of controller %u has changed while it was read: it is "
				"not suspended",
				args->cntlid);
	if (rc)
		free(state);
	else
		*data = state;
	return rc;
}

int znvme_ctrl_state_write(struct znvme_ctrl *ctrl, const struct znvme_ctrl_state_args *args,
			   const void *data, size_t len, size_t piece)
{
	size_t part;
	int rc = 0;

	if (!len || len % 4 || piece % 4)
		return znvme_fail(-EINVAL,
				  "controller state: %zu bytes, in pieces of %zu: both are "
				  "multiples of 4, and there are some",
				  len, piece);
	piece = (size_t)MIN(piece ? piece : len, MIN(ctrl->max_transfer, ADMIN_BUFFER_SIZE));
	for (size_t done = 0; !rc && done < len; done += part) {
		struct znvme_sqe cmd;
		uint8_t sequence;

		part = MIN(len - done, piece);
		sequence = (uint8_t)((done ? 0 : ZNVME_STATE_FIRST) |
				     (done + part < len ? 0 : ZNVME_STATE_LAST));
		cmd = znvme_admin_set_state(args, sequence, done, (uint32_t)part);
		rc = exec(ctrl, &cmd, (char *)(uintptr_t)data + done, part, NULL);
	}
	return rc;
}

int znvme_ctrl_state_parse(const void *data, size_t len, struct znvme_ctrl_state *state)
{
	const size_t head = sizeof(state->header), sq = sizeof(struct znvme_iosq_state),
		     cq = sizeof(struct znvme_iocq_state);
	const char *nvme = (const char *)data + head;
	size_t nvme_len;

	*state = (struct znvme_ctrl_state){.vendor_len = 0};
	if (len < head)
		return znvme_fail(-EPROTO,
				  "a controller's state has a header of %zu bytes: there are %zu",
				  head, len);
	memcpy(&state->header, data, head);
	nvme_len = dwords(state->header.nvmecss, len);
	state->vendor_len = dwords(state->header.vss, len);
	if (nvme_len > len - head || state->vendor_len > len - head - nvme_len)
		return znvme_fail(-EPROTO,
				  "a controller's state of %zu bytes ends before what its header "
				  "announces",
				  len);
	state->vendor = nvme + nvme_len;
	if (!nvme_len)
		return 0;
	if (nvme_len >= sizeof(state->nvme))
		memcpy(&state->nvme, nvme, sizeof(state->nvme));
	if (nvme_len < sizeof(state->nvme) + state->nvme.niosq * sq + state->nvme.niocq * cq) {
		int rc = znvme_fail(-EPROTO,
				    "an NVMe controller state of %zu bytes has no room for %u "
				    "submission and %u completion queues",
				    nvme_len, state->nvme.niosq, state->nvme.niocq);

		state->nvme.niosq = state->nvme.niocq = 0;
		return rc;
	}
	state->sqs = nvme + sizeof(state->nvme);
	state->cqs = state->sqs + state->nvme.niosq * sq;
	return 0;
}

struct znvme_iosq_state znvme_ctrl_state_sq(const struct znvme_ctrl_state *state, unsigned i)
{
	struct znvme_iosq_state sq = {.iosqqid = 0};

	if (i < state->nvme.niosq)
		memcpy(&sq, state->sqs + i * sizeof(sq), sizeof(sq));
	return sq;
}

struct znvme_iocq_state znvme_ctrl_state_cq(const struct znvme_ctrl_state *state, unsigned i)
{
	struct znvme_iocq_state cq = {.iocqqid = 0};

	if (i < state->nvme.niocq)
		memcpy(&cq, state->cqs + i * sizeof(cq), sizeof(cq));
	return cq;
}
