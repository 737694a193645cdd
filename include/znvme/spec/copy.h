/* SPDX-License-Identifier: MIT */
/*
 * Copy: its dwords and source range entries (NVM 1.1, section 3.3.2). Formats 2 and 3 name the
 * namespace of the source, and are taken once Host Behavior Support (16h) has enabled them.
 */
#ifndef ZNVME_SPEC_COPY_H
#define ZNVME_SPEC_COPY_H

#include "types.h"

/* CDW12, beside ZNVME_RW_DTYPE, _FUA and _LR; CDW10 and 11 are the first destination block. */
#define ZNVME_COPY_NR	   0x000000ffu /* source ranges, 0-based */
#define ZNVME_COPY_DESFMT  0x00000f00u /* enum znvme_copy_format */
#define ZNVME_COPY_PRINFOR 0x0000f000u /* protection information of what is read */
#define ZNVME_COPY_STCW	   0x01000000u /* storage tag check of what is written */
#define ZNVME_COPY_STCR	   0x02000000u /* … of what is read */
#define ZNVME_COPY_PRINFOW 0x3c000000u /* protection information of what is written */

#define ZNVME_COPY_MAX_RANGES 256u

enum znvme_copy_format {
	ZNVME_COPY_FORMAT_0 = 0, /* guards of 16 bits */
	ZNVME_COPY_FORMAT_1 = 1, /* guards of 32 and 64 bits */
	ZNVME_COPY_FORMAT_2 = 2, /* as 0, of any namespace */
	ZNVME_COPY_FORMAT_3 = 3, /* as 1, of any namespace */
	ZNVME_COPY_FORMATS,
};

/* Source range entry of formats 0 and 2. */
struct znvme_copy_range {
	uint32_t snsid; /* source namespace; format 2 */
	uint8_t rsvd4[4];
	uint64_t slba;
	uint16_t nlb; /* logical blocks, 0-based */
	uint8_t rsvd18[4];
	uint16_t sopt;	 /* ZNVME_COPY_SOPT_*; format 2 */
	uint32_t elbrt;	 /* expected reference tag */
	uint16_t elbat;	 /* expected application tag */
	uint16_t elbatm; /* its mask */
};
ZNVME_ASSERT_SIZE(struct znvme_copy_range, 32);
ZNVME_ASSERT_OFFSET(struct znvme_copy_range, slba, 8);
ZNVME_ASSERT_OFFSET(struct znvme_copy_range, nlb, 16);
ZNVME_ASSERT_OFFSET(struct znvme_copy_range, sopt, 22);
ZNVME_ASSERT_OFFSET(struct znvme_copy_range, elbat, 28);

/* Source range entry of formats 1 and 3. */
struct znvme_copy_range_ext {
	uint32_t snsid; /* source namespace; format 3 */
	uint8_t rsvd4[4];
	uint64_t slba;
	uint16_t nlb; /* logical blocks, 0-based */
	uint8_t rsvd18[4];
	uint16_t sopt; /* ZNVME_COPY_SOPT_*; format 3 */
	uint8_t rsvd24[2];
	uint8_t elbt[10]; /* expected reference and storage tags, big endian */
	uint16_t elbat;	  /* expected application tag */
	uint16_t elbatm;  /* its mask */
};
ZNVME_ASSERT_SIZE(struct znvme_copy_range_ext, 40);
ZNVME_ASSERT_OFFSET(struct znvme_copy_range_ext, elbt, 26);
ZNVME_ASSERT_OFFSET(struct znvme_copy_range_ext, elbat, 36);

#define ZNVME_COPY_SOPT_FCO 0x8000u /* only if it can be fast */

#endif
