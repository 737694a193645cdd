// SPDX-License-Identifier: MIT
/*
 * Controller reset (Base 2.1, section 3.7.2): commands in flight complete exactly once, queues and
 * regions work on, the user is told.
 */
#include <errno.h>
#include <unistd.h>
#include <pthread.h>

#include "tests.h"

#define DEPTH 31u

/* DEPTH reads submitted on `q`, with user data 0 to DEPTH - 1. */
static void start_reads(struct test *t, struct znvme_queue *q, struct znvme_region *region)
{
	for (uintptr_t i = 0; i < DEPTH; i++) {
		struct znvme_sqe *sqe = znvme_get_sqe(q, (void *)i);

		CHECK(sqe);
		CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, i, 1));
	}
	CHECK_OK(znvme_submit(q));
}

/*
 * Reset, after what was submitted has been fetched: an admin command's answer says so. QEMU 7.2
 * itself crashes where it is reset between a doorbell and the fetch.
 */
static void reset(struct test *t)
{
	char data[ZNVME_IDENTIFY_SIZE];

	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data));
	CHECK_OK(znvme_reset(t->ctrl));
}

/* Every command of start_reads() completes once, with success or because of the reset. */
static void reap_all(struct znvme_queue *q)
{
	uint64_t seen = 0;

	while (seen != (1ull << DEPTH) - 1) {
		struct znvme_cpl cpls[8];
		int n = znvme_wait(q, cpls, 8, PATIENCE_MS);

		if (n <= 0)
			FAIL("znvme_wait() gives %d, completed so far: 0x%llx", n,
			     (unsigned long long)seen);
		for (int i = 0; i < n; i++) {
			uint64_t bit = 1ull << (uintptr_t)cpls[i].data;

			CHECK(cpls[i].status == 0 || cpls[i].status == -ECANCELED);
			CHECK(!(seen & bit));
			seen |= bit;
		}
	}
	CHECK_EQ(znvme_in_flight(q), 0);
}

static void write_and_verify(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			     uint64_t seed)
{
	uint32_t bytes = t->ns->lba_bytes;

	fill_pattern(region->addr, bytes, seed);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, region->addr, 5, 1));
	memset(region->addr, 0, bytes);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 5, 1));
	CHECK_PATTERN(region->addr, bytes, seed);
}

static void idle_controller(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, DEPTH + 1, 0);
	for (uint64_t i = 0; i < 5; i++) {
		reset(t);
		CHECK(znvme_reg_read(t->ctrl, ZNVME_REG_CSTS, 4) & ZNVME_CSTS_RDY);
		write_and_verify(t, q, region, i);
	}
}

static void commands_in_flight(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, DEPTH + 1, 0);
	for (uint64_t i = 0; i < 5; i++) {
		start_reads(t, q, region);
		reset(t);
		reap_all(q);
		write_and_verify(t, q, region, i);
	}
}

static void polled_queue(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, DEPTH + 1, ZNVME_QUEUE_POLLED);
	start_reads(t, q, region);
	reset(t);
	reap_all(q);
	write_and_verify(t, q, region, 1);
}

/* What was prepared and not submitted when the reset came is carried out after it. */
static void prepared_commands(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_sqe *sqe;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 8, 0);
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 3; i++) {
			sqe = znvme_get_sqe(q, region);
			CHECK(sqe);
			CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, 0, 1));
		}
		reset(t);
		CHECK_OK(znvme_submit(q));
		for (int i = 0; i < 3; i++)
			CHECK_OK(test_complete(q, region));
		CHECK_EQ(znvme_in_flight(q), 0);
	}
}

static void queue_deleted_after_reset(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, DEPTH + 1, 0);
	start_reads(t, q, region);
	reset(t);
	CHECK_OK(znvme_queue_delete(q));
	q = test_queue(t, 8, 0);
	write_and_verify(t, q, region, 3);
	CHECK_OK(znvme_mem_free(t->ctrl, region));
}

static void told_by_an_event(struct test *t)
{
	struct znvme_event event;

	test_open(t);
	reset(t);
	CHECK_RC(znvme_next_event(t->ctrl, &event), 1);
	CHECK_EQ(event.kind, ZNVME_EVENT_RESET);
	CHECK(*event.message);
	CHECK_RC(znvme_next_event(t->ctrl, &event), 0);
}

static void every_queue_works_on(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *queues[64];
	unsigned nr;

	test_open(t);
	nr = t->info.nr_io_queues;
	region = test_region(t, t->ns->lba_bytes);
	for (unsigned i = 0; i < nr; i++)
		queues[i] = test_queue(t, DEPTH + 1, i & 1 ? ZNVME_QUEUE_POLLED : 0);
	for (unsigned i = 0; i < nr; i++)
		start_reads(t, queues[i], region);
	reset(t);
	for (unsigned i = nr; i-- > 0;)
		reap_all(queues[i]);
	for (unsigned i = 0; i < nr; i++)
		write_and_verify(t, queues[i], region, i);
}

