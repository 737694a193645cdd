// SPDX-License-Identifier: MIT
/*
 * Metadata and protection information (NVM 1.1, section 5.3), of whatever kind the device's first
 * namespace has. Host and controller check each other: what one generates the other must accept,
 * and what is wrong both must find. On QEMU's model that is a second reading of checksums and
 * layouts.
 */
#include <errno.h>

#include "tests.h"

#define BLOCKS 4u
#define APP    0x1234u

/* A device, and room for BLOCKS blocks in either layout, twice: ours, and what comes back. */
struct bench {
	struct test *t;
	const struct znvme_ns *ns;
	struct znvme_queue *q;
	struct znvme_region *region;
	struct znvme_pi pi; /* all checks on, for the blocks from `slba` */
	uint64_t slba;
	size_t data_len;
	size_t metadata_len;
	char *data;	/* interleaved where metadata are extended */
	char *metadata; /* NULL where they are */
	char *stripped; /* data alone */
};

/* What the type lets a controller check. */
static uint32_t all_checks(const struct znvme_ns *ns)
{
	return ZNVME_RW_PRCHK_GUARD | ZNVME_RW_PRCHK_APP |
	       (ns->pi_type != ZNVME_PI_TYPE3 && znvme_pi_ref_tag_bits(ns) ? ZNVME_RW_PRCHK_REF
									   : 0) |
	       (ns->storage_tag_bits ? ZNVME_RW_STC : 0);
}

static void aim(struct bench *b, uint64_t slba)
{
	b->slba = slba;
	znvme_pi_init(&b->pi, b->ns, slba);
	if (!b->ns->pi_type)
		return;
	b->pi.prinfo = all_checks(b->ns);
	b->pi.app_tag = APP;
	b->pi.app_tag_mask = 0xffff;
	b->pi.storage_tag =
		0x5a5a5a5a5a5a5a5aull &
		(b->ns->storage_tag_bits < 64 ? (1ull << b->ns->storage_tag_bits) - 1 : UINT64_MAX);
}

static struct bench set_up(struct test *t, uint64_t slba)
{
	struct bench b = {.t = t};

	test_open(t);
	b.ns = t->ns;
	b.q = test_queue(t, 16, 0);
	b.data_len = (size_t)BLOCKS * b.ns->lba_bytes;
	b.metadata_len = b.ns->metadata_extended ? 0 : (size_t)BLOCKS * b.ns->metadata_size;
	b.region = test_region(t, b.data_len + (size_t)BLOCKS * (b.ns->block_size + 16384));
	b.data = b.region->addr;
	b.stripped = b.data + (b.data_len + 4095) / 4096 * 4096;
	if (b.metadata_len)
		b.metadata = b.stripped + (size_t)BLOCKS * b.ns->block_size + 4;
	aim(&b, slba);
	return b;
}

static char *data_of(const struct bench *b, unsigned block)
{
	return b->data + (size_t)block * b->ns->lba_bytes;
}

static char *metadata_of(const struct bench *b, unsigned block)
{
	return b->metadata ? b->metadata + (size_t)block * b->ns->metadata_size
			   : data_of(b, block) + b->ns->block_size;
}

static char *tuple_of(const struct bench *b, unsigned block)
{
	return metadata_of(b, block) + b->ns->pi_offset;
}

static void fill_blocks(struct bench *b, uint64_t seed)
{
	fill_pattern(b->data, b->data_len, seed);
	if (b->metadata)
		fill_pattern(b->metadata, b->metadata_len, seed + 1);
}

static void protect(struct bench *b)
{
	CHECK_OK(znvme_pi_generate(b->ns, b->data, b->metadata, BLOCKS, &b->pi));
}

static void clear(struct bench *b)
{
	memset(b->data, 0xa5, b->data_len);
	if (b->metadata)
		memset(b->metadata, 0xa5, b->metadata_len);
}

/* One command on `nlb` blocks with all of their metadata; `pi` may be NULL. */
static int send_some(struct bench *b, uint8_t opcode, uint32_t nlb, const struct znvme_pi *pi)
{
	struct znvme_sqe *sqe = znvme_get_sqe(b->q, b);

	CHECK(sqe);
	CHECK_OK(znvme_prep_rw_pi(sqe, b->ns, opcode, b->region, b->data, b->region, b->metadata,
				  b->slba, nlb, pi));
	CHECK_OK(znvme_submit(b->q));
	return test_complete(b->q, b);
}

static int send(struct bench *b, uint8_t opcode, const struct znvme_pi *pi)
{
	return send_some(b, opcode, BLOCKS, pi);
}

/* The same with these checks, and PRACT where that is among them. */
static int send_with(struct bench *b, uint8_t opcode, uint32_t prinfo)
{
	struct znvme_pi pi = b->pi;

	pi.prinfo = prinfo;
	return send(b, opcode, &pi);
}

