/* SPDX-License-Identifier: MIT */
/*
 * Identify (Base 2.1, section 5.1.13; NVM 1.1, section 4.1.5; ZNS 1.2, section 4.1.5): a table of
 * the structures by CNS and command set, and a function that fills each. One controller in its NVM
 * subsystem, one endurance group. With the option garbage all of it is noise from the seed.
 */
#include "sim/internal.h"

#define SIM_NVM_VERSION 0x00010100u /* NVM Command Set 1.1 */
#define SIM_NQN_PREFIX	"nqn.2014-08.org.nvmexpress:uuid:"

/* Organizationally unique identifier 52:54:00: local, nobody's. */
static const uint8_t sim_oui[3] = {0x52, 0x54, 0x00};

void sim_pad(char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	memset(field, ' ', size);
	memcpy(field, text, len < size ? len : size);
}

/* ---- identifiers --------------------------------------------------------------------------- */

/*
 * 64 bits that serial number, namespace and kind decide: the same in each run. Namespaces that are
 * created get others than the one that had their NSID before.
 */
static uint64_t sim_unique(const struct znvme_sim *sim, uint32_t nsid, unsigned kind)
{
	uint64_t generation = nsid && nsid <= sim->nr_ns ? sim->ns[nsid - 1].generation : 0;
	uint64_t hash = sim_mix(generation << 40 | (uint64_t)nsid << 8 | kind);

	for (const char *c = sim->options.serial; *c; c++)
		hash = sim_mix(hash ^ (uint8_t)*c);
	return hash;
}

/* 16 bytes as a UUID, version 8 (RFC 9562). */
static void sim_uuid(const struct znvme_sim *sim, uint32_t nsid, uint8_t uuid[16])
{
	uint64_t half[2] = {sim_unique(sim, nsid, 0), sim_unique(sim, nsid, 1)};

	memcpy(uuid, half, 16);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x80);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

/* The NGUID's second half is the EUI-64, as its format has it: identifier, OUI, extension. */
void sim_identify_ns_init(struct znvme_sim *sim, struct sim_ns *ns)
{
	uint64_t extension = sim_unique(sim, ns->nsid, 2);

	memcpy(ns->eui64, sim_oui, sizeof(sim_oui));
	memcpy(ns->eui64 + 3, &extension, 5);
	extension = sim_unique(sim, ns->nsid, 3);
	memcpy(ns->nguid, &extension, 8);
	memcpy(ns->nguid + 8, ns->eui64, 8);
	sim_uuid(sim, ns->nsid, ns->uuid);
}

void sim_subnqn(const struct znvme_sim *sim, char subnqn[ZNVME_NQN_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t uuid[16];
	size_t at = sizeof(SIM_NQN_PREFIX) - 1;

	sim_uuid(sim, 0, uuid);
	memcpy(subnqn, SIM_NQN_PREFIX, at);
	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			subnqn[at++] = '-';
		subnqn[at++] = digits[uuid[i] >> 4];
		subnqn[at++] = digits[uuid[i] & 15];
	}
}

/* Reservations of all types, as of version 1.3. */
uint8_t sim_rescap(const struct znvme_sim *sim)
{
	return sim->options.without & SIM_WITHOUT_RESERVATIONS ? 0 : 0xff;
}

/* ---- structures; each function fills 4096 bytes of zeroes ---------------------------------- */

/* What namespaces can be formatted to; `ns` NULL: all of them, also those to come. */
static void sim_id_formats(struct znvme_sim *sim, const struct sim_ns *ns, struct znvme_id_ns *id)
{
	struct sim_format list[SIM_MAX_FORMATS];
	unsigned nr = sim_format_list(sim, ns, list);

	for (unsigned i = 0; i < nr; i++)
		id->lbaf[i] = (struct znvme_lbaf){.ms = list[i].ms, .lbads = list[i].shift};
	id->nlbaf = (uint8_t)(nr - 1);
	id->mc = ZNVME_NS_MC_EXTENDED | ZNVME_NS_MC_SEPARATE;
	id->dpc = ZNVME_NS_DPC_TYPE1 | ZNVME_NS_DPC_TYPE2 | ZNVME_NS_DPC_TYPE3 |
		  ZNVME_NS_DPC_FIRST | ZNVME_NS_DPC_LAST;
	id->dlfeat = ZNVME_DLFEAT_READ_ZEROES | ZNVME_NS_DLFEAT_WRITE_ZEROES;
	id->fpi = ZNVME_NS_FPI_SUPPORTED;
}

