/* SPDX-License-Identifier: MIT */
/*
 * The medium: memory that costs nothing until it is written, or a file, which a lock keeps to one
 * simulator at a time. Namespaces lie in it one behind the other, so the file of a single namespace
 * is a plain disk image. Blocks that Write Uncorrectable has marked are a bit map beside it, which
 * ends with the simulator.
 */
#include "sim/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SIM_DEFAULT_SIZE (1ull << 30)
#define SIM_ZERO_CHUNK	 65536u

/* ---- opening ------------------------------------------------------------------------------- */

/* The process that holds a lock on the file, by /proc/locks; 0 where it cannot be found. */
static int sim_lock_owner(const struct stat *st)
{
	FILE *locks = fopen("/proc/locks", "re");
	char line[256];
	int owner = 0;

	while (locks && fgets(line, sizeof(line), locks)) {
		unsigned major_nr;
		unsigned minor_nr;
		unsigned long long inode;
		int pid;

		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &pid, &major_nr, &minor_nr,
			   &inode) != 4 ||
		    inode != st->st_ino)
			continue;
		owner = pid; /* stacked file systems name another device there */
		if (major_nr == major(st->st_dev) && minor_nr == minor(st->st_dev))
			break;
	}
	if (locks)
		fclose(locks);
	return owner;
}

static int sim_file_lock(struct znvme_sim *sim, const struct stat *st)
{
	const char *path = sim->options.file;
	int owner;

	if (!flock(sim->store.fd, (sim->store.readonly ? LOCK_SH : LOCK_EX) | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return znvme_fail(-errno, "sim: locking %s: %s", path, strerror(errno));
	owner = sim_lock_owner(st);
	if (owner == (int)getpid())
		return znvme_fail(-EBUSY, "sim: %s is in use by this process (pid %d)", path,
				  owner);
	if (owner > 0)
		return znvme_fail(-EBUSY, "sim: %s is in use by process %d", path, owner);
	return znvme_fail(-EBUSY, "sim: %s is in use by another process", path);
}

static int sim_file_open(struct znvme_sim *sim)
{
	const char *path = sim->options.file;
	int flags = sim->store.readonly ? O_RDONLY : O_RDWR | O_CREAT;
	struct stat st;
	int rc;

	sim->store.fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0666);
	if (sim->store.fd < 0)
		return znvme_fail(-errno, "sim: opening %s: %s", path, strerror(errno));
	if (fstat(sim->store.fd, &st))
		return znvme_fail(-errno, "sim: %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return znvme_fail(-EINVAL, "sim: %s is not a regular file", path);
	rc = sim_file_lock(sim, &st);
	if (!rc)
		sim->store.size = (uint64_t)lseek(sim->store.fd, 0, SEEK_END);
	return rc;
}

/* Give a new file its size; one that is there must have it. */
static int sim_file_size(struct znvme_sim *sim, uint64_t size)
{
	const char *path = sim->options.file;

	if (sim->store.size == size)
		return 0;
	if (sim->store.size)
		return znvme_fail(
			-EINVAL, "sim: %s has %llu bytes, not the %llu asked for: left as it is",
			path, (unsigned long long)sim->store.size, (unsigned long long)size);
	if (sim->store.readonly)
		return znvme_fail(-EINVAL, "sim: %s is empty, and readonly", path);
	if (ftruncate(sim->store.fd, (off_t)size))
		return znvme_fail(-errno, "sim: making %s %llu bytes long: %s", path,
				  (unsigned long long)size, strerror(errno));
	sim->store.size = size;
	sim->store.fresh = true;
	return 0;
}

static int sim_memory_open(struct znvme_sim *sim, uint64_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return znvme_fail(-ENOMEM, "sim: no address space for %llu bytes (option size)",
				  (unsigned long long)size);
	sim->store.memory = memory;
	sim->store.size = size;
	return 0;
}

/* How many namespaces, by the options that say so. */
static int sim_count_ns(struct znvme_sim *sim)
{
	struct sim_options *options = &sim->options;
	const struct sim_list *const lists[] = {&options->size, &options->bs,  &options->ms,
						&options->meta, &options->pi,  &options->pif,
						&options->sts,	&options->stm, &options->pip};
	uint64_t nr = options->ns == UINT64_MAX ? 1 : options->ns;
	uint64_t places;

	for (size_t i = 0; i < SIM_COUNT(lists); i++)
		if (lists[i]->nr > nr && options->ns == UINT64_MAX)
			nr = lists[i]->nr;
	if (options->zoned.nr > nr && options->ns == UINT64_MAX)
		nr = options->zoned.nr;
	if (options->kv.nr > nr && options->ns == UINT64_MAX)
		nr = options->kv.nr;
	for (size_t i = 0; i < SIM_COUNT(lists); i++)
		if (lists[i]->nr > 1 && lists[i]->nr != nr)
			return znvme_fail(
				-EINVAL,
				"sim: an option with %u values for %llu namespaces: give one for "
				"all or one for each",
				lists[i]->nr, (unsigned long long)nr);
	if (options->nn && options->nn < nr)
		return znvme_fail(-EINVAL, "sim: option 'nn' (%llu) is below the %llu namespaces",
				  (unsigned long long)options->nn, (unsigned long long)nr);
	options->ns = nr;
	if (!options->nn)
		options->nn = nr ? nr : 1;
	places = options->nn < SIM_MAX_NS ? options->nn : SIM_MAX_NS;
	sim->nr_ns = (uint32_t)places;
	sim->ns = calloc(places, sizeof(*sim->ns));
	return sim->ns ? 0 : znvme_fail(-ENOMEM, "sim: no memory for namespaces");
}

/* Size and place of each namespace; *total is what the store must hold. */
static int sim_lay_out_ns(struct znvme_sim *sim, uint64_t *total)
{
	const struct sim_options *options = &sim->options;
	uint64_t whole = options->size.nr ? options->size.value[0] : SIM_DEFAULT_SIZE;
	int rc;

	if (!options->size.nr && sim->store.size)
		whole = sim->store.size;
	*total = 0;
	for (uint32_t i = 0; i < options->ns; i++) {
		struct sim_ns *ns = &sim->ns[i];
		uint64_t bs = options->bs.nr ? options->bs.value[options->bs.nr > 1 ? i : 0] : 512;
		uint64_t size = options->size.nr > 1 ? options->size.value[i] : whole / options->ns;
		uint64_t zone;

		ns->nsid = i + 1;
		ns->allocated = true;
		ns->attached = true;
		ns->nmic = ZNVME_NS_NMIC_SHARED;
		if (options->with & SIM_WITH_DISPERSED)
			ns->nmic |= ZNVME_NS_NMIC_DISPERSED;
		zone = sim_zns_zone_bytes(sim, ns);
		if (options->ns > 1 && options->size.nr <= 1)
			size -= size % (zone ? zone : bs); /* an equal share, in whole blocks */
		if (!size || size % bs)
			return znvme_fail(
				-EINVAL,
				"sim: namespace %u of %llu bytes is no multiple of its blocks "
				"of %llu bytes",
				i + 1, (unsigned long long)size, (unsigned long long)bs);
		ns->size = size;
		ns->offset = *total;
		*total += size;
		rc = sim_format_make(sim, ns, i);
		if (rc)
			return rc;
	}
	return 0;
}

/* The namespaces, by the state file where there is one, else by the options. */
static int sim_find_ns(struct znvme_sim *sim, uint64_t *total)
{
	int rc = sim_state_lock(sim);

	if (rc)
		return rc;
	if (!sim_state_exists(sim))
		return sim_lay_out_ns(sim, total);
	rc = sim_state_load(sim);
	*total = 0;
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].allocated && sim->ns[i].offset + sim_ns_bytes(&sim->ns[i]) > *total)
			*total = sim->ns[i].offset + sim_ns_bytes(&sim->ns[i]);
	if (!rc && *total < sim->store.size)
		*total = sim->store.size;
	return rc;
}

