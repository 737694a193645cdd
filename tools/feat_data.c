/* SPDX-License-Identifier: MIT */
/*
 * Data of features that are no plain fields: LBA Range Type (NVM 1.1, section 4.1.4), Performance
 * Characteristics (NVM 1.2, section 4.1.3.7).
 */
#include "blocks.h"
#include "feat.h"

#include <string.h>

/* ---- LBA ranges ---------------------------------------------------------------------------- */

#define RANGES 64

static void set_bit(uint8_t *attributes, uint8_t bit, uint64_t on)
{
	*attributes = (uint8_t)((*attributes & ~bit) | (on ? bit : 0));
}

static void set_range(struct znvme_lba_range_entry *entry, unsigned what, uint64_t value)
{
	switch (what) {
	case FEAT_RANGE_TYPES:
		entry->type = (uint8_t)value;
		break;
	case FEAT_RANGE_LBAROS:
		set_bit(&entry->attributes, ZNVME_LBA_RANGE_ATTR_OVERWRITE, value);
		break;
	case FEAT_RANGE_HLBARS:
		set_bit(&entry->attributes, ZNVME_LBA_RANGE_ATTR_HIDDEN, value);
		break;
	case FEAT_RANGE_SLBAS:
		entry->slba = value;
		break;
	case FEAT_RANGE_NLBS:
		entry->nlb = value;
		break;
	case FEAT_RANGE_GUIDS:
		memset(entry->guid, 0, sizeof(entry->guid));
		memcpy(entry->guid, &value, sizeof(value));
		break;
	}
}

int feat_fill_ranges(struct tool *tool, const struct feat_args *args, struct feat_change *change,
		     struct feature_value *value)
{
	static const struct {
		const char *name;
		uint64_t max;
	} lists[] = {
		[FEAT_RANGE_TYPES] = {"types", UINT8_MAX},
		[FEAT_RANGE_LBAROS] = {"lbaros", 1},
		[FEAT_RANGE_HLBARS] = {"hlbars", 1},
		[FEAT_RANGE_SLBAS] = {"slbas", UINT64_MAX},
		[FEAT_RANGE_NLBS] = {"nlbs", UINT64_MAX},
		[FEAT_RANGE_GUIDS] = {"guids", UINT64_MAX},
	};
	struct znvme_lba_range_table *table = (struct znvme_lba_range_table *)(void *)value->data;
	unsigned nr = (value->result & ZNVME_FEAT_LBA_RANGE_NUM) + 1;
	uint64_t list[RANGES];

	(void)change;
	for (unsigned i = 0; i < TOOL_COUNT(lists); i++) {
		int n = blocks_parse_list(lists[i].name, args->text[i], lists[i].max, list, RANGES);

		if (n < 0)
			return 1;
		if ((unsigned)n > nr)
			return tool_error("%s: --%s has %d values for %u ranges: see --num",
					  tool->command->name, lists[i].name, n, nr);
		for (int j = 0; j < n; j++)
			set_range(&table->entry[j], i, list[j]);
	}
	return 0;
}

/* ---- performance characteristics ----------------------------------------------------------- */

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* 32 digits, dashes anywhere between bytes. */
static int parse_uuid(const char *text, uint8_t uuid[16])
{
	const char *at = text;
	unsigned i;

	for (i = 0; i < 16; i++) {
		int high, low;

		while (i && *at == '-')
			at++;
		high = hex_digit(*at);
		low = high < 0 ? -1 : hex_digit(at[1]);
		if (low < 0)
			break;
		uuid[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	return i == 16 && !*at ? 0 : tool_error("--paid %s: not a UUID", text);
}

static int fill_vendor(struct tool *tool, const struct feat_args *args,
		       struct znvme_perf_vendor *vendor)
{
	uint64_t attrl = args->value[FEAT_PERF_ATTRL];
	tool_autofree void *data = NULL;
	size_t got = 0;

	if (!tool_given(tool, "paid"))
		return tool_error("%s: --paid is missing: what the attribute is",
				  tool->command->name);
	if (parse_uuid(args->text[FEAT_PERF_PAID], vendor->paid))
		return 1;
	if (tool_given(tool, "vs-data") &&
	    tool_read_file(args->text[FEAT_PERF_VS], sizeof(vendor->vs) + 1, &data, &got))
		return 1;
	if (!tool_given(tool, "attrl"))
		attrl = got;
	if (attrl > sizeof(vendor->vs))
		return tool_error("%s: an attribute has %zu bytes at most", tool->command->name,
				  sizeof(vendor->vs));
	if (attrl > got)
		return tool_error("%s: %zu bytes of data, but --attrl %llu", tool->command->name,
				  got, (unsigned long long)attrl);
	vendor->attrl = (uint16_t)attrl;
	if (attrl)
		memcpy(vendor->vs, data, attrl);
	return 0;
}

int feat_fill_performance(struct tool *tool, const struct feat_args *args,
			  struct feat_change *change, struct feature_value *value)
{
	struct znvme_perf_standard *standard = (struct znvme_perf_standard *)(void *)value->data;

	if (change->mask & ZNVME_FEAT_PERF_RVSPA)
		return 0;
	if (args->value[FEAT_PERF_ATTRI] >= ZNVME_PERF_VENDOR_MIN)
		return fill_vendor(tool, args, (struct znvme_perf_vendor *)(void *)value->data);
	if (!tool_given(tool, "r4karl") || args->value[FEAT_PERF_ATTRI] != ZNVME_PERF_STANDARD)
		return tool_error("%s: only attributes 0xc1 to 0xff have an identifier and data",
				  tool->command->name);
	if (args->value[FEAT_PERF_R4KARL] > UINT8_MAX)
		return tool_error("--r4karl %llu: out of range, which is 0 to 255",
				  (unsigned long long)args->value[FEAT_PERF_R4KARL]);
	standard->r4karl = (uint8_t)args->value[FEAT_PERF_R4KARL];
	return 0;
}
