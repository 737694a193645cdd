/* SPDX-License-Identifier: MIT */
/*
 * Namespace Management and Namespace Attachment (Base 2.1, sections 5.1.21 and 5.1.20; NVM 1.1,
 * section 4.1.6), and the list of namespaces that have changed. There is one controller, so
 * attached means attached to it. Namespaces are not thin provisioned.
 */
#include "sim/internal.h"

/* The list is rising, and has a namespace once. */
static void sim_changed_add(struct sim_changed_ns *changed, uint32_t nsid)
{
	unsigned i = 0;

	while (i < changed->nr && changed->nsid[i] < nsid)
		i++;
	if (i < changed->nr && changed->nsid[i] == nsid)
		return;
	memmove(&changed->nsid[i + 1], &changed->nsid[i],
		(changed->nr - i) * sizeof(changed->nsid[0]));
	changed->nsid[i] = nsid;
	changed->nr++;
}

void sim_ns_changed(struct znvme_sim *sim, uint32_t nsid)
{
	sim_changed_add(&sim->mgmt.changed_ns, nsid);
	sim_notice(sim, ZNVME_FEAT_AEC_NS, ZNVME_AER_NOTICE_NS, ZNVME_LOG_CHANGED_NS);
}

/* It was created, deleted or formatted, whether anybody has it attached or not. */
void sim_alloc_ns_changed(struct znvme_sim *sim, uint32_t nsid)
{
	sim_changed_add(&sim->mgmt.changed_alloc_ns, nsid);
	sim_notice(sim, ZNVME_FEAT_AEC_ALLOC_NS, ZNVME_AER_NOTICE_ALLOC_NS,
		   ZNVME_LOG_CHANGED_ALLOC_NS);
}

/* A Change Namespace event: what was done, and the namespace's first fields. */
static void sim_ns_event(struct znvme_sim *sim, enum znvme_ns_mgmt_sel sel, uint32_t nsid,
			 const struct sim_ns *ns)
{
	uint8_t data[48] = {0};
	uint32_t cdw10 = sel;

	memcpy(data, &cdw10, sizeof(cdw10));
	if (ns) {
		memcpy(data + 8, &ns->blocks, sizeof(ns->blocks));
		memcpy(data + 24, &ns->blocks, sizeof(ns->blocks));
		data[32] = sim_flbas(sim, ns);
		data[33] = sim_dps(ns);
		data[34] = ns->nmic;
		data[36] = sim->options.with & SIM_WITH_ANA ? 1 : 0;
		data[40] = sim->options.with & SIM_WITH_PLM ? SIM_NVMSETID : 0;
	}
	memcpy(data + 44, &nsid, sizeof(nsid));
	sim_pel_add(sim, ZNVME_PEL_CHANGE_NS, 1, data, sizeof(data));
}

static uint16_t sim_ns_settings(struct znvme_sim *sim, struct sim_cmd *cmd,
				const struct znvme_ns_mgmt_data *data, struct sim_ns *ns)
{
	uint64_t index = znvme_field_get(ZNVME_NS_FLBAS_LO, data->flbas) |
			 znvme_field_get(ZNVME_NS_FLBAS_HI, data->flbas) << 4;
	struct sim_format list[SIM_MAX_FORMATS];

	if (znvme_field_get(ZNVME_NS_MGMT_CSI, cmd->sqe.cdw11) != ZNVME_CSI_NVM)
		return SIM_DNR(ZNVME_SC_IOCS_NOT_SUPPORTED);
	if (index >= sim_format_list(sim, NULL, list) ||
	    data->dps & ~(ZNVME_NS_DPS_TYPE | ZNVME_NS_DPS_FIRST))
		return SIM_DNR(ZNVME_SC_INVALID_FORMAT);
	if (!data->nsze || data->ncap > data->nsze || data->nmic & ~ZNVME_NS_NMIC_SHARED ||
	    data->nvmsetid > SIM_NVMSETID || data->endgid > SIM_ENDGID)
		return SIM_DNR(ZNVME_SC_INVALID_FIELD);
	if (data->anagrpid > 1)
		return SIM_DNR(sim->options.with & SIM_WITH_ANA ? ZNVME_SC_INVALID_ANA_GROUP
								: ZNVME_SC_INVALID_FIELD);
	if (data->ncap != data->nsze)
		return SIM_DNR(ZNVME_SC_THIN_UNSUPPORTED);
	if (data->nsze > sim_unallocated(sim) >> list[index].shift)
		return SIM_DNR(ZNVME_SC_NS_INSUFFICIENT_CAP);
	ns->size = data->nsze << list[index].shift;
	ns->made = list[index];
	ns->extended = data->flbas & ZNVME_NS_FLBAS_META_EXT;
	ns->pi_type = data->dps & ZNVME_NS_DPS_TYPE;
	ns->pi_first = data->dps & ZNVME_NS_DPS_FIRST;
	ns->storage_mask = data->lbstm;
	ns->nmic = data->nmic;
	sim_format_take(ns, &ns->made);
	return sim_format_check(ns, &ns->format, ns->pi_type) ? SIM_DNR(ZNVME_SC_INVALID_FORMAT)
							      : ZNVME_SC_SUCCESS;
}

/* For its blocks, their metadata and their map. */
static bool sim_ns_room(struct znvme_sim *sim, struct sim_ns *ns)
{
	return sim_space_alloc(sim, ns) && (!ns->format.ms || sim_metadata_open(sim)) &&
	       sim_lba_open(ns);
}