/* What the NVM subsystem has in all: by option, or all that its namespaces have. */
static int sim_find_capacity(struct znvme_sim *sim)
{
	uint64_t used = 0;

	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].allocated)
			used += sim_ns_bytes(&sim->ns[i]);
	if (!sim->mgmt.capacity)
		sim->mgmt.capacity = sim->options.capacity ? sim->options.capacity : used;
	if (sim->mgmt.capacity >= used)
		return 0;
	return znvme_fail(-EINVAL,
			  "sim: option 'capacity' (%llu) is below the %llu bytes of the namespaces",
			  (unsigned long long)sim->mgmt.capacity, (unsigned long long)used);
}

/* The blocks' memory or file. */
static int sim_store_open(struct znvme_sim *sim, uint64_t total)
{
	int rc;

	if (!sim->options.file[0])
		return total ? sim_memory_open(sim, total) : 0;
	rc = sim_file_open(sim);
	return rc ? rc : sim_file_size(sim, total);
}

static int sim_open_maps(struct znvme_sim *sim)
{
	for (uint32_t i = 0; i < sim->nr_ns; i++) {
		if (!sim->ns[i].allocated)
			continue;
		if (!sim_lba_open(&sim->ns[i]))
			return znvme_fail(-ENOMEM, "sim: no address space for maps of the blocks");
		if (sim->store.fd >= 0)
			sim_lba_look(sim, &sim->ns[i]);
	}
	return 0;
}

