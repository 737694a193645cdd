/* SPDX-License-Identifier: MIT */
/*
 * The capability chains behind VFIO's info replies (<linux/vfio.h>). A pure function of bytes:
 * nothing in a chain is taken to be aligned, in order, or within the reply.
 */
#ifndef DEVICE_VFIO_CAPS_H
#define DEVICE_VFIO_CAPS_H

#include <stddef.h>
#include <stdint.h>

#include "znvme/device.h"

/*
 * The IOVA ranges in the reply to VFIO_IOMMU_GET_INFO, `size` bytes at `info`, whose chain starts
 * at `offset`. *ranges is malloc'd. -ENOENT where there are none, -EPROTO where they do not fit the
 * reply or are not ascending and disjoint, -ENOMEM.
 */
int vfio_iova_ranges(const void *info, size_t size, uint32_t offset,
		     struct znvme_iova_range **ranges, unsigned *nr);

#endif
