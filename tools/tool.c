/* SPDX-License-Identifier: MIT */
/*
 * What every command needs: error messages, signals, the device, whole files as input, text from a
 * device. Options and help are in options.c, files as output in outfile.c.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int tool_error(const char *format, ...)
{
	va_list ap;

	fputs("znvme: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

int tool_fail(int rc, const char *what)
{
	const char *message;

	if (rc > 0) {
		fprintf(stderr, "NVMe status: %s(%#x)\n", znvme_strerror(rc), (unsigned)rc);
		return 1;
	}
	message = znvme_errmsg();
	if (!*message)
		message = znvme_strerror(rc);
	return what ? tool_error("%s: %s", what, message) : tool_error("%s", message);
}

volatile sig_atomic_t tool_stop;

static void on_signal(int signal_number)
{
	(void)signal_number;
	tool_stop = 1;
}

void tool_catch_signals(void)
{
	const struct sigaction action = {.sa_handler = on_signal}; /* calls are not restarted */

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static void log_to_stderr(void *arg, enum znvme_log_level level, const char *message)
{
	const struct tool *tool = arg;

	if (tool->verbose || level <= (tool->quiet ? ZNVME_LEVEL_ERROR : ZNVME_LEVEL_WARNING))
		fprintf(stderr, "znvme: %s\n", message);
}

int tool_open_with(struct tool *tool, unsigned flags)
{
	const struct znvme_open_options options = {
		.flags = flags,
		.admin_timeout_ms = tool->timeout_ms,
		.io_timeout_ms = tool->timeout_ms,
		.log = log_to_stderr,
		.log_arg = tool,
	};
	int rc = znvme_open(tool->address, &options, &tool->ctrl);

	return rc ? tool_fail(rc, NULL) : 0; /* the message names the device */
}

int tool_open(struct tool *tool)
{
	return tool_open_with(tool, 0);
}

int tool_open_ns(struct tool *tool, const struct znvme_ns **ns)
{
	int rc = tool_open(tool);

	if (rc)
		return rc;
	rc = znvme_ns_get(tool->ctrl, tool->nsid, ns);
	if (rc == -ENOENT)
		return tool_error("%s has no namespace %u; `znvme list-ns` shows those it has",
				  tool->address, tool->nsid);
	if (!rc && !(*ns)->max_nlb)
		return tool_error(
			"namespace %u has keys and values, and no blocks: `znvme kv list` "
			"and others are for it",
			tool->nsid);
	return rc ? tool_fail(rc, tool->address) : 0;
}

bool tool_lets_go(struct tool *tool)
{
	struct znvme_event event;

	/* Not for ever: a controller may have the next event whenever one is fetched. */
	for (int i = 0; i < 32 && !tool->let_go && !tool_stop; i++) {
		if (znvme_next_event(tool->ctrl, &event) <= 0)
			break;
		if (event.kind != ZNVME_EVENT_DEVICE_REQUEST)
			continue;
		tool->let_go = true;
		tool_error("%s is let go: the run ends here", tool->address);
	}
	return tool->let_go;
}

static bool is_standard(const char *path)
{
	return !path || !strcmp(path, "-");
}

int tool_read_file(const char *path, size_t max, void **data, size_t *got)
{
	const char *name = is_standard(path) ? "standard input" : path;
	int fd = is_standard(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0, room = 0;
	char *bytes = NULL;
	ssize_t n = 1;

	if (fd < 0)
		return tool_error("%s: %s", name, strerror(errno));
	while (len < max && n != 0) {
		if (len == room) {
			size_t more = room ? room * 2 : 65536;
			char *grown = realloc(bytes, more < max ? more : max);

			if (!grown) {
				tool_error("%s: out of memory after %zu bytes", name, len);
				goto fail;
			}
			bytes = grown;
			room = more < max ? more : max;
		}
		n = read(fd, bytes + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			tool_error("%s: %s", name, strerror(errno));
			goto fail;
		}
		len += (size_t)n;
	}
	if (fd != STDIN_FILENO)
		close(fd);
	*data = bytes;
	*got = len;
	return 0;
fail:
	free(bytes);
	if (fd != STDIN_FILENO)
		close(fd);
	return 1;
}

int tool_write_all(int fd, const void *data, size_t len)
{
	const char *bytes = data;

	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR && !tool_stop)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

void tool_text(char *text, const void *bytes, size_t len)
{
	const unsigned char *from = bytes;
	size_t i;

	while (len && (from[len - 1] == ' ' || from[len - 1] == '\0'))
		len--;
	for (i = 0; i < len; i++)
		text[i] = from[i] >= 0x20 && from[i] < 0x7f ? (char)from[i] : '?';
	text[len] = '\0';
}

uint64_t tool_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void tool_show_latency(struct tool *tool, FILE *out, const char *what, uint64_t us)
{
	if (tool->json)
		json_object_object_add(tool->json, "latency_us", json_object_new_uint64(us));
	else
		fprintf(out, " latency: %s: %" PRIu64 " us\n", what, us);
}
