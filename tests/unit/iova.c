// SPDX-License-Identifier: MIT
/*
 * The allocator of I/O virtual addresses: within its ranges, aligned, never twice, never where it
 * must not be, and all of it to be had again.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mem/iova.h"

#define PAGE 4096ull
#define MSI  0xfee00000ull

static struct iova_space make(uint64_t first, uint64_t last)
{
	const struct znvme_iova_range range = {first, last};
	struct iova_space space;

	assert_int_equal(iova_space_init(&space, &range, 1), 0);
	return space;
}

static uint64_t take(struct iova_space *space, uint64_t len, uint64_t align)
{
	uint64_t iova = 1;

	assert_int_equal(iova_alloc(space, len, align, &iova), 0);
	assert_int_equal(iova & (align - 1), 0);
	return iova;
}

static void all_is_given(void **state)
{
	struct iova_space space = make(0x100000, 0x100000 + 16 * PAGE - 1);
	uint64_t iova, seen = 0;

	(void)state;
	for (int i = 0; i < 16; i++) {
		iova = take(&space, PAGE, PAGE);
		assert_in_range(iova, 0x100000, 0x100000 + 15 * PAGE);
		assert_int_equal(seen & 1ull << (iova - 0x100000) / PAGE, 0);
		seen |= 1ull << (iova - 0x100000) / PAGE;
	}
	assert_int_equal(iova_alloc(&space, PAGE, PAGE, &iova), -ENOSPC);
	iova_space_fini(&space);
}

static void ends_are_included(void **state)
{
	struct iova_space space = make(0x100000, 0x1fffff);
	uint64_t iova;

	(void)state;
	assert_int_equal(iova_alloc(&space, 0x100001, 1, &iova), -ENOSPC);
	assert_true(take(&space, 0x100000, PAGE) == 0x100000);
	assert_int_equal(iova_free(&space, 0x100000, 0x100000), 0);
	iova_space_fini(&space);
}

static void freed_is_merged(void **state)
{
	struct iova_space space = make(0x100000, 0x100000 + 8 * PAGE - 1);
	static const int order[] = {1, 3, 5, 7, 2, 0, 6, 4};
	uint64_t iovas[8];

	(void)state;
	for (int i = 0; i < 8; i++)
		iovas[i] = take(&space, PAGE, PAGE);
	for (int i = 0; i < 8; i++)
		assert_int_equal(iova_free(&space, iovas[order[i]], PAGE), 0);
	assert_int_equal(space.nr_free, 1);
	assert_true(take(&space, 8 * PAGE, PAGE) == 0x100000);
	iova_space_fini(&space);
}

static void alignment_leaves_no_hole(void **state)
{
	struct iova_space space = make(0x101000, 0x7fffff);
	uint64_t big = take(&space, 0x200000, 0x200000);
	uint64_t small = take(&space, PAGE, PAGE);

	(void)state;
	assert_true(big == 0x200000);
	assert_true(small == 0x101000);
	assert_int_equal(iova_free(&space, big, 0x200000), 0);
	assert_int_equal(iova_free(&space, small, PAGE), 0);
	assert_int_equal(space.nr_free, 1);
	iova_space_fini(&space);
}

static void msi_window_is_left_out(void **state)
{
	struct iova_space space = make(0xfed00000, 0xff0fffff);
	uint64_t iova;

	(void)state;
	while (iova_alloc(&space, PAGE, PAGE, &iova) == 0)
		assert_true(iova + PAGE <= MSI || iova >= MSI + 0x100000);
	iova_space_fini(&space);

	space = make(0xfed00000, 0xff0fffff);
	assert_int_equal(iova_alloc(&space, 0x200001, 1, &iova), -ENOSPC);
	assert_true(take(&space, 0x200000, PAGE) == 0xfef00000);
	assert_true(take(&space, 0x100000, PAGE) == 0xfed00000);
	iova_space_fini(&space);
}

static void zero_is_never_given(void **state)
{
	struct iova_space space = make(0, 0xffff + 4 * PAGE);
	uint64_t iova;

	(void)state;
	while (iova_alloc(&space, PAGE, PAGE, &iova) == 0)
		assert_true(iova != 0);
	iova_space_fini(&space);
}

static void the_top_of_the_space(void **state)
{
	struct iova_space space = make(UINT64_MAX - 0x10ffff, UINT64_MAX);
	uint64_t iova;

	(void)state;
	while (iova_alloc(&space, PAGE, PAGE, &iova) == 0)
		assert_true(iova + PAGE - 1 > iova);
	iova_space_fini(&space);
	space = make(0x100000, UINT64_MAX);
	assert_int_equal(iova_alloc(&space, UINT64_MAX, PAGE, &iova), -ENOSPC);
	iova_space_fini(&space);
}

static void several_ranges(void **state)
{
	const struct znvme_iova_range ranges[] = {
		{0x100000, 0x100fff}, {0x200000, 0x203fff}, {0x8000000000, 0x80ffffffff}};
	struct iova_space space;

	(void)state;
	assert_int_equal(iova_space_init(&space, ranges, 3), 0);
	assert_true(take(&space, 4 * PAGE, PAGE) == 0x200000);
	assert_true(take(&space, PAGE, PAGE) == 0x100000);
	assert_true(take(&space, PAGE, PAGE) == 0x8000000000);
	iova_space_fini(&space);
}

static void ranges_that_overlap(void **state)
{
	const struct znvme_iova_range overlapping[] = {{0x100000, 0x200fff}, {0x200000, 0x2fffff}};
	const struct znvme_iova_range descending[] = {{0x200000, 0x2fffff}, {0x100000, 0x1fffff}};
	struct iova_space space;
	uint64_t iova;

	(void)state;
	assert_int_equal(iova_space_init(&space, overlapping, 2), -EINVAL);
	assert_int_equal(iova_space_init(&space, descending, 2), -EINVAL);
	assert_int_equal(iova_space_init(&space, NULL, 0), 0);
	assert_int_equal(iova_alloc(&space, PAGE, PAGE, &iova), -ENOSPC);
	iova_space_fini(&space);
}

/* Which pages are taken, kept by a map that knows nothing of extents. */
static void random_use(void **state)
{
	enum { PAGES = 512, ROUNDS = 20000 };
	struct iova_space space = make(0x1000000, 0x1000000 + PAGES * PAGE - 1);
	static bool taken[PAGES];
	static uint64_t first[PAGES], count[PAGES];
	unsigned held = 0;
	uint64_t random = 1;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;

		uint64_t pages = 1 + (random >> 33) % 17, align = PAGE << (random >> 50) % 5, iova;

		if (random >> 60 < 9 && iova_alloc(&space, pages * PAGE, align, &iova) == 0) {
			assert_int_equal(iova % align, 0);
			first[held] = (iova - 0x1000000) / PAGE;
			count[held] = pages;
			for (uint64_t i = 0; i < pages; i++) {
				assert_true(first[held] + i < PAGES && !taken[first[held] + i]);
				taken[first[held] + i] = true;
			}
			held++;
		} else if (held) {
			unsigned which = (unsigned)((random >> 20) % held);

			assert_int_equal(iova_free(&space, 0x1000000 + first[which] * PAGE,
						   count[which] * PAGE),
					 0);
			for (uint64_t i = 0; i < count[which]; i++)
				taken[first[which] + i] = false;
			held--;
			first[which] = first[held];
			count[which] = count[held];
		}
	}
	while (held--)
		iova_free(&space, 0x1000000 + first[held] * PAGE, count[held] * PAGE);
	assert_int_equal(space.nr_free, 1);
	assert_true(take(&space, PAGES * PAGE, PAGE) == 0x1000000);
	iova_space_fini(&space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_given),
		cmocka_unit_test(ends_are_included),
		cmocka_unit_test(freed_is_merged),
		cmocka_unit_test(alignment_leaves_no_hole),
		cmocka_unit_test(msi_window_is_left_out),
		cmocka_unit_test(zero_is_never_given),
		cmocka_unit_test(the_top_of_the_space),
		cmocka_unit_test(several_ranges),
		cmocka_unit_test(ranges_that_overlap),
		cmocka_unit_test(random_use),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
