// SPDX-License-Identifier: MIT
/*
 * The simulator's reservations, by hand (Base 2.1, section 8.1.22): this controller's host is one,
 * two more come by znvme_sim_peer_exec().
 */
#include "sim_host.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const struct znvme_sim_peer peers[] = {
	{.cntlid = 1, .host_id_len = 16, .host_id = "another host ID"},
	{.cntlid = 2, .host_id_len = 16, .host_id = "one more host's"},
};

/* Host 0 is the one of this controller. */
static uint16_t send(struct host *host, unsigned who, uint8_t opcode, uint32_t cdw10, void *data,
		     size_t len)
{
	struct znvme_sqe cmd = {.opcode = opcode, .nsid = 1, .cdw10 = cdw10};
	int status;

	if (who) {
		status = znvme_sim_peer_exec(host->sim, &peers[who - 1], &cmd, data, len, NULL);
		assert_true(status >= 0);
		return (uint16_t)(status & ZNVME_STATUS_CODE);
	}
	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	memcpy(page_addr(host, HOST_DATA), data, len);
	return host_exec(host, 1, &cmd);
}

static uint16_t reg(struct host *host, unsigned who, unsigned action, uint64_t crkey,
		    uint64_t nrkey)
{
	struct znvme_resv_register_data data = {crkey, nrkey};

	return send(host, who, ZNVME_CMD_RESV_REGISTER, action, &data, sizeof(data));
}

static uint16_t acquire(struct host *host, unsigned who, unsigned action, unsigned type,
			uint64_t crkey, uint64_t prkey)
{
	struct znvme_resv_acquire_data data = {crkey, prkey};

	return send(host, who, ZNVME_CMD_RESV_ACQUIRE, action | type << 8, &data, sizeof(data));
}

static uint16_t release(struct host *host, unsigned who, unsigned action, unsigned type,
			uint64_t crkey)
{
	struct znvme_resv_release_data data = {crkey};

	return send(host, who, ZNVME_CMD_RESV_RELEASE, action | type << 8, &data, sizeof(data));
}

static uint16_t io(struct host *host, unsigned who, uint8_t opcode)
{
	static char block[512];

	return send(host, who, opcode, 0, block, sizeof(block));
}

struct report {
	struct znvme_resv_status_ext status;
	struct znvme_resv_ctrl_ext ctrl[8];
};

static struct report report_of(struct host *host)
{
	struct znvme_sqe cmd = {.opcode = ZNVME_CMD_RESV_REPORT, .nsid = 1, .cdw11 = 1};
	struct report report;

	cmd.cdw10 = sizeof(report) / 4 - 1;
	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	assert_int_equal(host_exec(host, 1, &cmd), 0);
	memcpy(&report, page_addr(host, HOST_DATA), sizeof(report));
	return report;
}

/* The next notice, 0 where there is none. */
static unsigned notice(struct host *host)
{
	const struct znvme_resv_log *log = (void *)page_addr(host, HOST_DATA);

	assert_int_equal(host_admin(host, ZNVME_ADM_GET_LOG_PAGE, ZNVME_NSID_ALL,
				    (sizeof(*log) / 4 - 1) << 16 | ZNVME_LOG_RESERVATION, 0, NULL),
			 0);
	assert_int_equal(log->nsid, log->rnlpt != 0);
	return log->rnlpt;
}

static void set_host_id(struct host *host, const char *text, bool extended)
{
	struct znvme_sqe cmd =
		admin_command(ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_HOST_ID, extended, HOST_DATA);

	strncpy(page_addr(host, HOST_DATA), text, 16);
	assert_int_equal(host_exec(host, 0, &cmd), 0);
}

