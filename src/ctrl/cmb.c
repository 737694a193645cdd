/* SPDX-License-Identifier: MIT */
/*
 * The Controller Memory Buffer (Base 2.1, section 8.2.1): memory of the controller's own, in a BAR,
 * where submission queues can lie, so that it need not fetch commands from the host, and data that
 * the host does not want. It is enabled when it is first asked for, at controller addresses that
 * our IOVA space keeps free.
 */
#include <errno.h>

#include "base/base.h"
#include "ctrl/ctrl.h"

/* More than this is nothing that queues need, and stays unmapped. */
#define MAX_CMB ((uint64_t)64 << 20)

static void tell_address(struct znvme_ctrl *ctrl)
{
	reg_write64(ctrl->dev, ZNVME_REG_CMBMSC,
		    ctrl->cmb.iova | ZNVME_CMBMSC_CRE | ZNVME_CMBMSC_CMSE);
}

static int refuse(const struct znvme_ctrl *ctrl, const char *why)
{
	return znvme_fail(-EOPNOTSUPP, "%s: nothing can be had in controller memory: %s",
			  ctrl->dev->address, why);
}

static int map(struct znvme_ctrl *ctrl)
{
	uint32_t loc = reg_read32(ctrl->dev, ZNVME_REG_CMBLOC);
	uint32_t size = reg_read32(ctrl->dev, ZNVME_REG_CMBSZ);
	uint64_t units = (uint64_t)4096 << 4 * MIN(znvme_field_get(ZNVME_CMBSZ_SZU, size), 6u);
	uint64_t whole = znvme_field_get(ZNVME_CMBSZ_SZ, size) * units;
	size_t len = (size_t)MIN(whole, MAX_CMB);

	if (size == UINT32_MAX)
		return ctrl_fail_gone(ctrl);
	if (!len)
		return refuse(ctrl, "its memory buffer is empty");
	/*
	 * The addresses are taken for good: a queue may be in use until the controller is closed.
	 * All of them, also those of what we do not use: the controller looks no further at any.
	 */
	if (domain_reserve(&ctrl->domain, whole, &ctrl->cmb.iova))
		return -ENOMEM;
	if (ctrl->dev->ops->map_bar(ctrl->dev, (unsigned)znvme_field_get(ZNVME_CMBLOC_BIR, loc),
				    znvme_field_get(ZNVME_CMBLOC_OFST, loc) * units, &len,
				    (void **)&ctrl->cmb.addr))
		return refuse(ctrl, "its BAR cannot be mapped");
	ctrl->cmb.range = (struct znvme_iova_range){ctrl->cmb.iova, ctrl->cmb.iova + len - 1};
	ctrl->cmb.uses = size;
	if (iova_space_init(&ctrl->cmb.space, &ctrl->cmb.range, 1))
		return refuse(ctrl, "no memory to keep account of it");
	tell_address(ctrl);
	if (reg_read32(ctrl->dev, ZNVME_REG_CMBSTS) & ZNVME_CMBSTS_CBAI) {
		iova_space_fini(&ctrl->cmb.space);
		return refuse(ctrl, "it does not take its address");
	}
	ctrl->cmb.on = true;
	return 0;
}

/* The buffer is there and takes what it is wanted for: bits of CMBSZ. */
static int enable(struct znvme_ctrl *ctrl, uint32_t uses)
{
	int rc;

	if (!(ctrl->cap & ZNVME_CAP_CMBS) || !ctrl->dev->ops->map_bar)
		return refuse(ctrl, "it has no memory buffer");
	if (ctrl->cmb.failed)
		return refuse(ctrl, "its memory buffer could not be used before");
	if (!ctrl->cmb.on) {
		/* Location and size read as zero before. */
		reg_write64(ctrl->dev, ZNVME_REG_CMBMSC, ZNVME_CMBMSC_CRE);
		rc = map(ctrl);
		if (rc) {
			ctrl->cmb.failed = true;
			reg_write64(ctrl->dev, ZNVME_REG_CMBMSC, 0);
			return rc;
		}
	}
	return (ctrl->cmb.uses & uses) == uses
		       ? 0
		       : refuse(ctrl, "its memory buffer does not take this");
}

int cmb_alloc(struct znvme_ctrl *ctrl, uint32_t uses, size_t len, void **addr, uint64_t *iova)
{
	int rc = enable(ctrl, uses);

	if (rc)
		return rc;
	if (iova_alloc(&ctrl->cmb.space, len, (uint64_t)1 << ctrl->page_shift, iova))
		return znvme_fail(-ENOSPC, "%s: the controller memory buffer is full",
				  ctrl->dev->address);
	*addr = ctrl->cmb.addr + (*iova - ctrl->cmb.iova);
	return 0;
}

bool cmb_holds(const struct znvme_ctrl *ctrl, uint64_t iova)
{
	return ctrl->cmb.on && iova >= ctrl->cmb.range.first && iova <= ctrl->cmb.range.last;
}

void cmb_free(struct znvme_ctrl *ctrl, uint64_t iova, size_t len)
{
	iova_free(&ctrl->cmb.space, iova, len);
}

/* Neither a Controller Reset nor a new owner changes CMBMSC by itself. */
void cmb_start(struct znvme_ctrl *ctrl)
{
	if (ctrl->cmb.on)
		tell_address(ctrl);
	else if (ctrl->cap & ZNVME_CAP_CMBS)
		reg_write64(ctrl->dev, ZNVME_REG_CMBMSC, 0);
}

void cmb_fini(struct znvme_ctrl *ctrl)
{
	if (!ctrl->cmb.on)
		return;
	reg_write64(ctrl->dev, ZNVME_REG_CMBMSC, 0);
	iova_space_fini(&ctrl->cmb.space);
}

int znvme_mem_alloc_cmb(struct znvme_ctrl *ctrl, size_t len, struct znvme_region **region)
{
	const uint64_t page = (uint64_t)1 << ctrl->page_shift;
	uint64_t iova;
	void *addr;
	int rc;

	if (!len || len > MAX_CMB)
		return znvme_fail(-EINVAL, "%zu bytes of controller memory cannot be had", len);
	len = round_up(len, page);
	rc = ctrl_enter(ctrl);
	if (rc)
		return rc;
	rc = cmb_alloc(ctrl, ZNVME_CMBSZ_RDS | ZNVME_CMBSZ_WDS, len, &addr, &iova);
	if (!rc) {
		rc = domain_enter(&ctrl->domain, addr, len, iova, 0, region);
		if (rc)
			cmb_free(ctrl, iova, len);
	}
	ctrl_leave(ctrl);
	return rc;
}
