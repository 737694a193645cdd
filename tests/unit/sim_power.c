/* SPDX-License-Identifier: MIT */
/*
 * Power loss: what a file may hold afterwards. A model remembers which write each block may show;
 * random work with many seeds is checked against it, ZNVME_SEED repeats a single one. Without the
 * driver.
 */
#include "sim_host.h"

#include <errno.h>
#include <unistd.h>

#define BLOCKS 64u  /* of 512 bytes */
#define MOST   16u  /* blocks of a write: two pages */
#define WRITES 200u /* of a run, at most */
#define AWUPF  4u
#define SEEDS  40u

struct written {
	uint32_t slba;
	uint32_t nlb;
};

/* Writes are numbered from 1, and fill their blocks with the number. */
struct model {
	struct written write[WRITES + 1];
	uint32_t nr;
	uint32_t floor[BLOCKS]; /* the newest write that a block must show, or a newer one */
};

static char path[] = "/tmp/znvme-power-XXXXXX";

static void host_start_file(struct host *host, const char *options)
{
	char text[512];

	snprintf(text, sizeof(text), "file=%s,size=%u,%s", path, BLOCKS * 512, options);
	host_start(host, text);
}

static uint16_t write_blocks(struct host *host, uint32_t slba, uint32_t nlb, uint32_t number,
			     bool fua)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_WRITE, slba, nlb, HOST_DATA);
	uint32_t *data = (void *)page_addr(host, HOST_DATA);
	struct znvme_cqe cqe;

	for (uint32_t i = 0; i < nlb * 128; i++)
		data[i] = number;
	cmd.dptr.prp.prp2 = page_iova(HOST_DATA + 1);
	cmd.cdw12 |= fua ? ZNVME_RW_FUA : 0;
	host_submit(host, 1, &cmd);
	return host_reap(host, 1, &cqe) ? (uint16_t)(cqe.status >> 1) : 0xffff;
}

static void flush(struct host *host)
{
	assert_int_equal(host_io(host, ZNVME_CMD_FLUSH, 0, 1, 0), 0);
}

/* The number that each block of the file has; every block is all of one write. */
static void read_file(uint32_t number[BLOCKS])
{
	FILE *file = fopen(path, "re");
	uint32_t block[128];

	assert_non_null(file);
	for (unsigned i = 0; i < BLOCKS; i++) {
		assert_int_equal(fread(block, sizeof(block), 1, file), 1);
		for (unsigned j = 1; j < 128; j++)
			assert_int_equal(block[j], block[0]);
		number[i] = block[0];
	}
	fclose(file);
}

static void new_file(void)
{
	assert_int_equal(truncate(path, 0), 0);
}

/* ---- random work --------------------------------------------------------------------------- */

static uint32_t draw(uint64_t *random, uint32_t below)
{
	*random = *random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*random >> 33) % below;
}

static void settle(struct model *model, uint32_t slba, uint32_t nlb, uint32_t number)
{
	for (uint32_t lba = slba; lba < slba + nlb; lba++)
		if (model->floor[lba] < number)
			model->floor[lba] = number;
}

static void work(struct host *host, struct model *model, uint64_t seed)
{
	uint64_t random = seed;
	uint32_t nr = 20 + draw(&random, WRITES - 20);

	memset(model, 0, sizeof(*model));
	for (uint32_t number = 1; number <= nr; number++) {
		uint32_t nlb = 1 + draw(&random, MOST);
		uint32_t slba = draw(&random, BLOCKS - nlb + 1);
		bool fua = draw(&random, 10) == 0;

		model->write[number] = (struct written){.slba = slba, .nlb = nlb};
		assert_int_equal(write_blocks(host, slba, nlb, number, fua), 0);
		model->nr = number;
		if (fua)
			settle(model, slba, nlb, number);
		if (draw(&random, 30))
			continue;
		flush(host);
		for (uint32_t i = 1; i <= number; i++)
			settle(model, model->write[i].slba, model->write[i].nlb, i);
	}
}

static bool covers(const struct written *write, uint32_t lba)
{
	return lba - write->slba < write->nlb;
}

/* What the file holds is what a device may hold. Returns what is wrong, or NULL. */
static const char *judge(const struct model *model, const uint32_t shown[BLOCKS])
{
	for (uint32_t lba = 0; lba < BLOCKS; lba++) {
		if (shown[lba] < model->floor[lba])
			return "a write that was flushed is lost";
		if (shown[lba] > model->nr ||
		    (shown[lba] && !covers(&model->write[shown[lba]], lba)))
			return "a block shows a write that it never had";
	}
	for (uint32_t number = 1; number <= model->nr; number++) {
		const struct written *write = &model->write[number];
		bool kept = false;
		bool lost = false;

		for (uint32_t lba = write->slba; lba < write->slba + write->nlb; lba++) {
			kept = kept || shown[lba] == number;
			lost = lost || shown[lba] < number;
		}
		if (kept && lost && write->nlb <= AWUPF)
			return "a write within AWUPF is torn";
	}
	return NULL;
}

