// SPDX-License-Identifier: MIT
/*
 * Zoned namespaces (Zoned Namespace Command Set 1.2): what is zoned in one, reports, the states of
 * zones and their limits, writes and appends at the write pointer, random write areas, extensions,
 * the table that keeps write pointers.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "zones.h"

static const struct znvme_zns *find_zones(struct test *t)
{
	const struct znvme_zns *zns = NULL;
	uint32_t nsids[16];
	int n = znvme_ns_list(t->ctrl, 0, nsids, ARRAY_LEN(nsids));

	for (int i = 0; i < n && !zns; i++) {
		CHECK_OK(znvme_ns_get(t->ctrl, nsids[i], &t->ns));
		if (t->ns->csi == ZNVME_CSI_ZNS)
			CHECK_OK(znvme_zns_get(t->ns, &zns));
	}
	CHECK(zns);
	return zns;
}

static struct znvme_zone_desc zone_of(struct bench *b, unsigned zone)
{
	struct znvme_zone_desc desc;
	uint64_t nr;

	CHECK_OK(znvme_zone_report(b->zns, zone * b->zns->zone_size, ZNVME_ZONES_ALL, &desc, NULL,
				   1, &nr));
	CHECK_EQ(nr, 1);
	CHECK_EQ(desc.zslba, zone * b->zns->zone_size);
	return desc;
}

#define CHECK_STATE(b, zone, wanted)                                                               \
	do {                                                                                       \
		const struct znvme_zone_desc desc_ = zone_of(b, zone);                             \
		CHECK_EQ(znvme_zone_state(&desc_), wanted);                                        \
	} while (0)

/* The write pointer is that far behind the zone's start. */
#define CHECK_WP(b, zone, wanted)                                                                  \
	do {                                                                                       \
		const struct znvme_zone_desc desc_ = zone_of(b, zone);                             \
		CHECK_EQ(desc_.wp - desc_.zslba, wanted);                                          \
	} while (0)

struct bench set_up_zones(struct test *t)
{
	struct bench b = {.t = t};

	test_open(t);
	b.zns = find_zones(t);
	b.block = t->ns->lba_bytes;
	b.q = test_queue(t, APPENDS + 1, 0);
	b.region = test_region(t, APPENDS * b.block);
	CHECK_OK(znvme_zone_reset(b.zns, ZNVME_ALL_ZONES));
	b.cap = zone_of(&b, 0).zcap;
	CHECK(b.zns->nr_zones >= 12 && b.cap >= 64);
	return b;
}

/* `nlb` blocks, whose contents tell where they belong. */
static int write_at(struct bench *b, uint64_t lba, uint32_t nlb)
{
	fill_pattern(b->region->addr, (size_t)nlb * b->block, lba);
	return test_rw(b->t, b->q, ZNVME_CMD_WRITE, b->region, b->region->addr, lba, nlb);
}

static void check_at(struct bench *b, uint64_t lba, uint32_t nlb)
{
	memset(b->region->addr, 0xa5, (size_t)nlb * b->block);
	CHECK_OK(test_rw(b->t, b->q, ZNVME_CMD_READ, b->region, b->region->addr, lba, nlb));
	CHECK_PATTERN(b->region->addr, (size_t)nlb * b->block, lba);
}

/* Fill a zone but for its last `rest` blocks. */
static void fill_zone(struct bench *b, unsigned zone, uint32_t rest)
{
	size_t len = (size_t)(b->cap - rest) * b->block;
	char *data = malloc(len);

	CHECK(data);
	fill_pattern(data, len, zone);
	CHECK_RC(znvme_pwrite(b->t->ns, data, len, start_of(b, zone) * b->block, 0, NULL),
		 (ssize_t)len);
	free(data);
}

/* ---- what is zoned, reports ---------------------------------------------------------------- */

static void facts(struct test *t)
{
	const struct znvme_zns *zns;
	uint32_t nsids[16];
	int n;

	test_open(t);
	zns = find_zones(t);
	CHECK(zns->ns == t->ns);
	CHECK_EQ(zns->zone_size * zns->nr_zones, t->ns->nr_blocks);
	CHECK_EQ(zns->zone_size, t->ns->zone_size);
	CHECK(zns->max_append_nlb && zns->max_append_nlb <= zns->zone_size);
	CHECK(!zns->max_active || (zns->max_open && zns->max_open <= zns->max_active));
	CHECK_EQ(zns->extension_size % 64, 0);
	/* the other namespaces have no zones */
	n = znvme_ns_list(t->ctrl, 0, nsids, ARRAY_LEN(nsids));
	for (int i = 0; i < n; i++) {
		const struct znvme_ns *ns;

		CHECK_OK(znvme_ns_get(t->ctrl, nsids[i], &ns));
		if (ns->csi == ZNVME_CSI_ZNS)
			continue;
		CHECK_EQ(ns->zone_size, 0);
		CHECK_RC(znvme_zns_get(ns, &zns), -EOPNOTSUPP);
		CHECK_MESSAGE("not zoned");
	}
}

