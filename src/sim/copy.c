/* SPDX-License-Identifier: MIT */
/*
 * Copy (NVM 1.1, section 3.3.2). Source ranges of all four formats; those of formats 2 and 3 name
 * another namespace, where Host Behavior Support (16h) has enabled them. All of the command is
 * checked, and all sources read, before the first block is written: one that fails copies nothing,
 * but for a medium that fails half-way. Metadata come along; their protection information is
 * checked as a Read of the sources and a Write of the destination would.
 */
#include "sim/internal.h"

/* Formats that need no enabling. */
#define SIM_COPY_ALWAYS (1u << ZNVME_COPY_FORMAT_0 | 1u << ZNVME_COPY_FORMAT_1)

/* A source, whatever its format. */
struct sim_source {
	struct sim_ns *ns;
	uint64_t slba;
	uint64_t nlb;		    /* 1-based */
	struct sim_protection want; /* of what is read */
};

uint16_t sim_copy_formats(struct znvme_sim *sim)
{
	return sim->options.without & SIM_WITHOUT_COPY ? 0 : (1u << ZNVME_COPY_FORMATS) - 1;
}

/* Where in the command the number of the source is told that is to blame. */
static uint16_t sim_copy_failed(struct sim_cmd *cmd, unsigned source, uint16_t status)
{
	cmd->dw0 = source;
	return status;
}

static uint32_t sim_copy_big_endian(const uint8_t bytes[4])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* A command that reads or writes these blocks. */
static struct sim_cmd sim_copy_part(const struct sim_cmd *cmd, uint64_t slba, uint64_t nlb)
{
	struct sim_cmd part = *cmd;

	part.sqe.cdw10 = (uint32_t)slba;
	part.sqe.cdw11 = (uint32_t)(slba >> 32);
	part.sqe.cdw12 = (uint32_t)(nlb - 1);
	return part;
}

static bool sim_copy_fits(const struct sim_ns *from, const struct sim_ns *to)
{
	return from->lba_shift == to->lba_shift && from->format.ms == to->format.ms &&
	       from->pi_type == to->pi_type &&
	       (!to->pi_type ||
		(from->format.pif == to->format.pif && from->format.sts == to->format.sts));
}

/* What a Read of the source would say of protection information. */
static uint16_t sim_source_protection(struct sim_cmd *cmd, unsigned format, const void *entry,
				      struct sim_source *source)
{
	bool wide = source->ns->format.pif != ZNVME_PIF_16B_GUARD;
	const struct znvme_copy_range *range = entry;
	struct sim_cmd part = *cmd;
	uint16_t app_tag = range->elbat, mask = range->elbatm, status;

	if (source->ns->pi_type && wide != (format & 1))
		return SIM_DNR(ZNVME_SC_INVALID_FORMAT);
	part.sqe.cdw2 = part.sqe.cdw3 = 0;
	part.sqe.cdw14 = range->elbrt;
	if (format & 1) {
		const struct znvme_copy_range_ext *ext = entry;
		const uint8_t *tag = ext->elbt;

		part.sqe.cdw2 = (uint32_t)tag[0] << 8 | tag[1];
		part.sqe.cdw3 = sim_copy_big_endian(tag + 2);
		part.sqe.cdw14 = sim_copy_big_endian(tag + 6);
		app_tag = ext->elbat;
		mask = ext->elbatm;
	}
	part.sqe.cdw15 = (uint32_t)(znvme_field_put(ZNVME_RW_LBAT, app_tag) |
				    znvme_field_put(ZNVME_RW_LBATM, mask));
	part.sqe.cdw12 = (uint32_t)znvme_field_put(
		ZNVME_COPY_PRINFOW, znvme_field_get(ZNVME_COPY_PRINFOR, cmd->sqe.cdw12));
	if (cmd->sqe.cdw12 & ZNVME_COPY_STCR)
		part.sqe.cdw12 |= ZNVME_RW_STC;
	status = sim_protection_get(source->ns, &part, source->slba, &source->want);
	cmd->error_loc = part.error_loc;
	return status;
}

