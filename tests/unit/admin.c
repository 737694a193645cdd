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
#include "znvme/lm.h"

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

/* A command with dwords 13 to 15. */
static void check_long(struct znvme_sqe sqe, uint8_t opcode, const uint32_t dw[6])
{
	struct znvme_sqe expected = {.opcode = opcode};

	memcpy(&expected.cdw10, dw, 6 * sizeof(dw[0]));
	assert_memory_equal(&sqe, &expected, sizeof(sqe));
}

static void test_migration(void **state)
{
	const struct znvme_ctrl_state_args args = {
		.cntlid = 0x1234, .csvi = 0x56, .csuuidi = 0x78, .csuidxp = 0x9a, .uidx = 0x11};

	(void)state;
	check(znvme_admin_delete_cdq(0x1234), 0x45, 0, 1, 0x1234, 0);
	check(znvme_admin_track_user_data(0x1234, ZNVME_TRACK_START), 0x3d, 0, 0x10000, 0x1234, 0);
	check(znvme_admin_track_user_data(0x1234, ZNVME_TRACK_STOP), 0x3d, 0, 0, 0x1234, 0);
	check(znvme_admin_suspend(0x1234, ZNVME_SUSPEND_NOW, true), 0x41, 0, 0, 0x80011234, 0);
	check(znvme_admin_suspend(0x1234, ZNVME_SUSPEND_NOTIFY, false), 0x41, 0, 0, 0x1234, 0);
	check(znvme_admin_resume(0x1234), 0x41, 0, 1, 0x1234, 0);
	check_long(znvme_admin_get_state(&args, 0x1122334455667788, 4096), 0x42,
		   (uint32_t[6]){0x560000, 0x9a781234, 0x55667788, 0x11223344, 0x11, 1023});
	check_long(znvme_admin_set_state(&args, ZNVME_STATE_LAST, 0x1122334455667788, 4096), 0x41,
		   (uint32_t[6]){0x20002, 0x78561234, 0x55667788, 0x11223344, 0x11, 1024});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_namespaces), cmocka_unit_test(test_format),
		cmocka_unit_test(test_sanitize),   cmocka_unit_test(test_firmware),
		cmocka_unit_test(test_others),	   cmocka_unit_test(test_migration),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
