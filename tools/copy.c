/* SPDX-License-Identifier: MIT */
/* copy: blocks from one or several places to another (NVM 1.1, section 3.3.2). */
#include "blocks.h"
#include "commands.h"
#include "signature.h"

#include <inttypes.h>
#include <string.h>

struct copy_args {
	uint64_t sdlba;
	const char *slbs;
	const char *blocks;
	const char *snsids;
	const char *sopts;
	const char *expected_ref_tags;
	const char *expected_app_tags;
	const char *expected_app_tag_masks;
	bool limited_retry;
	bool fua;
	uint8_t prinfow;
	uint8_t prinfor;
	uint32_t ref_tag;
	uint16_t app_tag;
	uint16_t app_tag_mask;
	uint8_t dir_type;
	uint16_t dir_spec;
	uint8_t format;
	bool force;
	bool dry_run;
};

#define COPY(member) offsetof(struct copy_args, member)

static const struct tool_option copy_options[] = {
	TOOL_OPTION('d', "sdlba", "LBA", TOOL_U64, COPY(sdlba), "first block to copy to"),
	TOOL_OPTION('s', "slbs", "LIST", TOOL_STRING, COPY(slbs),
		    "first block of each range: 0,4096"),
	TOOL_OPTION('b', "blocks", "LIST", TOOL_STRING, COPY(blocks),
		    "blocks in each range, 0-based as in nvme-cli: 0 is one block"),
	TOOL_OPTION('N', "snsids", "LIST", TOOL_STRING, COPY(snsids),
		    "namespace of each range (formats 2 and 3)"),
	TOOL_OPTION('O', "sopts", "LIST", TOOL_STRING, COPY(sopts),
		    "options of each range (formats 2 and 3)"),
	TOOL_OPTION('F', "format", "N", TOOL_U8, COPY(format), "source range entry format",
		    .max = ZNVME_COPY_FORMATS - 1),
	TOOL_OPTION('l', "limited-retry", NULL, TOOL_FLAG, COPY(limited_retry),
		    "have the device try less hard"),
	TOOL_OPTION('f', "force-unit-access", NULL, TOOL_FLAG, COPY(fua),
		    "force unit access (FUA): past the volatile write cache"),
	TOOL_OPTION('p', "prinfow", "N", TOOL_U8, COPY(prinfow),
		    "protection information of what is written", .max = 15),
	TOOL_OPTION('P', "prinfor", "N", TOOL_U8, COPY(prinfor),
		    "protection information of what is read", .max = 15),
	TOOL_OPTION('r', "ref-tag", "N", TOOL_U32, COPY(ref_tag), "reference tag to write"),
	TOOL_OPTION('R', "expected-ref-tags", "LIST", TOOL_STRING, COPY(expected_ref_tags),
		    "reference tag expected of each range"),
	TOOL_OPTION('a', "app-tag", "N", TOOL_U16, COPY(app_tag), "application tag to write"),
	TOOL_OPTION('A', "expected-app-tags", "LIST", TOOL_STRING, COPY(expected_app_tags),
		    "application tag expected of each range"),
	TOOL_OPTION('m', "app-tag-mask", "N", TOOL_U16, COPY(app_tag_mask),
		    "mask of the application tag to write"),
	TOOL_OPTION('M', "expected-app-tag-masks", "LIST", TOOL_STRING,
		    COPY(expected_app_tag_masks), "mask of it for each range"),
	TOOL_OPTION('T', "dir-type", "N", TOOL_U8, COPY(dir_type), "directive type", .max = 15),
	TOOL_OPTION('S', "dir-spec", "N", TOOL_U16, COPY(dir_spec),
		    "directive specific: a stream, a placement identifier"),
	OVERWRITE_OPTION(struct copy_args),
	TOOL_OPTION(0, "dry-run", NULL, TOOL_FLAG, COPY(dry_run),
		    "say what would be done, and do nothing"),
	{0},
};

/* What the lists say, one value a range. */
struct copy_lists {
	uint64_t slbs[ZNVME_COPY_MAX_RANGES];
	uint64_t blocks[ZNVME_COPY_MAX_RANGES];
	uint64_t snsids[ZNVME_COPY_MAX_RANGES];
	uint64_t sopts[ZNVME_COPY_MAX_RANGES];
	uint64_t ref_tags[ZNVME_COPY_MAX_RANGES];
	uint64_t app_tags[ZNVME_COPY_MAX_RANGES];
	uint64_t app_tag_masks[ZNVME_COPY_MAX_RANGES];
};

