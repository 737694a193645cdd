/* SPDX-License-Identifier: MIT */
/*
 * Zones of the simulated controller, without the driver: each transition of their states and each
 * refusal, limits with implicit closing, write pointers, appends, random write areas.
 */
#include "zone_host.h"

/* ---- states -------------------------------------------------------------------------------- */

#define REFUSED ZNVME_SC_ZONE_TRANSITION

/* By action: what becomes of a zone in each state, in the order of `states`; 0x100 and more: a
 * status. */
static const struct {
	enum znvme_zone_action action;
	unsigned after[7];
} transitions[] = {
	{ZNVME_ZONE_OPEN, {0x3, 0x3, 0x3, 0x3, REFUSED, REFUSED, REFUSED}},
	{ZNVME_ZONE_CLOSE, {REFUSED, 0x4, 0x4, 0x4, REFUSED, REFUSED, REFUSED}},
	{ZNVME_ZONE_FINISH, {0xe, 0xe, 0xe, 0xe, 0xe, REFUSED, REFUSED}},
	{ZNVME_ZONE_RESET, {0x1, 0x1, 0x1, 0x1, 0x1, REFUSED, REFUSED}},
	{ZNVME_ZONE_TO_OFFLINE, {REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, 0xf, 0xf}},
	{ZNVME_ZONE_SET_EXTENSION, {0x4, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED}},
};

static void test_transitions(void **state)
{
	struct host host;

	(void)state;
	for (size_t a = 0; a < sizeof(transitions) / sizeof(transitions[0]); a++) {
		host_start(&host, GEOMETRY ",ext=64");
		for (unsigned s = 0; s < 7; s++) {
			unsigned after = transitions[a].after[s];

			zone_make(&host, s, states[s]);
			assert_int_equal(zone_do(&host, transitions[a].action, s),
					 after >= 0x100 ? after : 0);
			assert_int_equal(zone_state(&host, s), after >= 0x100 ? states[s] : after);
		}
		assert_int_equal(counters_of(&host).protocol_errors, 0);
		host_close(&host);
	}
}

/* What each state says to a write, an append and a read; what a write makes of it. */
static void test_access(void **state)
{
	static const struct {
		enum znvme_zone_state state;
		unsigned write, read;
		enum znvme_zone_state after;
	} rows[] = {
		{ZNVME_ZONE_EMPTY, 0, 0, ZNVME_ZONE_IMPLICITLY_OPEN},
		{ZNVME_ZONE_CLOSED, 0, 0, ZNVME_ZONE_IMPLICITLY_OPEN},
		{ZNVME_ZONE_EXPLICITLY_OPEN, 0, 0, ZNVME_ZONE_EXPLICITLY_OPEN},
		{ZNVME_ZONE_FULL, ZNVME_SC_ZONE_FULL, 0, ZNVME_ZONE_FULL},
		{ZNVME_ZONE_READ_ONLY, ZNVME_SC_ZONE_READ_ONLY, 0, ZNVME_ZONE_READ_ONLY},
		{ZNVME_ZONE_OFFLINE, ZNVME_SC_ZONE_OFFLINE, ZNVME_SC_ZONE_OFFLINE,
		 ZNVME_ZONE_OFFLINE},
	};
	struct host host;
	uint64_t lba;

	(void)state;
	host_start(&host, GEOMETRY);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t slba = (uint64_t)i * SIZE;

		zone_make(&host, i, rows[i].state);
		assert_int_equal(zone_read(&host, slba, 1), rows[i].read);
		assert_int_equal(host_io(&host, ZNVME_CMD_VERIFY, slba, 1, 0), rows[i].read);
		assert_int_equal(zone_write(&host, slba, 1), rows[i].write);
		assert_int_equal(zone_append(&host, i, 1, &lba), rows[i].write);
		if (!rows[i].write)
			assert_int_equal(lba, slba + 1);
		assert_int_equal(zone_state(&host, i), rows[i].after);
	}
	host_close(&host);
}

