/* SPDX-License-Identifier: MIT */
/*
 * The same zones as they are told and kept: reports, extensions, Identify, changes by the
 * controller, a shutdown, a file, a power loss, options.
 */
#include "zone_host.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reports ------------------------------------------------------------------------------- */

static uint64_t report_count(struct host *host)
{
	uint64_t count;

	memcpy(&count, page_addr(host, HOST_DATA + 1), sizeof(count));
	return count;
}

static const struct znvme_zone_desc *report_zone(struct host *host, unsigned n, unsigned step)
{
	return (const struct znvme_zone_desc *)(const void *)(page_addr(host, HOST_DATA + 1) + 64 +
							      n * step);
}

static void test_report(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY);
	for (unsigned s = 0; s < 7; s++)
		zone_make(&host, s, states[s]);
	/* all, some, from the middle of a zone, and a piece of one more that is not there */
	assert_int_equal(zone_receive(&host, 0, 4096, 0), 0);
	assert_int_equal(report_count(&host), ZONES);
	for (unsigned i = 0; i < ZONES; i++) {
		const struct znvme_zone_desc *zone = report_zone(&host, i, 64);

		assert_int_equal(zone->zt, ZNVME_ZONE_SEQUENTIAL);
		assert_int_equal(zone->zs, (i < 7 ? states[i] : ZNVME_ZONE_EMPTY) << 4);
		assert_int_equal(zone->zslba, i * SIZE);
		assert_int_equal(zone->zcap, CAP);
	}
	assert_int_equal(report_zone(&host, ZONES, 64)->zcap, 0);
	assert_int_equal(zone_receive(&host, 14 * SIZE + 3, 64 + 64 + 60, 0), 0);
	assert_int_equal(report_count(&host), 2);
	assert_int_equal(report_zone(&host, 0, 64)->zslba, 14 * SIZE);
	assert_int_equal(report_zone(&host, 1, 64)->zslba, 0); /* it did not fit */
	/* a partial report counts what it has */
	assert_int_equal(zone_receive(&host, 0, 64 + 3 * 64, ZNVME_ZONE_RECV_PARTIAL), 0);
	assert_int_equal(report_count(&host), 3);
	assert_int_equal(zone_receive(&host, 0, 64, ZNVME_ZONE_RECV_PARTIAL), 0);
	assert_int_equal(report_count(&host), 0);
	/* by state */
	for (unsigned filter = 1; filter <= ZNVME_ZONES_OFFLINE; filter++) {
		static const uint8_t wanted[] = {0, 0x1, 0x2, 0x3, 0x4, 0xe, 0xd, 0xf};

		assert_int_equal(zone_receive(&host, 0, 4096, filter << 8), 0);
		assert_int_equal(report_count(&host), filter == ZNVME_ZONES_EMPTY ? ZONES - 6 : 1);
		assert_int_equal(report_zone(&host, 0, 64)->zs, wanted[filter] << 4);
	}
	host_close(&host);
}

static void test_bad_report(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY ",mdts=1");
	assert_int_equal(zone_receive(&host, 0, 60, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_receive(&host, 0, 8196, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_receive(&host, ZONES * SIZE, 4096, 0), ZNVME_SC_LBA_RANGE);
	assert_int_equal(zone_receive(&host, 0, 4096, 0x800), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_receive(&host, 0, 4096, 2), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(zone_receive(&host, 0, 4096, 1), ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

static void test_extensions(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY ",ext=128");
	fill(page_addr(&host, HOST_DATA), PAGE, 7);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_SET_EXTENSION, 1), 0);
	assert_int_equal(zone_receive(&host, 0, 4096, ZNVME_ZONE_EXTENDED_REPORT), 0);
	assert_int_equal(report_count(&host), ZONES);
	assert_int_equal(report_zone(&host, 2, 192)->zslba, 2 * SIZE);
	assert_int_equal(report_zone(&host, 1, 192)->za, ZNVME_ZONE_ZA_ZDEV);
	assert_memory_equal(page_addr(&host, HOST_DATA + 1) + 64 + 192 + 64,
			    page_addr(&host, HOST_DATA), 128);
	assert_int_equal(*(page_addr(&host, HOST_DATA + 1) + 64 + 64), 0);
	/* valid until the zone is reset */
	assert_int_equal(zone_write(&host, SIZE, 8), 0);
	assert_int_equal(zone_desc(&host, 1)->za, ZNVME_ZONE_ZA_ZDEV);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_RESET, 1), 0);
	assert_int_equal(zone_desc(&host, 1)->za, 0);
	host_close(&host);
}

