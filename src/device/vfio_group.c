/* SPDX-License-Identifier: MIT */
/*
 * A PCI function by VFIO's group interface: container, group, device (Linux,
 * Documentation/driver-api/vfio.rst and <linux/vfio.h>). Works as an ordinary user who has been
 * given /dev/vfio/<group>.
 *
 * One container a device: its DMA mappings are its own and end with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/base.h"
#include "device/device.h"
#include "device/pci.h"
#include "device/vfio_caps.h"
#include "znvme/spec/regs.h"

/* More is never asked for: a vector for each of 64 I/O queues, and one for the admin queue. */
#define MAX_VECTORS 1024u

/* A capability chain or reply larger than this is not the kernel's. */
#define MAX_INFO_SIZE 65536u

struct vfio_device {
	struct znvme_device base; /* first */
	struct pci_function pci;
	char group_path[32];
	int container;
	int group;
	int fd;			/* the device */
	uint64_t config_offset; /* of configuration space, in fd */
	uint64_t bar_offset;	/* of BAR0, in fd */
	struct {
		void *addr; /* NULL: not mapped */
		size_t len;
	} bars[VFIO_PCI_BAR5_REGION_INDEX + 1]; /* by vfio_map_bar() */
	unsigned vectors_on;
	bool can_reset;
};

static struct vfio_device *vfio_of(struct znvme_device *dev)
{
	return (struct vfio_device *)dev;
}

/* Registers without a mapping of BAR0: by reading and writing the device's descriptor. */
static uint64_t vfio_reg_read(struct znvme_device *dev, uint32_t offset, unsigned width)
{
	struct vfio_device *vfio = vfio_of(dev);
	uint64_t value = UINT64_MAX;

	if (offset + (uint64_t)width > dev->bar_size ||
	    pread(vfio->fd, &value, width, (off_t)(vfio->bar_offset + offset)) != (ssize_t)width)
		return UINT64_MAX;
	return width == 4 ? (uint32_t)value : value;
}

static void vfio_reg_write(struct znvme_device *dev, uint32_t offset, unsigned width,
			   uint64_t value)
{
	struct vfio_device *vfio = vfio_of(dev);

	if (offset + (uint64_t)width > dev->bar_size)
		return;
	/* A device that is gone takes no write; the next read of CSTS says so. */
	if (pwrite(vfio->fd, &value, width, (off_t)(vfio->bar_offset + offset)) < 0)
		return;
}

static int fail_map(struct vfio_device *vfio, size_t len, int error)
{
	struct rlimit limit;

	if (error == ENOMEM && !getrlimit(RLIMIT_MEMLOCK, &limit) &&
	    limit.rlim_cur != RLIM_INFINITY)
		return znvme_fail(
			-error,
			"%s: mapping %zu bytes for DMA: locked memory is limited to %llu "
			"bytes (RLIMIT_MEMLOCK): raise it with `ulimit -l`, or for good with "
			"a line '* - memlock unlimited' in /etc/security/limits.conf",
			vfio->base.address, len, (unsigned long long)limit.rlim_cur);
	if (error == ENOSPC)
		return znvme_fail(-ENOMEM,
				  "%s: the kernel takes no more DMA mappings for this device "
				  "(vfio_iommu_type1's dma_entry_limit): map fewer, larger pieces",
				  vfio->base.address);
	return znvme_fail(-error, "%s: mapping %zu bytes for DMA: %s", vfio->base.address, len,
			  strerror(error));
}

static int vfio_dma_map(struct znvme_device *dev, void *addr, size_t len, uint64_t iova,
			unsigned flags)
{
	struct vfio_device *vfio = vfio_of(dev);
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.vaddr = (uintptr_t)addr,
		.iova = iova,
		.size = len,
	};

	if (flags & ZNVME_DMA_READ)
		map.flags |= VFIO_DMA_MAP_FLAG_READ;
	if (flags & ZNVME_DMA_WRITE)
		map.flags |= VFIO_DMA_MAP_FLAG_WRITE;
	else
		/*
		 * Pinned for reading, memory that nobody has written yet would be the page of
		 * zeroes, and the process's first write would go to another. Memory that cannot be
		 * written is exempt.
		 */
		madvise(addr, len, MADV_POPULATE_WRITE);
	if (ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &map))
		return fail_map(vfio, len, errno);
	return 0;
}

