// SPDX-License-Identifier: MIT
/* The simulator's Replay Protected Memory Blocks, frame by frame (Base 2.1, section 8.1.21). */
#include "sim_host.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash/sha256.h"

static const uint8_t key[32] = "a key has thirty-two bytes, yes";
static const uint8_t other_key[32] = "another one has as many, as well";

#define FRAME 256u

/* Request and answer have two pages each: a frame and eight sectors are more than one. */
static struct znvme_rpmb_frame *request_of(struct host *host)
{
	return (void *)page_addr(host, HOST_DATA);
}

static struct znvme_rpmb_frame *answer_of(struct host *host)
{
	return (void *)page_addr(host, HOST_DATA + 2);
}

static uint8_t *data_of(struct znvme_rpmb_frame *frame)
{
	return (uint8_t *)(frame + 1);
}

static uint16_t command(struct host *host, uint8_t opcode, uint32_t cdw10, uint32_t len,
			unsigned page)
{
	struct znvme_sqe cmd = admin_command(opcode, 0, cdw10, len, page);

	cmd.dptr.prp.prp2 = page_iova(page + 1);
	return host_exec(host, 0, &cmd);
}

static uint16_t send(struct host *host, uint32_t len)
{
	return command(host, ZNVME_ADM_SECURITY_SEND, 0xea000100 | request_of(host)->target, len,
		       HOST_DATA);
}

static uint16_t receive(struct host *host, uint32_t len)
{
	memset(answer_of(host), 0xa5, 2 * PAGE);
	return command(host, ZNVME_ADM_SECURITY_RECV, 0xea000100 | request_of(host)->target, len,
		       HOST_DATA + 2);
}

static void begin(struct host *host, uint16_t type, uint8_t target)
{
	memset(request_of(host), 0, 2 * PAGE);
	request_of(host)->type = type;
	request_of(host)->target = target;
}

static void sign(struct host *host, const uint8_t *by, uint32_t len)
{
	struct znvme_rpmb_frame *frame = request_of(host);

	hash_hmac_sha256(by, 32, &frame->target, len - 223, frame->mac);
}

static bool authentic(struct host *host, const uint8_t *by, uint32_t len)
{
	struct znvme_rpmb_frame *frame = answer_of(host);
	uint8_t mac[32];

	hash_hmac_sha256(by, 32, &frame->target, len - 223, mac);
	return !memcmp(mac, frame->mac, 32);
}

/* Send, ask for the result, get it: the result. */
static uint16_t result_of(struct host *host, uint32_t len)
{
	struct znvme_rpmb_frame result;
	uint8_t target = request_of(host)->target;
	uint16_t type = request_of(host)->type;

	assert_int_equal(send(host, len), 0);
	memcpy(&result, request_of(host), sizeof(result));
	memset(request_of(host), 0, FRAME);
	request_of(host)->type = ZNVME_RPMB_READ_RESULT;
	request_of(host)->target = target;
	assert_int_equal(send(host, FRAME), 0);
	memcpy(request_of(host), &result, sizeof(result));
	assert_int_equal(receive(host, FRAME), 0);
	assert_int_equal(answer_of(host)->type, type << 8);
	assert_int_equal(answer_of(host)->target, target);
	return answer_of(host)->result;
}

static uint16_t program(struct host *host, uint8_t target, const uint8_t *with)
{
	begin(host, ZNVME_RPMB_PROGRAM_KEY, target);
	memcpy(request_of(host)->mac, with, 32);
	return result_of(host, FRAME);
}

/* A write of `sectors` from `address` on, each byte `byte`, but for what the caller changes. */
static uint32_t prepare(struct host *host, uint8_t target, uint32_t counter, uint32_t address,
			uint32_t sectors, uint8_t byte)
{
	begin(host, ZNVME_RPMB_WRITE_DATA, target);
	request_of(host)->counter = counter;
	request_of(host)->address = address;
	request_of(host)->sectors = sectors;
	if (sectors <= 8)
		memset(data_of(request_of(host)), byte, sectors * 512);
	return FRAME + (sectors <= 8 ? sectors : 8) * 512;
}

