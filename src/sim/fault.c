/* SPDX-License-Identifier: MIT */
/*
 * Faults by script: which rules an event fires, what they want put together, and what that does to
 * completions, data and addresses. Each rule has a random number generator of its own, so that what
 * it does depends on its seed and on the events that it has seen, on nothing else.
 */
#include "sim/internal.h"

#include <errno.h>
#include <stdlib.h>

#define SIM_BIT(index) (1u << (index))

/* What is looked at in an event. */
struct sim_subject {
	uint32_t has; /* a bit an enum sim_fault_key */
	struct sim_span at[SIM_KEYS];
};

static void sim_subject_set(struct sim_subject *subject, enum sim_fault_key key, uint64_t first,
			    uint64_t last)
{
	subject->has |= SIM_BIT(key);
	subject->at[key] = (struct sim_span){first, last};
}

/* ---- rules --------------------------------------------------------------------------------- */

static uint64_t sim_rule_random(struct sim_rule *rule)
{
	rule->random += 0x9e3779b97f4a7c15ull;
	return sim_mix(rule->random);
}

static uint64_t sim_rule_draw(struct sim_rule *rule, struct sim_span span)
{
	uint64_t width = span.last - span.first + 1;

	if (span.first == span.last)
		return span.first;
	return width ? span.first + sim_rule_random(rule) % width : sim_rule_random(rule);
}

static bool sim_rule_has(const struct sim_rule *rule, unsigned condition)
{
	return rule->conditions & SIM_BIT(condition);
}

/* Does the event lie in all spans, and in the rule's time? */
static bool sim_rule_matches(const struct sim_rule *rule, enum sim_fault_event event,
			     const struct sim_subject *subject)
{
	uint32_t keys = rule->conditions & (SIM_BIT(SIM_KEYS) - 1);
	uint64_t age;

	if (!(rule->events & event) || keys & ~subject->has)
		return false;
	for (unsigned key = 0; keys; key++, keys >>= 1)
		if (keys & 1 && (subject->at[key].last < rule->when[key].first ||
				 subject->at[key].first > rule->when[key].last))
			return false;
	if (!(rule->conditions & (SIM_BIT(SIM_WHEN_AFTER) | SIM_BIT(SIM_WHEN_UNTIL))))
		return true;
	age = sim_now() - rule->since;
	return (!sim_rule_has(rule, SIM_WHEN_AFTER) || age >= rule->when[SIM_WHEN_AFTER].first) &&
	       (!sim_rule_has(rule, SIM_WHEN_UNTIL) || age < rule->when[SIM_WHEN_UNTIL].first);
}

/* It matches; is it the one among those that match? */
static bool sim_rule_fires(struct sim_rule *rule)
{
	uint64_t n = ++rule->matched;
	const struct sim_span *when = rule->when;

	if (sim_rule_has(rule, SIM_WHEN_NTH) &&
	    (n < when[SIM_WHEN_NTH].first || n > when[SIM_WHEN_NTH].last))
		return false;
	if (sim_rule_has(rule, SIM_WHEN_EVERY) && n % when[SIM_WHEN_EVERY].first)
		return false;
	if (sim_rule_has(rule, SIM_WHEN_TIMES) && rule->fired >= when[SIM_WHEN_TIMES].first)
		return false;
	if (sim_rule_has(rule, SIM_WHEN_CHANCE) &&
	    sim_rule_random(rule) % when[SIM_WHEN_CHANCE].last >= when[SIM_WHEN_CHANCE].first)
		return false;
	rule->fired++;
	return true;
}

/* ---- counting ------------------------------------------------------------------------------ */

#define SIM_UNCOUNTED ZNVME_SIM_FAULTS /* goes with another action */

