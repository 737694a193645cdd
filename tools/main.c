/* SPDX-License-Identifier: MIT */
/*
 * znvme, the command-line tool: find the command, parse, run, and put its output on stdout where it
 * succeeded. The exit status is 0 or 1.
 */
#include "commands.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct help_args {
	bool man;
	bool names;
};

static const struct tool_option help_options[] = {
	TOOL_OPTION(0, "man", NULL, TOOL_FLAG, offsetof(struct help_args, man),
		    "the manual page, for man -l - or to install"),
	TOOL_OPTION(0, "names", NULL, TOOL_FLAG, offsetof(struct help_args, names),
		    "the commands' names and nothing else"),
	{0},
};

static void list_names(FILE *out)
{
	for (unsigned i = 0; tool_commands[i]; i++)
		fprintf(out, "%s\n", tool_commands[i]->name);
}

static bool is_word(const char *word)
{
	for (unsigned i = 0; tool_commands[i]; i++)
		if (tool_has_word(tool_commands[i]->name, word, strlen(word)))
			return true;
	return false;
}

/* The error for words that are no command; `second` may be NULL, or what follows a command. */
static int no_command(const char *first, const char *second)
{
	const char *near;
	char name[64];

	if (second && is_word(first)) {
		snprintf(name, sizeof(name), "%s-%s", first, second);
		near = tool_nearest_command(name);
		if (near)
			return tool_error("no command `%s %s`; did you mean `%s`?", first, second,
					  near);
		return tool_error("no command `%s %s`. See `znvme help %s`", first, second, first);
	}
	near = tool_nearest_command(first);
	if (near)
		return tool_error("no command `%s`; did you mean `%s`?", first, near);
	return tool_error("no command `%s`. See `znvme --help`", first);
}

static int run_help(struct tool *tool, void *arg)
{
	const struct help_args *args = arg;
	const struct tool_command *command;
	const char *first, *second;

	if (args->names && (args->man || tool->nr_operands))
		return tool_error("help: --names stands alone");
	if (!tool->nr_operands) {
		if (args->names)
			list_names(tool->out);
		else
			(args->man ? man_page_all : tool_help_all)(tool->out);
		return 0;
	}
	first = tool->operands[0];
	second = tool->nr_operands > 1 ? tool->operands[1] : NULL;
	command = second ? tool_find_two_words(first, second) : tool_find_command(first);
	if (command)
		(args->man ? man_page : tool_help)(tool->out, command);
	else if (second || args->man || !tool_help_word(tool->out, first))
		return no_command(first, second);
	return 0;
}

const struct tool_command help_command = {
	.name = "help",
	.summary = "all commands, those with a word (zns, log), or the options of one",
	.group = TOOL_GROUP_HELP,
	.operands = "[COMMAND]",
	.max_operands = 2,
	.options = help_options,
	.args_size = sizeof(struct help_args),
	.example = "znvme help id-ctrl",
	.run = run_help,
};

static int run_version(struct tool *tool, void *args)
{
	(void)args;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_object_object_add(tool->json, "version",
				       json_object_new_string(ZNVME_VERSION));
		return 0;
	}
	fprintf(tool->out, "znvme %s\n", ZNVME_VERSION);
	return 0;
}

const struct tool_command version_command = {
	.name = "version",
	.summary = "the version of this tool",
	.group = TOOL_GROUP_HELP,
	.flags = TOOL_OUTPUT,
	.example = "znvme version",
	.run = run_version,
};

/* The command that argv[1], or argv[1] and argv[2], name. *argc and *argv then start at it. */
static const struct tool_command *find_command(int *argc, char ***argv)
{
	const struct tool_command *command = NULL;
	const char *name = *argc > 1 ? (*argv)[1] : "help";
	const char *second = *argc > 2 ? (*argv)[2] : NULL;
	int words = 1;

	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	else if (!strcmp(name, "--version"))
		name = "version";
	/* `list ns` and `write zeroes`: the first word alone is a command, too. */
	if (second) {
		command = tool_find_two_words(name, second);
		words = command ? 2 : 1;
	}
	if (!command)
		command = tool_find_command(name);
	/* `zns`, `zns --help`: what begins so is listed; the word is the operand of `help`. */
	if (!command && is_word(name) &&
	    (!second || !strcmp(second, "--help") || !strcmp(second, "-h"))) {
		*argc = 2;
		return &help_command;
	}
	if (!command) {
		no_command(name, second);
		return NULL;
	}
	if (*argc > 1) {
		*argc -= words;
		*argv += words;
	}
	return command;
}

static int put(const char *text, size_t len)
{
	int rc = tool_write_all(STDOUT_FILENO, text, len);

	return rc ? tool_error("standard output: %s", strerror(-rc)) : 0;
}

/* What the command left in memory goes to stdout. */
static int put_output(struct tool *tool, const char *text, size_t len)
{
	const int style =
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *json;

	if (!tool->json)
		return put(text, len);
	json = json_object_to_json_string_ext(tool->json, style);
	if (!json)
		return tool_error("out of memory");
	return put(json, strlen(json)) || put("\n", 1);
}

static int run(struct tool *tool, int argc, char **argv)
{
	tool_autofree void *args = calloc(1, tool->command->args_size + 1);
	int rc, close_rc;

	if (!args)
		return tool_error("out of memory");
	rc = tool_parse(tool, argc, argv, args);
	if (rc)
		return rc > 0;
	rc = tool->command->run(tool, args);
	close_rc = znvme_close(tool->ctrl);
	if (close_rc && !rc) {
		rc = tool_fail(close_rc, "closing the controller");
		tool->keep_output = true; /* what was asked for was done */
	}
	return rc;
}

/*
 * A standard descriptor that is closed would be taken by the next file that is opened, and output
 * would go to a device. It is filled with something that cannot be used.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	struct tool tool = {0};
	tool_autofree char *text = NULL;
	size_t len = 0;
	int rc;

	fill_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* the write says so */
	tool.command = find_command(&argc, &argv);
	if (!tool.command)
		return 1;
	tool.out = open_memstream(&text, &len);
	if (!tool.out)
		return tool_error("out of memory");

	rc = run(&tool, argc, argv);
	if (fclose(tool.out))
		rc = tool_error("out of memory");
	if ((!rc || tool.keep_output) && put_output(&tool, text, len))
		rc = 1;
	json_object_put(tool.json);
	return rc;
}
