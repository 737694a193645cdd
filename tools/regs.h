/* SPDX-License-Identifier: MIT */
/* The registers of the controller, a row each, and what the commands on them have in common. */
#ifndef ZNVME_TOOL_REGS_H
#define ZNVME_TOOL_REGS_H

#include "fields.h"

/*
 * A row a register, in the order of their offsets: name, ZNVME_REG_…, width in bytes, whether a
 * host may write it, fields (regs.c), text. The table and the options of get-reg and set-reg are
 * made of them.
 */
/* clang-format off */
#define REGISTERS(R) \
	R(cap, CAP, 8, REG_RO, cap_bits, "Controller Capabilities") \
	R(vs, VS, 4, REG_RO, vs_bits, "Version") \
	R(intms, INTMS, 4, REG_RW, NULL, "Interrupt Mask Set") \
	R(intmc, INTMC, 4, REG_RW, NULL, "Interrupt Mask Clear") \
	R(cc, CC, 4, REG_RW, cc_bits, "Controller Configuration") \
	R(csts, CSTS, 4, REG_RW, csts_bits, "Controller Status") \
	R(nssr, NSSR, 4, REG_RW, NULL, "NVM Subsystem Reset") \
	R(aqa, AQA, 4, REG_RW, aqa_bits, "Admin Queue Attributes") \
	R(asq, ASQ, 8, REG_RW, NULL, "Admin Submission Queue Base Address") \
	R(acq, ACQ, 8, REG_RW, NULL, "Admin Completion Queue Base Address") \
	R(cmbloc, CMBLOC, 4, REG_RO, cmbloc_bits, "Controller Memory Buffer Location") \
	R(cmbsz, CMBSZ, 4, REG_RO, cmbsz_bits, "Controller Memory Buffer Size") \
	R(bpinfo, BPINFO, 4, REG_RO, bpinfo_bits, "Boot Partition Information") \
	R(bprsel, BPRSEL, 4, REG_RW, bprsel_bits, "Boot Partition Read Select") \
	R(bpmbl, BPMBL, 8, REG_RW, NULL, "Boot Partition Memory Buffer Location") \
	R(cmbmsc, CMBMSC, 8, REG_RW, cmbmsc_bits, "Controller Memory Buffer Memory Space Control") \
	R(cmbsts, CMBSTS, 4, REG_RO, cmbsts_bits, "Controller Memory Buffer Status") \
	R(cmbebs, CMBEBS, 4, REG_RO, pmrebs_bits, \
	  "Controller Memory Buffer Elasticity Buffer Size") \
	R(cmbswtp, CMBSWTP, 4, REG_RO, pmrswtp_bits, \
	  "Controller Memory Buffer Sustained Write Throughput") \
	R(nssd, NSSD, 4, REG_RW, NULL, "NVM Subsystem Shutdown") \
	R(crto, CRTO, 4, REG_RO, crto_bits, "Controller Ready Timeouts") \
	R(pmrcap, PMRCAP, 4, REG_RO, pmrcap_bits, "Persistent Memory Region Capabilities") \
	R(pmrctl, PMRCTL, 4, REG_RW, pmrctl_bits, "Persistent Memory Region Control") \
	R(pmrsts, PMRSTS, 4, REG_RO, pmrsts_bits, "Persistent Memory Region Status") \
	R(pmrebs, PMREBS, 4, REG_RO, pmrebs_bits, \
	  "Persistent Memory Region Elasticity Buffer Size") \
	R(pmrswtp, PMRSWTP, 4, REG_RO, pmrswtp_bits, \
	  "Persistent Memory Region Sustained Write Throughput") \
	R(pmrmscl, PMRMSCL, 4, REG_RW, pmrmscl_bits, \
	  "Persistent Memory Region Memory Space Control Lower") \
	R(pmrmscu, PMRMSCU, 4, REG_RW, NULL, "Persistent Memory Region Memory Space Control Upper")
/* clang-format on */

enum reg_access { REG_RO, REG_RW };

#define REG_INDEX(name, NAME, width, access, bits, text) REG_##NAME,
enum reg_index { REGISTERS(REG_INDEX) NR_REGS };

struct reg {
	const char *name;
	uint32_t offset;
	unsigned width; /* bytes */
	bool writable;
	const struct field_bits *bits; /* NULL: one field */
	const char *text;
};

extern const struct reg regs[NR_REGS];

/* The register that begins at `offset`, or NULL. */
const struct reg *reg_at(uint32_t offset);

/* Its value, and that of each field below "fields", into `root`. */
void reg_json(struct json_object *root, const struct reg *reg, uint64_t value);

/* Open the device and leave the controller as it is, or bring it up where `enabled`. 0, or 1. */
int reg_open(struct tool *tool, bool enabled);

/* The option for that. */
#define REG_ENABLED(type)                                                                          \
	TOOL_OPTION('e', "enabled", NULL, TOOL_FLAG, offsetof(struct type, enabled),               \
		    "bring the controller up first")

#endif
