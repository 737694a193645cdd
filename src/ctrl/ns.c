/* SPDX-License-Identifier: MIT */
/*
 * Namespaces: Identify, checked (Base 2.1, section 5.1.13; NVM Command Set 1.1, section 4.1.5).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"

#define MIN_LBADS   9u
#define MAX_RETIRED 16384u /* namespaces that were handed out, and are something else now */
#define MAX_LBADS   16u	   /* 64 KiB: larger logical blocks exist nowhere */

static const struct znvme_lbaf *current_format(const struct znvme_id_ns *id)
{
	uint64_t index = znvme_field_get(ZNVME_NS_FLBAS_LO, id->flbas);

	if (id->nlbaf > 15)
		index |= znvme_field_get(ZNVME_NS_FLBAS_HI, id->flbas) << 4;
	return index <= id->nlbaf && index < ARRAY_SIZE(id->lbaf) ? &id->lbaf[index] : NULL;
}

static int fill_namespace(struct znvme_ctrl *ctrl, uint32_t nsid, const struct znvme_id_ns *id,
			  struct znvme_ns *ns)
{
	const struct znvme_lbaf *format = current_format(id);

	if (!format || format->lbads < MIN_LBADS || format->lbads > MAX_LBADS ||
	    id->nsze > UINT64_MAX >> format->lbads)
		return znvme_fail(
			-EPROTO,
			"Identify Namespace %u makes no sense: FLBAS 0x%02x, NLBAF %u, LBADS %u, "
			"NSZE %llu",
			nsid, id->flbas, id->nlbaf, format ? format->lbads : 0,
			(unsigned long long)id->nsze);
	ns->ctrl = ctrl;
	ns->nsid = nsid;
	ns->dword01 = (uint64_t)nsid << 32;
	ns->block_size = 1u << format->lbads;
	ns->metadata_size = format->ms;
	ns->metadata_extended = format->ms && id->flbas & ZNVME_NS_FLBAS_META_EXT;
	ns->lba_bytes = ns->block_size;
	if (ns->metadata_extended)
		ns->lba_bytes += format->ms;
	ns->nr_blocks = id->nsze;
	ns->nr_bytes = id->nsze << format->lbads;
	ns->max_nlb = (uint32_t)MIN(ctrl->max_transfer / ns->lba_bytes, 65536u);
	ns->read_only = id->nsattr & ZNVME_NS_NSATTR_WRITE_PROTECTED;
	if (ns->max_nlb == 0)
		return znvme_fail(-EPROTO,
				  "namespace %u: a block has %u bytes, a command moves %llu", nsid,
				  ns->lba_bytes, (unsigned long long)ctrl->max_transfer);
	return 0;
}

/* Protection information by its format: its bytes, and how long a storage tag can be. */
static const struct {
	uint8_t size;
	uint8_t min_storage_tag;
	uint8_t max_storage_tag;
} pi_formats[] = {
	[ZNVME_PIF_16B_GUARD] = {8, 0, 32},
	[ZNVME_PIF_32B_GUARD] = {16, 16, 64},
	[ZNVME_PIF_64B_GUARD] = {16, 0, 48},
};

/* Format and storage tag, out of the command set's own structure. */
static void take_elbaf(const struct znvme_id_ns_nvm *id, size_t index, struct znvme_ns *ns)
{
	uint32_t elbaf = id->elbaf[index];
	uint64_t pif = znvme_field_get(ZNVME_NS_NVM_ELBAF_PIF, elbaf);

	if (pif == ZNVME_PIF_QUALIFIED && id->pic & ZNVME_NS_NVM_PIC_QPIFS)
		pif = znvme_field_get(ZNVME_NS_NVM_ELBAF_QPIF, elbaf);
	ns->pi_format = (uint8_t)pif;
	ns->storage_tag_bits = (uint8_t)znvme_field_get(ZNVME_NS_NVM_ELBAF_STS, elbaf);
	ns->storage_tag_mask = id->lbstm;
	if (ns->storage_tag_bits < 64)
		ns->storage_tag_mask &= (1ull << ns->storage_tag_bits) - 1;
}

