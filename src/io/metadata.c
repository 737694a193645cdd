/* SPDX-License-Identifier: MIT */
/*
 * See metadata.h. NVM Command Set 1.1, section 5.3.
 */
#include <string.h>

#include "io/metadata.h"

bool metadata_is_packed(const struct znvme_ns *ns)
{
	return ns->metadata_size && !znvme_pi_is_stripped(ns, ZNVME_RW_PRACT);
}

size_t metadata_block_bytes(const struct znvme_ns *ns)
{
	return ns->block_size + (metadata_is_packed(ns) ? ns->metadata_size : 0u);
}

/* Where separate metadata are: behind the data of all blocks. NULL where they are extended. */
static char *separate(const struct znvme_ns *ns, const char *bounce, uint32_t nlb)
{
	return ns->metadata_extended ? NULL
				     : (char *)(uintptr_t)bounce + (size_t)nlb * ns->block_size;
}

int metadata_prep(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint8_t opcode,
		  const struct znvme_region *region, void *data, uint64_t slba, uint32_t nlb)
{
	const bool packed = metadata_is_packed(ns);
	struct znvme_pi pi;

	znvme_pi_init(&pi, ns, slba);
	if (!packed)
		pi.prinfo |= ZNVME_RW_PRACT;
	return znvme_prep_rw_pi(sqe, ns, opcode, region, data, region,
				packed ? separate(ns, data, nlb) : NULL, slba, nlb,
				ns->pi_type ? &pi : NULL);
}

int metadata_pack(const struct znvme_ns *ns, char *bounce, const char *user, uint64_t slba,
		  uint32_t nlb)
{
	char *metadata = separate(ns, bounce, nlb);
	struct znvme_pi pi;

	memset(bounce, 0, nlb * metadata_block_bytes(ns));
	for (uint32_t i = 0; i < nlb; i++)
		memcpy(bounce + (size_t)i * ns->lba_bytes, user + (size_t)i * ns->block_size,
		       ns->block_size);
	if (!ns->pi_type)
		return 0;
	znvme_pi_init(&pi, ns, slba);
	return znvme_pi_generate(ns, bounce, metadata, nlb, &pi);
}

int metadata_unpack(const struct znvme_ns *ns, const char *bounce, char *user, uint64_t slba,
		    uint32_t nlb)
{
	struct znvme_pi pi;
	int rc = 0;

	znvme_pi_init(&pi, ns, slba);
	if (ns->pi_type)
		rc = znvme_pi_check(ns, bounce, separate(ns, bounce, nlb), slba, nlb, &pi, NULL);
	for (uint32_t i = 0; i < nlb && !rc; i++)
		memcpy(user + (size_t)i * ns->block_size, bounce + (size_t)i * ns->lba_bytes,
		       ns->block_size);
	return rc;
}
