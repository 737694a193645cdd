/* SPDX-License-Identifier: MIT */
/*
 * Identify: the data structures the controller returns for each CNS value.
 *
 * NVM Express Base Specification 2.1, section 5.1.13 (Identify command), and
 * NVM Command Set Specification 1.1, section 4.1.5 (what that command set adds).
 *
 * Multi-byte integers are little endian. "0-based" marks a field in which 0 means one.
 * A mask is applied to the field it is named after: ZNVME_CTRL_ONCS_* to znvme_id_ctrl.oncs.
 * The structures of the Zoned Namespace and Key Value command sets are not here.
 */
#ifndef ZNVME_SPEC_IDENTIFY_H
#define ZNVME_SPEC_IDENTIFY_H

#include "types.h"

/* Every Identify data structure is one 4 KiB buffer. */
#define ZNVME_IDENTIFY_SIZE 4096u

/* Controller or Namespace Structure: which structure to return (Base 2.1, 5.1.13). */
enum znvme_cns {
	ZNVME_CNS_NS = 0x00,		       /* struct znvme_id_ns, of an active namespace */
	ZNVME_CNS_CTRL = 0x01,		       /* struct znvme_id_ctrl */
	ZNVME_CNS_NS_LIST = 0x02,	       /* struct znvme_id_ns_list, active namespaces */
	ZNVME_CNS_NS_DESC_LIST = 0x03,	       /* a row of struct znvme_ns_id_desc */
	ZNVME_CNS_NVMSET_LIST = 0x04,	       /* struct znvme_id_nvmset_list */
	ZNVME_CNS_CSI_NS = 0x05,	       /* namespace, specific to a command set */
	ZNVME_CNS_CSI_CTRL = 0x06,	       /* controller, specific to a command set */
	ZNVME_CNS_CSI_NS_LIST = 0x07,	       /* active namespaces of a command set */
	ZNVME_CNS_INDEP_NS = 0x08,	       /* struct znvme_id_ns_indep */
	ZNVME_CNS_NS_FORMAT = 0x09,	       /* what znvme_id_ns would say in another format */
	ZNVME_CNS_CSI_NS_FORMAT = 0x0a,	       /* the same for the command set's structure */
	ZNVME_CNS_ALLOC_NS_LIST = 0x10,	       /* allocated namespaces, attached or not */
	ZNVME_CNS_ALLOC_NS = 0x11,	       /* struct znvme_id_ns, of an allocated namespace */
	ZNVME_CNS_NS_CTRL_LIST = 0x12,	       /* controllers a namespace is attached to */
	ZNVME_CNS_CTRL_LIST = 0x13,	       /* controllers of the NVM subsystem */
	ZNVME_CNS_PRIMARY_CTRL_CAPS = 0x14,    /* struct znvme_primary_ctrl_caps */
	ZNVME_CNS_SECONDARY_CTRL_LIST = 0x15,  /* struct znvme_secondary_ctrl_list */
	ZNVME_CNS_NS_GRANULARITY = 0x16,       /* struct znvme_ns_granularity_list */
	ZNVME_CNS_UUID_LIST = 0x17,	       /* struct znvme_uuid_list */
	ZNVME_CNS_DOMAIN_LIST = 0x18,	       /* struct znvme_domain_list */
	ZNVME_CNS_ENDURANCE_GROUP_LIST = 0x19, /* struct znvme_endurance_group_list */
	ZNVME_CNS_CSI_ALLOC_NS_LIST = 0x1a,    /* allocated namespaces of a command set */
	ZNVME_CNS_CSI_ALLOC_NS = 0x1b,	       /* as CSI_NS, of an allocated namespace */
	ZNVME_CNS_IOCS = 0x1c,		       /* struct znvme_id_iocs */
	ZNVME_CNS_UNDERLYING_NS_LIST = 0x1d,   /* namespaces that may be exported */
	ZNVME_CNS_PORTS_LIST = 0x1e,	       /* ports that may be exported */
	ZNVME_CNS_INDEP_ALLOC_NS = 0x1f,       /* as INDEP_NS, of an allocated namespace */
	ZNVME_CNS_CTRL_STATE_FORMATS = 0x20,   /* formats of a migrated controller's state */
};

/* Command Set Identifier: an I/O command set (Base 2.1, 5.1.13). */
enum znvme_csi {
	ZNVME_CSI_NVM = 0x00, /* NVM Command Set: logical blocks */
	ZNVME_CSI_KV = 0x01,  /* Key Value Command Set */
	ZNVME_CSI_ZNS = 0x02, /* Zoned Namespace Command Set */
	ZNVME_CSI_SLM = 0x03, /* Subsystem Local Memory Command Set */
	ZNVME_CSI_CP = 0x04,  /* Computational Programs Command Set */
};

/* ---- controller ---------------------------------------------------------------------------- */

/*
 * Power State Descriptor (Base 2.1, 5.1.13, in CNS 01h). Power is a value times a scale:
 * flags for MP, ips and apws for the other two. Latencies are in microseconds.
 */
struct znvme_id_power_state {
	uint16_t mp; /* maximum power, times 0.01 W or 0.0001 W (flags) */
	uint8_t rsvd2;
	uint8_t flags;	/* ZNVME_PSD_FLAGS_* */
	uint32_t enlat; /* longest time to enter this state; 0: not reported */
	uint32_t exlat; /* longest time to leave this state; 0: not reported */
	uint8_t rrt;	/* rank of read throughput, 0 is best */
	uint8_t rrl;	/* rank of read latency, 0 is best */
	uint8_t rwt;	/* rank of write throughput, 0 is best */
	uint8_t rwl;	/* rank of write latency, 0 is best */
	uint16_t idlp;	/* power when idle for 30 seconds */
	uint8_t ips;	/* scale of idlp, ZNVME_PSD_IPS_* */
	uint8_t rsvd19;
	uint16_t actp;	     /* largest 10 second average under the workload in apws */
	uint8_t apws;	     /* workload and scale of actp, ZNVME_PSD_APWS_* */
	uint8_t epfrt;	     /* emergency power fail recovery time */
	uint8_t fqvt;	     /* forced quiescence vault time */
	uint8_t epfvt;	     /* emergency power fail vault time */
	uint8_t epfr_fqv_ts; /* scales of epfrt and fqvt, ZNVME_PSD_TS_* */
	uint8_t epfvts;	     /* scale of epfvt, ZNVME_PSD_TS_EPFVTS */
	uint8_t rsvd28[4];
};
ZNVME_ASSERT_SIZE(struct znvme_id_power_state, 32);
ZNVME_ASSERT_OFFSET(struct znvme_id_power_state, enlat, 4);
ZNVME_ASSERT_OFFSET(struct znvme_id_power_state, idlp, 16);
ZNVME_ASSERT_OFFSET(struct znvme_id_power_state, actp, 20);
ZNVME_ASSERT_OFFSET(struct znvme_id_power_state, epfvts, 27);

#define ZNVME_PSD_FLAGS_MXPS	0x01u /* mp counts 0.0001 W instead of 0.01 W */
#define ZNVME_PSD_FLAGS_NOPS	0x02u /* non-operational: no I/O in this state */
#define ZNVME_PSD_IPS_SCALE	0xc0u /* enum znvme_power_scale of idlp */
#define ZNVME_PSD_APWS_WORKLOAD 0x07u /* workload of actp */
#define ZNVME_PSD_APWS_SCALE	0xc0u /* enum znvme_power_scale of actp */
#define ZNVME_PSD_TS_EPFRTS	0x0fu /* in epfr_fqv_ts: scale of epfrt */
#define ZNVME_PSD_TS_FQVTS	0xf0u /* in epfr_fqv_ts: scale of fqvt */
#define ZNVME_PSD_TS_EPFVTS	0x0fu /* in epfvts: scale of epfvt */

