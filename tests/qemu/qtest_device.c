// SPDX-License-Identifier: MIT
/*
 * The qtest device by itself, without the driver: registers, memory, one admin command by hand,
 * interrupts, function reset. Where these fail, nothing that the qemu tier says of the driver
 * counts.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <znvme/error.h>
#include <znvme/spec.h>

#include "lib/qtest.h"

#define PAGE 4096u

/* An enabled controller with its admin queues, by hand. */
struct machine {
	struct znvme_device *dev;
	char *memory; /* page 0: SQ, 1: CQ, 2: data */
	uint64_t iova;
	unsigned tail;
};

static uint32_t read32(struct machine *m, uint32_t offset)
{
	return (uint32_t)m->dev->ops->reg_read(m->dev, offset, 4);
}

static void write_reg(struct machine *m, uint32_t offset, unsigned width, uint64_t value)
{
	m->dev->ops->reg_write(m->dev, offset, width, value);
}

static void enable(struct machine *m)
{
	uint32_t cc = ZNVME_CC_EN | (uint32_t)znvme_field_put(ZNVME_CC_IOSQES, 6) |
		      (uint32_t)znvme_field_put(ZNVME_CC_IOCQES, 4);

	memset(m->memory, 0, 3 * (size_t)PAGE);
	m->tail = 0;
	assert_int_equal(m->dev->ops->bus_master(m->dev, true), 0);
	write_reg(m, ZNVME_REG_AQA, 4, 15 | 15 << 16);
	write_reg(m, ZNVME_REG_ASQ, 8, m->iova);
	write_reg(m, ZNVME_REG_ACQ, 8, m->iova + PAGE);
	write_reg(m, ZNVME_REG_CC, 4, cc);
	assert_int_equal(read32(m, ZNVME_REG_CSTS) & (ZNVME_CSTS_RDY | ZNVME_CSTS_CFS),
			 ZNVME_CSTS_RDY);
}

