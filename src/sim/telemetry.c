/* SPDX-License-Identifier: MIT */
/*
 * Telemetry logs (Base 2.1, sections 5.1.12.1.8 and 5.1.12.1.9). What is captured is text about the
 * simulator: in data area 1 its counters, in the others lines that fill a known number of blocks.
 * The controller captures by itself when a self-test or a sanitize operation fails.
 */
#include "sim/internal.h"

#include <stdio.h>

/* Last block of each data area, where area 4 is wanted. */
static const uint32_t sim_telemetry_last[SIM_TELEMETRY_AREAS] = {2, 6, 14, 30};

static void sim_telemetry_text(struct znvme_sim *sim, char *data, unsigned areas)
{
	const struct znvme_sim_counters *counters = &sim->counters;
	uint32_t block = 1;

	snprintf(data + ZNVME_TELEMETRY_BLOCK, ZNVME_TELEMETRY_BLOCK,
		 "znvme simulated controller\nadmin commands %llu\nI/O commands %llu\n"
		 "doorbells %llu\nhost reads %llu\nhost writes %llu\nmedia errors %llu\n",
		 (unsigned long long)counters->admin_commands,
		 (unsigned long long)counters->io_commands, (unsigned long long)counters->doorbells,
		 (unsigned long long)sim->health.host_reads,
		 (unsigned long long)sim->health.host_writes,
		 (unsigned long long)sim->health.media_errors);
	for (unsigned area = 0; area < areas; area++)
		for (; block <= sim_telemetry_last[area]; block++)
			if (block > 1)
				snprintf(data + (size_t)block * ZNVME_TELEMETRY_BLOCK,
					 ZNVME_TELEMETRY_BLOCK, "data area %u, block %u\n",
					 area + 1, block);
}

/* Header and data areas; the generation and availability are put in when it is read. */
static bool sim_telemetry_make(struct znvme_sim *sim, struct sim_blob *blob, uint8_t lid,
			       const char *reason)
{
	unsigned areas = sim->host_behavior.etdas ? 4 : 3;
	struct znvme_telemetry_log header = {
		.lpi = lid,
		.ieee = {0x00, 0x54, 0x52},
		.dalb1 = (uint16_t)sim_telemetry_last[0],
		.dalb2 = (uint16_t)sim_telemetry_last[1],
		.dalb3 = (uint16_t)sim_telemetry_last[2],
		.dalb4 = areas == 4 ? sim_telemetry_last[3] : 0,
	};
	char *data =
		sim_blob_room(blob, (sim_telemetry_last[areas - 1] + 1ull) * ZNVME_TELEMETRY_BLOCK);

	if (!data)
		return false;
	snprintf((char *)header.rsnident, sizeof(header.rsnident), "%s", reason);
	memcpy(data, &header, sizeof(header));
	sim_telemetry_text(sim, data, areas);
	return true;
}

void sim_telemetry_capture(struct znvme_sim *sim, const char *reason)
{
	struct sim_telemetry *telemetry = &sim->mgmt.telemetry;

	if (sim->options.without & SIM_WITHOUT_TELEMETRY ||
	    !sim_telemetry_make(sim, &telemetry->ctrl, ZNVME_LOG_TELEMETRY_CTRL, reason))
		return;
	telemetry->ctrl_generation++;
	telemetry->available = true;
	if (sim->value[ZNVME_FEAT_ASYNC_EVENT].current & ZNVME_FEAT_AEC_TELEMETRY)
		sim_event_raise(sim, ZNVME_AER_TYPE_NOTICE, ZNVME_AER_NOTICE_TELEMETRY,
				ZNVME_LOG_TELEMETRY_CTRL);
}

void sim_telemetry_read(struct znvme_sim *sim)
{
	sim->mgmt.telemetry.available = false;
}

/* The log page as it is sent: what was captured, or an empty header. */
static uint16_t sim_telemetry_send(struct znvme_sim *sim, const struct sim_blob *blob, uint8_t lid)
{
	const struct sim_telemetry *telemetry = &sim->mgmt.telemetry;
	size_t len = blob->len ? blob->len : sizeof(struct znvme_telemetry_log);
	char *data = sim_blob_room(&sim->mgmt.log, len);
	struct znvme_telemetry_log *header = (void *)data;

	if (!data)
		return ZNVME_SC_INTERNAL;
	if (blob->len)
		memcpy(data, blob->data, blob->len);
	header->lpi = lid;
	header->hostdgn = lid == ZNVME_LOG_TELEMETRY_HOST ? telemetry->host_generation : 0;
	header->ctrlavail = telemetry->available;
	header->ctrldgn = telemetry->ctrl_generation;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_log_telemetry_host(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_telemetry *telemetry = &sim->mgmt.telemetry;
	uint64_t lsp = znvme_field_get(ZNVME_GET_LOG_LSP, cmd->sqe.cdw10);

	if (lsp & ZNVME_TELEMETRY_LSP_CREATE) {
		if (!sim_telemetry_make(sim, &telemetry->host, ZNVME_LOG_TELEMETRY_HOST,
					"asked for by the host"))
			return ZNVME_SC_INTERNAL;
		telemetry->host_generation++;
		sim_pel_add(sim, ZNVME_PEL_TELEMETRY, 1, telemetry->host.data,
			    sizeof(struct znvme_telemetry_log));
	}
	return sim_telemetry_send(sim, &telemetry->host, ZNVME_LOG_TELEMETRY_HOST);
}

uint16_t sim_log_telemetry_ctrl(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	(void)cmd;
	return sim_telemetry_send(sim, &sim->mgmt.telemetry.ctrl, ZNVME_LOG_TELEMETRY_CTRL);
}
