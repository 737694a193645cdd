// SPDX-License-Identifier: MIT
/*
 * The claim that makes PRP2 cheap (DESIGN, hot path): for every start page and every length, the
 * lists that were written once for a region give a command its pages. The judge is a walker that
 * knows the specification's rule and nothing else: an entry that is the last in its page is a
 * pointer to the next list page exactly if more entries follow (Base 2.1, section 4.3.1).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mem/prp.h"
#include "znvme/cmd.h"

#define IOVA	  0x7000000000ull
#define LIST_IOVA 0x100000000ull

/* A region of `pages` pages with both of its lists, as the controller finds them. */
struct fixture {
	struct znvme_region region;
	uint64_t *lists; /* first list, then second */
	uint64_t list_bytes;
	uint64_t pages;
};

static struct fixture make(uint64_t pages, unsigned shift)
{
	unsigned lead = ZNVME_PRP_SHIFT(shift);
	uint64_t first = prp_list_pages(pages, 0, shift),
		 second = prp_list_pages(pages, lead, shift);
	struct fixture f = {.pages = pages, .list_bytes = (first + second) << shift};

	f.lists = malloc(f.list_bytes);
	memset(f.lists, 0xee, f.list_bytes);
	f.region = (struct znvme_region){.addr = (char *)0x10000000,
					 .len = pages << shift,
					 .iova = IOVA,
					 .prp_list = LIST_IOVA,
					 .prp_list2 = LIST_IOVA + (first << shift),
					 .page_shift = shift};
	prp_list_write(f.lists, f.region.prp_list, IOVA, pages, 0, shift);
	prp_list_write(f.lists + (first << shift) / 8, f.region.prp_list2, IOVA, pages, lead,
		       shift);
	return f;
}

/* The list entry at `iova`, which must be one of ours. */
static uint64_t fetch(const struct fixture *f, uint64_t iova)
{
	assert_true(iova >= LIST_IOVA && iova + 8 <= LIST_IOVA + f->list_bytes);
	assert_int_equal(iova % 8, 0);
	return f->lists[(iova - LIST_IOVA) / 8];
}

/* Follow the list at `at` for `count` pages of data, which must be those of the region from `page`.
 */
static void walk(const struct fixture *f, uint64_t at, uint64_t page, uint64_t count)
{
	uint64_t list_page = 1ull << f->region.page_shift;

	while (count) {
		uint64_t entry = fetch(f, at);
		bool last_slot = (at & (list_page - 1)) == list_page - 8;

		if (last_slot && count > 1) {
			/* A pointer to the next list page: its offset is zero. */
			assert_int_equal(entry & (list_page - 1), 0);
			at = entry;
			continue;
		}
		if (entry != IOVA + (page << f->region.page_shift))
			fail_msg("page %llu: entry 0x%llx", (unsigned long long)page,
				 (unsigned long long)entry);
		page++;
		count--;
		at += 8;
	}
}

/* What the controller makes of a command's PRP1 and PRP2. */
static void check_command(const struct fixture *f, uint64_t first_page, uint64_t offset,
			  uint64_t len)
{
	unsigned shift = f->region.page_shift;
	uint64_t start = (first_page << shift) + offset;
	uint64_t pages = (offset + len + (1ull << shift) - 1) >> shift;
	struct znvme_sqe sqe;

	memset(&sqe, 0x5a, sizeof(sqe));
	assert_int_equal(znvme_sqe_set_buffer(&sqe, &f->region, f->region.addr + start, len), 0);
	assert_true(sqe.dptr.prp.prp1 == IOVA + start);
	if (pages == 1)
		assert_true(sqe.dptr.prp.prp2 == 0);
	else if (pages == 2)
		assert_true(sqe.dptr.prp.prp2 == IOVA + ((first_page + 1) << shift));
	else
		walk(f, sqe.dptr.prp.prp2, first_page + 1, pages - 1);
}

/* Every start page and every number of pages of a region that needs four pages of list. */
static void every_start_and_length(void **state)
{
	struct fixture f = make(3 * 511 + 20, 12);

	(void)state;
	for (uint64_t first = 0; first < f.pages; first++)
		for (uint64_t pages = 1; first + pages <= f.pages; pages++)
			check_command(&f, first, 0, pages << 12);
	free(f.lists);
}

