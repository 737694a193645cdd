/* SPDX-License-Identifier: MIT */
/*
 * Processes: who has a device node open, who runs the tool, and modprobe as a child. No shell is
 * involved anywhere.
 */
#include "host.h"
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Named in a message; the rest are counted. */
#define MAX_NAMED 4

static bool is_number(const char *text)
{
	while (isdigit((unsigned char)*text))
		text++;
	return !*text;
}

static const char *find_node(const char *const *nodes, unsigned nr, const char *target)
{
	for (unsigned i = 0; i < nr; i++)
		if (*nodes[i] && !strcmp(nodes[i], target))
			return nodes[i];
	return NULL;
}

/* Which of the nodes the process has open; NULL for none. -EACCES where it cannot be seen. */
static int find_open(const char *pid, const char *const *nodes, unsigned nr, const char **node)
{
	char path[HOST_PATH], target[HOST_PATH];
	struct host_names fds;
	int rc = host_list_dir(&fds, "/proc/%s/fd", pid);

	*node = NULL;
	for (unsigned i = 0; !*node && i < fds.nr; i++) {
		ssize_t len = -1;

		if (!host_path(path, "/proc/%s/fd/%s", pid, fds.name[i]))
			len = readlink(path, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		*node = find_node(nodes, nr, target);
	}
	host_names_free(&fds);
	return rc;
}

void host_find_holders(const char *const *nodes, unsigned nr, struct host_holders *holders)
{
	struct host_names pids;
	char name[HOST_NAME];
	const char *node;

	*holders = (struct host_holders){0};
	if (host_list_dir(&pids, "/proc"))
		holders->incomplete = true;
	for (unsigned i = 0; i < pids.nr; i++) {
		const char *pid = pids.name[i];

		if (!is_number(pid) || (host_is_real() && atol(pid) == getpid()))
			continue;
		if (find_open(pid, nodes, nr, &node) == -EACCES)
			holders->incomplete = true;
		if (!node || ++holders->nr > MAX_NAMED)
			continue;
		if (!holders->node) {
			holders->node = node;
			holders->pid = atol(pid);
		}
		host_read(name, sizeof(name), "/proc/%s/comm", pid);
		host_append(holders->text, sizeof(holders->text), "%sprocess %s (%s)",
			    holders->nr > 1 ? ", " : "", pid, *name ? name : "?");
	}
	if (holders->nr > MAX_NAMED)
		host_append(holders->text, sizeof(holders->text), " and %u more",
			    holders->nr - MAX_NAMED);
	host_names_free(&pids);
}

const char *host_user_name(void)
{
	const char *name = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	struct passwd *entry;

	if (name && *name)
		return name;
	entry = getpwuid(getuid());
	return entry ? entry->pw_name : "$USER";
}

static int wait_for_child(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int host_modprobe(const char *module)
{
	static const char *const places[] = {"/sbin/modprobe", "/usr/sbin/modprobe",
					     "/bin/modprobe", "/usr/bin/modprobe"};
	char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	char *argv[] = {"modprobe", "-q", "--", (char *)module, NULL};
	pid_t child;

	if (!host_is_real())
		return -EIO;
	for (unsigned i = 0; i < TOOL_COUNT(places); i++)
		if (posix_spawn(&child, places[i], NULL, NULL, argv, environment) == 0)
			return wait_for_child(child);
	return -ENOENT;
}

void host_hold_signals(sigset_t *before)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	sigset_t held;

	sigemptyset(&held);
	for (unsigned i = 0; i < TOOL_COUNT(signals); i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, before);
}

void host_release_signals(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

void host_nap(unsigned ms)
{
	const struct timespec nap = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

	nanosleep(&nap, NULL);
}
