/* SPDX-License-Identifier: MIT */
/*
 * Fault scripts as text: `when CONDITION... do ACTION...`, a rule a line or between semicolons,
 * with comments behind #. Words are rows of three tables: events, conditions, actions; a row says
 * for which events it makes sense and how its value is read. docs/simulator.md explains each.
 */
#include "sim/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SIM_SCRIPT_MAX (1u << 20) /* bytes of a file */
#define SIM_WORD_MAX   128u

struct sim_script {
	const char *name;
	unsigned line;
	struct sim_rule rule;
};

/* A word of a table. `read` returns NULL, or what is wrong with the value. */
struct sim_word {
	const char *name;
	unsigned events;
	unsigned index;
	const char *(*read)(struct sim_rule *rule, const char *text, struct sim_span *span);
	uint64_t max;
	const char *takes;
};

/* ---- values -------------------------------------------------------------------------------- */

static bool sim_read_digits(const char **text, uint64_t *value)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*value = strtoull(*text, &end, 0);
	*text = end;
	return !errno;
}

/* N, N-M, or N.. for all from N on. */
static const char *sim_read_span(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	(void)rule;
	if (!sim_read_digits(&text, &span->first))
		return "not a number";
	span->last = span->first;
	if (!strcmp(text, "..")) {
		span->last = UINT64_MAX;
		return NULL;
	}
	if (*text == '-') {
		text++;
		if (!sim_read_digits(&text, &span->last))
			return "not a number";
	}
	if (*text)
		return "not a number";
	return span->first > span->last ? "a range that ends before it begins" : NULL;
}

static const char *sim_read_number(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	(void)rule;
	if (!sim_read_digits(&text, &span->first) || *text)
		return "not a number";
	span->last = span->first;
	return NULL;
}

static const char *sim_read_count(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	const char *wrong = sim_read_number(rule, text, span);

	return wrong || span->first ? wrong : "zero";
}

/* A in B. */
static const char *sim_read_chance(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	(void)rule;
	if (!sim_read_digits(&text, &span->first) || *text++ != '/' ||
	    !sim_read_digits(&text, &span->last) || *text)
		return "not of the form 1/50";
	return !span->last || span->first > span->last ? "not between 0 and 1" : NULL;
}

/* A number with us, ms or s: nanoseconds. */
static bool sim_read_one_time(const char **text, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};

	if (!sim_read_digits(text, ns) || *ns > 1000000000)
		return false;
	for (size_t i = 0; i < SIM_COUNT(units); i++) {
		size_t len = strlen(units[i].name);

		if (strncmp(*text, units[i].name, len))
			continue;
		*text += len;
		*ns *= units[i].ns;
		return true;
	}
	return false;
}

static const char *sim_read_time(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	(void)rule;
	if (!sim_read_one_time(&text, &span->first))
		return "not a time";
	span->last = span->first;
	if (*text == '-') {
		text++;
		if (!sim_read_one_time(&text, &span->last))
			return "not a time";
	}
	if (*text)
		return "not a time";
	return span->first > span->last ? "a range that ends before it begins" : NULL;
}

struct sim_name {
	const char *name;
	struct sim_span span;
};

static const struct sim_name *sim_find_name(const struct sim_name *names, size_t nr,
					    const char *text)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(names[i].name, text))
			return &names[i];
	return NULL;
}

static const char *sim_read_name(const struct sim_name *names, size_t nr, struct sim_rule *rule,
				 const char *text, struct sim_span *span)
{
	const struct sim_name *name = sim_find_name(names, nr, text);

	if (!name)
		return *text >= '0' && *text <= '9' ? sim_read_span(rule, text, span)
						    : "not a known name or number";
	*span = name->span;
	return NULL;
}

static const char *sim_read_queue(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	static const struct sim_name names[] = {{"admin", {0, 0}}, {"io", {1, 65535}}};

	return sim_read_name(names, SIM_COUNT(names), rule, text, span);
}

