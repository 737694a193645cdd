/* SPDX-License-Identifier: MIT */
/*
 * Blocking I/O by bytes over one queue pair of the controller: split by MDTS, several pieces in
 * flight, bounced where the buffer is in no region. See <znvme/io.h>.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "io/io.h"
#include "io/metadata.h"
#include "queue/queue.h"
#include "znvme/cmd.h"
#include "znvme/io.h"
#include "znvme/names.h"

#define DEPTH	    8u			     /* pieces in flight */
#define PIECE_BYTES (IO_BUFFER_SIZE / DEPTH) /* the largest that is bounced */

/* A piece of a transfer, in flight or free. */
struct piece {
	char *bounce; /* its own part of the bounce region */
	char *user;   /* where read data goes; NULL where it went straight */
	size_t len;   /* bytes */
	uint64_t slba;
	bool busy;
};

struct io {
	struct znvme_ctrl *ctrl;
	struct znvme_queue *queue;
	struct znvme_region *region; /* for bouncing */
	struct piece pieces[DEPTH];
	unsigned busy;
	char wrong[160]; /* what the host found in metadata; "": nothing */
};

/* One call's transfer. */
struct transfer {
	struct io *io;
	const struct znvme_ns *ns;
	struct znvme_region *region; /* that holds all of the buffer; NULL: bounce */
	uint8_t opcode;
	uint32_t cdw12_flags;
	char *buf;	 /* next byte */
	size_t left;	 /* bytes not submitted yet */
	uint64_t offset; /* of the next byte in the namespace */
	int status;	 /* of the first piece that failed */
	size_t done;	 /* bytes of pieces that have succeeded */
};

static void io_close(struct znvme_ctrl *ctrl)
{
	struct io *io = ctrl->io;

	if (!io)
		return;
	ctrl->io = NULL;
	/* A failure of either leaves it to the closing of the controller. */
	znvme_queue_delete(io->queue);
	znvme_mem_free(ctrl, io->region);
	free(io);
}

static int io_open(struct znvme_ctrl *ctrl)
{
	unsigned size = MIN(2 * DEPTH, ctrl->max_queue_size);
	struct io *io = calloc(1, sizeof(*io));
	int rc;

	if (!io)
		return znvme_fail(-ENOMEM, "no memory for blocking I/O");
	io->ctrl = ctrl;
	rc = znvme_queue_create(ctrl, size, NULL, &io->queue);
	if (rc)
		goto free_io;
	rc = znvme_mem_alloc(ctrl, IO_BUFFER_SIZE, &io->region);
	if (rc)
		goto delete_queue;
	for (unsigned i = 0; i < DEPTH; i++)
		io->pieces[i].bounce = io->region->addr + i * PIECE_BYTES;
	ctrl->io = io;
	ctrl->io_close = io_close;
	return 0;

delete_queue:
	znvme_queue_delete(io->queue);
free_io:
	free(io);
	return rc;
}

int io_enter(struct znvme_ctrl *ctrl, struct io **io)
{
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	ctrl_leave(ctrl);
	pthread_mutex_lock(&ctrl->io_lock);
	rc = ctrl->io ? 0 : io_open(ctrl);
	if (rc) {
		pthread_mutex_unlock(&ctrl->io_lock);
		return rc;
	}
	*io = ctrl->io;
	return 0;
}

void io_leave(struct znvme_ctrl *ctrl)
{
	pthread_mutex_unlock(&ctrl->io_lock);
}

static struct piece *free_piece(struct io *io)
{
	for (unsigned i = 0; i < DEPTH; i++)
		if (!io->pieces[i].busy)
			return &io->pieces[i];
	return NULL;
}

/* How much the next command moves. */
static size_t next_len(const struct transfer *t)
{
	size_t most = (size_t)t->ns->max_nlb * t->ns->block_size;

	if (!t->region)
		most = MIN(most, PIECE_BYTES / metadata_block_bytes(t->ns) * t->ns->block_size);
	/* No command crosses from one zone to the next. */
	if (t->ns->zone_size) {
		uint64_t zone = t->ns->zone_size * t->ns->block_size;

		most = MIN(most, zone - t->offset % zone);
	}
	return MIN(t->left, most);
}

/* Commands of a queue are carried out in any order, but writes to a zone have one. */
static bool is_ordered(const struct transfer *t)
{
	return t->ns->zone_size && t->opcode == ZNVME_CMD_WRITE;
}

