/* SPDX-License-Identifier: MIT */
/*
 * The registers of the controller (Base 2.1, section 3.1.4), every field by a table, and show-regs,
 * which shows them all.
 */
#include "commands.h"
#include "regs.h"

#include <inttypes.h>

/* ---- what values mean ---------------------------------------------------------------------- */

static void explain_0_based(FILE *out, uint64_t value)
{
	fprintf(out, "%" PRIu64, value + 1);
}

static void explain_500ms(FILE *out, uint64_t value)
{
	fprintf(out, "%" PRIu64 " ms", value * 500);
}

static void explain_stride(FILE *out, uint64_t value)
{
	fprintf(out, "%u bytes", 4u << value);
}

static void explain_page_size(FILE *out, uint64_t value)
{
	fprintf(out, "%u bytes", 4096u << value);
}

static void explain_entry_size(FILE *out, uint64_t value)
{
	fprintf(out, "%u bytes", 1u << value);
}

static void explain_cmb_unit(FILE *out, uint64_t value)
{
	if (value > 6)
		fputs("Reserved", out);
	else
		fprintf(out, "%u KiB", 4u << 4 * value);
}

static void explain_128kib(FILE *out, uint64_t value)
{
	fprintf(out, "%" PRIu64 " KiB", value * 128);
}

static void explain_4kib(FILE *out, uint64_t value)
{
	fprintf(out, "%" PRIu64 " KiB", value * 4);
}

static void explain_address(FILE *out, uint64_t value)
{
	fprintf(out, "%#" PRIx64, value << 12);
}

static const char *const power_scopes[] = {"Not reported", "Controller", "Domain", "NVM subsystem"};
static const char *const css_values[] = {
	"NVM Command Set",	 NULL, NULL, NULL, NULL, NULL, "All supported I/O Command Sets",
	"Admin Command Set only"};
static const char *const ams_values[] = {
	"Round Robin", "Weighted Round Robin with Urgent Priority Class",
	NULL,	       NULL,
	NULL,	       NULL,
	NULL,	       "Vendor Specific"};
static const char *const shn_values[] = {"No notification", "Normal shutdown", "Abrupt shutdown"};
static const char *const shst_values[] = {"Normal operation", "Shutdown processing occurring",
					  "Shutdown processing complete"};
static const char *const shutdown_types[] = {"Controller", "NVM subsystem"};
static const char *const brs_values[] = {"No read requested", "Read in progress", "Read completed",
					 "Read failed"};
static const char *const zero_one[] = {"0", "1"};
static const char *const pmrtu_values[] = {"500 ms", "Minutes"};
static const char *const pmr_health[] = {"Normal operation", "Restore error", "Read only",
					 "Unreliable"};

/* ---- fields -------------------------------------------------------------------------------- */

#define R(bit_name, bit_mask, bit_text, ...) NAMED_BITS(bit_name, bit_mask, bit_text, __VA_ARGS__)

static const struct field_bits cap_bits[] = {
	R("crims", ZNVME_CAP_CRIMS, "Controller Ready Independent of Media"),
	R("crwms", ZNVME_CAP_CRWMS, "Controller Ready With Media"),
	R("nsss", ZNVME_CAP_NSSS, "NVM Subsystem Shutdown"),
	R("cmbs", ZNVME_CAP_CMBS, "Controller Memory Buffer"),
	R("pmrs", ZNVME_CAP_PMRS, "Persistent Memory Region"),
	R("mpsmax", ZNVME_CAP_MPSMAX, "Memory Page Size Maximum", .explain = explain_page_size),
	R("mpsmin", ZNVME_CAP_MPSMIN, "Memory Page Size Minimum", .explain = explain_page_size),
	R("cps", ZNVME_CAP_CPS, "Controller Power Scope", BITS_VALUES(power_scopes)),
	R("bps", ZNVME_CAP_BPS, "Boot Partition"),
	R("css_none", ZNVME_CAP_CSS_NONE, "No I/O Command Set", BITS_VALUES(field_no_yes)),
	R("css_iocs", ZNVME_CAP_CSS_IOCS, "One or More I/O Command Sets"),
	R("css_nvm", ZNVME_CAP_CSS_NVM, "NVM Command Set"),
	R("nssrs", ZNVME_CAP_NSSRS, "NVM Subsystem Reset"),
	R("dstrd", ZNVME_CAP_DSTRD, "Doorbell Stride", .explain = explain_stride),
	R("to", ZNVME_CAP_TO, "Timeout", .explain = explain_500ms),
	R("ams_vs", ZNVME_CAP_AMS_VS, "Vendor Specific Arbitration"),
	R("ams_wrr", ZNVME_CAP_AMS_WRR, "Weighted Round Robin with Urgent Priority Class"),
	R("cqr", ZNVME_CAP_CQR, "Contiguous Queues Required", BITS_VALUES(field_no_yes)),
	R("mqes", ZNVME_CAP_MQES, "Maximum Queue Entries Supported", .explain = explain_0_based),
	{0},
};

