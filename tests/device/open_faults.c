// SPDX-License-Identifier: MIT
/*
 * Controllers that do not come up, or say nonsense of themselves: what opening makes of them. The
 * simulator plays them; each test names its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests.h"

static int try_open(const char *address, const struct znvme_open_options *options)
{
	struct znvme_ctrl *ctrl;
	int rc = znvme_open(address, options, &ctrl);

	if (!rc)
		CHECK_OK(znvme_close(ctrl));
	else
		CHECK(*znvme_errmsg());
	return rc;
}

/* One more hook at work on the test's device. */
static struct znvme_ctrl *open_hooked(const struct znvme_sim_hooks *hooks, int expected)
{
	struct znvme_device *dev;
	struct znvme_ctrl *ctrl = NULL;
	int rc;

	CHECK_OK(znvme_device_open("sim:size=16M", &dev));
	znvme_sim_set_hooks(znvme_sim_of(dev), hooks);
	rc = znvme_open_device(dev, NULL, &ctrl);
	CHECK_RC(rc, expected);
	return ctrl;
}

static void never_ready(struct test *t)
{
	const struct znvme_open_options options = {.ready_timeout_ms = 100};

	(void)t;
	/* By the caller's deadline, and by that of CAP.TO: half a second. */
	CHECK_RC(try_open("sim:never_ready=1,to=255", &options), -ETIMEDOUT);
	CHECK_RC(try_open("sim:never_ready=1,to=1", NULL), -ETIMEDOUT);
}

static void late_but_in_time(struct test *t)
{
	(void)t;
	CHECK_RC(try_open("sim:ready=300,to=10", NULL), 0);
}

/* CAP.TO allows two minutes: only who looks at CSTS.CFS and at all ones is back before. */
static void fatal_while_enabling(struct test *t)
{
	(void)t;
	CHECK_RC(try_open("sim:cfs=enable,to=255", NULL), -EIO);
}

static void gone(struct test *t)
{
	(void)t;
	CHECK_RC(try_open("sim:removed=1,to=255", NULL), -ENODEV);
}

/* How many register reads still find the device. */
static void read_gone(void *arg, uint32_t offset, unsigned width, uint64_t *value)
{
	unsigned *reads_left = arg;

	(void)offset;
	if (*reads_left)
		--*reads_left;
	else
		*value = width == 4 ? UINT32_MAX : UINT64_MAX;
}

/* Pulled at any moment of opening: gone, at whichever register read it is noticed. */
static void gone_meanwhile(struct test *t)
{
	unsigned n;

	(void)t;
	for (n = 0; n < 40; n++) {
		const struct znvme_open_options options = {.ready_timeout_ms = 2000,
							   .admin_timeout_ms = 500};
		unsigned reads_left = n;
		struct znvme_sim_hooks hooks = {.arg = &reads_left, .reg_read = read_gone};
		struct znvme_device *dev;
		struct znvme_ctrl *ctrl;
		int rc;

		CHECK_OK(znvme_device_open("sim:size=16M", &dev));
		znvme_sim_set_hooks(znvme_sim_of(dev), &hooks);
		rc = znvme_open_device(dev, &options, &ctrl);
		if (rc == 0) {
			znvme_close(ctrl);
			continue;
		}
		CHECK_RC(rc, -ENODEV);
	}
}

/* All of Identify is noise: refused with a sentence, or survived, for every seed. */
static void garbage(struct test *t)
{
	unsigned refused = 0;

	(void)t;
	for (unsigned seed = 1; seed <= 200; seed++) {
		const struct znvme_ns *ns;
		struct znvme_ctrl *ctrl;
		uint32_t nsids[16];
		char address[64];
		int rc;

		snprintf(address, sizeof(address), "sim:garbage=1,size=1M,seed=%u", seed);
		rc = znvme_open(address, NULL, &ctrl);
		if (rc) {
			CHECK_RC(rc, -EPROTO);
			CHECK(*znvme_errmsg());
			refused++;
			continue;
		}
		rc = znvme_ns_list(ctrl, 0, nsids, 16);
		for (int i = 0; i < rc; i++)
			znvme_ns_get(ctrl, nsids[i], &ns);
		rc = znvme_ns_get(ctrl, 1, &ns);
		CHECK(rc <= 0);
		CHECK_OK(znvme_close(ctrl));
	}
	CHECK(refused > 0);
}

