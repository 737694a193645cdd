// SPDX-License-Identifier: MIT
/*
 * Features, security and boot partitions of the simulator (Base 2.1, sections 5.1.11, 5.1.25 and
 * 8.1): values that are current, default and saved, and what setting them does.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests.h"

static void open_with(struct test *t, const char *options)
{
	test_open_with(t, test_address(t, options), NULL);
}

/* Default, saved, current and capabilities of each feature there is. */
static void all_features(struct test *t)
{
	static const uint8_t of_namespaces[] = {
		ZNVME_FEAT_LBA_RANGE,	   ZNVME_FEAT_ERROR_RECOVERY, ZNVME_FEAT_FDP_EVENTS,
		ZNVME_FEAT_NS_ADMIN_LABEL, ZNVME_FEAT_NS_METADATA,    ZNVME_FEAT_RESV_NOTIFY,
		ZNVME_FEAT_RESV_PERSIST,   ZNVME_FEAT_WRITE_PROTECT,
	};
	/* CDW11 has an NVM set, an endurance group, or EXHID. */
	static const uint8_t of_sets[] = {
		ZNVME_FEAT_RRL,	       ZNVME_FEAT_PLM_CONFIG,
		ZNVME_FEAT_PLM_WINDOW, ZNVME_FEAT_ENDURANCE_EVENT,
		ZNVME_FEAT_FDP,	       ZNVME_FEAT_HOST_ID,
	};
	static uint8_t data[4096];
	struct znvme_feature_effects_log effects;
	struct znvme_get_log_args log = {.lid = ZNVME_LOG_FEATURE_EFFECTS};
	unsigned nr = 0;

	open_with(t, "boot=128K,with=plm+rotational+perfc");
	CHECK_OK(znvme_get_log(t->ctrl, &log, &effects, sizeof(effects)));
	for (unsigned fid = 0; fid < 256; fid++) {
		struct znvme_feature_args args = {.fid = (uint8_t)fid, .nsid = 0};
		bool has = effects.fid_support[fid] & ZNVME_FEATURE_EFFECTS_FSUPP;
		uint32_t caps;

		if (memchr(of_namespaces, (int)fid, sizeof(of_namespaces)))
			args.nsid = t->ns->nsid;
		if (memchr(of_sets, (int)fid, sizeof(of_sets)))
			args.cdw11 = 1;
		for (args.sel = 0; args.sel < 3; args.sel++)
			CHECK_EQ(!znvme_get_feature(t->ctrl, &args, data, sizeof(data), NULL), has);
		args.sel = ZNVME_FEAT_SEL_SUPPORTED;
		CHECK_EQ(!znvme_get_feature(t->ctrl, &args, NULL, 0, &caps), has);
		nr += has;
	}
	CHECK(nr >= 36);
	CHECK_EQ(effects.fid_support[ZNVME_FEAT_PERFORMANCE] >> 20, ZNVME_EFFECTS_SCOPE_NSS);
	CHECK_EQ(effects.fid_support[ZNVME_FEAT_WRITE_PROTECT] >> 20, ZNVME_EFFECTS_SCOPE_NS);
	CHECK_EQ(effects.fid_support[ZNVME_FEAT_RRL] >> 20, ZNVME_EFFECTS_SCOPE_NVMSET);
	CHECK_EQ(effects.fid_support[ZNVME_FEAT_KEEP_ALIVE] >> 20, ZNVME_EFFECTS_SCOPE_CTRL);
}

static void power_transitions(struct test *t)
{
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_APST, .cdw11 = ZNVME_FEAT_APST_APSTE};
	struct znvme_apst_table table = {{0}}, back;
	uint32_t on;

	test_open(t);
	table.apst_entry[0] = table.apst_entry[1] =
		znvme_field_put(ZNVME_APST_ITPS, 2) | znvme_field_put(ZNVME_APST_ITPT, 100);
	CHECK_OK(znvme_set_feature(t->ctrl, &args, &table, sizeof(table), NULL));
	CHECK_OK(znvme_get_feature(t->ctrl, &args, &back, sizeof(back), &on));
	CHECK_EQ(on, ZNVME_FEAT_APST_APSTE);
	CHECK(!memcmp(&table, &back, sizeof(table)));
	CHECK_OK(znvme_reset(t->ctrl)); /* the driver sets it again */
	CHECK_OK(znvme_get_feature(t->ctrl, &args, &back, sizeof(back), &on));
	CHECK(!memcmp(&table, &back, sizeof(table)));
	table.apst_entry[0] =
		znvme_field_put(ZNVME_APST_ITPS, 1) | znvme_field_put(ZNVME_APST_ITPT, 100);
	CHECK_STATUS(znvme_set_feature(t->ctrl, &args, &table, sizeof(table), NULL),
		     ZNVME_SC_INVALID_FIELD); /* that one is operational */
}

static void security_loops_back(struct test *t)
{
	char data[1000], back[1000];
	struct znvme_sqe cmd;

	test_open(t);
	fill_pattern(data, sizeof(data), 1);
	cmd = znvme_admin_security(ZNVME_ADM_SECURITY_SEND, 0, 0xf0, 0, 0, sizeof(data));
	CHECK_OK(znvme_admin(t->ctrl, &cmd, data, sizeof(data), NULL, 0));
	cmd = znvme_admin_security(ZNVME_ADM_SECURITY_RECV, 0, 0xf0, 0, 0, sizeof(back));
	CHECK_OK(znvme_admin(t->ctrl, &cmd, back, sizeof(back), NULL, 0));
	CHECK_PATTERN(back, sizeof(back), 1);
	cmd = znvme_admin_security(ZNVME_ADM_SECURITY_RECV, 0, 0x00, 0, 0, 16);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, back, 16, NULL, 0));
	CHECK_EQ(back[7], 2); /* protocols */
	cmd = znvme_admin_security(ZNVME_ADM_SECURITY_RECV, 0, 0x01, 0, 0, 16);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, back, 16, NULL, 0), ZNVME_SC_INVALID_FIELD);
}

