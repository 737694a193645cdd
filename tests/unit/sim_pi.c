/* SPDX-License-Identifier: MIT */
/*
 * Metadata and protection information on the simulated controller, without the driver: what
 * Identify says, formats that a host must consent to, another format, the file, and power loss. The
 * checks themselves are in tests/device/protection.c.
 */
#include "sim_host.h"

#include <sys/stat.h>
#include <unistd.h>

#include "sim/internal.h"

#define ALL_CHECKS ZNVME_RW_PRCHK

static const void *identified(struct host *host, uint8_t cns)
{
	assert_int_equal(host_identify(host, cns, 1), 0);
	return page_addr(host, HOST_DATA);
}

/* Blocks with separate metadata, which go to the page behind the data's. */
static uint16_t io_both(struct host *host, uint8_t opcode, uint64_t slba, uint32_t nlb,
			uint32_t prinfo)
{
	struct znvme_sqe cmd = io_command(opcode, slba, nlb, HOST_DATA);

	cmd.mptr = page_iova(HOST_DATA + 1);
	cmd.cdw12 |= prinfo;
	cmd.cdw14 = (uint32_t)slba;
	return host_exec(host, 1, &cmd);
}

static void consent(struct host *host)
{
	struct znvme_host_behavior *behavior = (void *)page_addr(host, HOST_DATA);

	memset(behavior, 0, sizeof(*behavior));
	behavior->lbafee = 1;
	assert_int_equal(
		host_admin(host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_HOST_BEHAVIOR, 0, NULL), 0);
}

static void test_identify(void **state)
{
	static const struct {
		const char *options;
		uint8_t shift;
		uint16_t ms;
		uint8_t dps;
		bool extended;
		uint32_t elbaf;
		uint64_t lbstm;
	} rows[] = {
		{"size=1M", 9, 0, 0, false, 0, 0},
		{"size=1M,ms=8", 9, 8, 0, false, 0, 0},
		{"size=1M,pi=1", 9, 8, 1, false, 0, 0},
		{"size=1M,pi=2,ms=16,meta=ext,pip=first", 9, 16, 10, true, 0, 0},
		{"size=1M,bs=4096,pi=3,pif=64", 12, 16, 3, false, 2 << 7, 0},
		{"size=1M,bs=4096,pi=1,pif=32", 12, 16, 1, false, 1 << 7 | 16, 0xffff},
		{"size=1M,pi=1,sts=9,stm=0x1f0", 9, 8, 1, false, 9, 0x1f0},
	};

	(void)state;
	for (size_t i = 0; i < SIM_COUNT(rows); i++) {
		struct znvme_id_ns_nvm nvm;
		struct znvme_id_ns id;
		struct host host;
		unsigned format;

		host_start(&host, rows[i].options);
		memcpy(&id, identified(&host, ZNVME_CNS_NS), sizeof(id));
		memcpy(&nvm, identified(&host, ZNVME_CNS_CSI_NS), sizeof(nvm));
		format = id.flbas & ZNVME_NS_FLBAS_LO;
		assert_true(format <= id.nlbaf);
		assert_int_equal(id.lbaf[format].lbads, rows[i].shift);
		assert_int_equal(id.lbaf[format].ms, rows[i].ms);
		assert_int_equal(id.dps, rows[i].dps);
		assert_int_equal(!!(id.flbas & ZNVME_NS_FLBAS_META_EXT), rows[i].extended);
		assert_int_equal(id.nsze, (1u << 20) >> rows[i].shift);
		assert_int_equal(id.mc, 3);
		assert_int_equal(id.dpc, 0x1f);
		assert_int_equal(nvm.elbaf[format], rows[i].elbaf);
		assert_int_equal(nvm.lbstm, rows[i].lbstm);
		host_close(&host);
	}
}

/* Of several namespaces each has its own. */
static void test_namespaces(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "size=3M,ms=0+8+64,pi=0+1+0,meta=sep+sep+ext");
	for (uint32_t nsid = 1; nsid <= 3; nsid++) {
		static const uint16_t ms[] = {0, 8, 64};
		const struct znvme_id_ns *id = (void *)page_addr(&host, HOST_DATA);

		assert_int_equal(host_identify(&host, ZNVME_CNS_NS, nsid), 0);
		assert_int_equal(id->lbaf[id->flbas & 15].ms, ms[nsid - 1]);
		assert_int_equal(id->dps, nsid == 2);
		assert_int_equal(id->flbas >> 4, nsid == 3);
	}
	host_close(&host);
}