static uint16_t sim_get_source(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			       unsigned format, const void *entry, struct sim_source *source)
{
	/* The two layouts begin alike. */
	const struct znvme_copy_range *range = entry;
	bool named = format == ZNVME_COPY_FORMAT_2 || format == ZNVME_COPY_FORMAT_3;
	uint16_t status;

	source->ns = named ? sim_ns(sim, range->snsid) : ns;
	source->slba = range->slba;
	source->nlb = range->nlb + 1ull;
	if (!source->ns || source->ns->kv)
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	if (source->ns->formatting.due)
		return ZNVME_SC_FORMAT_IN_PROGRESS;
	if (!sim_copy_fits(source->ns, ns))
		return SIM_DNR(ZNVME_SC_INCOMPATIBLE_NS);
	if (source->nlb > sim->options.mssrl)
		return SIM_DNR(ZNVME_SC_CMD_SIZE_LIMIT);
	status = sim_resv_check(sim, source->ns, cmd, false);
	if (!status)
		status = sim_check_range(source->ns, cmd, source->slba, source->nlb);
	return status ? status : sim_source_protection(cmd, format, entry, source);
}

/* What zones have to say to blocks of a Copy, before they are read or written. */
static uint16_t sim_copy_begin(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			       uint64_t slba, uint64_t nlb, bool writes)
{
	struct sim_cmd part = sim_copy_part(cmd, slba, nlb);
	uint16_t status = ZNVME_SC_SUCCESS;

	if (!ns->zns)
		return status;
	if (nlb > ZNVME_RW_NLB + 1) /* sim_zns_begin() takes what a Write can say */
		return SIM_DNR(ZNVME_SC_CMD_SIZE_LIMIT);
	status = sim_zns_begin(sim, ns, &part, writes);
	if (status)
		cmd->lba = part.lba;
	return status;
}

/* All sources into `source`; *total blocks of them. */
static uint16_t sim_get_sources(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
				struct sim_source *source, uint64_t *total)
{
	unsigned format = (unsigned)znvme_field_get(ZNVME_COPY_DESFMT, cmd->sqe.cdw12);
	unsigned nr = (unsigned)(cmd->sqe.cdw12 & ZNVME_COPY_NR) + 1;
	uint32_t enabled = SIM_COPY_ALWAYS | sim->host_behavior.cdfe;
	size_t size =
		format & 1 ? sizeof(struct znvme_copy_range_ext) : sizeof(struct znvme_copy_range);
	char entries[ZNVME_COPY_MAX_RANGES * sizeof(struct znvme_copy_range_ext)];
	uint16_t status;

	if (!(sim_copy_formats(sim) & enabled & 1u << format))
		return SIM_INVALID_FIELD(cmd, cdw12);
	if (nr > sim->options.msrc)
		return SIM_DNR(ZNVME_SC_CMD_SIZE_LIMIT);
	status = sim_data_receive(sim, cmd, entries, nr * size);
	*total = 0;
	for (unsigned i = 0; i < nr && !status; i++) {
		status = sim_get_source(sim, ns, cmd, format, entries + i * size, &source[i]);
		if (status)
			return sim_copy_failed(cmd, i, status);
		*total += source[i].nlb;
	}
	if (!status && *total > sim->options.mcl)
		return SIM_DNR(ZNVME_SC_CMD_SIZE_LIMIT);
	return status;
}

/* A source that may be read, and is not where the data will go. */
static uint16_t sim_check_source(struct znvme_sim *sim, struct sim_cmd *cmd,
				 const struct sim_source *source, const struct sim_range *to)
{
	const struct sim_range from = {.ns = source->ns, .slba = source->slba, .nlb = source->nlb};
	uint16_t status;

	if (from.ns == to->ns && from.slba < to->slba + to->nlb && to->slba < from.slba + from.nlb)
		return SIM_DNR(ZNVME_SC_OVERLAPPING_IO_RANGE);
	status = sim_copy_begin(sim, from.ns, cmd, from.slba, from.nlb, false);
	return status ? status : sim_check_readable(sim, cmd, &from);
}

