/* SPDX-License-Identifier: MIT */
/*
 * PRP lists of a region, written once for all commands (Base 2.1, section 4.3.1). How a command
 * points into them is znvme_prp_list() in <znvme/cmd.h>.
 *
 * A list is a row of list pages of the memory page size. Each holds the addresses of consecutive
 * pages of the region, and in its last slot the address of the next list page. The second list
 * starts with `lead` unused entries, which moves every page boundary of the list elsewhere.
 */
#ifndef MEM_PRP_H
#define MEM_PRP_H

#include <stdint.h>

/* List pages that `pages` entries behind `lead` unused ones take. */
uint64_t prp_list_pages(uint64_t pages, unsigned lead, unsigned page_shift);

/*
 * Write to `list`, which the controller sees at `list_iova`, the list of `pages` pages of the
 * region at `iova`.
 */
void prp_list_write(uint64_t *list, uint64_t list_iova, uint64_t iova, uint64_t pages,
		    unsigned lead, unsigned page_shift);

#endif
