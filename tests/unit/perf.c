// SPDX-License-Identifier: MIT
/*
 * The parts of `znvme perf` that can be wrong unseen: percentiles against a sorted array, blocks
 * visited against a map of them, damage that a pattern must show.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "perf.h"

/* ---- histogram ----------------------------------------------------------------------------- */

static struct perf_hist hist, other;

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void bucket_holds(uint64_t ns)
{
	unsigned i = perf_hist_index(ns);
	uint64_t from = perf_hist_edge(i), to = perf_hist_edge(i + 1);

	assert_true(i < PERF_HIST_BUCKETS);
	assert_true(from <= ns && ns < to);
	assert_true((to - from - 1) * 128 <= from);
}

static void buckets_are_narrow(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (unsigned i = 0; i < PERF_HIST_TOP; i++) {
		bucket_holds((1ull << i) - 1);
		bucket_holds(1ull << i);
		bucket_holds((1ull << i) + (1ull << i) / 3);
	}
	bucket_holds((1ull << PERF_HIST_TOP) - 1);
	for (unsigned i = 0; i < 10000; i++)
		bucket_holds(perf_random(&random) >> (22 + i % 42));
	assert_int_equal(perf_hist_index(1ull << PERF_HIST_TOP), PERF_HIST_BUCKETS - 1);
	assert_int_equal(perf_hist_index(UINT64_MAX), PERF_HIST_BUCKETS - 1);
}

/* `nr` latencies over `bits` powers of two, sorted, also in the histogram. */
static uint64_t *latencies(unsigned nr, unsigned bits, uint64_t seed)
{
	uint64_t *values = malloc(nr * sizeof(*values));

	assert_non_null(values);
	perf_hist_init(&hist);
	for (unsigned i = 0; i < nr; i++) {
		uint64_t a = perf_random(&seed), b = perf_random(&seed);

		values[i] = (a & ((1ull << (4 + b % bits)) - 1)) + 1;
		perf_hist_add(&hist, values[i]);
	}
	qsort(values, nr, sizeof(*values), ascending);
	return values;
}

static void percentiles_are_right(void **state)
{
	static const unsigned counts[] = {1, 2, 3, 10, 100, 1000, 9999, 10000, 40000};
	static const double percents[] = {0, 1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100};

	(void)state;
	for (unsigned n = 0; n < TOOL_COUNT(counts); n++) {
		unsigned nr = counts[n];
		uint64_t *values = latencies(nr, 1 + 4 * n, 5 + n), sum = 0;

		for (unsigned i = 0; i < nr; i++)
			sum += values[i];
		assert_int_equal(perf_hist_count(&hist), nr);
		assert_int_equal(hist.min, values[0]);
		assert_int_equal(hist.max, values[nr - 1]);
		assert_int_equal(hist.sum, sum);
		assert_true(perf_hist_mean(&hist) == (double)sum / nr);
		for (unsigned i = 0; i < TOOL_COUNT(percents); i++) {
			unsigned rank =
				(unsigned)((nr * (uint64_t)(percents[i] * 100 + 0.5) + 9999) /
					   10000);
			uint64_t right = values[rank ? rank - 1 : 0];
			uint64_t got = perf_hist_percentile(&hist, percents[i]);

			assert_in_range(got, right, right + right / 128);
		}
		free(values);
	}
}

static void ends_of_the_scale(void **state)
{
	(void)state;
	perf_hist_init(&hist);
	assert_int_equal(perf_hist_percentile(&hist, 50), 0);
	assert_true(perf_hist_mean(&hist) == 0);
	perf_hist_add(&hist, 123457);
	assert_int_equal(perf_hist_percentile(&hist, 0), 123457);
	assert_int_equal(perf_hist_percentile(&hist, 99.99), 123457);
	perf_hist_init(&hist);
	perf_hist_add(&hist, 1ull << 50);
	perf_hist_add(&hist, 0);
	assert_int_equal(perf_hist_percentile(&hist, 50), 0);
	assert_int_equal(perf_hist_percentile(&hist, 100), 1ull << 50);
}

