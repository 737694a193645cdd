/* SPDX-License-Identifier: MIT */
/*
 * How znvme reports failure. A function that returns int returns
 *
 *   0 or a count   on success,
 *   a negative errno   where the host failed (-EACCES, -ETIMEDOUT, …),
 *   a positive NVMe status   where the controller said no: the 15-bit status field of the
 * completion (Base 2.1, section 4.2.3) with CRD, M and DNR as the controller sent them. `rc &
 * (ZNVME_STATUS_SCT | ZNVME_STATUS_SC)` compares with the ZNVME_SC_ constants.
 *
 * Functions that return a count of bytes fold a status in with znvme_status_errno() and say so.
 */
#ifndef ZNVME_ERROR_H
#define ZNVME_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A sentence for any return code of this library: never NULL, valid until the same thread's next
 * call of this function.
 */
const char *znvme_strerror(int rc);

/*
 * What the calling thread's last failed call tried, what came back, and what can be done about it.
 * Empty where nothing has failed yet. One buffer a thread: valid until the thread's next failure.
 */
const char *znvme_errmsg(void);

/* For authors of a struct znvme_device: set the message of znvme_errmsg() and return `rc`. */
int znvme_fail(int rc, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The negative errno nearest to `rc`, for interfaces that know nothing else; 0 and less are kept.
 */
int znvme_status_errno(int rc);

#ifdef __cplusplus
}
#endif

#endif