static void lockdown(struct test *t)
{
	struct znvme_feature_args feature = {.fid = ZNVME_FEAT_TEMP_THRESHOLD, .cdw11 = 350};
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_LOCKDOWN,
					  .lsp = 1 << 4 | ZNVME_LOCKDOWN_FEATURES};
	struct znvme_lockdown_log log;
	struct znvme_sqe cmd;

	test_open(t);
	cmd = znvme_admin_lockdown(ZNVME_LOCKDOWN_FEATURES, ZNVME_FEAT_TEMP_THRESHOLD, true, 0, 0);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_STATUS(znvme_set_feature(t->ctrl, &feature, NULL, 0, NULL), ZNVME_SC_LOCKED_DOWN);
	CHECK_OK(znvme_get_log(t->ctrl, &args, &log, sizeof(log)));
	CHECK_EQ(log.lngth, 1);
	CHECK_EQ(log.cfil[0], ZNVME_FEAT_TEMP_THRESHOLD);
	cmd = znvme_admin_lockdown(ZNVME_LOCKDOWN_FEATURES, ZNVME_FEAT_TEMP_THRESHOLD, false, 0, 0);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_OK(znvme_set_feature(t->ctrl, &feature, NULL, 0, NULL));
	cmd = znvme_admin_lockdown(ZNVME_LOCKDOWN_ADMIN, ZNVME_ADM_FORMAT_NVM, true, 0, 0);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	cmd = znvme_admin_sqe(ZNVME_ADM_FORMAT_NVM, 1);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_LOCKED_DOWN);
	cmd = znvme_admin_lockdown(ZNVME_LOCKDOWN_ADMIN, ZNVME_ADM_IDENTIFY, true, 0, 0);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_LOCKDOWN_UNSUPPORTED);
}

static void boot_partitions(struct test *t)
{
	struct znvme_feature_args unlock = {.fid = ZNVME_FEAT_BP_WRITE_PROTECT,
					    .cdw11 = ZNVME_BP_WRITE_PROTECT_UNLOCKED << 3};
	const size_t size = 384 * KIB;
	char *data = malloc(size), *back = calloc(1, size);
	const struct znvme_sqe cmd = znvme_admin_fw_commit(0, ZNVME_FW_REPLACE_BOOT, 1);
	const struct znvme_sqe activate = znvme_admin_fw_commit(0, ZNVME_FW_ACTIVATE_BOOT, 1);

	open_with(t, "boot=384K");
	fill_pattern(data, size, 9);
	CHECK_OK(znvme_fw_download(t->ctrl, data, size, 0, 0, NULL, NULL));
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_BOOT_PARTITION_LOCKED);
	CHECK_OK(znvme_set_feature(t->ctrl, &unlock, NULL, 0, NULL));
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_OK(znvme_admin(t->ctrl, &activate, NULL, 0, NULL, 0));
	CHECK(znvme_reg_read(t->ctrl, ZNVME_REG_BPINFO, 4) & ZNVME_BPINFO_ABPID);
	CHECK_OK(znvme_boot_read(t->ctrl, 1, 0, back, size));
	CHECK_PATTERN(back, size, 9);
	CHECK_OK(znvme_boot_read(t->ctrl, 0, 4096, back, 8192));
	CHECK_BYTES(back, 8192, 0);
	CHECK_RC(znvme_boot_read(t->ctrl, 2, 0, back, 4096), -EINVAL);
	CHECK_RC(znvme_boot_read(t->ctrl, 0, size, back, 4096), -EINVAL);
	CHECK_RC(znvme_boot_read(t->ctrl, 0, 100, back, 4096), -EINVAL);
	free(data);
	free(back);
}

static void no_boot_partitions(struct test *t)
{
	char data[4096];

	test_open(t);
	CHECK_RC(znvme_boot_read(t->ctrl, 0, 0, data, sizeof(data)), -EOPNOTSUPP);
	CHECK_MESSAGE("CAP.BPS");
}

static void virtualization(struct test *t)
{
	struct znvme_secondary_ctrl_list list;
	struct znvme_sqe cmd;
	uint64_t result;

	open_with(t, "with=virt");
	cmd = znvme_admin_virt_mgmt(2, ZNVME_VIRT_SECONDARY_ONLINE, 0, 0);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_INVALID_SEC_CTRL_STATE);
	for (uint8_t kind = 0; kind < 2; kind++) {
		cmd = znvme_admin_virt_mgmt(2, ZNVME_VIRT_SECONDARY_ASSIGN, kind, 5);
		CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, &result, 0));
		CHECK_EQ(result & ZNVME_VIRT_MGMT_NR, 5);
	}
	cmd = znvme_admin_virt_mgmt(3, ZNVME_VIRT_SECONDARY_ASSIGN, 0, 12);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_INVALID_CTRL_RESOURCES);
	cmd = znvme_admin_virt_mgmt(2, ZNVME_VIRT_SECONDARY_ONLINE, 0, 0);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_SECONDARY_CTRL_LIST, 0, 2, 0, 0, &list));
	CHECK_EQ(list.sc_entry[0].scid, 2);
	CHECK_EQ(list.sc_entry[0].nvq, 5);
	CHECK(list.sc_entry[0].scs & ZNVME_SECONDARY_SCS_ONLINE);
}