/* Data alone, with the controller's help, where the metadata are nothing else. */
static int send_stripped(struct bench *b, uint8_t opcode, uint32_t prinfo)
{
	struct znvme_sqe *sqe = znvme_get_sqe(b->q, b);
	struct znvme_pi pi = b->pi;

	CHECK(sqe);
	pi.prinfo = prinfo | ZNVME_RW_PRACT;
	CHECK_OK(znvme_prep_rw_pi(sqe, b->ns, opcode, b->region, b->stripped, NULL, NULL, b->slba,
				  BLOCKS, &pi));
	CHECK_OK(znvme_submit(b->q));
	return test_complete(b->q, b);
}

/* One without data. */
static int send_nodata(struct bench *b,
		       int (*prep)(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint64_t slba,
				   uint32_t nlb),
		       uint32_t prinfo)
{
	struct znvme_sqe *sqe = znvme_get_sqe(b->q, b);
	struct znvme_pi pi = b->pi;

	CHECK(sqe);
	pi.prinfo = prinfo;
	CHECK_OK(prep(sqe, b->ns, b->slba, BLOCKS));
	CHECK_OK(znvme_sqe_set_pi(sqe, b->ns, &pi));
	CHECK_OK(znvme_submit(b->q));
	return test_complete(b->q, b);
}

static int host_check(struct bench *b, struct znvme_pi_error *error)
{
	return znvme_pi_check(b->ns, b->data, b->metadata, b->slba, BLOCKS, &b->pi, error);
}

/* Blocks of `seed` with their tuples, written with no check at all. */
static void write_unchecked(struct bench *b, uint64_t seed)
{
	fill_blocks(b, seed);
	protect(b);
	CHECK_OK(send_with(b, ZNVME_CMD_WRITE, 0));
}

/* ---- metadata ------------------------------------------------------------------------------ */

static void metadata(struct test *t)
{
	struct bench b = set_up(t, 3);

	fill_blocks(&b, 1);
	CHECK_OK(send(&b, ZNVME_CMD_WRITE, NULL));
	clear(&b);
	CHECK_OK(send(&b, ZNVME_CMD_READ, NULL));
	CHECK_PATTERN(b.data, b.data_len, 1);
	CHECK_PATTERN(b.metadata, b.metadata_len, 2);
}

/* Each block has its own: one in the middle is written again. */
static void metadata_of_a_block(struct test *t)
{
	struct bench b = set_up(t, 70);
	static char kept[16384];

	fill_blocks(&b, 3);
	CHECK_OK(send(&b, ZNVME_CMD_WRITE, NULL));
	memcpy(kept, metadata_of(&b, 2), b.ns->metadata_size);
	fill_blocks(&b, 4);
	b.slba++;
	CHECK_OK(send_some(&b, ZNVME_CMD_WRITE, 1, NULL));
	CHECK_OK(send_some(&b, ZNVME_CMD_READ, 2, NULL));
	CHECK(!memcmp(metadata_of(&b, 1), kept, b.ns->metadata_size));
	fill_pattern(b.stripped, b.ns->block_size, 4);
	CHECK(!memcmp(data_of(&b, 0), b.stripped, b.ns->block_size));
}

/* Nothing beside them is touched. */
static void metadata_bounds(struct test *t)
{
	struct bench b = set_up(t, 9);
	char *begin = b.metadata ? b.metadata : b.data;
	char *end = begin + (b.metadata ? b.metadata_len : b.data_len);

	fill_blocks(&b, 5);
	CHECK_OK(send(&b, ZNVME_CMD_WRITE, NULL));
	memset(end, 0x5a, 64);
	if (b.metadata)
		memset(begin - 4, 0x5a, 4);
	CHECK_OK(send(&b, ZNVME_CMD_READ, NULL));
	CHECK_BYTES(end, 64, 0x5a);
	if (b.metadata)
		CHECK_BYTES(begin - 4, 4, 0x5a);
}

static void metadata_by_sgl(struct test *t)
{
	struct bench b = set_up(t, 11);
	struct znvme_sqe *sqe = znvme_get_sqe(b.q, &b);

	fill_blocks(&b, 6);
	CHECK_OK(znvme_prep_write_sgl(sqe, b.ns, b.region, b.data, b.slba, BLOCKS));
	if (b.metadata)
		CHECK_OK(znvme_sqe_set_metadata(sqe, b.region, b.metadata, b.metadata_len));
	CHECK_OK(znvme_submit(b.q));
	CHECK_OK(test_complete(b.q, &b));
	clear(&b);
	CHECK_OK(send(&b, ZNVME_CMD_READ, NULL));
	CHECK_PATTERN(b.data, b.data_len, 6);
	CHECK_PATTERN(b.metadata, b.metadata_len, 7);
}

