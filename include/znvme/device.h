/* SPDX-License-Identifier: MIT */
/*
 * How a PCI function is reached: registers, DMA mappings, interrupts, reset. One small table of
 * operations, one file a way (src/device/, src/sim/). A program can bring its own: fill a struct
 * znvme_device and hand it to znvme_open_device().
 *
 * Every operation returns 0 or a negative errno (with a sentence set by znvme_fail()) unless it
 * says otherwise. Operations other than register accesses are called with the controller's lock
 * held, never from the hot path.
 */
#ifndef ZNVME_DEVICE_H
#define ZNVME_DEVICE_H

#include "spec/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct znvme_device;

/* I/O virtual addresses that a mapping may use, both ends included. */
struct znvme_iova_range {
	uint64_t first;
	uint64_t last;
};

enum znvme_dma_flags {
	ZNVME_DMA_READ = 1,  /* the device may read the memory */
	ZNVME_DMA_WRITE = 2, /* the device may write the memory */
};

struct znvme_device_ops {
	const char *name; /* the way: "vfio-group", "sim", … */

	/*
	 * A register of BAR0, `width` 4 or 8 bytes. Called only where `bar` is NULL. A device that
	 * is gone reads as all ones.
	 */
	uint64_t (*reg_read)(struct znvme_device *dev, uint32_t offset, unsigned width);
	void (*reg_write)(struct znvme_device *dev, uint32_t offset, unsigned width,
			  uint64_t value);

	/*
	 * Let the device reach `len` bytes at `addr` as `iova`. All three are multiples of
	 * iova_align; `flags` are of enum znvme_dma_flags. The memory stays the caller's.
	 */
	int (*dma_map)(struct znvme_device *dev, void *addr, size_t len, uint64_t iova,
		       unsigned flags);
	/* Take a mapping away, exactly as it was made. */
	int (*dma_unmap)(struct znvme_device *dev, uint64_t iova, size_t len);

	/*
	 * Have vector i signal eventfds[i], for i < count ≤ nr_vectors; count 0 turns interrupts
	 * off. NULL where the device has none. The descriptors stay the caller's.
	 */
	int (*irq_set)(struct znvme_device *dev, const int *eventfds, unsigned count);

	/*
	 * Map *len bytes of BAR `bar` (0 to 5) from `offset` on into the process, to be reached by
	 * plain loads and stores: where a Controller Memory Buffer or a Persistent Memory Region
	 * is. `offset` and *len are multiples of the host's page size; a length of 0 is all that
	 * there is behind `offset`, and becomes that. -EINVAL where the BAR does not hold that
	 * range or cannot be mapped. A BAR is mapped once; the mapping is the device's and lasts
	 * until it is closed; once the device is gone, what is read there is anything. May be
	 * NULL: no BAR can be mapped so.
	 */
	int (*map_bar)(struct znvme_device *dev, unsigned bar, uint64_t offset, size_t *len,
		       void **addr);

	int (*bus_master)(struct znvme_device *dev, bool on); /* may be NULL */
	int (*function_reset)(struct znvme_device *dev);      /* may be NULL: -EOPNOTSUPP */

	void (*close)(struct znvme_device *dev); /* gives everything back, also `dev` */
};

struct znvme_device {
	const struct znvme_device_ops *ops;
	char address[128]; /* as the user wrote it, or the canonical form */

	volatile void *bar; /* BAR0 where it is mapped, else NULL */
	size_t bar_size;    /* bytes of BAR0 */

	struct znvme_iova_range *iova_ranges; /* ascending, disjoint; the device's */
	unsigned nr_iova_ranges;
	uint32_t iova_align; /* bytes, a power of two, ≥ 4096 */

	unsigned nr_vectors; /* interrupt vectors that irq_set takes; 0: none */
	int request_fd;	     /* eventfd signalled when the host wants the device back; -1: none */

	unsigned numa_node; /* of the host, plus 1: where memory for it is best; 0: none known */

	uint16_t vendor; /* PCI ids, for the quirk table; 0 where there are none */
	uint16_t device;
	uint16_t subsystem_vendor;
	uint16_t subsystem_device;
};

/*
 * Open a device by address (README, Device addresses): `0000:06:00.0`, `06:00.0`,
 * `vfio-group:06:00.0`, `sim:` with options. The device is the caller's until it is handed to
 * znvme_open_device().
 */
int znvme_device_open(const char *address, struct znvme_device **dev);

static inline void znvme_device_close(struct znvme_device *dev)
{
	dev->ops->close(dev);
}

#ifdef __cplusplus
}
#endif

#endif
