/* SPDX-License-Identifier: MIT */
/*
 * Options: rows of tables drive both parsing (by getopt_long) and --help. A command has its own
 * rows and, by its flags, rows that are common to many.
 */
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#define MAX_OPTIONS 72

/* Common options store into struct tool or are handled by letter below. */
enum { COMMON_HELP = 1, COMMON_FORMAT, COMMON_RAW };

struct common_option {
	unsigned flags;	 /* commands with one of these flags have it; 0: all */
	unsigned unless; /* but not those with one of these */
	int action;	 /* COMMON_…, or 0: stored like any other */
	struct tool_option option;
};

#define IN_TOOL(member) offsetof(struct tool, member)
#define COMMON(with, without, what, ...)                                                           \
	{                                                                                          \
		.flags = (with), .unless = (without), .action = (what),                            \
		.option = TOOL_OPTION(__VA_ARGS__)                                                 \
	}

static const struct common_option common_options[] = {
	COMMON(TOOL_NAMESPACE, TOOL_NAMESPACE_OR_NONE, 0, 'n', "namespace-id", "NSID", TOOL_U32,
	       IN_TOOL(nsid), "namespace (default: by the address as in 06:00.0n2, else 1)"),
	COMMON(TOOL_NAMESPACE_OR_NONE, 0, 0, 'n', "namespace-id", "NSID", TOOL_U32, IN_TOOL(nsid),
	       "namespace (default: by the address as in 06:00.0n2, else the controller)"),
	COMMON(TOOL_OUTPUT, TOOL_BINARY, COMMON_FORMAT, 'o', "output-format", "FMT", TOOL_STRING, 0,
	       "normal or json", .values = "normal json"),
	COMMON(TOOL_BINARY, 0, COMMON_FORMAT, 'o', "output-format", "FMT", TOOL_STRING, 0,
	       "normal, json or binary", .values = "normal json binary"),
	COMMON(TOOL_BINARY, 0, COMMON_RAW, 'b', "raw-binary", NULL, TOOL_FLAG, 0,
	       "as --output-format binary: the device's bytes"),
	COMMON(TOOL_HUMAN, 0, 0, 'H', "human-readable", NULL, TOOL_FLAG, IN_TOOL(human),
	       "explain the bits of every field"),
	COMMON(TOOL_DEVICE, 0, 0, 't', "timeout", "MS", TOOL_U32, IN_TOOL(timeout_ms),
	       "deadline of a command, milliseconds, up to a day (default: the driver's)", .min = 1,
	       .max = 86400000),
	COMMON(TOOL_DEVICE, 0, 0, 'v', "verbose", NULL, TOOL_FLAG, IN_TOOL(verbose),
	       "say on stderr what the driver does"),
	COMMON(0, 0, COMMON_HELP, 'h', "help", NULL, TOOL_FLAG, 0, "this text"),
};

/* What one code that getopt_long gives stands for. */
struct entry {
	const struct tool_option *option;
	void *base;
	int action;
	unsigned index; /* in the command's own table */
};

struct entries {
	struct entry entry[MAX_OPTIONS];
	unsigned nr;
};

/* Whose a letter is: the first that has it, so that a command's own comes before a common one. */
static unsigned owner(const struct entries *entries, char letter)
{
	unsigned i;

	for (i = 0; letter && i < entries->nr; i++)
		if (entries->entry[i].option->letter == letter)
			return i;
	return MAX_OPTIONS;
}

/* All options of `command`: its own first, then the common ones that its flags ask for. */
static void collect(const struct tool_command *command, struct tool *tool, void *args,
		    struct entries *entries)
{
	unsigned i;

	entries->nr = 0;
	for (i = 0; command->options && command->options[i].name; i++)
		entries->entry[entries->nr++] = (struct entry){&command->options[i], args, 0, i};
	for (i = 0; i < TOOL_COUNT(common_options); i++) {
		const struct common_option *common = &common_options[i];

		if ((common->flags && !(common->flags & command->flags)) ||
		    (common->unless & command->flags))
			continue;
		entries->entry[entries->nr++] =
			(struct entry){&common->option, tool, common->action, MAX_OPTIONS};
	}
}

