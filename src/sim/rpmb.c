/* SPDX-License-Identifier: MIT */
/*
 * Replay Protected Memory Blocks (Base 2.1, section 8.1.21), by the option rpmb: security protocol
 * EAh. Each target has its key, its write counter and its data; target 0 has the Device
 * Configuration Block, which can take the write protection of boot partitions over (8.1.3.3). All
 * of it is in a file beside that of the option `file` or `state`, where there is one.
 *
 * A target has one answer: that to its last request. Security Receive gets it, as often as it
 * likes, and without a Result Read request before it, which hosts are known to leave out.
 */
#include "sim/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash/sha256.h"

#define SIM_RPMB_SUFFIX ".rpmb"
#define SIM_RPMB_MAGIC	"znvme RPMB 1\n"
#define SIM_RPMB_ACCESS 8u /* sectors of one read or write */
#define SIM_RPMB_FRAME	sizeof(struct znvme_rpmb_frame)
#define SIM_RPMB_MOST	(SIM_RPMB_FRAME + SIM_RPMB_ACCESS * ZNVME_RPMB_SECTOR)
#define SIM_RPMB_AUTH	223u /* first byte that the code covers */
#define SIM_RPMB_BOOT	(ZNVME_RPMB_BPLS_BPP0L | ZNVME_RPMB_BPLS_BPP1L)

/* The start of the file; the targets' data follow at SIM_RPMB_DATA. */
struct sim_rpmb_head {
	char magic[16];
	uint32_t targets;
	uint32_t units; /* of a target */
	struct {
		uint32_t programmed;
		uint32_t counter;
		uint8_t key[ZNVME_RPMB_KEY_SIZE];
	} target[ZNVME_RPMB_TARGETS];
	uint32_t config_counter;
	struct znvme_rpmb_config config;
};
#define SIM_RPMB_DATA 4096u
_Static_assert(sizeof(struct sim_rpmb_head) <= SIM_RPMB_DATA, "the head fits");

struct sim_rpmb {
	struct sim_rpmb_head head;
	char *data; /* of all targets */
	int fd;	    /* -1: memory only */
	struct {
		uint32_t len; /* 0: there was no request */
		char bytes[SIM_RPMB_MOST] __attribute__((aligned(8)));
	} answer[ZNVME_RPMB_TARGETS];
};

/* A request under way; the data follow the frame. */
struct sim_rpmb_request {
	struct znvme_rpmb_frame *frame;
	const char *data;
	uint32_t len; /* of all */
	struct znvme_rpmb_frame *answer;
	uint32_t answer_len;
};

static uint64_t sim_rpmb_bytes(const struct znvme_sim *sim)
{
	return sim->options.rpmb * sim->options.rpmb_size;
}

static char *sim_rpmb_at(struct znvme_sim *sim, unsigned target, uint32_t sector)
{
	return sim->mgmt.rpmb->data + target * sim->options.rpmb_size +
	       (uint64_t)sector * ZNVME_RPMB_SECTOR;
}

uint32_t sim_rpmbs(const struct znvme_sim *sim)
{
	if (!sim->options.rpmb)
		return 0;
	return (uint32_t)(znvme_field_put(ZNVME_CTRL_RPMBS_NR_UNITS, sim->options.rpmb) |
			  znvme_field_put(ZNVME_CTRL_RPMBS_TOTAL_SIZE,
					  sim->options.rpmb_size / ZNVME_RPMB_SIZE_UNIT - 1) |
			  znvme_field_put(ZNVME_CTRL_RPMBS_ACCESS_SIZE, SIM_RPMB_ACCESS - 1));
}

/* ---- the file beside ----------------------------------------------------------------------- */

static bool sim_rpmb_path(const struct znvme_sim *sim, char path[SIM_PATH_MAX])
{
	const char *file = *sim->options.file ? sim->options.file : sim->options.state;
	int len = snprintf(path, SIM_PATH_MAX, "%s" SIM_RPMB_SUFFIX, file);

	return *file && len < SIM_PATH_MAX;
}

static bool sim_rpmb_save_head(struct znvme_sim *sim)
{
	struct sim_rpmb *rpmb = sim->mgmt.rpmb;

	return !sim->store.readonly &&
	       (rpmb->fd < 0 ||
		!sim_file_write(rpmb->fd, 0, (const char *)&rpmb->head, sizeof(rpmb->head)));
}

