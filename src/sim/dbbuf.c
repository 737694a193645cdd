/* SPDX-License-Identifier: MIT */
/*
 * Shadow doorbells: the Doorbell Buffer Config command (Base 2.1, section 5.2.5) and what a
 * controller does with the two pages it names (Annex B.5). The host writes its tails and heads to
 * the Shadow Doorbell buffer; it rings the register only where that takes an index past the one in
 * the EventIdx buffer.
 *
 * While there is work the simulator's thread looks at the I/O tails itself, with each EventIdx
 * where no index gets past it. When nothing came for a while (option dbbuf_idle) it sets them to
 * what it has seen, looks once more, and sleeps: what the host writes from then on rings. That is
 * one store and one load on either side, all of them sequentially consistent, so that at least one
 * side sees the other's.
 *
 * The Admin queue goes by its registers, as hosts have it; its EventIdx always asks for them.
 */
#include "sim/internal.h"

/* The entry of a queue in the buffer at `iova`; NULL, and a fatal controller, where it is gone. */
static uint32_t *sim_dbbuf_entry(struct znvme_sim *sim, uint64_t iova, uint32_t qid, bool is_cq,
				 unsigned flags)
{
	size_t len = sizeof(uint32_t);
	char *at = sim_dma_window(sim, iova + (2ull * qid + is_cq) * (4u << sim->options.dstrd),
				  &len, flags);

	if (!at)
		sim_set_fatal(sim);
	return (void *)at;
}

static void sim_dbbuf_set_event(struct znvme_sim *sim, uint32_t qid, bool is_cq, uint32_t value)
{
	uint32_t *event = sim_dbbuf_entry(sim, sim->dbbuf.eventidx, qid, is_cq, ZNVME_DMA_WRITE);

	if (event)
		__atomic_store_n(event, value, __ATOMIC_SEQ_CST);
}

bool sim_dbbuf_read(struct znvme_sim *sim, uint32_t qid, bool is_cq, uint32_t *value)
{
	const uint32_t *shadow;

	if (!sim->dbbuf.on || !qid)
		return false;
	shadow = sim_dbbuf_entry(sim, sim->dbbuf.shadow, qid, is_cq, ZNVME_DMA_READ);
	if (shadow)
		*value = __atomic_load_n(shadow, __ATOMIC_SEQ_CST);
	return shadow;
}

/*
 * EventIdx of a submission queue: one behind the tail, where a full queue ends, while its tail is
 * looked at anyway; the tail itself where the host must ring for the next command.
 */
static void sim_dbbuf_arm_sq(struct znvme_sim *sim, uint32_t qid, bool ring)
{
	const struct sim_sq *sq = &sim->sq[qid];

	sim_dbbuf_set_event(sim, qid, false,
			    ring ? sq->tail : (sq->tail + sq->size - 1) % sq->size);
}

/*
 * EventIdx of a completion queue: its tail, which no head gets past; its head where completions
 * wait for room.
 */
static void sim_dbbuf_arm_cq(struct znvme_sim *sim, uint32_t qid)
{
	const struct sim_cq *cq = &sim->cq[qid];

	sim_dbbuf_set_event(sim, qid, true, !qid || cq->held.nr ? cq->head : cq->tail);
}

void sim_dbbuf_sq_changed(struct znvme_sim *sim, uint32_t qid)
{
	if (sim->dbbuf.on && sim->sq[qid].live)
		sim_dbbuf_arm_sq(sim, qid, !qid || !sim->dbbuf.polling);
}

void sim_dbbuf_cq_changed(struct znvme_sim *sim, uint32_t qid)
{
	if (sim->dbbuf.on && sim->cq[qid].live)
		sim_dbbuf_arm_cq(sim, qid);
}

static void sim_dbbuf_arm_all(struct znvme_sim *sim)
{
	for (uint32_t qid = 0; qid <= sim->nr_queues; qid++) {
		sim_dbbuf_sq_changed(sim, qid);
		sim_dbbuf_cq_changed(sim, qid);
	}
}

void sim_dbbuf_work(struct znvme_sim *sim)
{
	if (!sim->dbbuf.on || !sim_ready(sim))
		return;
	sim->dbbuf.idle_at = sim_now() + sim->options.dbbuf_idle * 1000;
	if (sim->dbbuf.polling)
		return;
	sim->dbbuf.polling = true;
	sim_dbbuf_arm_all(sim);
	pthread_cond_signal(&sim->wake);
}

/* Take over the doorbells that have changed; false where none has. */
static bool sim_dbbuf_look(struct znvme_sim *sim)
{
	bool changed = false;

	for (uint32_t qid = 1; qid <= sim->nr_queues && sim_ready(sim); qid++) {
		if (sim->cq[qid].live && sim->cq[qid].held.nr)
			changed |= sim_shadow_doorbell(sim, qid, true);
		if (sim->sq[qid].live)
			changed |= sim_shadow_doorbell(sim, qid, false);
	}
	return changed;
}

void sim_dbbuf_poll(struct znvme_sim *sim)
{
	if (sim_dbbuf_look(sim)) {
		sim_dbbuf_work(sim);
		return;
	}
	if (!sim_ready(sim)) {
		sim->dbbuf.polling = false;
		return;
	}
	if (sim_now() < sim->dbbuf.idle_at)
		return;
	sim->dbbuf.polling = false;
	sim_dbbuf_arm_all(sim);
	if (sim_dbbuf_look(sim)) /* written meanwhile, perhaps without ringing */
		sim_dbbuf_work(sim);
}

void sim_dbbuf_reset(struct znvme_sim *sim)
{
	memset(&sim->dbbuf, 0, sizeof(sim->dbbuf));
}

/* All of a buffer's page is host memory. */
static bool sim_dbbuf_mapped(struct znvme_sim *sim, uint64_t iova, unsigned flags)
{
	uint64_t left = sim_page_size(sim);

	while (left) {
		size_t part = left;

		if (!sim_dma_window(sim, iova, &part, flags))
			return false;
		iova += part;
		left -= part;
	}
	return true;
}

/*
 * Shadow doorbells are the host's to initialise: they hold the indices of the queues that there
 * are, 0 for those that come.
 */
uint16_t sim_dbbuf_config(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t shadow = cmd->sqe.dptr.prp.prp1;
	uint64_t eventidx = cmd->sqe.dptr.prp.prp2;

	if ((shadow | eventidx) & (sim_page_size(sim) - 1))
		return SIM_INVALID_FIELD(cmd, dptr);
	if (!sim_dbbuf_mapped(sim, shadow, ZNVME_DMA_READ) ||
	    !sim_dbbuf_mapped(sim, eventidx, ZNVME_DMA_WRITE))
		return SIM_INVALID_FIELD(cmd, dptr);
	if (!sim_clock_start(sim))
		return ZNVME_SC_INTERNAL;
	sim->dbbuf = (struct sim_dbbuf){.on = true, .shadow = shadow, .eventidx = eventidx};
	sim_dbbuf_arm_all(sim);
	sim_dbbuf_work(sim);
	return ZNVME_SC_SUCCESS;
}
