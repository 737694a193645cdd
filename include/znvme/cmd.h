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

/* What the inline functions below take memory pages to be; other sizes go out of line. */
#define ZNVME_PAGE_SHIFT 12
#define ZNVME_PAGE_SIZE	 4096u

/* Most entries that a command can take from a region's PRP list: for 1 MiB at any offset. */
#define ZNVME_PRP_RUN 256u

/*
 * The same as znvme_sqe_set_buffer(), for every case: buffers that are not page-aligned, transfers
 * of more than 1 MiB, memory pages of another size.
 */
int znvme_sqe_set_any_buffer(struct znvme_sqe *sqe, const struct znvme_region *region,
			     const void *buf, size_t len);

/* The same for the entry and the slot that were taken last, which it gives back where that fails.
 */
int znvme_queue_any(struct znvme_queue *queue, struct znvme_sqe *sqe, struct znvme_slot *slot,
		    const struct znvme_region *region, const void *buf, size_t len);

/*
 * The IOVA, in the PRP list of a region at `list`, of the entries for the pages behind `page`, up
 * to ZNVME_PRP_RUN of them. The list's pages overlap by half: each has the entries for 512 pages,
 * and the next starts 256 pages further on. So no command ever reaches the last entry of one, which
 * the controller might take for a pointer to the next (Base 2.1, section 4.3.1).
 */
static inline uint64_t znvme_prp_list(uint64_t list, uint64_t page)
{
	return list + 8 * (page + (page & ~(uint64_t)255));
}

/* The page of a region that a page-aligned offset is the start of; any other offset gives more
 * than a region has pages. */
static inline uint64_t znvme_page_of(uint64_t off)
{
	return off >> ZNVME_PAGE_SHIFT | off << (64 - ZNVME_PAGE_SHIFT);
}

/* Whether a page-aligned buffer that takes `more` pages behind the first one, at `page`, is in a
 * region of `pages` pages, and short enough for its PRP list. */
static inline bool znvme_is_inline(uint64_t pages, uint64_t page, uint64_t more)
{
	uint64_t last;

	return ZNVME_LIKELY(!__builtin_add_overflow(page, more, &last)) &&
	       ZNVME_LIKELY(last < pages) && ZNVME_LIKELY(more <= ZNVME_PRP_RUN);
}

/* PRP1 and PRP2 for it. */
static inline void znvme_sqe_set_pages(struct znvme_sqe *sqe, uint64_t prp1, const uint64_t *list,
				       uint64_t page, uint64_t more)
{
	sqe->dptr.prp.prp1 = prp1;
	if (more == 0)
		sqe->dptr.prp.prp2 = 0;
	else if (more == 1)
		sqe->dptr.prp.prp2 = prp1 + ZNVME_PAGE_SIZE;
	else
		sqe->dptr.prp.prp2 = znvme_prp_list(*list, page);
}

/* Have `sqe` transfer `len` bytes at `buf` in `region`, by PRPs. Sets PRP1 and PRP2 and nothing
 * else. */
static inline int znvme_sqe_set_buffer(struct znvme_sqe *sqe, const struct znvme_region *region,
				       const void *buf, size_t len)
{
	const uint64_t page = znvme_page_of((uintptr_t)buf - (uintptr_t)region->addr);
	const uint64_t more = (len - 1) >> ZNVME_PAGE_SHIFT;

	if (ZNVME_UNLIKELY(!znvme_is_inline(region->inline_pages, page, more)))
		return znvme_sqe_set_any_buffer(sqe, region, buf, len);
	znvme_sqe_set_pages(sqe, (uintptr_t)buf + region->iova_off, &region->prp_list, page, more);
	return 0;
}

/*
 * The same by an SGL data block descriptor (Base 2.1, section 4.3.2), where the controller takes
 * them in I/O commands (znvme_ctrl_info.sgl): the cost is the same for every length and alignment.
 * Sets the descriptor and PSDT.
 */