/* The name of a command says which kind of queue it is for; a number leaves that open. */
static const char *sim_read_opcode(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	static const struct sim_name io[] = {
		{"flush", {ZNVME_CMD_FLUSH, ZNVME_CMD_FLUSH}},
		{"write", {ZNVME_CMD_WRITE, ZNVME_CMD_WRITE}},
		{"read", {ZNVME_CMD_READ, ZNVME_CMD_READ}},
		{"write-uncorrectable",
		 {ZNVME_CMD_WRITE_UNCORRECTABLE, ZNVME_CMD_WRITE_UNCORRECTABLE}},
		{"compare", {ZNVME_CMD_COMPARE, ZNVME_CMD_COMPARE}},
		{"write-zeroes", {ZNVME_CMD_WRITE_ZEROES, ZNVME_CMD_WRITE_ZEROES}},
		{"dsm", {ZNVME_CMD_DSM, ZNVME_CMD_DSM}},
		{"cancel", {ZNVME_CMD_CANCEL, ZNVME_CMD_CANCEL}},
		{"copy", {ZNVME_CMD_COPY, ZNVME_CMD_COPY}},
		{"io-mgmt-recv", {ZNVME_CMD_IO_MGMT_RECV, ZNVME_CMD_IO_MGMT_RECV}},
		{"io-mgmt-send", {ZNVME_CMD_IO_MGMT_SEND, ZNVME_CMD_IO_MGMT_SEND}},
		{"resv-register", {ZNVME_CMD_RESV_REGISTER, ZNVME_CMD_RESV_REGISTER}},
		{"resv-acquire", {ZNVME_CMD_RESV_ACQUIRE, ZNVME_CMD_RESV_ACQUIRE}},
		{"resv-release", {ZNVME_CMD_RESV_RELEASE, ZNVME_CMD_RESV_RELEASE}},
		{"resv-report", {ZNVME_CMD_RESV_REPORT, ZNVME_CMD_RESV_REPORT}},
		{"verify", {ZNVME_CMD_VERIFY, ZNVME_CMD_VERIFY}},
		{"zone-send", {ZNVME_CMD_ZONE_MGMT_SEND, ZNVME_CMD_ZONE_MGMT_SEND}},
		{"zone-receive", {ZNVME_CMD_ZONE_MGMT_RECV, ZNVME_CMD_ZONE_MGMT_RECV}},
		{"zone-append", {ZNVME_CMD_ZONE_APPEND, ZNVME_CMD_ZONE_APPEND}},
	};
	static const struct sim_name admin[] = {
		{"delete-sq", {ZNVME_ADM_DELETE_SQ, ZNVME_ADM_DELETE_SQ}},
		{"create-sq", {ZNVME_ADM_CREATE_SQ, ZNVME_ADM_CREATE_SQ}},
		{"get-log", {ZNVME_ADM_GET_LOG_PAGE, ZNVME_ADM_GET_LOG_PAGE}},
		{"delete-cq", {ZNVME_ADM_DELETE_CQ, ZNVME_ADM_DELETE_CQ}},
		{"create-cq", {ZNVME_ADM_CREATE_CQ, ZNVME_ADM_CREATE_CQ}},
		{"identify", {ZNVME_ADM_IDENTIFY, ZNVME_ADM_IDENTIFY}},
		{"abort", {ZNVME_ADM_ABORT, ZNVME_ADM_ABORT}},
		{"set-features", {ZNVME_ADM_SET_FEATURES, ZNVME_ADM_SET_FEATURES}},
		{"get-features", {ZNVME_ADM_GET_FEATURES, ZNVME_ADM_GET_FEATURES}},
		{"async-event", {ZNVME_ADM_ASYNC_EVENT, ZNVME_ADM_ASYNC_EVENT}},
		{"keep-alive", {ZNVME_ADM_KEEP_ALIVE, ZNVME_ADM_KEEP_ALIVE}},
		{"dbbuf", {ZNVME_ADM_DBBUF, ZNVME_ADM_DBBUF}},
		{"directive-send", {ZNVME_ADM_DIRECTIVE_SEND, ZNVME_ADM_DIRECTIVE_SEND}},
		{"directive-receive", {ZNVME_ADM_DIRECTIVE_RECV, ZNVME_ADM_DIRECTIVE_RECV}},
		{"get-lba-status", {ZNVME_ADM_GET_LBA_STATUS, ZNVME_ADM_GET_LBA_STATUS}},
	};
	bool for_admin = sim_find_name(admin, SIM_COUNT(admin), text);
	bool for_io = sim_find_name(io, SIM_COUNT(io), text);

	if ((for_admin || for_io) && !(rule->conditions & 1u << SIM_KEY_QUEUE)) {
		rule->when[SIM_KEY_QUEUE] = (struct sim_span){for_io, for_io ? 65535 : 0};
		rule->conditions |= 1u << SIM_KEY_QUEUE;
	}
	return for_admin ? sim_read_name(admin, SIM_COUNT(admin), rule, text, span)
			 : sim_read_name(io, SIM_COUNT(io), rule, text, span);
}

