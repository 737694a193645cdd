// SPDX-License-Identifier: MIT
/*
 * Draws a run from its seed: simulator, driver, faults, workload. What is drawn is text from tables
 * as far as it can be: `{a|b}` in it is one of these words, `{2-9}` a number.
 */
#include <stdlib.h>

#include "swarm.h"

/* splitmix64 */
uint64_t draw(uint64_t *state)
{
	uint64_t value = *state += 0x9e3779b97f4a7c15u;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

unsigned draw_range(uint64_t *state, unsigned first, unsigned last)
{
	return first + (unsigned)(draw(state) % (last - first + 1));
}

bool draw_one_in(uint64_t *state, unsigned n)
{
	return draw(state) % n == 0;
}

/* ---- text ---------------------------------------------------------------------------------- */

/* Put one of the choices in `[from, to)` at the end of `text`. */
static void append_choice(char *text, size_t size, const char *from, const char *to,
			  uint64_t *random)
{
	size_t have = strlen(text);
	unsigned nr = 1, first, last;
	int used = 0;

	if (sscanf(from, "%u-%u%n", &first, &last, &used) == 2 && from + used == to) {
		snprintf(text + have, size - have, "%u", draw_range(random, first, last));
		return;
	}
	for (const char *at = from; at < to; at++)
		nr += *at == '|';
	for (unsigned skip = draw_range(random, 1, nr) - 1; skip; from++)
		skip -= *from == '|';
	used = (int)strcspn(from, "|}");
	snprintf(text + have, size - have, "%.*s", used, from);
}

static void append(char *text, size_t size, const char *template, uint64_t *random)
{
	while (*template) {
		size_t have = strlen(text), plain = strcspn(template, "{");

		snprintf(text + have, size - have, "%.*s", (int)plain, template);
		template += plain;
		if (*template) {
			const char *end = strchr(template, '}');

			append_choice(text, size, template + 1, end, random);
			template = end + 1;
		}
	}
	if (strlen(text) >= size - 1)
		abort(); /* the tables outgrew the buffer */
}

/* ---- faults -------------------------------------------------------------------------------- */

/* Times are in the order of the deadlines below. */
static const struct fault {
	unsigned weight;
	unsigned excuses;
	const char *rule;
} faults[] = {
	{8, MAY_REFUSE,
	 "when queue=io chance=1/{5-200} do status={0x4|0x6|0x82|0x281|0x286} "
	 "{dnr|crd=1|executed|}"},
	{3, MAY_REFUSE | MAY_FAIL,
	 "when queue=admin nth={1-60} do status={0x2|0x6|0x10a} {dnr|executed|}"},
	{2, MAY_REFUSE | MAY_FAIL,
	 "when opcode={create-cq|create-sq|delete-sq|delete-cq} chance=1/3 do status={0x101|0x6}"},
	{4, MAY_BE_LATE, "when queue=io chance=1/{3-50} do late={1-5}00us-{1-5}ms"},
	{3, MAY_BE_LATE | MAY_FAIL,
	 "when queue=io chance=1/{20-100} times={1-4} do late={20-60}ms"},
	{1, MAY_BE_LATE | MAY_FAIL,
	 "when queue=admin chance=1/{5-30} times={1-3} do late={1-150}ms"},
	{4, MAY_BE_LATE, "when queue=io chance=1/{1-10} do reverse={1-3}ms"},
	{8, MAY_BE_LATE | MAY_FAIL, "when queue=io chance=1/{10-200} times={1-5} do lose"},
	{2, MAY_BE_LATE | MAY_FAIL,
	 "when queue=io nth={1-50} do lose; when opcode=abort do {lose|status=0x6|result=1}"},
	{2, MAY_BE_LATE | MAY_FAIL, "when queue=admin nth={1-60} do lose"},
	{6, 0, "when queue={io|0..} chance=1/{2-50} do copies={2-4}"},
	{2, MAY_BE_LATE | MAY_FAIL,
	 "when queue=io chance=1/{5-50} times={1-5} do copies=2 late={1-60}ms"},
	{4, MAY_BE_LATE | MAY_FAIL,
	 "when queue=io chance=1/{10-50} times={1-4} do sqid={^1|^2|0|77}"},
	{4, 0, "when queue=io chance=1/{1-20} do sqhd={0-300}"},
	{4, MAY_BE_LATE | MAY_FAIL | MAY_LIE | MAY_STRAY | MAY_CONFUSE | MAY_REFUSE,
	 "when queue=io chance=1/{10-50} times={1-5} do cid={unsent|old|^2|^4|^6} {also|}"},
	{1, MAY_BE_LATE | MAY_FAIL | MAY_REFUSE,
	 "when queue=admin nth={1-50} do cid={unsent|old} {also|}"},
	{1, MAY_FAIL | MAY_REFUSE,
	 "when opcode=set-features fid=7 do result={0|0x10000|0x20001|0xffffffff}"},
	{2, MAY_BE_LATE | MAY_FAIL, "when queue=io chance=1/{10-50} times={1-5} do torn={1-3}ms"},
	{2, MAY_BE_LATE | MAY_FAIL, "when queue=io chance=1/{10-50} times={1-5} do unseen"},
	{2, MAY_LIE, "when opcode=read chance=1/{2-20} do {garbage|garbage=8-15|data=16:00ff00ff}"},
	{2, MAY_REFUSE | MAY_FAIL | MAY_LIE,
	 "when opcode=identify nth={1-6} do {garbage|garbage=70-600|data=77:ff}"},
	{2, 0, "when opcode=get-log do {garbage|data=0:ffff}"},
	{4, MAY_REFUSE | MAY_STRAY,
	 "when opcode={read|write|compare} chance=1/{10-100} do stray-dma"},
	{2, MAY_LIE, "when opcode={read|write} chance=1/{5-50} do rot={1-9}"},
	{3, MAY_BE_LATE | MAY_FAIL, "when queue={io|admin} nth={1-200} do cfs"},
	{2, MAY_BE_LATE | MAY_FAIL, "when time after={1-30}ms do cfs"},
	{1, MAY_BE_LATE | MAY_FAIL, "when reg-{read|write} nth={1-60} do cfs"},
	{2, MAY_FAIL | MAY_GO, "when register nth={1-400} do remove"},
	{1, MAY_FAIL | MAY_GO, "when time after={1-30}ms do remove"},
	{1, MAY_FAIL | MAY_GO, "when queue=io nth={1-300} do remove"},
	{6, MAY_FAIL | MAY_GO,
	 "when opcode={write|write|write|flush|read} nth={1-100} do power-off"},
	{2, MAY_FAIL | MAY_GO, "when time after={1-30}ms do power-off"},
	{2, MAY_BE_LATE | MAY_FAIL | MAY_CONFUSE,
	 "when reg-write reg=doorbell chance=1/{10-50} times={1-4} do drop"},
	{1, MAY_BE_LATE | MAY_FAIL | MAY_CONFUSE | MAY_STRAY,
	 "when reg-write reg={cc|aqa|asq|acq} nth={1-4} do drop"},
	{2, MAY_BE_LATE | MAY_FAIL | MAY_GO | MAY_CONFUSE | MAY_STRAY,
	 "when reg-read reg=csts nth={1-10} do value={0|1|3|0xffffffff}"},
	{1, MAY_FAIL | MAY_CONFUSE,
	 "when reg-read reg={cap|vs} nth=1 do value={0|0x0f01ff|0x2028010003}"},
	{3, MAY_BE_LATE | MAY_FAIL, "when enable do late={1-20}ms"},
	{1, MAY_BE_LATE | MAY_FAIL, "when enable nth={1-3} do never"},
	{3, MAY_BE_LATE | MAY_FAIL, "when shutdown do late={1-40}ms"},
	{4, MAY_BE_LATE, "when interrupt chance=1/{5-50} times={1-3} do lose"},
	{4, 0, "when interrupt chance=1/{2-20} do storm={1-20}"},
	{2, 0, "when time period={1-5}ms do interrupt={0-3}"},
};

static const struct fault *draw_fault(uint64_t *random)
{
	unsigned all = 0, at;
	size_t i = 0;

	for (size_t j = 0; j < ARRAY_LEN(faults); j++)
		all += faults[j].weight;
	for (at = draw_range(random, 0, all - 1); at >= faults[i].weight; i++)
		at -= faults[i].weight;
	return &faults[i];
}

/* Most lives have a few faults, some have none. */
static void draw_faults(struct life_plan *life, uint64_t *random)
{
	unsigned nr = draw_one_in(random, 8) ? 0 : draw_range(random, 1, 4);

	while (nr--) {
		const struct fault *fault = draw_fault(random);

		if (*life->rules)
			append(life->rules, sizeof(life->rules), "; ", random);
		append(life->rules, sizeof(life->rules), fault->rule, random);
		life->excuses |= fault->excuses;
	}
}

/* ---- the simulator ------------------------------------------------------------------------- */

static const struct option {
	unsigned one_in; /* how often */
	unsigned excuses;
	const char *text;
} options[] = {
	{2, 0, ",mdts={1-9}"},
	{2, 0, ",queues={1-9}"},
	{3, 0, ",vectors={0-4}"},
	{6, 0, ",mpsmin=1"},
	{6, 0, ",dstrd={1-4}"},
	{6, 0, ",iova={36-52}"},
	{4, MAY_BE_LATE, ",dbbuf=1,queues={1-9}"},
	{4, 0, ",cmb={32|64|256}K"},
	{3, MAY_BE_LATE, ",latency={0-50}-{50-400}"},
	{4, MAY_BE_LATE, ",inflight={1-8},latency={0-20}-{20-100}"},
	{8, MAY_BE_LATE, ",admin_latency={0-50}-{50-400}"},
	{4, 0, ",wrr=1"},
	{5, 0, ",awupf={2-16}"},
	{6, 0, ",aerl={0-8}"},
	{6, 0, ",hmb={64|256}K,hmb_descs={1-8}"},
	{6, 0, ",sgl={none|byte|dword}"},
	{8, 0, ",without={compare|write-zeroes+dsm|sgl|iocs|timestamp|save-select}"},
};

static void draw_options(struct plan *plan, struct life_plan *life, uint64_t *random)
{
	snprintf(life->options, sizeof(life->options), "bs=%u,ns=%u,size=%llu,seed=%u",
		 plan->block_size, plan->nr_ns,
		 (unsigned long long)plan->nr_ns * plan->nr_blocks * plan->block_size,
		 draw_range(random, 1, 1u << 30));
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (draw_one_in(random, options[i].one_in)) {
			append(life->options, sizeof(life->options), options[i].text, random);
			life->excuses |= options[i].excuses;
		}
	if (draw_one_in(random, 4))
		append(life->options, sizeof(life->options), ",vwc=0", random);
	else
		life->cached = true;
	/* Where the power may go there is a cache to be lost, whatever its size. */
	if (plan->in_file)
		append(life->options, sizeof(life->options), ",cache={16K|100K|1M|16M}", random);
}

/* ---- driver and workload ------------------------------------------------------------------- */

static void draw_open(struct life_plan *life, uint64_t *random)
{
	life->open = (struct znvme_open_options){
		.nr_io_queues = draw_range(random, 1, 8),
		.admin_queue_size = draw_one_in(random, 3) ? draw_range(random, 4, 16) : 0,
		.admin_timeout_ms = 250,
		.io_timeout_ms = draw_range(random, 20, 60),
		.abort_timeout_ms = draw_range(random, 20, 60),
		.retries = draw_one_in(random, 2) ? 0 : draw_range(random, 1, 5),
		.ready_timeout_ms = 250,
	};
	if (draw_one_in(random, 3))
		life->open.timeout_policy = (enum znvme_timeout_policy)draw_range(
			random, ZNVME_TIMEOUT_RECOVER, ZNVME_TIMEOUT_REPORT);
	if (draw_one_in(random, 6))
		life->open.flags |= ZNVME_OPEN_NO_INTERRUPTS;
	if (draw_one_in(random, 6))
		life->open.flags |= ZNVME_OPEN_NO_HMB;
	if (draw_one_in(random, 6))
		life->open.flags |= ZNVME_OPEN_NO_SHADOW_DOORBELLS;
}

static void draw_worker(struct worker_plan *worker, uint64_t *random, unsigned length)
{
	static const unsigned ways[] = {0, ZNVME_QUEUE_POLLED, ZNVME_QUEUE_INTERRUPT};

	worker->seed = draw(random);
	worker->ops = length * draw_range(random, 20, 300);
	worker->depth = draw_one_in(random, 4) ? draw_range(random, 1, 3)
					       : draw_range(random, 4, MAX_DEPTH);
	worker->max_bytes = draw_one_in(random, 6) ? 128u << 10 : draw_range(random, 4, 16) << 10;
	worker->own_memory = draw_one_in(random, 3);
	worker->queue.flags = ways[draw_range(random, 0, ARRAY_LEN(ways) - 1)];
	if (draw_one_in(random, 2))
		worker->queue.flags |= ZNVME_QUEUE_CMB;
	worker->queue.priority = (enum znvme_queue_priority)draw_range(random, 0, 3);
	/* As large as it must be, or larger; at times too small. */
	worker->queue_size = draw_range(random, worker->depth / 2 + 2, 2 * worker->depth + 4);
	if (draw_one_in(random, 5)) {
		worker->queue_size = 0;
		worker->ops /= 4;
	}
}

static void draw_life(struct plan *plan, struct life_plan *life, uint64_t *random, unsigned length)
{
	life->seed = draw(random);
	draw_options(plan, life, random);
	draw_faults(life, random);
	draw_open(life, random);
	life->nr_workers = draw_range(random, 1, MAX_WORKERS);
	for (unsigned i = 0; i < life->nr_workers; i++) {
		struct worker_plan *worker = &life->workers[i];

		draw_worker(worker, random, length);
		if (worker->max_bytes < plan->block_size)
			worker->max_bytes = plan->block_size;
		worker->nsid = 1 + i % plan->nr_ns;
		worker->nr = plan->nr_blocks / MAX_WORKERS;
		worker->first = i * worker->nr;
	}
	if (draw_one_in(random, 3))
		life->slow_us = draw_range(random, 100, 2000);
	life->actions = length * draw_range(random, 0, 12);
	life->ending = draw_one_in(random, 3) ? (enum ending)draw_range(random, 0, ENDINGS - 1)
					      : END_CLOSED;
	if (life->ending == END_REMOVED || life->ending == END_POWER_LOSS)
		life->excuses |= MAY_FAIL | MAY_GO;
}

void plan_draw(struct plan *plan, uint64_t seed, unsigned length)
{
	uint64_t random = seed;

	memset(plan, 0, sizeof(*plan));
	plan->seed = seed;
	plan->in_file = !draw_one_in(&random, 3);
	plan->block_size = 512u << (draw_one_in(&random, 2) ? 0 : draw_range(&random, 1, 4));
	plan->nr_ns = draw_range(&random, 1, 2);
	plan->nr_blocks = 64u << draw_range(&random, 0, 3);
	plan->nr_lives = plan->in_file ? draw_range(&random, 1, MAX_LIVES) : 1;
	for (unsigned i = 0; i < plan->nr_lives; i++) {
		draw_life(plan, &plan->lives[i], &random, length);
		/* What a lying life has left in the file nobody knows. */
		if (i)
			plan->lives[i].excuses |= plan->lives[i - 1].excuses & MAY_LIE;
	}
}

void plan_print(const struct plan *plan, FILE *to)
{
	fprintf(to, "# %u %s of %u blocks of %u bytes, %s\n", plan->nr_ns,
		plan->nr_ns == 1 ? "namespace" : "namespaces", plan->nr_blocks, plan->block_size,
		plan->in_file ? "in a file" : "in memory");
	for (unsigned i = 0; i < plan->nr_lives; i++) {
		const struct life_plan *life = &plan->lives[i];

		fprintf(to, "# life %u: sim:%s\n#   faults: %s\n", i, life->options, life->rules);
		fprintf(to,
			"#   excuses 0x%x, ending %d, %u actions, open flags %u, deadline %u ms, "
			"policy %d, %u retries\n",
			life->excuses, (int)life->ending, life->actions, life->open.flags,
			life->open.io_timeout_ms, (int)life->open.timeout_policy,
			life->open.retries);
		for (unsigned j = 0; j < life->nr_workers; j++)
			fprintf(to,
				"#   worker %u: %u commands, %u at a time, queue of %u, flags %u, "
				"up to %u bytes\n",
				j, life->workers[j].ops, life->workers[j].depth,
				life->workers[j].queue_size, life->workers[j].queue.flags,
				life->workers[j].max_bytes);
	}
}