static void registering(void **state)
{
	struct report report;
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	report = report_of(&host);
	assert_int_equal(report.status.head.regctl[0], 0);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_UNREGISTER, 1, 0), ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 0xa), 0);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 0xa), 0); /* the same again */
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 0xb), ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(reg(&host, 1, ZNVME_RESV_REGISTER, 0, 0xb), 0);
	report = report_of(&host);
	assert_int_equal(report.status.head.regctl[0], 2);
	assert_int_equal(report.status.head.gen, 3);
	assert_int_equal(report.ctrl[0].rkey, 0xa);
	assert_int_equal(report.ctrl[0].cntlid, 0);
	assert_int_equal(report.ctrl[1].rkey, 0xb);
	assert_int_equal(report.ctrl[1].cntlid, 1);
	assert_memory_equal(report.ctrl[1].hostid, peers[0].host_id, 16);
	/* A wrong key, and one that is not looked at. */
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REPLACE, 0xb, 0xc),
			 ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REPLACE, 0xa, 0xc), 0);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REPLACE | ZNVME_RESV_IEKEY, 1, 0xd), 0);
	assert_int_equal(report_of(&host).ctrl[0].rkey, 0xd);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_UNREGISTER, 0xa, 0),
			 ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_UNREGISTER, 0xd, 0), 0);
	assert_int_equal(reg(&host, 0, 3, 0, 1), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(reg(&host, 0, 1u << 30, 0, 1), ZNVME_SC_INVALID_FIELD); /* CPTPL */
	report = report_of(&host);
	assert_int_equal(report.status.head.regctl[0], 1);
	assert_int_equal(report.ctrl[0].rkey, 0xb);
	host_close(&host);
}

/* Section 8.1.22.3: what each type lets whom do. */
static void what_is_allowed(void **state)
{
	static const struct {
		unsigned type;
		bool registrant_reads, registrant_writes, other_reads, other_writes;
	} rows[] = {
		{ZNVME_RESV_WRITE_EXCLUSIVE, true, false, true, false},
		{ZNVME_RESV_EXCLUSIVE_ACCESS, false, false, false, false},
		{ZNVME_RESV_WRITE_EXCLUSIVE_REG, true, true, true, false},
		{ZNVME_RESV_EXCLUSIVE_ACCESS_REG, true, true, false, false},
		{ZNVME_RESV_WRITE_EXCLUSIVE_ALL, true, true, true, false},
		{ZNVME_RESV_EXCLUSIVE_ACCESS_ALL, true, true, false, false},
	};
	static const struct {
		uint8_t opcode;
		bool write;
	} commands[] = {
		{ZNVME_CMD_READ, false},   {ZNVME_CMD_COMPARE, false},
		{ZNVME_CMD_VERIFY, false}, {ZNVME_CMD_WRITE, true},
		{ZNVME_CMD_FLUSH, true},   {ZNVME_CMD_WRITE_ZEROES, true},
		{ZNVME_CMD_DSM, true},	   {ZNVME_CMD_WRITE_UNCORRECTABLE, true},
	};
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(reg(&host, 1, ZNVME_RESV_REGISTER, 0, 1), 0);
		assert_int_equal(reg(&host, 2, ZNVME_RESV_REGISTER, 0, 2), 0);
		assert_int_equal(acquire(&host, 1, ZNVME_RESV_ACQUIRE, rows[i].type, 1, 0), 0);
		for (unsigned k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
			bool write = commands[k].write;
			bool registrant =
				write ? rows[i].registrant_writes : rows[i].registrant_reads;
			bool other = write ? rows[i].other_writes : rows[i].other_reads;

			/* Its own status where it is allowed: block 0 may be marked. */
			assert_int_not_equal(io(&host, 1, commands[k].opcode),
					     ZNVME_SC_RESERVATION_CONFLICT);
			assert_int_equal(io(&host, 2, commands[k].opcode) !=
						 ZNVME_SC_RESERVATION_CONFLICT,
					 registrant);
			assert_int_equal(io(&host, 0, commands[k].opcode) !=
						 ZNVME_SC_RESERVATION_CONFLICT,
					 other);
		}
		assert_int_equal(release(&host, 1, ZNVME_RESV_CLEAR, 0, 1), 0);
		assert_int_equal(io(&host, 0, ZNVME_CMD_WRITE), 0);
	}
	host_close(&host);
}

