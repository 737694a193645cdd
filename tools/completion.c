/* SPDX-License-Identifier: MIT */
/*
 * completion: what a shell completes after `znvme`, as a script for it, made of the tables of
 * commands and options. What is the same for every table stands in the two texts below; the rows
 * become the functions that those call.
 */
#include "commands.h"

#include <string.h>

/* What an option's value, or a command's operand, is. */
static const char *kind_of(const char *metavar, const char *values)
{
	if (values)
		return values;
	if (strstr(metavar, "DEVICE") || strstr(metavar, "ADDRESS"))
		return "<device>";
	return strstr(metavar, "FILE") || strstr(metavar, ".json") ? "<file>" : "";
}

static const char *operand_kind(const struct tool_command *command)
{
	if (command->flags & TOOL_DEVICE)
		return "<device>";
	if (command == &help_command)
		return "<command>";
	if (command == &exec_command)
		return "<program>";
	if (command == &completion_command)
		return "bash zsh";
	return command->operands ? kind_of(command->operands, NULL) : "";
}

/* ---- words that begin a command of two words ----------------------------------------------- */

/* How many commands begin or end with the word. */
static unsigned nr_with(const char *part, size_t len)
{
	unsigned n = 0;

	for (unsigned i = 0; tool_commands[i]; i++)
		n += tool_has_word(tool_commands[i]->name, part, len);
	return n;
}

/* Whether a command before the i-th has the word, too. */
static bool is_repeated(unsigned i, const char *part, size_t len)
{
	while (i--)
		if (tool_has_word(tool_commands[i]->name, part, len))
			return true;
	return false;
}

static void put_word(FILE *out, unsigned i, const char *part, size_t len)
{
	char word[64];

	snprintf(word, sizeof(word), "%.*s", (int)len, part);
	if (nr_with(part, len) > 1 && !is_repeated(i, part, len) && !tool_find_command(word))
		fprintf(out, " %s", word);
}

/* `id` of id-ctrl and id-ns, `log` of smart-log and error-log: what several have in common. */
static void put_first_words(FILE *out)
{
	for (unsigned i = 0; tool_commands[i]; i++) {
		const char *name = tool_commands[i]->name;
		const char *last = strrchr(name, '-');

		if (!last)
			continue;
		put_word(out, i, name, strcspn(name, "-"));
		if (strlen(last + 1) != strcspn(name, "-") ||
		    strncmp(name, last + 1, strlen(last + 1)))
			put_word(out, i, last + 1, strlen(last + 1));
	}
}

