// SPDX-License-Identifier: MIT
/*
 * Processes that end or stop where nobody planned it: kill -9 at any moment under write load,
 * SIGSTOP for longer than the deadlines, a thread that is cancelled between submitting and reaping,
 * fork() with commands in flight; and processes that compete for one device.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests.h"

#define DEPTH  16u
#define BLOCKS 64u
#define ROUNDS 12u /* ZNVME_TEST_KILLS: how often a process is killed, for longer runs */

static void sleep_us(uint64_t us)
{
	struct timespec time = {.tv_sec = (time_t)(us / 1000000),
				.tv_nsec = (long)(us % 1000000) * 1000};

	nanosleep(&time, NULL);
}

static void *shared(size_t len)
{
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	return memory;
}

static pid_t start_process(void)
{
	fflush(stdout);

	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* Outlives whoever writes it. A block's number of writes: submitted, and known to be flushed. */
struct journal {
	uint32_t issued[BLOCKS];
	uint32_t flushed[BLOCKS];
	uint32_t opened;  /* processes that got the device open and found it right */
	uint32_t flushes; /* that have ended */
};

/* The block is of one write, whole: the last that was flushed, or one issued later. */
static void check_block(const struct journal *journal, const char *data, uint32_t bytes, uint32_t i)
{
	uint32_t at;

	for (at = journal->flushed[i]; at <= journal->issued[i]; at++)
		if (at ? check_pattern(data, bytes, (uint64_t)at << 32 | i) == bytes
		       : check_bytes(data, bytes, 0) == bytes)
			return;
	FAIL("block %u is of no write from %u, the last flushed, to %u, the last issued", i,
	     journal->flushed[i], journal->issued[i]);
}

static void read_and_check(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			   const struct journal *journal)
{
	const uint32_t bytes = t->ns->lba_bytes;

	for (uint32_t i = 0; i < BLOCKS; i++) {
		struct znvme_sqe *sqe = znvme_get_sqe(q, NULL);

		CHECK(sqe);
		CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr + (size_t)i * bytes, i,
					 1));
		if (i % DEPTH == DEPTH - 1)
			test_drain(q, DEPTH, 0);
	}
	for (uint32_t i = 0; i < BLOCKS; i++)
		check_block(journal, region->addr + (size_t)i * bytes, bytes, i);
}

/* What earlier processes flushed is there; then write and flush until killed. */
static void check_and_write(struct test *t, struct journal *journal)
{
	uint32_t bytes, done[BLOCKS];
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	bytes = t->ns->lba_bytes;
	q = test_queue(t, DEPTH + 1, 0);
	region = test_region(t, BLOCKS * (size_t)bytes);
	read_and_check(t, q, region, journal);
	__atomic_add_fetch(&journal->opened, 1, __ATOMIC_SEQ_CST);
	for (uint32_t first = 0;; first = (first + DEPTH) % BLOCKS) {
		struct znvme_sqe *sqe;

		for (uint32_t i = first; i < first + DEPTH; i++) {
			char *data = region->addr + (size_t)i * bytes;

			fill_pattern(data, bytes, (uint64_t)(journal->issued[i] + 1) << 32 | i);
			done[i] = journal->issued[i] + 1;
			__atomic_store_n(&journal->issued[i], done[i], __ATOMIC_SEQ_CST);
			sqe = znvme_get_sqe(q, NULL);
			CHECK(sqe);
			CHECK_OK(znvme_prep_write(sqe, t->ns, region, data, i, 1));
		}
		test_drain(q, DEPTH, 0);
		sqe = znvme_get_sqe(q, NULL);
		znvme_prep_flush(sqe, t->ns);
		test_drain(q, 1, 0);
		for (uint32_t i = first; i < first + DEPTH; i++)
			__atomic_store_n(&journal->flushed[i], done[i], __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&journal->flushes, 1, __ATOMIC_SEQ_CST);
	}
}

static void zero_blocks(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	q = test_queue(t, 4, 0);
	region = test_region(t, t->ns->lba_bytes);
	for (uint32_t i = 0; i < BLOCKS; i++)
		CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, region->addr, i, 1));
	test_close(t);
}

/* At any moment: before it has opened, while it opens, checks, writes. Half of them are let do some
 * work first. */
static void killed_at_any_moment(struct test *t)
{
	const char *wanted = getenv("ZNVME_TEST_KILLS");
	unsigned rounds = wanted ? (unsigned)strtoul(wanted, NULL, 10) : ROUNDS;
	struct journal *journal = shared(sizeof(*journal));
	uint64_t seed = 1, open_us = 0;
	unsigned working = 0;

	zero_blocks(t);
	for (unsigned round = 0; round < rounds; round++) {
		uint32_t opened = __atomic_load_n(&journal->opened, __ATOMIC_SEQ_CST);
		struct timespec start, now;
		pid_t pid = start_process();
		int status;

		if (pid == 0)
			check_and_write(t, journal);
		clock_gettime(CLOCK_MONOTONIC, &start);
		while (round % 2 == 0 && waitpid(pid, &status, WNOHANG) == 0 &&
		       __atomic_load_n(&journal->opened, __ATOMIC_SEQ_CST) == opened)
			sleep_us(1000);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (round % 2 == 0)
			open_us = (uint64_t)((now.tv_sec - start.tv_sec) * 1000000 +
					     (now.tv_nsec - start.tv_nsec) / 1000);
		sleep_us(next_random(&seed) % (round % 2 ? open_us + 1 : 50000));
		/* One that has ended by itself has found something wrong, and said what. */
		if (kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
			FAIL("process %u of %u ended by itself", round, rounds);
		working += journal->opened != opened;
	}
	printf("# killed %u times, %u of them at work; %u flushes\n", rounds, working,
	       journal->flushes);
	CHECK(journal->flushes);
	/* The last one is checked as well. */
	test_open(t);

	struct znvme_queue *q = test_queue(t, DEPTH + 1, 0);

	read_and_check(t, q, test_region(t, BLOCKS * (size_t)t->ns->lba_bytes), journal);
}

struct contest {
	uint32_t turns[3];
	uint32_t refused;
};

/* Open as often as it takes to have had `turns` turns. Who has the device has the lock, too. */
static void compete(struct test *t, struct contest *contest, unsigned me, int lock)
{
	while (contest->turns[me] < 8) {
		struct znvme_device *dev;
		int rc = test_device(t->address, &dev);

		if (rc) {
			CHECK_RC(rc, -EBUSY);
			CHECK_MESSAGE("in use by");
			__atomic_add_fetch(&contest->refused, 1, __ATOMIC_SEQ_CST);
			sleep_us(1000);
			continue;
		}
		CHECK_OK(flock(lock, LOCK_EX | LOCK_NB));
		CHECK_OK(znvme_open_device(dev, NULL, &t->ctrl));
		CHECK_OK(flock(lock, LOCK_UN));
		CHECK_OK(znvme_close(t->ctrl));
		t->ctrl = NULL;
		contest->turns[me]++;
	}
	_exit(0);
}

static void no_window(struct test *t)
{
	struct contest *contest = shared(sizeof(*contest));
	pid_t pids[ARRAY_LEN(contest->turns)];
	char path[] = "/tmp/znvme-test-XXXXXX";
	int file = mkstemp(path);

	CHECK(file >= 0);
	for (unsigned i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = start_process();
		if (pids[i] == 0)
			compete(t, contest, i, open(path, O_RDWR | O_CLOEXEC));
	}
	for (unsigned i = 0; i < ARRAY_LEN(pids); i++) {
		int status;

		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		CHECK_EQ(status, 0);
		CHECK_EQ(contest->turns[i], 8);
	}
	unlink(path);
	close(file);
	CHECK(contest->refused);
}

static void start_reads(struct test *t, struct znvme_queue *q, struct znvme_region *region,
			unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct znvme_sqe *sqe = znvme_get_sqe(q, NULL);

		CHECK(sqe);
		CHECK_OK(znvme_prep_read(sqe, t->ns, region, region->addr, i, 1));
	}
	CHECK_OK(znvme_submit(q));
}

/* Reap what is in flight, whatever its status; how many there were. */
static unsigned reap_all(struct znvme_queue *q)
{
	unsigned n = 0;

	while (znvme_in_flight(q)) {
		struct znvme_cpl cpls[DEPTH];
		int got = znvme_wait(q, cpls, DEPTH, PATIENCE_MS);

		CHECK(got > 0);
		n += (unsigned)got;
	}
	return n;
}

/*
 * Longer than every deadline, with commands in flight, again and again. Not over QEMU's qtest
 * socket, on which a call that is stopped fails.
 */
