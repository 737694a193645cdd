// SPDX-License-Identifier: MIT
/* Where the simulated controller once was not what the specification, or another model, has it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests.h"

static const struct znvme_sim_peer peer = {
	.cntlid = 1, .host_id_len = 16, .host_id = "another host ID"};

static int by_peer(struct test *t, uint8_t opcode, uint32_t nsid)
{
	static char block[4096];
	struct znvme_sqe cmd = {.opcode = opcode, .nsid = nsid};

	return znvme_sim_peer_exec(t->sim, &peer, &cmd, block, 512, NULL);
}

/* ---- what is refused ----------------------------------------------------------------------- */

static uint16_t sanitize_state(struct test *t)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_SANITIZE};
	struct znvme_sanitize_log log;

	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
	return log.sstat;
}

/* While all is erased another host has no data either; and what it writes is no longer erased. */
static void sanitize_is_for_all(struct test *t)
{
	const struct znvme_sanitize_args args = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	const struct znvme_sqe cmd = znvme_admin_sanitize(&args);

	test_open_with(t, "sim:size=16M,sanitize_time=1500", NULL);
	CHECK_OK(by_peer(t, ZNVME_CMD_WRITE, 1));
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_STATUS(by_peer(t, ZNVME_CMD_READ, 1), ZNVME_SC_SANITIZE_IN_PROGRESS);
	CHECK_STATUS(by_peer(t, ZNVME_CMD_WRITE, 1), ZNVME_SC_SANITIZE_IN_PROGRESS);
	CHECK_OK(znvme_sanitize_wait(t->ctrl, 0, NULL, NULL, NULL));
	CHECK(sanitize_state(t) & ZNVME_SANITIZE_SSTAT_GDE);
	CHECK_OK(by_peer(t, ZNVME_CMD_READ, 1));
	CHECK(sanitize_state(t) & ZNVME_SANITIZE_SSTAT_GDE);
	CHECK_OK(by_peer(t, ZNVME_CMD_WRITE, 1));
	CHECK(!(sanitize_state(t) & ZNVME_SANITIZE_SSTAT_GDE));
}

static void sanitize_wants_no_pmr(struct test *t)
{
	const struct znvme_sanitize_args args = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	const struct znvme_sqe cmd = znvme_admin_sanitize(&args);
	struct znvme_pmr pmr;

	test_open_with(t, "sim:size=16M,pmr=1M", NULL);
	CHECK_OK(znvme_pmr_enable(t->ctrl, &pmr));
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_SANITIZE_PMR);
	CHECK_OK(znvme_pmr_disable(t->ctrl));
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
}

static void resources_of_no_type(struct test *t)
{
	struct znvme_sqe cmd;

	test_open_with(t, "sim:with=virt", NULL);
	for (uint8_t type = 2; type < 8; type++) {
		cmd = znvme_admin_virt_mgmt(1, ZNVME_VIRT_SECONDARY_ASSIGN, type, 3);
		CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0),
			     ZNVME_SC_INVALID_RESOURCE_ID);
	}
}

/* A secondary controller needs an I/O queue beside the Admin queue, and gives back all it had. */
static void secondary_controllers(struct test *t)
{
	struct znvme_secondary_ctrl_list list;
	struct znvme_sqe cmd;

	test_open_with(t, "sim:with=virt", NULL);
	for (uint16_t queues = 1; queues < 3; queues++) {
		cmd = znvme_admin_virt_mgmt(1, ZNVME_VIRT_SECONDARY_ASSIGN, 0, queues);
		CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
		cmd = znvme_admin_virt_mgmt(1, ZNVME_VIRT_SECONDARY_ASSIGN, 1, 1);
		CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
		cmd = znvme_admin_virt_mgmt(1, ZNVME_VIRT_SECONDARY_ONLINE, 0, 0);
		CHECK_EQ(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0) &
				 (ZNVME_STATUS_SCT | ZNVME_STATUS_SC),
			 queues < 2 ? ZNVME_SC_INVALID_SEC_CTRL_STATE : 0);
	}
	cmd = znvme_admin_virt_mgmt(1, ZNVME_VIRT_SECONDARY_OFFLINE, 0, 0);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_SECONDARY_CTRL_LIST, 0, 1, 0, 0, &list));
	CHECK_EQ(list.sc_entry[0].scs, 0);
	CHECK_EQ(list.sc_entry[0].nvq, 0);
	CHECK_EQ(list.sc_entry[0].nvi, 0);
}

/* ---- the persistent event log -------------------------------------------------------------- */

/* The data of the last event of a type; *len bytes. */
static const char *last_event(const char *log, size_t log_len, uint8_t type, size_t *len)
{
	const char *found = NULL;
	size_t at = sizeof(struct znvme_persistent_event_log);

	*len = 0;
	while (at + sizeof(struct znvme_persistent_event) <= log_len) {
		struct znvme_persistent_event event;

		memcpy(&event, log + at, sizeof(event));
		at += event.ehl + 3u;
		if (event.etype == type) {
			found = log + at;
			*len = event.el;
		}
		at += event.el;
	}
	return found;
}

