/* SPDX-License-Identifier: MIT */
/*
 * The Persistent Memory Region (Base 2.1, sections 8.2.4 and 3.1.4.21 to 3.1.4.27): all of BAR 4.
 * It takes data of commands by the addresses from PMRMSC.CBA on. It lasts as long as the simulator:
 * resets and power loss leave it as it is.
 */
#include "sim/internal.h"

#include <errno.h>
#include <stdlib.h>

#define SIM_PMR_BAR   4u
#define SIM_PMR_READY 2u /* PMRTO, units of 500 ms */

bool sim_pmr_init(struct znvme_sim *sim)
{
	if (!sim->options.pmr)
		return true;
	sim->pmr.bar = aligned_alloc(4096, sim->options.pmr);
	if (!sim->pmr.bar)
		return false;
	memset(sim->pmr.bar, 0, sim->options.pmr);
	return true;
}

int sim_pmr_map(struct znvme_sim *sim, unsigned bar, uint64_t offset, size_t *len, void **addr)
{
	uint64_t size = sim->options.pmr;

	if (bar != SIM_PMR_BAR || (offset | *len) % 4096 || offset >= size || *len > size - offset)
		return znvme_fail(-EINVAL, "sim: BAR %u has no %zu bytes at 0x%llx to map", bar,
				  *len, (unsigned long long)offset);
	if (!*len)
		*len = size - offset;
	*addr = sim->pmr.bar + offset;
	return 0;
}

static bool sim_pmr_base_invalid(const struct znvme_sim *sim)
{
	uint64_t base = sim->pmr.msc & ZNVME_PMRMSC_CBA;

	return base + (sim->options.pmr - 1) < base;
}

bool sim_pmr_on(const struct znvme_sim *sim)
{
	return sim->options.pmr && sim->pmr.ctl & ZNVME_PMRCTL_EN;
}

uint32_t sim_pmr_read32(struct znvme_sim *sim, uint32_t offset)
{
	if (!sim->options.pmr)
		return 0;
	switch (offset) {
	case ZNVME_REG_PMRCAP:
		return ZNVME_PMRCAP_RDS | ZNVME_PMRCAP_WDS | ZNVME_PMRCAP_CMSS |
		       (uint32_t)(znvme_field_put(ZNVME_PMRCAP_BIR, SIM_PMR_BAR) |
				  znvme_field_put(ZNVME_PMRCAP_PMRWBM, 3) |
				  znvme_field_put(ZNVME_PMRCAP_PMRTO, SIM_PMR_READY));
	case ZNVME_REG_PMRCTL:
		return sim->pmr.ctl;
	case ZNVME_REG_PMRSTS:
		return (sim_pmr_on(sim) ? 0 : ZNVME_PMRSTS_NRDY) |
		       (sim->pmr.msc & ZNVME_PMRMSC_CMSE && sim_pmr_base_invalid(sim)
				? ZNVME_PMRSTS_CBAI
				: 0);
	case ZNVME_REG_PMRMSCL:
		return (uint32_t)sim->pmr.msc;
	case ZNVME_REG_PMRMSCU:
		return (uint32_t)(sim->pmr.msc >> 32);
	default:
		return 0;
	}
}

void sim_pmr_write32(struct znvme_sim *sim, uint32_t offset, uint32_t value)
{
	const uint64_t mask = ZNVME_PMRMSC_CMSE | ZNVME_PMRMSC_CBA;

	if (!sim->options.pmr)
		return;
	if (offset == ZNVME_REG_PMRCTL)
		sim->pmr.ctl = value & ZNVME_PMRCTL_EN;
	else if (offset == ZNVME_REG_PMRMSCL)
		sim->pmr.msc = (sim->pmr.msc & ~(uint64_t)UINT32_MAX) | (value & mask);
	else if (offset == ZNVME_REG_PMRMSCU)
		sim->pmr.msc = (uint32_t)sim->pmr.msc | (uint64_t)value << 32;
}

bool sim_pmr_holds(const struct znvme_sim *sim, uint64_t iova)
{
	return sim_pmr_on(sim) && sim->pmr.msc & ZNVME_PMRMSC_CMSE && !sim_pmr_base_invalid(sim) &&
	       iova - (sim->pmr.msc & ZNVME_PMRMSC_CBA) < sim->options.pmr;
}

/* For data, and nothing else. */
char *sim_pmr_window(struct znvme_sim *sim, uint64_t iova, size_t *len, unsigned flags)
{
	uint64_t at = iova - (sim->pmr.msc & ZNVME_PMRMSC_CBA);

	if (flags != SIM_FOR_READ && flags != SIM_FOR_WRITE)
		return NULL;
	if (*len > sim->options.pmr - at)
		*len = (size_t)(sim->options.pmr - at);
	return sim->pmr.bar + at;
}
