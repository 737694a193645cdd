// SPDX-License-Identifier: MIT
/*
 * Commands that manage namespaces, on any device that has them: Format NVM, Namespace Attachment
 * (Base 2.1, sections 5.1.10 and 5.1.20), and what the library knows of namespaces after them.
 */
#include <errno.h>

#include "tests.h"

/* An LBA format without metadata whose blocks have another size than now; -1: there is none. Zones
 * keep theirs. */
static int other_format(struct test *t, struct znvme_id_ns *id)
{
	if (t->ns->csi != ZNVME_CSI_NVM)
		return -1;
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_NS, t->ns->nsid, 0, 0, 0, id));
	for (int i = 0; i <= id->nlbaf && i < 16; i++)
		if (!id->lbaf[i].ms && id->lbaf[i].lbads >= 9 && id->lbaf[i].lbads <= 12 &&
		    1u << id->lbaf[i].lbads != t->ns->block_size)
			return i;
	return -1;
}

static struct znvme_format_args format_of(struct test *t, unsigned lbaf)
{
	struct znvme_format_args args = {.nsid = t->ns->nsid, .lbaf = (uint8_t)lbaf};

	return args;
}

static void format_changes_blocks(struct test *t)
{
	const struct znvme_ns *before, *after;
	struct znvme_format_args args;
	struct znvme_id_ns id;
	uint8_t block[4096];
	uint8_t old_format;
	int lbaf;

	test_open(t);
	lbaf = other_format(t, &id);
	if (lbaf < 0)
		test_skip("one block size only");
	old_format = id.flbas & ZNVME_NS_FLBAS_LO;
	before = t->ns;
	memset(block, 0x5a, sizeof(block));
	CHECK_RC(znvme_pwrite(before, block, sizeof(block), 0, 0, NULL), sizeof(block));

	args = format_of(t, (unsigned)lbaf);
	CHECK_OK(znvme_format(t->ctrl, &args, 0, NULL, NULL));
	CHECK_OK(znvme_ns_get(t->ctrl, before->nsid, &after));
	CHECK(after != before);
	CHECK_EQ(after->block_size, 1u << id.lbaf[lbaf].lbads);
	CHECK(before->block_size != after->block_size); /* what was handed out stays as it was */
	CHECK_RC(znvme_pread(after, block, sizeof(block), 0, 0, NULL), sizeof(block));
	CHECK_BYTES(block, sizeof(block), 0);

	args = format_of(t, old_format);
	CHECK_OK(znvme_format(t->ctrl, &args, 0, NULL, NULL));
	CHECK_OK(znvme_ns_get(t->ctrl, before->nsid, &t->ns));
	CHECK_EQ(t->ns->block_size, before->block_size);
}

/* The command as it is, without the helper: it is noticed all the same. */
static void raw_format_is_noticed(struct test *t)
{
	const struct znvme_ns *after, *again;
	struct znvme_format_args args;
	struct znvme_id_ns id;
	struct znvme_sqe cmd;
	int lbaf;

	test_open(t);
	lbaf = other_format(t, &id);
	if (lbaf < 0)
		test_skip("one block size only");
	args = format_of(t, (unsigned)lbaf);
	cmd = znvme_admin_format(&args);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_OK(znvme_ns_get(t->ctrl, t->ns->nsid, &after));
	CHECK(after->block_size != t->ns->block_size);
	args.lbaf = id.flbas & ZNVME_NS_FLBAS_LO;
	cmd = znvme_admin_format(&args);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_OK(znvme_ns_get(t->ctrl, t->ns->nsid, &again));
	CHECK_EQ(again->block_size, t->ns->block_size);
}

/* The same format again: what is known does not change, and neither does the pointer. */
static void format_that_changes_nothing(struct test *t)
{
	const struct znvme_ns *after;
	struct znvme_format_args args;
	struct znvme_id_ns id;

	test_open(t);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_NS, t->ns->nsid, 0, 0, 0, &id));
	args = format_of(t, id.flbas & ZNVME_NS_FLBAS_LO);
	args.pi = id.dps & ZNVME_NS_DPS_TYPE;
	args.pi_first = id.dps & ZNVME_NS_DPS_FIRST;
	args.metadata_extended = id.flbas & ZNVME_NS_FLBAS_META_EXT;
	CHECK_OK(znvme_format(t->ctrl, &args, 0, NULL, NULL));
	CHECK_OK(znvme_ns_get(t->ctrl, t->ns->nsid, &after));
	CHECK(after == t->ns);
}