static void reports(struct test *t)
{
	struct bench b = set_up_zones(t);
	const struct znvme_zns *zns = b.zns;
	struct znvme_zone_desc *zones = calloc(zns->nr_zones + 1, sizeof(*zones));
	uint64_t nr, start = start_of(&b, 5);

	CHECK(zones);
	CHECK_OK(znvme_zone_report(zns, 0, ZNVME_ZONES_ALL, zones, NULL, zns->nr_zones + 1, &nr));
	CHECK_EQ(nr, zns->nr_zones);
	for (uint64_t i = 0; i < nr; i++) {
		CHECK_EQ(zones[i].zslba, i * zns->zone_size);
		CHECK_EQ(zones[i].wp, zones[i].zslba);
		CHECK_EQ(znvme_zone_state(&zones[i]), ZNVME_ZONE_EMPTY);
		CHECK_EQ(zones[i].zt & ZNVME_ZONE_ZT, ZNVME_ZONE_SEQUENTIAL);
	}
	/* from within a zone, no more than is asked for, of one state */
	CHECK_OK(znvme_zone_report(zns, start + 3, ZNVME_ZONES_ALL, zones, NULL, 3, &nr));
	CHECK_EQ(nr, 3);
	CHECK_EQ(zones[0].zslba, start);
	CHECK_EQ(zones[2].zslba, start + 2 * zns->zone_size);
	CHECK_OK(write_at(&b, start, 1));
	CHECK_OK(znvme_zone_finish(zns, start_of(&b, 9)));
	CHECK_OK(znvme_zone_report(zns, 0, ZNVME_ZONES_FULL, zones, NULL, zns->nr_zones, &nr));
	CHECK_EQ(nr, 1);
	CHECK_EQ(zones[0].zslba, start_of(&b, 9));
	CHECK_OK(znvme_zone_count(zns, 0, ZNVME_ZONES_EMPTY, &nr));
	CHECK_EQ(nr, zns->nr_zones - 2);
	CHECK_OK(znvme_zone_count(zns, start, ZNVME_ZONES_IMPLICITLY_OPEN, &nr));
	CHECK_EQ(nr, 1);
	CHECK_OK(znvme_zone_count(zns, 0, ZNVME_ZONES_OFFLINE, &nr));
	CHECK_EQ(nr, 0);
	CHECK_OK(znvme_zone_report(zns, 0, ZNVME_ZONES_ALL, NULL, NULL, 0, &nr));
	CHECK_EQ(nr, 0);
	CHECK_RC(znvme_zone_report(zns, t->ns->nr_blocks, ZNVME_ZONES_ALL, zones, NULL, 1, &nr),
		 -ERANGE);
	CHECK_MESSAGE("past the end");
	CHECK_STATUS(znvme_zone_count(zns, 0, (enum znvme_zone_filter)9, &nr),
		     ZNVME_SC_INVALID_FIELD);
	free(zones);
}

/* ---- states -------------------------------------------------------------------------------- */

static void life_of_a_zone(struct test *t)
{
	struct bench b = set_up_zones(t);
	uint64_t start = start_of(&b, 2);

	CHECK_OK(znvme_zone_open(b.zns, start));
	CHECK_STATE(&b, 2, ZNVME_ZONE_EXPLICITLY_OPEN);
	CHECK_OK(write_at(&b, start, 2));
	CHECK_STATE(&b, 2, ZNVME_ZONE_EXPLICITLY_OPEN);
	CHECK_WP(&b, 2, 2);
	CHECK_OK(znvme_zone_close(b.zns, start));
	CHECK_STATE(&b, 2, ZNVME_ZONE_CLOSED);
	CHECK_OK(write_at(&b, start + 2, 2));
	CHECK_STATE(&b, 2, ZNVME_ZONE_IMPLICITLY_OPEN);
	CHECK_WP(&b, 2, 4);
	check_at(&b, start, 2);
	check_at(&b, start + 2, 2);
	CHECK_OK(znvme_zone_finish(b.zns, start));
	CHECK_STATE(&b, 2, ZNVME_ZONE_FULL);
	check_at(&b, start + 2, 2);
	CHECK_STATUS(write_at(&b, start + 4, 1), ZNVME_SC_ZONE_FULL);
	CHECK_OK(znvme_zone_reset(b.zns, start));
	CHECK_STATE(&b, 2, ZNVME_ZONE_EMPTY);
	CHECK_WP(&b, 2, 0);
	CHECK_OK(test_rw(t, b.q, ZNVME_CMD_READ, b.region, b.region->addr, start, 2));
	CHECK_BYTES(b.region->addr, 2 * b.block, 0);
}

