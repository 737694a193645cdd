/* SPDX-License-Identifier: MIT */
/*
 * A struct znvme_device between the driver and another device: it writes down what the driver does,
 * and fails an operation when told to. Registers must be reached by operations (no mapped BAR).
 */
#ifndef ZNVME_TEST_SPY_H
#define ZNVME_TEST_SPY_H

#include <pthread.h>

#include <znvme.h>

enum spy_what {
	SPY_COMMAND, /* an admin command was submitted: its opcode, and its CDW10 */
	SPY_CC,	     /* CC was written: the value */
	SPY_MAP,     /* memory was mapped: IOVA and length */
	SPY_UNMAP,
	SPY_IRQ,    /* interrupts were set: count */
	SPY_MASTER, /* bus mastering: on */
	SPY_WHATS,
};

struct spy_note {
	enum spy_what what;
	uint64_t value;
	uint64_t more;
};

#define SPY_MAX_NOTES 4096u

struct spy {
	struct znvme_device dev;
	struct znvme_device *inner;
	pthread_mutex_t lock;
	struct spy_note notes[SPY_MAX_NOTES];
	unsigned nr_notes;

	/* How often each was called, and at which call from 1 it fails with -ENOMEM; 0: never. */
	unsigned calls[SPY_WHATS];
	unsigned fail_at[SPY_WHATS];

	unsigned mapped; /* mappings at present */
	unsigned closed;
	unsigned reg_reads;
	unsigned io_doorbells; /* writes to doorbells of I/O queues */

	uint64_t asq; /* IOVA of the admin submission queue, and how far it was looked at */
	unsigned asq_size;
	unsigned asq_tail;
	struct spy_map {
		char *addr;
		uint64_t iova;
		size_t len;
	} maps[256];
};

/* Wrap `inner`, which then belongs to the spy. The spy outlives its device: free it by free(). */
struct spy *spy_on(struct znvme_device *inner);

#endif
