/* SPDX-License-Identifier: MIT */
/*
 * Controller registers in BAR0: offsets and fields (Base 2.1, section 3.1.4) and the doorbells
 * (PCIe Transport 1.1, section 3.1.2). Fields are plain masks for znvme_field_get() and
 * znvme_field_put(). Counts are as on the wire: MQES, NDST and their like are 0-based.
 */
#ifndef ZNVME_SPEC_REGS_H
#define ZNVME_SPEC_REGS_H

#include "types.h"

enum znvme_reg {
	ZNVME_REG_CAP = 0x00,	      /* 64 bits: controller capabilities */
	ZNVME_REG_VS = 0x08,	      /* version */
	ZNVME_REG_INTMS = 0x0c,	      /* interrupt mask set (pin and MSI only) */
	ZNVME_REG_INTMC = 0x10,	      /* interrupt mask clear */
	ZNVME_REG_CC = 0x14,	      /* controller configuration */
	ZNVME_REG_CSTS = 0x1c,	      /* controller status */
	ZNVME_REG_NSSR = 0x20,	      /* NVM subsystem reset */
	ZNVME_REG_AQA = 0x24,	      /* admin queue attributes */
	ZNVME_REG_ASQ = 0x28,	      /* 64 bits: admin submission queue base */
	ZNVME_REG_ACQ = 0x30,	      /* 64 bits: admin completion queue base */
	ZNVME_REG_CMBLOC = 0x38,      /* controller memory buffer location */
	ZNVME_REG_CMBSZ = 0x3c,	      /* controller memory buffer size */
	ZNVME_REG_BPINFO = 0x40,      /* boot partition information */
	ZNVME_REG_BPRSEL = 0x44,      /* boot partition read select */
	ZNVME_REG_BPMBL = 0x48,	      /* 64 bits: boot partition memory buffer location */
	ZNVME_REG_CMBMSC = 0x50,      /* 64 bits: controller memory buffer memory space control */
	ZNVME_REG_CMBSTS = 0x58,      /* controller memory buffer status */
	ZNVME_REG_CMBEBS = 0x5c,      /* controller memory buffer elasticity buffer size */
	ZNVME_REG_CMBSWTP = 0x60,     /* controller memory buffer sustained write throughput */
	ZNVME_REG_NSSD = 0x64,	      /* NVM subsystem shutdown */
	ZNVME_REG_CRTO = 0x68,	      /* controller ready timeouts */
	ZNVME_REG_PMRCAP = 0xe00,     /* persistent memory region capabilities */
	ZNVME_REG_PMRCTL = 0xe04,     /* persistent memory region control */
	ZNVME_REG_PMRSTS = 0xe08,     /* persistent memory region status */
	ZNVME_REG_PMREBS = 0xe0c,     /* persistent memory region elasticity buffer size */
	ZNVME_REG_PMRSWTP = 0xe10,    /* persistent memory region sustained write throughput */
	ZNVME_REG_PMRMSCL = 0xe14,    /* persistent memory region memory space control, lower */
	ZNVME_REG_PMRMSCU = 0xe18,    /* persistent memory region memory space control, upper */
	ZNVME_REG_DOORBELLS = 0x1000, /* SQ 0 tail; then CQ 0 head, SQ 1 tail, … one stride apart */
};