/* All sources, one behind the other: data, and metadata behind all of them. */
static uint16_t sim_copy_read(struct znvme_sim *sim, struct sim_cmd *cmd,
			      const struct sim_source *source, const struct sim_range *to,
			      char *data, char *metadata)
{
	uint64_t done = 0;

	for (unsigned i = 0; done < to->nlb; i++) {
		const struct sim_source *from = &source[i];
		char *at = data + (done << to->ns->lba_shift);
		char *metadata_at = metadata + done * to->ns->format.ms;
		uint16_t status = sim_check_source(sim, cmd, from, to);

		if (!status)
			status = sim_media_read(sim, from->ns, from->slba, from->nlb, at);
		if (!status && from->ns->format.ms)
			status = sim_metadata_read(sim, from->ns, from->slba, from->nlb,
						   metadata_at);
		if (!status)
			status = sim_protection_check(sim, from->ns, &from->want, cmd, from->slba,
						      from->nlb, (uint8_t *)at,
						      (uint8_t *)metadata_at);
		if (status)
			return sim_copy_failed(cmd, i, status);
		done += from->nlb;
	}
	return ZNVME_SC_SUCCESS;
}

/* Protection information as a Write would have it: inserted, or checked. */
static uint16_t sim_copy_protect(struct znvme_sim *sim, struct sim_cmd *cmd,
				 const struct sim_range *to, const struct sim_protection *want,
				 const char *data, char *metadata)
{
	if (!want->action)
		return sim_protection_check(sim, to->ns, want, cmd, to->slba, to->nlb,
					    (const uint8_t *)data, (const uint8_t *)metadata);
	sim_protection_insert(sim, to->ns, want, to->nlb, (const uint8_t *)data,
			      (uint8_t *)metadata);
	return ZNVME_SC_SUCCESS;
}

/* Read all of it, and write it. */
static uint16_t sim_copy_through(struct znvme_sim *sim, struct sim_cmd *cmd,
				 const struct sim_source *source, const struct sim_range *to)
{
	struct sim_protection want;
	uint16_t status = sim_protection_get(to->ns, cmd, to->slba, &want);
	char *data = sim_bounce(sim, to->len + to->nlb * to->ns->format.ms);
	char *metadata = data + to->len;

	if (!status && want.action != source->want.action)
		status = SIM_INVALID_FIELD(cmd, cdw12);
	if (!status && !data)
		status = ZNVME_SC_INTERNAL;
	if (!status)
		status = sim_copy_read(sim, cmd, source, to, data, metadata);
	if (!status)
		status = sim_copy_protect(sim, cmd, to, &want, data, metadata);
	return status ? status : sim_write_blocks(sim, cmd, to, data, metadata);
}

uint16_t sim_copy(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_source source[ZNVME_COPY_MAX_RANGES];
	struct sim_range to = {
		.ns = ns,
		.slba = cmd->sqe.cdw10 | (uint64_t)cmd->sqe.cdw11 << 32,
	};
	uint16_t status = sim_get_sources(sim, ns, cmd, source, &to.nlb);

	to.len = to.nlb << ns->lba_shift;
	if (!status)
		status = sim_check_range(ns, cmd, to.slba, to.nlb);
	if (!status)
		status = sim_copy_begin(sim, ns, cmd, to.slba, to.nlb, true);
	if (!status)
		status = sim_copy_through(sim, cmd, source, &to);
	if (!status && ns->zns) {
		struct sim_cmd part = sim_copy_part(cmd, to.slba, to.nlb);

		sim_zns_end(ns, &part);
	}
	return status;
}
