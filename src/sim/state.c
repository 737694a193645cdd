/* SPDX-License-Identifier: MIT */
/*
 * What outlives the simulator beside the blocks, where the option `state` names a file: namespaces,
 * firmware slots, saved features, the sanitize operation, the self-tests and reclaim units. It is
 * text, a line a thing, and written anew as a whole after each change; what writes change, reclaim
 * units, when the simulator ends. Times are those of CLOCK_MONOTONIC, so that
 * what is under way goes on in the next simulator on the same machine.
 */
#include "sim/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define SIM_STATE_HEAD "znvme simulated controller 1\n"

/*
 * One simulator at a time, by a lock on a file beside the state, which is replaced with each
 * change. Where that file cannot be made, nothing can be kept either.
 */
int sim_state_lock(struct znvme_sim *sim)
{
	char path[sizeof(sim->options.state) + 8];
	int *fd = &sim->mgmt.state_fd;

	if (!*sim->options.state)
		return 0;
	snprintf(path, sizeof(path), "%s.lock", sim->options.state);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*fd < 0 || !flock(*fd, (sim->store.readonly ? LOCK_SH : LOCK_EX) | LOCK_NB))
		return 0;
	return znvme_fail(-EBUSY, "sim: %s is the state of a controller in use",
			  sim->options.state);
}

void sim_state_close(struct znvme_sim *sim)
{
	if (sim->mgmt.state_fd < 0)
		return;
	flock(sim->mgmt.state_fd, LOCK_UN); /* a forked child may have it, too */
	close(sim->mgmt.state_fd);
}

bool sim_state_exists(const struct znvme_sim *sim)
{
	return *sim->options.state && !access(sim->options.state, F_OK);
}

/* ---- writing ------------------------------------------------------------------------------- */

static void sim_state_write_ns(FILE *out, const struct sim_ns *ns)
{
	fprintf(out,
		"namespace %" PRIu32 " attached %d size %" PRIu64 " offset %" PRIu64
		" generation %" PRIu32 " nmic %u formatting %" PRIu64 " %" PRIu64
		" shift %u ms %u extended %d pif %u sts %u pi %u first %d mask %" PRIu64 "\n",
		ns->nsid, ns->attached, ns->size, ns->offset, ns->generation, ns->nmic,
		ns->formatting.start, ns->formatting.due, ns->format.shift, ns->format.ms,
		ns->extended, ns->format.pif, ns->format.sts, ns->pi_type, ns->pi_first,
		ns->storage_mask);
}

static void sim_state_write_placement(const struct znvme_sim *sim, FILE *out)
{
	const struct sim_fdp *fdp = &sim->fdp;

	if (!sim->options.fdp)
		return;
	fprintf(out, "placement %d written %" PRIu64 " erased %" PRIu64 "\n", fdp->enabled,
		fdp->written, fdp->erased);
	for (uint64_t i = 0; i < sim->options.fdp; i++)
		fprintf(out, "unit %" PRIu64 " left %" PRIu64 " events %" PRIu32 "\n", i,
			fdp->ruh[i].left, fdp->ruh[i].wanted);
}

static void sim_state_write_all(struct znvme_sim *sim, FILE *out)
{
	const struct sim_mgmt *mgmt = &sim->mgmt;
	const struct sim_sanitize *sanitize = &mgmt->sanitize;

	fputs(SIM_STATE_HEAD, out);
	fprintf(out, "capacity %" PRIu64 " generation %" PRIu32 "\n", mgmt->capacity,
		mgmt->generation);
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].allocated)
			sim_state_write_ns(out, &sim->ns[i]);
	for (uint32_t i = 0; i < sim->nr_ns; i++)
		if (sim->ns[i].allocated && sim->ns[i].write_protect.current)
			fprintf(out, "protect %" PRIu32 " %" PRIu32 "\n", sim->ns[i].nsid,
				sim->ns[i].write_protect.current);
	for (unsigned i = 1; i < SIM_FW_SLOTS; i++)
		if (mgmt->firmware.slot[i][0])
			fprintf(out, "firmware %u %.8s\n", i + 1, mgmt->firmware.slot[i]);
	fprintf(out, "active %u next %u\n", mgmt->firmware.active, mgmt->firmware.next);
	for (unsigned fid = 0; fid < SIM_COUNT(sim->value); fid++)
		if (sim->value[fid].saved != sim->value[fid].initial)
			fprintf(out, "feature %u %" PRIu32 "\n", fid, sim->value[fid].saved);
	fprintf(out,
		"sanitize %d cdw10 %" PRIu32 " pattern %" PRIu32 " outcome %u passes %u erased %d"
		" span %" PRIu64 " %" PRIu64 "\n",
		(int)sanitize->state, sanitize->cdw10, sanitize->pattern, sanitize->outcome,
		sanitize->passes, sanitize->erased, sanitize->span.start, sanitize->span.due);
	fprintf(out, "test %u nsid %" PRIu32 " span %" PRIu64 " %" PRIu64 "\n",
		mgmt->self_test.code, mgmt->self_test.nsid, mgmt->self_test.span.start,
		mgmt->self_test.span.due);
	for (unsigned i = SIM_SELF_TESTS; i-- > 0;)
		if (mgmt->self_test.result[i].dsts)
			fprintf(out, "result %u seg %u vdi %u hours %" PRIu64 " nsid %" PRIu32 "\n",
				mgmt->self_test.result[i].dsts, mgmt->self_test.result[i].seg,
				mgmt->self_test.result[i].vdi, mgmt->self_test.result[i].poh,
				mgmt->self_test.result[i].nsid);
	sim_state_write_placement(sim, out);
	sim_perf_write(sim, out);
}

