/* SPDX-License-Identifier: MIT */
/*
 * Get Log Page (Base 2.1, section 5.1.12): a table of the log pages, with a function that fills
 * each. Identify Controller's LPA says the same: no SMART log of a namespace, offsets (unless taken
 * away by option), Supported Log Pages and the effects of features. Those about other commands are
 * filled in those commands' files.
 */
#include "sim/internal.h"

#define SIM_LOG_MAX 4096u /* bytes of the longest log page */

/* ---- log pages; each function fills zeroes ------------------------------------------------- */

static void sim_log_supported(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data);

static void sim_log_error(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	struct znvme_error_log_entry *entry = data;
	uint64_t count = sim->errors.count;

	(void)cmd;
	for (unsigned i = 0; i < SIM_ERROR_ENTRIES && i < count; i++)
		entry[i] = sim->errors.entry[(count - 1 - i) % SIM_ERROR_ENTRIES];
}

/* A SMART counter: 128 bits. */
static void sim_put_counter(uint8_t counter[16], uint64_t value)
{
	memcpy(counter, &value, sizeof(value));
}

static void sim_log_smart(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	const uint16_t temperature = sim->mgmt.condition.temperature;
	struct znvme_smart_log *log = data;
	struct sim_health *health = &sim->health;
	uint64_t busy = health->busy_ns;
	uint64_t now = sim_now();

	(void)cmd;
	if (health->busy_since)
		busy += now - health->busy_since;
	log->critical_warning = sim_critical_warning(sim);
	memcpy(log->temperature, &temperature, sizeof(temperature));
	log->endu_grp_crit_warn_sumry = sim->mgmt.condition.endurance;
	log->avail_spare = 100;
	log->spare_thresh = 10;
	sim_put_counter(log->data_units_read, (health->sectors_read + 999) / 1000);
	sim_put_counter(log->data_units_written, (health->sectors_written + 999) / 1000);
	sim_put_counter(log->host_reads, health->host_reads);
	sim_put_counter(log->host_writes, health->host_writes);
	sim_put_counter(log->ctrl_busy_time, busy / 60000000000u);
	sim_put_counter(log->power_cycles, 1);
	sim_put_counter(log->power_on_hours, (now - health->power_on) / 3600000000000u);
	sim_put_counter(log->unsafe_shutdowns, health->unsafe_shutdowns);
	sim_put_counter(log->media_errors, health->media_errors);
	sim_put_counter(log->num_err_log_entries, sim->errors.count);
}

static void sim_log_changed_ns(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	const struct sim_changed_ns *changed = &sim->mgmt.changed_ns;
	struct znvme_changed_ns_log *log = data;

	if ((cmd->sqe.cdw10 & ZNVME_GET_LOG_LID) == ZNVME_LOG_CHANGED_ALLOC_NS)
		changed = &sim->mgmt.changed_alloc_ns;
	memcpy(log->ns, changed->nsid, changed->nr * sizeof(changed->nsid[0]));
}

static void sim_log_cmd_effects(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	uint64_t csi = znvme_field_get(ZNVME_GET_LOG_CSI, cmd->sqe.cdw14);
	struct znvme_cmd_effects_log *log = data;

	sim_admin_effects(sim, log->acs);
	if (csi == ZNVME_CSI_KV)
		sim_kv_effects(sim, log->iocs);
	else
		sim_nvm_effects(sim, csi, log->iocs);
}

static void sim_log_feature_effects(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	struct znvme_feature_effects_log *log = data;

	(void)cmd;
	sim_feature_effects(sim, log->fid_support);
}

/* Of the management interface: read its structures, set and get its configuration. */
static void sim_log_mi_effects(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	struct znvme_mi_effects_log *log = data;

	(void)cmd;
	if (sim->options.with & SIM_WITH_MI)
		log->mi_support[0] = log->mi_support[3] = log->mi_support[4] =
			ZNVME_CMD_EFFECTS_CSUPP;
}

