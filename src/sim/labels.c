/* SPDX-License-Identifier: MIT */
/*
 * What a host leaves with a namespace or the controller for others to read: LBA Range Type (feature
 * 03h; NVM 1.1, section 4.1.4), the Namespace Admin Label (1Fh), host metadata (7Dh to 7Fh; Base
 * 2.1, section 5.1.25). The controller makes nothing of it. It lasts as long as the simulator, but
 * for host metadata, which end with a reset.
 */
#include "sim/internal.h"

#include <stdlib.h>

/* A namespace's, made when they are first set; NULL: out of memory. */
static struct sim_labels *sim_labels_of(struct sim_ns *ns)
{
	if (!ns->labels)
		ns->labels = calloc(1, sizeof(*ns->labels));
	return ns->labels;
}

void sim_labels_close(struct sim_ns *ns)
{
	free(ns->labels);
	ns->labels = NULL;
}

/* ---- LBA Range Type ------------------------------------------------------------------------ */

/* Blocks that there are, and no two ranges with the same one. */
static uint16_t sim_check_ranges(const struct sim_ns *ns, const struct znvme_lba_range_table *table,
				 unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		const struct znvme_lba_range_entry *a = &table->entry[i];

		if (a->slba >= ns->blocks || a->nlb >= ns->blocks - a->slba)
			return SIM_DNR(ZNVME_SC_LBA_RANGE);
		for (unsigned j = 0; j < i; j++) {
			const struct znvme_lba_range_entry *b = &table->entry[j];

			if (a->slba <= b->slba + b->nlb && b->slba <= a->slba + a->nlb)
				return SIM_DNR(ZNVME_SC_OVERLAPPING_RANGE);
		}
	}
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_set_lba_ranges(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);
	unsigned nr = (cmd->sqe.cdw11 & ZNVME_FEAT_LBA_RANGE_NUM) + 1;
	struct znvme_lba_range_table table = {.entry = {{.type = 0}}};
	struct sim_labels *labels;
	uint16_t status;

	if (ns->kv)
		return SIM_DNR(ZNVME_SC_INVALID_IOCS);
	status = sim_data_receive(sim, cmd, &table, nr * sizeof(table.entry[0]));
	if (!status)
		status = sim_check_ranges(ns, &table, nr);
	if (status)
		return status;
	labels = sim_labels_of(ns);
	if (!labels)
		return ZNVME_SC_INTERNAL;
	labels->ranges = table;
	labels->nr_ranges = nr;
	return ZNVME_SC_SUCCESS;
}

/* One range with everything, which may be overwritten, where none was set. */
uint16_t sim_get_lba_ranges(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	struct sim_ns *ns = sim_ns(sim, cmd->sqe.nsid);
	struct znvme_lba_range_table table = {
		.entry = {{.attributes = ZNVME_LBA_RANGE_ATTR_OVERWRITE, .nlb = ns->blocks - 1}}};

	if (ns->kv)
		return SIM_DNR(ZNVME_SC_INVALID_IOCS);
	if (!initial && ns->labels && ns->labels->nr_ranges) {
		table = ns->labels->ranges;
		cmd->dw0 = ns->labels->nr_ranges - 1;
	}
	return sim_data_send(sim, cmd, &table, sizeof(table), sizeof(table));
}

/* The blocks are others now. */
void sim_labels_formatted(struct sim_ns *ns)
{
	if (ns->labels)
		ns->labels->nr_ranges = 0;
}

/* ---- Namespace Admin Label ----------------------------------------------------------------- */