/* Metadata outside of protection information count. */
static void compare(struct test *t)
{
	struct bench b = set_up(t, 20);
	const unsigned other = b.ns->pi_offset ? 0 : b.ns->pi_size;

	fill_blocks(&b, 8);
	CHECK_OK(send(&b, ZNVME_CMD_WRITE, NULL));
	CHECK_OK(send(&b, ZNVME_CMD_COMPARE, NULL));
	data_of(&b, 2)[17] ^= 1;
	CHECK_STATUS(send(&b, ZNVME_CMD_COMPARE, NULL), ZNVME_SC_COMPARE_FAILURE);
	data_of(&b, 2)[17] ^= 1;
	CHECK_OK(send(&b, ZNVME_CMD_COMPARE, NULL));
	/* Beside protection information, QEMU's model (7.2) looks at other bytes than these. */
	if (b.ns->metadata_size == b.ns->pi_size || (b.ns->pi_type && !t->sim))
		return;
	metadata_of(&b, 2)[other] ^= 1;
	CHECK_STATUS(send(&b, ZNVME_CMD_COMPARE, NULL), ZNVME_SC_COMPARE_FAILURE);
}

/* Wherever they are to be moved: by MPTR, or with the data. */
static uint64_t *pointer_of(const struct bench *b, struct znvme_sqe *sqe)
{
	return b->metadata ? &sqe->mptr : &sqe->dptr.prp.prp1;
}

static struct znvme_sqe *prepare(struct bench *b, uint8_t opcode)
{
	struct znvme_sqe *sqe = znvme_get_sqe(b->q, b);

	CHECK(sqe);
	CHECK_OK(znvme_prep_rw_pi(sqe, b->ns, opcode, b->region, b->data, b->region, b->metadata,
				  b->slba, BLOCKS, NULL));
	return sqe;
}

static void misaligned_pointer(struct test *t)
{
	struct bench b = set_up(t, 0);

	*pointer_of(&b, prepare(&b, ZNVME_CMD_READ)) |= 2;
	CHECK_OK(znvme_submit(b.q));
	CHECK_STATUS(test_complete(b.q, &b),
		     b.metadata ? ZNVME_SC_INVALID_FIELD : ZNVME_SC_PRP_INVALID_OFFSET);
}

static void unmapped_pointer(struct test *t)
{
	struct bench b = set_up(t, 0);

	fill_blocks(&b, 9);
	CHECK_OK(send(&b, ZNVME_CMD_WRITE, NULL));
	memset(b.data, 0, b.data_len);
	t->faulty = true;
	*pointer_of(&b, prepare(&b, ZNVME_CMD_WRITE)) = 0x7000000000;
	CHECK_OK(znvme_submit(b.q));
	CHECK_STATUS(test_complete(b.q, &b), ZNVME_SC_DATA_TRANSFER);
	/* And nothing was written. */
	CHECK_OK(send(&b, ZNVME_CMD_READ, NULL));
	CHECK_PATTERN(b.data, b.data_len, 9);
}

/* ---- protection information ---------------------------------------------------------------- */

static void ours_accepted(struct test *t)
{
	struct bench b = set_up(t, 33);

	for (uint64_t seed = 10; seed < 42; seed++) {
		fill_blocks(&b, seed);
		protect(&b);
		CHECK_OK(send(&b, ZNVME_CMD_WRITE, &b.pi));
	}
	clear(&b);
	CHECK_OK(send(&b, ZNVME_CMD_READ, &b.pi));
	CHECK_OK(host_check(&b, NULL));
	fill_pattern(b.stripped, b.ns->block_size, 41);
	CHECK(!memcmp(b.data, b.stripped, b.ns->block_size));
}

/* What the controller inserts is what we would have, byte for byte. */
static void theirs_accepted(struct test *t)
{
	struct bench b = set_up(t, 0x2345);
	static char inserted[BLOCKS][16];

	fill_blocks(&b, 42);
	if (znvme_pi_is_stripped(b.ns, ZNVME_RW_PRACT)) {
		for (unsigned i = 0; i < BLOCKS; i++)
			memcpy(b.stripped + (size_t)i * b.ns->block_size, data_of(&b, i),
			       b.ns->block_size);
		CHECK_OK(send_stripped(&b, ZNVME_CMD_WRITE, 0));
	} else {
		CHECK_OK(send_with(&b, ZNVME_CMD_WRITE, ZNVME_RW_PRACT));
	}
	clear(&b);
	CHECK_OK(send(&b, ZNVME_CMD_READ, NULL));
	CHECK_OK(host_check(&b, NULL));
	for (unsigned i = 0; i < BLOCKS; i++)
		memcpy(inserted[i], tuple_of(&b, i), b.ns->pi_size);
	protect(&b);
	for (unsigned i = 0; i < BLOCKS; i++)
		CHECK(!memcmp(inserted[i], tuple_of(&b, i), b.ns->pi_size));
}

