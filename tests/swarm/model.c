// SPDX-License-Identifier: MIT
/* What a block may hold, and what is in it by its version. See swarm.h. */
#include "swarm.h"

/* Buffers are dword-aligned. */
typedef uint64_t word __attribute__((aligned(4)));

static uint64_t next_word(uint64_t value)
{
	return value * 6364136223846793005u + 1442695040888963407u;
}

/* The block's contents, word by word: which block, which version, and noise that follows from
 * both. */
static uint64_t first_word(uint64_t index, uint32_t version)
{
	return index << 32 | version;
}

static uint64_t noise(const struct model *model, uint64_t first)
{
	return next_word(next_word(first ^ model->seed));
}

static void fill(const struct model *model, uint64_t index, uint32_t version, void *data)
{
	uint64_t next = first_word(index, version);
	word *words = data;

	if (version % 2 == 0) {
		memset(data, 0, model->block_size);
		return;
	}
	words[0] = next;
	next = noise(model, next);
	for (unsigned i = 1; i < model->block_size / sizeof(*words); i++) {
		words[i] = next;
		next = next_word(next);
	}
}

static bool is_filled(const struct model *model, const word *words)
{
	uint64_t next = noise(model, words[0]);

	for (unsigned i = 1; i < model->block_size / sizeof(*words); i++) {
		if (words[i] != next)
			return false;
		next = next_word(next);
	}
	return true;
}

static bool is_zero(const struct model *model, const word *words)
{
	return !words[0] && !memcmp(words, words + 1, model->block_size - sizeof(*words));
}

/* Even versions are zeroes, odd ones data. */
void model_write(const struct model *model, uint64_t index, void *data)
{
	struct block *block = &model->blocks[index];

	block->next += (block->next % 2 == 0) == !data ? 2 : 1;
	if (!data)
		block->zeroes = block->next;
	block->written = true;
	if (data)
		fill(model, index, block->next, data);
}

void model_written(const struct model *model, uint64_t index, bool done, bool durable)
{
	struct block *block = &model->blocks[index];

	block->written = false;
	block->newest = block->next;
	if (done)
		block->oldest = block->next;
	if (done && durable)
		block->durable = block->next;
}

bool model_expect(const struct model *model, uint64_t index, void *data)
{
	const struct block *block = &model->blocks[index];

	if (block->written || block->oldest != block->newest)
		return false;
	fill(model, index, block->oldest, data);
	return true;
}

const char *model_read(const struct model *model, uint64_t index, const void *data)
{
	struct block *block = &model->blocks[index];
	const word *words = data;
	uint32_t version = (uint32_t)words[0];

	if (is_zero(model, words)) {
		/* The last version of zeroes that it can be. */
		version = block->zeroes <= block->newest ? block->zeroes : block->oldest;
		if (version < block->oldest || version % 2)
			return "it is zeroes, and was written since";
	} else {
		if (words[0] >> 32 != index)
			return is_filled(model, words) ? "it is another block's" : "it is foreign";
		if (!is_filled(model, words))
			return "it is torn";
		if (version < block->oldest)
			return "it is a version that was overwritten";
		if (version > block->newest)
			return "it is a version that was never written";
	}
	block->oldest = block->newest = version;
	return NULL;
}

void model_power_loss(const struct model *model)
{
	for (uint64_t i = 0; i < model->nr; i++) {
		struct block *block = &model->blocks[i];

		block->oldest = block->durable;
		block->newest = block->next;
	}
}

void model_closed(const struct model *model)
{
	for (uint64_t i = 0; i < model->nr; i++)
		model->blocks[i].durable = model->blocks[i].oldest;
}
