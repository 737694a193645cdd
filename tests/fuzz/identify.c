// SPDX-License-Identifier: MIT
/*
 * What the tool says of a device that says anything: the simulator, with the input laid over its
 * Identify data, logs, features, results, statuses and registers, and the commands that decode
 * them, run in normal and JSON format. What is printed, on stderr too, is printable; JSON parses.
 *
 * An input is two bytes that choose the command and its format, then patches (struct patch).
 */
#include "commands.h"
#include "fuzz.h"

#define MAX_PATCHES 32
#define PATCH_BYTES 64

enum patch_target {
	PATCH_ID_CTRL,
	PATCH_IDENTIFY, /* any other Identify */
	PATCH_LOG,
	PATCH_FEATURE,
	PATCH_RESULT,	/* dwords 0 and 1 of the n-th admin completion */
	PATCH_STATUS,	/* and its status */
	PATCH_REGISTER, /* see patchable_registers */
	PATCH_EVENT,	/* none: an asynchronous event of the first three bytes, once it is open */
	PATCH_ZONES,	/* zone reports */
	PATCH_NR_TARGETS,
};

/* `bytes` are added bit by bit to what the simulator says, from `offset` on, `repeat` times. */
struct patch {
	enum patch_target target;
	unsigned offset;
	unsigned repeat;
	size_t len;
	uint8_t bytes[PATCH_BYTES];
};

struct patches {
	struct patch patch[MAX_PATCHES];
	unsigned nr;
	unsigned completions; /* of the admin queue, so far */
};

/* Those that are no status: nothing that the driver waits for. */
static const uint32_t patchable_registers[] = {
	ZNVME_REG_CAP,	 ZNVME_REG_CAP + 4, ZNVME_REG_VS,   ZNVME_REG_CMBLOC,
	ZNVME_REG_CMBSZ, ZNVME_REG_CMBSTS,  ZNVME_REG_CRTO,
};

/* No device is opened but this one, with the patches of the input. */
static struct patches patches;
int __wrap_znvme_open(const char *address, const struct znvme_open_options *options,
		      struct znvme_ctrl **ctrl);

static void apply(const struct patch *patch, size_t offset, uint8_t *data, size_t len)
{
	for (unsigned n = 0; n < patch->repeat; n++)
		for (size_t i = 0; i < patch->len && offset < len; i++, offset++)
			data[offset] ^= patch->bytes[i];
}

static void apply_all(enum patch_target target, void *data, size_t len)
{
	for (unsigned i = 0; i < patches.nr; i++)
		if (patches.patch[i].target == target)
			apply(&patches.patch[i], patches.patch[i].offset, data, len);
}

static void patch_data(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len)
{
	(void)arg;
	if (qid && sqe->opcode == ZNVME_CMD_ZONE_MGMT_RECV)
		apply_all(PATCH_ZONES, data, len);
	else if (qid && sqe->opcode != ZNVME_CMD_READ) /* what lists something else */
		apply_all(PATCH_LOG, data, len);
	if (qid)
		return;
	switch (sqe->opcode) {
	case ZNVME_ADM_GET_LBA_STATUS:
	case ZNVME_ADM_DIRECTIVE_RECV:
	case ZNVME_ADM_MIGRATION_RECV:
		apply_all(PATCH_LOG, data, len);
		break;
	case ZNVME_ADM_IDENTIFY:
		apply_all(znvme_field_get(ZNVME_IDENTIFY_CNS, sqe->cdw10) == ZNVME_CNS_CTRL
				  ? PATCH_ID_CTRL
				  : PATCH_IDENTIFY,
			  data, len);
		break;
	case ZNVME_ADM_GET_LOG_PAGE:
		apply_all(PATCH_LOG, data, len);
		break;
	case ZNVME_ADM_GET_FEATURES:
		apply_all(PATCH_FEATURE, data, len);
		break;
	}
}

static void patch_completion(void *arg, uint16_t qid, struct znvme_cqe *cqe)
{
	(void)arg;
	if (qid)
		return;
	for (unsigned i = 0; i < patches.nr; i++) {
		const struct patch *patch = &patches.patch[i];

		if (patch->offset % 64 != patches.completions)
			continue;
		if (patch->target == PATCH_RESULT)
			apply(patch, 0, (uint8_t *)&cqe->dw0, 8);
		else if (patch->target == PATCH_STATUS)
			apply(patch, 0, (uint8_t *)&cqe->status, 2);
	}
	patches.completions++;
}

static void patch_register(void *arg, uint32_t offset, unsigned width, uint64_t *value)
{
	(void)arg;
	for (unsigned i = 0; i < patches.nr; i++) {
		const struct patch *patch = &patches.patch[i];
		uint32_t at = patchable_registers[patch->offset % TOOL_COUNT(patchable_registers)];

		if (patch->target == PATCH_REGISTER && at >= offset && at + 4 <= offset + width)
			apply(patch, at - offset, (uint8_t *)value, width);
	}
}