void sim_state_save(struct znvme_sim *sim)
{
	char path[sizeof(sim->options.state) + 8];
	FILE *out;
	bool good;

	if (!*sim->options.state || sim->mgmt.loading || sim->store.readonly)
		return;
	snprintf(path, sizeof(path), "%s.new", sim->options.state);
	out = fopen(path, "we");
	if (!out)
		return; /* as a device whose flash is worn out: it goes on, and forgets */
	sim_state_write_all(sim, out);
	good = !ferror(out);
	if (!fclose(out) && good)
		rename(path, sim->options.state);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* What lies within what the simulator could have written, and makes sense together. */
static bool sim_state_check_ns(const struct znvme_sim *sim, const struct sim_ns *ns)
{
	if (ns->nsid - 1 >= sim->nr_ns || ns->format.shift < 9 || ns->format.shift > 16 ||
	    ns->format.pif >= ZNVME_PIF_QUALIFIED || !ns->blocks || ns->size > UINT64_MAX >> 4 ||
	    ns->offset > UINT64_MAX >> 4)
		return false;
	return !sim_format_check(ns, &ns->format, ns->pi_type);
}

static bool sim_state_read_ns(struct znvme_sim *sim, const char *line)
{
	struct sim_ns ns = {.allocated = true};
	int attached, extended, first;
	struct sim_format format;

	if (sscanf(line,
		   "namespace %" SCNu32 " attached %d size %" SCNu64 " offset %" SCNu64
		   " generation %" SCNu32 " nmic %" SCNu8 " formatting %" SCNu64 " %" SCNu64
		   " shift %" SCNu8 " ms %" SCNu16 " extended %d pif %" SCNu8 " sts %" SCNu8
		   " pi %" SCNu8 " first %d mask %" SCNu64,
		   &ns.nsid, &attached, &ns.size, &ns.offset, &ns.generation, &ns.nmic,
		   &ns.formatting.start, &ns.formatting.due, &format.shift, &format.ms, &extended,
		   &format.pif, &format.sts, &ns.pi_type, &first, &ns.storage_mask) != 16)
		return false;
	ns.attached = attached;
	ns.extended = extended;
	ns.pi_first = first;
	ns.made = format;
	if (format.shift < 64)
		sim_format_take(&ns, &format);
	if (!sim_state_check_ns(sim, &ns))
		return false;
	sim->ns[ns.nsid - 1] = ns;
	return true;
}

static bool sim_state_read_result(struct znvme_sim *sim, const char *line)
{
	struct sim_self_test *test = &sim->mgmt.self_test;
	struct znvme_self_test_result result = {.dsts = 0};
	unsigned dsts, seg, vdi;
	uint64_t hours;
	uint32_t nsid;

	if (sscanf(line, "result %u seg %u vdi %u hours %" SCNu64 " nsid %" SCNu32, &dsts, &seg,
		   &vdi, &hours, &nsid) != 5)
		return false;
	result.dsts = (uint8_t)dsts;
	result.seg = (uint8_t)seg;
	result.vdi = (uint8_t)vdi;
	result.poh = hours;
	result.nsid = nsid;
	memmove(&test->result[1], &test->result[0], sizeof(test->result) - sizeof(result));
	test->result[0] = result;
	return true;
}

static bool sim_state_read_sanitize(struct znvme_sim *sim, const char *line)
{
	struct sim_sanitize *sanitize = &sim->mgmt.sanitize;
	unsigned outcome, passes;
	int state, erased;

	if (sscanf(line,
		   "sanitize %d cdw10 %" SCNu32 " pattern %" SCNu32 " outcome %u passes %u"
		   " erased %d span %" SCNu64 " %" SCNu64,
		   &state, &sanitize->cdw10, &sanitize->pattern, &outcome, &passes, &erased,
		   &sanitize->span.start, &sanitize->span.due) != 8 ||
	    state < ZNVME_SANITIZE_IDLE || state > ZNVME_SANITIZE_DEALLOCATION)
		return false;
	sanitize->state = (enum znvme_sanitize_state)state;
	sanitize->outcome = (uint8_t)outcome;
	sanitize->passes = (uint8_t)passes;
	sanitize->erased = erased;
	return true;
}

static bool sim_state_read_protect(struct znvme_sim *sim, const char *line)
{
	uint32_t nsid, value;
	struct sim_ns *ns;

	if (sscanf(line, "protect %" SCNu32 " %" SCNu32, &nsid, &value) != 2)
		return false;
	ns = sim_ns_allocated(sim, nsid);
	if (!ns || value > ZNVME_WRITE_PROTECT_PERMANENT)
		return false;
	ns->write_protect.current = value;
	return true;
}

static bool sim_state_read_placement(struct znvme_sim *sim, const char *line)
{
	struct sim_fdp *fdp = &sim->fdp;
	struct sim_ruh unit;
	uint64_t i;
	int on;

	if (sscanf(line, "placement %d written %" SCNu64 " erased %" SCNu64, &on, &fdp->written,
		   &fdp->erased) == 3) {
		fdp->enabled = on;
		return sim->options.fdp;
	}
	if (sscanf(line, "unit %" SCNu64 " left %" SCNu64 " events %" SCNu32, &i, &unit.left,
		   &unit.wanted) != 3 ||
	    i >= sim->options.fdp || !unit.left || unit.left > sim->options.fdp_ru)
		return false;
	fdp->ruh[i] = unit;
	return true;
}

/* What is set up when namespaces are known: sim_state_apply(). */
static bool sim_state_read_late(struct znvme_sim *sim, const char *line)
{
	struct sim_firmware *firmware = &sim->mgmt.firmware;
	unsigned number, next;
	uint32_t value;
	char text[9];

	if (sim_state_read_protect(sim, line) || sim_state_read_placement(sim, line) ||
	    sim_perf_read(sim, line))
		return true;
	if (sscanf(line, "firmware %u %8[ -~]", &number, text) == 2) {
		if (number - 1 >= SIM_FW_SLOTS)
			return false;
		sim_pad(firmware->slot[number - 1], 8, text);
		return true;
	}
	if (sscanf(line, "active %u next %u", &number, &next) == 2) {
		if (number - 1 >= SIM_FW_SLOTS || next > SIM_FW_SLOTS)
			return false;
		firmware->active = number;
		firmware->next = next;
		return true;
	}
	if (sscanf(line, "feature %u %" SCNu32, &number, &value) != 2 ||
	    number >= SIM_COUNT(sim->value))
		return false;
	sim->value[number].saved = sim->value[number].current = value;
	return true;
}

static bool sim_is_late(const char *line)
{
	static const char *const late[] = {"firmware ",	 "active ", "feature ",	 "protect ",
					   "placement ", "unit ",   "attribute "};
	bool found = false;

	for (unsigned i = 0; i < SIM_COUNT(late); i++)
		found |= !strncmp(line, late[i], strlen(late[i]));
	return found;
}

static bool sim_state_read_early(struct znvme_sim *sim, const char *line)
{
	struct sim_self_test *test = &sim->mgmt.self_test;
	unsigned code;

	if (sim_state_read_ns(sim, line) || sim_state_read_sanitize(sim, line) ||
	    sim_state_read_result(sim, line))
		return true;
	if (sscanf(line, "capacity %" SCNu64 " generation %" SCNu32, &sim->mgmt.capacity,
		   &sim->mgmt.generation) == 2)
		return true;
	if (sscanf(line, "test %u nsid %" SCNu32 " span %" SCNu64 " %" SCNu64, &code, &test->nsid,
		   &test->span.start, &test->span.due) != 4)
		return false;
	test->code = (uint8_t)code;
	return true;
}

/* The lines of one kind or the other. */
static int sim_state_read(struct znvme_sim *sim, bool late)
{
	const char *path = sim->options.state;
	FILE *in = fopen(path, "re");
	char line[512];
	int bad = 0;

	if (!in)
		return znvme_fail(-errno, "sim: opening %s: %s", path, strerror(errno));
	for (int nr = 1; !bad && fgets(line, sizeof(line), in); nr++) {
		if (nr == 1)
			bad = strcmp(line, SIM_STATE_HEAD) ? nr : 0;
		else if (late == sim_is_late(line) &&
			 !(late ? sim_state_read_late(sim, line) : sim_state_read_early(sim, line)))
			bad = nr;
	}
	fclose(in);
	if (bad)
		return znvme_fail(-EINVAL,
				  "sim: %s, line %d: no state of a simulated controller, or "
				  "of one with other options",
				  path, bad);
	return 0;
}

int sim_state_load(struct znvme_sim *sim)
{
	return sim_state_read(sim, false);
}

int sim_state_apply(struct znvme_sim *sim)
{
	int rc = 0;

	if (sim_state_exists(sim))
		rc = sim_state_read(sim, true);
	sim_background_changed(sim);
	return rc;
}
