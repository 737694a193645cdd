/* SPDX-License-Identifier: MIT */
/*
 * The options behind "sim:", key=value with commas between them, by a table: a row an option, with
 * what it takes and its bounds. docs/simulator.md explains each. What makes no sense together is
 * refused where it is used (media.c for sizes).
 */
#include "sim/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct sim_option {
	const char *name;
	const char *(*parse)(const struct sim_option *option, const char *text, void *value);
	size_t offset; /* of the value in struct sim_options */
	uint64_t min;
	uint64_t max;
	const char *takes; /* for the message */
};

/* The digits at *text as a number, with *text moved behind them; false where there are none. */
static bool sim_parse_digits(const char **text, uint64_t *value)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*value = strtoull(*text, &end, 0);
	if (errno || end == *text)
		return false;
	*text = end;
	return true;
}

/* A number of bytes with an optional suffix K, M, G, T. */
static bool sim_parse_bytes(const char **text, uint64_t *value)
{
	static const char suffixes[] = "KMGT";
	const char *suffix;

	if (!sim_parse_digits(text, value))
		return false;
	if (**text == '\0')
		return true;
	suffix = strchr(suffixes, **text >= 'a' ? **text - 'a' + 'A' : **text);
	if (!suffix)
		return true;
	for (const char *s = suffixes; s <= suffix; s++) {
		if (*value > UINT64_MAX / 1024)
			return false;
		*value *= 1024;
	}
	(*text)++;
	return true;
}

/* The parsers below return NULL, or what is wrong. */

static const char *sim_parse_number(const struct sim_option *option, const char *text, void *value)
{
	uint64_t number;

	if (!sim_parse_digits(&text, &number) || *text)
		return "not a number";
	if (number < option->min || number > option->max)
		return "out of range";
	*(uint64_t *)value = number;
	return NULL;
}

static const char *sim_parse_list(const struct sim_option *option, const char *text, void *value)
{
	struct sim_list *list = value;

	list->nr = 0;
	for (;;) {
		uint64_t number;

		if (list->nr == SIM_MAX_SIZES)
			return "too many";
		if (!sim_parse_bytes(&text, &number))
			return "not a size";
		if (number < option->min || number > option->max)
			return "out of range";
		list->value[list->nr++] = number;
		if (*text == '\0')
			return NULL;
		if (*text++ != '+')
			return "not a size";
	}
}

static const char *sim_parse_bs(const struct sim_option *option, const char *text, void *value)
{
	struct sim_list *list = value;
	const char *wrong = sim_parse_list(option, text, value);

	for (unsigned i = 0; !wrong && i < list->nr; i++)
		if (list->value[i] & (list->value[i] - 1))
			wrong = "not a power of two";
	return wrong;
}

/* Bits of a guard. */
static const char *sim_parse_pif(const struct sim_option *option, const char *text, void *value)
{
	struct sim_list *list = value;
	const char *wrong = sim_parse_list(option, text, value);

	for (unsigned i = 0; !wrong && i < list->nr; i++)
		if (list->value[i] != 16 && list->value[i] != 32 && list->value[i] != 64)
			wrong = "no guard's";
	return wrong;
}

/* A+B of two words, the first of which is 0. */
static const char *sim_parse_choice(const char *text, const char *const words[2],
				    struct sim_list *list)
{
	list->nr = 0;
	for (;;) {
		size_t len = strcspn(text, "+");
		unsigned i = 0;

		while (i < 2 && (strlen(words[i]) != len || strncmp(words[i], text, len)))
			i++;
		if (i == 2)
			return "not a known place";
		if (list->nr == SIM_MAX_SIZES)
			return "too many";
		list->value[list->nr++] = i;
		if (text[len] == '\0')
			return NULL;
		text += len + 1;
	}
}

static const char *sim_parse_meta(const struct sim_option *option, const char *text, void *value)
{
	static const char *const words[] = {"sep", "ext"};

	(void)option;
	return sim_parse_choice(text, words, value);
}

