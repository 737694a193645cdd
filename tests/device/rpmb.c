// SPDX-License-Identifier: MIT
/*
 * RPMB targets (<znvme/rpmb.h>), on a simulator of the test's own: no other device has them. What
 * the device must not do is done by its data hook.
 */
#include <errno.h>
#include <stdlib.h>

#include "tests.h"

static const uint8_t key[ZNVME_RPMB_KEY_SIZE] = "a key has thirty-two bytes, yes";
static const uint8_t other_key[ZNVME_RPMB_KEY_SIZE] = "another one has as many, as well";

/* Target `target`, with its key. */
static struct znvme_rpmb open_rpmb(struct test *t, uint8_t target)
{
	struct znvme_rpmb rpmb = {.key = key, .target = target};

	test_open_with(t, "sim:size=1M,rpmb=3,rpmb_size=256K,boot=128K", NULL);
	rpmb.ctrl = t->ctrl;
	CHECK_OK(znvme_rpmb_program_key(&rpmb));
	return rpmb;
}

static void all_calls(struct test *t)
{
	struct znvme_rpmb rpmb = open_rpmb(t, 0);
	struct znvme_rpmb_config config, back;
	uint8_t data[20 * 512], copy[sizeof(data)];
	struct znvme_rpmb_info info;
	uint32_t counter;

	znvme_rpmb_info(t->ctrl, &info);
	CHECK_EQ(info.targets, 3);
	CHECK_EQ(info.size, 256 * KIB);
	CHECK_EQ(info.max_sectors, 8);
	CHECK_EQ(info.method, 0);
	CHECK_OK(znvme_rpmb_counter(&rpmb, &counter));
	CHECK_EQ(counter, 0);
	fill_pattern(data, sizeof(data), 1);
	CHECK_OK(znvme_rpmb_write(&rpmb, 492, 20, data)); /* up to the end, in three accesses */
	CHECK_OK(znvme_rpmb_counter(&rpmb, &counter));
	CHECK_EQ(counter, 3);
	CHECK_OK(znvme_rpmb_read(&rpmb, 492, 20, copy));
	CHECK_PATTERN(copy, sizeof(copy), 1);
	CHECK_OK(znvme_rpmb_read(&rpmb, 491, 1, copy));
	CHECK_BYTES(copy, 512, 0);
	rpmb.key = NULL; /* everybody can read */
	CHECK_OK(znvme_rpmb_read(&rpmb, 492, 1, copy));
	CHECK(!memcmp(copy, data, 512));
	rpmb.key = key;
	CHECK_OK(znvme_rpmb_read_config(&rpmb, &config, &counter));
	CHECK_EQ(counter, 0);
	config.bppee = ZNVME_RPMB_BPPEE_BPPED;
	config.bpls = ZNVME_RPMB_BPLS_BPP1L;
	CHECK_OK(znvme_rpmb_write_config(&rpmb, &config));
	CHECK_OK(znvme_rpmb_read_config(&rpmb, &back, &counter));
	CHECK_EQ(counter, 1);
	CHECK(!memcmp(&config, &back, sizeof(back)));
	/* For good. */
	config.bppee = config.bpls = 0;
	CHECK_RC(znvme_rpmb_write_config(&rpmb, &config), -EREMOTEIO);
	CHECK_EQ(rpmb.result, ZNVME_RPMB_INVALID_CONFIG);
	CHECK_MESSAGE("Invalid RPMB Device Configuration Block");
}

