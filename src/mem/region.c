/* SPDX-License-Identifier: MIT */
#include "mem/region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "mem/prp.h"
#include "znvme/cmd.h"

#define HUGE_PAGE ((size_t)2 << 20)

int domain_init(struct domain *domain, struct znvme_device *dev, unsigned page_shift)
{
	memset(domain, 0, sizeof(*domain));
	domain->page_shift = page_shift;
	if (iova_space_init(&domain->iova, dev->iova_ranges, dev->nr_iova_ranges))
		return znvme_fail(-EINVAL, "%s: the IOVA ranges of the device make no sense",
				  dev->address);
	if (table_init(&domain->table)) {
		iova_space_fini(&domain->iova);
		return znvme_fail(-ENOMEM, "no memory for the table of regions");
	}
	pthread_mutex_init(&domain->lock, NULL);
	/* Says that there is something to be undone. */
	domain->dev = dev;
	return 0;
}

/* IOVA space for `len` bytes at `addr`, and the mapping. */
static int map_dma(struct domain *domain, void *addr, size_t len, unsigned flags, uint64_t *iova)
{
	uint64_t align = MAX((uint64_t)1 << domain->page_shift, domain->dev->iova_align);
	int rc;

	/* Large mappings are aligned so that the IOMMU can use large pages for them. */
	if (len >= HUGE_PAGE)
		align = MAX(align, HUGE_PAGE);
	rc = iova_alloc(&domain->iova, len, align, iova);
	if (rc)
		return znvme_fail(-ENOMEM,
				  "%s: no free range of %zu bytes in the IOMMU's addresses",
				  domain->dev->address, len);
	rc = domain->dev->ops->dma_map(domain->dev, addr, len, *iova, flags);
	if (rc)
		iova_free(&domain->iova, *iova, len);
	return rc;
}

static int unmap_dma(struct domain *domain, uint64_t iova, size_t len)
{
	int rc = domain->dev->ops->dma_unmap(domain->dev, iova, len);

	if (!rc)
		iova_free(&domain->iova, iova, len);
	return rc;
}

/* Have pages come from the NUMA node `node` - 1 where it has some; a wish, not more. */
static void prefer_node(void *memory, size_t len, unsigned node)
{
	unsigned long nodes[16] = {0};
	const unsigned bits = 8 * sizeof(*nodes);

	if (!node || node > ARRAY_SIZE(nodes) * bits)
		return;
	nodes[(node - 1) / bits] = 1ul << (node - 1) % bits;
	syscall(SYS_mbind, memory, len, MPOL_PREFERRED, nodes, ARRAY_SIZE(nodes) * bits + 1, 0);
}

/* Zeroed private memory that a child after fork() does not share. */
static void *map_memory(const struct domain *domain, size_t len)
{
	const int prot = PROT_READ | PROT_WRITE;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *memory = MAP_FAILED;

	if (len % HUGE_PAGE == 0)
		memory = mmap(NULL, len, prot, flags | MAP_HUGETLB | (21 << MAP_HUGE_SHIFT), -1, 0);
	if (memory == MAP_FAILED)
		memory = mmap(NULL, len, prot, flags, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, len, MADV_DONTFORK);
	prefer_node(memory, len, domain->dev->numa_node);
	return memory;
}

/* Write the region's PRP lists and map them; a region of one or two pages needs none. */
static int add_lists(struct domain *domain, struct region *region)
{
	uint64_t len = prp_lists_len(&region->hot, domain->long_transfers);
	int rc;

	if (!len)
		return 0;
	region->lists_len = round_up(len, domain->dev->iova_align);
	region->lists = map_memory(domain, region->lists_len);
	if (!region->lists)
		return znvme_fail(-ENOMEM, "no memory for the PRP lists of a region of %zu bytes",
				  region->hot.len);
	/* Written to before it is pinned for reading: see vfio_dma_map(). */
	memset(region->lists, 0, region->lists_len);
	rc = map_dma(domain, region->lists, region->lists_len, ZNVME_DMA_READ, &region->lists_iova);
	if (rc) {
		munmap(region->lists, region->lists_len);
		region->lists = NULL;
		return rc;
	}
	prp_lists_write(&region->hot, region->lists, region->lists_iova, domain->long_transfers);
	return 0;
}

static int drop_lists(struct domain *domain, struct region *region)
{
	int rc;

	if (!region->lists)
		return 0;
	rc = unmap_dma(domain, region->lists_iova, region->lists_len);
	if (rc)
		return rc;
	munmap(region->lists, region->lists_len);
	region->lists = NULL;
	return 0;
}