static unsigned sim_fault_kind(unsigned action, enum sim_fault_event event)
{
	static const uint8_t kinds[SIM_ACTIONS] = {
		[SIM_DO_STATUS] = ZNVME_SIM_FAULT_STATUS,
		[SIM_DO_DNR] = SIM_UNCOUNTED,
		[SIM_DO_CRD] = SIM_UNCOUNTED,
		[SIM_DO_EXECUTED] = SIM_UNCOUNTED,
		[SIM_DO_LATE] = ZNVME_SIM_FAULT_LATE,
		[SIM_DO_REVERSE] = ZNVME_SIM_FAULT_REORDERED,
		[SIM_DO_LOSE] = ZNVME_SIM_FAULT_LOST,
		[SIM_DO_COPIES] = ZNVME_SIM_FAULT_DOUBLED,
		[SIM_DO_CID] = ZNVME_SIM_FAULT_FORGED,
		[SIM_DO_SQID] = ZNVME_SIM_FAULT_FORGED,
		[SIM_DO_SQHD] = ZNVME_SIM_FAULT_FORGED,
		[SIM_DO_RESULT] = ZNVME_SIM_FAULT_FORGED,
		[SIM_DO_ALSO] = SIM_UNCOUNTED,
		[SIM_DO_UNSEEN] = ZNVME_SIM_FAULT_TORN,
		[SIM_DO_TORN] = ZNVME_SIM_FAULT_TORN,
		[SIM_DO_GARBAGE] = ZNVME_SIM_FAULT_GARBAGE,
		[SIM_DO_DATA] = ZNVME_SIM_FAULT_GARBAGE,
		[SIM_DO_STRAY] = ZNVME_SIM_FAULT_DMA,
		[SIM_DO_ROT] = ZNVME_SIM_FAULT_BIT_ROT,
		[SIM_DO_FATAL] = ZNVME_SIM_FAULT_FATAL,
		[SIM_DO_REMOVE] = ZNVME_SIM_FAULT_REMOVED,
		[SIM_DO_POWER_OFF] = ZNVME_SIM_FAULT_POWER_LOSS,
		[SIM_DO_VALUE] = ZNVME_SIM_FAULT_REGISTER,
		[SIM_DO_DROP] = ZNVME_SIM_FAULT_REGISTER,
		[SIM_DO_INTERRUPT] = ZNVME_SIM_FAULT_INTERRUPT_ADDED,
		[SIM_DO_STORM] = ZNVME_SIM_FAULT_INTERRUPT_ADDED,
	};

	if (event == SIM_ON_INTERRUPT && action == SIM_DO_LOSE)
		return ZNVME_SIM_FAULT_INTERRUPT_LOST;
	if (action == SIM_DO_NEVER || (action == SIM_DO_LATE && event != SIM_ON_COMMAND))
		return event == SIM_ON_ENABLE ? ZNVME_SIM_FAULT_READY : ZNVME_SIM_FAULT_SHUTDOWN;
	return kinds[action];
}

const char *znvme_sim_fault_name(enum znvme_sim_fault fault)
{
	static const char *const names[] = {
		[ZNVME_SIM_FAULT_STATUS] = "status",
		[ZNVME_SIM_FAULT_LATE] = "late",
		[ZNVME_SIM_FAULT_REORDERED] = "reordered",
		[ZNVME_SIM_FAULT_LOST] = "lost",
		[ZNVME_SIM_FAULT_DOUBLED] = "doubled",
		[ZNVME_SIM_FAULT_FORGED] = "forged",
		[ZNVME_SIM_FAULT_TORN] = "torn",
		[ZNVME_SIM_FAULT_GARBAGE] = "garbage",
		[ZNVME_SIM_FAULT_BIT_ROT] = "bit rot",
		[ZNVME_SIM_FAULT_DMA] = "stray DMA",
		[ZNVME_SIM_FAULT_FATAL] = "fatal status",
		[ZNVME_SIM_FAULT_REMOVED] = "removed",
		[ZNVME_SIM_FAULT_POWER_LOSS] = "power loss",
		[ZNVME_SIM_FAULT_REGISTER] = "register",
		[ZNVME_SIM_FAULT_READY] = "ready",
		[ZNVME_SIM_FAULT_SHUTDOWN] = "shutdown",
		[ZNVME_SIM_FAULT_INTERRUPT_LOST] = "interrupt lost",
		[ZNVME_SIM_FAULT_INTERRUPT_ADDED] = "interrupt added",
	};

	return (unsigned)fault < SIM_COUNT(names) ? names[fault] : NULL;
}

