/* SPDX-License-Identifier: MIT */
/* What the texts mean that options of perf take: sizes and their shares, patterns, times. */
#include <ctype.h>
#include <string.h>

#include "perf.h"

const char *const perf_pattern_names[3] = {"random", "sequential", "mixed"};
const char *const perf_waiting_names[3] = {"hybrid", "polled", "interrupt"};

/* A whole number of per cent. -1 where it is none. */
static int percent_of(const char *text)
{
	uint64_t value;

	if (tool_parse_number(text, &value) || value > 100)
		return -1;
	return (int)value;
}

/* One of the mix: `4k:70`, or `4k` alone. */
static int parse_size(char *text, struct perf_config *config, struct perf_size *size)
{
	uint32_t block_size = config->ns->block_size;
	char *share = strchr(text, ':');
	uint64_t bytes;
	int percent;

	if (share)
		*share++ = '\0';
	percent = share ? percent_of(share) : 100;
	if (tool_parse_number(text, &bytes) || percent <= 0)
		return tool_error("--block-size: what is `%s%s%s`? It takes a size, as 4k, or "
				  "several with their share in per cent, as 4k:70,64k:30",
				  text, share ? ":" : "", share ? share : "");
	if (!bytes || bytes % block_size)
		return tool_error("--block-size %s is no multiple of the namespace's logical "
				  "blocks, which are %u bytes",
				  text, block_size);
	if (bytes / block_size > config->ns->max_nlb)
		return tool_error("--block-size %s: a command moves %llu bytes at most on this "
				  "device",
				  text, (unsigned long long)config->ns->max_nlb * block_size);
	*size = (struct perf_size){(uint32_t)bytes, (uint32_t)(bytes / block_size),
				   (uint32_t)percent};
	return 0;
}

int perf_parse_sizes(const char *text, struct perf_config *config)
{
	tool_autofree char *copy = strdup(text);
	unsigned percent = 0;
	char *next = copy, *one;

	if (!copy)
		return tool_error("out of memory");
	while ((one = strsep(&next, ","))) {
		struct perf_size *size = &config->sizes[config->nr_sizes];

		if (config->nr_sizes == PERF_MAX_SIZES)
			return tool_error("--block-size: more than %d sizes", PERF_MAX_SIZES);
		if (parse_size(one, config, size))
			return 1;
		percent += size->percent;
		config->nr_sizes++;
		if (size->nlb > config->max_nlb)
			config->max_nlb = size->nlb;
	}
	if (percent != 100)
		return tool_error("--block-size %s: the shares make %u %%, not 100 %%", text,
				  percent);
	return 0;
}

int perf_parse_pattern(const char *text, struct perf_config *config)
{
	static const uint32_t random_percent[] = {100, 0, 50};
	size_t len = strcspn(text, ":");
	int percent;

	for (unsigned i = 0; i < TOOL_COUNT(random_percent); i++) {
		if (strlen(perf_pattern_names[i]) != len ||
		    strncmp(text, perf_pattern_names[i], len))
			continue;
		if (text[len] && i != PERF_MIXED)
			break;
		percent = text[len] ? percent_of(text + len + 1) : (int)random_percent[i];
		if (percent < 0)
			break;
		config->pattern = (enum perf_pattern)i;
		config->random_percent = (uint32_t)percent;
		return 0;
	}
	return tool_error("--pattern %s: it is random, sequential, mixed, or mixed:N with N %% of "
			  "the I/Os random",
			  text);
}

int perf_parse_waiting(const char *text, struct perf_config *config)
{
	for (unsigned i = 0; i < TOOL_COUNT(perf_waiting_names); i++)
		if (!strcmp(text, perf_waiting_names[i])) {
			config->waiting = (enum perf_waiting)i;
			return 0;
		}
	return tool_error("--wait %s: it is polled, interrupt or hybrid", text);
}

int perf_parse_time(const char *name, const char *text, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 0.001}, {"m", 60}, {"h", 3600}};
	const double year = 366 * 86400.0;
	double value = 0;
	int len = 0;

	/* No sign, no exponent, no infinity. */
	if ((isdigit((unsigned char)text[0]) && !*tool_octal_hint(text)) || text[0] == '.') {
		len = (int)strspn(text, "0123456789.");
		char digits[32] = "", *end;

		snprintf(digits, sizeof(digits), "%.*s", len, text);
		value = strtod(digits, &end);
		if (*end || len >= (int)sizeof(digits))
			len = 0;
	}
	for (unsigned i = 0; len && i < TOOL_COUNT(units); i++) {
		if (strcmp(text + len, units[i].unit))
			continue;
		value *= units[i].seconds;
		if (value * 1e9 < 1 || value > year)
			return tool_error("--%s %s: it is more than 0 and at most a year", name,
					  text);
		*ns = (uint64_t)(value * 1e9 + 0.5);
		return 0;
	}
	return tool_error("--%s %s: a time is a number of seconds, or has a unit: 500ms, 10s, 2m, "
			  "1h",
			  name, text);
}