/* Scale of a power value. */
enum znvme_power_scale {
	ZNVME_POWER_SCALE_NONE = 0,   /* the power is not reported */
	ZNVME_POWER_SCALE_100_UW = 1, /* units of 0.0001 W */
	ZNVME_POWER_SCALE_10_MW = 2,  /* units of 0.01 W */
};

#define ZNVME_POWER_STATES 32u	/* descriptors in znvme_id_ctrl.psd */
#define ZNVME_NQN_SIZE	   256u /* an NQN field: UTF-8, ended by a zero byte */

/*
 * Identify Controller (Base 2.1, 5.1.13, CNS 01h). Strings are ASCII, padded with spaces and
 * not ended by a zero, except subnqn.
 */
struct znvme_id_ctrl {
	/* Controller capabilities and features */
	uint16_t vid;	 /* PCI vendor */
	uint16_t ssvid;	 /* PCI subsystem vendor */
	char sn[20];	 /* serial number */
	char mn[40];	 /* model number */
	char fr[8];	 /* revision of the firmware that runs */
	uint8_t rab;	 /* recommended arbitration burst, log2 of commands */
	uint8_t ieee[3]; /* organization identifier (OUI) of the vendor, little endian */
	uint8_t cmic;	 /* ports, controllers and ANA, ZNVME_CTRL_CMIC_* */
	uint8_t mdts;	 /* largest transfer, log2 of CAP.MPSMIN pages; 0: no limit */
	uint16_t cntlid; /* identifier of this controller in its NVM subsystem */
	uint32_t ver;	 /* version of the specification, as register VS */
	uint32_t rtd3r;	 /* RTD3 resume latency, microseconds; 0: not reported */
	uint32_t rtd3e;	 /* RTD3 entry latency, microseconds; 0: not reported */
	uint32_t oaes;	 /* asynchronous events offered, ZNVME_CTRL_OAES_* */
	uint32_t ctratt; /* attributes, ZNVME_CTRL_CTRATT_* */
	uint16_t rrls;	 /* read recovery levels, bit n is level n */
	uint8_t bpcap;	 /* boot partitions, ZNVME_CTRL_BPCAP_* */
	uint8_t rsvd103;
	uint32_t nssl; /* NVM subsystem shutdown latency, microseconds */
	uint8_t rsvd108[2];
	uint8_t plsi;	      /* power loss signaling, ZNVME_CTRL_PLSI_* */
	uint8_t cntrltype;    /* enum znvme_cntrltype */
	uint8_t fguid[16];    /* GUID of the field-replaceable unit; zero: none */
	uint16_t crdt1;	      /* wait for a completion with CRD 1, units of 100 ms */
	uint16_t crdt2;	      /* wait for a completion with CRD 2, units of 100 ms */
	uint16_t crdt3;	      /* wait for a completion with CRD 3, units of 100 ms */
	uint8_t crcap;	      /* reachability, ZNVME_CTRL_CRCAP_* */
	uint8_t rsvd135[118]; /* the last 13 bytes are for the management interface */
	uint8_t nvmsr;	      /* what the NVM subsystem is part of, ZNVME_CTRL_NVMSR_* */
	uint8_t vwci;	      /* VPD writes left, ZNVME_CTRL_VWCI_* */
	uint8_t mec;	      /* management endpoints, ZNVME_CTRL_MEC_* */

	/* Admin command set attributes and optional capabilities */
	uint16_t oacs;	     /* optional admin commands, ZNVME_CTRL_OACS_* */
	uint8_t acl;	     /* Abort commands at a time, 0-based */
	uint8_t aerl;	     /* Asynchronous Event Requests at a time, 0-based */
	uint8_t frmw;	     /* firmware updates, ZNVME_CTRL_FRMW_* */
	uint8_t lpa;	     /* log page attributes, ZNVME_CTRL_LPA_* */
	uint8_t elpe;	     /* entries of the Error Information log, 0-based */
	uint8_t npss;	     /* power states, 0-based */
	uint8_t avscc;	     /* vendor admin commands, ZNVME_CTRL_AVSCC_* */
	uint8_t apsta;	     /* autonomous power state transitions, ZNVME_CTRL_APSTA_* */
	uint16_t wctemp;     /* warning composite temperature, kelvin; 0: not reported */
	uint16_t cctemp;     /* critical composite temperature, kelvin; 0: not reported */
	uint16_t mtfa;	     /* longest pause for firmware activation, units of 100 ms */
	uint32_t hmpre;	     /* preferred host memory buffer, units of 4 KiB */
	uint32_t hmmin;	     /* smallest host memory buffer, units of 4 KiB */
	uint8_t tnvmcap[16]; /* capacity of the NVM subsystem, bytes */
	uint8_t unvmcap[16]; /* capacity not allocated, bytes */
	uint32_t rpmbs;	     /* replay protected memory blocks, ZNVME_CTRL_RPMBS_* */
	uint16_t edstt;	     /* duration of an extended self-test, minutes */
	uint8_t dsto;	     /* device self-test options, ZNVME_CTRL_DSTO_* */
	uint8_t fwug;	     /* firmware piece granularity, units of 4 KiB; FFh: none */
	uint16_t kas;	     /* granularity of the keep alive timer, units of 100 ms */
	uint16_t hctma;	     /* host controlled thermal management, ZNVME_CTRL_HCTMA_* */
	uint16_t mntmt;	     /* lowest thermal management temperature, kelvin */
	uint16_t mxtmt;	     /* highest thermal management temperature, kelvin */
	uint32_t sanicap;    /* sanitize capabilities, ZNVME_CTRL_SANICAP_* */
	uint32_t hmminds;    /* smallest host memory buffer descriptor, units of 4 KiB */
	uint16_t hmmaxd;     /* most host memory buffer descriptors; 0: no limit */
	uint16_t nsetidmax;  /* largest NVM set identifier */
	uint16_t endgidmax;  /* largest endurance group identifier */
	uint8_t anatt;	     /* longest ANA transition, seconds */
	uint8_t anacap;	     /* ANA capabilities, ZNVME_CTRL_ANACAP_* */
	uint32_t anagrpmax;  /* largest ANA group identifier */
	uint32_t nanagrpid;  /* number of ANA groups */
	uint32_t pels;	     /* largest persistent event log, units of 64 KiB */
	uint16_t domainid;   /* domain that holds this controller; 0: no domains */
	uint8_t kpioc;	     /* key per I/O, ZNVME_CTRL_KPIOC_* */
	uint8_t rsvd359;
	uint16_t mptfawr; /* longest Firmware Commit without reset, units of 100 ms */
	uint8_t rsvd362[6];
	uint8_t megcap[16]; /* largest capacity of an endurance group, bytes */
	uint8_t tmpthha;    /* temperature hysteresis, ZNVME_CTRL_TMPTHHA_* */
	uint8_t rsvd385;
	uint16_t cqt; /* command quiesce time, milliseconds */
	uint8_t rsvd388[124];