uint8_t sim_fpi(const struct sim_ns *ns)
{
	uint64_t done = sim_period_part(&ns->formatting, 99);

	return (uint8_t)(ZNVME_NS_FPI_SUPPORTED | (ns->formatting.due ? 100 - done : 0));
}

uint8_t sim_flbas(const struct znvme_sim *sim, const struct sim_ns *ns)
{
	bool extended = ns->format.ms && ns->extended;

	return (uint8_t)(sim_format_index(sim, ns) | (extended ? ZNVME_NS_FLBAS_META_EXT : 0));
}

uint8_t sim_dps(const struct sim_ns *ns)
{
	return (uint8_t)(ns->pi_type | (ns->pi_first && ns->pi_type ? ZNVME_NS_DPS_FIRST : 0));
}

static uint16_t sim_id_ns(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data)
{
	struct znvme_id_ns *id = data;
	uint64_t blocks;
	uint64_t bytes;

	(void)cmd;
	if (ns && ns->kv) /* it has no blocks to be told of */
		return SIM_DNR(ZNVME_SC_INVALID_IOCS);
	sim_id_formats(sim, ns, id);
	if (!ns)
		return ZNVME_SC_SUCCESS;
	blocks = ns->zns ? ns->zns->nr_zones * ns->zns->zone_cap : ns->blocks;
	bytes = blocks << ns->lba_shift;
	id->nsze = ns->blocks;
	id->ncap = blocks;
	id->nuse = blocks;
	id->nmic = ns->nmic;
	id->rescap = sim_rescap(sim);
	id->fpi = sim_fpi(ns);
	id->endgid = SIM_ENDGID;
	id->anagrpid = sim->options.with & SIM_WITH_ANA ? 1 : 0;
	id->nvmsetid = sim->options.with & SIM_WITH_PLM ? SIM_NVMSETID : 0;
	id->dps = sim_dps(ns);
	id->nsattr = sim_write_protected(sim, ns) ? ZNVME_NS_NSATTR_WRITE_PROTECTED : 0;
	if (sim_copy_formats(sim)) {
		id->mssrl = (uint16_t)sim->options.mssrl;
		id->mcl = (uint32_t)sim->options.mcl;
		id->msrc = (uint8_t)(sim->options.msrc - 1);
	}
	memcpy(id->nvmcap, &bytes, sizeof(bytes));
	memcpy(id->nguid, ns->nguid, sizeof(id->nguid));
	memcpy(id->eui64, ns->eui64, sizeof(id->eui64));
	id->flbas = sim_flbas(sim, ns);
	return ZNVME_SC_SUCCESS;
}

/* Whether there is the format that CNSSI names; the formats are the same in each. */
static bool sim_id_knows_format(const struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	struct sim_format list[SIM_MAX_FORMATS];

	return znvme_field_get(ZNVME_IDENTIFY_CNSSI, cmd->sqe.cdw11) <
	       sim_format_list(sim, NULL, list);
}

/* As a namespace would be in another format. */
static uint16_t sim_id_ns_format(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
				 void *data)
{
	if (!sim_id_knows_format(sim, cmd))
		return SIM_DNR(ZNVME_SC_INVALID_FORMAT);
	sim_id_formats(sim, ns, data);
	return ZNVME_SC_SUCCESS;
}