static bool sim_rpmb_save_data(struct znvme_sim *sim, const char *from, size_t len)
{
	struct sim_rpmb *rpmb = sim->mgmt.rpmb;

	return !sim->store.readonly &&
	       (rpmb->fd < 0 ||
		!sim_file_write(rpmb->fd, SIM_RPMB_DATA + (from - rpmb->data), from, len));
}

static int sim_rpmb_load(struct znvme_sim *sim, const char *path)
{
	uint64_t bytes = sim_rpmb_bytes(sim);
	struct sim_rpmb *rpmb = sim->mgmt.rpmb;
	struct sim_rpmb_head head;
	struct stat st;

	if (flock(rpmb->fd, LOCK_EX | LOCK_NB))
		return znvme_fail(-EBUSY, "sim: %s is in use by another simulator", path);
	if (fstat(rpmb->fd, &st))
		return znvme_fail(-errno, "sim: %s: %s", path, strerror(errno));
	if (!st.st_size && !sim->store.readonly) {
		if (ftruncate(rpmb->fd, (off_t)(SIM_RPMB_DATA + bytes)) || !sim_rpmb_save_head(sim))
			return znvme_fail(-EIO, "sim: %s cannot be written", path);
		return 0;
	}
	if (pread(rpmb->fd, &head, sizeof(head), 0) != sizeof(head) ||
	    memcmp(head.magic, rpmb->head.magic, sizeof(head.magic)) ||
	    head.targets != rpmb->head.targets || head.units != rpmb->head.units ||
	    pread(rpmb->fd, rpmb->data, bytes, SIM_RPMB_DATA) != (ssize_t)bytes)
		return znvme_fail(-EINVAL,
				  "sim: %s is not of %u targets of %u KiB: give rpmb and "
				  "rpmb_size as they were, or remove it",
				  path, rpmb->head.targets, rpmb->head.units * 128);
	rpmb->head = head;
	return 0;
}

int sim_rpmb_open(struct znvme_sim *sim)
{
	struct sim_rpmb *rpmb;
	char path[SIM_PATH_MAX];
	int flags = sim->store.readonly ? O_RDONLY : O_RDWR | O_CREAT;

	if (!sim->options.rpmb)
		return 0;
	rpmb = sim->mgmt.rpmb = calloc(1, sizeof(*rpmb));
	if (!rpmb)
		return znvme_fail(-ENOMEM, "sim: no memory for RPMB targets");
	rpmb->fd = -1;
	rpmb->data = calloc(1, sim_rpmb_bytes(sim));
	if (!rpmb->data)
		return znvme_fail(-ENOMEM, "sim: no memory for RPMB targets");
	memcpy(rpmb->head.magic, SIM_RPMB_MAGIC, sizeof(SIM_RPMB_MAGIC));
	rpmb->head.targets = (uint32_t)sim->options.rpmb;
	rpmb->head.units = (uint32_t)(sim->options.rpmb_size / ZNVME_RPMB_SIZE_UNIT);
	if (!sim_rpmb_path(sim, path))
		return 0;
	rpmb->fd = open(path, flags | O_CLOEXEC, 0600); /* keys are in it */
	if (rpmb->fd < 0)
		return errno == ENOENT && sim->store.readonly
			       ? 0
			       : znvme_fail(-errno, "sim: %s: %s", path, strerror(errno));
	return sim_rpmb_load(sim, path);
}

void sim_rpmb_close(struct znvme_sim *sim)
{
	struct sim_rpmb *rpmb = sim->mgmt.rpmb;

	if (!rpmb)
		return;
	if (rpmb->fd >= 0)
		close(rpmb->fd);
	free(rpmb->data);
	free(rpmb);
}

/* ---- boot partitions ----------------------------------------------------------------------- */

bool sim_rpmb_has_boot(const struct znvme_sim *sim)
{
	return sim->mgmt.rpmb && sim->mgmt.rpmb->head.config.bppee & ZNVME_RPMB_BPPEE_BPPED;
}

bool sim_rpmb_boot_locked(const struct znvme_sim *sim, unsigned bpid)
{
	return sim->mgmt.rpmb->head.config.bpls >> bpid & 1;
}

/* What was unlocked is locked by a controller level reset (8.1.3.3.2). */
void sim_rpmb_reset(struct znvme_sim *sim)
{
	struct sim_rpmb *rpmb = sim->mgmt.rpmb;

	if (!rpmb)
		return;
	for (unsigned i = 0; i < ZNVME_RPMB_TARGETS; i++)
		rpmb->answer[i].len = 0;
	if (!sim_rpmb_has_boot(sim) || rpmb->head.config.bpls == SIM_RPMB_BOOT)
		return;
	rpmb->head.config.bpls = SIM_RPMB_BOOT;
	sim_rpmb_save_head(sim);
}

