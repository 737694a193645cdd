/* SPDX-License-Identifier: MIT */
/*
 * Flexible Data Placement (Base 2.1, section 8.1.10), option fdp: one endurance group with one
 * reclaim group and one configuration. Each namespace has a placement handle for each reclaim unit
 * handle, with the same number, so that a placement identifier is a handle's number. A reclaim unit
 * is a count of what may still be written: blocks lie where they always do.
 */
#include "sim/internal.h"

#include <stdlib.h>

/* The types of events, in the order of their bits. */
static const uint8_t sim_event_types[] = {
	ZNVME_FDP_EVENT_RU_NOT_FULL, ZNVME_FDP_EVENT_RU_TIME_LIMIT, ZNVME_FDP_EVENT_RESET,
	ZNVME_FDP_EVENT_INVALID_PID, ZNVME_FDP_EVENT_REALLOCATED,   ZNVME_FDP_EVENT_RUH_MODIFIED,
};

bool sim_fdp_init(struct znvme_sim *sim)
{
	struct sim_fdp *fdp = &sim->fdp;

	if (!sim->options.fdp)
		return true;
	fdp->ruh = calloc(sim->options.fdp, sizeof(*fdp->ruh));
	if (!fdp->ruh)
		return false;
	for (uint64_t i = 0; i < sim->options.fdp; i++)
		fdp->ruh[i].left = sim->options.fdp_ru;
	fdp->enabled = true;
	return true;
}

void sim_fdp_close(struct znvme_sim *sim)
{
	if (sim->fdp.changed)
		sim_state_save(sim);
	free(sim->fdp.ruh);
}

/* ---- events -------------------------------------------------------------------------------- */

static unsigned sim_event_bit(uint8_t type)
{
	unsigned bit = 0;

	while (bit < SIM_COUNT(sim_event_types) && sim_event_types[bit] != type)
		bit++;
	return bit;
}

/* Newest first; the oldest is lost where there are too many. */
static void sim_fdp_event(struct znvme_sim *sim, const struct sim_ns *ns, uint8_t type,
			  uint16_t pid, unsigned ruh)
{
	struct sim_fdp_events *events = &sim->fdp.events[type < 0x80];
	struct znvme_fdp_event event = {
		.type = type,
		.flags = ZNVME_FDP_EVENT_PIV | ZNVME_FDP_EVENT_NSIDV | ZNVME_FDP_EVENT_LV,
		.pid = pid,
		.nsid = ns->nsid,
		.ruhid = (uint8_t)ruh,
		.timestamp = sim_timestamp(sim),
	};

	if (!(sim->fdp.ruh[ruh].wanted & 1u << sim_event_bit(type)))
		return;
	if (events->nr < ZNVME_FDP_MAX_EVENTS)
		events->nr++;
	memmove(&events->event[1], &events->event[0], (events->nr - 1) * sizeof(events->event[0]));
	events->event[0] = event;
}

/* ---- writes -------------------------------------------------------------------------------- */

void sim_fdp_write(struct znvme_sim *sim, const struct sim_ns *ns, uint16_t pid, uint64_t nlb)
{
	struct sim_fdp *fdp = &sim->fdp;
	uint64_t bytes = nlb << ns->lba_shift;
	struct sim_ruh *ruh;

	if (pid >= sim->options.fdp) {
		sim_fdp_event(sim, ns, ZNVME_FDP_EVENT_INVALID_PID, pid, 0);
		pid = 0;
	}
	ruh = &fdp->ruh[pid];
	fdp->changed = true;
	fdp->written += bytes;
	while (bytes >= ruh->left) { /* full: the next one */
		bytes -= ruh->left;
		ruh->left = sim->options.fdp_ru;
		fdp->erased += sim->options.fdp_ru;
	}
	ruh->left -= bytes;
}

/* ---- I/O Management ------------------------------------------------------------------------ */

uint16_t sim_io_mgmt_receive(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint64_t operation = znvme_field_get(ZNVME_IO_MGMT_MO, cmd->sqe.cdw10);
	char data[sizeof(struct znvme_fdp_ruh_status) +
		  SIM_MAX_RUHS * sizeof(struct znvme_fdp_ruh_status_desc)] = {0};
	struct znvme_fdp_ruh_status head = {.nruhsd = (uint16_t)sim->options.fdp};

	if (operation == ZNVME_IO_MGMT_NOP)
		return ZNVME_SC_SUCCESS;
	if (operation != ZNVME_IO_MGMT_RUH_STATUS)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!sim->fdp.enabled)
		return SIM_DNR(ZNVME_SC_FDP_DISABLED);
	memcpy(data, &head, sizeof(head));
	for (uint16_t i = 0; i < sim->options.fdp; i++) {
		struct znvme_fdp_ruh_status_desc desc = {
			.pid = i,
			.ruhid = i,
			.ruamw = sim->fdp.ruh[i].left >> ns->lba_shift,
		};

		memcpy(data + sizeof(head) + i * sizeof(desc), &desc, sizeof(desc));
	}
	return sim_data_send(sim, cmd, data, sizeof(data), (cmd->sqe.cdw11 + 1ull) * 4);
}