/* ---- events -------------------------------------------------------------------------------- */

bool sim_fault_wants(const struct sim_injection *injection, enum sim_fault_action action)
{
	return injection->given & SIM_BIT(action);
}

/* Take over what a rule that has fired wants. */
static void sim_rule_merge(struct znvme_sim *sim, struct sim_rule *rule, enum sim_fault_event event,
			   struct sim_injection *injection)
{
	const uint32_t patches = SIM_BIT(SIM_DO_GARBAGE) | SIM_BIT(SIM_DO_DATA);

	sim->fault_counts.fired++;
	for (unsigned action = 0; action < SIM_ACTIONS; action++) {
		unsigned kind;

		if (!(rule->actions & SIM_BIT(action)))
			continue;
		injection->value[action] = sim_rule_draw(rule, rule->what[action]);
		kind = sim_fault_kind(action, event);
		if (kind != SIM_UNCOUNTED)
			sim->fault_counts.of[kind]++;
	}
	injection->given |= rule->actions;
	if (rule->actions & patches && injection->nr_patches < SIM_PATCHES)
		injection->patch[injection->nr_patches++] = rule;
}

/* What can happen at any event. */
static void sim_fault_act(struct znvme_sim *sim, enum sim_fault_event event,
			  const struct sim_injection *injection)
{
	if (sim_fault_wants(injection, SIM_DO_FATAL))
		sim_set_fatal(sim);
	if (sim_fault_wants(injection, SIM_DO_INTERRUPT))
		sim_irq_signal(sim, injection->value[SIM_DO_INTERRUPT]);
	if (sim_fault_wants(injection, SIM_DO_REMOVE))
		sim->removed = true;
	/* Of a command when it has been carried out, for as much of it as there will be. */
	if (sim_fault_wants(injection, SIM_DO_POWER_OFF) && event != SIM_ON_COMMAND)
		sim_power_off(sim);
}

static void sim_fault_happen(struct znvme_sim *sim, enum sim_fault_event event,
			     const struct sim_subject *subject, struct sim_injection *injection)
{
	injection->given = 0;
	injection->nr_patches = 0;
	for (size_t i = 0; i < sim->faults.nr; i++) {
		struct sim_rule *rule = &sim->faults.rule[i];

		if (sim_rule_matches(rule, event, subject) && sim_rule_fires(rule))
			sim_rule_merge(sim, rule, event, injection);
	}
	sim_fault_act(sim, event, injection);
}

/* An event with one span to it, or with none: SIM_KEYS. */
bool sim_fault_event(struct znvme_sim *sim, enum sim_fault_event event, enum sim_fault_key key,
		     uint64_t first, uint64_t last, struct sim_injection *injection)
{
	struct sim_subject subject = {.has = 0};

	if (!(sim->faults.events & event) || sim->removed)
		return false;
	if (key != SIM_KEYS)
		sim_subject_set(&subject, key, first, last);
	sim_fault_happen(sim, event, &subject, injection);
	return injection->given;
}

/* ---- commands ------------------------------------------------------------------------------ */

static void sim_describe_admin(const struct znvme_sqe *sqe, struct sim_subject *subject)
{
	uint8_t selector = (uint8_t)sqe->cdw10;

	switch (sqe->opcode) {
	case ZNVME_ADM_IDENTIFY:
		sim_subject_set(subject, SIM_KEY_CNS, selector, selector);
		break;
	case ZNVME_ADM_GET_LOG_PAGE:
		sim_subject_set(subject, SIM_KEY_LID, selector, selector);
		break;
	case ZNVME_ADM_GET_FEATURES:
	case ZNVME_ADM_SET_FEATURES:
		sim_subject_set(subject, SIM_KEY_FID, selector, selector);
		break;
	}
}