static bool sim_rpmb_config_valid(struct znvme_sim *sim, const struct znvme_rpmb_config *config)
{
	static const uint8_t zeroes[sizeof(config->rsvd3)];
	uint32_t feature = sim->value[ZNVME_FEAT_BP_WRITE_PROTECT].current;
	bool enabled = config->bppee & ZNVME_RPMB_BPPEE_BPPED;

	if (config->bppee & ~ZNVME_RPMB_BPPEE_BPPED || config->bpls & ~SIM_RPMB_BOOT ||
	    config->wpc || memcmp(config->rsvd3, zeroes, sizeof(zeroes)))
		return false;
	if (!enabled)
		return !sim_rpmb_has_boot(sim) && !config->bpls;
	if (sim_rpmb_has_boot(sim))
		return true;
	/* What is locked until the next power cycle stays so: no way around by RPMB (8.1.3.3.3). */
	return sim->options.boot &&
	       znvme_field_get(ZNVME_FEAT_BP_WRITE_PROTECT_BP0, feature) !=
		       ZNVME_BP_WRITE_PROTECT_POWER_CYCLE &&
	       znvme_field_get(ZNVME_FEAT_BP_WRITE_PROTECT_BP1, feature) !=
		       ZNVME_BP_WRITE_PROTECT_POWER_CYCLE;
}

/* ---- requests ------------------------------------------------------------------------------ */

static void sim_rpmb_mac(struct znvme_sim *sim, const struct znvme_rpmb_frame *frame, uint32_t len,
			 uint8_t mac[ZNVME_RPMB_KEY_SIZE])
{
	hash_hmac_sha256(sim->mgmt.rpmb->head.target[frame->target].key, ZNVME_RPMB_KEY_SIZE,
			 (const char *)frame + SIM_RPMB_AUTH, len - SIM_RPMB_AUTH, mac);
}

static bool sim_rpmb_authentic(struct znvme_sim *sim, const struct sim_rpmb_request *request)
{
	uint8_t mac[ZNVME_RPMB_KEY_SIZE];

	sim_rpmb_mac(sim, request->frame, request->len, mac);
	return !memcmp(mac, request->frame->mac, sizeof(mac));
}

/* Written once. */
static uint16_t sim_rpmb_program_key(struct znvme_sim *sim, struct sim_rpmb_request *request)
{
	struct sim_rpmb_head *head = &sim->mgmt.rpmb->head;
	unsigned target = request->frame->target;

	if (head->target[target].programmed)
		return ZNVME_RPMB_GENERAL_FAILURE;
	memcpy(head->target[target].key, request->frame->mac, ZNVME_RPMB_KEY_SIZE);
	head->target[target].programmed = 1;
	if (sim_rpmb_save_head(sim))
		return ZNVME_RPMB_OK;
	head->target[target].programmed = 0;
	return ZNVME_RPMB_WRITE_FAILURE;
}

static uint16_t sim_rpmb_read_counter(struct znvme_sim *sim, struct sim_rpmb_request *request)
{
	const struct sim_rpmb_head *head = &sim->mgmt.rpmb->head;

	request->answer->counter = head->target[request->frame->target].counter;
	return ZNVME_RPMB_OK;
}

static bool sim_rpmb_in_range(struct znvme_sim *sim, const struct znvme_rpmb_frame *frame)
{
	uint64_t sectors = sim->options.rpmb_size / ZNVME_RPMB_SECTOR;

	return frame->address < sectors && frame->sectors <= sectors - frame->address;
}

/* Data, or the Device Configuration Block, with its counter: authenticated, and not replayed. */
static uint16_t sim_rpmb_check_write(struct znvme_sim *sim, const struct sim_rpmb_request *request,
				     uint32_t counter)
{
	if (request->len != SIM_RPMB_FRAME + (uint64_t)request->frame->sectors * ZNVME_RPMB_SECTOR)
		return ZNVME_RPMB_GENERAL_FAILURE;
	if (!sim_rpmb_authentic(sim, request))
		return ZNVME_RPMB_AUTHENTICATION_FAILURE;
	return request->frame->counter == counter ? ZNVME_RPMB_OK : ZNVME_RPMB_COUNTER_FAILURE;
}

