/* SPDX-License-Identifier: MIT */
/*
 * znvme list: the NVMe functions of the machine, and for each whether znvme can have it or what
 * stands in the way. The devices themselves are left alone unless --open is given.
 */
#include "host.h"
#include "tool.h"

#include <string.h>

enum {
	COLUMN_ADDRESS,
	COLUMN_ID,
	COLUMN_DRIVER,
	COLUMN_GROUP,
	COLUMN_NUMA,
	COLUMN_MODEL,
	COLUMN_SERIAL,
	COLUMN_NAME,
	COLUMN_STATE,
	NR_COLUMNS
};

static const char *const titles[NR_COLUMNS] = {
	"ADDRESS", "ID", "DRIVER", "GROUP", "NUMA", "MODEL", "SERIAL", "NAME", "STATE",
};

struct row {
	char cell[NR_COLUMNS][HOST_TEXT];
};

struct list_args {
	bool open;
};

/* What stands first in the way; empty where nothing does. */
static int find_state(const struct host_device *dev, char *state)
{
	struct host_report report = {0};
	const struct host_step *step;
	int rc;

	host_check_device(&report, dev, false);
	step = host_report_failure(&report, 0);
	state[0] = '\0';
	if (step)
		host_append(state, HOST_TEXT, "%s%s",
			    strcmp(step->name, "in use") ? "" : "in use: ", step->detail);
	rc = report.failed ? tool_error("out of memory") : 0;
	host_report_free(&report);
	return rc;
}

/* Model and serial number from a device that is free for it. What fails is said in `state`. */
static void open_device(struct host_device *dev, char *state)
{
	const struct znvme_open_options options = {.flags = ZNVME_OPEN_NO_INTERRUPTS,
						   .nr_io_queues = 1};
	const struct znvme_id_ctrl *id;
	struct znvme_ctrl *ctrl;

	if (znvme_open(dev->address, &options, &ctrl)) {
		snprintf(state, HOST_TEXT, "%s", znvme_errmsg());
		return;
	}
	id = znvme_id_ctrl(ctrl);
	tool_text(dev->model, id->mn, sizeof(id->mn));
	tool_text(dev->serial, id->sn, sizeof(id->sn));
	znvme_close(ctrl);
}

static void put_number(char *cell, int number)
{
	if (number >= 0)
		snprintf(cell, HOST_TEXT, "%d", number);
}

static void fill_row(const struct host_device *dev, const char *state, struct row *row)
{
	memset(row, 0, sizeof(*row));
	snprintf(row->cell[COLUMN_ADDRESS], HOST_TEXT, "%s", dev->address);
	snprintf(row->cell[COLUMN_ID], HOST_TEXT, "%04x:%04x", dev->vendor, dev->device);
	snprintf(row->cell[COLUMN_DRIVER], HOST_TEXT, "%s", dev->driver);
	put_number(row->cell[COLUMN_GROUP], dev->group);
	put_number(row->cell[COLUMN_NUMA], dev->numa_node);
	snprintf(row->cell[COLUMN_MODEL], HOST_TEXT, "%s", dev->model);
	snprintf(row->cell[COLUMN_SERIAL], HOST_TEXT, "%s", dev->serial);
	host_pci_name(dev, row->cell[COLUMN_NAME], HOST_TEXT);
	snprintf(row->cell[COLUMN_STATE], HOST_TEXT, "%s", *state ? state : "ready for znvme");
}

static void add_string(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, *text ? json_object_new_string(text) : NULL);
}

static void add_number(struct json_object *object, const char *name, int number)
{
	json_object_object_add(object, name, number >= 0 ? json_object_new_int(number) : NULL);
}

static struct json_object *row_json(const struct host_device *dev, const struct row *row,
				    bool ready)
{
	struct json_object *object = json_object_new_object();

	add_string(object, "address", dev->address);
	json_object_object_add(object, "vendor", json_object_new_int(dev->vendor));
	json_object_object_add(object, "device", json_object_new_int(dev->device));
	add_string(object, "name", row->cell[COLUMN_NAME]);
	add_string(object, "driver", dev->driver);
	add_string(object, "kernel_name", dev->kernel_name);
	add_number(object, "iommu_group", dev->group);
	add_number(object, "numa_node", dev->numa_node);
	add_string(object, "model", dev->model);
	add_string(object, "serial", dev->serial);
	json_object_object_add(object, "ready", json_object_new_boolean(ready));
	add_string(object, "state", row->cell[COLUMN_STATE]);
	return object;
}

static void print_table(FILE *out, const struct row *rows, unsigned nr)
{
	size_t width[NR_COLUMNS];
	unsigned i, c;

	for (c = 0; c < NR_COLUMNS; c++) {
		width[c] = strlen(titles[c]);
		for (i = 0; i < nr; i++)
			if (strlen(rows[i].cell[c]) > width[c])
				width[c] = strlen(rows[i].cell[c]);
	}
	for (c = 0; c < NR_COLUMNS - 1; c++)
		fprintf(out, "%-*s  ", (int)width[c], titles[c]);
	fprintf(out, "%s\n", titles[c]);
	for (i = 0; i < nr; i++) {
		for (c = 0; c < NR_COLUMNS - 1; c++)
			fprintf(out, "%-*s  ", (int)width[c],
				*rows[i].cell[c] ? rows[i].cell[c] : "-");
		fprintf(out, "%s\n", rows[i].cell[c]);
	}
}

static int run_list(struct tool *tool, void *data)
{
	const struct list_args *args = data;
	tool_autofree struct host_device *devices = NULL;
	tool_autofree struct row *rows = NULL;
	char state[HOST_TEXT];
	unsigned nr, i;
	int rc;

	rc = host_all_devices(&devices, &nr);
	if (rc)
		return tool_error("/sys/bus/pci/devices: %s", strerror(-rc));
	rows = calloc(nr ? nr : 1, sizeof(*rows));
	if (!rows)
		return tool_error("out of memory");
	if (tool->format == TOOL_JSON)
		tool->json = json_object_new_array();
	for (i = 0; i < nr; i++) {
		if (find_state(&devices[i], state))
			return 1;
		if (args->open && !*state)
			open_device(&devices[i], state);
		fill_row(&devices[i], state, &rows[i]);
		if (tool->json)
			json_object_array_add(tool->json, row_json(&devices[i], &rows[i], !*state));
	}
	if (!nr)
		fprintf(tool->out, "no NVMe device found\n");
	else
		print_table(tool->out, rows, nr);
	return 0;
}

static const struct tool_option list_options[] = {
	{0, "open", NULL, TOOL_FLAG, offsetof(struct list_args, open),
	 "also open the devices that are ready, for model and serial number", 0, 0, 0},
	{0},
};

const struct tool_command host_list_command = {
	.name = "list",
	.summary = "list the NVMe devices of this machine, whatever driver they have",
	.group = TOOL_GROUP_HOST,
	.flags = TOOL_OUTPUT,
	.options = list_options,
	.args_size = sizeof(struct list_args),
	.details =
		"Model and serial number are known where the kernel's nvme driver has the device.\n"
		"STATE is \"ready for znvme\", or what stands in the way; `znvme doctor` has the\n"
		"command that mends it.\n",
	.example = "znvme list",
	.run = run_list,
};
