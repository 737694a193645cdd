/* SPDX-License-Identifier: MIT */
/*
 * The table that znvme_region_at() reads, of <znvme/mem.h>: from an address to its region.
 *
 * Who changes it holds the domain's lock; readers take none. They are safe because whoever looks up
 * a buffer knows that its region is not being freed, and what leads there does not change while the
 * region is entered.
 */
#ifndef MEM_TABLE_H
#define MEM_TABLE_H

#include "znvme/mem.h"

struct table {
	struct znvme_region_table *root;
	struct znvme_region_branch *no_branch; /* 64 GiB without a region */
	struct znvme_region_leaf *no_leaf;     /* 16 MiB without a region */
	struct znvme_region none;	       /* what addresses in no region lead to */
};

int table_init(struct table *table);
void table_fini(struct table *table);

/*
 * `*whole` is the region's: a leaf for all the 16 MiB ranges that lie wholly in it, made when there
 * is one. Freed by table_remove(). -ENOMEM leaves the table as it was.
 */
int table_enter(struct table *table, const struct znvme_region *region,
		struct znvme_region_leaf **whole);
void table_remove(struct table *table, const struct znvme_region *region,
		  struct znvme_region_leaf **whole);

#endif
