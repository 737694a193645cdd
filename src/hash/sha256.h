/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 (FIPS 180-4) of a stream of bytes, and HMAC with it (RFC 2104). It knows nothing of NVMe
 * and of its users, which are the driver, the simulated controller and, built in a second time, the
 * tool.
 */
#ifndef HASH_SHA256_H
#define HASH_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define HASH_SHA256_SIZE  32u /* bytes of a digest */
#define HASH_SHA256_BLOCK 64u

struct hash_sha256 {
	uint32_t state[8];
	uint64_t len; /* bytes so far */
	uint8_t block[HASH_SHA256_BLOCK];
};

void hash_sha256_init(struct hash_sha256 *sha);
void hash_sha256_update(struct hash_sha256 *sha, const void *data, size_t len);

/* The stream ends with it. */
void hash_sha256_final(struct hash_sha256 *sha, uint8_t digest[HASH_SHA256_SIZE]);

/* The message authentication code of `len` bytes, with a key of any length. */
void hash_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
		      uint8_t mac[HASH_SHA256_SIZE]);

#endif
