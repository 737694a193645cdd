// SPDX-License-Identifier: MIT
/*
 * Protection information by the host: checksums against known answers and against one bit at a
 * time, tuples laid out byte by byte from the specification's figures, every single bit turned
 * over, and the commands that carry tags (NVM 1.1, section 5.3).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <znvme.h>

#include "command_host.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define ALL (ZNVME_RW_PRCHK | ZNVME_RW_STC)

/* ---- checksums ----------------------------------------------------------------------------- */

static void fill(uint8_t *bytes, size_t len, uint8_t first, int step)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(first + step * (int)i);
}

#define UNPUBLISHED (-1)

static void known_answers(void **state)
{
	static const struct {
		size_t len;
		uint8_t first;
		int step;
		int32_t crc16;
		int64_t crc32c;
		uint64_t crc64; /* 0: unpublished */
	} rows[] = {
		/* "123456789" is '1' and up: the check value of each. */
		{9, '1', 1, 0xd0db, 0xe3069283, 0xae8b14860a799888},
		/* SBC-3's examples for T10-DIF, RFC 3720's for CRC-32C. */
		{32, 0x00, 0, 0x0000, 0x8a9136aa, 0},
		{32, 0xff, 0, 0xa293, 0x62a8ab43, 0},
		{32, 0x00, 1, 0x0224, 0x46dd794e, 0},
		{32, 0x1f, -1, UNPUBLISHED, 0x113fdb5c, 0},
		{32, 0xff, -1, 0xa0b7, UNPUBLISHED, 0},
		/* The specification's test cases of 4 KiB. */
		{4096, 0x00, 0, 0x0000, 0x98f94189, 0x6482d367eb22b64e},
		{4096, 0xff, 0, UNPUBLISHED, 0x25c1fe13, 0xc0ddba7302eca3ac},
		{4096, 0x00, 1, UNPUBLISHED, 0x9c71fe32, 0x3e729f5f6750449c},
		{4096, 0xff, -1, UNPUBLISHED, 0x214941a8, 0x9a2df64b8e9e517e},
	};
	uint8_t bytes[4096];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		fill(bytes, rows[i].len, rows[i].first, rows[i].step);
		if (rows[i].crc16 != UNPUBLISHED)
			assert_int_equal(znvme_crc16_t10dif(0, bytes, rows[i].len), rows[i].crc16);
		if (rows[i].crc32c != UNPUBLISHED)
			assert_int_equal(znvme_crc32c(0, bytes, rows[i].len), rows[i].crc32c);
		if (rows[i].crc64)
			assert_true(znvme_crc64_nvme(0, bytes, rows[i].len) == rows[i].crc64);
	}
	/* RFC 3720: a SCSI read command. */
	static const uint8_t read10[48] = {0x01,	0xc0,	     [16] = 0x14, [22] = 0x04,
					   [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02};

	assert_int_equal(znvme_crc32c(0, read10, sizeof(read10)), 0xd9963a56);
}

/* One bit at a time, most significant first. */
static uint16_t naive16(const uint8_t *bytes, size_t len)
{
	uint16_t crc = 0;

	for (; len--; bytes++) {
		crc ^= (uint16_t)(*bytes << 8);
		for (unsigned i = 0; i < 8; i++)
			crc = (uint16_t)(crc << 1 ^ (crc & 0x8000 ? 0x8bb7 : 0));
	}
	return crc;
}

/* … least significant first; `poly` is turned round. */
static uint64_t naive_reflected(uint64_t poly, uint64_t ones, const uint8_t *bytes, size_t len)
{
	uint64_t crc = ones;

	for (; len--; bytes++) {
		crc ^= *bytes;
		for (unsigned i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? poly : 0);
	}
	return crc ^ ones;
}

static uint32_t naive32(const uint8_t *bytes, size_t len)
{
	return (uint32_t)naive_reflected(0x82f63b78, UINT32_MAX, bytes, len);
}

