// SPDX-License-Identifier: MIT
/* Keys and values (<znvme/kv.h>), on a simulator of the test's own: no other device has them. */
#include <errno.h>
#include <stdlib.h>

#include "tests.h"

static const struct znvme_ns *open_keys(struct test *t)
{
	const struct znvme_ns *ns;

	test_open_with(t, "sim:size=1M+4M,kv=0+1", NULL);
	CHECK_OK(znvme_ns_get(t->ctrl, 2, &ns));
	return ns;
}

static void stored(struct test *t)
{
	const struct znvme_ns *ns = open_keys(t);
	size_t len = 300 * KIB + 1;
	char *value = malloc(len), *back = calloc(1, len);
	struct znvme_kv_info info;
	uint32_t size;

	CHECK_EQ(ns->csi, ZNVME_CSI_KV);
	CHECK_OK(znvme_kv_info(ns, &info));
	CHECK_EQ(info.size, 4 * MIB);
	CHECK_EQ(info.max_key, 16);
	fill_pattern(value, len, 1);
	CHECK_OK(znvme_kv_store(ns, "a", 1, value, len, 0));
	CHECK_OK(znvme_kv_store(ns, "sixteen bytes ok", 16, value, 3, ZNVME_KV_STORE_NEW));
	CHECK_OK(znvme_kv_retrieve(ns, "a", 1, back, len, &size, 0));
	CHECK_EQ(size, len);
	CHECK_PATTERN(back, len, 1);
	CHECK_OK(znvme_kv_retrieve(ns, "a", 1, back, 10, &size, 0));
	CHECK_EQ(size, len);
	CHECK_OK(znvme_kv_exist(ns, "a", 1));
	CHECK_STATUS(znvme_kv_exist(ns, "b", 1), ZNVME_SC_KV_KEY_NOT_FOUND);
	CHECK_MESSAGE("Exist");
	CHECK_OK(znvme_kv_delete(ns, "a", 1));
	CHECK_STATUS(znvme_kv_retrieve(ns, "a", 1, back, len, &size, 0), ZNVME_SC_KV_KEY_NOT_FOUND);
	CHECK_EQ(size, 0);
	CHECK_OK(znvme_kv_info(ns, &info));
	CHECK_EQ(info.used, 19);
	CHECK_RC(znvme_kv_store(ns, "", 0, value, 1, 0), -EINVAL);
	CHECK_RC(znvme_kv_store(ns, "seventeen bytes..", 17, value, 1, 0), -EINVAL);
	free(value);
	free(back);
}

static void listed(struct test *t)
{
	const struct znvme_ns *ns = open_keys(t);
	char list[4096], name[8];
	struct znvme_kv_key key;
	unsigned n = 0;
	size_t at = 0;

	for (unsigned i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "k%02u", (i * 7) % 50);
		CHECK_OK(znvme_kv_store(ns, name, 3, "x", 1, 0));
	}
	CHECK_OK(znvme_kv_list(ns, "k10", 3, list, sizeof(list)));
	while (znvme_kv_next(list, sizeof(list), &at, &key) == 1) {
		snprintf(name, sizeof(name), "k%02u", 10 + n++);
		CHECK(key.len == 3 && !memcmp(key.bytes, name, 3));
	}
	CHECK_EQ(n, 40);
	CHECK_RC(znvme_kv_list(ns, NULL, 0, list, 3), -EINVAL);
}

static void no_blocks(struct test *t)
{
	const struct znvme_ns *ns = open_keys(t), *blocks;
	struct znvme_ns_limits limits;
	struct znvme_sqe sqe;
	struct znvme_rw rw;
	char block[512];

	CHECK_RC(znvme_pwrite(ns, block, 512, 0, 0, NULL), -EOPNOTSUPP);
	CHECK_RC(znvme_pread(ns, block, 512, 0, 0, NULL), -EOPNOTSUPP);
	CHECK_RC(znvme_ns_limits(ns, &limits), -EOPNOTSUPP);
	CHECK_RC(znvme_prep_write(&sqe, ns, NULL, block, 0, 1), -EINVAL);
	CHECK_RC(znvme_rw_init(&rw, ns, ZNVME_CMD_WRITE, 1, 0, NULL), -EINVAL);
	CHECK_OK(znvme_ns_get(t->ctrl, 1, &blocks));
	CHECK_RC(znvme_kv_exist(blocks, "a", 1), -EOPNOTSUPP);
	CHECK_EQ(znvme_pwrite(blocks, block, 512, 0, 0, NULL), 512);
}

static const struct test_case cases[] = {
	{"values are stored, retrieved, deleted", stored, HAS_PLAIN_SIM},
	{"keys are listed in order", listed, HAS_PLAIN_SIM},
	{"a namespace of keys is none of blocks", no_blocks, HAS_PLAIN_SIM},
};

const struct test_group kv_tests = {"kv", cases, ARRAY_LEN(cases)};