/* Identify Namespace as the arguments say, for the hook below. */
struct lie {
	uint8_t cns;
	size_t at; /* byte of the data that is changed */
	uint8_t value;
};

static void tell_lie(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len)
{
	const struct lie *lie = arg;

	if (qid == 0 && sqe->opcode == ZNVME_ADM_IDENTIFY && (sqe->cdw10 & 0xff) == lie->cns &&
	    lie->at < len)
		((uint8_t *)data)[lie->at] = lie->value;
}

static void impossible_block_sizes(struct test *t)
{
	static const uint8_t sizes[] = {0, 1, 8, 32, 63, 64, 200, 255};

	(void)t;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct lie lie = {ZNVME_CNS_NS, offsetof(struct znvme_id_ns, lbaf) + 2, sizes[i]};
		struct znvme_sim_hooks hooks = {.arg = &lie, .data = tell_lie};
		struct znvme_ctrl *ctrl = open_hooked(&hooks, 0);
		const struct znvme_ns *ns;

		CHECK_RC(znvme_ns_get(ctrl, 1, &ns), -EPROTO);
		CHECK(*znvme_errmsg());
		CHECK_OK(znvme_close(ctrl));
	}
}

/* A format index past the table, and a size whose bytes would overflow. */
static void impossible_namespaces(struct test *t)
{
	static const struct lie lies[] = {
		{ZNVME_CNS_NS, offsetof(struct znvme_id_ns, flbas), 0x0f},
		{ZNVME_CNS_NS, offsetof(struct znvme_id_ns, nsze) + 7, 0xff},
	};

	(void)t;
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct lie lie = lies[i];
		struct znvme_sim_hooks hooks = {.arg = &lie, .data = tell_lie};
		struct znvme_ctrl *ctrl = open_hooked(&hooks, 0);
		const struct znvme_ns *ns;

		CHECK_RC(znvme_ns_get(ctrl, 1, &ns), -EPROTO);
		CHECK_OK(znvme_close(ctrl));
	}
}

static void impossible_entry_sizes(struct test *t)
{
	static const struct lie lies[] = {
		{ZNVME_CNS_CTRL, offsetof(struct znvme_id_ctrl, sqes), 0x77},
		{ZNVME_CNS_CTRL, offsetof(struct znvme_id_ctrl, sqes), 0x55},
		{ZNVME_CNS_CTRL, offsetof(struct znvme_id_ctrl, cqes), 0x33},
		{ZNVME_CNS_CTRL, offsetof(struct znvme_id_ctrl, cqes), 0x55},
	};

	(void)t;
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		struct lie lie = lies[i];
		struct znvme_sim_hooks hooks = {.arg = &lie, .data = tell_lie};

		open_hooked(&hooks, -EPROTO);
	}
}

/* MDTS of any value: no shift too far, no transfer of nothing. */
static void any_mdts(struct test *t)
{
	(void)t;
	for (unsigned mdts = 0; mdts < 256; mdts += mdts < 70 ? 1 : 37) {
		struct lie lie = {ZNVME_CNS_CTRL, offsetof(struct znvme_id_ctrl, mdts),
				  (uint8_t)mdts};
		struct znvme_sim_hooks hooks = {.arg = &lie, .data = tell_lie};
		struct znvme_ctrl *ctrl = open_hooked(&hooks, 0);
		struct znvme_ctrl_info info;
		const struct znvme_ns *ns;

		znvme_ctrl_info(ctrl, &info);
		CHECK(info.max_transfer >= 4096);
		CHECK_OK(znvme_ns_get(ctrl, 1, &ns));
		CHECK(ns->max_nlb >= 1 && ns->max_nlb <= 65536);
		CHECK_OK(znvme_close(ctrl));
	}
}

