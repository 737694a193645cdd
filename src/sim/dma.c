/* SPDX-License-Identifier: MIT */
/*
 * The simulated IOMMU: which I/O virtual addresses are host memory, and for what. A sorted array,
 * with the last hit remembered. All that the controller reads or writes of the host goes through
 * here; what is not mapped, or not that way, is refused and counted.
 */
#include "sim/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SIM_IOVA_ALIGN 4096u

/* Index of the first mapping that ends behind `iova`. */
static size_t sim_iova_search(const struct sim_iova_table *table, uint64_t iova)
{
	size_t low = 0;
	size_t high = table->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->mapping[middle].iova + (table->mapping[middle].len - 1) < iova)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool sim_iova_allowed(const struct znvme_sim *sim, uint64_t iova, uint64_t len)
{
	for (unsigned i = 0; i < sim->dev.nr_iova_ranges; i++)
		if (iova >= sim->ranges[i].first && iova <= sim->ranges[i].last &&
		    len - 1 <= sim->ranges[i].last - iova)
			return true;
	return false;
}

static int sim_dma_check(const struct znvme_sim *sim, void *addr, size_t len, uint64_t iova,
			 unsigned flags)
{
	if (!addr || !len || ((uintptr_t)addr | len | iova) & (SIM_IOVA_ALIGN - 1))
		return znvme_fail(-EINVAL,
				  "sim: mapping %zu bytes at %p as 0x%llx: not aligned to %u", len,
				  addr, (unsigned long long)iova, SIM_IOVA_ALIGN);
	if (!flags || flags & ~(unsigned)(ZNVME_DMA_READ | ZNVME_DMA_WRITE))
		return znvme_fail(-EINVAL, "sim: mapping with flags 0x%x", flags);
	if (!sim_iova_allowed(sim, iova, len))
		return znvme_fail(-EINVAL, "sim: IOVA 0x%llx + %zu is outside of the IOVA ranges",
				  (unsigned long long)iova, len);
	if (sim->iova.nr >= sim->options.mappings)
		return znvme_fail(-ENOMEM, "sim: all %llu mappings are in use (option mappings)",
				  (unsigned long long)sim->options.mappings);
	return 0;
}

/*
 * All of it is memory of the process that can be used that way, by /proc/self/maps, as an IOMMU
 * driver that pins pages would find. Where that cannot be read, the caller is believed.
 */
static bool sim_memory_usable(const void *addr, size_t len, unsigned flags)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t at = (uintptr_t)addr;
	uintptr_t end = at + len;
	char line[512];

	if (!maps)
		return true;
	while (at < end && fgets(line, sizeof(line), maps)) {
		uintptr_t first;
		uintptr_t behind;
		char perms[5];

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &first, &behind, perms) != 3 ||
		    behind <= at)
			continue; /* below it, or the rest of a long line */
		if (first > at || (flags & ZNVME_DMA_READ && perms[0] != 'r') ||
		    (flags & ZNVME_DMA_WRITE && perms[1] != 'w'))
			break;
		at = behind;
	}
	fclose(maps);
	return at >= end;
}

int sim_dma_map(struct znvme_sim *sim, void *addr, size_t len, uint64_t iova, unsigned flags)
{
	struct sim_iova_table *table = &sim->iova;
	int rc = sim_dma_check(sim, addr, len, iova, flags);
	size_t at;

	if (rc)
		return rc;
	at = sim_iova_search(table, iova);
	if (at < table->nr &&
	    (table->mapping[at].iova <= iova || table->mapping[at].iova - iova < len))
		return znvme_fail(-EEXIST, "sim: IOVA 0x%llx + %zu overlaps a mapping",
				  (unsigned long long)iova, len);
	if (!sim_memory_usable(addr, len, flags))
		return znvme_fail(
			-EFAULT,
			"sim: mapping %zu bytes at %p: not all of it is readable and writable "
			"memory of the process",
			len, addr);
	if (table->nr == table->room) {
		size_t room = table->room ? table->room * 2 : 64;
		struct sim_mapping *mapping = realloc(table->mapping, room * sizeof(*mapping));

		if (!mapping)
			return znvme_fail(-ENOMEM, "sim: no memory for a DMA mapping");
		table->mapping = mapping;
		table->room = room;
	}
	memmove(&table->mapping[at + 1], &table->mapping[at],
		(table->nr - at) * sizeof(*table->mapping));
	table->mapping[at] = (struct sim_mapping){iova, len, addr, flags};
	table->nr++;
	table->last = at;
	return 0;
}

int sim_dma_unmap(struct znvme_sim *sim, uint64_t iova, size_t len)
{
	struct sim_iova_table *table = &sim->iova;
	size_t at = sim_iova_search(table, iova);

	if (at == table->nr || table->mapping[at].iova != iova || table->mapping[at].len != len)
		return znvme_fail(-ENOENT, "sim: there is no mapping of %zu bytes at IOVA 0x%llx",
				  len, (unsigned long long)iova);
	table->nr--;
	memmove(&table->mapping[at], &table->mapping[at + 1],
		(table->nr - at) * sizeof(*table->mapping));
	table->last = 0;
	return 0;
}

static const struct sim_mapping *sim_iova_find(struct sim_iova_table *table, uint64_t iova)
{
	if (table->last >= table->nr ||
	    iova - table->mapping[table->last].iova >= table->mapping[table->last].len) {
		size_t at = sim_iova_search(table, iova);

		if (at == table->nr || table->mapping[at].iova > iova)
			return NULL;
		table->last = at;
	}
	return &table->mapping[table->last];
}

static char *sim_host_window(struct znvme_sim *sim, uint64_t iova, size_t *len, unsigned flags)
{
	const struct sim_mapping *mapping = NULL;

	if (sim->bus_master)
		mapping = sim_iova_find(&sim->iova, iova);
	if (!mapping || (mapping->flags & flags) != flags)
		return NULL;
	if (*len > mapping->len - (iova - mapping->iova))
		*len = (size_t)(mapping->len - (iova - mapping->iova));
	return mapping->addr + (iova - mapping->iova);
}

char *sim_dma_window(struct znvme_sim *sim, uint64_t iova, size_t *len, unsigned flags)
{
	const unsigned rights = ZNVME_DMA_READ | ZNVME_DMA_WRITE;
	char *window = NULL;

	if (sim->removed)
		window = NULL;
	else if (sim_cmb_holds(sim, iova))
		window = sim_cmb_window(sim, iova, len, flags);
	else if (sim_pmr_holds(sim, iova))
		window = sim_pmr_window(sim, iova, len, flags);
	else
		window = sim_host_window(sim, iova, len, flags & rights);
	if (!window)
		sim->counters.dma_refused++;
	return window;
}

bool sim_dma_mapped(struct znvme_sim *sim, uint64_t iova)
{
	return sim_cmb_holds(sim, iova) || sim_pmr_holds(sim, iova) ||
	       sim_iova_find(&sim->iova, iova);
}

uint16_t sim_dma_status(struct znvme_sim *sim, uint64_t iova)
{
	return sim_cmb_holds(sim, iova) ? SIM_DNR(ZNVME_SC_CMB_INVALID_USE)
					: (uint16_t)ZNVME_SC_DATA_TRANSFER;
}

bool sim_dma_read(struct znvme_sim *sim, uint64_t iova, void *data, size_t len, unsigned flags)
{
	char *to = data;

	while (len) {
		size_t part = len;
		const char *from = sim_dma_window(sim, iova, &part, flags);

		if (!from)
			return false;
		memcpy(to, from, part);
		to += part;
		iova += part;
		len -= part;
	}
	return true;
}
