/* SPDX-License-Identifier: MIT */
/*
 * get-ns-id, list-subsys, show-topology, zns-list: a namespace's number, the NVM subsystem with the
 * one controller of it that is open, and its namespaces. Names are those that `znvme exec` gives.
 */
#include "commands.h"
#include "fields.h"
#include "zns.h"

#include <string.h>

#define CTRL_NAME   "nvme0"
#define SUBSYS_NAME "nvme-subsys0"

/* Calls `fn` for each active namespace. 0, or 1 after an error message. */
static int each_namespace(struct tool *tool, void (*fn)(struct tool *, uint32_t nsid, void *),
			  void *arg)
{
	uint32_t nsids[256], after = 0;
	int n;

	while ((n = znvme_ns_list(tool->ctrl, after, nsids, (int)TOOL_COUNT(nsids))) > 0) {
		for (int i = 0; i < n; i++)
			fn(tool, nsids[i], arg);
		after = nsids[n - 1];
	}
	return n ? tool_fail(n, "list of namespaces") : 0;
}

/* 06:00.0n2, sim:n2, sim:size=1G,n2: as it can be named. */
static void node_name(const struct tool *tool, uint32_t nsid, char *text, size_t size)
{
	const char *address = tool->address;
	size_t len = strlen(address);
	bool is_sim = !strncmp(address, "sim:", 4);

	snprintf(text, size, "%s%sn%u", address, is_sim && address[len - 1] != ':' ? "," : "",
		 nsid);
}

/* ---- get-ns-id ----------------------------------------------------------------------------- */

static int run_get_ns_id(struct tool *tool, void *arg)
{
	const struct znvme_ns *ns;
	char node[4300];

	(void)arg;
	if (tool_open_ns(tool, &ns))
		return 1;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "nsid", ns->nsid);
		return 0;
	}
	node_name(tool, ns->nsid, node, sizeof(node));
	fprintf(tool->out, "%s: namespace-id:%u\n", node, ns->nsid);
	return 0;
}

const struct tool_command get_ns_id_command = {
	.name = "get-ns-id",
	.summary = "the identifier of the namespace that is named, if it is there",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.example = "znvme get-ns-id sim:n1",
	.run = run_get_ns_id,
};

/* ---- list-subsys --------------------------------------------------------------------------- */

/* The first line of a file, or "". */
static void first_line(const char *path, char *text, int size)
{
	FILE *file = fopen(path, "r");

	if (!file || !fgets(text, size, file))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (file)
		fclose(file);
}

/* A host as nvme-cli's: with its names, where it was given any. */
static struct json_object *host_json(struct json_object *subsystem)
{
	static const struct {
		const char *name, *path;
	} names[] = {{"HostNQN", "/etc/nvme/hostnqn"}, {"HostID", "/etc/nvme/hostid"}};
	struct json_object *hosts = json_object_new_array(), *host = json_object_new_object();
	struct json_object *subsystems = json_object_new_array();
	char text[256];

	for (unsigned i = 0; i < TOOL_COUNT(names); i++) {
		first_line(names[i].path, text, sizeof(text));
		if (text[0])
			json_add_string(host, names[i].name, text);
	}
	json_object_array_add(subsystems, subsystem);
	json_object_object_add(host, "Subsystems", subsystems);
	json_object_array_add(hosts, host);
	return hosts;
}

/* What Identify Controller says, as text. */
struct names {
	char nqn[257], model[41], serial[21], firmware[9];
};

static void get_names(const struct tool *tool, struct names *names)
{
	const struct znvme_id_ctrl *id = znvme_id_ctrl(tool->ctrl);

	tool_text(names->nqn, id->subnqn, strnlen((const char *)id->subnqn, sizeof(id->subnqn)));
	tool_text(names->model, id->mn, sizeof(id->mn));
	tool_text(names->serial, id->sn, sizeof(id->sn));
	tool_text(names->firmware, id->fr, sizeof(id->fr));
}

static struct json_object *subsystem_json(const struct names *names)
{
	struct json_object *object = json_object_new_object();

	json_add_string(object, "Name", SUBSYS_NAME);
	json_add_string(object, "NQN", names->nqn);
	return object;
}

/* It is live: it has been opened. */
static struct json_object *path_json(const struct tool *tool)
{
	struct json_object *object = json_object_new_object();

	json_add_string(object, "Name", CTRL_NAME);
	json_add_string(object, "Transport", "pcie");
	json_add_string(object, "Address", tool->address);
	json_add_string(object, "State", "live");
	return object;
}

static int run_list_subsys(struct tool *tool, void *arg)
{
	struct json_object *subsystem, *paths, *path;
	struct names names;

	(void)arg;
	if (tool_open(tool))
		return 1;
	get_names(tool, &names);
	if (tool->format != TOOL_JSON) {
		fprintf(tool->out, SUBSYS_NAME " - NQN=%s\n", names.nqn);
		if (tool->human)
			fprintf(tool->out, "%15smodel=%s\n%15sserial=%s\n%15sfirmware=%s\n", "",
				names.model, "", names.serial, "", names.firmware);
		fprintf(tool->out, "\\\n +- " CTRL_NAME " pcie %s live\n", tool->address);
		return 0;
	}
	path = path_json(tool);
	json_add_string(path, "SerialNumber", names.serial);
	json_add_string(path, "ModelNumber", names.model);
	json_add_string(path, "Firmware", names.firmware);
	paths = json_object_new_array();
	json_object_array_add(paths, path);
	subsystem = subsystem_json(&names);
	json_object_object_add(subsystem, "Paths", paths);
	tool->json = host_json(subsystem);
	return 0;
}