static uint16_t write_data(struct host *host, uint8_t target, uint32_t counter, uint32_t address,
			   uint32_t sectors, uint8_t byte)
{
	uint32_t len = prepare(host, target, counter, address, sectors, byte);

	sign(host, key, len);
	return result_of(host, len);
}

/* The answer to a read, its result returned. */
static uint16_t read_data(struct host *host, uint8_t target, uint32_t address, uint32_t sectors)
{
	uint32_t len = FRAME + (sectors <= 8 ? sectors : 0) * 512;

	begin(host, ZNVME_RPMB_READ_DATA, target);
	fill(request_of(host)->nonce, 16, address + 1);
	request_of(host)->address = address;
	request_of(host)->sectors = sectors;
	assert_int_equal(send(host, FRAME), 0);
	assert_int_equal(receive(host, len), 0);
	assert_int_equal(answer_of(host)->type, 0x0400);
	assert_memory_equal(answer_of(host)->nonce, request_of(host)->nonce, 16);
	assert_int_equal(answer_of(host)->address,
			 answer_of(host)->result == ZNVME_RPMB_NO_KEY ? 0 : address);
	if (!answer_of(host)->result)
		assert_true(authentic(host, key, len));
	return answer_of(host)->result;
}

static uint32_t counter_of(struct host *host, uint8_t target)
{
	begin(host, ZNVME_RPMB_READ_COUNTER, target);
	fill(request_of(host)->nonce, 16, target + 99u);
	assert_int_equal(send(host, FRAME), 0);
	assert_int_equal(receive(host, FRAME), 0);
	assert_int_equal(answer_of(host)->type, 0x0200);
	assert_int_equal(answer_of(host)->result, 0);
	assert_memory_equal(answer_of(host)->nonce, request_of(host)->nonce, 16);
	assert_true(authentic(host, key, FRAME));
	return answer_of(host)->counter;
}