static void blocking_calls_work_on(struct test *t)
{
	static char buf[65536];

	test_open(t);
	for (uint64_t i = 0; i < 4; i++) {
		fill_pattern(buf, sizeof(buf), i);
		CHECK_RC(znvme_pwrite(t->ns, buf, sizeof(buf), 0, 0, NULL), sizeof(buf));
		reset(t);
		memset(buf, 0, sizeof(buf));
		CHECK_RC(znvme_pread(t->ns, buf, sizeof(buf), 0, 0, NULL), sizeof(buf));
		CHECK_PATTERN(buf, sizeof(buf), i);
	}
}

static void admin_works_on(struct test *t)
{
	char data[ZNVME_IDENTIFY_SIZE];

	test_open(t);
	for (int i = 0; i < 5; i++) {
		reset(t);
		CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data));
	}
}

static uint32_t get_threshold(struct test *t, uint32_t which)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_TEMP_THRESHOLD, .cdw11 = which};
	uint32_t value;

	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &value));
	return value & 0xffff;
}

static uint64_t get_time(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_TIMESTAMP};
	struct znvme_timestamp time;
	uint64_t ms = 0;

	CHECK_OK(znvme_get_feature(t->ctrl, &args, &time, sizeof(time), NULL));
	memcpy(&ms, time.timestamp, sizeof(time.timestamp));
	return ms;
}

/* What the user has set is set again, each value of a feature that has several. */
static void features_are_restored(struct test *t)
{
	const uint32_t under = (uint32_t)znvme_field_put(ZNVME_FEAT_TEMP_THSEL, 1);
	const struct znvme_feature_args set[] = {
		{.fid = ZNVME_FEAT_TEMP_THRESHOLD, .cdw11 = 0x140},
		{.fid = ZNVME_FEAT_TEMP_THRESHOLD, .cdw11 = under | 0x103},
		{.fid = ZNVME_FEAT_TEMP_THRESHOLD, .cdw11 = 0x151},
	};
	const struct znvme_feature_args clock = {.fid = ZNVME_FEAT_TIMESTAMP};
	struct znvme_timestamp time = {.timestamp = {0, 0, 0, 0, 0, 1}};
	const uint64_t ms = (uint64_t)1 << 40;

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(set); i++)
		CHECK_OK(znvme_set_feature(t->ctrl, &set[i], NULL, 0, NULL));
	CHECK_OK(znvme_set_feature(t->ctrl, &clock, &time, sizeof(time), NULL));
	for (int i = 0; i < 3; i++) {
		CHECK_OK(znvme_reset(t->ctrl));
		CHECK_EQ(get_threshold(t, 0), 0x151);
		CHECK_EQ(get_threshold(t, under), 0x103);
		CHECK(get_time(t) >= ms && get_time(t) < ms + 3600000);
	}
}

#define BUSY_DEPTH 8u

/* What the threads are told, and how many of them obey; atomic. */
struct orders {
	bool stop;
	bool hold;
	unsigned held;
};

/* A thread that keeps its queue full until it is told to stop. */
struct busy_thread {
	struct test *t;
	pthread_t thread;
	struct orders *orders;
	uint64_t submitted, completed, canceled;
	const char *wrong;
};

static void take_completions(struct busy_thread *b, bool *pending, const struct znvme_cpl *cpls,
			     int n)
{
	for (int i = 0; i < n; i++) {
		bool *mine = cpls[i].data;

		if (mine < pending || mine >= pending + BUSY_DEPTH)
			b->wrong = "a completion with the data of no command";
		else if (!*mine)
			b->wrong = "a command completed twice";
		else
			*mine = false;
		if (cpls[i].status && cpls[i].status != -ECANCELED)
			b->wrong = znvme_strerror(cpls[i].status);
		b->canceled += cpls[i].status == -ECANCELED;
		b->completed++;
	}
}

/* What was submitted stays in flight, and no doorbell is rung. */
static void obey_hold(struct orders *orders)
{
	if (!__atomic_load_n(&orders->hold, __ATOMIC_ACQUIRE))
		return;
	__atomic_add_fetch(&orders->held, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&orders->hold, __ATOMIC_ACQUIRE))
		usleep(100);
	__atomic_sub_fetch(&orders->held, 1, __ATOMIC_ACQ_REL);
}

