/* SPDX-License-Identifier: MIT */
/*
 * CC and CSTS: what a controller can do, disable, enable, shut down (Base 2.1,
 * sections 3.1.4, 3.5.1, 3.6.1 and 3.7.2). Every wait has a deadline, and stops early at all ones
 * (the device is gone).
 */
#include <errno.h>
#include <stdio.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "ctrl/quirks.h"

/* What a controller gets for a shutdown whose RTD3E says nothing, or less. */
#define SHUTDOWN_MS	 5000u
#define SLOW_SHUTDOWN_MS 60000u

int ctrl_fail_gone(struct znvme_ctrl *ctrl)
{
	return znvme_fail(-ENODEV, "%s: the device is gone: nothing answers for its registers",
			  ctrl->dev->address);
}

/*
 * The bus reads as all ones where nobody answers. An emulated machine may read as zeroes instead;
 * no controller has the version 0.
 */
bool ctrl_is_gone(struct znvme_ctrl *ctrl, uint32_t csts)
{
	return csts == ZNVME_CSTS_GONE || (!csts && !reg_read32(ctrl->dev, ZNVME_REG_VS));
}

/* Poll CSTS until `mask` reads `value`; `fatal`: give up on CFS. */
static int wait_status(struct znvme_ctrl *ctrl, uint32_t mask, uint32_t value, bool fatal,
		       uint64_t timeout_ms, const char *what)
{
	uint64_t deadline = now_ms() + timeout_ms;
	unsigned nap_us = 10;

	for (;;) {
		bool late = now_ms() >= deadline;
		uint32_t csts = reg_read32(ctrl->dev, ZNVME_REG_CSTS);

		if (ctrl_is_gone(ctrl, csts))
			return ctrl_fail_gone(ctrl);
		if (fatal && (csts & ZNVME_CSTS_CFS))
			return znvme_fail(
				-EIO,
				"%s: the controller reports a fatal status (CSTS.CFS) while %s",
				ctrl->dev->address, what);
		if ((csts & mask) == value)
			return 0;
		if (late)
			return znvme_fail(-ETIMEDOUT, "%s: %s took longer than %llu ms (CSTS 0x%x)",
					  ctrl->dev->address, what, (unsigned long long)timeout_ms,
					  csts);
		sleep_us(nap_us);
		nap_us = MIN(2 * nap_us, 10000u);
	}
}

/* How long CSTS.RDY may take to follow CC.EN. */
static uint64_t ready_timeout_ms(struct znvme_ctrl *ctrl)
{
	uint64_t units = znvme_field_get(ZNVME_CAP_TO, ctrl->cap);

	if (ctrl->options.ready_timeout_ms)
		return ctrl->options.ready_timeout_ms;
	if (ctrl->cap & ZNVME_CAP_CRWMS) {
		uint32_t crto = reg_read32(ctrl->dev, ZNVME_REG_CRTO);

		/* As much as CAP.TO could say, two minutes: nobody waits for hours. */
		units = MAX(units, MIN(znvme_field_get(ZNVME_CRTO_CRWMT, crto), 255u));
	}
	return MAX(units, 1u) * 500;
}

/* What is wrong with the capabilities, or NULL. */
static const char *bad_capabilities(const struct znvme_ctrl *ctrl)
{
	uint64_t cap = ctrl->cap;
	uint64_t mps_min = znvme_field_get(ZNVME_CAP_MPSMIN, cap);
	unsigned dstrd = (unsigned)znvme_field_get(ZNVME_CAP_DSTRD, cap);

	if (ctrl->vs == 0)
		return "VS holds no version";
	if (znvme_field_get(ZNVME_CAP_MQES, cap) == 0)
		return "CAP.MQES allows no queue";
	if (mps_min > znvme_field_get(ZNVME_CAP_MPSMAX, cap))
		return "CAP.MPSMIN is above CAP.MPSMAX";
	if (mps_min > 4)
		return "CAP.MPSMIN asks for memory pages above 64 KiB";
	if (!(cap & (ZNVME_CAP_CSS_NVM | ZNVME_CAP_CSS_IOCS)))
		return "CAP.CSS has no I/O command set";
	if (ctrl->dev->bar_size < znvme_cq_doorbell_offset(1, dstrd) + 4u)
		return "BAR0 has no room for an I/O queue's doorbells";
	return NULL;
}

int ctrl_read_capabilities(struct znvme_ctrl *ctrl)
{
	const char *bad;

	ctrl->cap = reg_read64(ctrl->dev, ZNVME_REG_CAP);
	ctrl->vs = reg_read32(ctrl->dev, ZNVME_REG_VS);
	/* Read last: a device that goes while it is read shows it here. */
	if (ctrl->cap == UINT64_MAX || ctrl->vs == UINT32_MAX ||
	    reg_read32(ctrl->dev, ZNVME_REG_CSTS) == ZNVME_CSTS_GONE)
		return ctrl_fail_gone(ctrl);
	bad = bad_capabilities(ctrl);
	if (bad)
		return znvme_fail(-EPROTO, "%s: %s (CAP 0x%016llx, VS 0x%08x)", ctrl->dev->address,
				  bad, (unsigned long long)ctrl->cap, ctrl->vs);
	ctrl->page_shift = 12 + (unsigned)znvme_field_get(ZNVME_CAP_MPSMIN, ctrl->cap);
	ctrl->max_queue_size = (unsigned)znvme_field_get(ZNVME_CAP_MQES, ctrl->cap) + 1;
	return 0;
}

static void rest_after_enable_change(struct znvme_ctrl *ctrl)
{
	if (ctrl->quirks & QUIRK_LATE_READY)
		sleep_us(2300 * 1000);
}