static void test_write_pointer(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY);
	/* only at the write pointer, and not past the capacity */
	assert_int_equal(zone_write(&host, 1, 1), ZNVME_SC_ZONE_INVALID_WRITE);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_EMPTY);
	assert_int_equal(zone_write(&host, 0, 8), 0);
	assert_int_equal(zone_wp(&host, 0), 8);
	assert_int_equal(zone_write(&host, 0, 8), ZNVME_SC_ZONE_INVALID_WRITE);
	assert_int_equal(zone_write(&host, 9, 8), ZNVME_SC_ZONE_INVALID_WRITE);
	/* write zeroes and write uncorrectable are writes */
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_ZEROES, 8, CAP - 16, 0), 0);
	assert_int_equal(zone_wp(&host, 0), CAP - 8);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_UNCORRECTABLE, CAP - 8, 4, 0), 0);
	assert_int_equal(zone_write(&host, CAP - 4, 8), ZNVME_SC_ZONE_BOUNDARY);
	assert_int_equal(zone_write(&host, CAP - 4, 4), 0);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_FULL);
	assert_int_equal(zone_desc(&host, 0)->wp, UINT64_MAX);
	assert_int_equal(zone_write(&host, CAP, 1), ZNVME_SC_ZONE_FULL);
	/* flush, compare, verify and deallocation are none */
	assert_int_equal(host_io(&host, ZNVME_CMD_FLUSH, 0, 1, 0), 0);
	assert_int_equal(zone_state(&host, 1), ZNVME_ZONE_EMPTY);
	/* the end of the namespace comes before its zones */
	assert_int_equal(zone_write(&host, ZONES * SIZE - 1, 2), ZNVME_SC_LBA_RANGE);
	assert_int_equal(zone_write(&host, ZONES * SIZE, 1), ZNVME_SC_LBA_RANGE);
	host_close(&host);
}

/* A write that fails for another reason leaves the zone as it is. */
static void test_failed_write(void **state)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_WRITE, 0, 1, 0);
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY);
	cmd.dptr.prp.prp1 = 0x1000; /* not mapped */
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_DATA_TRANSFER);
	cmd.opcode = ZNVME_CMD_ZONE_APPEND;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_DATA_TRANSFER);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_EMPTY);
	assert_int_equal(zone_wp(&host, 0), 0);
	host_close(&host);
}

static void test_reads(void **state)
{
	char *data;
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY);
	data = page_addr(&host, HOST_DATA);
	memset(data, 0x5a, PAGE);
	assert_int_equal(zone_write(&host, 0, 8), 0);
	/* behind the write pointer are zeroes, and between the capacity and the next zone */
	assert_int_equal(zone_read(&host, 4, 8), 0);
	assert_int_equal(data[2047], 0x5a);
	assert_int_equal(data[2048], 0);
	assert_int_equal(zone_read(&host, SIZE - 8, 8), 0);
	assert_int_equal(zone_read(&host, SIZE - 4, 8), ZNVME_SC_ZONE_BOUNDARY);
	/* a reset zone has nothing left */
	assert_int_equal(zone_do(&host, ZNVME_ZONE_RESET, 0), 0);
	memset(data, 0x5a, PAGE);
	assert_int_equal(zone_read(&host, 0, 8), 0);
	assert_int_equal(data[0], 0);
	host_close(&host);

	host_start(&host, GEOMETRY ",read_across=1");
	assert_int_equal(zone_read(&host, SIZE - 4, 8), 0);
	zone_make(&host, 1, ZNVME_ZONE_OFFLINE);
	assert_int_equal(zone_read(&host, SIZE - 4, 8), ZNVME_SC_ZONE_OFFLINE);
	assert_int_equal(zone_write(&host, SIZE - 4, 8), ZNVME_SC_ZONE_BOUNDARY);
	host_close(&host);
}

static void test_append(void **state)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_ZONE_APPEND, 1, 1, HOST_DATA);
	struct host host;
	uint64_t lba;

	(void)state;
	host_start(&host, GEOMETRY ",zasl=1");
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(zone_append(&host, 2, 8, &lba), 0);
		assert_int_equal(lba, 2 * SIZE + i * 8);
	}
	assert_int_equal(zone_wp(&host, 2), 24);
	/* to a zone's start only, and no more than ZASL has it */
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_FIELD);
	cmd = io_command(ZNVME_CMD_ZONE_APPEND, 0, 17, HOST_DATA);
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_FIELD);
	cmd = io_command(ZNVME_CMD_ZONE_APPEND, ZONES * SIZE, 1, HOST_DATA);
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_LBA_RANGE);
	/* not past the capacity */
	for (unsigned i = 3; i < CAP / 8 - 1; i++)
		assert_int_equal(zone_append(&host, 2, 8, &lba), 0);
	assert_int_equal(zone_append(&host, 2, 4, &lba), 0);
	assert_int_equal(zone_append(&host, 2, 8, &lba), ZNVME_SC_ZONE_BOUNDARY);
	assert_int_equal(zone_append(&host, 2, 4, &lba), 0);
	assert_int_equal(zone_append(&host, 2, 1, &lba), ZNVME_SC_ZONE_FULL);
	host_close(&host);
}

