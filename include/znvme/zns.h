/* SPDX-License-Identifier: MIT */
/*
 * Zoned namespaces (Zoned Namespace Command Set 1.2): what is zoned in one, constructors of its
 * commands, blocking calls, and a table that keeps write pointers. Reads and writes are those of
 * <znvme/cmd.h> and <znvme/io.h>; a write must start at its zone's write pointer, so of one zone
 * only one write may be in flight at a time. Appends may be many.
 *
 * Addresses, sizes and counts are in logical blocks, and counts are 1-based, unless it says
 * otherwise.
 */
#ifndef ZNVME_ZNS_H
#define ZNVME_ZNS_H

#include "cmd.h"
#include "pi.h"
#include "spec/zns.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is zoned in a namespace; read-only for users; belongs to the controller. */
struct znvme_zns {
	const struct znvme_ns *ns;
	uint64_t zone_size; /* from one zone's start to the next */
	uint64_t nr_zones;
	uint32_t max_open;	 /* zones that can be open at a time; 0: no limit */
	uint32_t max_active;	 /* open or closed; 0: no limit */
	uint32_t max_append_nlb; /* most blocks one append can move (from ZASL and MDTS); 0: none */
	uint32_t extension_size; /* bytes of a zone descriptor extension; 0: there are none */
	uint32_t nr_zrwa;	 /* zones that can have a random write area; 0: none */
	uint32_t zrwa_size;	 /* of such an area */
	uint32_t zrwa_granularity;   /* explicit and implicit flushes are a multiple of this */
	bool zrwa_explicit_flush;    /* znvme_zone_flush_zrwa() */
	bool read_across_zones;	     /* a read may cross from one zone to the next */
	bool variable_zone_capacity; /* a reset may change a zone's capacity */
	bool active_excursions;	     /* the controller may finish an active zone by itself */
	uint32_t reset_limit[4];     /* seconds; RRL and RRL1 to RRL3; 0: not reported */
	uint32_t finish_limit[4];    /* seconds; FRL and FRL1 to FRL3 */
};

/*
 * What is zoned in `ns`, as Identify told when the namespace was first got. -EOPNOTSUPP where it is
 * no zoned namespace. Thread-safe. Section 4.1.5.
 */
int znvme_zns_get(const struct znvme_ns *ns, const struct znvme_zns **zns);

static inline enum znvme_zone_state znvme_zone_state(const struct znvme_zone_desc *zone)
{
	return (enum znvme_zone_state)(zone->zs >> 4);
}

/* Whether wp of a zone in this state is its write pointer. */
static inline bool znvme_zone_has_wp(enum znvme_zone_state state)
{
	return state >= ZNVME_ZONE_EMPTY && state <= ZNVME_ZONE_CLOSED;
}

/* The start of the zone that has block `lba`. */
static inline uint64_t znvme_zone_start(const struct znvme_zns *zns, uint64_t lba)
{
	return lba - lba % zns->zone_size;
}

/* ---- constructors, as those of <znvme/cmd.h> ----------------------------------------------- */

/* A command with an address in CDW10 and 11, and CDW12 and 13; data pointer apart. */
static inline void znvme_sqe_set_zone(struct znvme_sqe *sqe, const struct znvme_zns *zns,
				      uint8_t opcode, uint64_t slba, uint32_t cdw12, uint32_t cdw13)
{
	znvme_sqe_start(sqe, zns->ns, opcode);
	sqe->cdw10 = (uint32_t)slba;
	sqe->cdw11 = (uint32_t)(slba >> 32);
	sqe->cdw12 = cdw12;
	sqe->cdw13 = cdw13;
}

/*
 * Zone Management Send without data: `action` on the zone that starts at `slba`, or up to block
 * `slba` for ZNVME_ZONE_FLUSH_ZRWA; `flags` of ZNVME_ZONE_SEND_ALL (all zones whose state allows
 * it; slba is not used) and, with ZNVME_ZONE_OPEN, ZNVME_ZONE_SEND_ZRWAA. Section 3.4.3.
 */
