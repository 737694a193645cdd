/* SPDX-License-Identifier: MIT */
/*
 * All memory that a controller can reach: its regions and its IOVA space. Thread-safe; the public
 * face is <znvme/mem.h>.
 */
#ifndef MEM_REGION_H
#define MEM_REGION_H

#include <pthread.h>

#include "mem/iova.h"
#include "mem/table.h"
#include "znvme/device.h"
#include "znvme/mem.h"

struct region {
	struct znvme_region hot; /* first: what users hold is a pointer to it */
	bool mapped;		 /* its memory is; not so only after a failed domain_free() */
	bool ours;		 /* the memory is to be unmapped with the region */
	bool theirs;		 /* it is the controller's own, and is never mapped for it */
	void *lists;		 /* its PRP lists; NULL where it needs none */
	size_t lists_len;	 /* bytes */
	uint64_t lists_iova;
	unsigned data_queues; /* of the controller's in it; under the controller's lock */
	struct znvme_region_leaf *whole; /* see table_enter() */
};

struct domain {
	struct znvme_device *dev;
	unsigned page_shift; /* memory page size of the controller: 12 + CC.MPS */
	bool long_transfers; /* commands of more than 1 MiB: regions mapped from now on serve them
			      */
	pthread_mutex_t lock;
	struct iova_space iova;
	struct table table;
	struct region **regions; /* ascending by address */
	size_t nr_regions;
	size_t capacity;
};

int domain_init(struct domain *domain, struct znvme_device *dev, unsigned page_shift);

/* Unmaps and frees all regions; the controller must be unable to use them. */
void domain_fini(struct domain *domain);

int domain_alloc(struct domain *domain, size_t len, struct znvme_region **region);
int domain_map(struct domain *domain, void *addr, size_t len, unsigned flags,
	       struct znvme_region **region);

/* A region of the controller's own memory: for the host at `addr`, for the controller at `iova`. */
int domain_enter(struct domain *domain, void *addr, size_t len, uint64_t iova, unsigned flags,
		 struct znvme_region **region);

/* The caller has made sure that no command in flight uses it. NULL is allowed. */
int domain_free(struct domain *domain, struct znvme_region *region);

/* `len` bytes of IOVA space that are never mapped, until the domain ends. */
int domain_reserve(struct domain *domain, uint64_t len, uint64_t *iova);

struct znvme_region *domain_find(struct domain *domain, const void *buf, size_t len);

#endif
