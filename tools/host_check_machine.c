/* SPDX-License-Identifier: MIT */
/*
 * The doctor's steps about the machine, apart from any device: IOMMU, vfio-pci, /dev/vfio, locked
 * memory, kernel modes. What turns the IOMMU on depends on the processor's maker, on the firmware's
 * tables (DMAR: Intel, IVRS: AMD) and on the boot loader; docs/binding.md has the long form.
 */
#include "host.h"
#include "tool.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define KIB 1024UL

enum maker { MAKER_UNKNOWN, MAKER_INTEL, MAKER_AMD };

struct iommu_kind {
	const char *name;      /* as firmware menus call it */
	const char *table;     /* ACPI table by which the firmware offers it */
	const char *arguments; /* that turn it on; NULL: on wherever the firmware offers it */
	const char *off;       /* kernel argument that turns it off */
};

static const struct iommu_kind iommu_kinds[] = {
	[MAKER_UNKNOWN] = {"IOMMU", NULL, NULL, "iommu=off"},
	[MAKER_INTEL] = {"VT-d", "DMAR", "intel_iommu=on iommu=pt", "intel_iommu=off"},
	[MAKER_AMD] = {"AMD-Vi", "IVRS", NULL, "amd_iommu=off"},
};

/* The first value of this name in /proc/cpuinfo; empty where there is none, as often on Arm. */
static void read_cpuinfo(const char *name, char *value, size_t size)
{
	FILE *file = host_open_text("/proc/cpuinfo");
	char *line = NULL, *colon;
	size_t room = 0, len;

	value[0] = '\0';
	while (file && !*value && getline(&line, &room, file) >= 0) {
		colon = strchr(line, ':');
		if (strncmp(line, name, strlen(name)) || !colon)
			continue;
		colon += 1 + strspn(colon + 1, " \t");
		len = strcspn(colon, "\n");
		tool_text(value, colon, len < size ? len : size - 1);
	}
	free(line);
	if (file)
		fclose(file);
}

static bool is_guest(void)
{
	char flags[HOST_PATH];

	read_cpuinfo("flags", flags, sizeof(flags));
	return strstr(flags, " hypervisor") != NULL;
}

static bool has_table(enum maker maker)
{
	const char *table = iommu_kinds[maker].table;

	return table && host_exists("/sys/firmware/acpi/tables/%s", table);
}

/* The table outweighs the processor: an emulated machine may mix the two. */
static enum maker find_maker(void)
{
	char vendor[32];

	if (has_table(MAKER_INTEL))
		return MAKER_INTEL;
	if (has_table(MAKER_AMD))
		return MAKER_AMD;
	read_cpuinfo("vendor_id", vendor, sizeof(vendor));
	if (!strcmp(vendor, "GenuineIntel"))
		return MAKER_INTEL;
	return !strcmp(vendor, "AuthenticAMD") || !strcmp(vendor, "HygonGenuine") ? MAKER_AMD
										  : MAKER_UNKNOWN;
}

/* Whether the kernel was started with this argument, by itself or in a list: intel_iommu=on,sm_on.
 */
static bool has_argument(const char *line, const char *argument)
{
	size_t name = (size_t)(strchr(argument, '=') - argument) + 1,
	       value = strlen(argument + name);

	for (; *line; line += strspn(line, " ")) {
		const char *word = line;

		line += strcspn(line, " ");
		if (strncmp(word, argument, name))
			continue;
		for (word += name; word < line; word += strcspn(word, ", ") + 1)
			if (!strncmp(word, argument + name, value) && strchr(", ", word[value]))
				return true;
	}
	return false;
}

/* The words of the kernel's command line that are about IOMMUs. */
static void iommu_arguments(const char *line, char *text, size_t size)
{
	text[0] = '\0';
	for (; *line; line += strspn(line, " ")) {
		const char *word = line, *iommu;

		line += strcspn(line, " ");
		iommu = strstr(word, "iommu");
		if (iommu && iommu < line)
			host_append(text, size, "%s%.*s", *text ? " " : "", (int)(line - word),
				    word);
	}
}

static unsigned count_groups(void)
{
	struct host_names groups;
	unsigned nr;

	host_list_dir(&groups, "/sys/kernel/iommu_groups");
	nr = groups.nr;
	host_names_free(&groups);
	return nr;
}

/* How a boot loader's kernel arguments are changed: the argument goes between the two parts. */
struct boot_loader {
	const char *sign; /* a file that shows that this loader is in use */
	const char *add[2];
	const char *remove[2];
	const char *apply; /* what makes the change count; NULL: nothing more */
};

