// SPDX-License-Identifier: MIT
/*
 * Bugs that there were in events, blocking I/O and opening, each with the promise that it broke.
 * regress.c has those of queues.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

static bool is_readable(int fd, int ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	CHECK(fd >= 0);
	return poll(&poll_fd, 1, ms) == 1;
}

/* All events; how many of them are of this kind. */
static unsigned fetch_events(struct test *t, enum znvme_event_kind kind)
{
	struct znvme_event event;
	unsigned n = 0;
	int rc;

	while ((rc = znvme_next_event(t->ctrl, &event)) == 1)
		n += event.kind == kind;
	CHECK_OK(rc);
	return n;
}

/* ---- events -------------------------------------------------------------------------------- */

/* Long enough that who waits for Identify goes to sleep. */
static void delay_identify(void *arg, struct znvme_sim_command *command)
{
	(void)arg;
	if (command->qid == 0 && command->sqe.opcode == ZNVME_ADM_IDENTIFY)
		command->delay_us = 30000;
}

/* Whoever waits for an admin command may reap the events that are there, interrupt and all. */
static void event_reaped_by_others(struct test *t)
{
	const struct znvme_sim_hooks hooks = {.command = delay_identify};
	char data[ZNVME_IDENTIFY_SIZE];
	int fd;

	test_open_with(t, "sim:size=16M", NULL);
	znvme_sim_set_hooks(t->sim, &hooks);
	fd = znvme_event_fd(t->ctrl);
	fetch_events(t, ZNVME_EVENT_ASYNC);
	CHECK(!is_readable(fd, 0));
	znvme_sim_async_event(t->sim, ZNVME_AER_TYPE_SMART, ZNVME_AER_SMART_TEMPERATURE,
			      ZNVME_LOG_SMART);
	for (int i = 0; i < 2; i++)
		CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data));
	CHECK(is_readable(fd, PATIENCE_MS));
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_ASYNC), 1);
	CHECK(!is_readable(fd, 0));
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK(is_readable(fd, PATIENCE_MS));
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_RESET), 1);
	CHECK(!is_readable(fd, 0));
}

static void host_insists(struct test *t)
{
	int fd;

	test_open_with(t, "sim:size=16M", NULL);
	fd = znvme_event_fd(t->ctrl);
	znvme_sim_request_device(t->sim);
	CHECK(is_readable(fd, PATIENCE_MS));
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_DEVICE_REQUEST), 1);
	for (int i = 0; i < 3; i++) {
		znvme_sim_request_device(t->sim);
		znvme_sim_request_device(t->sim);
		fetch_events(t, ZNVME_EVENT_DEVICE_REQUEST);
		CHECK(!is_readable(fd, 0));
	}
}

/* The controller's only event request ends in a list that is full; one more must be sent. */
static void event_among_the_lost(struct test *t)
{
	const struct znvme_cqe rubbish = {.sqid = 1, .cid = 0x4000};
	char data[ZNVME_IDENTIFY_SIZE];
	struct znvme_queue *q;
	struct znvme_cpl cpl;

	test_open_with(t, "sim:size=16M,aerl=0", NULL);
	q = test_queue(t, 16, 0);
	for (int i = 0; i < 100; i++) {
		CHECK_OK(znvme_sim_post_completion(t->sim, 1, &rubbish));
		CHECK_RC(znvme_reap(q, &cpl, 1), 0);
	}
	znvme_sim_async_event(t->sim, ZNVME_AER_TYPE_SMART, ZNVME_AER_SMART_TEMPERATURE,
			      ZNVME_LOG_SMART);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data));
	CHECK_EQ(fetch_events(t, ZNVME_EVENT_LOST), 1);
	for (int i = 0; i < 3; i++) {
		znvme_sim_async_event(t->sim, ZNVME_AER_TYPE_ONE_SHOT, (uint8_t)i, 0);
		CHECK_EQ(fetch_events(t, ZNVME_EVENT_ASYNC), 1);
	}
}

/*
 * With one vector, an interrupt tells of events and of I/O. Whether the event descriptor was asked
 * for decides how znvme_next_event() looks.
 */
