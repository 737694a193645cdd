/* SPDX-License-Identifier: MIT */
/*
 * Controller data queues, with=lm: the command (Base 2.1, section 5.1.4), feature 21h, and Track
 * Send (5.1.27) of user data changes, whose entries the NVM Command Set defines. There is one kind,
 * the User Data Migration Queue, in memory that is contiguous. Host memory is not tracked.
 *
 * A queue is full with one slot free, so that a head that is equal to the tail is never in doubt.
 * The entry that says so is in the last slot before it, and logging ends with it.
 */
#include "sim/internal.h"

#define SIM_CDQ_ENTRY	 sizeof(struct znvme_lba_migration_entry)
#define SIM_GUEST_BLOCKS 8u /* of a change by a guest */

static struct sim_cdq *sim_cdq_at(struct znvme_sim *sim, uint64_t cdqid)
{
	struct sim_cdq *cdq = &sim->mgmt.lm.cdq[cdqid < SIM_CDQS ? cdqid : 0];

	return cdqid < SIM_CDQS && cdq->live ? cdq : NULL;
}

/* Slots from the head to `slot`. */
static uint32_t sim_cdq_distance(const struct sim_cdq *cdq, uint32_t slot)
{
	return slot >= cdq->head ? slot - cdq->head : slot + cdq->size - cdq->head;
}

/* Entries that there is room for. */
static uint32_t sim_cdq_room(const struct sim_cdq *cdq)
{
	return cdq->size - 1 - sim_cdq_distance(cdq, cdq->tail);
}

/* ---- entries ------------------------------------------------------------------------------- */

/* What the attributes are is told last: the host looks at them to find the entry. */
static void sim_cdq_post(struct znvme_sim *sim, struct sim_cdq *cdq,
			 struct znvme_lba_migration_entry *entry, enum znvme_lbamq_esa esa,
			 enum znvme_lbamq_range range)
{
	size_t len = sizeof(*entry);
	uint32_t slot = cdq->tail;
	char *memory = sim_dma_window(sim, cdq->base + slot * SIM_CDQ_ENTRY, &len, ZNVME_DMA_WRITE);

	if (!memory || len < sizeof(*entry)) { /* the host has taken it away */
		cdq->logging = false;
		return;
	}
	entry->lbamqa |= (uint8_t)(znvme_field_put(ZNVME_LBAMQA_CDQP, cdq->phase) |
				   znvme_field_put(ZNVME_LBAMQA_ESA, esa) |
				   znvme_field_put(ZNVME_LBAMQA_LBACIR, range));
	memcpy(memory, entry, offsetof(struct znvme_lba_migration_entry, lbamqa));
	__atomic_store_n(memory + offsetof(struct znvme_lba_migration_entry, lbamqa),
			 (char)entry->lbamqa, __ATOMIC_RELEASE);
	cdq->first = false;
	if (++cdq->tail == cdq->size) {
		cdq->tail = 0;
		cdq->phase ^= 1;
	}
	/* Once: the slot is not written again before the head has moved, and that sets both. */
	if (cdq->trigger && slot == cdq->tpt)
		sim_event_raise_for(sim, ZNVME_AER_TYPE_ONE_SHOT, ZNVME_AER_ONE_SHOT_CDQ, 0,
				    (uint32_t)(cdq - sim->mgmt.lm.cdq));
}

/* The last entry, which tells why. */
static void sim_cdq_end(struct znvme_sim *sim, struct sim_cdq *cdq, enum znvme_lbamq_esa esa)
{
	struct znvme_lba_migration_entry entry = {.nsid = 0};

	if (!cdq->logging)
		return;
	sim_cdq_post(sim, cdq, &entry, esa, ZNVME_LBAMQ_NONE);
	cdq->logging = false;
}

