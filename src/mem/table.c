/* SPDX-License-Identifier: MIT */
#include "mem/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/base.h"

#define LEAF_SHIFT   24
#define BRANCH_SHIFT 36
#define PAGE	     ((uint64_t)1 << 12)
#define LEAF	     ((uint64_t)1 << LEAF_SHIFT)

static struct znvme_region_leaf *new_leaf(const struct znvme_region *region)
{
	struct znvme_region_leaf *leaf = malloc(sizeof(*leaf));

	for (unsigned i = 0; leaf && i < ARRAY_SIZE(leaf->regions); i++)
		leaf->regions[i] = region;
	return leaf;
}

static struct znvme_region_branch *new_branch(struct znvme_region_leaf *leaf)
{
	struct znvme_region_branch *branch = malloc(sizeof(*branch));

	for (unsigned i = 0; branch && i < ARRAY_SIZE(branch->leaves); i++)
		branch->leaves[i] = leaf;
	return branch;
}

int table_init(struct table *table)
{
	table->root = malloc(sizeof(*table->root));
	table->no_leaf = new_leaf(&table->none);
	table->no_branch = new_branch(table->no_leaf);
	if (!table->root || !table->no_leaf || !table->no_branch) {
		free(table->no_branch);
		free(table->no_leaf);
		free(table->root);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(table->root->branches); i++)
		table->root->branches[i] = table->no_branch;
	return 0;
}

static void free_branch(struct table *table, struct znvme_region_branch *branch)
{
	for (unsigned i = 0; i < ARRAY_SIZE(branch->leaves); i++)
		if (branch->leaves[i] != table->no_leaf)
			free(branch->leaves[i]);
	free(branch);
}

void table_fini(struct table *table)
{
	for (unsigned i = 0; i < ARRAY_SIZE(table->root->branches); i++)
		if (table->root->branches[i] != table->no_branch)
			free_branch(table, table->root->branches[i]);
	free(table->no_branch);
	free(table->no_leaf);
	free(table->root);
}

/* The place in the table of the leaf for `addr`; NULL where memory runs out. */
static struct znvme_region_leaf **leaf_place(struct table *table, uint64_t addr)
{
	struct znvme_region_branch **place =
		&table->root->branches[addr >> BRANCH_SHIFT & ZNVME_TABLE_MASK];

	if (*place == table->no_branch) {
		struct znvme_region_branch *branch = new_branch(table->no_leaf);

		if (!branch)
			return NULL;
		__atomic_store_n(place, branch, __ATOMIC_RELEASE);
	}
	return &(*place)->leaves[addr >> LEAF_SHIFT & ZNVME_TABLE_MASK];
}

static void fill_leaf(struct znvme_region_leaf *leaf, uint64_t start, uint64_t end,
		      const struct znvme_region *region)
{
	for (; start < end; start += PAGE)
		__atomic_store_n(&leaf->regions[start / PAGE & ZNVME_TABLE_MASK], region,
				 __ATOMIC_RELEASE);
}

/* Where the leaf that `start` is in ends, or `end`. */
static uint64_t leaf_end(uint64_t start, uint64_t end)
{
	return MIN((start | (LEAF - 1)) + 1, end);
}

int table_enter(struct table *table, const struct znvme_region *region,
		struct znvme_region_leaf **whole)
{
	uint64_t start = (uintptr_t)region->addr, end = start + region->len;

	for (uint64_t next; start < end; start = next) {
		struct znvme_region_leaf **place = leaf_place(table, start), *leaf;

		next = leaf_end(start, end);
		if (!place)
			goto remove;
		if (*place != table->no_leaf) {
			fill_leaf(*place, start, next, region);
			continue;
		}
		if (next - start == LEAF) {
			if (!*whole)
				*whole = new_leaf(region);
			leaf = *whole;
		} else {
			leaf = new_leaf(&table->none);
			if (leaf)
				fill_leaf(leaf, start, next, region);
		}
		if (!leaf)
			goto remove;
		__atomic_store_n(place, leaf, __ATOMIC_RELEASE);
	}
	return 0;

remove:
	table_remove(table, region, whole);
	return -ENOMEM;
}

void table_remove(struct table *table, const struct znvme_region *region,
		  struct znvme_region_leaf **whole)
{
	uint64_t start = (uintptr_t)region->addr, end = start + region->len;

	for (uint64_t next; start < end; start = next) {
		struct znvme_region_branch *branch =
			table->root->branches[start >> BRANCH_SHIFT & ZNVME_TABLE_MASK];
		struct znvme_region_leaf **place =
			&branch->leaves[start >> LEAF_SHIFT & ZNVME_TABLE_MASK];

		next = leaf_end(start, end);
		if (*place == table->no_leaf)
			continue;
		if (*place == *whole)
			__atomic_store_n(place, table->no_leaf, __ATOMIC_RELEASE);
		else
			fill_leaf(*place, start, next, &table->none);
	}
	free(*whole);
	*whole = NULL;
}
