// SPDX-License-Identifier: MIT
/*
 * What of the commands that manage a device only the simulator has: namespaces that are created,
 * formats and sanitize operations that take time and fail, firmware, self-tests, captured logs,
 * boot partitions (Base 2.1, sections 5.1 and 8.1).
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "tests.h"

static void open_with(struct test *t, const char *options)
{
	test_open_with(t, test_address(t, options), NULL);
}

/* ---- namespaces ---------------------------------------------------------------------------- */

static int create(struct test *t, uint64_t nsze, uint8_t flbas, uint32_t *nsid)
{
	const struct znvme_sqe cmd = znvme_admin_create_ns(ZNVME_CSI_NVM);
	struct znvme_ns_mgmt_data data = {.nsze = nsze, .ncap = nsze, .flbas = flbas};
	uint64_t result = 0;
	int rc = znvme_admin(t->ctrl, &cmd, &data, sizeof(data), &result, 0);

	*nsid = (uint32_t)result;
	return rc;
}

static int attach(struct test *t, uint32_t nsid, uint8_t sel)
{
	const struct znvme_sqe cmd = znvme_admin_attach_ns(nsid, sel);
	struct znvme_ctrl_list list = {.num = 1};

	return znvme_admin(t->ctrl, &cmd, &list, sizeof(list), NULL, 0);
}

static int delete_ns(struct test *t, uint32_t nsid)
{
	const struct znvme_sqe cmd = znvme_admin_delete_ns(nsid);

	return znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0);
}

static uint64_t unallocated(struct test *t)
{
	struct znvme_id_ctrl id;
	uint64_t value;

	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, &id));
	memcpy(&value, id.unvmcap, sizeof(value));
	return value;
}

static void create_use_delete(struct test *t)
{
	const struct znvme_ns *ns, *other;
	char data[16384], back[16384];
	uint32_t nsid, again;
	uint64_t free_bytes;

	open_with(t, "capacity=2G,nn=8");
	free_bytes = unallocated(t);
	CHECK_OK(create(t, 4096, 1, &nsid)); /* 16 MiB of 4 KiB blocks */
	CHECK_EQ(unallocated(t), free_bytes - 16 * MIB);
	CHECK_RC(znvme_ns_get(t->ctrl, nsid, &ns), -ENOENT);
	CHECK_OK(attach(t, nsid, ZNVME_NS_ATTACH));
	CHECK_STATUS(attach(t, nsid, ZNVME_NS_ATTACH), ZNVME_SC_NS_ALREADY_ATTACHED);
	CHECK_OK(znvme_ns_get(t->ctrl, nsid, &ns));
	CHECK_EQ(ns->block_size, 4096);
	CHECK_EQ(ns->nr_blocks, 4096);
	fill_pattern(data, sizeof(data), 7);
	CHECK_RC(znvme_pwrite(ns, data, sizeof(data), 16 * MIB - sizeof(data), 0, NULL),
		 sizeof(data));
	CHECK_RC(znvme_pread(ns, back, sizeof(back), 16 * MIB - sizeof(back), 0, NULL),
		 sizeof(back));
	CHECK_PATTERN(back, sizeof(back), 7);

	CHECK_OK(delete_ns(t, nsid));
	CHECK_EQ(unallocated(t), free_bytes);
	CHECK_RC(znvme_ns_get(t->ctrl, nsid, &other), -ENOENT);
	CHECK_EQ(ns->nr_blocks, 4096);
	CHECK(znvme_pread(ns, back, 4096, 0, 0, NULL) < 0); /* an error, and no hang */
	CHECK_STATUS(delete_ns(t, nsid), ZNVME_SC_INVALID_NS);

	/* Its identifier comes again, with other contents. */
	CHECK_OK(create(t, 2048, 0, &again));
	CHECK_EQ(again, nsid);
	CHECK_OK(attach(t, again, ZNVME_NS_ATTACH));
	CHECK_OK(znvme_ns_get(t->ctrl, again, &other));
	CHECK(other != ns);
	CHECK_EQ(other->nr_blocks, 2048);
	CHECK_EQ(other->block_size, 512);
	CHECK_RC(znvme_pread(other, back, sizeof(back), MIB - sizeof(back), 0, NULL), sizeof(back));
	CHECK_BYTES(back, sizeof(back), 0);
}

static void create_limits(struct test *t)
{
	uint32_t nsid, last = 0;
	unsigned nr = 0;
	int rc;

	open_with(t, "capacity=2G,nn=8");
	CHECK_STATUS(create(t, 1ull << 40, 0, &nsid), ZNVME_SC_NS_INSUFFICIENT_CAP);
	CHECK_STATUS(create(t, 8, 14, &nsid), ZNVME_SC_INVALID_FORMAT);
	CHECK_STATUS(create(t, 0, 0, &nsid), ZNVME_SC_INVALID_FIELD);
	while (!(rc = create(t, 8, 0, &nsid))) {
		CHECK(nsid > last);
		last = nsid;
		nr++;
	}
	CHECK_STATUS(rc, ZNVME_SC_NSID_UNAVAILABLE);
	CHECK_EQ(last, 8);
	CHECK_STATUS(attach(t, 9, ZNVME_NS_ATTACH), ZNVME_SC_INVALID_NS);
	CHECK_OK(delete_ns(t, ZNVME_NSID_ALL));
	CHECK_EQ(znvme_ns_list(t->ctrl, 0, &nsid, 1), 0);
	CHECK_OK(create(t, 8, 0, &nsid));
	CHECK_EQ(nsid, 1);
}

