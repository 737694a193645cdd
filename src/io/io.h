/* SPDX-License-Identifier: MIT */
/*
 * The queue pair that a controller's blocking calls share, for those on this floor: enter, carry
 * commands out, leave.
 */
#ifndef IO_IO_H
#define IO_IO_H

#include "znvme/ns.h"
#include "znvme/spec/cmd.h"

#define IO_BUFFER_SIZE ((size_t)1 << 20) /* the most that io_exec() moves */

struct io;

/* Lock the controller's blocking I/O, and make it where this is the first call. */
int io_enter(struct znvme_ctrl *ctrl, struct io **io);
void io_leave(struct znvme_ctrl *ctrl);

/*
 * One command of any kind, but for identifier and data pointer, to its end; nothing else is in
 * flight. Its `len` bytes of data (0: none) go from `data` or come there, as the opcode has it.
 * *result may be NULL.
 */
int io_exec(struct io *io, struct znvme_sqe *cmd, void *data, size_t len, uint64_t *result);

#endif