static void *keep_busy(void *arg)
{
	struct busy_thread *b = arg;
	bool *stop = &b->orders->stop;
	bool pending[BUSY_DEPTH] = {false};
	struct znvme_cpl cpls[BUSY_DEPTH];
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_rw rw;

	b->wrong = "no queue";
	if (znvme_mem_alloc(b->t->ctrl, 4096, &region) ||
	    znvme_queue_create(b->t->ctrl, BUSY_DEPTH + 1, NULL, &q) ||
	    znvme_rw_init(&rw, b->t->ns, ZNVME_CMD_READ, 1, 0, region))
		return NULL;
	b->wrong = NULL;
	while (!b->wrong &&
	       (!__atomic_load_n(stop, __ATOMIC_RELAXED) || b->completed < b->submitted)) {
		for (unsigned i = 0; i < BUSY_DEPTH && !__atomic_load_n(stop, __ATOMIC_RELAXED);
		     i++) {
			if (pending[i])
				continue;
			if (znvme_queue_rw(q, &rw, region->addr, i, &pending[i])) {
				b->wrong = "a queue with room is full";
				return NULL;
			}
			pending[i] = true;
			b->submitted++;
		}
		znvme_submit(q);
		obey_hold(b->orders);
		take_completions(b, pending, cpls, znvme_wait(q, cpls, BUSY_DEPTH, 100));
	}
	if (!b->wrong && znvme_queue_delete(q))
		b->wrong = "the queue cannot be deleted";
	return NULL;
}

/*
 * A reset while `n` threads keep queues busy. The simulator's comes at any moment. QEMU 7.2 frees
 * queues whose doorbells it has noted and goes on with them, which crashes it then or tests later:
 * there no doorbell is rung meanwhile, and commands are in flight all the same.
 */
static void reset_busy(struct test *t, struct orders *orders, unsigned n)
{
	usleep(t->sim ? 2000 : 20000);
	if (t->sim) {
		CHECK_OK(znvme_reset(t->ctrl));
		return;
	}
	__atomic_store_n(&orders->hold, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&orders->held, __ATOMIC_ACQUIRE) < n)
		usleep(100);
	reset(t);
	__atomic_store_n(&orders->hold, false, __ATOMIC_RELEASE);
	while (__atomic_load_n(&orders->held, __ATOMIC_ACQUIRE))
		usleep(100);
}

/* Resets while up to 32 queues are busy: every command completes once, none is lost. */
static void under_load(struct test *t)
{
	struct busy_thread threads[32];
	struct orders orders = {0};
	uint64_t canceled = 0;
	unsigned n;

	test_open(t);
	n = t->info.nr_io_queues < 32 ? t->info.nr_io_queues : 32;
	for (unsigned i = 0; i < n; i++) {
		threads[i] = (struct busy_thread){.t = t, .orders = &orders};
		CHECK_OK(pthread_create(&threads[i].thread, NULL, keep_busy, &threads[i]));
	}
	for (int i = 0; i < 20; i++)
		reset_busy(t, &orders, n);
	__atomic_store_n(&orders.stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < n; i++) {
		pthread_join(threads[i].thread, NULL);
		if (threads[i].wrong)
			FAIL("thread %u: %s", i, threads[i].wrong);
		CHECK_EQ(threads[i].completed, threads[i].submitted);
		CHECK(threads[i].completed > 0);
		canceled += threads[i].canceled;
	}
	/* A doorbell may be rung once more when its queue is gone already: that is the only error.
	 */
	t->faulty = true;
	printf("# %u queues, 20 resets: %llu commands canceled\n", n, (unsigned long long)canceled);
}

static void whole_subsystem(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	region = test_region(t, t->ns->lba_bytes);
	q = test_queue(t, 8, 0);
	if (!(t->info.cap & ZNVME_CAP_NSSRS)) {
		CHECK_RC(znvme_subsystem_reset(t->ctrl), -EOPNOTSUPP);
		return;
	}
	for (int i = 0; i < 3; i++) {
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		CHECK_OK(znvme_subsystem_reset(t->ctrl));
		CHECK(znvme_reg_read(t->ctrl, ZNVME_REG_CSTS, 4) & ZNVME_CSTS_NSSRO);
	}
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
}

static const struct test_case cases[] = {
	{"an idle controller is reset", idle_controller, 0},
	{"commands in flight complete exactly once", commands_in_flight, 0},
	{"a polled queue works on", polled_queue, 0},
	{"prepared commands are submitted after it", prepared_commands, 0},
	{"a queue can be deleted after it", queue_deleted_after_reset, 0},
	{"an event tells of it", told_by_an_event, 0},
	{"every queue works on", every_queue_works_on, 0},
	{"blocking calls work on", blocking_calls_work_on, 0},
	{"admin commands work on", admin_works_on, 0},
	{"features that were set are set again", features_are_restored, 0},
	{"resets under busy queues lose and double nothing", under_load, HAS_FOUR_QUEUES},
	{"a subsystem reset does what a reset does", whole_subsystem, 0},
};

const struct test_group reset_tests = {"reset", cases, ARRAY_LEN(cases)};
