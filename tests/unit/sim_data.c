/* SPDX-License-Identifier: MIT */
/*
 * Data on the simulated controller, without the driver: PRPs with their chained lists and the rule
 * for the last slot, SGLs, the permissions of mappings, every I/O command, media in memory and in a
 * file, and the options.
 */
#include "sim_host.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS (PAGE / 8) /* entries of a PRP list page */

/* ---- PRPs ---------------------------------------------------------------------------------- */

/*
 * PRPs for `len` bytes that start `offset` bytes into a page. Data page i is DATA_FIRST + 2 * i, so
 * that no two are neighbours; list pages are taken from LIST_FIRST on, the first one from its slot
 * `slot`.
 */
#define DATA_FIRST 1024u
#define LIST_FIRST 512u

static void build_prps(struct host *host, struct znvme_sqe *cmd, size_t len, unsigned offset,
		       unsigned slot)
{
	unsigned pages = (unsigned)((offset + len + PAGE - 1) / PAGE);
	unsigned list = LIST_FIRST;

	cmd->dptr.prp.prp1 = page_iova(DATA_FIRST) + offset;
	cmd->dptr.prp.prp2 = pages == 2 ? page_iova(DATA_FIRST + 2) : 0;
	if (pages <= 2)
		return;
	cmd->dptr.prp.prp2 = page_iova(list) + slot * 8;
	for (unsigned i = 1; i < pages; i++) {
		uint64_t *entry = (uint64_t *)(void *)page_addr(host, list);

		if (slot == SLOTS - 1 && i < pages - 1) { /* more than one follows: a pointer */
			list += 2;
			entry[slot] = page_iova(list);
			slot = 0;
			entry = (uint64_t *)(void *)page_addr(host, list);
		}
		entry[slot++] = page_iova(DATA_FIRST + 2 * i);
	}
}

static char *data_at(struct host *host, unsigned offset, size_t at)
{
	size_t page = (offset + at) / PAGE;

	return page_addr(host, DATA_FIRST + 2 * (unsigned)page) + (offset + at) % PAGE;
}

static void check_transfer(struct host *host, uint32_t blocks, unsigned offset, unsigned slot)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_WRITE, 3, blocks, 0);
	size_t len = (size_t)blocks * 512;
	uint8_t *pattern = malloc(len);

	fill(pattern, len, blocks * 31 + offset + slot);
	for (size_t i = 0; i < len; i++)
		*(uint8_t *)data_at(host, offset, i) = pattern[i];
	build_prps(host, &cmd, len, offset, slot);
	assert_int_equal(host_exec(host, 1, &cmd), 0);
	memset(host->memory + (size_t)DATA_FIRST * PAGE, 0,
	       (size_t)(HOST_PAGES - DATA_FIRST) * PAGE);
	cmd.opcode = ZNVME_CMD_READ;
	assert_int_equal(host_exec(host, 1, &cmd), 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(*(uint8_t *)data_at(host, offset, i), pattern[i]);
	/* nothing before and nothing behind was touched */
	assert_true(!offset || !*(data_at(host, offset, 0) - 1));
	assert_int_equal(*data_at(host, offset, len), 0);
	free(pattern);
}

static void test_prps(void **state)
{
	static const struct {
		uint32_t blocks;
		unsigned offset;
		unsigned slot;
	} rows[] = {
		{1, 0, 0},	     {1, 4092, 0}, /* across a page's end: PRP2 is an entry */
		{16, 0, 0},			   /* two pages */
		{17, 0, 0},			   /* three: PRP2 is a list */
		{16, 4, 0},			   /* two and a bit */
		{12, 3072, 510},		   /* 1024 + 4096 + 1024 bytes: three PRPs */
		{17, 0, 510},			   /* the list's last two slots */
		{17, 0, 511},			   /* the last slot, and a chain */
		{8 * 513, 0, 0},		   /* 512 entries: the last slot is data */
		{8 * 514, 0, 0},		   /* 513: the last slot is a pointer */
		{8 * 513 + 1, 0, 0}, {8 * 512 + 1, 0, 0},
		{8 * 1024, 0, 0}, /* 511 + 512: the second page's last slot is data */
		{8 * 1024, 4, 0}, /* 511 + 511 + 2 */
		{8 * 1025, 0, 1},
	};
	struct host host;

	(void)state;
	host_start(&host, "mdts=11");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_transfer(&host, rows[i].blocks, rows[i].offset, rows[i].slot);
	assert_int_equal(counters_of(&host).dma_refused, 0);
	host_close(&host);
}

