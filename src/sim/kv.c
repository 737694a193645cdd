/* SPDX-License-Identifier: MIT */
/*
 * The Key Value Command Set (KV 1.1, section 3): namespaces of the option kv. Pairs are in memory,
 * sorted by key; what changes is appended to a file beside that of the option `file`, and read from
 * it when the next simulator opens. There is one format: keys of up to 16 bytes, values of up to
 * what one command moves.
 */
#include "sim/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SIM_KV_SUFFIX  ".kv"
#define SIM_KV_VERSION 0x00010100u /* KV Command Set 1.1 */
#define SIM_KV_MAX     (1u << 20)  /* bytes of a value */
#define SIM_KV_GONE    UINT32_MAX  /* in place of a size: deleted */

struct sim_key {
	uint8_t len;
	uint8_t bytes[ZNVME_KV_MAX_KEY]; /* and zeroes */
};

struct sim_pair {
	struct sim_key key;
	uint32_t size;
	char *value;
};

struct sim_kv {
	struct sim_pair *pair; /* by ascending key */
	size_t nr;
	size_t room;
	uint64_t used; /* bytes of keys and values */
};

/* In the file; the value follows. */
struct sim_kv_record {
	uint32_t nsid;
	uint32_t size; /* or SIM_KV_GONE */
	struct sim_key key;
};

/* ---- pairs --------------------------------------------------------------------------------- */

static int sim_key_compare(const struct sim_key *a, const struct sim_key *b)
{
	int order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));

	return order ? order : a->len - b->len;
}

