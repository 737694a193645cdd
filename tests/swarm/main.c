// SPDX-License-Identifier: MIT
/*
 * Runs by the thousand, each in a process of its own and several at a time, so that a crash, a hang
 * or a leak is that run's failure; or for a time in one process, to see whether anything grows.
 * Writes TAP.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "swarm.h"

#define GROUP	    100u /* runs a line */
#define MAX_JOBS    64u
#define MANY_RUNS   500u /* that are to see every kind of fault */
#define MAX_TOLD    5u	 /* failures whose output is shown */
#define MAX_LINES   60u	 /* of it */
#define HANG_STATUS 3
#define SOAK_LENGTH 20 /* times as many commands a life */

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
	"  --soak N        for N seconds in this process; nothing may grow\n"
	"\n"
	"example: swarm --only 0x1f2e3d4c5b6a7988\n";

struct arguments {
	unsigned runs;
	uint64_t seed;
	unsigned jobs;
	unsigned patience;
	bool only;
	unsigned soak;
};

/* ---- totals -------------------------------------------------------------------------------- */

static void print_totals(const struct totals *totals, uint64_t runs)
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

static unsigned number; /* of the last line of TAP */
static unsigned failed; /* lines */

static void tell(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(bool ok, const char *format, ...)
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

static bool every_fault_was_seen(const struct totals *totals)
{
	bool all = true;

	for (unsigned i = 0; i < ZNVME_SIM_FAULTS; i++)
		if (!totals->faults[i]) {
			printf("# never: %s\n", znvme_sim_fault_name((enum znvme_sim_fault)i));
			all = false;
		}
	return all;
}

/* ---- a run in this process ----------------------------------------------------------------- */

static void on_alarm(int signal)
{
	static const char message[] = "a hang: the run took too long\n";

	(void)signal;
	_exit(write(STDERR_FILENO, message, sizeof(message) - 1) < 0 ? 1 : HANG_STATUS);
}

static bool run_seed(uint64_t seed, unsigned length, unsigned patience, struct totals *totals)
{
	static struct plan plan;
	bool passed;

	plan_draw(&plan, seed, length);
	signal(SIGALRM, on_alarm);
	alarm(patience);
	passed = run_plan(&plan, totals);
	alarm(0);
	if (!passed)
		plan_print(&plan, stderr);
	return passed;
}

static int run_only(const struct arguments *a)
{
	static struct totals totals;
	static struct plan plan;
	bool passed;

	plan_draw(&plan, a->seed, 1);
	plan_print(&plan, stdout);
	fflush(stdout);
	passed = run_seed(a->seed, 1, a->patience, &totals);
	print_totals(&totals, 1);
	printf("1..1\n");
	tell(passed, "run 0x%016llx", (unsigned long long)a->seed);
	return failed ? 1 : 0;
}

/* ---- many, each in a process --------------------------------------------------------------- */

/* What a child leaves for its parent. */
struct slot {
	struct totals totals;
	bool over; /* the run came to its end */
};

struct job {
	pid_t pid; /* 0: none */
	unsigned run;
	int output; /* a file of what it writes */
};

struct swarm {
	const struct arguments *a;
	const char *program;
	struct slot *slots; /* shared with the children, one a job */
	struct job jobs[MAX_JOBS];
	unsigned started, told; /* runs, groups */
	unsigned *left;		/* of each group: runs to come, */
	unsigned *bad;		/* and those that failed */
	unsigned failures, hangs, crashes;
	struct totals totals;
};

static uint64_t seed_of(const struct arguments *a, unsigned run)
{
	uint64_t state = a->seed + (uint64_t)run * 0x5851f42d4c957f2du;

	return draw(&state);
}

static void run_child(struct swarm *swarm, const struct job *job, struct slot *slot)
{
	bool passed;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(job->output, STDOUT_FILENO);
	dup2(job->output, STDERR_FILENO);
	close(job->output);
	passed = run_seed(seed_of(swarm->a, job->run), 1, swarm->a->patience, &slot->totals);
	slot->over = true;
	exit(passed ? 0 : 1);
}

static void start(struct swarm *swarm, unsigned at)
{
	struct job *job = &swarm->jobs[at];

	memset(&swarm->slots[at], 0, sizeof(swarm->slots[at]));
	job->run = swarm->started++;
	job->output = memfd_create("output", MFD_CLOEXEC);
	fflush(stdout);
	job->pid = fork();
	if (job->output < 0 || job->pid < 0) {
		printf("Bail out! no process for a run: %s\n", strerror(errno));
		exit(1);
	}
	if (job->pid == 0)
		run_child(swarm, job, &swarm->slots[at]);
}

static void show_output(int fd)
{
	FILE *file = fdopen(fd, "r");
	char line[1024];

	rewind(file);
	for (unsigned i = 0; i < MAX_LINES && fgets(line, sizeof(line), file); i++)
		printf("%s%s", line[0] == '#' ? "" : "# ", line);
	fclose(file);
}

/* A run has failed: what it says, and how to see it again. */
static void show_failure(struct swarm *swarm, const struct job *job, const struct slot *slot,
			 int status)
{
	const char *how = "failed";

	if (WIFEXITED(status) && WEXITSTATUS(status) == HANG_STATUS) {
		how = "hung";
		swarm->hangs++;
	} else if (WIFSIGNALED(status)) {
		how = strsignal(WTERMSIG(status));
		swarm->crashes++;
	} else if (!slot->over || WEXITSTATUS(status) != 1) {
		how = "failed under a sanitizer, or leaked";
		swarm->crashes++;
	}
	printf("# run %u %s; again: %s --only 0x%016llx\n", job->run, how, swarm->program,
	       (unsigned long long)seed_of(swarm->a, job->run));
	if (swarm->failures++ < MAX_TOLD)
		show_output(job->output);
	else
		close(job->output);
}

static void tell_groups(struct swarm *swarm)
{
	unsigned groups = (swarm->a->runs + GROUP - 1) / GROUP;

	while (swarm->told < groups && !swarm->left[swarm->told]) {
		unsigned first = swarm->told * GROUP, last = first + GROUP;

		last = last < swarm->a->runs ? last : swarm->a->runs;
		tell(!swarm->bad[swarm->told], "runs %u to %u", first, last - 1);
		swarm->told++;
	}
}

static void finish(struct swarm *swarm, unsigned at, int status)
{
	struct job *job = &swarm->jobs[at];
	const struct slot *slot = &swarm->slots[at];
	bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0 && slot->over;

	totals_add(&swarm->totals, &slot->totals);
	swarm->left[job->run / GROUP]--;
	swarm->bad[job->run / GROUP] += !passed;
	if (passed)
		close(job->output);
	else
		show_failure(swarm, job, slot, status);
	job->pid = 0;
	tell_groups(swarm);
}

static void run_all(struct swarm *swarm)
{
	unsigned under_way = 0;

	do {
		pid_t pid;
		int status;

		for (unsigned i = 0; i < swarm->a->jobs; i++)
			if (!swarm->jobs[i].pid && swarm->started < swarm->a->runs) {
				start(swarm, i);
				under_way++;
			}
		pid = wait(&status);
		for (unsigned i = 0; i < swarm->a->jobs; i++)
			if (swarm->jobs[i].pid == pid) {
				finish(swarm, i, status);
				under_way--;
			}
	} while (under_way || swarm->started < swarm->a->runs);
}

static void tell_sums(struct swarm *swarm)
{
	const struct totals *totals = &swarm->totals;

	tell(!totals->lost && totals->submitted == totals->completed + totals->dropped,
	     "every command completed, or was dropped with its queue");
	tell(!totals->twice, "none completed twice");
	tell(!swarm->hangs, "no run hung");
	tell(!swarm->crashes, "no run crashed or leaked");
	if (swarm->a->runs >= MANY_RUNS)
		tell(every_fault_was_seen(totals), "every kind of fault was there");
	print_totals(totals, swarm->a->runs);
	printf("# %-38s %u\n# %-38s %u\n# %-38s %u\n", "runs that failed", swarm->failures, "hangs",
	       swarm->hangs, "crashes", swarm->crashes);
}

static int run_swarm(const struct arguments *a, const char *program)
{
	static struct swarm swarm;
	unsigned groups = (a->runs + GROUP - 1) / GROUP;

	swarm.a = a;
	swarm.program = program;
	swarm.slots = mmap(NULL, a->jobs * sizeof(*swarm.slots), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	swarm.left = calloc(groups, sizeof(*swarm.left));
	swarm.bad = calloc(groups, sizeof(*swarm.bad));
	if (swarm.slots == MAP_FAILED || !swarm.left || !swarm.bad)
		abort();
	for (unsigned i = 0; i < a->runs; i++)
		swarm.left[i / GROUP]++;
	printf("# seed %llu\n1..%u\n", (unsigned long long)a->seed,
	       groups + 4 + (a->runs >= MANY_RUNS));
	run_all(&swarm);
	tell_sums(&swarm);
	free(swarm.left);
	free(swarm.bad);
	return failed ? 1 : 0;
}

/* ---- the soak ------------------------------------------------------------------------------ */

/* What the process holds. */
struct holdings {
	size_t heap; /* bytes in use */
	unsigned descriptors;
	unsigned threads;
	unsigned mappings; /* of memory */
};

static unsigned count_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static unsigned count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned n = 0;
	int c;

	while (file && (c = getc(file)) != EOF)
		n += c == '\n';
	if (file)
		fclose(file);
	return n;
}

static struct holdings look_at_holdings(void)
{
	struct mallinfo2 heap;

	malloc_trim(0);
	heap = mallinfo2();
	return (struct holdings){
		.heap = heap.uordblks + heap.hblkhd,
		.descriptors = count_entries("/proc/self/fd"),
		.threads = count_entries("/proc/self/task"),
		.mappings = count_lines("/proc/self/maps"),
	};
}

static void print_holdings(const char *when, const struct holdings *h)
{
	printf("# %s: %zu KiB of heap, %u descriptors, %u threads, %u mappings\n", when,
	       h->heap / 1024, h->descriptors, h->threads, h->mappings);
	fflush(stdout);
}

static uint64_t now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec;
}

