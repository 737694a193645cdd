/* SPDX-License-Identifier: MIT */
/*
 * write-zeroes, verify, write-uncor, dsm, flush: I/O commands that say something about blocks and
 * carry none (NVM 1.1, sections 3.3.3, 3.3.5, 3.3.7 and 3.3.8; Base 2.1, section 7.2).
 */
#include "blocks.h"
#include "commands.h"
#include "signature.h"
#include "transfer.h"

#include <inttypes.h>
#include <string.h>

/* One command on a queue made for it. 0, or 1 after an error message. */
static int exec_one(struct tool *tool, struct znvme_queue *queue, const struct znvme_sqe *sqe)
{
	int rc = znvme_exec(queue, sqe, NULL);

	return rc ? tool_fail(rc, tool->command->name) : 0;
}

static int open_queue(struct tool *tool, struct znvme_queue **queue)
{
	int rc = znvme_queue_create(tool->ctrl, 2, NULL, queue);

	return rc ? tool_fail(rc, "I/O queue") : 0;
}

/* ---- write-zeroes, verify, write-uncor ----------------------------------------------------- */

struct zeroes_args {
	struct range_args range;
	struct pi_args pi;
	uint8_t dir_type;
	uint16_t dir_spec;
	bool deac;
	bool fua;
	bool limited_retry;
	bool whole;
	bool force;
	bool dry_run;
};

#define ZEROES(member) offsetof(struct zeroes_args, member)

/* clang-format off */
#define DIRECTIVE_OPTIONS(spec_letter)                                                             \
	TOOL_OPTION('T', "dir-type", "N", TOOL_U8, ZEROES(dir_type), "directive type", .max = 15), \
	TOOL_OPTION(spec_letter, "dir-spec", "N", TOOL_U16, ZEROES(dir_spec),                      \
		    "directive specific: a stream, a placement identifier")
/* clang-format on */

static const struct tool_option write_zeroes_options[] = {
	RANGE_START(struct zeroes_args),
	RANGE_COUNT(struct zeroes_args),
	RANGE_BYTES(struct zeroes_args),
	TOOL_OPTION('d', "deac", NULL, TOOL_FLAG, ZEROES(deac),
		    "ask the device to deallocate the blocks"),
	TOOL_OPTION('f', "force-unit-access", NULL, TOOL_FLAG, ZEROES(fua),
		    "force unit access (FUA): past the volatile write cache"),
	TOOL_OPTION('l', "limited-retry", NULL, TOOL_FLAG, ZEROES(limited_retry),
		    "have the device try less hard"),
	TOOL_OPTION('Z', "namespace-zeroes", NULL, TOOL_FLAG, ZEROES(whole),
		    "the whole namespace by one command (NSZ)"),
	PI_OPTIONS(struct zeroes_args, 'S'),
	DIRECTIVE_OPTIONS('D'),
	OVERWRITE_OPTION(struct zeroes_args),
	TOOL_OPTION(0, "dry-run", NULL, TOOL_FLAG, ZEROES(dry_run),
		    "say what would be done, and do nothing"),
	{0},
};

static const struct tool_option verify_options[] = {
	RANGE_START(struct zeroes_args),
	RANGE_COUNT(struct zeroes_args),
	RANGE_BYTES(struct zeroes_args),
	TOOL_OPTION('f', "force-unit-access", NULL, TOOL_FLAG, ZEROES(fua),
		    "force unit access (FUA): what the write cache has goes to the medium first"),
	TOOL_OPTION('l', "limited-retry", NULL, TOOL_FLAG, ZEROES(limited_retry),
		    "have the device try less hard"),
	PI_OPTIONS(struct zeroes_args, 'S'),
	FORCE_OPTION(struct zeroes_args),
	{0},
};

static const struct tool_option write_uncor_options[] = {
	RANGE_START(struct zeroes_args),
	RANGE_COUNT(struct zeroes_args),
	RANGE_BYTES(struct zeroes_args),
	DIRECTIVE_OPTIONS('S'),
	OVERWRITE_OPTION(struct zeroes_args),
	TOOL_OPTION(0, "dry-run", NULL, TOOL_FLAG, ZEROES(dry_run),
		    "say what would be done, and do nothing"),
	{0},
};

/* The most blocks that one such command may have, 65,536 where the device does not say. */
static uint32_t most_blocks(const struct zeroes_args *args, const struct znvme_ns *ns,
			    uint8_t opcode)
{
	struct znvme_ns_limits limits;

	if (znvme_ns_limits(ns, &limits))
		return 65536;
	if (opcode == ZNVME_CMD_VERIFY)
		return (uint32_t)limits.verify;
	if (opcode == ZNVME_CMD_WRITE_UNCORRECTABLE)
		return (uint32_t)limits.write_uncorrectable;
	return (uint32_t)(args->deac ? limits.write_zeroes_deallocate : limits.write_zeroes);
}