/* ---- Identify ------------------------------------------------------------------------------ */

static uint16_t identify_as(struct host *host, uint8_t cns, uint32_t nsid, uint8_t csi)
{
	return host_admin(host, ZNVME_ADM_IDENTIFY, nsid, cns, (uint32_t)csi << 24, NULL);
}

static void test_identify(void **state)
{
	const struct znvme_id_ctrl_zns *id_ctrl;
	const struct znvme_id_ns_list *list;
	const struct znvme_id_ns_zns *id;
	const struct znvme_id_iocs *iocs;
	struct host host;

	(void)state;
	host_start(&host,
		   "size=2M+2M,bs=512+4096,zoned=0+1,zone_size=256K,zone_cap=128K,max_open=3,"
		   "max_active=5,ext=192,zrwa=64K,zrwafg=8K,zasl=2,read_across=1");
	id = (const void *)page_addr(&host, HOST_DATA);
	id_ctrl = (const void *)id;
	list = (const void *)id;
	iocs = (const void *)id;
	assert_int_equal(identify_as(&host, ZNVME_CNS_CSI_NS, 2, ZNVME_CSI_ZNS), 0);
	assert_int_equal(id->zoc, ZNVME_ZNS_ZOC_ZAE);
	assert_int_equal(id->ozcs, ZNVME_ZNS_OZCS_RAZB | ZNVME_ZNS_OZCS_ZRWASUP);
	assert_int_equal(id->mar, 4);
	assert_int_equal(id->mor, 2);
	assert_int_equal(id->numzrwa, 5);
	assert_int_equal(id->zrwafg, 2);
	assert_int_equal(id->zrwasz, 16);
	assert_int_equal(id->zrwacap, ZNVME_ZNS_ZRWACAP_EXPFLUSHSUP);
	assert_int_equal(id->lbafe[0].zsze, 512); /* format 0 has blocks of 512 bytes */
	assert_int_equal(id->lbafe[1].zsze, 64);
	assert_int_equal(id->lbafe[1].zdes, 3);
	assert_int_equal(identify_as(&host, ZNVME_CNS_CSI_CTRL, 0, ZNVME_CSI_ZNS), 0);
	assert_int_equal(id_ctrl->zasl, 2);
	assert_int_equal(identify_as(&host, ZNVME_CNS_CSI_NS, 1, ZNVME_CSI_ZNS),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(identify_as(&host, ZNVME_CNS_CSI_NS, 9, ZNVME_CSI_ZNS),
			 ZNVME_SC_INVALID_NS);
	assert_int_equal(identify_as(&host, ZNVME_CNS_CSI_NS, 1, ZNVME_CSI_KV),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(identify_as(&host, ZNVME_CNS_CSI_NS_LIST, 0, ZNVME_CSI_ZNS), 0);
	assert_int_equal(list->ns[0], 2);
	assert_int_equal(list->ns[1], 0);
	assert_int_equal(identify_as(&host, ZNVME_CNS_CSI_NS_LIST, 0, ZNVME_CSI_NVM), 0);
	assert_int_equal(list->ns[0], 1);
	assert_int_equal(list->ns[1], 0);
	assert_int_equal(identify_as(&host, ZNVME_CNS_IOCS, 0, 0), 0);
	assert_int_equal(iocs->iocsc[0], 1u << ZNVME_CSI_NVM | 1u << ZNVME_CSI_ZNS);
	assert_int_equal(iocs->iocsc[1], 0);
	assert_int_equal(identify_as(&host, ZNVME_CNS_NS_DESC_LIST, 2, 0), 0);
	assert_int_equal(identify_as(&host, ZNVME_CNS_NS, 2, 0), 0);
	assert_int_equal(((const struct znvme_id_ns *)(const void *)id)->nsze, 512);
	assert_int_equal(((const struct znvme_id_ns *)(const void *)id)->ncap, 256);
	host_close(&host);

	/* no limits, and nothing that a namespace without zones has */
	host_start(&host, GEOMETRY);
	assert_int_equal(identify_as(&host, ZNVME_CNS_CSI_NS, 1, ZNVME_CSI_ZNS), 0);
	assert_int_equal(((struct znvme_id_ns_zns *)(void *)page_addr(&host, HOST_DATA))->mar,
			 ZNVME_ZNS_NO_LIMIT);
	host_close(&host);
	host_start(&host, "size=2M");
	assert_int_equal(identify_as(&host, ZNVME_CNS_CSI_CTRL, 0, ZNVME_CSI_ZNS),
			 ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

static void test_effects(void **state)
{
	struct znvme_cmd_effects_log *log;
	struct znvme_sqe cmd = admin_command(ZNVME_ADM_GET_LOG_PAGE, 0,
					     ZNVME_LOG_CMD_EFFECTS | 1023u << 16, 0, HOST_DATA);
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY);
	log = (void *)page_addr(&host, HOST_DATA);
	assert_int_equal(host_exec(&host, 0, &cmd), 0);
	assert_int_equal(log->iocs[ZNVME_CMD_ZONE_APPEND], 0);
	assert_int_not_equal(log->iocs[ZNVME_CMD_WRITE], 0);
	cmd.cdw14 = (uint32_t)ZNVME_CSI_ZNS << 24;
	assert_int_equal(host_exec(&host, 0, &cmd), 0);
	assert_int_not_equal(log->iocs[ZNVME_CMD_ZONE_APPEND], 0);
	assert_int_not_equal(log->iocs[ZNVME_CMD_ZONE_MGMT_SEND] & ZNVME_CMD_EFFECTS_LBCC, 0);
	assert_int_not_equal(log->iocs[ZNVME_CMD_WRITE], 0);
	host_close(&host);
}

/* ---- changes by the controller ------------------------------------------------------------- */

static uint16_t changed_list(struct host *host, uint32_t nsid, bool retain)
{
	struct znvme_sqe cmd = admin_command(ZNVME_ADM_GET_LOG_PAGE, nsid,
					     ZNVME_LOG_CHANGED_ZONES | 1023u << 16 |
						     (retain ? ZNVME_GET_LOG_RAE : 0),
					     0, HOST_DATA);

	cmd.cdw14 = (uint32_t)znvme_field_put(ZNVME_GET_LOG_CSI, ZNVME_CSI_ZNS);
	return host_exec(host, 0, &cmd);
}

static void test_changes(void **state)
{
	struct znvme_changed_zones_log *log;
	struct znvme_sqe event = admin_command(ZNVME_ADM_ASYNC_EVENT, 0, 0, 0, 0);
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_start(&host, GEOMETRY);
	log = (void *)page_addr(&host, HOST_DATA);
	host_submit(&host, 0, &event);
	/* listed, but not told before it is wanted */
	assert_int_equal(znvme_sim_change_zone(host.sim, 1, 5 * SIZE + 3, ZNVME_SIM_ZONE_OFFLINE),
			 0);
	assert_false(host_reap(&host, 0, &cqe));
	assert_int_equal(host_admin(&host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_ASYNC_EVENT,
				    ZNVME_FEAT_AEC_ZONE, NULL),
			 0);
	assert_int_equal(zone_write(&host, SIZE, 1), 0);
	assert_int_equal(znvme_sim_change_zone(host.sim, 1, SIZE, ZNVME_SIM_ZONE_RECOMMEND_FINISH),
			 0);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.dw0, ZNVME_AER_TYPE_NOTICE | ZNVME_AER_NOTICE_ZONE << 8 |
					  ZNVME_LOG_CHANGED_ZONES << 16);
	assert_int_equal(cqe.dw1, 1);
	assert_int_equal(zone_desc(&host, 1)->za, ZNVME_ZONE_ZA_FZR);
	assert_int_equal(changed_list(&host, 1, true), 0);
	assert_int_equal(log->nrzid, 2);
	assert_int_equal(log->zid[0], SIZE);
	assert_int_equal(log->zid[1], 5 * SIZE);
	assert_int_equal(log->zid[2], 0);
	/* reading it clears it, and another change is told again */
	assert_int_equal(changed_list(&host, 1, false), 0);
	assert_int_equal(log->nrzid, 2);
	assert_int_equal(changed_list(&host, 1, false), 0);
	assert_int_equal(log->nrzid, 0);
	host_submit(&host, 0, &event);
	assert_int_equal(znvme_sim_change_zone(host.sim, 1, SIZE, ZNVME_SIM_ZONE_FINISH), 0);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(zone_state(&host, 1), ZNVME_ZONE_FULL);
	assert_int_equal(zone_desc(&host, 1)->za, ZNVME_ZONE_ZA_ZFC);
	assert_int_equal(znvme_sim_change_zone(host.sim, 1, SIZE, ZNVME_SIM_ZONE_RECOMMEND_RESET),
			 0);
	assert_int_equal(zone_desc(&host, 1)->za, ZNVME_ZONE_ZA_ZFC | ZNVME_ZONE_ZA_RZR);
	/* what the host does is no news */
	assert_int_equal(changed_list(&host, 1, false), 0);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_RESET, 1), 0);
	assert_int_equal(zone_desc(&host, 1)->za, 0);
	assert_int_equal(changed_list(&host, 1, false), 0);
	assert_int_equal(log->nrzid, 0);
	host_close(&host);
}

