/* SPDX-License-Identifier: MIT */
/*
 * Performance Characteristics (feature 1Ch; NVM 1.2, section 4.1.3.7): the standard attribute, the
 * vendor's attributes C1h to FFh, the list of their identifiers. The vendor's are for a host to
 * set; C1h has a default. What is set is saved, so that current and saved values are the same:
 * those that were set, else the defaults. Nothing of it changes how the simulator performs.
 */
#include "sim/internal.h"

#include <ctype.h>

#define SIM_R4KARL ZNVME_PERF_LATENCY_10US

static const struct znvme_perf_vendor sim_perf_default = {
	.paid = {0x7a, 0x6e, 0x76, 0x6d, 0x65, 0x00, 0x4c, 0x1c, 0x80, 0x00, 0x73, 0x69, 0x6d, 0x00,
		 0x00, 0xc1},
	.attrl = 4,
	.vs = {1, 2, 3, 4},
};

/* The place of an attribute that was set; with `attri` 0 a free one. NULL: there is none. */
static struct sim_perf_attribute *sim_perf_place(struct znvme_sim *sim, uint64_t attri)
{
	struct sim_perf_attribute *set = sim->mgmt.perf;

	for (unsigned i = 0; i < SIM_COUNT(sim->mgmt.perf); i++)
		if (set[i].attri == attri)
			return &set[i];
	return NULL;
}

/* A controller that cannot save has none that could be set. */
static unsigned sim_perf_most(const struct znvme_sim *sim)
{
	return sim->options.without & SIM_WITHOUT_SAVE_SELECT ? 0 : SIM_COUNT(sim->mgmt.perf);
}

static unsigned sim_perf_unused(const struct znvme_sim *sim)
{
	unsigned nr = sim_perf_most(sim);

	for (unsigned i = 0; i < SIM_COUNT(sim->mgmt.perf); i++)
		nr -= !!sim->mgmt.perf[i].attri;
	return nr;
}

/* What Get Features gives of a vendor's attribute. */
static struct znvme_perf_vendor sim_perf_vendor(struct znvme_sim *sim, uint64_t attri, bool initial)
{
	const struct sim_perf_attribute *set = initial ? NULL : sim_perf_place(sim, attri);
	struct znvme_perf_vendor none = {.attrl = 0};

	if (set)
		return set->value;
	return attri == ZNVME_PERF_VENDOR_MIN ? sim_perf_default : none;
}

static uint16_t sim_perf_send_list(struct znvme_sim *sim, struct sim_cmd *cmd, uint64_t sel)
{
	struct znvme_perf_list list = {
		.attrtyp = (uint8_t)sel,
		.msvspa = (uint8_t)sim_perf_most(sim),
		.usvspa = (uint8_t)sim_perf_unused(sim),
	};

	for (unsigned i = 0; i < SIM_COUNT(list.id); i++) {
		struct znvme_perf_vendor vendor = sim_perf_vendor(sim, ZNVME_PERF_VENDOR_MIN + i,
								  sel == ZNVME_FEAT_SEL_DEFAULT);

		memcpy(list.id[i], vendor.paid, sizeof(vendor.paid));
	}
	return sim_data_send(sim, cmd, &list, sizeof(list), sizeof(list));
}

uint16_t sim_get_performance(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial)
{
	static const struct znvme_perf_standard standard = {.r4karl = SIM_R4KARL};
	uint64_t attri = znvme_field_get(ZNVME_FEAT_PERF_ATTRI, cmd->sqe.cdw11);
	uint64_t sel = znvme_field_get(ZNVME_FEATURES_SEL, cmd->sqe.cdw10);
	struct znvme_perf_vendor vendor;

	(void)initial;
	if (attri != ZNVME_PERF_STANDARD && attri < ZNVME_PERF_LIST)
		return SIM_INVALID_FIELD(cmd, cdw11);
	cmd->dw0 = (uint32_t)attri;
	if (attri == ZNVME_PERF_STANDARD)
		return sim_data_send(sim, cmd, &standard, sizeof(standard), sizeof(standard));
	if (attri == ZNVME_PERF_LIST)
		return sim_perf_send_list(sim, cmd, sel);
	vendor = sim_perf_vendor(sim, attri, sel == ZNVME_FEAT_SEL_DEFAULT);
	return sim_data_send(sim, cmd, &vendor, sizeof(vendor), sizeof(vendor));
}

