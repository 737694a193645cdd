/* SPDX-License-Identifier: MIT */
/* What the host of sim_host.h does with zones. */
#ifndef ZONE_HOST_H
#define ZONE_HOST_H

#include "sim_host.h"

#define SIZE  256u /* blocks from one zone to the next */
#define CAP   192u /* of which can be written */
#define ZONES 16u

/* Zones of 128 KiB with 96 KiB each, of blocks of 512 bytes. */
#define GEOMETRY "size=2M,zoned=1,zone_size=128K,zone_cap=96K"

/* Areas of 32 blocks, flushed by eights; two of them. */
#define ZRWA GEOMETRY ",zrwa=16K,zrwafg=4K,numzrwa=2,max_active=4"

static const enum znvme_zone_state states[] = {
	ZNVME_ZONE_EMPTY,	    ZNVME_ZONE_CLOSED, ZNVME_ZONE_IMPLICITLY_OPEN,
	ZNVME_ZONE_EXPLICITLY_OPEN, ZNVME_ZONE_FULL,   ZNVME_ZONE_READ_ONLY,
	ZNVME_ZONE_OFFLINE,
};

static inline uint16_t zone_send(struct host *host, enum znvme_zone_action action, uint64_t slba,
				 uint32_t flags)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_ZONE_MGMT_SEND, slba, 1, HOST_DATA);

	cmd.cdw13 = (uint32_t)action | flags;
	return host_exec(host, 1, &cmd);
}

static inline uint16_t zone_do(struct host *host, enum znvme_zone_action action, unsigned zone)
{
	return zone_send(host, action, (uint64_t)zone * SIZE, 0);
}

static inline uint16_t zone_write(struct host *host, uint64_t slba, uint32_t nlb)
{
	return host_io(host, ZNVME_CMD_WRITE, slba, nlb, HOST_DATA);
}

static inline uint16_t zone_read(struct host *host, uint64_t slba, uint32_t nlb)
{
	return host_io(host, ZNVME_CMD_READ, slba, nlb, HOST_DATA);
}

static inline uint16_t zone_append(struct host *host, unsigned zone, uint32_t nlb, uint64_t *lba)
{
	struct znvme_sqe cmd =
		io_command(ZNVME_CMD_ZONE_APPEND, (uint64_t)zone * SIZE, nlb, HOST_DATA);
	uint32_t result = 0;
	uint16_t status = host_exec_result(host, 1, &cmd, &result);

	*lba = result;
	return status;
}

/* A report into the page at HOST_DATA + 1, which is filled with something else before. */
static inline uint16_t zone_receive(struct host *host, uint64_t slba, uint32_t bytes,
				    uint32_t cdw13)
{
	struct znvme_sqe cmd = io_command(ZNVME_CMD_ZONE_MGMT_RECV, slba, 1, HOST_DATA + 1);

	memset(page_addr(host, HOST_DATA + 1), 0xa5, PAGE);
	cmd.cdw12 = bytes / 4 - 1;
	cmd.cdw13 = cdw13;
	return host_exec(host, 1, &cmd);
}

static inline const struct znvme_zone_desc *zone_desc(struct host *host, unsigned zone)
{
	assert_int_equal(zone_receive(host, (uint64_t)zone * SIZE, 128, 0), 0);
	return (const struct znvme_zone_desc *)(const void *)(page_addr(host, HOST_DATA + 1) + 64);
}

static inline unsigned zone_state(struct host *host, unsigned zone)
{
	const struct znvme_zone_desc *desc = zone_desc(host, zone);

	assert_int_equal(desc->zslba, (uint64_t)zone * SIZE);
	return desc->zs >> 4;
}

/* The write pointer, from the zone's start. */
static inline uint64_t zone_wp(struct host *host, unsigned zone)
{
	return zone_desc(host, zone)->wp - (uint64_t)zone * SIZE;
}

/* Fill a zone, eight blocks at a time. */
static inline void zone_fill(struct host *host, unsigned zone)
{
	for (unsigned lba = 0; lba < CAP; lba += 8)
		assert_int_equal(zone_write(host, (uint64_t)zone * SIZE + lba, 8), 0);
}

/* Put a zone into a state, from empty. */
static inline void zone_make(struct host *host, unsigned zone, enum znvme_zone_state state)
{
	uint64_t slba = (uint64_t)zone * SIZE;

	switch (state) {
	case ZNVME_ZONE_EMPTY:
		break;
	case ZNVME_ZONE_IMPLICITLY_OPEN:
		assert_int_equal(zone_write(host, slba, 1), 0);
		break;
	case ZNVME_ZONE_EXPLICITLY_OPEN:
		assert_int_equal(zone_do(host, ZNVME_ZONE_OPEN, zone), 0);
		break;
	case ZNVME_ZONE_CLOSED:
		assert_int_equal(zone_do(host, ZNVME_ZONE_OPEN, zone), 0);
		assert_int_equal(zone_do(host, ZNVME_ZONE_CLOSE, zone), 0);
		break;
	case ZNVME_ZONE_FULL:
		assert_int_equal(zone_do(host, ZNVME_ZONE_FINISH, zone), 0);
		break;
	case ZNVME_ZONE_READ_ONLY:
		assert_int_equal(
			znvme_sim_change_zone(host->sim, 1, slba, ZNVME_SIM_ZONE_READ_ONLY), 0);
		break;
	case ZNVME_ZONE_OFFLINE:
		assert_int_equal(znvme_sim_change_zone(host->sim, 1, slba, ZNVME_SIM_ZONE_OFFLINE),
				 0);
		break;
	}
	assert_int_equal(zone_state(host, zone), state);
}

#endif
