/* SPDX-License-Identifier: MIT */
/*
 * I/O commands of namespaces that have metadata (NVM 1.1, sections 3.3 and 5.3): the same as in
 * nvm.c with the metadata moved, too, behind the data of their block or in a buffer of their own,
 * and with protection information inserted, checked and stripped. All goes by way of the bounce
 * buffer.
 */
#include "sim/internal.h"

#define SIM_ZERO_BLOCKS 64u /* that are given tuples at a time */

/* A command's blocks, and where they are in the bounce buffer. */
struct sim_blocks {
	struct sim_range range;
	struct sim_protection want;
	uint64_t metadata_len; /* bytes of separate metadata that are moved; 0: none are */
	bool woven;	       /* metadata are moved behind the data of each block */
	char *data;
	char *metadata;
	char *host; /* the data as the host has them: `data`, unless they are woven */
};

/* Separate metadata: one piece of memory at MPTR, from or to `metadata`; NULL: only look. */
static uint16_t sim_move_metadata(struct znvme_sim *sim, struct sim_cmd *cmd, uint64_t len,
				  char *metadata, bool to_host)
{
	uint64_t iova = cmd->sqe.mptr;

	if (iova & 3 || cmd->peer) /* another host's memory apart is not here */
		return SIM_INVALID_FIELD(cmd, mptr);
	while (len) {
		size_t part = len;
		char *window =
			sim_dma_window(sim, iova, &part, to_host ? SIM_FOR_READ : SIM_FOR_WRITE);

		if (!window)
			return sim_dma_status(sim, iova);
		if (metadata && to_host)
			memcpy(window, metadata, part);
		else if (metadata)
			memcpy(metadata, window, part);
		metadata += metadata ? part : 0;
		iova += part;
		len -= part;
	}
	return ZNVME_SC_SUCCESS;
}

static uint64_t sim_data_len(const struct sim_blocks *blocks)
{
	return blocks->range.nlb << blocks->range.ns->lba_shift;
}

static uint64_t sim_metadata_len(const struct sim_blocks *blocks)
{
	return blocks->range.nlb * blocks->range.ns->format.ms;
}

/* Between data and metadata apart and both as the host has them. */
static void sim_weave(struct sim_blocks *blocks, bool to_host)
{
	size_t bs = (size_t)1 << blocks->range.ns->lba_shift, ms = blocks->range.ns->format.ms;

	for (uint64_t i = 0; i < blocks->range.nlb && blocks->woven; i++) {
		char *woven = blocks->host + i * (bs + ms);

		memcpy(to_host ? woven : blocks->data + i * bs,
		       to_host ? blocks->data + i * bs : woven, bs);
		memcpy(to_host ? woven + bs : blocks->metadata + i * ms,
		       to_host ? blocks->metadata + i * ms : woven + bs, ms);
	}
}

/* Range, what is asked for, and a place to work in. */
static uint16_t sim_begin(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			  struct sim_blocks *blocks)
{
	uint16_t status = sim_get_range(ns, cmd, &blocks->range);

	if (!status)
		status = sim_protection_get(ns, cmd, blocks->range.slba - sim_zns_distance(ns, cmd),
					    &blocks->want);
	if (status)
		return status;
	/* Once as the medium has them, once as the host, once more for Compare. */
	blocks->data = sim_bounce(sim, 3 * (sim_data_len(blocks) + sim_metadata_len(blocks)));
	if (!blocks->data)
		return ZNVME_SC_INTERNAL;
	blocks->metadata = blocks->data + sim_data_len(blocks);
	blocks->host = blocks->data;
	return ZNVME_SC_SUCCESS;
}

/* The same of a command with data, and the host's memory, all of it. */
static uint16_t sim_begin_data(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			       struct sim_blocks *blocks, bool to_host)
{
	bool append = cmd->sqe.opcode == ZNVME_CMD_ZONE_APPEND;
	uint16_t status = sim_begin(sim, ns, cmd, blocks);
	bool moved;

	if (status)
		return status;
	moved = !sim_protection_strips(ns, &blocks->want);
	blocks->woven = moved && ns->extended;
	blocks->metadata_len = moved && !ns->extended ? sim_metadata_len(blocks) : 0;
	if (blocks->woven) {
		blocks->host = blocks->metadata + sim_metadata_len(blocks);
		blocks->range.len += sim_metadata_len(blocks);
	}
	if (blocks->range.len > (append ? sim_zns_append_max(sim) : sim_max_transfer(sim)))
		return SIM_INVALID_FIELD(cmd, cdw12);
	status = sim_data_map(sim, cmd, blocks->range.len, to_host);
	if (!status && blocks->metadata_len)
		status = sim_move_metadata(sim, cmd, blocks->metadata_len, NULL, to_host);
	return status;
}

