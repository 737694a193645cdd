/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a controller without its host's doing, with the events and logs that tell of it:
 * its temperature (Base 2.1, section 5.1.25.1.3), the state of its way to the namespaces (ANA,
 * section 8.1.1; option with=ana, one group with all of them), warnings of the endurance group
 * (section 5.1.25.1.17).
 */
#include "sim/internal.h"

#include <errno.h>

/* ---- events -------------------------------------------------------------------------------- */

/* Identify Controller's OAES: the notices there are. */
uint32_t sim_oaes(const struct znvme_sim *sim)
{
	uint32_t oaes = ZNVME_CTRL_OAES_NS | ZNVME_CTRL_OAES_FW | ZNVME_CTRL_OAES_ENDURANCE |
			ZNVME_CTRL_OAES_TEMP_HYST;

	if (sim_zns_any(sim))
		oaes |= ZNVME_CTRL_OAES_ZONE;
	if (!(sim->options.without & SIM_WITHOUT_LBA_STATUS))
		oaes |= ZNVME_CTRL_OAES_LBA_STATUS;
	if (!(sim->options.without & SIM_WITHOUT_NS_MGMT))
		oaes |= ZNVME_CTRL_OAES_ALLOC_NS;
	if (sim->options.with & SIM_WITH_ANA)
		oaes |= ZNVME_CTRL_OAES_ANA;
	if (sim->options.with & SIM_WITH_PLM)
		oaes |= ZNVME_CTRL_OAES_PLM;
	return oaes;
}

/* The bits of OAES are those of Asynchronous Event Configuration; others have none there. */
uint16_t sim_check_async_event(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value)
{
	(void)cmd;
	*value &= sim_oaes(sim) | ZNVME_FEAT_AEC_SMART | ZNVME_FEAT_AEC_TELEMETRY;
	return ZNVME_SC_SUCCESS;
}

void sim_notice(struct znvme_sim *sim, uint32_t wanted, enum znvme_aer_notice info,
		enum znvme_lid lid)
{
	if (sim->value[ZNVME_FEAT_ASYNC_EVENT].current & wanted)
		sim_event_raise(sim, ZNVME_AER_TYPE_NOTICE, (uint8_t)info, (uint8_t)lid);
}

void sim_condition_init(struct znvme_sim *sim)
{
	sim->mgmt.condition.temperature = SIM_TEMPERATURE;
	sim->mgmt.condition.ana_state = ZNVME_ANA_OPTIMIZED;
	sim->mgmt.condition.ana_changes = 1;
}

/* ---- temperature --------------------------------------------------------------------------- */

static uint64_t sim_threshold(const struct znvme_sim *sim, unsigned i)
{
	return znvme_field_get(ZNVME_FEAT_TEMP_TMPTH, sim->threshold[i].current);
}

/* Beyond the over (0) or under (1) temperature threshold, or within `margin` of it. */
static bool sim_is_beyond(const struct znvme_sim *sim, unsigned i, uint64_t margin)
{
	uint64_t temperature = sim->mgmt.condition.temperature;

	return i ? temperature < sim_threshold(sim, i) + margin + !margin
		 : temperature + margin + !margin > sim_threshold(sim, i);
}

bool sim_temperature_warns(const struct znvme_sim *sim)
{
	return sim_is_beyond(sim, 0, 0) || sim_is_beyond(sim, 1, 0);
}

/*
 * A threshold or the temperature has changed. With a hysteresis a threshold that was crossed tells
 * nothing more until the temperature is so far back.
 */
void sim_temperature_look(struct znvme_sim *sim)
{
	uint32_t wanted = sim->value[ZNVME_FEAT_ASYNC_EVENT].current;
	uint8_t *crossed = &sim->mgmt.condition.crossed;

	for (unsigned i = 0; i < SIM_COUNT(sim->threshold); i++) {
		uint64_t margin =
			znvme_field_get(ZNVME_FEAT_TEMP_TMPTHH, sim->threshold[i].current);
		uint8_t bit = (uint8_t)(1u << i);

		if (sim_is_beyond(sim, i, 0)) {
			bool told = margin && *crossed & bit;

			*crossed |= bit;
			if (!told && wanted & ZNVME_SMART_CRIT_TEMPERATURE)
				sim_event_raise(sim, ZNVME_AER_TYPE_SMART,
						ZNVME_AER_SMART_TEMPERATURE, ZNVME_LOG_SMART);
		} else if (*crossed & bit && !(margin && sim_is_beyond(sim, i, margin))) {
			*crossed &= (uint8_t)~bit;
			if (margin && wanted & ZNVME_FEAT_AEC_TEMP_HYST)
				sim_event_raise(sim, ZNVME_AER_TYPE_IMMEDIATE,
						ZNVME_AER_IMMEDIATE_TEMP_HYST, 0);
		}
	}
}

void sim_condition_reset(struct znvme_sim *sim)
{
	sim->mgmt.condition.crossed = 0;
}

/* ---- ANA ----------------------------------------------------------------------------------- */

/* What an I/O command to a namespace ends with in this state, or 0. */
uint16_t sim_ana_gate(const struct znvme_sim *sim)
{
	switch (sim->mgmt.condition.ana_state) {
	case ZNVME_ANA_INACCESSIBLE:
		return ZNVME_SC_ANA_INACCESSIBLE;
	case ZNVME_ANA_PERSISTENT_LOSS:
		return ZNVME_SC_ANA_PERSISTENT_LOSS;
	case ZNVME_ANA_CHANGE:
		return ZNVME_SC_ANA_TRANSITION;
	default:
		return ZNVME_SC_SUCCESS;
	}
}

int sim_change_ana(struct znvme_sim *sim, enum znvme_ana_state state)
{
	struct sim_condition *condition = &sim->mgmt.condition;

	if (!(sim->options.with & SIM_WITH_ANA))
		return znvme_fail(-EOPNOTSUPP, "sim: no ANA: it comes with the option with=ana");
	if ((state < ZNVME_ANA_OPTIMIZED || state > ZNVME_ANA_PERSISTENT_LOSS) &&
	    state != ZNVME_ANA_CHANGE)
		return znvme_fail(-EINVAL, "sim: %d is no ANA state", (int)state);
	if (state == condition->ana_state)
		return 0;
	condition->ana_state = (uint8_t)state;
	condition->ana_changes++;
	sim_notice(sim, ZNVME_FEAT_AEC_ANA, ZNVME_AER_NOTICE_ANA, ZNVME_LOG_ANA);
	return 0;
}

/* ---- the endurance group ------------------------------------------------------------------- */

/* Those warnings that are new, and of which the host wants to hear (feature 18h). */
void sim_warn_endurance(struct znvme_sim *sim, uint8_t warnings)
{
	struct sim_condition *condition = &sim->mgmt.condition;
	uint64_t wanted = znvme_field_get(ZNVME_FEAT_ENDURANCE_EGCW,
					  sim->value[ZNVME_FEAT_ENDURANCE_EVENT].current);
	uint64_t news = warnings & ~condition->endurance & wanted;

	condition->endurance = warnings;
	if (!news)
		return;
	condition->endurance_event = true;
	sim_notice(sim, ZNVME_FEAT_AEC_ENDURANCE, ZNVME_AER_NOTICE_ENDURANCE,
		   ZNVME_LOG_ENDURANCE_EVENT);
}