static int vfio_dma_unmap(struct znvme_device *dev, uint64_t iova, size_t len)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = len,
	};

	if (ioctl(vfio_of(dev)->container, VFIO_IOMMU_UNMAP_DMA, &unmap))
		return znvme_fail(-errno, "%s: taking a DMA mapping away: %s", dev->address,
				  strerror(errno));
	return 0;
}

/* Have the vectors of one interrupt index signal eventfds; `count` 0 turns the index off. */
static int set_irqs(struct vfio_device *vfio, unsigned index, const int *eventfds, unsigned count)
{
	size_t size = sizeof(struct vfio_irq_set) + count * sizeof(int);
	struct vfio_irq_set *set = calloc(1, size);
	int rc = 0;

	if (!set)
		return znvme_fail(-ENOMEM, "no memory to set up interrupts");
	set->argsz = (uint32_t)size;
	set->index = index;
	set->count = count;
	set->flags = VFIO_IRQ_SET_ACTION_TRIGGER |
		     (count ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE);
	if (count)
		memcpy(set->data, eventfds, count * sizeof(int));
	if (ioctl(vfio->fd, VFIO_DEVICE_SET_IRQS, set))
		rc = znvme_fail(-errno, "%s: setting up %u interrupt vectors: %s",
				vfio->base.address, count, strerror(errno));
	free(set);
	return rc;
}

static int vfio_irq_set_vectors(struct znvme_device *dev, const int *eventfds, unsigned count)
{
	struct vfio_device *vfio = vfio_of(dev);
	int rc;

	if (count > dev->nr_vectors)
		return znvme_fail(-EINVAL, "%s: has %u interrupt vectors, not %u", dev->address,
				  dev->nr_vectors, count);
	if (!count && !vfio->vectors_on)
		return 0;
	rc = set_irqs(vfio, VFIO_PCI_MSIX_IRQ_INDEX, eventfds, count);
	if (!rc)
		vfio->vectors_on = count;
	return rc;
}

static int vfio_bus_master(struct znvme_device *dev, bool on)
{
	struct vfio_device *vfio = vfio_of(dev);
	off_t offset = (off_t)(vfio->config_offset + PCI_COMMAND);
	uint16_t command;

	if (pread(vfio->fd, &command, sizeof(command), offset) != sizeof(command))
		return znvme_fail(-EIO, "%s: reading the PCI command register: %s", dev->address,
				  strerror(errno));
	command |= PCI_COMMAND_MEMORY;
	command = (uint16_t)(on ? command | PCI_COMMAND_MASTER : command & ~PCI_COMMAND_MASTER);
	if (pwrite(vfio->fd, &command, sizeof(command), offset) != sizeof(command))
		return znvme_fail(-EIO, "%s: writing the PCI command register: %s", dev->address,
				  strerror(errno));
	return 0;
}

static int vfio_function_reset(struct znvme_device *dev)
{
	struct vfio_device *vfio = vfio_of(dev);

	if (!vfio->can_reset)
		return znvme_fail(-EOPNOTSUPP, "%s: the function cannot be reset", dev->address);
	if (ioctl(vfio->fd, VFIO_DEVICE_RESET))
		return znvme_fail(-errno, "%s: function reset: %s", dev->address, strerror(errno));
	return 0;
}

static int read_region(struct vfio_device *vfio, unsigned index, struct vfio_region_info *region)
{
	memset(region, 0, sizeof(*region));
	region->argsz = sizeof(*region);
	region->index = index;
	if (ioctl(vfio->fd, VFIO_DEVICE_GET_REGION_INFO, region))
		return znvme_fail(-errno, "%s: VFIO_DEVICE_GET_REGION_INFO %u: %s",
				  vfio->base.address, index, strerror(errno));
	return 0;
}

