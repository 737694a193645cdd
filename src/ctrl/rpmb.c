/* SPDX-License-Identifier: MIT */
/*
 * The Replay Protected Memory Block (Base 2.1, section 8.1.21): requests and answers in frames, by
 * Security Send and Receive. See <znvme/rpmb.h>.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "hash/sha256.h"
#include "znvme/admin.h"
#include "znvme/rpmb.h"

/* The code covers what comes behind it. */
#define AUTHENTICATED offsetof(struct znvme_rpmb_frame, target)
#define FRAME	      sizeof(struct znvme_rpmb_frame)
#define DATA(len)     ((len) * (size_t)ZNVME_RPMB_SECTOR)

/* ---- frames -------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int rc;
} results[] = {
	[ZNVME_RPMB_OK] = {"Operation successful", 0},
	[ZNVME_RPMB_GENERAL_FAILURE] = {"General failure", -EREMOTEIO},
	[ZNVME_RPMB_AUTHENTICATION_FAILURE] = {"Authentication failure", -EKEYREJECTED},
	[ZNVME_RPMB_COUNTER_FAILURE] = {"Counter failure", -ESTALE},
	[ZNVME_RPMB_ADDRESS_FAILURE] = {"Address failure", -ERANGE},
	[ZNVME_RPMB_WRITE_FAILURE] = {"Write failure", -EREMOTEIO},
	[ZNVME_RPMB_READ_FAILURE] = {"Read failure", -EREMOTEIO},
	[ZNVME_RPMB_NO_KEY] = {"Authentication Key not yet programmed", -ENOKEY},
	[ZNVME_RPMB_INVALID_CONFIG] = {"Invalid RPMB Device Configuration Block", -EREMOTEIO},
};

static const char *const requests[] = {
	[ZNVME_RPMB_PROGRAM_KEY] = "programming the key",
	[ZNVME_RPMB_READ_COUNTER] = "reading the write counter",
	[ZNVME_RPMB_WRITE_DATA] = "writing data",
	[ZNVME_RPMB_READ_DATA] = "reading data",
	[ZNVME_RPMB_READ_RESULT] = "reading the result",
	[ZNVME_RPMB_WRITE_CONFIG] = "writing the Device Configuration Block",
	[ZNVME_RPMB_READ_CONFIG] = "reading the Device Configuration Block",
};

const char *znvme_rpmb_result_name(uint16_t result)
{
	unsigned status = result & ZNVME_RPMB_RESULT;

	return status < ARRAY_SIZE(results) ? results[status].name : NULL;
}

static const char *request_name(uint16_t type)
{
	return type < ARRAY_SIZE(requests) && requests[type] ? requests[type] : "a request";
}

void znvme_rpmb_mac(const struct znvme_rpmb_frame *frame, size_t len, const void *key,
		    uint8_t mac[ZNVME_RPMB_KEY_SIZE])
{
	hash_hmac_sha256(key, ZNVME_RPMB_KEY_SIZE, (const char *)frame + AUTHENTICATED,
			 len - AUTHENTICATED, mac);
}

/* In a time that does not tell where they differ. */
static bool same(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t differs = 0;

	for (size_t i = 0; i < len; i++)
		differs |= a[i] ^ b[i];
	return !differs;
}

static int check_result(const struct znvme_rpmb_frame *request,
			const struct znvme_rpmb_frame *answer)
{
	unsigned status = answer->result & ZNVME_RPMB_RESULT;
	const char *name = znvme_rpmb_result_name(answer->result);
	const char *more = "";

	if (!status)
		return 0;
	if (answer->result & ZNVME_RPMB_EXPIRED)
		more = ": the write counter is at its end, nothing can be written";
	else if (request->type == ZNVME_RPMB_PROGRAM_KEY)
		more = ": a key is programmed once; the target may have one";
	return znvme_fail(name ? results[status].rc : -EREMOTEIO, "RPMB target %u: %s: %s (%#x)%s",
			  request->target, request_name(request->type),
			  name ? name : "an unknown result", answer->result, more);
}

