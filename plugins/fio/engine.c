/* SPDX-License-Identifier: MIT */
/*
 * fio's view of znvme: an I/O engine (docs/fio.md). A job is a thread with a queue pair of its own;
 * fio's buffers are DMA memory; a command is built in the queue by queue(), commit() rings the
 * doorbell, getevents() reaps. A transfer longer than one command may be is split, and completes
 * with its last part.
 *
 * It is built for one version of fio, whose structures it shares: get_ioengine() refuses another.
 */
#include <fio.h>
#include <optgroup.h>

#include "engine.h"

/* In the user data of a command: its io_u has more commands. io_u's are aligned to cache lines. */
#define SPLIT ((uintptr_t)1)

enum wait_kind {
	WAIT_HYBRID,
	WAIT_POLLED,
	WAIT_INTERRUPT,
};

/* Engine options; fio wants the first member for itself. */
struct options {
	struct thread_data *td;
	char *device;
	unsigned int wait;
};

/* A file of the job: a namespace. */
struct target {
	const struct znvme_ns *ns;
	uint64_t block_mask; /* bytes of a block - 1 */
	unsigned block_shift;
	uint64_t max_bytes; /* of one command */
};

/* What belongs to an io_u, as its engine_data. */
struct request {
	int status;	/* of its first failed command: as struct znvme_cpl */
	unsigned parts; /* commands still in flight, where it was split */
};

struct job {
	struct znvme_queue *queue;
	struct znvme_region *buffers;
	struct io_u **events;	/* what the last getevents() found */
	struct io_u **queued;	/* what commit() is to submit; room for iodepth, as all here */
	struct znvme_cpl *cpls; /* what was reaped */
	struct request *requests;
	unsigned in_flight; /* io_u's */
	unsigned nr_queued;
	uint32_t write_flags;
	bool spin; /* never sleep */

	struct znvme_region *ranges; /* one DSM range a request */
	struct shared_ctrl *shared;
	struct target *targets;
	unsigned queue_size;
};

/* Say why a job cannot run, in fio's way. */
#define refuse(td, error, ...)                                                                     \
	({                                                                                         \
		log_err("znvme: " __VA_ARGS__);                                                    \
		td_verror(td, error, "znvme");                                                     \
		1;                                                                                 \
	})

static int refuse_as_told(struct thread_data *td, int rc)
{
	return refuse(td, -znvme_status_errno(rc), "%s\n", znvme_errmsg());
}

/* ---- setting up: the files of a job are namespaces of one controller */

static const char *address_of(struct thread_data *td, const struct fio_file *f)
{
	const struct options *o = td->eo;

	if (o->device)
		return o->device;
	return td->o.filename ? f->file_name : NULL; /* NULL: ZNVME_DEVICE */
}

static int check_block_size(struct thread_data *td, const char *name, const struct znvme_ns *ns)
{
	static const char *const words[] = {"read", "write", "trim"};

	for (int d = DDIR_READ; d <= DDIR_TRIM; d++) {
		const struct thread_options *o = &td->o;

		if (!(td->o.td_ddir & (1 << d)))
			continue;
		if (o->min_bs[d] % ns->block_size || o->max_bs[d] % ns->block_size ||
		    o->ba[d] % ns->block_size)
			return refuse(td, EINVAL,
				      "%s: %s sizes and alignments must be multiples of its blocks "
				      "of %u bytes; bs is %llu to %llu, blockalign %llu\n",
				      name, words[d], ns->block_size, o->min_bs[d], o->max_bs[d],
				      o->ba[d]);
	}
	return 0;
}

static int check_namespace(struct thread_data *td, const char *name, const struct znvme_ns *ns)
{
	if (ns->csi != ZNVME_CSI_NVM)
		return refuse(td, EOPNOTSUPP, "%s: only the NVM command set is known here\n", name);
	if (ns->metadata_size)
		return refuse(td, EOPNOTSUPP,
			      "%s: its blocks have %u bytes of metadata, which is not known here\n",
			      name, ns->metadata_size);
	if (ns->read_only && (td_write(td) || td_trim(td)))
		return refuse(td, EROFS, "%s is write-protected\n", name);
	if (td_trim(td) && !(znvme_id_ctrl(ns->ctrl)->oncs & ZNVME_CTRL_ONCS_DSM))
		return refuse(td, EOPNOTSUPP, "%s: the controller has no Dataset Management\n",
			      name);
	return check_block_size(td, name, ns);
}