static const char *sim_parse_pip(const struct sim_option *option, const char *text, void *value)
{
	static const char *const words[] = {"last", "first"};

	(void)option;
	return sim_parse_choice(text, words, value);
}

static const char *sim_parse_range(const struct sim_option *option, const char *text, void *value)
{
	uint64_t *range = value;

	if (!sim_parse_digits(&text, &range[0]))
		return "not a number";
	range[1] = range[0];
	if (*text == '-') {
		text++;
		if (!sim_parse_digits(&text, &range[1]))
			return "not a number";
	}
	if (*text)
		return "not a number";
	if (range[0] > range[1] || range[1] > option->max)
		return "out of range";
	return NULL;
}

/* Text of option->min to option->max printable characters. */
static const char *sim_parse_text(const struct sim_option *option, const char *text, void *value)
{
	size_t len = strlen(text);

	if (len < option->min)
		return "empty";
	if (len > option->max)
		return "too long";
	if (option->max <= 40) /* an Identify field, not a path */
		for (const char *c = text; *c; c++)
			if (*c < ' ' || *c > '~')
				return "not ASCII";
	memcpy(value, text, len + 1);
	return NULL;
}

static const char *sim_parse_pci(const struct sim_option *option, const char *text, void *value)
{
	uint16_t *id = value;

	(void)option;
	for (unsigned i = 0; i < 4; i++) {
		char *end;
		unsigned long number = strtoul(text, &end, 16);

		if (end - text < 1 || end - text > 4 || number > 0xffff)
			return "not PCI ids";
		id[i] = (uint16_t)number;
		if (*end == '\0')
			return i == 1 || i == 3 ? NULL : "not PCI ids";
		if (*end != ':')
			return "not PCI ids";
		text = end + 1;
	}
	return "not PCI ids";
}

struct sim_name {
	const char *name;
	uint32_t flag;
};

/* A+B: the flags of the names. */
static const char *sim_parse_names(const char *text, const struct sim_name *names, size_t nr,
				   uint32_t *flags)
{
	*flags = 0;
	for (;;) {
		size_t len = strcspn(text, "+");
		size_t i = 0;

		while (i < nr &&
		       (strlen(names[i].name) != len || strncmp(names[i].name, text, len)))
			i++;
		if (i == nr)
			return "not a known feature";
		*flags |= names[i].flag;
		if (text[len] == '\0')
			return NULL;
		text += len + 1;
	}
}

static const struct sim_name sim_without_names[] = {
	{"compare", SIM_WITHOUT_COMPARE},
	{"verify", SIM_WITHOUT_VERIFY},
	{"dsm", SIM_WITHOUT_DSM},
	{"write-zeroes", SIM_WITHOUT_WRITE_ZEROES},
	{"write-uncorrectable", SIM_WITHOUT_WRITE_UNCORRECTABLE},
	{"save-select", SIM_WITHOUT_SAVE_SELECT},
	{"timestamp", SIM_WITHOUT_TIMESTAMP},
	{"sgl", SIM_WITHOUT_SGL},
	{"log-offset", SIM_WITHOUT_LOG_OFFSET},
	{"iocs", SIM_WITHOUT_IOCS},
	{"ns-mgmt", SIM_WITHOUT_NS_MGMT},
	{"format", SIM_WITHOUT_FORMAT},
	{"sanitize", SIM_WITHOUT_SANITIZE},
	{"firmware", SIM_WITHOUT_FIRMWARE},
	{"self-test", SIM_WITHOUT_SELF_TEST},
	{"telemetry", SIM_WITHOUT_TELEMETRY},
	{"persistent-events", SIM_WITHOUT_PEL},
	{"security", SIM_WITHOUT_SECURITY},
	{"lockdown", SIM_WITHOUT_LOCKDOWN},
	{"copy", SIM_WITHOUT_COPY},
	{"fused", SIM_WITHOUT_FUSED},
	{"reservations", SIM_WITHOUT_RESERVATIONS},
	{"lba-status", SIM_WITHOUT_LBA_STATUS},
	{"directives", SIM_WITHOUT_DIRECTIVES},
};

