/* SPDX-License-Identifier: MIT */
/*
 * The admin queue: one command at a time under the controller's lock, and the public admin commands
 * (Base 2.1, section 5.1).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/cmd.h"
#include "znvme/names.h"

/* How often a wait for an admin command looks at CSTS. */
#define HEALTH_PERIOD_MS 100
/* How often one that is watched by its user is looked for, at least. */
#define WATCH_PERIOD_MS 50u

struct admin_wait {
	bool done;
	int status;
	uint64_t result;
};

int admin_create(struct znvme_ctrl *ctrl)
{
	unsigned dstrd = (unsigned)znvme_field_get(ZNVME_CAP_DSTRD, ctrl->cap);
	unsigned size = ctrl->options.admin_queue_size;
	int rc = queue_init(&ctrl->domain, 0, size, dstrd, NULL, 0, &ctrl->admin);

	if (rc)
		return rc;
	ctrl->admin->care = &admin_queue_care;
	ctrl->admin->owner = ctrl;
	if (ctrl->nr_vectors)
		rc = queue_listen(ctrl->admin, ctrl->eventfds[0], ctrl->nr_vectors == 1);
	if (rc)
		return rc;
	return domain_alloc(&ctrl->domain, ADMIN_BUFFER_SIZE, &ctrl->buffer);
}

void *aer_cookie(struct znvme_ctrl *ctrl)
{
	return &ctrl->aers_out;
}

/* Hand completions to whom they belong. One without user data was given up: nobody waits. */
static void dispatch(struct znvme_ctrl *ctrl, const struct znvme_cpl *cpls, int n)
{
	for (int i = 0; i < n; i++) {
		struct admin_wait *wait = cpls[i].data;

		if (cpls[i].data == aer_cookie(ctrl)) {
			event_async(ctrl, &cpls[i]);
		} else if (wait) {
			wait->done = true;
			wait->status = cpls[i].status;
			wait->result = cpls[i].result;
		}
	}
}

void admin_poll(struct znvme_ctrl *ctrl)
{
	struct znvme_cpl cpls[8];
	int n;

	while ((n = znvme_reap(&ctrl->admin->hot, cpls, ARRAY_SIZE(cpls))) > 0)
		dispatch(ctrl, cpls, n);
}

/* Hand the command to the controller; `wait` learns of its end. `cmd` has its data pointer. */
static int start(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd,
		 struct admin_wait *wait)
{
	struct znvme_queue *queue = &ctrl->admin->hot;
	struct znvme_sqe *sqe = znvme_get_sqe(queue, wait);
	uint16_t cid;

	if (!sqe)
		return znvme_fail(-EBUSY, "%s: the admin queue is full", name);
	cid = sqe->cid;
	*sqe = *cmd;
	sqe->cid = cid;
	znvme_submit(queue);
	return 0;
}

/* One look for the command's end, up to `slice` ms long; an error where it will not come. */
static int look(struct znvme_ctrl *ctrl, const char *name, struct admin_wait *wait, int slice,
		uint64_t deadline)
{
	struct znvme_cpl cpls[8];
	int rc;

	dispatch(ctrl, cpls, znvme_wait(&ctrl->admin->hot, cpls, ARRAY_SIZE(cpls), slice));
	if (wait->done)
		return 0;
	rc = ctrl_health(ctrl);
	if (!rc && now_ms() >= deadline)
		rc = znvme_fail(-ETIMEDOUT,
				"%s: no answer in time; the controller must be reset before it is "
				"used again",
				name);
	return rc;
}

static int outcome(const char *name, const struct admin_wait *wait, uint64_t *result)
{
	if (result)
		*result = wait->result;
	if (wait->status > 0)
		return znvme_fail(wait->status, "%s: %s", name, znvme_strerror(wait->status));
	return wait->status;
}

/* Submit and wait. `vital`: the controller fails with the command. */
static int exec_and_wait(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd,
			 bool vital, uint64_t *result, unsigned timeout_ms)
{
	struct admin_wait wait = {0};
	uint64_t deadline = now_ms() + (timeout_ms ? timeout_ms : ctrl->options.admin_timeout_ms);
	int rc = start(ctrl, name, cmd, &wait);

	while (!rc && !wait.done) {
		uint64_t now = now_ms();
		int slice =
			now < deadline ? (int)MIN(deadline - now, (uint64_t)HEALTH_PERIOD_MS) : 0;

		rc = look(ctrl, name, &wait, slice, deadline);
		if (!rc)
			continue;
		queue_forget(ctrl->admin, &wait);
		if (vital)
			ctrl_fail(ctrl, rc);
	}
	return rc ? rc : outcome(name, &wait, result);
}