static const char *sim_read_reg(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	static const struct sim_name names[] = {
		{"cap", {ZNVME_REG_CAP, ZNVME_REG_CAP + 7}},
		{"vs", {ZNVME_REG_VS, ZNVME_REG_VS + 3}},
		{"intms", {ZNVME_REG_INTMS, ZNVME_REG_INTMS + 3}},
		{"intmc", {ZNVME_REG_INTMC, ZNVME_REG_INTMC + 3}},
		{"cc", {ZNVME_REG_CC, ZNVME_REG_CC + 3}},
		{"csts", {ZNVME_REG_CSTS, ZNVME_REG_CSTS + 3}},
		{"nssr", {ZNVME_REG_NSSR, ZNVME_REG_NSSR + 3}},
		{"aqa", {ZNVME_REG_AQA, ZNVME_REG_AQA + 3}},
		{"asq", {ZNVME_REG_ASQ, ZNVME_REG_ASQ + 7}},
		{"acq", {ZNVME_REG_ACQ, ZNVME_REG_ACQ + 7}},
		{"doorbell", {ZNVME_REG_DOORBELLS, UINT64_MAX}},
	};

	return sim_read_name(names, SIM_COUNT(names), rule, text, span);
}

/* A number, or ^MASK for the right one with these bits turned over. */
static const char *sim_read_forged(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	bool turn = *text == '^';
	const char *wrong = sim_read_number(rule, text + turn, span);

	if (!wrong && span->first > 0xffff)
		return "above 0xffff";
	span->first |= turn ? SIM_FORGE_XOR : 0;
	span->last = span->first;
	return wrong;
}

static const char *sim_read_cid(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	static const struct sim_name names[] = {
		{"unsent", {SIM_FORGE_UNSENT, SIM_FORGE_UNSENT}},
		{"old", {SIM_FORGE_OLD, SIM_FORGE_OLD}},
	};
	const struct sim_name *name = sim_find_name(names, SIM_COUNT(names), text);

	if (!name)
		return sim_read_forged(rule, text, span);
	*span = name->span;
	return NULL;
}

/* OFFSET:BYTES in hexadecimal digits. */
static const char *sim_read_bytes(struct sim_rule *rule, const char *text, struct sim_span *span)
{
	unsigned byte;
	int used;

	if (!sim_read_digits(&text, &span->first) || *text++ != ':')
		return "not of the form OFFSET:BYTES";
	for (rule->nr_bytes = 0; *text; text += 2) {
		if (rule->nr_bytes == SIM_PATCH_BYTES)
			return "more than 32 bytes";
		if (strspn(text, "0123456789abcdefABCDEF") < 2 ||
		    sscanf(text, "%2x%n", &byte, &used) != 1)
			return "not bytes in hexadecimal";
		rule->bytes[rule->nr_bytes++] = (uint8_t)byte;
	}
	span->last = span->first;
	return rule->nr_bytes ? NULL : "without bytes";
}

