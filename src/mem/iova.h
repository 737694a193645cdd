/* SPDX-License-Identifier: MIT */
/*
 * The allocator of I/O virtual addresses: which addresses are free, within the ranges that the
 * IOMMU takes.
 *
 * IOVAs are our own and not the process's addresses: the IOMMUs of desktop machines have 39 address
 * bits. The extents that are free are kept sorted and merged; the lowest that fits is taken. Not
 * thread-safe.
 */
#ifndef MEM_IOVA_H
#define MEM_IOVA_H

#include <stddef.h>
#include <stdint.h>

#include "znvme/device.h"

struct iova_extent {
	uint64_t start;
	uint64_t len; /* bytes */
};

struct iova_space {
	struct iova_extent *free; /* ascending, never touching each other */
	size_t nr_free;
	size_t capacity;
};

/* All of the ranges but what must not be used: address 0's neighbourhood and the MSI window. */
int iova_space_init(struct iova_space *space, const struct znvme_iova_range *ranges, unsigned nr);
void iova_space_fini(struct iova_space *space);

/* `len` bytes at a multiple of `align` (a power of two). -ENOSPC where there is no such extent. */
int iova_alloc(struct iova_space *space, uint64_t len, uint64_t align, uint64_t *iova);

/* Give back what iova_alloc() gave. -ENOMEM leaves it allocated. */
int iova_free(struct iova_space *space, uint64_t iova, uint64_t len);

#endif