static void identify(void **state)
{
	const struct znvme_id_ctrl *id;
	struct host host;

	(void)state;
	host_start(&host, "rpmb=3,rpmb_size=512K,boot=128K");
	id = (const void *)page_addr(&host, HOST_DATA);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_int_equal(id->rpmbs, 3 | 3u << 16 | 7u << 24);
	assert_int_equal(id->bpcap, 6);
	assert_int_equal(host_admin(&host, ZNVME_ADM_SECURITY_RECV, 0, 0, 16, NULL), 0);
	assert_memory_equal(id, "\0\0\0\0\0\0\0\3\0\xea\xf0\0\0\0\0\0", 16);
	host_close(&host);
	host_start(&host, "");
	id = (const void *)page_addr(&host, HOST_DATA);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_int_equal(id->rpmbs, 0);
	begin(&host, ZNVME_RPMB_READ_COUNTER, 0);
	assert_int_equal(send(&host, FRAME), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(receive(&host, FRAME), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
	assert_int_equal(znvme_sim_create("rpmb=8", &host.dev), -EINVAL);
	assert_int_equal(znvme_sim_create("rpmb=1,rpmb_size=64K", &host.dev), -EINVAL);
	assert_int_equal(znvme_sim_create("rpmb=1,rpmb_size=132K", &host.dev), -EINVAL);
	assert_int_equal(znvme_sim_create("rpmb=1,rpmb_size=33M", &host.dev), -EINVAL);
}

/* Once, and until then there is no other result. */
static void the_key(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "rpmb=2");
	assert_int_equal(write_data(&host, 0, 0, 0, 1, 1), ZNVME_RPMB_NO_KEY);
	assert_int_equal(read_data(&host, 0, 0, 1), ZNVME_RPMB_NO_KEY);
	assert_int_equal(program(&host, 0, key), ZNVME_RPMB_OK);
	assert_int_equal(program(&host, 0, other_key), ZNVME_RPMB_GENERAL_FAILURE);
	assert_int_equal(counter_of(&host, 0), 0);
	assert_int_equal(read_data(&host, 1, 0, 1), ZNVME_RPMB_NO_KEY);
	assert_int_equal(program(&host, 1, other_key), ZNVME_RPMB_OK);
	host_close(&host);
}

static void data(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "rpmb=2");
	program(&host, 0, key);
	program(&host, 1, key);
	assert_int_equal(write_data(&host, 0, 0, 3, 8, 0x11), ZNVME_RPMB_OK);
	assert_true(authentic(&host, key, FRAME));
	assert_int_equal(answer_of(&host)->counter, 1);
	assert_int_equal(answer_of(&host)->address, 3);
	assert_int_equal(write_data(&host, 0, 1, 255, 1, 0x22), ZNVME_RPMB_OK);
	assert_int_equal(counter_of(&host, 0), 2);
	assert_int_equal(counter_of(&host, 1), 0);
	assert_int_equal(read_data(&host, 0, 2, 8), ZNVME_RPMB_OK);
	assert_int_equal(answer_of(&host)->sectors, 8);
	assert_int_equal(data_of(answer_of(&host))[511], 0);
	assert_int_equal(data_of(answer_of(&host))[512], 0x11);
	assert_int_equal(data_of(answer_of(&host))[4095], 0x11);
	assert_int_equal(read_data(&host, 0, 255, 1), ZNVME_RPMB_OK);
	assert_int_equal(data_of(answer_of(&host))[0], 0x22);
	assert_int_equal(read_data(&host, 1, 255, 1), ZNVME_RPMB_OK);
	assert_int_equal(data_of(answer_of(&host))[0], 0);
	/* Where it ends, and what goes in one access. */
	assert_int_equal(read_data(&host, 0, 256, 1), ZNVME_RPMB_ADDRESS_FAILURE);
	assert_int_equal(read_data(&host, 0, 255, 2), ZNVME_RPMB_ADDRESS_FAILURE);
	assert_int_equal(read_data(&host, 0, UINT32_MAX, 1), ZNVME_RPMB_ADDRESS_FAILURE);
	assert_int_equal(read_data(&host, 0, 0, 9), ZNVME_RPMB_GENERAL_FAILURE);
	assert_int_equal(read_data(&host, 0, 0, 0), ZNVME_RPMB_GENERAL_FAILURE);
	assert_int_equal(write_data(&host, 0, 2, 256, 1, 3), ZNVME_RPMB_ADDRESS_FAILURE);
	assert_int_equal(write_data(&host, 0, 2, 255, 2, 3), ZNVME_RPMB_ADDRESS_FAILURE);
	assert_int_equal(write_data(&host, 0, 2, 0, 9, 3), ZNVME_RPMB_GENERAL_FAILURE);
	assert_int_equal(write_data(&host, 0, 2, 0, 0, 3), ZNVME_RPMB_GENERAL_FAILURE);
	assert_int_equal(counter_of(&host, 0), 2);
	host_close(&host);
}

static void forged(void **state)
{
	struct host host;
	uint32_t len;

	(void)state;
	host_start(&host, "rpmb=2");
	program(&host, 0, key);
	program(&host, 1, key);
	len = prepare(&host, 0, 0, 0, 1, 0x33);
	sign(&host, other_key, len);
	assert_int_equal(result_of(&host, len), ZNVME_RPMB_AUTHENTICATION_FAILURE);
	assert_true(authentic(&host, key, FRAME));
	sign(&host, key, len);
	data_of(request_of(&host))[511] ^= 1;
	assert_int_equal(result_of(&host, len), ZNVME_RPMB_AUTHENTICATION_FAILURE);
	data_of(request_of(&host))[511] ^= 1;
	assert_int_equal(result_of(&host, len), ZNVME_RPMB_OK);
	/* The same frame again; a counter ahead; a frame for another target. */
	assert_int_equal(result_of(&host, len), ZNVME_RPMB_COUNTER_FAILURE);
	assert_int_equal(write_data(&host, 0, 2, 0, 1, 0x44), ZNVME_RPMB_COUNTER_FAILURE);
	len = prepare(&host, 0, 0, 0, 1, 0x44);
	sign(&host, key, len);
	request_of(&host)->target = 1;
	assert_int_equal(result_of(&host, len), ZNVME_RPMB_AUTHENTICATION_FAILURE);
	assert_int_equal(read_data(&host, 0, 0, 1), ZNVME_RPMB_OK);
	assert_int_equal(data_of(answer_of(&host))[0], 0x33);
	assert_int_equal(counter_of(&host, 0), 1);
	host_close(&host);
}

