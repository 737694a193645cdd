/* SPDX-License-Identifier: MIT */
/*
 * The ways to a device, and register access for the floors above. The public face is
 * <znvme/device.h>.
 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include "znvme/device.h"

int vfio_group_open(const char *pci_address, struct znvme_device **dev);

static inline uint32_t reg_read32(struct znvme_device *dev, uint32_t offset)
{
	if (!dev->bar)
		return (uint32_t)dev->ops->reg_read(dev, offset, 4);
	return *(volatile uint32_t *)((volatile char *)dev->bar + offset);
}

/* A 64-bit register, by one access where the host has it. */
static inline uint64_t reg_read64(struct znvme_device *dev, uint32_t offset)
{
	if (!dev->bar)
		return dev->ops->reg_read(dev, offset, 8);
	return *(volatile uint64_t *)((volatile char *)dev->bar + offset);
}

static inline void reg_write32(struct znvme_device *dev, uint32_t offset, uint32_t value)
{
	if (!dev->bar) {
		dev->ops->reg_write(dev, offset, 4, value);
		return;
	}
	__sync_synchronize();
	*(volatile uint32_t *)((volatile char *)dev->bar + offset) = value;
}

static inline void reg_write64(struct znvme_device *dev, uint32_t offset, uint64_t value)
{
	if (!dev->bar) {
		dev->ops->reg_write(dev, offset, 8, value);
		return;
	}
	__sync_synchronize();
	*(volatile uint64_t *)((volatile char *)dev->bar + offset) = value;
}

#endif
