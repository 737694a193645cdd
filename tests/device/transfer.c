// SPDX-License-Identifier: MIT
/*
 * Data through a queue: every class of start and length, so that PRP1, PRP2 as an address, one list
 * page, chained list pages and the region's second list are all used, and checked by the bytes that
 * arrive (Base 2.1, section 4.3.1).
 */
#include <errno.h>

#include "tests.h"

#define PAGE	   4096u
#define LIST_PAGES 511u		 /* data entries of a list page that is chained on */
#define SOURCE_LEN (4608u * KIB) /* three pages of PRP list */
#define GUARD	   64u

struct transfer {
	struct test *t;
	struct znvme_queue *q;
	struct znvme_region *source;
	struct znvme_region *back;
	uint64_t slba; /* where the next one goes */
	uint64_t seed;
};

static struct transfer set_up(struct test *t, size_t source_len, size_t back_len)
{
	struct transfer x = {.t = t, .seed = 1};

	test_open(t);
	x.q = test_queue(t, 8, 0);
	x.source = test_region(t, source_len);
	x.back = test_region(t, back_len);
	return x;
}

/*
 * Write `nlb` blocks from `from` in the source region, read them to offset `to` of the other, and
 * compare, also what is around.
 */
static void there_and_back(struct transfer *x, size_t from, size_t to, uint32_t nlb)
{
	const struct znvme_ns *ns = x->t->ns;
	size_t len = (size_t)nlb * ns->lba_bytes;
	char *source = x->source->addr + from, *back = x->back->addr + to;

	if (x->slba + nlb > ns->nr_blocks)
		x->slba = 0;
	fill_pattern(source, len, ++x->seed);
	memset(back - GUARD, 0xa5, len + 2 * (size_t)GUARD);
	CHECK_OK(test_rw(x->t, x->q, ZNVME_CMD_WRITE, x->source, source, x->slba, nlb));
	CHECK_OK(test_rw(x->t, x->q, ZNVME_CMD_READ, x->back, back, x->slba, nlb));
	if (check_pattern(back, len, x->seed) != len ||
	    check_bytes(back - GUARD, GUARD, 0xa5) != GUARD ||
	    check_bytes(back + len, GUARD, 0xa5) != GUARD)
		FAIL("%u blocks from offset 0x%zx to 0x%zx differ: at %zu of %zu, before %zu, "
		     "behind %zu",
		     nlb, from, to, check_pattern(back, len, x->seed), len,
		     check_bytes(back - GUARD, GUARD, 0xa5), check_bytes(back + len, GUARD, 0xa5));
	CHECK_PATTERN(source, len, x->seed);
	x->slba += nlb;
}

/* Most blocks that one command of these tests moves. */
static uint32_t most_blocks(struct transfer *x)
{
	size_t room = x->back->len - 2 * (size_t)PAGE;
	uint64_t nlb = room / x->t->ns->lba_bytes;

	return nlb < x->t->ns->max_nlb ? (uint32_t)nlb : x->t->ns->max_nlb;
}

/* Every dword at which a transfer can start in a page, at lengths of one to three pages. */
static void every_start(struct test *t)
{
	struct transfer x = set_up(t, 64 * KIB, 64 * KIB);
	uint32_t page_blocks = PAGE / t->ns->lba_bytes ? PAGE / t->ns->lba_bytes : 1;
	const uint32_t lengths[] = {1, page_blocks, page_blocks + 1, 2 * page_blocks + 1};

	for (size_t start = 0; start < PAGE; start += 4) {
		uint32_t nlb = lengths[start / 4 % ARRAY_LEN(lengths)];

		if (nlb > most_blocks(&x))
			nlb = 1;
		there_and_back(&x, start, PAGE + (start * 5 + 12) % PAGE, nlb);
	}
}

/* Every number of blocks up to the largest, by a step that meets all remainders. */
static void every_length(struct test *t)
{
	struct transfer x = set_up(t, 1 * MIB, 1 * MIB);
	uint32_t most = most_blocks(&x);

	for (uint32_t nlb = 1; nlb <= most; nlb += nlb < 40 ? 1 : nlb < most - 37 ? 37 : 1)
		there_and_back(&x, nlb % 2 ? 0 : 2044, PAGE + (nlb % 3 ? 0 : 508), nlb);
}

/* Starts around each boundary of the region's PRP lists, at lengths that end around it too. */
static void across_list_pages(struct test *t)
{
	struct transfer x = set_up(t, SOURCE_LEN, 640 * KIB);
	static const size_t offsets[] = {0, 4, PAGE / 2, PAGE - 4};
	uint32_t bytes = t->ns->lba_bytes, most = most_blocks(&x);

	for (size_t chain = LIST_PAGES; chain <= 2 * LIST_PAGES; chain += LIST_PAGES)
		for (size_t page = chain - 5; page <= chain + 3; page++)
			for (size_t o = 0; o < ARRAY_LEN(offsets); o++)
				for (uint32_t pages = 1; pages <= 8; pages++) {
					uint32_t nlb = (pages * PAGE + bytes - 1) / bytes;

					if (nlb <= most)
						there_and_back(&x, page * PAGE + offsets[o], PAGE,
							       nlb);
				}
}