static int vfio_map_bar(struct znvme_device *dev, unsigned bar, uint64_t offset, size_t *len,
			void **addr)
{
	struct vfio_device *vfio = vfio_of(dev);
	struct vfio_region_info region;
	void *memory;
	int rc;

	if (bar >= ARRAY_SIZE(vfio->bars) || vfio->bars[bar].addr)
		return znvme_fail(-EINVAL, "%s: BAR %u cannot be mapped", dev->address, bar);
	rc = read_region(vfio, bar, &region);
	if (rc)
		return rc;
	if (!(region.flags & VFIO_REGION_INFO_FLAG_MMAP) || offset >= region.size ||
	    *len > region.size - offset)
		return znvme_fail(-EINVAL, "%s: BAR %u has no %zu bytes from %llu on to map",
				  dev->address, bar, *len, (unsigned long long)offset);
	if (!*len)
		*len = (size_t)(region.size - offset);
	memory = mmap(NULL, *len, PROT_READ | PROT_WRITE, MAP_SHARED, vfio->fd,
		      (off_t)(region.offset + offset));
	if (memory == MAP_FAILED)
		return znvme_fail(-EINVAL, "%s: mapping BAR %u: %s", dev->address, bar,
				  strerror(errno));
	madvise(memory, *len, MADV_DONTFORK);
	vfio->bars[bar].addr = memory;
	vfio->bars[bar].len = *len;
	*addr = memory;
	return 0;
}

static void vfio_close(struct znvme_device *dev)
{
	struct vfio_device *vfio = vfio_of(dev);

	if (dev->bar)
		munmap((void *)(uintptr_t)dev->bar, dev->bar_size);
	for (size_t i = 0; i < ARRAY_SIZE(vfio->bars); i++)
		if (vfio->bars[i].addr)
			munmap(vfio->bars[i].addr, vfio->bars[i].len);
	if (dev->request_fd >= 0)
		close(dev->request_fd);
	if (vfio->fd >= 0)
		close(vfio->fd);
	if (vfio->group >= 0)
		close(vfio->group);
	if (vfio->container >= 0)
		close(vfio->container);
	free(dev->iova_ranges);
	free(vfio);
}

static const struct znvme_device_ops vfio_group_ops = {
	.name = "vfio-group",
	.reg_read = vfio_reg_read,
	.reg_write = vfio_reg_write,
	.dma_map = vfio_dma_map,
	.dma_unmap = vfio_dma_unmap,
	.irq_set = vfio_irq_set_vectors,
	.map_bar = vfio_map_bar,
	.bus_master = vfio_bus_master,
	.function_reset = vfio_function_reset,
	.close = vfio_close,
};

/* The function is an NVMe controller that vfio-pci holds, in an IOMMU group. */
static int check_function(const struct pci_function *pci)
{
	if (pci->class_code != PCI_CLASS_NVME)
		return znvme_fail(-ENODEV, "%s is no NVMe controller: its class is 0x%06x",
				  pci->address, pci->class_code);
	if (strncmp(pci->driver, "vfio", 4)) {
		if (pci->driver[0])
			return znvme_fail(
				-EBUSY,
				"%s is bound to the kernel's driver '%s': give it to yourself with "
				"`sudo znvme bind %s --user $USER`",
				pci->address, pci->driver, pci->address);
		return znvme_fail(
			-ENODEV,
			"%s has no driver: give it to yourself with `sudo znvme bind %s --user "
			"$USER`",
			pci->address, pci->address);
	}
	if (pci->iommu_group < 0)
		return znvme_fail(
			-ENODEV,
			"%s is in no IOMMU group: the IOMMU is off; `znvme doctor %s` says how to "
			"turn it on",
			pci->address, pci->address);
	return 0;
}

static int fail_open_node(const char *address, const char *path, int error)
{
	char owner[64];

	if (error == EACCES || error == EPERM)
		return znvme_fail(-EACCES,
				  "%s: %s: %s: give yourself the group with `sudo znvme bind %s "
				  "--user $USER`",
				  address, path, strerror(error), address);
	if (error == EBUSY && find_opener(path, owner, sizeof(owner)))
		return znvme_fail(-EBUSY, "%s: in use by another process (%s)", address, owner);
	if (error == EBUSY)
		return znvme_fail(-EBUSY,
				  "%s: in use by another process, which cannot be seen from here",
				  address);
	return znvme_fail(-error, "%s: %s: %s", address, path, strerror(error));
}

/*
 * In the kernel's no-IOMMU mode a group is there, and its node has another name. Such a device
 * would reach all of memory.
 */
static int refuse_noiommu(const struct vfio_device *vfio)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/noiommu-%d", vfio->pci.iommu_group);
	if (access(path, F_OK))
		return 0;
	return znvme_fail(
		-EOPNOTSUPP,
		"%s: the kernel has it without an IOMMU (%s): nothing would keep it from "
		"any of the machine's memory, so it is not opened; `znvme doctor %s` says "
		"how to turn the IOMMU on",
		vfio->base.address, path, vfio->base.address);
}

