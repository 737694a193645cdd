/* SPDX-License-Identifier: MIT */
/*
 * Who uses the disks of an NVMe controller: file systems, swap, what is stacked on top of them
 * (device mapper with LVM and dm-crypt, md, bcache, loop devices, to any depth), and processes.
 * Taking the kernel's driver away pulls the disk from under all of these, so bind asks here first.
 */
#include "host.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_DEPTH 8 /* of devices stacked on a disk */

/* One look for uses: what was found, and the mount tables it is looked for in. */
struct search {
	struct host_uses *uses;
	struct host_names tables;
};

/* `text` as one word of a command line. */
static void append_quoted(char *fix, size_t size, const char *text)
{
	if (!text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789_-./+:,@")]) {
		host_append(fix, size, "%s", text);
		return;
	}
	host_append(fix, size, "'");
	for (; *text; text++) {
		if (*text == '\'')
			host_append(fix, size, "'\\'");
		host_append(fix, size, "%c", *text);
	}
	host_append(fix, size, "'");
}

static struct host_use *add_use(struct host_uses *uses, const char *subject)
{
	struct host_use *use;

	if (uses->nr == TOOL_COUNT(uses->use))
		return NULL;
	use = &uses->use[uses->nr++];
	snprintf(use->text, sizeof(use->text), "%s", subject);
	use->fix[0] = '\0';
	return use;
}

static void check_mount(struct search *search, const struct host_block *block, const char *subject)
{
	struct host_use *use;
	char point[HOST_TEXT];
	const char *process;

	process = host_find_mount(&search->tables, block, point, sizeof(point));
	use = process ? add_use(search->uses, subject) : NULL;
	if (!use)
		return;
	host_append(use->text, sizeof(use->text), " is mounted on %s", point);
	if (strcmp(process, "self")) {
		host_append(use->text, sizeof(use->text), " for process %s", process);
		host_append(use->fix, sizeof(use->fix), "sudo nsenter --target %s --mount umount ",
			    process);
	} else if (!strcmp(point, "/")) {
		host_append(use->text, sizeof(use->text), " (the running system)");
		return;
	} else {
		host_append(use->fix, sizeof(use->fix), "sudo umount ");
	}
	append_quoted(use->fix, sizeof(use->fix), point);
}

static void check_swap(struct search *search, const struct host_block *block, const char *subject)
{
	struct host_use *use;
	char name[HOST_TEXT];

	use = host_find_swap(block, name, sizeof(name)) ? add_use(search->uses, subject) : NULL;
	if (!use)
		return;
	host_append(use->text, sizeof(use->text), " is swap");
	host_append(use->fix, sizeof(use->fix), "sudo swapoff ");
	append_quoted(use->fix, sizeof(use->fix), name);
}

/* LVM's name of a volume is GROUP-VOLUME, with the dashes of both parts doubled. */
static void append_volume_group(char *fix, size_t size, const char *dm_name)
{
	char group[HOST_NAME];
	size_t n = 0;

	while (*dm_name && n < sizeof(group) - 1) {
		if (*dm_name == '-' && *++dm_name != '-')
			break;
		group[n++] = *dm_name++;
	}
	group[n] = '\0';
	append_quoted(fix, size, group);
}

static void describe_mapper(const char *name, char *text, char *fix)
{
	char uuid[128], dm_name[HOST_NAME];
	bool lvm, crypt;

	host_read(uuid, sizeof(uuid), "/sys/class/block/%s/dm/uuid", name);
	host_read(dm_name, sizeof(dm_name), "/sys/class/block/%s/dm/name", name);
	lvm = !strncmp(uuid, "LVM-", 4);
	crypt = !strncmp(uuid, "CRYPT-", 6);
	snprintf(text, HOST_TEXT, "%s (%s %s)", name,
		 lvm	 ? "LVM volume"
		 : crypt ? "dm-crypt"
			 : "device mapper",
		 dm_name);
	if (lvm) {
		snprintf(fix, HOST_TEXT, "sudo vgchange --activate n ");
		append_volume_group(fix, HOST_TEXT, dm_name);
		return;
	}
	snprintf(fix, HOST_TEXT, crypt ? "sudo cryptsetup close " : "sudo dmsetup remove ");
	append_quoted(fix, HOST_TEXT, dm_name);
}

