/* SPDX-License-Identifier: MIT */
/*
 * Directive Send and Receive (Base 2.1, sections 5.1.6, 5.1.7 and 8.1.8): the Identify type, which
 * tells the others and enables them, and Streams (8.1.8.3). A stream is a number that writes carry;
 * one more than there may be closes the one that was opened first. Where data go is told by nothing
 * but these commands. Data Placement is Flexible Data Placement's (fdp.c).
 */
#include "sim/internal.h"

bool sim_has_streams(const struct znvme_sim *sim)
{
	return sim->options.streams && !(sim->options.without & SIM_WITHOUT_DIRECTIVES);
}

/* ---- streams ------------------------------------------------------------------------------- */

static unsigned sim_streams_allocated(const struct znvme_sim *sim)
{
	unsigned nr = 0;

	for (uint32_t i = 0; i < sim->nr_ns; i++)
		nr += sim->ns[i].streams.allocated;
	return nr;
}

/* How many the namespace may have open: its own, or all that are nobody's. */
static unsigned sim_streams_limit(const struct znvme_sim *sim, const struct sim_ns *ns)
{
	if (ns->streams.allocated)
		return ns->streams.allocated;
	return (unsigned)sim->options.streams - sim_streams_allocated(sim);
}

static void sim_stream_close(struct sim_streams *streams, unsigned i)
{
	streams->nr--;
	memmove(&streams->open[i], &streams->open[i + 1],
		(streams->nr - i) * sizeof(streams->open[0]));
}

static unsigned sim_stream_find(const struct sim_streams *streams, uint16_t id)
{
	unsigned i = 0;

	while (i < streams->nr && streams->open[i] != id)
		i++;
	return i;
}

static void sim_stream_open(struct znvme_sim *sim, struct sim_ns *ns, uint16_t id)
{
	struct sim_streams *streams = &ns->streams;

	if (!id || sim_stream_find(streams, id) < streams->nr)
		return;
	while (streams->nr && streams->nr >= sim_streams_limit(sim, ns))
		sim_stream_close(streams, 0);
	if (sim_streams_limit(sim, ns))
		streams->open[streams->nr++] = id;
}

static uint16_t sim_streams_params(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
				   uint64_t len)
{
	struct znvme_streams_params params = {
		.msl = (uint16_t)sim->options.streams,
		.nssa = (uint16_t)(sim->options.streams - sim_streams_allocated(sim)),
		.sws = 8,
		.sgs = 16,
	};

	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (!sim->ns[i].streams.allocated)
			params.nsso = (uint16_t)(params.nsso + sim->ns[i].streams.nr);
	if (ns) {
		params.nsa = ns->streams.allocated;
		params.nso = ns->streams.nr;
	}
	return sim_data_send(sim, cmd, &params, sizeof(params), len);
}

static uint16_t sim_streams_status(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
				   uint64_t len)
{
	uint16_t data[1 + SIM_MAX_STREAMS] = {(uint16_t)ns->streams.nr};

	for (uint16_t id = 0, n = 1; n <= ns->streams.nr; n++) { /* ascending */
		uint16_t next = UINT16_MAX;

		for (unsigned i = 0; i < ns->streams.nr; i++)
			if (ns->streams.open[i] > id && ns->streams.open[i] <= next)
				next = ns->streams.open[i];
		data[n] = id = next;
	}
	return sim_data_send(sim, cmd, data, sizeof(data), len);
}