static uint16_t sim_rpmb_write_data(struct znvme_sim *sim, struct sim_rpmb_request *request)
{
	unsigned target = request->frame->target;
	uint32_t *counter = &sim->mgmt.rpmb->head.target[target].counter;
	uint32_t len = request->len - (uint32_t)SIM_RPMB_FRAME;
	uint16_t result;
	char *to;

	request->answer->address = request->frame->address;
	request->answer->counter = *counter;
	if (*counter == UINT32_MAX)
		return ZNVME_RPMB_WRITE_FAILURE;
	if (!sim_rpmb_in_range(sim, request->frame))
		return ZNVME_RPMB_ADDRESS_FAILURE;
	result = sim_rpmb_check_write(sim, request, *counter);
	if (!result && !request->frame->sectors)
		result = ZNVME_RPMB_GENERAL_FAILURE;
	if (result)
		return result;
	if (sim->store.readonly)
		return ZNVME_RPMB_WRITE_FAILURE;
	to = sim_rpmb_at(sim, target, request->frame->address);
	memcpy(to, request->data, len);
	request->answer->counter = ++*counter;
	return sim_rpmb_save_data(sim, to, len) && sim_rpmb_save_head(sim)
		       ? ZNVME_RPMB_OK
		       : ZNVME_RPMB_WRITE_FAILURE;
}

static uint16_t sim_rpmb_read_data(struct znvme_sim *sim, struct sim_rpmb_request *request)
{
	const struct znvme_rpmb_frame *frame = request->frame;
	uint32_t len = frame->sectors * ZNVME_RPMB_SECTOR;

	request->answer->address = frame->address;
	if (!sim_rpmb_in_range(sim, frame))
		return ZNVME_RPMB_ADDRESS_FAILURE;
	if (!frame->sectors || frame->sectors > SIM_RPMB_ACCESS)
		return ZNVME_RPMB_GENERAL_FAILURE;
	request->answer->sectors = frame->sectors;
	memcpy(request->answer + 1, sim_rpmb_at(sim, frame->target, frame->address), len);
	request->answer_len += len;
	return ZNVME_RPMB_OK;
}

static uint16_t sim_rpmb_write_config(struct znvme_sim *sim, struct sim_rpmb_request *request)
{
	struct sim_rpmb_head *head = &sim->mgmt.rpmb->head;
	struct znvme_rpmb_config config;
	uint16_t result;

	request->answer->counter = head->config_counter;
	if (request->frame->target)
		return ZNVME_RPMB_INVALID_CONFIG;
	if (head->config_counter == UINT32_MAX)
		return ZNVME_RPMB_WRITE_FAILURE;
	if (request->frame->address)
		return ZNVME_RPMB_ADDRESS_FAILURE;
	result = sim_rpmb_check_write(sim, request, head->config_counter);
	if (!result && request->frame->sectors != 1)
		result = ZNVME_RPMB_GENERAL_FAILURE;
	if (result)
		return result;
	memcpy(&config, request->data, sizeof(config));
	if (!sim_rpmb_config_valid(sim, &config))
		return ZNVME_RPMB_INVALID_CONFIG;
	if (sim->store.readonly)
		return ZNVME_RPMB_WRITE_FAILURE;
	head->config = config;
	request->answer->counter = ++head->config_counter;
	return sim_rpmb_save_head(sim) ? ZNVME_RPMB_OK : ZNVME_RPMB_WRITE_FAILURE;
}

static uint16_t sim_rpmb_read_config(struct znvme_sim *sim, struct sim_rpmb_request *request)
{
	const struct sim_rpmb_head *head = &sim->mgmt.rpmb->head;

	request->answer->counter = head->config_counter;
	if (request->frame->target)
		return ZNVME_RPMB_INVALID_CONFIG;
	if (request->frame->sectors != 1)
		return ZNVME_RPMB_GENERAL_FAILURE;
	request->answer->sectors = 1;
	memcpy(request->answer + 1, &head->config, sizeof(head->config));
	request->answer_len += sizeof(head->config);
	return ZNVME_RPMB_OK;
}

static uint16_t (*const sim_rpmb_requests[])(struct znvme_sim *, struct sim_rpmb_request *) = {
	[ZNVME_RPMB_PROGRAM_KEY] = sim_rpmb_program_key,
	[ZNVME_RPMB_READ_COUNTER] = sim_rpmb_read_counter,
	[ZNVME_RPMB_WRITE_DATA] = sim_rpmb_write_data,
	[ZNVME_RPMB_READ_DATA] = sim_rpmb_read_data,
	[ZNVME_RPMB_WRITE_CONFIG] = sim_rpmb_write_config,
	[ZNVME_RPMB_READ_CONFIG] = sim_rpmb_read_config,
};