	/* NVM (I/O) command set attributes */
	uint8_t sqes;	    /* submission queue entry, log2 of bytes, ZNVME_CTRL_SQES_* */
	uint8_t cqes;	    /* completion queue entry, log2 of bytes, ZNVME_CTRL_CQES_* */
	uint16_t maxcmd;    /* most commands outstanding in a queue; 0: not reported */
	uint32_t nn;	    /* largest namespace identifier */
	uint16_t oncs;	    /* optional I/O commands, ZNVME_CTRL_ONCS_* */
	uint16_t fuses;	    /* fused operations, ZNVME_CTRL_FUSES_* */
	uint8_t fna;	    /* Format NVM attributes, ZNVME_CTRL_FNA_* */
	uint8_t vwc;	    /* volatile write cache, ZNVME_CTRL_VWC_* */
	uint16_t awun;	    /* atomic write unit, logical blocks, 0-based */
	uint16_t awupf;	    /* atomic write unit at power failure, logical blocks, 0-based */
	uint8_t icsvscc;    /* vendor I/O commands, ZNVME_CTRL_ICSVSCC_* */
	uint8_t nwpc;	    /* namespace write protection, ZNVME_CTRL_NWPC_* */
	uint16_t acwu;	    /* atomic compare & write unit, logical blocks, 0-based */
	uint16_t ocfs;	    /* copy descriptor formats, bit n is format n */
	uint32_t sgls;	    /* SGL support, ZNVME_CTRL_SGLS_* */
	uint32_t mnan;	    /* most namespaces; 0: as nn */
	uint8_t maxdna[16]; /* most namespace attachments in the domain */
	uint32_t maxcna;    /* most namespaces attached to this controller */
	uint32_t oaqd;	    /* best total of outstanding commands; 0: not reported */
	uint8_t rhiri;	    /* recommended host-initiated refresh interval, days */
	uint8_t hirt;	    /* duration of a host-initiated refresh, minutes */
	uint16_t cmmrtd;    /* memory range tracking descriptors of the controller */
	uint16_t nmmrtd;    /* memory range tracking descriptors of the NVM subsystem */
	uint8_t minmrtg;    /* finest memory range tracking granularity */
	uint8_t maxmrtg;    /* coarsest memory range tracking granularity */
	uint8_t trattr;	    /* Track commands, ZNVME_CTRL_TRATTR_* */
	uint8_t rsvd577;
	uint16_t mcudmq;  /* user data migration queues of the controller */
	uint16_t mnsudmq; /* user data migration queues of the NVM subsystem */
	uint16_t mcmr;	  /* memory ranges of a controller data queue's PRP1 */
	uint16_t nmcmr;	  /* memory ranges of all controller data queues */
	uint16_t mcdqpc;  /* PRPs of a controller data queue */
	uint8_t rsvd588[180];
	char subnqn[256]; /* NQN of the NVM subsystem, ended by a zero */
	uint8_t rsvd1024[768];

	/* Fabrics attributes; zero over PCI Express */
	uint32_t ioccsz; /* command capsule, units of 16 bytes */
	uint32_t iorcsz; /* response capsule, units of 16 bytes */
	uint16_t icdoff; /* in-capsule data offset, units of 16 bytes */
	uint8_t fcatt;	 /* attributes, ZNVME_CTRL_FCATT_* */
	uint8_t msdbd;	 /* SGL data block descriptors in a capsule; 0: no limit */
	uint16_t ofcs;	 /* optional fabrics commands, ZNVME_CTRL_OFCS_* */
	uint8_t dctype;	 /* kind of discovery controller; 0: none */
	uint8_t rsvd1807[241];

	struct znvme_id_power_state psd[32]; /* npss + 1 of them are valid */
	uint8_t vs[1024];		     /* vendor specific */
};
ZNVME_ASSERT_SIZE(struct znvme_id_ctrl, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, sn, 4);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, mn, 24);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, fr, 64);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, mdts, 77);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, ver, 80);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, ctratt, 96);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, nssl, 104);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, cntrltype, 111);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, crdt1, 128);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, crcap, 134);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, nvmsr, 253);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, oacs, 256);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, hmpre, 272);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, rpmbs, 312);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, sanicap, 328);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, anagrpmax, 344);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, kpioc, 358);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, mptfawr, 360);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, megcap, 368);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, cqt, 386);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, sqes, 512);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, nn, 516);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, vwc, 525);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, sgls, 536);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, maxcna, 560);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, oaqd, 564);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, mcdqpc, 586);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, subnqn, 768);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, ioccsz, 1792);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, dctype, 1806);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, psd, 2048);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl, vs, 3072);

/* Kind of controller (cntrltype). */
enum znvme_cntrltype {
	ZNVME_CNTRLTYPE_NONE = 0, /* not reported: older than 1.4 */
	ZNVME_CNTRLTYPE_IO = 1,
	ZNVME_CNTRLTYPE_DISCOVERY = 2,
	ZNVME_CNTRLTYPE_ADMIN = 3,
};

#define ZNVME_CTRL_CMIC_MULTI_PORT 0x01u /* the NVM subsystem may have several ports */
#define ZNVME_CTRL_CMIC_MULTI_CTRL 0x02u /* the NVM subsystem may have several controllers */
#define ZNVME_CTRL_CMIC_SRIOV_VF   0x04u /* this controller is a virtual function */
#define ZNVME_CTRL_CMIC_ANA	   0x08u /* asymmetric namespace access is reported */

#define ZNVME_CTRL_OAES_NS	     0x00000100u /* attached namespace attributes changed */
#define ZNVME_CTRL_OAES_FW	     0x00000200u /* firmware activation starts */
#define ZNVME_CTRL_OAES_ANA	     0x00000800u /* ANA state changed */
#define ZNVME_CTRL_OAES_PLM	     0x00001000u /* predictable latency event aggregate */
#define ZNVME_CTRL_OAES_LBA_STATUS   0x00002000u /* LBA status information */
#define ZNVME_CTRL_OAES_ENDURANCE    0x00004000u /* endurance group event aggregate */
#define ZNVME_CTRL_OAES_SHUTDOWN     0x00008000u /* normal NVM subsystem shutdown */
#define ZNVME_CTRL_OAES_TEMP_HYST    0x00010000u /* temperature hysteresis recovery */
#define ZNVME_CTRL_OAES_REACHABILITY 0x00020000u /* reachability groups changed */
#define ZNVME_CTRL_OAES_ALLOC_NS     0x00080000u /* allocated namespace attributes changed */
#define ZNVME_CTRL_OAES_ZONE	     0x08000000u /* zone descriptor changed */
#define ZNVME_CTRL_OAES_DISCOVERY    0x80000000u /* discovery log changed */

#define ZNVME_CTRL_CTRATT_128_BIT_HOSTID      0x00000001u /* 128-bit host identifier */
#define ZNVME_CTRL_CTRATT_NOPSPM	      0x00000002u /* non-operational permissive mode */
#define ZNVME_CTRL_CTRATT_NVM_SETS	      0x00000004u /* NVM sets */
#define ZNVME_CTRL_CTRATT_RRLVLS	      0x00000008u /* read recovery levels */
#define ZNVME_CTRL_CTRATT_ENDURANCE_GROUPS    0x00000010u /* endurance groups */
#define ZNVME_CTRL_CTRATT_PLM		      0x00000020u /* predictable latency mode */
#define ZNVME_CTRL_CTRATT_TBKAS		      0x00000040u /* traffic based keep alive */
#define ZNVME_CTRL_CTRATT_NS_GRANULARITY      0x00000080u /* namespace granularity list */
#define ZNVME_CTRL_CTRATT_SQ_ASSOC	      0x00000100u /* submission queue associations */
#define ZNVME_CTRL_CTRATT_UUID_LIST	      0x00000200u /* UUID list */
#define ZNVME_CTRL_CTRATT_MDS		      0x00000400u /* multi-domain NVM subsystem */
#define ZNVME_CTRL_CTRATT_FIXED_CAP	      0x00000800u /* fixed capacity management */
#define ZNVME_CTRL_CTRATT_VARIABLE_CAP	      0x00001000u /* variable capacity management */
#define ZNVME_CTRL_CTRATT_DEL_ENDURANCE_GROUP 0x00002000u /* endurance groups can be deleted */
#define ZNVME_CTRL_CTRATT_DEL_NVM_SET	      0x00004000u /* NVM sets can be deleted */
#define ZNVME_CTRL_CTRATT_ELBAS		      0x00008000u /* extended LBA formats */
#define ZNVME_CTRL_CTRATT_MEM		      0x00010000u /* size limits leave out metadata */
#define ZNVME_CTRL_CTRATT_HMBR		      0x00020000u /* HMB access can be restricted */
#define ZNVME_CTRL_CTRATT_RHII		      0x00040000u /* reservations need a host identifier */
#define ZNVME_CTRL_CTRATT_FDPS		      0x00080000u /* flexible data placement */

