// SPDX-License-Identifier: MIT
/*
 * The constructors of admin commands (<znvme/admin.h>), field by field: what the specification's
 * figures say, in numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "znvme/admin.h"

/* The command has these dwords, and nothing else but opcode and namespace. */
static void check(struct znvme_sqe sqe, uint8_t opcode, uint32_t nsid, uint32_t cdw10,
		  uint32_t cdw11, uint32_t cdw12)
{
	const struct znvme_sqe expected = {
		.opcode = opcode,
		.nsid = nsid,
		.cdw10 = cdw10,
		.cdw11 = cdw11,
		.cdw12 = cdw12,
	};

	assert_memory_equal(&sqe, &expected, sizeof(sqe));
}

static void test_namespaces(void **state)
{
	(void)state;
	check(znvme_admin_create_ns(ZNVME_CSI_ZNS), 0x0d, 0, 0, 2u << 24, 0);
	check(znvme_admin_delete_ns(7), 0x0d, 7, 1, 0, 0);
	check(znvme_admin_attach_ns(3, ZNVME_NS_ATTACH), 0x15, 3, 0, 0, 0);
	check(znvme_admin_attach_ns(3, ZNVME_NS_DETACH), 0x15, 3, 1, 0, 0);
}

static void test_format(void **state)
{
	struct znvme_format_args args = {.nsid = 1};

	(void)state;
	check(znvme_admin_format(&args), 0x80, 1, 0, 0, 0);
	args = (struct znvme_format_args){
		.nsid = ZNVME_NSID_ALL,
		.lbaf = 0x25, /* 37: upper bits 2, lower 5 */
		.ses = ZNVME_SES_CRYPTO,
		.pi = 3,
		.pi_first = true,
		.metadata_extended = true,
	};
	check(znvme_admin_format(&args), 0x80, 0xffffffff,
	      2u << 12 | 2u << 9 | 1u << 8 | 3u << 5 | 1u << 4 | 5u, 0, 0);
}

static void test_sanitize(void **state)
{
	struct znvme_sanitize_args args = {.action = ZNVME_SANITIZE_BLOCK_ERASE, .pattern = 5};

	(void)state;
	check(znvme_admin_sanitize(&args), 0x84, 0, 2, 0, 0);
	args = (struct znvme_sanitize_args){
		.action = ZNVME_SANITIZE_OVERWRITE,
		.unrestricted_exit = true,
		.no_deallocate = true,
		.passes = 16,
		.invert = true,
		.pattern = 0xdeadbeef,
	};
	check(znvme_admin_sanitize(&args), 0x84, 0, 1u << 9 | 1u << 8 | 0u << 4 | 1u << 3 | 3u,
	      0xdeadbeef, 0); /* 16 passes are written as 0 */
	args.passes = 0;
	check(znvme_admin_sanitize(&args), 0x84, 0, 1u << 9 | 1u << 8 | 1u << 4 | 1u << 3 | 3u,
	      0xdeadbeef, 0);
	args = (struct znvme_sanitize_args){.action = ZNVME_SANITIZE_CRYPTO_ERASE, .verify = true};
	check(znvme_admin_sanitize(&args), 0x84, 0, 1u << 10 | 4u, 0, 0);
}

static void test_firmware(void **state)
{
	(void)state;
	check(znvme_admin_fw_download(8192, 4096), 0x11, 0, 1023, 2048, 0);
	check(znvme_admin_fw_download(0, 4), 0x11, 0, 0, 0, 0);
	check(znvme_admin_fw_commit(3, ZNVME_FW_ACTIVATE_NOW, 0), 0x10, 0, 3u << 3 | 3u, 0, 0);
	check(znvme_admin_fw_commit(0, ZNVME_FW_REPLACE_BOOT, 1), 0x10, 0, 1u << 31 | 6u << 3, 0,
	      0);
}

static void test_others(void **state)
{
	struct znvme_sqe sqe;

	(void)state;
	check(znvme_admin_self_test(2, ZNVME_SELF_TEST_VENDOR), 0x14, 2, 0xe, 0, 0);
	check(znvme_admin_security(ZNVME_ADM_SECURITY_RECV, 0, 0xea, 0x1234, 0x56, 512), 0x82, 0,
	      0xea123456, 512, 0);
	check(znvme_admin_directive(ZNVME_ADM_DIRECTIVE_SEND, 1, 0, 1, 0, 0x101, 0), 0x19, 1, 0, 1,
	      0x101);
	check(znvme_admin_directive(ZNVME_ADM_DIRECTIVE_RECV, 1, 1, 2, 0xabcd, 0, 4096), 0x1a, 1,
	      1023, 0xabcd0102, 0);
	check(znvme_admin_virt_mgmt(9, ZNVME_VIRT_SECONDARY_ASSIGN, 1, 4), 0x1c, 0,
	      9u << 16 | 1u << 8 | 8u, 4, 0);
	check(znvme_admin_capacity(ZNVME_CAPACITY_CREATE_NVM_SET, 2, 0x100000002ull), 0x20, 0,
	      2u << 16 | 3u, 2, 1);
	sqe = znvme_admin_lockdown(ZNVME_LOCKDOWN_FEATURES, 0x0c, true, 2, 5);
	assert_int_equal(sqe.opcode, 0x24);
	assert_int_equal(sqe.cdw10, 0x0cu << 8 | 2u << 5 | 1u << 4 | 2u);
	assert_int_equal(sqe.cdw14, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_namespaces), cmocka_unit_test(test_format),
		cmocka_unit_test(test_sanitize),   cmocka_unit_test(test_firmware),
		cmocka_unit_test(test_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