static inline void znvme_prep_zone_manage(struct znvme_sqe *sqe, const struct znvme_zns *zns,
					  enum znvme_zone_action action, uint64_t slba,
					  uint32_t flags)
{
	znvme_sqe_set_zone(sqe, zns, ZNVME_CMD_ZONE_MGMT_SEND, slba, 0, (uint32_t)action | flags);
	sqe->dptr.prp.prp1 = 0;
	sqe->dptr.prp.prp2 = 0;
}

/*
 * Set Zone Descriptor Extension of an empty zone, which becomes closed: zns->extension_size bytes
 * at `data`, in `region`; `flags` of ZNVME_ZONE_SEND_ZRWAA. Section 3.4.3.2.6.
 */
static inline int znvme_prep_zone_set_extension(struct znvme_sqe *sqe, const struct znvme_zns *zns,
						const struct znvme_region *region, const void *data,
						uint64_t zslba, uint32_t flags)
{
	if (!zns->extension_size)
		return -EINVAL;
	znvme_sqe_set_zone(sqe, zns, ZNVME_CMD_ZONE_MGMT_SEND, zslba, 0,
			   (uint32_t)ZNVME_ZONE_SET_EXTENSION | flags);
	return znvme_sqe_set_buffer(sqe, region, data, zns->extension_size);
}

/*
 * Zone Management Receive: a report of zones from that of block `slba` on, those that match
 * `filter`, into the `len` bytes (a multiple of 4, 64 at least) at `buf`, in `region`: struct
 * znvme_zone_report_header, then struct znvme_zone_desc, each followed by its extension where
 * `what` is ZNVME_ZONE_EXTENDED_REPORT. `partial`: the header counts what follows, not what
 * matches. Section 3.4.2. What the controller says in it is not checked; znvme_zone_report() does.
 */
static inline int znvme_prep_zone_report(struct znvme_sqe *sqe, const struct znvme_zns *zns,
					 const struct znvme_region *region, void *buf, size_t len,
					 uint64_t slba, enum znvme_zone_receive what,
					 enum znvme_zone_filter filter, bool partial)
{
	if (len < sizeof(struct znvme_zone_report_header) || len % 4 || len / 4 > UINT32_MAX)
		return -EINVAL;
	znvme_sqe_set_zone(sqe, zns, ZNVME_CMD_ZONE_MGMT_RECV, slba, (uint32_t)(len / 4 - 1),
			   (uint32_t)what | (uint32_t)filter << 8 |
				   (partial ? ZNVME_ZONE_RECV_PARTIAL : 0));
	return znvme_sqe_set_buffer(sqe, region, buf, len);
}

/*
 * Zone Append: write `nlb` (up to zns->max_append_nlb) blocks to the zone that starts at `zslba`,
 * wherever its write pointer is; znvme_zone_append_lba() of the completion tells. Section 3.4.1.
 */
static inline int znvme_prep_zone_append(struct znvme_sqe *sqe, const struct znvme_zns *zns,
					 const struct znvme_region *region, const void *buf,
					 uint64_t zslba, uint32_t nlb)
{
	znvme_sqe_set_range(sqe, zns->ns, ZNVME_CMD_ZONE_APPEND, zslba, nlb);
	if (ZNVME_UNLIKELY(nlb - 1 >= zns->max_append_nlb))
		return -EINVAL;
	return znvme_sqe_set_buffer(sqe, region, buf, (size_t)nlb * zns->ns->lba_bytes);
}

/* The same by an SGL: see znvme_sqe_set_buffer_sgl(). */
static inline int znvme_prep_zone_append_sgl(struct znvme_sqe *sqe, const struct znvme_zns *zns,
					     const struct znvme_region *region, const void *buf,
					     uint64_t zslba, uint32_t nlb)
{
	znvme_sqe_set_range(sqe, zns->ns, ZNVME_CMD_ZONE_APPEND, zslba, nlb);
	if (ZNVME_UNLIKELY(nlb - 1 >= zns->max_append_nlb))
		return -EINVAL;
	return znvme_sqe_set_buffer_sgl(sqe, region, buf, (size_t)nlb * zns->ns->lba_bytes);
}

