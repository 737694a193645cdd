/* SPDX-License-Identifier: MIT */
/*
 * From an address to a controller that takes commands, and back (DESIGN: life and death of a
 * controller).
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "ctrl/quirks.h"

int ctrl_enter(struct znvme_ctrl *ctrl)
{
	if (ctrl->owner != getpid())
		return znvme_fail(-EPERM, "%s: was opened by process %d and is not this process's",
				  ctrl->dev->address, (int)ctrl->owner);
	if (!pthread_mutex_trylock(&ctrl->lock))
		return 0;
	__atomic_add_fetch(&ctrl->nr_waiting, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&ctrl->lock);
	__atomic_sub_fetch(&ctrl->nr_waiting, 1, __ATOMIC_RELAXED);
	return 0;
}

void ctrl_let_others(struct znvme_ctrl *ctrl)
{
	/* A mutex is not fair: who takes it again at once has it before who waits has woken up. */
	if (__atomic_load_n(&ctrl->nr_waiting, __ATOMIC_RELAXED))
		sleep_us(200);
}

void ctrl_leave(struct znvme_ctrl *ctrl)
{
	pthread_mutex_unlock(&ctrl->lock);
}

void ctrl_log(struct znvme_ctrl *ctrl, enum znvme_log_level level, const char *format, ...)
{
	char message[256];
	va_list args;

	if (!ctrl->options.log)
		return;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	pthread_mutex_lock(&ctrl->log_lock);
	ctrl->options.log(ctrl->options.log_arg, level, message);
	pthread_mutex_unlock(&ctrl->log_lock);
}

/*
 * Where the namespace's part of `address` starts, or its end: "n" and digits, behind a PCI address,
 * or as an element of its own behind "sim:" ("sim:size=1G,n2").
 */
static const char *namespace_part(const char *address)
{
	const char *end = address + strlen(address), *at = end;

	while (at > address && isdigit((unsigned char)at[-1]))
		at--;
	if (at == end || at - address < 2 || at[-1] != 'n')
		return end;
	at--;
	if (strncmp(address, "sim:", 4))
		return isxdigit((unsigned char)at[-1]) ? at : end;
	return at[-1] == ':' || at[-1] == ',' ? at : end;
}

int znvme_parse_address(const char *address, char *device, size_t size, uint32_t *nsid)
{
	const char *part;
	size_t len;

	if (!address)
		address = getenv("ZNVME_DEVICE");
	if (!address || !*address)
		return znvme_fail(-EINVAL,
				  "no device: name one such as 0000:06:00.0 or sim:, or set "
				  "ZNVME_DEVICE");
	part = namespace_part(address);
	len = (size_t)(part - address);
	*nsid = 1;
	if (*part) {
		char *end;
		unsigned long long value;

		errno = 0;
		value = strtoull(part + 1, &end, 10);
		if (errno || *end || value == 0 || value >= ZNVME_NSID_ALL)
			return znvme_fail(-EINVAL, "'%s': '%s' names no namespace", address,
					  part + 1);
		*nsid = (uint32_t)value;
		if (len && address[len - 1] == ',')
			len--;
	}
	if (len >= size)
		return znvme_fail(-EINVAL, "the device address is too long: %zu characters", len);
	memcpy(device, address, len);
	device[len] = 0;
	return 0;
}

static void fill_options(struct znvme_open_options *options, const struct znvme_open_options *given)
{
	if (given)
		*options = *given;
	if (!options->nr_io_queues)
		options->nr_io_queues = DEFAULT_IO_QUEUES;
	if (!options->admin_queue_size)
		options->admin_queue_size = 32;
	if (!options->admin_timeout_ms)
		options->admin_timeout_ms = 60000;
	if (!options->io_timeout_ms)
		options->io_timeout_ms = 30000;
	if (!options->abort_timeout_ms)
		options->abort_timeout_ms = 2000;
}