/* Open container and group, join them, and choose the IOMMU model. */
static int open_group(struct vfio_device *vfio)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	const char *address = vfio->base.address;
	char spoilers[256];

	snprintf(vfio->group_path, sizeof(vfio->group_path), "/dev/vfio/%d", vfio->pci.iommu_group);
	vfio->group = open(vfio->group_path, O_RDWR | O_CLOEXEC);
	if (vfio->group < 0)
		return fail_open_node(address, vfio->group_path, errno);
	if (ioctl(vfio->group, VFIO_GROUP_GET_STATUS, &status))
		return znvme_fail(-errno, "%s: %s: %s", address, vfio->group_path, strerror(errno));
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		pci_group_spoilers(vfio->pci.iommu_group, spoilers, sizeof(spoilers));
		return znvme_fail(
			-EBUSY,
			"%s: its IOMMU group %d is not viable, because of %s: all of a group's "
			"devices must leave their kernel drivers",
			address, vfio->pci.iommu_group,
			spoilers[0] ? spoilers : "a device that is still bound");
	}
	if (status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET)
		return fail_open_node(address, vfio->group_path, EBUSY);
	vfio->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (vfio->container < 0)
		return fail_open_node(address, "/dev/vfio/vfio", errno);
	if (ioctl(vfio->container, VFIO_GET_API_VERSION) != VFIO_API_VERSION ||
	    ioctl(vfio->container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
		return znvme_fail(-EOPNOTSUPP, "%s: the kernel's VFIO has no type 1 v2 IOMMU",
				  address);
	if (ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container) ||
	    ioctl(vfio->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return znvme_fail(-errno, "%s: joining the IOMMU group %d: %s", address,
				  vfio->pci.iommu_group, strerror(errno));
	vfio->fd = ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (vfio->fd < 0)
		return znvme_fail(-errno, "%s: VFIO_GROUP_GET_DEVICE_FD: %s", address,
				  strerror(errno));
	return 0;
}

/* The ranges that the kernel reports, into the device. */
static int take_ranges(struct vfio_device *vfio, const struct vfio_iommu_type1_info *info)
{
	struct znvme_device *dev = &vfio->base;
	int rc = vfio_iova_ranges(info, info->argsz, info->cap_offset, &dev->iova_ranges,
				  &dev->nr_iova_ranges);

	if (rc)
		return znvme_fail(rc, "%s: the kernel does not say which IOVAs the IOMMU takes: %s",
				  dev->address, strerror(-rc));
	return 0;
}

static int read_iommu(struct vfio_device *vfio)
{
	struct vfio_iommu_type1_info probe = {.argsz = sizeof(probe)}, *info;
	uint64_t page_sizes;
	int rc;

	if (ioctl(vfio->container, VFIO_IOMMU_GET_INFO, &probe) || probe.argsz > MAX_INFO_SIZE)
		return znvme_fail(-EIO, "%s: VFIO_IOMMU_GET_INFO: %s", vfio->base.address,
				  strerror(errno));
	probe.argsz = MAX(probe.argsz, (uint32_t)sizeof(probe));
	info = calloc(1, probe.argsz);
	if (!info)
		return znvme_fail(-ENOMEM, "no memory for what the IOMMU says of itself");
	info->argsz = probe.argsz;
	if (ioctl(vfio->container, VFIO_IOMMU_GET_INFO, info) || info->argsz > probe.argsz) {
		rc = znvme_fail(-EIO, "%s: VFIO_IOMMU_GET_INFO: %s", vfio->base.address,
				strerror(errno));
		goto free_info;
	}
	page_sizes = info->flags & VFIO_IOMMU_INFO_PGSIZES ? info->iova_pgsizes : 4096;
	vfio->base.iova_align = (uint32_t)MAX(page_sizes & -page_sizes, 4096u);
	if (!is_power_of_two(vfio->base.iova_align) || !(info->flags & VFIO_IOMMU_INFO_CAPS))
		rc = znvme_fail(-EOPNOTSUPP,
				"%s: the kernel's VFIO is too old (Linux 5.4 or later)",
				vfio->base.address);
	else
		rc = take_ranges(vfio, info);
free_info:
	free(info);
	return rc;
}

static int map_bar(struct vfio_device *vfio)
{
	struct znvme_device *dev = &vfio->base;
	struct vfio_region_info region;
	void *bar;
	int rc;

	rc = read_region(vfio, VFIO_PCI_BAR0_REGION_INDEX, &region);
	if (rc)
		return rc;
	if (region.size < ZNVME_REG_DOORBELLS + 8 || region.size > ((uint64_t)1 << 40))
		return znvme_fail(-EIO, "%s: BAR0 has %llu bytes: that is no NVMe controller",
				  dev->address, (unsigned long long)region.size);
	dev->bar_size = region.size;
	vfio->bar_offset = region.offset;
	if (!(region.flags & VFIO_REGION_INFO_FLAG_MMAP))
		return 0;
	bar = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, vfio->fd,
		   (off_t)region.offset);
	/* Where it cannot be mapped whole, registers go through the descriptor: slower, and right.
	 */
	if (bar == MAP_FAILED)
		return 0;
	madvise(bar, region.size, MADV_DONTFORK);
	dev->bar = bar;
	return 0;
}

static unsigned count_vectors(struct vfio_device *vfio, unsigned index)
{
	struct vfio_irq_info irq = {.argsz = sizeof(irq), .index = index};

	if (ioctl(vfio->fd, VFIO_DEVICE_GET_IRQ_INFO, &irq) || !(irq.flags & VFIO_IRQ_INFO_EVENTFD))
		return 0;
	return MIN(irq.count, MAX_VECTORS);
}

/* The kernel signals this when it wants the device back. Not all kernels have it. */
static int watch_requests(struct vfio_device *vfio)
{
	int fd, rc;

	if (!count_vectors(vfio, VFIO_PCI_REQ_IRQ_INDEX))
		return 0;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return znvme_fail(-errno, "%s: eventfd: %s", vfio->base.address, strerror(errno));
	rc = set_irqs(vfio, VFIO_PCI_REQ_IRQ_INDEX, &fd, 1);
	if (rc) {
		close(fd);
		return rc;
	}
	vfio->base.request_fd = fd;
	return 0;
}

static int read_device(struct vfio_device *vfio)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	struct vfio_region_info config;
	int rc;

	if (ioctl(vfio->fd, VFIO_DEVICE_GET_INFO, &info))
		return znvme_fail(-errno, "%s: VFIO_DEVICE_GET_INFO: %s", vfio->base.address,
				  strerror(errno));
	if (!(info.flags & VFIO_DEVICE_FLAGS_PCI) ||
	    info.num_regions <= VFIO_PCI_CONFIG_REGION_INDEX)
		return znvme_fail(-ENODEV, "%s: VFIO says that it is no PCI device",
				  vfio->base.address);
	vfio->can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET;
	rc = read_region(vfio, VFIO_PCI_CONFIG_REGION_INDEX, &config);
	if (rc)
		return rc;
	vfio->config_offset = config.offset;
	rc = map_bar(vfio);
	if (rc)
		return rc;
	vfio->base.nr_vectors = count_vectors(vfio, VFIO_PCI_MSIX_IRQ_INDEX);
	return watch_requests(vfio);
}

