// SPDX-License-Identifier: MIT
/*
 * Bugs that there were between a reset and other threads, found by the swarm. What they show is for
 * ThreadSanitizer.
 */
#include <pthread.h>
#include <unistd.h>

#include "tests.h"

#define RESETS 30

struct other {
	struct test *t;
	bool stop; /* atomic */
};

static void reset_beside(struct test *t, void *(*body)(void *arg))
{
	struct other other = {.t = t};
	pthread_t thread;

	CHECK_OK(pthread_create(&thread, NULL, body, &other));
	for (int i = 0; i < RESETS; i++) {
		usleep(1000);
		CHECK_OK(znvme_reset(t->ctrl));
	}
	__atomic_store_n(&other.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

static bool is_stopped(struct other *other)
{
	return __atomic_load_n(&other->stop, __ATOMIC_RELAXED);
}

static void *ring_doorbells(void *arg)
{
	struct other *other = arg;
	struct znvme_region *region = test_region(other->t, 4096);
	struct znvme_queue *q = test_queue(other->t, 4, 0);

	while (!is_stopped(other)) {
		int status = test_rw(other->t, q, ZNVME_CMD_READ, region, region->addr, 0, 1);

		CHECK(status == 0 || status == -ECANCELED);
	}
	return NULL;
}

/* A reset clears shadow doorbells while a queue that it has stopped is still being rung. */
static void shadow_doorbells(struct test *t)
{
	test_open_with(t, "sim:size=16M,dbbuf=1,queues=4", NULL);
	/* A doorbell may be rung once more when its queue is gone already. */
	t->faulty = true;
	reset_beside(t, ring_doorbells);
}

/* Identify Controller is never the same twice. */
static void change_delays(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data,
			  size_t len)
{
	uint16_t *nr = arg;

	if (qid == 0 && sqe->opcode == ZNVME_ADM_IDENTIFY && sqe->cdw10 == ZNVME_CNS_CTRL &&
	    len == sizeof(struct znvme_id_ctrl))
		((struct znvme_id_ctrl *)data)->rtd3e = ++*nr;
}

static void be_busy(void *arg, struct znvme_sim_command *command)
{
	(void)arg;
	if (command->qid) {
		command->execute = false;
		command->status = ZNVME_SC_NS_NOT_READY;
	}
}

static void *try_again(void *arg)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_SMART};
	struct other *other = arg;
	struct znvme_smart_log log;
	struct znvme_ctrl_info info;
	char block[4096];

	while (!is_stopped(other)) {
		CHECK(znvme_pread(other->t->ns, block, sizeof(block), 0, 0, NULL) < 0);
		CHECK_OK(znvme_get_log(other->t->ctrl, &args, &log, sizeof(log)));
		znvme_ctrl_info(other->t->ctrl, &info);
	}
	return NULL;
}

/* What Identify has said is used while a reset reads it again. */
static void identify_again(struct test *t)
{
	const struct znvme_open_options options = {.retries = 3};
	uint16_t nr = 0;
	const struct znvme_sim_hooks hooks = {
		.arg = &nr, .command = be_busy, .data = change_delays};

	test_open_with(t, "sim:size=16M,bs=4096", &options);
	t->faulty = true;
	znvme_sim_set_hooks(t->sim, &hooks);
	reset_beside(t, try_again);
	CHECK(nr >= RESETS);
}

static const struct test_case cases[] = {
	{"shadow doorbells are cleared while queues are rung", shadow_doorbells, HAS_PLAIN_SIM},
	{"Identify is read again while others go by it", identify_again, HAS_PLAIN_SIM},
};

const struct test_group race_tests = {"regress threads", cases, ARRAY_LEN(cases)};