/* Write Uncorrectable has nothing to do with protection information. */
static void fill_command(struct znvme_sqe *sqe, const struct zeroes_args *args, uint8_t opcode,
			 const struct znvme_ns *ns, uint64_t slba, uint32_t nlb,
			 const struct znvme_pi *pi)
{
	memset(sqe, 0, sizeof(*sqe));
	znvme_prep_nodata(sqe, ns, opcode, slba, nlb);
	if (ns->pi_type && opcode != ZNVME_CMD_WRITE_UNCORRECTABLE)
		znvme_sqe_set_pi(sqe, ns, pi);
	sqe->cdw13 |= (uint32_t)znvme_field_put(ZNVME_RW_DSPEC, args->dir_spec);
	sqe->cdw12 |= (uint32_t)znvme_field_put(ZNVME_RW_DTYPE, args->dir_type);
	sqe->cdw12 |= (args->deac ? ZNVME_RW_DEAC : 0) | (args->fua ? ZNVME_RW_FUA : 0) |
		      (args->limited_retry ? ZNVME_RW_LR : 0) | (args->whole ? ZNVME_RW_NSZ : 0);
}

/* The command on all blocks, by as many as the device can take. */
static int send_range(struct tool *tool, const struct zeroes_args *args, uint8_t opcode,
		      const struct znvme_ns *ns, const struct range *range,
		      const struct znvme_pi *pi)
{
	uint32_t most = most_blocks(args, ns, opcode);
	struct znvme_queue *queue = NULL;
	uint64_t done = 0;
	int rc = open_queue(tool, &queue);

	while (!rc && done < range->nr_blocks) {
		uint64_t left = range->nr_blocks - done;
		uint32_t nlb = left < most ? (uint32_t)left : most;
		struct znvme_pi part = pi_advance(ns, pi, done);
		uint64_t slba = range->slba + done;
		struct znvme_sqe sqe;

		fill_command(&sqe, args, opcode, ns, slba, nlb, &part);
		rc = znvme_exec(queue, &sqe, NULL);
		if (!rc) {
			done += nlb;
			continue;
		}
		tool_fail(rc, tool->command->name);
		pi_explain(tool, ns, rc, slba, nlb, &part);
		if (opcode == ZNVME_CMD_WRITE_ZEROES)
			tool_error("blocks %" PRIu64 " to %" PRIu64 " may be zero or as they were; "
				   "those behind them are as they were",
				   slba, slba + nlb - 1);
		else
			tool_error("%s of blocks %" PRIu64 " to %" PRIu64 " failed",
				   tool->command->name, slba, slba + nlb - 1);
	}
	znvme_queue_delete(queue);
	return rc != 0;
}

/* By one command. */
static int zero_namespace(struct tool *tool, const struct zeroes_args *args,
			  const struct znvme_ns *ns, const struct znvme_pi *pi)
{
	struct znvme_sqe sqe;

	fill_command(&sqe, args, ZNVME_CMD_WRITE_ZEROES, ns, 0, 1, pi);
	return args->dry_run ? 0 : blocks_send(tool, &sqe, NULL, 0, NULL);
}

/* With `preset` for PRINFO where the options do not say. */
static int run_on_range(struct tool *tool, const struct zeroes_args *args, uint8_t opcode,
			uint32_t preset)
{
	const struct znvme_sqe kind = {.opcode = opcode, .cdw12 = args->whole ? ZNVME_RW_NSZ : 0};
	const struct znvme_ns *ns;
	struct range range;
	struct znvme_pi pi;

	if (tool_open_ns(tool, &ns) || manage_check_io(tool, &kind, args->force) ||
	    range_resolve(tool, ns, &args->range, args->whole ? 0 : 1, &range))
		return 1;
	if (args->whole && (range.start_given || range.length_given))
		return tool_error("--namespace-zeroes is for the whole namespace: no range goes "
				  "with it");
	if (ns->pi_type == ZNVME_PI_TYPE3)
		preset &= ~ZNVME_RW_PRCHK_REF;
	if (pi_resolve(tool, ns, &args->pi, preset, range.slba, &pi))
		return 1;
	if (args->whole && tool_confirm(tool, args->force,
					"write-zeroes: all of namespace %u of %s loses its data",
					ns->nsid, tool->address))
		return 1;
	if (opcode != ZNVME_CMD_VERIFY && !args->whole && signature_confirm(tool, ns, args->force))
		return 1;
	if (args->whole ? zero_namespace(tool, args, ns, &pi)
			: !args->dry_run && send_range(tool, args, opcode, ns, &range, &pi))
		return 1;
	blocks_report(tool, "blocks", range.nr_blocks, args->dry_run);
	return 0;
}

