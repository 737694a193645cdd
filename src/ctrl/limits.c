/* SPDX-License-Identifier: MIT */
/*
 * Limits of a namespace's commands, in blocks and 1-based (NVM 1.1, sections 2.1.4, 4.1.5.2 and
 * 4.1.5.4), and the Copy formats that the host must enable first (section 3.3.2).
 */
#include <errno.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/copy.h"
#include "znvme/io.h"
#include "znvme/limits.h"

/* 2^exponent of the smallest memory pages, in blocks. */
static uint64_t blocks_of(const struct znvme_ns *ns, unsigned exponent)
{
	unsigned shift = 12 + (unsigned)znvme_field_get(ZNVME_CAP_MPSMIN, ns->ctrl->cap) + exponent;

	if (!exponent || shift >= 64)
		return UINT64_MAX;
	return MAX((1ull << shift) / ns->block_size, 1u);
}

/* A number of which 0 says that there is no limit. */
static uint64_t or_none(uint64_t value)
{
	return value ? value : UINT64_MAX;
}

static void set_atomicity(const struct znvme_id_ctrl *ctrl, const struct znvme_id_ns *id,
			  struct znvme_ns_limits *limits)
{
	bool own = id->nsfeat & ZNVME_NS_NSFEAT_ATOMIC;

	limits->atomic_write = (own && id->nawun ? id->nawun : ctrl->awun) + 1u;
	limits->atomic_write_power_fail = (own && id->nawupf ? id->nawupf : ctrl->awupf) + 1u;
	limits->atomic_compare_write = (own && id->nacwu ? id->nacwu : ctrl->acwu) + 1u;
	limits->multiple_atomicity = id->nsfeat & ZNVME_NS_NSFEAT_MAM;
	if (id->nabsn || id->nabspf)
		limits->atomic_offset = id->nabo;
	if (id->nabsn)
		limits->atomic_boundary = id->nabsn + 1u;
	if (id->nabspf)
		limits->atomic_boundary_power_fail = id->nabspf + 1u;
}

/* Which of the preferences are valid, by NSFEAT.OPTPERF and OPTRPERF. */
static void set_preferences(const struct znvme_id_ns *id, const struct znvme_id_ns_nvm *nvm,
			    struct znvme_ns_limits *limits)
{
	uint64_t valid = znvme_field_get(ZNVME_NS_NSFEAT_OPTPERF, id->nsfeat);

	limits->optimal_boundary = id->noiob;
	if (valid) {
		limits->write_granularity = id->npwg + 1u;
		limits->write_alignment = id->npwa + 1u;
		limits->optimal_write = id->nows + 1u;
	}
	if (valid == 1 || valid == 3) {
		limits->deallocate_granularity = id->npdg + 1u;
		limits->deallocate_alignment = id->npda + 1u;
	}
	if (valid >= 2) { /* 1-based, unlike all others */
		if (nvm->npdgl)
			limits->deallocate_granularity = nvm->npdgl;
		if (nvm->npdal)
			limits->deallocate_alignment = nvm->npdal;
	}
	if (id->nsfeat & ZNVME_NS_NSFEAT_OPTRPERF) {
		limits->read_granularity = nvm->nprg + 1u;
		limits->read_alignment = nvm->npra + 1u;
		limits->optimal_read = nvm->nors + 1u;
	}
}

static void set_sizes(const struct znvme_ns *ns, const struct znvme_id_ns *id,
		      const struct znvme_id_ctrl_nvm *nvm, struct znvme_ns_limits *limits)
{
	const struct znvme_id_ctrl *ctrl = &ns->ctrl->id;
	bool copies = ctrl->oncs & ZNVME_CTRL_ONCS_COPY;

	limits->read_write = ns->max_nlb;
	limits->verify = MIN(blocks_of(ns, nvm->vsl), 65536u);
	limits->write_zeroes = MIN(blocks_of(ns, nvm->wzsl), 65536u);
	limits->write_uncorrectable = MIN(blocks_of(ns, nvm->wusl), 65536u);
	limits->write_zeroes_deallocate = limits->write_zeroes;
	if (ctrl->oncs & ZNVME_CTRL_ONCS_WZ_DEALLOC_LIMIT)
		limits->write_zeroes_deallocate = MIN(blocks_of(ns, nvm->wzdsl), 65536u);
	limits->dsm_ranges = nvm->dmrl ? nvm->dmrl : ZNVME_DSM_MAX_RANGES;
	limits->dsm_range = or_none(nvm->dmrsl);
	limits->dsm = or_none(nvm->dmsl);
	limits->copy_ranges = copies ? id->msrc + 1u : 0;
	limits->copy_range = copies ? id->mssrl : 0;
	limits->copy = copies ? id->mcl : 0;
	limits->copy_formats = copies ? ctrl->ocfs : 0;
}

/* What a controller of before version 2.0 does not know is left zero. */
static int identify_nvm(const struct znvme_ns *ns, struct znvme_id_ns_nvm *id_ns,
			struct znvme_id_ctrl_nvm *id_ctrl)
{
	int rc;

	memset(id_ns, 0, sizeof(*id_ns));
	memset(id_ctrl, 0, sizeof(*id_ctrl));
	rc = znvme_identify(ns->ctrl, ZNVME_CNS_CSI_NS, ns->nsid, 0, ZNVME_CSI_NVM, 0, id_ns);
	if (rc >= 0)
		rc = znvme_identify(ns->ctrl, ZNVME_CNS_CSI_CTRL, 0, 0, ZNVME_CSI_NVM, 0, id_ctrl);
	return rc < 0 ? rc : 0;
}

int znvme_ns_limits(const struct znvme_ns *ns, struct znvme_ns_limits *limits)
{
	struct znvme_id_ctrl_nvm ctrl_nvm;
	struct znvme_id_ns_nvm nvm;
	struct znvme_id_ns id;
	int rc;

	memset(limits, 0, sizeof(*limits));
	if (!ns->max_nlb)
		return znvme_fail(-EOPNOTSUPP, "namespace %u has no blocks", ns->nsid);
	rc = znvme_identify(ns->ctrl, ZNVME_CNS_NS, ns->nsid, 0, 0, 0, &id);
	if (!rc)
		rc = identify_nvm(ns, &nvm, &ctrl_nvm);
	if (rc)
		return rc;
	set_atomicity(&ns->ctrl->id, &id, limits);
	set_preferences(&id, &nvm, limits);
	set_sizes(ns, &id, &ctrl_nvm, limits);
	return 0;
}

int znvme_copy_enable(struct znvme_ctrl *ctrl, unsigned format)
{
	const struct znvme_sqe cmd = {
		.opcode = ZNVME_CMD_COPY,
		.cdw12 = (uint32_t)znvme_field_put(ZNVME_COPY_DESFMT, format),
	};
	int rc;

	if (!znvme_copy_range_size(format))
		return znvme_fail(-EINVAL, "Copy has no source range format %u", format);
	rc = admin_ready(ctrl, "Copy");
	if (!rc)
		rc = znvme_io_check(ctrl, &cmd);
	if (rc || format < ZNVME_COPY_FORMAT_2)
		return rc;
	return features_enable_copy(ctrl, format);
}