static int attach_file(struct thread_data *td, struct job *job, struct target *target,
		       struct fio_file *f)
{
	const char *name = address_of(td, f);
	struct shared_ctrl *shared;
	char device[sizeof(shared->address)];
	uint32_t nsid;
	int rc;

	rc = znvme_parse_address(name, device, sizeof(device), &nsid);
	if (!rc)
		rc = shared_ctrl_get(device, &shared);
	if (rc)
		return refuse_as_told(td, rc);
	if (job->shared) {
		shared_ctrl_put(shared);
		if (shared != job->shared)
			return refuse(td, EINVAL,
				      "%s: the files of a job are namespaces of one controller; "
				      "give each controller a job of its own\n",
				      name);
	}
	job->shared = shared;
	rc = znvme_ns_get(shared->ctrl, nsid, &target->ns);
	if (rc)
		return refuse_as_told(td, rc);
	target->block_shift = (unsigned)__builtin_ctz(target->ns->block_size);
	target->block_mask = target->ns->block_size - 1;
	target->max_bytes = (uint64_t)target->ns->max_nlb << target->block_shift;
	f->filetype = FIO_TYPE_BLOCK;
	f->real_file_size = target->ns->nr_bytes;
	fio_file_set_size_known(f);
	FILE_SET_ENG_DATA(f, target);
	return check_namespace(td, name ? name : getenv("ZNVME_DEVICE"), target->ns);
}

static void engine_cleanup(struct thread_data *td)
{
	struct job *job = td->io_ops_data;

	if (!job)
		return;
	if (job->queue) {
		if (znvme_queue_delete(job->queue))
			log_err("znvme: %s\n", znvme_errmsg());
		shared_ctrl_running(job->shared, -1);
	}
	if (job->shared) {
		znvme_mem_free(job->shared->ctrl, job->buffers);
		znvme_mem_free(job->shared->ctrl, job->ranges);
		shared_ctrl_put(job->shared);
	}
	free(job->targets);
	free(job->requests);
	free(job->events);
	free(job->queued);
	free(job->cpls);
	free(job);
	td->io_ops_data = NULL;
}

/*
 * Before the jobs start, in fio's main thread; or with create_serialize=0 in the job's own, after
 * init().
 */
static int engine_setup(struct thread_data *td)
{
	struct job *job;

	if (td->io_ops_data)
		return 0;
	if (!td->o.use_thread)
		return refuse(td, EINVAL,
			      "add thread=1: jobs share the controller, which processes cannot\n");
	job = calloc(1, sizeof(*job));
	if (!job)
		return refuse(td, ENOMEM, "no memory for a job\n");
	td->io_ops_data = job;
	job->targets = calloc(td->files_index, sizeof(*job->targets));
	if (!job->targets) {
		engine_cleanup(td);
		return refuse(td, ENOMEM, "no memory for a job\n");
	}
	for (unsigned i = 0; i < td->files_index; i++) {
		if (attach_file(td, job, &job->targets[i], td->files[i])) {
			engine_cleanup(td);
			return 1;
		}
	}
	return 0;
}

/* ---- starting: a queue pair and memory */

/* The most commands that an I/O of this job is split into. */
static unsigned most_parts(struct thread_data *td, const struct job *job)
{
	uint64_t bytes = max(td->o.max_bs[DDIR_READ], td->o.max_bs[DDIR_WRITE]);
	unsigned parts = 1;

	for (unsigned i = 0; i < td->files_index; i++) {
		uint64_t max_bytes = job->targets[i].max_bytes;
		unsigned here = (unsigned)((bytes + max_bytes - 1) / max_bytes);

		parts = max(parts, here);
	}
	return parts;
}

static int make_queue(struct thread_data *td, struct job *job)
{
	const struct options *o = td->eo;
	struct znvme_queue_options options = {0};
	struct znvme_ctrl_info info;
	unsigned parts = most_parts(td, job);
	int rc;

	znvme_ctrl_info(job->shared->ctrl, &info);
	if (td->o.iodepth >= info.max_queue_size || parts >= info.max_queue_size)
		return refuse(td, EINVAL,
			      "the controller's queues hold %u commands: that is too few for "
			      "iodepth=%u, or for a bs that takes %u commands\n",
			      info.max_queue_size - 1, td->o.iodepth, parts);
	job->queue_size =
		(unsigned)min((uint64_t)info.max_queue_size, (uint64_t)td->o.iodepth * parts + 1);
	if (o->wait == WAIT_POLLED)
		options.flags = ZNVME_QUEUE_POLLED;
	else if (o->wait == WAIT_INTERRUPT)
		options.flags = ZNVME_QUEUE_INTERRUPT;
	job->spin = o->wait == WAIT_POLLED;
	rc = znvme_queue_create(job->shared->ctrl, job->queue_size, &options, &job->queue);
	if (rc)
		return refuse_as_told(td, rc);
	shared_ctrl_running(job->shared, 1);
	return 0;
}

