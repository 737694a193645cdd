/* SPDX-License-Identifier: MIT */
/*
 * The functions of libc that we stand before, in all the spellings that glibc has for them. Each
 * looks whether the path or descriptor is ours, and hands on what is not.
 */
#undef _FILE_OFFSET_BITS /* open and open64 are two functions */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preload.h"

/* What programs call that were compiled with _FORTIFY_SOURCE, or for a glibc before 2.33. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);
int __fxstat(int version, int fd, struct stat *st);
int __fxstat64(int version, int fd, struct stat64 *st);
int __xstat(int version, const char *path, struct stat *st);
int __xstat64(int version, const char *path, struct stat64 *st);
int __lxstat(int version, const char *path, struct stat *st);
int __lxstat64(int version, const char *path, struct stat64 *st);
char *__realpath_chk(const char *path, char *resolved, size_t size);
ssize_t __readlink_chk(const char *path, char *buf, size_t len, size_t size);

/* The two are the same on a 64-bit machine. */
_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "struct stat64");

/* The function of this name that comes after ours: libc's. */
#define NEXT(name)                                                                                 \
	({                                                                                         \
		static __typeof__(&(name)) next_function;                                          \
		if (!next_function)                                                                \
			next_function = (__typeof__(&(name)))dlsym(RTLD_NEXT, #name);              \
		next_function;                                                                     \
	})

static int failed(int error)
{
	errno = error;
	return -1;
}

/* 0 or a count stays; a negative errno goes to errno. */
static int returned(int rc)
{
	return rc < 0 ? failed(-rc) : rc;
}

static bool is_ours(const char *path, struct shim_name *name)
{
	return !shim_is_inside() && shim_parse_path(path, name);
}

static const char *placed(const char *path, char *buf)
{
	return shim_is_inside() ? path : shim_sysfs_path(path, buf, PATH_MAX);
}

/* ---- open ---------------------------------------------------------------------------------- */

static int open_ours(const struct shim_name *name, int flags)
{
	int saved = errno, fd;

	shim_enter();
	fd = shim_open(name, flags);
	shim_leave();
	errno = saved;
	return returned(fd);
}

static mode_t mode_of(int flags, va_list args)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? (mode_t)va_arg(args, int) : 0;
}

#define OPEN(function)                                                                             \
	int function(const char *path, int flags, ...)                                             \
	{                                                                                          \
		struct shim_name name;                                                             \
		char buf[PATH_MAX];                                                                \
		va_list args;                                                                      \
		mode_t mode;                                                                       \
                                                                                                   \
		if (is_ours(path, &name))                                                          \
			return open_ours(&name, flags);                                            \
		va_start(args, flags);                                                             \
		mode = mode_of(flags, args);                                                       \
		va_end(args);                                                                      \
		return NEXT(function)(placed(path, buf), flags, mode);                             \
	}

#define OPENAT(function)                                                                           \
	int function(int dir, const char *path, int flags, ...)                                    \
	{                                                                                          \
		struct shim_name name;                                                             \
		char buf[PATH_MAX];                                                                \
		va_list args;                                                                      \
		mode_t mode;                                                                       \
                                                                                                   \
		if (is_ours(path, &name))                                                          \
			return open_ours(&name, flags);                                            \
		va_start(args, flags);                                                             \
		mode = mode_of(flags, args);                                                       \
		va_end(args);                                                                      \
		return NEXT(function)(dir, placed(path, buf), flags, mode);                        \
	}

#define OPEN_2(function)                                                                           \
	int function(const char *path, int flags)                                                  \
	{                                                                                          \
		struct shim_name name;                                                             \
		char buf[PATH_MAX];                                                                \
                                                                                                   \
		if (is_ours(path, &name))                                                          \
			return open_ours(&name, flags);                                            \
		return NEXT(function)(placed(path, buf), flags);                                   \
	}

#define OPENAT_2(function)                                                                         \
	int function(int dir, const char *path, int flags)                                         \
	{                                                                                          \
		struct shim_name name;                                                             \
		char buf[PATH_MAX];                                                                \
                                                                                                   \
		if (is_ours(path, &name))                                                          \
			return open_ours(&name, flags);                                            \
		return NEXT(function)(dir, placed(path, buf), flags);                              \
	}

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
OPEN_2(__open_2)
OPEN_2(__open64_2)
OPENAT_2(__openat_2)
OPENAT_2(__openat64_2)

/* ---- stat ---------------------------------------------------------------------------------- */

static bool fstat_ours(int fd, struct stat *st)
{
	struct shim_node *node;

	if (shim_is_inside())
		return false;
	shim_enter();
	node = shim_node_of(fd);
	if (node)
		shim_stat_node(node, st);
	shim_leave();
	return node;
}

static int stat_ours(const struct shim_name *name, struct stat *st)
{
	int saved = errno, rc;

	shim_enter();
	rc = shim_stat(name, st);
	shim_leave();
	errno = saved;
	return returned(rc);
}