const struct tool_command list_subsys_command = {
	.name = "list-subsys",
	.summary = "the NVM subsystem, and the controller by which it is reached",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_HUMAN,
	.details = "-H adds model, serial number and firmware.\n",
	.example = "znvme list-subsys sim:",
	.run = run_list_subsys,
};

/* ---- show-topology ------------------------------------------------------------------------- */

struct topology_args {
	const char *ranking;
};

static const struct tool_option topology_options[] = {
	TOOL_OPTION('r', "ranking", "ORDER", TOOL_STRING, offsetof(struct topology_args, ranking),
		    "which come first: namespace (default), ctrl", .values = "namespace ctrl"),
	{0},
};

/* A namespace above its controller, or below it; JSON has it above, as nvme-cli's. */
struct ranked {
	bool by_ctrl;
	struct json_object *list;
};

static void put_ranked(struct tool *tool, uint32_t nsid, void *arg)
{
	const struct ranked *ranked = arg;
	struct json_object *object, *ctrls;

	if (!ranked->list) {
		if (ranked->by_ctrl)
			fprintf(tool->out, "  +- ns %u live\n", nsid);
		else
			fprintf(tool->out, " +- ns %u\n \\\n  +- " CTRL_NAME " pcie %s live\n",
				nsid, tool->address);
		return;
	}
	object = json_object_new_object();
	json_add_number(object, "NSID", nsid);
	ctrls = json_object_new_array();
	json_object_array_add(ctrls, path_json(tool));
	json_object_object_add(object, "Controller", ctrls);
	json_object_array_add(ranked->list, object);
}

static int run_topology(struct tool *tool, void *arg)
{
	const struct topology_args *args = arg;
	const char *ranking = args->ranking ? args->ranking : "namespace";
	struct ranked ranked = {.by_ctrl = !strcmp(ranking, "ctrl")};
	struct names names;

	if (!ranked.by_ctrl && strcmp(ranking, "namespace"))
		return tool_error("show-topology: --ranking is namespace or ctrl, not %s", ranking);
	if (tool_open(tool))
		return 1;
	get_names(tool, &names);
	if (tool->format == TOOL_JSON)
		ranked.list = json_object_new_array();
	else
		fprintf(tool->out, SUBSYS_NAME " - NQN=%s\n\\\n", names.nqn);
	if (!ranked.list && ranked.by_ctrl)
		fprintf(tool->out, " +- " CTRL_NAME " pcie %s\n \\\n", tool->address);
	if (each_namespace(tool, put_ranked, &ranked)) {
		json_object_put(ranked.list);
		return 1;
	}
	if (ranked.list) {
		struct json_object *subsystem = subsystem_json(&names);

		json_object_object_add(subsystem, "Namespaces", ranked.list);
		tool->json = host_json(subsystem);
	}
	return 0;
}

const struct tool_command topology_command = {
	.name = "show-topology",
	.summary = "the NVM subsystem with its namespaces",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.options = topology_options,
	.args_size = sizeof(struct topology_args),
	.example = "znvme show-topology sim:",
	.run = run_topology,
};

/* ---- zns-list ------------------------------------------------------------------------------ */

struct zoned {
	struct json_object *list;
	struct names names;
	int rc;
};

static void put_zoned(struct tool *tool, uint32_t nsid, void *arg)
{
	struct zoned *zoned = arg;
	struct json_object *object;
	const struct znvme_ns *ns;
	struct znvme_id_ns id;
	char node[4300];

	if (zoned->rc || znvme_ns_get(tool->ctrl, nsid, &ns) || ns->csi != ZNVME_CSI_ZNS)
		return;
	zoned->rc = znvme_identify(tool->ctrl, ZNVME_CNS_NS, nsid, 0, 0, 0, &id);
	if (zoned->rc)
		return;
	node_name(tool, nsid, node, sizeof(node));
	if (!zoned->list) {
		fprintf(tool->out,
			"%-21s %-20s %-40s %-9u %8.2f GB / %8.2f GB %6u B + %3u B   %s\n", node,
			zoned->names.serial, zoned->names.model, nsid,
			(double)id.nuse * ns->block_size / 1e9, (double)ns->nr_bytes / 1e9,
			ns->block_size, ns->metadata_size, zoned->names.firmware);
		return;
	}
	object = json_object_new_object();
	json_add_number(object, "NameSpace", nsid);
	json_add_string(object, "DevicePath", node);
	json_add_string(object, "Firmware", zoned->names.firmware);
	json_add_string(object, "ModelNumber", zoned->names.model);
	json_add_string(object, "SerialNumber", zoned->names.serial);
	json_add_number(object, "UsedBytes", id.nuse * ns->block_size);
	json_add_number(object, "MaximumLBA", ns->nr_blocks);
	json_add_number(object, "PhysicalSize", ns->nr_bytes);
	json_add_number(object, "SectorSize", ns->block_size);
	json_object_array_add(zoned->list, object);
}

static int run_zns_list(struct tool *tool, void *arg)
{
	struct zoned zoned = {0};

	(void)arg;
	if (tool_open(tool))
		return 1;
	get_names(tool, &zoned.names);
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		zoned.list = json_object_new_array();
		json_object_object_add(tool->json, "Devices", zoned.list);
	} else {
		fprintf(tool->out, "%-21s %-20s %-40s %-9s %-25s %-16s %s\n", "Node", "SN", "Model",
			"Namespace", "Usage", "Format", "FW Rev");
	}
	if (each_namespace(tool, put_zoned, &zoned))
		return 1;
	return zoned.rc ? tool_fail(zoned.rc, "identify namespace") : 0;
}

const struct tool_command zns_list_command = {
	.name = "zns-list",
	.summary = "the controller's zoned namespaces",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_OUTPUT,
	.example = "znvme zns-list sim:zoned=1",
	.run = run_zns_list,
};
