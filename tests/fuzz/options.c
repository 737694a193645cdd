// SPDX-License-Identifier: MIT
/*
 * The tool's command line: a line a word, the command first. It is parsed by the command's table
 * and not run. What was taken is within the table's bounds; what was not is explained on stderr.
 */
#include "commands.h"
#include "fuzz.h"

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

static void parse(const struct tool_command *command, int argc, char **argv)
{
	struct tool tool = {.command = command};
	void *args = calloc(1, command->args_size + 1);
	size_t said = 0, helped = 0;
	char *message = NULL, *help = NULL;
	FILE *console = stderr;
	int rc;

	FUZZ_CHECK(args);
	tool.out = open_memstream(&help, &helped);
	stderr = open_memstream(&message, &said);
	FUZZ_CHECK(tool.out && stderr);
	rc = tool_parse(&tool, argc, argv, args);
	fclose(stderr);
	stderr = console;
	fclose(tool.out);
	FUZZ_CHECK(rc == 0 || rc == 1 || rc == -1);
	FUZZ_CHECK((rc == 1) == (said > 0));
	FUZZ_CHECK((rc == -1) == (helped > 0));
	if (rc == 0)
		check_args(&tool, args);
	free(message);
	free(help);
	free(args);
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
	free(text);
	return 0;
}