/* ---- namespace write protection ------------------------------------------------------------ */

static int protect(struct test *t, uint32_t nsid, enum znvme_write_protect state)
{
	const struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_WRITE_PROTECT, .nsid = nsid, .cdw11 = state};

	return znvme_set_feature(t->ctrl, &args, NULL, 0, NULL);
}

static enum znvme_write_protect protection(struct test *t, uint32_t nsid)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_WRITE_PROTECT, .nsid = nsid};
	uint32_t value = 99;

	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &value));
	return (enum znvme_write_protect)value;
}

static bool is_read_only(struct test *t, uint32_t nsid)
{
	const struct znvme_ns *ns;

	CHECK_OK(znvme_ns_get(t->ctrl, nsid, &ns));
	return ns->read_only;
}

static int io(struct test *t, uint32_t nsid, uint8_t opcode, uint32_t cdw11, uint32_t cdw13,
	      uint32_t data_len)
{
	static char data[4096];
	const struct znvme_sqe cmd = {
		.opcode = opcode,
		.nsid = nsid,
		.cdw10 = opcode == ZNVME_KV_LIST && nsid == 3 ? data_len : 0,
		.cdw11 = cdw11,
		.cdw12 = opcode == ZNVME_CMD_ZONE_MGMT_RECV ? data_len / 4 - 1 : 0,
		.cdw13 = cdw13,
	};

	return znvme_io_exec(t->ctrl, &cmd, data_len ? data : NULL, data_len, NULL, 0, NULL, 0);
}

/* Namespace 1 has blocks, 2 has zones, 3 has keys. */
static const struct {
	uint32_t nsid;
	uint8_t opcode;
	uint32_t cdw11, cdw13, data_len;
	bool writes;
} protected_io[] = {
	{1, ZNVME_CMD_WRITE, 0, 0, 512, true},
	{1, ZNVME_CMD_WRITE_UNCORRECTABLE, 0, 0, 0, true},
	{1, ZNVME_CMD_WRITE_ZEROES, 0, 0, 0, true},
	{1, ZNVME_CMD_DSM, ZNVME_DSM_AD, 0, 16, true},
	{1, ZNVME_CMD_COPY, 0, 0, 32, true},
	{1, ZNVME_CMD_READ, 0, 0, 512, false},
	{1, ZNVME_CMD_COMPARE, 0, 0, 512, false},
	{1, ZNVME_CMD_VERIFY, 0, 0, 0, false},
	{1, ZNVME_CMD_FLUSH, 0, 0, 0, false},
	{2, ZNVME_CMD_ZONE_MGMT_SEND, 0, ZNVME_ZONE_OPEN, 0, true},
	{2, ZNVME_CMD_ZONE_APPEND, 0, 0, 512, true},
	{2, ZNVME_CMD_WRITE, 0, 0, 512, true},
	{2, ZNVME_CMD_ZONE_MGMT_RECV, 0, 0, 4096, false},
	{3, ZNVME_KV_STORE, 1, 0, 0, true},
	{3, ZNVME_KV_DELETE, 1, 0, 0, true},
	{3, ZNVME_KV_LIST, 0, 0, 4096, false},
};

static void write_protection(struct test *t)
{
	struct znvme_id_ctrl id;

	open_with(t, "size=1M+16M+1M,zoned=0+1+0,zone_size=4M,kv=0+0+1");
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, &id));
	CHECK_EQ(id.nwpc, ZNVME_CTRL_NWPC_WRITE_PROTECT | ZNVME_CTRL_NWPC_POWER_CYCLE |
				  ZNVME_CTRL_NWPC_PERMANENT);
	for (uint32_t nsid = 1; nsid <= 3; nsid++) {
		CHECK_EQ(protection(t, nsid), ZNVME_WRITE_PROTECT_NONE);
		CHECK(!is_read_only(t, nsid));
	}
	CHECK_OK(protect(t, ZNVME_NSID_ALL, ZNVME_WRITE_PROTECT_ON));
	for (uint32_t nsid = 1; nsid <= 3; nsid++) {
		CHECK_EQ(protection(t, nsid), ZNVME_WRITE_PROTECT_ON);
		CHECK(is_read_only(t, nsid));
	}
	for (size_t i = 0; i < ARRAY_LEN(protected_io); i++) {
		int rc = io(t, protected_io[i].nsid, protected_io[i].opcode, protected_io[i].cdw11,
			    protected_io[i].cdw13, protected_io[i].data_len);

		if (protected_io[i].writes)
			CHECK_STATUS(rc, ZNVME_SC_NS_WRITE_PROTECTED);
		else
			CHECK_OK(rc);
	}
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_EQ(protection(t, 1), ZNVME_WRITE_PROTECT_ON);
	CHECK_OK(protect(t, 1, ZNVME_WRITE_PROTECT_NONE));
	CHECK(!is_read_only(t, 1));
	CHECK_OK(io(t, 1, ZNVME_CMD_WRITE, 0, 0, 512));
	CHECK_STATUS(io(t, 2, ZNVME_CMD_ZONE_APPEND, 0, 0, 512), ZNVME_SC_NS_WRITE_PROTECTED);
}

