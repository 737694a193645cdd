/* SPDX-License-Identifier: MIT */
#include "null.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define BAR_SIZE    16384u
#define MAX_QUEUES  65u /* the admin queue and 64 for I/O */
#define BLOCKS	    ((uint64_t)1 << 40)
#define MAX_ENTRIES 4096u

/* Sorted by IOVA; DMA memory of queues and admin buffers is found by it. */
struct mapping {
	uint64_t iova;
	size_t len;
	char *addr;
};

struct null_device {
	struct znvme_device base; /* first */
	struct znvme_iova_range range;
	bool sgls;
	pthread_t thread;
	pthread_mutex_t lock; /* of the mappings, and held while the admin side rests */
	int stop;	      /* atomic */
	bool enabled;
	struct mapping *mappings;
	size_t nr_mappings;
	size_t capacity;
	struct null_queue queues[MAX_QUEUES];
};

static struct null_device *null_of(struct znvme_device *dev)
{
	return (struct null_device *)dev;
}

static volatile uint32_t *reg(struct null_device *null, uint32_t offset)
{
	return (volatile uint32_t *)((volatile char *)null->base.bar + offset);
}

static uint64_t reg64(struct null_device *null, uint32_t offset)
{
	return *(volatile uint64_t *)((volatile char *)null->base.bar + offset);
}

static void *at_iova(struct null_device *null, uint64_t iova)
{
	for (size_t i = 0; i < null->nr_mappings; i++) {
		const struct mapping *m = &null->mappings[i];

		if (iova - m->iova < m->len)
			return m->addr + (iova - m->iova);
	}
	abort(); /* the driver named memory that it never mapped */
}

static int null_dma_map(struct znvme_device *dev, void *addr, size_t len, uint64_t iova,
			unsigned flags)
{
	struct null_device *null = null_of(dev);
	int rc = 0;

	(void)flags;
	pthread_mutex_lock(&null->lock);
	if (null->nr_mappings == null->capacity) {
		size_t capacity = null->capacity ? 2 * null->capacity : 64;
		struct mapping *mappings = realloc(null->mappings, capacity * sizeof(*mappings));

		if (!mappings)
			rc = -ENOMEM;
		else {
			null->mappings = mappings;
			null->capacity = capacity;
		}
	}
	if (!rc)
		null->mappings[null->nr_mappings++] = (struct mapping){iova, len, addr};
	pthread_mutex_unlock(&null->lock);
	return rc;
}

static int null_dma_unmap(struct znvme_device *dev, uint64_t iova, size_t len)
{
	struct null_device *null = null_of(dev);
	size_t i = 0;

	(void)len;
	pthread_mutex_lock(&null->lock);
	while (i < null->nr_mappings && null->mappings[i].iova != iova)
		i++;
	if (i < null->nr_mappings)
		null->mappings[i] = null->mappings[--null->nr_mappings];
	pthread_mutex_unlock(&null->lock);
	return 0;
}

static void null_close(struct znvme_device *dev)
{
	struct null_device *null = null_of(dev);

	__atomic_store_n(&null->stop, 1, __ATOMIC_RELEASE);
	pthread_join(null->thread, NULL);
	munmap((void *)(uintptr_t)dev->bar, BAR_SIZE);
	free(null->mappings);
	pthread_mutex_destroy(&null->lock);
	free(null);
}

static const struct znvme_device_ops null_ops = {
	.name = "null",
	.dma_map = null_dma_map,
	.dma_unmap = null_dma_unmap,
	.close = null_close,
};

static void start_queue(struct null_device *null, unsigned qid, uint64_t sq, uint64_t cq,
			uint32_t size)
{
	struct null_queue *q = &null->queues[qid];

	if (sq)
		q->sq = at_iova(null, sq);
	if (cq)
		q->cq = at_iova(null, cq);
	q->size = size;
	q->sq_head = q->cq_tail = 0;
	q->phase = 1;
	q->sq_doorbell = reg(null, znvme_sq_doorbell_offset((uint16_t)qid, 0));
	*q->sq_doorbell = 0;
}

static void identify(struct null_device *null, const struct znvme_sqe *sqe)
{
	char *data = at_iova(null, sqe->dptr.prp.prp1);
	uint8_t cns = (uint8_t)znvme_field_get(ZNVME_IDENTIFY_CNS, sqe->cdw10);

	memset(data, 0, 4096);
	if (cns == ZNVME_CNS_CTRL) {
		struct znvme_id_ctrl *id = (struct znvme_id_ctrl *)data;

		id->sqes = 0x66;
		id->cqes = 0x44;
		id->nn = 1;
		id->sgls = null->sgls ? 1 : 0;
	} else if (cns == ZNVME_CNS_NS) {
		struct znvme_id_ns *ns = (struct znvme_id_ns *)data;

		ns->nsze = ns->ncap = BLOCKS;
		ns->lbaf[0].lbads = 9;
	}
}