/* Wider guards and storage tags want the host's word first, again after a reset. */
static void test_consent(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "size=1M,bs=4096,pi=1,pif=64");
	assert_int_equal(io_both(&host, ZNVME_CMD_READ, 0, 1, 0), ZNVME_SC_INVALID_NS);
	consent(&host);
	assert_int_equal(io_both(&host, ZNVME_CMD_READ, 0, 1, 0), 0);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	host_create_queue(&host, 1);
	assert_int_equal(io_both(&host, ZNVME_CMD_READ, 0, 1, 0), ZNVME_SC_INVALID_NS);
	host_close(&host);
}

/* Another format: the size follows, and all that was there is gone. */
static void test_format(void **state)
{
	const struct sim_format formats[] = {{.shift = 9, .ms = 8},
					     {.shift = 12, .ms = 16, .pif = ZNVME_PIF_64B_GUARD}};
	struct znvme_id_ns id;
	struct sim_ns *ns;
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	ns = sim_ns(host.sim, 1);
	fill(page_addr(&host, HOST_DATA), PAGE, 1);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 3, 4, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_UNCORRECTABLE, 2040, 1, 0), 0);
	assert_true(sim_format_set(host.sim, ns, &formats[0], false, ZNVME_PI_TYPE1, false));
	assert_int_equal(io_both(&host, ZNVME_CMD_READ, 2040, 8, ALL_CHECKS), 0);
	assert_int_equal(io_both(&host, ZNVME_CMD_READ, 3, 4, ALL_CHECKS), 0);
	for (unsigned i = 0; i < 4 * 512; i++)
		assert_int_equal(page_addr(&host, HOST_DATA)[i], 0);
	for (unsigned i = 0; i < 4 * 8; i++)
		assert_int_equal((uint8_t)page_addr(&host, HOST_DATA + 1)[i], 0xff);
	assert_int_equal(io_both(&host, ZNVME_CMD_WRITE, 3, 4, ZNVME_RW_PRACT), 0);
	assert_true(sim_format_set(host.sim, ns, &formats[1], true, ZNVME_PI_TYPE2, true));
	memcpy(&id, identified(&host, ZNVME_CNS_NS), sizeof(id));
	assert_int_equal(id.nsze, 256);
	assert_int_equal(id.dps, 10);
	assert_int_equal(id.lbaf[id.flbas & 15].ms, 16);
	/* What makes no sense leaves it as it is. */
	assert_false(sim_format_set(host.sim, ns, &(struct sim_format){.shift = 9, .ms = 4}, false,
				    ZNVME_PI_TYPE1, false));
	assert_int_equal(((const struct znvme_id_ns *)identified(&host, ZNVME_CNS_NS))->dps, 10);
	host_close(&host);
}

/* Metadata are in a file beside the blocks', which is a plain image. */
static void test_file(void **state)
{
	char path[] = "/tmp/znvme-sim-pi-XXXXXX";
	char options[128], metadata[64];
	char data[512], block[512];
	struct host host;
	FILE *file;

	(void)state;
	close(mkstemp(path));
	unlink(path);
	snprintf(options, sizeof(options), "file=%s,size=1M,pi=1", path);
	snprintf(metadata, sizeof(metadata), "%s.meta", path);
	host_start(&host, options);
	fill(page_addr(&host, HOST_DATA), 512, 2);
	memcpy(data, page_addr(&host, HOST_DATA), 512);
	assert_int_equal(io_both(&host, ZNVME_CMD_WRITE, 9, 1, ZNVME_RW_PRACT), 0);
	host_close(&host);
	file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 9 * 512, SEEK_SET);
	assert_int_equal(fread(block, 1, 512, file), 512);
	fclose(file);
	assert_memory_equal(block, data, 512);

	host_start(&host, options);
	assert_int_equal(io_both(&host, ZNVME_CMD_READ, 9, 1, ALL_CHECKS), 0);
	assert_memory_equal(page_addr(&host, HOST_DATA), data, 512);
	assert_int_equal(page_addr(&host, HOST_DATA + 1)[7], 9);
	assert_int_equal(io_both(&host, ZNVME_CMD_READ, 10, 1, ALL_CHECKS), 0);
	host_close(&host);
	unlink(path);
	assert_int_equal(unlink(metadata), 0);
}

