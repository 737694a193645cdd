// SPDX-License-Identifier: MIT
/*
 * Between driver and simulator: keeps the simulator's counters when the device is closed, which may
 * be before it was ever open; and may be slow where others must wait for it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "swarm.h"

struct watched {
	struct znvme_device dev;
	struct znvme_device_ops ops;
	struct znvme_device *inner;
	struct watch *watch;
	unsigned slow_us; /* of a write to CC */
	bool is_master;
	uint64_t refused; /* transfers, when it became so */
};

static struct znvme_device *inner_of(struct znvme_device *dev)
{
	return ((struct watched *)(void *)dev)->inner;
}

static uint64_t reg_read(struct znvme_device *dev, uint32_t offset, unsigned width)
{
	return inner_of(dev)->ops->reg_read(inner_of(dev), offset, width);
}

static void reg_write(struct znvme_device *dev, uint32_t offset, unsigned width, uint64_t value)
{
	unsigned slow_us = ((struct watched *)(void *)dev)->slow_us;

	if (slow_us && offset == ZNVME_REG_CC)
		usleep(slow_us);
	if (offset == ZNVME_REG_CC && znvme_field_get(ZNVME_CC_SHN, value) == ZNVME_CC_SHN_NORMAL)
		((struct watched *)(void *)dev)->watch->shut_down = true;
	inner_of(dev)->ops->reg_write(inner_of(dev), offset, width, value);
}

static int dma_map(struct znvme_device *dev, void *addr, size_t len, uint64_t iova, unsigned flags)
{
	return inner_of(dev)->ops->dma_map(inner_of(dev), addr, len, iova, flags);
}

static int dma_unmap(struct znvme_device *dev, uint64_t iova, size_t len)
{
	return inner_of(dev)->ops->dma_unmap(inner_of(dev), iova, len);
}

static int irq_set(struct znvme_device *dev, const int *eventfds, unsigned count)
{
	return inner_of(dev)->ops->irq_set(inner_of(dev), eventfds, count);
}

static int map_bar(struct znvme_device *dev, unsigned bar, uint64_t offset, size_t *len,
		   void **addr)
{
	return inner_of(dev)->ops->map_bar(inner_of(dev), bar, offset, len, addr);
}

/* What is refused to a controller that is not to transfer anything is not held against the driver.
 */
static void look_at_refused(struct watched *watched, bool is_master)
{
	struct znvme_sim_counters counters;

	znvme_sim_counters(znvme_sim_of(watched->inner), &counters);
	if (watched->is_master)
		watched->watch->refused += counters.dma_refused - watched->refused;
	watched->refused = counters.dma_refused;
	watched->is_master = is_master;
}

static int bus_master(struct znvme_device *dev, bool on)
{
	look_at_refused((struct watched *)(void *)dev, on);
	return inner_of(dev)->ops->bus_master(inner_of(dev), on);
}

static int function_reset(struct znvme_device *dev)
{
	return inner_of(dev)->ops->function_reset(inner_of(dev));
}

static void close_device(struct znvme_device *dev)
{
	struct watched *watched = (struct watched *)(void *)dev;
	struct znvme_sim *sim = znvme_sim_of(watched->inner);
	struct watch *watch = watched->watch;

	look_at_refused(watched, false);
	znvme_sim_counters(sim, &watch->counters);
	znvme_sim_fault_counts(sim, &watch->faults);
	watch->closed = true;
	znvme_device_close(watched->inner);
	free(watched);
}

struct znvme_device *watch_device(struct znvme_device *inner, unsigned slow_us, struct watch *watch)
{
	struct watched *watched = calloc(1, sizeof(*watched));

	*watch = (struct watch){.closed = false};
	if (!watched)
		return NULL;
	watched->ops = (struct znvme_device_ops){
		.name = inner->ops->name,
		.reg_read = reg_read,
		.reg_write = reg_write,
		.dma_map = dma_map,
		.dma_unmap = dma_unmap,
		.irq_set = inner->ops->irq_set ? irq_set : NULL,
		.map_bar = map_bar,
		.bus_master = bus_master,
		.function_reset = function_reset,
		.close = close_device,
	};
	watched->dev = *inner;
	watched->dev.ops = &watched->ops;
	watched->inner = inner;
	watched->watch = watch;
	watched->slow_us = slow_us;
	return &watched->dev;
}