static void histograms_add_up(void **state)
{
	static struct perf_hist sum;

	(void)state;
	free(latencies(1000, 20, 1));
	other = hist;
	free(latencies(500, 30, 2));
	perf_hist_init(&sum);
	perf_hist_merge(&sum, &other);
	perf_hist_merge(&sum, &hist);
	assert_int_equal(perf_hist_count(&sum), 1500);
	assert_int_equal(sum.sum, other.sum + hist.sum);
	assert_int_equal(sum.max, hist.max > other.max ? hist.max : other.max);
	assert_int_equal(sum.min, hist.min < other.min ? hist.min : other.min);
	perf_hist_subtract(&sum, &other);
	assert_int_equal(sum.sum, hist.sum);
	assert_memory_equal(sum.bucket, hist.bucket, sizeof(hist.bucket));
}

static void check_rows(void)
{
	struct perf_hist_row rows[PERF_HIST_MAX_ROWS];
	unsigned nr = perf_hist_rows(&hist, rows);
	uint64_t count = 0;

	assert_in_range(nr, 1, PERF_HIST_MAX_ROWS);
	for (unsigned i = 0; i < nr; i++) {
		count += rows[i].count;
		assert_true(rows[i].from < rows[i].to);
		if (i)
			assert_int_equal(rows[i].from, rows[i - 1].to);
	}
	assert_int_equal(count, perf_hist_count(&hist));
	assert_true(rows[0].from <= hist.min);
	assert_true(rows[nr - 1].to > hist.max);
}

static void rows_hold_all(void **state)
{
	(void)state;
	perf_hist_init(&hist);
	assert_int_equal(perf_hist_rows(&hist, (struct perf_hist_row[PERF_HIST_MAX_ROWS]){{0}}), 0);
	for (unsigned bits = 0; bits < 46; bits++) {
		perf_hist_init(&hist);
		perf_hist_add(&hist, 1ull << bits);
		check_rows();
		perf_hist_add(&hist, (1ull << bits) + (1ull << bits) / 100);
		check_rows();
		for (unsigned i = 0; i < 5000; i++)
			perf_hist_add(&hist, 80000 + i);
		check_rows();
	}
	for (unsigned bits = 1; bits < 36; bits++) {
		free(latencies(5000, bits, bits));
		check_rows();
	}
}

/* ---- places -------------------------------------------------------------------------------- */

static const struct znvme_ns ns = {.nsid = 1, .block_size = 512, .lba_bytes = 512};

/* Block sizes: blocks, per cent. */
struct mix {
	struct {
		uint32_t nlb, percent;
	} size[3];
};

static const struct mix b512 = {{{1, 100}}}, b4k = {{{8, 100}}}, b64k = {{{128, 100}}},
			b512_4k = {{{1, 50}, {8, 50}}}, b4k_64k = {{{8, 70}, {128, 30}}},
			b512_4k_64k = {{{1, 20}, {8, 50}, {128, 30}}};

static struct perf_config config_of(uint32_t random_percent, const struct mix *mix,
				    uint64_t nr_blocks)
{
	struct perf_config config = {
		.ns = &ns,
		.range = {.slba = 1000, .nr_blocks = nr_blocks},
		.random_percent = random_percent,
		.read_percent = 100,
		.threads = 1,
		.seed = 7,
	};

	for (unsigned i = 0; i < 3 && mix->size[i].nlb; i++) {
		uint32_t nlb = mix->size[i].nlb;

		config.sizes[config.nr_sizes++] =
			(struct perf_size){nlb * 512, nlb, mix->size[i].percent};
		config.max_nlb = nlb > config.max_nlb ? nlb : config.max_nlb;
	}
	return config;
}

