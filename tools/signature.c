/* SPDX-License-Identifier: MIT */
/*
 * Signatures of partition tables, file systems and volumes: a table of places and bytes. What is
 * not in it is not seen; it is there against mistakes, not against intent.
 */
#include "signature.h"
#include "manage.h"

#include <string.h>

#define START_BYTES                                                                                \
	73728u /* past the furthest signature; a multiple of all block sizes to 8 KiB              \
		*/

static const struct {
	const char *name;
	unsigned offset;
	unsigned len;
	const char *bytes;
} signatures[] = {
	{"a GPT partition table", 512, 8, "EFI PART"},
	{"a GPT partition table", 4096, 8, "EFI PART"},
	{"an ext2, ext3 or ext4 file system", 1080, 2, "\x53\xef"},
	{"an XFS file system", 0, 4, "XFSB"},
	{"a Btrfs file system", 65600, 8, "_BHRfS_M"},
	{"a Btrfs file system in zones", 64, 8, "_BHRfS_M"},
	{"a zonefs file system", 0, 4, "SFOZ"},
	{"an F2FS file system", 1024, 4, "\x10\x20\xf5\xf2"},
	{"an NTFS file system", 3, 8, "NTFS    "},
	{"an exFAT file system", 3, 8, "EXFAT   "},
	{"a Squashfs file system", 0, 4, "hsqs"},
	{"an ISO 9660 file system", 32769, 5, "CD001"},
	{"a LUKS volume", 0, 6, "LUKS\xba\xbe"},
	{"an LVM volume", 512, 8, "LABELONE"},
	{"an MD RAID member", 4096, 4, "\xfc\x4e\x2b\xa9"},
	{"swap space", 4086, 10, "SWAPSPACE2"},
	{"an MBR partition table or boot sector", 510, 2, "\x55\xaa"},
};

/* One block into the region; false where it cannot be read. By a queue of our own, which is given
 * back: a controller may have no more than one, and what follows needs it. */
static bool read_block(struct znvme_queue *queue, const struct znvme_ns *ns,
		       struct znvme_region *region, uint64_t lba)
{
	struct znvme_sqe *sqe = znvme_get_sqe(queue, region);
	struct znvme_cpl cpl;

	if (!sqe ||
	    znvme_prep_rw(sqe, ns, ZNVME_CMD_READ, region, region->addr + lba * ns->block_size, lba,
			  1) ||
	    znvme_submit(queue))
		return false;
	return znvme_wait(queue, &cpl, 1, -1) == 1 && !cpl.status;
}

static const char *find_in(const char *start)
{
	for (unsigned i = 0; i < TOOL_COUNT(signatures); i++)
		if (!memcmp(start + signatures[i].offset, signatures[i].bytes, signatures[i].len))
			return signatures[i].name;
	return NULL;
}

static const char *find(const struct znvme_ns *ns)
{
	uint64_t blocks = START_BYTES / ns->block_size;
	struct znvme_region *region;
	struct znvme_queue *queue;
	const char *found = NULL;

	if (ns->csi == ZNVME_CSI_KV || ns->metadata_size || blocks == 0 ||
	    znvme_mem_alloc(ns->ctrl, START_BYTES, &region))
		return NULL;
	if (!znvme_queue_create(ns->ctrl, 2, NULL, &queue)) {
		for (uint64_t lba = 0; lba < blocks && lba < ns->nr_blocks; lba++)
			if (!read_block(queue, ns, region, lba))
				memset(region->addr + lba * ns->block_size, 0, ns->block_size);
		found = find_in(region->addr);
		znvme_queue_delete(queue);
	}
	znvme_mem_free(ns->ctrl, region);
	return found;
}

int signature_confirm(struct tool *tool, const struct znvme_ns *ns, bool force)
{
	const char *found = force ? NULL : find(ns);

	return found ? tool_confirm(false, "%s: namespace %u of %s begins with %s",
				    tool->command->name, ns->nsid, tool->address, found)
		     : 0;
}
