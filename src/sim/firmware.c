/* SPDX-License-Identifier: MIT */
/*
 * Firmware Image Download and Firmware Commit (Base 2.1, sections 5.1.9, 5.1.8 and 3.11). An image
 * is anything that begins with its revision: eight printable characters. Slot 1 is read-only and
 * has the simulator's own. An option says what it takes to activate an image: nothing, or a reset
 * of a kind.
 */
#include "sim/internal.h"

#include <stdlib.h>

#ifndef ZNVME_VERSION
#define ZNVME_VERSION "0.1.0"
#endif

void sim_firmware_init(struct znvme_sim *sim)
{
	struct sim_firmware *firmware = &sim->mgmt.firmware;

	sim_pad(firmware->slot[0], sizeof(firmware->slot[0]), ZNVME_VERSION);
	firmware->active = 1;
}

void sim_firmware(const struct znvme_sim *sim, char field[8])
{
	memcpy(field, sim->mgmt.firmware.slot[sim->mgmt.firmware.active - 1], 8);
}

/* ---- download ------------------------------------------------------------------------------ */

static void sim_fw_forget(struct sim_firmware *firmware)
{
	sim_blob_free(&firmware->image);
	firmware->nr_pieces = 0;
	firmware->overlap = false;
}

static bool sim_fw_room(struct sim_blob *image, uint64_t len)
{
	char *data;

	if (len <= image->len)
		return true;
	data = realloc(image->data, len);
	if (!data)
		return false;
	memset(data + image->len, 0, len - image->len);
	*image = (struct sim_blob){data, len};
	return true;
}

static uint16_t sim_fw_take(struct znvme_sim *sim, struct sim_cmd *cmd, uint64_t offset,
			    uint64_t len)
{
	struct sim_firmware *firmware = &sim->mgmt.firmware;
	bool overlap = false;
	uint16_t status;

	for (unsigned i = 0; i < firmware->nr_pieces; i++)
		overlap |= firmware->piece[i].offset < offset + len &&
			   firmware->piece[i].offset + firmware->piece[i].len > offset;
	if (overlap && offset)
		return SIM_DNR(ZNVME_SC_OVERLAPPING_RANGE);
	if (overlap) /* a new image begins */
		sim_fw_forget(firmware);
	if (firmware->nr_pieces == SIM_FW_PIECES || !sim_fw_room(&firmware->image, offset + len))
		return ZNVME_SC_INTERNAL;
	status = sim_data_receive(sim, cmd, firmware->image.data + offset, len);
	if (!status)
		firmware->piece[firmware->nr_pieces++] =
			(struct sim_fw_piece){(uint32_t)offset, (uint32_t)len};
	return status;
}

uint16_t sim_fw_download(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t len = (cmd->sqe.cdw10 + 1ull) * 4;
	uint64_t offset = cmd->sqe.cdw11 * 4ull;
	uint64_t fwug = sim->options.fwug && sim->options.fwug != 255
				? sim->options.fwug * ZNVME_FWUG_UNIT
				: 4;

	if (len > sim_max_transfer(sim) || len + offset > SIM_FW_IMAGE_MAX)
		return SIM_INVALID_FIELD(cmd, cdw10);
	/* The last piece may be shorter. */
	if (offset % fwug)
		return SIM_INVALID_FIELD(cmd, cdw11);
	return sim_fw_take(sim, cmd, offset, len);
}

/* ---- commit -------------------------------------------------------------------------------- */

/* All of it was downloaded, and it begins with a revision. */
static bool sim_fw_valid(const struct sim_firmware *firmware)
{
	uint64_t have = 0;

	for (unsigned i = 0; i < firmware->nr_pieces; i++)
		have += firmware->piece[i].len;
	if (!firmware->image.len || have != firmware->image.len || have < 8)
		return false;
	for (unsigned i = 0; i < 8; i++)
		if (firmware->image.data[i] < ' ' || firmware->image.data[i] > '~')
			return false;
	return true;
}

/* Where the host leaves it to the controller: the first empty slot, else the next one. */
static unsigned sim_fw_choose(const struct znvme_sim *sim)
{
	const struct sim_firmware *firmware = &sim->mgmt.firmware;

	for (unsigned slot = 2; slot <= sim->options.fw_slots; slot++)
		if (!firmware->slot[slot - 1][0])
			return slot;
	return firmware->active < sim->options.fw_slots ? firmware->active + 1
							: (sim->options.fw_slots > 1 ? 2 : 1);
}

static const uint16_t sim_fw_statuses[] = {
	[SIM_FW_AT_ONCE] = ZNVME_SC_SUCCESS,
	[SIM_FW_CONTROLLER] = ZNVME_SC_FW_NEEDS_CTRL_RESET,
	[SIM_FW_SUBSYSTEM] = ZNVME_SC_FW_NEEDS_NSS_RESET,
	[SIM_FW_CONVENTIONAL] = ZNVME_SC_FW_NEEDS_CONV_RESET,
};

uint16_t sim_firmware_pending(const struct znvme_sim *sim)
{
	uint64_t reset = sim->options.fw_reset;

	if (!sim->mgmt.firmware.next)
		return ZNVME_SC_SUCCESS;
	return sim_fw_statuses[reset == SIM_FW_AT_ONCE ? (uint64_t)SIM_FW_CONTROLLER : reset];
}