/* All identifiers are checked before the first handle is moved on. */
static uint16_t sim_ruh_update(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint64_t nr = znvme_field_get(ZNVME_IO_MGMT_MOS, cmd->sqe.cdw10) + 1;
	uint16_t pid[SIM_MAX_RUHS];
	uint16_t status;

	if (nr > sim->options.fdp)
		return SIM_INVALID_FIELD(cmd, cdw10);
	status = sim_data_receive(sim, cmd, pid, nr * sizeof(pid[0]));
	for (uint64_t i = 0; i < nr && !status; i++)
		if (pid[i] >= sim->options.fdp)
			status = SIM_DNR(ZNVME_SC_INVALID_FIELD);
	for (uint64_t i = 0; i < nr && !status; i++) {
		struct sim_ruh *ruh = &sim->fdp.ruh[pid[i]];

		if (ruh->left != sim->options.fdp_ru)
			sim_fdp_event(sim, ns, ZNVME_FDP_EVENT_RU_NOT_FULL, pid[i], pid[i]);
		ruh->left = sim->options.fdp_ru;
		sim->fdp.changed = true;
	}
	return status;
}

uint16_t sim_io_mgmt_send(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	switch (znvme_field_get(ZNVME_IO_MGMT_MO, cmd->sqe.cdw10)) {
	case ZNVME_IO_MGMT_NOP:
		return ZNVME_SC_SUCCESS;
	case ZNVME_IO_MGMT_RUH_UPDATE:
		if (!sim->fdp.enabled)
			return SIM_DNR(ZNVME_SC_FDP_DISABLED);
		return sim_ruh_update(sim, ns, cmd);
	default:
		return SIM_INVALID_FIELD(cmd, cdw10);
	}
}

/* ---- logs ---------------------------------------------------------------------------------- */

bool sim_fdp_has_log(const struct znvme_sim *sim, uint8_t lid)
{
	return sim->options.fdp && lid >= ZNVME_LOG_FDP_CONFIGS && lid <= ZNVME_LOG_FDP_EVENTS;
}

static size_t sim_fdp_configs(const struct znvme_sim *sim, char *data)
{
	uint32_t ruhs = (uint32_t)(sim->options.fdp * sizeof(struct znvme_fdp_ruh_desc));
	struct znvme_fdp_config_desc desc = {
		.size = (uint16_t)((sizeof(desc) + ruhs + 7) & ~7ull),
		.fdpa = ZNVME_FDP_FDPA_VALID | (sim->options.vwc ? ZNVME_FDP_FDPA_FDPVWC : 0),
		.nrg = 1,
		.nruh = (uint16_t)sim->options.fdp,
		.maxpids = (uint16_t)(sim->options.fdp - 1),
		.nnss = (uint32_t)sim->options.nn,
		.runs = sim->options.fdp_ru,
	};
	struct znvme_fdp_configs_log log = {.size = (uint32_t)(sizeof(log) + desc.size)};

	memcpy(data, &log, sizeof(log));
	memcpy(data + sizeof(log), &desc, sizeof(desc));
	for (uint64_t i = 0; i < sim->options.fdp; i++)
		data[sizeof(log) + sizeof(desc) + i * sizeof(struct znvme_fdp_ruh_desc)] =
			ZNVME_FDP_RUHT_INITIALLY_ISOLATED;
	return log.size;
}

static size_t sim_fdp_usage(const struct znvme_sim *sim, char *data)
{
	struct znvme_fdp_ruh_usage_log log = {.nruh = (uint16_t)sim->options.fdp};
	const size_t desc = sizeof(struct znvme_fdp_ruh_usage_desc);

	memcpy(data, &log, sizeof(log));
	for (uint64_t i = 0; i < sim->options.fdp; i++)
		data[sizeof(log) + i * desc] = sim->nr_ns ? ZNVME_FDP_RUHA_HOST : 0;
	return sizeof(log) + sim->options.fdp * desc;
}

static size_t sim_fdp_stats(const struct znvme_sim *sim, char *data)
{
	struct znvme_fdp_stats_log log = {{0}};

	memcpy(log.hbmw, &sim->fdp.written, sizeof(sim->fdp.written));
	memcpy(log.mbmw, &sim->fdp.written, sizeof(sim->fdp.written));
	memcpy(log.mbe, &sim->fdp.erased, sizeof(sim->fdp.erased));
	memcpy(data, &log, sizeof(log));
	return sizeof(log);
}

static size_t sim_fdp_events_log(const struct znvme_sim *sim, bool host, char *data)
{
	const struct sim_fdp_events *events = &sim->fdp.events[host];
	struct znvme_fdp_events_log *log = (void *)data;

	log->n = events->nr;
	memcpy(log->event, events->event, events->nr * sizeof(log->event[0]));
	return sizeof(*log);
}

