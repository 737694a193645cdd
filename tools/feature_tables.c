/* SPDX-License-Identifier: MIT */
/*
 * The features by identifier: bits of their dword, size of their data, whether they belong to a
 * namespace (Base 2.1, section 5.1.25; NVM 1.1, section 4.1.4). Names come from
 * znvme_feature_name().
 */
#include "feature_tables.h"

#include <inttypes.h>

static void explain_0_based(FILE *out, uint64_t value)
{
	fprintf(out, "%" PRIu64, value + 1);
}

static void explain_burst(FILE *out, uint64_t value)
{
	if (value == 7)
		fputs("no limit", out);
	else
		fprintf(out, "%u", 1u << value);
}

static void explain_100ms(FILE *out, uint64_t value)
{
	fprintf(out, "%" PRIu64 " ms", value * 100);
}

static void explain_100us(FILE *out, uint64_t value)
{
	fprintf(out, "%" PRIu64 " usec", value * 100);
}

static void explain_ms(FILE *out, uint64_t value)
{
	fprintf(out, "%" PRIu64 " ms", value);
}

static void explain_kelvin(FILE *out, uint64_t value)
{
	fprintf(out, "%d C (%" PRIu64 " Kelvin)", (int)value - 273, value);
}

#define F(bit_name, bit_mask, bit_text, ...) NAMED_BITS(bit_name, bit_mask, bit_text, __VA_ARGS__)

static const struct field_bits arbitration_bits[] = {
	F("hpw", ZNVME_FEAT_ARB_HPW, "High Priority Weight (HPW)", .explain = explain_0_based),
	F("mpw", ZNVME_FEAT_ARB_MPW, "Medium Priority Weight (MPW)", .explain = explain_0_based),
	F("lpw", ZNVME_FEAT_ARB_LPW, "Low Priority Weight (LPW)", .explain = explain_0_based),
	F("ab", ZNVME_FEAT_ARB_AB, "Arbitration Burst (AB)", .explain = explain_burst),
	{0},
};

static const struct field_bits power_bits[] = {
	F("wh", ZNVME_FEAT_POWER_WH, "Workload Hint (WH)"),
	F("ps", ZNVME_FEAT_POWER_PS, "Power State (PS)"),
	{0},
};

static const struct field_bits lba_range_bits[] = {
	F("num", ZNVME_FEAT_LBA_RANGE_NUM, "Number of LBA Ranges (NUM)",
	  .explain = explain_0_based),
	{0},
};

static const char *const thsel_values[] = {"Over Temperature Threshold",
					   "Under Temperature Threshold"};

static const struct field_bits temperature_bits[] = {
	F("tmpthh", ZNVME_FEAT_TEMP_TMPTHH, "Temperature Threshold Hysteresis (TMPTHH), kelvin"),
	F("thsel", ZNVME_FEAT_TEMP_THSEL, "Threshold Type Select (THSEL)",
	  BITS_VALUES(thsel_values)),
	F("tmpsel", ZNVME_FEAT_TEMP_TMPSEL, "Threshold Temperature Select (TMPSEL)"),
	F("tmpth", ZNVME_FEAT_TEMP_TMPTH, "Temperature Threshold (TMPTH)",
	  .explain = explain_kelvin),
	{0},
};

static const struct field_bits error_recovery_bits[] = {
	F("dulbe", ZNVME_FEAT_ERROR_DULBE,
	  "Deallocated or Unwritten Logical Block Error Enable (DULBE)", BITS_VALUES(field_off_on)),
	F("tler", ZNVME_FEAT_ERROR_TLER, "Time Limited Error Recovery (TLER)",
	  .explain = explain_100ms),
	{0},
};

static const struct field_bits vwc_bits[] = {
	F("wce", ZNVME_FEAT_VWC_WCE, "Volatile Write Cache Enable (WCE)",
	  BITS_VALUES(field_off_on)),
	{0},
};