/* One agent, at an address for documentation. */
static void sim_log_mgmt_addr(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	static const char address[] = "https://192.0.2.1/redfish/v1";
	struct znvme_mgmt_addr_log *log = data;

	(void)sim;
	(void)cmd;
	log->mad[0].mat = ZNVME_MGMT_ADDR_AGENT;
	memcpy(log->mad[0].madrs, address, sizeof(address));
	log->mad[1].mat = ZNVME_MGMT_ADDR_END;
}

static void sim_log_changed_zones(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	sim_zns_changed_zones(sim_ns(sim, cmd->sqe.nsid), data);
}

/* ---- the command --------------------------------------------------------------------------- */

static const struct sim_log_row {
	uint8_t lid;
	uint32_t size; /* bytes; 0: as `make` has it */
	void (*fill)(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data);
	uint16_t (*make)(struct znvme_sim *sim, struct sim_cmd *cmd); /* fills sim->mgmt.log */
	uint32_t without;					      /* of enum sim_without */
	uint32_t with;						      /* of enum sim_with */
} sim_log_rows[] = {
	{ZNVME_LOG_SUPPORTED, sizeof(struct znvme_supported_log), sim_log_supported},
	{ZNVME_LOG_ERROR, SIM_ERROR_ENTRIES * sizeof(struct znvme_error_log_entry), sim_log_error},
	{ZNVME_LOG_SMART, sizeof(struct znvme_smart_log), sim_log_smart},
	{ZNVME_LOG_FW_SLOT, sizeof(struct znvme_fw_slot_log), sim_log_fw_slot},
	{ZNVME_LOG_CHANGED_NS, sizeof(struct znvme_changed_ns_log), sim_log_changed_ns},
	{ZNVME_LOG_CMD_EFFECTS, sizeof(struct znvme_cmd_effects_log), sim_log_cmd_effects},
	{ZNVME_LOG_SELF_TEST, sizeof(struct znvme_self_test_log), sim_log_self_test},
	{ZNVME_LOG_TELEMETRY_HOST, 0, NULL, sim_log_telemetry_host, SIM_WITHOUT_TELEMETRY},
	{ZNVME_LOG_TELEMETRY_CTRL, 0, NULL, sim_log_telemetry_ctrl, SIM_WITHOUT_TELEMETRY},
	{ZNVME_LOG_ENDURANCE_GROUP, 0, NULL, sim_log_endurance},
	{ZNVME_LOG_PLM_NVMSET, 0, NULL, sim_log_plm, 0, SIM_WITH_PLM},
	{ZNVME_LOG_PLM_AGGREGATE, 0, NULL, sim_log_plm_events, 0, SIM_WITH_PLM},
	{ZNVME_LOG_ANA, 0, NULL, sim_log_ana, 0, SIM_WITH_ANA},
	{ZNVME_LOG_PERSISTENT_EVENT, 0, NULL, sim_log_pel, SIM_WITHOUT_PEL},
	{ZNVME_LOG_LBA_STATUS, 0, NULL, sim_log_lba_status},
	{ZNVME_LOG_ENDURANCE_EVENT, 0, NULL, sim_log_endurance_events},
	{ZNVME_LOG_MEDIA_UNIT, 0, NULL, sim_log_media_unit},
	{ZNVME_LOG_CAPACITY_CONFIG, 0, NULL, sim_log_capacity},
	{ZNVME_LOG_FEATURE_EFFECTS, sizeof(struct znvme_feature_effects_log),
	 sim_log_feature_effects},
	{ZNVME_LOG_MI_CMD_EFFECTS, 4096, sim_log_mi_effects},
	{ZNVME_LOG_LOCKDOWN, 0, NULL, sim_log_lockdown, SIM_WITHOUT_LOCKDOWN},
	{ZNVME_LOG_BOOT_PARTITION, 0, NULL, sim_log_boot},
	{ZNVME_LOG_ROTATIONAL_MEDIA, 0, NULL, sim_log_rotational, 0, SIM_WITH_ROTATIONAL},
	{ZNVME_LOG_MGMT_ADDR, sizeof(struct znvme_mgmt_addr_log), sim_log_mgmt_addr, NULL, 0,
	 SIM_WITH_MI},
	{ZNVME_LOG_DISPERSED_NS, 0, NULL, sim_log_dispersed, 0, SIM_WITH_DISPERSED},
	{ZNVME_LOG_PHY_RX_EOM, 0, NULL, sim_log_eom, 0, SIM_WITH_EOM},
	{ZNVME_LOG_REACH_GROUPS, 0, NULL, sim_log_reach_groups, 0, SIM_WITH_REACHABILITY},
	{ZNVME_LOG_REACH_ASSOC, 0, NULL, sim_log_reach_assoc, 0, SIM_WITH_REACHABILITY},
	{ZNVME_LOG_CHANGED_ALLOC_NS, sizeof(struct znvme_changed_ns_log), sim_log_changed_ns, NULL,
	 SIM_WITHOUT_NS_MGMT},
	{ZNVME_LOG_SANITIZE, sizeof(struct znvme_sanitize_log), sim_log_sanitize, NULL,
	 SIM_WITHOUT_SANITIZE},
	{ZNVME_LOG_CHANGED_ZONES, sizeof(struct znvme_changed_zones_log), sim_log_changed_zones},
	{ZNVME_LOG_RESERVATION, sizeof(struct znvme_resv_log), sim_log_reservation, NULL,
	 SIM_WITHOUT_RESERVATIONS},
};