/* What of a success depends on the request. */
static const char *check_fields(const struct znvme_rpmb_frame *request,
				const struct znvme_rpmb_frame *answer)
{
	switch (request->type) {
	case ZNVME_RPMB_WRITE_DATA:
	case ZNVME_RPMB_WRITE_CONFIG:
		if (answer->counter != request->counter + 1)
			return "write counter";
		return answer->address == request->address ? NULL : "address";
	case ZNVME_RPMB_READ_DATA:
		if (answer->address != request->address)
			return "address";
		return answer->sectors == request->sectors ? NULL : "sector count";
	default:
		return NULL;
	}
}

int znvme_rpmb_check(const struct znvme_rpmb_frame *request, const struct znvme_rpmb_frame *answer,
		     size_t len, const void *key)
{
	uint8_t mac[ZNVME_RPMB_KEY_SIZE];
	const char *name = request_name(request->type);
	const char *wrong;
	int rc;

	if (answer->type != (uint16_t)(request->type << ZNVME_RPMB_RESPONSE_SHIFT))
		return znvme_fail(-EPROTO, "RPMB target %u: %s: the answer's type is %#x",
				  request->target, name, answer->type);
	if (answer->target != request->target)
		return znvme_fail(-EPROTO, "RPMB target %u: %s: target %u has answered",
				  request->target, name, answer->target);
	rc = check_result(request, answer);
	if (rc)
		return rc;
	if (key && request->type != ZNVME_RPMB_PROGRAM_KEY) {
		znvme_rpmb_mac(answer, len, key, mac);
		if (!same(mac, answer->mac, sizeof(mac)))
			return znvme_fail(-EBADMSG,
					  "RPMB target %u: %s: the answer's message authentication "
					  "code (MAC) is wrong: this is not the device's key, or "
					  "somebody has changed the answer",
					  request->target, name);
	}
	wrong = same(answer->nonce, request->nonce, sizeof(answer->nonce))
			? check_fields(request, answer)
			: "nonce";
	if (wrong)
		return znvme_fail(-EPROTO,
				  "RPMB target %u: %s: the answer's %s is wrong: it is none to "
				  "this request",
				  request->target, name, wrong);
	return 0;
}

/* ---- commands ------------------------------------------------------------------------------ */

static int security(struct znvme_rpmb *rpmb, uint8_t opcode, void *data, size_t len)
{
	const struct znvme_sqe cmd = znvme_admin_security(
		opcode, 0, ZNVME_SECP_NVME, ZNVME_SPSP_RPMB, rpmb->target, (uint32_t)len);

	return znvme_admin(rpmb->ctrl, &cmd, data, len, NULL, 0);
}

/* `answer` takes `answer_len` bytes. A request that changes something has its result asked for. */
static int exchange(struct znvme_rpmb *rpmb, struct znvme_rpmb_frame *request, size_t len,
		    struct znvme_rpmb_frame *answer, size_t answer_len)
{
	struct znvme_rpmb_frame result = {.target = rpmb->target, .type = ZNVME_RPMB_READ_RESULT};
	bool reads = request->type == ZNVME_RPMB_READ_COUNTER ||
		     request->type == ZNVME_RPMB_READ_DATA ||
		     request->type == ZNVME_RPMB_READ_CONFIG;
	int rc;

	request->target = rpmb->target;
	rpmb->result = ZNVME_RPMB_OK;
	if (reads &&
	    getrandom(request->nonce, sizeof(request->nonce), 0) != (ssize_t)sizeof(request->nonce))
		return znvme_fail(-errno, "no random numbers for a nonce: %s", strerror(errno));
	if (!reads && request->type != ZNVME_RPMB_PROGRAM_KEY)
		znvme_rpmb_mac(request, len, rpmb->key, request->mac);
	rc = security(rpmb, ZNVME_ADM_SECURITY_SEND, request, len);
	if (!rc && !reads)
		rc = security(rpmb, ZNVME_ADM_SECURITY_SEND, &result, sizeof(result));
	if (!rc)
		rc = security(rpmb, ZNVME_ADM_SECURITY_RECV, answer, answer_len);
	if (rc)
		return rc;
	rpmb->result = answer->result;
	return znvme_rpmb_check(request, answer, answer_len, rpmb->key);
}

