/* SPDX-License-Identifier: MIT */
/*
 * Where the next I/O of a thread goes. Random I/Os go anywhere in the range, aligned to their own
 * size; sequential ones through the thread's own part of it, over and over.
 *
 * To verify, every block has to be visited, and none by two threads: the thread's part is cut into
 * units of the largest size, and each is visited once a pass, in order (the first lane) or shuffled
 * (the second). The shuffle is a permutation computed by a few rounds of a Feistel network, so it
 * needs no memory.
 */
#include <string.h>

#include "perf.h"

/* splitmix64 */
uint64_t perf_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Evenly less than `end`. */
static inline uint64_t below(struct perf_place *place, uint64_t end)
{
	return (uint64_t)((unsigned __int128)perf_random(&place->random) * end >> 64);
}

static inline bool chance(struct perf_place *place, uint32_t percent)
{
	return percent >= 100 || (percent && below(place, 100) < percent);
}

static uint64_t round_of(uint64_t key, uint64_t value)
{
	uint64_t state = key ^ value * 0xd6e8feb86659fd93;

	return perf_random(&state);
}

/* `number` as another one below `end`, each by one: a permutation that depends on `key`. */
static uint64_t shuffle(uint64_t number, uint64_t end, uint64_t key)
{
	unsigned half = 1;

	while (half < 32 && (end - 1) >> (2 * half))
		half++;
	do {
		uint64_t mask = (1ull << half) - 1, left = number >> half, right = number & mask;

		for (unsigned i = 0; i < 4; i++) {
			uint64_t next = left ^ (round_of(key + i, right) & mask);

			left = right;
			right = next;
		}
		number = left << half | right;
	} while (number >= end);
	return number;
}

static void begin_pass(struct perf_place *place)
{
	place->pass = place->pass % PERF_MAX_PASS + 1;
	place->key = perf_random(&place->random);
	for (unsigned i = 0; i < 2; i++) {
		place->lane[i].begun = 0;
		place->lane[i].at = place->lane[i].end = 0;
	}
}

void perf_place_init(struct perf_place *place, const struct perf_config *config, unsigned thread)
{
	uint64_t units = (config->range.nr_blocks + config->max_nlb - 1) / config->max_nlb;
	uint64_t first_unit = units * thread / config->threads;
	uint64_t nr_units = units * (thread + 1) / config->threads - first_unit;
	uint64_t in_order = nr_units * (100 - config->random_percent) / 100;
	uint64_t first = first_unit * config->max_nlb,
		 end = (first_unit + nr_units) * config->max_nlb;

	if (end > config->range.nr_blocks)
		end = config->range.nr_blocks;
	*place = (struct perf_place){
		.config = config,
		.random = config->seed,
		.first = config->range.slba + first,
		.nr_blocks = end - first,
		.lane = {{.nr_units = in_order},
			 {.first_unit = in_order,
			  .nr_units = nr_units - in_order,
			  .shuffled = true}},
	};
	/* A thread that writes what is to be verified has its blocks to itself. */
	place->random_first = config->verify ? place->first : config->range.slba;
	for (unsigned i = 0; i < config->nr_sizes; i++) {
		uint64_t nr = config->verify ? place->nr_blocks : config->range.nr_blocks;

		place->slots[i] = nr / config->sizes[i].nlb;
	}
	/* Neighbours among seeds and threads must have nothing in common. */
	place->random = perf_random(&place->random) ^ thread;
	place->random = perf_random(&place->random);
	begin_pass(place);
}

static const struct perf_size *pick_size(struct perf_place *place)
{
	const struct perf_size *size = place->config->sizes;
	uint64_t number;

	if (place->config->nr_sizes == 1)
		return size;
	number = below(place, 100);
	for (; number >= size->percent; size++)
		number -= size->percent;
	return size;
}

/* Anywhere, or the next; within the range, or the thread's part of it. */
static inline void pick_any(struct perf_place *place, struct perf_pick *pick)
{
	const struct perf_config *config = place->config;
	const struct perf_size *size = pick_size(place);

	pick->nlb = size->nlb;
	if (chance(place, config->random_percent)) {
		uint64_t slot = below(place, place->slots[size - config->sizes]);

		pick->slba = place->random_first + slot * size->nlb;
		return;
	}
	if (place->cursor + pick->nlb > place->nr_blocks)
		place->cursor = 0;
	pick->slba = place->first + place->cursor;
	place->cursor += pick->nlb;
}

static bool lane_is_done(const struct perf_lane *lane)
{
	return lane->begun == lane->nr_units && lane->at == lane->end;
}

static void lane_next(struct perf_place *place, struct perf_lane *lane, struct perf_pick *pick)
{
	uint32_t max_nlb = place->config->max_nlb, nlb = pick_size(place)->nlb;

	if (lane->at == lane->end) {
		uint64_t unit = lane->begun++;

		if (lane->shuffled)
			unit = shuffle(unit, lane->nr_units, place->key);
		lane->at = (lane->first_unit + unit) * max_nlb;
		lane->end = lane->at + max_nlb;
		if (lane->end > place->nr_blocks)
			lane->end = place->nr_blocks;
	}
	if (nlb > lane->end - lane->at)
		nlb = (uint32_t)(lane->end - lane->at);
	pick->slba = place->first + lane->at;
	pick->nlb = nlb;
	pick->pass = place->pass;
	lane->at += nlb;
}

/* Each block once, then again, where that is wanted. */
static bool pick_of_pass(struct perf_place *place, struct perf_pick *pick)
{
	unsigned which = chance(place, place->config->random_percent);

	if (lane_is_done(&place->lane[0]) && lane_is_done(&place->lane[1])) {
		if (place->config->one_pass)
			return false;
		begin_pass(place);
	}
	if (lane_is_done(&place->lane[which]))
		which = !which;
	lane_next(place, &place->lane[which], pick);
	return true;
}

bool perf_place_next(struct perf_place *place, struct perf_pick *pick)
{
	const struct perf_config *config = place->config;

	pick->kind = chance(place, config->read_percent) ? PERF_READ : PERF_WRITE;
	if (config->verify && (pick->kind == PERF_WRITE || !config->writes))
		return pick_of_pass(place, pick);
	pick_any(place, pick);
	return true;
}
