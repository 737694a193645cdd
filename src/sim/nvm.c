/* SPDX-License-Identifier: MIT */
/*
 * I/O commands of the NVM Command Set (NVM 1.1, section 3.3) and Flush (Base 2.1, section 7.2), by
 * a table of those that there are. Data of a command are checked as a whole before the first byte
 * moves: a command that fails changes nothing.
 */
#include "sim/internal.h"

#include <stdlib.h>

/* The volatile write cache is switched off, or the command asks for the medium. */
static bool sim_is_durable(const struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	bool cached = sim->options.vwc && sim->value[ZNVME_FEAT_VWC].current & ZNVME_FEAT_VWC_WCE;

	return !cached || cmd->sqe.cdw12 & ZNVME_RW_FUA;
}

uint16_t sim_write_through(struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	return sim_is_durable(sim, cmd) ? sim_media_sync(sim) : (uint16_t)ZNVME_SC_SUCCESS;
}

/* The range is about to change: what a power loss may bring back is kept. */
uint16_t sim_begin_write(struct znvme_sim *sim, const struct sim_cmd *cmd,
			 const struct sim_range *range)
{
	return sim_cache_write(sim, range->ns, range->slba, range->nlb, sim_is_durable(sim, cmd));
}

uint16_t sim_check_range(const struct sim_ns *ns, struct sim_cmd *cmd, uint64_t slba, uint64_t nlb)
{
	if (slba < ns->blocks && nlb <= ns->blocks - slba)
		return ZNVME_SC_SUCCESS;
	cmd->lba = slba;
	cmd->error_loc = offsetof(struct znvme_sqe, cdw10);
	return SIM_DNR(ZNVME_SC_LBA_RANGE);
}

/* The range of a command with SLBA in CDW10 and 11 and NLB in CDW12. */
uint16_t sim_get_range(struct sim_ns *ns, struct sim_cmd *cmd, struct sim_range *range)
{
	range->ns = ns;
	range->slba = cmd->sqe.cdw10 | (uint64_t)cmd->sqe.cdw11 << 32;
	range->nlb = (cmd->sqe.cdw12 & ZNVME_RW_NLB) + 1;
	range->len = range->nlb << ns->lba_shift;
	return sim_check_range(ns, cmd, range->slba, range->nlb);
}

/* The same, and the host memory for the data. */
static uint16_t sim_get_data(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			     struct sim_range *range, bool to_host)
{
	uint16_t status = sim_get_range(ns, cmd, range);

	if (range->len > sim_max_transfer(sim))
		return SIM_INVALID_FIELD(cmd, cdw12);
	return status ? status : sim_data_map(sim, cmd, range->len, to_host);
}

uint16_t sim_check_readable(struct znvme_sim *sim, struct sim_cmd *cmd,
			    const struct sim_range *range)
{
	uint64_t bad = sim_media_find_bad(range->ns, range->slba, range->nlb);

	if (bad == UINT64_MAX)
		return ZNVME_SC_SUCCESS;
	sim->health.media_errors++;
	cmd->lba = bad;
	return SIM_DNR(ZNVME_SC_UNRECOVERED_READ);
}

/* Metadata do not count. */
void sim_count_read(struct znvme_sim *sim, const struct sim_range *range)
{
	sim->health.host_reads++;
	sim->health.sectors_read += range->nlb << range->ns->lba_shift >> 9;
	sim_plm_count(sim, range->nlb << range->ns->lba_shift, false);
}

void sim_count_write(struct znvme_sim *sim, const struct sim_range *range)
{
	sim->health.host_writes++;
	sim->health.sectors_written += range->nlb << range->ns->lba_shift >> 9;
	sim_plm_count(sim, range->nlb << range->ns->lba_shift, true);
}