static uint64_t naive64(const uint8_t *bytes, size_t len)
{
	return naive_reflected(0x9a6c9329ac4bc9b5ull, UINT64_MAX, bytes, len);
}

/* Lengths on both sides of every step of the fast ways, at each alignment. */
static void as_bit_by_bit(void **state)
{
	static uint8_t bytes[4096 + 64];
	uint64_t random = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		bytes[i] = (uint8_t)(random >> 56);
	}
	for (size_t len = 0; len < 4096; len += len < 300 ? 1 : 97) {
		const uint8_t *at = bytes + len % 64;

		assert_int_equal(znvme_crc16_t10dif(0, at, len), naive16(at, len));
		assert_int_equal(znvme_crc32c(0, at, len), naive32(at, len));
		assert_true(znvme_crc64_nvme(0, at, len) == naive64(at, len));
	}
}

/* In pieces it is the same: in short ones, which go by tables, and in long ones. */
static void in_pieces(void **state)
{
	static const size_t pieces[] = {1, 7, 8, 15, 63, 64, 100, 511, 1024};
	static uint8_t bytes[4096];

	(void)state;
	fill(bytes, sizeof(bytes), 3, 7);
	for (size_t i = 0; i < ROWS(pieces); i++) {
		uint16_t crc16 = 0;
		uint32_t crc32c = 0;
		uint64_t crc64 = 0;

		for (size_t at = 0; at < sizeof(bytes); at += pieces[i]) {
			size_t len =
				sizeof(bytes) - at < pieces[i] ? sizeof(bytes) - at : pieces[i];

			crc16 = znvme_crc16_t10dif(crc16, bytes + at, len);
			crc32c = znvme_crc32c(crc32c, bytes + at, len);
			crc64 = znvme_crc64_nvme(crc64, bytes + at, len);
		}
		assert_int_equal(crc16, naive16(bytes, sizeof(bytes)));
		assert_int_equal(crc32c, naive32(bytes, sizeof(bytes)));
		assert_true(crc64 == naive64(bytes, sizeof(bytes)));
	}
}

/* ---- namespaces of all kinds --------------------------------------------------------------- */

static struct znvme_ns namespace_of(uint8_t type, uint8_t format, uint8_t storage_tag_bits,
				    uint16_t metadata_size, bool first, bool extended)
{
	const uint8_t size = format == ZNVME_PIF_16B_GUARD ? 8 : 16;
	return (struct znvme_ns){
		.nsid = 1,
		.dword01 = 1ull << 32,
		.block_size = 512,
		.lba_bytes = extended ? 512u + metadata_size : 512u,
		.max_nlb = 256,
		.nr_blocks = 1ull << 62,
		.metadata_size = metadata_size,
		.metadata_extended = extended,
		.pi_type = type,
		.pi_format = format,
		.pi_size = size,
		.pi_offset = first ? 0 : (uint16_t)(metadata_size - size),
		.storage_tag_bits = storage_tag_bits,
		.storage_tag_mask =
			storage_tag_bits < 64 ? (1ull << storage_tag_bits) - 1 : UINT64_MAX,
	};
}

struct kind {
	uint8_t format;
	uint8_t storage_tag_bits;
	uint16_t metadata_size;
	bool first;
	bool extended;
};

static const struct kind kinds[] = {
	{ZNVME_PIF_16B_GUARD, 0, 8, false, false},  {ZNVME_PIF_16B_GUARD, 0, 8, false, true},
	{ZNVME_PIF_16B_GUARD, 0, 16, false, false}, {ZNVME_PIF_16B_GUARD, 12, 24, true, false},
	{ZNVME_PIF_16B_GUARD, 32, 64, false, true}, {ZNVME_PIF_32B_GUARD, 16, 16, false, false},
	{ZNVME_PIF_32B_GUARD, 33, 32, true, true},  {ZNVME_PIF_32B_GUARD, 64, 64, false, true},
	{ZNVME_PIF_64B_GUARD, 0, 16, false, true},  {ZNVME_PIF_64B_GUARD, 13, 64, false, false},
	{ZNVME_PIF_64B_GUARD, 48, 32, true, true},
};

