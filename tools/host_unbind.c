/* SPDX-License-Identifier: MIT */
/*
 * znvme unbind: gives a device back to the kernel's nvme driver, from whatever state it is in: with
 * VFIO, with no driver, with a driver_override that a bind which did not finish left behind.
 */
#include "host.h"
#include "tool.h"

#include <errno.h>
#include <string.h>

struct unbind_args {
	const char *driver;
	bool force;
};

/* The kernel lets the driver go only when the last process has let the device go. */
static int check_holders(const struct host_device *dev, const struct host_nodes *nodes, bool force)
{
	struct host_holders holders;
	char kill[32];

	host_find_vfio_holders(nodes, &holders);
	if (!holders.nr && (!host_exists("%s", nodes->group) || host_try_group(nodes) != -EBUSY))
		return 0;
	if (!holders.nr)
		snprintf(holders.text, sizeof(holders.text), "a process that cannot be seen here");
	if (!force)
		return tool_error("%s: held by %s. End that first, or wait for it with --force",
				  dev->address, holders.text);
	snprintf(kill, sizeof(kill), holders.pid ? "`sudo kill %ld`" : "ending it", holders.pid);
	tool_error("%s: waiting for %s to let go of it. It is asked to now; if it does not, %s "
		   "ends this, and Ctrl-C does not",
		   dev->address, holders.text, kill);
	return 0;
}

/* The node goes away with the last VFIO device of its group; until then it is root's again. */
static void take_node_back(const struct host_device *dev, const struct host_nodes *nodes)
{
	if (host_group_vfio_peers(dev))
		return;
	if (*nodes->group)
		host_give_node(nodes->group, 0);
	if (*nodes->cdev)
		host_give_node(nodes->cdev, 0);
}

static int load_driver(const struct host_device *dev, const char *driver)
{
	if (!host_load_driver(driver))
		return 0;
	return tool_error("%s: the driver %s is not there, and `modprobe %s` does not load it",
			  dev->address, driver, driver);
}

static int detach_and_attach(const struct host_device *dev, const char *driver)
{
	int rc = host_detach(dev->address);

	if (rc) {
		host_set_override(dev->address, NULL);
		return tool_error("%s: cannot be taken from %s: %s", dev->address, dev->driver,
				  strerror(-rc));
	}
	rc = host_attach(dev->address, driver);
	/* Whatever came of it: from here on the device is like any other to the kernel. */
	host_set_override(dev->address, NULL);
	if (rc)
		return tool_error("%s: %s did not take it: %s. It has no driver now; "
				  "`sudo dmesg | tail` may say why",
				  dev->address, driver, strerror(-rc));
	return 0;
}

/*
 * While a process holds the device, the kernel waits in this, and no signal ends that (Linux 6.1,
 * vfio_unregister_group_dev()): it would only end this process afterwards, and leave the device
 * between two drivers.
 */
static int move(const struct host_device *dev, const char *driver)
{
	sigset_t before;
	int rc;

	host_hold_signals(&before);
	rc = detach_and_attach(dev, driver);
	host_release_signals(&before);
	return rc;
}

static int unbind_device(const struct host_device *dev, const struct unbind_args *args,
			 const char *driver)
{
	struct host_nodes nodes;
	int rc;

	if (!strcmp(dev->driver, driver)) {
		rc = host_set_override(dev->address, NULL);
		return rc ? tool_error("%s: driver_override: %s", dev->address, strerror(-rc)) : 0;
	}
	host_find_nodes(dev, &nodes);
	if (host_is_vfio_driver(dev->driver) && check_holders(dev, &nodes, args->force))
		return 1;
	if (load_driver(dev, driver))
		return 1;
	if (host_is_vfio_driver(dev->driver))
		take_node_back(dev, &nodes);
	return move(dev, driver);
}

static void report_text(FILE *out, const struct host_device *before, const struct host_device *now,
			const char *rule)
{
	if (!strcmp(before->driver, now->driver))
		fprintf(out, "%s: already with %s", now->address, now->driver);
	else
		fprintf(out, "%s: from %s to %s", now->address,
			*before->driver ? before->driver : "no driver", now->driver);
	if (*now->kernel_name)
		fprintf(out, ", as %s", now->kernel_name);
	fputc('\n', out);
	if (rule)
		fprintf(out, "%s: no longer bound at boot: removed %s\n", now->address, rule);
}