/*
 * Protection information. Its format is in a structure that came with the extended LBA formats; a
 * controller that has none knows only the first.
 */
static int read_protection(struct znvme_ctrl *ctrl, const struct znvme_id_ns *id,
			   struct znvme_ns *ns)
{
	struct znvme_id_ns_nvm nvm = {0};
	uint8_t size;

	ns->pi_type = (uint8_t)znvme_field_get(ZNVME_NS_DPS_TYPE, id->dps);
	if (!ns->pi_type)
		return 0;
	if (ctrl->id.ctratt & ZNVME_CTRL_CTRATT_ELBAS) {
		int rc =
			admin_identify(ctrl, ZNVME_CNS_CSI_NS, ns->nsid, 0, ZNVME_CSI_NVM, 0, &nvm);

		if (rc)
			return rc;
	}
	take_elbaf(&nvm, (size_t)(current_format(id) - id->lbaf), ns);
	size = ns->pi_format < ARRAY_SIZE(pi_formats) ? pi_formats[ns->pi_format].size : 0;
	if (ns->pi_type > ZNVME_PI_TYPE3 || !size || ns->metadata_size < size ||
	    ns->storage_tag_bits < pi_formats[ns->pi_format].min_storage_tag ||
	    ns->storage_tag_bits > pi_formats[ns->pi_format].max_storage_tag)
		return znvme_fail(
			-EPROTO,
			"Identify Namespace %u makes no sense: protection information of type %u, "
			"format %u, storage tag of %u bits, in %u bytes of metadata",
			ns->nsid, ns->pi_type, ns->pi_format, ns->storage_tag_bits,
			ns->metadata_size);
	ns->pi_size = size;
	if (!(id->dps & ZNVME_NS_DPS_FIRST))
		ns->pi_offset = (uint16_t)(ns->metadata_size - size);
	return 0;
}

/* The command set, from the descriptors; a controller without them has none but NVM. */
static uint8_t read_csi(struct znvme_ctrl *ctrl, uint32_t nsid)
{
	uint8_t list[ZNVME_IDENTIFY_SIZE];
	size_t at = 0;

	if (!(ctrl->cap & ZNVME_CAP_CSS_IOCS) ||
	    admin_identify(ctrl, ZNVME_CNS_NS_DESC_LIST, nsid, 0, 0, 0, list))
		return ZNVME_CSI_NVM;
	while (at + sizeof(struct znvme_ns_id_desc) < sizeof(list)) {
		struct znvme_ns_id_desc desc;

		memcpy(&desc, &list[at], sizeof(desc));
		at += sizeof(desc);
		if (desc.nidl == 0)
			break;
		if (desc.nidt == ZNVME_NIDT_CSI)
			return list[at];
		at += desc.nidl;
	}
	return ZNVME_CSI_NVM;
}

/* One of another command set, that of keys and values: it has a size, and no blocks. */
static int identify_keys(struct znvme_ctrl *ctrl, uint32_t nsid, struct znvme_ns *ns)
{
	struct znvme_id_ns_kv id;
	int rc;

	ns->csi = read_csi(ctrl, nsid);
	if (ns->csi != ZNVME_CSI_KV)
		return znvme_fail(-EPROTO, "namespace %u has command set %u, and no blocks", nsid,
				  ns->csi);
	rc = admin_identify(ctrl, ZNVME_CNS_CSI_NS, nsid, 0, ZNVME_CSI_KV, 0, &id);
	if (rc)
		return rc;
	ns->ctrl = ctrl;
	ns->nsid = nsid;
	ns->dword01 = (uint64_t)nsid << 32;
	ns->block_size = ns->lba_bytes = 1u << MIN_LBADS; /* what nobody needs, but may divide by */
	ns->nr_bytes = id.nsze;
	ns->read_only = id.nsattr & ZNVME_NS_NSATTR_WRITE_PROTECTED;
	return 0;
}

