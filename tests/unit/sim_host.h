/* SPDX-License-Identifier: MIT */
/*
 * The smallest host there can be, to drive the simulated controller by hand, without the driver:
 * one piece of memory, mapped at one IOVA, holds all queues and data. Queue 0 is the admin queue;
 * I/O queue n completes to completion queue n, on vector n where there is one. With shadow
 * doorbells it rings only where it must.
 */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "znvme/device.h"
#include "znvme/error.h"
#include "znvme/sim.h"
#include "znvme/spec.h"

#define PAGE	    4096u
#define HOST_IOVA   0x10000000ull
#define HOST_PAGES  4096u
#define HOST_QUEUES 8u	/* with the admin queue */
#define HOST_SIZE   16u /* entries of a queue */
#define HOST_SHADOW 60u /* page of the shadow doorbells; behind it that of the event indices */
#define HOST_DATA   64u /* first page that is free for data */

struct host_queue {
	struct znvme_sqe *sq;
	struct znvme_cqe *cq;
	uint32_t size;
	uint32_t tail;
	uint32_t head;
	uint16_t phase;
	uint16_t cid;
};

struct host {
	struct znvme_device *dev;
	struct znvme_sim *sim;
	char *memory;
	uint32_t *shadow; /* shadow doorbells; NULL: registers only */
	uint32_t *eventidx;
	struct host_queue queue[HOST_QUEUES];
};

static inline uint64_t page_iova(unsigned page)
{
	return HOST_IOVA + (uint64_t)page * PAGE;
}

static inline char *page_addr(struct host *host, unsigned page)
{
	return host->memory + (size_t)page * PAGE;
}

static inline uint32_t read32(struct host *host, uint32_t offset)
{
	return (uint32_t)host->dev->ops->reg_read(host->dev, offset, 4);
}

static inline void write32(struct host *host, uint32_t offset, uint32_t value)
{
	host->dev->ops->reg_write(host->dev, offset, 4, value);
}

static inline void write64(struct host *host, uint32_t offset, uint64_t value)
{
	host->dev->ops->reg_write(host->dev, offset, 8, value);
}

static inline struct znvme_sim_counters counters_of(struct host *host)
{
	struct znvme_sim_counters counters;

	znvme_sim_counters(host->sim, &counters);
	return counters;
}

static inline void sleep_ms(unsigned ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&ts, NULL);
}

/* A controller as it comes up, with the host's memory mapped. */
static inline void host_open(struct host *host, const char *options)
{
	memset(host, 0, sizeof(*host));
	assert_int_equal(znvme_sim_create(options, &host->dev), 0);
	host->sim = znvme_sim_of(host->dev);
	assert_non_null(host->sim);
	host->memory = aligned_alloc(PAGE, (size_t)HOST_PAGES * PAGE);
	assert_non_null(host->memory);
	memset(host->memory, 0, (size_t)HOST_PAGES * PAGE);
	assert_int_equal(host->dev->ops->dma_map(host->dev, host->memory, (size_t)HOST_PAGES * PAGE,
						 HOST_IOVA, ZNVME_DMA_READ | ZNVME_DMA_WRITE),
			 0);
	assert_int_equal(host->dev->ops->bus_master(host->dev, true), 0);
}

static inline void host_close(struct host *host)
{
	znvme_device_close(host->dev);
	free(host->memory);
}

static inline void host_init_queue(struct host *host, uint16_t qid, uint32_t size)
{
	struct host_queue *queue = &host->queue[qid];

	*queue = (struct host_queue){
		.sq = (void *)page_addr(host, 2u * qid),
		.cq = (void *)page_addr(host, 2u * qid + 1),
		.size = size,
		.phase = 1,
	};
	memset(queue->sq, 0, 2 * PAGE);
}

/* Enabled; entries of 64 and 16 bytes; all supported I/O command sets; pages of 4096 bytes. */
#define HOST_CC (ZNVME_CC_EN | 6u << 16 | 4u << 20 | (uint32_t)ZNVME_CC_CSS_IOCS << 4)