static void lengths_of_events(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_TIMESTAMP};
	const struct znvme_format_args format = {.nsid = 1, .lbaf = 0};
	struct znvme_timestamp timestamp = {.timestamp = {0, 1}};
	static const struct {
		uint8_t type;
		size_t len;
	} events[] = {
		{ZNVME_PEL_POWER_ON, 8 + 36},
		{ZNVME_PEL_TIMESTAMP, 16},
		{ZNVME_PEL_FORMAT_START, 12},
		{ZNVME_PEL_FORMAT_DONE, 12},
	};
	const char *data;
	void *log;
	size_t log_len, len;

	test_open_with(t, "sim:size=16M", NULL);
	CHECK_OK(znvme_set_feature(t->ctrl, &args, &timestamp, sizeof(timestamp), NULL));
	CHECK_OK(znvme_format(t->ctrl, &format, 0, NULL, NULL));
	CHECK_OK(znvme_persistent_events(t->ctrl, 0, &log, &log_len));
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		CHECK(last_event(log, log_len, events[i].type, &len));
		CHECK_EQ(len, events[i].len);
	}
	data = last_event(log, log_len, ZNVME_PEL_POWER_ON, &len);
	CHECK_EQ(data[8 + 16], 1); /* power cycles */
	data = last_event(log, log_len, ZNVME_PEL_FORMAT_START, &len);
	CHECK_EQ(data[4], znvme_id_ctrl(t->ctrl)->fna);
	free(log);
}

static void created_namespace(struct test *t)
{
	struct znvme_ns_mgmt_data settings = {
		.nsze = 256, .ncap = 256, .flbas = 2, .dps = 1, .nmic = 1};
	const struct znvme_sqe cmd = znvme_admin_create_ns(ZNVME_CSI_NVM);
	const char *data;
	uint64_t nsid;
	void *log;
	size_t log_len, len;

	test_open_with(t, "sim:size=8M,capacity=64M,nn=4", NULL);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, &settings, sizeof(settings), &nsid, 0));
	CHECK_OK(znvme_persistent_events(t->ctrl, 0, &log, &log_len));
	data = last_event(log, log_len, ZNVME_PEL_CHANGE_NS, &len);
	CHECK(data);
	CHECK_EQ(len, 48);
	CHECK_EQ(data[32], 2);
	CHECK_EQ(data[33], 1);
	CHECK_EQ(data[34], 1);
	CHECK_EQ(data[44], nsid);
	free(log);
}

/* ---- what is told -------------------------------------------------------------------------- */

/* All bad ranges, or that all of the namespace is to be asked for; and that something changed. */
static void bad_ranges(struct test *t)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_LBA_STATUS};
	struct __attribute__((packed)) {
		struct znvme_lba_status_log header;
		struct znvme_lba_status_ns element;
		struct znvme_lba_status_range range[64];
	} log;
	struct znvme_queue *q;
	uint16_t generation = 0;

	test_open_with(t, "sim:size=16M", NULL);
	q = test_queue(t, 2, 0);
	for (unsigned i = 0; i < 65; i++) {
		struct znvme_sqe cmd = {0};

		znvme_prep_write_uncorrectable(&cmd, t->ns, 10 + i * 100, 2);
		CHECK_OK(znvme_exec(q, &cmd, NULL));
		if (i != 2)
			continue;
		memset(&log, 0, sizeof(log));
		CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
		CHECK_EQ(log.header.estulb, 6);
		CHECK_EQ(log.element.nlrd, 3);
		for (unsigned k = 0; k < 3; k++) {
			CHECK_EQ(log.range[k].rslba, 10 + k * 100);
			CHECK_EQ(log.range[k].rnlb, 2);
		}
		generation = log.header.lsgc;
	}
	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
	CHECK_EQ(log.element.nlrd, ZNVME_LBA_STATUS_NLRD_ALL);
	CHECK_EQ(log.header.lslplen, sizeof(log.header) + sizeof(log.element));
	CHECK(log.header.lsgc != generation);
}

/* As much as Linux wants to know of it. */
static void ana_controllers(struct test *t)
{
	struct znvme_ns_mgmt_data settings = {.nsze = 256, .ncap = 256, .anagrpid = 5};
	const struct znvme_sqe cmd = znvme_admin_create_ns(ZNVME_CSI_NVM);

	test_open_with(t, "sim:size=8M,capacity=64M,nn=4,with=ana", NULL);
	CHECK_EQ(znvme_id_ctrl(t->ctrl)->mnan, 4);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, &settings, sizeof(settings), NULL, 0),
		     ZNVME_SC_INVALID_ANA_GROUP);
}

