// SPDX-License-Identifier: MIT
/*
 * The capability chain behind VFIO's info replies: two bytes of offset, then the reply. What is
 * found must be usable as it is: ascending and disjoint.
 */
#include <errno.h>

#include "device/vfio_caps.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	uint32_t offset = (uint32_t)fuzz_number(&in, 2);
	struct znvme_iova_range *ranges = NULL;
	unsigned nr = 0;
	char *reply = fuzz_copy(in.data, in.left);
	int rc = vfio_iova_ranges(reply, in.left, offset, &ranges, &nr);

	FUZZ_CHECK(rc == 0 || rc == -ENOENT || rc == -EPROTO);
	FUZZ_CHECK((rc == 0) == (nr > 0));
	for (unsigned i = 0; i < nr; i++) {
		FUZZ_CHECK(ranges[i].first <= ranges[i].last);
		FUZZ_CHECK(!i || ranges[i - 1].last < ranges[i].first);
	}
	free(ranges);
	free(reply);
	return 0;
}