static uint16_t exec_prps(struct host *host, uint32_t blocks, uint64_t prp1, uint64_t prp2)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_READ, 0, blocks, 0);

	cmd.dptr.prp.prp1 = prp1;
	cmd.dptr.prp.prp2 = prp2;
	return host_exec(host, 1, &cmd);
}

static void test_bad_prps(void **state)
{
	struct host host;
	uint64_t *list;

	(void)state;
	host_start(&host, "mdts=10");
	list = (void *)page_addr(&host, LIST_FIRST);
	for (unsigned i = 0; i < SLOTS; i++)
		list[i] = page_iova(DATA_FIRST + i);
	assert_int_equal(exec_prps(&host, 1, page_iova(DATA_FIRST) + 2, 0),
			 ZNVME_SC_PRP_INVALID_OFFSET);
	assert_int_equal(exec_prps(&host, 16, page_iova(DATA_FIRST), page_iova(DATA_FIRST + 1) + 8),
			 ZNVME_SC_PRP_INVALID_OFFSET);
	assert_int_equal(exec_prps(&host, 24, page_iova(DATA_FIRST), page_iova(LIST_FIRST) + 4),
			 ZNVME_SC_PRP_INVALID_OFFSET);
	list[1] += 512;
	assert_int_equal(exec_prps(&host, 24, page_iova(DATA_FIRST), page_iova(LIST_FIRST)),
			 ZNVME_SC_PRP_INVALID_OFFSET);
	list[1] = 0; /* not mapped */
	assert_int_equal(exec_prps(&host, 24, page_iova(DATA_FIRST), page_iova(LIST_FIRST)),
			 ZNVME_SC_DATA_TRANSFER);
	list[1] = page_iova(DATA_FIRST);
	list[SLOTS - 1] = page_iova(LIST_FIRST) + (SLOTS - 1) * 8; /* a chain to itself */
	assert_int_equal(exec_prps(&host, 4200, page_iova(DATA_FIRST), page_iova(LIST_FIRST)),
			 ZNVME_SC_PRP_INVALID_OFFSET);
	assert_int_equal(exec_prps(&host, 24, page_iova(DATA_FIRST), 0x1000),
			 ZNVME_SC_DATA_TRANSFER);
	assert_int_equal(exec_prps(&host, 1, 0x1000, 0), ZNVME_SC_DATA_TRANSFER);
	assert_int_equal(exec_prps(&host, 16, page_iova(HOST_PAGES - 1), page_iova(HOST_PAGES)),
			 ZNVME_SC_DATA_TRANSFER);
	assert_int_equal(counters_of(&host).dma_refused, 4);
	host_close(&host);
}

/* Memory pages of 16 KiB: lists of 2048 entries. */
static void test_large_pages(void **state)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_WRITE, 0, 256, 0);
	struct host host;
	uint64_t *list;

	(void)state;
	host_open(&host, "mdts=8,mpsmin=2");
	host_enable_as(&host, HOST_CC | 2u << 7);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_CFS); /* queues not aligned */
	write32(&host, ZNVME_REG_CC, 0);
	host_init_queue(&host, 0, HOST_SIZE);
	host.queue[0].cq = (void *)page_addr(&host, 4);
	write64(&host, ZNVME_REG_ACQ, page_iova(4));
	write32(&host, ZNVME_REG_CC, HOST_CC | 2u << 7);
	host_init_queue(&host, 1, HOST_SIZE);
	host.queue[1].sq = (void *)page_addr(&host, 8);
	host.queue[1].cq = (void *)page_addr(&host, 12);
	cmd = admin_command(ZNVME_ADM_CREATE_CQ, 0, 15u << 16 | 1, ZNVME_CREATE_PC, 12);
	assert_int_equal(host_exec(&host, 0, &cmd), 0);
	cmd = admin_command(ZNVME_ADM_CREATE_SQ, 0, 15u << 16 | 1, 1u << 16 | ZNVME_CREATE_PC, 8);
	assert_int_equal(host_exec(&host, 0, &cmd), 0);
	cmd = io_command(ZNVME_CMD_WRITE, 0, 256, 1024);
	list = (void *)page_addr(&host, 512);
	for (unsigned i = 0; i < 7; i++)
		list[i] = page_iova(1028 + 4 * i);
	cmd.dptr.prp.prp2 = page_iova(512);
	fill(page_addr(&host, 1024), 32 * PAGE, 5);
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	cmd.dptr.prp.prp1 = page_iova(2048);
	for (unsigned i = 0; i < 7; i++)
		list[i] = page_iova(2052 + 4 * i);
	cmd.opcode = ZNVME_CMD_READ;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_memory_equal(page_addr(&host, 1024), page_addr(&host, 2048), 32 * PAGE);
	host_close(&host);
}