static int check_options(const struct znvme_open_options *options)
{
	const unsigned flags = ZNVME_OPEN_NO_INTERRUPTS | ZNVME_OPEN_KEEP_DISABLED |
			       ZNVME_OPEN_NO_SHADOW_DOORBELLS | ZNVME_OPEN_NO_HMB;

	if (options->flags & ~flags)
		return znvme_fail(-EINVAL, "unknown open flags 0x%x", options->flags & ~flags);
	if (options->admin_queue_size < 2 || options->admin_queue_size > 4096)
		return znvme_fail(-EINVAL, "an admin queue of %u entries: 2 to 4096 can be had",
				  options->admin_queue_size);
	if (options->io_timeout_ms > MAX_IO_TIMEOUT_MS)
		return znvme_fail(-EINVAL, "a deadline of %u ms: an I/O command can have %u, a day",
				  options->io_timeout_ms, MAX_IO_TIMEOUT_MS);
	if ((unsigned)options->timeout_policy > ZNVME_TIMEOUT_REPORT)
		return znvme_fail(-EINVAL, "%u is no timeout policy",
				  (unsigned)options->timeout_policy);
	return 0;
}

/* A vector for the admin queue and one for each I/O queue that may be asked for, as far as they go.
 */
static int set_up_vectors(struct znvme_ctrl *ctrl)
{
	unsigned n = MIN(ctrl->dev->nr_vectors, ctrl->options.nr_io_queues + 1);
	int rc;

	if (!n || (ctrl->options.flags & ZNVME_OPEN_NO_INTERRUPTS) || !ctrl->dev->ops->irq_set)
		return 0;
	ctrl->eventfds = calloc(n, sizeof(*ctrl->eventfds));
	if (!ctrl->eventfds)
		return znvme_fail(-ENOMEM, "no memory for %u interrupt vectors", n);
	for (; ctrl->nr_vectors < n; ctrl->nr_vectors++) {
		int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

		if (fd < 0)
			return znvme_fail(-errno,
					  "an eventfd for each of %u interrupt vectors: %s "
					  "(`ulimit -n` raises the limit)",
					  n, strerror(errno));
		ctrl->eventfds[ctrl->nr_vectors] = fd;
	}
	rc = ctrl->dev->ops->irq_set(ctrl->dev, ctrl->eventfds, ctrl->nr_vectors);
	if (rc)
		return rc;
	return 0;
}

static void drop_vectors(struct znvme_ctrl *ctrl)
{
	if (ctrl->nr_vectors && ctrl->dev->ops->irq_set)
		ctrl->dev->ops->irq_set(ctrl->dev, NULL, 0);
	while (ctrl->nr_vectors)
		close(ctrl->eventfds[--ctrl->nr_vectors]);
	free(ctrl->eventfds);
}

/* Base 2.1, section 3.5.1. */
static int bring_to_life(struct znvme_ctrl *ctrl)
{
	int rc = ctrl_disable(ctrl);

	ctrl->max_transfer = UINT64_MAX; /* until Identify says */
	if (!rc)
		rc = set_up_vectors(ctrl);
	if (!rc)
		rc = admin_create(ctrl);
	if (!rc)
		rc = ctrl_bring_up(ctrl);
	if (!rc)
		rc = queues_negotiate(ctrl);
	if (rc)
		return rc;
	ctrl->queues = calloc(ctrl->nr_io_queues, sizeof(struct queue *));
	if (!ctrl->queues)
		return znvme_fail(-ENOMEM, "no memory for %u queues", ctrl->nr_io_queues);
	return 0;
}

/* The controller is off, or as good as: give everything back. */
static void free_ctrl(struct znvme_ctrl *ctrl)
{
	for (unsigned i = 0; ctrl->queues && i < ctrl->nr_io_queues; i++)
		queue_fini(ctrl->queues[i]);
	cmb_fini(ctrl);
	pmr_fini(ctrl);
	features_free(ctrl);
	free(ctrl->queues);
	queue_fini(ctrl->admin);
	drop_vectors(ctrl);
	if (ctrl->epoll_fd >= 0)
		close(ctrl->epoll_fd);
	if (ctrl->notify_fd >= 0)
		close(ctrl->notify_fd);
	if (ctrl->domain.dev)
		domain_fini(&ctrl->domain);
	namespaces_free(ctrl);
	znvme_device_close(ctrl->dev);
	pthread_mutex_destroy(&ctrl->log_lock);
	pthread_mutex_destroy(&ctrl->io_lock);
	pthread_mutex_destroy(&ctrl->events_lock);
	pthread_mutex_destroy(&ctrl->lock);
	free(ctrl);
}