/* With PRACT a read gives data alone, checked, where metadata are nothing else; else all of it. */
static void stripped(struct test *t)
{
	struct bench b = set_up(t, 50);
	const uint32_t checks = all_checks(b.ns);

	write_unchecked(&b, 43);
	if (!znvme_pi_is_stripped(b.ns, ZNVME_RW_PRACT)) {
		clear(&b);
		CHECK_OK(send_with(&b, ZNVME_CMD_READ, checks | ZNVME_RW_PRACT));
		CHECK_OK(host_check(&b, NULL));
		return;
	}
	memset(b.stripped, 0, (size_t)BLOCKS * b.ns->block_size);
	CHECK_OK(send_stripped(&b, ZNVME_CMD_READ, checks));
	for (unsigned i = 0; i < BLOCKS; i++)
		CHECK(!memcmp(b.stripped + (size_t)i * b.ns->block_size, data_of(&b, i),
			      b.ns->block_size));
	data_of(&b, 3)[5] ^= 0x40;
	CHECK_OK(send_with(&b, ZNVME_CMD_WRITE, 0));
	CHECK_STATUS(send_stripped(&b, ZNVME_CMD_READ, checks), ZNVME_SC_GUARD_CHECK);
	CHECK_OK(send_stripped(&b, ZNVME_CMD_READ, 0));
}

/* A way to make the second block wrong, what finds it, and how that is said. */
static const struct damage {
	uint32_t check;
	uint16_t status;
} damages[] = {
	{ZNVME_RW_PRCHK_GUARD, ZNVME_SC_GUARD_CHECK},
	{ZNVME_RW_PRCHK_APP, ZNVME_SC_APPTAG_CHECK},
	{ZNVME_RW_PRCHK_REF, ZNVME_SC_REFTAG_CHECK},
	{ZNVME_RW_STC, ZNVME_SC_STORAGE_TAG_CHECK},
};

static void damage(struct bench *b, const struct damage *how)
{
	struct znvme_pi_tuple tuple;

	znvme_pi_get(b->ns, metadata_of(b, 1), &tuple);
	switch (how->check) {
	case ZNVME_RW_PRCHK_GUARD:
		tuple.guard ^= 0x100;
		break;
	case ZNVME_RW_PRCHK_APP:
		tuple.app_tag ^= 0x20;
		break;
	case ZNVME_RW_PRCHK_REF:
		tuple.ref_tag ^= 1;
		break;
	default:
		tuple.storage_tag ^= b->ns->storage_tag_mask & -b->ns->storage_tag_mask;
		break;
	}
	znvme_pi_put(b->ns, metadata_of(b, 1), &tuple);
}

static void wrong_on_write(struct test *t)
{
	struct bench b = set_up(t, 60);

	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		if (!(all_checks(b.ns) & damages[i].check))
			continue;
		write_unchecked(&b, 44);
		fill_blocks(&b, 45);
		protect(&b);
		damage(&b, &damages[i]);
		CHECK_STATUS(send(&b, ZNVME_CMD_WRITE, &b.pi), damages[i].status);
		/* Nothing was written, of the first block either. */
		clear(&b);
		CHECK_OK(send(&b, ZNVME_CMD_READ, &b.pi));
		fill_pattern(b.stripped, b.ns->block_size, 44);
		CHECK(!memcmp(b.data, b.stripped, b.ns->block_size));
		/* Of what is not asked for nothing is said. */
		protect(&b);
		damage(&b, &damages[i]);
		CHECK_OK(send_with(&b, ZNVME_CMD_WRITE, all_checks(b.ns) & ~damages[i].check));
	}
}

/* The controller finds it, and so does the host, which can say where. */
static void wrong_on_read(struct test *t)
{
	struct bench b = set_up(t, 65);

	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		struct znvme_pi_error error;

		if (!(all_checks(b.ns) & damages[i].check))
			continue;
		fill_blocks(&b, 46);
		protect(&b);
		damage(&b, &damages[i]);
		CHECK_OK(send_with(&b, ZNVME_CMD_WRITE, 0));
		CHECK_STATUS(send(&b, ZNVME_CMD_READ, &b.pi), damages[i].status);
		CHECK_STATUS(send_with(&b, ZNVME_CMD_READ, damages[i].check), damages[i].status);
		CHECK_OK(send_with(&b, ZNVME_CMD_READ, all_checks(b.ns) & ~damages[i].check));
		CHECK_STATUS(host_check(&b, &error), damages[i].status);
		CHECK_EQ(error.lba, 66);
		CHECK_EQ(error.block, 1);
		CHECK_MESSAGE("block 66");
	}
}