/* The largest command, from pages such that it ends around each list boundary. */
static void largest_across_list_pages(struct test *t)
{
	struct transfer x = set_up(t, SOURCE_LEN, 640 * KIB);
	uint32_t most = most_blocks(&x);
	size_t pages = ((size_t)most * t->ns->lba_bytes + PAGE - 1) / PAGE;

	for (size_t chain = LIST_PAGES; chain <= 2 * LIST_PAGES; chain += LIST_PAGES)
		for (size_t end = chain - 3; end <= chain + 3; end++)
			if (end > pages) {
				there_and_back(&x, (end - pages) * PAGE, PAGE, most);
				there_and_back(&x, (end - pages) * PAGE + 2044, PAGE + 4, most);
			}
}

/* Where blocks leave a remainder in the last page: 4096 + 6144 bytes need three PRP entries. */
static void partial_last_page(struct test *t)
{
	struct transfer x = set_up(t, 64 * KIB, 64 * KIB);
	uint32_t bytes = t->ns->lba_bytes;

	for (size_t len = 2 * PAGE; len <= 6 * PAGE; len += 512) {
		if (len % bytes || len / bytes > most_blocks(&x))
			continue;
		there_and_back(&x, 0, PAGE, (uint32_t)(len / bytes));
		there_and_back(&x, 2048, PAGE + 2048, (uint32_t)(len / bytes));
	}
}

/* Commands over 2 MiB need several list pages each. QEMU takes 1,024 PRPs, whatever MDTS says. */
static void chained_lists(struct test *t)
{
	struct transfer x = set_up(t, 12 * MIB, 12 * MIB);
	uint32_t bytes = t->ns->lba_bytes;
	static const size_t starts[] = {0, 1, 2, 254, 255, 256, 509, 510, 511, 512, 766, 767};
	size_t longest =
		t->info.max_transfer == UINT64_MAX ? 1540 : t->info.max_transfer / PAGE - 1;

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		for (size_t pages = 508; pages <= longest; pages += pages % 511 < 4 ? 1 : 126) {
			uint32_t nlb = (uint32_t)(pages * PAGE / bytes);

			if (nlb <= most_blocks(&x))
				there_and_back(&x, starts[i] * PAGE + (i % 2 ? 2048 : 0), PAGE,
					       nlb);
		}
}

static void random_transfers(struct test *t)
{
	struct transfer x = set_up(t, SOURCE_LEN, 640 * KIB);
	uint32_t bytes = t->ns->lba_bytes, most = most_blocks(&x);
	uint64_t state = 20;

	for (int i = 0; i < 300; i++) {
		uint32_t nlb = 1 + (uint32_t)(next_random(&state) % most);
		size_t room = x.source->len - (size_t)nlb * bytes;
		size_t back_room = x.back->len - PAGE - GUARD - (size_t)nlb * bytes;
		size_t from = next_random(&state) % (room + 1) & ~(size_t)3;
		size_t to = PAGE + (next_random(&state) % back_room & ~(size_t)3);

		x.slba = next_random(&state) % (t->ns->nr_blocks - nlb);
		there_and_back(&x, from, to, nlb);
	}
}

/* Many in flight at a time, at different places of one region. */
static void deep_queue(struct test *t)
{
	struct znvme_region *source, *back;
	struct znvme_queue *q;
	uint32_t nlb;
	size_t len;

	test_open(t);
	nlb = 16 * KIB / t->ns->lba_bytes;
	nlb = nlb <= t->ns->max_nlb ? nlb : 1;
	len = (size_t)nlb * t->ns->lba_bytes;
	q = test_queue(t, 65, 0);
	source = test_region(t, 64 * len);
	back = test_region(t, 64 * len);
	fill_pattern(source->addr, 64 * len, 99);
	for (int writing = 1; writing >= 0; writing--) {
		struct znvme_region *region = writing ? source : back;

		for (unsigned i = 0; i < 64; i++) {
			struct znvme_sqe *sqe = znvme_get_sqe(q, NULL);

			CHECK(sqe);
			CHECK_OK(znvme_prep_rw(sqe, t->ns,
					       writing ? ZNVME_CMD_WRITE : ZNVME_CMD_READ, region,
					       region->addr + i * len, (uint64_t)i * nlb, nlb));
		}
		test_drain(q, 64, 0);
	}
	CHECK_PATTERN(back->addr, 64 * len, 99);
}

static const struct test_case cases[] = {
	{"a transfer starts at any dword of a page", every_start, 0},
	{"a transfer has any number of blocks", every_length, 0},
	{"a partial last page has its entry", partial_last_page, 0},
	{"short transfers cross the region's list pages", across_list_pages, 0},
	{"the largest transfers cross the region's list pages", largest_across_list_pages, 0},
	{"one command has several list pages", chained_lists, HAS_LONG_LISTS | HAS_BIG_MEMLOCK},
	{"random transfers arrive", random_transfers, 0},
	{"sixty-four commands in flight arrive", deep_queue, 0},
};

const struct test_group transfer_tests = {"transfer", cases, ARRAY_LEN(cases)};