/* The command for a piece, and its data where they are bounced. */
static int fill_piece(struct transfer *t, struct znvme_sqe *sqe, struct piece *piece)
{
	const struct znvme_region *region = t->region ? t->region : t->io->region;
	const uint32_t nlb = (uint32_t)(piece->len / t->ns->block_size);
	char *data = t->region ? t->buf : piece->bounce;
	int rc = 0;

	if (!t->region && t->opcode == ZNVME_CMD_WRITE) {
		if (metadata_is_packed(t->ns))
			rc = metadata_pack(t->ns, piece->bounce, t->buf, piece->slba, nlb);
		else
			memcpy(piece->bounce, t->buf, piece->len);
	}
	if (rc)
		return rc;
	if (t->ns->metadata_size)
		return metadata_prep(sqe, t->ns, t->opcode, region, data, piece->slba, nlb);
	return znvme_prep_rw(sqe, t->ns, t->opcode, region, data, piece->slba, nlb);
}

/* Prepare the next piece; false where the queue is full. */
static bool prepare_piece(struct transfer *t)
{
	struct piece *piece = free_piece(t->io);
	struct znvme_sqe *sqe;
	size_t len;
	int rc;

	if (!piece || (is_ordered(t) && t->io->busy))
		return false;
	sqe = znvme_get_sqe(t->io->queue, piece);
	if (!sqe)
		return false;
	len = next_len(t);
	piece->len = len;
	piece->slba = t->offset / t->ns->block_size;
	rc = fill_piece(t, sqe, piece);
	if (rc) {
		znvme_put_sqe(t->io->queue, sqe);
		t->status = rc;
		return false;
	}
	sqe->cdw12 |= t->cdw12_flags;
	piece->user = !t->region && t->opcode == ZNVME_CMD_READ ? t->buf : NULL;
	piece->busy = true;
	t->io->busy++;
	t->buf += len;
	t->left -= len;
	t->offset += len;
	return true;
}

/* What was read, to the user. */
static int take_piece(struct transfer *t, const struct piece *piece)
{
	int rc = 0;

	if (metadata_is_packed(t->ns))
		rc = metadata_unpack(t->ns, piece->bounce, piece->user, piece->slba,
				     (uint32_t)(piece->len / t->ns->block_size));
	else
		memcpy(piece->user, piece->bounce, piece->len);
	if (rc)
		snprintf(t->io->wrong, sizeof(t->io->wrong), "%s", znvme_errmsg());
	return rc;
}

static void finish_piece(struct transfer *t, const struct znvme_cpl *cpl)
{
	struct piece *piece = cpl->data;

	if (cpl->status && !t->status)
		t->status = cpl->status;
	if (!t->status && piece->user)
		t->status = take_piece(t, piece);
	if (!t->status)
		t->done += piece->len;
	piece->busy = false;
	t->io->busy--;
}

/* All of the transfer, whole blocks. Nothing is in flight when it returns. */
static int run(struct transfer *t)
{
	struct znvme_cpl cpls[DEPTH];

	while (t->io->busy || (t->left && !t->status)) {
		int n;

		while (t->left && !t->status && prepare_piece(t))
			;
		znvme_submit(t->io->queue);
		n = znvme_wait(t->io->queue, cpls, DEPTH, -1);
		for (int i = 0; i < n; i++)
			finish_piece(t, &cpls[i]);
		if (n <= 0)
			return t->status ? t->status : -EIO;
	}
	return t->status;
}

/*
 * Milliseconds to wait before what ended with `status` is tried again; -1 where that is of no use.
 * Base 2.1, section 4.2.3: DNR, and CRD with the times of Identify Controller.
 */
static int64_t retry_delay(struct znvme_ctrl *ctrl, int status)
{
	uint16_t crdt[4] = {0};

	/* What a reset ended: the controller is there again. */
	if (status == -ECANCELED || status == -ETIMEDOUT)
		return 0;
	if (status <= 0 || (status & (int)ZNVME_STATUS_DNR))
		return -1;
	/* Another thread's reset reads Identify again. */
	if (!ctrl_enter(ctrl)) {
		crdt[1] = ctrl->id.crdt1;
		crdt[2] = ctrl->id.crdt2;
		crdt[3] = ctrl->id.crdt3;
		ctrl_leave(ctrl);
	}
	/* A controller may name any time; a caller waits no longer than for a command. */
	return (int64_t)MIN(crdt[znvme_field_get(ZNVME_STATUS_CRD, (uint32_t)status)] * 100u,
			    ctrl->options.io_timeout_ms);
}

