/* SPDX-License-Identifier: MIT */
/*
 * Physical Interface Receiver Eye Opening Measurement (PCIe Transport, section 3.9.1.1; log page
 * 19h), with=eom: a port of four lanes with one eye each, whose measurement takes the time that an
 * option says. The eyes are drawn: they differ a little from lane to lane, and are the same each
 * time. Eye data are where each row of the eye begins and ends.
 */
#include "sim/internal.h"

#define SIM_EOM_LANES 4u
#define SIM_EOM_SPEED 4u /* 16 GT/s */
#define SIM_EOM_TB    8u /* rows from the centre to the outside */
#define SIM_EOM_LR    16u
#define SIM_EOM_ROWS  (2 * SIM_EOM_TB + 1)
#define SIM_EOM_COLS  (2 * SIM_EOM_LR + 1)
#define SIM_EOM_EDLEN (2 * SIM_EOM_ROWS)
#define SIM_EOM_DSIZE                                                                              \
	((sizeof(struct znvme_eom_lane_desc) + SIM_EOM_ROWS * SIM_EOM_COLS + SIM_EOM_EDLEN + 3) &  \
	 ~3u)

/* Milliseconds that a measurement takes: twice as many for each better quality. */
static uint64_t sim_eom_ms(const struct znvme_sim *sim, unsigned quality)
{
	return sim->options.eom_time << quality;
}

void sim_eom_reset(struct znvme_sim *sim)
{
	struct sim_eom *eom = &sim->mgmt.eom;

	*eom = (struct sim_eom){.generation = eom->generation};
}

static void sim_eom_start(struct znvme_sim *sim, uint8_t lsp)
{
	struct sim_eom *eom = &sim->mgmt.eom;

	eom->generation++;
	eom->lsp = lsp;
	eom->progress = ZNVME_EOM_IN_PROGRESS;
	sim_period_start(&eom->span,
			 sim_eom_ms(sim, (unsigned)znvme_field_get(ZNVME_EOM_LSP_MQUAL, lsp)));
	if (!eom->span.due)
		eom->progress = ZNVME_EOM_COMPLETED;
}

static uint16_t sim_eom_act(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint8_t lsp = (uint8_t)znvme_field_get(ZNVME_GET_LOG_LSP, cmd->sqe.cdw10);

	/* There is no port but that of the one controller; a secondary one is not measured. */
	if (znvme_field_get(ZNVME_GET_LOG_LSI, cmd->sqe.cdw11) != SIM_CNTLID)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (sim_period_over(&sim->mgmt.eom.span, sim_now()))
		sim->mgmt.eom.progress = ZNVME_EOM_COMPLETED;
	switch (znvme_field_get(ZNVME_EOM_LSP_ACT, lsp)) {
	case ZNVME_EOM_READ:
		return ZNVME_SC_SUCCESS;
	case ZNVME_EOM_START:
		if (znvme_field_get(ZNVME_EOM_LSP_MQUAL, lsp) > ZNVME_EOM_BEST)
			break;
		sim_eom_start(sim, lsp);
		return ZNVME_SC_SUCCESS;
	case ZNVME_EOM_ABORT:
		sim_eom_reset(sim);
		return ZNVME_SC_SUCCESS;
	default:
		break;
	}
	return SIM_INVALID_FIELD(cmd, cdw10);
}

/* An ellipse, of other half axes up, down, left and right. */
static bool sim_in_eye(const struct znvme_eom_lane_desc *lane, unsigned row, unsigned column)
{
	double tall = row < SIM_EOM_TB ? lane->top : lane->bottom;
	double wide = column < SIM_EOM_LR ? lane->left : lane->right;
	double y = ((double)row - SIM_EOM_TB) / tall;
	double x = ((double)column - SIM_EOM_LR) / wide;

	return x * x + y * y <= 1;
}

static void sim_eom_draw(char *to, unsigned lane)
{
	const struct znvme_eom_lane_desc desc = {
		.mstatus = ZNVME_EOM_MSTATUS_SUCCESSFUL,
		.lane = (uint8_t)lane,
		.top = (uint16_t)(SIM_EOM_TB - lane % 2 - 1),
		.bottom = (uint16_t)(SIM_EOM_TB - lane / 2),
		.left = (uint16_t)(SIM_EOM_LR - lane - 1),
		.right = (uint16_t)(SIM_EOM_LR - 2),
		.nrows = SIM_EOM_ROWS,
		.ncols = SIM_EOM_COLS,
		.edlen = SIM_EOM_EDLEN,
	};
	char *printable = to + sizeof(desc);
	uint8_t *data = (uint8_t *)printable + SIM_EOM_ROWS * SIM_EOM_COLS;

	memcpy(to, &desc, sizeof(desc));
	for (unsigned row = 0; row < SIM_EOM_ROWS; row++) {
		for (unsigned column = 0; column < SIM_EOM_COLS; column++) {
			bool in = sim_in_eye(&desc, row, column);

			*printable++ = in ? '0' : '1';
			if (in && !data[2 * row + 1])
				data[2 * row] = (uint8_t)column;
			if (in)
				data[2 * row + 1] = (uint8_t)(column + 1);
		}
	}
}

uint16_t sim_log_eom(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	const struct sim_eom *eom = &sim->mgmt.eom;
	uint16_t status = sim_eom_act(sim, cmd);
	bool done = eom->progress == ZNVME_EOM_COMPLETED;
	struct znvme_eom_log header = {
		.lid = ZNVME_LOG_PHY_RX_EOM,
		.eomip = eom->progress,
		.hsize = sizeof(header),
		.eomdgn = eom->generation,
		.lr = 3,
		.lanes = SIM_EOM_LANES,
		.epl = 1,
		.lspfc = eom->lsp,
		.li = eom->progress ? SIM_EOM_SPEED : 0,
		.lsic = SIM_CNTLID,
		.dsize = SIM_EOM_DSIZE,
		.etgood = (uint16_t)(sim_eom_ms(sim, ZNVME_EOM_GOOD) / 1000),
		.etbetter = (uint16_t)(sim_eom_ms(sim, ZNVME_EOM_BETTER) / 1000),
		.etbest = (uint16_t)(sim_eom_ms(sim, ZNVME_EOM_BEST) / 1000),
	};
	char *log;

	if (status)
		return status;
	if (done) {
		header.odp = ZNVME_EOM_ODP_PRINTABLE | ZNVME_EOM_ODP_DATA;
		header.nd = SIM_EOM_LANES;
		header.maxtb = SIM_EOM_TB;
		header.maxlr = SIM_EOM_LR;
	}
	header.rsize = (uint32_t)(sizeof(header) + header.nd * SIM_EOM_DSIZE);
	log = sim_blob_room(&sim->mgmt.log, header.rsize);
	if (!log)
		return ZNVME_SC_INTERNAL;
	memcpy(log, &header, sizeof(header));
	for (unsigned lane = 0; lane < header.nd; lane++)
		sim_eom_draw(log + sizeof(header) + lane * SIM_EOM_DSIZE, lane);
	return ZNVME_SC_SUCCESS;
}
