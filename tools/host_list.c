/* SPDX-License-Identifier: MIT */
/*
 * znvme list: the NVMe functions of the machine, and for each whether znvme can have it or what
 * stands in the way. The devices themselves are left alone unless --open is given.
 */
#include "host.h"
#include "progress.h"
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
	COLUMN_FIRMWARE, /* these three with --verbose */
	COLUMN_SUBSYSTEM,
	COLUMN_NAMESPACES,
	COLUMN_STATE,
	NR_COLUMNS
};

static const char *const titles[NR_COLUMNS] = {
	"ADDRESS", "ID",   "DRIVER",   "GROUP",	    "NUMA",	  "MODEL",
	"SERIAL",  "NAME", "FIRMWARE", "SUBSYSTEM", "NAMESPACES", "STATE",
};

struct row {
	char cell[NR_COLUMNS][HOST_TEXT];
};

struct list_args {
	bool open, verbose;
};

/* A device's namespaces: "1 (1.0 GB, 512 B)", and the same for JSON. */
struct namespaces {
	char text[HOST_TEXT];
	struct json_object *list;
};

static bool is_shown(unsigned column, bool verbose)
{
	return verbose || column < COLUMN_FIRMWARE || column > COLUMN_NAMESPACES;
}

static void add_namespace(struct namespaces *all, uint32_t nsid, uint64_t bytes, uint32_t block,
			  uint32_t metadata)
{
	struct json_object *entry = json_object_new_object();
	char size[16];

	progress_bytes_text(size, (double)bytes);
	host_append(all->text, sizeof(all->text), "%s%u (%s, %u B + %u B)", *all->text ? ", " : "",
		    nsid, size, block, metadata);
	json_object_object_add(entry, "nsid", json_object_new_uint64(nsid));
	json_object_object_add(entry, "physical_size", json_object_new_uint64(bytes));
	json_object_object_add(entry, "sector_size", json_object_new_uint64(block));
	json_object_object_add(entry, "metadata_size", json_object_new_uint64(metadata));
	json_object_array_add(all->list, entry);
}

/* Those that are disks of the kernel's. sysfs has their sizes in units of 512 bytes. */
static void add_disks(const struct host_device *dev, struct namespaces *all)
{
	long long nsid, sectors, block, metadata;
	struct host_names disks;

	host_list_disks(dev, &disks);
	for (unsigned i = 0; i < disks.nr; i++) {
		const char *disk = disks.name[i];

		if (host_read_number(&nsid, "/sys/class/block/%s/nsid", disk) ||
		    host_read_number(&sectors, "/sys/class/block/%s/size", disk) ||
		    host_read_number(&block, "/sys/class/block/%s/queue/logical_block_size", disk))
			continue;
		if (host_read_number(&metadata, "/sys/class/block/%s/metadata_bytes", disk))
			metadata = 0;
		add_namespace(all, (uint32_t)nsid, (uint64_t)sectors * 512, (uint32_t)block,
			      (uint32_t)metadata);
	}
	host_names_free(&disks);
}

/* Those of a controller that is open. */
static void add_active(struct znvme_ctrl *ctrl, struct namespaces *all)
{
	const struct znvme_ns *ns;
	uint32_t nsids[1024];
	int nr = znvme_ns_list(ctrl, 0, nsids, TOOL_COUNT(nsids));

	for (int i = 0; i < nr; i++)
		if (!znvme_ns_get(ctrl, nsids[i], &ns))
			add_namespace(all, ns->nsid, ns->nr_bytes, ns->block_size,
				      ns->metadata_size);
}

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

/* Who it is, from a device that is free for it. What fails is said in `state`. */
static void open_device(struct host_device *dev, struct namespaces *all, char *state)
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
	tool_text(dev->firmware, id->fr, sizeof(id->fr));
	tool_text(dev->subnqn, id->subnqn, strnlen(id->subnqn, sizeof(id->subnqn)));
	add_active(ctrl, all);
	znvme_close(ctrl);
}

static void put_number(char *cell, int number)
{
	if (number >= 0)
		snprintf(cell, HOST_TEXT, "%d", number);
}

static void fill_row(const struct host_device *dev, const struct namespaces *all, const char *state,
		     struct row *row)
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
	snprintf(row->cell[COLUMN_FIRMWARE], HOST_TEXT, "%s", dev->firmware);
	snprintf(row->cell[COLUMN_SUBSYSTEM], HOST_TEXT, "%s", dev->subnqn);
	snprintf(row->cell[COLUMN_NAMESPACES], HOST_TEXT, "%s", all->text);
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

static void add_verbose(struct json_object *object, const struct host_device *dev,
			const struct namespaces *all)
{
	add_string(object, "firmware", dev->firmware);
	add_string(object, "subsystem_nqn", dev->subnqn);
	json_object_object_add(object, "namespaces", json_object_get(all->list));
}

static void print_table(FILE *out, const struct row *rows, unsigned nr, bool verbose)
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
		if (is_shown(c, verbose))
			fprintf(out, "%-*s  ", (int)width[c], titles[c]);
	fprintf(out, "%s\n", titles[c]);
	for (i = 0; i < nr; i++) {
		for (c = 0; c < NR_COLUMNS - 1; c++)
			if (is_shown(c, verbose))
				fprintf(out, "%-*s  ", (int)width[c],
					*rows[i].cell[c] ? rows[i].cell[c] : "-");
		fprintf(out, "%s\n", rows[i].cell[c]);
	}
}

/* One device: its row, and its object where JSON is wanted. */
static int list_device(struct tool *tool, const struct list_args *args, struct host_device *dev,
		       struct row *row)
{
	struct namespaces all = {.list = json_object_new_array()};
	struct json_object *object;
	char state[HOST_TEXT];
	int rc = find_state(dev, state);

	if (!rc) {
		if (*dev->kernel_name)
			add_disks(dev, &all);
		else if (args->open && !*state)
			open_device(dev, &all, state);
		fill_row(dev, &all, state, row);
		object = row_json(dev, row, !*state);
		if (args->verbose)
			add_verbose(object, dev, &all);
		if (tool->json)
			json_object_array_add(tool->json, object);
		else
			json_object_put(object);
	}
	json_object_put(all.list);
	return rc;
}

static int run_list(struct tool *tool, void *data)
{
	const struct list_args *args = data;
	tool_autofree struct host_device *devices = NULL;
	tool_autofree struct row *rows = NULL;
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
	for (i = 0; i < nr; i++)
		if (list_device(tool, args, &devices[i], &rows[i]))
			return 1;
	if (!nr)
		fprintf(tool->out, "no NVMe device found\n");
	else
		print_table(tool->out, rows, nr, args->verbose);
	return 0;
}

static const struct tool_option list_options[] = {
	{0, "open", NULL, TOOL_FLAG, offsetof(struct list_args, open),
	 "also open the devices that are ready, for model and serial number", 0, 0, 0},
	{'v', "verbose", NULL, TOOL_FLAG, offsetof(struct list_args, verbose),
	 "also firmware, subsystem and namespaces", 0, 0, 0},
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
		"Model and serial number, and what --verbose adds, are known where the kernel's "
		"nvme\n"
		"driver has the device. A namespace is shown with its size and a block's, data "
		"and\n"
		"metadata.\n"
		"STATE is \"ready for znvme\", or what stands in the way; `znvme doctor` has the\n"
		"command that mends it.\n",
	.example = "znvme list",
	.run = run_list,
};