static void no_such_command(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "rpmb=2");
	begin(&host, ZNVME_RPMB_READ_RESULT, 0);
	assert_int_equal(send(&host, FRAME), ZNVME_SC_SEQUENCE); /* of what? */
	assert_int_equal(receive(&host, FRAME), ZNVME_SC_SEQUENCE);
	begin(&host, ZNVME_RPMB_READ_COUNTER, 2);
	assert_int_equal(send(&host, FRAME), ZNVME_SC_INVALID_FIELD);
	begin(&host, ZNVME_RPMB_READ_COUNTER, 1);
	assert_int_equal(command(&host, ZNVME_ADM_SECURITY_SEND, 0xea000100, FRAME, HOST_DATA),
			 ZNVME_SC_INVALID_FIELD); /* NSSF is another */
	assert_int_equal(command(&host, ZNVME_ADM_SECURITY_SEND, 0xea000201, FRAME, HOST_DATA),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(send(&host, FRAME - 4), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(send(&host, FRAME + 9 * 512), ZNVME_SC_INVALID_FIELD);
	begin(&host, 8, 0);
	assert_int_equal(send(&host, FRAME), ZNVME_SC_INVALID_FIELD);
	begin(&host, 0, 0);
	assert_int_equal(send(&host, FRAME), ZNVME_SC_INVALID_FIELD);
	/* A reset forgets answers. */
	program(&host, 0, key);
	assert_int_equal(receive(&host, FRAME), 0);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	assert_int_equal(receive(&host, FRAME), ZNVME_SC_SEQUENCE);
	host_close(&host);
}

/* ---- the Device Configuration Block -------------------------------------------------------- */

static uint16_t write_config(struct host *host, uint32_t counter, uint8_t bppee, uint8_t bpls,
			     uint8_t wpc)
{
	begin(host, ZNVME_RPMB_WRITE_CONFIG, 0);
	request_of(host)->counter = counter;
	request_of(host)->sectors = 1;
	data_of(request_of(host))[0] = bppee;
	data_of(request_of(host))[1] = bpls;
	data_of(request_of(host))[2] = wpc;
	sign(host, key, FRAME + 512);
	return result_of(host, FRAME + 512);
}

static const struct znvme_rpmb_config *read_config(struct host *host)
{
	begin(host, ZNVME_RPMB_READ_CONFIG, 0);
	request_of(host)->sectors = 1;
	request_of(host)->nonce[0] = 1;
	assert_int_equal(send(host, FRAME), 0);
	assert_int_equal(receive(host, FRAME + 512), 0);
	assert_int_equal(answer_of(host)->type, 0x0700);
	assert_int_equal(answer_of(host)->result, 0);
	assert_int_equal(answer_of(host)->nonce[0], 1);
	assert_true(authentic(host, key, FRAME + 512));
	return (const void *)data_of(answer_of(host));
}

#define PROTECT(bp0, bp1) ((bp0) | (bp1) << 3)

static uint16_t set_protect(struct host *host, uint32_t value)
{
	return host_admin(host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_BP_WRITE_PROTECT, value,
			  NULL);
}

static uint32_t get_protect(struct host *host)
{
	uint32_t value;

	assert_int_equal(
		host_admin(host, ZNVME_ADM_GET_FEATURES, 0, ZNVME_FEAT_BP_WRITE_PROTECT, 0, &value),
		0);
	return value;
}

/* Write to a boot partition: a status. */
static uint16_t write_boot(struct host *host, unsigned bpid)
{
	assert_int_equal(host_admin(host, ZNVME_ADM_FW_DOWNLOAD, 0, 1023, 0, NULL), 0);
	return host_admin(host, ZNVME_ADM_FW_COMMIT, 0, 6u << 3 | bpid << 31, 0, NULL);
}

static void configuration(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "rpmb=2,boot=128K");
	program(&host, 0, key);
	program(&host, 1, key);
	assert_int_equal(read_config(&host)->bppee, 0);
	assert_int_equal(write_config(&host, 0, 2, 0, 0), ZNVME_RPMB_INVALID_CONFIG);
	assert_int_equal(write_config(&host, 0, 0, 1, 0), ZNVME_RPMB_INVALID_CONFIG);
	assert_int_equal(write_config(&host, 0, 1, 4, 0), ZNVME_RPMB_INVALID_CONFIG);
	assert_int_equal(write_config(&host, 0, 0, 0, 1), ZNVME_RPMB_INVALID_CONFIG);
	assert_int_equal(write_config(&host, 1, 1, 3, 0), ZNVME_RPMB_COUNTER_FAILURE);
	/* Its counter is its own. */
	assert_int_equal(write_data(&host, 0, 0, 0, 1, 1), ZNVME_RPMB_OK);
	assert_int_equal(write_config(&host, 0, 0, 0, 0), ZNVME_RPMB_OK);
	assert_int_equal(answer_of(&host)->counter, 1);
	assert_int_equal(write_config(&host, 0, 0, 0, 0), ZNVME_RPMB_COUNTER_FAILURE);
	data_of(request_of(&host))[0] = 1;
	assert_int_equal(result_of(&host, FRAME + 512), ZNVME_RPMB_AUTHENTICATION_FAILURE);
	assert_int_equal(counter_of(&host, 0), 1);
	read_config(&host);
	assert_int_equal(answer_of(&host)->counter, 1);
	/* Of target 0 only. */
	begin(&host, ZNVME_RPMB_READ_CONFIG, 1);
	request_of(&host)->sectors = 1;
	assert_int_equal(result_of(&host, FRAME), ZNVME_RPMB_INVALID_CONFIG);
	begin(&host, ZNVME_RPMB_WRITE_CONFIG, 1);
	request_of(&host)->sectors = 1;
	assert_int_equal(result_of(&host, FRAME + 512), ZNVME_RPMB_INVALID_CONFIG);
	host_close(&host);
	host_start(&host, "rpmb=1");
	program(&host, 0, key);
	assert_int_equal(write_config(&host, 0, 1, 3, 0), ZNVME_RPMB_INVALID_CONFIG); /* of what? */
	host_close(&host);
}