static const struct boot_loader boot_loaders[] = {
	{"/usr/sbin/grubby",
	 {"sudo grubby --update-kernel=ALL --args=\"", "\""},
	 {"sudo grubby --update-kernel=ALL --remove-args=\"", "\""},
	 NULL},
	{"/etc/default/grub",
	 {"sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&", " /' /etc/default/grub"},
	 {"sudo sed -i 's/\\b", "\\b//' /etc/default/grub"},
	 "sudo grub-mkconfig -o /boot/grub/grub.cfg"},
	{"/etc/kernel/cmdline",
	 {"sudo sed -i '1s/$/ ", "/' /etc/kernel/cmdline"},
	 {"sudo sed -i 's/\\b", "\\b//' /etc/kernel/cmdline"},
	 "sudo kernel-install add \"$(uname -r)\" \"/boot/vmlinuz-$(uname -r)\""},
	{"/boot/loader/entries",
	 {"sudo sed -i '/^options/s/$/ ", "/' /boot/loader/entries/*.conf"},
	 {"sudo sed -i 's/\\b", "\\b//' /boot/loader/entries/*.conf"},
	 NULL},
};

/* Take an argument out of the kernel's command line, put others in; either may be NULL. */
static void fix_command_line(struct host_step *step, const char *off, const char *on)
{
	for (unsigned i = 0; i < TOOL_COUNT(boot_loaders); i++) {
		const struct boot_loader *loader = &boot_loaders[i];

		if (!host_exists("%s", loader->sign))
			continue;
		if (off)
			host_step_fix(step, "%s%s%s", loader->remove[0], off, loader->remove[1]);
		if (on)
			host_step_fix(step, "%s%s%s", loader->add[0], on, loader->add[1]);
		if (loader->apply)
			host_step_fix(step, "%s", loader->apply);
		host_step_fix(step, "sudo reboot");
		return;
	}
	if (off)
		host_step_fix(step, "boot without the kernel argument %s", off);
	if (on)
		host_step_fix(step, "boot with the kernel arguments %s", on);
}

/* What turns the IOMMU off on the kernel's command line, or NULL. */
static const char *find_off(const char *line, const struct iommu_kind *kind)
{
	if (has_argument(line, kind->off))
		return kind->off;
	return has_argument(line, "iommu=off") ? "iommu=off" : NULL;
}

static bool lacks_on(const char *line, enum maker maker)
{
	return maker == MAKER_INTEL && !has_argument(line, "intel_iommu=on");
}

void host_iommu_fix(struct host_step *step)
{
	enum maker maker = find_maker();
	const struct iommu_kind *kind = &iommu_kinds[maker];
	char line[HOST_PATH];
	const char *off, *on;

	host_read(line, sizeof(line), "/proc/cmdline");
	off = find_off(line, kind);
	on = lacks_on(line, maker) ? kind->arguments : NULL;
	if (off || on)
		fix_command_line(step, off, on);
	if (!has_table(maker) && is_guest())
		host_step_fix(step, "this is a virtual machine: have its host give it an IOMMU "
				    "(QEMU: -device intel-iommu,intremap=on,caching-mode=on)");
	else if (!has_table(maker))
		host_step_fix(step,
			      "turn %s on in the firmware setup: "
			      "sudo systemctl reboot --firmware-setup",
			      kind->name);
	if (step && !*step->fix)
		host_step_fix(step, "sudo dmesg | grep -i -e DMAR -e IOMMU -e AMD-Vi");
}

static void check_processor(struct host_report *report)
{
	char vendor[32];

	read_cpuinfo("vendor_id", vendor, sizeof(vendor));
	if (find_maker() == MAKER_UNKNOWN)
		host_report_add(report, "processor", HOST_OK, "%s",
				*vendor ? vendor : "no vendor named");
	else
		host_report_add(report, "processor", HOST_OK, "%s, IOMMU: %s", vendor,
				iommu_kinds[find_maker()].name);
}

static void check_command_line(struct host_report *report, unsigned groups)
{
	char line[HOST_PATH], words[256];
	enum maker maker = find_maker();
	struct host_step *step;

	host_read(line, sizeof(line), "/proc/cmdline");
	iommu_arguments(line, words, sizeof(words));
	if (groups || (!find_off(line, &iommu_kinds[maker]) && !lacks_on(line, maker))) {
		host_report_add(report, "kernel arguments", HOST_OK, "%s",
				*words ? words : "none needed");
		return;
	}
	step = host_report_add(report, "kernel arguments", HOST_FAIL, "%s",
			       *words ? words : "intel_iommu=on is missing");
	host_iommu_fix(step);
}

static void check_iommu(struct host_report *report, unsigned groups)
{
	struct host_step *step;

	if (groups) {
		host_report_add(report, "IOMMU", HOST_OK, "on, %u groups", groups);
		return;
	}
	step = host_report_add(report, "IOMMU", HOST_FAIL, "off: there are no IOMMU groups");
	host_iommu_fix(step);
}

