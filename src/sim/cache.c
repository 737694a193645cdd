/* SPDX-License-Identifier: MIT */
/*
 * The volatile write cache (Base 2.1, section 5.1.25.1.4) as far as a power loss shows it: a log of
 * what each write since the last flush has overwritten, newest last. While there is power the
 * blocks are always the newest ones. When it goes, each write that may still have been in the cache
 * is kept, lost or torn by the seed; what AWUPF promises is kept or lost as a whole (NVM Command
 * Set 1.1, section 2.1.4). A log that is full forgets its oldest writes: they have reached the
 * medium.
 *
 * Without the option cache, and without a rule that takes the power away, nothing is logged.
 */
#include "sim/internal.h"

#include <stdlib.h>
#include <sys/mman.h>

#define SIM_CACHE_DEFAULT (16u << 20) /* bytes, where a rule may take the power away */

enum sim_fate {
	SIM_KEPT,
	SIM_LOST,
	SIM_TORN,
	SIM_FATES,
};

/* A command that was under way when the power went is in the cache, whatever it asked for. */
bool sim_power_fails(const struct znvme_sim *sim)
{
	return sim->faults.now && sim_fault_wants(sim->faults.now, SIM_DO_POWER_OFF);
}

static uint64_t sim_cache_size(const struct znvme_sim *sim)
{
	bool rule = sim->faults.actions & 1u << SIM_DO_POWER_OFF;

	return !sim->options.cache && rule ? SIM_CACHE_DEFAULT : sim->options.cache;
}

/* Data, and metadata behind them. */
static uint64_t sim_blocks_bytes(const struct sim_ns *ns, uint64_t nlb)
{
	return nlb * ((1ull << ns->lba_shift) + ns->format.ms);
}

static uint64_t sim_cached_bytes(const struct sim_cached *cached)
{
	return sizeof(*cached) + (cached->before ? sim_blocks_bytes(cached->ns, cached->nlb) : 0);
}

static void sim_cache_forget(struct sim_cache *cache, struct sim_cached *cached)
{
	cache->bytes -= sim_cached_bytes(cached);
	free(cached->before);
}

void sim_cache_clear(struct sim_cache *cache)
{
	for (size_t i = 0; i < cache->nr; i++)
		free(cache->entry[cache->first + i].before);
	free(cache->entry);
	*cache = (struct sim_cache){.nr = 0};
}

static bool sim_cache_grow(struct sim_cache *cache)
{
	size_t room = cache->room ? cache->room * 2 : 64;
	void *more;

	if (cache->first + cache->nr < cache->room)
		return true;
	if (cache->first > cache->room / 2) {
		memmove(cache->entry, cache->entry + cache->first,
			cache->nr * sizeof(*cache->entry));
		cache->first = 0;
		return true;
	}
	more = realloc(cache->entry, room * sizeof(*cache->entry));
	if (!more)
		return false;
	cache->entry = more;
	cache->room = room;
	return true;
}

static uint16_t sim_cache_add(struct znvme_sim *sim, struct sim_cached *cached, bool durable)
{
	struct sim_cache *cache = &sim->cache;
	uint16_t status = ZNVME_SC_SUCCESS;

	if (!durable) {
		cached->before = malloc(sim_blocks_bytes(cached->ns, cached->nlb));
		if (!cached->before)
			return ZNVME_SC_INTERNAL;
		status = sim_media_read(sim, cached->ns, cached->slba, cached->nlb, cached->before);
		if (!status && cached->ns->format.ms)
			status = sim_metadata_get(sim, cached->ns, cached->slba, cached->nlb,
						  cached->before +
							  (cached->nlb << cached->ns->lba_shift));
	}
	if (!status && !sim_cache_grow(cache))
		status = ZNVME_SC_INTERNAL;
	if (status) {
		free(cached->before);
		return status;
	}
	cache->entry[cache->first + cache->nr++] = *cached;
	cache->bytes += sim_cached_bytes(cached);
	return ZNVME_SC_SUCCESS;
}