int __wrap_znvme_open(const char *address, const struct znvme_open_options *options,
		      struct znvme_ctrl **ctrl)
{
	const struct znvme_sim_hooks hooks = {
		.data = patch_data,
		.completion = patch_completion,
		.reg_read = patch_register,
	};
	struct znvme_open_options quick = *options;
	struct znvme_device *dev;
	struct znvme_sim *sim;
	int rc;

	(void)address;
	quick.ready_timeout_ms = 1;
	quick.admin_timeout_ms = 20;
	/* Registers that are wrong can lead I/O doorbells astray. */
	quick.io_timeout_ms = 20;
	quick.timeout_policy = ZNVME_TIMEOUT_FAIL;
	FUZZ_CHECK(!znvme_sim_create(
		"size=32K+32K+32K,zoned=0+1+0,kv=0+0+1,fdp=3,zone_size=8K,ext=64,zrwa=2K,nn=4,"
		"capacity=192K,queues=2,vectors=0,mqes=16,cmb=8K,aerl=1,boot=128K,"
		"with=ana+plm+reachability+rotational+domains+uuids+virt+lm,guest=3",
		&dev));
	sim = znvme_sim_of(dev);
	znvme_sim_set_hooks(sim, &hooks);
	rc = znvme_open_device(dev, &quick, ctrl);
	for (unsigned i = 0; rc == 0 && i < patches.nr; i++) {
		const struct patch *patch = &patches.patch[i];

		if (patch->target == PATCH_EVENT)
			znvme_sim_async_event(sim, patch->bytes[0], patch->bytes[1],
					      patch->bytes[2]);
	}
	return rc;
}

static void read_patches(struct fuzz_input *in)
{
	patches.nr = patches.completions = 0;
	while (in->left && patches.nr < MAX_PATCHES) {
		struct patch *patch = &patches.patch[patches.nr++];

		patch->target = fuzz_byte(in) % PATCH_NR_TARGETS;
		patch->offset = (unsigned)fuzz_number(in, 2) % 8192;
		patch->len = fuzz_byte(in);
		patch->repeat = patch->len & 0x80 ? 4096 : 1; /* or to the end */
		patch->len = patch->len % PATCH_BYTES + 1;
		for (size_t i = 0; i < patch->len; i++)
			patch->bytes[i] = fuzz_byte(in);
	}
}

