// SPDX-License-Identifier: MIT
/*
 * Fault scripts: what is understood becomes rules, what is not is told in one printable line and
 * leaves the rules that there were. What rules do is the simulator's tests' business.
 */
#include <errno.h>

#include "fuzz.h"
#include "znvme/device.h"
#include "znvme/error.h"
#include "znvme/sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct znvme_device *dev;
	char *text = fuzz_text(data, size);
	struct znvme_sim *sim;
	int rc;

	if (!dev)
		FUZZ_CHECK(!znvme_device_open("sim:size=1M", &dev));
	sim = znvme_sim_of(dev);
	FUZZ_CHECK(sim);
	rc = znvme_sim_add_faults(sim, text);
	FUZZ_CHECK(rc == 0 || rc == -EINVAL || rc == -ENOMEM);
	if (rc) {
		FUZZ_CHECK(*znvme_errmsg());
		for (const char *c = znvme_errmsg(); *c; c++)
			FUZZ_CHECK((unsigned char)*c >= ' ');
	}
	znvme_sim_clear_faults(sim);
	free(text);
	return 0;
}
