// SPDX-License-Identifier: MIT
/*
 * Admin commands: Identify, log pages, features, and any other by znvme_admin() (Base 2.1,
 * section 5).
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "tests.h"

static void identify_takes_any_memory(struct test *t)
{
	static char odd[ZNVME_IDENTIFY_SIZE + 3];
	const struct znvme_id_ctrl *id;
	struct znvme_id_ctrl copy;

	test_open(t);
	id = znvme_id_ctrl(t->ctrl);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, odd + 3));
	memcpy(&copy, odd + 3, sizeof(copy));
	CHECK(memcmp(copy.mn, id->mn, sizeof(id->mn)) == 0);
	CHECK_EQ(odd[0] | odd[1] | odd[2], 0);

	struct znvme_region *region = test_region(t, ZNVME_IDENTIFY_SIZE);

	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, region->addr));
	CHECK(memcmp(region->addr + 24, id->mn, sizeof(id->mn)) == 0);
}

static void bad_identify(struct test *t)
{
	char data[ZNVME_IDENTIFY_SIZE];

	test_open(t);
	CHECK_STATUS(znvme_identify(t->ctrl, 0xff, 0, 0, 0, 0, data), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(znvme_identify(t->ctrl, ZNVME_CNS_NS, 0xfffffff0, 0, 0, 0, data),
		     ZNVME_SC_INVALID_NS);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data));
}

static void namespace_descriptors(struct test *t)
{
	static uint8_t list[ZNVME_IDENTIFY_SIZE];
	size_t at = 0;
	int found = 0;

	test_open(t);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_NS_DESC_LIST, t->ns->nsid, 0, 0, 0, list));
	while (at + 4 <= sizeof(list) && list[at + 1]) {
		CHECK(list[at] >= ZNVME_NIDT_EUI64 && list[at] <= ZNVME_NIDT_CSI);
		at += 4u + list[at + 1];
		found++;
	}
	CHECK(at <= sizeof(list));
	CHECK(found >= 1);
}

/* The Firmware Slot log, which nothing changes; whole, and in pieces of every length. */
static void log_in_pieces(struct test *t)
{
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_FW_SLOT};
	uint8_t whole[512], piece[512];

	test_open(t);
	CHECK_OK(znvme_get_log(t->ctrl, &args, whole, sizeof(whole)));
	CHECK(whole[0] != 0);
	for (size_t len = 4; len <= sizeof(whole); len += 4) {
		for (args.offset = 0; args.offset < sizeof(whole); args.offset += len) {
			size_t n = sizeof(whole) - args.offset;

			n = n < len ? n : len;
			memset(piece, 0xee, sizeof(piece));
			CHECK_OK(znvme_get_log(t->ctrl, &args, piece, n));
			CHECK(memcmp(piece, whole + args.offset, n) == 0);
			CHECK_BYTES(piece + n, sizeof(piece) - n, 0xee);
		}
	}
}

static void log_lengths(struct test *t)
{
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_FW_SLOT};
	uint8_t whole[512], start[512];

	test_open(t);
	CHECK_OK(znvme_get_log(t->ctrl, &args, whole, sizeof(whole)));
	for (size_t len = 4; len <= sizeof(start); len += 4) {
		memset(start, 0xee, sizeof(start));
		CHECK_OK(znvme_get_log(t->ctrl, &args, start, len));
		CHECK(memcmp(start, whole, len) == 0);
		CHECK_BYTES(start + len, sizeof(start) - len, 0xee);
	}
}

static void whole_error_log(struct test *t)
{
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_ERROR};
	unsigned entries;
	size_t len;
	char *log;

	test_open(t);
	entries = znvme_id_ctrl(t->ctrl)->elpe + 1u;
	len = entries * sizeof(struct znvme_error_log_entry);
	log = malloc(len);
	CHECK_OK(znvme_get_log(t->ctrl, &args, log, len));
	free(log);
}

/* The pieces of one long log page, as the controller is asked for them. */
struct pieces {
	uint64_t next; /* offset at which the next must begin */
	size_t largest;
	unsigned nr;
	unsigned retaining; /* that ask to retain the event */
	bool astray;
};