static int identify_namespace(struct znvme_ctrl *ctrl, uint32_t nsid, struct ns_entry *entry)
{
	struct znvme_ns *ns = &entry->ns;
	struct znvme_id_ns id;
	int rc = admin_identify(ctrl, ZNVME_CNS_NS, nsid, 0, 0, 0, &id);

	if (rc > 0 && (rc & (ZNVME_STATUS_SCT | ZNVME_STATUS_SC)) == ZNVME_SC_INVALID_NS)
		return znvme_fail(-ENOENT, "there is no namespace %u", nsid);
	if (rc > 0 && (rc & (ZNVME_STATUS_SCT | ZNVME_STATUS_SC)) == ZNVME_SC_INVALID_IOCS)
		return identify_keys(ctrl, nsid, ns);
	if (rc)
		return rc;
	/* An inactive namespace reads as zeroes. */
	if (id.nsze == 0)
		return znvme_fail(-ENOENT, "namespace %u is not active", nsid);
	ns->csi = read_csi(ctrl, nsid);
	rc = fill_namespace(ctrl, nsid, &id, ns);
	if (!rc)
		rc = read_protection(ctrl, &id, ns);
	if (!rc && ns->csi == ZNVME_CSI_ZNS)
		rc = zns_identify(ctrl, entry, (unsigned)(current_format(&id) - id.lbaf));
	return rc;
}

/* The entry to be handed out for `nsid`, or NULL. */
static struct ns_entry *find_namespace(struct znvme_ctrl *ctrl, uint32_t nsid)
{
	for (struct ns_entry *entry = ctrl->namespaces; entry; entry = entry->next)
		if (entry->ns.nsid == nsid && !entry->retired)
			return entry;
	return NULL;
}

/* What is known of it is the same. What is zoned points back to its own entry. */
static bool same_namespace(const struct ns_entry *a, const struct ns_entry *b)
{
	struct znvme_zns zns = b->zns;

	zns.ns = a->zns.ns;
	return !memcmp(&a->ns, &b->ns, sizeof(a->ns)) && !memcmp(&a->zns, &zns, sizeof(zns));
}

/*
 * Ask the controller where `entry` is NULL or doubtful. What has changed gets an entry of its own:
 * others may be using the old one, which stays as it is until the controller is closed.
 */
static int renew_namespace(struct znvme_ctrl *ctrl, uint32_t nsid, struct ns_entry *old,
			   struct ns_entry **out)
{
	struct ns_entry *entry = calloc(1, sizeof(*entry));
	int rc;

	if (!entry)
		return znvme_fail(-ENOMEM, "no memory for a namespace");
	rc = identify_namespace(ctrl, nsid, entry);
	if (!rc && old && same_namespace(old, entry)) {
		free(entry);
		old->doubtful = false;
		*out = old;
		return 0;
	}
	/* One that is being formatted is not gone. */
	if (!rc && ctrl->nr_retired >= MAX_RETIRED)
		rc = znvme_fail(-EPROTO, "namespace %u has changed too often: close the controller",
				nsid);
	if (old && (!rc || rc == -ENOENT)) {
		old->retired = true;
		ctrl->nr_retired++;
	}
	if (rc) {
		free(entry);
		return rc;
	}
	entry->next = ctrl->namespaces;
	ctrl->namespaces = entry;
	*out = entry;
	return 0;
}

int znvme_ns_get(struct znvme_ctrl *ctrl, uint32_t nsid, const struct znvme_ns **ns)
{
	struct ns_entry *entry;
	int rc;

	if (nsid == 0 || nsid == ZNVME_NSID_ALL)
		return znvme_fail(-EINVAL, "0x%x is no namespace's identifier", nsid);
	rc = ctrl_enter(ctrl);
	if (rc)
		return rc;
	entry = find_namespace(ctrl, nsid);
	if (!entry || entry->doubtful)
		rc = renew_namespace(ctrl, nsid, entry, &entry);
	if (!rc)
		*ns = &entry->ns;
	ctrl_leave(ctrl);
	return rc;
}

