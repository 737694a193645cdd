// SPDX-License-Identifier: MIT
/*
 * What device tests share: opening a device by address, finding out what it can do, single
 * commands, and data that can be recognised. Running the tests is run.c.
 */
#include "harness.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "qtest.h"
#include "run.h"

void test_fail(const char *file, int line, const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *at = text; (at = strchr(at, '\n'));)
		*at = ' ';
	printf("# %s:%d: %s\n", file, line, text);
	fflush(stdout);
	_exit(RUN_FAILED);
}

void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf(RUN_SKIP_MARK);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	_exit(RUN_SKIPPED);
}

int test_device(const char *address, struct znvme_device **dev)
{
	if (!strncmp(address, "qemu:", 5))
		return qtest_device_open(address + 5, dev);
	return znvme_device_open(address, dev);
}

static bool is_sim(const char *address)
{
	return !strncmp(address, "sim:", 4);
}

static bool is_qemu(const char *address)
{
	return !strncmp(address, "qemu:", 5);
}

static bool is_pci(const char *address)
{
	return !is_sim(address) && !is_qemu(address);
}

static bool has_streams(struct test *t)
{
	struct znvme_streams_params params;

	return znvme_id_ctrl(t->ctrl)->oacs & ZNVME_CTRL_OACS_DIRECTIVES &&
	       !znvme_streams_params(t->ns, &params) && params.msl;
}

/* QEMU's model says that it has Copy where its namespace takes no block (a drive of the
 * controller). */
static bool has_copy(struct test *t)
{
	struct znvme_ns_limits limits;

	return znvme_id_ctrl(t->ctrl)->oncs & ZNVME_CTRL_ONCS_COPY &&
	       !znvme_ns_limits(t->ns, &limits) && limits.copy_range;
}

static uint64_t features_of_ctrl(struct test *t)
{
	static const struct {
		uint16_t oncs;
		uint64_t feature;
	} optional[] = {
		{ZNVME_CTRL_ONCS_COMPARE, HAS_COMPARE},
		{ZNVME_CTRL_ONCS_WRITE_UNCORRECTABLE, HAS_WRITE_UNCORRECTABLE},
		{ZNVME_CTRL_ONCS_DSM, HAS_DSM},
		{ZNVME_CTRL_ONCS_WRITE_ZEROES, HAS_WRITE_ZEROES},
		{ZNVME_CTRL_ONCS_VERIFY, HAS_VERIFY},
		{ZNVME_CTRL_ONCS_RESERVATIONS, HAS_RESERVATIONS},
	};
	const struct znvme_id_ctrl *id = znvme_id_ctrl(t->ctrl);
	uint64_t features = 0;

	for (size_t i = 0; i < ARRAY_LEN(optional); i++)
		if (id->oncs & optional[i].oncs)
			features |= optional[i].feature;
	if (id->oacs & ZNVME_CTRL_OACS_FORMAT)
		features |= HAS_FORMAT;
	/* QEMU says so without a subsystem too, and then refuses it. */
	if (id->oacs & ZNVME_CTRL_OACS_NS_MGMT &&
	    (is_sim(t->address) || id->cmic & ZNVME_CTRL_CMIC_MULTI_CTRL))
		features |= HAS_NS_ATTACH;
	if (id->lpa & ZNVME_CTRL_LPA_EXTENDED)
		features |= HAS_LOG_OFFSET;
	if (id->vwc & ZNVME_CTRL_VWC_PRESENT)
		features |= HAS_WRITE_CACHE;
	if (id->fuses & ZNVME_CTRL_FUSES_COMPARE_WRITE)
		features |= HAS_FUSED;
	if (id->oacs & ZNVME_CTRL_OACS_LBA_STATUS)
		features |= HAS_LBA_STATUS;
	if (id->ctratt & ZNVME_CTRL_CTRATT_FDPS)
		features |= HAS_FDP;
	if (has_copy(t))
		features |= HAS_COPY;
	if (has_streams(t))
		features |= HAS_STREAMS;
	if (t->info.nr_vectors)
		features |= HAS_INTERRUPTS;
	if (t->info.sgl)
		features |= HAS_SGL;
	/* Over qtest no BAR can be mapped. */
	if ((t->info.cap & ZNVME_CAP_CMBS) && !is_qemu(t->address))
		features |= HAS_CMB;
	if ((t->info.cap & ZNVME_CAP_PMRS) && !is_qemu(t->address))
		features |= HAS_PMR;
	if (t->info.nr_io_queues >= 4)
		features |= HAS_FOUR_QUEUES;
	if (t->info.max_transfer > 2 * MIB + 8 * KIB)
		features |= HAS_LONG_LISTS;
	return features;
}

