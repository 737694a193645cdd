/* SPDX-License-Identifier: MIT */
/*
 * Namespace Write Protection (Base 2.1, sections 5.1.25 and 8.1.16): feature 84h, a value a
 * namespace, which no reset changes and the state file keeps. The option `readonly` is the same
 * protection for all of them, and not to be taken away. There is no RPMB that could forbid the
 * states which last.
 */
#include "sim/internal.h"

/* NULL: any namespace that there is. */
bool sim_write_protected(const struct znvme_sim *sim, const struct sim_ns *ns)
{
	if (sim->store.readonly)
		return true;
	if (ns)
		return ns->write_protect.current;
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].allocated && sim->ns[i].write_protect.current)
			return true;
	return false;
}

struct sim_value *sim_place_write_protect(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);

	return ns ? &ns->write_protect : NULL;
}

/* What was written before it is protected is on the medium. */
uint16_t sim_check_write_protect(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);
	uint32_t before = ns->write_protect.current;

	if (*value > ZNVME_WRITE_PROTECT_PERMANENT)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (*value == before)
		return ZNVME_SC_SUCCESS;
	if (sim->store.readonly || before == ZNVME_WRITE_PROTECT_POWER_CYCLE ||
	    before == ZNVME_WRITE_PROTECT_PERMANENT)
		return SIM_DNR(ZNVME_SC_FEATURE_NOT_CHANGEABLE);
	return *value ? sim_media_flush(sim) : (uint16_t)ZNVME_SC_SUCCESS;
}

uint16_t sim_write_protect_save(struct znvme_sim *sim)
{
	sim_state_save(sim);
	return ZNVME_SC_SUCCESS;
}

void sim_write_protect_power_off(struct znvme_sim *sim)
{
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].write_protect.current == ZNVME_WRITE_PROTECT_POWER_CYCLE)
			sim->ns[i].write_protect.current = ZNVME_WRITE_PROTECT_NONE;
	sim_state_save(sim);
}
