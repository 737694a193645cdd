// SPDX-License-Identifier: MIT
/*
 * Device addresses: the split into device and namespace, PCI addresses, the options behind "sim:".
 * Nothing is opened.
 */
#include <errno.h>

#include "device/pci.h"
#include "fuzz.h"
#include "sim/internal.h"
#include "znvme/ctrl.h"

/* What was split, put together again, names the same. */
static void check_split(const char *text)
{
	char device[64], again[128], same[sizeof(device)];
	uint32_t nsid = 0, same_nsid = 0;
	int rc = znvme_parse_address(text, device, sizeof(device), &nsid);

	FUZZ_CHECK(rc == 0 || rc == -EINVAL);
	if (rc)
		return;
	FUZZ_CHECK(nsid && nsid != ZNVME_NSID_ALL);
	FUZZ_CHECK(!strncmp(text, device, strlen(device)));
	if (!strcmp(text, device))
		return;
	snprintf(again, sizeof(again), "%s%sn%u", device,
		 strncmp(text, "sim:", 4) || device[strlen(device) - 1] == ':' ? "" : ",", nsid);
	FUZZ_CHECK(!znvme_parse_address(again, same, sizeof(same), &same_nsid));
	FUZZ_CHECK(same_nsid == nsid && !strcmp(same, device));
}

/* A PCI address is digits, colons and a dot; its canonical form is its own canonical form. */
static void check_pci(const char *text)
{
	char address[PCI_ADDRESS_SIZE], same[PCI_ADDRESS_SIZE];

	if (!pci_parse_address(text, address))
		return;
	FUZZ_CHECK(strspn(text, "0123456789abcdefABCDEF:.") == strlen(text));
	FUZZ_CHECK(pci_parse_address(address, same) && !strcmp(address, same));
}

static void check_sim(const char *text)
{
	static struct sim_options options;
	int rc = sim_options_parse(text, &options);

	FUZZ_CHECK(rc == 0 || rc == -EINVAL);
	if (rc)
		return;
	FUZZ_CHECK(options.size.nr <= SIM_MAX_SIZES && options.bs.nr <= SIM_MAX_SIZES);
	FUZZ_CHECK(options.latency[0] <= options.latency[1]);
	FUZZ_CHECK(options.mpsmin <= options.mpsmax && options.mqes >= 2 && options.queues);
	for (const char *c = options.serial; *c; c++)
		FUZZ_CHECK(*c >= ' ' && *c <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_split(text);
	check_pci(text);
	check_sim(strncmp(text, "sim:", 4) ? text : text + 4);
	free(text);
	return 0;
}
