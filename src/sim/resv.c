/* SPDX-License-Identifier: MIT */
/*
 * Reservations (Base 2.1, sections 7.5 to 7.8 and 8.1.22): who is registered with a namespace, who
 * holds it, and what that lets others do. A host is known by its Host Identifier or, where it has
 * set none, by its controller. Other hosts come by znvme_sim_peer_exec(). Commands are carried out
 * when they are fetched, so that Preempt and Abort finds none of the loser's to abort.
 *
 * What persists through power loss is in a file beside that of the option `file`, for the next
 * simulator.
 */
#include "sim/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SIM_RESV_SUFFIX ".resv"
#define SIM_RESV_MAGIC	"znvmersv"

/* A namespace's part of that file. */
struct sim_resv_record {
	char magic[8];
	uint32_t nsid;
	uint32_t nr;
	uint32_t gen;
	uint32_t type;
	uint32_t holder;
	struct sim_registrant registrant[SIM_MAX_REGISTRANTS];
};

/* ---- who ----------------------------------------------------------------------------------- */

/* The host that sent a command, as it would be registered. */
static struct sim_registrant sim_host_of(const struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	struct sim_registrant host = {.cntlid = SIM_CNTLID, .host_id_len = sim->host_id_len};

	memcpy(host.host_id, sim->host_id, sizeof(host.host_id));
	if (cmd->peer) {
		host.cntlid = cmd->peer->cntlid;
		host.host_id_len = cmd->peer->host_id_len;
		memset(host.host_id, 0, sizeof(host.host_id));
		memcpy(host.host_id, cmd->peer->host_id, host.host_id_len);
	}
	return host;
}

static bool sim_is_named(const struct sim_registrant *host)
{
	static const uint8_t none[sizeof(host->host_id)];

	return memcmp(host->host_id, none, sizeof(none));
}

static bool sim_same_host(const struct sim_registrant *a, const struct sim_registrant *b)
{
	if (sim_is_named(a) || sim_is_named(b))
		return !memcmp(a->host_id, b->host_id, sizeof(a->host_id));
	return a->cntlid == b->cntlid;
}

static struct sim_registrant *sim_find_host(struct sim_resv *resv,
					    const struct sim_registrant *host)
{
	for (unsigned i = 0; i < resv->nr; i++)
		if (sim_same_host(&resv->registrant[i], host))
			return &resv->registrant[i];
	return NULL;
}

static bool sim_is_all(uint8_t type)
{
	return type == ZNVME_RESV_WRITE_EXCLUSIVE_ALL || type == ZNVME_RESV_EXCLUSIVE_ACCESS_ALL;
}

static bool sim_is_holder(const struct sim_resv *resv, const struct sim_registrant *registrant)
{
	if (!resv->type)
		return false;
	return sim_is_all(resv->type) || registrant == &resv->registrant[resv->holder];
}

/* ---- notices ------------------------------------------------------------------------------- */

/* To the host of this controller, if it is that registrant. */
static void sim_notify(struct znvme_sim *sim, const struct sim_ns *ns,
		       const struct sim_registrant *to, enum znvme_resv_notice notice)
{
	const struct sim_cmd own = {.peer = NULL};
	struct sim_registrant host = sim_host_of(sim, &own);
	struct sim_notices *notices = &sim->notices;

	if (!sim_same_host(to, &host) || ns->resv_notify.current & 1u << notice ||
	    notices->nr == SIM_COUNT(notices->entry))
		return;
	notices->entry[notices->nr++] = (struct sim_notice){ns->nsid, (uint8_t)notice};
	notices->count++;
	sim_event_raise(sim, ZNVME_AER_TYPE_IO, ZNVME_AER_IO_RESERVATION, ZNVME_LOG_RESERVATION);
}

/* To all registrants but the one that is the cause. */
static void sim_notify_others(struct znvme_sim *sim, struct sim_ns *ns,
			      const struct sim_registrant *cause, enum znvme_resv_notice notice)
{
	for (unsigned i = 0; i < ns->resv.nr; i++)
		if (!sim_same_host(&ns->resv.registrant[i], cause))
			sim_notify(sim, ns, &ns->resv.registrant[i], notice);
}

