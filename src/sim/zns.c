/* SPDX-License-Identifier: MIT */
/*
 * Zoned namespaces (Zoned Namespace Command Set 1.2): the zones' state machine with its limits
 * (section 2.1.1), what a zone says to reads and writes (2.1.1.2 to 2.1.1.5), random write areas
 * (5.7), the address of a Zone Append (3.4.1), and the Changed Zone List (4.1.4.1). The commands
 * for zones are in zone_manage.c, where they come from and are kept in zones.c.
 */
#include "sim/zns.h"

#include <errno.h>

/* ---- states -------------------------------------------------------------------------------- */

bool sim_zone_in(const struct sim_zone *zone, unsigned states)
{
	return states >> zone->state & 1;
}

uint64_t sim_zone_start(const struct sim_zns *zns, const struct sim_zone *zone)
{
	return (uint64_t)(zone - zns->zone) * zns->zone_size;
}

/* Behind the last block that can be written. */
uint64_t sim_zone_end(const struct sim_zns *zns, const struct sim_zone *zone)
{
	return sim_zone_start(zns, zone) + zns->zone_cap;
}

struct sim_zone *sim_zone_at(const struct sim_zns *zns, uint64_t lba)
{
	return &zns->zone[lba / zns->zone_size];
}

/* To another state, and the resources that are bound to states. */
void sim_zone_move(struct sim_zns *zns, struct sim_zone *zone, enum znvme_zone_state state)
{
	zns->open -= sim_zone_in(zone, SIM_OPEN);
	zns->active -= sim_zone_in(zone, SIM_ACTIVE);
	zone->state = (uint8_t)state;
	zns->open += sim_zone_in(zone, SIM_OPEN);
	zns->active += sim_zone_in(zone, SIM_ACTIVE);
	if (!sim_zone_in(zone, SIM_ACTIVE) && zone->za & ZNVME_ZONE_ZA_ZRWAV) {
		zone->za &= (uint8_t)~ZNVME_ZONE_ZA_ZRWAV;
		zns->zrwa--;
	}
	if (state == ZNVME_ZONE_EMPTY) {
		zone->wp = sim_zone_start(zns, zone);
		zone->za = 0;
		zone->zai = 0;
	}
	if (state == ZNVME_ZONE_FULL) {
		zone->za &= (uint8_t)~ZNVME_ZONE_ZA_FZR;
		zone->zai &= (uint8_t)~ZNVME_ZONE_ZAI_FRLI;
	}
}

/* The zone that was opened implicitly before all others, to be closed when resources run out. */
static struct sim_zone *sim_zone_oldest(const struct sim_zns *zns)
{
	struct sim_zone *oldest = NULL;

	for (uint64_t i = 0; i < zns->nr_zones; i++) {
		struct sim_zone *zone = &zns->zone[i];

		if (zone->state == ZNVME_ZONE_IMPLICITLY_OPEN &&
		    (!oldest || zone->opened < oldest->opened))
			oldest = zone;
	}
	return oldest;
}

/* Whether there are the resources to make a zone active, or open. */
uint16_t sim_zone_afford(const struct sim_zns *zns, const struct sim_zone *zone, bool open)
{
	if (!sim_zone_in(zone, SIM_ACTIVE) && zns->max_active && zns->active >= zns->max_active)
		return ZNVME_SC_ZONE_TOO_MANY_ACTIVE;
	if (open && !sim_zone_in(zone, SIM_OPEN) && zns->max_open && zns->open >= zns->max_open &&
	    !sim_zone_oldest(zns))
		return ZNVME_SC_ZONE_TOO_MANY_OPEN;
	return ZNVME_SC_SUCCESS;
}

/* Open a zone that sim_zone_afford() has let pass. */
void sim_zone_open(struct sim_zns *zns, struct sim_zone *zone, enum znvme_zone_state state)
{
	if (!sim_zone_in(zone, SIM_OPEN) && zns->max_open && zns->open >= zns->max_open)
		sim_zone_move(zns, sim_zone_oldest(zns), ZNVME_ZONE_CLOSED);
	sim_zone_move(zns, zone, state);
	zone->opened = ++zns->clock;
}

