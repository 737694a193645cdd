/* SPDX-License-Identifier: MIT */
/*
 * The simulated controller by hand, without the driver: registers, life cycle, admin queue,
 * Identify, logs, features, creating and deleting queues, events, Abort.
 */
#include "sim_host.h"

#include <errno.h>
#include <unistd.h>
#include <sys/eventfd.h>

/* ---- registers and life cycle -------------------------------------------------------------- */

static void test_registers(void **state)
{
	struct host host;
	uint64_t cap;

	(void)state;
	host_open(&host, "mqes=256,dstrd=0,to=4,mpsmax=2");
	cap = host.dev->ops->reg_read(host.dev, ZNVME_REG_CAP, 8);
	assert_int_equal(znvme_field_get(ZNVME_CAP_MQES, cap), 255);
	assert_int_equal(znvme_field_get(ZNVME_CAP_CQR, cap), 1);
	assert_int_equal(znvme_field_get(ZNVME_CAP_TO, cap), 4);
	assert_int_equal(znvme_field_get(ZNVME_CAP_MPSMAX, cap), 2);
	assert_int_equal((uint32_t)(cap >> 32), read32(&host, ZNVME_REG_CAP + 4));
	assert_int_equal(read32(&host, ZNVME_REG_VS), 0x00020100);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0);
	write64(&host, ZNVME_REG_ASQ, 0x123456789abcdfffull);
	assert_int_equal(read32(&host, ZNVME_REG_ASQ), 0x9abcd000);
	assert_int_equal(read32(&host, ZNVME_REG_ASQ + 4), 0x12345678);
	write32(&host, ZNVME_REG_INTMS, 5);
	write32(&host, ZNVME_REG_INTMC, 1);
	assert_int_equal(read32(&host, ZNVME_REG_INTMS), 4);
	assert_int_equal(read32(&host, (uint32_t)host.dev->bar_size), 0xffffffff);
	assert_int_equal(counters_of(&host).protocol_errors, 1);
	host_close(&host);
}

static void test_life_cycle(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "");
	write32(&host, ZNVME_REG_CC, HOST_CC & ~ZNVME_CC_EN);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0);
	assert_int_equal(counters_of(&host).io_queues, 0);
	host_enable(&host);
	write32(&host, ZNVME_REG_CC, HOST_CC | (uint32_t)znvme_field_put(ZNVME_CC_SHN, 1));
	assert_int_equal(znvme_field_get(ZNVME_CSTS_SHST, read32(&host, ZNVME_REG_CSTS)),
			 ZNVME_SHST_COMPLETE);
	write32(&host, ZNVME_REG_CC, 0);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0);
	host_enable(&host);
	write32(&host, ZNVME_REG_NSSR, ZNVME_NSSR_MAGIC);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_NSSRO);
	assert_int_equal(read32(&host, ZNVME_REG_AQA), 0);
	write32(&host, ZNVME_REG_CSTS, ZNVME_CSTS_NSSRO);
	host_enable(&host);
	assert_int_equal(host.dev->ops->function_reset(host.dev), 0);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

static void test_bad_enable(void **state)
{
	static const struct {
		const char *options;
		uint32_t cc;
	} rows[] = {
		{"mpsmax=1", HOST_CC | 2u << 7},
		{"mpsmin=1", HOST_CC},
		{"", HOST_CC | 1u << 11},		   /* AMS */
		{"", (HOST_CC & ~ZNVME_CC_CSS) | 1u << 4}, /* CSS */
		{"without=iocs", HOST_CC},
		{"cfs=enable", HOST_CC},
	};
	struct host host;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host_open(&host, rows[i].options);
		host_enable_as(&host, rows[i].cc);
		assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_CFS);
		write32(&host, ZNVME_REG_CC, 0);
		assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0);
		host_close(&host);
	}
	host_open(&host, "");
	write32(&host, ZNVME_REG_CC, HOST_CC); /* no admin queue */
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_CFS);
	host_close(&host);
}

static void test_ready(void **state)
{
	struct host host;

	(void)state;
	host_open(&host, "ready=300");
	host_enable_as(&host, HOST_CC);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0);
	sleep_ms(350);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	host_close(&host);

	host_open(&host, "never_ready=1");
	host_enable_as(&host, HOST_CC);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), 0);
	host_close(&host);
}

