/* SPDX-License-Identifier: MIT */
/*
 * What takes more than one admin command (<znvme/admin.h>): waiting for a format, a sanitize
 * operation, a self-test or an eye opening measurement, firmware in pieces, logs that are captured
 * before they are read, and boot partitions, which are read by registers.
 *
 * None of it holds the controller's lock longer than for one command.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctrl/ctrl.h"
#include "znvme/admin.h"
#include "znvme/mem.h"

#define POLL_MS		 100u
#define FW_PIECE	 131072u      /* bytes, where the caller does not say */
#define TELEMETRY_MAX	 (1ull << 30) /* bytes that are believed of a log */
#define PEL_MAX		 (256u << 20)
#define EOM_MAX		 (64u << 20)
#define PEL_UNIT	 65536u /* bytes; of Identify Controller's PELS */
#define BOOT_PAGE	 4096u	/* bytes; of BPRSEL's size and offset */
#define BOOT_READ_MAX	 ((size_t)1023 * BOOT_PAGE)
#define BOOT_DEADLINE_MS 10000u
#define BOOT_READING	 1u /* BPINFO.BRS */
#define BOOT_READ_DONE	 2u

/* ---- format -------------------------------------------------------------------------------- */

struct format_watch {
	struct znvme_ctrl *ctrl;
	uint32_t nsid;
	znvme_progress_fn progress;
	void *arg;
};

static bool watch_format(void *arg)
{
	const struct format_watch *watch = arg;
	struct znvme_id_ns id;

	if (!watch->progress)
		return true;
	/* A format of all of them is told by the first. */
	if (znvme_identify(watch->ctrl, ZNVME_CNS_ALLOC_NS,
			   watch->nsid == ZNVME_NSID_ALL ? 1 : watch->nsid, 0, 0, 0, &id) &&
	    znvme_identify(watch->ctrl, ZNVME_CNS_NS,
			   watch->nsid == ZNVME_NSID_ALL ? 1 : watch->nsid, 0, 0, 0, &id))
		return true;
	if (!(id.fpi & ZNVME_NS_FPI_SUPPORTED))
		return watch->progress(watch->arg, 0, 100);
	return watch->progress(watch->arg, 100 - MIN(id.fpi & ZNVME_NS_FPI_REMAINING, 100u), 100);
}

int znvme_format(struct znvme_ctrl *ctrl, const struct znvme_format_args *args, unsigned timeout_ms,
		 znvme_progress_fn progress, void *arg)
{
	struct format_watch watch = {ctrl, args->nsid, progress, arg};
	struct znvme_sqe cmd = znvme_admin_format(args);
	int rc = admin_exec_watched(ctrl, "Format NVM", &cmd, timeout_ms, watch_format, &watch);
	int entered;

	entered = ctrl_enter(ctrl);
	if (entered)
		return entered;
	namespaces_doubt(ctrl); /* also where it failed: who knows how far it came */
	ctrl_leave(ctrl);
	if (rc)
		return rc;
	if (progress)
		progress(arg, 100, 100);
	return 0;
}

/* ---- sanitize, self-test ------------------------------------------------------------------- */

/* Something that goes on in the background, and the log page that tells how far it is. */
struct background {
	const char *name;
	uint8_t lid;
	size_t len;
	uint64_t total; /* units of progress */
	/* Whether it runs; *done how far it is, or as it is: the milliseconds of the wait. */
	bool (*runs)(const void *log, uint64_t *done);
	uint16_t lsi;
};

static bool sanitize_runs(const void *data, uint64_t *done)
{
	const struct znvme_sanitize_log *log = data;

	*done = log->sprog;
	/* Media verification lasts until the host ends it. */
	return znvme_field_get(ZNVME_SANITIZE_SSTAT_SOS, log->sstat) == ZNVME_SANITIZE_RUNNING &&
	       znvme_field_get(ZNVME_SANITIZE_SSI_SANS, log->ssi) != ZNVME_SANITIZE_VERIFICATION;
}

static bool self_test_runs(const void *data, uint64_t *done)
{
	const struct znvme_self_test_log *log = data;

	*done = MIN(log->completion & ZNVME_SELF_TEST_COMPLETION, 100u);
	return log->current_operation & ZNVME_SELF_TEST_CURRENT;
}