/* Of an attribute without a saved value there is nothing to delete. */
static uint16_t sim_perf_revert(struct znvme_sim *sim, uint64_t attri)
{
	struct sim_perf_attribute *set = sim_perf_place(sim, attri);

	if (set)
		memset(set, 0, sizeof(*set));
	sim_state_save(sim);
	return ZNVME_SC_SUCCESS;
}

/* Refused when as many are set as can be saved, even one that is set already. */
uint16_t sim_set_performance(struct znvme_sim *sim, struct sim_cmd *cmd)
{
	uint64_t attri = znvme_field_get(ZNVME_FEAT_PERF_ATTRI, cmd->sqe.cdw11);
	struct sim_perf_attribute *place;
	struct znvme_perf_vendor vendor;
	uint16_t status;

	if (attri < ZNVME_PERF_VENDOR_MIN)
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (cmd->sqe.cdw11 & ZNVME_FEAT_PERF_RVSPA)
		return sim_perf_revert(sim, attri);
	if (!sim_perf_unused(sim))
		return SIM_INVALID_FIELD(cmd, cdw11);
	if (!(cmd->sqe.cdw10 & ZNVME_FEATURES_SV))
		return SIM_INVALID_FIELD(cmd, cdw10);
	status = sim_data_receive(sim, cmd, &vendor, sizeof(vendor));
	if (status)
		return status;
	if (vendor.attrl > sizeof(vendor.vs))
		return SIM_DNR(ZNVME_SC_INVALID_FIELD);
	place = sim_perf_place(sim, attri);
	if (!place)
		place = sim_perf_place(sim, 0);
	place->attri = (uint8_t)attri;
	place->value = vendor;
	sim_state_save(sim);
	return ZNVME_SC_SUCCESS;
}

/* ---- the state file ------------------------------------------------------------------------ */

#define SIM_PERF_LINE 128 /* bytes of an attribute on a line */

void sim_perf_write(const struct znvme_sim *sim, FILE *out)
{
	for (unsigned i = 0; i < SIM_COUNT(sim->mgmt.perf); i++) {
		const struct sim_perf_attribute *set = &sim->mgmt.perf[i];
		const uint8_t *bytes = (const uint8_t *)&set->value;
		size_t len = offsetof(struct znvme_perf_vendor, vs) + set->value.attrl;

		for (size_t at = 0; set->attri && at < len; at += SIM_PERF_LINE) {
			fprintf(out, "attribute %u at %zu ", set->attri, at);
			for (size_t j = at; j < at + SIM_PERF_LINE && j < sizeof(set->value); j++)
				fprintf(out, "%02x", bytes[j]);
			fputc('\n', out);
		}
	}
}

bool sim_perf_read(struct znvme_sim *sim, const char *line)
{
	struct sim_perf_attribute *place;
	unsigned attri, byte;
	size_t at;
	int used;

	if (sscanf(line, "attribute %u at %zu %n", &attri, &at, &used) != 2 ||
	    !(sim->options.with & SIM_WITH_PERFC) || !sim_perf_most(sim) ||
	    attri < ZNVME_PERF_VENDOR_MIN || attri > ZNVME_PERF_VENDOR_MAX ||
	    at >= sizeof(place->value))
		return false;
	place = sim_perf_place(sim, attri);
	if (!place)
		place = sim_perf_place(sim, 0);
	if (!place)
		return false;
	place->attri = (uint8_t)attri;
	for (line += used; at < sizeof(place->value) && isxdigit((unsigned char)line[0]) &&
			   isxdigit((unsigned char)line[1]) && sscanf(line, "%2x", &byte) == 1;
	     line += 2)
		((uint8_t *)&place->value)[at++] = (uint8_t)byte;
	return *line == '\n' && place->value.attrl <= sizeof(place->value.vs);
}