static const struct field_bits vs_bits[] = {
	R("mjr", ZNVME_VS_MJR, "Major Version"),
	R("mnr", ZNVME_VS_MNR, "Minor Version"),
	R("ter", ZNVME_VS_TER, "Tertiary Version"),
	{0},
};

static const struct field_bits cc_bits[] = {
	R("crime", ZNVME_CC_CRIME, "Controller Ready Independent of Media",
	  BITS_VALUES(field_off_on)),
	R("iocqes", ZNVME_CC_IOCQES, "I/O Completion Queue Entry Size",
	  .explain = explain_entry_size),
	R("iosqes", ZNVME_CC_IOSQES, "I/O Submission Queue Entry Size",
	  .explain = explain_entry_size),
	R("shn", ZNVME_CC_SHN, "Shutdown Notification", BITS_VALUES(shn_values)),
	R("ams", ZNVME_CC_AMS, "Arbitration Mechanism Selected", BITS_VALUES(ams_values)),
	R("mps", ZNVME_CC_MPS, "Memory Page Size", .explain = explain_page_size),
	R("css", ZNVME_CC_CSS, "I/O Command Set Selected", BITS_VALUES(css_values)),
	R("en", ZNVME_CC_EN, "Enable", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits csts_bits[] = {
	R("st", ZNVME_CSTS_ST, "Shutdown Type", BITS_VALUES(shutdown_types)),
	R("pp", ZNVME_CSTS_PP, "Processing Paused", BITS_VALUES(field_no_yes)),
	R("nssro", ZNVME_CSTS_NSSRO, "NVM Subsystem Reset Occurred", BITS_VALUES(field_no_yes)),
	R("shst", ZNVME_CSTS_SHST, "Shutdown Status", BITS_VALUES(shst_values)),
	R("cfs", ZNVME_CSTS_CFS, "Controller Fatal Status", BITS_VALUES(field_no_yes)),
	R("rdy", ZNVME_CSTS_RDY, "Ready", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits aqa_bits[] = {
	R("acqs", ZNVME_AQA_ACQS, "Admin Completion Queue Size", .explain = explain_0_based),
	R("asqs", ZNVME_AQA_ASQS, "Admin Submission Queue Size", .explain = explain_0_based),
	{0},
};

static const struct field_bits cmbloc_bits[] = {
	R("ofst", ZNVME_CMBLOC_OFST, "Offset (units of CMBSZ.SZU)"),
	R("cqda", ZNVME_CMBLOC_CQDA, "Queue Dword Alignment"),
	R("cdmmms", ZNVME_CMBLOC_CDMMMS, "Data Metadata Mixed Memory"),
	R("cdpcils", ZNVME_CMBLOC_CDPCILS, "Data Pointer and Command Independent Locations"),
	R("cdplms", ZNVME_CMBLOC_CDPLMS, "Data Pointer Mixed Locations"),
	R("cqpds", ZNVME_CMBLOC_CQPDS, "Queue Physically Discontiguous"),
	R("cqmms", ZNVME_CMBLOC_CQMMS, "Queue Mixed Memory"),
	R("bir", ZNVME_CMBLOC_BIR, "Base Indicator Register"),
	{0},
};

static const struct field_bits cmbsz_bits[] = {
	R("sz", ZNVME_CMBSZ_SZ, "Size (units of SZU)"),
	R("szu", ZNVME_CMBSZ_SZU, "Size Units", .explain = explain_cmb_unit),
	R("wds", ZNVME_CMBSZ_WDS, "Write Data"),
	R("rds", ZNVME_CMBSZ_RDS, "Read Data"),
	R("lists", ZNVME_CMBSZ_LISTS, "PRP and SGL Lists"),
	R("cqs", ZNVME_CMBSZ_CQS, "Completion Queues"),
	R("sqs", ZNVME_CMBSZ_SQS, "Submission Queues"),
	{0},
};

static const struct field_bits bpinfo_bits[] = {
	R("abpid", ZNVME_BPINFO_ABPID, "Active Boot Partition ID", BITS_VALUES(zero_one)),
	R("brs", ZNVME_BPINFO_BRS, "Boot Read Status", BITS_VALUES(brs_values)),
	R("bpsz", ZNVME_BPINFO_BPSZ, "Boot Partition Size", .explain = explain_128kib),
	{0},
};

static const struct field_bits bprsel_bits[] = {
	R("bpid", ZNVME_BPRSEL_BPID, "Boot Partition Identifier", BITS_VALUES(zero_one)),
	R("bprof", ZNVME_BPRSEL_BPROF, "Boot Partition Read Offset", .explain = explain_4kib),
	R("bprsz", ZNVME_BPRSEL_BPRSZ, "Boot Partition Read Size", .explain = explain_4kib),
	{0},
};

static const struct field_bits cmbmsc_bits[] = {
	R("cba", ZNVME_CMBMSC_CBA, "Controller Base Address", .explain = explain_address),
	R("cmse", ZNVME_CMBMSC_CMSE, "Controller Memory Space", BITS_VALUES(field_off_on)),
	R("cre", ZNVME_CMBMSC_CRE, "Capabilities Registers", BITS_VALUES(field_off_on)),
	{0},
};

static const struct field_bits cmbsts_bits[] = {
	R("cbai", ZNVME_CMBSTS_CBAI, "Controller Base Address Invalid", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits crto_bits[] = {
	R("crimt", ZNVME_CRTO_CRIMT, "Controller Ready Independent of Media Timeout",
	  .explain = explain_500ms),
	R("crwmt", ZNVME_CRTO_CRWMT, "Controller Ready With Media Timeout",
	  .explain = explain_500ms),
	{0},
};

static const struct field_bits pmrcap_bits[] = {
	R("cmss", ZNVME_PMRCAP_CMSS, "Controller Memory Space"),
	R("pmrto", ZNVME_PMRCAP_PMRTO, "Timeout (units of PMRTU)"),
	R("pmrwbm", ZNVME_PMRCAP_PMRWBM, "Write Barrier Mechanisms"),
	R("pmrtu", ZNVME_PMRCAP_PMRTU, "Time Units", BITS_VALUES(pmrtu_values)),
	R("bir", ZNVME_PMRCAP_BIR, "Base Indicator Register"),
	R("wds", ZNVME_PMRCAP_WDS, "Write Data"),
	R("rds", ZNVME_PMRCAP_RDS, "Read Data"),
	{0},
};

static const struct field_bits pmrctl_bits[] = {
	R("en", ZNVME_PMRCTL_EN, "Enable", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits pmrsts_bits[] = {
	R("cbai", ZNVME_PMRSTS_CBAI, "Controller Base Address Invalid", BITS_VALUES(field_no_yes)),
	R("hsts", ZNVME_PMRSTS_HSTS, "Health Status", BITS_VALUES(pmr_health)),
	R("nrdy", ZNVME_PMRSTS_NRDY, "Not Ready", BITS_VALUES(field_no_yes)),
	R("err", ZNVME_PMRSTS_ERR, "Error"),
	{0},
};

/* PMREBS, PMRSWTP, PMRMSCL; CMBEBS and CMBSWTP have the same layout as the first two. */
#define EBS_WBZ	    0xffffff00u
#define EBS_RBB	    0x00000010u
#define EBS_SZU	    0x0000000fu
#define SWTP_SWTV   0xffffff00u
#define SWTP_SWTU   0x0000000fu
#define PMRMSC_CBA  0xfffff000u
#define PMRMSC_CMSE 0x00000002u

static const struct field_bits pmrebs_bits[] = {
	R("pmrwbz", EBS_WBZ, "Elasticity Buffer Size (units of PMRSZU)"),
	R("rbb", EBS_RBB, "Read Bypass Behavior"),
	R("pmrszu", EBS_SZU, "Size Units (0 bytes, 1 KiB, 2 MiB, 3 GiB)"),
	{0},
};

static const struct field_bits pmrswtp_bits[] = {
	R("pmrswtv", SWTP_SWTV, "Sustained Write Throughput (units of PMRSWTU a second)"),
	R("pmrswtu", SWTP_SWTU, "Throughput Units (0 bytes, 1 KiB, 2 MiB, 3 GiB)"),
	{0},
};

static const struct field_bits pmrmscl_bits[] = {
	R("cba", PMRMSC_CBA, "Controller Base Address, low half", .explain = explain_address),
	R("cmse", PMRMSC_CMSE, "Controller Memory Space", BITS_VALUES(field_off_on)),
	{0},
};

/* ---- registers ----------------------------------------------------------------------------- */

#define ROW(reg_name, NAME, reg_width, access, reg_bits, reg_text)                                 \
	[REG_##NAME] = {.name = #reg_name,                                                         \
			.offset = ZNVME_REG_##NAME,                                                \
			.width = (reg_width),                                                      \
			.writable = (access),                                                      \
			.bits = (reg_bits),                                                        \
			.text = (reg_text)},

const struct reg regs[NR_REGS] = {REGISTERS(ROW)};

const struct reg *reg_at(uint32_t offset)
{
	for (unsigned i = 0; i < NR_REGS; i++)
		if (regs[i].offset == offset)
			return &regs[i];
	return NULL;
}

void reg_json(struct json_object *root, const struct reg *reg, uint64_t value)
{
	struct json_object *all_fields, *fields;

	json_add_number(root, reg->name, value);
	if (!reg->bits)
		return;
	if (!json_object_object_get_ex(root, "fields", &all_fields)) {
		all_fields = json_object_new_object();
		json_object_object_add(root, "fields", all_fields);
	}
	fields = json_object_new_object();
	bits_json(fields, reg->bits, value);
	json_object_object_add(all_fields, reg->name, fields);
}

/* ---- the command --------------------------------------------------------------------------- */

static void print_register(struct tool *tool, const struct reg *reg, uint64_t value)
{
	const struct field_bits *bits = reg->bits;

	if (tool->human) {
		fprintf(tool->out, "%-8s: %#" PRIx64 "\t%s\n", reg->name, value, reg->text);
		if (bits)
			bits_print(tool->out, bits, value);
		return;
	}
	fprintf(tool->out, "%-8s: %#" PRIx64 "\n", reg->name, value);
	for (; bits && bits->mask; bits++) {
		fprintf(tool->out, "  %-8s: %#-10" PRIx64 " ", bits->name,
			znvme_field_get(bits->mask, value));
		bits_explain(tool->out, bits, znvme_field_get(bits->mask, value));
		fputc('\n', tool->out);
	}
}

struct show_regs_args {
	bool enabled;
};

static const struct tool_option show_regs_options[] = {
	REG_ENABLED(show_regs_args),
	{0},
};

static int run_show_regs(struct tool *tool, void *arg)
{
	const struct show_regs_args *args = arg;

	if (reg_open(tool, args->enabled))
		return 1;
	if (tool->format == TOOL_JSON)
		tool->json = json_object_new_object();
	for (unsigned i = 0; i < NR_REGS; i++) {
		uint64_t value = znvme_reg_read(tool->ctrl, regs[i].offset, regs[i].width);

		if (tool->format == TOOL_JSON)
			reg_json(tool->json, &regs[i], value);
		else
			print_register(tool, &regs[i], value);
	}
	return 0;
}

const struct tool_command show_regs_command = {
	.name = "show-regs",
	.summary = "the registers of the controller, every field decoded",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_HUMAN,
	.options = show_regs_options,
	.args_size = sizeof(struct show_regs_args),
	.details =
		"The controller is not enabled for this, so that one that does not come up can be\n"
		"looked at too.\n",
	.example = "znvme show-regs sim: --human-readable",
	.run = run_show_regs,
};
