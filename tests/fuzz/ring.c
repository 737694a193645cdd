// SPDX-License-Identifier: MIT
/*
 * A queue pair whose controller is the input: it completes what was submitted, completes it twice,
 * makes up entries, and writes any bytes anywhere in the completion ring, while commands are got,
 * submitted, reaped and canceled. Every command that was got completes exactly once, with its own
 * user data; once the queue has stopped for good, at the latest.
 */
#include <errno.h>

#include "fuzz.h"
#include "queue/queue.h"
#include "znvme/spec/regs.h"

#define QID	    3
#define NR_TOKENS   64
#define MAX_STEPS   512
#define BAR_SIZE    8192
#define DOORBELL(n) (ZNVME_REG_DOORBELLS / 4 + (n))

/* What a command carries as user data. */
struct token {
	bool in_flight;
	bool rung; /* the controller knows it */
	uint16_t cid;
};

/* The same for all inputs: an input leaves no region behind. */
struct host {
	struct znvme_device dev;
	struct domain domain;
	uint32_t bar[BAR_SIZE / 4];
};

struct ring {
	struct host *host;
	struct queue *q;
	uint32_t size;
	struct token tokens[NR_TOKENS];
	unsigned in_flight;
	uint32_t tail; /* the controller's, of the completion ring */
	uint16_t phase;
	bool revives; /* creating the queue again works */
};

static int do_nothing_map(struct znvme_device *dev, void *addr, size_t len, uint64_t iova,
			  unsigned flags)
{
	(void)dev, (void)addr, (void)len, (void)iova, (void)flags;
	return 0;
}

static int do_nothing_unmap(struct znvme_device *dev, uint64_t iova, size_t len)
{
	(void)dev, (void)iova, (void)len;
	return 0;
}

static const struct znvme_device_ops ops = {
	.name = "fuzz",
	.dma_map = do_nothing_map,
	.dma_unmap = do_nothing_unmap,
};

static void settle(struct queue *q)
{
	(void)q;
}

static int revive(struct queue *q)
{
	struct ring *ring = q->owner;

	if (!ring->revives) {
		queue_stop(q, -EIO);
		return -EIO;
	}
	queue_start(q);
	ring->tail = 0;
	ring->phase = ZNVME_CQE_PHASE;
	return 0;
}

static void expired(struct queue *q, uint16_t cid, bool aborted)
{
	(void)q, (void)cid, (void)aborted;
}

static void bad_completion(struct queue *q, uint16_t sqid, uint32_t dword3)
{
	(void)q, (void)sqid, (void)dword3;
}

static const struct queue_care care = {
	.settle = settle,
	.revive = revive,
	.expired = expired,
	.bad_completion = bad_completion,
};

static struct host *get_host(void)
{
	static struct znvme_iova_range range = {0x10000, 0xffffffff};
	static struct host host = {
		.dev = {.ops = &ops,
			.bar = host.bar,
			.bar_size = sizeof(host.bar),
			.iova_ranges = &range,
			.nr_iova_ranges = 1,
			.iova_align = 4096,
			.request_fd = -1},
	};

	if (!host.domain.dev)
		FUZZ_CHECK(!domain_init(&host.domain, &host.dev, 12));
	return &host;
}

static void set_up(struct ring *ring, struct fuzz_input *in)
{
	*ring = (struct ring){
		.host = get_host(),
		.size = 2 + fuzz_byte(in) % 15,
		.phase = ZNVME_CQE_PHASE,
	};
	memset(ring->host->bar, 0, sizeof(ring->host->bar));
	FUZZ_CHECK(!queue_init(&ring->host->domain, QID, ring->size, 0, NULL, 0, &ring->q));
	ring->q->care = &care;
	ring->q->owner = ring;
	ring->q->timeout_ms = 60000;
	ring->q->vector_fd = ring->q->wake_fd = -1;
}

static void get(struct ring *ring, unsigned n)
{
	while (n--) {
		unsigned i = 0;
		struct znvme_sqe *sqe;

		while (ring->tokens[i].in_flight)
			i++;
		sqe = znvme_get_sqe(&ring->q->hot, &ring->tokens[i]);
		FUZZ_CHECK(!sqe == (ring->in_flight == ring->size - 1));
		if (!sqe)
			return;
		for (unsigned k = 0; k < NR_TOKENS; k++)
			FUZZ_CHECK(!ring->tokens[k].in_flight || ring->tokens[k].cid != sqe->cid);
		ring->tokens[i] = (struct token){.in_flight = true, .cid = sqe->cid};
		ring->in_flight++;
	}
}