static void bad_format(struct test *t)
{
	struct znvme_format_args args;
	struct znvme_id_ns id;

	test_open(t);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_NS, t->ns->nsid, 0, 0, 0, &id));
	args = format_of(t, id.nlbaf + 1u < 16 ? id.nlbaf + 1u : 15);
	CHECK_STATUS(znvme_format(t->ctrl, &args, 0, NULL, NULL), ZNVME_SC_INVALID_FORMAT);
	CHECK_MESSAGE("Format NVM");
	/* The controller is as before. */
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_NS, t->ns->nsid, 0, 0, 0, &id));
}

static int attach(struct test *t, uint32_t nsid, uint8_t sel)
{
	const struct znvme_sqe cmd = znvme_admin_attach_ns(nsid, sel);
	struct znvme_ctrl_list list = {.num = 1};

	list.identifier[0] = znvme_id_ctrl(t->ctrl)->cntlid;
	return znvme_admin(t->ctrl, &cmd, &list, sizeof(list), NULL, 0);
}

static void detach_and_attach(struct test *t)
{
	const struct znvme_ns *ns;
	uint32_t nsid, nsids[8];
	uint64_t blocks;
	int nr, nr_before;

	test_open(t);
	nsid = t->ns->nsid;
	blocks = t->ns->nr_blocks;
	nr_before = znvme_ns_list(t->ctrl, 0, nsids, ARRAY_LEN(nsids));
	CHECK_OK(attach(t, nsid, ZNVME_NS_DETACH));
	CHECK_RC(znvme_ns_get(t->ctrl, nsid, &ns), -ENOENT);
	CHECK_EQ(t->ns->nr_blocks, blocks); /* whoever holds it can still look */
	nr = znvme_ns_list(t->ctrl, 0, nsids, ARRAY_LEN(nsids));
	CHECK_EQ(nr, nr_before - 1);
	for (int i = 0; i < nr; i++)
		CHECK(nsids[i] != nsid);
	CHECK_STATUS(attach(t, nsid, ZNVME_NS_DETACH), ZNVME_SC_NS_NOT_ATTACHED);
	CHECK_OK(attach(t, nsid, ZNVME_NS_ATTACH));
	CHECK_OK(znvme_ns_get(t->ctrl, nsid, &t->ns));
	CHECK_EQ(t->ns->nr_blocks, blocks);
	CHECK_EQ(znvme_ns_list(t->ctrl, 0, nsids, ARRAY_LEN(nsids)), nr_before);
}

/* Flush, which needs no buffer: a namespace may have metadata of any kind. */
static int flush(struct test *t, struct znvme_queue *q)
{
	struct znvme_sqe *sqe = znvme_get_sqe(q, q);

	CHECK(sqe);
	znvme_prep_flush(sqe, t->ns);
	CHECK_OK(znvme_submit(q));
	return test_complete(q, q);
}

/* A command to a namespace that has gone ends, with a status. */
static void io_to_a_detached_namespace(struct test *t)
{
	struct znvme_queue *q;
	uint32_t nsid;

	test_open(t);
	nsid = t->ns->nsid;
	q = test_queue(t, 8, 0);
	CHECK_EQ(flush(t, q), 0);
	CHECK_OK(attach(t, nsid, ZNVME_NS_DETACH));
	CHECK(flush(t, q) > 0);
	CHECK_OK(attach(t, nsid, ZNVME_NS_ATTACH));
	CHECK_EQ(flush(t, q), 0);
}

#define UNDER_WAY 6

/* Keep `UNDER_WAY` reads going until `n` have completed; how many of those with a status. */
static unsigned keep_reading(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			     unsigned n)
{
	unsigned failed = 0;

	while (n) {
		struct znvme_cpl cpls[UNDER_WAY];
		int got;

		while (znvme_in_flight(q) < UNDER_WAY) {
			struct znvme_sqe *sqe = znvme_get_sqe(q, region);

			CHECK(sqe);
			CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
		}
		CHECK_OK(znvme_submit(q));
		got = znvme_wait(q, cpls, n < UNDER_WAY ? (int)n : UNDER_WAY, PATIENCE_MS);
		CHECK(got > 0);
		for (int i = 0; i < got; i++) {
			CHECK(cpls[i].data == region && cpls[i].status >= 0);
			failed += cpls[i].status > 0;
		}
		n -= (unsigned)got;
	}
	return failed;
}

