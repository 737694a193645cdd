/* SPDX-License-Identifier: MIT */
/*
 * Where a block device is mounted or used as swap. A mount is found by the device's number or by
 * its name (btrfs has numbers of its own), and in all mount namespaces that can be seen: what a
 * container has mounted is not in our table.
 */
#include "host.h"
#include "tool.h"

#include <ctype.h>
#include <string.h>

void host_load_block(struct host_block *block, const char *name)
{
	snprintf(block->name, sizeof(block->name), "%s", name);
	host_read(block->number, sizeof(block->number), "/sys/class/block/%s/dev", name);
	host_read(block->dm_name, sizeof(block->dm_name), "/sys/class/block/%s/dm/name", name);
}

bool host_is_block(const struct host_block *block, const char *source)
{
	static const char mapper[] = "/dev/mapper/";

	if (!strncmp(source, mapper, strlen(mapper)))
		return *block->dm_name && !strcmp(source + strlen(mapper), block->dm_name);
	return !strncmp(source, "/dev/", 5) && !strcmp(source + 5, block->name);
}

/* The kernel's \040 for a blank and such, in place; what cannot be printed becomes '?'. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		unsigned c = (unsigned char)*text++;

		if (c == '\\' && strspn(text, "01234567") >= 3) {
			c = (unsigned)((text[0] - '0') << 6 | (text[1] - '0') << 3 |
				       (text[2] - '0'));
			text += 3;
		}
		*to++ = (char)((c & 0xff) < 0x20 || c == 0x7f ? '?' : c);
	}
	*to = '\0';
}

/* Where a line of mountinfo (proc_pid_mountinfo(5)) is about the block device: its mount point. */
static char *mount_point_of(char *line, const struct host_block *block)
{
	char *save, *field = strtok_r(line, " \n", &save), *number = NULL, *point = NULL;
	char *source = NULL;
	unsigned n;

	for (n = 0; field && strcmp(field, "-"); n++, field = strtok_r(NULL, " \n", &save)) {
		if (n == 2)
			number = field;
		if (n == 4)
			point = field;
	}
	if (field && strtok_r(NULL, " \n", &save))
		source = strtok_r(NULL, " \n", &save);
	if (!point || !source)
		return NULL;
	unescape(point);
	unescape(source);
	return !strcmp(number, block->number) || host_is_block(block, source) ? point : NULL;
}

/* Of the lines of a file the first about which `match` has something to say. */
static bool find_line(const char *path, char *(*match)(char *line, const struct host_block *block),
		      const struct host_block *block, char *text, size_t size)
{
	FILE *file = host_open_text("%s", path);
	char *line = NULL, *found = NULL;
	size_t room = 0;

	if (!file)
		return false;
	while (!found && getline(&line, &room, file) >= 0)
		found = match(line, block);
	if (found)
		snprintf(text, size, "%s", found);
	free(line);
	fclose(file);
	return found;
}

/* A line of /proc/swaps. A swap file is found by the mount that it lies on. */
static char *swap_of(char *line, const struct host_block *block)
{
	char *save, *name = strtok_r(line, " \t\n", &save);

	if (!name)
		return NULL;
	unescape(name);
	return host_is_block(block, name) ? name : NULL;
}

bool host_find_swap(const struct host_block *block, char *name, size_t size)
{
	return find_line("/proc/swaps", swap_of, block, name, size);
}

static bool has_name(const struct host_names *names, const char *name)
{
	for (unsigned i = 0; i < names->nr; i++)
		if (!strcmp(names->name[i], name))
			return true;
	return false;
}

void host_find_mount_tables(struct host_names *tables)
{
	struct host_names pids, seen = {0};
	char space[HOST_NAME];

	*tables = (struct host_names){0};
	host_names_add(tables, "self");
	host_read_link(space, sizeof(space), "/proc/self/ns/mnt");
	host_names_add(&seen, space);
	host_list_dir(&pids, "/proc");
	for (unsigned i = 0; i < pids.nr; i++) {
		if (!isdigit((unsigned char)pids.name[i][0]) ||
		    host_read_link(space, sizeof(space), "/proc/%s/ns/mnt", pids.name[i]) ||
		    has_name(&seen, space))
			continue;
		host_names_add(&seen, space);
		host_names_add(tables, pids.name[i]);
	}
	host_names_free(&pids);
	host_names_free(&seen);
}

const char *host_find_mount(const struct host_names *tables, const struct host_block *block,
			    char *point, size_t size)
{
	char path[HOST_NAME];

	for (unsigned i = 0; i < tables->nr; i++) {
		snprintf(path, sizeof(path), "/proc/%.20s/mountinfo", tables->name[i]);
		if (find_line(path, mount_point_of, block, point, size))
			return tables->name[i];
	}
	return NULL;
}