static inline int znvme_sqe_set_buffer_sgl(struct znvme_sqe *__restrict sqe,
					   const struct znvme_region *__restrict region,
					   const void *buf, size_t len)
{
	uint64_t off = (uint64_t)((uintptr_t)buf - (uintptr_t)region->addr);

	if (ZNVME_UNLIKELY(len - 1 >= region->len || off > region->len - len || off % 4 ||
			   len > UINT32_MAX))
		return -EINVAL;
	sqe->flags = ZNVME_SQE_PSDT_SGL;
	sqe->dptr.prp.prp1 = (uint64_t)(uintptr_t)buf + region->iova_off;
	/* The length, and a type of zero in the last byte. */
	sqe->dptr.prp.prp2 = len;
	return 0;
}

/* Every field of `sqe` but the identifier, the data pointer and dwords 10 to 13: opcode, namespace,
 * and zero. */
static inline void znvme_sqe_start(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint8_t opcode)
{
	uint64_t dword01;
	uint32_t dword0;

	__builtin_memcpy(&dword0, &sqe->opcode, 4);
	dword01 = (dword0 & 0xffff0000) | opcode | ns->dword01;
	__builtin_memcpy(&sqe->opcode, &dword01, 8);
	sqe->cdw2 = 0;
	sqe->cdw3 = 0;
	sqe->mptr = 0;
	sqe->cdw14 = 0;
	sqe->cdw15 = 0;
}

/* A command on `nlb` blocks from `slba`, data pointer apart. */
static inline void znvme_sqe_set_range(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				       uint8_t opcode, uint64_t slba, uint32_t nlb)
{
	const uint64_t dword12 = nlb - 1; /* and zero in dword 13 */

	znvme_sqe_start(sqe, ns, opcode);
	__builtin_memcpy(&sqe->cdw10, &slba, 8);
	__builtin_memcpy(&sqe->cdw12, &dword12, 8);
}

static inline int znvme_prep_rw(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint8_t opcode,
				const struct znvme_region *region, const void *buf, uint64_t slba,
				uint32_t nlb)
{
	znvme_sqe_set_range(sqe, ns, opcode, slba, nlb);
	if (ZNVME_UNLIKELY(nlb - 1 >= ns->max_nlb))
		return -EINVAL;
	return znvme_sqe_set_buffer(sqe, region, buf, (size_t)nlb * ns->lba_bytes);
}

static inline int znvme_prep_rw_sgl(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				    uint8_t opcode, const struct znvme_region *region,
				    const void *buf, uint64_t slba, uint32_t nlb)
{
	znvme_sqe_set_range(sqe, ns, opcode, slba, nlb);
	if (ZNVME_UNLIKELY(nlb - 1 >= ns->max_nlb))
		return -EINVAL;
	return znvme_sqe_set_buffer_sgl(sqe, region, buf, (size_t)nlb * ns->lba_bytes);
}

/* 16 bytes to store at once. */
typedef uint64_t znvme_u64x2 __attribute__((vector_size(16)));

/*
 * Reads or writes of one length: what is the same for each, worked out once by znvme_rw_init().
 * Keep it in a local variable, whose parts a compiler can hold in registers.
 */
struct znvme_rw {
	znvme_u64x2 dword12; /* dwords 12 to 15 */
	uint64_t dword01;    /* dwords 0 and 1 but the command identifier */
	uint64_t more;	     /* pages behind the first that a page-aligned buffer takes */
	size_t len;	     /* bytes */
	/* Of the region, where there is one. */
	const struct znvme_region *region;
	uint64_t addr;
	uint64_t iova_off;
	uint64_t nr_starts; /* pages at which such a buffer can start */
	uint64_t prp_list;
};

/*
 * `opcode` on `nlb` blocks of `ns`, `flags` in CDW12 (ZNVME_RW_FUA, …), and with buffers in
 * `region`: NULL for buffers in any region, which znvme_queue_rw_anywhere() takes. 0, or -EINVAL
 * where a command cannot move that many.
 */