/* Others change it: what Identify says, and an event. */
static uint64_t told_blocks;

static void tell_blocks(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data,
			size_t len)
{
	(void)arg;
	if (!qid && len == ZNVME_IDENTIFY_SIZE && sqe->opcode == ZNVME_ADM_IDENTIFY &&
	    !(sqe->cdw10 & 0xff) && told_blocks)
		((struct znvme_id_ns *)data)->nsze = told_blocks;
}

static void event_renews_namespaces(struct test *t)
{
	const struct znvme_sim_hooks hooks = {.data = tell_blocks};
	const struct znvme_ns *ns;
	struct znvme_event event;
	uint64_t before;

	test_open(t);
	t->faulty = true;
	before = t->ns->nr_blocks;
	znvme_sim_set_hooks(t->sim, &hooks);
	told_blocks = before / 2;
	CHECK_OK(znvme_ns_get(t->ctrl, t->ns->nsid, &ns));
	CHECK(ns == t->ns); /* nobody has said anything */
	znvme_sim_async_event(t->sim, ZNVME_AER_TYPE_NOTICE, ZNVME_AER_NOTICE_NS,
			      ZNVME_LOG_CHANGED_NS);
	CHECK_RC(znvme_next_event(t->ctrl, &event), 1);
	CHECK_OK(znvme_ns_get(t->ctrl, t->ns->nsid, &ns));
	CHECK_EQ(ns->nr_blocks, before / 2);
	CHECK_EQ(t->ns->nr_blocks, before);

	told_blocks = before / 4;
	CHECK(znvme_ns_rescan(t->ctrl) >= 1);
	CHECK_OK(znvme_ns_get(t->ctrl, t->ns->nsid, &ns));
	CHECK_EQ(ns->nr_blocks, before / 4);
	told_blocks = 0;
}

/* The list of changes is read, and with it the next event can come. */
static void changes_are_listed(struct test *t)
{
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_CHANGED_NS, .rae = true};
	struct znvme_changed_ns_log log;
	uint32_t first;

	open_with(t, "capacity=2G,nn=8");
	CHECK_OK(create(t, 64, 0, &first));
	CHECK_OK(attach(t, first, ZNVME_NS_ATTACH));
	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
	CHECK_EQ(log.ns[0], first);
	CHECK_EQ(log.ns[1], 0);
	CHECK(znvme_ns_rescan(t->ctrl) >= 0);
	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
	CHECK_EQ(log.ns[0], 0);
}

/* ---- format -------------------------------------------------------------------------------- */

struct watch {
	struct test *t;
	struct znvme_queue *q;
	struct znvme_region *region;
	uint64_t last;
	unsigned calls, refused;
	bool stop, astray;
};

static bool watch_format(void *arg, uint64_t done, uint64_t total)
{
	struct watch *watch = arg;

	watch->astray |= total != 100 || done > total || done < watch->last;
	watch->last = done;
	watch->calls++;
	if (watch->q && done < total) {
		int status = test_rw(watch->t, watch->q, ZNVME_CMD_READ, watch->region,
				     watch->region->addr, 0, 1);

		watch->refused += (status & ZNVME_STATUS_CODE) == ZNVME_SC_FORMAT_IN_PROGRESS;
	}
	return !watch->stop;
}

static void format_tells_progress(struct test *t)
{
	struct znvme_format_args args = {0};
	struct watch watch = {.t = t};
	struct znvme_region *region;
	struct znvme_queue *q;

	open_with(t, "format_time=100");
	args.nsid = t->ns->nsid;
	args.lbaf = t->ns->block_size == 4096;
	q = test_queue(t, 4, 0);
	region = test_region(t, 4096);
	CHECK_OK(znvme_format(t->ctrl, &args, PATIENCE_MS, watch_format, &watch));
	CHECK(!watch.astray);
	CHECK_EQ(watch.last, 100);
	CHECK_EQ(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1), 0);
}

static void format_that_is_not_waited_for(struct test *t)
{
	struct znvme_format_args args = {0};
	struct watch watch = {.t = t, .stop = true};
	const struct znvme_ns *ns;

	open_with(t, "format_time=60000");
	args.nsid = t->ns->nsid;
	watch.q = test_queue(t, 4, 0);
	watch.region = test_region(t, 4096);
	CHECK_RC(znvme_format(t->ctrl, &args, PATIENCE_MS, watch_format, &watch), -ECANCELED);
	CHECK_MESSAGE("not waited for");
	CHECK_EQ(watch.refused, 1); /* I/O meanwhile */
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(znvme_ns_get(t->ctrl, t->ns->nsid, &ns));

	/* The controller goes on with it. */
	CHECK_STATUS(znvme_format(t->ctrl, &args, PATIENCE_MS, NULL, NULL),
		     ZNVME_SC_FORMAT_IN_PROGRESS);
}

/* A format that says it failed may have been carried out: the namespace is looked at again, though
 * no event says so (OAES is 0). */