/* How many ranges, or -1 after an error message. */
static int parse_lists(const struct copy_args *args, struct copy_lists *lists)
{
	const struct {
		const char *name;
		const char *text;
		uint64_t max;
		uint64_t *list;
	} rows[] = {
		{"slbs", args->slbs, UINT64_MAX, lists->slbs},
		{"blocks", args->blocks, UINT16_MAX, lists->blocks},
		{"snsids", args->snsids, UINT32_MAX, lists->snsids},
		{"sopts", args->sopts, UINT16_MAX, lists->sopts},
		{"expected-ref-tags", args->expected_ref_tags, UINT32_MAX, lists->ref_tags},
		{"expected-app-tags", args->expected_app_tags, UINT16_MAX, lists->app_tags},
		{"expected-app-tag-masks", args->expected_app_tag_masks, UINT16_MAX,
		 lists->app_tag_masks},
	};
	int nr = 0;

	for (unsigned i = 0; i < TOOL_COUNT(rows); i++) {
		int n = blocks_parse_list(rows[i].name, rows[i].text, rows[i].max, rows[i].list,
					  ZNVME_COPY_MAX_RANGES);

		if (n < 0)
			return -1;
		if (i == 0)
			nr = n;
		if (!nr || (n != nr && (n || i == 1))) {
			tool_error("copy: --slbs and --blocks name one range or more, as many in "
				   "each list, and so do the other lists that are given");
			return -1;
		}
	}
	return nr;
}

/* What is copied lies in the namespaces, and so does where it goes. */
static int check_ranges(struct tool *tool, const struct copy_args *args, const struct znvme_ns *ns,
			const struct copy_lists *lists, unsigned nr, uint64_t *total)
{
	*total = 0;
	for (unsigned i = 0; i < nr; i++) {
		const struct znvme_ns *source = ns;
		uint64_t blocks = lists->blocks[i] + 1;
		int rc = args->snsids
				 ? znvme_ns_get(tool->ctrl, (uint32_t)lists->snsids[i], &source)
				 : 0;

		if (rc)
			return tool_fail(rc, "copy");
		if (blocks > source->nr_blocks || lists->slbs[i] > source->nr_blocks - blocks)
			return tool_error("%" PRIu64 " blocks from %" PRIu64
					  " go past the end of namespace %u, which has blocks 0 to "
					  "%" PRIu64,
					  blocks, lists->slbs[i], source->nsid,
					  source->nr_blocks - 1);
		*total += blocks;
	}
	if (*total > ns->nr_blocks || args->sdlba > ns->nr_blocks - *total)
		return tool_error(
			"%" PRIu64 " blocks to block %" PRIu64
			" go past the end of namespace %u, which has blocks 0 to %" PRIu64,
			*total, args->sdlba, ns->nsid, ns->nr_blocks - 1);
	return 0;
}

/* More than the device says it takes is refused here, with what it takes. */
static int check_limits(const struct znvme_ns *ns, const struct copy_lists *lists, unsigned nr)
{
	struct znvme_ns_limits limits;
	uint64_t total = 0;
	int rc = znvme_ns_limits(ns, &limits);

	if (rc)
		return tool_fail(rc, "limits");
	if (nr > limits.copy_ranges)
		return tool_error("%u source ranges: the namespace takes %" PRIu64
				  " at most (MSRC); --force sends them all the same",
				  nr, limits.copy_ranges);
	for (unsigned i = 0; i < nr; i++) {
		if (lists->blocks[i] + 1 > limits.copy_range)
			return tool_error("a source range of %" PRIu64
					  " blocks: the namespace takes %" PRIu64
					  " at most (MSSRL); --force sends it all the same",
					  lists->blocks[i] + 1, limits.copy_range);
		total += lists->blocks[i] + 1;
	}
	if (total > limits.copy)
		return tool_error("%" PRIu64 " blocks: the namespace copies %" PRIu64
				  " at most by one command (MCL); --force sends it all the same",
				  total, limits.copy);
	return 0;
}

static void fill_ranges(const struct copy_args *args, const struct copy_lists *lists, unsigned nr,
			char *entries)
{
	size_t size = znvme_copy_range_size(args->format);

	for (unsigned i = 0; i < nr; i++) {
		struct znvme_copy_range *range = (void *)(entries + i * size);
		struct znvme_copy_range_ext *ext = (void *)(entries + i * size);
		uint32_t tag = __builtin_bswap32((uint32_t)lists->ref_tags[i]);

		znvme_copy_set_range(entries, args->format, i, (uint32_t)lists->snsids[i],
				     lists->slbs[i], (uint32_t)lists->blocks[i] + 1);
		range->sopt = args->sopts ? (uint16_t)lists->sopts[i] : 0;
		if (args->format & 1) {
			memcpy(ext->elbt + 6, &tag, sizeof(tag));
			ext->elbat = (uint16_t)lists->app_tags[i];
			ext->elbatm = (uint16_t)lists->app_tag_masks[i];
		} else {
			range->elbrt = (uint32_t)lists->ref_tags[i];
			range->elbat = (uint16_t)lists->app_tags[i];
			range->elbatm = (uint16_t)lists->app_tag_masks[i];
		}
	}
}

