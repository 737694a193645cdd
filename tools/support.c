/* SPDX-License-Identifier: MIT */
/* blocks.h: what commands share that are sent by znvme_io_exec(). */
#include "blocks.h"

#include <inttypes.h>
#include <string.h>

int blocks_send(struct tool *tool, const struct znvme_sqe *sqe, void *data, size_t len,
		uint64_t *result)
{
	int rc = znvme_io_exec(tool->ctrl, sqe, data, len, NULL, 0, result, tool->timeout_ms);

	return rc ? tool_fail(rc, tool->command->name) : 0;
}

int blocks_parse_list(const char *option, const char *text, uint64_t max, uint64_t *list,
		      unsigned room)
{
	int n = 0;

	while (text && *text) {
		size_t len = strcspn(text, ",");
		char item[32];

		if (n == (int)room) {
			tool_error("--%s: a command takes %u at most", option, room);
			return -1;
		}
		snprintf(item, sizeof(item), "%.*s", (int)len, text);
		if (len >= sizeof(item) || tool_parse_number(item, &list[n]) || list[n] > max) {
			tool_error("--%s: %s is no number from 0 to %" PRIu64 "%s", option, item,
				   max, tool_octal_hint(item));
			return -1;
		}
		n++;
		text += len;
		text += *text == ',';
	}
	return n;
}

void blocks_report(struct tool *tool, const char *unit, uint64_t amount, bool dry_run)
{
	const char *name = tool->command->name;

	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_object_object_add(tool->json, "command", json_object_new_string(name));
		json_object_object_add(tool->json, unit, json_object_new_uint64(amount));
		json_object_object_add(tool->json, "dry_run", json_object_new_boolean(dry_run));
		return;
	}
	fprintf(tool->out, "%s%s: %s, %" PRIu64 " %s\n", dry_run ? "dry run: " : "", name,
		dry_run ? "not done" : "Success", amount, unit);
}
