/* SPDX-License-Identifier: MIT */
/*
 * Host managed live migration, with=lm (Base 2.1, section 8.1.12): Migration Send and Receive
 * (5.1.17, 5.1.16), and what Identify says of all of it. The secondary controllers can be
 * suspended, and their state taken and set: those of guests, whose commands come by
 * znvme_sim_peer_exec(). A suspended one takes none. The state of this controller can be taken.
 *
 * A secondary controller's state is kept and no more: it has one pair of I/O queues before any is
 * set, and nothing behind them.
 */
#include "sim/internal.h"

#include <stdlib.h>

#define SIM_STATE_MAX	  65536u /* bytes of a state that is set */
#define SIM_STATE_VERSION 1u	 /* CSVI: the one version that there is */
#define SIM_GUEST_ENTRIES 64u	 /* of a queue that nobody has set */

bool sim_lm_has_ctrl(uint64_t cntlid)
{
	return cntlid <= SIM_SECONDARIES;
}

/* NULL: it cannot be migrated. */
static struct sim_migratable *sim_migratable(struct znvme_sim *sim, uint64_t cntlid)
{
	return cntlid && sim_lm_has_ctrl(cntlid) ? &sim->mgmt.lm.ctrl[cntlid - 1] : NULL;
}

bool sim_lm_suspended(const struct znvme_sim *sim, uint16_t cntlid)
{
	return cntlid && sim_lm_has_ctrl(cntlid) && sim->mgmt.lm.ctrl[cntlid - 1].suspended;
}

void sim_lm_free(struct znvme_sim *sim)
{
	for (unsigned i = 0; i < SIM_SECONDARIES; i++) {
		sim_blob_free(&sim->mgmt.lm.ctrl[i].queues);
		sim_blob_free(&sim->mgmt.lm.ctrl[i].coming);
	}
}

/* ---- Identify ------------------------------------------------------------------------------ */

void sim_lm_id_ctrl(struct znvme_sim *sim, struct znvme_id_ctrl *id)
{
	if (!(sim->options.with & SIM_WITH_LM))
		return;
	id->trattr = ZNVME_CTRL_TRATTR_TUDCS;
	id->mcudmq = id->mnsudmq = SIM_CDQS;
	id->mcmr = 1;
	id->nmcmr = SIM_CDQS;
	id->mcdqpc = 1;
}

uint16_t sim_id_state_formats(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			      void *data)
{
	struct znvme_ctrl_state_formats *formats = data;

	(void)ns;
	if (!(sim->options.with & SIM_WITH_LM))
		return SIM_INVALID_FIELD(cmd, cdw10);
	formats->nv = 1; /* version 0 */
	return ZNVME_SC_SUCCESS;
}

/* ---- Get Controller State ------------------------------------------------------------------ */

/* A state with room for so many queues; NULL: out of memory. */
static struct znvme_nvme_state *sim_state_room(struct sim_blob *blob, uint32_t niosq,
					       uint32_t niocq)
{
	char *data = sim_blob_room(blob, sizeof(struct znvme_ctrl_state_header) +
						 sizeof(struct znvme_nvme_state) +
						 niosq * sizeof(struct znvme_iosq_state) +
						 niocq * sizeof(struct znvme_iocq_state));
	struct znvme_nvme_state *state;

	if (!data)
		return NULL;
	state = (void *)(data + sizeof(struct znvme_ctrl_state_header));
	state->niosq = (uint16_t)niosq;
	state->niocq = (uint16_t)niocq;
	return state;
}

static struct znvme_iosq_state sim_sq_state(const struct sim_sq *sq, uint32_t qid)
{
	unsigned prio = sq->priority > SIM_CLASS_URGENT ? sq->priority - SIM_CLASS_URGENT : 0;