/* Blocks are about to change; `durable` where they shall survive a power loss. */
uint16_t sim_cache_write(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb,
			 bool durable)
{
	struct sim_cached cached = {.ns = ns, .slba = slba, .nlb = nlb};
	struct sim_cache *cache = &sim->cache;
	uint64_t size = sim_cache_size(sim);
	uint16_t status;

	if (sim_power_fails(sim))
		return sim_cache_add(sim, &cached, false);
	if (!size || (durable && !cache->nr))
		return ZNVME_SC_SUCCESS;
	if (!durable &&
	    sim_blocks_bytes(ns, nlb) > size) { /* all of the cache, and written through */
		sim_cache_clear(cache);
		return ZNVME_SC_SUCCESS;
	}
	status = sim_cache_add(sim, &cached, durable);
	while (!status && cache->nr && cache->bytes > size) {
		sim_cache_forget(cache, &cache->entry[cache->first]);
		cache->first++;
		cache->nr--;
	}
	return status;
}

/* ---- power loss ---------------------------------------------------------------------------- */

/* Blocks whose contents no older write can change any more: a bit each, a map a namespace. */
struct sim_settled {
	uint64_t *map[SIM_MAX_NS];
	uint64_t random;
};

static bool sim_is_settled(const struct sim_settled *settled, const struct sim_ns *ns, uint64_t lba)
{
	return settled->map[ns->nsid - 1][lba / 64] >> lba % 64 & 1;
}

static uint64_t sim_settle_random(struct sim_settled *settled)
{
	settled->random += 0x9e3779b97f4a7c15ull;
	return sim_mix(settled->random);
}

static void sim_settle(struct znvme_sim *sim, struct sim_settled *settled,
		       const struct sim_cached *cached, uint64_t lba, bool lost)
{
	struct sim_ns *ns = cached->ns;
	const char *metadata = cached->before + (cached->nlb << ns->lba_shift);
	uint64_t i = lba - cached->slba;

	if (sim_is_settled(settled, ns, lba))
		return;
	if (lost) {
		sim_media_write(sim, ns, lba, 1, cached->before + (i << ns->lba_shift));
		if (ns->format.ms)
			sim_metadata_put(sim, ns, lba, 1, metadata + i * ns->format.ms);
		if (ns->zns)
			sim_zns_lose(sim, ns, lba);
	} else {
		settled->map[ns->nsid - 1][lba / 64] |= 1ull << lba % 64;
	}
}

/* One write, in the units that are atomic. */
static void sim_power_take(struct znvme_sim *sim, struct sim_settled *settled,
			   const struct sim_cached *cached)
{
	uint64_t unit = cached->nlb <= sim->options.awupf ? cached->nlb : sim->options.awupf;
	unsigned fate = cached->before ? (unsigned)(sim_settle_random(settled) % SIM_FATES)
				       : (unsigned)SIM_KEPT;

	for (uint64_t at = 0; at < cached->nlb; at += unit) {
		bool lost =
			fate == SIM_LOST || (fate == SIM_TORN && sim_settle_random(settled) & 1);

		for (uint64_t i = at; i < at + unit && i < cached->nlb; i++)
			sim_settle(sim, settled, cached, cached->slba + i, lost);
	}
}

static bool sim_settled_init(struct znvme_sim *sim, struct sim_settled *settled)
{
	for (uint32_t i = 0; i < sim->nr_ns; i++) {
		void *map;

		if (!sim->ns[i].allocated)
			continue;
		map = mmap(NULL, sim->ns[i].blocks / 8 + 8, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (map == MAP_FAILED)
			return false;
		settled->map[i] = map;
	}
	return true;
}

/* The power goes, and with it what the cache has: newest write first, so that the oldest contents
 * that come back do so last. */
void sim_power_off(struct znvme_sim *sim)
{
	struct sim_cache *cache = &sim->cache;
	struct sim_settled settled = {.random = sim_mix(sim->options.seed)};

	if (sim->removed)
		return;
	if (cache->nr && sim_settled_init(sim, &settled))
		for (size_t i = cache->nr; i-- > 0;)
			sim_power_take(sim, &settled, &cache->entry[cache->first + i]);
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (settled.map[i])
			munmap(settled.map[i], sim->ns[i].blocks / 8 + 8);
	sim_cache_clear(cache);
	sim_media_sync(sim);
	sim_write_protect_power_off(sim);
	sim->removed = true;
}
