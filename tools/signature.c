/* SPDX-License-Identifier: MIT */
/*
 * Signatures of partition tables, file systems and volumes: a table of places and bytes. What is
 * not in it is not seen; it is there against mistakes, not against intent.
 */
#include "signature.h"
#include "manage.h"

#include <errno.h>
#include <string.h>

/* Past the furthest signature; a multiple of all block sizes to 8 KiB. */
#define START_BYTES 73728u

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

/* One block to the start of the region, with its metadata behind it, unchecked. */
static int read_block(struct znvme_queue *queue, const struct znvme_ns *ns,
		      struct znvme_region *region, uint64_t lba)
{
	char *metadata = region->addr + ns->block_size;
	struct znvme_sqe sqe = {0};
	int rc = znvme_prep_rw_pi(&sqe, ns, ZNVME_CMD_READ, region, region->addr, region,
				  ns->metadata_size && !ns->metadata_extended ? metadata : NULL,
				  lba, 1, NULL);

	return rc ? rc : znvme_exec(queue, &sqe, NULL);
}

/*
 * The first blocks into `start`, whose bytes are 0. Returns 0, or what the first that cannot be
 * read came to; one that is deallocated or was never written holds nothing.
 */
static int read_start(const struct znvme_ns *ns, struct znvme_queue *queue,
		      struct znvme_region *region, char *start)
{
	uint32_t len = ns->block_size < START_BYTES ? ns->block_size : START_BYTES;
	uint64_t blocks = (START_BYTES + len - 1) / len;
	int rc = 0;

	for (uint64_t lba = 0; !rc && lba < blocks && lba < ns->nr_blocks; lba++) {
		uint32_t rest = START_BYTES - (uint32_t)lba * len;

		rc = read_block(queue, ns, region, lba);
		if (!rc)
			memcpy(start + lba * len, region->addr, rest < len ? rest : len);
		else if (rc > 0 && (rc & ZNVME_STATUS_CODE) == ZNVME_SC_UNWRITTEN_BLOCK)
			rc = 0;
	}
	return rc;
}

static const char *find_in(const char *start)
{
	for (unsigned i = 0; i < TOOL_COUNT(signatures); i++)
		if (!memcmp(start + signatures[i].offset, signatures[i].bytes, signatures[i].len))
			return signatures[i].name;
	return NULL;
}

/*
 * What it begins with, NULL for nothing that is known; or a negative errno or status. By a queue of
 * our own, which is given back: a controller may have no more than one, and what follows needs it.
 */
static int find(const struct znvme_ns *ns, const char **found)
{
	tool_autofree char *start = calloc(1, START_BYTES);
	struct znvme_region *region = NULL;
	struct znvme_queue *queue = NULL;
	int rc = start ? 0 : -ENOMEM;

	*found = NULL;
	if (!rc)
		rc = znvme_mem_alloc(ns->ctrl, ns->block_size + (size_t)ns->metadata_size, &region);
	if (!rc)
		rc = znvme_queue_create(ns->ctrl, 2, NULL, &queue);
	if (!rc)
		rc = read_start(ns, queue, region, start);
	if (!rc)
		*found = find_in(start);
	znvme_queue_delete(queue);
	znvme_mem_free(ns->ctrl, region);
	return rc;
}

int signature_confirm(struct tool *tool, const struct znvme_ns *ns, bool force)
{
	const char *found;
	int rc;

	if (force || ns->csi == ZNVME_CSI_KV)
		return 0;
	rc = find(ns, &found);
	if (rc)
		return tool_confirm(
			tool, false, "%s: what namespace %u of %s begins with cannot be read (%s)",
			tool->command->name, ns->nsid, tool->address, znvme_strerror(rc));
	return found ? tool_confirm(tool, false, "%s: namespace %u of %s begins with %s",
				    tool->command->name, ns->nsid, tool->address, found)
		     : 0;
}
