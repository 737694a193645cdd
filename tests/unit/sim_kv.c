// SPDX-License-Identifier: MIT
/* The simulator's Key Value Command Set, by hand (KV 1.1, sections 3.2 and 4.1.5). */
#include "sim_host.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static struct znvme_sqe kv_command(uint8_t opcode, const char *key, uint32_t cdw10)
{
	struct znvme_sqe cmd = {.opcode = opcode, .nsid = 1, .cdw10 = cdw10};
	char bytes[16] = {0};

	memcpy(bytes, key, strlen(key));
	memcpy(&cmd.cdw2, bytes, 8);
	memcpy(&cmd.cdw14, bytes + 8, 8);
	cmd.cdw11 = (uint32_t)strlen(key);
	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	return cmd;
}

static uint16_t store(struct host *host, const char *key, const char *value, uint32_t options)
{
	struct znvme_sqe cmd = kv_command(ZNVME_KV_STORE, key, (uint32_t)strlen(value));

	cmd.cdw11 |= options;
	memcpy(page_addr(host, HOST_DATA), value, strlen(value));
	return host_exec(host, 1, &cmd);
}

static uint16_t send(struct host *host, uint8_t opcode, const char *key)
{
	struct znvme_sqe cmd = kv_command(opcode, key, 0);

	return host_exec(host, 1, &cmd);
}

static void value_is(struct host *host, const char *key, const char *value)
{
	struct znvme_sqe cmd = kv_command(ZNVME_KV_RETRIEVE, key, 100);
	uint32_t size;

	memset(page_addr(host, HOST_DATA), 0xa5, PAGE);
	assert_int_equal(host_exec_result(host, 1, &cmd, &size), 0);
	assert_int_equal(size, strlen(value));
	assert_memory_equal(page_addr(host, HOST_DATA), value, size);
}

static void pairs(void **state)
{
	struct znvme_sqe cmd;
	struct host host;
	uint32_t size;

	(void)state;
	host_start(&host, "size=1M,kv=1");
	assert_int_equal(store(&host, "one", "first", 0), 0);
	assert_int_equal(store(&host, "two", "", 0), 0);
	assert_int_equal(store(&host, "sixteen bytes ok", "second", 0), 0);
	value_is(&host, "one", "first");
	value_is(&host, "two", "");
	value_is(&host, "sixteen bytes ok", "second");
	assert_int_equal(store(&host, "one", "another", ZNVME_KV_STORE_NEW),
			 ZNVME_SC_KV_KEY_EXISTS);
	assert_int_equal(store(&host, "six", "another", ZNVME_KV_STORE_UPDATE),
			 ZNVME_SC_KV_KEY_NOT_FOUND);
	assert_int_equal(store(&host, "one", "another", ZNVME_KV_STORE_UPDATE), 0);
	value_is(&host, "one", "another");
	/* A buffer that is too short: what fits, and the size of all. */
	cmd = kv_command(ZNVME_KV_RETRIEVE, "one", 3);
	memset(page_addr(&host, HOST_DATA), 0, 8);
	assert_int_equal(host_exec_result(&host, 1, &cmd, &size), 0);
	assert_int_equal(size, 7);
	assert_memory_equal(page_addr(&host, HOST_DATA), "ano\0", 4);
	assert_int_equal(send(&host, ZNVME_KV_EXIST, "one"), 0);
	assert_int_equal(send(&host, ZNVME_KV_EXIST, "on"), ZNVME_SC_KV_KEY_NOT_FOUND);
	assert_int_equal(send(&host, ZNVME_KV_DELETE, "one"), 0);
	assert_int_equal(send(&host, ZNVME_KV_EXIST, "one"), ZNVME_SC_KV_KEY_NOT_FOUND);
	assert_int_equal(send(&host, ZNVME_KV_RETRIEVE, "one"), ZNVME_SC_KV_KEY_NOT_FOUND);
	/* Deleting what is not there is an error if that is wanted. */
	assert_int_equal(send(&host, ZNVME_KV_DELETE, "one"), 0);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_SET_FEATURES, 1, ZNVME_FEAT_KEY_VALUE, 1, NULL), 0);
	assert_int_equal(send(&host, ZNVME_KV_DELETE, "one"), ZNVME_SC_KV_KEY_NOT_FOUND);
	host_close(&host);
}

