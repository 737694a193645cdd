/* SPDX-License-Identifier: MIT */
/*
 * Device Self-test (Base 2.1, sections 5.1.5 and 8.1.7): short and extended ones, which take the
 * time that an option says and fail where another one does. Nothing is tested.
 */
#include "sim/internal.h"

#define SIM_EXTENDED_FACTOR 4u

static uint64_t sim_self_test_hours(const struct znvme_sim *sim)
{
	return (sim_now() - sim->health.power_on) / 3600000000000u;
}

static void sim_self_test_end(struct znvme_sim *sim, enum znvme_self_test_outcome outcome)
{
	struct sim_self_test *test = &sim->mgmt.self_test;
	struct znvme_self_test_result result = {
		.dsts = (uint8_t)(znvme_field_put(ZNVME_SELF_TEST_DSTS_CODE, test->code) |
				  znvme_field_put(ZNVME_SELF_TEST_DSTS_RESULT, outcome)),
		.poh = sim_self_test_hours(sim),
	};

	if (outcome == ZNVME_SELF_TEST_FAILED_SEG)
		result.seg = (uint8_t)sim->options.selftest_fail;
	if (test->nsid) {
		result.vdi = ZNVME_SELF_TEST_VDI_NSID;
		result.nsid = test->nsid;
	}
	memmove(&test->result[1], &test->result[0], sizeof(test->result) - sizeof(result));
	test->result[0] = result;
	test->code = ZNVME_SELF_TEST_NONE;
	test->span.due = 0;
	sim_background_changed(sim);
	sim_state_save(sim);
}

static void sim_self_test_finish(struct znvme_sim *sim)
{
	if (sim->options.selftest_fail)
		sim_telemetry_capture(sim, "self-test failed");
	sim_self_test_end(sim, sim->options.selftest_fail ? ZNVME_SELF_TEST_FAILED_SEG
							  : ZNVME_SELF_TEST_OK);
}

void sim_self_test_expire(struct znvme_sim *sim, uint64_t now)
{
	if (sim_period_over(&sim->mgmt.self_test.span, now))
		sim_self_test_finish(sim);
}

void sim_self_test_abort(struct znvme_sim *sim, enum znvme_self_test_outcome outcome, uint32_t nsid)
{
	const struct sim_self_test *test = &sim->mgmt.self_test;

	if (test->code && (!nsid || test->nsid == nsid || test->nsid == ZNVME_NSID_ALL))
		sim_self_test_end(sim, outcome);
}

/* A reset ends a short one; an extended one goes on. */
void sim_self_test_reset(struct znvme_sim *sim)
{
	if (sim->mgmt.self_test.code == ZNVME_SELF_TEST_SHORT)
		sim_self_test_end(sim, ZNVME_SELF_TEST_RESET);
}

static uint16_t sim_self_test_start(struct znvme_sim *sim, struct sim_cmd *cmd, uint8_t code)
{
	struct sim_self_test *test = &sim->mgmt.self_test;
	uint64_t ms = sim->options.selftest_time;

	if (cmd->sqe.nsid && cmd->sqe.nsid != ZNVME_NSID_ALL && !sim_ns(sim, cmd->sqe.nsid)) {
		cmd->error_loc = offsetof(struct znvme_sqe, nsid);
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	}
	if (test->code)
		return SIM_DNR(ZNVME_SC_SELF_TEST_IN_PROGRESS);
	test->code = code;
	test->nsid = cmd->sqe.nsid;
	sim_period_start(&test->span,
			 code == ZNVME_SELF_TEST_EXTENDED ? ms * SIM_EXTENDED_FACTOR : ms);
	if (!test->span.due)
		sim_self_test_finish(sim);
	sim_background_changed(sim);
	sim_state_save(sim);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_self_test(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint8_t code = (uint8_t)znvme_field_get(ZNVME_SELF_TEST_STC, cmd->sqe.cdw10);

	switch (code) {
	case ZNVME_SELF_TEST_SHORT:
	case ZNVME_SELF_TEST_EXTENDED:
	case ZNVME_SELF_TEST_VENDOR:
		return sim_self_test_start(sim, cmd, code);
	case ZNVME_SELF_TEST_ABORT:
		sim_self_test_abort(sim, ZNVME_SELF_TEST_ABORTED, 0);
		return ZNVME_SC_SUCCESS;
	default:
		return SIM_INVALID_FIELD(cmd, cdw10);
	}
}

void sim_log_self_test(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	const struct sim_self_test *test = &sim->mgmt.self_test;
	struct znvme_self_test_log *log = data;

	(void)cmd;
	log->current_operation = test->code;
	if (test->code)
		log->completion = (uint8_t)sim_period_part(&test->span, 99);
	for (unsigned i = 0; i < SIM_SELF_TESTS; i++) {
		log->result[i] = test->result[i];
		if (!test->result[i].dsts)
			log->result[i].dsts = ZNVME_SELF_TEST_UNUSED;
	}
}
