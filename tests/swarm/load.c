// SPDX-License-Identifier: MIT
/*
 * A thread with I/O: on a queue of its own, or by blocking calls. It knows of each command what it
 * was for, and looks at what comes back. It works on blocks of its own, so that what they hold
 * depends on nobody else.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "swarm.h"

#define PAGE 4096u

/* A command, from being built to its completion. Its user data are its place and `serial`. */
struct op {
	bool busy;
	uint8_t opcode;
	bool durable; /* what it writes is, once it has completed */
	bool known;   /* compare: the data are those that the blocks hold */
	bool freed;   /* its region was freed under it: it must have been canceled */
	uint32_t serial;
	uint32_t first, nr; /* blocks, from the namespace's start */
	char *data;
	struct znvme_region *own; /* to be freed when it ends */
};

struct load {
	struct run *run;
	const struct worker_plan *plan;
	const struct znvme_ns *ns;
	struct znvme_queue *queue;
	struct znvme_region *region;
	uint64_t random;
	unsigned size;	    /* entries of the queue */
	size_t stride;	    /* bytes from one command's buffer to the next one's */
	unsigned most;	    /* blocks of a command */
	unsigned in_flight; /* commands got and not completed */
	unsigned failures;  /* submits in a row that failed */
	bool flushing;
	uint32_t serial;
	struct op ops[MAX_DEPTH];
	struct totals totals;
};

static bool is_write(uint8_t opcode)
{
	return opcode == ZNVME_CMD_WRITE || opcode == ZNVME_CMD_WRITE_ZEROES ||
	       opcode == ZNVME_CMD_DSM;
}

static struct block *block_at(const struct load *load, uint32_t lba)
{
	return &load->run->model.blocks[block_index(load->run, load->plan->nsid, lba)];
}

static char *data_at(const struct load *load, const struct op *op, uint32_t i)
{
	return op->data + (size_t)i * load->run->plan->block_size;
}

/* Whether writes last without a flush. */
static bool is_durable(const struct load *load)
{
	return !load->run->life->cached;
}

/* ---- the model of a command's blocks ------------------------------------------------------- */

/* Blocks that no other command makes or needs other than they are; false where there are none. */
static bool choose_blocks(struct load *load, struct op *op, uint32_t most)
{
	const struct worker_plan *plan = load->plan;
	uint32_t at = draw_range(&load->random, 0, plan->nr - 1);
	uint32_t left = plan->nr - at;
	uint32_t want = draw_range(&load->random, 1, most < left ? most : left);

	op->first = plan->first + at;
	for (op->nr = 0; op->nr < want; op->nr++) {
		const struct block *block = block_at(load, op->first + op->nr);

		if (block->written || (is_write(op->opcode) && block->readers))
			break;
	}
	return op->nr;
}

static void begin_blocks(struct load *load, struct op *op)
{
	const struct model *model = &load->run->model;

	op->known = op->opcode == ZNVME_CMD_COMPARE;
	for (uint32_t i = 0; i < op->nr; i++) {
		uint64_t index = block_index(load->run, load->plan->nsid, op->first + i);

		if (op->opcode == ZNVME_CMD_WRITE)
			model_write(model, index, data_at(load, op, i));
		else if (is_write(op->opcode))
			model_write(model, index, NULL);
		else
			model->blocks[index].readers++;
		if (op->known)
			op->known = model_expect(model, index, data_at(load, op, i));
	}
	/* Compared with data that are wrong for certain. */
	if (op->opcode == ZNVME_CMD_COMPARE && !op->known)
		memset(op->data, 0xa5, (size_t)op->nr * load->run->plan->block_size);
}

static void look_at_block(struct load *load, uint64_t index, const void *data)
{
	const char *wrong = model_read(&load->run->model, index, data);

	load->totals.blocks++;
	if (wrong)
		run_fail(load->run, "a read: block %llu: %s (versions %u to %u, begun %u)",
			 (unsigned long long)index, wrong, load->run->model.blocks[index].oldest,
			 load->run->model.blocks[index].newest,
			 load->run->model.blocks[index].next);
}

/* It has ended, `done` or not. */
static void end_blocks(struct load *load, struct op *op, bool done)
{
	const struct model *model = &load->run->model;

	for (uint32_t i = 0; i < op->nr; i++) {
		uint64_t index = block_index(load->run, load->plan->nsid, op->first + i);

		if (is_write(op->opcode)) {
			model_written(model, index, done, op->durable);
			continue;
		}
		model->blocks[index].readers--;
		if (op->opcode == ZNVME_CMD_READ && done && is_honest(load->run))
			look_at_block(load, index, data_at(load, op, i));
	}
}

