// SPDX-License-Identifier: MIT
/*
 * Which log pages there are, and those of what lies around the controller: the eye opening of its
 * port's receivers (PCIe Transport, section 3.9.1.1), the NVM subsystems that share a namespace
 * (Base 2.1, section 8.1.9).
 */
#include <errno.h>
#include <stdlib.h>

#include "tests.h"

static void open_with(struct test *t, const char *options)
{
	test_open_with(t, test_address(t, options), NULL);
}

/* Every log page that the controller says it has can be read, and no other. */
static void all_logs(struct test *t)
{
	static uint8_t data[4096];
	struct znvme_supported_log supported;
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_SUPPORTED};

	open_with(t, "with=ana+plm+reachability+rotational+mi+eom+dispersed,boot=128K");
	CHECK_OK(znvme_get_log(t->ctrl, &args, &supported, sizeof(supported)));
	for (unsigned lid = 0; lid < 256; lid++) {
		int rc;

		if (lid == ZNVME_LOG_CHANGED_ZONES) /* of a zoned namespace, not the controller */
			continue;
		args = (struct znvme_get_log_args){.lid = (uint8_t)lid, .lsi = 1};
		if (lid == ZNVME_LOG_PERSISTENT_EVENT)
			args.lsp = ZNVME_PEL_ESTABLISH;
		if (lid == ZNVME_LOG_DISPERSED_NS)
			args.nsid = 1;
		if (lid == ZNVME_LOG_PHY_RX_EOM)
			args.lsi = 0;
		rc = znvme_get_log(t->ctrl, &args, data, sizeof(data));
		if (supported.lid_support[lid] & ZNVME_LOG_SUPPORT_LSUPP)
			CHECK_OK(rc);
		else
			CHECK_STATUS(rc, ZNVME_SC_INVALID_LOG_PAGE);
	}
}

/* ---- the eyes ------------------------------------------------------------------------------ */

struct watch {
	uint64_t last, total;
	bool astray, stop;
};

static bool watch_measure(void *arg, uint64_t done, uint64_t total)
{
	struct watch *watch = arg;

	watch->astray |= done > total || done < watch->last;
	watch->last = done;
	watch->total = total;
	return !watch->stop;
}

static int act(struct test *t, uint8_t lsp, uint16_t cntlid, struct znvme_eom_log *log)
{
	const struct znvme_get_log_args args = {
		.lid = ZNVME_LOG_PHY_RX_EOM, .lsp = lsp, .lsi = cntlid};

	return znvme_get_log(t->ctrl, &args, log, sizeof(*log));
}

static uint8_t lsp_of(enum znvme_eom_action action, unsigned quality)
{
	return (uint8_t)(znvme_field_put(ZNVME_EOM_LSP_ACT, action) |
			 znvme_field_put(ZNVME_EOM_LSP_MQUAL, quality));
}

static int measure(struct test *t, enum znvme_eom_quality quality)
{
	return znvme_eom_measure(t->ctrl, 0, quality, PATIENCE_MS, NULL, NULL);
}

/* The row of an eye, its edges by the eye data, and the centre, which is open. */
static void check_row(const struct znvme_eom_eye *eye, unsigned row)
{
	const char *cells = eye->printable + (size_t)row * eye->desc.ncols;
	unsigned from = eye->data[2 * row], to = eye->data[2 * row + 1];

	for (unsigned i = 0; i < eye->desc.ncols; i++)
		CHECK_EQ(cells[i], i >= from && i < to ? '0' : '1');
}