/* The device makes protection information that fits. */
static int run_write_zeroes(struct tool *tool, void *args)
{
	return run_on_range(tool, args, ZNVME_CMD_WRITE_ZEROES, ZNVME_RW_PRACT);
}

static int run_verify(struct tool *tool, void *args)
{
	return run_on_range(tool, args, ZNVME_CMD_VERIFY,
			    ZNVME_RW_PRCHK_GUARD | ZNVME_RW_PRCHK_REF);
}

static int run_write_uncor(struct tool *tool, void *args)
{
	return run_on_range(tool, args, ZNVME_CMD_WRITE_UNCORRECTABLE, 0);
}

const struct tool_command write_zeroes_command = {
	.name = "write-zeroes",
	.summary = "set blocks to zero without sending data",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = write_zeroes_options,
	.args_size = sizeof(struct zeroes_args),
	.details = "Without a count or size one block is set.\n",
	.example = "znvme write-zeroes sim: --start-block 0 --blocks 1024",
	.run = run_write_zeroes,
};

const struct tool_command verify_command = {
	.name = "verify",
	.summary = "have the device read and check blocks, and send nothing",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = verify_options,
	.args_size = sizeof(struct zeroes_args),
	.details = "Without a count or size one block is verified. Where blocks have protection "
		   "information, a\ntag that is wrong is named.\n",
	.example = "znvme verify sim: --start-block 0 --blocks 1024",
	.run = run_verify,
};

const struct tool_command write_uncor_command = {
	.name = "write-uncor",
	.summary = "mark blocks: reading them fails until they are written",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = write_uncor_options,
	.args_size = sizeof(struct zeroes_args),
	.details = "Without a count or size one block is marked. WHAT IT HOLDS IS LOST.\n",
	.example = "znvme write-uncor sim: --start-block 8 --block-count 0",
	.run = run_write_uncor,
};

/* ---- dsm ----------------------------------------------------------------------------------- */

struct dsm_args {
	const char *ctx_attrs;
	const char *blocks;
	const char *slbs;
	bool ad;
	bool idw;
	bool idr;
	uint32_t cdw11;
	bool force;
	bool dry_run;
};

#define DSM(member) offsetof(struct dsm_args, member)

static const struct tool_option dsm_options[] = {
	TOOL_OPTION('s', "slbs", "LIST", TOOL_STRING, DSM(slbs),
		    "first block of each range: 0,4096"),
	TOOL_OPTION('b', "blocks", "LIST", TOOL_STRING, DSM(blocks),
		    "blocks in each range, 1-based: 8,16"),
	TOOL_OPTION('a', "ctx-attrs", "LIST", TOOL_STRING, DSM(ctx_attrs),
		    "context attributes of each range"),
	TOOL_OPTION('d', "ad", NULL, TOOL_FLAG, DSM(ad), "deallocate (discard, trim)"),
	TOOL_OPTION('w', "idw", NULL, TOOL_FLAG, DSM(idw), "integral dataset for write"),
	TOOL_OPTION('r', "idr", NULL, TOOL_FLAG, DSM(idr), "integral dataset for read"),
	TOOL_OPTION('c', "cdw11", "N", TOOL_U32, DSM(cdw11), "dword 11 instead of the three above"),
	OVERWRITE_OPTION(struct dsm_args),
	TOOL_OPTION(0, "dry-run", NULL, TOOL_FLAG, DSM(dry_run),
		    "say what would be done, and do nothing"),
	{0},
};

/* The ranges by the lists. Returns how many, or -1 after an error message. */
static int parse_ranges(const struct dsm_args *args, const struct znvme_ns *ns,
			struct znvme_dsm_range *ranges)
{
	uint64_t slbs[ZNVME_DSM_MAX_RANGES], blocks[ZNVME_DSM_MAX_RANGES];
	uint64_t attrs[ZNVME_DSM_MAX_RANGES] = {0};
	const unsigned room = ZNVME_DSM_MAX_RANGES;
	int nr = blocks_parse_list("slbs", args->slbs, UINT64_MAX, slbs, room);
	int nr_blocks = blocks_parse_list("blocks", args->blocks, UINT32_MAX, blocks, room);
	int nr_attrs = blocks_parse_list("ctx-attrs", args->ctx_attrs, UINT32_MAX, attrs, room);

