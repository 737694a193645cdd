// SPDX-License-Identifier: MIT
/*
 * Runs for a time, several at once in one process, which opens, resets and closes controllers all
 * the while: nothing that it holds may grow once it is warm.
 */
#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include "main.h"

#define LENGTH	   5u	       /* times as many commands a life as in a short run */
#define HEAP_SLACK (64u << 10) /* bytes: what libc keeps is not the same every time */
#define MAP_SLACK  16u	       /* mappings: the same */

struct soak {
	const struct arguments *a;
	uint64_t until; /* seconds on the monotonic clock */
	unsigned runs;	/* atomic: begun */
	bool failed;	/* atomic */
	pthread_mutex_t lock;
	struct totals totals; /* under the lock */
};

/* What the process holds. */
struct holdings {
	size_t heap; /* bytes in use */
	unsigned descriptors;
	unsigned threads;
	unsigned mappings; /* of memory */
};

/* Less the two that every directory has. */
static unsigned count_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n - 2;
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

static struct holdings look_at_holdings(const char *when)
{
	struct holdings h;
	struct mallinfo2 heap;

	malloc_trim(0);
	heap = mallinfo2();
	h = (struct holdings){
		.heap = heap.uordblks + heap.hblkhd,
		.descriptors = count_entries("/proc/self/fd") - 1, /* the folder's own */
		.threads = count_entries("/proc/self/task"),
		.mappings = count_lines("/proc/self/maps"),
	};
	printf("# %s: %zu KiB of heap, %u descriptors, %u threads, %u mappings\n", when,
	       h.heap / 1024, h.descriptors, h.threads, h.mappings);
	fflush(stdout);
	return h;
}

static uint64_t now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec;
}

static void *soak_thread(void *arg)
{
	struct soak *soak = arg;
	struct totals *totals = calloc(1, sizeof(*totals));
	struct plan *plan = malloc(sizeof(*plan));

	if (!totals || !plan)
		abort();
	while (now_s() < soak->until && !__atomic_load_n(&soak->failed, __ATOMIC_RELAXED)) {
		unsigned run = __atomic_fetch_add(&soak->runs, 1, __ATOMIC_RELAXED);

		plan_draw(plan, seed_of(soak->a, run), LENGTH);
		plan->beside_others = soak->a->jobs > 1;
		/* Of whichever run came last: one that hangs is the last in the end. */
		have_patience(soak->a->patience);
		if (!run_plan(plan, totals)) {
			fprintf(stderr, "run %u; again: --only 0x%016llx --length %u\n", run,
				(unsigned long long)plan->seed, LENGTH);
			plan_print(plan, stderr);
			__atomic_store_n(&soak->failed, true, __ATOMIC_RELAXED);
		}
	}
	pthread_mutex_lock(&soak->lock);
	totals_add(&soak->totals, totals);
	pthread_mutex_unlock(&soak->lock);
	free(plan);
	free(totals);
	return NULL;
}

static void soak_until(struct soak *soak, uint64_t until)
{
	pthread_t threads[MAX_JOBS];

	soak->until = until;
	for (unsigned i = 0; i < soak->a->jobs; i++)
		if (pthread_create(&threads[i], NULL, soak_thread, soak))
			abort();
	for (unsigned i = 0; i < soak->a->jobs; i++)
		pthread_join(threads[i], NULL);
	have_patience(0);
}

int run_soak(const struct arguments *a)
{
	static struct soak soak = {.lock = PTHREAD_MUTEX_INITIALIZER};
	const uint64_t start = now_s();
	struct holdings before, after;

	soak.a = a;
	printf("# seed %llu\n1..5\n", (unsigned long long)a->seed);
	soak_until(&soak, start + (a->soak + 9) / 10);
	before = look_at_holdings("warm");
	soak_until(&soak, start + a->soak);
	after = look_at_holdings("in the end");
	tell(!soak.failed, "%u runs in %llu seconds", soak.runs,
	     (unsigned long long)(now_s() - start));
	tell(after.heap <= before.heap + HEAP_SLACK, "the heap does not grow");
	tell(after.descriptors == before.descriptors, "nor do descriptors");
	tell(after.threads == before.threads, "nor threads");
	tell(after.mappings <= before.mappings + MAP_SLACK, "nor mappings");
	print_totals(&soak.totals, soak.runs);
	return tap_failed() ? 1 : 0;
}
