// SPDX-License-Identifier: MIT
/*
 * A thread that does all but I/O while others do that: admin commands, resets, events, queues and
 * memory that come and go; and in the end it pulls the device, or takes its power.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "swarm.h"

#define PAGE 4096u

struct chaos {
	struct run *run;
	uint64_t random;
	bool trouble;	    /* that events have told of */
	uint32_t threshold; /* of temperature, as it was set; 0: not known */
	struct totals totals;
};

static void identify(struct chaos *chaos)
{
	char data[ZNVME_IDENTIFY_SIZE];
	bool ns = draw_one_in(&chaos->random, 2);

	run_judge(chaos->run, "Identify",
		  znvme_identify(chaos->run->ctrl, ns ? ZNVME_CNS_NS : ZNVME_CNS_CTRL, ns, 0, 0, 0,
				 data));
}

static void list_namespaces(struct chaos *chaos)
{
	uint32_t nsids[4];
	int rc = znvme_ns_list(chaos->run->ctrl, 0, nsids, ARRAY_LEN(nsids));

	/* A status of the controller's is an errno here. */
	if (rc < 0 && !is_excused(chaos->run, MAY_REFUSE))
		run_judge(chaos->run, "listing namespaces", rc);
	if (rc >= 0 && is_honest(chaos->run) && rc != (int)chaos->run->plan->nr_ns)
		run_fail(chaos->run, "there are %d namespaces", rc);
}

static void read_log(struct chaos *chaos)
{
	static const struct {
		uint8_t lid;
		size_t len;
	} logs[] = {{ZNVME_LOG_SMART, 512}, {ZNVME_LOG_ERROR, 64}, {ZNVME_LOG_FW_SLOT, 512}};
	size_t i = draw_range(&chaos->random, 0, ARRAY_LEN(logs) - 1);
	const struct znvme_get_log_args args = {.lid = logs[i].lid};
	char data[512];

	run_judge(chaos->run, "Get Log Page",
		  znvme_get_log(chaos->run->ctrl, &args, data, logs[i].len));
}

/* Kept over every reset. */
static void set_threshold(struct chaos *chaos)
{
	const struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_TEMP_THRESHOLD,
		.cdw11 = draw_range(&chaos->random, 300, 400),
	};
	int rc = znvme_set_feature(chaos->run->ctrl, &args, NULL, 0, NULL);

	run_judge(chaos->run, "Set Features", rc);
	chaos->threshold = rc ? 0 : args.cdw11;
}

static void get_threshold(struct chaos *chaos)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_TEMP_THRESHOLD};
	uint32_t value;
	int rc = znvme_get_feature(chaos->run->ctrl, &args, NULL, 0, &value);

	run_judge(chaos->run, "Get Features", rc);
	/* A controller may refuse to be told again. */
	if (!rc && chaos->threshold && value != chaos->threshold &&
	    !is_excused(chaos->run, MAY_REFUSE))
		run_fail(chaos->run, "a feature that was set to %u is %u", chaos->threshold, value);
}

static void set_coalescing(struct chaos *chaos)
{
	unsigned completions = draw_range(&chaos->random, 0, 8);

	run_judge(chaos->run, "coalescing",
		  znvme_set_coalescing(chaos->run->ctrl, completions, completions ? 200 : 0));
}

static void reset(struct chaos *chaos)
{
	/* Counted first: commands end while it is under way. */
	__atomic_add_fetch(&chaos->run->resets, 1, __ATOMIC_RELAXED);
	chaos->totals.resets++;
	run_judge(chaos->run, "a reset", znvme_reset(chaos->run->ctrl));
}

static void reset_subsystem(struct chaos *chaos)
{
	int rc;

	__atomic_add_fetch(&chaos->run->resets, 1, __ATOMIC_RELAXED);
	rc = znvme_subsystem_reset(chaos->run->ctrl);
	chaos->totals.resets += rc == 0;
	if (rc != -EOPNOTSUPP)
		run_judge(chaos->run, "a subsystem reset", rc);
}

static void look_at_event(void *arg, const struct znvme_event *event)
{
	struct chaos *chaos = arg;
	uint8_t sum = 0;

	for (uint32_t i = 0; i < event->log_len; i++)
		sum |= ((const uint8_t *)event->log)[i];
	if (event->kind < ZNVME_EVENT_ASYNC || event->kind > ZNVME_EVENT_TIMEOUT ||
	    !*event->message || (sum && !event->log))
		run_fail(chaos->run, "an event of kind %d: '%s'", (int)event->kind, event->message);
	chaos->trouble |= event->kind == ZNVME_EVENT_FAILED || event->kind == ZNVME_EVENT_TIMEOUT;
}