/* A fault script knows the commands by name. */
static void test_faults(void **state)
{
	struct host host;
	uint64_t lba;

	(void)state;
	host_start(&host, GEOMETRY);
	assert_int_equal(znvme_sim_add_faults(host.sim,
					      "when opcode=zone-append nth=2 do status=0x280;"
					      "when opcode=zone-send nth=1 do status=0x006;"
					      "when opcode=zone-receive nth=3 do status=0x021"),
			 0);
	assert_int_equal(zone_append(&host, 0, 1, &lba), 0);
	assert_int_equal(zone_append(&host, 0, 1, &lba), ZNVME_SC_WRITE_FAULT);
	assert_int_equal(zone_wp(&host, 0), 1);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_FINISH, 0), ZNVME_SC_INTERNAL);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_IMPLICITLY_OPEN);
	assert_int_equal(zone_receive(&host, 0, 64, 0), ZNVME_SC_INTERRUPTED);
	host_close(&host);
}

/* ---- limits -------------------------------------------------------------------------------- */

static void test_open_limit(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY ",max_open=2,max_active=4");
	/* zones that were opened implicitly are closed for others, the oldest first */
	assert_int_equal(zone_write(&host, 0 * SIZE, 1), 0);
	assert_int_equal(zone_write(&host, 1 * SIZE, 1), 0);
	assert_int_equal(zone_write(&host, 0 * SIZE + 1, 1), 0);
	assert_int_equal(zone_write(&host, 2 * SIZE, 1), 0);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_CLOSED);
	assert_int_equal(zone_state(&host, 1), ZNVME_ZONE_IMPLICITLY_OPEN);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_OPEN, 0), 0);
	assert_int_equal(zone_state(&host, 1), ZNVME_ZONE_CLOSED);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_OPEN, 2), 0);
	/* those that were opened explicitly are not */
	assert_int_equal(zone_do(&host, ZNVME_ZONE_OPEN, 3), ZNVME_SC_ZONE_TOO_MANY_OPEN);
	assert_int_equal(zone_write(&host, 3 * SIZE, 1), ZNVME_SC_ZONE_TOO_MANY_OPEN);
	assert_int_equal(zone_state(&host, 3), ZNVME_ZONE_EMPTY);
	/* nor can the closed ones be opened all at once */
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 0, ZNVME_ZONE_SEND_ALL),
			 ZNVME_SC_ZONE_TOO_MANY_OPEN);
	assert_int_equal(zone_state(&host, 1), ZNVME_ZONE_CLOSED);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_CLOSE, 0), 0);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_FINISH, 0), 0);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 0, ZNVME_ZONE_SEND_ALL), 0);
	assert_int_equal(zone_state(&host, 1), ZNVME_ZONE_EXPLICITLY_OPEN);
	host_close(&host);
}

static void test_active_limit(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY ",max_open=3,max_active=3,ext=64");
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(zone_write(&host, (uint64_t)i * SIZE, 1), 0);
	/* closing makes no room for another active zone */
	assert_int_equal(zone_do(&host, ZNVME_ZONE_CLOSE, 0), 0);
	assert_int_equal(zone_write(&host, 3 * SIZE, 1), ZNVME_SC_ZONE_TOO_MANY_ACTIVE);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_OPEN, 3), ZNVME_SC_ZONE_TOO_MANY_ACTIVE);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_SET_EXTENSION, 3),
			 ZNVME_SC_ZONE_TOO_MANY_ACTIVE);
	/* what makes it: full, empty, and what the controller does */
	assert_int_equal(zone_do(&host, ZNVME_ZONE_FINISH, 0), 0);
	assert_int_equal(zone_write(&host, 3 * SIZE, 1), 0);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_RESET, 1), 0);
	assert_int_equal(zone_write(&host, 4 * SIZE, 1), 0);
	assert_int_equal(znvme_sim_change_zone(host.sim, 1, 2 * SIZE, ZNVME_SIM_ZONE_READ_ONLY), 0);
	assert_int_equal(zone_write(&host, 5 * SIZE, 1), 0);
	assert_int_equal(zone_write(&host, 6 * SIZE, 1), ZNVME_SC_ZONE_TOO_MANY_ACTIVE);
	host_close(&host);
}

/* Zones that become full by being written give their resources back. */
static void test_full_frees(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY ",max_open=1,max_active=1");
	for (unsigned i = 0; i < ZONES; i++)
		zone_fill(&host, i);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_RESET, 0, ZNVME_ZONE_SEND_ALL), 0);
	for (unsigned i = 0; i < ZONES; i++)
		assert_int_equal(zone_state(&host, i), ZNVME_ZONE_EMPTY);
	host_close(&host);
}

