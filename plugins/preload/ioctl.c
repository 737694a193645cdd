/* SPDX-License-Identifier: MIT */
/*
 * The kernel's NVMe ioctls (linux/nvme_ioctl.h), and the few of a block device that NVMe tools use.
 * What a command returns: 0, the NVMe status as a positive number, or an errno. Which ioctl a file
 * takes, which nsid goes with it, and what is refused with which errno is as in Linux.
 */
#include <errno.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/nvme_ioctl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "preload.h"

/* linux/nvme_ioctl.h of Linux 5.17 and later. */
#define IOCTL_IO64_CMD_VEC _IOWR('N', 0x49, struct nvme_passthru_cmd64)

/* Those before data_len are the same in both. */
_Static_assert(offsetof(struct nvme_passthru_cmd, timeout_ms) ==
		       offsetof(struct nvme_passthru_cmd64, timeout_ms),
	       "struct nvme_passthru_cmd is the start of struct nvme_passthru_cmd64");

/* ---- any command --------------------------------------------------------------------------- */

static void *pointer(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

/* The namespace that an I/O command through the controller's file means: the only one there is. */
static int only_namespace(struct shim_ctrl *ctrl, uint32_t *nsid)
{
	uint32_t found[2];
	int n = znvme_ns_list(ctrl->ctrl, 0, found, 2);

	if (n < 0)
		return n;
	if (n == 0)
		return -ENOTTY;
	*nsid = found[0];
	return n == 1 ? 0 : -EINVAL;
}

static int check_nsid(struct shim_node *node, uint32_t given)
{
	uint32_t nsid = node->nsid;
	int rc = nsid ? 0 : only_namespace(node->ctrl, &nsid);

	if (rc)
		return rc;
	return given == nsid ? 0 : -EINVAL;
}

/* The pieces of a vectored command. */
static int take_vector(const struct nvme_passthru_cmd64 *cmd, struct iovec *pieces,
		       struct shim_command *command)
{
	int rc;

	if (cmd->data_len > UIO_MAXIOV)
		return -EINVAL;
	rc = shim_copy_from(pieces, pointer(cmd->addr), cmd->data_len * sizeof(*pieces));
	if (rc)
		return rc;
	command->nr_data = cmd->data_len;
	for (unsigned i = 0; i < command->nr_data; i++)
		if (__builtin_add_overflow(command->data_len, pieces[i].iov_len,
					   &command->data_len))
			return -EINVAL;
	return 0;
}

static int run_command(struct shim_node *node, bool admin, bool vector,
		       struct nvme_passthru_cmd64 *cmd)
{
	struct iovec pieces[UIO_MAXIOV];
	struct shim_command command = {
		.sqe =
			{
				.opcode = cmd->opcode,
				.nsid = cmd->nsid,
				.cdw2 = cmd->cdw2,
				.cdw3 = cmd->cdw3,
				.cdw10 = cmd->cdw10,
				.cdw11 = cmd->cdw11,
				.cdw12 = cmd->cdw12,
				.cdw13 = cmd->cdw13,
				.cdw14 = cmd->cdw14,
				.cdw15 = cmd->cdw15,
			},
		.data = pieces,
		.metadata = pointer(cmd->metadata),
		.metadata_len = cmd->metadata_len,
		.timeout_ms = cmd->timeout_ms,
	};
	int rc = 0;

	if (cmd->flags)
		return -EINVAL;
	if (!admin)
		rc = check_nsid(node, cmd->nsid);
	if (!rc && vector) {
		rc = take_vector(cmd, pieces, &command);
	} else if (cmd->addr && cmd->data_len) {
		pieces[0] = (struct iovec){pointer(cmd->addr), cmd->data_len};
		command.nr_data = 1;
		command.data_len = cmd->data_len;
	}
	if (!rc)
		rc = admin ? shim_admin(node->ctrl, &command) : shim_io(node->ctrl, &command);
	cmd->result = command.result;
	return rc;
}

static int passthru(struct shim_node *node, bool admin, void *arg)
{
	struct nvme_passthru_cmd old;
	struct nvme_passthru_cmd64 cmd = {0};
	int rc = shim_copy_from(&old, arg, sizeof(old));

	if (rc)
		return rc;
	memcpy(&cmd, &old, offsetof(struct nvme_passthru_cmd, result));
	rc = run_command(node, admin, false, &cmd);
	old.result = (uint32_t)cmd.result;
	if (rc >= 0 && shim_copy_to((char *)arg + offsetof(struct nvme_passthru_cmd, result),
				    &old.result, sizeof(old.result)))
		return -EFAULT;
	return rc;
}

static int passthru64(struct shim_node *node, bool admin, bool vector, void *arg)
{
	struct nvme_passthru_cmd64 cmd;
	int rc = shim_copy_from(&cmd, arg, sizeof(cmd));

	if (rc)
		return rc;
	rc = run_command(node, admin, vector, &cmd);
	if (rc >= 0 && shim_copy_to((char *)arg + offsetof(struct nvme_passthru_cmd64, result),
				    &cmd.result, sizeof(cmd.result)))
		return -EFAULT;
	return rc;
}

static int ctrl_admin(struct shim_node *node, void *arg)
{
	return passthru(node, true, arg);
}

static int ctrl_admin64(struct shim_node *node, void *arg)
{
	return passthru64(node, true, false, arg);
}

static int ns_io(struct shim_node *node, void *arg)
{
	return passthru(node, false, arg);
}

static int ns_io64(struct shim_node *node, void *arg)
{
	return passthru64(node, false, false, arg);
}

static int ns_io64_vec(struct shim_node *node, void *arg)
{
	return passthru64(node, false, true, arg);
}

/* ---- read, write, compare ------------------------------------------------------------------ */

/* What a namespace's blocks look like now: an earlier command may have formatted it. */
struct blocks {
	uint32_t size;	   /* bytes of data */
	uint32_t metadata; /* bytes of metadata */
	bool extended;	   /* which follow the data of each block */
	uint64_t number;
};

static int get_blocks(struct shim_node *node, struct blocks *blocks)
{
	struct znvme_id_ns id;
	unsigned format;
	int rc = znvme_identify(node->ctrl->ctrl, ZNVME_CNS_NS, node->nsid, 0, 0, 0, &id);

	if (rc)
		return znvme_status_errno(rc);
	format = (unsigned)(znvme_field_get(ZNVME_NS_FLBAS_LO, id.flbas) |
			    znvme_field_get(ZNVME_NS_FLBAS_HI, id.flbas) << 4);
	if (id.lbaf[format].lbads < 9 || id.lbaf[format].lbads > 31)
		return -EIO;
	*blocks = (struct blocks){
		.size = 1u << id.lbaf[format].lbads,
		.metadata = id.lbaf[format].ms,
		.extended = id.flbas & ZNVME_NS_FLBAS_META_EXT,
		.number = id.nsze,
	};
	return 0;
}

#define PRACT 0x2000u /* bit 13 of `control`, bit 29 of CDW12 */

static int ns_submit_io(struct shim_node *node, void *arg)
{
	struct shim_command command = {0};
	struct nvme_user_io io;
	struct blocks blocks;
	struct iovec data;
	size_t nlb, metadata;
	int rc = shim_copy_from(&io, arg, sizeof(io));

	if (rc)
		return rc;
	if (io.flags || (io.opcode != ZNVME_CMD_READ && io.opcode != ZNVME_CMD_WRITE &&
			 io.opcode != ZNVME_CMD_COMPARE))
		return -EINVAL;
	rc = get_blocks(node, &blocks);
	if (rc)
		return rc;
	nlb = io.nblocks + 1u;
	metadata = nlb * blocks.metadata;
	if (io.control & PRACT && blocks.metadata == 8) { /* the controller's own affair */
		if (io.metadata)
			return -EINVAL;
		metadata = 0;
	}
	command.data_len = nlb * blocks.size + (blocks.extended ? metadata : 0);
	if (metadata && !blocks.extended) {
		if (!io.metadata || io.metadata & 3)
			return -EINVAL;
		command.metadata = pointer(io.metadata);
		command.metadata_len = metadata;
	}
	data = (struct iovec){pointer(io.addr), command.data_len};
	command.data = &data;
	command.nr_data = 1;
	command.sqe = (struct znvme_sqe){
		.opcode = io.opcode,
		.nsid = node->nsid,
		.cdw10 = (uint32_t)io.slba,
		.cdw11 = (uint32_t)(io.slba >> 32),
		.cdw12 = io.nblocks | (uint32_t)io.control << 16,
		.cdw13 = io.dsmgmt,
		.cdw14 = io.reftag,
		.cdw15 = io.apptag | (uint32_t)io.appmask << 16,
	};
	return shim_io(node->ctrl, &command);
}

/* ---- the rest ------------------------------------------------------------------------------ */

static int ns_id(struct shim_node *node, void *arg)
{
	(void)arg;
	return (int)node->nsid;
}

static int ctrl_reset(struct shim_node *node, void *arg)
{
	(void)arg;
	return znvme_status_errno(znvme_reset(node->ctrl->ctrl));
}

static int ctrl_subsystem_reset(struct shim_node *node, void *arg)
{
	int rc = znvme_subsystem_reset(node->ctrl->ctrl);

	(void)arg;
	return rc == -EOPNOTSUPP ? -ENOTTY : znvme_status_errno(rc);
}

/* Nothing is kept of the namespaces that could be out of date. */
static int nothing(struct shim_node *node, void *arg)
{
	(void)node;
	(void)arg;
	return 0;
}

static int block_size64(struct shim_node *node, void *arg)
{
	struct blocks blocks;
	int rc = get_blocks(node, &blocks);
	uint64_t bytes = rc ? 0 : blocks.number * blocks.size;

	return rc ? rc : shim_copy_to(arg, &bytes, sizeof(bytes));
}

static int block_sectors(struct shim_node *node, void *arg)
{
	struct blocks blocks;
	int rc = get_blocks(node, &blocks);
	unsigned long sectors = rc ? 0 : blocks.number * (blocks.size / 512);

	return rc ? rc : shim_copy_to(arg, &sectors, sizeof(sectors));
}

static int block_logical(struct shim_node *node, void *arg)
{
	struct blocks blocks;
	int rc = get_blocks(node, &blocks);

	return rc ? rc : shim_copy_to(arg, &blocks.size, sizeof(blocks.size));
}

static int block_read_only(struct shim_node *node, void *arg)
{
	const int no = 0;

	(void)node;
	return shim_copy_to(arg, &no, sizeof(no));
}

enum {
	ON_CTRL = 1 << SHIM_CTRL,
	ON_BLOCK = 1 << SHIM_NS_BLOCK,
	ON_NS = ON_BLOCK | 1 << SHIM_NS_CHAR,
	ON_ALL = ON_CTRL | ON_NS,
};

static const struct {
	unsigned long request;
	unsigned kinds; /* the files that take it */
	int (*serve)(struct shim_node *node, void *arg);
} ioctls[] = {
	{NVME_IOCTL_ID, ON_NS, ns_id},
	{NVME_IOCTL_ADMIN_CMD, ON_ALL, ctrl_admin},
	{NVME_IOCTL_ADMIN64_CMD, ON_ALL, ctrl_admin64},
	{NVME_IOCTL_IO_CMD, ON_ALL, ns_io},
	{NVME_IOCTL_IO64_CMD, ON_NS, ns_io64},
	{IOCTL_IO64_CMD_VEC, ON_NS, ns_io64_vec},
	{NVME_IOCTL_SUBMIT_IO, ON_NS, ns_submit_io},
	{NVME_IOCTL_RESET, ON_CTRL, ctrl_reset},
	{NVME_IOCTL_SUBSYS_RESET, ON_CTRL, ctrl_subsystem_reset},
	{NVME_IOCTL_RESCAN, ON_CTRL, nothing},
	{BLKGETSIZE64, ON_BLOCK, block_size64},
	{BLKGETSIZE, ON_BLOCK, block_sectors},
	{BLKSSZGET, ON_BLOCK, block_logical},
	{BLKPBSZGET, ON_BLOCK, block_logical},
	{BLKBSZGET, ON_BLOCK, block_logical},
	{BLKROGET, ON_BLOCK, block_read_only},
	{BLKBSZSET, ON_BLOCK, nothing},
	{BLKRRPART, ON_BLOCK, nothing},
	{BLKFLSBUF, ON_BLOCK, nothing},
};

int shim_ioctl(struct shim_node *node, unsigned long request, void *arg)
{
	int rc = -ENOTTY;

	/* After fork() the controller is the parent's; a child that opens the file has its own. */
	if (node->ctrl->owner != getpid())
		return -EPERM;
	shim_lock();
	for (unsigned i = 0; i < sizeof(ioctls) / sizeof(ioctls[0]); i++)
		if (ioctls[i].request == request && ioctls[i].kinds & 1u << node->kind)
			rc = ioctls[i].serve(node, arg);
	shim_unlock();
	return rc;
}
