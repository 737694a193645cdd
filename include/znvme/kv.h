/* SPDX-License-Identifier: MIT */
/*
 * The Key Value Command Set (KV 1.1): namespaces that have no blocks but values with keys of 1 to
 * 16 bytes. znvme_ns.csi is ZNVME_CSI_KV for them, and max_nlb 0, so that no constructor of
 * <znvme/cmd.h> makes a command for blocks.
 *
 * A key that is not there is ZNVME_SC_KV_KEY_NOT_FOUND, to Delete only where the feature Key Value
 * Configuration (20h, EDNEK) says so; the other statuses are ZNVME_SC_KV_….
 */
#ifndef ZNVME_KV_H
#define ZNVME_KV_H

#include "cmd.h"
#include "spec/kv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A command on a key, data pointer and dword 10 apart. -EINVAL for a key that is too long. */
static inline int znvme_prep_kv(struct znvme_sqe *sqe, const struct znvme_ns *ns, uint8_t opcode,
				const void *key, size_t key_len, uint32_t options)
{
	uint32_t dwords[4] = {0, 0, 0, 0};

	if (key_len > ZNVME_KV_MAX_KEY)
		return -EINVAL;
	znvme_sqe_start(sqe, ns, opcode);
	if (key_len)
		__builtin_memcpy(dwords, key, key_len);
	sqe->cdw2 = dwords[0];
	sqe->cdw3 = dwords[1];
	sqe->cdw14 = dwords[2];
	sqe->cdw15 = dwords[3];
	sqe->dptr.prp.prp1 = 0;
	sqe->dptr.prp.prp2 = 0;
	sqe->cdw10 = 0;
	sqe->cdw11 = (uint32_t)key_len | options;
	sqe->cdw12 = 0;
	sqe->cdw13 = 0;
	return 0;
}

static inline int znvme_prep_kv_data(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				     uint8_t opcode, const struct znvme_region *region,
				     const void *buf, size_t len, const void *key, size_t key_len,
				     uint32_t options)
{
	int rc = znvme_prep_kv(sqe, ns, opcode, key, key_len, options);

	if (rc || len > UINT32_MAX)
		return -EINVAL;
	sqe->cdw10 = (uint32_t)len;
	return len ? znvme_sqe_set_buffer(sqe, region, buf, len) : 0;
}

/* Store `len` bytes at `value`, in `region`; `options` of ZNVME_KV_STORE_*. KV 1.1, section 3.2.5.
 */
static inline int znvme_prep_kv_store(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				      const struct znvme_region *region, const void *value,
				      size_t len, const void *key, size_t key_len, uint32_t options)
{
	return znvme_prep_kv_data(sqe, ns, ZNVME_KV_STORE, region, value, len, key, key_len,
				  options);
}

/*
 * Retrieve up to `len` bytes into `buf`, in `region`. Dword 0 of the result is the size of the
 * whole value. KV 1.1, section 3.2.4.
 */
static inline int znvme_prep_kv_retrieve(struct znvme_sqe *sqe, const struct znvme_ns *ns,
					 const struct znvme_region *region, void *buf, size_t len,
					 const void *key, size_t key_len, uint32_t options)
{
	return znvme_prep_kv_data(sqe, ns, ZNVME_KV_RETRIEVE, region, buf, len, key, key_len,
				  options);
}

/*
 * List keys, beginning with this one (or with any, where `key_len` is 0), into `len` bytes at
 * `buf`: see znvme_kv_next(). KV 1.1, section 3.2.3.
 */
static inline int znvme_prep_kv_list(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				     const struct znvme_region *region, void *buf, size_t len,
				     const void *key, size_t key_len)
{
	return znvme_prep_kv_data(sqe, ns, ZNVME_KV_LIST, region, buf, len, key, key_len, 0);
}

/* Delete. KV 1.1, section 3.2.1. */
static inline int znvme_prep_kv_delete(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				       const void *key, size_t key_len)
{
	return znvme_prep_kv(sqe, ns, ZNVME_KV_DELETE, key, key_len, 0);
}

/* Exist: success where there is such a key. KV 1.1, section 3.2.2. */
static inline int znvme_prep_kv_exist(struct znvme_sqe *sqe, const struct znvme_ns *ns,
				      const void *key, size_t key_len)
{
	return znvme_prep_kv(sqe, ns, ZNVME_KV_EXIST, key, key_len, 0);
}

/* A key of a list. */
struct znvme_kv_key {
	uint8_t len;
	uint8_t bytes[ZNVME_KV_MAX_KEY];
};

/*
 * The next key of the list that List has put into `len` bytes at `buf`; *at is 0 for the first one,
 * and kept by this function. 1, 0 behind the last one, or -EPROTO for a list that makes no sense.
 */
int znvme_kv_next(const void *buf, size_t len, size_t *at, struct znvme_kv_key *key);

/*
 * The same commands as blocking calls, with data in any memory: 0, a positive NVMe status, or a
 * negative errno; -EINVAL for a key of no or too many bytes, -EOPNOTSUPP for a namespace of another
 * command set. Thread-safe; see <znvme/io.h>.
 */
int znvme_kv_store(const struct znvme_ns *ns, const void *key, size_t key_len, const void *value,
		   size_t len, uint32_t options);
/* *size, which may be NULL, is that of the whole value, of which `len` bytes at most come. */
int znvme_kv_retrieve(const struct znvme_ns *ns, const void *key, size_t key_len, void *buf,
		      size_t len, uint32_t *size, uint32_t options);
int znvme_kv_delete(const struct znvme_ns *ns, const void *key, size_t key_len);
int znvme_kv_exist(const struct znvme_ns *ns, const void *key, size_t key_len);
/* Into `len` bytes at `buf`, at least 4; `start` may be NULL with `start_len` 0. */
int znvme_kv_list(const struct znvme_ns *ns, const void *start, size_t start_len, void *buf,
		  size_t len);

/* What the format of a namespace takes; `max_value` and `max_keys` 0: it says no limit. */
struct znvme_kv_info {
	uint64_t size;	  /* bytes of the namespace */
	uint64_t used;	  /* bytes of keys and values at present */
	uint32_t max_key; /* bytes */
	uint32_t max_value;
	uint32_t max_keys;
	uint32_t granularity; /* bytes that a value had better be a multiple of */
};

int znvme_kv_info(const struct znvme_ns *ns, struct znvme_kv_info *info);

#ifdef __cplusplus
}
#endif

#endif
