/* SPDX-License-Identifier: MIT */
/*
 * The Host Memory Buffer (Base 2.1, section 8.2.3): memory of the host that a controller without
 * DRAM of its own keeps its tables in. A controller that asks for one gets it, within bounds: one
 * range of IOVAs, so one descriptor. After a reset it is given back as it was; before the
 * controller is shut down it is taken away.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/base.h"
#include "ctrl/ctrl.h"

/* What a controller's wish gets at most where the user names no bound. */
#define DEFAULT_MOST ((uint64_t)128 << 20)
#define UNIT	     4096u /* of HMPRE, HMMIN and HMMINDS */

/* Most bytes it may have. Locked memory is the user's first: a quarter of a limit is ours. */
static uint64_t bound(const struct znvme_ctrl *ctrl)
{
	struct rlimit limit;

	if (ctrl->options.hmb_max)
		return ctrl->options.hmb_max;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return DEFAULT_MOST;
	return MIN(DEFAULT_MOST, limit.rlim_cur / 4);
}

/* One region as large as is wished and can be had, by halves down to the least that is of use. */
static int allocate(struct znvme_ctrl *ctrl)
{
	const uint64_t page = (uint64_t)1 << ctrl->page_shift;
	const uint64_t least =
		round_up((uint64_t)MAX(MAX(ctrl->id.hmmin, ctrl->id.hmminds), 1u) * UNIT, page);
	uint64_t len = MIN((uint64_t)ctrl->id.hmpre * UNIT, bound(ctrl)) & ~(page - 1);
	int rc = -ENOMEM;

	if (len < least)
		return znvme_fail(-ENOMEM, "it wants %llu bytes at least, and may have %llu",
				  (unsigned long long)least, (unsigned long long)bound(ctrl));
	for (; rc && len >= least; len = len / 2 & ~(page - 1))
		rc = domain_alloc(&ctrl->domain, (size_t)len, &ctrl->hmb.memory);
	if (!rc)
		rc = domain_alloc(&ctrl->domain, (size_t)page, &ctrl->hmb.list);
	return rc;
}

static int set_feature(struct znvme_ctrl *ctrl, uint32_t enable)
{
	const struct znvme_region *memory = ctrl->hmb.memory, *list = ctrl->hmb.list;
	struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_SET_FEATURES,
		.cdw10 = ZNVME_FEAT_HMB,
		.cdw11 = enable,
	};

	if (enable) {
		cmd.cdw12 = (uint32_t)(memory->len >> ctrl->page_shift);
		cmd.cdw13 = (uint32_t)list->iova;
		cmd.cdw14 = (uint32_t)(list->iova >> 32);
		cmd.cdw15 = 1;
	}
	return admin_exec(ctrl, "Set Features, Host Memory Buffer", &cmd, NULL, 0, NULL, 0);
}

int hmb_give(struct znvme_ctrl *ctrl)
{
	uint32_t enable = ZNVME_FEAT_HMB_EHM;
	int rc;

	if (!ctrl->id.hmpre || (ctrl->options.flags & ZNVME_OPEN_NO_HMB) || ctrl->hmb.refused)
		return 0;
	rc = ctrl->hmb.memory ? 0 : allocate(ctrl);
	if (!rc) {
		const struct znvme_hmb_desc desc = {
			.badd = ctrl->hmb.memory->iova,
			.bsize = (uint32_t)(ctrl->hmb.memory->len >> ctrl->page_shift),
		};

		memcpy(ctrl->hmb.list->addr, &desc, sizeof(desc));
		if (ctrl->hmb.had)
			enable |= ZNVME_FEAT_HMB_MR;
		rc = set_feature(ctrl, enable);
		if (rc < 0)
			return rc;
		ctrl->hmb.on = ctrl->hmb.had = !rc;
	}
	if (!rc)
		return 0;
	/* It works without, if slower. The memory stays: who refused it may have it all the same.
	 */
	ctrl->hmb.refused = true;
	ctrl_log(ctrl, ZNVME_LEVEL_WARNING, "no Host Memory Buffer: %s", znvme_errmsg());
	return 0;
}

void hmb_take_back(struct znvme_ctrl *ctrl)
{
	if (!ctrl->hmb.on || ctrl->failed)
		return;
	ctrl->hmb.on = false;
	if (set_feature(ctrl, 0))
		ctrl_log(ctrl, ZNVME_LEVEL_WARNING, "the Host Memory Buffer: %s", znvme_errmsg());
}
