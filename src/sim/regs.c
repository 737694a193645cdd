/* SPDX-License-Identifier: MIT */
/*
 * Registers (Base 2.1, section 3.1.4) and what they set off: enabling and disabling (section 3.5.1
 * and 3.7.2), shutdown (3.6.1), NVM subsystem reset (3.7.1). A setting that the specification
 * forbids is answered with CSTS.CFS where it says so, else ignored and counted as a protocol error.
 */
#include "sim/internal.h"

/* Fields of CC that may change only while the controller is disabled. */
#define SIM_CC_FIXED (ZNVME_CC_CSS | ZNVME_CC_MPS | ZNVME_CC_AMS)
#define SIM_CC_SIZES (ZNVME_CC_IOSQES | ZNVME_CC_IOCQES)
#define SIM_CC_ALL   (ZNVME_CC_EN | SIM_CC_FIXED | ZNVME_CC_SHN | SIM_CC_SIZES)

void sim_regs_init(struct znvme_sim *sim)
{
	const struct sim_options *options = &sim->options;

	sim->cap = znvme_field_put(ZNVME_CAP_MQES, options->mqes - 1) | ZNVME_CAP_CQR |
		   znvme_field_put(ZNVME_CAP_TO, options->to) |
		   znvme_field_put(ZNVME_CAP_DSTRD, options->dstrd) | ZNVME_CAP_NSSRS |
		   ZNVME_CAP_CSS_NVM | znvme_field_put(ZNVME_CAP_CPS, 1) |
		   znvme_field_put(ZNVME_CAP_MPSMIN, options->mpsmin) |
		   znvme_field_put(ZNVME_CAP_MPSMAX, options->mpsmax) | ZNVME_CAP_CRWMS;
	if (options->wrr)
		sim->cap |= ZNVME_CAP_AMS_WRR;
	if (options->cmb)
		sim->cap |= ZNVME_CAP_CMBS;
	if (options->boot)
		sim->cap |= ZNVME_CAP_BPS;
	if (options->pmr)
		sim->cap |= ZNVME_CAP_PMRS;
	if (!(options->without & SIM_WITHOUT_IOCS))
		sim->cap |= ZNVME_CAP_CSS_IOCS;
}

/* CSTS as it is now: a delayed RDY may have come. */
static uint32_t sim_csts(struct znvme_sim *sim)
{
	if (sim->ready_at && !(sim->csts & (ZNVME_CSTS_RDY | ZNVME_CSTS_CFS)) &&
	    (!sim->ready_late || sim_now() >= sim->ready_at))
		sim->csts |= ZNVME_CSTS_RDY;
	if (sim->down_at && sim_now() >= sim->down_at) {
		sim->csts = (sim->csts & ~ZNVME_CSTS_SHST) |
			    (uint32_t)znvme_field_put(ZNVME_CSTS_SHST, ZNVME_SHST_COMPLETE);
		sim->down_at = 0;
	}
	if (sim->mgmt.firmware.pause.due && sim_now() < sim->mgmt.firmware.pause.due)
		return sim->csts | ZNVME_CSTS_PP;
	return sim->csts;
}

bool sim_ready(struct znvme_sim *sim)
{
	return !sim->removed && (sim_csts(sim) & (ZNVME_CSTS_RDY | ZNVME_CSTS_CFS |
						  ZNVME_CSTS_SHST)) == ZNVME_CSTS_RDY;
}

uint32_t sim_page_size(struct znvme_sim *sim)
{
	return 4096u << znvme_field_get(ZNVME_CC_MPS, sim->cc);
}

/* Controller Reset: everything but AQA, ASQ, ACQ, CMBMSC and what features save. */
static void sim_controller_reset(struct znvme_sim *sim)
{
	sim_self_test_reset(sim);
	sim_eom_reset(sim);
	sim_dbbuf_reset(sim);
	sim_hmb_reset(sim);
	sim_queues_reset(sim);
	sim_irq_reset(sim);
	sim_event_reset(sim);
	sim_firmware_reset(sim, SIM_FW_CONTROLLER);
	sim_features_reset(sim);
	sim_rpmb_reset(sim);
	sim_cdq_reset(sim);
	sim_keep_alive_reset(sim);
	sim_condition_reset(sim);
	sim->csts &= ZNVME_CSTS_NSSRO;
	sim->intm = 0;
	sim->ready_at = 0;
	sim->down_at = 0;
}