static void same_seed_same_places(void **state)
{
	struct perf_config config = config_of(40, &b512_4k, 100000), second = config;
	struct perf_pick first[1000] = {0}, pick = {0};
	struct perf_place place, again;

	(void)state;
	config.threads = second.threads = 2;
	perf_place_init(&place, &config, 0);
	perf_place_init(&again, &config, 0);
	for (unsigned i = 0; i < 1000; i++) {
		assert_true(perf_place_next(&place, &first[i]));
		assert_true(perf_place_next(&again, &pick));
		assert_memory_equal(&first[i], &pick, sizeof(pick));
	}
	/* Another seed, another thread: others, and not the same a step later either. */
	second.seed = 8;
	for (unsigned thread = 0; thread < 2; thread++) {
		unsigned same = 0;

		perf_place_init(&place, thread ? &config : &second, thread);
		for (unsigned i = 0; i < 999; i++) {
			assert_true(perf_place_next(&place, &pick));
			same += pick.slba == first[i].slba || pick.slba == first[i + 1].slba;
		}
		assert_in_range(same, 0, 100);
	}
}

static void places_are_in_the_range(void **state)
{
	static const uint32_t random[] = {100, 0, 50};

	(void)state;
	for (unsigned p = 0; p < 3; p++)
		for (unsigned thread = 0; thread < 3; thread++) {
			struct perf_config config = config_of(random[p], &b4k_64k, 12345);
			struct perf_place place;
			unsigned small = 0, reads = 0;

			config.threads = 3;
			config.read_percent = 70;
			perf_place_init(&place, &config, thread);
			for (unsigned i = 0; i < 10000; i++) {
				struct perf_pick pick = {0};

				assert_true(perf_place_next(&place, &pick));
				assert_true(pick.nlb == 8 || pick.nlb == 128);
				assert_true(pick.slba >= 1000);
				assert_true(pick.slba + pick.nlb <= 1000 + 12345);
				if (p == 0)
					assert_int_equal((pick.slba - 1000) % pick.nlb, 0);
				small += pick.nlb == 8;
				reads += pick.kind == PERF_READ;
			}
			assert_in_range(small, 6700, 7300);
			assert_in_range(reads, 6700, 7300);
		}
}

static void sequential_is_in_order(void **state)
{
	struct perf_config config = config_of(0, &b4k, 800);
	struct perf_place place;
	struct perf_pick pick = {0};

	(void)state;
	perf_place_init(&place, &config, 0);
	for (unsigned i = 0; i < 250; i++) {
		assert_true(perf_place_next(&place, &pick));
		assert_int_equal(pick.slba, 1000 + i % 100 * 8);
	}
}

/* Every block once a pass, and none by two threads. */
static void check_pass(uint32_t random_percent, const struct mix *mix, uint64_t nr_blocks,
		       unsigned threads)
{
	struct perf_config config = config_of(random_percent, mix, nr_blocks);
	uint8_t *seen = calloc(nr_blocks, 1);

	assert_non_null(seen);
	config.verify = config.one_pass = true;
	config.threads = threads;
	for (unsigned thread = 0; thread < threads; thread++) {
		struct perf_place place;
		struct perf_pick pick = {0};

		perf_place_init(&place, &config, thread);
		while (perf_place_next(&place, &pick)) {
			assert_int_equal(pick.pass, 1);
			for (uint32_t i = 0; i < pick.nlb; i++) {
				assert_in_range(pick.slba + i, 1000, 1000 + nr_blocks - 1);
				assert_int_equal(seen[pick.slba + i - 1000]++, 0);
			}
		}
	}
	for (uint64_t i = 0; i < nr_blocks; i++)
		assert_int_equal(seen[i], 1);
	free(seen);
}

static void passes_visit_all(void **state)
{
	static const uint32_t random[] = {100, 0, 30};

	(void)state;
	for (unsigned p = 0; p < 3; p++)
		for (unsigned threads = 1; threads <= 7; threads += 3) {
			check_pass(random[p], &b512, 1000, threads);
			check_pass(random[p], &b4k, 800, threads);
			check_pass(random[p], &b4k, 12345, threads);
			check_pass(random[p], &b512_4k_64k, 12345, threads);
			check_pass(random[p], &b64k, 128 * threads, threads);
		}
	check_pass(100, &b512, 1, 1);
}