/* What must not change while enabled does not, and is noticed. */
static void test_locked_registers(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "");
	write32(&host, ZNVME_REG_AQA, 0);
	write64(&host, ZNVME_REG_ASQ, 0);
	write32(&host, ZNVME_REG_CC, HOST_CC | 1u << 7);
	write32(&host, ZNVME_REG_CC, HOST_CC & ~ZNVME_CC_IOSQES);
	assert_int_equal(counters_of(&host).protocol_errors, 5);
	assert_int_equal(read32(&host, ZNVME_REG_CC), HOST_CC);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	host_close(&host);
}

/* ---- doorbells ----------------------------------------------------------------------------- */

static void test_doorbells(void **state)
{
	struct host host;
	struct znvme_cqe cqe;
	struct znvme_sqe aer = {.opcode = ZNVME_ADM_ASYNC_EVENT};
	struct znvme_error_log_entry *entry;

	(void)state;
	host_open(&host, "queues=2");
	write32(&host, znvme_sq_doorbell_offset(0, 0), 1); /* not enabled */
	assert_int_equal(counters_of(&host).protocol_errors, 1);
	host_enable(&host);
	host_submit(&host, 0, &aer);
	write32(&host, znvme_sq_doorbell_offset(2, 0), 1);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.dw0, (uint32_t)ZNVME_LOG_ERROR << 16);
	write32(&host, znvme_sq_doorbell_offset(7, 0), 1);	   /* no such queue */
	write32(&host, znvme_sq_doorbell_offset(0, 0), HOST_SIZE); /* out of range */
	write32(&host, znvme_sq_doorbell_offset(0, 0), host.queue[0].tail);
	write32(&host, znvme_cq_doorbell_offset(0, 0), host.queue[0].head);
	write32(&host, znvme_cq_doorbell_offset(0, 0), host.queue[0].head + 1);
	assert_int_equal(counters_of(&host).protocol_errors, 7);

	/* The event's type is masked until the log has been read. */
	host_submit(&host, 0, &aer);
	assert_false(host_reap(&host, 0, &cqe));
	assert_int_equal(host_admin(&host, ZNVME_ADM_GET_LOG_PAGE, 0,
				    31u << 16 | ZNVME_LOG_ERROR | ZNVME_GET_LOG_RAE, 0, NULL),
			 0);
	assert_false(host_reap(&host, 0, &cqe));
	host_queue_command(&host, 0,
			   &(struct znvme_sqe){.opcode = ZNVME_ADM_GET_LOG_PAGE,
					       .cdw10 = 31u << 16 | ZNVME_LOG_ERROR,
					       .dptr.prp.prp1 = page_iova(HOST_DATA)});
	host_ring(&host, 0);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.dw0 & ZNVME_AER_TYPE, ZNVME_AER_TYPE_ERROR);
	assert_true(host_reap(&host, 0, &cqe));
	entry = (void *)page_addr(&host, HOST_DATA);
	assert_int_equal(entry[0].error_count, 6);
	assert_int_equal(entry[0].sqid, 0xffff);
	host_close(&host);
}

/* Completions wait for room; none is overwritten. */
static void test_full_cq(void **state)
{
	struct znvme_sqe flush = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};
	uint16_t expected = 0;
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_open(&host, "");
	host_enable(&host);
	host_init_queue(&host, 1, 8);
	assert_int_equal(host_create_cq(&host, 1, 4, ZNVME_CREATE_PC), 0);
	assert_int_equal(host_create_sq(&host, 1, 8, 1), 0);
	for (unsigned i = 0; i < 7; i++)
		host_queue_command(&host, 1, &flush);
	host_ring(&host, 1);
	for (unsigned i = 0; i < 5; i++)
		host_queue_command(&host, 1, &flush); /* the queue has been fetched from */
	host_ring(&host, 1);
	assert_int_equal(host.queue[1].cq[3].status, 0); /* three of four entries used */
	host.queue[1].size = 4;
	while (host_reap(&host, 1, &cqe))
		assert_int_equal(cqe.cid, ++expected);
	assert_int_equal(expected, 12);
	assert_int_equal(counters_of(&host).io_commands, 12);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

/* ---- queues -------------------------------------------------------------------------------- */

