/* SPDX-License-Identifier: MIT */
/*
 * Whether the controller has a command, by what it says of itself: a table of opcodes and the bits
 * of Identify Controller that stand for them (Base 2.1, section 5.1.13.2.1), the options of a
 * command that have bits of their own, and for the rest the Commands Supported and Effects log.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/admin.h"
#include "znvme/names.h"

#define OF(field) offsetof(struct znvme_id_ctrl, field), sizeof(((struct znvme_id_ctrl *)0)->field)

/* A command, or an option of one, and the field of Identify Controller that tells of it. */
struct offer {
	uint8_t opcode;
	const char *name; /* of the option; NULL: the command's */
	const char *field_name;
	size_t offset, size;
	uint32_t bits; /* one of them at least is set */
	uint32_t mask; /* commands whose CDW10 has `value` there; 0: all */
	uint32_t value;
};

static const struct offer offers[] = {
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

static int check_offer(const struct znvme_ctrl *ctrl, const struct offer *offer,
		       const struct znvme_sqe *cmd)
{
	uint32_t field = 0;
	char bits[32];

	if (offer->mask && znvme_field_get(offer->mask, cmd->cdw10) != offer->value)
		return 0;
	memcpy(&field, (const char *)&ctrl->id + offer->offset, offer->size);
	if (field & offer->bits)
		return 0;
	bits_text(bits, sizeof(bits), offer->bits);
	return znvme_fail(-EOPNOTSUPP, "the controller has no %s (%s %s)",
			  offer->name ? offer->name : znvme_opcode_name(true, cmd->opcode),
			  offer->field_name, bits);
}

/* Commands that every controller has, or that nothing tells of. */
static int check_effects(struct znvme_ctrl *ctrl, uint8_t opcode)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_CMD_EFFECTS};
	const char *name = znvme_opcode_name(true, opcode);
	struct znvme_cmd_effects_log log;

	if (!(ctrl->id.lpa & ZNVME_CTRL_LPA_CMD_EFFECTS) ||
	    znvme_get_log(ctrl, &args, &log, sizeof(log)) ||
	    log.acs[opcode] & ZNVME_CMD_EFFECTS_CSUPP)
		return 0;
	return znvme_fail(-EOPNOTSUPP,
			  "the controller has no %s (opcode 0x%02x, by its Commands Supported and "
			  "Effects log)",
			  name ? name : "such command", opcode);
}

int znvme_admin_check(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd)
{
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(offers); i++) {
		int rc;

		if (offers[i].opcode != cmd->opcode)
			continue;
		known = true;
		rc = check_offer(ctrl, &offers[i], cmd);
		if (rc)
			return rc;
	}
	return known ? 0 : check_effects(ctrl, cmd->opcode);
}