/* How many writes that could be lost were kept, lost, torn as far as one can see. */
static void tally(const struct model *model, const uint32_t shown[BLOCKS], unsigned fates[3])
{
	for (uint32_t number = 1; number <= model->nr; number++) {
		const struct written *write = &model->write[number];
		bool kept = false;
		bool lost = false;

		if (model->floor[write->slba] >= number)
			continue;
		for (uint32_t lba = write->slba; lba < write->slba + write->nlb; lba++) {
			kept = kept || shown[lba] == number;
			lost = lost || shown[lba] < number;
		}
		fates[0] += kept && !lost;
		fates[1] += lost && !kept;
		fates[2] += kept && lost;
	}
}

static void run(unsigned seed, struct model *model, uint32_t shown[BLOCKS])
{
	char options[128];
	struct host host;

	snprintf(options, sizeof(options), "seed=%u,cache=1M,awupf=%u", seed, AWUPF);
	new_file();
	host_start_file(&host, options);
	work(&host, model, seed);
	znvme_sim_power_loss(host.sim);
	assert_true(read32(&host, ZNVME_REG_CSTS) == 0xffffffff);
	host_close(&host);
	read_file(shown);
}

static void test_random(void **state)
{
	const char *only = getenv("ZNVME_SEED");
	unsigned first = only ? (unsigned)strtoul(only, NULL, 0) : 1;
	unsigned fates[3] = {0};
	struct model model;
	uint32_t shown[BLOCKS];
	uint32_t again[BLOCKS];

	(void)state;
	for (unsigned seed = first; seed < first + (only ? 1 : SEEDS); seed++) {
		const char *wrong;

		run(seed, &model, shown);
		wrong = judge(&model, shown);
		if (wrong)
			fail_msg("%s; again: ZNVME_SEED=%u build/tests/unit_sim_power", wrong,
				 seed);
		tally(&model, shown, fates);
		if (seed % 10)
			continue;
		run(seed, &model, again);
		assert_memory_equal(shown, again, sizeof(shown));
	}
	if (only)
		return;
	for (unsigned i = 0; i < 3; i++)
		assert_in_range(fates[i], SEEDS / 2, UINT32_MAX);
}

/* ---- one thing at a time ------------------------------------------------------------------- */

/* How many of `runs` seeds leave block 0 with the number 1. */
static unsigned survivals(const char *options, unsigned runs, void (*work_on)(struct host *host))
{
	unsigned nr = 0;

	for (unsigned seed = 0; seed < runs; seed++) {
		uint32_t shown[BLOCKS];
		char text[256];
		struct host host;

		snprintf(text, sizeof(text), "seed=%u,%s", seed, options);
		new_file();
		host_start_file(&host, text);
		work_on(&host);
		znvme_sim_power_loss(host.sim);
		host_close(&host);
		read_file(shown);
		nr += shown[0] == 1;
	}
	return nr;
}

static void plain(struct host *host)
{
	assert_int_equal(write_blocks(host, 0, 1, 1, false), 0);
}

static void with_fua(struct host *host)
{
	assert_int_equal(write_blocks(host, 0, 2, 9, false), 0);
	assert_int_equal(write_blocks(host, 0, 1, 1, true), 0);
}

static void with_flush(struct host *host)
{
	plain(host);
	flush(host);
}

static void without_cache(struct host *host)
{
	struct znvme_sqe cmd = admin_command(ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_VWC, 0, 0);

	plain(host);
	assert_int_equal(host_exec(host, 0, &cmd), 0);
	assert_int_equal(write_blocks(host, 1, 1, 2, false), 0);
}

static void with_shutdown(struct host *host)
{
	plain(host);
	write32(host, ZNVME_REG_CC, HOST_CC | 1u << 14);
}

static void zeroed(struct host *host)
{
	with_flush(host);
	assert_int_equal(host_io(host, ZNVME_CMD_WRITE_ZEROES, 0, 1, 0), 0);
}

static void deallocated(struct host *host)
{
	struct znvme_dsm_range *range = (void *)page_addr(host, HOST_DATA);
	struct znvme_sqe cmd = {.opcode = ZNVME_CMD_DSM, .nsid = 1, .cdw11 = ZNVME_DSM_AD};

	with_flush(host);
	*range = (struct znvme_dsm_range){.slba = 0, .nlb = 1};
	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	assert_int_equal(host_exec(host, 1, &cmd), 0);
}

