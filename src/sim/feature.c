/* SPDX-License-Identifier: MIT */
/*
 * Get and Set Features (Base 2.1, sections 5.1.11 and 5.1.25; NVM 1.1, section 4.1.4): a table of
 * the features. Most are one dword, kept as current, saved and initial value; a row says which bits
 * are kept and what else must be true of them. The rest have data, and functions of their own.
 * Saved values last as long as the simulator, or its state file (state.c).
 */
#include "sim/internal.h"

#include <time.h>

struct sim_feature {
	/* ZNVME_EFFECTS_SCOPE_*, where it is no namespace's; 0: the controller. */
	uint16_t scope;
	uint8_t fid;
	uint8_t caps;	  /* ZNVME_FEAT_CAP_* */
	uint32_t mask;	  /* bits of CDW11 that are the value */
	bool cdw12;	  /* … or of CDW12 */
	uint32_t without; /* of enum sim_without */
	uint32_t with;	  /* of enum sim_with */
	/* Where the value is, by CDW11 and NSID; NULL with cmd->error_loc set. NULL: value[fid]. */
	struct sim_value *(*place)(struct znvme_sim *sim, struct sim_cmd *cmd);
	/* Judge and amend a value before it is set; may be NULL. */
	uint16_t (*check)(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value);
	/* What setting it sets off; may be NULL. */
	uint16_t (*after)(struct znvme_sim *sim);
	/* For features with data, in place of the above. */
	uint16_t (*set)(struct znvme_sim *sim, struct sim_cmd *cmd);
	uint16_t (*get)(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
};

/* ---- features of one dword ----------------------------------------------------------------- */

static uint16_t sim_check_power(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	(void)sim;
	if ((*value & ZNVME_FEAT_POWER_PS) >= SIM_POWER_STATES)
		return SIM_INVALID_FIELD(cmd, cdw11);
	return ZNVME_SC_SUCCESS;
}

/* Only the composite temperature has thresholds; there are no sensors. */
static struct sim_value *sim_place_threshold(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t tmpsel = znvme_field_get(ZNVME_FEAT_TEMP_TMPSEL, cmd->sqe.cdw11);
	uint64_t thsel = znvme_field_get(ZNVME_FEAT_TEMP_THSEL, cmd->sqe.cdw11);
	bool all = tmpsel == 15 && cmd->sqe.opcode == ZNVME_ADM_SET_FEATURES;

	return thsel < SIM_COUNT(sim->threshold) && (!tmpsel || all) ? &sim->threshold[thsel]
								     : NULL;
}

static uint16_t sim_after_threshold(struct znvme_sim *sim)
{
	sim_temperature_look(sim);
	return ZNVME_SC_SUCCESS;
}

static struct sim_value *sim_place_error_recovery(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);

	return ns ? &ns->error_recovery : NULL;
}

/* Deallocated blocks read as zeroes, never as an error (Identify Namespace, NSFEAT). */
static uint16_t sim_check_error_recovery(struct znvme_sim *sim, struct sim_cmd *cmd,
					 uint32_t *value)
{
	(void)sim;
	if (*value & ZNVME_FEAT_ERROR_DULBE)
		return SIM_INVALID_FIELD(cmd, cdw11);
	return ZNVME_SC_SUCCESS;
}

/* What is in a cache that is switched off reaches the medium. */
static uint16_t sim_check_vwc(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	(void)cmd;
	return *value & ZNVME_FEAT_VWC_WCE ? (uint16_t)ZNVME_SC_SUCCESS : sim_media_flush(sim);
}

static struct sim_value *sim_place_vwc(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	(void)cmd;
	return sim->options.vwc ? &sim->value[ZNVME_FEAT_VWC] : NULL;
}

/* As many as asked for, or as there are; only before the first I/O queue is made. */
static uint16_t sim_check_num_queues(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	uint64_t nsqr = znvme_field_get(ZNVME_FEAT_NRQ_NSQR, *value);
	uint64_t ncqr = znvme_field_get(ZNVME_FEAT_NRQ_NCQR, *value);
	uint64_t nr;

	for (uint32_t qid = 1; qid <= sim->options.queues; qid++)
		if (sim->cq[qid].live || sim->sq[qid].live)
			return SIM_DNR(ZNVME_SC_SEQUENCE);
	if (nsqr == 0xffff || ncqr == 0xffff)
		return SIM_INVALID_FIELD(cmd, cdw11);
	nr = (nsqr > ncqr ? nsqr : ncqr) + 1;
	if (nr > sim->options.queues)
		nr = sim->options.queues;
	sim->nr_queues = (uint32_t)nr;
	*value = (uint32_t)(znvme_field_put(ZNVME_FEAT_NRQ_NSQR, nr - 1) |
			    znvme_field_put(ZNVME_FEAT_NRQ_NCQR, nr - 1));
	cmd->dw0 = *value;
	return ZNVME_SC_SUCCESS;
}