/* What is there now will last when the flush has completed. */
static void begin_flush(struct load *load)
{
	for (uint32_t i = 0; i < load->plan->nr; i++) {
		struct block *block = block_at(load, load->plan->first + i);

		block->flushing = block->oldest;
	}
}

static void end_flush(struct load *load, bool done)
{
	for (uint32_t i = 0; done && i < load->plan->nr; i++) {
		struct block *block = block_at(load, load->plan->first + i);

		if (block->durable < block->flushing)
			block->durable = block->flushing;
	}
}

/* ---- building ------------------------------------------------------------------------------ */

static bool is_supported(const struct load *load, uint8_t opcode)
{
	const uint16_t oncs = load->run->oncs;

	switch (opcode) {
	case ZNVME_CMD_COMPARE:
		return oncs & ZNVME_CTRL_ONCS_COMPARE;
	case ZNVME_CMD_WRITE_ZEROES:
		return oncs & ZNVME_CTRL_ONCS_WRITE_ZEROES;
	case ZNVME_CMD_DSM:
		return oncs & ZNVME_CTRL_ONCS_DSM;
	default:
		return true;
	}
}

static uint8_t choose_opcode(struct load *load)
{
	static const uint8_t opcodes[] = {
		ZNVME_CMD_WRITE,   ZNVME_CMD_WRITE,	   ZNVME_CMD_WRITE, ZNVME_CMD_WRITE,
		ZNVME_CMD_READ,	   ZNVME_CMD_READ,	   ZNVME_CMD_READ,  ZNVME_CMD_READ,
		ZNVME_CMD_COMPARE, ZNVME_CMD_WRITE_ZEROES, ZNVME_CMD_DSM,   ZNVME_CMD_FLUSH,
	};
	uint8_t opcode = opcodes[draw_range(&load->random, 0, ARRAY_LEN(opcodes) - 1)];

	if (!is_supported(load, opcode) || (opcode == ZNVME_CMD_FLUSH && load->flushing))
		opcode = ZNVME_CMD_READ;
	return opcode;
}

static struct op *free_op(struct load *load)
{
	unsigned at = draw_range(&load->random, 0, load->plan->depth - 1);

	for (unsigned i = 0; i < load->plan->depth; i++) {
		struct op *op = &load->ops[(at + i) % load->plan->depth];

		if (!op->busy)
			return op;
	}
	return NULL;
}

static void *cookie(const struct load *load, const struct op *op)
{
	return (void *)((uintptr_t)op->serial * MAX_DEPTH + (uintptr_t)(op - load->ops));
}

/* A read, write or compare by one of the ways there are: 0, or why there is no such command. */
static int build_data(struct load *load, struct op *op, struct znvme_region *region)
{
	uint32_t flags = op->durable && !is_durable(load) ? ZNVME_RW_FUA : 0;
	unsigned way = draw_range(&load->random, 0, 3);
	struct znvme_sqe *sqe;
	struct znvme_rw rw;
	int rc;

	if (way < 2) {
		sqe = znvme_get_sqe(load->queue, cookie(load, op));
		if (!sqe)
			return -EAGAIN;
		if (way == 0 || !load->run->info.sgl)
			rc = znvme_prep_rw(sqe, load->ns, op->opcode, region, op->data, op->first,
					   op->nr);
		else
			rc = znvme_prep_rw_sgl(sqe, load->ns, op->opcode, region, op->data,
					       op->first, op->nr);
		if (rc)
			znvme_put_sqe(load->queue, sqe);
		else
			sqe->cdw12 |= flags;
		return rc;
	}
	rc = znvme_rw_init(&rw, load->ns, op->opcode, op->nr, flags, way == 2 ? region : NULL);
	if (rc)
		return rc;
	if (way == 2)
		return znvme_queue_rw(load->queue, &rw, op->data, op->first, cookie(load, op));
	return znvme_queue_rw_anywhere(load->queue, &rw, op->data, op->first, cookie(load, op));
}