/* A namespace list that does not rise would never end, or names a namespace twice. */
static void list_that_does_not_rise(struct test *t)
{
	struct lie lie = {ZNVME_CNS_NS_LIST, 4, 1}; /* second entry: 1 again */
	struct znvme_sim_hooks hooks = {.arg = &lie, .data = tell_lie};
	struct znvme_ctrl *ctrl = open_hooked(&hooks, 0);
	uint32_t nsids[64];
	int n = znvme_ns_list(ctrl, 0, nsids, 64);

	(void)t;
	CHECK(n == -EPROTO || n == 1);
	CHECK_OK(znvme_close(ctrl));
}

static void grant(void *arg, uint16_t qid, struct znvme_cqe *cqe)
{
	const uint32_t *granted = arg;

	/* Only Number of Queues has a result of this form while a controller is opened. */
	if (qid == 0 && cqe->dw0 == 0x003f003f)
		cqe->dw0 = *granted;
}

/* More or fewer queues granted than asked for, and not as many of each kind. */
static void strange_grants(struct test *t)
{
	static const struct {
		uint32_t granted;
		unsigned most;
	} cases[] = {{0xffffffff, 64}, {0, 1}, {0x00050002, 3}, {0x00020005, 3}};

	(void)t;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t granted = cases[i].granted;
		struct znvme_sim_hooks hooks = {.arg = &granted, .completion = grant};
		struct znvme_ctrl *ctrl = open_hooked(&hooks, 0);
		struct znvme_ctrl_info info;

		znvme_ctrl_info(ctrl, &info);
		CHECK_EQ(info.nr_io_queues, cases[i].most);
		CHECK_OK(znvme_close(ctrl));
	}
}

static void lose_admin_command(void *arg, struct znvme_sim_command *command)
{
	const uint8_t *opcode = arg;

	if (command->qid == 0 && command->sqe.opcode == *opcode)
		command->completions = 0;
}

static void first_command_unanswered(struct test *t)
{
	static const uint8_t opcodes[] = {ZNVME_ADM_IDENTIFY, ZNVME_ADM_SET_FEATURES};
	const struct znvme_open_options options = {.admin_timeout_ms = 200};

	(void)t;
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		uint8_t opcode = opcodes[i];
		struct znvme_sim_hooks hooks = {.arg = &opcode, .command = lose_admin_command};
		struct znvme_device *dev;
		struct znvme_ctrl *ctrl;

		CHECK_OK(znvme_device_open("sim:size=16M", &dev));
		znvme_sim_set_hooks(znvme_sim_of(dev), &hooks);
		CHECK_RC(znvme_open_device(dev, &options, &ctrl), -ETIMEDOUT);
		CHECK(*znvme_errmsg());
	}
}

static void bad_options(struct test *t)
{
	static const struct {
		const char *address, *word;
	} bad[] = {
		{"sim:colour=red", "colour"},  {"sim:size", "size"},
		{"sim:size=banana", "banana"}, {"sim:bs=513", "bs"},
		{"sim:mdts=99", "mdts"},       {"sim:size=1M,,seed=1", ""},
		{"sim:seed=", "seed"},	       {"sim:SIZE=1M", "SIZE"},
		{"sim:iova=12", "iova"},       {"sim:size=1M,", ""},
	};

	(void)t;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK_RC(try_open(bad[i].address, NULL), -EINVAL);
		CHECK_MESSAGE(bad[i].word);
	}
}

static void bad_files(struct test *t)
{
	(void)t;
	CHECK(try_open("sim:file=/nonexistent/disk", NULL) < 0);
	CHECK_MESSAGE("/nonexistent/disk");
	CHECK(try_open("sim:file=/proc", NULL) < 0);
}

static void named_by_the_environment(struct test *t)
{
	(void)t;
	setenv("ZNVME_DEVICE", "sim:size=16M,n1", 1);
	CHECK_RC(try_open(NULL, NULL), 0);
	setenv("ZNVME_DEVICE", "sim:colour=red", 1);
	CHECK_RC(try_open(NULL, NULL), -EINVAL);
	unsetenv("ZNVME_DEVICE");
	CHECK_RC(try_open(NULL, NULL), -EINVAL);
	CHECK_MESSAGE("ZNVME_DEVICE");
}

