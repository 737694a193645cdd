/* SPDX-License-Identifier: MIT */
/*
 * The controller: open, identify, admin commands, events, reset, close (Base 2.1, sections 3.5
 * to 3.7 and 5).
 *
 * A controller is opened by one process and owned by it. All functions here are thread-safe; admin
 * commands are carried out one at a time. After fork() the child must not touch the parent's
 * controller. A thread must not be cancelled within a call of the library, which may hold a lock:
 * pthread_setcancelstate() keeps that off.
 */
#ifndef ZNVME_CTRL_H
#define ZNVME_CTRL_H

#include "device.h"
#include "spec.h"

#ifdef __cplusplus
extern "C" {
#endif

struct znvme_ctrl;

enum znvme_log_level {
	ZNVME_LEVEL_ERROR,
	ZNVME_LEVEL_WARNING,
	ZNVME_LEVEL_INFO,
	ZNVME_LEVEL_DEBUG
};

/* Called from any thread that uses the controller, one call at a time; it must not call the
 * library. */
typedef void (*znvme_log_fn)(void *arg, enum znvme_log_level level, const char *message);

enum znvme_open_flags {
	ZNVME_OPEN_NO_INTERRUPTS = 1, /* set up no vectors: all waiting is polling */
	ZNVME_OPEN_KEEP_DISABLED = 2, /* claim the function, read registers, enable nothing: for
					 looking at a controller that does not come up */
	ZNVME_OPEN_NO_SHADOW_DOORBELLS = 4, /* doorbell registers, even where the controller offers
					       a doorbell buffer */
	ZNVME_OPEN_NO_HMB = 8, /* no Host Memory Buffer, even where the controller asks for one */
};

/* What is done when an I/O command passes its deadline. First of all it is looked at CSTS: where
 * the device is gone or has failed, none of these matters. */
enum znvme_timeout_policy {
	ZNVME_TIMEOUT_RECOVER, /* Abort; where the command is still there after abort_timeout_ms, a
				  controller reset; where that fails, the controller has failed */
	ZNVME_TIMEOUT_RESET,   /* no Abort, a controller reset at once */
	ZNVME_TIMEOUT_FAIL, /* the controller is switched off and has failed, and stays as it is for
			       a look at its registers and logs until znvme_reset() */
	ZNVME_TIMEOUT_REPORT, /* nothing but ZNVME_EVENT_TIMEOUT, each time that the deadline passes
				 once more: the command goes on */
};

/* All zero is the default of everything. */
struct znvme_open_options {
	unsigned flags;		   /* of enum znvme_open_flags */
	unsigned nr_io_queues;	   /* I/O queue pairs to ask for; 0: 64 */
	unsigned admin_queue_size; /* entries, 2 to 4096; 0: 32. With 2 there are no events, and
				      while a command lasts another one is -EBUSY */
	unsigned admin_timeout_ms; /* deadline of an admin command; 0: 60,000 */
	unsigned io_timeout_ms;	   /* deadline of an I/O command, at most a day; 0: 30,000 */
	enum znvme_timeout_policy timeout_policy; /* when that has passed */
	unsigned abort_timeout_ms; /* for an Abort, and for the command after it; 0: 2,000 */
	unsigned retries; /* how often blocking I/O (<znvme/io.h>) repeats a command that the
			     controller says may succeed then (no DNR), after the delay that
			     it asks for (CRD), or that a reset ended, but for writes to
			     zones then; 0: never */
	unsigned ready_timeout_ms; /* deadline of CSTS.RDY; 0: CAP.TO (CRTO), and the quirk's extra
				    */
	uint64_t hmb_max; /* most bytes of host memory that a controller which asks for it gets as
			     Host Memory Buffer; 0: 128 MiB, and no more than a quarter of
			     RLIMIT_MEMLOCK */
	znvme_log_fn log; /* may be NULL */
	void *log_arg;
};

/*
 * Open the controller at `address` (see <znvme/device.h>; a trailing namespace as in `06:00.0n1` is
 * ignored, see znvme_parse_address()). NULL stands for the environment's ZNVME_DEVICE. `options`
 * may be NULL. Carries out Base 2.1, section 3.5.1: on return the controller is enabled,
 * identified, and takes commands.
 *
 * -ENOENT no such device; -EBUSY held by another process or another driver; -EACCES no permission;
 * -ETIMEDOUT not ready within its deadline; -EIO fatal status; -ENODEV gone (registers read all
 * ones); -EINVAL address.
 */
int znvme_open(const char *address, const struct znvme_open_options *options,
	       struct znvme_ctrl **ctrl);

/* The same on a device of one's own, which is the controller's from here on, also on failure. */
int znvme_open_device(struct znvme_device *dev, const struct znvme_open_options *options,
		      struct znvme_ctrl **ctrl);

/*
 * Delete the I/O queues, shut the controller down (CC.SHN), disable it, give everything back.
 * Regions, queues and namespaces of the controller are gone after it, commands in flight are not
 * completed. Returns the first error, but closes in any case. NULL is allowed.
 */
int znvme_close(struct znvme_ctrl *ctrl);

/*
 * Split `address` into device and namespace: "06:00.0n2" gives "06:00.0" and 2; *nsid is 1 where
 * none is named. `device` takes up to `size` bytes with the terminating zero. -EINVAL with a
 * message. NULL as for znvme_open().
 */
int znvme_parse_address(const char *address, char *device, size_t size, uint32_t *nsid);

struct znvme_ctrl_info {
	const char *address;	 /* canonical, the controller's */
	const char *way;	 /* "vfio-group", "sim", … */
	uint64_t cap;		 /* register CAP */
	uint32_t vs;		 /* register VS */
	uint32_t page_size;	 /* bytes of a memory page as configured (CC.MPS) */
	uint64_t max_transfer;	 /* bytes that one command can move (MDTS); UINT64_MAX: no limit */
	unsigned max_queue_size; /* most entries of an I/O queue: CAP.MQES + 1 */
	unsigned nr_io_queues;	 /* I/O queue pairs that the controller granted */
	unsigned nr_vectors;	 /* interrupt vectors in use; 0: polling only */
	uint64_t hmb_bytes;	 /* of host memory that the controller has; 0: none */
	bool sgl;		 /* I/O commands take SGLs: znvme_sqe_set_buffer_sgl() */
	uint32_t quirks;	 /* of src/ctrl/quirks.c that apply */
};

void znvme_ctrl_info(struct znvme_ctrl *ctrl, struct znvme_ctrl_info *info);

/* Identify Controller as read when the controller was enabled; the controller's. A reset reads it
 * again: where the controller then says something else, what is here changes. */
const struct znvme_id_ctrl *znvme_id_ctrl(struct znvme_ctrl *ctrl);

/* A register of BAR0, `width` 4 or 8 bytes. Reads beyond the BAR give all ones. */
uint64_t znvme_reg_read(struct znvme_ctrl *ctrl, uint32_t offset, unsigned width);
void znvme_reg_write(struct znvme_ctrl *ctrl, uint32_t offset, unsigned width, uint64_t value);

/*
 * Any admin command: `cmd` without identifier and data pointer; `data` and `len` (bytes, a multiple
 * of 4 and at most max_transfer, any memory) in the direction that the opcode's bits 1:0 say, from
 * the controller where those are 0. The result's dwords 0 and 1 go to *result, which may be NULL.
 * `timeout_ms` 0 is the controller's default; where it passes, -ETIMEDOUT, and the controller has
 * failed until znvme_reset(): a controller that does not answer on its admin queue is trusted with
 * nothing. Commands that would pull the ground from under the driver (create and delete queue,
 * Asynchronous Event Request, Doorbell Buffer Config, Set Features of the Host Memory Buffer), and
 * Create Controller Data Queue (znvme_cdq_create()), are refused with -EPERM.
 */
int znvme_admin(struct znvme_ctrl *ctrl, const struct znvme_sqe *cmd, void *data, size_t len,
		uint64_t *result, unsigned timeout_ms);

/* Identify, Base 2.1, section 5.1.13. `data` takes 4096 bytes. `cnssi` and `cntid` are 0 where
 * unused. */
int znvme_identify(struct znvme_ctrl *ctrl, uint8_t cns, uint32_t nsid, uint16_t cntid, uint8_t csi,
		   uint16_t cnssi, void *data);

struct znvme_get_log_args {
	uint8_t lid;
	uint8_t lsp;	 /* log specific parameter */
	uint16_t lsi;	 /* log specific identifier */
	uint32_t nsid;	 /* 0 is sent as 0xffffffff: the controller */
	uint64_t offset; /* bytes, a multiple of 4 */
	uint8_t csi;
	uint8_t uuidx;
	bool rae; /* retain the asynchronous event */
};

/*
 * Let the controller gather completions of I/O queues before it interrupts: up to `completions`
 * (1 to 256) of them, for up to `us` microseconds (to 25,500; the controller counts in hundreds). 0
 * for both switches it off. Kept over a reset. Base 2.1, section 5.1.25.1.6.
 */
int znvme_set_coalescing(struct znvme_ctrl *ctrl, unsigned completions, unsigned us);

/*
 * `len` bytes (a multiple of 4) of a log page, of any length: in pieces of at most max_transfer and
 * 64 KiB where the controller takes offsets (LPA bit 2), otherwise -EMSGSIZE. Base 2.1,
 * section 5.1.12.
 */
int znvme_get_log(struct znvme_ctrl *ctrl, const struct znvme_get_log_args *args, void *data,
		  size_t len);

struct znvme_feature_args {
	uint8_t fid;
	uint8_t sel; /* Get: ZNVME_FEAT_SEL_CURRENT, … */
	bool save;   /* Set: keep it across power cycles and resets */
	uint32_t nsid;
	uint32_t cdw11;
	uint32_t cdw12;
	uint32_t cdw13;
	uint32_t cdw14;
	uint32_t cdw15;
};

/*
 * Base 2.1, sections 5.1.11 and 5.1.25. `data` may be NULL with `len` 0; `result` (dword 0) may be
 * NULL. What belongs to the host and is not saved (temperature thresholds, Keep Alive, Host
 * Identifier, …) is set again after a reset.
 */
int znvme_get_feature(struct znvme_ctrl *ctrl, const struct znvme_feature_args *args, void *data,
		      size_t len, uint32_t *result);
int znvme_set_feature(struct znvme_ctrl *ctrl, const struct znvme_feature_args *args, void *data,
		      size_t len, uint32_t *result);

/*
 * One Keep Alive command. Who has set the timer of feature 0Fh, with znvme_set_feature(), calls
 * this from any thread, more often than it expires: the library sends none by itself, as it has no
 * thread of its own. Where Identify Controller's CTRATT.TBKAS is set, other commands do as well. A
 * controller whose timer has expired reports a fatal status; a reset brings it back, and starts the
 * timer again. Thread-safe: waits for its turn at the Admin queue, which an admin command that
 * takes long holds up; KAS is the timer's granularity. Base 2.1, section 3.9.
 *
 * 0, a positive NVMe status, or a negative errno.
 */
int znvme_keep_alive(struct znvme_ctrl *ctrl);

/*
 * Controller reset (CC.EN to 0 and to 1, Base 2.1, section 3.7.2): commands in flight complete with
 * -ECANCELED at their queue's next reap, queues are rebuilt with the same handles by their owners'
 * next call, regions stay mapped.
 */
int znvme_reset(struct znvme_ctrl *ctrl);

/*
 * The same by an NVM Subsystem Reset (section 3.7.1), which takes all controllers of the subsystem
 * with it, other hosts' too. -EOPNOTSUPP where there is none (CAP.NSSRS).
 */
int znvme_subsystem_reset(struct znvme_ctrl *ctrl);

enum znvme_event_kind {
	ZNVME_EVENT_ASYNC = 1,	    /* the controller completed an Asynchronous Event Request */
	ZNVME_EVENT_DEVICE_REQUEST, /* the host wants the device back: close it soon */
	ZNVME_EVENT_RESET,	    /* the controller was reset */
	ZNVME_EVENT_FAILED,	    /* the controller has failed or is gone; only close is left */
	ZNVME_EVENT_PROTOCOL, /* the controller sent a completion that belongs to no command */
	ZNVME_EVENT_LOST,     /* events were lost because nobody fetched them; dword0: how many */
	ZNVME_EVENT_TIMEOUT,  /* an I/O command has passed its deadline, and is left alone
				 (ZNVME_TIMEOUT_REPORT); dword0: queue identifier in bits 31:16,
				 command  identifier below */
};

struct znvme_event {
	enum znvme_event_kind kind;
	uint32_t dword0;  /* ASYNC: result dword 0: type, information, log page (Base 2.1, 5.1.2) */
	uint32_t dword1;  /* ASYNC: event specific parameter */
	char message[96]; /* one line for a person */
	/* ASYNC: the log page that it names, read when the event was fetched (its first 4 KiB where
	 * it is a list and longer, else its first 512 bytes), aligned to 8 bytes, the controller's
	 * until the next call; NULL where it names none, or none that can be read. */
	const void *log;
	uint32_t log_len; /* bytes */
};

/*
 * The next event, oldest first: 1 with *event filled, 0 where there is none. Looks at the device
 * itself, so calling it now and then is enough. To be called by one thread at a time. Fetching an
 * ASYNC event reads its log page, which lets the controller tell the next of its type (Base 2.1,
 * section 5.1.2), and gives it a new request for that. But telemetry that the controller has
 * captured stays: znvme_telemetry() with ZNVME_TELEMETRY_CLEAR takes it, and lets the next one be
 * told.
 */
int znvme_next_event(struct znvme_ctrl *ctrl, struct znvme_event *event);

/*
 * The same for those who prefer to be called: `fn` for each event that there is, in this thread; it
 * may call the library, but not this function or znvme_close(). Returns how many there were, or a
 * negative errno.
 */
int znvme_dispatch_events(struct znvme_ctrl *ctrl,
			  void (*fn)(void *arg, const struct znvme_event *event), void *arg);

/*
 * A descriptor that polls readable when znvme_next_event() has something to do; the controller's.
 * -EOPNOTSUPP without interrupts.
 */
int znvme_event_fd(struct znvme_ctrl *ctrl);

#ifdef __cplusplus
}
#endif

#endif
