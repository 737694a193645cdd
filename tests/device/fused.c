// SPDX-License-Identifier: MIT
/* Fused compare and write (Base 2.1, section 3.4.2; <znvme/fused.h>). */
#include <errno.h>

#include "tests.h"

struct bench {
	const struct znvme_ns *ns;
	struct znvme_queue *q;
	struct znvme_region *region;
	char *expected, *wanted;
	int first, second; /* of the pair that ended last */
};

static struct bench set_up(struct test *t, unsigned size)
{
	struct bench b = {0};

	b.ns = t->ns;
	b.q = test_queue(t, size, 0);
	b.region = test_region(t, 256 * KIB);
	b.expected = b.region->addr;
	b.wanted = b.region->addr + 128 * KIB;
	return b;
}

/* Build and submit a pair; false where there is no room. */
static bool start(struct bench *b, uint64_t slba)
{
	struct znvme_fused pair;

	if (znvme_get_fused(b->q, &b->first, &b->second, &pair))
		return false;
	CHECK_OK(znvme_prep_compare_and_write(&pair, b->ns, b->region, b->expected, b->wanted, slba,
					      1));
	CHECK_OK(znvme_submit(b->q));
	return true;
}

/* Each of the two ends once, in any order. */
static void finish(struct bench *b)
{
	struct znvme_cpl cpls[2];
	int seen = 0;

	b->first = b->second = -1;
	while (seen < 2) {
		int n = znvme_wait(b->q, cpls, 2, PATIENCE_MS);

		CHECK(n > 0);
		for (int i = 0; i < n; i++) {
			int *status = cpls[i].data;

			CHECK(status == &b->first || status == &b->second);
			CHECK_EQ(*status, -1);
			*status = cpls[i].status;
			seen++;
		}
	}
	CHECK_EQ(znvme_in_flight(b->q), 0);
}

static void write_block(struct test *t, struct bench *b, uint64_t slba, uint64_t seed)
{
	fill_pattern(b->wanted, b->ns->lba_bytes, seed);
	CHECK_OK(test_rw(t, b->q, ZNVME_CMD_WRITE, b->region, b->wanted, slba, 1));
}

static void check_block(struct test *t, struct bench *b, uint64_t slba, uint64_t seed)
{
	CHECK_OK(test_rw(t, b->q, ZNVME_CMD_READ, b->region, b->expected, slba, 1));
	CHECK_PATTERN(b->expected, b->ns->lba_bytes, seed);
}

static void swaps(struct test *t)
{
	struct bench b;

	test_open(t);
	b = set_up(t, 5);
	write_block(t, &b, 3, 0);
	/* The ring of five entries goes round, and pairs lie across its end. */
	for (uint64_t i = 0; i < 23; i++) {
		fill_pattern(b.expected, b.ns->lba_bytes, i);
		fill_pattern(b.wanted, b.ns->lba_bytes, i + 1);
		CHECK(start(&b, 3));
		finish(&b);
		CHECK_EQ(b.first, 0);
		CHECK_EQ(b.second, 0);
	}
	check_block(t, &b, 3, 23);
	/* No longer what is expected: nothing is written. */
	fill_pattern(b.expected, b.ns->lba_bytes, 22);
	fill_pattern(b.wanted, b.ns->lba_bytes, 99);
	CHECK(start(&b, 3));
	finish(&b);
	CHECK_STATUS(b.first, ZNVME_SC_COMPARE_FAILURE);
	CHECK_STATUS(b.second, ZNVME_SC_ABORT_FUSED_FAILED);
	check_block(t, &b, 3, 23);
}

static void all_or_none(struct test *t)
{
	struct znvme_cpl cpls[4];
	struct znvme_fused pair;
	struct bench b;
	int other;

	test_open(t);
	b = set_up(t, 4);
	CHECK_OK(znvme_get_fused(b.q, &b.first, &b.second, &pair));
	CHECK_RC(znvme_get_fused(b.q, &b.first, &b.second, &pair), -EAGAIN);
	CHECK_EQ(znvme_in_flight(b.q), 2);
	CHECK(!pair.first);
	/* The one that is left is anybody's. */
	pair.first = znvme_get_sqe(b.q, &other);
	CHECK(pair.first);
	znvme_prep_flush(pair.first, b.ns);
	znvme_put_sqe(b.q, pair.first);
	CHECK_EQ(znvme_in_flight(b.q), 2);
	(void)cpls;
}

