/* SPDX-License-Identifier: MIT */
/* Get LBA Status (NVM 1.1, section 4.2.1): its dwords, and the list that it returns. */
#ifndef ZNVME_SPEC_LBA_STATUS_H
#define ZNVME_SPEC_LBA_STATUS_H

#include "types.h"

/* CDW10 and 11 are the first block, CDW12 the most dwords to return, 0-based. */
#define ZNVME_LBA_STATUS_RL    0x0000ffffu /* CDW13: blocks to look at; 0: to the end */
#define ZNVME_LBA_STATUS_ATYPE 0xff000000u /* CDW13: enum znvme_lba_status_action */

enum znvme_lba_status_action {
	ZNVME_LBA_STATUS_ALLOCATED = 0x02, /* blocks that are allocated */
	ZNVME_LBA_STATUS_SCAN = 0x10,	   /* look for blocks that may be lost, and list them */
	ZNVME_LBA_STATUS_TRACKED = 0x11,   /* list the blocks that are known to be lost */
};

/* The head of the list; nlsd descriptors follow. */
struct znvme_lba_status_list {
	uint32_t nlsd; /* descriptors */
	uint8_t cmpc;  /* enum znvme_lba_status_cmpc */
	uint8_t rsvd5[3];
};
ZNVME_ASSERT_SIZE(struct znvme_lba_status_list, 8);
ZNVME_ASSERT_OFFSET(struct znvme_lba_status_list, cmpc, 4);

/* How the command ended. */
enum znvme_lba_status_cmpc {
	ZNVME_LBA_STATUS_CMPC_NONE = 0,	      /* not said */
	ZNVME_LBA_STATUS_CMPC_INCOMPLETE = 1, /* there is more than was asked for */
	ZNVME_LBA_STATUS_CMPC_COMPLETE = 2,   /* that is all in the range */
};

/* A run of blocks. */
struct znvme_lba_status_desc {
	uint64_t dslba;
	uint32_t nlb; /* logical blocks */
	uint8_t rsvd12;
	uint8_t status; /* ZNVME_LBA_STATUS_LBARS */
	uint8_t rsvd14[2];
};
ZNVME_ASSERT_SIZE(struct znvme_lba_status_desc, 16);
ZNVME_ASSERT_OFFSET(struct znvme_lba_status_desc, nlb, 8);
ZNVME_ASSERT_OFFSET(struct znvme_lba_status_desc, status, 13);

#define ZNVME_LBA_STATUS_LBARS 0x07u /* what the run is */

#endif
