// SPDX-License-Identifier: MIT
/*
 * Life of a controller: open, what it says of itself, its namespaces, close (Base 2.1, sections 3.5
 * and 3.6). What goes wrong at opening is refusals.c and, on the simulator, faults.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "tests.h"

static void open_ten_times(struct test *t)
{
	for (int i = 0; i < 10; i++) {
		test_open(t);
		CHECK(znvme_reg_read(t->ctrl, ZNVME_REG_CSTS, 4) & ZNVME_CSTS_RDY);
		test_close(t);
	}
}

static void close_null(struct test *t)
{
	(void)t;
	CHECK_OK(znvme_close(NULL));
}

static void registers(struct test *t)
{
	test_open(t);

	uint64_t cap = znvme_reg_read(t->ctrl, ZNVME_REG_CAP, 8);
	uint32_t cc = (uint32_t)znvme_reg_read(t->ctrl, ZNVME_REG_CC, 4);

	CHECK_EQ(znvme_reg_read(t->ctrl, ZNVME_REG_CAP, 4), (uint32_t)cap);
	CHECK_EQ(znvme_reg_read(t->ctrl, ZNVME_REG_CAP + 4, 4), cap >> 32);
	CHECK_EQ(t->info.cap, cap);
	CHECK_EQ(t->info.vs, znvme_reg_read(t->ctrl, ZNVME_REG_VS, 4));
	CHECK(cc & ZNVME_CC_EN);
	CHECK_EQ(znvme_field_get(ZNVME_CC_IOSQES, cc), 6);
	CHECK_EQ(znvme_field_get(ZNVME_CC_IOCQES, cc), 4);
	CHECK_EQ(4096u << znvme_field_get(ZNVME_CC_MPS, cc), t->info.page_size);
	CHECK_EQ(znvme_reg_read(t->ctrl, ZNVME_REG_CSTS, 4) &
			 (ZNVME_CSTS_RDY | ZNVME_CSTS_CFS | ZNVME_CSTS_SHST),
		 ZNVME_CSTS_RDY);
}

static void registers_beyond_bar(struct test *t)
{
	test_open(t);
	CHECK_EQ(znvme_reg_read(t->ctrl, 0xfffffff0u, 4), UINT32_MAX);
	CHECK_EQ(znvme_reg_read(t->ctrl, 0xfffffff8u, 8), UINT64_MAX);
	CHECK_EQ(znvme_reg_read(t->ctrl, 0xfffffffcu, 8), UINT64_MAX);
}

static void info_is_sane(struct test *t)
{
	test_open(t);
	CHECK(t->info.address && *t->info.address);
	CHECK(t->info.way && *t->info.way);
	CHECK_EQ(t->info.max_queue_size, znvme_field_get(ZNVME_CAP_MQES, t->info.cap) + 1);
	CHECK(t->info.nr_io_queues >= 1 && t->info.nr_io_queues <= 64);
	CHECK(t->info.page_size >= 4096 && !(t->info.page_size & (t->info.page_size - 1)));
	CHECK(t->info.max_transfer >= 4096);

	uint8_t mdts = znvme_id_ctrl(t->ctrl)->mdts;
	uint64_t unit = 4096ull << znvme_field_get(ZNVME_CAP_MPSMIN, t->info.cap);

	if (mdts)
		CHECK_EQ(t->info.max_transfer, unit << mdts);
	else
		CHECK_EQ(t->info.max_transfer, UINT64_MAX);
}

static void identify_controller(struct test *t)
{
	const struct znvme_id_ctrl *id;
	static struct znvme_id_ctrl again;

	test_open(t);
	id = znvme_id_ctrl(t->ctrl);
	for (size_t i = 0; i < sizeof(id->sn); i++)
		CHECK(id->sn[i] >= ' ' && id->sn[i] <= '~');
	for (size_t i = 0; i < sizeof(id->mn); i++)
		CHECK(id->mn[i] >= ' ' && id->mn[i] <= '~');
	CHECK((id->sqes & 0xf) <= 6 && id->sqes >> 4 >= 6);
	CHECK((id->cqes & 0xf) <= 4 && id->cqes >> 4 >= 4);
	CHECK(id->nn > 0);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, &again));
	CHECK(memcmp(again.sn, id->sn, sizeof(id->sn)) == 0);
	CHECK(memcmp(again.mn, id->mn, sizeof(id->mn)) == 0);
	CHECK_EQ(again.oncs, id->oncs);
	CHECK_EQ(again.nn, id->nn);
}

static void namespaces_are_listed(struct test *t)
{
	uint32_t all[64], one;
	int nr;

	test_open(t);
	nr = znvme_ns_list(t->ctrl, 0, all, 64);
	CHECK(nr >= 1);
	for (int i = 1; i < nr; i++)
		CHECK(all[i] > all[i - 1]);
	for (int i = 0; i < nr; i++) {
		CHECK_RC(znvme_ns_list(t->ctrl, i ? all[i - 1] : 0, &one, 1), 1);
		CHECK_EQ(one, all[i]);
	}
	CHECK_RC(znvme_ns_list(t->ctrl, 0, all, 0), 0);
	if (nr < 64)
		CHECK_RC(znvme_ns_list(t->ctrl, all[nr - 1], &one, 1), 0);
}

static void namespace_agrees_with_identify(struct test *t)
{
	static struct znvme_id_ns id;
	const struct znvme_ns *ns;

	test_open(t);
	ns = t->ns;
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_NS, ns->nsid, 0, 0, 0, &id));

	const struct znvme_lbaf *format = &id.lbaf[id.flbas & 0xf];

	CHECK(ns->ctrl == t->ctrl);
	CHECK_EQ(ns->nr_blocks, id.nsze);
	CHECK_EQ(ns->block_size, 1u << format->lbads);
	CHECK_EQ(ns->metadata_size, format->ms);
	CHECK_EQ(ns->nr_bytes, ns->nr_blocks * ns->block_size);
	CHECK_EQ(ns->csi, ZNVME_CSI_NVM);
	CHECK(ns->max_nlb >= 1 && ns->max_nlb <= 65536);
	CHECK((uint64_t)ns->max_nlb * ns->lba_bytes <= t->info.max_transfer);
	CHECK(ns->max_nlb == 65536 ||
	      (uint64_t)(ns->max_nlb + 1) * ns->lba_bytes > t->info.max_transfer);
}

static void namespace_is_kept(struct test *t)
{
	const struct znvme_ns *again;

	test_open(t);
	CHECK_OK(znvme_ns_get(t->ctrl, t->ns->nsid, &again));
	CHECK(again == t->ns);
}

static void absent_namespaces(struct test *t)
{
	const struct znvme_ns *ns;
	uint32_t nsids[64];
	int nr;

	test_open(t);
	nr = znvme_ns_list(t->ctrl, 0, nsids, 64);
	CHECK(nr >= 1);
	CHECK_RC(znvme_ns_get(t->ctrl, nsids[nr - 1] + 1, &ns), -ENOENT);
	CHECK(*znvme_errmsg());
	CHECK_RC(znvme_ns_get(t->ctrl, 0xfffffffe, &ns), -ENOENT);
	CHECK_RC(znvme_ns_get(t->ctrl, 0, &ns), -EINVAL);
	CHECK_RC(znvme_ns_get(t->ctrl, ZNVME_NSID_ALL, &ns), -EINVAL);
}

static void two_namespaces_are_apart(struct test *t)
{
	const struct znvme_ns *ns[2];
	uint32_t nsids[2];
	char *buf[2];

	test_open(t);
	CHECK_RC(znvme_ns_list(t->ctrl, 0, nsids, 2), 2);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(znvme_ns_get(t->ctrl, nsids[i], &ns[i]));
		buf[i] = malloc(ns[i]->block_size);
		fill_pattern(buf[i], ns[i]->block_size, (uint64_t)i);
		CHECK_RC(znvme_pwrite(ns[i], buf[i], ns[i]->block_size, 0, 0, NULL),
			 ns[i]->block_size);
	}
	for (int i = 0; i < 2; i++) {
		memset(buf[i], 0, ns[i]->block_size);
		CHECK_RC(znvme_pread(ns[i], buf[i], ns[i]->block_size, 0, 0, NULL),
			 ns[i]->block_size);
		CHECK_PATTERN(buf[i], ns[i]->block_size, (uint64_t)i);
		free(buf[i]);
	}
}

static void without_interrupts(struct test *t)
{
	const struct znvme_open_options options = {.flags = ZNVME_OPEN_NO_INTERRUPTS};
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open_with(t, t->address, &options);
	CHECK_EQ(t->info.nr_vectors, 0);
	CHECK_RC(znvme_event_fd(t->ctrl), -EOPNOTSUPP);
	q = test_queue(t, 8, 0);
	CHECK_RC(znvme_queue_fd(q), -EOPNOTSUPP);
	region = test_region(t, t->ns->lba_bytes);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

static void kept_disabled(struct test *t)
{
	const struct znvme_open_options options = {.flags = ZNVME_OPEN_KEEP_DISABLED};
	struct znvme_device *dev;
	struct znvme_ctrl *ctrl;

	CHECK_OK(test_device(t->address, &dev));
	CHECK_OK(znvme_open_device(dev, &options, &ctrl));
	CHECK(znvme_reg_read(ctrl, ZNVME_REG_CAP, 8) != UINT64_MAX);
	CHECK_EQ(znvme_reg_read(ctrl, ZNVME_REG_CSTS, 4) & ZNVME_CSTS_RDY, 0);
	CHECK_OK(znvme_close(ctrl));
}

static void fewer_queues_asked_for(struct test *t)
{
	const struct znvme_open_options options = {.nr_io_queues = 1};
	struct znvme_queue *q;

	test_open_with(t, t->address, &options);
	CHECK_EQ(t->info.nr_io_queues, 1);
	test_queue(t, 4, 0);
	CHECK_RC(znvme_queue_create(t->ctrl, 4, NULL, &q), -ENOSPC);
}

static void admin_queue_sizes(struct test *t)
{
	static const unsigned good[] = {2, 3, 64, 4096}, bad[] = {1, 4097, 65536};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		const struct znvme_open_options options = {.admin_queue_size = good[i]};

		test_open_with(t, t->address, &options);
		for (int n = 0; n < 10; n++) {
			char data[ZNVME_IDENTIFY_SIZE];

			CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data));
		}
		test_close(t);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct znvme_open_options options = {.admin_queue_size = bad[i]};
		struct znvme_device *dev;
		struct znvme_ctrl *ctrl;

		CHECK_OK(test_device(t->address, &dev));
		CHECK_RC(znvme_open_device(dev, &options, &ctrl), -EINVAL);
		CHECK(*znvme_errmsg());
	}
}

static void close_with_all_in_use(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;

	test_open(t);
	region = test_region(t, 64 * KIB);
	q = test_queue(t, 16, 0);
	for (uint64_t i = 0; i < 8; i++) {
		sqe = znvme_get_sqe(q, NULL);
		CHECK(sqe);
		CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, i, 1));
	}
	CHECK_OK(znvme_submit(q));
	CHECK_OK(znvme_close(t->ctrl));
	t->ctrl = NULL;
	t->sim = NULL;
}

static const struct test_case cases[] = {
	{"a controller opens and closes ten times", open_ten_times, 0},
	{"closing nothing is allowed", close_null, 0},
	{"registers read the same by halves and are as configured", registers, 0},
	{"registers beyond the BAR read as all ones", registers_beyond_bar, 0},
	{"the controller's limits follow from CAP and MDTS", info_is_sane, 0},
	{"Identify Controller is sane and stays the same", identify_controller, 0},
	{"active namespaces are listed in order", namespaces_are_listed, 0},
	{"a namespace is what Identify Namespace says", namespace_agrees_with_identify, 0},
	{"a namespace is identified once", namespace_is_kept, 0},
	{"a namespace that is not there is refused", absent_namespaces, 0},
	{"two namespaces hold different data", two_namespaces_are_apart, HAS_TWO_NAMESPACES},
	{"it works without interrupts when asked to", without_interrupts, 0},
	{"it stays disabled when asked to", kept_disabled, 0},
	{"it takes no more queues than asked for", fewer_queues_asked_for, 0},
	{"admin queues of 2 to 4096 entries work, others are refused", admin_queue_sizes, 0},
	{"close gives back queues, regions and commands in flight", close_with_all_in_use, 0},
};

const struct test_group life_tests = {"life", cases, ARRAY_LEN(cases)};
