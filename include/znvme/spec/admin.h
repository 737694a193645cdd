/* SPDX-License-Identifier: MIT */
/*
 * Admin commands that manage a device: the fields of their dwords, and their data (Base 2.1,
 * section 5.1; NVM Command Set 1.1, sections 4.1.6 and 4.1.7). The constructors of <znvme/admin.h>
 * put them together.
 */
#ifndef ZNVME_SPEC_ADMIN_H
#define ZNVME_SPEC_ADMIN_H

#include "types.h"

/* Namespace Management (5.1.21) */
#define ZNVME_NS_MGMT_SEL 0x0000000fu /* CDW10: enum znvme_ns_mgmt_sel */
#define ZNVME_NS_MGMT_CSI 0xff000000u /* CDW11: command set of what is created */

enum znvme_ns_mgmt_sel {
	ZNVME_NS_MGMT_CREATE = 0,
	ZNVME_NS_MGMT_DELETE = 1,
};

/* Of zoned namespaces (ZNS 1.2, section 5.6.1). */
struct znvme_ns_mgmt_zns {
	uint8_t znsco;	   /* ZNVME_NS_MGMT_AZR */
	uint32_t rar;	   /* active resources that are asked for */
	uint32_t ror;	   /* open resources */
	uint32_t rnumzrwa; /* zone random write areas */
} __attribute__((packed));
ZNVME_ASSERT_SIZE(struct znvme_ns_mgmt_zns, 13);

#define ZNVME_NS_MGMT_AZR 0x01u /* allocate ZRWA resources */

/* Data of a create: fields of Identify Namespace at their places, and what comes behind them. */
struct znvme_ns_mgmt_data {
	uint64_t nsze; /* size, logical blocks */
	uint64_t ncap; /* capacity, logical blocks */
	uint8_t rsvd16[10];
	uint8_t flbas; /* LBA format, ZNVME_NS_FLBAS_* */
	uint8_t rsvd27[2];
	uint8_t dps;  /* protection information, ZNVME_NS_DPS_* */
	uint8_t nmic; /* sharing, ZNVME_NS_NMIC_* */
	uint8_t rsvd31[61];
	uint32_t anagrpid; /* ANA group; 0: the controller chooses */
	uint8_t rsvd96[4];
	uint16_t nvmsetid; /* NVM set; 0: the controller chooses */
	uint16_t endgid;   /* endurance group; 0: the controller chooses */
	uint8_t rsvd104[280];
	uint64_t lbstm; /* NVM and ZNS: storage tag bits that are checked */
	uint16_t nphndls;
	uint8_t rsvd394[105];
	struct znvme_ns_mgmt_zns zns;
	uint16_t phndl[128];
	uint8_t rsvd768[3328];
} __attribute__((packed));
ZNVME_ASSERT_SIZE(struct znvme_ns_mgmt_data, 4096);
ZNVME_ASSERT_OFFSET(struct znvme_ns_mgmt_data, flbas, 26);
ZNVME_ASSERT_OFFSET(struct znvme_ns_mgmt_data, dps, 29);
ZNVME_ASSERT_OFFSET(struct znvme_ns_mgmt_data, anagrpid, 92);
ZNVME_ASSERT_OFFSET(struct znvme_ns_mgmt_data, nvmsetid, 100);
ZNVME_ASSERT_OFFSET(struct znvme_ns_mgmt_data, lbstm, 384);
ZNVME_ASSERT_OFFSET(struct znvme_ns_mgmt_data, nphndls, 392);
ZNVME_ASSERT_OFFSET(struct znvme_ns_mgmt_data, zns, 499);
ZNVME_ASSERT_OFFSET(struct znvme_ns_mgmt_data, phndl, 512);

/* Namespace Attachment (5.1.20); its data are a struct znvme_ctrl_list */
#define ZNVME_NS_ATTACH_SEL 0x0000000fu /* CDW10: enum znvme_ns_attach_sel */

enum znvme_ns_attach_sel {
	ZNVME_NS_ATTACH = 0,
	ZNVME_NS_DETACH = 1,
};

/* Format NVM (5.1.10), CDW10 */
#define ZNVME_FORMAT_LBAFL 0x0000000fu /* LBA format, low four bits */
#define ZNVME_FORMAT_MSET  0x00000010u /* metadata follow the data of their block */
#define ZNVME_FORMAT_PI	   0x000000e0u /* protection information type; 0: none */
#define ZNVME_FORMAT_PIL   0x00000100u /* in the first bytes of metadata */
#define ZNVME_FORMAT_SES   0x00000e00u /* enum znvme_format_ses */
#define ZNVME_FORMAT_LBAFU 0x00003000u /* LBA format, high two bits */

/* Secure Erase Settings. */
enum znvme_format_ses {
	ZNVME_SES_NONE = 0,
	ZNVME_SES_USER_DATA = 1, /* all user data are erased */
	ZNVME_SES_CRYPTO = 2,	 /* the key is */
};

/* Sanitize (5.1.22), CDW10; CDW11 is the overwrite pattern */
#define ZNVME_SANITIZE_SANACT 0x00000007u /* enum znvme_sanitize_action */
#define ZNVME_SANITIZE_AUSE   0x00000008u /* allow unrestricted sanitize exit */
#define ZNVME_SANITIZE_OWPASS 0x000000f0u /* overwrite passes; 0: 16 */
#define ZNVME_SANITIZE_OIPBP  0x00000100u /* invert the pattern between passes */
#define ZNVME_SANITIZE_NDAS   0x00000200u /* no deallocate after sanitize */
#define ZNVME_SANITIZE_EMVS   0x00000400u /* enter media verification state */

