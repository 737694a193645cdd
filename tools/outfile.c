/* SPDX-License-Identifier: MIT */
/* A file that is either written whole or not at all (outfile.h). */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const struct outfile *file, int error)
{
	return tool_error("%s: %s", file->name, strerror(error));
}

/* A path in the directory of `path`. NULL: out of memory. */
static char *beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *text;

	if (asprintf(&text, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, name) < 0)
		return NULL;
	return text;
}

/* Without a name: whatever ends the process, nothing of it is left. -1 where there is no such. */
static int open_nameless(const char *path)
{
	tool_autofree char *directory = beside(path, ".");

	if (!directory || access("/proc/self/fd", X_OK)) /* by which it gets one */
		return -1;
	return open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}

/* A name for it, beside the file that it is to replace. 0, or an errno. */
static int give_name(struct outfile *file)
{
	char from[64], name[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", file->fd);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), ".znvme-%d-%u", (int)getpid(), i);
		file->temporary = beside(file->path, name);
		if (!file->temporary)
			return ENOMEM;
		if (!linkat(AT_FDCWD, from, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW))
			return 0;
		free(file->temporary);
		file->temporary = NULL;
		if (errno != EEXIST)
			break;
	}
	return errno;
}

/* Whether it can have its name, which is not used before the end. */
static bool name_is_too_long(const struct outfile *file)
{
	struct stat st;

	return lstat(file->path, &st) && errno == ENAMETOOLONG;
}

/* A new file beside the one that it is to replace, with its mode. */
static int open_temporary(struct outfile *file, const char *path, mode_t mode)
{
	struct stat st;

	/* A symbolic link stays one: what it points to is replaced. */
	file->path = realpath(path, NULL);
	if (!file->path && !lstat(path, &st))
		return tool_error("%s: a symbolic link to what is not there", path);
	if (!file->path)
		file->path = strdup(path);
	if (!file->path)
		return tool_error("out of memory");
	if (name_is_too_long(file))
		return fail(file, ENAMETOOLONG);
	file->fd = open_nameless(file->path);
	if (file->fd < 0) {
		file->temporary = beside(file->path, ".znvme-XXXXXX");
		if (!file->temporary)
			return tool_error("out of memory");
		file->fd = mkostemp(file->temporary, O_CLOEXEC);
	}
	if (file->fd < 0) {
		int error = errno;

		free(file->temporary);
		file->temporary = NULL;
		return fail(file, error);
	}
	return fchmod(file->fd, mode) ? fail(file, errno) : 0;
}

/* The owner of the file that is replaced; who may not give files away keeps it. */
static void keep_owner(const struct outfile *file, const struct stat *old)
{
	(void)!fchown(file->fd, old->st_uid, old->st_gid);
}

/* Reserve the room; a file system that cannot do that is no reason to stop. */
static int reserve(const struct outfile *file, uint64_t len)
{
	if (!len || !fallocate(file->fd, 0, 0, (off_t)len))
		return 0;
	if (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)
		return tool_error("%s: %s: %llu bytes are needed", file->name, strerror(errno),
				  (unsigned long long)len);
	return 0;
}

static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* /dev/stdout, too: what is opened by that name is what standard output is. */
bool outfile_is_stdout(const char *path)
{
	struct stat st, out;

	if (!path || !strcmp(path, "-"))
		return true;
	return !stat(path, &st) && !fstat(STDOUT_FILENO, &out) && is_same(&st, &out) &&
	       !S_ISCHR(st.st_mode);
}

bool outfile_is_same(const char *a, const char *b)
{
	struct stat st_a, st_b;

	if (outfile_is_stdout(a) || outfile_is_stdout(b))
		return outfile_is_stdout(a) && outfile_is_stdout(b);
	if (stat(a, &st_a) || stat(b, &st_b))
		return !strcmp(a, b);
	return is_same(&st_a, &st_b) && !S_ISCHR(st_a.st_mode);
}

int outfile_open(struct outfile *file, const char *path, uint64_t len)
{
	struct stat st;
	bool there;

	*file = (struct outfile){.fd = STDOUT_FILENO, .name = "standard output"};
	if (outfile_is_stdout(path))
		return 0;
	file->name = path;
	there = !stat(path, &st);
	if (there && !S_ISREG(st.st_mode)) {
		file->fd = open(path, O_WRONLY | O_CLOEXEC);
		return file->fd < 0 ? fail(file, errno) : 0;
	}
	if (there && access(path, W_OK))
		return fail(file, errno);
	if (open_temporary(file, path, there ? st.st_mode & 07777 : default_mode()) ||
	    reserve(file, len)) {
		outfile_abandon(file);
		return 1;
	}
	if (there)
		keep_owner(file, &st);
	return 0;
}

int outfile_write(struct outfile *file, const void *data, size_t len)
{
	int rc = tool_write_all(file->fd, data, len);

	return rc ? fail(file, -rc) : 0;
}

int outfile_skip(struct outfile *file, size_t len)
{
	static const char zeroes[65536];

	if (file->path) {
		off_t end = lseek(file->fd, (off_t)len, SEEK_CUR);

		if (end >= 0 && !ftruncate(file->fd, end))
			return 0;
		return fail(file, errno);
	}
	while (len) {
		size_t n = len < sizeof(zeroes) ? len : sizeof(zeroes);

		if (outfile_write(file, zeroes, n))
			return 1;
		len -= n;
	}
	return 0;
}

static void forget(struct outfile *file)
{
	free(file->path);
	free(file->temporary);
	*file = (struct outfile){.fd = -1};
}

int outfile_commit(struct outfile *file)
{
	int error = 0;

	if (file->path && fsync(file->fd))
		error = errno;
	if (file->path && !file->temporary && !error)
		error = give_name(file);
	if (file->fd != STDOUT_FILENO && close(file->fd) && !error)
		error = errno;
	file->fd = -1;
	if (!error && file->temporary && rename(file->temporary, file->path))
		error = errno;
	if (error) {
		fail(file, error);
		outfile_abandon(file);
		return 1;
	}
	forget(file);
	return 0;
}

void outfile_abandon(struct outfile *file)
{
	if (file->fd > STDERR_FILENO)
		close(file->fd);
	if (file->temporary)
		unlink(file->temporary);
	forget(file);
}

int outfile_save(const char *path, const void *data, size_t len)
{
	struct outfile file;

	if (outfile_open(&file, path, len))
		return 1;
	if (outfile_write(&file, data, len)) {
		outfile_abandon(&file);
		return 1;
	}
	return outfile_commit(&file);
}
