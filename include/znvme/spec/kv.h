/* SPDX-License-Identifier: MIT */
/*
 * The Key Value Command Set (KV 1.1, sections 3 and 4.1.5): opcodes, dwords, Identify. A key of up
 * to 16 bytes is in dwords 2, 3, 14 and 15, its first byte lowest in dword 2.
 */
#ifndef ZNVME_SPEC_KV_H
#define ZNVME_SPEC_KV_H

#include "types.h"

enum znvme_kv_opcode {
	ZNVME_KV_FLUSH = 0x00,
	ZNVME_KV_STORE = 0x01,
	ZNVME_KV_RETRIEVE = 0x02,
	ZNVME_KV_LIST = 0x06,
	ZNVME_KV_DELETE = 0x10,
	ZNVME_KV_EXIST = 0x14,
};

/* CDW10 of Store is the size of the value, of Retrieve and List that of the buffer, in bytes. */
#define ZNVME_KV_KL	      0x000000ffu /* CDW11: bytes of the key */
#define ZNVME_KV_OPTIONS      0x0000ff00u /* CDW11 of Store and Retrieve */
#define ZNVME_KV_STORE_UPDATE 0x00000100u /* CDW11: only where there is such a key */
#define ZNVME_KV_STORE_NEW    0x00000200u /* CDW11: only where there is none */
#define ZNVME_KV_STORE_PLAIN  0x00000400u /* CDW11: do not compress */
#define ZNVME_KV_RETRIEVE_RAW 0x00000100u /* CDW11: do not decompress */

#define ZNVME_KV_MAX_KEY 16u /* bytes of a key that a command has room for */

/* What List returns: this, then keys. */
struct znvme_kv_list {
	uint32_t nrk; /* keys returned */
};
ZNVME_ASSERT_SIZE(struct znvme_kv_list, 4);

/* A key in it: `kl` bytes follow, and zeroes up to a multiple of 4 bytes. */
struct znvme_kv_listed {
	uint16_t kl;
};
ZNVME_ASSERT_SIZE(struct znvme_kv_listed, 2);

/* A format of keys and values. */
struct znvme_kv_format {
	uint16_t kml; /* bytes of the longest key */
	uint8_t rsvd2;
	uint8_t fopt; /* additional options */
	uint32_t vml; /* bytes of the longest value */
	uint32_t mnk; /* most keys; 0: no limit */
	uint8_t rsvd12[4];
};
ZNVME_ASSERT_SIZE(struct znvme_kv_format, 16);

/* Identify Namespace of the Key Value Command Set (CNS 05h, CSI 01h). */
struct znvme_id_ns_kv {
	uint64_t nsze; /* bytes */
	uint8_t rsvd8[8];
	uint64_t nuse;	/* bytes in use */
	uint8_t nsfeat; /* features */
	uint8_t nkvf;	/* formats, 0-based */
	uint8_t nmic;	/* sharing, ZNVME_NS_NMIC_* */
	uint8_t rescap; /* reservations, ZNVME_NS_RESCAP_* */
	uint8_t fpi;	/* progress of a format, ZNVME_NS_FPI_* */
	uint8_t kvfc;	/* the format in use, ZNVME_KV_KVFC_INDEX */
	uint8_t rsvd30[2];
	uint32_t novg;	   /* optimal value granularity, bytes; 0: not reported */
	uint32_t anagrpid; /* ANA group; 0: none */
	uint8_t rsvd40[3];
	uint8_t nsattr;	   /* attributes, ZNVME_NS_NSATTR_* */
	uint16_t nvmsetid; /* NVM set; 0: none */
	uint16_t endgid;   /* endurance group; 0: none */
	uint8_t nguid[16]; /* globally unique identifier, big endian; zero: none */
	uint8_t eui64[8];  /* IEEE extended unique identifier, big endian; zero: none */
	struct znvme_kv_format kvf[16]; /* nkvf + 1 of them are valid */
	uint8_t rsvd328[3512];
	uint8_t vs[256]; /* vendor specific */
};
ZNVME_ASSERT_SIZE(struct znvme_id_ns_kv, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_kv, nuse, 16);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_kv, novg, 32);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_kv, nguid, 48);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_kv, kvf, 72);

#define ZNVME_KV_KVFC_INDEX 0x0fu

/* Identify Controller of the Key Value Command Set (CNS 06h, CSI 01h). */
struct znvme_id_ctrl_kv {
	uint32_t ver; /* version of the KV Command Set specification */
	uint8_t rsvd4[4092];
};
ZNVME_ASSERT_SIZE(struct znvme_id_ctrl_kv, 4096);

/* Key Value Config (feature 20h) */
#define ZNVME_FEAT_KV_EDNEK 0x00000001u /* deleting a key that is not there is an error */

#endif