/* More behind it than the cache holds. */
static void overflown(struct host *host)
{
	plain(host);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(write_blocks(host, 8, 8, 5, false), 0);
}

static void too_large(struct host *host)
{
	assert_int_equal(write_blocks(host, 0, 16, 1, false), 0);
}

static void test_what_survives(void **state)
{
	(void)state;
	assert_in_range(survivals("cache=1M", 20, plain), 1, 19);
	assert_in_range(survivals("cache=1M", 20, zeroed), 1, 19);
	assert_in_range(survivals("cache=1M", 20, deallocated), 1, 19);
	assert_int_equal(survivals("cache=1M", 20, with_fua), 20);
	assert_int_equal(survivals("cache=1M", 20, with_flush), 20);
	assert_int_equal(survivals("cache=1M", 20, without_cache), 20);
	assert_int_equal(survivals("cache=1M", 20, with_shutdown), 20);
	assert_int_equal(survivals("cache=1M,vwc=0", 20, plain), 20);
	assert_int_equal(survivals("vwc=1", 20, plain), 20);
	assert_int_equal(survivals("cache=16K", 20, overflown), 20);
	assert_int_equal(survivals("cache=4K", 20, too_large), 20);
}

/* The write under way when the power goes: kept, lost or torn, even with no cache at all. */
static void test_in_flight(void **state)
{
	unsigned torn = 0;
	unsigned kept = 0;
	unsigned lost = 0;

	(void)state;
	for (unsigned seed = 0; seed < 30; seed++) {
		struct znvme_sim_fault_counts counts;
		uint32_t shown[BLOCKS];
		char options[128];
		unsigned nr = 0;
		struct host host;

		snprintf(options, sizeof(options),
			 "seed=%u,vwc=0,fault=when opcode=write nth=2 do power-off", seed);
		new_file();
		host_start_file(&host, options);
		assert_int_equal(write_blocks(&host, 0, 8, 1, false), 0);
		assert_int_equal(write_blocks(&host, 0, 8, 2, true), 0xffff);
		znvme_sim_fault_counts(host.sim, &counts);
		assert_int_equal(counts.of[ZNVME_SIM_FAULT_POWER_LOSS], 1);
		host_close(&host);
		read_file(shown);
		for (unsigned i = 0; i < 8; i++) {
			assert_in_range(shown[i], 1, 2);
			nr += shown[i] == 2;
		}
		kept += nr == 8;
		lost += nr == 0;
		torn += nr > 0 && nr < 8;
	}
	assert_true(kept && lost && torn);
}

/* A flush under way has done nothing yet. */
static void test_flush_in_flight(void **state)
{
	unsigned kept = 0;

	(void)state;
	for (unsigned seed = 0; seed < 20; seed++) {
		uint32_t shown[BLOCKS];
		char options[128];
		struct host host;

		snprintf(options, sizeof(options), "seed=%u,fault=when opcode=flush do power-off",
			 seed);
		new_file();
		host_start_file(&host, options);
		plain(&host);
		host_submit(&host, 1, &(struct znvme_sqe){.opcode = ZNVME_CMD_FLUSH, .nsid = 1});
		assert_true(read32(&host, ZNVME_REG_CSTS) == 0xffffffff);
		host_close(&host);
		read_file(shown);
		kept += shown[0] == 1;
	}
	assert_in_range(kept, 1, 19);
}

static void test_identify(void **state)
{
	const struct znvme_id_ctrl *ctrl;
	struct znvme_device *dev;
	struct host host;

	(void)state;
	host_start(&host, "awupf=8,awun=64,vwc=1");
	ctrl = (void *)page_addr(&host, HOST_DATA);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_int_equal(ctrl->awupf, 7);
	assert_int_equal(ctrl->awun, 63);
	assert_true(ctrl->vwc & ZNVME_CTRL_VWC_PRESENT);
	host_close(&host);
	host_start(&host, "awupf=8,vwc=0");
	ctrl = (void *)page_addr(&host, HOST_DATA);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_int_equal(ctrl->awun, 7);
	assert_false(ctrl->vwc & ZNVME_CTRL_VWC_PRESENT);
	host_close(&host);
	assert_int_equal(znvme_sim_create("awupf=8,awun=4", &dev), -EINVAL);
	assert_int_equal(znvme_sim_create("cache=x", &dev), -EINVAL);
	assert_int_equal(znvme_sim_create("cache=2T", &dev), -EINVAL);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	return fd < 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	  cmocka_unit_test(test_what_survives),
		cmocka_unit_test(test_in_flight), cmocka_unit_test(test_flush_in_flight),
		cmocka_unit_test(test_identify),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