#define BLOCKS 3u
#define SLBA   0x123456789aull

/* Some blocks of a namespace with all their tags set, and separate metadata where it has such. */
struct bench {
	struct znvme_ns ns;
	struct znvme_pi pi;
	uint8_t data[BLOCKS * (512 + 64)];
	uint8_t separate[BLOCKS * 64];
	uint8_t *metadata; /* NULL where they are extended */
};

static void set_up(struct bench *b, uint8_t type, const struct kind *kind)
{
	b->ns = namespace_of(type, kind->format, kind->storage_tag_bits, kind->metadata_size,
			     kind->first, kind->extended);
	znvme_pi_init(&b->pi, &b->ns, SLBA);
	b->pi.prinfo = type == ZNVME_PI_TYPE3 ? ALL & ~ZNVME_RW_PRCHK_REF : ALL;
	b->pi.app_tag = 0x1234;
	b->pi.app_tag_mask = 0xffff;
	b->pi.storage_tag = 0x5a5a5a5a5a5a5a5aull & b->ns.storage_tag_mask;
	fill(b->data, sizeof(b->data), type, 11);
	fill(b->separate, sizeof(b->separate), 0x77, 3);
	b->metadata = kind->extended ? NULL : b->separate;
	assert_int_equal(znvme_pi_generate(&b->ns, b->data, b->metadata, BLOCKS, &b->pi), 0);
}

static uint8_t *data_of(struct bench *b, unsigned block)
{
	return b->data + (size_t)block * b->ns.lba_bytes;
}

static uint8_t *metadata_of(struct bench *b, unsigned block)
{
	return b->metadata ? b->metadata + (size_t)block * b->ns.metadata_size
			   : data_of(b, block) + b->ns.block_size;
}

static int check(struct bench *b, struct znvme_pi_error *error)
{
	return znvme_pi_check(&b->ns, b->data, b->metadata, SLBA, BLOCKS, &b->pi, error);
}

/* A tuple as the figures draw it, from the guard of one bit at a time. */
static void naive_tuple(struct bench *b, unsigned block, uint8_t *tuple)
{
	static uint8_t covered[512 + 64];
	const size_t len = 512u + b->ns.pi_offset;
	const unsigned guard_len = 2u << b->ns.pi_format;
	const unsigned space_bits = b->ns.pi_format == ZNVME_PIF_16B_GUARD   ? 32
				    : b->ns.pi_format == ZNVME_PIF_32B_GUARD ? 80
									     : 48;
	const unsigned ref_bits = space_bits - b->ns.storage_tag_bits;
	uint64_t ref = SLBA + (b->ns.pi_type == ZNVME_PI_TYPE3 ? 0 : block), guard;

	memcpy(covered, data_of(b, block), 512);
	memcpy(covered + 512, metadata_of(b, block), b->ns.pi_offset);
	guard = guard_len == 2	 ? naive16(covered, len)
		: guard_len == 4 ? naive32(covered, len)
				 : naive64(covered, len);
	memset(tuple, 0, 16);
	for (unsigned i = 0; i < guard_len; i++)
		tuple[i] = (uint8_t)(guard >> 8 * (guard_len - 1 - i));
	tuple[guard_len] = 0x12;
	tuple[guard_len + 1] = 0x34;
	/* A bit at a time: bit 0 of the space is the last bit of the last byte. */
	for (unsigned bit = 0; bit < space_bits; bit++) {
		uint64_t value =
			bit < ref_bits ? ref >> bit : b->pi.storage_tag >> (bit - ref_bits);
		unsigned byte = guard_len + 2 + (space_bits - 1 - bit) / 8;

		tuple[byte] |= (uint8_t)((value & 1) << bit % 8);
	}
}

static void each_kind(void (*test)(struct bench *b))
{
	static struct bench b;

	for (uint8_t type = 1; type <= 3; type++) {
		for (size_t i = 0; i < ROWS(kinds); i++) {
			set_up(&b, type, &kinds[i]);
			test(&b);
		}
	}
}