/* Bits all over the block, its metadata and its tuple, of the guard's reach. */
static void each_bit(struct test *t)
{
	struct bench b = set_up(t, 80);
	const unsigned guard = 2u << b.ns->pi_format;

	fill_blocks(&b, 47);
	protect(&b);
	for (unsigned bit = 0; bit < b.ns->block_size * 8; bit += 61) {
		data_of(&b, 2)[bit / 8] ^= (char)(1 << bit % 8);
		CHECK_STATUS(send(&b, ZNVME_CMD_WRITE, &b.pi), ZNVME_SC_GUARD_CHECK);
		data_of(&b, 2)[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (unsigned bit = 0; bit < (b.ns->pi_offset + guard) * 8; bit++) {
		metadata_of(&b, 2)[bit / 8] ^= (char)(1 << bit % 8);
		CHECK_STATUS(send(&b, ZNVME_CMD_WRITE, &b.pi), ZNVME_SC_GUARD_CHECK);
		metadata_of(&b, 2)[bit / 8] ^= (char)(1 << bit % 8);
	}
	CHECK_OK(send(&b, ZNVME_CMD_WRITE, &b.pi));
}

static void application_tag_mask(struct test *t)
{
	struct bench b = set_up(t, 90);
	struct znvme_pi pi = b.pi;

	write_unchecked(&b, 48);
	pi.prinfo = ZNVME_RW_PRCHK_APP;
	pi.app_tag = APP ^ 0x00f0;
	CHECK_STATUS(send(&b, ZNVME_CMD_READ, &pi), ZNVME_SC_APPTAG_CHECK);
	pi.app_tag_mask = 0xff0f;
	CHECK_OK(send(&b, ZNVME_CMD_READ, &pi));
	pi.app_tag_mask = 0;
	pi.app_tag = 0;
	CHECK_OK(send(&b, ZNVME_CMD_READ, &pi));
}

/* A block with the escape value is not checked, the next one is. */
static void escape(struct test *t)
{
	struct bench b = set_up(t, 100);
	struct znvme_pi_tuple tuple;

	fill_blocks(&b, 49);
	protect(&b);
	data_of(&b, 1)[9] ^= 2;
	znvme_pi_get(b.ns, metadata_of(&b, 1), &tuple);
	tuple.app_tag = ZNVME_PI_APP_TAG_ESCAPE;
	znvme_pi_put(b.ns, metadata_of(&b, 1), &tuple);
	/* Type 3 wants the reference tag to say so as well. */
	if (b.ns->pi_type == ZNVME_PI_TYPE3) {
		CHECK_STATUS(send(&b, ZNVME_CMD_WRITE, &b.pi), ZNVME_SC_GUARD_CHECK);
		tuple.ref_tag = UINT64_MAX;
		znvme_pi_put(b.ns, metadata_of(&b, 1), &tuple);
	}
	CHECK_OK(send(&b, ZNVME_CMD_WRITE, &b.pi));
	CHECK_OK(send(&b, ZNVME_CMD_READ, &b.pi));
	CHECK_OK(host_check(&b, NULL));
	data_of(&b, 2)[9] ^= 2;
	CHECK_STATUS(send(&b, ZNVME_CMD_WRITE, &b.pi), ZNVME_SC_GUARD_CHECK);
}

/* A block that was never written reads with all ones, and is not checked. */
static void unwritten(struct test *t)
{
	struct bench b = set_up(t, 0);

	aim(&b, b.ns->nr_blocks - 64);
	CHECK_OK(send(&b, ZNVME_CMD_READ, &b.pi));
	for (unsigned i = 0; i < BLOCKS; i++)
		CHECK_BYTES(tuple_of(&b, i), b.ns->pi_size, 0xff);
	CHECK_OK(host_check(&b, NULL));
}

static void write_zeroes(struct test *t)
{
	struct bench b = set_up(t, 120);

	write_unchecked(&b, 50);
	CHECK_OK(send_nodata(&b, znvme_prep_write_zeroes, ZNVME_RW_PRACT));
	clear(&b);
	/* QEMU's model (7.2) takes 0 for the checksum of zeroes, whichever it is. */
	if (!t->sim && b.ns->pi_format != ZNVME_PIF_16B_GUARD)
		b.pi.prinfo &= ~ZNVME_RW_PRCHK_GUARD;
	CHECK_OK(send(&b, ZNVME_CMD_READ, &b.pi));
	CHECK_OK(host_check(&b, NULL));
	for (unsigned i = 0; i < BLOCKS; i++)
		CHECK_BYTES(data_of(&b, i), b.ns->block_size, 0);
	/* Nothing is there that could be checked. */
	CHECK_STATUS(send_nodata(&b, znvme_prep_write_zeroes, ZNVME_RW_PRCHK_GUARD),
		     ZNVME_SC_INVALID_PI);
}

/* Zeroes with tags of their own. */
static void write_zeroes_tags(struct test *t)
{
	struct bench b = set_up(t, 130);
	struct znvme_pi_tuple tuple;

	write_unchecked(&b, 51);
	CHECK_OK(send_nodata(&b, znvme_prep_write_zeroes, ZNVME_RW_PRACT));
	CHECK_OK(send(&b, ZNVME_CMD_READ, NULL));
	znvme_pi_get(b.ns, metadata_of(&b, 1), &tuple);
	CHECK_EQ(tuple.app_tag, APP);
	/* Without the action there are none. */
	CHECK_OK(send_nodata(&b, znvme_prep_write_zeroes, 0));
	CHECK_OK(send(&b, ZNVME_CMD_READ, &b.pi));
	CHECK_BYTES(tuple_of(&b, 1), b.ns->pi_size, 0xff);
}

static void deallocated(struct test *t)
{
	struct bench b = set_up(t, 1024);
	struct znvme_dsm_range *range = (void *)b.stripped;
	struct znvme_sqe *sqe;

	write_unchecked(&b, 52);
	memset(range, 0, sizeof(*range));
	range->slba = b.slba;
	range->nlb = 64; /* whole pages of a file */
	sqe = znvme_get_sqe(b.q, &b);
	CHECK_OK(znvme_prep_dsm(sqe, b.ns, b.region, range, 1, ZNVME_DSM_AD));
	CHECK_OK(znvme_submit(b.q));
	CHECK_OK(test_complete(b.q, &b));
	/* Kept or gone, it is right. */
	CHECK_OK(send(&b, ZNVME_CMD_READ, &b.pi));
	CHECK_OK(host_check(&b, NULL));
}

static void verify(struct test *t)
{
	struct bench b = set_up(t, 150);
	const uint32_t checks = all_checks(b.ns);

	write_unchecked(&b, 53);
	CHECK_OK(send_nodata(&b, znvme_prep_verify, checks));
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		if (!(checks & damages[i].check))
			continue;
		protect(&b);
		damage(&b, &damages[i]);
		CHECK_OK(send_with(&b, ZNVME_CMD_WRITE, 0));
		CHECK_STATUS(send_nodata(&b, znvme_prep_verify, checks), damages[i].status);
		CHECK_OK(send_nodata(&b, znvme_prep_verify, checks & ~damages[i].check));
	}
	CHECK_STATUS(send_nodata(&b, znvme_prep_verify, ZNVME_RW_PRACT), ZNVME_SC_INVALID_PI);
}

static void compare_checks(struct test *t)
{
	struct bench b = set_up(t, 160);

	write_unchecked(&b, 54);
	CHECK_OK(send(&b, ZNVME_CMD_COMPARE, &b.pi));
	damage(&b, &damages[0]);
	/* Tuples are checked, and not compared. */
	CHECK_OK(send_with(&b, ZNVME_CMD_COMPARE, 0));
	CHECK_OK(send_with(&b, ZNVME_CMD_WRITE, 0));
	protect(&b);
	CHECK_STATUS(send(&b, ZNVME_CMD_COMPARE, &b.pi), ZNVME_SC_GUARD_CHECK);
}

/* Type 1: the LBA, and a command that says otherwise is refused. */
static void reference_tags_1(struct bench *b)
{
	struct znvme_pi pi = b->pi;

	pi.ref_tag++;
	CHECK_STATUS(send(b, ZNVME_CMD_READ, &pi), ZNVME_SC_INVALID_PI);
	CHECK_STATUS(send(b, ZNVME_CMD_WRITE, &pi), ZNVME_SC_INVALID_PI);
}

/* Type 2: the host's choice, counted up. */
static void reference_tags_2(struct bench *b)
{
	struct znvme_pi pi = b->pi;

	pi.ref_tag++;
	CHECK_STATUS(send(b, ZNVME_CMD_READ, &pi), ZNVME_SC_REFTAG_CHECK);
	b->pi.ref_tag = 0xfffe;
	protect(b);
	CHECK_OK(send(b, ZNVME_CMD_WRITE, &b->pi));
	CHECK_OK(send(b, ZNVME_CMD_READ, &b->pi));
	CHECK_OK(host_check(b, NULL));
}

/* Type 3: nobody checks it, and asking for that is refused. QEMU's model (7.2) does not refuse. */
static void reference_tags_3(struct bench *b)
{
	struct znvme_pi pi = b->pi;

	pi.prinfo |= ZNVME_RW_PRCHK_REF;
	CHECK_RC(znvme_pi_check(b->ns, b->data, b->metadata, b->slba, BLOCKS, &pi, NULL), -EINVAL);
	if (b->t->sim)
		CHECK_STATUS(send(b, ZNVME_CMD_READ, &pi), ZNVME_SC_INVALID_PI);
	damage(b, &(struct damage){.check = ZNVME_RW_PRCHK_REF});
	CHECK_OK(send(b, ZNVME_CMD_WRITE, &b->pi));
}

static void reference_tags(struct test *t)
{
	static void (*const of_type[])(struct bench * b) = {NULL, reference_tags_1,
							    reference_tags_2, reference_tags_3};
	struct bench b = set_up(t, 170);
	struct znvme_sqe sqe = {0};

	write_unchecked(&b, 55);
	if (znvme_pi_ref_tag_bits(b.ns)) {
		of_type[b.ns->pi_type](&b);
		return;
	}
	/* All of the space is the storage tag's. */
	b.pi.ref_tag = 1;
	CHECK_RC(znvme_sqe_set_pi(&sqe, b.ns, &b.pi), -EINVAL);
}

static void storage_tag_mask(struct test *t)
{
	struct bench b = set_up(t, 190);
	const uint64_t mask = b.ns->storage_tag_mask;

	for (unsigned bit = 0; bit < b.ns->storage_tag_bits; bit++) {
		struct znvme_pi pi = b.pi;
		int status;

		fill_blocks(&b, 58);
		protect(&b);
		pi.storage_tag ^= 1ull << bit;
		status = send(&b, ZNVME_CMD_WRITE, &pi);
		if (mask >> bit & 1)
			CHECK_STATUS(status, ZNVME_SC_STORAGE_TAG_CHECK);
		else
			CHECK_OK(status);
	}
}

/* ---- simulator ----------------------------------------------------------------------------- */

static void error_log(struct test *t)
{
	struct bench b = set_up(t, 200);
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_ERROR};
	struct znvme_error_log_entry entry;

	fill_blocks(&b, 59);
	protect(&b);
	damage(&b, &damages[0]);
	CHECK_OK(send_with(&b, ZNVME_CMD_WRITE, 0));
	CHECK_STATUS(send(&b, ZNVME_CMD_READ, &b.pi), ZNVME_SC_GUARD_CHECK);
	CHECK_OK(znvme_get_log(t->ctrl, &args, &entry, sizeof(entry)));
	CHECK_EQ(entry.lba, 201);
	CHECK_EQ(entry.nsid, t->ns->nsid);
	CHECK_EQ(entry.opc, ZNVME_CMD_READ);
	CHECK_EQ(entry.status_field >> 1 & (ZNVME_STATUS_SCT | ZNVME_STATUS_SC),
		 ZNVME_SC_GUARD_CHECK);
}