enum znvme_sanitize_action {
	ZNVME_SANITIZE_EXIT_FAILURE = 1,
	ZNVME_SANITIZE_BLOCK_ERASE = 2,
	ZNVME_SANITIZE_OVERWRITE = 3,
	ZNVME_SANITIZE_CRYPTO_ERASE = 4,
	ZNVME_SANITIZE_EXIT_VERIFY = 5,
};

/* Firmware Commit (5.1.8), CDW10 */
#define ZNVME_FW_COMMIT_FS   0x00000007u /* slot; 0: the controller chooses */
#define ZNVME_FW_COMMIT_CA   0x00000038u /* enum znvme_fw_commit_action */
#define ZNVME_FW_COMMIT_BPID 0x80000000u /* boot partition */
#define ZNVME_FW_COMMIT_MUD  0x00000003u /* result: multiple updates were detected */

enum znvme_fw_commit_action {
	ZNVME_FW_REPLACE = 0,		   /* put the image into the slot */
	ZNVME_FW_REPLACE_AND_ACTIVATE = 1, /* … and run it after the next reset */
	ZNVME_FW_ACTIVATE = 2,		   /* run the slot's image after the next reset */
	ZNVME_FW_ACTIVATE_NOW = 3,	   /* run it without a reset */
	ZNVME_FW_REPLACE_BOOT = 6,	   /* put the image into the boot partition */
	ZNVME_FW_ACTIVATE_BOOT = 7,	   /* make the boot partition the active one */
};

#define ZNVME_FWUG_UNIT 4096u /* bytes; of Identify Controller's FWUG */

/* Device Self-test (5.1.5), CDW10: enum znvme_self_test_code */
#define ZNVME_SELF_TEST_STC 0x0000000fu

/* Security Send and Receive (5.1.23, 5.1.24), CDW10; CDW11 is the transfer or allocation length */
#define ZNVME_SECURITY_NSSF 0x000000ffu /* NVMe security specific field */
#define ZNVME_SECURITY_SPSP 0x00ffff00u /* security protocol specific */
#define ZNVME_SECURITY_SECP 0xff000000u /* security protocol; 0: information on them */

/* Lockdown (5.1.15), CDW10; CDW14 has the UUID index */
#define ZNVME_LOCKDOWN_SCP   0x0000000fu /* enum znvme_lockdown_scope */
#define ZNVME_LOCKDOWN_PRHBT 0x00000010u /* prohibit, else allow */
#define ZNVME_LOCKDOWN_IFC   0x00000060u /* 0 admin queue, 1 and MI, 2 MI, 3 MI out of band */
#define ZNVME_LOCKDOWN_OFI   0x0000ff00u /* opcode or feature identifier */

enum znvme_lockdown_scope {
	ZNVME_LOCKDOWN_ADMIN = 0,    /* an opcode of an admin command */
	ZNVME_LOCKDOWN_FEATURES = 2, /* a feature of Set Features */
	ZNVME_LOCKDOWN_MI = 3,	     /* an opcode of the management interface */
	ZNVME_LOCKDOWN_PCIE = 4,     /* an opcode of PCIe commands there */
};

/* Get Log Page of 14h: log specific parameter */
#define ZNVME_LOCKDOWN_LSP_SCP 0x0fu /* enum znvme_lockdown_scope */
#define ZNVME_LOCKDOWN_LSP_CNT 0x30u /* 0 what can be, 1 what is prohibited on the admin queue */

/* Virtualization Management (5.2.6), CDW10; CDW11 is the number of resources */
#define ZNVME_VIRT_MGMT_ACT    0x0000000fu /* enum znvme_virt_mgmt_action */
#define ZNVME_VIRT_MGMT_RT     0x00000700u /* 0 queues, 1 interrupts */
#define ZNVME_VIRT_MGMT_CNTLID 0xffff0000u
#define ZNVME_VIRT_MGMT_NR     0x0000ffffu /* CDW11, and the result: resources that were changed */

enum znvme_virt_mgmt_action {
	ZNVME_VIRT_PRIMARY_ALLOC = 1,
	ZNVME_VIRT_SECONDARY_OFFLINE = 7,
	ZNVME_VIRT_SECONDARY_ASSIGN = 8,
	ZNVME_VIRT_SECONDARY_ONLINE = 9,
};

/* Capacity Management (5.1.3), CDW10; CDW11 and CDW12 are the capacity in bytes */
#define ZNVME_CAPACITY_OPER 0x0000000fu /* enum znvme_capacity_operation */
#define ZNVME_CAPACITY_ELID 0xffff0000u /* element: configuration, endurance group or NVM set */

enum znvme_capacity_operation {
	ZNVME_CAPACITY_SELECT = 0,
	ZNVME_CAPACITY_CREATE_ENDURANCE_GROUP = 1,
	ZNVME_CAPACITY_DELETE_ENDURANCE_GROUP = 2,
	ZNVME_CAPACITY_CREATE_NVM_SET = 3,
	ZNVME_CAPACITY_DELETE_NVM_SET = 4,
};

#endif