/* No log page is as long as this test wants it: the simulator is asked for the start each time. */
static void take_piece(void *arg, struct znvme_sim_command *command)
{
	struct pieces *p = arg;
	struct znvme_sqe *sqe = &command->sqe;

	if (command->qid || sqe->opcode != ZNVME_ADM_GET_LOG_PAGE)
		return;

	uint64_t offset = sqe->cdw12 | (uint64_t)sqe->cdw13 << 32;
	uint64_t numd = znvme_field_get(ZNVME_GET_LOG_NUMDL, sqe->cdw10) |
			znvme_field_get(ZNVME_GET_LOG_NUMDU, sqe->cdw11) << 16;
	size_t len = (numd + 1) * 4;

	p->astray |= offset != p->next;
	p->next = offset + len;
	p->largest = len > p->largest ? len : p->largest;
	p->nr++;
	p->retaining += (sqe->cdw10 & ZNVME_GET_LOG_RAE) != 0;
	sqe->cdw12 = 0;
	sqe->cdw13 = 0;
	sqe->cdw15 = (uint32_t)offset;
}

/* The first dword of a piece is its offset. */
static void mark_piece(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len)
{
	(void)arg;
	if (qid == 0 && sqe->opcode == ZNVME_ADM_GET_LOG_PAGE && len >= 4)
		memcpy(data, &sqe->cdw15, 4);
}

static void long_log(struct test *t)
{
	static const char *const addresses[] = {"sim:mdts=1", "sim:mdts=7", "sim:mdts=0"};

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct pieces p = {.next = 8};
		const struct znvme_sim_hooks hooks = {
			.arg = &p, .command = take_piece, .data = mark_piece};
		struct znvme_get_log_args args = {.lid = ZNVME_LOG_CMD_EFFECTS, .offset = 8};
		const size_t len = 200 * KIB + 12;
		char *log = malloc(len);
		size_t most;

		test_open_with(t, addresses[i], NULL);
		most = t->info.max_transfer < 64 * KIB ? (size_t)t->info.max_transfer : 64 * KIB;
		znvme_sim_set_hooks(t->sim, &hooks);
		CHECK_OK(znvme_get_log(t->ctrl, &args, log, len));
		CHECK(!p.astray);
		CHECK_EQ(p.next, 8 + len);
		CHECK(p.largest <= most);
		CHECK_EQ(p.nr, (len + most - 1) / most);
		/* The event is cleared by the last piece and no other. */
		CHECK_EQ(p.retaining, p.nr - 1);
		for (size_t at = 0; at < len; at += most) {
			uint32_t mark;

			memcpy(&mark, log + at, 4);
			CHECK_EQ(mark, 8 + at);
		}
		test_close(t);
		free(log);
	}
}

static void log_without_offsets(struct test *t)
{
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_FW_SLOT};
	static uint8_t data[128 * KIB];

	test_open_with(t, "sim:without=log-offset", NULL);
	CHECK_OK(znvme_get_log(t->ctrl, &args, data, 512));
	CHECK_RC(znvme_get_log(t->ctrl, &args, data, sizeof(data)), -EMSGSIZE);
	args.offset = 4;
	CHECK_RC(znvme_get_log(t->ctrl, &args, data, 4), -EMSGSIZE);
	CHECK(*znvme_errmsg());
}

static void smart_log(struct test *t)
{
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_SMART};
	struct znvme_smart_log log;
	unsigned kelvin;

	test_open(t);
	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
	kelvin = log.temperature[0] | (unsigned)log.temperature[1] << 8;
	CHECK(kelvin > 200 && kelvin < 500);
}

static void bad_logs(struct test *t)
{
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_FW_SLOT};
	uint8_t data[512];

	test_open(t);
	CHECK_RC(znvme_get_log(t->ctrl, &args, data, 6), -EINVAL);
	CHECK_RC(znvme_get_log(t->ctrl, &args, data, 0), -EINVAL);
	args.offset = 2;
	CHECK_RC(znvme_get_log(t->ctrl, &args, data, 4), -EINVAL);
	args.offset = 0;
	args.lid = 0xee;
	/* Invalid Log Page, or as QEMU has it, Invalid Field. */
	CHECK(znvme_get_log(t->ctrl, &args, data, 512) > 0);
}