static void all_zones(struct test *t)
{
	struct bench b = set_up_zones(t);

	CHECK_OK(write_at(&b, start_of(&b, 0), 1));
	CHECK_OK(znvme_zone_open(b.zns, start_of(&b, 1)));
	CHECK_OK(znvme_zone_close(b.zns, ZNVME_ALL_ZONES));
	CHECK_STATE(&b, 0, ZNVME_ZONE_CLOSED);
	CHECK_STATE(&b, 1, ZNVME_ZONE_CLOSED);
	CHECK_STATE(&b, 2, ZNVME_ZONE_EMPTY);
	CHECK_OK(znvme_zone_open(b.zns, ZNVME_ALL_ZONES));
	CHECK_STATE(&b, 0, ZNVME_ZONE_EXPLICITLY_OPEN);
	CHECK_STATE(&b, 2, ZNVME_ZONE_EMPTY);
	CHECK_OK(znvme_zone_finish(b.zns, ZNVME_ALL_ZONES));
	CHECK_STATE(&b, 0, ZNVME_ZONE_FULL);
	CHECK_STATE(&b, 1, ZNVME_ZONE_FULL);
	CHECK_STATE(&b, 2, ZNVME_ZONE_EMPTY);
	CHECK_OK(znvme_zone_reset(b.zns, ZNVME_ALL_ZONES));
	CHECK_STATE(&b, 0, ZNVME_ZONE_EMPTY);
	CHECK_OK(znvme_zone_take_offline(b.zns, ZNVME_ALL_ZONES));
	CHECK_STATE(&b, 0, ZNVME_ZONE_EMPTY);
}

