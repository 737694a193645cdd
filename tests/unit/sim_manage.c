// SPDX-License-Identifier: MIT
/*
 * What the commands that manage a device do to what other command sets keep: reservations, keys,
 * maps of allocated blocks, placement (Base 2.1, section 8.1.22.3; NVM 1.1, section 4.2.1).
 */
#include "sim_host.h"

#include <unistd.h>

static const struct znvme_sim_peer peer = {.cntlid = 1, .host_id_len = 16, .host_id = "another"};

static void peer_sends(struct host *host, uint8_t opcode, uint32_t cdw10, void *data, size_t len)
{
	struct znvme_sqe cmd = {.opcode = opcode, .nsid = 1, .cdw10 = cdw10};

	assert_int_equal(znvme_sim_peer_exec(host->sim, &peer, &cmd, data, len, NULL), 0);
}

/* The other host registers, and takes namespace 1. */
static void reserve(struct host *host, enum znvme_resv_type type)
{
	struct znvme_resv_register_data key = {0, 1};
	struct znvme_resv_acquire_data acquire = {1, 0};

	peer_sends(host, ZNVME_CMD_RESV_REGISTER, ZNVME_RESV_REGISTER | ZNVME_RESV_IEKEY, &key,
		   sizeof(key));
	peer_sends(host, ZNVME_CMD_RESV_ACQUIRE, ZNVME_RESV_ACQUIRE | type << 8, &acquire,
		   sizeof(acquire));
}

static void release(struct host *host)
{
	struct znvme_resv_release_data data = {1};

	peer_sends(host, ZNVME_CMD_RESV_RELEASE, ZNVME_RESV_CLEAR, &data, sizeof(data));
}

static void reservations_gate(void **state)
{
	static const struct {
		uint8_t opcode;
		bool write;
		uint32_t nsid;
		uint32_t cdw10;
	} rows[] = {
		{ZNVME_ADM_FORMAT_NVM, true, 1, 0},
		{ZNVME_ADM_FORMAT_NVM, true, ZNVME_NSID_ALL, 0},
		{ZNVME_ADM_NS_ATTACH, true, 1, ZNVME_NS_DETACH},
		{ZNVME_ADM_NS_MANAGEMENT, true, 1, ZNVME_NS_MGMT_DELETE},
		{ZNVME_ADM_SANITIZE, true, 0, ZNVME_SANITIZE_BLOCK_ERASE},
		{ZNVME_ADM_SECURITY_SEND, true, 1, 0xf0u << 24},
		{ZNVME_ADM_SECURITY_RECV, false, 1, 0},
	};
	struct host host;

	(void)state;
	host_start(&host, "size=1M,ns=2");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct znvme_sqe cmd =
			admin_command(rows[i].opcode, rows[i].nsid, rows[i].cdw10, 0, HOST_DATA);

		reserve(&host, ZNVME_RESV_EXCLUSIVE_ACCESS);
		assert_int_equal(host_exec(&host, 0, &cmd), ZNVME_SC_RESERVATION_CONFLICT);
		release(&host);
		reserve(&host, ZNVME_RESV_WRITE_EXCLUSIVE);
		assert_int_equal(host_exec(&host, 0, &cmd) == ZNVME_SC_RESERVATION_CONFLICT,
				 rows[i].write);
		release(&host);
	}
	/* Another namespace is nobody's, and what does not reach data is not asked. */
	reserve(&host, ZNVME_RESV_EXCLUSIVE_ACCESS);
	assert_int_equal(host_admin(&host, ZNVME_ADM_FORMAT_NVM, 2, 0, 0, NULL), 0);
	assert_int_equal(host_admin(&host, ZNVME_ADM_IDENTIFY, 1, ZNVME_CNS_NS, 0, NULL), 0);
	host_close(&host);
}

static void send(struct host *host, uint8_t opcode, uint32_t cdw10, const void *data, size_t len)
{
	struct znvme_sqe cmd = {.opcode = opcode, .nsid = 1, .cdw10 = cdw10};

	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	memcpy(page_addr(host, HOST_DATA), data, len);
	assert_int_equal(host_exec(host, 1, &cmd), 0);
}

