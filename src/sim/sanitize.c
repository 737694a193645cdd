/* SPDX-License-Identifier: MIT */
/*
 * Sanitize (Base 2.1, sections 5.1.22 and 8.1.24): of all namespaces, attached or not. The states
 * are those of the specification's state machine. The user data go when the operation ends; options
 * say how long that takes, and whether it fails. Media verification shows what is left of them, and
 * ends with Exit Media Verification State; deallocation behind it takes no time.
 */
#include "sim/internal.h"

uint32_t sim_sanicap(const struct znvme_sim *sim)
{
	if (sim->options.without & SIM_WITHOUT_SANITIZE)
		return 0;
	return ZNVME_CTRL_SANICAP_CRYPTO | ZNVME_CTRL_SANICAP_BLOCK | ZNVME_CTRL_SANICAP_OVERWRITE |
	       ZNVME_CTRL_SANICAP_VERIFY | (uint32_t)znvme_field_put(ZNVME_CTRL_SANICAP_NODMMAS, 1);
}

static bool sim_sanitize_runs(const struct sim_sanitize *sanitize)
{
	return sanitize->state == ZNVME_SANITIZE_RESTRICTED ||
	       sanitize->state == ZNVME_SANITIZE_UNRESTRICTED;
}

static unsigned sim_sanitize_passes(uint32_t cdw10)
{
	unsigned passes = (unsigned)znvme_field_get(ZNVME_SANITIZE_OWPASS, cdw10);

	return passes ? passes : 16;
}

/* ---- the operation ------------------------------------------------------------------------- */

/* What is left of a namespace: the pattern of the last pass, or zeroes. */
static void sim_sanitize_ns(struct znvme_sim *sim, struct sim_ns *ns)
{
	const struct sim_sanitize *sanitize = &sim->mgmt.sanitize;
	uint32_t cdw10 = sanitize->cdw10;
	bool overwrite = znvme_field_get(ZNVME_SANITIZE_SANACT, cdw10) == ZNVME_SANITIZE_OVERWRITE;
	bool inverted = cdw10 & ZNVME_SANITIZE_OIPBP && sim_sanitize_passes(cdw10) % 2 == 0;

	if (overwrite && cdw10 & ZNVME_SANITIZE_NDAS)
		sim_space_fill(sim, ns, inverted ? ~sanitize->pattern : sanitize->pattern);
	else
		sim_space_erase(sim, ns);
}

static uint16_t sim_sanitize_sstat(const struct sim_sanitize *sanitize)
{
	return (uint16_t)(znvme_field_put(ZNVME_SANITIZE_SSTAT_SOS, sanitize->outcome) |
			  znvme_field_put(ZNVME_SANITIZE_SSTAT_OPC, sanitize->passes) |
			  (sanitize->erased ? ZNVME_SANITIZE_SSTAT_GDE : 0));
}

/* A Sanitize Completion event: progress and status, as in the log. */
static void sim_sanitize_event(struct znvme_sim *sim)
{
	const uint16_t data[4] = {0xffff, sim_sanitize_sstat(&sim->mgmt.sanitize)};

	sim_pel_add(sim, ZNVME_PEL_SANITIZE_DONE, 1, data, sizeof(data));
	sim_event_raise(sim, ZNVME_AER_TYPE_IO, ZNVME_AER_IO_SANITIZE, ZNVME_LOG_SANITIZE);
}

/* All has gone well, and it is over. */
static void sim_sanitize_complete(struct znvme_sim *sim)
{
	sim->mgmt.sanitize.outcome = ZNVME_SANITIZE_DONE;
	sim->mgmt.sanitize.state = ZNVME_SANITIZE_IDLE;
	sim->mgmt.sanitize.erased = true;
	sim_sanitize_event(sim);
}

static void sim_sanitize_all(struct znvme_sim *sim,
			     void (*of)(struct znvme_sim *sim, struct sim_ns *ns))
{
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].allocated)
			of(sim, &sim->ns[i]);
}

