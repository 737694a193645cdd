/* SPDX-License-Identifier: MIT */
/*
 * The simulated controller from outside: making one and taking it apart, the operations of
 * <znvme/device.h>, and the functions of <znvme/sim.h>. Each takes the mutex, does its work in
 * another file, and settles what that left to do.
 */
#include "sim/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SIM_MSI_FIRST 0xfee00000ull /* the window that interrupt messages go to */
#define SIM_MSI_LAST  0xfeefffffull
#define SIM_BAR_MIN   0x4000u

uint64_t sim_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* splitmix64 */
uint64_t sim_mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15ull;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
	value = (value ^ value >> 27) * 0x94d049bb133111ebull;
	return value ^ value >> 31;
}

uint64_t sim_random(struct znvme_sim *sim)
{
	uint64_t value = sim_mix(sim->random);

	sim->random += 0x9e3779b97f4a7c15ull;
	return value;
}

void sim_set_fatal(struct znvme_sim *sim)
{
	sim->csts |= ZNVME_CSTS_CFS;
}

/* Queues that wait and interrupts are for the outermost operation, when no command is half done. */
void sim_enter(struct znvme_sim *sim)
{
	sim->depth++;
}

void sim_leave(struct znvme_sim *sim)
{
	if (sim->depth == 1)
		sim_queues_settle(sim);
	sim->depth--;
}

/* ---- operations ---------------------------------------------------------------------------- */

static struct znvme_sim *sim_lock(struct znvme_device *dev)
{
	struct znvme_sim *sim = (struct znvme_sim *)dev;

	pthread_mutex_lock(&sim->mutex);
	sim_enter(sim);
	return sim;
}

static void sim_unlock(struct znvme_sim *sim)
{
	sim_leave(sim);
	pthread_mutex_unlock(&sim->mutex);
}

static uint64_t sim_op_reg_read(struct znvme_device *dev, uint32_t offset, unsigned width)
{
	struct znvme_sim *sim = sim_lock(dev);
	uint64_t value = sim_reg_read(sim, offset, width);

	sim_unlock(sim);
	return value;
}

static void sim_op_reg_write(struct znvme_device *dev, uint32_t offset, unsigned width,
			     uint64_t value)
{
	struct znvme_sim *sim = sim_lock(dev);

	sim_reg_write(sim, offset, width, value);
	sim_unlock(sim);
}

static int sim_op_dma_map(struct znvme_device *dev, void *addr, size_t len, uint64_t iova,
			  unsigned flags)
{
	struct znvme_sim *sim = sim_lock(dev);
	int rc = sim_dma_map(sim, addr, len, iova, flags);

	sim_unlock(sim);
	return rc;
}

static int sim_op_dma_unmap(struct znvme_device *dev, uint64_t iova, size_t len)
{
	struct znvme_sim *sim = sim_lock(dev);
	int rc = sim_dma_unmap(sim, iova, len);

	sim_unlock(sim);
	return rc;
}

static int sim_op_irq_set(struct znvme_device *dev, const int *eventfds, unsigned count)
{
	struct znvme_sim *sim;

	if (count > dev->nr_vectors)
		return znvme_fail(-EINVAL, "sim: %u interrupt vectors asked for, there are %u",
				  count, dev->nr_vectors);
	sim = sim_lock(dev);
	for (unsigned i = 0; i < count; i++)
		sim->eventfd[i] = eventfds[i];
	sim->nr_eventfds = count;
	sim_unlock(sim);
	return 0;
}

static int sim_op_map_bar(struct znvme_device *dev, unsigned bar, uint64_t offset, size_t *len,
			  void **addr)
{
	struct znvme_sim *sim = sim_lock(dev);
	int rc = bar < 4 ? sim_cmb_map(sim, bar, offset, len, addr)
			 : sim_pmr_map(sim, bar, offset, len, addr);

	sim_unlock(sim);
	return rc;
}

static int sim_op_bus_master(struct znvme_device *dev, bool on)
{
	struct znvme_sim *sim = sim_lock(dev);

	sim->bus_master = on;
	sim_unlock(sim);
	return 0;
}

static int sim_op_function_reset(struct znvme_device *dev)
{
	struct znvme_sim *sim = sim_lock(dev);
	bool removed = sim->removed;

	if (!removed) {
		sim_regs_reset(sim);
		sim_firmware_reset(sim, SIM_FW_CONVENTIONAL);
	}
	sim_unlock(sim);
	return removed ? znvme_fail(-ENODEV, "sim: the device has been removed") : 0;
}