static void test_create_queues(void **state)
{
	struct host host;
	struct znvme_sqe cmd;
	uint32_t granted;

	(void)state;
	host_open(&host, "queues=3,vectors=3,mqes=64");
	host_enable(&host);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_NUM_QUEUES, 0xffff, NULL),
		ZNVME_SC_INVALID_FIELD);
	assert_int_equal(host_admin(&host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_NUM_QUEUES,
				    63u << 16 | 63, &granted),
			 0);
	assert_int_equal(granted, 2u << 16 | 2);
	assert_int_equal(host_create_cq(&host, 0, 16, ZNVME_CREATE_PC), ZNVME_SC_INVALID_QID);
	assert_int_equal(host_create_cq(&host, 4, 16, ZNVME_CREATE_PC), ZNVME_SC_INVALID_QID);
	assert_int_equal(host_create_cq(&host, 1, 1, ZNVME_CREATE_PC), ZNVME_SC_INVALID_QUEUE_SIZE);
	assert_int_equal(host_create_cq(&host, 1, 65, ZNVME_CREATE_PC),
			 ZNVME_SC_INVALID_QUEUE_SIZE);
	assert_int_equal(host_create_cq(&host, 1, 16, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(host_create_cq(&host, 1, 16, 3u << 16 | 3), ZNVME_SC_INVALID_VECTOR);
	cmd = admin_command(ZNVME_ADM_CREATE_CQ, 0, 15u << 16 | 1, ZNVME_CREATE_PC, 3);
	cmd.dptr.prp.prp1 += 64;
	assert_int_equal(host_exec(&host, 0, &cmd), ZNVME_SC_PRP_INVALID_OFFSET);
	assert_int_equal(host_create_sq(&host, 1, 16, 1), ZNVME_SC_INVALID_CQ);
	assert_int_equal(host_create_sq(&host, 1, 16, 0), ZNVME_SC_INVALID_QID);
	assert_int_equal(host_create_sq(&host, 1, 16, 4), ZNVME_SC_INVALID_QID);
	host_create_queue(&host, 1);
	assert_int_equal(host_create_cq(&host, 1, 16, ZNVME_CREATE_PC), ZNVME_SC_INVALID_QID);
	assert_int_equal(host_create_sq(&host, 1, 16, 1), ZNVME_SC_INVALID_QID);
	assert_int_equal(
		host_admin(&host, ZNVME_ADM_SET_FEATURES, 0, ZNVME_FEAT_NUM_QUEUES, 0, NULL),
		ZNVME_SC_SEQUENCE);
	assert_int_equal(host_admin(&host, ZNVME_ADM_DELETE_CQ, 0, 1, 0, NULL),
			 ZNVME_SC_INVALID_QUEUE_DELETION);
	assert_int_equal(host_admin(&host, ZNVME_ADM_DELETE_SQ, 0, 2, 0, NULL),
			 ZNVME_SC_INVALID_QID);
	assert_int_equal(host_admin(&host, ZNVME_ADM_DELETE_SQ, 0, 0, 0, NULL),
			 ZNVME_SC_INVALID_QID);
	assert_int_equal(counters_of(&host).io_queues, 1);
	assert_int_equal(host_admin(&host, ZNVME_ADM_DELETE_SQ, 0, 1, 0, NULL), 0);
	assert_int_equal(host_admin(&host, ZNVME_ADM_DELETE_CQ, 0, 1, 0, NULL), 0);
	assert_int_equal(host_admin(&host, ZNVME_ADM_DELETE_CQ, 0, 1, 0, NULL),
			 ZNVME_SC_INVALID_QID);
	assert_int_equal(counters_of(&host).io_queues, 0);
	host_close(&host);
}

/* Queues need CC.IOSQES and CC.IOCQES, which may be set late. */
static void test_entry_sizes(void **state)
{
	struct host host;

	(void)state;
	host_open(&host, "");
	host_enable_as(&host, HOST_CC & ~(ZNVME_CC_IOSQES | ZNVME_CC_IOCQES));
	assert_int_equal(host_create_cq(&host, 1, 16, ZNVME_CREATE_PC),
			 ZNVME_SC_INVALID_QUEUE_SIZE);
	write32(&host, ZNVME_REG_CC, HOST_CC);
	assert_int_equal(host_create_cq(&host, 1, 16, ZNVME_CREATE_PC), 0);
	assert_int_equal(counters_of(&host).protocol_errors, 0);
	host_close(&host);
}

/* ---- Identify, logs, features -------------------------------------------------------------- */

static void test_identify(void **state)
{
	struct host host;
	struct znvme_id_ctrl *ctrl;
	struct znvme_id_ns *ns;
	struct znvme_id_ns_list *list;
	struct znvme_ns_id_desc *desc;

	(void)state;
	host_open(&host, "ns=2,size=64M+1G,bs=512+4096,nn=5,mdts=5,serial=ABC,pci=1234:5678,"
			 "without=verify+compare");
	host_enable(&host);
	ctrl = (void *)page_addr(&host, HOST_DATA);
	ns = (void *)ctrl;
	list = (void *)ctrl;
	desc = (void *)ctrl;
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_memory_equal(ctrl->sn, "ABC                 ", 20);
	assert_memory_equal(ctrl->mn, "znvme simulated controller              ", 40);
	assert_int_equal(ctrl->vid, 0x1234);
	assert_int_equal(host.dev->device, 0x5678);
	assert_int_equal(ctrl->mdts, 5);
	assert_int_equal(ctrl->nn, 5);
	assert_int_equal(ctrl->sqes, 0x66);
	assert_int_equal(ctrl->cqes, 0x44);
	assert_false(ctrl->oncs & (ZNVME_CTRL_ONCS_VERIFY | ZNVME_CTRL_ONCS_COMPARE));
	assert_true(ctrl->oncs & ZNVME_CTRL_ONCS_DSM);
	assert_int_equal(strlen(ctrl->subnqn), 32 + 36);

	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, 2), 0);
	assert_int_equal(ns->nsze, (1u << 30) / 4096);
	assert_int_equal(ns->lbaf[ns->flbas & 15].lbads, 12);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, 1), 0);
	assert_int_equal(ns->nsze, (64u << 20) / 512);
	assert_int_equal(ns->lbaf[ns->flbas & 15].lbads, 9);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, 3), 0); /* inactive */
	assert_int_equal(ns->nsze, 0);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, 0), ZNVME_SC_INVALID_NS);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, 6), ZNVME_SC_INVALID_NS);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, ZNVME_NSID_ALL), 0); /* formats */
	assert_int_equal(ns->nsze, 0);
	assert_int_equal(ns->nlbaf, 6);
	assert_true(ns->mc && ns->dpc);

	assert_int_equal(host_identify(&host, ZNVME_CNS_NS_LIST, 0), 0);
	assert_int_equal(list->ns[0], 1);
	assert_int_equal(list->ns[1], 2);
	assert_int_equal(list->ns[2], 0);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS_LIST, 1), 0);
	assert_int_equal(list->ns[0], 2);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS_LIST, 0xfffffffe), ZNVME_SC_INVALID_NS);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CSI_NS_LIST, 0), 0);
	assert_int_equal(list->ns[1], 2);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS_DESC_LIST, 1), 0);
	assert_int_equal(desc->nidt, ZNVME_NIDT_EUI64);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS_DESC_LIST, 3), ZNVME_SC_INVALID_NS);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CSI_NS, 1), 0);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CSI_CTRL, 0), 0);
	assert_int_equal(host_identify(&host, ZNVME_CNS_INDEP_NS, 1), 0);
	assert_int_equal(((struct znvme_id_ns_indep *)ctrl)->nstat, ZNVME_NS_NSTAT_NRDY);
	assert_int_equal(host_identify(&host, ZNVME_CNS_IOCS, 0), 0);
	assert_int_equal(((struct znvme_id_iocs *)ctrl)->iocsc[0], 1);
	assert_int_equal(host_identify(&host, 0xff, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(host_admin(&host, ZNVME_ADM_IDENTIFY, 1, ZNVME_CNS_CSI_NS, 2u << 24, NULL),
			 ZNVME_SC_INVALID_FIELD);
	host_close(&host);
}

/* The same seed gives the same noise. */
static void test_garbage(void **state)
{
	struct host host;
	char first[PAGE];

	(void)state;
	host_open(&host, "garbage=1,seed=7");
	host_enable(&host);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	memcpy(first, page_addr(&host, HOST_DATA), PAGE);
	host_close(&host);
	host_open(&host, "garbage=1,seed=7");
	host_enable(&host);
	assert_int_equal(host_identify(&host, ZNVME_CNS_CTRL, 0), 0);
	assert_memory_equal(first, page_addr(&host, HOST_DATA), PAGE);
	host_close(&host);
}

static uint16_t get_log(struct host *host, uint8_t lid, uint32_t nsid, uint64_t offset, size_t len)
{
	struct znvme_sqe cmd = admin_command(ZNVME_ADM_GET_LOG_PAGE, nsid,
					     (uint32_t)(len / 4 - 1) << 16 | lid, 0, HOST_DATA);

	cmd.cdw12 = (uint32_t)offset;
	cmd.cdw13 = (uint32_t)(offset >> 32);
	return host_exec(host, 0, &cmd);
}

static void test_logs(void **state)
{
	struct host host;
	uint32_t *supported;
	struct znvme_smart_log *smart;
	struct znvme_error_log_entry *error;
	struct znvme_cmd_effects_log *effects;
	uint32_t copy[8];

	(void)state;
	host_start(&host, "without=persistent-events");
	supported = (void *)page_addr(&host, HOST_DATA);
	smart = (void *)supported;
	error = (void *)supported;
	effects = (void *)supported;
	assert_int_equal(get_log(&host, ZNVME_LOG_SUPPORTED, 0, 0, 1024), 0);
	for (unsigned lid = 0; lid <= 6; lid++)
		assert_int_equal(supported[lid], ZNVME_LOG_SUPPORT_LSUPP);
	assert_int_equal(supported[ZNVME_LOG_PERSISTENT_EVENT], 0);
	memcpy(copy, supported, sizeof(copy));
	assert_int_equal(get_log(&host, ZNVME_LOG_SUPPORTED, 0, 16, 16), 0);
	assert_memory_equal(supported, copy + 4, 12);
	assert_int_equal(get_log(&host, ZNVME_LOG_SUPPORTED, 0, 1024, 16), 0);
	assert_int_equal(get_log(&host, ZNVME_LOG_SUPPORTED, 0, 1028, 16), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(get_log(&host, ZNVME_LOG_SUPPORTED, 0, 2, 16), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(get_log(&host, ZNVME_LOG_PERSISTENT_EVENT, 0, 0, 512),
			 ZNVME_SC_INVALID_LOG_PAGE);
	assert_int_equal(get_log(&host, ZNVME_LOG_SMART, 1, 0, 512), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE, 0, 8, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, 0, 8, HOST_DATA), 0);
	assert_int_equal(host_io(&host, ZNVME_CMD_READ, UINT64_MAX, 8, HOST_DATA),
			 ZNVME_SC_LBA_RANGE);
	assert_int_equal(get_log(&host, ZNVME_LOG_SMART, ZNVME_NSID_ALL, 0, 512), 0);
	assert_int_equal(smart->data_units_read[0], 1);
	assert_int_equal(smart->host_reads[0], 1);
	assert_int_equal(smart->host_writes[0], 1);
	assert_int_equal(smart->critical_warning, 0);
	assert_int_equal(smart->num_err_log_entries[0], 5);
	assert_int_equal(get_log(&host, ZNVME_LOG_ERROR, 0, 0, 64), 0);
	assert_int_equal(error->sqid, 1);
	assert_int_equal(error->lba, UINT64_MAX);
	assert_int_equal(error->opc, ZNVME_CMD_READ);
	assert_int_equal(error->status_field >> 1 & ZNVME_STATUS_CODE, ZNVME_SC_LBA_RANGE);
	assert_int_equal(get_log(&host, ZNVME_LOG_CMD_EFFECTS, 0, 0, 4096), 0);
	assert_true(effects->iocs[ZNVME_CMD_WRITE] & ZNVME_CMD_EFFECTS_LBCC);
	assert_true(effects->acs[ZNVME_ADM_IDENTIFY] & ZNVME_CMD_EFFECTS_CSUPP);
	assert_int_equal(effects->acs[ZNVME_ADM_FORMAT_NVM],
			 (uint32_t)ZNVME_EFFECTS_SCOPE_NS << 20 | ZNVME_CMD_EFFECTS_CSE_NS << 16 |
				 ZNVME_CMD_EFFECTS_NCC | ZNVME_CMD_EFFECTS_LBCC |
				 ZNVME_CMD_EFFECTS_CSUPP);
	assert_int_equal(get_log(&host, ZNVME_LOG_FW_SLOT, 0, 0, 512), 0);
	assert_int_equal(get_log(&host, ZNVME_LOG_CHANGED_NS, 0, 0, 4096), 0);
	assert_int_equal(get_log(&host, ZNVME_LOG_SELF_TEST, 0, 0, 564), 0);
	assert_int_equal(get_log(&host, ZNVME_LOG_FEATURE_EFFECTS, 0, 0, 1024), 0);
	assert_true(supported[ZNVME_FEAT_NUM_QUEUES] & ZNVME_FEATURE_EFFECTS_FSUPP);
	host_close(&host);
}

static uint32_t get_feature(struct host *host, uint8_t fid, unsigned sel, uint32_t nsid,
			    uint32_t cdw11)
{
	uint32_t value = 0;

	assert_int_equal(
		host_admin(host, ZNVME_ADM_GET_FEATURES, nsid, sel << 8 | fid, cdw11, &value), 0);
	return value;
}

static uint16_t set_feature(struct host *host, uint8_t fid, bool save, uint32_t nsid,
			    uint32_t cdw11)
{
	return host_admin(host, ZNVME_ADM_SET_FEATURES, nsid, (save ? ZNVME_FEATURES_SV : 0) | fid,
			  cdw11, NULL);
}

static void test_features(void **state)
{
	struct host host;
	char *data;

	(void)state;
	host_open(&host, "vectors=2");
	host_enable(&host);
	data = page_addr(&host, HOST_DATA);

	/* current, default, saved, capabilities */
	assert_int_equal(get_feature(&host, ZNVME_FEAT_ARBITRATION, 0, 0, 0), 7);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_ARBITRATION, true, 0, 3), 0);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_ARBITRATION, false, 0, 2), 0);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_ARBITRATION, 0, 0, 0), 2);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_ARBITRATION, 1, 0, 0), 7);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_ARBITRATION, 2, 0, 0), 3);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_ARBITRATION, 3, 0, 0),
			 ZNVME_FEAT_CAP_SAVEABLE | ZNVME_FEAT_CAP_CHANGEABLE);
	write32(&host, ZNVME_REG_CC, 0);
	host_enable(&host);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_ARBITRATION, 0, 0, 0), 3);

	assert_int_equal(set_feature(&host, ZNVME_FEAT_NUM_QUEUES, true, 0, 1u << 16 | 1),
			 ZNVME_SC_FEATURE_NOT_SAVEABLE);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_VWC, false, 1, 1),
			 ZNVME_SC_FEATURE_NOT_PER_NS);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_HMB, false, 0, 1), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_POWER_MGMT, false, 0, 30),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_ERROR_RECOVERY, false, 1, 5), 0);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_ERROR_RECOVERY, 0, 1, 0), 5);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_ERROR_RECOVERY, false, 9, 5),
			 ZNVME_SC_INVALID_NS);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_IRQ_VECTOR, false, 0, 1u << 16 | 1), 0);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_IRQ_VECTOR, 0, 0, 1), 1u << 16 | 1);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_IRQ_VECTOR, 0, 0, 0), 0);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_IRQ_VECTOR, false, 0, 2),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_SW_PROGRESS, false, 0, 9), 0);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_ERROR_RECOVERY, false, ZNVME_NSID_ALL, 6),
			 0);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_ERROR_RECOVERY, 0, 1, 0), 6);
	assert_int_equal(
		set_feature(&host, ZNVME_FEAT_ERROR_RECOVERY, false, 1, ZNVME_FEAT_ERROR_DULBE),
		ZNVME_SC_INVALID_FIELD);
	assert_int_equal(get_feature(&host, ZNVME_FEAT_VWC, 0, 0, 0), 1);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_VWC, false, 0, 0), 0);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_IOCS_PROFILE, false, 0, 0), 0);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_IOCS_PROFILE, false, 0, 1),
			 ZNVME_SC_IOCS_REJECTED);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_TEMP_THRESHOLD, false, 0, 1u << 16),
			 ZNVME_SC_INVALID_FIELD);

	/* with data */
	memset(data, 0, PAGE);
	memcpy(data, "0123456789abcdef", 16);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_HOST_ID, false, 0, 1), 0);
	memset(data, 0, PAGE);
	get_feature(&host, ZNVME_FEAT_HOST_ID, 0, 0, 1);
	assert_memory_equal(data, "0123456789abcdef", 16);
	memset(data, 2, PAGE);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_HOST_BEHAVIOR, false, 0, 0),
			 ZNVME_SC_INVALID_FIELD);
	memset(data, 0, PAGE);
	data[0] = 1;
	assert_int_equal(set_feature(&host, ZNVME_FEAT_HOST_BEHAVIOR, false, 0, 0), 0);
	data[0] = 0;
	get_feature(&host, ZNVME_FEAT_HOST_BEHAVIOR, 0, 0, 0);
	assert_int_equal(data[0], 1);
	memset(data, 0, PAGE);
	data[3] = 1;
	assert_int_equal(set_feature(&host, ZNVME_FEAT_TIMESTAMP, false, 0, 0), 0);
	get_feature(&host, ZNVME_FEAT_TIMESTAMP, 0, 0, 0);
	assert_int_equal(data[3], 1);
	assert_int_equal(data[6], 2); /* origin: set by the host */
	host_close(&host);
}