static inline int znvme_rw_init(struct znvme_rw *rw, const struct znvme_ns *ns, uint8_t opcode,
				uint32_t nlb, uint32_t flags, const struct znvme_region *region)
{
	const znvme_u64x2 dword12 = {(nlb - 1) | flags, 0};

	if (nlb - 1 >= ns->max_nlb) {
		/* One that no command can be like. */
		__builtin_memset(rw, 0, sizeof(*rw));
		rw->more = UINT64_MAX;
		return -EINVAL;
	}
	rw->dword12 = dword12;
	rw->dword01 = opcode | ns->dword01;
	rw->len = (size_t)nlb * ns->lba_bytes;
	rw->more = (rw->len - 1) >> ZNVME_PAGE_SHIFT;
	rw->region = region;
	rw->nr_starts = 0;
	rw->addr = rw->iova_off = rw->prp_list = 0;
	if (!region)
		return 0;
	rw->addr = (uint64_t)(uintptr_t)region->addr;
	rw->iova_off = region->iova_off;
	if (rw->more < region->inline_pages && rw->more <= ZNVME_PRP_RUN)
		rw->nr_starts = region->inline_pages - rw->more;
	rw->prp_list = region->prp_list;
	return 0;
}

/* What all of them have, data pointer apart, into the entry that was got with `slot`. */
static inline void znvme_sqe_set_rw(struct znvme_sqe *sqe, const struct znvme_slot *slot,
				    const struct znvme_rw *rw, uint64_t slba)
{
	const uint64_t dword01 = slot->tag + rw->dword01;
	const znvme_u64x2 zero = {0, 0};

	__builtin_memcpy(&sqe->opcode, &dword01, 8);
	__builtin_memcpy(&sqe->cdw2, &zero, 16); /* and the metadata pointer */
	__builtin_memcpy(&sqe->cdw10, &slba, 8);
	__builtin_memcpy(&sqe->cdw12, &rw->dword12, 16);
}

/*
 * Get an entry and make it a read or write like `rw`, between the blocks from `slba` and the buffer
 * `buf`, which must be in rw's region: the cheapest way there is. `data` comes back with the
 * completion. -EAGAIN where the queue is full: reap first; -EINVAL where the buffer is not wholly
 * in the region or not dword-aligned. Submit as ever.
 */
__attribute__((always_inline)) static inline int znvme_queue_rw(struct znvme_queue *q,
								const struct znvme_rw *rw,
								const void *buf, uint64_t slba,
								void *data)
{
	const uint64_t page = znvme_page_of((uintptr_t)buf - rw->addr);
	struct znvme_slot *slot;
	struct znvme_sqe *sqe;
	uint64_t prp1, prp2 = 0;

	if (!znvme_has_room(q))
		return -EAGAIN;
	sqe = q->sqe++;
	slot = znvme_take_slot(q, data);
	znvme_sqe_set_rw(sqe, slot, rw, slba);
	if (ZNVME_UNLIKELY(page >= rw->nr_starts))
		return znvme_queue_any(q, sqe, slot, rw->region, buf, rw->len);
	prp1 = (uintptr_t)buf + rw->iova_off;
	if (ZNVME_UNLIKELY(rw->more > 1))
		prp2 = znvme_prp_list(rw->prp_list, page);
	else if (rw->more)
		prp2 = prp1 + ZNVME_PAGE_SIZE;
	sqe->dptr.prp.prp1 = prp1;
	sqe->dptr.prp.prp2 = prp2;
	znvme_use_slot(slot);
	return 0;
}

/*
 * The same with a buffer anywhere in mapped memory: in the region that the queue used last, or in
 * the one that the controller's table has for its address.
 */
__attribute__((always_inline)) static inline int znvme_queue_rw_anywhere(struct znvme_queue *q,
									 const struct znvme_rw *rw,
									 const void *buf,
									 uint64_t slba, void *data)
{
	uint64_t page = znvme_page_of((uintptr_t)buf - q->near_region.addr);
	struct znvme_slot *slot;
	struct znvme_sqe *sqe;

	if (!znvme_has_room(q))
		return -EAGAIN;
	sqe = q->sqe++;
	slot = znvme_take_slot(q, data);
	znvme_sqe_set_rw(sqe, slot, rw, slba);
	if (ZNVME_UNLIKELY(!znvme_is_inline(q->near_region.inline_pages, page, rw->more))) {
		const struct znvme_region *region = znvme_region_at(q->region_table, buf);

		/* The first four fields of both. */
		__builtin_memcpy(&q->near_region, region, sizeof(q->near_region));
		page = znvme_page_of((uintptr_t)buf - (uintptr_t)region->addr);
		if (ZNVME_UNLIKELY(!znvme_is_inline(region->inline_pages, page, rw->more)))
			return znvme_queue_any(q, sqe, slot, region, buf, rw->len);
	}
	znvme_sqe_set_pages(sqe, (uintptr_t)buf + q->near_region.iova_off, &q->near_region.prp_list,
			    page, rw->more);
	znvme_use_slot(slot);
	return 0;
}