static void one_layout(struct bench *b)
{
	uint8_t tuple[16];

	for (unsigned block = 0; block < BLOCKS; block++) {
		naive_tuple(b, block, tuple);
		assert_memory_equal(metadata_of(b, block) + b->ns.pi_offset, tuple, b->ns.pi_size);
	}
	assert_int_equal(check(b, NULL), 0);
}

static void layouts(void **state)
{
	(void)state;
	each_kind(one_layout);
}

/* Only the tuple is written; and what was put is what is got. */
static void one_round_trip(struct bench *b)
{
	uint8_t metadata[64], before[64];
	struct znvme_pi_tuple put = {.app_tag = 0xabcd}, got;

	put.guard = 0xfedcba9876543210ull >> (64 - (16u << b->ns.pi_format));
	put.storage_tag = 0xa5a5a5a5a5a5a5a5ull & b->ns.storage_tag_mask;
	put.ref_tag =
		znvme_pi_ref_tag_bits(&b->ns) < 64
			? 0x8877665544332211ull & ((1ull << znvme_pi_ref_tag_bits(&b->ns)) - 1)
			: 0x8877665544332211ull;
	fill(metadata, sizeof(metadata), 0x42, 5);
	memcpy(before, metadata, sizeof(before));
	znvme_pi_put(&b->ns, metadata, &put);
	znvme_pi_get(&b->ns, metadata, &got);
	assert_true(got.guard == put.guard);
	assert_true(got.storage_tag == put.storage_tag);
	assert_true(got.ref_tag == put.ref_tag);
	assert_int_equal(got.app_tag, put.app_tag);
	memcpy(before + b->ns.pi_offset, metadata + b->ns.pi_offset, b->ns.pi_size);
	assert_memory_equal(metadata, before, sizeof(before));
}

static void round_trips(void **state)
{
	(void)state;
	each_kind(one_round_trip);
}

/* ---- what is found ------------------------------------------------------------------------- */

/* The status that a bit of a tuple has when it is turned over. */
static int status_of_bit(const struct bench *b, unsigned bit)
{
	const unsigned guard_bits = 16u << b->ns.pi_format;

	if (bit < guard_bits)
		return ZNVME_SC_GUARD_CHECK;
	if (bit < guard_bits + 16)
		return ZNVME_SC_APPTAG_CHECK;
	if (bit < guard_bits + 16 + b->ns.storage_tag_bits)
		return ZNVME_SC_STORAGE_TAG_CHECK;
	return b->ns.pi_type == ZNVME_PI_TYPE3 ? 0 : ZNVME_SC_REFTAG_CHECK;
}

