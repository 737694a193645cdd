/* SPDX-License-Identifier: MIT */
/*
 * Admin commands (Base 2.1, section 5): the table of those that there are, and the ones about
 * queues (sections 5.2.1 to 5.2.4) and Abort (5.1.1). All others have files of
 * their own. What is not there is Invalid Command Opcode.
 */
#include "sim/internal.h"

/* CC.IOSQES and CC.IOCQES that the entry sizes of the specification need. */
#define SIM_SQES 6
#define SIM_CQES 4

uint64_t sim_max_transfer(struct znvme_sim *sim)
{
	if (!sim->options.mdts)
		return UINT64_MAX;
	return (4096ull << sim->options.mpsmin) << sim->options.mdts;
}

/* What creating either kind of queue asks of identifier, size and memory. */
static uint16_t sim_check_create(struct znvme_sim *sim, struct sim_cmd *cmd, bool exists,
				 bool entry_size_set, unsigned flags)
{
	size_t entry = flags == SIM_FOR_SQ ? sizeof(struct znvme_sqe) : sizeof(struct znvme_cqe);
	uint32_t qid = cmd->sqe.cdw10 & ZNVME_CREATE_QID;
	uint64_t qsize = znvme_field_get(ZNVME_CREATE_QSIZE, cmd->sqe.cdw10);

	if (!qid || qid > sim->nr_queues || exists)
		return SIM_DNR(ZNVME_SC_INVALID_QID);
	if (!qsize || qsize > znvme_field_get(ZNVME_CAP_MQES, sim->cap) || !entry_size_set)
		return SIM_DNR(ZNVME_SC_INVALID_QUEUE_SIZE);
	if (!(cmd->sqe.cdw11 & ZNVME_CREATE_PC))
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (cmd->sqe.dptr.prp.prp1 & (sim_page_size(sim) - 1))
		return SIM_DNR(ZNVME_SC_PRP_INVALID_OFFSET);
	if (!sim_cmb_takes_queue(sim, cmd->sqe.dptr.prp.prp1, (qsize + 1) * entry, flags))
		return SIM_DNR(ZNVME_SC_CMB_INVALID_USE);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_create_cq(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint16_t qid = (uint16_t)(cmd->sqe.cdw10 & ZNVME_CREATE_QID);
	uint64_t vector = znvme_field_get(ZNVME_CREATE_IV, cmd->sqe.cdw11);
	bool exists = qid <= sim->options.queues && sim->cq[qid].live;
	uint16_t status =
		sim_check_create(sim, cmd, exists,
				 znvme_field_get(ZNVME_CC_IOCQES, sim->cc) == SIM_CQES, SIM_FOR_CQ);

	if (status)
		return status;
	if (vector && vector >= sim->dev.nr_vectors)
		return SIM_DNR(ZNVME_SC_INVALID_VECTOR);
	sim_queue_create_cq(sim, qid, cmd->sqe.dptr.prp.prp1,
			    (uint32_t)znvme_field_get(ZNVME_CREATE_QSIZE, cmd->sqe.cdw10) + 1,
			    cmd->sqe.cdw11 & ZNVME_CREATE_IEN, (uint16_t)vector);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_create_sq(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint16_t qid = (uint16_t)(cmd->sqe.cdw10 & ZNVME_CREATE_QID);
	uint16_t cqid = (uint16_t)znvme_field_get(ZNVME_CREATE_CQID, cmd->sqe.cdw11);
	uint64_t qprio = znvme_field_get(ZNVME_CREATE_QPRIO, cmd->sqe.cdw11);
	bool exists = qid <= sim->options.queues && sim->sq[qid].live;
	uint16_t status =
		sim_check_create(sim, cmd, exists,
				 znvme_field_get(ZNVME_CC_IOSQES, sim->cc) == SIM_SQES, SIM_FOR_SQ);

	if (status)
		return status;
	if (!cqid || cqid > sim->nr_queues)
		return SIM_DNR(ZNVME_SC_INVALID_QID);
	if (!sim->cq[cqid].live)
		return SIM_DNR(ZNVME_SC_INVALID_CQ);
	if (!sim_queue_create_sq(sim, qid, cqid, cmd->sqe.dptr.prp.prp1,
				 (uint32_t)znvme_field_get(ZNVME_CREATE_QSIZE, cmd->sqe.cdw10) + 1,
				 (enum sim_class)(SIM_CLASS_URGENT + qprio)))
		return ZNVME_SC_INTERNAL;
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_delete_sq(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint32_t qid = cmd->sqe.cdw10 & ZNVME_CREATE_QID;

	if (!qid || qid > sim->options.queues || !sim->sq[qid].live)
		return SIM_DNR(ZNVME_SC_INVALID_QID);
	sim_queue_delete_sq(sim, (uint16_t)qid);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_delete_cq(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint32_t qid = cmd->sqe.cdw10 & ZNVME_CREATE_QID;

	if (!qid || qid > sim->options.queues || !sim->cq[qid].live)
		return SIM_DNR(ZNVME_SC_INVALID_QID);
	if (sim->cq[qid].nr_sqs)
		return SIM_DNR(ZNVME_SC_INVALID_QUEUE_DELETION);
	sim_queue_delete_cq(sim, (uint16_t)qid);
	return ZNVME_SC_SUCCESS;
}

/* Dword 0 is 0 where the command was found and ends as aborted, else 1. */
static uint16_t sim_abort(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint16_t sqid = (uint16_t)(cmd->sqe.cdw10 & ZNVME_ABORT_SQID);
	uint16_t cid = (uint16_t)znvme_field_get(ZNVME_ABORT_CID, cmd->sqe.cdw10);
	bool found;

	cmd->dw0 = 1;
	if (sqid > sim->options.queues || !sim->sq[sqid].live)
		return SIM_INVALID_FIELD(cmd, cdw10);
	found = sim_clock_abort(sim, sqid, cid, ZNVME_NSID_ALL, ZNVME_SC_ABORT_REQUESTED);
	if (!found && !sqid)
		found = sim_event_abort(sim, cid);
	cmd->dw0 = !found;
	return ZNVME_SC_SUCCESS;
}

/* Scopes of effects, as they go into the log. */
#define SIM_SCOPE_NS   (ZNVME_EFFECTS_SCOPE_NS << 20)
#define SIM_SCOPE_CTRL (ZNVME_EFFECTS_SCOPE_CTRL << 20)
#define SIM_SCOPE_NSS  ((uint32_t)ZNVME_EFFECTS_SCOPE_NSS << 20)

/* Commands beside which no other is to be sent, to the same namespace or at all. */
#define SIM_ALONE_NS (ZNVME_CMD_EFFECTS_CSE_NS << 16)
#define SIM_ALONE    (ZNVME_CMD_EFFECTS_CSE_ALL << 16)

static const struct sim_admin_command {
	uint8_t opcode;
	uint16_t (*run)(struct znvme_sim *sim, struct sim_cmd *cmd);
	uint32_t effects; /* in the Commands Supported and Effects log */
	uint16_t oacs;	  /* its bit in Identify Controller's OACS; 0: it needs none */
	uint32_t without; /* of enum sim_without, where it has no bit */
	uint32_t with;	  /* of enum sim_with, the same */
} sim_admin_commands[] = {
	{ZNVME_ADM_DELETE_SQ, sim_delete_sq, SIM_SCOPE_CTRL},
	{ZNVME_ADM_CREATE_SQ, sim_create_sq, SIM_SCOPE_CTRL},
	{ZNVME_ADM_GET_LOG_PAGE, sim_get_log, SIM_SCOPE_CTRL},
	{ZNVME_ADM_DELETE_CQ, sim_delete_cq, SIM_SCOPE_CTRL},
	{ZNVME_ADM_CREATE_CQ, sim_create_cq, SIM_SCOPE_CTRL},
	{ZNVME_ADM_IDENTIFY, sim_identify, SIM_SCOPE_CTRL},
	{ZNVME_ADM_ABORT, sim_abort, SIM_SCOPE_CTRL},
	{ZNVME_ADM_SET_FEATURES, sim_set_features, SIM_SCOPE_CTRL | ZNVME_CMD_EFFECTS_CCC},
	{ZNVME_ADM_GET_FEATURES, sim_get_features, SIM_SCOPE_CTRL},
	{ZNVME_ADM_ASYNC_EVENT, sim_event_request, SIM_SCOPE_CTRL},
	{ZNVME_ADM_KEEP_ALIVE, sim_keep_alive, SIM_SCOPE_CTRL},
	{ZNVME_ADM_DBBUF, sim_dbbuf_config, SIM_SCOPE_CTRL, ZNVME_CTRL_OACS_DBBUF},
	{ZNVME_ADM_NS_MANAGEMENT, sim_ns_management,
	 SIM_SCOPE_NSS | ZNVME_CMD_EFFECTS_LBCC | ZNVME_CMD_EFFECTS_NIC, ZNVME_CTRL_OACS_NS_MGMT},
	{ZNVME_ADM_NS_ATTACH, sim_ns_attachment, SIM_SCOPE_NS | ZNVME_CMD_EFFECTS_NIC,
	 ZNVME_CTRL_OACS_NS_MGMT},
	{ZNVME_ADM_FORMAT_NVM, sim_format_nvm,
	 SIM_SCOPE_NS | ZNVME_CMD_EFFECTS_LBCC | ZNVME_CMD_EFFECTS_NCC | SIM_ALONE_NS,
	 ZNVME_CTRL_OACS_FORMAT},
	{ZNVME_ADM_SANITIZE, sim_sanitize, SIM_SCOPE_NSS | ZNVME_CMD_EFFECTS_LBCC | SIM_ALONE, 0,
	 SIM_WITHOUT_SANITIZE},
	{ZNVME_ADM_FW_DOWNLOAD, sim_fw_download, SIM_SCOPE_CTRL, ZNVME_CTRL_OACS_FW},
	{ZNVME_ADM_FW_COMMIT, sim_fw_commit, SIM_SCOPE_CTRL | ZNVME_CMD_EFFECTS_CCC,
	 ZNVME_CTRL_OACS_FW},
	{ZNVME_ADM_SELF_TEST, sim_self_test, SIM_SCOPE_CTRL, ZNVME_CTRL_OACS_SELF_TEST},
	{ZNVME_ADM_SECURITY_SEND, sim_security_send, SIM_SCOPE_CTRL, ZNVME_CTRL_OACS_SECURITY},
	{ZNVME_ADM_SECURITY_RECV, sim_security_receive, SIM_SCOPE_CTRL, ZNVME_CTRL_OACS_SECURITY},
	{ZNVME_ADM_LOCKDOWN, sim_lockdown, SIM_SCOPE_CTRL | ZNVME_CMD_EFFECTS_CCC,
	 ZNVME_CTRL_OACS_LOCKDOWN},
	{ZNVME_ADM_DIRECTIVE_SEND, sim_directive_send, SIM_SCOPE_NS, ZNVME_CTRL_OACS_DIRECTIVES},
	{ZNVME_ADM_DIRECTIVE_RECV, sim_directive_receive, SIM_SCOPE_NS, ZNVME_CTRL_OACS_DIRECTIVES},
	{ZNVME_ADM_VIRT_MGMT, sim_virt_mgmt, SIM_SCOPE_NSS, ZNVME_CTRL_OACS_VIRT_MGMT},
	{ZNVME_ADM_NVME_MI_SEND, sim_mi_send, SIM_SCOPE_NSS, ZNVME_CTRL_OACS_NVME_MI},
	{ZNVME_ADM_NVME_MI_RECV, sim_mi_receive, SIM_SCOPE_NSS, ZNVME_CTRL_OACS_NVME_MI},
	{ZNVME_ADM_GET_LBA_STATUS, sim_get_lba_status, SIM_SCOPE_NS, ZNVME_CTRL_OACS_LBA_STATUS},
	{ZNVME_ADM_CONTROLLER_DATA_QUEUE, sim_cdq_command, SIM_SCOPE_CTRL,
	 ZNVME_CTRL_OACS_MIGRATION},
	{ZNVME_ADM_TRACK_SEND, sim_track_send, SIM_SCOPE_NSS, ZNVME_CTRL_OACS_MIGRATION},
	{ZNVME_ADM_MIGRATION_SEND, sim_migration_send, SIM_SCOPE_NSS, ZNVME_CTRL_OACS_MIGRATION},
	{ZNVME_ADM_MIGRATION_RECV, sim_migration_receive, SIM_SCOPE_NSS, ZNVME_CTRL_OACS_MIGRATION},
	{ZNVME_ADM_CAPACITY_MGMT, sim_capacity_mgmt, SIM_SCOPE_NSS | ZNVME_CMD_EFFECTS_NIC, 0, 0,
	 SIM_WITH_CAPACITY},
};

/* Bits of OACS that an option takes away. */
static const struct {
	uint32_t without; /* of enum sim_without */
	uint16_t oacs;
} sim_oacs_rows[] = {
	{SIM_WITHOUT_NS_MGMT, ZNVME_CTRL_OACS_NS_MGMT},
	{SIM_WITHOUT_FORMAT, ZNVME_CTRL_OACS_FORMAT},
	{SIM_WITHOUT_FIRMWARE, ZNVME_CTRL_OACS_FW},
	{SIM_WITHOUT_SELF_TEST, ZNVME_CTRL_OACS_SELF_TEST},
	{SIM_WITHOUT_SECURITY, ZNVME_CTRL_OACS_SECURITY},
	{SIM_WITHOUT_LOCKDOWN, ZNVME_CTRL_OACS_LOCKDOWN},
	{SIM_WITHOUT_DIRECTIVES, ZNVME_CTRL_OACS_DIRECTIVES},
	{SIM_WITHOUT_LBA_STATUS, ZNVME_CTRL_OACS_LBA_STATUS},
};

uint16_t sim_oacs(struct znvme_sim *sim)
{
	uint16_t oacs = sim->options.dbbuf ? ZNVME_CTRL_OACS_DBBUF : 0;

	for (size_t i = 0; i < SIM_COUNT(sim_oacs_rows); i++)
		if (!(sim->options.without & sim_oacs_rows[i].without))
			oacs |= sim_oacs_rows[i].oacs;
	if (sim->options.with & SIM_WITH_VIRT)
		oacs |= ZNVME_CTRL_OACS_VIRT_MGMT;
	if (sim->options.with & SIM_WITH_MI)
		oacs |= ZNVME_CTRL_OACS_NVME_MI;
	if (sim->options.with & SIM_WITH_LM)
		oacs |= ZNVME_CTRL_OACS_MIGRATION;
	return oacs;
}

static const struct sim_admin_command *sim_admin_find(struct znvme_sim *sim, uint8_t opcode)
{
	for (size_t i = 0; i < SIM_COUNT(sim_admin_commands); i++) {
		const struct sim_admin_command *command = &sim_admin_commands[i];

		if (command->opcode == opcode && !(command->oacs & ~sim_oacs(sim)) &&
		    !(command->without & sim->options.without) &&
		    !(command->with & ~sim->options.with))
			return command;
	}
	return NULL;
}

void sim_admin_effects(struct znvme_sim *sim, uint32_t effects[256])
{
	for (unsigned opcode = 0; opcode < 256; opcode++) {
		const struct sim_admin_command *command = sim_admin_find(sim, (uint8_t)opcode);

		if (command)
			effects[opcode] = ZNVME_CMD_EFFECTS_CSUPP | command->effects;
	}
}

uint16_t sim_admin(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct sim_admin_command *command = sim_admin_find(sim, cmd->sqe.opcode);
	uint16_t status;

	if (!command) {
		cmd->error_loc = offsetof(struct znvme_sqe, opcode);
		return SIM_DNR(ZNVME_SC_INVALID_OPCODE);
	}
	if (cmd->sqe.flags & (ZNVME_SQE_FUSE | ZNVME_SQE_PSDT))
		return SIM_INVALID_FIELD(cmd, flags);
	status = sim_lockdown_gate(sim, cmd);
	if (!status)
		status = sim_resv_gate(sim, cmd);
	return status ? status : command->run(sim, cmd);
}
