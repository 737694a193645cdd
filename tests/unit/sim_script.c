/* SPDX-License-Identifier: MIT */
/*
 * Fault scripts: each condition and each action by what a host sees of it, the counts, what is
 * refused with which message, and that a seed repeats a run. Without the driver.
 */
#include "sim_host.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const struct znvme_sqe flush = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};

static void add(struct host *host, const char *rules)
{
	if (znvme_sim_add_faults(host->sim, rules))
		fail_msg("%s", znvme_errmsg());
}

static void set(struct host *host, const char *rules)
{
	znvme_sim_clear_faults(host->sim);
	add(host, rules);
}

static uint64_t count(struct host *host, enum znvme_sim_fault fault)
{
	struct znvme_sim_fault_counts counts;

	znvme_sim_fault_counts(host->sim, &counts);
	return counts.of[fault];
}

/* The status of a flush, with CRD, M and DNR. */
static uint16_t flush_status(struct host *host)
{
	struct znvme_cqe cqe;

	host_submit(host, 1, &flush);
	assert_true(host_reap(host, 1, &cqe));
	return cqe.status >> 1;
}

/* Which of the next `nr` flushes fail: a bit each. */
static uint64_t failures(struct host *host, unsigned nr)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < nr; i++)
		bits |= (uint64_t)(flush_status(host) != 0) << i;
	return bits;
}

/* ---- conditions ---------------------------------------------------------------------------- */

static void test_status(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "fault=when opcode=flush nth=2 do status=0x281 dnr;");
	assert_int_equal(flush_status(&host), 0);
	assert_int_equal(flush_status(&host), 0x281 | ZNVME_STATUS_DNR);
	assert_int_equal(flush_status(&host), 0);
	set(&host, "do status=0x006 crd=2");
	assert_int_equal(flush_status(&host), ZNVME_SC_INTERNAL | 2u << 11);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_STATUS), 2);
	znvme_sim_clear_faults(host.sim);
	assert_int_equal(flush_status(&host), 0);
	host_close(&host);
}

static void test_counting(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "");
	set(&host, "when nth=3-5 do status=6");
	assert_int_equal(failures(&host, 8), 0x1c);
	set(&host, "when nth=6.. do status=6");
	assert_int_equal(failures(&host, 8), 0xe0);
	set(&host, "when every=3 do status=6");
	assert_int_equal(failures(&host, 9), 0x124);
	set(&host, "when every=2 times=2 do status=6");
	assert_int_equal(failures(&host, 8), 0x0a);
	set(&host, "when after=1000s do status=6; when until=1000s nth=1 do status=6");
	assert_int_equal(failures(&host, 3), 0x01);
	set(&host, "when until=1us do status=6; when after=1us nth=2 do status=6");
	sleep_ms(1);
	assert_int_equal(failures(&host, 3), 0x02);
	host_close(&host);
}

/* The same seed fails the same commands, whatever else the simulator draws. */
static void test_chance(void **state)
{
	struct host host;
	uint64_t first;
	uint64_t again;

	(void)state;
	host_start(&host, "seed=5");
	set(&host, "when chance=1/4 do status=6");
	first = failures(&host, 64);
	assert_in_range(__builtin_popcountll(first), 4, 32);
	set(&host, "when chance=1/4 do status=6");
	again = failures(&host, 64);
	assert_true(first == again);
	set(&host, "when chance=1/4 seed=9 do status=6");
	assert_true(failures(&host, 64) != first);
	host_close(&host);
	host_start(&host, "seed=5,garbage=1");
	host_identify(&host, ZNVME_CNS_CTRL, 0);
	set(&host, "when chance=1/4 do status=6");
	again = failures(&host, 64);
	assert_true(first == again);
	host_close(&host);
	host_start(&host, "seed=6,fault=when queue=io chance=1/4 do status=6");
	assert_true(failures(&host, 64) != first);
	host_close(&host);
}