static void failed_format_is_doubted(struct test *t)
{
	const struct znvme_format_args args = {.nsid = 1, .lbaf = 1};
	struct znvme_sqe cmd = znvme_admin_format(&args);
	const struct znvme_ns *ns;

	t->faulty = true;
	test_open_with(t,
		       "sim:size=16M,fault=when opcode=identify cns=1 do data=92:00000000;"
		       "when opcode=0x80 queue=admin do status=0x6 executed",
		       NULL);
	CHECK_EQ(t->ns->block_size, 512);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_INTERNAL);
	CHECK_OK(znvme_ns_get(t->ctrl, 1, &ns));
	CHECK_EQ(ns->block_size, 4096);
}

static void format_that_takes_too_long(struct test *t)
{
	struct znvme_format_args args = {0};

	open_with(t, "format_time=60000");
	args.nsid = t->ns->nsid;
	CHECK_RC(znvme_format(t->ctrl, &args, 30, NULL, NULL), -ETIMEDOUT);
	CHECK_OK(znvme_reset(t->ctrl));
}

static bool reset_meanwhile(void *arg, uint64_t done, uint64_t total)
{
	struct test *t = arg;

	(void)done;
	(void)total;
	CHECK_OK(znvme_reset(t->ctrl));
	return true;
}

static void reset_ends_the_wait(struct test *t)
{
	struct znvme_format_args args = {0};

	open_with(t, "format_time=60000");
	args.nsid = t->ns->nsid;
	CHECK_RC(znvme_format(t->ctrl, &args, PATIENCE_MS, reset_meanwhile, t), -ECANCELED);
	CHECK_MESSAGE("reset");
	CHECK(znvme_ns_rescan(t->ctrl) >= 0);
}

/* ---- sanitize ------------------------------------------------------------------------------ */

static int sanitize(struct test *t, const struct znvme_sanitize_args *args)
{
	const struct znvme_sqe cmd = znvme_admin_sanitize(args);

	CHECK_OK(znvme_admin_check(t->ctrl, &cmd));
	return znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0);
}

static bool watch_part(void *arg, uint64_t done, uint64_t total)
{
	struct watch *watch = arg;

	watch->astray |= done > total || done < watch->last;
	watch->last = done;
	watch->calls++;
	return !watch->stop;
}