/*
 * By CC.EN alone. A controller on its way up is waited for first; that wait is not held against it,
 * since disabling is the way out.
 */
static int clear_enable(struct znvme_ctrl *ctrl)
{
	uint32_t cc = reg_read32(ctrl->dev, ZNVME_REG_CC);
	uint32_t csts = reg_read32(ctrl->dev, ZNVME_REG_CSTS);
	int rc;

	if (ctrl_is_gone(ctrl, csts))
		return ctrl_fail_gone(ctrl);
	if ((cc & ZNVME_CC_EN) && !(csts & (ZNVME_CSTS_RDY | ZNVME_CSTS_CFS))) {
		rc = wait_status(ctrl, ZNVME_CSTS_RDY, ZNVME_CSTS_RDY, true, ready_timeout_ms(ctrl),
				 "becoming ready");
		if (rc == -ENODEV)
			return rc;
	}
	reg_write32(ctrl->dev, ZNVME_REG_CC, cc & ~(ZNVME_CC_EN | ZNVME_CC_SHN));
	rest_after_enable_change(ctrl);
	rc = wait_status(ctrl, ZNVME_CSTS_RDY, 0, false, ready_timeout_ms(ctrl),
			 "disabling the controller");
	if (!rc && (ctrl->quirks & QUIRK_REST_AFTER_RESET))
		sleep_us(250 * 1000);
	return rc;
}

int ctrl_disable(struct znvme_ctrl *ctrl)
{
	const struct znvme_device_ops *ops = ctrl->dev->ops;
	int rc = clear_enable(ctrl);
	char why[512];

	/* One that does not even stop is reset as a PCI function, where it can be. */
	if (!rc || rc == -ENODEV || !ops->function_reset)
		return rc;
	snprintf(why, sizeof(why), "%s", znvme_errmsg());
	if (!ops->function_reset(ctrl->dev))
		return clear_enable(ctrl);
	return znvme_fail(rc, "%s", why);
}

int ctrl_bus_master(struct znvme_ctrl *ctrl, bool on)
{
	return ctrl->dev->ops->bus_master ? ctrl->dev->ops->bus_master(ctrl->dev, on) : 0;
}

void ctrl_quench(struct znvme_ctrl *ctrl)
{
	uint32_t cc = reg_read32(ctrl->dev, ZNVME_REG_CC);

	ctrl_bus_master(ctrl, false);
	reg_write32(ctrl->dev, ZNVME_REG_CC, cc & ~(ZNVME_CC_EN | ZNVME_CC_SHN));
}

static uint32_t configuration(const struct znvme_ctrl *ctrl)
{
	uint64_t css = ctrl->cap & ZNVME_CAP_CSS_IOCS ? ZNVME_CC_CSS_IOCS : ZNVME_CC_CSS_NVM;
	uint64_t ams = ctrl->cap & ZNVME_CAP_AMS_WRR ? ZNVME_CC_AMS_WRR : ZNVME_CC_AMS_RR;

	return (uint32_t)(znvme_field_put(ZNVME_CC_CSS, css) | znvme_field_put(ZNVME_CC_AMS, ams) |
			  znvme_field_put(ZNVME_CC_MPS, ctrl->page_shift - 12) |
			  znvme_field_put(ZNVME_CC_IOSQES, 6) |
			  znvme_field_put(ZNVME_CC_IOCQES, 4));
}

/* Base 2.1, section 3.5.1, steps 2 to 6: the controller is disabled, the admin queue's memory is
 * there. */
int ctrl_enable(struct znvme_ctrl *ctrl)
{
	const struct queue *admin = ctrl->admin;
	uint32_t cc = configuration(ctrl);
	uint32_t entries = admin->size - 1;

	reg_write32(ctrl->dev, ZNVME_REG_AQA,
		    (uint32_t)(znvme_field_put(ZNVME_AQA_ASQS, entries) |
			       znvme_field_put(ZNVME_AQA_ACQS, entries)));
	reg_write64(ctrl->dev, ZNVME_REG_ASQ, admin->rings->iova);
	reg_write64(ctrl->dev, ZNVME_REG_ACQ, admin->cq_iova);
	reg_write32(ctrl->dev, ZNVME_REG_CC, cc);
	reg_write32(ctrl->dev, ZNVME_REG_CC, cc | ZNVME_CC_EN);
	rest_after_enable_change(ctrl);
	return wait_status(ctrl, ZNVME_CSTS_RDY, ZNVME_CSTS_RDY, true, ready_timeout_ms(ctrl),
			   "enabling the controller");
}

/* Normal shutdown: what is in a volatile write cache goes to the medium. Base 2.1, section 3.6.1.
 */
int ctrl_shutdown(struct znvme_ctrl *ctrl)
{
	uint64_t timeout_ms = MAX(SHUTDOWN_MS, ctrl->id.rtd3e / 1000);
	uint32_t cc = reg_read32(ctrl->dev, ZNVME_REG_CC);

	if (ctrl->quirks & QUIRK_SLOW_SHUTDOWN)
		timeout_ms = MAX(timeout_ms, SLOW_SHUTDOWN_MS);
	/* A controller may name any latency; a close that takes minutes helps nobody. */
	timeout_ms = MIN(timeout_ms, SLOW_SHUTDOWN_MS);
	cc = (uint32_t)((cc & ~ZNVME_CC_SHN) | znvme_field_put(ZNVME_CC_SHN, ZNVME_CC_SHN_NORMAL));
	reg_write32(ctrl->dev, ZNVME_REG_CC, cc);
	return wait_status(ctrl, ZNVME_CSTS_SHST,
			   (uint32_t)znvme_field_put(ZNVME_CSTS_SHST, ZNVME_SHST_COMPLETE), true,
			   timeout_ms, "shutting the controller down");
}
