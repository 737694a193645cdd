/* SPDX-License-Identifier: MIT */
/*
 * The Persistent Event Log (Base 2.1, section 5.1.12.1.14), which here lasts as long as the
 * simulator. Events are kept as they are sent; where there is no more room, the oldest go. A reader
 * sees what there was when its context was established.
 */
#include "sim/internal.h"

static size_t sim_pel_event_len(const char *event)
{
	struct znvme_persistent_event header;

	memcpy(&header, event, sizeof(header));
	return header.ehl + 3u + header.el;
}

void sim_pel_add(struct znvme_sim *sim, enum znvme_pel_event type, uint8_t revision,
		 const void *data, uint16_t len)
{
	struct sim_pel *pel = &sim->mgmt.pel;
	struct znvme_persistent_event header = {
		.etype = (uint8_t)type,
		.etype_rev = revision,
		.ehl = sizeof(header) - 3,
		.ehai = 3, /* no port */
		.cntlid = SIM_CNTLID,
		.ets = sim_timestamp(sim),
		.el = len,
	};

	while (pel->len + sizeof(header) + len > sizeof(pel->event)) {
		size_t oldest = sim_pel_event_len(pel->event);

		pel->len -= oldest;
		pel->nr--;
		memmove(pel->event, pel->event + oldest, pel->len);
	}
	memcpy(pel->event + pel->len, &header, sizeof(header));
	memcpy(pel->event + pel->len + sizeof(header), data, len);
	pel->len += sizeof(header) + len;
	pel->nr++;
}

/* Power on: the firmware's revision and, of one controller, how it came up. */
void sim_pel_init(struct znvme_sim *sim)
{
	uint8_t data[8 + 36] = {0};
	struct znvme_timestamp now = sim_timestamp(sim);

	sim_firmware(sim, (char *)data);
	data[8 + 16] = 1; /* power cycles */
	memcpy(data + 8 + 28, &now, sizeof(now));
	sim_pel_add(sim, ZNVME_PEL_POWER_ON, 1, data, sizeof(data));
}

static void sim_pel_supported(uint8_t seb[32])
{
	static const enum znvme_pel_event types[] = {
		ZNVME_PEL_FW_COMMIT,	  ZNVME_PEL_TIMESTAMP,	   ZNVME_PEL_POWER_ON,
		ZNVME_PEL_CHANGE_NS,	  ZNVME_PEL_FORMAT_START,  ZNVME_PEL_FORMAT_DONE,
		ZNVME_PEL_SANITIZE_START, ZNVME_PEL_SANITIZE_DONE, ZNVME_PEL_SET_FEATURE,
		ZNVME_PEL_TELEMETRY,
	};

	for (size_t i = 0; i < SIM_COUNT(types); i++)
		seb[types[i] / 8] |= (uint8_t)(1 << types[i] % 8);
}

static bool sim_pel_establish(struct znvme_sim *sim)
{
	struct sim_pel *pel = &sim->mgmt.pel;
	uint64_t hours = (sim_now() - sim->health.power_on) / 3600000000000u;
	struct znvme_persistent_event_log header = {
		.lid = ZNVME_LOG_PERSISTENT_EVENT,
		.tnev = pel->nr,
		.tll = sizeof(header) + pel->len,
		.rv = 3,
		.lhl = sizeof(header) - 20,
		.ts = sim_timestamp(sim),
		.pcc = 1,
		.vid = sim->options.pci[0],
		.ssvid = sim->options.pci[2],
		.gen_number = ++pel->generation,
		.rci = ZNVME_PEL_RCI_RCE,
	};
	char *data = sim_blob_room(&pel->context, sizeof(header) + pel->len);

	if (!data)
		return false;
	memcpy(header.poh, &hours, sizeof(hours));
	sim_pad(header.sn, sizeof(header.sn), sim->options.serial);
	sim_pad(header.mn, sizeof(header.mn), sim->options.model);
	sim_subnqn(sim, header.subnqn);
	sim_pel_supported(header.seb);
	memcpy(data, &header, sizeof(header));
	memcpy(data + sizeof(header), pel->event, pel->len);
	return true;
}

uint16_t sim_log_pel(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_pel *pel = &sim->mgmt.pel;
	uint64_t action = znvme_field_get(ZNVME_GET_LOG_LSP, cmd->sqe.cdw10) & 3;
	char *log;

	if (action == ZNVME_PEL_RELEASE) {
		sim_blob_free(&pel->context);
		return sim_blob_room(&sim->mgmt.log, sizeof(struct znvme_persistent_event_log))
			       ? (uint16_t)ZNVME_SC_SUCCESS
			       : (uint16_t)ZNVME_SC_INTERNAL;
	}
	/* Read needs a context, the others want there to be none. */
	if ((action == ZNVME_PEL_READ) != !!pel->context.data)
		return SIM_DNR(ZNVME_SC_SEQUENCE);
	if (action != ZNVME_PEL_READ && !sim_pel_establish(sim))
		return ZNVME_SC_INTERNAL;
	log = sim_blob_room(&sim->mgmt.log, pel->context.len);
	if (!log)
		return ZNVME_SC_INTERNAL;
	memcpy(log, pel->context.data, pel->context.len);
	return ZNVME_SC_SUCCESS;
}
