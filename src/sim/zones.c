/* SPDX-License-Identifier: MIT */
/*
 * The zones of a namespace: laid out by the options, told by Identify (Zoned Namespace Command Set
 * 1.2, section 4.1.5), and kept. The table of zones lies in memory or, where the blocks are in a
 * file, in one beside it that is mapped: each change is kept at once. What is in it when the
 * simulator is made is as after a power cycle. Zone management is durable; a power loss takes
 * blocks that were not flushed, and the write pointer goes back to the first of them
 * (sim_zns_lose()).
 */
#include "sim/zns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIM_ZONE_SIZE (16ull << 20) /* bytes */

/* What the file of the zones starts with; one with another start is of other zones. */
struct sim_zones_header {
	char magic[8];
	uint64_t zone_size; /* blocks, as the next */
	uint64_t zone_cap;
	uint64_t nr_zones;
	uint32_t lba_shift;
	uint32_t extension; /* bytes */
};

static const char sim_zones_magic[8] = {'z', 'o', 'n', 'e', 's', ' ', '1', '\n'};

/* ---- Identify ------------------------------------------------------------------------------ */

/* Bytes that a Zone Append moves. */
uint64_t sim_zns_append_max(struct znvme_sim *sim)
{
	uint64_t max = sim_max_transfer(sim);
	uint64_t zasl = (4096ull << sim->options.mpsmin) << sim->options.zasl;

	return sim->options.zasl && zasl < max ? zasl : max;
}

void sim_zns_identify(const struct sim_ns *ns, struct znvme_id_ns_zns *id)
{
	const struct sim_zns *zns = ns->zns;

	id->zoc = ZNVME_ZNS_ZOC_ZAE;
	id->ozcs = zns->read_across ? ZNVME_ZNS_OZCS_RAZB : 0;
	id->mar = zns->max_active - 1; /* 0 is no limit, and becomes ffffffffh */
	id->mor = zns->max_open - 1;
	if (!zns->nr_zrwa)
		return;
	id->ozcs |= ZNVME_ZNS_OZCS_ZRWASUP;
	id->numzrwa = zns->nr_zrwa;
	id->zrwafg = (uint16_t)zns->zrwa_granularity;
	id->zrwasz = (uint16_t)zns->zrwa_size;
	id->zrwacap = ZNVME_ZNS_ZRWACAP_EXPFLUSHSUP;
}

/* ---- making them --------------------------------------------------------------------------- */

uint64_t sim_zns_zone_bytes(const struct znvme_sim *sim, const struct sim_ns *ns)
{
	if (!sim_list_at(&sim->options.zoned, ns->nsid - 1, 0))
		return 0;
	return sim_list_at(&sim->options.zone_size, ns->nsid - 1, SIM_ZONE_SIZE);
}

static int sim_zns_check_lists(const struct znvme_sim *sim)
{
	const struct sim_options *o = &sim->options;
	const struct {
		const char *name;
		const struct sim_list *list;
	} lists[] = {
		{"zoned", &o->zoned},
		{"zone_size", &o->zone_size},
		{"zone_cap", &o->zone_cap},
		{"max_open", &o->max_open},
		{"max_active", &o->max_active},
		{"ext", &o->ext},
		{"zrwa", &o->zrwa},
		{"zrwafg", &o->zrwafg},
		{"numzrwa", &o->numzrwa},
	};

	for (size_t i = 0; i < SIM_COUNT(lists); i++)
		if (lists[i].list->nr > 1 && lists[i].list->nr != sim->options.ns)
			return znvme_fail(
				-EINVAL,
				"sim: option '%s' has %u values for %u namespaces: give one for "
				"all or one for each",
				lists[i].name, lists[i].list->nr, (unsigned)sim->options.ns);
	return 0;
}

/* `bytes` of the option in blocks. */
static int sim_zns_blocks(const struct sim_ns *ns, const char *option, uint64_t bytes,
			  uint64_t *blocks)
{
	*blocks = bytes >> ns->lba_shift;
	if (*blocks << ns->lba_shift == bytes)
		return 0;
	return znvme_fail(-EINVAL,
			  "sim: option '%s': %llu bytes are no multiple of the blocks of "
			  "namespace %u, %llu bytes",
			  option, (unsigned long long)bytes, ns->nsid, 1ull << ns->lba_shift);
}