static bool sim_has_log(const struct znvme_sim *sim, const struct sim_log_row *row)
{
	return !(row->without & sim->options.without) &&
	       (!row->with || row->with & sim->options.with) &&
	       (row->lid != ZNVME_LOG_BOOT_PARTITION || sim->options.boot) &&
	       (row->lid != ZNVME_LOG_CHANGED_ZONES || sim_zns_any(sim));
}

static void sim_log_supported(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	struct znvme_supported_log *log = data;

	(void)cmd;
	for (size_t i = 0; i < SIM_COUNT(sim_log_rows); i++)
		if (sim_has_log(sim, &sim_log_rows[i]))
			log->lid_support[sim_log_rows[i].lid] = ZNVME_LOG_SUPPORT_LSUPP;
	/* A context can be established without reading more than the header. */
	if (log->lid_support[ZNVME_LOG_PERSISTENT_EVENT])
		log->lid_support[ZNVME_LOG_PERSISTENT_EVENT] |= 1u << 16;
	for (unsigned lid = 0; lid < 256; lid++)
		if (sim_fdp_has_log(sim, (uint8_t)lid))
			log->lid_support[lid] = ZNVME_LOG_SUPPORT_LSUPP;
}

/* Where in the log page the host wants to start, and how much. */
static uint16_t sim_log_place(struct znvme_sim *sim, struct sim_cmd *cmd, uint64_t size,
			      uint64_t *offset, uint64_t *len)
{
	bool extended = !(sim->options.without & SIM_WITHOUT_LOG_OFFSET);
	uint64_t numd = znvme_field_get(ZNVME_GET_LOG_NUMDL, cmd->sqe.cdw10);

	*offset = 0;
	if (extended) {
		numd |= znvme_field_get(ZNVME_GET_LOG_NUMDU, cmd->sqe.cdw11) << 16;
		*offset = cmd->sqe.cdw12 | (uint64_t)cmd->sqe.cdw13 << 32;
	} else {
		numd &= 0xfff; /* as it was before offsets came, in version 1.2.1 */
	}
	*len = (numd + 1) * 4;
	if (cmd->sqe.cdw14 & ZNVME_GET_LOG_OT)
		return SIM_INVALID_FIELD(cmd, cdw14);
	if (*offset & 3 || *offset > size)
		return SIM_INVALID_FIELD(cmd, cdw12);
	if (*len > sim_max_transfer(sim))
		return SIM_INVALID_FIELD(cmd, cdw10);
	return ZNVME_SC_SUCCESS;
}

