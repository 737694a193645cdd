/* SPDX-License-Identifier: MIT */
/*
 * Zoned namespaces (Zoned Namespace Command Set 1.2): the zones' state machine with its limits
 * (section 2.1.1), what a zone says to reads and writes (2.1.1.2 to 2.1.1.5), random write areas
 * (5.7), Zone Management Send and Receive (3.4.3, 3.4.2), the address of a Zone Append (3.4.1), and
 * the Changed Zone List (4.1.4.1).
 *
 * The table of zones lies in memory or, where the blocks are in a file, in one beside it that is
 * mapped: each change is kept at once. What is in it when the simulator is made is as after a power
 * cycle. Zone management is durable; a power loss takes blocks that were not flushed, and the write
 * pointer goes back to the first of them (sim_zns_lose()).
 */
#include "sim/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIM_ZONE_SIZE (16ull << 20) /* bytes */

/* What the file of the zones starts with; one with another start is of other zones. */
struct sim_zones_header {
	char magic[8];
	uint64_t zone_size; /* blocks, as the next */
	uint64_t zone_cap;
	uint64_t nr_zones;
	uint32_t lba_shift;
	uint32_t extension; /* bytes */
};

static const char sim_zones_magic[8] = {'z', 'o', 'n', 'e', 's', ' ', '1', '\n'};

/* ---- states -------------------------------------------------------------------------------- */

#define SIM_IN(state) (1u << (state))
#define SIM_OPEN      (SIM_IN(ZNVME_ZONE_IMPLICITLY_OPEN) | SIM_IN(ZNVME_ZONE_EXPLICITLY_OPEN))
#define SIM_ACTIVE    (SIM_OPEN | SIM_IN(ZNVME_ZONE_CLOSED))
#define SIM_WRITABLE  (SIM_ACTIVE | SIM_IN(ZNVME_ZONE_EMPTY))
#define SIM_FULL      SIM_IN(ZNVME_ZONE_FULL)
#define SIM_DEAD      (SIM_IN(ZNVME_ZONE_READ_ONLY) | SIM_IN(ZNVME_ZONE_OFFLINE))
#define SIM_ANY	      (SIM_WRITABLE | SIM_FULL | SIM_DEAD)

static bool sim_zone_in(const struct sim_zone *zone, unsigned states)
{
	return states >> zone->state & 1;
}

static uint64_t sim_zone_start(const struct sim_zns *zns, const struct sim_zone *zone)
{
	return (uint64_t)(zone - zns->zone) * zns->zone_size;
}

/* Behind the last block that can be written. */
static uint64_t sim_zone_end(const struct sim_zns *zns, const struct sim_zone *zone)
{
	return sim_zone_start(zns, zone) + zns->zone_cap;
}

static struct sim_zone *sim_zone_at(const struct sim_zns *zns, uint64_t lba)
{
	return &zns->zone[lba / zns->zone_size];
}

/* To another state, and the resources that are bound to states. */
static void sim_zone_move(struct sim_zns *zns, struct sim_zone *zone, enum znvme_zone_state state)
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
static uint16_t sim_zone_afford(const struct sim_zns *zns, const struct sim_zone *zone, bool open)
{
	if (!sim_zone_in(zone, SIM_ACTIVE) && zns->max_active && zns->active >= zns->max_active)
		return ZNVME_SC_ZONE_TOO_MANY_ACTIVE;
	if (open && !sim_zone_in(zone, SIM_OPEN) && zns->max_open && zns->open >= zns->max_open &&
	    !sim_zone_oldest(zns))
		return ZNVME_SC_ZONE_TOO_MANY_OPEN;
	return ZNVME_SC_SUCCESS;
}

/* Open a zone that sim_zone_afford() has let pass. */
static void sim_zone_open(struct sim_zns *zns, struct sim_zone *zone, enum znvme_zone_state state)
{
	if (!sim_zone_in(zone, SIM_OPEN) && zns->max_open && zns->open >= zns->max_open)
		sim_zone_move(zns, sim_zone_oldest(zns), ZNVME_ZONE_CLOSED);
	sim_zone_move(zns, zone, state);
	zone->opened = ++zns->clock;
}

/* Behind a shutdown or a power cycle no zone is open. */
static void sim_zone_rest(struct sim_zns *zns, struct sim_zone *zone)
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
	cmd->sqe.cdw10 = (uint32_t)zone->wp;
	cmd->sqe.cdw11 = (uint32_t)(zone->wp >> 32);
	return ZNVME_SC_SUCCESS;
}