static void put_names(FILE *out)
{
	for (unsigned i = 0; tool_commands[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", tool_commands[i]->name);
}

/* ---- bash ---------------------------------------------------------------------------------- */

static const char bash_body[] =
	"# NVMe devices of the machine, and the simulated one.\n"
	"_znvme_devices() {\n"
	"	local dir\n"
	"	for dir in \"${ZNVME_SYSROOT:-}\"/sys/bus/pci/devices/*; do\n"
	"		[[ -r $dir/class && $(<\"$dir/class\") == 0x010802* ]] || continue\n"
	"		[[ ${dir##*/} == \"$1\"* ]] && echo \"${dir##*/}\"\n"
	"		[[ -n $1 && ${dir##*/0000:} == \"$1\"* ]] && echo \"${dir##*/0000:}\"\n"
	"	done\n"
	"	[[ sim: == \"$1\"* ]] && echo sim:\n"
	"}\n"
	"\n"
	"# Words of kind $1 that begin with $2.\n"
	"_znvme_words() {\n"
	"	case $1 in\n"
	"	'<device>') _znvme_devices \"$2\" ;;\n"
	"	'<file>') compgen -f -- \"$2\" ;;\n"
	"	'<program>') compgen -c -- \"$2\" ;;\n"
	"	'<command>') compgen -W \"$_znvme_names\" -- \"$2\" ;;\n"
	"	*) compgen -W \"$1\" -- \"$2\" ;;\n"
	"	esac\n"
	"}\n"
	"\n"
	"# The second halves of names whose first, or last, is $1.\n"
	"_znvme_second() {\n"
	"	local name\n"
	"	for name in $_znvme_names; do\n"
	"		[[ $name == \"$1\"-* ]] && echo \"${name#\"$1\"-}\"\n"
	"		[[ $name == *-\"$1\" ]] && echo \"${name%-\"$1\"}\"\n"
	"	done\n"
	"}\n"
	"\n"
	"_znvme_is_command() {\n"
	"	[[ -n $1 && \" $_znvme_names \" == *\" $1 \"* ]]\n"
	"}\n"
	"\n"
	"# The command that the words before the last one name, and where they end.\n"
	"_znvme_find() {\n"
	"	local name\n"
	"	command='' first=2\n"
	"	_znvme_is_command \"${words[1]}\" && command=${words[1]}\n"
	"	((${#words[@]} > 3)) || return\n"
	"	for name in \"${words[1]}-${words[2]}\" \"${words[2]}-${words[1]}\"; do\n"
	"		_znvme_is_command \"$name\" || continue\n"
	"		command=$name first=3\n"
	"		return\n"
	"	done\n"
	"}\n"
	"\n"
	"# Prints what the last of `words` may become.\n"
	"_znvme_candidates() {\n"
	"	local command first kind before=${words[-2]} i\n"
	"	if ((${#words[@]} == 2)); then\n"
	"		compgen -W \"$_znvme_names $_znvme_first\" -- \"$current\"\n"
	"		return\n"
	"	fi\n"
	"	_znvme_find\n"
	"	if [[ -z $command ]]; then\n"
	"		((${#words[@]} == 3)) && compgen -W \"$(_znvme_second \"${words[1]}\")\" "
	"-- \"$current\"\n"
	"		return\n"
	"	fi\n"
	"	if [[ $command == exec ]]; then\n"
	"		for ((i = first; i < ${#words[@]} - 1; i++)); do\n"
	"			[[ ${words[i]} == -- ]] || continue\n"
	"			((i == ${#words[@]} - 2)) && kind='<program>' || kind='<file>'\n"
	"			_znvme_words \"$kind\" \"$current\"\n"
	"			return\n"
	"		done\n"
	"	fi\n"
	"	if [[ $current == --*=* ]]; then\n"
	"		_znvme_value \"$command ${current%%=*}\" &&\n"
	"			_znvme_words \"$kind\" \"${current#*=}\" | sed "
	"\"s|^|${current%%=*}=|\"\n"
	"	elif _znvme_value \"$command $before\"; then\n"
	"		_znvme_words \"$kind\" \"$current\"\n"
	"	elif [[ $current == -* ]]; then\n"
	"		compgen -W \"$(_znvme_options \"$command\")\" -- \"$current\"\n"
	"	else\n"
	"		_znvme_words \"$(_znvme_operand \"$command\")\" \"$current\"\n"
	"	fi\n"
	"}\n"
	"\n"
	"# The words as they are typed: bash breaks addresses at their colons, and takes for the "
	"last word\n"
	"# what is behind the last of them.\n"
	"_znvme() {\n"
	"	local line=${COMP_LINE:0:COMP_POINT} current kept=''\n"
	"	local -a words\n"
	"	read -ra words <<<\"$line\"\n"
	"	[[ $line == *[[:space:]] ]] && words+=('')\n"
	"	current=${words[-1]}\n"
	"	mapfile -t COMPREPLY < <(_znvme_candidates | sort -u)\n"
	"	[[ $current == *[:=]* ]] && kept=${current%\"${current##*[:=]}\"}\n"
	"	COMPREPLY=(\"${COMPREPLY[@]#\"$kept\"}\")\n"
	"	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[:=] ]]; then\n"
	"		compopt -o nospace 2>/dev/null\n"
	"	fi\n"
	"}\n"
	"complete -o filenames -F _znvme znvme\n";

static void put_bash_option(void *out, const struct tool_option *option, char letter)
{
	fprintf(out, " --%s", option->name);
	if (letter)
		fprintf(out, " -%c", letter);
}

struct bash_value {
	FILE *out;
	const char *command;
};

static void put_bash_value(void *arg, const struct tool_option *option, char letter)
{
	const struct bash_value *value = arg;

	if (!option->metavar)
		return;
	fprintf(value->out, "	'%s --%s'", value->command, option->name);
	if (letter)
		fprintf(value->out, " | '%s -%c'", value->command, letter);
	fprintf(value->out, ") kind='%s' ;;\n", kind_of(option->metavar, option->values));
}

static void put_bash(FILE *out)
{
	fputs("# bash completion for znvme, as `znvme completion bash` prints it\n\n_znvme_names='",
	      out);
	put_names(out);
	fputs("'\n_znvme_first='", out);
	put_first_words(out);
	fputs("'\n\n# The options of command $1.\n_znvme_options() {\n	case $1 in\n", out);
	for (unsigned i = 0; tool_commands[i]; i++) {
		fprintf(out, "	%s) echo", tool_commands[i]->name);
		tool_each_option(tool_commands[i], put_bash_option, out);
		fputs(" ;;\n", out);
	}
	fputs("	esac\n}\n\n# What the value is of `COMMAND OPTION`. Fails where there is none.\n"
	      "_znvme_value() {\n	case $1 in\n",
	      out);
	for (unsigned i = 0; tool_commands[i]; i++) {
		struct bash_value value = {out, tool_commands[i]->name};

		tool_each_option(tool_commands[i], put_bash_value, &value);
	}
	fputs("	*) return 1 ;;\n	esac\n}\n\n# What the operands of command $1 are.\n"
	      "_znvme_operand() {\n	case $1 in\n",
	      out);
	for (unsigned i = 0; tool_commands[i]; i++)
		if (*operand_kind(tool_commands[i]))
			fprintf(out, "	%s) echo '%s' ;;\n", tool_commands[i]->name,
				operand_kind(tool_commands[i]));
	fputs("	esac\n}\n\n", out);
	fputs(bash_body, out);
}

/* ---- zsh ----------------------------------------------------------------------------------- */

static const char zsh_body[] =
	"_znvme_devices() {\n"
	"	local dir\n"
	"	local -a found\n"
	"	for dir in ${ZNVME_SYSROOT}/sys/bus/pci/devices/*(N); do\n"
	"		[[ -r $dir/class && $(<$dir/class) == 0x010802* ]] || continue\n"
	"		found+=(${dir:t})\n"
	"		[[ -n $PREFIX ]] && found+=(${${dir:t}#0000:})\n"
	"	done\n"
	"	compadd -a found\n"
	"	compadd -S '' sim:\n"
	"}\n"
	"\n"
	"_znvme_commands() {\n"
	"	_describe -t commands 'znvme command' znvme_names\n"
	"}\n"
	"\n"
	"# The second halves of names whose first, or last, is $1.\n"
	"_znvme_second() {\n"
	"	local -a names\n"
	"	names=(${znvme_names%%:*})\n"
	"	compadd -- ${${(M)names:#$1-*}#$1-} ${${(M)names:#*-$1}%-$1}\n"
	"}\n"
	"\n"
	"_znvme() {\n"
	"	local -a names znvme_names znvme_first\n"
	"	local command=$words[2] joined\n"
	"	_znvme_tables\n"
	"	names=(${znvme_names%%:*})\n"
	"	if ((CURRENT == 2)); then\n"
	"		_znvme_commands\n"
	"		compadd -a znvme_first\n"
	"		return\n"
	"	fi\n"
	"	if ((CURRENT == 3)); then\n"
	"		_znvme_second $command\n"
	"		((${names[(Ie)$command]})) || return\n"
	"	else\n"
	"		for joined in $words[2]-$words[3] $words[3]-$words[2]; do\n"
	"			((${names[(Ie)$joined]})) || continue\n"
	"			command=$joined\n"
	"			words=($words[1] $command \"${(@)words[4,-1]}\")\n"
	"			((CURRENT--))\n"
	"			break\n"
	"		done\n"
	"	fi\n"
	"	shift words\n"
	"	((CURRENT--))\n"
	"	_znvme_arguments $command\n"
	"}\n"
	"\n"
	"_znvme \"$@\"\n";

/* Text inside of brackets and quotes. */
static void put_zsh_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else if (strchr("[]:\\", *text))
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static void put_zsh_kind(FILE *out, const char *kind)
{
	if (!strcmp(kind, "<device>"))
		fputs("_znvme_devices", out);
	else if (!strcmp(kind, "<file>"))
		fputs("_files", out);
	else if (!strcmp(kind, "<command>"))
		fputs("_znvme_commands", out);
	else if (*kind) {
		fputc('(', out);
		put_zsh_text(out, kind);
		fputc(')', out);
	}
}

static void put_zsh_option(void *arg, const struct tool_option *option, char letter)
{
	FILE *out = arg;
	const char *value = option->metavar ? "=" : "";

	fputs(" \\\n			", out);
	if (letter)
		fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", letter, option->name, letter,
			option->metavar ? "+" : "", option->name, value);
	else
		fprintf(out, "'--%s%s[", option->name, value);
	put_zsh_text(out, option->help);
	fputc(']', out);
	if (option->metavar) {
		fprintf(out, ":%s:", option->metavar);
		put_zsh_kind(out, kind_of(option->metavar, option->values));
	}
	fputc('\'', out);
}

static void put_zsh_operands(FILE *out, const struct tool_command *command)
{
	const char *kind = operand_kind(command);

	if (!strcmp(kind, "<program>")) {
		fputs(" \\\n			'(-)1:program:_command_names -e' "
		      "'*::argument:_normal'",
		      out);
	} else if (*kind) {
		fputs(" \\\n			'*:operand:", out);
		put_zsh_kind(out, kind);
		fputc('\'', out);
	}
}

static void put_zsh(FILE *out)
{
	fputs("#compdef znvme\n# zsh completion for znvme, as `znvme completion zsh` prints it\n\n"
	      "_znvme_tables() {\n	znvme_names=(\n",
	      out);
	for (unsigned i = 0; tool_commands[i]; i++) {
		fprintf(out, "		'%s:", tool_commands[i]->name);
		put_zsh_text(out, tool_commands[i]->summary);
		fputs("'\n", out);
	}
	fputs("	)\n	znvme_first=(", out);
	put_first_words(out);
	fputs(")\n}\n\n_znvme_arguments() {\n	case $1 in\n", out);
	for (unsigned i = 0; tool_commands[i]; i++) {
		fprintf(out, "	%s)\n		_arguments -s", tool_commands[i]->name);
		tool_each_option(tool_commands[i], put_zsh_option, out);
		put_zsh_operands(out, tool_commands[i]);
		fputs("\n		;;\n", out);
	}
	fputs("	esac\n}\n\n", out);
	fputs(zsh_body, out);
}

/* ---- the command --------------------------------------------------------------------------- */

static int run_completion(struct tool *tool, void *args)
{
	(void)args;
	if (!strcmp(tool->operands[0], "bash"))
		put_bash(tool->out);
	else if (!strcmp(tool->operands[0], "zsh"))
		put_zsh(tool->out);
	else
		return tool_error("completion: %s: it is for bash or zsh", tool->operands[0]);
	return 0;
}

const struct tool_command completion_command = {
	.name = "completion",
	.summary = "what bash or zsh complete after znvme, as a script for it",
	.group = TOOL_GROUP_HELP,
	.operands = "bash|zsh",
	.min_operands = 1,
	.max_operands = 1,
	.details = "An installation has them in their places already. For this shell alone, from a "
		   "build\n"
		   "folder:\n"
		   "  eval \"$(znvme completion bash)\"\n"
		   "  znvme completion zsh >~/.zfunc/_znvme\n",
	.example = "znvme completion bash",
	.run = run_completion,
};