static void test_bad_changes(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "size=2M+2M,zoned=1+0,zone_size=128K");
	assert_int_equal(znvme_sim_change_zone(host.sim, 1, 0, ZNVME_SIM_ZONE_FINISH), -EINVAL);
	assert_int_equal(znvme_sim_change_zone(host.sim, 1, 0, ZNVME_SIM_ZONE_RECOMMEND_RESET),
			 -EINVAL);
	assert_int_equal(znvme_sim_change_zone(host.sim, 1, 4096, ZNVME_SIM_ZONE_OFFLINE), -ENOENT);
	assert_int_equal(znvme_sim_change_zone(host.sim, 2, 0, ZNVME_SIM_ZONE_OFFLINE), -ENOENT);
	assert_int_equal(znvme_sim_change_zone(host.sim, 3, 0, ZNVME_SIM_ZONE_OFFLINE), -ENOENT);
	/* the list is a zoned namespace's */
	assert_int_equal(changed_list(&host, 2, false), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(changed_list(&host, 0xffffffff, false), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(changed_list(&host, 1, false), 0);
	host_close(&host);
	host_start(&host, "size=2M");
	assert_int_equal(changed_list(&host, 1, false), ZNVME_SC_INVALID_LOG_PAGE);
	host_close(&host);
}

/* More than the list has room for. */
static void test_many_changes(void **state)
{
	struct znvme_changed_zones_log *log;
	struct host host;

	(void)state;
	host_start(&host, "size=2M,zoned=1,zone_size=2K");
	log = (void *)page_addr(&host, HOST_DATA);
	for (unsigned i = 0; i < 511; i++)
		assert_int_equal(
			znvme_sim_change_zone(host.sim, 1, i * 4, ZNVME_SIM_ZONE_READ_ONLY), 0);
	assert_int_equal(changed_list(&host, 1, true), 0);
	assert_int_equal(log->nrzid, 511);
	assert_int_equal(log->zid[510], 510 * 4);
	assert_int_equal(znvme_sim_change_zone(host.sim, 1, 511 * 4, ZNVME_SIM_ZONE_READ_ONLY), 0);
	assert_int_equal(changed_list(&host, 1, true), 0);
	assert_int_equal(log->nrzid, ZNVME_CHANGED_ZONES_OVERFLOW);
	assert_int_equal(log->zid[0], 0);
	host_close(&host);
}

/* ---- shutdown, files, power ---------------------------------------------------------------- */

static void test_shutdown(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, ZRWA);
	zone_make(&host, 0, ZNVME_ZONE_IMPLICITLY_OPEN);
	zone_make(&host, 1, ZNVME_ZONE_EXPLICITLY_OPEN);
	zone_make(&host, 3, ZNVME_ZONE_FULL);
	assert_int_equal(zone_send(&host, ZNVME_ZONE_OPEN, 4 * SIZE, ZNVME_ZONE_SEND_ZRWAA), 0);
	write32(&host, ZNVME_REG_CC, HOST_CC | 1u << 14);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	host_create_queue(&host, 1);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_CLOSED);
	assert_int_equal(zone_state(&host, 1), ZNVME_ZONE_EMPTY);
	assert_int_equal(zone_state(&host, 3), ZNVME_ZONE_FULL);
	assert_int_equal(zone_state(&host, 4), ZNVME_ZONE_EMPTY);
	/* a reset of the controller changes nothing */
	assert_int_equal(zone_do(&host, ZNVME_ZONE_OPEN, 0), 0);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	host_create_queue(&host, 1);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_EXPLICITLY_OPEN);
	host_close(&host);
}