/* Commands that reach more than one namespace, or take one away. */
static void write_protection_of_management(struct test *t)
{
	const struct znvme_sanitize_args erase = {.action = ZNVME_SANITIZE_BLOCK_ERASE};
	const struct znvme_sqe sanitize = znvme_admin_sanitize(&erase);
	struct znvme_format_args format = {.nsid = 2};
	struct znvme_sqe cmd;

	open_with(t, "ns=2,size=1M");
	CHECK_OK(protect(t, 1, ZNVME_WRITE_PROTECT_ON));
	CHECK_OK(znvme_format(t->ctrl, &format, 0, NULL, NULL));
	format.nsid = 1;
	CHECK_STATUS(znvme_format(t->ctrl, &format, 0, NULL, NULL), ZNVME_SC_NS_WRITE_PROTECTED);
	format.nsid = ZNVME_NSID_ALL;
	CHECK_STATUS(znvme_format(t->ctrl, &format, 0, NULL, NULL), ZNVME_SC_NS_WRITE_PROTECTED);
	CHECK_STATUS(znvme_admin(t->ctrl, &sanitize, NULL, 0, NULL, 0),
		     ZNVME_SC_NS_WRITE_PROTECTED);
	cmd = znvme_admin_delete_ns(ZNVME_NSID_ALL);
	CHECK_STATUS(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0), ZNVME_SC_NS_WRITE_PROTECTED);
	cmd = znvme_admin_delete_ns(2);
	CHECK_OK(znvme_admin(t->ctrl, &cmd, NULL, 0, NULL, 0));
	CHECK_OK(protect(t, 1, ZNVME_WRITE_PROTECT_NONE));
	CHECK_OK(znvme_admin(t->ctrl, &sanitize, NULL, 0, NULL, 0));
}

static void write_protection_that_lasts(struct test *t)
{
	char directory[] = "/tmp/znvme-test-XXXXXX", path[64], options[160];

	CHECK(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/state", directory);
	snprintf(options, sizeof(options), "ns=4,size=4M,state=%s", path);
	open_with(t, options);
	CHECK_OK(protect(t, 1, ZNVME_WRITE_PROTECT_ON));
	CHECK_OK(protect(t, 2, ZNVME_WRITE_PROTECT_POWER_CYCLE));
	CHECK_OK(protect(t, 3, ZNVME_WRITE_PROTECT_PERMANENT));
	CHECK_STATUS(protect(t, 4, (enum znvme_write_protect)4), ZNVME_SC_INVALID_FIELD);
	for (int i = 0; i < 2; i++) {
		CHECK_STATUS(protect(t, 2, ZNVME_WRITE_PROTECT_NONE),
			     ZNVME_SC_FEATURE_NOT_CHANGEABLE);
		CHECK_STATUS(protect(t, 3, ZNVME_WRITE_PROTECT_ON),
			     ZNVME_SC_FEATURE_NOT_CHANGEABLE);
		CHECK_OK(protect(t, 3, ZNVME_WRITE_PROTECT_PERMANENT));
		CHECK_EQ(protection(t, 1), ZNVME_WRITE_PROTECT_ON);
		CHECK_EQ(protection(t, 4), ZNVME_WRITE_PROTECT_NONE);
		test_close(t); /* which is no power cycle */
		open_with(t, options);
	}
	znvme_sim_power_loss(t->sim);
	CHECK_RC(znvme_close(t->ctrl), -ENODEV);
	open_with(t, options);
	CHECK_EQ(protection(t, 1), ZNVME_WRITE_PROTECT_ON);
	CHECK_EQ(protection(t, 2), ZNVME_WRITE_PROTECT_NONE);
	CHECK_EQ(protection(t, 3), ZNVME_WRITE_PROTECT_PERMANENT);
	remove(path);
	strcat(path, ".lock");
	remove(path);
	CHECK_OK(rmdir(directory));
}

/* The option is the same protection, for good. */
static void read_only_simulator(struct test *t)
{
	open_with(t, "readonly=1");
	CHECK_EQ(protection(t, 1), ZNVME_WRITE_PROTECT_ON);
	CHECK(is_read_only(t, 1));
	CHECK_STATUS(protect(t, 1, ZNVME_WRITE_PROTECT_NONE), ZNVME_SC_FEATURE_NOT_CHANGEABLE);
	CHECK_OK(protect(t, 1, ZNVME_WRITE_PROTECT_ON));
}

/* ---- Keep Alive ---------------------------------------------------------------------------- */

/* Long enough that a slow machine sets it anew in time. */
#define SHORT_KATO 1500

static int set_kato(struct test *t, uint32_t ms)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_KEEP_ALIVE, .cdw11 = ms};

	return znvme_set_feature(t->ctrl, &args, NULL, 0, NULL);
}

static uint32_t kato(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_KEEP_ALIVE};
	uint32_t ms = 0;

	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &ms));
	return ms;
}