/* Whether to try again what ended with `status`, `tries` having been made; waits as long as asked.
 */
static bool try_again(struct znvme_ctrl *ctrl, int status, unsigned tries)
{
	int64_t ms = status && tries <= ctrl->options.retries ? retry_delay(ctrl, status) : -1;

	/* By seconds: more than an hour in microseconds is too large a number. */
	for (int64_t left = ms; left > 0; left -= 1000)
		sleep_us((unsigned)MIN(left, 1000) * 1000);
	return ms >= 0;
}

static int run_blocks(struct io *io, const struct znvme_ns *ns, uint8_t opcode, void *buf,
		      size_t len, uint64_t offset, unsigned flags)
{
	struct transfer whole = {
		.io = io,
		.ns = ns,
		.opcode = opcode,
		.cdw12_flags =
			opcode == ZNVME_CMD_WRITE && (flags & ZNVME_IO_FUA) ? ZNVME_RW_FUA : 0,
		.buf = buf,
		.left = len,
		.offset = offset,
	};

	struct znvme_region *region = NULL;
	unsigned tries = 0;
	int rc;

	/* The controller takes dword-aligned addresses only. */
	if (((uintptr_t)buf & 3) == 0)
		region = znvme_mem_find(ns->ctrl, buf, len);
	if (metadata_is_packed(ns))
		region = NULL;
	if (region && opcode == ZNVME_CMD_READ && (region->flags & ZNVME_MEM_READ_ONLY))
		region = NULL;
	whole.region = region;
	/* Reads and writes of the same blocks: all of them can be repeated. */
	do {
		struct transfer t = whole;

		io->wrong[0] = '\0';
		rc = run(&t);
		if (!is_ordered(&t))
			continue;
		/* What is written is behind the write pointer now; of what a reset has ended
		 * nobody knows. */
		if (rc < 0)
			break;
		whole.buf += t.done;
		whole.left -= t.done;
		whole.offset += t.done;
	} while (try_again(ns->ctrl, rc, ++tries));
	return rc;
}

/* `len` bytes within one block, `skip` bytes into it: read it, and for a write change and write it.
 */
static int run_part(struct io *io, const struct znvme_ns *ns, uint8_t opcode, void *buf, size_t len,
		    uint64_t offset, unsigned flags)
{
	size_t skip = offset & (ns->block_size - 1);
	char *block = calloc(1, ns->block_size);
	int rc;

	if (!block)
		return znvme_fail(-ENOMEM, "no memory for a block");
	rc = run_blocks(io, ns, ZNVME_CMD_READ, block, ns->block_size, offset - skip, 0);
	if (!rc && opcode == ZNVME_CMD_READ)
		memcpy(buf, block + skip, len);
	if (!rc && opcode == ZNVME_CMD_WRITE) {
		memcpy(block + skip, buf, len);
		rc = run_blocks(io, ns, opcode, block, ns->block_size, offset - skip, flags);
	}
	free(block);
	return rc;
}

/* A cut first block, whole blocks, a cut last block. */
static int run_bytes(struct io *io, const struct znvme_ns *ns, uint8_t opcode, char *buf,
		     size_t len, uint64_t offset, unsigned flags)
{
	size_t mask = ns->block_size - 1;
	size_t head = MIN(len, (ns->block_size - (offset & mask)) & mask);
	size_t whole = (len - head) & ~mask;
	size_t tail = len - head - whole;
	int rc = 0;

	if (head)
		rc = run_part(io, ns, opcode, buf, head, offset, flags);
	if (!rc && whole)
		rc = run_blocks(io, ns, opcode, buf + head, whole, offset + head, flags);
	if (!rc && tail)
		rc = run_part(io, ns, opcode, buf + head + whole, tail, offset + head + whole,
			      flags);
	return rc;
}

