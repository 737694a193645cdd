/* SPDX-License-Identifier: MIT */
/*
 * Room for namespaces in the store. A namespace is one piece of it: the first gap that is large
 * enough, else a piece at its end. What counts against the capacity is the namespaces, not the
 * gaps, which take no room in memory or in a sparse file.
 */
#include "sim/internal.h"

#include <stdlib.h>

#define SIM_FILL_CHUNK 65536u

uint64_t sim_ns_bytes(const struct sim_ns *ns)
{
	return ns->size;
}

uint64_t sim_unallocated(const struct znvme_sim *sim)
{
	uint64_t used = 0;

	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].allocated)
			used += sim_ns_bytes(&sim->ns[i]);
	return sim->mgmt.capacity > used ? sim->mgmt.capacity - used : 0;
}

/* The end of an allocated namespace that lies in [start, start + len), or 0. */
static uint64_t sim_space_taken(const struct znvme_sim *sim, uint64_t start, uint64_t len)
{
	for (uint32_t i = 0; i < sim->nr_ns; i++) {
		const struct sim_ns *ns = &sim->ns[i];
		uint64_t end = ns->offset + sim_ns_bytes(ns);

		if (ns->allocated && ns->offset < start + len && end > start)
			return end;
	}
	return 0;
}

bool sim_space_alloc(struct znvme_sim *sim, struct sim_ns *ns)
{
	uint64_t len = sim_ns_bytes(ns);
	uint64_t start = 0;
	uint64_t end;

	while ((end = sim_space_taken(sim, start, len)))
		start = end;
	if (sim_media_grow(sim, start + len))
		return false;
	ns->offset = start;
	return true;
}

void sim_space_erase(struct znvme_sim *sim, struct sim_ns *ns)
{
	sim_cache_clear(&sim->cache);
	sim_media_zero(sim, ns, 0, ns->blocks);
	sim_media_clear_bad(ns, 0, ns->blocks);
	sim_lba_mark(ns, 0, ns->blocks, false);
	sim_cdq_changed(sim, NULL, ns, 0, ns->blocks, true);
	sim_zns_empty(ns);
	sim_kv_empty(sim, ns);
}

void sim_space_fill(struct znvme_sim *sim, struct sim_ns *ns, uint32_t pattern)
{
	uint32_t *chunk = malloc(SIM_FILL_CHUNK);
	uint64_t per_chunk = SIM_FILL_CHUNK >> ns->lba_shift;

	sim_cache_clear(&sim->cache);
	for (size_t i = 0; chunk && i < SIM_FILL_CHUNK / sizeof(*chunk); i++)
		chunk[i] = pattern;
	for (uint64_t lba = 0; chunk && lba < ns->blocks; lba += per_chunk) {
		uint64_t nlb = ns->blocks - lba < per_chunk ? ns->blocks - lba : per_chunk;
		char *memory = sim_media_memory(sim, ns, lba);

		if (memory)
			memcpy(memory, chunk, nlb << ns->lba_shift);
		else
			sim_media_write(sim, ns, lba, nlb, chunk);
	}
	free(chunk);
	sim_metadata_zero(sim, ns, 0, ns->blocks);
	sim_media_clear_bad(ns, 0, ns->blocks);
	sim_lba_mark(ns, 0, ns->blocks, true);
	sim_cdq_changed(sim, NULL, ns, 0, ns->blocks, false);
	sim_zns_empty(ns);
	sim_kv_empty(sim, ns);
}
