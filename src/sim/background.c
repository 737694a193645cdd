/* SPDX-License-Identifier: MIT */
/*
 * What takes simulated time without holding up the controller: a format, a sanitize operation, a
 * self-test, the activation of firmware, the Keep Alive timer. Each has a span; the thread of
 * clock.c ends those that are over, and so does the next command, so that what a command sees does
 * not depend on that thread. Spans of no length are over where they begin.
 */
#include "sim/internal.h"

#include <stdlib.h>

void sim_period_start(struct sim_period *span, uint64_t ms)
{
	span->start = sim_now();
	span->due = ms ? span->start + ms * 1000000 : 0;
}

uint64_t sim_period_part(const struct sim_period *span, uint64_t whole)
{
	uint64_t now = sim_now();
	uint64_t len = span->due - span->start;

	if (!span->due || now >= span->due)
		return whole;
	return now <= span->start
		       ? 0
		       : (uint64_t)((double)(now - span->start) / (double)len * (double)whole);
}

bool sim_period_over(struct sim_period *span, uint64_t now)
{
	if (!span->due || now < span->due)
		return false;
	span->due = 0;
	return true;
}

static void sim_period_next(uint64_t *next, const struct sim_period *span)
{
	if (span->due && (!*next || span->due < *next))
		*next = span->due;
}

void sim_background_changed(struct znvme_sim *sim)
{
	uint64_t next = 0;

	for (uint32_t i = 0; i < sim->nr_ns; i++)
		sim_period_next(&next, &sim->ns[i].formatting);
	sim_period_next(&next, &sim->mgmt.sanitize.span);
	sim_period_next(&next, &sim->mgmt.self_test.span);
	sim_period_next(&next, &sim->mgmt.firmware.pause);
	sim_period_next(&next, &sim->mgmt.keep_alive);
	sim_period_next(&next, &sim->mgmt.plm.dtwin);
	sim_period_next(&next, &sim->mgmt.plm.warning);
	sim->mgmt.due = next;
	if (next && sim_clock_start(sim))
		pthread_cond_signal(&sim->wake);
}

void sim_background_expire(struct znvme_sim *sim, uint64_t now)
{
	sim_format_expire(sim, now);
	sim_sanitize_expire(sim, now);
	sim_self_test_expire(sim, now);
	sim_firmware_expire(sim, now);
	sim_keep_alive_expire(sim, now);
	sim_plm_expire(sim, now);
	sim_background_changed(sim);
}

uint16_t sim_background_gate(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_ns *ns;
	uint16_t status;

	if (sim->mgmt.due && sim_now() >= sim->mgmt.due)
		sim_background_expire(sim, sim_now());
	status = sim_sanitize_gate(sim, cmd);
	if (status || !cmd->qid)
		return status;
	ns = sim_ns(sim, cmd->sqe.nsid);
	if (!cmd->peer && (ns || cmd->sqe.nsid == ZNVME_NSID_ALL))
		status = sim_ana_gate(sim);
	if (status)
		return status;
	return ns && ns->formatting.due ? (uint16_t)ZNVME_SC_FORMAT_IN_PROGRESS : 0;
}

/* ---- bytes --------------------------------------------------------------------------------- */

char *sim_blob_room(struct sim_blob *blob, size_t len)
{
	char *data = calloc(1, len ? len : 1);

	if (!data)
		return NULL;
	free(blob->data);
	blob->data = data;
	blob->len = len;
	return data;
}

void sim_blob_free(struct sim_blob *blob)
{
	free(blob->data);
	*blob = (struct sim_blob){.len = 0};
}

void sim_mgmt_free(struct znvme_sim *sim)
{
	struct sim_mgmt *mgmt = &sim->mgmt;

	sim_blob_free(&mgmt->log);
	sim_blob_free(&mgmt->firmware.image);
	sim_blob_free(&mgmt->telemetry.host);
	sim_blob_free(&mgmt->telemetry.ctrl);
	sim_blob_free(&mgmt->pel.context);
	sim_blob_free(&mgmt->security);
	sim_state_close(sim);
	sim_boot_free(sim);
	sim_rpmb_close(sim);
	sim_lm_free(sim);
}
