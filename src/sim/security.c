/* SPDX-License-Identifier: MIT */
/*
 * Security Send and Receive (Base 2.1, sections 5.1.24 and 5.1.23) with three protocols: 00h, which
 * lists the protocols, the vendor's F0h, which gives back what was sent to it, and EAh where there
 * are RPMB targets (rpmb.c). Lockdown (5.1.15) of admin commands and of Set Features on the Admin
 * queue; it ends with the simulator.
 */
#include "sim/internal.h"

#define SIM_SECP_INFO	  0x00u
#define SIM_SECP_LOOPBACK 0xf0u

uint16_t sim_security_send(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t secp = znvme_field_get(ZNVME_SECURITY_SECP, cmd->sqe.cdw10);
	uint32_t len = cmd->sqe.cdw11;

	if (secp == ZNVME_SECP_NVME)
		return sim_rpmb_send(sim, cmd);
	if (secp != SIM_SECP_LOOPBACK)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!len || len > SIM_SECURITY_MAX)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (!sim_blob_room(&sim->mgmt.security, len))
		return ZNVME_SC_INTERNAL;
	return sim_data_receive(sim, cmd, sim->mgmt.security.data, len);
}

/* What is longer than the protocol's answer is zeroes. */
uint16_t sim_security_receive(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	/* Six reserved bytes, the list's length, big endian, and the list (SPC-5). */
	static const uint8_t protocols[] = {
		0, 0, 0, 0, 0, 0, 0, 2, SIM_SECP_INFO, SIM_SECP_LOOPBACK};
	static const uint8_t with_rpmb[] = {
		0, 0, 0, 0, 0, 0, 0, 3, SIM_SECP_INFO, ZNVME_SECP_NVME, SIM_SECP_LOOPBACK};
	const struct sim_blob *kept = &sim->mgmt.security;
	uint64_t secp = znvme_field_get(ZNVME_SECURITY_SECP, cmd->sqe.cdw10);
	uint64_t spsp = znvme_field_get(ZNVME_SECURITY_SPSP, cmd->sqe.cdw10);
	uint32_t len = cmd->sqe.cdw11;

	if (!len || len > sim_max_transfer(sim))
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (secp == SIM_SECP_INFO && !spsp && sim->options.rpmb)
		return sim_data_send(sim, cmd, with_rpmb, sizeof(with_rpmb), len);
	if (secp == SIM_SECP_INFO && !spsp)
		return sim_data_send(sim, cmd, protocols, sizeof(protocols), len);
	if (secp == ZNVME_SECP_NVME)
		return sim_rpmb_receive(sim, cmd);
	if (secp == SIM_SECP_LOOPBACK)
		return sim_data_send(sim, cmd, kept->data, kept->len, len);
	return SIM_INVALID_FIELD(cmd, cdw10);
}

/* ---- lockdown ------------------------------------------------------------------------------ */

/* What a host must always be able to do, and to undo. */
static bool sim_can_lock(uint8_t scope, uint8_t ofi)
{
	static const uint8_t never[] = {
		ZNVME_ADM_DELETE_SQ,  ZNVME_ADM_CREATE_SQ,    ZNVME_ADM_GET_LOG_PAGE,
		ZNVME_ADM_DELETE_CQ,  ZNVME_ADM_CREATE_CQ,    ZNVME_ADM_IDENTIFY,
		ZNVME_ADM_ABORT,      ZNVME_ADM_GET_FEATURES, ZNVME_ADM_ASYNC_EVENT,
		ZNVME_ADM_KEEP_ALIVE, ZNVME_ADM_LOCKDOWN,
	};

	if (scope == ZNVME_LOCKDOWN_ADMIN)
		return !memchr(never, ofi, sizeof(never));
	return ofi != ZNVME_FEAT_NUM_QUEUES;
}

uint16_t sim_lockdown(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint32_t cdw10 = cmd->sqe.cdw10;
	uint8_t scope = (uint8_t)znvme_field_get(ZNVME_LOCKDOWN_SCP, cdw10);
	uint8_t ofi = (uint8_t)znvme_field_get(ZNVME_LOCKDOWN_OFI, cdw10);
	bool prohibit = cdw10 & ZNVME_LOCKDOWN_PRHBT;
	uint32_t effects[256] = {0};

	if ((scope != ZNVME_LOCKDOWN_ADMIN && scope != ZNVME_LOCKDOWN_FEATURES) ||
	    cdw10 & ZNVME_LOCKDOWN_IFC)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (scope == ZNVME_LOCKDOWN_ADMIN)
		sim_admin_effects(sim, effects);
	else
		sim_feature_effects(sim, effects);
	if (!(effects[ofi] & 1) || !sim_can_lock(scope, ofi))
		return SIM_DNR(ZNVME_SC_LOCKDOWN_UNSUPPORTED);
	if (scope == ZNVME_LOCKDOWN_ADMIN)
		sim->mgmt.lockdown.opcode[ofi] = prohibit;
	else
		sim->mgmt.lockdown.feature[ofi] = prohibit;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_lockdown_gate(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct sim_lockdown *lockdown = &sim->mgmt.lockdown;
	bool set = cmd->sqe.opcode == ZNVME_ADM_SET_FEATURES;

	if (!lockdown->opcode[cmd->sqe.opcode] &&
	    !(set && lockdown->feature[cmd->sqe.cdw10 & ZNVME_FEATURES_FID]))
		return ZNVME_SC_SUCCESS;
	cmd->error_loc = offsetof(struct znvme_sqe, opcode);
	return SIM_DNR(ZNVME_SC_LOCKED_DOWN);
}

uint16_t sim_log_lockdown(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t lsp = znvme_field_get(ZNVME_GET_LOG_LSP, cmd->sqe.cdw10);
	uint8_t scope = (uint8_t)znvme_field_get(ZNVME_LOCKDOWN_LSP_SCP, lsp);
	uint64_t contents = znvme_field_get(ZNVME_LOCKDOWN_LSP_CNT, lsp);
	struct znvme_lockdown_log log = {.cfila = (uint8_t)lsp};
	bool features = scope == ZNVME_LOCKDOWN_FEATURES;
	const bool *locked = features ? sim->mgmt.lockdown.feature : sim->mgmt.lockdown.opcode;
	uint32_t effects[256] = {0};
	char *data;

	if (scope == ZNVME_LOCKDOWN_ADMIN)
		sim_admin_effects(sim, effects);
	else if (features)
		sim_feature_effects(sim, effects);
	for (unsigned i = 0; i < 256; i++)
		if (effects[i] & 1 && sim_can_lock(scope, (uint8_t)i) &&
		    (contents == 0 || (contents == 1 && locked[i])))
			log.cfil[log.lngth++] = (uint8_t)i;
	data = sim_blob_room(&sim->mgmt.log, sizeof(log));
	if (!data)
		return ZNVME_SC_INTERNAL;
	memcpy(data, &log, sizeof(log));
	return ZNVME_SC_SUCCESS;
}