/* Before a command on blocks: what the zones say. An append learns its address. */
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

static void sim_zone_advance(struct sim_zns *zns, struct sim_zone *zone, uint64_t wp)
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

	(void)cmd;
	if (zone->state == ZNVME_ZONE_EMPTY)
		return status;
	status = sim_cache_write(sim, ns, start, zns->zone_cap, true);
	if (!status)
		status = sim_media_zero(sim, ns, start, zns->zone_cap);
	if (status)
		return status;
	sim_media_clear_bad(ns, start, zns->zone_cap);
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

/* ---- Identify ------------------------------------------------------------------------------ */

/* Bytes that a Zone Append moves. */
uint64_t sim_zns_append_max(struct znvme_sim *sim)
{
	uint64_t max = sim_max_transfer(sim);
	uint64_t zasl = (4096ull << sim->options.mpsmin) << sim->options.zasl;

	return sim->options.zasl && zasl < max ? zasl : max;
}

void sim_zns_identify(const struct sim_ns *ns, struct znvme_id_ns_zns *id)
{
	const struct sim_zns *zns = ns->zns;

	id->zoc = ZNVME_ZNS_ZOC_ZAE;
	id->ozcs = zns->read_across ? ZNVME_ZNS_OZCS_RAZB : 0;
	id->mar = zns->max_active - 1; /* 0 is no limit, and becomes ffffffffh */
	id->mor = zns->max_open - 1;
	if (!zns->nr_zrwa)
		return;
	id->ozcs |= ZNVME_ZNS_OZCS_ZRWASUP;
	id->numzrwa = zns->nr_zrwa;
	id->zrwafg = (uint16_t)zns->zrwa_granularity;
	id->zrwasz = (uint16_t)zns->zrwa_size;
	id->zrwacap = ZNVME_ZNS_ZRWACAP_EXPFLUSHSUP;
}

/* ---- making them --------------------------------------------------------------------------- */

/* The value for a namespace: its own, the one for all, or `preset`. */
uint64_t sim_zns_zone_bytes(const struct znvme_sim *sim, const struct sim_ns *ns)
{
	if (!sim_list_at(&sim->options.zoned, ns->nsid - 1, 0))
		return 0;
	return sim_list_at(&sim->options.zone_size, ns->nsid - 1, SIM_ZONE_SIZE);
}

static int sim_zns_check_lists(const struct znvme_sim *sim)
{
	const struct sim_options *o = &sim->options;
	const struct {
		const char *name;
		const struct sim_list *list;
	} lists[] = {
		{"zoned", &o->zoned},
		{"zone_size", &o->zone_size},
		{"zone_cap", &o->zone_cap},
		{"max_open", &o->max_open},
		{"max_active", &o->max_active},
		{"ext", &o->ext},
		{"zrwa", &o->zrwa},
		{"zrwafg", &o->zrwafg},
		{"numzrwa", &o->numzrwa},
	};

	for (size_t i = 0; i < SIM_COUNT(lists); i++)
		if (lists[i].list->nr > 1 && lists[i].list->nr != sim->options.ns)
			return znvme_fail(
				-EINVAL,
				"sim: option '%s' has %u values for %u namespaces: give one for "
				"all or one for each",
				lists[i].name, lists[i].list->nr, (unsigned)sim->options.ns);
	return 0;
}

/* `bytes` of the option in blocks. */
static int sim_zns_blocks(const struct sim_ns *ns, const char *option, uint64_t bytes,
			  uint64_t *blocks)
{
	*blocks = bytes >> ns->lba_shift;
	if (*blocks << ns->lba_shift == bytes)
		return 0;
	return znvme_fail(-EINVAL,
			  "sim: option '%s': %llu bytes are no multiple of the blocks of "
			  "namespace %u, %llu bytes",
			  option, (unsigned long long)bytes, ns->nsid, 1ull << ns->lba_shift);
}