static void quirk_row(struct test *t)
{
	struct znvme_ctrl_info info;
	struct znvme_ctrl *ctrl;

	(void)t;
	CHECK_OK(znvme_open("sim:size=16M,pci=1b36:0010", NULL, &ctrl));
	znvme_ctrl_info(ctrl, &info);
	CHECK(info.quirks != 0);
	CHECK_OK(znvme_close(ctrl));
	CHECK_OK(znvme_open("sim:size=16M,pci=1234:5678", NULL, &ctrl));
	znvme_ctrl_info(ctrl, &info);
	CHECK_EQ(info.quirks, 0);
	CHECK_OK(znvme_close(ctrl));
}

/* Everything that the simulator can be: each opens, moves data, closes. */
static void odd_controllers(struct test *t)
{
	static const char *const addresses[] = {
		"sim:mqes=2",
		"sim:mqes=65536",
		"sim:queues=1",
		"sim:queues=3",
		"sim:vectors=0",
		"sim:vectors=1",
		"sim:vectors=2",
		"sim:dstrd=1",
		"sim:dstrd=4",
		"sim:mpsmin=1",
		"sim:mpsmin=4,mpsmax=4",
		"sim:mdts=1",
		"sim:mdts=0",
		"sim:bs=4096",
		"sim:bs=65536,mdts=5",
		"sim:iova=32",
		"sim:iova=39",
		"sim:aerl=0",
		"sim:aerl=255",
		"sim:vwc=0",
		"sim:without=log-offset+iocs+sgl",
		"sim:ns=3,nn=1000",
		"sim:to=0",
		"sim:without=write-zeroes+dsm+compare",
		"sim:latency=10-300",
		"sim:pci=8086:0953",
	};

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		static char buf[262144];

		test_open_with(t, addresses[i], NULL);
		fill_pattern(buf, sizeof(buf), i);
		CHECK_RC(znvme_pwrite(t->ns, buf, sizeof(buf), 65536, 0, NULL), sizeof(buf));
		memset(buf, 0, sizeof(buf));
		CHECK_RC(znvme_pread(t->ns, buf, sizeof(buf), 65536, 0, NULL), sizeof(buf));
		if (check_pattern(buf, sizeof(buf), i) != sizeof(buf))
			FAIL("%s: data differ", addresses[i]);
		test_close(t);
	}
}

static const struct test_case cases[] = {
	{"never ready: the deadline holds", never_ready, HAS_SIM},
	{"late but in time: it opens", late_but_in_time, HAS_SIM},
	{"a fatal status ends the wait", fatal_while_enabling, HAS_SIM},
	{"registers of all ones are no controller", gone, HAS_SIM},
	{"pulled while it is opened", gone_meanwhile, HAS_SIM},
	{"Identify of noise, by 200 seeds", garbage, HAS_SIM},
	{"impossible block sizes are refused", impossible_block_sizes, HAS_SIM},
	{"impossible namespaces are refused", impossible_namespaces, HAS_SIM},
	{"impossible queue entry sizes are refused", impossible_entry_sizes, HAS_SIM},
	{"any MDTS is survived", any_mdts, HAS_SIM},
	{"a namespace list that does not rise is refused", list_that_does_not_rise, HAS_SIM},
	{"strange grants of queues are cut to sense", strange_grants, HAS_SIM},
	{"an unanswered command at opening has its deadline", first_command_unanswered, HAS_SIM},
	{"bad options of the simulator are refused by name", bad_options, HAS_SIM},
	{"bad files of the simulator are refused by name", bad_files, HAS_SIM},
	{"the environment names the device", named_by_the_environment, HAS_SIM},
	{"a quirk applies to its device only", quirk_row, HAS_SIM},
	{"odd controllers open and move data", odd_controllers, HAS_SIM},
};

const struct test_group open_fault_tests = {"open faults", cases, ARRAY_LEN(cases)};