/* Behind a shutdown or a power cycle no zone is open. */
void sim_zone_rest(struct sim_zns *zns, struct sim_zone *zone)
{
	bool used = zone->wp != sim_zone_start(zns, zone) || zone->za & ZNVME_ZONE_ZA_ZDEV;

	if (zone->za & ZNVME_ZONE_ZA_ZRWAV) {
		zone->za &= (uint8_t)~ZNVME_ZONE_ZA_ZRWAV;
		zns->zrwa--;
	}
	sim_zone_move(zns, zone, used ? ZNVME_ZONE_CLOSED : ZNVME_ZONE_EMPTY);
}

void sim_zns_rest(struct znvme_sim *sim)
{
	for (uint32_t i = 0; i < sim->nr_ns; i++) {
		struct sim_zns *zns = sim->ns[i].zns;

		for (uint64_t n = 0; zns && n < zns->nr_zones; n++)
			if (sim_zone_in(&zns->zone[n], SIM_ACTIVE))
				sim_zone_rest(zns, &zns->zone[n]);
	}
}

/* ---- reads and writes ---------------------------------------------------------------------- */

static uint16_t sim_zone_refuse(const struct sim_zone *zone)
{
	switch (zone->state) {
	case ZNVME_ZONE_FULL:
		return SIM_DNR(ZNVME_SC_ZONE_FULL);
	case ZNVME_ZONE_READ_ONLY:
		return SIM_DNR(ZNVME_SC_ZONE_READ_ONLY);
	default:
		return SIM_DNR(ZNVME_SC_ZONE_OFFLINE);
	}
}