static struct sim_value *sim_place_vector(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t vector = znvme_field_get(ZNVME_FEAT_IRQV_IV, cmd->sqe.cdw11);

	return vector < sim->dev.nr_vectors ? &sim->vector[vector] : NULL;
}

static uint16_t sim_check_iocs_profile(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	(void)sim;
	(void)cmd;
	return *value ? SIM_DNR(ZNVME_SC_IOCS_REJECTED) : (uint16_t)ZNVME_SC_SUCCESS;
}

/* TMT1 is below TMT2, both within what Identify says; 0 switches one off. */
static uint16_t sim_check_hctm(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	uint64_t tmt1 = znvme_field_get(ZNVME_FEAT_HCTM_TMT1, *value);
	uint64_t tmt2 = znvme_field_get(ZNVME_FEAT_HCTM_TMT2, *value);

	(void)sim;
	if ((tmt1 && (tmt1 < SIM_TEMPERATURE_LOWEST || tmt1 > SIM_TEMPERATURE_CRITICAL)) ||
	    (tmt2 && (tmt2 < SIM_TEMPERATURE_LOWEST || tmt2 > SIM_TEMPERATURE_CRITICAL)) ||
	    (tmt1 && tmt2 && tmt1 >= tmt2))
		return SIM_INVALID_FIELD(cmd, cdw11);
	return ZNVME_SC_SUCCESS;
}

/* The endurance group's number is no part of the value that is got. */
static struct sim_value *sim_place_endurance(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	return znvme_field_get(ZNVME_FEAT_ENDURANCE_ENDGID, cmd->sqe.cdw11) == SIM_ENDGID
		       ? &sim->value[ZNVME_FEAT_ENDURANCE_EVENT]
		       : NULL;
}

/* A state of 0 leaves a boot partition as it is. */
static uint16_t sim_check_boot(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	static const uint32_t parts[] = {ZNVME_FEAT_BP_WRITE_PROTECT_BP0,
					 ZNVME_FEAT_BP_WRITE_PROTECT_BP1};
	uint32_t before = sim->value[ZNVME_FEAT_BP_WRITE_PROTECT].current;

	if (sim_rpmb_has_boot(sim))
		return SIM_DNR(ZNVME_SC_FEATURE_NOT_CHANGEABLE);
	for (size_t i = 0; i < SIM_COUNT(parts); i++) {
		uint64_t wanted = znvme_field_get(parts[i], *value);
		uint64_t old = znvme_field_get(parts[i], before);

		if (wanted > ZNVME_BP_WRITE_PROTECT_POWER_CYCLE)
			return SIM_INVALID_FIELD(cmd, cdw11);
		if (old == ZNVME_BP_WRITE_PROTECT_POWER_CYCLE && wanted && wanted != old)
			return SIM_DNR(ZNVME_SC_FEATURE_NOT_CHANGEABLE);
		if (!wanted)
			*value |= (uint32_t)znvme_field_put(parts[i], old);
	}
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_get_boot(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	const struct sim_value *value = &sim->value[ZNVME_FEAT_BP_WRITE_PROTECT];

	cmd->dw0 = initial ? value->initial : value->current;
	if (!initial && sim_rpmb_has_boot(sim))
		cmd->dw0 = (uint32_t)(znvme_field_put(ZNVME_FEAT_BP_WRITE_PROTECT_BP0,
						      ZNVME_BP_WRITE_PROTECT_RPMB) |
				      znvme_field_put(ZNVME_FEAT_BP_WRITE_PROTECT_BP1,
						      ZNVME_BP_WRITE_PROTECT_RPMB));
	return ZNVME_SC_SUCCESS;
}

static struct sim_value *sim_place_boot(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	(void)cmd;
	return sim->options.boot ? &sim->value[ZNVME_FEAT_BP_WRITE_PROTECT] : NULL;
}

static struct sim_value *sim_place_resv_notify(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);

	return ns ? &ns->resv_notify : NULL;
}

