// SPDX-License-Identifier: MIT
/*
 * Where the simulator has data placed, by hand: streams (Base 2.1, section 8.1.8.3), Flexible Data
 * Placement (8.1.10), and which blocks are allocated at all (NVM 1.1, section 4.2.1).
 */
#include "sim_host.h"

static uint16_t directive(struct host *host, uint8_t opcode, unsigned type, unsigned oper,
			  unsigned spec, uint32_t cdw12, uint32_t *result)
{
	struct znvme_sqe cmd =
		admin_command(opcode, 1, PAGE / 4 - 1, oper | type << 8 | spec << 16, HOST_DATA);

	cmd.cdw12 = cdw12;
	return host_exec_result(host, 0, &cmd, result);
}

#define SEND(type, oper, spec, cdw12)                                                              \
	directive(&host, ZNVME_ADM_DIRECTIVE_SEND, type, oper, spec, cdw12, NULL)
#define RECEIVE(type, oper, cdw12, result)                                                         \
	directive(&host, ZNVME_ADM_DIRECTIVE_RECV, type, oper, 0, cdw12, result)

static uint16_t write_as(struct host *host, unsigned type, uint16_t spec, uint64_t slba,
			 uint32_t nlb)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_WRITE, slba, nlb, HOST_DATA);

	cmd.cdw12 |= type << 20;
	cmd.cdw13 = (uint32_t)spec << 16;
	return host_exec(host, 1, &cmd);
}

