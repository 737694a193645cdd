// SPDX-License-Identifier: MIT
/* See spy.h. */
#include "spy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct spy *to_spy(struct znvme_device *dev)
{
	return (struct spy *)(void *)dev;
}

/* Write it down; whether this call is the one to fail. The lock is held. */
static bool note(struct spy *spy, enum spy_what what, uint64_t value, uint64_t more)
{
	if (spy->nr_notes < SPY_MAX_NOTES)
		spy->notes[spy->nr_notes++] = (struct spy_note){what, value, more};
	return ++spy->calls[what] == spy->fail_at[what];
}

static char *host_address(struct spy *spy, uint64_t iova)
{
	for (size_t i = 0; i < sizeof(spy->maps) / sizeof(spy->maps[0]); i++) {
		struct spy_map *map = &spy->maps[i];

		if (map->len && iova >= map->iova && iova - map->iova < map->len)
			return map->addr + (iova - map->iova);
	}
	return NULL;
}

/* The admin queue's tail moved: write down the commands. */
static void look_at_admin_queue(struct spy *spy, unsigned tail)
{
	struct znvme_sqe *sq = (struct znvme_sqe *)(void *)host_address(spy, spy->asq);

	while (sq && spy->asq_tail != tail) {
		const struct znvme_sqe *sqe = &sq[spy->asq_tail];

		note(spy, SPY_COMMAND, sqe->opcode, sqe->cdw10);
		spy->asq_tail = (spy->asq_tail + 1) % spy->asq_size;
	}
}

static void look_at_register(struct spy *spy, uint32_t offset, uint64_t value)
{
	uint32_t stride =
		4u << znvme_field_get(ZNVME_CAP_DSTRD,
				      spy->inner->ops->reg_read(spy->inner, ZNVME_REG_CAP, 8));

	switch (offset) {
	case ZNVME_REG_CC:
		if (!(value & ZNVME_CC_EN))
			spy->asq_tail = 0;
		note(spy, SPY_CC, value, 0);
		break;
	case ZNVME_REG_AQA:
		spy->asq_size = (unsigned)znvme_field_get(ZNVME_AQA_ASQS, value) + 1;
		break;
	case ZNVME_REG_ASQ:
		spy->asq = value;
		break;
	case ZNVME_REG_DOORBELLS:
		look_at_admin_queue(spy, (unsigned)value);
		break;
	default:
		spy->io_doorbells += offset >= ZNVME_REG_DOORBELLS + 2 * stride;
	}
}

static uint64_t reg_read(struct znvme_device *dev, uint32_t offset, unsigned width)
{
	struct spy *spy = to_spy(dev);

	pthread_mutex_lock(&spy->lock);
	spy->reg_reads++;
	pthread_mutex_unlock(&spy->lock);
	return spy->inner->ops->reg_read(spy->inner, offset, width);
}

static void reg_write(struct znvme_device *dev, uint32_t offset, unsigned width, uint64_t value)
{
	struct spy *spy = to_spy(dev);

	pthread_mutex_lock(&spy->lock);
	look_at_register(spy, offset, value);
	pthread_mutex_unlock(&spy->lock);
	spy->inner->ops->reg_write(spy->inner, offset, width, value);
}

static int remember(struct spy *spy, char *addr, size_t len, uint64_t iova)
{
	for (size_t i = 0; i < sizeof(spy->maps) / sizeof(spy->maps[0]); i++)
		if (!spy->maps[i].len) {
			spy->maps[i] = (struct spy_map){addr, iova, len};
			spy->mapped++;
			return 0;
		}
	return znvme_fail(-ENOSPC, "the spy remembers no more mappings");
}

static int dma_map(struct znvme_device *dev, void *addr, size_t len, uint64_t iova, unsigned flags)
{
	struct spy *spy = to_spy(dev);
	int rc;

	pthread_mutex_lock(&spy->lock);
	if (note(spy, SPY_MAP, iova, len))
		rc = znvme_fail(-ENOMEM, "the spy refuses a mapping");
	else
		rc = spy->inner->ops->dma_map(spy->inner, addr, len, iova, flags);
	if (!rc)
		rc = remember(spy, addr, len, iova);
	pthread_mutex_unlock(&spy->lock);
	return rc;
}

static int dma_unmap(struct znvme_device *dev, uint64_t iova, size_t len)
{
	struct spy *spy = to_spy(dev);
	int rc;

	pthread_mutex_lock(&spy->lock);
	if (note(spy, SPY_UNMAP, iova, len))
		rc = znvme_fail(-ENOMEM, "the spy refuses to unmap");
	else
		rc = spy->inner->ops->dma_unmap(spy->inner, iova, len);
	for (size_t i = 0; !rc && i < sizeof(spy->maps) / sizeof(spy->maps[0]); i++)
		if (spy->maps[i].len == len && spy->maps[i].iova == iova) {
			spy->maps[i].len = 0;
			spy->mapped--;
		}
	pthread_mutex_unlock(&spy->lock);
	return rc;
}

static int irq_set(struct znvme_device *dev, const int *eventfds, unsigned count)
{
	struct spy *spy = to_spy(dev);

	if (note(spy, SPY_IRQ, count, 0))
		return znvme_fail(-ENOMEM, "the spy refuses interrupts");
	return spy->inner->ops->irq_set(spy->inner, eventfds, count);
}

static int bus_master(struct znvme_device *dev, bool on)
{
	struct spy *spy = to_spy(dev);

	if (note(spy, SPY_MASTER, on, 0))
		return znvme_fail(-ENOMEM, "the spy refuses bus mastering");
	return spy->inner->ops->bus_master ? spy->inner->ops->bus_master(spy->inner, on) : 0;
}

static int function_reset(struct znvme_device *dev)
{
	struct spy *spy = to_spy(dev);

	return spy->inner->ops->function_reset ? spy->inner->ops->function_reset(spy->inner)
					       : -EOPNOTSUPP;
}

static void close_device(struct znvme_device *dev)
{
	struct spy *spy = to_spy(dev);

	spy->closed++;
	znvme_device_close(spy->inner);
}

static const struct znvme_device_ops spy_ops = {
	.name = "spy",
	.reg_read = reg_read,
	.reg_write = reg_write,
	.dma_map = dma_map,
	.dma_unmap = dma_unmap,
	.irq_set = irq_set,
	.bus_master = bus_master,
	.function_reset = function_reset,
	.close = close_device,
};

struct spy *spy_on(struct znvme_device *inner)
{
	struct spy *spy = calloc(1, sizeof(*spy));

	if (!spy)
		abort();
	spy->dev = *inner;
	spy->dev.ops = &spy_ops;
	spy->dev.bar = NULL;
	spy->inner = inner;
	pthread_mutex_init(&spy->lock, NULL);
	return spy;
}