static void sim_describe(const struct znvme_sim_command *plan, struct sim_subject *subject)
{
	const struct znvme_sqe *sqe = &plan->sqe;

	subject->has = 0;
	sim_subject_set(subject, SIM_KEY_QUEUE, plan->qid, plan->qid);
	sim_subject_set(subject, SIM_KEY_OPCODE, sqe->opcode, sqe->opcode);
	sim_subject_set(subject, SIM_KEY_NSID, sqe->nsid, sqe->nsid);
	if (!plan->qid) {
		sim_describe_admin(sqe, subject);
	} else if (sim_nvm_has_range(sqe->opcode)) {
		uint64_t slba = sqe->cdw10 | (uint64_t)sqe->cdw11 << 32;

		sim_subject_set(subject, SIM_KEY_LBA, slba, slba + (sqe->cdw12 & ZNVME_RW_NLB));
	}
}

/* Remember the identifiers of a queue, where a rule may ask for one that it has not seen. */
static void sim_note_cid(struct znvme_sim *sim, uint16_t qid, uint16_t cid)
{
	uint64_t **seen;

	if (!sim->faults.seen)
		return;
	seen = &sim->faults.seen[qid];
	if (!*seen)
		*seen = calloc(1, SIM_MAX_OUTSTANDING / 8);
	if (*seen)
		(*seen)[cid / 64] |= 1ull << cid % 64;
}

/* What the rules want for this command, in the plan as far as it has a place for it. */
void sim_fault_command(struct znvme_sim *sim, struct znvme_sim_command *plan,
		       struct sim_injection *injection)
{
	struct sim_subject subject;

	injection->given = 0;
	injection->nr_patches = 0;
	if (!(sim->faults.events & SIM_ON_COMMAND))
		return;
	sim_note_cid(sim, plan->qid, plan->sqe.cid);
	sim_describe(plan, &subject);
	sim_fault_happen(sim, SIM_ON_COMMAND, &subject, injection);
	if (sim_fault_wants(injection, SIM_DO_STATUS)) {
		plan->status = (uint16_t)injection->value[SIM_DO_STATUS];
		if (sim_fault_wants(injection, SIM_DO_DNR))
			plan->status |= ZNVME_STATUS_DNR;
		if (sim_fault_wants(injection, SIM_DO_CRD))
			plan->status |= (uint16_t)znvme_field_put(ZNVME_STATUS_CRD,
								  injection->value[SIM_DO_CRD]);
		plan->execute = sim_fault_wants(injection, SIM_DO_EXECUTED);
	}
	if (sim_fault_wants(injection, SIM_DO_COPIES))
		plan->completions = (unsigned)injection->value[SIM_DO_COPIES];
	if (sim_fault_wants(injection, SIM_DO_LOSE))
		plan->completions = 0;
	if (sim_fault_wants(injection, SIM_DO_LATE))
		plan->delay_us = injection->value[SIM_DO_LATE] / 1000;
}

/* ---- completions --------------------------------------------------------------------------- */

static bool sim_bit(const uint64_t *bits, uint16_t index)
{
	return bits && bits[index / 64] >> index % 64 & 1;
}

/* An identifier that the queue has never seen, or one that has been completed; else `cid`. */
static uint16_t sim_pick_cid(struct znvme_sim *sim, uint16_t qid, uint16_t cid, bool old)
{
	const uint64_t *seen = sim->faults.seen ? sim->faults.seen[qid] : NULL;

	for (unsigned i = 1; i < SIM_MAX_OUTSTANDING; i++) {
		uint16_t other = (uint16_t)(old ? cid - i : cid + 0x8000u + i);

		if (sim_bit(seen, other) == old && !sim_bit(sim->sq[qid].cid_busy, other))
			return other;
	}
	return cid;
}