void sim_cdq_changed(struct znvme_sim *sim, const struct sim_cmd *cmd, const struct sim_ns *ns,
		     uint64_t slba, uint64_t nlb, bool deallocated)
{
	uint16_t cntlid = cmd && cmd->peer ? cmd->peer->cntlid : SIM_CNTLID;
	bool all = nlb == ns->blocks || nlb > UINT32_MAX;

	for (unsigned i = 0; i < SIM_CDQS; i++) {
		struct sim_cdq *cdq = &sim->mgmt.lm.cdq[i];
		struct znvme_lba_migration_entry entry = {
			.nsid = ns->nsid,
			.slba = all ? 0 : slba,
			.nlb = all ? 0 : (uint32_t)(nlb - 1),
			.lbamqa = deallocated ? ZNVME_LBAMQA_DLBA : 0,
		};

		if (!cdq->live || !cdq->logging || cdq->cntlid != cntlid)
			continue;
		if (sim_cdq_room(cdq) == 1)
			sim_cdq_end(sim, cdq, ZNVME_LBAMQ_FULL);
		else
			sim_cdq_post(sim, cdq, &entry, cdq->first ? ZNVME_LBAMQ_FIRST : 0,
				     all ? ZNVME_LBAMQ_ALL : ZNVME_LBAMQ_RANGE);
	}
}

void sim_cdq_suspend(struct znvme_sim *sim, uint16_t cntlid, bool delete)
{
	for (unsigned i = 0; i < SIM_CDQS; i++) {
		struct sim_cdq *cdq = &sim->mgmt.lm.cdq[i];

		if (!cdq->live || cdq->cntlid != cntlid)
			continue;
		sim_cdq_end(sim, cdq, ZNVME_LBAMQ_SUSPENDED);
		cdq->live = !delete;
	}
}

void sim_cdq_reset(struct znvme_sim *sim)
{
	memset(sim->mgmt.lm.cdq, 0, sizeof(sim->mgmt.lm.cdq));
}

/* ---- the command --------------------------------------------------------------------------- */

static uint16_t sim_cdq_create(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t base = cmd->sqe.dptr.prp.prp1, cntlid, bytes = cmd->sqe.cdw12 * 4ull;
	size_t len = (size_t)bytes;
	unsigned i = 0;

	cntlid = znvme_field_get(ZNVME_CDQ_CNTLID, cmd->sqe.cdw11);
	if (znvme_field_get(ZNVME_CDQ_QT, cmd->sqe.cdw10) != ZNVME_CDQ_USER_DATA)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!(cmd->sqe.cdw11 & ZNVME_CDQ_PC))
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (!sim_lm_has_ctrl(cntlid))
		return SIM_DNR(ZNVME_SC_INVALID_CTRL_ID);
	if (bytes < 2 * SIM_CDQ_ENTRY || bytes % SIM_CDQ_ENTRY)
		return SIM_INVALID_FIELD(cmd, cdw12);
	if (base & (sim_page_size(sim) - 1))
		return SIM_DNR(ZNVME_SC_PRP_INVALID_OFFSET);
	if (!sim_dma_window(sim, base, &len, ZNVME_DMA_WRITE) || len < bytes)
		return sim_dma_status(sim, base);
	while (i < SIM_CDQS && sim->mgmt.lm.cdq[i].live)
		i++;
	if (i == SIM_CDQS)
		return SIM_DNR(ZNVME_SC_NOT_ENOUGH_RESOURCES);
	sim->mgmt.lm.cdq[i] = (struct sim_cdq){
		.live = true,
		.phase = 1,
		.cntlid = (uint16_t)cntlid,
		.base = base,
		.size = (uint32_t)(bytes / SIM_CDQ_ENTRY),
	};
	cmd->dw0 = i;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_cdq_command(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_cdq *cdq;

	switch (znvme_field_get(ZNVME_CDQ_SEL, cmd->sqe.cdw10)) {
	case ZNVME_CDQ_CREATE:
		return sim_cdq_create(sim, cmd);
	case ZNVME_CDQ_DELETE:
		cdq = sim_cdq_at(sim, cmd->sqe.cdw11 & ZNVME_CDQ_CDQID);
		if (!cdq)
			return SIM_DNR(ZNVME_SC_INVALID_CDQ);
		cdq->live = false;
		return ZNVME_SC_SUCCESS;
	default:
		return SIM_INVALID_FIELD(cmd, cdw10);
	}
}