static const struct background sanitize = {
	"sanitize", ZNVME_LOG_SANITIZE, sizeof(struct znvme_sanitize_log), 65536, sanitize_runs,
};
static const struct background self_test = {
	"self-test", ZNVME_LOG_SELF_TEST, sizeof(struct znvme_self_test_log), 100, self_test_runs,
};

static int wait_for(struct znvme_ctrl *ctrl, const struct background *what, unsigned timeout_ms,
		    znvme_progress_fn progress, void *arg, void *log)
{
	const struct znvme_get_log_args args = {.lid = what->lid, .lsi = what->lsi};
	uint64_t start = now_ms();
	uint64_t deadline = start + timeout_ms;
	unsigned pause_ms = 1;

	for (;;) {
		uint64_t done = MIN(now_ms() - start, what->total);
		int rc = znvme_get_log(ctrl, &args, log, what->len);
		bool runs;

		if (rc)
			return rc;
		runs = what->runs(log, &done);
		if (progress && !progress(arg, runs ? done : what->total, what->total) && runs)
			return znvme_fail(-ECANCELED, "%s: not waited for any longer", what->name);
		if (!runs)
			return 0;
		if (timeout_ms && now_ms() >= deadline)
			return znvme_fail(-ETIMEDOUT, "%s: still running after %u ms", what->name,
					  timeout_ms);
		sleep_us(pause_ms * 1000);
		pause_ms = MIN(pause_ms * 2, POLL_MS);
	}
}

int znvme_sanitize_wait(struct znvme_ctrl *ctrl, unsigned timeout_ms, znvme_progress_fn progress,
			void *arg, struct znvme_sanitize_log *log)
{
	struct znvme_sanitize_log own;
	int rc = wait_for(ctrl, &sanitize, timeout_ms, progress, arg, &own);

	if (log && !rc)
		*log = own;
	if (!rc && znvme_field_get(ZNVME_SANITIZE_SSTAT_SOS, own.sstat) == ZNVME_SANITIZE_FAILED)
		return znvme_fail(-EIO, "the sanitize operation has failed; start it again%s",
				  own.scdw10 & ZNVME_SANITIZE_AUSE ? ", or leave the failure mode"
								   : "");
	return rc;
}

int znvme_self_test_wait(struct znvme_ctrl *ctrl, unsigned timeout_ms, znvme_progress_fn progress,
			 void *arg, struct znvme_self_test_log *log)
{
	struct znvme_self_test_log own;
	int rc = wait_for(ctrl, &self_test, timeout_ms, progress, arg, &own);

	if (log && !rc)
		*log = own;
	return rc;
}

/* ---- eye opening measurement ----------------------------------------------------------------- */

static bool eom_runs(const void *data, uint64_t *done)
{
	const struct znvme_eom_log *log = data;

	(void)done; /* the log page does not say */
	return log->eomip == ZNVME_EOM_IN_PROGRESS;
}

/* Milliseconds that a measurement takes, by the controller's estimate in seconds. */
static uint64_t eom_estimate(const struct znvme_eom_log *log, enum znvme_eom_quality quality)
{
	unsigned seconds = quality == ZNVME_EOM_GOOD	 ? log->etgood
			   : quality == ZNVME_EOM_BETTER ? log->etbetter
							 : log->etbest;

	return MAX(seconds, 1u) * 1000ull;
}

int znvme_eom_measure(struct znvme_ctrl *ctrl, uint16_t cntlid, enum znvme_eom_quality quality,
		      unsigned timeout_ms, znvme_progress_fn progress, void *arg)
{
	const struct znvme_get_log_args args = {
		.lid = ZNVME_LOG_PHY_RX_EOM,
		.lsi = cntlid,
		.lsp = (uint8_t)(znvme_field_put(ZNVME_EOM_LSP_ACT, ZNVME_EOM_START) |
				 znvme_field_put(ZNVME_EOM_LSP_MQUAL, quality)),
	};
	struct background eom = {"eye opening measurement",
				 args.lid,
				 sizeof(struct znvme_eom_log),
				 0,
				 eom_runs,
				 cntlid};
	struct znvme_eom_log started, log;
	int rc = znvme_get_log(ctrl, &args, &started, sizeof(started));

	if (rc)
		return rc;
	eom.total = eom_estimate(&started, quality);
	rc = wait_for(ctrl, &eom, timeout_ms, progress, arg, &log);
	if (rc)
		return rc;
	if (log.eomip != ZNVME_EOM_COMPLETED || log.eomdgn != started.eomdgn)
		return znvme_fail(-ECANCELED,
				  "the eye opening measurement was aborted: by a reset, or by "
				  "another host");
	return 0;
}

