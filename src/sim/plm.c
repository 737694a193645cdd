/* SPDX-License-Identifier: MIT */
/*
 * Predictable Latency Mode (Base 2.1, section 8.1.18; option with=plm): features 13h and 14h, the
 * logs 0Ah and 0Bh, of the one NVM set. No latency changes by it. A deterministic window ends when
 * the host says so, or has read or written as much as is typical, or its time is up; the warnings
 * before that are those of feature 13h.
 */
#include "sim/internal.h"

#define SIM_UNIT	 4096u	/* bytes: of reads, and of writes as NOWS is not reported */
#define SIM_DTWIN_READS	 2048u	/* units typical of a deterministic window */
#define SIM_DTWIN_WRITES 512u	/* */
#define SIM_DTWIN_MS	 10000u /* its longest time */
#define SIM_NDWIN_MS	 100u	/* a non-deterministic window's shortest time */

static void sim_plm_event(struct znvme_sim *sim, uint16_t event)
{
	struct sim_plm *plm = &sim->mgmt.plm;

	if (!(plm->config.ee & event) || plm->told & event)
		return;
	plm->events |= event;
	plm->told |= event;
	sim_notice(sim, ZNVME_FEAT_AEC_PLM, ZNVME_AER_NOTICE_PLM, ZNVME_LOG_PLM_AGGREGATE);
}

static void sim_plm_enter(struct znvme_sim *sim, uint8_t window)
{
	struct sim_plm *plm = &sim->mgmt.plm;

	plm->window = window;
	plm->reads = plm->writes = 0;
	plm->told = 0;
	plm->dtwin.due = plm->warning.due = 0;
	if (window == ZNVME_PLM_DTWIN) {
		sim_period_start(&plm->dtwin, SIM_DTWIN_MS);
		if (plm->config.dtwintt && plm->config.dtwintt < SIM_DTWIN_MS)
			sim_period_start(&plm->warning, SIM_DTWIN_MS - plm->config.dtwintt);
	}
	sim_background_changed(sim);
}

void sim_plm_expire(struct znvme_sim *sim, uint64_t now)
{
	struct sim_plm *plm = &sim->mgmt.plm;

	if (sim_period_over(&plm->warning, now))
		sim_plm_event(sim, ZNVME_PLM_EVENT_TIME);
	if (!sim_period_over(&plm->dtwin, now))
		return;
	sim_plm_enter(sim, ZNVME_PLM_NDWIN);
	sim_plm_event(sim, ZNVME_PLM_EVENT_EXCEEDED);
}

void sim_plm_count(struct znvme_sim *sim, uint64_t bytes, bool write)
{
	struct sim_plm *plm = &sim->mgmt.plm;
	uint64_t *used = write ? &plm->writes : &plm->reads;
	uint64_t all = write ? SIM_DTWIN_WRITES : SIM_DTWIN_READS;
	uint64_t threshold = write ? plm->config.dtwinwt : plm->config.dtwinrt;

	if (plm->window != ZNVME_PLM_DTWIN)
		return;
	*used += (bytes + SIM_UNIT - 1) / SIM_UNIT;
	if (*used >= all) {
		sim_plm_enter(sim, ZNVME_PLM_NDWIN);
		sim_plm_event(sim, ZNVME_PLM_EVENT_EXCEEDED);
	} else if (all - *used <= threshold) {
		sim_plm_event(sim, write ? ZNVME_PLM_EVENT_WRITES : ZNVME_PLM_EVENT_READS);
	}
}

void sim_plm_reset(struct znvme_sim *sim)
{
	memset(&sim->mgmt.plm, 0, sizeof(sim->mgmt.plm));
	sim_background_changed(sim);
}

/* ---- features ------------------------------------------------------------------------------ */