static int sim_zns_lay_out(const struct znvme_sim *sim, struct sim_ns *ns, struct sim_zns *zns)
{
	const struct sim_options *o = &sim->options;
	uint64_t size = sim_zns_zone_bytes(sim, ns);
	int rc = sim_zns_blocks(ns, "zone_size", size, &zns->zone_size);

	if (!rc)
		rc = sim_zns_blocks(ns, "zone_cap", sim_list_at(&o->zone_cap, ns->nsid - 1, size),
				    &zns->zone_cap);
	if (rc)
		return rc;
	if (!zns->zone_size || ns->blocks % zns->zone_size)
		return znvme_fail(-EINVAL,
				  "sim: namespace %u of %llu bytes is no multiple of its zones of "
				  "%llu bytes (option zone_size)",
				  ns->nsid, (unsigned long long)(ns->blocks << ns->lba_shift),
				  (unsigned long long)size);
	if (!zns->zone_cap || zns->zone_cap > zns->zone_size)
		return znvme_fail(-EINVAL, "sim: option 'zone_cap' is above 'zone_size', or 0");
	zns->nr_zones = ns->blocks / zns->zone_size;
	zns->read_across = o->read_across;
	zns->extension_size = (uint32_t)sim_list_at(&o->ext, ns->nsid - 1, 0);
	if (zns->extension_size % ZNVME_ZDES_UNIT)
		return znvme_fail(-EINVAL, "sim: option 'ext': %u is no multiple of 64",
				  zns->extension_size);
	return 0;
}

static int sim_zns_limit(const struct znvme_sim *sim, struct sim_ns *ns, struct sim_zns *zns)
{
	const struct sim_options *o = &sim->options;
	uint64_t size, granularity;
	int rc;

	zns->max_open = (uint32_t)sim_list_at(&o->max_open, ns->nsid - 1, 0);
	zns->max_active = (uint32_t)sim_list_at(&o->max_active, ns->nsid - 1, 0);
	if (zns->max_active && (!zns->max_open || zns->max_open > zns->max_active)) {
		if (zns->max_open)
			return znvme_fail(-EINVAL,
					  "sim: option 'max_open' (%u) is above 'max_active' (%u)",
					  zns->max_open, zns->max_active);
		zns->max_open = zns->max_active;
	}
	rc = sim_zns_blocks(ns, "zrwa", sim_list_at(&o->zrwa, ns->nsid - 1, 0), &size);
	if (!rc)
		rc = sim_zns_blocks(ns, "zrwafg",
				    sim_list_at(&o->zrwafg, ns->nsid - 1, 1ull << ns->lba_shift),
				    &granularity);
	if (rc || !size)
		return rc;
	if (!granularity || size % granularity || size > UINT16_MAX || size > zns->zone_cap)
		return znvme_fail(-EINVAL,
				  "sim: option 'zrwa': the area is no multiple of its flushes "
				  "('zrwafg'), or has more than 65535 blocks or than a zone");
	zns->zrwa_size = (uint32_t)size;
	zns->zrwa_granularity = (uint32_t)granularity;
	zns->nr_zrwa = (uint32_t)sim_list_at(&o->numzrwa, ns->nsid - 1,
					     zns->max_active ? zns->max_active : zns->nr_zones);
	return 0;
}

/* A zone as the file has it must be one that can be. */
static bool sim_zone_sane(const struct sim_zns *zns, const struct sim_zone *zone)
{
	uint64_t start = sim_zone_start(zns, zone), end = sim_zone_end(zns, zone);

	if (zone->state > ZNVME_ZONE_OFFLINE || !sim_zone_in(zone, SIM_ANY))
		return false;
	if (zone->state == ZNVME_ZONE_EMPTY && zone->wp != start)
		return false;
	return !sim_zone_in(zone, SIM_WRITABLE) || (zone->wp >= start && zone->wp < end);
}

/* The zones start empty, or as they were left: none is open. */
static int sim_zns_start(struct sim_zns *zns, bool kept, const char *path)
{
	for (uint64_t i = 0; i < zns->nr_zones; i++) {
		struct sim_zone *zone = &zns->zone[i];

		if (!kept) {
			zone->state = ZNVME_ZONE_EMPTY;
			zone->wp = i * zns->zone_size;
			continue;
		}
		if (!sim_zone_sane(zns, zone))
			return znvme_fail(-EINVAL,
					  "sim: %s: zone %llu makes no sense; without the file all "
					  "zones are empty",
					  path, (unsigned long long)i);
		zone->opened = 0;
		zone->changed = 0;
		if (!sim_zone_in(zone, SIM_ACTIVE))
			continue;
		zns->active++;
		zns->open += sim_zone_in(zone, SIM_OPEN);
		zns->zrwa += !!(zone->za & ZNVME_ZONE_ZA_ZRWAV);
		sim_zone_rest(zns, zone);
	}
	return 0;
}