static int build_other(struct load *load, struct op *op, struct znvme_region *region)
{
	const struct znvme_dsm_range range = {.slba = op->first, .nlb = op->nr};
	struct znvme_sqe *sqe = znvme_get_sqe(load->queue, cookie(load, op));
	int rc = 0;

	if (!sqe)
		return -EAGAIN;
	switch (op->opcode) {
	case ZNVME_CMD_FLUSH:
		znvme_prep_flush(sqe, load->ns);
		break;
	case ZNVME_CMD_WRITE_ZEROES:
		rc = znvme_prep_write_zeroes(sqe, load->ns, op->first, op->nr);
		if (op->durable && !is_durable(load))
			sqe->cdw12 |= ZNVME_RW_FUA;
		break;
	default:
		memcpy(op->data, &range, sizeof(range));
		rc = znvme_prep_dsm(sqe, load->ns, region, (void *)op->data, 1, ZNVME_DSM_AD);
	}
	if (rc)
		znvme_put_sqe(load->queue, sqe);
	return rc;
}

/* Undo what was begun for a command that was not built after all. */
static void abandon(struct load *load, struct op *op)
{
	if (op->opcode != ZNVME_CMD_FLUSH)
		end_blocks(load, op, false);
	op->busy = false;
}

/* Build one more command, in `region` and with its data at `data`; false where there is no room, or
 * no blocks. */
static struct op *build(struct load *load, struct znvme_region *region, char *data)
{
	struct op *op = free_op(load);
	int rc;

	if (!op || load->in_flight >= load->size - 1)
		return NULL;
	*op = (struct op){.opcode = choose_opcode(load), .serial = ++load->serial};
	op->data = data ? data : region->addr + (size_t)(op - load->ops) * load->stride;
	if (!draw_one_in(&load->random, 3))
		op->data += 4 * draw_range(&load->random, 0, PAGE / 4 - 1);
	/* Deallocation does not take FUA. */
	op->durable =
		is_durable(load) || (op->opcode != ZNVME_CMD_DSM && draw_one_in(&load->random, 8));
	if (op->opcode != ZNVME_CMD_FLUSH && !choose_blocks(load, op, load->most))
		return NULL;
	op->busy = true;
	if (op->opcode == ZNVME_CMD_FLUSH)
		begin_flush(load);
	else
		begin_blocks(load, op);
	if (op->opcode == ZNVME_CMD_READ || op->opcode == ZNVME_CMD_WRITE ||
	    op->opcode == ZNVME_CMD_COMPARE)
		rc = build_data(load, op, region);
	else
		rc = build_other(load, op, region);
	if (rc) {
		abandon(load, op);
		/* Identify may have named another limit since. */
		if (rc != -EINVAL || !is_excused(load->run, MAY_LIE))
			run_fail(load->run, "a command of %u blocks with %u in flight: %s", op->nr,
				 load->in_flight, znvme_strerror(rc));
		return NULL;
	}
	load->flushing |= op->opcode == ZNVME_CMD_FLUSH;
	load->in_flight++;
	load->totals.submitted++;
	return op;
}

/* ---- completions --------------------------------------------------------------------------- */

/* Whether the controller has a reason for this status. */
static void judge_status(struct load *load, const struct op *op, int status)
{
	switch (status & (int)(ZNVME_STATUS_SCT | ZNVME_STATUS_SC)) {
	case ZNVME_SC_COMPARE_FAILURE:
		if (is_honest(load->run) && (op->opcode != ZNVME_CMD_COMPARE || op->known))
			run_fail(load->run, "blocks from %u on differ from what was written",
				 op->first);
		break;
	case ZNVME_SC_ABORT_REQUESTED:
	case ZNVME_SC_ABORT_SQ_DELETED: /* and its completion queue was not */
		if (!is_excused(load->run, MAY_BE_LATE | MAY_REFUSE))
			run_fail(load->run, "a command was aborted");
		break;
	default:
		if (!is_excused(load->run, MAY_REFUSE | MAY_LIE))
			run_fail(load->run, "opcode 0x%02x, %u blocks from %u on: %s", op->opcode,
				 op->nr, op->first, znvme_strerror(status));
	}
}

static void count_status(struct load *load, const struct op *op, int status)
{
	load->totals.completed++;
	if (status > 0) {
		load->totals.refused++;
		judge_status(load, op, status);
	} else if (status < 0) {
		run_judge(load->run, "a command", status);
		if (status == -ENODEV)
			load->totals.gone++;
		else
			load->totals.ended++;
	} else if (op->opcode == ZNVME_CMD_COMPARE && !op->known && is_honest(load->run)) {
		run_fail(load->run, "blocks from %u on are like what was never written", op->first);
	}
}