/* What a power loss takes, it takes with its metadata: a block is never torn. */
static void test_power_loss(void **state)
{
	char path[] = "/tmp/znvme-sim-pi-XXXXXX";
	char options[160], metadata[64];

	(void)state;
	close(mkstemp(path));
	snprintf(metadata, sizeof(metadata), "%s.meta", path);
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct host host;

		unlink(path);
		unlink(metadata);
		snprintf(options, sizeof(options), "file=%s,size=1M,pi=1,cache=1M,seed=%u", path,
			 seed);
		host_start(&host, options);
		for (unsigned round = 0; round < 3; round++) {
			fill(page_addr(&host, HOST_DATA), PAGE, seed * 3 + round);
			assert_int_equal(io_both(&host, ZNVME_CMD_WRITE, 16, 8, ZNVME_RW_PRACT), 0);
		}
		znvme_sim_power_loss(host.sim);
		host_close(&host);
		host_start(&host, options);
		assert_int_equal(io_both(&host, ZNVME_CMD_READ, 16, 8, ALL_CHECKS), 0);
		host_close(&host);
	}
	unlink(path);
	unlink(metadata);
}

/* SMART counts data, not what goes with them. */
static void test_data_units(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "size=1M,ms=64,meta=ext");
	for (unsigned i = 0; i < 250; i++)
		assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 0, 4, HOST_DATA), 0);
	assert_int_equal(host_admin(&host, ZNVME_ADM_GET_LOG_PAGE, ZNVME_NSID_ALL,
				    127u << 16 | ZNVME_LOG_SMART, 0, NULL),
			 0);
	assert_int_equal(page_addr(&host, HOST_DATA)[48], 1); /* thousands of 512 bytes */
	host_close(&host);
}

#define RANGES (HOST_DATA + 2)

/* One source, whose reference tags are expected to begin with `tag`. */
static uint16_t copy(struct host *host, uint64_t sdlba, uint64_t slba, uint32_t nlb, uint32_t tag,
		     uint32_t flags, bool wide)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_COPY, sdlba, 1, RANGES);
	struct znvme_copy_range_ext *ext = (void *)page_addr(host, RANGES);
	struct znvme_copy_range *range = (void *)page_addr(host, RANGES);

	memset(ext, 0, sizeof(*ext));
	range->slba = slba;
	range->nlb = (uint16_t)(nlb - 1);
	if (wide)
		ext->elbt[9] = (uint8_t)tag;
	else
		range->elbrt = tag;
	cmd.cdw12 |= flags | (wide ? ZNVME_COPY_FORMAT_1 << 8 : 0);
	cmd.cdw14 = (uint32_t)sdlba;
	return host_exec(host, 1, &cmd);
}

#define CHECK_READ  (uint32_t) znvme_field_put(ZNVME_COPY_PRINFOR, 5) /* guard, reference tag */
#define CHECK_WRITE (uint32_t) znvme_field_put(ZNVME_COPY_PRINFOW, 5)
#define ACT                                                                                        \
	(uint32_t)(znvme_field_put(ZNVME_COPY_PRINFOR, 8) | znvme_field_put(ZNVME_COPY_PRINFOW, 8))

/* Metadata go with their blocks. */
static void test_copy(void **state)
{
	static const char *const rows[] = {"size=1M,ms=8", "size=1M,bs=4096,pi=3,ms=64"};

	(void)state;
	for (size_t i = 0; i < SIM_COUNT(rows); i++) {
		char expected[64];
		struct host host;

		host_start(&host, rows[i]);
		fill(page_addr(&host, HOST_DATA), PAGE, 3);
		fill(page_addr(&host, HOST_DATA + 1), PAGE, 4);
		memcpy(expected, page_addr(&host, HOST_DATA + 1), sizeof(expected));
		assert_int_equal(io_both(&host, ZNVME_CMD_WRITE, 3, 1, 0), 0);
		assert_int_equal(copy(&host, 100, 3, 1, 0, 0, false), 0);
		memset(page_addr(&host, HOST_DATA + 1), 0, PAGE);
		assert_int_equal(io_both(&host, ZNVME_CMD_READ, 100, 1, 0), 0);
		assert_memory_equal(page_addr(&host, HOST_DATA + 1), expected, i ? 64 : 8);
		host_close(&host);
	}
}