/* ---- the tables ---------------------------------------------------------------------------- */

static const struct sim_word sim_events[] = {
	{.name = "command", .events = SIM_ON_COMMAND},
	{.name = "register", .events = SIM_ON_REGISTER},
	{.name = "reg-read", .events = SIM_ON_REG_READ},
	{.name = "reg-write", .events = SIM_ON_REG_WRITE},
	{.name = "interrupt", .events = SIM_ON_INTERRUPT},
	{.name = "enable", .events = SIM_ON_ENABLE},
	{.name = "shutdown", .events = SIM_ON_SHUTDOWN},
	{.name = "time", .events = SIM_ON_TIME},
};

#define SIM_COUNTED (SIM_ON_ANY & ~SIM_ON_TIME)

static const struct sim_word sim_conditions[] = {
	{"queue", SIM_ON_COMMAND, SIM_KEY_QUEUE, sim_read_queue, 65535, "admin, io, or a range"},
	{"opcode", SIM_ON_COMMAND, SIM_KEY_OPCODE, sim_read_opcode, 255, "a name or a number"},
	{"nsid", SIM_ON_COMMAND, SIM_KEY_NSID, sim_read_span, UINT32_MAX, "a range"},
	{"lba", SIM_ON_COMMAND, SIM_KEY_LBA, sim_read_span, 0, "a range"},
	{"cns", SIM_ON_COMMAND, SIM_KEY_CNS, sim_read_span, 255, "a range"},
	{"lid", SIM_ON_COMMAND, SIM_KEY_LID, sim_read_span, 255, "a range"},
	{"fid", SIM_ON_COMMAND, SIM_KEY_FID, sim_read_span, 255, "a range"},
	{"reg", SIM_ON_REGISTER, SIM_KEY_REG, sim_read_reg, 0, "a name or an offset"},
	{"vector", SIM_ON_INTERRUPT, SIM_KEY_VECTOR, sim_read_span, 2047, "a range"},
	{"nth", SIM_COUNTED, SIM_WHEN_NTH, sim_read_span, 0, "a range, from 1"},
	{"every", SIM_COUNTED, SIM_WHEN_EVERY, sim_read_count, 0, "a number"},
	{"times", SIM_ON_ANY, SIM_WHEN_TIMES, sim_read_count, 0, "a number"},
	{"chance", SIM_ON_ANY, SIM_WHEN_CHANCE, sim_read_chance, 0, "A/B"},
	{"seed", SIM_ON_ANY, SIM_WHEN_SEED, sim_read_number, 0, "a number"},
	{"after", SIM_ON_ANY, SIM_WHEN_AFTER, sim_read_time, 0, "a time with us, ms or s"},
	{"until", SIM_COUNTED, SIM_WHEN_UNTIL, sim_read_time, 0, "a time with us, ms or s"},
	{"period", SIM_ON_TIME, SIM_WHEN_PERIOD, sim_read_time, 0, "a time with us, ms or s"},
};

#define SIM_ON_MOMENT (SIM_ON_COMMAND | SIM_ON_REGISTER | SIM_ON_TIME)