static struct sim_value *sim_place_kv(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);

	return ns && ns->kv ? &ns->kv_config : NULL;
}

static struct sim_value *sim_place_resv_persist(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);

	return ns ? &ns->resv_persist : NULL;
}

static struct sim_value *sim_place_rrl(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	return sim_nvmset_named(sim, cmd) ? &sim->value[ZNVME_FEAT_RRL] : NULL;
}

static uint16_t sim_check_rrl(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	(void)sim;
	return SIM_RRLS >> *value & 1 ? ZNVME_SC_SUCCESS : SIM_INVALID_FIELD(cmd, cdw12);
}

static uint16_t sim_check_pls(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	(void)sim;
	return *value <= ZNVME_PLS_QUIESCENCE ? ZNVME_SC_SUCCESS : SIM_INVALID_FIELD(cmd, cdw11);
}

/* ---- features with data -------------------------------------------------------------------- */

static uint64_t sim_timestamp_now(const struct znvme_sim *sim)
{
	return sim->timestamp + (sim_now() - sim->timestamp_base) / 1000000;
}

struct znvme_timestamp sim_timestamp(const struct znvme_sim *sim)
{
	struct znvme_timestamp data = {.attr = 0};
	uint64_t now = sim_timestamp_now(sim);

	memcpy(data.timestamp, &now, sizeof(data.timestamp));
	if (sim->timestamp)
		data.attr = (uint8_t)znvme_field_put(ZNVME_TIMESTAMP_ORIGIN, 1);
	return data;
}

static uint16_t sim_get_timestamp(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	struct znvme_timestamp data = {.attr = 0};

	if (!initial)
		data = sim_timestamp(sim);
	return sim_data_send(sim, cmd, &data, sizeof(data), sizeof(data));
}

