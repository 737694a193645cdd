/* SPDX-License-Identifier: MIT */
/*
 * mgmt-addr-list-log: where a management agent can be reached (Base 2.1, section 5.1.12, log page
 * 18h).
 */
#include "commands.h"
#include "manage.h"

#include <string.h>

static const char *type_text(uint8_t mat)
{
	return mat == ZNVME_MGMT_ADDR_AGENT ? "NVM subsystem management agent"
					    : "fabric interface manager";
}

/* The descriptors in use, up to the one that ends the list. */
static void show_addresses(struct tool *tool, const struct znvme_mgmt_addr_log *log,
			   struct json_object *array)
{
	for (unsigned i = 0; i < TOOL_COUNT(log->mad); i++) {
		const struct znvme_mgmt_addr *address = &log->mad[i];
		char text[sizeof(address->madrs) + 1];

		if (address->mat == ZNVME_MGMT_ADDR_END)
			return;
		if (address->mat != ZNVME_MGMT_ADDR_AGENT && address->mat != ZNVME_MGMT_ADDR_FABRIC)
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)sizeof(address->madrs), address->madrs);
		if (array) {
			struct json_object *object = json_object_new_object();

			json_add_number(object, "mat", address->mat);
			json_add_string(object, "type", type_text(address->mat));
			json_add_string(object, "address", text);
			json_object_array_add(array, object);
		} else {
			fprintf(tool->out, "Descriptor %u: Type: %u (%s), Address: ", i,
				address->mat, type_text(address->mat));
			/* A terminal is not to obey it. */
			for (const char *c = text; *c; c++)
				fputc((unsigned char)*c < ' ' || *c == 0x7f ? '.' : *c, tool->out);
			fputc('\n', tool->out);
		}
	}
}

static int run_mgmt_addr(struct tool *tool, void *arg)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_MGMT_ADDR};
	struct json_object *array;
	struct znvme_mgmt_addr_log log;

	(void)arg;
	if (tool_open(tool) || manage_log(tool, &args, &log, sizeof(log)))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		array = json_object_new_array();
		show_addresses(tool, &log, array);
		json_object_object_add(tool->json, "descriptors", array);
	} else {
		show_addresses(tool, &log, NULL);
	}
	return 0;
}

const struct tool_command mgmt_addr_command = {
	.name = "mgmt-addr-list-log",
	.summary = "where management agents can be reached",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.example = "znvme mgmt-addr-list-log sim:with=mi",
	.run = run_mgmt_addr,
};
