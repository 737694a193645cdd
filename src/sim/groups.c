/* SPDX-License-Identifier: MIT */
/*
 * Logs about what namespaces lie in (Base 2.1, section 5.1.12): one endurance group with one media
 * unit and one capacity configuration. The LBA status log (NVM 1.1, section 4.1.4.5) tells of the
 * namespaces with blocks that Write Uncorrectable has marked.
 */
#include "sim/internal.h"

#define SIM_GIGABYTE   1000000000u
#define SIM_LBA_RANGES 64u /* of a namespace that the LBA status log lists */

static void sim_put_u128(uint8_t field[16], uint64_t value)
{
	memcpy(field, &value, sizeof(value));
}

/* `data` as the log page that is being read. */
static uint16_t sim_log_is(struct znvme_sim *sim, const void *data, size_t len)
{
	char *log = sim_blob_room(&sim->mgmt.log, len);

	if (!log)
		return ZNVME_SC_INTERNAL;
	memcpy(log, data, len);
	return ZNVME_SC_SUCCESS;
}

static uint64_t sim_gigabytes(uint64_t sectors)
{
	return (sectors * 512 + SIM_GIGABYTE - 1) / SIM_GIGABYTE;
}

uint16_t sim_log_endurance(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct sim_health *health = &sim->health;
	struct znvme_endurance_group_log log = {
		.critical_warning = sim->mgmt.condition.endurance,
		.avl_spare = 100,
		.avl_spare_threshold = 10,
	};

	if (znvme_field_get(ZNVME_GET_LOG_LSI, cmd->sqe.cdw11) != SIM_ENDGID)
		return SIM_INVALID_FIELD(cmd, cdw11);
	sim_put_u128(log.endurance_estimate, sim->mgmt.capacity / SIM_GIGABYTE * 1000 + 1);
	sim_put_u128(log.data_units_read, sim_gigabytes(health->sectors_read));
	sim_put_u128(log.data_units_written, sim_gigabytes(health->sectors_written));
	sim_put_u128(log.media_units_written, sim_gigabytes(health->sectors_written));
	sim_put_u128(log.host_read_cmds, health->host_reads);
	sim_put_u128(log.host_write_cmds, health->host_writes);
	sim_put_u128(log.media_data_integrity_err, health->media_errors);
	sim_put_u128(log.num_err_info_log_entries, sim->errors.count);
	sim_put_u128(log.tegcap, sim->mgmt.capacity);
	sim_put_u128(log.uegcap, sim_unallocated(sim));
	return sim_log_is(sim, &log, sizeof(log));
}

/* The group, from an event until its own log has been read. */
uint16_t sim_log_endurance_events(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct {
		struct znvme_aggregate_log header;
		uint16_t endgid;
	} log = {{.num = sim->mgmt.condition.endurance_event}, SIM_ENDGID};

	(void)cmd;
	return sim_log_is(sim, &log, sizeof(log.header) + log.header.num * sizeof(log.endgid));
}

uint16_t sim_log_media_unit(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct {
		struct znvme_media_unit_log header;
		struct znvme_media_unit_desc unit;
	} log = {
		.header = {.nmu = 1, .cchans = 0, .sel_config = 1},
		.unit = {.muid = 0, .endgid = SIM_ENDGID, .cap_adj_fctr = 100, .avl_spare = 100},
	};

	(void)cmd;
	return sim_log_is(sim, &log, sizeof(log.header) + sizeof(log.unit));
}

uint16_t sim_log_capacity(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct __attribute__((packed)) {
		struct znvme_capacity_config_log header;
		struct znvme_capacity_config config;
		struct znvme_capacity_endgrp group;
		uint16_t channels; /* none */
	} log = {
		.header = {.sccn = 1},
		.config = {.cap_config_id = 1, .egcn = 1},
		.group = {.endgid = SIM_ENDGID, .cap_adj_factor = 100},
	};

	(void)cmd;
	sim_put_u128(log.group.tegcap, sim->mgmt.capacity);
	return sim_log_is(sim, &log, sizeof(log));
}

/* The next bad range of a namespace at or behind `lba`; false: there is none. */
static bool sim_lba_status_range(const struct sim_ns *ns, uint64_t lba,
				 struct znvme_lba_status_range *range)
{
	*range = (struct znvme_lba_status_range){.rslba = UINT64_MAX};
	if (lba < ns->blocks)
		range->rslba = sim_media_find_bad(ns, lba, ns->blocks - lba);
	if (range->rslba == UINT64_MAX)
		return false;
	while (range->rnlb < UINT32_MAX && range->rslba + range->rnlb < ns->blocks &&
	       sim_media_find_bad(ns, range->rslba + range->rnlb, 1) != UINT64_MAX)
		range->rnlb++;
	return true;
}

/* A namespace's bad ranges; of more than there is room for, all of the namespace. */
static void sim_lba_status_add(struct sim_ns *ns, struct znvme_lba_status_log *header, char **to)
{
	struct znvme_lba_status_ns element = {.neid = ns->nsid, .ratype = 0x10};
	struct znvme_lba_status_range range[SIM_LBA_RANGES + 1];
	uint64_t lba = 0;

	while (element.nlrd < SIM_COUNT(range) &&
	       sim_lba_status_range(ns, lba, &range[element.nlrd])) {
		lba = range[element.nlrd].rslba + range[element.nlrd].rnlb;
		element.nlrd++;
	}
	if (element.nlrd > SIM_LBA_RANGES)
		element.nlrd = ZNVME_LBA_STATUS_NLRD_ALL;
	memcpy(*to, &element, sizeof(element));
	*to += sizeof(element);
	if (element.nlrd != ZNVME_LBA_STATUS_NLRD_ALL) {
		memcpy(*to, range, element.nlrd * sizeof(range[0]));
		*to += element.nlrd * sizeof(range[0]);
	}
	header->nlslne++;
	header->estulb += (uint32_t)ns->nr_bad;
}

uint16_t sim_log_lba_status(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const size_t each = sizeof(struct znvme_lba_status_ns) +
			    SIM_LBA_RANGES * sizeof(struct znvme_lba_status_range);
	struct znvme_lba_status_log header = {.lslplen = sizeof(header)};
	char *log = sim_blob_room(&sim->mgmt.log, sizeof(header) + sim->nr_ns * each);
	char *to = log + sizeof(header);

	(void)cmd;
	if (!log)
		return ZNVME_SC_INTERNAL;
	for (uint32_t i = 0; i < sim->nr_ns; i++) {
		header.lsgc = (uint16_t)(header.lsgc + sim->ns[i].bad_changes);
		if (sim->ns[i].attached && sim->ns[i].nr_bad)
			sim_lba_status_add(&sim->ns[i], &header, &to);
	}
	header.lslplen = (uint32_t)(to - log);
	sim->mgmt.log.len = header.lslplen;
	memcpy(log, &header, sizeof(header));
	return ZNVME_SC_SUCCESS;
}