static void acquiring(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 1, 1, 0),
			 ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 1), 0);
	assert_int_equal(reg(&host, 1, ZNVME_RESV_REGISTER, 0, 2), 0);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 1, 2, 0),
			 ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 0, 1, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 7, 1, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(acquire(&host, 0, 3, 1, 1, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_IEKEY, 1, 1, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 3, 1, 0), 0);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 3, 1, 0), 0);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 1, 1, 0),
			 ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(acquire(&host, 1, ZNVME_RESV_ACQUIRE, 3, 2, 0),
			 ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(report_of(&host).ctrl[0].rcsts, ZNVME_RESV_RCSTS_HOLDER);
	assert_int_equal(report_of(&host).ctrl[1].rcsts, 0);
	/* Of one who does not hold it: nothing happens. With another type: refused. */
	assert_int_equal(release(&host, 1, ZNVME_RESV_RELEASE, 3, 2), 0);
	assert_int_equal(release(&host, 0, ZNVME_RESV_RELEASE, 1, 1), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(release(&host, 0, ZNVME_RESV_RELEASE, 3, 2),
			 ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(release(&host, 0, 2, 3, 1), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(report_of(&host).status.head.rtype, 3);
	assert_int_equal(release(&host, 0, ZNVME_RESV_RELEASE, 3, 1), 0);
	assert_int_equal(report_of(&host).status.head.rtype, 0);
	/* All registrants hold it, until the last of them goes. */
	assert_int_equal(acquire(&host, 1, ZNVME_RESV_ACQUIRE, 6, 2, 0), 0);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 6, 1, 0), 0);
	assert_int_equal(report_of(&host).ctrl[0].rcsts, ZNVME_RESV_RCSTS_HOLDER);
	assert_int_equal(reg(&host, 1, ZNVME_RESV_UNREGISTER, 2, 0), 0);
	assert_int_equal(report_of(&host).status.head.rtype, 6);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_UNREGISTER, 1, 0), 0);
	assert_int_equal(report_of(&host).status.head.rtype, 0);
	host_close(&host);
}

static void preempting(void **state)
{
	struct report report;
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	for (unsigned who = 0; who < 3; who++)
		assert_int_equal(reg(&host, who, ZNVME_RESV_REGISTER, 0, who + 1), 0);
	assert_int_equal(acquire(&host, 1, ZNVME_RESV_ACQUIRE, 1, 2, 0), 0);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_PREEMPT, 2, 1, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_PREEMPT, 2, 1, 9),
			 ZNVME_SC_RESERVATION_CONFLICT);
	/* The holder: it is out, and the reservation ours. */
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_PREEMPT, 2, 1, 2), 0);
	report = report_of(&host);
	assert_int_equal(report.status.head.regctl[0], 2);
	assert_int_equal(report.status.head.rtype, 2);
	assert_int_equal(report.ctrl[0].rcsts, ZNVME_RESV_RCSTS_HOLDER);
	assert_int_equal(io(&host, 1, ZNVME_CMD_READ), ZNVME_SC_RESERVATION_CONFLICT);
	/* Another registrant: its registration goes, the reservation stays. */
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_PREEMPT_ABORT, 2, 1, 3), 0);
	report = report_of(&host);
	assert_int_equal(report.status.head.regctl[0], 1);
	assert_int_equal(report.status.head.rtype, 2);
	/* Oneself: another type. */
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_PREEMPT, 5, 1, 1), 0);
	assert_int_equal(report_of(&host).status.head.rtype, 5);
	/* All registrants: key 0 is for all the others. */
	assert_int_equal(reg(&host, 1, ZNVME_RESV_REGISTER, 0, 2), 0);
	assert_int_equal(reg(&host, 2, ZNVME_RESV_REGISTER, 0, 3), 0);
	assert_int_equal(acquire(&host, 1, ZNVME_RESV_PREEMPT, 1, 2, 0), 0);
	report = report_of(&host);
	assert_int_equal(report.status.head.regctl[0], 1);
	assert_int_equal(report.ctrl[0].rkey, 2);
	assert_int_equal(report.status.head.rtype, 1);
	host_close(&host);
}

