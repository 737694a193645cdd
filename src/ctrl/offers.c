/* SPDX-License-Identifier: MIT */
/*
 * Whether the controller has a command, by what it says of itself: tables of opcodes and the bits
 * of Identify Controller that stand for them (Base 2.1, section 5.1.13.2.1), the options of a
 * command that have bits of their own, and for the rest the Commands Supported and Effects log.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/admin.h"
#include "znvme/io.h"
#include "znvme/names.h"

#define OF(field) offsetof(struct znvme_id_ctrl, field), sizeof(((struct znvme_id_ctrl *)0)->field)

/* A command, or an option of one, and the field of Identify Controller that tells of it. */
struct offer {
	uint8_t opcode;
	const char *name; /* of the option; NULL: the command's */
	const char *field_name;
	size_t offset, size;
	uint32_t bits; /* one of them at least is set */
	/* Commands that have `value` there, in CDW10 or the dword that `at` says; 0: all. */
	uint32_t mask;
	uint32_t value;
	uint8_t at; /* byte of the command; 0: CDW10's */
};

static const struct offer admin_offers[] = {
	{ZNVME_ADM_SECURITY_SEND, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_SECURITY, 0, 0},
	{ZNVME_ADM_SECURITY_RECV, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_SECURITY, 0, 0},
	{ZNVME_ADM_FORMAT_NVM, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_FORMAT, 0, 0},
	{ZNVME_ADM_FORMAT_NVM, "cryptographic erase", "FNA", OF(fna), ZNVME_CTRL_FNA_CRYPTO_ERASE,
	 ZNVME_FORMAT_SES, ZNVME_SES_CRYPTO},
	{ZNVME_ADM_FW_COMMIT, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_FW, 0, 0},
	{ZNVME_ADM_FW_COMMIT, "firmware activation without reset", "FRMW", OF(frmw),
	 ZNVME_CTRL_FRMW_NO_RESET, ZNVME_FW_COMMIT_CA, ZNVME_FW_ACTIVATE_NOW},
	{ZNVME_ADM_FW_DOWNLOAD, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_FW, 0, 0},
	{ZNVME_ADM_NS_MANAGEMENT, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_NS_MGMT, 0, 0},
	{ZNVME_ADM_NS_ATTACH, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_NS_MGMT, 0, 0},
	{ZNVME_ADM_SELF_TEST, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_SELF_TEST, 0, 0},
	{ZNVME_ADM_DIRECTIVE_SEND, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_DIRECTIVES, 0, 0},
	{ZNVME_ADM_DIRECTIVE_RECV, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_DIRECTIVES, 0, 0},
	{ZNVME_ADM_NVME_MI_SEND, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_NVME_MI, 0, 0},
	{ZNVME_ADM_NVME_MI_RECV, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_NVME_MI, 0, 0},
	{ZNVME_ADM_VIRT_MGMT, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_VIRT_MGMT, 0, 0},
	{ZNVME_ADM_GET_LBA_STATUS, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_LBA_STATUS, 0, 0},
	{ZNVME_ADM_LOCKDOWN, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_LOCKDOWN, 0, 0},
	{ZNVME_ADM_CONTROLLER_DATA_QUEUE, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_MIGRATION, 0, 0},
	{ZNVME_ADM_TRACK_SEND, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_MIGRATION, 0, 0},
	{ZNVME_ADM_TRACK_SEND, "tracking of user data changes", "TRATTR", OF(trattr),
	 ZNVME_CTRL_TRATTR_TUDCS, ZNVME_TRACK_SEL, ZNVME_TRACK_USER_DATA},
	{ZNVME_ADM_TRACK_SEND, "tracking of host memory changes", "TRATTR", OF(trattr),
	 ZNVME_CTRL_TRATTR_THMCS, ZNVME_TRACK_SEL, ZNVME_TRACK_MEMORY},
	{ZNVME_ADM_TRACK_RECV, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_MIGRATION, 0, 0},
	{ZNVME_ADM_TRACK_RECV, "tracking of host memory changes", "TRATTR", OF(trattr),
	 ZNVME_CTRL_TRATTR_THMCS, ZNVME_TRACK_SEL, ZNVME_TRACKED_MEMORY},
	{ZNVME_ADM_MIGRATION_SEND, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_MIGRATION, 0, 0},
	{ZNVME_ADM_MIGRATION_RECV, NULL, "OACS", OF(oacs), ZNVME_CTRL_OACS_MIGRATION, 0, 0},
	{ZNVME_ADM_CAPACITY_MGMT, NULL, "CTRATT", OF(ctratt),
	 ZNVME_CTRL_CTRATT_FIXED_CAP | ZNVME_CTRL_CTRATT_VARIABLE_CAP, 0, 0},
	{ZNVME_ADM_SANITIZE, NULL, "SANICAP", OF(sanicap),
	 ZNVME_CTRL_SANICAP_CRYPTO | ZNVME_CTRL_SANICAP_BLOCK | ZNVME_CTRL_SANICAP_OVERWRITE, 0, 0},
	{ZNVME_ADM_SANITIZE, "sanitize by block erase", "SANICAP", OF(sanicap),
	 ZNVME_CTRL_SANICAP_BLOCK, ZNVME_SANITIZE_SANACT, ZNVME_SANITIZE_BLOCK_ERASE},
	{ZNVME_ADM_SANITIZE, "sanitize by overwrite", "SANICAP", OF(sanicap),
	 ZNVME_CTRL_SANICAP_OVERWRITE, ZNVME_SANITIZE_SANACT, ZNVME_SANITIZE_OVERWRITE},
	{ZNVME_ADM_SANITIZE, "sanitize by cryptographic erase", "SANICAP", OF(sanicap),
	 ZNVME_CTRL_SANICAP_CRYPTO, ZNVME_SANITIZE_SANACT, ZNVME_SANITIZE_CRYPTO_ERASE},
	{ZNVME_ADM_SANITIZE, "sanitize with media verification", "SANICAP", OF(sanicap),
	 ZNVME_CTRL_SANICAP_VERIFY, ZNVME_SANITIZE_EMVS, 1},
};

