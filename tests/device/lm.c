// SPDX-License-Identifier: MIT
/*
 * Host managed live migration (<znvme/lm.h>), on a simulator of the test's own: no other device has
 * it. A guest on controller 1 or 2 comes by znvme_sim_peer_exec().
 */
#include <errno.h>
#include <stdlib.h>

#include "ctrl/ctrl.h"
#include "tests.h"

#define ENTRIES 8u

static const struct znvme_sim_peer guest = {.cntlid = 1, .host_id_len = 8};

struct queue_test {
	struct znvme_region *region;
	struct znvme_cdq cdq;
};

static void open_lm(struct test *t, struct queue_test *q, uint16_t cntlid)
{
	test_open_with(t, "sim:size=1M,ns=2,with=lm", NULL);
	CHECK_OK(znvme_mem_alloc(t->ctrl, 4096, &q->region));
	CHECK_OK(znvme_cdq_create(t->ctrl, cntlid, q->region, ENTRIES, &q->cdq));
}

static int write_as(struct test *t, const struct znvme_sim_peer *peer, uint32_t nsid, uint32_t slba,
		    uint32_t nlb)
{
	static char data[65536];
	const struct znvme_sqe cmd = {
		.opcode = ZNVME_CMD_WRITE, .nsid = nsid, .cdw10 = slba, .cdw12 = nlb - 1};

	return znvme_sim_peer_exec(t->sim, peer, &cmd, data, nlb * 512, NULL);
}

static uint64_t esa(const struct znvme_lba_migration_entry *entry)
{
	return znvme_field_get(ZNVME_LBAMQA_ESA, entry->lbamqa);
}

static uint64_t range(const struct znvme_lba_migration_entry *entry)
{
	return znvme_field_get(ZNVME_LBAMQA_LBACIR, entry->lbamqa);
}

static struct znvme_lba_migration_entry next(struct queue_test *q)
{
	struct znvme_lba_migration_entry entry = {.nsid = 0};

	CHECK(znvme_cdq_next(&q->cdq, &entry));
	return entry;
}

static void check_none(struct queue_test *q)
{
	struct znvme_lba_migration_entry entry;

	CHECK(!znvme_cdq_next(&q->cdq, &entry));
}

/* The changes of one controller and of no other, first and last entry, more rounds than one. */
static void changes(struct test *t)
{
	const struct znvme_sim_peer other = {.cntlid = 2, .host_id_len = 8};
	struct znvme_lba_migration_entry entry;
	struct znvme_cdq_attrs attrs;
	struct queue_test q;

	open_lm(t, &q, 1);
	CHECK_EQ(write_as(t, &guest, 1, 0, 1), 0); /* nobody asked for it */
	check_none(&q);
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START));
	CHECK_EQ(write_as(t, &other, 1, 0, 1), 0);
	check_none(&q);
	for (uint32_t i = 0; i < 3 * ENTRIES; i++) {
		CHECK_EQ(write_as(t, &guest, 1 + i % 2, 5 * i, 1 + i), 0);
		entry = next(&q);
		CHECK_EQ(entry.nsid, 1 + i % 2);
		CHECK_EQ(entry.slba, 5 * i);
		CHECK_EQ(entry.nlb, i);
		CHECK_EQ(esa(&entry), i ? 0 : ZNVME_LBAMQ_FIRST);
		CHECK_EQ(range(&entry), ZNVME_LBAMQ_RANGE);
		CHECK(!(entry.lbamqa & ZNVME_LBAMQA_DLBA));
		check_none(&q);
		CHECK_OK(znvme_cdq_release(&q.cdq));
		CHECK_OK(znvme_cdq_attrs(t->ctrl, q.cdq.cdqid, &attrs));
		CHECK_EQ(attrs.hp, (i + 1) % ENTRIES);
	}
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_STOP));
	entry = next(&q);
	CHECK_EQ(esa(&entry), ZNVME_LBAMQ_STOPPED);
	CHECK_EQ(range(&entry), ZNVME_LBAMQ_NONE);
	CHECK_EQ(write_as(t, &guest, 1, 0, 1), 0);
	check_none(&q);
	CHECK_RC(znvme_mem_free(t->ctrl, q.region), -EBUSY);
	CHECK_OK(znvme_cdq_delete(&q.cdq));
	CHECK_STATUS(znvme_cdq_delete(&q.cdq), ZNVME_SC_INVALID_CDQ);
	CHECK_STATUS(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START), ZNVME_SC_INVALID_CDQ);
	CHECK_STATUS(znvme_cdq_attrs(t->ctrl, q.cdq.cdqid, &attrs), ZNVME_SC_INVALID_CDQ);
	CHECK_OK(znvme_mem_free(t->ctrl, q.region));
}

