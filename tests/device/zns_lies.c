// SPDX-License-Identifier: MIT
/* Zoned namespaces of a controller that reports nonsense: reports, lists, appends, Identify. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "zones.h"

/* What is put over data of `opcode`, from `offset` on. */
struct lie {
	bool admin;
	uint8_t opcode;
	uint8_t cns_or_lid; /* of an admin command */
	size_t offset;
	size_t len;
	uint64_t value;
	uint64_t append_lba; /* UINT64_MAX: the truth */
};

static void lie_data(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len)
{
	const struct lie *lie = arg;

	if (sqe->opcode != lie->opcode || !qid != lie->admin ||
	    (lie->admin && (sqe->cdw10 & 0xff) != lie->cns_or_lid))
		return;
	if (lie->offset + lie->len <= len)
		memcpy((char *)data + lie->offset, &lie->value, lie->len);
}

static void tell_lies(struct test *t, struct lie *lie)
{
	const struct znvme_sim_hooks hooks = {.arg = lie, .data = lie_data};

	t->faulty = true;
	znvme_sim_set_hooks(t->sim, &hooks);
}

static void lying_reports(struct test *t)
{
	struct bench b = set_up_zones(t);
	const uint64_t size = b.zns->zone_size;
	struct znvme_zone_desc *zones = calloc(b.zns->nr_zones, sizeof(*zones));
	/* offsets are those of the header, and of the first and second zone */
	const struct lie lies[] = {
		{.offset = 0, .len = 8, .value = b.zns->nr_zones + 1},
		{.offset = 0, .len = 8, .value = UINT64_MAX},
		{.offset = 64 + 16, .len = 8, .value = 1},		   /* no zone's start */
		{.offset = 128 + 16, .len = 8, .value = 0},		   /* the first again */
		{.offset = 128 + 16, .len = 8, .value = t->ns->nr_blocks}, /* past the end */
		{.offset = 128 + 16, .len = 8, .value = UINT64_MAX - size + 1},
		{.offset = 64 + 8, .len = 8, .value = size + 1}, /* capacity */
		{.offset = 64 + 8, .len = 8, .value = UINT64_MAX},
		{.offset = 64 + 24, .len = 8, .value = size + 1}, /* write pointers */
		{.offset = 128 + 24, .len = 8, .value = size - 1},
		{.offset = 64 + 1, .len = 1, .value = 0x00}, /* states */
		{.offset = 64 + 1, .len = 1, .value = 0x50},
		{.offset = 64 + 1, .len = 1, .value = 0xc0},
	};
	struct znvme_zone_table *table;
	struct lie lie;
	uint64_t nr;

	CHECK(zones);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		lie = lies[i];
		lie.opcode = ZNVME_CMD_ZONE_MGMT_RECV;
		tell_lies(t, &lie);
		CHECK_RC(znvme_zone_report(b.zns, 0, ZNVME_ZONES_ALL, zones, NULL, b.zns->nr_zones,
					   &nr),
			 -EPROTO);
		CHECK(nr <= b.zns->nr_zones);
		CHECK_RC(znvme_zone_table_create(b.zns, &table), -EPROTO);
	}
	/* a state that was not asked for, and too many to be counted */
	lie = (struct lie){
		.opcode = ZNVME_CMD_ZONE_MGMT_RECV, .offset = 64 + 1, .len = 1, .value = 0xe0};
	CHECK_RC(znvme_zone_report(b.zns, 0, ZNVME_ZONES_EMPTY, zones, NULL, 4, &nr), -EPROTO);
	lie = (struct lie){
		.opcode = ZNVME_CMD_ZONE_MGMT_RECV, .len = 8, .value = b.zns->nr_zones + 1};
	CHECK_RC(znvme_zone_count(b.zns, 0, ZNVME_ZONES_ALL, &nr), -EPROTO);
	/* fewer than there are: the table does without none */
	lie.value = 1;
	CHECK_OK(znvme_zone_report(b.zns, 0, ZNVME_ZONES_ALL, zones, NULL, 4, &nr));
	CHECK_EQ(nr, 1);
	CHECK_RC(znvme_zone_table_create(b.zns, &table), -EPROTO);
	CHECK_MESSAGE("is in no report");
	free(zones);
}

/* Any report at all: what is taken holds what the library promises. */
static void random_reports(struct test *t)
{
	struct bench b = set_up_zones(t);
	struct znvme_zone_desc zones[4];
	uint64_t state = 1, nr;
	unsigned taken = 0;
	struct lie lie = {.opcode = ZNVME_CMD_ZONE_MGMT_RECV};

	tell_lies(t, &lie);
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t random = next_random(&state);

		lie.offset = random % 320;
		lie.len = 1 + (random >> 16) % 8;
		lie.value = random & 1 ? next_random(&state) : random >> 32 & 0xf0;
		if (znvme_zone_report(b.zns, 0, ZNVME_ZONES_ALL, zones, NULL, 4, &nr))
			continue;
		taken++;
		CHECK(nr <= 4);
		for (uint64_t n = 0; n < nr; n++) {
			CHECK(zones[n].zslba % b.zns->zone_size == 0);
			CHECK(zones[n].zslba < t->ns->nr_blocks);
			CHECK(!n || zones[n].zslba > zones[n - 1].zslba);
			CHECK(zones[n].zcap <= b.zns->zone_size);
			CHECK(znvme_zone_state_name((uint8_t)znvme_zone_state(&zones[n])));
		}
	}
	CHECK(taken && taken < 3000);
}

