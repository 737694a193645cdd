/* SPDX-License-Identifier: MIT */
/*
 * The Replay Protected Memory Block (Base 2.1, section 8.1.21): the data frame that Security Send
 * and Receive carry, its messages and results, the Device Configuration Block. A frame's data come
 * behind it, in sectors. The message authentication code is HMAC SHA-256 of all that comes behind
 * it: bytes 223 to 255, and the data.
 */
#ifndef ZNVME_SPEC_RPMB_H
#define ZNVME_SPEC_RPMB_H

#include "types.h"

/* SECP and SPSP of the commands; NSSF is the target. Section 5.1.23.3. */
#define ZNVME_SECP_NVME 0xeau
#define ZNVME_SPSP_RPMB 0x0001u

#define ZNVME_RPMB_TARGETS   7u		   /* at most */
#define ZNVME_RPMB_KEY_SIZE  32u	   /* bytes of a key and of a code, by HMAC SHA-256 */
#define ZNVME_RPMB_NONCE     16u	   /* bytes */
#define ZNVME_RPMB_SECTOR    512u	   /* bytes */
#define ZNVME_RPMB_SIZE_UNIT (128u * 1024) /* bytes, of RPMBS.TOTAL_SIZE */

struct znvme_rpmb_frame {
	uint8_t stuff[191]; /* zeroes; not authenticated */
	uint8_t mac[32];    /* message authentication code, or the key to be programmed */
	uint8_t target;	    /* as NSSF */
	uint8_t nonce[16];  /* of the host; comes back with the answer */
	uint32_t counter;   /* write counter */
	uint32_t address;   /* sector */
	uint32_t sectors;   /* of data, asked for or there */
	uint16_t result;    /* enum znvme_rpmb_result, and ZNVME_RPMB_EXPIRED */
	uint16_t type;	    /* enum znvme_rpmb_request, or that of the response */
};
ZNVME_ASSERT_SIZE(struct znvme_rpmb_frame, 256);
ZNVME_ASSERT_OFFSET(struct znvme_rpmb_frame, mac, 191);
ZNVME_ASSERT_OFFSET(struct znvme_rpmb_frame, target, 223);
ZNVME_ASSERT_OFFSET(struct znvme_rpmb_frame, nonce, 224);
ZNVME_ASSERT_OFFSET(struct znvme_rpmb_frame, counter, 240);
ZNVME_ASSERT_OFFSET(struct znvme_rpmb_frame, type, 254);

enum znvme_rpmb_request {
	ZNVME_RPMB_PROGRAM_KEY = 0x0001,
	ZNVME_RPMB_READ_COUNTER = 0x0002,
	ZNVME_RPMB_WRITE_DATA = 0x0003,
	ZNVME_RPMB_READ_DATA = 0x0004,
	ZNVME_RPMB_READ_RESULT = 0x0005,
	ZNVME_RPMB_WRITE_CONFIG = 0x0006, /* of target 0 */
	ZNVME_RPMB_READ_CONFIG = 0x0007,  /* of target 0 */
};

/* The type of the response to a request. */
#define ZNVME_RPMB_RESPONSE_SHIFT 8u

enum znvme_rpmb_result {
	ZNVME_RPMB_OK = 0x00,
	ZNVME_RPMB_GENERAL_FAILURE = 0x01,
	ZNVME_RPMB_AUTHENTICATION_FAILURE = 0x02, /* the code is wrong */
	ZNVME_RPMB_COUNTER_FAILURE = 0x03,	  /* the write counter is another */
	ZNVME_RPMB_ADDRESS_FAILURE = 0x04,	  /* past the end */
	ZNVME_RPMB_WRITE_FAILURE = 0x05,
	ZNVME_RPMB_READ_FAILURE = 0x06,
	ZNVME_RPMB_NO_KEY = 0x07,	  /* none was programmed */
	ZNVME_RPMB_INVALID_CONFIG = 0x08, /* such a Device Configuration Block cannot be */
};
#define ZNVME_RPMB_RESULT  0x007fu /* enum znvme_rpmb_result */
#define ZNVME_RPMB_EXPIRED 0x0080u /* the write counter is at its end */

/* The Device Configuration Block: data of one sector. */
struct znvme_rpmb_config {
	uint8_t bppee; /* ZNVME_RPMB_BPPEE_* */
	uint8_t bpls;  /* ZNVME_RPMB_BPLS_*; 0 unless protection is enabled */
	uint8_t wpc;   /* ZNVME_RPMB_WPC_* */
	uint8_t rsvd3[509];
};
ZNVME_ASSERT_SIZE(struct znvme_rpmb_config, 512);

#define ZNVME_RPMB_BPPEE_BPPED 0x01u /* RPMB protects boot partitions; for good */
#define ZNVME_RPMB_BPLS_BPP0L  0x01u /* boot partition 0 is locked */
#define ZNVME_RPMB_BPLS_BPP1L  0x02u /* boot partition 1 is locked */
#define ZNVME_RPMB_WPC_WPUPCC  0x01u /* a namespace may be protected until the next power cycle */
#define ZNVME_RPMB_WPC_PWPC    0x02u /* a namespace may be protected for good */

#endif
