/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing sysfs and procfs. Every path is put below a root, which is "" but for tests
 * (ZNVME_SYSROOT). What the kernel gives is bounded by the caller's buffers and made printable, for
 * some of it comes from the device.
 */
#include "host.h"
#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NAMES 65536

static const char *root(void)
{
	const char *prefix = getenv("ZNVME_SYSROOT");

	return prefix ? prefix : "";
}

bool host_is_real(void)
{
	return !*root();
}

static int __attribute__((format(printf, 2, 0))) path_va(char *path, const char *format, va_list ap)
{
	int len = snprintf(path, HOST_PATH, "%s", root());
	int more;

	if (len < 0 || len >= HOST_PATH)
		return -ENAMETOOLONG;
	more = vsnprintf(path + len, (size_t)(HOST_PATH - len), format, ap);
	return more < 0 || more >= HOST_PATH - len ? -ENAMETOOLONG : 0;
}

/* The caller's path in `path`, its error in `rc`. */
#define FORMAT_PATH(path, rc, format)                                                              \
	do {                                                                                       \
		va_list ap;                                                                        \
		va_start(ap, format);                                                              \
		(rc) = path_va(path, format, ap);                                                  \
		va_end(ap);                                                                        \
	} while (0)

int host_path(char *path, const char *format, ...)
{
	int rc;

	FORMAT_PATH(path, rc, format);
	return rc;
}

bool host_exists(const char *format, ...)
{
	char path[HOST_PATH];
	int rc;

	FORMAT_PATH(path, rc, format);
	return !rc && access(path, F_OK) == 0;
}

int host_access(int mode, const char *format, ...)
{
	char path[HOST_PATH];
	int rc;

	FORMAT_PATH(path, rc, format);
	if (rc)
		return rc;
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) ? -errno : 0;
}

static int read_first(const char *path, char *bytes, size_t size, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do {
		n = read(fd, bytes, size);
	} while (n < 0 && errno == EINTR);
	*len = n < 0 ? 0 : (size_t)n;
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

int host_read(char *text, size_t size, const char *format, ...)
{
	char path[HOST_PATH], bytes[HOST_PATH];
	const char *newline;
	size_t len;
	int rc;

	text[0] = '\0';
	FORMAT_PATH(path, rc, format);
	if (!rc)
		rc = read_first(path, bytes, sizeof(bytes), &len);
	if (rc)
		return rc;
	newline = memchr(bytes, '\n', len);
	if (newline)
		len = (size_t)(newline - bytes);
	tool_text(text, bytes, len < size ? len : size - 1);
	return 0;
}

int host_read_number(long long *value, const char *format, ...)
{
	char path[HOST_PATH], bytes[32], *end;
	size_t len;
	int rc;

	FORMAT_PATH(path, rc, format);
	if (!rc)
		rc = read_first(path, bytes, sizeof(bytes) - 1, &len);
	if (rc)
		return rc;
	bytes[len] = '\0';
	errno = 0;
	*value = strtoll(bytes, &end, 0);
	return errno || end == bytes ? -EINVAL : 0;
}

int host_read_link(char *name, size_t size, const char *format, ...)
{
	char path[HOST_PATH], target[HOST_PATH];
	const char *base;
	ssize_t len;
	int rc;

	name[0] = '\0';
	FORMAT_PATH(path, rc, format);
	if (rc)
		return rc;
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	if (strlen(base) >= size)
		return -ENAMETOOLONG;
	tool_text(name, base, strlen(base));
	return 0;
}

int host_write(const char *value, const char *format, ...)
{
	char path[HOST_PATH];
	ssize_t n;
	int fd, rc;

	FORMAT_PATH(path, rc, format);
	if (rc)
		return rc;
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, value, strlen(value));
	rc = n < 0 ? -errno : 0;
	if (close(fd) && !rc)
		rc = -errno;
	return rc;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int host_names_add(struct host_names *names, const char *name)
{
	char **grown;

	if (names->nr == MAX_NAMES)
		return -E2BIG;
	grown = realloc(names->name, (names->nr + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	names->name = grown;
	grown[names->nr] = strdup(name);
	if (!grown[names->nr])
		return -ENOMEM;
	names->nr++;
	return 0;
}

int host_list_dir(struct host_names *names, const char *format, ...)
{
	char path[HOST_PATH];
	struct dirent *entry;
	DIR *dir;
	int rc;

	*names = (struct host_names){0};
	FORMAT_PATH(path, rc, format);
	if (rc)
		return rc;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			rc = host_names_add(names, entry->d_name);
	closedir(dir);
	if (names->nr)
		qsort(names->name, names->nr, sizeof(*names->name), compare_names);
	return rc;
}

void host_names_free(struct host_names *names)
{
	while (names->nr)
		free(names->name[--names->nr]);
	free(names->name);
	names->name = NULL;
}

FILE *host_open_text(const char *format, ...)
{
	char path[HOST_PATH];
	int rc;

	FORMAT_PATH(path, rc, format);
	return rc ? NULL : fopen(path, "re");
}

void host_append(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + len, size - len, format, ap);
	va_end(ap);
}
