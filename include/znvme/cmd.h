/* SPDX-License-Identifier: MIT */
/*
 * Command constructors: pure functions that fill a submission queue entry, all 64 bytes but the
 * command identifier, and do nothing else. Block counts are 1-based. They return 0, or -EINVAL with
 * the entry undefined (give it back with znvme_put_sqe()): a buffer not wholly inside its region or
 * not dword-aligned, a count of 0 or beyond what one command can do. The range of blocks is left to
 * the controller to check.
 *
 * The caller sets the rest afterwards: flags of CDW12 (FUA, LR, …) are or-ed into `sqe->cdw12`, and
 * a namespace with separate metadata wants `sqe->mptr`.
 */
#ifndef ZNVME_CMD_H
#define ZNVME_CMD_H

#include <errno.h>

#include "mem.h"
#include "ns.h"
#include "queue.h"
#include "spec/cmd.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Data pointers in a page of a PRP list; the last slot is the pointer to the next page. */
#define ZNVME_PRP_PER_PAGE(page_shift) ((1u << ((page_shift)-3)) - 1)

/* By how many entries a region's second PRP list is shifted against its first. */
#define ZNVME_PRP_SHIFT(page_shift) (ZNVME_PRP_PER_PAGE(page_shift) / 2)

/*
 * The IOVA, in the PRP list of `region`, from which `count` entries give the memory pages from
 * `page` on.
 *
 * A list page has `per` data entries and a pointer to the next list page in its last slot. The
 * controller takes that last slot for data, though, when it is the last entry that the command
 * needs (Base 2.1, section 4.3.1): such a command takes the second list, which holds the same pages
 * half a list page further on.
 */
static inline uint64_t znvme_prp_list(const struct znvme_region *region, uint64_t page,
				      uint64_t count)
{
	const uint32_t per = ZNVME_PRP_PER_PAGE(region->page_shift);
	/* By the constant, a multiplication; a division only where memory pages are larger. */
	uint64_t list_page = ZNVME_LIKELY(per == 511) ? (uint32_t)page / 511 : page / per;
	uint64_t behind = page - list_page * per + count; /* entries of the list page it needs */

	if (ZNVME_UNLIKELY(behind > per && behind % per == 1)) {
		page += ZNVME_PRP_SHIFT(region->page_shift);
		return region->prp_list2 + (page + page / per) * 8;
	}
	return region->prp_list + (page + list_page) * 8;
}

/* Have `sqe` transfer `len` bytes at `buf` in `region`, by PRPs. Sets PRP1 and PRP2 and nothing
 * else. */
static inline int znvme_sqe_set_buffer(struct znvme_sqe *sqe, const struct znvme_region *region,
				       const void *buf, size_t len)
{
	uint64_t off = (uint64_t)((uintptr_t)buf - (uintptr_t)region->addr);

	if (ZNVME_UNLIKELY(len - 1 >= region->len || off > region->len - len || (off & 3)))
		return -EINVAL;

	uint64_t first = off >> region->page_shift;
	uint64_t last = (off + len - 1) >> region->page_shift;

	sqe->dptr.prp.prp1 = region->iova + off;
	if (last - first < 2)
		sqe->dptr.prp.prp2 =
			last == first ? 0 : region->iova + (last << region->page_shift);
	else
		sqe->dptr.prp.prp2 = znvme_prp_list(region, first + 1, last - first);
	return 0;
}

/* Every field of `sqe` but the identifier and the data pointer: opcode, namespace, and zero. */
static inline void znvme_sqe_start(struct znvme_sqe *sqe, uint8_t opcode, uint32_t nsid)
{
	sqe->opcode = opcode;
	sqe->flags = 0;
	sqe->nsid = nsid;
	sqe->cdw2 = 0;
	sqe->cdw3 = 0;
	sqe->mptr = 0;
	sqe->cdw13 = 0;
	sqe->cdw14 = 0;
	sqe->cdw15 = 0;
}

/* A command on `nlb` blocks from `slba`, data pointer apart. */
static inline int znvme_sqe_set_range(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				      uint8_t opcode, uint64_t slba, uint32_t nlb, uint32_t max_nlb)
{
	if (ZNVME_UNLIKELY(nlb - 1 >= max_nlb))
		return -EINVAL;
	znvme_sqe_start(sqe, opcode, ns->nsid);
	sqe->cdw10 = (uint32_t)slba;
	sqe->cdw11 = (uint32_t)(slba >> 32);
	sqe->cdw12 = nlb - 1;
	return 0;
}

