/* SPDX-License-Identifier: MIT */
/*
 * Tuples of protection information, generated and checked by the host: NVM 1.1, section 5.3. What
 * the three formats have in common is a table of where their fields are.
 */
#include <errno.h>
#include <string.h>

#include "base/base.h"
#include "znvme/pi.h"
#include "znvme/spec/status.h"

/* Where the fields of a tuple are, and how long: bytes. */
struct layout {
	uint8_t guard_len;
	uint8_t app_tag;
	uint8_t space;
	uint8_t space_len;
};

static const struct layout layouts[] = {
	[ZNVME_PIF_16B_GUARD] = {2, offsetof(struct znvme_pi16, app_tag),
				 offsetof(struct znvme_pi16, space), 4},
	[ZNVME_PIF_32B_GUARD] = {4, offsetof(struct znvme_pi32, app_tag),
				 offsetof(struct znvme_pi32, space), 10},
	[ZNVME_PIF_64B_GUARD] = {8, offsetof(struct znvme_pi64, app_tag),
				 offsetof(struct znvme_pi64, space), 6},
};

static uint64_t mask_of(unsigned bits)
{
	return bits < 64 ? (1ull << bits) - 1 : UINT64_MAX;
}

unsigned znvme_pi_storage_tag_bits(const struct znvme_ns *ns)
{
	return ns->pi_type ? ns->storage_tag_bits : 0;
}

unsigned znvme_pi_ref_tag_bits(const struct znvme_ns *ns)
{
	return ns->pi_type ? 8u * layouts[ns->pi_format].space_len - ns->storage_tag_bits : 0;
}

/* ---- one tuple ----------------------------------------------------------------------------- */

static uint64_t get_big_endian(const uint8_t *from, unsigned len)
{
	uint64_t value = 0;

	while (len--)
		value = value << 8 | *from++;
	return value;
}

static void put_big_endian(uint8_t *to, unsigned len, uint64_t value)
{
	while (len--) {
		to[len] = (uint8_t)value;
		value >>= 8;
	}
}

void znvme_pi_get(const struct znvme_ns *ns, const void *metadata, struct znvme_pi_tuple *tuple)
{
	const struct layout *at = &layouts[ns->pi_format];
	const uint8_t *bytes = (const uint8_t *)metadata + ns->pi_offset;
	const unsigned ref_bits = znvme_pi_ref_tag_bits(ns);
	unsigned __int128 space;

	space = (unsigned __int128)get_big_endian(bytes + at->space, at->space_len - 4u) << 32 |
		get_big_endian(bytes + at->space + at->space_len - 4, 4);
	tuple->guard = get_big_endian(bytes, at->guard_len);
	tuple->app_tag = (uint16_t)get_big_endian(bytes + at->app_tag, 2);
	tuple->ref_tag = (uint64_t)space & mask_of(ref_bits);
	tuple->storage_tag = (uint64_t)(space >> ref_bits);
}

void znvme_pi_put(const struct znvme_ns *ns, void *metadata, const struct znvme_pi_tuple *tuple)
{
	const struct layout *at = &layouts[ns->pi_format];
	uint8_t *bytes = (uint8_t *)metadata + ns->pi_offset;
	const unsigned ref_bits = znvme_pi_ref_tag_bits(ns);
	const unsigned __int128 space = (unsigned __int128)tuple->storage_tag << ref_bits |
					(tuple->ref_tag & mask_of(ref_bits));

	put_big_endian(bytes, at->guard_len, tuple->guard);
	put_big_endian(bytes + at->app_tag, 2, tuple->app_tag);
	put_big_endian(bytes + at->space, at->space_len - 4u, (uint64_t)(space >> 32));
	put_big_endian(bytes + at->space + at->space_len - 4, 4, (uint64_t)space);
}