static void wake_up_of_a_neighbour(struct test *t)
{
	for (int descriptor = 0; descriptor < 2; descriptor++) {
		struct znvme_region *region;
		struct znvme_queue *q;
		struct znvme_sqe *sqe;
		struct znvme_cpl cpl;

		test_open_with(t, "sim:size=16M,vectors=1", NULL);
		CHECK(!descriptor || znvme_event_fd(t->ctrl) >= 0);
		q = test_queue(t, 16, 0);
		region = test_region(t, 4096);
		for (int i = 0; i < 3; i++) {
			CHECK_RC(znvme_wait(q, &cpl, 1, 0), 0);
			CHECK(!is_readable(znvme_queue_fd(q), 0));
			sqe = znvme_get_sqe(q, region);
			CHECK(sqe);
			CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
			CHECK_OK(znvme_submit(q));
			fetch_events(t, ZNVME_EVENT_ASYNC);
			CHECK(is_readable(znvme_queue_fd(q), PATIENCE_MS));
			CHECK_OK(test_complete(q, region));
		}
		test_close(t);
	}
}

/* ---- blocking I/O and opening -------------------------------------------------------------- */

/* Identify says that a block has 8 bytes of metadata, in a buffer of their own. */
static void add_metadata(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data,
			 size_t len)
{
	struct znvme_id_ns *id = data;

	(void)arg;
	if (qid == 0 && sqe->opcode == ZNVME_ADM_IDENTIFY && (sqe->cdw10 & 0xff) == 0 &&
	    len == sizeof(*id))
		id->lbaf[id->flbas & 15].ms = 8;
}

/* A command that moves blocks says where their metadata are. */
static void want_pointer(void *arg, struct znvme_sim_command *command)
{
	unsigned *without = arg;

	if (command->qid)
		*without += command->sqe.mptr == 0;
}

static void separate_metadata(struct test *t)
{
	unsigned without = 0;
	const struct znvme_sim_hooks hooks = {
		.arg = &without, .command = want_pointer, .data = add_metadata};
	const struct znvme_ns *ns;
	static char buf[8192];

	/* The first namespace is looked at before the hook is there. */
	test_open_with(t, "sim:size=16M,ns=2", NULL);
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_OK(znvme_ns_get(t->ctrl, 2, &ns));
	CHECK_EQ(ns->metadata_size, 8);
	CHECK_EQ(ns->lba_bytes, ns->block_size);
	fill_pattern(buf, sizeof(buf), 1);
	CHECK_RC(znvme_pwrite(ns, buf, sizeof(buf), 0, 0, NULL), sizeof(buf));
	CHECK_RC(znvme_pwrite(ns, buf + 515, 10, 515, ZNVME_IO_RMW, NULL), 10);
	memset(buf, 0, sizeof(buf));
	CHECK_RC(znvme_pread(ns, buf, sizeof(buf), 0, 0, NULL), sizeof(buf));
	CHECK_PATTERN(buf, sizeof(buf), 1);
	CHECK_EQ(without, 0);
}

/* The controller may not write to such a region, so what is read goes by another. */
static void read_only_region(struct test *t)
{
	const size_t len = 256 * KIB;
	struct znvme_region *region;
	int status = -1;
	char *memory;

	test_open_with(t, "sim:size=16M", NULL);
	memory = aligned_alloc(64 * KIB, len);
	CHECK(memory);
	fill_pattern(memory, len, 7);
	CHECK_OK(znvme_mem_map(t->ctrl, memory, len, ZNVME_MEM_READ_ONLY, &region));
	CHECK_RC(znvme_pwrite(t->ns, memory, len, 0, 0, &status), (ssize_t)len);
	CHECK_EQ(status, 0);
	memset(memory, 0, len);
	CHECK_RC(znvme_pread(t->ns, memory, len, 0, 0, &status), (ssize_t)len);
	CHECK_EQ(status, 0);
	CHECK_PATTERN(memory, len, 7);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
	free(memory);
}

static void boast(void *arg, uint32_t offset, unsigned width, uint64_t *value)
{
	(void)width;
	if (offset != ZNVME_REG_CRTO)
		return;
	*value = UINT32_MAX;
	++*(unsigned *)arg;
}

