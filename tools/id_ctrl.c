/* SPDX-License-Identifier: MIT */
/*
 * id-ctrl: Identify Controller (Base 2.1, section 5.1.13, CNS 01h), by tables of its fields and
 * their bits.
 */
#include "commands.h"
#include "fields.h"

static const struct field_bits ver_bits[] = {
	BITS(ZNVME_VS_MJR, "Major Version"),
	BITS(ZNVME_VS_MNR, "Minor Version"),
	BITS(ZNVME_VS_TER, "Tertiary Version"),
	{0},
};

static const char *const single_multi[] = {"Single", "Multi"};
static const char *const pci_function[] = {"PCI function", "SR-IOV virtual function"};

static const struct field_bits cmic_bits[] = {
	BITS(ZNVME_CTRL_CMIC_ANA, "Asymmetric Namespace Access Reporting"),
	BITS(ZNVME_CTRL_CMIC_SRIOV_VF, "Controller", BITS_VALUES(pci_function)),
	BITS(ZNVME_CTRL_CMIC_MULTI_CTRL, "Controllers", BITS_VALUES(single_multi)),
	BITS(ZNVME_CTRL_CMIC_MULTI_PORT, "Ports", BITS_VALUES(single_multi)),
	{0},
};

static const struct field_bits oaes_bits[] = {
	BITS(ZNVME_CTRL_OAES_DISCOVERY, "Discovery Log Change Notices"),
	BITS(ZNVME_CTRL_OAES_ZONE, "Zone Descriptor Changed Notices"),
	BITS(ZNVME_CTRL_OAES_ALLOC_NS, "Allocated Namespace Attribute Notices"),
	BITS(ZNVME_CTRL_OAES_REACHABILITY, "Reachability Notices"),
	BITS(ZNVME_CTRL_OAES_TEMP_HYST, "Temperature Hysteresis Recovery Event"),
	BITS(ZNVME_CTRL_OAES_SHUTDOWN, "Normal NVM Subsystem Shutdown Event"),
	BITS(ZNVME_CTRL_OAES_ENDURANCE, "Endurance Group Event Aggregate Log Change Notices"),
	BITS(ZNVME_CTRL_OAES_LBA_STATUS, "LBA Status Information Notices"),
	BITS(ZNVME_CTRL_OAES_PLM, "Predictable Latency Event Aggregate Log Change Notices"),
	BITS(ZNVME_CTRL_OAES_ANA, "Asymmetric Namespace Access Change Notices"),
	BITS(ZNVME_CTRL_OAES_FW, "Firmware Activation Notices"),
	BITS(ZNVME_CTRL_OAES_NS, "Attached Namespace Attribute Notices"),
	{0},
};

static const struct field_bits ctratt_bits[] = {
	BITS(ZNVME_CTRL_CTRATT_FDPS, "Flexible Data Placement"),
	BITS(ZNVME_CTRL_CTRATT_RHII, "Reservations and Host Identifier Interaction"),
	BITS(ZNVME_CTRL_CTRATT_HMBR, "HMB Restrict Non-Operational Power State Access"),
	BITS(ZNVME_CTRL_CTRATT_MEM, "MDTS and Size Limits Exclude Metadata"),
	BITS(ZNVME_CTRL_CTRATT_ELBAS, "Extended LBA Formats"),
	BITS(ZNVME_CTRL_CTRATT_DEL_NVM_SET, "Delete NVM Set"),
	BITS(ZNVME_CTRL_CTRATT_DEL_ENDURANCE_GROUP, "Delete Endurance Group"),
	BITS(ZNVME_CTRL_CTRATT_VARIABLE_CAP, "Variable Capacity Management"),
	BITS(ZNVME_CTRL_CTRATT_FIXED_CAP, "Fixed Capacity Management"),
	BITS(ZNVME_CTRL_CTRATT_MDS, "Multi-Domain Subsystem"),
	BITS(ZNVME_CTRL_CTRATT_UUID_LIST, "UUID List"),
	BITS(ZNVME_CTRL_CTRATT_SQ_ASSOC, "SQ Associations"),
	BITS(ZNVME_CTRL_CTRATT_NS_GRANULARITY, "Namespace Granularity"),
	BITS(ZNVME_CTRL_CTRATT_TBKAS, "Traffic Based Keep Alive"),
	BITS(ZNVME_CTRL_CTRATT_PLM, "Predictable Latency Mode"),
	BITS(ZNVME_CTRL_CTRATT_ENDURANCE_GROUPS, "Endurance Groups"),
	BITS(ZNVME_CTRL_CTRATT_RRLVLS, "Read Recovery Levels"),
	BITS(ZNVME_CTRL_CTRATT_NVM_SETS, "NVM Sets"),
	BITS(ZNVME_CTRL_CTRATT_NOPSPM, "Non-Operational Power State Permissive Mode"),
	BITS(ZNVME_CTRL_CTRATT_128_BIT_HOSTID, "128-bit Host Identifier"),
	{0},
};