/* Bytes of the log page by its header; 0 with a message. */
static uint64_t eom_length(const struct znvme_eom_log *header)
{
	uint64_t len = header->hsize;

	if (header->eomip == ZNVME_EOM_COMPLETED)
		len += (uint64_t)header->dsize * header->nd;
	if (header->hsize >= sizeof(*header) && len <= EOM_MAX)
		return (len + 3) & ~3ull;
	znvme_fail(-EPROTO,
		   "the eye opening measurement log has a header of %u bytes, and %u descriptors "
		   "of %u bytes: that cannot be",
		   header->hsize, header->nd, header->dsize);
	return 0;
}

int znvme_eom_read(struct znvme_ctrl *ctrl, uint16_t cntlid, void **data, size_t *len)
{
	const struct znvme_get_log_args args = {.lid = ZNVME_LOG_PHY_RX_EOM, .lsi = cntlid};
	struct znvme_eom_log header;
	uint64_t bytes;
	void *log;
	int rc = znvme_get_log(ctrl, &args, &header, sizeof(header));

	if (rc)
		return rc;
	bytes = eom_length(&header);
	if (!bytes)
		return -EPROTO;
	log = malloc(bytes);
	if (!log)
		return znvme_fail(-ENOMEM, "no memory for a log of %llu bytes",
				  (unsigned long long)bytes);
	rc = znvme_get_log(ctrl, &args, log, bytes);
	if (!rc && memcmp(log, &header, sizeof(header)))
		rc = znvme_fail(-EAGAIN, "the eye opening measurement changed while it was read");
	if (rc) {
		free(log);
		return rc;
	}
	*data = log;
	*len = bytes;
	return 0;
}

int znvme_eom_eye(const void *data, size_t len, unsigned index, struct znvme_eom_eye *eye)
{
	const char *log = data;
	struct znvme_eom_log header;
	uint64_t at, rest, cells;

	memset(&header, 0, sizeof(header));
	if (len >= sizeof(header))
		memcpy(&header, log, sizeof(header));
	at = header.hsize + (uint64_t)header.dsize * index;
	if (header.eomip != ZNVME_EOM_COMPLETED || index >= header.nd)
		return znvme_fail(-ENOENT, "there is no eye %u in the log page", index);
	if (header.dsize < sizeof(eye->desc) || at > len || header.dsize > len - at)
		return znvme_fail(-EPROTO, "eye %u is not within the log page", index);
	memcpy(&eye->desc, log + at, sizeof(eye->desc));
	if (!(header.odp & ZNVME_EOM_ODP_PRINTABLE))
		eye->desc.nrows = eye->desc.ncols = 0;
	if (!(header.odp & ZNVME_EOM_ODP_DATA))
		eye->desc.edlen = 0;
	cells = (uint64_t)eye->desc.nrows * eye->desc.ncols;
	rest = header.dsize - sizeof(eye->desc);
	if (!eye->desc.nrows != !eye->desc.ncols || cells > rest || eye->desc.edlen > rest - cells)
		return znvme_fail(-EPROTO, "eye %u is not within its descriptor", index);
	eye->printable = log + at + sizeof(eye->desc);
	eye->data = (const uint8_t *)eye->printable + cells;
	return 0;
}

/* ---- firmware ------------------------------------------------------------------------------ */

uint32_t znvme_fw_granularity(struct znvme_ctrl *ctrl)
{
	uint8_t fwug = ctrl->id.fwug;

	/* 0 says nothing: what every controller takes is its page. */
	if (fwug == 0xff)
		return 4;
	return fwug ? fwug * ZNVME_FWUG_UNIT : ZNVME_FWUG_UNIT;
}

