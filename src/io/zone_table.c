/* SPDX-License-Identifier: MIT */
/*
 * The table that keeps write pointers of zones (<znvme/zns.h>): filled by a report, moved on by
 * what completes, and a zone that something went wrong with is reported anew when it is asked for.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "znvme/zns.h"

#define PIECE 256u /* zones of a report */

struct entry {
	struct znvme_tracked_zone zone;
	bool stale; /* not known */
};

struct znvme_zone_table {
	const struct znvme_zns *zns;
	struct entry entry[]; /* zns->nr_zones */
};

static void take(struct entry *entry, const struct znvme_zone_desc *desc)
{
	enum znvme_zone_state state = znvme_zone_state(desc);

	entry->zone.start = desc->zslba;
	entry->zone.end = desc->zslba + desc->zcap;
	entry->zone.wp = znvme_zone_has_wp(state) ? desc->wp : entry->zone.end;
	entry->zone.state = (uint8_t)state;
	entry->zone.attributes = desc->za;
	entry->stale = false;
}

/* Read `nr` zones from the zone `first` on. */
static int refresh(struct znvme_zone_table *table, uint64_t first, uint64_t nr)
{
	const struct znvme_zns *zns = table->zns;
	struct znvme_zone_desc *desc = calloc(PIECE, sizeof(*desc));
	int rc = desc ? 0 : znvme_fail(-ENOMEM, "no memory for a zone report");

	while (nr && !rc) {
		uint64_t want = MIN(nr, PIECE), got;

		rc = znvme_zone_report(zns, first * zns->zone_size, ZNVME_ZONES_ALL, desc, NULL,
				       want, &got);
		for (uint64_t i = 0; i < got && !rc; i++)
			if (desc[i].zslba != (first + i) * zns->zone_size)
				got = i;
		if (!rc && got < want)
			rc = znvme_fail(-EPROTO, "the zone at block %llu is in no report",
					(unsigned long long)((first + got) * zns->zone_size));
		for (uint64_t i = 0; i < want && !rc; i++)
			take(&table->entry[first + i], &desc[i]);
		first += want;
		nr -= want;
	}
	free(desc);
	return rc;
}

int znvme_zone_table_create(const struct znvme_zns *zns, struct znvme_zone_table **table)
{
	struct znvme_zone_table *t = NULL;
	int rc;

	if (zns->nr_zones <= (SIZE_MAX - sizeof(*t)) / sizeof(t->entry[0]))
		t = calloc(1, sizeof(*t) + zns->nr_zones * sizeof(t->entry[0]));
	if (!t)
		return znvme_fail(-ENOMEM, "no memory for a table of %llu zones",
				  (unsigned long long)zns->nr_zones);
	t->zns = zns;
	rc = refresh(t, 0, zns->nr_zones);
	if (rc)
		free(t);
	else
		*table = t;
	return rc;
}

void znvme_zone_table_free(struct znvme_zone_table *table)
{
	free(table);
}

int znvme_zone_table_get(struct znvme_zone_table *table, uint64_t lba,
			 const struct znvme_tracked_zone **zone)
{
	uint64_t index = lba / table->zns->zone_size;
	int rc = 0;

	if (index >= table->zns->nr_zones)
		return znvme_fail(-ERANGE, "block %llu is in no zone of namespace %u",
				  (unsigned long long)lba, table->zns->ns->nsid);
	if (table->entry[index].stale)
		rc = refresh(table, index, 1);
	*zone = &table->entry[index].zone;
	return rc;
}

void znvme_zone_table_wrote(struct znvme_zone_table *table, uint64_t slba, uint32_t nlb, int status)
{
	uint64_t index = slba / table->zns->zone_size, end = slba + nlb;
	struct znvme_tracked_zone *zone;

	if (index >= table->zns->nr_zones)
		return;
	zone = &table->entry[index].zone;
	if (status || end > zone->end || !znvme_zone_has_wp((enum znvme_zone_state)zone->state)) {
		table->entry[index].stale = true;
		return;
	}
	if (zone->attributes & ZNVME_ZONE_ZA_ZRWAV) {
		/* Within its area the write pointer stays; beyond, flushes move it. */
		if (end - zone->wp > table->zns->zrwa_size)
			table->entry[index].stale = true;
		return;
	}
	/* Appends complete in any order: the last of them is where the write pointer is. */
	zone->wp = MAX(zone->wp, end);
	if (zone->state == ZNVME_ZONE_EMPTY || zone->state == ZNVME_ZONE_CLOSED)
		zone->state = ZNVME_ZONE_IMPLICITLY_OPEN;
	if (zone->wp == zone->end)
		zone->state = ZNVME_ZONE_FULL;
}

void znvme_zone_table_forget(struct znvme_zone_table *table, uint64_t lba)
{
	uint64_t index = lba / table->zns->zone_size;

	if (lba == ZNVME_ALL_ZONES)
		for (uint64_t i = 0; i < table->zns->nr_zones; i++)
			table->entry[i].stale = true;
	else if (index < table->zns->nr_zones)
		table->entry[index].stale = true;
}
