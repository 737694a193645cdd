/* SPDX-License-Identifier: MIT */
/*
 * Blocking calls for zones: Zone Management Send and Receive, Zone Append (Zoned Namespace Command
 * Set 1.2, section 3.4). Reports of any number of zones go in pieces; what they say is checked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "io/io.h"
#include "io/metadata.h"
#include "znvme/io.h"
#include "znvme/names.h"
#include "znvme/zns.h"

#define REPORT_SIZE ((size_t)256 << 10) /* bytes of one report, at most */

/* A report under way. */
struct report {
	struct io *io;
	const struct znvme_zns *zns;
	enum znvme_zone_filter filter;
	bool extended;
	uint64_t slba;	       /* the next zone's */
	char buf[REPORT_SIZE]; /* as it came */
};

/* ---- management, appends ------------------------------------------------------------------- */

static int check_zone(const struct znvme_zns *zns, uint64_t lba)
{
	if (lba < zns->ns->nr_blocks)
		return 0;
	return znvme_fail(-ERANGE, "block %llu is past the end of namespace %u, which has %llu",
			  (unsigned long long)lba, zns->ns->nsid,
			  (unsigned long long)zns->ns->nr_blocks);
}

/* What became of a command; a status becomes a sentence. */
static int explained(int rc, const struct znvme_zns *zns, const char *name, uint64_t lba)
{
	if (rc > 0 && lba == ZNVME_ALL_ZONES)
		znvme_fail(rc, "%s, all zones of namespace %u: %s", name, zns->ns->nsid,
			   znvme_strerror(rc));
	else if (rc > 0)
		znvme_fail(rc, "%s at block %llu of namespace %u: %s", name,
			   (unsigned long long)lba, zns->ns->nsid, znvme_strerror(rc));
	return rc;
}

static const char *action_name(enum znvme_zone_action action)
{
	const char *name = znvme_zone_action_name((uint8_t)action);

	return name ? name : "Zone Management Send";
}

int znvme_zone_manage(const struct znvme_zns *zns, enum znvme_zone_action action, uint64_t zslba,
		      uint32_t flags)
{
	bool all = zslba == ZNVME_ALL_ZONES || flags & ZNVME_ZONE_SEND_ALL;
	struct znvme_sqe cmd = {0};
	int rc = all ? 0 : check_zone(zns, zslba);

	if (rc)
		return rc;
	if (action == ZNVME_ZONE_SET_EXTENSION)
		return znvme_fail(-EINVAL, "%s has data: znvme_zone_set_extension()",
				  action_name(action));
	if (all)
		flags |= ZNVME_ZONE_SEND_ALL;
	znvme_prep_zone_manage(&cmd, zns, action, all ? 0 : zslba, flags);
	rc = znvme_io_exec(zns->ns->ctrl, &cmd, NULL, 0, NULL, 0, NULL, 0);
	return explained(rc, zns, action_name(action), all ? ZNVME_ALL_ZONES : zslba);
}

int znvme_zone_set_extension(const struct znvme_zns *zns, uint64_t zslba, const void *data,
			     uint32_t flags)
{
	struct znvme_sqe cmd = {0};
	int rc = check_zone(zns, zslba);

	if (rc)
		return rc;
	if (!zns->extension_size)
		return znvme_fail(-EOPNOTSUPP, "zones of namespace %u have no extensions",
				  zns->ns->nsid);
	znvme_sqe_set_zone(&cmd, zns, ZNVME_CMD_ZONE_MGMT_SEND, zslba, 0,
			   (uint32_t)ZNVME_ZONE_SET_EXTENSION | flags);
	rc = znvme_io_exec(zns->ns->ctrl, &cmd, (void *)(uintptr_t)data, zns->extension_size, NULL,
			   0, NULL, 0);
	return explained(rc, zns, action_name(ZNVME_ZONE_SET_EXTENSION), zslba);
}

/* An append to a namespace whose blocks have metadata, as blocking I/O has them (metadata.h). */
static int append_with_metadata(const struct znvme_ns *ns, struct znvme_sqe *cmd, uint64_t zslba,
				const void *data, uint32_t nlb, uint64_t *at)
{
	const bool packed = metadata_is_packed(ns);
	const size_t data_len =
		(size_t)nlb * (packed && ns->metadata_extended ? ns->lba_bytes : ns->block_size);
	const size_t all = (size_t)nlb * metadata_block_bytes(ns);
	char *bounce = packed ? malloc(all) : (char *)(uintptr_t)data;
	struct znvme_pi pi;
	int rc = 0;

	if (!bounce)
		return znvme_fail(-ENOMEM, "no memory for %zu bytes", all);
	znvme_pi_init(&pi, ns, zslba);
	if (!packed)
		pi.prinfo |= ZNVME_RW_PRACT;
	if (ns->pi_type != ZNVME_PI_TYPE3)
		pi.prinfo |= ZNVME_APPEND_PIREMAP;
	if (packed)
		rc = metadata_pack(ns, bounce, data, zslba, nlb);
	if (!rc && ns->pi_type)
		rc = znvme_sqe_set_pi(cmd, ns, &pi);
	if (!rc)
		rc = znvme_io_exec(ns->ctrl, cmd, bounce, data_len, bounce + data_len,
				   all - data_len, at, 0);
	if (packed)
		free(bounce);
	return rc;
}

