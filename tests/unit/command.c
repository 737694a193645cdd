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

#include "command_host.h"

#define SLBA 0x1122334455667788ull

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
	/* Pages 1 to 31 of the region from the first entry of its list. */
	same(&sqe, naive(0x02, IOVA, 0x999000, SLBA, 255));
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

static void cancel(void **state)
{
	const struct znvme_queue q = {.qid = 0x1234};
	struct znvme_sqe sqe = rubbish();

	(void)state;
	znvme_prep_cancel(&sqe, &ns, &q, 0xabcd);
	same(&sqe, naive(0x18, 0, 0, 0xabcd1234, 0));
	sqe = rubbish();
	znvme_prep_cancel(&sqe, &ns, &q, ZNVME_CID_ALL);
	same(&sqe, naive(0x18, 0, 0, 0xffff1234 | 1ull << 32, 0));
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

/* By an SGL data block descriptor: its address, its length in four bytes, a type of zero, and PSDT.
 */
static void by_sgl(void **state)
{
	struct znvme_sqe sqe = rubbish();
	struct layout l = naive(0x02, IOVA + 4, 256 * 512, SLBA, 255);

	(void)state;
	put(&l, 1, 1, 0x40);
	assert_int_equal(znvme_prep_read_sgl(&sqe, &ns, &region, BUF + 4, SLBA, 256), 0);
	same(&sqe, l);
	sqe = rubbish();
	put(&l, 0, 1, 0x01);
	assert_int_equal(znvme_prep_write_sgl(&sqe, &ns, &region, BUF + 4, SLBA, 256), 0);
	same(&sqe, l);
	assert_int_equal(znvme_prep_read_sgl(&sqe, &ns, &region, BUF, 0, 0), -EINVAL);
	assert_int_equal(znvme_prep_read_sgl(&sqe, &ns, &region, BUF, 0, 257), -EINVAL);
	assert_int_equal(znvme_prep_read_sgl(&sqe, &ns, &region, BUF + 2, 0, 1), -EINVAL);
	assert_int_equal(znvme_prep_read_sgl(&sqe, &ns, &region, BUF - 4, 0, 1), -EINVAL);
	assert_int_equal(znvme_prep_read_sgl(&sqe, &ns, &region, BUF + (1 << 20) - 508, 0, 1),
			 -EINVAL);
}

/* A queue of three entries full of rubbish, two of which can be got, and the controller's table. */
struct fake {
	struct znvme_queue q;
	struct znvme_sqe ring[3];
	struct znvme_slot slots[4];
	struct znvme_region_table table;
	struct znvme_region_branch branch;
	struct znvme_region_leaf leaf;
	struct znvme_region none;
};

static struct fake *new_fake(void)
{
	struct fake *f = aligned_alloc(64, (sizeof(*f) + 63) / 64 * 64);
	const unsigned page = (unsigned)((uintptr_t)BUF >> 12);

	memset(f, 0, sizeof(*f));
	memset(f->ring, 0xee, sizeof(f->ring));
	for (int i = 0; i < 4; i++)
		f->slots[i] = (struct znvme_slot){.u.next_free = &f->slots[i + 1],
						  .tag = 0x11110000u * (unsigned)(i + 1),
						  .seen = ZNVME_SLOT_FREE};
	f->q = (struct znvme_queue){.sqe = f->ring,
				    .sqe_stop = f->ring + 2,
				    .sq = f->ring,
				    .sq_end = f->ring + 2,
				    .slots = (char *)f->slots,
				    .free_slot = f->slots,
				    .region_table = &f->table};
	for (int i = 0; i < 4096; i++) {
		f->table.branches[i] = &f->branch;
		f->branch.leaves[i] = &f->leaf;
		f->leaf.regions[i] = &f->none;
	}
	for (unsigned i = 0; i < 256; i++)
		f->leaf.regions[(page + i) % 4096] = &region;
	return f;
}

/* What znvme_queue_rw() and its like make of an entry is what the constructors make of it. */
static void all_in_one(void **state)
{
	static const struct {
		unsigned offset;
		uint32_t nlb;
	} cases[] = {{0, 1},   {0, 8},	 {4096, 9}, {8192, 16}, {4096, 17},
		     {0, 256}, {512, 1}, {4, 8},    {512, 256}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const void *buf = BUF + cases[i].offset;
		struct znvme_sqe sqe = rubbish();
		struct fake *f = new_fake();
		struct znvme_rw rw;
		int data;

		assert_int_equal(znvme_prep_write(&sqe, &ns, &region, buf, SLBA, cases[i].nlb), 0);
		sqe.cdw12 |= 0x40000000;
		sqe.cid = 0x1111;
		assert_int_equal(znvme_rw_init(&rw, &ns, ZNVME_CMD_WRITE, cases[i].nlb,
					       ZNVME_RW_FUA, &region),
				 0);
		assert_int_equal(znvme_queue_rw(&f->q, &rw, buf, SLBA, &data), 0);
		assert_memory_equal(&f->ring[0], &sqe, 64);
		assert_ptr_equal(f->slots[0].u.data, &data);
		assert_int_equal(f->slots[0].seen, 0);
		sqe.cid = 0x2222;
		assert_int_equal(znvme_queue_rw_anywhere(&f->q, &rw, buf, SLBA, &f->q), 0);
		assert_memory_equal(&f->ring[1], &sqe, 64);
		assert_ptr_equal(f->slots[1].u.data, &f->q);
		assert_true(f->q.near_region.addr == (uintptr_t)region.addr);
		free(f);
	}
}

/* What is refused gives the entry back. */
static void all_in_one_refused(void **state)
{
	static const struct {
		int64_t offset;
		uint32_t nlb;
	} cases[] = {{-4096, 8},
		     {-1, 8},
		     {-1, 16},
		     {-512, 1},
		     {1, 1},
		     {2, 256},
		     {1 << 20, 1},
		     {1 << 20, 8},
		     {(1 << 20) - 4096, 9},
		     {4096, 256 * 8},
		     {(1 << 20) - 508, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct znvme_ns unlimited = ns;
		const void *buf = BUF + cases[i].offset;
		struct fake *f = new_fake();
		struct znvme_rw rw;

		unlimited.max_nlb = 65536;
		assert_int_equal(
			znvme_rw_init(&rw, &unlimited, ZNVME_CMD_READ, cases[i].nlb, 0, &region),
			0);
		f->slots[0].tag = 0; /* its place in the array is its identifier's */
		assert_int_equal(znvme_queue_rw(&f->q, &rw, buf, SLBA, NULL), -EINVAL);
		assert_int_equal(znvme_queue_rw_anywhere(&f->q, &rw, buf, SLBA, NULL), -EINVAL);
		assert_ptr_equal(f->q.sqe, f->ring);
		assert_ptr_equal(f->q.free_slot, f->slots);
		assert_int_equal(f->slots[0].seen, ZNVME_SLOT_FREE);
		free(f);
	}
}

static void impossible_shapes(void **state)
{
	struct fake *f = new_fake();
	struct znvme_rw rw;

	(void)state;
	f->slots[0].tag = 0;
	assert_int_equal(znvme_rw_init(&rw, &ns, ZNVME_CMD_READ, 0, 0, &region), -EINVAL);
	assert_int_equal(znvme_queue_rw(&f->q, &rw, BUF, 0, NULL), -EINVAL);
	assert_int_equal(znvme_rw_init(&rw, &ns, ZNVME_CMD_READ, 257, 0, &region), -EINVAL);
	assert_int_equal(znvme_queue_rw(&f->q, &rw, BUF, 0, NULL), -EINVAL);
	/* One for any region is like none in particular. */
	assert_int_equal(znvme_rw_init(&rw, &ns, ZNVME_CMD_READ, 1, 0, NULL), 0);
	assert_int_equal(znvme_queue_rw(&f->q, &rw, BUF, 0, NULL), -EINVAL);
	assert_int_equal(znvme_queue_rw_anywhere(&f->q, &rw, BUF, 0, NULL), 0);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transfers),
		cmocka_unit_test(read_command),
		cmocka_unit_test(without_data),
		cmocka_unit_test(flush),
		cmocka_unit_test(cancel),
		cmocka_unit_test(dataset_management),
		cmocka_unit_test(bounds),
		cmocka_unit_test(metadata_in_line),
		cmocka_unit_test(by_sgl),
		cmocka_unit_test(all_in_one),
		cmocka_unit_test(all_in_one_refused),
		cmocka_unit_test(impossible_shapes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