/* The head goes on to an entry that there is, or to the tail. */
uint16_t sim_set_cdq(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_cdq *cdq = sim_cdq_at(sim, cmd->sqe.cdw11 & ZNVME_FEAT_CDQ_CDQID);
	uint32_t head = cmd->sqe.cdw12;
	bool trigger = cmd->sqe.cdw11 & ZNVME_FEAT_CDQ_ETPT;

	if (!cdq)
		return SIM_DNR(ZNVME_SC_INVALID_CDQ);
	if (head >= cdq->size || sim_cdq_distance(cdq, head) > sim_cdq_distance(cdq, cdq->tail))
		return SIM_INVALID_FIELD(cmd, cdw12);
	if (trigger && cmd->sqe.cdw13 >= cdq->size)
		return SIM_INVALID_FIELD(cmd, cdw13);
	cdq->head = head;
	cdq->trigger = trigger;
	cdq->tpt = trigger ? cmd->sqe.cdw13 : 0;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_get_cdq(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	const struct sim_cdq *cdq = sim_cdq_at(sim, cmd->sqe.cdw11 & ZNVME_FEAT_CDQ_CDQID);
	struct znvme_cdq_attrs attrs = {.hp = 0};

	if (!cdq)
		return SIM_DNR(ZNVME_SC_INVALID_CDQ);
	if (!initial) {
		attrs.hp = cdq->head;
		attrs.tpt = cdq->tpt;
	}
	return sim_data_send(sim, cmd, &attrs, sizeof(attrs), sizeof(attrs));
}

/* ---- tracking ------------------------------------------------------------------------------ */

/*
 * What the option `guest` has the guest of a secondary controller do: so many changes, of 8 blocks
 * each from the start of the first namespace on. Each fourth deallocates.
 */
static void sim_guest_works(struct znvme_sim *sim, uint16_t cntlid)
{
	const struct znvme_sim_peer guest = {.cntlid = cntlid, .host_id_len = 8};
	const struct sim_ns *ns = sim_ns(sim, 1);
	uint64_t places = ns && !ns->kv && !ns->zns ? ns->blocks / SIM_GUEST_BLOCKS : 0;

	for (uint64_t i = 0; places && i < sim->options.guest; i++) {
		uint64_t slba = i % places * SIM_GUEST_BLOCKS;
		struct sim_cmd cmd = {
			.sqe = {.opcode = ZNVME_CMD_WRITE_ZEROES,
				.nsid = 1,
				.cdw10 = (uint32_t)slba,
				.cdw11 = (uint32_t)(slba >> 32),
				.cdw12 = (SIM_GUEST_BLOCKS - 1) | (i % 4 == 3 ? ZNVME_RW_DEAC : 0)},
			.qid = UINT16_MAX,
			.peer = &guest,
		};

		sim_nvm(sim, &cmd);
	}
}

static uint16_t sim_track_start(struct znvme_sim *sim, struct sim_cdq *cdq)
{
	if (sim_lm_suspended(sim, cdq->cntlid))
		return SIM_DNR(ZNVME_SC_CTRL_SUSPENDED);
	if (cdq->logging)
		return ZNVME_SC_SUCCESS;
	if (!sim_cdq_room(cdq)) /* not even for the last entry */
		return SIM_DNR(ZNVME_SC_CDQ_FULL);
	cdq->logging = cdq->first = true;
	if (cdq->cntlid != SIM_CNTLID)
		sim_guest_works(sim, cdq->cntlid);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_track_send(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_cdq *cdq = sim_cdq_at(sim, cmd->sqe.cdw11 & ZNVME_TRACK_CDQID);

	if (znvme_field_get(ZNVME_TRACK_SEL, cmd->sqe.cdw10) != ZNVME_TRACK_USER_DATA)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!cdq)
		return SIM_DNR(ZNVME_SC_INVALID_CDQ);
	switch (znvme_field_get(ZNVME_TRACK_LACT, cmd->sqe.cdw10)) {
	case ZNVME_TRACK_START:
		return sim_track_start(sim, cdq);
	case ZNVME_TRACK_STOP:
		sim_cdq_end(sim, cdq, ZNVME_LBAMQ_STOPPED);
		return ZNVME_SC_SUCCESS;
	default:
		return SIM_INVALID_FIELD(cmd, cdw10);
	}
}