/* ---- events and Abort ---------------------------------------------------------------------- */

static void test_events(void **state)
{
	struct znvme_sqe aer = {.opcode = ZNVME_ADM_ASYNC_EVENT};
	struct znvme_cqe cqe;
	struct host host;

	(void)state;
	host_open(&host, "aerl=1");
	host_enable(&host);
	host_submit(&host, 0, &aer);
	host_submit(&host, 0, &aer);
	assert_false(host_reap(&host, 0, &cqe));
	host_submit(&host, 0, &aer);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.status >> 1 & ZNVME_STATUS_CODE, ZNVME_SC_ASYNC_EVENT_LIMIT);
	for (unsigned i = 0; i < 10000; i++)
		znvme_sim_async_event(host.sim, ZNVME_AER_TYPE_NOTICE, (uint8_t)i, 4);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.dw0, 4u << 16 | ZNVME_AER_TYPE_NOTICE);
	assert_false(host_reap(&host, 0, &cqe));
	znvme_sim_async_event(host.sim, ZNVME_AER_TYPE_VENDOR, 1, 0xc0);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.dw0, 0xc0u << 16 | 1u << 8 | ZNVME_AER_TYPE_VENDOR);

	/* a threshold below the temperature, wanted as an event */
	host_submit(&host, 0, &aer);
	assert_int_equal(
		set_feature(&host, ZNVME_FEAT_ASYNC_EVENT, false, 0, ZNVME_SMART_CRIT_TEMPERATURE),
		0);
	host_queue_command(&host, 0,
			   &(struct znvme_sqe){.opcode = ZNVME_ADM_SET_FEATURES,
					       .cdw10 = ZNVME_FEAT_TEMP_THRESHOLD,
					       .cdw11 = 300});
	host_ring(&host, 0);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.dw0 & 0xffff, 1u << 8 | ZNVME_AER_TYPE_SMART);
	assert_true(host_reap(&host, 0, &cqe));
	host_close(&host);
}