static uint16_t sim_set_timestamp(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct znvme_timestamp data;
	uint64_t value = 0;
	uint64_t previous[2]; /* and milliseconds since the reset */
	uint16_t status = sim_data_receive(sim, cmd, &data, sizeof(data));

	if (status)
		return status;
	memcpy(&value, data.timestamp, sizeof(data.timestamp));
	previous[0] = sim_timestamp_now(sim);
	previous[1] = (sim_now() - sim->health.power_on) / 1000000;
	sim_pel_add(sim, ZNVME_PEL_TIMESTAMP, 1, previous, sizeof(previous));
	sim->timestamp = value;
	sim->timestamp_base = sim_now();
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_get_host_behavior(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	struct znvme_host_behavior data = {.acre = 0};

	if (!initial)
		data = sim->host_behavior;
	return sim_data_send(sim, cmd, &data, sizeof(data), sizeof(data));
}

static uint16_t sim_set_host_behavior(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct znvme_host_behavior data;
	uint16_t status = sim_data_receive(sim, cmd, &data, sizeof(data));

	if (status)
		return status;
	if (data.acre > 1 || data.etdas > 1 || data.lbafee > 1 || data.hdisns > 1)
		return SIM_DNR(ZNVME_SC_INVALID_FIELD);
	sim->host_behavior = data;
	return ZNVME_SC_SUCCESS;
}

static size_t sim_host_id_size(const struct sim_cmd *cmd)
{
	return cmd->sqe.cdw11 & ZNVME_FEAT_HOST_ID_EXHID ? 16 : 8;
}

static uint16_t sim_get_host_id(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	static const uint8_t none[16];
	size_t size = sim_host_id_size(cmd);

	return sim_data_send(sim, cmd, initial ? none : sim->host_id, size, size);
}

static uint16_t sim_set_host_id(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint8_t data[16] = {0};
	uint16_t status = sim_data_receive(sim, cmd, data, sim_host_id_size(cmd));

	if (status)
		return status;
	memcpy(sim->host_id, data, sizeof(data));
	sim->host_id_len = (uint8_t)sim_host_id_size(cmd);
	return status;
}

/* Dword 0 is APSTE; the table is data. */
static uint16_t sim_get_apst(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	static const uint64_t none[SIM_COUNT(sim->mgmt.apst)];

	cmd->dw0 = initial ? 0 : sim->value[ZNVME_FEAT_APST].current;
	return sim_data_send(sim, cmd, initial ? none : sim->mgmt.apst, sizeof(none), sizeof(none));
}

/* A state is left, when idle for long enough, for a non-operational one behind it. */
static uint16_t sim_set_apst(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t entry[SIM_COUNT(sim->mgmt.apst)];
	uint16_t status = sim_data_receive(sim, cmd, entry, sizeof(entry));

	if (status)
		return status;
	for (unsigned i = 0; i < SIM_COUNT(entry); i++) {
		uint64_t to = znvme_field_get(ZNVME_APST_ITPS, entry[i]);

		if (!znvme_field_get(ZNVME_APST_ITPT, entry[i]))
			continue;
		if (i >= SIM_POWER_STATES || to <= i || to != SIM_POWER_STATES - 1)
			return SIM_DNR(ZNVME_SC_INVALID_FIELD);
	}
	memcpy(sim->mgmt.apst, entry, sizeof(entry));
	sim->value[ZNVME_FEAT_APST].current = cmd->sqe.cdw11 & ZNVME_FEAT_APST_APSTE;
	return ZNVME_SC_SUCCESS;
}

/* ---- the table ----------------------------------------------------------------------------- */

#define SIM_CHANGE  ZNVME_FEAT_CAP_CHANGEABLE
#define SIM_SAVE    (ZNVME_FEAT_CAP_CHANGEABLE | ZNVME_FEAT_CAP_SAVEABLE)
#define SIM_SAVE_NS (SIM_SAVE | ZNVME_FEAT_CAP_PER_NS)
#define SIM_ALL	    0xffffffffu

static const struct sim_feature sim_features[] = {
	{.fid = ZNVME_FEAT_ARBITRATION,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_ARB_AB | ZNVME_FEAT_ARB_LPW | ZNVME_FEAT_ARB_MPW | ZNVME_FEAT_ARB_HPW},
	{.fid = ZNVME_FEAT_POWER_MGMT,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_POWER_PS | ZNVME_FEAT_POWER_WH,
	 .check = sim_check_power},
	{.fid = ZNVME_FEAT_LBA_RANGE,
	 .caps = SIM_CHANGE | ZNVME_FEAT_CAP_PER_NS,
	 .set = sim_set_lba_ranges,
	 .get = sim_get_lba_ranges},
	{.fid = ZNVME_FEAT_TEMP_THRESHOLD,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_TEMP_TMPTH | ZNVME_FEAT_TEMP_TMPTHH,
	 .place = sim_place_threshold,
	 .after = sim_after_threshold},
	{.fid = ZNVME_FEAT_ERROR_RECOVERY,
	 .caps = SIM_SAVE_NS,
	 .mask = ZNVME_FEAT_ERROR_TLER | ZNVME_FEAT_ERROR_DULBE,
	 .place = sim_place_error_recovery,
	 .check = sim_check_error_recovery},
	{.fid = ZNVME_FEAT_VWC,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_VWC_WCE,
	 .place = sim_place_vwc,
	 .check = sim_check_vwc},
	{.fid = ZNVME_FEAT_NUM_QUEUES,
	 .caps = SIM_CHANGE,
	 .mask = SIM_ALL,
	 .check = sim_check_num_queues},
	{.fid = ZNVME_FEAT_IRQ_COALESCING,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_IRQC_THR | ZNVME_FEAT_IRQC_TIME},
	{.fid = ZNVME_FEAT_IRQ_VECTOR,
	 .caps = SIM_CHANGE,
	 .mask = ZNVME_FEAT_IRQV_IV | ZNVME_FEAT_IRQV_CD,
	 .place = sim_place_vector},
	{.fid = ZNVME_FEAT_WRITE_ATOMICITY, .caps = SIM_SAVE, .mask = ZNVME_FEAT_ATOMICITY_DN},
	{.fid = ZNVME_FEAT_ASYNC_EVENT,
	 .caps = SIM_SAVE,
	 .mask = SIM_ALL,
	 .check = sim_check_async_event},
	{.fid = ZNVME_FEAT_HMB, .caps = SIM_CHANGE, .set = sim_set_hmb, .get = sim_get_hmb},
	{.fid = ZNVME_FEAT_TIMESTAMP,
	 .without = SIM_WITHOUT_TIMESTAMP,
	 .caps = SIM_CHANGE,
	 .set = sim_set_timestamp,
	 .get = sim_get_timestamp},
	{.fid = ZNVME_FEAT_KEEP_ALIVE,
	 .caps = SIM_CHANGE,
	 .mask = SIM_ALL,
	 .check = sim_check_keep_alive,
	 .after = sim_keep_alive_start},
	{.fid = ZNVME_FEAT_APST, .caps = SIM_CHANGE, .set = sim_set_apst, .get = sim_get_apst},
	{.fid = ZNVME_FEAT_HCTM,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_HCTM_TMT1 | ZNVME_FEAT_HCTM_TMT2,
	 .check = sim_check_hctm},
	{.fid = ZNVME_FEAT_NOPSC, .caps = SIM_SAVE, .mask = ZNVME_FEAT_NOPSC_NOPPME},
	{.fid = ZNVME_FEAT_SANITIZE,
	 .without = SIM_WITHOUT_SANITIZE,
	 .scope = ZNVME_EFFECTS_SCOPE_NSS,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_SANITIZE_NODRM},
	{.fid = ZNVME_FEAT_ENDURANCE_EVENT,
	 .scope = ZNVME_EFFECTS_SCOPE_ENDGRP,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_ENDURANCE_ENDGID | ZNVME_FEAT_ENDURANCE_EGCW,
	 .place = sim_place_endurance},
	{.fid = ZNVME_FEAT_BP_WRITE_PROTECT,
	 .caps = SIM_CHANGE,
	 .mask = ZNVME_FEAT_BP_WRITE_PROTECT_BP0 | ZNVME_FEAT_BP_WRITE_PROTECT_BP1,
	 .place = sim_place_boot,
	 .get = sim_get_boot,
	 .check = sim_check_boot},
	{.fid = ZNVME_FEAT_RRL,
	 .scope = ZNVME_EFFECTS_SCOPE_NVMSET,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_RRL_RRL,
	 .cdw12 = true,
	 .place = sim_place_rrl,
	 .check = sim_check_rrl},
	{.fid = ZNVME_FEAT_PLM_CONFIG,
	 .scope = ZNVME_EFFECTS_SCOPE_NVMSET,
	 .caps = SIM_CHANGE,
	 .with = SIM_WITH_PLM,
	 .set = sim_set_plm,
	 .get = sim_get_plm},
	{.fid = ZNVME_FEAT_PLM_WINDOW,
	 .scope = ZNVME_EFFECTS_SCOPE_NVMSET,
	 .caps = SIM_CHANGE,
	 .with = SIM_WITH_PLM,
	 .set = sim_set_plm_window,
	 .get = sim_get_plm_window},
	/* LSIPI is the controller's to say: it minds no poll. */
	{.fid = ZNVME_FEAT_LBA_STATUS,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_LBA_STATUS_LSIRI,
	 .without = SIM_WITHOUT_LBA_STATUS},
	{.fid = ZNVME_FEAT_SPINUP,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_SPINUP_ENABLE,
	 .with = SIM_WITH_ROTATIONAL},
	{.fid = ZNVME_FEAT_POWER_LOSS_SIGNAL,
	 .caps = SIM_SAVE,
	 .mask = ZNVME_FEAT_PLS_MODE,
	 .check = sim_check_pls},
	{.fid = ZNVME_FEAT_PERFORMANCE,
	 .scope = ZNVME_EFFECTS_SCOPE_NSS,
	 .caps = SIM_SAVE,
	 .with = SIM_WITH_PERFC,
	 .set = sim_set_performance,
	 .get = sim_get_performance},
	{.fid = ZNVME_FEAT_NS_ADMIN_LABEL,
	 .caps = SIM_CHANGE | ZNVME_FEAT_CAP_PER_NS,
	 .set = sim_set_admin_label,
	 .get = sim_get_admin_label},
	{.fid = ZNVME_FEAT_ENH_CTRL_METADATA,
	 .caps = SIM_CHANGE,
	 .set = sim_set_host_metadata,
	 .get = sim_get_host_metadata},
	{.fid = ZNVME_FEAT_CTRL_METADATA,
	 .caps = SIM_CHANGE,
	 .set = sim_set_host_metadata,
	 .get = sim_get_host_metadata},
	{.fid = ZNVME_FEAT_NS_METADATA,
	 .caps = SIM_CHANGE | ZNVME_FEAT_CAP_PER_NS,
	 .set = sim_set_host_metadata,
	 .get = sim_get_host_metadata},
	{.fid = ZNVME_FEAT_HOST_BEHAVIOR,
	 .caps = SIM_CHANGE,
	 .set = sim_set_host_behavior,
	 .get = sim_get_host_behavior},
	{.fid = ZNVME_FEAT_IOCS_PROFILE,
	 .without = SIM_WITHOUT_IOCS,
	 .caps = SIM_CHANGE,
	 .mask = ZNVME_FEAT_IOCS_IOCSCI,
	 .check = sim_check_iocs_profile},
	{.fid = ZNVME_FEAT_SW_PROGRESS, .caps = SIM_SAVE, .mask = ZNVME_FEAT_SW_PROGRESS_PBSLC},
	{.fid = ZNVME_FEAT_HOST_ID,
	 .caps = SIM_CHANGE,
	 .set = sim_set_host_id,
	 .get = sim_get_host_id},
	{.fid = ZNVME_FEAT_FDP,
	 .scope = ZNVME_EFFECTS_SCOPE_ENDGRP,
	 .caps = SIM_CHANGE,
	 .set = sim_set_fdp,
	 .get = sim_get_fdp},
	{.fid = ZNVME_FEAT_FDP_EVENTS,
	 .caps = SIM_CHANGE | ZNVME_FEAT_CAP_PER_NS,
	 .set = sim_set_fdp_events,
	 .get = sim_get_fdp_events},
	{.fid = ZNVME_FEAT_CDQ,
	 .caps = SIM_CHANGE,
	 .with = SIM_WITH_LM,
	 .set = sim_set_cdq,
	 .get = sim_get_cdq},
	{.fid = ZNVME_FEAT_KEY_VALUE,
	 .caps = SIM_CHANGE | ZNVME_FEAT_CAP_PER_NS,
	 .mask = ZNVME_FEAT_KV_EDNEK,
	 .place = sim_place_kv},
	{.fid = ZNVME_FEAT_RESV_NOTIFY,
	 .without = SIM_WITHOUT_RESERVATIONS,
	 .caps = SIM_CHANGE | ZNVME_FEAT_CAP_PER_NS,
	 .mask = ZNVME_FEAT_RESV_NOTIFY_REGPRE | ZNVME_FEAT_RESV_NOTIFY_RESREL |
		 ZNVME_FEAT_RESV_NOTIFY_RESPRE,
	 .place = sim_place_resv_notify},
	{.fid = ZNVME_FEAT_RESV_PERSIST,
	 .without = SIM_WITHOUT_RESERVATIONS,
	 .caps = SIM_CHANGE | ZNVME_FEAT_CAP_PER_NS,
	 .mask = ZNVME_FEAT_RESV_PERSIST_PTPL,
	 .place = sim_place_resv_persist,
	 .after = sim_resv_save},
	{.fid = ZNVME_FEAT_WRITE_PROTECT,
	 .caps = SIM_CHANGE | ZNVME_FEAT_CAP_PER_NS,
	 .mask = ZNVME_FEAT_WRITE_PROTECT_WPS,
	 .place = sim_place_write_protect,
	 .check = sim_check_write_protect,
	 .after = sim_write_protect_save},
};

static const struct sim_feature *sim_feature_find(struct znvme_sim *sim, uint32_t cdw10)
{
	uint8_t fid = (uint8_t)(cdw10 & ZNVME_FEATURES_FID);

	if (fid == ZNVME_FEAT_HMB && !sim->options.hmb)
		return NULL;
	if (fid == ZNVME_FEAT_BP_WRITE_PROTECT && !sim->options.boot)
		return NULL;
	if ((fid == ZNVME_FEAT_FDP || fid == ZNVME_FEAT_FDP_EVENTS) && !sim->options.fdp)
		return NULL;
	if (fid == ZNVME_FEAT_KEY_VALUE && !sim->options.kv.nr)
		return NULL;
	for (size_t i = 0; i < SIM_COUNT(sim_features); i++)
		if (sim_features[i].fid == fid &&
		    !(sim_features[i].without & sim->options.without) &&
		    !(sim_features[i].with & ~sim->options.with))
			return &sim_features[i];
	return NULL;
}

static struct sim_value *sim_feature_value(struct znvme_sim *sim, struct sim_cmd *cmd,
					   const struct sim_feature *feature)
{
	return feature->place ? feature->place(sim, cmd) : &sim->value[feature->fid];
}

/* NSID of a feature that belongs to a namespace. */
static uint16_t sim_feature_check_ns(struct znvme_sim *sim, struct sim_cmd *cmd,
				     const struct sim_feature *feature)
{
	if (!(feature->caps & ZNVME_FEAT_CAP_PER_NS) || sim_ns(sim, cmd->sqe.nsid))
		return ZNVME_SC_SUCCESS;
	if (cmd->sqe.nsid - 1 < sim->options.nn)
		return SIM_INVALID_FIELD(cmd, nsid);
	cmd->error_loc = offsetof(struct znvme_sqe, nsid);
	return SIM_DNR(ZNVME_SC_INVALID_NS);
}

/* ---- the commands -------------------------------------------------------------------------- */

uint16_t sim_get_features(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct sim_feature *feature = sim_feature_find(sim, cmd->sqe.cdw10);
	uint64_t sel = znvme_field_get(ZNVME_FEATURES_SEL, cmd->sqe.cdw10);
	struct sim_value *value;
	uint16_t status;

	if (!feature || sel > ZNVME_FEAT_SEL_SUPPORTED ||
	    (sel && sim->options.without & SIM_WITHOUT_SAVE_SELECT))
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (sel == ZNVME_FEAT_SEL_SUPPORTED) {
		cmd->dw0 = feature->caps;
		return ZNVME_SC_SUCCESS;
	}
	status = sim_feature_check_ns(sim, cmd, feature);
	if (status)
		return status;
	if (feature->get)
		return feature->get(sim, cmd, sel != ZNVME_FEAT_SEL_CURRENT);
	value = sim_feature_value(sim, cmd, feature);
	if (!value)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (sel == ZNVME_FEAT_SEL_CURRENT)
		cmd->dw0 = value->current;
	else
		cmd->dw0 = sel == ZNVME_FEAT_SEL_SAVED ? value->saved : value->initial;
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_set_value(struct znvme_sim *sim, struct sim_cmd *cmd,
			      const struct sim_feature *feature)
{
	struct sim_value *value = sim_feature_value(sim, cmd, feature);
	uint32_t wanted = (feature->cdw12 ? cmd->sqe.cdw12 : cmd->sqe.cdw11) & feature->mask;
	uint16_t status = ZNVME_SC_SUCCESS;

	if (!value)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (feature->check)
		status = feature->check(sim, cmd, &wanted);
	if (status)
		return status;
	value->current = wanted;
	if (cmd->sqe.cdw10 & ZNVME_FEATURES_SV) {
		value->saved = wanted;
		sim_state_save(sim);
	}
	return feature->after ? feature->after(sim) : status;
}

/* NSID FFFFFFFFh sets a namespace's feature in all of them. */
static uint16_t sim_set_all_ns(struct znvme_sim *sim, struct sim_cmd *cmd,
			       const struct sim_feature *feature)
{
	uint16_t status = ZNVME_SC_SUCCESS;

	for (uint32_t i = 0; i < sim->nr_ns && !status; i++) {
		if (!sim->ns[i].attached)
			continue;
		cmd->sqe.nsid = sim->ns[i].nsid;
		status = sim_set_value(sim, cmd, feature);
	}
	cmd->sqe.nsid = ZNVME_NSID_ALL;
	return status;
}

/* A Set Feature event: the command's dwords 10 and 11, and dword 0 of its completion. */
static void sim_feature_note(struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	uint32_t layout = 2 | 1u << 3; /* dwords; dword 0 of the completion; no memory buffer */
	const uint32_t data[4] = {layout, cmd->sqe.cdw10, cmd->sqe.cdw11, cmd->dw0};

	sim_pel_add(sim, ZNVME_PEL_SET_FEATURE, 1, data, sizeof(data));
}

uint16_t sim_set_features(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct sim_feature *feature = sim_feature_find(sim, cmd->sqe.cdw10);
	bool save = cmd->sqe.cdw10 & ZNVME_FEATURES_SV;
	bool per_ns = feature && feature->caps & ZNVME_FEAT_CAP_PER_NS;
	uint32_t nsid = cmd->sqe.nsid;
	uint16_t status;

	if (!feature || (save && sim->options.without & SIM_WITHOUT_SAVE_SELECT))
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (save && !(feature->caps & ZNVME_FEAT_CAP_SAVEABLE))
		return SIM_DNR(ZNVME_SC_FEATURE_NOT_SAVEABLE);
	if (per_ns && nsid == ZNVME_NSID_ALL && !feature->set)
		return sim_set_all_ns(sim, cmd, feature);
	if (!per_ns && nsid && nsid != ZNVME_NSID_ALL)
		return SIM_DNR(sim_ns(sim, nsid) ? ZNVME_SC_FEATURE_NOT_PER_NS
						 : ZNVME_SC_INVALID_NS);
	status = sim_feature_check_ns(sim, cmd, feature);
	if (!status)
		status = feature->set ? feature->set(sim, cmd) : sim_set_value(sim, cmd, feature);
	if (!status)
		sim_feature_note(sim, cmd);
	return status;
}

/* ---- beginning and reset ------------------------------------------------------------------- */

static void sim_value_init(struct sim_value *value, uint32_t initial)
{
	*value = (struct sim_value){initial, initial, initial};
}

void sim_features_init(struct znvme_sim *sim)
{
	uint32_t nr = (uint32_t)sim->options.queues - 1;

	sim_value_init(&sim->value[ZNVME_FEAT_ARBITRATION], ZNVME_FEAT_ARB_AB);
	sim_value_init(&sim->value[ZNVME_FEAT_VWC], ZNVME_FEAT_VWC_WCE);
	sim_value_init(&sim->value[ZNVME_FEAT_NUM_QUEUES], nr << 16 | nr);
	sim_value_init(&sim->threshold[0], SIM_TEMPERATURE_WARNING);
	sim_value_init(&sim->value[ZNVME_FEAT_RRL], 4);
	sim_value_init(&sim->value[ZNVME_FEAT_ENDURANCE_EVENT], SIM_ENDGID);
	sim_value_init(&sim->value[ZNVME_FEAT_BP_WRITE_PROTECT],
		       (uint32_t)(znvme_field_put(ZNVME_FEAT_BP_WRITE_PROTECT_BP0,
						  ZNVME_BP_WRITE_PROTECT_LOCKED) |
				  znvme_field_put(ZNVME_FEAT_BP_WRITE_PROTECT_BP1,
						  ZNVME_BP_WRITE_PROTECT_LOCKED)));
	for (uint32_t i = 0; i < sim->dev.nr_vectors; i++)
		sim_value_init(&sim->vector[i], i);
	for (uint32_t i = 0; i < sim->nr_ns && sim->store.readonly; i++)
		sim->ns[i].write_protect.current = ZNVME_WRITE_PROTECT_ON;
	sim->timestamp_base = sim_now();
}

/* A controller level reset brings the saved values back; the clock goes on. */
void sim_features_reset(struct znvme_sim *sim)
{
	for (size_t i = 0; i < SIM_COUNT(sim->value); i++)
		sim->value[i].current = sim->value[i].saved;
	for (size_t i = 0; i < SIM_COUNT(sim->threshold); i++)
		sim->threshold[i].current = sim->threshold[i].saved;
	for (uint32_t i = 0; i < sim->dev.nr_vectors; i++)
		sim->vector[i].current = sim->vector[i].saved;
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		sim->ns[i].error_recovery.current = sim->ns[i].error_recovery.saved;
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		sim->ns[i].resv_notify.current = sim->ns[i].kv_config.current = 0;
	sim_directives_reset(sim);
	sim_plm_reset(sim);
	sim_labels_reset(sim);
	memset(&sim->host_behavior, 0, sizeof(sim->host_behavior));
	memset(sim->host_id, 0, sizeof(sim->host_id));
	memset(sim->mgmt.apst, 0, sizeof(sim->mgmt.apst));
	if (!sim->timestamp)
		sim->timestamp_base = sim_now();
}

void sim_feature_effects(struct znvme_sim *sim, uint32_t effects[256])
{
	for (size_t i = 0; i < SIM_COUNT(sim_features); i++) {
		const struct sim_feature *feature = &sim_features[i];
		uint32_t scope = feature->scope ? feature->scope : ZNVME_EFFECTS_SCOPE_CTRL;

		if (feature->caps & ZNVME_FEAT_CAP_PER_NS)
			scope = ZNVME_EFFECTS_SCOPE_NS;

		if (sim_feature_find(sim, feature->fid))
			effects[feature->fid] = ZNVME_FEATURE_EFFECTS_FSUPP | scope << 20;
	}
}