static void sim_id_ctrl_commands(struct znvme_sim *sim, struct znvme_id_ctrl *id)
{
	const struct sim_options *options = &sim->options;

	id->oacs = sim_oacs(sim);
	id->acl = 3;
	id->aerl = (uint8_t)options->aerl;
	id->frmw = ZNVME_CTRL_FRMW_SLOT1_RO | ZNVME_CTRL_FRMW_OVERLAP |
		   (uint8_t)znvme_field_put(ZNVME_CTRL_FRMW_NR_SLOTS, options->fw_slots);
	if (options->fw_reset == SIM_FW_AT_ONCE)
		id->frmw |= ZNVME_CTRL_FRMW_NO_RESET;
	id->mtfa = (uint16_t)((options->fw_time + 99) / 100);
	id->fwug = (uint8_t)options->fwug;
	id->lpa = ZNVME_CTRL_LPA_CMD_EFFECTS | ZNVME_CTRL_LPA_MLPS;
	if (!(options->without & SIM_WITHOUT_LOG_OFFSET))
		id->lpa |= ZNVME_CTRL_LPA_EXTENDED;
	if (!(options->without & SIM_WITHOUT_TELEMETRY))
		id->lpa |= ZNVME_CTRL_LPA_TELEMETRY | ZNVME_CTRL_LPA_TELEMETRY_DA4;
	if (!(options->without & SIM_WITHOUT_PEL)) {
		id->lpa |= ZNVME_CTRL_LPA_PERSISTENT_EVENT;
		id->pels = SIM_PEL_SIZE / 65536;
	}
	if (!(options->without & SIM_WITHOUT_SELF_TEST)) {
		id->dsto = ZNVME_CTRL_DSTO_ONE;
		id->edstt = (uint16_t)(1 + options->selftest_time * 4 / 60000);
	}
	id->rrls = SIM_RRLS;
	id->plsi = ZNVME_CTRL_PLSI_EPF | ZNVME_CTRL_PLSI_FQ;
	id->nwpc = ZNVME_CTRL_NWPC_WRITE_PROTECT | ZNVME_CTRL_NWPC_POWER_CYCLE |
		   ZNVME_CTRL_NWPC_PERMANENT;
	id->sanicap = sim_sanicap(sim);
	if (!(options->without & SIM_WITHOUT_FORMAT))
		id->fna = ZNVME_CTRL_FNA_CRYPTO_ERASE;
	id->apsta = ZNVME_CTRL_APSTA_SUPPORTED;
	id->hctma = ZNVME_CTRL_HCTMA_SUPPORTED;
	id->mntmt = SIM_TEMPERATURE_LOWEST;
	id->mxtmt = SIM_TEMPERATURE_CRITICAL;
	id->elpe = SIM_ERROR_ENTRIES - 1;
	id->npss = SIM_POWER_STATES - 1;
	id->kas = SIM_KAS;
	id->sqes = 6 << 4 | 6;
	id->cqes = 4 << 4 | 4;
	id->nn = (uint32_t)options->nn;
	id->oncs = sim_oncs(sim);
	id->hmpre = (uint32_t)(sim->options.hmb / 4096);
	id->hmmin = (uint32_t)(sim->options.hmb_min / 4096);
	if (sim->options.hmb) {
		id->hmminds = (uint32_t)(sim->options.hmb_desc_min / 4096);
		id->hmmaxd = (uint16_t)sim->options.hmb_descs;
	}
	id->vwc = ZNVME_CTRL_VWC_FLUSH | (options->vwc ? ZNVME_CTRL_VWC_PRESENT : 0);
	id->awun = (uint16_t)(options->awun - 1);
	id->awupf = (uint16_t)(options->awupf - 1);
	id->fuses = sim_fuses(sim);
	id->acwu = sim_fuses(sim) ? id->awun : 0;
	id->ocfs = sim_copy_formats(sim);
	id->sgls = sim_sgls(sim);
}