/* Off, so that nothing is written to memory that is about to go. */
static int turn_off(struct znvme_ctrl *ctrl)
{
	int rc = ctrl_disable(ctrl);
	int master = ctrl_bus_master(ctrl, false);

	return rc ? rc : master;
}

int znvme_open_device(struct znvme_device *dev, const struct znvme_open_options *options,
		      struct znvme_ctrl **out)
{
	struct znvme_ctrl *ctrl = calloc(1, sizeof(*ctrl));
	int rc;

	if (!ctrl) {
		znvme_device_close(dev);
		return znvme_fail(-ENOMEM, "no memory for a controller");
	}
	ctrl->dev = dev;
	ctrl->owner = getpid();
	ctrl->epoll_fd = -1;
	ctrl->quirks = quirks_of(dev);
	fill_options(&ctrl->options, options);
	pthread_mutex_init(&ctrl->lock, NULL);
	pthread_mutex_init(&ctrl->events_lock, NULL);
	pthread_mutex_init(&ctrl->io_lock, NULL);
	pthread_mutex_init(&ctrl->log_lock, NULL);

	pthread_mutex_lock(&ctrl->lock);
	rc = check_options(&ctrl->options);
	ctrl->notify_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!rc && ctrl->notify_fd < 0)
		rc = znvme_fail(-errno, "eventfd: %s", strerror(errno));
	if (!rc)
		rc = ctrl_read_capabilities(ctrl);
	if (!rc)
		rc = domain_init(&ctrl->domain, dev, ctrl->page_shift);
	if (!rc && !(ctrl->options.flags & ZNVME_OPEN_KEEP_DISABLED)) {
		rc = bring_to_life(ctrl);
		if (rc) {
			char why[512];

			/* Turning it off may fail, too; what is told is why it had to be. */
			snprintf(why, sizeof(why), "%s", znvme_errmsg());
			turn_off(ctrl);
			znvme_fail(rc, "%s", why);
		}
	}
	pthread_mutex_unlock(&ctrl->lock);
	if (rc) {
		free_ctrl(ctrl);
		return rc > 0 ? znvme_status_errno(rc) : rc;
	}
	*out = ctrl;
	return 0;
}

int znvme_open(const char *address, const struct znvme_open_options *options,
	       struct znvme_ctrl **ctrl)
{
	char name[PATH_MAX];
	struct znvme_device *dev;
	uint32_t nsid;
	int rc = znvme_parse_address(address, name, sizeof(name), &nsid);

	if (!rc)
		rc = znvme_device_open(name, &dev);
	if (!rc)
		rc = znvme_open_device(dev, options, ctrl);
	return rc;
}

int znvme_close(struct znvme_ctrl *ctrl)
{
	int rc, off;

	if (!ctrl)
		return 0;
	rc = ctrl_enter(ctrl);
	if (rc)
		return rc;
	ctrl_leave(ctrl);
	if (ctrl->io_close)
		ctrl->io_close(ctrl);

	pthread_mutex_lock(&ctrl->lock);
	if (ctrl->admin) {
		queues_delete_all(ctrl);
		hmb_take_back(ctrl);
		if (!ctrl->failed)
			rc = ctrl_shutdown(ctrl);
		if (ctrl->failed != -ENODEV) {
			off = turn_off(ctrl);
			rc = rc ? rc : off;
		}
	}
	ctrl_leave(ctrl);
	free_ctrl(ctrl);
	return rc;
}

