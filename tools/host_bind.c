/* SPDX-License-Identifier: MIT */
/*
 * znvme bind: gives an NVMe device to vfio-pci, and its node to a user. Looks at everything that
 * could go wrong before it takes the device from its driver, and takes back what it has done where
 * a step fails nevertheless. docs/binding.md says how binding works.
 */
#include "host.h"
#include "tool.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/resource.h>

#define NO_USER	     ((uid_t)-1)
#define NODE_WAIT_MS 2000

struct bind_args {
	const char *user;
	const char *driver;
	bool at_boot;
};

/* A name, or a number, which needs no entry in the system's list of users. */
static int find_user(const char *text, uid_t *uid)
{
	struct passwd *entry;
	unsigned long number;
	char *end;

	*uid = NO_USER;
	if (!text)
		return 0;
	entry = getpwnam(text);
	if (entry) {
		*uid = entry->pw_uid;
		return 0;
	}
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || text[strspn(text, "0123456789")] || end == text || number >= NO_USER)
		return tool_error("--user %s: no such user", text);
	*uid = (uid_t)number;
	return 0;
}

static int check_iommu(const struct host_device *dev)
{
	struct host_step step = {0};

	if (dev->group >= 0 && !host_exists("/dev/vfio/noiommu-%d", dev->group))
		return 0;
	host_iommu_fix(&step);
	return tool_error("%s: %s: the IOMMU is off. To turn it on:\n%s", dev->address,
			  dev->group < 0 ? "no IOMMU group"
					 : "the kernel has it in no-IOMMU mode, which znvme does "
					   "not use",
			  step.fix);
}

/*
 * VFIO takes whole groups only. Of NVMe devices that share one, one has to be bound first, so these
 * are no reason to refuse, but to say what is left to do.
 */
static int check_group(const struct host_device *dev)
{
	struct host_spoilers spoilers;
	bool all_nvme;

	host_find_spoilers(dev, &spoilers);
	if (!spoilers.nr)
		return 0;
	all_nvme = spoilers.nr == spoilers.nr_nvme;
	tool_error("%s%s: its IOMMU group %d is shared with %s, and VFIO takes whole groups only. "
		   "%s:\n%s",
		   all_nvme ? "warning: " : "", dev->address, dev->group, spoilers.who,
		   all_nvme ? "Bind the rest of it, too" : "Free the rest of it first",
		   spoilers.fix);
	return !all_nvme;
}

/* Everything that its driver's leaving would hurt. */
static int check_uses(const struct host_device *dev)
{
	struct host_uses uses;
	long long functions = 0;

	host_read_number(&functions, HOST_PCI "/sriov_numvfs", dev->address);
	if (functions > 0)
		return tool_error("%s: %lld virtual functions of it are enabled. To disable them:\n"
				  "echo 0 | sudo tee " HOST_PCI "/sriov_numvfs",
				  dev->address, functions, dev->address);
	if (host_find_uses(dev, &uses))
		return tool_error("out of memory");
	for (unsigned i = 0; i < uses.nr; i++)
		tool_error("%s: %s%s%s", dev->address, uses.use[i].text,
			   *uses.use[i].fix ? ". To end that:\n" : "", uses.use[i].fix);
	return uses.nr > 0;
}

static int load_driver(const struct host_device *dev, const char *driver)
{
	int rc = host_load_driver(driver);

	if (rc == -ENOENT)
		return tool_error("%s: the driver %s is not loaded, and there is no modprobe",
				  dev->address, driver);
	if (rc)
		return tool_error("%s: the driver %s is not there: `modprobe %s` failed. "
				  "`znvme doctor` may know why",
				  dev->address, driver, driver);
	return 0;
}

/* Back to the driver that it had. */
static void undo(const struct host_device *dev)
{
	struct host_device now;
	int rc = host_load_device(dev->address, &now);

	if (!rc && strcmp(now.driver, dev->driver)) {
		rc = host_detach(dev->address);
		if (!rc && *dev->driver)
			rc = host_attach(dev->address, dev->driver);
	}
	host_set_override(dev->address, NULL);
	if (rc)
		tool_error("%s: could not be undone (%s). To try again: sudo znvme unbind %s",
			   dev->address, strerror(-rc), dev->address);
	else
		tool_error("%s: undone: %s%s", dev->address, *dev->driver ? "it is with " : "",
			   *dev->driver ? dev->driver : "it has no driver, as before");
}