/* Without `read`: the word stands alone. */
static const struct sim_word sim_actions[] = {
	{"status", SIM_ON_COMMAND, SIM_DO_STATUS, sim_read_number, 0x7ff, "SCT and SC"},
	{"dnr", SIM_ON_COMMAND, SIM_DO_DNR, NULL, 0, ""},
	{"crd", SIM_ON_COMMAND, SIM_DO_CRD, sim_read_count, 3, "1 to 3"},
	{"executed", SIM_ON_COMMAND, SIM_DO_EXECUTED, NULL, 0, ""},
	{"late", SIM_ON_COMMAND | SIM_ON_ENABLE | SIM_ON_SHUTDOWN, SIM_DO_LATE, sim_read_time, 0,
	 "a time with us, ms or s, or a range"},
	{"reverse", SIM_ON_COMMAND, SIM_DO_REVERSE, sim_read_time, 0, "a time with us, ms or s"},
	{"lose", SIM_ON_COMMAND | SIM_ON_INTERRUPT, SIM_DO_LOSE, NULL, 0, ""},
	{"copies", SIM_ON_COMMAND, SIM_DO_COPIES, sim_read_count, 1000, "1 to 1000"},
	{"cid", SIM_ON_COMMAND, SIM_DO_CID, sim_read_cid, 0, "a number, ^MASK, unsent or old"},
	{"sqid", SIM_ON_COMMAND, SIM_DO_SQID, sim_read_forged, 0, "a number or ^MASK"},
	{"sqhd", SIM_ON_COMMAND, SIM_DO_SQHD, sim_read_forged, 0, "a number or ^MASK"},
	{"result", SIM_ON_COMMAND, SIM_DO_RESULT, sim_read_span, UINT32_MAX, "32 bits"},
	{"also", SIM_ON_COMMAND, SIM_DO_ALSO, NULL, 0, ""},
	{"unseen", SIM_ON_COMMAND, SIM_DO_UNSEEN, NULL, 0, ""},
	{"torn", SIM_ON_COMMAND, SIM_DO_TORN, sim_read_time, 0, "a time with us, ms or s"},
	{"garbage", SIM_ON_COMMAND, SIM_DO_GARBAGE, sim_read_span, 0, "bytes: a range"},
	{"data", SIM_ON_COMMAND, SIM_DO_DATA, sim_read_bytes, 0, "OFFSET:BYTES"},
	{"stray-dma", SIM_ON_COMMAND, SIM_DO_STRAY, NULL, 0, ""},
	{"rot", SIM_ON_COMMAND, SIM_DO_ROT, sim_read_count, 1u << 20, "bits, 1 to 1048576"},
	{"cfs", SIM_ON_ANY & ~SIM_ON_INTERRUPT, SIM_DO_FATAL, NULL, 0, ""},
	{"remove", SIM_ON_ANY & ~SIM_ON_INTERRUPT, SIM_DO_REMOVE, NULL, 0, ""},
	{"power-off", SIM_ON_ANY & ~SIM_ON_INTERRUPT, SIM_DO_POWER_OFF, NULL, 0, ""},
	{"value", SIM_ON_REG_READ, SIM_DO_VALUE, sim_read_span, 0, "64 bits"},
	{"drop", SIM_ON_REG_WRITE, SIM_DO_DROP, NULL, 0, ""},
	{"never", SIM_ON_ENABLE | SIM_ON_SHUTDOWN, SIM_DO_NEVER, NULL, 0, ""},
	{"interrupt", SIM_ON_MOMENT, SIM_DO_INTERRUPT, sim_read_span, 2047, "a vector"},
	{"storm", SIM_ON_INTERRUPT, SIM_DO_STORM, sim_read_count, 1000000, "1 to 1000000"},
};

/* ---- words, rules, files ------------------------------------------------------------------- */

static int sim_script_fail(const struct sim_script *script, const char *word, const char *wrong)
{
	return znvme_fail(-EINVAL, "sim: %s:%u: '%s' is %s", script->name, script->line, word,
			  wrong);
}

static int sim_script_unknown(const struct sim_script *script, const char *word, const char *what,
			      const struct sim_word *table, size_t nr)
{
	char names[512] = "";
	size_t len = 0;

	for (size_t i = 0; i < nr; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "",
					table[i].name);
	return znvme_fail(-EINVAL, "sim: %s:%u: '%s' is no %s: there are %s", script->name,
			  script->line, word, what, names);
}

