// SPDX-License-Identifier: MIT
/*
 * Zoned namespaces whose blocks have metadata (Zoned Namespace Command Set 1.2, section 3.4.1): the
 * device's first namespace is one. Appends carry metadata, and their reference tags become those of
 * where the blocks go. QEMU's model inserts such tags, but checks those that the host has made as
 * if the host knew where that is: there the host makes none, but at the start of a zone.
 */
#include <errno.h>
#include <stdlib.h>

#include "tests.h"

#define BLOCKS 4u

/* A device, its zones empty, and room for BLOCKS blocks with their metadata. */
struct bench {
	struct test *t;
	const struct znvme_ns *ns;
	const struct znvme_zns *zns;
	struct znvme_queue *q;
	struct znvme_region *region;
	char *metadata; /* NULL where they are extended */
	uint32_t remap; /* ZNVME_APPEND_PIREMAP where the type has reference tags that count */
};

static struct bench set_up(struct test *t)
{
	struct bench b = {.t = t};

	test_open(t);
	b.ns = t->ns;
	CHECK_OK(znvme_zns_get(b.ns, &b.zns));
	b.q = test_queue(t, 8, 0);
	b.region = test_region(t, (size_t)BLOCKS * (b.ns->block_size + b.ns->metadata_size));
	if (!b.ns->metadata_extended)
		b.metadata = b.region->addr + (size_t)BLOCKS * b.ns->block_size;
	if (b.ns->pi_type == ZNVME_PI_TYPE1 || b.ns->pi_type == ZNVME_PI_TYPE2)
		b.remap = ZNVME_APPEND_PIREMAP;
	CHECK_OK(znvme_zone_reset(b.zns, ZNVME_ALL_ZONES));
	return b;
}

static uint64_t zone_start(const struct bench *b, unsigned zone)
{
	return zone * b->zns->zone_size;
}

static uint64_t write_pointer(struct bench *b, unsigned zone)
{
	struct znvme_zone_desc desc;
	uint64_t nr;

	CHECK_OK(znvme_zone_report(b->zns, zone_start(b, zone), ZNVME_ZONES_ALL, &desc, NULL, 1,
				   &nr));
	return desc.wp - desc.zslba;
}

/* Data and metadata of BLOCKS blocks, wherever the latter are; as they were filled by that. */
static void fill(struct bench *b, uint64_t seed)
{
	fill_pattern(b->region->addr, (size_t)BLOCKS * (b->ns->block_size + b->ns->metadata_size),
		     seed);
}

static void check_filled(struct bench *b, uint64_t seed)
{
	CHECK_PATTERN(b->region->addr, (size_t)BLOCKS * (b->ns->block_size + b->ns->metadata_size),
		      seed);
}

/* A status, and *lba where it is 0. */
static int append(struct bench *b, unsigned zone, const struct znvme_pi *pi, uint64_t *lba)
{
	struct znvme_sqe *sqe = znvme_get_sqe(b->q, b);
	struct znvme_cpl cpl;

	CHECK_OK(znvme_prep_zone_append_pi(sqe, b->zns, b->region, b->region->addr, b->region,
					   b->metadata, zone_start(b, zone), BLOCKS, pi));
	CHECK_OK(znvme_submit(b->q));
	CHECK_RC(znvme_wait(b->q, &cpl, 1, PATIENCE_MS), 1);
	*lba = znvme_zone_append_lba(&cpl);
	return cpl.status;
}

/* All of both, checked as `pi` has it. */
static int read_at(struct bench *b, uint64_t lba, const struct znvme_pi *pi)
{
	struct znvme_sqe *sqe = znvme_get_sqe(b->q, b);

	memset(b->region->addr, 0xa5, (size_t)BLOCKS * (b->ns->block_size + b->ns->metadata_size));
	CHECK_OK(znvme_prep_rw_pi(sqe, b->ns, ZNVME_CMD_READ, b->region, b->region->addr, b->region,
				  b->metadata, lba, BLOCKS, pi));
	CHECK_OK(znvme_submit(b->q));
	return test_complete(b->q, b);
}

/* Both sides find these blocks' tags to be those of where they are. */
static void check_protected(struct bench *b, uint64_t lba)
{
	struct znvme_pi pi;

	znvme_pi_init(&pi, b->ns, lba);
	CHECK_OK(read_at(b, lba, &pi));
	CHECK_OK(znvme_pi_check(b->ns, b->region->addr, b->metadata, lba, BLOCKS, &pi, NULL));
}

/* What suits an append to a zone: tags of its start. */
static struct znvme_pi append_pi(const struct bench *b, unsigned zone)
{
	struct znvme_pi pi;

	znvme_pi_init(&pi, b->ns, zone_start(b, zone));
	pi.prinfo |= b->remap;
	return pi;
}

static void protect(struct bench *b, const struct znvme_pi *pi)
{
	CHECK_OK(znvme_pi_generate(b->ns, b->region->addr, b->metadata, BLOCKS, pi));
}

/* ---- metadata ------------------------------------------------------------------------------ */