static void sim_fw_activate(struct znvme_sim *sim)
{
	struct sim_firmware *firmware = &sim->mgmt.firmware;

	firmware->active = firmware->next;
	firmware->next = 0;
	sim_state_save(sim);
}

void sim_firmware_reset(struct znvme_sim *sim, enum sim_fw_reset kind)
{
	struct sim_firmware *firmware = &sim->mgmt.firmware;
	uint64_t needed = sim->options.fw_reset;

	firmware->pause.due = 0;
	sim_fw_forget(firmware);
	if (firmware->next && (needed <= SIM_FW_CONTROLLER || needed == (uint64_t)kind))
		sim_fw_activate(sim);
}

/* Without a reset: a pause, in which CSTS.PP is set, and the host is told. */
static void sim_fw_activate_now(struct znvme_sim *sim)
{
	struct sim_firmware *firmware = &sim->mgmt.firmware;

	if (sim->value[ZNVME_FEAT_ASYNC_EVENT].current & ZNVME_FEAT_AEC_FW)
		sim_event_raise(sim, ZNVME_AER_TYPE_NOTICE, ZNVME_AER_NOTICE_FW, ZNVME_LOG_FW_SLOT);
	sim_fw_activate(sim);
	sim_period_start(&firmware->pause, sim->options.fw_time);
	sim_background_changed(sim);
}

void sim_firmware_expire(struct znvme_sim *sim, uint64_t now)
{
	sim_period_over(&sim->mgmt.firmware.pause, now);
}

/* A Firmware Commit event: revisions before and after, action, slot, status. */
static void sim_fw_event(struct znvme_sim *sim, const char before[8], unsigned slot,
			 unsigned action, uint16_t status)
{
	uint8_t data[22] = {0};

	memcpy(data, before, 8);
	memcpy(data + 8, sim->mgmt.firmware.slot[slot - 1], 8);
	data[16] = (uint8_t)action;
	data[17] = (uint8_t)slot;
	data[18] = (uint8_t)znvme_field_get(ZNVME_STATUS_SCT, status);
	data[19] = (uint8_t)(status & ZNVME_STATUS_SC);
	sim_pel_add(sim, ZNVME_PEL_FW_COMMIT, 1, data, sizeof(data));
}

/* The image goes into the slot. */
static uint16_t sim_fw_store(struct znvme_sim *sim, unsigned slot)
{
	struct sim_firmware *firmware = &sim->mgmt.firmware;

	if (slot == 1) /* read-only */
		return SIM_DNR(ZNVME_SC_INVALID_FW_SLOT);
	if (!sim_fw_valid(firmware))
		return SIM_DNR(ZNVME_SC_INVALID_FW_IMAGE);
	memcpy(firmware->slot[slot - 1], firmware->image.data, 8);
	sim_fw_forget(firmware);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_fw_run(struct znvme_sim *sim, unsigned slot, unsigned action)
{
	struct sim_firmware *firmware = &sim->mgmt.firmware;
	uint64_t reset = sim->options.fw_reset;

	if (!firmware->slot[slot - 1][0])
		return SIM_DNR(ZNVME_SC_INVALID_FW_SLOT);
	firmware->next = slot;
	if (action == ZNVME_FW_ACTIVATE_NOW && reset == SIM_FW_AT_ONCE) {
		sim_fw_activate_now(sim);
		return ZNVME_SC_SUCCESS;
	}
	/* That a reset is needed is said where it is another one than the host counts on. */
	if (action == ZNVME_FW_ACTIVATE_NOW || reset > SIM_FW_CONTROLLER)
		return SIM_DNR(sim_fw_statuses[reset]);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_fw_commit(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_firmware *firmware = &sim->mgmt.firmware;
	unsigned action = (unsigned)znvme_field_get(ZNVME_FW_COMMIT_CA, cmd->sqe.cdw10);
	unsigned slot = (unsigned)znvme_field_get(ZNVME_FW_COMMIT_FS, cmd->sqe.cdw10);
	uint16_t status = ZNVME_SC_SUCCESS;
	char before[8];

	if (action >= ZNVME_FW_REPLACE_BOOT)
		return sim_boot_commit(sim, cmd, action);
	if (action > ZNVME_FW_ACTIVATE_NOW)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!slot)
		slot = action == ZNVME_FW_ACTIVATE ? firmware->active : sim_fw_choose(sim);
	if (slot > sim->options.fw_slots)
		return SIM_DNR(ZNVME_SC_INVALID_FW_SLOT);
	memcpy(before, firmware->slot[slot - 1], sizeof(before));
	if (action <= ZNVME_FW_REPLACE_AND_ACTIVATE ||
	    (action == ZNVME_FW_ACTIVATE_NOW && firmware->image.len))
		status = sim_fw_store(sim, slot);
	if (!status && action != ZNVME_FW_REPLACE)
		status = sim_fw_run(sim, slot, action);
	sim_fw_event(sim, before, slot, action, status);
	sim_state_save(sim);
	return status;
}

void sim_log_fw_slot(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	const struct sim_firmware *firmware = &sim->mgmt.firmware;
	struct znvme_fw_slot_log *log = data;

	(void)cmd;
	log->afi = (uint8_t)(znvme_field_put(ZNVME_FW_SLOT_AFI_ACTIVE, firmware->active) |
			     znvme_field_put(ZNVME_FW_SLOT_AFI_NEXT, firmware->next));
	memcpy(log->frs, firmware->slot, sizeof(log->frs));
}
