/* SPDX-License-Identifier: MIT */
/* Moving many blocks at queue depth, in order (transfer.h). */
#include "transfer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define DEFAULT_DEPTH 16u
#define MAX_DEPTH     256u
#define MAX_PIECE     (256u << 10) /* bytes of one command at most */
#define MAX_RING      (8u << 20)   /* bytes of all buffers at most */
#define LOOK_EVERY    256u	   /* commands between two looks at events */

/* One command and its buffer: the data, and behind the room for them separate metadata. */
struct piece {
	char *buf;
	char *metadata; /* NULL where there are none, or they are extended */
	uint64_t slba;
	uint32_t nlb;
	bool full; /* completed and not handed over yet */
};

struct ring {
	struct tool *tool;
	struct transfer *transfer;
	struct znvme_queue *queue;
	struct znvme_region *region;
	struct piece piece[MAX_DEPTH];
	unsigned nr;	    /* pieces in use */
	uint32_t max_nlb;   /* blocks of a piece */
	uint64_t started;   /* commands begun; piece [started % nr] is the next */
	uint64_t handed;    /* and handed over */
	struct znvme_pi pi; /* of the transfer's first block */
	bool moved;	    /* metadata go over the bus */
	char *apart;	    /* data and metadata of a piece that has them woven */
	uint64_t next_lba;
	uint64_t left;	    /* blocks not begun yet */
	uint64_t next_look; /* at `handed`: whether the host wants the device back */
};

static const char *verb(uint8_t opcode)
{
	return opcode == ZNVME_CMD_READ ? "read" : opcode == ZNVME_CMD_WRITE ? "write" : "compare";
}

/*
 * Which tag was wrong: of what is on the medium or, where that was not to be had, of what was to be
 * written. Other commands of the queue may still be in flight; nothing is made of them any more.
 */
static void explain_piece(const struct ring *ring, const struct piece *piece, int status)
{
	const struct transfer *transfer = ring->transfer;
	const struct znvme_ns *ns = transfer->ns;
	struct znvme_pi pi = pi_advance(ns, &ring->pi, piece->slba - transfer->slba);

	if (transfer->opcode != ZNVME_CMD_READ && ring->moved && ns->pi_type &&
	    znvme_pi_check(ns, piece->buf, piece->metadata, piece->slba, piece->nlb, &pi, NULL) > 0)
		tool_error("%s", znvme_errmsg());
	else if (transfer->opcode != ZNVME_CMD_WRITE)
		pi_explain(ring->tool, ns, status, piece->slba, piece->nlb, &pi);
}

static int fail_piece(const struct ring *ring, const struct piece *piece, int status)
{
	const char *what = verb(ring->transfer->opcode);
	uint64_t last = piece->slba + piece->nlb - 1;

	if (status < 0)
		return tool_error("%s of blocks %" PRIu64 " to %" PRIu64 ": %s", what, piece->slba,
				  last, znvme_strerror(status));
	tool_fail(status, what);
	explain_piece(ring, piece, status);
	return tool_error("%s of blocks %" PRIu64 " to %" PRIu64 " failed", what, piece->slba,
			  last);
}

/* The region: as much as is wanted, or as locked memory lets us have. */
static int alloc_buffers(struct ring *ring)
{
	const struct znvme_ns *ns = ring->transfer->ns;
	struct znvme_ctrl *ctrl = ring->tool->ctrl;
	size_t piece_bytes;
	int rc;

	for (;;) {
		piece_bytes = (size_t)ring->max_nlb * (ns->block_size + ns->metadata_size);
		piece_bytes = (piece_bytes + 4095) / 4096 * 4096;
		rc = znvme_mem_alloc(ctrl, ring->nr * piece_bytes, &ring->region);
		if (rc != -ENOMEM)
			break;
		if (ring->nr > 2)
			ring->nr /= 2;
		else if (ring->max_nlb > 1)
			ring->max_nlb /= 2;
		else
			break;
	}
	if (rc)
		return tool_fail(rc, "buffers");
	for (unsigned i = 0; i < ring->nr; i++) {
		struct piece *piece = &ring->piece[i];

		piece->buf = ring->region->addr + i * piece_bytes;
		if (ring->moved && !ns->metadata_extended)
			piece->metadata = piece->buf + (size_t)ring->max_nlb * ns->block_size;
	}
	if (ring->moved && ns->metadata_extended)
		ring->apart = malloc(piece_bytes);
	return ring->moved && ns->metadata_extended && !ring->apart ? tool_error("out of memory")
								    : 0;
}