/* CRTO may say nine hours: the caller's word goes before it. */
static void absurd_ready_timeout(struct test *t)
{
	static const char *const addresses[] = {"sim:size=16M", "sim:size=16M,never_ready=1"};
	const struct znvme_open_options options[] = {{0}, {.ready_timeout_ms = 200}};
	const int expected[] = {0, -ETIMEDOUT};
	unsigned reads = 0;
	const struct znvme_sim_hooks hooks = {.arg = &reads, .reg_read = boast};

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct znvme_device *dev;

		CHECK_OK(test_device(addresses[i], &dev));
		znvme_sim_set_hooks(znvme_sim_of(dev), &hooks);
		CHECK_RC(znvme_open_device(dev, &options[i], &t->ctrl), expected[i]);
		if (!expected[i])
			CHECK_OK(znvme_close(t->ctrl));
		t->ctrl = NULL;
	}
	CHECK(reads >= 1);
	CHECK_MESSAGE("200 ms");
}

static void refuse_address(void *arg, uint32_t offset, unsigned width, uint64_t *value)
{
	(void)arg, (void)width;
	if (offset == ZNVME_REG_CMBSTS)
		*value |= ZNVME_CMBSTS_CBAI;
}

/* It is given up, once and for all, and what keeps account of it with it. */
static void memory_buffer_without_address(struct test *t)
{
	const struct znvme_sim_hooks hooks = {.reg_read = refuse_address};
	const struct znvme_queue_options in_cmb = {.flags = ZNVME_QUEUE_CMB};
	struct znvme_queue *q;

	test_open_with(t, "sim:size=16M,cmb=64K", NULL);
	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_RC(znvme_queue_create(t->ctrl, 16, &in_cmb, &q), -EOPNOTSUPP);
	CHECK_MESSAGE("does not take its address");
	CHECK_RC(znvme_queue_create(t->ctrl, 16, &in_cmb, &q), -EOPNOTSUPP);
	CHECK_OK(znvme_queue_create(t->ctrl, 16, NULL, &q));
	CHECK_OK(znvme_queue_delete(q));
}

/* ---- namespaces ---------------------------------------------------------------------------- */

/* Every page of the list is full, and the next one goes on where it ends. */
static void list_for_ever(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data,
			  size_t len)
{
	unsigned *pages = arg;
	struct znvme_id_ns_list *list = data;

	if (qid || sqe->opcode != ZNVME_ADM_IDENTIFY || (sqe->cdw10 & 0xff) != ZNVME_CNS_NS_LIST ||
	    len < sizeof(*list))
		return;
	++*pages;
	for (uint32_t i = 0; i < ZNVME_NS_LIST_MAX; i++)
		list->ns[i] = sqe->nsid + 1 + i;
}

static void list_without_end(struct test *t)
{
	enum { ROOM = 8 * ZNVME_NS_LIST_MAX };
	unsigned pages = 0;
	const struct znvme_sim_hooks hooks = {.arg = &pages, .data = list_for_ever};
	uint32_t *nsids = calloc(ROOM, sizeof(*nsids));
	int rc;

	CHECK(nsids);
	test_open_with(t, "sim:size=16M,nn=2000", NULL);
	znvme_sim_set_hooks(t->sim, &hooks);
	rc = znvme_ns_list(t->ctrl, 0, nsids, ROOM);
	free(nsids);
	CHECK_RC(rc, -EPROTO);
	CHECK_MESSAGE("has 2001, but 2000 is the largest identifier");
	CHECK_EQ(pages, 2);
}

/* Bytes 540 to 543 of Identify Controller are MNAN. */
static void more_than_mnan(struct test *t)
{
	uint32_t nsids[8];

	test_open_with(t, "sim:size=16M,ns=3,fault=when cns=1 do data=540:02000000", NULL);
	CHECK_RC(znvme_ns_list(t->ctrl, 0, nsids, 2), 2);
	CHECK_RC(znvme_ns_list(t->ctrl, 0, nsids, 8), -EPROTO);
	CHECK_MESSAGE("more than there can be: 2");
}

/* ---- what a hostile reader found ----------------------------------------------------------- */

/* A queue that a reset has ended does not take a newer one of its identifier along. */
static void data_queue_after_a_reset(struct test *t)
{
	struct znvme_cdq old, new;

	test_open_with(t, "sim:size=16M,with=lm", NULL);
	CHECK_OK(znvme_cdq_create(t->ctrl, 1, test_region(t, 4096), 8, &old));
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(znvme_cdq_create(t->ctrl, 1, test_region(t, 4096), 8, &new));
	CHECK_EQ(old.cdqid, new.cdqid);
	CHECK_STATUS(znvme_cdq_track(&old, ZNVME_TRACK_START), ZNVME_SC_INVALID_CDQ);
	CHECK_MESSAGE("ended with a reset");
	CHECK_STATUS(znvme_cdq_wake(&old, 1), ZNVME_SC_INVALID_CDQ);
	CHECK_STATUS(znvme_cdq_delete(&old), ZNVME_SC_INVALID_CDQ);
	CHECK_OK(znvme_mem_free(t->ctrl, (struct znvme_region *)(uintptr_t)old.region));
	CHECK_OK(znvme_cdq_track(&new, ZNVME_TRACK_START));
	CHECK_OK(znvme_cdq_delete(&new));
}