static void streams(void **state)
{
	const struct znvme_streams_params *params;
	const uint16_t *status;
	struct host host;
	uint32_t granted;

	(void)state;
	host_start(&host, "size=1M+1M,streams=5");
	params = (const void *)page_addr(&host, HOST_DATA);
	status = (const void *)page_addr(&host, HOST_DATA);
	assert_int_equal(write_as(&host, 1, 7, 0, 1), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(RECEIVE(1, 2, 0, NULL), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(SEND(0, 1, 0, 1 | 3 << 8), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(SEND(0, 1, 0, 1 | 1 << 8), 0);
	assert_int_equal(RECEIVE(0, 1, 0, NULL), 0);
	assert_int_equal(page_addr(&host, HOST_DATA)[32], 3);
	for (uint16_t id = 9; id > 3; id--)
		assert_int_equal(write_as(&host, 1, id, id, 1), 0);
	/* Five of the six, ascending: the first one was closed. */
	assert_int_equal(RECEIVE(1, 2, 0, NULL), 0);
	assert_memory_equal(status, "\5\0\4\0\5\0\6\0\7\0\10\0\0\0", 14);
	assert_int_equal(SEND(1, 1, 6, 0), 0);
	assert_int_equal(RECEIVE(1, 2, 0, NULL), 0);
	assert_memory_equal(status, "\4\0\4\0\5\0\7\0\10\0", 10);
	assert_int_equal(RECEIVE(1, 1, 0, NULL), 0);
	assert_int_equal(params->msl, 5);
	assert_int_equal(params->nssa, 5);
	assert_int_equal(params->nsso, 4);
	assert_int_equal(params->nso, 4);
	/* Of its own: as many as there are. */
	assert_int_equal(RECEIVE(1, 3, 9, &granted), 0);
	assert_int_equal(granted, 5);
	assert_int_equal(RECEIVE(1, 3, 1, NULL), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(SEND(1, 2, 0, 0), 0);
	assert_int_equal(RECEIVE(1, 3, 2, &granted), 0);
	assert_int_equal(granted, 2);
	assert_int_equal(RECEIVE(1, 1, 0, NULL), 0);
	assert_int_equal(params->nsa, 2);
	assert_int_equal(params->nssa, 3);
	assert_int_equal(RECEIVE(1, 9, 0, NULL), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(SEND(1, 9, 0, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(SEND(3, 1, 0, 0), ZNVME_SC_INVALID_FIELD);
	/* Off again, by the command or a reset. */
	assert_int_equal(SEND(0, 1, 0, 1 << 8), 0);
	assert_int_equal(write_as(&host, 1, 7, 0, 1), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
	host_start(&host, "size=1M,without=directives");
	assert_int_equal(RECEIVE(0, 1, 0, NULL), ZNVME_SC_INVALID_OPCODE);
	host_close(&host);
}

static uint16_t fdp_log(struct host *host, uint8_t lid, unsigned lsp, uint16_t group)
{
	memset(page_addr(host, HOST_DATA), 0, PAGE);
	return host_admin(host, ZNVME_ADM_GET_LOG_PAGE, 0, (PAGE / 4 - 1) << 16 | lsp << 8 | lid,
			  (uint32_t)group << 16, NULL);
}

static uint64_t left_of(struct host *host, unsigned handle)
{
	const struct znvme_fdp_ruh_status *head = (const void *)page_addr(host, HOST_DATA);
	const struct znvme_fdp_ruh_status_desc *desc = (const void *)(head + 1);
	struct znvme_sqe cmd = {.opcode = ZNVME_CMD_IO_MGMT_RECV, .nsid = 1, .cdw10 = 1};

	cmd.cdw11 = PAGE / 4 - 1;
	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	assert_int_equal(host_exec(host, 1, &cmd), 0);
	assert_int_equal(head->nruhsd, 4);
	assert_int_equal(desc[handle].pid, handle);
	return desc[handle].ruamw;
}

static uint16_t update(struct host *host, unsigned nr, uint16_t first, uint16_t second)
{
	struct znvme_sqe cmd = {.opcode = ZNVME_CMD_IO_MGMT_SEND, .nsid = 1};
	uint16_t *pid = (void *)page_addr(host, HOST_DATA);

	pid[0] = first;
	pid[1] = second;
	cmd.cdw10 = 1 | (nr - 1) << 16;
	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	return host_exec(host, 1, &cmd);
}

static uint16_t want(struct host *host, unsigned handle, const char *types, bool on)
{
	struct znvme_sqe cmd = admin_command(ZNVME_ADM_SET_FEATURES, 1, ZNVME_FEAT_FDP_EVENTS,
					     handle | (uint32_t)strlen(types) << 16, HOST_DATA);

	for (unsigned i = 0; types[i]; i++)
		page_addr(host, HOST_DATA)[i] = (char)(types[i] - 'a');
	cmd.cdw12 = on;
	return host_exec(host, 0, &cmd);
}

static void placement(void **state)
{
	const struct znvme_fdp_events_log *events;
	const struct znvme_fdp_config_desc *config;
	struct znvme_sqe cmd;
	struct host host;
	uint32_t value;

	(void)state;
	host_start(&host, "size=1M,fdp=4,fdp_ru=64K");
	events = (const void *)page_addr(&host, HOST_DATA);
	config = (const void *)(page_addr(&host, HOST_DATA) + 16);
	assert_int_equal(fdp_log(&host, ZNVME_LOG_FDP_CONFIGS, 0, 1), 0);
	assert_int_equal(config->nruh, 4);
	assert_int_equal(config->runs, 65536);
	assert_int_equal(config->maxpids, 3);
	assert_int_equal(config->size, 80);
	assert_int_equal(fdp_log(&host, ZNVME_LOG_FDP_RUH_USAGE, 0, 1), 0);
	assert_int_equal(page_addr(&host, HOST_DATA)[8], ZNVME_FDP_RUHA_HOST);
	assert_int_equal(fdp_log(&host, ZNVME_LOG_FDP_CONFIGS, 0, 2), ZNVME_SC_INVALID_FIELD);
	/* A write goes to its handle; without one, to the first. */
	assert_int_equal(write_as(&host, 2, 2, 0, 8), 0);
	assert_int_equal(write_as(&host, 0, 0, 8, 4), 0);
	assert_int_equal(left_of(&host, 2), 120);
	assert_int_equal(left_of(&host, 0), 124);
	assert_int_equal(left_of(&host, 1), 128);
	for (unsigned i = 0; i < 16; i++) /* past the end of the unit */
		assert_int_equal(write_as(&host, 2, 2, 0, 8), 0);
	assert_int_equal(left_of(&host, 2), 120);
	assert_int_equal(fdp_log(&host, ZNVME_LOG_FDP_STATS, 0, 1), 0);
	assert_int_equal(*(const uint64_t *)(const void *)events, (17 * 8 + 4) * 512);
	assert_int_equal(((const uint64_t *)(const void *)events)[4], 65536);
	/* Events: only those that are wanted. */
	assert_int_equal(update(&host, 1, 2, 0), 0);
	assert_int_equal(fdp_log(&host, ZNVME_LOG_FDP_EVENTS, 1, 1), 0);
	assert_int_equal(events->n, 0);
	assert_int_equal(want(&host, 2, "a", true), 0);
	assert_int_equal(want(&host, 0, "d", true), 0);
	assert_int_equal(want(&host, 0, "z", true), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(want(&host, 4, "a", true), ZNVME_SC_INVALID_FIELD);
	memcpy(page_addr(&host, HOST_DATA), "\0\0\0\0\0\1\0", 8);
	cmd = admin_command(ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_TIMESTAMP, 0, HOST_DATA);
	assert_int_equal(host_exec(&host, 0, &cmd), 0);
	assert_int_equal(update(&host, 2, 2, 1), 0); /* both are unwritten */
	assert_int_equal(write_as(&host, 2, 2, 0, 8), 0);
	assert_int_equal(update(&host, 2, 2, 4), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(left_of(&host, 2), 120);
	assert_int_equal(update(&host, 5, 0, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(update(&host, 2, 2, 1), 0);
	assert_int_equal(left_of(&host, 2), 128);
	assert_int_equal(write_as(&host, 2, 9, 0, 8), 0); /* no such handle */
	assert_int_equal(fdp_log(&host, ZNVME_LOG_FDP_EVENTS, 1, 1), 0);
	assert_int_equal(events->n, 2);
	assert_int_equal(events->event[0].type, ZNVME_FDP_EVENT_INVALID_PID);
	assert_int_equal(events->event[0].pid, 9);
	assert_int_equal(events->event[0].timestamp.timestamp[5], 1);
	assert_int_equal(events->event[1].type, ZNVME_FDP_EVENT_RU_NOT_FULL);
	assert_int_equal(events->event[1].ruhid, 2);
	assert_int_equal(fdp_log(&host, ZNVME_LOG_FDP_EVENTS, 0, 1), 0);
	assert_int_equal(events->n, 0);
	cmd = admin_command(ZNVME_ADM_GET_FEATURES, 1, ZNVME_FEAT_FDP_EVENTS, 2 | 6 << 16,
			    HOST_DATA);
	assert_int_equal(host_exec_result(&host, 0, &cmd, &value), 0);
	assert_int_equal(value, 6);
	assert_memory_equal(page_addr(&host, HOST_DATA), "\0\1\1\0\2\0\3\0\200\0\201\0", 12);
	/* It stays on while there are namespaces. */
	assert_int_equal(host_admin(&host, ZNVME_ADM_GET_FEATURES, 0, ZNVME_FEAT_FDP, 1, &value),
			 0);
	assert_int_equal(value, 1);
	assert_int_equal(host_admin(&host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_FDP, 1, NULL),
			 ZNVME_SC_SEQUENCE);
	host_close(&host);
	host_start(&host, "ns=0,fdp=4");
	assert_int_equal(host_admin(&host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_FDP, 1, NULL), 0);
	assert_int_equal(fdp_log(&host, ZNVME_LOG_FDP_STATS, 0, 1), ZNVME_SC_FDP_DISABLED);
	host_close(&host);
	host_start(&host, "size=1M");
	assert_int_equal(fdp_log(&host, ZNVME_LOG_FDP_STATS, 0, 1), ZNVME_SC_INVALID_LOG_PAGE);
	assert_int_equal(update(&host, 1, 0, 0), ZNVME_SC_INVALID_OPCODE);
	assert_int_equal(write_as(&host, 2, 0, 0, 1), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

static uint16_t lba_status(struct host *host, unsigned action, uint64_t slba, uint16_t nlb,
			   uint32_t dwords)
{
	struct znvme_sqe cmd = admin_command(ZNVME_ADM_GET_LBA_STATUS, 1, (uint32_t)slba,
					     (uint32_t)(slba >> 32), HOST_DATA);

	cmd.cdw12 = dwords - 1;
	cmd.cdw13 = action << 24 | nlb;
	memset(page_addr(host, HOST_DATA), 0xa5, PAGE);
	return host_exec(host, 0, &cmd);
}

static void runs_are(struct host *host, unsigned cmpc, unsigned nr, const uint64_t *runs)
{
	const struct znvme_lba_status_list *list = (const void *)page_addr(host, HOST_DATA);
	const struct znvme_lba_status_desc *desc = (const void *)(list + 1);

	assert_int_equal(list->cmpc, cmpc);
	assert_int_equal(list->nlsd, nr);
	for (unsigned i = 0; i < nr; i++) {
		assert_int_equal(desc[i].dslba, runs[2 * i]);
		assert_int_equal(desc[i].nlb, runs[2 * i + 1]);
	}
}

static void allocation(void **state)
{
	struct znvme_dsm_range *range;
	struct znvme_sqe cmd;
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	range = (void *)page_addr(&host, HOST_DATA);
	assert_int_equal(lba_status(&host, 2, 0, 0, 1024), 0);
	runs_are(&host, 2, 0, NULL);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 62, 4, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_ZEROES, 128, 192, 0), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_UNCORRECTABLE, 2047, 1, 0), 0);
	assert_int_equal(lba_status(&host, 2, 0, 0, 1024), 0);
	runs_are(&host, 2, 3, (uint64_t[]){62, 4, 128, 192, 2047, 1});
	assert_int_equal(lba_status(&host, 2, 64, 65, 1024), 0);
	runs_are(&host, 2, 2, (uint64_t[]){64, 2, 128, 1});
	assert_int_equal(lba_status(&host, 2, 0, 0, 6), 0); /* room for one */
	runs_are(&host, 1, 1, (uint64_t[]){62, 4});
	assert_int_equal(lba_status(&host, 0x10, 0, 0, 1024), 0);
	runs_are(&host, 2, 1, (uint64_t[]){2047, 1});
	assert_int_equal(lba_status(&host, 0x11, 0, 100, 1024), 0);
	runs_are(&host, 2, 0, NULL);
	/* Deallocated, in either way. */
	cmd = io_command(ZNVME_CMD_WRITE_ZEROES, 130, 10, 0);
	cmd.cdw12 |= ZNVME_RW_DEAC;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	range[0] = (struct znvme_dsm_range){.nlb = 1, .slba = 2047};
	cmd = io_command(ZNVME_CMD_DSM, 0, 1, HOST_DATA);
	cmd.cdw11 = ZNVME_DSM_AD;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_int_equal(lba_status(&host, 2, 66, 0, 1024), 0);
	runs_are(&host, 2, 2, (uint64_t[]){128, 2, 140, 180});
	assert_int_equal(lba_status(&host, 0x10, 0, 0, 1024), 0);
	runs_are(&host, 2, 0, NULL);
	assert_int_equal(lba_status(&host, 3, 0, 0, 1024), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(lba_status(&host, 2, 2048, 0, 1024), ZNVME_SC_LBA_RANGE);
	assert_int_equal(lba_status(&host, 2, 2000, 100, 1024), ZNVME_SC_LBA_RANGE);
	assert_int_equal(lba_status(&host, 2, 0, 0, 1), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
	host_start(&host, "size=1M,without=lba-status");
	assert_int_equal(lba_status(&host, 2, 0, 0, 2), ZNVME_SC_INVALID_OPCODE);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams),
		cmocka_unit_test(placement),
		cmocka_unit_test(allocation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