static char file[] = "/tmp/sim_zns.XXXXXX";
static char zones[sizeof(file) + 16];

static int make_file(void **state)
{
	int fd;

	(void)state;
	memcpy(file + sizeof(file) - 7, "XXXXXX", 6);
	fd = mkstemp(file);
	assert_true(fd >= 0);
	close(fd);
	snprintf(zones, sizeof(zones), "%s.n1.zones", file);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	unlink(file);
	unlink(zones);
	return 0;
}

static void start_file(struct host *host, const char *more)
{
	char options[512];

	snprintf(options, sizeof(options), GEOMETRY ",ext=64,file=%s%s", file, more);
	host_start(host, options);
}

static void test_file(void **state)
{
	struct host host;

	(void)state;
	start_file(&host, "");
	for (unsigned s = 0; s < 7; s++)
		zone_make(&host, s, states[s]);
	fill(page_addr(&host, HOST_DATA), PAGE, 9);
	assert_int_equal(zone_do(&host, ZNVME_ZONE_SET_EXTENSION, 8), 0);
	assert_int_equal(zone_write(&host, 2 * SIZE + 1, 8), 0);
	host_close(&host); /* without a shutdown: as a power cycle */
	start_file(&host, "");
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_EMPTY);
	assert_int_equal(zone_state(&host, 1), ZNVME_ZONE_EMPTY); /* closed, and never written */
	assert_int_equal(zone_state(&host, 2), ZNVME_ZONE_CLOSED);
	assert_int_equal(zone_wp(&host, 2), 9);
	assert_int_equal(zone_state(&host, 3), ZNVME_ZONE_EMPTY);
	for (unsigned s = 4; s < 7; s++)
		assert_int_equal(zone_state(&host, s), states[s]);
	assert_int_equal(zone_state(&host, 8), ZNVME_ZONE_CLOSED);
	assert_int_equal(zone_receive(&host, 8 * SIZE, 192, ZNVME_ZONE_EXTENDED_REPORT), 0);
	fill(page_addr(&host, HOST_DATA), PAGE, 9);
	assert_memory_equal(page_addr(&host, HOST_DATA + 1) + 128, page_addr(&host, HOST_DATA), 64);
	host_close(&host);
	/* a file of blocks that is new has no old zones */
	assert_int_equal(truncate(file, 0), 0);
	start_file(&host, "");
	for (unsigned s = 0; s < ZONES; s++)
		assert_int_equal(zone_state(&host, s), ZNVME_ZONE_EMPTY);
	host_close(&host);
}