static uint16_t sim_zns_check_read(const struct sim_zns *zns, uint64_t slba, uint64_t nlb)
{
	const struct sim_zone *first = sim_zone_at(zns, slba);
	const struct sim_zone *last = sim_zone_at(zns, slba + nlb - 1);

	if (first != last && !zns->read_across)
		return SIM_DNR(ZNVME_SC_ZONE_BOUNDARY);
	for (const struct sim_zone *zone = first; zone <= last; zone++)
		if (zone->state == ZNVME_ZONE_OFFLINE)
			return SIM_DNR(ZNVME_SC_ZONE_OFFLINE);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_zns_check_write(const struct sim_zns *zns, uint64_t slba, uint64_t nlb)
{
	const struct sim_zone *zone = sim_zone_at(zns, slba);
	bool zrwa = zone->za & ZNVME_ZONE_ZA_ZRWAV;

	if (!sim_zone_in(zone, SIM_WRITABLE))
		return sim_zone_refuse(zone);
	if (slba + nlb > sim_zone_end(zns, zone))
		return SIM_DNR(ZNVME_SC_ZONE_BOUNDARY);
	if (zrwa ? slba < zone->wp || slba + nlb > zone->wp + 2ull * zns->zrwa_size
		 : slba != zone->wp)
		return SIM_DNR(ZNVME_SC_ZONE_INVALID_WRITE);
	return sim_zone_afford(zns, zone, true);
}

/* The zone's write pointer for the address of an append. */
static uint16_t sim_zns_place(struct znvme_sim *sim, const struct sim_ns *ns, struct sim_cmd *cmd,
			      uint64_t nlb, uint64_t *slba)
{
	const struct sim_zns *zns = ns->zns;
	const struct sim_zone *zone = sim_zone_at(zns, *slba);

	if (*slba % zns->zone_size)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (nlb << ns->lba_shift > sim_zns_append_max(sim))
		return SIM_INVALID_FIELD(cmd, cdw12);
	if (zone->za & ZNVME_ZONE_ZA_ZRWAV)
		return SIM_DNR(ZNVME_SC_ZONE_INVALID_OPERATION);
	if (!sim_zone_in(zone, SIM_WRITABLE))
		return sim_zone_refuse(zone);
	*slba = zone->wp;
	cmd->sqe.cdw10 = cmd->dw0 = (uint32_t)zone->wp;
	cmd->sqe.cdw11 = cmd->dw1 = (uint32_t)(zone->wp >> 32);
	return ZNVME_SC_SUCCESS;
}

uint64_t sim_zns_distance(const struct sim_ns *ns, const struct sim_cmd *cmd)
{
	uint64_t slba = cmd->sqe.cdw10 | (uint64_t)cmd->sqe.cdw11 << 32;

	return cmd->sqe.opcode == ZNVME_CMD_ZONE_APPEND ? slba % ns->zns->zone_size : 0;
}

/* Before a command on blocks: what the zones say. An append learns its address, which goes into the
 * completion. */
uint16_t sim_zns_begin(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd, bool writes)
{
	uint64_t slba = cmd->sqe.cdw10 | (uint64_t)cmd->sqe.cdw11 << 32;
	uint64_t nlb = (cmd->sqe.cdw12 & ZNVME_RW_NLB) + 1;
	uint16_t status = ZNVME_SC_SUCCESS;

	if (slba >= ns->blocks || nlb > ns->blocks - slba)
		return ZNVME_SC_SUCCESS; /* the command itself finds that out */
	if (cmd->sqe.opcode == ZNVME_CMD_ZONE_APPEND)
		status = sim_zns_place(sim, ns, cmd, nlb, &slba);
	if (!status)
		status = writes ? sim_zns_check_write(ns->zns, slba, nlb)
				: sim_zns_check_read(ns->zns, slba, nlb);
	if (status)
		cmd->lba = slba;
	return status;
}

static uint64_t sim_round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

void sim_zone_advance(struct sim_zns *zns, struct sim_zone *zone, uint64_t wp)
{
	uint64_t end = sim_zone_end(zns, zone);

	zone->wp = wp < end ? wp : end;
	if (zone->wp == end)
		sim_zone_move(zns, zone, ZNVME_ZONE_FULL);
}

/* Behind a write that sim_zns_begin() has let pass: open, and on with the write pointer. In a
 * random write area it moves where the area is too small for what was written: by implicit flushes.
 */
void sim_zns_end(struct sim_ns *ns, const struct sim_cmd *cmd)
{
	uint64_t slba = cmd->sqe.cdw10 | (uint64_t)cmd->sqe.cdw11 << 32;
	uint64_t end = slba + (cmd->sqe.cdw12 & ZNVME_RW_NLB) + 1;
	struct sim_zns *zns = ns->zns;
	struct sim_zone *zone = sim_zone_at(zns, slba);
	uint64_t area = zone->wp + zns->zrwa_size;

	if (!sim_zone_in(zone, SIM_OPEN))
		sim_zone_open(zns, zone, ZNVME_ZONE_IMPLICITLY_OPEN);
	if (!(zone->za & ZNVME_ZONE_ZA_ZRWAV))
		sim_zone_advance(zns, zone, end);
	else if (end > area)
		sim_zone_advance(zns, zone,
				 zone->wp + sim_round_up(end - area, zns->zrwa_granularity));
}

/* A power loss has taken the newest contents of a block: what was written behind it is gone too. A
 * full zone stays full. */
void sim_zns_lose(struct znvme_sim *sim, struct sim_ns *ns, uint64_t lba)
{
	struct sim_zns *zns = ns->zns;
	struct sim_zone *zone = sim_zone_at(zns, lba);

	if (!sim_zone_in(zone, SIM_ACTIVE | SIM_FULL))
		return;
	if (zone->state != ZNVME_ZONE_FULL && lba >= zone->wp)
		return;
	sim_media_zero(sim, ns, lba, sim_zone_end(zns, zone) - lba);
	if (zone->state == ZNVME_ZONE_FULL)
		return;
	zone->wp = lba;
	if (lba == sim_zone_start(zns, zone) && !(zone->za & ZNVME_ZONE_ZA_ZDEV))
		sim_zone_move(zns, zone, ZNVME_ZONE_EMPTY);
}

/* ---- what the controller does by itself ---------------------------------------------------- */

bool sim_zns_any(const struct znvme_sim *sim)
{
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].zns)
			return true;
	return false;
}

