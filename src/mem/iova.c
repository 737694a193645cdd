/* SPDX-License-Identifier: MIT */
#include "mem/iova.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

/* What an x86 interrupt message is written to: an IOVA there would never reach memory. */
#define MSI_WINDOW_FIRST 0xfee00000ull
#define MSI_WINDOW_LAST	 0xfeefffffull

/* The first 64 KiB stay out: a PRP entry or queue base of 0 shall always be a mistake. */
#define IOVA_FIRST 0x10000ull

static int insert_extent(struct iova_space *space, size_t at, uint64_t start, uint64_t len)
{
	if (space->nr_free == space->capacity) {
		size_t capacity = space->capacity ? 2 * space->capacity : 16;
		struct iova_extent *free = realloc(space->free, capacity * sizeof(*free));

		if (!free)
			return -ENOMEM;
		space->free = free;
		space->capacity = capacity;
	}
	memmove(&space->free[at + 1], &space->free[at],
		(space->nr_free - at) * sizeof(*space->free));
	space->free[at] = (struct iova_extent){start, len};
	space->nr_free++;
	return 0;
}

static void remove_extent(struct iova_space *space, size_t at)
{
	space->nr_free--;
	memmove(&space->free[at], &space->free[at + 1],
		(space->nr_free - at) * sizeof(*space->free));
}

/* The first free extent that starts above `iova`. */
static size_t extent_above(const struct iova_space *space, uint64_t iova)
{
	size_t low = 0, high = space->nr_free;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (space->free[middle].start > iova)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Append [first, last], both included, without what lies in the MSI window or below IOVA_FIRST. */
static int add_range(struct iova_space *space, uint64_t first, uint64_t last)
{
	int rc;

	first = MAX(first, IOVA_FIRST);
	if (first > last)
		return 0;
	if (first <= MSI_WINDOW_LAST && last >= MSI_WINDOW_FIRST) {
		if (first < MSI_WINDOW_FIRST) {
			rc = add_range(space, first, MSI_WINDOW_FIRST - 1);
			if (rc)
				return rc;
		}
		return last > MSI_WINDOW_LAST ? add_range(space, MSI_WINDOW_LAST + 1, last) : 0;
	}
	if (space->nr_free) {
		struct iova_extent *before = &space->free[space->nr_free - 1];

		if (first < before->start + before->len)
			return -EINVAL;
	}
	return insert_extent(space, space->nr_free, first, last - first + 1);
}

int iova_space_init(struct iova_space *space, const struct znvme_iova_range *ranges, unsigned nr)
{
	memset(space, 0, sizeof(*space));
	for (unsigned i = 0; i < nr; i++) {
		/* The very last address would make the length of an extent overflow; nobody misses
		 * it. */
		int rc = add_range(space, ranges[i].first, MIN(ranges[i].last, UINT64_MAX - 4096));

		if (rc) {
			iova_space_fini(space);
			return rc;
		}
	}
	return 0;
}

void iova_space_fini(struct iova_space *space)
{
	free(space->free);
	memset(space, 0, sizeof(*space));
}

int iova_alloc(struct iova_space *space, uint64_t len, uint64_t align, uint64_t *iova)
{
	for (size_t i = 0; i < space->nr_free; i++) {
		struct iova_extent *extent = &space->free[i];
		uint64_t start = round_up(extent->start, align);
		uint64_t skipped = start - extent->start;

		if (start < extent->start || skipped > extent->len || extent->len - skipped < len)
			continue;

		uint64_t behind = extent->len - skipped - len;

		if (skipped && behind) {
			int rc = insert_extent(space, i + 1, start + len, behind);

			if (rc)
				return rc;
			space->free[i].len = skipped;
		} else if (skipped) {
			extent->len = skipped;
		} else if (behind) {
			extent->start += len;
			extent->len = behind;
		} else {
			remove_extent(space, i);
		}
		*iova = start;
		return 0;
	}
	return -ENOSPC;
}

int iova_free(struct iova_space *space, uint64_t iova, uint64_t len)
{
	size_t next = extent_above(space, iova);
	struct iova_extent *above = next < space->nr_free ? &space->free[next] : NULL;
	struct iova_extent *below = next ? &space->free[next - 1] : NULL;
	bool joins_above = above && above->start == iova + len;
	bool joins_below = below && below->start + below->len == iova;

	if (joins_above && joins_below) {
		below->len += len + above->len;
		remove_extent(space, next);
	} else if (joins_below) {
		below->len += len;
	} else if (joins_above) {
		above->start = iova;
		above->len += len;
	} else {
		return insert_extent(space, next, iova, len);
	}
	return 0;
}
