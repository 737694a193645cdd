/* SPDX-License-Identifier: MIT */
/*
 * What happens without being asked for: Asynchronous Event Requests kept with the controller
 * (Base 2.1, section 5.1.2), the host's wish to have the device back, resets and failures. Kept in
 * a ring until fetched.
 *
 * An event request is armed again only when its event is fetched, so a controller cannot flood the
 * host. The log page that an event names is read then, too: until that has been done the controller
 * keeps events of the same type to itself.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/base.h"
#include "ctrl/ctrl.h"

static void notify(struct znvme_ctrl *ctrl)
{
	const uint64_t one = 1;

	if (write(ctrl->notify_fd, &one, sizeof(one)) < 0)
		return; /* full is readable, too */
}

static void unnotify(struct znvme_ctrl *ctrl)
{
	uint64_t count;

	if (read(ctrl->notify_fd, &count, sizeof(count)) < 0)
		return; /* nothing to read */
}

/* Errors and health are worth a warning; that something changed or was done is news. */
static enum znvme_log_level event_level(enum znvme_event_kind kind, uint32_t dword0)
{
	uint64_t type = znvme_field_get(ZNVME_AER_TYPE, dword0);

	if (kind == ZNVME_EVENT_RESET ||
	    (kind == ZNVME_EVENT_ASYNC && type >= ZNVME_AER_TYPE_NOTICE &&
	     type <= ZNVME_AER_TYPE_IO))
		return ZNVME_LEVEL_INFO;
	return ZNVME_LEVEL_WARNING;
}

void event_push(struct znvme_ctrl *ctrl, enum znvme_event_kind kind, uint32_t dword0,
		uint32_t dword1, const char *format, ...)
{
	struct znvme_event event = {.kind = kind, .dword0 = dword0, .dword1 = dword1};
	va_list args;

	va_start(args, format);
	vsnprintf(event.message, sizeof(event.message), format, args);
	va_end(args);
	ctrl_log(ctrl, event_level(kind, dword0), "%s", event.message);

	pthread_mutex_lock(&ctrl->events_lock);
	if (ctrl->nr_events == MAX_EVENTS)
		ctrl->lost_events++;
	else
		ctrl->events[(ctrl->first_event + ctrl->nr_events++) % MAX_EVENTS] = event;
	notify(ctrl);
	pthread_mutex_unlock(&ctrl->events_lock);
}

/* The oldest event; what was lost is told when the ring is empty. */
static bool event_pop(struct znvme_ctrl *ctrl, struct znvme_event *event)
{
	bool found = true;

	pthread_mutex_lock(&ctrl->events_lock);
	if (ctrl->nr_events) {
		*event = ctrl->events[ctrl->first_event];
		ctrl->first_event = (ctrl->first_event + 1) % MAX_EVENTS;
		ctrl->nr_events--;
	} else if (ctrl->lost_events) {
		*event =
			(struct znvme_event){.kind = ZNVME_EVENT_LOST, .dword0 = ctrl->lost_events};
		snprintf(event->message, sizeof(event->message),
			 "%u events were lost: nobody fetched them", ctrl->lost_events);
		ctrl->lost_events = 0;
	} else {
		found = false;
	}
	if (!ctrl->nr_events && !ctrl->lost_events)
		unnotify(ctrl);
	pthread_mutex_unlock(&ctrl->events_lock);
	return found;
}

void event_async(struct znvme_ctrl *ctrl, const struct znvme_cpl *cpl)
{
	uint32_t dword0 = (uint32_t)cpl->result;

	ctrl->aers_out--;
	if (cpl->status) {
		/* Not armed again: a controller that refuses one would refuse the next. */
		ctrl->nr_aers = ctrl->aers_out;
		ctrl_log(ctrl, ZNVME_LEVEL_WARNING, "Asynchronous Event Request: %s",
			 znvme_strerror(cpl->status));
		return;
	}
	if (znvme_field_get(ZNVME_AER_TYPE, dword0) == ZNVME_AER_TYPE_NOTICE &&
	    znvme_field_get(ZNVME_AER_INFO, dword0) == ZNVME_AER_NOTICE_NS)
		namespaces_doubt(ctrl);
	event_push(ctrl, ZNVME_EVENT_ASYNC, dword0, (uint32_t)(cpl->result >> 32),
		   "asynchronous event: type %u, information 0x%02x, log page 0x%02x",
		   (unsigned)znvme_field_get(ZNVME_AER_TYPE, dword0),
		   (unsigned)znvme_field_get(ZNVME_AER_INFO, dword0),
		   (unsigned)znvme_field_get(ZNVME_AER_LID, dword0));
}