static void sim_sanitize_end(struct znvme_sim *sim)
{
	struct sim_sanitize *sanitize = &sim->mgmt.sanitize;
	bool overwrite =
		znvme_field_get(ZNVME_SANITIZE_SANACT, sanitize->cdw10) == ZNVME_SANITIZE_OVERWRITE;

	sanitize->span.due = 0;
	if (sim->options.sanitize_fail) {
		sim->options.sanitize_fail--;
		sanitize->outcome = ZNVME_SANITIZE_FAILED;
		sanitize->state++; /* the failure state of the same mode */
		sim_telemetry_capture(sim, "sanitize failed");
		sim_sanitize_event(sim);
		sim_state_save(sim);
		return;
	}
	sim_sanitize_all(sim, sim_sanitize_ns);
	sanitize->passes = overwrite ? (uint8_t)sim_sanitize_passes(sanitize->cdw10) : 0;
	if (sanitize->cdw10 & ZNVME_SANITIZE_EMVS) {
		sanitize->state = ZNVME_SANITIZE_VERIFICATION;
		sim_event_raise(sim, ZNVME_AER_TYPE_IO, ZNVME_AER_IO_SANITIZE_VERIFY,
				ZNVME_LOG_SANITIZE);
	} else {
		sim_sanitize_complete(sim);
	}
	sim_state_save(sim);
}

void sim_sanitize_expire(struct znvme_sim *sim, uint64_t now)
{
	if (sim_period_over(&sim->mgmt.sanitize.span, now))
		sim_sanitize_end(sim);
}

static void sim_sanitize_start(struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	struct sim_sanitize *sanitize = &sim->mgmt.sanitize;
	const uint32_t data[3] = {sim_sanicap(sim), cmd->sqe.cdw10, cmd->sqe.cdw11};

	*sanitize = (struct sim_sanitize){
		.state = cmd->sqe.cdw10 & ZNVME_SANITIZE_AUSE ? ZNVME_SANITIZE_UNRESTRICTED
							      : ZNVME_SANITIZE_RESTRICTED,
		.cdw10 = cmd->sqe.cdw10,
		.pattern = cmd->sqe.cdw11,
		.outcome = ZNVME_SANITIZE_RUNNING,
	};
	sim_pel_add(sim, ZNVME_PEL_SANITIZE_START, 1, data, sizeof(data));
	sim_self_test_abort(sim, ZNVME_SELF_TEST_SANITIZE, 0);
	sim_period_start(&sanitize->span, sim->options.sanitize_time);
	if (!sanitize->span.due)
		sim_sanitize_end(sim);
	sim_background_changed(sim);
	sim_state_save(sim);
}

/* ---- the command --------------------------------------------------------------------------- */