/* Carry out an admin command; its dword 0, or -1 to leave it pending. */
static int64_t admin(struct null_device *null, const struct znvme_sqe *sqe)
{
	unsigned qid = sqe->cdw10 & 0xffff;
	uint32_t size = (sqe->cdw10 >> 16) + 1;

	switch (sqe->opcode) {
	case ZNVME_ADM_IDENTIFY:
		identify(null, sqe);
		return 0;
	case ZNVME_ADM_SET_FEATURES:
		return qid == ZNVME_FEAT_NUM_QUEUES ? sqe->cdw11 : 0;
	case ZNVME_ADM_CREATE_CQ:
		start_queue(null, qid, 0, sqe->dptr.prp.prp1, size);
		return 0;
	case ZNVME_ADM_CREATE_SQ:
		start_queue(null, qid, sqe->dptr.prp.prp1, 0, size);
		return 0;
	case ZNVME_ADM_ASYNC_EVENT:
		return -1;
	default:
		return 0;
	}
}

static void post(struct null_queue *q, uint16_t qid, uint16_t cid, uint32_t dw0)
{
	struct znvme_cqe *cqe = &q->cq[q->cq_tail];

	cqe->dw0 = dw0;
	cqe->dw1 = 0;
	cqe->sqhd = (uint16_t)q->sq_head;
	cqe->sqid = qid;
	__atomic_store_n((uint32_t *)(void *)&cqe->cid, cid | (uint32_t)q->phase << 16,
			 __ATOMIC_RELEASE);
	if (++q->cq_tail == q->size) {
		q->cq_tail = 0;
		q->phase ^= 1;
	}
}

static void play_admin(struct null_device *null)
{
	struct null_queue *q = &null->queues[0];

	while (q->sq_head != __atomic_load_n(q->sq_doorbell, __ATOMIC_ACQUIRE)) {
		const struct znvme_sqe *sqe = &q->sq[q->sq_head];
		int64_t result = admin(null, sqe);

		q->sq_head = (q->sq_head + 1) % q->size;
		if (result >= 0)
			post(q, 0, sqe->cid, (uint32_t)result);
	}
}

/* CC drives CSTS, as far as a driver that does everything right can tell. */
static void play_registers(struct null_device *null)
{
	uint32_t cc = __atomic_load_n(reg(null, ZNVME_REG_CC), __ATOMIC_ACQUIRE), csts = 0;
	bool enabled = cc & ZNVME_CC_EN;

	if (enabled && !null->enabled)
		start_queue(null, 0, reg64(null, ZNVME_REG_ASQ), reg64(null, ZNVME_REG_ACQ),
			    (*reg(null, ZNVME_REG_AQA) & ZNVME_AQA_ASQS) + 1);
	null->enabled = enabled;
	if (enabled)
		csts |= ZNVME_CSTS_RDY;
	if (cc & ZNVME_CC_SHN)
		csts |= (uint32_t)znvme_field_put(ZNVME_CSTS_SHST, ZNVME_SHST_COMPLETE);
	*reg(null, ZNVME_REG_CSTS) = csts;
	if (enabled)
		play_admin(null);
}

static void *play_thread(void *arg)
{
	const struct timespec nap = {0, 10000};
	struct null_device *null = arg;

	while (!__atomic_load_n(&null->stop, __ATOMIC_ACQUIRE)) {
		pthread_mutex_lock(&null->lock);
		play_registers(null);
		pthread_mutex_unlock(&null->lock);
		nanosleep(&nap, NULL);
	}
	return NULL;
}

int null_create(bool sgls, struct znvme_device **dev)
{
	struct null_device *null = calloc(1, sizeof(*null));
	void *bar =
		mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!null || bar == MAP_FAILED)
		return znvme_fail(-ENOMEM, "no memory for a null device");
	null->sgls = sgls;
	null->range = (struct znvme_iova_range){0, ((uint64_t)1 << 48) - 1};
	null->base.ops = &null_ops;
	null->base.bar = bar;
	null->base.bar_size = BAR_SIZE;
	null->base.iova_ranges = &null->range;
	null->base.nr_iova_ranges = 1;
	null->base.iova_align = 4096;
	null->base.request_fd = -1;
	strcpy(null->base.address, "null");
	*(volatile uint64_t *)bar = znvme_field_put(ZNVME_CAP_MQES, MAX_ENTRIES - 1) |
				    znvme_field_put(ZNVME_CAP_TO, 10) | ZNVME_CAP_CSS_NVM;
	*reg(null, ZNVME_REG_VS) = 0x00010400;
	pthread_mutex_init(&null->lock, NULL);
	if (pthread_create(&null->thread, NULL, play_thread, null))
		return znvme_fail(-EAGAIN, "no thread for a null device");
	*dev = &null->base;
	return 0;
}

struct null_queue *null_queue(struct znvme_device *dev, unsigned qid)
{
	return &null_of(dev)->queues[qid];
}

size_t null_mapped(struct znvme_device *dev)
{
	struct null_device *null = null_of(dev);
	size_t len = 0;

	for (size_t i = 0; i < null->nr_mappings; i++)
		len += null->mappings[i].len;
	return len;
}

void null_quiet(struct znvme_device *dev)
{
	pthread_mutex_lock(&null_of(dev)->lock);
}

void null_wake(struct znvme_device *dev)
{
	pthread_mutex_unlock(&null_of(dev)->lock);
}

unsigned null_play(struct null_queue *q)
{
	uint32_t tail = *q->sq_doorbell;
	unsigned n = 0;

	while (q->sq_head != tail) {
		uint16_t cid = q->sq[q->sq_head].cid;

		q->sq_head = q->sq_head + 1 == q->size ? 0 : q->sq_head + 1;
		post(q, 1, cid, 0);
		n++;
	}
	return n;
}
