/* SPDX-License-Identifier: MIT */
/*
 * What NVMe tools read in sysfs: which controllers, subsystems and namespaces there are (`nvme
 * list`), and the registers (`nvme show-regs`). A tree of plain files in a folder of the process's
 * own, made when the first of them is looked for and removed when the process exits, stands in for
 * /sys/class/nvme, /sys/class/nvme-subsystem and the disks of /sys/block. It has the device of the
 * environment and those that are open by then.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

#define REGISTERS_SIZE 4096u

static char root[PATH_MAX / 2]; /* "" before it is made, or where that failed */
static pid_t owner;

/* ---- writing the tree ---------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void put(int dir, const char *name, const char *format,
						      ...)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	va_list args;

	if (fd < 0)
		return;
	va_start(args, format);
	vdprintf(fd, format, args);
	va_end(args);
	close(fd);
}

/* A folder in `dir`, which may be there already. */
static int put_folder(int dir, const char *name)
{
	if (mkdirat(dir, name, 0700) && errno != EEXIST)
		return -1;
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A string of Identify Controller as sysfs shows it: what is no printable ASCII becomes '?'. */
static void put_string(int dir, const char *name, const void *bytes, size_t len)
{
	char text[257];
	size_t i;

	for (i = 0; i < len && i < sizeof(text) - 1 && ((const char *)bytes)[i]; i++) {
		unsigned char c = ((const unsigned char *)bytes)[i];

		text[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	text[i] = '\0';
	put(dir, name, "%s\n", text);
}

static void put_registers(int dir, struct znvme_ctrl *ctrl)
{
	uint32_t registers[REGISTERS_SIZE / 4] = {0};
	int fd = openat(dir, "resource0", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	/* Behind the registers of Base 2.1, section 3.1.4 stand doorbells: not for reading. */
	for (uint32_t at = 0; at < ZNVME_REG_PMRMSCU + 4; at += 4)
		registers[at / 4] = (uint32_t)znvme_reg_read(ctrl, at, 4);
	(void)!write(fd, registers, sizeof(registers));
	close(fd);
}

/* What PCI knows of a real device is in its own folder of sysfs. */
static void put_function(int dir, const struct shim_ctrl *ctrl, const struct znvme_ctrl_info *info)
{
	static const char *const names[] = {"vendor", "device", "subsystem_vendor",
					    "subsystem_device", "class"};
	const struct znvme_id_ctrl *id = znvme_id_ctrl(ctrl->ctrl);
	int to = put_folder(dir, "device");
	char path[512], text[64];

	put(to, "vendor", "0x%04x\n", id->vid);
	put(to, "device", "0x0000\n");
	put(to, "subsystem_vendor", "0x%04x\n", id->ssvid);
	put(to, "subsystem_device", "0x0000\n");
	put(to, "class", "0x010802\n");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		FILE *from;

		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.64s/%s", info->address,
			 names[i]);
		from = fopen(path, "re");
		if (from && fgets(text, sizeof(text), from))
			put(to, names[i], "%s", text);
		if (from)
			fclose(from);
	}
	put_registers(to, ctrl->ctrl);
	close(to);
}

/* What the kernel knows of a disk. */
static void put_queue(int dir, const struct shim_ctrl *ctrl, uint32_t nsid)
{
	const struct znvme_ns *ns;
	int to;

	if (znvme_ns_get(ctrl->ctrl, nsid, &ns))
		return;
	put(dir, "size", "%llu\n", (unsigned long long)(ns->nr_bytes / 512));
	to = put_folder(dir, "queue");
	put(to, "zoned", "%s\n", ns->csi == ZNVME_CSI_ZNS ? "host-managed" : "none");
	put(to, "logical_block_size", "%u\n", ns->block_size);
	close(to);
}

static void put_namespaces(int block, int dir, const struct shim_ctrl *ctrl, const char *name)
{
	char file[96], link[256];
	uint32_t nsid = 0;

	while (znvme_ns_list(ctrl->ctrl, nsid, &nsid, 1) == 1) {
		int to;

		snprintf(file, sizeof(file), "%sn%u", name, nsid);
		to = put_folder(dir, file);
		put(to, "nsid", "%u\n", nsid);
		put_queue(to, ctrl, nsid);
		(void)!symlinkat("..", to, "device");
		close(to);
		snprintf(link, sizeof(link), "../nvme/%s/%s", name, file);
		(void)!symlinkat(link, block, file);
	}
}

static void put_identity(int dir, const struct znvme_id_ctrl *id)
{
	put_string(dir, "subsysnqn", id->subnqn, sizeof(id->subnqn));
	put_string(dir, "model", id->mn, sizeof(id->mn));
	put_string(dir, "serial", id->sn, sizeof(id->sn));
	put_string(dir, "firmware_rev", id->fr, sizeof(id->fr));
}

/* A controller under `name`, in a subsystem of its own, the `number`-th. */
static void put_ctrl(int top, const struct shim_ctrl *ctrl, const char *name, unsigned number)
{
	const struct znvme_id_ctrl *id = znvme_id_ctrl(ctrl->ctrl);
	int class = put_folder(top, "nvme"), block = put_folder(top, "block");
	int subsystems = put_folder(top, "nvme-subsystem");
	int dir = put_folder(class, name), subsystem;
	struct znvme_ctrl_info info;
	char text[256];

	znvme_ctrl_info(ctrl->ctrl, &info);
	put_identity(dir, id);
	put(dir, "address", "%s\n", info.address);
	put(dir, "transport", "pcie\n");
	put(dir, "state", "live\n");
	put(dir, "cntrltype", "io\n");
	put(dir, "cntlid", "%u\n", id->cntlid);
	put(dir, "numa_node", "-1\n");
	put(dir, "queue_count", "%u\n", info.nr_io_queues + 1);
	put(dir, "sqsize", "%u\n", info.max_queue_size - 1);
	put_function(dir, ctrl, &info);
	put_namespaces(block, dir, ctrl, name);

	snprintf(text, sizeof(text), "nvme-subsys%u", number);
	subsystem = put_folder(subsystems, text);
	put_identity(subsystem, id);
	put(subsystem, "subsystype", "nvm\n");
	put(subsystem, "iopolicy", "numa\n");
	snprintf(text, sizeof(text), "../../nvme/%s", name);
	(void)!symlinkat(text, subsystem, name);
	close(subsystem);
	close(dir);
	close(subsystems);
	close(block);
	close(class);
}

/* ---- the tree's life ----------------------------------------------------------------------- */

static void fill(int top)
{
	const char *device = getenv(SHIM_ENV_DEVICE), *name = getenv(SHIM_ENV_NAME);
	struct shim_ctrl *ctrl;
	unsigned number = 0;

	if (!device)
		name = NULL;
	if (name && !shim_ctrl_get(device, &ctrl)) {
		sscanf(name, "nvme%u", &number);
		put_ctrl(top, ctrl, name, number);
	}
	for (ctrl = shim_ctrl_first(); ctrl; ctrl = ctrl->next) {
		char by_address[NAME_MAX];

		if (name && !strcmp(ctrl->address, device))
			continue;
		snprintf(by_address, sizeof(by_address), "znvme-%.200s", ctrl->address);
		if (!strchr(by_address, '/'))
			put_ctrl(top, ctrl, by_address, ++number);
	}
}

static void make_tree(void)
{
	const char *folder = getenv("TMPDIR");
	char path[sizeof(root)];
	int top;

	owner = getpid();
	if (snprintf(path, sizeof(path), "%s/znvme-exec-XXXXXX",
		     folder && *folder ? folder : "/tmp") >= (int)sizeof(path) ||
	    !mkdtemp(path))
		return;
	strcpy(root, path);
	top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fill(top);
	close(top);
}

static void remove_folder(int dir)
{
	DIR *stream = fdopendir(dir);
	const struct dirent *entry;

	while (stream && (entry = readdir(stream))) {
		int sub;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    !unlinkat(dirfd(stream), entry->d_name, 0))
			continue;
		sub = openat(dirfd(stream), entry->d_name,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0)
			remove_folder(sub);
		unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR);
	}
	if (stream)
		closedir(stream);
}

__attribute__((destructor)) static void remove_tree(void)
{
	int top;

	if (!*root || owner != getpid())
		return;
	shim_enter();
	top = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top >= 0)
		remove_folder(top);
	rmdir(root);
	shim_leave();
}

const char *shim_sysfs_path(const char *path, char *buf, size_t size)
{
	static const struct {
		const char *there, *here;
	} folders[] = {
		{"/sys/class/nvme", "nvme"},
		{"/sys/class/nvme-subsystem", "nvme-subsystem"},
		{"/sys/block", "block"},
	};

	for (unsigned i = 0; path && i < sizeof(folders) / sizeof(folders[0]); i++) {
		size_t len = strlen(folders[i].there);

		if (strncmp(path, folders[i].there, len) || (path[len] && path[len] != '/'))
			continue;
		shim_enter();
		shim_lock();
		if (owner != getpid())
			make_tree();
		shim_unlock();
		shim_leave();
		if (*root &&
		    snprintf(buf, size, "%s/%s%s", root, folders[i].here, path + len) < (int)size)
			return buf;
	}
	return path;
}