/* ---- management ---------------------------------------------------------------------------- */

/* Select All takes the zones whose state allows the action, and leaves the others. */
static void test_select_all(void **state)
{
	static const struct {
		enum znvme_zone_action action;
		uint8_t after[7]; /* in the order of `states` */
	} rows[] = {
		{ZNVME_ZONE_OPEN, {0x1, 0x3, 0x2, 0x3, 0xe, 0xd, 0xf}},
		{ZNVME_ZONE_CLOSE, {0x1, 0x4, 0x4, 0x4, 0xe, 0xd, 0xf}},
		{ZNVME_ZONE_FINISH, {0x1, 0xe, 0xe, 0xe, 0xe, 0xd, 0xf}},
		{ZNVME_ZONE_RESET, {0x1, 0x1, 0x1, 0x1, 0x1, 0xd, 0xf}},
		{ZNVME_ZONE_TO_OFFLINE, {0x1, 0x4, 0x2, 0x3, 0xe, 0xf, 0xf}},
	};
	struct host host;

	(void)state;
	for (size_t a = 0; a < sizeof(rows) / sizeof(rows[0]); a++) {
		host_start(&host, GEOMETRY);
		for (unsigned s = 0; s < 7; s++)
			zone_make(&host, s, states[s]);
		/* the address is not looked at then */
		assert_int_equal(zone_send(&host, rows[a].action, 12345678, ZNVME_ZONE_SEND_ALL),
				 0);
		for (unsigned s = 0; s < 7; s++)
			assert_int_equal(zone_state(&host, s), rows[a].after[s]);
		host_close(&host);
	}
}

static void test_bad_management(void **state)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_ZONE_MGMT_SEND, 0, 1, HOST_DATA);
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY);
	assert_int_equal(zone_send(&host, 0, 0, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_send(&host, 6, 0, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 1, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, ZONES * SIZE, 0), ZNVME_SC_LBA_RANGE);
	/* there are no extensions, and no random write areas */
	assert_int_equal(zone_do(&host, ZNVME_ZONE_SET_EXTENSION, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 0, ZNVME_ZONE_SEND_ZRWAA),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_FLUSH_ZRWA, 0), ZNVME_SC_ZONE_INVALID_OPERATION);
	cmd.nsid = 0xffffffff;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_NS);
	host_close(&host);

	host_start(&host, GEOMETRY ",ext=64");
	assert_int_equal(zone_send(&host, ZNVME_ZONE_SET_EXTENSION, 0, ZNVME_ZONE_SEND_ALL),
			 ZNVME_SC_INVALID_FIELD);
	host_close(&host);

	/* a namespace that is not zoned knows none of it */
	host_start(&host, "size=2M+2M,zoned=0+1,zone_size=128K");
	for (unsigned i = 0; i < 3; i++) {
		cmd = io_command((uint8_t[]){ZNVME_CMD_ZONE_MGMT_SEND, ZNVME_CMD_ZONE_MGMT_RECV,
					     ZNVME_CMD_ZONE_APPEND}[i],
				 0, 1, HOST_DATA);
		assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_OPCODE);
	}
	assert_int_equal(zone_write(&host, 17, 1), 0);
	host_close(&host);

	host_start(&host, GEOMETRY ",readonly=1");
	assert_int_equal(zone_do(&host, ZNVME_ZONE_OPEN, 0), ZNVME_SC_NS_WRITE_PROTECTED);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_EMPTY);
	host_close(&host);
}

/* ---- random write areas -------------------------------------------------------------------- */

static void test_zrwa(void **state)
{
	struct host host;
	uint64_t lba;

	(void)state;
	host_start(&host, ZRWA);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 0, ZNVME_ZONE_SEND_ZRWAA), 0);
	assert_int_equal(zone_desc(&host, 0)->za, ZNVME_ZONE_ZA_ZRWAV);
	/* in the area in any order, and again; the write pointer stays */
	assert_int_equal(zone_write(&host, 24, 8), 0);
	assert_int_equal(zone_write(&host, 3, 2), 0);
	assert_int_equal(zone_write(&host, 24, 8), 0);
	assert_int_equal(zone_wp(&host, 0), 0);
	assert_int_equal(zone_append(&host, 0, 1, &lba), ZNVME_SC_ZONE_INVALID_OPERATION);
	/* past it, by as many granules as it takes */
	assert_int_equal(zone_write(&host, 32, 1), 0);
	assert_int_equal(zone_wp(&host, 0), 8);
	assert_int_equal(zone_write(&host, 7, 1), ZNVME_SC_ZONE_INVALID_WRITE);
	assert_int_equal(zone_write(&host, 8, 1), 0);
	/* as far as twice its size */
	assert_int_equal(zone_write(&host, 8 + 64 - 7, 8), ZNVME_SC_ZONE_INVALID_WRITE);
	assert_int_equal(zone_write(&host, 8 + 64 - 8, 8), 0);
	assert_int_equal(zone_wp(&host, 0), 8 + 32);
	host_close(&host);
}