static void refused(struct test *t)
{
	struct znvme_rpmb rpmb = open_rpmb(t, 1);
	struct znvme_sim_counters before, after;
	struct znvme_rpmb_config config = {.bppee = 0};
	uint8_t data[512] = {0};
	uint32_t counter;

	CHECK_RC(znvme_rpmb_program_key(&rpmb), -EREMOTEIO);
	CHECK_EQ(rpmb.result, ZNVME_RPMB_GENERAL_FAILURE);
	CHECK_MESSAGE("programmed once");
	rpmb.target = 2;
	CHECK_RC(znvme_rpmb_counter(&rpmb, &counter), -ENOKEY);
	CHECK_EQ(rpmb.result, ZNVME_RPMB_NO_KEY);
	CHECK_RC(znvme_rpmb_write(&rpmb, 0, 1, data), -ENOKEY);
	rpmb.target = 1;
	CHECK_RC(znvme_rpmb_read_config(&rpmb, &config, NULL), -EREMOTEIO); /* of target 0 only */
	rpmb.key = other_key;
	CHECK_RC(znvme_rpmb_counter(&rpmb, &counter), -EBADMSG);
	CHECK_MESSAGE("MAC");
	CHECK_RC(znvme_rpmb_write(&rpmb, 0, 1, data), -EBADMSG);
	rpmb.key = key;

	/* Nothing is sent for these. */
	znvme_sim_counters(t->sim, &before);
	CHECK_RC(znvme_rpmb_write(&rpmb, 512, 1, data), -ERANGE);
	CHECK_MESSAGE("sector 511");
	CHECK_RC(znvme_rpmb_read(&rpmb, 511, 2, data), -ERANGE);
	CHECK_RC(znvme_rpmb_read(&rpmb, UINT32_MAX, UINT32_MAX, data), -ERANGE);
	CHECK_RC(znvme_rpmb_read(&rpmb, 0, 0, data), -EINVAL);
	rpmb.key = NULL;
	CHECK_RC(znvme_rpmb_write(&rpmb, 0, 1, data), -EINVAL);
	CHECK_RC(znvme_rpmb_write_config(&rpmb, &config), -EINVAL);
	CHECK_RC(znvme_rpmb_program_key(&rpmb), -EINVAL);
	rpmb.target = 3;
	CHECK_RC(znvme_rpmb_counter(&rpmb, &counter), -EOPNOTSUPP);
	CHECK_MESSAGE("no RPMB target 3");
	znvme_sim_counters(t->sim, &after);
	CHECK_EQ(after.admin_commands, before.admin_commands);
}

static void not_there(struct test *t)
{
	struct znvme_rpmb_info info;
	struct znvme_rpmb rpmb = {.key = key};
	uint32_t counter;

	test_open(t);
	rpmb.ctrl = t->ctrl;
	znvme_rpmb_info(t->ctrl, &info);
	CHECK_EQ(info.targets, 0);
	CHECK_RC(znvme_rpmb_counter(&rpmb, &counter), -EOPNOTSUPP);
	CHECK_MESSAGE("RPMBS bits 2:0");
}

static void tell_method(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data,
			size_t len)
{
	struct znvme_id_ctrl *id = data;

	(void)arg;
	(void)qid;
	if (sqe->opcode == ZNVME_ADM_IDENTIFY && len == sizeof(*id) &&
	    (sqe->cdw10 & ZNVME_IDENTIFY_CNS) == ZNVME_CNS_CTRL)
		id->rpmbs |= (uint32_t)znvme_field_put(ZNVME_CTRL_RPMBS_AUTH, 2);
}

static void other_method(struct test *t)
{
	const struct znvme_sim_hooks hooks = {.data = tell_method};
	struct znvme_rpmb rpmb = open_rpmb(t, 0);
	uint32_t counter;

	znvme_sim_set_hooks(t->sim, &hooks);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_RC(znvme_rpmb_counter(&rpmb, &counter), -EOPNOTSUPP);
	CHECK_MESSAGE("RPMBS bits 5:3 are 2");
}

/* ---- a device that lies -------------------------------------------------------------------- */

struct lie {
	size_t at; /* a byte of the answer to be changed */
	uint8_t by;
	bool replay; /* the answer before this one instead, once there is one */
	struct znvme_rpmb_frame before;
	bool has_before;
};

static void tell(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len)
{
	struct lie *lie = arg;

	(void)qid;
	if (sqe->opcode != ZNVME_ADM_SECURITY_RECV || len < sizeof(lie->before))
		return;
	if (lie->replay && lie->has_before) {
		memcpy(data, &lie->before, sizeof(lie->before));
		return;
	}
	memcpy(&lie->before, data, sizeof(lie->before));
	lie->has_before = true;
	((uint8_t *)data)[lie->at] ^= lie->by;
}

