/* SPDX-License-Identifier: MIT */
/*
 * Commands that carry metadata and protection information: NVM 1.1, sections 3.3 and 5.3.2.
 */
#include <errno.h>

#include "znvme/cmd.h"
#include "znvme/pi.h"
#include "znvme/spec/zns.h"

int znvme_sqe_set_metadata(struct znvme_sqe *sqe, const struct znvme_region *region,
			   const void *metadata, size_t len)
{
	const uint64_t off = (uint64_t)((uintptr_t)metadata - (uintptr_t)region->addr);

	if (len - 1 >= region->len || off > region->len - len || off % 4)
		return -EINVAL;
	sqe->mptr = region->iova + off;
	return 0;
}

int znvme_sqe_set_pi(struct znvme_sqe *sqe, const struct znvme_ns *ns, const struct znvme_pi *pi)
{
	const unsigned ref_bits = znvme_pi_ref_tag_bits(ns);
	const unsigned __int128 one = 1;
	uint32_t bits = ZNVME_RW_PRINFO | ZNVME_RW_STC;
	unsigned __int128 tags;

	if (sqe->opcode == ZNVME_CMD_ZONE_APPEND)
		bits |= ZNVME_APPEND_PIREMAP;
	if (pi->prinfo & ~bits || pi->ref_tag >= one << ref_bits ||
	    pi->storage_tag >= one << znvme_pi_storage_tag_bits(ns))
		return -EINVAL;
	tags = (unsigned __int128)pi->storage_tag << ref_bits | pi->ref_tag;
	sqe->cdw2 = (uint32_t)(tags >> 64);
	sqe->cdw3 = (uint32_t)(tags >> 32);
	sqe->cdw12 |= pi->prinfo;
	sqe->cdw14 = (uint32_t)tags;
	sqe->cdw15 = (uint32_t)(znvme_field_put(ZNVME_RW_LBAT, pi->app_tag) |
				znvme_field_put(ZNVME_RW_LBATM, pi->app_tag_mask));
	return 0;
}

int znvme_prep_rw_pi(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint8_t opcode,
		     const struct znvme_region *region, const void *buf,
		     const struct znvme_region *metadata_region, const void *metadata,
		     uint64_t slba, uint32_t nlb, const struct znvme_pi *pi)
{
	const bool stripped = pi && znvme_pi_is_stripped(ns, pi->prinfo);
	const bool separate = ns->metadata_size && !ns->metadata_extended && !stripped;
	int rc = 0;

	znvme_sqe_set_range(sqe, ns, opcode, slba, nlb);
	if (nlb - 1 >= ns->max_nlb || (separate && !metadata) ||
	    (ns->metadata_extended && metadata))
		return -EINVAL;
	if (separate)
		rc = znvme_sqe_set_metadata(sqe, metadata_region, metadata,
					    (size_t)nlb * ns->metadata_size);
	if (!rc && pi)
		rc = znvme_sqe_set_pi(sqe, ns, pi);
	if (!rc)
		rc = znvme_sqe_set_buffer(sqe, region, buf,
					  (size_t)nlb *
						  (stripped ? ns->block_size : ns->lba_bytes));
	return rc;
}
