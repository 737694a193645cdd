/* SPDX-License-Identifier: MIT */
/*
 * persistent-event-log (Base 2.1, section 5.1.12.1.14). Lengths in it are the device's: nothing is
 * believed beyond what was read.
 */
#include "commands.h"
#include "logs.h"
#include "manage.h"
#include "pevent.h"

#include <inttypes.h>
#include <string.h>

struct pevent_args {
	uint8_t action;
	uint32_t log_len;
};

#define AT(member) offsetof(struct pevent_args, member)

static const struct tool_option pevent_options[] = {
	TOOL_OPTION('a', "action", "N", TOOL_U8, AT(action),
		    "0 or 1 read the log in a context of its own, 2 release the context that is "
		    "left over, 3 read the header alone",
		    .max = 3),
	TOOL_OPTION('l', "log-len", "BYTES", TOOL_U32, AT(log_len), "bytes to read (default: all)",
		    .min = 512),
	{0},
};

#undef AT

#define HEAD(label, member, how, ...)                                                              \
	FIELD_AS(label, znvme_persistent_event_log, member, how, __VA_ARGS__)

static const struct field header_fields[] = {
	HEAD("Log Identifier", lid, DEC, .json = "log_id"),
	HEAD("Total Number of Events", tnev, DEC, .json = "total_num_of_events"),
	HEAD("Total Log Length", tll, DEC, .json = "total_log_len"),
	HEAD("Log Revision", rv, DEC, .json = "log_revision"),
	HEAD("Log Header Length", lhl, DEC, .json = "log_header_len"),
	HEAD("Timestamp", ts.timestamp, DEC, .json = "timestamp"),
	HEAD("Timestamp Attributes", ts.attr, HEX, .json = "timestamp_attr"),
	HEAD("Power On Hours (POH)", poh, DEC, .json = "power_on_hours"),
	HEAD("Power Cycle Count", pcc, DEC, .json = "power_cycle_count"),
	HEAD("PCI Vendor ID (VID)", vid, DEC, .json = "pci_vid"),
	HEAD("PCI Subsystem Vendor ID (SSVID)", ssvid, DEC, .json = "pci_ssvid"),
	HEAD("Serial Number (SN)", sn, TEXT, .json = "sn"),
	HEAD("Model Number (MN)", mn, TEXT, .json = "mn"),
	HEAD("NVM Subsystem NVMe Qualified Name (SUBNQN)", subnqn, TEXT, .json = "subnqn"),
	HEAD("Generation Number", gen_number, DEC, .json = "gen_number"),
	HEAD("Reporting Context Information (RCI)", rci, DEC, .json = "rci"),
	{0},
};

#define EVENT(label, member, how, ...)                                                             \
	FIELD_AS(label, znvme_persistent_event, member, how, __VA_ARGS__)

static const struct field event_fields[] = {
	EVENT("Event Type Revision", etype_rev, DEC, .json = "event_type_rev"),
	EVENT("Event Header Length", ehl, DEC, .json = "event_header_len"),
	EVENT("Event Header Additional Info", ehai, DEC, .json = "event_header_additional_info"),
	EVENT("Controller Identifier", cntlid, DEC, .json = "ctrl_id"),
	EVENT("Event Timestamp", ets.timestamp, DEC, .json = "event_time_stamp"),
	EVENT("Event Timestamp Attributes", ets.attr, HEX, .json = "event_time_stamp_attr"),
	EVENT("Port Identifier", pelpid, DEC, .json = "port_id"),
	EVENT("Vendor Specific Information Length", vsil, DEC, .json = "vu_info_len"),
	EVENT("Event Length", el, DEC, .json = "event_len"),
	{0},
};

/* As nvme-cli names it: "Set Feature Event(0xb)". */
static void event_text(char *text, size_t size, uint8_t type)
{
	const char *name = pevent_name(type);

	snprintf(text, size, "%s Event(%#x)", name ? name : "Reserved", type);
}