static void submit(struct ring *ring)
{
	int rc = znvme_submit(&ring->q->hot);

	FUZZ_CHECK(rc <= 0);
	FUZZ_CHECK(ring->host->bar[DOORBELL(2 * QID)] < ring->size);
	for (unsigned i = 0; i < NR_TOKENS; i++)
		ring->tokens[i].rung = ring->tokens[i].in_flight;
}

/* A command, the n-th of those that the controller knows, or NULL. */
static const struct token *submitted(const struct ring *ring, unsigned n)
{
	const struct token *found = NULL;

	for (unsigned i = 0; i < NR_TOKENS; i++)
		if (ring->tokens[i].rung && (!found || n--))
			found = &ring->tokens[i];
	return found;
}

static void put_entry(struct ring *ring, uint32_t at, uint64_t dwords01, uint64_t dwords23)
{
	struct znvme_cqe *cqe = &ring->q->hot.cq[at];

	memcpy(&cqe->dw0, &dwords01, 8);
	memcpy(&cqe->sqhd, &dwords23, 8);
}

/* An entry at the controller's tail, with the phase tag that makes it new. */
static void post(struct ring *ring, uint16_t sqid, uint16_t cid, uint16_t status)
{
	status = (uint16_t)((status & ~ZNVME_CQE_PHASE) | ring->phase);
	put_entry(ring, ring->tail, 0,
		  (uint64_t)status << 48 | (uint64_t)cid << 32 | (uint32_t)sqid << 16);
	if (++ring->tail == ring->size) {
		ring->tail = 0;
		ring->phase ^= ZNVME_CQE_PHASE;
	}
}

static int reap(struct ring *ring, int max)
{
	struct znvme_cpl cpls[NR_TOKENS];
	int n = znvme_reap(&ring->q->hot, cpls, max);

	FUZZ_CHECK(n >= 0 && n <= max);
	FUZZ_CHECK(ring->host->bar[DOORBELL(2 * QID + 1)] < ring->size);
	for (int i = 0; i < n; i++) {
		struct token *token = cpls[i].data;

		FUZZ_CHECK(token >= ring->tokens && token < ring->tokens + NR_TOKENS);
		FUZZ_CHECK(token->in_flight);
		token->in_flight = token->rung = false;
		ring->in_flight--;
	}
	FUZZ_CHECK(znvme_in_flight(&ring->q->hot) == ring->in_flight);
	return n;
}

static void step(struct ring *ring, struct fuzz_input *in)
{
	uint8_t code = fuzz_byte(in);
	unsigned n = code >> 4;
	const struct token *token = submitted(ring, n);
	uint64_t dwords;

	switch (code & 15) {
	case 0:
	case 1:
		get(ring, n + 1);
		break;
	case 2:
		submit(ring);
		break;
	case 3:
	case 4:
		if (token)
			post(ring, QID, token->cid, 0);
		break;
	case 5: /* an error, or another queue's */
		if (token)
			post(ring, (uint16_t)(QID + (n & 1)), token->cid,
			     (uint16_t)fuzz_number(in, 2));
		break;
	case 6: /* another generation or slot */
		if (token)
			post(ring, QID, (uint16_t)(token->cid ^ 1u << n), 0);
		break;
	case 7:
		dwords = fuzz_number(in, 6);
		post(ring, (uint16_t)dwords, (uint16_t)(dwords >> 16), (uint16_t)(dwords >> 32));
		break;
	case 8: /* any bytes, any place, any phase */
		dwords = fuzz_number(in, 8);
		put_entry(ring, n % ring->size, dwords, dwords);
		break;
	case 9:
		queue_stop(ring->q, -ECANCELED);
		ring->revives = n;
		break;
	case 10:
		queue_stop(ring->q, n & 1 ? -ENODEV : -EIO);
		break;
	case 11: /* the next reap takes the slow way, and looks at deadlines */
		ring->q->hot.look_in = 1;
		ring->q->next_look = 0;
		break;
	default:
		reap(ring, (int)n);
	}
}

/* It stops for good: what is left ends, in as many reaps as it takes. */
static void finish(struct ring *ring)
{
	int idle = 0;

	submit(ring);
	queue_stop(ring->q, -ENODEV);
	while (idle < 2) {
		ring->q->hot.look_in = 1;
		idle = reap(ring, 1 + idle) ? 0 : idle + 1;
	}
	FUZZ_CHECK(!ring->in_flight);
	queue_fini(ring->q);
	FUZZ_CHECK(!ring->host->domain.nr_regions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ring ring;
	struct fuzz_input in = {data, size};

	set_up(&ring, &in);
	for (unsigned i = 0; in.left && i < MAX_STEPS; i++)
		step(&ring, &in);
	finish(&ring);
	return 0;
}