static void nap(unsigned ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static bool is_fatal(struct test *t)
{
	return znvme_reg_read(t->ctrl, ZNVME_REG_CSTS, 4) & ZNVME_CSTS_CFS;
}

static void wait_fatal(struct test *t)
{
	for (unsigned i = 0; !is_fatal(t) && i < PATIENCE_MS; i++)
		nap(1);
	CHECK(is_fatal(t));
}

static void keep_alive(struct test *t)
{
	struct znvme_id_ctrl id;

	test_open(t);
	CHECK_OK(znvme_keep_alive(t->ctrl)); /* no timer runs */
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, &id));
	CHECK_EQ(id.kas, 1);
	CHECK(!(id.ctratt & ZNVME_CTRL_CTRATT_TBKAS));
	CHECK_OK(set_kato(t, 2950));
	CHECK_EQ(kato(t), 3000); /* rounded up */
	CHECK_STATUS(set_kato(t, UINT32_MAX), ZNVME_SC_KEEP_ALIVE_INVALID);
	for (unsigned i = 0; i < 40; i++) {
		nap(100);
		CHECK_OK(znvme_keep_alive(t->ctrl));
	}
	CHECK(!is_fatal(t));
	CHECK_OK(set_kato(t, 0));
}

static void keep_alive_expires(struct test *t)
{
	const struct znvme_open_options options = {.io_timeout_ms = 300};
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_ERROR};
	struct znvme_error_log_entry entry;
	struct znvme_region *region;
	struct znvme_queue *q;
	struct znvme_event event;

	test_open_with(t, t->address, &options);
	t->faulty = true; /* a doorbell of a controller that has failed */
	q = test_queue(t, 8, 0);
	region = test_region(t, 4096);
	CHECK_OK(set_kato(t, SHORT_KATO));
	wait_fatal(t);
	/* The deadline of a command finds out, and the controller is reset. */
	CHECK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1) < 0);
	CHECK_OK(set_kato(t, 0));
	CHECK_RC(znvme_next_event(t->ctrl, &event), 1);
	CHECK_EQ(event.kind, ZNVME_EVENT_RESET);
	CHECK_OK(test_rw(t, q, ZNVME_CMD_READ, region, region->addr, 0, 1));
	CHECK_OK(znvme_get_log(t->ctrl, &args, &entry, sizeof(entry)));
	CHECK_STATUS(entry.status_field >> 1, ZNVME_SC_KEEP_ALIVE_EXPIRED);
	CHECK_EQ(entry.sqid, 0xffff);
}

/* Where no command finds it, the user does; the timer runs again after the reset. */
static void keep_alive_and_reset(struct test *t)
{
	struct znvme_event event;

	test_open(t);
	CHECK_OK(set_kato(t, SHORT_KATO));
	wait_fatal(t);
	CHECK_RC(znvme_next_event(t->ctrl, &event), 1);
	CHECK_EQ(event.kind, ZNVME_EVENT_FAILED);
	CHECK(znvme_keep_alive(t->ctrl) < 0);
	CHECK_OK(znvme_reset(t->ctrl));
	wait_fatal(t);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(set_kato(t, 0));
	CHECK_OK(znvme_keep_alive(t->ctrl));
}

/* ---- what a host leaves for others --------------------------------------------------------- */

static int set(struct test *t, uint8_t fid, uint32_t cdw11, uint32_t cdw12)
{
	const struct znvme_feature_args args = {.fid = fid, .cdw11 = cdw11, .cdw12 = cdw12};

	return znvme_set_feature(t->ctrl, &args, NULL, 0, NULL);
}

static uint32_t get(struct test *t, uint8_t fid, uint32_t cdw11)
{
	const struct znvme_feature_args args = {.fid = fid, .cdw11 = cdw11};
	uint32_t value = UINT32_MAX;

	CHECK_OK(znvme_get_feature(t->ctrl, &args, NULL, 0, &value));
	return value;
}

static void lba_ranges(struct test *t)
{
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_LBA_RANGE};
	struct znvme_format_args format = {0};
	struct znvme_lba_range_table table, back;
	uint32_t num;

	test_open(t);
	args.nsid = t->ns->nsid;
	CHECK_OK(znvme_get_feature(t->ctrl, &args, &back, sizeof(back), &num));
	CHECK_EQ(num, 0);
	CHECK_EQ(back.entry[0].type, ZNVME_LBA_RANGE_GENERAL);
	CHECK_EQ(back.entry[0].nlb, t->ns->nr_blocks - 1);
	memset(&table, 0, sizeof(table));
	table.entry[0] = (struct znvme_lba_range_entry){
		.type = ZNVME_LBA_RANGE_SWAP, .slba = 100, .nlb = 99};
	table.entry[1] = (struct znvme_lba_range_entry){
		.type = ZNVME_LBA_RANGE_FILESYSTEM, .slba = 0, .nlb = 99};
	args.cdw11 = 1;
	CHECK_OK(znvme_set_feature(t->ctrl, &args, &table, sizeof(table), NULL));
	CHECK_OK(znvme_get_feature(t->ctrl, &args, &back, sizeof(back), &num));
	CHECK_EQ(num, 1);
	CHECK(!memcmp(&table, &back, sizeof(table)));
	table.entry[1].nlb = 100;
	CHECK_STATUS(znvme_set_feature(t->ctrl, &args, &table, sizeof(table), NULL),
		     ZNVME_SC_OVERLAPPING_RANGE);
	table.entry[1].slba = t->ns->nr_blocks - 100;
	CHECK_STATUS(znvme_set_feature(t->ctrl, &args, &table, sizeof(table), NULL),
		     ZNVME_SC_LBA_RANGE);
	args.sel = ZNVME_FEAT_SEL_DEFAULT;
	CHECK_OK(znvme_get_feature(t->ctrl, &args, &back, sizeof(back), &num));
	CHECK_EQ(num, 0);
	args.sel = ZNVME_FEAT_SEL_CURRENT;
	format.nsid = args.nsid;
	CHECK_OK(znvme_format(t->ctrl, &format, 0, NULL, NULL));
	CHECK_OK(znvme_get_feature(t->ctrl, &args, &back, sizeof(back), &num));
	CHECK_EQ(num, 0);
}