void znvme_rpmb_info(struct znvme_ctrl *ctrl, struct znvme_rpmb_info *info)
{
	uint32_t rpmbs = znvme_id_ctrl(ctrl)->rpmbs;
	uint64_t room = (ctrl->max_transfer - FRAME) / ZNVME_RPMB_SECTOR;

	*info = (struct znvme_rpmb_info){0};
	info->targets = (unsigned)znvme_field_get(ZNVME_CTRL_RPMBS_NR_UNITS, rpmbs);
	if (!info->targets)
		return;
	info->method = (unsigned)znvme_field_get(ZNVME_CTRL_RPMBS_AUTH, rpmbs);
	info->size =
		(znvme_field_get(ZNVME_CTRL_RPMBS_TOTAL_SIZE, rpmbs) + 1) * ZNVME_RPMB_SIZE_UNIT;
	info->max_sectors =
		(uint32_t)MIN(znvme_field_get(ZNVME_CTRL_RPMBS_ACCESS_SIZE, rpmbs) + 1, room);
}

static int check_target(struct znvme_rpmb *rpmb, struct znvme_rpmb_info *info)
{
	const struct znvme_sqe cmd = znvme_admin_sqe(ZNVME_ADM_SECURITY_SEND, 0);

	znvme_rpmb_info(rpmb->ctrl, info);
	rpmb->result = ZNVME_RPMB_OK;
	if (!info->targets)
		return znvme_fail(-EOPNOTSUPP,
				  "the controller has no RPMB targets (RPMBS bits 2:0)");
	if (rpmb->target >= info->targets)
		return znvme_fail(-EOPNOTSUPP,
				  "the controller has no RPMB target %u: it has %u, from 0 on "
				  "(RPMBS bits 2:0)",
				  rpmb->target, info->targets);
	if (info->method)
		return znvme_fail(
			-EOPNOTSUPP,
			"the controller's RPMB targets are authenticated by a method that "
			"is not known here (RPMBS bits 5:3 are %u)",
			info->method);
	return znvme_admin_check(rpmb->ctrl, &cmd);
}

static int check_key(const struct znvme_rpmb *rpmb)
{
	return rpmb->key ? 0
			 : znvme_fail(-EINVAL, "RPMB target %u: a key is needed for that",
				      rpmb->target);
}

/* ---- the calls ----------------------------------------------------------------------------- */

int znvme_rpmb_program_key(struct znvme_rpmb *rpmb)
{
	struct znvme_rpmb_frame request = {.type = ZNVME_RPMB_PROGRAM_KEY}, answer;
	struct znvme_rpmb_info info;
	int rc = check_target(rpmb, &info);

	if (!rc)
		rc = check_key(rpmb);
	if (rc)
		return rc;
	memcpy(request.mac, rpmb->key, sizeof(request.mac));
	rc = exchange(rpmb, &request, sizeof(request), &answer, sizeof(answer));
	explicit_bzero(&request, sizeof(request));
	return rc;
}

static int read_counter(struct znvme_rpmb *rpmb, uint32_t *counter)
{
	struct znvme_rpmb_frame request = {.type = ZNVME_RPMB_READ_COUNTER}, answer;
	int rc = exchange(rpmb, &request, sizeof(request), &answer, sizeof(answer));

	if (!rc)
		*counter = answer.counter;
	return rc;
}

int znvme_rpmb_counter(struct znvme_rpmb *rpmb, uint32_t *counter)
{
	struct znvme_rpmb_info info;
	int rc = check_target(rpmb, &info);

	return rc ? rc : read_counter(rpmb, counter);
}

/* 0, or an error where there is no such part of the target. */
static int check_range(struct znvme_rpmb *rpmb, uint32_t address, uint32_t sectors,
		       struct znvme_rpmb_info *info)
{
	uint64_t all;
	int rc = check_target(rpmb, info);