/* What shall be wrong with the completion of the command. */
struct sim_forge sim_fault_forge(struct znvme_sim *sim, const struct sim_injection *injection,
				 uint16_t qid, uint16_t cid)
{
	const uint32_t wrong = SIM_BIT(SIM_DO_CID) | SIM_BIT(SIM_DO_SQID) | SIM_BIT(SIM_DO_SQHD) |
			       SIM_BIT(SIM_DO_RESULT) | SIM_BIT(SIM_DO_UNSEEN) |
			       SIM_BIT(SIM_DO_TORN);
	struct sim_forge forge = {.fields = injection->given & wrong};

	if (!forge.fields)
		return forge;
	/* A value that was not given is not set. */
	if (sim_forged(&forge, SIM_DO_CID))
		forge.cid = (uint32_t)injection->value[SIM_DO_CID];
	if (forge.cid >= SIM_FORGE_UNSENT)
		forge.cid = sim_pick_cid(sim, qid, cid, forge.cid == SIM_FORGE_OLD);
	forge.sqid = (uint32_t)injection->value[SIM_DO_SQID];
	forge.sqhd = (uint32_t)injection->value[SIM_DO_SQHD];
	forge.result = (uint32_t)injection->value[SIM_DO_RESULT];
	forge.torn = (uint32_t)(injection->value[SIM_DO_TORN] / 1000);
	return forge;
}

bool sim_forged(const struct sim_forge *forge, enum sim_fault_action action)
{
	return forge->fields & SIM_BIT(action);
}

static uint16_t sim_forge_value(uint32_t value, uint16_t right)
{
	return (uint16_t)(value & SIM_FORGE_XOR ? right ^ value : value);
}

void sim_forge_apply(const struct sim_forge *forge, struct znvme_cqe *cqe)
{
	if (sim_forged(forge, SIM_DO_CID))
		cqe->cid = sim_forge_value(forge->cid, cqe->cid);
	if (sim_forged(forge, SIM_DO_SQID))
		cqe->sqid = sim_forge_value(forge->sqid, cqe->sqid);
	if (sim_forged(forge, SIM_DO_SQHD))
		cqe->sqhd = sim_forge_value(forge->sqhd, cqe->sqhd);
	if (sim_forged(forge, SIM_DO_RESULT))
		cqe->dw0 = forge->result;
}

/* When a completion is due so that all of the window, `len` ns, come at its end, last first. */
uint64_t sim_fault_reverse(struct znvme_sim *sim, uint64_t len)
{
	struct sim_faults *faults = &sim->faults;
	uint64_t now = sim_now();

	if (now + faults->reversed >= faults->window) {
		faults->window = now + len;
		faults->reversed = 0;
	}
	return faults->window - faults->reversed++;
}

/* ---- data and addresses -------------------------------------------------------------------- */

bool sim_data_watched(const struct znvme_sim *sim)
{
	return sim->hooks.data || (sim->faults.now && sim->faults.now->nr_patches);
}

static void sim_rule_patch(struct sim_rule *rule, uint8_t *data, size_t len)
{
	if (rule->actions & SIM_BIT(SIM_DO_GARBAGE)) {
		struct sim_span span = rule->what[SIM_DO_GARBAGE];

		for (uint64_t i = span.first; i < len && i <= span.last; i++)
			data[i] = (uint8_t)sim_rule_random(rule);
	}
	if (rule->actions & SIM_BIT(SIM_DO_DATA)) {
		uint64_t at = rule->what[SIM_DO_DATA].first;

		for (unsigned i = 0; i < rule->nr_bytes && at < len; i++)
			data[at++] = rule->bytes[i];
	}
}

void sim_data_change(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data, size_t len)
{
	const struct sim_injection *injection = sim->faults.now;

	for (unsigned i = 0; injection && i < injection->nr_patches; i++)
		sim_rule_patch(injection->patch[i], data, len);
	if (sim->hooks.data)
		sim->hooks.data(sim->hooks.arg, cmd->qid, &cmd->sqe, data, len);
}

/* The address that the controller takes for `iova`: a wrong one, not mapped, where a rule says so.
 */
uint64_t sim_fault_iova(struct znvme_sim *sim, uint64_t iova)
{
	uint64_t wrong = iova;

	if (!sim->faults.now || !sim_fault_wants(sim->faults.now, SIM_DO_STRAY))
		return iova;
	do
		wrong = sim_mix(wrong) & ((1ull << sim->options.iova) - 1) & ~7ull;
	while (sim_dma_mapped(sim, wrong));
	return wrong;
}

/* ---- time ---------------------------------------------------------------------------------- */