/* Bytes of a piece; 0 with a message. */
static uint32_t fw_piece(struct znvme_ctrl *ctrl, uint32_t granularity, uint32_t piece)
{
	uint64_t most = MIN(ctrl->max_transfer, (uint64_t)UINT32_MAX);

	most -= most % granularity;
	if (!piece)
		piece = (uint32_t)MIN(MAX(FW_PIECE - FW_PIECE % granularity, granularity), most);
	if (piece && piece % granularity == 0 && piece <= most)
		return piece;
	znvme_fail(
		-EINVAL,
		"Firmware Image Download: a piece is a multiple of %u bytes (FWUG), at most %llu",
		granularity, (unsigned long long)most);
	return 0;
}

int znvme_fw_download(struct znvme_ctrl *ctrl, const void *image, size_t len, uint32_t offset,
		      uint32_t piece, znvme_progress_fn progress, void *arg)
{
	uint32_t granularity = znvme_fw_granularity(ctrl);
	char *copy;
	int rc;

	if (!image)
		return znvme_fail(-EFAULT, "Firmware Image Download: no image");
	if (!len || len % 4)
		return znvme_fail(-EINVAL,
				  "Firmware Image Download: %zu bytes: an image is a multiple of 4 "
				  "bytes, and not empty",
				  len);
	if (len > UINT32_MAX - offset)
		return znvme_fail(
			-EINVAL,
			"Firmware Image Download: %zu bytes from offset %u: an image ends "
			"within 4 GiB",
			len, offset);
	rc = admin_ready(ctrl, "Firmware Image Download");
	if (rc)
		return rc;
	if (offset % granularity)
		return znvme_fail(
			-EINVAL,
			"Firmware Image Download: offset %u is no multiple of %u bytes (FWUG)",
			offset, granularity);
	piece = fw_piece(ctrl, granularity, piece);
	copy = piece ? malloc(piece) : NULL;
	if (!copy)
		return piece ? znvme_fail(-ENOMEM, "no memory for a piece of firmware") : -EINVAL;
	for (size_t done = 0; !rc && done < len; done += piece) {
		uint32_t n = (uint32_t)MIN(piece, len - done);
		struct znvme_sqe cmd = znvme_admin_fw_download(offset + (uint32_t)done, n);

		memcpy(copy, (const char *)image + done, n);
		if (done)
			ctrl_let_others(ctrl);
		rc = znvme_admin(ctrl, &cmd, copy, n, NULL, 0);
		if (!rc && progress && !progress(arg, done + n, len) && done + n < len)
			rc = znvme_fail(-ECANCELED,
					"Firmware Image Download: stopped after %zu bytes",
					done + n);
	}
	free(copy);
	return rc;
}

/* ---- logs that are captured ---------------------------------------------------------------- */

static uint32_t telemetry_last(const struct znvme_telemetry_log *header, unsigned area)
{
	const uint32_t last[] = {header->dalb1, header->dalb2, header->dalb3, header->dalb4};
	uint32_t block = 0;

	for (unsigned i = 0; i < area && i < ARRAY_SIZE(last); i++)
		block = MAX(block, last[i]);
	return block;
}

static int telemetry_header(struct znvme_ctrl *ctrl, unsigned flags, bool create, bool rae,
			    struct znvme_telemetry_log *header)
{
	const struct znvme_get_log_args args = {
		.lid = flags & ZNVME_TELEMETRY_CTRL ? ZNVME_LOG_TELEMETRY_CTRL
						    : ZNVME_LOG_TELEMETRY_HOST,
		.lsp = create ? ZNVME_TELEMETRY_LSP_CREATE : 0,
		.rae = rae,
	};

	return znvme_get_log(ctrl, &args, header, sizeof(*header));
}

static int telemetry_read(struct znvme_ctrl *ctrl, unsigned flags, unsigned area, char *data,
			  size_t len)
{
	const bool own = flags & ZNVME_TELEMETRY_CTRL;
	const struct znvme_get_log_args args = {
		.lid = own ? ZNVME_LOG_TELEMETRY_CTRL : ZNVME_LOG_TELEMETRY_HOST,
		.offset = ZNVME_TELEMETRY_BLOCK,
		.rae = true,
	};
	struct znvme_telemetry_log before, after;
	int rc = 0;

	memcpy(&before, data, sizeof(before));
	if (len > ZNVME_TELEMETRY_BLOCK)
		rc = znvme_get_log(ctrl, &args, data + ZNVME_TELEMETRY_BLOCK,
				   len - ZNVME_TELEMETRY_BLOCK);
	if (!rc)
		rc = telemetry_header(ctrl, flags, false, true, &after);
	if (rc)
		return rc;
	if (own ? before.ctrldgn != after.ctrldgn
		: before.hostdgn != after.hostdgn ||
			    telemetry_last(&before, area) != telemetry_last(&after, area))
		return znvme_fail(-EAGAIN, "the telemetry data changed while they were read");
	return 0;
}