	return (struct znvme_iosq_state){
		.iosqprp1 = sq->base,
		.iosqqsize = (uint16_t)(sq->size - 1),
		.iosqqid = (uint16_t)qid,
		.iosqcqid = sq->cqid,
		.iosqa = (uint16_t)(ZNVME_IOSQA_PC | znvme_field_put(ZNVME_IOSQA_QPRIO, prio)),
		.iosqhp = (uint16_t)sq->head,
		.iosqtp = (uint16_t)sq->tail,
	};
}

/* Slot 0 has the phase of this round unless it is the next to be written. */
static struct znvme_iocq_state sim_cq_state(const struct sim_cq *cq, uint32_t qid)
{
	return (struct znvme_iocq_state){
		.iocqprp1 = cq->base,
		.iocqqsize = (uint16_t)(cq->size - 1),
		.iocqqid = (uint16_t)qid,
		.iocqhp = (uint16_t)cq->head,
		.iocqtp = (uint16_t)cq->tail,
		.iocqa = ZNVME_IOCQA_PC | (cq->ien ? ZNVME_IOCQA_IEN : 0) |
			 (cq->phase == !!cq->tail ? ZNVME_IOCQA_S0PT : 0) |
			 (uint32_t)znvme_field_put(ZNVME_IOCQA_IV, cq->vector),
	};
}

/* The I/O queues of this controller, as they are. */
static bool sim_own_state(struct znvme_sim *sim, struct sim_blob *blob)
{
	uint32_t niosq = 0, niocq = 0;
	struct znvme_nvme_state *state;
	struct znvme_iosq_state *sq;
	struct znvme_iocq_state *cq;

	for (uint32_t qid = 1; qid <= sim->options.queues; qid++) {
		niosq += sim->sq[qid].live;
		niocq += sim->cq[qid].live;
	}
	state = sim_state_room(blob, niosq, niocq);
	if (!state)
		return false;
	sq = (void *)(state + 1);
	cq = (void *)(sq + niosq);
	for (uint32_t qid = 1; qid <= sim->options.queues; qid++) {
		if (sim->sq[qid].live)
			*sq++ = sim_sq_state(&sim->sq[qid], qid);
		if (sim->cq[qid].live)
			*cq++ = sim_cq_state(&sim->cq[qid], qid);
	}
	return true;
}

/* What was set or, before that, one pair of queues at addresses that tell the controllers apart. */
static bool sim_guest_state(const struct sim_migratable *ctrl, uint64_t cntlid,
			    struct sim_blob *blob)
{
	const struct sim_sq sq = {.cqid = 1, .size = SIM_GUEST_ENTRIES, .base = cntlid << 20};
	const struct sim_cq cq = {.ien = true,
				  .phase = 1,
				  .vector = 1,
				  .size = SIM_GUEST_ENTRIES,
				  .base = cntlid << 24};
	struct znvme_nvme_state *state;
	char *data;

	if (ctrl->queues.len) {
		data = sim_blob_room(blob,
				     sizeof(struct znvme_ctrl_state_header) + ctrl->queues.len);
		if (data)
			memcpy(data + sizeof(struct znvme_ctrl_state_header), ctrl->queues.data,
			       ctrl->queues.len);
		return data;
	}
	state = sim_state_room(blob, 1, 1);
	if (!state)
		return false;
	*(struct znvme_iosq_state *)(void *)(state + 1) = sim_sq_state(&sq, 1);
	*(struct znvme_iocq_state *)(void *)((char *)(state + 1) +
					     sizeof(struct znvme_iosq_state)) =
		sim_cq_state(&cq, 1);
	return true;
}

static uint16_t sim_send_state(struct znvme_sim *sim, struct sim_cmd *cmd,
			       const struct sim_blob *blob)
{
	uint64_t offset = cmd->sqe.cdw12 | (uint64_t)cmd->sqe.cdw13 << 32;
	uint64_t len = (cmd->sqe.cdw15 + 1ull) * 4;

	if (offset % 4 || offset > blob->len)
		return SIM_INVALID_FIELD(cmd, cdw12);
	return sim_data_send(sim, cmd, blob->data + offset,
			     blob->len - offset < len ? blob->len - offset : len, len);
}

