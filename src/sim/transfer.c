/* SPDX-License-Identifier: MIT */
/*
 * A command's data: from its PRPs (Base 2.1, section 4.3.1) or SGL (section 4.3.2) to pieces of
 * host memory, all of them checked before the first byte moves, and the copying itself. Admin
 * commands take PRPs only, as the PCIe transport has it (section 4.1.1, PSDT).
 */
#include "sim/internal.h"

#include <stdlib.h>

#define SIM_PRP_CHUNK 512u  /* list entries fetched at a time */
#define SIM_SGL_CHUNK 64u   /* descriptors fetched at a time */
#define SIM_SGL_LIMIT 65536 /* descriptors of a command: a list may lead back to itself */

/* Append host memory at `iova` to the list. */
static uint16_t sim_sg_add(struct znvme_sim *sim, uint64_t iova, uint64_t len, bool to_host)
{
	struct sim_sg *sg = &sim->sg;

	iova = sim_fault_iova(sim, iova);
	while (len) {
		size_t part = len;
		char *addr =
			sim_dma_window(sim, iova, &part, to_host ? SIM_FOR_READ : SIM_FOR_WRITE);

		if (!addr)
			return sim_dma_status(sim, iova);
		if (sg->nr && sg->segment[sg->nr - 1].addr + sg->segment[sg->nr - 1].len == addr) {
			sg->segment[sg->nr - 1].len += part;
		} else {
			if (sg->nr == sg->room) {
				size_t room = sg->room ? sg->room * 2 : 64;
				void *more = realloc(sg->segment, room * sizeof(*sg->segment));

				if (!more)
					return ZNVME_SC_INTERNAL;
				sg->segment = more;
				sg->room = room;
			}
			sg->segment[sg->nr++] = (struct sim_segment){addr, part};
		}
		iova += part;
		len -= part;
	}
	return ZNVME_SC_SUCCESS;
}

/*
 * The PRP list at `list`, for `len` bytes, more than one page of them. Its last slot in a page is
 * data where it is the last entry needed, else the address of the next list.
 */
