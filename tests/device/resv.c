// SPDX-License-Identifier: MIT
/* Reservations (<znvme/resv.h>): this host by the driver, another by znvme_sim_peer_exec(). */
#include <errno.h>

#include "tests.h"

static const struct znvme_sim_peer peer = {
	.cntlid = 1, .host_id_len = 16, .host_id = "another host ID"};

static int peer_register(struct test *t, uint64_t key)
{
	struct znvme_resv_register_data data = {0, key};
	struct znvme_sqe cmd = {.opcode = ZNVME_CMD_RESV_REGISTER, .nsid = t->ns->nsid};

	return znvme_sim_peer_exec(t->sim, &peer, &cmd, &data, sizeof(data), NULL);
}

static int peer_acquire(struct test *t, unsigned action, unsigned type, uint64_t key,
			uint64_t preempted)
{
	struct znvme_resv_acquire_data data = {key, preempted};
	struct znvme_sqe cmd = {
		.opcode = ZNVME_CMD_RESV_ACQUIRE, .nsid = t->ns->nsid, .cdw10 = action | type << 8};

	return znvme_sim_peer_exec(t->sim, &peer, &cmd, &data, sizeof(data), NULL);
}

static int read_block(struct test *t)
{
	char block[65536];
	int status;

	return znvme_pread(t->ns, block, t->ns->block_size, 0, 0, &status) < 0 ? status : 0;
}

static int write_block(struct test *t)
{
	static char block[65536];
	int status;

	return znvme_pwrite(t->ns, block, t->ns->block_size, 0, 0, &status) < 0 ? status : 0;
}

static void set_host_id(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_HOST_ID,
						.cdw11 = ZNVME_FEAT_HOST_ID_EXHID};
	char id[16] = "this host's ID.";

	CHECK_OK(znvme_set_feature(t->ctrl, &args, id, sizeof(id), NULL));
}

static void own(struct test *t)
{
	struct znvme_reservation reservation;
	struct znvme_registrant list[4];

	test_open(t);
	CHECK_OK(znvme_resv_report(t->ns, &reservation, NULL, 0));
	CHECK_EQ(reservation.nr_registrants, 0);
	CHECK_STATUS(
		znvme_resv_acquire(t->ns, ZNVME_RESV_ACQUIRE, ZNVME_RESV_WRITE_EXCLUSIVE, 1, 0),
		ZNVME_SC_RESERVATION_CONFLICT);
	set_host_id(t);
	CHECK_OK(znvme_resv_register(t->ns, ZNVME_RESV_REGISTER, 0, 0xab, false,
				     ZNVME_RESV_CPTPL_KEEP));
	CHECK_STATUS(
		znvme_resv_acquire(t->ns, ZNVME_RESV_ACQUIRE, ZNVME_RESV_WRITE_EXCLUSIVE, 1, 0),
		ZNVME_SC_RESERVATION_CONFLICT);
	CHECK_OK(
		znvme_resv_acquire(t->ns, ZNVME_RESV_ACQUIRE, ZNVME_RESV_WRITE_EXCLUSIVE, 0xab, 0));
	CHECK_OK(znvme_resv_report(t->ns, &reservation, list, 4));
	CHECK_EQ(reservation.type, ZNVME_RESV_WRITE_EXCLUSIVE);
	CHECK_EQ(reservation.nr_registrants, 1);
	CHECK_EQ(list[0].key, 0xab);
	CHECK(list[0].holder);
	CHECK(!memcmp(list[0].host_id, "this host's ID.", 16));
	CHECK_OK(write_block(t));
	/* The host is the same after a reset: its identifier is set again. */
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(write_block(t));
	CHECK_OK(znvme_resv_release(t->ns, ZNVME_RESV_RELEASE, ZNVME_RESV_WRITE_EXCLUSIVE, 0xab));
	CHECK_OK(znvme_resv_register(t->ns, ZNVME_RESV_UNREGISTER, 0xab, 0, false,
				     ZNVME_RESV_CPTPL_KEEP));
}