static void test_selection(void **state)
{
	struct host host;
	uint16_t fail = ZNVME_SC_INTERNAL;

	(void)state;
	host_start(&host, "size=1M");
	set(&host, "when opcode=read lba=100-199 do status=6");
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 99, 1, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 99, 2, HOST_DATA), fail);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 199, 1, HOST_DATA), fail);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 200, 1, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 150, 1, HOST_DATA), 0);
	/* a name is of admin or I/O commands, a number of either: 02h is Read and Get Log Page */
	set(&host, "when opcode=get-log do status=6");
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 1, HOST_DATA), 0);
	set(&host, "when opcode=2 do status=6");
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 1, HOST_DATA), fail);
	set(&host, "when queue=admin do status=6");
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), fail);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	set(&host, "when queue=1.. nsid=2 do status=6");
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	set(&host, "when cns=1 do status=6; when lid=2 do status=6; when fid=7 do status=6");
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, 1), 0);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), fail);
	assert_int_equal(host_admin(&host, ZNVME_ADM_GET_FEATURES, 0, 6, 0, NULL), 0);
	assert_int_equal(host_admin(&host, ZNVME_ADM_GET_FEATURES, 0, 7, 0, NULL), fail);
	assert_int_equal(host_admin(&host, ZNVME_ADM_GET_LOG_PAGE, 0, 2, 0, NULL), fail);
	host_close(&host);
}

/* ---- completions --------------------------------------------------------------------------- */

static void test_completions(void **state)
{
	struct znvme_cqe cqe;
	struct host host;
	uint16_t cid;

	(void)state;
	host_start(&host, "");
	set(&host, "when opcode=flush nth=1 do lose; when opcode=flush nth=2 do copies=2");
	host_submit(&host, 1, &flush);
	assert_false(host_reap(&host, 1, &cqe));
	cid = host_submit(&host, 1, &flush);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(host_reap(&host, 1, &cqe));
		assert_int_equal(cqe.cid, cid);
	}
	assert_false(host_reap(&host, 1, &cqe));
	set(&host, "when nth=1 do late=3600s; when nth=2 do late=1ms-2ms");
	host_submit(&host, 1, &flush);
	cid = host_submit(&host, 1, &flush);
	host_wait(&host, 1, &cqe);
	assert_int_equal(cqe.cid, cid);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_LOST), 1);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_DOUBLED), 1);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_LATE), 2);
	host_close(&host);
}

static void test_executed(void **state)
{
	struct host host;
	char *data;

	(void)state;
	host_start(&host, "");
	data = page_addr(&host, HOST_DATA);
	memset(data, 0x5a, 512);
	set(&host, "when opcode=write nth=1 do status=0x280; when opcode=write do executed "
		   "status=0x280");
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 1, 1, HOST_DATA), 0x280);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 2, 1, HOST_DATA), 0x280);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 2, 1, HOST_DATA), 0);
	assert_int_equal(data[0], 0x5a);
	host_close(&host);
}

static void forged(struct host *host, const char *rule, struct znvme_cqe *cqe)
{
	set(host, rule);
	host_submit(host, 1, &flush);
	assert_true(host_reap(host, 1, cqe));
}

static void test_forged(void **state)
{
	struct znvme_cqe cqe;
	struct host host;
	uint16_t cid;

	(void)state;
	host_start(&host, "");
	forged(&host, "do cid=0x1234", &cqe);
	assert_int_equal(cqe.cid, 0x1234);
	forged(&host, "do cid=^0x8000", &cqe);
	assert_int_equal(cqe.cid, host.queue[1].cid ^ 0x8000);
	forged(&host, "do sqid=7", &cqe);
	assert_int_equal(cqe.sqid, 7);
	forged(&host, "do sqhd=^0xff", &cqe);
	assert_int_equal(cqe.sqhd, host.queue[1].tail ^ 0xff);
	forged(&host, "do result=0xdeadbeef", &cqe);
	assert_true(cqe.dw0 == 0xdeadbeef);
	set(&host,
	    "when nth=3 do cid=unsent; when nth=4 do cid=old; when nth=5 do also cid=unsent");
	assert_int_equal(flush_status(&host) | flush_status(&host), 0);
	cid = host_submit(&host, 1, &flush);
	assert_true(host_reap(&host, 1, &cqe));
	assert_true(cqe.cid > cid);
	cid = host_submit(&host, 1, &flush);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.cid, cid - 1);
	cid = host_submit(&host, 1, &flush);
	assert_true(host_reap(&host, 1, &cqe));
	assert_true(cqe.cid > cid);
	assert_true(host_reap(&host, 1, &cqe)); /* the right one follows */
	assert_int_equal(cqe.cid, cid);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_FORGED), 8);
	host_close(&host);
}