static void stopped_for_long(struct test *t)
{
	const struct znvme_open_options hasty = {.io_timeout_ms = 100, .admin_timeout_ms = 2000};
	unsigned *passes = shared(sizeof(*passes));
	pid_t pid = start_process();
	int status;

	if (pid == 0) {
		struct znvme_region *region;
		struct znvme_queue *q;

		test_open_with(t, t->address, &hasty);
		q = test_queue(t, DEPTH + 1, 0);
		region = test_region(t, t->ns->lba_bytes);
		while (__atomic_load_n(passes, __ATOMIC_SEQ_CST) < UINT32_MAX / 2) {
			start_reads(t, q, region, DEPTH);
			CHECK_EQ(reap_all(q), DEPTH);
			__atomic_add_fetch(passes, 1, __ATOMIC_SEQ_CST);
		}
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
		test_close(t);
		_exit(0);
	}
	for (int i = 0; i < 5; i++) {
		unsigned before = __atomic_load_n(passes, __ATOMIC_SEQ_CST);

		/* It is at work, and is stopped wherever it is. */
		while (__atomic_load_n(passes, __ATOMIC_SEQ_CST) == before &&
		       waitpid(pid, &status, WNOHANG) == 0)
			sleep_us(1000);
		CHECK_OK(kill(pid, SIGSTOP));
		sleep_us(300000);
		CHECK_OK(kill(pid, SIGCONT));
	}
	__atomic_add_fetch(passes, UINT32_MAX / 2, __ATOMIC_SEQ_CST);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

struct worker {
	struct test *t;
	struct znvme_queue *q;
	struct znvme_region *region;
	uint64_t submitted;
	uint64_t reaped;
};

/* Submit and reap until cancelled, which happens between the two, not within a call. */
static void *work(void *arg)
{
	struct worker *w = arg;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	for (;;) {
		start_reads(w->t, w->q, w->region, DEPTH);
		__atomic_add_fetch(&w->submitted, DEPTH, __ATOMIC_SEQ_CST);
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
		pthread_testcancel();
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
		w->reaped += reap_all(w->q);
	}
	return NULL;
}

/* The queue is then another thread's, with what is in flight. */
static void cancelled_thread(struct test *t)
{
	const unsigned ways[] = {0, ZNVME_QUEUE_POLLED, ZNVME_QUEUE_INTERRUPT};
	uint64_t seed = 1;

	test_open(t);
	for (unsigned i = 0; i < 30; i++) {
		struct worker w = {.t = t};
		unsigned way = ways[i % ARRAY_LEN(ways)];
		pthread_t thread;

		if (!t->info.nr_vectors)
			way = ZNVME_QUEUE_POLLED;
		w.q = test_queue(t, DEPTH + 1, way);
		w.region = test_region(t, t->ns->lba_bytes);
		CHECK_EQ(pthread_create(&thread, NULL, work, &w), 0);
		while (!__atomic_load_n(&w.submitted, __ATOMIC_SEQ_CST))
			sleep_us(100);
		sleep_us(next_random(&seed) % 5000);
		CHECK_EQ(pthread_cancel(thread), 0);
		CHECK_EQ(pthread_join(thread, NULL), 0);
		CHECK_EQ(w.reaped + reap_all(w.q), w.submitted);
		CHECK_OK(test_rw(t, w.q, ZNVME_CMD_READ, w.region, w.region->addr, 0, 1));
		CHECK_OK(znvme_queue_delete(w.q));
		CHECK_OK(znvme_mem_free(t->ctrl, w.region));
	}
}

/* A child that is born with the parent's commands in flight, and ends, disturbs none of them. */
static void fork_in_the_middle(struct test *t)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	q = test_queue(t, DEPTH + 1, 0);
	region = test_region(t, t->ns->lba_bytes);
	for (unsigned i = 0; i < 10; i++) {
		int status;

		start_reads(t, q, region, DEPTH);

		pid_t pid = start_process();

		if (pid == 0)
			_exit(znvme_close(t->ctrl) == -EPERM && znvme_reset(t->ctrl) == -EPERM ? 0
											       : 1);
		test_drain(q, DEPTH, 0);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
	}
}

static const struct test_case cases[] = {
	{"killed at any moment, what was flushed is there", killed_at_any_moment, HAS_OWNER},
	{"of processes that compete one has the device at a time", no_window, HAS_OWNER},
	{"stopped for longer than the deadlines, every command ends once", stopped_for_long,
	 HAS_IOMMU},
	{"a cancelled thread leaves a queue that another takes over", cancelled_thread, 0},
	{"a child that is born and ends with commands in flight disturbs none", fork_in_the_middle,
	 0},
};

const struct test_group kill_tests = {"kill", cases, ARRAY_LEN(cases)};