/* Turn over each bit of `len` bytes, most significant first, and see what is said. */
static void flip_each(struct bench *b, uint8_t *bytes, unsigned len, unsigned block, int status)
{
	for (unsigned bit = 0; bit < len * 8; bit++) {
		const int expected = status >= 0 ? status : status_of_bit(b, bit);
		struct znvme_pi_error error = {0};

		bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		assert_int_equal(check(b, &error), expected);
		if (expected) {
			assert_int_equal(error.status, expected);
			assert_int_equal(error.block, block);
			assert_true(error.lba == SLBA + block);
			assert_true(error.expected != error.found);
		}
		bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
}

static void flip_one_kind(struct bench *b)
{
	const unsigned block = 1, ahead = b->ns.pi_offset;
	const unsigned behind = b->ns.metadata_size - ahead - b->ns.pi_size;
	uint8_t *metadata = metadata_of(b, block);

	flip_each(b, data_of(b, block), b->ns.block_size, block, ZNVME_SC_GUARD_CHECK);
	flip_each(b, metadata, ahead, block, ZNVME_SC_GUARD_CHECK);
	flip_each(b, metadata + ahead, b->ns.pi_size, block, -1);
	/* What stands behind the tuple, nothing protects. */
	flip_each(b, metadata + ahead + b->ns.pi_size, behind, block, 0);
}

static void every_bit(void **state)
{
	(void)state;
	each_kind(flip_one_kind);
}

/* Of what is not asked for nothing is said. */
static void only_what_is_asked(void **state)
{
	static const struct {
		uint32_t prinfo;
		unsigned byte; /* of the tuple: one that only this looks at */
	} rows[] = {{ZNVME_RW_PRCHK_GUARD, 0},
		    {ZNVME_RW_PRCHK_APP, 2},
		    {ZNVME_RW_STC, 4},
		    {ZNVME_RW_PRCHK_REF, 7}};
	static const struct kind kind = {ZNVME_PIF_16B_GUARD, 8, 8, false, false};
	static struct bench b;

	(void)state;
	for (size_t wrong = 0; wrong < ROWS(rows); wrong++) {
		set_up(&b, ZNVME_PI_TYPE1, &kind);
		metadata_of(&b, 2)[rows[wrong].byte] ^= 1;
		for (size_t asked = 0; asked < ROWS(rows); asked++) {
			b.pi.prinfo = rows[asked].prinfo;
			assert_int_equal(check(&b, NULL) != 0, asked == wrong);
		}
		b.pi.prinfo = 0;
		assert_int_equal(check(&b, NULL), 0);
	}
}

static void masks(void **state)
{
	static const struct kind kind = {ZNVME_PIF_64B_GUARD, 16, 16, false, false};
	struct znvme_pi_error error;
	static struct bench b;

	(void)state;
	set_up(&b, ZNVME_PI_TYPE1, &kind);
	b.pi.app_tag = 0x12f4; /* the blocks have 1234h */
	b.pi.app_tag_mask = 0xff0f;
	assert_int_equal(check(&b, &error), 0);
	b.pi.app_tag_mask = 0x0fff;
	assert_int_equal(check(&b, &error), ZNVME_SC_APPTAG_CHECK);
	assert_int_equal(error.expected, 0x2f4);
	assert_int_equal(error.found, 0x234);
	b.pi.app_tag = 0x1234;
	b.pi.storage_tag = 0xffff; /* … 5A5Ah */
	b.ns.storage_tag_mask = 0x5a5a;
	assert_int_equal(check(&b, &error), 0);
	b.ns.storage_tag_mask = 0xff00;
	assert_int_equal(check(&b, &error), ZNVME_SC_STORAGE_TAG_CHECK);
	assert_int_equal(error.expected, 0xff00);
	assert_int_equal(error.found, 0x5a00);
}

static void one_escape(struct bench *b)
{
	const unsigned tag = b->ns.pi_offset + (2u << b->ns.pi_format);
	uint8_t *metadata = metadata_of(b, 1);
	struct znvme_pi_tuple tuple;

	znvme_pi_get(&b->ns, metadata, &tuple);
	metadata[tag] = metadata[tag + 1] = 0xff;
	data_of(b, 1)[100] ^= 0x10;
	/* With no bits of reference tag these are all ones, too. */
	if (b->ns.pi_type == ZNVME_PI_TYPE3 && znvme_pi_ref_tag_bits(&b->ns))
		assert_int_equal(check(b, NULL), ZNVME_SC_GUARD_CHECK);
	else
		assert_int_equal(check(b, NULL), 0);
	tuple.app_tag = ZNVME_PI_APP_TAG_ESCAPE;
	tuple.ref_tag = UINT64_MAX;
	znvme_pi_put(&b->ns, metadata, &tuple);
	assert_int_equal(check(b, NULL), 0);
	/* Of that block only. */
	data_of(b, 2)[100] ^= 0x10;
	assert_int_equal(check(b, NULL), ZNVME_SC_GUARD_CHECK);
}

static void escapes(void **state)
{
	(void)state;
	each_kind(one_escape);
}

/* The reference tag counts on past its last value. */
static void wraps_round(void **state)
{
	static const struct kind kind = {ZNVME_PIF_16B_GUARD, 0, 8, false, false};
	static const uint32_t expected[] = {0xfffffffe, 0xffffffff, 0};
	static struct bench b;

	(void)state;
	set_up(&b, ZNVME_PI_TYPE2, &kind);
	b.pi.ref_tag = 0xfffffffe;
	assert_int_equal(znvme_pi_generate(&b.ns, b.data, b.metadata, BLOCKS, &b.pi), 0);
	for (unsigned block = 0; block < BLOCKS; block++) {
		struct znvme_pi_tuple tuple;

		znvme_pi_get(&b.ns, metadata_of(&b, block), &tuple);
		assert_int_equal(tuple.ref_tag, expected[block]);
	}
	assert_int_equal(check(&b, NULL), 0);
}

static void messages(void **state)
{
	static const struct kind kind = {ZNVME_PIF_16B_GUARD, 0, 8, false, false};
	static struct bench b;

	(void)state;
	set_up(&b, ZNVME_PI_TYPE1, &kind);
	b.pi.ref_tag = 7;
	assert_int_equal(check(&b, NULL), ZNVME_SC_REFTAG_CHECK);
	assert_string_equal(znvme_errmsg(),
			    "block 78187493530: the reference tag is 0x3456789a and "
			    "should be 0x7");
	assert_string_equal(znvme_pi_tag_name(ZNVME_SC_GUARD_CHECK | ZNVME_STATUS_DNR), "guard");
	assert_string_equal(znvme_pi_tag_name(ZNVME_SC_LBA_RANGE), "");
}

static void refused(void **state)
{
	static const struct kind separate = {ZNVME_PIF_16B_GUARD, 4, 8, false, false};
	static const struct kind extended = {ZNVME_PIF_16B_GUARD, 4, 8, false, true};
	static struct bench b;

	(void)state;
	set_up(&b, ZNVME_PI_TYPE3, &separate);
	b.pi.prinfo |= ZNVME_RW_PRCHK_REF;
	assert_int_equal(check(&b, NULL), -EINVAL);
	set_up(&b, ZNVME_PI_TYPE1, &separate);
	assert_int_equal(znvme_pi_generate(&b.ns, b.data, NULL, 1, &b.pi), -EINVAL);
	b.pi.ref_tag = 1u << 28;
	assert_int_equal(znvme_pi_generate(&b.ns, b.data, b.metadata, 1, &b.pi), -EINVAL);
	b.pi.ref_tag = 0;
	b.pi.storage_tag = 16;
	assert_int_equal(znvme_pi_generate(&b.ns, b.data, b.metadata, 1, &b.pi), -EINVAL);
	b.pi.storage_tag = 15;
	assert_int_equal(znvme_pi_generate(&b.ns, b.data, b.metadata, 1, &b.pi), 0);
	b.ns.pi_type = 0;
	assert_int_equal(znvme_pi_generate(&b.ns, b.data, b.metadata, 1, &b.pi), -EINVAL);
	assert_int_equal(znvme_pi_ref_tag_bits(&b.ns), 0);
	set_up(&b, ZNVME_PI_TYPE1, &extended);
	assert_int_equal(znvme_pi_generate(&b.ns, b.data, b.separate, 1, &b.pi), -EINVAL);
}

/* ---- commands ------------------------------------------------------------------------------ */

/* Dwords of a command by their offset in bytes. */
static uint32_t dword(const struct znvme_sqe *sqe, unsigned n)
{
	uint32_t value;

	memcpy(&value, (const char *)sqe + 4 * n, 4);
	return value;
}

/* Where each bit of the space goes: 31:0 to dword 14, 63:32 to dword 3, 79:64 to dword 2. */
static void tags_in_commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(kinds); i++) {
		static struct bench b;
		struct znvme_sqe sqe = rubbish();
		uint64_t storage, ref;
		unsigned ref_bits;

		set_up(&b, ZNVME_PI_TYPE2, &kinds[i]);
		ref_bits = znvme_pi_ref_tag_bits(&b.ns);
		storage = b.pi.storage_tag;
		ref = b.pi.ref_tag;
		assert_int_equal(znvme_prep_verify(&sqe, &b.ns, 5, 2), 0);
		sqe.cdw12 |= ZNVME_RW_FUA;
		assert_int_equal(znvme_sqe_set_pi(&sqe, &b.ns, &b.pi), 0);
		assert_int_equal(dword(&sqe, 12), 0x5d000001);
		assert_int_equal(dword(&sqe, 15), 0xffff1234);
		for (unsigned bit = 0; bit < 96; bit++) {
			static const unsigned dwords[] = {14, 3, 2};
			uint64_t is = dword(&sqe, dwords[bit / 32]) >> bit % 32 & 1;
			uint64_t be = bit < ref_bits	    ? ref >> bit & 1
				      : bit - ref_bits < 64 ? storage >> (bit - ref_bits) & 1
							    : 0;

			assert_int_equal(is, be);
		}
	}
}