/* Tags are checked where they are read and where they are written, or made anew. */
static void test_copy_protection(void **state)
{
	static const char *const rows[] = {"size=1M,pi=1", "size=1M,pi=1,ms=64,meta=ext,pip=first",
					   "size=1M,bs=4096,pi=1,pif=64"};

	(void)state;
	for (size_t i = 0; i < SIM_COUNT(rows); i++) {
		bool wide = i == 2;
		struct host host;

		host_start(&host, rows[i]);
		if (wide)
			assert_int_equal(copy(&host, 100, 8, 2, 8, ACT, true), ZNVME_SC_INVALID_NS);
		consent(&host);
		for (unsigned lba = 8; lba < 10; lba++)
			assert_int_equal(io_both(&host, ZNVME_CMD_WRITE, lba, 1, ZNVME_RW_PRACT),
					 0);
		assert_int_equal(copy(&host, 100, 8, 2, 8, CHECK_READ | ACT, !wide),
				 ZNVME_SC_INVALID_FORMAT);
		assert_int_equal(copy(&host, 100, 8, 2, 9, CHECK_READ | ACT, wide),
				 ZNVME_SC_INVALID_PI);
		assert_int_equal(copy(&host, 100, 8, 2, 8, CHECK_READ | CHECK_WRITE, wide),
				 ZNVME_SC_REFTAG_CHECK);
		assert_int_equal(io_both(&host, ZNVME_CMD_VERIFY, 100, 2, ALL_CHECKS), 0);
		assert_int_equal(copy(&host, 100, 8, 2, 8,
				      CHECK_READ | (uint32_t)znvme_field_put(ZNVME_COPY_PRINFOW, 8),
				      wide),
				 ZNVME_SC_INVALID_FIELD);
		assert_int_equal(copy(&host, 100, 8, 2, 8, CHECK_READ | ACT, wide), 0);
		assert_int_equal(io_both(&host, ZNVME_CMD_VERIFY, 100, 2,
					 ZNVME_RW_PRCHK_GUARD | ZNVME_RW_PRCHK_REF),
				 0);
		/* As they are, which is another block's. */
		assert_int_equal(copy(&host, 200, 8, 2, 8, CHECK_READ, wide), 0);
		assert_int_equal(io_both(&host, ZNVME_CMD_VERIFY, 200, 2, ZNVME_RW_PRCHK_GUARD), 0);
		assert_int_equal(io_both(&host, ZNVME_CMD_VERIFY, 200, 2, ZNVME_RW_PRCHK_REF),
				 ZNVME_SC_REFTAG_CHECK);
		host_close(&host);
	}
}

/* Namespaces of other metadata are no place to copy to or from. */
static void test_copy_apart(void **state)
{
	struct znvme_host_behavior *behavior;
	struct znvme_copy_range *range;
	struct znvme_sqe cmd;
	struct host host;

	(void)state;
	host_start(&host, "size=1M+1M,ms=0+8");
	behavior = (void *)page_addr(&host, HOST_DATA);
	memset(behavior, 0, sizeof(*behavior));
	behavior->cdfe = 1 << ZNVME_COPY_FORMAT_2;
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_HOST_BEHAVIOR, 0, NULL), 0);
	range = (void *)page_addr(&host, RANGES);
	*range = (struct znvme_copy_range){.snsid = 2};
	cmd = io_command(ZNVME_CMD_COPY, 8, 1, RANGES);
	cmd.cdw12 |= ZNVME_COPY_FORMAT_2 << 8;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INCOMPATIBLE_NS);
	range->snsid = 1;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	host_close(&host);
}

/* A whole namespace by one Write Zeroes: tuples of each block, or none. */
static void test_zero_namespace(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "size=128K,pi=1"); /* 256 blocks */
	fill(page_addr(&host, HOST_DATA), PAGE, 5);
	assert_int_equal(io_both(&host, ZNVME_CMD_WRITE, 248, 8, ZNVME_RW_PRACT), 0);
	assert_int_equal(
		io_both(&host, ZNVME_CMD_WRITE_ZEROES, 0, 1, ZNVME_RW_NSZ | ZNVME_RW_PRACT), 0);
	assert_int_equal(
		io_both(&host, ZNVME_CMD_READ, 248, 8, ZNVME_RW_PRCHK_GUARD | ZNVME_RW_PRCHK_REF),
		0);
	for (unsigned i = 0; i < PAGE; i++)
		assert_int_equal(page_addr(&host, HOST_DATA)[i], 0);
	assert_int_equal((uint8_t)page_addr(&host, HOST_DATA + 1)[8 * 7 + 7], 255); /* block 255 */
	assert_int_equal(page_addr(&host, HOST_DATA + 1)[8 * 7 + 6], 0);
	assert_int_equal(io_both(&host, ZNVME_CMD_WRITE_ZEROES, 0, 1, ZNVME_RW_NSZ), 0);
	assert_int_equal(io_both(&host, ZNVME_CMD_READ, 0, 8, ALL_CHECKS), 0);
	assert_int_equal((uint8_t)page_addr(&host, HOST_DATA + 1)[0], 0xff);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_consent),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_power_loss),
		cmocka_unit_test(test_data_units),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_protection),
		cmocka_unit_test(test_copy_apart),
		cmocka_unit_test(test_zero_namespace),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