/* Octal in C and in nvme-cli, decimal to most readers: neither is meant for sure. */
static bool begins_with_0(const char *text)
{
	return text[0] == '0' && isdigit((unsigned char)text[strspn(text, "0")]);
}

const char *tool_octal_hint(const char *text)
{
	return begins_with_0(text) ? "; a 0 in front would be octal in nvme-cli: write 0x10 or 10"
				   : "";
}

int tool_parse_number(const char *text, uint64_t *value)
{
	static const char suffixes[] = "KMGTP";
	int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
	const char *suffix;
	char *end;
	uint64_t n;

	if (!isdigit((unsigned char)text[0]) || begins_with_0(text))
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, base);
	if (errno)
		return -errno;
	if (base == 16 && end == text + 1)
		return -EINVAL;
	suffix = *end ? strchr(suffixes, toupper((unsigned char)*end)) : NULL;
	if (suffix) {
		unsigned shift = 10 * (unsigned)(suffix - suffixes + 1);

		if (n > UINT64_MAX >> shift)
			return -ERANGE;
		n <<= shift;
		end++;
		if (!strcmp(end, "iB") || !strcmp(end, "i"))
			end += strlen(end);
	}
	if (*end)
		return -EINVAL;
	*value = n;
	return 0;
}

static uint64_t type_max(enum tool_option_type type)
{
	switch (type) {
	case TOOL_U8:
		return UINT8_MAX;
	case TOOL_U16:
		return UINT16_MAX;
	case TOOL_U32:
		return UINT32_MAX;
	default:
		return UINT64_MAX;
	}
}

static void store_number(const struct tool_option *option, void *base, uint64_t value)
{
	void *to = (char *)base + option->offset;

	switch (option->type) {
	case TOOL_U8:
		*(uint8_t *)to = (uint8_t)value;
		break;
	case TOOL_U16:
		*(uint16_t *)to = (uint16_t)value;
		break;
	case TOOL_U32:
		*(uint32_t *)to = (uint32_t)value;
		break;
	case TOOL_U64:
		*(uint64_t *)to = value;
		break;
	case TOOL_FLAG:
	case TOOL_STRING:
		break;
	}
}

static int store(const struct tool_option *option, void *base, const char *text)
{
	uint64_t max = option->max ? option->max : type_max(option->type);
	uint64_t value;

	if (option->type == TOOL_FLAG) {
		*(bool *)((char *)base + option->offset) = true;
		return 0;
	}
	if (option->type == TOOL_STRING) {
		*(const char **)(void *)((char *)base + option->offset) = text;
		return 0;
	}
	switch (tool_parse_number(text, &value)) {
	case 0:
		break;
	case -ERANGE:
		value = UINT64_MAX;
		if (max < UINT64_MAX)
			break;
		return tool_error("--%s %s: more than 64 bits", option->name, text);
	default:
		return tool_error(
			"--%s %s: not a number (decimal, 0x…, or with a suffix K, M, G, T)%s",
			option->name, text, tool_octal_hint(text));
	}
	if (value < option->min || value > max)
		return tool_error("--%s %s: out of range, which is %llu to %llu", option->name,
				  text, (unsigned long long)option->min, (unsigned long long)max);
	store_number(option, base, value);
	return 0;
}

static int set_format(struct tool *tool, const char *text)
{
	static const char *const names[] = {"normal", "json", "binary"};
	bool binary = tool->command->flags & TOOL_BINARY;

	for (unsigned i = 0; i < TOOL_COUNT(names); i++) {
		if (strcmp(text, names[i]))
			continue;
		if (i == TOOL_RAW && !binary)
			return tool_error("%s has no binary output", tool->command->name);
		tool->format = (enum tool_format)i;
		return 0;
	}
	return tool_error("--output-format %s: it is normal%s or json", text,
			  binary ? ", binary" : "");
}

