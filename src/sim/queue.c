/* SPDX-License-Identifier: MIT */
/*
 * Queues: doorbells (PCIe Transport 1.1, section 3.1.2), fetching (Base 2.1, section 3.3),
 * completion entries with phase tag and SQ head (section 4.2). A doorbell carries its commands out
 * in the caller's thread before it returns. A full completion queue holds completions back, and
 * fetching with them; nothing is ever overwritten.
 */
#include "sim/internal.h"

#include <stdlib.h>

bool sim_completions_add(struct sim_completions *list, const struct sim_completion *completion)
{
	if (list->first && list->first + list->nr == list->room) {
		memmove(list->entry, list->entry + list->first, list->nr * sizeof(*list->entry));
		list->first = 0;
	}
	if (list->nr == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		void *more = realloc(list->entry, room * sizeof(*list->entry));

		if (!more)
			return false;
		list->entry = more;
		list->room = room;
	}
	list->entry[list->first + list->nr++] = *completion;
	return true;
}

/* ---- completions --------------------------------------------------------------------------- */

static bool sim_cq_full(const struct sim_cq *cq)
{
	return (cq->tail + 1 == cq->size ? 0 : cq->tail + 1) == cq->head;
}

/* Busy is the controller while I/O commands are delayed; the others take no time. */
static void sim_count_idle(struct znvme_sim *sim)
{
	if (sim->health.busy_since)
		sim->health.busy_ns += sim_now() - sim->health.busy_since;
	sim->health.busy_since = 0;
}

/* One less command under way. */
static void sim_count_end(struct znvme_sim *sim, const struct sim_completion *completion)
{
	uint16_t sqid = completion->cqe.sqid;

	if (!completion->counted)
		return;
	if (sim->sq[sqid].live && sim->sq[sqid].outstanding) {
		sim->sq[sqid].outstanding--;
		sim->sq[sqid].cid_busy[completion->cqe.cid / 64] &=
			~(1ull << completion->cqe.cid % 64);
	}
	if (sqid && sim->io_outstanding && !--sim->io_outstanding)
		sim_count_idle(sim);
}

static void sim_cq_hold(struct znvme_sim *sim, struct sim_cq *cq,
			const struct sim_completion *completion)
{
	if (!sim_completions_add(&cq->held, completion))
		sim_set_fatal(sim);
	sim_dbbuf_work(sim);
}

/* Of this entry the phase tag is there first, with what the slot held before; the rest comes later.
 */
static void sim_cq_tear(struct znvme_sim *sim, const struct sim_forge *forge, uint32_t cqid,
			uint32_t slot, const struct znvme_cqe *cqe)
{
	struct sim_completion rest = {
		.due = sim_now() + forge->torn * 1000ull,
		.serial = sim->serial,
		.cqe = *cqe,
		.rest = true,
		.cqid = (uint16_t)cqid,
		.slot = slot,
	};

	sim_clock_add(sim, &rest);
}

/* Unless the queue has come round to the slot again. */
void sim_cq_finish(struct znvme_sim *sim, const struct sim_completion *completion)
{
	const struct sim_cq *cq = &sim->cq[completion->cqid];
	uint8_t phase = completion->slot < cq->tail ? cq->phase : !cq->phase;
	size_t len = sizeof(completion->cqe);
	uint64_t half[2];
	uint64_t *to;

	if (!cq->live || !sim_ready(sim) || (completion->cqe.status & ZNVME_CQE_PHASE) != phase)
		return;
	to = (void *)sim_dma_window(sim, cq->base + (uint64_t)completion->slot * len, &len,
				    SIM_FOR_CQ);
	if (!to || len < sizeof(half))
		return;
	memcpy(half, &completion->cqe, sizeof(half));
	to[0] = half[0];
	__atomic_store_n(&to[1], half[1], __ATOMIC_RELEASE);
}

/*
 * Write the entry to the host: the result first, then everything else in one store, the phase tag
 * with it. A host may so load the second half at once.
 */
