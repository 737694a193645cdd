/* SPDX-License-Identifier: MIT */
#include "device/vfio_caps.h"

#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

/* More ranges than any IOMMU has. */
#define MAX_RANGES 4096u

/* Offset of the capability `id`, or 0. Each step goes forward, so a chain that loops ends. */
static uint32_t find_cap(const char *info, size_t size, uint32_t offset, uint16_t id)
{
	struct vfio_info_cap_header cap;

	while (offset && offset <= size && size - offset >= sizeof(cap)) {
		memcpy(&cap, info + offset, sizeof(cap));
		if (cap.id == id)
			return offset;
		if (cap.next <= offset)
			break;
		offset = cap.next;
	}
	return 0;
}

int vfio_iova_ranges(const void *info, size_t size, uint32_t offset,
		     struct znvme_iova_range **ranges, unsigned *nr)
{
	struct vfio_iommu_type1_info_cap_iova_range cap;
	struct vfio_iova_range range;
	const char *bytes = info;

	offset = find_cap(bytes, size, offset, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE);
	if (!offset)
		return -ENOENT;
	if (size - offset < sizeof(cap))
		return -EPROTO;
	memcpy(&cap, bytes + offset, sizeof(cap));
	bytes += offset + sizeof(cap);
	if (cap.nr_iovas == 0 || cap.nr_iovas > MAX_RANGES ||
	    (size - offset - sizeof(cap)) / sizeof(range) < cap.nr_iovas)
		return -EPROTO;
	*ranges = calloc(cap.nr_iovas, sizeof(**ranges));
	if (!*ranges)
		return -ENOMEM;
	for (unsigned i = 0; i < cap.nr_iovas; i++) {
		memcpy(&range, bytes + i * sizeof(range), sizeof(range));
		if (range.start > range.end || (i && range.start <= (*ranges)[i - 1].last))
			goto free_ranges;
		(*ranges)[i] = (struct znvme_iova_range){range.start, range.end};
	}
	*nr = cap.nr_iovas;
	return 0;

free_ranges:
	free(*ranges);
	*ranges = NULL;
	return -EPROTO;
}