static bool sim_rpmb_changes(uint16_t type)
{
	return type == ZNVME_RPMB_PROGRAM_KEY || type == ZNVME_RPMB_WRITE_DATA ||
	       type == ZNVME_RPMB_WRITE_CONFIG;
}

/* A key that is just programmed authenticates nothing yet: its answer has no code. */
static void sim_rpmb_carry_out(struct znvme_sim *sim, struct sim_rpmb_request *request)
{
	const struct sim_rpmb_head *head = &sim->mgmt.rpmb->head;
	struct znvme_rpmb_frame *answer = request->answer;
	bool config = request->frame->type == ZNVME_RPMB_WRITE_CONFIG;
	unsigned target = request->frame->target;
	bool key = request->frame->type == ZNVME_RPMB_PROGRAM_KEY;

	memset(answer, 0, SIM_RPMB_MOST);
	answer->target = (uint8_t)target;
	if (!sim_rpmb_changes(request->frame->type))
		memcpy(answer->nonce, request->frame->nonce, ZNVME_RPMB_NONCE);
	answer->type = (uint16_t)(request->frame->type << ZNVME_RPMB_RESPONSE_SHIFT);
	if (key || head->target[target].programmed)
		answer->result = sim_rpmb_requests[request->frame->type](sim, request);
	else
		answer->result = ZNVME_RPMB_NO_KEY;
	if ((config ? head->config_counter : head->target[target].counter) == UINT32_MAX)
		answer->result |= ZNVME_RPMB_EXPIRED;
	if (!key && head->target[target].programmed)
		sim_rpmb_mac(sim, answer, request->answer_len, answer->mac);
}

/* ---- the commands -------------------------------------------------------------------------- */

/* Whether it is this protocol's, and a target that there is. */
static bool sim_rpmb_target(struct znvme_sim *sim, const struct sim_cmd *cmd, unsigned *target)
{
	*target = (unsigned)znvme_field_get(ZNVME_SECURITY_NSSF, cmd->sqe.cdw10);
	return znvme_field_get(ZNVME_SECURITY_SPSP, cmd->sqe.cdw10) == ZNVME_SPSP_RPMB &&
	       *target < sim->options.rpmb;
}

uint16_t sim_rpmb_send(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	char bytes[SIM_RPMB_MOST] __attribute__((aligned(8)));
	struct znvme_rpmb_frame *frame = (void *)bytes;
	struct sim_rpmb_request request;
	uint16_t status;
	unsigned target;

	if (!sim_rpmb_target(sim, cmd, &target))
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (cmd->sqe.cdw11 < SIM_RPMB_FRAME || cmd->sqe.cdw11 > SIM_RPMB_MOST)
		return SIM_INVALID_FIELD(cmd, cdw11);
	status = sim_data_receive(sim, cmd, bytes, cmd->sqe.cdw11);
	if (status)
		return status;
	if (frame->target != target)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (frame->type == ZNVME_RPMB_READ_RESULT)
		return sim->mgmt.rpmb->answer[target].len ? ZNVME_SC_SUCCESS
							  : SIM_DNR(ZNVME_SC_SEQUENCE);
	if (frame->type >= SIM_COUNT(sim_rpmb_requests) || !sim_rpmb_requests[frame->type])
		return SIM_INVALID_FIELD(cmd, dptr);
	request = (struct sim_rpmb_request){
		.frame = frame,
		.data = bytes + SIM_RPMB_FRAME,
		.len = cmd->sqe.cdw11,
		.answer = (void *)sim->mgmt.rpmb->answer[target].bytes,
		.answer_len = SIM_RPMB_FRAME,
	};
	sim_rpmb_carry_out(sim, &request);
	sim->mgmt.rpmb->answer[target].len = request.answer_len;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_rpmb_receive(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	unsigned target;

	if (!sim_rpmb_target(sim, cmd, &target))
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!sim->mgmt.rpmb->answer[target].len)
		return SIM_DNR(ZNVME_SC_SEQUENCE);
	return sim_data_send(sim, cmd, sim->mgmt.rpmb->answer[target].bytes,
			     sim->mgmt.rpmb->answer[target].len, cmd->sqe.cdw11);
}