static void tags_that_do_not_fit(void **state)
{
	static const struct kind kind = {ZNVME_PIF_16B_GUARD, 8, 8, false, false};
	struct znvme_sqe sqe = rubbish();
	static struct bench b;

	(void)state;
	set_up(&b, ZNVME_PI_TYPE2, &kind);
	b.pi.ref_tag = 0xffffff;
	b.pi.storage_tag = 0xff;
	assert_int_equal(znvme_sqe_set_pi(&sqe, &b.ns, &b.pi), 0);
	b.pi.ref_tag++;
	assert_int_equal(znvme_sqe_set_pi(&sqe, &b.ns, &b.pi), -EINVAL);
	b.pi.ref_tag = 0;
	b.pi.storage_tag++;
	assert_int_equal(znvme_sqe_set_pi(&sqe, &b.ns, &b.pi), -EINVAL);
	b.pi.storage_tag = 0;
	b.pi.prinfo = ZNVME_RW_FUA;
	assert_int_equal(znvme_sqe_set_pi(&sqe, &b.ns, &b.pi), -EINVAL);
}

static void separate_metadata(void **state)
{
	static const struct kind kind = {ZNVME_PIF_16B_GUARD, 0, 8, false, false};
	struct znvme_sqe sqe = rubbish();
	char *end = BUF + region.len;
	static struct bench b;

	(void)state;
	set_up(&b, ZNVME_PI_TYPE1, &kind);
	assert_int_equal(znvme_prep_rw_pi(&sqe, &b.ns, ZNVME_CMD_READ, &region, BUF + 4096, &region,
					  BUF + 512, SLBA, 8, &b.pi),
			 0);
	assert_int_equal(sqe.opcode, ZNVME_CMD_READ);
	assert_true(sqe.mptr == IOVA + 512);
	assert_true(sqe.dptr.prp.prp1 == IOVA + 4096 && sqe.dptr.prp.prp2 == 0);
	assert_int_equal(sqe.cdw12, 7 | ALL);
	assert_int_equal(znvme_sqe_set_metadata(&sqe, &region, end - 64, 64), 0);
	assert_int_equal(znvme_sqe_set_metadata(&sqe, &region, end - 60, 64), -EINVAL);
	assert_int_equal(znvme_sqe_set_metadata(&sqe, &region, BUF - 4, 64), -EINVAL);
	assert_int_equal(znvme_sqe_set_metadata(&sqe, &region, BUF + 2, 64), -EINVAL);
	assert_int_equal(znvme_sqe_set_metadata(&sqe, &region, BUF, 0), -EINVAL);
	assert_int_equal(znvme_sqe_set_metadata(&sqe, &region, BUF, SIZE_MAX), -EINVAL);
	/* None, and too many blocks. */
	assert_int_equal(znvme_prep_rw_pi(&sqe, &b.ns, ZNVME_CMD_READ, &region, BUF, NULL, NULL,
					  SLBA, 8, &b.pi),
			 -EINVAL);
	assert_int_equal(znvme_prep_rw_pi(&sqe, &b.ns, ZNVME_CMD_READ, &region, BUF, &region, BUF,
					  SLBA, 257, &b.pi),
			 -EINVAL);
	/* Stripped, none are needed. */
	b.pi.prinfo |= ZNVME_RW_PRACT;
	assert_int_equal(znvme_prep_rw_pi(&sqe, &b.ns, ZNVME_CMD_READ, &region, BUF, NULL, NULL,
					  SLBA, 8, &b.pi),
			 0);
	assert_true(sqe.mptr == 0);
}

