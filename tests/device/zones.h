/* SPDX-License-Identifier: MIT */
/* What the tests of zoned namespaces share. */
#ifndef ZNVME_TEST_ZONES_H
#define ZNVME_TEST_ZONES_H

#include "tests.h"

#define APPENDS 24u

/* A device, its zoned namespace with all zones empty, a queue, and a region. */
struct bench {
	struct test *t;
	const struct znvme_zns *zns;
	struct znvme_queue *q;
	struct znvme_region *region;
	uint32_t block; /* bytes */
	uint64_t cap;	/* blocks that a zone takes */
};

struct bench set_up_zones(struct test *t);

static inline uint64_t start_of(const struct bench *b, unsigned zone)
{
	return zone * b->zns->zone_size;
}

#endif
