// SPDX-License-Identifier: MIT
/*
 * Surprise removal: the device's slot is pulled while this process drives it, polled and by
 * interrupt, in the middle of opening, resetting and closing; then it is plugged again and the same
 * process opens it again. tests/vm/unplug.sh starts it in a machine with --hotplug. The output is
 * TAP.
 *
 * Through all of it the process lives: every command ends once, every call returns, and the
 * application's handler of SIGBUS is neither called nor replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <znvme.h>

#define DEPTH 16u
/* Linux 6.1 waits for 65 s for a function that was pulled while it was being reset. */
#define PATIENCE_MS 120000u
#define SLOT_OFF    0x0700u /* Slot Control: power indicator off, power off */
#define SLOT_IRQ    0x0020u /* Slot Control: hot-plug interrupt enable */

static const struct znvme_open_options options = {
	.io_timeout_ms = 1000, .admin_timeout_ms = 1000, .ready_timeout_ms = 1000};

static struct {
	const char *address;
	int config;	    /* of the slot's port */
	off_t slot_control; /* in it */
	uint16_t control;   /* its value while a device is in */
	FILE *qmp;
	unsigned nr_devices; /* that have been plugged in */
} machine;

static unsigned number;
static volatile sig_atomic_t bus_errors;

static void on_bus_error(int signal)
{
	(void)signal;
	bus_errors++;
	_exit(3);
}

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("not ok %u - ", ++number);
	vprintf(format, args);
	printf(" (last message: %s)\n1..%u\n", znvme_errmsg(), number);
	va_end(args);
	exit(1);
}

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail("%s:%d: %s", __func__, __LINE__, #condition);                         \
	} while (0)

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void sleep_us(unsigned us)
{
	struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};

	nanosleep(&time, NULL);
}

static void write_slot_control(uint16_t value)
{
	CHECK(pwrite(machine.config, &value, sizeof(value), machine.slot_control) == sizeof(value));
}

/* QEMU takes the device out when the slot loses power; that the slot then has it again makes of it
 * what the kernel sees when a hand pulls the device. */
static void pull(void)
{
	write_slot_control((uint16_t)((machine.control | SLOT_OFF) & ~SLOT_IRQ));
	write_slot_control(machine.control);
}

static void ask_machine(const char *command)
{
	char line[1024];

	fprintf(machine.qmp, "%s\n", command);
	fflush(machine.qmp);
	do
		CHECK(fgets(line, sizeof(line), machine.qmp));
	while (!strstr(line, "\"return\"") && !strstr(line, "\"error\""));
	if (strstr(line, "\"error\""))
		fail("%s: %s", command, line);
}

static void wait_for(const char *path, bool there)
{
	uint64_t deadline = now_ms() + PATIENCE_MS;

	while ((access(path, F_OK) == 0) != there) {
		if (now_ms() > deadline)
			fail("%s is %s", path, there ? "not there" : "still there");
		sleep_us(20000);
	}
}

/* Until the kernel is done with the slot: it takes its power and then lets it rest for a second, in
 * which it does not look at what is plugged in. */
static void wait_for_slot(void)
{
	uint64_t deadline = now_ms() + PATIENCE_MS;
	char power = '1';

	while (power != '0') {
		FILE *file = fopen("/sys/bus/pci/slots/1/power", "re");

		CHECK(file && fread(&power, 1, 1, file) == 1);
		fclose(file);
		CHECK(now_ms() < deadline);
		sleep_us(20000);
	}
	sleep_us(1200000);
}

/* The kernel has let the old one go; plug a new one in, and have it with vfio-pci. */
static void plug(void)
{
	char path[128], command[256];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", machine.address);
	wait_for(path, false);
	wait_for_slot();
	/* A medium of its own: QEMU may still be busy with what the old one was doing. */
	machine.nr_devices++;
	snprintf(command, sizeof(command),
		 "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"null-co\",\"size\":"
		 "1073741824,\"read-zeroes\":true,\"node-name\":\"medium%u\"}}",
		 machine.nr_devices);
	ask_machine(command);
	snprintf(command, sizeof(command),
		 "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"nvme\",\"id\":\"new%u\","
		 "\"serial\":\"znvme0\",\"drive\":\"medium%u\",\"bus\":\"slot0\"}}",
		 machine.nr_devices, machine.nr_devices);
	ask_machine(command);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", machine.address);
	wait_for(path, true);
	snprintf(command, sizeof(command), "sudo znvme bind %s --user user >/dev/null",
		 machine.address);
	CHECK(system(command) == 0);
}

struct user {
	struct znvme_ctrl *ctrl;
	const struct znvme_ns *ns;
	struct znvme_region *region;
	struct znvme_queue *queue;
};

static void open_all(struct user *u, unsigned queue_flags)
{
	const struct znvme_queue_options queue_options = {.flags = queue_flags};
	int rc = znvme_open(machine.address, &options, &u->ctrl);

	if (rc)
		fail("open: %s", znvme_strerror(rc));
	CHECK(znvme_ns_get(u->ctrl, 1, &u->ns) == 0);
	CHECK(znvme_mem_alloc(u->ctrl, DEPTH * 4096, &u->region) == 0);
	CHECK(znvme_queue_create(u->ctrl, DEPTH + 1, &queue_options, &u->queue) == 0);
}

static void start(struct user *u, uintptr_t i)
{
	struct znvme_sqe *sqe = znvme_get_sqe(u->queue, (void *)i);

	CHECK(sqe);
	CHECK(znvme_prep_write(sqe, u->ns, u->region, u->region->addr + i * 4096, 8 * i, 8) == 0);
}

/* Keep DEPTH writes in flight until `n` have ended well, or some have not; each ends once. Returns
 * whether all ended well. */
static bool load(struct user *u, unsigned n)
{
	bool busy[DEPTH] = {false}, healthy = true;
	struct znvme_cpl cpls[DEPTH];
	unsigned in_flight = 0, done = 0;

	do {
		for (unsigned i = 0; i < DEPTH && healthy && done < n; i++)
			if (!busy[i]) {
				start(u, i);
				busy[i] = true;
				in_flight++;
			}
		znvme_submit(u->queue);
		int got = znvme_wait(u->queue, cpls, DEPTH, (int)PATIENCE_MS);

		CHECK(got > 0);
		for (int i = 0; i < got; i++) {
			CHECK(busy[(uintptr_t)cpls[i].data]);
			busy[(uintptr_t)cpls[i].data] = false;
			/* The device itself reports no error. */
			CHECK(cpls[i].status <= 0);
			healthy = healthy && cpls[i].status == 0;
		}
		in_flight -= (unsigned)got;
		done += (unsigned)got;
	} while (in_flight || (healthy && done < n));
	CHECK(znvme_in_flight(u->queue) == 0);
	return healthy;
}

/* Pulls the device after a while. */
static void *pull_later(void *arg)
{
	sleep_us(*(const unsigned *)arg);
	pull();
	return NULL;
}

static pthread_t pull_in(unsigned *us)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, pull_later, us) == 0);
	return thread;
}

/* The host asks for the device, or the controller has failed: whoever looks is told. */
static void wait_for_news(struct user *u)
{
	uint64_t deadline = now_ms() + PATIENCE_MS;
	struct znvme_event event = {0};

	while (event.kind != ZNVME_EVENT_DEVICE_REQUEST) {
		if (znvme_next_event(u->ctrl, &event) != 1)
			sleep_us(10000);
		CHECK(now_ms() < deadline);
	}
}

/* Everything that touches a register, on a device that is not there. */
static void touch_everything(struct user *u)
{
	char data[ZNVME_IDENTIFY_SIZE];

	for (uint32_t offset = 0; offset < 0x40; offset += 4)
		znvme_reg_read(u->ctrl, offset, 4);
	znvme_reg_write(u->ctrl, ZNVME_REG_CC, 4, 0);
	znvme_reg_write(u->ctrl, ZNVME_REG_DOORBELLS, 4, 0);
	CHECK(znvme_identify(u->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data) < 0);
	CHECK(znvme_reset(u->ctrl) < 0);
	CHECK(!load(u, 1));
	znvme_reg_read(u->ctrl, ZNVME_REG_CSTS, 4);
}

static void check_again(void)
{
	struct user u;

	plug();
	open_all(&u, 0);
	CHECK(load(&u, 100));
	CHECK(znvme_close(u.ctrl) == 0);
}

static void under_load(const char *title, unsigned queue_flags)
{
	unsigned us = 300000;
	pthread_t thread;
	struct user u;

	open_all(&u, queue_flags);
	CHECK(load(&u, 100));
	thread = pull_in(&us);
	CHECK(!load(&u, UINT32_MAX));
	pthread_join(thread, NULL);
	printf("# CSTS of a device that is gone: 0x%x\n",
	       (unsigned)znvme_reg_read(u.ctrl, ZNVME_REG_CSTS, 4));
	wait_for_news(&u);
	touch_everything(&u);
	znvme_close(u.ctrl);
	printf("ok %u - pulled under load, %s: every command ends once, every call returns\n",
	       ++number, title);
	check_again();
	printf("ok %u - pulled under load, %s: plugged again, it serves the same process\n",
	       ++number, title);
}

static unsigned random_below(unsigned limit)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(state >> 33) % limit;
}

enum moment { OPENING, RESETTING, CLOSING };

/* What the kernel rests after the function reset with which it opens and closes a function. */
#define FUNCTION_RESET_US 100000u

/* What the driver's part of one of these takes here, so that a moment in its middle can be chosen.
 */
static unsigned measure_us(enum moment moment)
{
	struct znvme_device *dev;
	struct timespec from, to;
	unsigned us, rest = 0;
	struct user u;

	if (moment == OPENING)
		CHECK(znvme_device_open(machine.address, &dev) == 0);
	else
		open_all(&u, 0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (moment == OPENING)
		CHECK(znvme_open_device(dev, &options, &u.ctrl) == 0);
	else if (moment == RESETTING)
		CHECK(znvme_reset(u.ctrl) == 0);
	else
		CHECK(znvme_close(u.ctrl) == 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (moment == CLOSING)
		rest = FUNCTION_RESET_US;
	else
		znvme_close(u.ctrl);
	us = (unsigned)((to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000);
	return us > rest + 1000 ? us - rest : 1000;
}

static void in_the_middle(const char *title, enum moment moment, unsigned rounds)
{
	unsigned failures = 0;

	for (unsigned round = 0; round < rounds; round++) {
		unsigned us = random_below(measure_us(moment) / 4);
		struct znvme_device *dev = NULL;
		struct user u = {0};
		pthread_t thread;
		int rc;

		if (moment == OPENING)
			CHECK(znvme_device_open(machine.address, &dev) == 0);
		else
			open_all(&u, 0);
		thread = pull_in(&us);
		if (moment == OPENING)
			rc = znvme_open_device(dev, &options, &u.ctrl);
		else if (moment == RESETTING)
			rc = znvme_reset(u.ctrl);
		else
			rc = znvme_close(u.ctrl);
		failures += rc != 0;
		pthread_join(thread, NULL);
		if (moment == RESETTING || (moment == OPENING && !rc))
			znvme_close(u.ctrl);
		check_again();
	}
	printf("ok %u - pulled in the middle of %s, %u times, then plugged and opened again\n",
	       ++number, title, rounds);
	printf("# %u of them failed and said so\n", failures);
}

/* An orderly removal: the host asks, the application closes, and only then the device goes. */
static void asked_for(void)
{
	char command[128], path[128];
	struct user u;

	open_all(&u, 0);
	if (machine.nr_devices)
		snprintf(command, sizeof(command),
			 "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"new%u\"}}",
			 machine.nr_devices);
	else
		snprintf(command, sizeof(command),
			 "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"nvme0\"}}");
	ask_machine(command);
	wait_for_news(&u);
	CHECK(load(&u, 100));
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", machine.address);
	CHECK(access(path, F_OK) == 0);
	CHECK(znvme_close(u.ctrl) == 0);
	wait_for(path, false);
	printf("ok %u - device_del: the host asks, the device serves until it is closed, then "
	       "goes\n",
	       ++number);
	check_again();
	printf("ok %u - device_del: plugged again, it serves the same process\n", ++number);
}

int main(int argc, char **argv)
{
	const struct sigaction mine = {.sa_handler = on_bus_error};
	struct sigaction now;
	char line[1024];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 6) {
		fprintf(stderr, "usage: unplug ADDRESS CONFIG OFFSET VALUE QMP\n");
		return 2;
	}
	machine.address = argv[1];
	machine.config = open(argv[2], O_RDWR | O_CLOEXEC);
	machine.slot_control = strtol(argv[3], NULL, 0);
	machine.control = (uint16_t)strtoul(argv[4], NULL, 0);
	machine.qmp = fopen(argv[5], "r+e");
	CHECK(machine.config >= 0 && machine.qmp);
	CHECK(fgets(line, sizeof(line), machine.qmp));
	ask_machine("{\"execute\":\"qmp_capabilities\"}");
	sigaction(SIGBUS, &mine, NULL);

	under_load("polled", ZNVME_QUEUE_POLLED);
	under_load("by interrupt", ZNVME_QUEUE_INTERRUPT);
	in_the_middle("open", OPENING, 2);
	in_the_middle("reset", RESETTING, 2);
	in_the_middle("close", CLOSING, 1);
	asked_for();
	sigaction(SIGBUS, NULL, &now);
	CHECK(now.sa_handler == on_bus_error && !bus_errors);
	printf("ok %u - the application's handler of SIGBUS is its own, and was never called\n",
	       ++number);
	printf("1..%u\n", number);
	return 0;
}