static void bit_rot(struct test *t)
{
	struct bench b = set_up(t, 210);
	struct znvme_pi_error error;

	t->faulty = true;
	write_unchecked(&b, 60);
	CHECK_OK(znvme_sim_add_faults(t->sim, "when opcode=read nth=1 do rot=1"));
	CHECK_STATUS(send(&b, ZNVME_CMD_READ, &b.pi), ZNVME_SC_GUARD_CHECK);
	/* Unchecked by the controller, by the host. */
	CHECK_OK(send(&b, ZNVME_CMD_READ, NULL));
	CHECK_STATUS(host_check(&b, &error), ZNVME_SC_GUARD_CHECK);
}

/* On the way to the host: only the host can find that. */
static void wrong_on_the_way(struct test *t)
{
	struct bench b = set_up(t, 220);

	t->faulty = true;
	write_unchecked(&b, 61);
	CHECK_OK(znvme_sim_add_faults(t->sim, "when opcode=read nth=1 do data=100:ff00ff00"));
	CHECK_OK(send(&b, ZNVME_CMD_READ, &b.pi));
	CHECK_STATUS(host_check(&b, NULL), ZNVME_SC_GUARD_CHECK);
	CHECK_MESSAGE("block 220: the guard is 0x");
}

/* ---- blocking I/O -------------------------------------------------------------------------- */

