/* SPDX-License-Identifier: MIT */
/*
 * PCI functions as sysfs shows them: addresses, identity, driver, IOMMU group, and their names by
 * libpci. Of libpci only the list of names is used, which reads no device.
 */
#include "host.h"
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <string.h>

#define CLASS_NVME                                                                                 \
	0x010802 /* mass storage, NVM, NVMe I/O controller (PCIe Transport 1.1, 3.8.1)             \
		  */

/* One hexadecimal number of at most `digits` digits below `limit`, and the character behind it. */
static bool take_hex(const char **text, unsigned digits, unsigned long limit, char end,
		     unsigned long *value)
{
	unsigned n = 0;

	*value = 0;
	while (n <= digits && isxdigit((unsigned char)(*text)[n]))
		n++;
	if (!n || n > digits || (*text)[n] != end)
		return false;
	*value = strtoul(*text, NULL, 16);
	*text += n + (end != '\0');
	return *value < limit;
}

int host_parse_address(const char *text, char *address)
{
	unsigned long domain = 0, bus, device, function;
	const char *colon = strchr(text, ':');

	if (colon && strchr(colon + 1, ':') && !take_hex(&text, 8, 1UL << 32, ':', &domain))
		return -EINVAL;
	if (!take_hex(&text, 2, 0x100, ':', &bus) || !take_hex(&text, 2, 0x20, '.', &device) ||
	    !take_hex(&text, 1, 8, '\0', &function))
		return -EINVAL;
	snprintf(address, HOST_ADDRESS, "%04lx:%02lx:%02lx.%lx", domain, bus, device, function);
	return 0;
}

/* The name and identity of the controller that the kernel's nvme driver made of the function. */
static void load_kernel_view(struct host_device *dev)
{
	struct host_names names;

	if (!host_list_dir(&names, HOST_PCI "/nvme", dev->address) && names.nr &&
	    strlen(names.name[0]) < sizeof(dev->kernel_name)) {
		tool_text(dev->kernel_name, names.name[0], strlen(names.name[0]));
		host_read(dev->model, sizeof(dev->model), "/sys/class/nvme/%s/model",
			  dev->kernel_name);
		host_read(dev->serial, sizeof(dev->serial), "/sys/class/nvme/%s/serial",
			  dev->kernel_name);
		host_read(dev->firmware, sizeof(dev->firmware), "/sys/class/nvme/%s/firmware_rev",
			  dev->kernel_name);
		host_read(dev->subnqn, sizeof(dev->subnqn), "/sys/class/nvme/%s/subsysnqn",
			  dev->kernel_name);
	}
	host_names_free(&names);
}

static long long attribute(const char *address, const char *name, long long missing)
{
	long long value;

	return host_read_number(&value, HOST_PCI "/%s", address, name) ? missing : value;
}

int host_load_device(const char *address, struct host_device *dev)
{
	char group[HOST_NAME], *end;
	long number;

	*dev = (struct host_device){.group = -1, .numa_node = -1};
	if (!host_exists(HOST_PCI, address))
		return -ENODEV;
	snprintf(dev->address, sizeof(dev->address), "%s", address);
	dev->vendor = (uint16_t)attribute(address, "vendor", 0);
	dev->device = (uint16_t)attribute(address, "device", 0);
	dev->class_code = (uint32_t)attribute(address, "class", 0);
	dev->numa_node = (int)attribute(address, "numa_node", -1);
	host_read_link(dev->driver, sizeof(dev->driver), HOST_PCI "/driver", address);
	if (!host_read_link(group, sizeof(group), HOST_PCI "/iommu_group", address)) {
		number = strtol(group, &end, 10);
		if (end != group && !*end && number >= 0 && number <= INT32_MAX)
			dev->group = (int)number;
	}
	load_kernel_view(dev);
	return 0;
}

bool host_is_nvme(const struct host_device *dev)
{
	return dev->class_code == CLASS_NVME;
}