static void temperature_threshold(struct test *t)
{
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_TEMP_THRESHOLD};
	uint32_t before, now;

	test_open(t);
	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &before));
	args.cdw11 = 400;
	CHECK_OK(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL));
	args.cdw11 = 0;
	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &now));
	CHECK_EQ(now & ZNVME_FEAT_TEMP_TMPTH, 400);
	args.cdw11 = before & ZNVME_FEAT_TEMP_TMPTH;
	CHECK_OK(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL));
}

static void volatile_write_cache(struct test *t)
{
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_VWC};
	uint32_t before, now;

	test_open(t);
	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &before));
	for (uint32_t i = 1; i <= 2; i++) {
		args.cdw11 = (before ^ i) & ZNVME_FEAT_VWC_WCE;
		CHECK_OK(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL));
		CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &now));
		CHECK_EQ(now & ZNVME_FEAT_VWC_WCE, args.cdw11);
	}
}

static void number_of_queues(struct test *t)
{
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_NUM_QUEUES};
	uint32_t now;

	test_open(t);
	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &now));
	CHECK((now & 0xffff) + 1 >= t->info.nr_io_queues);
	CHECK((now >> 16) + 1 >= t->info.nr_io_queues);
}

static void feature_with_data(struct test *t)
{
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_TIMESTAMP};
	const uint64_t set = 0x0123456789ab;
	uint64_t now = 0;

	test_open(t);
	if (!(znvme_id_ctrl(t->ctrl)->oncs & ZNVME_CTRL_ONCS_TIMESTAMP))
		test_skip("this device keeps no Timestamp");
	CHECK_OK(znvme_set_feature(t->ctrl, &args, (void *)&set, sizeof(set), NULL));
	CHECK_OK(znvme_get_feature(t->ctrl, &args, &now, sizeof(now), NULL));
	now &= 0xffffffffffffull;
	CHECK(now >= set && now < set + 3600000);
}

static void unknown_feature(struct test *t)
{
	struct znvme_feature_args args = {.fid = 0x7a};
	uint32_t value;

	test_open(t);
	CHECK_STATUS(znvme_get_feature(t->ctrl, &args, NULL, 0, &value), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(znvme_set_feature(t->ctrl, &args, NULL, 0, &value), ZNVME_SC_INVALID_FIELD);
}

static void refused_opcodes(struct test *t)
{
	static const uint8_t opcodes[] = {ZNVME_ADM_DELETE_SQ,	 ZNVME_ADM_CREATE_SQ,
					  ZNVME_ADM_DELETE_CQ,	 ZNVME_ADM_CREATE_CQ,
					  ZNVME_ADM_ASYNC_EVENT, ZNVME_ADM_DBBUF};
	char data[ZNVME_IDENTIFY_SIZE];

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		const struct znvme_sqe cmd = {.opcode = opcodes[i], .cdw10 = 1};

		CHECK_RC(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), -EPERM);
		CHECK(*znvme_errmsg());
	}
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data));
}

static void invalid_opcode(struct test *t)
{
	const struct znvme_sqe cmd = {.opcode = 0xfc};
	int rc;

	test_open(t);
	rc = znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0);
	CHECK_STATUS(rc, ZNVME_SC_INVALID_OPCODE);
	CHECK(strstr(znvme_strerror(rc), "Opcode"));
	CHECK_EQ(znvme_status_errno(rc), -EOPNOTSUPP);
}

/*
 * A status of another type than generic keeps it. Which command has one is the device's choice: a
 * log page that is not there, or a feature that cannot be saved.
 */
static void status_code_type(struct test *t)
{
	struct znvme_get_log_args log = {.lid = 0xee};
	struct znvme_feature_args feature = {
		.fid = ZNVME_FEAT_TEMP_THRESHOLD, .cdw11 = 400, .save = true};
	uint8_t data[512];
	int rc;

	test_open(t);
	rc = znvme_get_log(t->ctrl, &log, data, sizeof(data));
	if (znvme_field_get(ZNVME_STATUS_SCT, (uint64_t)rc) == ZNVME_SCT_GENERIC) {
		rc = znvme_set_feature(t->ctrl, &feature, NULL, 0, NULL);
		CHECK_STATUS(rc, ZNVME_SC_FEATURE_NOT_SAVEABLE);
	} else {
		CHECK_STATUS(rc, ZNVME_SC_INVALID_LOG_PAGE);
		CHECK(strstr(znvme_strerror(rc), "Log Page"));
	}
}