/* ---- SGLs ---------------------------------------------------------------------------------- */

static uint16_t exec_sgl(struct host *host, uint32_t blocks, struct znvme_sgl sgl)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_READ, 0, blocks, 0);

	cmd.flags = ZNVME_SQE_PSDT_SGL;
	cmd.dptr.sgl = sgl;
	return host_exec(host, 1, &cmd);
}

static struct znvme_sgl sgl_of(uint8_t type, uint64_t addr, uint32_t len)
{
	return (struct znvme_sgl){.addr = addr, .len = len, .type = type};
}

static void test_sgls(void **state)
{
	struct host host;
	struct znvme_sgl *list;
	char *data;

	(void)state;
	host_start(&host, "");
	data = page_addr(&host, DATA_FIRST);
	list = (void *)page_addr(&host, LIST_FIRST);
	fill(data, PAGE, 1);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 0, 8, DATA_FIRST), 0);
	assert_int_equal(
		exec_sgl(&host, 8,
			 sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST + 8) + 1, PAGE)),
		0);
	assert_memory_equal(data, page_addr(&host, DATA_FIRST + 8) + 1, PAGE);
	assert_int_equal(
		exec_sgl(&host, 8, sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST), PAGE - 1)),
		ZNVME_SC_SGL_INVALID_DATA_LEN);
	assert_int_equal(
		exec_sgl(&host, 8, sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST), PAGE + 1)),
		ZNVME_SC_SGL_INVALID_DATA_LEN);
	assert_int_equal(exec_sgl(&host, 8, sgl_of(ZNVME_SGL_BIT_BUCKET, 0, PAGE)),
			 ZNVME_SC_SGL_INVALID_TYPE);
	assert_int_equal(exec_sgl(&host, 8, sgl_of(ZNVME_SGL_DATA_BLOCK, 0, PAGE)),
			 ZNVME_SC_DATA_TRANSFER);

	/* a segment that leads to a last segment */
	list[0] = sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST + 16), 1000);
	list[1] = sgl_of(ZNVME_SGL_LAST_SEGMENT, page_iova(LIST_FIRST) + 256, 16);
	list[16] = sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST + 16) + 1000, PAGE - 1000);
	assert_int_equal(exec_sgl(&host, 8, sgl_of(ZNVME_SGL_SEGMENT, page_iova(LIST_FIRST), 32)),
			 0);
	assert_memory_equal(data, page_addr(&host, DATA_FIRST + 16), PAGE);
	list[1].type = ZNVME_SGL_SEGMENT; /* around and around */
	list[1].addr = page_iova(LIST_FIRST) + 16;
	assert_int_equal(exec_sgl(&host, 8, sgl_of(ZNVME_SGL_SEGMENT, page_iova(LIST_FIRST), 32)),
			 ZNVME_SC_SGL_INVALID_COUNT);
	assert_int_equal(
		exec_sgl(&host, 8, sgl_of(ZNVME_SGL_LAST_SEGMENT, page_iova(LIST_FIRST), 32)),
		ZNVME_SC_SGL_INVALID_SEGMENT);
	assert_int_equal(exec_sgl(&host, 8, sgl_of(ZNVME_SGL_SEGMENT, page_iova(LIST_FIRST), 17)),
			 ZNVME_SC_SGL_INVALID_SEGMENT);
	host_close(&host);

	host_start(&host, "without=sgl");
	assert_int_equal(
		exec_sgl(&host, 8, sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST), PAGE)),
		ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

