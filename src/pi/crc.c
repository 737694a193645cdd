/* SPDX-License-Identifier: MIT */
/*
 * The three checksums of guards (NVM 1.1, section 5.3.1) by one algorithm, eight bytes a step: each
 * byte looks up what it does to the remainder in the table for its place. A checksum that takes the
 * most significant bit first (T10-DIF) has its remainder byte-swapped, and so have the others'
 * steps.
 *
 * With carry-less multiplication the data are first folded to 16 bytes with the same remainder: 16
 * bytes that stand n bits ahead of others are replaced by what x^n times them leaves modulo the
 * polynomial. Tables and constants follow from the polynomial; they are worked out when the library
 * is loaded, so nothing here is ever written while another thread reads it.
 */
#include <string.h>

#include "znvme/pi.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_CLMUL 1
#else
#define HAVE_CLMUL 0
#endif

#define FOLD_LANES 4u
#define FOLD_MIN   (16 * FOLD_LANES)

/* Two constants for the halves of 16 bytes, low half first. */
struct fold_by {
	uint64_t k[2];
};

struct crc {
	uint64_t poly; /* without its leading bit, x^63 on top whatever the width */
	bool reflected;
	uint64_t table[8][256];
	struct fold_by lanes; /* by the width of all lanes */
	struct fold_by one;   /* by one: 128 bits */
};

static struct crc crc16 = {.poly = 0x8bb7ull << 48};
static struct crc crc32 = {.poly = 0x1edc6f41ull << 32, .reflected = true};
static struct crc crc64 = {.poly = 0xad93d23594c93659ull, .reflected = true};

static bool use_clmul;

static uint64_t reverse_bits(uint64_t value)
{
	uint64_t reversed = 0;

	for (unsigned i = 0; i < 64; i++)
		reversed |= (value >> i & 1) << (63 - i);
	return reversed;
}

/* A remainder, x^63 on top, as the tables have it: in the order in which bytes come. */
static uint64_t in_byte_order(const struct crc *crc, uint64_t remainder)
{
	return crc->reflected ? reverse_bits(remainder) : __builtin_bswap64(remainder);
}

/* x times it, modulo the polynomial. */
static uint64_t times_x(const struct crc *crc, uint64_t remainder)
{
	return remainder << 1 ^ (remainder >> 63 ? crc->poly : 0);
}

static void make_tables(struct crc *crc)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		uint64_t bits = crc->reflected ? reverse_bits(byte) : (uint64_t)byte << 56;

		for (unsigned place = 0; place < 8; place++) {
			for (unsigned i = 0; i < 8; i++)
				bits = times_x(crc, bits);
			crc->table[place][byte] = in_byte_order(crc, bits);
		}
	}
}

/*
 * What `width` bits further on means for each half of 16 bytes. The product of two reflected
 * numbers of 64 bits comes out shifted by one, so these go one bit less far.
 */
static void make_fold(const struct crc *crc, unsigned width, unsigned crc_bits, struct fold_by *by)
{
	uint64_t power = 1ull << (64 - crc_bits); /* x^0, with x^(crc_bits - 1) on top */
	unsigned first = width + 64 - crc->reflected, second = width - crc->reflected;

	for (unsigned n = 0; n < first; n++) {
		if (n == second)
			by->k[crc->reflected] = power;
		power = times_x(crc, power);
	}
	by->k[!crc->reflected] = power;
	for (unsigned half = 0; half < 2; half++) {
		by->k[half] >>= 64 - crc_bits; /* now x^0 is bit 0 */
		if (crc->reflected)
			by->k[half] = reverse_bits(by->k[half]);
	}
}

__attribute__((constructor)) static void crc_init(void)
{
	struct {
		struct crc *crc;
		unsigned bits;
	} const all[] = {{&crc16, 16}, {&crc32, 32}, {&crc64, 64}};

	for (unsigned i = 0; i < 3; i++) {
		make_tables(all[i].crc);
		make_fold(all[i].crc, 128 * FOLD_LANES, all[i].bits, &all[i].crc->lanes);
		make_fold(all[i].crc, 128, all[i].bits, &all[i].crc->one);
	}
#if HAVE_CLMUL
	__builtin_cpu_init();
	use_clmul = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("ssse3");
#endif
}