static void metadata(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_pi pi = append_pi(&b, 3);
	uint64_t lba;

	pi.prinfo &= b.remap; /* nothing is checked */
	for (unsigned i = 0; i < 3; i++) {
		fill(&b, 10 + i);
		CHECK_OK(append(&b, 3, b.ns->pi_type ? &pi : NULL, &lba));
		CHECK_EQ(lba, zone_start(&b, 3) + i * BLOCKS);
	}
	CHECK_EQ(write_pointer(&b, 3), 3 * BLOCKS);
	if (b.ns->pi_type) /* whose tags have changed */
		return;
	for (unsigned i = 0; i < 3; i++) {
		CHECK_OK(read_at(&b, zone_start(&b, 3) + i * BLOCKS, NULL));
		check_filled(&b, 10 + i);
	}
}

static void limits(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_sqe sqe;
	struct znvme_pi pi = append_pi(&b, 0);

	CHECK_RC(znvme_prep_zone_append_pi(&sqe, b.zns, b.region, b.region->addr, b.region,
					   b.metadata, 0, 0, NULL),
		 -EINVAL);
	CHECK_RC(znvme_prep_zone_append_pi(&sqe, b.zns, b.region, b.region->addr, b.region,
					   b.metadata, 0, b.zns->max_append_nlb + 1, NULL),
		 -EINVAL);
	pi.prinfo |= ZNVME_APPEND_PIREMAP;
	CHECK_RC(znvme_prep_rw_pi(&sqe, b.ns, ZNVME_CMD_WRITE, b.region, b.region->addr, b.region,
				  b.metadata, 0, 1, &pi),
		 -EINVAL);
	CHECK_RC(znvme_zone_append(b.zns, 0, NULL, 1, 0, NULL), -EFAULT);
}

/* An empty zone's blocks read as any that were never written. */
static void reset(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_pi pi = append_pi(&b, 2);
	const char *data = b.region->addr;
	uint64_t lba;

	pi.prinfo &= b.remap;
	fill(&b, 20);
	CHECK_OK(append(&b, 2, b.ns->pi_type ? &pi : NULL, &lba));
	CHECK_OK(znvme_zone_reset(b.zns, zone_start(&b, 2)));
	CHECK_EQ(write_pointer(&b, 2), 0);
	if (b.ns->pi_type) {
		check_protected(&b, lba);
		return;
	}
	CHECK_OK(read_at(&b, lba, NULL));
	CHECK_BYTES(data, b.ns->block_size, 0);
	CHECK_BYTES(b.metadata ? b.metadata : data + b.ns->block_size, b.ns->metadata_size, 0);
}

/* ---- protection information ---------------------------------------------------------------- */

/* By the controller: each append's tags are those of where it went. */
static void inserted(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_pi pi = append_pi(&b, 4);
	uint64_t lba;

	pi.prinfo |= ZNVME_RW_PRACT;
	for (unsigned i = 0; i < 3; i++) {
		fill(&b, 30 + i);
		CHECK_OK(append(&b, 4, &pi, &lba));
		CHECK_EQ(lba, zone_start(&b, 4) + i * BLOCKS);
	}
	for (unsigned i = 0; i < 3; i++)
		check_protected(&b, zone_start(&b, 4) + i * BLOCKS);
}

/* By the host, which does not know where that will be. */
static void remapped(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_pi pi = append_pi(&b, 4);
	unsigned nr = t->sim ? 3 : 1;
	uint64_t lba;

	for (unsigned i = 0; i < nr; i++) {
		fill(&b, 40 + i);
		protect(&b, &pi);
		CHECK_OK(append(&b, 4, &pi, &lba));
		CHECK_EQ(lba, zone_start(&b, 4) + i * BLOCKS);
	}
	for (unsigned i = 0; i < nr; i++)
		check_protected(&b, zone_start(&b, 4) + i * BLOCKS);
}

/* Storage tags stay what they were. */
static void storage_tags(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_pi pi = append_pi(&b, 1);
	struct znvme_pi_tuple tuple;
	uint64_t lba;

	pi.storage_tag = 0x155;
	pi.app_tag = 0x1234;
	for (unsigned i = 0; i < 2; i++) {
		fill(&b, 50 + i);
		protect(&b, &pi);
		CHECK_OK(append(&b, 1, &pi, &lba));
	}
	check_protected(&b, lba);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		znvme_pi_get(b.ns,
			     b.metadata ? b.metadata + (size_t)i * b.ns->metadata_size
					: b.region->addr + (size_t)i * b.ns->lba_bytes +
						  b.ns->block_size,
			     &tuple);
		CHECK_EQ(tuple.storage_tag, 0x155);
		CHECK_EQ(tuple.app_tag, 0x1234);
	}
}