int znvme_telemetry(struct znvme_ctrl *ctrl, unsigned flags, unsigned area, void **data,
		    size_t *len)
{
	struct znvme_telemetry_log header;
	uint64_t bytes;
	int rc;

	if (!area || area > 4 ||
	    flags & ~(unsigned)(ZNVME_TELEMETRY_CTRL | ZNVME_TELEMETRY_CREATE |
				ZNVME_TELEMETRY_CLEAR))
		return znvme_fail(-EINVAL, "telemetry data areas are 1 to 4, not %u; flags %#x",
				  area, flags);
	rc = telemetry_header(ctrl, flags, flags & ZNVME_TELEMETRY_CREATE, true, &header);
	if (rc)
		return rc;
	if (flags & ZNVME_TELEMETRY_CTRL ? !header.ctrlavail : !telemetry_last(&header, 4))
		return znvme_fail(-ENODATA, "no telemetry data have been captured");
	bytes = (telemetry_last(&header, area) + 1ull) * ZNVME_TELEMETRY_BLOCK;
	*data = bytes <= TELEMETRY_MAX ? calloc(1, bytes) : NULL;
	if (!*data)
		return znvme_fail(-ENOMEM, "no memory for telemetry data of %llu bytes",
				  (unsigned long long)bytes);
	memcpy(*data, &header, sizeof(header));
	*len = (size_t)bytes;
	rc = telemetry_read(ctrl, flags, area, *data, *len);
	if (!rc && flags & ZNVME_TELEMETRY_CLEAR)
		rc = telemetry_header(ctrl, flags, false, false, &header);
	if (rc) {
		free(*data);
		*data = NULL;
	}
	return rc;
}

static int pel_get(struct znvme_ctrl *ctrl, enum znvme_pel_action action, uint64_t offset,
		   void *data, size_t len)
{
	const struct znvme_get_log_args args = {
		.lid = ZNVME_LOG_PERSISTENT_EVENT,
		.lsp = (uint8_t)action,
		.offset = offset,
	};

	return znvme_get_log(ctrl, &args, data, len);
}

/* With a context of ours, whoever had one before. */
static int pel_establish(struct znvme_ctrl *ctrl, struct znvme_persistent_event_log *header)
{
	int rc = pel_get(ctrl, ZNVME_PEL_RELEASE, 0, header, sizeof(*header));

	return rc < 0 ? rc : pel_get(ctrl, ZNVME_PEL_ESTABLISH, 0, header, sizeof(*header));
}

int znvme_persistent_events(struct znvme_ctrl *ctrl, size_t max, void **data, size_t *len)
{
	const size_t most = (size_t)ctrl->id.pels * PEL_UNIT;
	struct znvme_persistent_event_log header;
	char *log;
	int rc;

	if (max && max < sizeof(header))
		return znvme_fail(-EINVAL, "the persistent event log has a header of %zu bytes",
				  sizeof(header));
	rc = pel_establish(ctrl, &header);
	if (rc)
		return rc;
	*len = (size_t)MIN(header.tll, (uint64_t)MIN(most, PEL_MAX));
	if (max)
		*len = MIN(*len, max);
	*len = MAX(*len & ~(size_t)3, sizeof(header));
	log = calloc(1, *len);
	if (log) {
		memcpy(log, &header, sizeof(header));
		if (*len > sizeof(header))
			rc = pel_get(ctrl, ZNVME_PEL_READ, sizeof(header), log + sizeof(header),
				     *len - sizeof(header));
	} else {
		rc = znvme_fail(-ENOMEM, "no memory for a log of %zu bytes", *len);
	}
	pel_get(ctrl, ZNVME_PEL_RELEASE, 0, &header, sizeof(header));
	if (rc)
		free(log);
	*data = rc ? NULL : log;
	return rc;
}

