/* SPDX-License-Identifier: MIT */
/*
 * What nvme-cli and smartctl do not ask of an NVMe device file. The program knows nothing of znvme:
 * it is run on the kernel's files and on those of `znvme exec`, and the answers have to be the
 *same. Blocks 512 to 639 of the namespace are overwritten.
 *
 *	ioctls CONTROLLER NAMESPACE
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/nvme_ioctl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NVME_IOCTL_IO64_CMD_VEC
#define NVME_IOCTL_IO64_CMD_VEC _IOWR('N', 0x49, struct nvme_passthru_cmd64)
#endif

#define SLBA  512
#define BLOCK 512u
#define LEN   4096u
#define LARGE (8u << 20)

static int failures;
static const char *ctrl_path, *ns_path;
static int ctrl, ns;
static unsigned char data[3 * LEN], back[3 * LEN];

static void check(bool ok, const char *text)
{
	printf("%s %s\n", ok ? "ok" : "not ok", text);
	failures += !ok;
}

/* An ioctl's answer: what it returns, or a negative errno. */
static int ask(int fd, unsigned long request, void *arg)
{
	int rc = ioctl(fd, request, arg);

	return rc < 0 ? -errno : rc;
}

static void answers(const char *text, int got, int wanted)
{
	if (got != wanted)
		printf("# %d, not %d\n", got, wanted);
	check(got == wanted, text);
}

static bool is_status(int rc, int status)
{
	return rc > 0 && (rc & 0x7ff) == status;
}

static struct nvme_passthru_cmd identify(void *to)
{
	return (struct nvme_passthru_cmd){
		.opcode = 0x06, .addr = (uintptr_t)to, .data_len = LEN, .cdw10 = 1};
}

static struct nvme_passthru_cmd rw(unsigned opcode, void *buffer, unsigned len)
{
	return (struct nvme_passthru_cmd){.opcode = (__u8)opcode,
					  .nsid = 1,
					  .addr = (uintptr_t)buffer,
					  .data_len = len,
					  .cdw10 = SLBA,
					  .cdw12 = len / BLOCK - 1};
}

static struct nvme_passthru_cmd64 rw64(unsigned opcode, void *buffer, unsigned len)
{
	return (struct nvme_passthru_cmd64){.opcode = (__u8)opcode,
					    .nsid = 1,
					    .addr = (uintptr_t)buffer,
					    .data_len = len,
					    .cdw10 = SLBA,
					    .cdw12 = LEN / BLOCK - 1,
					    .result = ~0ull};
}