/* The last comes first. */
static void test_reverse(void **state)
{
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_start(&host, "fault=when queue=io do reverse=200ms");
	for (unsigned i = 0; i < HOST_SIZE - 2; i++)
		host_queue_command(&host, 1, &flush);
	host_ring(&host, 1);
	for (unsigned i = 0; i < HOST_SIZE - 2; i++) {
		host_wait(&host, 1, &cqe);
		assert_int_equal(cqe.cid, HOST_SIZE - 2 - i);
	}
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_REORDERED), HOST_SIZE - 2);
	host_close(&host);
}

/* SQ head, SQ identifier, command identifier and status of an entry, loaded at once. */
static struct znvme_cqe load(struct znvme_cqe *slot)
{
	uint64_t half = __atomic_load_n((uint64_t *)(void *)&slot->sqhd, __ATOMIC_ACQUIRE);
	struct znvme_cqe cqe = {.dw0 = 0};

	memcpy(&cqe.sqhd, &half, sizeof(half));
	return cqe;
}

/* The phase tag ahead of the entry, and an entry without it. */
static void test_torn(void **state)
{
	struct znvme_cqe *slot;
	struct znvme_cqe cqe;
	struct host host;
	uint16_t cid;

	(void)state;
	host_start(&host, "");
	set(&host, "when nth=1 do torn=3600s; when nth=2 do torn=1ms");
	slot = host.queue[1].cq;
	slot->cid = 0x7777;
	host_submit(&host, 1, &flush);
	assert_int_equal(load(slot).status & ZNVME_CQE_PHASE, 1);
	assert_int_equal(load(slot).cid, 0x7777);
	assert_true(host_reap(&host, 1, &cqe));
	cid = host_submit(&host, 1, &flush);
	for (unsigned i = 0; load(slot + 1).cid != cid; i++) {
		assert_true(i < 5000);
		sleep_ms(1);
	}
	assert_true(host_reap(&host, 1, &cqe));
	set(&host, "when nth=1 do unseen");
	host_submit(&host, 1, &flush);
	assert_false(host_reap(&host, 1, &cqe));
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_TORN), 3);
	host_close(&host);
}

/* ---- registers ----------------------------------------------------------------------------- */

static void test_removal(void **state)
{
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	/* in the middle of coming up: at the write of AQA, and at the first Identify */
	host_open(&host, "fault=when reg-write reg=aqa do remove");
	host_enable_as(&host, HOST_CC);
	assert_true(read32(&host, ZNVME_REG_CSTS) == 0xffffffff);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_REMOVED), 1);
	host_close(&host);
	host_open(&host, "fault=when register nth=3 do remove");
	assert_true(read32(&host, ZNVME_REG_VS) == 0x00020100);
	assert_true(read32(&host, ZNVME_REG_VS) == 0x00020100);
	assert_true(read32(&host, ZNVME_REG_VS) == 0xffffffff);
	assert_true(read32(&host, ZNVME_REG_VS) == 0xffffffff);
	host_close(&host);
	host_start(&host, "fault=when opcode=identify do remove");
	host_submit(&host, 0, &(struct znvme_sqe){.opcode = ZNVME_ADM_IDENTIFY, .cdw10 = 1});
	assert_false(host_reap(&host, 0, &cqe));
	assert_true(read32(&host, ZNVME_REG_CSTS) == 0xffffffff);
	host_close(&host);
	host_start(&host, "");
	add(&host, "when time after=5ms do remove");
	for (unsigned i = 0; read32(&host, ZNVME_REG_CSTS) != 0xffffffff; i++) {
		assert_true(i < 5000);
		sleep_ms(1);
	}
	host_close(&host);
}

