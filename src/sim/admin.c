/* SPDX-License-Identifier: MIT */
/*
 * Admin commands (Base 2.1, section 5): the table of those that there are, and the ones about
 * queues (sections 5.2.1 to 5.2.4), Abort (5.1.1) and Keep Alive (5.1.14). Identify, logs, features
 * and events have files of their own. All else is Invalid Command Opcode.
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
	found = sim_clock_abort(sim, sqid, cid, ZNVME_SC_ABORT_REQUESTED);
	if (!found && !sqid)
		found = sim_event_abort(sim, cid);
	cmd->dw0 = !found;
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_keep_alive(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	(void)sim;
	(void)cmd;
	return ZNVME_SC_SUCCESS;
}

/* Scopes of effects, as they go into the log. */
#define SIM_SCOPE_NS   (ZNVME_EFFECTS_SCOPE_NS << 20)
#define SIM_SCOPE_CTRL (ZNVME_EFFECTS_SCOPE_CTRL << 20)

static const struct sim_admin_command {
	uint8_t opcode;
	uint16_t (*run)(struct znvme_sim *sim, struct sim_cmd *cmd);
	uint32_t effects; /* in the Commands Supported and Effects log */
	uint16_t oacs;	  /* its bit in Identify Controller's OACS; 0: always there */
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
	{ZNVME_ADM_DIRECTIVE_SEND, sim_directive_send, SIM_SCOPE_NS, ZNVME_CTRL_OACS_DIRECTIVES},
	{ZNVME_ADM_DIRECTIVE_RECV, sim_directive_receive, SIM_SCOPE_NS, ZNVME_CTRL_OACS_DIRECTIVES},
	{ZNVME_ADM_GET_LBA_STATUS, sim_get_lba_status, SIM_SCOPE_NS, ZNVME_CTRL_OACS_LBA_STATUS},
};

uint16_t sim_oacs(struct znvme_sim *sim)
{
	uint16_t oacs = sim->options.dbbuf ? ZNVME_CTRL_OACS_DBBUF : 0;

	if (!(sim->options.without & SIM_WITHOUT_DIRECTIVES))
		oacs |= ZNVME_CTRL_OACS_DIRECTIVES;
	if (!(sim->options.without & SIM_WITHOUT_LBA_STATUS))
		oacs |= ZNVME_CTRL_OACS_LBA_STATUS;
	return oacs;
}

static const struct sim_admin_command *sim_admin_find(struct znvme_sim *sim, uint8_t opcode)
{
	for (size_t i = 0; i < SIM_COUNT(sim_admin_commands); i++) {
		const struct sim_admin_command *command = &sim_admin_commands[i];

		if (command->opcode == opcode && !(command->oacs & ~sim_oacs(sim)))
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

	if (!command) {
		cmd->error_loc = offsetof(struct znvme_sqe, opcode);
		return SIM_DNR(ZNVME_SC_INVALID_OPCODE);
	}
	if (cmd->sqe.flags & (ZNVME_SQE_FUSE | ZNVME_SQE_PSDT))
		return SIM_INVALID_FIELD(cmd, flags);
	return command->run(sim, cmd);
}
