/* SPDX-License-Identifier: MIT */
/* Streams and reclaim unit handles as blocking calls. See <znvme/place.h>. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/admin.h"
#include "znvme/io.h"
#include "znvme/place.h"

/* ---- streams ------------------------------------------------------------------------------- */

/* Of the type Streams, unless the operation is to enable them. */
static int directive(const struct znvme_ns *ns, uint8_t opcode, enum znvme_directive_type type,
		     uint64_t oper, uint16_t specific, uint32_t cdw12, void *data, size_t len,
		     uint64_t *result)
{
	const struct znvme_sqe cmd = {
		.opcode = opcode,
		.nsid = ns->nsid,
		.cdw10 = len ? (uint32_t)(len / 4 - 1) : 0,
		.cdw11 = (uint32_t)(znvme_field_put(ZNVME_DIRECTIVE_DOPER, oper) |
				    znvme_field_put(ZNVME_DIRECTIVE_DTYPE, type) |
				    znvme_field_put(ZNVME_DIRECTIVE_DSPEC, specific)),
		.cdw12 = cdw12,
	};

	int rc = znvme_admin_check(ns->ctrl, &cmd);

	return rc ? rc : znvme_admin(ns->ctrl, &cmd, data, len, result, 0);
}

int znvme_streams_enable(const struct znvme_ns *ns, bool on)
{
	uint32_t cdw12 = (uint32_t)znvme_field_put(ZNVME_DIRECTIVE_TDT, ZNVME_DIRECTIVE_STREAMS);

	return directive(ns, ZNVME_ADM_DIRECTIVE_SEND, ZNVME_DIRECTIVE_IDENTIFY,
			 ZNVME_DIRECTIVE_SEND_ENABLE, 0, cdw12 | (on ? ZNVME_DIRECTIVE_ENDIR : 0),
			 NULL, 0, NULL);
}

int znvme_streams_params(const struct znvme_ns *ns, struct znvme_streams_params *params)
{
	return directive(ns, ZNVME_ADM_DIRECTIVE_RECV, ZNVME_DIRECTIVE_STREAMS,
			 ZNVME_DIRECTIVE_RECV_PARAMS, 0, 0, params, sizeof(*params), NULL);
}

int znvme_streams_allocate(const struct znvme_ns *ns, uint16_t wanted, uint16_t *granted)
{
	uint64_t result = 0;
	int rc = directive(ns, ZNVME_ADM_DIRECTIVE_RECV, ZNVME_DIRECTIVE_STREAMS,
			   ZNVME_DIRECTIVE_RECV_ALLOCATE, 0, wanted, NULL, 0, &result);

	*granted = rc ? 0 : (uint16_t)(result & ZNVME_DIRECTIVE_NSR);
	return rc;
}

int znvme_streams_free(const struct znvme_ns *ns)
{
	return directive(ns, ZNVME_ADM_DIRECTIVE_SEND, ZNVME_DIRECTIVE_STREAMS,
			 ZNVME_DIRECTIVE_SEND_FREE, 0, 0, NULL, 0, NULL);
}

int znvme_streams_release(const struct znvme_ns *ns, uint16_t id)
{
	return directive(ns, ZNVME_ADM_DIRECTIVE_SEND, ZNVME_DIRECTIVE_STREAMS,
			 ZNVME_DIRECTIVE_SEND_RELEASE, id, 0, NULL, 0, NULL);
}

int znvme_streams_status(const struct znvme_ns *ns, uint16_t *ids, unsigned max, unsigned *nr)
{
	const size_t most = (size_t)MIN(ns->ctrl->max_transfer, ADMIN_BUFFER_SIZE);
	unsigned room = (unsigned)MIN(MIN(max, 65535u), most / sizeof(uint16_t) - 2);
	size_t len = (sizeof(uint16_t) * (1 + room) + 3) & ~(size_t)3;
	uint16_t *status = calloc(1, len);
	int rc;

	if (!status)
		return znvme_fail(-ENOMEM, "no memory for a list of streams");
	rc = directive(ns, ZNVME_ADM_DIRECTIVE_RECV, ZNVME_DIRECTIVE_STREAMS,
		       ZNVME_DIRECTIVE_RECV_STATUS, 0, 0, status, len, NULL);
	if (!rc && status[0] > room && max > room)
		rc = znvme_fail(-EMSGSIZE, "%u streams are open, of which one command tells %u",
				status[0], room);
	if (!rc) {
		*nr = status[0];
		if (max)
			memcpy(ids, status + 1, MIN(*nr, room) * sizeof(*ids));
	}
	free(status);
	return rc;
}

/* ---- placement ----------------------------------------------------------------------------- */

int znvme_fdp_status(const struct znvme_ns *ns, struct znvme_fdp_ruh_status_desc *list,
		     unsigned max, unsigned *nr)
{
	const uint64_t most =
		(ns->ctrl->max_transfer - sizeof(struct znvme_fdp_ruh_status)) / sizeof(*list);
	size_t room = (size_t)MIN(MIN(max, 65535u), most);
	size_t len = sizeof(struct znvme_fdp_ruh_status) + room * sizeof(*list);
	const struct znvme_sqe cmd = {
		.opcode = ZNVME_CMD_IO_MGMT_RECV,
		.nsid = ns->nsid,
		.cdw10 = ZNVME_IO_MGMT_RUH_STATUS,
		.cdw11 = (uint32_t)(len / 4 - 1),
	};
	struct znvme_fdp_ruh_status *status;
	int rc = znvme_io_check(ns->ctrl, &cmd);

	if (rc)
		return rc;
	status = calloc(1, len);
	if (!status)
		return znvme_fail(-ENOMEM, "no memory for a list of reclaim unit handles");
	rc = znvme_io_exec(ns->ctrl, &cmd, status, len, NULL, 0, NULL, 0);
	if (!rc && status->nruhsd > room && max > room)
		rc = znvme_fail(-EMSGSIZE,
				"%u reclaim unit handles, of which one command tells %zu",
				status->nruhsd, room);
	if (!rc) {
		*nr = status->nruhsd;
		if (max)
			memcpy(list, status + 1, MIN(*nr, room) * sizeof(*list));
	}
	free(status);
	return rc;
}

int znvme_fdp_update(const struct znvme_ns *ns, const uint16_t *pids, unsigned nr)
{
	const struct znvme_sqe cmd = {
		.opcode = ZNVME_CMD_IO_MGMT_SEND,
		.nsid = ns->nsid,
		.cdw10 = ZNVME_IO_MGMT_RUH_UPDATE |
			 (uint32_t)znvme_field_put(ZNVME_IO_MGMT_MOS, nr - 1),
	};
	int rc = znvme_io_check(ns->ctrl, &cmd);

	if (rc)
		return rc;
	if (nr - 1 >= 65536)
		return znvme_fail(-EINVAL, "%u placement identifiers: 1 to 65,536", nr);
	return znvme_io_exec(ns->ctrl, &cmd, (void *)(uintptr_t)pids, nr * sizeof(*pids), NULL, 0,
			     NULL, 0);
}