uint16_t sim_migration_receive(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t cntlid = cmd->sqe.cdw11 & ZNVME_MIGRATION_CNTLID;
	uint64_t csvi = znvme_field_get(ZNVME_GET_STATE_CSVI, cmd->sqe.cdw10);
	struct sim_migratable *ctrl = sim_migratable(sim, cntlid);
	struct znvme_ctrl_state_header *header;
	struct sim_blob blob = {.len = 0};
	uint16_t status;

	if (znvme_field_get(ZNVME_MIGRATION_SEL, cmd->sqe.cdw10) != ZNVME_MIGRATION_GET_STATE ||
	    csvi > SIM_STATE_VERSION)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!sim_lm_has_ctrl(cntlid))
		return SIM_DNR(ZNVME_SC_INVALID_CTRL_ID);
	if (cmd->sqe.cdw11 & ZNVME_GET_STATE_CSUUIDI)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (!(ctrl ? sim_guest_state(ctrl, cntlid, &blob) : sim_own_state(sim, &blob)))
		return ZNVME_SC_INTERNAL;
	header = (void *)blob.data;
	if (!csvi)
		blob.len = sizeof(*header);
	memcpy(header->nvmecss, &(uint32_t){(uint32_t)(blob.len - sizeof(*header)) / 4}, 4);
	if (ctrl && ctrl->suspended) {
		header->csattr = ZNVME_CSATTR_SUSPENDED;
		cmd->dw0 = ZNVME_GET_STATE_CSUP;
	}
	status = sim_send_state(sim, cmd, &blob);
	sim_blob_free(&blob);
	return status;
}

/* ---- Migration Send ------------------------------------------------------------------------ */

static uint16_t sim_suspend(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint16_t cntlid = (uint16_t)(cmd->sqe.cdw11 & ZNVME_MIGRATION_CNTLID);
	struct sim_migratable *ctrl = sim_migratable(sim, cntlid);

	if (!ctrl)
		return SIM_DNR(ZNVME_SC_INVALID_CTRL_ID);
	switch (znvme_field_get(ZNVME_SUSPEND_STYPE, cmd->sqe.cdw11)) {
	case ZNVME_SUSPEND_NOTIFY:
		return ZNVME_SC_SUCCESS;
	case ZNVME_SUSPEND_NOW:
		ctrl->suspended = true;
		sim_cdq_suspend(sim, cntlid, cmd->sqe.cdw11 & ZNVME_SUSPEND_DUDMQ);
		return ZNVME_SC_SUCCESS;
	default:
		return SIM_INVALID_FIELD(cmd, cdw11);
	}
}

static uint16_t sim_resume(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_migratable *ctrl = sim_migratable(sim, cmd->sqe.cdw11 & ZNVME_MIGRATION_CNTLID);

	if (!ctrl)
		return SIM_DNR(ZNVME_SC_INVALID_CTRL_ID);
	if (!ctrl->suspended)
		return SIM_DNR(ZNVME_SC_CTRL_NOT_SUSPENDED);
	ctrl->suspended = false;
	return ZNVME_SC_SUCCESS;
}

/* Dwords, of which there are fewer than a state may have bytes; UINT64_MAX: more. */
static uint64_t sim_dwords(const uint8_t size[16])
{
	uint64_t value, high;

	memcpy(&value, size, sizeof(value));
	memcpy(&high, size + sizeof(value), sizeof(high));
	return high || value > SIM_STATE_MAX ? UINT64_MAX : value * 4;
}