static void eyes_are_measured(struct test *t)
{
	struct watch watch = {0};
	struct znvme_eom_log log;
	struct znvme_eom_eye eye;
	void *data;
	size_t len;

	open_with(t, "with=eom,eom_time=600");
	CHECK_OK(act(t, 0, 0, &log));
	CHECK_EQ(log.eomip, ZNVME_EOM_NOT_STARTED);
	CHECK_EQ(log.rsize, sizeof(log));
	CHECK_EQ(log.etbetter, 1);
	CHECK_EQ(log.etbest, 2);
	CHECK_OK(znvme_eom_measure(t->ctrl, 0, ZNVME_EOM_BETTER, PATIENCE_MS, watch_measure,
				   &watch));
	CHECK(!watch.astray);
	CHECK_EQ(watch.total, 1000);
	CHECK_EQ(watch.last, 1000);
	CHECK_OK(znvme_eom_read(t->ctrl, 0, &data, &len));
	memcpy(&log, data, sizeof(log));
	CHECK_EQ(log.eomip, ZNVME_EOM_COMPLETED);
	CHECK_EQ(log.eomdgn, 1);
	CHECK_EQ(log.lspfc, lsp_of(ZNVME_EOM_START, ZNVME_EOM_BETTER));
	CHECK_EQ(log.nd, log.lanes * log.epl);
	CHECK_EQ(len, log.rsize);
	for (unsigned i = 0; i < log.nd; i++) {
		CHECK_OK(znvme_eom_eye(data, len, i, &eye));
		CHECK_EQ(eye.desc.lane, i);
		CHECK_EQ(eye.desc.mstatus, ZNVME_EOM_MSTATUS_SUCCESSFUL);
		CHECK(eye.desc.top <= log.maxtb && eye.desc.left <= log.maxlr);
		CHECK_EQ(eye.desc.edlen, 2u * eye.desc.nrows);
		for (unsigned row = 0; row < eye.desc.nrows; row++)
			check_row(&eye, row);
		CHECK_EQ(eye.printable[log.maxtb * eye.desc.ncols + log.maxlr], '0');
	}
	CHECK_EQ(znvme_eom_eye(data, len, log.nd, &eye), -ENOENT);
	CHECK_EQ(znvme_eom_eye(data, len - 4, log.nd - 1u, &eye), -EPROTO);
	CHECK_EQ(znvme_eom_eye(data, 60, 0, &eye), -ENOENT);
	free(data);
}

static void measurements_are_ended(struct test *t)
{
	struct watch watch = {.stop = true};
	struct znvme_eom_log log;
	struct znvme_eom_eye eye;
	void *data;
	size_t len;

	open_with(t, "with=eom,eom_time=60000");
	CHECK_RC(znvme_eom_measure(t->ctrl, 0, ZNVME_EOM_GOOD, 5, NULL, NULL), -ETIMEDOUT);
	CHECK_RC(znvme_eom_measure(t->ctrl, 0, ZNVME_EOM_GOOD, 0, watch_measure, &watch),
		 -ECANCELED);
	CHECK_OK(znvme_eom_read(t->ctrl, 0, &data, &len));
	CHECK_EQ(len, sizeof(log));
	memcpy(&log, data, sizeof(log));
	CHECK_EQ(log.eomip, ZNVME_EOM_IN_PROGRESS);
	CHECK_EQ(log.eomdgn, 2);
	CHECK_EQ(log.nd, 0);
	CHECK_EQ(znvme_eom_eye(data, len, 0, &eye), -ENOENT);
	free(data);
	CHECK_OK(act(t, lsp_of(ZNVME_EOM_ABORT, 3), 0, &log)); /* the quality does not matter */
	CHECK_EQ(log.eomip, ZNVME_EOM_NOT_STARTED);
	CHECK_EQ(log.lspfc, 0);
	CHECK_OK(act(t, lsp_of(ZNVME_EOM_START, ZNVME_EOM_BEST), 0, &log));
	CHECK_EQ(log.eomip, ZNVME_EOM_IN_PROGRESS);
	CHECK_EQ(log.li, 4);
	CHECK_OK(znvme_reset(t->ctrl));
	CHECK_OK(act(t, 0, 0, &log));
	CHECK_EQ(log.eomip, ZNVME_EOM_NOT_STARTED);
	CHECK_EQ(log.li, 0);
}

