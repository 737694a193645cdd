/* SPDX-License-Identifier: MIT */
/*
 * The pattern that blocks carry, so that each says of itself where it belongs and when it was
 * written: a header, then noise that follows from the header, under one checksum.
 */
#include <inttypes.h>
#include <string.h>

#include "perf.h"

#define MAGIC 0x66726570656d767aull /* "zvmeperf" in memory */

struct header {
	uint64_t magic;
	uint64_t lba;
	uint64_t seed;
	uint64_t run;
	uint32_t pass;
	uint32_t nsid;
	uint64_t checksum; /* of the whole block, with 0 here */
};

#define HEADER_WORDS (sizeof(struct header) / sizeof(uint64_t))

static uint64_t noise_seed(const struct header *header)
{
	uint64_t state = header->lba * 0xd6e8feb86659fd93 ^ header->seed;

	state = perf_random(&state) ^ header->run;
	return perf_random(&state) ^ header->pass;
}

/* xorshift64 */
static inline uint64_t next_word(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	return *state = x ^ x << 17;
}

/* Every bit of every word counts, and where it stands. */
static uint64_t checksum(const uint64_t *words, size_t nr)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < nr; i++) {
		uint64_t word = i == offsetof(struct header, checksum) / 8 ? 0 : words[i];

		sum = (sum ^ word) * 0x9e3779b97f4a7c15;
		sum ^= sum >> 32;
	}
	return sum;
}

void perf_fill(void *block, uint32_t block_size, const struct perf_stamp *stamp)
{
	struct header *header = block;
	uint64_t *words = block;
	uint64_t state;

	*header = (struct header){
		.magic = MAGIC,
		.lba = stamp->lba,
		.seed = stamp->seed,
		.run = stamp->run,
		.pass = stamp->pass,
		.nsid = stamp->nsid,
	};
	state = noise_seed(header) | 1;
	for (size_t i = HEADER_WORDS; i < block_size / 8; i++)
		words[i] = next_word(&state);
	header->checksum = checksum(words, block_size / 8);
}

void perf_wipe(void *block)
{
	((struct header *)block)->magic = 0;
}

/* The first word of the noise that is not what the header makes it; 0: none. */
static size_t wrong_word(const void *block, uint32_t block_size, uint64_t *want)
{
	const uint64_t *words = block;
	uint64_t state = noise_seed(block) | 1;

	for (size_t i = HEADER_WORDS; i < block_size / 8; i++) {
		*want = next_word(&state);
		if (words[i] != *want)
			return i;
	}
	return 0;
}

/* The checksum is not right: what else is not, as closely as can be told. */
static void say_damage(char *text, const void *block, uint32_t block_size,
		       const struct perf_stamp *expected)
{
	const struct header *header = block;
	const uint64_t *words = block;
	uint64_t want = 0;
	size_t i = wrong_word(block, block_size, &want);

	if (header->lba != expected->lba || header->seed != expected->seed)
		snprintf(text, PERF_TEXT,
			 "damaged: expected block %" PRIu64 " and --seed %" PRIu64
			 ", found block %" PRIu64 " and --seed %" PRIu64,
			 expected->lba, expected->seed, header->lba, header->seed);
	else if (i)
		snprintf(text, PERF_TEXT,
			 "damaged: expected %016" PRIx64 " at byte %zu, found %016" PRIx64, want,
			 i * 8, words[i]);
	else
		snprintf(text, PERF_TEXT,
			 "damaged: expected checksum %016" PRIx64 ", found %016" PRIx64,
			 checksum(words, block_size / 8), header->checksum);
}

bool perf_check(const void *block, uint32_t block_size, const struct perf_stamp *expected,
		char text[PERF_TEXT])
{
	const struct header *header = block;

	if (header->magic != MAGIC)
		snprintf(text, PERF_TEXT,
			 "expected the pattern of perf, found %016" PRIx64
			 ": not written with --write --verify, or overwritten",
			 header->magic);
	else if (header->checksum != checksum(block, block_size / 8))
		say_damage(text, block, block_size, expected);
	else if (header->lba != expected->lba || header->nsid != expected->nsid)
		snprintf(text, PERF_TEXT,
			 "expected block %" PRIu64 " of namespace %u, found block %" PRIu64
			 " of namespace %u",
			 expected->lba, expected->nsid, header->lba, header->nsid);
	else if (header->seed != expected->seed)
		snprintf(text, PERF_TEXT, "expected --seed %" PRIu64 ", found --seed %" PRIu64,
			 expected->seed, header->seed);
	else if (expected->pass && (header->run != expected->run || header->pass != expected->pass))
		snprintf(text, PERF_TEXT,
			 "expected generation %" PRIu64 ".%u, found %" PRIu64 ".%u: an older write",
			 expected->run, expected->pass, header->run, header->pass);
	else
		return true;
	return false;
}