static void data_queue_after_removal(struct test *t)
{
	struct znvme_region *region;
	struct znvme_cdq cdq;

	test_open_with(t, "sim:size=16M,with=lm", NULL);
	CHECK_OK(znvme_mem_alloc(t->ctrl, 4096, &region));
	CHECK_OK(znvme_cdq_create(t->ctrl, 1, region, 8, &cdq));
	znvme_sim_remove(t->sim);
	CHECK_RC(znvme_cdq_delete(&cdq), -ENODEV);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
}

static void state_of_any_size(struct test *t)
{
	const struct znvme_ctrl_state_args args = {.cntlid = 1, .csvi = 1};
	size_t len;
	void *data;

	test_open_with(t,
		       "sim:size=16M,with=lm,"
		       "fault=when opcode=0x42 do data=16:ffffffffffffffffffffffffffffffff",
		       NULL);
	t->faulty = true;
	CHECK_RC(znvme_ctrl_state_read(t->ctrl, &args, SIZE_MAX, &data, &len, NULL), -EFBIG);
}

/* A try again goes on where the zone's write pointer is. */
static void zone_written_again(struct test *t)
{
	const struct znvme_open_options options = {.retries = 5};
	static char data[1 << 20];
	int status;

	for (unsigned nth = 1; nth < 4; nth++) {
		char address[128];

		snprintf(address, sizeof(address),
			 "sim:size=64M,zoned=1,fault=when opcode=write nth=%u do status=0x82", nth);
		test_open_with(t, address, &options);
		t->faulty = true;
		fill_pattern(data, sizeof(data), nth);
		CHECK_RC(znvme_pwrite(t->ns, data, sizeof(data), 0, 0, &status), sizeof(data));
		memset(data, 0, sizeof(data));
		CHECK_RC(znvme_pread(t->ns, data, sizeof(data), 0, 0, &status), sizeof(data));
		CHECK_PATTERN(data, sizeof(data), nth);
		test_close(t);
	}
}

struct pmr_thread {
	struct znvme_ctrl *ctrl;
	int rc;
};

static void *enable_pmr(void *arg)
{
	struct pmr_thread *thread = arg;
	struct znvme_pmr pmr;

	thread->rc = znvme_pmr_enable(thread->ctrl, &pmr);
	return NULL;
}

/* While persistent memory is awaited, deadlines are kept; and a reset ends the waiting. */
static void deadlines_beside_pmr(struct test *t)
{
	const struct znvme_open_options options = {.io_timeout_ms = 100};
	struct pmr_thread thread;
	static char data[4096];
	pthread_t id;

	test_open_with(t,
		       "sim:size=16M,pmr=1M,fault=when reg-read reg=0xe00 do value=0x00ff0180;"
		       "when reg-read reg=0xe08 do value=0x100;when opcode=read nth=1 do lose",
		       &options);
	t->faulty = true;
	thread = (struct pmr_thread){t->ctrl, 0};
	CHECK_OK(pthread_create(&id, NULL, enable_pmr, &thread));
	while (znvme_pmr_disable(t->ctrl) != -EBUSY) /* the thread has not come to it yet */
		usleep(1000);
	CHECK(znvme_pread(t->ns, data, sizeof(data), 0, 0, NULL) < 0);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(pthread_join(id, NULL));
	CHECK_RC(thread.rc, -ECANCELED);
}

static void pmr_after_removal(struct test *t)
{
	struct znvme_region *region;
	struct znvme_pmr pmr;

	test_open_with(t, "sim:size=16M,pmr=1M,cmb=4M", NULL);
	znvme_sim_remove(t->sim);
	CHECK_RC(znvme_pmr_enable(t->ctrl, &pmr), -ENODEV);
	CHECK_RC(znvme_mem_alloc_cmb(t->ctrl, 4096, &region), -ENODEV);
	CHECK_RC(znvme_close(t->ctrl), -ENODEV);
	t->ctrl = NULL;
	t->sim = NULL;
}