/* From the host, apart. */
static uint16_t sim_fetch(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_blocks *blocks)
{
	memset(blocks->metadata, 0, sim_metadata_len(blocks));
	sim_sg_copy_in(sim, blocks->host, blocks->range.len);
	sim_weave(blocks, false);
	return blocks->metadata_len
		       ? sim_move_metadata(sim, cmd, blocks->metadata_len, blocks->metadata, false)
		       : (uint16_t)ZNVME_SC_SUCCESS;
}

/* From the medium, apart, to where `data` is, and checked. */
static uint16_t sim_load(struct znvme_sim *sim, struct sim_cmd *cmd,
			 const struct sim_blocks *blocks)
{
	const struct sim_range *range = &blocks->range;
	uint16_t status = sim_check_readable(sim, cmd, range);

	if (!status)
		status = sim_media_read(sim, range->ns, range->slba, range->nlb, blocks->data);
	if (!status)
		status = sim_metadata_read(sim, range->ns, range->slba, range->nlb,
					   blocks->metadata);
	if (status)
		return status;
	return sim_protection_check(sim, range->ns, &blocks->want, cmd, range->slba, range->nlb,
				    (uint8_t *)blocks->data, (uint8_t *)blocks->metadata);
}

static uint16_t sim_read_both(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_blocks blocks = {.woven = false};
	uint16_t status = sim_begin_data(sim, ns, cmd, &blocks, true);

	if (!status)
		status = sim_load(sim, cmd, &blocks);
	if (status)
		return status;
	sim_count_read(sim, &blocks.range);
	sim_weave(&blocks, true);
	if (sim_data_watched(sim))
		sim_data_change(sim, cmd, blocks.host, blocks.range.len);
	sim_sg_copy_out(sim, blocks.host, blocks.range.len);
	return blocks.metadata_len
		       ? sim_move_metadata(sim, cmd, blocks.metadata_len, blocks.metadata, true)
		       : (uint16_t)ZNVME_SC_SUCCESS;
}

static bool sim_remaps(const struct sim_ns *ns, const struct sim_cmd *cmd)
{
	return ns->pi_type && cmd->sqe.opcode == ZNVME_CMD_ZONE_APPEND &&
	       cmd->sqe.cdw12 & ZNVME_APPEND_PIREMAP;
}

static uint16_t sim_write_both(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_blocks blocks = {.woven = false};
	uint16_t status = sim_begin_data(sim, ns, cmd, &blocks, false);

	if (!status)
		status = sim_fetch(sim, cmd, &blocks);
	if (status)
		return status;
	if (blocks.want.action)
		sim_protection_insert(sim, ns, &blocks.want, blocks.range.nlb,
				      (uint8_t *)blocks.data, (uint8_t *)blocks.metadata);
	else
		status = sim_protection_check(sim, ns, &blocks.want, cmd, blocks.range.slba,
					      blocks.range.nlb, (uint8_t *)blocks.data,
					      (uint8_t *)blocks.metadata);
	if (!status && sim_remaps(ns, cmd))
		sim_protection_remap(ns, &blocks.want, blocks.range.nlb, sim_zns_distance(ns, cmd),
				     (uint8_t *)blocks.metadata);
	if (!status)
		status = sim_write_blocks(sim, cmd, &blocks.range, blocks.data, blocks.metadata);
	if (status)
		return status;
	sim_count_write(sim, &blocks.range);
	return ZNVME_SC_SUCCESS;
}

/*
 * Reference tags are checked as those of the zone's start, and kept as those of where the blocks
 * go: of type 1 they must be, of type 3 there are none (Zoned Namespace Command Set 1.2,
 * section 3.4.1).
 */
static uint16_t sim_append_both(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	bool remap = cmd->sqe.cdw12 & ZNVME_APPEND_PIREMAP;

	if ((ns->pi_type == ZNVME_PI_TYPE1 && !remap) || (ns->pi_type == ZNVME_PI_TYPE3 && remap)) {
		cmd->error_loc = offsetof(struct znvme_sqe, cdw12);
		return SIM_DNR(ZNVME_SC_INVALID_PI);
	}
	return sim_write_both(sim, ns, cmd);
}

/* Metadata but their protection information: that was checked on both sides. */
static bool sim_same_metadata(const struct sim_ns *ns, const char *a, const char *b)
{
	unsigned at = ns->pi_type ? sim_pi_offset(ns) : ns->format.ms;
	unsigned behind = ns->pi_type ? at + sim_pi_size(&ns->format) : at;

	return !memcmp(a, b, at) && !memcmp(a + behind, b + behind, ns->format.ms - behind);
}