/* The file of the zones: opened or made, of `len` bytes. A descriptor, or a negative errno. */
static int sim_zones_open_file(struct znvme_sim *sim, const char *path, size_t len, bool *kept)
{
	bool readonly = sim->store.readonly;
	int fd = open(path, (readonly ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0666);
	struct stat st;

	if (fd < 0 && readonly && errno == ENOENT) {
		*kept = false;
		return -ENOENT;
	}
	if (fd < 0)
		return znvme_fail(-errno, "sim: opening %s: %s", path, strerror(errno));
	if (!fstat(fd, &st) && !sim->store.fresh && st.st_size) {
		*kept = true;
		if ((uint64_t)st.st_size == len)
			return fd;
		close(fd);
		return znvme_fail(-EINVAL, "sim: %s is of other zones: left as it is", path);
	}
	*kept = false;
	if (ftruncate(fd, 0) || ftruncate(fd, (off_t)len)) {
		int rc = znvme_fail(-errno, "sim: making %s: %s", path, strerror(errno));

		close(fd);
		return rc;
	}
	return fd;
}

/* The table of zones: memory, or a mapped file. */
static int sim_zones_map(struct znvme_sim *sim, struct sim_ns *ns, struct sim_zns *zns)
{
	struct sim_zones_header header = {
		.zone_size = zns->zone_size,
		.zone_cap = zns->zone_cap,
		.nr_zones = zns->nr_zones,
		.lba_shift = ns->lba_shift,
		.extension = zns->extension_size,
	};
	size_t size = sizeof(header) + zns->nr_zones * (sizeof(*zns->zone) + zns->extension_size);
	char path[sizeof(sim->options.file) + 32];
	bool kept = false;
	int fd = -ENOENT;

	memcpy(header.magic, sim_zones_magic, sizeof(header.magic));
	snprintf(path, sizeof(path), "%s.n%u.zones", sim->options.file, ns->nsid);
	if (sim->store.fd >= 0) {
		fd = sim_zones_open_file(sim, path, size, &kept);
		if (fd < 0 && fd != -ENOENT)
			return fd;
	}
	zns->map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
			       : (sim->store.readonly ? MAP_PRIVATE : MAP_SHARED),
			fd < 0 ? -1 : fd, 0);
	if (fd >= 0)
		close(fd);
	if (zns->map == MAP_FAILED) {
		zns->map = NULL;
		return znvme_fail(-ENOMEM, "sim: no memory for %llu zones",
				  (unsigned long long)zns->nr_zones);
	}
	zns->map_size = size;
	if (kept && memcmp(zns->map, &header, sizeof(header)))
		return znvme_fail(-EINVAL, "sim: %s is of other zones: left as it is", path);
	memcpy(zns->map, &header, sizeof(header));
	zns->zone = (void *)(zns->map + sizeof(header));
	zns->extension = (uint8_t *)&zns->zone[zns->nr_zones];
	return sim_zns_start(zns, kept, path);
}

static int sim_zns_make(struct znvme_sim *sim, struct sim_ns *ns)
{
	struct sim_zns *zns = calloc(1, sizeof(*zns));
	int rc;

	if (!zns)
		return znvme_fail(-ENOMEM, "sim: no memory for zones");
	ns->zns = zns;
	rc = sim_zns_lay_out(sim, ns, zns);
	if (!rc)
		rc = sim_zns_limit(sim, ns, zns);
	return rc ? rc : sim_zones_map(sim, ns, zns);
}

int sim_zns_open(struct znvme_sim *sim)
{
	int rc = sim_zns_check_lists(sim);

	for (uint32_t i = 0; i < sim->nr_ns && !rc; i++) {
		const struct sim_ns *ns = &sim->ns[i];
		/* Those that were created since have no zones. */
		bool zoned = ns->allocated && !ns->generation && sim_zns_zone_bytes(sim, ns);

		if (zoned && sim->options.without & SIM_WITHOUT_IOCS)
			rc = znvme_fail(-EINVAL, "sim: option 'zoned' needs command sets, which "
						 "without=iocs takes away");
		else if (zoned)
			rc = sim_zns_make(sim, &sim->ns[i]);
	}
	return rc;
}

/* Whatever they were: after a format, or when all data are gone. */
void sim_zns_empty(struct sim_ns *ns)
{
	for (uint64_t n = 0; ns->zns && n < ns->zns->nr_zones; n++)
		sim_zone_move(ns->zns, &ns->zns->zone[n], ZNVME_ZONE_EMPTY);
}

void sim_zns_close(struct sim_ns *ns)
{
	if (ns->zns && ns->zns->map)
		munmap(ns->zns->map, ns->zns->map_size);
	free(ns->zns);
	ns->zns = NULL;
}