/* More than one command tells is not made up. */
static void lists_that_are_too_long(struct test *t)
{
	static uint16_t ids[65535];
	unsigned nr;

	test_open_with(t,
		       "sim:size=16M,streams=16,fault=when opcode=directive-receive do data=0:ffff",
		       NULL);
	t->faulty = true;
	CHECK_OK(znvme_streams_enable(t->ns, true));
	CHECK_RC(znvme_streams_status(t->ns, ids, ARRAY_LEN(ids), &nr), -EMSGSIZE);
	CHECK_OK(znvme_streams_status(t->ns, ids, 16, &nr));
	CHECK_EQ(nr, 65535);
}

/* Lists of regions are as long as they were made: a reset that lets commands be longer changes
 * none. */
static void longer_transfers_after_a_reset(struct test *t)
{
	const size_t len = 8u << 20;
	struct znvme_region *region;
	int status;

	test_open_with(t,
		       "sim:size=64M,mdts=10,fault=when opcode=identify cns=1 nth=1 do data=77:05",
		       NULL);
	t->faulty = true;
	region = test_region(t, len);
	CHECK_RC(znvme_pread(t->ns, region->addr, len, 0, 0, &status), len);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(znvme_ns_get(t->ctrl, 1, &t->ns));
	CHECK(t->ns->max_nlb > 256);
	CHECK_RC(znvme_pread(t->ns, region->addr, len, 0, 0, &status), len);
}

/* A forked child keeps no file of a simulator that the parent has closed. */
static void file_of_a_forked_child(struct test *t)
{
	char address[128], path[64] = "/tmp/znvme-fork-XXXXXX";
	int fd = mkstemp(path), status;
	pid_t child;

	CHECK(fd >= 0);
	close(fd);
	snprintf(address, sizeof(address), "sim:file=%s,size=1M", path);
	test_open_with(t, address, NULL);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		pause();
		_exit(0);
	}
	test_close(t);
	test_open_with(t, address, NULL);
	kill(child, SIGKILL);
	CHECK_RC(waitpid(child, &status, 0), child);
	test_close(t);
	unlink(path);
}

static const struct test_case cases[] = {
	{"the event descriptor tells of what others have reaped", event_reaped_by_others, HAS_SIM},
	{"a host that insists does not keep the event descriptor readable", host_insists, HAS_SIM},
	{"events come again after some were lost", event_among_the_lost, HAS_SIM},
	{"fetching events takes no wake-up from a queue", wake_up_of_a_neighbour, HAS_SIM},
	{"blocking I/O has a place for separate metadata", separate_metadata, HAS_SIM},
	{"blocking I/O takes read-only regions", read_only_region, HAS_SIM},
	{"a ready timeout of the caller's is kept", absurd_ready_timeout, HAS_SIM},
	{"a memory buffer that takes no address leaves nothing behind",
	 memory_buffer_without_address, HAS_SIM},
	{"a list of namespaces without end is refused", list_without_end, HAS_SIM},
	{"a list of more namespaces than there can be is refused", more_than_mnan, HAS_SIM},
	{"a data queue that a reset has ended leaves others alone", data_queue_after_a_reset,
	 HAS_PLAIN_SIM},
	{"the region of a data queue is free when the device is gone", data_queue_after_removal,
	 HAS_PLAIN_SIM},
	{"a state of no size that can be is refused", state_of_any_size, HAS_PLAIN_SIM},
	{"blocking writes to a zone go on where they failed", zone_written_again, HAS_PLAIN_SIM},
	{"deadlines are kept while persistent memory starts", deadlines_beside_pmr, HAS_PLAIN_SIM},
	{"a device that is gone has no memory", pmr_after_removal, HAS_PLAIN_SIM},
	{"lists that one command cannot tell are errors", lists_that_are_too_long, HAS_PLAIN_SIM},
	{"longer transfers after a reset", longer_transfers_after_a_reset, HAS_PLAIN_SIM},
	{"a forked child keeps no file", file_of_a_forked_child, HAS_PLAIN_SIM},
};

const struct test_group regress_ctrl_tests = {"regress_ctrl", cases, ARRAY_LEN(cases)};