	if (rc)
		return rc;
	all = info->size / ZNVME_RPMB_SECTOR;
	if (!sectors || !info->max_sectors)
		return znvme_fail(-EINVAL, "RPMB target %u: no sectors", rpmb->target);
	if (address >= all || sectors > all - address)
		return znvme_fail(-ERANGE,
				  "RPMB target %u: %u sectors from %u on: it ends with sector %llu",
				  rpmb->target, sectors, address, (unsigned long long)all - 1);
	return 0;
}

int znvme_rpmb_read(struct znvme_rpmb *rpmb, uint32_t address, uint32_t sectors, void *data)
{
	struct znvme_rpmb_info info;
	struct znvme_rpmb_frame *answer;
	int rc = check_range(rpmb, address, sectors, &info);

	if (rc)
		return rc;
	answer = malloc(FRAME + DATA(MIN(sectors, info.max_sectors)));
	if (!answer)
		return znvme_fail(-ENOMEM, "no memory for %u sectors", sectors);
	for (uint32_t done = 0, part; !rc && done < sectors; done += part) {
		struct znvme_rpmb_frame request = {.type = ZNVME_RPMB_READ_DATA};

		part = MIN(sectors - done, info.max_sectors);
		request.address = address + done;
		request.sectors = part;
		rc = exchange(rpmb, &request, sizeof(request), answer, FRAME + DATA(part));
		if (!rc)
			memcpy((char *)data + DATA(done), answer + 1, DATA(part));
	}
	free(answer);
	return rc;
}

int znvme_rpmb_write(struct znvme_rpmb *rpmb, uint32_t address, uint32_t sectors, const void *data)
{
	struct znvme_rpmb_frame *request, answer;
	struct znvme_rpmb_info info;
	uint32_t counter = 0;
	int rc = check_range(rpmb, address, sectors, &info);

	if (!rc)
		rc = check_key(rpmb);
	if (!rc)
		rc = read_counter(rpmb, &counter);
	if (rc)
		return rc;
	request = malloc(FRAME + DATA(MIN(sectors, info.max_sectors)));
	if (!request)
		return znvme_fail(-ENOMEM, "no memory for %u sectors", sectors);
	for (uint32_t done = 0, part; !rc && done < sectors; done += part) {
		part = MIN(sectors - done, info.max_sectors);
		*request = (struct znvme_rpmb_frame){
			.counter = counter++,
			.address = address + done,
			.sectors = part,
			.type = ZNVME_RPMB_WRITE_DATA,
		};
		memcpy(request + 1, (const char *)data + DATA(done), DATA(part));
		rc = exchange(rpmb, request, FRAME + DATA(part), &answer, sizeof(answer));
	}
	free(request);
	return rc;
}

/* A frame with the block behind it. */
struct config_frame {
	struct znvme_rpmb_frame frame;
	struct znvme_rpmb_config config;
};

int znvme_rpmb_read_config(struct znvme_rpmb *rpmb, struct znvme_rpmb_config *config,
			   uint32_t *counter)
{
	struct znvme_rpmb_frame request = {.type = ZNVME_RPMB_READ_CONFIG, .sectors = 1};
	struct znvme_rpmb_info info;
	struct config_frame answer;
	int rc = check_target(rpmb, &info);

	if (!rc)
		rc = exchange(rpmb, &request, sizeof(request), &answer.frame, sizeof(answer));
	if (rc)
		return rc;
	*config = answer.config;
	if (counter)
		*counter = answer.frame.counter;
	return 0;
}

int znvme_rpmb_write_config(struct znvme_rpmb *rpmb, const struct znvme_rpmb_config *config)
{
	struct config_frame request = {
		.frame = {.type = ZNVME_RPMB_WRITE_CONFIG, .sectors = 1},
		.config = *config,
	};
	struct znvme_rpmb_frame answer;
	struct znvme_rpmb_config old;
	int rc = check_key(rpmb);

	if (!rc)
		rc = znvme_rpmb_read_config(rpmb, &old, &request.frame.counter);
	return rc ? rc : exchange(rpmb, &request.frame, sizeof(request), &answer, sizeof(answer));
}