static void sim_cq_write(struct znvme_sim *sim, struct sim_cq *cq,
			 const struct sim_completion *completion)
{
	struct znvme_cqe cqe = completion->cqe;
	uint32_t cqid = (uint32_t)(cq - sim->cq);
	uint32_t slot = cq->tail;
	uint64_t half[2];
	size_t len = sizeof(cqe);
	uint64_t *to;

	sim_count_end(sim, completion);
	if (!completion->verbatim) {
		cqe.sqhd = (uint16_t)sim->sq[cqe.sqid].head;
		sim_forge_apply(&completion->forge, &cqe);
		if (sim->hooks.completion)
			sim->hooks.completion(sim->hooks.arg, completion->cqe.sqid, &cqe);
	}
	if (sim_cq_full(cq)) { /* the hook brought about another completion */
		sim_cq_hold(sim, cq, &(struct sim_completion){.cqe = cqe, .verbatim = true});
		return;
	}
	cqe.status = (uint16_t)((cqe.status & ~ZNVME_CQE_PHASE) |
				(cq->phase ^ sim_forged(&completion->forge, SIM_DO_UNSEEN)));
	to = (void *)sim_dma_window(sim, cq->base + (uint64_t)cq->tail * sizeof(cqe), &len,
				    SIM_FOR_CQ);
	if (!to || len < sizeof(cqe)) {
		sim_set_fatal(sim);
		return;
	}
	if (++cq->tail == cq->size) {
		cq->tail = 0;
		cq->phase ^= 1;
	}
	if (cqid)
		sim_dbbuf_work(sim);
	sim_dbbuf_cq_changed(sim, cqid);
	if (sim_forged(&completion->forge, SIM_DO_TORN)) {
		sim_cq_tear(sim, &completion->forge, cqid, slot, &cqe);
		memcpy(&cqe, to, sizeof(cqe));
		cqe.status ^= ZNVME_CQE_PHASE;
	}
	memcpy(half, &cqe, sizeof(half));
	to[0] = half[0];
	__atomic_store_n(&to[1], half[1], __ATOMIC_RELEASE);
	if (cq->ien)
		sim_irq_raise(sim, cq->vector, !cqid);
}

void sim_post(struct znvme_sim *sim, uint16_t cqid, struct sim_completion *completion)
{
	struct sim_cq *cq = &sim->cq[cqid];

	if (!cq->live || !sim_ready(sim)) {
		sim_count_end(sim, completion);
		return;
	}
	if (cq->held.nr || sim_cq_full(cq))
		sim_shadow_doorbell(sim, cqid, true);
	if (cq->held.nr || sim_cq_full(cq)) {
		sim_cq_hold(sim, cq, completion);
		return;
	}
	sim_cq_write(sim, cq, completion);
}

/* A command has come to its end: to the completion queue of its submission queue. */
void sim_end(struct znvme_sim *sim, const struct sim_completion *completion)
{
	struct sim_completion copy = *completion;

	if (copy.rest) {
		sim_cq_finish(sim, &copy);
		return;
	}
	sim_post(sim, sim->sq[copy.cqe.sqid].cqid, &copy);
}

/* ---- commands ------------------------------------------------------------------------------ */

/* How much later a command of this queue completes, in µs. */
static uint64_t sim_latency(struct znvme_sim *sim, uint16_t qid)
{
	const uint64_t *range = qid ? sim->options.latency : sim->options.admin_latency;

	if (range[0] == range[1])
		return range[0];
	return range[0] + sim_random(sim) % (range[1] - range[0] + 1);
}

/* Now, or by the clock at `due`. */
static void sim_dispatch(struct znvme_sim *sim, struct sim_completion *completion, uint64_t due)
{
	completion->due = due;
	if (due)
		sim_clock_add(sim, completion);
	else
		sim_end(sim, completion);
}

/* When the completion is due, by latency, plan and rules; 0: now. */
static uint64_t sim_complete_due(struct znvme_sim *sim, uint16_t qid, uint64_t delay_us,
				 const struct sim_injection *injection)
{
	uint64_t delay = delay_us + sim_latency(sim, qid);
	uint64_t due = delay ? sim_now() + delay * 1000 : 0;

	if (due && qid && !sim->health.busy_since)
		sim->health.busy_since = due - delay * 1000;
	if (sim_fault_wants(injection, SIM_DO_REVERSE))
		due = sim_fault_reverse(sim, injection->value[SIM_DO_REVERSE]);
	return due;
}

static void sim_complete(struct znvme_sim *sim, const struct sim_cmd *cmd, uint16_t status,
			 const struct znvme_sim_command *plan,
			 const struct sim_injection *injection)
{
	struct sim_completion completion = {
		.serial = plan->serial,
		.nsid = cmd->sqe.nsid,
		.cqe = {.dw0 = cmd->dw0,
			.dw1 = cmd->dw1,
			.sqid = cmd->qid,
			.cid = cmd->sqe.cid,
			.status = (uint16_t)(status << 1)},
		.forge = sim_fault_forge(sim, injection, cmd->qid, cmd->sqe.cid),
	};
	uint64_t due = sim_complete_due(sim, cmd->qid, plan->delay_us + cmd->delay_us, injection);

	if (sim_fault_wants(injection, SIM_DO_ALSO)) { /* the wrong one, ahead of the right one */
		sim_dispatch(sim, &completion, due ? due - 1 : 0);
		completion.forge.fields = 0;
	}
	completion.counted = true;
	if (!plan->completions)
		sim_count_end(sim, &completion);
	for (unsigned i = 0; i < plan->completions; i++) {
		sim_dispatch(sim, &completion, due);
		completion.counted = false;
	}
}