static void test_registers(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "");
	set(&host,
	    "when reg-read reg=csts nth=2 do value=0xffffffff; when reg-write reg=cc do drop");
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY);
	assert_true(read32(&host, ZNVME_REG_CSTS) == 0xffffffff);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY);
	write32(&host, ZNVME_REG_CC, 0);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_REGISTER), 2);
	set(&host, "when reg=doorbell do cfs");
	host_submit(&host, 1, &flush);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY | ZNVME_CSTS_CFS);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_FATAL), 1);
	host_close(&host);
}

static void test_ready(void **state)
{
	struct host host;

	(void)state;
	host_open(&host, "fault=when enable nth=1 do never; when enable nth=2 do late=10ms; when "
			 "enable nth=3 do cfs");
	host_enable_as(&host, HOST_CC);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable_as(&host, HOST_CC);
	for (unsigned i = 0; read32(&host, ZNVME_REG_CSTS) != ZNVME_CSTS_RDY; i++) {
		assert_true(i < 5000);
		sleep_ms(1);
	}
	write32(&host, ZNVME_REG_CC, 0);
	host_enable_as(&host, HOST_CC);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_CFS);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_READY), 2);
	host_close(&host);
}

static uint64_t shutdown_status(struct host *host)
{
	return znvme_field_get(ZNVME_CSTS_SHST, read32(host, ZNVME_REG_CSTS));
}

static void test_shutdown(void **state)
{
	const uint32_t shn = HOST_CC | 1u << 14;
	struct host host;

	(void)state;
	host_start(&host, "fault=when shutdown nth=1 do never; when shutdown nth=2 do late=10ms");
	write32(&host, ZNVME_REG_CC, shn);
	sleep_ms(20);
	assert_int_equal(shutdown_status(&host), ZNVME_SHST_PROCESSING);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	write32(&host, ZNVME_REG_CC, shn);
	for (unsigned i = 0; shutdown_status(&host) != ZNVME_SHST_COMPLETE; i++) {
		assert_true(i < 5000);
		sleep_ms(1);
	}
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_SHUTDOWN), 2);
	host_close(&host);
}

/* ---- data, interrupts ---------------------------------------------------------------------- */

static void test_data(void **state)
{
	static char copy[PAGE];
	struct host host;
	uint32_t result;
	char *data;

	(void)state;
	host_start(&host, "size=1M");
	data = page_addr(&host, HOST_DATA);
	set(&host, "when cns=1 nth=1 do data=77:ff; when cns=1 nth=1 do data=78:0a0b; when cns=1 "
		   "nth=2-3 do garbage");
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_int_equal((uint8_t)data[78], 0x0a);
	assert_int_equal((uint8_t)data[79], 0x0b);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	memcpy(copy, data, PAGE);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_memory_not_equal(data, copy, PAGE);
	set(&host, "when opcode=read do garbage=8-15");
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 1, HOST_DATA), 0);
	memset(copy, 0, PAGE);
	assert_memory_equal(data, copy, 8);
	assert_memory_not_equal(data + 8, copy, 8);
	assert_memory_equal(data + 16, copy, 496);
	set(&host, "when fid=7 do result=0xffffffff");
	assert_int_equal(host_admin(&host, ZNVME_ADM_GET_FEATURES, 0, 7, 0, &result), 0);
	assert_true(result == 0xffffffff);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_GARBAGE), 5);
	host_close(&host);
}

static unsigned bits_set(const char *data, size_t len)
{
	unsigned nr = 0;

	for (size_t i = 0; i < len; i++)
		nr += (unsigned)__builtin_popcount((uint8_t)data[i]);
	return nr;
}

/* Blocks rot where they lie: in memory and in a file, before a read and after a write. */
static void rot(const char *options)
{
	static char copy[PAGE];
	struct host host;
	char *data;

	host_start(&host, options);
	data = page_addr(&host, HOST_DATA);
	set(&host, "when opcode=read lba=8 times=1 do rot=3");
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 8, HOST_DATA), 0);
	assert_int_equal(bits_set(data, PAGE), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 8, 8, HOST_DATA), 0);
	assert_int_equal(bits_set(data, PAGE), 3);
	memcpy(copy, data, PAGE);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 8, 8, HOST_DATA), 0);
	assert_memory_equal(data, copy, PAGE);
	set(&host, "when opcode=write do rot=1");
	memset(data, 0, PAGE);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 8, 8, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 8, 8, HOST_DATA), 0);
	assert_int_equal(bits_set(data, PAGE), 1);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 1u << 20, 8, HOST_DATA),
			 ZNVME_SC_LBA_RANGE);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_BIT_ROT), 3);
	host_close(&host);
}