void sim_regs_reset(struct znvme_sim *sim)
{
	sim_controller_reset(sim);
	sim->cc = 0;
	sim->aqa = 0;
	sim->asq = 0;
	sim->acq = 0;
	sim->cmb.msc = 0;
	sim->pmr.msc = 0;
	sim->pmr.ctl = 0;
}

/* Would the controller start with these settings? */
static bool sim_settings_valid(struct znvme_sim *sim)
{
	uint64_t css = znvme_field_get(ZNVME_CC_CSS, sim->cc);
	uint64_t mps = znvme_field_get(ZNVME_CC_MPS, sim->cc);
	uint64_t ams = znvme_field_get(ZNVME_CC_AMS, sim->cc);
	bool iocs = sim->cap & ZNVME_CAP_CSS_IOCS;

	if (css != ZNVME_CC_CSS_NVM && css != ZNVME_CC_CSS_ADMIN &&
	    !(css == ZNVME_CC_CSS_IOCS && iocs))
		return false;
	if (mps < sim->options.mpsmin || mps > sim->options.mpsmax)
		return false;
	if (ams != ZNVME_CC_AMS_RR && !(ams == ZNVME_CC_AMS_WRR && sim->options.wrr))
		return false;
	if (!(sim->aqa & ZNVME_AQA_ASQS) || !(sim->aqa & ZNVME_AQA_ACQS))
		return false;
	if ((sim->asq | sim->acq) & (sim_page_size(sim) - 1))
		return false;
	return sim_cmb_takes_queue(sim, sim->asq,
				   (znvme_field_get(ZNVME_AQA_ASQS, sim->aqa) + 1) *
					   sizeof(struct znvme_sqe),
				   SIM_FOR_SQ) &&
	       sim_cmb_takes_queue(sim, sim->acq,
				   (znvme_field_get(ZNVME_AQA_ACQS, sim->aqa) + 1) *
					   sizeof(struct znvme_cqe),
				   SIM_FOR_CQ);
}

/* CSTS.RDY comes at once, later or never, by the options and by rules. */
static void sim_get_ready(struct znvme_sim *sim)
{
	uint64_t delay = sim->options.ready * 1000000;
	bool never = sim->options.never_ready;
	struct sim_injection injection;

	if (sim_fault_event(sim, SIM_ON_ENABLE, SIM_KEYS, 0, 0, &injection)) {
		never = never || sim_fault_wants(&injection, SIM_DO_NEVER);
		if (sim_fault_wants(&injection, SIM_DO_LATE))
			delay = injection.value[SIM_DO_LATE];
	}
	sim->ready_late = delay;
	if (!never)
		sim->ready_at = sim_now() + delay;
}

static void sim_enable(struct znvme_sim *sim)
{
	sim->csts &= ~ZNVME_CSTS_SHST;
	sim->down_at = 0;
	if (sim->options.cfs_at_enable || !sim_settings_valid(sim)) {
		sim_set_fatal(sim);
		return;
	}
	sim_queue_create_cq(sim, 0, sim->acq,
			    (uint32_t)znvme_field_get(ZNVME_AQA_ACQS, sim->aqa) + 1, true, 0);
	if (!sim_queue_create_sq(sim, 0, 0, sim->asq,
				 (uint32_t)znvme_field_get(ZNVME_AQA_ASQS, sim->aqa) + 1,
				 SIM_CLASS_ADMIN))
		sim_set_fatal(sim);
	sim_get_ready(sim);
}

