/* SPDX-License-Identifier: MIT */
/*
 * The threads of perf. Each has a queue, a region and a histogram of its own; nothing is shared in
 * the loop but the word that ends it. The clock is read once a batch: the time at which completions
 * are reaped is the time at which the next I/Os start.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "perf.h"

#define BATCH	   64	       /* completions reaped at a time */
#define IDLE_REAPS 256	       /* reaps that find nothing, between two looks at the clock */
#define SLEEP_MS   100	       /* the longest sleep, so that an interrupt is seen */
#define NAP_NS	   50000ull    /* where no interrupt tells of a completion */
#define LOOK_NS	   (NSEC / 2)  /* between two looks at events */
#define MAX_LAG	   (NSEC / 10) /* what a rate that was not kept may catch up on */

#define BUSY 0x80 /* of struct worker.state: under way */

/* One I/O in flight, and its buffer. */
struct io {
	uint64_t started; /* ns */
	char *buf;
	uint64_t slba;
	uint32_t nlb;
	enum perf_kind kind;
};

struct run;

/* A multiple of a cache line, so that no two share one. */
struct worker {
	/* what the loop is at all the time */
	struct znvme_queue *queue;
	struct znvme_region *region;
	const struct perf_config *config;
	struct run *run;
	struct io **idle; /* I/Os that are not in flight */
	unsigned nr_idle;
	unsigned block_shift;
	uint64_t left;		  /* I/Os to begin */
	uint64_t until;		  /* ns: the time is up */
	uint64_t due;		  /* ns: when the next I/O may begin */
	uint64_t period_ns;	  /* between two of them; 0: no limit */
	bool finished;		  /* begins no more */
	bool reading_back;	  /* the run is over, what it wrote is looked at */
	struct perf_pick pending; /* verify: the next I/O where nlb is not 0 */
	struct perf_place place;
	uint64_t bytes[PERF_KINDS];
	struct perf_hist latency[PERF_KINDS];

	/* the rest */
	struct io *ios;
	int fd;		    /* of the queue; -1: none */
	uint8_t *state;	    /* verify: of each block, the pass that wrote it (0: none), and BUSY */
	uint64_t read_back; /* the next block to look at, from place.first */
	uint64_t ended;
	uint64_t user_ns;
	uint64_t system_ns;
	uint64_t switches;
	struct perf_failure failure;
	struct perf_verdict verdict;
	pthread_t thread;
} __attribute__((aligned(64)));

struct run {
	struct tool *tool;
	const struct perf_config *config;
	struct worker *workers;
	pthread_mutex_t lock; /* held by the main thread until all threads can start */
	pthread_cond_t changed;
	unsigned running; /* threads in the measured part */
	unsigned alive;	  /* threads that are at it at all */
	uint64_t start;
	bool abort;	/* a thread has failed */
	bool asked_for; /* the host wants the device back */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC + (uint64_t)now.tv_nsec;
}

static bool told_to_stop(const struct run *run)
{
	return tool_stop || __atomic_load_n(&run->abort, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&run->asked_for, __ATOMIC_RELAXED);
}

static void fail(struct worker *w, const struct io *io, int status)
{
	if (!w->failure.status)
		w->failure = (struct perf_failure){status, io->kind, io->slba, io->nlb};
	__atomic_store_n(&w->run->abort, true, __ATOMIC_RELAXED);
	w->finished = true;
}

/* ---- verifying ----------------------------------------------------------------------------- */

static struct perf_stamp stamp_of(const struct worker *w, uint64_t lba, uint32_t pass)
{
	return (struct perf_stamp){
		.lba = lba,
		.seed = w->config->seed,
		.run = w->config->run_id,
		.pass = pass,
		.nsid = w->config->ns->nsid,
	};
}

static uint8_t *state_of(const struct worker *w, uint64_t slba)
{
	return &w->state[slba - w->place.first];
}