static void sim_count_start(struct znvme_sim *sim, struct sim_sq *sq, uint16_t qid)
{
	sq->outstanding++;
	if (!qid) {
		sim->counters.admin_commands++;
		return;
	}
	sim->counters.io_commands++;
	if (++sim->io_outstanding > sim->counters.max_outstanding)
		sim->counters.max_outstanding = sim->io_outstanding;
}

/* False where a command of the queue that is under way has this identifier. */
static bool sim_take_cid(struct sim_sq *sq, uint16_t cid)
{
	uint64_t bit = 1ull << cid % 64;

	if (sq->cid_busy[cid / 64] & bit)
		return false;
	sq->cid_busy[cid / 64] |= bit;
	return true;
}

/*
 * Carry a command out; `fused` is what its being half of a pair has come to already. Returns its
 * status, without M.
 */
static uint16_t sim_execute(struct znvme_sim *sim, uint16_t qid, const struct znvme_sqe *sqe,
			    uint16_t fused)
{
	struct znvme_sim_command plan = {
		.qid = qid,
		.sqe = *sqe,
		.serial = sim->serial++,
		.execute = true,
		.completions = 1,
	};
	struct sim_cmd cmd = {.qid = qid, .error_loc = 0xffff};
	struct sim_injection injection;
	uint16_t status;

	sim_count_start(sim, &sim->sq[qid], qid);
	sim_fault_command(sim, &plan, &injection);
	if (sim->hooks.command)
		sim->hooks.command(sim->hooks.arg, &plan);
	if (sim->removed)
		return ZNVME_SC_ABORT_FUSED_FAILED;
	cmd.sqe = plan.sqe;
	sim->faults.now = injection.given ? &injection : NULL;
	if (!sim_take_cid(&sim->sq[qid], cmd.sqe.cid)) {
		sim_protocol_error(sim);
		status = SIM_DNR(ZNVME_SC_CID_CONFLICT);
	} else if (!plan.execute) {
		status = plan.status;
	} else if (fused) {
		status = fused;
	} else {
		status = sim_background_gate(sim, &cmd);
		if (!status)
			status = qid ? sim_nvm(sim, &cmd) : sim_admin(sim, &cmd);
		if (!status && qid)
			sim_sanitize_written(sim, cmd.sqe.opcode);
		if (!status && sim_fault_wants(&injection, SIM_DO_EXECUTED))
			status = plan.status;
	}
	if (sim_power_fails(sim))
		sim_power_off(sim);
	sim->faults.now = NULL;
	if (cmd.held || sim->removed)
		return status;
	if (status) {
		uint16_t more = plan.execute ? ZNVME_STATUS_M : 0;

		sim_error_record(sim, &cmd, status);
		sim_complete(sim, &cmd, status | more, &plan, &injection);
	} else {
		sim_complete(sim, &cmd, status, &plan, &injection);
	}
	return status;
}

/* The entry at the head, which stays there. */
static bool sim_sq_peek(struct znvme_sim *sim, const struct sim_sq *sq, struct znvme_sqe *sqe)
{
	if (sim_dma_read(sim, sq->base + (uint64_t)sq->head * sizeof(*sqe), sqe, sizeof(*sqe),
			 SIM_FOR_SQ))
		return true;
	sim_set_fatal(sim);
	return false;
}

static void sim_sq_step(struct znvme_sim *sim, uint32_t qid)
{
	struct sim_sq *sq = &sim->sq[qid];

	sq->head = sq->head + 1 == sq->size ? 0 : sq->head + 1;
	sim_sq_note(sim, qid);
}

/*
 * The first of a fused pair, and behind it at once the second, so that no command of another queue
 * comes between (Base 2.1, section 3.4.2). Where the second is not there yet, the pair is torn:
 * each half is aborted when it is met. Where the first fails, the second does not happen.
 */