static int engine_init(struct thread_data *td)
{
	unsigned depth = td->o.iodepth;
	struct job *job;
	int rc;

	if (engine_setup(td))
		return 1;
	job = td->io_ops_data;
	job->write_flags = td->o.sync_io ? ZNVME_RW_FUA : 0;
	job->requests = calloc(depth, sizeof(*job->requests));
	job->events = calloc(depth, sizeof(*job->events));
	job->queued = calloc(depth, sizeof(*job->queued));
	job->cpls = calloc(depth, sizeof(*job->cpls));
	if (!job->requests || !job->events || !job->queued || !job->cpls)
		return refuse(td, ENOMEM, "no memory for iodepth=%u\n", depth);
	if (make_queue(td, job))
		return 1;
	if (td_trim(td)) {
		rc = znvme_mem_alloc(job->shared->ctrl, depth * sizeof(struct znvme_dsm_range),
				     &job->ranges);
		if (rc)
			return refuse_as_told(td, rc);
	}
	return 0;
}

static int engine_iomem_alloc(struct thread_data *td, size_t bytes)
{
	struct job *job = td->io_ops_data;
	int rc = znvme_mem_alloc(job->shared->ctrl, bytes, &job->buffers);

	if (rc)
		return refuse_as_told(td, rc);
	td->orig_buffer = job->buffers->addr;
	return 0;
}

/* The memory goes with the job, in engine_cleanup(): commands may be in flight after an error. */
static void engine_iomem_free(struct thread_data *td)
{
	td->orig_buffer = NULL;
}

/* fio goes on where iomem_alloc() failed. */
static int engine_post_init(struct thread_data *td)
{
	return td->error != 0;
}

static int engine_io_u_init(struct thread_data *td, struct io_u *io_u)
{
	struct job *job = td->io_ops_data;

	io_u->engine_data = &job->requests[io_u->index];
	return 0;
}

static int engine_open_file(struct thread_data *td, struct fio_file *f)
{
	(void)td;
	(void)f;
	return 0;
}

static int engine_close_file(struct thread_data *td, struct fio_file *f)
{
	(void)td;
	(void)f;
	return 0;
}

/* ---- submitting */

/* A command that could not be built: fio has no words of its own for it. */
static enum fio_q_status failed(const struct target *t, struct io_u *io_u, int rc)
{
	if ((io_u->offset | io_u->xfer_buflen) & t->block_mask)
		log_err("znvme: %s: offset %llu or length %llu is no multiple of its blocks of %u "
			"bytes\n",
			io_u->file->file_name, io_u->offset, io_u->xfer_buflen, t->ns->block_size);
	else
		log_err("znvme: %s: offset %llu, length %llu: %s\n", io_u->file->file_name,
			io_u->offset, io_u->xfer_buflen, znvme_strerror(rc));
	io_u->error = (unsigned)-rc;
	return FIO_Q_COMPLETED;
}

static inline enum fio_q_status queued(struct job *job, struct io_u *io_u)
{
	job->in_flight++;
	job->queued[job->nr_queued++] = io_u;
	return FIO_Q_QUEUED;
}

static inline int prep_rw(const struct job *job, const struct target *t, struct znvme_sqe *sqe,
			  const struct io_u *io_u, uint64_t done, uint64_t len)
{
	uint64_t slba = (io_u->offset + done) >> t->block_shift;
	uint32_t nlb = (uint32_t)(len >> t->block_shift);
	char *buf = (char *)io_u->xfer_buf + done;
	int rc;

	if (ZNVME_UNLIKELY((io_u->offset | io_u->xfer_buflen) & t->block_mask))
		return -EINVAL;
	if (io_u->ddir == DDIR_READ)
		return znvme_prep_read(sqe, t->ns, job->buffers, buf, slba, nlb);
	rc = znvme_prep_write(sqe, t->ns, job->buffers, buf, slba, nlb);
	sqe->cdw12 |= job->write_flags;
	return rc;
}

