/* SPDX-License-Identifier: MIT */
/*
 * Arbitration (Base 2.1, section 3.4.4): from which submission queue the next command is fetched.
 * Round robin takes all queues as equals, the Admin queue among them. Weighted round robin with
 * urgent priority class serves the Admin queue first, then urgent queues, then the other classes by
 * their weights; queues of a class take turns. The Arbitration feature has the weights, and how
 * many commands a queue may give at its turn.
 *
 * It matters where commands of several queues wait: with the option inflight, or shadow doorbells.
 */
#include "sim/internal.h"

/* Arbitration Burst of 7: no limit. */
#define SIM_BURST_NO_LIMIT 7u

/* Which class a queue is in. */
static enum sim_class sim_class_of(const struct znvme_sim *sim, uint32_t qid)
{
	if (znvme_field_get(ZNVME_CC_AMS, sim->cc) != ZNVME_CC_AMS_WRR)
		return SIM_CLASS_ADMIN;
	return qid ? sim->sq[qid].priority : SIM_CLASS_ADMIN;
}

void sim_sq_note(struct znvme_sim *sim, uint32_t qid)
{
	const struct sim_sq *sq = &sim->sq[qid];
	uint64_t bit = 1ull << qid % 64;

	if (sq->live && sq->head != sq->tail)
		sim->sq_waiting[qid / 64] |= bit;
	else
		sim->sq_waiting[qid / 64] &= ~bit;
}

/* The first queue from `qid` on that has commands; SIM_NO_QUEUE where there is none. */
static uint32_t sim_next_waiting(const struct znvme_sim *sim, uint32_t qid)
{
	uint32_t words = (uint32_t)(sim->options.queues / 64) + 1;
	uint64_t mask = UINT64_MAX << qid % 64;

	for (uint32_t i = qid / 64; i < words; i++) {
		if (sim->sq_waiting[i] & mask)
			return i * 64 + (uint32_t)__builtin_ctzll(sim->sq_waiting[i] & mask);
		mask = UINT64_MAX;
	}
	return SIM_NO_QUEUE;
}

/* Has it a command that can be fetched now? One that must wait is looked at again later. */
static bool sim_sq_ready(struct znvme_sim *sim, uint32_t qid)
{
	const struct sim_sq *sq = &sim->sq[qid];

	if (!sq->live || sq->head == sq->tail)
		return false;
	if (sim->cq[sq->cqid].held.nr < sim->cq[sq->cqid].size &&
	    sq->outstanding < SIM_MAX_OUTSTANDING &&
	    (!qid || !sim->options.inflight || sim->io_outstanding < sim->options.inflight))
		return true;
	sim->fetch = true;
	return false;
}

/* The first queue of a class that is ready, from `qid` to `end` - 1. */
static uint32_t sim_find_ready(struct znvme_sim *sim, enum sim_class class, uint32_t qid,
			       uint32_t end)
{
	for (qid = sim_next_waiting(sim, qid); qid < end; qid = sim_next_waiting(sim, qid + 1))
		if (sim_class_of(sim, qid) == class && sim_sq_ready(sim, qid))
			return qid;
	return SIM_NO_QUEUE;
}

/* The queue whose turn it is in a class; SIM_NO_QUEUE where none is ready. */
static uint32_t sim_pick_in_class(struct znvme_sim *sim, enum sim_class class)
{
	uint64_t burst =
		znvme_field_get(ZNVME_FEAT_ARB_AB, sim->value[ZNVME_FEAT_ARBITRATION].current);
	struct sim_turn *turn = &sim->turn[class];
	uint32_t qid;

	if (turn->left && sim_class_of(sim, turn->qid) == class && sim_sq_ready(sim, turn->qid)) {
		turn->left--;
		return turn->qid;
	}
	qid = sim_find_ready(sim, class, turn->qid + 1, SIM_NO_QUEUE);
	if (qid == SIM_NO_QUEUE)
		qid = sim_find_ready(sim, class, 0, turn->qid + 1);
	if (qid != SIM_NO_QUEUE)
		*turn = (struct sim_turn){
			.qid = qid,
			.left = burst == SIM_BURST_NO_LIMIT ? UINT32_MAX : (1u << burst) - 1,
		};
	return qid;
}

/* A round: as many commands of each class as it has weight. */
static void sim_new_round(struct znvme_sim *sim)
{
	uint32_t arbitration = sim->value[ZNVME_FEAT_ARBITRATION].current;

	sim->credit[SIM_CLASS_HIGH] =
		(uint32_t)znvme_field_get(ZNVME_FEAT_ARB_HPW, arbitration) + 1;
	sim->credit[SIM_CLASS_MEDIUM] =
		(uint32_t)znvme_field_get(ZNVME_FEAT_ARB_MPW, arbitration) + 1;
	sim->credit[SIM_CLASS_LOW] = (uint32_t)znvme_field_get(ZNVME_FEAT_ARB_LPW, arbitration) + 1;
}

static uint32_t sim_pick_by_weight(struct znvme_sim *sim)
{
	for (unsigned class = SIM_CLASS_HIGH; class <= SIM_CLASS_LOW; class ++) {
		uint32_t qid = SIM_NO_QUEUE;

		if (sim->credit[class])
			qid = sim_pick_in_class(sim, (enum sim_class) class);
		if (qid != SIM_NO_QUEUE) {
			sim->credit[class]--;
			return qid;
		}
	}
	return SIM_NO_QUEUE;
}

uint32_t sim_arbiter_pick(struct znvme_sim *sim)
{
	uint32_t qid = sim_pick_in_class(sim, SIM_CLASS_ADMIN);

	if (qid != SIM_NO_QUEUE || znvme_field_get(ZNVME_CC_AMS, sim->cc) != ZNVME_CC_AMS_WRR)
		return qid;
	qid = sim_pick_in_class(sim, SIM_CLASS_URGENT);
	if (qid == SIM_NO_QUEUE)
		qid = sim_pick_by_weight(sim);
	if (qid != SIM_NO_QUEUE)
		return qid;
	sim_new_round(sim);
	return sim_pick_by_weight(sim);
}

void sim_arbiter_reset(struct znvme_sim *sim)
{
	memset(sim->turn, 0, sizeof(sim->turn));
	memset(sim->credit, 0, sizeof(sim->credit));
}