#define FSTAT(function, type)                                                                      \
	int function(int fd, struct type *st)                                                      \
	{                                                                                          \
		return fstat_ours(fd, (struct stat *)st) ? 0 : NEXT(function)(fd, st);             \
	}

#define STAT(function, type)                                                                       \
	int function(const char *path, struct type *st)                                            \
	{                                                                                          \
		struct shim_name name;                                                             \
		char buf[PATH_MAX];                                                                \
                                                                                                   \
		if (is_ours(path, &name))                                                          \
			return stat_ours(&name, (struct stat *)st);                                \
		return NEXT(function)(placed(path, buf), st);                                      \
	}

#define FSTATAT(function, type)                                                                    \
	int function(int dir, const char *path, struct type *st, int flags)                        \
	{                                                                                          \
		struct shim_name name;                                                             \
		char buf[PATH_MAX];                                                                \
                                                                                                   \
		if (flags & AT_EMPTY_PATH && !*path && fstat_ours(dir, (struct stat *)st))         \
			return 0;                                                                  \
		if (is_ours(path, &name))                                                          \
			return stat_ours(&name, (struct stat *)st);                                \
		return NEXT(function)(dir, placed(path, buf), st, flags);                          \
	}

#define FXSTAT(function, type)                                                                     \
	int function(int version, int fd, struct type *st)                                         \
	{                                                                                          \
		return fstat_ours(fd, (struct stat *)st) ? 0 : NEXT(function)(version, fd, st);    \
	}

#define XSTAT(function, type)                                                                      \
	int function(int version, const char *path, struct type *st)                               \
	{                                                                                          \
		struct shim_name name;                                                             \
		char buf[PATH_MAX];                                                                \
                                                                                                   \
		if (is_ours(path, &name))                                                          \
			return stat_ours(&name, (struct stat *)st);                                \
		return NEXT(function)(version, placed(path, buf), st);                             \
	}

FSTAT(fstat, stat)
FSTAT(fstat64, stat64)
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)
FSTATAT(fstatat, stat)
FSTATAT(fstatat64, stat64)
FXSTAT(__fxstat, stat)
FXSTAT(__fxstat64, stat64)
XSTAT(__xstat, stat)
XSTAT(__xstat64, stat64)
XSTAT(__lxstat, stat)
XSTAT(__lxstat64, stat64)

int access(const char *path, int mode)
{
	struct shim_name name;
	char buf[PATH_MAX];
	struct stat st;

	if (is_ours(path, &name))
		return mode & X_OK ? failed(EACCES) : stat_ours(&name, &st);
	return NEXT(access)(placed(path, buf), mode);
}

/* ---- ioctl --------------------------------------------------------------------------------- */

int ioctl(int fd, unsigned long request, ...)
{
	struct shim_node *node = NULL;
	int saved = errno, rc = 0;
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!shim_is_inside()) {
		shim_enter();
		node = shim_node_of(fd);
		if (node)
			rc = shim_ioctl(node, request, arg);
		shim_leave();
	}
	if (!node)
		return NEXT(ioctl)(fd, request, arg);
	errno = saved;
	return returned(rc);
}

/* ---- sysfs --------------------------------------------------------------------------------- */

#define FOPEN(function)                                                                            \
	FILE *function(const char *path, const char *mode)                                         \
	{                                                                                          \
		char buf[PATH_MAX];                                                                \
                                                                                                   \
		return NEXT(function)(placed(path, buf), mode);                                    \
	}

FOPEN(fopen)
FOPEN(fopen64)

DIR *opendir(const char *path)
{
	char buf[PATH_MAX];

	return NEXT(opendir)(placed(path, buf));
}

int scandir(const char *path, struct dirent ***list, int (*choose)(const struct dirent *),
	    int (*compare)(const struct dirent **, const struct dirent **))
{
	char buf[PATH_MAX];

	return NEXT(scandir)(placed(path, buf), list, choose, compare);
}

int scandir64(const char *path, struct dirent64 ***list, int (*choose)(const struct dirent64 *),
	      int (*compare)(const struct dirent64 **, const struct dirent64 **))
{
	char buf[PATH_MAX];

	return NEXT(scandir64)(placed(path, buf), list, choose, compare);
}

char *realpath(const char *path, char *resolved)
{
	char buf[PATH_MAX];

	return NEXT(realpath)(placed(path, buf), resolved);
}

char *__realpath_chk(const char *path, char *resolved, size_t size)
{
	char buf[PATH_MAX];

	return NEXT(__realpath_chk)(placed(path, buf), resolved, size);
}

ssize_t readlink(const char *path, char *link, size_t len)
{
	char buf[PATH_MAX];

	return NEXT(readlink)(placed(path, buf), link, len);
}

ssize_t __readlink_chk(const char *path, char *link, size_t len, size_t size)
{
	char buf[PATH_MAX];

	return NEXT(__readlink_chk)(placed(path, buf), link, len, size);
}
