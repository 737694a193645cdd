/* SPDX-License-Identifier: MIT */
/* zns-zone-append: a Zone Append (Zoned Namespace Command Set 1.2, section 3.4.1). */
#include "commands.h"
#include "fields.h"
#include "protection.h"
#include "zns.h"

#include <inttypes.h>
#include <string.h>

struct append_args {
	uint64_t zslba;
	uint64_t data_size;
	const char *data;
	struct pi_args pi;
	bool limited_retry;
	bool fua;
	bool piremap;
	bool latency;
};

#define OFFSET(member) offsetof(struct append_args, member)

static const struct tool_option append_options[] = {
	TOOL_OPTION('s', "zslba", "LBA", TOOL_U64, OFFSET(zslba), "first block of the zone"),
	TOOL_OPTION('z', "data-size", "BYTES", TOOL_U64, OFFSET(data_size), "how much (required)",
		    .min = 1, .max = 64u << 20),
	TOOL_OPTION('y', "metadata-size", "BYTES", TOOL_U64, OFFSET(pi.metadata_size),
		    "how many metadata: it has to fit the blocks"),
	TOOL_OPTION('d', "data", "FILE", TOOL_STRING, OFFSET(data),
		    "where the data come from (default: standard input)"),
	TOOL_OPTION('M', "metadata", "FILE", TOOL_STRING, OFFSET(pi.metadata),
		    "where the metadata come from (default: zeroes, with protection)"),
	TOOL_OPTION('l', "limited-retry", NULL, TOOL_FLAG, OFFSET(limited_retry),
		    "have the device try less hard"),
	TOOL_OPTION('f', "force-unit-access", NULL, TOOL_FLAG, OFFSET(fua),
		    "force unit access (FUA): past the volatile write cache"),
	PI_OPTIONS(struct append_args, 0),
	TOOL_OPTION('P', "piremap", NULL, TOOL_FLAG, OFFSET(piremap),
		    "reference tags of the zone's start become those of where the data go "
		    "(without --prinfo they do, where the type lets them)"),
	TOOL_OPTION('t', "latency", NULL, TOOL_FLAG, OFFSET(latency), "say how long it took"),
	{0},
};

/* How many blocks, or 0 after an error message. */
static uint32_t append_blocks(const struct append_args *args, const struct znvme_zns *zns)
{
	const struct znvme_ns *ns = zns->ns;
	uint64_t nlb = args->data_size / ns->block_size;

	if (args->data_size % ns->block_size) {
		tool_error("--data-size %" PRIu64 " is no multiple of a block, which has %u bytes",
			   args->data_size, ns->block_size);
		return 0;
	}
	if (nlb > zns->max_append_nlb) {
		tool_error("--data-size %" PRIu64
			   ": an append to namespace %u moves at most %" PRIu64 " bytes",
			   args->data_size, ns->nsid,
			   (uint64_t)zns->max_append_nlb * ns->block_size);
		return 0;
	}
	return (uint32_t)nlb;
}

/* What is to be inserted, checked and changed on the way, and the bytes of metadata in the file. */
static int resolve(const struct tool *tool, const struct append_args *args,
		   const struct znvme_ns *ns, uint32_t nlb, struct znvme_pi *pi, size_t *len)
{
	if (pi_resolve_metadata(tool, ns, &args->pi, args->zslba, nlb, pi, len))
		return 1;
	if (args->piremap && !ns->pi_type)
		return tool_error("--piremap: namespace %u has no protection information",
				  ns->nsid);
	if (args->piremap || (!tool_given(tool, "prinfo") && ns->pi_type != ZNVME_PI_TYPE3))
		pi->prinfo |= ZNVME_APPEND_PIREMAP;
	return 0;
}

/*
 * Data of `nlb` blocks from the file, filled up with zeroes as nvme-cli does, and their metadata,
 * in memory for the device as the command has them: *apart is where separate metadata are, else
 * NULL.
 */
