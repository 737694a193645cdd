/* SPDX-License-Identifier: MIT */
/*
 * Directive Send and Receive (Base 2.1, sections 5.1.7, 5.1.6 and 8.1.8) of the Identify type,
 * which tells the types there are: itself alone. Other types would have their operations here.
 */
#include "sim/internal.h"

static uint16_t sim_directive_check(struct znvme_sim *sim, struct sim_cmd *cmd, uint8_t doper)
{
	if (znvme_field_get(ZNVME_DIRECTIVE_DTYPE, cmd->sqe.cdw11) != ZNVME_DIRECTIVE_IDENTIFY ||
	    znvme_field_get(ZNVME_DIRECTIVE_DOPER, cmd->sqe.cdw11) != doper)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (cmd->sqe.nsid == ZNVME_NSID_ALL || !cmd->sqe.nsid || sim_ns(sim, cmd->sqe.nsid))
		return ZNVME_SC_SUCCESS;
	cmd->error_loc = offsetof(struct znvme_sqe, nsid);
	return SIM_DNR(ZNVME_SC_INVALID_NS);
}

/* Identify itself can neither be switched on nor off. */
uint16_t sim_directive_send(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint16_t status = sim_directive_check(sim, cmd, ZNVME_DIRECTIVE_SEND_ENABLE);

	return status ? status : SIM_INVALID_FIELD(cmd, cdw12);
}

uint16_t sim_directive_receive(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	static const struct znvme_directive_params params = {
		.supported = {1 << ZNVME_DIRECTIVE_IDENTIFY},
		.enabled = {1 << ZNVME_DIRECTIVE_IDENTIFY},
	};
	uint64_t len = (cmd->sqe.cdw10 + 1ull) * 4;
	uint16_t status = sim_directive_check(sim, cmd, ZNVME_DIRECTIVE_RECV_PARAMS);

	if (status)
		return status;
	return sim_data_send(sim, cmd, &params, sizeof(params), len);
}
