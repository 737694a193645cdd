/* SPDX-License-Identifier: MIT */
/*
 * DMA memory. A region is memory that the controller can reach under one contiguous range of I/O
 * virtual addresses, with its PRP lists (Base 2.1, section 4.3.1) written once when it is mapped,
 * so that a command of any length needs nothing built.
 *
 * Regions belong to a controller and end with it. All functions here are thread-safe.
 */
#ifndef ZNVME_MEM_H
#define ZNVME_MEM_H

#include "spec/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct znvme_ctrl;

/* Read-only for users; the fields are what the inline functions of <znvme/cmd.h> need. */
struct znvme_region {
	char *addr;	    /* where the memory is for the host */
	size_t len;	    /* bytes */
	uint64_t iova;	    /* where it is for the controller; a multiple of the memory page size */
	uint64_t prp_list;  /* IOVA of its PRP list; 0 where two entries always suffice */
	uint64_t prp_list2; /* IOVA of the list shifted by half a page; 0 where never needed */
	uint32_t page_shift; /* memory page size as a power of two: 12 + CC.MPS */
	uint32_t flags;	     /* of enum znvme_mem_flags */
};

enum znvme_mem_flags {
	ZNVME_MEM_READ_ONLY = 1, /* the controller may read it only: data for writes */
};

/*
 * Zeroed, page-aligned DMA memory of at least `len` bytes (rounded up to whole pages), by huge
 * pages where the system has some free and `len` is a multiple of their size. -EINVAL for 0;
 * -ENOMEM where memory, locked memory, mappings or IOVA space run out: the message says which, its
 * limit, and what raises it.
 */
int znvme_mem_alloc(struct znvme_ctrl *ctrl, size_t len, struct znvme_region **region);

/*
 * Let the controller reach the caller's own memory: `addr` and `len` are multiples of the page size
 * (sysconf(_SC_PAGESIZE)); malloc'd, file-backed and shared memory all serve. The memory stays the
 * caller's and must stay mapped until znvme_mem_free(). -EINVAL where it is not aligned; -EEXIST
 * where it overlaps a region that is mapped already; -EFAULT where it is not all readable and
 * writable memory of the process.
 */
int znvme_mem_map(struct znvme_ctrl *ctrl, void *addr, size_t len, unsigned flags,
		  struct znvme_region **region);

/*
 * Undo either of the above. -EBUSY while a command in flight uses the region, which then stays as
 * it is. No other thread may be preparing commands with this region meanwhile. NULL is allowed.
 */
int znvme_mem_free(struct znvme_ctrl *ctrl, struct znvme_region *region);

/* The region that holds all of [buf, buf + len), or NULL. */
struct znvme_region *znvme_mem_find(struct znvme_ctrl *ctrl, const void *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif
