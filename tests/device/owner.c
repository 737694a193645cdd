// SPDX-License-Identifier: MIT
/*
 * A controller has one owner: a second open is refused and told who, a child process is kept out,
 * and what a killed process leaves behind is taken over at once.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests.h"

#define AREA_BLOCKS 64u

/*
 * A child that opens the device and writes until it is killed. It tells by the pipe of each pass
 * over the area that has been written and flushed.
 */
static void write_for_ever(struct test *t, int report)
{
	struct znvme_region *region;
	struct znvme_queue *q;

	test_open(t);
	q = test_queue(t, 32, 0);
	region = test_region(t, (size_t)AREA_BLOCKS * t->ns->lba_bytes);
	for (uint8_t pass = 1;; pass++) {
		struct znvme_sqe *sqe;

		memset(region->addr, pass, region->len);
		for (unsigned i = 0; i < AREA_BLOCKS; i += 8) {
			sqe = znvme_get_sqe(q, NULL);
			CHECK(sqe);
			CHECK_OK(znvme_prep_write(sqe, t->ns, region,
						  region->addr + (size_t)i * t->ns->lba_bytes, i,
						  8));
		}
		test_drain(q, AREA_BLOCKS / 8, 0);
		sqe = znvme_get_sqe(q, NULL);
		znvme_prep_flush(sqe, t->ns);
		test_drain(q, 1, 0);
		if (write(report, &pass, 1) != 1)
			_exit(1);
	}
}

struct child {
	pid_t pid;
	int report;
};

static struct child start_child(struct test *t)
{
	struct child child;
	int ends[2];

	CHECK_OK(pipe(ends));
	child.pid = fork();
	CHECK(child.pid >= 0);
	if (child.pid == 0) {
		close(ends[0]);
		write_for_ever(t, ends[1]);
	}
	close(ends[1]);
	child.report = ends[0];
	return child;
}

/* The number of the last pass that the child is done with. */
static uint8_t wait_for_passes(struct child *child, int n)
{
	uint8_t pass = 0;

	while (n--)
		CHECK_EQ(read(child->report, &pass, 1), 1);
	return pass;
}

static void kill_child(struct child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	close(child->report);
}

static void second_open(struct test *t)
{
	struct child child = start_child(t);
	struct znvme_device *dev;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)child.pid);
	wait_for_passes(&child, 1);
	CHECK_RC(test_device(t->address, &dev), -EBUSY);
	CHECK_MESSAGE(pid);
	wait_for_passes(&child, 1);
	kill_child(&child);
	test_open(t);
}

static void second_open_in_one_process(struct test *t)
{
	struct znvme_device *dev;

	test_open(t);
	CHECK_RC(test_device(t->address, &dev), -EBUSY);
	CHECK(*znvme_errmsg());
	CHECK(znvme_reg_read(t->ctrl, ZNVME_REG_CSTS, 4) & ZNVME_CSTS_RDY);
}

/* Blocks are whole: of the last pass that was reported, or of the one after it. */
static void killed_while_writing(struct test *t)
{
	for (int round = 0; round < 5; round++) {
		struct child child = start_child(t);
		struct znvme_region *region;
		uint8_t pass = wait_for_passes(&child, 3 + round);

		kill_child(&child);
		test_open(t);
		region = test_region(t, (size_t)AREA_BLOCKS * t->ns->lba_bytes);

		struct znvme_queue *q = test_queue(t, 4, 0);
		uint32_t bytes = t->ns->lba_bytes;

		for (unsigned i = 0; i < AREA_BLOCKS; i++) {
			char *block = region->addr + (size_t)i * bytes;

			CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, block, i, 1));

			uint8_t found = (uint8_t)block[0], ahead = (uint8_t)(found - pass);

			if (ahead > 100)
				FAIL("block %u is of pass %u, pass %u was flushed", i, found, pass);
			CHECK_BYTES(block, bytes, found);
		}
		test_close(t);
	}
}

static void child_is_kept_out(struct test *t)
{
	int status;
	pid_t pid;

	test_open(t);
	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		char data[ZNVME_IDENTIFY_SIZE];
		int rc = znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, data);

		_exit(rc == -EPERM && *znvme_errmsg() ? 0 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* Memory under DMA must stay the parent's own when a child has shared it for a while. */
static void memory_after_fork(struct test *t)
{
	uint32_t bytes;
	char *own = aligned_alloc(4096, 16 * KIB);
	struct znvme_region *regions[2];
	struct znvme_queue *q;
	int ends[2];
	pid_t pid;

	memset(own, 0, 16 * KIB);
	test_open(t);
	bytes = t->ns->lba_bytes;
	q = test_queue(t, 4, 0);
	regions[0] = test_region(t, 16 * KIB);
	CHECK_OK(znvme_mem_map(t->ctrl, own, 16 * KIB, 0, &regions[1]));
	CHECK_OK(pipe(ends));
	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		char byte;

		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(ends[0]);
	for (uint64_t i = 0; i < 20; i++) {
		struct znvme_region *region = regions[i % 2];

		fill_pattern(region->addr, bytes, i);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_WRITE, region, region->addr, i, 1));
		memset(region->addr, 0, bytes);
		CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, i, 1));
		CHECK_PATTERN(region->addr, bytes, i);
	}
	close(ends[1]);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_OK(znvme_mem_free(t->ctrl, regions[1]));
	free(own);
}

static const struct test_case cases[] = {
	{"a second open is refused and names the owner", second_open, HAS_OWNER},
	{"a second open in the same process is refused", second_open_in_one_process, HAS_OWNER},
	{"what a killed process leaves is taken over", killed_while_writing, HAS_OWNER},
	{"a child process is kept out of its parent's controller", child_is_kept_out, 0},
	{"memory works on while a child lives", memory_after_fork, 0},
};

const struct test_group owner_tests = {"owner", cases, ARRAY_LEN(cases)};
