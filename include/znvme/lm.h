/* SPDX-License-Identifier: MIT */
/*
 * Host managed live migration (Base 2.1, section 8.1.12): by one controller a host follows what
 * another one, a guest's, changes in its namespaces, suspends it, takes its state, and gives that
 * to a controller elsewhere, which goes on. CNTLID names the other controller.
 *
 * Constructors fill a command; znvme_admin() carries it out. The calls block, are thread-safe
 * unless they say otherwise, and return 0, a positive NVMe status, or a negative errno:
 * -EOPNOTSUPP where the controller says that it has none of this (OACS bit 11, TRATTR). There are
 * no calls for the tracking of host memory.
 */
#ifndef ZNVME_LM_H
#define ZNVME_LM_H

#include "admin.h"
#include "mem.h"
#include "spec/lm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- constructors -------------------------------------------------------------------------- */

/* Delete a controller data queue, section 5.1.4. Creating one is znvme_cdq_create()'s alone. */
static inline struct znvme_sqe znvme_admin_delete_cdq(uint16_t cdqid)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_CONTROLLER_DATA_QUEUE, 0);

	sqe.cdw10 = ZNVME_CDQ_DELETE;
	sqe.cdw11 = cdqid;
	return sqe;
}

/* Log User Data Changes into the queue (enum znvme_track_lact), section 5.1.27. */
static inline struct znvme_sqe znvme_admin_track_user_data(uint16_t cdqid, uint8_t lact)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_TRACK_SEND, 0);

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_TRACK_SEL, ZNVME_TRACK_USER_DATA) |
			       znvme_field_put(ZNVME_TRACK_LACT, lact));
	sqe.cdw11 = cdqid;
	return sqe;
}

/*
 * Suspend the controller, or tell it that it will be (enum znvme_suspend_type). `delete_queues`:
 * its User Data Migration Queues end with it. Section 5.1.17.
 */
static inline struct znvme_sqe znvme_admin_suspend(uint16_t cntlid, uint8_t stype,
						   bool delete_queues)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_MIGRATION_SEND, 0);

	sqe.cdw10 = ZNVME_MIGRATION_SUSPEND;
	sqe.cdw11 = cntlid | (uint32_t)(znvme_field_put(ZNVME_SUSPEND_STYPE, stype) |
					znvme_field_put(ZNVME_SUSPEND_DUDMQ, delete_queues));
	return sqe;
}

static inline struct znvme_sqe znvme_admin_resume(uint16_t cntlid)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_MIGRATION_SEND, 0);

	sqe.cdw10 = ZNVME_MIGRATION_RESUME;
	sqe.cdw11 = cntlid;
	return sqe;
}

/* Whose state, and in which of the formats that Identify with CNS 20h lists, from 1 on. */
struct znvme_ctrl_state_args {
	uint16_t cntlid;
	uint8_t csvi;	 /* version of the NVMe controller state; 0: none of that part */
	uint8_t csuuidi; /* UUID of the vendor's part; 0: none of that part */
	uint8_t csuidxp; /* parameter of that UUID's, of Get */
	uint8_t uidx;	 /* UUID index of the command; 0: none */
};

/* Get `len` bytes of the state from `offset` on, both multiples of 4. Section 5.1.16. */
static inline struct znvme_sqe znvme_admin_get_state(const struct znvme_ctrl_state_args *args,
						     uint64_t offset, uint32_t len)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_MIGRATION_RECV, 0);

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_MIGRATION_SEL, ZNVME_MIGRATION_GET_STATE) |
			       znvme_field_put(ZNVME_GET_STATE_CSVI, args->csvi));
	sqe.cdw11 =
		args->cntlid | (uint32_t)(znvme_field_put(ZNVME_GET_STATE_CSUUIDI, args->csuuidi) |
					  znvme_field_put(ZNVME_GET_STATE_CSUIDXP, args->csuidxp));
	sqe.cdw12 = (uint32_t)offset;
	sqe.cdw13 = (uint32_t)(offset >> 32);
	sqe.cdw14 = args->uidx;
	sqe.cdw15 = len / 4 - 1;
	return sqe;
}

/* Set `len` bytes of it, `sequence` of enum znvme_state_sequence. Section 5.1.17. */
static inline struct znvme_sqe znvme_admin_set_state(const struct znvme_ctrl_state_args *args,
						     uint8_t sequence, uint64_t offset,
						     uint32_t len)
{
	struct znvme_sqe sqe = znvme_admin_sqe(ZNVME_ADM_MIGRATION_SEND, 0);

	sqe.cdw10 = (uint32_t)(znvme_field_put(ZNVME_MIGRATION_SEL, ZNVME_MIGRATION_SET_STATE) |
			       znvme_field_put(ZNVME_SET_STATE_SEQIND, sequence));
	sqe.cdw11 =
		args->cntlid | (uint32_t)(znvme_field_put(ZNVME_SET_STATE_CSVI, args->csvi) |
					  znvme_field_put(ZNVME_SET_STATE_CSUUIDI, args->csuuidi));
	sqe.cdw12 = (uint32_t)offset;
	sqe.cdw13 = (uint32_t)(offset >> 32);
	sqe.cdw14 = args->uidx;
	sqe.cdw15 = len / 4;
	return sqe;
}

