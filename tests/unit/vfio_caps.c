// SPDX-License-Identifier: MIT
/*
 * The IOVA ranges out of the kernel's reply, whose capabilities are at any offset and in any order,
 * and out of replies that no kernel gives.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device/vfio_caps.h"

#define IOVA_RANGE VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE

/* A reply in the making. */
struct reply {
	char bytes[512];
};

static void put_header(struct reply *r, uint32_t at, uint16_t id, uint32_t next)
{
	const struct vfio_info_cap_header header = {.id = id, .version = 1, .next = next};

	memcpy(r->bytes + at, &header, sizeof(header));
}

/* A range capability of `nr` ranges, the i-th from i × 1 MiB on. */
static void put_ranges(struct reply *r, uint32_t at, uint32_t nr, uint32_t next)
{
	uint32_t count[2] = {nr, 0};

	put_header(r, at, IOVA_RANGE, next);
	memcpy(r->bytes + at + 8, count, sizeof(count));
	for (uint32_t i = 0; i < nr && at + 16 + 16 * (i + 1) <= sizeof(r->bytes); i++) {
		const uint64_t range[2] = {(uint64_t)i << 20, ((uint64_t)i << 20) + 0xffff};

		memcpy(r->bytes + at + 16 + 16 * i, range, sizeof(range));
	}
}

static int parse(const struct reply *r, size_t size, uint32_t offset, unsigned *nr)
{
	struct znvme_iova_range *ranges = NULL;
	/* On the heap to its last byte, so that a sanitizer sees what is read behind it. */
	char *exact = malloc(size);
	int rc;

	memcpy(exact, r->bytes, size);
	*nr = 0;
	rc = vfio_iova_ranges(exact, size, offset, &ranges, nr);
	for (unsigned i = 0; rc == 0 && i < *nr; i++) {
		assert_true(ranges[i].first == (uint64_t)i << 20);
		assert_true(ranges[i].last == ((uint64_t)i << 20) + 0xffff);
	}
	free(ranges);
	free(exact);
	return rc;
}

static void one_capability(void **state)
{
	struct reply r = {{0}};
	unsigned nr;

	(void)state;
	put_ranges(&r, 40, 2, 0);
	assert_int_equal(parse(&r, 40 + 16 + 32, 40, &nr), 0);
	assert_int_equal(nr, 2);
}

/* Linux 6.1 does not align what follows a capability. */
static void unaligned_behind_others(void **state)
{
	struct reply r = {{0}};
	unsigned nr;

	(void)state;
	put_header(&r, 33, 7, 53);
	put_header(&r, 53, 9, 75);
	put_ranges(&r, 75, 3, 0);
	assert_int_equal(parse(&r, 75 + 16 + 48, 33, &nr), 0);
	assert_int_equal(nr, 3);
}

static void none(void **state)
{
	struct reply r = {{0}};
	unsigned nr;

	(void)state;
	put_header(&r, 40, 7, 0);
	assert_int_equal(parse(&r, 60, 40, &nr), -ENOENT);
	assert_int_equal(parse(&r, 60, 0, &nr), -ENOENT);
}

static void chains_that_go_astray(void **state)
{
	struct reply r = {{0}};
	unsigned nr;

	(void)state;
	put_header(&r, 40, 7, 40); /* to itself */
	assert_int_equal(parse(&r, 100, 40, &nr), -ENOENT);
	put_header(&r, 40, 7, 60); /* in a circle */
	put_header(&r, 60, 7, 40);
	assert_int_equal(parse(&r, 100, 40, &nr), -ENOENT);
	put_header(&r, 40, 7, 5000); /* out of the reply */
	assert_int_equal(parse(&r, 100, 40, &nr), -ENOENT);
	put_header(&r, 40, 7, UINT32_MAX);
	assert_int_equal(parse(&r, 100, 40, &nr), -ENOENT);
	assert_int_equal(parse(&r, 100, 99, &nr), -ENOENT);
	assert_int_equal(parse(&r, 100, 100, &nr), -ENOENT);
	assert_int_equal(parse(&r, 100, UINT32_MAX, &nr), -ENOENT);
}

static void ranges_that_do_not_fit(void **state)
{
	struct reply r = {{0}};
	unsigned nr;

	(void)state;
	put_ranges(&r, 40, 4, 0);
	for (size_t size = 48; size < 40 + 16 + 64; size++)
		assert_int_equal(parse(&r, size, 40, &nr), -EPROTO);
	assert_int_equal(parse(&r, 40 + 16 + 64, 40, &nr), 0);
	put_ranges(&r, 40, 0, 0);
	assert_int_equal(parse(&r, 200, 40, &nr), -EPROTO);
	put_ranges(&r, 40, UINT32_MAX, 0);
	assert_int_equal(parse(&r, 200, 40, &nr), -EPROTO);
}

/* The floors above count on ranges that are ascending and disjoint. */
static void ranges_out_of_order(void **state)
{
	static const uint64_t wrong[][4] = {
		{0x2000, 0x1fff, 0x4000, 0x4fff}, /* the end before the start */
		{0x4000, 0x4fff, 0x2000, 0x2fff}, /* descending */
		{0x2000, 0x4000, 0x4000, 0x4fff}, /* overlapping */
	};
	struct znvme_iova_range *ranges = NULL;
	struct reply r = {{0}};
	unsigned nr = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		put_ranges(&r, 40, 2, 0);
		memcpy(r.bytes + 56, wrong[i], sizeof(wrong[i]));
		assert_int_equal(vfio_iova_ranges(r.bytes, 200, 40, &ranges, &nr), -EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_capability),
		cmocka_unit_test(unaligned_behind_others),
		cmocka_unit_test(none),
		cmocka_unit_test(chains_that_go_astray),
		cmocka_unit_test(ranges_that_do_not_fit),
		cmocka_unit_test(ranges_out_of_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