static int load(struct tool *tool, const struct append_args *args, const struct znvme_ns *ns,
		uint32_t nlb, size_t metadata_len, const struct znvme_pi *pi,
		struct znvme_region **region, char **apart)
{
	const size_t data_len = (size_t)nlb * ns->block_size;
	const size_t all = data_len + (size_t)nlb * ns->metadata_size;
	const bool moved = ns->metadata_size && !znvme_pi_is_stripped(ns, pi->prinfo);
	const bool woven = moved && ns->metadata_extended;
	tool_autofree char *given = NULL;
	tool_autofree char *metadata = NULL;
	tool_autofree char *data = calloc(1, all);
	size_t got;
	int rc;

	if (!data)
		return tool_error("out of memory");
	if (tool_read_file(args->data, data_len, (void **)&given, &got) ||
	    pi_load_metadata(&args->pi, metadata_len, &metadata))
		return 1;
	if (got)
		memcpy(data, given, got);
	if (metadata_len)
		memcpy(data + data_len, metadata, metadata_len);
	rc = znvme_mem_alloc(tool->ctrl, all, region);
	if (rc)
		return tool_fail(rc, "buffer");
	if (woven)
		pi_weave(ns, (*region)->addr, data, data + data_len, nlb);
	else
		memcpy((*region)->addr, data, all);
	*apart = moved && !woven ? (*region)->addr + data_len : NULL;
	if (moved && ns->pi_type && !metadata_len)
		rc = znvme_pi_generate(ns, (*region)->addr, *apart, nlb, pi);
	return rc ? tool_fail(rc, "protection information") : 0;
}

static int append(struct tool *tool, const struct append_args *args, const struct znvme_zns *zns,
		  uint64_t *lba)
{
	const struct znvme_ns *ns = zns->ns;
	uint32_t nlb = append_blocks(args, zns);
	struct znvme_region *region = NULL;
	struct znvme_sqe sqe = {0};
	struct znvme_pi pi;
	char *metadata = NULL;
	size_t metadata_len;
	uint64_t started;
	int rc;

	if (!nlb || resolve(tool, args, ns, nlb, &pi, &metadata_len) ||
	    load(tool, args, ns, nlb, metadata_len, &pi, &region, &metadata))
		return 1;
	rc = znvme_prep_zone_append_pi(&sqe, zns, region, region->addr, region, metadata,
				       args->zslba, nlb, ns->pi_type ? &pi : NULL);
	if (rc)
		return tool_fail(rc, tool->command->name);
	sqe.cdw12 |= (args->limited_retry ? ZNVME_RW_LR : 0) | (args->fua ? ZNVME_RW_FUA : 0);
	started = tool_now_us();
	if (zns_exec(tool, &sqe, lba))
		return 1;
	if (args->latency && tool->format != TOOL_JSON)
		tool_show_latency(tool, tool->out, "zone append", tool_now_us() - started);
	return 0;
}

static int run_append(struct tool *tool, void *arg)
{
	const struct append_args *args = arg;
	const struct znvme_zns *zns;
	uint64_t lba;

	if (!tool_given(tool, "data-size"))
		return tool_error("zns-zone-append: --data-size is missing");
	if (zns_open(tool, &zns) || append(tool, args, zns, &lba))
		return 1;
	if (tool->format == TOOL_JSON) {
		tool->json = json_object_new_object();
		json_add_number(tool->json, "nsid", zns->ns->nsid);
		json_add_number(tool->json, "zone", args->zslba);
		json_add_number(tool->json, "lba", lba);
		json_add_number(tool->json, "bytes", args->data_size);
	} else {
		fprintf(tool->out, "Success appended data to LBA %" PRIx64 "\n", lba);
	}
	return 0;
}

const struct tool_command zns_zone_append_command = {
	.name = "zns-zone-append",
	.summary = "data to where a zone's write pointer is",
	.group = TOOL_GROUP_ZONES,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = append_options,
	.args_size = sizeof(struct append_args),
	.details = "One command; data that are too short are filled up with zeroes. The block is "
		   "told in\nhexadecimal digits.\n",
	.example = "echo hello | znvme zns-zone-append sim:zoned=1 --zslba 0 --data-size 4096",
	.run = run_append,
};
