/* SPDX-License-Identifier: MIT */
/*
 * Fused commands: a pair that the controller carries out as one (Base 2.1, section 3.4.2). There is
 * one such pair, Compare and Write (NVM 1.1, section 2.1.3): the blocks are written if they are
 * what they are expected to be, and nobody else's write comes between.
 *
 *   znvme_get_fused(q, my_compare, my_write, &pair);                 two entries, or none
 *   znvme_prep_compare_and_write(&pair, ns, region, old, new, slba, nlb);
 *   znvme_submit(q);                                                 both, by one doorbell
 *
 * The two must be the controller's at the same time: submit after the second one is built, never
 * between. Each completes once, in any order. Where the first one fails (Compare Failure says that
 * the blocks are others), the second one ends with ZNVME_SC_ABORT_FUSED_FAILED and has done
 * nothing. An Abort, as at the end of a deadline, is for one of the two; each has its own, and what
 * is aborted may have been done all the same.
 *
 * The controller says in Identify Controller's FUSES whether it has the pair, and up to how many
 * blocks (struct znvme_ns_limits, atomic_compare_write).
 */
#ifndef ZNVME_FUSED_H
#define ZNVME_FUSED_H

#include "cmd.h"

#ifdef __cplusplus
extern "C" {
#endif

struct znvme_fused {
	struct znvme_sqe *first;
	struct znvme_sqe *second;
};

/*
 * Two adjacent entries of the submission queue, the ring's last and its first included; `first` and
 * `second` come back with the completions. -EAGAIN, and none taken, where there is no room for
 * both.
 */
static inline int znvme_get_fused(struct znvme_queue *q, void *first, void *second,
				  struct znvme_fused *pair)
{
	pair->first = znvme_get_sqe(q, first);
	if (!pair->first)
		return -EAGAIN;
	pair->second = znvme_get_sqe(q, second);
	if (pair->second)
		return 0;
	znvme_put_sqe(q, pair->first);
	pair->first = NULL;
	return -EAGAIN;
}

/* Give back the pair that was got last, unsubmitted. */
static inline void znvme_put_fused(struct znvme_queue *q, struct znvme_fused *pair)
{
	znvme_put_sqe(q, pair->second);
	znvme_put_sqe(q, pair->first);
}

/*
 * Write `nlb` blocks from `slba` out of `wanted` if they are as in `expected`; both in `region`.
 * -EINVAL as for other constructors, with both entries undefined: znvme_put_fused().
 */
static inline int znvme_prep_compare_and_write(struct znvme_fused *pair, const struct znvme_ns *ns,
					       const struct znvme_region *region,
					       const void *expected, const void *wanted,
					       uint64_t slba, uint32_t nlb)
{
	int rc = znvme_prep_compare(pair->first, ns, region, expected, slba, nlb);

	if (!rc)
		rc = znvme_prep_write(pair->second, ns, region, wanted, slba, nlb);
	pair->first->flags |= ZNVME_SQE_FUSE_FIRST;
	pair->second->flags |= ZNVME_SQE_FUSE_SECOND;
	return rc;
}

#ifdef __cplusplus
}
#endif

#endif