static int io(struct test *t, uint8_t opcode, uint32_t slba, uint32_t nlb)
{
	const struct znvme_sqe cmd = {.opcode = opcode, .nsid = 1, .cdw10 = slba, .cdw12 = nlb - 1};

	return znvme_io_exec(t->ctrl, &cmd, NULL, 0, NULL, 0, NULL, 0);
}

static int io_data(struct test *t, uint8_t opcode, uint32_t nsid, uint32_t slba, char block[512])
{
	const struct znvme_sqe cmd = {.opcode = opcode, .nsid = nsid, .cdw10 = slba};

	return znvme_io_exec(t->ctrl, &cmd, block, 512, NULL, 0, NULL, 0);
}

/* What writes beside Write, by this controller; the whole of a namespace. */
static void kinds(struct test *t)
{
	struct znvme_dsm_range ranges[] = {{.nlb = 2, .slba = 10}, {.nlb = 3, .slba = 20}};
	const struct znvme_sqe dsm = {
		.opcode = ZNVME_CMD_DSM, .nsid = 1, .cdw10 = 1, .cdw11 = ZNVME_DSM_AD};
	struct znvme_lba_migration_entry entry;
	struct queue_test q;
	char block[512];

	open_lm(t, &q, 0);
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START));
	CHECK(znvme_pread(t->ns, block, 512, 0, 0, NULL) == 512);
	check_none(&q);
	CHECK_OK(io(t, ZNVME_CMD_WRITE_ZEROES, 7, 9));
	entry = next(&q);
	CHECK_EQ(entry.slba, 7);
	CHECK_EQ(entry.nlb, 8);
	CHECK(!(entry.lbamqa & ZNVME_LBAMQA_DLBA));
	CHECK_OK(znvme_io_exec(t->ctrl, &dsm, ranges, sizeof(ranges), NULL, 0, NULL, 0));
	entry = next(&q);
	CHECK_EQ(entry.slba, 10);
	CHECK_EQ(entry.nlb, 1);
	CHECK(entry.lbamqa & ZNVME_LBAMQA_DLBA);
	entry = next(&q);
	CHECK_EQ(entry.slba, 20);
	CHECK_OK(io(t, ZNVME_CMD_WRITE_UNCORRECTABLE, 30, 1));
	entry = next(&q);
	CHECK_EQ(entry.slba, 30);
	CHECK_OK(znvme_format(t->ctrl, &(struct znvme_format_args){.nsid = 2}, 0, NULL, NULL));
	entry = next(&q);
	CHECK_EQ(entry.nsid, 2);
	CHECK_EQ(range(&entry), ZNVME_LBAMQ_ALL);
	CHECK(entry.lbamqa & ZNVME_LBAMQA_DLBA);
}

/* A copy is a change of where it goes to, a zone's reset one of the zone. */
static void copies_and_zones(struct test *t)
{
	const struct znvme_copy_range from = {.slba = 3, .nlb = 4};
	const struct znvme_sqe copy = {.opcode = ZNVME_CMD_COPY, .nsid = 1, .cdw10 = 40};
	struct znvme_sqe reset = {.opcode = ZNVME_CMD_ZONE_MGMT_SEND, .nsid = 2, .cdw10 = 2048};
	struct znvme_lba_migration_entry entry;
	struct queue_test q;
	char block[512] = "";

	test_open_with(t, "sim:size=8M,with=lm,zoned=0+1,zone_size=1M", NULL);
	CHECK_OK(znvme_mem_alloc(t->ctrl, 4096, &q.region));
	CHECK_OK(znvme_cdq_create(t->ctrl, 0, q.region, ENTRIES, &q.cdq));
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START));
	CHECK_OK(znvme_io_exec(t->ctrl, &copy, (void *)(uintptr_t)&from, sizeof(from), NULL, 0,
			       NULL, 0));
	entry = next(&q);
	CHECK_EQ(entry.slba, 40);
	CHECK_EQ(entry.nlb, 4);
	check_none(&q);
	CHECK_EQ(io_data(t, ZNVME_CMD_WRITE, 2, 2048, block), 0);
	entry = next(&q);
	CHECK_EQ(entry.nsid, 2);
	CHECK_EQ(entry.slba, 2048);
	reset.cdw13 = ZNVME_ZONE_RESET;
	CHECK_OK(znvme_io_exec(t->ctrl, &reset, NULL, 0, NULL, 0, NULL, 0));
	entry = next(&q);
	CHECK_EQ(entry.slba, 2048);
	CHECK_EQ(entry.nlb, 2047);
	CHECK(entry.lbamqa & ZNVME_LBAMQA_DLBA);
	check_none(&q);
}