static int open_ring(struct ring *ring)
{
	const struct transfer *transfer = ring->transfer;
	const struct znvme_ns *ns = transfer->ns;
	struct znvme_ctrl_info info;
	uint64_t pieces;
	int rc;

	if (transfer->pi)
		ring->pi = *transfer->pi;
	else
		znvme_pi_init(&ring->pi, ns, transfer->slba);
	ring->moved = ns->metadata_size && !znvme_pi_is_stripped(ns, ring->pi.prinfo);
	znvme_ctrl_info(ring->tool->ctrl, &info);
	ring->max_nlb = MAX_PIECE / ns->block_size ? MAX_PIECE / ns->block_size : 1;
	if (ring->max_nlb > ns->max_nlb)
		ring->max_nlb = ns->max_nlb;
	if (ring->max_nlb > transfer->nr_blocks)
		ring->max_nlb = (uint32_t)transfer->nr_blocks;

	ring->nr = transfer->depth ? transfer->depth : DEFAULT_DEPTH;
	if (ring->nr > MAX_DEPTH)
		ring->nr = MAX_DEPTH;
	if (ring->nr > info.max_queue_size - 1)
		ring->nr = info.max_queue_size - 1;
	/* Writes to a zone have an order, and commands in flight have none. */
	if (ns->zone_size && transfer->opcode == ZNVME_CMD_WRITE)
		ring->nr = 1;
	pieces = (transfer->nr_blocks + ring->max_nlb - 1) / ring->max_nlb;
	if (ring->nr > pieces)
		ring->nr = (unsigned)pieces;
	while (ring->nr > 1 &&
	       (size_t)ring->nr * ring->max_nlb * (ns->block_size + ns->metadata_size) > MAX_RING)
		ring->nr--;

	if (alloc_buffers(ring))
		return 1;
	rc = znvme_queue_create(ring->tool->ctrl, ring->nr + 1, NULL, &ring->queue);
	return rc ? tool_fail(rc, "I/O queue") : 0;
}

static void close_ring(struct ring *ring)
{
	znvme_queue_delete(ring->queue);
	znvme_mem_free(ring->tool->ctrl, ring->region);
	free(ring->apart);
}

/* Send the command of a piece whose buffer, for writes, is filled. */
static int start(struct ring *ring, struct piece *piece, uint32_t nlb)
{
	const struct transfer *transfer = ring->transfer;
	struct znvme_sqe *sqe = znvme_get_sqe(ring->queue, piece);
	struct znvme_pi pi;
	int rc;

	if (!sqe)
		return tool_error("the I/O queue is full");
	piece->slba = ring->next_lba;
	piece->nlb = nlb;
	pi = pi_advance(transfer->ns, &ring->pi, piece->slba - transfer->slba);
	rc = znvme_prep_rw_pi(sqe, transfer->ns, transfer->opcode, ring->region, piece->buf,
			      ring->region, piece->metadata, piece->slba, nlb,
			      transfer->ns->pi_type ? &pi : NULL);
	if (rc) {
		znvme_put_sqe(ring->queue, sqe);
		return fail_piece(ring, piece, rc);
	}
	sqe->cdw12 |= transfer->flags;
	sqe->cdw13 |= transfer->cdw13;
	ring->next_lba += nlb;
	ring->left -= nlb;
	ring->started++;
	return 0;
}

/* Blocks of the next command: no more than are left, and none crosses from zone to zone. */
static uint32_t next_blocks(const struct ring *ring)
{
	uint64_t zone = ring->transfer->ns->zone_size, nlb = ring->max_nlb;

	if (zone && nlb > zone - ring->next_lba % zone)
		nlb = zone - ring->next_lba % zone;
	return (uint32_t)(ring->left < nlb ? ring->left : nlb);
}

/* Where the data of a piece are while they are apart from its metadata, and these. */
static char *data_of(const struct ring *ring, const struct piece *piece)
{
	return ring->apart ? ring->apart : piece->buf;
}

static char *metadata_of(const struct ring *ring, const struct piece *piece)
{
	return ring->apart ? ring->apart + (size_t)ring->max_nlb * ring->transfer->ns->block_size
			   : piece->metadata;
}

/* The metadata of `nlb` blocks that begin at `slba` and whose data are there. */
static int give_metadata(struct ring *ring, struct piece *piece, uint64_t slba, uint32_t nlb)
{
	const struct transfer *transfer = ring->transfer;
	const struct znvme_ns *ns = transfer->ns;
	struct znvme_pi pi = pi_advance(ns, &ring->pi, slba - transfer->slba);
	const size_t len = (size_t)nlb * ns->metadata_size;
	char *metadata = metadata_of(ring, piece);

	if (!ring->moved)
		return 0;
	memset(metadata, 0, len);
	if (transfer->give_metadata && transfer->give_metadata(transfer->arg, metadata, len))
		return 1;
	if (ring->apart)
		pi_weave(ns, piece->buf, ring->apart, metadata, nlb);
	if (!ns->pi_type || transfer->give_metadata)
		return 0;
	return znvme_pi_generate(ns, piece->buf, piece->metadata, nlb, &pi)
		       ? tool_error("%s", znvme_errmsg())
		       : 0;
}