/* Whether an I/O on some of these blocks is in flight: what they hold is open until it is done. */
static bool is_busy(const struct worker *w, const struct perf_pick *pick)
{
	const uint8_t *state = state_of(w, pick->slba);

	for (uint32_t i = 0; i < pick->nlb; i++)
		if (state[i] & BUSY)
			return true;
	return false;
}

/* Make the pattern of a write; take that of a read away, so that only its own data bring it. */
static void begin_verified(struct worker *w, const struct io *io, uint32_t pass)
{
	uint32_t block_size = w->config->ns->block_size;

	for (uint32_t i = 0; i < io->nlb; i++) {
		struct perf_stamp stamp = stamp_of(w, io->slba + i, pass);
		char *block = io->buf + (size_t)i * block_size;

		if (io->kind == PERF_WRITE) {
			perf_fill(block, block_size, &stamp);
			*state_of(w, io->slba + i) = (uint8_t)pass;
		} else {
			perf_wipe(block);
		}
		if (w->state)
			*state_of(w, io->slba + i) |= BUSY;
	}
}

static void check_block(struct worker *w, const char *block, uint64_t lba, uint32_t pass)
{
	struct perf_verdict *verdict = &w->verdict;
	struct perf_stamp stamp = stamp_of(w, lba, pass);
	char text[PERF_TEXT];

	verdict->checked++;
	if (perf_check(block, w->config->ns->block_size, &stamp, text))
		return;
	verdict->wrong++;
	if (verdict->nr_findings == PERF_MAX_FINDINGS)
		return;
	struct perf_finding *finding = &verdict->finding[verdict->nr_findings++];

	finding->lba = lba;
	memcpy(finding->text, text, sizeof(text));
}

/* A run that writes checks what it wrote itself, one that reads only checks all. */
static void end_verified(struct worker *w, const struct io *io)
{
	uint32_t block_size = w->config->ns->block_size;

	for (uint32_t i = 0; i < io->nlb; i++) {
		uint32_t pass = 0;

		if (w->state) {
			*state_of(w, io->slba + i) &= (uint8_t)~BUSY;
			pass = *state_of(w, io->slba + i);
		}
		if (io->kind == PERF_READ && (pass || !w->state))
			check_block(w, io->buf + (size_t)i * block_size, io->slba + i, pass);
	}
}

/* The next run of blocks that this thread has written. */
static bool next_read_back(struct worker *w, struct perf_pick *pick)
{
	uint64_t at = w->read_back, nr = w->place.nr_blocks;

	while (at < nr && !w->state[at])
		at++;
	w->read_back = at;
	*pick = (struct perf_pick){.slba = w->place.first + at, .kind = PERF_READ};
	while (at < nr && w->state[at] && pick->nlb < w->config->max_nlb) {
		pick->nlb++;
		at++;
	}
	w->read_back = at;
	return pick->nlb;
}

/* ---- the loop ------------------------------------------------------------------------------ */

/* Build the command of `pick`. NULL where that fails. */
static inline struct io *begin(struct worker *w, const struct perf_pick *pick, uint64_t now)
{
	struct io *io = w->idle[w->nr_idle - 1];
	struct znvme_sqe *sqe = znvme_get_sqe(w->queue, io);
	uint8_t opcode = pick->kind == PERF_READ ? ZNVME_CMD_READ : ZNVME_CMD_WRITE;
	int rc = -EBUSY;

	io->started = now;
	io->slba = pick->slba;
	io->nlb = pick->nlb;
	io->kind = pick->kind;
	if (ZNVME_LIKELY(sqe)) {
		rc = znvme_prep_rw(sqe, w->config->ns, opcode, w->region, io->buf, pick->slba,
				   pick->nlb);
		if (ZNVME_UNLIKELY(rc))
			znvme_put_sqe(w->queue, sqe);
	}
	if (ZNVME_UNLIKELY(rc)) {
		fail(w, io, rc);
		return NULL;
	}
	w->nr_idle--;
	w->left--;
	return io;
}