#define ZNVME_CTRL_BPCAP_RPMB	      0x03u /* write protection by RPMB: 1 no, 2 yes */
#define ZNVME_BPCAP_RPMB_SUPPORTED    0x02u
#define ZNVME_CTRL_BPCAP_SET_FEATURES 0x04u /* write protection by Set Features */

#define ZNVME_CTRL_PLSI_EPF 0x01u /* emergency power fail is signaled */
#define ZNVME_CTRL_PLSI_FQ  0x02u /* forced quiescence is signaled */

#define ZNVME_CTRL_CRCAP_RRSUP 0x01u /* reachability is reported */
#define ZNVME_CTRL_CRCAP_RGIDC 0x02u /* a reachability group identifier may change */

#define ZNVME_CTRL_NVMSR_NVMESD 0x01u /* part of a storage device */
#define ZNVME_CTRL_NVMSR_NVMEE	0x02u /* part of an enclosure */

#define ZNVME_CTRL_VWCI_VWCR  0x7fu /* VPD writes left; 7Fh: that many or more */
#define ZNVME_CTRL_VWCI_VWCRV 0x80u /* VWCR is valid */

#define ZNVME_CTRL_MEC_SMBUS 0x01u /* management endpoint on SMBus/I2C */
#define ZNVME_CTRL_MEC_PCIE  0x02u /* management endpoint on PCI Express */

#define ZNVME_CTRL_OACS_SECURITY   0x0001u /* Security Send and Receive */
#define ZNVME_CTRL_OACS_FORMAT	   0x0002u /* Format NVM */
#define ZNVME_CTRL_OACS_FW	   0x0004u /* Firmware Commit and Image Download */
#define ZNVME_CTRL_OACS_NS_MGMT	   0x0008u /* Namespace Management and Attachment */
#define ZNVME_CTRL_OACS_SELF_TEST  0x0010u /* Device Self-test */
#define ZNVME_CTRL_OACS_DIRECTIVES 0x0020u /* Directive Send and Receive */
#define ZNVME_CTRL_OACS_NVME_MI	   0x0040u /* NVMe-MI Send and Receive */
#define ZNVME_CTRL_OACS_VIRT_MGMT  0x0080u /* Virtualization Management */
#define ZNVME_CTRL_OACS_DBBUF	   0x0100u /* Doorbell Buffer Config */
#define ZNVME_CTRL_OACS_LBA_STATUS 0x0200u /* Get LBA Status */
#define ZNVME_CTRL_OACS_LOCKDOWN   0x0400u /* Lockdown */
#define ZNVME_CTRL_OACS_MIGRATION  0x0800u /* host managed live migration */

#define ZNVME_CTRL_FRMW_SLOT1_RO 0x01u /* slot 1 cannot be written */
#define ZNVME_CTRL_FRMW_NR_SLOTS 0x0eu /* number of slots, 1 to 7 */
#define ZNVME_CTRL_FRMW_NO_RESET 0x10u /* activation without a reset */
#define ZNVME_CTRL_FRMW_OVERLAP	 0x20u /* overlapping updates are detected */

#define ZNVME_CTRL_LPA_SMART_PER_NS	0x01u /* SMART log of a single namespace */
#define ZNVME_CTRL_LPA_CMD_EFFECTS	0x02u /* Commands Supported and Effects log */
#define ZNVME_CTRL_LPA_EXTENDED		0x04u /* offset and 32-bit length in Get Log Page */
#define ZNVME_CTRL_LPA_TELEMETRY	0x08u /* telemetry logs */
#define ZNVME_CTRL_LPA_PERSISTENT_EVENT 0x10u /* persistent event log */
#define ZNVME_CTRL_LPA_MLPS		0x20u /* logs 00h, 12h and 13h, and scopes in log 05h */
#define ZNVME_CTRL_LPA_TELEMETRY_DA4	0x40u /* data area 4 in the telemetry logs */

#define ZNVME_CTRL_AVSCC_COMMON	   0x01u /* all use the common vendor command format */
#define ZNVME_CTRL_APSTA_SUPPORTED 0x01u /* autonomous power state transitions */

#define ZNVME_CTRL_RPMBS_NR_UNITS    0x00000007u /* number of RPMB targets */
#define ZNVME_CTRL_RPMBS_AUTH	     0x00000038u /* authentication; 0: HMAC SHA-256 */
#define ZNVME_CTRL_RPMBS_TOTAL_SIZE  0x00ff0000u /* size of a target, 128 KiB, 0-based */
#define ZNVME_CTRL_RPMBS_ACCESS_SIZE 0xff000000u /* largest access, 512 B, 0-based */

#define ZNVME_CTRL_DSTO_ONE  0x01u /* one self-test at a time in the NVM subsystem */
#define ZNVME_CTRL_DSTO_HIRS 0x02u /* host-initiated refresh */

#define ZNVME_CTRL_HCTMA_SUPPORTED 0x0001u /* host controlled thermal management */
#define ZNVME_CTRL_TMPTHHA_TMPTHMH 0x07u   /* largest temperature hysteresis, kelvin */

#define ZNVME_CTRL_SANICAP_CRYPTO    0x00000001u /* crypto erase */
#define ZNVME_CTRL_SANICAP_BLOCK     0x00000002u /* block erase */
#define ZNVME_CTRL_SANICAP_OVERWRITE 0x00000004u /* overwrite */
#define ZNVME_CTRL_SANICAP_VERIFY    0x00000008u /* media verification state */
#define ZNVME_CTRL_SANICAP_NDI	     0x20000000u /* "no deallocate" is not honoured */
#define ZNVME_CTRL_SANICAP_NODMMAS   0xc0000000u /* media changed after: 1 no, 2 yes */

#define ZNVME_CTRL_ANACAP_OPTIMIZED	  0x01u /* state Optimized is reported */
#define ZNVME_CTRL_ANACAP_NONOPTIMIZED	  0x02u /* state Non-Optimized is reported */
#define ZNVME_CTRL_ANACAP_INACCESSIBLE	  0x04u /* state Inaccessible is reported */
#define ZNVME_CTRL_ANACAP_PERSISTENT_LOSS 0x08u /* state Persistent Loss is reported */
#define ZNVME_CTRL_ANACAP_CHANGE	  0x10u /* state Change is reported */
#define ZNVME_CTRL_ANACAP_GRPID_FIXED	  0x40u /* the group of an attached namespace stays */
#define ZNVME_CTRL_ANACAP_GRPID_MGMT	  0x80u /* Namespace Management can name a group */