void sim_log_reservation(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data)
{
	const struct sim_notices *notices = &sim->notices;
	struct znvme_resv_log *log = data;

	(void)cmd;
	if (!notices->nr)
		return;
	log->lpc = notices->count - notices->nr + 1;
	log->rnlpt = notices->entry[0].notice;
	log->nalp = (uint8_t)(notices->nr - 1);
	log->nsid = notices->entry[0].nsid;
}

/* The oldest has been read; of the others, if any, there is an event again. */
void sim_resv_log_read(struct znvme_sim *sim)
{
	struct sim_notices *notices = &sim->notices;

	if (!notices->nr)
		return;
	notices->nr--;
	memmove(&notices->entry[0], &notices->entry[1], notices->nr * sizeof(notices->entry[0]));
	if (notices->nr)
		sim_event_raise(sim, ZNVME_AER_TYPE_IO, ZNVME_AER_IO_RESERVATION,
				ZNVME_LOG_RESERVATION);
}

/* Of a dispersed namespace a host that takes such must take their reservations, too (8.1.9). */
uint16_t sim_resv_dispersed(const struct znvme_sim *sim, const struct sim_ns *ns,
			    const struct sim_cmd *cmd)
{
	bool takes = cmd->sqe.opcode == ZNVME_CMD_RESV_REPORT
			     ? cmd->sqe.cdw11 & ZNVME_RESV_REPORT_DISNSRS
			     : cmd->sqe.cdw10 & ZNVME_RESV_DISNSRS;

	if (!ns || !(ns->nmic & ZNVME_NS_NMIC_DISPERSED) || !sim->host_behavior.hdisns || takes ||
	    cmd->peer || cmd->sqe.opcode == ZNVME_CMD_CANCEL)
		return ZNVME_SC_SUCCESS;
	return SIM_DNR(ZNVME_SC_NS_DISPERSED);
}

/* ---- what a reservation lets others do (figure in section 8.1.22.3) ------------------------- */

static bool sim_allows(const struct sim_resv *resv, const struct sim_registrant *registrant,
		       bool write)
{
	switch (resv->type) {
	case ZNVME_RESV_WRITE_EXCLUSIVE:
		return !write || sim_is_holder(resv, registrant);
	case ZNVME_RESV_EXCLUSIVE_ACCESS:
		return sim_is_holder(resv, registrant);
	case ZNVME_RESV_WRITE_EXCLUSIVE_REG:
	case ZNVME_RESV_WRITE_EXCLUSIVE_ALL:
		return !write || registrant;
	case ZNVME_RESV_EXCLUSIVE_ACCESS_REG:
	case ZNVME_RESV_EXCLUSIVE_ACCESS_ALL:
		return registrant;
	default:
		return true;
	}
}

uint16_t sim_resv_check(struct znvme_sim *sim, struct sim_ns *ns, const struct sim_cmd *cmd,
			bool write)
{
	struct sim_registrant host;

	if (!ns->resv.type)
		return ZNVME_SC_SUCCESS;
	host = sim_host_of(sim, cmd);
	if (sim_allows(&ns->resv, sim_find_host(&ns->resv, &host), write))
		return ZNVME_SC_SUCCESS;
	return SIM_DNR(ZNVME_SC_RESERVATION_CONFLICT);
}