/* Read Recovery Level Config has the NVM set where there are any. */
bool sim_nvmset_named(const struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	return !(sim->options.with & SIM_WITH_PLM) ||
	       znvme_field_get(ZNVME_FEAT_PLM_NVMSETID, cmd->sqe.cdw11) == SIM_NVMSETID;
}

uint16_t sim_set_plm(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_plm *plm = &sim->mgmt.plm;
	bool enable = cmd->sqe.cdw12 & ZNVME_FEAT_PLM_LPE;
	struct znvme_plm_config config;
	uint16_t status;

	if (!sim_nvmset_named(sim, cmd))
		return SIM_INVALID_FIELD(cmd, cdw11);
	status = sim_data_receive(sim, cmd, &config, sizeof(config));
	if (status)
		return status;
	plm->config = config;
	if (enable == plm->enabled)
		return ZNVME_SC_SUCCESS;
	plm->enabled = enable;
	plm->events = 0;
	sim_plm_enter(sim, enable ? ZNVME_PLM_NDWIN : 0);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_get_plm(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	static const struct znvme_plm_config none;
	const struct sim_plm *plm = &sim->mgmt.plm;

	if (!sim_nvmset_named(sim, cmd))
		return SIM_INVALID_FIELD(cmd, cdw11);
	cmd->dw0 = !initial && plm->enabled;
	return sim_data_send(sim, cmd, initial ? &none : &plm->config, sizeof(none), sizeof(none));
}

uint16_t sim_set_plm_window(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t window = znvme_field_get(ZNVME_FEAT_PLM_WS, cmd->sqe.cdw12);

	if (!sim_nvmset_named(sim, cmd))
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (!sim->mgmt.plm.enabled || (window != ZNVME_PLM_DTWIN && window != ZNVME_PLM_NDWIN))
		return SIM_INVALID_FIELD(cmd, cdw12);
	sim_plm_enter(sim, (uint8_t)window);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_get_plm_window(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	if (!sim_nvmset_named(sim, cmd))
		return SIM_INVALID_FIELD(cmd, cdw11);
	cmd->dw0 = initial ? 0 : sim->mgmt.plm.window;
	return ZNVME_SC_SUCCESS;
}

/* ---- logs ---------------------------------------------------------------------------------- */

static uint16_t sim_plm_log(struct znvme_sim *sim, const void *data, size_t len)
{
	char *log = sim_blob_room(&sim->mgmt.log, len);

	if (!log)
		return ZNVME_SC_INTERNAL;
	memcpy(log, data, len);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_log_plm(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct sim_plm *plm = &sim->mgmt.plm;
	struct znvme_plm_nvmset_log log = {
		.status = plm->window,
		.event_type = plm->events,
		.dtwin_rt = SIM_DTWIN_READS,
		.dtwin_wt = SIM_DTWIN_WRITES,
		.dtwin_tmax = SIM_DTWIN_MS,
		.ndwin_tmin_hi = SIM_NDWIN_MS,
		.ndwin_tmin_lo = SIM_NDWIN_MS,
	};

	if (znvme_field_get(ZNVME_GET_LOG_LSI, cmd->sqe.cdw11) != SIM_NVMSETID)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (plm->window == ZNVME_PLM_DTWIN) {
		log.dtwin_re = SIM_DTWIN_READS - plm->reads;
		log.dtwin_we = SIM_DTWIN_WRITES - plm->writes;
		log.dtwin_te = SIM_DTWIN_MS - sim_period_part(&plm->dtwin, SIM_DTWIN_MS);
	}
	return sim_plm_log(sim, &log, sizeof(log));
}

/* The NVM set, from an event until its own log has been read. */
uint16_t sim_log_plm_events(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct {
		struct znvme_aggregate_log header;
		uint16_t nvmsetid;
	} log = {{.num = !!sim->mgmt.plm.events}, SIM_NVMSETID};

	(void)cmd;
	return sim_plm_log(sim, &log, sizeof(log.header) + log.header.num * sizeof(log.nvmsetid));
}
