/* SPDX-License-Identifier: MIT */
/*
 * The Persistent Memory Region (Base 2.1, sections 8.2.4 and 3.1.4.21 to 3.1.4.27): a BAR of memory
 * that outlives power loss. Where the controller can (PMRCAP.CMSS), it gets addresses for it that
 * our IOVA space keeps free, so that commands can move data to it and from it.
 */
#include <errno.h>

#include "base/base.h"
#include "ctrl/ctrl.h"

/* A controller may name hours. */
#define MAX_READY_MS 120000u

static void tell_address(struct znvme_ctrl *ctrl, uint64_t value)
{
	if (!(reg_read32(ctrl->dev, ZNVME_REG_PMRCAP) & ZNVME_PMRCAP_CMSS))
		return;
	reg_write32(ctrl->dev, ZNVME_REG_PMRMSCU, (uint32_t)(value >> 32));
	reg_write32(ctrl->dev, ZNVME_REG_PMRMSCL, (uint32_t)value);
}

static int wait_ready(struct znvme_ctrl *ctrl, uint32_t cap)
{
	uint64_t unit = znvme_field_get(ZNVME_PMRCAP_PMRTU, cap) ? 60000 : 500;
	uint64_t ms = MIN((znvme_field_get(ZNVME_PMRCAP_PMRTO, cap) + 1) * unit, MAX_READY_MS);
	uint64_t deadline = now_ms() + ms;
	unsigned resets = ctrl->resets;

	for (;;) {
		bool late = now_ms() >= deadline;
		uint32_t status = reg_read32(ctrl->dev, ZNVME_REG_PMRSTS);

		if (status == UINT32_MAX)
			return ctrl_fail_gone(ctrl);
		if (!(status & ZNVME_PMRSTS_NRDY))
			return 0;
		if (late)
			return znvme_fail(-ETIMEDOUT,
					  "%s: the persistent memory is not ready after %llu ms",
					  ctrl->dev->address, (unsigned long long)ms);
		/* Deadlines of commands are seen to meanwhile. */
		ctrl_leave(ctrl);
		sleep_us(1000);
		ctrl_enter(ctrl);
		if (ctrl->resets != resets)
			return znvme_fail(
				-ECANCELED,
				"enabling the persistent memory: the controller was reset");
	}
}

/* Addresses for commands, where they can use it. It works without. */
static int enter(struct znvme_ctrl *ctrl, uint32_t cap)
{
	const uint32_t both = ZNVME_PMRCAP_RDS | ZNVME_PMRCAP_WDS;
	struct znvme_pmr *pmr = &ctrl->pmr.pmr;
	int rc;

	if (!(cap & ZNVME_PMRCAP_CMSS) || (cap & both) != both)
		return 0;
	if (!ctrl->pmr.iova) {
		rc = domain_reserve(&ctrl->domain, pmr->len, &ctrl->pmr.iova);
		if (rc)
			return rc;
	}
	tell_address(ctrl, ctrl->pmr.iova | ZNVME_PMRMSC_CMSE);
	if (reg_read32(ctrl->dev, ZNVME_REG_PMRSTS) & ZNVME_PMRSTS_CBAI) {
		tell_address(ctrl, 0);
		return 0;
	}
	return domain_enter(&ctrl->domain, pmr->addr, pmr->len, ctrl->pmr.iova, 0, &pmr->region);
}

static void leave(struct znvme_ctrl *ctrl)
{
	tell_address(ctrl, 0);
	reg_write32(ctrl->dev, ZNVME_REG_PMRCTL, 0);
	ctrl->pmr.on = false;
}