static const struct sim_word *sim_find_word(const struct sim_word *table, size_t nr,
					    const char *text)
{
	size_t len = strcspn(text, "=");

	for (size_t i = 0; i < nr; i++)
		if (strlen(table[i].name) == len && !strncmp(table[i].name, text, len))
			return &table[i];
	return NULL;
}

/* The value behind the word's name, if there is to be one. */
static int sim_script_value(struct sim_script *script, const char *text,
			    const struct sim_word *word, struct sim_span *span)
{
	const char *value = strchr(text, '=');
	const char *wrong;

	/* Of garbage the value may be left out: all of it. */
	*span = (struct sim_span){0, UINT64_MAX};
	if (!value && (!word->read || word->index == SIM_DO_GARBAGE))
		return 0;
	if (!value)
		return znvme_fail(-EINVAL, "sim: %s:%u: '%s' needs a value: %s=… takes %s",
				  script->name, script->line, text, text, word->takes);
	if (!word->read)
		return sim_script_fail(script, text, "a word that takes no value");
	wrong = word->read(&script->rule, value + 1, span);
	if (!wrong && word->max &&
	    (span->first > word->max || (span->last > word->max && span->last != UINT64_MAX)))
		wrong = "out of range";
	if (wrong)
		return znvme_fail(-EINVAL, "sim: %s:%u: '%s' is %s: it takes %s", script->name,
				  script->line, text, wrong, word->takes);
	return 0;
}

static int sim_script_condition(struct sim_script *script, const char *text)
{
	struct sim_rule *rule = &script->rule;
	const struct sim_word *word = sim_find_word(sim_events, SIM_COUNT(sim_events), text);
	int rc;

	if (word && !strchr(text, '=')) {
		if (rule->events)
			return sim_script_fail(script, text, "a second event in a rule");
		rule->events = word->events;
		return 0;
	}
	word = sim_find_word(sim_conditions, SIM_COUNT(sim_conditions), text);
	if (!word)
		return sim_script_unknown(script, text, "condition", sim_conditions,
					  SIM_COUNT(sim_conditions));
	if (rule->conditions & 1u << word->index && word->index != SIM_KEY_QUEUE)
		return sim_script_fail(script, text, "there twice");
	rc = sim_script_value(script, text, word, &rule->when[word->index]);
	rule->conditions |= 1u << word->index;
	return rc;
}

static int sim_script_action(struct sim_script *script, const char *text)
{
	struct sim_rule *rule = &script->rule;
	const struct sim_word *word = sim_find_word(sim_actions, SIM_COUNT(sim_actions), text);
	int rc;

	if (!word)
		return sim_script_unknown(script, text, "action", sim_actions,
					  SIM_COUNT(sim_actions));
	if (rule->actions & 1u << word->index)
		return sim_script_fail(script, text, "there twice");
	rc = sim_script_value(script, text, word, &rule->what[word->index]);
	rule->actions |= 1u << word->index;
	return rc;
}

/* What of a table a rule has must go with its events. */
static int sim_script_fits(const struct sim_script *script, const struct sim_word *table, size_t nr,
			   uint32_t given)
{
	for (size_t i = 0; i < nr; i++)
		if (given & 1u << table[i].index && script->rule.events & ~table[i].events)
			return sim_script_fail(script, table[i].name, "not for this event");
	return 0;
}

static int sim_script_check(struct sim_script *script)
{
	struct sim_rule *rule = &script->rule;
	int rc;

	if (!rule->events)
		rule->events = rule->conditions & 1u << SIM_KEY_REG	 ? SIM_ON_REGISTER
			       : rule->conditions & 1u << SIM_KEY_VECTOR ? SIM_ON_INTERRUPT
									 : SIM_ON_COMMAND;
	if (!rule->actions)
		return sim_script_fail(script, "do", "followed by no action");
	rc = sim_script_fits(script, sim_conditions, SIM_COUNT(sim_conditions), rule->conditions);
	if (!rc)
		rc = sim_script_fits(script, sim_actions, SIM_COUNT(sim_actions), rule->actions);
	return rc;
}

