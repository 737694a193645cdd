/* SPDX-License-Identifier: MIT */
/*
 * What `make demo` runs: open a controller, say what it is, write a pattern through an I/O queue,
 *read it back, verify, and say how fast that went.
 *
 *	demo [DEVICE [MEBIBYTES]]      (the first MEBIBYTES of namespace 1 are overwritten)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <znvme.h>

#define DEPTH	 32u
#define IO_BYTES 65536u /* a command, where the device moves that much */

struct demo {
	const struct znvme_ns *ns;
	struct znvme_queue *queue;
	struct znvme_region *region; /* DEPTH buffers */
	uint32_t io_bytes;	     /* bytes a command */
	uint32_t nlb;		     /* blocks a command */
	uint64_t ios;		     /* commands each way */
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The word at byte `offset` of the namespace. */
static uint64_t pattern(uint64_t offset)
{
	uint64_t x = (offset + 1) * 0x9e3779b97f4a7c15u;

	return x ^ (x >> 29);
}

static void fill(uint64_t *buf, size_t bytes, uint64_t offset)
{
	for (size_t i = 0; i < bytes / 8; i++)
		buf[i] = pattern(offset + 8 * i);
}

static bool verify(const uint64_t *buf, size_t bytes, uint64_t offset)
{
	for (size_t i = 0; i < bytes / 8; i++)
		if (buf[i] != pattern(offset + 8 * i))
			return false;
	return true;
}

static void *buffer(const struct demo *d, uint64_t io)
{
	return d->region->addr + (io % DEPTH) * (size_t)d->io_bytes;
}

/* Batches of DEPTH commands: one doorbell out, one back. */
static int pass(const struct demo *d, bool write)
{
	for (uint64_t first = 0; first < d->ios; first += DEPTH) {
		uint64_t end = first + DEPTH < d->ios ? first + DEPTH : d->ios;
		struct znvme_cpl cpls[DEPTH];
		uint64_t done = first;

		for (uint64_t io = first; io < end; io++) {
			struct znvme_sqe *sqe = znvme_get_sqe(d->queue, NULL);
			void *buf = buffer(d, io);

			if (write) {
				fill(buf, d->io_bytes, io * d->io_bytes);
				znvme_prep_write(sqe, d->ns, d->region, buf, io * d->nlb, d->nlb);
			} else {
				memset(buf, 0, d->io_bytes);
				znvme_prep_read(sqe, d->ns, d->region, buf, io * d->nlb, d->nlb);
			}
		}
		znvme_submit(d->queue);
		while (done < end) {
			int n = znvme_wait(d->queue, cpls, DEPTH, -1);

			for (int i = 0; i < n; i++) {
				if (cpls[i].status) {
					fprintf(stderr, "I/O error: %s\n",
						znvme_strerror(cpls[i].status));
					return 1;
				}
			}
			if (n <= 0)
				return 1;
			done += (uint64_t)n;
		}
		for (uint64_t io = first; !write && io < end; io++) {
			if (!verify(buffer(d, io), d->io_bytes, io * d->io_bytes)) {
				fprintf(stderr, "wrong data in I/O %" PRIu64 "\n", io);
				return 1;
			}
		}
	}
	return 0;
}

static int timed_pass(const struct demo *d, bool write)
{
	double start = seconds(), took;

	if (pass(d, write))
		return 1;
	took = seconds() - start;
	printf("%-8s  %" PRIu64 " MiB in %" PRIu64 " commands of %u KiB, %u in flight: %.2f s, "
	       "%.0f MiB/s\n",
	       write ? "written" : "verified", d->ios * d->io_bytes >> 20, d->ios,
	       d->io_bytes >> 10, DEPTH, took, (double)(d->ios * d->io_bytes >> 20) / took);
	return 0;
}

static void print_controller(struct znvme_ctrl *ctrl, const struct znvme_ns *ns)
{
	const struct znvme_id_ctrl *id = znvme_id_ctrl(ctrl);
	struct znvme_ctrl_info info;

	znvme_ctrl_info(ctrl, &info);
	printf("device    %s by %s\n", info.address, info.way);
	printf("model     %.40s\nserial    %.20s\nfirmware  %.8s\n", id->mn, id->sn, id->fr);
	printf("queues    %u I/O queue pairs of up to %u entries\n", info.nr_io_queues,
	       info.max_queue_size);
	printf("namespace %u: %" PRIu64 " blocks of %u bytes, %" PRIu64 " MiB\n", ns->nsid,
	       ns->nr_blocks, ns->block_size, ns->nr_bytes >> 20);
}

static int run(struct znvme_ctrl *ctrl, uint64_t mebibytes)
{
	struct demo d = {0};
	int rc;

	if (znvme_ns_get(ctrl, 1, &d.ns))
		return 1;
	print_controller(ctrl, d.ns);
	d.nlb = IO_BYTES / d.ns->block_size;
	if (d.nlb > d.ns->max_nlb)
		d.nlb = d.ns->max_nlb;
	d.io_bytes = d.nlb * d.ns->block_size;
	d.ios = (mebibytes << 20) / d.io_bytes;
	if (d.ios * d.io_bytes > d.ns->nr_bytes)
		d.ios = d.ns->nr_bytes / d.io_bytes;
	if (znvme_queue_create(ctrl, DEPTH + 1, NULL, &d.queue) ||
	    znvme_mem_alloc(ctrl, (size_t)DEPTH * d.io_bytes, &d.region))
		return 1;
	rc = timed_pass(&d, true) || timed_pass(&d, false);
	if (!rc)
		printf("all data is as written\n");
	znvme_queue_delete(d.queue);
	znvme_mem_free(ctrl, d.region);
	return rc;
}

int main(int argc, char **argv)
{
	const char *address = argc > 1 ? argv[1] : "sim:size=1G";
	uint64_t mebibytes = argc > 2 ? strtoull(argv[2], NULL, 10) : 512;
	struct znvme_ctrl *ctrl;
	int rc;

	if (znvme_open(address, NULL, &ctrl)) {
		fprintf(stderr, "demo: %s\n", znvme_errmsg());
		return 1;
	}
	rc = run(ctrl, mebibytes);
	if (rc)
		fprintf(stderr, "demo: %s\n", znvme_errmsg());
	znvme_close(ctrl);
	return rc;
}