/* ---- boot partitions ----------------------------------------------------------------------- */

/* `lock` is held, and given to others while it waits. */
static int boot_read_piece(struct znvme_ctrl *ctrl, unsigned bpid, uint64_t page, unsigned pages)
{
	uint64_t deadline = now_ms() + BOOT_DEADLINE_MS;
	unsigned resets = ctrl->resets;
	uint64_t status;

	reg_write32(ctrl->dev, ZNVME_REG_BPRSEL,
		    (uint32_t)(znvme_field_put(ZNVME_BPRSEL_BPID, bpid) |
			       znvme_field_put(ZNVME_BPRSEL_BPROF, page) |
			       znvme_field_put(ZNVME_BPRSEL_BPRSZ, pages)));
	for (;;) {
		bool late = now_ms() >= deadline;
		uint32_t info = reg_read32(ctrl->dev, ZNVME_REG_BPINFO);

		if (info == UINT32_MAX)
			return ctrl_fail_gone(ctrl);
		status = znvme_field_get(ZNVME_BPINFO_BRS, info);
		if (status == BOOT_READ_DONE)
			return 0;
		if (status != BOOT_READING || late)
			break;
		ctrl_leave(ctrl);
		sleep_us(1000);
		ctrl_enter(ctrl);
		if (ctrl->resets != resets)
			return znvme_fail(-ECANCELED,
					  "reading boot partition %u: the controller "
					  "was reset",
					  bpid);
	}
	return znvme_fail(status == BOOT_READING ? -ETIMEDOUT : -EIO,
			  "reading boot partition %u at %llu: %s", bpid,
			  (unsigned long long)page * BOOT_PAGE,
			  status == BOOT_READING ? "no end in time" : "the controller failed");
}

static int check_boot(struct znvme_ctrl *ctrl, unsigned bpid, uint64_t offset, size_t len)
{
	uint64_t size;

	if (!(ctrl->cap & ZNVME_CAP_BPS))
		return znvme_fail(-EOPNOTSUPP, "the controller has no boot partitions (CAP.BPS)");
	size = znvme_field_get(ZNVME_BPINFO_BPSZ, reg_read32(ctrl->dev, ZNVME_REG_BPINFO)) *
	       ZNVME_BOOT_UNIT;
	if (bpid > 1 || offset % BOOT_PAGE || len % BOOT_PAGE || offset > size ||
	    len > size - offset)
		return znvme_fail(-EINVAL,
				  "boot partition %u, %zu bytes from %llu: there are 0 and 1, of "
				  "%llu bytes, read in pages of 4 KiB",
				  bpid, len, (unsigned long long)offset, (unsigned long long)size);
	return 0;
}

int znvme_boot_read(struct znvme_ctrl *ctrl, unsigned bpid, uint64_t offset, void *data, size_t len)
{
	size_t most = MIN(len, BOOT_READ_MAX);
	struct znvme_region *region;
	int rc = ctrl_enter(ctrl);

	if (rc)
		return rc;
	rc = data || !len ? check_boot(ctrl, bpid, offset, len)
			  : znvme_fail(-EFAULT, "no buffer for a boot partition");
	if (!rc && ctrl->reads_boot)
		rc = znvme_fail(-EBUSY, "another thread reads a boot partition");
	if (rc || !len)
		goto leave;
	rc = domain_alloc(&ctrl->domain, most, &region);
	if (rc)
		goto leave;
	ctrl->reads_boot = true;
	reg_write64(ctrl->dev, ZNVME_REG_BPMBL, region->iova);
	for (size_t done = 0; !rc && done < len; done += most) {
		size_t n = MIN(most, len - done);

		rc = boot_read_piece(ctrl, bpid, (offset + done) / BOOT_PAGE,
				     (unsigned)(n / BOOT_PAGE));
		if (!rc)
			memcpy((char *)data + done, region->addr, n);
	}
	ctrl->reads_boot = false;
	/* A read that has not ended may still write: its memory stays until the controller is off.
	 */
	if (rc != -ETIMEDOUT && rc != -ECANCELED)
		domain_free(&ctrl->domain, region);
leave:
	ctrl_leave(ctrl);
	return rc;
}
