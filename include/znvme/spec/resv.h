/* SPDX-License-Identifier: MIT */
/*
 * Reservations: dwords and data of Reservation Register, Acquire, Release and Report (Base 2.1,
 * sections 7.5 to 7.8; 8.1.22 tells how they work). Notices are in log page 80h, struct
 * znvme_resv_log.
 */
#ifndef ZNVME_SPEC_RESV_H
#define ZNVME_SPEC_RESV_H

#include "types.h"

/* CDW10 of Register, Acquire and Release */
#define ZNVME_RESV_ACTION  0x00000007u /* enum znvme_resv_register, _acquire, _release */
#define ZNVME_RESV_IEKEY   0x00000008u /* ignore the existing key */
#define ZNVME_RESV_DISNSRS 0x00000010u /* the host takes reservations of dispersed namespaces */
#define ZNVME_RESV_RTYPE   0x0000ff00u /* Acquire, Release: enum znvme_resv_type */
#define ZNVME_RESV_CPTPL   0xc0000000u /* Register: enum znvme_resv_cptpl */

/* CDW11 of Report; CDW10 is the number of dwords to return, 0-based. */
#define ZNVME_RESV_REPORT_EDS	  0x00000001u /* extended: host identifiers of 16 bytes */
#define ZNVME_RESV_REPORT_DISNSRS 0x00000002u /* as ZNVME_RESV_DISNSRS */

enum znvme_resv_register {
	ZNVME_RESV_REGISTER = 0,
	ZNVME_RESV_UNREGISTER = 1,
	ZNVME_RESV_REPLACE = 2, /* the key */
};

enum znvme_resv_acquire {
	ZNVME_RESV_ACQUIRE = 0,
	ZNVME_RESV_PREEMPT = 1,
	ZNVME_RESV_PREEMPT_ABORT = 2, /* and abort the commands of those that lose */
};

enum znvme_resv_release {
	ZNVME_RESV_RELEASE = 0,
	ZNVME_RESV_CLEAR = 1, /* and unregister everybody */
};

/* Reservation type. */
enum znvme_resv_type {
	ZNVME_RESV_NONE = 0,		     /* there is no reservation */
	ZNVME_RESV_WRITE_EXCLUSIVE = 1,	     /* only the holder writes */
	ZNVME_RESV_EXCLUSIVE_ACCESS = 2,     /* only the holder reads and writes */
	ZNVME_RESV_WRITE_EXCLUSIVE_REG = 3,  /* Registrants Only: they write, too */
	ZNVME_RESV_EXCLUSIVE_ACCESS_REG = 4, /* Registrants Only */
	ZNVME_RESV_WRITE_EXCLUSIVE_ALL = 5,  /* All Registrants: each of them holds it */
	ZNVME_RESV_EXCLUSIVE_ACCESS_ALL = 6, /* All Registrants */
};

/* Change Persist Through Power Loss State. */
enum znvme_resv_cptpl {
	ZNVME_RESV_CPTPL_KEEP = 0,
	ZNVME_RESV_CPTPL_CLEAR = 2, /* registrations and reservation end with the power */
	ZNVME_RESV_CPTPL_SET = 3,   /* they persist */
};

/* Data of Register. */
struct znvme_resv_register_data {
	uint64_t crkey; /* the host's current key */
	uint64_t nrkey; /* its new one */
};
ZNVME_ASSERT_SIZE(struct znvme_resv_register_data, 16);

/* Data of Acquire. */
struct znvme_resv_acquire_data {
	uint64_t crkey; /* the host's current key */
	uint64_t prkey; /* the key of those to be preempted */
};
ZNVME_ASSERT_SIZE(struct znvme_resv_acquire_data, 16);

/* Data of Release. */
struct znvme_resv_release_data {
	uint64_t crkey; /* the host's current key */
};
ZNVME_ASSERT_SIZE(struct znvme_resv_release_data, 8);

/* The head of what Report returns; regctl entries follow. */
struct znvme_resv_status {
	uint32_t gen;	   /* counts changes of registrations and preemptions */
	uint8_t rtype;	   /* enum znvme_resv_type */
	uint8_t regctl[2]; /* registered controllers */
	uint8_t rsvd7[2];
	uint8_t ptpls; /* 1: persists through power loss */
	uint8_t rsvd10[14];
};
ZNVME_ASSERT_SIZE(struct znvme_resv_status, 24);
ZNVME_ASSERT_OFFSET(struct znvme_resv_status, regctl, 5);
ZNVME_ASSERT_OFFSET(struct znvme_resv_status, ptpls, 9);

/* An entry of it. */
struct znvme_resv_ctrl {
	uint16_t cntlid;
	uint8_t rcsts; /* ZNVME_RESV_RCSTS_* */
	uint8_t rsvd3[5];
	uint64_t hostid;
	uint64_t rkey;
};
ZNVME_ASSERT_SIZE(struct znvme_resv_ctrl, 24);
ZNVME_ASSERT_OFFSET(struct znvme_resv_ctrl, hostid, 8);

#define ZNVME_RESV_RCSTS_HOLDER 0x01u /* its host holds the reservation */

/* The same with ZNVME_RESV_REPORT_EDS. */
struct znvme_resv_status_ext {
	struct znvme_resv_status head;
	uint8_t rsvd24[40];
};
ZNVME_ASSERT_SIZE(struct znvme_resv_status_ext, 64);

struct znvme_resv_ctrl_ext {
	uint16_t cntlid;
	uint8_t rcsts; /* ZNVME_RESV_RCSTS_* */
	uint8_t rsvd3[5];
	uint64_t rkey;
	uint8_t hostid[16];
	uint8_t rsvd32[32];
};
ZNVME_ASSERT_SIZE(struct znvme_resv_ctrl_ext, 64);
ZNVME_ASSERT_OFFSET(struct znvme_resv_ctrl_ext, hostid, 16);

#endif
