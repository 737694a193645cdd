/* SPDX-License-Identifier: MIT */
/*
 * What is zoned in a namespace: Identify, checked, and the Changed Zone List (Zoned Namespace
 * Command Set 1.2, sections 4.1.5 and 4.1.4.1). Zones themselves are floor 5's (src/io/zns.c).
 */
#include <errno.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"

/* 0-based on the wire, and all ones for no limit, which is 0 here. */
static uint32_t resources(uint32_t value)
{
	return value == ZNVME_ZNS_NO_LIMIT ? 0 : value + 1;
}

static int fail_identify(const struct znvme_ns *ns, const char *what, uint64_t a, uint64_t b)
{
	return znvme_fail(-EPROTO,
			  "Identify of zoned namespace %u makes no sense: %s %llu and %llu",
			  ns->nsid, what, (unsigned long long)a, (unsigned long long)b);
}

static int take_zones(const struct znvme_id_ns_zns *id, const struct znvme_lbafe *format,
		      struct znvme_zns *zns)
{
	const struct znvme_ns *ns = zns->ns;

	if (!format->zsze || format->zsze > ns->nr_blocks || ns->nr_blocks % format->zsze)
		return fail_identify(ns, "NSZE and zone size are", ns->nr_blocks, format->zsze);
	if (id->mar != ZNVME_ZNS_NO_LIMIT && id->mor > id->mar)
		return fail_identify(ns, "MAR and MOR are", id->mar, id->mor);
	zns->zone_size = format->zsze;
	zns->nr_zones = ns->nr_blocks / format->zsze;
	zns->max_open = resources(id->mor);
	zns->max_active = resources(id->mar);
	zns->extension_size = format->zdes * ZNVME_ZDES_UNIT;
	zns->read_across_zones = id->ozcs & ZNVME_ZNS_OZCS_RAZB;
	zns->variable_zone_capacity = id->zoc & ZNVME_ZNS_ZOC_VZC;
	zns->active_excursions = id->zoc & ZNVME_ZNS_ZOC_ZAE;
	memcpy(zns->reset_limit, (uint32_t[]){id->rrl, id->rrl1, id->rrl2, id->rrl3},
	       sizeof(zns->reset_limit));
	memcpy(zns->finish_limit, (uint32_t[]){id->frl, id->frl1, id->frl2, id->frl3},
	       sizeof(zns->finish_limit));
	return 0;
}

static int take_zrwa(const struct znvme_id_ns_zns *id, struct znvme_zns *zns)
{
	if (!(id->ozcs & ZNVME_ZNS_OZCS_ZRWASUP))
		return 0;
	if (!id->zrwafg || !id->zrwasz || id->zrwasz % id->zrwafg || id->zrwasz > zns->zone_size)
		return fail_identify(zns->ns, "ZRWASZ and ZRWAFG are", id->zrwasz, id->zrwafg);
	zns->nr_zrwa = id->numzrwa;
	zns->zrwa_size = id->zrwasz;
	zns->zrwa_granularity = id->zrwafg;
	zns->zrwa_explicit_flush = id->zrwacap & ZNVME_ZNS_ZRWACAP_EXPFLUSHSUP;
	return 0;
}

/* The least of ZASL, MDTS, a zone, and what CDW12 can say. */
static uint32_t max_append(const struct znvme_ctrl *ctrl, unsigned zasl,
			   const struct znvme_zns *zns)
{
	unsigned page_shift = 12 + (unsigned)znvme_field_get(ZNVME_CAP_MPSMIN, ctrl->cap);
	uint64_t bytes = ctrl->max_transfer;

	if (zasl && page_shift + zasl < 63)
		bytes = MIN(bytes, 1ull << (page_shift + zasl));
	return (uint32_t)MIN(MIN(bytes / zns->ns->lba_bytes, zns->zone_size), 65536u);
}

int zns_identify(struct znvme_ctrl *ctrl, struct ns_entry *entry, unsigned format)
{
	struct znvme_zns *zns = &entry->zns;
	struct znvme_id_ctrl_zns id_ctrl;
	struct znvme_id_ns_zns id;
	int rc = admin_identify(ctrl, ZNVME_CNS_CSI_NS, entry->ns.nsid, 0, ZNVME_CSI_ZNS, 0, &id);

	zns->ns = &entry->ns;
	if (!rc)
		rc = take_zones(&id, &id.lbafe[format], zns);
	if (!rc)
		rc = take_zrwa(&id, zns);
	if (!rc)
		rc = admin_identify(ctrl, ZNVME_CNS_CSI_CTRL, 0, 0, ZNVME_CSI_ZNS, 0, &id_ctrl);
	if (rc)
		return rc;
	zns->max_append_nlb = max_append(ctrl, id_ctrl.zasl, zns);
	entry->ns.zone_size = zns->zone_size;
	return 0;
}

int znvme_zns_get(const struct znvme_ns *ns, const struct znvme_zns **zns)
{
	const struct ns_entry *entry = (const struct ns_entry *)ns;

	if (!ns->zone_size)
		return znvme_fail(-EOPNOTSUPP, "namespace %u is not zoned", ns->nsid);
	*zns = &entry->zns;
	return 0;
}

int znvme_changed_zones_of(const struct znvme_zns *zns, const void *data, size_t len,
			   uint64_t *zslbas, unsigned *nr)
{
	const struct znvme_ns *ns = zns->ns;
	struct znvme_changed_zones_log log;

	*nr = 0;
	if (!data || len < sizeof(log))
		return znvme_fail(-EINVAL, "a Changed Zone List has %zu bytes, not %zu",
				  sizeof(log), data ? len : 0);
	memcpy(&log, data, sizeof(log));
	if (log.nrzid == ZNVME_CHANGED_ZONES_OVERFLOW)
		return znvme_fail(-EOVERFLOW,
				  "more zones of namespace %u have changed than their list holds: "
				  "report all",
				  ns->nsid);
	if (log.nrzid > ZNVME_CHANGED_ZONES_MAX)
		return znvme_fail(-EPROTO, "a Changed Zone List of %u zones", log.nrzid);
	for (unsigned i = 0; i < log.nrzid; i++) {
		if (log.zid[i] >= ns->nr_blocks || log.zid[i] % zns->zone_size ||
		    (i && log.zid[i] <= log.zid[i - 1]))
			return znvme_fail(-EPROTO, "a Changed Zone List with a zone at block %llu",
					  (unsigned long long)log.zid[i]);
		zslbas[i] = log.zid[i];
	}
	*nr = log.nrzid;
	return 0;
}

int znvme_changed_zones(const struct znvme_zns *zns, bool retain, uint64_t *zslbas, unsigned *nr)
{
	const struct znvme_get_log_args args = {
		.lid = ZNVME_LOG_CHANGED_ZONES,
		.nsid = zns->ns->nsid,
		.csi = ZNVME_CSI_ZNS,
		.rae = retain,
	};
	struct znvme_changed_zones_log log;
	int rc = znvme_get_log(zns->ns->ctrl, &args, &log, sizeof(log));

	*nr = 0;
	return rc ? rc : znvme_changed_zones_of(zns, &log, sizeof(log), zslbas, nr);
}