#define ZNVME_CTRL_KPIOC_KPIOS	0x01u /* key per I/O */
#define ZNVME_CTRL_KPIOC_KPIOSC 0x02u /* for all namespaces, or for none */

#define ZNVME_CTRL_SQES_MIN 0x0fu /* required entry size, log2 of bytes */
#define ZNVME_CTRL_SQES_MAX 0xf0u /* largest entry size, log2 of bytes */
#define ZNVME_CTRL_CQES_MIN 0x0fu /* required entry size, log2 of bytes */
#define ZNVME_CTRL_CQES_MAX 0xf0u /* largest entry size, log2 of bytes */

#define ZNVME_CTRL_ONCS_COMPARE		    0x0001u /* Compare */
#define ZNVME_CTRL_ONCS_WRITE_UNCORRECTABLE 0x0002u /* Write Uncorrectable */
#define ZNVME_CTRL_ONCS_DSM		    0x0004u /* Dataset Management */
#define ZNVME_CTRL_ONCS_WRITE_ZEROES	    0x0008u /* Write Zeroes */
#define ZNVME_CTRL_ONCS_SAVE_SELECT	    0x0010u /* Save and Select in Set and Get Features */
#define ZNVME_CTRL_ONCS_RESERVATIONS	    0x0020u /* reservations */
#define ZNVME_CTRL_ONCS_TIMESTAMP	    0x0040u /* Timestamp feature */
#define ZNVME_CTRL_ONCS_VERIFY		    0x0080u /* Verify */
#define ZNVME_CTRL_ONCS_COPY		    0x0100u /* Copy */
#define ZNVME_CTRL_ONCS_COPY_ATOMIC	    0x0200u /* a Copy writes as atomically as one Write */
#define ZNVME_CTRL_ONCS_COPY_ALL_FAST	    0x0400u /* every Copy is a fast copy */
#define ZNVME_CTRL_ONCS_WZ_DEALLOC_LIMIT    0x0800u /* WZDSL limits Write Zeroes with deallocate */
#define ZNVME_CTRL_ONCS_NS_ZEROES	    0x1000u /* Write Zeroes of a whole namespace */

#define ZNVME_CTRL_FUSES_COMPARE_WRITE 0x0001u /* fused Compare and Write */

#define ZNVME_CTRL_FNA_FORMAT_ALL   0x01u /* a format is for all namespaces */
#define ZNVME_CTRL_FNA_ERASE_ALL    0x02u /* a secure erase is for all namespaces */
#define ZNVME_CTRL_FNA_CRYPTO_ERASE 0x04u /* cryptographic erase */
#define ZNVME_CTRL_FNA_NO_NSID_ALL  0x08u /* Format NVM takes no NSID FFFFFFFFh */

#define ZNVME_CTRL_VWC_PRESENT 0x01u /* there is a volatile write cache */
#define ZNVME_CTRL_VWC_FLUSH   0x06u /* Flush with NSID FFFFFFFFh: 2 no, 3 yes */

#define ZNVME_CTRL_ICSVSCC_COMMON 0x01u /* all use the common vendor command format */

#define ZNVME_CTRL_NWPC_WRITE_PROTECT 0x01u /* namespaces can be write protected */
#define ZNVME_CTRL_NWPC_POWER_CYCLE   0x02u /* until the next power cycle */
#define ZNVME_CTRL_NWPC_PERMANENT     0x04u /* for ever */

#define ZNVME_CTRL_SGLS_SUPPORTED  0x00000003u /* enum znvme_sgls */
#define ZNVME_CTRL_SGLS_KEYED	   0x00000004u /* keyed data block descriptor */
#define ZNVME_CTRL_SGLS_SDT	   0x0000ff00u /* recommended most descriptors; 0: none */
#define ZNVME_CTRL_SGLS_BIT_BUCKET 0x00010000u /* bit bucket descriptor */
#define ZNVME_CTRL_SGLS_MPTR_BYTE  0x00020000u /* metadata pointer to a byte-aligned buffer */
#define ZNVME_CTRL_SGLS_OVERSIZE   0x00040000u /* an SGL may be longer than the data */
#define ZNVME_CTRL_SGLS_MPTR_SGL   0x00080000u /* metadata pointer to an SGL descriptor */
#define ZNVME_CTRL_SGLS_OFFSET	   0x00100000u /* addresses that are offsets */
#define ZNVME_CTRL_SGLS_TRANSPORT  0x00200000u /* transport data block descriptor */

/* SGLs in I/O commands (ZNVME_CTRL_SGLS_SUPPORTED). */
enum znvme_sgls {
	ZNVME_SGLS_NONE = 0,  /* PRPs only */
	ZNVME_SGLS_BYTE = 1,  /* any alignment and length */
	ZNVME_SGLS_DWORD = 2, /* aligned to, and multiples of, four bytes */
};

#define ZNVME_CTRL_TRATTR_THMCS 0x01u /* host memory changes can be tracked */
#define ZNVME_CTRL_TRATTR_TUDCS 0x02u /* user data changes can be tracked */
#define ZNVME_CTRL_TRATTR_MRTLL 0x04u /* the length of a tracked range is limited */

#define ZNVME_CTRL_FCATT_STATIC	   0x01u   /* static controller model */
#define ZNVME_CTRL_OFCS_DISCONNECT 0x0001u /* Disconnect, single I/O queues deleted */

/* I/O command sets (Base 2.1, 5.1.13, CNS 1Ch): each vector is a combination offered together. */
struct znvme_id_iocs {
	uint64_t iocsc[512]; /* bit n: the command set with CSI n */
};
ZNVME_ASSERT_SIZE(struct znvme_id_iocs, 4096);

/* Identify Controller of the NVM Command Set (NVM 1.1, 4.1.5.4; CNS 06h, CSI 00h). */
struct znvme_id_ctrl_nvm {
	uint8_t vsl;	 /* largest Verify, as mdts; 0: no limit */
	uint8_t wzsl;	 /* largest Write Zeroes, as mdts; 0: no limit */
	uint8_t wusl;	 /* largest Write Uncorrectable, as mdts; 0: no limit */
	uint8_t dmrl;	 /* ranges of a Dataset Management; 0: no limit */
	uint32_t dmrsl;	 /* logical blocks of such a range; 0: no limit */
	uint64_t dmsl;	 /* logical blocks of all its ranges; 0: no limit */
	uint8_t kpiocap; /* key per I/O, as kpioc */
	uint8_t wzdsl;	 /* largest Write Zeroes with deallocate, as mdts */
	uint16_t aocs;	 /* optional admin commands, ZNVME_CTRL_NVM_AOCS_* */
	uint32_t ver;	 /* version of the NVM Command Set Specification */
	uint8_t lbamqf;	 /* format of LBA migration queue entries */
	uint8_t rsvd25[4071];
};
ZNVME_ASSERT_SIZE(struct znvme_id_ctrl_nvm, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl_nvm, dmrsl, 4);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl_nvm, dmsl, 8);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl_nvm, aocs, 18);
ZNVME_ASSERT_OFFSET(struct znvme_id_ctrl_nvm, lbamqf, 24);

#define ZNVME_CTRL_NVM_AOCS_RALBAS 0x0001u /* Get LBA Status reports allocated blocks */

#define ZNVME_CTRL_LIST_MAX 2047u /* identifiers in a controller list */

/* Controller list (Base 2.1, 4.6.1; CNS 12h and 13h, Namespace Attachment), rising. */
struct znvme_ctrl_list {
	uint16_t num; /* identifiers that follow */
	uint16_t identifier[2047];
};
ZNVME_ASSERT_SIZE(struct znvme_ctrl_list, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_ctrl_list, identifier, 2);