/* A host that does not read: it is told, and not overtaken. */
static void full(struct test *t)
{
	struct znvme_lba_migration_entry entry;
	struct queue_test q;

	open_lm(t, &q, 1);
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START));
	for (uint32_t i = 0; i < 2 * ENTRIES; i++)
		CHECK_EQ(write_as(t, &guest, 1, i, 1), 0);
	for (uint32_t i = 0; i < ENTRIES - 2; i++) {
		entry = next(&q);
		CHECK_EQ(entry.slba, i);
	}
	entry = next(&q);
	CHECK_EQ(esa(&entry), ZNVME_LBAMQ_FULL);
	check_none(&q);
	CHECK_STATUS(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START), ZNVME_SC_CDQ_FULL);
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_STOP)); /* it has stopped */
	check_none(&q);
	CHECK_OK(znvme_cdq_release(&q.cdq));
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START));
	CHECK_EQ(write_as(t, &guest, 1, 99, 1), 0);
	entry = next(&q);
	CHECK_EQ(entry.slba, 99);
	CHECK_EQ(esa(&entry), ZNVME_LBAMQ_FIRST);
}

/* An event when a slot is written: once. */
static void wakes(struct test *t)
{
	struct znvme_cdq_attrs attrs;
	struct znvme_event event;
	struct queue_test q;

	open_lm(t, &q, 1);
	CHECK_OK(znvme_cdq_wake(&q.cdq, 2));
	CHECK_OK(znvme_cdq_attrs(t->ctrl, q.cdq.cdqid, &attrs));
	CHECK_EQ(attrs.tpt, 2);
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START));
	CHECK_EQ(write_as(t, &guest, 1, 0, 1), 0);
	CHECK_EQ(write_as(t, &guest, 1, 0, 1), 0);
	CHECK_EQ(znvme_next_event(t->ctrl, &event), 0);
	CHECK_EQ(write_as(t, &guest, 1, 0, 1), 0);
	CHECK_EQ(znvme_next_event(t->ctrl, &event), 1);
	CHECK_EQ(event.kind, ZNVME_EVENT_ASYNC);
	CHECK_EQ(znvme_field_get(ZNVME_AER_TYPE, event.dword0), ZNVME_AER_TYPE_ONE_SHOT);
	CHECK_EQ(znvme_field_get(ZNVME_AER_INFO, event.dword0), ZNVME_AER_ONE_SHOT_CDQ);
	CHECK_EQ(event.dword1, q.cdq.cdqid);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		next(&q);
		CHECK_OK(znvme_cdq_release(&q.cdq));
		CHECK_EQ(write_as(t, &guest, 1, 0, 1), 0);
	}
	CHECK_EQ(znvme_next_event(t->ctrl, &event), 0);
	CHECK_STATUS(znvme_cdq_wake(&q.cdq, ENTRIES), ZNVME_SC_INVALID_FIELD);
}