/* It goes while its queue is full of reads: each of them ends once, the later ones with a status.
 */
static void detached_under_io(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	uint32_t nsid;

	test_open(t);
	if (t->ns->metadata_size)
		test_skip("its reads want a place for metadata");
	nsid = t->ns->nsid;
	q = test_queue(t, 8, 0);
	region = test_region(t, 4096);
	for (int round = 0; round < 5; round++) {
		CHECK_EQ(keep_reading(t, q, region, 40), 0);
		CHECK_OK(attach(t, nsid, ZNVME_NS_DETACH));
		CHECK(keep_reading(t, q, region, 40) >= 40 - UNDER_WAY);
		CHECK_OK(attach(t, nsid, ZNVME_NS_ATTACH));
		while (znvme_in_flight(q)) { /* of before, in any order */
			struct znvme_cpl cpls[UNDER_WAY];

			CHECK(znvme_wait(q, cpls, UNDER_WAY, PATIENCE_MS) > 0);
		}
	}
	CHECK_EQ(keep_reading(t, q, region, 40), 0);
	test_drain(q, znvme_in_flight(q), 0);
}

static void rescan_without_change(struct test *t)
{
	const struct znvme_ns *ns;

	test_open(t);
	CHECK_RC(znvme_ns_rescan(t->ctrl), 0);
	CHECK_OK(znvme_ns_get(t->ctrl, t->ns->nsid, &ns));
	CHECK(ns == t->ns);
}

/* Of what the controller does not have, the bit is named, and nothing is sent. */
static void missing_bits_are_named(struct test *t)
{
	static const struct {
		uint8_t opcode;
		uint16_t oacs;
		const char *message;
	} rows[] = {
		{ZNVME_ADM_SECURITY_RECV, ZNVME_CTRL_OACS_SECURITY,
		 "Security Receive (OACS bit 0)"},
		{ZNVME_ADM_FORMAT_NVM, ZNVME_CTRL_OACS_FORMAT, "Format NVM (OACS bit 1)"},
		{ZNVME_ADM_FW_DOWNLOAD, ZNVME_CTRL_OACS_FW, "Download (OACS bit 2)"},
		{ZNVME_ADM_NS_ATTACH, ZNVME_CTRL_OACS_NS_MGMT, "Attachment (OACS bit 3)"},
		{ZNVME_ADM_SELF_TEST, ZNVME_CTRL_OACS_SELF_TEST, "Self-test (OACS bit 4)"},
		{ZNVME_ADM_VIRT_MGMT, ZNVME_CTRL_OACS_VIRT_MGMT, "Management (OACS bit 7)"},
		{ZNVME_ADM_LOCKDOWN, ZNVME_CTRL_OACS_LOCKDOWN, "Lockdown (OACS bit 10)"},
	};
	uint16_t oacs;

	test_open(t);
	oacs = znvme_id_ctrl(t->ctrl)->oacs;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct znvme_sqe cmd = znvme_admin_sqe(rows[i].opcode, 0);

		if (oacs & rows[i].oacs) {
			CHECK_OK(znvme_admin_check(t->ctrl, &cmd));
			continue;
		}
		CHECK_RC(znvme_admin_check(t->ctrl, &cmd), -EOPNOTSUPP);
		CHECK_MESSAGE(rows[i].message);
	}
	if (!znvme_id_ctrl(t->ctrl)->sanicap) {
		const struct znvme_sqe cmd = znvme_admin_sqe(ZNVME_ADM_SANITIZE, 0);

		CHECK_RC(znvme_admin_check(t->ctrl, &cmd), -EOPNOTSUPP);
		CHECK_MESSAGE("Sanitize (SANICAP bits 0 to 2)");
	}
	if (znvme_id_ctrl(t->ctrl)->lpa & ZNVME_CTRL_LPA_CMD_EFFECTS) {
		const struct znvme_sqe vendor = znvme_admin_sqe(0xc3, 0);

		CHECK_RC(znvme_admin_check(t->ctrl, &vendor), -EOPNOTSUPP);
		CHECK_MESSAGE("opcode 0xc3");
	}
}