static inline int znvme_prep_nodata(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				    uint8_t opcode, uint64_t slba, uint32_t nlb)
{
	znvme_sqe_set_range(sqe, ns, opcode, slba, nlb);
	sqe->dptr.prp.prp1 = 0;
	sqe->dptr.prp.prp2 = 0;
	return nlb - 1 < 65536 ? 0 : -EINVAL;
}

/* Read `nlb` blocks from `slba` into `buf`, nlb × ns->lba_bytes bytes of `region`. NVM 1.1,
 * section 3.3.4. */
static inline int znvme_prep_read(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				  const struct znvme_region *region, void *buf, uint64_t slba,
				  uint32_t nlb)
{
	return znvme_prep_rw(sqe, ns, ZNVME_CMD_READ, region, buf, slba, nlb);
}

/* The same by an SGL: see znvme_sqe_set_buffer_sgl(). */
static inline int znvme_prep_read_sgl(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				      const struct znvme_region *region, void *buf, uint64_t slba,
				      uint32_t nlb)
{
	return znvme_prep_rw_sgl(sqe, ns, ZNVME_CMD_READ, region, buf, slba, nlb);
}

/* Write. NVM 1.1, section 3.3.6. */
static inline int znvme_prep_write(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				   const struct znvme_region *region, const void *buf,
				   uint64_t slba, uint32_t nlb)
{
	return znvme_prep_rw(sqe, ns, ZNVME_CMD_WRITE, region, buf, slba, nlb);
}

static inline int znvme_prep_write_sgl(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				       const struct znvme_region *region, const void *buf,
				       uint64_t slba, uint32_t nlb)
{
	return znvme_prep_rw_sgl(sqe, ns, ZNVME_CMD_WRITE, region, buf, slba, nlb);
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
	znvme_sqe_start(sqe, ns, ZNVME_CMD_FLUSH);
	sqe->dptr.prp.prp1 = 0;
	sqe->dptr.prp.prp2 = 0;
	sqe->cdw10 = 0;
	sqe->cdw11 = 0;
	sqe->cdw12 = 0;
	sqe->cdw13 = 0;
}

/*
 * Cancel one command of the queue that this one is sent to: `cid` is the identifier (cid) of the
 * entry when it was got, and a command that has completed since is not found. Or with `cid` of
 * ZNVME_CID_ALL all commands of the namespace on that queue. What was cancelled completes with
 * ZNVME_SC_ABORT_REQUESTED; the result of this command has ZNVME_CANCEL_ABORTED and _DEFERRED. A
 * controller that has it says so in its Commands Supported and Effects log. Base 2.1, section 7.1.
 */
#define ZNVME_CID_ALL 0xffffu
static inline void znvme_prep_cancel(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				     const struct znvme_queue *q, uint16_t cid)
{
	znvme_sqe_start(sqe, ns, ZNVME_CMD_CANCEL);
	sqe->dptr.prp.prp1 = 0;
	sqe->dptr.prp.prp2 = 0;
	sqe->cdw10 = (uint32_t)(q->qid | znvme_field_put(ZNVME_CANCEL_CID, cid));
	sqe->cdw11 = cid == ZNVME_CID_ALL ? ZNVME_CANCEL_MULTIPLE : 0;
	sqe->cdw12 = 0;
	sqe->cdw13 = 0;
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
	znvme_sqe_start(sqe, ns, ZNVME_CMD_DSM);
	sqe->cdw10 = nr - 1;
	sqe->cdw11 = attributes;
	sqe->cdw12 = 0;
	sqe->cdw13 = 0;
	return znvme_sqe_set_buffer(sqe, region, ranges, nr * sizeof(*ranges));
}

#ifdef __cplusplus
}
#endif

#endif