/* The same of the admin commands that reach data. */
uint16_t sim_resv_gate(struct znvme_sim *sim, const struct sim_cmd *cmd)
{
	static const struct {
		uint8_t opcode;
		bool write;
		bool all; /* whatever NSID says */
	} rows[] = {
		{ZNVME_ADM_SECURITY_RECV, false, false}, {ZNVME_ADM_SECURITY_SEND, true, false},
		{ZNVME_ADM_FORMAT_NVM, true, false},	 {ZNVME_ADM_NS_ATTACH, true, false},
		{ZNVME_ADM_NS_MANAGEMENT, true, false},	 {ZNVME_ADM_SANITIZE, true, true},
		{ZNVME_ADM_CAPACITY_MGMT, true, true},
	};
	uint32_t nsid = cmd->sqe.nsid;
	uint16_t status = ZNVME_SC_SUCCESS;
	size_t row = 0;

	while (row < SIM_COUNT(rows) && rows[row].opcode != cmd->sqe.opcode)
		row++;
	if (row == SIM_COUNT(rows))
		return ZNVME_SC_SUCCESS;
	for (uint32_t i = 0; i < sim->nr_ns && !status; i++)
		if (sim->ns[i].allocated &&
		    (rows[row].all || nsid == ZNVME_NSID_ALL || nsid == sim->ns[i].nsid))
			status = sim_resv_check(sim, &sim->ns[i], cmd, rows[row].write);
	return status;
}

/* ---- changes ------------------------------------------------------------------------------- */

static void sim_set_holder(struct sim_resv *resv, const struct sim_registrant *registrant,
			   uint8_t type)
{
	resv->type = type;
	resv->holder = (uint32_t)(registrant - resv->registrant);
}

static void sim_remove(struct sim_resv *resv, unsigned i)
{
	bool last = resv->nr == 1;

	if (resv->type && (sim_is_all(resv->type) ? last : resv->holder == i))
		resv->type = ZNVME_RESV_NONE;
	resv->nr--;
	memmove(&resv->registrant[i], &resv->registrant[i + 1],
		(resv->nr - i) * sizeof(resv->registrant[0]));
	if (resv->holder > i)
		resv->holder--;
}

/* The reservation is over. Who waits for it hears of it, unless others had no part in it. */
static void sim_released(struct znvme_sim *sim, struct sim_ns *ns,
			 const struct sim_registrant *cause, uint8_t type)
{
	if (type != ZNVME_RESV_WRITE_EXCLUSIVE && type != ZNVME_RESV_EXCLUSIVE_ACCESS)
		sim_notify_others(sim, ns, cause, ZNVME_RESV_NOTICE_RESREL);
}

/* Unregister those with `key` (or all, where `all`) but for `spare`, which may be NULL; false where
 * there are none. */
static bool sim_preempt_key(struct znvme_sim *sim, struct sim_ns *ns,
			    const struct sim_registrant *cause, const struct sim_registrant *spare,
			    uint64_t key, bool all)
{
	struct sim_resv *resv = &ns->resv;
	bool found = false;

	for (unsigned i = resv->nr; i-- > 0;) {
		struct sim_registrant lost = resv->registrant[i];

		if ((!all && lost.key != key) || (spare && sim_same_host(&lost, spare)))
			continue;
		sim_remove(resv, i);
		found = true;
		if (!sim_same_host(&lost, cause))
			sim_notify(sim, ns, &lost, ZNVME_RESV_NOTICE_REGPRE);
	}
	return found;
}

/* ---- Reservation Register ------------------------------------------------------------------ */

static uint16_t sim_register_new(struct sim_resv *resv, const struct sim_registrant *host,
				 uint64_t key)
{
	const struct sim_registrant *known = sim_find_host(resv, host);

	if (known)
		return known->key == key ? (uint16_t)ZNVME_SC_SUCCESS
					 : SIM_DNR(ZNVME_SC_RESERVATION_CONFLICT);
	for (unsigned i = 0; i < resv->nr; i++)
		if (sim_is_named(&resv->registrant[i]) && sim_is_named(host) &&
		    resv->registrant[i].host_id_len != host->host_id_len)
			return SIM_DNR(ZNVME_SC_HOSTID_FORMAT);
	if (resv->nr == SIM_MAX_REGISTRANTS)
		return SIM_DNR(ZNVME_SC_NOT_ENOUGH_RESOURCES);
	resv->registrant[resv->nr] = *host;
	resv->registrant[resv->nr++].key = key;
	return ZNVME_SC_SUCCESS;
}

static void sim_unregister(struct znvme_sim *sim, struct sim_ns *ns,
			   const struct sim_registrant *registrant)
{
	struct sim_registrant gone = *registrant;
	uint8_t type = ns->resv.type;

	sim_remove(&ns->resv, (unsigned)(registrant - ns->resv.registrant));
	if (type && !ns->resv.type)
		sim_released(sim, ns, &gone, type);
}

