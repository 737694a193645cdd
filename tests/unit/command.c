// SPDX-License-Identifier: MIT
/*
 * Command constructors: pure functions that fill all 64 bytes but the identifier. Each is compared,
 * over an entry full of rubbish, with the command laid out byte by byte from the specification's
 * figures (NVM 1.1, section 3.3; Base 2.1, section 4.1.1).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <znvme.h>

#define IOVA 0x123456000ull
#define BUF  ((char *)0x20000000)
#define SLBA 0x1122334455667788ull

static const struct znvme_ns ns = {.nsid = 0xa1b2c3d4,
				   .block_size = 512,
				   .lba_bytes = 512,
				   .max_nlb = 256,
				   .nr_blocks = 1ull << 62};
static const struct znvme_region region = {
	.addr = BUF, .len = 1 << 20, .iova = IOVA, .prp_list = 0x999000, .page_shift = 12};

/* A command as the specification draws it. */
struct layout {
	uint8_t bytes[64];
};

static void put(struct layout *l, unsigned at, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++)
		l->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static struct layout naive(uint8_t opcode, uint64_t prp1, uint64_t prp2, uint64_t dw10_11,
			   uint32_t dw12)
{
	struct layout l = {{0}};

	put(&l, 0, 1, opcode);
	put(&l, 2, 2, 0xeeee); /* the identifier stays as it was */
	put(&l, 4, 4, 0xa1b2c3d4);
	put(&l, 24, 8, prp1);
	put(&l, 32, 8, prp2);
	put(&l, 40, 8, dw10_11);
	put(&l, 48, 4, dw12);
	return l;
}

static struct znvme_sqe rubbish(void)
{
	struct znvme_sqe sqe;

	memset(&sqe, 0xee, sizeof(sqe));
	return sqe;
}

static void same(const struct znvme_sqe *sqe, struct layout l)
{
	const uint8_t *bytes = (const uint8_t *)sqe;

	for (unsigned i = 0; i < 64; i++)
		if (bytes[i] != l.bytes[i])
			fail_msg("byte %u is 0x%02x and should be 0x%02x", i, bytes[i], l.bytes[i]);
}

static void transfers(void **state)
{
	static const struct {
		int (*prep)(struct znvme_sqe *sqe, const struct znvme_ns *ns,
			    const struct znvme_region *region, const void *buf, uint64_t slba,
			    uint32_t nlb);
		uint8_t opcode;
	} preps[] = {{znvme_prep_write, 0x01}, {znvme_prep_compare, 0x05}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct znvme_sqe sqe = rubbish();

		assert_int_equal(preps[i].prep(&sqe, &ns, &region, BUF + 4, SLBA, 1), 0);
		same(&sqe, naive(preps[i].opcode, IOVA + 4, 0, SLBA, 0));
		sqe = rubbish();
		assert_int_equal(preps[i].prep(&sqe, &ns, &region, BUF + 4096, SLBA, 16), 0);
		same(&sqe, naive(preps[i].opcode, IOVA + 4096, IOVA + 8192, SLBA, 15));
	}
}

static void read_command(void **state)
{
	struct znvme_sqe sqe = rubbish();

	(void)state;
	assert_int_equal(znvme_prep_read(&sqe, &ns, &region, BUF, SLBA, 256), 0);
	/* Pages 1 to 31 of the region from entry 1 of its list. */
	same(&sqe, naive(0x02, IOVA, 0x999000 + 8, SLBA, 255));
}

static void without_data(void **state)
{
	static const struct {
		int (*prep)(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint64_t slba,
			    uint32_t nlb);
		uint8_t opcode;
	} preps[] = {{znvme_prep_write_uncorrectable, 0x04},
		     {znvme_prep_write_zeroes, 0x08},
		     {znvme_prep_verify, 0x0c}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct znvme_sqe sqe = rubbish();

		assert_int_equal(preps[i].prep(&sqe, &ns, SLBA, 1), 0);
		same(&sqe, naive(preps[i].opcode, 0, 0, SLBA, 0));
		sqe = rubbish();
		assert_int_equal(preps[i].prep(&sqe, &ns, SLBA, 65536), 0);
		same(&sqe, naive(preps[i].opcode, 0, 0, SLBA, 65535));
		assert_int_equal(preps[i].prep(&sqe, &ns, SLBA, 65537), -EINVAL);
		assert_int_equal(preps[i].prep(&sqe, &ns, SLBA, 0), -EINVAL);
	}
}

static void flush(void **state)
{
	struct znvme_sqe sqe = rubbish();

	(void)state;
	znvme_prep_flush(&sqe, &ns);
	same(&sqe, naive(0x00, 0, 0, 0, 0));
}

static void dataset_management(void **state)
{
	const struct znvme_dsm_range *ranges = (const void *)(BUF + 8192);
	struct znvme_sqe sqe = rubbish();

	(void)state;
	assert_int_equal(znvme_prep_dsm(&sqe, &ns, &region, ranges, 256, ZNVME_DSM_AD), 0);
	same(&sqe, naive(0x09, IOVA + 8192, 0, 255 | 4ull << 32, 0));
	sqe = rubbish();
	assert_int_equal(
		znvme_prep_dsm(&sqe, &ns, &region, ranges, 1, ZNVME_DSM_IDR | ZNVME_DSM_IDW), 0);
	same(&sqe, naive(0x09, IOVA + 8192, 0, 0 | 3ull << 32, 0));
	assert_int_equal(znvme_prep_dsm(&sqe, &ns, &region, ranges, 0, 0), -EINVAL);
	assert_int_equal(znvme_prep_dsm(&sqe, &ns, &region, ranges, 257, 0), -EINVAL);
}

static void bounds(void **state)
{
	struct znvme_sqe sqe = rubbish();

	(void)state;
	assert_int_equal(znvme_prep_read(&sqe, &ns, &region, BUF, 0, 0), -EINVAL);
	assert_int_equal(znvme_prep_read(&sqe, &ns, &region, BUF, 0, 257), -EINVAL);
	assert_int_equal(znvme_prep_read(&sqe, &ns, &region, BUF + (1 << 20) - 512, 0, 1), 0);
	assert_int_equal(znvme_prep_read(&sqe, &ns, &region, BUF + (1 << 20) - 508, 0, 1), -EINVAL);
	assert_int_equal(znvme_prep_read(&sqe, &ns, &region, BUF + (1 << 20) - 512, 0, 2), -EINVAL);
}

/* A block with its metadata in line takes more of the buffer than its size. */
static void metadata_in_line(void **state)
{
	struct znvme_ns extended = ns;
	struct znvme_sqe sqe = rubbish();

	(void)state;
	extended.metadata_size = 8;
	extended.lba_bytes = 520;
	assert_int_equal(znvme_prep_read(&sqe, &extended, &region, BUF + (1 << 20) - 520, 0, 1), 0);
	assert_int_equal(znvme_prep_read(&sqe, &extended, &region, BUF + (1 << 20) - 516, 0, 1),
			 -EINVAL);
	assert_int_equal(znvme_prep_read(&sqe, &extended, &region, BUF, 0, 8), 0);
	/* 4160 bytes reach into the second page. */
	same(&sqe, naive(0x02, IOVA, IOVA + 4096, 0, 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transfers),	      cmocka_unit_test(read_command),
		cmocka_unit_test(without_data),	      cmocka_unit_test(flush),
		cmocka_unit_test(dataset_management), cmocka_unit_test(bounds),
		cmocka_unit_test(metadata_in_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