/* Each descriptor that is wrong has its own status; nothing is moved for it. */
static void test_bad_sgls(void **state)
{
	enum {
		DATA = ZNVME_SGL_DATA_BLOCK,
		SEG = ZNVME_SGL_SEGMENT,
		LAST = ZNVME_SGL_LAST_SEGMENT
	};
	const uint64_t at = page_iova(DATA_FIRST + 8);
	const uint64_t next = page_iova(LIST_FIRST) + 256;
	const struct {
		uint8_t type;	      /* of the command's descriptor */
		struct znvme_sgl one; /* the segment that it leads to */
		struct znvme_sgl two;
		uint16_t status;
	} rows[] = {
		/* data blocks: a sub type (an offset), another type, too much, too little */
		{LAST, sgl_of(DATA | 1, at, PAGE), sgl_of(0, 0, 0), ZNVME_SC_SGL_INVALID_TYPE},
		{LAST, sgl_of(0x40, at, PAGE), sgl_of(0, 0, 0), ZNVME_SC_SGL_INVALID_TYPE},
		{LAST, sgl_of(DATA, at, PAGE), sgl_of(DATA, at, 1), ZNVME_SC_SGL_INVALID_DATA_LEN},
		{LAST, sgl_of(DATA, at, 99), sgl_of(DATA, at, 1), ZNVME_SC_SGL_INVALID_DATA_LEN},
		/* segments: not at the end, not aligned, of no or half a descriptor, not there */
		{SEG, sgl_of(LAST, next, 16), sgl_of(DATA, at, 8), ZNVME_SC_SGL_INVALID_COUNT},
		{SEG, sgl_of(DATA, at, 8), sgl_of(LAST, next + 4, 16),
		 ZNVME_SC_SGL_INVALID_SEGMENT},
		{SEG, sgl_of(DATA, at, 8), sgl_of(LAST, next, 0), ZNVME_SC_SGL_INVALID_SEGMENT},
		{SEG, sgl_of(DATA, at, 8), sgl_of(LAST, next, 20), ZNVME_SC_SGL_INVALID_SEGMENT},
		{SEG, sgl_of(DATA, at, 8), sgl_of(LAST, 0, 16), ZNVME_SC_DATA_TRANSFER},
		/* the last segment is called so, and no other */
		{SEG, sgl_of(DATA, at, 8), sgl_of(SEG, next, 16), ZNVME_SC_SGL_INVALID_SEGMENT},
		{SEG, sgl_of(DATA, at, PAGE), sgl_of(DATA, 0, 0), ZNVME_SC_SGL_INVALID_SEGMENT},
		{LAST, sgl_of(DATA, at, 8), sgl_of(LAST, next, 16), ZNVME_SC_SGL_INVALID_SEGMENT},
		/* right; a block of no bytes may be anywhere */
		{SEG, sgl_of(DATA, at, 8), sgl_of(LAST, next, 16), 0},
		{LAST, sgl_of(DATA, 0, 0), sgl_of(DATA, at, PAGE), 0},
	};
	struct znvme_sgl *list;
	struct znvme_sqe cmd;
	struct host host;

	(void)state;
	host_start(&host, "");
	list = (void *)page_addr(&host, LIST_FIRST);
	list[16] = sgl_of(ZNVME_SGL_DATA_BLOCK, at + 8, PAGE - 8);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		list[0] = rows[i].one;
		list[1] = rows[i].two;
		memset(page_addr(&host, DATA_FIRST + 8), 0xa5, PAGE);
		assert_int_equal(
			exec_sgl(&host, 8, sgl_of(rows[i].type, page_iova(LIST_FIRST), 32)),
			rows[i].status);
		assert_int_equal((uint8_t)page_addr(&host, DATA_FIRST + 8)[0],
				 rows[i].status ? 0xa5 : 0);
	}

	/* not for admin commands, and not with metadata by an SGL */
	cmd = admin_command(ZNVME_ADM_IDENTIFY, 0, ZNVME_CNS_CTRL, 0, HOST_DATA);
	cmd.flags = ZNVME_SQE_PSDT_SGL;
	assert_int_equal(host_exec(&host, 0, &cmd), ZNVME_SC_INVALID_FIELD);
	cmd = io_command(ZNVME_CMD_READ, 0, 8, 0);
	cmd.dptr.sgl = sgl_of(ZNVME_SGL_DATA_BLOCK, at, PAGE);
	cmd.flags = ZNVME_SQE_PSDT_SGL_MPTR_SGL;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