/*
 * The same with metadata, which are where znvme_prep_rw_pi() has them; `pi` may be NULL. Where
 * pi->prinfo has ZNVME_APPEND_PIREMAP, pi->ref_tag and the reference tags of tuples that the host
 * has made are for blocks at the start of the zone, and the controller makes them those of where
 * the blocks go. Protection information of type 1 must have it so, of type 3 must not.
 */
static inline int znvme_prep_zone_append_pi(struct znvme_sqe *sqe, const struct znvme_zns *zns,
					    const struct znvme_region *region, const void *buf,
					    const struct znvme_region *metadata_region,
					    const void *metadata, uint64_t zslba, uint32_t nlb,
					    const struct znvme_pi *pi)
{
	int rc = znvme_prep_rw_pi(sqe, zns->ns, ZNVME_CMD_ZONE_APPEND, region, buf, metadata_region,
				  metadata, zslba, nlb, pi);

	return nlb - 1 >= zns->max_append_nlb ? -EINVAL : rc;
}

/* The first block of what a Zone Append that succeeded has written. */
static inline uint64_t znvme_zone_append_lba(const struct znvme_cpl *cpl)
{
	return cpl->result;
}

/* ---- blocking calls ------------------------------------------------------------------------ */

/*
 * All of them are thread-safe, take turns on the queue pair of blocking I/O (<znvme/io.h>), take
 * any memory, and return 0, a negative errno, or a positive NVMe status, each with a message.
 */

/* In place of a zone's start: all zones whose state allows the action. */
#define ZNVME_ALL_ZONES UINT64_MAX

/*
 * Zone Management Send without data, as znvme_prep_zone_manage(); `zslba` may be ZNVME_ALL_ZONES.
 */
int znvme_zone_manage(const struct znvme_zns *zns, enum znvme_zone_action action, uint64_t zslba,
		      uint32_t flags);

static inline int znvme_zone_open(const struct znvme_zns *zns, uint64_t zslba)
{
	return znvme_zone_manage(zns, ZNVME_ZONE_OPEN, zslba, 0);
}

/* The same with a random write area, of an empty zone: within zns->zrwa_size of the write pointer
 * blocks can be written in any order, and again. */
static inline int znvme_zone_open_zrwa(const struct znvme_zns *zns, uint64_t zslba)
{
	return znvme_zone_manage(zns, ZNVME_ZONE_OPEN, zslba, ZNVME_ZONE_SEND_ZRWAA);
}

static inline int znvme_zone_close(const struct znvme_zns *zns, uint64_t zslba)
{
	return znvme_zone_manage(zns, ZNVME_ZONE_CLOSE, zslba, 0);
}

static inline int znvme_zone_finish(const struct znvme_zns *zns, uint64_t zslba)
{
	return znvme_zone_manage(zns, ZNVME_ZONE_FINISH, zslba, 0);
}

/* Its blocks are gone. */
static inline int znvme_zone_reset(const struct znvme_zns *zns, uint64_t zslba)
{
	return znvme_zone_manage(zns, ZNVME_ZONE_RESET, zslba, 0);
}

/* Of zones that are read only: their blocks are gone for good. */
static inline int znvme_zone_take_offline(const struct znvme_zns *zns, uint64_t zslba)
{
	return znvme_zone_manage(zns, ZNVME_ZONE_TO_OFFLINE, zslba, 0);
}

/* What was written to a random write area up to and with block `lba` is final, and the write
 * pointer is behind it. */
static inline int znvme_zone_flush_zrwa(const struct znvme_zns *zns, uint64_t lba)
{
	return znvme_zone_manage(zns, ZNVME_ZONE_FLUSH_ZRWA, lba, 0);
}

/* zns->extension_size bytes at `data`, as znvme_prep_zone_set_extension(). */
int znvme_zone_set_extension(const struct znvme_zns *zns, uint64_t zslba, const void *data,
			     uint32_t flags);