static uint16_t sim_register(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			     const struct znvme_resv_register_data *data)
{
	struct sim_registrant host = sim_host_of(sim, cmd);
	struct sim_registrant *known = sim_find_host(&ns->resv, &host);
	bool right = known && (known->key == data->crkey || cmd->sqe.cdw10 & ZNVME_RESV_IEKEY);
	uint64_t action = znvme_field_get(ZNVME_RESV_ACTION, cmd->sqe.cdw10);

	if (action == ZNVME_RESV_REGISTER)
		return sim_register_new(&ns->resv, &host, data->nrkey);
	if (action > ZNVME_RESV_REPLACE)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!right)
		return SIM_DNR(ZNVME_SC_RESERVATION_CONFLICT);
	if (action == ZNVME_RESV_REPLACE)
		known->key = data->nrkey;
	else
		sim_unregister(sim, ns, known);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_resv_register(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint64_t cptpl = znvme_field_get(ZNVME_RESV_CPTPL, cmd->sqe.cdw10);
	struct znvme_resv_register_data data;
	uint16_t status = sim_data_receive(sim, cmd, &data, sizeof(data));

	if (!status && cptpl == 1)
		status = SIM_INVALID_FIELD(cmd, cdw10);
	if (!status)
		status = sim_register(sim, ns, cmd, &data);
	if (status)
		return status;
	if (cptpl)
		ns->resv_persist.current = cptpl == ZNVME_RESV_CPTPL_SET;
	ns->resv.gen++;
	return sim_resv_save(sim);
}

/* ---- Reservation Acquire ------------------------------------------------------------------- */

static uint16_t sim_acquire(struct sim_resv *resv, const struct sim_registrant *me, uint8_t type)
{
	if (!resv->type) {
		sim_set_holder(resv, me, type);
		return ZNVME_SC_SUCCESS;
	}
	if (sim_is_holder(resv, me) && resv->type == type)
		return ZNVME_SC_SUCCESS;
	return SIM_DNR(ZNVME_SC_RESERVATION_CONFLICT);
}

/* The reservation, too, changes hands. */
static void sim_preempt_holder(struct znvme_sim *sim, struct sim_ns *ns,
			       const struct sim_registrant *me, uint64_t key, uint8_t type)
{
	struct sim_resv *resv = &ns->resv;
	struct sim_registrant cause = *me;
	uint8_t before = resv->type;

	sim_preempt_key(sim, ns, &cause, &cause, key, sim_is_all(before));
	sim_set_holder(resv, sim_find_host(resv, &cause), type);
	if (before != type)
		sim_released(sim, ns, &cause, before);
}

static uint16_t sim_preempt(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			    const struct sim_registrant *me, uint64_t key, uint8_t type)
{
	struct sim_resv *resv = &ns->resv;
	struct sim_registrant cause = *me;
	bool all = sim_is_all(resv->type);

	if (resv->type && (all ? !key : resv->registrant[resv->holder].key == key)) {
		sim_preempt_holder(sim, ns, me, key, type);
		return ZNVME_SC_SUCCESS;
	}
	if (resv->type && !all && !key)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!sim_preempt_key(sim, ns, &cause, NULL, key, false))
		return SIM_DNR(ZNVME_SC_RESERVATION_CONFLICT);
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_resv_acquire(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint64_t action = znvme_field_get(ZNVME_RESV_ACTION, cmd->sqe.cdw10);
	uint8_t type = (uint8_t)znvme_field_get(ZNVME_RESV_RTYPE, cmd->sqe.cdw10);
	struct sim_registrant host = sim_host_of(sim, cmd);
	struct sim_registrant *me = sim_find_host(&ns->resv, &host);
	struct znvme_resv_acquire_data data;
	uint16_t status = sim_data_receive(sim, cmd, &data, sizeof(data));

	if (status)
		return status;
	if (cmd->sqe.cdw10 & ZNVME_RESV_IEKEY || action > ZNVME_RESV_PREEMPT_ABORT || !type ||
	    type > ZNVME_RESV_EXCLUSIVE_ACCESS_ALL)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!me || me->key != data.crkey)
		return SIM_DNR(ZNVME_SC_RESERVATION_CONFLICT);
	status = action == ZNVME_RESV_ACQUIRE ? sim_acquire(&ns->resv, me, type)
					      : sim_preempt(sim, ns, cmd, me, data.prkey, type);
	if (status)
		return status;
	ns->resv.gen += action != ZNVME_RESV_ACQUIRE;
	return sim_resv_save(sim);
}