#define CDW12	  offsetof(struct znvme_sqe, cdw12)
#define ONCS(bit) "ONCS", OF(oncs), ZNVME_CTRL_ONCS_##bit

#define COPY_FORMAT(n)                                                                             \
	{                                                                                          \
		ZNVME_CMD_COPY, "Copy with source range format " #n, "OCFS", OF(ocfs), 1u << (n),  \
			ZNVME_COPY_DESFMT, n, CDW12                                                \
	}

/* Read, Write and Flush every controller with blocks has. */
static const struct offer io_offers[] = {
	{ZNVME_CMD_COMPARE, NULL, ONCS(COMPARE), 0, 0, 0},
	{ZNVME_CMD_WRITE_UNCORRECTABLE, NULL, ONCS(WRITE_UNCORRECTABLE), 0, 0, 0},
	{ZNVME_CMD_DSM, NULL, ONCS(DSM), 0, 0, 0},
	{ZNVME_CMD_WRITE_ZEROES, NULL, ONCS(WRITE_ZEROES), 0, 0, 0},
	{ZNVME_CMD_WRITE_ZEROES, "Write Zeroes of a whole namespace", ONCS(NS_ZEROES), ZNVME_RW_NSZ,
	 1, CDW12},
	{ZNVME_CMD_VERIFY, NULL, ONCS(VERIFY), 0, 0, 0},
	{ZNVME_CMD_COPY, NULL, ONCS(COPY), 0, 0, 0},
	COPY_FORMAT(0),
	COPY_FORMAT(1),
	COPY_FORMAT(2),
	COPY_FORMAT(3),
	{ZNVME_CMD_RESV_REGISTER, NULL, ONCS(RESERVATIONS), 0, 0, 0},
	{ZNVME_CMD_RESV_ACQUIRE, NULL, ONCS(RESERVATIONS), 0, 0, 0},
	{ZNVME_CMD_RESV_RELEASE, NULL, ONCS(RESERVATIONS), 0, 0, 0},
	{ZNVME_CMD_RESV_REPORT, NULL, ONCS(RESERVATIONS), 0, 0, 0},
	{ZNVME_CMD_IO_MGMT_RECV, NULL, "CTRATT", OF(ctratt), ZNVME_CTRL_CTRATT_FDPS, 0, 0, 0},
	{ZNVME_CMD_IO_MGMT_SEND, NULL, "CTRATT", OF(ctratt), ZNVME_CTRL_CTRATT_FDPS, 0, 0, 0},
};

