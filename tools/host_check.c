/* SPDX-License-Identifier: MIT */
/*
 * What stands between an NVMe device and its first command through VFIO, step by step, each with
 * the command that mends it. doctor prints the steps, list shows the first that failed. The steps
 * of the machine itself are in host_check_machine.c. Nothing is changed here.
 */
#include "host.h"
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

struct host_step *host_report_add(struct host_report *report, const char *name,
				  enum host_status status, const char *detail, ...)
{
	struct host_step *grown, *step;
	va_list ap;

	grown = realloc(report->step, (report->nr + 1) * sizeof(*grown));
	if (!grown) {
		report->failed = true;
		return NULL;
	}
	report->step = grown;
	step = &grown[report->nr++];
	*step = (struct host_step){.name = name, .status = status};
	va_start(ap, detail);
	vsnprintf(step->detail, sizeof(step->detail), detail, ap);
	va_end(ap);
	return step;
}

void host_step_fix(struct host_step *step, const char *format, ...)
{
	size_t len;
	va_list ap;

	if (!step)
		return;
	if (*step->fix)
		host_append(step->fix, sizeof(step->fix), "\n");
	len = strlen(step->fix);
	va_start(ap, format);
	vsnprintf(step->fix + len, sizeof(step->fix) - len, format, ap);
	va_end(ap);
}

void host_report_free(struct host_report *report)
{
	free(report->step);
	*report = (struct host_report){0};
}

const struct host_step *host_report_failure(const struct host_report *report, unsigned first)
{
	for (unsigned i = first; i < report->nr; i++)
		if (report->step[i].status == HOST_FAIL)
			return &report->step[i];
	return NULL;
}

static void fix_by_bind(struct host_step *step, const struct host_device *dev)
{
	const char *user = host_user_name();

	if (strcmp(user, "root"))
		host_step_fix(step, "sudo znvme bind %s --user %s", dev->address, user);
	else
		host_step_fix(step, "sudo znvme bind %s", dev->address);
}

static void check_group(struct host_report *report, const struct host_device *dev)
{
	struct host_spoilers spoilers;
	struct host_step *step;

	if (dev->group < 0) {
		step = host_report_add(report, "IOMMU group", HOST_FAIL, "no IOMMU group");
		host_iommu_fix(step);
		return;
	}
	host_find_spoilers(dev, &spoilers);
	if (!spoilers.nr) {
		host_report_add(report, "IOMMU group", HOST_OK, "%d", dev->group);
		return;
	}
	step = host_report_add(report, "IOMMU group", HOST_FAIL, "group %d is shared with %.440s",
			       dev->group, spoilers.who);
	host_step_fix(step, "%s", spoilers.fix);
}

static void check_uses(struct host_report *report, const struct host_device *dev)
{
	struct host_uses uses;
	struct host_step *step;

	if (host_find_uses(dev, &uses))
		report->failed = true;
	for (unsigned i = 0; i < uses.nr; i++) {
		step = host_report_add(report, "in use", HOST_FAIL, "%s", uses.use[i].text);
		if (*uses.use[i].fix)
			host_step_fix(step, "%s", uses.use[i].fix);
	}
	if (!uses.nr && *dev->kernel_name)
		host_report_add(report, "in use", HOST_OK,
				"not mounted, no swap, not held by dm or md, %s",
				uses.incomplete ? "not open in a process of yours"
						: "not open in a process");
}

/* bind refuses it, too: the virtual functions would lose their parent's driver. */
static void check_virtual_functions(struct host_report *report, const struct host_device *dev)
{
	struct host_step *step;
	long long nr = 0;

	host_read_number(&nr, HOST_PCI "/sriov_numvfs", dev->address);
	if (nr <= 0 || host_is_vfio_driver(dev->driver))
		return;
	step = host_report_add(report, "SR-IOV", HOST_FAIL, "%lld virtual functions are enabled",
			       nr);
	host_step_fix(step, "echo 0 | sudo tee " HOST_PCI "/sriov_numvfs", dev->address);
}