void znvme_pi_init(struct znvme_pi *pi, const struct znvme_ns *ns, uint64_t slba)
{
	memset(pi, 0, sizeof(*pi));
	if (!ns->pi_type)
		return;
	pi->prinfo = ZNVME_RW_PRCHK_GUARD;
	if (ns->pi_type != ZNVME_PI_TYPE3)
		pi->prinfo |= ZNVME_RW_PRCHK_REF;
	pi->ref_tag = slba & mask_of(znvme_pi_ref_tag_bits(ns));
}

bool znvme_pi_is_stripped(const struct znvme_ns *ns, uint32_t prinfo)
{
	return ns->pi_type && ns->metadata_size == ns->pi_size && prinfo & ZNVME_RW_PRACT;
}

/* ---- blocks -------------------------------------------------------------------------------- */

/* Blocks in memory, and how far apart. */
struct blocks {
	const uint8_t *data;
	const uint8_t *metadata;
	size_t data_step;
	size_t metadata_step;
};

static int find_blocks(struct blocks *blocks, const struct znvme_ns *ns, const void *data,
		       const void *metadata, const struct znvme_pi *pi)
{
	if (!ns->pi_type || ns->pi_type > ZNVME_PI_TYPE3)
		return znvme_fail(-EINVAL, "namespace %u has no protection information", ns->nsid);
	if (ns->metadata_extended ? metadata != NULL : !metadata)
		return znvme_fail(-EINVAL, "namespace %u has its metadata %s", ns->nsid,
				  ns->metadata_extended ? "behind the data of their block"
							: "in a buffer of their own");
	if (pi->ref_tag & ~mask_of(znvme_pi_ref_tag_bits(ns)) ||
	    pi->storage_tag & ~mask_of(ns->storage_tag_bits))
		return znvme_fail(-EINVAL,
				  "a reference tag has %u bits in namespace %u, a storage tag %u",
				  znvme_pi_ref_tag_bits(ns), ns->nsid, ns->storage_tag_bits);
	blocks->data = data;
	blocks->metadata = metadata;
	blocks->data_step = ns->block_size;
	blocks->metadata_step = ns->metadata_size;
	if (ns->metadata_extended) {
		blocks->metadata = blocks->data + ns->block_size;
		blocks->data_step = blocks->metadata_step = ns->lba_bytes;
	}
	return 0;
}

static void next_block(struct blocks *blocks)
{
	blocks->data += blocks->data_step;
	blocks->metadata += blocks->metadata_step;
}

static uint64_t guard_of(const struct znvme_ns *ns, const struct blocks *block)
{
	switch (ns->pi_format) {
	case ZNVME_PIF_16B_GUARD:
		return znvme_crc16_t10dif(znvme_crc16_t10dif(0, block->data, ns->block_size),
					  block->metadata, ns->pi_offset);
	case ZNVME_PIF_32B_GUARD:
		return znvme_crc32c(znvme_crc32c(0, block->data, ns->block_size), block->metadata,
				    ns->pi_offset);
	default:
		return znvme_crc64_nvme(znvme_crc64_nvme(0, block->data, ns->block_size),
					block->metadata, ns->pi_offset);
	}
}

/* The reference tag of the i-th block of a command. */
static uint64_t ref_tag_of(const struct znvme_ns *ns, const struct znvme_pi *pi, uint32_t i)
{
	if (ns->pi_type == ZNVME_PI_TYPE3)
		return pi->ref_tag;
	return (pi->ref_tag + i) & mask_of(znvme_pi_ref_tag_bits(ns));
}

int znvme_pi_generate(const struct znvme_ns *ns, void *data, void *metadata, uint32_t nlb,
		      const struct znvme_pi *pi)
{
	struct znvme_pi_tuple tuple = {.storage_tag = pi->storage_tag, .app_tag = pi->app_tag};
	struct blocks block;
	int rc = find_blocks(&block, ns, data, metadata, pi);

	for (uint32_t i = 0; i < nlb && !rc; i++, next_block(&block)) {
		tuple.guard = guard_of(ns, &block);
		tuple.ref_tag = ref_tag_of(ns, pi, i);
		znvme_pi_put(ns, (void *)(uintptr_t)block.metadata, &tuple);
	}
	return rc;
}