static const char *sim_parse_without(const struct sim_option *option, const char *text, void *value)
{
	(void)option;
	return sim_parse_names(text, sim_without_names, SIM_COUNT(sim_without_names), value);
}

static const struct sim_name sim_with_names[] = {
	{"ana", SIM_WITH_ANA},
	{"plm", SIM_WITH_PLM},
	{"reachability", SIM_WITH_REACHABILITY},
	{"rotational", SIM_WITH_ROTATIONAL},
	{"domains", SIM_WITH_DOMAINS},
	{"uuids", SIM_WITH_UUIDS},
	{"virt", SIM_WITH_VIRT},
	{"capacity", SIM_WITH_CAPACITY},
	{"mi", SIM_WITH_MI},
	{"perfc", SIM_WITH_PERFC},
	{"lm", SIM_WITH_LM},
	{"eom", SIM_WITH_EOM},
	{"dispersed", SIM_WITH_DISPERSED},
};

static const char *sim_parse_with(const struct sim_option *option, const char *text, void *value)
{
	(void)option;
	return sim_parse_names(text, sim_with_names, SIM_COUNT(sim_with_names), value);
}

static const struct sim_name sim_cmb_names[] = {
	{"sq", ZNVME_CMBSZ_SQS},   {"cq", ZNVME_CMBSZ_CQS},    {"lists", ZNVME_CMBSZ_LISTS},
	{"read", ZNVME_CMBSZ_RDS}, {"write", ZNVME_CMBSZ_WDS},
};

static const char *sim_parse_cmb_for(const struct sim_option *option, const char *text, void *value)
{
	(void)option;
	return sim_parse_names(text, sim_cmb_names, SIM_COUNT(sim_cmb_names), value);
}

/* Bytes in whole pages of 4 KiB. */
static const char *sim_parse_pages(const struct sim_option *option, const char *text, void *value)
{
	uint64_t number;

	if (!sim_parse_bytes(&text, &number) || *text)
		return "not a size";
	if (number < option->min || number > option->max)
		return "out of range";
	if (number % 4096)
		return "not a multiple of 4 KiB";
	*(uint64_t *)value = number;
	return NULL;
}

static const char *sim_parse_boot(const struct sim_option *option, const char *text, void *value)
{
	const char *wrong = sim_parse_pages(option, text, value);

	return !wrong && *(uint64_t *)value % ZNVME_BOOT_UNIT ? "not a multiple of 128 KiB" : wrong;
}

static const char *sim_parse_rpmb_size(const struct sim_option *option, const char *text,
				       void *value)
{
	const char *wrong = sim_parse_pages(option, text, value);

	return !wrong && *(uint64_t *)value % ZNVME_RPMB_SIZE_UNIT ? "not a multiple of 128 KiB"
								   : wrong;
}

static const char *sim_parse_cache(const struct sim_option *option, const char *text, void *value)
{
	uint64_t number;

	if (!sim_parse_bytes(&text, &number) || *text)
		return "not a size";
	if (number > option->max)
		return "out of range";
	*(uint64_t *)value = number;
	return NULL;
}

static const char *sim_parse_cfs(const struct sim_option *option, const char *text, void *value)
{
	(void)option;
	if (strcmp(text, "enable"))
		return "not a known moment";
	*(uint64_t *)value = 1;
	return NULL;
}

static const char *sim_parse_fw_reset(const struct sim_option *option, const char *text,
				      void *value)
{
	static const char *const names[] = {
		[SIM_FW_AT_ONCE] = "none",
		[SIM_FW_CONTROLLER] = "controller",
		[SIM_FW_SUBSYSTEM] = "subsystem",
		[SIM_FW_CONVENTIONAL] = "conventional",
	};

	(void)option;
	for (size_t i = 0; i < SIM_COUNT(names); i++) {
		if (strcmp(text, names[i]))
			continue;
		*(uint64_t *)value = i;
		return NULL;
	}
	return "not a known reset";
}

