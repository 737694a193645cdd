/* SPDX-License-Identifier: MIT */
/*
 * Which paths are ours. /dev/znvme-ADDRESS is the device or namespace with that address; the device
 * of the environment also has the kernel's names, with the number that `znvme exec` chose.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preload.h"

#define PREFIX "/dev/znvme-"

/* The part of `text` behind `prefix`, or NULL where it does not begin so. */
static const char *behind(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? NULL : text + len;
}

static bool by_address(const char *text, struct shim_name *name)
{
	uint32_t nsid;
	int rc;

	shim_enter();
	rc = znvme_parse_address(text, name->address, sizeof(name->address), &nsid);
	shim_leave();
	if (rc)
		return false;
	name->nsid = strcmp(text, name->address) ? nsid : 0;
	snprintf(name->base, sizeof(name->base), "znvme-%.50s", name->address);
	return true;
}

/* "n7" at the end of a name: 7. Nothing: 0. */
static bool parse_nsid(const char *text, uint32_t *nsid)
{
	char *end;
	unsigned long value;

	*nsid = 0;
	if (!*text)
		return true;
	if (text[0] != 'n' || text[1] < '1' || text[1] > '9')
		return false;
	value = strtoul(text + 1, &end, 10);
	*nsid = (uint32_t)value;
	return !*end && value < ZNVME_NSID_ALL;
}

/* /dev/nvme0, /dev/nvme0n1, /dev/ng0n1. */
static bool by_kernel_name(const char *text, struct shim_name *name)
{
	const char *device = getenv(SHIM_ENV_DEVICE), *base = getenv(SHIM_ENV_NAME);
	const char *number = base ? behind(base, "nvme") : NULL;
	const char *rest;

	if (!device || !number || strlen(device) >= sizeof(name->address))
		return false;
	rest = behind(text, base);
	if (!rest) {
		rest = behind(text, "ng");
		rest = rest ? behind(rest, number) : NULL;
		if (!rest || !*rest)
			return false;
		name->kind = SHIM_NS_CHAR;
	}
	if (!parse_nsid(rest, &name->nsid))
		return false;
	snprintf(name->address, sizeof(name->address), "%s", device);
	snprintf(name->base, sizeof(name->base), "%s", base);
	return true;
}

bool shim_parse_path(const char *path, struct shim_name *name)
{
	const char *address, *text;

	if (!path)
		return false;
	address = behind(path, PREFIX);
	text = behind(path, "/dev/");
	name->kind = SHIM_NS_BLOCK;
	if (address ? !by_address(address, name) : !text || !by_kernel_name(text, name))
		return false;
	if (!name->nsid)
		name->kind = SHIM_CTRL;
	return true;
}