uint16_t sim_set_admin_label(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_labels *labels;
	struct znvme_ns_admin_label label;
	uint16_t status = sim_data_receive(sim, cmd, &label, sizeof(label));

	if (status)
		return status;
	labels = sim_labels_of(sim_ns(sim, cmd->sqe.nsid));
	if (!labels)
		return ZNVME_SC_INTERNAL;
	labels->admin = label;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_get_admin_label(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	const struct sim_labels *labels = sim_ns(sim, cmd->sqe.nsid)->labels;
	static const struct znvme_ns_admin_label none;

	return sim_data_send(sim, cmd, labels && !initial ? &labels->admin : &none, sizeof(none),
			     sizeof(none));
}

/* ---- host metadata ------------------------------------------------------------------------- */

/* The features' places: two of the controller, one of each namespace. */
static struct znvme_host_metadata *sim_host_metadata(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	struct sim_labels *labels;

	switch (cmd->sqe.cdw10 & ZNVME_FEATURES_FID) {
	case ZNVME_FEAT_ENH_CTRL_METADATA:
		return &sim->mgmt.metadata[0];
	case ZNVME_FEAT_CTRL_METADATA:
		return &sim->mgmt.metadata[1];
	default:
		labels = sim_labels_of(sim_ns(sim, cmd->sqe.nsid));
		return labels ? &labels->metadata : NULL;
	}
}

/* Bytes of the element at `at`, header and all; 0 where it does not end in the data. */
static size_t sim_element_size(const struct znvme_host_metadata *data, size_t at)
{
	struct znvme_metadata_element element;
	size_t left = sizeof(data->descs_buf) - at;

	if (left < sizeof(element))
		return 0;
	memcpy(&element, &data->descs_buf[at], sizeof(element));
	return element.len <= left - sizeof(element) ? sizeof(element) + element.len : 0;
}

/* Of all elements; SIZE_MAX where they do not fit. */
static size_t sim_elements_size(const struct znvme_host_metadata *data)
{
	size_t at = 0;

	for (unsigned i = 0; i < data->ndesc; i++) {
		size_t size = sim_element_size(data, at);

		if (!size)
			return SIZE_MAX;
		at += size;
	}
	return at;
}

/* The element type is in bits 5:0. */
static void sim_elements_drop(struct znvme_host_metadata *data, uint8_t type)
{
	size_t end = sim_elements_size(data), at = 0;

	for (unsigned i = data->ndesc; i > 0; i--) {
		size_t size = sim_element_size(data, at);

		if ((data->descs_buf[at] & 0x3f) != type) {
			at += size;
			continue;
		}
		memmove(&data->descs_buf[at], &data->descs_buf[at + size], end - at - size);
		end -= size;
		data->ndesc--;
	}
}

static bool sim_element_add(struct znvme_host_metadata *data, const uint8_t *element, size_t size)
{
	size_t end = sim_elements_size(data);

	if (data->ndesc == UINT8_MAX || size > sizeof(data->descs_buf) - end)
		return false;
	memcpy(&data->descs_buf[end], element, size);
	data->ndesc++;
	return true;
}

/* What comes of `data` when the elements of `change` are added, put in place, or deleted. */
static bool sim_elements_change(struct znvme_host_metadata *data,
				const struct znvme_host_metadata *change, uint64_t action)
{
	size_t at = 0;

	for (unsigned i = 0; i < change->ndesc; i++) {
		size_t size = sim_element_size(change, at);

		if (action != ZNVME_METADATA_ADD)
			sim_elements_drop(data, change->descs_buf[at] & 0x3f);
		if (action != ZNVME_METADATA_DELETE &&
		    !sim_element_add(data, &change->descs_buf[at], size))
			return false;
		at += size;
	}
	return true;
}

uint16_t sim_set_host_metadata(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t action = znvme_field_get(ZNVME_FEAT_METADATA_EA, cmd->sqe.cdw11);
	struct znvme_host_metadata change, result, *place;
	uint16_t status = sim_data_receive(sim, cmd, &change, sizeof(change));

	if (status)
		return status;
	/* Only the enhanced one takes several elements of a type. */
	if (action > ZNVME_METADATA_ADD ||
	    (action == ZNVME_METADATA_ADD &&
	     (cmd->sqe.cdw10 & ZNVME_FEATURES_FID) != ZNVME_FEAT_ENH_CTRL_METADATA))
		return SIM_INVALID_FIELD(cmd, cdw11);
	place = sim_host_metadata(sim, cmd);
	if (!place)
		return ZNVME_SC_INTERNAL;
	result = *place;
	if (sim_elements_size(&change) == SIZE_MAX ||
	    !sim_elements_change(&result, &change, action))
		return SIM_DNR(ZNVME_SC_INVALID_FIELD);
	*place = result;
	return ZNVME_SC_SUCCESS;
}

uint16_t sim_get_host_metadata(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	static const struct znvme_host_metadata none;
	const struct znvme_host_metadata *place = sim_host_metadata(sim, cmd);

	if (!place)
		return ZNVME_SC_INTERNAL;
	return sim_data_send(sim, cmd, initial ? &none : place, sizeof(none), sizeof(none));
}

void sim_labels_reset(struct znvme_sim *sim)
{
	memset(sim->mgmt.metadata, 0, sizeof(sim->mgmt.metadata));
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].labels)
			memset(&sim->ns[i].labels->metadata, 0,
			       sizeof(sim->ns[i].labels->metadata));
}
