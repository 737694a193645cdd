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
	char *addr;	       /* where the memory is for the host */
	uint64_t inline_pages; /* len in memory pages, where those are 4 KiB; else 0 */
	uint64_t iova_off;     /* iova less addr */
	uint64_t prp_list;     /* IOVA of its PRP list, see znvme_prp_list() */
	size_t len;	       /* bytes */
	uint64_t iova;	   /* where it is for the controller; a multiple of the memory page size */
	uint64_t chain[2]; /* IOVA of its chained PRP lists, for long transfers */
	uint32_t page_shift; /* memory page size as a power of two: 12 + CC.MPS */
	uint32_t flags;	     /* of enum znvme_mem_flags */
};
/* The fields before it are what a queue keeps of the region that it used last. */
ZNVME_ASSERT_OFFSET(struct znvme_region, len, 32);

/*
 * Which region an address is in, for all threads without a lock: a table of three levels by bits
 * 47:36, 35:24 and 23:12 of the address. What is in no region leads to one without memory.
 */
#define ZNVME_TABLE_MASK 4095u

struct znvme_region_leaf {
	const struct znvme_region *regions[ZNVME_TABLE_MASK + 1];
};

struct znvme_region_branch {
	struct znvme_region_leaf *leaves[ZNVME_TABLE_MASK + 1];
};

struct znvme_region_table {
	struct znvme_region_branch *branches[ZNVME_TABLE_MASK + 1];
};

static inline const struct znvme_region *znvme_region_at(const struct znvme_region_table *table,
							 const void *addr)
{
	const uint64_t a = (uint64_t)(uintptr_t)addr;
	const struct znvme_region_branch *branch =
		__atomic_load_n(&table->branches[a >> 36 & ZNVME_TABLE_MASK], __ATOMIC_ACQUIRE);
	const struct znvme_region_leaf *leaf =
		__atomic_load_n(&branch->leaves[a >> 24 & ZNVME_TABLE_MASK], __ATOMIC_ACQUIRE);

	return __atomic_load_n(&leaf->regions[a >> 12 & ZNVME_TABLE_MASK], __ATOMIC_ACQUIRE);
}

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
 * Undo either of the above. -EBUSY while a command in flight uses the region, or a controller data
 * queue lies in it, which then stays as it is. No other thread may be preparing commands with this
 * region meanwhile. NULL is allowed.
 */
int znvme_mem_free(struct znvme_ctrl *ctrl, struct znvme_region *region);

/*
 * A region of `len` bytes (rounded up to whole pages) in the Controller Memory Buffer (Base 2.1,
 * section 8.2.1): for data that the host has no need of, such as what is read from one place to be
 * written to another. It is the device's memory, slow to read and not to be trusted, holds anything
 * at first, and nothing that was there after a reset counts. Given back by znvme_mem_free().
 * -EOPNOTSUPP where the controller has none that takes data both ways; -ENOSPC where it is full.
 */
int znvme_mem_alloc_cmb(struct znvme_ctrl *ctrl, size_t len, struct znvme_region **region);

/* The Persistent Memory Region of a controller: memory of the device that outlives power loss. */
struct znvme_pmr {
	void *addr; /* by plain loads and stores */
	size_t len; /* bytes */
	/* The same for data of commands; NULL where the controller does not take it for that. */
	struct znvme_region *region;
};

/*
 * Enable the Persistent Memory Region (Base 2.1, section 8.2.4) and map it: *pmr is valid until
 * znvme_pmr_disable() or znvme_close(), also over resets. -EOPNOTSUPP where there is none;
 * -ETIMEDOUT where it does not become ready in the time that the controller names; -EBUSY where it
 * is enabled already.
 */
int znvme_pmr_enable(struct znvme_ctrl *ctrl, struct znvme_pmr *pmr);

/*
 * What was stored there before is persistent when this returns 0. -EIO where the controller says
 * that the memory is read-only, unreliable, or could not be restored (PMRSTS): the message says
 * which. Thread-safe.
 */
int znvme_pmr_barrier(struct znvme_ctrl *ctrl);

/* -EBUSY while a command in flight uses it, or another thread is enabling it. */
int znvme_pmr_disable(struct znvme_ctrl *ctrl);

/* The region that holds all of [buf, buf + len), or NULL. */
struct znvme_region *znvme_mem_find(struct znvme_ctrl *ctrl, const void *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif
