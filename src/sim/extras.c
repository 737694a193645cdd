/* SPDX-License-Identifier: MIT */
/*
 * What few controllers have, each taken in by a name of the option `with`: ANA, NVM sets with
 * predictable latency (plm.c), reachability groups, rotating disks, dispersed namespaces, domains,
 * UUIDs, virtualization management, capacity management, the management interface (Base 2.1,
 * sections 5.1.12, 8.1.9, 5.1.13, 5.2.6, 5.1.3, 5.1.17 and 5.1.18). Of each there is as much as a
 * host needs to see it: one group, set or domain with all namespaces in it.
 */
#include "sim/internal.h"

#include <stdio.h>

#define SIM_FLEXIBLE 16u /* resources of a kind for secondary controllers */
#define SIM_MI_TYPE  1u	 /* NMIMT: NVMe-MI command */

static uint16_t sim_extra_log(struct znvme_sim *sim, const void *data, size_t len)
{
	char *log = sim_blob_room(&sim->mgmt.log, len);

	if (!log)
		return ZNVME_SC_INTERNAL;
	memcpy(log, data, len);
	return ZNVME_SC_SUCCESS;
}

/* A header and a descriptor of `desc_len` bytes, and behind them all active namespaces. */
static uint16_t sim_group_log(struct znvme_sim *sim, const void *start, size_t start_len,
			      bool with_ns)
{
	char *log = sim_blob_room(&sim->mgmt.log, start_len + 4ull * sim->nr_ns);
	size_t len = start_len;

	if (!log)
		return ZNVME_SC_INTERNAL;
	memcpy(log, start, start_len);
	for (uint32_t i = 0; with_ns && i < sim->nr_ns; i++) {
		if (!sim->ns[i].attached)
			continue;
		memcpy(log + len, &sim->ns[i].nsid, 4);
		len += 4;
	}
	sim->mgmt.log.len = len;
	return ZNVME_SC_SUCCESS;
}

static uint32_t sim_count_active(const struct znvme_sim *sim)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < sim->nr_ns; i++)
		nr += sim->ns[i].attached;
	return nr;
}

/* ---- logs ---------------------------------------------------------------------------------- */

uint16_t sim_log_ana(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	bool groups_only =
		znvme_field_get(ZNVME_GET_LOG_LSP, cmd->sqe.cdw10) & ZNVME_ANA_LSP_GROUPS_ONLY;
	const struct sim_condition *condition = &sim->mgmt.condition;
	struct {
		struct znvme_ana_log header;
		struct znvme_ana_group_desc group;
	} start = {
		.header = {.chgcnt = condition->ana_changes, .ngrps = 1},
		.group = {.grpid = 1,
			  .chgcnt = condition->ana_changes,
			  .state = condition->ana_state},
	};

	start.group.nnsids = groups_only ? 0 : sim_count_active(sim);
	return sim_group_log(sim, &start, sizeof(start), !groups_only);
}

uint16_t sim_log_reach_groups(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	bool groups_only = znvme_field_get(ZNVME_GET_LOG_LSP, cmd->sqe.cdw10) & 1;
	struct {
		struct znvme_reach_log header;
		struct znvme_reach_desc group;
	} start = {
		.header = {.chngc = 1, .num = 1},
		.group = {.id = 1, .chngc = 1},
	};

	start.group.num = groups_only ? 0 : sim_count_active(sim);
	return sim_group_log(sim, &start, sizeof(start), !groups_only);
}

uint16_t sim_log_reach_assoc(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	bool without_groups = znvme_field_get(ZNVME_GET_LOG_LSP, cmd->sqe.cdw10) & 1;
	struct {
		struct znvme_reach_log header;
		struct znvme_reach_desc assoc;
		uint32_t group;
	} log = {
		.header = {.chngc = 1, .num = 1},
		.assoc = {.id = 1, .chngc = 1},
		.group = 1,
	};

	log.assoc.num = without_groups ? 0 : 1;
	return sim_extra_log(sim, &log, sizeof(log.header) + sizeof(log.assoc) + 4 * log.assoc.num);
}

uint16_t sim_log_rotational(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct znvme_rotational_log log = {
		.endgid = SIM_ENDGID, .numa = 1, .nrs = 7200, .spinc = 1, .ldc = 1};

	if (znvme_field_get(ZNVME_GET_LOG_LSI, cmd->sqe.cdw11) != SIM_ENDGID)
		return SIM_INVALID_FIELD(cmd, cdw11);
	return sim_extra_log(sim, &log, sizeof(log));
}

/* Of a namespace: two NVM subsystems, this one and one that is only a name. */
uint16_t sim_log_dispersed(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct {
		struct znvme_dispersed_ns_log header;
		char subnqn[2][ZNVME_NQN_SIZE];
	} log = {.header = {.genctr = 1}};
	const struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);

	if (!ns) {
		cmd->error_loc = offsetof(struct znvme_sqe, nsid);
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	}
	if (ns->nmic & ZNVME_NS_NMIC_DISPERSED) {
		log.header.numpsub = SIM_COUNT(log.subnqn);
		sim_subnqn(sim, log.subnqn[0]);
		snprintf(log.subnqn[1], ZNVME_NQN_SIZE, "%.*s:other", (int)ZNVME_NQN_SIZE - 8,
			 log.subnqn[0]);
	}
	return sim_extra_log(sim, &log,
			     sizeof(log.header) + log.header.numpsub * sizeof(log.subnqn[0]));
}

/* ---- Identify ------------------------------------------------------------------------------ */

void sim_extra_id_ctrl(struct znvme_sim *sim, struct znvme_id_ctrl *id)
{
	uint32_t with = sim->options.with;

	if (with & SIM_WITH_ANA) {
		id->cmic |= ZNVME_CTRL_CMIC_ANA;
		id->anacap = ZNVME_CTRL_ANACAP_OPTIMIZED | ZNVME_CTRL_ANACAP_NONOPTIMIZED |
			     ZNVME_CTRL_ANACAP_INACCESSIBLE | ZNVME_CTRL_ANACAP_PERSISTENT_LOSS |
			     ZNVME_CTRL_ANACAP_CHANGE;
		id->anatt = 10;
		id->anagrpmax = id->nanagrpid = 1;
		id->mnan = (uint32_t)(sim->options.nn < 1024 ? sim->options.nn : 1024);
	}
	if (with & SIM_WITH_PLM) {
		id->ctratt |= ZNVME_CTRL_CTRATT_NVM_SETS | ZNVME_CTRL_CTRATT_PLM;
		id->nsetidmax = SIM_NVMSETID;
	}
	if (with & SIM_WITH_REACHABILITY)
		id->crcap = ZNVME_CTRL_CRCAP_RRSUP;
	if (with & SIM_WITH_DOMAINS) {
		id->ctratt |= ZNVME_CTRL_CTRATT_MDS;
		id->domainid = SIM_DOMAINID;
	}
	if (with & SIM_WITH_UUIDS)
		id->ctratt |= ZNVME_CTRL_CTRATT_UUID_LIST;
	if (with & SIM_WITH_CAPACITY)
		id->ctratt |= ZNVME_CTRL_CTRATT_FIXED_CAP;
}

uint16_t sim_id_nvmset(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data)
{
	uint64_t unallocated = sim_unallocated(sim);
	struct znvme_id_nvmset_list *list = data;

	(void)ns;
	if (!(sim->options.with & SIM_WITH_PLM))
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (znvme_field_get(ZNVME_IDENTIFY_CNSSI, cmd->sqe.cdw11) > SIM_NVMSETID)
		return ZNVME_SC_SUCCESS;
	list->nid = 1;
	list->ent[0].nvmsetid = SIM_NVMSETID;
	list->ent[0].endgid = SIM_ENDGID;
	memcpy(list->ent[0].tnvmsetcap, &sim->mgmt.capacity, 8);
	memcpy(list->ent[0].unvmsetcap, &unallocated, 8);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_id_uuids(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data)
{
	struct znvme_uuid_list *list = data;

	(void)ns;
	if (!(sim->options.with & SIM_WITH_UUIDS))
		return SIM_INVALID_FIELD(cmd, cdw10);
	list->entry[0].header = 1; /* of the PCI vendor */
	memset(list->entry[0].uuid, 0x5a, sizeof(list->entry[0].uuid));
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_id_domains(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data)
{
	uint64_t unallocated = sim_unallocated(sim);
	struct znvme_domain_list *list = data;

	(void)ns;
	if (!(sim->options.with & SIM_WITH_DOMAINS))
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (znvme_field_get(ZNVME_IDENTIFY_CNSSI, cmd->sqe.cdw11) > SIM_DOMAINID)
		return ZNVME_SC_SUCCESS;
	list->num = 1;
	list->domain_attr[0].dom_id = SIM_DOMAINID;
	memcpy(list->domain_attr[0].dom_cap, &sim->mgmt.capacity, 8);
	memcpy(list->domain_attr[0].unalloc_dom_cap, &unallocated, 8);
	memcpy(list->domain_attr[0].max_egrp_dom_cap, &sim->mgmt.capacity, 8);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_id_granularity(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			    void *data)
{
	struct znvme_ns_granularity_list *list = data;

	(void)sim;
	(void)cmd;
	(void)ns;
	list->entry[0].nszegran = list->entry[0].ncapgran = 65536;
	return ZNVME_SC_SUCCESS;
}

/* ---- virtualization ------------------------------------------------------------------------ */

static unsigned sim_virt_given(const struct sim_virt *virt, unsigned kind)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < SIM_SECONDARIES; i++)
		sum += virt->secondary[i].nr[kind];
	return sum;
}

uint16_t sim_id_primary(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data)
{
	const struct sim_virt *virt = &sim->mgmt.virt;
	struct znvme_primary_ctrl_caps *caps = data;

	(void)ns;
	if (!(sim->options.with & SIM_WITH_VIRT))
		return SIM_INVALID_FIELD(cmd, cdw10);
	caps->cntlid = SIM_CNTLID;
	caps->crt = ZNVME_PRIMARY_CRT_VQ | ZNVME_PRIMARY_CRT_VI;
	caps->vqfrt = caps->vifrt = SIM_FLEXIBLE;
	caps->vqrfa = sim_virt_given(virt, 0);
	caps->virfa = sim_virt_given(virt, 1);
	caps->vqrfap = virt->primary[0];
	caps->virfap = virt->primary[1];
	caps->vqprt = (uint16_t)sim->options.queues;
	caps->viprt = (uint16_t)sim->options.vectors;
	caps->vqfrsm = caps->vifrsm = SIM_FLEXIBLE;
	caps->vqgran = caps->vigran = 1;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_id_secondary(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data)
{
	uint64_t first = znvme_field_get(ZNVME_IDENTIFY_CNTID, cmd->sqe.cdw10);
	struct znvme_secondary_ctrl_list *list = data;

	(void)ns;
	if (!(sim->options.with & SIM_WITH_VIRT))
		return SIM_INVALID_FIELD(cmd, cdw10);
	for (unsigned i = 0; i < SIM_SECONDARIES; i++) {
		const struct sim_secondary *secondary = &sim->mgmt.virt.secondary[i];

		if (i + 1 < first)
			continue;
		list->sc_entry[list->num++] = (struct znvme_secondary_ctrl){
			.scid = (uint16_t)(i + 1),
			.pcid = SIM_CNTLID,
			.scs = secondary->online ? ZNVME_SECONDARY_SCS_ONLINE : 0,
			.vfn = (uint16_t)(i + 1),
			.nvq = secondary->nr[0],
			.nvi = secondary->nr[1],
		};
	}
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_virt_assign(struct znvme_sim *sim, struct sim_cmd *cmd, uint16_t *nr,
				unsigned kind)
{
	const struct sim_virt *virt = &sim->mgmt.virt;
	uint16_t wanted = (uint16_t)(cmd->sqe.cdw11 & ZNVME_VIRT_MGMT_NR);
	unsigned others = sim_virt_given(virt, kind) + virt->primary[kind] - *nr;

	if (others + wanted > SIM_FLEXIBLE)
		return SIM_DNR(ZNVME_SC_INVALID_CTRL_RESOURCES);
	*nr = wanted;
	cmd->dw0 = wanted;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_virt_mgmt(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t cntlid = znvme_field_get(ZNVME_VIRT_MGMT_CNTLID, cmd->sqe.cdw10);
	uint64_t action = znvme_field_get(ZNVME_VIRT_MGMT_ACT, cmd->sqe.cdw10);
	unsigned kind = (unsigned)znvme_field_get(ZNVME_VIRT_MGMT_RT, cmd->sqe.cdw10);
	struct sim_secondary *secondary;

	if (kind > 1 &&
	    (action == ZNVME_VIRT_PRIMARY_ALLOC || action == ZNVME_VIRT_SECONDARY_ASSIGN))
		return SIM_DNR(ZNVME_SC_INVALID_RESOURCE_ID);
	if (action == ZNVME_VIRT_PRIMARY_ALLOC)
		return cntlid == SIM_CNTLID
			       ? sim_virt_assign(sim, cmd, &sim->mgmt.virt.primary[kind], kind)
			       : SIM_DNR(ZNVME_SC_INVALID_CTRL_ID);
	if (cntlid - 1 >= SIM_SECONDARIES)
		return SIM_DNR(ZNVME_SC_INVALID_CTRL_ID);
	secondary = &sim->mgmt.virt.secondary[cntlid - 1];
	switch (action) {
	case ZNVME_VIRT_SECONDARY_OFFLINE:
		*secondary = (struct sim_secondary){.online = false};
		return ZNVME_SC_SUCCESS;
	case ZNVME_VIRT_SECONDARY_ASSIGN:
		return secondary->online ? SIM_DNR(ZNVME_SC_INVALID_SEC_CTRL_STATE)
					 : sim_virt_assign(sim, cmd, &secondary->nr[kind], kind);
	case ZNVME_VIRT_SECONDARY_ONLINE:
		if (secondary->nr[0] < 2 || !secondary->nr[1]) /* an I/O queue, too */
			return SIM_DNR(ZNVME_SC_INVALID_SEC_CTRL_STATE);
		secondary->online = true;
		return ZNVME_SC_SUCCESS;
	default:
		return SIM_INVALID_FIELD(cmd, cdw10);
	}
}

/* ---- capacity, the management interface ---------------------------------------------------- */

/* The one configuration can be selected, which it is; nothing else. */
uint16_t sim_capacity_mgmt(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t operation = znvme_field_get(ZNVME_CAPACITY_OPER, cmd->sqe.cdw10);
	uint64_t element = znvme_field_get(ZNVME_CAPACITY_ELID, cmd->sqe.cdw10);

	(void)sim;
	if (operation != ZNVME_CAPACITY_SELECT)
		return SIM_INVALID_FIELD(cmd, cdw10);
	return element == 1 ? ZNVME_SC_SUCCESS : SIM_INVALID_FIELD(cmd, cdw10);
}

/* The header of an NVMe-MI message (type 4, bits 6:0) that is a command (1, bits 14:11). */
static uint16_t sim_mi_check(struct sim_cmd *cmd)
{
	return (cmd->sqe.cdw10 & 0x787f) == (4 | 1 << 11) ? ZNVME_SC_SUCCESS
							  : SIM_INVALID_FIELD(cmd, cdw10);
}

/* Configuration Set (03h) is kept, and Configuration Get (04h) gives it back. */
uint16_t sim_mi_send(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint16_t status = sim_mi_check(cmd);

	if (status || (cmd->sqe.cdw11 & 0xff) != 3)
		return SIM_INVALID_FIELD(cmd, cdw11);
	sim->mgmt.mi_config[cmd->sqe.cdw12 & 7] = cmd->sqe.cdw13;
	return ZNVME_SC_SUCCESS;
}

/* Read NVMe-MI Data Structure (00h): one port, version 1.2. */
uint16_t sim_mi_receive(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	static const uint8_t subsystem[32] = {0, 1, 2};
	uint16_t status = sim_mi_check(cmd);

	if (status)
		return status;
	switch (cmd->sqe.cdw11 & 0xff) {
	case 0:
		return cmd->sqe.dptr.prp.prp1
			       ? sim_data_send(sim, cmd, subsystem, sizeof(subsystem), 32)
			       : ZNVME_SC_SUCCESS;
	case 4:
		cmd->dw0 = sim->mgmt.mi_config[cmd->sqe.cdw12 & 7];
		return ZNVME_SC_SUCCESS;
	default:
		return SIM_INVALID_FIELD(cmd, cdw11);
	}
}