/* A word may be NULL. */
static const struct {
	const struct tool_command *command;
	const char *words[6];
} runs[] = {
	{&id_ctrl_command, {"-V"}},
	{&id_ctrl_command, {"-H"}},
	{&id_ns_command, {"-V"}},
	{&id_ns_command, {"-H", "-n", "2"}},
	{&list_ns_command, {NULL}},
	{&list_ns_command, {"-a"}},
	{&ns_descs_command, {NULL}},
	{&smart_log_command, {"-H", "-f"}},
	{&error_log_command, {NULL}},
	{&fw_log_command, {NULL}},
	{&get_log_command, {"-i", "6", "-l", "8192"}},
	{&get_feature_command, {"-H"}},
	{&get_feature_command, {"-H", "-s", "3"}},
	{&show_regs_command, {"-H"}},
	{&nvm_id_ns_command, {"-H"}},
	{&resv_notif_log_command, {NULL}},
	{&resv_report_command, {"-e"}},
	{&resv_report_command, {"-d", "20"}},
	{&get_lba_status_command, {"-a", "2"}},
	{&fdp_configs_command, {"-H", "-e", "1"}},
	{&fdp_usage_command, {"-e", "1"}},
	{&fdp_stats_command, {"-e", "1"}},
	{&fdp_events_command, {"-E", "-e", "1"}},
	{&fdp_status_command, {NULL}},
	{&fdp_feature_command, {"-e", "1"}},
	{&copy_command, {"-d9", "-s0", "-b1"}},
	{&verify_command, {"-c", "3"}},
	{&write_zeroes_command, {"-d", "-c", "9"}},
	{&kv_list_command, {"-n", "3"}},
	{&kv_retrieve_command, {"-n", "3", "-k", "x"}},
	{&zns_id_ctrl_command, {NULL}},
	{&zns_id_ns_command, {"-H", "-V", "-n", "2"}},
	{&zns_report_zones_command, {"-e", "-n", "2"}},
	{&zns_report_zones_command, {"-S", "1", "-n", "2"}},
	{&zns_changed_zone_list_command, {"-n", "2"}},
	{&zns_zone_append_command, {"-z", "512", "-n2", "-d/dev/null"}},
	{&list_ctrl_command, {NULL}},
	{&nvm_id_ctrl_command, {"-H"}},
	{&indep_ns_command, {"-H"}},
	{&id_format_command, {"-i", "1"}},
	{&granularity_command, {NULL}},
	{&iocs_command, {NULL}},
	{&nvmset_command, {NULL}},
	{&uuid_command, {"-H"}},
	{&domain_command, {NULL}},
	{&list_endgrp_command, {NULL}},
	{&primary_command, {"-H"}},
	{&secondary_command, {NULL}},
	{&supported_logs_command, {"-H"}},
	{&effects_log_command, {"-H"}},
	{&feature_effects_command, {"-H"}},
	{&mi_effects_command, {"-H"}},
	{&changed_ns_command, {NULL}},
	{&self_test_log_command, {NULL}},
	{&sanitize_log_command, {"-H"}},
	{&telemetry_command, {"-O", "/dev/null"}},
	{&telemetry_command, {"-O", "/dev/null", "-c"}},
	{&pevent_command, {"-a", "1"}},
	{&endurance_log_command, {"-H"}},
	{&endurance_events_command, {NULL}},
	{&ana_command, {NULL}},
	{&lba_status_command, {NULL}},
	{&media_unit_command, {NULL}},
	{&capacity_log_command, {NULL}},
	{&plm_command, {NULL}},
	{&plm_events_command, {NULL}},
	{&rotational_command, {NULL}},
	{&reach_groups_command, {NULL}},
	{&reach_assoc_command, {NULL}},
	{&lockdown_log_command, {"-s", "2"}},
	{&boot_log_command, {"-H", "-f", "/dev/null"}},
	{&dir_receive_command, {"-H"}},
	{&self_test_command, {"-s", "1", "-w", "-t", "5"}},
	{&sanitize_command, {"-a", "2", "--force", "-t", "5"}},
	{&format_command, {"-b", "4096", "--force"}},
	{&create_ns_command, {"-S", "8K"}},
	{&ns_rescan_command, {NULL}},
	{&lm_migration_recv_command, {"-c", "1", "-V", "1", "-H"}},
	{&lm_get_cdq_command, {"--create", "16"}},
	{&lm_track_command, {"-c", "1", "-d", "0", "-e", "4"}},
};

/* Numbers that are divided by, or counted up to. */
static void check_limits(const struct znvme_ns *ns)
{
	struct znvme_ns_limits limits;

	if (znvme_ns_limits(ns, &limits))
		return;
	FUZZ_CHECK(limits.atomic_write && limits.atomic_write_power_fail);
	FUZZ_CHECK(limits.read_write && limits.verify && limits.write_zeroes &&
		   limits.write_zeroes_deallocate && limits.write_uncorrectable);
	FUZZ_CHECK(limits.verify <= 65536 && limits.write_zeroes <= 65536);
}

/* What is taken from a report makes sense, whatever it was. */
static void check_zones(const struct znvme_ns *ns)
{
	const struct znvme_zns *zns;
	struct znvme_zone_desc zones[4];
	uint64_t nr;

	if (znvme_zns_get(ns, &zns))
		return;
	FUZZ_CHECK(zns->zone_size && zns->zone_size * zns->nr_zones == ns->nr_blocks);
	FUZZ_CHECK(zns->max_append_nlb <= zns->zone_size);
	if (znvme_zone_report(zns, 0, ZNVME_ZONES_ALL, zones, NULL, TOOL_COUNT(zones), &nr))
		return;
	FUZZ_CHECK(nr <= TOOL_COUNT(zones));
	for (uint64_t i = 0; i < nr; i++) {
		FUZZ_CHECK(zones[i].zslba % zns->zone_size == 0);
		FUZZ_CHECK(zones[i].zslba < ns->nr_blocks && zones[i].zcap <= zns->zone_size);
		FUZZ_CHECK(!i || zones[i].zslba > zones[i - 1].zslba);
	}
}

/* What tuples are made of stays within the metadata of a block. */
static void check_protection(const struct znvme_ns *ns)
{
	uint8_t *metadata = malloc(ns->metadata_size + 1u);
	struct znvme_pi_tuple tuple = {.guard = 1};
	struct znvme_pi pi;

	FUZZ_CHECK(metadata && ns->pi_type <= ZNVME_PI_TYPE3);
	znvme_pi_init(&pi, ns, UINT64_MAX);
	if (ns->pi_type) {
		FUZZ_CHECK(ns->pi_offset + ns->pi_size <= ns->metadata_size);
		FUZZ_CHECK(znvme_pi_storage_tag_bits(ns) <= 64 && znvme_pi_ref_tag_bits(ns) <= 64);
		znvme_pi_put(ns, metadata, &tuple);
		znvme_pi_get(ns, metadata, &tuple);
		FUZZ_CHECK(tuple.guard == 1 && !tuple.ref_tag && !tuple.storage_tag);
	}
	free(metadata);
}