static int prep_trim(const struct job *job, const struct target *t, struct znvme_sqe *sqe,
		     const struct io_u *io_u)
{
	const struct request *request = io_u->engine_data;
	struct znvme_dsm_range *range =
		(struct znvme_dsm_range *)(void *)job->ranges->addr + (request - job->requests);
	uint64_t nlb = io_u->xfer_buflen >> t->block_shift;

	if (((io_u->offset | io_u->xfer_buflen) & t->block_mask) || !nlb || nlb > UINT32_MAX)
		return -EINVAL;
	range->cattr = 0;
	range->nlb = (uint32_t)nlb;
	range->slba = io_u->offset >> t->block_shift;
	return znvme_prep_dsm(sqe, t->ns, job->ranges, range, 1, ZNVME_DSM_AD);
}

static enum fio_q_status queue_split(struct job *job, const struct target *t, struct io_u *io_u)
{
	struct request *request = io_u->engine_data;
	uint64_t left = io_u->xfer_buflen, done = 0;
	uint64_t parts = (left + t->max_bytes - 1) / t->max_bytes;

	if (parts > job->queue_size - 1 - znvme_in_flight(job->queue))
		return FIO_Q_BUSY;
	request->parts = 0;
	request->status = 0;
	for (; left; left = io_u->xfer_buflen - done) {
		uint64_t len = min(left, t->max_bytes);
		struct znvme_sqe *sqe =
			znvme_get_sqe(job->queue, (void *)((uintptr_t)io_u | SPLIT));
		int rc = prep_rw(job, t, sqe, io_u, done, len);

		if (rc) {
			znvme_put_sqe(job->queue, sqe);
			if (!request->parts)
				return failed(t, io_u, rc);
			request->status = rc;
			break;
		}
		request->parts++;
		done += len;
	}
	return queued(job, io_u);
}

static enum fio_q_status engine_queue(struct thread_data *td, struct io_u *io_u)
{
	const struct target *t = FILE_ENG_DATA(io_u->file);
	struct job *job = td->io_ops_data;
	bool moves_data = io_u->ddir == DDIR_READ || io_u->ddir == DDIR_WRITE;
	struct znvme_sqe *sqe;
	int rc = 0;

	if (moves_data && io_u->xfer_buflen > t->max_bytes)
		return queue_split(job, t, io_u);
	sqe = znvme_get_sqe(job->queue, io_u);
	if (ZNVME_UNLIKELY(!sqe))
		return FIO_Q_BUSY;
	if (moves_data)
		rc = prep_rw(job, t, sqe, io_u, 0, io_u->xfer_buflen);
	else if (io_u->ddir == DDIR_TRIM)
		rc = prep_trim(job, t, sqe, io_u);
	else if (ddir_sync(io_u->ddir))
		znvme_prep_flush(sqe, t->ns);
	else
		rc = -EOPNOTSUPP;
	if (ZNVME_UNLIKELY(rc)) {
		znvme_put_sqe(job->queue, sqe);
		return failed(t, io_u, rc);
	}
	return queued(job, io_u);
}

/* Commands that a stopped controller does not take complete with an error, as any other. */
static int engine_commit(struct thread_data *td)
{
	struct job *job = td->io_ops_data;

	if (ZNVME_UNLIKELY(shared_ctrl_asked_for(job->shared)) && !td->terminate)
		fio_mark_td_terminate(td);
	if (!job->nr_queued)
		return 0;
	znvme_submit(job->queue);
	if (fio_fill_issue_time(td)) {
		struct timespec now;

		fio_gettime(&now, NULL);
		for (unsigned i = 0; i < job->nr_queued; i++) {
			job->queued[i]->issue_time = now;
			io_u_queued(td, job->queued[i]);
		}
		if (td->o.read_iolog_file)
			td->last_issue = now;
	}
	io_u_mark_submit(td, job->nr_queued);
	job->nr_queued = 0;
	return 0;
}

/* ---- completing */

/* A command that failed, or is part of more: whether its io_u has ended. */
static bool finish(struct io_u *io_u, int status, bool split)
{
	struct request *request = io_u->engine_data;

	if (!split || !request->status)
		request->status = status;
	if (split && --request->parts)
		return false;
	io_u->error = (unsigned)-znvme_status_errno(request->status);
	return true;
}

/* Turns `n` completions into events from job->events[count] on; returns how many there are now. */
static unsigned collect(struct job *job, unsigned count, int n)
{
	for (int i = 0; i < n; i++) {
		uintptr_t data = (uintptr_t)job->cpls[i].data;
		struct io_u *io_u = (struct io_u *)(data & ~SPLIT);

		if (ZNVME_UNLIKELY(job->cpls[i].status || (data & SPLIT)) &&
		    !finish(io_u, job->cpls[i].status, data & SPLIT))
			continue;
		job->events[count++] = io_u;
		job->in_flight--;
	}
	return count;
}

