/* SPDX-License-Identifier: MIT */
/*
 * The simulated controller, for those who test with it: create one, look inside, and put hooks
 * where a real device can go wrong. Most users need none of this: the address `sim:` with options
 * opens one (docs/simulator.md).
 */
#ifndef ZNVME_SIM_H
#define ZNVME_SIM_H

#include "device.h"
#include "spec/cmd.h"
#include "spec/log.h"

#ifdef __cplusplus
extern "C" {
#endif

struct znvme_sim;

/*
 * A simulated controller from the options behind "sim:" (may be "" or NULL). The device is the
 * caller's, to hand to znvme_open_device(). -EINVAL for an unknown option, with a message that
 * names it; -EBUSY where the file is in use.
 */
int znvme_sim_create(const char *options, struct znvme_device **dev);

/* The simulator behind `dev`, or NULL where it is something else. Lives as long as the device. */
struct znvme_sim *znvme_sim_of(struct znvme_device *dev);

/* What becomes of a command that the simulator has fetched. The hook finds the default filled in.
 */
struct znvme_sim_command {
	uint16_t qid;
	struct znvme_sqe sqe; /* the command; a hook may change it */
	uint64_t serial;      /* the n-th command of this controller's life, from 0 */
	bool execute;	      /* true: carry it out; false: skip, complete with `status` */
	uint16_t status;      /* status field to complete with where `execute` is false */
	unsigned completions; /* how often to complete: 1; 0 loses it, 2 doubles it */
	uint64_t delay_us;    /* complete this much later, on top of the latency option */
};

/*
 * Where a fault can be put in. Each may be NULL. They are called with the simulator's lock held,
 * from whichever thread rings a doorbell and from the simulator's own. Of the library they may call
 * znvme_sim_remove(), znvme_sim_power_loss(), znvme_sim_fail(), znvme_sim_async_event(),
 * znvme_sim_change_zone(), znvme_sim_change_ana(), znvme_sim_set_temperature(),
 * znvme_sim_warn_endurance() and znvme_sim_post_completion(), nothing else.
 */
struct znvme_sim_hooks {
	void *arg;

	/* A command was fetched. */
	void (*command)(void *arg, struct znvme_sim_command *command);

	/* `len` bytes are about to be sent to the host for `sqe`: Identify, a log, data. May be
	 * changed. */
	void (*data)(void *arg, uint16_t qid, const struct znvme_sqe *sqe, void *data, size_t len);

	/* A completion is about to be posted; any field but the phase tag may be changed. */
	void (*completion)(void *arg, uint16_t qid, struct znvme_cqe *cqe);

	/* A register was read: *value may be changed. */
	void (*reg_read)(void *arg, uint32_t offset, unsigned width, uint64_t *value);

	/* A register is written; false drops the write. */
	bool (*reg_write)(void *arg, uint32_t offset, unsigned width, uint64_t value);

	/* Vector `vector` is about to be signalled; false loses the interrupt. */
	bool (*interrupt)(void *arg, unsigned vector);
};

/* Replaces all hooks; NULL takes them away. Thread-safe. */
void znvme_sim_set_hooks(struct znvme_sim *sim, const struct znvme_sim_hooks *hooks);

/* Pull the device: registers read all ones, DMA and completions stop. */
void znvme_sim_remove(struct znvme_sim *sim);

/*
 * Take the power away: the device is gone as with znvme_sim_remove(), and what its write cache
 * (option `cache`) held is kept, lost or torn by the seed, within AWUPF. A simulator that opens the
 * same file afterwards shows what is left. Thread-safe.
 */
void znvme_sim_power_loss(struct znvme_sim *sim);

/* Set CSTS.CFS: the controller stops. Cleared by disabling it. */
void znvme_sim_fail(struct znvme_sim *sim);

/* Complete an Asynchronous Event Request, or queue the event until one comes. Base 2.1,
 * section 5.1.2. */
void znvme_sim_async_event(struct znvme_sim *sim, uint8_t type, uint8_t info, uint8_t log_page);

/* Another host, with a controller of its own in the same NVM subsystem. */
struct znvme_sim_peer {
	uint16_t cntlid;     /* its controller: not 0, which is the one here */
	uint8_t host_id_len; /* 8 or 16 */
	uint8_t host_id[16]; /* zeroes: the host has set none, and is known by its controller */
};

/*
 * Have another host carry out an I/O command on a namespace that it shares: `cmd` without
 * identifier and data pointer, `len` bytes at `data` in either direction. It finds reservations,
 * and this controller's host finds what it does to them: notices, conflicts. Returns the status
 * field, 0 for success, or a negative errno: -EINVAL, -ENODEV after a removal, -EBUSY where its
 * controller is suspended (option with=lm). *result may be NULL. Thread-safe; not to be called from
 * a hook. Base 2.1, section 8.1.22.
 */
int znvme_sim_peer_exec(struct znvme_sim *sim, const struct znvme_sim_peer *peer,
			const struct znvme_sqe *cmd, void *data, size_t len, uint64_t *result);

/*
 * Faults by rules: `text` as in a fault script, one rule a line or between semicolons
 * (docs/simulator.md has conditions and actions). Its rules come behind those that there are.
 * -EINVAL for what is not understood, with a message that names line and word; none of it counts
 * then. A rule sees an event before a hook does: the hook finds what rules have made of it, and has
 * the last word; what a rule has dropped or lost it does not see. Not to be called from a hook.
 */
int znvme_sim_add_faults(struct znvme_sim *sim, const char *text);

/* Takes all rules away, those of the options too. Counts stay. Not to be called from a hook. */
void znvme_sim_clear_faults(struct znvme_sim *sim);

/*
 * The address that repeats the run: the options as given with the seed, and the rules that were
 * added since. -ENOSPC where it does not fit.
 */
int znvme_sim_repeat(struct znvme_sim *sim, char *address, size_t size);

enum znvme_sim_fault {
	ZNVME_SIM_FAULT_STATUS,		 /* a command failed */
	ZNVME_SIM_FAULT_LATE,		 /* a completion is late */
	ZNVME_SIM_FAULT_REORDERED,	 /* it comes before its elders */
	ZNVME_SIM_FAULT_LOST,		 /* it never comes */
	ZNVME_SIM_FAULT_DOUBLED,	 /* it comes more than once */
	ZNVME_SIM_FAULT_FORGED,		 /* a field of it is wrong: one count a field */
	ZNVME_SIM_FAULT_TORN,		 /* its phase tag came early, or not */
	ZNVME_SIM_FAULT_GARBAGE,	 /* data to the host were changed */
	ZNVME_SIM_FAULT_DMA,		 /* data went to, or came from, addresses not mapped */
	ZNVME_SIM_FAULT_BIT_ROT,	 /* blocks on the medium were changed */
	ZNVME_SIM_FAULT_FATAL,		 /* CSTS.CFS */
	ZNVME_SIM_FAULT_REMOVED,	 /* the device is gone */
	ZNVME_SIM_FAULT_POWER_LOSS,	 /* the same, and what was not flushed is at risk */
	ZNVME_SIM_FAULT_REGISTER,	 /* a register read wrong, or a write was dropped */
	ZNVME_SIM_FAULT_READY,		 /* CSTS.RDY is late, or never comes */
	ZNVME_SIM_FAULT_SHUTDOWN,	 /* shutdown is late, or never ends */
	ZNVME_SIM_FAULT_INTERRUPT_LOST,	 /* a vector was not signalled */
	ZNVME_SIM_FAULT_INTERRUPT_ADDED, /* one was, for nothing */
	ZNVME_SIM_FAULTS,
};

struct znvme_sim_fault_counts {
	uint64_t fired;		       /* rules that fired */
	uint64_t of[ZNVME_SIM_FAULTS]; /* what they did, by kind */
};

/* What rules have done since the simulator was made. */
void znvme_sim_fault_counts(struct znvme_sim *sim, struct znvme_sim_fault_counts *counts);

/* "late"; NULL for what is no fault. */
const char *znvme_sim_fault_name(enum znvme_sim_fault fault);

/* What a zone does without being asked to (Zoned Namespace Command Set 1.2, section 2.1.1). */
enum znvme_sim_zone_change {
	ZNVME_SIM_ZONE_READ_ONLY,	 /* it can be read, and no more */
	ZNVME_SIM_ZONE_OFFLINE,		 /* nor that */
	ZNVME_SIM_ZONE_FINISH,		 /* an active zone is full: an excursion */
	ZNVME_SIM_ZONE_RECOMMEND_RESET,	 /* of a full zone */
	ZNVME_SIM_ZONE_RECOMMEND_FINISH, /* of an active zone */
};

/*
 * Have the zone of block `lba` do that: it goes to the Changed Zone List, and an event tells, where
 * the host wants it. -ENOENT where there is no such zone, -EINVAL where its state does not allow
 * it. May be called from a hook.
 */
int znvme_sim_change_zone(struct znvme_sim *sim, uint32_t nsid, uint64_t lba,
			  enum znvme_sim_zone_change change);

/*
 * Change the Asymmetric Namespace Access state of all namespaces (option with=ana; Base 2.1,
 * section 8.1.1): the ANA log counts it, a notice tells the host, where it wants it, and in the
 * states Inaccessible, Persistent Loss and Change each of its I/O commands ends with the path
 * status of that name; those of other hosts do not. -EOPNOTSUPP without ANA, -EINVAL for no such
 * state. May be called from a hook. Thread-safe.
 */
int znvme_sim_change_ana(struct znvme_sim *sim, enum znvme_ana_state state);

/*
 * The composite temperature: 310 at first. A threshold of feature 04h that it crosses raises an
 * event, and where that has a hysteresis another one when the temperature is back by so much. May
 * be called from a hook. Thread-safe.
 */
void znvme_sim_set_temperature(struct znvme_sim *sim, unsigned kelvin);

/*
 * The critical warnings of the endurance group, ZNVME_SMART_EGCW_*. Those that are new, and which
 * feature 18h has asked for, put the group into the Endurance Group Event Aggregate log and raise a
 * notice. Reading the group's own log takes it out again. May be called from a hook. Thread-safe.
 */
void znvme_sim_warn_endurance(struct znvme_sim *sim, uint8_t warnings);

/* Post a completion as given on queue `qid` (the phase tag is put right): one that nobody asked
 * for. */
int znvme_sim_post_completion(struct znvme_sim *sim, uint16_t qid, const struct znvme_cqe *cqe);

/* Signal the device-request eventfd, as when the host wants the function back. */
void znvme_sim_request_device(struct znvme_sim *sim);

struct znvme_sim_counters {
	uint64_t admin_commands;   /* fetched */
	uint64_t io_commands;	   /* fetched */
	uint64_t doorbells;	   /* doorbell writes: of registers, not of shadow doorbells */
	uint64_t shadow_doorbells; /* new indices found in shadow doorbells */
	uint64_t interrupts;	   /* vectors signalled */
	uint64_t dma_refused;	   /* transfers refused because their IOVA is not mapped that way */
	uint64_t protocol_errors;  /* things a driver must not do: a doorbell out of range, a queue
				      overrun, … */
	unsigned max_outstanding;  /* most I/O commands fetched and not completed at one time */
	unsigned mappings;	   /* DMA mappings at present */
	unsigned io_queues;	   /* I/O submission queues at present */
};

void znvme_sim_counters(struct znvme_sim *sim, struct znvme_sim_counters *counters);

#ifdef __cplusplus
}
#endif

#endif