static void shut_out(struct test *t)
{
	test_open(t);
	CHECK_OK(peer_register(t, 7));
	CHECK_OK(peer_acquire(t, ZNVME_RESV_ACQUIRE, ZNVME_RESV_WRITE_EXCLUSIVE, 7, 0));
	CHECK_OK(read_block(t));
	CHECK_STATUS(write_block(t), ZNVME_SC_RESERVATION_CONFLICT);
	CHECK_EQ(znvme_status_errno(ZNVME_SC_RESERVATION_CONFLICT) < 0, 1);
	/* Preempted, it is the other way round. */
	CHECK_OK(znvme_resv_register(t->ns, ZNVME_RESV_REGISTER, 0, 8, false,
				     ZNVME_RESV_CPTPL_KEEP));
	CHECK_OK(znvme_resv_acquire(t->ns, ZNVME_RESV_PREEMPT_ABORT, ZNVME_RESV_EXCLUSIVE_ACCESS, 8,
				    7));
	CHECK_OK(write_block(t));
	CHECK_STATUS(peer_acquire(t, ZNVME_RESV_ACQUIRE, ZNVME_RESV_WRITE_EXCLUSIVE, 7, 0),
		     ZNVME_SC_RESERVATION_CONFLICT);
	CHECK_OK(znvme_resv_release(t->ns, ZNVME_RESV_CLEAR, ZNVME_RESV_NONE, 8));
}

static void told(struct test *t)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_RESERVATION};
	struct znvme_resv_log log;
	struct znvme_event event;
	int found = 0;

	test_open(t);
	CHECK_OK(znvme_resv_register(t->ns, ZNVME_RESV_REGISTER, 0, 8, false,
				     ZNVME_RESV_CPTPL_KEEP));
	CHECK_OK(peer_register(t, 7));
	CHECK_OK(peer_acquire(t, ZNVME_RESV_PREEMPT, ZNVME_RESV_WRITE_EXCLUSIVE, 7, 8));
	/* The library reads the log with the event. */
	while (!found && znvme_next_event(t->ctrl, &event) == 1) {
		const struct znvme_resv_log *notice = event.log;

		if (event.kind != ZNVME_EVENT_ASYNC ||
		    znvme_field_get(ZNVME_AER_LID, event.dword0) != ZNVME_LOG_RESERVATION)
			continue;
		found = 1;
		CHECK(notice && event.log_len >= sizeof(*notice));
		CHECK_EQ(notice->rnlpt, ZNVME_RESV_NOTICE_REGPRE);
		CHECK_EQ(notice->nsid, t->ns->nsid);
	}
	CHECK(found);
	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
	CHECK_EQ(log.rnlpt, ZNVME_RESV_NOTICE_NONE);
}

static void many(struct test *t)
{
	struct znvme_reservation reservation;
	struct znvme_registrant list[2];

	test_open(t);
	for (unsigned i = 0; i < 40; i++) {
		struct znvme_sim_peer host = {.cntlid = (uint16_t)(i + 1), .host_id_len = 16};
		struct znvme_resv_register_data data = {0, i};
		struct znvme_sqe cmd = {.opcode = ZNVME_CMD_RESV_REGISTER, .nsid = t->ns->nsid};

		host.host_id[0] = (uint8_t)(i + 1);
		CHECK_OK(znvme_sim_peer_exec(t->sim, &host, &cmd, &data, sizeof(data), NULL));
	}
	CHECK_OK(znvme_resv_report(t->ns, &reservation, list, 2));
	CHECK_EQ(reservation.nr_registrants, 40);
	CHECK_EQ(list[1].key, 1);
	CHECK_EQ(list[1].cntlid, 2);
}

/* A report that lies about its length, or its type. */
static void lie(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len)
{
	struct znvme_resv_status *head = data;

	if (!qid || sqe->opcode != ZNVME_CMD_RESV_REPORT || len < sizeof(*head))
		return;
	head->regctl[0] = head->regctl[1] = 0xff;
	head->rtype = *(const uint8_t *)arg;
}

static void not_believed(struct test *t)
{
	uint8_t type = 0;
	struct znvme_sim_hooks hooks = {.arg = &type, .data = lie};
	struct znvme_reservation reservation;
	struct znvme_registrant list[4];
	int rc;

	test_open(t);
	znvme_sim_set_hooks(t->sim, &hooks);
	/* 65,535 entries are more than a command moves where MDTS is small: an error, and no more.
	 */
	rc = znvme_resv_report(t->ns, &reservation, list, 4);
	CHECK(rc == 0 || rc == -EMSGSIZE || rc > 0);
	type = 7;
	CHECK(znvme_resv_report(t->ns, &reservation, list, 4) != 0);
	znvme_sim_set_hooks(t->sim, NULL);
}

static const struct test_case cases[] = {
	{"a host registers, reserves, and lets go", own, HAS_RESERVATIONS},
	{"another host's reservation shuts this one out, until preempted", shut_out,
	 HAS_RESERVATIONS | HAS_SIM},
	{"what others do to it is told by an event and a log", told, HAS_RESERVATIONS | HAS_SIM},
	{"a report of many hosts", many, HAS_RESERVATIONS | HAS_SIM},
	{"a report is not believed", not_believed, HAS_RESERVATIONS | HAS_SIM},
};

const struct test_group resv_tests = {"resv", cases, ARRAY_LEN(cases)};