/* What Identify says of SGLs is how they are taken. */
static void test_sgl_granularity(void **state)
{
	static const struct {
		const char *options;
		uint32_t sgls;
		uint16_t whole; /* status with addresses and lengths of whole dwords */
		uint16_t odd;
	} rows[] = {
		{"", ZNVME_SGLS_BYTE, 0, 0},
		{"sgl=dword", ZNVME_SGLS_DWORD, 0, ZNVME_SC_SGL_INVALID_GRANULARITY},
		{"sgl=none", ZNVME_SGLS_NONE, ZNVME_SC_INVALID_FIELD, ZNVME_SC_INVALID_FIELD},
	};
	const struct znvme_id_ctrl *ctrl;
	struct znvme_sgl *list;
	struct host host;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host_start(&host, rows[i].options);
		ctrl = (void *)page_addr(&host, HOST_DATA);
		list = (void *)page_addr(&host, LIST_FIRST);
		assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
		assert_int_equal(ctrl->sgls, rows[i].sgls);
		assert_int_equal(
			exec_sgl(&host, 8,
				 sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST) + 4, PAGE)),
			rows[i].whole);
		assert_int_equal(
			exec_sgl(&host, 8,
				 sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST) + 2, PAGE)),
			rows[i].odd);
		list[0] = sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST), PAGE - 2);
		list[1] = sgl_of(ZNVME_SGL_DATA_BLOCK, page_iova(DATA_FIRST) + PAGE, 2);
		assert_int_equal(
			exec_sgl(&host, 8,
				 sgl_of(ZNVME_SGL_LAST_SEGMENT, page_iova(LIST_FIRST), 32)),
			rows[i].odd);
		host_close(&host);
	}
}

/* ---- mappings ------------------------------------------------------------------------------ */