int znvme_zone_append(const struct znvme_zns *zns, uint64_t zslba, const void *data, uint32_t nlb,
		      uint32_t flags, uint64_t *lba)
{
	const struct znvme_ns *ns = zns->ns;
	struct znvme_sqe cmd = {0};
	uint64_t at;
	int rc = check_zone(zns, zslba);

	if (rc)
		return rc;
	if (!data)
		return znvme_fail(-EFAULT, "Zone Append: no buffer");
	if (!nlb || nlb > zns->max_append_nlb || (size_t)nlb * ns->lba_bytes > IO_BUFFER_SIZE)
		return znvme_fail(-EINVAL, "Zone Append of %u blocks: it takes 1 to %llu", nlb,
				  (unsigned long long)MIN(zns->max_append_nlb,
							  IO_BUFFER_SIZE / ns->lba_bytes));
	znvme_sqe_set_range(&cmd, ns, ZNVME_CMD_ZONE_APPEND, zslba, nlb);
	cmd.cdw12 |= flags;
	if (ns->metadata_size)
		rc = append_with_metadata(ns, &cmd, zslba, data, nlb, &at);
	else
		rc = znvme_io_exec(ns->ctrl, &cmd, (void *)(uintptr_t)data,
				   (size_t)nlb * ns->block_size, NULL, 0, &at, 0);
	rc = explained(rc, zns, "Zone Append", zslba);
	if (rc)
		return rc;
	if (at < zslba || at - zslba > zns->zone_size - nlb)
		return znvme_fail(-EPROTO,
				  "Zone Append to the zone at block %llu has written to block %llu",
				  (unsigned long long)zslba, (unsigned long long)at);
	if (lba)
		*lba = at;
	return 0;
}

/* ---- reports ------------------------------------------------------------------------------- */

static bool matches(enum znvme_zone_filter filter, enum znvme_zone_state state)
{
	static const enum znvme_zone_state states[] = {
		[ZNVME_ZONES_EMPTY] = ZNVME_ZONE_EMPTY,
		[ZNVME_ZONES_IMPLICITLY_OPEN] = ZNVME_ZONE_IMPLICITLY_OPEN,
		[ZNVME_ZONES_EXPLICITLY_OPEN] = ZNVME_ZONE_EXPLICITLY_OPEN,
		[ZNVME_ZONES_CLOSED] = ZNVME_ZONE_CLOSED,
		[ZNVME_ZONES_FULL] = ZNVME_ZONE_FULL,
		[ZNVME_ZONES_READ_ONLY] = ZNVME_ZONE_READ_ONLY,
		[ZNVME_ZONES_OFFLINE] = ZNVME_ZONE_OFFLINE,
	};

	if (filter == ZNVME_ZONES_ALL)
		return znvme_zone_state_name((uint8_t)state);
	return filter < ARRAY_SIZE(states) && states[filter] == state;
}

/* A descriptor, which must be of a zone at or behind the one that is due. */
static int check_desc(const struct report *r, const struct znvme_zone_desc *zone)
{
	const struct znvme_zns *zns = r->zns;
	enum znvme_zone_state state = znvme_zone_state(zone);

	if (zone->zslba < r->slba || zone->zslba >= zns->ns->nr_blocks ||
	    zone->zslba % zns->zone_size)
		return znvme_fail(-EPROTO, "the zone report has a zone at block %llu",
				  (unsigned long long)zone->zslba);
	if (zone->zcap > zns->zone_size)
		return znvme_fail(-EPROTO,
				  "the zone at block %llu has a capacity of %llu, and a size of "
				  "%llu blocks",
				  (unsigned long long)zone->zslba, (unsigned long long)zone->zcap,
				  (unsigned long long)zns->zone_size);
	if (!matches(r->filter, state))
		return znvme_fail(-EPROTO, "the zone at block %llu is in state %xh",
				  (unsigned long long)zone->zslba, (unsigned)state);
	if (znvme_zone_has_wp(state) &&
	    (zone->wp < zone->zslba || zone->wp - zone->zslba > zone->zcap))
		return znvme_fail(-EPROTO,
				  "the zone at block %llu has its write pointer at block %llu",
				  (unsigned long long)zone->zslba, (unsigned long long)zone->wp);
	return 0;
}

/* Bytes that a zone takes in a report. */
static size_t zone_step(const struct report *r)
{
	return sizeof(struct znvme_zone_desc) + (r->extended ? r->zns->extension_size : 0);
}