static uint16_t sim_id_ctrl(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			    void *data)
{
	const struct sim_options *options = &sim->options;
	uint64_t unallocated = sim_unallocated(sim);
	struct znvme_id_ctrl *id = data;

	(void)cmd;
	(void)ns;
	id->vid = options->pci[0];
	id->ssvid = options->pci[2];
	sim_pad(id->sn, sizeof(id->sn), options->serial);
	sim_pad(id->mn, sizeof(id->mn), options->model);
	sim_firmware(sim, id->fr);
	for (unsigned i = 0; i < 3; i++)
		id->ieee[i] = sim_oui[2 - i];
	id->mdts = (uint8_t)options->mdts;
	id->cntlid = SIM_CNTLID;
	id->ver = SIM_VERSION;
	id->oaes = sim_oaes(sim);
	id->tmpthha = (uint8_t)znvme_field_put(ZNVME_CTRL_TMPTHHA_TMPTHMH, 7);
	id->ctratt = ZNVME_CTRL_CTRATT_128_BIT_HOSTID | ZNVME_CTRL_CTRATT_ENDURANCE_GROUPS |
		     ZNVME_CTRL_CTRATT_NOPSPM | ZNVME_CTRL_CTRATT_RRLVLS |
		     ZNVME_CTRL_CTRATT_NS_GRANULARITY | ZNVME_CTRL_CTRATT_ELBAS;
	if (options->boot)
		id->bpcap = ZNVME_CTRL_BPCAP_SET_FEATURES |
			    (options->rpmb ? ZNVME_BPCAP_RPMB_SUPPORTED : 0);
	id->rpmbs = sim_rpmbs(sim);
	if (options->fdp)
		id->ctratt |= ZNVME_CTRL_CTRATT_FDPS;
	id->cntrltype = ZNVME_CNTRLTYPE_IO;
	id->crdt1 = 1;
	id->crdt2 = 2;
	id->crdt3 = 5;
	id->nvmsr = ZNVME_CTRL_NVMSR_NVMESD;
	id->wctemp = SIM_TEMPERATURE_WARNING;
	id->cctemp = SIM_TEMPERATURE_CRITICAL;
	memcpy(id->tnvmcap, &sim->mgmt.capacity, sizeof(sim->mgmt.capacity));
	memcpy(id->unvmcap, &unallocated, sizeof(unallocated));
	memcpy(id->megcap, &sim->mgmt.capacity, sizeof(sim->mgmt.capacity));
	id->endgidmax = SIM_ENDGID;
	sim_id_ctrl_commands(sim, id);
	sim_extra_id_ctrl(sim, id);
	sim_lm_id_ctrl(sim, id);
	sim_subnqn(sim, id->subnqn);
	id->psd[0].mp = 800;
	id->psd[1].mp = 400;
	id->psd[1].rrt = id->psd[1].rrl = id->psd[1].rwt = id->psd[1].rwl = 1;
	id->psd[2] = (struct znvme_id_power_state){
		.mp = 5,
		.flags = ZNVME_PSD_FLAGS_NOPS,
		.enlat = 5000,
		.exlat = 10000,
	};
	return ZNVME_SC_SUCCESS;
}

static enum znvme_csi sim_csi(const struct sim_ns *ns)
{
	if (ns->kv)
		return ZNVME_CSI_KV;
	return ns->zns ? ZNVME_CSI_ZNS : ZNVME_CSI_NVM;
}

/*
 * Namespaces above the one in the command: active ones, or all that are allocated; of one command
 * set where that is asked for.
 */
static uint16_t sim_id_list(struct znvme_sim *sim, struct sim_cmd *cmd,
			    struct znvme_id_ns_list *list, bool allocated)
{
	uint32_t cns = cmd->sqe.cdw10 & ZNVME_IDENTIFY_CNS;
	bool by_csi = cns == ZNVME_CNS_CSI_NS_LIST || cns == ZNVME_CNS_CSI_ALLOC_NS_LIST;
	uint64_t csi = znvme_field_get(ZNVME_IDENTIFY_CSI, cmd->sqe.cdw11);
	unsigned nr = 0;