/* What else reading a log page does, where the event is not to be retained. */
static void sim_log_was_read(struct znvme_sim *sim, uint8_t lid)
{
	if (lid == ZNVME_LOG_CHANGED_NS)
		sim->mgmt.changed_ns.nr = 0;
	if (lid == ZNVME_LOG_CHANGED_ALLOC_NS)
		sim->mgmt.changed_alloc_ns.nr = 0;
	if (lid == ZNVME_LOG_ENDURANCE_GROUP)
		sim->mgmt.condition.endurance_event = false;
	if (lid == ZNVME_LOG_PLM_NVMSET)
		sim->mgmt.plm.events = 0;
	if (lid == ZNVME_LOG_TELEMETRY_CTRL)
		sim_telemetry_read(sim);
	if (lid == ZNVME_LOG_RESERVATION)
		sim_resv_log_read(sim);
	sim_event_log_read(sim, lid);
}

uint16_t sim_log_part(struct znvme_sim *sim, struct sim_cmd *cmd, const char *data, uint64_t size)
{
	uint64_t offset;
	uint64_t len;
	uint16_t status = sim_log_place(sim, cmd, size, &offset, &len);

	return status ? status : sim_data_send(sim, cmd, data + offset, size - offset, len);
}

static uint16_t sim_log_send(struct znvme_sim *sim, struct sim_cmd *cmd,
			     const struct sim_log_row *row)
{
	uint64_t fixed[SIM_LOG_MAX / 8] = {0};
	const char *data = (const char *)fixed;
	uint64_t size = row->size;
	uint64_t offset;
	uint64_t len;
	uint16_t status = ZNVME_SC_SUCCESS;
	struct sim_ns *ns;

	if (row->make) {
		status = row->make(sim, cmd);
		data = sim->mgmt.log.data;
		size = sim->mgmt.log.len;
	}
	if (!status)
		status = sim_log_place(sim, cmd, size, &offset, &len);
	if (status)
		return status;
	/* All log pages here are the controller's, but for one. */
	if (cmd->sqe.nsid && cmd->sqe.nsid != ZNVME_NSID_ALL && row->lid == ZNVME_LOG_SMART)
		return SIM_INVALID_FIELD(cmd, nsid);
	ns = row->lid == ZNVME_LOG_CHANGED_ZONES ? sim_ns(sim, cmd->sqe.nsid) : NULL;
	if (row->lid == ZNVME_LOG_CHANGED_ZONES &&
	    (!ns || !ns->zns ||
	     znvme_field_get(ZNVME_GET_LOG_CSI, cmd->sqe.cdw14) != ZNVME_CSI_ZNS))
		return SIM_INVALID_FIELD(cmd, nsid);
	if (row->fill)
		row->fill(sim, cmd, fixed);
	status = sim_data_send(sim, cmd, data + offset, size - offset, len);
	if (status || cmd->sqe.cdw10 & ZNVME_GET_LOG_RAE)
		return status;
	if (ns)
		sim_zns_forget_changes(ns);
	sim_log_was_read(sim, row->lid);
	return status;
}

uint16_t sim_get_log(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint8_t lid = (uint8_t)(cmd->sqe.cdw10 & ZNVME_GET_LOG_LID);

	if (sim_fdp_has_log(sim, lid))
		return sim_fdp_log(sim, cmd);
	for (size_t i = 0; i < SIM_COUNT(sim_log_rows); i++)
		if (sim_log_rows[i].lid == lid && sim_has_log(sim, &sim_log_rows[i]))
			return sim_log_send(sim, cmd, &sim_log_rows[i]);
	cmd->error_loc = offsetof(struct znvme_sqe, cdw10);
	return SIM_DNR(ZNVME_SC_INVALID_LOG_PAGE);
}
