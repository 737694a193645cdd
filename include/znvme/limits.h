/* SPDX-License-Identifier: MIT */
/*
 * What a namespace promises of its commands: how many blocks are written as one, and how many a
 * command may have. All in blocks, 1-based, whatever the specification's fields are.
 */
#ifndef ZNVME_LIMITS_H
#define ZNVME_LIMITS_H

#include "ns.h"

#ifdef __cplusplus
extern "C" {
#endif

struct znvme_ns_limits {
	/*
	 * Atomicity (NVM 1.1, section 2.1.4): of the namespace where it has its own, else of the
	 * controller. A write of up to so many blocks is seen by other commands as a whole, or not
	 * at all (AWUN); after a power loss the same (AWUPF); so is a fused compare and write
	 * (ACWU).
	 */
	uint32_t atomic_write;
	uint32_t atomic_write_power_fail;
	uint32_t atomic_compare_write;
	/*
	 * … unless it crosses a boundary: the blocks from `atomic_offset` on, every
	 * `atomic_boundary` of them. 0: there are none.
	 */
	uint32_t atomic_boundary;
	uint32_t atomic_boundary_power_fail;
	uint32_t atomic_offset;
	/* A write that crosses a boundary is still atomic in its parts (NSFEAT.MAM). */
	bool multiple_atomicity;

	/* How a command had better be cut; 0: not said. */
	uint32_t optimal_boundary; /* reads and writes do not cross (NOIOB) */
	uint32_t write_granularity, write_alignment, optimal_write;
	uint64_t deallocate_granularity, deallocate_alignment;
	uint32_t read_granularity, read_alignment, optimal_read;

	/* The most of one command; UINT64_MAX: no limit but the width of its fields. */
	uint64_t read_write; /* MDTS, and 65,536 */
	uint64_t verify;
	uint64_t write_zeroes;
	uint64_t write_zeroes_deallocate; /* the same where it deallocates */
	uint64_t write_uncorrectable;
	uint64_t dsm_ranges;
	uint64_t dsm_range; /* blocks of one range */
	uint64_t dsm;	    /* blocks of all ranges */
	uint64_t copy_ranges;
	uint64_t copy_range;   /* blocks of one source range; 0: no Copy */
	uint64_t copy;	       /* blocks of all source ranges */
	uint16_t copy_formats; /* descriptor formats, bit n is format n */
};

/*
 * Asks the controller each time: namespaces change. 0, a negative errno (-EOPNOTSUPP for a
 * namespace without blocks), or a positive status. Thread-safe. Base 2.1, section 5.1.13.2.1; NVM
 * 1.1, section 4.1.5.
 */
int znvme_ns_limits(const struct znvme_ns *ns, struct znvme_ns_limits *limits);

#ifdef __cplusplus
}
#endif

#endif