/* What cannot be is refused, here or there. */
static void refused(struct test *t)
{
	struct znvme_sqe cmd = znvme_admin_sqe(ZNVME_ADM_CONTROLLER_DATA_QUEUE, 0);
	struct znvme_cdq more[4];
	struct queue_test q;
	char data[4096];

	open_lm(t, &q, 1);
	CHECK_RC(znvme_cdq_create(t->ctrl, 1, q.region, 1, more), -EINVAL);
	CHECK_RC(znvme_cdq_create(t->ctrl, 1, q.region, 129, more), -EINVAL);
	CHECK_MESSAGE("129 entries");
	CHECK_RC(znvme_cdq_create(t->ctrl, 1, q.region, 2, more), -EBUSY);
	CHECK_STATUS(znvme_cdq_create(t->ctrl, 5, test_region(t, 4096), 2, more),
		     ZNVME_SC_INVALID_CTRL_ID);
	for (unsigned i = 0; i < 3; i++)
		CHECK_OK(znvme_cdq_create(t->ctrl, 0, test_region(t, 4096), 2, &more[i]));
	CHECK_STATUS(znvme_cdq_create(t->ctrl, 1, test_region(t, 4096), 2, &more[3]),
		     ZNVME_SC_NOT_ENOUGH_RESOURCES);
	/* A head beyond the tail. */
	q.cdq.head = 1;
	CHECK_STATUS(znvme_cdq_release(&q.cdq), ZNVME_SC_INVALID_FIELD);
	/* A queue in the buffer of a command: its memory would be the next command's. */
	cmd.cdw11 = ZNVME_CDQ_PC;
	cmd.cdw12 = sizeof(data) / 4;
	CHECK_RC(znvme_admin(t->ctrl, &cmd, data, sizeof(data), NULL, 0), -EPERM);
	cmd = znvme_admin_track_user_data(q.cdq.cdqid, 2);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_INVALID_FIELD);
	cmd.cdw10 = ZNVME_TRACK_MEMORY;
	CHECK_RC(znvme_admin_check(t->ctrl, &cmd), -EOPNOTSUPP);
	CHECK_MESSAGE("TRATTR bit 0");
	/* They end with the controller. */
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_STATUS(znvme_cdq_delete(&q.cdq), ZNVME_SC_INVALID_CDQ);
}

static void not_there(struct test *t)
{
	const struct znvme_ctrl_state_args args = {.cntlid = 1, .csvi = 1};
	struct znvme_region *region;
	struct znvme_cdq cdq;
	struct znvme_sqe cmd;
	char data[64];

	test_open_with(t, "sim:size=1M", NULL);
	CHECK_OK(znvme_mem_alloc(t->ctrl, 4096, &region));
	CHECK_RC(znvme_cdq_create(t->ctrl, 1, region, 2, &cdq), -EOPNOTSUPP);
	CHECK_MESSAGE("OACS bit 11");
	CHECK_RC(znvme_ctrl_state_get(t->ctrl, &args, 0, data, 64, NULL), -EOPNOTSUPP);
	CHECK_RC(znvme_ctrl_state_write(t->ctrl, &args, data, 64, 0), -EOPNOTSUPP);
	cmd = znvme_admin_suspend(1, ZNVME_SUSPEND_NOW, false);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_INVALID_OPCODE);
}

/* The host takes the memory away, and a device that writes nonsense there. */
static void lies(struct test *t)
{
	struct znvme_lba_migration_entry entry;
	struct queue_test q;

	open_lm(t, &q, 1);
	t->faulty = true;
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START));
	/* Each entry is there for one round only, whatever is in it. */
	memset(q.region->addr, 0xff, ENTRIES * sizeof(entry));
	for (uint32_t i = 0; i < ENTRIES; i++)
		CHECK(znvme_cdq_next(&q.cdq, &entry));
	check_none(&q);
	CHECK_EQ(q.cdq.head, 0);
	memset(q.region->addr, 0, ENTRIES * sizeof(entry));
	for (uint32_t i = 0; i < ENTRIES; i++)
		CHECK(znvme_cdq_next(&q.cdq, &entry));
	check_none(&q);
	((struct region *)q.region)->data_queues = 0; /* a library that did not know */
	CHECK_OK(znvme_mem_free(t->ctrl, q.region));
	q.cdq.holds_region = false;
	CHECK_EQ(write_as(t, &guest, 1, 0, 1), 0);
	CHECK_EQ(write_as(t, &guest, 1, 0, 1), 0);
	CHECK_OK(znvme_cdq_delete(&q.cdq));
}

/* ---- the state of a controller ------------------------------------------------------------- */

static int send(struct test *t, struct znvme_sqe cmd)
{
	return znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0);
}

