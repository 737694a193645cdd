/* SPDX-License-Identifier: MIT */
/*
 * End-to-end protection information, as a controller generates and checks it (NVM 1.1,
 * section 5.3). The driver has its own of all this; nothing is shared, checksums least of all:
 * these go byte by byte.
 */
#include "sim/internal.h"

/* ---- checksums ----------------------------------------------------------------------------- */

/* T10-DIF: most significant bit first, nothing turned over. */
static uint64_t sim_crc16(const struct sim_guard *guard, uint64_t crc, const uint8_t *data,
			  size_t len)
{
	while (len--)
		crc = (crc << 8 & 0xffff) ^ guard->table[crc >> 8 ^ *data++];
	return crc;
}

/* CRC-32C and CRC-64: least significant bit first. */
static uint64_t sim_crc_reflected(const struct sim_guard *guard, uint64_t crc, const uint8_t *data,
				  size_t len)
{
	while (len--)
		crc = crc >> 8 ^ guard->table[(crc ^ *data++) & 0xff];
	return crc;
}

/* What one byte does to the remainder. */
static uint64_t sim_guard_step(uint8_t pif, unsigned byte)
{
	uint64_t crc = pif == ZNVME_PIF_16B_GUARD ? (uint64_t)byte << 8 : byte;

	for (unsigned bit = 0; bit < 8; bit++) {
		if (pif == ZNVME_PIF_16B_GUARD)
			crc = (crc << 1 & 0xffff) ^ (crc & 0x8000 ? 0x8bb7 : 0);
		else if (pif == ZNVME_PIF_32B_GUARD)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
		else
			crc = crc >> 1 ^ (crc & 1 ? 0x9a6c9329ac4bc9b5 : 0);
	}
	return crc;
}

/* The table for a format, made when it is first wanted. */
static const struct sim_guard *sim_guard_for(struct znvme_sim *sim, uint8_t pif)
{
	struct sim_guard *guard = &sim->guard[pif];

	for (unsigned byte = 0; byte < 256 && !guard->made; byte++)
		guard->table[byte] = sim_guard_step(pif, byte);
	guard->made = true;
	return guard;
}

/* Of a block: its data, and the metadata ahead of the protection information. */
static uint64_t sim_guard_of(struct znvme_sim *sim, const struct sim_ns *ns, const uint8_t *data,
			     const uint8_t *metadata)
{
	const struct sim_guard *guard = sim_guard_for(sim, ns->format.pif);
	size_t len = (size_t)1 << ns->lba_shift, more = sim_pi_offset(ns);
	uint64_t ones = ns->format.pif == ZNVME_PIF_32B_GUARD ? UINT32_MAX : UINT64_MAX;

	if (ns->format.pif == ZNVME_PIF_16B_GUARD)
		return sim_crc16(guard, sim_crc16(guard, 0, data, len), metadata, more);
	return ones ^
	       sim_crc_reflected(guard, sim_crc_reflected(guard, ones, data, len), metadata, more);
}

/* ---- tuples -------------------------------------------------------------------------------- */

/* Where the tags begin, and their space: bytes of a tuple. */
static unsigned sim_guard_len(const struct sim_ns *ns)
{
	return ns->format.pif == ZNVME_PIF_64B_GUARD ? 8 : ns->format.pif * 2u + 2;
}

static unsigned sim_space_bits(const struct sim_ns *ns)
{
	return 8 * (sim_pi_size(&ns->format) - sim_guard_len(ns) - 2);
}

unsigned sim_pi_offset(const struct sim_ns *ns)
{
	return ns->pi_first ? 0 : ns->format.ms - sim_pi_size(&ns->format);
}

/* The low `nr` bits. */
static sim_u128 sim_low_bits(sim_u128 value, unsigned nr)
{
	return value & (((sim_u128)1 << nr) - 1);
}

/* `len` bytes, big endian. */
static sim_u128 sim_big_endian(const uint8_t *bytes, unsigned len)
{
	sim_u128 value = 0;

	for (unsigned i = 0; i < len; i++)
		value = value * 256 + bytes[i];
	return value;
}

static void sim_put_big_endian(uint8_t *bytes, unsigned len, sim_u128 value)
{
	for (unsigned i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> 8 * (len - 1 - i));
}

/* ---- what a command asks for --------------------------------------------------------------- */

static bool sim_counts(const struct sim_ns *ns)
{
	return ns->pi_type == ZNVME_PI_TYPE1 || ns->pi_type == ZNVME_PI_TYPE2;
}

/* PRINFO and the tags of a command that begins at block `slba`. */
uint16_t sim_protection_get(const struct sim_ns *ns, struct sim_cmd *cmd, uint64_t slba,
			    struct sim_protection *want)
{
	const struct znvme_sqe *sqe = &cmd->sqe;
	sim_u128 tags = (sim_u128)(sqe->cdw2 & ZNVME_RW_LBTU_CDW2) << 64 |
			(sim_u128)sqe->cdw3 << 32 | sqe->cdw14;
	unsigned ref_bits;

