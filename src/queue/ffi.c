/* SPDX-License-Identifier: MIT */
#include "znvme/ffi.h"

int znvme_ffi_rw_init(struct znvme_rw *rw, const struct znvme_ns *ns, uint8_t opcode, uint32_t nlb,
		      uint32_t flags, const struct znvme_region *region)
{
	return znvme_rw_init(rw, ns, opcode, nlb, flags, region);
}

/* A function of its own, so that the usual way calls nothing and has no registers to save. */
__attribute__((noinline)) static int make_room_and_queue(struct znvme_queue *queue,
							 const struct znvme_rw *rw, const void *buf,
							 uint64_t slba, void *data)
{
	return znvme_make_room(queue) ? znvme_queue_rw(queue, rw, buf, slba, data) : -EAGAIN;
}

int znvme_ffi_queue_rw(struct znvme_queue *queue, const struct znvme_rw *rw, const void *buf,
		       uint64_t slba, void *data)
{
	if (ZNVME_UNLIKELY(queue->sqe == queue->sqe_stop))
		return make_room_and_queue(queue, rw, buf, slba, data);
	return znvme_queue_rw(queue, rw, buf, slba, data);
}

int znvme_ffi_queue_rw_anywhere(struct znvme_queue *queue, const struct znvme_rw *rw,
				const void *buf, uint64_t slba, void *data)
{
	return znvme_queue_rw_anywhere(queue, rw, buf, slba, data);
}

struct znvme_sqe *znvme_ffi_get_sqe(struct znvme_queue *queue, void *data)
{
	return znvme_get_sqe(queue, data);
}

void znvme_ffi_put_sqe(struct znvme_queue *queue, struct znvme_sqe *sqe)
{
	znvme_put_sqe(queue, sqe);
}

int znvme_ffi_sqe_set_buffer(struct znvme_sqe *sqe, const struct znvme_region *region,
			     const void *buf, size_t len)
{
	return znvme_sqe_set_buffer(sqe, region, buf, len);
}

int znvme_ffi_submit(struct znvme_queue *queue)
{
	return znvme_submit(queue);
}

int znvme_ffi_reap(struct znvme_queue *queue, struct znvme_cpl *cpls, int max)
{
	return znvme_reap(queue, cpls, max);
}