static void notices(void **state)
{
	struct znvme_sqe cmd = admin_command(ZNVME_ADM_ASYNC_EVENT, 0, 0, 0, 0);
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	assert_int_equal(notice(&host), 0);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 1), 0);
	assert_int_equal(reg(&host, 1, ZNVME_RESV_REGISTER, 0, 2), 0);
	/* Released: told to registrants of the types that are for them. */
	assert_int_equal(acquire(&host, 1, ZNVME_RESV_ACQUIRE, 1, 2, 0), 0);
	assert_int_equal(release(&host, 1, ZNVME_RESV_RELEASE, 1, 2), 0);
	assert_int_equal(notice(&host), 0);
	host_submit(&host, 0, &cmd);
	assert_int_equal(acquire(&host, 1, ZNVME_RESV_ACQUIRE, 3, 2, 0), 0);
	assert_int_equal(release(&host, 1, ZNVME_RESV_RELEASE, 3, 2), 0);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.dw0, ZNVME_LOG_RESERVATION << 16 | ZNVME_AER_TYPE_IO);
	/* Two more before the log is read: one event again for what is left. */
	assert_int_equal(acquire(&host, 1, ZNVME_RESV_ACQUIRE, 4, 2, 0), 0);
	assert_int_equal(reg(&host, 1, ZNVME_RESV_UNREGISTER, 2, 0), 0);
	host_submit(&host, 0, &cmd);
	assert_false(host_reap(&host, 0, &cqe));
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_GET_LOG_PAGE, 0, 15u << 16 | 0x8000 | 0x80, 0, NULL),
		0); /* retained */
	assert_int_equal(((struct znvme_resv_log *)page_addr(&host, HOST_DATA))->nalp, 1);
	{
		struct znvme_sqe get = admin_command(
			ZNVME_ADM_GET_LOG_PAGE, 0, 15u << 16 | ZNVME_LOG_RESERVATION, 0, HOST_DATA);

		host_submit(&host, 0, &get);
		assert_true(host_reap(&host, 0, &cqe)); /* the event, or the log: two completions */
		assert_true(host_reap(&host, 0, &cqe));
		assert_int_equal(((struct znvme_resv_log *)page_addr(&host, HOST_DATA))->rnlpt,
				 ZNVME_RESV_NOTICE_RESREL);
	}
	assert_int_equal(notice(&host), ZNVME_RESV_NOTICE_RESREL);
	assert_int_equal(notice(&host), 0);
	/* Registration preempted, reservation preempted; and masked. */
	assert_int_equal(reg(&host, 1, ZNVME_RESV_REGISTER, 0, 2), 0);
	assert_int_equal(acquire(&host, 1, ZNVME_RESV_PREEMPT, 1, 2, 1), 0);
	assert_int_equal(notice(&host), ZNVME_RESV_NOTICE_REGPRE);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 1), 0);
	assert_int_equal(release(&host, 1, ZNVME_RESV_CLEAR, 0, 2), 0);
	assert_int_equal(notice(&host), ZNVME_RESV_NOTICE_RESPRE);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_SET_FEATURES, 1, ZNVME_FEAT_RESV_NOTIFY, 8, NULL), 0);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 1), 0);
	assert_int_equal(reg(&host, 1, ZNVME_RESV_REGISTER, 0, 2), 0);
	assert_int_equal(release(&host, 1, ZNVME_RESV_CLEAR, 0, 2), 0);
	assert_int_equal(notice(&host), 0);
	host_close(&host);
}

