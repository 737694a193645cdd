/* SPDX-License-Identifier: MIT */
/* Get LBA Status (NVM 1.1, section 4.2.1): ranges of any length, by as many commands as it takes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/lba_status.h"

#define MAX_RANGE 65535u /* blocks that one command can name; more is said by 0: to the end */
#define MAX_DESCS 4096u	 /* of one command */

/* What has been found, and where to go on. */
struct search {
	const struct znvme_ns *ns;
	enum znvme_lba_status_action action;
	uint64_t at;
	uint64_t end;
	struct znvme_lba_run *runs;
	unsigned max;
	unsigned nr;
};

/* A run of the list: in the range, and behind what was there before. */
static int take(struct search *search, const struct znvme_lba_status_desc *desc)
{
	uint64_t nlb = desc->nlb;

	if (!nlb || desc->dslba > UINT64_MAX - nlb || desc->dslba + nlb <= search->at ||
	    (search->nr && desc->dslba < search->at))
		return znvme_fail(-EPROTO, "Get LBA Status: %u blocks at %llu, asked from %llu on",
				  desc->nlb, (unsigned long long)desc->dslba,
				  (unsigned long long)search->at);
	if (desc->dslba >= search->end) { /* a device may tell more than was asked for */
		search->at = search->end;
		return 0;
	}
	search->runs[search->nr++] = (struct znvme_lba_run){
		.slba = desc->dslba,
		.nlb = desc->nlb,
		.status = desc->status,
	};
	search->at = desc->dslba + nlb;
	return 0;
}

/* One command, and what it returns: at least one run, or the end of its range. */
static int look(struct search *search, struct znvme_lba_status_list *list, size_t len)
{
	const struct znvme_lba_status_desc *desc = (const void *)(list + 1);
	uint64_t left = search->end - search->at;
	bool to_end = search->end == search->ns->nr_blocks;
	uint64_t nlb = to_end ? left : MIN(left, MAX_RANGE);
	uint64_t behind = search->at + nlb;
	const struct znvme_sqe cmd = {
		.opcode = ZNVME_ADM_GET_LBA_STATUS,
		.nsid = search->ns->nsid,
		.cdw10 = (uint32_t)search->at,
		.cdw11 = (uint32_t)(search->at >> 32),
		.cdw12 = (uint32_t)(len / 4 - 1),
		.cdw13 = (uint32_t)(znvme_field_put(ZNVME_LBA_STATUS_ATYPE, search->action) |
				    (to_end ? 0 : nlb)),
	};
	unsigned before = search->nr;
	int rc = znvme_admin(search->ns->ctrl, &cmd, list, len, NULL, 0);

	if (!rc && list->nlsd > (len - sizeof(*list)) / sizeof(*desc))
		rc = znvme_fail(-EPROTO, "Get LBA Status: %u runs in %zu bytes", list->nlsd, len);
	for (uint32_t i = 0; !rc && i < list->nlsd && search->at < behind; i++)
		rc = take(search, &desc[i]);
	if (!rc && (search->nr == before || list->cmpc == ZNVME_LBA_STATUS_CMPC_COMPLETE))
		search->at = MAX(search->at, behind);
	return rc;
}

int znvme_lba_status(const struct znvme_ns *ns, enum znvme_lba_status_action action, uint64_t slba,
		     uint64_t nr_blocks, struct znvme_lba_run *runs, unsigned max, uint64_t *next,
		     int *status)
{
	struct search search = {ns, action, slba, ns->nr_blocks, runs, max, 0};
	struct znvme_lba_status_list *list;
	size_t len;
	int rc = 0;

	if (status)
		*status = 0;
	if (!max)
		return znvme_fail(-EINVAL, "Get LBA Status: no room for a run of blocks");
	if (slba >= ns->nr_blocks || nr_blocks > ns->nr_blocks - slba)
		return znvme_fail(-ERANGE, "blocks from %llu on: namespace %u has %llu",
				  (unsigned long long)slba, ns->nsid,
				  (unsigned long long)ns->nr_blocks);
	if (nr_blocks)
		search.end = slba + nr_blocks;
	list = malloc(sizeof(*list) + MAX_DESCS * sizeof(struct znvme_lba_status_desc));
	if (!list)
		return znvme_fail(-ENOMEM, "no memory for a list of blocks");
	while (!rc && search.at < search.end && search.nr < max) {
		len = sizeof(*list) +
		      MIN(max - search.nr, MAX_DESCS) * sizeof(struct znvme_lba_status_desc);
		rc = look(&search, list, (size_t)MIN(len, ns->ctrl->max_transfer));
	}
	free(list);
	if (next)
		*next = search.at < search.end ? search.at : 0;
	if (rc > 0 && status)
		*status = rc;
	return rc ? znvme_status_errno(rc) : (int)search.nr;
}