static int enable(struct znvme_ctrl *ctrl)
{
	const struct znvme_device_ops *ops = ctrl->dev->ops;
	struct znvme_pmr *pmr = &ctrl->pmr.pmr;
	uint32_t cap;
	int rc;

	if (!(ctrl->cap & ZNVME_CAP_PMRS) || !ops->map_bar)
		return znvme_fail(-EOPNOTSUPP, "%s: the controller has no persistent memory",
				  ctrl->dev->address);
	if (ctrl->pmr.on || ctrl->pmr.starts)
		return znvme_fail(-EBUSY, "%s: its persistent memory is enabled already",
				  ctrl->dev->address);
	cap = reg_read32(ctrl->dev, ZNVME_REG_PMRCAP);
	if (cap == UINT32_MAX)
		return ctrl_fail_gone(ctrl);
	if (!pmr->addr) {
		pmr->len = 0;
		rc = ops->map_bar(ctrl->dev, (unsigned)znvme_field_get(ZNVME_PMRCAP_BIR, cap), 0,
				  &pmr->len, &pmr->addr);
		if (rc)
			return rc;
	}
	reg_write32(ctrl->dev, ZNVME_REG_PMRCTL, ZNVME_PMRCTL_EN);
	ctrl->pmr.starts = true;
	rc = wait_ready(ctrl, cap);
	ctrl->pmr.starts = false;
	if (!rc)
		rc = enter(ctrl, cap);
	if (rc)
		leave(ctrl);
	ctrl->pmr.on = !rc;
	return rc;
}

int znvme_pmr_enable(struct znvme_ctrl *ctrl, struct znvme_pmr *pmr)
{
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = enable(ctrl);
	if (!rc)
		*pmr = ctrl->pmr.pmr;
	ctrl_leave(ctrl);
	return rc;
}

/* What HSTS says, by its value; NULL: all is well. */
static const char *health(uint32_t status)
{
	static const char *const texts[] = {NULL, "its content could not be restored",
					    "it is read-only", "it is unreliable"};
	uint64_t hsts = znvme_field_get(ZNVME_PMRSTS_HSTS, status);

	if (status & ZNVME_PMRSTS_NRDY)
		return "it is not ready";
	if (status & ZNVME_PMRSTS_ERR)
		return "it reports an error";
	return hsts < ARRAY_SIZE(texts) ? texts[hsts] : "its health is unknown";
}

int znvme_pmr_barrier(struct znvme_ctrl *ctrl)
{
	const struct znvme_pmr *pmr = &ctrl->pmr.pmr;
	uint32_t status;
	const char *bad;
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	if (!ctrl->pmr.on) {
		rc = znvme_fail(-EINVAL, "%s: its persistent memory is not enabled",
				ctrl->dev->address);
		goto leave;
	}
	/* Of the two barriers that there are (PMRCAP.PMRWBM) neither harms where it is not needed.
	 */
	__sync_synchronize();
	(void)*(volatile uint32_t *)pmr->addr;
	status = reg_read32(ctrl->dev, ZNVME_REG_PMRSTS);
	bad = health(status);
	if (status == UINT32_MAX)
		rc = ctrl_fail_gone(ctrl);
	else if (bad)
		rc = znvme_fail(-EIO, "%s: persistent memory: %s (PMRSTS 0x%08x)",
				ctrl->dev->address, bad, status);
leave:
	ctrl_leave(ctrl);
	return rc;
}

int znvme_pmr_disable(struct znvme_ctrl *ctrl)
{
	struct znvme_region *region;
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	region = ctrl->pmr.pmr.region;
	if (ctrl->pmr.starts) {
		rc = znvme_fail(-EBUSY, "another thread is enabling the persistent memory");
	} else if (region && region_in_use(ctrl, region)) {
		rc = znvme_fail(-EBUSY, "a command in flight or a controller data queue uses the "
					"persistent memory");
	} else if (ctrl->pmr.on) {
		if (region)
			region_forget(ctrl, region);
		rc = domain_free(&ctrl->domain, region);
		if (!rc) {
			ctrl->pmr.pmr.region = NULL;
			leave(ctrl);
		}
	}
	ctrl_leave(ctrl);
	return rc;
}

/* A reset of the controller leaves it as it is, one of the function does not; and a former owner
 * may have left it across our addresses. */
void pmr_start(struct znvme_ctrl *ctrl)
{
	if (!(ctrl->cap & ZNVME_CAP_PMRS))
		return;
	tell_address(ctrl, ctrl->pmr.pmr.region ? ctrl->pmr.iova | ZNVME_PMRMSC_CMSE : 0);
	reg_write32(ctrl->dev, ZNVME_REG_PMRCTL, ctrl->pmr.on ? ZNVME_PMRCTL_EN : 0);
}

void pmr_fini(struct znvme_ctrl *ctrl)
{
	if (ctrl->pmr.on)
		leave(ctrl);
}
