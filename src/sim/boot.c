/* SPDX-License-Identifier: MIT */
/*
 * Boot partitions (Base 2.1, section 8.1.3): two, of the size that an option says; written by
 * Firmware Image Download and Commit, read by registers and by a log page. They end with the
 * simulator.
 */
#include "sim/internal.h"

#include <stdlib.h>

#define SIM_BOOT_PAGE 4096u
#define SIM_BOOT_DONE 2u /* BPINFO.BRS */
#define SIM_BOOT_BAD  3u

bool sim_boot_init(struct znvme_sim *sim)
{
	struct sim_boot *boot = &sim->mgmt.boot;

	for (unsigned i = 0; sim->options.boot && i < SIM_COUNT(boot->data); i++) {
		boot->data[i] = calloc(1, sim->options.boot);
		if (!boot->data[i])
			return false;
	}
	return true;
}

void sim_boot_free(struct znvme_sim *sim)
{
	free(sim->mgmt.boot.data[0]);
	free(sim->mgmt.boot.data[1]);
}

/* By RPMB where that has taken over, else by the feature (8.1.3.3.3). */
static bool sim_boot_locked(const struct znvme_sim *sim, unsigned bpid)
{
	uint32_t field = bpid ? ZNVME_FEAT_BP_WRITE_PROTECT_BP1 : ZNVME_FEAT_BP_WRITE_PROTECT_BP0;

	if (sim_rpmb_has_boot(sim))
		return sim_rpmb_boot_locked(sim, bpid);
	return znvme_field_get(field, sim->value[ZNVME_FEAT_BP_WRITE_PROTECT].current) !=
	       ZNVME_BP_WRITE_PROTECT_UNLOCKED;
}

uint16_t sim_boot_commit(struct znvme_sim *sim, struct sim_cmd *cmd, unsigned action)
{
	unsigned bpid = (unsigned)znvme_field_get(ZNVME_FW_COMMIT_BPID, cmd->sqe.cdw10);
	struct sim_blob *image = &sim->mgmt.firmware.image;

	if (!sim->options.boot)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (action == ZNVME_FW_ACTIVATE_BOOT) {
		sim->mgmt.boot.active = bpid;
		return ZNVME_SC_SUCCESS;
	}
	if (sim_boot_locked(sim, bpid))
		return SIM_DNR(ZNVME_SC_BOOT_PARTITION_LOCKED);
	if (!image->len || image->len > sim->options.boot)
		return SIM_DNR(ZNVME_SC_INVALID_FW_IMAGE);
	memset(sim->mgmt.boot.data[bpid], 0, sim->options.boot);
	memcpy(sim->mgmt.boot.data[bpid], image->data, image->len);
	sim_blob_free(image);
	sim->mgmt.firmware.nr_pieces = 0;
	return ZNVME_SC_SUCCESS;
}

static uint32_t sim_boot_info(const struct znvme_sim *sim)
{
	return (uint32_t)(znvme_field_put(ZNVME_BPINFO_BPSZ, sim->options.boot / ZNVME_BOOT_UNIT) |
			  znvme_field_put(ZNVME_BPINFO_ABPID, sim->mgmt.boot.active));
}

/* Data go page by page: the buffer is what the host has mapped. */
static uint8_t sim_boot_read(struct znvme_sim *sim)
{
	const struct sim_boot *boot = &sim->mgmt.boot;
	uint64_t bpid = znvme_field_get(ZNVME_BPRSEL_BPID, boot->bprsel);
	uint64_t offset = znvme_field_get(ZNVME_BPRSEL_BPROF, boot->bprsel) * SIM_BOOT_PAGE;
	uint64_t len = znvme_field_get(ZNVME_BPRSEL_BPRSZ, boot->bprsel) * SIM_BOOT_PAGE;

	if (offset > sim->options.boot || len > sim->options.boot - offset)
		return SIM_BOOT_BAD;
	for (uint64_t done = 0; done < len;) {
		size_t part = len - done;
		char *to = sim_dma_window(sim, boot->bpmbl + done, &part, ZNVME_DMA_WRITE);

		if (!to)
			return SIM_BOOT_BAD;
		memcpy(to, boot->data[bpid] + offset + done, part);
		done += part;
	}
	return SIM_BOOT_DONE;
}

uint32_t sim_boot_read32(struct znvme_sim *sim, uint32_t offset)
{
	const struct sim_boot *boot = &sim->mgmt.boot;

	if (!sim->options.boot)
		return 0;
	switch (offset) {
	case ZNVME_REG_BPINFO:
		return sim_boot_info(sim) |
		       (uint32_t)znvme_field_put(ZNVME_BPINFO_BRS, boot->status);
	case ZNVME_REG_BPRSEL:
		return boot->bprsel;
	case ZNVME_REG_BPMBL:
		return (uint32_t)boot->bpmbl;
	default:
		return (uint32_t)(boot->bpmbl >> 32);
	}
}

void sim_boot_write32(struct znvme_sim *sim, uint32_t offset, uint32_t value)
{
	struct sim_boot *boot = &sim->mgmt.boot;

	if (!sim->options.boot)
		return;
	switch (offset) {
	case ZNVME_REG_BPMBL:
		boot->bpmbl = (boot->bpmbl & 0xffffffff00000000ull) | (value & 0xfffff000u);
		return;
	case ZNVME_REG_BPMBL + 4:
		boot->bpmbl = (boot->bpmbl & 0xffffffffu) | (uint64_t)value << 32;
		return;
	default:
		boot->bprsel = value;
		boot->status = sim_boot_read(sim);
	}
}

uint16_t sim_log_boot(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t bpid = znvme_field_get(ZNVME_GET_LOG_LSP, cmd->sqe.cdw10) & ZNVME_BOOT_LSP_BPID;
	struct znvme_boot_partition_log header = {
		.lid = ZNVME_LOG_BOOT_PARTITION,
		.bpinfo = sim_boot_info(sim),
	};
	char *log;

	if (!sim->options.boot)
		return SIM_DNR(ZNVME_SC_INVALID_LOG_PAGE);
	log = sim_blob_room(&sim->mgmt.log, sizeof(header) + sim->options.boot);
	if (!log)
		return ZNVME_SC_INTERNAL;
	memcpy(log, &header, sizeof(header));
	memcpy(log + sizeof(header), sim->mgmt.boot.data[bpid], sim->options.boot);
	return ZNVME_SC_SUCCESS;
}
