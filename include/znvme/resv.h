/* SPDX-License-Identifier: MIT */
/*
 * Reservations (Base 2.1, sections 7.5 to 7.8 and 8.1.22): hosts that share a namespace register
 * with a key, and one or all of them hold it against the others, whose commands then end with
 * ZNVME_SC_RESERVATION_CONFLICT.
 *
 * A host is known by its Host Identifier (feature 81h), which is set before it registers: the
 * driver sets it again after a reset. What others do to a reservation is told by an event and log
 * page 80h (struct znvme_resv_log), unless feature 82h masks it.
 */
#ifndef ZNVME_RESV_H
#define ZNVME_RESV_H

#include "cmd.h"
#include "spec/resv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Constructors, as those of <znvme/cmd.h>; their data are the caller's to fill, in `region`. */

static inline int znvme_prep_resv(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint8_t opcode,
				  uint32_t cdw10, uint32_t cdw11, const struct znvme_region *region,
				  const void *data, size_t len)
{
	znvme_sqe_start(sqe, ns, opcode);
	sqe->cdw10 = cdw10;
	sqe->cdw11 = cdw11;
	sqe->cdw12 = 0;
	sqe->cdw13 = 0;
	return znvme_sqe_set_buffer(sqe, region, data, len);
}

/* Reservation Register. Section 7.6. */
static inline int znvme_prep_resv_register(struct znvme_sqe *sqe, const struct znvme_ns *ns,
					   const struct znvme_region *region,
					   const struct znvme_resv_register_data *data,
					   enum znvme_resv_register action, bool ignore_key,
					   enum znvme_resv_cptpl cptpl)
{
	return znvme_prep_resv(sqe, ns, ZNVME_CMD_RESV_REGISTER,
			       (uint32_t)(znvme_field_put(ZNVME_RESV_ACTION, action) |
					  znvme_field_put(ZNVME_RESV_IEKEY, ignore_key) |
					  znvme_field_put(ZNVME_RESV_CPTPL, cptpl)),
			       0, region, data, sizeof(*data));
}

/* Reservation Acquire. Section 7.5. */
static inline int znvme_prep_resv_acquire(struct znvme_sqe *sqe, const struct znvme_ns *ns,
					  const struct znvme_region *region,
					  const struct znvme_resv_acquire_data *data,
					  enum znvme_resv_acquire action, enum znvme_resv_type type)
{
	return znvme_prep_resv(sqe, ns, ZNVME_CMD_RESV_ACQUIRE,
			       (uint32_t)(znvme_field_put(ZNVME_RESV_ACTION, action) |
					  znvme_field_put(ZNVME_RESV_RTYPE, type)),
			       0, region, data, sizeof(*data));
}

/* Reservation Release. Section 7.7. */
static inline int znvme_prep_resv_release(struct znvme_sqe *sqe, const struct znvme_ns *ns,
					  const struct znvme_region *region,
					  const struct znvme_resv_release_data *data,
					  enum znvme_resv_release action, enum znvme_resv_type type)
{
	return znvme_prep_resv(sqe, ns, ZNVME_CMD_RESV_RELEASE,
			       (uint32_t)(znvme_field_put(ZNVME_RESV_ACTION, action) |
					  znvme_field_put(ZNVME_RESV_RTYPE, type)),
			       0, region, data, sizeof(*data));
}

/* Reservation Report into `len` bytes, a multiple of 4, at `buf`. Section 7.8. */
static inline int znvme_prep_resv_report(struct znvme_sqe *sqe, const struct znvme_ns *ns,
					 const struct znvme_region *region, void *buf, size_t len,
					 bool extended)
{
	if (!len || len % 4 || len / 4 > UINT32_MAX)
		return -EINVAL;
	return znvme_prep_resv(sqe, ns, ZNVME_CMD_RESV_REPORT, (uint32_t)(len / 4 - 1),
			       extended ? ZNVME_RESV_REPORT_EDS : 0, region, buf, len);
}

/*
 * The same as blocking calls, for hosts that need no queue for it: 0, a negative errno, or a
 * positive NVMe status. Thread-safe; see <znvme/io.h>.
 */
int znvme_resv_register(const struct znvme_ns *ns, enum znvme_resv_register action, uint64_t crkey,
			uint64_t nrkey, bool ignore_key, enum znvme_resv_cptpl cptpl);
int znvme_resv_acquire(const struct znvme_ns *ns, enum znvme_resv_acquire action,
		       enum znvme_resv_type type, uint64_t crkey, uint64_t prkey);
int znvme_resv_release(const struct znvme_ns *ns, enum znvme_resv_release action,
		       enum znvme_resv_type type, uint64_t crkey);

/* A registered controller. */
struct znvme_registrant {
	uint64_t key;
	uint8_t host_id[16]; /* of 8 bytes, and zeroes, where the hosts' identifiers are so long */
	uint16_t cntlid;     /* 0xfffd: of another NVM subsystem, of a dispersed namespace */
	bool holder;	     /* its host holds the reservation */
};

struct znvme_reservation {
	uint32_t generation;
	enum znvme_resv_type type;
	bool persistent;	 /* through a power loss */
	unsigned nr_registrants; /* there may be more than were asked for */
};

/*
 * Who is registered with the namespace, up to `max` of them into `list` (which may be NULL with
 * `max` 0), and what reservation there is. Works out by itself which of the two formats of the
 * report the controller has for the length of its host identifiers. -EPROTO for a report that makes
 * no sense; -EMSGSIZE for more hosts than one command tells.
 */
int znvme_resv_report(const struct znvme_ns *ns, struct znvme_reservation *reservation,
		      struct znvme_registrant *list, unsigned max);

#ifdef __cplusplus
}
#endif

#endif