static struct json_object *report_json(const struct host_device *before,
				       const struct host_device *now, const char *rule)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "address", json_object_new_string(now->address));
	json_object_object_add(object, "previous_driver",
			       *before->driver ? json_object_new_string(before->driver) : NULL);
	json_object_object_add(object, "driver", json_object_new_string(now->driver));
	json_object_object_add(object, "kernel_name",
			       *now->kernel_name ? json_object_new_string(now->kernel_name) : NULL);
	json_object_object_add(object, "removed_at_boot",
			       rule ? json_object_new_string(rule) : NULL);
	return object;
}

static int need_root(const struct host_device *dev, const struct unbind_args *args)
{
	char line[HOST_TEXT];

	snprintf(line, sizeof(line), "znvme unbind %s%s%s%s", dev->address,
		 args->driver ? " --driver " : "", args->driver ? args->driver : "",
		 args->force ? " --force" : "");
	return host_need_root(line);
}

/* Whether the device was taken out, or another is in its place, and its rule was left. */
static bool is_only_a_rule(const char *operand, char *address, char *rule)
{
	struct host_device dev;

	return !host_parse_address(operand, address) &&
	       (host_load_device(address, &dev) || !host_is_nvme(&dev)) &&
	       host_boot_exists(address, rule);
}

static int remove_rule(struct tool *tool, const char *address, char *rule)
{
	char line[HOST_TEXT];

	snprintf(line, sizeof(line), "znvme unbind %s", address);
	if (host_need_root(line) || host_boot_remove(address, rule))
		return 1;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_object_object_add(tool->json, "address", json_object_new_string(address));
		json_object_object_add(tool->json, "removed_at_boot", json_object_new_string(rule));
		return 0;
	}
	fprintf(tool->out, "%s: not there; no longer bound at boot: removed %s\n", address, rule);
	return 0;
}

static int run_unbind(struct tool *tool, void *data)
{
	const struct unbind_args *args = data;
	const char *driver = args->driver ? args->driver : HOST_DRIVER_KERNEL;
	struct host_device before, now;
	char address[HOST_ADDRESS], rule[HOST_TEXT];
	bool at_boot;

	if (!host_driver_name_is_valid(driver))
		return tool_error("--driver %s: not the name of a driver", driver);
	if (is_only_a_rule(tool->operands[0], address, rule))
		return remove_rule(tool, address, rule);
	if (host_find_device(tool->operands[0], &before) || need_root(&before, args) ||
	    host_lock_device(&before) || unbind_device(&before, args, driver))
		return 1;
	at_boot = host_boot_exists(before.address, rule);
	if (host_boot_remove(before.address, rule))
		return 1;
	if (host_load_device(before.address, &now))
		return tool_error("%s: it is gone", before.address);
	if (tool->format == TOOL_JSON)
		tool->json = report_json(&before, &now, at_boot ? rule : NULL);
	else
		report_text(tool->out, &before, &now, at_boot ? rule : NULL);
	return 0;
}

static const struct tool_option unbind_options[] = {
	{'d', "driver", "NAME", TOOL_STRING, offsetof(struct unbind_args, driver),
	 "driver to give it to (default: nvme)", 0, 0, 0},
	{'f', "force", NULL, TOOL_FLAG, offsetof(struct unbind_args, force),
	 "also while a process holds the device: asks it, and waits until it lets go", 0, 0, 0},
	{0},
};

const struct tool_command host_unbind_command = {
	.name = "unbind",
	.summary = "give a device back to the kernel's nvme driver",
	.group = TOOL_GROUP_HOST,
	.flags = TOOL_OUTPUT,
	.operands = "ADDRESS",
	.min_operands = 1,
	.max_operands = 1,
	.options = unbind_options,
	.args_size = sizeof(struct unbind_args),
	.details = "Needs root. Works from any state, also after a bind that did not finish, and "
		   "can be\n"
		   "repeated. Refuses while a process holds the device, and names it. With "
		   "--force\n"
		   "the process is asked to let go, and waited for, however long that takes. A "
		   "rule\n"
		   "that `bind --at-boot` wrote is removed.\n",
	.example = "sudo znvme unbind 0000:06:00.0",
	.run = run_unbind,
};