static void boot_partitions(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "rpmb=1,boot=128K");
	program(&host, 0, key);
	/* No way around what is locked until the next power cycle. */
	assert_int_equal(set_protect(&host, PROTECT(1, 2)), 0);
	assert_int_equal(write_boot(&host, 0), 0);
	assert_int_equal(set_protect(&host, PROTECT(2, 3)), 0);
	assert_int_equal(write_config(&host, 0, 1, 0, 0), ZNVME_RPMB_INVALID_CONFIG);
	host_close(&host);
	host_start(&host, "rpmb=1,boot=128K");
	program(&host, 0, key);
	assert_int_equal(write_boot(&host, 1), ZNVME_SC_BOOT_PARTITION_LOCKED);
	assert_int_equal(write_config(&host, 0, 1, 1, 0), ZNVME_RPMB_OK);
	assert_int_equal(write_boot(&host, 1), 0);
	assert_int_equal(write_boot(&host, 0), ZNVME_SC_BOOT_PARTITION_LOCKED);
	/* The feature has no say any more. */
	assert_int_equal(get_protect(&host), PROTECT(4, 4));
	assert_int_equal(set_protect(&host, PROTECT(1, 1)), ZNVME_SC_FEATURE_NOT_CHANGEABLE);
	/* For good; a reset locks what was unlocked. */
	assert_int_equal(write_config(&host, 1, 0, 0, 0), ZNVME_RPMB_INVALID_CONFIG);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	assert_int_equal(read_config(&host)->bpls, 3);
	assert_int_equal(write_boot(&host, 1), ZNVME_SC_BOOT_PARTITION_LOCKED);
	assert_int_equal(write_config(&host, 1, 1, 0, 0), ZNVME_RPMB_OK);
	assert_int_equal(write_boot(&host, 0), 0);
	host_close(&host);
}

