/* SPDX-License-Identifier: MIT */
/*
 * The ground of the command-line tool: a command is a row of a table, its options are rows of
 * another, and both parsing and --help come from the rows.
 *
 * A command's run() writes to tool->out or hands over one JSON object, both kept in memory; main()
 * puts them on stdout only where the command succeeded, so that no output is ever half-written.
 */
#ifndef ZNVME_TOOL_H
#define ZNVME_TOOL_H

#include <json-c/json.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "znvme.h"

enum tool_option_type {
	TOOL_FLAG, /* bool: no argument */
	TOOL_U8,   /* numbers: decimal or 0x…, with an optional suffix K, M, G, T (powers of */
	TOOL_U16,  /* 1024), stored as uint8_t … uint64_t */
	TOOL_U32,
	TOOL_U64,
	TOOL_STRING, /* const char *; NULL where not given */
};

/* One option of a command. The table ends with a row without a name. */
struct tool_option {
	char letter;	     /* short form; 0: none */
	const char *name;    /* long form, without the dashes */
	const char *metavar; /* what --help calls the argument; NULL for a flag */
	enum tool_option_type type;
	size_t offset;	  /* where the value goes in the command's arguments: offsetof() */
	const char *help; /* a line, without a full stop */
	uint64_t preset;  /* the value where it is not given; shown by --help unless 0 */
	uint64_t min;
	uint64_t max; /* 0: what the type can hold */
	/* For completion: the words that a TOOL_STRING may be, with blanks between; NULL: any, or
	 * a file's name where `metavar` is FILE, a device where it is DEVICE. */
	const char *values;
};

/* A row: TOOL_OPTION('s', "start-block", "LBA", TOOL_U64, offsetof(…), "first block", .max = 9) */
#define TOOL_OPTION(short_name, long_name, value_name, value_type, at, text, ...)                  \
	{                                                                                          \
		.letter = (short_name), .name = (long_name), .metavar = (value_name),              \
		.type = (value_type), .offset = (at), .help = (text), __VA_ARGS__                  \
	}

enum tool_command_flags {
	TOOL_DEVICE = 1,    /* the first operand is a device, ZNVME_DEVICE by default; adds
			       --timeout and --verbose */
	TOOL_NAMESPACE = 2, /* adds -n/--namespace-id */
	TOOL_OUTPUT = 4,    /* adds -o/--output-format normal|json */
	TOOL_BINARY = 8,    /* adds -b/--raw-binary, and binary to -o */
	TOOL_HUMAN = 16,    /* adds -H/--human-readable */
	/* Instead of TOOL_NAMESPACE: where none is named, run() looks at tool->nsid_given. */
	TOOL_NAMESPACE_OR_NONE = 32,
};

enum tool_format { TOOL_NORMAL, TOOL_JSON, TOOL_RAW };

enum tool_group {
	TOOL_GROUP_HOST,
	TOOL_GROUP_IDENTIFY,
	TOOL_GROUP_LOG,
	TOOL_GROUP_FEATURE,
	TOOL_GROUP_NAMESPACE,
	TOOL_GROUP_MANAGE,
	TOOL_GROUP_IO,
	TOOL_GROUP_ZONES,
	TOOL_GROUP_PLACEMENT,
	TOOL_GROUP_KV,
	TOOL_GROUP_RESERVATION,
	TOOL_GROUP_IMAGE,
	TOOL_GROUP_LOAD,
	TOOL_GROUP_RAW,
	TOOL_GROUP_HELP,
	TOOL_NR_GROUPS,
};

struct tool_command;

/* One run of the tool. */
struct tool {
	const struct tool_command *command;
	const char *const *operands; /* what is neither command nor option, device included */
	int nr_operands;

	FILE *out;		  /* memory; goes to stdout where the command succeeded */
	struct json_object *json; /* goes to stdout instead of `out` where it is set */
	bool keep_output;	  /* output goes to stdout also where the command failed */

	enum tool_format format;
	bool human;
	bool verbose;
	bool quiet;	     /* no warnings of the library */
	uint32_t timeout_ms; /* 0: the driver's defaults */

	uint32_t nsid;		     /* by -n, by the address (06:00.0n2), or 1 */
	bool nsid_given;	     /* by either of the two */
	const uint32_t *nsid_option; /* the value of -n, the command's own too; or NULL */
	char address[4200];
	struct znvme_ctrl *ctrl; /* by tool_open() */
	uint64_t given;		 /* bit n: the command's n-th option was given */
	bool let_go;		 /* by tool_lets_go() */
};

