/* SPDX-License-Identifier: MIT */
/*
 * Where metadata are kept: beside the blocks, in memory of their own or in a file with `.meta`
 * behind its name, which leaves the other one a plain disk image. The metadata of a namespace lie
 * at an eighth of where its blocks do, and are never more than an eighth of them, so that another
 * format moves nothing.
 *
 * Protection information is kept with all its bits turned over: metadata that were never written,
 * or were given back, are zeroes on the medium, and protection information reads as all ones then
 * (NVM 1.1, section 3.3.3.2.1).
 */
#include "sim/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static bool sim_metadata_open_file(struct znvme_sim *sim)
{
	struct sim_store *store = &sim->store;
	int flags = store->readonly ? O_RDONLY : O_RDWR | O_CREAT;
	char path[sizeof(sim->options.file) + 8];

	snprintf(path, sizeof(path), "%s.meta", sim->options.file);
	store->metadata_fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0666);
	if (store->metadata_fd < 0) {
		znvme_fail(-errno, "sim: opening %s: %s", path, strerror(errno));
		return false;
	}
	if (!store->readonly && ftruncate(store->metadata_fd, (off_t)(store->size / 8))) {
		znvme_fail(-errno, "sim: making %s %llu bytes long: %s", path,
			   (unsigned long long)store->size / 8, strerror(errno));
		return false;
	}
	return true;
}

/* A place for metadata, where there is none yet; false after a message. */
bool sim_metadata_open(struct znvme_sim *sim)
{
	struct sim_store *store = &sim->store;
	void *memory;

	if (store->metadata || store->metadata_fd >= 0)
		return true;
	if (!store->memory)
		return sim_metadata_open_file(sim);
	memory = mmap(NULL, store->size / 8, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		znvme_fail(-ENOMEM, "sim: no address space for metadata");
		return false;
	}
	store->metadata = memory;
	return true;
}

/* The store will have `size` bytes; false: no room for their metadata. */
bool sim_metadata_grow(struct znvme_sim *sim, uint64_t size)
{
	struct sim_store *store = &sim->store;
	void *memory;

	if (store->metadata_fd >= 0)
		return !ftruncate(store->metadata_fd, (off_t)(size / 8));
	if (!store->metadata)
		return true;
	memory = mremap(store->metadata, store->size / 8, size / 8, MREMAP_MAYMOVE);
	if (memory == MAP_FAILED)
		return false;
	store->metadata = memory;
	return true;
}

void sim_metadata_close(struct znvme_sim *sim)
{
	if (sim->store.metadata)
		munmap(sim->store.metadata, sim->store.size / 8);
	if (sim->store.metadata_fd >= 0)
		close(sim->store.metadata_fd);
}

static uint64_t sim_metadata_at(const struct sim_ns *ns, uint64_t slba)
{
	return ns->offset / 8 + slba * ns->format.ms;
}

/* As they are on the medium. */
uint16_t sim_metadata_get(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			  uint64_t nlb, void *metadata)
{
	uint64_t at = sim_metadata_at(ns, slba);
	size_t len = nlb * ns->format.ms;
	char *to = metadata;

	if (sim->store.metadata) {
		memcpy(to, sim->store.metadata + at, len);
		return ZNVME_SC_SUCCESS;
	}
	while (len) {
		ssize_t n = pread(sim->store.metadata_fd, to, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ZNVME_SC_UNRECOVERED_READ;
		to += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_metadata_put(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			  uint64_t nlb, const void *metadata)
{
	uint64_t at = sim_metadata_at(ns, slba);
	size_t len = nlb * ns->format.ms;

	if (!sim->store.metadata)
		return sim_file_write(sim->store.metadata_fd, at, metadata, len);
	memcpy(sim->store.metadata + at, metadata, len);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_metadata_zero(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			   uint64_t nlb)
{
	uint64_t at = sim_metadata_at(ns, slba), len = nlb * ns->format.ms;

	if (!len)
		return ZNVME_SC_SUCCESS;
	if (!sim->store.metadata)
		return sim_file_zero(sim->store.metadata_fd, at, len);
	sim_memory_zero(sim->store.metadata + at, len);
	return ZNVME_SC_SUCCESS;
}

/* Turn the protection information of each block over. */
static void sim_metadata_turn(const struct sim_ns *ns, uint64_t nlb, uint8_t *metadata)
{
	for (uint64_t i = 0; i < nlb && ns->pi_type; i++, metadata += ns->format.ms)
		for (unsigned byte = 0; byte < sim_pi_size(&ns->format); byte++)
			metadata[sim_pi_offset(ns) + byte] ^= 0xff;
}

/* As a host sees them. */
uint16_t sim_metadata_read(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			   uint64_t nlb, void *metadata)
{
	uint16_t status = sim_metadata_get(sim, ns, slba, nlb, metadata);

	if (!status)
		sim_metadata_turn(ns, nlb, metadata);
	return status;
}

/* The same; `metadata` are used up. */
uint16_t sim_metadata_write(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			    uint64_t nlb, void *metadata)
{
	sim_metadata_turn(ns, nlb, metadata);
	return sim_metadata_put(sim, ns, slba, nlb, metadata);
}
