/* SPDX-License-Identifier: MIT */
/*
 * Device files and controllers. A file is a memfd, and each of its descriptors is one of that
 * memfd's path alone (O_PATH): read, write and mmap fail on it, so nothing that is not served here
 * is lost in silence, and it is known again by the memfd's inode, however it came to its number
 * (dup, fcntl).
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "preload.h"

/* As the kernel has them: from its ranges for local use and for disks. */
#define CTRL_MAJOR  240
#define BLOCK_MAJOR 259

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shim_ctrl *controllers;
static struct shim_node *nodes;
static __thread unsigned inside;

void shim_lock(void)
{
	pthread_mutex_lock(&lock);
}

void shim_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

bool shim_is_inside(void)
{
	return inside;
}

void shim_enter(void)
{
	inside++;
}

void shim_leave(void)
{
	inside--;
}

/* ---- controllers --------------------------------------------------------------------------- */

static void report(void *arg, enum znvme_log_level level, const char *message)
{
	(void)arg;
	if (level <= ZNVME_LEVEL_ERROR || getenv(SHIM_ENV_VERBOSE))
		fprintf(stderr, "znvme: %s\n", message);
}

static int open_ctrl(const char *address, struct shim_ctrl **ctrl)
{
	/* Commands of a program come one at a time, and how long one may take the program says. */
	const struct znvme_open_options options = {
		.flags = ZNVME_OPEN_NO_HMB,
		.nr_io_queues = 1,
		.timeout_policy = ZNVME_TIMEOUT_REPORT,
		.log = report,
	};
	struct shim_ctrl *new = calloc(1, sizeof(*new) + strlen(address) + 1);
	int rc;

	if (!new)
		return -ENOMEM;
	strcpy(new->address, address);
	new->owner = getpid();
	rc = znvme_open(address, &options, &new->ctrl);
	if (rc) {
		/* The program has only the errno; how to mend it is in the sentence. */
		fprintf(stderr, "znvme: %s\n", znvme_errmsg());
		free(new);
		return znvme_status_errno(rc);
	}
	new->next = controllers;
	controllers = new;
	*ctrl = new;
	return 0;
}

int shim_ctrl_get(const char *address, struct shim_ctrl **ctrl)
{
	const pid_t self = getpid();

	for (*ctrl = controllers; *ctrl; *ctrl = (*ctrl)->next)
		if (!strcmp((*ctrl)->address, address) && (*ctrl)->owner == self)
			return 0;
	return open_ctrl(address, ctrl);
}

struct shim_ctrl *shim_ctrl_first(void)
{
	return controllers;
}

/* Where the process ends otherwise, the kernel takes the device back. */
__attribute__((destructor)) static void close_all(void)
{
	shim_enter();
	for (struct shim_ctrl *ctrl = controllers; ctrl; ctrl = ctrl->next) {
		if (ctrl->owner != getpid())
			continue;
		if (znvme_close(ctrl->ctrl))
			fprintf(stderr, "znvme: %s\n", znvme_errmsg());
	}
	controllers = NULL;
	shim_leave();
}

/* ---- files --------------------------------------------------------------------------------- */

static int check_namespace(struct shim_ctrl *ctrl, uint32_t nsid)
{
	uint32_t found;
	int n = znvme_ns_list(ctrl->ctrl, nsid - 1, &found, 1);

	if (n < 0)
		return n;
	return n == 1 && found == nsid ? 0 : -ENOENT;
}

/* 0, or a negative errno where memory or descriptors run out. */
static int make_node(const struct shim_name *name, struct shim_ctrl *ctrl, struct shim_node **node)
{
	struct shim_node *new = calloc(1, sizeof(*new));
	struct stat st;

	if (!new)
		return -ENOMEM;
	new->file = memfd_create("znvme", MFD_CLOEXEC);
	if (new->file < 0 || fstat(new->file, &st)) {
		int rc = -errno;

		free(new);
		return rc;
	}
	new->ctrl = ctrl;
	new->kind = name->kind;
	new->nsid = name->nsid;
	new->file_dev = st.st_dev;
	new->file_ino = st.st_ino;
	new->next = nodes;
	__atomic_store_n(&nodes, new, __ATOMIC_RELEASE);
	*node = new;
	return 0;
}

static int get_node(const struct shim_name *name, struct shim_node **node)
{
	struct shim_ctrl *ctrl;
	int rc = shim_ctrl_get(name->address, &ctrl);

	if (!rc && name->nsid)
		rc = check_namespace(ctrl, name->nsid);
	if (rc)
		return rc;
	for (*node = nodes; *node; *node = (*node)->next)
		if ((*node)->ctrl == ctrl && (*node)->kind == name->kind &&
		    (*node)->nsid == name->nsid)
			return 0;
	return make_node(name, ctrl, node);
}

int shim_open(const struct shim_name *name, int flags)
{
	struct shim_node *node;
	char path[64];
	int fd;

	shim_lock();
	fd = get_node(name, &node);
	if (!fd) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", node->file);
		fd = open(path, O_PATH | (flags & O_CLOEXEC));
		if (fd < 0)
			fd = -errno;
	}
	shim_unlock();
	return fd;
}

struct shim_node *shim_node_of(int fd)
{
	struct shim_node *node;
	struct stat st;

	if (!__atomic_load_n(&nodes, __ATOMIC_ACQUIRE) || fstat(fd, &st))
		return NULL;
	shim_lock();
	for (node = nodes; node; node = node->next)
		if (node->file_ino == st.st_ino && node->file_dev == st.st_dev)
			break;
	shim_unlock();
	return node;
}

static void fill_stat(enum shim_kind kind, uint32_t nsid, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_mode = (kind == SHIM_NS_BLOCK ? S_IFBLK : S_IFCHR) | 0600;
	st->st_rdev = makedev(kind == SHIM_NS_BLOCK ? BLOCK_MAJOR : CTRL_MAJOR, nsid);
	st->st_nlink = 1;
	st->st_uid = getuid();
	st->st_gid = getgid();
	st->st_blksize = 4096;
}

void shim_stat_node(const struct shim_node *node, struct stat *st)
{
	fill_stat(node->kind, node->nsid, st);
	st->st_dev = node->file_dev;
	st->st_ino = node->file_ino;
}

int shim_stat(const struct shim_name *name, struct stat *st)
{
	struct shim_node *node;
	int rc;

	shim_lock();
	rc = get_node(name, &node);
	shim_unlock();
	if (!rc)
		shim_stat_node(node, st);
	return rc;
}