/* Primary controller capabilities (Base 2.1, 5.1.13, CNS 14h): its flexible resources. */
struct znvme_primary_ctrl_caps {
	uint16_t cntlid; /* this controller */
	uint16_t portid; /* its port */
	uint8_t crt;	 /* kinds of resources, ZNVME_PRIMARY_CRT_* */
	uint8_t rsvd5[27];
	uint32_t vqfrt;	 /* VQ flexible resources in total */
	uint32_t vqrfa;	 /* of these, assigned to secondary controllers */
	uint16_t vqrfap; /* of these, allocated to this controller */
	uint16_t vqprt;	 /* VQ private resources */
	uint16_t vqfrsm; /* most VQ resources of a secondary controller */
	uint16_t vqgran; /* preferred granularity of VQ assignments */
	uint8_t rsvd48[16];
	uint32_t vifrt;	 /* VI flexible resources in total */
	uint32_t virfa;	 /* of these, assigned to secondary controllers */
	uint16_t virfap; /* of these, allocated to this controller */
	uint16_t viprt;	 /* VI private resources */
	uint16_t vifrsm; /* most VI resources of a secondary controller */
	uint16_t vigran; /* preferred granularity of VI assignments */
	uint8_t rsvd80[4016];
};
ZNVME_ASSERT_SIZE(struct znvme_primary_ctrl_caps, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_primary_ctrl_caps, vqfrt, 32);
ZNVME_ASSERT_OFFSET(struct znvme_primary_ctrl_caps, vifrt, 64);

#define ZNVME_PRIMARY_CRT_VQ 0x01u /* queues */
#define ZNVME_PRIMARY_CRT_VI 0x02u /* interrupts */

/* An entry of the secondary controller list. */
struct znvme_secondary_ctrl {
	uint16_t scid; /* the secondary controller */
	uint16_t pcid; /* its primary controller */
	uint8_t scs;   /* state, ZNVME_SECONDARY_SCS_* */
	uint8_t rsvd5[3];
	uint16_t vfn; /* virtual function number; 0: not a virtual function */
	uint16_t nvq; /* VQ resources assigned */
	uint16_t nvi; /* VI resources assigned */
	uint8_t rsvd14[18];
};
ZNVME_ASSERT_SIZE(struct znvme_secondary_ctrl, 32);
ZNVME_ASSERT_OFFSET(struct znvme_secondary_ctrl, vfn, 8);

#define ZNVME_SECONDARY_SCS_ONLINE 0x01u /* the controller is online */

/* Secondary controller list (Base 2.1, 5.1.13, CNS 15h). */
struct znvme_secondary_ctrl_list {
	uint8_t num; /* entries that follow */
	uint8_t rsvd1[31];
	struct znvme_secondary_ctrl sc_entry[127];
};
ZNVME_ASSERT_SIZE(struct znvme_secondary_ctrl_list, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_secondary_ctrl_list, sc_entry, 32);

/* An entry of the UUID list. */
struct znvme_uuid_list_entry {
	uint8_t header; /* ZNVME_UUID_HEADER_* */
	uint8_t rsvd1[15];
	uint8_t uuid[16]; /* big endian, as RFC 4122; zero: end of the list */
};
ZNVME_ASSERT_SIZE(struct znvme_uuid_list_entry, 32);
ZNVME_ASSERT_OFFSET(struct znvme_uuid_list_entry, uuid, 16);

#define ZNVME_UUID_HEADER_ASSOC 0x03u /* 0 none, 1 PCI vendor, 2 subsystem vendor */

/* UUID list (Base 2.1, 5.1.13, CNS 17h). A UUID index of 1 is entry[0]. */
struct znvme_uuid_list {
	uint8_t rsvd0[32];
	struct znvme_uuid_list_entry entry[127];
};
ZNVME_ASSERT_SIZE(struct znvme_uuid_list, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_uuid_list, entry, 32);

/* ---- namespaces ---------------------------------------------------------------------------- */

/* LBA format (NVM 1.1, 4.1.5.1): a size of logical block and its metadata. */
struct znvme_lbaf {
	uint16_t ms;   /* metadata bytes a logical block */
	uint8_t lbads; /* data bytes a logical block, log2; 0: format not available */
	uint8_t rp;    /* relative performance, ZNVME_LBAF_RP */
};
ZNVME_ASSERT_SIZE(struct znvme_lbaf, 4);
ZNVME_ASSERT_OFFSET(struct znvme_lbaf, lbads, 2);

#define ZNVME_LBAF_RP	  0x03u /* 0 best, 1 better, 2 good, 3 degraded */
#define ZNVME_NS_LBAF_MAX 64u	/* entries of znvme_id_ns.lbaf */

/* Identify Namespace (NVM 1.1, 4.1.5.1; CNS 00h, 09h and 11h). Sizes are in logical blocks. */
struct znvme_id_ns {
	uint64_t nsze;	    /* size: LBAs go from 0 to nsze - 1 */
	uint64_t ncap;	    /* blocks that may be allocated at a time */
	uint64_t nuse;	    /* blocks that are allocated */
	uint8_t nsfeat;	    /* features, ZNVME_NS_NSFEAT_* */
	uint8_t nlbaf;	    /* LBA formats, 0-based */
	uint8_t flbas;	    /* the format in use, ZNVME_NS_FLBAS_* */
	uint8_t mc;	    /* ways to transfer metadata, ZNVME_NS_MC_* */
	uint8_t dpc;	    /* protection information offered, ZNVME_NS_DPC_* */
	uint8_t dps;	    /* protection information in use, ZNVME_NS_DPS_* */
	uint8_t nmic;	    /* sharing, ZNVME_NS_NMIC_* */
	uint8_t rescap;	    /* reservations, ZNVME_NS_RESCAP_* */
	uint8_t fpi;	    /* progress of a format, ZNVME_NS_FPI_* */
	uint8_t dlfeat;	    /* deallocated blocks, ZNVME_NS_DLFEAT_* */
	uint16_t nawun;	    /* atomic write unit, 0-based */
	uint16_t nawupf;    /* atomic write unit at power failure, 0-based */
	uint16_t nacwu;	    /* atomic compare & write unit, 0-based */
	uint16_t nabsn;	    /* atomic boundary, 0-based; 0: no boundary */
	uint16_t nabo;	    /* LBA of the first atomic boundary */
	uint16_t nabspf;    /* atomic boundary at power failure, 0-based; 0: none */
	uint16_t noiob;	    /* boundary that an I/O had better not cross; 0: none */
	uint8_t nvmcap[16]; /* capacity allocated to the namespace, bytes */
	uint16_t npwg;	    /* preferred write granularity, 0-based */
	uint16_t npwa;	    /* preferred write alignment, 0-based */
	uint16_t npdg;	    /* preferred deallocate granularity, 0-based */
	uint16_t npda;	    /* preferred deallocate alignment, 0-based */
	uint16_t nows;	    /* optimal write size, 0-based */
	uint16_t mssrl;	    /* blocks of one source range of a Copy */
	uint32_t mcl;	    /* blocks of a Copy */
	uint8_t msrc;	    /* source ranges of a Copy, 0-based */
	uint8_t kpios;	    /* key per I/O, ZNVME_NS_KPIOS_* */
	uint8_t nulbaf;	    /* formats with unique attributes, after the nlbaf + 1 others */
	uint8_t rsvd83;
	uint32_t kpiodaag; /* alignment and granularity with a key tag, 0-based */
	uint8_t rsvd88[4];
	uint32_t anagrpid; /* ANA group; 0: none */
	uint8_t rsvd96[3];
	uint8_t nsattr;		    /* attributes, ZNVME_NS_NSATTR_* */
	uint16_t nvmsetid;	    /* NVM set; 0: none */
	uint16_t endgid;	    /* endurance group; 0: none */
	uint8_t nguid[16];	    /* globally unique identifier, big endian; zero: none */
	uint8_t eui64[8];	    /* IEEE extended unique identifier, big endian; zero: none */
	struct znvme_lbaf lbaf[64]; /* nlbaf + 1, then nulbaf, of them are valid */
	uint8_t vs[3712];	    /* vendor specific */
};
ZNVME_ASSERT_SIZE(struct znvme_id_ns, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, nsfeat, 24);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, flbas, 26);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, dlfeat, 33);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, nawun, 34);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, noiob, 46);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, nvmcap, 48);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, mssrl, 74);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, msrc, 80);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, kpiodaag, 84);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, anagrpid, 92);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, nguid, 104);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, eui64, 120);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, lbaf, 128);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns, vs, 384);