	if (nr < 0 || nr_blocks < 0 || nr_attrs < 0)
		return -1;
	if (!nr || nr != nr_blocks || (nr_attrs && nr_attrs != nr)) {
		tool_error("dsm: --slbs and --blocks name one range or more, as many in each list, "
			   "and "
			   "so does --ctx-attrs if given");
		return -1;
	}
	for (int i = 0; i < nr; i++) {
		if (!blocks[i]) {
			tool_error("dsm: a range of no blocks");
			return -1;
		}
		if (slbs[i] >= ns->nr_blocks || blocks[i] > ns->nr_blocks - slbs[i]) {
			tool_error(
				"%" PRIu64 " blocks from %" PRIu64
				" go past the end of namespace %u, which has blocks 0 to %" PRIu64,
				blocks[i], slbs[i], ns->nsid, ns->nr_blocks - 1);
			return -1;
		}
		ranges[i] =
			(struct znvme_dsm_range){(uint32_t)attrs[i], (uint32_t)blocks[i], slbs[i]};
	}
	return nr;
}

static int send_dsm(struct tool *tool, const struct znvme_ns *ns,
		    const struct znvme_dsm_range *ranges, unsigned nr, uint32_t attributes)
{
	size_t len = nr * sizeof(*ranges);
	struct znvme_queue *queue = NULL;
	struct znvme_region *region;
	struct znvme_sqe sqe;
	int rc = znvme_mem_alloc(tool->ctrl, len, &region);

	if (rc)
		return tool_fail(rc, "buffer");
	memcpy(region->addr, ranges, len);
	memset(&sqe, 0, sizeof(sqe));
	rc = znvme_prep_dsm(&sqe, ns, region, (const struct znvme_dsm_range *)(void *)region->addr,
			    nr, attributes);
	if (rc)
		rc = tool_fail(rc, "dsm");
	else
		rc = open_queue(tool, &queue) || exec_one(tool, queue, &sqe);
	znvme_queue_delete(queue);
	znvme_mem_free(tool->ctrl, region);
	return rc;
}

static int run_dsm(struct tool *tool, void *arg)
{
	struct znvme_dsm_range ranges[ZNVME_DSM_MAX_RANGES];
	const struct dsm_args *args = arg;
	uint32_t attributes = (args->ad ? ZNVME_DSM_AD : 0) | (args->idw ? ZNVME_DSM_IDW : 0) |
			      (args->idr ? ZNVME_DSM_IDR : 0);
	const struct znvme_sqe kind = {.opcode = ZNVME_CMD_DSM};
	const struct znvme_ns *ns;
	int nr;

	if (tool_given(tool, "cdw11") && attributes)
		return tool_error("dsm: --cdw11 is instead of --ad, --idw and --idr");
	if (tool_given(tool, "cdw11"))
		attributes = args->cdw11;
	else if (!attributes)
		return tool_error("dsm: what for? --ad, --idw, --idr or --cdw11");
	if (tool_open_ns(tool, &ns) || manage_check_io(tool, &kind, args->force))
		return 1;
	nr = parse_ranges(args, ns, ranges);
	if (nr < 0)
		return 1;
	if (attributes & ZNVME_DSM_AD && signature_confirm(tool, ns, args->force))
		return 1;
	if (!args->dry_run && send_dsm(tool, ns, ranges, (unsigned)nr, attributes))
		return 1;
	blocks_report(tool, "ranges", (uint64_t)nr, args->dry_run);
	return 0;
}

const struct tool_command dsm_command = {
	.name = "dsm",
	.summary = "deallocate (discard, trim) blocks, or say how they are used",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = dsm_options,
	.args_size = sizeof(struct dsm_args),
	.example = "znvme dsm sim: --ad --slbs 0,4096 --blocks 8,16",
	.run = run_dsm,
};

/* ---- flush --------------------------------------------------------------------------------- */

static int run_flush(struct tool *tool, void *arg)
{
	const struct znvme_sqe sqe = {.opcode = ZNVME_CMD_FLUSH, .nsid = tool->nsid};
	const struct znvme_ns *ns;

	(void)arg;
	if (tool->nsid == ZNVME_NSID_ALL ? tool_open(tool) : tool_open_ns(tool, &ns))
		return 1;
	if (blocks_send(tool, &sqe, NULL, 0, NULL))
		return 1;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_object_object_add(tool->json, "command", json_object_new_string("flush"));
		json_object_object_add(tool->json, "nsid", json_object_new_uint64(tool->nsid));
	} else {
		fputs("NVMe Flush: success\n", tool->out);
	}
	return 0;
}

const struct tool_command flush_command = {
	.name = "flush",
	.summary = "have all that was written reach the medium",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.details = "Namespace 0xffffffff stands for all of them, where the device takes it.\n",
	.example = "znvme flush sim:",
	.run = run_flush,
};