static void free_own(struct load *load, struct op *op)
{
	int rc = znvme_mem_free(load->run->ctrl, op->own);

	/* Where another queue's ring has turned round since, it stays until the controller is
	 * closed. */
	if (rc && rc != -EBUSY)
		run_judge(load->run, "freeing memory", rc);
	op->own = NULL;
}

static void complete(struct load *load, const struct znvme_cpl *cpl)
{
	struct op *op = &load->ops[(uintptr_t)cpl->data % MAX_DEPTH];
	bool done = cpl->status == 0;

	if (!op->busy || cookie(load, op) != cpl->data) {
		load->totals.twice++;
		run_fail(load->run, "a completion (%s) for no command that is under way",
			 znvme_strerror(cpl->status));
		return;
	}
	if (op->freed && cpl->status >= 0)
		run_fail(load->run, "memory was freed under a command that was in flight");
	op->busy = false;
	load->in_flight--;
	count_status(load, op, cpl->status);
	if (op->opcode == ZNVME_CMD_FLUSH) {
		end_flush(load, done);
		load->flushing = false;
	} else {
		end_blocks(load, op, done);
	}
	if (op->own)
		free_own(load, op);
}

static int reap(struct load *load)
{
	struct znvme_cpl cpls[MAX_DEPTH];
	int max = (int)draw_range(&load->random, 1, MAX_DEPTH);
	int n;

	if (draw_one_in(&load->random, 2))
		n = znvme_reap(load->queue, cpls, max);
	else
		n = znvme_wait(
			load->queue, cpls, max,
			draw_one_in(&load->random, 4) ? -1 : (int)draw_range(&load->random, 0, 5));
	for (int i = 0; i < n; i++)
		complete(load, &cpls[i]);
	if (n < 0)
		run_fail(load->run, "waiting gives %d: %s", n, znvme_errmsg());
	if (znvme_in_flight(load->queue) != load->in_flight)
		run_fail(load->run, "the queue has %u commands in flight, not %u",
			 znvme_in_flight(load->queue), load->in_flight);
	return n;
}

static void submit(struct load *load)
{
	int rc = znvme_submit(load->queue);

	load->failures = rc ? load->failures + 1 : 0;
	if (rc)
		run_judge(load->run, "submitting", rc);
}

/* All that is in flight comes to its end, whatever became of the controller. */
static void drain(struct load *load)
{
	struct znvme_cpl cpls[MAX_DEPTH];

	submit(load);
	while (load->in_flight && !run_failed(load->run)) {
		int n = znvme_wait(load->queue, cpls, MAX_DEPTH, -1);

		for (int i = 0; i < n; i++)
			complete(load, &cpls[i]);
		if (n <= 0) {
			load->totals.lost += load->in_flight;
			run_fail(load->run, "%u commands never completed (%d)", load->in_flight, n);
			return;
		}
	}
}

/* The queue is no more, and with it what was in flight. */
static void drop_all(struct load *load)
{
	for (unsigned i = 0; i < load->plan->depth; i++) {
		struct op *op = &load->ops[i];

		if (!op->busy)
			continue;
		op->busy = false;
		op->own = NULL; /* the controller's */
		if (op->opcode != ZNVME_CMD_FLUSH)
			end_blocks(load, op, false);
		load->totals.dropped++;
	}
	load->in_flight = 0;
	load->flushing = false;
}

/* ---- queues and memory that come and go ---------------------------------------------------- */

static bool create_queue(struct load *load)
{
	struct znvme_queue_options options = load->plan->queue;
	int rc;

	load->size = load->plan->queue_size;
	if (load->size > load->run->info.max_queue_size)
		load->size = load->run->info.max_queue_size;
	rc = znvme_queue_create(load->run->ctrl, load->size, &options, &load->queue);
	if ((rc == -EOPNOTSUPP || rc == -ENOMEM || rc == -ENOSPC) &&
	    options.flags & ZNVME_QUEUE_CMB) {
		options.flags &= ~(unsigned)ZNVME_QUEUE_CMB;
		rc = znvme_queue_create(load->run->ctrl, load->size, &options, &load->queue);
	}
	if (!rc)
		return true;
	load->queue = NULL;
	/* All of them may be in use. */
	if (rc != -ENOSPC)
		run_judge(load->run, "creating a queue", rc);
	return false;
}