/* A pair that is torn is refused half by half, and each half ends once. */
static void torn(struct test *t)
{
	struct znvme_fused pair;
	struct bench b;

	test_open(t);
	b = set_up(t, 8);
	write_block(t, &b, 0, 1);
	memcpy(b.expected, b.wanted, b.ns->lba_bytes);
	CHECK_OK(znvme_get_fused(b.q, &b.first, &b.second, &pair));
	CHECK_OK(znvme_prep_compare_and_write(&pair, b.ns, b.region, b.expected, b.wanted, 0, 1));
	pair.first->flags = 0;
	CHECK_OK(znvme_submit(b.q));
	finish(&b);
	CHECK_EQ(b.first, 0);
	CHECK_STATUS(b.second, ZNVME_SC_ABORT_FUSED_MISSING);
	CHECK_OK(znvme_get_fused(b.q, &b.first, &b.second, &pair));
	CHECK_OK(znvme_prep_compare_and_write(&pair, b.ns, b.region, b.expected, b.wanted, 0, 1));
	pair.second->flags = 0;
	CHECK_OK(znvme_submit(b.q));
	finish(&b);
	CHECK_STATUS(b.first, ZNVME_SC_ABORT_FUSED_MISSING);
	CHECK_EQ(b.second, 0);
	/* More than it does at once. */
	CHECK_OK(znvme_get_fused(b.q, &b.first, &b.second, &pair));
	CHECK_OK(znvme_prep_compare_and_write(&pair, b.ns, b.region, b.expected, b.wanted, 0, 1));
	pair.second->cdw10 = 1;
	CHECK_OK(znvme_submit(b.q));
	finish(&b);
	CHECK_STATUS(b.first, ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(b.second, ZNVME_SC_ABORT_FUSED_FAILED);
}

/* Completions that do not come: the driver's Abort is for the half whose time is over. */
static void hide_first(void *arg, struct znvme_sim_command *command)
{
	const uint8_t *flags = arg;

	if (command->qid && (command->sqe.flags & ZNVME_SQE_FUSE) == *flags)
		command->delay_us = 3600000000u;
}

static void aborted(struct test *t)
{
	static const uint8_t halves[] = {ZNVME_SQE_FUSE_FIRST, ZNVME_SQE_FUSE_SECOND};
	const struct znvme_open_options options = {.io_timeout_ms = 300};
	struct bench b;

	test_open_with(t, t->address, &options);
	b = set_up(t, 8);
	for (unsigned i = 0; i < 2; i++) {
		struct znvme_sim_hooks hooks = {.arg = (void *)(uintptr_t)&halves[i],
						.command = hide_first};

		write_block(t, &b, 0, 1);
		memcpy(b.expected, b.wanted, b.ns->lba_bytes);
		fill_pattern(b.wanted, b.ns->lba_bytes, 2 + i);
		znvme_sim_set_hooks(t->sim, &hooks);
		CHECK(start(&b, 0));
		finish(&b);
		znvme_sim_set_hooks(t->sim, NULL);
		CHECK_STATUS(i ? b.second : b.first, ZNVME_SC_ABORT_REQUESTED);
		CHECK_EQ(i ? b.first : b.second, 0);
		check_block(t, &b, 0, 2 + i);
	}
}

static void fail_first(void *arg, struct znvme_sim_command *command)
{
	(void)arg;
	if (command->qid && (command->sqe.flags & ZNVME_SQE_FUSE) == ZNVME_SQE_FUSE_FIRST) {
		command->execute = false;
		command->status = ZNVME_SC_INTERNAL;
	}
}

static void failed(struct test *t)
{
	struct znvme_sim_hooks hooks = {.command = fail_first};
	struct bench b;

	test_open(t);
	b = set_up(t, 8);
	write_block(t, &b, 0, 1);
	memcpy(b.expected, b.wanted, b.ns->lba_bytes);
	fill_pattern(b.wanted, b.ns->lba_bytes, 2);
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK(start(&b, 0));
	finish(&b);
	znvme_sim_set_hooks(t->sim, NULL);
	CHECK_STATUS(b.first, ZNVME_SC_INTERNAL);
	CHECK_STATUS(b.second, ZNVME_SC_ABORT_FUSED_FAILED);
	check_block(t, &b, 0, 1);
}

/* Prepared before a reset, submitted after it: the pair moves to the new ring as one. */
static void over_a_reset(struct test *t)
{
	struct znvme_fused pair;
	struct bench b;

	test_open(t);
	b = set_up(t, 5);
	for (unsigned i = 0; i < 5; i++) {
		write_block(t, &b, 0, i);
		memcpy(b.expected, b.wanted, b.ns->lba_bytes);
		fill_pattern(b.wanted, b.ns->lba_bytes, 100);
		CHECK_OK(znvme_get_fused(b.q, &b.first, &b.second, &pair));
		CHECK_OK(znvme_prep_compare_and_write(&pair, b.ns, b.region, b.expected, b.wanted,
						      0, 1));
		CHECK_OK(znvme_reset(t->ctrl));
		CHECK_OK(znvme_submit(b.q));
		finish(&b);
		CHECK_EQ(b.first, 0);
		CHECK_EQ(b.second, 0);
		check_block(t, &b, 0, 100);
	}
}

static const struct test_case cases[] = {
	{"blocks change if they are as expected, across the ring's end too", swaps, HAS_FUSED},
	{"a pair takes two entries or none", all_or_none, HAS_FUSED},
	{"a torn pair is refused, each half once", torn, HAS_FUSED},
	{"an abort is for one half", aborted, HAS_FUSED | HAS_SIM},
	{"where the first fails the second does nothing", failed, HAS_FUSED | HAS_SIM},
	{"a pair that waits goes over a reset as one", over_a_reset, HAS_FUSED},
};

const struct test_group fused_tests = {"fused", cases, ARRAY_LEN(cases)};