/* A suspended controller takes no commands, and what it has changed has an end. */
static void suspends(struct test *t)
{
	struct znvme_lba_migration_entry entry;
	struct queue_test q;

	open_lm(t, &q, 1);
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START));
	CHECK_OK(send(t, znvme_admin_suspend(1, ZNVME_SUSPEND_NOTIFY, false)));
	CHECK_EQ(write_as(t, &guest, 1, 3, 1), 0);
	CHECK_OK(send(t, znvme_admin_suspend(1, ZNVME_SUSPEND_NOW, false)));
	CHECK_RC(write_as(t, &guest, 1, 4, 1), -EBUSY);
	entry = next(&q);
	CHECK_EQ(entry.slba, 3);
	entry = next(&q);
	CHECK_EQ(esa(&entry), ZNVME_LBAMQ_SUSPENDED);
	check_none(&q);
	CHECK_STATUS(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START), ZNVME_SC_CTRL_SUSPENDED);
	CHECK_OK(send(t, znvme_admin_resume(1)));
	CHECK_EQ(write_as(t, &guest, 1, 4, 1), 0);
	CHECK_STATUS(send(t, znvme_admin_resume(1)), ZNVME_SC_CTRL_NOT_SUSPENDED);
	CHECK_STATUS(send(t, znvme_admin_suspend(0, ZNVME_SUSPEND_NOW, false)),
		     ZNVME_SC_INVALID_CTRL_ID);
	CHECK_STATUS(send(t, znvme_admin_suspend(1, 2, false)), ZNVME_SC_INVALID_FIELD);
	/* With its queue. */
	CHECK_OK(znvme_cdq_release(&q.cdq));
	CHECK_OK(znvme_cdq_track(&q.cdq, ZNVME_TRACK_START));
	CHECK_OK(send(t, znvme_admin_suspend(1, ZNVME_SUSPEND_NOW, true)));
	entry = next(&q);
	CHECK_EQ(esa(&entry), ZNVME_LBAMQ_SUSPENDED);
	CHECK_STATUS(znvme_cdq_delete(&q.cdq), ZNVME_SC_INVALID_CDQ);
}

/* From one to another, whole and in pieces. */
static void moves(struct test *t)
{
	struct znvme_ctrl_state_args from = {.cntlid = 1, .csvi = 1}, to = {.cntlid = 2, .csvi = 1};
	struct znvme_ctrl_state state;
	void *data, *copy;
	bool suspended;
	size_t len, copy_len;
	char part[16];

	test_open_with(t, "sim:size=1M,with=lm", NULL);
	CHECK_OK(znvme_ctrl_state_read(t->ctrl, &from, 0, &data, &len, &suspended));
	CHECK(!suspended);
	free(data);
	CHECK_OK(send(t, znvme_admin_suspend(1, ZNVME_SUSPEND_NOW, false)));
	CHECK_OK(znvme_ctrl_state_read(t->ctrl, &from, 0, &data, &len, &suspended));
	CHECK(suspended);
	CHECK_EQ(len, 48 + 8 + 24 + 24);
	CHECK_OK(znvme_ctrl_state_parse(data, len, &state));
	CHECK_EQ(state.header.csattr, ZNVME_CSATTR_SUSPENDED);
	CHECK_EQ(state.nvme.niosq, 1);
	CHECK_EQ(state.nvme.niocq, 1);
	CHECK_EQ(znvme_ctrl_state_sq(&state, 0).iosqqid, 1);
	CHECK_EQ(znvme_ctrl_state_sq(&state, 0).iosqqsize, 63);
	CHECK_EQ(znvme_ctrl_state_cq(&state, 0).iocqa, 0x10003);
	CHECK_EQ(znvme_ctrl_state_cq(&state, 1).iocqa, 0);
	CHECK_OK(znvme_ctrl_state_get(t->ctrl, &from, 52, part, 16, NULL));
	CHECK(!memcmp(part, (char *)data + 52, 16));
	CHECK_STATUS(znvme_ctrl_state_get(t->ctrl, &from, len + 4, part, 16, NULL),
		     ZNVME_SC_INVALID_FIELD);
	CHECK_RC(znvme_ctrl_state_get(t->ctrl, &from, 2, part, 16, NULL), -EINVAL);
	CHECK_RC(znvme_ctrl_state_read(t->ctrl, &from, 64, &copy, &copy_len, NULL), -EFBIG);

	CHECK_STATUS(znvme_ctrl_state_write(t->ctrl, &to, data, len, 0),
		     ZNVME_SC_CTRL_NOT_SUSPENDED);
	CHECK_OK(send(t, znvme_admin_suspend(2, ZNVME_SUSPEND_NOW, false)));
	for (size_t piece = 4; piece < len + 40; piece += 12) {
		CHECK_OK(znvme_ctrl_state_write(t->ctrl, &to, data, len, piece));
		CHECK_OK(znvme_ctrl_state_read(t->ctrl, &to, 0, &copy, &copy_len, NULL));
		CHECK_EQ(copy_len, len);
		CHECK(!memcmp(copy, data, len));
		free(copy);
	}
	CHECK_OK(send(t, znvme_admin_resume(2)));
	/* Without any of its parts. */
	from.csvi = 0;
	CHECK_OK(znvme_ctrl_state_read(t->ctrl, &from, 0, &copy, &copy_len, NULL));
	CHECK_EQ(copy_len, 48);
	free(copy);
	from.csvi = 2;
	CHECK_STATUS(znvme_ctrl_state_get(t->ctrl, &from, 0, part, 16, NULL),
		     ZNVME_SC_INVALID_FIELD);
	free(data);
}

