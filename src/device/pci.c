/* SPDX-License-Identifier: MIT */
#include "device/pci.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

#define SYSFS_DEVICES "/sys/bus/pci/devices"
#define SYSFS_GROUPS  "/sys/kernel/iommu_groups"

bool pci_parse_address(const char *text, char address[PCI_ADDRESS_SIZE])
{
	unsigned domain = 0, bus, device, function;
	int end = 0;

	/* Of what sscanf() would take for a number, no spaces, signs or 0x. */
	if (strspn(text, "0123456789abcdefABCDEF:.") != strlen(text))
		return false;
	if (sscanf(text, "%4x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &end) != 4 ||
	    text[end]) {
		end = 0;
		domain = 0;
		if (sscanf(text, "%2x:%2x.%1x%n", &bus, &device, &function, &end) != 3 || text[end])
			return false;
	}
	if (device > 0x1f || function > 7)
		return false;
	snprintf(address, PCI_ADDRESS_SIZE, "%04x:%02x:%02x.%x", domain & 0xffff, bus & 0xff,
		 device, function);
	return true;
}

/* A number such as "0x010802" or "-1"; `missing` where there is no such attribute. */
static long read_number(const char *address, const char *attribute, int base, long missing)
{
	char path[PATH_MAX], line[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), SYSFS_DEVICES "/%s/%s", address, attribute);
	file = fopen(path, "re");
	if (!file)
		return missing;
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	return line[0] ? strtol(line, NULL, base) : missing;
}

static uint32_t read_hex(const char *address, const char *attribute)
{
	return (uint32_t)read_number(address, attribute, 16, 0);
}

/* The last component of what the link `name` of the function points to. */
static bool read_link_name(const char *address, const char *name, char *text, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *last;
	ssize_t len;

	snprintf(path, sizeof(path), SYSFS_DEVICES "/%s/%s", address, name);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return false;
	target[len] = 0;
	last = strrchr(target, '/');
	snprintf(text, size, "%.*s", (int)size - 1, last ? last + 1 : target);
	return true;
}

int pci_read_function(const char *address, struct pci_function *function)
{
	char path[PATH_MAX], group[32];

	memset(function, 0, sizeof(*function));
	snprintf(path, sizeof(path), SYSFS_DEVICES "/%s", address);
	if (access(path, F_OK))
		return znvme_fail(-ENOENT,
				  "%s: no such PCI device: `znvme list` shows those there are",
				  address);
	snprintf(function->address, sizeof(function->address), "%s", address);
	function->numa_node = (int)read_number(address, "numa_node", 10, -1);
	function->class_code = read_hex(address, "class");
	function->vendor = (uint16_t)read_hex(address, "vendor");
	function->device = (uint16_t)read_hex(address, "device");
	function->subsystem_vendor = (uint16_t)read_hex(address, "subsystem_vendor");
	function->subsystem_device = (uint16_t)read_hex(address, "subsystem_device");
	read_link_name(address, "driver", function->driver, sizeof(function->driver));
	function->iommu_group = -1;
	if (read_link_name(address, "iommu_group", group, sizeof(group)))
		function->iommu_group = atoi(group);
	return 0;
}

/* Drivers that vfio lets stay in a group that userspace owns. */
static bool is_harmless_driver(const char *driver)
{
	return !strncmp(driver, "vfio", 4) || !strcmp(driver, "pcieport") ||
	       !strcmp(driver, "pci-stub");
}

bool pci_group_spoilers(int group, char *text, size_t size)
{
	char path[PATH_MAX], driver[64];
	struct dirent *entry;
	size_t used = 0;
	DIR *dir;

	text[0] = 0;
	snprintf(path, sizeof(path), SYSFS_GROUPS "/%d/devices", group);
	dir = opendir(path);
	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    !read_link_name(entry->d_name, "driver", driver, sizeof(driver)) ||
		    is_harmless_driver(driver))
			continue;
		if (used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s (%s)",
						 used ? ", " : "", entry->d_name, driver);
	}
	closedir(dir);
	return used > 0;
}

static void read_command_name(const char *pid, char *name, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(name, size, "?");
	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(name, (int)size, file))
		name[strcspn(name, "\n")] = 0;
	fclose(file);
}

static bool has_open(const char *pid, const char *path)
{
	char dir_path[64], link[PATH_MAX], target[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(dir_path, sizeof(dir_path), "/proc/%.16s/fd", pid);
	dir = opendir(dir_path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		ssize_t len;

		snprintf(link, sizeof(link), "%s/%.32s", dir_path, entry->d_name);
		len = readlink(link, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = 0;
		found = !strcmp(target, path);
	}
	closedir(dir);
	return found;
}

bool find_opener(const char *path, char *text, size_t size)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir("/proc");

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		char name[32];

		if (!isdigit((unsigned char)entry->d_name[0]) || !has_open(entry->d_name, path))
			continue;
		read_command_name(entry->d_name, name, sizeof(name));
		snprintf(text, size, "%s, pid %.16s", name, entry->d_name);
		found = true;
	}
	closedir(dir);
	return found;
}