uint16_t sim_fdp_log(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t data[8192 / 8] = {0};
	char *to = (char *)data;
	uint64_t lsp = znvme_field_get(ZNVME_GET_LOG_LSP, cmd->sqe.cdw10);
	uint8_t lid = (uint8_t)(cmd->sqe.cdw10 & ZNVME_GET_LOG_LID);
	size_t size;

	if (znvme_field_get(ZNVME_GET_LOG_LSI, cmd->sqe.cdw11) != SIM_ENDGID)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (lid != ZNVME_LOG_FDP_CONFIGS && !sim->fdp.enabled)
		return SIM_DNR(ZNVME_SC_FDP_DISABLED);
	if (lid == ZNVME_LOG_FDP_CONFIGS)
		size = sim_fdp_configs(sim, to);
	else if (lid == ZNVME_LOG_FDP_RUH_USAGE)
		size = sim_fdp_usage(sim, to);
	else if (lid == ZNVME_LOG_FDP_STATS)
		size = sim_fdp_stats(sim, to);
	else
		size = sim_fdp_events_log(sim, lsp & ZNVME_FDP_EVENTS_LSP_HOST, to);
	return sim_log_part(sim, cmd, to, size);
}

/* ---- features ------------------------------------------------------------------------------ */

/* It is switched while there are no namespaces in the endurance group. */
uint16_t sim_set_fdp(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	bool on = cmd->sqe.cdw12 & ZNVME_FEAT_FDP_FDPE;

	if ((cmd->sqe.cdw11 & ZNVME_FEAT_FDP_ENDGID) != SIM_ENDGID)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (on && znvme_field_get(ZNVME_FEAT_FDP_FDPCIDX, cmd->sqe.cdw12))
		return SIM_INVALID_FIELD(cmd, cdw12);
	if (on == sim->fdp.enabled)
		return ZNVME_SC_SUCCESS;
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].allocated)
			return SIM_DNR(ZNVME_SC_SEQUENCE);
	sim->fdp.enabled = on;
	sim->fdp.changed = true;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_get_fdp(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	if ((cmd->sqe.cdw11 & ZNVME_FEAT_FDP_ENDGID) != SIM_ENDGID)
		return SIM_INVALID_FIELD(cmd, cdw11);
	cmd->dw0 = initial || sim->fdp.enabled ? ZNVME_FEAT_FDP_FDPE : 0;
	return ZNVME_SC_SUCCESS;
}

/* The reclaim unit handle of a placement handle, or NULL with *status set. */
static struct sim_ruh *sim_ruh_of(struct znvme_sim *sim, struct sim_cmd *cmd, uint16_t *status)
{
	uint32_t handle = cmd->sqe.cdw11 & ZNVME_FEAT_FDP_EVENTS_PHNDL;

	*status = sim->fdp.enabled ? SIM_INVALID_FIELD(cmd, cdw11) : SIM_DNR(ZNVME_SC_FDP_DISABLED);
	return sim->fdp.enabled && handle < sim->options.fdp ? &sim->fdp.ruh[handle] : NULL;
}

uint16_t sim_set_fdp_events(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t nr = znvme_field_get(ZNVME_FEAT_FDP_EVENTS_NOET, cmd->sqe.cdw11);
	uint8_t type[255];
	uint16_t status;
	struct sim_ruh *ruh = sim_ruh_of(sim, cmd, &status);
	uint32_t bits = 0;

	if (!ruh)
		return status;
	if (!nr)
		return SIM_INVALID_FIELD(cmd, cdw11);
	status = sim_data_receive(sim, cmd, type, nr);
	for (uint64_t i = 0; i < nr && !status; i++) {
		if (sim_event_bit(type[i]) == SIM_COUNT(sim_event_types))
			status = SIM_DNR(ZNVME_SC_INVALID_FIELD);
		bits |= 1u << sim_event_bit(type[i]);
	}
	if (status)
		return status;
	if (cmd->sqe.cdw12 & ZNVME_FEAT_FDP_EVENTS_FDPEE)
		ruh->wanted |= bits;
	else
		ruh->wanted &= ~bits;
	sim->fdp.changed = true;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_get_fdp_events(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	uint64_t nr = znvme_field_get(ZNVME_FEAT_FDP_EVENTS_NOET, cmd->sqe.cdw11);
	struct znvme_fdp_event_desc desc[SIM_COUNT(sim_event_types)];
	uint16_t status;
	const struct sim_ruh *ruh = sim_ruh_of(sim, cmd, &status);

	if (!ruh)
		return status;
	for (unsigned i = 0; i < SIM_COUNT(desc); i++)
		desc[i] = (struct znvme_fdp_event_desc){
			.evt = sim_event_types[i],
			.evta = !initial && ruh->wanted & 1u << i ? ZNVME_FDP_EVTA_ENABLED : 0,
		};
	cmd->dw0 = SIM_COUNT(desc);
	if (!nr)
		return ZNVME_SC_SUCCESS;
	return sim_data_send(sim, cmd, desc, sizeof(desc), nr * sizeof(desc[0]));
}