static int engine_getevents(struct thread_data *td, unsigned int min, unsigned int max,
			    const struct timespec *t)
{
	struct job *job = td->io_ops_data;
	unsigned count = collect(job, 0, znvme_reap(job->queue, job->cpls, (int)max));

	while (count < min && job->in_flight) {
		int room = (int)(max - count);
		int n;

		if (job->spin && !t) {
			n = znvme_reap(job->queue, job->cpls, room);
			if (!n)
				nop;
		} else {
			int ms = t ? (int)(t->tv_sec * 1000 + t->tv_nsec / 1000000) : -1;

			n = znvme_wait(job->queue, job->cpls, room, ms);
			if (t && !n)
				break;
		}
		if (n < 0)
			return n;
		count = collect(job, count, n);
	}
	return (int)count;
}

static struct io_u *engine_event(struct thread_data *td, int event)
{
	const struct job *job = td->io_ops_data;

	return job->events[event];
}

static char *engine_errdetails(struct io_u *io_u)
{
	const struct request *request = io_u->engine_data;
	char *text = NULL;
	int rc;

	if (request->status > 0)
		rc = asprintf(&text, "znvme: NVMe status: %s (0x%x)",
			      znvme_strerror(request->status), (unsigned)request->status);
	else
		rc = asprintf(&text, "znvme: %s", znvme_strerror(request->status));
	return rc < 0 ? NULL : text;
}

/* ---- what fio is told */

static struct fio_option engine_options[] = {
	{
		.name = "device",
		.lname = "device and namespace",
		.type = FIO_OPT_STR_STORE,
		.off1 = offsetof(struct options, device),
		.help = "as 0000:06:00.0n1; instead of filename, where its colons want a \\ in "
			"front",
		.category = FIO_OPT_C_ENGINE,
		.group = FIO_OPT_G_INVALID,
	},
	{
		.name = "wait",
		.lname = "how to wait for completions",
		.type = FIO_OPT_STR,
		.off1 = offsetof(struct options, wait),
		.help = "spin, sleep on the interrupt, or spin a little and then sleep",
		.def = "hybrid",
		.posval =
			{
				{.ival = "hybrid", .oval = WAIT_HYBRID, .help = "Spin, then sleep"},
				{.ival = "polled", .oval = WAIT_POLLED, .help = "Spin"},
				{.ival = "interrupt", .oval = WAIT_INTERRUPT, .help = "Sleep"},
			},
		.category = FIO_OPT_C_ENGINE,
		.group = FIO_OPT_G_INVALID,
	},
	{.name = NULL},
};

static struct ioengine_ops engine = {
	.name = "znvme",
	.version = FIO_IOOPS_VERSION,
	.flags = FIO_RAWIO | FIO_MEMALIGN | FIO_NOEXTEND | FIO_DISKLESSIO | FIO_NODISKUTIL |
		 FIO_NO_OFFLOAD | FIO_ASYNCIO_SETS_ISSUE_TIME,
	.setup = engine_setup,
	.init = engine_init,
	.post_init = engine_post_init,
	.cleanup = engine_cleanup,
	.iomem_alloc = engine_iomem_alloc,
	.iomem_free = engine_iomem_free,
	.io_u_init = engine_io_u_init,
	.open_file = engine_open_file,
	.close_file = engine_close_file,
	.queue = engine_queue,
	.commit = engine_commit,
	.getevents = engine_getevents,
	.event = engine_event,
	.errdetails = engine_errdetails,
	.option_struct_size = sizeof(struct options),
	.options = engine_options,
};

/* fio's own; weak, so that one without it is told apart and not refused by the loader. */
extern const char fio_version_string[] __attribute__((weak));

/* What fio calls when it has loaded the engine. */
void get_ioengine(struct ioengine_ops **ops);
void get_ioengine(struct ioengine_ops **ops)
{
	const char *running = fio_version_string;

	*ops = NULL;
	if (running && !strcmp(running, ZNVME_FIO_VERSION)) {
		*ops = &engine;
		return;
	}
	fprintf(stderr,
		"znvme: this engine was built for %s, but this fio is %s: build it again with "
		"`make fio`\n",
		ZNVME_FIO_VERSION, running ? running : "of unknown version");
}
