/* SPDX-License-Identifier: MIT */
/*
 * dispersed-ns-participating-nss-log: the NVM subsystems that share a namespace (Base 2.1, sections
 * 5.1.12.1.23 and 8.1.9).
 */
#include "commands.h"
#include "manage.h"

#include <inttypes.h>
#include <string.h>

#define NAMES_MAX 1024u /* that are believed of a namespace */

static void show_names(struct tool *tool, const struct znvme_dispersed_ns_log *log,
		       const char *names)
{
	char key[40], text[ZNVME_NQN_SIZE + 1];

	for (unsigned i = 0; i < log->numpsub; i++) {
		const char *name = names + i * ZNVME_NQN_SIZE;

		snprintf(key, sizeof(key), "participating_nss %u", i);
		tool_text(text, name, strnlen(name, ZNVME_NQN_SIZE));
		if (tool->json)
			json_add_string(tool->json, key, text);
		else
			fprintf(tool->out, "%s: %s\n", key, text);
	}
}

static int run_dispersed(struct tool *tool, void *arg)
{
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_DISPERSED_NS, .nsid = tool->nsid};
	struct znvme_dispersed_ns_log log;
	tool_autofree char *names = NULL;
	size_t len;

	(void)arg;
	if (tool_open(tool) || manage_log(tool, &args, &log, sizeof(log)))
		return 1;
	if (log.numpsub > NAMES_MAX)
		return tool_error("%s: the log has %" PRIu64 " NVM subsystems: that cannot be",
				  tool->command->name, log.numpsub);
	len = log.numpsub * ZNVME_NQN_SIZE;
	names = calloc(1, len + 1);
	if (!names)
		return tool_error("out of memory");
	args.offset = sizeof(log);
	if (len && manage_log(tool, &args, names, len))
		return 1;
	if (tool->format == TOOL_RAW) {
		fwrite(&log, sizeof(log), 1, tool->out);
		fwrite(names, 1, len, tool->out);
		return 0;
	}
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "genctr", log.genctr);
		json_add_number(tool->json, "numpsub", log.numpsub);
	} else {
		fprintf(tool->out, "genctr: %" PRIu64 "\nnumpsub: %" PRIu64 "\n", log.genctr,
			log.numpsub);
	}
	show_names(tool, &log, names);
	return 0;
}

const struct tool_command dispersed_command = {
	.name = "dispersed-ns-participating-nss-log",
	.summary = "which NVM subsystems share a namespace",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY,
	.example = "znvme dispersed-ns-participating-nss-log sim:with=dispersed --namespace-id 1",
	.run = run_dispersed,
};
