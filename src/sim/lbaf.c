/* SPDX-License-Identifier: MIT */
/*
 * LBA formats (NVM 1.1, sections 4.1.5.1 and 4.1.5.3): those there are, which one a namespace has,
 * and whether its metadata are extended and protected. What the options ask for is checked here,
 * and so is what Format NVM and Namespace Management may.
 */
#include "sim/internal.h"

#include <errno.h>
#include <sys/mman.h>

/* Behind these are the others that the options name. */
static const struct sim_format sim_formats[] = {
	{.shift = 9},
	{.shift = 12},
	{.shift = 9, .ms = 8},
	{.shift = 12, .ms = 8},
	{.shift = 12, .ms = 64},
	{.shift = 12, .ms = 16, .pif = ZNVME_PIF_32B_GUARD, .sts = 16},
	{.shift = 12, .ms = 16, .pif = ZNVME_PIF_64B_GUARD},
};

/* Bits of a storage tag, by protection information format. */
static const struct {
	uint8_t min;
	uint8_t max;
} sim_storage_tags[] = {
	[ZNVME_PIF_16B_GUARD] = {0, 32},
	[ZNVME_PIF_32B_GUARD] = {16, 64},
	[ZNVME_PIF_64B_GUARD] = {0, 48},
};

unsigned sim_pi_size(const struct sim_format *format)
{
	return format->pif == ZNVME_PIF_16B_GUARD ? 8 : 16;
}

/* ---- what there is ------------------------------------------------------------------------- */

/* The value of namespace i in a list of one for all or one for each. */
static uint8_t sim_pif_of(uint64_t guard_bits)
{
	return guard_bits == 64	  ? ZNVME_PIF_64B_GUARD
	       : guard_bits == 32 ? ZNVME_PIF_32B_GUARD
				  : ZNVME_PIF_16B_GUARD;
}

/* Of the i-th namespace, by the options. */
static struct sim_format sim_format_option(const struct sim_options *options, uint32_t i)
{
	struct sim_format format = {.shift = 0};
	bool pi = sim_list_at(&options->pi, i, ZNVME_PI_NONE);

	format.shift = (uint8_t)__builtin_ctzll(sim_list_at(&options->bs, i, 512));
	format.pif = sim_pif_of(sim_list_at(&options->pif, i, 16));
	format.sts = (uint8_t)sim_list_at(&options->sts, i, sim_storage_tags[format.pif].min);
	format.ms = (uint16_t)sim_list_at(&options->ms, i, pi ? sim_pi_size(&format) : 0);
	return format;
}

static bool sim_format_is(const struct sim_format *a, const struct sim_format *b)
{
	return a->shift == b->shift && a->ms == b->ms && a->pif == b->pif && a->sts == b->sts;
}

/* The place of a format in the list; `nr`: it is not there. */
static unsigned sim_format_find(const struct sim_format *list, unsigned nr,
				const struct sim_format *format)
{
	unsigned i = 0;

	while (i < nr && !sim_format_is(&list[i], format))
		i++;
	return i;
}

/* One that a state file has brought takes the last place, where all are taken. */
unsigned sim_format_list(const struct znvme_sim *sim, const struct sim_ns *ns,
			 struct sim_format list[SIM_MAX_FORMATS])
{
	unsigned nr = SIM_COUNT(sim_formats);

	memcpy(list, sim_formats, sizeof(sim_formats));
	for (uint32_t i = 0; i < sim->options.ns && nr < SIM_MAX_FORMATS; i++) {
		const struct sim_format format = sim_format_option(&sim->options, i);

		if (sim_format_find(list, nr, &format) == nr)
			list[nr++] = format;
	}
	if (ns && sim_format_find(list, nr, &ns->made) == nr)
		list[nr < SIM_MAX_FORMATS ? nr++ : nr - 1] = ns->made;
	return nr;
}

