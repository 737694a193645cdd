/* SPDX-License-Identifier: MIT */
/*
 * phy-rx-eom-log: the eye opening of the receivers of a PCIe port (PCIe Transport, section
 * 3.9.1.1).
 */
#include "commands.h"
#include "manage.h"

#include <errno.h>

struct eom_args {
	uint8_t lsp;
	uint16_t controller;
	uint32_t timeout;
	bool wait;
};

#define AT(member) offsetof(struct eom_args, member)

static const struct tool_option eom_options[] = {
	TOOL_OPTION('s', "lsp", "N", TOOL_U8, AT(lsp),
		    "0 read, 4 start (5: better, 6: best quality), 8 abort and clear", .max = 127),
	TOOL_OPTION('c', "controller", "ID", TOOL_U16, AT(controller),
		    "the controller whose port it is"),
	TOOL_OPTION('w', "wait", NULL, TOOL_FLAG, AT(wait),
		    "wait for the end of the measurement that is started"),
	TOOL_OPTION(0, "wait-timeout", "MS", TOOL_U32, AT(timeout),
		    "wait that long (default: to its end)", .min = 1),
	{0},
};

#undef AT

static void progress_name(FILE *out, uint64_t eomip)
{
	static const char *const names[] = {"Not Started", "In Progress", "Completed"};

	fputs(eomip < TOOL_COUNT(names) ? names[eomip] : "Unknown", out);
}

static const struct field_bits progress_bits[] = {
	BITS(0xff, "EOM In Progress", .explain = progress_name),
	{0},
};

static const char *const present[] = {"Not Present", "Present"};

static const struct field_bits optional_bits[] = {
	BITS(ZNVME_EOM_ODP_DATA, "Eye Data Field", BITS_VALUES(present)),
	BITS(ZNVME_EOM_ODP_PRINTABLE, "Printable Eye Field", BITS_VALUES(present)),
	{0},
};

