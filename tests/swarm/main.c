// SPDX-License-Identifier: MIT
/* The swarm's command line, and a single run. See swarm.h, and docs/testing.md. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "main.h"

static const char usage[] =
	"usage: swarm [options]\n"
	"\n"
	"Random load on the simulated controller with random faults; what must hold is checked.\n"
	"\n"
	"  --runs N        so many runs (default 100)\n"
	"  --seed S        what they are drawn from (default 1)\n"
	"  --jobs N        at a time (default 4)\n"
	"  --patience N    seconds that a run may take (default 60)\n"
	"  --only SEED     one run, in this process; says what was drawn\n"
	"  --length N      of that: N times as many commands (a soak has 5)\n"
	"  --soak N        for N seconds in one process; nothing may grow\n"
	"\n"
	"example: swarm --only 0x1f2e3d4c5b6a7988\n";

uint64_t seed_of(const struct arguments *a, unsigned run)
{
	uint64_t state = a->seed + (uint64_t)run * 0x5851f42d4c957f2du;

	return draw(&state);
}

static void on_alarm(int signal)
{
	static const char message[] = "a hang: the run took too long\n";

	(void)signal;
	_exit(write(STDERR_FILENO, message, sizeof(message) - 1) < 0 ? 1 : HANG_STATUS);
}

void have_patience(unsigned seconds)
{
	signal(SIGALRM, on_alarm);
	alarm(seconds);
}

bool run_seed(uint64_t seed, unsigned length, unsigned patience, struct totals *totals)
{
	static struct plan plan;
	bool passed;

	plan_draw(&plan, seed, length);
	have_patience(patience);
	passed = run_plan(&plan, totals);
	have_patience(0);
	if (!passed)
		plan_print(&plan, stderr);
	return passed;
}

static int run_only(const struct arguments *a)
{
	static struct totals totals;
	static struct plan plan;

	plan_draw(&plan, a->seed, a->length);
	printf("1..1\n");
	plan_print(&plan, stdout);
	fflush(stdout);
	tell(run_seed(a->seed, a->length, a->patience, &totals), "run 0x%016llx",
	     (unsigned long long)a->seed);
	print_totals(&totals, 1);
	return tap_failed() ? 1 : 0;
}

static uint64_t to_number(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno) {
		fprintf(stderr, "swarm: '%s' is no number\n", text);
		exit(2);
	}
	return value;
}

static unsigned to_unsigned(const char *text, unsigned least, unsigned most)
{
	uint64_t value = to_number(text);

	if (value < least || value > most) {
		fprintf(stderr, "swarm: %s is not from %u to %u\n", text, least, most);
		exit(2);
	}
	return (unsigned)value;
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {{"runs", required_argument, NULL, 'r'},
						{"seed", required_argument, NULL, 's'},
						{"jobs", required_argument, NULL, 'j'},
						{"patience", required_argument, NULL, 'p'},
						{"only", required_argument, NULL, 'o'},
						{"soak", required_argument, NULL, 't'},
						{"length", required_argument, NULL, 'l'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	int c;

	*a = (struct arguments){.runs = 100, .seed = 1, .jobs = 4, .patience = 60, .length = 1};
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			a->runs = to_unsigned(optarg, 1, 10000000);
			break;
		case 's':
			a->seed = to_number(optarg);
			break;
		case 'j':
			a->jobs = to_unsigned(optarg, 1, MAX_JOBS);
			break;
		case 'p':
			a->patience = to_unsigned(optarg, 1, 3600);
			break;
		case 'o':
			a->seed = to_number(optarg);
			a->only = true;
			break;
		case 'l':
			a->length = to_unsigned(optarg, 1, 1000);
			break;
		case 't':
			a->soak = to_unsigned(optarg, 1, 1000000);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct arguments a;

	parse_arguments(argc, argv, &a);
	if (a.only)
		return run_only(&a);
	if (a.soak)
		return run_soak(&a);
	return run_many(&a, argv[0]);
}