static void sim_execute_pair(struct znvme_sim *sim, uint32_t qid, const struct znvme_sqe *first)
{
	const struct sim_sq *sq = &sim->sq[qid];
	struct znvme_sqe second;
	uint16_t status;

	if (sq->head == sq->tail) {
		sim_execute(sim, (uint16_t)qid, first, SIM_DNR(ZNVME_SC_ABORT_FUSED_MISSING));
		return;
	}
	if (!sim_sq_peek(sim, sq, &second))
		return;
	status = sim_nvm_check_pair(sim, first, &second);
	status = sim_execute(sim, (uint16_t)qid, first, status);
	if ((second.flags & ZNVME_SQE_FUSE) != ZNVME_SQE_FUSE_SECOND || !sim_ready(sim))
		return; /* not its other half: a command as any */
	sim_sq_step(sim, qid);
	sim_execute(sim, (uint16_t)qid, &second,
		    status ? SIM_DNR(ZNVME_SC_ABORT_FUSED_FAILED) : (uint16_t)ZNVME_SC_SUCCESS);
}

/* Fetch a command, and carry it out. */
static void sim_sq_fetch(struct znvme_sim *sim, uint32_t qid)
{
	uint16_t fused = ZNVME_SC_SUCCESS;
	struct znvme_sqe sqe;

	if (!sim_sq_peek(sim, &sim->sq[qid], &sqe))
		return;
	sim_sq_step(sim, qid);
	if (qid && sim_fuses(sim)) {
		if ((sqe.flags & ZNVME_SQE_FUSE) == ZNVME_SQE_FUSE_FIRST) {
			sim_execute_pair(sim, qid, &sqe);
			return;
		}
		if ((sqe.flags & ZNVME_SQE_FUSE) == ZNVME_SQE_FUSE_SECOND)
			fused = SIM_DNR(ZNVME_SC_ABORT_FUSED_MISSING);
	}
	sim_execute(sim, (uint16_t)qid, &sqe, fused);
}

/* All that is there, as far as there is room for completions. */
static void sim_fetch(struct znvme_sim *sim)
{
	while (sim_keeps_alive(sim)) {
		uint32_t qid = sim_arbiter_pick(sim);

		if (qid == SIM_NO_QUEUE)
			return;
		sim_sq_fetch(sim, qid);
	}
}

void sim_queues_settle(struct znvme_sim *sim)
{
	if (sim->fetch) {
		sim->fetch = false;
		sim_fetch(sim);
	}
	if (sim->nr_raised)
		sim_irq_flush(sim);
}

/* ---- doorbells ----------------------------------------------------------------------------- */

static bool sim_sq_doorbell(struct znvme_sim *sim, uint32_t qid, uint32_t tail)
{
	struct sim_sq *sq = &sim->sq[qid];
	uint32_t waiting = (sq->tail + sq->size - sq->head) % sq->size;
	uint32_t more = (tail + sq->size - sq->tail) % sq->size;

	/* Out of range, the same again, or more than the queue has room for. */
	if (tail >= sq->size || !more || waiting + more > sq->size - 1) {
		sim_doorbell_error(sim, ZNVME_AER_ERROR_DB_VALUE);
		return false;
	}
	sq->tail = tail;
	sim->fetch = true;
	sim_sq_note(sim, qid);
	sim_dbbuf_sq_changed(sim, qid);
	return true;
}

static bool sim_cq_doorbell(struct znvme_sim *sim, uint32_t qid, uint32_t head)
{
	struct sim_cq *cq = &sim->cq[qid];
	uint32_t posted = (cq->tail + cq->size - cq->head) % cq->size;
	uint32_t freed = (head + cq->size - cq->head) % cq->size;

	/* Out of range, the same again, or past what was posted. */
	if (head >= cq->size || !freed || freed > posted) {
		sim_doorbell_error(sim, ZNVME_AER_ERROR_DB_VALUE);
		return false;
	}
	cq->head = head;
	sim_dbbuf_cq_changed(sim, qid);
	while (cq->held.nr && !sim_cq_full(cq) && sim_ready(sim)) {
		struct sim_completion completion = cq->held.entry[cq->held.first];

		cq->held.nr--;
		cq->held.first = cq->held.nr ? cq->held.first + 1 : 0;
		sim_cq_write(sim, cq, &completion);
	}
	return true;
}

/* Take an index over from the shadow doorbell where it is another than known; a wrong one once. */
bool sim_shadow_doorbell(struct znvme_sim *sim, uint32_t qid, bool is_cq)
{
	uint32_t *refused = is_cq ? &sim->cq[qid].refused : &sim->sq[qid].refused;
	uint32_t known = is_cq ? sim->cq[qid].head : sim->sq[qid].tail;
	uint32_t value;

	if (!sim_dbbuf_read(sim, qid, is_cq, &value) || value == known || value == *refused)
		return false;
	sim->counters.shadow_doorbells++;
	*refused = value;
	if (is_cq ? sim_cq_doorbell(sim, qid, value) : sim_sq_doorbell(sim, qid, value))
		*refused = SIM_NO_INDEX;
	return true;
}