/* CAP */
#define ZNVME_CAP_MQES	   0x000000000000ffffull /* maximum queue entries supported, 0-based */
#define ZNVME_CAP_CQR	   0x0000000000010000ull /* contiguous queues required */
#define ZNVME_CAP_AMS_WRR  0x0000000000020000ull /* weighted round robin with urgent class */
#define ZNVME_CAP_AMS_VS   0x0000000000040000ull /* vendor specific arbitration */
#define ZNVME_CAP_TO	   0x00000000ff000000ull /* time-out for CSTS.RDY, units of 500 ms */
#define ZNVME_CAP_DSTRD	   0x0000000f00000000ull /* doorbell stride: 4 << DSTRD bytes */
#define ZNVME_CAP_NSSRS	   0x0000001000000000ull /* NVM subsystem reset supported */
#define ZNVME_CAP_CSS_NVM  0x0000002000000000ull /* NVM command set */
#define ZNVME_CAP_CSS_IOCS 0x0000080000000000ull /* one or more I/O command sets */
#define ZNVME_CAP_CSS_NONE 0x0000100000000000ull /* no I/O command set: admin only */
#define ZNVME_CAP_BPS	   0x0000200000000000ull /* boot partitions supported */
#define ZNVME_CAP_CPS	   0x0000c00000000000ull /* controller power scope */
#define ZNVME_CAP_MPSMIN   0x000f000000000000ull /* smallest memory page: 2^(12 + MPSMIN) */
#define ZNVME_CAP_MPSMAX   0x00f0000000000000ull /* largest memory page: 2^(12 + MPSMAX) */
#define ZNVME_CAP_PMRS	   0x0100000000000000ull /* persistent memory region supported */
#define ZNVME_CAP_CMBS	   0x0200000000000000ull /* controller memory buffer supported */
#define ZNVME_CAP_NSSS	   0x0400000000000000ull /* NVM subsystem shutdown supported */
#define ZNVME_CAP_CRWMS	   0x0800000000000000ull /* ready with media supported */
#define ZNVME_CAP_CRIMS	   0x1000000000000000ull /* ready independent of media supported */

/* VS */
#define ZNVME_VS_MJR 0xffff0000u /* major version */
#define ZNVME_VS_MNR 0x0000ff00u /* minor version */
#define ZNVME_VS_TER 0x000000ffu /* tertiary version */

/* CC */
#define ZNVME_CC_EN	0x00000001u /* enable */
#define ZNVME_CC_CSS	0x00000070u /* I/O command set selected */
#define ZNVME_CC_MPS	0x00000780u /* memory page size: 2^(12 + MPS) */
#define ZNVME_CC_AMS	0x00003800u /* arbitration mechanism selected */
#define ZNVME_CC_SHN	0x0000c000u /* shutdown notification */
#define ZNVME_CC_IOSQES 0x000f0000u /* I/O submission queue entry size, as a power of two */
#define ZNVME_CC_IOCQES 0x00f00000u /* I/O completion queue entry size, as a power of two */
#define ZNVME_CC_CRIME	0x01000000u /* ready independent of media enable */

enum znvme_cc_value {
	ZNVME_CC_CSS_NVM = 0,	/* NVM command set */
	ZNVME_CC_CSS_IOCS = 6,	/* all supported I/O command sets */
	ZNVME_CC_CSS_ADMIN = 7, /* admin command set only */
	ZNVME_CC_AMS_RR = 0,	/* round robin */
	ZNVME_CC_AMS_WRR = 1,	/* weighted round robin with urgent priority class */
	ZNVME_CC_AMS_VS = 7,	/* vendor specific */
	ZNVME_CC_SHN_NONE = 0,	/* no notification */
	ZNVME_CC_SHN_NORMAL = 1,
	ZNVME_CC_SHN_ABRUPT = 2,
};

/* CSTS */
#define ZNVME_CSTS_RDY	 0x00000001u /* ready */
#define ZNVME_CSTS_CFS	 0x00000002u /* controller fatal status */
#define ZNVME_CSTS_SHST	 0x0000000cu /* shutdown status */
#define ZNVME_CSTS_NSSRO 0x00000010u /* NVM subsystem reset occurred */
#define ZNVME_CSTS_PP	 0x00000020u /* processing paused */
#define ZNVME_CSTS_ST	 0x00000040u /* shutdown type: 1 NVM subsystem */
#define ZNVME_CSTS_GONE	 0xffffffffu /* what a function that has left the bus reads as */

enum znvme_csts_shst {
	ZNVME_SHST_NORMAL = 0,	   /* no shutdown asked for */
	ZNVME_SHST_PROCESSING = 1, /* shutdown under way */
	ZNVME_SHST_COMPLETE = 2,
};

#define ZNVME_NSSR_MAGIC 0x4e564d65u /* "NVMe": what starts a subsystem reset */

/* AQA; both sizes 0-based */
#define ZNVME_AQA_ASQS 0x00000fffu
#define ZNVME_AQA_ACQS 0x0fff0000u