static int check(const struct znvme_ns *ns, const void *buf, size_t len, uint64_t offset,
		 unsigned flags)
{
	if (flags & ~(unsigned)(ZNVME_IO_FUA | ZNVME_IO_RMW))
		return znvme_fail(-EINVAL, "unknown I/O flags 0x%x", flags);
	if (!buf)
		return znvme_fail(-EFAULT, "no buffer for %zu bytes", len);
	if (len > SSIZE_MAX)
		return znvme_fail(-EINVAL, "%zu bytes are too many for one call", len);
	if (!ns->max_nlb)
		return znvme_fail(-EOPNOTSUPP, "namespace %u has no blocks (command set %u)",
				  ns->nsid, ns->csi);
	if (offset > ns->nr_bytes || len > ns->nr_bytes - offset)
		return znvme_fail(
			-ERANGE,
			"%zu bytes at byte %llu are past the end of namespace %u, which has %llu "
			"bytes",
			len, (unsigned long long)offset, ns->nsid,
			(unsigned long long)ns->nr_bytes);
	if (!(flags & ZNVME_IO_RMW) && ((offset | len) & (ns->block_size - 1)))
		return znvme_fail(
			-EINVAL,
			"%zu bytes at byte %llu: both must be multiples of the block size, %u "
			"bytes (ZNVME_IO_RMW lifts this)",
			len, (unsigned long long)offset, ns->block_size);
	return 0;
}

static ssize_t transfer(const struct znvme_ns *ns, uint8_t opcode, void *buf, size_t len,
			uint64_t offset, unsigned flags, int *status)
{
	struct io *io;
	int rc = check(ns, buf, len, offset, flags);

	if (!rc && len)
		rc = io_enter(ns->ctrl, &io);
	if (!rc && len) {
		rc = run_bytes(io, ns, opcode, buf, len, offset, flags);
		if (rc)
			znvme_fail(rc, "%s of %zu bytes at byte %llu of namespace %u: %s",
				   opcode == ZNVME_CMD_READ ? "read" : "write", len,
				   (unsigned long long)offset, ns->nsid,
				   io->wrong[0] ? io->wrong : znvme_strerror(rc));
		io_leave(ns->ctrl);
	}
	if (status)
		*status = rc > 0 ? rc : 0;
	return rc ? znvme_status_errno(rc) : (ssize_t)len;
}

ssize_t znvme_pread(const struct znvme_ns *ns, void *buf, size_t len, uint64_t offset,
		    unsigned flags, int *status)
{
	return transfer(ns, ZNVME_CMD_READ, buf, len, offset, flags, status);
}

ssize_t znvme_pwrite(const struct znvme_ns *ns, const void *buf, size_t len, uint64_t offset,
		     unsigned flags, int *status)
{
	return transfer(ns, ZNVME_CMD_WRITE, (void *)(uintptr_t)buf, len, offset, flags, status);
}

int znvme_flush(const struct znvme_ns *ns)
{
	struct znvme_sqe cmd = {0};
	unsigned tries = 0;
	struct io *io;
	int rc = io_enter(ns->ctrl, &io);

	if (rc)
		return rc;
	znvme_prep_flush(&cmd, ns);
	do
		rc = znvme_exec(io->queue, &cmd, NULL);
	while (try_again(ns->ctrl, rc, ++tries));
	io_leave(ns->ctrl);
	if (rc > 0)
		znvme_fail(rc, "flush of namespace %u: %s", ns->nsid, znvme_strerror(rc));
	return rc;
}

/* ---- any command --------------------------------------------------------------------------- */

/* One direction of one buffer of a command: where its bytes go by. */
struct detour {
	struct znvme_region *region; /* that the controller is told of; NULL: there are no data */
	struct znvme_region *own;    /* of that, what has to be freed */
	char *user;
	char *bounce; /* NULL: the user's memory goes straight to the controller */
	size_t len;
};

/* Pieces of the shared region stand in for memory that is in none; `at` of it is taken already. */
static int detour_open(struct io *io, struct znvme_ctrl *ctrl, void *data, size_t len, bool to_ctrl,
		       size_t *at, struct detour *detour)
{
	int rc;

	*detour = (struct detour){.user = data, .len = len};
	if (!len)
		return 0;
	if (!data)
		return znvme_fail(-EFAULT, "no buffer for %zu bytes", len);
	if (((uintptr_t)data & 3) == 0)
		detour->region = znvme_mem_find(ctrl, data, len);
	if (detour->region && (to_ctrl || !(detour->region->flags & ZNVME_MEM_READ_ONLY)))
		return 0;
	if (len <= io->region->len - *at) {
		detour->region = io->region;
		detour->bounce = io->region->addr + *at;
		*at += (len + 4095) & ~(size_t)4095;
	} else {
		rc = znvme_mem_alloc(ctrl, len, &detour->own);
		if (rc)
			return rc;
		detour->region = detour->own;
		detour->bounce = detour->own->addr;
	}
	if (to_ctrl)
		memcpy(detour->bounce, data, len);
	else
		memset(detour->bounce, 0, len);
	return 0;
}