static const char *const cntrltypes[] = {"Not reported", "I/O Controller", "Discovery Controller",
					 "Administrative Controller"};

static const struct field_bits cntrltype_bits[] = {
	BITS(0xff, "Controller Type", BITS_VALUES(cntrltypes)),
	{0},
};

static const struct field_bits bpcap_bits[] = {
	BITS(ZNVME_CTRL_BPCAP_SET_FEATURES, "Set Features Boot Partition Write Protection"),
	BITS(ZNVME_CTRL_BPCAP_RPMB, "RPMB Boot Partition Write Protection"),
	{0},
};

static const struct field_bits plsi_bits[] = {
	BITS(ZNVME_CTRL_PLSI_FQ, "Forced Quiescence"),
	BITS(ZNVME_CTRL_PLSI_EPF, "Emergency Power Fail"),
	{0},
};

static const struct field_bits crcap_bits[] = {
	BITS(ZNVME_CTRL_CRCAP_RGIDC, "Reachability Group Identifier Change"),
	BITS(ZNVME_CTRL_CRCAP_RRSUP, "Reachability Reporting"),
	{0},
};

static const struct field_bits nvmsr_bits[] = {
	BITS(ZNVME_CTRL_NVMSR_NVMEE, "Part of an Enclosure", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_CTRL_NVMSR_NVMESD, "Part of a Storage Device", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits vwci_bits[] = {
	BITS(ZNVME_CTRL_VWCI_VWCRV, "VPD Write Cycles Remaining Valid", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_CTRL_VWCI_VWCR, "VPD Write Cycles Remaining"),
	{0},
};

static const struct field_bits mec_bits[] = {
	BITS(ZNVME_CTRL_MEC_PCIE, "Management Endpoint on PCIe"),
	BITS(ZNVME_CTRL_MEC_SMBUS, "Management Endpoint on SMBus/I2C"),
	{0},
};

static const struct field_bits oacs_bits[] = {
	BITS(ZNVME_CTRL_OACS_MIGRATION, "Host Managed Live Migration"),
	BITS(ZNVME_CTRL_OACS_LOCKDOWN, "Command and Feature Lockdown"),
	BITS(ZNVME_CTRL_OACS_LBA_STATUS, "Get LBA Status"),
	BITS(ZNVME_CTRL_OACS_DBBUF, "Doorbell Buffer Config"),
	BITS(ZNVME_CTRL_OACS_VIRT_MGMT, "Virtualization Management"),
	BITS(ZNVME_CTRL_OACS_NVME_MI, "NVMe-MI Send and Receive"),
	BITS(ZNVME_CTRL_OACS_DIRECTIVES, "Directives"),
	BITS(ZNVME_CTRL_OACS_SELF_TEST, "Device Self-test"),
	BITS(ZNVME_CTRL_OACS_NS_MGMT, "Namespace Management and Attachment"),
	BITS(ZNVME_CTRL_OACS_FW, "FW Commit and Download"),
	BITS(ZNVME_CTRL_OACS_FORMAT, "Format NVM"),
	BITS(ZNVME_CTRL_OACS_SECURITY, "Security Send and Receive"),
	{0},
};

static const struct field_bits frmw_bits[] = {
	BITS(ZNVME_CTRL_FRMW_OVERLAP, "Multiple Update Detection"),
	BITS(ZNVME_CTRL_FRMW_NO_RESET, "Firmware Activate Without Reset"),
	BITS(ZNVME_CTRL_FRMW_NR_SLOTS, "Number of Firmware Slots"),
	BITS(ZNVME_CTRL_FRMW_SLOT1_RO, "Firmware Slot 1 Read-Only", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits lpa_bits[] = {
	BITS(ZNVME_CTRL_LPA_TELEMETRY_DA4, "Telemetry Data Area 4"),
	BITS(ZNVME_CTRL_LPA_MLPS, "Supported and Effects Logs"),
	BITS(ZNVME_CTRL_LPA_PERSISTENT_EVENT, "Persistent Event Log"),
	BITS(ZNVME_CTRL_LPA_TELEMETRY, "Telemetry Logs"),
	BITS(ZNVME_CTRL_LPA_EXTENDED, "Extended Data for Get Log Page"),
	BITS(ZNVME_CTRL_LPA_CMD_EFFECTS, "Command Effects Log"),
	BITS(ZNVME_CTRL_LPA_SMART_PER_NS, "SMART/Health Log per Namespace"),
	{0},
};

static const struct field_bits avscc_bits[] = {
	BITS(ZNVME_CTRL_AVSCC_COMMON, "Common Format of Vendor Admin Commands",
	     BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits apsta_bits[] = {
	BITS(ZNVME_CTRL_APSTA_SUPPORTED, "Autonomous Power State Transitions"),
	{0},
};

static const struct field_bits rpmbs_bits[] = {
	BITS(ZNVME_CTRL_RPMBS_ACCESS_SIZE, "Access Size (512 bytes, 0-based)"),
	BITS(ZNVME_CTRL_RPMBS_TOTAL_SIZE, "Total Size (128 KiB, 0-based)"),
	BITS(ZNVME_CTRL_RPMBS_AUTH, "Authentication Method (0: HMAC SHA-256)"),
	BITS(ZNVME_CTRL_RPMBS_NR_UNITS, "Number of RPMB Units"),
	{0},
};

static const struct field_bits dsto_bits[] = {
	BITS(ZNVME_CTRL_DSTO_HIRS, "Host-Initiated Refresh"),
	BITS(ZNVME_CTRL_DSTO_ONE, "One Self-test at a Time", BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits hctma_bits[] = {
	BITS(ZNVME_CTRL_HCTMA_SUPPORTED, "Host Controlled Thermal Management"),
	{0},
};

static const char *const nodmmas[] = {"Not defined", "No", "Yes"};

static const struct field_bits sanicap_bits[] = {
	BITS(ZNVME_CTRL_SANICAP_NODMMAS, "Media Additionally Modified After Sanitize",
	     BITS_VALUES(nodmmas)),
	BITS(ZNVME_CTRL_SANICAP_NDI, "No-Deallocate Inhibited", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_CTRL_SANICAP_VERIFY, "Media Verification"),
	BITS(ZNVME_CTRL_SANICAP_OVERWRITE, "Overwrite Sanitize"),
	BITS(ZNVME_CTRL_SANICAP_BLOCK, "Block Erase Sanitize"),
	BITS(ZNVME_CTRL_SANICAP_CRYPTO, "Crypto Erase Sanitize"),
	{0},
};

static const struct field_bits anacap_bits[] = {
	BITS(ZNVME_CTRL_ANACAP_GRPID_MGMT, "Non-zero Group Identifier in Namespace Management"),
	BITS(ZNVME_CTRL_ANACAP_GRPID_FIXED, "Group Identifier Stays While Attached",
	     BITS_VALUES(field_no_yes)),
	BITS(ZNVME_CTRL_ANACAP_CHANGE, "ANA Change State"),
	BITS(ZNVME_CTRL_ANACAP_PERSISTENT_LOSS, "ANA Persistent Loss State"),
	BITS(ZNVME_CTRL_ANACAP_INACCESSIBLE, "ANA Inaccessible State"),
	BITS(ZNVME_CTRL_ANACAP_NONOPTIMIZED, "ANA Non-Optimized State"),
	BITS(ZNVME_CTRL_ANACAP_OPTIMIZED, "ANA Optimized State"),
	{0},
};

static const struct field_bits kpioc_bits[] = {
	BITS(ZNVME_CTRL_KPIOC_KPIOSC, "Key Per I/O for All Namespaces", BITS_VALUES(field_no_yes)),
	BITS(ZNVME_CTRL_KPIOC_KPIOS, "Key Per I/O"),
	{0},
};

static const struct field_bits sqes_bits[] = {
	BITS(ZNVME_CTRL_SQES_MAX, "Max SQ Entry Size (log2 of bytes)"),
	BITS(ZNVME_CTRL_SQES_MIN, "Min SQ Entry Size (log2 of bytes)"),
	{0},
};

static const struct field_bits cqes_bits[] = {
	BITS(ZNVME_CTRL_CQES_MAX, "Max CQ Entry Size (log2 of bytes)"),
	BITS(ZNVME_CTRL_CQES_MIN, "Min CQ Entry Size (log2 of bytes)"),
	{0},
};

static const struct field_bits oncs_bits[] = {
	BITS(ZNVME_CTRL_ONCS_NS_ZEROES, "Namespace Zeroes"),
	BITS(ZNVME_CTRL_ONCS_WZ_DEALLOC_LIMIT, "Maximum Write Zeroes With Deallocate"),
	BITS(ZNVME_CTRL_ONCS_COPY_ALL_FAST, "All Fast Copy"),
	BITS(ZNVME_CTRL_ONCS_COPY_ATOMIC, "Copy Single Atomicity"),
	BITS(ZNVME_CTRL_ONCS_COPY, "Copy"),
	BITS(ZNVME_CTRL_ONCS_VERIFY, "Verify"),
	BITS(ZNVME_CTRL_ONCS_TIMESTAMP, "Timestamp"),
	BITS(ZNVME_CTRL_ONCS_RESERVATIONS, "Reservations"),
	BITS(ZNVME_CTRL_ONCS_SAVE_SELECT, "Save and Select"),
	BITS(ZNVME_CTRL_ONCS_WRITE_ZEROES, "Write Zeroes"),
	BITS(ZNVME_CTRL_ONCS_DSM, "Data Set Management"),
	BITS(ZNVME_CTRL_ONCS_WRITE_UNCORRECTABLE, "Write Uncorrectable"),
	BITS(ZNVME_CTRL_ONCS_COMPARE, "Compare"),
	{0},
};

static const struct field_bits fuses_bits[] = {
	BITS(ZNVME_CTRL_FUSES_COMPARE_WRITE, "Fused Compare and Write"),
	{0},
};

static const char *const ns_scope[] = {"a Single Namespace", "All Namespaces"};

static const struct field_bits fna_bits[] = {
	BITS(ZNVME_CTRL_FNA_NO_NSID_ALL, "Format of NSID FFFFFFFFh Refused",
	     BITS_VALUES(field_no_yes)),
	BITS(ZNVME_CTRL_FNA_CRYPTO_ERASE, "Crypto Erase as Part of Secure Erase"),
	BITS(ZNVME_CTRL_FNA_ERASE_ALL, "Secure Erase Applies to", BITS_VALUES(ns_scope)),
	BITS(ZNVME_CTRL_FNA_FORMAT_ALL, "Format Applies to", BITS_VALUES(ns_scope)),
	{0},
};

static const char *const vwc_flush[] = {"Not reported", NULL, "Not Supported", "Supported"};
static const char *const absent_present[] = {"Not Present", "Present"};

static const struct field_bits vwc_bits[] = {
	BITS(ZNVME_CTRL_VWC_FLUSH, "Flush of NSID FFFFFFFFh", BITS_VALUES(vwc_flush)),
	BITS(ZNVME_CTRL_VWC_PRESENT, "Volatile Write Cache", BITS_VALUES(absent_present)),
	{0},
};

static const struct field_bits icsvscc_bits[] = {
	BITS(ZNVME_CTRL_ICSVSCC_COMMON, "Common Format of Vendor I/O Commands",
	     BITS_VALUES(field_no_yes)),
	{0},
};

static const struct field_bits nwpc_bits[] = {
	BITS(ZNVME_CTRL_NWPC_PERMANENT, "Permanent Write Protect"),
	BITS(ZNVME_CTRL_NWPC_POWER_CYCLE, "Write Protect Until Power Cycle"),
	BITS(ZNVME_CTRL_NWPC_WRITE_PROTECT, "No Write Protect and Write Protect"),
	{0},
};

static const char *const sgls_kinds[] = {"Not Supported", "Supported, no alignment required",
					 "Supported, dword alignment required"};

static const struct field_bits sgls_bits[] = {
	BITS(ZNVME_CTRL_SGLS_TRANSPORT, "Transport SGL Data Block Descriptor"),
	BITS(ZNVME_CTRL_SGLS_OFFSET, "Address Offsets"),
	BITS(ZNVME_CTRL_SGLS_MPTR_SGL, "Metadata Pointer to an SGL Descriptor"),
	BITS(ZNVME_CTRL_SGLS_OVERSIZE, "SGL Length Larger than Buffer"),
	BITS(ZNVME_CTRL_SGLS_MPTR_BYTE, "Byte-Aligned Contiguous Metadata Buffer"),
	BITS(ZNVME_CTRL_SGLS_BIT_BUCKET, "SGL Bit-Bucket"),
	BITS(ZNVME_CTRL_SGLS_SDT, "SGL Descriptor Threshold"),
	BITS(ZNVME_CTRL_SGLS_KEYED, "Keyed SGL Data Block Descriptor"),
	BITS(ZNVME_CTRL_SGLS_SUPPORTED, "Scatter-Gather Lists", BITS_VALUES(sgls_kinds)),
	{0},
};

static const struct field_bits trattr_bits[] = {
	BITS(ZNVME_CTRL_TRATTR_MRTLL, "Memory Range Tracking Length Limited",
	     BITS_VALUES(field_no_yes)),
	BITS(ZNVME_CTRL_TRATTR_TUDCS, "Tracking of User Data Changes"),
	BITS(ZNVME_CTRL_TRATTR_THMCS, "Tracking of Host Memory Changes"),
	{0},
};

static const char *const fcatt_model[] = {"Dynamic", "Static"};

static const struct field_bits fcatt_bits[] = {
	BITS(ZNVME_CTRL_FCATT_STATIC, "Controller Model", BITS_VALUES(fcatt_model)),
	{0},
};

static const struct field_bits ofcs_bits[] = {
	BITS(ZNVME_CTRL_OFCS_DISCONNECT, "Disconnect"),
	{0},
};

#define ROW(member, how, ...) FIELD(znvme_id_ctrl, member, how, __VA_ARGS__)

static const struct field id_ctrl_fields[] = {
	ROW(vid, HEX),
	ROW(ssvid, HEX),
	ROW(sn, TEXT),
	ROW(mn, TEXT),
	ROW(fr, TEXT),
	ROW(rab, DEC, .unit = "log2 of commands"),
	ROW(ieee, OUI),
	ROW(cmic, HEX, .bits = cmic_bits),
	ROW(mdts, DEC, .unit = "log2 of memory pages; 0: no limit"),
	ROW(cntlid, HEX),
	ROW(ver, HEX, .bits = ver_bits),
	ROW(rtd3r, HEX, .unit = "microseconds"),
	ROW(rtd3e, HEX, .unit = "microseconds"),
	ROW(oaes, HEX, .bits = oaes_bits),
	ROW(ctratt, HEX, .bits = ctratt_bits),
	ROW(rrls, HEX, .unit = "bit n: level n"),
	ROW(bpcap, HEX, .bits = bpcap_bits),
	ROW(nssl, DEC, .unit = "microseconds"),
	ROW(plsi, DEC, .bits = plsi_bits),
	ROW(cntrltype, DEC, .bits = cntrltype_bits),
	ROW(fguid, UUID),
	ROW(crdt1, DEC, .unit = "100 ms"),
	ROW(crdt2, DEC, .unit = "100 ms"),
	ROW(crdt3, DEC, .unit = "100 ms"),
	ROW(crcap, DEC, .bits = crcap_bits),
	ROW(nvmsr, DEC, .bits = nvmsr_bits),
	ROW(vwci, DEC, .bits = vwci_bits),
	ROW(mec, DEC, .bits = mec_bits),
	ROW(oacs, HEX, .bits = oacs_bits),
	ROW(acl, DEC, .unit = "0-based"),
	ROW(aerl, DEC, .unit = "0-based"),
	ROW(frmw, HEX, .bits = frmw_bits),
	ROW(lpa, HEX, .bits = lpa_bits),
	ROW(elpe, DEC, .unit = "0-based"),
	ROW(npss, DEC, .unit = "0-based"),
	ROW(avscc, HEX, .bits = avscc_bits),
	ROW(apsta, HEX, .bits = apsta_bits),
	ROW(wctemp, DEC, .unit = "kelvin"),
	ROW(cctemp, DEC, .unit = "kelvin"),
	ROW(mtfa, DEC, .unit = "100 ms"),
	ROW(hmpre, DEC, .unit = "4 KiB"),
	ROW(hmmin, DEC, .unit = "4 KiB"),
	ROW(tnvmcap, DEC, .unit = "bytes"),
	ROW(unvmcap, DEC, .unit = "bytes"),
	ROW(rpmbs, HEX, .bits = rpmbs_bits),
	ROW(edstt, DEC, .unit = "minutes"),
	ROW(dsto, DEC, .bits = dsto_bits),
	ROW(fwug, DEC, .unit = "4 KiB; 255: no restriction"),
	ROW(kas, DEC, .unit = "100 ms"),
	ROW(hctma, HEX, .bits = hctma_bits),
	ROW(mntmt, DEC, .unit = "kelvin"),
	ROW(mxtmt, DEC, .unit = "kelvin"),
	ROW(sanicap, HEX, .bits = sanicap_bits),
	ROW(hmminds, DEC, .unit = "4 KiB"),
	ROW(hmmaxd, DEC),
	ROW(nsetidmax, DEC),
	ROW(endgidmax, DEC),
	ROW(anatt, DEC, .unit = "seconds"),
	ROW(anacap, DEC, .bits = anacap_bits),
	ROW(anagrpmax, DEC),
	ROW(nanagrpid, DEC),
	ROW(pels, DEC, .unit = "64 KiB"),
	ROW(domainid, DEC),
	ROW(kpioc, DEC, .bits = kpioc_bits),
	ROW(mptfawr, DEC, .unit = "100 ms"),
	ROW(megcap, DEC, .unit = "bytes"),
	ROW(tmpthha, HEX, .unit = "kelvin"),
	ROW(cqt, DEC, .unit = "milliseconds"),
	ROW(sqes, HEX, .bits = sqes_bits),
	ROW(cqes, HEX, .bits = cqes_bits),
	ROW(maxcmd, DEC),
	ROW(nn, DEC),
	ROW(oncs, HEX, .bits = oncs_bits),
	ROW(fuses, HEX, .bits = fuses_bits),
	ROW(fna, HEX, .bits = fna_bits),
	ROW(vwc, HEX, .bits = vwc_bits),
	ROW(awun, DEC, .unit = "blocks, 0-based"),
	ROW(awupf, DEC, .unit = "blocks, 0-based"),
	ROW(icsvscc, DEC, .bits = icsvscc_bits),
	ROW(nwpc, DEC, .bits = nwpc_bits),
	ROW(acwu, DEC, .unit = "blocks, 0-based"),
	ROW(ocfs, HEX, .unit = "bit n: copy descriptor format n"),
	ROW(sgls, HEX, .bits = sgls_bits),
	ROW(mnan, DEC),
	ROW(maxdna, DEC),
	ROW(maxcna, DEC),
	ROW(oaqd, DEC),
	ROW(rhiri, DEC, .unit = "days"),
	ROW(hirt, DEC, .unit = "minutes"),
	ROW(cmmrtd, DEC),
	ROW(nmmrtd, DEC),
	ROW(minmrtg, DEC),
	ROW(maxmrtg, DEC),
	ROW(trattr, DEC, .bits = trattr_bits),
	ROW(mcudmq, DEC),
	ROW(mnsudmq, DEC),
	ROW(mcmr, DEC),
	ROW(nmcmr, DEC),
	ROW(mcdqpc, DEC),
	ROW(subnqn, TEXT),
	ROW(ioccsz, DEC, .unit = "16 bytes"),
	ROW(iorcsz, DEC, .unit = "16 bytes"),
	ROW(icdoff, DEC, .unit = "16 bytes"),
	ROW(fcatt, HEX, .bits = fcatt_bits),
	ROW(msdbd, DEC),
	ROW(ofcs, DEC, .bits = ofcs_bits),
	{0},
};

/* ---- power states -------------------------------------------------------------------------- */

/* A row of a power state's JSON; `mask` 0 is the whole byte or word. */
static const struct {
	const char *name;
	uint8_t offset;
	uint8_t size;
	uint8_t mask;
} psd_rows[] = {
#define PSD(name, member, mask)                                                                    \
	{                                                                                          \
		name, offsetof(struct znvme_id_power_state, member),                               \
			sizeof(((struct znvme_id_power_state *)0)->member), mask                   \
	}
	PSD("max_power", mp, 0),
	PSD("max_power_scale", flags, ZNVME_PSD_FLAGS_MXPS),
	PSD("non-operational_state", flags, ZNVME_PSD_FLAGS_NOPS),
	PSD("entry_lat", enlat, 0),
	PSD("exit_lat", exlat, 0),
	PSD("read_tput", rrt, 0),
	PSD("read_lat", rrl, 0),
	PSD("write_tput", rwt, 0),
	PSD("write_lat", rwl, 0),
	PSD("idle_power", idlp, 0),
	PSD("idle_scale", ips, ZNVME_PSD_IPS_SCALE),
	PSD("active_power", actp, 0),
	PSD("active_power_work", apws, ZNVME_PSD_APWS_WORKLOAD),
	PSD("active_scale", apws, ZNVME_PSD_APWS_SCALE),
#undef PSD
};

static unsigned nr_power_states(const struct znvme_id_ctrl *id)
{
	return id->npss < ZNVME_POWER_STATES ? id->npss + 1u : ZNVME_POWER_STATES;
}

static struct json_object *power_states_json(const struct znvme_id_ctrl *id)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < nr_power_states(id); i++) {
		struct json_object *state = json_object_new_object();

		for (unsigned k = 0; k < TOOL_COUNT(psd_rows); k++) {
			const char *bytes = (const char *)&id->psd[i] + psd_rows[k].offset;
			uint64_t value = field_number(bytes, psd_rows[k].size);

			if (psd_rows[k].mask)
				value = znvme_field_get(psd_rows[k].mask, value);
			json_add_number(state, psd_rows[k].name, value);
		}
		json_add_number(state, "flags", id->psd[i].flags);
		json_object_array_add(list, state);
	}
	return list;
}

/* "8.25W", or "-" where it is not reported. `scale` is of enum znvme_power_scale. */
static void power_text(char *text, size_t size, uint16_t power, unsigned scale)
{
	if (scale == ZNVME_POWER_SCALE_100_UW)
		snprintf(text, size, "%01u.%04uW", power / 10000, power % 10000);
	else if (scale == ZNVME_POWER_SCALE_10_MW)
		snprintf(text, size, "%01u.%02uW", power / 100, power % 100);
	else
		snprintf(text, size, "-");
}

static void print_power_states(FILE *out, const struct znvme_id_ctrl *id)
{
	for (unsigned i = 0; i < nr_power_states(id); i++) {
		const struct znvme_id_power_state *ps = &id->psd[i];
		unsigned workload = ps->apws & ZNVME_PSD_APWS_WORKLOAD;
		char max[16], idle[16], active[16];

		power_text(max, sizeof(max), ps->mp,
			   ps->flags & ZNVME_PSD_FLAGS_MXPS ? ZNVME_POWER_SCALE_100_UW
							    : ZNVME_POWER_SCALE_10_MW);
		power_text(idle, sizeof(idle), ps->idlp,
			   (unsigned)znvme_field_get(ZNVME_PSD_IPS_SCALE, ps->ips));
		power_text(active, sizeof(active), ps->actp,
			   (unsigned)znvme_field_get(ZNVME_PSD_APWS_SCALE, ps->apws));
		fprintf(out, "ps   %4u : mp:%s %soperational enlat:%u exlat:%u rrt:%u rrl:%u\n", i,
			max, ps->flags & ZNVME_PSD_FLAGS_NOPS ? "non-" : "", ps->enlat, ps->exlat,
			ps->rrt, ps->rrl);
		fprintf(out, "            rwt:%u rwl:%u idle_power:%s active_power:%s\n", ps->rwt,
			ps->rwl, idle, active);
		if (workload)
			fprintf(out, "            active_power_workload:80K 128KiB SW #%u\n",
				workload);
		else
			fputs("            active_power_workload:-\n", out);
	}
}

/* ---- the command --------------------------------------------------------------------------- */

struct id_ctrl_args {
	bool vendor_specific;
};

static const struct tool_option id_ctrl_options[] = {
	TOOL_OPTION('V', "vendor-specific", NULL, TOOL_FLAG,
		    offsetof(struct id_ctrl_args, vendor_specific), "dump the vendor's bytes too"),
	{0},
};

static int run_id_ctrl(struct tool *tool, void *arg)
{
	const struct id_ctrl_args *args = arg;
	const struct znvme_id_ctrl *id;

	if (tool_open(tool))
		return 1;
	id = znvme_id_ctrl(tool->ctrl);
	if (tool->format == TOOL_RAW) {
		fwrite(id, sizeof(*id), 1, tool->out);
	} else if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		fields_json(tool->json, id_ctrl_fields, id);
		json_object_object_add(tool->json, "psds", power_states_json(id));
		if (args->vendor_specific)
			json_add_hex(tool->json, "vs", id->vs, sizeof(id->vs));
	} else {
		fputs("NVME Identify Controller:\n", tool->out);
		fields_print(tool->out, id_ctrl_fields, 9, id, tool->human);
		print_power_states(tool->out, id);
		if (args->vendor_specific) {
			fputs("vs[]:\n", tool->out);
			hex_dump(tool->out, id->vs, sizeof(id->vs));
		}
	}
	return 0;
}

const struct tool_command id_ctrl_command = {
	.name = "id-ctrl",
	.summary = "what the controller is and can do",
	.group = TOOL_GROUP_IDENTIFY,
	.flags = TOOL_DEVICE | TOOL_OUTPUT | TOOL_BINARY | TOOL_HUMAN,
	.options = id_ctrl_options,
	.args_size = sizeof(struct id_ctrl_args),
	.example = "znvme id-ctrl sim: --human-readable",
	.run = run_id_ctrl,
};
