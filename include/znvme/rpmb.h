/* SPDX-License-Identifier: MIT */
/*
 * The Replay Protected Memory Block (Base 2.1, section 8.1.21): a few targets of data that can be
 * read by anybody, written by who has the key only, and whose answers prove that they are fresh.
 * The device is not trusted: what comes back is compared with what was asked, nonce and write
 * counter with it, and authenticated by the key where there is one.
 *
 * struct znvme_rpmb names the target; the functions on it are blocking calls. They return 0, a
 * positive NVMe status, or a negative errno:
 *
 *   -EOPNOTSUPP	the controller has no RPMB, no such target, or another method than HMAC
 * SHA-256 -EBADMSG		the answer's message authentication code is wrong: another key, or a
 * forgery
 *   -EPROTO		the answer is none to this request: its type, target, nonce, counter, …
 *   -ENOKEY		no key was programmed
 *   -EKEYREJECTED	the device found the request's code to be wrong
 *   -ESTALE		the device has another write counter: somebody else has written
 *   -ERANGE		past the end of the target
 *   -EREMOTEIO		another result of the device: see `result`
 *
 * An answer that tells of a failure (the last five) is not authenticated. znvme_errmsg() has the
 * details. One target is one thread's at a time: a target has one answer, that to its last request.
 */
#ifndef ZNVME_RPMB_H
#define ZNVME_RPMB_H

#include <stddef.h>
#include <stdint.h>

#include "spec/rpmb.h"

#ifdef __cplusplus
extern "C" {
#endif

struct znvme_ctrl;

struct znvme_rpmb {
	struct znvme_ctrl *ctrl;
	const void *key; /* ZNVME_RPMB_KEY_SIZE bytes. NULL: answers are not authenticated, and
			    nothing can be written */
	uint8_t target;
	uint16_t result; /* of the device's last answer: enum znvme_rpmb_result. Set by the calls */
};

struct znvme_rpmb_info {
	unsigned targets;     /* 0: none */
	unsigned method;      /* of authentication; 0: HMAC SHA-256, no other can be used here */
	uint64_t size;	      /* bytes of a target */
	uint32_t max_sectors; /* of one read or write */
};

/* What Identify Controller says (RPMBS). */
void znvme_rpmb_info(struct znvme_ctrl *ctrl, struct znvme_rpmb_info *info);

/*
 * Program rpmb->key into the target. Once for all time: a key can be neither changed nor read. Its
 * answer cannot be authenticated; znvme_rpmb_counter() with the key proves that it is there.
 * Section 8.1.21.2.1.
 */
int znvme_rpmb_program_key(struct znvme_rpmb *rpmb);

/* The write counter: how often data were written. Section 8.1.21.2.2. */
int znvme_rpmb_counter(struct znvme_rpmb *rpmb, uint32_t *counter);

/*
 * Sectors of 512 bytes from `address` on. More than the device takes in one go are several
 * accesses: each is all or nothing, the whole is not. -EINVAL for none, and for a write without a
 * key. Sections 8.1.21.2.4 and 8.1.21.2.3.
 */
int znvme_rpmb_read(struct znvme_rpmb *rpmb, uint32_t address, uint32_t sectors, void *data);
int znvme_rpmb_write(struct znvme_rpmb *rpmb, uint32_t address, uint32_t sectors, const void *data);

/*
 * The Device Configuration Block, which is target 0's, and its write counter, which is another than
 * the target's (`counter` may be NULL). Sections 8.1.21.4 and 8.1.21.3.
 */
int znvme_rpmb_read_config(struct znvme_rpmb *rpmb, struct znvme_rpmb_config *config,
			   uint32_t *counter);
int znvme_rpmb_write_config(struct znvme_rpmb *rpmb, const struct znvme_rpmb_config *config);

/* "Authentication failure"; NULL for what the specification does not have. */
const char *znvme_rpmb_result_name(uint16_t result);

/* ---- frames, for those who send them by themselves ----------------------------------------- */

/* The code of a frame and the data behind it, `len` bytes in all, by a key of 32 bytes. */
void znvme_rpmb_mac(const struct znvme_rpmb_frame *frame, size_t len, const void *key,
		    uint8_t mac[ZNVME_RPMB_KEY_SIZE]);

/*
 * Whether `answer`, `len` bytes with its data, is one to `request`, and a success: 0, or -EPROTO,
 * -EBADMSG and the others above with a message. `key` may be NULL: its code is not looked at then.
 */
int znvme_rpmb_check(const struct znvme_rpmb_frame *request, const struct znvme_rpmb_frame *answer,
		     size_t len, const void *key);

#ifdef __cplusplus
}
#endif

#endif