static bool is_escaped(const struct znvme_ns *ns, const struct znvme_pi_tuple *tuple)
{
	return tuple->app_tag == ZNVME_PI_APP_TAG_ESCAPE &&
	       (ns->pi_type != ZNVME_PI_TYPE3 ||
		tuple->ref_tag == mask_of(znvme_pi_ref_tag_bits(ns)));
}

/* The i-th block: 0, or the status of the first tag that is wrong, with both values in *error. */
static int check_block(const struct znvme_ns *ns, const struct blocks *block, uint32_t i,
		       const struct znvme_pi *pi, struct znvme_pi_error *error)
{
	struct znvme_pi_tuple tuple;

	znvme_pi_get(ns, block->metadata, &tuple);
	if (is_escaped(ns, &tuple))
		return 0;

	const struct {
		uint32_t asked;
		int status;
		uint64_t mask;
		uint64_t expected;
		uint64_t found;
	} checks[] = {
		{ZNVME_RW_PRCHK_GUARD, ZNVME_SC_GUARD_CHECK, UINT64_MAX,
		 pi->prinfo & ZNVME_RW_PRCHK_GUARD ? guard_of(ns, block) : 0, tuple.guard},
		{ZNVME_RW_STC, ZNVME_SC_STORAGE_TAG_CHECK, ns->storage_tag_mask, pi->storage_tag,
		 tuple.storage_tag},
		{ZNVME_RW_PRCHK_APP, ZNVME_SC_APPTAG_CHECK, pi->app_tag_mask, pi->app_tag,
		 tuple.app_tag},
		{ZNVME_RW_PRCHK_REF, ZNVME_SC_REFTAG_CHECK, UINT64_MAX, ref_tag_of(ns, pi, i),
		 tuple.ref_tag},
	};

	for (size_t c = 0; c < ARRAY_SIZE(checks); c++) {
		if (!(pi->prinfo & checks[c].asked) ||
		    !((checks[c].expected ^ checks[c].found) & checks[c].mask))
			continue;
		error->expected = checks[c].expected & checks[c].mask;
		error->found = checks[c].found & checks[c].mask;
		return checks[c].status;
	}
	return 0;
}

const char *znvme_pi_tag_name(int status)
{
	switch (status & (int)(ZNVME_STATUS_SCT | ZNVME_STATUS_SC)) {
	case ZNVME_SC_GUARD_CHECK:
		return "guard";
	case ZNVME_SC_APPTAG_CHECK:
		return "application tag";
	case ZNVME_SC_REFTAG_CHECK:
		return "reference tag";
	case ZNVME_SC_STORAGE_TAG_CHECK:
		return "storage tag";
	default:
		return "";
	}
}

int znvme_pi_check(const struct znvme_ns *ns, const void *data, const void *metadata, uint64_t slba,
		   uint32_t nlb, const struct znvme_pi *pi, struct znvme_pi_error *error)
{
	struct znvme_pi_error wrong = {0};
	struct blocks block;
	int rc = find_blocks(&block, ns, data, metadata, pi);

	if (!rc && ns->pi_type == ZNVME_PI_TYPE3 && pi->prinfo & ZNVME_RW_PRCHK_REF)
		rc = znvme_fail(-EINVAL, "the reference tag of type 3 is not to be checked");
	for (uint32_t i = 0; i < nlb && !rc; i++, next_block(&block)) {
		rc = check_block(ns, &block, i, pi, &wrong);
		wrong.block = i;
	}
	if (rc <= 0)
		return rc;
	wrong.status = rc;
	wrong.lba = slba + wrong.block;
	if (error)
		*error = wrong;
	return znvme_fail(rc, "block %llu: the %s is 0x%llx and should be 0x%llx",
			  (unsigned long long)wrong.lba, znvme_pi_tag_name(rc),
			  (unsigned long long)wrong.found, (unsigned long long)wrong.expected);
}