static void blocking(struct test *t)
{
	static char buf[1 << 20];
	const size_t len = sizeof(buf) - 3 * 4096;
	int status = -1;

	test_open(t);
	fill_pattern(buf, len, 62);
	CHECK_RC(znvme_pwrite(t->ns, buf, len, 8192, 0, &status), len);
	CHECK_EQ(status, 0);
	memset(buf, 0, len);
	CHECK_RC(znvme_pread(t->ns, buf, len, 8192, 0, &status), len);
	CHECK_PATTERN(buf, len, 62);
	/* A piece of a block. */
	CHECK_RC(znvme_pwrite(t->ns, buf + 1001, 37, 8192 + 1001, ZNVME_IO_RMW, &status), 37);
	memset(buf, 0, len);
	CHECK_RC(znvme_pread(t->ns, buf, len, 8192, 0, &status), len);
	CHECK_PATTERN(buf, len, 62);
}

/* It is protection information that others understand. */
static void blocking_protects(struct test *t)
{
	struct bench b = set_up(t, 230);
	static char buf[BLOCKS * 65536];
	const size_t len = (size_t)BLOCKS * b.ns->block_size;
	const uint64_t offset = b.slba * b.ns->block_size;
	int status;

	fill_pattern(buf, len, 63);
	CHECK_RC(znvme_pwrite(b.ns, buf, len, offset, 0, &status), len);
	b.pi.app_tag = 0;
	b.pi.storage_tag = 0;
	CHECK_OK(send(&b, ZNVME_CMD_READ, &b.pi));
	CHECK_OK(host_check(&b, NULL));
	data_of(&b, 1)[0] ^= 1;
	CHECK_OK(send_with(&b, ZNVME_CMD_WRITE, 0));
	CHECK(znvme_pread(b.ns, buf, len, offset, 0, &status) < 0);
	CHECK_STATUS(status, ZNVME_SC_GUARD_CHECK);
	CHECK_MESSAGE("uard");
	CHECK_RC(znvme_pread(b.ns, buf, b.ns->block_size, offset, 0, &status), b.ns->block_size);
}