/* The state has come as a whole: it is the controller's, if it makes sense. */
static bool sim_take_state(struct sim_migratable *ctrl, uint64_t csvi)
{
	const struct znvme_ctrl_state_header *header = (void *)ctrl->coming.data;
	size_t left = ctrl->coming.len - sizeof(*header);
	const struct znvme_nvme_state *state = (const void *)(header + 1);
	uint64_t nvmecss;
	char *queues;

	if (ctrl->coming.len < sizeof(*header))
		return false;
	nvmecss = sim_dwords(header->nvmecss);
	if (nvmecss > left || sim_dwords(header->vss) != left - nvmecss || !nvmecss != !csvi)
		return false;
	if (!nvmecss)
		return true;
	if (nvmecss < sizeof(*state) ||
	    nvmecss != sizeof(*state) + state->niosq * sizeof(struct znvme_iosq_state) +
			       state->niocq * sizeof(struct znvme_iocq_state))
		return false;
	queues = sim_blob_room(&ctrl->queues, nvmecss);
	if (queues)
		memcpy(queues, state, nvmecss);
	return queues;
}

/* A piece comes behind those before it. */
static uint16_t sim_add_state(struct znvme_sim *sim, struct sim_cmd *cmd,
			      struct sim_migratable *ctrl)
{
	uint64_t offset = cmd->sqe.cdw12 | (uint64_t)cmd->sqe.cdw13 << 32;
	uint64_t len = cmd->sqe.cdw15 * 4ull;
	uint16_t status;
	char *data;

	if (!len || len > SIM_STATE_MAX - ctrl->coming.len)
		return SIM_INVALID_FIELD(cmd, cdw15);
	if (offset != ctrl->coming.len)
		return SIM_INVALID_FIELD(cmd, cdw12);
	data = malloc(ctrl->coming.len + len);
	if (!data)
		return ZNVME_SC_INTERNAL;
	if (offset)
		memcpy(data, ctrl->coming.data, offset);
	status = sim_data_receive(sim, cmd, data + offset, len);
	if (status) {
		free(data);
		return status;
	}
	free(ctrl->coming.data);
	ctrl->coming = (struct sim_blob){data, offset + len};
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_set_state(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t sequence = znvme_field_get(ZNVME_SET_STATE_SEQIND, cmd->sqe.cdw10);
	uint64_t cntlid = cmd->sqe.cdw11 & ZNVME_MIGRATION_CNTLID;
	uint64_t csvi = znvme_field_get(ZNVME_SET_STATE_CSVI, cmd->sqe.cdw11);
	struct sim_migratable *ctrl = sim_migratable(sim, cntlid);
	uint16_t status;

	if (!sim_lm_has_ctrl(cntlid))
		return SIM_DNR(ZNVME_SC_INVALID_CTRL_ID);
	if (!ctrl || !ctrl->suspended) /* this one never is */
		return SIM_DNR(ZNVME_SC_CTRL_NOT_SUSPENDED);
	if (csvi > SIM_STATE_VERSION || cmd->sqe.cdw11 & ZNVME_SET_STATE_CSUUIDI)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (sequence & ZNVME_STATE_FIRST)
		sim_blob_free(&ctrl->coming);
	else if (!ctrl->coming.len)
		return SIM_DNR(ZNVME_SC_SEQUENCE);
	status = sim_add_state(sim, cmd, ctrl);
	if (status || !(sequence & ZNVME_STATE_LAST))
		return status;
	if (!sim_take_state(ctrl, csvi))
		status = SIM_DNR(ZNVME_SC_INVALID_FIELD);
	sim_blob_free(&ctrl->coming);
	return status;
}

uint16_t sim_migration_send(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	switch (znvme_field_get(ZNVME_MIGRATION_SEL, cmd->sqe.cdw10)) {
	case ZNVME_MIGRATION_SUSPEND:
		return sim_suspend(sim, cmd);
	case ZNVME_MIGRATION_RESUME:
		return sim_resume(sim, cmd);
	case ZNVME_MIGRATION_SET_STATE:
		return sim_set_state(sim, cmd);
	default:
		return SIM_INVALID_FIELD(cmd, cdw10);
	}
}