static int check_alive(struct znvme_ctrl *ctrl, const char *name)
{
	if (!ctrl->admin)
		return znvme_fail(-EOPNOTSUPP, "%s: the controller was opened to stay disabled",
				  name);
	if (!ctrl->failed)
		return 0;
	return znvme_fail(ctrl->failed, "%s: the controller has failed: %s", name,
			  znvme_strerror(ctrl->failed));
}

int admin_ready(struct znvme_ctrl *ctrl, const char *name)
{
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = check_alive(ctrl, name);
	ctrl_leave(ctrl);
	return rc;
}

int admin_exec_queue(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd,
		     uint64_t *result)
{
	int rc = check_alive(ctrl, name);

	return rc ? rc : exec_and_wait(ctrl, name, cmd, true, result, 0);
}

int admin_try(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd,
	      unsigned timeout_ms)
{
	int rc = check_alive(ctrl, name);

	return rc ? rc : exec_and_wait(ctrl, name, cmd, false, NULL, timeout_ms);
}

/* The controller's lock is held; the command ends, fails, or goes with a reset meanwhile. */
static int watched_step(struct znvme_ctrl *ctrl, const char *name, struct admin_wait *wait,
			unsigned resets, uint64_t deadline)
{
	int rc;

	if (ctrl->failed) {
		queue_forget(ctrl->admin, wait);
		return check_alive(ctrl, name);
	}
	if (resets != ctrl->resets)
		return wait->done ? 0
				  : znvme_fail(-ECANCELED, "%s: the controller was reset", name);
	rc = look(ctrl, name, wait, 0, deadline);
	if (rc) {
		queue_forget(ctrl->admin, wait);
		ctrl_fail(ctrl, rc);
	}
	return rc;
}

int admin_exec_watched(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd,
		       unsigned timeout_ms, bool (*watch)(void *arg), void *arg)
{
	struct admin_wait wait = {0};
	uint64_t deadline = now_ms() + (timeout_ms ? timeout_ms : ctrl->options.admin_timeout_ms);
	unsigned pause_ms = 1, resets;
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	resets = ctrl->resets;
	rc = check_alive(ctrl, name);
	if (!rc)
		rc = start(ctrl, name, cmd, &wait);
	while (!rc && !wait.done) {
		rc = watched_step(ctrl, name, &wait, resets, deadline);
		if (rc || wait.done)
			break;
		ctrl_leave(ctrl);
		sleep_us(pause_ms * 1000);
		pause_ms = MIN(pause_ms * 2, WATCH_PERIOD_MS);
		if (!watch(arg))
			rc = znvme_fail(-ECANCELED, "%s: not waited for any longer", name);
		ctrl_enter(ctrl);
		if (!rc || resets != ctrl->resets || wait.done)
			continue;
		queue_forget(ctrl->admin, &wait);
		ctrl_fail(ctrl, rc);
	}
	if (!rc)
		rc = outcome(name, &wait, NULL);
	ctrl_leave(ctrl);
	return rc;
}