/* The memory itself, behind its mapping. */
static void release_memory(struct region *region)
{
	if (region->ours)
		munmap(region->hot.addr, region->hot.len);
	else if (!region->theirs)
		madvise(region->hot.addr, region->hot.len, MADV_DOFORK);
}

/* The first region that ends above `addr`. */
static size_t region_at(const struct domain *domain, const char *addr)
{
	size_t low = 0, high = domain->nr_regions;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct znvme_region *region = &domain->regions[middle]->hot;

		if (region->addr + region->len > addr)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int insert_region(struct domain *domain, struct region *region)
{
	size_t at = region_at(domain, region->hot.addr);

	if (domain->nr_regions == domain->capacity) {
		size_t capacity = domain->capacity ? 2 * domain->capacity : 16;
		struct region **regions = realloc(domain->regions, capacity * sizeof(*regions));

		if (!regions)
			return znvme_fail(-ENOMEM, "no memory for the list of regions");
		domain->regions = regions;
		domain->capacity = capacity;
	}
	memmove(&domain->regions[at + 1], &domain->regions[at],
		(domain->nr_regions - at) * sizeof(*domain->regions));
	domain->regions[at] = region;
	domain->nr_regions++;
	return 0;
}

static void remove_region(struct domain *domain, const struct region *region)
{
	size_t at = region_at(domain, region->hot.addr);

	domain->nr_regions--;
	memmove(&domain->regions[at], &domain->regions[at + 1],
		(domain->nr_regions - at) * sizeof(*domain->regions));
}

/* Map the region's memory and lists and enter it; on failure nothing of it is left. Takes the lock.
 */
static int enter_region(struct domain *domain, struct region *region, unsigned dma_flags)
{
	struct znvme_region *hot = &region->hot;
	size_t at;
	int rc;

	hot->page_shift = domain->page_shift;
	if (domain->page_shift == ZNVME_PAGE_SHIFT)
		hot->inline_pages = hot->len >> ZNVME_PAGE_SHIFT;
	pthread_mutex_lock(&domain->lock);
	at = region_at(domain, hot->addr);
	if (at < domain->nr_regions && domain->regions[at]->hot.addr < hot->addr + hot->len) {
		rc = znvme_fail(-EEXIST,
				"the memory at %p overlaps a region that is mapped already",
				(void *)hot->addr);
		goto unlock;
	}
	if (!region->theirs) {
		rc = map_dma(domain, hot->addr, hot->len, dma_flags, &hot->iova);
		if (rc)
			goto unlock;
		region->mapped = true;
	}
	rc = add_lists(domain, region);
	if (rc)
		goto unmap;
	hot->iova_off = hot->iova - (uint64_t)(uintptr_t)hot->addr;
	rc = table_enter(&domain->table, hot, &region->whole);
	if (rc) {
		znvme_fail(rc, "no memory for the table of regions");
		goto drop_lists;
	}
	rc = insert_region(domain, region);
	if (rc)
		goto leave_table;
	pthread_mutex_unlock(&domain->lock);
	return 0;

leave_table:
	table_remove(&domain->table, hot, &region->whole);
drop_lists:
	drop_lists(domain, region);
unmap:
	if (region->mapped)
		unmap_dma(domain, hot->iova, hot->len);
unlock:
	pthread_mutex_unlock(&domain->lock);
	return rc;
}

int domain_alloc(struct domain *domain, size_t len, struct znvme_region **out)
{
	size_t align = MAX((size_t)sysconf(_SC_PAGESIZE), domain->dev->iova_align);
	struct region *region;
	int rc;

	if (len == 0 || len > SIZE_MAX / 2)
		return znvme_fail(-EINVAL, "a region of %zu bytes cannot be had", len);
	region = calloc(1, sizeof(*region));
	if (!region)
		return znvme_fail(-ENOMEM, "no memory for a region");
	region->ours = true;
	region->hot.len = round_up(len, align);
	region->hot.addr = map_memory(domain, region->hot.len);
	if (!region->hot.addr) {
		rc = znvme_fail(-ENOMEM, "no memory for a region of %zu bytes: %s", len,
				strerror(errno));
		goto free_region;
	}
	rc = enter_region(domain, region, ZNVME_DMA_READ | ZNVME_DMA_WRITE);
	if (rc)
		goto unmap_memory;
	*out = &region->hot;
	return 0;

unmap_memory:
	munmap(region->hot.addr, region->hot.len);
free_region:
	free(region);
	return rc;
}

int domain_map(struct domain *domain, void *addr, size_t len, unsigned flags,
	       struct znvme_region **out)
{
	size_t align = MAX((size_t)sysconf(_SC_PAGESIZE), domain->dev->iova_align);
	unsigned dma_flags = ZNVME_DMA_READ;
	struct region *region;
	int rc;

	if (!addr || !len || ((uintptr_t)addr | len) & (align - 1) ||
	    (uintptr_t)addr + len < (uintptr_t)addr)
		return znvme_fail(-EINVAL,
				  "%zu bytes at %p: address and length must be multiples of the "
				  "page size, %zu bytes",
				  len, addr, align);
	if (flags & ~(unsigned)ZNVME_MEM_READ_ONLY)
		return znvme_fail(-EINVAL, "unknown flags 0x%x for a mapping", flags);
	if (!(flags & ZNVME_MEM_READ_ONLY))
		dma_flags |= ZNVME_DMA_WRITE;
	region = calloc(1, sizeof(*region));
	if (!region)
		return znvme_fail(-ENOMEM, "no memory for a region");
	region->hot.addr = addr;
	region->hot.len = len;
	region->hot.flags = flags;
	rc = enter_region(domain, region, dma_flags);
	if (rc) {
		free(region);
		return rc;
	}
	/* After fork() the parent's next write would move it to a copy that the device does not
	 * see. */
	madvise(addr, len, MADV_DONTFORK);
	*out = &region->hot;
	return 0;
}

int domain_enter(struct domain *domain, void *addr, size_t len, uint64_t iova, unsigned flags,
		 struct znvme_region **out)
{
	struct region *region = calloc(1, sizeof(*region));
	int rc;

	if (!region)
		return znvme_fail(-ENOMEM, "no memory for a region");
	region->theirs = true;
	region->hot.addr = addr;
	region->hot.len = len;
	region->hot.iova = iova;
	region->hot.flags = flags;
	rc = enter_region(domain, region, 0);
	if (rc) {
		free(region);
		return rc;
	}
	*out = &region->hot;
	return 0;
}

int domain_free(struct domain *domain, struct znvme_region *hot)
{
	struct region *region = (struct region *)hot;
	int rc;

	if (!region)
		return 0;
	pthread_mutex_lock(&domain->lock);
	table_remove(&domain->table, hot, &region->whole);
	/* Where one of the two fails, the region stays, and the call can be repeated. */
	rc = region->mapped ? unmap_dma(domain, hot->iova, hot->len) : 0;
	if (rc)
		goto unlock;
	region->mapped = false;
	rc = drop_lists(domain, region);
	if (rc)
		goto unlock;
	remove_region(domain, region);
	release_memory(region);
	free(region);
unlock:
	pthread_mutex_unlock(&domain->lock);
	return rc;
}

int domain_reserve(struct domain *domain, uint64_t len, uint64_t *iova)
{
	int rc;

	pthread_mutex_lock(&domain->lock);
	rc = iova_alloc(&domain->iova, len, (uint64_t)1 << domain->page_shift, iova);
	pthread_mutex_unlock(&domain->lock);
	return rc ? znvme_fail(-ENOMEM, "%s: no free range of %llu bytes in the IOMMU's addresses",
			       domain->dev->address, (unsigned long long)len)
		  : 0;
}

struct znvme_region *domain_find(struct domain *domain, const void *buf, size_t len)
{
	const char *start = buf;
	struct znvme_region *found = NULL;
	size_t at;

	pthread_mutex_lock(&domain->lock);
	at = region_at(domain, start);
	if (at < domain->nr_regions) {
		struct znvme_region *region = &domain->regions[at]->hot;

		if (region->addr <= start && len <= region->len &&
		    (size_t)(start - region->addr) <= region->len - len)
			found = region;
	}
	pthread_mutex_unlock(&domain->lock);
	return found;
}

void domain_fini(struct domain *domain)
{
	while (domain->nr_regions) {
		struct region *region = domain->regions[domain->nr_regions - 1];

		/* A mapping that cannot be taken away goes with the device; the memory goes too. */
		if (region->mapped)
			domain->dev->ops->dma_unmap(domain->dev, region->hot.iova, region->hot.len);
		table_remove(&domain->table, &region->hot, &region->whole);
		if (drop_lists(domain, region))
			munmap(region->lists, region->lists_len);
		release_memory(region);
		free(region);
		domain->nr_regions--;
	}
	free(domain->regions);
	table_fini(&domain->table);
	iova_space_fini(&domain->iova);
	pthread_mutex_destroy(&domain->lock);
}
