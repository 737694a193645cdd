// SPDX-License-Identifier: MIT
/* What comes of runs: lines of TAP, and totals. */
#include <stdarg.h>

#include "main.h"

void totals_add(struct totals *to, const struct totals *more)
{
	uint64_t *sum = (uint64_t *)to;
	const uint64_t *each = (const uint64_t *)more;

	for (size_t i = 0; i < sizeof(*to) / sizeof(*sum); i++)
		sum[i] += each[i];
}

void print_totals(const struct totals *totals, uint64_t runs)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{"runs", runs},
		{"lives of a controller", totals->lives},
		{"... that ended while it was opened", totals->unopened},
		{"commands submitted", totals->submitted},
		{"commands completed", totals->completed},
		{"... with a status of the controller's", totals->refused},
		{"... ended by the host", totals->ended},
		{"... because the device was gone", totals->gone},
		{"commands dropped with their queue", totals->dropped},
		{"admin commands asked for", totals->admin},
		{"blocks looked at", totals->blocks},
		{"resets asked for", totals->resets},
		{"removals", totals->removals},
		{"power losses", totals->power_losses},
		{"commands lost", totals->lost},
		{"completed twice", totals->twice},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		printf("# %-38s %llu\n", rows[i].name, (unsigned long long)rows[i].value);
	for (unsigned i = 0; i < ZNVME_SIM_FAULTS; i++)
		printf("# fault: %-31s %llu\n", znvme_sim_fault_name((enum znvme_sim_fault)i),
		       (unsigned long long)totals->faults[i]);
}

static unsigned number; /* of the last line */
static unsigned failed;

unsigned tap_failed(void)
{
	return failed;
}

void tell(bool ok, const char *format, ...)
{
	va_list args;

	failed += !ok;
	printf("%sok %u - ", ok ? "" : "not ", ++number);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

bool every_fault_was_seen(const struct totals *totals)
{
	bool all = true;

	for (unsigned i = 0; i < ZNVME_SIM_FAULTS; i++)
		if (!totals->faults[i]) {
			printf("# never: %s\n", znvme_sim_fault_name((enum znvme_sim_fault)i));
			all = false;
		}
	return all;
}
