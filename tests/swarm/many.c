// SPDX-License-Identifier: MIT
/*
 * Runs by the thousand, each in a process of its own and several at a time, so that a crash, a hang
 * or a leak is that run's failure.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main.h"

#define GROUP	  100u /* runs a line */
#define MANY_RUNS 500u /* that are to see every kind of fault */
#define MAX_TOLD  5u   /* failures whose output is shown */
#define MAX_LINES 60u  /* of it */

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

int run_many(const struct arguments *a, const char *program)
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
	return tap_failed() ? 1 : 0;
}