static inline void host_enable_as(struct host *host, uint32_t cc)
{
	host_init_queue(host, 0, HOST_SIZE);
	write32(host, ZNVME_REG_AQA, (HOST_SIZE - 1) << 16 | (HOST_SIZE - 1));
	write64(host, ZNVME_REG_ASQ, page_iova(0));
	write64(host, ZNVME_REG_ACQ, page_iova(1));
	write32(host, ZNVME_REG_CC, cc);
}

static inline void host_enable(struct host *host)
{
	host_enable_as(host, HOST_CC);
	assert_int_equal(read32(host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY);
}

/* Put a command into the queue without telling; returns its identifier. */
static inline uint16_t host_queue_command(struct host *host, uint16_t qid,
					  const struct znvme_sqe *cmd)
{
	struct host_queue *queue = &host->queue[qid];

	queue->sq[queue->tail] = *cmd;
	queue->sq[queue->tail].cid = ++queue->cid;
	queue->tail = (queue->tail + 1) % queue->size;
	return queue->cid;
}

/*
 * Tell a tail or head: in the shadow doorbell where there is one, and in the register where that
 * gets past the controller's event index (Base 2.1, Annex B.5).
 */
static inline void host_doorbell(struct host *host, uint16_t qid, bool is_cq, uint32_t value)
{
	unsigned index = 2u * qid + is_cq;

	if (host->shadow && qid) {
		uint32_t old = host->shadow[index];
		uint32_t event;

		__atomic_store_n(&host->shadow[index], value, __ATOMIC_SEQ_CST);
		event = __atomic_load_n(&host->eventidx[index], __ATOMIC_SEQ_CST);
		if ((uint16_t)(value - event - 1) >= (uint16_t)(value - old))
			return;
	}
	write32(host, is_cq ? znvme_cq_doorbell_offset(qid, 0) : znvme_sq_doorbell_offset(qid, 0),
		value);
}

static inline void host_ring(struct host *host, uint16_t qid)
{
	host_doorbell(host, qid, false, host->queue[qid].tail);
}

static inline uint16_t host_submit(struct host *host, uint16_t qid, const struct znvme_sqe *cmd)
{
	uint16_t cid = host_queue_command(host, qid, cmd);

	host_ring(host, qid);
	return cid;
}

/*
 * The next completion, if there is one, with the doorbell rung for it. All but the result is loaded
 * at once.
 */
static inline bool host_reap(struct host *host, uint16_t qid, struct znvme_cqe *cqe)
{
	struct host_queue *queue = &host->queue[qid];
	struct znvme_cqe *at = &queue->cq[queue->head];
	uint64_t half = __atomic_load_n((uint64_t *)(void *)&at->sqhd, __ATOMIC_ACQUIRE);

	memset(cqe, 0, sizeof(*cqe));
	if ((half >> 48 & ZNVME_CQE_PHASE) != queue->phase)
		return false;
	cqe->dw0 = at->dw0;
	cqe->dw1 = at->dw1;
	memcpy(&cqe->sqhd, &half, sizeof(half));
	if (++queue->head == queue->size) {
		queue->head = 0;
		queue->phase ^= 1;
	}
	host_doorbell(host, qid, true, queue->head);
	return true;
}

/* The same, waiting for up to five seconds. */
static inline void host_wait(struct host *host, uint16_t qid, struct znvme_cqe *cqe)
{
	for (unsigned i = 0; !host_reap(host, qid, cqe); i++) {
		assert_true(i < 5000);
		sleep_ms(1);
	}
}

/* Submit and reap one command: its status without M and DNR, and its result. */
static inline uint16_t host_exec_result(struct host *host, uint16_t qid,
					const struct znvme_sqe *cmd, uint32_t *result)
{
	uint16_t cid = host_submit(host, qid, cmd);
	struct znvme_cqe cqe;

	assert_true(host_reap(host, qid, &cqe));
	assert_int_equal(cqe.cid, cid);
	assert_int_equal(cqe.sqid, qid);
	assert_int_equal(cqe.sqhd, host->queue[qid].tail);
	if (result)
		*result = cqe.dw0;
	return (uint16_t)(cqe.status >> 1 & ZNVME_STATUS_CODE);
}

static inline uint16_t host_exec(struct host *host, uint16_t qid, const struct znvme_sqe *cmd)
{
	return host_exec_result(host, qid, cmd, NULL);
}

/* An admin command with its data, if any, in the page `page`. */
static inline struct znvme_sqe admin_command(uint8_t opcode, uint32_t nsid, uint32_t cdw10,
					     uint32_t cdw11, unsigned page)
{
	struct znvme_sqe cmd = {.opcode = opcode, .nsid = nsid, .cdw10 = cdw10, .cdw11 = cdw11};

	cmd.dptr.prp.prp1 = page ? page_iova(page) : 0;
	return cmd;
}

static inline uint16_t host_admin(struct host *host, uint8_t opcode, uint32_t nsid, uint32_t cdw10,
				  uint32_t cdw11, uint32_t *result)
{
	struct znvme_sqe cmd = admin_command(opcode, nsid, cdw10, cdw11, HOST_DATA);

	return host_exec_result(host, 0, &cmd, result);
}

static inline uint16_t host_identify(struct host *host, uint8_t cns, uint32_t nsid)
{
	memset(page_addr(host, HOST_DATA), 0xa5, PAGE);
	return host_admin(host, ZNVME_ADM_IDENTIFY, nsid, cns, 0, NULL);
}

static inline uint16_t host_create_cq(struct host *host, uint16_t qid, uint32_t size,
				      uint32_t cdw11)
{
	struct znvme_sqe cmd =
		admin_command(ZNVME_ADM_CREATE_CQ, 0, (size - 1) << 16 | qid, cdw11, 2u * qid + 1);

	return host_exec(host, 0, &cmd);
}

static inline uint16_t host_create_sq(struct host *host, uint16_t qid, uint32_t size, uint16_t cqid)
{
	struct znvme_sqe cmd = admin_command(ZNVME_ADM_CREATE_SQ, 0, (size - 1) << 16 | qid,
					     (uint32_t)cqid << 16 | ZNVME_CREATE_PC, 2u * qid);

	return host_exec(host, 0, &cmd);
}

static inline void host_create_queue_of(struct host *host, uint16_t qid, uint32_t size)
{
	uint32_t cdw11 = ZNVME_CREATE_PC;

	if (host->dev->nr_vectors > qid)
		cdw11 |= ZNVME_CREATE_IEN | (uint32_t)qid << 16;
	host_init_queue(host, qid, size);
	assert_int_equal(host_create_cq(host, qid, size, cdw11), 0);
	assert_int_equal(host_create_sq(host, qid, size, qid), 0);
}

static inline void host_create_queue(struct host *host, uint16_t qid)
{
	host_create_queue_of(host, qid, HOST_SIZE);
}

/* An enabled controller with I/O queue 1. */
static inline void host_start(struct host *host, const char *options)
{
	host_open(host, options);
	host_enable(host);
	host_create_queue(host, 1);
}

static inline struct znvme_sqe io_command(uint8_t opcode, uint64_t slba, uint32_t nlb,
					  unsigned page)
{
	struct znvme_sqe cmd = {.opcode = opcode, .nsid = 1};

	cmd.cdw10 = (uint32_t)slba;
	cmd.cdw11 = (uint32_t)(slba >> 32);
	cmd.cdw12 = nlb - 1;
	cmd.dptr.prp.prp1 = page ? page_iova(page) : 0;
	return cmd;
}

/* A command on at most one page of data. */
static inline uint16_t host_io(struct host *host, uint8_t opcode, uint64_t slba, uint32_t nlb,
			       unsigned page)
{
	struct znvme_sqe cmd = io_command(opcode, slba, nlb, page);

	return host_exec(host, 1, &cmd);
}

/* Bytes that tell by their value where they belong. */
static inline void fill(void *buf, size_t len, uint32_t seed)
{
	uint8_t *bytes = buf;

	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(seed >> 24);
	}
}

#endif
