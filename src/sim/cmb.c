/* SPDX-License-Identifier: MIT */
/*
 * The Controller Memory Buffer (Base 2.1, section 8.2.1): its registers
 * (sections 3.1.4.11, 3.1.4.12, 3.1.4.16, 3.1.4.17), and the memory behind BAR 2, ahead of which an
 * unused page lies. The host reaches it by the mapping of that BAR, the controller by the addresses
 * from CMBMSC.CBA on. Lists and data may lie partly in it; a queue does so as a whole.
 */
#include "sim/internal.h"

#include <errno.h>
#include <stdlib.h>

#define SIM_CMB_BAR    2u
#define SIM_CMB_UNIT   4096u /* of CMBLOC.OFST and CMBSZ.SZ, as SZU 0 has it */
#define SIM_CMB_OFFSET SIM_CMB_UNIT

static uint64_t sim_cmb_bar_size(const struct znvme_sim *sim)
{
	uint64_t size = 1;

	while (sim->options.cmb && size < SIM_CMB_OFFSET + sim->options.cmb)
		size *= 2;
	return sim->options.cmb ? size : 0;
}

/* What a host finds there before it has written is not to be relied upon. */
bool sim_cmb_init(struct znvme_sim *sim)
{
	uint64_t size = sim_cmb_bar_size(sim);

	if (!size)
		return true;
	sim->cmb.bar = aligned_alloc(SIM_CMB_UNIT, size);
	if (!sim->cmb.bar)
		return false;
	memset(sim->cmb.bar, 0xa5, size);
	return true;
}

int sim_cmb_map(struct znvme_sim *sim, unsigned bar, uint64_t offset, size_t *len, void **addr)
{
	uint64_t size = sim_cmb_bar_size(sim);

	if (bar != SIM_CMB_BAR || (offset | *len) % SIM_CMB_UNIT || offset >= size ||
	    *len > size - offset)
		return znvme_fail(-EINVAL, "sim: BAR %u has no %zu bytes at 0x%llx to map", bar,
				  *len, (unsigned long long)offset);
	if (!*len)
		*len = size - offset;
	*addr = sim->cmb.bar + offset;
	return 0;
}

/* ---- registers ----------------------------------------------------------------------------- */

/* The location and the size show themselves to a host that asks for them. */
static bool sim_cmb_shown(const struct znvme_sim *sim)
{
	return sim->options.cmb && sim->cmb.msc & ZNVME_CMBMSC_CRE;
}

/* Would the buffer end behind the last address? */
static bool sim_cmb_base_invalid(const struct znvme_sim *sim)
{
	return (sim->cmb.msc & ZNVME_CMBMSC_CBA) + (sim->options.cmb - 1) <
	       (sim->cmb.msc & ZNVME_CMBMSC_CBA);
}

/* The controller answers to the addresses from CMBMSC.CBA on. */
static bool sim_cmb_enabled(const struct znvme_sim *sim)
{
	return sim->options.cmb && sim->cmb.msc & ZNVME_CMBMSC_CMSE && !sim_cmb_base_invalid(sim);
}

uint32_t sim_cmb_read32(struct znvme_sim *sim, uint32_t offset)
{
	switch (offset) {
	case ZNVME_REG_CMBLOC:
		if (!sim_cmb_shown(sim))
			return 0;
		return SIM_CMB_BAR | ZNVME_CMBLOC_CDPLMS | ZNVME_CMBLOC_CDPCILS |
		       ZNVME_CMBLOC_CDMMMS |
		       (uint32_t)znvme_field_put(ZNVME_CMBLOC_OFST, SIM_CMB_OFFSET / SIM_CMB_UNIT);
	case ZNVME_REG_CMBSZ:
		if (!sim_cmb_shown(sim))
			return 0;
		return sim->options.cmb_for |
		       (uint32_t)znvme_field_put(ZNVME_CMBSZ_SZ, sim->options.cmb / SIM_CMB_UNIT);
	case ZNVME_REG_CMBMSC:
		return (uint32_t)sim->cmb.msc;
	case ZNVME_REG_CMBMSC + 4:
		return (uint32_t)(sim->cmb.msc >> 32);
	case ZNVME_REG_CMBSTS:
		return sim->cmb.msc & ZNVME_CMBMSC_CMSE && !sim_cmb_enabled(sim) ? ZNVME_CMBSTS_CBAI
										 : 0;
	default:
		return 0;
	}
}

/* `mask` is the half of CMBMSC that is written. */
void sim_cmb_write(struct znvme_sim *sim, uint64_t mask, uint64_t value)
{
	if (!sim->options.cmb)
		return;
	mask &= ZNVME_CMBMSC_CRE | ZNVME_CMBMSC_CMSE | ZNVME_CMBMSC_CBA;
	sim->cmb.msc = (sim->cmb.msc & ~mask) | (value & mask);
}

/* ---- addresses ----------------------------------------------------------------------------- */

bool sim_cmb_holds(const struct znvme_sim *sim, uint64_t iova)
{
	return sim_cmb_enabled(sim) && iova - (sim->cmb.msc & ZNVME_CMBMSC_CBA) < sim->options.cmb;
}

char *sim_cmb_window(struct znvme_sim *sim, uint64_t iova, size_t *len, unsigned flags)
{
	uint64_t at = iova - (sim->cmb.msc & ZNVME_CMBMSC_CBA);

	if (!(flags >> SIM_FOR_SHIFT & sim->options.cmb_for))
		return NULL;
	if (*len > sim->options.cmb - at)
		*len = (size_t)(sim->options.cmb - at);
	return sim->cmb.bar + SIM_CMB_OFFSET + at;
}

/* A queue lies in the buffer with all of it, where it may at all, or with nothing. */
bool sim_cmb_takes_queue(const struct znvme_sim *sim, uint64_t base, uint64_t len, unsigned flags)
{
	bool first = sim_cmb_holds(sim, base);
	bool last = sim_cmb_holds(sim, base + len - 1);
	bool around = sim_cmb_enabled(sim) && (sim->cmb.msc & ZNVME_CMBMSC_CBA) - base < len;

	if (!first && !last && !around)
		return true;
	return first && last && flags >> SIM_FOR_SHIFT & sim->options.cmb_for;
}