/*
 * `nlb` blocks at `data`, without their metadata, to the zone that starts at `zslba`, by one
 * command, 1 MiB at most; `flags` in CDW12 (ZNVME_RW_FUA, …). *lba, which may be NULL, is where the
 * first of them is then. Protection information and other metadata are as blocking I/O has them.
 */
int znvme_zone_append(const struct znvme_zns *zns, uint64_t zslba, const void *data, uint32_t nlb,
		      uint32_t flags, uint64_t *lba);

/*
 * Descriptors of the zones from that of block `slba` on that match `filter`, at most `max`, by as
 * many commands as it takes; *nr is how many. `extensions`, where not NULL, takes
 * zns->extension_size bytes for each, valid where the zone has ZNVME_ZONE_ZA_ZDEV. Zones that
 * change meanwhile may be in it as they were or as they are. -ERANGE where `slba` is past the end,
 * -EPROTO where what the controller reports makes no sense: starts that are none or not rising,
 * capacities larger than zones, write pointers outside of them, states that were not asked for.
 */
int znvme_zone_report(const struct znvme_zns *zns, uint64_t slba, enum znvme_zone_filter filter,
		      struct znvme_zone_desc *zones, void *extensions, uint64_t max, uint64_t *nr);

/* How many there are. */
int znvme_zone_count(const struct znvme_zns *zns, uint64_t slba, enum znvme_zone_filter filter,
		     uint64_t *nr);

/*
 * The Changed Zone List (log page BFh): starts of the zones that the controller has changed by
 * itself, rising; `zslbas` takes ZNVME_CHANGED_ZONES_MAX. `retain`: keep the list and its event.
 * -EOVERFLOW where more have changed than the list can hold: look at all. Section 4.1.4.1.
 */
int znvme_changed_zones(const struct znvme_zns *zns, bool retain, uint64_t *zslbas, unsigned *nr);

/* The same from a log page that was read: an event's (struct znvme_event) of ZNVME_AER_NOTICE_ZONE,
 * whose namespace is in its dword 1. Fetching the event has cleared the list. */
int znvme_changed_zones_of(const struct znvme_zns *zns, const void *log, size_t len,
			   uint64_t *zslbas, unsigned *nr);

/* ---- a table that keeps write pointers ----------------------------------------------------- */

/*
 * The zones of a namespace for one that writes to them: read from a report, kept up to date by what
 * completes, read again where something went wrong. Belongs to one thread at a time. It knows
 * nothing of what others write, and states are those of the last report or write: a controller that
 * runs short of resources closes zones that were opened by writes without a word.
 */
struct znvme_zone_table;

struct znvme_tracked_zone {
	uint64_t start;
	uint64_t end;	    /* behind the last block that can be written: start and capacity */
	uint64_t wp;	    /* the next block to be written; `end` where the zone takes no more */
	uint8_t state;	    /* enum znvme_zone_state */
	uint8_t attributes; /* ZNVME_ZONE_ZA_* */
};

/* A table of all zones, and a report to fill it. znvme_zone_table_free() takes NULL. */
int znvme_zone_table_create(const struct znvme_zns *zns, struct znvme_zone_table **table);
void znvme_zone_table_free(struct znvme_zone_table *table);

/*
 * The zone of block `lba`: *zone is the table's, and good until its next call. Read anew first
 * where the table does not know. -ERANGE past the end.
 */
int znvme_zone_table_get(struct znvme_zone_table *table, uint64_t lba,
			 const struct znvme_tracked_zone **zone);

/*
 * A write of `nlb` blocks from `slba`, or an append that ended there, has completed with `status`
 * (of struct znvme_cpl): the write pointer moves on or, after a failure, the zone is looked at
 * again when it is next asked for. After a failed append any block of the zone will do.
 */
void znvme_zone_table_wrote(struct znvme_zone_table *table, uint64_t slba, uint32_t nlb,
			    int status);

/* Something else has been done to the zone of block `lba`, or to ZNVME_ALL_ZONES: look again. */
void znvme_zone_table_forget(struct znvme_zone_table *table, uint64_t lba);

#ifdef __cplusplus
}
#endif

#endif
