/* SPDX-License-Identifier: MIT */
/*
 * A program's commands on the driver's queues, with data through a buffer of our own: the program's
 * memory is read and written by this process only, never by the device. As the kernel's, a command
 * is sent as it is: one that is too long (MDTS) is refused and not split, data go to the program
 * where bit 0 of the opcode is clear, and what the controller says is the result.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "preload.h"

#define DEFAULT_IO_MS 30000u /* the kernel's nvme_core.io_timeout */
#define ABORT_MS      2000

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* ---- the program's memory ------------------------------------------------------------------ */

/* By a system call that looks first; a sandbox may forbid it. */
static int copy(void *ours, void *program, size_t len, bool in)
{
	struct iovec local = {ours, len}, remote = {program, len};
	ssize_t n = 0;

	if (len)
		n = in ? process_vm_readv(getpid(), &local, 1, &remote, 1, 0)
		       : process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
	if (n < 0 && errno != EFAULT) {
		memcpy(in ? ours : program, in ? program : ours, len);
		return 0;
	}
	return n == (ssize_t)len ? 0 : -EFAULT;
}

int shim_copy_from(void *to, const void *program, size_t len)
{
	return copy(to, (void *)(uintptr_t)program, len, true);
}

int shim_copy_to(void *program, const void *from, size_t len)
{
	return copy((void *)(uintptr_t)from, program, len, false);
}

/* All pieces of the command's data, one behind the other at `ours`. */
static int copy_data(const struct shim_command *command, char *ours, bool in)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < command->nr_data; i++) {
		rc = copy(ours, command->data[i].iov_base, command->data[i].iov_len, in);
		ours += command->data[i].iov_len;
	}
	return rc;
}

static bool is_write(const struct shim_command *command)
{
	return command->sqe.opcode & ZNVME_DATA_TO_CTRL;
}

static int check_length(const struct shim_ctrl *ctrl, const struct shim_command *command)
{
	struct znvme_ctrl_info info;

	znvme_ctrl_info(ctrl->ctrl, &info);
	return command->data_len > info.max_transfer ? -EINVAL : 0;
}

/* ---- admin commands ------------------------------------------------------------------------ */

int shim_admin(struct shim_ctrl *ctrl, struct shim_command *command)
{
	size_t len = round_up(command->data_len, 4);
	char *data = NULL;
	int rc = check_length(ctrl, command);

	if (!rc && len) {
		data = calloc(1, len);
		rc = data ? copy_data(command, data, true) : -ENOMEM;
	}
	if (!rc)
		rc = znvme_admin(ctrl->ctrl, &command->sqe, data, len, &command->result,
				 command->timeout_ms);
	if (rc == -ETIMEDOUT) { /* nothing less gets it back */
		znvme_reset(ctrl->ctrl);
		rc = -EINTR;
	}
	if (rc == 0 && !is_write(command) && copy_data(command, data, false))
		rc = -EFAULT;
	free(data);
	return rc;
}

/* ---- I/O commands -------------------------------------------------------------------------- */

/* A region of at least `len` bytes, and the queue. */
static int prepare(struct shim_ctrl *ctrl, size_t len)
{
	int rc = 0;

	if (ctrl->region && ctrl->region->len < len) {
		rc = znvme_mem_free(ctrl->ctrl, ctrl->region);
		if (rc)
			return rc;
		ctrl->region = NULL;
	}
	if (!ctrl->region && len)
		rc = znvme_mem_alloc(ctrl->ctrl, len, &ctrl->region);
	if (!rc && !ctrl->queue)
		rc = znvme_queue_create(ctrl->ctrl, 2, NULL, &ctrl->queue);
	return rc;
}

/* The ladder for a command that takes too long: abort, reset. It has ended when this returns. */
static void give_up(struct shim_ctrl *ctrl, uint16_t cid, struct znvme_cpl *cpl)
{
	const struct znvme_sqe abort = {
		.opcode = ZNVME_ADM_ABORT,
		.cdw10 = (uint32_t)(znvme_field_put(ZNVME_ABORT_SQID, ctrl->queue->qid) |
				    znvme_field_put(ZNVME_ABORT_CID, cid)),
	};

	znvme_admin(ctrl->ctrl, &abort, NULL, 0, NULL, ABORT_MS);
	if (znvme_wait(ctrl->queue, cpl, 1, ABORT_MS) == 1)
		return;
	znvme_reset(ctrl->ctrl);
	if (znvme_wait(ctrl->queue, cpl, 1, -1) != 1)
		cpl->status = -EIO;
}

static int exec_io(struct shim_ctrl *ctrl, struct shim_command *command)
{
	unsigned timeout_ms = command->timeout_ms ? command->timeout_ms : DEFAULT_IO_MS;
	struct znvme_cpl cpl = {0};
	struct znvme_sqe *sqe = znvme_get_sqe(ctrl->queue, ctrl);
	uint16_t cid;

	if (!sqe)
		return -EIO;
	cid = sqe->cid;
	*sqe = command->sqe;
	sqe->cid = cid;
	znvme_submit(ctrl->queue);
	if (znvme_wait(ctrl->queue, &cpl, 1, (int)(timeout_ms & INT32_MAX)) != 1)
		give_up(ctrl, cid, &cpl);
	command->result = cpl.result;
	return cpl.status == -ECANCELED || cpl.status == -ETIMEDOUT ? -EINTR : cpl.status;
}

/* Metadata in pages of their own behind the data. */
int shim_io(struct shim_ctrl *ctrl, struct shim_command *command)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t meta_at = round_up(command->data_len, page);
	size_t meta_len = command->metadata ? command->metadata_len : 0;
	struct znvme_region *region;
	int rc = command->data_len > UINT32_MAX ? -EINVAL : check_length(ctrl, command);

	if (!rc)
		rc = prepare(ctrl, meta_at + round_up(meta_len, page));
	region = ctrl->region;
	if (!rc && command->data_len) {
		rc = copy_data(command, region->addr, true);
		if (!rc)
			rc = znvme_sqe_set_buffer(&command->sqe, region, region->addr,
						  round_up(command->data_len, 4));
	}
	if (!rc && meta_len) {
		command->sqe.mptr = region->iova + meta_at;
		rc = shim_copy_from(region->addr + meta_at, command->metadata, meta_len);
	}
	if (!rc)
		rc = exec_io(ctrl, command);
	if (rc < 0 || is_write(command))
		return rc;
	if (copy_data(command, region ? region->addr : NULL, false) ||
	    (meta_len && shim_copy_to(command->metadata, region->addr + meta_at, meta_len)))
		return -EFAULT;
	return rc;
}
