/* SPDX-License-Identifier: MIT */
/*
 * exec: a program that knows the kernel's NVMe device files, on devices of znvme. The program is
 * started with libznvme-preload.so (plugins/preload/) before libc, in this process's place.
 */
#include "commands.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libznvme-preload.so"

struct exec_args {
	const char *device;
	const char *as;
	bool verbose;
};

static const struct tool_option exec_options[] = {
	TOOL_OPTION('d', "device", "DEVICE", TOOL_STRING, offsetof(struct exec_args, device),
		    "the device that has the kernel's names (default: ZNVME_DEVICE)"),
	TOOL_OPTION('a', "as", "NAME", TOOL_STRING, offsetof(struct exec_args, as),
		    "those names: nvme3 for /dev/nvme3, /dev/nvme3n1 (default: nvme0)"),
	TOOL_OPTION('v', "verbose", NULL, TOOL_FLAG, offsetof(struct exec_args, verbose),
		    "say on stderr what the driver does"),
	{0},
};

/* ---- the library --------------------------------------------------------------------------- */

/* Beside the tool in a build folder, or where it is installed from where the tool is. */
static int find_library(char *path, size_t size)
{
	static const char *const places[] = {"/../plugins/preload/" LIBRARY, ZNVME_PRELOAD_PLACE};
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *given = getenv("ZNVME_PRELOAD");

	if (given) {
		snprintf(path, size, "%s", given);
		return 0;
	}
	self[len > 0 ? len : 0] = '\0';
	*(strrchr(self, '/') ? strrchr(self, '/') : self) = '\0';
	for (unsigned i = 0; i < TOOL_COUNT(places); i++) {
		char *real;

		snprintf(path, size, "%.4000s%s", self, places[i]);
		real = realpath(path, NULL);
		if (!real)
			continue;
		snprintf(path, size, "%s", real);
		free(real);
		return 0;
	}
	return tool_error("exec: " LIBRARY " is not where it was installed (%s%s); ZNVME_PRELOAD "
			  "can name it",
			  self, ZNVME_PRELOAD_PLACE);
}

/* Before libc, and behind what is preloaded already. */
static int preload(const char *path)
{
	const char *before = getenv("LD_PRELOAD");
	tool_autofree char *list = NULL;

	if (strpbrk(path, ": "))
		return tool_error("exec: the loader takes no library whose path has a blank or a "
				  "colon: %s",
				  path);
	if (asprintf(&list, "%s%s%s", before ? before : "", before && *before ? ":" : "", path) < 0)
		return tool_error("out of memory");
	setenv("LD_PRELOAD", list, 1);
	return 0;
}

/* ---- the names ----------------------------------------------------------------------------- */

static bool is_name(const char *name)
{
	size_t digits = strncmp(name, "nvme", 4) ? 0 : strspn(name + 4, "0123456789");

	return digits > 0 && digits < 6 && !name[4 + digits] && (digits == 1 || name[4] != '0');
}

/* The kernel's own device of that name must not be hidden by ours. */
static int check_name(const char *name)
{
	char path[32];

	if (!is_name(name))
		return tool_error("exec: --as %s: a name is nvme and a number, as nvme0", name);
	snprintf(path, sizeof(path), "/dev/%s", name);
	if (!access(path, F_OK))
		return tool_error("exec: the kernel has a %s of its own: choose another name, as "
				  "in --as nvme9",
				  path);
	return 0;
}

static int set_names(const struct tool *tool, const struct exec_args *args)
{
	const char *device = args->device ? args->device : getenv("ZNVME_DEVICE");
	const char *name = args->as ? args->as : "nvme0";
	char address[sizeof(tool->address)];
	uint32_t nsid;
	int rc;

	unsetenv("ZNVME_EXEC_DEVICE");
	unsetenv("ZNVME_EXEC_NAME");
	if (!device || !*device)
		return args->as ? tool_error("exec: --as names a device, but none is named: "
					     "--device 06:00.0, or ZNVME_DEVICE")
				: 0;
	rc = znvme_parse_address(device, address, sizeof(address), &nsid);
	if (rc)
		return tool_fail(rc, NULL);
	if (strcmp(address, device))
		return tool_error("exec: %s names a namespace; the device is %s, and the namespace "
				  "is /dev/%sn%u",
				  device, address, name, nsid);
	if (check_name(name))
		return 1;
	setenv("ZNVME_EXEC_DEVICE", address, 1);
	setenv("ZNVME_EXEC_NAME", name, 1);
	return 0;
}

/* ---- exec ---------------------------------------------------------------------------------- */

static int run_exec(struct tool *tool, void *arg)
{
	const struct exec_args *args = arg;
	tool_autofree char **argv = calloc((size_t)tool->nr_operands + 1, sizeof(*argv));
	char path[PATH_MAX];

	if (!argv)
		return tool_error("out of memory");
	if (set_names(tool, args) || find_library(path, sizeof(path)) || preload(path))
		return 1;
	if (args->verbose)
		setenv("ZNVME_EXEC_VERBOSE", "1", 1);
	for (int i = 0; i < tool->nr_operands; i++)
		argv[i] = (char *)(uintptr_t)tool->operands[i];
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	execvp(argv[0], argv);
	return tool_error("exec: %s: %s", argv[0], strerror(errno));
}

const struct tool_command exec_command = {
	.name = "exec",
	.summary = "nvme-cli, smartctl and the like, on this driver",
	.group = TOOL_GROUP_RAW,
	.operands = "-- COMMAND [ARG]...",
	.min_operands = 1,
	.max_operands = 100000,
	.options = exec_options,
	.args_size = sizeof(struct exec_args),
	.details = "COMMAND finds /dev/znvme-ADDRESS and /dev/znvme-ADDRESSn1 for every device "
		   "address,\n"
		   "and the device of --device under the kernel's names, too: /dev/nvme0, "
		   "/dev/nvme0n1,\n"
		   "/dev/ng0n1. They take the kernel's NVMe ioctls. Its exit status is this "
		   "command's.\n",
	.example = "znvme exec --device sim: -- nvme id-ctrl /dev/nvme0",
	.run = run_exec,
};