static const struct field_bits queues_bits[] = {
	F("ncqa", ZNVME_FEAT_NRQ_NCQR, "Number of IO Completion Queues Allocated (NCQA)",
	  .explain = explain_0_based),
	F("nsqa", ZNVME_FEAT_NRQ_NSQR, "Number of IO Submission Queues Allocated (NSQA)",
	  .explain = explain_0_based),
	{0},
};

static const struct field_bits coalescing_bits[] = {
	F("time", ZNVME_FEAT_IRQC_TIME, "Aggregation Time (TIME)", .explain = explain_100us),
	F("thr", ZNVME_FEAT_IRQC_THR, "Aggregation Threshold (THR)", .explain = explain_0_based),
	{0},
};

static const struct field_bits vector_bits[] = {
	F("cd", ZNVME_FEAT_IRQV_CD, "Coalescing Disable (CD)", BITS_VALUES(field_no_yes)),
	F("iv", ZNVME_FEAT_IRQV_IV, "Interrupt Vector (IV)"),
	{0},
};

static const struct field_bits atomicity_bits[] = {
	F("dn", ZNVME_FEAT_ATOMICITY_DN, "Disable Normal (DN)", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits async_bits[] = {
	F("disc", ZNVME_FEAT_AEC_DISCOVERY, "Discovery Log Page Change Notices",
	  BITS_VALUES(field_off_on)),
	F("zone", ZNVME_FEAT_AEC_ZONE, "Zone Descriptor Changed Notices",
	  BITS_VALUES(field_off_on)),
	F("alloc_ns", ZNVME_FEAT_AEC_ALLOC_NS, "Allocated Namespace Attribute Notices",
	  BITS_VALUES(field_off_on)),
	F("rgrp", ZNVME_FEAT_AEC_REACH_GROUP, "Reachability Group Change Notices",
	  BITS_VALUES(field_off_on)),
	F("rassoc", ZNVME_FEAT_AEC_REACH_ASSOC, "Reachability Association Change Notices",
	  BITS_VALUES(field_off_on)),
	F("tthry", ZNVME_FEAT_AEC_TEMP_HYST, "Temperature Hysteresis Recovery",
	  BITS_VALUES(field_off_on)),
	F("nnsshdn", ZNVME_FEAT_AEC_SHUTDOWN, "Normal NVM Subsystem Shutdown",
	  BITS_VALUES(field_off_on)),
	F("endgrp", ZNVME_FEAT_AEC_ENDURANCE, "Endurance Group Event Aggregate Log Change Notices",
	  BITS_VALUES(field_off_on)),
	F("lba_status", ZNVME_FEAT_AEC_LBA_STATUS, "LBA Status Information Notices",
	  BITS_VALUES(field_off_on)),
	F("plm", ZNVME_FEAT_AEC_PLM, "Predictable Latency Event Aggregate Log Change Notices",
	  BITS_VALUES(field_off_on)),
	F("ana", ZNVME_FEAT_AEC_ANA, "Asymmetric Namespace Access Change Notices",
	  BITS_VALUES(field_off_on)),
	F("telemetry", ZNVME_FEAT_AEC_TELEMETRY, "Telemetry Log Notices",
	  BITS_VALUES(field_off_on)),
	F("fw", ZNVME_FEAT_AEC_FW, "Firmware Activation Notices", BITS_VALUES(field_off_on)),
	F("ns", ZNVME_FEAT_AEC_NS, "Attached Namespace Attribute Notices",
	  BITS_VALUES(field_off_on)),
	F("smart", ZNVME_FEAT_AEC_SMART, "SMART / Health Critical Warnings"),
	{0},
};

static const struct field_bits apst_bits[] = {
	F("apste", ZNVME_FEAT_APST_APSTE, "Autonomous Power State Transition Enable (APSTE)",
	  BITS_VALUES(field_off_on)),
	{0},
};

static const struct field_bits hmb_bits[] = {
	F("hmnar", ZNVME_FEAT_HMB_HMNAR, "Non-Operational Access Restricted (HMNAR)",
	  BITS_VALUES(field_no_yes)),
	F("hmnare", ZNVME_FEAT_HMB_HMNARE, "Non-Operational Access Restriction (HMNARE)",
	  BITS_VALUES(field_off_on)),
	F("mr", ZNVME_FEAT_HMB_MR, "Memory Return (MR)", BITS_VALUES(field_no_yes)),
	F("ehm", ZNVME_FEAT_HMB_EHM, "Enable Host Memory (EHM)", BITS_VALUES(field_off_on)),
	{0},
};

static const struct field_bits keep_alive_bits[] = {
	F("kato", ZNVME_FEAT_KEEP_ALIVE_KATO, "Keep Alive Timeout (KATO)", .explain = explain_ms),
	{0},
};

static const struct field_bits hctm_bits[] = {
	F("tmt1", ZNVME_FEAT_HCTM_TMT1, "Thermal Management Temperature 1 (TMT1)",
	  .explain = explain_kelvin),
	F("tmt2", ZNVME_FEAT_HCTM_TMT2, "Thermal Management Temperature 2 (TMT2)",
	  .explain = explain_kelvin),
	{0},
};

static const struct field_bits nopsc_bits[] = {
	F("noppme", ZNVME_FEAT_NOPSC_NOPPME,
	  "Non-Operational Power State Permissive Mode Enable (NOPPME)", BITS_VALUES(field_off_on)),
	{0},
};

static const struct field_bits rrl_bits[] = {
	F("rrl", ZNVME_FEAT_RRL_RRL, "Read Recovery Level (RRL)"),
	{0},
};

static const struct field_bits plm_config_bits[] = {
	F("lpe", ZNVME_FEAT_PLM_LPE, "Predictable Latency Window", BITS_VALUES(field_off_on)),
	{0},
};

static const char *const plm_windows[] = {NULL, "Deterministic Window (DTWIN)",
					  "Non-deterministic Window (NDWIN)"};

static const struct field_bits plm_window_bits[] = {
	F("ws", ZNVME_FEAT_PLM_WS, "Window Select (WS)", BITS_VALUES(plm_windows)),
	{0},
};

static const struct field_bits lba_status_bits[] = {
	F("lsipi", ZNVME_FEAT_LBA_STATUS_LSIPI, "LBA Status Information Poll Interval (LSIPI)",
	  .explain = explain_100ms),
	F("lsiri", ZNVME_FEAT_LBA_STATUS_LSIRI, "LBA Status Information Report Interval (LSIRI)",
	  .explain = explain_100ms),
	{0},
};

static const struct field_bits sanitize_bits[] = {
	F("nodrm", ZNVME_FEAT_SANITIZE_NODRM, "No-Deallocate Response Mode (NODRM)",
	  BITS_VALUES(field_off_on)),
	{0},
};

static const struct field_bits endurance_bits[] = {
	F("egcw", ZNVME_FEAT_ENDURANCE_EGCW, "Endurance Group Critical Warnings (EGCW)"),
	F("endgid", ZNVME_FEAT_ENDURANCE_ENDGID, "Endurance Group Identifier (ENDGID)"),
	{0},
};

static const struct field_bits iocs_bits[] = {
	F("iocsci", ZNVME_FEAT_IOCS_IOCSCI, "I/O Command Set Combination Index (IOCSCI)"),
	{0},
};

static const struct field_bits spinup_bits[] = {
	F("spinup", ZNVME_FEAT_SPINUP_ENABLE, "Spinup Control", BITS_VALUES(field_off_on)),
	{0},
};

static const char *const pls_modes[] = {"Disabled", "Emergency Power Fail", "Forced Quiescence"};

static const struct field_bits pls_bits[] = {
	F("plsm", ZNVME_FEAT_PLS_MODE, "Power Loss Signaling Mode", BITS_VALUES(pls_modes)),
	{0},
};

static void explain_attribute(FILE *out, uint64_t value)
{
	if (value == ZNVME_PERF_STANDARD)
		fputs("standard performance attribute", out);
	else if (value == ZNVME_PERF_LIST)
		fputs("performance attribute identifier list", out);
	else
		fprintf(out, "%s",
			value > ZNVME_PERF_LIST ? "vendor specific performance attribute"
						: "reserved");
}

static const struct field_bits performance_bits[] = {
	F("attri", ZNVME_FEAT_PERF_ATTRI, "Attribute Index (ATTRI)", .explain = explain_attribute),
	F("rvspa", ZNVME_FEAT_PERF_RVSPA, "Revert Vendor Specific Performance Attribute (RVSPA)",
	  BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits fdp_bits[] = {
	F("fdpcidx", ZNVME_FEAT_FDP_FDPCIDX, "Flexible Data Placement Configuration Index"),
	F("fdpe", ZNVME_FEAT_FDP_FDPE, "Flexible Data Placement Enable (FDPE)",
	  BITS_VALUES(field_off_on)),
	{0},
};

static const struct field_bits sw_progress_bits[] = {
	F("pbslc", ZNVME_FEAT_SW_PROGRESS_PBSLC, "Pre-boot Software Load Count (PBSLC)"),
	{0},
};

static const struct field_bits host_id_bits[] = {
	F("exhid", ZNVME_FEAT_HOST_ID_EXHID, "Extended Host Identifier (EXHID)",
	  BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits resv_notify_bits[] = {
	F("respre", ZNVME_FEAT_RESV_NOTIFY_RESPRE,
	  "Mask Reservation Preempted Notification (RESPRE)", BITS_VALUES(field_no_yes)),
	F("resrel", ZNVME_FEAT_RESV_NOTIFY_RESREL,
	  "Mask Reservation Released Notification (RESREL)", BITS_VALUES(field_no_yes)),
	F("regpre", ZNVME_FEAT_RESV_NOTIFY_REGPRE,
	  "Mask Registration Preempted Notification (REGPRE)", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits resv_persist_bits[] = {
	F("ptpl", ZNVME_FEAT_RESV_PERSIST_PTPL, "Persist Through Power Loss (PTPL)",
	  BITS_VALUES(field_no_yes)),
	{0},
};

static const char *const write_protect_values[] = {"No Write Protect", "Write Protect",
						   "Write Protect Until Power Cycle",
						   "Permanent Write Protect"};

static const struct field_bits write_protect_bits[] = {
	F("wps", ZNVME_FEAT_WRITE_PROTECT_WPS, "Namespace Write Protect",
	  BITS_VALUES(write_protect_values)),
	{0},
};

static const char *const bp_protect_values[] = {"No change", "Unlocked", "Locked",
						"Locked Until Power Cycle", "Controlled by RPMB"};

static const struct field_bits bp_write_protect_bits[] = {
	F("bp1wps", ZNVME_FEAT_BP_WRITE_PROTECT_BP1, "Boot Partition 1",
	  BITS_VALUES(bp_protect_values)),
	F("bp0wps", ZNVME_FEAT_BP_WRITE_PROTECT_BP0, "Boot Partition 0",
	  BITS_VALUES(bp_protect_values)),
	{0},
};

const struct field_bits feature_capability_bits[] = {
	F("changeable", ZNVME_FEAT_CAP_CHANGEABLE, "Changeable", BITS_VALUES(field_no_yes)),
	F("per_namespace", ZNVME_FEAT_CAP_PER_NS, "Namespace Specific", BITS_VALUES(field_no_yes)),
	F("saveable", ZNVME_FEAT_CAP_SAVEABLE, "Saveable", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct feature features[] = {
	{ZNVME_FEAT_ARBITRATION, arbitration_bits, 0, false},
	{ZNVME_FEAT_POWER_MGMT, power_bits, 0, false},
	{ZNVME_FEAT_LBA_RANGE, lba_range_bits, sizeof(struct znvme_lba_range_table), true},
	{ZNVME_FEAT_TEMP_THRESHOLD, temperature_bits, 0, false,
	 ZNVME_FEAT_TEMP_TMPSEL | ZNVME_FEAT_TEMP_THSEL},
	{ZNVME_FEAT_ERROR_RECOVERY, error_recovery_bits, 0, true},
	{ZNVME_FEAT_VWC, vwc_bits, 0, false},
	{ZNVME_FEAT_NUM_QUEUES, queues_bits, 0, false},
	{ZNVME_FEAT_IRQ_COALESCING, coalescing_bits, 0, false},
	{ZNVME_FEAT_IRQ_VECTOR, vector_bits, 0, false, ZNVME_FEAT_IRQV_IV},
	{ZNVME_FEAT_WRITE_ATOMICITY, atomicity_bits, 0, false},
	{ZNVME_FEAT_ASYNC_EVENT, async_bits, 0, false},
	{ZNVME_FEAT_APST, apst_bits, sizeof(struct znvme_apst_table), false},
	{ZNVME_FEAT_HMB, hmb_bits, sizeof(struct znvme_hmb_attrs), false},
	{ZNVME_FEAT_TIMESTAMP, NULL, sizeof(struct znvme_timestamp), false},
	{ZNVME_FEAT_KEEP_ALIVE, keep_alive_bits, 0, false},
	{ZNVME_FEAT_HCTM, hctm_bits, 0, false},
	{ZNVME_FEAT_NOPSC, nopsc_bits, 0, false},
	{ZNVME_FEAT_RRL, rrl_bits, 0, false},
	{ZNVME_FEAT_PLM_CONFIG, plm_config_bits, sizeof(struct znvme_plm_config), false},
	{ZNVME_FEAT_PLM_WINDOW, plm_window_bits, 0, false},
	{ZNVME_FEAT_LBA_STATUS, lba_status_bits, 0, false},
	{ZNVME_FEAT_HOST_BEHAVIOR, NULL, sizeof(struct znvme_host_behavior), false},
	{ZNVME_FEAT_SANITIZE, sanitize_bits, 0, false},
	{ZNVME_FEAT_ENDURANCE_EVENT, endurance_bits, 0, false},
	{ZNVME_FEAT_IOCS_PROFILE, iocs_bits, 0, false},
	{ZNVME_FEAT_SPINUP, spinup_bits, 0, false},
	{ZNVME_FEAT_POWER_LOSS_SIGNAL, pls_bits, 0, false},
	{ZNVME_FEAT_PERFORMANCE, performance_bits, sizeof(struct znvme_perf_standard), false,
	 ZNVME_FEAT_PERF_ATTRI},
	{ZNVME_FEAT_FDP, fdp_bits, 0, false},
	{ZNVME_FEAT_CDQ, NULL, sizeof(struct znvme_cdq_attrs), false},
	{ZNVME_FEAT_NS_ADMIN_LABEL, NULL, sizeof(struct znvme_ns_admin_label), true},
	{ZNVME_FEAT_ENH_CTRL_METADATA, NULL, sizeof(struct znvme_host_metadata), false},
	{ZNVME_FEAT_CTRL_METADATA, NULL, sizeof(struct znvme_host_metadata), false},
	{ZNVME_FEAT_NS_METADATA, NULL, sizeof(struct znvme_host_metadata), true},
	{ZNVME_FEAT_SW_PROGRESS, sw_progress_bits, 0, false},
	{ZNVME_FEAT_HOST_ID, host_id_bits, 8, false},
	{ZNVME_FEAT_RESV_NOTIFY, resv_notify_bits, 0, true},
	{ZNVME_FEAT_RESV_PERSIST, resv_persist_bits, 0, true},
	{ZNVME_FEAT_WRITE_PROTECT, write_protect_bits, 0, true},
	{ZNVME_FEAT_BP_WRITE_PROTECT, bp_write_protect_bits, 0, false},
};

const struct feature *feature_find(uint8_t fid)
{
	static const struct feature unknown;

	for (unsigned i = 0; i < TOOL_COUNT(features); i++)
		if (features[i].fid == fid)
			return &features[i];
	return &unknown;
}

const struct feature *feature_next(const struct feature *feature)
{
	if (!feature)
		return features;
	return feature + 1 < features + TOOL_COUNT(features) ? feature + 1 : NULL;
}