static void refused(void **state)
{
	struct znvme_sqe cmd;
	struct host host;

	(void)state;
	host_start(&host, "size=4K,kv=1,mdts=1");
	assert_int_equal(send(&host, ZNVME_KV_EXIST, ""), ZNVME_SC_KV_INVALID_KEY_SIZE);
	cmd = kv_command(ZNVME_KV_EXIST, "x", 0);
	cmd.cdw11 = 17;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_KV_INVALID_KEY_SIZE);
	cmd = kv_command(ZNVME_KV_STORE, "x", 8193);
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_KV_INVALID_VALUE_SIZE);
	cmd.cdw10 = 4096; /* and a byte of key */
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_CAPACITY_EXCEEDED);
	cmd.cdw10 = 4095;
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_int_equal(store(&host, "y", "", 0), ZNVME_SC_CAPACITY_EXCEEDED);
	assert_int_equal(host_exec(&host, 1, &cmd), 0); /* in the place of itself */
	/* Commands on blocks; Identify of one that has blocks. */
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_ZEROES, 0, 1, 0), ZNVME_SC_INVALID_OPCODE);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, 1), ZNVME_SC_INVALID_IOCS);
	host_close(&host);
	host_open(&host, "size=1M,kv=1");
	host_enable_as(&host, HOST_CC & ~ZNVME_CC_CSS); /* NVM Command Set only */
	host_create_queue(&host, 1);
	assert_int_equal(send(&host, ZNVME_KV_EXIST, "x"), ZNVME_SC_IOCS_NOT_ENABLED);
	host_close(&host);
	assert_int_equal(znvme_sim_create("kv=2", &host.dev), -EINVAL);
	assert_int_equal(znvme_sim_create("ns=3,kv=0+1", &host.dev), -EINVAL);
	assert_int_equal(znvme_sim_create("kv=1,without=iocs", &host.dev), -EINVAL);
}

static void listing(void **state)
{
	struct znvme_sqe cmd;
	const uint8_t *list;
	struct host host;

	(void)state;
	host_start(&host, "size=1M,kv=1");
	store(&host, "cc", "x", 0);
	store(&host, "a", "x", 0);
	store(&host, "bbb", "x", 0);
	cmd = kv_command(ZNVME_KV_LIST, "", 64);
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	list = (const uint8_t *)page_addr(&host, HOST_DATA);
	assert_memory_equal(list, "\3\0\0\0\1\0a\0\3\0bbb\0\0\0\2\0cc\0\0\0\0", 24);
	cmd = kv_command(ZNVME_KV_LIST, "b", 64);
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_memory_equal(list, "\2\0\0\0\3\0bbb", 9);
	cmd = kv_command(ZNVME_KV_LIST, "", 12); /* no room for the second */
	assert_int_equal(host_exec(&host, 1, &cmd), 0);
	assert_memory_equal(list, "\1\0\0\0\1\0a\0", 8);
	cmd.cdw10 = 3;
	assert_int_equal(host_exec(&host, 1, &cmd), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

static void identify(void **state)
{
	const struct znvme_id_ns_kv *id;
	struct host host;

	(void)state;
	host_start(&host, "size=1M+2M,kv=0+1");
	id = (const void *)page_addr(&host, HOST_DATA);
	assert_int_equal(host_admin(&host, ZNVME_ADM_IDENTIFY, 2, ZNVME_CNS_CSI_NS,
				    ZNVME_CSI_KV << 24, NULL),
			 0);
	assert_int_equal(id->nsze, 2 << 20);
	assert_int_equal(id->kvf[0].kml, 16);
	assert_int_equal(id->kvf[0].vml, 512 << 10);
	assert_int_equal(host_admin(&host, ZNVME_ADM_IDENTIFY, 1, ZNVME_CNS_CSI_NS,
				    ZNVME_CSI_KV << 24, NULL),
			 ZNVME_SC_INVALID_IOCS);
	assert_int_equal(host_admin(&host, ZNVME_ADM_IDENTIFY, 0, ZNVME_CNS_CSI_NS_LIST,
				    ZNVME_CSI_KV << 24, NULL),
			 0);
	assert_memory_equal(id, "\2\0\0\0\0\0\0\0", 8);
	assert_int_equal(host_identify(&host, ZNVME_CNS_IOCS, 0), 0);
	assert_int_equal(*(const uint64_t *)(const void *)id, 3);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 1, HOST_DATA), 0);
	host_close(&host);
}

static void kept_in_a_file(void **state)
{
	char path[] = "/tmp/znvme-kv-XXXXXX", beside[64], options[128];
	int fd = mkstemp(path);
	struct host host;

	(void)state;
	assert_true(fd >= 0);
	snprintf(options, sizeof(options), "size=1M,kv=1,file=%s", path);
	snprintf(beside, sizeof(beside), "%s.kv", path);
	host_start(&host, options);
	store(&host, "one", "1", 0);
	store(&host, "two", "2", 0);
	store(&host, "one", "first", 0);
	send(&host, ZNVME_KV_DELETE, "two");
	host_close(&host);
	/* A record that was cut off counts for nothing. */
	close(fd);
	fd = open(beside, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "\1\0\0\0\5\0\0\0\3six", 12), 12);
	close(fd);
	host_start(&host, options);
	value_is(&host, "one", "first");
	assert_int_equal(send(&host, ZNVME_KV_EXIST, "two"), ZNVME_SC_KV_KEY_NOT_FOUND);
	host_close(&host);
	assert_int_equal(truncate(beside, 0), 0);
	assert_int_equal(truncate(beside, 4096), 0);
	assert_int_equal(znvme_sim_create(options, &host.dev), -EINVAL);
	assert_non_null(strstr(znvme_errmsg(), beside));
	unlink(beside);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),	  cmocka_unit_test(refused),
		cmocka_unit_test(listing),	  cmocka_unit_test(identify),
		cmocka_unit_test(kept_in_a_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