/* Whether the rate allows one more at this time. */
static inline bool is_due(struct worker *w, uint64_t now)
{
	if (!w->period_ns)
		return true;
	if (now < w->due)
		return false;
	if (now - w->due > MAX_LAG)
		w->due = now - MAX_LAG;
	w->due += w->period_ns;
	return true;
}

/* Begin as many I/Os as can be begun: one doorbell for all of them. */
static inline void begin_all(struct worker *w, uint64_t now)
{
	struct perf_pick pick;

	while (w->nr_idle && w->left && is_due(w, now)) {
		perf_place_next(&w->place, &pick);
		if (!begin(w, &pick, now))
			break;
	}
	if (!w->left)
		w->finished = true;
	znvme_submit(w->queue);
}

/*
 * The same where blocks have patterns. Making one takes its time, so each I/O has a doorbell and a
 * look at the clock of its own. One that meets blocks under way waits until they are done.
 */
static void begin_all_verified(struct worker *w, uint64_t now)
{
	struct perf_pick *pick = &w->pending;

	while (w->nr_idle && w->left) {
		struct io *io;

		if (!pick->nlb && !(w->reading_back ? next_read_back(w, pick)
						    : perf_place_next(&w->place, pick))) {
			w->finished = true;
			return;
		}
		if ((w->state && is_busy(w, pick)) || !is_due(w, now))
			return;
		io = begin(w, pick, now);
		if (!io)
			return;
		begin_verified(w, io, pick->pass);
		pick->nlb = 0;
		io->started = now_ns();
		znvme_submit(w->queue);
	}
	if (!w->left)
		w->finished = true;
}

/* Sleep until the next I/O is due or, where the queue tells, until a completion comes. */
static int sleep_until_due(struct worker *w, struct znvme_cpl *cpls, uint64_t now)
{
	uint64_t end = w->due < w->until ? w->due : w->until;
	bool in_flight = w->nr_idle < w->config->depth;
	uint64_t ns = end - now < SLEEP_MS * 1000000ull ? end - now : SLEEP_MS * 1000000ull;
	struct pollfd poll = {.fd = w->fd, .events = POLLIN};

	if (in_flight && w->fd < 0 && ns > NAP_NS)
		ns = NAP_NS;

	const struct timespec timeout = {.tv_nsec = (long)ns};

	if (ppoll(&poll, in_flight && w->fd >= 0, &timeout, NULL) > 0)
		return znvme_wait(w->queue, cpls, BATCH, 0);
	return znvme_reap(w->queue, cpls, BATCH);
}

/* Completions, by the way of waiting that was asked for; 0 where there are none yet. */
static inline int collect(struct worker *w, struct znvme_cpl *cpls, uint64_t now)
{
	int n = znvme_reap(w->queue, cpls, BATCH);

	if (n)
		return n;
	if (w->config->waiting == PERF_POLLED) {
		znvme_cpu_relax();
		return 0;
	}
	if (w->period_ns && w->nr_idle && !w->finished && w->due > now && w->until > now)
		return sleep_until_due(w, cpls, now);
	if (w->nr_idle == w->config->depth)
		return 0;
	return znvme_wait(w->queue, cpls, BATCH, SLEEP_MS);
}

static inline void complete(struct worker *w, const struct znvme_cpl *cpls, int n, uint64_t now)
{
	unsigned block_shift = w->block_shift;

	for (int i = 0; i < n; i++) {
		struct io *io = cpls[i].data;

		w->idle[w->nr_idle++] = io;
		if (ZNVME_UNLIKELY(cpls[i].status)) {
			fail(w, io, cpls[i].status);
			continue;
		}
		if (!w->reading_back) {
			uint64_t *bytes = &w->bytes[io->kind];

			perf_hist_add(&w->latency[io->kind], now - io->started);
			perf_put(bytes, *bytes + ((uint64_t)io->nlb << block_shift));
		}
		if (w->config->verify)
			end_verified(w, io);
	}
}

