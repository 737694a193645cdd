/* SPDX-License-Identifier: MIT */
/*
 * The host side of the tool: what the machine's sysfs, procfs and /dev/vfio say of NVMe devices,
 * and the commands list, bind, unbind and doctor that show and change it. No NVMe controller is
 * touched here but by `list --open`.
 *
 * All paths are below a root: "" or, for tests on a made-up tree, the environment's ZNVME_SYSROOT.
 */
#ifndef ZNVME_TOOL_HOST_H
#define ZNVME_TOOL_HOST_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define HOST_PATH    4096 /* bytes of a path with its terminating zero */
#define HOST_NAME    64	  /* of a driver, a block device, a process */
#define HOST_ADDRESS 24	  /* of a PCI address: 0000:06:00.0 */
#define HOST_TEXT    512  /* of a sentence */
#define HOST_PCI     "/sys/bus/pci/devices/%s"

#define HOST_DRIVER_KERNEL "nvme"
#define HOST_DRIVER_VFIO   "vfio-pci"

/* Locked memory that a controller with some queues and buffers takes, in bytes. */
#define HOST_MEMLOCK_NEED (8UL << 20)

/* ---- files (host_sysfs.c); `format` is an absolute path; 0 or a negative errno ---- */

struct host_names {
	char **name; /* sorted */
	unsigned nr;
};