	*want = (struct sim_protection){.action = false};
	if (!ns->pi_type)
		return ZNVME_SC_SUCCESS;
	ref_bits = sim_space_bits(ns) - ns->format.sts;
	want->action = sqe->cdw12 & ZNVME_RW_PRACT;
	want->check = sqe->cdw12 & (ZNVME_RW_PRCHK | ZNVME_RW_STC);
	want->app_tag = (uint16_t)znvme_field_get(ZNVME_RW_LBAT, sqe->cdw15);
	want->app_tag_mask = (uint16_t)znvme_field_get(ZNVME_RW_LBATM, sqe->cdw15);
	want->tags = sim_low_bits(tags, sim_space_bits(ns));
	want->ref_bits = ref_bits;
	if (!(want->check & ZNVME_RW_PRCHK_REF))
		return ZNVME_SC_SUCCESS;
	if (ns->pi_type == ZNVME_PI_TYPE3)
		cmd->error_loc = offsetof(struct znvme_sqe, cdw12);
	else if (ns->pi_type == ZNVME_PI_TYPE1 &&
		 sim_low_bits(want->tags, ref_bits) != sim_low_bits(slba, ref_bits))
		cmd->error_loc = offsetof(struct znvme_sqe, cdw14);
	else
		return ZNVME_SC_SUCCESS;
	return SIM_DNR(ZNVME_SC_INVALID_PI);
}

/* Metadata are the tuple and nothing else, and it stays here. */
bool sim_protection_strips(const struct sim_ns *ns, const struct sim_protection *want)
{
	return want->action && ns->format.ms == sim_pi_size(&ns->format);
}

/* Storage and reference tag of the i-th block. */
static sim_u128 sim_tags_of(const struct sim_ns *ns, const struct sim_protection *want, uint64_t i)
{
	sim_u128 storage = want->tags >> want->ref_bits << want->ref_bits;

	if (!sim_counts(ns))
		return want->tags;
	return storage | sim_low_bits(want->tags + i, want->ref_bits);
}

void sim_protection_advance(const struct sim_ns *ns, struct sim_protection *want, uint64_t nlb)
{
	want->tags = sim_tags_of(ns, want, nlb);
}

void sim_protection_insert(struct znvme_sim *sim, const struct sim_ns *ns,
			   const struct sim_protection *want, uint64_t nlb, const uint8_t *data,
			   uint8_t *metadata)
{
	unsigned len = sim_guard_len(ns);

	for (uint64_t i = 0; i < nlb; i++) {
		uint8_t *tuple = metadata + sim_pi_offset(ns);

		sim_put_big_endian(tuple, len, sim_guard_of(sim, ns, data, metadata));
		sim_put_big_endian(tuple + len, 2, want->app_tag);
		sim_put_big_endian(tuple + len + 2, sim_space_bits(ns) / 8,
				   sim_tags_of(ns, want, i));
		data += 1ull << ns->lba_shift;
		metadata += ns->format.ms;
	}
}

void sim_protection_remap(const struct sim_ns *ns, const struct sim_protection *want, uint64_t nlb,
			  uint64_t distance, uint8_t *metadata)
{
	unsigned len = sim_space_bits(ns) / 8;

	for (uint64_t i = 0; i < nlb; i++) {
		uint8_t *tags =
			metadata + i * ns->format.ms + sim_pi_offset(ns) + sim_guard_len(ns) + 2;
		sim_u128 storage = sim_big_endian(tags, len) >> want->ref_bits << want->ref_bits;

		sim_put_big_endian(tags, len,
				   storage |
					   sim_low_bits(want->tags + distance + i, want->ref_bits));
	}
}

/* ---- checking ------------------------------------------------------------------------------ */

static uint16_t sim_check_block(struct znvme_sim *sim, const struct sim_ns *ns,
				const struct sim_protection *want, uint64_t i, const uint8_t *data,
				const uint8_t *metadata)
{
	const uint8_t *tuple = metadata + sim_pi_offset(ns);
	unsigned len = sim_guard_len(ns);
	uint16_t app_tag = (uint16_t)sim_big_endian(tuple + len, 2);
	sim_u128 tags = sim_big_endian(tuple + len + 2, sim_space_bits(ns) / 8);
	sim_u128 wrong = tags ^ sim_tags_of(ns, want, i);

	if (app_tag == ZNVME_PI_APP_TAG_ESCAPE &&
	    (sim_counts(ns) || !sim_low_bits(~tags, want->ref_bits)))
		return ZNVME_SC_SUCCESS;
	if (want->check & ZNVME_RW_PRCHK_GUARD &&
	    sim_big_endian(tuple, len) != sim_guard_of(sim, ns, data, metadata))
		return ZNVME_SC_GUARD_CHECK;
	if (want->check & ZNVME_RW_STC && wrong >> want->ref_bits & sim_storage_mask(ns))
		return ZNVME_SC_STORAGE_TAG_CHECK;
	if (want->check & ZNVME_RW_PRCHK_APP && (app_tag ^ want->app_tag) & want->app_tag_mask)
		return ZNVME_SC_APPTAG_CHECK;
	if (want->check & ZNVME_RW_PRCHK_REF && sim_low_bits(wrong, want->ref_bits))
		return ZNVME_SC_REFTAG_CHECK;
	return ZNVME_SC_SUCCESS;
}

/* Blocks that begin at `slba`; the LBA of the first one that is wrong is in the command. */
uint16_t sim_protection_check(struct znvme_sim *sim, const struct sim_ns *ns,
			      const struct sim_protection *want, struct sim_cmd *cmd, uint64_t slba,
			      uint64_t nlb, const uint8_t *data, const uint8_t *metadata)
{
	uint16_t status = ZNVME_SC_SUCCESS;

	for (uint64_t i = 0; i < nlb && !status && want->check; i++) {
		status = sim_check_block(sim, ns, want, i, data, metadata);
		cmd->lba = slba + i;
		data += 1ull << ns->lba_shift;
		metadata += ns->format.ms;
	}
	if (!status)
		return ZNVME_SC_SUCCESS;
	sim->health.media_errors++;
	return SIM_DNR(status);
}

/* Bits of the storage tag that are checked (LBSTM). */
uint64_t sim_storage_mask(const struct sim_ns *ns)
{
	return (uint64_t)sim_low_bits(ns->storage_mask, ns->format.sts);
}