static void lying_lists(struct test *t)
{
	struct bench b = set_up_zones(t);
	uint64_t changed[ZNVME_CHANGED_ZONES_MAX];
	struct lie lie = {.admin = true,
			  .opcode = ZNVME_ADM_GET_LOG_PAGE,
			  .cns_or_lid = ZNVME_LOG_CHANGED_ZONES,
			  .len = 2};
	unsigned nr;

	CHECK_OK(znvme_sim_change_zone(t->sim, t->ns->nsid, 0, ZNVME_SIM_ZONE_OFFLINE));
	tell_lies(t, &lie);
	lie.value = ZNVME_CHANGED_ZONES_OVERFLOW;
	CHECK_RC(znvme_changed_zones(b.zns, true, changed, &nr), -EOVERFLOW);
	CHECK_EQ(nr, 0);
	lie.value = 512;
	CHECK_RC(znvme_changed_zones(b.zns, true, changed, &nr), -EPROTO);
	lie.value = 2; /* zone 0 twice */
	CHECK_RC(znvme_changed_zones(b.zns, true, changed, &nr), -EPROTO);
	lie.len = 8;
	lie.offset = 8;
	lie.value = 1;
	CHECK_RC(znvme_changed_zones(b.zns, true, changed, &nr), -EPROTO);
	lie.value = t->ns->nr_blocks;
	CHECK_RC(znvme_changed_zones(b.zns, true, changed, &nr), -EPROTO);
}

static void lie_about_append(void *arg, uint16_t qid, struct znvme_cqe *cqe)
{
	const struct lie *lie = arg;

	if (!qid)
		return;
	cqe->dw0 = (uint32_t)lie->append_lba;
	cqe->dw1 = (uint32_t)(lie->append_lba >> 32);
}

static void lying_appends(struct test *t)
{
	struct bench b = set_up_zones(t);
	const uint64_t start = start_of(&b, 4);
	const uint64_t lies[] = {start - 1, start + b.zns->zone_size, start + b.zns->zone_size - 1,
				 UINT64_MAX, 0};
	struct lie lie = {0};
	const struct znvme_sim_hooks hooks = {.arg = &lie, .completion = lie_about_append};
	uint64_t lba;

	t->faulty = true;
	znvme_sim_set_hooks(t->sim, &hooks);
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		lie.append_lba = lies[i];
		CHECK_RC(znvme_zone_append(b.zns, start, b.region->addr, 2, 0, &lba), -EPROTO);
	}
}

/* Identify of a zoned namespace that makes no sense: it is not to be had. */
static void lying_identify(struct test *t)
{
	const struct lie lies[] = {
		{.offset = 2816, .len = 8, .value = 0}, /* zone size, of format 0 */
		{.offset = 2816, .len = 8, .value = UINT64_MAX},
		{.offset = 2816, .len = 8, .value = 3},
		{.offset = 8, .len = 4, .value = 0x7fffffff}, /* MOR above MAR */
		{.offset = 48, .len = 2, .value = 0},	      /* ZRWA: granularity, size */
		{.offset = 50, .len = 2, .value = 0},
		{.offset = 48, .len = 2, .value = 7},
		{.offset = 50, .len = 2, .value = 0xfff8},
	};

	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct lie lie = lies[i];
		struct znvme_device *dev;
		const struct znvme_ns *ns;

		CHECK_OK(test_device("sim:size=2M+2M,zoned=0+1,zone_size=64K,max_open=2,"
				     "max_active=2,zrwa=8K,zrwafg=4K",
				     &dev));
		t->sim = znvme_sim_of(dev);
		CHECK_OK(znvme_open_device(dev, NULL, &t->ctrl));
		lie.admin = true;
		lie.opcode = ZNVME_ADM_IDENTIFY;
		lie.cns_or_lid = ZNVME_CNS_CSI_NS;
		tell_lies(t, &lie);
		CHECK_RC(znvme_ns_get(t->ctrl, 2, &ns), -EPROTO);
		CHECK_MESSAGE("makes no sense");
		test_close(t);
	}
}

static const struct test_case cases[] = {
	{"reports that make no sense are refused", lying_reports, HAS_ZONES | HAS_SIM},
	{"whatever a report says, what is taken makes sense", random_reports, HAS_ZONES | HAS_SIM},
	{"a Changed Zone List that makes no sense is refused", lying_lists, HAS_ZONES | HAS_SIM},
	{"an append that went elsewhere is an error", lying_appends, HAS_ZONES | HAS_SIM},
	{"a zoned namespace that makes no sense is not to be had", lying_identify,
	 HAS_ZONES | HAS_SIM},
};

const struct test_group zns_lie_tests = {"zns lies", cases, ARRAY_LEN(cases)};