/* The register of an I/O queue that has a shadow only says: look there. */
static void sim_rung(struct znvme_sim *sim, uint32_t qid, bool is_cq, uint32_t value,
		     uint32_t shadow)
{
	if (value != shadow)
		sim_doorbell_error(sim, ZNVME_AER_ERROR_DB_VALUE);
	sim_dbbuf_work(sim);
	sim_shadow_doorbell(sim, qid, is_cq);
}

/* `offset` is that of the register, at ZNVME_REG_DOORBELLS or behind. */
void sim_doorbell(struct znvme_sim *sim, uint32_t offset, uint32_t value)
{
	uint32_t stride = 4u << sim->options.dstrd;
	uint32_t index = (offset - ZNVME_REG_DOORBELLS) / stride;
	uint32_t qid = index / 2;
	bool is_cq = index % 2;
	uint32_t shadow;

	sim->counters.doorbells++;
	if (!sim_ready(sim)) {
		sim_protocol_error(sim);
		return;
	}
	if ((offset - ZNVME_REG_DOORBELLS) % stride || qid > sim->options.queues ||
	    !(is_cq ? sim->cq[qid].live : sim->sq[qid].live)) {
		sim_doorbell_error(sim, ZNVME_AER_ERROR_DB_REGISTER);
		return;
	}
	if (sim_dbbuf_read(sim, qid, is_cq, &shadow))
		sim_rung(sim, qid, is_cq, value, shadow);
	else if (is_cq)
		sim_cq_doorbell(sim, qid, value);
	else
		sim_sq_doorbell(sim, qid, value);
}

/* ---- making and taking away ---------------------------------------------------------------- */

bool sim_queue_create_sq(struct znvme_sim *sim, uint16_t qid, uint16_t cqid, uint64_t base,
			 uint32_t size, enum sim_class priority)
{
	uint64_t *busy = sim->sq[qid].cid_busy;

	if (!busy)
		busy = malloc(SIM_MAX_OUTSTANDING / 8);
	if (!busy)
		return false;
	memset(busy, 0, SIM_MAX_OUTSTANDING / 8);
	sim->sq[qid] = (struct sim_sq){
		.live = true,
		.priority = priority,
		.cqid = cqid,
		.size = size,
		.refused = SIM_NO_INDEX,
		.base = base,
		.cid_busy = busy,
	};
	sim_dbbuf_sq_changed(sim, qid);
	sim->cq[cqid].nr_sqs++;
	sim->counters.io_queues += qid != 0;
	return true;
}

void sim_queue_create_cq(struct znvme_sim *sim, uint16_t qid, uint64_t base, uint32_t size,
			 bool ien, uint16_t vector)
{
	struct sim_completions held = sim->cq[qid].held;

	held.nr = 0;
	held.first = 0;
	sim->cq[qid] = (struct sim_cq){
		.live = true,
		.ien = ien,
		.phase = 1,
		.vector = vector,
		.size = size,
		.refused = SIM_NO_INDEX,
		.base = base,
		.held = held,
	};
	sim_dbbuf_cq_changed(sim, qid);
}

/* What the queue still has under way ends first, aborted (Base 2.1, section 5.2.4). */
void sim_queue_delete_sq(struct znvme_sim *sim, uint16_t qid)
{
	struct sim_sq *sq = &sim->sq[qid];

	sim_clock_abort(sim, qid, -1, ZNVME_NSID_ALL, ZNVME_SC_ABORT_SQ_DELETED);
	sim->cq[sq->cqid].nr_sqs--;
	sim->counters.io_queues--;
	sq->live = false;
	sim_sq_note(sim, qid);
}

void sim_queue_delete_cq(struct znvme_sim *sim, uint16_t qid)
{
	struct sim_cq *cq = &sim->cq[qid];

	for (size_t i = 0; i < cq->held.nr; i++)
		sim_count_end(sim, &cq->held.entry[cq->held.first + i]);
	cq->held.nr = 0;
	cq->held.first = 0;
	cq->live = false;
}

void sim_queues_reset(struct znvme_sim *sim)
{
	sim_clock_reset(sim);
	for (uint32_t qid = 0; qid <= sim->options.queues; qid++) {
		sim->sq[qid].live = false;
		sim_sq_note(sim, qid);
		sim_queue_delete_cq(sim, (uint16_t)qid);
	}
	sim_count_idle(sim);
	sim->io_outstanding = 0;
	sim->counters.io_queues = 0;
	sim->nr_queues = (uint32_t)sim->options.queues;
	sim->fetch = false;
	sim_arbiter_reset(sim);
}
