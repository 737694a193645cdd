/* SPDX-License-Identifier: MIT */
/*
 * Submission and completion queue entries and the opcodes (Base 2.1, sections 4.1 and 4.2; figures
 * of opcodes in section 5 and in NVM Command Set 1.1, section 3). Counts in command dwords are as
 * on the wire (0-based where the specification says so); the constructors of <znvme/cmd.h> are not.
 */
#ifndef ZNVME_SPEC_CMD_H
#define ZNVME_SPEC_CMD_H

#include "types.h"

/* SGL descriptor (Base 2.1, section 4.3.2). */
struct znvme_sgl {
	uint64_t addr; /* address, or reserved by type */
	uint32_t len;  /* bytes */
	uint8_t rsvd[3];
	uint8_t type; /* descriptor type in bits 7:4, subtype in 3:0 */
};
ZNVME_ASSERT_SIZE(struct znvme_sgl, 16);

enum znvme_sgl_type {
	ZNVME_SGL_DATA_BLOCK = 0x00,
	ZNVME_SGL_BIT_BUCKET = 0x10,
	ZNVME_SGL_SEGMENT = 0x20,
	ZNVME_SGL_LAST_SEGMENT = 0x30,
	ZNVME_SGL_KEYED_DATA_BLOCK = 0x40,
	ZNVME_SGL_TRANSPORT_DATA_BLOCK = 0x50,
};

/* Submission queue entry, common format (Base 2.1, section 4.1.1). */
struct znvme_sqe {
	uint8_t opcode;
	uint8_t flags; /* FUSE in bits 1:0, PSDT in bits 7:6 */
	uint16_t cid;  /* command identifier: the queue's, not the caller's */
	uint32_t nsid;
	uint32_t cdw2;
	uint32_t cdw3;
	uint64_t mptr; /* metadata pointer */
	union {
		struct {
			uint64_t prp1;
			uint64_t prp2;
		} prp;
		struct znvme_sgl sgl;
	} dptr;
	uint32_t cdw10;
	uint32_t cdw11;
	uint32_t cdw12;
	uint32_t cdw13;
	uint32_t cdw14;
	uint32_t cdw15;
};
ZNVME_ASSERT_SIZE(struct znvme_sqe, 64);
ZNVME_ASSERT_OFFSET(struct znvme_sqe, mptr, 16);
ZNVME_ASSERT_OFFSET(struct znvme_sqe, dptr, 24);
ZNVME_ASSERT_OFFSET(struct znvme_sqe, cdw10, 40);

/* flags of a submission queue entry */
#define ZNVME_SQE_FUSE		    0x03u
#define ZNVME_SQE_FUSE_FIRST	    0x01u
#define ZNVME_SQE_FUSE_SECOND	    0x02u
#define ZNVME_SQE_PSDT		    0xc0u
#define ZNVME_SQE_PSDT_PRP	    0x00u
#define ZNVME_SQE_PSDT_SGL	    0x40u /* metadata, if any, by a contiguous buffer */
#define ZNVME_SQE_PSDT_SGL_MPTR_SGL 0x80u

/* Completion queue entry (Base 2.1, section 4.2.1). */
struct znvme_cqe {
	uint32_t dw0; /* command specific result */
	uint32_t dw1;
	uint16_t sqhd; /* submission queue head */
	uint16_t sqid;
	uint16_t cid;
	uint16_t status; /* phase tag in bit 0, the status field in bits 15:1 */
};
ZNVME_ASSERT_SIZE(struct znvme_cqe, 16);
ZNVME_ASSERT_OFFSET(struct znvme_cqe, status, 14);

#define ZNVME_CQE_PHASE 0x0001u

/* Bits 1:0 of every opcode: which way data goes (Base 2.1, section 3.3.3.1). */
enum znvme_data_direction {
	ZNVME_DATA_NONE = 0,
	ZNVME_DATA_TO_CTRL = 1,
	ZNVME_DATA_FROM_CTRL = 2,
	ZNVME_DATA_BOTH = 3,
};

static inline enum znvme_data_direction znvme_opcode_direction(uint8_t opcode)
{
	return (enum znvme_data_direction)(opcode & 3);
}