static void test_mappings(void **state)
{
	const struct znvme_device_ops *ops;
	struct znvme_device *dev;
	struct host host;
	char *memory = aligned_alloc(PAGE, 4 * PAGE);

	(void)state;
	memset(memory, 0, 4 * PAGE);
	host_open(&host, "iova=39,mappings=4");
	dev = host.dev;
	ops = dev->ops;
	assert_int_equal(dev->nr_iova_ranges, 2);
	assert_int_equal(dev->iova_ranges[0].last, 0xfedfffff);
	assert_int_equal(dev->iova_ranges[1].first, 0xfef00000);
	assert_int_equal(dev->iova_ranges[1].last, (1ull << 39) - 1);
	assert_int_equal(ops->dma_map(dev, memory, PAGE, 0xfee00000, 3), -EINVAL);
	assert_int_equal(ops->dma_map(dev, memory, 2 * PAGE, 0xfedff000, 3), -EINVAL);
	assert_int_equal(ops->dma_map(dev, memory, PAGE, 1ull << 39, 3), -EINVAL);
	assert_int_equal(ops->dma_map(dev, memory, PAGE, 0x1800, 3), -EINVAL);
	assert_int_equal(ops->dma_map(dev, memory, 0, 0x1000, 3), -EINVAL);
	assert_int_equal(ops->dma_map(dev, memory, PAGE, 0x1000, 0), -EINVAL);
	assert_int_equal(mprotect(memory + 3 * PAGE, PAGE, PROT_READ), 0);
	assert_int_equal(ops->dma_map(dev, memory, 4 * PAGE, 0x1000, 3), -EFAULT);
	assert_int_equal(mprotect(memory + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(ops->dma_map(dev, memory, PAGE, page_iova(7), 3), -EEXIST);
	assert_int_equal(ops->dma_map(dev, memory, 2 * PAGE, HOST_IOVA - PAGE, 3), -EEXIST);
	assert_int_equal(ops->dma_map(dev, memory, PAGE, 0x1000, 3), 0);
	assert_int_equal(ops->dma_map(dev, memory, PAGE, 0x3000, 3), 0);
	assert_int_equal(ops->dma_map(dev, memory, 4 * PAGE, 0, 3), -EEXIST);
	assert_int_equal(ops->dma_map(dev, memory, PAGE, 0x2000, 3), 0);
	assert_int_equal(ops->dma_map(dev, memory, PAGE, 0x5000, 3), -ENOMEM);
	assert_int_equal(counters_of(&host).mappings, 4);
	assert_int_equal(ops->dma_unmap(dev, 0x2000, 2 * PAGE), -ENOENT);
	assert_int_equal(ops->dma_unmap(dev, 0x4000, PAGE), -ENOENT);
	assert_int_equal(ops->dma_unmap(dev, 0x2000, PAGE), 0);
	assert_int_equal(counters_of(&host).mappings, 3);
	host_close(&host);
	free(memory);
}

static void test_permissions(void **state)
{
	const struct znvme_device_ops *ops;
	struct host host;
	char *memory = aligned_alloc(PAGE, PAGE);

	(void)state;
	memset(memory, 0x5a, PAGE);
	host_start(&host, "");
	ops = host.dev->ops;
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 0, 1, HOST_DATA), 0);
	assert_int_equal(ops->dma_map(host.dev, memory, PAGE, 0x1000, ZNVME_DMA_READ), 0);
	assert_int_equal(exec_prps(&host, 1, 0x1000, 0), ZNVME_SC_DATA_TRANSFER);
	assert_int_equal(memory[0], 0x5a);
	assert_int_equal(ops->dma_unmap(host.dev, 0x1000, PAGE), 0);
	assert_int_equal(ops->dma_map(host.dev, memory, PAGE, 0x1000, ZNVME_DMA_WRITE), 0);
	assert_int_equal(exec_prps(&host, 1, 0x1000, 0), 0);
	assert_int_equal(memory[0], 0);
	assert_int_equal(ops->dma_unmap(host.dev, 0x1000, PAGE), 0);
	assert_int_equal(exec_prps(&host, 1, 0x1000, 0), ZNVME_SC_DATA_TRANSFER);
	assert_int_equal(counters_of(&host).dma_refused, 2);

	/* without bus mastering the controller cannot even fetch */
	ops->bus_master(host.dev, false);
	host_submit(&host, 1, &(struct znvme_sqe){.opcode = ZNVME_CMD_FLUSH, .nsid = 1});
	assert_int_equal(read32(&host, ZNVME_REG_CSTS) & ZNVME_CSTS_CFS, ZNVME_CSTS_CFS);
	host_close(&host);
	free(memory);
}

/* A file of this process's own, and options that name it. */
static char path[64];

static const char *file_options(const char *more)
{
	static char options[128];

	snprintf(path, sizeof(path), "/tmp/znvme-sim-data-%d.img", (int)getpid());
	snprintf(options, sizeof(options), "file=%s%s", path, more);
	return options;
}

/* ---- I/O commands -------------------------------------------------------------------------- */

static void test_ranges(void **state)
{
	struct host host;
	struct znvme_sqe cmd;

	(void)state;
	host_start(&host, "size=1M,nn=2,mdts=1");
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 2047, 1, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 2047, 2, HOST_DATA), ZNVME_SC_LBA_RANGE);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 2048, 1, HOST_DATA), ZNVME_SC_LBA_RANGE);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, UINT64_MAX, 1, HOST_DATA),
			 ZNVME_SC_LBA_RANGE);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, UINT64_MAX - 3, 8, HOST_DATA),
			 ZNVME_SC_LBA_RANGE);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 17, HOST_DATA), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(host_io(&host, ZNVME_CMD_VERIFY, 0, 2048, 0), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_ZEROES, 1, 2048, 0), ZNVME_SC_LBA_RANGE);
	cmd = io_command(ZNVME_CMD_READ, 0, 1, HOST_DATA);
	cmd.nsid = 0;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_NS);
	cmd.nsid = 3;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_NS);
	cmd.nsid = ZNVME_NSID_ALL;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_NS);
	cmd.nsid = 2; /* inactive */
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_FIELD);
	cmd.nsid = 1;
	cmd.flags = ZNVME_SQE_FUSE_FIRST;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_ABORT_FUSED_MISSING);
	cmd = (struct znvme_sqe){.opcode = ZNVME_CMD_FLUSH, .nsid = ZNVME_NSID_ALL};
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	host_close(&host);
}