/* Where the key is, or would be. */
static size_t sim_kv_find(const struct sim_kv *kv, const struct sim_key *key)
{
	size_t low = 0;
	size_t high = kv->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sim_key_compare(&kv->pair[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool sim_kv_has(const struct sim_kv *kv, size_t i, const struct sim_key *key)
{
	return i < kv->nr && !sim_key_compare(&kv->pair[i].key, key);
}

static bool sim_kv_grow(struct sim_kv *kv)
{
	size_t room = kv->room ? kv->room * 2 : 64;
	void *more;

	if (kv->nr < kv->room)
		return true;
	more = realloc(kv->pair, room * sizeof(*kv->pair));
	if (!more)
		return false;
	kv->pair = more;
	kv->room = room;
	return true;
}

/* `value` is the store's from here on, unless false: out of memory. */
static bool sim_kv_put(struct sim_kv *kv, const struct sim_key *key, char *value, uint32_t size)
{
	size_t i = sim_kv_find(kv, key);

	if (sim_kv_has(kv, i, key)) {
		kv->used -= kv->pair[i].size;
		free(kv->pair[i].value);
	} else {
		if (!sim_kv_grow(kv))
			return false;
		memmove(&kv->pair[i + 1], &kv->pair[i], (kv->nr - i) * sizeof(*kv->pair));
		kv->nr++;
		kv->used += key->len;
	}
	kv->pair[i] = (struct sim_pair){*key, size, value};
	kv->used += size;
	return true;
}

static void sim_kv_drop(struct sim_kv *kv, size_t i)
{
	kv->used -= kv->pair[i].size + kv->pair[i].key.len;
	free(kv->pair[i].value);
	kv->nr--;
	memmove(&kv->pair[i], &kv->pair[i + 1], (kv->nr - i) * sizeof(*kv->pair));
}

/* ---- the file beside ----------------------------------------------------------------------- */

static bool sim_kv_path(const struct znvme_sim *sim, char path[SIM_PATH_MAX])
{
	int len = snprintf(path, SIM_PATH_MAX, "%s" SIM_KV_SUFFIX, sim->options.file);

	return *sim->options.file && len < SIM_PATH_MAX;
}

static uint16_t sim_kv_note(struct znvme_sim *sim, const struct sim_ns *ns,
			    const struct sim_key *key, const char *value, uint32_t size)
{
	struct sim_kv_record record;
	size_t len = size == SIM_KV_GONE ? 0 : size;
	char path[SIM_PATH_MAX];
	FILE *file;
	bool ok;

	if (!sim_kv_path(sim, path))
		return ZNVME_SC_SUCCESS;
	memset(&record, 0, sizeof(record)); /* what lies between its members, too */
	record.nsid = ns->nsid;
	record.size = size;
	record.key = *key;
	file = fopen(path, "ae");
	ok = file && fwrite(&record, sizeof(record), 1, file) == 1 &&
	     (!len || fwrite(value, 1, len, file) == len);
	if (file)
		ok &= !fclose(file);
	return ok ? ZNVME_SC_SUCCESS : ZNVME_SC_WRITE_FAULT;
}

/* One record and its value; false where it makes no sense. A last one that is cut off is forgotten.
 */
static bool sim_kv_replay(struct znvme_sim *sim, FILE *file, const struct sim_kv_record *record)
{
	struct sim_ns *ns = sim_ns(sim, record->nsid);
	char *value;
	size_t i;

	if (!ns || !ns->kv || !record->key.len || record->key.len > ZNVME_KV_MAX_KEY ||
	    (record->size > SIM_KV_MAX && record->size != SIM_KV_GONE))
		return false;
	if (record->size == SIM_KV_GONE) {
		i = sim_kv_find(ns->kv, &record->key);
		if (sim_kv_has(ns->kv, i, &record->key))
			sim_kv_drop(ns->kv, i);
		return true;
	}
	value = malloc(record->size + 1u);
	if (value && fread(value, 1, record->size, file) == record->size &&
	    sim_kv_put(ns->kv, &record->key, value, record->size))
		return true;
	free(value);
	return feof(file);
}

int sim_kv_open(struct znvme_sim *sim)
{
	const struct sim_list *kv = &sim->options.kv;
	struct sim_kv_record record;
	char path[SIM_PATH_MAX];
	bool ok = true;
	FILE *file;

	if (kv->nr > 1 && kv->nr != sim->options.ns)
		return znvme_fail(-EINVAL, "sim: %u values of 'kv' for %u namespaces", kv->nr,
				  (unsigned)sim->options.ns);
	for (uint32_t i = 0; i < sim->nr_ns; i++) {
		if (!sim->ns[i].allocated || sim->ns[i].generation || !sim_list_at(kv, i, 0))
			continue;
		sim->ns[i].kv = calloc(1, sizeof(*sim->ns[i].kv));
		if (!sim->ns[i].kv)
			return znvme_fail(-ENOMEM, "sim: no memory for keys");
	}
	if (!kv->nr || !sim_kv_path(sim, path))
		return 0;
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0
				       : znvme_fail(-errno, "sim: %s: %s", path, strerror(errno));
	while (ok && fread(&record, sizeof(record), 1, file) == 1)
		ok = sim_kv_replay(sim, file, &record);
	fclose(file);
	if (!ok)
		return znvme_fail(-EINVAL, "sim: %s is not of this file's namespaces: remove it",
				  path);
	return 0;
}

void sim_kv_empty(struct znvme_sim *sim, struct sim_ns *ns)
{
	struct sim_kv *kv = ns->kv;

	while (kv && kv->nr) {
		sim_kv_note(sim, ns, &kv->pair[kv->nr - 1].key, NULL, SIM_KV_GONE);
		sim_kv_drop(kv, kv->nr - 1);
	}
}

void sim_kv_close(struct sim_ns *ns)
{
	struct sim_kv *kv = ns->kv;

	while (kv && kv->nr)
		sim_kv_drop(kv, kv->nr - 1);
	if (kv)
		free(kv->pair);
	free(kv);
}

/* ---- Identify ------------------------------------------------------------------------------ */

static uint32_t sim_kv_max_value(struct znvme_sim *sim)
{
	uint64_t most = sim_max_transfer(sim);

	return most < SIM_KV_MAX ? (uint32_t)most : SIM_KV_MAX;
}

void sim_kv_id_ns(struct znvme_sim *sim, const struct sim_ns *ns, struct znvme_id_ns_kv *id)
{
	id->nsze = ns->blocks << ns->lba_shift;
	id->nuse = ns->kv->used;
	id->nmic = ns->nmic;
	id->rescap = sim_rescap(sim);
	id->fpi = sim_fpi(ns);
	id->endgid = SIM_ENDGID;
	id->anagrpid = sim->options.with & SIM_WITH_ANA ? 1 : 0;
	id->nvmsetid = sim->options.with & SIM_WITH_PLM ? SIM_NVMSETID : 0;
	id->nsattr = sim_write_protected(sim, ns) ? ZNVME_NS_NSATTR_WRITE_PROTECTED : 0;
	memcpy(id->nguid, ns->nguid, sizeof(id->nguid));
	memcpy(id->eui64, ns->eui64, sizeof(id->eui64));
	id->kvf[0].kml = ZNVME_KV_MAX_KEY;
	id->kvf[0].vml = sim_kv_max_value(sim);
}

void sim_kv_id_ctrl(struct znvme_id_ctrl_kv *id)
{
	id->ver = SIM_KV_VERSION;
}

/* ---- commands ------------------------------------------------------------------------------ */

/* `least` is the shortest key that will do. */
static uint16_t sim_get_key(struct sim_cmd *cmd, struct sim_key *key, unsigned least)
{
	const uint32_t dwords[4] = {cmd->sqe.cdw2, cmd->sqe.cdw3, cmd->sqe.cdw14, cmd->sqe.cdw15};
	unsigned len = cmd->sqe.cdw11 & ZNVME_KV_KL;

	if (len < least || len > ZNVME_KV_MAX_KEY)
		return SIM_DNR(ZNVME_SC_KV_INVALID_KEY_SIZE);
	*key = (struct sim_key){.len = (uint8_t)len};
	memcpy(key->bytes, dwords, len);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_kv_check_store(struct znvme_sim *sim, const struct sim_ns *ns,
				   const struct sim_cmd *cmd, const struct sim_key *key)
{
	const struct sim_kv *kv = ns->kv;
	size_t i = sim_kv_find(kv, key);
	bool has = sim_kv_has(kv, i, key);
	uint64_t before = has ? kv->pair[i].size + key->len : 0;

	if (cmd->sqe.cdw10 > sim_kv_max_value(sim))
		return SIM_DNR(ZNVME_SC_KV_INVALID_VALUE_SIZE);
	if (cmd->sqe.cdw11 & ZNVME_KV_STORE_UPDATE && !has)
		return SIM_DNR(ZNVME_SC_KV_KEY_NOT_FOUND);
	if (cmd->sqe.cdw11 & ZNVME_KV_STORE_NEW && has)
		return SIM_DNR(ZNVME_SC_KV_KEY_EXISTS);
	if (kv->used - before + cmd->sqe.cdw10 + key->len > ns->blocks << ns->lba_shift)
		return SIM_DNR(ZNVME_SC_CAPACITY_EXCEEDED);
	return ZNVME_SC_SUCCESS;
}

static uint16_t sim_kv_store(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint32_t size = cmd->sqe.cdw10;
	struct sim_key key;
	uint16_t status = sim_get_key(cmd, &key, 1);
	char *value;

	if (!status)
		status = sim_kv_check_store(sim, ns, cmd, &key);
	if (status)
		return status;
	value = malloc(size + 1u);
	if (!value)
		return ZNVME_SC_INTERNAL;
	if (size)
		status = sim_data_receive(sim, cmd, value, size);
	if (!status)
		status = sim_kv_note(sim, ns, &key, value, size);
	if (!status && !sim_kv_put(ns->kv, &key, value, size))
		status = ZNVME_SC_INTERNAL;
	if (status)
		free(value);
	return status;
}

/* The result is the size of the whole value, also where the buffer is shorter. */
static uint16_t sim_kv_retrieve(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	const struct sim_pair *pair;
	struct sim_key key;
	uint16_t status = sim_get_key(cmd, &key, 1);
	size_t i;

	if (status)
		return status;
	i = sim_kv_find(ns->kv, &key);
	if (!sim_kv_has(ns->kv, i, &key))
		return SIM_DNR(ZNVME_SC_KV_KEY_NOT_FOUND);
	pair = &ns->kv->pair[i];
	cmd->dw0 = pair->size;
	if (!cmd->sqe.cdw10)
		return ZNVME_SC_SUCCESS;
	return sim_data_send(sim, cmd, pair->value, pair->size, cmd->sqe.cdw10);
}

static uint16_t sim_kv_delete(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_key key;
	uint16_t status = sim_get_key(cmd, &key, 1);
	size_t i;

	if (status)
		return status;
	i = sim_kv_find(ns->kv, &key);
	if (!sim_kv_has(ns->kv, i, &key))
		return ns->kv_config.current & ZNVME_FEAT_KV_EDNEK
			       ? SIM_DNR(ZNVME_SC_KV_KEY_NOT_FOUND)
			       : (uint16_t)ZNVME_SC_SUCCESS;
	status = sim_kv_note(sim, ns, &key, NULL, SIM_KV_GONE);
	if (!status)
		sim_kv_drop(ns->kv, i);
	return status;
}

static uint16_t sim_kv_exist(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	struct sim_key key;
	uint16_t status = sim_get_key(cmd, &key, 1);

	(void)sim;
	if (!status && !sim_kv_has(ns->kv, sim_kv_find(ns->kv, &key), &key))
		status = SIM_DNR(ZNVME_SC_KV_KEY_NOT_FOUND);
	return status;
}

/* The keys from the given one on, as many as fit. */
static uint16_t sim_kv_list(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	uint32_t len = cmd->sqe.cdw10;
	struct znvme_kv_list list = {0};
	struct sim_key start;
	uint16_t status = sim_get_key(cmd, &start, 0);
	size_t at = sizeof(list);
	char *data;

	if (!status && (len < sizeof(list) || len > sim_max_transfer(sim)))
		status = SIM_INVALID_FIELD(cmd, cdw10);
	if (status)
		return status;
	data = calloc(1, len);
	if (!data)
		return ZNVME_SC_INTERNAL;
	for (size_t i = sim_kv_find(ns->kv, &start); i < ns->kv->nr; i++) {
		const struct sim_key *key = &ns->kv->pair[i].key;
		const struct znvme_kv_listed listed = {key->len};
		size_t size = (sizeof(listed) + key->len + 3u) & ~(size_t)3;

		if (size > len - at)
			break;
		memcpy(data + at, &listed, sizeof(listed));
		memcpy(data + at + sizeof(listed), key->bytes, key->len);
		at += size;
		list.nrk++;
	}
	memcpy(data, &list, sizeof(list));
	status = sim_data_send(sim, cmd, data, len, len);
	free(data);
	return status;
}

static uint16_t sim_kv_flush(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	(void)ns;
	(void)cmd;
	return sim_media_flush(sim);
}

enum sim_kv_access { SIM_KV_READS, SIM_KV_WRITES, SIM_KV_FLUSHES, SIM_KV_FREE };

static const struct sim_kv_command {
	uint8_t opcode;
	enum sim_kv_access access; /* that reservations and write protection are about */
	uint32_t without;
	uint16_t (*run)(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
} sim_kv_commands[] = {
	{ZNVME_KV_FLUSH, SIM_KV_FLUSHES, 0, sim_kv_flush}, /* a write to reservations alone */
	{ZNVME_KV_STORE, SIM_KV_WRITES, 0, sim_kv_store},
	{ZNVME_KV_RETRIEVE, SIM_KV_READS, 0, sim_kv_retrieve},
	{ZNVME_KV_LIST, SIM_KV_READS, 0, sim_kv_list},
	{ZNVME_KV_DELETE, SIM_KV_WRITES, 0, sim_kv_delete},
	{ZNVME_KV_EXIST, SIM_KV_READS, 0, sim_kv_exist},
	{ZNVME_CMD_RESV_REGISTER, SIM_KV_FREE, SIM_WITHOUT_RESERVATIONS, sim_resv_register},
	{ZNVME_CMD_RESV_REPORT, SIM_KV_FREE, SIM_WITHOUT_RESERVATIONS, sim_resv_report},
	{ZNVME_CMD_RESV_ACQUIRE, SIM_KV_FREE, SIM_WITHOUT_RESERVATIONS, sim_resv_acquire},
	{ZNVME_CMD_RESV_RELEASE, SIM_KV_FREE, SIM_WITHOUT_RESERVATIONS, sim_resv_release},
};

void sim_kv_effects(struct znvme_sim *sim, uint32_t effects[256])
{
	for (size_t i = 0; i < SIM_COUNT(sim_kv_commands); i++) {
		const struct sim_kv_command *command = &sim_kv_commands[i];

		if (command->without & sim->options.without)
			continue;
		effects[command->opcode] =
			ZNVME_CMD_EFFECTS_CSUPP | (uint32_t)ZNVME_EFFECTS_SCOPE_NS << 20;
		if (command->access == SIM_KV_WRITES)
			effects[command->opcode] |= ZNVME_CMD_EFFECTS_LBCC;
	}
}

static uint16_t sim_kv_run(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd,
			   const struct sim_kv_command *command)
{
	uint16_t status = ZNVME_SC_SUCCESS;

	if (cmd->sqe.flags & ZNVME_SQE_FUSE)
		return SIM_INVALID_FIELD(cmd, flags);
	if (command->access == SIM_KV_WRITES && sim_write_protected(sim, ns))
		return SIM_DNR(ZNVME_SC_NS_WRITE_PROTECTED);
	if (command->access != SIM_KV_FREE)
		status = sim_resv_check(sim, ns, cmd, command->access != SIM_KV_READS);
	return status ? status : command->run(sim, ns, cmd);
}

uint16_t sim_kv(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd)
{
	if (znvme_field_get(ZNVME_CC_CSS, sim->cc) != ZNVME_CC_CSS_IOCS)
		return SIM_DNR(ZNVME_SC_IOCS_NOT_ENABLED);
	for (size_t i = 0; i < SIM_COUNT(sim_kv_commands); i++)
		if (sim_kv_commands[i].opcode == cmd->sqe.opcode &&
		    !(sim_kv_commands[i].without & sim->options.without))
			return sim_kv_run(sim, ns, cmd, &sim_kv_commands[i]);
	cmd->error_loc = offsetof(struct znvme_sqe, opcode);
	return SIM_DNR(ZNVME_SC_INVALID_OPCODE);
}