static void measurements_that_cannot_be(struct test *t)
{
	struct znvme_eom_log log;

	open_with(t, "with=eom");
	CHECK_STATUS(act(t, lsp_of((enum znvme_eom_action)3, 0), 0, &log), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(act(t, lsp_of(ZNVME_EOM_START, 3), 0, &log), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(act(t, 0, 1, &log), ZNVME_SC_INVALID_FIELD);
	CHECK_STATUS(znvme_eom_measure(t->ctrl, 7, ZNVME_EOM_GOOD, 0, NULL, NULL),
		     ZNVME_SC_INVALID_FIELD);
	test_close(t);
	test_open(t);
	CHECK_STATUS(measure(t, ZNVME_EOM_GOOD), ZNVME_SC_INVALID_LOG_PAGE);
}

/* Header and descriptors that cannot be, by what the device gives for them. */
static void eyes_that_lie(struct test *t)
{
	static const struct {
		const char *data; /* of a fault rule */
		int rc;		  /* of reading it */
		int eye;	  /* of its first eye */
	} lies[] = {
		{"2:0000", -EPROTO, 0},		 /* a header of no bytes */
		{"2:3f00", -EPROTO, 0},		 /* one that is too short */
		{"2:0010", 0, 0},		 /* the eyes are behind what there is: zeroes */
		{"20:ffffffffffff", -EPROTO, 0}, /* 256 TiB of descriptors */
		{"20:00000000", 0, -EPROTO},	 /* descriptors of no bytes */
		{"20:1f000000", 0, -EPROTO},	 /* of less than their header */
		{"76:ffffffff", 0, -EPROTO},	 /* 65535 rows and columns */
		{"78:0000", 0, -EPROTO},	 /* rows without columns */
		{"80:ffffffff", 0, -EPROTO},	 /* 4 GiB of eye data */
		{"80:36000000", 0, -EPROTO},	 /* one dword too many */
		{"24:0000", 0, -ENOENT},	 /* no descriptors */
		{"1:01", 0, -ENOENT},		 /* still in progress */
		{"1:07", 0, -ENOENT},		 /* something else */
		{"10:00", 0, 0},		 /* neither printable eyes nor data */
	};
	struct znvme_eom_eye eye;
	char rule[80];
	void *data;
	size_t len;

	for (unsigned i = 0; i < ARRAY_LEN(lies); i++) {
		open_with(t, "with=eom");
		CHECK_OK(measure(t, ZNVME_EOM_GOOD));
		snprintf(rule, sizeof(rule), "when lid=0x19 do data=%s", lies[i].data);
		CHECK_OK(znvme_sim_add_faults(t->sim, rule));
		CHECK_RC(znvme_eom_read(t->ctrl, 0, &data, &len), lies[i].rc);
		if (!lies[i].rc) {
			CHECK_EQ(znvme_eom_eye(data, len, 0, &eye), lies[i].eye);
			free(data);
		}
		test_close(t);
	}
	/* The last of them had an eye without a picture. */
	CHECK_EQ(eye.desc.nrows, 0);
	CHECK_EQ(eye.desc.edlen, 0);
}

static void eyes_that_change(struct test *t)
{
	void *data;
	size_t len;

	open_with(t, "with=eom");
	CHECK_OK(measure(t, ZNVME_EOM_GOOD));
	CHECK_OK(znvme_sim_add_faults(t->sim, "when lid=0x19 nth=2 do data=8:07"));
	CHECK_RC(znvme_eom_read(t->ctrl, 0, &data, &len), -EAGAIN);
	CHECK_OK(znvme_sim_add_faults(t->sim, "when lid=0x19 nth=2 do data=8:07"));
	CHECK_RC(measure(t, ZNVME_EOM_GOOD), -ECANCELED);
	CHECK_OK(znvme_sim_add_faults(t->sim, "when lid=0x19 nth=2 do data=1:00"));
	CHECK_RC(measure(t, ZNVME_EOM_GOOD), -ECANCELED);
}

/* Whatever the bytes, an eye is within them. */
static void eyes_of_noise(struct test *t)
{
	const size_t len = 64 + 3 * 160;
	uint64_t state = 7;

	(void)t;
	for (unsigned turn = 0; turn < 20000; turn++) {
		uint8_t *data = malloc(len);
		struct znvme_eom_log log = {.eomip = ZNVME_EOM_COMPLETED, .hsize = 64, .odp = 3};
		struct znvme_eom_eye eye;
		uint64_t last;

		for (size_t i = 0; i < len; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			data[i] = (uint8_t)(state >> 60); /* small numbers: more of them fit */
		}
		log.dsize = 32 + (uint32_t)(state >> 40) % 200;
		log.nd = (uint16_t)(state >> 33) % 5;
		memcpy(data, &log, sizeof(log));
		for (unsigned i = 0; i < 5; i++) {
			if (znvme_eom_eye(data, len, i, &eye))
				continue;
			last = (uint64_t)(eye.data - data) + eye.desc.edlen;
			CHECK(last <= len && last <= 64 + (i + 1ull) * log.dsize);
		}
		free(data);
	}
}

/* ---- dispersed namespaces ------------------------------------------------------------------ */

static void subsystems_of_a_namespace(struct test *t)
{
	struct {
		struct znvme_dispersed_ns_log log;
		char name[3][ZNVME_NQN_SIZE];
	} page;
	struct znvme_get_log_args args = {.lid = ZNVME_LOG_DISPERSED_NS, .nsid = 1};
	struct znvme_id_ns_indep indep;
	struct znvme_id_ns id;

	open_with(t, "with=dispersed,capacity=1G,nn=4");
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_NS, 1, 0, 0, 0, &id));
	CHECK(id.nmic & ZNVME_NS_NMIC_DISPERSED);
	CHECK_OK(znvme_identify(t->ctrl, ZNVME_CNS_INDEP_NS, 1, 0, 0, 0, &indep));
	CHECK_EQ(indep.nmic, id.nmic);
	CHECK_OK(znvme_get_log(t->ctrl, &args, &page, sizeof(page)));
	CHECK_EQ(page.log.numpsub, 2);
	CHECK(!strcmp(page.name[0], znvme_id_ctrl(t->ctrl)->subnqn));
	CHECK(!strncmp(page.name[1], "nqn.", 4) && strcmp(page.name[0], page.name[1]));
	CHECK_EQ(page.name[2][0], '\0');
	args.nsid = 9;
	CHECK_STATUS(znvme_get_log(t->ctrl, &args, &page, sizeof(page)), ZNVME_SC_INVALID_NS);
	args.nsid = 0; /* all of them */
	CHECK_STATUS(znvme_get_log(t->ctrl, &args, &page, sizeof(page)), ZNVME_SC_INVALID_NS);
}