/* Ask for all critical warnings, and for the notices that the controller offers. */
int events_configure(struct znvme_ctrl *ctrl)
{
	const uint32_t notices = ZNVME_CTRL_OAES_NS | ZNVME_CTRL_OAES_FW | ZNVME_CTRL_OAES_ANA |
				 ZNVME_CTRL_OAES_PLM | ZNVME_CTRL_OAES_LBA_STATUS |
				 ZNVME_CTRL_OAES_ENDURANCE | ZNVME_CTRL_OAES_SHUTDOWN |
				 ZNVME_CTRL_OAES_TEMP_HYST | ZNVME_CTRL_OAES_ALLOC_NS |
				 ZNVME_CTRL_OAES_ZONE;
	const uint32_t telemetry =
		ctrl->id.lpa & ZNVME_CTRL_LPA_TELEMETRY ? ZNVME_FEAT_AEC_TELEMETRY : 0;
	struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_SET_FEATURES,
		.cdw10 = ZNVME_FEAT_ASYNC_EVENT,
		.cdw11 = ZNVME_FEAT_AEC_SMART | telemetry | (ctrl->id.oaes & notices),
	};
	int rc = admin_exec(ctrl, "Set Features, Asynchronous Event Configuration", &cmd, NULL, 0,
			    NULL, 0);

	/* One entry stays free for commands, and one always is. */
	ctrl->nr_aers = MIN(MAX_AERS, MIN(ctrl->id.aerl + 1u, ctrl->options.admin_queue_size - 2));
	/* A controller without it still sends the events that it cannot mask. */
	return rc > 0 ? 0 : rc;
}

void events_arm(struct znvme_ctrl *ctrl)
{
	struct znvme_queue *queue = &ctrl->admin->hot;
	struct znvme_sqe *sqe;

	while (!ctrl->failed && ctrl->aers_out < ctrl->nr_aers) {
		sqe = znvme_get_sqe(queue, aer_cookie(ctrl));
		if (!sqe)
			break;
		uint16_t cid = sqe->cid;

		*sqe = (struct znvme_sqe){.opcode = ZNVME_ADM_ASYNC_EVENT, .cid = cid};
		ctrl->aers_out++;
	}
	znvme_submit(queue);
}

static void look_for_request(struct znvme_ctrl *ctrl)
{
	uint64_t count;

	/* The host repeats itself; once is told. */
	if (ctrl->dev->request_fd < 0 ||
	    read(ctrl->dev->request_fd, &count, sizeof(count)) != sizeof(count) ||
	    ctrl->request_seen)
		return;
	ctrl->request_seen = true;
	event_push(ctrl, ZNVME_EVENT_DEVICE_REQUEST, 0, 0,
		   "the host wants the device back: close it");
}

/* The admin queue's vector is watched by its edges, since others read or share its eventfd. */
static void take_edges(struct znvme_ctrl *ctrl)
{
	struct epoll_event events[3];

	if (ctrl->epoll_fd >= 0)
		epoll_wait(ctrl->epoll_fd, events, ARRAY_SIZE(events), 0);
}