static uint16_t sim_read(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_range range;
	uint16_t status = sim_get_data(sim, ns, cmd, &range, true);
	char *data;

	if (!status)
		status = sim_check_readable(sim, cmd, &range);
	if (status)
		return status;
	sim_count_read(sim, &range);
	data = sim_media_memory(sim, ns, range.slba);
	if (!data || sim_data_watched(sim)) {
		data = sim_bounce(sim, range.len);
		if (!data)
			return ZNVME_SC_INTERNAL;
		status = sim_media_read(sim, ns, range.slba, range.nlb, data);
		if (status)
			return status;
	}
	if (sim_data_watched(sim))
		sim_data_change(sim, cmd, data, range.len);
	sim_sg_copy_out(sim, data, range.len);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_end_write(struct znvme_sim *sim, const struct sim_cmd *cmd,
		       const struct sim_range *range)
{
	bool deallocates =
		cmd->sqe.opcode == ZNVME_CMD_WRITE_ZEROES && cmd->sqe.cdw12 & ZNVME_RW_DEAC;

	sim_media_clear_bad(range->ns, range->slba, range->nlb);
	sim_lba_mark(range->ns, range->slba, range->nlb, !deallocates);
	sim_cdq_changed(sim, cmd, range->ns, range->slba, range->nlb, deallocates);
	if (!deallocates)
		sim_directed_write(sim, range->ns, cmd, range->nlb);
	return sim_write_through(sim, cmd);
}

uint16_t sim_write_blocks(struct znvme_sim *sim, const struct sim_cmd *cmd,
			  const struct sim_range *range, const char *data, char *metadata)
{
	uint16_t status = sim_begin_write(sim, cmd, range);

	if (!status)
		status = sim_media_write(sim, range->ns, range->slba, range->nlb, data);
	if (!status && range->ns->format.ms)
		status = sim_metadata_write(sim, range->ns, range->slba, range->nlb, metadata);
	return status ? status : sim_end_write(sim, cmd, range);
}

static uint16_t sim_write(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_range range;
	uint16_t status = sim_get_data(sim, ns, cmd, &range, false);
	char *memory;

	if (!status)
		status = sim_begin_write(sim, cmd, &range);
	if (status)
		return status;
	memory = sim_media_memory(sim, ns, range.slba);
	if (memory) {
		sim_sg_copy_in(sim, memory, range.len);
	} else {
		char *data = sim_bounce(sim, range.len);

		if (!data)
			return ZNVME_SC_INTERNAL;
		sim_sg_copy_in(sim, data, range.len);
		status = sim_media_write(sim, ns, range.slba, range.nlb, data);
		if (status)
			return status;
	}
	sim_count_write(sim, &range);
	return sim_end_write(sim, cmd, &range);
}

static uint16_t sim_compare(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_range range;
	uint16_t status = sim_get_data(sim, ns, cmd, &range, false);
	const char *at;
	char *data;

	if (!status)
		status = sim_check_readable(sim, cmd, &range);
	if (status)
		return status;
	data = sim_bounce(sim, range.len);
	if (!data)
		return ZNVME_SC_INTERNAL;
	status = sim_media_read(sim, ns, range.slba, range.nlb, data);
	if (status)
		return status;
	sim_count_read(sim, &range);
	at = data;
	for (size_t i = 0; i < sim->sg.nr; i++) {
		if (memcmp(at, sim->sg.segment[i].addr, sim->sg.segment[i].len)) {
			cmd->lba = range.slba + ((uint64_t)(at - data) >> ns->lba_shift);
			return SIM_DNR(ZNVME_SC_COMPARE_FAILURE);
		}
		at += sim->sg.segment[i].len;
	}
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_verify(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_range range;
	uint16_t status = sim_get_range(ns, cmd, &range);

	if (!status)
		status = sim_check_readable(sim, cmd, &range);
	if (!status)
		sim_count_read(sim, &range);
	return status;
}

uint16_t sim_get_zeroes(struct sim_ns *ns, struct sim_cmd *cmd, struct sim_range *range)
{
	if (!(cmd->sqe.cdw12 & ZNVME_RW_NSZ))
		return sim_get_range(ns, cmd, range);
	if (ns->zns) /* its zones are written in order */
		return SIM_INVALID_FIELD(cmd, cdw12);
	*range =
		(struct sim_range){.ns = ns, .nlb = ns->blocks, .len = ns->blocks << ns->lba_shift};
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_write_zeroes(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_range range;
	uint16_t status = sim_get_zeroes(ns, cmd, &range);

	if (!status)
		status = sim_begin_write(sim, cmd, &range);
	if (!status)
		status = sim_media_zero(sim, ns, range.slba, range.nlb);
	return status ? status : sim_end_write(sim, cmd, &range);
}

static uint16_t sim_write_uncorrectable(struct znvme_sim *sim, struct sim_ns *ns,
					struct sim_cmd *cmd)
{
	struct sim_range range;
	uint16_t status = sim_get_range(ns, cmd, &range);

	if (status)
		return status;
	sim_lba_mark(ns, range.slba, range.nlb, true);
	sim_cdq_changed(sim, cmd, ns, range.slba, range.nlb, false);
	status = sim_media_mark_bad(sim, ns, range.slba, range.nlb);
	if (!status)
		sim_notice(sim, ZNVME_FEAT_AEC_LBA_STATUS, ZNVME_AER_NOTICE_LBA_STATUS,
			   ZNVME_LOG_LBA_STATUS);
	return status;
}

/* All ranges are checked before the first is deallocated. The other attributes are hints. */
static uint16_t sim_dsm(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct znvme_dsm_range range[ZNVME_DSM_MAX_RANGES];
	unsigned nr = (cmd->sqe.cdw10 & ZNVME_DSM_NR) + 1;
	uint16_t status = sim_data_receive(sim, cmd, range, nr * sizeof(range[0]));

	for (unsigned i = 0; i < nr && !status; i++)
		if (range[i].nlb)
			status = sim_check_range(ns, cmd, range[i].slba, range[i].nlb);
	if (!(cmd->sqe.cdw11 & ZNVME_DSM_AD))
		return status;
	for (unsigned i = 0; i < nr && !status; i++) {
		if (!range[i].nlb)
			continue;
		status = sim_cache_write(sim, ns, range[i].slba, range[i].nlb,
					 sim_is_durable(sim, cmd));
		if (!status)
			status = sim_media_zero(sim, ns, range[i].slba, range[i].nlb);
		if (status)
			break;
		sim_media_clear_bad(ns, range[i].slba, range[i].nlb);
		sim_lba_mark(ns, range[i].slba, range[i].nlb, false);
		sim_cdq_changed(sim, cmd, ns, range[i].slba, range[i].nlb, true);
	}
	return status;
}

/* Of one namespace or, with NSID FFFFFFFFh, of all: they share a store. */
static uint16_t sim_flush(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	(void)ns;
	(void)cmd;
	return sim_media_flush(sim);
}

uint16_t sim_fuses(struct znvme_sim *sim)
{
	bool compares = !(sim->options.without & (SIM_WITHOUT_COMPARE | SIM_WITHOUT_FUSED));

	return compares ? ZNVME_CTRL_FUSES_COMPARE_WRITE : 0;
}

/* Compare and Write, of the same blocks: the one pair that there is (NVM 1.1, section 2.1.3). */
uint16_t sim_nvm_check_pair(struct znvme_sim *sim, const struct znvme_sqe *first,
			    const struct znvme_sqe *second)
{
	if ((second->flags & ZNVME_SQE_FUSE) != ZNVME_SQE_FUSE_SECOND)
		return SIM_DNR(ZNVME_SC_ABORT_FUSED_MISSING);
	if (first->opcode != ZNVME_CMD_COMPARE || second->opcode != ZNVME_CMD_WRITE ||
	    first->nsid != second->nsid || first->cdw10 != second->cdw10 ||
	    first->cdw11 != second->cdw11 || (first->cdw12 ^ second->cdw12) & ZNVME_RW_NLB)
		return SIM_DNR(ZNVME_SC_INVALID_FIELD);
	if ((first->cdw12 & ZNVME_RW_NLB) >= sim->options.awun) /* ACWU is as AWUN */
		return SIM_DNR(ZNVME_SC_ATOMIC_WRITE_UNIT);
	return ZNVME_SC_SUCCESS;
}

/* Whether the command may be half of a pair, where it says so. */
static bool sim_fusable(struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	uint8_t opcode = cmd->sqe.opcode;
	unsigned fuse = cmd->sqe.flags & ZNVME_SQE_FUSE;

	if (!fuse)
		return true;
	return sim_fuses(sim) &&
	       (fuse == ZNVME_SQE_FUSE_FIRST
			? opcode == ZNVME_CMD_COMPARE
			: opcode == ZNVME_CMD_WRITE && fuse == ZNVME_SQE_FUSE_SECOND);
}

/* What is under way is a completion that is not due yet; so all end at once, and none later. */
static uint16_t sim_cancel(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	bool multiple = cmd->sqe.cdw11 & ZNVME_CANCEL_MULTIPLE;
	uint16_t cid = (uint16_t)znvme_field_get(ZNVME_CANCEL_CID, cmd->sqe.cdw10);

	(void)ns;
	if ((cmd->sqe.cdw10 & ZNVME_CANCEL_SQID) != cmd->qid ||
	    (multiple ? cid != UINT16_MAX : cid == cmd->sqe.cid))
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (cmd->sqe.cdw11 & ~ZNVME_CANCEL_MULTIPLE)
		return SIM_INVALID_FIELD(cmd, cdw11);
	cmd->dw0 = sim_clock_abort(sim, cmd->qid, multiple ? -1 : cid, cmd->sqe.nsid,
				   ZNVME_SC_ABORT_REQUESTED);
	return ZNVME_SC_SUCCESS;
}

enum sim_nvm_flags {
	SIM_NVM_WRITES = 1,   /* changes blocks: refused where the namespace is write protected */
	SIM_NVM_ALL_NS = 2,   /* takes NSID FFFFFFFFh */
	SIM_NVM_DIRECTED = 4, /* has a directive type in CDW12 */
	SIM_NVM_RANGE = 8,    /* has SLBA and NLB */
	SIM_NVM_ZONED = 16,   /* of the Zoned Namespace Command Set alone */
	SIM_NVM_FREE = 32,    /* reservations do not concern it, or it looks for itself */
};

static const struct sim_nvm_command {
	uint8_t opcode;
	uint8_t flags;
	uint16_t oncs;	  /* its bit in Identify Controller's ONCS; 0: mandatory */
	uint32_t without; /* of enum sim_without */
	sim_nvm_fn run;
} sim_nvm_commands[] = {
	{ZNVME_CMD_FLUSH, SIM_NVM_ALL_NS, 0, 0, sim_flush},
	{ZNVME_CMD_WRITE, SIM_NVM_WRITES | SIM_NVM_DIRECTED | SIM_NVM_RANGE, 0, 0, sim_write},
	{ZNVME_CMD_READ, SIM_NVM_RANGE, 0, 0, sim_read},
	{ZNVME_CMD_WRITE_UNCORRECTABLE, SIM_NVM_WRITES | SIM_NVM_DIRECTED | SIM_NVM_RANGE,
	 ZNVME_CTRL_ONCS_WRITE_UNCORRECTABLE, SIM_WITHOUT_WRITE_UNCORRECTABLE,
	 sim_write_uncorrectable},
	{ZNVME_CMD_COMPARE, SIM_NVM_RANGE, ZNVME_CTRL_ONCS_COMPARE, SIM_WITHOUT_COMPARE,
	 sim_compare},
	{ZNVME_CMD_WRITE_ZEROES, SIM_NVM_WRITES | SIM_NVM_DIRECTED | SIM_NVM_RANGE,
	 ZNVME_CTRL_ONCS_WRITE_ZEROES, SIM_WITHOUT_WRITE_ZEROES, sim_write_zeroes},
	{ZNVME_CMD_DSM, SIM_NVM_WRITES, ZNVME_CTRL_ONCS_DSM, SIM_WITHOUT_DSM, sim_dsm},
	{ZNVME_CMD_COPY, SIM_NVM_WRITES | SIM_NVM_DIRECTED, ZNVME_CTRL_ONCS_COPY, SIM_WITHOUT_COPY,
	 sim_copy},
	{ZNVME_CMD_RESV_REGISTER, SIM_NVM_FREE, ZNVME_CTRL_ONCS_RESERVATIONS,
	 SIM_WITHOUT_RESERVATIONS, sim_resv_register},
	{ZNVME_CMD_RESV_REPORT, SIM_NVM_FREE, ZNVME_CTRL_ONCS_RESERVATIONS,
	 SIM_WITHOUT_RESERVATIONS, sim_resv_report},
	{ZNVME_CMD_RESV_ACQUIRE, SIM_NVM_FREE, ZNVME_CTRL_ONCS_RESERVATIONS,
	 SIM_WITHOUT_RESERVATIONS, sim_resv_acquire},
	{ZNVME_CMD_RESV_RELEASE, SIM_NVM_FREE, ZNVME_CTRL_ONCS_RESERVATIONS,
	 SIM_WITHOUT_RESERVATIONS, sim_resv_release},
	{ZNVME_CMD_IO_MGMT_RECV, 0, 0, SIM_WITHOUT_FDP, sim_io_mgmt_receive},
	{ZNVME_CMD_IO_MGMT_SEND, SIM_NVM_WRITES, 0, SIM_WITHOUT_FDP, sim_io_mgmt_send},
	{ZNVME_CMD_CANCEL, SIM_NVM_ALL_NS | SIM_NVM_FREE, 0, 0, sim_cancel},
	{ZNVME_CMD_VERIFY, SIM_NVM_RANGE, ZNVME_CTRL_ONCS_VERIFY, SIM_WITHOUT_VERIFY, sim_verify},
	{ZNVME_CMD_ZONE_MGMT_SEND, SIM_NVM_ZONED | SIM_NVM_WRITES, 0, 0, sim_zone_send},
	{ZNVME_CMD_ZONE_MGMT_RECV, SIM_NVM_ZONED, 0, 0, sim_zone_receive},
	{ZNVME_CMD_ZONE_APPEND, SIM_NVM_ZONED | SIM_NVM_WRITES | SIM_NVM_DIRECTED | SIM_NVM_RANGE,
	 0, 0, sim_write},
};

bool sim_nvm_has_range(uint8_t opcode)
{
	for (size_t i = 0; i < SIM_COUNT(sim_nvm_commands); i++)
		if (sim_nvm_commands[i].opcode == opcode)
			return sim_nvm_commands[i].flags & SIM_NVM_RANGE;
	return false;
}

uint16_t sim_oncs(struct znvme_sim *sim)
{
	uint16_t oncs = 0;

	for (size_t i = 0; i < SIM_COUNT(sim_nvm_commands); i++)
		if (!(sim_nvm_commands[i].without & sim->options.without))
			oncs |= sim_nvm_commands[i].oncs;
	if (oncs & ZNVME_CTRL_ONCS_WRITE_ZEROES)
		oncs |= ZNVME_CTRL_ONCS_NS_ZEROES;
	if (!(sim->options.without & SIM_WITHOUT_SAVE_SELECT))
		oncs |= ZNVME_CTRL_ONCS_SAVE_SELECT;
	if (!(sim->options.without & SIM_WITHOUT_TIMESTAMP))
		oncs |= ZNVME_CTRL_ONCS_TIMESTAMP;
	return oncs;
}

void sim_nvm_effects(struct znvme_sim *sim, uint64_t csi, uint32_t effects[256])
{
	for (size_t i = 0; i < SIM_COUNT(sim_nvm_commands); i++) {
		const struct sim_nvm_command *command = &sim_nvm_commands[i];

		if (command->without & sim->options.without)
			continue;
		if (command->flags & SIM_NVM_ZONED && csi != ZNVME_CSI_ZNS)
			continue;
		effects[command->opcode] =
			ZNVME_CMD_EFFECTS_CSUPP | (uint32_t)ZNVME_EFFECTS_SCOPE_NS << 20;
		if (command->flags & SIM_NVM_WRITES)
			effects[command->opcode] |= ZNVME_CMD_EFFECTS_LBCC;
	}
}

static const struct sim_nvm_command *sim_nvm_find(struct znvme_sim *sim, uint8_t opcode)
{
	if (znvme_field_get(ZNVME_CC_CSS, sim->cc) == ZNVME_CC_CSS_ADMIN)
		return NULL;
	for (size_t i = 0; i < SIM_COUNT(sim_nvm_commands); i++)
		if (sim_nvm_commands[i].opcode == opcode &&
		    !(sim_nvm_commands[i].without & sim->options.without))
			return &sim_nvm_commands[i];
	return NULL;
}

/* Bit rot, where a rule wants it: before the blocks are read, or after they were written. */
static void sim_rot(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
		    const struct sim_nvm_command *command)
{
	const struct sim_injection *injection = sim->faults.now;
	struct sim_range range;

	if (!injection || !sim_fault_wants(injection, SIM_DO_ROT) ||
	    !(command->flags & SIM_NVM_RANGE) || sim->store.readonly ||
	    sim_get_range(ns, cmd, &range))
		return;
	sim_media_rot(sim, ns, range.slba, range.nlb, injection->value[SIM_DO_ROT],
		      sim_mix(sim->options.seed ^ sim_mix(sim->serial)));
}

/* A Flush counts as a write. */
static uint16_t sim_check_reservation(struct znvme_sim *sim, struct sim_ns *ns,
				      const struct sim_cmd *cmd,
				      const struct sim_nvm_command *command)
{
	bool write = command->flags & SIM_NVM_WRITES || command->opcode == ZNVME_CMD_FLUSH;
	uint16_t status = ZNVME_SC_SUCCESS;

	if (command->flags & SIM_NVM_FREE)
		return sim_resv_dispersed(sim, ns, cmd);
	if (ns)
		return sim_resv_check(sim, ns, cmd, write);
	for (uint32_t i = 0; i < sim->nr_ns && !status; i++)
		status = sim_resv_check(sim, &sim->ns[i], cmd, write);
	return status;
}

/* Carry it out, with the zones before it and behind it where there are any. */
static uint16_t sim_nvm_run(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			    const struct sim_nvm_command *command)
{
	bool zoned = ns && ns->zns && command->flags & SIM_NVM_RANGE;
	bool writes = command->flags & SIM_NVM_WRITES;
	sim_nvm_fn run = sim_metadata_command(ns, cmd->sqe.opcode);
	uint16_t status = ZNVME_SC_SUCCESS;

	if (zoned)
		status = sim_zns_begin(sim, ns, cmd, writes);
	if (!status)
		status = run ? run(sim, ns, cmd) : command->run(sim, ns, cmd);
	if (!status && zoned && writes)
		sim_zns_end(ns, cmd);
	return status;
}

uint16_t sim_nvm(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct sim_nvm_command *command = sim_nvm_find(sim, cmd->sqe.opcode);
	uint32_t nsid = cmd->sqe.nsid;
	struct sim_ns *ns = sim_ns(sim, nsid);
	uint16_t status;

	if (ns && ns->kv)
		return sim_kv(sim, ns, cmd);
	if (!command) {
		cmd->error_loc = offsetof(struct znvme_sqe, opcode);
		return SIM_DNR(ZNVME_SC_INVALID_OPCODE);
	}
	if (command->flags & SIM_NVM_ZONED && ns && !ns->zns) {
		cmd->error_loc = offsetof(struct znvme_sqe, opcode);
		return SIM_DNR(ZNVME_SC_INVALID_OPCODE);
	}
	if (!sim_fusable(sim, cmd))
		return SIM_INVALID_FIELD(cmd, flags);
	if (!ns && !(nsid == ZNVME_NSID_ALL && command->flags & SIM_NVM_ALL_NS)) {
		if (nsid - 1 < sim->options.nn) /* valid, but inactive */
			return SIM_INVALID_FIELD(cmd, nsid);
		cmd->error_loc = offsetof(struct znvme_sqe, nsid);
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	}
	if (command->flags & (SIM_NVM_RANGE | SIM_NVM_DIRECTED) &&
	    sim_format_needs_consent(&ns->format) && !sim->host_behavior.lbafee)
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	status = command->flags & SIM_NVM_DIRECTED ? sim_directed(sim, ns, cmd) : 0;
	if (status)
		return status;
	if (command->flags & SIM_NVM_WRITES && sim_write_protected(sim, ns))
		return SIM_DNR(ZNVME_SC_NS_WRITE_PROTECTED);
	status = sim_check_reservation(sim, ns, cmd, command);
	if (status)
		return status;
	sim_hmb_use(sim);
	if (!(command->flags & SIM_NVM_WRITES))
		sim_rot(sim, ns, cmd, command);
	status = sim_nvm_run(sim, ns, cmd, command);
	if (command->flags & SIM_NVM_WRITES && !status)
		sim_rot(sim, ns, cmd, command);
	return status;
}