static uint16_t sim_sanitize_exit(struct znvme_sim *sim)
{
	struct sim_sanitize *sanitize = &sim->mgmt.sanitize;

	if (sanitize->state == ZNVME_SANITIZE_RESTRICTED_FAILURE)
		return SIM_DNR(ZNVME_SC_SANITIZE_FAILED);
	sanitize->state = ZNVME_SANITIZE_IDLE;
	sim_state_save(sim);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_sanitize_exit_verification(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	if (sim->mgmt.sanitize.state != ZNVME_SANITIZE_VERIFICATION)
		return SIM_INVALID_FIELD(cmd, cdw10);
	sim_sanitize_all(sim, sim_space_erase);
	sim_sanitize_complete(sim);
	sim_state_save(sim);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_sanitize(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_sanitize *sanitize = &sim->mgmt.sanitize;
	uint64_t action = znvme_field_get(ZNVME_SANITIZE_SANACT, cmd->sqe.cdw10);
	uint16_t pending = sim_firmware_pending(sim);

	if (action == ZNVME_SANITIZE_EXIT_VERIFY)
		return sim_sanitize_exit_verification(sim, cmd);
	if (sim_sanitize_runs(sanitize) || sanitize->state == ZNVME_SANITIZE_VERIFICATION)
		return ZNVME_SC_SANITIZE_IN_PROGRESS;
	if (action == ZNVME_SANITIZE_EXIT_FAILURE)
		return sim_sanitize_exit(sim);
	if (action < ZNVME_SANITIZE_BLOCK_ERASE || action > ZNVME_SANITIZE_CRYPTO_ERASE)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (sanitize->state == ZNVME_SANITIZE_RESTRICTED_FAILURE &&
	    cmd->sqe.cdw10 & ZNVME_SANITIZE_AUSE)
		return SIM_DNR(ZNVME_SC_SANITIZE_FAILED);
	if (pending)
		return SIM_DNR(pending);
	if (sim_pmr_on(sim))
		return SIM_DNR(ZNVME_SC_SANITIZE_PMR);
	if (sim_write_protected(sim, NULL))
		return SIM_DNR(ZNVME_SC_NS_WRITE_PROTECTED);
	sim_sanitize_start(sim, cmd);
	return ZNVME_SC_SUCCESS;
}

/* ---- what goes on meanwhile ---------------------------------------------------------------- */

/* Logs that can be read while an operation runs, and after one has failed. */
static bool sim_sanitize_allows_log(uint8_t lid)
{
	static const uint8_t lids[] = {
		ZNVME_LOG_SUPPORTED,   ZNVME_LOG_ERROR,	      ZNVME_LOG_SMART,
		ZNVME_LOG_CHANGED_NS,  ZNVME_LOG_CMD_EFFECTS, ZNVME_LOG_FEATURE_EFFECTS,
		ZNVME_LOG_RESERVATION, ZNVME_LOG_SANITIZE,
	};

	return memchr(lids, lid, sizeof(lids));
}

static bool sim_sanitize_allows(const struct sim_cmd *cmd)
{
	static const uint8_t opcodes[] = {
		ZNVME_ADM_DELETE_SQ,	ZNVME_ADM_CREATE_SQ,	ZNVME_ADM_DELETE_CQ,
		ZNVME_ADM_CREATE_CQ,	ZNVME_ADM_IDENTIFY,	ZNVME_ADM_ABORT,
		ZNVME_ADM_SET_FEATURES, ZNVME_ADM_GET_FEATURES, ZNVME_ADM_ASYNC_EVENT,
		ZNVME_ADM_KEEP_ALIVE,	ZNVME_ADM_NVME_MI_SEND, ZNVME_ADM_NVME_MI_RECV,
		ZNVME_ADM_DBBUF,	ZNVME_ADM_SANITIZE,
	};

	if (cmd->qid)
		return false;
	if (cmd->sqe.opcode == ZNVME_ADM_GET_LOG_PAGE)
		return sim_sanitize_allows_log((uint8_t)(cmd->sqe.cdw10 & ZNVME_GET_LOG_LID));
	return memchr(opcodes, cmd->sqe.opcode, sizeof(opcodes));
}

uint16_t sim_sanitize_gate(struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	const struct sim_sanitize *sanitize = &sim->mgmt.sanitize;

	if (sanitize->state == ZNVME_SANITIZE_IDLE || sim_sanitize_allows(cmd))
		return ZNVME_SC_SUCCESS;
	if (sanitize->state == ZNVME_SANITIZE_VERIFICATION && cmd->qid &&
	    cmd->sqe.opcode == ZNVME_CMD_READ)
		return ZNVME_SC_SUCCESS;
	return sim_sanitize_runs(sanitize) || sanitize->state == ZNVME_SANITIZE_VERIFICATION
		       ? (uint16_t)ZNVME_SC_SANITIZE_IN_PROGRESS
		       : SIM_DNR(ZNVME_SC_SANITIZE_FAILED);
}

void sim_sanitize_written(struct znvme_sim *sim, uint8_t opcode)
{
	static const uint8_t writing[] = {ZNVME_CMD_WRITE, ZNVME_CMD_WRITE_UNCORRECTABLE,
					  ZNVME_CMD_WRITE_ZEROES, ZNVME_CMD_COPY,
					  ZNVME_CMD_ZONE_APPEND};

	if (sim->mgmt.sanitize.erased && memchr(writing, opcode, sizeof(writing)))
		sim->mgmt.sanitize.erased = false;
}

/* ---- the log ------------------------------------------------------------------------------- */

void sim_log_sanitize(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	struct sim_sanitize *sanitize = &sim->mgmt.sanitize;
	uint32_t seconds = (uint32_t)((sim->options.sanitize_time + 999) / 1000);
	struct znvme_sanitize_log *log = data;
	uint64_t done = sim_period_part(&sanitize->span, 65536);

	(void)cmd;
	log->sprog = 0xffff;
	if (sim_sanitize_runs(sanitize)) {
		log->sprog = done > 65535 ? 65535 : (uint16_t)done;
		if (znvme_field_get(ZNVME_SANITIZE_SANACT, sanitize->cdw10) ==
		    ZNVME_SANITIZE_OVERWRITE)
			sanitize->passes =
				(uint8_t)(sim_sanitize_passes(sanitize->cdw10) * done / 65537);
	}
	log->sstat = sim_sanitize_sstat(sanitize);
	log->scdw10 = sanitize->cdw10;
	log->eto = log->etbe = log->etce = seconds;
	log->etond = log->etbend = log->etcend = seconds;
	log->ssi = (uint8_t)znvme_field_put(ZNVME_SANITIZE_SSI_SANS, sanitize->state);
	if (sanitize->state == ZNVME_SANITIZE_RESTRICTED_FAILURE ||
	    sanitize->state == ZNVME_SANITIZE_UNRESTRICTED_FAILURE) /* from the one ahead */
		log->ssi |=
			(uint8_t)znvme_field_put(ZNVME_SANITIZE_SSI_FAILS, sanitize->state - 1u);
}