/* The disks stay claimed until the driver is off, so that nothing can be mounted in between. */
static int take_from_driver(const struct host_device *dev, const char *driver)
{
	struct host_claim claim;
	char busy[HOST_NAME];
	int rc = host_claim_disks(dev, &claim, busy);

	if (rc == -EBUSY)
		return tool_error("%s: %s is held by something that cannot be named here: a file "
				  "system of a container, ZFS, a target. Find and end it first",
				  dev->address, busy);
	if (rc)
		return tool_error("%s: /dev/%s: %s", dev->address, busy, strerror(-rc));
	rc = host_set_override(dev->address, driver);
	if (!rc)
		rc = host_detach(dev->address);
	host_release_disks(&claim);
	if (!rc)
		return 0;
	tool_error("%s: cannot be taken from its driver %s: %s", dev->address,
		   *dev->driver ? dev->driver : "(none)", strerror(-rc));
	undo(dev);
	return 1;
}

static int give_to_driver(const struct host_device *dev, const char *driver)
{
	int rc = host_attach(dev->address, driver);

	if (!rc)
		return 0;
	tool_error("%s: %s did not take it: %s. `sudo dmesg | tail` may say why", dev->address,
		   driver, strerror(-rc));
	undo(dev);
	return 1;
}

/* The nodes of a device that is with VFIO; it may take a moment for the group's to be there. */
static int wait_for_nodes(const struct host_device *dev, struct host_nodes *nodes)
{
	for (unsigned waited = 0; waited <= NODE_WAIT_MS; waited += 20) {
		host_find_nodes(dev, nodes);
		if (host_exists("%s", nodes->group) ||
		    (*nodes->cdev && host_exists("%s", nodes->cdev)))
			return 0;
		host_nap(20);
	}
	return tool_error("%s: its node %s does not appear", dev->address, nodes->group);
}

static int give_nodes(const struct host_device *dev, const struct host_nodes *nodes, uid_t uid)
{
	const char *const list[] = {nodes->group, nodes->cdev};

	for (unsigned i = 0; uid != NO_USER && i < TOOL_COUNT(list); i++) {
		int rc;

		if (!*list[i] || !host_exists("%s", list[i]))
			continue;
		rc = host_give_node(list[i], uid);
		if (rc)
			return tool_error("%s: %s cannot be given to user %u: %s", dev->address,
					  list[i], (unsigned)uid, strerror(-rc));
	}
	return 0;
}

/* All that changes something, in one go: a Control-C waits until it is done. */
static int bind_device(const struct host_device *dev, const char *driver, uid_t uid,
		       struct host_nodes *nodes)
{
	bool bound = !strcmp(dev->driver, driver);
	sigset_t before;
	int rc;

	host_hold_signals(&before);
	rc = !bound && (take_from_driver(dev, driver) || give_to_driver(dev, driver));
	if (!rc) {
		rc = wait_for_nodes(dev, nodes) || give_nodes(dev, nodes, uid);
		if (rc && !bound)
			undo(dev);
	}
	host_release_signals(&before);
	return rc;
}

/* What else an ordinary user needs and bind does not change, for it is not of this device alone. */
static void warn_of_shared_nodes(const struct host_nodes *nodes, const char *user)
{
	bool group = host_exists("%s", nodes->group);
	const char *node = group ? "/dev/vfio/vfio" : "/dev/iommu";

	if (host_node_is_open_to_all(node))
		return;
	if (group)
		tool_error("warning: %s is not open to all users. To mend that: sudo chmod 0666 %s",
			   node, node);
	else
		tool_error(
			"warning: %s is not open to %s. To mend that: sudo setfacl -m u:%s:rw %s",
			node, user, user, node);
}

/* The rule, where it is asked for; else what is as it will not be after the next boot. */
static int settle_boot(const struct host_device *dev, const char *driver, uid_t uid,
		       const struct host_boot *boot)
{
	long long user = uid == NO_USER ? -1 : (long long)uid;
	char name[HOST_TEXT];

	if (boot && host_boot_write(boot))
		return tool_error("%s: it is bound, but will not be after the next boot",
				  dev->address);
	if (!boot && host_boot_exists(dev->address, name) &&
	    !host_boot_is(dev->address, driver, user))
		tool_error("warning: at boot it is bound otherwise, as %s says. To have it bound "
			   "as now: --at-boot",
			   name);
	return 0;
}

static void report_text(FILE *out, const struct host_device *dev, const char *driver,
			const struct host_nodes *nodes)
{
	const char *const list[] = {nodes->group, nodes->cdev};
	struct rlimit limit;
	char owner[HOST_TEXT];

	if (!strcmp(dev->driver, driver))
		fprintf(out, "%s: already with %s, IOMMU group %d\n", dev->address, driver,
			dev->group);
	else
		fprintf(out, "%s: %s%s to %s, IOMMU group %d\n", dev->address,
			*dev->driver ? "from " : "from no driver", dev->driver, driver, dev->group);
	for (unsigned i = 0; i < TOOL_COUNT(list); i++)
		if (*list[i] && !host_node_owner(list[i], owner, sizeof(owner)))
			fprintf(out, "%s: %s\n", list[i], owner);
	if (!getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur < HOST_MEMLOCK_NEED)
		fprintf(out,
			"locked memory: %lu KiB here, but users need %lu KiB: see `znvme doctor`\n",
			(unsigned long)limit.rlim_cur >> 10, HOST_MEMLOCK_NEED >> 10);
	if (host_boot_exists(dev->address, owner))
		fprintf(out, "at boot: %s\n", owner);
}

