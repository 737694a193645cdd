/* SPDX-License-Identifier: MIT */
/*
 * Which blocks are allocated, a bit each, and Get LBA Status (NVM 1.1, section 4.2.1), which lists
 * those, or the ones that Write Uncorrectable has marked: they are all that the medium ever loses,
 * and known at once, so that a scan finds what is tracked. A file's holes are not allocated.
 */
#include "sim/internal.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of the smallest blocks: so it fits any format. */
static size_t sim_map_size(const struct sim_ns *ns)
{
	return (ns->size >> 9) / 8 + 8;
}

void sim_lba_look(struct znvme_sim *sim, struct sim_ns *ns)
{
	off_t end = (off_t)(ns->offset + (ns->blocks << ns->lba_shift));
	off_t at = (off_t)ns->offset;

	while (at < end) {
		off_t data = lseek(sim->store.fd, at, SEEK_DATA);
		off_t hole = data < 0 ? -1 : lseek(sim->store.fd, data, SEEK_HOLE);
		uint64_t first;
		uint64_t last;

		if (data < 0 || data >= end)
			return;
		if (hole < 0 || hole > end)
			hole = end;
		first = ((uint64_t)data - ns->offset) >> ns->lba_shift;
		last = ((uint64_t)hole - ns->offset - 1) >> ns->lba_shift;
		sim_lba_mark(ns, first, last - first + 1, true);
		at = hole;
	}
}

bool sim_lba_open(struct sim_ns *ns)
{
	void *map = mmap(NULL, sim_map_size(ns), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return false;
	ns->mapped = map;
	return true;
}

void sim_lba_close(struct sim_ns *ns)
{
	if (ns->mapped)
		munmap(ns->mapped, sim_map_size(ns));
}

void sim_lba_mark(struct sim_ns *ns, uint64_t slba, uint64_t nlb, bool allocated)
{
	uint64_t end = slba + nlb;

	while (slba < end) {
		uint64_t bits = 64 - slba % 64 < end - slba ? 64 - slba % 64 : end - slba;
		uint64_t mask = (bits == 64 ? UINT64_MAX : (1ull << bits) - 1) << slba % 64;

		if (allocated)
			ns->mapped[slba / 64] |= mask;
		else if (ns->mapped[slba / 64]) /* memory that was never written stays so */
			ns->mapped[slba / 64] &= ~mask;
		slba += bits;
	}
}

/* The first block at or behind `lba` and before `end` whose bit is `set`, or `end`. */
static uint64_t sim_find(const uint64_t *map, uint64_t lba, uint64_t end, bool set)
{
	while (lba < end) {
		uint64_t word = (set ? map[lba / 64] : ~map[lba / 64]) >> lba % 64;

		if (word) {
			lba += (unsigned)__builtin_ctzll(word);
			return lba < end ? lba : end;
		}
		lba = (lba / 64 + 1) * 64;
	}
	return end;
}

/* Runs of set bits into the list, as long as they fit; true where there are no more. */
static bool sim_list_runs(const uint64_t *map, uint64_t lba, uint64_t end,
			  struct znvme_lba_status_list *list, uint64_t room)
{
	struct znvme_lba_status_desc *desc = (void *)(list + 1);

	while ((lba = sim_find(map, lba, end, true)) < end) {
		uint64_t behind = sim_find(map, lba, end, false);

		if (behind - lba > UINT32_MAX)
			behind = lba + UINT32_MAX;
		if (list->nlsd == room)
			return false;
		desc[list->nlsd++] = (struct znvme_lba_status_desc){
			.dslba = lba,
			.nlb = (uint32_t)(behind - lba),
		};
		lba = behind;
	}
	return true;
}

static uint16_t sim_send_runs(struct znvme_sim *sim, struct sim_cmd *cmd, const uint64_t *map,
			      uint64_t slba, uint64_t end)
{
	uint64_t len = (cmd->sqe.cdw12 + 1ull) * 4;
	struct znvme_lba_status_list *list;
	uint64_t room;
	uint16_t status;

	if (len < sizeof(*list) || len > sim_max_transfer(sim))
		return SIM_INVALID_FIELD(cmd, cdw12);
	list = calloc(1, len);
	if (!list)
		return ZNVME_SC_INTERNAL;
	room = (len - sizeof(*list)) / sizeof(struct znvme_lba_status_desc);
	list->cmpc = ZNVME_LBA_STATUS_CMPC_COMPLETE;
	if (map && !sim_list_runs(map, slba, end, list, room))
		list->cmpc = ZNVME_LBA_STATUS_CMPC_INCOMPLETE;
	status = sim_data_send(sim, cmd, list, len, len);
	free(list);
	return status;
}

uint16_t sim_get_lba_status(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t action = znvme_field_get(ZNVME_LBA_STATUS_ATYPE, cmd->sqe.cdw13);
	uint64_t nlb = cmd->sqe.cdw13 & ZNVME_LBA_STATUS_RL;
	uint64_t slba = cmd->sqe.cdw10 | (uint64_t)cmd->sqe.cdw11 << 32;
	struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);
	uint16_t status;

	if (!ns || ns->kv) {
		cmd->error_loc = offsetof(struct znvme_sqe, nsid);
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	}
	if (action != ZNVME_LBA_STATUS_ALLOCATED && action != ZNVME_LBA_STATUS_SCAN &&
	    action != ZNVME_LBA_STATUS_TRACKED)
		return SIM_INVALID_FIELD(cmd, cdw13);
	status = sim_check_range(ns, cmd, slba, nlb ? nlb : 1);
	if (status)
		return status;
	return sim_send_runs(sim, cmd, action == ZNVME_LBA_STATUS_ALLOCATED ? ns->mapped : ns->bad,
			     slba, nlb ? slba + nlb : ns->blocks);
}