static void check_driver(struct host_report *report, const struct host_device *dev)
{
	struct host_step *step;

	if (host_is_vfio_driver(dev->driver)) {
		host_report_add(report, "driver", HOST_OK, "%s", dev->driver);
		return;
	}
	if (!*dev->driver)
		step = host_report_add(report, "driver", HOST_FAIL, "no driver");
	else if (*dev->kernel_name)
		step = host_report_add(report, "driver", HOST_FAIL,
				       "with the kernel's driver %s (as %s)", dev->driver,
				       dev->kernel_name);
	else
		step = host_report_add(report, "driver", HOST_FAIL, "with the driver %s",
				       dev->driver);
	fix_by_bind(step, dev);
}

/* Whether the user may open it, by the rights of the node. Returns whether the step is ok. */
static bool check_node(struct host_report *report, const struct host_device *dev, const char *node)
{
	struct host_step *step;
	char owner[HOST_TEXT];
	int rc = host_access(R_OK | W_OK, "%s", node);

	host_node_owner(node, owner, sizeof(owner));
	if (!rc) {
		host_report_add(report, "node", HOST_OK, "%s (%.400s)", node, owner);
		return true;
	}
	if (rc == -ENOENT) {
		step = host_report_add(report, "node", HOST_FAIL, "%s is not there", node);
		host_step_fix(step,
			      "in a container: start it with --device=%s --device=/dev/vfio/vfio",
			      node);
		return false;
	}
	step = host_report_add(report, "node", HOST_FAIL, "no permission for %s on %s (%.300s)",
			       host_user_name(), node, owner);
	fix_by_bind(step, dev);
	return false;
}

/* The node's rights are not all: a container's device rules, or a process that we cannot see. */
static void try_group(struct host_report *report, const struct host_device *dev,
		      const struct host_nodes *nodes)
{
	struct host_step *step;
	int rc = host_try_group(nodes);

	if (!rc) {
		host_report_add(report, "busy", HOST_OK, "no process holds it");
		return;
	}
	if (rc == -EBUSY) {
		step = host_report_add(report, "busy", HOST_FAIL, "held by another user's process");
		host_step_fix(step, "sudo znvme doctor %s", dev->address);
		return;
	}
	step = host_report_add(report, "busy", HOST_FAIL, "%s cannot be opened: %s", nodes->group,
			       strerror(-rc));
	if (rc == -EPERM)
		host_step_fix(step, "in a container: start it with --device=%s", nodes->group);
}

static void check_busy(struct host_report *report, const struct host_device *dev,
		       const struct host_nodes *nodes, bool may_open)
{
	struct host_holders holders;
	struct host_step *step;

	host_find_vfio_holders(nodes, &holders);
	if (holders.nr) {
		step = host_report_add(report, "busy", HOST_FAIL, "held by %.480s", holders.text);
		host_step_fix(step, "let it end, or: sudo kill %ld", holders.pid);
		return;
	}
	if (may_open && host_exists("%s", nodes->group))
		try_group(report, dev, nodes);
	else if (!holders.incomplete)
		host_report_add(report, "busy", HOST_OK, "no process holds it");
}

static void check_nodes(struct host_report *report, const struct host_device *dev, bool probe)
{
	struct host_nodes nodes;
	const char *node;
	bool mine;

	host_find_nodes(dev, &nodes);
	/* A kernel without group nodes has the device's own. */
	node = *nodes.cdev && !host_exists("%s", nodes.group) ? nodes.cdev : nodes.group;
	mine = check_node(report, dev, node);
	check_busy(report, dev, &nodes, mine && probe);
}

void host_check_device(struct host_report *report, const struct host_device *dev, bool probe)
{
	unsigned first = report->nr;

	check_group(report, dev);
	check_uses(report, dev);
	check_virtual_functions(report, dev);
	check_driver(report, dev);
	if (dev->group >= 0 && host_is_vfio_driver(dev->driver))
		check_nodes(report, dev, probe);
	for (; first < report->nr; first++)
		snprintf(report->step[first].device, HOST_ADDRESS, "%s", dev->address);
}