int admin_exec(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd, void *data,
	       size_t len, uint64_t *result, unsigned timeout_ms)
{
	enum znvme_data_direction direction = znvme_opcode_direction(cmd->opcode);
	struct znvme_region *region = ctrl->buffer;
	struct znvme_sqe sqe = *cmd;
	int rc = check_alive(ctrl, name);

	if (rc)
		return rc;
	if (len && !data)
		return znvme_fail(-EFAULT, "%s: no buffer for %zu bytes", name, len);
	if (len > ctrl->max_transfer || len % 4)
		return znvme_fail(
			-EINVAL,
			"%s: %zu bytes: a command moves a multiple of 4 bytes, at most %llu", name,
			len, (unsigned long long)ctrl->max_transfer);
	sqe.flags &= (uint8_t)~ZNVME_SQE_PSDT;
	sqe.dptr.prp.prp1 = 0;
	sqe.dptr.prp.prp2 = 0;
	if (!len)
		return exec_and_wait(ctrl, name, &sqe, true, result, timeout_ms);

	if (len > region->len) {
		rc = domain_alloc(&ctrl->domain, len, &region);
		if (rc)
			return rc;
	}
	/* A length in the command that is beyond `len` finds nothing of earlier commands. */
	memset((char *)region->addr + len, 0, MIN(region->len - len, ZNVME_PAGE_SIZE));
	if (direction & ZNVME_DATA_TO_CTRL)
		memcpy(region->addr, data, len);
	else
		memset(region->addr, 0, len);
	rc = znvme_sqe_set_buffer(&sqe, region, region->addr, len);
	if (!rc)
		rc = exec_and_wait(ctrl, name, &sqe, true, result, timeout_ms);
	/* Opcodes of vendors that move data and do not say which way are taken for this one. */
	if (rc == 0 && direction != ZNVME_DATA_TO_CTRL)
		memcpy(data, region->addr, len);
	/* A command that was given up may still write: its memory stays until the controller is
	 * off. */
	if (region != ctrl->buffer && !ctrl->failed)
		domain_free(&ctrl->domain, region);
	return rc;
}

static bool is_reserved(const struct znvme_sqe *cmd)
{
	static const uint8_t reserved[] = {ZNVME_ADM_DELETE_SQ,	  ZNVME_ADM_CREATE_SQ,
					   ZNVME_ADM_DELETE_CQ,	  ZNVME_ADM_CREATE_CQ,
					   ZNVME_ADM_ASYNC_EVENT, ZNVME_ADM_DBBUF};

	/* The buffer's memory is ours to give; a queue's must outlast the command. */
	if (cmd->opcode == ZNVME_ADM_SET_FEATURES)
		return (cmd->cdw10 & ZNVME_FEATURES_FID) == ZNVME_FEAT_HMB;
	if (cmd->opcode == ZNVME_ADM_CONTROLLER_DATA_QUEUE)
		return (cmd->cdw10 & ZNVME_CDQ_SEL) != ZNVME_CDQ_DELETE;
	return memchr(reserved, cmd->opcode, sizeof(reserved));
}

/* What is known of namespaces may be wrong after such a command. */
static bool changes_namespaces(const struct znvme_sqe *cmd)
{
	static const uint8_t changing[] = {ZNVME_ADM_NS_MANAGEMENT, ZNVME_ADM_NS_ATTACH,
					   ZNVME_ADM_FORMAT_NVM, ZNVME_ADM_CAPACITY_MGMT};

	if (cmd->opcode == ZNVME_ADM_SET_FEATURES)
		return (cmd->cdw10 & ZNVME_FEATURES_FID) == ZNVME_FEAT_WRITE_PROTECT;
	return memchr(changing, cmd->opcode, sizeof(changing));
}

int znvme_admin(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd, void *data, size_t len,
		uint64_t *result, unsigned timeout_ms)
{
	const char *name = znvme_opcode_name(true, cmd->opcode);
	char number[32];
	int rc;

	if (!name) {
		snprintf(number, sizeof(number), "admin command 0x%02x", cmd->opcode);
		name = number;
	}
	if (is_reserved(cmd))
		return znvme_fail(-EPERM, "%s: the driver's own command", name);
	rc = ctrl_enter(ctrl);
	if (rc)
		return rc;
	rc = admin_exec(ctrl, name, cmd, data, len, result, timeout_ms);
	if (changes_namespaces(cmd)) /* whatever it says that it has not done */
		namespaces_doubt(ctrl);
	ctrl_leave(ctrl);
	return rc;
}

int admin_identify(struct znvme_ctrl *ctrl, uint8_t cns, uint32_t nsid, uint16_t cntid, uint8_t csi,
		   uint16_t cnssi, void *data)
{
	struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_IDENTIFY,
		.nsid = nsid,
		.cdw10 = (uint32_t)(znvme_field_put(ZNVME_IDENTIFY_CNS, cns) |
				    znvme_field_put(ZNVME_IDENTIFY_CNTID, cntid)),
		.cdw11 = (uint32_t)(znvme_field_put(ZNVME_IDENTIFY_CNSSI, cnssi) |
				    znvme_field_put(ZNVME_IDENTIFY_CSI, csi)),
	};

	return admin_exec(ctrl, "Identify", &cmd, data, ZNVME_IDENTIFY_SIZE, NULL, 0);
}

