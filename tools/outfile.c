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

/* A new file beside the one that it is to replace, with its mode. */
static int open_temporary(struct outfile *file, const char *path, mode_t mode)
{
	/* A symbolic link stays one: what it points to is replaced. */
	file->path = realpath(path, NULL);
	if (!file->path)
		file->path = strdup(path);
	if (!file->path || asprintf(&file->temporary, "%s.XXXXXX", file->path) < 0)
		return tool_error("out of memory");
	file->fd = mkostemp(file->temporary, O_CLOEXEC);
	if (file->fd < 0) {
		int error = errno;

		free(file->temporary);
		file->temporary = NULL;
		return fail(file, error);
	}
	return fchmod(file->fd, mode) ? fail(file, errno) : 0;
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

int outfile_open(struct outfile *file, const char *path, uint64_t len)
{
	struct stat st;
	bool there;

	*file = (struct outfile){.fd = STDOUT_FILENO, .name = "standard output"};
	if (!path || !strcmp(path, "-"))
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

	if (file->temporary) {
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

	if (file->temporary && fsync(file->fd))
		error = errno;
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