static void kept_in_a_file(void **state)
{
	char path[] = "/tmp/znvme-rpmb-XXXXXX", beside[64], options[160];
	struct znvme_device *second;
	int fd = mkstemp(path);
	struct host host;
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	snprintf(beside, sizeof(beside), "%s.rpmb", path);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(options, sizeof(options), "size=1M,boot=128K,rpmb=2,%s=%s",
			 i ? "state" : "file", path);
		if (i)
			unlink(path); /* and what is beside: the state is another's */
		host_start(&host, options);
		assert_int_equal(program(&host, 1, key), 0);
		assert_int_equal(program(&host, 0, key), 0);
		assert_int_equal(write_data(&host, 1, 0, 200, 2, 0x77), 0);
		assert_int_equal(write_config(&host, 0, 1, 0, 0), 0);
		assert_int_equal(znvme_sim_create(options, &second), -EBUSY);
		host_close(&host);
		host_start(&host, options);
		assert_int_equal(program(&host, 1, key), ZNVME_RPMB_GENERAL_FAILURE);
		assert_int_equal(counter_of(&host, 1), 1);
		assert_int_equal(counter_of(&host, 0), 0);
		assert_int_equal(read_data(&host, 1, 201, 1), 0);
		assert_int_equal(data_of(answer_of(&host))[511], 0x77);
		assert_int_equal(read_config(&host)->bppee, 1);
		assert_int_equal(read_config(&host)->bpls, 3); /* after a power cycle */
		assert_int_equal(write_boot(&host, 0), ZNVME_SC_BOOT_PARTITION_LOCKED);
		host_close(&host);
		assert_int_equal(stat(beside, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		snprintf(options + strlen(options), 32, ",rpmb_size=256K");
		assert_int_equal(znvme_sim_create(options, &host.dev), -EINVAL);
		assert_non_null(strstr(znvme_errmsg(), beside));
		unlink(beside);
	}
	close(fd);
	unlink(path);
}

static void read_only(void **state)
{
	char path[] = "/tmp/znvme-rpmb-XXXXXX", beside[64], options[160];
	int fd = mkstemp(path);
	struct host host;

	(void)state;
	assert_true(fd >= 0);
	snprintf(beside, sizeof(beside), "%s.rpmb", path);
	snprintf(options, sizeof(options), "size=1M,rpmb=1,file=%s", path);
	host_start(&host, options);
	program(&host, 0, key);
	write_data(&host, 0, 0, 0, 1, 0x55);
	host_close(&host);
	snprintf(options + strlen(options), 32, ",readonly=1");
	host_start(&host, options);
	assert_int_equal(read_data(&host, 0, 0, 1), 0);
	assert_int_equal(data_of(answer_of(&host))[0], 0x55);
	assert_int_equal(write_data(&host, 0, 1, 0, 1, 0x66), ZNVME_RPMB_WRITE_FAILURE);
	assert_int_equal(write_config(&host, 0, 0, 0, 0), ZNVME_RPMB_WRITE_FAILURE);
	assert_int_equal(counter_of(&host, 0), 1);
	host_close(&host);
	unlink(beside);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identify),
		cmocka_unit_test(the_key),
		cmocka_unit_test(data),
		cmocka_unit_test(forged),
		cmocka_unit_test(no_such_command),
		cmocka_unit_test(configuration),
		cmocka_unit_test(boot_partitions),
		cmocka_unit_test(kept_in_a_file),
		cmocka_unit_test(read_only),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