static void admin_lengths(struct test *t)
{
	const struct znvme_sqe cmd = {.opcode = ZNVME_ADM_IDENTIFY, .cdw10 = ZNVME_CNS_CTRL};
	char data[ZNVME_IDENTIFY_SIZE];

	test_open(t);
	CHECK_RC(znvme_admin(t->ctrl, &cmd, NULL, sizeof(data), NULL, 0), -EFAULT);
	CHECK_RC(znvme_admin(t->ctrl, &cmd, data, 6, NULL, 0), -EINVAL);
	if (t->info.max_transfer < UINT64_MAX)
		CHECK_RC(znvme_admin(t->ctrl, &cmd, data, t->info.max_transfer + 1, NULL, 0),
			 -EINVAL);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, data, sizeof(data), NULL, 0));
}

static void *identify_often(void *arg)
{
	struct test *t = arg;
	struct znvme_id_ctrl *id = malloc(sizeof(*id));

	for (int i = 0; i < 50; i++) {
		CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, id));
		CHECK(memcmp(id->mn, znvme_id_ctrl(t->ctrl)->mn, sizeof(id->mn)) == 0);
	}
	free(id);
	return NULL;
}

static void admin_from_threads(struct test *t)
{
	pthread_t threads[4];

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, identify_often, t), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
}

static void result_of_command(struct test *t)
{
	const struct znvme_sqe cmd = {.opcode = ZNVME_ADM_GET_FEATURES,
				      .cdw10 = ZNVME_FEAT_NUM_QUEUES};
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_NUM_QUEUES};
	uint64_t result = 0;
	uint32_t value;

	test_open(t);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, &result, 0));
	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &value));
	CHECK_EQ((uint32_t)result, value);
}

/* Abort of a command that is not there (Base 2.1, section 5.1.1): not aborted, and no error. */
static void abort_of_nothing(struct test *t)
{
	const struct znvme_sqe cmd = {.opcode = ZNVME_ADM_ABORT, .cdw10 = 1 | 0x123 << 16};
	uint64_t result = 0;

	test_open(t);
	test_queue(t, 4, 0);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, &result, 0));
	CHECK_EQ(result & 1, 1);
}

static const struct test_case cases[] = {
	{"Identify goes to any memory", identify_takes_any_memory, 0},
	{"a bad Identify gives its status", bad_identify, 0},
	{"namespace descriptors are well formed", namespace_descriptors, 0},
	{"a log page in pieces is the whole", log_in_pieces, HAS_LOG_OFFSET},
	{"a log page of every length begins the same", log_lengths, 0},
	{"the whole error log can be read", whole_error_log, 0},
	{"a long log page comes in pieces", long_log, HAS_SIM},
	{"without offsets a log page is short", log_without_offsets, HAS_SIM},
	{"the SMART log has a temperature", smart_log, 0},
	{"bad log requests are refused", bad_logs, 0},
	{"the temperature threshold is set and got", temperature_threshold, 0},
	{"the volatile write cache is set and got", volatile_write_cache, HAS_WRITE_CACHE},
	{"the number of queues is what was granted", number_of_queues, 0},
	{"a feature with data is set and got", feature_with_data, 0},
	{"an unknown feature gives its status", unknown_feature, 0},
	{"opcodes that belong to the driver are refused", refused_opcodes, 0},
	{"an invalid opcode gives its status and text", invalid_opcode, 0},
	{"a status keeps its type", status_code_type, 0},
	{"admin data lengths are checked", admin_lengths, 0},
	{"admin commands come from several threads", admin_from_threads, 0},
	{"a command's result comes back", result_of_command, 0},
	{"abort of nothing aborts nothing", abort_of_nothing, 0},
};

const struct test_group admin_tests = {"admin", cases, ARRAY_LEN(cases)};