/* The remainder `state`, in byte order, after `len` bytes more. */
static uint64_t by_table(const struct crc *crc, uint64_t state, const uint8_t *data, size_t len)
{
	for (; len >= 8; data += 8, len -= 8) {
		uint64_t word, next = 0;

		memcpy(&word, data, 8);
		word ^= state;
#pragma GCC unroll 8
		for (unsigned i = 0; i < 8; i++)
			next ^= crc->table[7 - i][word >> 8 * i & 0xff];
		state = next;
	}
	for (; len; data++, len--)
		state = state >> 8 ^ crc->table[0][(state ^ *data) & 0xff];
	return state;
}

#if HAVE_CLMUL
#define CLMUL __attribute__((target("pclmul,ssse3"), always_inline)) static inline

/* 16 bytes with the first bit of the first byte at an end of the number. */
CLMUL __m128i load(const uint8_t *data, bool reflected)
{
	const __m128i order = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	__m128i value = _mm_loadu_si128((const __m128i *)(const void *)data);

	return reflected ? value : _mm_shuffle_epi8(value, order);
}

CLMUL __m128i fold(__m128i value, __m128i by, __m128i next)
{
	__m128i low = _mm_clmulepi64_si128(value, by, 0x00);
	__m128i high = _mm_clmulepi64_si128(value, by, 0x11);

	return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

CLMUL __m128i load_by(const struct fold_by *by)
{
	return _mm_loadu_si128((const __m128i *)(const void *)by->k);
}

/* At least FOLD_MIN bytes. */
CLMUL uint64_t fold_all(const struct crc *crc, uint64_t state, const uint8_t *data, size_t len,
			bool reflected)
{
	const __m128i by_one = load_by(&crc->one), by_lanes = load_by(&crc->lanes);
	__m128i lane[FOLD_LANES], value;
	uint8_t rest[16];

#pragma GCC unroll 4
	for (unsigned i = 0; i < FOLD_LANES; i++)
		lane[i] = load(data + 16 * i, reflected);
	memcpy(rest, &state, 8);
	memset(rest + 8, 0, 8);
	lane[0] = _mm_xor_si128(lane[0], load(rest, reflected));
	for (data += FOLD_MIN, len -= FOLD_MIN; len >= FOLD_MIN;
	     data += FOLD_MIN, len -= FOLD_MIN) {
#pragma GCC unroll 4
		for (unsigned i = 0; i < FOLD_LANES; i++)
			lane[i] = fold(lane[i], by_lanes, load(data + 16 * i, reflected));
	}
	value = lane[0];
#pragma GCC unroll 4
	for (unsigned i = 1; i < FOLD_LANES; i++)
		value = fold(value, by_one, lane[i]);
	for (; len >= 16; data += 16, len -= 16)
		value = fold(value, by_one, load(data, reflected));
	_mm_storeu_si128((__m128i *)(void *)rest, value);
	value = load(rest, reflected);
	_mm_storeu_si128((__m128i *)(void *)rest, value);
	return by_table(crc, by_table(crc, 0, rest, 16), data, len);
}

__attribute__((target("pclmul,ssse3"))) static uint64_t by_clmul(const struct crc *crc,
								 uint64_t state,
								 const uint8_t *data, size_t len)
{
	return crc->reflected ? fold_all(crc, state, data, len, true)
			      : fold_all(crc, state, data, len, false);
}
#else
static uint64_t by_clmul(const struct crc *crc, uint64_t state, const uint8_t *data, size_t len)
{
	return by_table(crc, state, data, len);
}
#endif

static uint64_t run(const struct crc *crc, uint64_t state, const void *data, size_t len)
{
	return use_clmul && len >= FOLD_MIN ? by_clmul(crc, state, data, len)
					    : by_table(crc, state, data, len);
}

/* No bits are turned over, ahead of the data or behind them. */
uint16_t znvme_crc16_t10dif(uint16_t crc, const void *data, size_t len)
{
	return __builtin_bswap16((uint16_t)run(&crc16, __builtin_bswap16(crc), data, len));
}

/* All bits are, both times. */
uint32_t znvme_crc32c(uint32_t crc, const void *data, size_t len)
{
	return ~(uint32_t)run(&crc32, ~crc, data, len);
}

uint64_t znvme_crc64_nvme(uint64_t crc, const void *data, size_t len)
{
	return ~run(&crc64, ~crc, data, len);
}
