/* SPDX-License-Identifier: MIT */
#include "mem/prp.h"

#include <errno.h>

#include "base/base.h"
#include "znvme/cmd.h"

/* Pages of the region between the starts of two overlapping list pages. */
#define STRIDE 256u

/* Data entries in a page of a chained list. */
static uint64_t per_page(const struct znvme_region *region)
{
	return ((uint64_t)1 << (region->page_shift - 3)) - 1;
}

static uint64_t nr_pages(const struct znvme_region *region)
{
	return ((region->len - 1) >> region->page_shift) + 1;
}

/* Unused entries before the first of a chained list. */
static uint64_t lead(const struct znvme_region *region, unsigned list)
{
	return list * (per_page(region) / 2);
}

static bool has_list(const struct znvme_region *region)
{
	return region->page_shift == ZNVME_PAGE_SHIFT && nr_pages(region) > 2;
}

static bool has_chains(const struct znvme_region *region, bool long_transfers)
{
	if (region->page_shift != ZNVME_PAGE_SHIFT)
		return nr_pages(region) > 2;
	return long_transfers && nr_pages(region) > ZNVME_PRP_RUN + 1;
}

static uint64_t list_len(const struct znvme_region *region)
{
	return ((nr_pages(region) - 1) / STRIDE + 1) << region->page_shift;
}

static uint64_t chain_len(const struct znvme_region *region, unsigned list)
{
	return ((lead(region, list) + nr_pages(region) - 1) / per_page(region) + 1)
	       << region->page_shift;
}

uint64_t prp_lists_len(const struct znvme_region *region, bool long_transfers)
{
	uint64_t len = has_list(region) ? list_len(region) : 0;

	if (has_chains(region, long_transfers))
		len += chain_len(region, 0) + chain_len(region, 1);
	return len;
}

/* Each list page starts with the page behind a multiple of STRIDE. */
static void write_list(const struct znvme_region *region, uint64_t *list)
{
	uint64_t pages = nr_pages(region);

	for (uint64_t start = 0; start < pages; start += STRIDE, list += 2 * STRIDE)
		for (uint64_t i = 0; i < 2 * STRIDE && start + i + 1 < pages; i++)
			list[i] = region->iova + ((start + i + 1) << region->page_shift);
}

static void write_chain(const struct znvme_region *region, unsigned nr, uint64_t *list,
			uint64_t list_iova)
{
	uint64_t per = per_page(region);
	uint64_t nr_list_pages = chain_len(region, nr) >> region->page_shift;

	for (uint64_t page = 0; page < nr_pages(region); page++) {
		uint64_t entry = lead(region, nr) + page;

		list[entry + entry / per] = region->iova + (page << region->page_shift);
	}
	for (uint64_t i = 0; i + 1 < nr_list_pages; i++)
		list[(i + 1) * (per + 1) - 1] = list_iova + ((i + 1) << region->page_shift);
}

void prp_lists_write(struct znvme_region *region, uint64_t *lists, uint64_t lists_iova,
		     bool long_transfers)
{
	uint64_t at = 0;

	if (has_list(region)) {
		region->prp_list = lists_iova;
		write_list(region, lists);
		at = list_len(region);
	}
	for (unsigned nr = 0; nr < 2 && has_chains(region, long_transfers); nr++) {
		region->chain[nr] = lists_iova + at;
		write_chain(region, nr, lists + at / 8, region->chain[nr]);
		at += chain_len(region, nr);
	}
}

/* Where `count` entries, from that of `page` on, are in the chained lists; 0 where there are none.
 */
static uint64_t find_in_chain(const struct znvme_region *region, uint64_t page, uint64_t count)
{
	uint64_t per = per_page(region);
	uint64_t behind = page % per + count; /* entries of its list page and those after */
	unsigned nr = behind > per && behind % per == 1;
	uint64_t entry = lead(region, nr) + page;

	return region->chain[nr] ? region->chain[nr] + 8 * (entry + entry / per) : 0;
}

int znvme_sqe_set_any_buffer(struct znvme_sqe *sqe, const struct znvme_region *region,
			     const void *buf, size_t len)
{
	uint64_t off, first, last, prp2 = 0;

	if (!region)
		return -EINVAL;
	off = (uint64_t)((uintptr_t)buf - (uintptr_t)region->addr);
	if (len - 1 >= region->len || off > region->len - len || off % 4)
		return -EINVAL;
	first = off >> region->page_shift;
	last = (off + len - 1) >> region->page_shift;
	if (last - first == 1) {
		prp2 = region->iova + (last << region->page_shift);
	} else if (last != first) {
		prp2 = region->page_shift == ZNVME_PAGE_SHIFT && last - first <= ZNVME_PRP_RUN
			       ? znvme_prp_list(region->prp_list, first)
			       : find_in_chain(region, first + 1, last - first);
		if (!prp2)
			return -EINVAL;
	}
	sqe->dptr.prp.prp1 = region->iova + off;
	sqe->dptr.prp.prp2 = prp2;
	return 0;
}
