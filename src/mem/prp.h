/* SPDX-License-Identifier: MIT */
/*
 * PRP lists of a region, written once for all commands (Base 2.1, section 4.3.1): rows of list
 * pages of the memory page size, each holding the addresses of consecutive pages of the region. How
 * a command points into them is znvme_prp_list() in <znvme/cmd.h> and znvme_sqe_set_any_buffer().
 *
 * The list proper serves commands that take up to ZNVME_PRP_RUN entries: its list pages overlap by
 * half, so that no command needs two of them. It is for memory pages of 4 KiB.
 *
 * The chained lists serve all others: their pages do not overlap, and each has in its last slot the
 * address of the next. A controller takes that slot for data, though, where it is the last entry
 * that the command needs; such a command takes the second list, which starts with some unused
 * entries, so that every page boundary is elsewhere.
 */
#ifndef MEM_PRP_H
#define MEM_PRP_H

#include <stdbool.h>
#include <stdint.h>

#include "znvme/mem.h"

/*
 * Bytes that the lists of the region take, whose `len` and `page_shift` are set; 0 where no command
 * needs one. `long_transfers`: commands may take more than ZNVME_PRP_RUN entries.
 */
uint64_t prp_lists_len(const struct znvme_region *region, bool long_transfers);

/*
 * Write them to `lists`, which the controller sees at `lists_iova`, and set the region's fields for
 * them.
 */
void prp_lists_write(struct znvme_region *region, uint64_t *lists, uint64_t lists_iova,
		     bool long_transfers);

#endif