static void admin_label(struct test *t)
{
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_NS_ADMIN_LABEL};
	struct znvme_ns_admin_label label = {"the one with the photographs"}, back;

	test_open(t);
	CHECK_STATUS(znvme_set_feature(t->ctrl, &args, &label, sizeof(label), NULL),
		     ZNVME_SC_INVALID_NS);
	args.nsid = t->ns->nsid;
	CHECK_OK(znvme_set_feature(t->ctrl, &args, &label, sizeof(label), NULL));
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(znvme_get_feature(t->ctrl, &args, &back, sizeof(back), NULL));
	CHECK(!memcmp(&label, &back, sizeof(label)));
}

/* Elements of one type and value each, from a text of letter pairs. */
static struct znvme_host_metadata metadata_of(const char *text)
{
	struct znvme_host_metadata data = {.ndesc = 0};
	size_t at = 0;

	for (; *text; text += 2, data.ndesc++) {
		const struct znvme_metadata_element element = {
			.type = (uint8_t)(*text - 'a' + 1), .rev = 0, .len = 1};

		memcpy(&data.descs_buf[at], &element, sizeof(element));
		data.descs_buf[at + sizeof(element)] = (uint8_t)text[1];
		at += sizeof(element) + 1;
	}
	return data;
}

static int set_metadata(struct test *t, uint8_t fid, enum znvme_metadata_action action,
			const char *text)
{
	const struct znvme_feature_args args = {
		.fid = fid,
		.nsid = fid == ZNVME_FEAT_NS_METADATA ? t->ns->nsid : 0,
		.cdw11 = (uint32_t)znvme_field_put(ZNVME_FEAT_METADATA_EA, action)};
	struct znvme_host_metadata data = metadata_of(text);

	return znvme_set_feature(t->ctrl, &args, &data, sizeof(data), NULL);
}

static bool metadata_is(struct test *t, uint8_t fid, const char *text)
{
	const struct znvme_feature_args args = {
		.fid = fid, .nsid = fid == ZNVME_FEAT_NS_METADATA ? t->ns->nsid : 0};
	const struct znvme_host_metadata wanted = metadata_of(text);
	struct znvme_host_metadata data;
	size_t elements = strlen(text) / 2 * (sizeof(struct znvme_metadata_element) + 1);

	CHECK_OK(znvme_get_feature(t->ctrl, &args, &data, sizeof(data), NULL));
	return data.ndesc == wanted.ndesc && !memcmp(data.descs_buf, wanted.descs_buf, elements);
}

static void host_metadata(struct test *t)
{
	static const uint8_t fids[] = {ZNVME_FEAT_ENH_CTRL_METADATA, ZNVME_FEAT_CTRL_METADATA,
				       ZNVME_FEAT_NS_METADATA};

	test_open(t);
	for (size_t i = 0; i < ARRAY_LEN(fids); i++) {
		uint8_t fid = fids[i];

		CHECK(metadata_is(t, fid, ""));
		CHECK_OK(set_metadata(t, fid, ZNVME_METADATA_UPDATE, "a1b2c3"));
		CHECK(metadata_is(t, fid, "a1b2c3"));
		CHECK_OK(set_metadata(t, fid, ZNVME_METADATA_UPDATE, "b4d5"));
		CHECK(metadata_is(t, fid, "a1c3b4d5"));
		CHECK_OK(set_metadata(t, fid, ZNVME_METADATA_DELETE, "a0d0e0"));
		CHECK(metadata_is(t, fid, "c3b4"));
	}
	CHECK_OK(set_metadata(t, fids[0], ZNVME_METADATA_ADD, "c6"));
	CHECK(metadata_is(t, fids[0], "c3b4c6"));
	CHECK_OK(set_metadata(t, fids[0], ZNVME_METADATA_DELETE, "c0"));
	CHECK(metadata_is(t, fids[0], "b4"));
	CHECK_STATUS(set_metadata(t, fids[1], ZNVME_METADATA_ADD, "c6"), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(set_metadata(t, fids[0], (enum znvme_metadata_action)3, "c6"),
		     ZNVME_SC_INVALID_FIELD);
	CHECK(metadata_is(t, fids[1], "c3b4"));
	CHECK_OK(znvme_reset(t->ctrl));
	for (size_t i = 0; i < ARRAY_LEN(fids); i++)
		CHECK(metadata_is(t, fids[i], ""));
}

/* Elements that do not end, and more than there is room for. */
static void host_metadata_that_do_not_fit(struct test *t)
{
	const struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_ENH_CTRL_METADATA,
		.cdw11 = (uint32_t)znvme_field_put(ZNVME_FEAT_METADATA_EA, ZNVME_METADATA_ADD)};
	struct znvme_metadata_element element = {.type = 1, .len = 2500};
	struct znvme_host_metadata data = {.ndesc = 1};

	test_open(t);
	memcpy(data.descs_buf, &element, sizeof(element));
	CHECK_OK(znvme_set_feature(t->ctrl, &args, &data, sizeof(data), NULL));
	CHECK_STATUS(znvme_set_feature(t->ctrl, &args, &data, sizeof(data), NULL),
		     ZNVME_SC_INVALID_FIELD);
	element.len = 4091;
	memcpy(data.descs_buf, &element, sizeof(element));
	CHECK_STATUS(znvme_set_feature(t->ctrl, &args, &data, sizeof(data), NULL),
		     ZNVME_SC_INVALID_FIELD);
	data.ndesc = 255; /* of no bytes each, beside the one there is */
	memset(data.descs_buf, 0, sizeof(data.descs_buf));
	CHECK_STATUS(znvme_set_feature(t->ctrl, &args, &data, sizeof(data), NULL),
		     ZNVME_SC_INVALID_FIELD);
}