/* Hosts whose identifiers are of two lengths do not go together. */
static void host_identifiers(void **state)
{
	static const struct znvme_sim_peer shorter = {
		.cntlid = 3, .host_id_len = 8, .host_id = "short ID"};
	struct znvme_sqe cmd = {.opcode = ZNVME_CMD_RESV_REGISTER, .nsid = 1};
	struct znvme_resv_register_data data = {0, 5};
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	set_host_id(&host, "sixteen bytes..", true);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 1), 0);
	assert_int_equal(znvme_sim_peer_exec(host.sim, &shorter, &cmd, &data, sizeof(data), NULL) &
				 ZNVME_STATUS_CODE,
			 ZNVME_SC_HOSTID_FORMAT);
	cmd = (struct znvme_sqe){.opcode = ZNVME_CMD_RESV_REPORT, .nsid = 1, .cdw10 = 5};
	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_HOSTID_FORMAT);
	/* Another identifier: another host, to whom the key is no use. */
	set_host_id(&host, "somebody else..", true);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 1, 1, 0),
			 ZNVME_SC_RESERVATION_CONFLICT);
	set_host_id(&host, "sixteen bytes..", true);
	assert_int_equal(acquire(&host, 0, ZNVME_RESV_ACQUIRE, 1, 1, 0), 0);
	host_close(&host);
	host_start(&host, "size=1M");
	set_host_id(&host, "8 bytes.", false);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 1), 0);
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_memory_equal(page_addr(&host, HOST_DATA) + 5, "\1\0", 2);
	cmd.cdw10 = 11;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_memory_equal(page_addr(&host, HOST_DATA) + 24 + 8, "8 bytes.", 8);
	cmd.cdw11 = ZNVME_RESV_REPORT_EDS;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_HOSTID_FORMAT);
	host_close(&host);
}

static void persistence(void **state)
{
	char path[] = "/tmp/znvme-resv-XXXXXX", beside[64], options[128];
	int fd = mkstemp(path);
	struct report report;
	struct host host;
	uint32_t value;

	(void)state;
	assert_true(fd >= 0);
	snprintf(options, sizeof(options), "size=1M,file=%s", path);
	snprintf(beside, sizeof(beside), "%s.resv", path);
	host_start(&host, options);
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 1), 0);
	assert_int_equal(access(beside, F_OK), -1);
	assert_int_equal(reg(&host, 1, ZNVME_RESV_REGISTER | 3u << 30, 0, 2), 0);
	assert_int_equal(acquire(&host, 1, ZNVME_RESV_ACQUIRE, 2, 2, 0), 0);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_GET_FEATURES, 1, ZNVME_FEAT_RESV_PERSIST, 0, &value),
		0);
	assert_int_equal(value, 1);
	znvme_sim_power_loss(host.sim);
	host_close(&host);
	host_start(&host, options);
	report = report_of(&host);
	assert_int_equal(report.status.head.ptpls, 1);
	assert_int_equal(report.status.head.rtype, 2);
	assert_int_equal(report.status.head.regctl[0], 2);
	assert_memory_equal(report.ctrl[1].hostid, peers[0].host_id, 16);
	assert_int_equal(io(&host, 0, ZNVME_CMD_READ), ZNVME_SC_RESERVATION_CONFLICT);
	assert_int_equal(io(&host, 1, ZNVME_CMD_READ), 0);
	/* Not any more, by the feature. */
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_SET_FEATURES, 1, ZNVME_FEAT_RESV_PERSIST, 0, NULL), 0);
	assert_int_equal(access(beside, F_OK), -1);
	host_close(&host);
	host_start(&host, options);
	assert_int_equal(report_of(&host).status.head.regctl[0], 0);
	host_close(&host);
	/* What is not ours is told. */
	fd = open(beside, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(ftruncate(fd, 1 << 16), 0);
	close(fd);
	assert_int_equal(znvme_sim_create(options, &host.dev), -EINVAL);
	assert_non_null(strstr(znvme_errmsg(), beside));
	unlink(beside);
	unlink(path);
}

static void without(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "size=1M,without=reservations");
	assert_int_equal(reg(&host, 0, ZNVME_RESV_REGISTER, 0, 1), ZNVME_SC_INVALID_OPCODE);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_GET_FEATURES, 1, ZNVME_FEAT_RESV_NOTIFY, 0, NULL),
		ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registering), cmocka_unit_test(what_is_allowed),
		cmocka_unit_test(acquiring),   cmocka_unit_test(preempting),
		cmocka_unit_test(notices),     cmocka_unit_test(host_identifiers),
		cmocka_unit_test(persistence), cmocka_unit_test(without),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