/* Log pages that events name, and how much of each is read; 512 bytes of all others. */
static const struct {
	uint8_t lid;
	uint8_t csi;
	bool rae; /* to be acknowledged by who takes all of it: what it tells of goes with that */
	uint16_t len;
} event_logs[] = {
	{ZNVME_LOG_ERROR, 0, false, EVENT_LOG_SIZE},
	{ZNVME_LOG_CHANGED_NS, 0, false, EVENT_LOG_SIZE},
	{ZNVME_LOG_CHANGED_ALLOC_NS, 0, false, EVENT_LOG_SIZE},
	{ZNVME_LOG_TELEMETRY_CTRL, 0, true, sizeof(struct znvme_telemetry_log)},
	{ZNVME_LOG_PLM_AGGREGATE, 0, false, EVENT_LOG_SIZE},
	{ZNVME_LOG_ANA, 0, false, EVENT_LOG_SIZE},
	{ZNVME_LOG_LBA_STATUS, 0, false, EVENT_LOG_SIZE},
	{ZNVME_LOG_ENDURANCE_EVENT, 0, false, EVENT_LOG_SIZE},
	{ZNVME_LOG_RESERVATION, 0, false, sizeof(struct znvme_resv_log)},
	{ZNVME_LOG_CHANGED_ZONES, ZNVME_CSI_ZNS, false, EVENT_LOG_SIZE},
};

/* What dword 1 says is the namespace where the log page is one's of its own. */
static void read_event_log(struct znvme_ctrl *ctrl, struct znvme_event *event)
{
	struct znvme_get_log_args args = {
		.lid = (uint8_t)znvme_field_get(ZNVME_AER_LID, event->dword0)};
	uint32_t len = 512;

	if (args.lid == ZNVME_LOG_CHANGED_ZONES)
		args.nsid = event->dword1;
	for (size_t i = 0; i < ARRAY_SIZE(event_logs); i++) {
		if (event_logs[i].lid != args.lid)
			continue;
		args.csi = event_logs[i].csi;
		args.rae = event_logs[i].rae;
		len = event_logs[i].len;
	}
	if (!args.lid || ctrl->failed || admin_get_log(ctrl, &args, ctrl->event_log, len))
		return;
	event->log = ctrl->event_log;
	event->log_len = len;
}

int znvme_next_event(struct znvme_ctrl *ctrl, struct znvme_event *event)
{
	int rc = ctrl_enter(ctrl);
	bool found;

	if (rc)
		return rc;
	take_edges(ctrl);
	look_for_request(ctrl);
	if (!ctrl->failed && ctrl->admin) {
		rc = ctrl_health(ctrl);
		if (rc)
			ctrl_fail(ctrl, rc);
		else
			admin_poll(ctrl);
	}
	found = event_pop(ctrl, event);
	if (found && event->kind == ZNVME_EVENT_ASYNC)
		read_event_log(ctrl, event);
	/* Among those that were lost may have been one. */
	if (found && (event->kind == ZNVME_EVENT_ASYNC || event->kind == ZNVME_EVENT_LOST))
		events_arm(ctrl);
	ctrl_leave(ctrl);
	return found;
}

static int watch(int epoll_fd, int fd, uint32_t how)
{
	struct epoll_event event = {.events = EPOLLIN | how};

	return fd < 0 ? 0 : epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

int znvme_dispatch_events(struct znvme_ctrl *ctrl,
			  void (*fn)(void *arg, const struct znvme_event *event), void *arg)
{
	struct znvme_event event;
	int n = 0, rc;

	/* No more than there can be at a time: a controller that never stops does not keep us here.
	 */
	while (n < (int)(MAX_EVENTS + 1)) {
		rc = znvme_next_event(ctrl, &event);
		if (rc <= 0)
			return rc ? rc : n;
		fn(arg, &event);
		n++;
	}
	return n;
}

int znvme_event_fd(struct znvme_ctrl *ctrl)
{
	int rc = ctrl_enter(ctrl), fd;

	if (rc)
		return rc;
	if (!ctrl->nr_vectors)
		rc = znvme_fail(-EOPNOTSUPP,
				"%s: no interrupts: call znvme_next_event() now and then",
				ctrl->dev->address);
	if (!rc && ctrl->epoll_fd < 0) {
		fd = epoll_create1(EPOLL_CLOEXEC);
		if (fd < 0 || watch(fd, ctrl->eventfds[0], EPOLLET) ||
		    watch(fd, ctrl->notify_fd, 0) || watch(fd, ctrl->dev->request_fd, 0)) {
			rc = znvme_fail(-errno, "epoll: %s", strerror(errno));
			if (fd >= 0)
				close(fd);
		} else {
			ctrl->epoll_fd = fd;
		}
	}
	fd = ctrl->epoll_fd;
	ctrl_leave(ctrl);
	return rc ? rc : fd;
}
