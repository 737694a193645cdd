/* SPDX-License-Identifier: MIT */
/*
 * What the tests of commands share: a namespace, a region of 256 pages that it is sent
 * from, and an entry full of rubbish that a constructor has to fill.
 */
#ifndef COMMAND_HOST_H
#define COMMAND_HOST_H

#include <stdint.h>
#include <string.h>

#include <znvme.h>

#define IOVA 0x123456000ull
#define BUF  ((char *)0x20000000)

static const struct znvme_ns ns = {.nsid = 0xa1b2c3d4,
				   .dword01 = 0xa1b2c3d4ull << 32,
				   .block_size = 512,
				   .lba_bytes = 512,
				   .max_nlb = 256,
				   .nr_blocks = 1ull << 62};
static const struct znvme_region region = {.addr = BUF,
					   .len = 1 << 20,
					   .iova = IOVA,
					   .iova_off = IOVA - (uintptr_t)BUF,
					   .inline_pages = 256,
					   .prp_list = 0x999000,
					   .page_shift = 12};

static struct znvme_sqe rubbish(void)
{
	struct znvme_sqe sqe;

	memset(&sqe, 0xee, sizeof(sqe));
	return sqe;
}

#endif
