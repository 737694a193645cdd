/* SPDX-License-Identifier: MIT */
/*
 * The controller from inside. The public face is <znvme/ctrl.h>; who does what:
 *
 *   open.c     from an address to a controller, and back
 *   enable.c   CC and CSTS: disable, enable, shut down
 *   admin.c    the admin queue: one command at a time, and the commands that are not worth a file
 *   queues.c   I/O queue pairs on the controller
 *   recover.c  the failure ladder: deadline, abort, reset, failed
 *   events.c   what happens without being asked for
 *   hmb.c, cmb.c, pmr.c   memory of the host for the controller, and the other way round
 *   ns.c       namespaces
 *   manage.c   what takes more than one admin command: long waits, firmware, captured logs
 *   offers.c   whether the controller has a command: the bits that say so
 *   zns.c      zoned namespaces
 *   quirks.c   controllers that need care
 *
 * Locks, in this order: `io_lock` (floor 5's), `lock` (life, admin queue, table of queues), then
 * the domain's, then `events_lock`, then `log_lock`. A queue's owner takes `lock` only off the hot
 * path.
 */
#ifndef CTRL_CTRL_H
#define CTRL_CTRL_H

#include <pthread.h>

#include "device/device.h"
#include "mem/region.h"
#include "queue/queue.h"
#include "znvme/cmd.h"
#include "znvme/ctrl.h"
#include "znvme/ns.h"
#include "znvme/zns.h"

#define ADMIN_BUFFER_SIZE ((size_t)65536)
#define MAX_AERS	  4u
#define MAX_EVENTS	  64u
#define EVENT_LOG_SIZE	  4096u /* of the log page that comes with an event */
#define DEFAULT_IO_QUEUES 64u
#define MAX_IO_TIMEOUT_MS 86400000u /* a queue counts the time of a command in 28 bits */

struct ns_entry {
	struct znvme_ns ns;   /* first: what users hold is a pointer to it */
	struct znvme_zns zns; /* where it is zoned */
	struct ns_entry *next;
	bool doubtful; /* it may have changed: ask the controller before it is handed out again */
	bool retired;  /* it has: kept for those who hold a pointer, handed out no more */
};

struct znvme_ctrl {
	struct znvme_device *dev;
	struct domain domain;
	struct znvme_open_options options; /* with the defaults filled in */
	pid_t owner;			   /* the process that opened it */
	uint32_t quirks;

	/* From the registers and Identify. */
	uint64_t cap;
	uint32_t vs;
	unsigned page_shift;
	unsigned max_queue_size; /* entries */
	struct znvme_id_ctrl id;
	uint64_t max_transfer; /* bytes */

	pthread_mutex_t lock;
	unsigned nr_waiting; /* threads, for the lock; atomic */
	int failed;	     /* 0, or the errno that every command ends with until a reset */
	unsigned resets;
	struct queue *admin;
	struct znvme_region *buffer; /* where admin commands' data goes by */
	struct queue **queues;	     /* by identifier - 1 */
	unsigned nr_io_queues;	     /* granted */
	int *eventfds;		     /* by vector */
	unsigned nr_vectors;

	struct znvme_region *doorbells; /* shadow doorbells, then event indices; NULL: never had */
	bool has_shadow;		/* the controller looks at them */
	struct {
		bool on, failed;
		char *addr;
		uint64_t iova; /* where the controller has it */
		uint32_t uses; /* CMBSZ */
		struct znvme_iova_range range;
		struct iova_space space; /* what of it is free */
	} cmb;
	struct {
		bool on, starts;
		struct znvme_pmr pmr; /* what the user has; addr NULL: never mapped */
		uint64_t iova;	      /* where the controller has it */
	} pmr;
	struct {
		struct znvme_region *memory, *list; /* NULL: never had */
		bool on;			    /* the controller has it */
		bool had;			    /* its content is the controller's */
		bool refused;			    /* it is of no use to ask again */
	} hmb;
	struct kept_feature *features; /* what the user has set, see features.c */