/* A namespace that its holder deletes takes the reservation along. */
static void deleted_with_its_namespace(void **state)
{
	const struct znvme_ns_mgmt_data settings = {.nsze = 8, .ncap = 8};
	const struct znvme_resv_register_data key = {0, 1};
	const struct znvme_resv_acquire_data acquire = {1, 0};
	const struct znvme_ctrl_list list = {.num = 1};
	struct znvme_sqe report = {.opcode = ZNVME_CMD_RESV_REPORT, .nsid = 1, .cdw10 = 5};
	struct host host;

	(void)state;
	report.dptr.prp.prp1 = page_iova(HOST_DATA);
	host_start(&host, "size=1M");
	send(&host, ZNVME_CMD_RESV_REGISTER, ZNVME_RESV_REGISTER, &key, sizeof(key));
	send(&host, ZNVME_CMD_RESV_ACQUIRE, ZNVME_RESV_ACQUIRE | ZNVME_RESV_EXCLUSIVE_ACCESS << 8,
	     &acquire, sizeof(acquire));
	assert_int_equal(host_exec(&host, 1, &report), 0);
	assert_int_equal(((struct znvme_resv_status *)page_addr(&host, HOST_DATA))->regctl[0], 1);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_NS_MANAGEMENT, 1, ZNVME_NS_MGMT_DELETE, 0, NULL), 0);
	memset(page_addr(&host, HOST_DATA), 0, PAGE);
	memcpy(page_addr(&host, HOST_DATA), &settings, sizeof(settings));
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_NS_MANAGEMENT, 0, ZNVME_NS_MGMT_CREATE, 0, NULL), 0);
	memset(page_addr(&host, HOST_DATA), 0, PAGE);
	memcpy(page_addr(&host, HOST_DATA), &list, sizeof(list));
	assert_int_equal(host_admin(&host, ZNVME_ADM_NS_ATTACH, 1, ZNVME_NS_ATTACH, 0, NULL), 0);
	assert_int_equal(host_exec(&host, 1, &report), 0);
	assert_int_equal(((struct znvme_resv_status *)page_addr(&host, HOST_DATA))->regctl[0], 0);
	host_close(&host);
}

static unsigned runs(struct host *host)
{
	struct znvme_sqe cmd = admin_command(ZNVME_ADM_GET_LBA_STATUS, 1, 0, 0, HOST_DATA);

	cmd.cdw12 = PAGE / 4 - 1;
	cmd.cdw13 = (uint32_t)ZNVME_LBA_STATUS_ALLOCATED << 24;
	assert_int_equal(host_exec(host, 0, &cmd), 0);
	return ((struct znvme_lba_status_list *)page_addr(host, HOST_DATA))->nlsd;
}

static void write_block(struct host *host)
{
	struct znvme_sqe cmd = {.opcode = ZNVME_CMD_WRITE, .nsid = 1};

	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	assert_int_equal(host_exec(host, 1, &cmd), 0);
}

static void maps_follow(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "size=1M");
	assert_int_equal(runs(&host), 0);
	write_block(&host);
	assert_int_equal(runs(&host), 1);
	assert_int_equal(host_admin(&host, ZNVME_ADM_FORMAT_NVM, 1, 1, 0, NULL), 0);
	assert_int_equal(runs(&host), 0);
	write_block(&host);
	assert_int_equal(runs(&host), 1);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_SANITIZE, 0, ZNVME_SANITIZE_BLOCK_ERASE, 0, NULL), 0);
	assert_int_equal(runs(&host), 0);
	/* An overwrite without deallocation leaves all of it allocated. */
	assert_int_equal(host_admin(&host, ZNVME_ADM_SANITIZE, 0,
				    ZNVME_SANITIZE_OVERWRITE | ZNVME_SANITIZE_NDAS | 1u << 4, 0,
				    NULL),
			 0);
	assert_int_equal(runs(&host), 1);
	host_close(&host);
}

