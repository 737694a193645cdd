/* SPDX-License-Identifier: MIT */
/*
 * Protection information: what the metadata of a logical block hold of it, by the size of the guard
 * (NVM 1.1, section 5.3.1). All fields are big endian, so they are bytes here.
 *
 * The storage and reference space is one number: the storage tag in its upper bits, as many as STS
 * says (ZNVME_NS_NVM_ELBAF_STS), and the reference tag in those that are left.
 */
#ifndef ZNVME_SPEC_PI_H
#define ZNVME_SPEC_PI_H

#include "types.h"

/* 16-bit guard: CRC-16 T10-DIF. */
struct znvme_pi16 {
	uint8_t guard[2];
	uint8_t app_tag[2];
	uint8_t space[4]; /* storage and reference space */
};
ZNVME_ASSERT_SIZE(struct znvme_pi16, 8);
ZNVME_ASSERT_OFFSET(struct znvme_pi16, app_tag, 2);
ZNVME_ASSERT_OFFSET(struct znvme_pi16, space, 4);

/* 32-bit guard: CRC-32C. */
struct znvme_pi32 {
	uint8_t guard[4];
	uint8_t app_tag[2];
	uint8_t space[10];
};
ZNVME_ASSERT_SIZE(struct znvme_pi32, 16);
ZNVME_ASSERT_OFFSET(struct znvme_pi32, app_tag, 4);
ZNVME_ASSERT_OFFSET(struct znvme_pi32, space, 6);

/* 64-bit guard: CRC-64 NVMe. */
struct znvme_pi64 {
	uint8_t guard[8];
	uint8_t app_tag[2];
	uint8_t space[6];
};
ZNVME_ASSERT_SIZE(struct znvme_pi64, 16);
ZNVME_ASSERT_OFFSET(struct znvme_pi64, app_tag, 8);
ZNVME_ASSERT_OFFSET(struct znvme_pi64, space, 10);

/* Protection information type (ZNVME_NS_DPS_TYPE). */
enum znvme_pi_type {
	ZNVME_PI_NONE = 0,
	ZNVME_PI_TYPE1 = 1, /* the reference tag is the block's LBA, low bits */
	ZNVME_PI_TYPE2 = 2, /* it counts up from what the command says */
	ZNVME_PI_TYPE3 = 3, /* it is not checked, and the same for each block of a command */
};

/* This application tag (of type 3: with a reference tag of all ones, too) says: do not check. */
#define ZNVME_PI_APP_TAG_ESCAPE 0xffffu

#endif