static void sim_op_close(struct znvme_device *dev)
{
	struct znvme_sim *sim = (struct znvme_sim *)dev;

	sim_clock_stop(sim);
	sim_faults_clear(sim);
	free(sim->text);
	for (uint64_t qid = 0; sim->sq && sim->cq && qid <= sim->options.queues; qid++) {
		free(sim->sq[qid].cid_busy);
		free(sim->cq[qid].held.entry);
	}
	sim_fdp_close(sim);
	sim_media_close(sim);
	sim_mgmt_free(sim);
	free(sim->sq);
	free(sim->cq);
	free(sim->sq_waiting);
	free(sim->eventfd);
	free(sim->irq);
	free(sim->raised_list);
	free(sim->vector);
	free(sim->iova.mapping);
	free(sim->sg.segment);
	free(sim->bounce);
	free(sim->cmb.bar);
	free(sim->pmr.bar);
	sim_hmb_close(sim);
	if (sim->dev.request_fd >= 0)
		close(sim->dev.request_fd);
	pthread_cond_destroy(&sim->wake);
	pthread_mutex_destroy(&sim->mutex);
	free(sim);
}

static const struct znvme_device_ops sim_ops = {
	.name = "sim",
	.reg_read = sim_op_reg_read,
	.reg_write = sim_op_reg_write,
	.dma_map = sim_op_dma_map,
	.dma_unmap = sim_op_dma_unmap,
	.irq_set = sim_op_irq_set,
	.map_bar = sim_op_map_bar,
	.bus_master = sim_op_bus_master,
	.function_reset = sim_op_function_reset,
	.close = sim_op_close,
};

/* Without vectors there is nothing to set up. */
static const struct znvme_device_ops sim_ops_no_irq = {
	.name = "sim",
	.reg_read = sim_op_reg_read,
	.reg_write = sim_op_reg_write,
	.dma_map = sim_op_dma_map,
	.dma_unmap = sim_op_dma_unmap,
	.map_bar = sim_op_map_bar,
	.bus_master = sim_op_bus_master,
	.function_reset = sim_op_function_reset,
	.close = sim_op_close,
};

/* ---- making one ---------------------------------------------------------------------------- */

static void sim_init_locks(struct znvme_sim *sim)
{
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;

	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_settype(&mutex, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&sim->mutex, &mutex);
	pthread_mutexattr_destroy(&mutex);
	pthread_condattr_init(&cond);
	pthread_condattr_setclock(&cond, CLOCK_MONOTONIC);
	pthread_cond_init(&sim->wake, &cond);
	pthread_condattr_destroy(&cond);
}

static void sim_init_device(struct znvme_sim *sim, const char *text)
{
	const struct sim_options *options = &sim->options;
	struct znvme_device *dev = &sim->dev;
	size_t bar = ZNVME_REG_DOORBELLS + (2 * (options->queues + 1)) * (4ull << options->dstrd);

	dev->ops = options->vectors ? &sim_ops : &sim_ops_no_irq;
	snprintf(dev->address, sizeof(dev->address), "sim:%s", text ? text : "");
	dev->bar_size = SIM_BAR_MIN;
	while (dev->bar_size < bar)
		dev->bar_size *= 2;
	sim->ranges[0] = (struct znvme_iova_range){0, (1ull << options->iova) - 1};
	dev->nr_iova_ranges = 1;
	if (sim->ranges[0].last > SIM_MSI_LAST) {
		sim->ranges[1] = (struct znvme_iova_range){SIM_MSI_LAST + 1, sim->ranges[0].last};
		dev->nr_iova_ranges = 2;
	}
	if (sim->ranges[0].last >= SIM_MSI_FIRST)
		sim->ranges[0].last = SIM_MSI_FIRST - 1;
	dev->iova_ranges = sim->ranges;
	dev->iova_align = 4096;
	dev->nr_vectors = (unsigned)options->vectors;
	dev->vendor = options->pci[0];
	dev->device = options->pci[1];
	dev->subsystem_vendor = options->pci[2];
	dev->subsystem_device = options->pci[3];
}