/* Until the time is up, or all is done, and nothing is in flight. Returns the time then. */
static uint64_t loop(struct worker *w, uint64_t now)
{
	bool polled = w->config->waiting == PERF_POLLED;
	struct znvme_cpl cpls[BATCH];
	unsigned in_vain = 0;

	for (;;) {
		int n;

		if (now >= w->until || told_to_stop(w->run))
			w->finished = true;
		if (!w->finished && w->nr_idle) {
			if (w->config->verify)
				begin_all_verified(w, now);
			else
				begin_all(w, now);
		}
		if (w->finished && w->nr_idle == w->config->depth)
			break;
		n = collect(w, cpls, now);
		if (n || !polled || ++in_vain == IDLE_REAPS) {
			now = now_ns();
			in_vain = 0;
		}
		complete(w, cpls, n, now);
	}
	return now;
}

static uint64_t timeval_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * NSEC + (uint64_t)time->tv_usec * 1000;
}

static void *work(void *arg)
{
	struct rusage before, after;
	struct worker *w = arg;
	struct run *run = w->run;

	pthread_mutex_lock(&run->lock);
	w->until = w->config->time_ns ? run->start + w->config->time_ns : UINT64_MAX;
	/* Threads take turns within a rate. */
	w->due = run->start + w->period_ns * (uint64_t)(w - run->workers) / w->config->threads;
	pthread_mutex_unlock(&run->lock);

	getrusage(RUSAGE_THREAD, &before);
	w->ended = loop(w, now_ns());
	getrusage(RUSAGE_THREAD, &after);
	w->user_ns = timeval_ns(&after.ru_utime) - timeval_ns(&before.ru_utime);
	w->system_ns = timeval_ns(&after.ru_stime) - timeval_ns(&before.ru_stime);
	w->switches = (uint64_t)(after.ru_nvcsw - before.ru_nvcsw);

	/* What was written is read back when all are done with what is measured. */
	pthread_mutex_lock(&run->lock);
	run->running--;
	pthread_cond_broadcast(&run->changed);
	while (run->running)
		pthread_cond_wait(&run->changed, &run->lock);
	pthread_mutex_unlock(&run->lock);
	if (w->state) {
		w->reading_back = true;
		w->finished = false;
		w->left = w->until = UINT64_MAX;
		w->period_ns = 0;
		w->pending.nlb = 0;
		loop(w, 0);
	}
	pthread_mutex_lock(&run->lock);
	run->alive--;
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->lock);
	return NULL;
}

/* ---- set-up -------------------------------------------------------------------------------- */

/* Nothing that a device could compress or tell from other data. */
static void fill_with_noise(struct worker *w, unsigned number)
{
	uint64_t state = w->config->seed + number;

	for (size_t i = 0; i + 8 <= w->region->len; i += 8) {
		uint64_t word = perf_random(&state);

		memcpy(w->region->addr + i, &word, sizeof(word));
	}
}

static int open_queue(struct run *run, struct worker *w)
{
	const struct perf_config *config = run->config;
	struct znvme_queue_options options = {0};
	int rc;

	if (config->waiting == PERF_POLLED)
		options.flags = ZNVME_QUEUE_POLLED;
	else if (config->waiting == PERF_INTERRUPT)
		options.flags = ZNVME_QUEUE_INTERRUPT;
	rc = znvme_queue_create(run->tool->ctrl, config->depth + 1, &options, &w->queue);
	if (rc)
		return tool_fail(rc, "I/O queue");
	w->fd = -1;
	if (config->waiting != PERF_POLLED)
		w->fd = znvme_queue_fd(w->queue);
	return 0;
}

