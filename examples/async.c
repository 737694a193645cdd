/* SPDX-License-Identifier: MIT */
/*
 * The advanced example: a queue pair a thread, many commands in flight on each, nothing shared.
 *Every thread writes its own stripe of the namespace, reads it back and compares.
 *
 *	async [DEVICE [THREADS]]
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <znvme.h>

#define DEPTH	 32    /* commands in flight, a thread */
#define IO_BYTES 4096u /* a command */
#define IOS	 4096u /* commands each way, a thread */

struct worker {
	struct znvme_ctrl *ctrl;
	const struct znvme_ns *ns;
	uint64_t first_block; /* of its stripe */
	pthread_t thread;
	int failed;
};

/* One command's buffer, and which I/O it is on. */
struct slot {
	char *buf;
	uint64_t number;
};

static void fill(char *buf, uint64_t block, uint64_t number)
{
	for (size_t i = 0; i < IO_BYTES; i += sizeof(uint64_t)) {
		uint64_t word = block * 2654435761u + number + i;

		memcpy(buf + i, &word, sizeof(word));
	}
}

static int is_right(const char *buf, uint64_t block, uint64_t number)
{
	char want[IO_BYTES];

	fill(want, block, number);
	return memcmp(buf, want, IO_BYTES) == 0;
}

/* Write or read the whole stripe, DEPTH commands at a time. */
static int run(struct worker *w, struct znvme_queue *q, struct znvme_region *region, bool write)
{
	uint32_t nlb = IO_BYTES / w->ns->block_size;
	struct slot slots[DEPTH], *idle[DEPTH];
	struct znvme_cpl cpls[DEPTH];
	unsigned nr_idle = DEPTH;
	uint64_t next = 0, done = 0;

	for (unsigned i = 0; i < DEPTH; i++) {
		slots[i].buf = region->addr + (size_t)i * IO_BYTES;
		idle[i] = &slots[i];
	}
	while (done < IOS) {
		while (next < IOS && nr_idle) {
			struct slot *slot = idle[nr_idle - 1];
			struct znvme_sqe *sqe = znvme_get_sqe(q, slot);
			uint64_t slba = w->first_block + next * nlb;

			if (!sqe)
				break;
			if (write)
				fill(slot->buf, slba, next);
			if (write ? znvme_prep_write(sqe, w->ns, region, slot->buf, slba, nlb)
				  : znvme_prep_read(sqe, w->ns, region, slot->buf, slba, nlb))
				return 1;
			slot->number = next++;
			nr_idle--;
		}
		znvme_submit(q); /* one doorbell for all of them */

		int n = znvme_wait(q, cpls, DEPTH, -1);

		for (int i = 0; i < n; i++) {
			struct slot *slot = cpls[i].data;

			if (cpls[i].status) {
				fprintf(stderr, "I/O %" PRIu64 ": %s\n", slot->number,
					znvme_strerror(cpls[i].status));
				return 1;
			}
			if (!write && !is_right(slot->buf, w->first_block + slot->number * nlb,
						slot->number)) {
				fprintf(stderr, "I/O %" PRIu64 ": wrong data\n", slot->number);
				return 1;
			}
			idle[nr_idle++] = slot;
			done++;
		}
		if (n <= 0)
			return 1;
	}
	return 0;
}

static void *work(void *arg)
{
	struct znvme_region *region = NULL;
	struct znvme_queue *q = NULL;
	struct worker *w = arg;

	w->failed = 1;
	if (znvme_queue_create(w->ctrl, DEPTH + 1, NULL, &q) ||
	    znvme_mem_alloc(w->ctrl, (size_t)DEPTH * IO_BYTES, &region))
		fprintf(stderr, "%s\n", znvme_errmsg());
	else
		w->failed = run(w, q, region, true) || run(w, q, region, false);
	znvme_queue_delete(q);
	znvme_mem_free(w->ctrl, region);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *address = argc > 1 ? argv[1] : "sim:size=256M";
	unsigned nr_threads = argc > 2 ? (unsigned)atoi(argv[2]) : 4;
	struct znvme_ctrl_info info;
	const struct znvme_ns *ns;
	struct worker workers[64];
	struct znvme_ctrl *ctrl;
	int failed = 0;

	if (znvme_open(address, NULL, &ctrl)) {
		fprintf(stderr, "%s\n", znvme_errmsg());
		return 1;
	}
	znvme_ctrl_info(ctrl, &info);
	if (nr_threads > info.nr_io_queues)
		nr_threads = info.nr_io_queues;
	if (nr_threads < 1 || nr_threads > 64 || znvme_ns_get(ctrl, 1, &ns) ||
	    ns->nr_bytes < (uint64_t)nr_threads * IOS * IO_BYTES || IO_BYTES > info.max_transfer) {
		fprintf(stderr, "%u threads do not fit this device\n", nr_threads);
		znvme_close(ctrl);
		return 1;
	}
	for (unsigned i = 0; i < nr_threads; i++) {
		workers[i] = (struct worker){
			.ctrl = ctrl,
			.ns = ns,
			.first_block = (uint64_t)i * IOS * (IO_BYTES / ns->block_size),
		};
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	for (unsigned i = 0; i < nr_threads; i++) {
		pthread_join(workers[i].thread, NULL);
		failed |= workers[i].failed;
	}
	znvme_close(ctrl);
	if (!failed)
		printf("%u threads wrote, read and compared %u MiB each\n", nr_threads,
		       IOS * IO_BYTES >> 20);
	return failed;
}
