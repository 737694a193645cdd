// SPDX-License-Identifier: MIT
/*
 * Holds a device and does not let it go when the host asks: writes and reads back block after block
 * until SIGTERM. tests/vm/hold.sh asks for the device meanwhile.
 *
 * Standard output: "open", "asked" when the host has asked, "closed"; each on a line of its own.
 * The file named second has the number of blocks that were written and read back so far.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <znvme.h>

#define NR_BLOCKS 1024u

static volatile sig_atomic_t told_to_end;

static void on_term(int signal)
{
	(void)signal;
	told_to_end = 1;
}

__attribute__((noreturn)) static void fail(const char *what)
{
	printf("failed: %s: %s\n", what, znvme_errmsg());
	exit(1);
}

/* Block number `round` modulo NR_BLOCKS gets `round`, and has it. */
static void write_and_read_back(const struct znvme_ns *ns, uint64_t round)
{
	uint64_t offset = round % NR_BLOCKS * ns->block_size;
	uint64_t block[4096 / sizeof(uint64_t)] = {round};

	if (znvme_pwrite(ns, block, ns->block_size, offset, 0, NULL) != ns->block_size)
		fail("write");
	memset(block, 0, sizeof(block));
	if (znvme_pread(ns, block, ns->block_size, offset, 0, NULL) != ns->block_size)
		fail("read");
	if (block[0] != round)
		fail("other data than were written");
}

static void look_for_request(struct znvme_ctrl *ctrl)
{
	struct znvme_event event;

	while (znvme_next_event(ctrl, &event) > 0)
		if (event.kind == ZNVME_EVENT_DEVICE_REQUEST)
			puts("asked");
}

int main(int argc, char **argv)
{
	const struct sigaction term = {.sa_handler = on_term, .sa_flags = SA_RESTART};
	const struct znvme_ns *ns;
	struct znvme_ctrl *ctrl;
	FILE *count;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3) {
		fprintf(stderr, "usage: hold ADDRESS COUNT-FILE\n");
		return 2;
	}
	count = fopen(argv[2], "we");
	if (!count || znvme_open(argv[1], NULL, &ctrl) || znvme_ns_get(ctrl, 1, &ns))
		fail("open");
	if (ns->block_size > 4096)
		fail("block size");
	sigaction(SIGTERM, &term, NULL);
	puts("open");
	for (uint64_t round = 1; !told_to_end; round++) {
		write_and_read_back(ns, round);
		look_for_request(ctrl);
		rewind(count);
		fprintf(count, "%" PRIu64 "\n", round);
		fflush(count);
	}
	if (znvme_close(ctrl))
		fail("close");
	puts("closed");
	return 0;
}
