/* SPDX-License-Identifier: MIT */
/*
 * Metadata and end-to-end protection information (NVM 1.1, section 5.3): the checksums, tuples in
 * metadata generated and checked by the host, and commands that carry metadata or have the
 * controller insert, check and strip the tuples.
 *
 * All functions here are pure: they work on the memory that they are given, need no controller, and
 * are thread-safe. Of a namespace they read the fields that say how blocks and metadata are laid
 * out, so a struct znvme_ns that was filled in by hand serves as well.
 */
#ifndef ZNVME_PI_H
#define ZNVME_PI_H

#include "mem.h"
#include "ns.h"
#include "spec/cmd.h"
#include "spec/identify.h"
#include "spec/pi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- checksums ----------------------------------------------------------------------------- */

/*
 * The guard's checksum over `len` bytes; `crc` is 0 to begin with, or what the bytes before gave.
 * By the processor's carry-less multiplication where it has one, which is found out once when the
 * library is loaded. NVM 1.1, section 5.3.1; T10-DIF: polynomial 8BB7h; CRC-32C: 1EDC6F41h; CRC-64
 * NVMe: AD93D23594C93659h.
 */
uint16_t znvme_crc16_t10dif(uint16_t crc, const void *data, size_t len);
uint32_t znvme_crc32c(uint32_t crc, const void *data, size_t len);
uint64_t znvme_crc64_nvme(uint64_t crc, const void *data, size_t len);

/* ---- tuples -------------------------------------------------------------------------------- */

/* A block's protection information, out of its metadata. */
struct znvme_pi_tuple {
	uint64_t guard;
	uint64_t storage_tag;
	uint64_t ref_tag;
	uint16_t app_tag;
};

/* Bits of the two tags that share a space. Of a namespace without protection information: 0. */
unsigned znvme_pi_storage_tag_bits(const struct znvme_ns *ns);
unsigned znvme_pi_ref_tag_bits(const struct znvme_ns *ns);

/*
 * The tuple in the metadata of one block, which are ns->metadata_size bytes at `metadata`, whose
 * namespace has protection information; and the other way round, where bits that do not fit are
 * dropped.
 */
void znvme_pi_get(const struct znvme_ns *ns, const void *metadata, struct znvme_pi_tuple *tuple);
void znvme_pi_put(const struct znvme_ns *ns, void *metadata, const struct znvme_pi_tuple *tuple);

/* ---- what a command says of it ------------------------------------------------------------- */

struct znvme_pi {
	uint32_t prinfo; /* what to do, as in CDW12: ZNVME_RW_PRACT, ZNVME_RW_PRCHK_GUARD, …_APP,
			    …_REF, ZNVME_RW_STC; of a Zone Append ZNVME_APPEND_PIREMAP, too */
	uint16_t app_tag;
	uint16_t app_tag_mask; /* bits of it that are checked */
	uint64_t ref_tag;      /* of the first block; ZNVME_PI_TYPE1: its LBA, low bits */
	uint64_t storage_tag;
};

/*
 * What suits most: guard checked, reference tag that of block `slba` and checked where the type has
 * it so (1 and 2), application tag 0 and not checked, storage tag 0. The caller changes what is to
 * be otherwise, or adds ZNVME_RW_PRACT.
 */
void znvme_pi_init(struct znvme_pi *pi, const struct znvme_ns *ns, uint64_t slba);

/*
 * Where the controller inserts and strips the tuple (ZNVME_RW_PRACT), and the metadata are nothing
 * else, no metadata go over the bus (NVM 1.1, section 5.3.2.1): a block then takes block_size bytes
 * of the buffer even where metadata are extended.
 */
bool znvme_pi_is_stripped(const struct znvme_ns *ns, uint32_t prinfo);

/* ---- by the host --------------------------------------------------------------------------- */

/* What was wrong first. */
struct znvme_pi_error {
	int status;	/* ZNVME_SC_GUARD_CHECK, _APPTAG_CHECK, _REFTAG_CHECK, _STORAGE_TAG_CHECK */
	uint32_t block; /* which one, from 0 */
	uint64_t lba;	/* the same, from the start of the namespace */
	uint64_t expected; /* of the tag: under its mask where it has one */
	uint64_t found;
};

/*
 * Write the tuple of each of `nlb` blocks at `data` into its metadata: guard, and tags by `pi`.
 * With extended metadata (ns->metadata_extended) these lie behind the data of their block, and
 * `metadata` is NULL; else they are nlb × ns->metadata_size bytes at `metadata`. Metadata outside
 * the tuple stay as they are, and those ahead of it go into the guard. -EINVAL where the namespace
 * has no protection information, `metadata` is NULL or not where it should not be, or a tag does
 * not fit.
 */
int znvme_pi_generate(const struct znvme_ns *ns, void *data, void *metadata, uint32_t nlb,
		      const struct znvme_pi *pi);

/*
 * Check the tuples of `nlb` blocks that begin at block `slba`, as a controller does: what
 * pi->prinfo asks for, in the order guard, storage tag, application tag, reference tag; a block
 * with the escape value (ZNVME_PI_APP_TAG_ESCAPE) not at all. 0, or the status that a controller
 * would complete with (ZNVME_SC_GUARD_CHECK, …): znvme_errmsg() then says which tag of which block,
 * what was expected and what was found, and *error, which may be NULL, has the same as numbers.
 * -EINVAL as above, and where type 3 is to have its reference tag checked.
 */
int znvme_pi_check(const struct znvme_ns *ns, const void *data, const void *metadata, uint64_t slba,
		   uint32_t nlb, const struct znvme_pi *pi, struct znvme_pi_error *error);

/* "guard", "application tag", …: what the status of such an error is about; "" for any other. */
const char *znvme_pi_tag_name(int status);

/* ---- commands ------------------------------------------------------------------------------ */

/*
 * Have `sqe` carry metadata of their own: `len` bytes at `metadata`, which is in `region` and
 * dword-aligned, become MPTR. -EINVAL where they are not. Base 2.1, section 4.1.1.
 */
int znvme_sqe_set_metadata(struct znvme_sqe *sqe, const struct znvme_region *region,
			   const void *metadata, size_t len);

/*
 * PRINFO, and the tags in dwords 2, 3, 14 and 15, of a command that a constructor of <znvme/cmd.h>
 * has prepared. -EINVAL where a tag has more bits than the namespace gives it, or prinfo has others
 * than its own. NVM 1.1, section 5.3.2.
 */
int znvme_sqe_set_pi(struct znvme_sqe *sqe, const struct znvme_ns *ns, const struct znvme_pi *pi);

/*
 * Read, write or compare with metadata: znvme_prep_rw() and both of the above. `pi` may be NULL:
 * nothing is checked. Separate metadata are nlb × ns->metadata_size bytes at `metadata` in
 * `metadata_region`; both may be NULL where none are moved (znvme_pi_is_stripped(), or there are
 * none). Extended ones are in `buf`, nlb × ns->lba_bytes bytes, or nlb × ns->block_size where they
 * are stripped, and `metadata` is NULL. -EINVAL as above, and as from znvme_prep_rw().
 */
int znvme_prep_rw_pi(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint8_t opcode,
		     const struct znvme_region *region, const void *buf,
		     const struct znvme_region *metadata_region, const void *metadata,
		     uint64_t slba, uint32_t nlb, const struct znvme_pi *pi);

#ifdef __cplusplus
}
#endif

#endif
