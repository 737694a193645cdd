// SPDX-License-Identifier: MIT
/*
 * The tool's command line: a line a word, the command first. It is parsed by the command's table
 * and not run. What was taken is within the table's bounds; what was not is explained on stderr.
 * The first word is also what options of perf take: sizes, a pattern, a time.
 */
#include "commands.h"
#include "fuzz.h"
#include "perf.h"

#define MAX_WORDS 32

static uint64_t stored(const struct tool_option *option, const void *args)
{
	static const size_t sizes[] = {
		[TOOL_U8] = 1, [TOOL_U16] = 2, [TOOL_U32] = 4, [TOOL_U64] = 8};
	uint64_t value = 0;

	memcpy(&value, (const char *)args + option->offset, sizes[option->type]);
	return value;
}

static void check_args(const struct tool *tool, const void *args)
{
	const struct tool_option *option = tool->command->options;

	for (; option && option->name; option++) {
		if (!tool_given(tool, option->name) || option->type == TOOL_FLAG ||
		    option->type == TOOL_STRING)
			continue;
		FUZZ_CHECK(stored(option, args) >= option->min);
		FUZZ_CHECK(!option->max || stored(option, args) <= option->max);
	}
	FUZZ_CHECK(tool->nr_operands >= 0 && tool->nr_operands < MAX_WORDS);
	for (int i = 0; i < tool->nr_operands; i++)
		FUZZ_CHECK(tool->operands[i]);
	if (tool->command->flags & TOOL_DEVICE &&
	    !(tool->command->instead_flag && tool_given(tool, tool->command->instead_flag)))
		FUZZ_CHECK(*tool->address && tool->nr_operands <= tool->command->max_operands);
}

/* What is written to stderr between the two calls is counted, and not shown. */
struct quiet {
	FILE *console;
	char *message;
	size_t said;
};

static void quiet_start(struct quiet *quiet)
{
	*quiet = (struct quiet){.console = stderr};
	stderr = open_memstream(&quiet->message, &quiet->said);
	FUZZ_CHECK(stderr);
}

/* A failure says why, a success says nothing. */
static void quiet_end(struct quiet *quiet, int rc)
{
	fclose(stderr);
	stderr = quiet->console;
	FUZZ_CHECK((rc == 1) == (quiet->said > 0));
	free(quiet->message);
}

static void parse(const struct tool_command *command, int argc, char **argv)
{
	struct tool tool = {.command = command};
	void *args = calloc(1, command->args_size + 1);
	struct quiet quiet;
	char *help = NULL;
	size_t helped = 0;
	int rc;

	tool.out = open_memstream(&help, &helped);
	FUZZ_CHECK(args && tool.out);
	quiet_start(&quiet);
	rc = tool_parse(&tool, argc, argv, args);
	quiet_end(&quiet, rc);
	fclose(tool.out);
	FUZZ_CHECK(rc == 0 || rc == 1 || rc == -1);
	FUZZ_CHECK((rc == -1) == (helped > 0));
	if (rc == 0)
		check_args(&tool, args);
	free(help);
	free(args);
}

static void check_sizes(const struct perf_config *config)
{
	unsigned percent = 0;

	FUZZ_CHECK(config->nr_sizes && config->nr_sizes <= PERF_MAX_SIZES);
	for (unsigned i = 0; i < config->nr_sizes; i++) {
		const struct perf_size *size = &config->sizes[i];

		FUZZ_CHECK(size->nlb && size->nlb <= config->ns->max_nlb);
		FUZZ_CHECK(size->bytes == size->nlb * config->ns->block_size);
		percent += size->percent;
	}
	FUZZ_CHECK(percent == 100);
}

static void parse_perf(const char *text)
{
	static const struct znvme_ns ns = {.block_size = 512, .max_nlb = 256};
	struct perf_config config = {.ns = &ns};
	struct quiet quiet;
	uint64_t time_ns = 0;
	int rc;

	quiet_start(&quiet);
	rc = perf_parse_sizes(text, &config);
	quiet_end(&quiet, rc);
	if (!rc)
		check_sizes(&config);

	quiet_start(&quiet);
	rc = perf_parse_pattern(text, &config);
	quiet_end(&quiet, rc);
	FUZZ_CHECK(config.random_percent <= 100);

	quiet_start(&quiet);
	rc = perf_parse_time("time", text, &time_ns);
	quiet_end(&quiet, rc);
	FUZZ_CHECK(rc || (time_ns && time_ns <= 366 * 86400 * 1000000000ull));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text;
	const struct tool_command *command;
	char *argv[MAX_WORDS + 1] = {NULL};
	int argc = 0;

	unsetenv("ZNVME_DEVICE");
	while (rest && argc < MAX_WORDS)
		argv[argc++] = strsep(&rest, "\n");
	argv[argc] = NULL;
	command = tool_find_command(argv[0]);
	if (!command && argc > 1)
		command = tool_find_two_words(argv[0], argv[1]);
	if (command)
		parse(command, argc, argv);
	else
		tool_nearest_command(argv[0]);
	parse_perf(argv[0]);
	free(text);
	return 0;
}
