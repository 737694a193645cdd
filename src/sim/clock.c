/* SPDX-License-Identifier: MIT */
/*
 * Delayed completions: a heap by due time, then by serial number, and the one thread that posts
 * them, signals coalesced interrupts, fires fault rules on time, and looks at shadow doorbells. The
 * thread starts with the first delay, or when one of the others is set up, and ends when the device
 * is closed. Without any of them there is none.
 */
#include "sim/internal.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

static bool sim_earlier(const struct sim_completion *a, const struct sim_completion *b)
{
	return a->due != b->due ? a->due < b->due : a->serial < b->serial;
}

static void sim_heap_swap(struct sim_completion *heap, size_t a, size_t b)
{
	struct sim_completion keep = heap[a];

	heap[a] = heap[b];
	heap[b] = keep;
}

static void sim_heap_up(struct sim_completion *heap, size_t at)
{
	while (at && sim_earlier(&heap[at], &heap[(at - 1) / 2])) {
		sim_heap_swap(heap, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void sim_heap_down(struct sim_completion *heap, size_t nr, size_t at)
{
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < nr; child++)
			if (sim_earlier(&heap[child], &heap[least]))
				least = child;
		if (least == at)
			return;
		sim_heap_swap(heap, at, least);
		at = least;
	}
}

/* Take entry `at` out of the heap. */
static struct sim_completion sim_heap_take(struct sim_completions *delayed, size_t at)
{
	struct sim_completion *heap = delayed->entry;
	struct sim_completion taken = heap[at];

	heap[at] = heap[--delayed->nr];
	if (at < delayed->nr) {
		sim_heap_up(heap, at);
		sim_heap_down(heap, delayed->nr, at);
	}
	return taken;
}

/* When there is something to do next; UINT64_MAX: nothing is waiting. */
static uint64_t sim_clock_due(const struct znvme_sim *sim)
{
	uint64_t due = sim->delayed.nr ? sim->delayed.entry[0].due : UINT64_MAX;

	if (sim->irq_due && sim->irq_due < due)
		due = sim->irq_due;
	if (sim->mgmt.due && sim->mgmt.due < due)
		due = sim->mgmt.due;
	return sim->faults.due && sim->faults.due < due ? sim->faults.due : due;
}

static void sim_clock_wait(struct znvme_sim *sim, uint64_t due)
{
	struct timespec until = {
		.tv_sec = (time_t)(due / 1000000000u),
		.tv_nsec = (long)(due % 1000000000u),
	};

	if (due == UINT64_MAX)
		pthread_cond_wait(&sim->wake, &sim->mutex);
	else
		pthread_cond_timedwait(&sim->wake, &sim->mutex, &until);
}

/* What is due: rules on time, something in the background, a completion, or interrupts. */
static void sim_clock_work(struct znvme_sim *sim, uint64_t now)
{
	sim_enter(sim);
	if (sim->faults.due && sim->faults.due <= now) {
		sim_fault_expire(sim, now);
	} else if (sim->mgmt.due && sim->mgmt.due <= now) {
		sim_background_expire(sim, now);
	} else if (sim->delayed.nr && sim->delayed.entry[0].due <= now) {
		struct sim_completion completion = sim_heap_take(&sim->delayed, 0);

		sim_end(sim, &completion);
	} else {
		sim_irq_expire(sim);
	}
	sim_leave(sim);
}

/* Between two looks others have their turn. */
static void sim_clock_poll(struct znvme_sim *sim)
{
	sim_enter(sim);
	sim_dbbuf_poll(sim);
	sim_leave(sim);
	pthread_mutex_unlock(&sim->mutex);
	sched_yield();
	pthread_mutex_lock(&sim->mutex);
}

static void *sim_clock_main(void *arg)
{
	struct znvme_sim *sim = arg;

	pthread_mutex_lock(&sim->mutex);
	while (!sim->closing) {
		uint64_t due = sim_clock_due(sim);
		uint64_t now = due == UINT64_MAX ? 0 : sim_now();

		if (due <= now)
			sim_clock_work(sim, now);
		else if (sim->dbbuf.polling)
			sim_clock_poll(sim);
		else
			sim_clock_wait(sim, due);
	}
	pthread_mutex_unlock(&sim->mutex);
	return NULL;
}

/* The application's signals are not for this thread. */
bool sim_clock_start(struct znvme_sim *sim)
{
	sigset_t all;
	sigset_t before;

	if (sim->thread_runs)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	sim->thread_runs = !pthread_create(&sim->thread, NULL, sim_clock_main, sim);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return sim->thread_runs;
}

void sim_clock_add(struct znvme_sim *sim, const struct sim_completion *completion)
{
	struct sim_completions *delayed = &sim->delayed;

	if (!sim_clock_start(sim) || !sim_completions_add(delayed, completion)) {
		sim_end(sim, completion); /* sooner than asked for, but not lost */
		return;
	}
	sim_heap_up(delayed->entry, delayed->nr - 1);
	if (delayed->entry[0].serial == completion->serial)
		pthread_cond_signal(&sim->wake);
}

unsigned sim_clock_abort(struct znvme_sim *sim, uint16_t sqid, int cid, uint32_t nsid,
			 uint16_t status)
{
	unsigned found = 0;
	size_t i = 0;

	while (i < sim->delayed.nr) {
		const struct znvme_cqe *cqe = &sim->delayed.entry[i].cqe;
		uint32_t of = sim->delayed.entry[i].nsid;
		struct sim_completion completion;

		if (sim->delayed.entry[i].rest || cqe->sqid != sqid ||
		    (cid >= 0 && cqe->cid != cid) ||
		    (nsid != ZNVME_NSID_ALL && of != nsid && of != ZNVME_NSID_ALL)) {
			i++;
			continue;
		}
		completion = sim_heap_take(&sim->delayed, i);
		completion.cqe.status = (uint16_t)(status << 1);
		sim_end(sim, &completion);
		found++;
		i = 0; /* the heap has moved */
	}
	return found;
}

void sim_clock_reset(struct znvme_sim *sim)
{
	sim->delayed.nr = 0;
}

void sim_clock_stop(struct znvme_sim *sim)
{
	pthread_mutex_lock(&sim->mutex);
	sim->closing = true;
	pthread_cond_signal(&sim->wake);
	pthread_mutex_unlock(&sim->mutex);
	if (sim->thread_runs)
		pthread_join(sim->thread, NULL);
	free(sim->delayed.entry);
}