static void sim_fault_schedule(struct znvme_sim *sim)
{
	sim->faults.due = 0;
	for (size_t i = 0; i < sim->faults.nr; i++) {
		uint64_t due = sim->faults.rule[i].due;

		if (due && (!sim->faults.due || due < sim->faults.due))
			sim->faults.due = due;
	}
}

/* Rules on time that are due. */
void sim_fault_expire(struct znvme_sim *sim, uint64_t now)
{
	for (size_t i = 0; i < sim->faults.nr; i++) {
		struct sim_rule *rule = &sim->faults.rule[i];
		uint64_t period = rule->when[SIM_WHEN_PERIOD].first;
		struct sim_injection injection = {.given = 0};

		if (!rule->due || rule->due > now)
			continue;
		rule->due = period ? rule->due + period : 0;
		if (sim->removed || !sim_rule_fires(rule))
			continue;
		sim_rule_merge(sim, rule, SIM_ON_TIME, &injection);
		sim_fault_act(sim, SIM_ON_TIME, &injection);
	}
	sim_fault_schedule(sim);
}

/* ---- adding and clearing ------------------------------------------------------------------- */

static void sim_rule_start(struct znvme_sim *sim, size_t index)
{
	struct sim_rule *rule = &sim->faults.rule[index];

	rule->since = sim_now();
	rule->random = sim_mix(sim->options.seed ^ sim_mix(index + 1));
	if (sim_rule_has(rule, SIM_WHEN_SEED))
		rule->random = sim_mix(rule->when[SIM_WHEN_SEED].first);
	if (rule->events & SIM_ON_TIME)
		rule->due = rule->since + rule->when[SIM_WHEN_AFTER].first;
	sim->faults.events |= rule->events;
	sim->faults.actions |= rule->actions;
}

int sim_faults_add(struct znvme_sim *sim, const char *name, const char *text)
{
	struct sim_faults *faults = &sim->faults;
	size_t before = faults->nr;
	int rc = sim_script_parse(name, text, &faults->rule, &faults->nr);

	if (rc) {
		faults->nr = before;
		return rc;
	}
	for (size_t i = before; i < faults->nr; i++)
		sim_rule_start(sim, i);
	if (faults->actions & SIM_BIT(SIM_DO_CID) && !faults->seen)
		faults->seen = calloc(sim->options.queues + 1, sizeof(*faults->seen));
	sim_fault_schedule(sim);
	if (!faults->due)
		return 0;
	if (!sim_clock_start(sim))
		return znvme_fail(-ENOMEM, "sim: no thread for rules on time");
	pthread_cond_signal(&sim->wake);
	return 0;
}

void sim_faults_clear(struct znvme_sim *sim)
{
	struct sim_faults *faults = &sim->faults;

	for (uint64_t qid = 0; faults->seen && qid <= sim->options.queues; qid++)
		free(faults->seen[qid]);
	free(faults->seen);
	free(faults->rule);
	free(faults->text);
	*faults = (struct sim_faults){.now = NULL};
}

/* Keep the rules for znvme_sim_repeat(): without comments, semicolons for line ends. */
int sim_faults_note(struct znvme_sim *sim, const char *text)
{
	size_t old = sim->faults.text ? strlen(sim->faults.text) : 0;
	char *to = realloc(sim->faults.text, old + strlen(text) + 2);

	if (!to)
		return znvme_fail(-ENOMEM, "sim: no memory for fault rules");
	sim->faults.text = to;
	to += old;
	if (old)
		*to++ = ';';
	while (*text) {
		size_t len = strcspn(text, "#\n");

		memcpy(to, text, len);
		to += len;
		text += len;
		text += strcspn(text, "\n");
		if (*text == '\n' && *++text)
			*to++ = ';';
	}
	*to = '\0';
	return 0;
}

/* The rules of the options. */
int sim_faults_init(struct znvme_sim *sim)
{
	const char *path = sim->options.faults;
	char *text = NULL;
	int rc = *path ? sim_script_load(path, &text) : 0;

	if (!rc && text)
		rc = sim_faults_add(sim, path, text);
	free(text);
	if (!rc && *sim->options.fault)
		rc = znvme_sim_add_faults(sim, sim->options.fault);
	return rc;
}