static void passes_follow_each_other(void **state)
{
	struct perf_config config = config_of(100, &b512, 50);
	struct perf_place place;
	struct perf_pick pick = {0};
	uint64_t first[50];
	bool moved = false;

	(void)state;
	config.verify = true;
	perf_place_init(&place, &config, 0);
	for (unsigned i = 0; i < 50 * (PERF_MAX_PASS + 2); i++) {
		assert_true(perf_place_next(&place, &pick));
		assert_int_equal(pick.pass, i / 50 % PERF_MAX_PASS + 1);
		if (i < 50)
			first[i] = pick.slba;
		else if (i < 100)
			moved |= first[i - 50] != pick.slba;
	}
	assert_true(moved);
}

/* ---- pattern ------------------------------------------------------------------------------- */

static uint64_t block[512];
static char text[PERF_TEXT];

static const struct perf_stamp stamp = {.lba = 77, .seed = 5, .run = 123, .pass = 3, .nsid = 1};

static void refused(const struct perf_stamp *expected, const char *why)
{
	text[0] = '\0';
	assert_false(perf_check(block, 4096, expected, text));
	if (!strstr(text, why))
		fail_msg("%s: expected %s", text, why);
}

static void pattern_says_what_it_is(void **state)
{
	struct perf_stamp expected = stamp;

	(void)state;
	for (uint32_t size = 512; size <= sizeof(block); size *= 2) {
		perf_fill(block, size, &stamp);
		assert_true(perf_check(block, size, &stamp, text));
	}
	expected.pass = 0;
	expected.run = 9;
	assert_true(perf_check(block, 4096, &expected, text));
	expected.lba = 78;
	refused(&expected, "expected block 78 of namespace 1, found block 77 of namespace 1");
	expected = stamp;
	expected.nsid = 2;
	refused(&expected, "expected block 77 of namespace 2, found block 77 of namespace 1");
	expected = stamp;
	expected.seed = 6;
	refused(&expected, "expected --seed 6, found --seed 5");
	expected = stamp;
	expected.pass = 4;
	refused(&expected, "expected generation 123.4, found 123.3: an older write");
	expected = stamp;
	expected.run = 124;
	refused(&expected, "expected generation 124.3, found 123.3: an older write");
	memset(block, 0, sizeof(block));
	refused(&stamp, "expected the pattern of perf, found 0000000000000000");
}

static void every_bit_counts(void **state)
{
	uint8_t *bytes = (uint8_t *)block;

	(void)state;
	perf_fill(block, 4096, &stamp);
	for (unsigned i = 0; i < 4096; i++) {
		bytes[i] ^= (uint8_t)(1 << i % 8);
		assert_false(perf_check(block, 4096, &stamp, text));
		bytes[i] ^= (uint8_t)(1 << i % 8);
	}
	bytes[1000] ^= 1;
	refused(&stamp, "at byte 1000, found ");
	bytes[1000] ^= 1;
	bytes[8] ^= 1;
	refused(&stamp, "expected block 77 and --seed 5, found block 76 and --seed 5");
	bytes[8] ^= 1;
	bytes[40] ^= 1;
	refused(&stamp, "expected checksum ");
	bytes[40] ^= 1;
	/* Two words changed for each other. */
	uint64_t word = block[100];
	block[100] = block[101];
	block[101] = word;
	refused(&stamp, "at byte 800, found ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_are_narrow),
		cmocka_unit_test(percentiles_are_right),
		cmocka_unit_test(ends_of_the_scale),
		cmocka_unit_test(histograms_add_up),
		cmocka_unit_test(rows_hold_all),
		cmocka_unit_test(same_seed_same_places),
		cmocka_unit_test(places_are_in_the_range),
		cmocka_unit_test(sequential_is_in_order),
		cmocka_unit_test(passes_visit_all),
		cmocka_unit_test(passes_follow_each_other),
		cmocka_unit_test(pattern_says_what_it_is),
		cmocka_unit_test(every_bit_counts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