/* The same for I/O commands, and for what they ask for. */
static void missing_io_bits_are_named(struct test *t)
{
	static const struct {
		struct znvme_sqe cmd;
		uint16_t oncs;
		const char *message;
	} rows[] = {
		{{.opcode = ZNVME_CMD_COMPARE}, ZNVME_CTRL_ONCS_COMPARE, "Compare (ONCS bit 0)"},
		{{.opcode = ZNVME_CMD_WRITE_UNCORRECTABLE},
		 ZNVME_CTRL_ONCS_WRITE_UNCORRECTABLE,
		 "Write Uncorrectable (ONCS bit 1)"},
		{{.opcode = ZNVME_CMD_DSM}, ZNVME_CTRL_ONCS_DSM, "Management (ONCS bit 2)"},
		{{.opcode = ZNVME_CMD_WRITE_ZEROES},
		 ZNVME_CTRL_ONCS_WRITE_ZEROES,
		 "Write Zeroes (ONCS bit 3)"},
		{{.opcode = ZNVME_CMD_RESV_REPORT},
		 ZNVME_CTRL_ONCS_RESERVATIONS,
		 "Reservation Report (ONCS bit 5)"},
		{{.opcode = ZNVME_CMD_VERIFY}, ZNVME_CTRL_ONCS_VERIFY, "Verify (ONCS bit 7)"},
		{{.opcode = ZNVME_CMD_COPY}, ZNVME_CTRL_ONCS_COPY, "Copy (ONCS bit 8)"},
		{{.opcode = ZNVME_CMD_READ}, UINT16_MAX, ""},
	};
	const struct znvme_sqe fused = {.opcode = ZNVME_CMD_WRITE, .flags = ZNVME_SQE_FUSE_SECOND};
	const struct znvme_sqe placed = {.opcode = ZNVME_CMD_IO_MGMT_RECV};
	const struct znvme_id_ctrl *id;

	test_open(t);
	id = znvme_id_ctrl(t->ctrl);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].oncs == UINT16_MAX || id->oncs & rows[i].oncs) {
			CHECK_OK(znvme_io_check(t->ctrl, &rows[i].cmd));
			continue;
		}
		CHECK_RC(znvme_io_check(t->ctrl, &rows[i].cmd), -EOPNOTSUPP);
		CHECK_MESSAGE(rows[i].message);
	}
	if (!(id->fuses & ZNVME_CTRL_FUSES_COMPARE_WRITE)) {
		CHECK_RC(znvme_io_check(t->ctrl, &fused), -EOPNOTSUPP);
		CHECK_MESSAGE("fused Compare and Write (FUSES bit 0)");
	}
	if (!(id->ctratt & ZNVME_CTRL_CTRATT_FDPS)) {
		CHECK_RC(znvme_io_check(t->ctrl, &placed), -EOPNOTSUPP);
		CHECK_MESSAGE("(CTRATT bit 19)");
	}
	if (id->lpa & ZNVME_CTRL_LPA_CMD_EFFECTS) {
		const struct znvme_sqe vendor = {.opcode = 0xc1, .nsid = t->ns->nsid};

		CHECK_RC(znvme_io_check(t->ctrl, &vendor), -EOPNOTSUPP);
		CHECK_MESSAGE("opcode 0xc1");
	}
}

static const struct test_case cases[] = {
	{"a format changes blocks, and not what was handed out", format_changes_blocks, HAS_FORMAT},
	{"a format by the bare command is noticed", raw_format_is_noticed, HAS_FORMAT},
	{"a format that changes nothing changes no pointer", format_that_changes_nothing,
	 HAS_FORMAT},
	{"an LBA format that there is not gives its status", bad_format, HAS_FORMAT},
	{"a namespace is detached and attached", detach_and_attach, HAS_NS_ATTACH},
	{"commands to a namespace that has gone end", io_to_a_detached_namespace, HAS_NS_ATTACH},
	{"a namespace goes under I/O, and nothing is lost", detached_under_io, HAS_NS_ATTACH},
	{"a rescan without a change changes nothing", rescan_without_change, 0},
	{"what the controller does not have is named", missing_bits_are_named, 0},
	{"what it does not have of I/O commands is named", missing_io_bits_are_named, 0},
};

const struct test_group manage_tests = {"manage", cases, ARRAY_LEN(cases)};