static int sim_init_memory(struct znvme_sim *sim)
{
	size_t queues = sim->options.queues + 1;
	size_t vectors = sim->dev.nr_vectors + 1;

	sim->sq = calloc(queues, sizeof(*sim->sq));
	sim->cq = calloc(queues, sizeof(*sim->cq));
	sim->sq_waiting = calloc(queues / 64 + 1, sizeof(*sim->sq_waiting));
	sim->eventfd = calloc(vectors, sizeof(*sim->eventfd));
	sim->irq = calloc(vectors, sizeof(*sim->irq));
	sim->raised_list = calloc(vectors, sizeof(*sim->raised_list));
	sim->vector = calloc(vectors, sizeof(*sim->vector));
	if (!sim->sq || !sim->cq || !sim->sq_waiting || !sim->eventfd || !sim->irq ||
	    !sim->raised_list || !sim->vector)
		return znvme_fail(-ENOMEM, "sim: no memory for queues and vectors");
	if (!sim_boot_init(sim) || !sim_cmb_init(sim) || !sim_pmr_init(sim))
		return znvme_fail(-ENOMEM, "sim: no memory for the controller's memory");
	sim->dev.request_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sim->dev.request_fd < 0)
		return znvme_fail(-errno, "sim: eventfd: %s", strerror(errno));
	return 0;
}

static int sim_init_state(struct znvme_sim *sim)
{
	int rc;

	sim->random = sim_mix(sim->options.seed);
	sim->removed = sim->options.removed;
	sim->nr_queues = (uint32_t)sim->options.queues;
	sim->health.power_on = sim_now();
	sim_condition_init(sim);
	sim_regs_init(sim);
	sim_features_init(sim);
	sim_firmware_init(sim);
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].allocated)
			sim_identify_ns_init(sim, &sim->ns[i]);
	rc = sim_state_apply(sim);
	sim_rpmb_reset(sim);
	sim_pel_init(sim);
	return rc;
}

int znvme_sim_create(const char *options, struct znvme_device **dev)
{
	struct znvme_sim *sim = calloc(1, sizeof(*sim));
	int rc;

	*dev = NULL;
	if (!sim)
		return znvme_fail(-ENOMEM, "sim: no memory");
	sim->mgmt.state_fd = -1;
	rc = sim_options_parse(options, &sim->options);
	if (rc) {
		free(sim);
		return rc;
	}
	sim_init_locks(sim);
	sim_init_device(sim, options);
	sim->dev.request_fd = -1;
	sim->store.fd = -1;
	sim->store.metadata_fd = -1;
	sim->text = strdup(options ? options : "");
	rc = sim->text ? sim_init_memory(sim) : znvme_fail(-ENOMEM, "sim: no memory");
	if (!rc)
		rc = sim_media_open(sim);
	if (!rc)
		rc = sim_zns_open(sim);
	if (!rc && !sim_fdp_init(sim))
		rc = znvme_fail(-ENOMEM, "sim: no memory for reclaim unit handles");
	if (!rc)
		rc = sim_kv_open(sim);
	if (!rc)
		rc = sim_resv_open(sim);
	if (!rc)
		rc = sim_rpmb_open(sim);
	if (!rc)
		rc = sim_init_state(sim);
	if (!rc)
		rc = sim_faults_init(sim);
	if (rc) {
		sim_op_close(&sim->dev);
		return rc;
	}
	*dev = &sim->dev;
	return 0;
}

/* ---- <znvme/sim.h> ------------------------------------------------------------------------- */

struct znvme_sim *znvme_sim_of(struct znvme_device *dev)
{
	return dev && (dev->ops == &sim_ops || dev->ops == &sim_ops_no_irq)
		       ? (struct znvme_sim *)dev
		       : NULL;
}

void znvme_sim_set_hooks(struct znvme_sim *sim, const struct znvme_sim_hooks *hooks)
{
	sim_lock(&sim->dev);
	if (hooks)
		sim->hooks = *hooks;
	else
		memset(&sim->hooks, 0, sizeof(sim->hooks));
	sim_unlock(sim);
}

void znvme_sim_remove(struct znvme_sim *sim)
{
	sim_lock(&sim->dev);
	sim->removed = true;
	sim_unlock(sim);
}

void znvme_sim_power_loss(struct znvme_sim *sim)
{
	sim_lock(&sim->dev);
	sim_power_off(sim);
	sim_unlock(sim);
}

void znvme_sim_fail(struct znvme_sim *sim)
{
	sim_lock(&sim->dev);
	sim_set_fatal(sim);
	sim_unlock(sim);
}

void znvme_sim_async_event(struct znvme_sim *sim, uint8_t type, uint8_t info, uint8_t log_page)
{
	sim_lock(&sim->dev);
	sim_event_raise(sim, type, info, log_page);
	sim_unlock(sim);
}