void znvme_ctrl_info(struct znvme_ctrl *ctrl, struct znvme_ctrl_info *info)
{
	/* Refused to a child of the owner, which sees its own copy. */
	bool entered = !ctrl_enter(ctrl);

	*info = (struct znvme_ctrl_info){
		.address = ctrl->dev->address,
		.way = ctrl->dev->ops->name,
		.cap = ctrl->cap,
		.vs = ctrl->vs,
		.page_size = 1u << ctrl->page_shift,
		.max_transfer = ctrl->max_transfer,
		.max_queue_size = ctrl->max_queue_size,
		.nr_io_queues = ctrl->nr_io_queues,
		.nr_vectors = ctrl->nr_vectors,
		.hmb_bytes = ctrl->hmb.on ? ctrl->hmb.memory->len : 0,
		.sgl = znvme_field_get(ZNVME_CTRL_SGLS_SUPPORTED, ctrl->id.sgls) != ZNVME_SGLS_NONE,
		.quirks = ctrl->quirks,
	};
	if (entered)
		ctrl_leave(ctrl);
}

const struct znvme_id_ctrl *znvme_id_ctrl(struct znvme_ctrl *ctrl)
{
	return &ctrl->id;
}

static bool is_register(const struct znvme_ctrl *ctrl, uint32_t offset, unsigned width)
{
	return (width == 4 || width == 8) && offset % width == 0 &&
	       offset + (uint64_t)width <= ctrl->dev->bar_size;
}

uint64_t znvme_reg_read(struct znvme_ctrl *ctrl, uint32_t offset, unsigned width)
{
	if (!is_register(ctrl, offset, width))
		return width == 4 ? UINT32_MAX : UINT64_MAX;
	return width == 4 ? reg_read32(ctrl->dev, offset) : reg_read64(ctrl->dev, offset);
}

void znvme_reg_write(struct znvme_ctrl *ctrl, uint32_t offset, unsigned width, uint64_t value)
{
	if (!is_register(ctrl, offset, width))
		return;
	if (width == 4)
		reg_write32(ctrl->dev, offset, (uint32_t)value);
	else
		reg_write64(ctrl->dev, offset, value);
}

/* Whether a command in flight on any queue uses the region. */
bool region_in_use(struct znvme_ctrl *ctrl, const struct znvme_region *region)
{
	if (((const struct region *)region)->data_queues)
		return true;
	for (unsigned i = 0; ctrl->queues && i < ctrl->nr_io_queues; i++)
		if (ctrl->queues[i] && queue_uses(ctrl->queues[i], region->iova, region->len))
			return true;
	return false;
}

void region_forget(struct znvme_ctrl *ctrl, const struct znvme_region *region)
{
	for (unsigned i = 0; ctrl->queues && i < ctrl->nr_io_queues; i++)
		if (ctrl->queues[i])
			queue_forget_region(ctrl->queues[i], region);
}

int znvme_mem_alloc(struct znvme_ctrl *ctrl, size_t len, struct znvme_region **region)
{
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = domain_alloc(&ctrl->domain, len, region);
	ctrl_leave(ctrl);
	return rc;
}

int znvme_mem_map(struct znvme_ctrl *ctrl, void *addr, size_t len, unsigned flags,
		  struct znvme_region **region)
{
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = domain_map(&ctrl->domain, addr, len, flags, region);
	ctrl_leave(ctrl);
	return rc;
}

int znvme_mem_free(struct znvme_ctrl *ctrl, struct znvme_region *region)
{
	int rc;

	if (!region)
		return 0;
	rc = ctrl_enter(ctrl);
	if (rc)
		return rc;
	if (region_in_use(ctrl, region)) {
		rc = znvme_fail(-EBUSY,
				((const struct region *)region)->data_queues
					? "a controller data queue lies in the region: "
					  "znvme_cdq_delete()"
					: "a command in flight uses the region: reap it first");
	} else if (region == ctrl->pmr.pmr.region) {
		rc = znvme_fail(-EINVAL, "the region is of persistent memory: znvme_pmr_disable()");
	} else {
		const uint64_t iova = region->iova;
		const size_t len = region->len;

		region_forget(ctrl, region);
		rc = domain_free(&ctrl->domain, region);
		if (!rc && cmb_holds(ctrl, iova))
			cmb_free(ctrl, iova, len);
	}
	ctrl_leave(ctrl);
	return rc;
}

struct znvme_region *znvme_mem_find(struct znvme_ctrl *ctrl, const void *buf, size_t len)
{
	return domain_find(&ctrl->domain, buf, len);
}
