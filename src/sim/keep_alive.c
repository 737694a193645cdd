/* SPDX-License-Identifier: MIT */
/*
 * Keep Alive (Base 2.1, section 3.9): the timer of feature 0Fh runs from the command that sets it,
 * and is restarted by Keep Alive commands alone, as CTRATT.TBKAS is not reported. When it expires
 * the controller has failed: an entry of the error log tells why.
 */
#include "sim/internal.h"

#define SIM_KAS_MS (SIM_KAS * 100ull)

/* Rounded up to the granularity. */
uint16_t sim_check_keep_alive(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	uint64_t rounded = (*value + SIM_KAS_MS - 1) / SIM_KAS_MS * SIM_KAS_MS;

	(void)sim;
	(void)cmd;
	if (rounded > UINT32_MAX)
		return SIM_DNR(ZNVME_SC_KEEP_ALIVE_INVALID);
	*value = (uint32_t)rounded;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_keep_alive_start(struct znvme_sim *sim)
{
	sim_period_start(&sim->mgmt.keep_alive, sim->value[ZNVME_FEAT_KEEP_ALIVE].current);
	sim_background_changed(sim);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_keep_alive(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	(void)cmd;
	return sim_keep_alive_start(sim);
}

void sim_keep_alive_expire(struct znvme_sim *sim, uint64_t now)
{
	/* It does not run while the controller is shut down, or has failed. */
	if (!sim_period_over(&sim->mgmt.keep_alive, now) || !sim_ready(sim))
		return;
	sim_error_record(sim, NULL, SIM_DNR(ZNVME_SC_KEEP_ALIVE_EXPIRED));
	sim_set_fatal(sim);
}

/* Whether the controller still takes commands; the thread of clock.c may be late. */
bool sim_keeps_alive(struct znvme_sim *sim)
{
	if (sim->mgmt.keep_alive.due)
		sim_keep_alive_expire(sim, sim_now());
	return sim_ready(sim);
}

void sim_keep_alive_reset(struct znvme_sim *sim)
{
	sim->mgmt.keep_alive.due = 0;
	sim_background_changed(sim);
}