static void test_abort(void **state)
{
	struct znvme_sqe aer = {.opcode = ZNVME_ADM_ASYNC_EVENT};
	struct znvme_sqe read = io_command(ZNVME_CMD_READ, 0, 1, HOST_DATA);
	struct znvme_cqe cqe;
	struct host host;
	uint32_t result;
	uint16_t cid;

	(void)state;
	host_start(&host, "latency=3600000000");
	cid = host_submit(&host, 1, &read);
	host_submit(&host, 1, &read);
	assert_int_equal(counters_of(&host).max_outstanding, 2);
	assert_int_equal(host_admin(&host, ZNVME_ADM_ABORT, 0, (uint32_t)cid << 16 | 1, 0, &result),
			 0);
	assert_int_equal(result, 0);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.cid, cid);
	assert_int_equal(cqe.status >> 1, ZNVME_SC_ABORT_REQUESTED);
	assert_int_equal(host_admin(&host, ZNVME_ADM_ABORT, 0, (uint32_t)cid << 16 | 1, 0, &result),
			 0);
	assert_int_equal(result, 1);
	assert_int_equal(host_admin(&host, ZNVME_ADM_ABORT, 0, 2, 0, NULL), ZNVME_SC_INVALID_FIELD);
	cid = host_submit(&host, 0, &aer);
	host.queue[0].cid--; /* the same identifier again */
	host_submit(&host, 0, &aer);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.status >> 1 & ZNVME_STATUS_CODE, ZNVME_SC_CID_CONFLICT);
	assert_int_equal(counters_of(&host).protocol_errors, 1);
	host_queue_command(
		&host, 0,
		&(struct znvme_sqe){.opcode = ZNVME_ADM_ABORT, .cdw10 = (uint32_t)cid << 16});
	host_ring(&host, 0);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.cid, cid);
	assert_int_equal(cqe.status >> 1, ZNVME_SC_ABORT_REQUESTED);
	assert_true(host_reap(&host, 0, &cqe));
	assert_int_equal(cqe.dw0, 0);

	/* deleting the queue ends what is left in it */
	assert_int_equal(host_admin(&host, ZNVME_ADM_DELETE_SQ, 0, 1, 0, NULL), 0);
	assert_true(host_reap(&host, 1, &cqe));
	assert_int_equal(cqe.status >> 1, ZNVME_SC_ABORT_SQ_DELETED);
	host_close(&host);
}