#define HEADER(label, member, ...)                                                                 \
	FIELD_AS(label, znvme_eom_log, member, DEC, .json = #member, __VA_ARGS__)

static const struct field header_fields[] = {
	HEADER("Log ID", lid),
	HEADER("EOM In Progress", eomip, .bits = progress_bits),
	HEADER("Header Size", hsize),
	HEADER("Result Size", rsize),
	HEADER("EOM Data Generation Number", eomdgn),
	HEADER("Log Revision", lr),
	HEADER("Optional Data Present", odp, .bits = optional_bits),
	HEADER("Lanes", lanes),
	HEADER("Eyes Per Lane", epl),
	HEADER("Log Specific Parameter Field Copy", lspfc),
	HEADER("Link Information", li),
	HEADER("Log Specific Identifier Copy", lsic),
	HEADER("Descriptor Size", dsize),
	HEADER("Number of Descriptors", nd),
	HEADER("Maximum Top Bottom", maxtb),
	HEADER("Maximum Left Right", maxlr),
	HEADER("Estimated Time for Good Quality", etgood, .unit = "seconds"),
	HEADER("Estimated Time for Better Quality", etbetter, .unit = "seconds"),
	HEADER("Estimated Time for Best Quality", etbest, .unit = "seconds"),
	{0},
};

#define LANE(label, member) FIELD_AS(label, znvme_eom_lane_desc, member, DEC, .json = #member)

static const struct field lane_fields[] = {
	LANE("Lane", lane),
	LANE("Eye", eye),
	LANE("Top", top),
	LANE("Bottom", bottom),
	LANE("Left", left),
	LANE("Right", right),
	LANE("Number of Rows", nrows),
	LANE("Number of Columns", ncols),
	LANE("Eye Data Length", edlen),
	{0},
};

/* A row of the printable eye. */
static void row_text(char *text, const struct znvme_eom_eye *eye, unsigned row)
{
	tool_text(text, eye->printable + (size_t)row * eye->desc.ncols, eye->desc.ncols);
}

static void print_eye(FILE *out, const struct znvme_eom_eye *eye, char *text)
{
	bool good = eye->desc.mstatus & ZNVME_EOM_MSTATUS_SUCCESSFUL;

	fprintf(out, "\n%-17s : %s\n", "Measurement Status",
		good ? "Successful" : "Not Successful");
	fields_print(out, lane_fields, 18, &eye->desc, false);
	if (eye->desc.nrows)
		fputs("Printable Eye:\n", out);
	for (unsigned row = 0; row < eye->desc.nrows; row++) {
		row_text(text, eye, row);
		fprintf(out, "%s\n", text);
	}
	if (eye->desc.edlen) {
		fputs("Eye Data:\n", out);
		hex_dump(out, eye->data, eye->desc.edlen);
	}
}

/* The vendor's data, as nvme-cli has them: "00 1F". */
static void add_data(struct json_object *object, const struct znvme_eom_eye *eye)
{
	tool_autofree char *digits = malloc(3 * (size_t)eye->desc.edlen + 1);

	if (!digits || !eye->desc.edlen)
		return;
	for (size_t i = 0; i < eye->desc.edlen; i++)
		sprintf(digits + 3 * i, "%02X ", eye->data[i]);
	digits[3 * (size_t)eye->desc.edlen - 1] = '\0';
	json_add_string(object, "vsdata_hex", digits);
}

static struct json_object *eye_json(const struct znvme_eom_eye *eye, char *text)
{
	struct json_object *object = json_object_new_object();
	struct json_object *rows = json_object_new_array();

	json_add_number(object, "lid", eye->desc.mstatus); /* nvme-cli's name for it */
	json_add_number(object, "mstatus", eye->desc.mstatus);
	fields_json(object, lane_fields, &eye->desc);
	for (unsigned row = 0; row < eye->desc.nrows; row++) {
		row_text(text, eye, row);
		json_object_array_add(rows, json_object_new_string(text));
	}
	json_object_object_add(object, "printable_eye", rows);
	add_data(object, eye);
	return object;
}

static int show_eyes(struct tool *tool, const void *log, size_t len)
{
	struct json_object *list = tool->json ? json_object_new_array() : NULL;
	char *text = malloc(UINT16_MAX + 1);
	struct znvme_eom_eye eye;
	int rc = text ? 0 : -ENOMEM;

	if (list)
		json_object_object_add(tool->json, "descs", list);
	for (unsigned i = 0; !rc; i++) {
		rc = znvme_eom_eye(log, len, i, &eye);
		if (!rc && list)
			json_object_array_add(list, eye_json(&eye, text));
		else if (!rc)
			print_eye(tool->out, &eye, text);
	}
	free(text);
	if (rc == -EPROTO)
		return tool_error("%s: an eye is not within its descriptor", tool->command->name);
	return rc == -ENOENT ? 0 : tool_error("out of memory");
}

static int show_log(struct tool *tool, const void *log, size_t len, uint16_t controller)
{
	char heading[96];

	snprintf(heading, sizeof(heading),
		 "Physical Interface Receiver Eye Opening Measurement Log for controller ID: %u",
		 controller);
	manage_show(tool, header_fields, 33, log, len, heading);
	return tool->format == TOOL_RAW ? 0 : show_eyes(tool, log, len);
}

static int measure(struct tool *tool, const struct eom_args *args)
{
	struct manage_wait wait;
	int rc;

	manage_wait_start(&wait);
	rc = znvme_eom_measure(
		tool->ctrl, args->controller,
		(enum znvme_eom_quality)znvme_field_get(ZNVME_EOM_LSP_MQUAL, args->lsp),
		args->timeout, manage_waiting, &wait);
	manage_wait_end(&wait);
	return rc ? tool_fail(rc, tool->command->name) : 0;
}

static int run_eom(struct tool *tool, void *arg)
{
	const struct eom_args *args = arg;
	const struct znvme_get_log_args action = {
		.lid = ZNVME_LOG_PHY_RX_EOM, .lsp = args->lsp, .lsi = args->controller};
	uint64_t act = znvme_field_get(ZNVME_EOM_LSP_ACT, args->lsp);
	tool_autofree void *log = NULL;
	struct znvme_eom_log header;
	size_t len;
	int rc;

	if (args->wait && act != ZNVME_EOM_START)
		return tool_error("phy-rx-eom-log: --wait goes with --lsp 4, 5 or 6");
	if (tool_open(tool))
		return 1;
	if (args->wait ? measure(tool, args)
		       : act && manage_log(tool, &action, &header, sizeof(header)))
		return 1;
	rc = znvme_eom_read(tool->ctrl, args->controller, &log, &len);
	return rc ? tool_fail(rc, tool->command->name) : show_log(tool, log, len, args->controller);
}

const struct tool_command eom_command = {
	.name = "phy-rx-eom-log",
	.summary = "the eyes of the receivers of the PCIe port",
	.group = TOOL_GROUP_LOG,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = eom_options,
	.args_size = sizeof(struct eom_args),
	.details = "A reset of the controller, as when the tool opens it, aborts a measurement and "
		   "clears\nthe log page: say --wait.\n",
	.example = "znvme phy-rx-eom-log sim:with=eom --lsp 6 --wait",
	.run = run_eom,
};