static void detour_close(struct znvme_ctrl *ctrl, struct detour *detour, bool from_ctrl)
{
	if (detour->bounce && from_ctrl)
		memcpy(detour->user, detour->bounce, detour->len);
	znvme_mem_free(ctrl, detour->own);
}

static const char *detour_addr(const struct detour *detour)
{
	return detour->bounce ? detour->bounce : detour->user;
}

/* With the data pointers filled in, and the deadline of this command for as long as it lasts. */
static int exec_detoured(struct io *io, struct znvme_sqe *sqe, const struct detour *data,
			 const struct detour *metadata, uint64_t *result, unsigned timeout_ms)
{
	struct queue *queue = queue_of(io->queue);
	unsigned usual = queue->timeout_ms;
	int rc = 0;

	sqe->flags &= (uint8_t)~ZNVME_SQE_PSDT;
	memset(&sqe->dptr, 0, sizeof(sqe->dptr));
	sqe->mptr = 0;
	if (data->len)
		rc = znvme_sqe_set_buffer(sqe, data->region, detour_addr(data), data->len);
	if (rc)
		return znvme_fail(rc, "%zu bytes are no data for one command", data->len);
	if (metadata->len)
		sqe->mptr = (uintptr_t)detour_addr(metadata) + metadata->region->iova_off;
	if (timeout_ms)
		queue->timeout_ms = MIN(timeout_ms, MAX_IO_TIMEOUT_MS);
	rc = znvme_exec(io->queue, sqe, result);
	queue->timeout_ms = usual;
	return rc;
}

/* One command, with the queue pair to itself. */
static int exec_any(struct io *io, struct znvme_sqe *sqe, void *data, size_t len, void *metadata,
		    size_t metadata_len, uint64_t *result, unsigned timeout_ms)
{
	enum znvme_data_direction direction = znvme_opcode_direction(sqe->opcode);
	struct detour data_by = {0}, metadata_by = {0};
	bool to_ctrl = direction & ZNVME_DATA_TO_CTRL;
	size_t at = 0;
	int rc = detour_open(io, io->ctrl, data, len, to_ctrl, &at, &data_by);

	if (!rc)
		rc = detour_open(io, io->ctrl, metadata, metadata_len, to_ctrl, &at, &metadata_by);
	if (!rc)
		rc = exec_detoured(io, sqe, &data_by, &metadata_by, result, timeout_ms);
	detour_close(io->ctrl, &data_by, !rc && direction & ZNVME_DATA_FROM_CTRL);
	detour_close(io->ctrl, &metadata_by, !rc && direction & ZNVME_DATA_FROM_CTRL);
	return rc;
}

int io_exec(struct io *io, struct znvme_sqe *cmd, void *data, size_t len, uint64_t *result)
{
	return exec_any(io, cmd, data, len, NULL, 0, result, 0);
}

int znvme_io_exec(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd, void *data, size_t len,
		  void *metadata, size_t metadata_len, uint64_t *result, unsigned timeout_ms)
{
	struct znvme_sqe sqe = *cmd;
	struct io *io;
	int rc;

	if (cmd->flags & ZNVME_SQE_FUSE)
		return znvme_fail(-EINVAL, "one command of a fused pair cannot be sent alone");
	rc = admin_ready(ctrl, "I/O command");
	if (rc)
		return rc;
	if (len > ctrl->max_transfer)
		return znvme_fail(-EINVAL,
				  "%zu bytes are no data for one command: %llu are the most", len,
				  (unsigned long long)ctrl->max_transfer);
	rc = io_enter(ctrl, &io);
	if (rc)
		return rc;
	rc = exec_any(io, &sqe, data, len, metadata, metadata_len, result, timeout_ms);
	io_leave(ctrl);
	if (rc > 0) {
		const char *name = znvme_opcode_name(false, cmd->opcode);

		znvme_fail(rc, "%s: %s", name ? name : "I/O command", znvme_strerror(rc));
	}
	return rc;
}