	unsigned nr_aers;  /* Asynchronous Event Requests that are kept with the controller */
	unsigned aers_out; /* of those, how many it has now */

	pthread_mutex_t log_lock;

	pthread_mutex_t events_lock;
	struct znvme_event events[MAX_EVENTS]; /* a ring */
	unsigned first_event;
	unsigned nr_events;
	unsigned lost_events;
	/* Of the event that was fetched last; aligned for the structures of log pages. */
	char event_log[EVENT_LOG_SIZE] __attribute__((aligned(8)));
	bool request_seen;
	int notify_fd; /* eventfd: the ring is not empty */
	int epoll_fd;  /* for znvme_event_fd(); -1: nobody has asked */

	struct ns_entry *namespaces;
	unsigned nr_retired; /* of them */
	bool reads_boot;     /* a boot partition, by its registers */

	/* Floor 5 hangs itself in here when it is used. */
	pthread_mutex_t io_lock; /* before `lock` */
	void *io;
	void (*io_close)(struct znvme_ctrl *ctrl);
};

/* open.c: take and give back the lock; the former refuses a child of the owner. */
int ctrl_enter(struct znvme_ctrl *ctrl);
/* Without the lock, between two of many commands: those that wait for it come first. */
void ctrl_let_others(struct znvme_ctrl *ctrl);
void ctrl_leave(struct znvme_ctrl *ctrl);
void ctrl_log(struct znvme_ctrl *ctrl, enum znvme_log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* All below: `lock` is held. */

/* open.c: whether a command in flight on any queue uses the region; no queue remembers it */
bool region_in_use(struct znvme_ctrl *ctrl, const struct znvme_region *region);
void region_forget(struct znvme_ctrl *ctrl, const struct znvme_region *region);

/* enable.c; ctrl_disable() sets CC.EN to 0 and waits, and resets the function where that fails */
int ctrl_bus_master(struct znvme_ctrl *ctrl, bool on);
/* Without waiting: no DMA from here on. */
void ctrl_quench(struct znvme_ctrl *ctrl);
int ctrl_read_capabilities(struct znvme_ctrl *ctrl);
int ctrl_disable(struct znvme_ctrl *ctrl);
int ctrl_enable(struct znvme_ctrl *ctrl);
int ctrl_shutdown(struct znvme_ctrl *ctrl);
/* Whether the device is gone, by what CSTS has just read as. */
bool ctrl_is_gone(struct znvme_ctrl *ctrl, uint32_t csts);
/* -ENODEV with the sentence for it. */
int ctrl_fail_gone(struct znvme_ctrl *ctrl);

/* admin.c */
int admin_create(struct znvme_ctrl *ctrl);

/*
 * One admin command to its end. `data` and `len` go by the controller's buffer or a region of their
 * own. A failure's sentence starts with `name`. A deadline that passes leaves the controller
 * failed.
 */
int admin_exec(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd, void *data,
	       size_t len, uint64_t *result, unsigned timeout_ms);
/* Whether there is a controller to send commands to; the lock is not held. `name` as above. */
int admin_ready(struct znvme_ctrl *ctrl, const char *name);
/* As admin_exec() for a command whose PRP1 is a queue. */
int admin_exec_queue(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd,
		     uint64_t *result);
int admin_identify(struct znvme_ctrl *ctrl, uint8_t cns, uint32_t nsid, uint16_t cntid, uint8_t csi,
		   uint16_t cnssi, void *data);
/* The same, but a deadline that passes leaves the controller as it is: for the ladder's own steps.
 */
int admin_try(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd,
	      unsigned timeout_ms);
/*
 * The same for a command without data that takes long, and without the lock, which is free most of
 * the time: `watch` is called without it, now and then, until it returns false. A command that is
 * not waited for any longer leaves the controller failed, as it may still come to its end.
 */
int admin_exec_watched(struct znvme_ctrl *ctrl, const char *name, const struct znvme_sqe *cmd,
		       unsigned timeout_ms, bool (*watch)(void *arg), void *arg);
/* One Get Log Page: `len` bytes by one command. */
int admin_get_log(struct znvme_ctrl *ctrl, const struct znvme_get_log_args *args, void *data,
		  size_t len);
/* Reap what has come on the admin queue: events. */
void admin_poll(struct znvme_ctrl *ctrl);
/* The user data of completions that belong to an Asynchronous Event Request. */
void *aer_cookie(struct znvme_ctrl *ctrl);

/* features.c: set what the user has set again, after a reset */
int features_restore(struct znvme_ctrl *ctrl);
void features_free(struct znvme_ctrl *ctrl);
/* Without the lock: Copy's source range format, in Host Behavior Support. */
int features_enable_copy(struct znvme_ctrl *ctrl, unsigned format);

/* queues.c */
int queues_negotiate(struct znvme_ctrl *ctrl);
void queues_stop(struct znvme_ctrl *ctrl, int error);
/* The controller has no queues any more: it was disabled. */
void queues_forget(struct znvme_ctrl *ctrl);
void queues_delete_all(struct znvme_ctrl *ctrl);
extern const struct queue_care io_queue_care;
extern const struct queue_care admin_queue_care;

/* dbbuf.c: without shadow doorbells it goes by registers */
int dbbuf_configure(struct znvme_ctrl *ctrl);
/* Start the queue's memory anew, with the doorbells that the controller looks at. */
void dbbuf_attach(struct znvme_ctrl *ctrl, struct queue *queue);

/* cmb.c: memory in the controller; `uses` are bits of CMBSZ that it must have */
int cmb_alloc(struct znvme_ctrl *ctrl, uint32_t uses, size_t len, void **addr, uint64_t *iova);
bool cmb_holds(const struct znvme_ctrl *ctrl, uint64_t iova);
void cmb_free(struct znvme_ctrl *ctrl, uint64_t iova, size_t len);
/* Before the controller is enabled: it may have forgotten where its memory is, or still have it
 * where a former owner did, across addresses that are now used for something else. */
void cmb_start(struct znvme_ctrl *ctrl);
void cmb_fini(struct znvme_ctrl *ctrl);

/* pmr.c: the same for persistent memory */
void pmr_start(struct znvme_ctrl *ctrl);
void pmr_fini(struct znvme_ctrl *ctrl);

/* hmb.c: without a Host Memory Buffer it goes, too */
int hmb_give(struct znvme_ctrl *ctrl);
/* Before a shutdown. */
void hmb_take_back(struct znvme_ctrl *ctrl);

/* events.c; event_push() takes no more than events_lock */
int events_configure(struct znvme_ctrl *ctrl);
void events_arm(struct znvme_ctrl *ctrl);
void event_push(struct znvme_ctrl *ctrl, enum znvme_event_kind kind, uint32_t dword0,
		uint32_t dword1, const char *format, ...) __attribute__((format(printf, 5, 6)));
void event_async(struct znvme_ctrl *ctrl, const struct znvme_cpl *cpl);

/* recover.c */
/* From enabled to taking commands; also after a reset. */
int ctrl_bring_up(struct znvme_ctrl *ctrl);
void ctrl_fail(struct znvme_ctrl *ctrl, int error);
int ctrl_reset(struct znvme_ctrl *ctrl);
/* -ENODEV gone, -EIO fatal, 0 alive: by CSTS. */
int ctrl_health(struct znvme_ctrl *ctrl);
void ctrl_command_expired(struct queue *queue, uint16_t cid, bool aborted);

/* ns.c */
void namespaces_free(struct znvme_ctrl *ctrl);
void namespaces_doubt(struct znvme_ctrl *ctrl); /* what is known of them may be wrong */

/* zns.c: what is zoned in a namespace that is filled in otherwise, in its LBA format `format` */
int zns_identify(struct znvme_ctrl *ctrl, struct ns_entry *entry, unsigned format);

#endif