/* Options that take away what newer controllers have, and what a driver must then do without. */
static void test_without(void **state)
{
	const struct znvme_id_ns *id;
	struct host host;

	(void)state;
	host_open(&host, "without=iocs+timestamp+save-select+log-offset,vwc=0,bs=8192,size=1M");
	host_enable_as(&host, HOST_CC & ~ZNVME_CC_CSS);
	assert_int_equal(read32(&host, ZNVME_REG_CSTS), ZNVME_CSTS_RDY);
	assert_int_equal(read32(&host, ZNVME_REG_CRTO), 10);
	assert_int_equal(host_identify(&host, ZNVME_CNS_IOCS, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_TIMESTAMP, false, 0, 0),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_ARBITRATION, true, 0, 0),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(set_feature(&host, ZNVME_FEAT_VWC, false, 0, 0), ZNVME_SC_INVALID_FIELD);
	assert_int_equal(host_admin(&host, ZNVME_ADM_GET_FEATURES, 0, 1u << 8 | 1, 0, NULL),
			 ZNVME_SC_INVALID_FIELD);
	assert_int_equal(get_log(&host, ZNVME_LOG_SMART, 0, 4096, 512), 0); /* offset ignored */
	assert_int_equal(page_addr(&host, HOST_DATA)[3], 100);
	assert_int_equal(host_identify(&host, ZNVME_CNS_NS, 1), 0);
	id = (void *)page_addr(&host, HOST_DATA);
	assert_int_equal(id->flbas, id->nlbaf); /* one that is not among the usual ones */
	host_close(&host);
}