static void sim_shutdown(struct znvme_sim *sim)
{
	struct sim_injection injection;
	bool never = false;
	uint64_t delay = 0;

	if (sim_fault_event(sim, SIM_ON_SHUTDOWN, SIM_KEYS, 0, 0, &injection)) {
		never = sim_fault_wants(&injection, SIM_DO_NEVER);
		if (sim_fault_wants(&injection, SIM_DO_LATE))
			delay = injection.value[SIM_DO_LATE];
	}
	if (!never) {
		sim_media_flush(sim);
		sim_zns_rest(sim);
	}
	if (delay && !never)
		sim->down_at = sim_now() + delay;
	sim->csts &= ~ZNVME_CSTS_SHST;
	sim->csts |= (uint32_t)znvme_field_put(
		ZNVME_CSTS_SHST, never || delay ? ZNVME_SHST_PROCESSING : ZNVME_SHST_COMPLETE);
}

static void sim_write_cc(struct znvme_sim *sim, uint32_t value)
{
	uint32_t changed = (sim->cc ^ value) & SIM_CC_ALL;
	uint32_t keep = 0;

	if (sim->cc & ZNVME_CC_EN && value & ZNVME_CC_EN) {
		if (changed & SIM_CC_FIXED)
			keep |= SIM_CC_FIXED;
		if (changed & SIM_CC_SIZES && sim->counters.io_queues)
			keep |= SIM_CC_SIZES;
		if (keep)
			sim_protocol_error(sim);
	}
	sim->cc = (sim->cc & keep) | (value & SIM_CC_ALL & ~keep);
	if (changed & ZNVME_CC_EN) {
		if (value & ZNVME_CC_EN)
			sim_enable(sim);
		else
			sim_controller_reset(sim);
	}
	if (changed & ZNVME_CC_SHN && sim->cc & ZNVME_CC_SHN)
		sim_shutdown(sim);
}

/* Admin queue registers may change only while the controller is disabled. */
static void sim_write_admin_queue(struct znvme_sim *sim, uint64_t *reg, uint64_t mask,
				  uint64_t value)
{
	if (sim->cc & ZNVME_CC_EN) {
		sim_protocol_error(sim);
		return;
	}
	*reg = (*reg & ~mask) | (value & mask);
}

#define SIM_LOW	 0x00000000ffffffffull
#define SIM_HIGH 0xffffffff00000000ull
#define SIM_BASE 0xfffffffffffff000ull /* bits of ASQ and ACQ */

static void sim_write32(struct znvme_sim *sim, uint32_t offset, uint32_t value)
{
	uint64_t high = (uint64_t)value << 32;
	uint64_t aqa = sim->aqa;

	switch (offset) {
	case ZNVME_REG_INTMS:
		sim->intm |= value;
		return;
	case ZNVME_REG_INTMC:
		sim->intm &= ~value;
		return;
	case ZNVME_REG_CC:
		sim_write_cc(sim, value);
		return;
	case ZNVME_REG_CSTS:
		sim->csts &= ~(value & ZNVME_CSTS_NSSRO);
		return;
	case ZNVME_REG_NSSR:
		if (value == ZNVME_NSSR_MAGIC) {
			sim_regs_reset(sim);
			sim_firmware_reset(sim, SIM_FW_SUBSYSTEM);
			sim->csts |= ZNVME_CSTS_NSSRO;
		}
		return;
	case ZNVME_REG_AQA:
		sim_write_admin_queue(sim, &aqa, ZNVME_AQA_ASQS | ZNVME_AQA_ACQS, value);
		sim->aqa = (uint32_t)aqa;
		return;
	case ZNVME_REG_ASQ:
		sim_write_admin_queue(sim, &sim->asq, SIM_BASE & SIM_LOW, value);
		return;
	case ZNVME_REG_ASQ + 4:
		sim_write_admin_queue(sim, &sim->asq, SIM_HIGH, high);
		return;
	case ZNVME_REG_ACQ:
		sim_write_admin_queue(sim, &sim->acq, SIM_BASE & SIM_LOW, value);
		return;
	case ZNVME_REG_ACQ + 4:
		sim_write_admin_queue(sim, &sim->acq, SIM_HIGH, high);
		return;
	case ZNVME_REG_BPRSEL:
	case ZNVME_REG_BPMBL:
	case ZNVME_REG_BPMBL + 4:
		sim_boot_write32(sim, offset, value);
		return;
	case ZNVME_REG_CMBMSC:
		sim_cmb_write(sim, SIM_LOW, value);
		return;
	case ZNVME_REG_CMBMSC + 4:
		sim_cmb_write(sim, SIM_HIGH, high);
		return;
	default:
		sim_pmr_write32(sim, offset, value); /* or read-only, or reserved */
		return;
	}
}

