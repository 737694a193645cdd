/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 (FIPS 180-4), by the processor's own instructions where it has them: an image is
 * gigabytes, and the portable loop would be slower than the device. Our own code, because it is a
 * page, and a library would be one more thing to install for a checksum.
 */
#include "sha256.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static void compress_portable(uint32_t state[8], const uint8_t *data, size_t blocks)
{
	for (; blocks; blocks--, data += 64) {
		uint32_t w[64];
		uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
		uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
		unsigned i;

		for (i = 0; i < 16; i++)
			w[i] = (uint32_t)data[4 * i] << 24 | (uint32_t)data[4 * i + 1] << 16 |
			       (uint32_t)data[4 * i + 2] << 8 | data[4 * i + 3];
		for (; i < 64; i++) {
			uint32_t x = w[i - 15], y = w[i - 2];

			w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) +
			       (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
		}
		for (i = 0; i < 64; i++) {
			uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
				      ((e & f) ^ (~e & g)) + K[i] + w[i];
			uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
				      ((a & b) ^ (a & c) ^ (b & c));

			h = g, g = f, f = e, e = d + t1;
			d = c, c = b, b = a, a = t1 + t2;
		}
		state[0] += a, state[1] += b, state[2] += c, state[3] += d;
		state[4] += e, state[5] += f, state[6] += g, state[7] += h;
	}
}

#if defined(__x86_64__)
/* Four rounds an iteration; the last four groups of message words are kept in a ring of m[4]. */
__attribute__((target("sha,sse4.1"))) static void compress_sha_ni(uint32_t state[8],
								  const uint8_t *data,
								  size_t blocks)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bll, 0x0405060700010203ll);
	__m128i abcd =
		_mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(
		_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(abcd, efgh, 8);
	__m128i cdgh = _mm_blend_epi16(efgh, abcd, 0xf0);

	for (; blocks; blocks--, data += 64) {
		const __m128i abef_before = abef, cdgh_before = cdgh;
		__m128i m[4];

		for (unsigned i = 0; i < 16; i++) {
			__m128i *now = &m[i % 4], sum;

			if (i < 4) {
				*now = _mm_loadu_si128(
					(const __m128i *)(const void *)(data + 16 * i));
				*now = _mm_shuffle_epi8(*now, swap);
			} else {
				__m128i w7 = _mm_alignr_epi8(m[(i + 3) % 4], m[(i + 2) % 4], 4);

				*now = _mm_sha256msg1_epu32(*now, m[(i + 1) % 4]);
				*now = _mm_add_epi32(*now, w7);
				*now = _mm_sha256msg2_epu32(*now, m[(i + 3) % 4]);
			}
			sum = _mm_add_epi32(
				*now, _mm_loadu_si128((const __m128i *)(const void *)(K + 4 * i)));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	abcd = _mm_shuffle_epi32(abef, 0x1b);
	efgh = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(abcd, efgh, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(efgh, abcd, 8));
}

static int have_sha_ni(void)
{
	unsigned a, b, c, d;

	/* Leaf 7: EBX bit 29 is SHA. Leaf 1: ECX bit 19 is SSE4.1. */
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & 1u << 29))
		return 0;
	return __get_cpuid(1, &a, &b, &c, &d) && c & 1u << 19;
}
#endif

static void compress(uint32_t state[8], const uint8_t *data, size_t blocks)
{
#if defined(__x86_64__)
	static int known = -1;
	int sha_ni = __atomic_load_n(&known, __ATOMIC_RELAXED);

	if (sha_ni < 0) {
		sha_ni = have_sha_ni();
		__atomic_store_n(&known, sha_ni, __ATOMIC_RELAXED);
	}
	if (sha_ni) {
		compress_sha_ni(state, data, blocks);
		return;
	}
#endif
	compress_portable(state, data, blocks);
}

void hash_sha256_init(struct hash_sha256 *sha)
{
	static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	memcpy(sha->state, start, sizeof(start));
	sha->len = 0;
}

void hash_sha256_update(struct hash_sha256 *sha, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t used = sha->len % 64;

	sha->len += len;
	if (used) {
		size_t n = len < 64 - used ? len : 64 - used;

		memcpy(sha->block + used, bytes, n);
		bytes += n;
		len -= n;
		if (used + n < 64)
			return;
		compress(sha->state, sha->block, 1);
	}
	compress(sha->state, bytes, len / 64);
	memcpy(sha->block, bytes + len / 64 * 64, len % 64);
}

void hash_sha256_final(struct hash_sha256 *sha, uint8_t digest[HASH_SHA256_SIZE])
{
	uint64_t bits = sha->len * 8;
	size_t used = sha->len % 64;
	unsigned i;

	sha->block[used++] = 0x80;
	if (used > 56) {
		memset(sha->block + used, 0, 64 - used);
		compress(sha->state, sha->block, 1);
		used = 0;
	}
	memset(sha->block + used, 0, 56 - used);
	for (i = 0; i < 8; i++)
		sha->block[56 + i] = (uint8_t)(bits >> (56 - 8 * i));
	compress(sha->state, sha->block, 1);
	for (i = 0; i < HASH_SHA256_SIZE; i++)
		digest[i] = (uint8_t)(sha->state[i / 4] >> (24 - i % 4 * 8));
}

/* The digest of the key, padded and with `pad` over it, and then of the data. */
static void keyed(const uint8_t key[HASH_SHA256_BLOCK], uint8_t pad, const void *data, size_t len,
		  uint8_t digest[HASH_SHA256_SIZE])
{
	uint8_t block[HASH_SHA256_BLOCK];
	struct hash_sha256 sha;

	for (unsigned i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ pad;
	hash_sha256_init(&sha);
	hash_sha256_update(&sha, block, sizeof(block));
	hash_sha256_update(&sha, data, len);
	hash_sha256_final(&sha, digest);
}

void hash_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
		      uint8_t mac[HASH_SHA256_SIZE])
{
	uint8_t block[HASH_SHA256_BLOCK] = {0}, inner[HASH_SHA256_SIZE];
	struct hash_sha256 sha;

	if (key_len > sizeof(block)) {
		hash_sha256_init(&sha);
		hash_sha256_update(&sha, key, key_len);
		hash_sha256_final(&sha, block);
	} else {
		memcpy(block, key, key_len);
	}
	keyed(block, 0x36, data, len, inner);
	keyed(block, 0x5c, inner, sizeof(inner), mac);
}