/* What a holder is, and what dissolves it. */
static void describe_holder(const char *name, char *text, char *fix)
{
	char level[HOST_NAME];

	fix[0] = '\0';
	if (host_exists("/sys/class/block/%s/dm", name)) {
		describe_mapper(name, text, fix);
	} else if (host_exists("/sys/class/block/%s/md", name)) {
		host_read(level, sizeof(level), "/sys/class/block/%s/md/level", name);
		snprintf(text, HOST_TEXT, "%s (md %s)", name, *level ? level : "RAID");
		snprintf(fix, HOST_TEXT, "sudo mdadm --stop /dev/%s", name);
	} else if (host_exists("/sys/class/block/%s/loop", name)) {
		snprintf(text, HOST_TEXT, "%s (loop device)", name);
		snprintf(fix, HOST_TEXT, "sudo losetup --detach /dev/%s", name);
	} else {
		snprintf(text, HOST_TEXT, "%s", name);
	}
}

static void check_block(struct search *search, const char *name, const char *subject,
			unsigned depth);

/* What uses the holder comes first, for it is what has to go first. */
static void check_holder(struct search *search, const char *holder, const char *subject,
			 unsigned depth)
{
	char text[HOST_TEXT], fix[HOST_TEXT], held[HOST_TEXT];
	struct host_uses *uses = search->uses;
	unsigned first = uses->nr;
	struct host_use *use;

	describe_holder(holder, text, fix);
	held[0] = '\0';
	host_append(held, sizeof(held), "%s is held by %s, which", subject, text);
	if (depth < MAX_DEPTH)
		check_block(search, holder, held, depth + 1);
	if (uses->nr == first) {
		use = add_use(uses, subject);
		if (use) {
			host_append(use->text, sizeof(use->text), " is held by %s", text);
			host_append(use->fix, sizeof(use->fix), "%s", fix);
		}
		return;
	}
	for (; *fix && first < uses->nr; first++)
		if (*uses->use[first].fix)
			host_append(uses->use[first].fix, HOST_TEXT, "\n%s", fix);
}

/* Loop devices are not in holders/. */
static void check_loops(struct search *search, const struct host_block *block, const char *subject,
			unsigned depth)
{
	char backing[HOST_PATH];
	struct host_names names;

	host_list_dir(&names, "/sys/class/block");
	for (unsigned i = 0; i < names.nr; i++)
		if (!strncmp(names.name[i], "loop", 4) &&
		    !host_read(backing, sizeof(backing), "/sys/class/block/%s/loop/backing_file",
			       names.name[i]) &&
		    host_is_block(block, backing))
			check_holder(search, names.name[i], subject, depth);
	host_names_free(&names);
}

static void check_block(struct search *search, const char *name, const char *subject,
			unsigned depth)
{
	struct host_names names;
	struct host_block block;

	host_load_block(&block, name);
	check_mount(search, &block, subject);
	check_swap(search, &block, subject);
	host_list_dir(&names, "/sys/class/block/%s/holders", name);
	for (unsigned i = 0; i < names.nr; i++)
		check_holder(search, names.name[i], subject, depth);
	host_names_free(&names);
	check_loops(search, &block, subject, depth);
}

/* nvme0n1, or of the path nvme0c1n1 of a multipath disk that disk, nvme0n1. */
static bool disk_name(const char *entry, char *name)
{
	unsigned subsystem, controller, ns;
	int end = -1;

	if (sscanf(entry, "nvme%5un%10u%n", &subsystem, &ns, &end) != 2 || end < 0 || entry[end]) {
		end = -1;
		if (sscanf(entry, "nvme%5uc%5un%10u%n", &subsystem, &controller, &ns, &end) != 3 ||
		    end < 0 || entry[end])
			return false;
	}
	snprintf(name, HOST_NAME, "nvme%un%u", subsystem, ns);
	return true;
}