/* All events; a controller that has failed, or leaves commands unanswered, is reset at times. */
static void fetch_events(struct chaos *chaos)
{
	struct znvme_event event;
	int rc;

	chaos->trouble = false;
	if (draw_one_in(&chaos->random, 2)) {
		rc = znvme_dispatch_events(chaos->run->ctrl, look_at_event, chaos);
		rc = rc < 0 ? rc : 0;
	} else {
		while ((rc = znvme_next_event(chaos->run->ctrl, &event)) > 0)
			look_at_event(chaos, &event);
	}
	if (rc)
		run_fail(chaos->run, "fetching events gives %d", rc);
	if (chaos->trouble && draw_one_in(&chaos->random, 2))
		reset(chaos);
}

static void raise_event(struct chaos *chaos)
{
	if (draw_one_in(&chaos->random, 4))
		znvme_sim_request_device(chaos->run->sim);
	else
		znvme_sim_async_event(chaos->run->sim, ZNVME_AER_TYPE_SMART,
				      (uint8_t)draw_range(&chaos->random, 0, 2), ZNVME_LOG_SMART);
}

static void make_queue(struct chaos *chaos)
{
	const struct znvme_queue_options options = {
		.flags = draw_one_in(&chaos->random, 2) ? ZNVME_QUEUE_POLLED : 0};
	struct znvme_queue *queue;
	int rc = znvme_queue_create(chaos->run->ctrl, draw_range(&chaos->random, 2, 16), &options,
				    &queue);

	if (rc != -ENOSPC)
		run_judge(chaos->run, "creating a queue", rc);
	if (!rc)
		run_judge(chaos->run, "deleting a queue", znvme_queue_delete(queue));
}

static void map_memory(struct chaos *chaos)
{
	size_t len = draw_range(&chaos->random, 1, 64) * PAGE;
	char *memory = aligned_alloc(PAGE, len);
	struct znvme_region *region;
	int rc;

	if (!memory)
		abort();
	rc = znvme_mem_map(chaos->run->ctrl, memory, len, 0, &region);
	run_judge(chaos->run, "mapping memory", rc);
	if (!rc && znvme_mem_find(chaos->run->ctrl, memory + len / 2, len / 2) != region)
		run_fail(chaos->run, "memory that was mapped is not found");
	rc = rc ? 0 : znvme_mem_free(chaos->run->ctrl, region);
	if (rc == -EBUSY) {
		/* The ring of a queue has turned round over a command that is still in flight. */
		*(void **)(void *)memory = chaos->run->kept;
		chaos->run->kept = memory;
		return;
	}
	run_judge(chaos->run, "freeing memory", rc);
	free(memory);
}

static const struct {
	unsigned weight;
	bool admin;
	void (*act)(struct chaos *chaos);
} actions[] = {
	{2, true, identify},	  {1, true, list_namespaces},  {2, true, read_log},
	{2, true, set_threshold}, {3, true, get_threshold},    {1, true, set_coalescing},
	{3, false, reset},	  {1, false, reset_subsystem}, {2, false, fetch_events},
	{2, false, raise_event},  {2, false, make_queue},      {2, false, map_memory},
};

static void act(struct chaos *chaos)
{
	unsigned all = 0, at;
	size_t i = 0;

	for (size_t j = 0; j < ARRAY_LEN(actions); j++)
		all += actions[j].weight;
	for (at = draw_range(&chaos->random, 0, all - 1); at >= actions[i].weight; i++)
		at -= actions[i].weight;
	chaos->totals.admin += actions[i].admin;
	actions[i].act(chaos);
}

static void end(struct chaos *chaos)
{
	struct run *run = chaos->run;

	switch (run->life->ending) {
	case END_BUSY:
		__atomic_store_n(&run->drop, true, __ATOMIC_RELEASE);
		__atomic_store_n(&run->stop, true, __ATOMIC_RELEASE);
		break;
	case END_REMOVED:
		znvme_sim_remove(run->sim);
		chaos->totals.removals++;
		break;
	case END_POWER_LOSS:
		znvme_sim_power_loss(run->sim);
		run->powerless = true;
		chaos->totals.power_losses++;
		break;
	default:
		break;
	}
}

void *chaos_thread(void *arg)
{
	struct run *run = arg;
	struct chaos chaos = {.run = run, .random = run->life->seed};

	for (unsigned i = 0; i < run->life->actions && !run_failed(run); i++) {
		usleep(draw_range(&chaos.random, 0, 2000));
		act(&chaos);
	}
	end(&chaos);
	while (__atomic_load_n(&run->workers_left, __ATOMIC_ACQUIRE)) {
		usleep(500);
		fetch_events(&chaos);
	}
	run_count(run, &chaos.totals);
	return NULL;
}