/* Delete the queue, with commands in flight or without, and make another. */
static bool change_queue(struct load *load)
{
	int rc;

	if (draw_one_in(&load->random, 2))
		drain(load);
	rc = znvme_queue_delete(load->queue);
	if (rc) {
		/* It is still there. */
		run_judge(load->run, "deleting a queue", rc);
		return true;
	}
	drop_all(load);
	return create_queue(load);
}

/* A command in memory of its own, which cannot be freed before it ends. */
static void use_own_memory(struct load *load)
{
	struct znvme_region *own;
	struct op *op;
	int rc = znvme_mem_alloc(load->run->ctrl, load->stride, &own);

	if (rc) {
		run_judge(load->run, "allocating memory", rc);
		return;
	}
	op = build(load, own, own->addr);
	if (op)
		op->own = own;
	if (op && draw_one_in(&load->random, 2))
		return;
	if (op)
		submit(load);
	rc = znvme_mem_free(load->run->ctrl, own);
	if (op && !rc && op->opcode != ZNVME_CMD_FLUSH && op->opcode != ZNVME_CMD_WRITE_ZEROES)
		op->freed = true;
	if (op && !rc)
		op->own = NULL;
	if (rc && rc != -EBUSY)
		run_judge(load->run, "freeing memory", rc);
}

static bool get_memory(struct load *load, struct worker *worker)
{
	size_t len = load->plan->depth * load->stride;
	int rc;

	if (!load->plan->own_memory) {
		rc = znvme_mem_alloc(load->run->ctrl, len, &load->region);
	} else {
		worker->memory = aligned_alloc(PAGE, len);
		if (!worker->memory)
			abort();
		rc = znvme_mem_map(load->run->ctrl, worker->memory, len, 0, &load->region);
	}
	if (rc)
		run_judge(load->run, "memory for I/O", rc);
	return !rc;
}

/* ---- the loop ------------------------------------------------------------------------------ */

static bool is_wanted(const struct load *load)
{
	return load->totals.submitted < load->plan->ops && load->failures < 20 &&
	       !__atomic_load_n(&load->run->stop, __ATOMIC_ACQUIRE) && !run_failed(load->run);
}

static void keep_queue_busy(struct load *load)
{
	while (load->queue && is_wanted(load)) {
		unsigned batch = draw_range(&load->random, 1, load->plan->depth);

		for (unsigned i = 0; i < batch; i++)
			build(load, load->region, NULL);
		/* What was built may wait, and a reset may come between. */
		if (!draw_one_in(&load->random, 8) || load->in_flight >= load->size - 1)
			submit(load);
		reap(load);
		if (draw_one_in(&load->random, 50))
			change_queue(load);
		else if (draw_one_in(&load->random, 20))
			use_own_memory(load);
		/* A controller that has failed may be reset by and by. */
		if (load->failures)
			usleep(1000);
	}
}

static void use_queue(struct load *load, struct worker *worker)
{
	int rc;

	load->stride = (load->plan->max_bytes + 2 * PAGE - 1) & ~(size_t)(PAGE - 1);
	if (!create_queue(load) || !get_memory(load, worker))
		return;
	keep_queue_busy(load);
	if (!load->queue || __atomic_load_n(&load->run->drop, __ATOMIC_ACQUIRE)) {
		drop_all(load);
		return;
	}
	drain(load);
	rc = draw_one_in(&load->random, 2) ? znvme_mem_free(load->run->ctrl, load->region) : 0;
	if (rc && rc != -EBUSY)
		run_judge(load->run, "freeing memory", rc);
	rc = draw_one_in(&load->random, 2) ? znvme_queue_delete(load->queue) : 0;
	if (rc)
		run_judge(load->run, "deleting a queue", rc);
}

static void count_call(struct load *load, const struct op *op, int rc, int status)
{
	load->failures = rc ? load->failures + 1 : 0;
	if (rc == -ENOSPC) /* other threads have all queues */
		return;
	load->totals.submitted++;
	count_status(load, op, status ? status : rc);
}