void namespaces_doubt(struct znvme_ctrl *ctrl)
{
	for (struct ns_entry *entry = ctrl->namespaces; entry; entry = entry->next)
		entry->doubtful = true;
}

/* Reading the Changed Attached Namespace List lets the controller send the next such event. */
static int read_changes(struct znvme_ctrl *ctrl)
{
	const struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_GET_LOG_PAGE,
		.nsid = ZNVME_NSID_ALL,
		.cdw10 = (uint32_t)(znvme_field_put(ZNVME_GET_LOG_LID, ZNVME_LOG_CHANGED_NS) |
				    znvme_field_put(ZNVME_GET_LOG_NUMDL,
						    sizeof(struct znvme_changed_ns_log) / 4 - 1)),
	};
	struct znvme_changed_ns_log log;
	int rc;

	if (!(ctrl->id.oaes & ZNVME_CTRL_OAES_NS))
		return 0;
	rc = admin_exec(ctrl, "Changed Attached Namespace List", &cmd, &log, sizeof(log), NULL, 0);
	return rc < 0 ? rc : 0;
}

int znvme_ns_rescan(struct znvme_ctrl *ctrl)
{
	struct ns_entry *entry, *renewed;
	int changed = 0;
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	namespaces_doubt(ctrl);
	rc = read_changes(ctrl);
	for (entry = ctrl->namespaces; entry && rc >= 0; entry = entry->next) {
		if (entry->retired)
			continue;
		rc = renew_namespace(ctrl, entry->ns.nsid, entry, &renewed);
		changed += entry->retired;
		if (rc == -ENOENT || rc == -EPROTO)
			rc = 0;
	}
	ctrl_leave(ctrl);
	return rc < 0 ? rc : changed;
}

/* `nsid` comes behind `after`, as number `n` of a list; Base 2.1, section 5.1.13.2.2. */
static int check_listed(struct znvme_ctrl *ctrl, uint32_t nsid, uint32_t after, int n)
{
	if (nsid <= after)
		return znvme_fail(-EPROTO,
				  "the list of namespaces is not ascending: %u comes after %u",
				  nsid, after);
	if (nsid > ctrl->id.nn)
		return znvme_fail(-EPROTO,
				  "the list of namespaces has %u, but %u is the largest identifier "
				  "(NN of Identify Controller)",
				  nsid, ctrl->id.nn);
	if (ctrl->id.mnan && (uint32_t)n >= ctrl->id.mnan)
		return znvme_fail(-EPROTO,
				  "the list of namespaces has more than there can be: %u (MNAN of "
				  "Identify Controller)",
				  ctrl->id.mnan);
	return 0;
}

int znvme_ns_list(struct znvme_ctrl *ctrl, uint32_t after, uint32_t *nsids, int max)
{
	struct znvme_id_ns_list list;
	int n = 0;

	while (n < max) {
		int before = n;
		int rc = znvme_identify(ctrl, ZNVME_CNS_NS_LIST, after, 0, 0, 0, &list);

		if (rc)
			return znvme_status_errno(rc); /* a status would look like a count */
		for (size_t i = 0; i < ARRAY_SIZE(list.ns) && n < max && list.ns[i]; i++) {
			rc = check_listed(ctrl, list.ns[i], after, n);
			if (rc)
				return rc;
			after = nsids[n++] = list.ns[i];
		}
		if (n - before < (int)ARRAY_SIZE(list.ns))
			break;
	}
	return n;
}

void namespaces_free(struct znvme_ctrl *ctrl)
{
	while (ctrl->namespaces) {
		struct ns_entry *entry = ctrl->namespaces;

		ctrl->namespaces = entry->next;
		free(entry);
	}
}