/* How much of the buffer a command takes shows at the region's end. */
static void extended_metadata(void **state)
{
	static const struct kind plain = {ZNVME_PIF_16B_GUARD, 0, 8, false, true};
	static const struct kind more = {ZNVME_PIF_16B_GUARD, 0, 16, false, true};
	const uint8_t write = ZNVME_CMD_WRITE;
	char *end = BUF + region.len;
	struct znvme_sqe sqe = rubbish();
	static struct bench b;

	(void)state;
	set_up(&b, ZNVME_PI_TYPE1, &plain);
	assert_int_equal(znvme_prep_rw_pi(&sqe, &b.ns, write, &region, end - 8 * 520, NULL, NULL, 0,
					  8, NULL),
			 0);
	assert_int_equal(sqe.cdw12, 7);
	assert_int_equal(znvme_prep_rw_pi(&sqe, &b.ns, write, &region, end - 8 * 520 + 4, NULL,
					  NULL, 0, 8, NULL),
			 -EINVAL);
	assert_int_equal(
		znvme_prep_rw_pi(&sqe, &b.ns, write, &region, BUF, &region, BUF, 0, 8, NULL),
		-EINVAL);
	b.pi.prinfo = ZNVME_RW_PRACT;
	assert_int_equal(znvme_prep_rw_pi(&sqe, &b.ns, write, &region, end - 8 * 512, NULL, NULL, 0,
					  8, &b.pi),
			 0);
	/* More than the tuple: all of it is moved. */
	set_up(&b, ZNVME_PI_TYPE1, &more);
	b.pi.prinfo = ZNVME_RW_PRACT;
	assert_int_equal(znvme_prep_rw_pi(&sqe, &b.ns, write, &region, end - 8 * 512, NULL, NULL, 0,
					  8, &b.pi),
			 -EINVAL);
	assert_int_equal(znvme_prep_rw_pi(&sqe, &b.ns, write, &region, end - 8 * 528, NULL, NULL, 0,
					  8, &b.pi),
			 0);
}