static inline int znvme_prep_rw(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint8_t opcode,
				const struct znvme_region *region, const void *buf, uint64_t slba,
				uint32_t nlb)
{
	int rc = znvme_sqe_set_range(sqe, ns, opcode, slba, nlb, ns->max_nlb);

	if (ZNVME_UNLIKELY(rc))
		return rc;
	return znvme_sqe_set_buffer(sqe, region, buf, (size_t)nlb * ns->lba_bytes);
}

static inline int znvme_prep_nodata(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				    uint8_t opcode, uint64_t slba, uint32_t nlb)
{
	sqe->dptr.prp.prp1 = 0;
	sqe->dptr.prp.prp2 = 0;
	return znvme_sqe_set_range(sqe, ns, opcode, slba, nlb, 65536);
}

/* Read `nlb` blocks from `slba` into `buf`, nlb × ns->lba_bytes bytes of `region`. NVM 1.1,
 * section 3.3.4. */
static inline int znvme_prep_read(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				  const struct znvme_region *region, void *buf, uint64_t slba,
				  uint32_t nlb)
{
	return znvme_prep_rw(sqe, ns, ZNVME_CMD_READ, region, buf, slba, nlb);
}

/* Write. NVM 1.1, section 3.3.6. */
static inline int znvme_prep_write(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				   const struct znvme_region *region, const void *buf,
				   uint64_t slba, uint32_t nlb)
{
	return znvme_prep_rw(sqe, ns, ZNVME_CMD_WRITE, region, buf, slba, nlb);
}

/* Compare: ZNVME_SC_COMPARE_FAILURE where the medium differs from `buf`. NVM 1.1, section 3.3.1. */
static inline int znvme_prep_compare(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				     const struct znvme_region *region, const void *buf,
				     uint64_t slba, uint32_t nlb)
{
	return znvme_prep_rw(sqe, ns, ZNVME_CMD_COMPARE, region, buf, slba, nlb);
}

/* Write Zeroes to 1 to 65,536 blocks; no data goes over the bus. NVM 1.1, section 3.3.8. */
static inline int znvme_prep_write_zeroes(struct znvme_sqe *sqe, const struct znvme_ns *ns,
					  uint64_t slba, uint32_t nlb)
{
	return znvme_prep_nodata(sqe, ns, ZNVME_CMD_WRITE_ZEROES, slba, nlb);
}

/* Write Uncorrectable: reads of these blocks fail until they are written. NVM 1.1, section 3.3.7.
 */
static inline int znvme_prep_write_uncorrectable(struct znvme_sqe *sqe, const struct znvme_ns *ns,
						 uint64_t slba, uint32_t nlb)
{
	return znvme_prep_nodata(sqe, ns, ZNVME_CMD_WRITE_UNCORRECTABLE, slba, nlb);
}

/* Verify: the controller reads and checks, and sends nothing. NVM 1.1, section 3.3.5. */
static inline int znvme_prep_verify(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint64_t slba,
				    uint32_t nlb)
{
	return znvme_prep_nodata(sqe, ns, ZNVME_CMD_VERIFY, slba, nlb);
}

/* Flush: all completed writes of the namespace go to the medium. Base 2.1, section 7.2. */
static inline void znvme_prep_flush(struct znvme_sqe *sqe, const struct znvme_ns *ns)
{
	znvme_sqe_start(sqe, ZNVME_CMD_FLUSH, ns->nsid);
	sqe->dptr.prp.prp1 = 0;
	sqe->dptr.prp.prp2 = 0;
	sqe->cdw10 = 0;
	sqe->cdw11 = 0;
	sqe->cdw12 = 0;
}

/*
 * Dataset Management on `nr` (1 to 256) ranges at `ranges`, in `region`; `attributes` of
 * ZNVME_DSM_IDR, _IDW, _AD. NVM 1.1, section 3.3.3.
 */
static inline int znvme_prep_dsm(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				 const struct znvme_region *region,
				 const struct znvme_dsm_range *ranges, unsigned nr,
				 uint32_t attributes)
{
	if (nr - 1 >= ZNVME_DSM_MAX_RANGES)
		return -EINVAL;
	znvme_sqe_start(sqe, ZNVME_CMD_DSM, ns->nsid);
	sqe->cdw10 = nr - 1;
	sqe->cdw11 = attributes;
	sqe->cdw12 = 0;
	return znvme_sqe_set_buffer(sqe, region, ranges, nr * sizeof(*ranges));
}

#ifdef __cplusplus
}
#endif

#endif