/* The zone is on the Changed Zone List from now on, and the host is told, if it wants to be. */
static void sim_zone_changed(struct znvme_sim *sim, struct sim_ns *ns, struct sim_zone *zone)
{
	zone->changed = 1;
	if (sim->value[ZNVME_FEAT_ASYNC_EVENT].current & ZNVME_FEAT_AEC_ZONE)
		sim_event_raise_for(sim, ZNVME_AER_TYPE_NOTICE, ZNVME_AER_NOTICE_ZONE,
				    ZNVME_LOG_CHANGED_ZONES, ns->nsid);
}

int sim_zns_change(struct znvme_sim *sim, uint32_t nsid, uint64_t lba,
		   enum znvme_sim_zone_change change)
{
	static const unsigned from[] = {
		[ZNVME_SIM_ZONE_READ_ONLY] = SIM_WRITABLE | SIM_FULL,
		[ZNVME_SIM_ZONE_OFFLINE] = SIM_ANY,
		[ZNVME_SIM_ZONE_FINISH] = SIM_ACTIVE,
		[ZNVME_SIM_ZONE_RECOMMEND_RESET] = SIM_FULL,
		[ZNVME_SIM_ZONE_RECOMMEND_FINISH] = SIM_ACTIVE,
	};
	struct sim_ns *ns = sim_ns(sim, nsid);
	struct sim_zone *zone;

	if (!ns || !ns->zns || lba >= ns->blocks)
		return znvme_fail(-ENOENT, "sim: namespace %u has no zone at block %llu", nsid,
				  (unsigned long long)lba);
	zone = sim_zone_at(ns->zns, lba);
	if ((unsigned)change >= SIM_COUNT(from) || !sim_zone_in(zone, from[change]))
		return znvme_fail(-EINVAL,
				  "sim: the zone at block %llu, in state %xh, cannot do that",
				  (unsigned long long)lba, zone->state);
	switch (change) {
	case ZNVME_SIM_ZONE_READ_ONLY:
		sim_zone_move(ns->zns, zone, ZNVME_ZONE_READ_ONLY);
		break;
	case ZNVME_SIM_ZONE_OFFLINE:
		sim_zone_move(ns->zns, zone, ZNVME_ZONE_OFFLINE);
		break;
	case ZNVME_SIM_ZONE_FINISH:
		sim_zone_move(ns->zns, zone, ZNVME_ZONE_FULL);
		zone->za |= ZNVME_ZONE_ZA_ZFC;
		break;
	case ZNVME_SIM_ZONE_RECOMMEND_RESET:
		zone->za |= ZNVME_ZONE_ZA_RZR;
		break;
	case ZNVME_SIM_ZONE_RECOMMEND_FINISH:
		zone->za |= ZNVME_ZONE_ZA_FZR;
		break;
	}
	sim_zone_changed(sim, ns, zone);
	return 0;
}

void sim_zns_changed_zones(struct sim_ns *ns, struct znvme_changed_zones_log *log)
{
	struct sim_zns *zns = ns->zns;
	uint64_t nr = 0;

	for (uint64_t i = 0; i < zns->nr_zones; i++) {
		if (!zns->zone[i].changed)
			continue;
		if (nr < ZNVME_CHANGED_ZONES_MAX)
			log->zid[nr] = i * zns->zone_size;
		nr++;
	}
	log->nrzid = (uint16_t)nr;
	if (nr > ZNVME_CHANGED_ZONES_MAX) {
		memset(log, 0, sizeof(*log));
		log->nrzid = ZNVME_CHANGED_ZONES_OVERFLOW;
	}
}

void sim_zns_forget_changes(struct sim_ns *ns)
{
	for (uint64_t i = 0; i < ns->zns->nr_zones; i++)
		ns->zns->zone[i].changed = 0;
}