static uint16_t sim_compare_both(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_blocks blocks = {.woven = false}, theirs;
	uint16_t status = sim_begin_data(sim, ns, cmd, &blocks, false);
	bool moved = !sim_protection_strips(ns, &blocks.want);
	size_t bs = (size_t)1 << ns->lba_shift, ms = ns->format.ms;

	if (!status)
		status = sim_fetch(sim, cmd, &blocks);
	if (!status && moved)
		status = sim_protection_check(sim, ns, &blocks.want, cmd, blocks.range.slba,
					      blocks.range.nlb, (uint8_t *)blocks.data,
					      (uint8_t *)blocks.metadata);
	if (status)
		return status;
	theirs = blocks;
	theirs.data += 2 * (sim_data_len(&blocks) + sim_metadata_len(&blocks));
	theirs.metadata = theirs.data + sim_data_len(&blocks);
	status = sim_load(sim, cmd, &theirs);
	if (status)
		return status;
	sim_count_read(sim, &blocks.range);
	for (uint64_t i = 0; i < blocks.range.nlb; i++) {
		cmd->lba = blocks.range.slba + i;
		if (memcmp(blocks.data + i * bs, theirs.data + i * bs, bs) ||
		    (moved &&
		     !sim_same_metadata(ns, blocks.metadata + i * ms, theirs.metadata + i * ms)))
			return SIM_DNR(ZNVME_SC_COMPARE_FAILURE);
	}
	return ZNVME_SC_SUCCESS;
}

/* There is no action that could be taken. */
static uint16_t sim_verify_both(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_blocks blocks = {.woven = false};
	uint16_t status = sim_begin(sim, ns, cmd, &blocks);

	if (!status && blocks.want.action) {
		cmd->error_loc = offsetof(struct znvme_sqe, cdw12);
		return SIM_DNR(ZNVME_SC_INVALID_PI);
	}
	if (!status)
		status = sim_load(sim, cmd, &blocks);
	if (!status)
		sim_count_read(sim, &blocks.range);
	return status;
}

/* Tuples for blocks that are zero. */
static uint16_t sim_protect_zeroes(struct znvme_sim *sim, const struct sim_range *range,
				   struct sim_protection *want)
{
	struct sim_ns *ns = range->ns;
	size_t bs = (size_t)1 << ns->lba_shift, ms = ns->format.ms;
	char *data = sim_bounce(sim, SIM_ZERO_BLOCKS * (bs + ms));
	uint16_t status = data ? ZNVME_SC_SUCCESS : ZNVME_SC_INTERNAL;

	for (uint64_t done = 0, nlb; done < range->nlb && !status; done += nlb) {
		nlb = range->nlb - done < SIM_ZERO_BLOCKS ? range->nlb - done : SIM_ZERO_BLOCKS;
		memset(data, 0, SIM_ZERO_BLOCKS * (bs + ms));
		sim_protection_insert(sim, ns, want, nlb, (uint8_t *)data,
				      (uint8_t *)data + nlb * bs);
		status = sim_metadata_write(sim, ns, range->slba + done, nlb, data + nlb * bs);
		sim_protection_advance(ns, want, nlb);
	}
	return status;
}

/* Nothing is there to be checked. Without the action, protection information reads as all ones. */
static uint16_t sim_write_zeroes_both(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_protection want;
	struct sim_range range;
	uint16_t status = sim_get_zeroes(ns, cmd, &range);

	if (!status)
		status = sim_protection_get(ns, cmd, range.slba, &want);
	if (!status && want.check) {
		cmd->error_loc = offsetof(struct znvme_sqe, cdw12);
		return SIM_DNR(ZNVME_SC_INVALID_PI);
	}
	if (!status)
		status = sim_begin_write(sim, cmd, &range);
	if (!status)
		status = sim_media_zero(sim, ns, range.slba, range.nlb);
	if (!status && want.action)
		status = sim_protect_zeroes(sim, &range, &want);
	return status ? status : sim_end_write(sim, cmd, &range);
}

static const struct {
	uint8_t opcode;
	uint16_t (*run)(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
} sim_both_commands[] = {
	{ZNVME_CMD_READ, sim_read_both},
	{ZNVME_CMD_WRITE, sim_write_both},
	{ZNVME_CMD_COMPARE, sim_compare_both},
	{ZNVME_CMD_VERIFY, sim_verify_both},
	{ZNVME_CMD_WRITE_ZEROES, sim_write_zeroes_both},
	{ZNVME_CMD_ZONE_APPEND, sim_append_both},
};

/* What carries `opcode` out in a namespace with metadata, where that is another function. */
sim_nvm_fn sim_metadata_command(const struct sim_ns *ns, uint8_t opcode)
{
	for (size_t i = 0; i < SIM_COUNT(sim_both_commands) && ns && ns->format.ms; i++)
		if (sim_both_commands[i].opcode == opcode)
			return sim_both_commands[i].run;
	return NULL;
}