static int sim_zns_lay_out(const struct znvme_sim *sim, struct sim_ns *ns, struct sim_zns *zns)
{
	const struct sim_options *o = &sim->options;
	uint64_t size = sim_zns_zone_bytes(sim, ns);
	int rc = sim_zns_blocks(ns, "zone_size", size, &zns->zone_size);

	if (!rc)
		rc = sim_zns_blocks(ns, "zone_cap", sim_list_at(&o->zone_cap, ns->nsid - 1, size),
				    &zns->zone_cap);
	if (rc)
		return rc;
	if (!zns->zone_size || ns->blocks % zns->zone_size)
		return znvme_fail(-EINVAL,
				  "sim: namespace %u of %llu bytes is no multiple of its zones of "
				  "%llu bytes (option zone_size)",
				  ns->nsid, (unsigned long long)(ns->blocks << ns->lba_shift),
				  (unsigned long long)size);
	if (!zns->zone_cap || zns->zone_cap > zns->zone_size)
		return znvme_fail(-EINVAL, "sim: option 'zone_cap' is above 'zone_size', or 0");
	zns->nr_zones = ns->blocks / zns->zone_size;
	zns->read_across = o->read_across;
	zns->extension_size = (uint32_t)sim_list_at(&o->ext, ns->nsid - 1, 0);
	if (zns->extension_size % ZNVME_ZDES_UNIT)
		return znvme_fail(-EINVAL, "sim: option 'ext': %u is no multiple of 64",
				  zns->extension_size);
	return 0;
}

static int sim_zns_limit(const struct znvme_sim *sim, struct sim_ns *ns, struct sim_zns *zns)
{
	const struct sim_options *o = &sim->options;
	uint64_t size, granularity;
	int rc;

	zns->max_open = (uint32_t)sim_list_at(&o->max_open, ns->nsid - 1, 0);
	zns->max_active = (uint32_t)sim_list_at(&o->max_active, ns->nsid - 1, 0);
	if (zns->max_active && (!zns->max_open || zns->max_open > zns->max_active)) {
		if (zns->max_open)
			return znvme_fail(-EINVAL,
					  "sim: option 'max_open' (%u) is above 'max_active' (%u)",
					  zns->max_open, zns->max_active);
		zns->max_open = zns->max_active;
	}
	rc = sim_zns_blocks(ns, "zrwa", sim_list_at(&o->zrwa, ns->nsid - 1, 0), &size);
	if (!rc)
		rc = sim_zns_blocks(ns, "zrwafg",
				    sim_list_at(&o->zrwafg, ns->nsid - 1, 1ull << ns->lba_shift),
				    &granularity);
	if (rc || !size)
		return rc;
	if (!granularity || size % granularity || size > UINT16_MAX || size > zns->zone_cap)
		return znvme_fail(-EINVAL,
				  "sim: option 'zrwa': the area is no multiple of its flushes "
				  "('zrwafg'), or has more than 65535 blocks or than a zone");
	zns->zrwa_size = (uint32_t)size;
	zns->zrwa_granularity = (uint32_t)granularity;
	zns->nr_zrwa = (uint32_t)sim_list_at(&o->numzrwa, ns->nsid - 1,
					     zns->max_active ? zns->max_active : zns->nr_zones);
	return 0;
}

/* A zone as the file has it must be one that can be. */
static bool sim_zone_sane(const struct sim_zns *zns, const struct sim_zone *zone)
{
	uint64_t start = sim_zone_start(zns, zone), end = sim_zone_end(zns, zone);

	if (zone->state > ZNVME_ZONE_OFFLINE || !sim_zone_in(zone, SIM_ANY))
		return false;
	if (zone->state == ZNVME_ZONE_EMPTY && zone->wp != start)
		return false;
	return !sim_zone_in(zone, SIM_WRITABLE) || (zone->wp >= start && zone->wp < end);
}

/* The zones start empty, or as they were left: none is open. */
static int sim_zns_start(struct sim_zns *zns, bool kept, const char *path)
{
	for (uint64_t i = 0; i < zns->nr_zones; i++) {
		struct sim_zone *zone = &zns->zone[i];

		if (!kept) {
			zone->state = ZNVME_ZONE_EMPTY;
			zone->wp = i * zns->zone_size;
			continue;
		}
		if (!sim_zone_sane(zns, zone))
			return znvme_fail(-EINVAL,
					  "sim: %s: zone %llu makes no sense; without the file all "
					  "zones are empty",
					  path, (unsigned long long)i);
		zone->opened = 0;
		zone->changed = 0;
		if (!sim_zone_in(zone, SIM_ACTIVE))
			continue;
		zns->active++;
		zns->open += sim_zone_in(zone, SIM_OPEN);
		zns->zrwa += !!(zone->za & ZNVME_ZONE_ZA_ZRWAV);
		sim_zone_rest(zns, zone);
	}
	return 0;
}

