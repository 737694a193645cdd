/* SPDX-License-Identifier: MIT */
/*
 * Manual pages, in roff's macros `man`, from the same rows as --help. The installation writes one
 * for each command (install-pages.sh).
 */
#include "commands.h"

#include <ctype.h>
#include <string.h>

/* Text as roff takes it: no escapes but ours, no line that is a request, hyphens that can be
 * copied. */
static void put_text(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool starts = !i || text[i - 1] == '\n';

		if (starts && (text[i] == '.' || text[i] == '\''))
			fputs("\\&", out);
		if (text[i] == '-')
			fputs("\\-", out);
		else if (text[i] == '\\')
			fputs("\\e", out);
		else
			fputc(text[i], out);
	}
}

static void put_string(FILE *out, const char *text)
{
	put_text(out, text, strlen(text));
}

static void put_upper(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(toupper((unsigned char)*text), out);
}

/* Lines of details: those that begin with a blank are a table or an example and stay as they are,
 * an empty one ends a paragraph. */
static void put_details(FILE *out, const char *text)
{
	bool table = false;

	while (*text) {
		size_t len = strcspn(text, "\n");
		bool kept = *text == ' ' || *text == '\t';

		if (kept != table)
			fputs(kept ? ".PP\n.nf\n" : ".fi\n.PP\n", out);
		table = kept;
		if (len) {
			put_text(out, text, len);
			fputc('\n', out);
		} else if (text[1] && text[1] != '\n' && text[1] != ' ') {
			fputs(".PP\n", out);
		}
		text += len + (text[len] == '\n');
	}
	if (table)
		fputs(".fi\n", out);
}

static void put_title(FILE *out, const char *name)
{
	fputs(".TH ZNVME", out);
	if (name) {
		fputs("\\-", out);
		put_upper(out, name);
	}
	fprintf(out, " 1 %s \"znvme %s\" \"znvme manual\"\n", ZNVME_DATE, ZNVME_VERSION);
	fputs(".SH NAME\nznvme", out);
	if (name) {
		fputs("\\-", out);
		put_string(out, name);
	}
	fputs(" \\- ", out);
}

static void put_option(void *arg, const struct tool_option *option, char letter)
{
	FILE *out = arg;

	fputs(".TP\n", out);
	if (letter)
		fprintf(out, "\\fB\\-%c\\fR, ", letter);
	fputs("\\fB\\-\\-", out);
	put_string(out, option->name);
	fputs("\\fR", out);
	if (option->metavar)
		fprintf(out, " \\fI%s\\fR", option->metavar);
	fputc('\n', out);
	put_string(out, option->help);
	fputs(".\n", out);
	if (option->min > 1 || option->max)
		fprintf(out, "From %llu%s", (unsigned long long)option->min,
			option->max ? " to " : " on");
	if (option->max)
		fprintf(out, "%llu", (unsigned long long)option->max);
	if (option->min > 1 || option->max)
		fputs(".\n", out);
	if (option->preset)
		fprintf(out, "Default: %llu.\n", (unsigned long long)option->preset);
}

static void put_usage(FILE *out, const struct tool_command *command)
{
	fputs(".SH SYNOPSIS\n\\fBznvme ", out);
	put_string(out, command->name);
	fputs("\\fR", out);
	if (command->flags & TOOL_DEVICE)
		fputs(" [\\fIDEVICE\\fR]", out);
	if (command->operands) {
		fputs(" \\fI", out);
		put_string(out, command->operands);
		fputs("\\fR", out);
	}
	fputs(" [\\fIOPTIONS\\fR]\n", out);
	if (!command->instead_flag)
		return;
	fputs(".br\n\\fBznvme ", out);
	put_string(out, command->name);
	fputs(" \\-\\-", out);
	put_string(out, command->instead_flag);
	fputs("\\fR \\fI", out);
	put_string(out, command->instead_operands);
	fputs("\\fR\n", out);
}

void man_page(FILE *out, const struct tool_command *command)
{
	put_title(out, command->name);
	put_string(out, command->summary);
	fputc('\n', out);
	put_usage(out, command);
	fputs(".SH DESCRIPTION\n", out);
	fprintf(out, "%c", toupper((unsigned char)command->summary[0]));
	put_string(out, command->summary + 1);
	fputs(".\n", out);
	if (command->flags & TOOL_DEVICE) {
		fputs(".PP\n", out);
		put_details(out, tool_device_text);
	}
	if (command->details) {
		if (command->details[0] != ' ')
			fputs(".PP\n", out);
		put_details(out, command->details);
	}
	fputs(".SH OPTIONS\n", out);
	tool_each_option(command, put_option, out);
	fputs(".SH EXIT STATUS\n"
	      "0, or 1 after a message on standard error.\n"
	      ".SH EXAMPLE\n.nf\n",
	      out);
	put_string(out, command->example);
	fputs("\n.fi\n.SH SEE ALSO\n.BR znvme (1)\n", out);
}

static void put_group(FILE *out, enum tool_group group)
{
	fputs(".SS ", out);
	put_string(out, tool_group_title(group));
	fputc('\n', out);
	for (unsigned i = 0; tool_commands[i]; i++) {
		if (tool_commands[i]->group != group)
			continue;
		fputs(".TP\n.BR znvme\\-", out);
		put_string(out, tool_commands[i]->name);
		fputs(" (1)\n", out);
		put_string(out, tool_commands[i]->summary);
		fputs(".\n", out);
	}
}

void man_page_all(FILE *out)
{
	put_title(out, NULL);
	fputs("NVMe devices from userspace\n"
	      ".SH SYNOPSIS\n"
	      "\\fBznvme\\fR \\fICOMMAND\\fR [\\fIDEVICE\\fR] [\\fIOPTIONS\\fR]\n"
	      ".SH DESCRIPTION\n"
	      "\\fBznvme\\fR looks at NVMe devices, moves data to and from them, and sends them "
	      "any\n"
	      "command, by VFIO and without the kernel's nvme driver. Names, options and output "
	      "are\n"
	      "those of nvme\\-cli, in either spelling: \\fBznvme id\\-ctrl\\fR, \\fBznvme id "
	      "ctrl\\fR.\n"
	      ".PP\n",
	      out);
	put_details(out, tool_device_text);
	fputs(".SH COMMANDS\n", out);
	for (int group = 0; group < TOOL_NR_GROUPS; group++)
		put_group(out, (enum tool_group)group);
	fputs(".SH ENVIRONMENT\n"
	      ".TP\n.B ZNVME_DEVICE\nThe device where a command names none.\n"
	      ".SH EXIT STATUS\n"
	      "0, or 1 after a message on standard error.\n"
	      ".SH EXAMPLE\n.nf\n"
	      "znvme id\\-ctrl sim:\n"
	      "sudo znvme bind 0000:06:00.0 \\-\\-user \"$USER\"\n"
	      "znvme smart\\-log 0000:06:00.0 \\-o json\n"
	      ".fi\n"
	      ".SH SEE ALSO\n.BR nvme (1)\n",
	      out);
}
