/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of the simulated controller, without the driver: coalescing by threshold and time, and
 * a host that sleeps until it is woken, for a great many commands.
 */
#include "sim_host.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const struct znvme_sqe flush = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};

/* Interrupts on, as many as there are vectors (2 or 3), and I/O queue 1 on the last vector. */
static void start_irq(struct host *host, const char *options, int fd[3])
{
	for (unsigned i = 0; i < 3; i++)
		fd[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	host_open(host, options);
	assert_int_equal(host->dev->ops->irq_set(host->dev, fd, host->dev->nr_vectors), 0);
	host_enable(host);
	host_create_queue(host, 1);
}

static void stop_irq(struct host *host, int fd[3])
{
	host_close(host);
	for (unsigned i = 0; i < 3; i++)
		close(fd[i]);
}

/* Coalesce up to `entries` completions for up to `time` times 100 µs. */
static void coalesce(struct host *host, uint32_t entries, uint32_t time)
{
	assert_int_equal(host_admin(host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_IRQ_COALESCING,
				    time << 8 | (entries - 1), NULL),
			 0);
}

/* Wait until `fd` is signalled, for ten seconds at most. */
static void wait_signal(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	uint64_t value;

	assert_int_equal(poll(&poll_fd, 1, 10000), 1);
	assert_int_equal(read(fd, &value, sizeof(value)), sizeof(value));
}

/* ---- coalescing ---------------------------------------------------------------------------- */

/* `nr` commands, one at a time: how many interrupts they take. */
static uint64_t interrupts_of(struct host *host, unsigned nr)
{
	uint64_t before = counters_of(host).interrupts;

	for (unsigned i = 0; i < nr; i++)
		assert_int_equal(host_exec(host, 1, &flush), 0);
	return counters_of(host).interrupts - before;
}

/* Time may run out now and then, on a busy machine, but not each time. */
static void test_threshold(void **state)
{
	struct host host;
	uint64_t nr;
	int fd[3];

	(void)state;
	start_irq(&host, "vectors=2", fd);
	assert_int_equal(interrupts_of(&host, 400), 400);
	coalesce(&host, 8, 255);
	nr = interrupts_of(&host, 400);
	assert_in_range(nr, 50, 300);
	coalesce(&host, 1, 255);
	interrupts_of(&host, 1); /* with what was left */
	assert_int_equal(interrupts_of(&host, 40), 40);
	coalesce(&host, 8, 0);
	assert_int_equal(interrupts_of(&host, 40), 40);
	stop_irq(&host, fd);
}

/* Too few for the threshold: they are told of when the time is over. */
static void test_time(void **state)
{
	struct host host;
	int fd[3];

	(void)state;
	start_irq(&host, "vectors=2", fd);
	coalesce(&host, 256, 10);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(host_exec(&host, 1, &flush), 0);
		wait_signal(fd[1]);
	}
	coalesce(&host, 256, 255);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	coalesce(&host, 1, 0); /* what is put off already still comes */
	wait_signal(fd[1]);
	stop_irq(&host, fd);
}

/* Not on a vector that is exempt, and not for the Admin queue, which takes the others along. */
static void test_exempt(void **state)
{
	struct host host;
	uint64_t before;
	int fd[3];

	(void)state;
	start_irq(&host, "vectors=2", fd);
	coalesce(&host, 256, 255);
	assert_int_equal(host_admin(&host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_IRQ_VECTOR,
				    ZNVME_FEAT_IRQV_CD | 1, NULL),
			 0);
	assert_int_equal(interrupts_of(&host, 40), 40);
	before = counters_of(&host).interrupts;
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_int_equal(counters_of(&host).interrupts, before + 40);
	stop_irq(&host, fd);
}

/* A reset forgets what was put off, and the setting, which was not saved. */
static void test_reset(void **state)
{
	struct host host;
	struct timespec begin;
	struct timespec end;
	uint64_t before;
	int fd[3];

	(void)state;
	start_irq(&host, "vectors=2", fd);
	coalesce(&host, 256, 255);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	before = counters_of(&host).interrupts;
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	write32(&host, ZNVME_REG_CC, 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	host_enable(&host);
	host_create_queue(&host, 1);
	sleep_ms(40);
	if (end.tv_sec == begin.tv_sec && end.tv_nsec - begin.tv_nsec < 20000000)
		assert_int_equal(counters_of(&host).interrupts, before + 2);
	assert_int_equal(interrupts_of(&host, 40), 40);
	stop_irq(&host, fd);
}

/* ---- wake-ups ------------------------------------------------------------------------------ */

/*
 * A host that sleeps whenever it finds nothing, and is woken by interrupts only: a lost one leaves
 * it asleep.
 */
static void check_sleeper(const char *options, unsigned commands, uint32_t entries)
{
	unsigned outstanding = 0;
	unsigned submitted = 0;
	struct znvme_cqe cqe;
	struct host host;
	uint32_t random = 1;
	int fd[3];

	start_irq(&host, options, fd);
	coalesce(&host, entries, entries > 1);
	while (submitted < commands || outstanding) {
		unsigned before = submitted;

		random = random * 1664525u + 1013904223u;
		for (uint32_t i = (random >> 16) % 4 + !outstanding;
		     i && submitted < commands && outstanding < HOST_SIZE - 1; i--) {
			host_queue_command(&host, 1, &flush);
			submitted++;
			outstanding++;
		}
		if (submitted != before)
			host_ring(&host, 1);
		wait_signal(fd[1]);
		while (host_reap(&host, 1, &cqe))
			outstanding--;
	}
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	stop_irq(&host, fd);
}

static void test_sleeper(void **state)
{
	(void)state;
	check_sleeper("vectors=2,latency=0-20", 20000, 1);
	check_sleeper("vectors=2,latency=0-20", 20000, 3);
	check_sleeper("vectors=2", 20000, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threshold), cmocka_unit_test(test_time),
		cmocka_unit_test(test_exempt),	  cmocka_unit_test(test_reset),
		cmocka_unit_test(test_sleeper),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
