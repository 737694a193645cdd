/* SPDX-License-Identifier: MIT */
/* Keys and values as blocking calls (KV 1.1, sections 3.2 and 4.1.5). See <znvme/kv.h>. */
#include <errno.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/io.h"
#include "znvme/kv.h"
#include "znvme/names.h"

static int check(const struct znvme_ns *ns, size_t key_len, size_t least)
{
	if (ns->csi != ZNVME_CSI_KV)
		return znvme_fail(-EOPNOTSUPP, "namespace %u has no keys (command set %u)",
				  ns->nsid, ns->csi);
	if (key_len < least || key_len > ZNVME_KV_MAX_KEY)
		return znvme_fail(-EINVAL, "a key of %zu bytes: a key has 1 to %u", key_len,
				  ZNVME_KV_MAX_KEY);
	return 0;
}

static int send(const struct znvme_ns *ns, uint8_t opcode, const void *key, size_t key_len,
		size_t least, void *data, size_t len, uint32_t options, uint64_t *result)
{
	struct znvme_sqe cmd;
	int rc = check(ns, key_len, least);

	if (rc)
		return rc;
	if (!key && key_len)
		return znvme_fail(-EFAULT, "no key");
	if (len > UINT32_MAX)
		return znvme_fail(-EINVAL, "%zu bytes are no value", len);
	memset(&cmd, 0, sizeof(cmd));
	rc = znvme_prep_kv(&cmd, ns, opcode, key, key_len, options);
	if (rc)
		return rc;
	cmd.cdw10 = (uint32_t)len;
	rc = znvme_io_exec(ns->ctrl, &cmd, data, len, NULL, 0, result, 0);
	if (rc > 0)
		znvme_fail(rc, "%s: %s", znvme_kv_opcode_name(opcode), znvme_strerror(rc));
	return rc;
}

int znvme_kv_store(const struct znvme_ns *ns, const void *key, size_t key_len, const void *value,
		   size_t len, uint32_t options)
{
	return send(ns, ZNVME_KV_STORE, key, key_len, 1, (void *)(uintptr_t)value, len, options,
		    NULL);
}

int znvme_kv_retrieve(const struct znvme_ns *ns, const void *key, size_t key_len, void *buf,
		      size_t len, uint32_t *size, uint32_t options)
{
	uint64_t result = 0;
	int rc = send(ns, ZNVME_KV_RETRIEVE, key, key_len, 1, buf, len, options, &result);

	if (size)
		*size = rc ? 0 : (uint32_t)result;
	return rc;
}

int znvme_kv_delete(const struct znvme_ns *ns, const void *key, size_t key_len)
{
	return send(ns, ZNVME_KV_DELETE, key, key_len, 1, NULL, 0, 0, NULL);
}

int znvme_kv_exist(const struct znvme_ns *ns, const void *key, size_t key_len)
{
	return send(ns, ZNVME_KV_EXIST, key, key_len, 1, NULL, 0, 0, NULL);
}

int znvme_kv_list(const struct znvme_ns *ns, const void *start, size_t start_len, void *buf,
		  size_t len)
{
	if (len < sizeof(struct znvme_kv_list))
		return znvme_fail(-EINVAL, "%zu bytes are no room for a list of keys", len);
	return send(ns, ZNVME_KV_LIST, start, start_len, 0, buf, len, 0, NULL);
}

static int not_a_list(void)
{
	return znvme_fail(-EPROTO, "these bytes are no list of keys");
}

/* *at has the number of keys given in its upper half, and the place of the next in the lower. */
int znvme_kv_next(const void *buf, size_t len, size_t *at, struct znvme_kv_key *key)
{
	size_t place = *at & UINT32_MAX, nr = *at >> 32;
	struct znvme_kv_listed listed;
	struct znvme_kv_list list;
	const char *data = buf;

	if (len < sizeof(list) || len > UINT32_MAX)
		return not_a_list();
	memcpy(&list, data, sizeof(list));
	if (nr >= list.nrk)
		return 0;
	if (!place)
		place = sizeof(list);
	if (place > len || len - place < sizeof(listed))
		return not_a_list();
	memcpy(&listed, data + place, sizeof(listed));
	place += sizeof(listed);
	if (!listed.kl || listed.kl > ZNVME_KV_MAX_KEY || listed.kl > len - place)
		return not_a_list();
	*key = (struct znvme_kv_key){.len = (uint8_t)listed.kl};
	memcpy(key->bytes, data + place, listed.kl);
	*at = (nr + 1) << 32 | ((place + listed.kl + 3) & ~(size_t)3);
	return 1;
}

int znvme_kv_info(const struct znvme_ns *ns, struct znvme_kv_info *info)
{
	const struct znvme_kv_format *format;
	struct znvme_id_ns_kv id;
	unsigned index;
	int rc = check(ns, 0, 0);

	if (!rc)
		rc = znvme_identify(ns->ctrl, ZNVME_CNS_CSI_NS, ns->nsid, 0, ZNVME_CSI_KV, 0, &id);
	if (rc)
		return rc;
	index = id.kvfc & ZNVME_KV_KVFC_INDEX;
	if (index > id.nkvf)
		return znvme_fail(-EPROTO, "namespace %u has format %u of %u", ns->nsid, index,
				  id.nkvf + 1u);
	format = &id.kvf[index];
	*info = (struct znvme_kv_info){
		.size = id.nsze,
		.used = id.nuse,
		.max_key = format->kml,
		.max_value = format->vml,
		.max_keys = format->mnk,
		.granularity = id.novg,
	};
	return 0;
}