static int run_soak(const struct arguments *a)
{
	static struct totals totals;
	const uint64_t start = now_s(), warm = start + a->soak / 10, end = start + a->soak;
	struct holdings before = {0}, after;
	bool passed = true, is_warm = false;
	unsigned runs = 0;

	printf("# seed %llu\n1..5\n", (unsigned long long)a->seed);
	fflush(stdout);
	while (passed && now_s() < end) {
		if (!is_warm && now_s() >= warm) {
			before = look_at_holdings();
			print_holdings("warm", &before);
			is_warm = true;
		}
		passed = run_seed(seed_of(a, runs), SOAK_LENGTH, a->patience, &totals);
		runs++;
	}
	after = look_at_holdings();
	print_holdings("in the end", &after);
	tell(passed, "%u runs in %llu seconds", runs, (unsigned long long)(now_s() - start));
	/* What libc keeps for threads and arenas is not the same every time. */
	tell(after.heap <= before.heap + (64u << 10), "the heap does not grow");
	tell(after.descriptors == before.descriptors, "nor do descriptors");
	tell(after.threads == before.threads, "nor threads");
	tell(after.mappings <= before.mappings + 16, "nor mappings");
	print_totals(&totals, runs);
	return failed ? 1 : 0;
}

/* ---- arguments ----------------------------------------------------------------------------- */

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
	static const struct option options[] = {
		{"runs", required_argument, NULL, 'r'}, {"seed", required_argument, NULL, 's'},
		{"jobs", required_argument, NULL, 'j'}, {"patience", required_argument, NULL, 'p'},
		{"only", required_argument, NULL, 'o'}, {"soak", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},	{0}};
	int c;

	*a = (struct arguments){.runs = 100, .seed = 1, .jobs = 4, .patience = 60};
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
	return run_swarm(&a, argv[0]);
}