#define ZNVME_NS_NSFEAT_THIN	  0x01u /* thin provisioning: ncap below nsze */
#define ZNVME_NS_NSFEAT_ATOMIC	  0x02u /* nawun, nawupf, nacwu hold, not the controller's */
#define ZNVME_NS_NSFEAT_DAE	  0x04u /* reading a deallocated block can be an error */
#define ZNVME_NS_NSFEAT_UID_REUSE 0x08u /* nguid and eui64 are never used again */
#define ZNVME_NS_NSFEAT_OPTPERF	  0x30u /* npwg to nows: 1 valid, 2 and 3 also npdgl, npdal */
#define ZNVME_NS_NSFEAT_MAM	  0x40u /* multiple atomicity mode */
#define ZNVME_NS_NSFEAT_OPTRPERF  0x80u /* nprg, npra and nors are valid */

#define ZNVME_NS_FLBAS_LO	0x0fu /* low four bits of the format's index */
#define ZNVME_NS_FLBAS_META_EXT 0x10u /* metadata follows the data of its block */
#define ZNVME_NS_FLBAS_HI	0x60u /* high two bits of the index, if there are > 16 */

#define ZNVME_NS_MC_EXTENDED 0x01u /* metadata after the data of its block */
#define ZNVME_NS_MC_SEPARATE 0x02u /* metadata in a buffer of its own */

#define ZNVME_NS_DPC_TYPE1 0x01u /* protection type 1 */
#define ZNVME_NS_DPC_TYPE2 0x02u /* protection type 2 */
#define ZNVME_NS_DPC_TYPE3 0x04u /* protection type 3 */
#define ZNVME_NS_DPC_FIRST 0x08u /* in the first bytes of metadata */
#define ZNVME_NS_DPC_LAST  0x10u /* in the last bytes of metadata */

#define ZNVME_NS_DPS_TYPE  0x07u /* 0 none, else the protection type */
#define ZNVME_NS_DPS_FIRST 0x08u /* in the first bytes of metadata */

#define ZNVME_NS_NMIC_SHARED	0x01u /* may be attached to several controllers */
#define ZNVME_NS_NMIC_DISPERSED 0x02u /* may be in several NVM subsystems */

#define ZNVME_NS_RESCAP_PTPL	 0x01u /* reservations can persist through power loss */
#define ZNVME_NS_RESCAP_WE	 0x02u /* Write Exclusive */
#define ZNVME_NS_RESCAP_EA	 0x04u /* Exclusive Access */
#define ZNVME_NS_RESCAP_WERO	 0x08u /* Write Exclusive, Registrants Only */
#define ZNVME_NS_RESCAP_EARO	 0x10u /* Exclusive Access, Registrants Only */
#define ZNVME_NS_RESCAP_WEAR	 0x20u /* Write Exclusive, All Registrants */
#define ZNVME_NS_RESCAP_EAAR	 0x40u /* Exclusive Access, All Registrants */
#define ZNVME_NS_RESCAP_IEKEY_13 0x80u /* Ignore Existing Key as of version 1.3 */

#define ZNVME_NS_FPI_REMAINING 0x7fu /* percent still to be formatted */
#define ZNVME_NS_FPI_SUPPORTED 0x80u /* progress is reported */

#define ZNVME_NS_DLFEAT_READ	     0x07u /* enum znvme_dlfeat_read */
#define ZNVME_NS_DLFEAT_WRITE_ZEROES 0x08u /* Write Zeroes can deallocate */
#define ZNVME_NS_DLFEAT_GUARD_CRC    0x10u /* the guard is a CRC, not all ones */

/* What a deallocated block reads as (ZNVME_NS_DLFEAT_READ). */
enum znvme_dlfeat_read {
	ZNVME_DLFEAT_READ_UNKNOWN = 0, /* not reported */
	ZNVME_DLFEAT_READ_ZEROES = 1,  /* all bytes 00h */
	ZNVME_DLFEAT_READ_ONES = 2,    /* all bytes FFh */
};

#define ZNVME_NS_NSATTR_WRITE_PROTECTED 0x01u /* write protected at present */

#define ZNVME_NS_KPIOS_ENABLED	 0x01u /* key per I/O is enabled */
#define ZNVME_NS_KPIOS_SUPPORTED 0x02u /* key per I/O is supported */

/* Identify Namespace of the NVM Command Set (NVM 1.1, 4.1.5.3; CNS 05h, CSI 00h). */
struct znvme_id_ns_nvm {
	uint64_t lbstm; /* storage tag bits that are checked */
	uint8_t pic;	/* protection information, ZNVME_NS_NVM_PIC_* */
	uint8_t pifa;	/* protection information format, ZNVME_NS_NVM_PIFA_* */
	uint8_t rsvd10[2];
	uint32_t elbaf[64]; /* extension of each znvme_id_ns.lbaf, ZNVME_NS_NVM_ELBAF_* */
	uint32_t npdgl;	    /* preferred deallocate granularity, large; 0: not reported */
	uint32_t nprg;	    /* preferred read granularity, 0-based */
	uint32_t npra;	    /* preferred read alignment, 0-based */
	uint32_t nors;	    /* optimal read size, 0-based */
	uint32_t npdal;	    /* preferred deallocate alignment, large; 0: not reported */
	uint32_t lbapss;    /* shard size of the LBA format placement */
	uint32_t tlbaag;    /* granularity of tracked LBA allocations */
	uint8_t rsvd296[3800];
};
ZNVME_ASSERT_SIZE(struct znvme_id_ns_nvm, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_nvm, pic, 8);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_nvm, elbaf, 12);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_nvm, npdgl, 268);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_nvm, tlbaag, 292);

#define ZNVME_NS_NVM_PIC_16BPISTS 0x01u /* a storage tag with the 16-bit guard */
#define ZNVME_NS_NVM_PIC_16BPISTM 0x02u /* lbstm must be all ones with the 16-bit guard */
#define ZNVME_NS_NVM_PIC_STCRS	  0x04u /* storage tags can be checked on reads only */
#define ZNVME_NS_NVM_PIC_QPIFS	  0x08u /* qualified protection information formats */

#define ZNVME_NS_NVM_PIFA_STMLA 0x07u /* 0 by bit, 1 by byte, 2 not at all */

#define ZNVME_NS_NVM_ELBAF_STS	0x0000007fu /* bits of the storage tag */
#define ZNVME_NS_NVM_ELBAF_PIF	0x00000180u /* enum znvme_pif */
#define ZNVME_NS_NVM_ELBAF_QPIF 0x00001e00u /* enum znvme_pif, if PIF is QUALIFIED */

