// SPDX-License-Identifier: MIT
/* A run from its plan: the lives of a controller one after the other, and what must hold after
 * each. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "swarm.h"

void run_fail(struct run *run, const char *format, ...)
{
	char address[16384];
	va_list args;

	pthread_mutex_lock(&run->lock);
	if (!__atomic_exchange_n(&run->failed, true, __ATOMIC_ACQ_REL)) {
		fprintf(stderr, "life %u: ", run->life_nr);
		va_start(args, format);
		vfprintf(stderr, format, args);
		va_end(args);
		fprintf(stderr, "\n");
		if (run->sim && !znvme_sim_repeat(run->sim, address, sizeof(address)))
			fprintf(stderr, "device: %s\n", address);
	}
	pthread_mutex_unlock(&run->lock);
}

bool run_failed(struct run *run)
{
	return __atomic_load_n(&run->failed, __ATOMIC_ACQUIRE);
}

void run_count(struct run *run, const struct totals *totals)
{
	pthread_mutex_lock(&run->lock);
	totals_add(run->totals, totals);
	pthread_mutex_unlock(&run->lock);
}

void run_judge(struct run *run, const char *what, int rc)
{
	const unsigned trouble = MAY_BE_LATE | MAY_FAIL | MAY_GO;
	bool excused;

	if (rc == 0)
		return;
	if (rc > 0)
		excused = is_excused(run, MAY_REFUSE | MAY_LIE);
	else if (rc == -ENODEV)
		excused = is_excused(run, MAY_GO);
	else if (rc == -ECANCELED && __atomic_load_n(&run->resets, __ATOMIC_RELAXED))
		excused = true;
	else
		excused = is_excused(run, trouble);
	if (!excused)
		run_fail(run, "%s: %s (%s)", what, znvme_strerror(rc), znvme_errmsg());
}

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* ---- a life -------------------------------------------------------------------------------- */