static const char *sim_parse_sgl(const struct sim_option *option, const char *text, void *value)
{
	static const char *const names[] = {
		[ZNVME_SGLS_NONE] = "none",
		[ZNVME_SGLS_BYTE] = "byte",
		[ZNVME_SGLS_DWORD] = "dword",
	};

	(void)option;
	for (size_t i = 0; i < SIM_COUNT(names); i++) {
		if (strcmp(text, names[i]))
			continue;
		*(uint64_t *)value = i;
		return NULL;
	}
	return "not a known granularity";
}

#define SIM_AT(field) offsetof(struct sim_options, field)

static const struct sim_option sim_option_table[] = {
	{"size", sim_parse_list, SIM_AT(size), 512, 1ull << 60, "bytes with K, M, G, T; A+B"},
	{"bs", sim_parse_bs, SIM_AT(bs), 512, 65536, "512 to 64K, a power of two; A+B"},
	{"ms", sim_parse_list, SIM_AT(ms), 0, 8192, "0 to an eighth of bs; A+B"},
	{"meta", sim_parse_meta, SIM_AT(meta), 0, 0, "sep or ext; A+B"},
	{"pi", sim_parse_list, SIM_AT(pi), 0, 3, "0 to 3; A+B"},
	{"pif", sim_parse_pif, SIM_AT(pif), 16, 64, "16, 32 or 64; A+B"},
	{"sts", sim_parse_list, SIM_AT(sts), 0, 64, "0 to 64; A+B"},
	{"stm", sim_parse_list, SIM_AT(stm), 0, UINT64_MAX, "a number; A+B"},
	{"pip", sim_parse_pip, SIM_AT(pip), 0, 0, "last or first; A+B"},
	{"ns", sim_parse_number, SIM_AT(ns), 0, SIM_MAX_NS, "0 to 1024"},
	{"nn", sim_parse_number, SIM_AT(nn), 1, 0xfffffffe, "1 to 4294967294"},
	{"kv", sim_parse_list, SIM_AT(kv), 0, 1, "0 or 1; A+B"},
	{"file", sim_parse_text, SIM_AT(file), 1, 4095, "a path"},
	{"seed", sim_parse_number, SIM_AT(seed), 0, UINT64_MAX, "a number"},
	{"faults", sim_parse_text, SIM_AT(faults), 0, 4095, "the path of a fault script"},
	{"fault", sim_parse_text, SIM_AT(fault), 0, 4095, "rules with semicolons between them"},
	{"latency", sim_parse_range, SIM_AT(latency), 0, 3600000000u, "µs, or MIN-MAX"},
	{"admin_latency", sim_parse_range, SIM_AT(admin_latency), 0, 3600000000u, "µs, or MIN-MAX"},
	{"inflight", sim_parse_number, SIM_AT(inflight), 0, 1u << 20, "0 to 1048576"},
	{"wrr", sim_parse_number, SIM_AT(wrr), 0, 1, "0 or 1"},
	{"queues", sim_parse_number, SIM_AT(queues), 1, 65534, "1 to 65534"},
	{"vectors", sim_parse_number, SIM_AT(vectors), 0, 2048, "0 to 2048"},
	{"mqes", sim_parse_number, SIM_AT(mqes), 2, 65536, "2 to 65536"},
	{"mdts", sim_parse_number, SIM_AT(mdts), 0, 20, "0 to 20"},
	{"mpsmin", sim_parse_number, SIM_AT(mpsmin), 0, 15, "0 to 15"},
	{"mpsmax", sim_parse_number, SIM_AT(mpsmax), 0, 15, "0 to 15"},
	{"dstrd", sim_parse_number, SIM_AT(dstrd), 0, 10, "0 to 10"},
	{"to", sim_parse_number, SIM_AT(to), 0, 255, "0 to 255"},
	{"ready", sim_parse_number, SIM_AT(ready), 0, 3600000, "ms"},
	{"iova", sim_parse_number, SIM_AT(iova), 32, 57, "32 to 57"},
	{"mappings", sim_parse_number, SIM_AT(mappings), 1, 1u << 24, "1 to 16777216"},
	{"vwc", sim_parse_number, SIM_AT(vwc), 0, 1, "0 or 1"},
	{"cache", sim_parse_cache, SIM_AT(cache), 0, 1ull << 40, "bytes with K, M, G, T"},
	{"awun", sim_parse_number, SIM_AT(awun), 1, 65536, "1 to 65536"},
	{"awupf", sim_parse_number, SIM_AT(awupf), 1, 65536, "1 to 65536"},
	{"mssrl", sim_parse_number, SIM_AT(mssrl), 1, 65535, "1 to 65535"},
	{"mcl", sim_parse_number, SIM_AT(mcl), 1, 1u << 24, "1 to 16777216"},
	{"msrc", sim_parse_number, SIM_AT(msrc), 1, 256, "1 to 256"},
	{"streams", sim_parse_number, SIM_AT(streams), 0, SIM_MAX_STREAMS, "0 to 256"},
	{"fdp", sim_parse_number, SIM_AT(fdp), 0, SIM_MAX_RUHS, "0 to 128"},
	{"fdp_ru", sim_parse_pages, SIM_AT(fdp_ru), 65536, 1ull << 40, "64K to 1T, whole 4K"},
	{"readonly", sim_parse_number, SIM_AT(readonly), 0, 1, "0 or 1"},
	{"aerl", sim_parse_number, SIM_AT(aerl), 0, 255, "0 to 255"},
	{"serial", sim_parse_text, SIM_AT(serial), 1, 20, "1 to 20 characters"},
	{"model", sim_parse_text, SIM_AT(model), 1, 40, "1 to 40 characters"},
	{"without", sim_parse_without, SIM_AT(without), 0, 0, "compare, verify, …; A+B"},
	{"pci", sim_parse_pci, SIM_AT(pci), 0, 0, "VVVV:DDDD or VVVV:DDDD:SSSS:DDDD"},
	{"sgl", sim_parse_sgl, SIM_AT(sgl), 0, 0, "none, byte or dword"},
	{"cmb", sim_parse_pages, SIM_AT(cmb), 0, 1u << 30, "0 to 1G, a multiple of 4K"},
	{"cmb_for", sim_parse_cmb_for, SIM_AT(cmb_for), 0, 0, "sq, cq, lists, read, write; A+B"},
	{"zoned", sim_parse_list, SIM_AT(zoned), 0, 1, "0 or 1; A+B"},
	{"zone_size", sim_parse_list, SIM_AT(zone_size), 512, 1ull << 60,
	 "bytes with K, M, G, T; A+B"},
	{"zone_cap", sim_parse_list, SIM_AT(zone_cap), 512, 1ull << 60,
	 "bytes with K, M, G, T; A+B"},
	{"max_open", sim_parse_list, SIM_AT(max_open), 0, 1u << 30, "0 to 1G; A+B"},
	{"max_active", sim_parse_list, SIM_AT(max_active), 0, 1u << 30, "0 to 1G; A+B"},
	{"ext", sim_parse_list, SIM_AT(ext), 0, 255 * 64, "0 to 16320, a multiple of 64; A+B"},
	{"zrwa", sim_parse_list, SIM_AT(zrwa), 0, 1ull << 32, "bytes with K, M, G; A+B"},
	{"zrwafg", sim_parse_list, SIM_AT(zrwafg), 512, 1ull << 32, "bytes with K, M, G; A+B"},
	{"numzrwa", sim_parse_list, SIM_AT(numzrwa), 1, 1u << 30, "1 to 1G; A+B"},
	{"zasl", sim_parse_number, SIM_AT(zasl), 0, 20, "0 to 20"},
	{"read_across", sim_parse_number, SIM_AT(read_across), 0, 1, "0 or 1"},
	{"never_ready", sim_parse_number, SIM_AT(never_ready), 0, 1, "0 or 1"},
	{"cfs", sim_parse_cfs, SIM_AT(cfs_at_enable), 0, 0, "enable"},
	{"removed", sim_parse_number, SIM_AT(removed), 0, 1, "0 or 1"},
	{"garbage", sim_parse_number, SIM_AT(garbage), 0, 1, "0 or 1"},
	{"dbbuf", sim_parse_number, SIM_AT(dbbuf), 0, 1, "0 or 1"},
	{"dbbuf_idle", sim_parse_number, SIM_AT(dbbuf_idle), 0, 3600000000u, "µs"},
	{"with", sim_parse_with, SIM_AT(with), 0, 0, "ana, plm, virt, …; A+B"},
	{"capacity", sim_parse_cache, SIM_AT(capacity), 0, 1ull << 60, "bytes with K, M, G, T"},
	{"state", sim_parse_text, SIM_AT(state), 1, 4000, "a path"},
	{"format_time", sim_parse_number, SIM_AT(format_time), 0, 3600000, "ms"},
	{"sanitize_time", sim_parse_number, SIM_AT(sanitize_time), 0, 3600000, "ms"},
	{"sanitize_fail", sim_parse_number, SIM_AT(sanitize_fail), 0, 1u << 20, "0 to 1048576"},
	{"selftest_time", sim_parse_number, SIM_AT(selftest_time), 0, 3600000, "ms"},
	{"selftest_fail", sim_parse_number, SIM_AT(selftest_fail), 0, 255, "0 to 255"},
	{"eom_time", sim_parse_number, SIM_AT(eom_time), 0, 3600000, "ms"},
	{"fw_slots", sim_parse_number, SIM_AT(fw_slots), 1, SIM_FW_SLOTS, "1 to 7"},
	{"fw_reset", sim_parse_fw_reset, SIM_AT(fw_reset), 0, 0,
	 "none, controller, subsystem or conventional"},
	{"fw_time", sim_parse_number, SIM_AT(fw_time), 0, 3600000, "ms"},
	{"fwug", sim_parse_number, SIM_AT(fwug), 0, 255, "0 to 255"},
	{"boot", sim_parse_boot, SIM_AT(boot), 0, 64u << 20, "0 to 64M, a multiple of 128K"},
	{"rpmb", sim_parse_number, SIM_AT(rpmb), 0, ZNVME_RPMB_TARGETS, "0 to 7"},
	{"rpmb_size", sim_parse_rpmb_size, SIM_AT(rpmb_size), ZNVME_RPMB_SIZE_UNIT, 32u << 20,
	 "128K to 32M, a multiple of 128K"},
	{"guest", sim_parse_number, SIM_AT(guest), 0, 65536, "0 to 65536"},
	{"pmr", sim_parse_pages, SIM_AT(pmr), 0, 1u << 30, "0 to 1G, a power of two"},
	{"hmb", sim_parse_pages, SIM_AT(hmb), 0, 256u << 20, "0 to 256M, a multiple of 4K"},
	{"hmb_min", sim_parse_pages, SIM_AT(hmb_min), 0, 256u << 20, "0 to 256M, a multiple of 4K"},
	{"hmb_descs", sim_parse_number, SIM_AT(hmb_descs), 1, SIM_HMB_DESCS, "1 to 32"},
	{"hmb_desc_min", sim_parse_pages, SIM_AT(hmb_desc_min), 0, 256u << 20,
	 "0 to 256M, a multiple of 4K"},
};

