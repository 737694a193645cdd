/* SPDX-License-Identifier: MIT */
/*
 * libznvme-preload.so: the kernel's NVMe device files, made of znvme's own driver, for a program
 * that knows the kernel's ioctls and nothing of znvme (`znvme exec -- nvme id-ctrl …`). Loaded by
 * LD_PRELOAD, it stands before the few functions of libc by which such a program finds, opens and
 * asks a device (libc.c); everything else it hands on.
 *
 * What a device file is, here: a descriptor that can be closed, duplicated and inherited like any
 * other, on a file that nothing can be read from or written to (node.c). A controller is opened
 * when the first of its files is, and closed when the process exits.
 */
#ifndef ZNVME_PRELOAD_H
#define ZNVME_PRELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "znvme.h"

#define SHIM_ADDRESS_MAX 4200

/* Set by `znvme exec`: a device, and the name of the kernel's that it is to have ("nvme0"). */
#define SHIM_ENV_DEVICE	 "ZNVME_EXEC_DEVICE"
#define SHIM_ENV_NAME	 "ZNVME_EXEC_NAME"
#define SHIM_ENV_VERBOSE "ZNVME_EXEC_VERBOSE" /* set: the driver's messages go to stderr */

enum shim_kind {
	SHIM_CTRL,     /* /dev/nvme0: a character device */
	SHIM_NS_BLOCK, /* /dev/nvme0n1 */
	SHIM_NS_CHAR,  /* /dev/ng0n1 */
};

/* ---- names.c ------------------------------------------------------------------------------- */

/* What a path stands for. */
struct shim_name {
	enum shim_kind kind;
	uint32_t nsid; /* 0 for a controller */
	char base[64]; /* the controller's name without /dev/, cut off where longer */
	char address[SHIM_ADDRESS_MAX]; /* of the controller */
};

/*
 * Whether `path` is a device file of ours: /dev/znvme-ADDRESS, and by the environment /dev/nvme0,
 * /dev/nvme0n1, /dev/ng0n1.
 */
bool shim_parse_path(const char *path, struct shim_name *name);

/* ---- node.c -------------------------------------------------------------------------------- */

/* A controller that is open. All fields but the address are guarded by shim_lock(). */
struct shim_ctrl {
	struct shim_ctrl *next;
	struct znvme_ctrl *ctrl;
	struct znvme_queue *queue;   /* for I/O commands; NULL before the first */
	struct znvme_region *region; /* their data and metadata; NULL before the first */
	pid_t owner;
	char address[];
};

/* A device file that was opened once; lives as long as the process. */
struct shim_node {
	struct shim_node *next;
	struct shim_ctrl *ctrl;
	enum shim_kind kind;
	uint32_t nsid; /* 0 for a controller */
	int file;      /* what its descriptors are descriptors of */
	dev_t file_dev;
	ino_t file_ino;
};

/* A new descriptor of the file, or a negative errno. Opens its controller where need be. */
int shim_open(const struct shim_name *name, int flags);

/* The file's attributes, as the kernel's would be: 0, or a negative errno. */
int shim_stat(const struct shim_name *name, struct stat *st);
void shim_stat_node(const struct shim_node *node, struct stat *st);

/* Whose descriptor it is; NULL where it is none of ours. */
struct shim_node *shim_node_of(int fd);

/* The controller at `address`, opened where it is not yet. 0, or a negative errno. Locked. */
int shim_ctrl_get(const char *address, struct shim_ctrl **ctrl);
struct shim_ctrl *shim_ctrl_first(void);

/* One command at a time, and the lists above. */
void shim_lock(void);
void shim_unlock(void);

/* What the calling thread does inside is the driver's, and none of it is looked at by libc.c. */
bool shim_is_inside(void);
void shim_enter(void);
void shim_leave(void);

/* ---- commands.c, ioctl.c ------------------------------------------------------------------- */

/* A command from a program: what the kernel's three structures for it have in common. */
struct shim_command {
	struct znvme_sqe sqe;
	const struct iovec *data; /* the program's memory, in pieces */
	unsigned nr_data;
	size_t data_len; /* of all pieces */
	void *metadata;	 /* the program's; NULL where it has none of its own */
	size_t metadata_len;
	unsigned timeout_ms; /* 0: the driver's default */
	uint64_t result;     /* dwords 0 and 1 of the completion */
};

/*
 * Carry one out. Returns 0, a positive NVMe status, or a negative errno, the same as the kernel
 * would.
 */
int shim_admin(struct shim_ctrl *ctrl, struct shim_command *command);
int shim_io(struct shim_ctrl *ctrl, struct shim_command *command);

/* memcpy() from or to memory that may not be there: 0 or -EFAULT. */
int shim_copy_from(void *to, const void *program, size_t len);
int shim_copy_to(void *program, const void *from, size_t len);

/* An ioctl on a device file: what the kernel's returns, a negative errno for errors. */
int shim_ioctl(struct shim_node *node, unsigned long request, void *arg);

/* ---- sysfs.c ------------------------------------------------------------------------------- */

/*
 * Where `path` is in the part of sysfs where programs look for NVMe devices, the same place in a
 * tree of our own, in `buf`; else `path`.
 */
const char *shim_sysfs_path(const char *path, char *buf, size_t size);

#endif