static int setup(void **state)
{
	static struct machine m;

	m = (struct machine){.iova = 32u << 20};
	assert_int_equal(qtest_device_open("size=16M", &m.dev), 0);
	m.memory = mmap(NULL, 3 * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	assert_ptr_not_equal(m.memory, MAP_FAILED);
	assert_int_equal(m.dev->ops->dma_map(m.dev, m.memory, 3 * (size_t)PAGE, m.iova,
					     ZNVME_DMA_READ | ZNVME_DMA_WRITE),
			 0);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	struct machine *m = *state;

	znvme_device_close(m->dev);
	munmap(m->memory, 3 * (size_t)PAGE);
	return 0;
}

/* Identify Controller into page 2; waits for its completion. */
static void identify(struct machine *m)
{
	struct znvme_sqe *sqe = (struct znvme_sqe *)(void *)m->memory + m->tail;
	volatile struct znvme_cqe *cqe = (struct znvme_cqe *)(void *)(m->memory + PAGE) + m->tail;
	const struct timespec nap = {.tv_nsec = 1000000};

	*sqe = (struct znvme_sqe){.opcode = ZNVME_ADM_IDENTIFY, .cid = 0x77, .cdw10 = 1};
	sqe->dptr.prp.prp1 = m->iova + 2 * PAGE;
	write_reg(m, ZNVME_REG_DOORBELLS, 4, ++m->tail);
	for (int i = 0; i < 10000 && !(cqe->status & ZNVME_CQE_PHASE); i++)
		nanosleep(&nap, NULL);
	assert_int_equal(cqe->status, ZNVME_CQE_PHASE);
	assert_int_equal(cqe->cid, 0x77);
	write_reg(m, ZNVME_REG_DOORBELLS + 4, 4, m->tail);
}

static void registers_read(void **state)
{
	struct machine *m = *state;
	uint64_t cap = m->dev->ops->reg_read(m->dev, ZNVME_REG_CAP, 8);

	assert_int_equal(read32(m, ZNVME_REG_CAP), (uint32_t)cap);
	assert_int_equal(read32(m, ZNVME_REG_CAP + 4), cap >> 32);
	assert_int_not_equal(cap & ZNVME_CAP_CSS_NVM, 0);
	assert_int_equal(read32(m, ZNVME_REG_VS) >> 16, 1);
	assert_int_equal(m->dev->vendor, 0x1b36);
	assert_int_equal(m->dev->device, 0x0010);
	assert_true(m->dev->bar_size >= 0x2000);
	assert_true(m->dev->ops->reg_read(m->dev, (uint32_t)m->dev->bar_size, 4) == UINT64_MAX);
}

static void identify_by_hand(void **state)
{
	struct machine *m = *state;
	const struct znvme_id_ctrl *id = (void *)(m->memory + 2 * PAGE);

	enable(m);
	identify(m);
	assert_int_equal(id->vid, 0x1b36);
	assert_memory_equal(id->sn, "qtest ", 6);
}

static void mapping_keeps_contents(void **state)
{
	struct machine *m = *state;
	const size_t len = 5 * (size_t)PAGE;
	char *memory = aligned_alloc(PAGE, len);

	for (size_t i = 0; i < len; i++)
		memory[i] = (char)(i * 7);
	assert_int_equal(m->dev->ops->dma_map(m->dev, memory, len, 64u << 20, ZNVME_DMA_READ), 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(memory[i], (char)(i * 7));
	memory[PAGE] = 'x';
	assert_int_equal(m->dev->ops->dma_unmap(m->dev, 64u << 20, len), 0);
	assert_int_equal(memory[PAGE], 'x');
	assert_int_equal(memory[len - 1], (char)((len - 1) * 7));
	free(memory);
}

static void bad_mappings_are_refused(void **state)
{
	struct machine *m = *state;
	char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *private =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct znvme_device_ops *ops = m->dev->ops;

	assert_int_equal(ops->dma_map(m->dev, shared, PAGE, 64u << 20, 3), -EOPNOTSUPP);
	assert_int_equal(ops->dma_map(m->dev, private, PAGE, m->iova, 3), -EEXIST);
	assert_int_equal(ops->dma_map(m->dev, private, PAGE, 0x1000, 3), -EINVAL);
	assert_int_equal(ops->dma_map(m->dev, private, PAGE, 1ull << 38, 3), -EINVAL);
	assert_int_equal(ops->dma_map(m->dev, private, 100, 64u << 20, 3), -EINVAL);
	assert_int_equal(ops->dma_unmap(m->dev, 64u << 20, PAGE), -EINVAL);
	munmap(private, PAGE);
	munmap(shared, PAGE);
}

static void completions_signal_eventfds(void **state)
{
	struct machine *m = *state;
	int fd = eventfd(0, EFD_CLOEXEC);
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	assert_true(m->dev->nr_vectors > 1);
	assert_int_equal(m->dev->ops->irq_set(m->dev, &fd, 1), 0);
	enable(m);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	identify(m);
	assert_int_equal(poll(&poll_fd, 1, 10000), 1);
	assert_int_equal(m->dev->ops->irq_set(m->dev, NULL, 0), 0);
	close(fd);
}

static void function_reset_disables(void **state)
{
	struct machine *m = *state;

	enable(m);
	assert_int_equal(m->dev->ops->function_reset(m->dev), 0);
	assert_int_equal(read32(m, ZNVME_REG_CSTS) & ZNVME_CSTS_RDY, 0);
	enable(m);
	identify(m);
}

static void unknown_options_are_refused(void **state)
{
	struct znvme_device *dev;

	(void)state;
	assert_int_equal(qtest_device_open("colour=red", &dev), -EINVAL);
	assert_non_null(strstr(znvme_errmsg(), "colour"));
	assert_int_equal(qtest_device_open("nvme=colour=red", &dev), -EIO);
	assert_non_null(strstr(znvme_errmsg(), "colour"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(registers_read, setup, teardown),
		cmocka_unit_test_setup_teardown(identify_by_hand, setup, teardown),
		cmocka_unit_test_setup_teardown(mapping_keeps_contents, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_mappings_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(completions_signal_eventfds, setup, teardown),
		cmocka_unit_test_setup_teardown(function_reset_disables, setup, teardown),
		cmocka_unit_test(unknown_options_are_refused),
	};

	if (!qtest_available()) {
		print_message("1..0 # SKIP there is no QEMU: run scripts/setup test\n");
		return 0;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