static void refused_actions(struct test *t)
{
	struct bench b = set_up_zones(t);

	CHECK_STATUS(znvme_zone_close(b.zns, 0), ZNVME_SC_ZONE_TRANSITION);
	CHECK_MESSAGE("Close Zone at block 0");
	CHECK_STATUS(znvme_zone_take_offline(b.zns, 0), ZNVME_SC_ZONE_TRANSITION);
	CHECK_OK(znvme_zone_finish(b.zns, 0));
	CHECK_OK(znvme_zone_finish(b.zns, 0));
	CHECK_STATUS(znvme_zone_open(b.zns, 0), ZNVME_SC_ZONE_TRANSITION);
	CHECK_STATUS(znvme_zone_close(b.zns, 0), ZNVME_SC_ZONE_TRANSITION);
	CHECK_STATUS(znvme_zone_open(b.zns, 1), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(znvme_zone_manage(b.zns, (enum znvme_zone_action)0x3f, 0, 0),
		     ZNVME_SC_INVALID_FIELD);
	CHECK_RC(znvme_zone_open(b.zns, t->ns->nr_blocks), -ERANGE);
	CHECK_RC(znvme_zone_manage(b.zns, ZNVME_ZONE_SET_EXTENSION, 0, 0), -EINVAL);
}

/* ---- writes, appends ----------------------------------------------------------------------- */

static void at_the_write_pointer(struct test *t)
{
	struct bench b = set_up_zones(t);
	uint64_t start = start_of(&b, 3);

	CHECK_STATUS(write_at(&b, start + 1, 1), ZNVME_SC_ZONE_INVALID_WRITE);
	CHECK_OK(write_at(&b, start, 2));
	CHECK_STATUS(write_at(&b, start, 2), ZNVME_SC_ZONE_INVALID_WRITE);
	CHECK_STATUS(write_at(&b, start + 3, 2), ZNVME_SC_ZONE_INVALID_WRITE);
	CHECK_WP(&b, 3, 2);
	fill_zone(&b, 4, 1);
	CHECK_STATUS(write_at(&b, start_of(&b, 4) + b.cap - 1, 2), ZNVME_SC_ZONE_BOUNDARY);
	CHECK_OK(write_at(&b, start_of(&b, 4) + b.cap - 1, 1));
	CHECK_STATE(&b, 4, ZNVME_ZONE_FULL);
	CHECK_STATUS(znvme_zone_open(b.zns, start_of(&b, 4)), ZNVME_SC_ZONE_TRANSITION);
	if (!b.zns->read_across_zones)
		CHECK_STATUS(test_rw(t, b.q, ZNVME_CMD_READ, b.region, b.region->addr,
				     start_of(&b, 4) - 1, 2),
			     ZNVME_SC_ZONE_BOUNDARY);
}

/* A zone as a whole, in as many commands as it takes, one after the other. */
static void blocking_writes(struct test *t)
{
	struct bench b = set_up_zones(t);
	size_t len = (size_t)b.cap * b.block;
	char *data = malloc(len);
	int status;

	CHECK(data);
	fill_zone(&b, 6, 0);
	CHECK_STATE(&b, 6, ZNVME_ZONE_FULL);
	CHECK_RC(znvme_pread(t->ns, data, len, start_of(&b, 6) * b.block, 0, NULL), (ssize_t)len);
	CHECK_PATTERN(data, len, 6);
	/* across zones: all is read; a write ends where the first zone does */
	CHECK_RC(znvme_pread(t->ns, data, len, (start_of(&b, 6) - 16) * b.block, 0, NULL),
		 (ssize_t)len);
	CHECK_BYTES(data, 16 * b.block, 0);
	CHECK_PATTERN(data + 16 * b.block, len - 16 * b.block, 6);
	CHECK(znvme_pwrite(t->ns, data, len, (start_of(&b, 6) - 16) * b.block, 0, &status) < 0);
	CHECK_OK(write_at(&b, start_of(&b, 7), 1));
	CHECK(znvme_pwrite(t->ns, data, len, start_of(&b, 7) * b.block, 0, &status) < 0);
	CHECK_STATUS(status, ZNVME_SC_ZONE_INVALID_WRITE);
	free(data);
}

/* A queue's commands are carried out in any order: of writes to a zone one is in flight at a time.
 */
static void one_write_at_a_time(struct test *t)
{
	struct znvme_sim_counters counters;
	static char data[512 * 1024];

	test_open_with(t, "sim:size=8M,zoned=1,zone_size=1M,latency=100", NULL);
	CHECK_RC(znvme_pwrite(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
	znvme_sim_counters(t->sim, &counters);
	CHECK(counters.io_commands >= 4);
	CHECK_EQ(counters.max_outstanding, 1);
	CHECK_RC(znvme_pread(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
	znvme_sim_counters(t->sim, &counters);
	CHECK(counters.max_outstanding > 1);
}

/* Many in flight: each gets a place of its own. */
static void appends(struct test *t)
{
	struct bench b = set_up_zones(t);
	uint64_t start = start_of(&b, 8), seen = 0;

	for (unsigned i = 0; i < APPENDS; i++) {
		char *buf = b.region->addr + (size_t)i * b.block;
		struct znvme_sqe *sqe = znvme_get_sqe(b.q, buf);

		CHECK(sqe);
		fill_pattern(buf, b.block, i);
		CHECK_OK(znvme_prep_zone_append(sqe, b.zns, b.region, buf, start, 1));
	}
	CHECK_OK(znvme_submit(b.q));
	for (unsigned n = 0; n < APPENDS; n++) {
		struct znvme_cpl cpl;
		uint64_t at;

		CHECK_RC(znvme_wait(b.q, &cpl, 1, PATIENCE_MS), 1);
		CHECK_OK(cpl.status);
		at = znvme_zone_append_lba(&cpl) - start;
		CHECK(at < APPENDS && !(seen >> at & 1));
		seen |= 1ull << at;
		/* which one it is, its buffer says: look at it where it went */
		CHECK_RC(znvme_pread(t->ns, cpl.data, b.block, (start + at) * b.block, 0, NULL),
			 b.block);
		CHECK_PATTERN(cpl.data, b.block,
			      (uint64_t)((char *)cpl.data - b.region->addr) / b.block);
	}
	CHECK_WP(&b, 8, APPENDS);
}

static void append_limits(struct test *t)
{
	struct bench b = set_up_zones(t);
	uint64_t start = start_of(&b, 8), lba;
	struct znvme_sqe sqe;
	char *data = calloc(2, b.block);

	CHECK(data);
	CHECK_RC(znvme_prep_zone_append(&sqe, b.zns, b.region, b.region->addr, start, 0), -EINVAL);
	CHECK_RC(znvme_prep_zone_append(&sqe, b.zns, b.region, b.region->addr, start,
					b.zns->max_append_nlb + 1),
		 -EINVAL);
	CHECK_RC(znvme_zone_append(b.zns, start, data, b.zns->max_append_nlb + 1, 0, &lba),
		 -EINVAL);
	CHECK_MESSAGE("it takes 1 to");
	CHECK_RC(znvme_zone_append(b.zns, start, NULL, 1, 0, &lba), -EFAULT);
	CHECK_RC(znvme_zone_append(b.zns, t->ns->nr_blocks, data, 1, 0, &lba), -ERANGE);
	fill_zone(&b, 8, 1);
	CHECK_STATUS(znvme_zone_append(b.zns, start, data, 2, 0, &lba), ZNVME_SC_ZONE_BOUNDARY);
	CHECK_OK(znvme_zone_append(b.zns, start, data, 1, ZNVME_RW_FUA, &lba));
	CHECK_EQ(lba, start + b.cap - 1);
	CHECK_STATE(&b, 8, ZNVME_ZONE_FULL);
	CHECK(znvme_zone_append(b.zns, start, data, 1, 0, NULL) > 0);
	CHECK_STATUS(znvme_zone_append(b.zns, start_of(&b, 9) + 1, data, 1, 0, &lba),
		     ZNVME_SC_INVALID_FIELD);
	free(data);
}

static void sgl_append(struct test *t)
{
	struct bench b = set_up_zones(t);
	struct znvme_sqe *sqe = znvme_get_sqe(b.q, &b);

	fill_pattern(b.region->addr, 2 * b.block, start_of(&b, 1));
	CHECK_OK(znvme_prep_zone_append_sgl(sqe, b.zns, b.region, b.region->addr, start_of(&b, 1),
					    2));
	CHECK_OK(znvme_submit(b.q));
	CHECK_OK(test_complete(b.q, &b));
	check_at(&b, start_of(&b, 1), 2);
}

/* ---- limits -------------------------------------------------------------------------------- */

static void open_limit(struct test *t)
{
	struct bench b = set_up_zones(t);
	unsigned nr = b.zns->max_open;

	/* opened by writes, the first is closed for one more */
	for (unsigned i = 0; i <= nr; i++)
		CHECK_OK(write_at(&b, start_of(&b, i), 1));
	CHECK_STATE(&b, nr, ZNVME_ZONE_IMPLICITLY_OPEN);
	CHECK_OK(znvme_zone_reset(b.zns, ZNVME_ALL_ZONES));
	/* opened explicitly, none is */
	for (unsigned i = 0; i < nr; i++)
		CHECK_OK(znvme_zone_open(b.zns, start_of(&b, i)));
	CHECK_STATUS(znvme_zone_open(b.zns, start_of(&b, nr)), ZNVME_SC_ZONE_TOO_MANY_OPEN);
	CHECK_STATUS(write_at(&b, start_of(&b, nr), 1), ZNVME_SC_ZONE_TOO_MANY_OPEN);
	CHECK_OK(znvme_zone_close(b.zns, start_of(&b, 0)));
	CHECK_OK(write_at(&b, start_of(&b, nr), 1));
}

static void active_limit(struct test *t)
{
	struct bench b = set_up_zones(t);
	unsigned nr = b.zns->max_active;

	for (unsigned i = 0; i < nr; i++) {
		CHECK_OK(write_at(&b, start_of(&b, i), 1));
		CHECK_OK(znvme_zone_close(b.zns, start_of(&b, i)));
	}
	CHECK_STATUS(write_at(&b, start_of(&b, nr), 1), ZNVME_SC_ZONE_TOO_MANY_ACTIVE);
	CHECK_STATUS(znvme_zone_open(b.zns, start_of(&b, nr)), ZNVME_SC_ZONE_TOO_MANY_ACTIVE);
	CHECK_STATE(&b, nr, ZNVME_ZONE_EMPTY);
	CHECK_OK(znvme_zone_finish(b.zns, start_of(&b, 0)));
	CHECK_OK(write_at(&b, start_of(&b, nr), 1));
}

/* ---- random write areas, extensions -------------------------------------------------------- */

static void random_writes(struct test *t)
{
	struct bench b = set_up_zones(t);
	uint32_t size = b.zns->zrwa_size, granularity = b.zns->zrwa_granularity;
	uint64_t start = start_of(&b, 2), lba;

	CHECK(b.zns->zrwa_explicit_flush && size % granularity == 0 && b.cap >= 3 * size);
	CHECK_OK(znvme_zone_open_zrwa(b.zns, start));
	CHECK_EQ(zone_of(&b, 2).za & ZNVME_ZONE_ZA_ZRWAV, ZNVME_ZONE_ZA_ZRWAV);
	/* in any order, and again */
	CHECK_OK(write_at(&b, start + size - 1, 1));
	CHECK_OK(write_at(&b, start + 1, 1));
	CHECK_OK(write_at(&b, start, 1));
	CHECK_OK(write_at(&b, start + 1, 1));
	CHECK_WP(&b, 2, 0);
	check_at(&b, start + 1, 1);
	CHECK_STATUS(znvme_zone_append(b.zns, start, b.region->addr, 1, 0, &lba),
		     ZNVME_SC_ZONE_INVALID_OPERATION);
	/* explicit flush */
	CHECK_OK(znvme_zone_flush_zrwa(b.zns, start + granularity - 1));
	CHECK_WP(&b, 2, granularity);
	CHECK_STATUS(write_at(&b, start, 1), ZNVME_SC_ZONE_INVALID_WRITE);
	check_at(&b, start, 1);
	/* implicit flush: what lies past the area moves it on */
	CHECK_OK(write_at(&b, start + granularity + size, 1));
	CHECK_WP(&b, 2, 2 * granularity);
	CHECK_STATUS(write_at(&b, start + 2 * granularity + 2 * size, 1),
		     ZNVME_SC_ZONE_INVALID_WRITE);
	check_at(&b, start + granularity + size, 1);
	/* it goes with the zone */
	CHECK_OK(znvme_zone_finish(b.zns, start));
	CHECK_EQ(zone_of(&b, 2).za & ZNVME_ZONE_ZA_ZRWAV, 0);
}

static void few_areas(struct test *t)
{
	struct bench b = set_up_zones(t);

	CHECK(b.zns->nr_zrwa <= b.zns->max_open);
	for (unsigned i = 0; i < b.zns->nr_zrwa; i++)
		CHECK_OK(znvme_zone_open_zrwa(b.zns, start_of(&b, i)));
	CHECK_STATUS(znvme_zone_open_zrwa(b.zns, start_of(&b, b.zns->nr_zrwa)),
		     ZNVME_SC_ZRWA_UNAVAILABLE);
	CHECK_OK(znvme_zone_reset(b.zns, start_of(&b, 0)));
	CHECK_OK(znvme_zone_open_zrwa(b.zns, start_of(&b, b.zns->nr_zrwa)));
}

static void extensions(struct test *t)
{
	struct bench b = set_up_zones(t);
	uint32_t size = b.zns->extension_size;
	struct znvme_zone_desc zones[3];
	char *data = malloc(4 * size);
	uint64_t nr;

	CHECK(data);
	fill_pattern(data, size, 11);
	CHECK_OK(znvme_zone_set_extension(b.zns, start_of(&b, 4), data, 0));
	CHECK_STATE(&b, 4, ZNVME_ZONE_CLOSED);
	CHECK_STATUS(znvme_zone_set_extension(b.zns, start_of(&b, 4), data, 0),
		     ZNVME_SC_ZONE_TRANSITION);
	memset(data, 0xa5, 4 * size);
	CHECK_OK(znvme_zone_report(b.zns, start_of(&b, 3), ZNVME_ZONES_ALL, zones, data, 3, &nr));
	CHECK_EQ(nr, 3);
	CHECK_EQ(zones[0].za & ZNVME_ZONE_ZA_ZDEV, 0);
	CHECK_EQ(zones[1].za & ZNVME_ZONE_ZA_ZDEV, ZNVME_ZONE_ZA_ZDEV);
	CHECK_EQ(zones[2].zslba, start_of(&b, 5));
	CHECK_PATTERN(data + size, size, 11);
	CHECK_BYTES(data + 3 * size, size, 0xa5);
	CHECK_OK(znvme_zone_reset(b.zns, start_of(&b, 4)));
	CHECK_EQ(zone_of(&b, 4).za & ZNVME_ZONE_ZA_ZDEV, 0);
	free(data);
}

static void no_extensions(struct test *t)
{
	struct bench b = set_up_zones(t);
	struct znvme_zone_desc zone;
	struct znvme_zns none = *b.zns;
	struct znvme_sqe sqe;
	uint64_t nr;

	none.extension_size = 0;
	CHECK_RC(znvme_zone_set_extension(&none, 0, b.region->addr, 0), -EOPNOTSUPP);
	CHECK_RC(znvme_zone_report(&none, 0, ZNVME_ZONES_ALL, &zone, &zone, 1, &nr), -EOPNOTSUPP);
	CHECK_RC(znvme_prep_zone_set_extension(&sqe, &none, b.region, b.region->addr, 0, 0),
		 -EINVAL);
	CHECK_RC(znvme_prep_zone_report(&sqe, b.zns, b.region, b.region->addr, 60, 0,
					ZNVME_ZONE_REPORT, ZNVME_ZONES_ALL, true),
		 -EINVAL);
}

/* ---- commands of one's own ----------------------------------------------------------------- */

static void constructors(struct test *t)
{
	struct bench b = set_up_zones(t);
	const struct znvme_zone_report_header *header = (const void *)b.region->addr;
	struct znvme_sqe sqe = {0};

	znvme_prep_zone_manage(&sqe, b.zns, ZNVME_ZONE_OPEN, start_of(&b, 1), 0);
	CHECK_OK(znvme_exec(b.q, &sqe, NULL));
	CHECK_STATE(&b, 1, ZNVME_ZONE_EXPLICITLY_OPEN);
	CHECK_OK(znvme_prep_zone_report(&sqe, b.zns, b.region, b.region->addr, 192, 0,
					ZNVME_ZONE_REPORT, ZNVME_ZONES_EXPLICITLY_OPEN, false));
	CHECK_OK(znvme_exec(b.q, &sqe, NULL));
	CHECK_EQ(header->nr_zones, 1);
	CHECK_EQ(((const struct znvme_zone_desc *)(const void *)(header + 1))->zslba,
		 start_of(&b, 1));
	CHECK_OK(znvme_prep_zone_report(&sqe, b.zns, b.region, b.region->addr, 128, 0,
					ZNVME_ZONE_REPORT, ZNVME_ZONES_ALL, false));
	CHECK_OK(znvme_exec(b.q, &sqe, NULL));
	CHECK_EQ(header->nr_zones, b.zns->nr_zones);
	CHECK_OK(znvme_prep_zone_report(&sqe, b.zns, b.region, b.region->addr, 128, 0,
					ZNVME_ZONE_REPORT, ZNVME_ZONES_ALL, true));
	CHECK_OK(znvme_exec(b.q, &sqe, NULL));
	CHECK_EQ(header->nr_zones, 1);
	znvme_prep_zone_manage(&sqe, b.zns, ZNVME_ZONE_FINISH, 0, ZNVME_ZONE_SEND_ALL);
	CHECK_OK(znvme_exec(b.q, &sqe, NULL));
	CHECK_STATE(&b, 1, ZNVME_ZONE_FULL);
}

/* ---- the table ----------------------------------------------------------------------------- */

static const struct znvme_tracked_zone *tracked(struct znvme_zone_table *table, uint64_t lba)
{
	const struct znvme_tracked_zone *zone;

	CHECK_OK(znvme_zone_table_get(table, lba, &zone));
	return zone;
}

static void zone_table(struct test *t)
{
	struct bench b = set_up_zones(t);
	const struct znvme_tracked_zone *zone;
	struct znvme_zone_table *table;
	uint64_t start = start_of(&b, 1), lba;
	int status;

	CHECK_OK(write_at(&b, start, 2));
	CHECK_OK(write_at(&b, start + 2, 1));
	CHECK_OK(znvme_zone_table_create(b.zns, &table));
	zone = tracked(table, start + 5);
	CHECK_EQ(zone->start, start);
	CHECK_EQ(zone->end, start + b.cap);
	CHECK_EQ(zone->wp, start + 3);
	CHECK_EQ(zone->state, ZNVME_ZONE_IMPLICITLY_OPEN);
	CHECK_EQ(tracked(table, t->ns->nr_blocks - 1)->wp, t->ns->nr_blocks - b.zns->zone_size);
	CHECK_RC(znvme_zone_table_get(table, t->ns->nr_blocks, &zone), -ERANGE);

	/* writes move it */
	lba = tracked(table, start)->wp;
	status = write_at(&b, lba, 2);
	znvme_zone_table_wrote(table, lba, 2, status);
	CHECK_EQ(tracked(table, start)->wp, start + 5);
	/* what it was not told of, a failure shows */
	CHECK_OK(write_at(&b, start + 5, 1));
	status = write_at(&b, tracked(table, start)->wp, 1);
	CHECK_STATUS(status, ZNVME_SC_ZONE_INVALID_WRITE);
	znvme_zone_table_wrote(table, start + 5, 1, status);
	CHECK_EQ(tracked(table, start)->wp, start + 6);
	/* appends that complete out of order */
	CHECK_OK(znvme_zone_append(b.zns, start, b.region->addr, 1, 0, &lba));
	CHECK_OK(znvme_zone_append(b.zns, start, b.region->addr, 2, 0, NULL));
	znvme_zone_table_wrote(table, lba + 1, 2, 0);
	znvme_zone_table_wrote(table, lba, 1, 0);
	CHECK_EQ(tracked(table, start)->wp, start + 9);
	/* to the end */
	fill_zone(&b, 2, 0);
	znvme_zone_table_wrote(table, start_of(&b, 2), (uint32_t)b.cap, 0);
	CHECK_EQ(tracked(table, start_of(&b, 2))->state, ZNVME_ZONE_FULL);
	CHECK_EQ(tracked(table, start_of(&b, 2))->wp, tracked(table, start_of(&b, 2))->end);
	/* what is done to zones, it must be told */
	CHECK_OK(znvme_zone_reset(b.zns, ZNVME_ALL_ZONES));
	CHECK_EQ(tracked(table, start_of(&b, 2))->state, ZNVME_ZONE_FULL);
	znvme_zone_table_forget(table, start_of(&b, 2));
	CHECK_EQ(tracked(table, start_of(&b, 2))->state, ZNVME_ZONE_EMPTY);
	CHECK_EQ(tracked(table, start)->wp, start + 9);
	znvme_zone_table_forget(table, ZNVME_ALL_ZONES);
	CHECK_EQ(tracked(table, start)->wp, start);
	znvme_zone_table_free(table);
	znvme_zone_table_free(NULL);
}

static void table_of_areas(struct test *t)
{
	struct bench b = set_up_zones(t);
	struct znvme_zone_table *table;
	uint64_t start = start_of(&b, 1), far = start + b.zns->zrwa_size;

	CHECK_OK(znvme_zone_open_zrwa(b.zns, start));
	CHECK_OK(znvme_zone_table_create(b.zns, &table));
	CHECK_EQ(tracked(table, start)->attributes & ZNVME_ZONE_ZA_ZRWAV, ZNVME_ZONE_ZA_ZRWAV);
	znvme_zone_table_wrote(table, start + 1, 1, write_at(&b, start + 1, 1));
	CHECK_EQ(tracked(table, start)->wp, start);
	znvme_zone_table_wrote(table, far, 1, write_at(&b, far, 1));
	CHECK_EQ(tracked(table, start)->wp, start + b.zns->zrwa_granularity);
	znvme_zone_table_free(table);
}

/* ---- what the controller does by itself (simulator) ---------------------------------------- */

static struct znvme_event next_async(struct test *t)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	struct znvme_event event;

	for (int i = 0; i < PATIENCE_MS; i++) {
		int rc = znvme_next_event(t->ctrl, &event);

		CHECK(rc == 0 || rc == 1);
		if (rc == 1 && event.kind == ZNVME_EVENT_ASYNC)
			return event;
		if (rc == 0)
			nanosleep(&nap, NULL);
	}
	FAIL("no event came");
}

static void changed_zones(struct test *t)
{
	struct bench b = set_up_zones(t);
	uint64_t changed[ZNVME_CHANGED_ZONES_MAX];
	struct znvme_event event;
	unsigned nr;

	CHECK_OK(znvme_changed_zones(b.zns, false, changed, &nr));
	CHECK_EQ(nr, 0);
	CHECK_OK(znvme_sim_change_zone(t->sim, t->ns->nsid, start_of(&b, 3) + 1,
				       ZNVME_SIM_ZONE_READ_ONLY));
	CHECK_OK(znvme_sim_change_zone(t->sim, t->ns->nsid, start_of(&b, 1),
				       ZNVME_SIM_ZONE_OFFLINE));
	event = next_async(t);
	CHECK_EQ(znvme_field_get(ZNVME_AER_TYPE, event.dword0), ZNVME_AER_TYPE_NOTICE);
	CHECK_EQ(znvme_field_get(ZNVME_AER_INFO, event.dword0), ZNVME_AER_NOTICE_ZONE);
	CHECK_EQ(znvme_field_get(ZNVME_AER_LID, event.dword0), ZNVME_LOG_CHANGED_ZONES);
	CHECK_EQ(event.dword1, t->ns->nsid);
	CHECK_OK(znvme_changed_zones_of(b.zns, event.log, event.log_len, changed, &nr));
	CHECK_EQ(nr, 2);
	CHECK_EQ(changed[0], start_of(&b, 1));
	CHECK_EQ(changed[1], start_of(&b, 3));
	CHECK_RC(znvme_changed_zones_of(b.zns, event.log, 64, changed, &nr), -EINVAL);
	CHECK_RC(znvme_changed_zones_of(b.zns, NULL, 0, changed, &nr), -EINVAL);
	/* the event has cleared the list */
	CHECK_OK(znvme_changed_zones(b.zns, false, changed, &nr));
	CHECK_EQ(nr, 0);
	CHECK_OK(znvme_sim_change_zone(t->sim, t->ns->nsid, start_of(&b, 5),
				       ZNVME_SIM_ZONE_READ_ONLY));
	CHECK_OK(znvme_changed_zones(b.zns, true, changed, &nr));
	CHECK_EQ(nr, 1);
	CHECK_EQ(changed[0], start_of(&b, 5));
	CHECK_OK(znvme_changed_zones(b.zns, false, changed, &nr));
	CHECK_EQ(nr, 1);
	CHECK_OK(znvme_changed_zones(b.zns, false, changed, &nr));
	CHECK_EQ(nr, 0);
	CHECK_STATUS(write_at(&b, start_of(&b, 3), 1), ZNVME_SC_ZONE_READ_ONLY);
	CHECK_STATUS(write_at(&b, start_of(&b, 1), 1), ZNVME_SC_ZONE_OFFLINE);
	CHECK_OK(znvme_zone_take_offline(b.zns, start_of(&b, 3)));
	CHECK_STATE(&b, 3, ZNVME_ZONE_OFFLINE);
}

static const struct test_case cases[] = {
	{"what is zoned in a namespace is known, and others are not", facts, HAS_ZONES},
	{"zones are reported: all, some, by state", reports, HAS_ZONES},
	{"a zone is opened, written, closed, finished, reset", life_of_a_zone, HAS_ZONES},
	{"an action takes all zones whose state allows it", all_zones, HAS_ZONES},
	{"actions that a state does not allow are refused", refused_actions, HAS_ZONES},
	{"a write must start at the write pointer and end in its zone", at_the_write_pointer,
	 HAS_ZONES},
	{"blocking writes fill a zone in order", blocking_writes, HAS_ZONES},
	{"blocking writes to a zone go one after the other", one_write_at_a_time,
	 HAS_ZONES | HAS_SIM},
	{"appends in flight together get places of their own", appends, HAS_ZONES},
	{"appends have their limits", append_limits, HAS_ZONES},
	{"an append by an SGL", sgl_append, HAS_ZONES | HAS_SGL},
	{"commands of one's own", constructors, HAS_ZONES},
	{"only so many zones are open", open_limit, HAS_ZONES | HAS_ZONE_LIMITS},
	{"only so many zones are active", active_limit, HAS_ZONES | HAS_ZONE_LIMITS},
	{"a random write area is written in any order, and flushed", random_writes,
	 HAS_ZONES | HAS_ZRWA},
	{"only so many zones have a random write area", few_areas,
	 HAS_ZONES | HAS_ZRWA | HAS_ZONE_LIMITS},
	{"a zone's extension comes with an extended report", extensions,
	 HAS_ZONES | HAS_ZONE_EXTENSIONS},
	{"where there are no extensions, that is said", no_extensions, HAS_ZONES},
	{"the table of zones keeps write pointers", zone_table, HAS_ZONES},
	{"the table of zones knows of random write areas", table_of_areas, HAS_ZONES | HAS_ZRWA},
	{"zones that the controller changes are told, and listed", changed_zones,
	 HAS_ZONES | HAS_SIM},
};

const struct test_group zns_tests = {"zns", cases, ARRAY_LEN(cases)};