static void test_bad_file(void **state)
{
	struct znvme_device *dev;
	char options[512];
	struct host host;
	FILE *f;

	(void)state;
	start_file(&host, "");
	host_close(&host);
	/* of another geometry: the same length, and another */
	snprintf(options, sizeof(options),
		 "size=2M,zoned=1,zone_size=128K,zone_cap=64K,ext=64,file=%s", file);
	assert_int_equal(znvme_sim_create(options, &dev), -EINVAL);
	assert_non_null(strstr(znvme_errmsg(), "other zones"));
	snprintf(options, sizeof(options), "size=2M,zoned=1,zone_size=64K,file=%s", file);
	assert_int_equal(znvme_sim_create(options, &dev), -EINVAL);
	/* every byte of a zone turned to nonsense */
	f = fopen(zones, "r+b");
	assert_non_null(f);
	fseek(f, 40, SEEK_SET);
	for (unsigned i = 0; i < 32; i++)
		fputc(0xff, f);
	fclose(f);
	snprintf(options, sizeof(options), GEOMETRY ",ext=64,file=%s", file);
	assert_int_equal(znvme_sim_create(options, &dev), -EINVAL);
	assert_non_null(strstr(znvme_errmsg(), "makes no sense"));
	/* for reading only, and without */
	unlink(zones);
	snprintf(options, sizeof(options), GEOMETRY ",ext=64,readonly=1,file=%s", file);
	host_start(&host, options);
	assert_int_equal(zone_state(&host, 0), ZNVME_ZONE_EMPTY);
	host_close(&host);
	assert_int_equal(access(zones, F_OK), -1);
}