static int apply(struct tool *tool, const struct entry *entry, const char *text)
{
	int rc;

	switch (entry->action) {
	case COMMON_HELP:
		tool_help(tool->out, tool->command);
		return -1;
	case COMMON_FORMAT:
		return set_format(tool, text);
	case COMMON_RAW:
		tool->format = TOOL_RAW;
		return 0;
	}
	if (entry->index < MAX_OPTIONS)
		tool->given |= 1ull << entry->index;
	if (entry->base == tool && entry->option->letter == 'n')
		tool->nsid_given = true;
	rc = store(entry->option, entry->base, text);
	if (!strcmp(entry->option->name, "namespace-id"))
		tool->nsid_option = (const uint32_t *)((char *)entry->base + entry->option->offset);
	return rc;
}

/* The device: by operand or environment; the namespace in its name, or by -n. */
static int take_device(struct tool *tool)
{
	bool have_operand = tool->nr_operands > tool->command->min_operands;
	const char *address = have_operand ? tool->operands[0] : getenv("ZNVME_DEVICE");
	bool by_option = tool->nsid_given;
	uint32_t nsid;
	int rc;

	if (have_operand) {
		tool->operands++;
		tool->nr_operands--;
	}
	if (!address || !*address)
		return tool_error(
			"no device: name one, as in `znvme %s 06:00.0`, or set ZNVME_DEVICE",
			tool->command->name);
	rc = znvme_parse_address(address, tool->address, sizeof(tool->address), &nsid);
	if (rc)
		return tool_fail(rc, NULL);
	if (strcmp(address, tool->address)) { /* a namespace was cut off it */
		if (tool->nsid_option && *tool->nsid_option != nsid)
			return tool_error("%s names namespace %u, but -n says %u", address, nsid,
					  *tool->nsid_option);
		tool->nsid_given = true;
	}
	if (!by_option)
		tool->nsid = nsid;
	return 0;
}

static int take_operands(struct tool *tool, char **operands, int nr)
{
	const struct tool_command *command = tool->command;
	bool instead = command->instead_flag && tool_given(tool, command->instead_flag);
	int max = command->max_operands + !!(command->flags & TOOL_DEVICE);

	tool->operands = (const char *const *)operands;
	tool->nr_operands = nr;
	if (instead && nr != command->nr_instead)
		return tool_error("%s --%s takes %d operands: %s. See `znvme %s --help`",
				  command->name, command->instead_flag, command->nr_instead,
				  command->instead_operands, command->name);
	if (instead)
		return 0;
	if (nr > max)
		return tool_error("%s: what is `%s`? See `znvme %s --help`", command->name,
				  operands[max], command->name);
	if (command->flags & TOOL_DEVICE && take_device(tool))
		return 1;
	if (tool->nr_operands < command->min_operands)
		return tool_error("%s: %s is missing. See `znvme %s --help`", command->name,
				  command->operands, command->name);
	return 0;
}

/* What `text` was meant to be: the option's name nearest to it. */
static int unknown_option(const struct tool *tool, const struct entries *entries, const char *text)
{
	char given[64];
	const char *near = NULL;
	unsigned best = 3;

	snprintf(given, sizeof(given), "%.*s", (int)strcspn(text, "="), text);
	for (unsigned i = 0; i < entries->nr && !strncmp(given, "--", 2); i++) {
		unsigned distance = tool_distance(given + 2, entries->entry[i].option->name);

		if (distance < best) {
			best = distance;
			near = entries->entry[i].option->name;
		}
	}
	return near ? tool_error("%s: no option %s; did you mean --%s?", tool->command->name, given,
				 near)
		    : tool_error("%s: no option %s. See `znvme %s --help`", tool->command->name,
				 given, tool->command->name);
}

