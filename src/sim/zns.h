/* SPDX-License-Identifier: MIT */
/* What the parts of zoned namespaces (zns.c, zone_manage.c, zones.c) know of a zone. */
#ifndef SIM_ZNS_H
#define SIM_ZNS_H

#include "sim/internal.h"

/* Sets of zone states. */
#define SIM_IN(state) (1u << (state))
#define SIM_OPEN      (SIM_IN(ZNVME_ZONE_IMPLICITLY_OPEN) | SIM_IN(ZNVME_ZONE_EXPLICITLY_OPEN))
#define SIM_ACTIVE    (SIM_OPEN | SIM_IN(ZNVME_ZONE_CLOSED))
#define SIM_WRITABLE  (SIM_ACTIVE | SIM_IN(ZNVME_ZONE_EMPTY))
#define SIM_FULL      SIM_IN(ZNVME_ZONE_FULL)
#define SIM_DEAD      (SIM_IN(ZNVME_ZONE_READ_ONLY) | SIM_IN(ZNVME_ZONE_OFFLINE))
#define SIM_ANY	      (SIM_WRITABLE | SIM_FULL | SIM_DEAD)

bool sim_zone_in(const struct sim_zone *zone, unsigned states);
uint64_t sim_zone_start(const struct sim_zns *zns, const struct sim_zone *zone);
/* Behind the last block that can be written. */
uint64_t sim_zone_end(const struct sim_zns *zns, const struct sim_zone *zone);
struct sim_zone *sim_zone_at(const struct sim_zns *zns, uint64_t lba);
/* To another state, and all that the state counts in. */
void sim_zone_move(struct sim_zns *zns, struct sim_zone *zone, enum znvme_zone_state state);
/* Whether the limits let it become active, or open. */
uint16_t sim_zone_afford(const struct sim_zns *zns, const struct sim_zone *zone, bool open);
void sim_zone_open(struct sim_zns *zns, struct sim_zone *zone, enum znvme_zone_state state);
/* An open zone is closed, or empty where nothing was written. */
void sim_zone_rest(struct sim_zns *zns, struct sim_zone *zone);
void sim_zone_advance(struct sim_zns *zns, struct sim_zone *zone, uint64_t wp);

#endif