/* This controller's own queues. */
static void own(struct test *t)
{
	const struct znvme_ctrl_state_args args = {.csvi = 1};
	struct znvme_ctrl_state state;
	struct znvme_iosq_state sq;
	struct znvme_queue *queue;
	bool suspended;
	void *data;
	size_t len;

	test_open_with(t, "sim:size=1M,with=lm,queues=2", NULL);
	queue = test_queue(t, 16, 0);
	CHECK(queue);
	CHECK_OK(znvme_ctrl_state_read(t->ctrl, &args, 0, &data, &len, &suspended));
	CHECK(!suspended);
	CHECK_OK(znvme_ctrl_state_parse(data, len, &state));
	CHECK_EQ(state.nvme.niosq, state.nvme.niocq);
	CHECK(state.nvme.niosq >= 1);
	sq = znvme_ctrl_state_sq(&state, 0);
	CHECK_EQ(sq.iosqqid, 1);
	CHECK_EQ(sq.iosqcqid, 1);
	CHECK(sq.iosqprp1);
	free(data);
}

/* A state that is not what its header says, on its way either way. */
static void cut_states(struct test *t)
{
	const struct znvme_ctrl_state_args args = {.cntlid = 1, .csvi = 1};
	struct znvme_ctrl_state state;
	struct znvme_sqe piece;
	char longer[512] = "", *data;
	void *read;
	size_t len;

	test_open_with(t, "sim:size=1M,with=lm", NULL);
	CHECK_OK(send(t, znvme_admin_suspend(1, ZNVME_SUSPEND_NOW, false)));
	CHECK_OK(znvme_ctrl_state_read(t->ctrl, &args, 0, &read, &len, NULL));
	data = read;
	for (size_t cut = 0; cut < len; cut++)
		CHECK_RC(znvme_ctrl_state_parse(data, cut, &state), -EPROTO);
	for (size_t cut = 4; cut < len; cut += 4)
		CHECK_STATUS(znvme_ctrl_state_write(t->ctrl, &args, data, cut, 0),
			     ZNVME_SC_INVALID_FIELD);
	/* More than it says, and a piece without a first one. */
	memcpy(longer, data, len);
	CHECK_STATUS(znvme_ctrl_state_write(t->ctrl, &args, longer, len + 4, 0),
		     ZNVME_SC_INVALID_FIELD);
	piece = znvme_admin_set_state(&args, ZNVME_STATE_MIDDLE, 0, 48);
	CHECK_STATUS(znvme_admin(t->ctrl, &piece, data, 48, NULL, 0), ZNVME_SC_SEQUENCE);
	memset(data + 50, 0xff, 2); /* niosq */
	CHECK_RC(znvme_ctrl_state_parse(data, len, &state), -EPROTO);
	CHECK_MESSAGE("65535 submission");
	CHECK_EQ(state.nvme.niosq, 0);
	CHECK_STATUS(znvme_ctrl_state_write(t->ctrl, &args, data, len, 0), ZNVME_SC_INVALID_FIELD);
	memset(data + 16, 0xff, 32); /* nvmecss, vss */
	CHECK_RC(znvme_ctrl_state_parse(data, len, &state), -EPROTO);
	free(read);
}