/* Start as many commands as there are free pieces. */
static int start_all(struct ring *ring)
{
	const struct transfer *transfer = ring->transfer;
	uint32_t block_size = transfer->ns->block_size;

	while (ring->left && ring->started - ring->handed < ring->nr) {
		struct piece *piece = &ring->piece[ring->started % ring->nr];
		uint32_t nlb = next_blocks(ring);
		size_t got = 0;

		if (transfer->give) {
			if (transfer->give(transfer->arg, data_of(ring, piece),
					   (size_t)nlb * block_size, &got))
				return 1;
			nlb = (uint32_t)(got / block_size);
			if (!nlb) {
				ring->left = 0;
				break;
			}
			if (give_metadata(ring, piece, ring->next_lba, nlb))
				return 1;
		}
		if (start(ring, piece, nlb))
			return 1;
		if (transfer->give) /* the next data may be long in coming */
			znvme_submit(ring->queue);
	}
	znvme_submit(ring->queue);
	return 0;
}

/* Wait for completions, one at least. */
static int collect(struct ring *ring)
{
	struct znvme_cpl cpls[32];
	int n = znvme_wait(ring->queue, cpls, TOOL_COUNT(cpls), -1);

	if (n < 0)
		return tool_fail(n, verb(ring->transfer->opcode));
	if (!n)
		return tool_error("commands were lost in the driver");
	for (int i = 0; i < n; i++) {
		struct piece *piece = cpls[i].data;

		if (cpls[i].status)
			return fail_piece(ring, piece, cpls[i].status);
		piece->full = true;
	}
	return 0;
}

/* Check what was read, and hand it over. */
static int take_piece(struct ring *ring, const struct piece *piece)
{
	const struct transfer *transfer = ring->transfer;
	const struct znvme_ns *ns = transfer->ns;
	struct znvme_pi pi = pi_advance(ns, &ring->pi, piece->slba - transfer->slba);
	char *metadata = metadata_of(ring, piece);

	if (ring->moved && ns->pi_type &&
	    znvme_pi_check(ns, piece->buf, piece->metadata, piece->slba, piece->nlb, &pi, NULL))
		return tool_error("%s", znvme_errmsg());
	if (ring->apart)
		pi_unweave(ns, piece->buf, ring->apart, metadata, piece->nlb);
	if (transfer->take(transfer->arg, data_of(ring, piece),
			   (size_t)piece->nlb * ns->block_size))
		return 1;
	if (!ring->moved || !transfer->take_metadata)
		return 0;
	return transfer->take_metadata(transfer->arg, metadata,
				       (size_t)piece->nlb * ns->metadata_size);
}

/* Hand over what is complete, in the order of the blocks. */
static int hand_over(struct ring *ring)
{
	struct transfer *transfer = ring->transfer;

	while (ring->handed < ring->started) {
		struct piece *piece = &ring->piece[ring->handed % ring->nr];

		if (!piece->full)
			break;
		if (transfer->take && take_piece(ring, piece))
			return 1;
		piece->full = false;
		transfer->done += piece->nlb;
		ring->handed++;
	}
	return 0;
}

static int let_go(struct ring *ring)
{
	if (ring->handed < ring->next_look)
		return 0;
	ring->next_look = ring->handed + LOOK_EVERY;
	return tool_lets_go(ring->tool);
}

static int flush(struct ring *ring)
{
	struct znvme_sqe sqe;
	int rc;

	memset(&sqe, 0, sizeof(sqe));
	znvme_prep_flush(&sqe, ring->transfer->ns);
	rc = znvme_exec(ring->queue, &sqe, NULL);
	return rc ? tool_fail(rc, "flush") : 0;
}

int transfer_run(struct tool *tool, struct transfer *transfer)
{
	tool_autofree struct ring *ring = calloc(1, sizeof(*ring));
	int rc;

	if (!ring)
		return tool_error("out of memory");
	ring->tool = tool;
	ring->transfer = transfer;
	ring->next_lba = transfer->slba;
	ring->left = transfer->nr_blocks;
	transfer->done = 0;

	rc = open_ring(ring);
	if (!rc)
		rc = start_all(ring);
	while (!rc && ring->handed < ring->started) {
		rc = collect(ring) || hand_over(ring);
		if (!rc && transfer->stop && *transfer->stop)
			rc = tool_error("interrupted");
		else if (!rc)
			rc = let_go(ring);
		rc = rc || start_all(ring);
	}
	if (!rc && transfer->flush)
		rc = flush(ring);
	close_ring(ring);
	return rc;
}