int vfio_group_open(const char *pci_address, struct znvme_device **dev)
{
	struct vfio_device *vfio = calloc(1, sizeof(*vfio));
	int rc;

	if (!vfio)
		return znvme_fail(-ENOMEM, "no memory for a device");
	vfio->base.ops = &vfio_group_ops;
	vfio->base.request_fd = -1;
	vfio->container = vfio->group = vfio->fd = -1;
	snprintf(vfio->base.address, sizeof(vfio->base.address), "%s", pci_address);

	rc = pci_read_function(pci_address, &vfio->pci);
	if (!rc)
		rc = check_function(&vfio->pci);
	if (!rc)
		rc = refuse_noiommu(vfio);
	if (!rc)
		rc = open_group(vfio);
	if (!rc)
		rc = read_iommu(vfio);
	if (!rc)
		rc = read_device(vfio);
	if (rc) {
		vfio_close(&vfio->base);
		return rc;
	}
	vfio->base.numa_node = vfio->pci.numa_node < 0 ? 0 : (unsigned)vfio->pci.numa_node + 1;
	vfio->base.vendor = vfio->pci.vendor;
	vfio->base.device = vfio->pci.device;
	vfio->base.subsystem_vendor = vfio->pci.subsystem_vendor;
	vfio->base.subsystem_device = vfio->pci.subsystem_device;
	*dev = &vfio->base;
	return 0;
}
