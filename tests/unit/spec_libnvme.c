/* SPDX-License-Identifier: MIT */
/*
 * The wire formats of <znvme/spec/> against a second reading of the specification: libnvme's.
 *
 * At compile time: sizes, offsets and widths of every structure and field both have, and the values
 * and masks both have. At run time: status codes (libnvme has them without their type), and the
 * names of <znvme/names.h>. The output is TAP.
 *
 * Debian's libnvme 1.3 knows version 2.0 of the specification. Where it differs from 2.1 the line
 * says how: WITHIN is a mask that grew, and these are left out, as they are wrong there:
 *   nvme_id_ns.lbstm (it is in the command set's own structure), nvme_err_pel (bits of a field of
 *   16 bits taken for one of 8), NVME_SC_ABORT_MISSING (Fabrics of old, reserved today), the tag
 * and mask of nvme_copy_range and _f1 (the other way round), nvme_lba_status.cmpc's values.
 */
#include <stdio.h>
#include <string.h>

#include <nvme/types.h>

#include <znvme/names.h>
#include <znvme/spec/admin.h>
#include <znvme/spec/cmd.h>
#include <znvme/spec/copy.h>
#include <znvme/spec/directive.h>
#include <znvme/spec/fdp.h>
#include <znvme/spec/feature.h>
#include <znvme/spec/identify.h>
#include <znvme/spec/lba_status.h>
#include <znvme/spec/log.h>
#include <znvme/spec/resv.h>
#include <znvme/spec/status.h>
#include <znvme/spec/zns.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* A structure of ours has the size of one of theirs. */
#define SIZE(ours, theirs)                                                                         \
	ZNVME_STATIC_ASSERT(sizeof(struct ours) == sizeof(struct theirs), "size of " #ours)

/* A field of ours has the place and the width of one of theirs. */
#define FIELD2(ours, our_field, theirs, their_field)                                               \
	ZNVME_STATIC_ASSERT(offsetof(struct ours, our_field) ==                                    \
				    offsetof(struct theirs, their_field),                          \
			    "offset of " #ours "." #our_field);                                    \
	ZNVME_STATIC_ASSERT(sizeof(((struct ours *)0)->our_field) ==                               \
				    sizeof(((struct theirs *)0)->their_field),                     \
			    "width of " #ours "." #our_field)
#define FIELD(ours, theirs, field) FIELD2(ours, field, theirs, field)

/* A constant or mask of ours equals one of theirs, or theirs is a part of ours. */
#define SAME(ours, theirs)                                                                         \
	ZNVME_STATIC_ASSERT((uint64_t)(ours) == (uint32_t)(theirs), #ours " is " #theirs)
#define WITHIN(ours, theirs)                                                                       \
	ZNVME_STATIC_ASSERT(((uint64_t)(ours) & (uint32_t)(theirs)) == (uint32_t)(theirs) &&       \
				    (uint64_t)(ours) != (uint32_t)(theirs),                        \
			    #ours " holds " #theirs)

/* The same where they have the mask shifted down, and the shift. */
#define SHIFTED(ours, theirs)	     SAME(ours, (uint32_t)(theirs##_MASK) << theirs##_SHIFT)
#define SHIFTED_WITHIN(ours, theirs) WITHIN(ours, (uint32_t)(theirs##_MASK) << theirs##_SHIFT)

/* ---- Identify ------------------------------------------------------------------------------ */

SIZE(znvme_id_power_state, nvme_id_psd);
FIELD(znvme_id_power_state, nvme_id_psd, mp);
FIELD(znvme_id_power_state, nvme_id_psd, flags);
FIELD(znvme_id_power_state, nvme_id_psd, enlat);
FIELD(znvme_id_power_state, nvme_id_psd, exlat);
FIELD(znvme_id_power_state, nvme_id_psd, rrt);
FIELD(znvme_id_power_state, nvme_id_psd, rrl);
FIELD(znvme_id_power_state, nvme_id_psd, rwt);
FIELD(znvme_id_power_state, nvme_id_psd, rwl);
FIELD(znvme_id_power_state, nvme_id_psd, idlp);
FIELD(znvme_id_power_state, nvme_id_psd, ips);
FIELD(znvme_id_power_state, nvme_id_psd, actp);
FIELD(znvme_id_power_state, nvme_id_psd, apws);
SAME(ZNVME_PSD_FLAGS_MXPS, NVME_PSD_FLAGS_MXPS);
SAME(ZNVME_PSD_FLAGS_NOPS, NVME_PSD_FLAGS_NOPS);
SAME(ZNVME_POWER_SCALE_NONE, NVME_PSD_PS_NOT_REPORTED);
SAME(ZNVME_POWER_SCALE_100_UW, NVME_PSD_PS_100_MICRO_WATT);
SAME(ZNVME_POWER_SCALE_10_MW, NVME_PSD_PS_10_MILLI_WATT);

#define ID_CTRL(field) FIELD(znvme_id_ctrl, nvme_id_ctrl, field)
SIZE(znvme_id_ctrl, nvme_id_ctrl);
ID_CTRL(vid);
ID_CTRL(ssvid);
ID_CTRL(sn);
ID_CTRL(mn);
ID_CTRL(fr);
ID_CTRL(rab);
ID_CTRL(ieee);
ID_CTRL(cmic);
ID_CTRL(mdts);
ID_CTRL(cntlid);
ID_CTRL(ver);
ID_CTRL(rtd3r);
ID_CTRL(rtd3e);
ID_CTRL(oaes);
ID_CTRL(ctratt);
ID_CTRL(rrls);
ID_CTRL(cntrltype);
ID_CTRL(fguid);
ID_CTRL(crdt1);
ID_CTRL(crdt2);
ID_CTRL(crdt3);
ID_CTRL(nvmsr);
ID_CTRL(vwci);
ID_CTRL(mec);
ID_CTRL(oacs);
ID_CTRL(acl);
ID_CTRL(aerl);
ID_CTRL(frmw);
ID_CTRL(lpa);
ID_CTRL(elpe);
ID_CTRL(npss);
ID_CTRL(avscc);
ID_CTRL(apsta);
ID_CTRL(wctemp);
ID_CTRL(cctemp);
ID_CTRL(mtfa);
ID_CTRL(hmpre);
ID_CTRL(hmmin);
ID_CTRL(tnvmcap);
ID_CTRL(unvmcap);
ID_CTRL(rpmbs);
ID_CTRL(edstt);
ID_CTRL(dsto);
ID_CTRL(fwug);
ID_CTRL(kas);
ID_CTRL(hctma);
ID_CTRL(mntmt);
ID_CTRL(mxtmt);
ID_CTRL(sanicap);
ID_CTRL(hmminds);
ID_CTRL(hmmaxd);
ID_CTRL(nsetidmax);
ID_CTRL(endgidmax);
ID_CTRL(anatt);
ID_CTRL(anacap);
ID_CTRL(anagrpmax);
ID_CTRL(nanagrpid);
ID_CTRL(pels);
ID_CTRL(domainid);
ID_CTRL(megcap);
ID_CTRL(sqes);
ID_CTRL(cqes);
ID_CTRL(maxcmd);
ID_CTRL(nn);
ID_CTRL(oncs);
ID_CTRL(fuses);
ID_CTRL(fna);
ID_CTRL(vwc);
ID_CTRL(awun);
ID_CTRL(awupf);
ID_CTRL(icsvscc);
ID_CTRL(nwpc);
ID_CTRL(acwu);
ID_CTRL(ocfs);
ID_CTRL(sgls);
ID_CTRL(mnan);
ID_CTRL(maxdna);
ID_CTRL(maxcna);
ID_CTRL(subnqn);
ID_CTRL(ioccsz);
ID_CTRL(iorcsz);
ID_CTRL(icdoff);
ID_CTRL(fcatt);
ID_CTRL(msdbd);
ID_CTRL(ofcs);
ID_CTRL(dctype);
ID_CTRL(psd);
ID_CTRL(vs);

SAME(ZNVME_CNTRLTYPE_IO, NVME_CTRL_CNTRLTYPE_IO);
SAME(ZNVME_CNTRLTYPE_DISCOVERY, NVME_CTRL_CNTRLTYPE_DISCOVERY);
SAME(ZNVME_CNTRLTYPE_ADMIN, NVME_CTRL_CNTRLTYPE_ADMIN);
SAME(ZNVME_NQN_SIZE, NVME_NQN_LENGTH);
SAME(ZNVME_CTRL_CMIC_MULTI_PORT, NVME_CTRL_CMIC_MULTI_PORT);
SAME(ZNVME_CTRL_CMIC_MULTI_CTRL, NVME_CTRL_CMIC_MULTI_CTRL);
SAME(ZNVME_CTRL_CMIC_SRIOV_VF, NVME_CTRL_CMIC_MULTI_SRIOV);
SAME(ZNVME_CTRL_CMIC_ANA, NVME_CTRL_CMIC_MULTI_ANA_REPORTING);
SAME(ZNVME_CTRL_OAES_NS, NVME_CTRL_OAES_NA);
SAME(ZNVME_CTRL_OAES_FW, NVME_CTRL_OAES_FA);
SAME(ZNVME_CTRL_OAES_ANA, NVME_CTRL_OAES_ANA);
SAME(ZNVME_CTRL_OAES_PLM, NVME_CTRL_OAES_PLEA);
SAME(ZNVME_CTRL_OAES_LBA_STATUS, NVME_CTRL_OAES_LBAS);
SAME(ZNVME_CTRL_OAES_ENDURANCE, NVME_CTRL_OAES_EGE);
SAME(ZNVME_CTRL_OAES_SHUTDOWN, NVME_CTRL_OAES_NS);
SAME(ZNVME_CTRL_OAES_ZONE, NVME_CTRL_OAES_ZD);
SAME(ZNVME_CTRL_OAES_DISCOVERY, NVME_CTRL_OAES_DL);
SAME(ZNVME_CTRL_CTRATT_128_BIT_HOSTID, NVME_CTRL_CTRATT_128_ID);
SAME(ZNVME_CTRL_CTRATT_NOPSPM, NVME_CTRL_CTRATT_NON_OP_PSP);
SAME(ZNVME_CTRL_CTRATT_NVM_SETS, NVME_CTRL_CTRATT_NVM_SETS);
SAME(ZNVME_CTRL_CTRATT_RRLVLS, NVME_CTRL_CTRATT_READ_RECV_LVLS);
SAME(ZNVME_CTRL_CTRATT_ENDURANCE_GROUPS, NVME_CTRL_CTRATT_ENDURANCE_GROUPS);
SAME(ZNVME_CTRL_CTRATT_PLM, NVME_CTRL_CTRATT_PREDICTABLE_LAT);
SAME(ZNVME_CTRL_CTRATT_TBKAS, NVME_CTRL_CTRATT_TBKAS);
SAME(ZNVME_CTRL_CTRATT_NS_GRANULARITY, NVME_CTRL_CTRATT_NAMESPACE_GRANULARITY);
SAME(ZNVME_CTRL_CTRATT_SQ_ASSOC, NVME_CTRL_CTRATT_SQ_ASSOCIATIONS);
SAME(ZNVME_CTRL_CTRATT_UUID_LIST, NVME_CTRL_CTRATT_UUID_LIST);
SAME(ZNVME_CTRL_CTRATT_MDS, NVME_CTRL_CTRATT_MDS);
SAME(ZNVME_CTRL_CTRATT_FIXED_CAP, NVME_CTRL_CTRATT_FIXED_CAP);
SAME(ZNVME_CTRL_CTRATT_VARIABLE_CAP, NVME_CTRL_CTRATT_VARIABLE_CAP);
SAME(ZNVME_CTRL_CTRATT_DEL_ENDURANCE_GROUP, NVME_CTRL_CTRATT_DEL_ENDURANCE_GROUPS);
SAME(ZNVME_CTRL_CTRATT_DEL_NVM_SET, NVME_CTRL_CTRATT_DEL_NVM_SETS);
SAME(ZNVME_CTRL_CTRATT_ELBAS, NVME_CTRL_CTRATT_ELBAS);
SAME(ZNVME_CTRL_CTRATT_FDPS, NVME_CTRL_CTRATT_FDPS);
SAME(ZNVME_CTRL_NVMSR_NVMESD, NVME_CTRL_NVMSR_NVMESD);
SAME(ZNVME_CTRL_NVMSR_NVMEE, NVME_CTRL_NVMSR_NVMEE);
SAME(ZNVME_CTRL_VWCI_VWCR, NVME_CTRL_VWCI_VWCR);
SAME(ZNVME_CTRL_VWCI_VWCRV, NVME_CTRL_VWCI_VWCRV);
SAME(ZNVME_CTRL_MEC_SMBUS, NVME_CTRL_MEC_SMBUSME);
SAME(ZNVME_CTRL_MEC_PCIE, NVME_CTRL_MEC_PCIEME);
SAME(ZNVME_CTRL_OACS_SECURITY, NVME_CTRL_OACS_SECURITY);
SAME(ZNVME_CTRL_OACS_FORMAT, NVME_CTRL_OACS_FORMAT);
SAME(ZNVME_CTRL_OACS_FW, NVME_CTRL_OACS_FW);
SAME(ZNVME_CTRL_OACS_NS_MGMT, NVME_CTRL_OACS_NS_MGMT);
SAME(ZNVME_CTRL_OACS_SELF_TEST, NVME_CTRL_OACS_SELF_TEST);
SAME(ZNVME_CTRL_OACS_DIRECTIVES, NVME_CTRL_OACS_DIRECTIVES);
SAME(ZNVME_CTRL_OACS_NVME_MI, NVME_CTRL_OACS_NVME_MI);
SAME(ZNVME_CTRL_OACS_VIRT_MGMT, NVME_CTRL_OACS_VIRT_MGMT);
SAME(ZNVME_CTRL_OACS_DBBUF, NVME_CTRL_OACS_DBBUF_CFG);
SAME(ZNVME_CTRL_OACS_LBA_STATUS, NVME_CTRL_OACS_LBA_STATUS);
SAME(ZNVME_CTRL_OACS_LOCKDOWN, NVME_CTRL_OACS_CMD_FEAT_LD);
SAME(ZNVME_CTRL_FRMW_SLOT1_RO, NVME_CTRL_FRMW_1ST_RO);
WITHIN(ZNVME_CTRL_FRMW_NR_SLOTS, NVME_CTRL_FRMW_NR_SLOTS); /* two of the three bits there */
SAME(ZNVME_CTRL_FRMW_NO_RESET, NVME_CTRL_FRMW_FW_ACT_NO_RESET);
SAME(ZNVME_CTRL_FRMW_OVERLAP, NVME_CTRL_FRMW_MP_UP_DETECTION);
SAME(ZNVME_CTRL_LPA_SMART_PER_NS, NVME_CTRL_LPA_SMART_PER_NS);
SAME(ZNVME_CTRL_LPA_CMD_EFFECTS, NVME_CTRL_LPA_CMD_EFFECTS);
SAME(ZNVME_CTRL_LPA_EXTENDED, NVME_CTRL_LPA_EXTENDED);
SAME(ZNVME_CTRL_LPA_TELEMETRY, NVME_CTRL_LPA_TELEMETRY);
SAME(ZNVME_CTRL_LPA_PERSISTENT_EVENT, NVME_CTRL_LPA_PERSETENT_EVENT);
SAME(ZNVME_CTRL_LPA_MLPS, NVME_CTRL_LPA_LI0_LI5_LI12_LI13);
SAME(ZNVME_CTRL_LPA_TELEMETRY_DA4, NVME_CTRL_LPA_DA4_TELEMETRY);
SAME(ZNVME_CTRL_AVSCC_COMMON, NVME_CTRL_AVSCC_AVS);
SAME(ZNVME_CTRL_APSTA_SUPPORTED, NVME_CTRL_APSTA_APST);
SAME(ZNVME_CTRL_RPMBS_NR_UNITS, NVME_CTRL_RPMBS_NR_UNITS);
SAME(ZNVME_CTRL_RPMBS_AUTH, NVME_CTRL_RPMBS_AUTH_METHOD);
SAME(ZNVME_CTRL_RPMBS_TOTAL_SIZE, NVME_CTRL_RPMBS_TOTAL_SIZE);
SAME(ZNVME_CTRL_RPMBS_ACCESS_SIZE, NVME_CTRL_RPMBS_ACCESS_SIZE);
SAME(ZNVME_CTRL_DSTO_ONE, NVME_CTRL_DSTO_ONE_DST);
SAME(ZNVME_CTRL_HCTMA_SUPPORTED, NVME_CTRL_HCTMA_HCTM);
SAME(ZNVME_CTRL_SANICAP_CRYPTO, NVME_CTRL_SANICAP_CES);
SAME(ZNVME_CTRL_SANICAP_BLOCK, NVME_CTRL_SANICAP_BES);
SAME(ZNVME_CTRL_SANICAP_OVERWRITE, NVME_CTRL_SANICAP_OWS);
SAME(ZNVME_CTRL_SANICAP_NDI, NVME_CTRL_SANICAP_NDI);
SAME(ZNVME_CTRL_SANICAP_NODMMAS, NVME_CTRL_SANICAP_NODMMAS);
SAME(ZNVME_CTRL_ANACAP_OPTIMIZED, NVME_CTRL_ANACAP_OPT);
SAME(ZNVME_CTRL_ANACAP_NONOPTIMIZED, NVME_CTRL_ANACAP_NON_OPT);
SAME(ZNVME_CTRL_ANACAP_INACCESSIBLE, NVME_CTRL_ANACAP_INACCESSIBLE);
SAME(ZNVME_CTRL_ANACAP_PERSISTENT_LOSS, NVME_CTRL_ANACAP_PERSISTENT_LOSS);
SAME(ZNVME_CTRL_ANACAP_CHANGE, NVME_CTRL_ANACAP_CHANGE);
SAME(ZNVME_CTRL_ANACAP_GRPID_FIXED, NVME_CTRL_ANACAP_GRPID_NO_CHG);
SAME(ZNVME_CTRL_ANACAP_GRPID_MGMT, NVME_CTRL_ANACAP_GRPID_MGMT);
SAME(ZNVME_CTRL_SQES_MIN, NVME_CTRL_SQES_MIN);
SAME(ZNVME_CTRL_SQES_MAX, NVME_CTRL_SQES_MAX);
SAME(ZNVME_CTRL_CQES_MIN, NVME_CTRL_CQES_MIN);
SAME(ZNVME_CTRL_CQES_MAX, NVME_CTRL_CQES_MAX);
SAME(ZNVME_CTRL_ONCS_COMPARE, NVME_CTRL_ONCS_COMPARE);
SAME(ZNVME_CTRL_ONCS_WRITE_UNCORRECTABLE, NVME_CTRL_ONCS_WRITE_UNCORRECTABLE);
SAME(ZNVME_CTRL_ONCS_DSM, NVME_CTRL_ONCS_DSM);
SAME(ZNVME_CTRL_ONCS_WRITE_ZEROES, NVME_CTRL_ONCS_WRITE_ZEROES);
SAME(ZNVME_CTRL_ONCS_SAVE_SELECT, NVME_CTRL_ONCS_SAVE_FEATURES);
SAME(ZNVME_CTRL_ONCS_RESERVATIONS, NVME_CTRL_ONCS_RESERVATIONS);
SAME(ZNVME_CTRL_ONCS_TIMESTAMP, NVME_CTRL_ONCS_TIMESTAMP);
SAME(ZNVME_CTRL_ONCS_VERIFY, NVME_CTRL_ONCS_VERIFY);
SAME(ZNVME_CTRL_ONCS_COPY, NVME_CTRL_ONCS_COPY);
SAME(ZNVME_CTRL_FUSES_COMPARE_WRITE, NVME_CTRL_FUSES_COMPARE_AND_WRITE);
SAME(ZNVME_CTRL_FNA_FORMAT_ALL, NVME_CTRL_FNA_FMT_ALL_NAMESPACES);
SAME(ZNVME_CTRL_FNA_ERASE_ALL, NVME_CTRL_FNA_SEC_ALL_NAMESPACES);
SAME(ZNVME_CTRL_FNA_CRYPTO_ERASE, NVME_CTRL_FNA_CRYPTO_ERASE);
SAME(ZNVME_CTRL_FNA_NO_NSID_ALL, NVME_CTRL_FNA_NSID_FFFFFFFF);
SAME(ZNVME_CTRL_VWC_PRESENT, NVME_CTRL_VWC_PRESENT);
SAME(ZNVME_CTRL_VWC_FLUSH, NVME_CTRL_VWC_FLUSH);
SAME(ZNVME_CTRL_ICSVSCC_COMMON, NVME_CTRL_NVSCC_FMT);
SAME(ZNVME_CTRL_NWPC_WRITE_PROTECT, NVME_CTRL_NWPC_WRITE_PROTECT);
SAME(ZNVME_CTRL_NWPC_POWER_CYCLE, NVME_CTRL_NWPC_WRITE_PROTECT_POWER_CYCLE);
SAME(ZNVME_CTRL_NWPC_PERMANENT, NVME_CTRL_NWPC_WRITE_PROTECT_PERMANENT);
SAME(ZNVME_CTRL_SGLS_SUPPORTED, NVME_CTRL_SGLS_SUPPORTED);
SAME(ZNVME_CTRL_SGLS_KEYED, NVME_CTRL_SGLS_KEYED);
SAME(ZNVME_CTRL_SGLS_BIT_BUCKET, NVME_CTRL_SGLS_BIT_BUCKET);
SAME(ZNVME_CTRL_SGLS_MPTR_BYTE, NVME_CTRL_SGLS_MPTR_BYTE_ALIGNED);
SAME(ZNVME_CTRL_SGLS_OVERSIZE, NVME_CTRL_SGLS_OVERSIZE);
SAME(ZNVME_CTRL_SGLS_MPTR_SGL, NVME_CTRL_SGLS_MPTR_SGL);
SAME(ZNVME_CTRL_SGLS_OFFSET, NVME_CTRL_SGLS_OFFSET);
SAME(ZNVME_CTRL_SGLS_TRANSPORT, NVME_CTRL_SGLS_TPORT);
SAME(ZNVME_CTRL_FCATT_STATIC, NVME_CTRL_FCATT_DYNAMIC); /* set is static, despite the name */
SAME(ZNVME_CTRL_OFCS_DISCONNECT, NVME_CTRL_OFCS_DISCONNECT);

SIZE(znvme_id_iocs, nvme_id_iocs);
SIZE(znvme_id_ctrl_nvm, nvme_id_ctrl_nvm);
FIELD(znvme_id_ctrl_nvm, nvme_id_ctrl_nvm, vsl);
FIELD(znvme_id_ctrl_nvm, nvme_id_ctrl_nvm, wzsl);
FIELD(znvme_id_ctrl_nvm, nvme_id_ctrl_nvm, wusl);
FIELD(znvme_id_ctrl_nvm, nvme_id_ctrl_nvm, dmrl);
FIELD(znvme_id_ctrl_nvm, nvme_id_ctrl_nvm, dmrsl);
FIELD(znvme_id_ctrl_nvm, nvme_id_ctrl_nvm, dmsl);
SIZE(znvme_ctrl_list, nvme_ctrl_list);
FIELD(znvme_ctrl_list, nvme_ctrl_list, num);
FIELD(znvme_ctrl_list, nvme_ctrl_list, identifier);
SAME(ZNVME_CTRL_LIST_MAX, NVME_ID_CTRL_LIST_MAX);

#define PRIMARY(field) FIELD(znvme_primary_ctrl_caps, nvme_primary_ctrl_cap, field)
SIZE(znvme_primary_ctrl_caps, nvme_primary_ctrl_cap);
PRIMARY(cntlid);
PRIMARY(portid);
PRIMARY(crt);
PRIMARY(vqfrt);
PRIMARY(vqrfa);
PRIMARY(vqrfap);
PRIMARY(vqprt);
PRIMARY(vqfrsm);
PRIMARY(vqgran);
PRIMARY(vifrt);
PRIMARY(virfa);
PRIMARY(virfap);
PRIMARY(viprt);
PRIMARY(vifrsm);
PRIMARY(vigran);
SIZE(znvme_secondary_ctrl, nvme_secondary_ctrl);
FIELD(znvme_secondary_ctrl, nvme_secondary_ctrl, scid);
FIELD(znvme_secondary_ctrl, nvme_secondary_ctrl, pcid);
FIELD(znvme_secondary_ctrl, nvme_secondary_ctrl, scs);
FIELD(znvme_secondary_ctrl, nvme_secondary_ctrl, vfn);
FIELD(znvme_secondary_ctrl, nvme_secondary_ctrl, nvq);
FIELD(znvme_secondary_ctrl, nvme_secondary_ctrl, nvi);
SIZE(znvme_secondary_ctrl_list, nvme_secondary_ctrl_list);
FIELD(znvme_secondary_ctrl_list, nvme_secondary_ctrl_list, num);
FIELD(znvme_secondary_ctrl_list, nvme_secondary_ctrl_list, sc_entry);
SIZE(znvme_uuid_list_entry, nvme_id_uuid_list_entry);
FIELD(znvme_uuid_list_entry, nvme_id_uuid_list_entry, header);
FIELD(znvme_uuid_list_entry, nvme_id_uuid_list_entry, uuid);
SAME(ZNVME_UUID_HEADER_ASSOC, NVME_ID_UUID_HDR_ASSOCIATION_MASK);
SIZE(znvme_uuid_list, nvme_id_uuid_list);
FIELD(znvme_uuid_list, nvme_id_uuid_list, entry);

SIZE(znvme_lbaf, nvme_lbaf);
FIELD(znvme_lbaf, nvme_lbaf, ms);
FIELD2(znvme_lbaf, lbads, nvme_lbaf, ds);
FIELD(znvme_lbaf, nvme_lbaf, rp);
SAME(ZNVME_LBAF_RP, NVME_LBAF_RP_MASK);

#define ID_NS(field) FIELD(znvme_id_ns, nvme_id_ns, field)
SIZE(znvme_id_ns, nvme_id_ns);
ID_NS(nsze);
ID_NS(ncap);
ID_NS(nuse);
ID_NS(nsfeat);
ID_NS(nlbaf);
ID_NS(flbas);
ID_NS(mc);
ID_NS(dpc);
ID_NS(dps);
ID_NS(nmic);
ID_NS(rescap);
ID_NS(fpi);
ID_NS(dlfeat);
ID_NS(nawun);
ID_NS(nawupf);
ID_NS(nacwu);
ID_NS(nabsn);
ID_NS(nabo);
ID_NS(nabspf);
ID_NS(noiob);
ID_NS(nvmcap);
ID_NS(npwg);
ID_NS(npwa);
ID_NS(npdg);
ID_NS(npda);
ID_NS(nows);
ID_NS(mssrl);
ID_NS(mcl);
ID_NS(msrc);
ID_NS(nulbaf);
ID_NS(anagrpid);
ID_NS(nsattr);
ID_NS(nvmsetid);
ID_NS(endgid);
ID_NS(nguid);
ID_NS(eui64);
ID_NS(lbaf);
SAME(ZNVME_NS_NSFEAT_THIN, NVME_NS_FEAT_THIN);
SAME(ZNVME_NS_NSFEAT_ATOMIC, NVME_NS_FEAT_NATOMIC);
SAME(ZNVME_NS_NSFEAT_DAE, NVME_NS_FEAT_DULBE);
SAME(ZNVME_NS_NSFEAT_UID_REUSE, NVME_NS_FEAT_ID_REUSE);
WITHIN(ZNVME_NS_NSFEAT_OPTPERF, NVME_NS_FEAT_IO_OPT); /* two bits since NVM 1.1 */
SAME(ZNVME_NS_FLBAS_LO, NVME_NS_FLBAS_LOWER_MASK);
SAME(ZNVME_NS_FLBAS_META_EXT, NVME_NS_FLBAS_META_EXT);
SAME(ZNVME_NS_FLBAS_HI, NVME_NS_FLBAS_HIGHER_MASK);
SAME(ZNVME_NS_MC_EXTENDED, NVME_NS_MC_EXTENDED);
SAME(ZNVME_NS_MC_SEPARATE, NVME_NS_MC_SEPARATE);
SAME(ZNVME_NS_DPC_TYPE1, NVME_NS_DPC_PI_TYPE1);
SAME(ZNVME_NS_DPC_TYPE2, NVME_NS_DPC_PI_TYPE2);
SAME(ZNVME_NS_DPC_TYPE3, NVME_NS_DPC_PI_TYPE3);
SAME(ZNVME_NS_DPC_FIRST, NVME_NS_DPC_PI_FIRST);
SAME(ZNVME_NS_DPC_LAST, NVME_NS_DPC_PI_LAST);
SAME(ZNVME_NS_DPS_TYPE, NVME_NS_DPS_PI_MASK);
SAME(ZNVME_NS_DPS_FIRST, NVME_NS_DPS_PI_FIRST);
SAME(ZNVME_NS_NMIC_SHARED, NVME_NS_NMIC_SHARED);
SAME(ZNVME_NS_RESCAP_PTPL, NVME_NS_RESCAP_PTPL);
SAME(ZNVME_NS_RESCAP_WE, NVME_NS_RESCAP_WE);
SAME(ZNVME_NS_RESCAP_EA, NVME_NS_RESCAP_EA);
SAME(ZNVME_NS_RESCAP_WERO, NVME_NS_RESCAP_WERO);
SAME(ZNVME_NS_RESCAP_EARO, NVME_NS_RESCAP_EARO);
SAME(ZNVME_NS_RESCAP_WEAR, NVME_NS_RESCAP_WEAR);
SAME(ZNVME_NS_RESCAP_EAAR, NVME_NS_RESCAP_EAAR);
SAME(ZNVME_NS_RESCAP_IEKEY_13, NVME_NS_RESCAP_IEK_13);
SAME(ZNVME_NS_FPI_REMAINING, NVME_NS_FPI_REMAINING);
SAME(ZNVME_NS_FPI_SUPPORTED, NVME_NS_FPI_SUPPORTED);
SAME(ZNVME_NS_DLFEAT_READ, NVME_NS_DLFEAT_RB);
SAME(ZNVME_DLFEAT_READ_UNKNOWN, NVME_NS_DLFEAT_RB_NR);
SAME(ZNVME_DLFEAT_READ_ZEROES, NVME_NS_DLFEAT_RB_ALL_0S);
SAME(ZNVME_DLFEAT_READ_ONES, NVME_NS_DLFEAT_RB_ALL_FS);
SAME(ZNVME_NS_DLFEAT_WRITE_ZEROES, NVME_NS_DLFEAT_WRITE_ZEROES);
SAME(ZNVME_NS_DLFEAT_GUARD_CRC, NVME_NS_DLFEAT_CRC_GUARD);
SAME(ZNVME_NS_NSATTR_WRITE_PROTECTED, NVME_NS_NSATTR_WRITE_PROTECTED);

SIZE(znvme_id_ns_nvm, nvme_nvm_id_ns);
FIELD(znvme_id_ns_nvm, nvme_nvm_id_ns, lbstm);
FIELD(znvme_id_ns_nvm, nvme_nvm_id_ns, pic);
FIELD(znvme_id_ns_nvm, nvme_nvm_id_ns, elbaf);
SAME(ZNVME_NS_NVM_ELBAF_STS, NVME_NVM_ELBAF_STS_MASK);
SAME(ZNVME_NS_NVM_ELBAF_PIF, NVME_NVM_ELBAF_PIF_MASK);

/* Theirs are of the upper half of dword 12. */
SAME(ZNVME_RW_PRCHK_REF, (uint32_t)NVME_IO_PRINFO_PRCHK_REF << 16);
SAME(ZNVME_RW_PRCHK_APP, (uint32_t)NVME_IO_PRINFO_PRCHK_APP << 16);
SAME(ZNVME_RW_PRCHK_GUARD, (uint32_t)NVME_IO_PRINFO_PRCHK_GUARD << 16);
SAME(ZNVME_RW_PRACT, (uint32_t)NVME_IO_PRINFO_PRACT << 16);
SAME(ZNVME_RW_STC, (uint32_t)NVME_IO_STC << 16);
SAME(ZNVME_RW_FUA, (uint32_t)NVME_IO_FUA << 16);
SAME(ZNVME_RW_LR, (uint32_t)NVME_IO_LR << 16);

#define INDEP(field) FIELD(znvme_id_ns_indep, nvme_id_independent_id_ns, field)
SIZE(znvme_id_ns_indep, nvme_id_independent_id_ns);
INDEP(nsfeat);
INDEP(nmic);
INDEP(rescap);
INDEP(fpi);
INDEP(anagrpid);
INDEP(nsattr);
INDEP(nvmsetid);
INDEP(endgid);
INDEP(nstat);

SIZE(znvme_id_ns_list, nvme_ns_list);
FIELD(znvme_id_ns_list, nvme_ns_list, ns);
SAME(ZNVME_NS_LIST_MAX, NVME_ID_NS_LIST_MAX);
SIZE(znvme_ns_id_desc, nvme_ns_id_desc);
FIELD(znvme_ns_id_desc, nvme_ns_id_desc, nidt);
FIELD(znvme_ns_id_desc, nvme_ns_id_desc, nidl);
SAME(ZNVME_NIDT_EUI64, NVME_NIDT_EUI64);
SAME(ZNVME_NIDT_NGUID, NVME_NIDT_NGUID);
SAME(ZNVME_NIDT_UUID, NVME_NIDT_UUID);
SAME(ZNVME_NIDT_CSI, NVME_NIDT_CSI);
SAME(ZNVME_NIDT_EUI64_LEN, NVME_NIDT_EUI64_LEN);
SAME(ZNVME_NIDT_NGUID_LEN, NVME_NIDT_NGUID_LEN);
SAME(ZNVME_NIDT_UUID_LEN, NVME_NIDT_UUID_LEN);
SAME(ZNVME_NIDT_CSI_LEN, NVME_NIDT_CSI_LEN);
SIZE(znvme_ns_granularity_desc, nvme_id_ns_granularity_desc);
FIELD(znvme_ns_granularity_desc, nvme_id_ns_granularity_desc, nszegran);
FIELD(znvme_ns_granularity_desc, nvme_id_ns_granularity_desc, ncapgran);
SIZE(znvme_ns_granularity_list, nvme_id_ns_granularity_list);
FIELD(znvme_ns_granularity_list, nvme_id_ns_granularity_list, attributes);
FIELD(znvme_ns_granularity_list, nvme_id_ns_granularity_list, num_descriptors);
FIELD(znvme_ns_granularity_list, nvme_id_ns_granularity_list, entry);
SIZE(znvme_nvmset_attr, nvme_nvmset_attr);
FIELD(znvme_nvmset_attr, nvme_nvmset_attr, nvmsetid);
FIELD(znvme_nvmset_attr, nvme_nvmset_attr, endgid);
FIELD(znvme_nvmset_attr, nvme_nvmset_attr, rr4kt);
FIELD(znvme_nvmset_attr, nvme_nvmset_attr, ows);
FIELD(znvme_nvmset_attr, nvme_nvmset_attr, tnvmsetcap);
FIELD(znvme_nvmset_attr, nvme_nvmset_attr, unvmsetcap);
SIZE(znvme_id_nvmset_list, nvme_id_nvmset_list);
FIELD(znvme_id_nvmset_list, nvme_id_nvmset_list, nid);
FIELD(znvme_id_nvmset_list, nvme_id_nvmset_list, ent);
SIZE(znvme_endurance_group_list, nvme_id_endurance_group_list);
FIELD(znvme_endurance_group_list, nvme_id_endurance_group_list, num);
FIELD(znvme_endurance_group_list, nvme_id_endurance_group_list, identifier);
SIZE(znvme_domain_attr, nvme_id_domain_attr);
FIELD(znvme_domain_attr, nvme_id_domain_attr, dom_id);
FIELD(znvme_domain_attr, nvme_id_domain_attr, dom_cap);
FIELD(znvme_domain_attr, nvme_id_domain_attr, unalloc_dom_cap);
FIELD(znvme_domain_attr, nvme_id_domain_attr, max_egrp_dom_cap);
SIZE(znvme_domain_list, nvme_id_domain_list);
FIELD(znvme_domain_list, nvme_id_domain_list, num);
FIELD(znvme_domain_list, nvme_id_domain_list, domain_attr);

SAME(ZNVME_IDENTIFY_SIZE, NVME_IDENTIFY_DATA_SIZE);
SAME(ZNVME_CSI_NVM, NVME_CSI_NVM);
SAME(ZNVME_CSI_KV, NVME_CSI_KV);
SAME(ZNVME_CSI_ZNS, NVME_CSI_ZNS);
SAME(ZNVME_CNS_NS, NVME_IDENTIFY_CNS_NS);
SAME(ZNVME_CNS_CTRL, NVME_IDENTIFY_CNS_CTRL);
SAME(ZNVME_CNS_NS_LIST, NVME_IDENTIFY_CNS_NS_ACTIVE_LIST);
SAME(ZNVME_CNS_NS_DESC_LIST, NVME_IDENTIFY_CNS_NS_DESC_LIST);
SAME(ZNVME_CNS_NVMSET_LIST, NVME_IDENTIFY_CNS_NVMSET_LIST);
SAME(ZNVME_CNS_CSI_NS, NVME_IDENTIFY_CNS_CSI_NS);
SAME(ZNVME_CNS_CSI_CTRL, NVME_IDENTIFY_CNS_CSI_CTRL);
SAME(ZNVME_CNS_CSI_NS_LIST, NVME_IDENTIFY_CNS_CSI_NS_ACTIVE_LIST);
SAME(ZNVME_CNS_INDEP_NS, NVME_IDENTIFY_CNS_CSI_INDEPENDENT_ID_NS);
SAME(ZNVME_CNS_NS_FORMAT, NVME_IDENTIFY_CNS_NS_USER_DATA_FORMAT);
SAME(ZNVME_CNS_CSI_NS_FORMAT, NVME_IDENTIFY_CNS_CSI_NS_USER_DATA_FORMAT);
SAME(ZNVME_CNS_ALLOC_NS_LIST, NVME_IDENTIFY_CNS_ALLOCATED_NS_LIST);
SAME(ZNVME_CNS_ALLOC_NS, NVME_IDENTIFY_CNS_ALLOCATED_NS);
SAME(ZNVME_CNS_NS_CTRL_LIST, NVME_IDENTIFY_CNS_NS_CTRL_LIST);
SAME(ZNVME_CNS_CTRL_LIST, NVME_IDENTIFY_CNS_CTRL_LIST);
SAME(ZNVME_CNS_PRIMARY_CTRL_CAPS, NVME_IDENTIFY_CNS_PRIMARY_CTRL_CAP);
SAME(ZNVME_CNS_SECONDARY_CTRL_LIST, NVME_IDENTIFY_CNS_SECONDARY_CTRL_LIST);
SAME(ZNVME_CNS_NS_GRANULARITY, NVME_IDENTIFY_CNS_NS_GRANULARITY);
SAME(ZNVME_CNS_UUID_LIST, NVME_IDENTIFY_CNS_UUID_LIST);
SAME(ZNVME_CNS_DOMAIN_LIST, NVME_IDENTIFY_CNS_DOMAIN_LIST);
SAME(ZNVME_CNS_ENDURANCE_GROUP_LIST, NVME_IDENTIFY_CNS_ENDURANCE_GROUP_ID);
SAME(ZNVME_CNS_CSI_ALLOC_NS_LIST, NVME_IDENTIFY_CNS_CSI_ALLOCATED_NS_LIST);
SAME(ZNVME_CNS_CSI_ALLOC_NS, NVME_IDENTIFY_CNS_CSI_ID_NS_DATA_STRUCTURE);
SAME(ZNVME_CNS_IOCS, NVME_IDENTIFY_CNS_COMMAND_SET_STRUCTURE);

/* ---- zoned namespaces ---------------------------------------------------------------------- */

SIZE(znvme_lbafe, nvme_zns_lbafe);
FIELD(znvme_lbafe, nvme_zns_lbafe, zsze);
FIELD(znvme_lbafe, nvme_zns_lbafe, zdes);
#define ID_NS_ZNS(field) FIELD(znvme_id_ns_zns, nvme_zns_id_ns, field)
SIZE(znvme_id_ns_zns, nvme_zns_id_ns);
ID_NS_ZNS(zoc);
ID_NS_ZNS(ozcs);
ID_NS_ZNS(mar);
ID_NS_ZNS(mor);
ID_NS_ZNS(rrl);
ID_NS_ZNS(frl);
ID_NS_ZNS(rrl1);
ID_NS_ZNS(rrl2);
ID_NS_ZNS(rrl3);
ID_NS_ZNS(frl1);
ID_NS_ZNS(frl2);
ID_NS_ZNS(frl3);
ID_NS_ZNS(numzrwa);
ID_NS_ZNS(zrwafg);
ID_NS_ZNS(zrwasz);
ID_NS_ZNS(zrwacap);
ID_NS_ZNS(lbafe);
ID_NS_ZNS(vs);
SIZE(znvme_id_ctrl_zns, nvme_zns_id_ctrl);
FIELD(znvme_id_ctrl_zns, nvme_zns_id_ctrl, zasl);

#define ZONE_DESC(field) FIELD(znvme_zone_desc, nvme_zns_desc, field)
SIZE(znvme_zone_desc, nvme_zns_desc);
ZONE_DESC(zt);
ZONE_DESC(zs);
ZONE_DESC(za);
ZONE_DESC(zai);
ZONE_DESC(zcap);
ZONE_DESC(zslba);
ZONE_DESC(wp);
SIZE(znvme_zone_report_header, nvme_zone_report);
FIELD(znvme_zone_report_header, nvme_zone_report, nr_zones);
SIZE(znvme_changed_zones_log, nvme_zns_changed_zone_log);
FIELD(znvme_changed_zones_log, nvme_zns_changed_zone_log, nrzid);
FIELD(znvme_changed_zones_log, nvme_zns_changed_zone_log, zid);
SAME(ZNVME_CHANGED_ZONES_MAX, NVME_ZNS_CHANGED_ZONES_MAX);
SAME(ZNVME_ZONE_SEQUENTIAL, NVME_ZONE_TYPE_SEQWRITE_REQ);
SAME(ZNVME_ZONE_ZA_ZFC, NVME_ZNS_ZA_ZFC);
SAME(ZNVME_ZONE_ZA_FZR, NVME_ZNS_ZA_FZR);
SAME(ZNVME_ZONE_ZA_RZR, NVME_ZNS_ZA_RZR);
SAME(ZNVME_ZONE_ZA_ZRWAV, NVME_ZNS_ZA_ZRWAV);
SAME(ZNVME_ZONE_ZA_ZDEV, NVME_ZNS_ZA_ZDEV);
SAME(ZNVME_ZONE_REPORT, NVME_ZNS_ZRA_REPORT_ZONES);
SAME(ZNVME_ZONE_EXTENDED_REPORT, NVME_ZNS_ZRA_EXTENDED_REPORT_ZONES);
SAME(ZNVME_ZONES_ALL, NVME_ZNS_ZRAS_REPORT_ALL);
SAME(ZNVME_ZONES_EMPTY, NVME_ZNS_ZRAS_REPORT_EMPTY);
SAME(ZNVME_ZONES_IMPLICITLY_OPEN, NVME_ZNS_ZRAS_REPORT_IMPL_OPENED);
SAME(ZNVME_ZONES_EXPLICITLY_OPEN, NVME_ZNS_ZRAS_REPORT_EXPL_OPENED);
SAME(ZNVME_ZONES_CLOSED, NVME_ZNS_ZRAS_REPORT_CLOSED);
SAME(ZNVME_ZONES_FULL, NVME_ZNS_ZRAS_REPORT_FULL);
SAME(ZNVME_ZONES_READ_ONLY, NVME_ZNS_ZRAS_REPORT_READ_ONLY);
SAME(ZNVME_ZONES_OFFLINE, NVME_ZNS_ZRAS_REPORT_OFFLINE);
SAME(ZNVME_APPEND_PIREMAP, NVME_IO_ZNS_APPEND_PIREMAP << 16);

/* ---- log pages and events ------------------------------------------------------------------ */

SIZE(znvme_supported_log, nvme_supported_log_pages);

#define ERR_LOG(field) FIELD(znvme_error_log_entry, nvme_error_log_page, field)
SIZE(znvme_error_log_entry, nvme_error_log_page);
ERR_LOG(error_count);
ERR_LOG(sqid);
ERR_LOG(cmdid);
ERR_LOG(status_field);
ERR_LOG(parm_error_location);
ERR_LOG(lba);
ERR_LOG(nsid);
ERR_LOG(vs);
ERR_LOG(trtype);
ERR_LOG(cs);
ERR_LOG(trtype_spec_info);

#define SMART(field) FIELD(znvme_smart_log, nvme_smart_log, field)
SIZE(znvme_smart_log, nvme_smart_log);
SMART(critical_warning);
SMART(temperature);
SMART(avail_spare);
SMART(spare_thresh);
SMART(percent_used);
SMART(endu_grp_crit_warn_sumry);
SMART(data_units_read);
SMART(data_units_written);
SMART(host_reads);
SMART(host_writes);
SMART(ctrl_busy_time);
SMART(power_cycles);
SMART(power_on_hours);
SMART(unsafe_shutdowns);
SMART(media_errors);
SMART(num_err_log_entries);
SMART(warning_temp_time);
SMART(critical_comp_time);
SMART(temp_sensor);
SMART(thm_temp1_trans_count);
SMART(thm_temp2_trans_count);
SMART(thm_temp1_total_time);
SMART(thm_temp2_total_time);
SAME(ZNVME_SMART_CRIT_SPARE, NVME_SMART_CRIT_SPARE);
SAME(ZNVME_SMART_CRIT_TEMPERATURE, NVME_SMART_CRIT_TEMPERATURE);
SAME(ZNVME_SMART_CRIT_DEGRADED, NVME_SMART_CRIT_DEGRADED);
SAME(ZNVME_SMART_CRIT_READ_ONLY, NVME_SMART_CRIT_MEDIA);
SAME(ZNVME_SMART_CRIT_VOLATILE_BACKUP, NVME_SMART_CRIT_VOLATILE_MEMORY);
SAME(ZNVME_SMART_CRIT_PMR, NVME_SMART_CRIT_PMR_RO);
SAME(ZNVME_SMART_EGCW_SPARE, NVME_SMART_EGCW_SPARE);
SAME(ZNVME_SMART_EGCW_DEGRADED, NVME_SMART_EGCW_DEGRADED);
SAME(ZNVME_SMART_EGCW_READ_ONLY, NVME_SMART_EGCW_RO);

SIZE(znvme_fw_slot_log, nvme_firmware_slot);
FIELD(znvme_fw_slot_log, nvme_firmware_slot, afi);
FIELD(znvme_fw_slot_log, nvme_firmware_slot, frs);
SIZE(znvme_changed_ns_log, nvme_ns_list);
SIZE(znvme_cmd_effects_log, nvme_cmd_effects_log);
FIELD(znvme_cmd_effects_log, nvme_cmd_effects_log, acs);
FIELD(znvme_cmd_effects_log, nvme_cmd_effects_log, iocs);
SAME(ZNVME_CMD_EFFECTS_CSUPP, NVME_CMD_EFFECTS_CSUPP);
SAME(ZNVME_CMD_EFFECTS_LBCC, NVME_CMD_EFFECTS_LBCC);
SAME(ZNVME_CMD_EFFECTS_NCC, NVME_CMD_EFFECTS_NCC);
SAME(ZNVME_CMD_EFFECTS_NIC, NVME_CMD_EFFECTS_NIC);
SAME(ZNVME_CMD_EFFECTS_CCC, NVME_CMD_EFFECTS_CCC);
WITHIN(ZNVME_CMD_EFFECTS_CSE, NVME_CMD_EFFECTS_CSE_MASK); /* two of the three bits there */
SAME(ZNVME_CMD_EFFECTS_USS, NVME_CMD_EFFECTS_UUID_SEL);

#define SELF_TEST(field) FIELD(znvme_self_test_result, nvme_st_result, field)
SIZE(znvme_self_test_result, nvme_st_result);
SELF_TEST(dsts);
SELF_TEST(seg);
SELF_TEST(vdi);
SELF_TEST(poh);
SELF_TEST(nsid);
SELF_TEST(flba);
SELF_TEST(sct);
SELF_TEST(sc);
SELF_TEST(vs);
SIZE(znvme_self_test_log, nvme_self_test_log);
FIELD(znvme_self_test_log, nvme_self_test_log, current_operation);
FIELD(znvme_self_test_log, nvme_self_test_log, completion);
FIELD(znvme_self_test_log, nvme_self_test_log, result);
SAME(ZNVME_SELF_TEST_DSTS_RESULT, NVME_ST_RESULT_MASK);
SAME(ZNVME_SELF_TEST_DSTS_CODE, 0xfu << NVME_ST_CODE_SHIFT);
SAME(ZNVME_SELF_TEST_CURRENT, NVME_ST_CURR_OP_MASK);
SAME(ZNVME_SELF_TEST_COMPLETION, NVME_ST_CURR_OP_CMPL_MASK);
SAME(ZNVME_SELF_TEST_VDI_NSID, NVME_ST_VALID_DIAG_INFO_NSID);
SAME(ZNVME_SELF_TEST_VDI_FLBA, NVME_ST_VALID_DIAG_INFO_FLBA);
SAME(ZNVME_SELF_TEST_VDI_SCT, NVME_ST_VALID_DIAG_INFO_SCT);
SAME(ZNVME_SELF_TEST_VDI_SC, NVME_ST_VALID_DIAG_INFO_SC);
SAME(ZNVME_SELF_TEST_OK, NVME_ST_RESULT_NO_ERR);
SAME(ZNVME_SELF_TEST_ABORTED, NVME_ST_RESULT_ABORTED);
SAME(ZNVME_SELF_TEST_RESET, NVME_ST_RESULT_CLR);
SAME(ZNVME_SELF_TEST_NS_REMOVED, NVME_ST_RESULT_NS_REMOVED);
SAME(ZNVME_SELF_TEST_FORMAT, NVME_ST_RESULT_ABORTED_FORMAT);
SAME(ZNVME_SELF_TEST_FATAL, NVME_ST_RESULT_FATAL_ERR);
SAME(ZNVME_SELF_TEST_FAILED, NVME_ST_RESULT_UNKNOWN_SEG_FAIL);
SAME(ZNVME_SELF_TEST_FAILED_SEG, NVME_ST_RESULT_KNOWN_SEG_FAIL);
SAME(ZNVME_SELF_TEST_UNKNOWN, NVME_ST_RESULT_ABORTED_UNKNOWN);
SAME(ZNVME_SELF_TEST_SANITIZE, NVME_ST_RESULT_ABORTED_SANITIZE);
SAME(ZNVME_SELF_TEST_UNUSED, NVME_ST_RESULT_NOT_USED);
SAME(ZNVME_SELF_TEST_NONE, NVME_ST_CODE_RESERVED);
SAME(ZNVME_SELF_TEST_SHORT, NVME_ST_CODE_SHORT);
SAME(ZNVME_SELF_TEST_EXTENDED, NVME_ST_CODE_EXTENDED);
SAME(ZNVME_SELF_TEST_VENDOR, NVME_ST_CODE_VS);
SAME(ZNVME_SELF_TEST_ABORT, NVME_ST_CODE_ABORT);

SIZE(znvme_telemetry_log, nvme_telemetry_log);
FIELD(znvme_telemetry_log, nvme_telemetry_log, lpi);
FIELD(znvme_telemetry_log, nvme_telemetry_log, ieee);
FIELD(znvme_telemetry_log, nvme_telemetry_log, dalb1);
FIELD(znvme_telemetry_log, nvme_telemetry_log, dalb2);
FIELD(znvme_telemetry_log, nvme_telemetry_log, dalb3);
FIELD(znvme_telemetry_log, nvme_telemetry_log, dalb4);
FIELD(znvme_telemetry_log, nvme_telemetry_log, hostdgn);
FIELD(znvme_telemetry_log, nvme_telemetry_log, ctrlavail);
FIELD(znvme_telemetry_log, nvme_telemetry_log, ctrldgn);
FIELD(znvme_telemetry_log, nvme_telemetry_log, rsnident);
SAME(ZNVME_TELEMETRY_BLOCK, NVME_LOG_TELEM_BLOCK_SIZE);
SAME(ZNVME_TELEMETRY_LSP_CREATE, NVME_LOG_TELEM_HOST_LSP_CREATE);

#define ENDGRP(field) FIELD(znvme_endurance_group_log, nvme_endurance_group_log, field)
SIZE(znvme_endurance_group_log, nvme_endurance_group_log);
ENDGRP(critical_warning);
ENDGRP(avl_spare);
ENDGRP(avl_spare_threshold);
ENDGRP(percent_used);
ENDGRP(endurance_estimate);
ENDGRP(data_units_read);
ENDGRP(data_units_written);
ENDGRP(media_units_written);
ENDGRP(host_read_cmds);
ENDGRP(host_write_cmds);
ENDGRP(media_data_integrity_err);
ENDGRP(num_err_info_log_entries);

SIZE(znvme_ana_log, nvme_ana_log);
FIELD(znvme_ana_log, nvme_ana_log, chgcnt);
FIELD(znvme_ana_log, nvme_ana_log, ngrps);
SIZE(znvme_ana_group_desc, nvme_ana_group_desc);
FIELD(znvme_ana_group_desc, nvme_ana_group_desc, grpid);
FIELD(znvme_ana_group_desc, nvme_ana_group_desc, nnsids);
FIELD(znvme_ana_group_desc, nvme_ana_group_desc, chgcnt);
FIELD(znvme_ana_group_desc, nvme_ana_group_desc, state);
SAME(ZNVME_ANA_OPTIMIZED, NVME_ANA_STATE_OPTIMIZED);
SAME(ZNVME_ANA_NONOPTIMIZED, NVME_ANA_STATE_NONOPTIMIZED);
SAME(ZNVME_ANA_INACCESSIBLE, NVME_ANA_STATE_INACCESSIBLE);
SAME(ZNVME_ANA_PERSISTENT_LOSS, NVME_ANA_STATE_PERSISTENT_LOSS);
SAME(ZNVME_ANA_CHANGE, NVME_ANA_STATE_CHANGE);
SAME(ZNVME_ANA_LSP_GROUPS_ONLY, NVME_LOG_ANA_LSP_RGO_GROUPS_ONLY);

#define PEL(field) FIELD(znvme_persistent_event_log, nvme_persistent_event_log, field)
SIZE(znvme_persistent_event_log, nvme_persistent_event_log);
PEL(lid);
PEL(tnev);
PEL(tll);
PEL(rv);
PEL(lhl);
PEL(ts);
PEL(poh);
PEL(pcc);
PEL(vid);
PEL(ssvid);
PEL(sn);
PEL(mn);
PEL(subnqn);
PEL(gen_number);
PEL(rci);
PEL(seb);
#define PEL_EVENT(field) FIELD(znvme_persistent_event, nvme_persistent_event_entry, field)
SIZE(znvme_persistent_event, nvme_persistent_event_entry);
PEL_EVENT(etype);
PEL_EVENT(etype_rev);
PEL_EVENT(ehl);
PEL_EVENT(ehai);
PEL_EVENT(cntlid);
PEL_EVENT(ets);
PEL_EVENT(pelpid);
PEL_EVENT(vsil);
PEL_EVENT(el);
SAME(ZNVME_PEL_SMART, NVME_PEL_SMART_HEALTH_EVENT);
SAME(ZNVME_PEL_FW_COMMIT, NVME_PEL_FW_COMMIT_EVENT);
SAME(ZNVME_PEL_TIMESTAMP, NVME_PEL_TIMESTAMP_EVENT);
SAME(ZNVME_PEL_POWER_ON, NVME_PEL_POWER_ON_RESET_EVENT);
SAME(ZNVME_PEL_HW_ERROR, NVME_PEL_NSS_HW_ERROR_EVENT);
SAME(ZNVME_PEL_CHANGE_NS, NVME_PEL_CHANGE_NS_EVENT);
SAME(ZNVME_PEL_FORMAT_START, NVME_PEL_FORMAT_START_EVENT);
SAME(ZNVME_PEL_FORMAT_DONE, NVME_PEL_FORMAT_COMPLETION_EVENT);
SAME(ZNVME_PEL_SANITIZE_START, NVME_PEL_SANITIZE_START_EVENT);
SAME(ZNVME_PEL_SANITIZE_DONE, NVME_PEL_SANITIZE_COMPLETION_EVENT);
SAME(ZNVME_PEL_SET_FEATURE, NVME_PEL_SET_FEATURE_EVENT);
SAME(ZNVME_PEL_TELEMETRY, NVME_PEL_TELEMETRY_CRT);
SAME(ZNVME_PEL_THERMAL, NVME_PEL_THERMAL_EXCURSION_EVENT);
SAME(ZNVME_PEL_READ, NVME_PEVENT_LOG_READ);
SAME(ZNVME_PEL_ESTABLISH, NVME_PEVENT_LOG_EST_CTX_AND_READ);
SAME(ZNVME_PEL_RELEASE, NVME_PEVENT_LOG_RELEASE_CTX);

SIZE(znvme_feature_effects_log, nvme_fid_supported_effects_log);
FIELD(znvme_feature_effects_log, nvme_fid_supported_effects_log, fid_support);
SAME(ZNVME_FEATURE_EFFECTS_FSUPP, NVME_FID_SUPPORTED_EFFECTS_FSUPP);
SAME(ZNVME_FEATURE_EFFECTS_UDCC, NVME_FID_SUPPORTED_EFFECTS_UDCC);
SAME(ZNVME_FEATURE_EFFECTS_NCC, NVME_FID_SUPPORTED_EFFECTS_NCC);
SAME(ZNVME_FEATURE_EFFECTS_NIC, NVME_FID_SUPPORTED_EFFECTS_NIC);
SAME(ZNVME_FEATURE_EFFECTS_CCC, NVME_FID_SUPPORTED_EFFECTS_CCC);
SAME(ZNVME_FEATURE_EFFECTS_USS, NVME_FID_SUPPORTED_EFFECTS_UUID_SEL);
SHIFTED(ZNVME_FEATURE_EFFECTS_FSP, NVME_FID_SUPPORTED_EFFECTS_SCOPE);
SAME(ZNVME_EFFECTS_SCOPE_NS, NVME_FID_SUPPORTED_EFFECTS_SCOPE_NS);
SAME(ZNVME_EFFECTS_SCOPE_CTRL, NVME_FID_SUPPORTED_EFFECTS_SCOPE_CTRL);
SAME(ZNVME_EFFECTS_SCOPE_NVMSET, NVME_FID_SUPPORTED_EFFECTS_SCOPE_NVM_SET);
SAME(ZNVME_EFFECTS_SCOPE_ENDGRP, NVME_FID_SUPPORTED_EFFECTS_SCOPE_ENDGRP);
SAME(ZNVME_EFFECTS_SCOPE_DOMAIN, NVME_FID_SUPPORTED_EFFECTS_SCOPE_DOMAIN);
SAME(ZNVME_EFFECTS_SCOPE_NSS, NVME_FID_SUPPORTED_EFFECTS_SCOPE_NSS);

SIZE(znvme_resv_log, nvme_resv_notification_log);
FIELD(znvme_resv_log, nvme_resv_notification_log, lpc);
FIELD(znvme_resv_log, nvme_resv_notification_log, rnlpt);
FIELD(znvme_resv_log, nvme_resv_notification_log, nalp);
FIELD(znvme_resv_log, nvme_resv_notification_log, nsid);
SAME(ZNVME_RESV_NOTICE_NONE, NVME_RESV_NOTIFY_RNLPT_EMPTY);
SAME(ZNVME_RESV_NOTICE_REGPRE, NVME_RESV_NOTIFY_RNLPT_REGISTRATION_PREEMPTED);
SAME(ZNVME_RESV_NOTICE_RESREL, NVME_RESV_NOTIFY_RNLPT_RESERVATION_RELEASED);
SAME(ZNVME_RESV_NOTICE_RESPRE, NVME_RESV_NOTIFY_RNLPT_RESERVATION_PREEMPTED);

SIZE(znvme_plm_nvmset_log, nvme_nvmset_predictable_lat_log);
#define PLM_LOG(field) FIELD(znvme_plm_nvmset_log, nvme_nvmset_predictable_lat_log, field)
PLM_LOG(status);
PLM_LOG(event_type);
PLM_LOG(dtwin_rt);
PLM_LOG(dtwin_wt);
PLM_LOG(dtwin_tmax);
PLM_LOG(ndwin_tmin_hi);
PLM_LOG(ndwin_tmin_lo);
PLM_LOG(dtwin_re);
PLM_LOG(dtwin_te);

SIZE(znvme_lba_status_log, nvme_lba_status_log);
SIZE(znvme_lba_status_ns, nvme_lbas_ns_element);
SIZE(znvme_lba_status_range, nvme_lba_rd);
FIELD(znvme_lba_status_log, nvme_lba_status_log, nlslne);
FIELD(znvme_lba_status_log, nvme_lba_status_log, lsgc);
FIELD(znvme_lba_status_ns, nvme_lbas_ns_element, ratype);
SIZE(znvme_media_unit_log, nvme_media_unit_stat_log);
SIZE(znvme_media_unit_desc, nvme_media_unit_stat_desc);
FIELD(znvme_media_unit_desc, nvme_media_unit_stat_desc, avl_spare);
SIZE(znvme_capacity_config_log, nvme_supported_cap_config_list_log);
SIZE(znvme_capacity_config, nvme_capacity_config_desc);
FIELD(znvme_capacity_config, nvme_capacity_config_desc, egcn);
FIELD(znvme_capacity_endgrp, nvme_end_grp_config_desc, tegcap);
FIELD(znvme_capacity_endgrp, nvme_end_grp_config_desc, egsets);
SIZE(znvme_boot_partition_log, nvme_boot_partition);
FIELD(znvme_boot_partition_log, nvme_boot_partition, bpinfo);

SAME(ZNVME_SES_CRYPTO, NVME_FORMAT_SES_CRYPTO_ERASE);
SAME(ZNVME_FW_REPLACE_AND_ACTIVATE, NVME_FW_COMMIT_CA_REPLACE_AND_ACTIVATE);
SAME(ZNVME_FW_ACTIVATE_NOW, NVME_FW_COMMIT_CA_REPLACE_AND_ACTIVATE_IMMEDIATE);
SAME(ZNVME_FW_ACTIVATE_BOOT, NVME_FW_COMMIT_CA_ACTIVATE_BOOT_PARTITION);
SAME(ZNVME_SANITIZE_CRYPTO_ERASE, NVME_SANITIZE_SANACT_START_CRYPTO_ERASE);
SAME(ZNVME_VIRT_SECONDARY_ASSIGN, NVME_VIRT_MGMT_ACT_ASSIGN_SEC_CTRL);
SAME(ZNVME_DIRECTIVE_RECV_ALLOCATE, NVME_DIRECTIVE_RECEIVE_STREAMS_DOPER_RESOURCE);
SAME(ZNVME_NS_MGMT_DELETE, NVME_NS_MGMT_SEL_DELETE);
SAME(ZNVME_NS_DETACH, NVME_NS_ATTACH_SEL_CTRL_DEATTACH);

#define SANITIZE(field) FIELD(znvme_sanitize_log, nvme_sanitize_log_page, field)
SIZE(znvme_sanitize_log, nvme_sanitize_log_page);
SANITIZE(sprog);
SANITIZE(sstat);
SANITIZE(scdw10);
SANITIZE(eto);
SANITIZE(etbe);
SANITIZE(etce);
SANITIZE(etond);
SANITIZE(etbend);
SANITIZE(etcend);
SHIFTED(ZNVME_SANITIZE_SSTAT_SOS, NVME_SANITIZE_SSTAT_STATUS);
SHIFTED(ZNVME_SANITIZE_SSTAT_OPC, NVME_SANITIZE_SSTAT_COMPLETED_PASSES);
SHIFTED(ZNVME_SANITIZE_SSTAT_GDE, NVME_SANITIZE_SSTAT_GLOBAL_DATA_ERASED);
SAME(ZNVME_SANITIZE_NEVER, NVME_SANITIZE_SSTAT_STATUS_NEVER_SANITIZED);
SAME(ZNVME_SANITIZE_DONE, NVME_SANITIZE_SSTAT_STATUS_COMPLETE_SUCCESS);
SAME(ZNVME_SANITIZE_RUNNING, NVME_SANITIZE_SSTAT_STATUS_IN_PROGESS);
SAME(ZNVME_SANITIZE_FAILED, NVME_SANITIZE_SSTAT_STATUS_COMPLETED_FAILED);
SAME(ZNVME_SANITIZE_DONE_DEALLOC, NVME_SANITIZE_SSTAT_STATUS_ND_COMPLETE_SUCCESS);

SAME(ZNVME_AER_TYPE_ERROR, NVME_AER_ERROR);
SAME(ZNVME_AER_TYPE_SMART, NVME_AER_SMART);
SAME(ZNVME_AER_TYPE_NOTICE, NVME_AER_NOTICE);
SAME(ZNVME_AER_TYPE_IO, NVME_AER_CSS);
SAME(ZNVME_AER_TYPE_VENDOR, NVME_AER_VS);
SAME(ZNVME_AER_ERROR_DB_REGISTER, NVME_AER_ERROR_INVALID_DB_REG);
SAME(ZNVME_AER_ERROR_DB_VALUE, NVME_AER_ERROR_INVALID_DB_VAL);
SAME(ZNVME_AER_ERROR_DIAGNOSTIC, NVME_AER_ERROR_DIAG_FAILURE);
SAME(ZNVME_AER_ERROR_PERSISTENT, NVME_AER_ERROR_PERSISTENT_INTERNAL_ERROR);
SAME(ZNVME_AER_ERROR_TRANSIENT, NVME_AER_ERROR_TRANSIENT_INTERNAL_ERROR);
SAME(ZNVME_AER_ERROR_FW_LOAD, NVME_AER_ERROR_FW_IMAGE_LOAD_ERROR);
SAME(ZNVME_AER_SMART_RELIABILITY, NVME_AER_SMART_SUBSYSTEM_RELIABILITY);
SAME(ZNVME_AER_SMART_TEMPERATURE, NVME_AER_SMART_TEMPERATURE_THRESHOLD);
SAME(ZNVME_AER_SMART_SPARE, NVME_AER_SMART_SPARE_THRESHOLD);
SAME(ZNVME_AER_NOTICE_NS, NVME_AER_NOTICE_NS_CHANGED);
SAME(ZNVME_AER_NOTICE_FW, NVME_AER_NOTICE_FW_ACT_STARTING);
SAME(ZNVME_AER_NOTICE_TELEMETRY, NVME_AER_NOTICE_TELEMETRY);
SAME(ZNVME_AER_NOTICE_ANA, NVME_AER_NOTICE_ANA);
SAME(ZNVME_AER_NOTICE_PLM, NVME_AER_NOTICE_PL_EVENT);
SAME(ZNVME_AER_NOTICE_LBA_STATUS, NVME_AER_NOTICE_LBA_STATUS_ALERT);
SAME(ZNVME_AER_NOTICE_ENDURANCE, NVME_AER_NOTICE_EG_EVENT);
SAME(ZNVME_AER_NOTICE_DISCOVERY, NVME_AER_NOTICE_DISC_CHANGED);
SAME(ZNVME_AER_IO_RESERVATION, NVME_AER_CSS_NVM_RESERVATION);
SAME(ZNVME_AER_IO_SANITIZE, NVME_AER_CSS_NVM_SANITIZE_COMPLETED);
SAME(ZNVME_AER_IO_SANITIZE_DEALLOC, NVME_AER_CSS_NVM_UNEXPECTED_SANITIZE_DEALLOC);

/* ---- features ------------------------------------------------------------------------------ */

SIZE(znvme_apst_table, nvme_feat_auto_pst);
SAME(ZNVME_APST_ITPS, (uint32_t)NVME_APST_ENTRY_ITPS_MASK << NVME_APST_ENTRY_ITPS_SHIFT);
SAME(ZNVME_APST_ITPT, (uint32_t)NVME_APST_ENTRY_ITPT_MASK << NVME_APST_ENTRY_ITPT_SHIFT);
SIZE(znvme_hmb_attrs, nvme_host_mem_buf_attrs);
FIELD(znvme_hmb_attrs, nvme_host_mem_buf_attrs, hsize);
FIELD(znvme_hmb_attrs, nvme_host_mem_buf_attrs, hmdlal);
FIELD(znvme_hmb_attrs, nvme_host_mem_buf_attrs, hmdlau);
FIELD(znvme_hmb_attrs, nvme_host_mem_buf_attrs, hmdlec);
SIZE(znvme_timestamp, nvme_timestamp);
FIELD(znvme_timestamp, nvme_timestamp, timestamp);
FIELD(znvme_timestamp, nvme_timestamp, attr);
SIZE(znvme_plm_config, nvme_plm_config);
FIELD(znvme_plm_config, nvme_plm_config, ee);
FIELD(znvme_plm_config, nvme_plm_config, dtwinrt);
FIELD(znvme_plm_config, nvme_plm_config, dtwinwt);
FIELD(znvme_plm_config, nvme_plm_config, dtwintt);
SAME(ZNVME_PLM_EVENT_READS, NVME_NVMSET_PL_EVENT_DTWIN_READ_WARN);
SAME(ZNVME_PLM_EVENT_WRITES, NVME_NVMSET_PL_EVENT_DTWIN_WRITE_WARN);
SAME(ZNVME_PLM_EVENT_TIME, NVME_NVMSET_PL_EVENT_DTWIN_TIME_WARN);
SAME(ZNVME_PLM_EVENT_EXCEEDED, NVME_NVMSET_PL_EVENT_DTWIN_EXCEEDED);
SAME(ZNVME_PLM_EVENT_EXCURSION, NVME_NVMSET_PL_EVENT_DTWIN_EXCURSION);
SAME(ZNVME_PLM_DTWIN, NVME_FEATURE_PLM_DTWIN);
SAME(ZNVME_PLM_NDWIN, NVME_FEATURE_PLM_NDWIN);
SIZE(znvme_host_behavior, nvme_feat_host_behavior);
FIELD(znvme_host_behavior, nvme_feat_host_behavior, acre);
SIZE(znvme_metadata_element, nvme_metadata_element_desc);
FIELD(znvme_metadata_element, nvme_metadata_element_desc, type);
FIELD(znvme_metadata_element, nvme_metadata_element_desc, rev);
FIELD(znvme_metadata_element, nvme_metadata_element_desc, len);
SIZE(znvme_host_metadata, nvme_host_metadata);
FIELD(znvme_host_metadata, nvme_host_metadata, ndesc);
FIELD(znvme_host_metadata, nvme_host_metadata, descs_buf);
SIZE(znvme_lba_range_entry, nvme_lba_range_type_entry);
FIELD(znvme_lba_range_entry, nvme_lba_range_type_entry, type);
FIELD(znvme_lba_range_entry, nvme_lba_range_type_entry, attributes);
FIELD(znvme_lba_range_entry, nvme_lba_range_type_entry, slba);
FIELD(znvme_lba_range_entry, nvme_lba_range_type_entry, nlb);
FIELD(znvme_lba_range_entry, nvme_lba_range_type_entry, guid);
SIZE(znvme_lba_range_table, nvme_lba_range_type);
SAME(ZNVME_LBA_RANGE_GENERAL, NVME_LBART_TYPE_GP);
SAME(ZNVME_LBA_RANGE_FILESYSTEM, NVME_LBART_TYPE_FS);
SAME(ZNVME_LBA_RANGE_RAID, NVME_LBART_TYPE_RAID);
SAME(ZNVME_LBA_RANGE_CACHE, NVME_LBART_TYPE_CACHE);
SAME(ZNVME_LBA_RANGE_SWAP, NVME_LBART_TYPE_SWAP);
SAME(ZNVME_LBA_RANGE_ATTR_OVERWRITE, NVME_LBART_ATTRIB_TEMP);
SAME(ZNVME_LBA_RANGE_ATTR_HIDDEN, NVME_LBART_ATTRIB_HIDE);

SAME(ZNVME_FEAT_SEL_CURRENT, NVME_GET_FEATURES_SEL_CURRENT);
SAME(ZNVME_FEAT_SEL_DEFAULT, NVME_GET_FEATURES_SEL_DEFAULT);
SAME(ZNVME_FEAT_SEL_SAVED, NVME_GET_FEATURES_SEL_SAVED);
SAME(ZNVME_FEAT_SEL_SUPPORTED, NVME_GET_FEATURES_SEL_SUPPORTED);
SHIFTED(ZNVME_FEAT_ARB_AB, NVME_FEAT_ARBITRATION_BURST);
SHIFTED(ZNVME_FEAT_ARB_LPW, NVME_FEAT_ARBITRATION_LPW);
SHIFTED(ZNVME_FEAT_ARB_MPW, NVME_FEAT_ARBITRATION_MPW);
SHIFTED(ZNVME_FEAT_ARB_HPW, NVME_FEAT_ARBITRATION_HPW);
SHIFTED(ZNVME_FEAT_POWER_PS, NVME_FEAT_PWRMGMT_PS);
SHIFTED(ZNVME_FEAT_POWER_WH, NVME_FEAT_PWRMGMT_WH);
SHIFTED(ZNVME_FEAT_LBA_RANGE_NUM, NVME_FEAT_LBAR_NR);
SHIFTED(ZNVME_FEAT_TEMP_TMPTH, NVME_FEAT_TT_TMPTH);
SHIFTED(ZNVME_FEAT_TEMP_TMPSEL, NVME_FEAT_TT_TMPSEL);
SHIFTED(ZNVME_FEAT_TEMP_THSEL, NVME_FEAT_TT_THSEL);
SHIFTED(ZNVME_FEAT_ERROR_TLER, NVME_FEAT_ERROR_RECOVERY_TLER);
SHIFTED(ZNVME_FEAT_ERROR_DULBE, NVME_FEAT_ERROR_RECOVERY_DULBE);
SHIFTED(ZNVME_FEAT_VWC_WCE, NVME_FEAT_VWC_WCE);
SHIFTED(ZNVME_FEAT_NRQ_NSQR, NVME_FEAT_NRQS_NSQR);
SHIFTED(ZNVME_FEAT_NRQ_NCQR, NVME_FEAT_NRQS_NCQR);
SHIFTED(ZNVME_FEAT_IRQC_THR, NVME_FEAT_IRQC_THR);
SHIFTED(ZNVME_FEAT_IRQC_TIME, NVME_FEAT_IRQC_TIME);
SHIFTED(ZNVME_FEAT_IRQV_IV, NVME_FEAT_ICFG_IV);
SHIFTED(ZNVME_FEAT_IRQV_CD, NVME_FEAT_ICFG_CD);
SHIFTED(ZNVME_FEAT_ATOMICITY_DN, NVME_FEAT_WA_DN);
SHIFTED(ZNVME_FEAT_AEC_SMART, NVME_FEAT_AE_SMART);
SHIFTED(ZNVME_FEAT_AEC_NS, NVME_FEAT_AE_NAN);
SHIFTED(ZNVME_FEAT_AEC_FW, NVME_FEAT_AE_FW);
SHIFTED(ZNVME_FEAT_AEC_TELEMETRY, NVME_FEAT_AE_TELEM);
SHIFTED(ZNVME_FEAT_AEC_ANA, NVME_FEAT_AE_ANA);
SHIFTED(ZNVME_FEAT_AEC_PLM, NVME_FEAT_AE_PLA);
SHIFTED(ZNVME_FEAT_AEC_LBA_STATUS, NVME_FEAT_AE_LBAS);
SHIFTED(ZNVME_FEAT_AEC_ENDURANCE, NVME_FEAT_AE_EGA);
SAME(ZNVME_FEAT_AEC_DISCOVERY, NVME_FEATURE_AENCFG_NOTICE_DISCOVERY_CHANGE);
SHIFTED(ZNVME_FEAT_APST_APSTE, NVME_FEAT_APST_APSTE);
SHIFTED(ZNVME_FEAT_HMB_EHM, NVME_FEAT_HMEM_EHM);
SHIFTED(ZNVME_FEAT_HCTM_TMT2, NVME_FEAT_HCTM_TMT2);
SHIFTED(ZNVME_FEAT_HCTM_TMT1, NVME_FEAT_HCTM_TMT1);
SHIFTED(ZNVME_FEAT_NOPSC_NOPPME, NVME_FEAT_NOPS_NOPPME);
WITHIN(NVME_FEAT_RRL_RRL_MASK, ZNVME_FEAT_RRL_RRL); /* 16 levels: eight bits there are too many */
SHIFTED(ZNVME_FEAT_PLM_LPE, NVME_FEAT_PLM_PLME);
SHIFTED(ZNVME_FEAT_PLM_WS, NVME_FEAT_PLMW_WS);
SHIFTED(ZNVME_FEAT_LBA_STATUS_LSIRI, NVME_FEAT_LBAS_LSIRI);
SHIFTED(ZNVME_FEAT_LBA_STATUS_LSIPI, NVME_FEAT_LBAS_LSIPI);
SHIFTED(ZNVME_FEAT_SANITIZE_NODRM, NVME_FEAT_SC_NODRM);
SHIFTED(ZNVME_FEAT_ENDURANCE_ENDGID, NVME_FEAT_EG_ENDGID);
SHIFTED(ZNVME_FEAT_ENDURANCE_EGCW, NVME_FEAT_EG_EGCW);
SHIFTED_WITHIN(ZNVME_FEAT_IOCS_IOCSCI, NVME_FEAT_IOCSP_IOCSCI); /* 512 vectors: nine bits */
SHIFTED(ZNVME_FEAT_FDP_FDPE, NVME_FEAT_FDP_ENABLED);
SHIFTED_WITHIN(ZNVME_FEAT_FDP_FDPCIDX, NVME_FEAT_FDP_INDEX); /* eight bits */
SHIFTED(ZNVME_FEAT_FDP_EVENTS_FDPEE, NVME_FEAT_FDP_EVENTS_ENABLE);
SHIFTED(ZNVME_FEAT_SW_PROGRESS_PBSLC, NVME_FEAT_SPM_PBSLC);
SHIFTED(ZNVME_FEAT_HOST_ID_EXHID, NVME_FEAT_HOSTID_EXHID);
SHIFTED(ZNVME_FEAT_RESV_NOTIFY_REGPRE, NVME_FEAT_RM_REGPRE);
SHIFTED(ZNVME_FEAT_RESV_NOTIFY_RESREL, NVME_FEAT_RM_RESREL);
SHIFTED(ZNVME_FEAT_RESV_NOTIFY_RESPRE, NVME_FEAT_RM_RESPRE);
SHIFTED(ZNVME_FEAT_RESV_PERSIST_PTPL, NVME_FEAT_RP_PTPL);
SHIFTED(ZNVME_FEAT_WRITE_PROTECT_WPS, NVME_FEAT_WP_WPS);
SAME(ZNVME_WRITE_PROTECT_NONE, NVME_FEAT_NS_NO_WRITE_PROTECT);
SAME(ZNVME_WRITE_PROTECT_ON, NVME_FEAT_NS_WRITE_PROTECT);
SAME(ZNVME_WRITE_PROTECT_POWER_CYCLE, NVME_FEAT_NS_WRITE_PROTECT_PWR_CYCLE);
SAME(ZNVME_WRITE_PROTECT_PERMANENT, NVME_FEAT_NS_WRITE_PROTECT_PERMANENT);

/* ---- copy, LBA status, reservations, directives, placement ---------------------------------- */

SIZE(znvme_copy_range, nvme_copy_range);
FIELD(znvme_copy_range, nvme_copy_range, slba);
FIELD(znvme_copy_range, nvme_copy_range, nlb);
FIELD2(znvme_copy_range, elbrt, nvme_copy_range, eilbrt);
SIZE(znvme_copy_range_ext, nvme_copy_range_f1);
FIELD(znvme_copy_range_ext, nvme_copy_range_f1, slba);
FIELD(znvme_copy_range_ext, nvme_copy_range_f1, nlb);
FIELD(znvme_copy_range_ext, nvme_copy_range_f1, elbt);

SIZE(znvme_lba_status_list, nvme_lba_status);
FIELD(znvme_lba_status_list, nvme_lba_status, nlsd);
FIELD(znvme_lba_status_list, nvme_lba_status, cmpc);
SIZE(znvme_lba_status_desc, nvme_lba_status_desc);
FIELD(znvme_lba_status_desc, nvme_lba_status_desc, dslba);
FIELD(znvme_lba_status_desc, nvme_lba_status_desc, nlb);
FIELD(znvme_lba_status_desc, nvme_lba_status_desc, status);
SAME(ZNVME_LBA_STATUS_SCAN, NVME_LBA_STATUS_ATYPE_SCAN_UNTRACKED);
SAME(ZNVME_LBA_STATUS_TRACKED, NVME_LBA_STATUS_ATYPE_SCAN_TRACKED);

SIZE(znvme_resv_status_ext, nvme_resv_status);
FIELD2(znvme_resv_status, gen, nvme_resv_status, gen);
FIELD(znvme_resv_status, nvme_resv_status, rtype);
FIELD(znvme_resv_status, nvme_resv_status, regctl);
FIELD(znvme_resv_status, nvme_resv_status, ptpls);
ZNVME_STATIC_ASSERT(sizeof(struct znvme_resv_status) ==
			    offsetof(struct nvme_resv_status, regctl_ds),
		    "where entries begin");
SIZE(znvme_resv_ctrl, nvme_registered_ctrl);
FIELD(znvme_resv_ctrl, nvme_registered_ctrl, cntlid);
FIELD(znvme_resv_ctrl, nvme_registered_ctrl, rcsts);
FIELD(znvme_resv_ctrl, nvme_registered_ctrl, hostid);
FIELD(znvme_resv_ctrl, nvme_registered_ctrl, rkey);
SIZE(znvme_resv_ctrl_ext, nvme_registered_ctrl_ext);
FIELD(znvme_resv_ctrl_ext, nvme_registered_ctrl_ext, cntlid);
FIELD(znvme_resv_ctrl_ext, nvme_registered_ctrl_ext, rcsts);
FIELD(znvme_resv_ctrl_ext, nvme_registered_ctrl_ext, rkey);
FIELD(znvme_resv_ctrl_ext, nvme_registered_ctrl_ext, hostid);
SAME(ZNVME_RESV_WRITE_EXCLUSIVE, NVME_RESERVATION_RTYPE_WE);
SAME(ZNVME_RESV_EXCLUSIVE_ACCESS, NVME_RESERVATION_RTYPE_EA);
SAME(ZNVME_RESV_WRITE_EXCLUSIVE_REG, NVME_RESERVATION_RTYPE_WERO);
SAME(ZNVME_RESV_EXCLUSIVE_ACCESS_REG, NVME_RESERVATION_RTYPE_EARO);
SAME(ZNVME_RESV_WRITE_EXCLUSIVE_ALL, NVME_RESERVATION_RTYPE_WEAR);
SAME(ZNVME_RESV_EXCLUSIVE_ACCESS_ALL, NVME_RESERVATION_RTYPE_EAAR);
SAME(ZNVME_RESV_REGISTER, NVME_RESERVATION_RREGA_REGISTER_KEY);
SAME(ZNVME_RESV_UNREGISTER, NVME_RESERVATION_RREGA_UNREGISTER_KEY);
SAME(ZNVME_RESV_REPLACE, NVME_RESERVATION_RREGA_REPLACE_KEY);
SAME(ZNVME_RESV_ACQUIRE, NVME_RESERVATION_RACQA_ACQUIRE);
SAME(ZNVME_RESV_PREEMPT, NVME_RESERVATION_RACQA_PREEMPT);
SAME(ZNVME_RESV_PREEMPT_ABORT, NVME_RESERVATION_RACQA_PREEMPT_AND_ABORT);
SAME(ZNVME_RESV_RELEASE, NVME_RESERVATION_RRELA_RELEASE);
SAME(ZNVME_RESV_CLEAR, NVME_RESERVATION_RRELA_CLEAR);
SAME(ZNVME_RESV_CPTPL_KEEP, NVME_RESERVATION_CPTPL_NO_CHANGE);
SAME(ZNVME_RESV_CPTPL_CLEAR, NVME_RESERVATION_CPTPL_CLEAR);
SAME(ZNVME_RESV_CPTPL_SET, NVME_RESERVATION_CPTPL_PERSIST);

SIZE(znvme_directive_params, nvme_id_directives);
FIELD(znvme_directive_params, nvme_id_directives, supported);
FIELD(znvme_directive_params, nvme_id_directives, enabled);
SIZE(znvme_streams_params, nvme_streams_directive_params);
FIELD(znvme_streams_params, nvme_streams_directive_params, msl);
FIELD(znvme_streams_params, nvme_streams_directive_params, nssa);
FIELD(znvme_streams_params, nvme_streams_directive_params, nsso);
FIELD(znvme_streams_params, nvme_streams_directive_params, nssc);
FIELD(znvme_streams_params, nvme_streams_directive_params, sws);
FIELD(znvme_streams_params, nvme_streams_directive_params, sgs);
FIELD(znvme_streams_params, nvme_streams_directive_params, nsa);
FIELD(znvme_streams_params, nvme_streams_directive_params, nso);
SAME(ZNVME_DIRECTIVE_IDENTIFY, NVME_DIRECTIVE_DTYPE_IDENTIFY);
SAME(ZNVME_DIRECTIVE_STREAMS, NVME_DIRECTIVE_DTYPE_STREAMS);
SAME(ZNVME_DIRECTIVE_RECV_PARAMS, NVME_DIRECTIVE_RECEIVE_STREAMS_DOPER_PARAM);
SAME(ZNVME_DIRECTIVE_RECV_STATUS, NVME_DIRECTIVE_RECEIVE_STREAMS_DOPER_STATUS);
SAME(ZNVME_DIRECTIVE_RECV_ALLOCATE, NVME_DIRECTIVE_RECEIVE_STREAMS_DOPER_RESOURCE);
SAME(ZNVME_DIRECTIVE_SEND_ENABLE, NVME_DIRECTIVE_SEND_IDENTIFY_DOPER_ENDIR);
SAME(ZNVME_DIRECTIVE_SEND_RELEASE, NVME_DIRECTIVE_SEND_STREAMS_DOPER_RELEASE_IDENTIFIER);
SAME(ZNVME_DIRECTIVE_SEND_FREE, NVME_DIRECTIVE_SEND_STREAMS_DOPER_RELEASE_RESOURCE);

SIZE(znvme_fdp_ruh_status, nvme_fdp_ruh_status);
FIELD(znvme_fdp_ruh_status, nvme_fdp_ruh_status, nruhsd);
SIZE(znvme_fdp_ruh_status_desc, nvme_fdp_ruh_status_desc);
FIELD(znvme_fdp_ruh_status_desc, nvme_fdp_ruh_status_desc, pid);
FIELD(znvme_fdp_ruh_status_desc, nvme_fdp_ruh_status_desc, ruhid);
FIELD(znvme_fdp_ruh_status_desc, nvme_fdp_ruh_status_desc, earutr);
FIELD(znvme_fdp_ruh_status_desc, nvme_fdp_ruh_status_desc, ruamw);
SIZE(znvme_fdp_configs_log, nvme_fdp_config_log);
FIELD(znvme_fdp_configs_log, nvme_fdp_config_log, n);
FIELD(znvme_fdp_configs_log, nvme_fdp_config_log, version);
FIELD(znvme_fdp_configs_log, nvme_fdp_config_log, size);
SIZE(znvme_fdp_config_desc, nvme_fdp_config_desc);
FIELD(znvme_fdp_config_desc, nvme_fdp_config_desc, size);
FIELD(znvme_fdp_config_desc, nvme_fdp_config_desc, fdpa);
FIELD(znvme_fdp_config_desc, nvme_fdp_config_desc, vss);
FIELD(znvme_fdp_config_desc, nvme_fdp_config_desc, nrg);
FIELD(znvme_fdp_config_desc, nvme_fdp_config_desc, nruh);
FIELD(znvme_fdp_config_desc, nvme_fdp_config_desc, maxpids);
FIELD(znvme_fdp_config_desc, nvme_fdp_config_desc, nnss);
FIELD(znvme_fdp_config_desc, nvme_fdp_config_desc, runs);
FIELD(znvme_fdp_config_desc, nvme_fdp_config_desc, erutl);
SIZE(znvme_fdp_ruh_desc, nvme_fdp_ruh_desc);
SIZE(znvme_fdp_ruh_usage_log, nvme_fdp_ruhu_log);
SIZE(znvme_fdp_ruh_usage_desc, nvme_fdp_ruhu_desc);
SIZE(znvme_fdp_stats_log, nvme_fdp_stats_log);
FIELD(znvme_fdp_stats_log, nvme_fdp_stats_log, hbmw);
FIELD(znvme_fdp_stats_log, nvme_fdp_stats_log, mbmw);
FIELD(znvme_fdp_stats_log, nvme_fdp_stats_log, mbe);
SIZE(znvme_fdp_event, nvme_fdp_event);
FIELD(znvme_fdp_event, nvme_fdp_event, type);
FIELD(znvme_fdp_event, nvme_fdp_event, flags);
FIELD(znvme_fdp_event, nvme_fdp_event, pid);
FIELD2(znvme_fdp_event, timestamp, nvme_fdp_event, ts);
FIELD(znvme_fdp_event, nvme_fdp_event, nsid);
FIELD2(znvme_fdp_event, specific, nvme_fdp_event, type_specific);
FIELD(znvme_fdp_event, nvme_fdp_event, rgid);
FIELD(znvme_fdp_event, nvme_fdp_event, ruhid);
SIZE(znvme_fdp_events_log, nvme_fdp_events_log);
FIELD(znvme_fdp_events_log, nvme_fdp_events_log, n);
FIELD2(znvme_fdp_events_log, event, nvme_fdp_events_log, events);
SIZE(znvme_fdp_event_desc, nvme_fdp_supported_event_desc);
SHIFTED(ZNVME_FDP_FDPA_RGIF, NVME_FDP_CONFIG_FDPA_RGIF);
SHIFTED(ZNVME_FDP_FDPA_FDPVWC, NVME_FDP_CONFIG_FDPA_FDPVWC);
SHIFTED(ZNVME_FDP_FDPA_VALID, NVME_FDP_CONFIG_FDPA_VALID);
SHIFTED(ZNVME_FDP_RUHA_HOST, NVME_FDP_RUHA_HOST);
SHIFTED(ZNVME_FDP_RUHA_CTRL, NVME_FDP_RUHA_CTRL);
SAME(ZNVME_FDP_RUHT_INITIALLY_ISOLATED, NVME_FDP_RUHT_INITIALLY_ISOLATED);
SAME(ZNVME_FDP_RUHT_PERSISTENTLY_ISOLATED, NVME_FDP_RUHT_PERSISTENTLY_ISOLATED);
SAME(ZNVME_FDP_EVENT_RU_NOT_FULL, NVME_FDP_EVENT_RUNFW);
SAME(ZNVME_FDP_EVENT_RU_TIME_LIMIT, NVME_FDP_EVENT_RUTLE);
SAME(ZNVME_FDP_EVENT_RESET, NVME_FDP_EVENT_RESET);
SAME(ZNVME_FDP_EVENT_INVALID_PID, NVME_FDP_EVENT_PID);
SAME(ZNVME_FDP_EVENT_REALLOCATED, NVME_FDP_EVENT_REALLOC);
SAME(ZNVME_FDP_EVENT_RUH_MODIFIED, NVME_FDP_EVENT_MODIFY);
SAME(ZNVME_FDP_EVENT_PIV, NVME_FDP_EVENT_F_PIV);
SAME(ZNVME_FDP_EVENT_NSIDV, NVME_FDP_EVENT_F_NSIDV);
SAME(ZNVME_FDP_EVENT_LV, NVME_FDP_EVENT_F_LV);
SAME(ZNVME_IO_MGMT_RUH_STATUS, NVME_IO_MGMT_RECV_RUH_STATUS);
SAME(ZNVME_IO_MGMT_RUH_UPDATE, NVME_IO_MGMT_SEND_RUH_UPDATE);

/* ---- status -------------------------------------------------------------------------------- */

SAME(ZNVME_STATUS_SC, NVME_SC_MASK);
SHIFTED(ZNVME_STATUS_SCT, NVME_SCT);
SAME(ZNVME_STATUS_CRD, NVME_SC_CRD);
SAME(ZNVME_STATUS_M, NVME_SC_MORE);
SAME(ZNVME_STATUS_DNR, NVME_SC_DNR);
SAME(ZNVME_SCT_GENERIC, NVME_SCT_GENERIC);
SAME(ZNVME_SCT_CMD_SPECIFIC, NVME_SCT_CMD_SPECIFIC);
SAME(ZNVME_SCT_MEDIA, NVME_SCT_MEDIA);
SAME(ZNVME_SCT_PATH, NVME_SCT_PATH);
SAME(ZNVME_SCT_VENDOR, NVME_SCT_VS);

struct status_row {
	const char *name;
	uint16_t ours;
	uint8_t sct;
	uint8_t sc;
};

#define ROW(ours, type, theirs)                                                                    \
	{                                                                                          \
#ours, ZNVME_SC_##ours, NVME_SCT_##type, NVME_SC_##theirs                          \
	}

static const struct status_row statuses[] = {
	ROW(SUCCESS, GENERIC, SUCCESS),
	ROW(INVALID_OPCODE, GENERIC, INVALID_OPCODE),
	ROW(INVALID_FIELD, GENERIC, INVALID_FIELD),
	ROW(CID_CONFLICT, GENERIC, CMDID_CONFLICT),
	ROW(DATA_TRANSFER, GENERIC, DATA_XFER_ERROR),
	ROW(POWER_LOSS, GENERIC, POWER_LOSS),
	ROW(INTERNAL, GENERIC, INTERNAL),
	ROW(ABORT_REQUESTED, GENERIC, ABORT_REQ),
	ROW(ABORT_SQ_DELETED, GENERIC, ABORT_QUEUE),
	ROW(ABORT_FUSED_FAILED, GENERIC, FUSED_FAIL),
	ROW(ABORT_FUSED_MISSING, GENERIC, FUSED_MISSING),
	ROW(INVALID_NS, GENERIC, INVALID_NS),
	ROW(SEQUENCE, GENERIC, CMD_SEQ_ERROR),
	ROW(SGL_INVALID_SEGMENT, GENERIC, SGL_INVALID_LAST),
	ROW(SGL_INVALID_COUNT, GENERIC, SGL_INVALID_COUNT),
	ROW(SGL_INVALID_DATA_LEN, GENERIC, SGL_INVALID_DATA),
	ROW(SGL_INVALID_META_LEN, GENERIC, SGL_INVALID_METADATA),
	ROW(SGL_INVALID_TYPE, GENERIC, SGL_INVALID_TYPE),
	ROW(CMB_INVALID_USE, GENERIC, CMB_INVALID_USE),
	ROW(PRP_INVALID_OFFSET, GENERIC, PRP_INVALID_OFFSET),
	ROW(ATOMIC_WRITE_UNIT, GENERIC, AWU_EXCEEDED),
	ROW(OPERATION_DENIED, GENERIC, OP_DENIED),
	ROW(SGL_INVALID_OFFSET, GENERIC, SGL_INVALID_OFFSET),
	ROW(HOSTID_FORMAT, GENERIC, HOSTID_FORMAT),
	ROW(KEEP_ALIVE_EXPIRED, GENERIC, KAT_EXPIRED),
	ROW(KEEP_ALIVE_INVALID, GENERIC, KAT_INVALID),
	ROW(ABORT_PREEMPTED, GENERIC, CMD_ABORTED_PREMEPT),
	ROW(SANITIZE_FAILED, GENERIC, SANITIZE_FAILED),
	ROW(SANITIZE_IN_PROGRESS, GENERIC, SANITIZE_IN_PROGRESS),
	ROW(SGL_INVALID_GRANULARITY, GENERIC, SGL_INVALID_GRANULARITY),
	ROW(CMB_QUEUE_UNSUPPORTED, GENERIC, CMD_IN_CMBQ_NOT_SUPP),
	ROW(NS_WRITE_PROTECTED, GENERIC, NS_WRITE_PROTECTED),
	ROW(INTERRUPTED, GENERIC, CMD_INTERRUPTED),
	ROW(TRANSIENT_TRANSPORT, GENERIC, TRAN_TPORT_ERROR),
	ROW(LOCKED_DOWN, GENERIC, PROHIBITED_BY_CMD_AND_FEAT),
	ROW(MEDIA_NOT_READY, GENERIC, ADMIN_CMD_MEDIA_NOT_READY),
	ROW(LBA_RANGE, GENERIC, LBA_RANGE),
	ROW(CAPACITY_EXCEEDED, GENERIC, CAP_EXCEEDED),
	ROW(NS_NOT_READY, GENERIC, NS_NOT_READY),
	ROW(RESERVATION_CONFLICT, GENERIC, RESERVATION_CONFLICT),
	ROW(FORMAT_IN_PROGRESS, GENERIC, FORMAT_IN_PROGRESS),
	ROW(INVALID_CQ, CMD_SPECIFIC, CQ_INVALID),
	ROW(INVALID_QID, CMD_SPECIFIC, QID_INVALID),
	ROW(INVALID_QUEUE_SIZE, CMD_SPECIFIC, QUEUE_SIZE),
	ROW(ABORT_LIMIT, CMD_SPECIFIC, ABORT_LIMIT),
	ROW(ASYNC_EVENT_LIMIT, CMD_SPECIFIC, ASYNC_LIMIT),
	ROW(INVALID_FW_SLOT, CMD_SPECIFIC, FIRMWARE_SLOT),
	ROW(INVALID_FW_IMAGE, CMD_SPECIFIC, FIRMWARE_IMAGE),
	ROW(INVALID_VECTOR, CMD_SPECIFIC, INVALID_VECTOR),
	ROW(INVALID_LOG_PAGE, CMD_SPECIFIC, INVALID_LOG_PAGE),
	ROW(INVALID_FORMAT, CMD_SPECIFIC, INVALID_FORMAT),
	ROW(FW_NEEDS_CONV_RESET, CMD_SPECIFIC, FW_NEEDS_CONV_RESET),
	ROW(INVALID_QUEUE_DELETION, CMD_SPECIFIC, INVALID_QUEUE),
	ROW(FEATURE_NOT_SAVEABLE, CMD_SPECIFIC, FEATURE_NOT_SAVEABLE),
	ROW(FEATURE_NOT_CHANGEABLE, CMD_SPECIFIC, FEATURE_NOT_CHANGEABLE),
	ROW(FEATURE_NOT_PER_NS, CMD_SPECIFIC, FEATURE_NOT_PER_NS),
	ROW(FW_NEEDS_NSS_RESET, CMD_SPECIFIC, FW_NEEDS_SUBSYS_RESET),
	ROW(FW_NEEDS_CTRL_RESET, CMD_SPECIFIC, FW_NEEDS_RESET),
	ROW(FW_NEEDS_MAX_TIME, CMD_SPECIFIC, FW_NEEDS_MAX_TIME),
	ROW(FW_PROHIBITED, CMD_SPECIFIC, FW_ACTIVATE_PROHIBITED),
	ROW(OVERLAPPING_RANGE, CMD_SPECIFIC, OVERLAPPING_RANGE),
	ROW(NS_INSUFFICIENT_CAP, CMD_SPECIFIC, NS_INSUFFICIENT_CAP),
	ROW(NSID_UNAVAILABLE, CMD_SPECIFIC, NS_ID_UNAVAILABLE),
	ROW(NS_ALREADY_ATTACHED, CMD_SPECIFIC, NS_ALREADY_ATTACHED),
	ROW(NS_PRIVATE, CMD_SPECIFIC, NS_IS_PRIVATE),
	ROW(NS_NOT_ATTACHED, CMD_SPECIFIC, NS_NOT_ATTACHED),
	ROW(THIN_UNSUPPORTED, CMD_SPECIFIC, THIN_PROV_NOT_SUPP),
	ROW(INVALID_CTRL_LIST, CMD_SPECIFIC, CTRL_LIST_INVALID),
	ROW(SELF_TEST_IN_PROGRESS, CMD_SPECIFIC, SELF_TEST_IN_PROGRESS),
	ROW(BOOT_PARTITION_LOCKED, CMD_SPECIFIC, BP_WRITE_PROHIBITED),
	ROW(INVALID_CTRL_ID, CMD_SPECIFIC, INVALID_CTRL_ID),
	ROW(INVALID_SEC_CTRL_STATE, CMD_SPECIFIC, INVALID_SEC_CTRL_STATE),
	ROW(INVALID_CTRL_RESOURCES, CMD_SPECIFIC, INVALID_CTRL_RESOURCES),
	ROW(INVALID_RESOURCE_ID, CMD_SPECIFIC, INVALID_RESOURCE_ID),
	ROW(SANITIZE_PMR, CMD_SPECIFIC, PMR_SAN_PROHIBITED),
	ROW(INVALID_ANA_GROUP, CMD_SPECIFIC, ANA_GROUP_ID_INVALID),
	ROW(ANA_ATTACH_FAILED, CMD_SPECIFIC, ANA_ATTACH_FAILED),
	ROW(INSUFFICIENT_CAP, CMD_SPECIFIC, INSUFFICIENT_CAP),
	ROW(NS_ATTACH_LIMIT, CMD_SPECIFIC, NS_ATTACHMENT_LIMIT_EXCEEDED),
	ROW(LOCKDOWN_UNSUPPORTED, CMD_SPECIFIC, PROHIBIT_CMD_EXEC_NOT_SUPPORTED),
	ROW(IOCS_NOT_SUPPORTED, CMD_SPECIFIC, IOCS_NOT_SUPPORTED),
	ROW(IOCS_NOT_ENABLED, CMD_SPECIFIC, IOCS_NOT_ENABLED),
	ROW(IOCS_REJECTED, CMD_SPECIFIC, IOCS_COMBINATION_REJECTED),
	ROW(INVALID_IOCS, CMD_SPECIFIC, INVALID_IOCS),
	ROW(ID_UNAVAILABLE, CMD_SPECIFIC, ID_UNAVAILABLE),
	ROW(INVALID_DISCOVERY_INFO, CMD_SPECIFIC, INVALID_DISCOVERY_INFO),
	ROW(ZONING_LOCKED, CMD_SPECIFIC, ZONING_DATA_STRUCT_LOCKED),
	ROW(ZONING_NOT_FOUND, CMD_SPECIFIC, ZONING_DATA_STRUCT_NOTFND),
	ROW(DISCOVERY_RESOURCES, CMD_SPECIFIC, INSUFFICIENT_DISC_RES),
	ROW(FUNCTION_DISABLED, CMD_SPECIFIC, REQSTD_FUNCTION_DISABLED),
	ROW(INVALID_ZONEGROUP, CMD_SPECIFIC, ZONEGRP_ORIGINATOR_INVLD),
	ROW(CONFLICTING_ATTRIBUTES, CMD_SPECIFIC, BAD_ATTRIBUTES),
	ROW(INVALID_PI, CMD_SPECIFIC, INVALID_PI),
	ROW(READ_ONLY_RANGE, CMD_SPECIFIC, READ_ONLY),
	ROW(CMD_SIZE_LIMIT, CMD_SPECIFIC, CMD_SIZE_LIMIT_EXCEEDED),
	ROW(CONNECT_FORMAT, CMD_SPECIFIC, CONNECT_FORMAT),
	ROW(CONNECT_CTRL_BUSY, CMD_SPECIFIC, CONNECT_CTRL_BUSY),
	ROW(CONNECT_INVALID_PARAM, CMD_SPECIFIC, CONNECT_INVALID_PARAM),
	ROW(CONNECT_RESTART_DISC, CMD_SPECIFIC, CONNECT_RESTART_DISC),
	ROW(CONNECT_INVALID_HOST, CMD_SPECIFIC, CONNECT_INVALID_HOST),
	ROW(DISCONNECT_QUEUE_TYPE, CMD_SPECIFIC, DISCONNECT_INVALID_QTYPE),
	ROW(DISCOVERY_RESTART, CMD_SPECIFIC, DISCOVERY_RESTART),
	ROW(AUTH_REQUIRED, CMD_SPECIFIC, AUTH_REQUIRED),
	ROW(ZONE_INVALID_OPERATION, CMD_SPECIFIC, ZNS_INVALID_OP_REQUEST),
	ROW(ZRWA_UNAVAILABLE, CMD_SPECIFIC, ZNS_ZRWA_RESOURCES_UNAVAILABLE),
	ROW(ZONE_BOUNDARY, CMD_SPECIFIC, ZNS_BOUNDARY_ERROR),
	ROW(ZONE_FULL, CMD_SPECIFIC, ZNS_FULL),
	ROW(ZONE_READ_ONLY, CMD_SPECIFIC, ZNS_READ_ONLY),
	ROW(ZONE_OFFLINE, CMD_SPECIFIC, ZNS_OFFLINE),
	ROW(ZONE_INVALID_WRITE, CMD_SPECIFIC, ZNS_INVALID_WRITE),
	ROW(ZONE_TOO_MANY_ACTIVE, CMD_SPECIFIC, ZNS_TOO_MANY_ACTIVE),
	ROW(ZONE_TOO_MANY_OPEN, CMD_SPECIFIC, ZNS_TOO_MANY_OPENS),
	ROW(ZONE_TRANSITION, CMD_SPECIFIC, ZNS_INVAL_TRANSITION),
	ROW(WRITE_FAULT, MEDIA, WRITE_FAULT),
	ROW(UNRECOVERED_READ, MEDIA, READ_ERROR),
	ROW(GUARD_CHECK, MEDIA, GUARD_CHECK),
	ROW(APPTAG_CHECK, MEDIA, APPTAG_CHECK),
	ROW(REFTAG_CHECK, MEDIA, REFTAG_CHECK),
	ROW(COMPARE_FAILURE, MEDIA, COMPARE_FAILED),
	ROW(ACCESS_DENIED, MEDIA, ACCESS_DENIED),
	ROW(UNWRITTEN_BLOCK, MEDIA, UNWRITTEN_BLOCK),
	ROW(STORAGE_TAG_CHECK, MEDIA, STORAGE_TAG_CHECK),
	ROW(INTERNAL_PATH, PATH, ANA_INTERNAL_PATH_ERROR),
	ROW(ANA_PERSISTENT_LOSS, PATH, ANA_PERSISTENT_LOSS),
	ROW(ANA_INACCESSIBLE, PATH, ANA_INACCESSIBLE),
	ROW(ANA_TRANSITION, PATH, ANA_TRANSITION),
	ROW(CTRL_PATH, PATH, CTRL_PATH_ERROR),
	ROW(HOST_PATH, PATH, HOST_PATH_ERROR),
	ROW(HOST_ABORTED, PATH, CMD_ABORTED_BY_HOST),
};

/* ---- identifiers that have a name ---------------------------------------------------------- */

struct id_row {
	uint8_t theirs;
	int ours;	  /* our constant, or -1 where only the name is checked */
	const char *name; /* what znvme_*_name() is to say */
};

static const struct id_row admin_opcodes[] = {
	{nvme_admin_delete_sq, ZNVME_ADM_DELETE_SQ, "Delete I/O Submission Queue"},
	{nvme_admin_create_sq, ZNVME_ADM_CREATE_SQ, "Create I/O Submission Queue"},
	{nvme_admin_get_log_page, ZNVME_ADM_GET_LOG_PAGE, "Get Log Page"},
	{nvme_admin_delete_cq, ZNVME_ADM_DELETE_CQ, "Delete I/O Completion Queue"},
	{nvme_admin_create_cq, ZNVME_ADM_CREATE_CQ, "Create I/O Completion Queue"},
	{nvme_admin_identify, ZNVME_ADM_IDENTIFY, "Identify"},
	{nvme_admin_abort_cmd, ZNVME_ADM_ABORT, "Abort"},
	{nvme_admin_set_features, ZNVME_ADM_SET_FEATURES, "Set Features"},
	{nvme_admin_get_features, ZNVME_ADM_GET_FEATURES, "Get Features"},
	{nvme_admin_async_event, ZNVME_ADM_ASYNC_EVENT, "Asynchronous Event Request"},
	{nvme_admin_ns_mgmt, ZNVME_ADM_NS_MANAGEMENT, "Namespace Management"},
	{nvme_admin_fw_commit, ZNVME_ADM_FW_COMMIT, "Firmware Commit"},
	{nvme_admin_fw_download, ZNVME_ADM_FW_DOWNLOAD, "Firmware Image Download"},
	{nvme_admin_dev_self_test, ZNVME_ADM_SELF_TEST, "Device Self-test"},
	{nvme_admin_ns_attach, ZNVME_ADM_NS_ATTACH, "Namespace Attachment"},
	{nvme_admin_keep_alive, ZNVME_ADM_KEEP_ALIVE, "Keep Alive"},
	{nvme_admin_directive_send, ZNVME_ADM_DIRECTIVE_SEND, "Directive Send"},
	{nvme_admin_directive_recv, ZNVME_ADM_DIRECTIVE_RECV, "Directive Receive"},
	{nvme_admin_virtual_mgmt, ZNVME_ADM_VIRT_MGMT, "Virtualization Management"},
	{nvme_admin_nvme_mi_send, ZNVME_ADM_NVME_MI_SEND, "NVMe-MI Send"},
	{nvme_admin_nvme_mi_recv, ZNVME_ADM_NVME_MI_RECV, "NVMe-MI Receive"},
	{nvme_admin_capacity_mgmt, ZNVME_ADM_CAPACITY_MGMT, "Capacity Management"},
	{nvme_admin_discovery_info_mgmt, -1, "Discovery Information Management"},
	{nvme_admin_fabric_zoning_recv, -1, "Fabric Zoning Receive"},
	{nvme_admin_lockdown, ZNVME_ADM_LOCKDOWN, "Lockdown"},
	{nvme_admin_fabric_zoning_lookup, -1, "Fabric Zoning Lookup"},
	{nvme_admin_fabric_zoning_send, -1, "Fabric Zoning Send"},
	{nvme_admin_dbbuf, ZNVME_ADM_DBBUF, "Doorbell Buffer Config"},
	{nvme_admin_fabrics, -1, "Fabrics Commands"},
	{nvme_admin_format_nvm, ZNVME_ADM_FORMAT_NVM, "Format NVM"},
	{nvme_admin_security_send, ZNVME_ADM_SECURITY_SEND, "Security Send"},
	{nvme_admin_security_recv, ZNVME_ADM_SECURITY_RECV, "Security Receive"},
	{nvme_admin_sanitize_nvm, ZNVME_ADM_SANITIZE, "Sanitize"},
	{nvme_admin_get_lba_status, ZNVME_ADM_GET_LBA_STATUS, "Get LBA Status"},
};

static const struct id_row io_opcodes[] = {
	{nvme_cmd_flush, ZNVME_CMD_FLUSH, "Flush"},
	{nvme_cmd_write, ZNVME_CMD_WRITE, "Write"},
	{nvme_cmd_read, ZNVME_CMD_READ, "Read"},
	{nvme_cmd_write_uncor, ZNVME_CMD_WRITE_UNCORRECTABLE, "Write Uncorrectable"},
	{nvme_cmd_compare, ZNVME_CMD_COMPARE, "Compare"},
	{nvme_cmd_write_zeroes, ZNVME_CMD_WRITE_ZEROES, "Write Zeroes"},
	{nvme_cmd_dsm, ZNVME_CMD_DSM, "Dataset Management"},
	{nvme_cmd_verify, ZNVME_CMD_VERIFY, "Verify"},
	{nvme_cmd_resv_register, ZNVME_CMD_RESV_REGISTER, "Reservation Register"},
	{nvme_cmd_resv_report, ZNVME_CMD_RESV_REPORT, "Reservation Report"},
	{nvme_cmd_resv_acquire, ZNVME_CMD_RESV_ACQUIRE, "Reservation Acquire"},
	{nvme_cmd_io_mgmt_recv, ZNVME_CMD_IO_MGMT_RECV, "I/O Management Receive"},
	{nvme_cmd_resv_release, ZNVME_CMD_RESV_RELEASE, "Reservation Release"},
	{nvme_cmd_copy, ZNVME_CMD_COPY, "Copy"},
	{nvme_cmd_io_mgmt_send, ZNVME_CMD_IO_MGMT_SEND, "I/O Management Send"},
	{nvme_zns_cmd_mgmt_send, -1, "Zone Management Send"},
	{nvme_zns_cmd_mgmt_recv, -1, "Zone Management Receive"},
	{nvme_zns_cmd_append, -1, "Zone Append"},
};

#define FEAT(ours, theirs, name)                                                                   \
	{                                                                                          \
		NVME_FEAT_FID_##theirs, ZNVME_FEAT_##ours, name                                    \
	}

static const struct id_row features[] = {
	FEAT(ARBITRATION, ARBITRATION, "Arbitration"),
	FEAT(POWER_MGMT, POWER_MGMT, "Power Management"),
	FEAT(LBA_RANGE, LBA_RANGE, "LBA Range Type"),
	FEAT(TEMP_THRESHOLD, TEMP_THRESH, "Temperature Threshold"),
	FEAT(ERROR_RECOVERY, ERR_RECOVERY, "Error Recovery"),
	FEAT(VWC, VOLATILE_WC, "Volatile Write Cache"),
	FEAT(NUM_QUEUES, NUM_QUEUES, "Number of Queues"),
	FEAT(IRQ_COALESCING, IRQ_COALESCE, "Interrupt Coalescing"),
	FEAT(IRQ_VECTOR, IRQ_CONFIG, "Interrupt Vector Configuration"),
	FEAT(WRITE_ATOMICITY, WRITE_ATOMIC, "Write Atomicity Normal"),
	FEAT(ASYNC_EVENT, ASYNC_EVENT, "Asynchronous Event Configuration"),
	FEAT(APST, AUTO_PST, "Autonomous Power State Transition"),
	FEAT(HMB, HOST_MEM_BUF, "Host Memory Buffer"),
	FEAT(TIMESTAMP, TIMESTAMP, "Timestamp"),
	FEAT(KEEP_ALIVE, KATO, "Keep Alive Timer"),
	FEAT(HCTM, HCTM, "Host Controlled Thermal Management"),
	FEAT(NOPSC, NOPSC, "Non-Operational Power State Config"),
	FEAT(RRL, RRL, "Read Recovery Level Config"),
	FEAT(PLM_CONFIG, PLM_CONFIG, "Predictable Latency Mode Config"),
	FEAT(PLM_WINDOW, PLM_WINDOW, "Predictable Latency Mode Window"),
	FEAT(LBA_STATUS, LBA_STS_INTERVAL, "LBA Status Information Report Interval"),
	FEAT(HOST_BEHAVIOR, HOST_BEHAVIOR, "Host Behavior Support"),
	FEAT(SANITIZE, SANITIZE, "Sanitize Config"),
	FEAT(ENDURANCE_EVENT, ENDURANCE_EVT_CFG, "Endurance Group Event Configuration"),
	FEAT(IOCS_PROFILE, IOCS_PROFILE, "I/O Command Set Profile"),
	FEAT(SPINUP, SPINUP_CONTROL, "Spinup Control"),
	FEAT(FDP, FDP, "Flexible Data Placement"),
	FEAT(FDP_EVENTS, FDP_EVENTS, "Flexible Data Placement Events"),
	FEAT(ENH_CTRL_METADATA, ENH_CTRL_METADATA, "Enhanced Controller Metadata"),
	FEAT(CTRL_METADATA, CTRL_METADATA, "Controller Metadata"),
	FEAT(NS_METADATA, NS_METADATA, "Namespace Metadata"),
	FEAT(SW_PROGRESS, SW_PROGRESS, "Software Progress Marker"),
	FEAT(HOST_ID, HOST_ID, "Host Identifier"),
	FEAT(RESV_NOTIFY, RESV_MASK, "Reservation Notification Mask"),
	FEAT(RESV_PERSIST, RESV_PERSIST, "Reservation Persistence"),
	FEAT(WRITE_PROTECT, WRITE_PROTECT, "Namespace Write Protection Config"),
};

#define LOG(ours, theirs, name)                                                                    \
	{                                                                                          \
		NVME_LOG_LID_##theirs, ZNVME_LOG_##ours, name                                      \
	}

static const struct id_row logs[] = {
	LOG(SUPPORTED, SUPPORTED_LOG_PAGES, "Supported Log Pages"),
	LOG(ERROR, ERROR, "Error Information"),
	LOG(SMART, SMART, "SMART / Health Information"),
	LOG(FW_SLOT, FW_SLOT, "Firmware Slot Information"),
	LOG(CHANGED_NS, CHANGED_NS, "Changed Attached Namespace List"),
	LOG(CMD_EFFECTS, CMD_EFFECTS, "Commands Supported and Effects"),
	LOG(SELF_TEST, DEVICE_SELF_TEST, "Device Self-test"),
	LOG(TELEMETRY_HOST, TELEMETRY_HOST, "Telemetry Host-Initiated"),
	LOG(TELEMETRY_CTRL, TELEMETRY_CTRL, "Telemetry Controller-Initiated"),
	LOG(ENDURANCE_GROUP, ENDURANCE_GROUP, "Endurance Group Information"),
	LOG(PLM_NVMSET, PREDICTABLE_LAT_NVMSET, "Predictable Latency Per NVM Set"),
	LOG(PLM_AGGREGATE, PREDICTABLE_LAT_AGG, "Predictable Latency Event Aggregate"),
	LOG(ANA, ANA, "Asymmetric Namespace Access"),
	LOG(PERSISTENT_EVENT, PERSISTENT_EVENT, "Persistent Event Log"),
	LOG(LBA_STATUS, LBA_STATUS, "LBA Status Information"),
	LOG(ENDURANCE_EVENT, ENDURANCE_GRP_EVT, "Endurance Group Event Aggregate"),
	LOG(MEDIA_UNIT, MEDIA_UNIT_STATUS, "Media Unit Status"),
	LOG(CAPACITY_CONFIG, SUPPORTED_CAP_CONFIG_LIST, "Supported Capacity Configuration List"),
	LOG(FEATURE_EFFECTS, FID_SUPPORTED_EFFECTS, "Feature Identifiers Supported and Effects"),
	LOG(MI_CMD_EFFECTS, MI_CMD_SUPPORTED_EFFECTS, "NVMe-MI Commands Supported and Effects"),
	LOG(BOOT_PARTITION, BOOT_PARTITION, "Boot Partition"),
	LOG(FDP_CONFIGS, FDP_CONFIGS, "FDP Configurations"),
	LOG(FDP_RUH_USAGE, FDP_RUH_USAGE, "Reclaim Unit Handle Usage"),
	LOG(FDP_STATS, FDP_STATS, "FDP Statistics"),
	LOG(FDP_EVENTS, FDP_EVENTS, "FDP Events"),
	LOG(DISCOVERY, DISCOVER, "Discovery"),
	LOG(RESERVATION, RESERVATION, "Reservation Notification"),
	LOG(SANITIZE, SANITIZE, "Sanitize Status"),
	LOG(CHANGED_ZONES, ZNS_CHANGED_ZONES, "Changed Zone List"),
};

static const struct id_row zone_states[] = {
	{NVME_ZNS_ZS_EMPTY, ZNVME_ZONE_EMPTY, "Empty"},
	{NVME_ZNS_ZS_IMPL_OPEN, ZNVME_ZONE_IMPLICITLY_OPEN, "Implicitly Opened"},
	{NVME_ZNS_ZS_EXPL_OPEN, ZNVME_ZONE_EXPLICITLY_OPEN, "Explicitly Opened"},
	{NVME_ZNS_ZS_CLOSED, ZNVME_ZONE_CLOSED, "Closed"},
	{NVME_ZNS_ZS_READ_ONLY, ZNVME_ZONE_READ_ONLY, "Read Only"},
	{NVME_ZNS_ZS_FULL, ZNVME_ZONE_FULL, "Full"},
	{NVME_ZNS_ZS_OFFLINE, ZNVME_ZONE_OFFLINE, "Offline"},
};

static const struct id_row zone_actions[] = {
	{NVME_ZNS_ZSA_CLOSE, ZNVME_ZONE_CLOSE, "Close Zone"},
	{NVME_ZNS_ZSA_FINISH, ZNVME_ZONE_FINISH, "Finish Zone"},
	{NVME_ZNS_ZSA_OPEN, ZNVME_ZONE_OPEN, "Open Zone"},
	{NVME_ZNS_ZSA_RESET, ZNVME_ZONE_RESET, "Reset Zone"},
	{NVME_ZNS_ZSA_OFFLINE, ZNVME_ZONE_TO_OFFLINE, "Offline Zone"},
	{NVME_ZNS_ZSA_SET_DESC_EXT, ZNVME_ZONE_SET_EXTENSION, "Set Zone Descriptor Extension"},
	{NVME_ZNS_ZSA_ZRWA_FLUSH, ZNVME_ZONE_FLUSH_ZRWA, "Flush Explicit ZRWA Range"},
};

/* ---- the run ------------------------------------------------------------------------------- */

static unsigned int test_number;
static unsigned int failures;

static void report(bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++test_number, what);
	if (!ok)
		failures++;
}

static void status_values(void)
{
	bool ok = true;

	for (size_t i = 0; i < ROWS(statuses); i++) {
		const struct status_row *row = &statuses[i];

		if (row->ours == (row->sct << 8 | row->sc))
			continue;
		printf("# ZNVME_SC_%s: %#x, libnvme: %#x\n", row->name, row->ours,
		       row->sct << 8 | row->sc);
		ok = false;
	}
	report(ok, "status codes are libnvme's with their type");
}

/* A text is "Name: explanation", a sentence that a message can end with. */
static bool well_formed(const char *text)
{
	const char *colon = text ? strstr(text, ": ") : NULL;

	return colon && colon > text && strlen(colon) > 2 && text[strlen(text) - 1] != '.';
}

static void status_names_exist(void)
{
	bool ok = true;

	for (unsigned int status = 0; status <= 0xffff; status++) {
		if (well_formed(znvme_status_name((uint16_t)status)))
			continue;
		printf("# status %#x: %s\n", status, znvme_status_name((uint16_t)status));
		ok = false;
	}
	report(ok, "every status has a text");
}

static void status_names_ignore_flags(void)
{
	bool ok = true;

	for (unsigned int status = 0; status <= 0xffff; status++) {
		if (znvme_status_name((uint16_t)status) !=
		    znvme_status_name(status & ZNVME_STATUS_CODE))
			ok = false;
	}
	report(ok, "the text does not depend on CRD, M and DNR");
}

static void status_names_are_own(void)
{
	bool ok = true;

	for (size_t i = 0; i < ROWS(statuses); i++) {
		const char *text = znvme_status_name(statuses[i].ours);

		if (strncmp(text, "Unknown", 7) != 0 && strncmp(text, "Reserved", 8) != 0 &&
		    strncmp(text, "Vendor", 6) != 0)
			continue;
		printf("# ZNVME_SC_%s has no text\n", statuses[i].name);
		ok = false;
	}
	report(ok, "every named status has a text of its own");
	report(strcmp(znvme_status_name(ZNVME_SC_LBA_RANGE | ZNVME_STATUS_DNR),
		      "LBA Out of Range: the LBA range exceeds the size of the namespace") == 0,
	       "LBA Out of Range says so");
	report(strncmp(znvme_status_name(0x7c0), "Vendor Specific", 15) == 0,
	       "a vendor's status is called vendor specific");
}

/* No two known statuses have the same text. */
static void status_names_are_unique(void)
{
	bool ok = true;

	for (unsigned int a = 0; a <= ZNVME_STATUS_CODE; a++) {
		const char *text = znvme_status_name((uint16_t)a);

		if (strncmp(text, "Unknown", 7) == 0 || strncmp(text, "Reserved", 8) == 0 ||
		    strncmp(text, "Vendor", 6) == 0)
			continue;
		for (unsigned int b = a + 1; b <= ZNVME_STATUS_CODE; b++) {
			if (strcmp(text, znvme_status_name((uint16_t)b)) != 0)
				continue;
			printf("# %#x and %#x: %s\n", a, b, text);
			ok = false;
		}
	}
	report(ok, "no two statuses share a text");
}

static const char *admin_opcode_name(uint8_t opcode)
{
	return znvme_opcode_name(true, opcode);
}

static const char *io_opcode_name(uint8_t opcode)
{
	return znvme_opcode_name(false, opcode);
}

static const struct {
	const char *what;
	const char *(*name_of)(uint8_t id);
	const struct id_row *rows;
	size_t nr_rows;
	uint8_t unknown; /* a value without a name */
	uint8_t vendor;	 /* a vendor's value */
} families[] = {
	{"admin opcodes", admin_opcode_name, admin_opcodes, ROWS(admin_opcodes), 0x03, 0xc0},
	{"I/O opcodes", io_opcode_name, io_opcodes, ROWS(io_opcodes), 0x03, 0x80},
	{"features", znvme_feature_name, features, ROWS(features), 0x00, 0xc0},
	{"log pages", znvme_log_name, logs, ROWS(logs), 0x6f, 0xc0},
	{"zone states", znvme_zone_state_name, zone_states, ROWS(zone_states), 0x00, 0x05},
	{"zone actions", znvme_zone_action_name, zone_actions, ROWS(zone_actions), 0x00, 0x80},
};

static void family(size_t f)
{
	char what[80];
	bool values = true;
	bool names = true;

	for (size_t i = 0; i < families[f].nr_rows; i++) {
		const struct id_row *row = &families[f].rows[i];
		const char *name = families[f].name_of(row->theirs);

		if (row->ours >= 0 && row->ours != row->theirs) {
			printf("# %s: %#x, libnvme: %#x\n", row->name, row->ours, row->theirs);
			values = false;
		}
		if (!name || strcmp(name, row->name) != 0) {
			printf("# %#x: %s, not %s\n", row->theirs, name ? name : "(none)",
			       row->name);
			names = false;
		}
	}
	snprintf(what, sizeof(what), "%s have libnvme's values", families[f].what);
	report(values, what);
	snprintf(what, sizeof(what), "%s have their names", families[f].what);
	report(names, what);
	snprintf(what, sizeof(what), "%s that are unknown have no name", families[f].what);
	report(!families[f].name_of(families[f].unknown) &&
		       !families[f].name_of(families[f].vendor),
	       what);
}

/* A field helper and a mask of the headers, together. */
static void masks_work(void)
{
	report(znvme_field_get(ZNVME_FEAT_NRQ_NCQR, 0x00070003u) == 7 &&
		       znvme_field_put(ZNVME_FEAT_NRQ_NCQR, 7) == 0x00070000u &&
		       znvme_field_get(ZNVME_CTRL_SQES_MAX, 0x66) == 6 &&
		       znvme_field_get(ZNVME_AER_LID, 0x00040002u) == ZNVME_LOG_CHANGED_NS,
	       "masks are made for the field helpers");
}

int main(void)
{
	printf("1..%zu\n", 8 + 3 * ROWS(families));
	status_values();
	status_names_exist();
	status_names_ignore_flags();
	status_names_are_own();
	status_names_are_unique();
	for (size_t f = 0; f < ROWS(families); f++)
		family(f);
	masks_work();
	return failures ? 1 : 0;
}