static uint16_t sim_streams_allocate(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint32_t wanted = cmd->sqe.cdw12 & ZNVME_DIRECTIVE_NSR;
	unsigned free = (unsigned)sim->options.streams - sim_streams_allocated(sim);

	if (ns->streams.allocated || !wanted)
		return SIM_INVALID_FIELD(cmd, cdw12);
	ns->streams.allocated = (uint16_t)(wanted < free ? wanted : free);
	ns->streams.nr = 0;
	cmd->dw0 = ns->streams.allocated;
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_streams_receive(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint64_t len = (cmd->sqe.cdw10 + 1ull) * 4;
	uint64_t doper = znvme_field_get(ZNVME_DIRECTIVE_DOPER, cmd->sqe.cdw11);

	if (doper == ZNVME_DIRECTIVE_RECV_PARAMS)
		return sim_streams_params(sim, ns, cmd, len);
	if (!ns)
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	if (!ns->streams.enabled)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (doper == ZNVME_DIRECTIVE_RECV_STATUS)
		return sim_streams_status(sim, ns, cmd, len);
	if (doper == ZNVME_DIRECTIVE_RECV_ALLOCATE)
		return sim_streams_allocate(sim, ns, cmd);
	return SIM_INVALID_FIELD(cmd, cdw11);
}

static uint16_t sim_streams_send(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint16_t id = (uint16_t)znvme_field_get(ZNVME_DIRECTIVE_DSPEC, cmd->sqe.cdw11);
	uint64_t doper = znvme_field_get(ZNVME_DIRECTIVE_DOPER, cmd->sqe.cdw11);

	(void)sim;
	if (!ns)
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	if (!ns->streams.enabled)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (doper == ZNVME_DIRECTIVE_SEND_FREE) {
		ns->streams.allocated = 0;
		ns->streams.nr = 0;
		return ZNVME_SC_SUCCESS;
	}
	if (doper != ZNVME_DIRECTIVE_SEND_RELEASE)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (sim_stream_find(&ns->streams, id) < ns->streams.nr)
		sim_stream_close(&ns->streams, sim_stream_find(&ns->streams, id));
	return ZNVME_SC_SUCCESS;
}

/* ---- Identify ------------------------------------------------------------------------------ */

static uint16_t sim_directive_params(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct znvme_directive_params params = {
		.supported = {1 << ZNVME_DIRECTIVE_IDENTIFY},
		.enabled = {1 << ZNVME_DIRECTIVE_IDENTIFY},
	};

	if (znvme_field_get(ZNVME_DIRECTIVE_DOPER, cmd->sqe.cdw11) != ZNVME_DIRECTIVE_RECV_PARAMS)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (sim_has_streams(sim)) {
		params.supported[0] |= 1 << ZNVME_DIRECTIVE_STREAMS;
		if (ns && ns->streams.enabled)
			params.enabled[0] |= 1 << ZNVME_DIRECTIVE_STREAMS;
	}
	if (sim->options.fdp) {
		params.supported[0] |= 1 << ZNVME_DIRECTIVE_PLACEMENT;
		params.persistent[0] |= 1 << ZNVME_DIRECTIVE_PLACEMENT;
		if (sim->fdp.enabled)
			params.enabled[0] |= 1 << ZNVME_DIRECTIVE_PLACEMENT;
	}
	return sim_data_send(sim, cmd, &params, sizeof(params), (cmd->sqe.cdw10 + 1ull) * 4);
}

static void sim_streams_enable(struct sim_ns *ns, bool on)
{
	if (ns->streams.enabled != on)
		ns->streams = (struct sim_streams){.enabled = on};
}

/* Identify can neither be switched on nor off, and placement by its feature only. */
static uint16_t sim_directive_enable(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	bool on = cmd->sqe.cdw12 & ZNVME_DIRECTIVE_ENDIR;

	if (znvme_field_get(ZNVME_DIRECTIVE_DOPER, cmd->sqe.cdw11) != ZNVME_DIRECTIVE_SEND_ENABLE)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (!sim_has_streams(sim) ||
	    znvme_field_get(ZNVME_DIRECTIVE_TDT, cmd->sqe.cdw12) != ZNVME_DIRECTIVE_STREAMS)
		return SIM_INVALID_FIELD(cmd, cdw12);
	if (ns)
		sim_streams_enable(ns, on);
	for (uint32_t i = 0; i < sim->nr_ns && !ns; i++)
		sim_streams_enable(&sim->ns[i], on);
	return ZNVME_SC_SUCCESS;
}

/* ---- the commands -------------------------------------------------------------------------- */

/* The namespace, NULL for the controller or all of them; or a status. */
static uint16_t sim_directive_ns(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns **ns)
{
	*ns = sim_ns(sim, cmd->sqe.nsid);
	if (cmd->sqe.nsid == ZNVME_NSID_ALL || !cmd->sqe.nsid || (*ns && !(*ns)->kv))
		return ZNVME_SC_SUCCESS;
	cmd->error_loc = offsetof(struct znvme_sqe, nsid);
	return SIM_DNR(ZNVME_SC_INVALID_NS);
}

typedef uint16_t sim_directive_fn(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);

static uint16_t sim_directive(struct znvme_sim *sim, struct sim_cmd *cmd,
			      sim_directive_fn *identify, sim_directive_fn *streams)
{
	uint64_t type = znvme_field_get(ZNVME_DIRECTIVE_DTYPE, cmd->sqe.cdw11);
	struct sim_ns *ns;
	uint16_t status = sim_directive_ns(sim, cmd, &ns);

	if (status)
		return status;
	if (type == ZNVME_DIRECTIVE_IDENTIFY)
		return identify(sim, ns, cmd);
	if (type == ZNVME_DIRECTIVE_STREAMS && sim_has_streams(sim))
		return streams(sim, ns, cmd);
	return SIM_INVALID_FIELD(cmd, cdw11);
}

uint16_t sim_directive_send(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	return sim_directive(sim, cmd, sim_directive_enable, sim_streams_send);
}

uint16_t sim_directive_receive(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	return sim_directive(sim, cmd, sim_directive_params, sim_streams_receive);
}

/* Streams are the host's, and end with its reset. */
void sim_directives_reset(struct znvme_sim *sim)
{
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		sim_streams_enable(&sim->ns[i], false);
}

/* ---- in I/O commands ----------------------------------------------------------------------- */

/* The directive type; in Write Zeroes its highest bit is NSZ. */
static uint64_t sim_dtype(const struct sim_cmd *cmd)
{
	uint32_t mask = ZNVME_RW_DTYPE;

	if (cmd->sqe.opcode == ZNVME_CMD_WRITE_ZEROES)
		mask &= ~ZNVME_RW_NSZ;
	return znvme_field_get(mask, cmd->sqe.cdw12);
}

uint16_t sim_directed(struct znvme_sim *sim, const struct sim_ns *ns, struct sim_cmd *cmd)
{
	switch (sim_dtype(cmd)) {
	case ZNVME_DIRECTIVE_IDENTIFY:
		return ZNVME_SC_SUCCESS;
	case ZNVME_DIRECTIVE_STREAMS:
		if (ns->streams.enabled)
			return ZNVME_SC_SUCCESS;
		break;
	case ZNVME_DIRECTIVE_PLACEMENT:
		if (sim->fdp.enabled)
			return ZNVME_SC_SUCCESS;
		break;
	}
	return SIM_INVALID_FIELD(cmd, cdw12);
}

void sim_directed_write(struct znvme_sim *sim, struct sim_ns *ns, const struct sim_cmd *cmd,
			uint64_t nlb)
{
	uint16_t dspec = (uint16_t)znvme_field_get(ZNVME_RW_DSPEC, cmd->sqe.cdw13);
	uint64_t type = sim_dtype(cmd);

	if (type == ZNVME_DIRECTIVE_STREAMS)
		sim_stream_open(sim, ns, dspec);
	if (sim->fdp.enabled)
		sim_fdp_write(sim, ns, type == ZNVME_DIRECTIVE_PLACEMENT ? dspec : 0, nlb);
}