static struct json_object *report_json(const struct host_device *dev, const char *driver,
				       const struct host_nodes *nodes)
{
	struct json_object *object = json_object_new_object();
	const char *node = host_exists("%s", nodes->group) ? nodes->group : nodes->cdev;
	char owner[HOST_TEXT];

	host_node_owner(node, owner, sizeof(owner));
	json_object_object_add(object, "address", json_object_new_string(dev->address));
	json_object_object_add(object, "previous_driver",
			       *dev->driver ? json_object_new_string(dev->driver) : NULL);
	json_object_object_add(object, "driver", json_object_new_string(driver));
	json_object_object_add(object, "iommu_group", json_object_new_int(dev->group));
	json_object_object_add(object, "node", json_object_new_string(node));
	json_object_object_add(object, "access", json_object_new_string(owner));
	json_object_object_add(object, "at_boot",
			       host_boot_exists(dev->address, owner) ? json_object_new_string(owner)
								     : NULL);
	return object;
}

static int need_root(const struct host_device *dev, const struct bind_args *args)
{
	char line[HOST_TEXT];

	snprintf(line, sizeof(line), "znvme bind %s%s%s", dev->address,
		 args->user ? " --user " : "", args->user ? args->user : "");
	if (args->driver)
		host_append(line, sizeof(line), " --driver %s", args->driver);
	if (args->at_boot)
		host_append(line, sizeof(line), " --at-boot");
	return host_need_root(line);
}

static int run_bind(struct tool *tool, void *data)
{
	const struct bind_args *args = data;
	const char *driver = args->driver ? args->driver : HOST_DRIVER_VFIO;
	struct host_nodes nodes;
	struct host_device dev;
	struct host_boot boot;
	uid_t uid;

	if (!host_driver_name_is_valid(driver) || !host_is_vfio_driver(driver))
		return tool_error("--driver %s: not the name of a VFIO driver", driver);
	if (find_user(args->user, &uid) || host_find_device(tool->operands[0], &dev) ||
	    need_root(&dev, args) || host_lock_device(&dev) || check_iommu(&dev) ||
	    check_group(&dev))
		return 1;
	if (host_is_vfio_driver(dev.driver) && !args->driver)
		driver = dev.driver; /* a variant of vfio-pci serves as well */
	if (host_is_vfio_driver(dev.driver) && strcmp(dev.driver, driver))
		return tool_error("%s: already with the VFIO driver %s. To change that, first: "
				  "sudo znvme unbind %s",
				  dev.address, dev.driver, dev.address);
	if (args->at_boot &&
	    host_boot_prepare(&boot, &dev, driver, uid == NO_USER ? -1 : (long long)uid))
		return 1;
	if (strcmp(dev.driver, driver) && (check_uses(&dev) || load_driver(&dev, driver)))
		return 1;
	if (bind_device(&dev, driver, uid, &nodes) ||
	    settle_boot(&dev, driver, uid, args->at_boot ? &boot : NULL))
		return 1;
	if (uid != NO_USER && uid != 0)
		warn_of_shared_nodes(&nodes, args->user);
	if (tool->format == TOOL_JSON)
		tool->json = report_json(&dev, driver, &nodes);
	else
		report_text(tool->out, &dev, driver, &nodes);
	return 0;
}

static const struct tool_option bind_options[] = {
	{'u', "user", "USER", TOOL_STRING, offsetof(struct bind_args, user),
	 "name or number of the user who may use the device (default: root)", 0, 0, 0},
	{'d', "driver", "NAME", TOOL_STRING, offsetof(struct bind_args, driver),
	 "VFIO driver to bind to (default: vfio-pci)", 0, 0, 0},
	{0, "at-boot", NULL, TOOL_FLAG, offsetof(struct bind_args, at_boot),
	 "and at every boot from now on, by a rule of udev", 0, 0, 0},
	{0},
};

const struct tool_command host_bind_command = {
	.name = "bind",
	.summary = "take a device from the kernel's driver and give it to VFIO and a user",
	.group = TOOL_GROUP_HOST,
	.flags = TOOL_OUTPUT,
	.operands = "ADDRESS",
	.min_operands = 1,
	.max_operands = 1,
	.options = bind_options,
	.args_size = sizeof(struct bind_args),
	.details =
		"Needs root. Refuses a device that is mounted, swap, held by LVM, dm, md or a\n"
		"process, or whose IOMMU group is shared with a device in use, and says by what.\n"
		"Can be repeated. `znvme unbind` undoes it; so does a reboot, without --at-boot.\n",
	.example = "sudo znvme bind 0000:06:00.0 --user alice",
	.run = run_bind,
};
