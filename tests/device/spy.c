// SPDX-License-Identifier: MIT
/*
 * What the driver does to its device, seen from below: the order of things at closing, nothing left
 * mapped, no needless register access, and every failure of an operation survived.
 */
#include <errno.h>
#include <linux/mempolicy.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/spy.h"
#include "tests.h"

/* Open the test's device with a spy before it, which fails as `fail_at` says. */
static int try_open(struct test *t, struct spy **spy, const unsigned *fail_at)
{
	/* What is counted is registers. */
	const struct znvme_open_options options = {.flags = ZNVME_OPEN_NO_SHADOW_DOORBELLS};
	struct znvme_device *dev;
	int rc;

	CHECK_OK(test_device(t->address, &dev));
	*spy = spy_on(dev);
	if (fail_at)
		memcpy((*spy)->fail_at, fail_at, sizeof((*spy)->fail_at));
	rc = znvme_open_device(&(*spy)->dev, &options, &t->ctrl);
	if (rc)
		return rc;
	znvme_ctrl_info(t->ctrl, &t->info);
	CHECK_OK(znvme_ns_get(t->ctrl, 1, &t->ns));
	return 0;
}

static struct spy *open_with_spy(struct test *t)
{
	struct spy *spy;

	CHECK_OK(try_open(t, &spy, NULL));
	return spy;
}

static void close_and_free(struct test *t, struct spy *spy)
{
	CHECK_OK(znvme_close(t->ctrl));
	t->ctrl = NULL;
	CHECK_EQ(spy->closed, 1);
	CHECK_EQ(spy->mapped, 0);
	free(spy);
}

/* Index of the first note from `from` that is this, or nr_notes. */
static unsigned find(const struct spy *spy, unsigned from, enum spy_what what, uint64_t value)
{
	while (from < spy->nr_notes &&
	       (spy->notes[from].what != what || spy->notes[from].value != value))
		from++;
	return from;
}

/* PEERS: queue memory unmapped before the queue was deleted. */
static void queue_memory_goes_last(struct test *t)
{
	struct spy *spy = open_with_spy(t);
	unsigned before, sq, cq, unmap;
	struct znvme_queue *q;

	q = test_queue(t, 64, 0);
	before = spy->nr_notes;
	CHECK_OK(znvme_queue_delete(q));
	sq = find(spy, before, SPY_COMMAND, ZNVME_ADM_DELETE_SQ);
	cq = find(spy, before, SPY_COMMAND, ZNVME_ADM_DELETE_CQ);
	for (unmap = before; spy->notes[unmap].what != SPY_UNMAP && unmap < spy->nr_notes;)
		unmap++;
	CHECK(sq < cq && cq < unmap && unmap < spy->nr_notes);
	close_and_free(t, spy);
}

static void order_of_closing(struct test *t)
{
	const uint64_t shutdown = znvme_field_put(ZNVME_CC_SHN, ZNVME_CC_SHN_NORMAL);
	struct spy *spy = open_with_spy(t);
	unsigned at, deleted = 0, shut = 0, disabled = 0, unmapped = 0;

	test_queue(t, 8, 0);
	test_region(t, 64 * KIB);
	at = spy->nr_notes;
	CHECK_OK(znvme_close(t->ctrl));
	t->ctrl = NULL;
	for (; at < spy->nr_notes; at++) {
		const struct spy_note *note = &spy->notes[at];

		if (note->what == SPY_COMMAND && note->value == ZNVME_ADM_DELETE_CQ)
			deleted = at;
		if (note->what == SPY_CC && (note->value & ZNVME_CC_SHN) == shutdown)
			shut = at;
		if (note->what == SPY_CC && !(note->value & ZNVME_CC_EN))
			disabled = at;
		if (note->what == SPY_UNMAP && !unmapped)
			unmapped = at;
	}
	CHECK(deleted && deleted < shut && shut < disabled && disabled < unmapped);
	CHECK_EQ(spy->mapped, 0);
	CHECK_EQ(spy->closed, 1);
	free(spy);
}

static void mastering_is_off_after_close(struct test *t)
{
	struct spy *spy = open_with_spy(t);
	unsigned last = 0;

	CHECK_OK(znvme_close(t->ctrl));
	t->ctrl = NULL;
	for (unsigned i = 0; i < spy->nr_notes; i++)
		if (spy->notes[i].what == SPY_MASTER)
			last = i;
	CHECK_EQ(spy->notes[last].what, SPY_MASTER);
	CHECK_EQ(spy->notes[last].value, 0);
	free(spy);
}

