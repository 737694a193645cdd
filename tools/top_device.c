/* SPDX-License-Identifier: MIT */
/* The devices of `znvme top`: the SMART log, the events, and a few reads that are timed. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "top.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- open and close ------------------------------------------------------------------------ */

static unsigned count_namespaces(struct top_device *device, uint32_t *first)
{
	uint32_t nsids[256], after = 0;
	unsigned total = 0;
	int n;

	while ((n = znvme_ns_list(device->ctrl, after, nsids, (int)TOOL_COUNT(nsids))) > 0) {
		if (!total)
			*first = nsids[0];
		total += (unsigned)n;
		after = nsids[n - 1];
	}
	return total;
}

/* Where there is a namespace of logical blocks, a queue of its own, and a block's buffer. */
static int prepare_probes(struct top_device *device, uint32_t nsid)
{
	int rc;

	if (znvme_ns_get(device->ctrl, nsid, &device->ns) || device->ns->csi == ZNVME_CSI_KV ||
	    !device->ns->nr_blocks) {
		device->ns = NULL;
		return 0;
	}
	rc = znvme_queue_create(device->ctrl, 2, NULL, &device->queue);
	if (!rc)
		rc = znvme_mem_alloc(device->ctrl, device->ns->lba_bytes, &device->region);
	return rc;
}

int top_open(struct tool *tool, const char *address, unsigned nr_probes, struct top_device *device)
{
	const struct znvme_id_ctrl *id;
	uint32_t nsid = 0;
	int rc;

	snprintf(tool->address, sizeof(tool->address), "%s", address);
	if (tool_open(tool))
		return 1;
	device->ctrl = tool->ctrl;
	tool->ctrl = NULL; /* closed by top_close() */
	tool_text(device->address, address, strnlen(address, sizeof(device->address) - 1));
	id = znvme_id_ctrl(device->ctrl);
	tool_text(device->model, id->mn, sizeof(id->mn));
	tool_text(device->serial, id->sn, sizeof(id->sn));
	tool_text(device->firmware, id->fr, sizeof(id->fr));
	znvme_ctrl_info(device->ctrl, &device->info);
	device->hmb_wanted = id->hmpre * 4096ull;
	device->nr_namespaces = count_namespaces(device, &nsid);
	rc = nr_probes && nsid ? prepare_probes(device, nsid) : 0;
	if (!rc)
		return 0;
	tool_fail(rc, address);
	znvme_close(device->ctrl);
	return 1;
}

void top_close(struct top_device *device)
{
	int rc = znvme_close(device->ctrl);

	if (rc && !device->error[0])
		tool_fail(rc, device->address);
	device->ctrl = NULL;
}

/* ---- events -------------------------------------------------------------------------------- */

static unsigned fetch(struct top_device *device)
{
	struct znvme_event event;
	unsigned n = 0;

	while (n < TOP_MAX_EVENTS && znvme_next_event(device->ctrl, &event) == 1) {
		struct top_event *to = device->events;

		memmove(to + 1, to, sizeof(*to) * (TOP_MAX_EVENTS - 1));
		to->at = time(NULL);
		tool_text(to->message, event.message,
			  strnlen(event.message, sizeof(to->message) - 1));
		if (device->nr_events < TOP_MAX_EVENTS)
			device->nr_events++;
		n++;
	}
	return n;
}

unsigned top_fetch_events(struct top_device *device)
{
	return fetch(device);
}

/* ---- look ---------------------------------------------------------------------------------- */

/* The next look may find it well again: after a reset, by whomever. */
static void note_error(struct top_device *device, int rc)
{
	const char *message = rc < 0 ? znvme_errmsg() : "";

	if (!*message)
		message = znvme_strerror(rc);
	tool_text(device->error, message, strnlen(message, sizeof(device->error) - 1));
}

static int by_value(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* Blocks at random, one at a time: what an I/O takes now. */
static int probe(struct top_device *device, unsigned nr)
{
	struct top_sample *now = &device->now;
	struct znvme_sqe sqe;
	int rc = 0;

	for (now->nr_probes = 0; !rc && device->queue && now->nr_probes < nr; now->nr_probes++) {
		uint64_t block =
			((uint64_t)random() << 31 ^ (uint64_t)random()) % device->ns->nr_blocks;
		uint64_t start;

		memset(&sqe, 0, sizeof(sqe));
		rc = znvme_prep_read(&sqe, device->ns, device->region, device->region->addr, block,
				     1);
		start = now_ns();
		if (!rc)
			rc = znvme_exec(device->queue, &sqe, NULL);
		now->probe_ns[now->nr_probes] = now_ns() - start;
		/* A block that cannot be read is the medium's matter, and took its time, too. */
		if (rc > 0)
			rc = 0;
	}
	now->own_reads += now->nr_probes;
	qsort(now->probe_ns, now->nr_probes, sizeof(now->probe_ns[0]), by_value);
	return rc;
}

void top_look(struct top_device *device, unsigned nr_probes)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_SMART};
	int rc;

	device->before = device->now;
	rc = probe(device, nr_probes);
	if (!rc)
		rc = znvme_get_log(device->ctrl, &args, &device->now.smart,
				   sizeof(device->now.smart));
	device->now.at_ns = now_ns();
	znvme_ctrl_info(device->ctrl, &device->info);
	if (rc)
		note_error(device, rc);
	else
		device->error[0] = '\0';
	/* What led to it is told by the last events; fetching them may change the message. */
	if (rc)
		fetch(device);
}