static void usual_settings(void **state)
{
	static const uint32_t expected[] = {0, ZNVME_RW_PRCHK_GUARD | ZNVME_RW_PRCHK_REF,
					    ZNVME_RW_PRCHK_GUARD | ZNVME_RW_PRCHK_REF,
					    ZNVME_RW_PRCHK_GUARD};

	(void)state;
	for (uint8_t type = 0; type <= 3; type++) {
		struct znvme_ns plain = namespace_of(type, ZNVME_PIF_16B_GUARD, 4, 8, false, false);
		struct znvme_pi pi;

		znvme_pi_init(&pi, &plain, SLBA);
		assert_int_equal(pi.prinfo, expected[type]);
		assert_int_equal(pi.ref_tag, type ? SLBA & 0x0fffffff : 0);
		assert_int_equal(pi.app_tag_mask, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(as_bit_by_bit),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(layouts),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(every_bit),
		cmocka_unit_test(only_what_is_asked),
		cmocka_unit_test(masks),
		cmocka_unit_test(escapes),
		cmocka_unit_test(wraps_round),
		cmocka_unit_test(messages),
		cmocka_unit_test(refused),
		cmocka_unit_test(tags_in_commands),
		cmocka_unit_test(tags_that_do_not_fit),
		cmocka_unit_test(separate_metadata),
		cmocka_unit_test(extended_metadata),
		cmocka_unit_test(usual_settings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