static void sanitize_takes_all(struct test *t)
{
	static const uint8_t actions[] = {ZNVME_SANITIZE_BLOCK_ERASE, ZNVME_SANITIZE_OVERWRITE,
					  ZNVME_SANITIZE_CRYPTO_ERASE};
	struct znvme_sanitize_log log;
	char data[8192];

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		struct znvme_sanitize_args args = {.action = actions[i], .pattern = 0x11223344};

		fill_pattern(data, sizeof(data), i);
		CHECK_RC(znvme_pwrite(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
		CHECK_OK(sanitize(t, &args));
		CHECK_OK(znvme_sanitize_wait(t->ctrl, PATIENCE_MS, NULL, NULL, &log));
		CHECK_EQ(log.sstat & ZNVME_SANITIZE_SSTAT_SOS, ZNVME_SANITIZE_DONE);
		CHECK(log.sstat & ZNVME_SANITIZE_SSTAT_GDE);
		CHECK_EQ(log.sprog, 0xffff);
		CHECK_EQ(log.scdw10 & ZNVME_SANITIZE_SANACT, actions[i]);
		CHECK_RC(znvme_pread(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
		CHECK_BYTES(data, sizeof(data), 0);
	}
	CHECK_RC(znvme_pwrite(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
	CHECK_OK(znvme_sanitize_wait(t->ctrl, 0, NULL, NULL, &log));
	CHECK(!(log.sstat & ZNVME_SANITIZE_SSTAT_GDE)); /* there are data again */
}

/* The pattern of the last pass stays where nothing is deallocated. */
static void overwrite_leaves_its_pattern(struct test *t)
{
	static const struct {
		uint8_t passes;
		bool invert;
		uint32_t left;
	} rows[] = {{1, false, 0xa5a51122}, {2, true, ~0xa5a51122u}, {3, true, 0xa5a51122}};
	uint32_t data[1024];

	test_open_with(t, "sim:size=8M", NULL); /* it fills all of it */
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct znvme_sanitize_args args = {
			.action = ZNVME_SANITIZE_OVERWRITE,
			.no_deallocate = true,
			.passes = rows[i].passes,
			.invert = rows[i].invert,
			.pattern = 0xa5a51122,
		};
		struct znvme_sanitize_log log;

		CHECK_OK(sanitize(t, &args));
		CHECK_OK(znvme_sanitize_wait(t->ctrl, PATIENCE_MS, NULL, NULL, &log));
		CHECK_EQ(znvme_field_get(ZNVME_SANITIZE_SSTAT_OPC, log.sstat), rows[i].passes);
		CHECK_RC(znvme_pread(t->ns, data, sizeof(data), t->ns->nr_bytes - sizeof(data), 0,
				     NULL),
			 sizeof(data));
		for (size_t k = 0; k < ARRAY_LEN(data); k++)
			CHECK_EQ(data[k], rows[i].left);
	}
}

static void sanitize_in_progress(struct test *t)
{
	const struct znvme_sanitize_args args = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	const struct znvme_sqe test_cmd = znvme_admin_self_test(0, ZNVME_SELF_TEST_SHORT);
	const struct znvme_get_log_args log_args = {.lid = ZNVME_LOG_SANITIZE};
	struct znvme_sanitize_log log;
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_id_ns id;

	open_with(t, "sanitize_time=3600000");
	q = test_queue(t, 4, 0);
	region = test_region(t, 4096);
	CHECK_OK(sanitize(t, &args));
	CHECK_STATUS(test_rw(t, q, ZNVME_CMD_WRITE, region, region->addr, 0, 1),
		     ZNVME_SC_SANITIZE_IN_PROGRESS);
	CHECK_STATUS(sanitize(t, &args), ZNVME_SC_SANITIZE_IN_PROGRESS);
	CHECK_STATUS(znvme_admin(t->ctrl, &test_cmd, NULL, 0, NULL, 0),
		     ZNVME_SC_SANITIZE_IN_PROGRESS);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_NS, t->ns->nsid, 0, 0, 0, &id));
	CHECK_OK(znvme_reset(t->ctrl)); /* which does not stop it */
	CHECK_OK(znvme_get_log(t->ctrl, &log_args, &log, sizeof(log)));
	CHECK_EQ(log.sstat & ZNVME_SANITIZE_SSTAT_SOS, ZNVME_SANITIZE_RUNNING);
	CHECK(log.sprog < 0xffff);
}

static void sanitize_tells_its_end(struct test *t)
{
	const struct znvme_sanitize_args args = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	struct watch watch = {.t = t};
	struct znvme_event event;
	bool told = false;

	open_with(t, "sanitize_time=50");
	CHECK_OK(sanitize(t, &args));
	CHECK_OK(znvme_sanitize_wait(t->ctrl, PATIENCE_MS, watch_part, &watch, NULL));
	CHECK(!watch.astray);
	CHECK_EQ(watch.last, 65536);
	while (znvme_next_event(t->ctrl, &event) == 1)
		told |= event.kind == ZNVME_EVENT_ASYNC &&
			(event.dword0 & ZNVME_AER_TYPE) == ZNVME_AER_TYPE_IO;
	CHECK(told);
}

static void sanitize_that_is_not_waited_for(struct test *t)
{
	const struct znvme_sanitize_args args = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	struct watch watch = {.t = t, .stop = true};

	open_with(t, "sanitize_time=60000");
	CHECK_OK(sanitize(t, &args));
	CHECK_RC(znvme_sanitize_wait(t->ctrl, 0, watch_part, &watch, NULL), -ECANCELED);
	CHECK_RC(znvme_sanitize_wait(t->ctrl, 20, NULL, NULL, NULL), -ETIMEDOUT);
}

static void sanitize_fails(struct test *t)
{
	struct znvme_sanitize_args args = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	const struct znvme_sanitize_args leave = {.action = ZNVME_SANITIZE_EXIT_FAILURE};
	char data[4096] = {0};

	open_with(t, "sanitize_fail=2");
	/* Restricted: only another one gets out of it. */
	CHECK_OK(sanitize(t, &args));
	CHECK_RC(znvme_sanitize_wait(t->ctrl, 0, NULL, NULL, NULL), -EIO);
	CHECK(znvme_pwrite(t->ns, data, sizeof(data), 0, 0, NULL) < 0);
	CHECK_STATUS(sanitize(t, &leave), ZNVME_SC_SANITIZE_FAILED);
	args.unrestricted_exit = true;
	CHECK_STATUS(sanitize(t, &args), ZNVME_SC_SANITIZE_FAILED);
	args.unrestricted_exit = false;
	CHECK_OK(sanitize(t, &args));
	CHECK_RC(znvme_sanitize_wait(t->ctrl, 0, NULL, NULL, NULL), -EIO);
	CHECK_OK(sanitize(t, &args));
	CHECK_OK(znvme_sanitize_wait(t->ctrl, 0, NULL, NULL, NULL));
	CHECK_RC(znvme_pwrite(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
}

static void sanitize_failure_is_left(struct test *t)
{
	const struct znvme_sanitize_args args = {.action = ZNVME_SANITIZE_CRYPTO_ERASE,
						 .unrestricted_exit = true};
	const struct znvme_sanitize_args leave = {.action = ZNVME_SANITIZE_EXIT_FAILURE};
	char data[4096];

	open_with(t, "sanitize_fail=1");
	fill_pattern(data, sizeof(data), 3);
	CHECK_RC(znvme_pwrite(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
	CHECK_OK(sanitize(t, &args));
	CHECK_RC(znvme_sanitize_wait(t->ctrl, 0, NULL, NULL, NULL), -EIO);
	CHECK_MESSAGE("leave the failure mode");
	CHECK_OK(sanitize(t, &leave));
	memset(data, 0, sizeof(data));
	CHECK_RC(znvme_pread(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
	CHECK_PATTERN(data, sizeof(data), 3); /* nothing was lost */
}

/* Blocks can be read until the host ends it; nothing else is taken meanwhile. */
static void media_verification(struct test *t)
{
	const struct znvme_sanitize_args args = {.action = ZNVME_SANITIZE_OVERWRITE,
						 .pattern = 0x5a5a5a5a,
						 .no_deallocate = true,
						 .verify = true};
	const struct znvme_sanitize_args leave = {.action = ZNVME_SANITIZE_EXIT_VERIFY};
	struct znvme_sanitize_log log;
	char data[4096];

	open_with(t, "sanitize_time=20");
	CHECK_STATUS(sanitize(t, &leave), ZNVME_SC_INVALID_FIELD);
	CHECK_OK(sanitize(t, &args));
	CHECK_OK(znvme_sanitize_wait(t->ctrl, PATIENCE_MS, NULL, NULL, &log));
	CHECK_EQ(log.ssi, ZNVME_SANITIZE_VERIFICATION);
	CHECK_EQ(log.sstat & ZNVME_SANITIZE_SSTAT_SOS, ZNVME_SANITIZE_RUNNING);
	CHECK_RC(znvme_pread(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
	CHECK_BYTES(data, sizeof(data), 0x5a);
	CHECK_RC(znvme_pwrite(t->ns, data, sizeof(data), 0, 0, NULL), -EBUSY);
	CHECK_STATUS(sanitize(t, &args), ZNVME_SC_SANITIZE_IN_PROGRESS);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(sanitize(t, &leave));
	CHECK_OK(znvme_sanitize_wait(t->ctrl, PATIENCE_MS, NULL, NULL, &log));
	CHECK_EQ(log.ssi, ZNVME_SANITIZE_IDLE);
	CHECK_EQ(log.sstat & ZNVME_SANITIZE_SSTAT_SOS, ZNVME_SANITIZE_DONE);
	CHECK_RC(znvme_pread(t->ns, data, sizeof(data), 0, 0, NULL), sizeof(data));
	CHECK_BYTES(data, sizeof(data), 0);
}

/* ---- firmware ------------------------------------------------------------------------------ */

static int commit(struct test *t, uint8_t slot, uint8_t action)
{
	const struct znvme_sqe cmd = znvme_admin_fw_commit(slot, action, 0);

	return znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0);
}

static void check_running(struct test *t, const char *revision)
{
	struct znvme_id_ctrl id;

	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, &id));
	CHECK(!memcmp(id.fr, revision, 8));
}

static char *image_of(size_t len, const char *revision)
{
	char *image = malloc(len);

	fill_pattern(image, len, 11);
	memcpy(image, revision, len < 8 ? len : 8);
	return image;
}

static void firmware_of_any_size(struct test *t)
{
	static const size_t sizes[] = {8, 4096, 4100, 131072, 131076, 3 * MIB + 4096};
	struct znvme_fw_slot_log slots;
	const struct znvme_get_log_args log = {.lid = ZNVME_LOG_FW_SLOT};

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char revision[9];
		struct watch watch = {.t = t};
		char *image;

		snprintf(revision, sizeof(revision), "REV%05zu", i);
		image = image_of(sizes[i], revision);
		CHECK_OK(znvme_fw_download(t->ctrl, image, sizes[i], 0, 0, watch_part, &watch));
		free(image);
		CHECK_EQ(watch.last, sizes[i]);
		CHECK(!watch.astray);
		CHECK_OK(commit(t, 2, ZNVME_FW_ACTIVATE_NOW));
		check_running(t, revision);
	}
	CHECK_OK(znvme_get_log(t->ctrl, &log, &slots, sizeof(slots)));
	CHECK_EQ(slots.afi & ZNVME_FW_SLOT_AFI_ACTIVE, 2);
	CHECK(slots.frs[0][0] && slots.frs[1][0] && !slots.frs[2][0]);
}

static void firmware_granularity(struct test *t)
{
	char *image = image_of(64 * KIB, "GRANULES");

	open_with(t, "fwug=2");
	CHECK_EQ(znvme_fw_granularity(t->ctrl), 8192);
	CHECK_RC(znvme_fw_download(t->ctrl, image, 6, 0, 0, NULL, NULL), -EINVAL);
	CHECK_RC(znvme_fw_download(t->ctrl, image, 0, 0, 0, NULL, NULL), -EINVAL);
	CHECK_RC(znvme_fw_download(t->ctrl, image, 16384, 4096, 0, NULL, NULL), -EINVAL);
	CHECK_MESSAGE("FWUG");
	CHECK_RC(znvme_fw_download(t->ctrl, image, 16384, 0, 4096, NULL, NULL), -EINVAL);
	CHECK_OK(znvme_fw_download(t->ctrl, image, 20480, 0, 8192, NULL, NULL));
	CHECK_OK(commit(t, 0, ZNVME_FW_REPLACE));
	free(image);
}

static void firmware_after_a_reset(struct test *t)
{
	char *image = image_of(4096, "NEXTBOOT");

	test_open(t);
	CHECK_STATUS(commit(t, 2, ZNVME_FW_REPLACE), ZNVME_SC_INVALID_FW_IMAGE); /* none */
	CHECK_STATUS(commit(t, 3, ZNVME_FW_ACTIVATE), ZNVME_SC_INVALID_FW_SLOT); /* empty */
	CHECK_STATUS(commit(t, 7, ZNVME_FW_ACTIVATE), ZNVME_SC_INVALID_FW_SLOT);
	CHECK_OK(znvme_fw_download(t->ctrl, image, 4096, 0, 0, NULL, NULL));
	CHECK_STATUS(commit(t, 1, ZNVME_FW_REPLACE), ZNVME_SC_INVALID_FW_SLOT); /* read-only */
	CHECK_OK(commit(t, 3, ZNVME_FW_REPLACE_AND_ACTIVATE));
	check_running(t, "0.1.0   ");
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK(!memcmp(znvme_id_ctrl(t->ctrl)->fr, "NEXTBOOT", 8));
	CHECK_OK(commit(t, 1, ZNVME_FW_ACTIVATE));
	CHECK_OK(znvme_reset(t->ctrl));
	check_running(t, "0.1.0   ");
	/* A reset forgets what was downloaded. */
	CHECK_OK(znvme_fw_download(t->ctrl, image, 4096, 0, 0, NULL, NULL));
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_STATUS(commit(t, 2, ZNVME_FW_REPLACE), ZNVME_SC_INVALID_FW_IMAGE);
	free(image);
}

static void firmware_resets(struct test *t)
{
	const struct znvme_sanitize_args erase = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	char *image = image_of(4096, "SUBSYSTM");

	open_with(t, "fw_reset=subsystem");
	CHECK_OK(znvme_fw_download(t->ctrl, image, 4096, 0, 0, NULL, NULL));
	CHECK_STATUS(commit(t, 2, ZNVME_FW_REPLACE_AND_ACTIVATE), ZNVME_SC_FW_NEEDS_NSS_RESET);
	CHECK_STATUS(sanitize(t, &erase), ZNVME_SC_FW_NEEDS_NSS_RESET);
	CHECK_OK(znvme_reset(t->ctrl));
	check_running(t, "0.1.0   ");
	CHECK_OK(znvme_subsystem_reset(t->ctrl));
	check_running(t, "SUBSYSTM");
	free(image);
}

static void firmware_statuses(struct test *t)
{
	char *image = image_of(4096, "STATUSES");

	open_with(t, "fw_reset=controller");
	CHECK_OK(znvme_fw_download(t->ctrl, image, 4096, 0, 0, NULL, NULL));
	CHECK_STATUS(commit(t, 2, ZNVME_FW_ACTIVATE_NOW), ZNVME_SC_FW_NEEDS_CTRL_RESET);
	CHECK_OK(znvme_reset(t->ctrl));
	check_running(t, "STATUSES");
	test_close(t);
	open_with(t, "fw_reset=conventional");
	CHECK_OK(znvme_fw_download(t->ctrl, image, 4096, 0, 0, NULL, NULL));
	CHECK_STATUS(commit(t, 2, ZNVME_FW_REPLACE_AND_ACTIVATE), ZNVME_SC_FW_NEEDS_CONV_RESET);
	free(image);
}

static void firmware_pieces(struct test *t)
{
	char *image = image_of(16384, "PIECES  ");

	test_open(t);
	/* The second half alone, then all of it, in two calls. */
	CHECK_OK(znvme_fw_download(t->ctrl, image + 8192, 8192, 8192, 0, NULL, NULL));
	CHECK_STATUS(commit(t, 2, ZNVME_FW_REPLACE), ZNVME_SC_INVALID_FW_IMAGE);
	CHECK_OK(znvme_fw_download(t->ctrl, image, 8192, 0, 0, NULL, NULL));
	CHECK_STATUS(znvme_fw_download(t->ctrl, image + 4096, 4096, 4096, 0, NULL, NULL),
		     ZNVME_SC_OVERLAPPING_RANGE);
	CHECK_OK(commit(t, 2, ZNVME_FW_REPLACE));
	memset(image, 0, 8);
	CHECK_OK(znvme_fw_download(t->ctrl, image, 16384, 0, 0, NULL, NULL));
	CHECK_STATUS(commit(t, 2, ZNVME_FW_REPLACE), ZNVME_SC_INVALID_FW_IMAGE);
	free(image);
}

/* ---- self-test ----------------------------------------------------------------------------- */

static int self_test(struct test *t, uint32_t nsid, uint8_t code)
{
	const struct znvme_sqe cmd = znvme_admin_self_test(nsid, code);

	return znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0);
}

static void self_tests(struct test *t)
{
	struct znvme_self_test_log log;
	struct watch watch = {.t = t};

	open_with(t, "selftest_time=20");
	CHECK_OK(self_test(t, ZNVME_NSID_ALL, ZNVME_SELF_TEST_EXTENDED));
	CHECK_OK(znvme_self_test_wait(t->ctrl, PATIENCE_MS, watch_part, &watch, &log));
	CHECK(!watch.astray);
	CHECK_EQ(watch.last, 100);
	CHECK_EQ(log.result[0].dsts, ZNVME_SELF_TEST_EXTENDED << 4 | ZNVME_SELF_TEST_OK);
	CHECK_EQ(log.result[1].dsts, ZNVME_SELF_TEST_UNUSED);
	CHECK_STATUS(self_test(t, 0, 7), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(self_test(t, 0xfffffff0, ZNVME_SELF_TEST_SHORT), ZNVME_SC_INVALID_NS);
}

static unsigned newest_outcome(struct test *t)
{
	struct znvme_self_test_log log;

	CHECK_OK(znvme_self_test_wait(t->ctrl, PATIENCE_MS, NULL, NULL, &log));
	return log.result[0].dsts & ZNVME_SELF_TEST_DSTS_RESULT;
}

static void self_tests_that_are_ended(struct test *t)
{
	const struct znvme_sanitize_args erase = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	struct znvme_format_args format = {0};

	open_with(t, "selftest_time=60000");
	format.nsid = t->ns->nsid;
	CHECK_OK(self_test(t, 0, ZNVME_SELF_TEST_SHORT));
	CHECK_STATUS(self_test(t, 0, ZNVME_SELF_TEST_SHORT), ZNVME_SC_SELF_TEST_IN_PROGRESS);
	CHECK_OK(self_test(t, 0, ZNVME_SELF_TEST_ABORT));
	CHECK_EQ(newest_outcome(t), ZNVME_SELF_TEST_ABORTED);
	CHECK_OK(self_test(t, 0, ZNVME_SELF_TEST_SHORT));
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_EQ(newest_outcome(t), ZNVME_SELF_TEST_RESET);
	CHECK_OK(self_test(t, t->ns->nsid, ZNVME_SELF_TEST_SHORT));
	CHECK_OK(znvme_format(t->ctrl, &format, 0, NULL, NULL));
	CHECK_EQ(newest_outcome(t), ZNVME_SELF_TEST_FORMAT);
	CHECK_OK(self_test(t, 0, ZNVME_SELF_TEST_EXTENDED));
	CHECK_OK(sanitize(t, &erase));
	CHECK_EQ(newest_outcome(t), ZNVME_SELF_TEST_SANITIZE);
}

static void self_test_that_fails(struct test *t)
{
	struct znvme_self_test_log log;
	struct znvme_telemetry_log *telemetry;
	void *data;
	size_t len;

	open_with(t, "selftest_fail=5");
	CHECK_RC(znvme_telemetry(t->ctrl, ZNVME_TELEMETRY_CTRL, 3, &data, &len), -ENODATA);
	CHECK_OK(self_test(t, 0, ZNVME_SELF_TEST_SHORT));
	CHECK_OK(znvme_self_test_wait(t->ctrl, 0, NULL, NULL, &log));
	CHECK_EQ(log.result[0].dsts & ZNVME_SELF_TEST_DSTS_RESULT, ZNVME_SELF_TEST_FAILED_SEG);
	CHECK_EQ(log.result[0].seg, 5);
	/* The controller has captured what it knows of it. */
	CHECK_OK(znvme_telemetry(t->ctrl, ZNVME_TELEMETRY_CTRL, 3, &data, &len));
	telemetry = data;
	CHECK(strstr((const char *)telemetry->rsnident, "self-test"));
	CHECK_EQ(len, (telemetry->dalb3 + 1u) * ZNVME_TELEMETRY_BLOCK);
	free(data);
}

/* ---- logs ---------------------------------------------------------------------------------- */

static void telemetry_areas(struct test *t)
{
	struct znvme_feature_args behavior_args = {.fid = ZNVME_FEAT_HOST_BEHAVIOR};
	struct znvme_host_behavior behavior = {.etdas = 1};
	struct znvme_telemetry_log *header;
	uint8_t generation = 0;
	size_t len, last = 0;
	void *data;

	test_open(t);
	CHECK_OK(znvme_set_feature(t->ctrl, &behavior_args, &behavior, sizeof(behavior), NULL));
	for (unsigned area = 1; area <= 4; area++) {
		CHECK_OK(znvme_telemetry(t->ctrl, ZNVME_TELEMETRY_CREATE, area, &data, &len));
		header = data;
		CHECK_EQ(header->lpi, ZNVME_LOG_TELEMETRY_HOST);
		CHECK(header->hostdgn != generation);
		generation = header->hostdgn;
		CHECK(len > last);
		last = len;
		CHECK(!memcmp((char *)data + ZNVME_TELEMETRY_BLOCK, "znvme simulated", 15));
		free(data);
	}
	CHECK_OK(znvme_telemetry(t->ctrl, 0, 4, &data, &len)); /* as it was captured */
	header = data;
	CHECK_EQ(header->hostdgn, generation);
	free(data);
}

static void persistent_events(struct test *t)
{
	static const uint8_t wanted[] = {ZNVME_PEL_POWER_ON,	   ZNVME_PEL_SET_FEATURE,
					 ZNVME_PEL_FORMAT_START,   ZNVME_PEL_FORMAT_DONE,
					 ZNVME_PEL_SANITIZE_START, ZNVME_PEL_SANITIZE_DONE};
	const struct znvme_sanitize_args erase = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	const struct znvme_get_log_args read = {.lid = ZNVME_LOG_PERSISTENT_EVENT};
	struct znvme_format_args format = {0};
	struct znvme_persistent_event_log header;
	size_t len, at = sizeof(header);
	uint32_t seen[8] = {0};
	void *data;

	test_open(t);
	format.nsid = t->ns->nsid;
	format.lbaf = t->ns->block_size == 4096;
	CHECK_OK(znvme_format(t->ctrl, &format, 0, NULL, NULL));
	CHECK_OK(sanitize(t, &erase));
	CHECK_OK(znvme_persistent_events(t->ctrl, 0, &data, &len));
	memcpy(&header, data, sizeof(header));
	CHECK_EQ(header.tll, len);
	for (uint32_t i = 0; i < header.tnev; i++) {
		struct znvme_persistent_event event;

		CHECK(at + sizeof(event) <= len);
		memcpy(&event, (char *)data + at, sizeof(event));
		seen[event.etype / 32] |= 1u << event.etype % 32;
		at += event.ehl + 3u + event.el;
	}
	CHECK_EQ(at, len);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		CHECK(seen[0] & 1u << wanted[i]);
	free(data);
	/* The context was released. */
	CHECK_STATUS(znvme_get_log(t->ctrl, &read, &header, sizeof(header)), ZNVME_SC_SEQUENCE);
	CHECK_OK(znvme_persistent_events(t->ctrl, 512, &data, &len));
	CHECK_EQ(len, 512);
	free(data);
}

/* Commands of another thread, and how many there were at each piece of a log. */
struct beside {
	struct znvme_ctrl *ctrl;
	bool over;
	unsigned begun; /* commands, those that wait for the controller's lock among them */
	unsigned commands;
	unsigned pieces;
	unsigned turns; /* pieces ahead of which the other thread had a command */
	unsigned seen;
};

static void slow_logs(void *arg, struct znvme_sim_command *command)
{
	struct beside *beside = arg;
	unsigned commands = __atomic_load_n(&beside->commands, __ATOMIC_ACQUIRE);

	if (command->qid || command->sqe.opcode != ZNVME_ADM_GET_LOG_PAGE)
		return;
	/* The lock is the log's: a thread that has begun a command waits for it, or is about to. */
	while (__atomic_load_n(&beside->begun, __ATOMIC_ACQUIRE) == commands)
		sched_yield();
	command->delay_us = 20000;
	if (beside->pieces++ && commands != beside->seen)
		beside->turns++;
	beside->seen = commands;
}

static void *identify_beside(void *arg)
{
	struct beside *beside = arg;
	struct znvme_id_ctrl id;

	while (!__atomic_load_n(&beside->over, __ATOMIC_ACQUIRE)) {
		__atomic_add_fetch(&beside->begun, 1, __ATOMIC_RELEASE);
		if (znvme_identify(beside->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, &id))
			break;
		__atomic_add_fetch(&beside->commands, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* The controller's lock is free between the pieces of a log: 16 of 64 KiB, or more of what MDTS
   lets pass. */
static void long_log_keeps_nobody_waiting(struct test *t)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_BOOT_PARTITION};
	struct beside beside = {0};
	const struct znvme_sim_hooks hooks = {.arg = &beside, .command = slow_logs};
	pthread_t thread;
	char *log = malloc(MIB);

	open_with(t, "boot=1M");
	CHECK(log);
	beside.ctrl = t->ctrl;
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_EQ(pthread_create(&thread, NULL, identify_beside, &beside), 0);
	CHECK_OK(znvme_get_log(t->ctrl, &args, log, MIB));
	__atomic_store_n(&beside.over, true, __ATOMIC_RELEASE);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	znvme_sim_set_hooks(t->sim, NULL);
	free(log);
	CHECK(beside.pieces >= 16);
	if (beside.turns < beside.pieces / 2)
		FAIL("the other thread had its turn at %u of %u places", beside.turns,
		     beside.pieces - 1);
}

#define SIM HAS_SIM

static const struct test_case cases[] = {
	{"a namespace is created, used and deleted", create_use_delete, SIM},
	{"namespaces that cannot be created are refused", create_limits, SIM},
	{"an event has namespaces read anew", event_renews_namespaces, SIM},
	{"changed namespaces are listed", changes_are_listed, SIM},
	{"a format tells its progress", format_tells_progress, SIM},
	{"a format that is not waited for leaves a controller to be reset",
	 format_that_is_not_waited_for, SIM},
	{"a format that takes too long leaves a controller to be reset", format_that_takes_too_long,
	 SIM},
	{"a format that says it failed is doubted", failed_format_is_doubted, SIM},
	{"a reset ends the wait for a format", reset_ends_the_wait, SIM},
	{"a sanitize operation takes all data", sanitize_takes_all, SIM},
	{"an overwrite leaves its last pattern", overwrite_leaves_its_pattern, SIM},
	{"a sanitize operation goes on, and little else", sanitize_in_progress, SIM},
	{"the end of a sanitize operation is told", sanitize_tells_its_end, SIM},
	{"a sanitize operation need not be waited for", sanitize_that_is_not_waited_for, SIM},
	{"a sanitize operation that failed must be repeated", sanitize_fails, SIM},
	{"the failure of one that allows it can be left", sanitize_failure_is_left, SIM},
	{"the medium is verified until the host ends it", media_verification, SIM},
	{"firmware of any size is downloaded and run", firmware_of_any_size, SIM},
	{"firmware comes in the controller's granularity", firmware_granularity, SIM},
	{"firmware is run after a reset", firmware_after_a_reset, SIM},
	{"firmware waits for the reset that it needs", firmware_resets, SIM},
	{"which reset firmware needs is a status", firmware_statuses, SIM},
	{"firmware in pieces is complete, or refused", firmware_pieces, SIM},
	{"a self-test runs and leaves its result", self_tests, SIM},
	{"what ends a self-test is in its result", self_tests_that_are_ended, SIM},
	{"a self-test that fails is told", self_test_that_fails, SIM},
	{"telemetry is captured and read by areas", telemetry_areas, SIM},
	{"persistent events tell what was done", persistent_events, SIM},
	{"a long log keeps nobody waiting", long_log_keeps_nobody_waiting, SIM},
};

const struct test_group manage_sim_tests = {"manage sim", cases, ARRAY_LEN(cases)};