static void files(void)
{
	struct stat by_fd, by_path;
	int fd, null;

	check(!fstat(ctrl, &by_fd) && S_ISCHR(by_fd.st_mode),
	      "the controller is a character device");
	check(!stat(ctrl_path, &by_path) && S_ISCHR(by_path.st_mode), "by its path, too");
	check(!fstat(ns, &by_fd) && S_ISBLK(by_fd.st_mode), "the namespace is a block device");
	check(!stat(ns_path, &by_path) && S_ISBLK(by_path.st_mode), "by its path as well");
	check(!lstat(ns_path, &by_path) && S_ISBLK(by_path.st_mode), "and no link");
	check(!fstatat(AT_FDCWD, ns_path, &by_path, 0) && S_ISBLK(by_path.st_mode), "by fstatat");
	check(!access(ns_path, R_OK), "it can be read");
	check(access(ns_path, X_OK) < 0, "and not executed");
	fd = openat(AT_FDCWD, ns_path, O_RDONLY | O_CLOEXEC);
	answers("by openat, closed on exec", fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	fd = dup(ns);
	answers("a second descriptor is one of the same file", ask(fd, NVME_IOCTL_ID, NULL), 1);
	close(fd);
	null = open("/dev/null", O_RDWR);
	check(null == fd, "its number is free afterwards");
	answers("and the next file's", ask(null, NVME_IOCTL_ID, NULL), -ENOTTY);
	close(null);
	check(read(ctrl, back, 1) < 0, "the controller's file cannot be read");
}

static void admin(void)
{
	struct nvme_passthru_cmd cmd = identify(data);
	struct nvme_passthru_cmd64 cmd64 = {.opcode = 0x0a, .cdw10 = 4, .result = ~0ull};
	void *large = calloc(1, LARGE);

	answers("Identify", ask(ctrl, NVME_IOCTL_ADMIN_CMD, &cmd), 0);
	answers("by the namespace's file", ask(ns, NVME_IOCTL_ADMIN_CMD, &cmd), 0);
	memset(back, 0xee, sizeof(back));
	cmd.addr = (uintptr_t)back + 3;
	answers("to any address", ask(ctrl, NVME_IOCTL_ADMIN_CMD, &cmd), 0);
	check(!memcmp(data, back + 3, LEN), "the same data");
	check(back[2] == 0xee && back[LEN + 3] == 0xee, "and nothing else");
	answers("a result", ask(ctrl, NVME_IOCTL_ADMIN64_CMD, &cmd64), 0);
	check(cmd64.result && cmd64.result <= UINT32_MAX, "of 64 bits");
	cmd = (struct nvme_passthru_cmd){.opcode = 0xfc, .result = 7};
	check(is_status(ask(ctrl, NVME_IOCTL_ADMIN_CMD, &cmd), 1), "a status: Invalid Opcode");
	cmd = identify(data);
	cmd.flags = 1;
	answers("flags", ask(ctrl, NVME_IOCTL_ADMIN_CMD, &cmd), -EINVAL);
	cmd = identify(large);
	cmd.data_len = LARGE;
	answers("more than one command moves", ask(ctrl, NVME_IOCTL_ADMIN_CMD, &cmd), -EINVAL);
	cmd = identify((void *)8);
	answers("no memory there", ask(ctrl, NVME_IOCTL_ADMIN_CMD, &cmd), -EFAULT);
	answers("no command there", ask(ctrl, NVME_IOCTL_ADMIN_CMD, (void *)8), -EFAULT);
	free(large);
}

static void blocks(void)
{
	struct nvme_passthru_cmd cmd = rw(1, data, LEN);
	struct nvme_passthru_cmd64 cmd64 = rw64(2, back, LEN);
	const struct iovec pieces[] = {{back + 8192, 1536}, {back, 512}, {back + 4096, 2048}};

	for (unsigned i = 0; i < LEN; i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	answers("Write", ask(ns, NVME_IOCTL_IO_CMD, &cmd), 0);
	memset(back, 0, sizeof(back));
	cmd = rw(2, back, LEN);
	answers("Read", ask(ns, NVME_IOCTL_IO_CMD, &cmd), 0);
	check(!memcmp(data, back, LEN), "what was written");
	memset(back, 0, sizeof(back));
	answers("Read, with a result of 64 bits", ask(ns, NVME_IOCTL_IO64_CMD, &cmd64), 0);
	check(!memcmp(data, back, LEN) && !cmd64.result, "the same, and 0");
	memset(back, 0, sizeof(back));
	cmd64 = rw64(2, (void *)(uintptr_t)pieces, 3);
	answers("Read in three pieces", ask(ns, NVME_IOCTL_IO64_CMD_VEC, &cmd64), 0);
	check(!memcmp(data, back + 8192, 1536) && !memcmp(data + 1536, back, 512) &&
		      !memcmp(data + 2048, back + 4096, 2048),
	      "each with its part");
	cmd = rw(2, back, LEN);
	cmd.nsid = 2;
	answers("another namespace's identifier", ask(ns, NVME_IOCTL_IO_CMD, &cmd), -EINVAL);
	cmd = rw(2, (void *)8, LEN);
	answers("no memory there", ask(ns, NVME_IOCTL_IO_CMD, &cmd), -EFAULT);
	cmd = (struct nvme_passthru_cmd){.opcode = 0, .nsid = 1};
	answers("Flush", ask(ns, NVME_IOCTL_IO_CMD, &cmd), 0);
	cmd = rw(2, back, LEN);
	cmd.cdw11 = 0xffff;
	check(is_status(ask(ns, NVME_IOCTL_IO_CMD, &cmd), 0x80), "a status: LBA Out of Range");
	answers("64 bits by the controller's file", ask(ctrl, NVME_IOCTL_IO64_CMD, &cmd64),
		-ENOTTY);
}

static void submit_io(void)
{
	struct nvme_user_io io = {.opcode = 1,
				  .nblocks = LEN / BLOCK - 1,
				  .addr = (uintptr_t)data,
				  .slba = SLBA + 64};

	answers("SUBMIT_IO: write", ask(ns, NVME_IOCTL_SUBMIT_IO, &io), 0);
	io.opcode = 2;
	io.addr = (uintptr_t)back;
	memset(back, 0, sizeof(back));
	answers("read", ask(ns, NVME_IOCTL_SUBMIT_IO, &io), 0);
	check(!memcmp(data, back, LEN), "what was written, too");
	io.opcode = 5;
	answers("compare", ask(ns, NVME_IOCTL_SUBMIT_IO, &io), 0);
	back[17] ^= 1;
	check(is_status(ask(ns, NVME_IOCTL_SUBMIT_IO, &io), 0x285), "a status: Compare Failure");
	io.opcode = 8;
	answers("no other command", ask(ns, NVME_IOCTL_SUBMIT_IO, &io), -EINVAL);
	answers("nor by the controller's file", ask(ctrl, NVME_IOCTL_SUBMIT_IO, &io), -ENOTTY);
}

static void others(void)
{
	uint64_t bytes = 0;
	unsigned long sectors = 0;
	int block = 0, read_only = 7;

	answers("ID", ask(ns, NVME_IOCTL_ID, NULL), 1);
	answers("ID of a controller", ask(ctrl, NVME_IOCTL_ID, NULL), -ENOTTY);
	answers("size in bytes", ask(ns, BLKGETSIZE64, &bytes), 0);
	answers("and in sectors", ask(ns, BLKGETSIZE, &sectors), 0);
	check(bytes && bytes == 512ull * sectors, "they agree");
	answers("block size", ask(ns, BLKSSZGET, &block), 0);
	answers("in bytes", block, (int)BLOCK);
	answers("is it read-only?", ask(ns, BLKROGET, &read_only), 0);
	answers("it is not", read_only, 0);
	answers("a controller has no size", ask(ctrl, BLKGETSIZE64, &bytes), -ENOTTY);
	answers("RESCAN", ask(ctrl, NVME_IOCTL_RESCAN, NULL), 0);
	answers("RESET", ask(ctrl, NVME_IOCTL_RESET, NULL), 0);
	answers("RESET of a namespace", ask(ns, NVME_IOCTL_RESET, NULL), -ENOTTY);
	answers("what there is not", ask(ctrl, _IO('N', 0x7f), NULL), -ENOTTY);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: ioctls CONTROLLER NAMESPACE\n");
		return 2;
	}
	ctrl_path = argv[1];
	ns_path = argv[2];
	ctrl = open(ctrl_path, O_RDWR);
	ns = open(ns_path, O_RDWR);
	if (ctrl < 0 || ns < 0) {
		perror(ctrl < 0 ? ctrl_path : ns_path);
		return 2;
	}
	files();
	admin();
	blocks();
	submit_io();
	others();
	blocks();
	return failures > 0;
}