static int open_buffers(struct run *run, struct worker *w)
{
	const struct perf_config *config = run->config;
	size_t io_bytes = (size_t)config->max_nlb * config->ns->block_size;
	char what[80];
	int rc;

	rc = znvme_mem_alloc(run->tool->ctrl, io_bytes * config->depth, &w->region);
	if (rc) {
		snprintf(what, sizeof(what), "%u buffers of %zu bytes for thread %u of %u",
			 config->depth, io_bytes, (unsigned)(w - run->workers) + 1,
			 config->threads);
		return tool_fail(rc, what);
	}
	w->ios = calloc(config->depth, sizeof(*w->ios));
	w->idle = calloc(config->depth, sizeof(*w->idle));
	if (!w->ios || !w->idle)
		return tool_error("out of memory");
	for (unsigned i = 0; i < config->depth; i++) {
		w->ios[i].buf = w->region->addr + i * io_bytes;
		w->idle[w->nr_idle++] = &w->ios[i];
	}
	if (!config->verify || !config->writes)
		return 0;
	w->state = calloc(w->place.nr_blocks, 1);
	return w->state ? 0
			: tool_error("no memory to remember which of %llu blocks were written: "
				     "verify a smaller range (--length)",
				     (unsigned long long)config->range.nr_blocks);
}

static int open_worker(struct run *run, unsigned number)
{
	const struct perf_config *config = run->config;
	struct worker *w = &run->workers[number];

	w->run = run;
	w->config = config;
	w->block_shift = (unsigned)__builtin_ctz(config->ns->block_size);
	w->left = UINT64_MAX;
	if (config->count)
		w->left = config->count / config->threads +
			  (number < config->count % config->threads);
	if (config->rate)
		w->period_ns = (NSEC * config->threads + config->rate - 1) / config->rate;
	perf_place_init(&w->place, config, number);
	for (unsigned kind = 0; kind < PERF_KINDS; kind++)
		perf_hist_init(&w->latency[kind]);
	if (open_queue(run, w) || open_buffers(run, w))
		return 1;
	fill_with_noise(w, number);
	return 0;
}

static void close_worker(struct run *run, struct worker *w)
{
	znvme_queue_delete(w->queue);
	znvme_mem_free(run->tool->ctrl, w->region);
	free(w->state);
	free(w->idle);
	free(w->ios);
}

/* All threads, which wait for run->lock. */
static int start_threads(struct run *run)
{
	unsigned nr = run->config->threads;
	int rc = 0;

	pthread_mutex_lock(&run->lock);
	while (run->running < nr && !rc) {
		struct worker *w = &run->workers[run->running];

		rc = pthread_create(&w->thread, NULL, work, w);
		run->running += !rc;
	}
	nr = run->alive = run->running;
	if (rc)
		run->abort = true;
	run->start = now_ns();
	pthread_mutex_unlock(&run->lock);
	if (!rc)
		return 0;
	for (unsigned i = 0; i < nr; i++)
		pthread_join(run->workers[i].thread, NULL);
	return tool_error("thread %u of %u: %s", nr + 1, run->config->threads, strerror(rc));
}

/* ---- what came of it ----------------------------------------------------------------------- */

static void snapshot(const struct run *run, struct perf_snapshot *now)
{
	perf_hist_init(&now->latency);
	now->bytes = 0;
	now->at_ns = now_ns() - run->start;
	for (unsigned i = 0; i < run->config->threads; i++)
		for (unsigned kind = 0; kind < PERF_KINDS; kind++) {
			now->bytes += perf_get(&run->workers[i].bytes[kind]);
			perf_hist_merge(&now->latency, &run->workers[i].latency[kind]);
		}
}

/* Whether the host wants the device back. */
static void look_for_request(struct run *run, struct perf_watch *watch)
{
	if (run->asked_for || !tool_lets_go(run->tool))
		return;
	__atomic_store_n(&run->asked_for, true, __ATOMIC_RELAXED);
	perf_watch_wipe(watch);
}

/* Until `until`, at most until the next look at events, or until *nr is 0. Returns *nr. */
static unsigned wait_for_threads(struct run *run, const unsigned *nr, uint64_t until)
{
	uint64_t look = now_ns() + LOOK_NS;
	struct timespec end;
	unsigned left;
	int rc = 0;

	if (until > look)
		until = look;
	end = (struct timespec){.tv_sec = (time_t)(until / NSEC), .tv_nsec = (long)(until % NSEC)};
	pthread_mutex_lock(&run->lock);
	while (*nr && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&run->changed, &run->lock, &end);
	left = *nr;
	pthread_mutex_unlock(&run->lock);
	return left;
}