static void check_commands(const char *options)
{
	struct host host;
	struct znvme_dsm_range *range;
	struct znvme_sqe cmd;
	char *data;

	host_start(&host, options);
	data = page_addr(&host, DATA_FIRST);
	fill(data, PAGE, 9);
	cmd = io_command(ZNVME_CMD_WRITE, 8, 8, DATA_FIRST);
	cmd.cdw12 |= ZNVME_RW_FUA;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_COMPARE, 8, 8, DATA_FIRST), 0);
	data[PAGE - 1] ^= 1;
	assert_int_equal(host_io(&host, ZNVME_CMD_COMPARE, 8, 8, DATA_FIRST),
			 ZNVME_SC_COMPARE_FAILURE);

	/* blocks 9 and 10 cannot be read until they are written */
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_UNCORRECTABLE, 9, 2, 0), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 8, 8, HOST_DATA),
			 ZNVME_SC_UNRECOVERED_READ);
	assert_int_equal(host_io(&host, ZNVME_CMD_VERIFY, 10, 1, 0), ZNVME_SC_UNRECOVERED_READ);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 8, 1, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 9, 1, DATA_FIRST), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_ZEROES, 10, 1, 0), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 8, 8, HOST_DATA), 0);
	for (unsigned i = 0; i < 512; i++)
		assert_int_equal(page_addr(&host, HOST_DATA)[1024 + i], 0);
	assert_memory_equal(page_addr(&host, HOST_DATA) + 512, data, 512);

	/* deallocated blocks read as zeroes; a bad range changes nothing */
	range = (void *)page_addr(&host, LIST_FIRST);
	range[0] = (struct znvme_dsm_range){.slba = 11, .nlb = 3};
	range[1] = (struct znvme_dsm_range){.slba = UINT64_MAX, .nlb = 3};
	cmd = io_command(ZNVME_CMD_DSM, 0, 1, LIST_FIRST);
	cmd.cdw10 = 1;
	cmd.cdw11 = ZNVME_DSM_AD;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_LBA_RANGE);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 8, 8, HOST_DATA), 0);
	assert_memory_equal(page_addr(&host, HOST_DATA) + 3 * 512, data + 3 * 512, 512);
	cmd.cdw10 = 0;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 11, 3, HOST_DATA), 0);
	for (unsigned i = 0; i < 3 * 512; i++)
		assert_int_equal(page_addr(&host, HOST_DATA)[i], 0);
	range[0].nlb = 0;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_FLUSH, 0, 1, 0), 0);

	/* much more than a page, not aligned to one: to the last byte and not beyond */
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 99, 8, DATA_FIRST), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 293, 8, DATA_FIRST), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_UNCORRECTABLE, 100, 200, 0), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_ZEROES, 100, 200, 0), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_VERIFY, 0, 2048, 0), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 99, 2, HOST_DATA), 0);
	assert_memory_equal(page_addr(&host, HOST_DATA), data, 512);
	assert_int_equal(page_addr(&host, HOST_DATA)[512], 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 299, 2, HOST_DATA), 0);
	assert_int_equal(page_addr(&host, HOST_DATA)[511], 0);
	assert_memory_equal(page_addr(&host, HOST_DATA) + 512, data + 7 * 512, 512);
	host_close(&host);
}

static void test_commands(void **state)
{
	(void)state;
	check_commands("size=1M");
	check_commands("size=1M,vwc=0");
	check_commands(file_options(",size=1M"));
	unlink(path);
}

/* ---- the file ------------------------------------------------------------------------------ */