/* The host's own check says more. */
static void blocking_checks(struct test *t)
{
	static char buf[8 * 65536];
	size_t len;
	int status;

	test_open_with(t, t->address, NULL);
	t->faulty = true;
	len = 8 * (size_t)t->ns->block_size;
	fill_pattern(buf, len, 64);
	CHECK_RC(znvme_pwrite(t->ns, buf, len, 0, 0, &status), len);
	CHECK_OK(znvme_sim_add_faults(t->sim, "when opcode=read do data=100:ff00ff00"));
	/* Where the tuples stay with the controller, the host has nothing to find that by. */
	if (znvme_pi_is_stripped(t->ns, ZNVME_RW_PRACT)) {
		CHECK_RC(znvme_pread(t->ns, buf, len, 0, 0, &status), len);
		return;
	}
	CHECK(znvme_pread(t->ns, buf, len, 0, 0, &status) < 0);
	CHECK_STATUS(status, ZNVME_SC_GUARD_CHECK);
	CHECK_MESSAGE("block 0: the guard is 0x");
}

static const struct test_case cases[] = {
	{"metadata are read as they were written", metadata, HAS_METADATA},
	{"each block has its own metadata", metadata_of_a_block, HAS_METADATA},
	{"nothing beside the metadata is touched", metadata_bounds, HAS_METADATA},
	{"metadata go with data by an SGL", metadata_by_sgl, HAS_METADATA | HAS_SGL},
	{"compare looks at metadata", compare, HAS_METADATA | HAS_COMPARE},
	{"a misaligned metadata pointer is refused", misaligned_pointer, HAS_METADATA | HAS_SIM},
	{"a metadata pointer to nowhere changes nothing", unmapped_pointer, HAS_METADATA | HAS_SIM},
	{"the controller accepts what we generate", ours_accepted, HAS_PI},
	{"we accept what the controller inserts", theirs_accepted, HAS_PI},
	{"the controller strips and checks", stripped, HAS_PI},
	{"a wrong tag is not written", wrong_on_write, HAS_PI},
	{"a wrong tag is found by both", wrong_on_read, HAS_PI},
	{"single bits are found by the guard", each_bit, HAS_PI},
	{"the application tag is checked under its mask", application_tag_mask, HAS_PI},
	{"the escape value switches checks off", escape, HAS_PI},
	{"an unwritten block reads with all ones", unwritten, HAS_PI},
	{"zeroes are written with protection information", write_zeroes, HAS_PI | HAS_WRITE_ZEROES},
	{"zeroes have the tags that were asked for", write_zeroes_tags,
	 HAS_PI | HAS_WRITE_ZEROES | HAS_SIM},
	{"deallocated blocks are not found wrong", deallocated, HAS_PI | HAS_DSM},
	{"verify checks", verify, HAS_PI | HAS_VERIFY},
	{"compare checks on both sides", compare_checks, HAS_PI | HAS_COMPARE | HAS_SIM},
	{"reference tags are what the type has them be", reference_tags, HAS_PI},
	{"the storage tag is checked under its mask", storage_tag_mask, HAS_STORAGE_TAG},
	{"the error log has the block", error_log, HAS_PI | HAS_SIM},
	{"bit rot is found", bit_rot, HAS_PI | HAS_SIM},
	{"what goes wrong on the way is found by the host", wrong_on_the_way, HAS_PI | HAS_SIM},
	{"blocking I/O goes past metadata", blocking, HAS_METADATA},
	{"blocking I/O protects", blocking_protects, HAS_PI},
	{"blocking I/O says what the host found", blocking_checks, HAS_PI | HAS_SIM},
};

const struct test_group protection_tests = {"protection", cases, ARRAY_LEN(cases)};