static int read_report(struct report *r, size_t len, bool partial)
{
	struct znvme_sqe cmd = {0};
	int rc;

	znvme_sqe_set_zone(
		&cmd, r->zns, ZNVME_CMD_ZONE_MGMT_RECV, r->slba, (uint32_t)(len / 4 - 1),
		(uint32_t)(r->extended ? ZNVME_ZONE_EXTENDED_REPORT : ZNVME_ZONE_REPORT) |
			(uint32_t)r->filter << 8 | (partial ? ZNVME_ZONE_RECV_PARTIAL : 0));
	rc = io_exec(r->io, &cmd, r->buf, len, NULL);
	if (rc > 0)
		znvme_fail(rc, "zone report from block %llu of namespace %u: %s",
			   (unsigned long long)r->slba, r->zns->ns->nsid, znvme_strerror(rc));
	return rc;
}

/* Up to `max` zones, by one command. r->slba is behind the last then. */
static int report_piece(struct report *r, struct znvme_zone_desc *zones, char *extensions,
			uint64_t max, uint64_t *nr)
{
	struct znvme_zone_report_header header;
	size_t step = zone_step(r);
	const char *from = r->buf + sizeof(header);
	int rc = read_report(r, sizeof(header) + max * step, true);

	if (rc)
		return rc;
	memcpy(&header, r->buf, sizeof(header));
	if (header.nr_zones > max)
		return znvme_fail(-EPROTO, "a zone report of %llu zones, in room for %llu",
				  (unsigned long long)header.nr_zones, (unsigned long long)max);
	for (uint64_t i = 0; i < header.nr_zones; i++, from += step) {
		memcpy(&zones[i], from, sizeof(zones[i]));
		rc = check_desc(r, &zones[i]);
		if (rc)
			return rc;
		if (extensions)
			memcpy(extensions + i * r->zns->extension_size, from + sizeof(zones[i]),
			       r->zns->extension_size);
		r->slba = zones[i].zslba + r->zns->zone_size;
	}
	*nr = header.nr_zones;
	return 0;
}

/* As many pieces as it takes. One that has less than there is room for is the last. */
static int report_all(struct report *r, struct znvme_zone_desc *zones, char *extensions,
		      uint64_t max, uint64_t *nr)
{
	const struct znvme_ns *ns = r->zns->ns;
	size_t len = MIN(ns->ctrl->max_transfer, sizeof(r->buf));
	uint64_t fit = (len - sizeof(struct znvme_zone_report_header)) / zone_step(r);

	if (!fit)
		return znvme_fail(-EMSGSIZE,
				  "a zone and its extension have %zu bytes, a command moves %zu",
				  zone_step(r), len);
	while (*nr < max && r->slba < ns->nr_blocks) {
		uint64_t want = MIN(fit, max - *nr), got = 0;
		int rc = report_piece(r, zones + *nr,
				      extensions ? extensions + *nr * r->zns->extension_size : NULL,
				      want, &got);

		if (rc)
			return rc;
		*nr += got;
		if (got < want)
			break;
	}
	return 0;
}

/* Make a report ready to run; give it back with end_report(). *report stays NULL where it fails. */
static int begin_report(const struct znvme_zns *zns, uint64_t slba, enum znvme_zone_filter filter,
			bool extended, struct report **report)
{
	struct report *r;
	int rc = check_zone(zns, slba);

	if (rc)
		return rc;
	if (extended && !zns->extension_size)
		return znvme_fail(-EOPNOTSUPP, "zones of namespace %u have no extensions",
				  zns->ns->nsid);
	r = calloc(1, sizeof(*r));
	if (!r)
		return znvme_fail(-ENOMEM, "no memory for a zone report");
	r->zns = zns;
	r->filter = filter;
	r->extended = extended;
	r->slba = znvme_zone_start(zns, slba);
	rc = io_enter(zns->ns->ctrl, &r->io);
	if (rc)
		free(r);
	else
		*report = r;
	return rc;
}

static void end_report(struct report *r)
{
	io_leave(r->zns->ns->ctrl);
	free(r);
}

int znvme_zone_report(const struct znvme_zns *zns, uint64_t slba, enum znvme_zone_filter filter,
		      struct znvme_zone_desc *zones, void *extensions, uint64_t max, uint64_t *nr)
{
	struct report *r = NULL;
	int rc = begin_report(zns, slba, filter, extensions, &r);

	*nr = 0;
	if (!r)
		return rc;
	rc = report_all(r, zones, extensions, max, nr);
	end_report(r);
	return rc;
}

int znvme_zone_count(const struct znvme_zns *zns, uint64_t slba, enum znvme_zone_filter filter,
		     uint64_t *nr)
{
	struct znvme_zone_report_header header;
	struct report *r = NULL;
	int rc = begin_report(zns, slba, filter, false, &r);

	if (!r)
		return rc;
	rc = read_report(r, sizeof(header), false);
	memcpy(&header, r->buf, sizeof(header));
	end_report(r);
	if (rc)
		return rc;
	if (header.nr_zones > zns->nr_zones)
		return znvme_fail(-EPROTO, "a zone report of %llu zones, of %llu that there are",
				  (unsigned long long)header.nr_zones,
				  (unsigned long long)zns->nr_zones);
	*nr = header.nr_zones;
	return 0;
}