/* `data` is the event's, behind what is the vendor's. */
static void show_event(struct tool *tool, struct json_object *list, unsigned number,
		       const struct znvme_persistent_event *event, const unsigned char *data,
		       size_t len)
{
	struct json_object *entry = json_add_entry(list);
	char type[64];

	event_text(type, sizeof(type), event->etype);
	if (entry) {
		json_add_number(entry, "event_number", number);
		json_add_string(entry, "event_type", type);
		fields_json(entry, event_fields, event);
		pevent_json(entry, event->etype, data, len);
		json_add_hex(entry, "event_data", data, len);
		return;
	}
	fprintf(tool->out, "\nEvent Number: %u\nEvent Type: %s\n", number, type);
	fields_print(tool->out, event_fields, 0, event, false);
	if (len)
		pevent_print(tool->out, event->etype, data, len);
}

/* Events as far as they lie in what was read. */
static void show_events(struct tool *tool, struct json_object *list, const unsigned char *log,
			size_t len, uint32_t nr)
{
	size_t at = sizeof(struct znvme_persistent_event_log);

	for (uint32_t i = 0; i < nr && at + sizeof(struct znvme_persistent_event) <= len; i++) {
		struct znvme_persistent_event event;
		size_t start, size, vendor;

		memcpy(&event, log + at, sizeof(event));
		start = at + event.ehl + 3u;
		size = event.el;
		if (event.ehl + 3u < sizeof(event) || start > len)
			break;
		if (size > len - start)
			size = len - start;
		vendor = event.vsil < size ? event.vsil : size;
		show_event(tool, list, i, &event, log + start + vendor, size - vendor);
		at = start + event.el;
	}
}

/* The events that there can be: a line, or a field, each. */
static void show_supported(struct tool *tool, const uint8_t seb[32])
{
	char type[64], key[24];

	if (!tool->json)
		fputs("Supported Events Bitmap:\n", tool->out);
	for (unsigned i = 0; i < 256; i++) {
		if (!(seb[i / 8] & 1u << i % 8))
			continue;
		event_text(type, sizeof(type), (uint8_t)i);
		if (tool->json) {
			char text[80];

			snprintf(key, sizeof(key), "bitmap_%x", i);
			snprintf(text, sizeof(text), "Support %s", type);
			json_add_string(tool->json, key, text);
		} else {
			fprintf(tool->out, "\tSupport %s\n", type);
		}
	}
}

static int show_log(struct tool *tool, const unsigned char *log, size_t len)
{
	struct znvme_persistent_event_log header;
	struct json_object *list = NULL;

	memcpy(&header, log, sizeof(header));
	if (tool->format == TOOL_RAW) {
		fwrite(log, 1, len, tool->out);
		return 0;
	}
	if (tool->format == TOOL_NORMAL)
		fprintf(tool->out, "Persistent Event Log for device: %s\n", tool->address);
	manage_show(tool, header_fields, 0, &header, sizeof(header), NULL);
	show_supported(tool, header.seb);
	list = json_add_list(tool->json, "list_of_event_entries");
	show_events(tool, list, log, len, header.tnev);
	return 0;
}

/* One Get Log Page with an action of its own. */
static int one_action(struct tool *tool, uint8_t action)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_PERSISTENT_EVENT, .lsp = action};
	unsigned char header[sizeof(struct znvme_persistent_event_log)];

	if (manage_log(tool, &args, header, sizeof(header)))
		return 1;
	if (action != ZNVME_PEL_RELEASE)
		return show_log(tool, header, sizeof(header));
	manage_say(tool, "released", 1, "Persistent Event Log: the context was released");
	return 0;
}

static int run_pevent(struct tool *tool, void *arg)
{
	const struct pevent_args *args = arg;
	tool_autofree void *log = NULL;
	size_t len;
	int rc;

	if (tool_open(tool))
		return 1;
	if (!(znvme_id_ctrl(tool->ctrl)->lpa & ZNVME_CTRL_LPA_PERSISTENT_EVENT))
		return tool_error("%s has no persistent event log (LPA bit 4)", tool->address);
	if (args->action >= ZNVME_PEL_RELEASE)
		return one_action(tool, args->action);
	rc = znvme_persistent_events(tool->ctrl, args->log_len, &log, &len);
	return rc ? tool_fail(rc, "persistent event log") : show_log(tool, log, len);
}

const struct tool_command pevent_command = {
	.name = "persistent-event-log",
	.summary = "what has happened to the device in its life",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY,
	.options = pevent_options,
	.args_size = sizeof(struct pevent_args),
	.example = "znvme persistent-event-log sim: --action 1",
	.run = run_pevent,
};