/* The same with an offset into the first page and an end within the last. */
static void every_start_and_length_unaligned(void **state)
{
	struct fixture f = make(2 * 511 + 20, 12);

	(void)state;
	for (uint64_t first = 0; first < f.pages; first++)
		for (uint64_t pages = 2; first + pages <= f.pages; pages++)
			check_command(&f, first, 2048, (pages << 12) - 3072);
	free(f.lists);
}

static void every_offset(void **state)
{
	struct fixture f = make(4, 12);

	(void)state;
	for (uint64_t offset = 0; offset < 4096; offset += 4) {
		check_command(&f, 0, offset, 1);
		check_command(&f, 0, offset, 512);
		check_command(&f, 1, offset, 4096);
		check_command(&f, 0, offset, 4097);
		check_command(&f, 0, offset, 8192);
		check_command(&f, 0, offset, 8193);
		check_command(&f, 0, offset, 3 * 4096);
	}
	free(f.lists);
}

/* A last page used in part has its entry: 4096 + 6144 bytes are three pages. */
static void partial_last_page(void **state)
{
	struct fixture f = make(8, 12);
	struct znvme_sqe sqe = {0};

	(void)state;
	assert_int_equal(znvme_sqe_set_buffer(&sqe, &f.region, f.region.addr, 4096 + 6144), 0);
	walk(&f, sqe.dptr.prp.prp2, 1, 2);
	check_command(&f, 0, 0, 4096 + 6144);
	check_command(&f, 1, 2048, 4096 + 6144);
	free(f.lists);
}

/* The next number worth a look: each one near a multiple of `per`, few between. */
static uint64_t next_near(uint64_t at, uint64_t per)
{
	uint64_t rest = at % per;

	if (rest < 5 || rest > per - 7)
		return at + 1;
	return at + (rest + 97 < per - 6 ? 97 : per - 6 - rest);
}

/* Memory pages of 8 KiB to 64 KiB; starts and ends near each boundary of the lists. */
static void larger_pages(void **state)
{
	(void)state;
	for (unsigned shift = 13; shift <= 16; shift++) {
		uint64_t per = ZNVME_PRP_PER_PAGE(shift);
		struct fixture f = make(2 * per + 9, shift);

		for (uint64_t first = 0; first < f.pages; first = next_near(first, per))
			for (uint64_t end = first + 1; end <= f.pages; end = next_near(end, per))
				check_command(&f, first, 0, (end - first) << shift);
		free(f.lists);
	}
}

/* Regions of many sizes: their lists end within, at and behind a list page. */
static void every_region_size(void **state)
{
	(void)state;
	for (uint64_t pages = 1; pages <= 2 * 511 + 3; pages = next_near(pages, 511)) {
		struct fixture f = make(pages, 12);

		for (uint64_t n = 1; n <= pages; n++) {
			check_command(&f, 0, 0, n << 12);
			check_command(&f, pages - n, 0, n << 12);
		}
		free(f.lists);
	}
}

static void refused(void **state)
{
	struct fixture f = make(4, 12);
	const struct znvme_region *r = &f.region;
	char *end = r->addr + r->len;
	struct znvme_sqe sqe = {0};

	(void)state;
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, r->addr, r->len), 0);
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, r->addr, r->len + 1), -EINVAL);
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, r->addr, 0), -EINVAL);
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, r->addr, SIZE_MAX), -EINVAL);
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, r->addr + 4, r->len), -EINVAL);
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, r->addr - 4, 8), -EINVAL);
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, end - 4, 4), 0);
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, end - 4, 5), -EINVAL);
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, end, 1), -EINVAL);
	assert_int_equal(znvme_sqe_set_buffer(&sqe, r, NULL, 4), -EINVAL);
	for (int odd = 1; odd < 4; odd++)
		assert_int_equal(znvme_sqe_set_buffer(&sqe, r, r->addr + odd, 4), -EINVAL);
	free(f.lists);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_start_and_length),
		cmocka_unit_test(every_start_and_length_unaligned),
		cmocka_unit_test(every_offset),
		cmocka_unit_test(partial_last_page),
		cmocka_unit_test(larger_pages),
		cmocka_unit_test(every_region_size),
		cmocka_unit_test(refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