/* Protection Information Format. */
enum znvme_pif {
	ZNVME_PIF_16B_GUARD = 0, /* 16-bit guard, 8 bytes in all */
	ZNVME_PIF_32B_GUARD = 1, /* 32-bit guard, 16 bytes in all */
	ZNVME_PIF_64B_GUARD = 2, /* 64-bit guard, 16 bytes in all */
	ZNVME_PIF_QUALIFIED = 3, /* see QPIF */
};

/* Identify Namespace that is the same for all command sets (Base 2.1, 5.1.13, CNS 08h, 1Fh). */
struct znvme_id_ns_indep {
	uint8_t nsfeat;	   /* features, ZNVME_NS_INDEP_NSFEAT_* */
	uint8_t nmic;	   /* sharing, ZNVME_NS_NMIC_* */
	uint8_t rescap;	   /* reservations, ZNVME_NS_RESCAP_* */
	uint8_t fpi;	   /* progress of a format, ZNVME_NS_FPI_* */
	uint32_t anagrpid; /* ANA group; 0: none */
	uint8_t nsattr;	   /* attributes, ZNVME_NS_NSATTR_* */
	uint8_t rsvd9;
	uint16_t nvmsetid; /* NVM set; 0: none */
	uint16_t endgid;   /* endurance group; 0: none */
	uint8_t nstat;	   /* status, ZNVME_NS_NSTAT_* */
	uint8_t kpios;	   /* key per I/O, ZNVME_NS_KPIOS_* */
	uint16_t maxkt;	   /* largest key tag */
	uint8_t rsvd18[2];
	uint32_t rgrpid; /* reachability group; 0: none */
	uint8_t rsvd24[4072];
};
ZNVME_ASSERT_SIZE(struct znvme_id_ns_indep, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_indep, anagrpid, 4);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_indep, nvmsetid, 10);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_indep, nstat, 14);
ZNVME_ASSERT_OFFSET(struct znvme_id_ns_indep, rgrpid, 20);

#define ZNVME_NS_INDEP_NSFEAT_UID_REUSE 0x08u /* nguid and eui64 are never used again */
#define ZNVME_NS_INDEP_NSFEAT_RMEDIA	0x10u /* on rotational media */
#define ZNVME_NS_INDEP_NSFEAT_VWCNP	0x20u /* no volatile write cache for it */
#define ZNVME_NS_NSTAT_NRDY		0x01u /* ready for commands */

#define ZNVME_NS_LIST_MAX 1024u /* identifiers in a namespace list */

/* Namespace list (Base 2.1, 4.6.2; CNS 02h, 07h, 10h, 1Ah): rising, zeroes after the last. */
struct znvme_id_ns_list {
	uint32_t ns[1024]; /* namespace identifiers */
};
ZNVME_ASSERT_SIZE(struct znvme_id_ns_list, 4096);

/*
 * Namespace Identification Descriptor (Base 2.1, 5.1.13, CNS 03h). nidl bytes of identifier
 * follow, then the next descriptor; nidl 0 ends the list.
 */
struct znvme_ns_id_desc {
	uint8_t nidt; /* enum znvme_nidt */
	uint8_t nidl; /* bytes of identifier behind this header */
	uint8_t rsvd[2];
};
ZNVME_ASSERT_SIZE(struct znvme_ns_id_desc, 4);
ZNVME_ASSERT_OFFSET(struct znvme_ns_id_desc, nidl, 1);

/* Kind of namespace identifier, and its length in bytes. */
enum znvme_nidt {
	ZNVME_NIDT_EUI64 = 1,
	ZNVME_NIDT_NGUID = 2,
	ZNVME_NIDT_UUID = 3,
	ZNVME_NIDT_CSI = 4, /* enum znvme_csi: the namespace's command set */
};

enum znvme_nidt_len {
	ZNVME_NIDT_EUI64_LEN = 8,
	ZNVME_NIDT_NGUID_LEN = 16,
	ZNVME_NIDT_UUID_LEN = 16,
	ZNVME_NIDT_CSI_LEN = 1,
};

/* Namespace granularity descriptor: sizes that Namespace Management wastes nothing on. */
struct znvme_ns_granularity_desc {
	uint64_t nszegran; /* preferred granularity of nsze, bytes */
	uint64_t ncapgran; /* preferred granularity of ncap, bytes */
};
ZNVME_ASSERT_SIZE(struct znvme_ns_granularity_desc, 16);

/* Namespace granularity list (Base 2.1 and NVM 1.1, CNS 16h). */
struct znvme_ns_granularity_list {
	uint32_t attributes;	 /* bit 0: entry n is for LBA format n; else entry[0] for all */
	uint8_t num_descriptors; /* valid entries, 0-based */
	uint8_t rsvd5[27];
	struct znvme_ns_granularity_desc entry[16];
	uint8_t rsvd288[3808];
};
ZNVME_ASSERT_SIZE(struct znvme_ns_granularity_list, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_ns_granularity_list, entry, 32);

/* ---- capacity: NVM sets, endurance groups, domains ----------------------------------------- */

/* An entry of the NVM set list. */
struct znvme_nvmset_attr {
	uint16_t nvmsetid; /* NVM set */
	uint16_t endgid;   /* its endurance group */
	uint8_t rsvd4[4];
	uint32_t rr4kt;		/* typical random 4 KiB read, units of 100 ns */
	uint32_t ows;		/* optimal write size, bytes */
	uint8_t tnvmsetcap[16]; /* capacity, bytes */
	uint8_t unvmsetcap[16]; /* capacity not allocated, bytes */
	uint8_t rsvd48[80];
};
ZNVME_ASSERT_SIZE(struct znvme_nvmset_attr, 128);
ZNVME_ASSERT_OFFSET(struct znvme_nvmset_attr, tnvmsetcap, 16);

/* NVM set list (Base 2.1, 5.1.13, CNS 04h). */
struct znvme_id_nvmset_list {
	uint8_t nid; /* entries that follow */
	uint8_t rsvd1[127];
	struct znvme_nvmset_attr ent[31];
};
ZNVME_ASSERT_SIZE(struct znvme_id_nvmset_list, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_id_nvmset_list, ent, 128);

/* Endurance group list (Base 2.1, 5.1.13, CNS 19h), rising. */
struct znvme_endurance_group_list {
	uint16_t num; /* identifiers that follow */
	uint16_t identifier[2047];
};
ZNVME_ASSERT_SIZE(struct znvme_endurance_group_list, 4096);

/* An entry of the domain list. */
struct znvme_domain_attr {
	uint16_t dom_id; /* domain */
	uint8_t rsvd2[14];
	uint8_t dom_cap[16];	      /* capacity, bytes */
	uint8_t unalloc_dom_cap[16];  /* capacity not allocated, bytes */
	uint8_t max_egrp_dom_cap[16]; /* largest endurance group, bytes */
	uint8_t rsvd64[64];
};
ZNVME_ASSERT_SIZE(struct znvme_domain_attr, 128);
ZNVME_ASSERT_OFFSET(struct znvme_domain_attr, dom_cap, 16);

/* Domain list (Base 2.1, 5.1.13, CNS 18h). */
struct znvme_domain_list {
	uint8_t num; /* entries that follow */
	uint8_t rsvd1[127];
	struct znvme_domain_attr domain_attr[31];
};
ZNVME_ASSERT_SIZE(struct znvme_domain_list, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_domain_list, domain_attr, 128);

#endif /* ZNVME_SPEC_IDENTIFY_H */
