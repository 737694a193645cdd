/* SPDX-License-Identifier: MIT */
/*
 * Copy (NVM 1.1, section 3.3.2): blocks from one or several places to another, without passing
 * through the host. Constructors of the command and of its source ranges, as those of
 * <znvme/cmd.h>; <znvme/limits.h> tells how much one command may copy.
 */
#ifndef ZNVME_COPY_H
#define ZNVME_COPY_H

#include "cmd.h"
#include "spec/copy.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a source range entry of this format; 0 where there is no such format. */
static inline size_t znvme_copy_range_size(unsigned format)
{
	if (format >= ZNVME_COPY_FORMATS)
		return 0;
	return format & 1 ? sizeof(struct znvme_copy_range_ext) : sizeof(struct znvme_copy_range);
}

/*
 * The `i`-th source range, of `nlb` blocks (1 to 65,536) from `slba`, in an array of such entries
 * at `ranges`, which has room for it. `snsid` is the source namespace in formats 2 and 3, and
 * ignored otherwise. Tags are 0. -EINVAL for a count of 0 or too many, and for an unknown format.
 */
static inline int znvme_copy_set_range(void *ranges, unsigned format, unsigned i, uint32_t snsid,
				       uint64_t slba, uint32_t nlb)
{
	struct znvme_copy_range range;
	size_t size = znvme_copy_range_size(format);
	char *at = (char *)ranges + i * size;

	if (!size || nlb - 1 >= 65536)
		return -EINVAL;
	__builtin_memset(&range, 0, sizeof(range));
	range.snsid = format >= ZNVME_COPY_FORMAT_2 ? snsid : 0;
	range.slba = slba;
	range.nlb = (uint16_t)(nlb - 1);
	/* The longer entry begins as the shorter one does. */
	__builtin_memset(at, 0, size);
	__builtin_memcpy(at, &range, sizeof(range));
	return 0;
}

/*
 * Copy `nr` (1 to 256) source ranges at `ranges`, in `region`, to the blocks from `sdlba` of `ns`.
 * Formats 2 and 3 must have been enabled: see znvme_copy_enable(). Where the command fails, dword 0
 * of its result is the number of the first range that was not copied.
 */
static inline int znvme_prep_copy(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint64_t sdlba,
				  unsigned format, const struct znvme_region *region,
				  const void *ranges, unsigned nr)
{
	size_t size = znvme_copy_range_size(format);

	if (!size || nr - 1 >= ZNVME_COPY_MAX_RANGES)
		return -EINVAL;
	znvme_sqe_set_range(sqe, ns, ZNVME_CMD_COPY, sdlba, nr);
	sqe->cdw12 |= (uint32_t)znvme_field_put(ZNVME_COPY_DESFMT, format);
	return znvme_sqe_set_buffer(sqe, region, ranges, nr * size);
}

/*
 * Have the controller take source ranges of `format` (Host Behavior Support, 16h), beside what is
 * set there already; formats 0 and 1 need none of it. Kept over a reset. 0, -EINVAL for a format
 * that there is not, -EOPNOTSUPP where the controller has not got it, another negative errno or a
 * positive status.
 */
int znvme_copy_enable(struct znvme_ctrl *ctrl, unsigned format);

#ifdef __cplusplus
}
#endif

#endif
