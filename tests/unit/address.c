// SPDX-License-Identifier: MIT
/* Device addresses: what names a device and a namespace, and what names nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <znvme.h>

static void parses(const char *address, const char *device, uint32_t nsid)
{
	char text[256];
	uint32_t found = 0;

	if (znvme_parse_address(address, text, sizeof(text), &found))
		fail_msg("'%s': %s", address, znvme_errmsg());
	if (strcmp(text, device) || found != nsid)
		fail_msg("'%s' is device '%s', namespace %u", address, text, found);
}

static void refuses(const char *address)
{
	char text[256];
	uint32_t nsid;

	if (znvme_parse_address(address, text, sizeof(text), &nsid) != -EINVAL)
		fail_msg("'%s' is taken for device '%s', namespace %u", address, text, nsid);
	assert_int_not_equal(*znvme_errmsg(), '\0');
}

static void pci_addresses(void **state)
{
	(void)state;
	parses("0000:06:00.0", "0000:06:00.0", 1);
	parses("06:00.0", "06:00.0", 1);
	parses("vfio-group:06:00.0", "vfio-group:06:00.0", 1);
	parses("10000:e1:00.0", "10000:e1:00.0", 1);
}

static void namespaces(void **state)
{
	(void)state;
	parses("0000:06:00.0n1", "0000:06:00.0", 1);
	parses("06:00.0n2", "06:00.0", 2);
	parses("06:00.0n4294967294", "06:00.0", 4294967294u);
	parses("vfio-group:06:00.0n33", "vfio-group:06:00.0", 33);
	parses("0000:06:00.0n007", "0000:06:00.0", 7);
}

static void simulated(void **state)
{
	(void)state;
	parses("sim:", "sim:", 1);
	parses("sim:size=1G,seed=7", "sim:size=1G,seed=7", 1);
	parses("sim:n2", "sim:", 2);
	parses("sim:size=1G,n3", "sim:size=1G", 3);
	parses("sim:file=disk.img", "sim:file=disk.img", 1);
	/* What looks like a namespace within an option is none. */
	parses("sim:file=/tmp/n2", "sim:file=/tmp/n2", 1);
	parses("sim:file=/tmp/man2", "sim:file=/tmp/man2", 1);
	parses("sim:nn=4", "sim:nn=4", 1);
}

static void impossible_namespaces(void **state)
{
	(void)state;
	refuses("06:00.0n0");
	refuses("06:00.0n4294967295");
	refuses("06:00.0n4294967296");
	refuses("06:00.0n99999999999999999999999");
	refuses("sim:n0");
}

static void nothing_at_all(void **state)
{
	(void)state;
	unsetenv("ZNVME_DEVICE");
	refuses(NULL);
	refuses("");
	setenv("ZNVME_DEVICE", "", 1);
	refuses(NULL);
}

static void environment(void **state)
{
	(void)state;
	setenv("ZNVME_DEVICE", "0000:01:00.0n5", 1);
	parses(NULL, "0000:01:00.0", 5);
	parses("sim:", "sim:", 1);
	unsetenv("ZNVME_DEVICE");
}

static void short_buffer(void **state)
{
	char text[8];
	uint32_t nsid;

	(void)state;
	assert_int_equal(znvme_parse_address("06:00.0n1", text, 8, &nsid), 0);
	assert_int_equal(znvme_parse_address("06:00.0n1", text, 7, &nsid), -EINVAL);
	assert_int_equal(znvme_parse_address("0000:06:00.0", text, 8, &nsid), -EINVAL);
}

/* Addresses that name no device do not open, with a sentence that shows them. */
static void not_opened(void **state)
{
	static const char *const addresses[] = {
		"nonsense",  "06:00",	"06:00.8",  "0000:zz:00.0", "/dev/nvme0",
		"06:00.0.0", "sim",	":",	    "vfio-group:",  "0000:-1:00.0",
		" 06:00.0",  "06: 1.0", "0x6:00.0", "+6:00.0",	    "0000:06:0x.0"};
	struct znvme_device *dev;

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		int rc = znvme_device_open(addresses[i], &dev);

		if (rc != -EINVAL)
			fail_msg("'%s' gives %d, %s", addresses[i], rc, znvme_errmsg());
		assert_int_not_equal(*znvme_errmsg(), '\0');
	}
}

static void no_such_device(void **state)
{
	struct znvme_ctrl *ctrl;

	(void)state;
	assert_int_equal(znvme_open("ffff:ff:1f.7", NULL, &ctrl), -ENOENT);
	assert_non_null(strstr(znvme_errmsg(), "ffff:ff:1f.7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pci_addresses),  cmocka_unit_test(namespaces),
		cmocka_unit_test(simulated),	  cmocka_unit_test(impossible_namespaces),
		cmocka_unit_test(nothing_at_all), cmocka_unit_test(environment),
		cmocka_unit_test(short_buffer),	  cmocka_unit_test(not_opened),
		cmocka_unit_test(no_such_device),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