/* What a power loss takes, the write pointer does not pretend to have: whatever the seed. */
static void test_power(void **state)
{
	unsigned lost = 0, kept = 0;
	struct host host;
	char more[64];

	(void)state;
	for (unsigned seed = 0; seed < 40; seed++) {
		uint64_t wp;

		unlink(file);
		unlink(zones);
		snprintf(more, sizeof(more), ",cache=1M,seed=%u", seed);
		start_file(&host, more);
		memset(page_addr(&host, HOST_DATA), 0x77, PAGE);
		assert_int_equal(zone_write(&host, 0, 8), 0);
		assert_int_equal(host_io(&host, ZNVME_CMD_FLUSH, 0, 1, 0), 0);
		for (unsigned i = 1; i < 5; i++)
			assert_int_equal(zone_write(&host, i * 8, 8), 0);
		/* a reset is for good; what was before it does not come back */
		assert_int_equal(zone_write(&host, SIZE, 8), 0);
		assert_int_equal(zone_do(&host, ZNVME_ZONE_RESET, 1), 0);
		znvme_sim_power_loss(host.sim);
		host_close(&host);

		start_file(&host, "");
		wp = zone_wp(&host, 0);
		assert_in_range(wp, 8, 40);
		for (unsigned lba = 0; lba < 48; lba++) {
			assert_int_equal(zone_read(&host, lba, 1), 0);
			assert_int_equal(*page_addr(&host, HOST_DATA), lba < wp ? 0x77 : 0);
		}
		assert_int_equal(zone_state(&host, 1), ZNVME_ZONE_EMPTY);
		assert_int_equal(zone_read(&host, SIZE, 1), 0);
		assert_int_equal(*page_addr(&host, HOST_DATA), 0);
		lost += wp < 40;
		kept += wp == 40;
		host_close(&host);
	}
	assert_true(lost && kept);
}

/* ---- options ------------------------------------------------------------------------------- */

static void test_options(void **state)
{
	static const struct {
		const char *options;
		const char *message;
	} rows[] = {
		{"size=2M,zoned=2", "zoned"},
		{"size=2M,zoned=1", "zone_size"},
		{"size=2M,zoned=1,zone_size=768K", "zone_size"},
		{"size=2M,bs=4096,zoned=1,zone_size=1024", "zone_size"},
		{"size=2M,zoned=1,zone_size=128K,zone_cap=256K", "zone_cap"},
		{"size=2M,zoned=1,zone_size=128K,max_open=3,max_active=2", "max_open"},
		{"size=2M,zoned=1,zone_size=128K,ext=65", "ext"},
		{"size=2M,zoned=1,zone_size=128K,ext=16384", "ext"},
		{"size=2M,zoned=1,zone_size=128K,zrwa=12K,zrwafg=8K", "zrwa"},
		{"size=2M,zoned=1,zone_size=128K,zrwa=256K", "zrwa"},
		{"size=2M,zoned=1,zone_size=128K,without=iocs", "without"},
		{"size=2M,zoned=1+0,ns=3,zone_size=128K", "zoned"},
		{"size=2M+2M,zoned=1,zone_size=128K+128K+128K", "zone_size"},
		{"size=2M,zoned=1,zone_size=128K,zasl=21", "zasl"},
	};
	struct znvme_device *dev;
	struct host host;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(znvme_sim_create(rows[i].options, &dev), -EINVAL);
		if (!strstr(znvme_errmsg(), rows[i].message))
			fail_msg("%s: %s", rows[i].options, znvme_errmsg());
	}
	/* one list says how many namespaces there are */
	host_start(&host, "size=64M,zoned=1+0+1");
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_int_equal(((struct znvme_id_ctrl *)(void *)page_addr(&host, HOST_DATA))->nn, 3);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_bad_report),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_bad_changes),
		cmocka_unit_test(test_many_changes),
		cmocka_unit_test(test_shutdown),
		cmocka_unit_test_setup_teardown(test_file, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_bad_file, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_power, make_file, remove_file),
		cmocka_unit_test(test_options),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