int znvme_identify(struct znvme_ctrl *ctrl, uint8_t cns, uint32_t nsid, uint16_t cntid, uint8_t csi,
		   uint16_t cnssi, void *data)
{
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = admin_identify(ctrl, cns, nsid, cntid, csi, cnssi, data);
	ctrl_leave(ctrl);
	return rc;
}

int admin_get_log(struct znvme_ctrl *ctrl, const struct znvme_get_log_args *args, void *data,
		  size_t len)
{
	uint32_t numd = (uint32_t)(len / 4 - 1);
	struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_GET_LOG_PAGE,
		.nsid = args->nsid ? args->nsid : ZNVME_NSID_ALL,
		.cdw10 = (uint32_t)(znvme_field_put(ZNVME_GET_LOG_LID, args->lid) |
				    znvme_field_put(ZNVME_GET_LOG_LSP, args->lsp) |
				    znvme_field_put(ZNVME_GET_LOG_RAE, args->rae) |
				    znvme_field_put(ZNVME_GET_LOG_NUMDL, numd & 0xffff)),
		.cdw11 = (uint32_t)(znvme_field_put(ZNVME_GET_LOG_NUMDU, numd >> 16) |
				    znvme_field_put(ZNVME_GET_LOG_LSI, args->lsi)),
		.cdw12 = (uint32_t)args->offset,
		.cdw13 = (uint32_t)(args->offset >> 32),
		.cdw14 = (uint32_t)(znvme_field_put(ZNVME_GET_LOG_CSI, args->csi) |
				    znvme_field_put(ZNVME_GET_LOG_UUIDX, args->uuidx)),
	};

	return admin_exec(ctrl, "Get Log Page", &cmd, data, len, NULL, 0);
}

/* The parameter for the pieces behind the first: what it has the controller do is done once. */
static uint8_t further_lsp(const struct znvme_get_log_args *args)
{
	if (args->lid == ZNVME_LOG_TELEMETRY_HOST)
		return args->lsp & (uint8_t)~ZNVME_TELEMETRY_LSP_CREATE;
	if (args->lid == ZNVME_LOG_PERSISTENT_EVENT && args->lsp == ZNVME_PEL_ESTABLISH)
		return ZNVME_PEL_READ;
	return args->lsp;
}

/* The most of one command; `lock` is held. */
static int log_piece(struct znvme_ctrl *ctrl, const struct znvme_get_log_args *args, size_t len,
		     size_t *piece)
{
	int rc = check_alive(ctrl, "Get Log Page");

	if (rc)
		return rc;
	*piece = (size_t)MIN(ctrl->max_transfer, ADMIN_BUFFER_SIZE);
	if (ctrl->id.lpa & ZNVME_CTRL_LPA_EXTENDED || (!args->offset && len <= *piece))
		return 0;
	return znvme_fail(-EMSGSIZE,
			  "Get Log Page: the controller takes no offsets: %zu bytes from the start "
			  "are the most",
			  *piece);
}

int znvme_get_log(struct znvme_ctrl *ctrl, const struct znvme_get_log_args *args, void *data,
		  size_t len)
{
	struct znvme_get_log_args part = *args;
	int rc;

	if (!len || len % 4 || args->offset % 4)
		return znvme_fail(-EINVAL,
				  "Get Log Page: length %zu and offset %llu must be multiples of "
				  "4, and the length not 0",
				  len, (unsigned long long)args->offset);
	/* The lock is free between the pieces: a log can be long, and the controller slow. */
	for (size_t piece = 0, done = 0; done < len; done += piece) {
		size_t n;

		if (done)
			ctrl_let_others(ctrl);
		rc = ctrl_enter(ctrl);
		if (rc)
			return rc;
		rc = log_piece(ctrl, args, len, &piece);
		n = MIN(piece, len - done);
		part.offset = args->offset + done;
		/* Only the last piece clears the event, or the log could change under the others.
		 */
		part.rae = args->rae || done + n < len;
		if (!rc)
			rc = admin_get_log(ctrl, &part, (char *)data + done, n);
		part.lsp = further_lsp(args);
		ctrl_leave(ctrl);
		if (rc)
			return rc;
	}
	return 0;
}
