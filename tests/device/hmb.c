// SPDX-License-Identifier: MIT
/*
 * The Host Memory Buffer on simulators that ask for one. The simulator marks its pages and counts a
 * protocol error where the host has touched them, at every I/O command and when it gets them back.
 */
#include <errno.h>
#include <sys/resource.h>

#include "tests.h"

/* What the controller was told, in its order. */
struct seen {
	unsigned given;	   /* Set Features with EHM */
	unsigned returned; /* of those, with MR */
	unsigned taken;	   /* without EHM */
	bool taken_late;   /* after the shutdown began */
	bool down;
	uint16_t refuse; /* a status for all of them */
};

static void on_command(void *arg, struct znvme_sim_command *command)
{
	struct seen *seen = arg;
	const struct znvme_sqe *sqe = &command->sqe;

	if (command->qid || sqe->opcode != ZNVME_ADM_SET_FEATURES ||
	    (sqe->cdw10 & ZNVME_FEATURES_FID) != ZNVME_FEAT_HMB)
		return;
	if (sqe->cdw11 & ZNVME_FEAT_HMB_EHM) {
		seen->given++;
		seen->returned += (sqe->cdw11 & ZNVME_FEAT_HMB_MR) != 0;
	} else {
		seen->taken++;
		seen->taken_late = seen->taken_late || seen->down;
	}
	if (seen->refuse) {
		command->execute = false;
		command->status = seen->refuse;
	}
}

static bool on_write(void *arg, uint32_t offset, unsigned width, uint64_t value)
{
	struct seen *seen = arg;

	(void)width;
	if (offset == ZNVME_REG_CC && (value & ZNVME_CC_SHN))
		seen->down = true;
	return true;
}

/* Open a simulator that is watched from its first command on. */
static void open_watched(struct test *t, const char *options,
			 const struct znvme_open_options *open_options, struct seen *seen)
{
	const struct znvme_sim_hooks hooks = {
		.arg = seen, .command = on_command, .reg_write = on_write};
	struct znvme_device *dev;

	CHECK_OK(znvme_sim_create(options, &dev));
	t->sim = znvme_sim_of(dev);
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_OK(znvme_open_device(dev, open_options, &t->ctrl));
	znvme_ctrl_info(t->ctrl, &t->info);
	CHECK_OK(znvme_ns_get(t->ctrl, 1, &t->ns));
}

static void read_some(struct test *t)
{
	struct znvme_region *region = test_region(t, 4096);
	struct znvme_queue *q = test_queue(t, 8, 0);

	for (unsigned i = 0; i < 2000; i++)
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, i % 8, 1));
	CHECK_OK(znvme_queue_delete(q));
}

static void given_as_asked(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_HMB};
	struct znvme_hmb_attrs attrs;
	struct seen seen = {0};
	uint32_t on;

	open_watched(t, "size=16M,hmb=2M,hmb_min=1M", NULL, &seen);
	CHECK_EQ(t->info.hmb_bytes, 2 * MIB);
	CHECK_EQ(seen.given, 1);
	CHECK_EQ(seen.returned, 0);
	CHECK_OK(znvme_get_feature(t->ctrl, &args, &attrs, sizeof(attrs), &on));
	CHECK_EQ(on, ZNVME_FEAT_HMB_EHM);
	CHECK_EQ(attrs.hsize, 2 * MIB / 4096);
	CHECK_EQ(attrs.hmdlec, 1);
	read_some(t);
}

static void returned_after_reset(struct test *t)
{
	struct seen seen = {0};

	open_watched(t, "size=16M,hmb=1M", NULL, &seen);
	read_some(t);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_EQ(seen.given, 2);
	CHECK_EQ(seen.returned, 1);
	read_some(t);
}

static void taken_before_shutdown(struct test *t)
{
	struct seen seen = {0};

	open_watched(t, "size=16M,hmb=1M", NULL, &seen);
	CHECK_OK(znvme_close(t->ctrl));
	t->ctrl = NULL;
	t->sim = NULL;
	CHECK_EQ(seen.taken, 1);
	CHECK(seen.down && !seen.taken_late);
}

