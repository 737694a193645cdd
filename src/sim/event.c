/* SPDX-License-Identifier: MIT */
/*
 * What the controller tells without being asked: asynchronous events (Base 2.1, section 5.1.2),
 * masked by type from their report until their log page is read, and the Error Information log
 * (section 5.1.12.1.2). What a driver must not do is counted here.
 */
#include "sim/internal.h"

/* Events of these types need no log page read. */
#define SIM_NEVER_MASKED (1u << ZNVME_AER_TYPE_IMMEDIATE | 1u << ZNVME_AER_TYPE_ONE_SHOT)

/* Complete Asynchronous Event Request `cid`. */
static void sim_event_complete(struct znvme_sim *sim, uint16_t cid, uint32_t dw0, uint32_t dw1,
			       uint16_t status)
{
	struct sim_completion completion = {
		.serial = sim->serial,
		.cqe = {.dw0 = dw0, .dw1 = dw1, .cid = cid, .status = (uint16_t)(status << 1)},
		.counted = true,
	};

	sim_end(sim, &completion);
}

/* Report the oldest event that may be reported, while there are requests. */
static void sim_event_deliver(struct znvme_sim *sim)
{
	struct sim_events *events = &sim->events;
	unsigned i = 0;

	while (i < events->nr && events->nr_requests && sim_ready(sim)) {
		struct sim_event event = events->queue[i];
		uint16_t cid = events->request[0];

		if (events->masked & 1u << event.type) {
			i++;
			continue;
		}
		events->nr--;
		memmove(&events->queue[i], &events->queue[i + 1],
			(events->nr - i) * sizeof(events->queue[0]));
		events->nr_requests--;
		memmove(&events->request[0], &events->request[1],
			events->nr_requests * sizeof(events->request[0]));
		if (!(SIM_NEVER_MASKED & 1u << event.type)) {
			events->masked |= (uint8_t)(1u << event.type);
			events->masked_lid[event.type] = event.lid;
		}
		sim_event_complete(sim, cid,
				   (uint32_t)(znvme_field_put(ZNVME_AER_TYPE, event.type) |
					      znvme_field_put(ZNVME_AER_INFO, event.info) |
					      znvme_field_put(ZNVME_AER_LID, event.lid)),
				   event.param, ZNVME_SC_SUCCESS);
	}
}

/*
 * An event that is queued already is not queued again. Each type has its share of the queue; the
 * newest event is lost where that is used up.
 */
void sim_event_raise_for(struct znvme_sim *sim, uint8_t type, uint8_t info, uint8_t lid,
			 uint32_t param)
{
	struct sim_events *events = &sim->events;
	struct sim_event event = {.param = param, .type = type & 7, .info = info, .lid = lid};
	unsigned same_type = 0;

	for (unsigned i = 0; i < events->nr; i++) {
		if (!memcmp(&events->queue[i], &event, sizeof(event)))
			return;
		same_type += events->queue[i].type == event.type;
	}
	if (same_type == SIM_EVENTS / 8)
		return;
	events->queue[events->nr++] = event;
	sim_event_deliver(sim);
}

void sim_event_raise(struct znvme_sim *sim, uint8_t type, uint8_t info, uint8_t lid)
{
	sim_event_raise_for(sim, type, info, lid, 0);
}

uint16_t sim_event_request(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_events *events = &sim->events;

	if (events->nr_requests > sim->options.aerl)
		return SIM_DNR(ZNVME_SC_ASYNC_EVENT_LIMIT);
	events->request[events->nr_requests++] = cmd->sqe.cid;
	cmd->held = true;
	sim_event_deliver(sim);
	return ZNVME_SC_SUCCESS;
}

bool sim_event_abort(struct znvme_sim *sim, uint16_t cid)
{
	struct sim_events *events = &sim->events;

	for (unsigned i = 0; i < events->nr_requests; i++) {
		if (events->request[i] != cid)
			continue;
		events->nr_requests--;
		memmove(&events->request[i], &events->request[i + 1],
			(events->nr_requests - i) * sizeof(events->request[0]));
		sim_event_complete(sim, cid, 0, 0, ZNVME_SC_ABORT_REQUESTED);
		return true;
	}
	return false;
}

/* Log page `lid` was read without "retain asynchronous event". */
void sim_event_log_read(struct znvme_sim *sim, uint8_t lid)
{
	struct sim_events *events = &sim->events;

	for (unsigned type = 0; type < 8; type++)
		if (events->masked & 1u << type && events->masked_lid[type] == lid)
			events->masked &= (uint8_t) ~(1u << type);
	sim_event_deliver(sim);
}

void sim_event_reset(struct znvme_sim *sim)
{
	sim->events.nr = 0;
	sim->events.nr_requests = 0;
	sim->events.masked = 0;
}

/* `cmd` is NULL for an error that belongs to no command. */
void sim_error_record(struct znvme_sim *sim, const struct sim_cmd *cmd, uint16_t status)
{
	struct sim_error_log *log = &sim->errors;
	struct znvme_error_log_entry *entry = &log->entry[log->count % SIM_ERROR_ENTRIES];

	*entry = (struct znvme_error_log_entry){
		.error_count = ++log->count,
		.sqid = 0xffff,
		.cmdid = 0xffff,
		.status_field = (uint16_t)(status << 1),
		.parm_error_location = 0xffff,
		.lpver = 1,
	};
	if (!cmd)
		return;
	entry->sqid = cmd->qid;
	entry->cmdid = cmd->sqe.cid;
	entry->parm_error_location = cmd->error_loc;
	entry->lba = cmd->lba;
	entry->nsid = cmd->sqe.nsid;
	entry->opc = cmd->sqe.opcode;
}

void sim_protocol_error(struct znvme_sim *sim)
{
	sim->counters.protocol_errors++;
}

void sim_doorbell_error(struct znvme_sim *sim, enum znvme_aer_error info)
{
	sim_protocol_error(sim);
	sim_error_record(sim, NULL, ZNVME_SC_SUCCESS);
	sim_event_raise(sim, ZNVME_AER_TYPE_ERROR, (uint8_t)info, ZNVME_LOG_ERROR);
}

/* SMART's critical warnings, as they are now. */
uint8_t sim_critical_warning(struct znvme_sim *sim)
{
	uint8_t warning = 0;

	if (sim_temperature_warns(sim))
		warning |= ZNVME_SMART_CRIT_TEMPERATURE;
	if (sim->store.readonly)
		warning |= ZNVME_SMART_CRIT_READ_ONLY;
	return warning;
}