static uint32_t sim_read32(struct znvme_sim *sim, uint32_t offset)
{
	switch (offset) {
	case ZNVME_REG_CAP:
		return (uint32_t)sim->cap;
	case ZNVME_REG_CAP + 4:
		return (uint32_t)(sim->cap >> 32);
	case ZNVME_REG_VS:
		return SIM_VERSION;
	case ZNVME_REG_INTMS:
	case ZNVME_REG_INTMC:
		return sim->intm;
	case ZNVME_REG_CC:
		return sim->cc;
	case ZNVME_REG_CSTS:
		return sim_csts(sim);
	case ZNVME_REG_AQA:
		return sim->aqa;
	case ZNVME_REG_ASQ:
		return (uint32_t)sim->asq;
	case ZNVME_REG_ASQ + 4:
		return (uint32_t)(sim->asq >> 32);
	case ZNVME_REG_ACQ:
		return (uint32_t)sim->acq;
	case ZNVME_REG_ACQ + 4:
		return (uint32_t)(sim->acq >> 32);
	case ZNVME_REG_BPINFO:
	case ZNVME_REG_BPRSEL:
	case ZNVME_REG_BPMBL:
	case ZNVME_REG_BPMBL + 4:
		return sim_boot_read32(sim, offset);
	case ZNVME_REG_CRTO:
		return (uint32_t)znvme_field_put(ZNVME_CRTO_CRWMT, sim->options.to);
	default:
		return offset < ZNVME_REG_PMRCAP ? sim_cmb_read32(sim, offset)
						 : sim_pmr_read32(sim, offset);
	}
}

static bool sim_access_valid(const struct znvme_sim *sim, uint32_t offset, unsigned width)
{
	return (width == 4 || width == 8) && offset % width == 0 && offset < sim->dev.bar_size &&
	       width <= sim->dev.bar_size - offset;
}

uint64_t sim_reg_read(struct znvme_sim *sim, uint32_t offset, unsigned width)
{
	uint64_t ones = width == 8 ? UINT64_MAX : UINT32_MAX;
	uint64_t value = ones;
	struct sim_injection injection;
	bool injected = sim_fault_event(sim, SIM_ON_REG_READ, SIM_KEY_REG, offset,
					offset + width - 1, &injection);

	if (!sim->removed && sim_access_valid(sim, offset, width)) {
		value = sim_read32(sim, offset);
		if (width == 8)
			value |= (uint64_t)sim_read32(sim, offset + 4) << 32;
	} else if (!sim->removed) {
		sim_protocol_error(sim);
	}
	if (injected && sim_fault_wants(&injection, SIM_DO_VALUE))
		value = injection.value[SIM_DO_VALUE];
	if (sim->hooks.reg_read)
		sim->hooks.reg_read(sim->hooks.arg, offset, width, &value);
	return value & ones;
}

void sim_reg_write(struct znvme_sim *sim, uint32_t offset, unsigned width, uint64_t value)
{
	struct sim_injection injection;

	if (sim_fault_event(sim, SIM_ON_REG_WRITE, SIM_KEY_REG, offset, offset + width - 1,
			    &injection) &&
	    sim_fault_wants(&injection, SIM_DO_DROP))
		return;
	if (sim->hooks.reg_write && !sim->hooks.reg_write(sim->hooks.arg, offset, width, value))
		return;
	if (sim->removed)
		return;
	if (!sim_access_valid(sim, offset, width) ||
	    (offset >= ZNVME_REG_DOORBELLS && width != 4)) {
		sim_protocol_error(sim);
		return;
	}
	if (offset >= ZNVME_REG_DOORBELLS) {
		sim_doorbell(sim, offset, (uint32_t)value);
		return;
	}
	sim_write32(sim, offset, (uint32_t)value);
	if (width == 8)
		sim_write32(sim, offset + 4, (uint32_t)(value >> 32));
}