static void bounded_by_the_user(struct test *t)
{
	const struct znvme_open_options options = {.hmb_max = MIB + 5000};
	struct seen seen = {0};

	open_watched(t, "size=16M,hmb=64M,hmb_min=64K", &options, &seen);
	CHECK_EQ(t->info.hmb_bytes, MIB + 4096);
	read_some(t);
}

/* Locked memory is for the user's data first. */
static void bounded_by_the_limit(struct test *t)
{
	const struct rlimit limit = {8 * MIB, 8 * MIB};
	struct seen seen = {0};

	CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
	open_watched(t, "size=16M,hmb=64M", NULL, &seen);
	CHECK_EQ(t->info.hmb_bytes, 2 * MIB);
}

/* 16 TiB, as a controller that lies may ask for. */
static void a_wish_without_bounds(struct test *t)
{
	struct seen seen = {0};

	open_watched(t, "size=16M,hmb=4M,fault=when cns=1 do data=272:ffffffff", NULL, &seen);
	CHECK(t->info.hmb_bytes && t->info.hmb_bytes <= 128 * MIB);
	read_some(t);
}

static void count_warnings(void *arg, enum znvme_log_level level, const char *message)
{
	unsigned *warnings = arg;

	*warnings += level == ZNVME_LEVEL_WARNING && strstr(message, "Host Memory Buffer");
}

static void too_little_is_none(struct test *t)
{
	unsigned warnings = 0;
	const struct znvme_open_options options = {
		.hmb_max = MIB, .log = count_warnings, .log_arg = &warnings};
	struct seen seen = {0};

	open_watched(t, "size=16M,hmb=64M,hmb_min=2M", &options, &seen);
	CHECK_EQ(t->info.hmb_bytes, 0);
	CHECK_EQ(seen.given, 0);
	CHECK_EQ(warnings, 1);
	read_some(t);
}

static void refused_is_none(struct test *t)
{
	struct seen seen = {.refuse = ZNVME_SC_INVALID_FIELD};

	open_watched(t, "size=16M,hmb=4M", NULL, &seen);
	CHECK_EQ(t->info.hmb_bytes, 0);
	read_some(t);
	/* Who has refused it once is not asked again. */
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_EQ(seen.given, 1);
}

static void not_wanted_by_the_user(struct test *t)
{
	const struct znvme_open_options options = {.flags = ZNVME_OPEN_NO_HMB};
	struct seen seen = {0};

	open_watched(t, "size=16M,hmb=4M", &options, &seen);
	CHECK_EQ(t->info.hmb_bytes, 0);
	CHECK_EQ(seen.given, 0);
}

static void not_the_users_to_set(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_HMB, .cdw11 = 1, .cdw12 = 1};
	const struct znvme_sqe cmd = {.opcode = ZNVME_ADM_SET_FEATURES, .cdw10 = ZNVME_FEAT_HMB};

	test_open(t);
	CHECK_RC(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL), -EPERM);
	CHECK_MESSAGE("hmb_max");
	CHECK_RC(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), -EPERM);
}

static const struct test_case cases[] = {
	{"a controller that asks for a buffer has it", given_as_asked, HAS_PLAIN_SIM},
	{"it is given back as it was after a reset", returned_after_reset, HAS_PLAIN_SIM},
	{"it is taken away before the shutdown", taken_before_shutdown, HAS_PLAIN_SIM},
	{"the user bounds it", bounded_by_the_user, HAS_PLAIN_SIM},
	{"the limit of locked memory bounds it", bounded_by_the_limit, HAS_PLAIN_SIM},
	{"a wish without bounds is bounded", a_wish_without_bounds, HAS_PLAIN_SIM},
	{"less than the least is none", too_little_is_none, HAS_PLAIN_SIM},
	{"where it is refused, it goes without", refused_is_none, HAS_PLAIN_SIM},
	{"nor where the user wants none", not_wanted_by_the_user, HAS_PLAIN_SIM},
	{"its feature is not the user's to set", not_the_users_to_set, 0},
};

const struct test_group hmb_tests = {"host memory buffer", cases, ARRAY_LEN(cases)};