/* ---- of few controllers -------------------------------------------------------------------- */

static void small_features(struct test *t)
{
	struct znvme_feature_args args = {.fid = ZNVME_FEAT_SPINUP, .save = true, .cdw11 = 1};
	struct znvme_id_ctrl id;

	open_with(t, "with=plm+rotational");
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_CTRL, 0, 0, 0, 0, &id));
	CHECK(id.ctratt & ZNVME_CTRL_CTRATT_RRLVLS);
	CHECK_EQ(id.rrls, 1 << 4 | 1 << 15);
	CHECK_EQ(get(t, ZNVME_FEAT_RRL, 1), 4);
	CHECK_OK(set(t, ZNVME_FEAT_RRL, 1, 15));
	CHECK_STATUS(set(t, ZNVME_FEAT_RRL, 2, 15), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(set(t, ZNVME_FEAT_RRL, 1, 3), ZNVME_SC_INVALID_FIELD);
	CHECK_OK(set(t, ZNVME_FEAT_LBA_STATUS, 0xffff0007, 0));
	CHECK_STATUS(set(t, ZNVME_FEAT_POWER_LOSS_SIGNAL, 3, 0), ZNVME_SC_INVALID_FIELD);
	CHECK_OK(set(t, ZNVME_FEAT_POWER_LOSS_SIGNAL, ZNVME_PLS_QUIESCENCE, 0));
	CHECK_OK(znvme_set_feature(t->ctrl, &args, NULL, 0, NULL));
	CHECK_OK(znvme_reset(t->ctrl)); /* saved, or set again */
	CHECK_EQ(get(t, ZNVME_FEAT_SPINUP, 0), 1);
	CHECK_EQ(get(t, ZNVME_FEAT_RRL, 1), 15);
	CHECK_EQ(get(t, ZNVME_FEAT_LBA_STATUS, 0), 7);
	CHECK_EQ(get(t, ZNVME_FEAT_POWER_LOSS_SIGNAL, 0), ZNVME_PLS_QUIESCENCE);
}

/* ---- performance characteristics ----------------------------------------------------------- */

static int get_attribute(struct test *t, enum znvme_feat_sel sel, unsigned attri, void *data)
{
	struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_PERFORMANCE, .sel = (uint8_t)sel, .cdw11 = attri};

	return znvme_get_feature(t->ctrl, &args, data, sizeof(struct znvme_perf_vendor), NULL);
}

static int set_attribute(struct test *t, bool save, uint32_t cdw11, struct znvme_perf_vendor *data)
{
	struct znvme_feature_args args = {
		.fid = ZNVME_FEAT_PERFORMANCE, .save = save, .cdw11 = cdw11};

	return znvme_set_feature(t->ctrl, &args, data, sizeof(*data), NULL);
}

/* An attribute of the vendor is what it should be, and so is its identifier in the list. */
static void check_attribute(struct test *t, enum znvme_feat_sel sel, unsigned attri,
			    const struct znvme_perf_vendor *want)
{
	struct znvme_perf_vendor back;
	struct znvme_perf_list list;

	CHECK_OK(get_attribute(t, sel, attri, &back));
	CHECK(!memcmp(&back, want, sizeof(back)));
	CHECK_OK(get_attribute(t, sel, ZNVME_PERF_LIST, &list));
	CHECK_EQ(list.attrtyp, sel);
	CHECK(!memcmp(list.id[attri - ZNVME_PERF_VENDOR_MIN], want->paid, sizeof(want->paid)));
}

static void performance(struct test *t)
{
	struct znvme_perf_vendor initial, none = {.attrl = 0}, data = {.paid = {7}, .attrl = 0xfe0};
	struct znvme_perf_standard standard;

	fill_pattern(data.vs, sizeof(data.vs), 5);
	open_with(t, "with=perfc");
	CHECK_OK(get_attribute(t, ZNVME_FEAT_SEL_CURRENT, ZNVME_PERF_STANDARD, &standard));
	CHECK_EQ(standard.r4karl, ZNVME_PERF_LATENCY_10US);
	CHECK_STATUS(get_attribute(t, ZNVME_FEAT_SEL_CURRENT, 0xbf, &initial),
		     ZNVME_SC_INVALID_FIELD);
	CHECK_OK(get_attribute(t, ZNVME_FEAT_SEL_DEFAULT, 0xc1, &initial));
	CHECK(initial.attrl);
	check_attribute(t, ZNVME_FEAT_SEL_CURRENT, 0xff, &none);
	CHECK_OK(set_attribute(t, true, 0xff, &data));
	CHECK_OK(set_attribute(t, true, 0xc1, &data));
	CHECK_OK(znvme_reset(t->ctrl));
	for (unsigned attri = 0xc1; attri <= 0xff; attri += 0xff - 0xc1) {
		check_attribute(t, ZNVME_FEAT_SEL_CURRENT, attri, &data);
		check_attribute(t, ZNVME_FEAT_SEL_SAVED, attri, &data);
	}
	check_attribute(t, ZNVME_FEAT_SEL_DEFAULT, 0xff, &none);
	check_attribute(t, ZNVME_FEAT_SEL_DEFAULT, 0xc1, &initial);
	for (int i = 0; i < 2; i++) /* the second time there is nothing to delete */
		CHECK_OK(set_attribute(t, false, 0xc1 | ZNVME_FEAT_PERF_RVSPA, &none));
	check_attribute(t, ZNVME_FEAT_SEL_CURRENT, 0xc1, &initial);
	check_attribute(t, ZNVME_FEAT_SEL_CURRENT, 0xff, &data);
}