unsigned sim_format_index(const struct znvme_sim *sim, const struct sim_ns *ns)
{
	struct sim_format list[SIM_MAX_FORMATS];
	unsigned nr = sim_format_list(sim, ns, list);

	return sim_format_find(list, nr, &ns->format);
}

/* Formats that a host must say it knows before it gets I/O to them: Host Behavior Support. */
bool sim_format_needs_consent(const struct sim_format *format)
{
	return format->pif != ZNVME_PIF_16B_GUARD || format->sts;
}

/* ---- what makes sense ---------------------------------------------------------------------- */

int sim_format_check(const struct sim_ns *ns, const struct sim_format *format, uint8_t pi_type)
{
	if (pi_type > ZNVME_PI_TYPE3)
		return znvme_fail(-EINVAL,
				  "sim: namespace %u: no protection information of type %u",
				  ns->nsid, pi_type);
	if (format->ms > 1u << format->shift >> 3)
		return znvme_fail(
			-EINVAL,
			"sim: namespace %u: %u bytes of metadata (option ms) are more than "
			"an eighth of a block of %u bytes",
			ns->nsid, format->ms, 1u << format->shift);
	if (pi_type && format->ms < sim_pi_size(format))
		return znvme_fail(
			-EINVAL,
			"sim: namespace %u: protection information (option pi) of %u bytes "
			"does not fit %u bytes of metadata (option ms)",
			ns->nsid, sim_pi_size(format), format->ms);
	if (format->sts < sim_storage_tags[format->pif].min ||
	    format->sts > sim_storage_tags[format->pif].max)
		return znvme_fail(-EINVAL,
				  "sim: namespace %u: a storage tag of %u bits (option sts): with "
				  "that guard it has %u to %u",
				  ns->nsid, format->sts, sim_storage_tags[format->pif].min,
				  sim_storage_tags[format->pif].max);
	return 0;
}

/* ---- taking one ---------------------------------------------------------------------------- */

void sim_format_take(struct sim_ns *ns, const struct sim_format *format)
{
	ns->format = *format;
	ns->lba_shift = format->shift;
	ns->blocks = ns->size >> ns->lba_shift;
}

/* The i-th namespace, whose nsid and size are known, by the options. */
int sim_format_make(struct znvme_sim *sim, struct sim_ns *ns, uint32_t i)
{
	const struct sim_options *options = &sim->options;

	ns->made = sim_format_option(options, i);
	ns->pi_type = (uint8_t)sim_list_at(&options->pi, i, ZNVME_PI_NONE);
	ns->extended = sim_list_at(&options->meta, i, 0);
	ns->pi_first = sim_list_at(&options->pip, i, 0);
	ns->storage_mask = sim_list_at(&options->stm, i, UINT64_MAX);
	sim_format_take(ns, &ns->made);
	return sim_format_check(ns, &ns->made, ns->pi_type);
}

/* Zones keep their size in blocks, and so the format; keys and values have but one. */
bool sim_format_fits(const struct sim_ns *ns, const struct sim_format *format, uint8_t pi_type)
{
	if ((ns->zns || ns->kv) && !sim_format_is(format, &ns->format))
		return false;
	return ns->size >> format->shift && !sim_format_check(ns, format, pi_type);
}

/*
 * Give a namespace a format, as Format NVM does: all that it held is gone. False where the format
 * does not fit, or there is no memory; it is then as it was.
 */
bool sim_format_set(struct znvme_sim *sim, struct sim_ns *ns, const struct sim_format *format,
		    bool extended, uint8_t pi_type, bool pi_first)
{
	if (!sim_format_fits(ns, format, pi_type) || (format->ms && !sim_metadata_open(sim)))
		return false;
	sim_space_erase(sim, ns);
	if (ns->bad)
		munmap(ns->bad, ns->blocks / 8 + 8);
	ns->bad = NULL;
	ns->bad_changes += ns->nr_bad != 0;
	ns->nr_bad = 0;
	ns->extended = extended;
	ns->pi_type = pi_type;
	ns->pi_first = pi_first;
	sim_format_take(ns, format);
	return true;
}