static void test_rot(void **state)
{
	char path[] = "/tmp/znvme-rot-XXXXXX";
	char options[64];
	int fd = mkstemp(path);

	(void)state;
	rot("size=1M");
	snprintf(options, sizeof(options), "size=1M,file=%s", path);
	rot(options);
	close(fd);
	unlink(path);
}

static void test_stray_dma(void **state)
{
	struct host host;
	char *data;

	(void)state;
	host_start(&host, "fault=when opcode=read nth=1 do stray-dma");
	data = page_addr(&host, HOST_DATA);
	memset(data, 0x77, PAGE);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 8, HOST_DATA), ZNVME_SC_DATA_TRANSFER);
	assert_int_equal(data[0], 0x77);
	assert_int_equal(counters_of(&host).dma_refused, 1);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 8, HOST_DATA), 0);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_DMA), 1);
	host_close(&host);
}

static uint64_t signals(int fd)
{
	uint64_t value = 0;

	return read(fd, &value, sizeof(value)) == (ssize_t)sizeof(value) ? value : 0;
}

static void test_interrupts(void **state)
{
	struct host host;
	uint64_t nr = 0;
	int fd[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		fd[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	host_open(&host, "vectors=2");
	assert_int_equal(host.dev->ops->irq_set(host.dev, fd, 2), 0);
	host_enable(&host);
	host_create_queue(&host, 1);
	set(&host, "when vector=1 nth=1 do lose; when interrupt vector=1 nth=2 do storm=99");
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	assert_int_equal(signals(fd[1]), 0);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	assert_int_equal(signals(fd[1]), 100);
	signals(fd[0]);
	set(&host, "when opcode=flush do interrupt=0");
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	assert_int_equal(signals(fd[0]), 1);
	assert_int_equal(signals(fd[1]), 1);
	set(&host, "when time period=100us times=20 do interrupt=1");
	for (unsigned i = 0; nr < 20; i++, nr += signals(fd[1])) {
		assert_true(i < 5000);
		sleep_ms(1);
	}
	sleep_ms(5);
	assert_int_equal(signals(fd[1]), 0);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_INTERRUPT_LOST), 1);
	assert_int_equal(count(&host, ZNVME_SIM_FAULT_INTERRUPT_ADDED), 22);
	host_close(&host);
	for (unsigned i = 0; i < 2; i++)
		close(fd[i]);
}

/* ---- text ---------------------------------------------------------------------------------- */

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *message; /* a part of it */
	} bad[] = {
		{"\n\nwhen lbaa=5 do lose", "faults:3: 'lbaa=5' is no condition: there are queue"},
		{"when do looose", "faults:1: 'looose' is no action"},
		{"when queue=1", "'when' is followed by no do"},
		{"when queue=1 do", "'do' is followed by no action"},
		{"lose", "'lose' is not how a rule begins"},
		{"when queue=x do lose", "'queue=x' is not a known name or number"},
		{"when queue=5-3 do lose", "a range that ends before it begins"},
		{"when queue=1-70000 do lose", "out of range"},
		{"when chance=5/3 do lose", "not between 0 and 1"},
		{"when after=20 do lose", "not a time"},
		{"do lose=1", "a word that takes no value"},
		{"do status", "'status' needs a value"},
		{"do status=0x800", "out of range"},
		{"do crd=4", "out of range"},
		{"do data=0:0g", "not bytes in hexadecimal"},
		{"do data=0:123", "not bytes in hexadecimal"},
		{"do cid=0x10000", "above 0xffff"},
		{"do status=1 status=2", "'status=2' is there twice"},
		{"when enable do lose", "'lose' is not for this event"},
		{"when register lba=1 do cfs", "'lba' is not for this event"},
		{"when command enable do cfs", "a second event"},
		{"when reg-write do value=1", "'value' is not for this event"},
		{"do lose\ndo lo\001se", "faults:2: byte 0x01 is no text"},
	};
	struct znvme_device *dev;
	struct host host;

	(void)state;
	host_start(&host, "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(znvme_sim_add_faults(host.sim, bad[i].text), -EINVAL);
		if (!strstr(znvme_errmsg(), bad[i].message))
			fail_msg("%s: %s", bad[i].text, znvme_errmsg());
	}
	/* nothing of a script that is refused counts */
	assert_int_equal(znvme_sim_add_faults(host.sim, "do status=6\ndo nothing"), -EINVAL);
	assert_int_equal(flush_status(&host), 0);
	host_close(&host);
	assert_int_equal(znvme_sim_create("faults=/nowhere/script", &dev), -ENOENT);
	assert_non_null(strstr(znvme_errmsg(), "/nowhere/script"));
}