/* One blocking call. */
static void call(struct load *load, struct op *op)
{
	static const uint8_t opcodes[] = {ZNVME_CMD_WRITE, ZNVME_CMD_WRITE, ZNVME_CMD_READ,
					  ZNVME_CMD_READ, ZNVME_CMD_FLUSH};
	size_t bytes;
	uint64_t at;
	int status = 0;
	ssize_t rc;

	op->opcode = opcodes[draw_range(&load->random, 0, ARRAY_LEN(opcodes) - 1)];
	op->durable = is_durable(load) || draw_one_in(&load->random, 8);
	if (op->opcode == ZNVME_CMD_FLUSH) {
		begin_flush(load);
		rc = znvme_flush(load->ns);
		status = rc > 0 ? (int)rc : 0;
		end_flush(load, rc == 0);
	} else {
		choose_blocks(load, op, load->most);
		begin_blocks(load, op);
		bytes = (size_t)op->nr * load->ns->block_size;
		at = (uint64_t)op->first * load->ns->block_size;
		if (op->opcode == ZNVME_CMD_WRITE)
			rc = znvme_pwrite(load->ns, op->data, bytes, at,
					  op->durable ? ZNVME_IO_FUA : 0, &status);
		else
			rc = znvme_pread(load->ns, op->data, bytes, at, 0, &status);
		if (rc >= 0 && (size_t)rc != bytes)
			run_fail(load->run, "a call moves %zd of %zu bytes", rc, bytes);
		end_blocks(load, op, rc >= 0);
		rc = rc >= 0 ? 0 : rc;
	}
	count_call(load, op, (int)rc, status);
}

/* A part of a block, read or written as it is: whatever becomes of that, the block holds the same.
 */
static void call_for_part(struct load *load, struct op *op)
{
	const unsigned size = load->run->plan->block_size;
	unsigned from = draw_range(&load->random, 0, size - 1);
	unsigned len = draw_range(&load->random, 1, size - from);
	uint32_t lba = load->plan->first + draw_range(&load->random, 0, load->plan->nr - 1);
	uint64_t at = (uint64_t)lba * size + from;
	char *part = malloc(size);
	int status = 0;
	ssize_t rc;

	if (!part)
		abort();
	op->opcode = draw_one_in(&load->random, 2) ? ZNVME_CMD_READ : ZNVME_CMD_WRITE;
	if (model_expect(&load->run->model, block_index(load->run, load->plan->nsid, lba),
			 op->data)) {
		memcpy(part, op->data + from, len);
		if (op->opcode == ZNVME_CMD_READ)
			rc = znvme_pread(load->ns, part, len, at, ZNVME_IO_RMW, &status);
		else
			rc = znvme_pwrite(load->ns, part, len, at, ZNVME_IO_RMW, &status);
		if (rc > 0 && is_honest(load->run) && memcmp(part, op->data + from, len))
			run_fail(load->run, "a part of block %u is not as it was written", lba);
		count_call(load, op, rc < 0 ? (int)rc : 0, status);
	}
	free(part);
}

static void use_calls(struct load *load)
{
	struct op op = {.data = malloc(load->plan->max_bytes)};

	if (!op.data)
		abort();
	while (is_wanted(load)) {
		if (draw_one_in(&load->random, 5))
			call_for_part(load, &op);
		else
			call(load, &op);
		if (load->failures)
			usleep(1000);
	}
	free(op.data);
}

/* ---- the thread ---------------------------------------------------------------------------- */

/* The namespace, where it is what it was drawn as. */
static bool get_ns(struct load *load)
{
	const struct plan *plan = load->run->plan;
	int rc = znvme_ns_get(load->run->ctrl, load->plan->nsid, &load->ns);

	if (rc) {
		run_judge(load->run, "the namespace", rc);
		return false;
	}
	if (load->ns->lba_bytes == plan->block_size && load->ns->nr_blocks == plan->nr_blocks)
		return true;
	if (is_honest(load->run))
		run_fail(load->run, "namespace %u has %llu blocks of %u bytes", load->ns->nsid,
			 (unsigned long long)load->ns->nr_blocks, load->ns->lba_bytes);
	return false;
}

void *load_thread(void *arg)
{
	struct worker *worker = arg;
	struct load *load = calloc(1, sizeof(*load));

	if (!load)
		abort();
	load->run = worker->run;
	load->plan = worker->plan;
	load->random = worker->plan->seed;
	if (get_ns(load)) {
		load->most = load->plan->max_bytes / load->ns->block_size;
		if (load->plan->queue_size && load->most > load->ns->max_nlb)
			load->most = load->ns->max_nlb;
		if (load->plan->queue_size)
			use_queue(load, worker);
		else
			use_calls(load);
	}
	run_count(load->run, &load->totals);
	free(load);
	__atomic_sub_fetch(&worker->run->workers_left, 1, __ATOMIC_RELEASE);
	return NULL;
}