/* PEERS: the Number of Queues feature never set. */
static void queues_are_negotiated(struct test *t)
{
	struct spy *spy = open_with_spy(t);
	unsigned at = 0;

	test_queue(t, 8, 0);
	do
		at = find(spy, at, SPY_COMMAND, ZNVME_ADM_SET_FEATURES) + 1;
	while (at <= spy->nr_notes && (spy->notes[at - 1].more & 0xff) != ZNVME_FEAT_NUM_QUEUES);
	CHECK(at <= find(spy, 0, SPY_COMMAND, ZNVME_ADM_CREATE_CQ));
	close_and_free(t, spy);
}

static void one_doorbell_a_batch(struct test *t)
{
	struct spy *spy = open_with_spy(t);
	struct znvme_region *region = test_region(t, t->ns->lba_bytes);
	struct znvme_queue *q = test_queue(t, 32, ZNVME_QUEUE_POLLED);
	unsigned reads, doorbells;
	struct znvme_cpl cpls[16];

	reads = spy->reg_reads;
	doorbells = spy->io_doorbells;
	for (int i = 0; i < 16; i++) {
		struct znvme_sqe *sqe = znvme_get_sqe(q, NULL);

		CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
	}
	CHECK_EQ(spy->io_doorbells, doorbells);
	CHECK_OK(znvme_submit(q));
	CHECK_EQ(spy->io_doorbells, doorbells + 1);
	CHECK_OK(znvme_submit(q));
	CHECK_EQ(spy->io_doorbells, doorbells + 1);

	int reaps = 0;

	for (int n = 0; n < 16;) {
		int got = znvme_reap(q, cpls, 16);

		n += got;
		reaps += got > 0;
	}
	CHECK_EQ(spy->io_doorbells, doorbells + 1 + (unsigned)reaps);
	/* A look at the controller's health may come once in a while, not with every command. */
	CHECK(spy->reg_reads - reads <= 1);
	close_and_free(t, spy);
}

/* Memory for queues and data is wished for where the device is. */
static void memory_on_the_node(struct test *t)
{
	struct znvme_region *region;
	struct znvme_device *dev;
	int mode;

	CHECK_OK(test_device(t->address, &dev));
	for (unsigned node = 0; node < 2; node++) {
		unsigned long nodes[16] = {0};
		struct spy *spy = spy_on(dev);

		spy->dev.numa_node = node;
		CHECK_OK(znvme_open_device(&spy->dev, NULL, &t->ctrl));
		region = test_region(t, 65536);
		CHECK_OK(syscall(SYS_get_mempolicy, &mode, nodes, 8 * sizeof(nodes), region->addr,
				 MPOL_F_ADDR));
		CHECK_EQ(mode, node ? MPOL_PREFERRED : MPOL_DEFAULT);
		CHECK_EQ(nodes[0], node);
		close_and_free(t, spy);
		if (!node)
			CHECK_OK(test_device(t->address, &dev));
	}
}

/*
 * Each operation fails in turn while the controller is opened; nothing is left of the attempt. It
 * goes without a Host Memory Buffer, or with less of it, where that is what cannot be had.
 */
static void fail_while_opening(struct test *t, enum spy_what what)
{
	for (unsigned n = 1;; n++) {
		unsigned fail_at[SPY_WHATS] = {0};
		struct spy *spy;
		int rc;

		fail_at[what] = n;
		rc = try_open(t, &spy, fail_at);
		if (rc == 0 && spy->calls[what] < n) {
			CHECK(n > 1);
			spy->fail_at[what] = 0;
			close_and_free(t, spy);
			return;
		}
		if (rc == 0) {
			CHECK(what == SPY_MAP && znvme_id_ctrl(t->ctrl)->hmpre);
			spy->fail_at[what] = 0;
			close_and_free(t, spy);
			continue;
		}
		CHECK(rc < 0);
		CHECK(*znvme_errmsg());
		CHECK_EQ(spy->closed, 1);
		CHECK_EQ(spy->mapped, 0);
		t->ctrl = NULL;
		free(spy);
	}
}

static void mapping_fails_at_opening(struct test *t)
{
	fail_while_opening(t, SPY_MAP);
}