static void use_controller(struct run *run)
{
	struct worker workers[MAX_WORKERS];
	unsigned nr = run->life->nr_workers;
	pthread_t chaos;
	int rc;

	znvme_ctrl_info(run->ctrl, &run->info);
	run->oncs = znvme_id_ctrl(run->ctrl)->oncs;
	run->stop = run->drop = false;
	run->workers_left = nr;
	for (unsigned i = 0; i < nr; i++) {
		workers[i] = (struct worker){.run = run, .plan = &run->life->workers[i]};
		if (pthread_create(&workers[i].thread, NULL, load_thread, &workers[i]))
			abort();
	}
	if (pthread_create(&chaos, NULL, chaos_thread, run))
		abort();
	for (unsigned i = 0; i < nr; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_join(chaos, NULL);
	rc = znvme_close(run->ctrl);
	run_judge(run, "closing", rc);
	for (unsigned i = 0; i < nr; i++)
		free(workers[i].memory);
	while (run->kept) {
		void *next = *(void **)run->kept;

		free(run->kept);
		run->kept = next;
	}
}

/* What the simulator has seen of the driver. */
static void judge_watch(struct run *run, const struct watch *watch)
{
	const struct znvme_sim_counters *counters = &watch->counters;

	if (!watch->closed)
		run_fail(run, "the device was not closed");
	if (counters->mappings)
		run_fail(run, "%u mappings were left", counters->mappings);
	/* A queue's doorbell may be rung once more after another thread's reset. */
	if (counters->protocol_errors && !run->resets &&
	    !is_excused(run, MAY_CONFUSE | MAY_BE_LATE | MAY_FAIL))
		run_fail(run, "%llu breaches of protocol",
			 (unsigned long long)counters->protocol_errors);
	if (watch->refused && !is_excused(run, MAY_STRAY))
		run_fail(run, "%llu transfers to what is not mapped",
			 (unsigned long long)watch->refused);
	if (!watch->shut_down && !run->life->excuses)
		run_fail(run, "closed without a shutdown");
}

static void count_watch(struct run *run, const struct watch *watch)
{
	const uint64_t *faults = watch->faults.of;
	struct totals totals = {
		.lives = 1,
		.unopened = !run->ctrl,
		.removals = faults[ZNVME_SIM_FAULT_REMOVED],
		.power_losses = faults[ZNVME_SIM_FAULT_POWER_LOSS],
	};

	memcpy(totals.faults, faults, sizeof(totals.faults));
	run_count(run, &totals);
}

/* The simulator with the plan's options, in front of the run's file. */
static int create_device(struct run *run, struct watch *watch, struct znvme_device **dev)
{
	struct znvme_device *inner;
	char options[2048];
	int rc;

	snprintf(options, sizeof(options), "%s", run->life->options);
	if (run->file >= 0)
		snprintf(options + strlen(options), sizeof(options) - strlen(options),
			 ",file=/proc/self/fd/%d", run->file);
	rc = znvme_sim_create(options, &inner);
	if (rc)
		return rc;
	run->sim = znvme_sim_of(inner);
	rc = znvme_sim_add_faults(run->sim, run->life->rules);
	*dev = rc ? NULL : watch_device(inner, run->life->slow_us, watch);
	if (!*dev)
		znvme_device_close(inner);
	return rc;
}

static void live(struct run *run)
{
	unsigned descriptors = count_descriptors();
	struct znvme_device *dev;
	struct watch watch;
	int rc = create_device(run, &watch, &dev);

	if (rc) {
		run->sim = NULL;
		run_fail(run, "the simulator: %s", znvme_errmsg());
		return;
	}
	run->resets = 0;
	run->powerless = false;
	rc = znvme_open_device(dev, &run->life->open, &run->ctrl);
	if (rc) {
		run->ctrl = NULL;
		run->sim = NULL;
		/* What a command failed with is an errno here. */
		if (!is_excused(run, MAY_REFUSE))
			run_judge(run, "opening", rc);
	} else {
		use_controller(run);
		run->sim = NULL;
	}
	judge_watch(run, &watch);
	count_watch(run, &watch);
	if (!run->plan->beside_others && count_descriptors() != descriptors)
		run_fail(run, "%u descriptors, of which %u were there before", count_descriptors(),
			 descriptors);
	if (run->powerless || watch.faults.of[ZNVME_SIM_FAULT_POWER_LOSS])
		model_power_loss(&run->model);
	else
		model_closed(&run->model);
	run->ctrl = NULL;
}

/* ---- the file ------------------------------------------------------------------------------ */

static void look_at_ns(struct run *run, const struct znvme_ns *ns, char *data)
{
	for (uint32_t lba = 0; lba < run->plan->nr_blocks; lba++) {
		uint64_t index = block_index(run, ns->nsid, lba);
		const char *wrong;

		if (znvme_pread(ns, data, ns->block_size, (uint64_t)lba * ns->block_size, 0, NULL) <
		    0) {
			run_fail(run, "block %llu: %s", (unsigned long long)index, znvme_errmsg());
			return;
		}
		wrong = model_read(&run->model, index, data);
		run->totals->blocks++;
		if (wrong) {
			run_fail(run, "in the end: block %llu: %s (versions %u to %u)",
				 (unsigned long long)index, wrong, run->model.blocks[index].oldest,
				 run->model.blocks[index].newest);
			return;
		}
	}
}

/* What is in the file, by a controller without faults. */
static void look_at_file(struct run *run)
{
	const struct plan *plan = run->plan;
	char *data = malloc(plan->block_size);
	const struct znvme_ns *ns;
	struct znvme_ctrl *ctrl;
	char address[128];

	if (!data)
		abort();
	snprintf(address, sizeof(address), "sim:bs=%u,ns=%u,file=/proc/self/fd/%d",
		 plan->block_size, plan->nr_ns, run->file);
	if (znvme_open(address, NULL, &ctrl)) {
		run_fail(run, "opening without faults: %s", znvme_errmsg());
		free(data);
		return;
	}
	for (uint32_t nsid = 1; nsid <= plan->nr_ns && !run_failed(run); nsid++) {
		if (znvme_ns_get(ctrl, nsid, &ns))
			run_fail(run, "namespace %u: %s", nsid, znvme_errmsg());
		else if (is_honest(run))
			look_at_ns(run, ns, data);
	}
	if (znvme_close(ctrl))
		run_fail(run, "closing without faults: %s", znvme_errmsg());
	free(data);
}

/* ---- the run ------------------------------------------------------------------------------- */

bool run_plan(const struct plan *plan, struct totals *totals)
{
	struct run run = {.plan = plan, .totals = totals, .file = -1};
	uint64_t nr = (uint64_t)plan->nr_ns * plan->nr_blocks;

	pthread_mutex_init(&run.lock, NULL);
	run.model = (struct model){plan->seed, plan->block_size, nr,
				   calloc(nr, sizeof(*run.model.blocks))};
	if (!run.model.blocks)
		abort();
	if (plan->in_file) {
		run.file = memfd_create("swarm", MFD_CLOEXEC);
		if (run.file < 0)
			abort();
	}
	for (unsigned i = 0; i < plan->nr_lives && !run.failed; i++) {
		run.life = &plan->lives[i];
		run.life_nr = i;
		live(&run);
	}
	if (plan->in_file && !run.failed)
		look_at_file(&run);
	if (plan->in_file)
		close(run.file);
	free(run.model.blocks);
	pthread_mutex_destroy(&run.lock);
	return !run.failed;
}