/* ---- Reservation Release ------------------------------------------------------------------- */

static uint16_t sim_release(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			    const struct sim_registrant *me)
{
	uint8_t type = ns->resv.type;

	if (!sim_is_holder(&ns->resv, me)) /* nothing to be released */
		return ZNVME_SC_SUCCESS;
	if (znvme_field_get(ZNVME_RESV_RTYPE, cmd->sqe.cdw10) != type)
		return SIM_INVALID_FIELD(cmd, cdw10);
	ns->resv.type = ZNVME_RESV_NONE;
	sim_released(sim, ns, me, type);
	return ZNVME_SC_SUCCESS;
}

static void sim_clear(struct znvme_sim *sim, struct sim_ns *ns, const struct sim_registrant *me)
{
	sim_notify_others(sim, ns, me, ZNVME_RESV_NOTICE_RESPRE);
	ns->resv.type = ZNVME_RESV_NONE;
	ns->resv.nr = 0;
	ns->resv.gen++;
}

uint16_t sim_resv_release(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint64_t action = znvme_field_get(ZNVME_RESV_ACTION, cmd->sqe.cdw10);
	struct sim_registrant host = sim_host_of(sim, cmd);
	struct sim_registrant *me = sim_find_host(&ns->resv, &host);
	struct znvme_resv_release_data data;
	uint16_t status = sim_data_receive(sim, cmd, &data, sizeof(data));

	if (status)
		return status;
	if (cmd->sqe.cdw10 & ZNVME_RESV_IEKEY || action > ZNVME_RESV_CLEAR)
		return SIM_INVALID_FIELD(cmd, cdw10);
	if (!me || me->key != data.crkey)
		return SIM_DNR(ZNVME_SC_RESERVATION_CONFLICT);
	if (action == ZNVME_RESV_CLEAR)
		sim_clear(sim, ns, me);
	else
		status = sim_release(sim, ns, cmd, me);
	return status ? status : sim_resv_save(sim);
}

/* ---- Reservation Report -------------------------------------------------------------------- */

static void sim_put_registrant(const struct sim_resv *resv, unsigned i, bool extended, char *data)
{
	const struct sim_registrant *registrant = &resv->registrant[i];
	uint8_t rcsts = sim_is_holder(resv, registrant) ? ZNVME_RESV_RCSTS_HOLDER : 0;

	if (extended) {
		struct znvme_resv_ctrl_ext *to =
			(void *)(data + sizeof(struct znvme_resv_status_ext));

		to[i] = (struct znvme_resv_ctrl_ext){
			.cntlid = registrant->cntlid, .rcsts = rcsts, .rkey = registrant->key};
		memcpy(to[i].hostid, registrant->host_id, sizeof(to[i].hostid));
	} else {
		struct znvme_resv_ctrl *to = (void *)(data + sizeof(struct znvme_resv_status));

		to[i] = (struct znvme_resv_ctrl){
			.cntlid = registrant->cntlid, .rcsts = rcsts, .rkey = registrant->key};
		memcpy(&to[i].hostid, registrant->host_id, sizeof(to[i].hostid));
	}
}