int tool_parse(struct tool *tool, int argc, char **argv, void *args)
{
	struct option longs[MAX_OPTIONS + 1] = {0};
	char shorts[2 * MAX_OPTIONS + 2] = ":";
	struct entries entries;
	unsigned i;
	int code;

	collect(tool->command, tool, args, &entries);
	tool->nsid = 1;
	for (i = 0; i < entries.nr; i++) {
		const struct tool_option *option = entries.entry[i].option;
		int has_arg = option->type == TOOL_FLAG ? no_argument : required_argument;

		longs[i] = (struct option){option->name, has_arg, NULL, 256 + (int)i};
		if (owner(&entries, option->letter) == i)
			sprintf(shorts + strlen(shorts), "%c%s", option->letter,
				has_arg ? ":" : "");
		if (option->preset)
			store_number(option, entries.entry[i].base, option->preset);
	}
	opterr = 0;
	optind = 0; /* and forget the word that an earlier call stopped in */
	for (;;) {
		code = getopt_long(argc, argv, shorts, longs, NULL);
		if (code == -1)
			break;
		if (code == ':')
			return tool_error("%s: %s needs a value", tool->command->name,
					  argv[optind - 1]);
		if (code == '?' && optopt && optopt < 256)
			return tool_error("%s: no option -%c. See `znvme %s --help`",
					  tool->command->name, isprint(optopt) ? optopt : '?',
					  tool->command->name);
		if (code == '?' && optopt)
			return tool_error("%s: --%s takes no value", tool->command->name,
					  entries.entry[optopt - 256].option->name);
		if (code == '?')
			return unknown_option(tool, &entries, argv[optind - 1]);
		i = code < 256 ? owner(&entries, (char)code) : (unsigned)code - 256;
		if (code >= 256 && !strcmp(longs[i].name, "force") &&
		    strcmp(argv[optind - 1], "--force"))
			return tool_error("%s: %s: --force is spelled out", tool->command->name,
					  argv[optind - 1]);
		code = apply(tool, &entries.entry[i], optarg);
		if (code)
			return code;
	}
	return take_operands(tool, argv + optind, argc - optind);
}

bool tool_given(const struct tool *tool, const char *name)
{
	const struct tool_option *options = tool->command->options;

	for (unsigned i = 0; options && options[i].name; i++)
		if (!strcmp(options[i].name, name))
			return tool->given >> i & 1;
	return false;
}

void tool_each_option(const struct tool_command *command,
		      void (*fn)(void *arg, const struct tool_option *option, char letter),
		      void *arg)
{
	struct entries entries;

	collect(command, NULL, NULL, &entries);
	for (unsigned i = 0; i < entries.nr; i++) {
		const struct tool_option *option = entries.entry[i].option;

		fn(arg, option, owner(&entries, option->letter) == i ? option->letter : '\0');
	}
}

static void help_option(void *arg, const struct tool_option *option, char letter)
{
	FILE *out = arg;
	char left[64];

	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", letter ? "-" : " ", letter ? letter : ' ',
		 letter ? ", " : "  ", option->name, option->metavar ? " " : "",
		 option->metavar ? option->metavar : "");
	fprintf(out, "  %-30s %s", left, option->help);
	if (option->preset)
		fprintf(out, " (default: %llu)", (unsigned long long)option->preset);
	fputc('\n', out);
}

const char tool_device_text[] =
	"DEVICE is a PCI address (06:00.0, 06:00.0n2), sim:, sim:OPTIONS, or what the\n"
	"environment's ZNVME_DEVICE says.\n";

void tool_help(FILE *out, const struct tool_command *command)
{
	fprintf(out, "znvme %s: %s\n\nUsage: znvme %s%s%s%s [OPTIONS]\n", command->name,
		command->summary, command->name, command->flags & TOOL_DEVICE ? " [DEVICE]" : "",
		command->operands ? " " : "", command->operands ? command->operands : "");
	if (command->instead_flag)
		fprintf(out, "       znvme %s --%s %s\n", command->name, command->instead_flag,
			command->instead_operands);
	fputs("\nOptions:\n", out);
	tool_each_option(command, help_option, out);
	if (command->flags & TOOL_DEVICE)
		fprintf(out, "\n%s", tool_device_text);
	if (command->details)
		fprintf(out, "\n%s", command->details);
	fprintf(out, "\nEXAMPLE\n  %s\n", command->example);
}
