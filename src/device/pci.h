/* SPDX-License-Identifier: MIT */
/*
 * What sysfs says of a PCI function. All text comes from the kernel; lengths are bounded.
 */
#ifndef DEVICE_PCI_H
#define DEVICE_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_CLASS_NVME	 0x010802u
#define PCI_ADDRESS_SIZE 16 /* "ffff:ff:1f.7" and some room */

struct pci_function {
	char address[PCI_ADDRESS_SIZE]; /* canonical: domain, bus, device, function */
	char driver[64];		/* the driver it is bound to; "" for none */
	int iommu_group;		/* -1: none */
	int numa_node;			/* -1: none known */
	uint32_t class_code;
	uint16_t vendor;
	uint16_t device;
	uint16_t subsystem_vendor;
	uint16_t subsystem_device;
};

/* "06:00.0" or "0000:06:00.0" in any case to the canonical form. */
bool pci_parse_address(const char *text, char address[PCI_ADDRESS_SIZE]);

/* -ENOENT where there is no such function, with a message. `address` is canonical. */
int pci_read_function(const char *address, struct pci_function *function);

/*
 * The other functions of the IOMMU group that are bound to a driver that vfio does not accept, as
 * "0000:00:02.0 (e1000e), …"; false where there is none.
 */
bool pci_group_spoilers(int group, char *text, size_t size);

/* The process that has `path` open, as "fio, pid 123"; false where none can be seen. */
bool find_opener(const char *path, char *text, size_t size);

#endif