/* What a type demands, and a wrong tag: nothing is written. */
static void refused(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_pi pi = append_pi(&b, 5);
	uint64_t lba;

	fill(&b, 60);
	protect(&b, &pi);
	pi.prinfo ^= ZNVME_APPEND_PIREMAP;
	if (b.ns->pi_type != ZNVME_PI_TYPE2)
		CHECK_STATUS(append(&b, 5, &pi, &lba), ZNVME_SC_INVALID_PI);
	pi.prinfo ^= ZNVME_APPEND_PIREMAP;
	b.region->addr[1] ^= 1;
	CHECK_STATUS(append(&b, 5, &pi, &lba), ZNVME_SC_GUARD_CHECK);
	b.region->addr[1] ^= 1;
	pi.ref_tag++;
	if (b.ns->pi_type == ZNVME_PI_TYPE1 && znvme_pi_ref_tag_bits(b.ns))
		CHECK_STATUS(append(&b, 5, &pi, &lba), ZNVME_SC_INVALID_PI);
	else if (b.ns->pi_type == ZNVME_PI_TYPE2)
		CHECK_STATUS(append(&b, 5, &pi, &lba), ZNVME_SC_REFTAG_CHECK);
	pi.ref_tag--;
	CHECK_EQ(write_pointer(&b, 5), 0);
	CHECK_OK(append(&b, 5, &pi, &lba));
	CHECK_EQ(lba, zone_start(&b, 5));
}

/* Without remapping, where the type leaves that open, tags stay as the host has made them. */
static void not_remapped(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_pi pi = append_pi(&b, 6);
	uint64_t lba;

	if (b.ns->pi_type != ZNVME_PI_TYPE2)
		return;
	pi.prinfo &= ~ZNVME_APPEND_PIREMAP;
	pi.ref_tag = 0x4321;
	for (unsigned i = 0; i < 2; i++) {
		fill(&b, 70 + i);
		protect(&b, &pi);
		CHECK_OK(append(&b, 6, &pi, &lba));
		CHECK_EQ(lba, zone_start(&b, 6) + i * BLOCKS);
		CHECK_OK(read_at(&b, lba, &pi));
	}
}

/* ---- blocking ------------------------------------------------------------------------------ */

static void blocking_appends(struct test *t)
{
	struct bench b = set_up(t);
	size_t len = (size_t)BLOCKS * b.ns->block_size;
	char *data = malloc(len);
	uint64_t lba;

	CHECK(data);
	for (unsigned i = 0; i < 3; i++) {
		fill_pattern(data, len, 80 + i);
		CHECK_OK(znvme_zone_append(b.zns, zone_start(&b, 7), data, BLOCKS, 0, &lba));
		CHECK_EQ(lba, zone_start(&b, 7) + i * BLOCKS);
	}
	for (unsigned i = 0; i < 3; i++) {
		lba = zone_start(&b, 7) + i * BLOCKS;
		if (b.ns->pi_type)
			check_protected(&b, lba);
		CHECK_RC(znvme_pread(b.ns, data, len, lba * b.ns->block_size, 0, NULL), len);
		CHECK_PATTERN(data, len, 80 + i);
	}
	free(data);
}

/* A zone as a whole, by writes; and one more goes nowhere. */
static void blocking_writes(struct test *t)
{
	struct bench b = set_up(t);
	struct znvme_zone_desc desc;
	uint64_t nr;
	size_t len;
	char *data;

	CHECK_OK(znvme_zone_report(b.zns, zone_start(&b, 1), ZNVME_ZONES_ALL, &desc, NULL, 1, &nr));
	len = (size_t)desc.zcap * b.ns->block_size;
	data = malloc(len);
	CHECK(data);
	fill_pattern(data, len, 90);
	CHECK_RC(znvme_pwrite(b.ns, data, len, desc.zslba * b.ns->block_size, 0, NULL), len);
	memset(data, 0, len);
	CHECK_RC(znvme_pread(b.ns, data, len, desc.zslba * b.ns->block_size, 0, NULL), len);
	CHECK_PATTERN(data, len, 90);
	CHECK_OK(znvme_zone_report(b.zns, zone_start(&b, 1), ZNVME_ZONES_ALL, &desc, NULL, 1, &nr));
	CHECK_EQ(znvme_zone_state(&desc), ZNVME_ZONE_FULL);
	CHECK_STATUS(znvme_zone_append(b.zns, desc.zslba, data, 1, 0, NULL), ZNVME_SC_ZONE_FULL);
	CHECK_MESSAGE("Zone Append at block");
	free(data);
}

#define HAS_BOTH (HAS_ZONES | HAS_METADATA)

static const struct test_case cases[] = {
	{"appends carry metadata", metadata, HAS_BOTH},
	{"commands have their limits", limits, HAS_BOTH},
	{"a reset takes metadata along", reset, HAS_BOTH},
	{"the controller inserts the tags of where an append goes", inserted, HAS_BOTH | HAS_PI},
	{"… and makes the host's tags such", remapped, HAS_BOTH | HAS_PI},
	{"… but for storage tags", storage_tags, HAS_BOTH | HAS_STORAGE_TAG | HAS_SIM},
	{"what is wrong is not appended", refused, HAS_BOTH | HAS_PI | HAS_SIM},
	{"type 2 leaves tags as they are, if asked", not_remapped, HAS_BOTH | HAS_PI},
	{"blocking appends", blocking_appends, HAS_BOTH},
	{"blocking writes", blocking_writes, HAS_BOTH},
};

const struct test_group zns_metadata_tests = {"zone metadata", cases, ARRAY_LEN(cases)};