static void lies(struct test *t)
{
	struct znvme_rpmb rpmb = open_rpmb(t, 1);
	struct lie lie = {.by = 1};
	const struct znvme_sim_hooks hooks = {.arg = &lie, .data = tell};
	static const struct {
		size_t at;
		int rc;
		const char *word;
	} cases[] = {
		{191, -EBADMSG, "MAC"}, /* the code */
		{222, -EBADMSG, "MAC"},
		{223, -EPROTO, "target 0 has answered"},
		{224, -EBADMSG, "MAC"}, /* the nonce */
		{240, -EBADMSG, "MAC"}, /* the counter */
		{767, -EBADMSG, "MAC"}, /* data */
		{252, -EREMOTEIO, "General failure"},
		{254, -EPROTO, "type"},
	};
	uint8_t data[512];
	uint32_t counter;

	t->faulty = true;
	CHECK_OK(znvme_rpmb_read(&rpmb, 0, 1, data));
	znvme_sim_set_hooks(t->sim, &hooks);
	lie.at = 0; /* stuff: it means nothing */
	CHECK_OK(znvme_rpmb_read(&rpmb, 0, 1, data));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		lie.at = cases[i].at;
		CHECK_RC(znvme_rpmb_read(&rpmb, 0, 1, data), cases[i].rc);
		CHECK_MESSAGE(cases[i].word);
	}
	/* Whom no key tells finds the wrong nonce all the same. */
	rpmb.key = NULL;
	lie.at = 224;
	CHECK_RC(znvme_rpmb_read(&rpmb, 0, 1, data), -EPROTO);
	CHECK_MESSAGE("nonce");
	lie.at = 244;
	CHECK_RC(znvme_rpmb_read(&rpmb, 0, 1, data), -EPROTO);
	CHECK_MESSAGE("address");
	rpmb.key = key;
	/* An old answer is authentic, and none to this request. */
	lie = (struct lie){.replay = true};
	CHECK_OK(znvme_rpmb_counter(&rpmb, &counter));
	CHECK_RC(znvme_rpmb_counter(&rpmb, &counter), -EPROTO);
	CHECK_MESSAGE("nonce");
	lie = (struct lie){.replay = false};
	CHECK_OK(znvme_rpmb_write(&rpmb, 0, 1, data));
	znvme_sim_set_hooks(t->sim, NULL);
	CHECK_OK(znvme_rpmb_counter(&rpmb, &counter));
	CHECK_EQ(counter, 1);
}

/* The n-th security command fails. */
static void fail_one(void *arg, struct znvme_sim_command *command)
{
	unsigned *left = arg;

	if ((command->sqe.opcode != ZNVME_ADM_SECURITY_SEND &&
	     command->sqe.opcode != ZNVME_ADM_SECURITY_RECV) ||
	    !*left || --*left)
		return;
	command->execute = false;
	command->status = ZNVME_SC_INTERNAL;
}

/* A write is five commands: two for the counter, three for itself. */
static void statuses(struct test *t)
{
	struct znvme_rpmb rpmb = open_rpmb(t, 1);
	unsigned left;
	const struct znvme_sim_hooks hooks = {.arg = &left, .command = fail_one};
	uint8_t data[512] = {1};
	uint32_t counter;

	t->faulty = true;
	znvme_sim_set_hooks(t->sim, &hooks);
	for (unsigned n = 1; n <= 5; n++) {
		left = n;
		CHECK_STATUS(znvme_rpmb_write(&rpmb, 0, 1, data), ZNVME_SC_INTERNAL);
	}
	left = 6;
	CHECK_OK(znvme_rpmb_write(&rpmb, 0, 1, data));
	znvme_sim_set_hooks(t->sim, NULL);
	CHECK_OK(znvme_rpmb_counter(&rpmb, &counter));
	CHECK_EQ(counter, 3); /* two were written, and their results lost */
}

static const struct test_case cases[] = {
	{"keys, counters, data, configuration", all_calls, HAS_PLAIN_SIM},
	{"what cannot be is refused", refused, HAS_PLAIN_SIM},
	{"a controller without targets", not_there, HAS_PLAIN_SIM},
	{"a method that is not known", other_method, HAS_PLAIN_SIM},
	{"a device that lies is found out", lies, HAS_PLAIN_SIM},
	{"commands that fail", statuses, HAS_PLAIN_SIM},
};

const struct test_group rpmb_tests = {"rpmb", cases, ARRAY_LEN(cases)};
