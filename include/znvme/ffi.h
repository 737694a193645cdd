/* SPDX-License-Identifier: MIT */
/*
 * The inline functions of the path as ordinary ones, for callers that cannot inline C: other
 * languages, programs that load the library at run time. Each does what the one without `ffi` in
 * its name does.
 */
#ifndef ZNVME_FFI_H
#define ZNVME_FFI_H

#include "cmd.h"

#ifdef __cplusplus
extern "C" {
#endif

int znvme_ffi_rw_init(struct znvme_rw *rw, const struct znvme_ns *ns, uint8_t opcode, uint32_t nlb,
		      uint32_t flags, const struct znvme_region *region);
int znvme_ffi_queue_rw(struct znvme_queue *queue, const struct znvme_rw *rw, const void *buf,
		       uint64_t slba, void *data);
int znvme_ffi_queue_rw_anywhere(struct znvme_queue *queue, const struct znvme_rw *rw,
				const void *buf, uint64_t slba, void *data);
struct znvme_sqe *znvme_ffi_get_sqe(struct znvme_queue *queue, void *data);
void znvme_ffi_put_sqe(struct znvme_queue *queue, struct znvme_sqe *sqe);
int znvme_ffi_sqe_set_buffer(struct znvme_sqe *sqe, const struct znvme_region *region,
			     const void *buf, size_t len);
int znvme_ffi_submit(struct znvme_queue *queue);
int znvme_ffi_reap(struct znvme_queue *queue, struct znvme_cpl *cpls, int max);

#ifdef __cplusplus
}
#endif

#endif
