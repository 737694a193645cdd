/* SPDX-License-Identifier: MIT */
/* Which blocks are allocated, and which are lost: Get LBA Status (NVM 1.1, section 4.2.1). */
#ifndef ZNVME_LBA_STATUS_H
#define ZNVME_LBA_STATUS_H

#include "ns.h"
#include "spec/lba_status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A run of blocks, of which `action` is true. */
struct znvme_lba_run {
	uint64_t slba;
	uint32_t nlb; /* blocks, 1-based */
	uint8_t status;
};

/*
 * The runs in the `nr_blocks` blocks from `slba` on (0: to the end of the namespace), ascending, up
 * to `max` of them into `runs`. Returns how many; *next, which may be NULL, is the block to ask
 * from for more, or 0 where that was all. A negative errno (-EPROTO for a list that makes no
 * sense), or for a status, which goes to *status where that is not NULL, the nearest one.
 * Thread-safe.
 */
int znvme_lba_status(const struct znvme_ns *ns, enum znvme_lba_status_action action, uint64_t slba,
		     uint64_t nr_blocks, struct znvme_lba_run *runs, unsigned max, uint64_t *next,
		     int *status);

#ifdef __cplusplus
}
#endif

#endif