static uint16_t sim_prp_list(struct znvme_sim *sim, uint64_t list, uint64_t len, bool to_host)
{
	uint64_t page = sim_page_size(sim);
	uint64_t entry[SIM_PRP_CHUNK];

	if (list & 7)
		return SIM_DNR(ZNVME_SC_PRP_INVALID_OFFSET);
	while (len) {
		uint64_t slots = (page - (list & (page - 1))) / 8;
		uint64_t needed = (len + page - 1) / page;
		uint64_t nr = needed < slots ? needed : slots;
		bool chained = needed > slots && nr <= SIM_PRP_CHUNK;

		if (nr > SIM_PRP_CHUNK)
			nr = SIM_PRP_CHUNK;
		if (!sim_dma_read(sim, list, entry, nr * 8, SIM_FOR_LIST))
			return sim_dma_status(sim, list);
		for (uint64_t i = 0; i < nr; i++) {
			uint64_t part = len < page ? len : page;
			uint16_t status;

			if (entry[i] & (page - 1))
				return SIM_DNR(ZNVME_SC_PRP_INVALID_OFFSET);
			if (chained && i == nr - 1)
				break;
			status = sim_sg_add(sim, entry[i], part, to_host);
			if (status)
				return status;
			len -= part;
		}
		list = chained ? entry[nr - 1] : list + nr * 8;
	}
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_prp_map(struct znvme_sim *sim, const struct sim_cmd *cmd, uint64_t len,
			    bool to_host)
{
	uint64_t page = sim_page_size(sim);
	uint64_t prp1 = cmd->sqe.dptr.prp.prp1;
	uint64_t prp2 = cmd->sqe.dptr.prp.prp2;
	uint64_t part = page - (prp1 & (page - 1));
	uint16_t status;

	if (prp1 & 3)
		return SIM_DNR(ZNVME_SC_PRP_INVALID_OFFSET);
	if (part > len)
		part = len;
	status = sim_sg_add(sim, prp1, part, to_host);
	len -= part;
	if (status || !len)
		return status;
	if (len > page)
		return sim_prp_list(sim, prp2, len, to_host);
	if (prp2 & (page - 1))
		return SIM_DNR(ZNVME_SC_PRP_INVALID_OFFSET);
	return sim_sg_add(sim, prp2, len, to_host);
}

enum znvme_sgls sim_sgls(struct znvme_sim *sim)
{
	if (sim->options.without & SIM_WITHOUT_SGL)
		return ZNVME_SGLS_NONE;
	return (enum znvme_sgls)sim->options.sgl;
}

/* The state of a walk through an SGL. */
struct sim_sgl_walk {
	uint64_t left;	       /* bytes of data that have no memory yet */
	unsigned budget;       /* descriptors that may still come */
	struct znvme_sgl next; /* the segment to go on with; len 0: none */
	bool last;	       /* the present segment is the last one */
};

static uint16_t sim_sgl_block(struct znvme_sim *sim, struct sim_sgl_walk *walk,
			      const struct znvme_sgl *sgl, bool to_host)
{
	if (sim_sgls(sim) == ZNVME_SGLS_DWORD && (sgl->addr | sgl->len) & 3)
		return SIM_DNR(ZNVME_SC_SGL_INVALID_GRANULARITY);
	if (sgl->len > walk->left)
		return SIM_DNR(ZNVME_SC_SGL_INVALID_DATA_LEN);
	walk->left -= sgl->len;
	return sim_sg_add(sim, sgl->addr, sgl->len, to_host);
}

/* `end` is true for the last descriptor of its segment: only there can another segment follow. */
static uint16_t sim_sgl_descriptor(struct znvme_sim *sim, struct sim_sgl_walk *walk,
				   const struct znvme_sgl *sgl, bool end, bool to_host)
{
	switch (sgl->type) {
	case ZNVME_SGL_DATA_BLOCK:
		return sim_sgl_block(sim, walk, sgl, to_host);
	case ZNVME_SGL_SEGMENT:
	case ZNVME_SGL_LAST_SEGMENT:
		if (!end)
			return SIM_DNR(ZNVME_SC_SGL_INVALID_COUNT);
		if (walk->last || !sgl->len || sgl->len % sizeof(*sgl) || sgl->addr & 7)
			return SIM_DNR(ZNVME_SC_SGL_INVALID_SEGMENT);
		walk->next = *sgl;
		walk->last = sgl->type == ZNVME_SGL_LAST_SEGMENT;
		return ZNVME_SC_SUCCESS;
	default:
		return SIM_DNR(ZNVME_SC_SGL_INVALID_TYPE);
	}
}

static uint16_t sim_sgl_segment(struct znvme_sim *sim, struct sim_sgl_walk *walk, bool to_host)
{
	struct znvme_sgl sgl[SIM_SGL_CHUNK];
	uint64_t addr = walk->next.addr;
	uint32_t nr = walk->next.len / (uint32_t)sizeof(sgl[0]);

	walk->next.len = 0;
	if (nr > walk->budget)
		return SIM_DNR(ZNVME_SC_SGL_INVALID_COUNT);
	walk->budget -= nr;
	while (nr) {
		uint32_t part = nr < SIM_SGL_CHUNK ? nr : SIM_SGL_CHUNK;

		if (!sim_dma_read(sim, addr, sgl, part * sizeof(sgl[0]), SIM_FOR_LIST))
			return sim_dma_status(sim, addr);
		for (uint32_t i = 0; i < part; i++) {
			uint16_t status =
				sim_sgl_descriptor(sim, walk, &sgl[i], nr - i == 1, to_host);

			if (status)
				return status;
		}
		addr += part * sizeof(sgl[0]);
		nr -= part;
	}
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_sgl_map(struct znvme_sim *sim, const struct sim_cmd *cmd, uint64_t len,
			    bool to_host)
{
	struct sim_sgl_walk walk = {.left = len, .budget = SIM_SGL_LIMIT};
	uint16_t status = sim_sgl_descriptor(sim, &walk, &cmd->sqe.dptr.sgl, true, to_host);

	while (!status && walk.next.len) {
		bool last = walk.last;

		status = sim_sgl_segment(sim, &walk, to_host);
		if (!status && !last && !walk.next.len) /* there was to be another one */
			status = SIM_DNR(ZNVME_SC_SGL_INVALID_SEGMENT);
	}
	if (!status && walk.left)
		status = SIM_DNR(ZNVME_SC_SGL_INVALID_DATA_LEN);
	return status;
}

/* The memory of another host needs no finding. */
static uint16_t sim_peer_map(struct znvme_sim *sim, const struct sim_cmd *cmd, uint64_t len)
{
	struct sim_sg *sg = &sim->sg;

	if (len > cmd->peer_len)
		return ZNVME_SC_DATA_TRANSFER;
	if (!sg->room)
		sg->segment = malloc(sizeof(*sg->segment));
	if (!sg->segment)
		return ZNVME_SC_INTERNAL;
	sg->room = sg->room ? sg->room : 1;
	sg->segment[0] = (struct sim_segment){cmd->peer_data, len};
	sg->nr = 1;
	return ZNVME_SC_SUCCESS;
}

/* Fill sim->sg with the `len` bytes of host memory that the command's data pointer names. */
uint16_t sim_data_map(struct znvme_sim *sim, struct sim_cmd *cmd, uint64_t len, bool to_host)
{
	unsigned psdt = cmd->sqe.flags & ZNVME_SQE_PSDT;

	sim->sg.nr = 0;
	if (len > sim_max_transfer(sim))
		return SIM_DNR(ZNVME_SC_INVALID_FIELD);
	if (cmd->peer)
		return sim_peer_map(sim, cmd, len);
	if (psdt == ZNVME_SQE_PSDT_PRP)
		return sim_prp_map(sim, cmd, len, to_host);
	if (!cmd->qid || psdt != ZNVME_SQE_PSDT_SGL || sim_sgls(sim) == ZNVME_SGLS_NONE)
		return SIM_INVALID_FIELD(cmd, flags);
	return sim_sgl_map(sim, cmd, len, to_host);
}

/* At least `len` bytes to work in, until the next call. */
char *sim_bounce(struct znvme_sim *sim, uint64_t len)
{
	if (len > sim->bounce_size) {
		char *more = realloc(sim->bounce, len);

		if (!more)
			return NULL;
		sim->bounce = more;
		sim->bounce_size = len;
	}
	return sim->bounce;
}

void sim_sg_copy_out(struct znvme_sim *sim, const char *data, uint64_t len)
{
	for (size_t i = 0; i < sim->sg.nr && len; i++) {
		const struct sim_segment *segment = &sim->sg.segment[i];
		size_t part = segment->len < len ? segment->len : len;

		memcpy(segment->addr, data, part);
		data += part;
		len -= part;
	}
}

void sim_sg_copy_in(struct znvme_sim *sim, char *data, uint64_t len)
{
	for (size_t i = 0; i < sim->sg.nr && len; i++) {
		const struct sim_segment *segment = &sim->sg.segment[i];
		size_t part = segment->len < len ? segment->len : len;

		memcpy(data, segment->addr, part);
		data += part;
		len -= part;
	}
}

/* Zeroes to what lies behind the first `skip` bytes of the command's memory. */
static void sim_sg_zero(struct znvme_sim *sim, uint64_t skip)
{
	for (size_t i = 0; i < sim->sg.nr; i++) {
		const struct sim_segment *segment = &sim->sg.segment[i];

		if (skip >= segment->len) {
			skip -= segment->len;
			continue;
		}
		memset(segment->addr + skip, 0, segment->len - skip);
		skip = 0;
	}
}

/* `total` bytes to the host: `len` of them from `data`, zeroes for the rest. */
uint16_t sim_data_send(struct znvme_sim *sim, struct sim_cmd *cmd, const void *data, uint64_t len,
		       uint64_t total)
{
	uint16_t status = sim_data_map(sim, cmd, total, true);

	if (status)
		return status;
	if (len > total)
		len = total;
	if (len && sim_data_watched(sim)) {
		char *copy = sim_bounce(sim, len);

		if (!copy)
			return ZNVME_SC_INTERNAL;
		memcpy(copy, data, len);
		sim_data_change(sim, cmd, copy, len);
		data = copy;
	}
	sim_sg_copy_out(sim, data, len);
	sim_sg_zero(sim, len);
	return ZNVME_SC_SUCCESS;
}

/* `len` bytes from the host. */
uint16_t sim_data_receive(struct znvme_sim *sim, struct sim_cmd *cmd, void *data, uint64_t len)
{
	uint16_t status = sim_data_map(sim, cmd, len, false);

	if (!status)
		sim_sg_copy_in(sim, data, len);
	return status;
}