/* A header of the device's. */
static void change_header(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data,
			  size_t len)
{
	if (!qid && sqe->opcode == ZNVME_ADM_MIGRATION_RECV && len >= 48)
		memcpy((char *)data + 16, arg, 32);
}

static void lying_header(struct test *t)
{
	static const uint8_t sizes[][32] = {
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		{[15] = 1},
		{0, 0, 0, 2},
		{[7] = 0x40},
		{[0] = 16, [19] = 1},
		{[0] = 16, [31] = 0x80},
	};
	const struct znvme_ctrl_state_args args = {.cntlid = 1, .csvi = 1};
	uint8_t longer[32] = {0, 4};
	struct znvme_sim_hooks hooks = {.data = change_header};
	void *data;
	size_t len;

	test_open_with(t, "sim:size=1M,with=lm", NULL);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		hooks.arg = (void *)(uintptr_t)sizes[i];
		znvme_sim_set_hooks(t->sim, &hooks);
		CHECK_RC(znvme_ctrl_state_read(t->ctrl, &args, 0, &data, &len, NULL), -EFBIG);
	}
	/* Longer than it is: what is not there is zeroes, and no state. */
	hooks.arg = longer;
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_OK(znvme_ctrl_state_read(t->ctrl, &args, 0, &data, &len, NULL));
	CHECK_EQ(len, 48 + 4096);
	free(data);
	znvme_sim_set_hooks(t->sim, NULL);
}

static void identifies(struct test *t)
{
	const struct znvme_id_ctrl *id;
	struct znvme_ctrl_state_formats formats;

	test_open_with(t, "sim:size=1M,with=lm", NULL);
	id = znvme_id_ctrl(t->ctrl);
	CHECK(id->oacs & ZNVME_CTRL_OACS_MIGRATION);
	CHECK_EQ(id->trattr, ZNVME_CTRL_TRATTR_TUDCS);
	CHECK_EQ(id->mcudmq, 4);
	CHECK_EQ(id->mnsudmq, 4);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL_STATE_FORMATS, 0, 0, 0, 0, &formats));
	CHECK_EQ(formats.nv, 1);
	CHECK_EQ(formats.nuuid, 0);
}

/* Memory of the controller's own cannot go, either, while a queue lies in it. */
static void in_persistent_memory(struct test *t)
{
	struct znvme_pmr pmr;

	test_open_with(t, "sim:size=16M,pmr=64K", NULL);
	CHECK_OK(znvme_pmr_enable(t->ctrl, &pmr));
	((struct region *)pmr.region)->data_queues = 1;
	CHECK_RC(znvme_pmr_disable(t->ctrl), -EBUSY);
	CHECK_RC(znvme_mem_free(t->ctrl, pmr.region), -EBUSY);
	((struct region *)pmr.region)->data_queues = 0;
	CHECK_OK(znvme_pmr_disable(t->ctrl));
}

static const struct test_case cases[] = {
	{"changes are logged", changes, HAS_PLAIN_SIM},
	{"what is a change", kinds, HAS_PLAIN_SIM},
	{"copies and zones", copies_and_zones, HAS_PLAIN_SIM},
	{"a full queue", full, HAS_PLAIN_SIM},
	{"an event at a slot", wakes, HAS_PLAIN_SIM},
	{"what cannot be is refused", refused, HAS_PLAIN_SIM},
	{"without it", not_there, HAS_PLAIN_SIM},
	{"a queue in persistent memory", in_persistent_memory, HAS_SIM},
	{"nonsense in a queue", lies, HAS_PLAIN_SIM},
	{"a suspended controller", suspends, HAS_PLAIN_SIM},
	{"a state moves", moves, HAS_PLAIN_SIM},
	{"its own state", own, HAS_PLAIN_SIM},
	{"a state that is cut", cut_states, HAS_PLAIN_SIM},
	{"a header that lies", lying_header, HAS_PLAIN_SIM},
	{"what Identify says", identifies, HAS_PLAIN_SIM},
};

const struct test_group lm_tests = {"lm", cases, ARRAY_LEN(cases)};
