/* SPDX-License-Identifier: MIT */
/*
 * Format NVM (Base 2.1, section 5.1.10; NVM 1.1, section 4.1.2). The namespace has its new format,
 * and nothing in it, at once; with the option format_time the command completes so much later, and
 * until then its I/O is refused and its progress is told (FPI).
 */
#include "sim/internal.h"

/* The format that the command asks for, of those that the namespace has; false: there is none. */
static bool sim_format_wanted(const struct znvme_sim *sim, const struct sim_ns *ns, uint32_t cdw10,
			      struct sim_format *format)
{
	uint64_t index = znvme_field_get(ZNVME_FORMAT_LBAFL, cdw10) |
			 znvme_field_get(ZNVME_FORMAT_LBAFU, cdw10) << 4;
	struct sim_format list[SIM_MAX_FORMATS];

	if (ns && ns->kv) {
		*format = ns->format;
		return !index;
	}
	if (index >= sim_format_list(sim, ns, list))
		return false;
	*format = list[index];
	return true;
}

static uint8_t sim_format_pi(uint32_t cdw10)
{
	return (uint8_t)znvme_field_get(ZNVME_FORMAT_PI, cdw10);
}

static uint16_t sim_check_format(const struct znvme_sim *sim, const struct sim_ns *ns,
				 uint32_t cdw10)
{
	struct sim_format format;

	if (sim_write_protected(sim, ns))
		return SIM_DNR(ZNVME_SC_NS_WRITE_PROTECTED);
	if (ns->formatting.due)
		return ZNVME_SC_FORMAT_IN_PROGRESS;
	if (!sim_format_wanted(sim, ns, cdw10, &format) ||
	    !sim_format_fits(ns, &format, sim_format_pi(cdw10)))
		return SIM_DNR(ZNVME_SC_INVALID_FORMAT);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_format_ns(struct znvme_sim *sim, struct sim_ns *ns, uint32_t cdw10)
{
	struct sim_format format;
	uint8_t data[12] = {0};

	sim_self_test_abort(sim, ZNVME_SELF_TEST_FORMAT, ns->nsid);
	if (!sim_format_wanted(sim, ns, cdw10, &format) ||
	    !sim_format_set(sim, ns, &format, cdw10 & ZNVME_FORMAT_MSET, sim_format_pi(cdw10),
			    cdw10 & ZNVME_FORMAT_PIL))
		return ZNVME_SC_INTERNAL;
	sim_labels_formatted(ns);
	sim_period_start(&ns->formatting, sim->options.format_time);
	memcpy(data, &ns->nsid, 4);
	data[4] = ZNVME_CTRL_FNA_CRYPTO_ERASE;
	memcpy(data + 8, &cdw10, 4);
	sim_pel_add(sim, ZNVME_PEL_FORMAT_START, 1, data, sizeof(data));
	sim_alloc_ns_changed(sim, ns->nsid);
	sim_ns_changed(sim, ns->nsid);
	return ZNVME_SC_SUCCESS;
}

static void sim_format_done(struct znvme_sim *sim, struct sim_ns *ns)
{
	uint8_t data[12] = {0};

	memcpy(data, &ns->nsid, 4);
	sim_pel_add(sim, ZNVME_PEL_FORMAT_DONE, 1, data, sizeof(data));
}

void sim_format_expire(struct znvme_sim *sim, uint64_t now)
{
	for (uint32_t i = 0; i < sim->nr_ns; i++) {
		if (!sim_period_over(&sim->ns[i].formatting, now))
			continue;
		sim_format_done(sim, &sim->ns[i]);
		sim_alloc_ns_changed(sim, sim->ns[i].nsid);
		sim_ns_changed(sim, sim->ns[i].nsid);
	}
}

/* The allocated namespaces that the command names; false: not one of them. */
static bool sim_format_takes(const struct sim_cmd *cmd, const struct sim_ns *ns)
{
	return ns->allocated && (cmd->sqe.nsid == ZNVME_NSID_ALL || cmd->sqe.nsid == ns->nsid);
}

uint16_t sim_format_nvm(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const uint32_t cdw10 = cmd->sqe.cdw10;
	uint16_t status = ZNVME_SC_SUCCESS;
	struct sim_format format;
	unsigned found = 0;

	/* Where there is none to ask, what holds for all. */
	if (!sim_format_wanted(sim, NULL, cdw10, &format) && !sim_ns_allocated(sim, cmd->sqe.nsid))
		return SIM_DNR(ZNVME_SC_INVALID_FORMAT);
	if (znvme_field_get(ZNVME_FORMAT_SES, cdw10) > ZNVME_SES_CRYPTO)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (sim->store.readonly)
		return SIM_DNR(ZNVME_SC_NS_WRITE_PROTECTED);
	for (uint32_t i = 0; i < sim->nr_ns && !status; i++) {
		if (!sim_format_takes(cmd, &sim->ns[i]))
			continue;
		status = sim_check_format(sim, &sim->ns[i], cdw10);
		found++;
	}
	if (status)
		return status;
	if (!found && cmd->sqe.nsid != ZNVME_NSID_ALL) {
		cmd->error_loc = offsetof(struct znvme_sqe, nsid);
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	}
	for (uint32_t i = 0; i < sim->nr_ns && !status; i++) {
		if (!sim_format_takes(cmd, &sim->ns[i]))
			continue;
		status = sim_format_ns(sim, &sim->ns[i], cdw10);
		if (!status && !sim->ns[i].formatting.due)
			sim_format_done(sim, &sim->ns[i]);
	}
	cmd->delay_us = sim->options.format_time * 1000;
	sim_background_changed(sim);
	sim_state_save(sim);
	return status;
}
