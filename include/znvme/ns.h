/* SPDX-License-Identifier: MIT */
/*
 * Namespaces: what a command constructor must know of one, read once from Identify and checked.
 */
#ifndef ZNVME_NS_H
#define ZNVME_NS_H

#include "spec/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct znvme_ctrl;

/*
 * Read-only for users; belongs to the controller and lives as long as that. What a namespace is can
 * change: by Namespace Management, Attachment and Format NVM, of this host or another. A pointer
 * that was handed out stays valid and says what it said; znvme_ns_get() gives another one then.
 */
struct znvme_ns {
	struct znvme_ctrl *ctrl;
	uint64_t dword01; /* nsid in the place it has in a command's first two dwords */
	uint32_t nsid;
	uint32_t block_size; /* bytes of data in a logical block, a power of two ≥ 512 */
	uint32_t lba_bytes;  /* bytes a block takes in a data buffer: block_size, and its metadata
				where  that is interleaved */
	uint32_t max_nlb;    /* most blocks one command can move (from MDTS), ≤ 65536; 0 where the
				namespace has keys and no blocks: then so is nr_blocks */
	uint64_t nr_blocks;  /* NSZE: size in logical blocks */
	uint64_t nr_bytes;   /* nr_blocks × block_size */
	uint16_t metadata_size; /* bytes of metadata a block; 0 where it has none */
	uint8_t csi;		/* command set: ZNVME_CSI_NVM, … */
	bool read_only;		/* write-protected at the time of Identify */
	uint64_t zone_size;	/* blocks; 0: it is not zoned, see <znvme/zns.h> */

	/* Metadata and protection information (NVM 1.1, section 5.3): see <znvme/pi.h>. */
	bool metadata_extended;	   /* metadata follow the data of their block in one buffer */
	uint8_t pi_type;	   /* enum znvme_pi_type; 0: no protection information */
	uint8_t pi_format;	   /* enum znvme_pif: how wide its guard is */
	uint8_t pi_size;	   /* bytes of it in the metadata: 8 or 16; 0 where there is none */
	uint8_t storage_tag_bits;  /* STS: of the space that it shares with the reference tag */
	uint16_t pi_offset;	   /* bytes of metadata ahead of it; they go into the guard */
	uint64_t storage_tag_mask; /* LBSTM: the storage tag's bits that are checked */
};

/*
 * The namespace `nsid` of the controller; identified at first use, then kept. -ENOENT where no such
 * namespace is active, -EINVAL for 0 and 0xffffffff, -EPROTO where what the controller says of it
 * makes no sense. Thread-safe.
 */
int znvme_ns_get(struct znvme_ctrl *ctrl, uint32_t nsid, const struct znvme_ns **ns);

/*
 * Read anew what is known of the namespaces, and take note of the controller's list of changes.
 * Returns how many of those that had been handed out have changed or gone, or a negative errno.
 * The library itself asks again after a command of this process that may have changed one, after a
 * reset, and when the controller tells of a change (ZNVME_AER_NOTICE_NS); it is for who gets that
 * event, or knows of a change by other ways. Thread-safe.
 */
int znvme_ns_rescan(struct znvme_ctrl *ctrl);

/*
 * The active namespaces' ids, ascending, after `after` (0 for all): at most `max` of them into
 * `nsids`. Returns how many, or a negative errno (znvme_status_errno()); -EPROTO where the list is
 * not ascending, or longer than Identify Controller allows (NN, MNAN). Base 2.1, section
 * 5.1.13.2.2 (Identify CNS 02h).
 */
int znvme_ns_list(struct znvme_ctrl *ctrl, uint32_t after, uint32_t *nsids, int max);

#ifdef __cplusplus
}
#endif

#endif
