/* SPDX-License-Identifier: MIT */
/*
 * The Host Memory Buffer (Base 2.1, section 8.2.3, and feature 0Dh): memory of the host that the
 * controller has for itself. It marks each page of it, looks at one page of it with each I/O
 * command, and at all of them when the memory is given back as it was: a host that touches or
 * unmaps what it has lent is a protocol error.
 */
#include "sim/internal.h"

#include <stdlib.h>

/* The mark of the n-th page, at its start. */
static uint64_t *sim_hmb_page(struct znvme_sim *sim, uint32_t n)
{
	size_t len = sizeof(uint64_t);

	for (uint32_t i = 0; i < sim->hmb.nr_descs; i++) {
		const struct znvme_hmb_desc *desc = &sim->hmb.desc[i];

		if (n < desc->bsize)
			return (void *)sim_dma_window(sim,
						      desc->badd + (uint64_t)n * sim_page_size(sim),
						      &len, ZNVME_DMA_READ | ZNVME_DMA_WRITE);
		n -= desc->bsize;
	}
	return NULL;
}

static uint64_t sim_hmb_mark(const struct znvme_sim *sim, uint32_t n)
{
	return sim_mix(sim->options.seed ^ (uint64_t)n << 32 ^ sim->hmb.uses);
}

static void sim_hmb_write_mark(struct znvme_sim *sim, uint32_t n, uint64_t *page)
{
	sim->hmb.mark[n] = *page = sim_hmb_mark(sim, n);
}

/* All pages can be reached; they are marked, or still are. */
static bool sim_hmb_enter(struct znvme_sim *sim, bool returned)
{
	for (uint32_t n = 0; n < sim->hmb.pages; n++) {
		uint64_t *page = sim_hmb_page(sim, n);

		if (!page)
			return false;
		if (!returned)
			sim_hmb_write_mark(sim, n, page);
		else if (*page != sim->hmb.mark[n])
			sim_protocol_error(sim);
	}
	return true;
}

/* The list of descriptors, checked; `pages` in all. */
static uint16_t sim_hmb_read_list(struct znvme_sim *sim, struct sim_cmd *cmd,
				  struct znvme_hmb_desc *desc, uint32_t nr, uint32_t pages)
{
	uint64_t list = cmd->sqe.cdw13 | (uint64_t)cmd->sqe.cdw14 << 32;
	uint64_t sum = 0, page = sim_page_size(sim);

	if (!sim_dma_read(sim, list, desc, nr * sizeof(*desc), ZNVME_DMA_READ))
		return ZNVME_SC_DATA_TRANSFER;
	for (uint32_t i = 0; i < nr; i++) {
		if (!desc[i].bsize || desc[i].badd % page ||
		    desc[i].bsize * page < sim->options.hmb_desc_min)
			return SIM_INVALID_FIELD(cmd, cdw13);
		sum += desc[i].bsize;
	}
	return sum == pages ? (uint16_t)ZNVME_SC_SUCCESS : SIM_INVALID_FIELD(cmd, cdw12);
}

static uint16_t sim_hmb_enable(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const bool returned = cmd->sqe.cdw11 & ZNVME_FEAT_HMB_MR;
	const uint32_t pages = cmd->sqe.cdw12, nr = cmd->sqe.cdw15;
	struct znvme_hmb_desc desc[SIM_HMB_DESCS];
	uint64_t *mark;
	uint16_t status;

	if (sim->hmb.on)
		return SIM_DNR(ZNVME_SC_SEQUENCE);
	if ((uint64_t)pages * sim_page_size(sim) < sim->options.hmb_min || !pages ||
	    pages > SIM_HMB_PAGES || (returned && pages != sim->hmb.pages))
		return SIM_INVALID_FIELD(cmd, cdw12);
	if (cmd->sqe.cdw13 & ~ZNVME_FEAT_HMB_HMDLLA)
		return SIM_INVALID_FIELD(cmd, cdw13);
	if (!nr || nr > sim->options.hmb_descs)
		return SIM_INVALID_FIELD(cmd, cdw15);
	status = sim_hmb_read_list(sim, cmd, desc, nr, pages);
	if (status)
		return status;
	mark = realloc(sim->hmb.mark, pages * sizeof(*mark));
	if (!mark)
		return ZNVME_SC_INTERNAL;
	sim->hmb.mark = mark;
	sim->hmb.pages = pages;
	sim->hmb.nr_descs = nr;
	sim->hmb.list = cmd->sqe.cdw13 | (uint64_t)cmd->sqe.cdw14 << 32;
	memcpy(sim->hmb.desc, desc, nr * sizeof(*desc));
	sim->hmb.on = sim_hmb_enter(sim, returned);
	return sim->hmb.on ? (uint16_t)ZNVME_SC_SUCCESS : (uint16_t)ZNVME_SC_DATA_TRANSFER;
}

uint16_t sim_set_hmb(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	if (cmd->sqe.cdw11 & ZNVME_FEAT_HMB_EHM)
		return sim_hmb_enable(sim, cmd);
	sim->hmb.on = false;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_get_hmb(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	struct znvme_hmb_attrs data = {0};

	if (sim->hmb.on && !initial) {
		cmd->dw0 = ZNVME_FEAT_HMB_EHM;
		data.hsize = sim->hmb.pages;
		data.hmdlal = (uint32_t)sim->hmb.list;
		data.hmdlau = (uint32_t)(sim->hmb.list >> 32);
		data.hmdlec = sim->hmb.nr_descs;
	}
	return sim_data_send(sim, cmd, &data, sizeof(data), sizeof(data));
}

void sim_hmb_use(struct znvme_sim *sim)
{
	uint64_t *page;
	uint32_t n;

	if (!sim->hmb.on)
		return;
	n = (uint32_t)(sim_mix(++sim->hmb.uses) % sim->hmb.pages);
	page = sim_hmb_page(sim, n);
	/* Of a host that has unmapped it, dma_refused tells. */
	if (!page)
		return;
	if (*page != sim->hmb.mark[n])
		sim_protocol_error(sim);
	sim_hmb_write_mark(sim, n, page);
}

void sim_hmb_reset(struct znvme_sim *sim)
{
	sim->hmb.on = false;
}

void sim_hmb_close(struct znvme_sim *sim)
{
	free(sim->hmb.mark);
}
