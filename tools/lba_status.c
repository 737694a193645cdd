/* SPDX-License-Identifier: MIT */
/* get-lba-status: which blocks are allocated, and which are lost (NVM 1.1, section 4.2.1). */
#include "blocks.h"
#include "commands.h"
#include "fields.h"

#include <inttypes.h>
#include <string.h>

#define LIST_MAX (64u << 20)

struct status_args {
	uint64_t start_lba;
	uint32_t max_dw;
	uint8_t action;
	uint16_t range_len;
	bool force;
};

#define STATUS(member) offsetof(struct status_args, member)

static const struct tool_option status_options[] = {
	TOOL_OPTION('s', "start-lba", "LBA", TOOL_U64, STATUS(start_lba), "first block"),
	TOOL_OPTION('m', "max-dw", "N", TOOL_U32, STATUS(max_dw),
		    "dwords to return, 0-based as in nvme-cli", .preset = 1023,
		    .max = LIST_MAX / 4 - 1),
	TOOL_OPTION('a', "action", "N", TOOL_U8, STATUS(action),
		    "0x10: look for lost blocks and list them, 0x11: list those that are known, 2: "
		    "list allocated blocks (required)"),
	TOOL_OPTION('l', "range-len", "N", TOOL_U16, STATUS(range_len),
		    "blocks to look at; 0: to the end of the namespace"),
	FORCE_OPTION(struct status_args),
	{0},
};

/* Why the list ends. */
static const char *const conditions[] = {
	"No indication of the completion condition",
	[ZNVME_LBA_STATUS_CMPC_INCOMPLETE] =
		"There are more descriptors than --max-dw has room for, "
		"or the scan is not complete",
	[ZNVME_LBA_STATUS_CMPC_COMPLETE] = "All of the range was looked at, and all descriptors "
					   "are here",
};

static const char *condition(uint8_t cmpc)
{
	return cmpc < TOOL_COUNT(conditions) && conditions[cmpc] ? conditions[cmpc] : "Reserved";
}

static void print_list(FILE *out, const struct znvme_lba_status_list *list, uint32_t nr)
{
	const struct znvme_lba_status_desc *desc = (const void *)(list + 1);

	fprintf(out, "Number of LBA Status Descriptors(NLSD): %" PRIu32 "\n", list->nlsd);
	fprintf(out, "Completion Condition(CMPC): %u\n\t%s\n", list->cmpc, condition(list->cmpc));
	for (uint32_t i = 0; i < nr; i++)
		fprintf(out, "{ DSLBA: 0x%016" PRIx64 ", NLB: 0x%08" PRIx32 ", Status: 0x%02x }\n",
			desc[i].dslba, desc[i].nlb, desc[i].status);
}

static void add_hex_text(struct json_object *object, const char *name, int digits, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%0*" PRIx64, digits, value);
	json_add_string(object, name, text);
}

static struct json_object *list_json(const struct znvme_lba_status_list *list, uint32_t nr)
{
	const struct znvme_lba_status_desc *desc = (const void *)(list + 1);
	struct json_object *root = json_object_new_object();

	json_add_number(root, "Number of LBA Status Descriptors (NLSD)", list->nlsd);
	json_add_number(root, "Completion Condition (CMPC)", list->cmpc);
	json_add_string(root, "cmpc-definition", condition(list->cmpc));
	for (uint32_t i = 0; i < nr; i++) {
		struct json_object *object = json_object_new_object();
		char name[24];

		add_hex_text(object, "DSLBA", 16, desc[i].dslba);
		add_hex_text(object, "NLB", 8, desc[i].nlb);
		add_hex_text(object, "status", 2, desc[i].status);
		snprintf(name, sizeof(name), "LSD entry %" PRIu32, i);
		json_object_object_add(root, name, object);
	}
	return root;
}

static int run_status(struct tool *tool, void *arg)
{
	const struct status_args *args = arg;
	size_t len = (args->max_dw + 1ull) * 4;
	tool_autofree struct znvme_lba_status_list *list = calloc(1, len + sizeof(*list));
	struct znvme_sqe sqe = {
		.opcode = ZNVME_ADM_GET_LBA_STATUS,
		.nsid = tool->nsid,
		.cdw10 = (uint32_t)args->start_lba,
		.cdw11 = (uint32_t)(args->start_lba >> 32),
		.cdw12 = args->max_dw,
		.cdw13 = args->range_len |
			 (uint32_t)znvme_field_put(ZNVME_LBA_STATUS_ATYPE, args->action),
	};
	uint64_t room = len < sizeof(*list)
				? 0
				: (len - sizeof(*list)) / sizeof(struct znvme_lba_status_desc);
	int rc;

	if (!tool_given(tool, "action"))
		return tool_error("get-lba-status: --action is missing: 0x10, 0x11 or 2");
	if (!list)
		return tool_error("out of memory");
	if (tool_open(tool) || manage_check(tool, &sqe, args->force))
		return 1;
	rc = znvme_admin(tool->ctrl, &sqe, list, len, NULL, tool->timeout_ms);
	if (rc)
		return tool_fail(rc, "get-lba-status");
	if (list->nlsd < room)
		room = list->nlsd;
	if (tool->format == TOOL_RAW)
		fwrite(list, 1, len, tool->out);
	else if (tool->format == TOOL_JSON)
		tool->json = list_json(list, (uint32_t)room);
	else
		print_list(tool->out, list, (uint32_t)room);
	return 0;
}

const struct tool_command get_lba_status_command = {
	.name = "get-lba-status",
	.summary = "which blocks are allocated, or lost",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT | TOOL_BINARY,
	.options = status_options,
	.args_size = sizeof(struct status_args),
	.example = "znvme get-lba-status sim: --action 2",
	.run = run_status,
};