/* CMBLOC and CMBSZ */
#define ZNVME_CMBLOC_BIR     0x00000007u /* base indicator: the BAR it is in */
#define ZNVME_CMBLOC_CQMMS   0x00000008u /* queues may mix memory */
#define ZNVME_CMBLOC_CQPDS   0x00000010u /* queues may be physically discontiguous */
#define ZNVME_CMBLOC_CDPLMS  0x00000020u /* data pointers may mix locations */
#define ZNVME_CMBLOC_CDPCILS 0x00000040u /* data pointers and commands in different locations */
#define ZNVME_CMBLOC_CDMMMS  0x00000080u /* data and metadata may mix memory */
#define ZNVME_CMBLOC_CQDA    0x00000100u /* queue dword alignment */
#define ZNVME_CMBLOC_OFST    0xfffff000u /* offset, in units of CMBSZ.SZU */
#define ZNVME_CMBSZ_SQS	     0x00000001u /* submission queues */
#define ZNVME_CMBSZ_CQS	     0x00000002u /* completion queues */
#define ZNVME_CMBSZ_LISTS    0x00000004u /* PRP and SGL lists */
#define ZNVME_CMBSZ_RDS	     0x00000008u /* read data */
#define ZNVME_CMBSZ_WDS	     0x00000010u /* write data */
#define ZNVME_CMBSZ_SZU	     0x00000f00u /* size units: 4 KiB << (4 * SZU) */
#define ZNVME_CMBSZ_SZ	     0xfffff000u /* size, in units of SZU */

/* BPINFO and BPRSEL */
#define ZNVME_BPINFO_BPSZ  0x00007fffu /* boot partition size, units of 128 KiB */
#define ZNVME_BPINFO_BRS   0x03000000u /* boot read status */
#define ZNVME_BPINFO_ABPID 0x80000000u /* active boot partition */
#define ZNVME_BPRSEL_BPRSZ 0x000003ffu /* read size, units of 4 KiB */
#define ZNVME_BPRSEL_BPROF 0x3ffffc00u /* read offset, units of 4 KiB */
#define ZNVME_BPRSEL_BPID  0x80000000u /* boot partition to read */

/* CMBMSC and CMBSTS */
#define ZNVME_CMBMSC_CRE  0x0000000000000001ull /* capabilities registers enabled */
#define ZNVME_CMBMSC_CMSE 0x0000000000000002ull /* controller memory space enabled */
#define ZNVME_CMBMSC_CBA  0xfffffffffffff000ull /* controller base address */
#define ZNVME_CMBSTS_CBAI 0x00000001u		/* controller base address invalid */

/* CRTO; both in units of 500 ms */
#define ZNVME_CRTO_CRWMT 0x0000ffffu /* ready with media */
#define ZNVME_CRTO_CRIMT 0xffff0000u /* ready independent of media */

/* PMRCAP, PMRCTL, PMRSTS */
#define ZNVME_PMRCAP_RDS    0x00000008u /* read data */
#define ZNVME_PMRCAP_WDS    0x00000010u /* write data */
#define ZNVME_PMRCAP_BIR    0x000000e0u /* base indicator */
#define ZNVME_PMRCAP_PMRTU  0x00000300u /* time units: 0 is 500 ms, 1 is minutes */
#define ZNVME_PMRCAP_PMRWBM 0x00003c00u /* write barrier mechanisms */
#define ZNVME_PMRCAP_PMRTO  0x00ff0000u /* time-out */
#define ZNVME_PMRCAP_CMSS   0x01000000u /* controller memory space supported */
#define ZNVME_PMRCTL_EN	    0x00000001u
#define ZNVME_PMRMSC_CMSE   0x00000002u		  /* PMRMSCL: controller memory space enabled */
#define ZNVME_PMRMSC_CBA    0xfffffffffffff000ull /* both halves: controller base address */
#define ZNVME_PMRSTS_ERR    0x000000ffu
#define ZNVME_PMRSTS_NRDY   0x00000100u
#define ZNVME_PMRSTS_HSTS   0x00000e00u
#define ZNVME_PMRSTS_CBAI   0x00001000u

/* Byte offset of a doorbell in BAR0; `dstrd` is CAP.DSTRD. */
static inline uint32_t znvme_sq_doorbell_offset(uint16_t qid, unsigned dstrd)
{
	return ZNVME_REG_DOORBELLS + 2u * qid * (4u << dstrd);
}

static inline uint32_t znvme_cq_doorbell_offset(uint16_t qid, unsigned dstrd)
{
	return ZNVME_REG_DOORBELLS + (2u * qid + 1u) * (4u << dstrd);
}

#endif