static int sim_fail_unknown(const char *item)
{
	char names[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < SIM_COUNT(sim_option_table); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "",
					sim_option_table[i].name);
	return znvme_fail(-EINVAL, "sim: unknown option '%.*s': there are %s",
			  (int)strcspn(item, "="), item, names);
}

/* One key=value, cut off from the rest. */
static int sim_parse_item(const char *item, struct sim_options *options)
{
	size_t len = strcspn(item, "=");

	for (size_t i = 0; i < SIM_COUNT(sim_option_table); i++) {
		const struct sim_option *option = &sim_option_table[i];
		const char *wrong;

		if (strlen(option->name) != len || strncmp(option->name, item, len))
			continue;
		if (item[len] != '=')
			return znvme_fail(-EINVAL, "sim: option '%s' needs a value: %s=… takes %s",
					  option->name, option->name, option->takes);
		wrong = option->parse(option, item + len + 1, (char *)options + option->offset);
		if (!wrong)
			return 0;
		return znvme_fail(-EINVAL, "sim: option '%s': '%.64s' is %s: it takes %s",
				  option->name, item + len + 1, wrong, option->takes);
	}
	return sim_fail_unknown(item);
}

static int sim_options_check(struct sim_options *options)
{
	if (options->mpsmin > options->mpsmax)
		return znvme_fail(-EINVAL, "sim: option 'mpsmin' (%u) is above 'mpsmax' (%u)",
				  (unsigned)options->mpsmin, (unsigned)options->mpsmax);
	if (options->dbbuf &&
	    2 * (options->queues + 1) * (4ull << options->dstrd) > 4096ull << options->mpsmin)
		return znvme_fail(
			-EINVAL,
			"sim: option 'dbbuf': the doorbells of %u queues do not fit a page",
			(unsigned)options->queues);
	if (options->pmr & (options->pmr - 1))
		return znvme_fail(-EINVAL, "sim: option 'pmr': a BAR has a power of two of bytes");
	if (options->hmb_min > options->hmb)
		return znvme_fail(-EINVAL, "sim: option 'hmb_min' is above 'hmb'");
	if (options->awun && options->awun < options->awupf)
		return znvme_fail(-EINVAL, "sim: option 'awun' (%u) is below 'awupf' (%u)",
				  (unsigned)options->awun, (unsigned)options->awupf);
	if (!options->fdp)
		options->without |= SIM_WITHOUT_FDP;
	if (options->kv.nr && options->without & SIM_WITHOUT_IOCS)
		return znvme_fail(-EINVAL, "sim: option 'kv' and without=iocs do not go together");
	if (options->guest && !(options->with & SIM_WITH_LM))
		return znvme_fail(-EINVAL, "sim: option 'guest' needs with=lm");
	if (!options->awun)
		options->awun = options->awupf;
	if (options->vectors == UINT64_MAX)
		options->vectors = options->queues < 2048 ? options->queues + 1 : 2048;
	return 0;
}