static void check_vfio(struct host_report *report)
{
	struct host_step *step;
	int module;

	if (host_driver_is_loaded(HOST_DRIVER_VFIO)) {
		host_report_add(report, "vfio-pci", HOST_OK, "loaded or built in");
		return;
	}
	module = host_module_is_available(HOST_DRIVER_VFIO);
	if (module > 0) {
		host_report_add(report, "vfio-pci", HOST_OK, "not loaded; `znvme bind` loads it");
		return;
	}
	step = host_report_add(report, "vfio-pci", module ? HOST_WARN : HOST_FAIL,
			       module ? "not loaded, and no list of modules to look in"
				      : "this kernel has no module vfio-pci");
	if (module)
		host_step_fix(step, "sudo modprobe vfio-pci");
	else
		host_step_fix(step,
			      "boot a kernel with CONFIG_VFIO_PCI (Debian's: sudo apt install "
			      "linux-image-amd64)");
}

/* What every process with a device opens, too: /dev/vfio/vfio, or /dev/iommu on kernels without. */
static void check_container(struct host_report *report)
{
	bool iommufd = !host_exists("/dev/vfio/vfio") && host_exists("/dev/iommu");
	const char *node = iommufd ? "/dev/iommu" : "/dev/vfio/vfio";
	int rc = host_access(R_OK | W_OK, "%s", node);
	struct host_step *step;

	if (!rc) {
		host_report_add(report, node, HOST_OK, "there, with read and write");
		return;
	}
	if (rc == -ENOENT && !host_driver_is_loaded(HOST_DRIVER_VFIO)) {
		host_report_add(report, node, HOST_OK, "not there yet; comes with vfio-pci");
		return;
	}
	step = host_report_add(report, node, HOST_FAIL, "%s", strerror(-rc));
	if (rc == -ENOENT)
		host_step_fix(step, "sudo modprobe vfio (in a container: --device=%s)", node);
	else if (iommufd)
		host_step_fix(step, "sudo setfacl -m u:%s:rw %s", host_user_name(), node);
	else
		host_step_fix(step, "sudo chmod 0666 %s", node);
}

/* Of this process, so not below the root: the kernel counts no locked memory against this right. */
static bool may_lock_all(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long rights = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &rights) == 1)
			break;
	if (file)
		fclose(file);
	return rights >> CAP_IPC_LOCK & 1;
}

static void check_memlock(struct host_report *report)
{
	struct host_step *step;
	struct rlimit limit;

	if (may_lock_all() || getrlimit(RLIMIT_MEMLOCK, &limit)) {
		host_report_add(report, "locked memory", HOST_OK, "not limited for root");
		return;
	}
	if (limit.rlim_cur == RLIM_INFINITY) {
		host_report_add(report, "locked memory", HOST_OK, "not limited");
		return;
	}
	if (limit.rlim_cur >= HOST_MEMLOCK_NEED) {
		host_report_add(report, "locked memory", HOST_OK,
				"%lu KiB (%lu KiB are enough to start)",
				(unsigned long)limit.rlim_cur / KIB, HOST_MEMLOCK_NEED / KIB);
		return;
	}
	step = host_report_add(report, "locked memory", HOST_FAIL,
			       "%lu KiB, but %lu KiB are needed",
			       (unsigned long)limit.rlim_cur / KIB, HOST_MEMLOCK_NEED / KIB);
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= HOST_MEMLOCK_NEED)
		host_step_fix(step, "ulimit -l %lu", HOST_MEMLOCK_NEED / KIB);
	else
		host_step_fix(
			step,
			"echo \"%s - memlock 65536\" | sudo tee /etc/security/limits.d/znvme.conf, "
			"then log in again",
			host_user_name());
}

static void check_modes(struct host_report *report)
{
	struct host_step *step;
	char text[128], *mode;

	host_read(text, sizeof(text), "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
	if (*text == 'Y' || *text == '1') {
		step = host_report_add(report, "no-IOMMU mode", HOST_WARN,
				       "on: a device in it can write to all memory");
		host_step_fix(step, "echo N | sudo tee "
				    "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
	}
	host_read(text, sizeof(text), "/sys/kernel/security/lockdown");
	mode = strchr(text, '[');
	if (mode && strncmp(mode, "[none]", 6))
		host_report_add(report, "kernel lockdown", HOST_OK,
				"%.*s: VFIO with an IOMMU works all the same",
				(int)strcspn(mode + 1, "]"), mode + 1);
}

void host_check_machine(struct host_report *report)
{
	unsigned groups = count_groups();

	check_processor(report);
	check_command_line(report, groups);
	check_iommu(report, groups);
	check_vfio(report);
	check_container(report);
	check_memlock(report);
	check_modes(report);
}
