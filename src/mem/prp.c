/* SPDX-License-Identifier: MIT */
#include "mem/prp.h"

#include "base/base.h"
#include "znvme/cmd.h"

uint64_t prp_list_pages(uint64_t pages, unsigned lead, unsigned page_shift)
{
	unsigned per_page = ZNVME_PRP_PER_PAGE(page_shift);

	return (lead + pages + per_page - 1) / per_page;
}

void prp_list_write(uint64_t *list, uint64_t list_iova, uint64_t iova, uint64_t pages,
		    unsigned lead, unsigned page_shift)
{
	unsigned per_page = ZNVME_PRP_PER_PAGE(page_shift);
	uint64_t nr_list_pages = prp_list_pages(pages, lead, page_shift);

	for (uint64_t page = 0; page < pages; page++) {
		uint64_t entry = lead + page;

		list[entry + entry / per_page] = iova + (page << page_shift);
	}
	for (uint64_t i = 0; i + 1 < nr_list_pages; i++)
		list[(i + 1) * (per_page + 1) - 1] = list_iova + ((i + 1) << page_shift);
}