/* ---- controller data queues ---------------------------------------------------------------- */

/*
 * A User Data Migration Queue: the controller writes entries into memory of the host's, which
 * tells it how far it has read. One thread's at a time. It ends with a reset of the controller,
 * which the device then tells by the status Invalid Controller Data Queue.
 */
struct znvme_cdq {
	struct znvme_ctrl *ctrl;
	const struct znvme_region *region;
	uint32_t size; /* entries */
	uint32_t head; /* slot that is read next */
	uint32_t told; /* … as the controller was told last */
	uint16_t cdqid;
	uint16_t cntlid; /* whose changes it takes */
	unsigned resets; /* of the controller: its identifiers begin anew behind each */
	uint8_t phase;	 /* of entries that are new */
	bool holds_region;
};

/*
 * Create a queue of `entries` entries of 32 bytes for the changes of controller `cntlid` at the
 * start of `region`, which is the queue's until znvme_cdq_delete(), after a reset too: it is zeroed
 * here, and znvme_mem_free() of it is -EBUSY. Nothing is
 * logged before znvme_cdq_track(). -EINVAL for fewer than 2 entries, or more than the region has
 * room for.
 */
int znvme_cdq_create(struct znvme_ctrl *ctrl, uint16_t cntlid, struct znvme_region *region,
		     uint32_t entries, struct znvme_cdq *cdq);
int znvme_cdq_delete(struct znvme_cdq *cdq);

/* Start or stop logging. The last entry says that it was stopped. */
int znvme_cdq_track(struct znvme_cdq *cdq, enum znvme_track_lact lact);

/* The next entry, a copy; false where there is none yet. No command is sent. */
bool znvme_cdq_next(struct znvme_cdq *cdq, struct znvme_lba_migration_entry *entry);

/*
 * Give the slots that were read back to the controller (feature 21h). Who does not do so in time
 * finds an entry ZNVME_LBAMQ_FULL, and no more behind it: what changes after it is not known.
 */
int znvme_cdq_release(struct znvme_cdq *cdq);

/*
 * The same, and ask for an asynchronous event (type ZNVME_AER_TYPE_ONE_SHOT, dword1 is the queue's
 * identifier) when the controller writes slot `slot`: once. It replaces an earlier wish, and
 * znvme_cdq_release() takes it back. Section 5.1.2.
 */
int znvme_cdq_wake(struct znvme_cdq *cdq, uint32_t slot);

/* What the controller has of head and trigger. */
int znvme_cdq_attrs(struct znvme_ctrl *ctrl, uint16_t cdqid, struct znvme_cdq_attrs *attrs);

/* ---- the state of a controller ------------------------------------------------------------- */

/*
 * `len` bytes of the state from `offset` on, multiples of 4, at most max_transfer. *suspended may
 * be NULL. Behind the end of the state the controller has zeroes, or an error.
 */
int znvme_ctrl_state_get(struct znvme_ctrl *ctrl, const struct znvme_ctrl_state_args *args,
			 uint64_t offset, void *data, size_t len, bool *suspended);

/*
 * All of it: *data, for the caller to free(), and *len bytes, which its header has announced.
 * -EFBIG where that is more than `max` (0: 64 MiB). Take it from a suspended controller: another
 * one's changes while it is read.
 */
int znvme_ctrl_state_read(struct znvme_ctrl *ctrl, const struct znvme_ctrl_state_args *args,
			  size_t max, void **data, size_t *len, bool *suspended);

/*
 * Give the state, `len` bytes from any memory, to the controller, which is suspended: in pieces of
 * `piece` bytes, a multiple of 4 (0: max_transfer). -EINVAL where `len` is none.
 */
int znvme_ctrl_state_write(struct znvme_ctrl *ctrl, const struct znvme_ctrl_state_args *args,
			   const void *data, size_t len, size_t piece);

/* A state, looked into; the pointers are into it, and not aligned. */
struct znvme_ctrl_state {
	struct znvme_ctrl_state_header header;
	struct znvme_nvme_state nvme; /* zeroes: the state has no such part */
	const char *sqs;	      /* nvme.niosq of struct znvme_iosq_state */
	const char *cqs;	      /* nvme.niocq of struct znvme_iocq_state */
	const char *vendor;
	size_t vendor_len; /* bytes */
};

/*
 * What is in the `len` bytes of a state. -EPROTO where they end before what header and counts
 * announce; the message says what.
 */
int znvme_ctrl_state_parse(const void *data, size_t len, struct znvme_ctrl_state *state);
struct znvme_iosq_state znvme_ctrl_state_sq(const struct znvme_ctrl_state *state, unsigned i);
struct znvme_iocq_state znvme_ctrl_state_cq(const struct znvme_ctrl_state *state, unsigned i);

#ifdef __cplusplus
}
#endif

#endif
