/* SPDX-License-Identifier: MIT */
/*
 * Directives: types, operations and data of Directive Send and Receive (Base 2.1, sections 5.1.6,
 * 5.1.7 and 8.1.8), of which streams (8.1.8.3) have more. In a write, ZNVME_RW_DTYPE of CDW12 is
 * the type, and ZNVME_RW_DSPEC of CDW13 the stream or the placement identifier.
 */
#ifndef ZNVME_SPEC_DIRECTIVE_H
#define ZNVME_SPEC_DIRECTIVE_H

#include "types.h"

#define ZNVME_RW_DSPEC 0xffff0000u /* CDW13 of a write: directive specific */

enum znvme_directive_type {
	ZNVME_DIRECTIVE_IDENTIFY = 0,
	ZNVME_DIRECTIVE_STREAMS = 1,
	ZNVME_DIRECTIVE_PLACEMENT = 2,
};

/* CDW11 of both; CDW10 is the number of dwords of data, 0-based. */
#define ZNVME_DIRECTIVE_DOPER 0x000000ffu /* operation */
#define ZNVME_DIRECTIVE_DTYPE 0x0000ff00u /* enum znvme_directive_type */
#define ZNVME_DIRECTIVE_DSPEC 0xffff0000u /* directive specific */

enum znvme_directive_oper {
	ZNVME_DIRECTIVE_RECV_PARAMS = 1,   /* receive, Identify and Streams */
	ZNVME_DIRECTIVE_RECV_STATUS = 2,   /* receive, Streams */
	ZNVME_DIRECTIVE_RECV_ALLOCATE = 3, /* receive, Streams */
	ZNVME_DIRECTIVE_SEND_ENABLE = 1,   /* send, Identify */
	ZNVME_DIRECTIVE_SEND_RELEASE = 1,  /* send, Streams: an identifier */
	ZNVME_DIRECTIVE_SEND_FREE = 2,	   /* send, Streams: all resources */
};

/* CDW12 of Enable Directive */
#define ZNVME_DIRECTIVE_ENDIR 0x00000001u /* enable */
#define ZNVME_DIRECTIVE_TDT   0x0000ff00u /* the type that it is for */

/* CDW12 of Allocate Resources; the result says how many were granted. */
#define ZNVME_DIRECTIVE_NSR 0x0000ffffu /* streams requested */

/* Parameters of the Identify directive: a bit a type in each map. */
struct znvme_directive_params {
	uint8_t supported[32];
	uint8_t enabled[32];
	uint8_t persistent[32]; /* stays enabled over a reset */
	uint8_t rsvd96[4000];
};
ZNVME_ASSERT_SIZE(struct znvme_directive_params, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_directive_params, persistent, 64);

/* Parameters of the Streams directive. */
struct znvme_streams_params {
	uint16_t msl;  /* streams of the NVM subsystem at most */
	uint16_t nssa; /* of those, not allocated to a namespace */
	uint16_t nsso; /* open streams of that share */
	uint8_t nssc;  /* ZNVME_STREAMS_NSSC_* */
	uint8_t rsvd7[9];
	uint32_t sws; /* stream write size, logical blocks */
	uint16_t sgs; /* stream granularity size, in units of sws */
	uint16_t nsa; /* streams allocated to the namespace */
	uint16_t nso; /* its open streams */
	uint8_t rsvd26[6];
};
ZNVME_ASSERT_SIZE(struct znvme_streams_params, 32);
ZNVME_ASSERT_OFFSET(struct znvme_streams_params, sws, 16);
ZNVME_ASSERT_OFFSET(struct znvme_streams_params, nso, 24);

#define ZNVME_STREAMS_NSSC_SHARED 0x01u /* an identifier is the same stream for all hosts */

/* Status of the Streams directive: the open ones, ascending. */
struct znvme_streams_status {
	uint16_t osc;	     /* open streams */
	uint16_t sid[65535]; /* `osc` of them */
};
ZNVME_ASSERT_SIZE(struct znvme_streams_status, 131072);

#endif
