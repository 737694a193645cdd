/* SPDX-License-Identifier: MIT */
/* Zone Management Send and Receive (Zoned Namespace Command Set 1.2, sections 3.4.3 and 3.4.2). */
#include "sim/zns.h"

#include <stdlib.h>

/* ---- Zone Management Send ------------------------------------------------------------------ */

static uint16_t sim_zone_close(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			       struct sim_zone *zone)
{
	(void)sim;
	(void)cmd;
	sim_zone_move(ns->zns, zone, ZNVME_ZONE_CLOSED);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_zone_finish(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
				struct sim_zone *zone)
{
	(void)sim;
	(void)cmd;
	sim_zone_move(ns->zns, zone, ZNVME_ZONE_FULL);
	return ZNVME_SC_SUCCESS;
}

/* A random write area is for a zone that has nothing in it. */
static uint16_t sim_zone_check_zrwa(const struct sim_zns *zns, const struct sim_cmd *cmd,
				    const struct sim_zone *zone)
{
	if (!(cmd->sqe.cdw13 & ZNVME_ZONE_SEND_ZRWAA))
		return ZNVME_SC_SUCCESS;
	if (zone->state != ZNVME_ZONE_EMPTY)
		return SIM_DNR(ZNVME_SC_ZONE_INVALID_OPERATION);
	return zns->zrwa < zns->nr_zrwa ? ZNVME_SC_SUCCESS : ZNVME_SC_ZRWA_UNAVAILABLE;
}

static void sim_zone_give_zrwa(struct sim_zns *zns, const struct sim_cmd *cmd,
			       struct sim_zone *zone)
{
	if (!(cmd->sqe.cdw13 & ZNVME_ZONE_SEND_ZRWAA))
		return;
	zone->za |= ZNVME_ZONE_ZA_ZRWAV;
	zns->zrwa++;
}

static uint16_t sim_zone_open_explicitly(struct znvme_sim *sim, struct sim_ns *ns,
					 struct sim_cmd *cmd, struct sim_zone *zone)
{
	struct sim_zns *zns = ns->zns;
	uint16_t status = sim_zone_check_zrwa(zns, cmd, zone);

	(void)sim;
	if (!status)
		status = sim_zone_afford(zns, zone, true);
	if (status)
		return status;
	sim_zone_open(zns, zone, ZNVME_ZONE_EXPLICITLY_OPEN);
	sim_zone_give_zrwa(zns, cmd, zone);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_zone_reset(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			       struct sim_zone *zone)
{
	struct sim_zns *zns = ns->zns;
	uint64_t start = sim_zone_start(zns, zone);
	uint16_t status = ZNVME_SC_SUCCESS;

	if (zone->state == ZNVME_ZONE_EMPTY)
		return status;
	status = sim_cache_write(sim, ns, start, zns->zone_cap, true);
	if (!status)
		status = sim_media_zero(sim, ns, start, zns->zone_cap);
	if (status)
		return status;
	sim_media_clear_bad(ns, start, zns->zone_cap);
	sim_cdq_changed(sim, cmd, ns, start, zns->zone_cap, true);
	sim_zone_move(zns, zone, ZNVME_ZONE_EMPTY);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_zone_take_offline(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
				      struct sim_zone *zone)
{
	(void)sim;
	(void)cmd;
	sim_zone_move(ns->zns, zone, ZNVME_ZONE_OFFLINE);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_zone_set_extension(struct znvme_sim *sim, struct sim_ns *ns,
				       struct sim_cmd *cmd, struct sim_zone *zone)
{
	struct sim_zns *zns = ns->zns;
	uint16_t status = sim_zone_check_zrwa(zns, cmd, zone);

	if (!zns->extension_size)
		return SIM_INVALID_FIELD(cmd, cdw13);
	if (!status)
		status = sim_zone_afford(zns, zone, false);
	if (!status)
		status = sim_data_receive(
			sim, cmd, zns->extension + (size_t)(zone - zns->zone) * zns->extension_size,
			zns->extension_size);
	if (status)
		return status;
	sim_zone_move(zns, zone, ZNVME_ZONE_CLOSED);
	zone->za |= ZNVME_ZONE_ZA_ZDEV;
	sim_zone_give_zrwa(zns, cmd, zone);
	return ZNVME_SC_SUCCESS;
}

/* Up to and with the block of the command: in the area, and whole granules but at the zone's end.
 */
static uint16_t sim_zone_flush(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			       struct sim_zone *zone)
{
	uint64_t end = (cmd->sqe.cdw10 | (uint64_t)cmd->sqe.cdw11 << 32) + 1;
	struct sim_zns *zns = ns->zns;
	uint16_t status;

	(void)sim;
	if (!(zone->za & ZNVME_ZONE_ZA_ZRWAV) || end <= zone->wp ||
	    end > zone->wp + zns->zrwa_size || end > sim_zone_end(zns, zone) ||
	    ((end - zone->wp) % zns->zrwa_granularity && end != sim_zone_end(zns, zone)))
		return SIM_DNR(ZNVME_SC_ZONE_INVALID_OPERATION);
	status = sim_zone_afford(zns, zone, true);
	if (status)
		return status;
	if (!sim_zone_in(zone, SIM_OPEN))
		sim_zone_open(zns, zone, ZNVME_ZONE_IMPLICITLY_OPEN);
	sim_zone_advance(zns, zone, end);
	return ZNVME_SC_SUCCESS;
}

/* Actions by what they are for, and what they find. */
static const struct sim_zone_action {
	uint8_t action;
	unsigned from; /* states that it can start from */
	unsigned all;  /* states of the zones that Select All takes; 0: it cannot be used */
	bool zrwa;     /* can ask for a random write area */
	uint16_t (*run)(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			struct sim_zone *zone);
} sim_zone_actions[] = {
	{ZNVME_ZONE_CLOSE, SIM_ACTIVE, SIM_OPEN, false, sim_zone_close},
	{ZNVME_ZONE_FINISH, SIM_WRITABLE | SIM_FULL, SIM_ACTIVE, false, sim_zone_finish},
	{ZNVME_ZONE_OPEN, SIM_WRITABLE, SIM_IN(ZNVME_ZONE_CLOSED), true, sim_zone_open_explicitly},
	{ZNVME_ZONE_RESET, SIM_WRITABLE | SIM_FULL, SIM_ACTIVE | SIM_FULL, false, sim_zone_reset},
	{ZNVME_ZONE_TO_OFFLINE, SIM_DEAD, SIM_IN(ZNVME_ZONE_READ_ONLY), false,
	 sim_zone_take_offline},
	{ZNVME_ZONE_SET_EXTENSION, SIM_IN(ZNVME_ZONE_EMPTY), 0, true, sim_zone_set_extension},
	{ZNVME_ZONE_FLUSH_ZRWA, SIM_ANY, 0, false, sim_zone_flush},
};

/* All or none: opening all is refused where there are not the resources for it. */
static uint16_t sim_zone_send_all(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
				  const struct sim_zone_action *action)
{
	struct sim_zns *zns = ns->zns;
	uint64_t nr = 0, open = 0;
	uint16_t status = ZNVME_SC_SUCCESS;

	for (uint64_t i = 0; i < zns->nr_zones; i++) {
		nr += sim_zone_in(&zns->zone[i], action->all);
		open += zns->zone[i].state == ZNVME_ZONE_EXPLICITLY_OPEN;
	}
	if (action->action == ZNVME_ZONE_OPEN && zns->max_open && open + nr > zns->max_open)
		return ZNVME_SC_ZONE_TOO_MANY_OPEN;
	/* What is closed to make room has been opened implicitly, and is not of these. */
	for (uint64_t i = 0; i < zns->nr_zones && nr && !status; i++) {
		if (!sim_zone_in(&zns->zone[i], action->all))
			continue;
		status = action->run(sim, ns, cmd, &zns->zone[i]);
		nr--;
	}
	return status;
}

static uint16_t sim_zone_send_one(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
				  const struct sim_zone_action *action)
{
	uint64_t slba = cmd->sqe.cdw10 | (uint64_t)cmd->sqe.cdw11 << 32;
	struct sim_zone *zone = sim_zone_at(ns->zns, slba);

	if (slba >= ns->blocks) {
		cmd->lba = slba;
		cmd->error_loc = offsetof(struct znvme_sqe, cdw10);
		return SIM_DNR(ZNVME_SC_LBA_RANGE);
	}
	if (slba % ns->zns->zone_size && action->action != ZNVME_ZONE_FLUSH_ZRWA)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!sim_zone_in(zone, action->from))
		return SIM_DNR(ZNVME_SC_ZONE_TRANSITION);
	return action->run(sim, ns, cmd, zone);
}

uint16_t sim_zone_send(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint32_t cdw13 = cmd->sqe.cdw13;
	const struct sim_zone_action *action = NULL;

	for (size_t i = 0; i < SIM_COUNT(sim_zone_actions); i++)
		if (sim_zone_actions[i].action == (cdw13 & ZNVME_ZONE_SEND_ZSA))
			action = &sim_zone_actions[i];
	if (!action || (cdw13 & ZNVME_ZONE_SEND_ALL && !action->all))
		return SIM_INVALID_FIELD(cmd, cdw13);
	if (cdw13 & ZNVME_ZONE_SEND_ZRWAA &&
	    (!action->zrwa || !ns->zns->nr_zrwa || cdw13 & ZNVME_ZONE_SEND_ALL))
		return SIM_INVALID_FIELD(cmd, cdw13);
	if (sim_power_fails(sim)) /* it does not come to that */
		return ZNVME_SC_SUCCESS;
	if (cdw13 & ZNVME_ZONE_SEND_ALL)
		return sim_zone_send_all(sim, ns, cmd, action);
	return sim_zone_send_one(sim, ns, cmd, action);
}

/* ---- Zone Management Receive --------------------------------------------------------------- */

static const unsigned sim_zone_filters[] = {
	[ZNVME_ZONES_ALL] = SIM_ANY,
	[ZNVME_ZONES_EMPTY] = SIM_IN(ZNVME_ZONE_EMPTY),
	[ZNVME_ZONES_IMPLICITLY_OPEN] = SIM_IN(ZNVME_ZONE_IMPLICITLY_OPEN),
	[ZNVME_ZONES_EXPLICITLY_OPEN] = SIM_IN(ZNVME_ZONE_EXPLICITLY_OPEN),
	[ZNVME_ZONES_CLOSED] = SIM_IN(ZNVME_ZONE_CLOSED),
	[ZNVME_ZONES_FULL] = SIM_FULL,
	[ZNVME_ZONES_READ_ONLY] = SIM_IN(ZNVME_ZONE_READ_ONLY),
	[ZNVME_ZONES_OFFLINE] = SIM_IN(ZNVME_ZONE_OFFLINE),
};

static void sim_zone_describe(const struct sim_zns *zns, const struct sim_zone *zone,
			      struct znvme_zone_desc *desc)
{
	desc->zt = ZNVME_ZONE_SEQUENTIAL;
	desc->zs = (uint8_t)(zone->state << 4);
	desc->za = zone->za;
	desc->zai = zone->zai;
	desc->zcap = zns->zone_cap;
	desc->zslba = sim_zone_start(zns, zone);
	desc->wp = sim_zone_in(zone, SIM_WRITABLE) ? zone->wp : UINT64_MAX;
}

/* Zones from `first` on, of the states, into the `room` bytes behind the header; how many match,
 * and how many there was room for. */
static void sim_zone_list(const struct sim_zns *zns, uint64_t first, unsigned states, bool extended,
			  char *to, uint64_t room, uint64_t count[2])
{
	uint64_t step = sizeof(struct znvme_zone_desc) + (extended ? zns->extension_size : 0);

	for (uint64_t i = first; i < zns->nr_zones; i++) {
		if (!sim_zone_in(&zns->zone[i], states))
			continue;
		count[0]++;
		if (room < step)
			continue;
		sim_zone_describe(zns, &zns->zone[i], (struct znvme_zone_desc *)(void *)to);
		if (extended && zns->zone[i].za & ZNVME_ZONE_ZA_ZDEV)
			memcpy(to + sizeof(struct znvme_zone_desc),
			       zns->extension + i * zns->extension_size, zns->extension_size);
		to += step;
		room -= step;
		count[1]++;
	}
}

uint16_t sim_zone_receive(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	const struct sim_zns *zns = ns->zns;
	uint64_t slba = cmd->sqe.cdw10 | (uint64_t)cmd->sqe.cdw11 << 32;
	uint64_t len = (cmd->sqe.cdw12 + 1ull) * 4;
	uint64_t filter = znvme_field_get(ZNVME_ZONE_RECV_ZRASF, cmd->sqe.cdw13);
	uint32_t zra = cmd->sqe.cdw13 & ZNVME_ZONE_RECV_ZRA;
	bool extended = zra == ZNVME_ZONE_EXTENDED_REPORT;
	struct znvme_zone_report_header *report;
	uint64_t count[2] = {0, 0}, most;
	uint16_t status;

	if (zra > ZNVME_ZONE_EXTENDED_REPORT || filter >= SIM_COUNT(sim_zone_filters) ||
	    (extended && !zns->extension_size))
		return SIM_INVALID_FIELD(cmd, cdw13);
	if (slba >= ns->blocks) {
		cmd->lba = slba;
		cmd->error_loc = offsetof(struct znvme_sqe, cdw10);
		return SIM_DNR(ZNVME_SC_LBA_RANGE);
	}
	if (len < sizeof(*report) || len > sim_max_transfer(sim))
		return SIM_INVALID_FIELD(cmd, cdw12);
	most = sizeof(*report) +
	       zns->nr_zones * (sizeof(struct znvme_zone_desc) + zns->extension_size);
	if (most > len)
		most = len;
	report = calloc(1, most);
	if (!report)
		return ZNVME_SC_INTERNAL;
	sim_zone_list(zns, slba / zns->zone_size, sim_zone_filters[filter], extended,
		      (char *)(report + 1), most - sizeof(*report), count);
	report->nr_zones = count[cmd->sqe.cdw13 & ZNVME_ZONE_RECV_PARTIAL ? 1 : 0];
	status = sim_data_send(sim, cmd, report, most, len);
	free(report);
	return status;
}