enum znvme_admin_opcode {
	ZNVME_ADM_DELETE_SQ = 0x00,
	ZNVME_ADM_CREATE_SQ = 0x01,
	ZNVME_ADM_GET_LOG_PAGE = 0x02,
	ZNVME_ADM_DELETE_CQ = 0x04,
	ZNVME_ADM_CREATE_CQ = 0x05,
	ZNVME_ADM_IDENTIFY = 0x06,
	ZNVME_ADM_ABORT = 0x08,
	ZNVME_ADM_SET_FEATURES = 0x09,
	ZNVME_ADM_GET_FEATURES = 0x0a,
	ZNVME_ADM_ASYNC_EVENT = 0x0c,
	ZNVME_ADM_NS_MANAGEMENT = 0x0d,
	ZNVME_ADM_FW_COMMIT = 0x10,
	ZNVME_ADM_FW_DOWNLOAD = 0x11,
	ZNVME_ADM_SELF_TEST = 0x14,
	ZNVME_ADM_NS_ATTACH = 0x15,
	ZNVME_ADM_KEEP_ALIVE = 0x18,
	ZNVME_ADM_DIRECTIVE_SEND = 0x19,
	ZNVME_ADM_DIRECTIVE_RECV = 0x1a,
	ZNVME_ADM_VIRT_MGMT = 0x1c,
	ZNVME_ADM_NVME_MI_SEND = 0x1d,
	ZNVME_ADM_NVME_MI_RECV = 0x1e,
	ZNVME_ADM_CAPACITY_MGMT = 0x20,
	ZNVME_ADM_DISCOVERY_MGMT = 0x21,
	ZNVME_ADM_LOCKDOWN = 0x24,
	ZNVME_ADM_CLEAR_EXPORTED_CONFIG = 0x28,
	ZNVME_ADM_CREATE_EXPORTED_SUBSYSTEM = 0x2a,
	ZNVME_ADM_MANAGE_EXPORTED_SUBSYSTEM = 0x2d,
	ZNVME_ADM_MANAGE_EXPORTED_NS = 0x31,
	ZNVME_ADM_MANAGE_EXPORTED_PORT = 0x35,
	ZNVME_ADM_SEND_DISCOVERY_LOG = 0x39,
	ZNVME_ADM_TRACK_SEND = 0x3d,
	ZNVME_ADM_TRACK_RECV = 0x3e,
	ZNVME_ADM_MIGRATION_SEND = 0x41,
	ZNVME_ADM_MIGRATION_RECV = 0x42,
	ZNVME_ADM_CONTROLLER_DATA_QUEUE = 0x45,
	ZNVME_ADM_DBBUF = 0x7c,
	ZNVME_ADM_FABRICS = 0x7f,
	ZNVME_ADM_FORMAT_NVM = 0x80,
	ZNVME_ADM_SECURITY_SEND = 0x81,
	ZNVME_ADM_SECURITY_RECV = 0x82,
	ZNVME_ADM_SANITIZE = 0x84,
	ZNVME_ADM_LOAD_PROGRAM = 0x85,
	ZNVME_ADM_GET_LBA_STATUS = 0x86,
	ZNVME_ADM_PROGRAM_ACTIVATION = 0x88,
	ZNVME_ADM_MEMORY_RANGE_SET = 0x89,
};

enum znvme_io_opcode {
	ZNVME_CMD_FLUSH = 0x00,
	ZNVME_CMD_WRITE = 0x01,
	ZNVME_CMD_READ = 0x02,
	ZNVME_CMD_WRITE_UNCORRECTABLE = 0x04,
	ZNVME_CMD_COMPARE = 0x05,
	ZNVME_CMD_WRITE_ZEROES = 0x08,
	ZNVME_CMD_DSM = 0x09,
	ZNVME_CMD_VERIFY = 0x0c,
	ZNVME_CMD_RESV_REGISTER = 0x0d,
	ZNVME_CMD_RESV_REPORT = 0x0e,
	ZNVME_CMD_RESV_ACQUIRE = 0x11,
	ZNVME_CMD_IO_MGMT_RECV = 0x12,
	ZNVME_CMD_RESV_RELEASE = 0x15,
	ZNVME_CMD_CANCEL = 0x18,
	ZNVME_CMD_COPY = 0x19,
	ZNVME_CMD_IO_MGMT_SEND = 0x1d,
	ZNVME_CMD_ZONE_MGMT_SEND = 0x79,
	ZNVME_CMD_ZONE_MGMT_RECV = 0x7a,
	ZNVME_CMD_ZONE_APPEND = 0x7d,
};

/* Create I/O Completion Queue and Create I/O Submission Queue (Base 2.1, 5.2.1 and 5.2.2) */
#define ZNVME_CREATE_QID   0x0000ffffu /* CDW10: queue identifier */
#define ZNVME_CREATE_QSIZE 0xffff0000u /* CDW10: queue size, 0-based */
#define ZNVME_CREATE_PC	   0x00000001u /* CDW11: physically contiguous */
#define ZNVME_CREATE_IEN   0x00000002u /* CDW11 of a CQ: interrupts enabled */
#define ZNVME_CREATE_IV	   0xffff0000u /* CDW11 of a CQ: interrupt vector */
#define ZNVME_CREATE_QPRIO 0x00000006u /* CDW11 of an SQ: queue priority */
#define ZNVME_CREATE_CQID  0xffff0000u /* CDW11 of an SQ: its completion queue */

/* Identify (Base 2.1, 5.1.13) */
#define ZNVME_IDENTIFY_CNS   0x000000ffu /* CDW10 */
#define ZNVME_IDENTIFY_CNTID 0xffff0000u /* CDW10 */
#define ZNVME_IDENTIFY_CNSSI 0x0000ffffu /* CDW11: CNS specific identifier */
#define ZNVME_IDENTIFY_CSI   0xff000000u /* CDW11: command set identifier */

