/* SPDX-License-Identifier: MIT */
/* Reservations as blocking calls (Base 2.1, sections 7.5 to 7.8). See <znvme/resv.h>. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/io.h"
#include "znvme/resv.h"

#define FIRST_ENTRIES 16u /* registered controllers that the first report has room for */

/*
 * A host that takes dispersed namespaces has to say that it takes their reservations, too: they are
 * nothing special here (controllers of other subsystems are FFFDh, section 8.1.9.6). The bit is
 * reserved in what older controllers take, so it comes where it is asked for.
 */
static int exec(const struct znvme_ns *ns, struct znvme_sqe *cmd, void *data, size_t len)
{
	int rc = znvme_io_exec(ns->ctrl, cmd, data, len, NULL, 0, NULL, 0);

	if (rc <= 0 || (rc & (int)ZNVME_STATUS_CODE) != ZNVME_SC_NS_DISPERSED)
		return rc;
	if (cmd->opcode == ZNVME_CMD_RESV_REPORT)
		cmd->cdw11 |= ZNVME_RESV_REPORT_DISNSRS;
	else
		cmd->cdw10 |= ZNVME_RESV_DISNSRS;
	return znvme_io_exec(ns->ctrl, cmd, data, len, NULL, 0, NULL, 0);
}

static int send(const struct znvme_ns *ns, uint8_t opcode, uint64_t cdw10, void *data, size_t len)
{
	struct znvme_sqe cmd = {.opcode = opcode, .nsid = ns->nsid, .cdw10 = (uint32_t)cdw10};

	return exec(ns, &cmd, data, len);
}

int znvme_resv_register(const struct znvme_ns *ns, enum znvme_resv_register action, uint64_t crkey,
			uint64_t nrkey, bool ignore_key, enum znvme_resv_cptpl cptpl)
{
	struct znvme_resv_register_data data = {.crkey = crkey, .nrkey = nrkey};

	return send(ns, ZNVME_CMD_RESV_REGISTER,
		    znvme_field_put(ZNVME_RESV_ACTION, action) |
			    znvme_field_put(ZNVME_RESV_IEKEY, ignore_key) |
			    znvme_field_put(ZNVME_RESV_CPTPL, cptpl),
		    &data, sizeof(data));
}

int znvme_resv_acquire(const struct znvme_ns *ns, enum znvme_resv_acquire action,
		       enum znvme_resv_type type, uint64_t crkey, uint64_t prkey)
{
	struct znvme_resv_acquire_data data = {.crkey = crkey, .prkey = prkey};

	return send(ns, ZNVME_CMD_RESV_ACQUIRE,
		    znvme_field_put(ZNVME_RESV_ACTION, action) |
			    znvme_field_put(ZNVME_RESV_RTYPE, type),
		    &data, sizeof(data));
}

int znvme_resv_release(const struct znvme_ns *ns, enum znvme_resv_release action,
		       enum znvme_resv_type type, uint64_t crkey)
{
	struct znvme_resv_release_data data = {.crkey = crkey};

	return send(ns, ZNVME_CMD_RESV_RELEASE,
		    znvme_field_put(ZNVME_RESV_ACTION, action) |
			    znvme_field_put(ZNVME_RESV_RTYPE, type),
		    &data, sizeof(data));
}

/* A report in one of its two formats. */
struct report {
	bool extended;
	size_t head; /* bytes before the first entry */
	size_t entry;
	char *data;
	unsigned room; /* entries */
};

static unsigned nr_entries(const struct report *report)
{
	const struct znvme_resv_status *head = (const void *)report->data;

	return head->regctl[0] | (unsigned)head->regctl[1] << 8;
}

static int fetch(const struct znvme_ns *ns, struct report *report, unsigned room)
{
	size_t len = report->head + room * report->entry;
	struct znvme_sqe cmd = {
		.opcode = ZNVME_CMD_RESV_REPORT,
		.nsid = ns->nsid,
		.cdw10 = (uint32_t)(len / 4 - 1),
		.cdw11 = report->extended ? ZNVME_RESV_REPORT_EDS : 0,
	};
	char *data;

	if (len > ns->ctrl->max_transfer)
		return znvme_fail(-EMSGSIZE,
				  "the controller tells of %u hosts, more than one command carries",
				  room);
	data = realloc(report->data, len);
	if (!data)
		return znvme_fail(-ENOMEM, "no memory for a report of %u hosts", room);
	report->data = data;
	report->room = room;
	return exec(ns, &cmd, data, len);
}

/* All of it, in the format that there is. */
static int fetch_report(const struct znvme_ns *ns, struct report *report, bool extended)
{
	int rc;

	report->extended = extended;
	report->head =
		extended ? sizeof(struct znvme_resv_status_ext) : sizeof(struct znvme_resv_status);
	report->entry =
		extended ? sizeof(struct znvme_resv_ctrl_ext) : sizeof(struct znvme_resv_ctrl);
	rc = fetch(ns, report, FIRST_ENTRIES);
	if (!rc && nr_entries(report) > report->room)
		rc = fetch(ns, report, nr_entries(report));
	return rc;
}

static struct znvme_registrant get_entry(const struct report *report, unsigned i)
{
	const char *at = report->data + report->head + i * report->entry;
	struct znvme_registrant registrant = {0};

	if (report->extended) {
		const struct znvme_resv_ctrl_ext *entry = (const void *)at;

		memcpy(registrant.host_id, entry->hostid, sizeof(entry->hostid));
		registrant.key = entry->rkey;
		registrant.cntlid = entry->cntlid;
		registrant.holder = entry->rcsts & ZNVME_RESV_RCSTS_HOLDER;
	} else {
		const struct znvme_resv_ctrl *entry = (const void *)at;

		memcpy(registrant.host_id, &entry->hostid, sizeof(entry->hostid));
		registrant.key = entry->rkey;
		registrant.cntlid = entry->cntlid;
		registrant.holder = entry->rcsts & ZNVME_RESV_RCSTS_HOLDER;
	}
	return registrant;
}

static int decode(const struct report *report, struct znvme_reservation *reservation,
		  struct znvme_registrant *list, unsigned max)
{
	const struct znvme_resv_status *head = (const void *)report->data;

	if (head->rtype > ZNVME_RESV_EXCLUSIVE_ACCESS_ALL)
		return znvme_fail(-EPROTO, "a reservation of type %u: there is none such",
				  head->rtype);
	*reservation = (struct znvme_reservation){
		.generation = head->gen,
		.type = (enum znvme_resv_type)head->rtype,
		.persistent = head->ptpls & 1,
		.nr_registrants = nr_entries(report),
	};
	/* One that came between two reports is not in this one. */
	if (reservation->nr_registrants > report->room && max > report->room)
		reservation->nr_registrants = report->room;
	for (unsigned i = 0; i < MIN(MIN(max, reservation->nr_registrants), report->room); i++)
		list[i] = get_entry(report, i);
	return 0;
}

int znvme_resv_report(const struct znvme_ns *ns, struct znvme_reservation *reservation,
		      struct znvme_registrant *list, unsigned max)
{
	bool extended = ns->ctrl->id.ctratt & ZNVME_CTRL_CTRATT_128_BIT_HOSTID;
	struct report report = {0};
	int rc = fetch_report(ns, &report, extended);

	if (rc > 0 && (rc & (int)ZNVME_STATUS_CODE) == ZNVME_SC_HOSTID_FORMAT)
		rc = fetch_report(ns, &report, !extended);
	if (!rc)
		rc = decode(&report, reservation, list, max);
	free(report.data);
	return rc;
}
