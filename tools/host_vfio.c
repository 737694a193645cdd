/* SPDX-License-Identifier: MIT */
/*
 * The nodes below /dev/vfio by which a process gets at a device: which they are, whose they are,
 * who has them open.
 */
#include "host.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void host_find_nodes(const struct host_device *dev, struct host_nodes *nodes)
{
	struct host_names names;

	*nodes = (struct host_nodes){0};
	if (dev->group >= 0) {
		snprintf(nodes->group, sizeof(nodes->group), "/dev/vfio/%d", dev->group);
		if (!host_exists("%s", nodes->group) &&
		    host_exists("/dev/vfio/noiommu-%d", dev->group))
			snprintf(nodes->group, sizeof(nodes->group), "/dev/vfio/noiommu-%d",
				 dev->group);
	}
	if (!host_list_dir(&names, HOST_PCI "/vfio-dev", dev->address) && names.nr &&
	    strlen(names.name[0]) < 32)
		snprintf(nodes->cdev, sizeof(nodes->cdev), "/dev/vfio/devices/%.31s",
			 names.name[0]);
	host_names_free(&names);
}

void host_find_vfio_holders(const struct host_nodes *nodes, struct host_holders *holders)
{
	const char *const list[] = {nodes->group, nodes->cdev};

	host_find_holders(list, TOOL_COUNT(list), holders);
}

int host_node_owner(const char *node, char *text, size_t size)
{
	char path[HOST_PATH];
	struct passwd *entry;
	struct stat st;
	int rc = host_path(path, "%s", node);

	text[0] = '\0';
	if (rc)
		return rc;
	if (lstat(path, &st))
		return -errno;
	entry = getpwuid(st.st_uid);
	if (entry)
		host_append(text, size, "owner %s", entry->pw_name);
	else
		host_append(text, size, "owner %u", (unsigned)st.st_uid);
	host_append(text, size, ", mode %04o", (unsigned)st.st_mode & 07777);
	return 0;
}

bool host_node_is_open_to_all(const char *node)
{
	char path[HOST_PATH];
	struct stat st;

	return host_path(path, "%s", node) || stat(path, &st) || (st.st_mode & 0666) == 0666;
}

int host_give_node(const char *node, uid_t uid)
{
	char path[HOST_PATH], by_fd[64];
	struct stat st;
	int fd, rc = host_path(path, "%s", node);

	if (rc)
		return rc;
	/* O_PATH opens neither the device nor what a link points to. */
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", fd);
	if (fstat(fd, &st))
		rc = -errno;
	else if (host_is_real() ? !S_ISCHR(st.st_mode) : !S_ISREG(st.st_mode))
		rc = -ENOTSUP;
	else if (fchownat(fd, "", uid, (gid_t)-1, AT_EMPTY_PATH) || chmod(by_fd, 0600))
		rc = -errno;
	close(fd);
	return rc;
}

int host_try_group(const struct host_nodes *nodes)
{
	char path[HOST_PATH];
	int fd, rc = host_path(path, "%s", nodes->group);

	if (rc)
		return rc;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}