static bool has_big_memlock(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	return limit.rlim_cur >= 96 * (rlim_t)MIB || geteuid() == 0;
}

/* Of its first zoned namespace. */
static uint64_t features_of_zones(struct test *t)
{
	uint64_t features = HAS_ZONES;
	struct znvme_id_ns_list list;
	const struct znvme_zns *zns;
	const struct znvme_ns *ns;

	if (!(t->info.cap & ZNVME_CAP_CSS_IOCS) ||
	    znvme_identify(t->ctrl, ZNVME_CNS_CSI_NS_LIST, 0, 0, ZNVME_CSI_ZNS, 0, &list) ||
	    !list.ns[0])
		return 0;
	CHECK_OK(znvme_ns_get(t->ctrl, list.ns[0], &ns));
	CHECK_OK(znvme_zns_get(ns, &zns));
	if (zns->nr_zrwa)
		features |= HAS_ZRWA;
	if (zns->extension_size)
		features |= HAS_ZONE_EXTENSIONS;
	if (zns->max_open && zns->max_active > zns->max_open && zns->max_active < 10)
		features |= HAS_ZONE_LIMITS;
	return features;
}

static uint64_t find_features(struct test *t)
{
	uint64_t features = features_of_ctrl(t) | features_of_zones(t);
	uint32_t nsids[2];

	if (znvme_ns_list(t->ctrl, 0, nsids, 2) == 2)
		features |= HAS_TWO_NAMESPACES;
	if (t->ns->block_size == 4096)
		features |= HAS_FOUR_KIB_BLOCKS;
	if (t->ns->metadata_size)
		features |= HAS_METADATA;
	if (t->ns->pi_type)
		features |= HAS_PI;
	if (znvme_pi_storage_tag_bits(t->ns))
		features |= HAS_STORAGE_TAG;
	if (!is_qemu(t->address))
		features |= HAS_USER_MAPPINGS | HAS_IOMMU;
	if (is_pci(t->address) || strstr(t->address, "file="))
		features |= HAS_OWNER;
	if (!strcmp(t->address, "sim:"))
		features |= HAS_PLAIN_SIM;
	if (is_sim(t->address))
		features |= HAS_SIM;
	else
		features |= HAS_FUNCTION_RESET;
	if (!is_pci(t->address))
		features |= HAS_REGISTER_OPS;
	if (!is_pci(t->address) || has_big_memlock())
		features |= HAS_BIG_MEMLOCK;
	return features;
}

void test_open_with(struct test *t, const char *address, const struct znvme_open_options *options)
{
	struct znvme_device *dev;
	uint32_t nsid;

	CHECK_OK(test_device(address, &dev));
	if (is_sim(address))
		t->sim = znvme_sim_of(dev);
	CHECK_OK(znvme_open_device(dev, options, &t->ctrl));
	znvme_ctrl_info(t->ctrl, &t->info);
	CHECK_RC(znvme_ns_list(t->ctrl, 0, &nsid, 1), 1);
	CHECK_OK(znvme_ns_get(t->ctrl, nsid, &t->ns));
	t->features = find_features(t);
}

void test_open(struct test *t)
{
	test_open_with(t, t->address, NULL);
}

