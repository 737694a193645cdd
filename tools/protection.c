/* SPDX-License-Identifier: MIT */
/* Metadata and protection information of blocks (protection.h). */
#include "protection.h"

#include <inttypes.h>
#include <string.h>

#define EXPLAIN_BLOCKS 64u /* read at a time to find a wrong one */

static const char *const pi_options[] = {"ref-tag", "app-tag", "app-tag-mask", "storage-tag",
					 "storage-tag-check"};

int pi_resolve(const struct tool *tool, const struct znvme_ns *ns, const struct pi_args *args,
	       uint32_t preset, uint64_t slba, struct znvme_pi *pi)
{
	struct znvme_sqe trial = {0};

	znvme_pi_init(pi, ns, slba);
	if (!ns->pi_type) {
		if (args->prinfo)
			return tool_error("--prinfo: namespace %u has no protection information",
					  ns->nsid);
		for (unsigned i = 0; i < TOOL_COUNT(pi_options); i++)
			if (tool_given(tool, pi_options[i]))
				return tool_error(
					"--%s: namespace %u has no protection information",
					pi_options[i], ns->nsid);
		return 0;
	}
	pi->prinfo = preset;
	if (tool_given(tool, "prinfo"))
		pi->prinfo = (uint32_t)znvme_field_put(ZNVME_RW_PRINFO, args->prinfo);
	if (args->storage_tag_check)
		pi->prinfo |= ZNVME_RW_STC;
	if (tool_given(tool, "ref-tag"))
		pi->ref_tag = args->ref_tag;
	pi->app_tag = args->app_tag;
	pi->app_tag_mask = args->app_tag_mask;
	pi->storage_tag = args->storage_tag;
	if (znvme_sqe_set_pi(&trial, ns, pi))
		return tool_error("a reference tag has %u bits in namespace %u, a storage tag %u",
				  znvme_pi_ref_tag_bits(ns), ns->nsid,
				  znvme_pi_storage_tag_bits(ns));
	return 0;
}

int pi_resolve_metadata(const struct tool *tool, const struct znvme_ns *ns,
			const struct pi_args *args, uint64_t slba, uint64_t nlb,
			struct znvme_pi *pi, size_t *len)
{
	const uint64_t bytes = nlb * ns->metadata_size;

	znvme_pi_init(pi, ns, slba);
	if (pi_resolve(tool, ns, args, pi->prinfo, slba, pi))
		return 1;
	*len = args->metadata ? (size_t)bytes : 0;
	if ((args->metadata || args->metadata_size) && !ns->metadata_size)
		return tool_error("namespace %u has no metadata", ns->nsid);
	if (args->metadata && znvme_pi_is_stripped(ns, pi->prinfo))
		return tool_error("--metadata: with --prinfo 0x%x the device keeps them to itself",
				  (unsigned)znvme_field_get(ZNVME_RW_PRINFO, pi->prinfo));
	if (tool_given(tool, "metadata-size") && args->metadata_size != bytes)
		return tool_error("--metadata-size %" PRIu64 ": %" PRIu64 " blocks have %" PRIu64
				  " bytes of metadata",
				  args->metadata_size, nlb, bytes);
	return 0;
}

int pi_load_metadata(const struct pi_args *args, size_t len, char **metadata)
{
	size_t got = 0;

	if (!len)
		return 0;
	if (tool_read_file(args->metadata, len + 1, (void **)metadata, &got))
		return 1;
	return got == len ? 0
			  : tool_error("%s: there should be %zu bytes of metadata, there are %s%zu",
				       args->metadata, len, got > len ? "more than " : "",
				       got > len ? len : got);
}

struct znvme_pi pi_advance(const struct znvme_ns *ns, const struct znvme_pi *pi, uint64_t blocks)
{
	const unsigned bits = znvme_pi_ref_tag_bits(ns);
	struct znvme_pi next = *pi;

	if (!ns->pi_type || ns->pi_type == ZNVME_PI_TYPE3)
		return next;
	next.ref_tag += blocks;
	if (bits < 64)
		next.ref_tag &= (1ull << bits) - 1;
	return next;
}

void pi_weave(const struct znvme_ns *ns, char *woven, const char *data, const char *metadata,
	      uint32_t nlb)
{
	for (uint32_t i = 0; i < nlb; i++) {
		memcpy(woven, data, ns->block_size);
		memcpy(woven + ns->block_size, metadata, ns->metadata_size);
		woven += ns->lba_bytes;
		data += ns->block_size;
		metadata += ns->metadata_size;
	}
}

void pi_unweave(const struct znvme_ns *ns, const char *woven, char *data, char *metadata,
		uint32_t nlb)
{
	for (uint32_t i = 0; i < nlb; i++) {
		memcpy(data, woven, ns->block_size);
		memcpy(metadata, woven + ns->block_size, ns->metadata_size);
		woven += ns->lba_bytes;
		data += ns->block_size;
		metadata += ns->metadata_size;
	}
}

/* Blocks as they are, and the host's opinion: 0, or what is wrong, with a message. */
static int look_at(const struct znvme_ns *ns, struct znvme_queue *queue,
		   const struct znvme_region *region, uint64_t slba, uint32_t nlb,
		   const struct znvme_pi *pi)
{
	char *metadata = ns->metadata_extended
				 ? NULL
				 : region->addr + (size_t)EXPLAIN_BLOCKS * ns->block_size;
	struct znvme_sqe sqe = {0};
	int rc = znvme_prep_rw_pi(&sqe, ns, ZNVME_CMD_READ, region, region->addr, region, metadata,
				  slba, nlb, NULL);

	if (!rc)
		rc = znvme_exec(queue, &sqe, NULL);
	return rc ? rc : znvme_pi_check(ns, region->addr, metadata, slba, nlb, pi, NULL);
}

void pi_explain(struct tool *tool, const struct znvme_ns *ns, int status, uint64_t slba,
		uint64_t nlb, const struct znvme_pi *pi)
{
	const uint32_t most = ns->max_nlb < EXPLAIN_BLOCKS ? ns->max_nlb : EXPLAIN_BLOCKS;
	struct znvme_queue *queue = NULL;
	struct znvme_region *region = NULL;
	int rc;

	if (!ns->pi_type || status <= 0 || !*znvme_pi_tag_name(status))
		return;
	rc = znvme_queue_create(tool->ctrl, 2, NULL, &queue);
	if (!rc)
		rc = znvme_mem_alloc(tool->ctrl,
				     (size_t)EXPLAIN_BLOCKS * (ns->block_size + ns->metadata_size),
				     &region);
	for (uint64_t done = 0; done < nlb && !rc; done += most) {
		struct znvme_pi part = pi_advance(ns, pi, done);

		rc = look_at(ns, queue, region, slba + done,
			     nlb - done < most ? (uint32_t)(nlb - done) : most, &part);
		if (rc > 0 && *znvme_pi_tag_name(rc))
			tool_error("%s", znvme_errmsg());
	}
	znvme_queue_delete(queue);
	znvme_mem_free(tool->ctrl, region);
}