/* Look on until the threads are done with what is measured. */
static int watch(struct run *run, struct perf_watch *watch)
{
	unsigned running;

	do {
		running = wait_for_threads(run, &run->running, run->start + perf_watch_next(watch));
		look_for_request(run, watch);
		snapshot(run, &watch->now);
		if (running && perf_watch_look(watch))
			return 1;
	} while (running);
	return perf_watch_end(watch);
}

static void add_verdict(struct perf_verdict *to, const struct worker *w)
{
	const struct perf_verdict *from = &w->verdict;

	to->checked += from->checked;
	to->wrong += from->wrong;
	for (unsigned i = 0; i < from->nr_findings && to->nr_findings < PERF_MAX_FINDINGS; i++)
		to->finding[to->nr_findings++] = from->finding[i];
	for (uint64_t i = w->read_back; w->state && i < w->place.nr_blocks; i++)
		to->not_read_back += w->state[i] != 0;
}

static void add_up(const struct run *run, struct perf_result *result)
{
	for (unsigned kind = 0; kind < PERF_KINDS; kind++)
		perf_hist_init(&result->latency[kind]);
	for (unsigned i = 0; i < run->config->threads; i++) {
		const struct worker *w = &run->workers[i];

		for (unsigned kind = 0; kind < PERF_KINDS; kind++) {
			perf_hist_merge(&result->latency[kind], &w->latency[kind]);
			result->bytes[kind] += w->bytes[kind];
		}
		if (w->ended - run->start > result->elapsed_ns)
			result->elapsed_ns = w->ended - run->start;
		result->user_ns += w->user_ns;
		result->system_ns += w->system_ns;
		result->switches += w->switches;
		if (!result->failure.status)
			result->failure = w->failure;
		add_verdict(&result->verdict, w);
	}
	result->interrupted = tool_stop || run->asked_for;
}

static int run_threads(struct run *run, struct perf_result *result)
{
	tool_autofree struct perf_watch *looking = calloc(1, sizeof(*looking));
	int rc;

	if (!looking)
		return tool_error("out of memory");
	perf_watch_start(looking, run->config, result);
	if (start_threads(run))
		return 1;
	rc = watch(run, looking);
	if (rc)
		__atomic_store_n(&run->abort, true, __ATOMIC_RELAXED);
	while (wait_for_threads(run, &run->alive, UINT64_MAX))
		look_for_request(run, looking);
	for (unsigned i = 0; i < run->config->threads; i++)
		pthread_join(run->workers[i].thread, NULL);
	perf_watch_wipe(looking);
	add_up(run, result);
	return rc;
}

int perf_run(struct tool *tool, const struct perf_config *config, struct perf_result *result)
{
	struct run run = {.tool = tool, .config = config};
	pthread_condattr_t monotonic;
	int rc = 0;

	memset(result, 0, sizeof(*result));
	run.workers = aligned_alloc(64, config->threads * sizeof(*run.workers));
	if (!run.workers)
		return tool_error("out of memory");
	memset(run.workers, 0, config->threads * sizeof(*run.workers));
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&run.lock, NULL);
	pthread_cond_init(&run.changed, &monotonic);

	for (unsigned i = 0; i < config->threads && !rc; i++)
		rc = open_worker(&run, i);
	if (!rc) {
		result->started = (uint64_t)time(NULL);
		rc = run_threads(&run, result);
	}
	for (unsigned i = 0; i < config->threads; i++)
		close_worker(&run, &run.workers[i]);
	pthread_cond_destroy(&run.changed);
	pthread_mutex_destroy(&run.lock);
	pthread_condattr_destroy(&monotonic);
	free(run.workers);
	return rc;
}