/* A list that is too short is refused later. */
uint64_t sim_list_at(const struct sim_list *list, uint32_t i, uint64_t otherwise)
{
	return list->nr ? list->value[i % list->nr] : otherwise;
}

int sim_options_parse(const char *text, struct sim_options *options)
{
	char item[sizeof(options->file) + 16];

	*options = (struct sim_options){
		.ns = UINT64_MAX,
		.seed = 1,
		.queues = 64,
		.vectors = UINT64_MAX,
		.mqes = 1024,
		.mdts = 7,
		.mpsmax = 4,
		.to = 10,
		.iova = 48,
		.mappings = 65535,
		.vwc = 1,
		.awupf = 1,
		.streams = 16,
		.fdp_ru = 16u << 20,
		.mssrl = 1024,
		.mcl = 4096,
		.msrc = 128,
		.aerl = 3,
		.sgl = ZNVME_SGLS_BYTE,
		.cmb_for = ZNVME_CMBSZ_SQS | ZNVME_CMBSZ_CQS | ZNVME_CMBSZ_LISTS | ZNVME_CMBSZ_RDS |
			   ZNVME_CMBSZ_WDS,
		.dbbuf_idle = 100,
		.fw_slots = 3,
		.fwug = 1,
		.hmb_descs = SIM_HMB_DESCS,
		.rpmb_size = ZNVME_RPMB_SIZE_UNIT,
		.serial = "SIM00000000000000001",
		.model = "znvme simulated controller",
	};
	while (text && *text) {
		size_t len = strcspn(text, ",");
		int rc;

		if (len >= sizeof(item))
			return znvme_fail(-EINVAL, "sim: option '%.32s…' is too long", text);
		memcpy(item, text, len);
		item[len] = '\0';
		rc = sim_parse_item(item, options);
		if (rc)
			return rc;
		text += len;
		if (*text == ',' && *++text == '\0')
			return znvme_fail(-EINVAL, "sim: nothing behind the last comma");
	}
	return sim_options_check(options);
}