/* What a constructor of commands relies on. */
static void check_namespaces(struct znvme_ctrl *ctrl)
{
	uint32_t nsids[4], last = 0;
	int n = znvme_ns_list(ctrl, 0, nsids, TOOL_COUNT(nsids));

	FUZZ_CHECK(n <= (int)TOOL_COUNT(nsids));
	for (int i = 0; i < n; i++) {
		const struct znvme_ns *ns;

		FUZZ_CHECK(nsids[i] > last);
		last = nsids[i];
		if (znvme_ns_get(ctrl, nsids[i], &ns))
			continue;
		if (ns->csi == ZNVME_CSI_KV && !ns->max_nlb) {
			FUZZ_CHECK(ns->nsid == nsids[i] && !ns->nr_blocks && ns->block_size);
			continue;
		}
		check_limits(ns);
		FUZZ_CHECK(ns->nsid == nsids[i] && ns->nr_blocks);
		FUZZ_CHECK(ns->block_size >= 512 && !(ns->block_size & (ns->block_size - 1)));
		FUZZ_CHECK(ns->lba_bytes >= ns->block_size && ns->max_nlb);
		FUZZ_CHECK(ns->nr_bytes / ns->block_size == ns->nr_blocks);
		check_zones(ns);
		check_protection(ns);
	}
}

static void check_events(struct znvme_ctrl *ctrl)
{
	struct znvme_event event;

	for (unsigned i = 0; i < MAX_PATCHES && znvme_next_event(ctrl, &event) == 1; i++) {
		size_t len = strnlen(event.message, sizeof(event.message));

		FUZZ_CHECK(len && len < sizeof(event.message));
		fuzz_check_printable(event.message, len);
	}
}

/* Nothing is asked of it: what the registers and features say is enough to create one, or not. */
static void check_queues(struct znvme_ctrl *ctrl)
{
	static const unsigned flags[] = {ZNVME_QUEUE_CMB, 0};
	struct znvme_queue *queue;

	for (unsigned i = 0; i < TOOL_COUNT(flags); i++) {
		const struct znvme_queue_options options = {.flags = flags[i]};

		if (!znvme_queue_create(ctrl, 4, &options, &queue))
			znvme_queue_delete(queue);
	}
}

static void check_json(struct tool *tool)
{
	const char *text = json_object_to_json_string(tool->json);
	enum json_tokener_error error = json_tokener_success;
	struct json_object *parsed = json_tokener_parse_verbose(text, &error);

	fuzz_check_printable(text, strlen(text));
	FUZZ_CHECK(parsed && error == json_tokener_success);
	json_object_put(parsed);
}

static void run(unsigned row, const char *format)
{
	struct tool tool = {.command = runs[row].command, .verbose = true};
	char *argv[12] = {(char *)(uintptr_t)runs[row].command->name,
			  (char *)(uintptr_t) "sim:", (char *)(uintptr_t) "-o",
			  (char *)(uintptr_t)format};
	void *args = calloc(1, tool.command->args_size + 1);
	char *text = NULL, *message = NULL;
	size_t len = 0, said = 0;
	FILE *console = stderr;
	int argc = 4, rc;

	for (unsigned i = 0; i < TOOL_COUNT(runs[row].words) && runs[row].words[i]; i++)
		argv[argc++] = (char *)(uintptr_t)runs[row].words[i];
	FUZZ_CHECK(args);
	tool.out = open_memstream(&text, &len);
	stderr = open_memstream(&message, &said);
	FUZZ_CHECK(tool.out && stderr);
	rc = tool_parse(&tool, argc, argv, args);
	FUZZ_CHECK(rc == 0);
	rc = tool.command->run(&tool, args);
	FUZZ_CHECK(rc == 0 || rc == 1);
	if (tool.ctrl) {
		check_namespaces(tool.ctrl);
		check_events(tool.ctrl);
		check_queues(tool.ctrl);
	}
	znvme_close(tool.ctrl);
	fclose(stderr);
	stderr = console;
	fclose(tool.out);
	FUZZ_CHECK(rc == 0 || said);
	fuzz_check_printable(message, said);
	if (!strcmp(format, "normal"))
		fuzz_check_printable(text, len);
	if (tool.json)
		check_json(&tool);
	json_object_put(tool.json);
	free(message);
	free(text);
	free(args);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	unsigned row = fuzz_byte(&in) % TOOL_COUNT(runs);
	bool json = (fuzz_byte(&in) & 1) && runs[row].command->flags & TOOL_OUTPUT;

	read_patches(&in);
	run(row, json ? "json" : "normal");
	return 0;
}