static uint16_t key(struct host *host, uint8_t opcode)
{
	struct znvme_sqe cmd = {.opcode = opcode, .nsid = 1, .cdw11 = 3};

	memcpy(&cmd.cdw2, "key", 3);
	cmd.dptr.prp.prp1 = page_iova(HOST_DATA);
	return host_exec(host, 1, &cmd);
}

/* Format NVM, Sanitize and a deletion take keys away, also from the file. */
static void keys_go(void **state)
{
	static const struct {
		uint8_t opcode;
		uint32_t nsid;
		uint32_t cdw10;
	} rows[] = {
		{ZNVME_ADM_FORMAT_NVM, 1, 0},
		{ZNVME_ADM_SANITIZE, 0, ZNVME_SANITIZE_CRYPTO_ERASE},
	};
	char path[] = "/tmp/znvme-manage-XXXXXX", beside[64], options[128];
	int fd = mkstemp(path);
	struct host host;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(options, sizeof(options), "size=1M,kv=1,file=%s", path);
	snprintf(beside, sizeof(beside), "%s.kv", path);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host_start(&host, options);
		assert_int_equal(key(&host, ZNVME_KV_STORE), 0);
		assert_int_equal(key(&host, ZNVME_KV_EXIST), 0);
		assert_int_equal(
			host_admin(&host, rows[i].opcode, rows[i].nsid, rows[i].cdw10, 0, NULL), 0);
		assert_int_equal(key(&host, ZNVME_KV_EXIST), ZNVME_SC_KV_KEY_NOT_FOUND);
		host_close(&host);
		host_start(&host, options);
		assert_int_equal(key(&host, ZNVME_KV_EXIST), ZNVME_SC_KV_KEY_NOT_FOUND);
		host_close(&host);
	}
	host_start(&host, options);
	assert_int_equal(host_admin(&host, ZNVME_ADM_FORMAT_NVM, 1, 1, 0, NULL),
			 ZNVME_SC_INVALID_FORMAT);
	assert_int_equal(key(&host, ZNVME_KV_STORE), 0);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_NS_MANAGEMENT, 1, ZNVME_NS_MGMT_DELETE, 0, NULL), 0);
	assert_int_equal(key(&host, ZNVME_KV_STORE), ZNVME_SC_INVALID_FIELD); /* inactive */
	host_close(&host);
	host_start(&host, options);
	assert_int_equal(key(&host, ZNVME_KV_EXIST), ZNVME_SC_KV_KEY_NOT_FOUND);
	host_close(&host);
	unlink(beside);
	unlink(path);
}

/* Placement is switched while its endurance group has no namespace, attached or not. */
static void placement_is_switched(void **state)
{
	struct znvme_sqe off = {
		.opcode = ZNVME_ADM_SET_FEATURES, .cdw10 = ZNVME_FEAT_FDP, .cdw11 = 1};
	struct znvme_ctrl_list *list;
	struct host host;
	uint32_t value;

	(void)state;
	host_start(&host, "size=1M,fdp=2");
	list = (void *)page_addr(&host, HOST_DATA);
	memset(list, 0, PAGE);
	list->num = 1;
	assert_int_equal(host_exec(&host, 0, &off), ZNVME_SC_SEQUENCE);
	assert_int_equal(host_admin(&host, ZNVME_ADM_NS_ATTACH, 1, ZNVME_NS_DETACH, 0, NULL), 0);
	assert_int_equal(host_exec(&host, 0, &off), ZNVME_SC_SEQUENCE);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_NS_MANAGEMENT, 1, ZNVME_NS_MGMT_DELETE, 0, NULL), 0);
	assert_int_equal(host_exec(&host, 0, &off), 0);
	assert_int_equal(host_admin(&host, ZNVME_ADM_GET_FEATURES, 0, ZNVME_FEAT_FDP, 1, &value),
			 0);
	assert_int_equal(value & ZNVME_FEAT_FDP_FDPE, 0);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reservations_gate),
		cmocka_unit_test(deleted_with_its_namespace),
		cmocka_unit_test(maps_follow),
		cmocka_unit_test(keys_go),
		cmocka_unit_test(placement_is_switched),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