static void interrupts_fail_at_opening(struct test *t)
{
	fail_while_opening(t, SPY_IRQ);
}

static void mastering_fails_at_opening(struct test *t)
{
	fail_while_opening(t, SPY_MASTER);
}

/* An I/O on a queue and a region of their own. */
static void use(struct test *t, struct znvme_queue *q, struct znvme_region *region)
{
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

static void mapping_fails_later(struct test *t)
{
	struct spy *spy = open_with_spy(t);
	struct znvme_region *good = test_region(t, 64 * KIB), *region;
	struct znvme_queue *q = test_queue(t, 8, 0), *other;
	unsigned mapped = spy->mapped;
	int rc;

	/* A region of sixteen pages has a mapping of its own and one for its lists. */
	for (unsigned n = 1; n <= 2; n++) {
		spy->fail_at[SPY_MAP] = spy->calls[SPY_MAP] + n;
		CHECK_RC(znvme_mem_alloc(t->ctrl, 64 * KIB, &region), -ENOMEM);
		CHECK_EQ(spy->mapped, mapped);
		use(t, q, good);
	}
	spy->fail_at[SPY_MAP] = spy->calls[SPY_MAP] + 1;
	rc = znvme_queue_create(t->ctrl, 8, NULL, &other);
	CHECK_EQ(rc, -ENOMEM);
	CHECK_EQ(spy->mapped, mapped);
	spy->fail_at[SPY_MAP] = 0;
	region = test_region(t, 64 * KIB);
	use(t, q, region);
	close_and_free(t, spy);
}

static void unmapping_fails(struct test *t)
{
	struct spy *spy = open_with_spy(t);
	struct znvme_region *region = test_region(t, 64 * KIB);
	struct znvme_queue *q = test_queue(t, 8, 0);

	spy->fail_at[SPY_UNMAP] = spy->calls[SPY_UNMAP] + 1;
	CHECK(znvme_mem_free(t->ctrl, region) < 0);
	use(t, q, region);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	close_and_free(t, spy);
}

/* The region's lists are the second to be unmapped: the failure must not leave half a region. */
static void unmapping_lists_fails(struct test *t)
{
	struct spy *spy = open_with_spy(t);
	struct znvme_region *region = test_region(t, 64 * KIB), *other;
	struct znvme_queue *q = test_queue(t, 8, 0);
	int rc;

	spy->fail_at[SPY_UNMAP] = spy->calls[SPY_UNMAP] + 2;
	rc = znvme_mem_free(t->ctrl, region);
	if (rc < 0)
		CHECK_OK(znvme_mem_free(t->ctrl, region));
	spy->fail_at[SPY_UNMAP] = 0;
	other = test_region(t, 64 * KIB);
	use(t, q, other);
	close_and_free(t, spy);
}

static const struct test_case cases[] = {
	{"a queue's memory goes after the queue", queue_memory_goes_last, HAS_REGISTER_OPS},
	{"closing is delete, shut down, disable, unmap", order_of_closing, HAS_REGISTER_OPS},
	{"bus mastering is off in the end", mastering_is_off_after_close, HAS_REGISTER_OPS},
	{"queues are asked for before they are created", queues_are_negotiated, HAS_REGISTER_OPS},
	{"a batch rings one doorbell and reads no register", one_doorbell_a_batch,
	 HAS_REGISTER_OPS},
	{"opening survives every mapping that fails", mapping_fails_at_opening, HAS_REGISTER_OPS},
	{"opening survives interrupts that fail", interrupts_fail_at_opening,
	 HAS_REGISTER_OPS | HAS_INTERRUPTS},
	{"opening survives bus mastering that fails", mastering_fails_at_opening, HAS_REGISTER_OPS},
	{"memory comes from the device's NUMA node", memory_on_the_node,
	 HAS_REGISTER_OPS | HAS_USER_MAPPINGS},
	{"a mapping that fails leaves nothing", mapping_fails_later,
	 HAS_REGISTER_OPS | HAS_FOUR_QUEUES},
	{"a region stays where unmapping fails", unmapping_fails, HAS_REGISTER_OPS},
	{"a region whose lists cannot be unmapped can be freed again", unmapping_lists_fails,
	 HAS_REGISTER_OPS},
};

const struct test_group spy_tests = {"spy", cases, ARRAY_LEN(cases)};
