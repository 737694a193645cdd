/* SPDX-License-Identifier: MIT */
/*
 * Moving many blocks: a ring of buffers in one region, a queue of its own, commands in flight
 * together, data handed over in the order of the blocks (transfer.c). And the options by which
 * commands say which blocks they mean (range.c).
 *
 * Data and metadata of blocks that have such are handed over apart, however the namespace has them.
 * Protection information that nobody hands in is generated here, and what is read is checked here,
 * too, unless the device keeps it to itself (PRACT).
 */
#ifndef ZNVME_TOOL_TRANSFER_H
#define ZNVME_TOOL_TRANSFER_H

#include <signal.h>

#include "protection.h"

struct transfer {
	const struct znvme_ns *ns;
	uint8_t opcode; /* ZNVME_CMD_READ, _WRITE or _COMPARE */
	uint32_t flags; /* or-ed into dword 12 */
	uint32_t cdw13; /* or-ed into dword 13 */
	uint64_t slba;
	uint64_t nr_blocks; /* exactly for reads, at most for the others */
	unsigned depth;	    /* commands in flight; 0: 16 */
	bool flush;	    /* flush the namespace at the end */
	void *arg;
	/* Reads: take the next `len` bytes. 0, or 1 after an error message. */
	int (*take)(void *arg, const void *data, size_t len);
	/*
	 * Others: fill in up to `len` bytes, a multiple of the block size, and set *got; 0 there
	 * ends the transfer. 0, or 1 after an error message.
	 */
	int (*give)(void *arg, void *data, size_t len, size_t *got);
	/* The metadata of the blocks that were handed over last, all of them. NULL: they are
	 * dropped, or zeroes with protection information. */
	int (*take_metadata)(void *arg, const void *metadata, size_t len);
	int (*give_metadata)(void *arg, void *metadata, size_t len);
	const struct znvme_pi *pi;	   /* of block slba; NULL: what suits the namespace */
	const volatile sig_atomic_t *stop; /* not 0: stop with an error; may be NULL */
	uint64_t done;			   /* out: blocks completed, in order */
};

/* 0, or 1 after an error message. */
int transfer_run(struct tool *tool, struct transfer *transfer);

/* What -s, -c, --blocks, -z say; --offset and --length in commands that have them. */
struct range_args {
	uint64_t start_block;
	uint64_t block_count; /* 0-based */
	uint64_t blocks;      /* 1-based */
	uint64_t bytes;
	uint64_t offset;
};

/* Rows of an option table; `type` is a structure with a member `range`. */
/* clang-format off */
#define RANGE_OPTION(type, letter, name, metavar, member, help)                                    \
	TOOL_OPTION(letter, name, metavar, TOOL_U64, offsetof(type, range.member), help)
#define RANGE_START(type)                                                                          \
	RANGE_OPTION(type, 's', "start-block", "LBA", start_block, "first block")
#define RANGE_COUNT(type)                                                                          \
	RANGE_OPTION(type, 'c', "block-count", "N", block_count,                                   \
		     "blocks, 0-based as in nvme-cli: 0 is one block"),                            \
	RANGE_OPTION(type, 0, "blocks", "N", blocks, "blocks: 1 is one block")
#define RANGE_BYTES(type)                                                                          \
	RANGE_OPTION(type, 'z', "data-size", "BYTES", bytes, "the same in bytes")
#define RANGE_BYTE_OPTIONS(type)                                                                   \
	RANGE_OPTION(type, 0, "offset", "BYTES", offset, "where to start, in bytes"),              \
	RANGE_OPTION(type, 0, "length", "BYTES", bytes, "how much, in bytes")
/* clang-format on */

struct range {
	uint64_t slba;
	uint64_t nr_blocks;
	bool start_given;
	bool length_given;
};

/*
 * The blocks that the options mean, checked against the namespace. Where no length is given,
 * `nr_default` blocks; 0 there: all to the end. 0, or 1 after an error message.
 */
int range_resolve(const struct tool *tool, const struct znvme_ns *ns, const struct range_args *args,
		  uint64_t nr_default, struct range *range);

#endif