static void allocated_namespaces(struct test *t)
{
	struct znvme_id_ns_list list;
	struct znvme_id_ns_kv kv;
	struct znvme_id_ns_zns zns;
	struct znvme_id_ns_indep indep;

	test_open_with(t, "sim:size=16M+16M,kv=1+0,zoned=0+1,zone_size=1M", NULL);
	CHECK_OK(
		znvme_identify(t->ctrl, ZNVME_CNS_CSI_ALLOC_NS_LIST, 0, 0, ZNVME_CSI_KV, 0, &list));
	CHECK_EQ(list.ns[0], 1);
	CHECK_EQ(list.ns[1], 0);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CSI_ALLOC_NS, 1, 0, ZNVME_CSI_KV, 0, &kv));
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_INDEP_NS, 1, 0, 0, 0, &indep));
	CHECK_EQ(kv.kvf[0].kml, 16);
	CHECK_EQ(kv.endgid, indep.endgid);
	CHECK_EQ(kv.fpi, indep.fpi);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CSI_ALLOC_NS, 2, 0, ZNVME_CSI_ZNS, 0, &zns));
	CHECK_EQ(zns.lbafe[0].zsze, 2048);
}

/* Large granularities are 1-based, and may be missing. */
static void preferences(struct test *t)
{
	static const struct {
		const char *npdgl;
		uint64_t granularity;
	} rows[] = {{"08000000", 8}, {"00000000", 4}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct znvme_ns_limits limits;
		char address[256];

		snprintf(address, sizeof(address),
			 "sim:size=16M,fault=when opcode=identify cns=0 do data=24:30;when "
			 "opcode=identify cns=0 do data=68:0300;"
			 "when opcode=identify cns=5 do data=268:%s",
			 rows[i].npdgl);
		test_open_with(t, address, NULL);
		t->faulty = true;
		CHECK_OK(znvme_ns_limits(t->ns, &limits));
		CHECK_EQ(limits.deallocate_granularity, rows[i].granularity);
		test_close(t);
	}
}

/* ---- keys, copies, placement --------------------------------------------------------------- */

static void flush_of_keys(struct test *t)
{
	struct znvme_sqe cmd = {.opcode = ZNVME_KV_FLUSH, .nsid = 1};

	test_open_with(t, "sim:size=16M,kv=1", NULL);
	CHECK_OK(znvme_sim_peer_exec(t->sim, &peer, &cmd, NULL, 0, NULL));
	CHECK_OK(znvme_resv_register(t->ns, ZNVME_RESV_REGISTER, 0, 0xabc, false,
				     ZNVME_RESV_CPTPL_KEEP));
	CHECK_OK(znvme_resv_acquire(t->ns, ZNVME_RESV_ACQUIRE, ZNVME_RESV_EXCLUSIVE_ACCESS, 0xabc,
				    0));
	CHECK_STATUS(znvme_sim_peer_exec(t->sim, &peer, &cmd, NULL, 0, NULL),
		     ZNVME_SC_RESERVATION_CONFLICT);
}

/* One controller has the state, whether it has changed or not. */
static void state_of_two(struct test *t)
{
	const struct znvme_ns_mgmt_data settings = {.nsze = 256, .ncap = 256};
	const struct znvme_sqe cmd = znvme_admin_create_ns(ZNVME_CSI_NVM);
	char address[128], path[64] = "/tmp/znvme-state-XXXXXX"; /* and .lock */
	int fd = mkstemp(path);
	struct znvme_ctrl *other;

	CHECK(fd >= 0);
	close(fd);
	unlink(path);
	snprintf(address, sizeof(address), "sim:size=8M,capacity=64M,nn=8,state=%s", path);
	test_open_with(t, address, NULL);
	for (int i = 0; i < 3; i++) {
		CHECK_RC(znvme_open(address, NULL, &other), -EBUSY);
		CHECK_MESSAGE("is the state of a controller in use");
		CHECK_OK(znvme_admin(t->ctrl, &cmd, (void *)(uintptr_t)&settings, sizeof(settings),
				     NULL, 0));
	}
	test_close(t);
	test_open_with(t, address, NULL);
	test_close(t);
	unlink(path);
	strcat(path, ".lock");
	unlink(path);
}

static const struct test_case cases[] = {
	{"a sanitize is for all hosts", sanitize_is_for_all, HAS_PLAIN_SIM},
	{"a sanitize wants the persistent memory region disabled", sanitize_wants_no_pmr,
	 HAS_PLAIN_SIM},
	{"resources have two types", resources_of_no_type, HAS_PLAIN_SIM},
	{"a secondary controller has a queue, or nothing", secondary_controllers, HAS_PLAIN_SIM},
	{"persistent events have their lengths", lengths_of_events, HAS_PLAIN_SIM},
	{"a created namespace is described in its event", created_namespace, HAS_PLAIN_SIM},
	{"all bad ranges are told", bad_ranges, HAS_PLAIN_SIM},
	{"controllers with ANA say how many namespaces", ana_controllers, HAS_PLAIN_SIM},
	{"allocated namespaces of all command sets", allocated_namespaces, HAS_PLAIN_SIM},
	{"large preferences are 1-based", preferences, HAS_PLAIN_SIM},
	{"a state is one controller's", state_of_two, HAS_PLAIN_SIM},
	{"a flush of keys minds reservations", flush_of_keys, HAS_PLAIN_SIM},
};

const struct test_group regress_sim_tests = {"regress_sim", cases, ARRAY_LEN(cases)};