int sim_media_open(struct znvme_sim *sim)
{
	const char *path = sim->options.file;
	uint64_t total;
	struct stat st;
	int rc = sim_count_ns(sim);

	sim->store.fd = -1;
	sim->store.metadata_fd = -1;
	sim->store.readonly = sim->options.readonly;
	if (*path && !stat(path, &st))
		sim->store.size = (uint64_t)st.st_size;
	if (!rc)
		rc = sim_find_ns(sim, &total);
	if (!rc)
		rc = sim_find_capacity(sim);
	if (!rc)
		rc = sim_store_open(sim, total);
	for (uint32_t i = 0; i < sim->nr_ns && !rc; i++)
		if (sim->ns[i].format.ms && !sim_metadata_open(sim))
			rc = -EIO;
	sim->store.made = sim->store.size;
	return rc ? rc : sim_open_maps(sim);
}

void sim_media_close_ns(struct sim_ns *ns)
{
	if (ns->bad)
		munmap(ns->bad, ns->blocks / 8 + 8);
	sim_lba_close(ns);
	sim_zns_close(ns);
	sim_kv_close(ns);
	sim_labels_close(ns);
}

void sim_media_close(struct znvme_sim *sim)
{
	for (uint32_t i = 0; sim->ns && i < sim->nr_ns; i++)
		sim_media_close_ns(&sim->ns[i]);
	sim_cache_clear(&sim->cache);
	free(sim->ns);
	if (sim->store.memory)
		munmap(sim->store.memory, sim->store.size);
	if (sim->store.fd >= 0) {
		/* Namespaces that nothing remembers are gone, and so is their room. */
		if (!*sim->options.state && sim->store.size > sim->store.made &&
		    ftruncate(sim->store.fd, (off_t)sim->store.made))
			znvme_fail(-errno, "sim: %s: %s", sim->options.file, strerror(errno));
		flock(sim->store.fd, LOCK_UN); /* a forked child may have it, too */
		close(sim->store.fd);
	}
	sim_metadata_close(sim);
}

struct sim_ns *sim_ns_allocated(struct znvme_sim *sim, uint32_t nsid)
{
	return nsid - 1 < sim->nr_ns && sim->ns[nsid - 1].allocated ? &sim->ns[nsid - 1] : NULL;
}

struct sim_ns *sim_ns(struct znvme_sim *sim, uint32_t nsid)
{
	struct sim_ns *ns = sim_ns_allocated(sim, nsid);

	return ns && ns->attached ? ns : NULL;
}

int sim_media_grow(struct znvme_sim *sim, uint64_t size)
{
	void *memory;

	if (size <= sim->store.size)
		return 0;
	if (!sim_metadata_grow(sim, size))
		return -ENOMEM;
	if (sim->store.fd >= 0) {
		if (ftruncate(sim->store.fd, (off_t)size))
			return -errno;
		sim->store.size = size;
		return 0;
	}
	if (!sim->store.memory)
		return sim_memory_open(sim, size);
	memory = mremap(sim->store.memory, sim->store.size, size, MREMAP_MAYMOVE);
	if (memory == MAP_FAILED)
		return -errno;
	sim->store.memory = memory;
	sim->store.size = size;
	return 0;
}

/* ---- blocks -------------------------------------------------------------------------------- */

char *sim_media_memory(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba)
{
	return sim->store.memory ? sim->store.memory + ns->offset + (slba << ns->lba_shift) : NULL;
}