	if (cmd->sqe.nsid >= 0xfffffffe)
		return SIM_DNR(ZNVME_SC_INVALID_NS);
	for (uint32_t i = cmd->sqe.nsid; i < sim->nr_ns && nr < ZNVME_NS_LIST_MAX; i++)
		if ((allocated ? sim->ns[i].allocated : sim->ns[i].attached) &&
		    (!by_csi || sim_csi(&sim->ns[i]) == csi))
			list->ns[nr++] = sim->ns[i].nsid;
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_id_ns_list(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			       void *data)
{
	(void)ns;
	return sim_id_list(sim, cmd, data, false);
}

static uint16_t sim_id_alloc_list(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
				  void *data)
{
	(void)ns;
	return sim_id_list(sim, cmd, data, true);
}

/* Controllers from CNTID on: of the NVM subsystem, or those that have the namespace. */
static uint16_t sim_id_ctrl_list(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
				 void *data)
{
	struct znvme_ctrl_list *list = data;

	(void)sim;
	if ((!ns || ns->attached) &&
	    znvme_field_get(ZNVME_IDENTIFY_CNTID, cmd->sqe.cdw10) <= SIM_CNTLID)
		list->identifier[list->num++] = SIM_CNTLID;
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_id_endgrp_list(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
				   void *data)
{
	struct znvme_endurance_group_list *list = data;

	(void)sim;
	(void)ns;
	if (znvme_field_get(ZNVME_IDENTIFY_CNSSI, cmd->sqe.cdw11) <= SIM_ENDGID)
		list->identifier[list->num++] = SIM_ENDGID;
	return ZNVME_SC_SUCCESS;
}

static uint8_t *sim_put_desc(uint8_t *to, enum znvme_nidt nidt, const void *id, uint8_t len)
{
	const struct znvme_ns_id_desc desc = {.nidt = (uint8_t)nidt, .nidl = len};

	memcpy(to, &desc, sizeof(desc));
	memcpy(to + sizeof(desc), id, len);
	return to + sizeof(desc) + len;
}

static uint16_t sim_id_ns_descs(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
				void *data)
{
	const uint8_t csi = (uint8_t)sim_csi(ns);
	uint8_t *to = data;

	(void)sim;
	(void)cmd;
	to = sim_put_desc(to, ZNVME_NIDT_EUI64, ns->eui64, ZNVME_NIDT_EUI64_LEN);
	to = sim_put_desc(to, ZNVME_NIDT_NGUID, ns->nguid, ZNVME_NIDT_NGUID_LEN);
	to = sim_put_desc(to, ZNVME_NIDT_UUID, ns->uuid, ZNVME_NIDT_UUID_LEN);
	sim_put_desc(to, ZNVME_NIDT_CSI, &csi, ZNVME_NIDT_CSI_LEN);
	return ZNVME_SC_SUCCESS;
}

/* Protection information, by LBA format; no large granularities. */
static uint16_t sim_id_ns_nvm(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			      void *data)
{
	struct sim_format list[SIM_MAX_FORMATS];
	struct znvme_id_ns_nvm *id = data;
	unsigned nr;

	(void)cmd;
	if (ns && ns->kv)
		return SIM_DNR(ZNVME_SC_INVALID_IOCS);
	nr = sim_format_list(sim, ns, list);
	id->lbstm = ns ? sim_storage_mask(ns) : 0;
	id->pic = ZNVME_NS_NVM_PIC_16BPISTS;
	for (unsigned i = 0; i < nr; i++)
		id->elbaf[i] = (uint32_t)(znvme_field_put(ZNVME_NS_NVM_ELBAF_STS, list[i].sts) |
					  znvme_field_put(ZNVME_NS_NVM_ELBAF_PIF, list[i].pif));
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_id_ns_nvm_format(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
				     void *data)
{
	return sim_id_knows_format(sim, cmd) ? sim_id_ns_nvm(sim, cmd, ns, data)
					     : SIM_DNR(ZNVME_SC_INVALID_FORMAT);
}

static uint16_t sim_id_ctrl_nvm(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
				void *data)
{
	struct znvme_id_ctrl_nvm *id = data;

	(void)sim;
	(void)cmd;
	(void)ns;
	id->ver = SIM_NVM_VERSION; /* no limits but MDTS */
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_id_ns_kv(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			     void *data)
{
	if (!sim->options.kv.nr)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (!ns->kv)
		return SIM_DNR(ZNVME_SC_INVALID_IOCS);
	sim_kv_id_ns(sim, ns, data);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_id_ctrl_kv(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			       void *data)
{
	(void)ns;
	if (!sim->options.kv.nr)
		return SIM_INVALID_FIELD(cmd, cdw11);
	sim_kv_id_ctrl(data);
	return ZNVME_SC_SUCCESS;
}

/* The same zones, in blocks of each format. */
static uint16_t sim_id_ns_zns(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			      void *data)
{
	struct znvme_id_ns_zns *id = data;
	struct znvme_id_ns nvm = {0};

	if (!ns->zns)
		return SIM_INVALID_FIELD(cmd, cdw11);
	sim_zns_identify(ns, id);
	sim_id_ns(sim, cmd, ns, &nvm);
	for (unsigned i = 0; i <= nvm.nlbaf; i++) {
		id->lbafe[i].zsze = ns->zns->zone_size << ns->lba_shift >> nvm.lbaf[i].lbads;
		id->lbafe[i].zdes = (uint8_t)(ns->zns->extension_size / ZNVME_ZDES_UNIT);
	}
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_id_ctrl_zns(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
				void *data)
{
	struct znvme_id_ctrl_zns *id = data;

	(void)ns;
	if (!sim_zns_any(sim))
		return SIM_INVALID_FIELD(cmd, cdw11);
	id->zasl = (uint8_t)sim->options.zasl;
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_id_ns_indep(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
				void *data)
{
	struct znvme_id_ns_indep *id = data;

	(void)cmd;
	(void)ns;
	id->nsfeat = sim->options.vwc ? 0 : ZNVME_NS_INDEP_NSFEAT_VWCNP;
	id->nsattr = sim_write_protected(sim, ns) ? ZNVME_NS_NSATTR_WRITE_PROTECTED : 0;
	id->nmic = ns->nmic;
	id->rescap = sim_rescap(sim);
	id->fpi = sim_fpi(ns);
	id->endgid = SIM_ENDGID;
	id->anagrpid = sim->options.with & SIM_WITH_ANA ? 1 : 0;
	id->nvmsetid = sim->options.with & SIM_WITH_PLM ? SIM_NVMSETID : 0;
	id->rgrpid = sim->options.with & SIM_WITH_REACHABILITY ? 1 : 0;
	if (sim->options.with & SIM_WITH_ROTATIONAL)
		id->nsfeat |= ZNVME_NS_INDEP_NSFEAT_RMEDIA;
	id->nstat = ZNVME_NS_NSTAT_NRDY;
	return ZNVME_SC_SUCCESS;
}

/* One combination of command sets: all that there are. */
static uint16_t sim_id_iocs(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			    void *data)
{
	uint64_t cntid = znvme_field_get(ZNVME_IDENTIFY_CNTID, cmd->sqe.cdw10);
	struct znvme_id_iocs *id = data;

	(void)ns;
	if (cntid != SIM_CNTLID && cntid != 0xffff)
		return SIM_INVALID_FIELD(cmd, cdw10);
	id->iocsc[0] = 1u << ZNVME_CSI_NVM | (sim_zns_any(sim) ? 1u << ZNVME_CSI_ZNS : 0) |
		       (sim->options.kv.nr ? 1u << ZNVME_CSI_KV : 0);
	return ZNVME_SC_SUCCESS;
}

/* ---- the command --------------------------------------------------------------------------- */

/* What a structure asks of the command, and what it does for a namespace that is inactive. */
enum sim_identify_flags {
	SIM_ID_NS = 1,	   /* of a namespace: zeroes where it is inactive */
	SIM_ID_ACTIVE = 2, /* of an active namespace: an error where it is inactive */
	SIM_ID_CSI = 4,	   /* of one command set, the row's */
	SIM_ID_IOCS = 8,   /* only with several command sets (CAP.CSS) */
	SIM_ID_MGMT = 16,  /* only with namespace management */
	SIM_ID_ALLOC = 32, /* … of an allocated namespace, attached or not */
	SIM_ID_ANY = 64,   /* NSID FFFFFFFFh stands for what all have in common */
};

static const struct sim_identify_row {
	uint8_t cns;
	uint8_t flags;
	uint16_t (*fill)(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data);
	uint8_t csi;
} sim_identify_rows[] = {
	{ZNVME_CNS_NS, SIM_ID_NS | SIM_ID_ANY, sim_id_ns},
	{ZNVME_CNS_CTRL, 0, sim_id_ctrl},
	{ZNVME_CNS_NS_LIST, 0, sim_id_ns_list},
	{ZNVME_CNS_NS_DESC_LIST, SIM_ID_NS | SIM_ID_ACTIVE, sim_id_ns_descs},
	{ZNVME_CNS_CSI_NS, SIM_ID_NS | SIM_ID_CSI, sim_id_ns_nvm},
	{ZNVME_CNS_CSI_CTRL, SIM_ID_CSI, sim_id_ctrl_nvm},
	{ZNVME_CNS_CSI_NS, SIM_ID_NS | SIM_ID_CSI, sim_id_ns_zns, ZNVME_CSI_ZNS},
	{ZNVME_CNS_CSI_CTRL, SIM_ID_CSI, sim_id_ctrl_zns, ZNVME_CSI_ZNS},
	{ZNVME_CNS_CSI_NS, SIM_ID_NS | SIM_ID_CSI, sim_id_ns_kv, ZNVME_CSI_KV},
	{ZNVME_CNS_CSI_CTRL, SIM_ID_CSI, sim_id_ctrl_kv, ZNVME_CSI_KV},
	{ZNVME_CNS_CSI_NS_LIST, SIM_ID_CSI | SIM_ID_IOCS, sim_id_ns_list, ZNVME_CSI_KV},
	{ZNVME_CNS_CSI_NS_LIST, SIM_ID_CSI | SIM_ID_IOCS, sim_id_ns_list},
	{ZNVME_CNS_CSI_NS_LIST, SIM_ID_CSI | SIM_ID_IOCS, sim_id_ns_list, ZNVME_CSI_ZNS},
	{ZNVME_CNS_INDEP_NS, SIM_ID_NS, sim_id_ns_indep},
	{ZNVME_CNS_NVMSET_LIST, 0, sim_id_nvmset},
	{ZNVME_CNS_PRIMARY_CTRL_CAPS, 0, sim_id_primary},
	{ZNVME_CNS_SECONDARY_CTRL_LIST, 0, sim_id_secondary},
	{ZNVME_CNS_NS_GRANULARITY, 0, sim_id_granularity},
	{ZNVME_CNS_UUID_LIST, 0, sim_id_uuids},
	{ZNVME_CNS_DOMAIN_LIST, 0, sim_id_domains},
	{ZNVME_CNS_NS_FORMAT, 0, sim_id_ns_format},
	{ZNVME_CNS_CSI_NS_FORMAT, SIM_ID_CSI, sim_id_ns_nvm_format},
	{ZNVME_CNS_ALLOC_NS_LIST, SIM_ID_MGMT, sim_id_alloc_list},
	{ZNVME_CNS_ALLOC_NS, SIM_ID_MGMT | SIM_ID_NS | SIM_ID_ALLOC, sim_id_ns},
	{ZNVME_CNS_NS_CTRL_LIST, SIM_ID_MGMT | SIM_ID_NS | SIM_ID_ALLOC | SIM_ID_ACTIVE,
	 sim_id_ctrl_list},
	{ZNVME_CNS_CTRL_LIST, 0, sim_id_ctrl_list},
	{ZNVME_CNS_ENDURANCE_GROUP_LIST, 0, sim_id_endgrp_list},
	{ZNVME_CNS_CSI_ALLOC_NS_LIST, SIM_ID_MGMT | SIM_ID_CSI | SIM_ID_IOCS, sim_id_alloc_list},
	{ZNVME_CNS_CSI_ALLOC_NS_LIST, SIM_ID_MGMT | SIM_ID_CSI | SIM_ID_IOCS, sim_id_alloc_list,
	 ZNVME_CSI_ZNS},
	{ZNVME_CNS_CSI_ALLOC_NS_LIST, SIM_ID_MGMT | SIM_ID_CSI | SIM_ID_IOCS, sim_id_alloc_list,
	 ZNVME_CSI_KV},
	{ZNVME_CNS_CSI_ALLOC_NS, SIM_ID_MGMT | SIM_ID_NS | SIM_ID_ALLOC | SIM_ID_CSI | SIM_ID_IOCS,
	 sim_id_ns_nvm},
	{ZNVME_CNS_CSI_ALLOC_NS, SIM_ID_MGMT | SIM_ID_NS | SIM_ID_ALLOC | SIM_ID_CSI | SIM_ID_IOCS,
	 sim_id_ns_zns, ZNVME_CSI_ZNS},
	{ZNVME_CNS_CSI_ALLOC_NS, SIM_ID_MGMT | SIM_ID_NS | SIM_ID_ALLOC | SIM_ID_CSI | SIM_ID_IOCS,
	 sim_id_ns_kv, ZNVME_CSI_KV},
	{ZNVME_CNS_IOCS, SIM_ID_IOCS, sim_id_iocs},
	{ZNVME_CNS_CTRL_STATE_FORMATS, 0, sim_id_state_formats},
	{ZNVME_CNS_INDEP_ALLOC_NS, SIM_ID_MGMT | SIM_ID_NS | SIM_ID_ALLOC, sim_id_ns_indep},
};

static uint16_t sim_identify_fill(struct znvme_sim *sim, struct sim_cmd *cmd,
				  const struct sim_identify_row *row, void *data)
{
	uint32_t nsid = cmd->sqe.nsid;
	struct sim_ns *ns = NULL;

	if (row->flags & SIM_ID_IOCS && sim->options.without & SIM_WITHOUT_IOCS)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (row->flags & SIM_ID_MGMT && sim->options.without & SIM_WITHOUT_NS_MGMT)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (row->flags & SIM_ID_ANY && nsid == ZNVME_NSID_ALL &&
	    !(sim->options.without & SIM_WITHOUT_NS_MGMT))
		return row->fill(sim, cmd, NULL, data);
	if (row->flags & SIM_ID_NS) {
		ns = row->flags & SIM_ID_ALLOC ? sim_ns_allocated(sim, nsid) : sim_ns(sim, nsid);
		if (!ns && (row->flags & SIM_ID_ACTIVE || nsid - 1 >= sim->options.nn)) {
			cmd->error_loc = offsetof(struct znvme_sqe, nsid);
			return SIM_DNR(ZNVME_SC_INVALID_NS);
		}
		if (!ns)
			return ZNVME_SC_SUCCESS;
	}
	return row->fill(sim, cmd, ns, data);
}

uint16_t sim_identify(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	union {
		uint8_t bytes[ZNVME_IDENTIFY_SIZE];
		uint64_t words[ZNVME_IDENTIFY_SIZE / 8];
	} data = {{0}};
	uint8_t cns = (uint8_t)(cmd->sqe.cdw10 & ZNVME_IDENTIFY_CNS);
	uint64_t csi = znvme_field_get(ZNVME_IDENTIFY_CSI, cmd->sqe.cdw11);
	uint16_t status = SIM_INVALID_FIELD(cmd, cdw10);

	for (size_t i = 0; i < SIM_COUNT(sim_identify_rows); i++) {
		const struct sim_identify_row *row = &sim_identify_rows[i];

		if (row->cns != cns)
			continue;
		if (row->flags & SIM_ID_CSI && row->csi != csi) {
			status = SIM_INVALID_FIELD(cmd, cdw11);
			continue;
		}
		cmd->error_loc = 0xffff;
		status = sim_identify_fill(sim, cmd, row, &data);
		break;
	}
	if (status)
		return status;
	for (size_t i = 0; sim->options.garbage && i < SIM_COUNT(data.words); i++)
		data.words[i] = sim_random(sim);
	return sim_data_send(sim, cmd, data.bytes, sizeof(data), sizeof(data));
}