static void performance_that_cannot_be_set(struct test *t)
{
	struct znvme_perf_vendor data = {.paid = {7}, .attrl = 1};
	struct znvme_perf_list list;

	open_with(t, "with=perfc");
	CHECK_STATUS(set_attribute(t, true, ZNVME_PERF_STANDARD, &data), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(set_attribute(t, true, ZNVME_PERF_LIST, &data), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(set_attribute(t, false, 0xc2, &data), ZNVME_SC_INVALID_FIELD); /* not saved */
	data.attrl = 0xfe1;
	CHECK_STATUS(set_attribute(t, true, 0xc2, &data), ZNVME_SC_INVALID_FIELD);
	data.attrl = 1;
	CHECK_OK(get_attribute(t, ZNVME_FEAT_SEL_CURRENT, ZNVME_PERF_LIST, &list));
	CHECK_EQ(list.usvspa, list.msvspa);
	for (unsigned i = 0; i < list.msvspa; i++)
		CHECK_OK(set_attribute(t, true, 0xd0 + 2 * i, &data));
	CHECK_OK(get_attribute(t, ZNVME_FEAT_SEL_CURRENT, ZNVME_PERF_LIST, &list));
	CHECK_EQ(list.usvspa, 0);
	CHECK_STATUS(set_attribute(t, true, 0xc2, &data), ZNVME_SC_INVALID_FIELD);
	CHECK_OK(set_attribute(t, true, 0xd0 | ZNVME_FEAT_PERF_RVSPA, &data));
	CHECK_OK(set_attribute(t, true, 0xc2, &data));
	test_close(t);
	open_with(t, "with=perfc,without=save-select");
	CHECK_OK(get_attribute(t, ZNVME_FEAT_SEL_CURRENT, ZNVME_PERF_LIST, &list));
	CHECK_EQ(list.msvspa, 0);
	CHECK_STATUS(set_attribute(t, false, 0xc2, &data), ZNVME_SC_INVALID_FIELD);
	test_close(t);
	open_with(t, "");
	CHECK_STATUS(get_attribute(t, ZNVME_FEAT_SEL_CURRENT, ZNVME_PERF_LIST, &list),
		     ZNVME_SC_INVALID_FIELD);
}

static void features_that_are_not_there(struct test *t)
{
	open_with(t, "without=lba-status");
	CHECK_STATUS(set(t, ZNVME_FEAT_SPINUP, 1, 0), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(set(t, ZNVME_FEAT_PLM_WINDOW, 1, 1), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(set(t, ZNVME_FEAT_LBA_STATUS, 1, 0), ZNVME_SC_INVALID_FIELD);
	CHECK_OK(set(t, ZNVME_FEAT_RRL, 0, 15)); /* there are no NVM sets */
}

#define SIM HAS_SIM

static const struct test_case cases[] = {
	{"every feature there is has all its values", all_features, SIM},
	{"power state transitions are set and got", power_transitions, SIM},
	{"a security protocol gives back what was sent", security_loops_back, SIM},
	{"what is locked down is refused, until it is not", lockdown, SIM},
	{"boot partitions are written and read", boot_partitions, SIM},
	{"a controller without boot partitions says so", no_boot_partitions, SIM},
	{"resources go to secondary controllers", virtualization, SIM},
	{"what is write protected is read, and not written", write_protection, HAS_PLAIN_SIM},
	{"what is write protected is not formatted, sanitized or deleted",
	 write_protection_of_management, HAS_PLAIN_SIM},
	{"write protection lasts as long as its state says", write_protection_that_lasts,
	 HAS_PLAIN_SIM},
	{"a simulator that is read-only has its namespaces protected", read_only_simulator, SIM},
	{"a controller that is kept alive stays so", keep_alive, HAS_PLAIN_SIM},
	{"one that is not stops, and a reset brings it back", keep_alive_expires, HAS_PLAIN_SIM},
	{"the timer is set again after a reset", keep_alive_and_reset, HAS_PLAIN_SIM},
	{"ranges of blocks have types", lba_ranges, HAS_PLAIN_SIM},
	{"a namespace has a label", admin_label, HAS_PLAIN_SIM},
	{"host metadata are added, replaced and deleted", host_metadata, HAS_PLAIN_SIM},
	{"host metadata that do not fit are refused", host_metadata_that_do_not_fit, HAS_PLAIN_SIM},
	{"small features are kept", small_features, HAS_PLAIN_SIM},
	{"performance attributes are set, saved and deleted", performance, HAS_PLAIN_SIM},
	{"performance attributes that cannot be set", performance_that_cannot_be_set,
	 HAS_PLAIN_SIM},
	{"features that an option takes away are not there", features_that_are_not_there,
	 HAS_PLAIN_SIM},
};

const struct test_group feature_tests = {"feature", cases, ARRAY_LEN(cases)};
