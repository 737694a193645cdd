/* SPDX-License-Identifier: MIT */
/*
 * Blocking I/O on namespaces whose blocks have metadata. Where these are protection information and
 * nothing else, the controller inserts, checks and strips it, and data go as in any namespace.
 * Where there is more of them, both go through the bounce buffer: protection information is then
 * generated and checked by the host, and by the controller as well; all other metadata are zeroes,
 * and ignored.
 */
#ifndef IO_METADATA_H
#define IO_METADATA_H

#include "znvme/cmd.h"
#include "znvme/pi.h"

/* Whether data and metadata must go through the bounce buffer. */
bool metadata_is_packed(const struct znvme_ns *ns);

/* Bytes of a block in the bounce buffer. */
size_t metadata_block_bytes(const struct znvme_ns *ns);

/* znvme_prep_rw() for `nlb` blocks at `data`, which are in the bounce buffer where they are packed.
 */
int metadata_prep(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint8_t opcode,
		  const struct znvme_region *region, void *data, uint64_t slba, uint32_t nlb);

/* From the user's buffer into the bounce buffer. */
int metadata_pack(const struct znvme_ns *ns, char *bounce, const char *user, uint64_t slba,
		  uint32_t nlb);

/* And back: 0, or the status of what the host found wrong, with a message. */
int metadata_unpack(const struct znvme_ns *ns, const char *bounce, char *user, uint64_t slba,
		    uint32_t nlb);

#endif
