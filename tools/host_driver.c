/* SPDX-License-Identifier: MIT */
/*
 * Moving a PCI function from one driver to another: driver_override says which driver may have it,
 * unbind takes it from the one it has, drivers_probe gives it to the one it is meant for. Unlike
 * new_id this touches no other function of the same kind (Linux, Documentation/ABI/testing/
 * sysfs-bus-pci).
 */
#include "host.h"
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define ATTACH_DEADLINE_MS 5000
#define LOCK_DEADLINE_MS   10000
#define POLL_MS		   20

bool host_driver_name_is_valid(const char *driver)
{
	size_t len = strlen(driver);

	if (!len || len >= HOST_NAME || !isalnum((unsigned char)driver[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)driver[i]) && driver[i] != '-' && driver[i] != '_')
			return false;
	return true;
}

bool host_driver_is_loaded(const char *driver)
{
	return host_exists("/sys/bus/pci/drivers/%s", driver);
}

/* In names of modules, - and _ are one. */
static char module_letter(char c)
{
	return c == '-' ? '_' : c;
}

/* "…/vfio-pci.ko", also compressed, in a line of modules.dep or modules.builtin. */
static bool line_has_module(const char *line, const char *module)
{
	size_t end = strcspn(line, ":\n"), slash = end, i;

	while (slash && line[slash - 1] != '/')
		slash--;
	for (i = 0; module[i]; i++)
		if (module_letter(line[slash + i]) != module_letter(module[i]))
			return false;
	return !strncmp(line + slash + i, ".ko", 3);
}

static int find_module(const char *release, const char *list, const char *module)
{
	FILE *file = host_open_text("/lib/modules/%s/%s", release, list);
	char *line = NULL;
	size_t size = 0;
	int found = 0;

	if (!file)
		return -ENOENT;
	while (!found && getline(&line, &size, file) >= 0)
		found = line_has_module(line, module);
	free(line);
	fclose(file);
	return found;
}

int host_module_is_available(const char *module)
{
	char release[65];
	int rc;

	if (host_read(release, sizeof(release), "/proc/sys/kernel/osrelease") || !*release ||
	    strchr(release, '/'))
		return -ENOENT;
	rc = find_module(release, "modules.dep", module);
	if (rc <= 0 && find_module(release, "modules.builtin", module) > 0)
		rc = 1;
	return rc;
}

int host_load_driver(const char *driver)
{
	int rc = 0;

	if (!host_driver_is_loaded(driver))
		rc = host_modprobe(driver);
	/* Not a driver, so nothing loads it but a modprobe that knows soft dependencies. */
	if (!rc && host_is_vfio_driver(driver) && !host_exists("/sys/module/vfio_iommu_type1") &&
	    !host_exists("/dev/iommu"))
		host_modprobe("vfio_iommu_type1");
	if (!rc && !host_driver_is_loaded(driver))
		rc = -EIO;
	return rc;
}

int host_set_override(const char *address, const char *driver)
{
	char line[HOST_NAME + 2];

	snprintf(line, sizeof(line), "%s\n", driver ? driver : "");
	return host_write(line, HOST_PCI "/driver_override", address);
}

static int read_driver(const char *address, char *driver)
{
	int rc = host_read_link(driver, HOST_NAME, HOST_PCI "/driver", address);

	return rc == -ENOENT && host_exists(HOST_PCI, address) ? 0 : rc;
}

/* Until the function has `driver` ("" for none). What it has instead goes to `now`. */
static int wait_for_driver(const char *address, const char *driver, char *now)
{
	unsigned waited;
	int rc = 0;

	for (waited = 0; waited <= ATTACH_DEADLINE_MS; waited += POLL_MS) {
		rc = read_driver(address, now);
		if (rc || !strcmp(now, driver))
			return rc;
		host_nap(POLL_MS);
	}
	return -ETIMEDOUT;
}

int host_detach(const char *address)
{
	char now[HOST_NAME];
	int rc = read_driver(address, now);

	if (rc || !*now)
		return rc;
	rc = host_write(address, HOST_PCI "/driver/unbind", address);
	return rc ? rc : wait_for_driver(address, "", now);
}

int host_attach(const char *address, const char *driver)
{
	char now[HOST_NAME];
	int probe, rc;

	rc = host_set_override(address, driver);
	if (rc)
		return rc;
	/* A probe that failed says so here, one that is still running does not. */
	probe = host_write(address, "/sys/bus/pci/drivers_probe");
	if (probe == -EACCES || probe == -EROFS)
		return probe;
	rc = probe ? read_driver(address, now) : wait_for_driver(address, driver, now);
	if (!rc && strcmp(now, driver))
		rc = probe;
	return rc;
}

/* Root's own directory, so that nobody else can hold the lock. */
static int open_lock(const char *address)
{
	char path[HOST_PATH];
	int fd, rc = host_path(path, "/run/znvme-%s.lock", address);

	if (rc)
		return rc;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int host_lock_device(struct host_device *dev)
{
	int fd = open_lock(dev->address);
	char address[HOST_ADDRESS];
	unsigned waited;

	if (fd < 0 && fd != -ENOENT && fd != -EROFS)
		return tool_error("/run/znvme-%s.lock: %s", dev->address, strerror(-fd));
	for (waited = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB); waited += POLL_MS) {
		if (waited >= LOCK_DEADLINE_MS)
			return tool_error(
				"%s: another `znvme bind` or `znvme unbind` is at work on it",
				dev->address);
		host_nap(POLL_MS);
	}
	memcpy(address, dev->address, sizeof(address));
	return host_load_device(address, dev) ? tool_error("%s: it is gone", address) : 0;
}

int host_need_root(const char *command_line)
{
	int rc = host_access(W_OK, "/sys/bus/pci/drivers_probe");

	if (rc == -EROFS)
		return tool_error("/sys cannot be written here, as in a container; on the machine "
				  "itself: sudo %s",
				  command_line);
	if (rc)
		return tool_error("this needs root: sudo %s", command_line);
	return 0;
}