/* A driver that behaves asks for nothing that is not mapped and breaks no rule of the protocol. */
static void check_counters(struct znvme_sim *sim)
{
	struct znvme_sim_counters counters;

	znvme_sim_counters(sim, &counters);
	CHECK_EQ(counters.dma_refused, 0);
	CHECK_EQ(counters.protocol_errors, 0);
}

void test_close(struct test *t)
{
	/* What the hooks point at is gone with the test's body. */
	if (t->sim)
		znvme_sim_set_hooks(t->sim, NULL);
	if (t->sim && !t->faulty)
		check_counters(t->sim);
	if (t->ctrl)
		CHECK_OK(znvme_close(t->ctrl));
	t->ctrl = NULL;
	t->sim = NULL;
	t->ns = NULL;
}

const char *test_address(struct test *t, const char *more)
{
	static char text[512];
	size_t n = strlen(t->address);

	snprintf(text, sizeof(text), "%s%s%s", t->address, t->address[n - 1] == ':' ? "" : ",",
		 more);
	return text;
}

struct znvme_queue *test_queue(struct test *t, unsigned size, unsigned flags)
{
	const struct znvme_queue_options options = {.flags = flags};
	struct znvme_queue *q;

	CHECK_OK(znvme_queue_create(t->ctrl, size, &options, &q));
	return q;
}

struct znvme_region *test_region(struct test *t, size_t len)
{
	struct znvme_region *region;

	CHECK_OK(znvme_mem_alloc(t->ctrl, len, &region));
	return region;
}

int test_complete(struct znvme_queue *q, void *data)
{
	struct znvme_cpl cpl;

	CHECK_RC(znvme_wait(q, &cpl, 1, PATIENCE_MS), 1);
	CHECK(cpl.data == data);
	return cpl.status;
}

int test_rw(struct test *t, struct znvme_queue *q, uint8_t opcode, struct znvme_region *region,
	    const void *buf, uint64_t slba, uint32_t nlb)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, region);

	CHECK(sqe);
	CHECK_OK(znvme_prep_rw(sqe, t->ns, opcode, region, buf, slba, nlb));
	CHECK_OK(znvme_submit(q));
	return test_complete(q, region);
}

void test_drain(struct znvme_queue *q, unsigned n, int status)
{
	struct znvme_cpl cpls[32];

	znvme_submit(q);
	while (n) {
		int max = n < ARRAY_LEN(cpls) ? (int)n : (int)ARRAY_LEN(cpls);
		int got = znvme_wait(q, cpls, max, PATIENCE_MS);

		if (got <= 0)
			FAIL("znvme_wait() gives %d with %u commands to come", got, n);
		for (int i = 0; i < got; i++)
			CHECK_RC(cpls[i].status, status);
		n -= (unsigned)got;
	}
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

uint64_t next_random(uint64_t *state)
{
	return mix(*state += 0x9e3779b97f4a7c15ull);
}

static uint64_t pattern_word(uint64_t seed, size_t at)
{
	return mix(seed * 0x9e3779b97f4a7c15ull + at + 1);
}

void fill_pattern(void *buf, size_t len, uint64_t seed)
{
	char *bytes = buf;

	for (size_t at = 0; at < len; at += 8) {
		uint64_t word = pattern_word(seed, at);

		memcpy(bytes + at, &word, len - at < 8 ? len - at : 8);
	}
}

size_t check_pattern(const void *buf, size_t len, uint64_t seed)
{
	const char *bytes = buf;

	for (size_t at = 0; at < len; at += 8) {
		uint64_t word = pattern_word(seed, at);
		size_t n = len - at < 8 ? len - at : 8;

		if (!memcmp(bytes + at, &word, n))
			continue;
		for (size_t i = 0; i < n; i++)
			if (bytes[at + i] != ((const char *)&word)[i])
				return at + i;
	}
	return len;
}

size_t check_bytes(const void *buf, size_t len, uint8_t byte)
{
	const uint8_t *bytes = buf;

	for (size_t at = 0; at < len; at++)
		if (bytes[at] != byte)
			return at;
	return len;
}