static void test_zrwa_flush(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, ZRWA);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 0, ZNVME_ZONE_SEND_ZRWAA), 0);
	assert_int_equal(zone_write(&host, 0, 8), 0);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_FLUSH_ZRWA, 6, 0),
			 ZNVME_SC_ZONE_INVALID_OPERATION);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_FLUSH_ZRWA, 39, 0),
			 ZNVME_SC_ZONE_INVALID_OPERATION);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_FLUSH_ZRWA, 7, 0), 0);
	assert_int_equal(zone_wp(&host, 0), 8);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_FLUSH_ZRWA, 7, 0),
			 ZNVME_SC_ZONE_INVALID_OPERATION);
	/* a closed zone keeps its area, and is opened by a flush */
	assert_int_equal(zone_do(&host, ZNVME_ZONE_CLOSE, 0), 0);
	assert_int_equal(zone_desc(&host, 0)->za, ZNVME_ZONE_ZA_ZRWAV);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_FLUSH_ZRWA, 15, 0), 0);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_IMPLICITLY_OPEN);
	/* to the end: the zone is full, and the area free */
	for (unsigned lba = 16; lba < CAP; lba += 8)
		assert_int_equal(zone_write(&host, lba, 8), 0);
	assert_int_equal(zone_wp(&host, 0), CAP - 32);
	assert_int_equal(zone_write(&host, CAP - 8, 9), ZNVME_SC_ZONE_BOUNDARY);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_FLUSH_ZRWA, CAP - 1, 0), 0);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_FULL);
	assert_int_equal(zone_desc(&host, 0)->za, 0);
	host_close(&host);
}

static void test_zrwa_resources(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, ZRWA ",ext=64");
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 0, ZNVME_ZONE_SEND_ZRWAA), 0);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_SET_EXTENSION, SIZE, ZNVME_ZONE_SEND_ZRWAA),
			 0);
	assert_int_equal(zone_desc(&host, 1)->za, ZNVME_ZONE_ZA_ZRWAV | ZNVME_ZONE_ZA_ZDEV);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 2 * SIZE, ZNVME_ZONE_SEND_ZRWAA),
			 ZNVME_SC_ZRWA_UNAVAILABLE);
	assert_int_equal(zone_state(&host, 2), ZNVME_ZONE_EMPTY);
	/* for an empty zone only, and one that is named */
	assert_int_equal(zone_do(&host, ZNVME_ZONE_OPEN, 2), 0);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 2 * SIZE, ZNVME_ZONE_SEND_ZRWAA),
			 ZNVME_SC_ZONE_INVALID_OPERATION);
	assert_int_equal(
		zone_send(&host, ZNVME_ZONE_OPEN, 0, ZNVME_ZONE_SEND_ZRWAA | ZNVME_ZONE_SEND_ALL),
		ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_CLOSE, 0, ZNVME_ZONE_SEND_ZRWAA),
			 ZNVME_SC_INVALID_FIELD);
	/* given back by a reset, and by being finished */
	assert_int_equal(zone_do(&host, ZNVME_ZONE_RESET, 0), 0);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 3 * SIZE, ZNVME_ZONE_SEND_ZRWAA), 0);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_FINISH, 1), 0);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 4 * SIZE, ZNVME_ZONE_SEND_ZRWAA), 0);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transitions),    cmocka_unit_test(test_access),
		cmocka_unit_test(test_write_pointer),  cmocka_unit_test(test_failed_write),
		cmocka_unit_test(test_reads),	       cmocka_unit_test(test_append),
		cmocka_unit_test(test_faults),	       cmocka_unit_test(test_open_limit),
		cmocka_unit_test(test_active_limit),   cmocka_unit_test(test_full_frees),
		cmocka_unit_test(test_select_all),     cmocka_unit_test(test_bad_management),
		cmocka_unit_test(test_zrwa),	       cmocka_unit_test(test_zrwa_flush),
		cmocka_unit_test(test_zrwa_resources),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