int host_list_disks(const struct host_device *dev, struct host_names *disks)
{
	struct host_names entries;
	char name[HOST_NAME];
	int rc = 0;

	*disks = (struct host_names){0};
	if (!*dev->kernel_name)
		return 0;
	host_list_dir(&entries, HOST_PCI "/nvme/%s", dev->address, dev->kernel_name);
	for (unsigned i = 0; !rc && i < entries.nr; i++)
		if (disk_name(entries.name[i], name))
			rc = host_names_add(disks, name);
	host_names_free(&entries);
	return rc;
}

/* The disk's own name and those of its partitions behind those of `blocks`. */
static int add_partitions(struct host_names *blocks, const char *disk)
{
	struct host_names entries;
	int rc = host_names_add(blocks, disk);

	host_list_dir(&entries, "/sys/class/block/%s", disk);
	for (unsigned i = 0; !rc && i < entries.nr; i++)
		if (host_exists("/sys/class/block/%s/%s/partition", disk, entries.name[i]))
			rc = host_names_add(blocks, entries.name[i]);
	host_names_free(&entries);
	return rc;
}

/* A program that has a disk open without a claim on it: a virtual machine, a server, a backup. */
static void check_processes(struct host_uses *uses, const struct host_names *blocks)
{
	struct host_names nodes = {0};
	struct host_holders holders;
	char node[HOST_PATH];
	struct host_use *use;

	for (unsigned i = 0; i < blocks->nr; i++) {
		snprintf(node, sizeof(node), "/dev/%s", blocks->name[i]);
		host_names_add(&nodes, node);
	}
	host_find_holders((const char *const *)nodes.name, nodes.nr, &holders);
	uses->incomplete = holders.incomplete;
	use = holders.nr ? add_use(uses, "") : NULL;
	if (use)
		host_append(use->text, sizeof(use->text), "%s is open in %s",
			    strrchr(holders.node, '/') + 1, holders.text);
	host_names_free(&nodes);
}

int host_find_uses(const struct host_device *dev, struct host_uses *uses)
{
	struct search search = {.uses = uses};
	struct host_names disks, blocks = {0};
	unsigned i;
	int rc;

	uses->nr = 0;
	uses->incomplete = false;
	rc = host_list_disks(dev, &disks);
	for (i = 0; !rc && i < disks.nr; i++)
		rc = add_partitions(&blocks, disks.name[i]);
	if (!rc && blocks.nr) {
		host_find_mount_tables(&search.tables);
		for (i = 0; i < blocks.nr; i++)
			check_block(&search, blocks.name[i], blocks.name[i], 0);
		check_processes(uses, &blocks);
		host_names_free(&search.tables);
	}
	host_names_free(&blocks);
	host_names_free(&disks);
	return rc;
}

static int claim_disk(struct host_claim *claim, const char *disk)
{
	char path[HOST_PATH];
	int *grown, fd, rc = host_path(path, "/dev/%s", disk);

	if (rc)
		return rc;
	grown = realloc(claim->fd, (claim->nr + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	claim->fd = grown;
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) /* a disk without a node, or that is gone or broken, is held by nobody */
		return errno == EBUSY || errno == EMFILE || errno == EACCES ? -errno : 0;
	claim->fd[claim->nr++] = fd;
	return 0;
}

int host_claim_disks(const struct host_device *dev, struct host_claim *claim, char *busy)
{
	struct host_names disks;
	int rc;

	*claim = (struct host_claim){0};
	busy[0] = '\0';
	rc = host_list_disks(dev, &disks);
	for (unsigned i = 0; !rc && i < disks.nr; i++) {
		snprintf(busy, HOST_NAME, "%.63s", disks.name[i]);
		rc = claim_disk(claim, disks.name[i]);
	}
	host_names_free(&disks);
	if (rc)
		host_release_disks(claim);
	return rc;
}

void host_release_disks(struct host_claim *claim)
{
	while (claim->nr)
		close(claim->fd[--claim->nr]);
	free(claim->fd);
	claim->fd = NULL;
}