/* Whether this is the machine itself, not a made-up tree. */
bool host_is_real(void);
/* Put the root in front of a path. `path` takes HOST_PATH bytes. */
int host_path(char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool host_exists(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* access(2) with `mode`; 0 or a negative errno. */
int host_access(int mode, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The first line, printable, without blanks at its end; empty on failure. */
int host_read(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int host_read_number(long long *value, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The last part of what a symbolic link points to; empty on failure. */
int host_read_link(char *name, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int host_write(const char *value, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The entries of a directory. host_names_free() also after a failure. */
int host_list_dir(struct host_names *names, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int host_names_add(struct host_names *names, const char *name);
void host_names_free(struct host_names *names);
/* For reading line by line. NULL where it cannot be opened. */
FILE *host_open_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Like snprintf, at the end of `text`; what does not fit is cut off. */
void host_append(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- PCI functions (host_pci.c) ---- */

struct host_device {
	char address[HOST_ADDRESS];
	uint16_t vendor;
	uint16_t device;
	uint32_t class_code;	     /* base class, subclass, programming interface */
	char driver[HOST_NAME];	     /* empty: none */
	int group;		     /* IOMMU group; -1: none */
	int numa_node;		     /* -1: none */
	char kernel_name[HOST_NAME]; /* "nvme0"; empty where the kernel's driver does not have it */
	char model[48];		     /* these four empty where not readable */
	char serial[32];
	char firmware[16];
	char subnqn[257];
};

/* "6:0.0" or "0000:06:00.0" in its long form. -EINVAL where it is none. */
int host_parse_address(const char *text, char *address);
/* -ENODEV where there is no such function. */
int host_load_device(const char *address, struct host_device *dev);
bool host_is_nvme(const struct host_device *dev);
bool host_is_vfio_driver(const char *driver);
/* All NVMe functions in the order of their addresses; free(*devices). */
int host_all_devices(struct host_device **devices, unsigned *nr);
/* Parse, load, and refuse what is no NVMe controller. 0, or 1 after an error message. */
int host_find_device(const char *text, struct host_device *dev);
/* Vendor and device by their names in pci.ids, or numbers where it has none. */
void host_pci_name(const struct host_device *dev, char *text, size_t size);
/* The devices of an IOMMU group that keep VFIO from it. */
struct host_spoilers {
	unsigned nr;
	unsigned nr_nvme;    /* of these NVMe controllers, which can be bound, too */
	char who[HOST_TEXT]; /* "0000:00:1f.3 (driver snd_hda_intel)", several with commas */
	char fix[HOST_TEXT]; /* commands, one a line */
};

void host_find_spoilers(const struct host_device *dev, struct host_spoilers *spoilers);
/* How many other devices of its group are with a VFIO driver. */
unsigned host_group_vfio_peers(const struct host_device *dev);

/* ---- mounts and swap (host_mounts.c) ---- */

/* A block device by all names that mount tables have for it. */
struct host_block {
	char name[HOST_NAME];	/* nvme0n1p2, dm-0 */
	char number[HOST_NAME]; /* "259:1" */
	char dm_name[128];	/* of /dev/mapper; empty where it is none */
};

void host_load_block(struct host_block *block, const char *name);
/* Whether `path` is one of its nodes. */
bool host_is_block(const struct host_block *block, const char *path);
/* A process of every mount namespace; the first is "self". */
void host_find_mount_tables(struct host_names *tables);
/* The first of `tables` in which it is mounted, and there the mount point; or NULL. */
const char *host_find_mount(const struct host_names *tables, const struct host_block *block,
			    char *point, size_t size);
/* Whether it is swap, and by which name. */
bool host_find_swap(const struct host_block *block, char *name, size_t size);

/* ---- who uses a device's disks (host_use.c) ---- */

struct host_use {
	char text[HOST_TEXT]; /* "nvme0n1p2 is mounted on /home" */
	char fix[HOST_TEXT];  /* a command; empty where there is none */
};

struct host_uses {
	struct host_use use[16];
	unsigned nr;
	bool incomplete; /* some processes could not be looked at */
};

/* The disks that the kernel made of the device's namespaces. host_names_free() also after a
 * failure. */
int host_list_disks(const struct host_device *dev, struct host_names *disks);
/* What uses them. Of each disk's or partition's mounts one is named. -ENOMEM. */
int host_find_uses(const struct host_device *dev, struct host_uses *uses);

/* The device's disks opened so that nothing can mount or hold them meanwhile. */
struct host_claim {
	int *fd;
	unsigned nr;
};

/* -EBUSY with the disk's name in `busy` (HOST_NAME bytes) where somebody has it. */
int host_claim_disks(const struct host_device *dev, struct host_claim *claim, char *busy);
void host_release_disks(struct host_claim *claim);

/* ---- processes (host_process.c) ---- */

struct host_holders {
	char text[HOST_TEXT]; /* "process 4711 (fio)", several with commas */
	const char *node;     /* of the caller's nodes the one that the first of them has open */
	long pid;	      /* the first of them */
	unsigned nr;
	bool incomplete; /* some processes could not be looked at */
};

/* Processes other than this one that have one of `nodes` (paths below /dev) open. */
void host_find_holders(const char *const *nodes, unsigned nr, struct host_holders *holders);
/* The name of who runs the tool, also through sudo. */
const char *host_user_name(void);
/* Run modprobe. -ENOENT where there is none, -EIO where it failed, also in a made-up tree. */
int host_modprobe(const char *module);
/* Signals that a terminal sends wait from here to host_release_signals(): nothing ends half-way. */
void host_hold_signals(sigset_t *before);
void host_release_signals(const sigset_t *before);
/* Sleep for some milliseconds while waiting for the kernel. */
void host_nap(unsigned ms);

/* ---- VFIO's nodes (host_vfio.c) ---- */

struct host_nodes {
	char group[HOST_NAME]; /* "/dev/vfio/12"; empty without an IOMMU group */
	char cdev[HOST_NAME];  /* "/dev/vfio/devices/vfio0"; empty where the kernel has none */
};

void host_find_nodes(const struct host_device *dev, struct host_nodes *nodes);
/* Processes that hold the device through VFIO. */
void host_find_vfio_holders(const struct host_nodes *nodes, struct host_holders *holders);
/* Owner and mode of a node as text: "alice, mode 0600". */
int host_node_owner(const char *node, char *text, size_t size);
/* Whether all users may read and write it; also true where there is none. */
bool host_node_is_open_to_all(const char *node);
/* Give a node to `uid` with mode 0600. It has to be a character device. */
int host_give_node(const char *node, uid_t uid);
/* Open the group and close it again: 0, -EBUSY where a process has it, or why it cannot be. */
int host_try_group(const struct host_nodes *nodes);

/* ---- drivers (host_driver.c); 0 or a negative errno ---- */

bool host_driver_is_loaded(const char *driver);
/* Whether modprobe could load it: 1 yes, 0 no, -ENOENT not known. */
int host_module_is_available(const char *module);
/* A driver's name that is fit for sysfs and modprobe. */
bool host_driver_name_is_valid(const char *driver);
/* Load its module where it is not there. */
int host_load_driver(const char *driver);
/* Let no other driver than this take the device; NULL: any that fits. */
int host_set_override(const char *address, const char *driver);
int host_detach(const char *address);
/* Attach by driver_override: detaches nothing, waits until the driver has it. */
int host_attach(const char *address, const char *driver);
/*
 * Keep other runs of bind and unbind from the device until this process ends, and load it again. 0,
 * or 1 after an error message. A system without /run goes without.
 */
int host_lock_device(struct host_device *dev);
/* 0, or 1 after an error message that names the command with sudo in front. */
int host_need_root(const char *command_line);

/* ---- the same at every boot (host_boot.c); 0, or 1 after an error message ---- */

struct host_boot {
	char name[HOST_TEXT]; /* the rule's file */
	char text[HOST_PATH + HOST_TEXT];
};

/* The rule that binds the device to `driver` for `uid` (-1: root). Nothing is written yet. */
int host_boot_prepare(struct host_boot *boot, const struct host_device *dev, const char *driver,
		      long long uid);
int host_boot_write(const struct host_boot *boot);
/* Whether there is a rule for the device; its file in `name`, which takes HOST_TEXT bytes. */
bool host_boot_exists(const char *address, char *name);
/* Whether that rule does what host_boot_prepare() would have it do. */
bool host_boot_is(const char *address, const char *driver, long long uid);
/* Where there is one. */
int host_boot_remove(const char *address, char *name);

/* ---- steps of the doctor (host_check.c, host_check_machine.c) ---- */

enum host_status { HOST_OK, HOST_WARN, HOST_FAIL };

struct host_step {
	const char *name;
	char device[HOST_ADDRESS]; /* empty: the machine */
	enum host_status status;
	char detail[HOST_TEXT];
	char fix[HOST_TEXT]; /* commands, one a line; empty where there is nothing to do */
};

struct host_report {
	struct host_step *step;
	unsigned nr;
	bool failed; /* memory ran out */
};

/* A further step with this result; NULL where memory ran out (then report->failed). */
struct host_step *host_report_add(struct host_report *report, const char *name,
				  enum host_status status, const char *detail, ...)
	__attribute__((format(printf, 4, 5)));
/* One more line of what mends it. `step` may be NULL. */
void host_step_fix(struct host_step *step, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void host_report_free(struct host_report *report);
/* The first step from `first` on that failed, or NULL. */
const struct host_step *host_report_failure(const struct host_report *report, unsigned first);

void host_check_machine(struct host_report *report);
/* `probe`: also open its VFIO group for a moment. */
void host_check_device(struct host_report *report, const struct host_device *dev, bool probe);
/* What turns the IOMMU on, for this machine. */
void host_iommu_fix(struct host_step *step);

#endif