static void test_file(void **state)
{
	struct znvme_device *second;
	struct host host;
	char pid[32];

	(void)state;
	host_start(&host, file_options(",size=1M"));
	fill(page_addr(&host, DATA_FIRST), PAGE, 3);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 100, 8, DATA_FIRST), 0);
	assert_int_equal(znvme_sim_create(file_options(",size=1M"), &second), -EBUSY);
	assert_null(second);
	snprintf(pid, sizeof(pid), "pid %d", (int)getpid());
	assert_non_null(strstr(znvme_errmsg(), pid));
	host_close(&host);

	/* the size comes from the file; another one is refused, and the file stays as it is */
	assert_int_equal(znvme_sim_create(file_options(",size=2M"), &second), -EINVAL);
	host_start(&host, file_options(",readonly=1"));
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 0, 8, HOST_DATA),
			 ZNVME_SC_NS_WRITE_PROTECTED);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 2047, 1, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 2048, 1, HOST_DATA), ZNVME_SC_LBA_RANGE);
	fill(page_addr(&host, DATA_FIRST), PAGE, 3);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 100, 8, HOST_DATA), 0);
	assert_memory_equal(page_addr(&host, HOST_DATA), page_addr(&host, DATA_FIRST), PAGE);
	host_close(&host);
	unlink(path);
	assert_int_equal(znvme_sim_create(file_options(",size=1000"), &second), -EINVAL);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(znvme_sim_create("file=/", &second), -EISDIR);
	assert_int_equal(znvme_sim_create("file=/dev/null", &second), -EINVAL);
}

/* ---- options ------------------------------------------------------------------------------- */

static void test_bad_options(void **state)
{
	static const struct {
		const char *options;
		const char *word; /* that the message has */
	} rows[] = {
		{"sise=1G", "sise"},
		{"size", "size"},
		{"size=", "size"},
		{"size=1Q", "size"},
		{"size=1G1", "size"},
		{"size=99999999999T", "size"},
		{"size=-1", "size"},
		{"bs=513", "bs"},
		{"bs=256", "bs"},
		{"bs=131072", "bs"},
		{"size=1000", "1000"},
		{"ns=2,size=1M+2M+3M", "namespaces"},
		{"ns=3,nn=2", "nn"},
		{"queues=0", "queues"},
		{"ms=65", "ms"},
		{"ms=65,bs=512", "an eighth"},
		{"pi=4", "pi"},
		{"pi=1,ms=4", "does not fit"},
		{"pi=1,pif=64,ms=8", "does not fit"},
		{"pif=48", "pif"},
		{"pi=1,sts=33", "storage tag"},
		{"pi=1,pif=32,sts=15", "storage tag"},
		{"pi=1,pif=64,sts=49", "storage tag"},
		{"meta=interleaved", "meta"},
		{"pip=middle", "pip"},
		{"ns=3,ms=8+16", "namespaces"},
		{"mqes=1", "mqes"},
		{"mpsmin=5", "mpsmin"},
		{"latency=5-4", "latency"},
		{"latency=5-", "latency"},
		{"iova=12", "iova"},
		{"serial=123456789012345678901", "serial"},
		{"without=write", "without"},
		{"cfs=later", "cfs"},
		{"sgl=word", "sgl"},
		{"cmb=6K", "4 KiB"},
		{"cmb=2G", "cmb"},
		{"cmb_for=sq+all", "cmb_for"},
		{"pci=12", "pci"},
		{"seed=x", "seed"},
		{"seed=1,", "comma"},
		{",seed=1", "unknown"},
	};
	struct znvme_device *dev;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(znvme_sim_create(rows[i].options, &dev), -EINVAL);
		assert_null(dev);
		assert_non_null(strstr(znvme_errmsg(), rows[i].word));
	}
	assert_int_equal(znvme_sim_create("sise=1G", &dev), -EINVAL);
	assert_non_null(strstr(znvme_errmsg(), "size, bs, ms,"));
	assert_int_equal(znvme_sim_create(NULL, &dev), 0);
	assert_string_equal(dev->address, "sim:");
	znvme_device_close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prps),	    cmocka_unit_test(test_bad_prps),
		cmocka_unit_test(test_large_pages), cmocka_unit_test(test_sgls),
		cmocka_unit_test(test_bad_sgls),    cmocka_unit_test(test_sgl_granularity),
		cmocka_unit_test(test_mappings),    cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_ranges),	    cmocka_unit_test(test_commands),
		cmocka_unit_test(test_file),	    cmocka_unit_test(test_bad_options),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