/* Get Log Page (Base 2.1, 5.1.12) */
#define ZNVME_GET_LOG_LID   0x000000ffu /* CDW10 */
#define ZNVME_GET_LOG_LSP   0x00007f00u /* CDW10: log specific parameter */
#define ZNVME_GET_LOG_RAE   0x00008000u /* CDW10: retain asynchronous event */
#define ZNVME_GET_LOG_NUMDL 0xffff0000u /* CDW10: number of dwords, lower half, 0-based */
#define ZNVME_GET_LOG_NUMDU 0x0000ffffu /* CDW11: upper half */
#define ZNVME_GET_LOG_LSI   0xffff0000u /* CDW11: log specific identifier */
#define ZNVME_GET_LOG_UUIDX 0x0000007fu /* CDW14 */
#define ZNVME_GET_LOG_OT    0x00800000u /* CDW14: offset type, 1: index */
#define ZNVME_GET_LOG_CSI   0xff000000u /* CDW14 */

/* Get Features and Set Features (Base 2.1, 5.1.11 and 5.1.25) */
#define ZNVME_FEATURES_FID 0x000000ffu /* CDW10 */
#define ZNVME_FEATURES_SEL 0x00000700u /* CDW10 of Get: current, default, saved, capabilities */
#define ZNVME_FEATURES_SV  0x80000000u /* CDW10 of Set: save */

/* Abort (Base 2.1, 5.1.1) */
#define ZNVME_ABORT_SQID 0x0000ffffu /* CDW10 */
#define ZNVME_ABORT_CID	 0xffff0000u /* CDW10 */

/* Cancel (Base 2.1, 7.1) */
#define ZNVME_CANCEL_SQID     0x0000ffffu /* CDW10: the queue that it is sent to */
#define ZNVME_CANCEL_CID      0xffff0000u /* CDW10 */
#define ZNVME_CANCEL_MULTIPLE 0x00000001u /* CDW11: all of the namespace; CID is FFFFh */
#define ZNVME_CANCEL_ABORTED  0x0000ffffu /* dword 0: commands that have ended */
#define ZNVME_CANCEL_DEFERRED 0xffff0000u /* dword 0: commands that will, if they are in time */

/* CDW12 of read, write, compare, verify, write zeroes (NVM 1.1, 3.3) */
#define ZNVME_RW_NLB	0x0000ffffu /* number of logical blocks, 0-based */
#define ZNVME_RW_DTYPE	0x00f00000u /* directive type; write zeroes: but for its highest bit */
#define ZNVME_RW_NSZ	0x00800000u /* write zeroes: the whole namespace */
#define ZNVME_RW_STC	0x01000000u /* storage tag check */
#define ZNVME_RW_DEAC	0x02000000u /* write zeroes: deallocate */
#define ZNVME_RW_PRINFO 0x3c000000u /* protection information: the next four */
#define ZNVME_RW_FUA	0x40000000u /* force unit access */
#define ZNVME_RW_LR	0x80000000u /* limited retry */

/* Protection Information Field (NVM 1.1, 5.3.2), and the tags in the other dwords */
#define ZNVME_RW_PRCHK	     0x1c000000u /* CDW12: what the controller checks: the next three */
#define ZNVME_RW_PRCHK_REF   0x04000000u /* CDW12: the reference tag */
#define ZNVME_RW_PRCHK_APP   0x08000000u /* CDW12: the application tag */
#define ZNVME_RW_PRCHK_GUARD 0x10000000u /* CDW12: the guard */
#define ZNVME_RW_PRACT	     0x20000000u /* CDW12: it inserts it, or takes it out */
#define ZNVME_RW_LBAT	     0x0000ffffu /* CDW15: logical block application tag */
#define ZNVME_RW_LBATM	     0xffff0000u /* CDW15: its mask: bits that are checked */
#define ZNVME_RW_LBTU_CDW2   0x0000ffffu /* CDW2: tags, bits 79:64; 63:32 are CDW3, 31:0 CDW14 */

/* Dataset Management (NVM 1.1, 3.3.3) */
#define ZNVME_DSM_NR  0x000000ffu /* CDW10: number of ranges, 0-based */
#define ZNVME_DSM_IDR 0x00000001u /* CDW11: integral dataset for read */
#define ZNVME_DSM_IDW 0x00000002u /* CDW11: integral dataset for write */
#define ZNVME_DSM_AD  0x00000004u /* CDW11: deallocate */

/* CDW13 of read and write: dataset management, hints for the blocks of the command */
#define ZNVME_RW_DSM_AF	    0x0000000fu /* access frequency: 0 none, 1 typical, 2 to 7 as in DSM */
#define ZNVME_RW_DSM_AL	    0x00000030u /* access latency: 0 none, 1 idle, 2 normal, 3 low */
#define ZNVME_RW_DSM_SEQ    0x00000040u /* sequential request */
#define ZNVME_RW_DSM_INCOMP 0x00000080u /* incompressible */

struct znvme_dsm_range {
	uint32_t cattr; /* context attributes */
	uint32_t nlb;	/* length in logical blocks, 1-based */
	uint64_t slba;
};
ZNVME_ASSERT_SIZE(struct znvme_dsm_range, 16);

#define ZNVME_DSM_MAX_RANGES 256u

#define ZNVME_NSID_ALL 0xffffffffu

#endif
