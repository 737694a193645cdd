/* SPDX-License-Identifier: MIT */
/* Which blocks a command means: by blocks or bytes, from a start, within the namespace. */
#include "transfer.h"

#include <inttypes.h>

/* Bytes as blocks. `name` is the option that gave them. */
static int to_blocks(const struct znvme_ns *ns, const char *name, uint64_t bytes, uint64_t *blocks)
{
	if (bytes % ns->block_size)
		return tool_error("--%s %" PRIu64
				  " is no multiple of the block size, which is %u bytes",
				  name, bytes, ns->block_size);
	*blocks = bytes / ns->block_size;
	return 0;
}

/* The length by each option that was given; they have to agree. */
static int resolve_length(const struct tool *tool, const struct znvme_ns *ns,
			  const struct range_args *args, struct range *range)
{
	static const char *const names[] = {"block-count", "blocks", "data-size", "length"};
	const char *by = NULL;
	uint64_t blocks = 0;

	for (unsigned i = 0; i < TOOL_COUNT(names); i++) {
		if (!tool_given(tool, names[i]))
			continue;
		if (i == 0)
			blocks = args->block_count + 1;
		else if (i == 1)
			blocks = args->blocks;
		else if (to_blocks(ns, names[i], args->bytes, &blocks))
			return 1;
		if (by && blocks != range->nr_blocks)
			return tool_error("--%s asks for %" PRIu64 " bytes, --%s for %" PRIu64, by,
					  range->nr_blocks * ns->block_size, names[i],
					  blocks * ns->block_size);
		if (!blocks)
			return tool_error("--%s: 0 blocks is nothing to do", names[i]);
		by = names[i];
		range->nr_blocks = blocks;
	}
	range->length_given = by;
	return 0;
}

int range_resolve(const struct tool *tool, const struct znvme_ns *ns, const struct range_args *args,
		  uint64_t nr_default, struct range *range)
{
	bool by_bytes = tool_given(tool, "offset");
	uint64_t end;

	*range = (struct range){.slba = args->start_block, .nr_blocks = nr_default};
	range->start_given = by_bytes || tool_given(tool, "start-block");
	if (by_bytes && tool_given(tool, "start-block"))
		return tool_error("--start-block and --offset say the same thing: give one");
	if (by_bytes && to_blocks(ns, "offset", args->offset, &range->slba))
		return 1;
	if (resolve_length(tool, ns, args, range))
		return 1;
	if (range->slba >= ns->nr_blocks)
		return tool_error("block %" PRIu64
				  " is past the end of namespace %u, which has blocks 0 "
				  "to %" PRIu64,
				  range->slba, ns->nsid, ns->nr_blocks - 1);
	if (!range->nr_blocks)
		range->nr_blocks = ns->nr_blocks - range->slba;
	end = range->slba + range->nr_blocks - 1;
	if (range->nr_blocks > ns->nr_blocks - range->slba)
		return tool_error(
			"blocks %" PRIu64 " to %" PRIu64
			" go past the end of namespace %u, which has blocks 0 to %" PRIu64,
			range->slba, end < range->slba ? UINT64_MAX : end, ns->nsid,
			ns->nr_blocks - 1);
	return 0;
}