/* A word of the rule `text`, cut out; 0 at the end. */
static int sim_script_word(struct sim_script *script, const char **text, char word[SIM_WORD_MAX])
{
	size_t len;

	*text += strspn(*text, " \t\r");
	len = strcspn(*text, " \t\r");
	if (len >= SIM_WORD_MAX)
		return sim_script_fail(script, "…", "too long a word");
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	return len != 0;
}

static int sim_script_rule(struct sim_script *script, const char *text)
{
	char word[SIM_WORD_MAX];
	int more = sim_script_word(script, &text, word);
	bool when = !strcmp(word, "when");
	int rc = more < 0 ? more : 0;

	if (more > 0 && !when && strcmp(word, "do"))
		return sim_script_fail(script, word, "not how a rule begins: when … do …");
	while (!rc && (more = sim_script_word(script, &text, word)) > 0) {
		if (when && !strcmp(word, "do"))
			when = false;
		else
			rc = when ? sim_script_condition(script, word)
				  : sim_script_action(script, word);
	}
	if (rc || more < 0)
		return rc ? rc : more;
	if (when)
		return sim_script_fail(script, "when", "followed by no do");
	return sim_script_check(script);
}

static int sim_script_append(struct sim_script *script, struct sim_rule **rules, size_t *nr)
{
	struct sim_rule *more = realloc(*rules, (*nr + 1) * sizeof(*more));

	if (!more)
		return znvme_fail(-ENOMEM, "sim: no memory for fault rules");
	more[(*nr)++] = script->rule;
	*rules = more;
	return 0;
}

/* One rule a line or between semicolons; `line` is writable and has no line end. */
static int sim_script_line(struct sim_script *script, char *line, struct sim_rule **rules,
			   size_t *nr)
{
	char *save = NULL;
	int rc = 0;

	line[strcspn(line, "#")] = '\0';
	/* What is refused is quoted, and messages go to terminals. */
	for (const char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' && *c != '\t' && *c != '\r')
			return znvme_fail(-EINVAL, "sim: %s:%u: byte 0x%02x is no text",
					  script->name, script->line, (unsigned char)*c);
	for (char *text = strtok_r(line, ";", &save); text && !rc;
	     text = strtok_r(NULL, ";", &save)) {
		script->rule = (struct sim_rule){.events = 0};
		if (text[strspn(text, " \t\r")] == '\0')
			continue;
		rc = sim_script_rule(script, text);
		if (!rc)
			rc = sim_script_append(script, rules, nr);
	}
	return rc;
}

int sim_script_parse(const char *name, const char *text, struct sim_rule **rules, size_t *nr)
{
	struct sim_script script = {.name = name};
	int rc = 0;

	while (*text && !rc) {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		if (!line)
			return znvme_fail(-ENOMEM, "sim: no memory for fault rules");
		script.line++;
		rc = sim_script_line(&script, line, rules, nr);
		free(line);
		text += len + (text[len] != '\0');
	}
	return rc;
}

int sim_script_load(const char *path, char **text)
{
	FILE *file = fopen(path, "re");
	size_t len;

	if (!file)
		return znvme_fail(-errno, "sim: fault script %s: %s", path, strerror(errno));
	*text = malloc(SIM_SCRIPT_MAX + 1);
	len = *text ? fread(*text, 1, SIM_SCRIPT_MAX + 1, file) : 0;
	if (*text && !ferror(file) && len <= SIM_SCRIPT_MAX) {
		(*text)[len] = '\0';
		fclose(file);
		return 0;
	}
	fclose(file);
	free(*text);
	return znvme_fail(-EINVAL, "sim: fault script %s: cannot be read, or above 1 MiB", path);
}
