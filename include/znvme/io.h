/* SPDX-License-Identifier: MIT */
/*
 * Blocking I/O addressed by bytes, for those who want a disk and no queue. Any length, any memory:
 * a buffer in a region goes straight to the controller, other memory is bounced. Long transfers are
 * split by MDTS and kept in flight together. The calls share one queue pair of the controller, made
 * at the first call, and take turns on it: thread-safe, but a queue of one's own (<znvme/queue.h>)
 * is the fast way.
 *
 * Of a namespace whose blocks have metadata, these move the data; protection information is
 * inserted and checked, with the block's LBA for the reference tag and an application tag of 0
 * (NVM 1.1, section 5.3); other metadata are written as zeroes and not looked at. <znvme/pi.h> has
 * the rest.
 */
#ifndef ZNVME_IO_H
#define ZNVME_IO_H

#include <sys/types.h>

#include "ns.h"
#include "spec/cmd.h"

#ifdef __cplusplus
extern "C" {
#endif

enum znvme_io_flags {
	ZNVME_IO_FUA = 1, /* writes: on the medium when the call returns */
	ZNVME_IO_RMW = 2, /* allow an offset or length that cuts a block: a write then reads that
			     block first, and the pair is not atomic */
};

/*
 * `len` bytes at byte `offset` of the namespace, like pread(2) and pwrite(2). Return `len`, or an
 * error: a negative errno or, in *status where that is not NULL, the NVMe status (the return is
 * then its nearest errno, see znvme_status_errno()).
 *
 * In a zoned namespace (<znvme/zns.h>) a write starts at a write pointer; its commands go one after
 * the other, and none crosses from one zone to the next.
 *
 * A range past the end of the namespace is -ERANGE and nothing is done; an offset or length that is
 * no multiple of block_size is -EINVAL unless ZNVME_IO_RMW is given; a NULL buffer is -EFAULT.
 * After a failed write any part of the range may have been written.
 */
ssize_t znvme_pread(const struct znvme_ns *ns, void *buf, size_t len, uint64_t offset,
		    unsigned flags, int *status);
ssize_t znvme_pwrite(const struct znvme_ns *ns, const void *buf, size_t len, uint64_t offset,
		     unsigned flags, int *status);

/*
 * All that was written and completed before goes to the medium. 0, negative errno, or positive NVMe
 * status.
 */
int znvme_flush(const struct znvme_ns *ns);

/*
 * Whether the controller says that it has the I/O command, and what it asks for: as
 * znvme_admin_check() (<znvme/admin.h>), by ONCS, OCFS, CTRATT and FUSES: 0, or -EOPNOTSUPP with a
 * message that names the bit ("the controller has no Verify (ONCS bit 7)"). Thread-safe.
 */
int znvme_io_check(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd);

/*
 * Any I/O command of any command set: `cmd` without identifier and data pointers. `data` and
 * `metadata`, of `len` and `metadata_len` bytes, may be in any memory, and NULL where the length is
 * 0; both go the way that the opcode's bits 1:0 say. Metadata are a contiguous buffer (MPTR). The
 * result's dwords 0 and 1 go to *result, which may be NULL, also where the controller refuses.
 * `timeout_ms` 0 is the controller's default.
 *
 * 0, a positive NVMe status, or a negative errno: -EINVAL for more data than one command can have
 * or half of a fused pair; see struct znvme_cpl for what a host ends commands with. Nothing is
 * repeated. Thread-safe; takes turns with the calls above.
 */
int znvme_io_exec(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd, void *data, size_t len,
		  void *metadata, size_t metadata_len, uint64_t *result, unsigned timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