/* vfio-pci, and the variants for a vendor's devices such as nvgrace_gpu_vfio_pci. */
bool host_is_vfio_driver(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

int host_all_devices(struct host_device **devices, unsigned *nr)
{
	struct host_device *grown, dev;
	char address[HOST_ADDRESS];
	struct host_names names;
	int rc;

	*devices = NULL;
	*nr = 0;
	rc = host_list_dir(&names, "/sys/bus/pci/devices");
	if (rc == -ENOENT)
		rc = 0;
	for (unsigned i = 0; !rc && i < names.nr; i++) {
		if (host_parse_address(names.name[i], address) || host_load_device(address, &dev) ||
		    !host_is_nvme(&dev))
			continue;
		grown = realloc(*devices, (*nr + 1) * sizeof(dev));
		if (!grown) {
			rc = -ENOMEM;
			break;
		}
		*devices = grown;
		grown[(*nr)++] = dev;
	}
	host_names_free(&names);
	if (rc) {
		free(*devices);
		*devices = NULL;
		*nr = 0;
	}
	return rc;
}

int host_find_device(const char *text, struct host_device *dev)
{
	char address[HOST_ADDRESS];

	if (host_parse_address(text, address))
		return tool_error("%s: not a PCI address such as 06:00.0 or 0000:06:00.0; "
				  "`znvme list` shows them",
				  text);
	if (host_load_device(address, dev))
		return tool_error("%s: no such device; `znvme list` shows what there is", address);
	if (!host_is_nvme(dev))
		return tool_error("%s: not an NVMe controller (PCI class %06x, wanted %06x)",
				  address, dev->class_code, CLASS_NVME);
	return 0;
}

static jmp_buf names_broken;

/* libpci takes no return from this; without it a damaged list of names would end the program. */
static void __attribute__((noreturn)) names_error(char *message, ...)
{
	(void)message;
	longjmp(names_broken, 1);
}

static void names_quiet(char *message, ...)
{
	(void)message;
}

static struct pci_access *open_names(void)
{
	struct pci_access *names = pci_alloc();

	names->error = names_error;
	names->warning = names_quiet;
	names->debug = names_quiet;
	return names;
}

void host_pci_name(const struct host_device *dev, char *text, size_t size)
{
	static struct pci_access *names; /* the list is read once a run */
	static bool broken;
	char line[256];

	snprintf(line, sizeof(line), "%04x:%04x", dev->vendor, dev->device);
	if (setjmp(names_broken))
		broken = true;
	if (!broken) {
		if (!names)
			names = open_names();
		pci_lookup_name(names, line, sizeof(line), PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE,
				dev->vendor, dev->device);
	}
	tool_text(text, line, strlen(line) < size ? strlen(line) : size - 1);
}

/* Drivers that let their device's group be used by VFIO: they do no DMA of their own. */
static bool spoils_group(const char *driver)
{
	return *driver && !host_is_vfio_driver(driver) && strcmp(driver, "pcieport") &&
	       strcmp(driver, "pci-stub");
}

static int list_group(const struct host_device *dev, struct host_names *names)
{
	return host_list_dir(names, HOST_PCI "/iommu_group/devices", dev->address);
}

static void add_spoiler(struct host_spoilers *spoilers, const struct host_device *peer)
{
	const char *separator = spoilers->nr++ ? "\n" : "";

	host_append(spoilers->who, HOST_TEXT, "%s%s (driver %s)", *separator ? ", " : "",
		    peer->address, peer->driver);
	if (host_is_nvme(peer)) {
		spoilers->nr_nvme++;
		host_append(spoilers->fix, HOST_TEXT, "%ssudo znvme bind %s", separator,
			    peer->address);
		return;
	}
	host_append(spoilers->fix, HOST_TEXT, "%secho %s | sudo tee " HOST_PCI "/driver/unbind",
		    separator, peer->address, peer->address);
}

void host_find_spoilers(const struct host_device *dev, struct host_spoilers *spoilers)
{
	struct host_names names;
	struct host_device peer;

	*spoilers = (struct host_spoilers){0};
	list_group(dev, &names);
	for (unsigned i = 0; i < names.nr; i++)
		if (strcmp(names.name[i], dev->address) &&
		    !host_load_device(names.name[i], &peer) && spoils_group(peer.driver))
			add_spoiler(spoilers, &peer);
	host_names_free(&names);
}

unsigned host_group_vfio_peers(const struct host_device *dev)
{
	struct host_names names;
	struct host_device peer;
	unsigned nr = 0;

	list_group(dev, &names);
	for (unsigned i = 0; i < names.nr; i++)
		if (strcmp(names.name[i], dev->address) &&
		    !host_load_device(names.name[i], &peer) && host_is_vfio_driver(peer.driver))
			nr++;
	host_names_free(&names);
	return nr;
}
