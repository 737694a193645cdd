/* SPDX-License-Identifier: MIT */
/*
 * From an address to a device: a table of the ways, by the prefix of the address.
 */
#include "device/device.h"

#include <errno.h>
#include <string.h>

#include "base/base.h"
#include "device/pci.h"
#include "znvme/sim.h"

static int open_vfio_group(const char *text, struct znvme_device **dev)
{
	char address[PCI_ADDRESS_SIZE];

	if (!pci_parse_address(text, address))
		return znvme_fail(
			-EINVAL,
			"'%s' is no device address: '0000:06:00.0' (PCI, by VFIO; `znvme list` "
			"shows those there are, `znvme bind` makes them ready) and 'sim:' "
			"(simulated controller) are",
			text);
	return vfio_group_open(address, dev);
}

static const struct {
	const char *prefix;
	int (*open)(const char *rest, struct znvme_device **dev);
} ways[] = {
	{"sim:", znvme_sim_create},
	{"vfio-group:", open_vfio_group},
	{"", open_vfio_group},
};

int znvme_device_open(const char *address, struct znvme_device **dev)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		size_t len = strlen(ways[i].prefix);

		if (!strncmp(address, ways[i].prefix, len))
			return ways[i].open(address + len, dev);
	}
	return -EINVAL;
}