int znvme_sim_peer_exec(struct znvme_sim *sim, const struct znvme_sim_peer *peer,
			const struct znvme_sqe *sqe, void *data, size_t len, uint64_t *result)
{
	struct sim_cmd cmd = {
		.sqe = *sqe,
		.qid = UINT16_MAX,
		.error_loc = 0xffff,
		.peer = peer,
		.peer_data = data,
		.peer_len = len,
	};
	uint16_t refused;
	int status = -ENODEV;

	if (peer->host_id_len != 8 && peer->host_id_len != 16)
		return znvme_fail(-EINVAL, "sim: a host identifier of %u bytes: 8 or 16",
				  peer->host_id_len);
	sim_lock(&sim->dev);
	if (sim_lm_suspended(sim, peer->cntlid))
		status = znvme_fail(-EBUSY, "sim: controller %u is suspended: it takes no commands",
				    peer->cntlid);
	else if (!sim->removed) {
		refused = sim_background_gate(sim, &cmd);
		status = refused ? refused : sim_nvm(sim, &cmd);
		if (!status)
			sim_sanitize_written(sim, sqe->opcode);
	}
	sim_unlock(sim);
	if (result)
		*result = cmd.dw0 | (uint64_t)cmd.dw1 << 32;
	return status;
}

int znvme_sim_change_zone(struct znvme_sim *sim, uint32_t nsid, uint64_t lba,
			  enum znvme_sim_zone_change change)
{
	int rc;

	sim_lock(&sim->dev);
	rc = sim_zns_change(sim, nsid, lba, change);
	sim_unlock(sim);
	return rc;
}

int znvme_sim_change_ana(struct znvme_sim *sim, enum znvme_ana_state state)
{
	int rc;

	sim_lock(&sim->dev);
	rc = sim_change_ana(sim, state);
	sim_unlock(sim);
	return rc;
}

void znvme_sim_set_temperature(struct znvme_sim *sim, unsigned kelvin)
{
	sim_lock(&sim->dev);
	sim->mgmt.condition.temperature = (uint16_t)(kelvin < UINT16_MAX ? kelvin : UINT16_MAX);
	sim_temperature_look(sim);
	sim_unlock(sim);
}

void znvme_sim_warn_endurance(struct znvme_sim *sim, uint8_t warnings)
{
	sim_lock(&sim->dev);
	sim_warn_endurance(sim, warnings);
	sim_unlock(sim);
}

int znvme_sim_post_completion(struct znvme_sim *sim, uint16_t qid, const struct znvme_cqe *cqe)
{
	struct sim_completion completion = {.cqe = *cqe, .verbatim = true};
	int rc = 0;

	sim_lock(&sim->dev);
	completion.serial = sim->serial;
	if (!sim_ready(sim) || qid > sim->options.queues || !sim->cq[qid].live)
		rc = znvme_fail(-ENOENT, "sim: there is no completion queue %u now", qid);
	else
		sim_post(sim, qid, &completion);
	sim_unlock(sim);
	return rc;
}

int znvme_sim_add_faults(struct znvme_sim *sim, const char *text)
{
	int rc;

	sim_lock(&sim->dev);
	rc = sim_faults_add(sim, "faults", text);
	if (!rc)
		rc = sim_faults_note(sim, text);
	sim_unlock(sim);
	return rc;
}

void znvme_sim_clear_faults(struct znvme_sim *sim)
{
	sim_lock(&sim->dev);
	sim_faults_clear(sim);
	sim->options.faults[0] = '\0';
	sim_unlock(sim);
}

void znvme_sim_fault_counts(struct znvme_sim *sim, struct znvme_sim_fault_counts *counts)
{
	sim_lock(&sim->dev);
	*counts = sim->fault_counts;
	sim_unlock(sim);
}

int znvme_sim_repeat(struct znvme_sim *sim, char *address, size_t size)
{
	int len;

	sim_lock(&sim->dev);
	len = snprintf(address, size, "sim:%s%sseed=%llu,faults=%s,fault=%s", sim->text,
		       *sim->text ? "," : "", (unsigned long long)sim->options.seed,
		       sim->options.faults, sim->faults.text ? sim->faults.text : "");
	sim_unlock(sim);
	if (len >= 0 && (size_t)len < size)
		return 0;
	return znvme_fail(-ENOSPC, "sim: the address has %d characters", len);
}

void znvme_sim_request_device(struct znvme_sim *sim)
{
	const uint64_t one = 1;

	if (write(sim->dev.request_fd, &one, sizeof(one)) != sizeof(one))
		return; /* signalled more often than it can count: it is signalled */
}

void znvme_sim_counters(struct znvme_sim *sim, struct znvme_sim_counters *counters)
{
	sim_lock(&sim->dev);
	*counters = sim->counters;
	counters->mappings = (unsigned)sim->iova.nr;
	sim_unlock(sim);
}