struct tool_command {
	const char *name;
	const char *summary; /* a line, without a full stop */
	enum tool_group group;
	unsigned flags;	      /* of enum tool_command_flags */
	const char *operands; /* operands after the device, for the usage line; NULL: none */
	int min_operands;     /* how many of those, at least and at most */
	int max_operands;
	/* A flag among its options with which the operands are no device but these, so many. */
	const char *instead_flag;
	const char *instead_operands;
	int nr_instead;
	const struct tool_option *options; /* at most 60 rows; NULL: none but the common ones */
	size_t args_size;		   /* bytes of the structure that `offset` points into */
	const char *details;		   /* more for --help, whole lines; may be NULL */
	const char *example;		   /* a line that can be run */
	/* `args` is filled by `options`. Returns 0, or 1 after an error message. */
	int (*run)(struct tool *tool, void *args);
};

/* host_*.c */
extern const struct tool_command host_list_command, host_bind_command, host_unbind_command,
	host_doctor_command;

/* The table of all commands (commands.c). Ends with NULL. */
extern const struct tool_command *const tool_commands[];

const struct tool_command *tool_find_command(const char *name);

/* How many letters to add, drop, change or swap to make `a` of `b`. */
unsigned tool_distance(const char *a, const char *b);

/* The name of a command nearest to `name`, or NULL where none is near. */
const char *tool_nearest_command(const char *name);

/*
 * Parse what follows the command's name: argv[0] is the name. Fills `tool` and `args`. Returns 0, 1
 * after an error message, or -1 where help was asked for and written to tool->out.
 */
int tool_parse(struct tool *tool, int argc, char **argv, void *args);

/* Write a command's help, or the list of all commands. */
void tool_help(FILE *out, const struct tool_command *command);
void tool_help_all(FILE *out);

/* The heading of a group of commands in that list. */
const char *tool_group_title(enum tool_group group);

/* Text that --help and the manual page of every command with a device have in common. */
extern const char tool_device_text[];

/*
 * Call `fn` for each option of `command`, its own first, then the common ones. `letter` is the
 * option's short form, 0 where it has none or another option of the command has it.
 */
void tool_each_option(const struct tool_command *command,
		      void (*fn)(void *arg, const struct tool_option *option, char letter),
		      void *arg);

/* Whether the command's option with this long name was given. */
bool tool_given(const struct tool *tool, const char *name);

/* A number as options take them. Returns 0, or -EINVAL, -ERANGE without a message. */
int tool_parse_number(const char *text, uint64_t *value);

/* For that message: what to write instead of a number that has a 0 in front; else nothing. */
const char *tool_octal_hint(const char *text);

/* "znvme: <message>" on stderr. Returns 1, for `return tool_error(…)`. */
int tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The failure `rc` of a library call as a message on stderr: "NVMe status: …(0x…)" for a positive
 * rc, "znvme: <what>: <the library's sentence>" for a negative one; `what` may be NULL. Returns 1.
 */
int tool_fail(int rc, const char *what);

/* Open tool->address. 0, or 1 after an error message. main() closes it. */
int tool_open(struct tool *tool);

/* The same, with flags of enum znvme_open_flags. */
int tool_open_with(struct tool *tool, unsigned flags);

/* Open, and get the namespace tool->nsid. */
int tool_open_ns(struct tool *tool, const struct znvme_ns **ns);

/*
 * Whether the host wants the device back, by `znvme unbind --force` or because it is being taken
 * out: true, after a message, from then on. The kernel waits for as long as the device is held, so
 * whatever holds it for long asks now and then and ends. One thread at a time.
 */
bool tool_lets_go(struct tool *tool);

/*
 * A file from its start, to its end or to `max` bytes; NULL or "-" is standard input. *data is the
 * caller's, to free(). 0, or 1 after an error message.
 */
int tool_read_file(const char *path, size_t max, void **data, size_t *got);

/* All of `data` to a descriptor: 0, or a negative errno. */
int tool_write_all(int fd, const void *data, size_t len);

/* Microseconds on a clock that only goes forward. */
uint64_t tool_now_us(void);

/* How long something took, for --latency: a line on `out`, or a field of tool->json. */
void tool_show_latency(struct tool *tool, FILE *out, const char *what, uint64_t us);

/*
 * `len` bytes from a device as printable text: trailing spaces and zeroes dropped, everything that
 * is not printable ASCII replaced by '?'. `text` takes len + 1 bytes.
 */
void tool_text(char *text, const void *bytes, size_t len);

/*
 * SIGINT and SIGTERM set tool_stop from tool_catch_signals() on, instead of ending the process, so
 * that nothing half-done is left behind.
 */
extern volatile sig_atomic_t tool_stop;
void tool_catch_signals(void);

/* Scope clean-up: `tool_autofree void *p = malloc(…)`. */
static inline void tool_free_pointer(void *pointer)
{
	free(*(void **)pointer);
}
#define tool_autofree __attribute__((cleanup(tool_free_pointer)))

#define TOOL_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
