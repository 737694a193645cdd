/* SPDX-License-Identifier: MIT */
/*
 * znvme doctor: prints the steps of host_check.c and host_check_machine.c, each ok or with the
 * command that mends it.
 */
#include "host.h"
#include "tool.h"

#include <string.h>

static const struct {
	const char *text;
	const char *json;
} status_words[] = {
	[HOST_OK] = {"ok", "ok"},
	[HOST_WARN] = {"warn", "warn"},
	[HOST_FAIL] = {"FAIL", "fail"},
};

static void print_step(FILE *out, const struct host_step *step, int width)
{
	const char *line = step->fix;

	fprintf(out, "%-4s  %-*s  %s\n", status_words[step->status].text, width, step->name,
		step->detail);
	while (*line) {
		int len = (int)strcspn(line, "\n");

		fprintf(out, "      fix: %.*s\n", len, line);
		line += len + (line[len] == '\n');
	}
}

/* A heading where the machine's steps end and a device's begin. */
static void print_report(FILE *out, const struct host_report *report)
{
	const char *device = "";
	int width = 0;
	unsigned i;

	for (i = 0; i < report->nr; i++)
		if ((int)strlen(report->step[i].name) > width)
			width = (int)strlen(report->step[i].name);
	for (i = 0; i < report->nr; i++) {
		if (strcmp(device, report->step[i].device))
			fprintf(out, "\n%s\n", report->step[i].device);
		device = report->step[i].device;
		print_step(out, &report->step[i], width);
	}
}

static struct json_object *report_json(const struct host_report *report)
{
	struct json_object *array = json_object_new_array();

	for (unsigned i = 0; i < report->nr; i++) {
		const struct host_step *step = &report->step[i];
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "step", json_object_new_string(step->name));
		json_object_object_add(object, "device",
				       *step->device ? json_object_new_string(step->device) : NULL);
		json_object_object_add(object, "status",
				       json_object_new_string(status_words[step->status].json));
		json_object_object_add(object, "detail", json_object_new_string(step->detail));
		json_object_object_add(object, "fix",
				       *step->fix ? json_object_new_string(step->fix) : NULL);
		json_object_array_add(array, object);
	}
	return array;
}

static bool check_one(struct host_report *report, const struct host_device *dev)
{
	unsigned first = report->nr;

	host_check_device(report, dev, true);
	return !host_report_failure(report, first);
}

/* In short: what is ok of a device fits a line; of what is not, every step that failed. */
static bool check_briefly(struct host_report *report, const struct host_device *dev)
{
	struct host_report full = {0};
	struct host_step *step;
	char name[80];
	bool clear;

	clear = check_one(&full, dev);
	host_pci_name(dev, name, sizeof(name));
	step = host_report_add(report, "device", HOST_OK, "%s%s", name,
			       clear ? ": ready for znvme" : "");
	if (step)
		memcpy(step->device, dev->address, sizeof(step->device));
	for (unsigned i = 0; i < full.nr; i++) {
		if (full.step[i].status == HOST_OK)
			continue;
		step = host_report_add(report, full.step[i].name, HOST_FAIL, "%s",
				       full.step[i].detail);
		if (step)
			*step = full.step[i];
	}
	report->failed |= full.failed;
	host_report_free(&full);
	return clear;
}

/* Whether one device at least is free. */
static bool check_all(struct host_report *report)
{
	tool_autofree struct host_device *devices = NULL;
	struct host_step *step;
	bool clear = false;
	unsigned nr;

	if (host_all_devices(&devices, &nr)) {
		report->failed = true;
		return false;
	}
	if (!nr) {
		step = host_report_add(report, "NVMe devices", HOST_FAIL, "no NVMe device found");
		host_step_fix(step, "where the firmware hides them behind RAID, RST or VMD: "
				    "turn that off in its setup");
		return false;
	}
	host_report_add(report, "NVMe devices", HOST_OK, "%u", nr);
	for (unsigned i = 0; i < nr; i++)
		clear |= check_briefly(report, &devices[i]);
	return clear;
}

static int run_doctor(struct tool *tool, void *data)
{
	struct host_report report = {0};
	struct host_device dev;
	bool sound, clear;

	(void)data;
	if (tool->nr_operands && host_find_device(tool->operands[0], &dev))
		return 1;
	host_check_machine(&report);
	sound = !host_report_failure(&report, 0);
	clear = tool->nr_operands ? check_one(&report, &dev) : check_all(&report);
	if (report.failed) {
		host_report_free(&report);
		return tool_error("out of memory");
	}
	tool->keep_output = true;
	if (tool->format == TOOL_JSON)
		tool->json = report_json(&report);
	else
		print_report(tool->out, &report);
	host_report_free(&report);
	return sound && clear ? 0 : 1;
}

const struct tool_command host_doctor_command = {
	.name = "doctor",
	.summary = "look for what keeps this machine or a device from znvme, and how to mend it",
	.group = TOOL_GROUP_HOST,
	.flags = TOOL_OUTPUT,
	.operands = "[ADDRESS]",
	.max_operands = 1,
	.details =
		"Walks the road from the bare machine to the first command: IOMMU, vfio-pci, "
		"locked\n"
		"memory, and of each device who uses it, its IOMMU group, driver and node. A line "
		"a\n"
		"step: ok, warn or FAIL, and below it the command that mends it. Changes nothing.\n"
		"Exits with 0 where the way is free for the device, or for one at least where "
		"none\n"
		"is named.\n",
	.example = "znvme doctor 0000:06:00.0",
	.run = run_doctor,
};