static const struct offer fused_offer = {
	.name = "fused Compare and Write",
	.field_name = "FUSES",
	.offset = offsetof(struct znvme_id_ctrl, fuses),
	.size = sizeof(((struct znvme_id_ctrl *)0)->fuses),
	.bits = ZNVME_CTRL_FUSES_COMPARE_WRITE,
};

/* "bit 1", "bits 11 and 12" or "bits 0 to 2" of a field. */
static void bits_text(char *text, size_t size, uint32_t bits)
{
	unsigned low = (unsigned)__builtin_ctz(bits);
	unsigned high = 31 - (unsigned)__builtin_clz(bits);

	if (low == high)
		snprintf(text, size, "bit %u", low);
	else
		snprintf(text, size, "bits %u %s %u", low, high - low == 1 ? "and" : "to", high);
}

static int check_offer(const struct znvme_ctrl *ctrl, const struct offer *offer, bool admin,
		       const struct znvme_sqe *cmd)
{
	size_t at = offer->at ? offer->at : offsetof(struct znvme_sqe, cdw10);
	uint32_t field = 0, dword;
	char bits[32];

	memcpy(&dword, (const char *)cmd + at, sizeof(dword));
	if (offer->mask && znvme_field_get(offer->mask, dword) != offer->value)
		return 0;
	memcpy(&field, (const char *)&ctrl->id + offer->offset, offer->size);
	if (field & offer->bits)
		return 0;
	bits_text(bits, sizeof(bits), offer->bits);
	return znvme_fail(-EOPNOTSUPP, "the controller has no %s (%s %s)",
			  offer->name ? offer->name : znvme_opcode_name(admin, cmd->opcode),
			  offer->field_name, bits);
}

/* Commands that every controller has, or that nothing else tells of. */
static int check_effects(struct znvme_ctrl *ctrl, bool admin, uint8_t csi, uint8_t opcode)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_CMD_EFFECTS, .csi = csi};
	const char *name = csi == ZNVME_CSI_KV ? znvme_kv_opcode_name(opcode)
					       : znvme_opcode_name(admin, opcode);
	struct znvme_cmd_effects_log log;

	if (!(ctrl->id.lpa & ZNVME_CTRL_LPA_CMD_EFFECTS) ||
	    znvme_get_log(ctrl, &args, &log, sizeof(log)) ||
	    (admin ? log.acs : log.iocs)[opcode] & ZNVME_CMD_EFFECTS_CSUPP)
		return 0;
	return znvme_fail(-EOPNOTSUPP,
			  "the controller has no %s (opcode 0x%02x, by its Commands Supported and "
			  "Effects log)",
			  name ? name : "such command", opcode);
}

/* Of the rows of a table: *known is whether the opcode has any. */
static int check_table(const struct znvme_ctrl *ctrl, const struct offer *offers, size_t nr,
		       bool admin, const struct znvme_sqe *cmd, bool *known)
{
	for (size_t i = 0; i < nr; i++) {
		int rc;

		if (offers[i].opcode != cmd->opcode)
			continue;
		*known = true;
		rc = check_offer(ctrl, &offers[i], admin, cmd);
		if (rc)
			return rc;
	}
	return 0;
}

int znvme_admin_check(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd)
{
	bool known = false;
	int rc = check_table(ctrl, admin_offers, ARRAY_SIZE(admin_offers), true, cmd, &known);

	return rc || known ? rc : check_effects(ctrl, true, ZNVME_CSI_NVM, cmd->opcode);
}

/* The log is one of the namespace's command set; what is no namespace has none to look in. */
int znvme_io_check(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd)
{
	const struct znvme_ns *ns;
	bool known = false;
	int rc = 0;

	if (cmd->flags & ZNVME_SQE_FUSE)
		rc = check_offer(ctrl, &fused_offer, false, cmd);
	if (!rc)
		rc = check_table(ctrl, io_offers, ARRAY_SIZE(io_offers), false, cmd, &known);
	if (rc || known || cmd->opcode <= ZNVME_CMD_READ || znvme_ns_get(ctrl, cmd->nsid, &ns))
		return rc;
	return check_effects(ctrl, false, ns->csi, cmd->opcode);
}
