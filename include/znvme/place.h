/* SPDX-License-Identifier: MIT */
/*
 * Where writes go together: streams (Base 2.1, section 8.1.8.3) and Flexible Data Placement
 * (section 8.1.10). Either is a number that a write carries; which data a device should keep
 * together the host knows best.
 */
#ifndef ZNVME_PLACE_H
#define ZNVME_PLACE_H

#include "cmd.h"
#include "spec/directive.h"
#include "spec/fdp.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Have a write (or Write Zeroes, Copy, …) that its constructor has made carry a directive: a stream
 * (ZNVME_DIRECTIVE_STREAMS), or a placement identifier (ZNVME_DIRECTIVE_PLACEMENT).
 */
static inline void znvme_sqe_set_directive(struct znvme_sqe *sqe, enum znvme_directive_type type,
					   uint16_t specific)
{
	sqe->cdw12 |= (uint32_t)znvme_field_put(ZNVME_RW_DTYPE, type);
	sqe->cdw13 |= (uint32_t)znvme_field_put(ZNVME_RW_DSPEC, specific);
}

/*
 * The placement identifier of a reclaim group and a placement handle, where the configuration has
 * `rgif` bits for the group (ZNVME_FDP_FDPA_RGIF, 0 to 15). Section 8.1.10.
 */
static inline uint16_t znvme_fdp_pid(unsigned rgif, unsigned group, unsigned handle)
{
	return (uint16_t)(rgif ? group << (16 - rgif) | (handle & ((1u << (16 - rgif)) - 1))
			       : handle);
}

/* I/O Management Receive, Reclaim Unit Handle Status, into `len` bytes, a multiple of 4, at `buf`.
 * Section 7.3. */
static inline int znvme_prep_ruh_status(struct znvme_sqe *sqe, const struct znvme_ns *ns,
					const struct znvme_region *region, void *buf, size_t len)
{
	if (!len || len % 4 || len / 4 > UINT32_MAX)
		return -EINVAL;
	znvme_sqe_start(sqe, ns, ZNVME_CMD_IO_MGMT_RECV);
	sqe->cdw10 = ZNVME_IO_MGMT_RUH_STATUS;
	sqe->cdw11 = (uint32_t)(len / 4 - 1);
	sqe->cdw12 = 0;
	sqe->cdw13 = 0;
	return znvme_sqe_set_buffer(sqe, region, buf, len);
}

/* I/O Management Send, Reclaim Unit Handle Update: `nr` (1 to 65,536) placement identifiers at
 * `pids`, in `region`, get a new reclaim unit each. Section 7.4. */
static inline int znvme_prep_ruh_update(struct znvme_sqe *sqe, const struct znvme_ns *ns,
					const struct znvme_region *region, const uint16_t *pids,
					uint32_t nr)
{
	if (nr - 1 >= 65536)
		return -EINVAL;
	znvme_sqe_start(sqe, ns, ZNVME_CMD_IO_MGMT_SEND);
	sqe->cdw10 =
		ZNVME_IO_MGMT_RUH_UPDATE | (uint32_t)znvme_field_put(ZNVME_IO_MGMT_MOS, nr - 1);
	sqe->cdw11 = 0;
	sqe->cdw12 = 0;
	sqe->cdw13 = 0;
	return znvme_sqe_set_buffer(sqe, region, pids, nr * sizeof(*pids));
}

/*
 * Blocking calls: 0, a positive NVMe status, or a negative errno; thread-safe. Streams end with a
 * reset of the controller: enable and allocate them again then.
 */

/* Switch streams on or off for a namespace. Section 8.1.8.2. */
int znvme_streams_enable(const struct znvme_ns *ns, bool on);
int znvme_streams_params(const struct znvme_ns *ns, struct znvme_streams_params *params);
/* Streams of the namespace's own: *granted may be fewer than `wanted`, and 0. */
int znvme_streams_allocate(const struct znvme_ns *ns, uint16_t wanted, uint16_t *granted);
/* Give them back. */
int znvme_streams_free(const struct znvme_ns *ns);
/* No more writes will carry this one. */
int znvme_streams_release(const struct znvme_ns *ns, uint16_t id);
/*
 * The open ones, ascending, up to `max` of them into `ids`; *nr is how many there are. -EMSGSIZE
 * where one command does not tell of so many.
 */
int znvme_streams_status(const struct znvme_ns *ns, uint16_t *ids, unsigned max, unsigned *nr);

/*
 * The namespace's reclaim unit handles, up to `max` into `list`; *nr is how many there are.
 * -EMSGSIZE likewise.
 */
int znvme_fdp_status(const struct znvme_ns *ns, struct znvme_fdp_ruh_status_desc *list,
		     unsigned max, unsigned *nr);
/* Go on to new reclaim units: what is written from here on is not kept together with what was. */
int znvme_fdp_update(const struct znvme_ns *ns, const uint16_t *pids, unsigned nr);

#ifdef __cplusplus
}
#endif

#endif