/* Handles that are named must be there, each once; a namespace has all of them nevertheless. */
static uint16_t sim_ns_handles(const struct znvme_sim *sim, const struct znvme_ns_mgmt_data *data)
{
	if (!sim->options.fdp)
		return ZNVME_SC_SUCCESS;
	if (data->nphndls > SIM_COUNT(data->phndl))
		return SIM_DNR(ZNVME_SC_INVALID_PLACEMENT);
	for (unsigned i = 0; i < data->nphndls; i++) {
		if (data->phndl[i] >= sim->options.fdp)
			return SIM_DNR(ZNVME_SC_INVALID_PLACEMENT);
		for (unsigned k = 0; k < i; k++)
			if (data->phndl[k] == data->phndl[i])
				return SIM_DNR(ZNVME_SC_INVALID_PLACEMENT);
	}
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_ns_create(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct znvme_ns_mgmt_data data;
	struct sim_ns made = {.nsid = 0};
	uint32_t i = 0;
	uint16_t status = sim_data_receive(sim, cmd, &data, sizeof(data));

	if (!status)
		status = sim_ns_handles(sim, &data);
	if (!status)
		status = sim_ns_settings(sim, cmd, &data, &made);
	if (status)
		return status;
	while (i < sim->nr_ns && sim->ns[i].allocated)
		i++;
	if (i == sim->nr_ns)
		return SIM_DNR(ZNVME_SC_NSID_UNAVAILABLE);
	if (!sim_ns_room(sim, &made))
		return SIM_DNR(ZNVME_SC_NS_INSUFFICIENT_CAP);
	made.nsid = i + 1;
	made.allocated = true;
	made.generation = ++sim->mgmt.generation;
	sim->ns[i] = made;
	sim_identify_ns_init(sim, &sim->ns[i]);
	sim_space_erase(sim, &sim->ns[i]);
	sim_ns_event(sim, ZNVME_NS_MGMT_CREATE, i + 1, &made);
	sim_alloc_ns_changed(sim, i + 1);
	cmd->dw0 = i + 1;
	return ZNVME_SC_SUCCESS;
}

static void sim_ns_drop(struct znvme_sim *sim, struct sim_ns *ns)
{
	bool active = ns->attached;
	uint32_t nsid = ns->nsid;

	sim_self_test_abort(sim, ZNVME_SELF_TEST_NS_REMOVED, nsid);
	sim_space_erase(sim, ns);
	sim_media_close_ns(ns);
	memset(ns, 0, sizeof(*ns));
	sim_resv_save(sim);
	sim_ns_event(sim, ZNVME_NS_MGMT_DELETE, nsid, NULL);
	sim_alloc_ns_changed(sim, nsid);
	if (active)
		sim_ns_changed(sim, nsid);
}

static uint16_t sim_ns_delete(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_ns *ns = sim_ns_allocated(sim, cmd->sqe.nsid);

	for (uint32_t i = 0; i < sim->nr_ns; i++) {
		if (!sim->ns[i].allocated || (&sim->ns[i] != ns && cmd->sqe.nsid != ZNVME_NSID_ALL))
			continue;
		if (sim->ns[i].formatting.due)
			return ZNVME_SC_FORMAT_IN_PROGRESS;
		if (sim_write_protected(sim, &sim->ns[i]))
			return SIM_DNR(ZNVME_SC_NS_WRITE_PROTECTED);
	}
	if (cmd->sqe.nsid == ZNVME_NSID_ALL) {
		for (uint32_t i = 0; i < sim->nr_ns; i++)
			if (sim->ns[i].allocated)
				sim_ns_drop(sim, &sim->ns[i]);
		return ZNVME_SC_SUCCESS;
	}
	if (!ns) {
		cmd->error_loc = offsetof(struct znvme_sqe, nsid);
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	}
	sim_ns_drop(sim, ns);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_ns_management(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint16_t status;

	if (sim->store.readonly)
		return SIM_DNR(ZNVME_SC_NS_WRITE_PROTECTED);
	switch (cmd->sqe.cdw10 & ZNVME_NS_MGMT_SEL) {
	case ZNVME_NS_MGMT_CREATE:
		status = sim_ns_create(sim, cmd);
		break;
	case ZNVME_NS_MGMT_DELETE:
		status = sim_ns_delete(sim, cmd);
		break;
	default:
		return SIM_INVALID_FIELD(cmd, cdw10);
	}
	if (!status)
		sim_state_save(sim);
	return status;
}

static uint16_t sim_check_controllers(const struct znvme_ctrl_list *list)
{
	if (list->num != 1)
		return SIM_DNR(ZNVME_SC_INVALID_CTRL_LIST);
	return list->identifier[0] == SIM_CNTLID ? ZNVME_SC_SUCCESS
						 : SIM_DNR(ZNVME_SC_INVALID_CTRL_LIST);
}

uint16_t sim_ns_attachment(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint32_t sel = cmd->sqe.cdw10 & ZNVME_NS_ATTACH_SEL;
	struct sim_ns *ns = sim_ns_allocated(sim, cmd->sqe.nsid);
	struct znvme_ctrl_list list;
	uint16_t status;

	if (sel > ZNVME_NS_DETACH)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!ns) {
		cmd->error_loc = offsetof(struct znvme_sqe, nsid);
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	}
	status = sim_data_receive(sim, cmd, &list, sizeof(list));
	if (!status)
		status = sim_check_controllers(&list);
	if (status)
		return status;
	if (ns->attached == (sel == ZNVME_NS_ATTACH))
		return SIM_DNR(ns->attached ? ZNVME_SC_NS_ALREADY_ATTACHED
					    : ZNVME_SC_NS_NOT_ATTACHED);
	if (ns->attached)
		sim_self_test_abort(sim, ZNVME_SELF_TEST_NS_REMOVED, ns->nsid);
	ns->attached = !ns->attached;
	sim_ns_changed(sim, ns->nsid);
	sim_state_save(sim);
	return ZNVME_SC_SUCCESS;
}
