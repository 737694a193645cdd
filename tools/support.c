/* SPDX-License-Identifier: MIT */
/* blocks.h: what commands share that are sent by znvme_io_exec(). */
#include "blocks.h"

#include <inttypes.h>
#include <string.h>

/* Optional commands by the field of Identify Controller that says whether they are there. */
static const struct support_row {
	bool admin;
	uint8_t opcode;
	uint32_t mask;
	uint8_t size; /* of the field */
	uint16_t offset;
	const char *field;
} support_rows[] = {
#define SUPPORT(is_admin, code, bit, member, name)                                                 \
	{                                                                                          \
		is_admin, code, bit, sizeof(((struct znvme_id_ctrl *)0)->member),                  \
			offsetof(struct znvme_id_ctrl, member), name                               \
	}
#define ONCS(code, bit) SUPPORT(false, ZNVME_CMD_##code, ZNVME_CTRL_ONCS_##bit, oncs, "ONCS")
#define OACS(code, bit) SUPPORT(true, ZNVME_ADM_##code, ZNVME_CTRL_OACS_##bit, oacs, "OACS")
#define CTRATT(code, bit)                                                                          \
	SUPPORT(false, ZNVME_CMD_##code, ZNVME_CTRL_CTRATT_##bit, ctratt, "CTRATT")
	ONCS(COMPARE, COMPARE),
	ONCS(WRITE_UNCORRECTABLE, WRITE_UNCORRECTABLE),
	ONCS(DSM, DSM),
	ONCS(WRITE_ZEROES, WRITE_ZEROES),
	ONCS(VERIFY, VERIFY),
	ONCS(COPY, COPY),
	ONCS(RESV_REGISTER, RESERVATIONS),
	ONCS(RESV_ACQUIRE, RESERVATIONS),
	ONCS(RESV_RELEASE, RESERVATIONS),
	ONCS(RESV_REPORT, RESERVATIONS),
	OACS(GET_LBA_STATUS, LBA_STATUS),
	OACS(DIRECTIVE_SEND, DIRECTIVES),
	OACS(DIRECTIVE_RECV, DIRECTIVES),
	CTRATT(IO_MGMT_SEND, FDPS),
	CTRATT(IO_MGMT_RECV, FDPS),
};

int blocks_supported(struct tool *tool, bool admin, uint8_t opcode, bool force)
{
	const char *id = (const char *)znvme_id_ctrl(tool->ctrl);

	for (unsigned i = 0; i < TOOL_COUNT(support_rows); i++) {
		const struct support_row *row = &support_rows[i];
		uint32_t value = 0;

		if (row->admin != admin || row->opcode != opcode)
			continue;
		memcpy(&value, id + row->offset, row->size);
		if (value & row->mask || force)
			return 0;
		return tool_error("the controller does not support %s: bit %d of %s is 0; --force "
				  "sends it all the same",
				  znvme_opcode_name(admin, opcode), __builtin_ctz(row->mask),
				  row->field);
	}
	return 0;
}

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
			tool_error("--%s: %s is no number from 0 to %" PRIu64, option, item, max);
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