/* A queue is deleted while its completions wait for room. */
static void test_delete_full_cq(void **state)
{
	struct znvme_sqe flush = {.opcode = ZNVME_CMD_FLUSH, .nsid = 1};
	struct host host;

	(void)state;
	host_open(&host, "");
	host_enable(&host);
	host_init_queue(&host, 1, 8);
	assert_int_equal(host_create_cq(&host, 1, 2, ZNVME_CREATE_PC), 0);
	assert_int_equal(host_create_sq(&host, 1, 8, 1), 0);
	for (unsigned i = 0; i < 7; i++)
		host_queue_command(&host, 1, &flush);
	host_ring(&host, 1);
	assert_int_equal(counters_of(&host).io_commands, 3); /* one posted, two held back */
	write32(&host, znvme_sq_doorbell_offset(1, 0), 3); /* four more: there is room for three */
	assert_int_equal(counters_of(&host).protocol_errors, 1);
	assert_int_equal(counters_of(&host).io_commands, 3);
	assert_int_equal(host_admin(&host, ZNVME_ADM_DELETE_SQ, 0, 1, 0, NULL), 0);
	assert_int_equal(host_admin(&host, ZNVME_ADM_DELETE_CQ, 0, 1, 0, NULL), 0);
	host_create_queue(&host, 1);
	assert_int_equal(host_exec(&host, 1, &flush), 0);
	host_close(&host);
}

static void test_opcodes(void **state)
{
	struct host host;

	(void)state;
	host_start(&host, "without=write-zeroes+format");
	assert_int_equal(host_admin(&host, ZNVME_ADM_FORMAT_NVM, 1, 0, 0, NULL),
			 ZNVME_SC_INVALID_OPCODE);
	assert_int_equal(host_admin(&host, ZNVME_ADM_KEEP_ALIVE, 0, 0, 0, NULL), 0);
	assert_int_equal(host_io(&host, 0x80, 0, 1, HOST_DATA), ZNVME_SC_INVALID_OPCODE);
	assert_int_equal(host_io(&host, ZNVME_CMD_WRITE_ZEROES, 0, 1, 0), ZNVME_SC_INVALID_OPCODE);
	host_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_life_cycle),
		cmocka_unit_test(test_bad_enable),
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_locked_registers),
		cmocka_unit_test(test_doorbells),
		cmocka_unit_test(test_full_cq),
		cmocka_unit_test(test_create_queues),
		cmocka_unit_test(test_entry_sizes),
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_logs),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_delete_full_cq),
		cmocka_unit_test(test_opcodes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
