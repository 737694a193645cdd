/* SPDX-License-Identifier: MIT */
/* What commands that manage a device have in common (manage.h). */
#include "manage.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

int tool_confirm(const struct tool *tool, bool force, const char *format, ...)
{
	char answer[16] = "";
	char what[512];
	va_list ap;

	if (force)
		return 0;
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	if (tool_given(tool, "dry-run") || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return tool_error("%s: say --force if that is meant", what);
	fprintf(stderr, "znvme: %s.\nGo on? Type yes: ", what);
	if (fgets(answer, sizeof(answer), stdin) && !strcmp(answer, "yes\n"))
		return 0;
	return tool_error("nothing was done");
}

/* By the library's sentence on what there is not. */
static int refuse(const struct tool *tool)
{
	return tool_error("%s: %s; --force sends it all the same", tool->address, znvme_errmsg());
}

int manage_check(struct tool *tool, const struct znvme_sqe *cmd, bool force)
{
	return !force && znvme_admin_check(tool->ctrl, cmd) ? refuse(tool) : 0;
}

int manage_check_io(struct tool *tool, const struct znvme_sqe *cmd, bool force)
{
	return !force && znvme_io_check(tool->ctrl, cmd) ? refuse(tool) : 0;
}

int manage_exec(struct tool *tool, const struct znvme_sqe *cmd, void *data, size_t len,
		uint64_t *result, bool force)
{
	int rc;

	if (manage_check(tool, cmd, force))
		return -EOPNOTSUPP;
	rc = znvme_admin(tool->ctrl, cmd, data, len, result, 0);
	if (rc)
		tool_fail(rc, tool->command->name);
	return rc;
}

void manage_wait_start(struct manage_wait *wait)
{
	tool_catch_signals();
	progress_start(&wait->progress, 0);
}

bool manage_waiting(void *arg, uint64_t done, uint64_t total)
{
	struct manage_wait *wait = arg;

	progress_part(&wait->progress, done, total);
	return !tool_stop;
}

void manage_wait_end(struct manage_wait *wait)
{
	progress_end(&wait->progress);
}

int manage_log(struct tool *tool, const struct znvme_get_log_args *args, void *data, size_t len)
{
	const char *name = znvme_log_name(args->lid);
	int rc = znvme_get_log(tool->ctrl, args, data, len);

	return rc ? tool_fail(rc, name ? name : tool->command->name) : 0;
}

void manage_show(struct tool *tool, const struct field *fields, int width, const void *data,
		 size_t len, const char *heading)
{
	if (tool->format == TOOL_RAW) {
		fwrite(data, len, 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, fields, data);
	} else {
		if (heading)
			fprintf(tool->out, "%s\n", heading);
		fields_print(tool->out, fields, width, data, tool->human);
	}
}

void manage_say(struct tool *tool, const char *name, uint64_t value, const char *format, ...)
{
	va_list ap;

	if (tool->format == TOOL_JSON) {
		if (!tool->json)
			tool->json = json_object_new_object();
		json_add_number(tool->json, name, value);
		return;
	}
	va_start(ap, format);
	vfprintf(tool->out, format, ap);
	va_end(ap);
	fputc('\n', tool->out);
}

void manage_show_data(struct tool *tool, const void *data, size_t len, uint32_t result)
{
	if (tool->format == TOOL_RAW) {
		fwrite(data, 1, len, tool->out);
		return;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "result", result);
		json_add_number(tool->json, "length", len);
		json_add_hex(tool->json, "data", data, len);
		return;
	}
	fprintf(tool->out, "%s: Success:%#x\n", tool->command->name, result);
	if (len)
		hex_dump(tool->out, data, len);
}

int manage_read_data(const char *path, uint32_t max, void **data, size_t *len)
{
	void *bytes = NULL;
	size_t padded;

	if (tool_read_file(path, max ? max : MANAGE_DATA_MAX, &bytes, len))
		return 1;
	padded = (*len + 3) & ~(size_t)3;
	*data = calloc(1, padded ? padded : 4);
	if (*data && *len)
		memcpy(*data, bytes, *len);
	free(bytes);
	return *data ? 0 : tool_error("out of memory");
}

int manage_parse_list(const char *what, const char *text, uint16_t *list, int max)
{
	int nr = 0;

	while (*text) {
		size_t len = strcspn(text, ",");
		char item[16];
		uint64_t value;

		if (len == 0 || len >= sizeof(item) || nr == max)
			return tool_error("--%s %s: not a list of up to %d numbers", what, text,
					  max),
			       -1;
		memcpy(item, text, len);
		item[len] = '\0';
		if (tool_parse_number(item, &value) || value > UINT16_MAX)
			return tool_error("--%s: %s is not a number up to 65535%s", what, item,
					  tool_octal_hint(item)),
			       -1;
		list[nr++] = (uint16_t)value;
		text += len + (text[len] == ',');
	}
	return nr;
}