uint16_t sim_resv_report(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint64_t data[(sizeof(struct znvme_resv_status_ext) +
		       SIM_MAX_REGISTRANTS * sizeof(struct znvme_resv_ctrl_ext)) /
		      8] = {0};
	bool extended = cmd->sqe.cdw11 & ZNVME_RESV_REPORT_EDS;
	struct znvme_resv_status *head = (void *)data;
	const struct sim_resv *resv = &ns->resv;

	for (unsigned i = 0; i < resv->nr; i++) {
		if (sim_is_named(&resv->registrant[i]) &&
		    (resv->registrant[i].host_id_len == 16) != extended)
			return SIM_DNR(ZNVME_SC_HOSTID_FORMAT);
		sim_put_registrant(resv, i, extended, (char *)data);
	}
	head->gen = resv->gen;
	head->rtype = resv->type;
	head->regctl[0] = (uint8_t)resv->nr;
	head->ptpls = (uint8_t)ns->resv_persist.current;
	return sim_data_send(sim, cmd, data, sizeof(data), (cmd->sqe.cdw10 + 1ull) * 4);
}

/* ---- through a power loss ------------------------------------------------------------------ */

static bool sim_resv_path(const struct znvme_sim *sim, char path[SIM_PATH_MAX])
{
	int len = snprintf(path, SIM_PATH_MAX, "%s" SIM_RESV_SUFFIX, sim->options.file);

	return *sim->options.file && len < SIM_PATH_MAX;
}

/* All that persists, anew; no file where nothing does. */
uint16_t sim_resv_save(struct znvme_sim *sim)
{
	char path[SIM_PATH_MAX];
	FILE *file = NULL;
	bool ok = true;

	if (!sim_resv_path(sim, path) || sim->store.readonly)
		return ZNVME_SC_SUCCESS;
	for (uint32_t i = 0; i < sim->nr_ns && ok; i++) {
		const struct sim_ns *ns = &sim->ns[i];
		struct sim_resv_record record = {
			.magic = SIM_RESV_MAGIC,
			.nsid = ns->nsid,
			.nr = ns->resv.nr,
			.gen = ns->resv.gen,
			.type = ns->resv.type,
			.holder = ns->resv.holder,
		};

		if (!(ns->resv_persist.current & ZNVME_FEAT_RESV_PERSIST_PTPL))
			continue;
		memcpy(record.registrant, ns->resv.registrant, sizeof(record.registrant));
		file = file ? file : fopen(path, "we");
		ok = file && fwrite(&record, sizeof(record), 1, file) == 1;
	}
	if (file)
		ok &= !fclose(file);
	else
		unlink(path);
	return ok ? ZNVME_SC_SUCCESS : ZNVME_SC_WRITE_FAULT;
}

static bool sim_resv_take(struct znvme_sim *sim, const struct sim_resv_record *record)
{
	struct sim_ns *ns = sim_ns(sim, record->nsid);

	if (!ns || memcmp(record->magic, SIM_RESV_MAGIC, sizeof(record->magic)) ||
	    record->nr > SIM_MAX_REGISTRANTS || record->type > ZNVME_RESV_EXCLUSIVE_ACCESS_ALL ||
	    (record->type && record->holder >= record->nr))
		return false;
	ns->resv_persist.current = ZNVME_FEAT_RESV_PERSIST_PTPL;
	ns->resv = (struct sim_resv){
		.nr = record->nr,
		.gen = record->gen,
		.type = (uint8_t)record->type,
		.holder = record->holder,
	};
	memcpy(ns->resv.registrant, record->registrant, sizeof(record->registrant));
	for (unsigned i = 0; i < ns->resv.nr; i++)
		if (ns->resv.registrant[i].host_id_len != 8)
			ns->resv.registrant[i].host_id_len = 16;
	return true;
}

int sim_resv_open(struct znvme_sim *sim)
{
	struct sim_resv_record record;
	char path[SIM_PATH_MAX];
	bool ok = true;
	FILE *file;

	if (!sim_resv_path(sim, path))
		return 0;
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0
				       : znvme_fail(-errno, "sim: %s: %s", path, strerror(errno));
	while (ok && fread(&record, sizeof(record), 1, file) == 1)
		ok = sim_resv_take(sim, &record);
	fclose(file);
	if (!ok)
		return znvme_fail(-EINVAL, "sim: %s is not of this file's namespaces: remove it",
				  path);
	return 0;
}