uint16_t sim_media_read(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb,
			void *data)
{
	const char *memory = sim_media_memory(sim, ns, slba);
	uint64_t at = ns->offset + (slba << ns->lba_shift);
	size_t len = nlb << ns->lba_shift;
	char *to = data;

	if (memory) {
		memcpy(to, memory, len);
		return ZNVME_SC_SUCCESS;
	}
	while (len) {
		ssize_t n = pread(sim->store.fd, to, len, (off_t)at);

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

uint16_t sim_file_write(int fd, uint64_t at, const char *from, size_t len)
{
	while (len) {
		ssize_t n = pwrite(fd, from, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == ENOSPC ? ZNVME_SC_CAPACITY_EXCEEDED
							: ZNVME_SC_WRITE_FAULT;
		from += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_media_write(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb,
			 const void *data)
{
	char *memory = sim_media_memory(sim, ns, slba);

	if (!memory)
		return sim_file_write(sim->store.fd, ns->offset + (slba << ns->lba_shift), data,
				      nlb << ns->lba_shift);
	memcpy(memory, data, nlb << ns->lba_shift);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_file_zero(int fd, uint64_t at, uint64_t len)
{
	static const char zeroes[SIM_ZERO_CHUNK];

	if (!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)len))
		return ZNVME_SC_SUCCESS;
	while (len) {
		size_t part = len < sizeof(zeroes) ? len : sizeof(zeroes);
		uint16_t status = sim_file_write(fd, at, zeroes, part);

		if (status)
			return status;
		at += part;
		len -= part;
	}
	return ZNVME_SC_SUCCESS;
}

/* Whole pages are given back to the system; the rest is overwritten. */
void sim_memory_zero(char *memory, uint64_t len)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)memory;
	uintptr_t first = (start + page - 1) & ~(page - 1);
	uintptr_t end = (start + len) & ~(page - 1);

	if (first >= end || madvise(memory + (first - start), end - first, MADV_DONTNEED)) {
		memset(memory, 0, len);
		return;
	}
	memset(memory, 0, first - start);
	memset(memory + (end - start), 0, start + len - end);
}

/* Blocks that read as zeroes and take no room: Write Zeroes and Deallocate are the same here. */
uint16_t sim_media_zero(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb)
{
	char *memory = sim_media_memory(sim, ns, slba);
	uint16_t status = sim_metadata_zero(sim, ns, slba, nlb);

	if (status)
		return status;
	if (!memory)
		return sim_file_zero(sim->store.fd, ns->offset + (slba << ns->lba_shift),
				     nlb << ns->lba_shift);
	sim_memory_zero(memory, nlb << ns->lba_shift);
	return ZNVME_SC_SUCCESS;
}

void sim_media_rot(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb,
		   uint64_t bits, uint64_t random)
{
	char *memory = sim_media_memory(sim, ns, slba);
	uint64_t start = ns->offset + (slba << ns->lba_shift);

	for (uint64_t i = 0; i < bits; i++) {
		uint64_t bit = sim_mix(random + i) % (nlb << ns->lba_shift << 3);
		char mask = (char)(1 << bit % 8);
		char byte;

		if (memory) {
			memory[bit / 8] ^= mask;
		} else if (pread(sim->store.fd, &byte, 1, (off_t)(start + bit / 8)) == 1) {
			byte ^= mask;
			sim_file_write(sim->store.fd, start + bit / 8, &byte, 1);
		}
	}
}

uint16_t sim_media_flush(struct znvme_sim *sim)
{
	if (sim_power_fails(sim)) /* it does not come to that */
		return ZNVME_SC_SUCCESS;
	sim_cache_clear(&sim->cache);
	return sim_media_sync(sim);
}

uint16_t sim_media_sync(struct znvme_sim *sim)
{
	const int fds[] = {sim->store.fd, sim->store.metadata_fd};

	for (size_t i = 0; i < SIM_COUNT(fds) && !sim->store.readonly; i++)
		if (fds[i] >= 0 && fdatasync(fds[i]))
			return ZNVME_SC_WRITE_FAULT;
	return ZNVME_SC_SUCCESS;
}

/* ---- blocks that cannot be read ------------------------------------------------------------ */

uint16_t sim_media_mark_bad(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb)
{
	(void)sim;
	if (!ns->bad) {
		void *map = mmap(NULL, ns->blocks / 8 + 8, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (map == MAP_FAILED)
			return ZNVME_SC_INTERNAL;
		ns->bad = map;
	}
	ns->bad_changes++;
	for (uint64_t lba = slba; lba < slba + nlb; lba++) {
		ns->nr_bad += !(ns->bad[lba / 64] >> lba % 64 & 1);
		ns->bad[lba / 64] |= 1ull << lba % 64;
	}
	return ZNVME_SC_SUCCESS;
}

/* The first marked block at or behind `lba` and before `end`, or `end`. */
static uint64_t sim_next_bad(const struct sim_ns *ns, uint64_t lba, uint64_t end)
{
	while (lba < end) {
		uint64_t rest = ns->bad[lba / 64] >> lba % 64;

		if (rest) {
			lba += (unsigned)__builtin_ctzll(rest);
			return lba < end ? lba : end;
		}
		lba = (lba / 64 + 1) * 64;
	}
	return end;
}

void sim_media_clear_bad(struct sim_ns *ns, uint64_t slba, uint64_t nlb)
{
	uint64_t end = slba + nlb, before = ns->nr_bad;

	while (ns->nr_bad && (slba = sim_next_bad(ns, slba, end)) < end) {
		ns->bad[slba / 64] &= ~(1ull << slba % 64);
		ns->nr_bad--;
	}
	ns->bad_changes += before != ns->nr_bad;
}

uint64_t sim_media_find_bad(const struct sim_ns *ns, uint64_t slba, uint64_t nlb)
{
	uint64_t found = ns->nr_bad ? sim_next_bad(ns, slba, slba + nlb) : slba + nlb;

	return found < slba + nlb ? found : UINT64_MAX;
}