static int report(struct test *t, bool takes)
{
	struct znvme_resv_status status;
	const struct znvme_sqe cmd = {
		.opcode = ZNVME_CMD_RESV_REPORT,
		.nsid = t->ns->nsid,
		.cdw10 = sizeof(status) / 4 - 1,
		.cdw11 = takes ? ZNVME_RESV_REPORT_DISNSRS : 0,
	};

	return znvme_io_exec(t->ctrl, &cmd, &status, sizeof(status), NULL, 0, NULL, 0);
}

static void reservations_of_a_dispersed_namespace(struct test *t)
{
	const struct znvme_feature_args args = {.fid = ZNVME_FEAT_HOST_BEHAVIOR};
	struct znvme_host_behavior behavior = {.hdisns = 1};
	struct znvme_resv_register_data data = {.nrkey = 7};
	struct znvme_sqe cmd = {.opcode = ZNVME_CMD_RESV_REGISTER};
	struct znvme_reservation reservation;

	open_with(t, "with=dispersed");
	cmd.nsid = t->ns->nsid;
	CHECK_OK(report(t, false));
	CHECK_OK(znvme_set_feature(t->ctrl, &args, &behavior, sizeof(behavior), NULL));
	CHECK_STATUS(report(t, false), ZNVME_SC_NS_DISPERSED);
	CHECK_OK(report(t, true));
	CHECK_STATUS(znvme_io_exec(t->ctrl, &cmd, &data, sizeof(data), NULL, 0, NULL, 0),
		     ZNVME_SC_NS_DISPERSED);
	CHECK_OK(znvme_resv_register(t->ns, ZNVME_RESV_REGISTER, 0, 5, false,
				     ZNVME_RESV_CPTPL_KEEP));
	CHECK_OK(znvme_resv_report(t->ns, &reservation, NULL, 0));
	CHECK_EQ(reservation.nr_registrants, 1);
	CHECK_OK(znvme_resv_register(t->ns, ZNVME_RESV_UNREGISTER, 5, 0, false,
				     ZNVME_RESV_CPTPL_KEEP));
	cmd.cdw10 = ZNVME_RESV_DISNSRS;
	CHECK_OK(znvme_io_exec(t->ctrl, &cmd, &data, sizeof(data), NULL, 0, NULL, 0));
}

static const struct test_case cases[] = {
	{"every log page there is can be read", all_logs, HAS_SIM},
	{"eyes are measured, and drawn", eyes_are_measured, HAS_SIM},
	{"what ends a measurement of eyes", measurements_are_ended, HAS_SIM},
	{"measurements of eyes that cannot be are refused", measurements_that_cannot_be, HAS_SIM},
	{"eyes that lie are found out", eyes_that_lie, HAS_SIM},
	{"eyes that change while they are read", eyes_that_change, HAS_SIM},
	{"an eye is within its log page", eyes_of_noise, HAS_SIM},
	{"NVM subsystems that share a namespace", subsystems_of_a_namespace, HAS_SIM},
	{"reservations of a dispersed namespace", reservations_of_a_dispersed_namespace, HAS_SIM},
};

const struct test_group log_tests = {"logs", cases, ARRAY_LEN(cases)};