/* The file of the zones: opened or made, of `len` bytes. A descriptor, or a negative errno. */
static int sim_zones_open_file(struct znvme_sim *sim, const char *path, size_t len, bool *kept)
{
	bool readonly = sim->store.readonly;
	int fd = open(path, (readonly ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0666);
	struct stat st;

	if (fd < 0 && readonly && errno == ENOENT) {
		*kept = false;
		return -ENOENT;
	}
	if (fd < 0)
		return znvme_fail(-errno, "sim: opening %s: %s", path, strerror(errno));
	if (!fstat(fd, &st) && !sim->store.fresh && st.st_size) {
		*kept = true;
		if ((uint64_t)st.st_size == len)
			return fd;
		close(fd);
		return znvme_fail(-EINVAL, "sim: %s is of other zones: left as it is", path);
	}
	*kept = false;
	if (ftruncate(fd, 0) || ftruncate(fd, (off_t)len)) {
		int rc = znvme_fail(-errno, "sim: making %s: %s", path, strerror(errno));

		close(fd);
		return rc;
	}
	return fd;
}

/* The table of zones: memory, or a mapped file. */
static int sim_zones_map(struct znvme_sim *sim, struct sim_ns *ns, struct sim_zns *zns)
{
	struct sim_zones_header header = {
		.zone_size = zns->zone_size,
		.zone_cap = zns->zone_cap,
		.nr_zones = zns->nr_zones,
		.lba_shift = ns->lba_shift,
		.extension = zns->extension_size,
	};
	size_t size = sizeof(header) + zns->nr_zones * (sizeof(*zns->zone) + zns->extension_size);
	char path[sizeof(sim->options.file) + 32];
	bool kept = false;
	int fd = -ENOENT;

	memcpy(header.magic, sim_zones_magic, sizeof(header.magic));
	snprintf(path, sizeof(path), "%s.n%u.zones", sim->options.file, ns->nsid);
	if (sim->store.fd >= 0) {
		fd = sim_zones_open_file(sim, path, size, &kept);
		if (fd < 0 && fd != -ENOENT)
			return fd;
	}
	zns->map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
			       : (sim->store.readonly ? MAP_PRIVATE : MAP_SHARED),
			fd < 0 ? -1 : fd, 0);
	if (fd >= 0)
		close(fd);
	if (zns->map == MAP_FAILED) {
		zns->map = NULL;
		return znvme_fail(-ENOMEM, "sim: no memory for %llu zones",
				  (unsigned long long)zns->nr_zones);
	}
	zns->map_size = size;
	if (kept && memcmp(zns->map, &header, sizeof(header)))
		return znvme_fail(-EINVAL, "sim: %s is of other zones: left as it is", path);
	memcpy(zns->map, &header, sizeof(header));
	zns->zone = (void *)(zns->map + sizeof(header));
	zns->extension = (uint8_t *)&zns->zone[zns->nr_zones];
	return sim_zns_start(zns, kept, path);
}

static int sim_zns_make(struct znvme_sim *sim, struct sim_ns *ns)
{
	struct sim_zns *zns = calloc(1, sizeof(*zns));
	int rc;

	if (!zns)
		return znvme_fail(-ENOMEM, "sim: no memory for zones");
	ns->zns = zns;
	rc = sim_zns_lay_out(sim, ns, zns);
	if (!rc)
		rc = sim_zns_limit(sim, ns, zns);
	return rc ? rc : sim_zones_map(sim, ns, zns);
}

int sim_zns_open(struct znvme_sim *sim)
{
	int rc = sim_zns_check_lists(sim);

	for (uint32_t i = 0; i < sim->nr_ns && !rc; i++) {
		const struct sim_ns *ns = &sim->ns[i];
		/* Those that were created since have no zones. */
		bool zoned = ns->allocated && !ns->generation && sim_zns_zone_bytes(sim, ns);

		if (zoned && sim->options.without & SIM_WITHOUT_IOCS)
			rc = znvme_fail(-EINVAL, "sim: option 'zoned' needs command sets, which "
						 "without=iocs takes away");
		else if (zoned)
			rc = sim_zns_make(sim, &sim->ns[i]);
	}
	return rc;
}

/* Whatever they were: after a format, or when all data are gone. */
void sim_zns_empty(struct sim_ns *ns)
{
	for (uint64_t n = 0; ns->zns && n < ns->zns->nr_zones; n++)
		sim_zone_move(ns->zns, &ns->zns->zone[n], ZNVME_ZONE_EMPTY);
}

void sim_zns_close(struct sim_ns *ns)
{
	if (ns->zns && ns->zns->map)
		munmap(ns->zns->map, ns->zns->map_size);
	free(ns->zns);
	ns->zns = NULL;
}
