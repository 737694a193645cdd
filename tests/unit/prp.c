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

/* A region of `pages` pages with its lists, as the controller finds them. */
struct fixture {
	struct znvme_region region;
	uint64_t *lists;
	uint64_t list_bytes;
	uint64_t pages;
};

static struct fixture make(uint64_t pages, unsigned shift)
{
	struct fixture f = {.pages = pages};
	char *addr = (char *)0x10000000;

	f.region = (struct znvme_region){.addr = addr,
					 .len = pages << shift,
					 .iova = IOVA,
					 .iova_off = IOVA - (uintptr_t)addr,
					 .inline_pages = shift == 12 ? pages : 0,
					 .page_shift = shift};
	f.list_bytes = prp_lists_len(&f.region, true);
	f.lists = malloc(f.list_bytes ? f.list_bytes : 1);
	memset(f.lists, 0xee, f.list_bytes);
	if (f.list_bytes)
		prp_lists_write(&f.region, f.lists, LIST_IOVA, true);
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

/* The ways of other constructors to the same PRP1 and PRP2. */
static void check_others(const struct fixture *f, const struct znvme_sqe *expected, uint64_t start,
			 uint64_t len)
{
	const struct znvme_ns ns = {.nsid = 1, .lba_bytes = 512, .max_nlb = 65536};
	const uint64_t page = start >> f->region.page_shift;
	struct znvme_sqe sqe;

	assert_int_equal(znvme_sqe_set_any_buffer(&sqe, &f->region, f->region.addr + start, len),
			 0);
	assert_true(sqe.dptr.prp.prp1 == expected->dptr.prp.prp1);
	assert_true(sqe.dptr.prp.prp2 == expected->dptr.prp.prp2);
	if (len % 512 || len / 512 > ns.max_nlb)
		return;

	struct znvme_slot slot = {0}, end = {0};
	struct znvme_sqe ring[2] = {0};
	struct znvme_queue q = {.sqe = ring, .sqe_stop = ring + 1, .free_slot = &slot};
	struct znvme_rw rw;

	slot.u.next_free = &end;
	assert_int_equal(
		znvme_rw_init(&rw, &ns, ZNVME_CMD_READ, (uint32_t)(len / 512), 0, &f->region), 0);
	assert_int_equal(znvme_queue_rw(&q, &rw, f->region.addr + start, page, NULL), 0);
	assert_true(ring[0].dptr.prp.prp1 == expected->dptr.prp.prp1);
	assert_true(ring[0].dptr.prp.prp2 == expected->dptr.prp.prp2);
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
	check_others(f, &sqe, start, len);
}

/* Every start page and every number of pages, up to 4 MiB and some more. */
static void every_start_and_length(void **state)
{
	struct fixture f = make(1024 + 2 * 256 + 20, 12);

	(void)state;
	for (uint64_t first = 0; first < f.pages; first++)
		for (uint64_t pages = 1; first + pages <= f.pages && pages <= 1026; pages++)
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

/* Every dword as a start, with ends around each page boundary up to 4 MiB. */
static void every_offset_and_length(void **state)
{
	struct fixture f = make(1026, 12);

	(void)state;
	for (uint64_t offset = 0; offset < 4096; offset += 4)
		for (uint64_t end = 4096; end <= 1025 * 4096; end += 41 * 4096)
			for (int64_t by = -8; by <= 8; by += 4)
				if (end + (uint64_t)by > offset)
					check_command(&f, 0, offset, end + (uint64_t)by - offset);
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
		uint64_t per = (1u << (shift - 3)) - 1;
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
		cmocka_unit_test(every_offset_and_length),
		cmocka_unit_test(partial_last_page),
		cmocka_unit_test(larger_pages),
		cmocka_unit_test(every_region_size),
		cmocka_unit_test(refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