static void test_file(void **state)
{
	char path[] = "/tmp/znvme-script-XXXXXX";
	char address[256];
	struct znvme_device *dev;
	struct host host;
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	(void)state;
	assert_non_null(file);
	fputs("# the second flush fails\n\nwhen opcode=flush nth=2 do status=6 # so\r\n", file);
	fflush(file);
	snprintf(address, sizeof(address), "faults=%s", path);
	host_start(&host, address);
	assert_int_equal(failures(&host, 4), 2);
	host_close(&host);
	fputs("when flush do lose\n", file);
	fclose(file);
	assert_int_equal(znvme_sim_create(address, &dev), -EINVAL);
	snprintf(address, sizeof(address), "%s:4: 'flush' is no condition", path);
	assert_non_null(strstr(znvme_errmsg(), address));
	unlink(path);
}

/* The address that the simulator gives brings the same failures. */
static void test_repeat(void **state)
{
	char address[256];
	struct host host;
	uint64_t first;
	uint64_t again;

	(void)state;
	host_start(&host, "seed=77,size=1M");
	add(&host, "# some\nwhen opcode=flush chance=1/3 do status=6\n");
	add(&host, "when nth=5 do late=1us-5us status=7\n");
	assert_int_equal(znvme_sim_repeat(host.sim, address, 20), -ENOSPC);
	assert_int_equal(znvme_sim_repeat(host.sim, address, sizeof(address)), 0);
	assert_string_equal(address, "sim:seed=77,size=1M,seed=77,faults=,fault=;when opcode=flush "
				     "chance=1/3 do status=6;when nth=5 do late=1us-5us status=7");
	znvme_sim_clear_faults(host.sim);
	add(&host, strstr(address, "fault=;") + 6);
	first = 0;
	for (unsigned i = 0; i < 4; i++)
		first = first << 1 | (flush_status(&host) != 0);
	host_close(&host);
	host_open(&host, address + 4);
	host_enable(&host);
	host_create_queue(&host, 1);
	again = 0;
	for (unsigned i = 0; i < 2; i++)
		again = again << 1 | (flush_status(&host) != 0);
	assert_true(first >> 2 == again);
	host_close(&host);
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ZNVME_SIM_FAULTS; i++)
		assert_non_null(znvme_sim_fault_name((enum znvme_sim_fault)i));
	assert_null(znvme_sim_fault_name(ZNVME_SIM_FAULTS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),	    cmocka_unit_test(test_counting),
		cmocka_unit_test(test_chance),	    cmocka_unit_test(test_selection),
		cmocka_unit_test(test_completions), cmocka_unit_test(test_executed),
		cmocka_unit_test(test_forged),	    cmocka_unit_test(test_reverse),
		cmocka_unit_test(test_torn),	    cmocka_unit_test(test_removal),
		cmocka_unit_test(test_registers),   cmocka_unit_test(test_ready),
		cmocka_unit_test(test_shutdown),    cmocka_unit_test(test_data),
		cmocka_unit_test(test_stray_dma),   cmocka_unit_test(test_rot),
		cmocka_unit_test(test_interrupts),  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_file),	    cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
