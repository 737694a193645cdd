/* SPDX-License-Identifier: MIT */
/*
 * The same at every boot: a rule of udev (udev(7)) that runs `znvme bind`, with all its checks,
 * when the kernel finds the device. It names the device by its address and by what it is, so that
 * another one in the same slot is left alone.
 */
#include "host.h"
#include "outfile.h"
#include "tool.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RULES "/etc/udev/rules.d"

static void rule_name(const char *address, char *name)
{
	snprintf(name, HOST_TEXT, RULES "/90-znvme-%s.rules", address);
}

/*
 * At boot root runs it, so nobody but root may be able to change it. Groups that may write there
 * (Debian's staff) are root's to choose.
 */
static bool is_roots_alone(const char *program)
{
	char path[HOST_PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%s", program);
	for (;;) {
		char *slash = strrchr(path, '/');

		if (stat(*path ? path : "/", &st) || st.st_uid != 0 || (st.st_mode & S_IWOTH))
			return false;
		if (!slash)
			return true;
		*slash = '\0';
	}
}

/* This program's file. 0, or 1 after an error message. */
static int find_program(char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._+-";
	ssize_t len = readlink("/proc/self/exe", path, HOST_PATH - 1);

	if (len < 0)
		return tool_error("/proc/self/exe: %s", strerror(errno));
	path[len] = '\0';
	if (path[strspn(path, plain)])
		return tool_error("--at-boot: %s: a rule of udev cannot name this path; install "
				  "znvme first: sudo make install",
				  path);
	if (host_is_real() && !is_roots_alone(path))
		return tool_error("--at-boot: others than root can change %s, which root would run "
				  "at every boot; install znvme first: sudo make install",
				  path);
	return 0;
}

/* What the rule has the program do, up to the end of the command. */
static void append_command(char *text, size_t size, const char *address, const char *driver,
			   long long uid)
{
	host_append(text, size, " bind %s", address);
	if (uid >= 0)
		host_append(text, size, " --user %lld", uid);
	if (strcmp(driver, HOST_DRIVER_VFIO))
		host_append(text, size, " --driver %s", driver);
	host_append(text, size, "\"\n");
}

int host_boot_prepare(struct host_boot *boot, const struct host_device *dev, const char *driver,
		      long long uid)
{
	char program[HOST_PATH];

	rule_name(dev->address, boot->name);
	if (find_program(program))
		return 1;
	snprintf(boot->text, sizeof(boot->text),
		 "# Written by `znvme bind %s --at-boot`; `znvme unbind %s` removes it.\n"
		 "ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"%s\", ATTR{class}==\"0x%06x\", "
		 "ATTR{vendor}==\"0x%04x\", ATTR{device}==\"0x%04x\", RUN+=\"%s",
		 dev->address, dev->address, dev->address, dev->class_code, dev->vendor,
		 dev->device, program);
	append_command(boot->text, sizeof(boot->text), dev->address, driver, uid);
	if (!host_exists(RULES))
		return tool_error("--at-boot: there is no " RULES ": this machine has no udev");
	return 0;
}

int host_boot_write(const struct host_boot *boot)
{
	char path[HOST_PATH];

	if (host_path(path, "%s", boot->name))
		return tool_error("%s: the path is too long", boot->name);
	return outfile_save(path, boot->text, strlen(boot->text));
}

bool host_boot_exists(const char *address, char *name)
{
	rule_name(address, name);
	return host_exists("%s", name);
}

bool host_boot_is(const char *address, const char *driver, long long uid)
{
	char name[HOST_TEXT], command[HOST_TEXT] = "";
	FILE *file = NULL;
	char *text = NULL;
	size_t size = 0;
	bool found;

	rule_name(address, name);
	append_command(command, sizeof(command), address, driver, uid);
	file = host_open_text("%s", name);
	/* All of it: no rule has this byte. */
	found = file && getdelim(&text, &size, '\0', file) > 0 && strstr(text, command);
	if (file)
		fclose(file);
	free(text);
	return found;
}

int host_boot_remove(const char *address, char *name)
{
	char path[HOST_PATH];

	rule_name(address, name);
	if (host_path(path, "%s", name))
		return tool_error("%s: the path is too long", name);
	if (unlink(path) && errno != ENOENT)
		return tool_error("%s: %s", name, strerror(errno));
	return 0;
}
