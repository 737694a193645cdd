/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) of a stream of bytes. */
#ifndef ZNVME_TOOL_SHA256_H
#define ZNVME_TOOL_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t state[8];
	uint64_t len; /* bytes so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *sha);
void sha256_update(struct sha256 *sha, const void *data, size_t len);

/* The digest as 64 hexadecimal digits and a zero. The stream ends with it. */
void sha256_final(struct sha256 *sha, char text[65]);

#endif