static void fill_command(const struct copy_args *args, const struct znvme_ns *ns, unsigned nr,
			 struct znvme_sqe *sqe)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = ZNVME_CMD_COPY;
	sqe->nsid = ns->nsid;
	sqe->cdw10 = (uint32_t)args->sdlba;
	sqe->cdw11 = (uint32_t)(args->sdlba >> 32);
	sqe->cdw12 = (uint32_t)(znvme_field_put(ZNVME_COPY_NR, nr - 1) |
				znvme_field_put(ZNVME_COPY_DESFMT, args->format) |
				znvme_field_put(ZNVME_COPY_PRINFOR, args->prinfor) |
				znvme_field_put(ZNVME_RW_DTYPE, args->dir_type) |
				znvme_field_put(ZNVME_COPY_PRINFOW, args->prinfow) |
				(args->fua ? ZNVME_RW_FUA : 0) |
				(args->limited_retry ? ZNVME_RW_LR : 0));
	sqe->cdw13 = (uint32_t)znvme_field_put(ZNVME_RW_DSPEC, args->dir_spec);
	sqe->cdw14 = args->ref_tag;
	sqe->cdw15 = args->app_tag | (uint32_t)args->app_tag_mask << 16;
}

static int send_copy(struct tool *tool, const struct copy_args *args, const struct znvme_ns *ns,
		     const struct copy_lists *lists, unsigned nr)
{
	char entries[ZNVME_COPY_MAX_RANGES * sizeof(struct znvme_copy_range_ext)]
		__attribute__((aligned(8)));
	size_t len = nr * znvme_copy_range_size(args->format);
	uint64_t result = 0;
	struct znvme_sqe sqe;
	int rc = znvme_copy_enable(tool->ctrl, args->format);

	if (rc && !args->force)
		return tool_fail(rc, "copy");
	fill_ranges(args, lists, nr, entries);
	fill_command(args, ns, nr, &sqe);
	rc = znvme_io_exec(tool->ctrl, &sqe, entries, len, NULL, 0, &result, tool->timeout_ms);
	if (rc <= 0)
		return rc ? tool_fail(rc, "copy") : 0;
	tool_fail(rc, "copy");
	return tool_error("the first range that was not copied is %u of %u, counted from 0",
			  (unsigned)(uint32_t)result, nr);
}

static int run_copy(struct tool *tool, void *arg)
{
	tool_autofree struct copy_lists *lists = calloc(1, sizeof(*lists));
	const struct copy_args *args = arg;
	const struct znvme_sqe sqe = {
		.opcode = ZNVME_CMD_COPY,
		.cdw12 = (uint32_t)znvme_field_put(ZNVME_COPY_DESFMT, args->format),
	};
	const struct znvme_ns *ns;
	uint64_t total;
	int nr;

	if (!lists)
		return tool_error("out of memory");
	nr = parse_lists(args, lists);
	if (nr < 0)
		return 1;
	if (!tool_given(tool, "sdlba"))
		return tool_error("copy: --sdlba is missing: where to");
	if (args->snsids ? args->format < ZNVME_COPY_FORMAT_2 : args->format >= ZNVME_COPY_FORMAT_2)
		return tool_error("copy: --snsids goes with formats 2 and 3, and they with it");
	if (tool_open_ns(tool, &ns) || manage_check_io(tool, &sqe, args->force) ||
	    check_ranges(tool, args, ns, lists, (unsigned)nr, &total) ||
	    (!args->force && check_limits(ns, lists, (unsigned)nr)))
		return 1;
	if (signature_confirm(tool, ns, args->force) ||
	    (!args->dry_run && send_copy(tool, args, ns, lists, (unsigned)nr)))
		return 1;
	blocks_report(tool, "blocks", total, args->dry_run);
	return 0;
}

const struct tool_command copy_command = {
	.name = "copy",
	.summary = "copy blocks inside the device",
	.group = TOOL_GROUP_IO,
	.flags = TOOL_DEVICE | TOOL_NAMESPACE | TOOL_OUTPUT,
	.options = copy_options,
	.args_size = sizeof(struct copy_args),
	.details = "The ranges are written one behind the other. Formats 2 and 3 copy from other "
		   "namespaces.\n",
	.example = "znvme copy sim: --sdlba 1024 --slbs 0,512 --blocks 7,15",
	.run = run_copy,
};
