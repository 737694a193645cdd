/* SPDX-License-Identifier: MIT */
/*
 * What the rooms of the simulated controller share: its state, and one paragraph of prototypes a
 * file. The public face is <znvme/sim.h>; docs/simulator.md tells what is simulated.
 *
 * One mutex guards all of it. It is recursive, so that a hook may pull the device, fail it, or
 * raise an event. Unless a comment says otherwise a function here is called with the mutex held.
 * Nothing of the driver is used: a bug in one must not hide in the other.
 */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <pthread.h>
#include <string.h>

#include "znvme/device.h"
#include "znvme/error.h"
#include "znvme/sim.h"
#include "znvme/spec.h"

#include "sim/fault.h"
#include "sim/mgmt.h"

#define SIM_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SIM_MAX_NS	  1024u	      /* namespaces */
#define SIM_MAX_SIZES	  32u	      /* entries of a list in the size or bs option */
#define SIM_ERROR_ENTRIES 64u	      /* entries of the Error Information log */
#define SIM_EVENTS	  256u	      /* asynchronous events kept until they can be reported */
#define SIM_VERSION	  0x00020100u /* of NVMe Base: 2.1.0 */
#define SIM_POWER_STATES  3u
#define SIM_RRLS	  0x8010u /* read recovery levels: the default, and fast fail */
#define SIM_MAX_FORMATS	  16u	  /* LBA formats of a namespace */
#define SIM_PATH_MAX	  4112	  /* of a file beside the one of the option */

#define SIM_HMB_DESCS 32u    /* descriptors of the Host Memory Buffer */
#define SIM_HMB_PAGES 65536u /* memory pages of it */

/* Kelvin */
#define SIM_TEMPERATURE		 310u
#define SIM_TEMPERATURE_WARNING	 343u
#define SIM_TEMPERATURE_LOWEST	 273u /* that thermal management can be set to */
#define SIM_TEMPERATURE_CRITICAL 353u

/* ---- options (options.c) ------------------------------------------------------------------- */

struct sim_list {
	uint64_t value[SIM_MAX_SIZES];
	unsigned nr; /* 0: the option was not given */
};

struct sim_options {
	struct sim_list size; /* bytes: of all, or of each namespace */
	struct sim_list bs;   /* bytes of a logical block */
	struct sim_list kv;   /* 1: keys and values; of all, or of each namespace */
	struct sim_list ms;   /* bytes of metadata a block */
	struct sim_list meta; /* 1: extended */
	struct sim_list pi;   /* enum znvme_pi_type */
	struct sim_list pif;  /* bits of the guard */
	struct sim_list sts;  /* bits of the storage tag */
	struct sim_list stm;  /* those that are checked */
	struct sim_list pip;  /* 1: in the first bytes of metadata */
	uint64_t ns;	      /* namespaces; UINT64_MAX: not given */
	uint64_t nn;	      /* largest namespace identifier; 0: as ns */
	char file[4096];      /* "": memory */
	uint64_t seed;
	char faults[4096];   /* path of a fault script; "": none */
	char fault[4096];    /* rules with semicolons between them */
	uint64_t latency[2]; /* µs, least and most */
	uint64_t admin_latency[2];
	uint64_t inflight; /* I/O commands under way at a time; 0: no limit */
	uint64_t wrr;
	uint64_t queues;
	uint64_t vectors; /* UINT64_MAX: not given */
	uint64_t mqes;	  /* entries, 1-based */
	uint64_t mdts;
	uint64_t mpsmin;
	uint64_t mpsmax;
	uint64_t dstrd;
	uint64_t to;
	uint64_t ready; /* ms */
	uint64_t iova;	/* address bits */
	uint64_t mappings;
	uint64_t vwc;
	uint64_t cache;	  /* bytes that a power loss may take */
	uint64_t awun;	  /* blocks, 1-based; 0: as awupf */
	uint64_t awupf;	  /* blocks, 1-based */
	uint64_t mssrl;	  /* blocks of one source of a Copy */
	uint64_t mcl;	  /* blocks of a Copy */
	uint64_t streams; /* of the NVM subsystem */
	uint64_t fdp;	  /* reclaim unit handles; 0: no Flexible Data Placement */
	uint64_t fdp_ru;  /* bytes of a reclaim unit */
	uint64_t msrc;	  /* sources of a Copy, 1-based */
	uint64_t readonly;
	uint64_t aerl;
	char serial[20 + 1];
	char model[40 + 1];
	uint32_t without; /* of enum sim_without */
	uint16_t pci[4];  /* vendor, device, subsystem vendor, subsystem device */
	uint64_t never_ready;
	uint64_t cfs_at_enable;
	uint64_t removed;
	uint64_t garbage;
	uint64_t sgl;	  /* enum znvme_sgls */
	uint64_t cmb;	  /* bytes; 0: none */
	uint32_t cmb_for; /* ZNVME_CMBSZ_*: what it takes */
	uint64_t dbbuf;
	uint64_t dbbuf_idle;  /* µs */
	uint32_t with;	      /* of enum sim_with */
	uint64_t capacity;    /* bytes of the NVM subsystem; 0: what the namespaces have */
	char state[4096];     /* path of the state file; "": none */
	uint64_t format_time; /* ms, as the next ones */
	uint64_t sanitize_time;
	uint64_t sanitize_fail; /* the next so many operations fail */
	uint64_t selftest_time; /* of a short one; an extended one takes four times as long */
	uint64_t eom_time;	/* of an eye opening measurement of good quality */
	uint64_t selftest_fail; /* the segment in which self-tests fail; 0: they do not */
	uint64_t fw_slots;
	uint64_t fw_reset;     /* enum sim_fw_reset */
	uint64_t fw_time;      /* ms that activation without a reset takes */
	uint64_t fwug;	       /* as in Identify */
	uint64_t boot;	       /* bytes of a boot partition; 0: none */
	uint64_t rpmb;	       /* RPMB targets */
	uint64_t rpmb_size;    /* bytes of one */
	uint64_t hmb;	       /* bytes: HMPRE; 0: no Host Memory Buffer */
	uint64_t pmr;	       /* bytes; 0: none */
	uint64_t hmb_min;      /* bytes: HMMIN */
	uint64_t hmb_descs;    /* HMMAXD */
	uint64_t hmb_desc_min; /* bytes: HMMINDS */
	uint64_t guest;	       /* changes that a guest makes when they begin to be logged */

	/* Zones: of all, or of each namespace. */
	struct sim_list zoned;	    /* 0 or 1 */
	struct sim_list zone_size;  /* bytes, as the next */
	struct sim_list zone_cap;   /* */
	struct sim_list max_open;   /* zones; 0: no limit */
	struct sim_list max_active; /* the same */
	struct sim_list ext;	    /* bytes of a zone descriptor extension */
	struct sim_list zrwa;	    /* bytes of a zone random write area; 0: none */
	struct sim_list zrwafg;	    /* bytes */
	struct sim_list numzrwa;    /* zones */
	uint64_t zasl;
	uint64_t read_across;
};

/* What the option `without` takes away. */
enum sim_without {
	SIM_WITHOUT_COMPARE = 1 << 0,
	SIM_WITHOUT_VERIFY = 1 << 1,
	SIM_WITHOUT_DSM = 1 << 2,
	SIM_WITHOUT_WRITE_ZEROES = 1 << 3,
	SIM_WITHOUT_WRITE_UNCORRECTABLE = 1 << 4,
	SIM_WITHOUT_SAVE_SELECT = 1 << 5,
	SIM_WITHOUT_TIMESTAMP = 1 << 6,
	SIM_WITHOUT_SGL = 1 << 7,
	SIM_WITHOUT_LOG_OFFSET = 1 << 8,
	SIM_WITHOUT_IOCS = 1 << 9,
	SIM_WITHOUT_COPY = 1 << 10,
	SIM_WITHOUT_FUSED = 1 << 11,
	SIM_WITHOUT_RESERVATIONS = 1 << 12,
	SIM_WITHOUT_LBA_STATUS = 1 << 13,
	SIM_WITHOUT_FDP = 1 << 14, /* where the option fdp is 0 */
	SIM_WITHOUT_NS_MGMT = 1 << 20,
	SIM_WITHOUT_FORMAT = 1 << 21,
	SIM_WITHOUT_SANITIZE = 1 << 22,
	SIM_WITHOUT_FIRMWARE = 1 << 23,
	SIM_WITHOUT_SELF_TEST = 1 << 24,
	SIM_WITHOUT_TELEMETRY = 1 << 25,
	SIM_WITHOUT_PEL = 1 << 26,
	SIM_WITHOUT_SECURITY = 1 << 27,
	SIM_WITHOUT_LOCKDOWN = 1 << 28,
	SIM_WITHOUT_DIRECTIVES = 1 << 29,
};

/* What the option `with` takes in (extras.c). */
enum sim_with {
	SIM_WITH_ANA = 1 << 0,
	SIM_WITH_PLM = 1 << 1,
	SIM_WITH_REACHABILITY = 1 << 2,
	SIM_WITH_ROTATIONAL = 1 << 3,
	SIM_WITH_DOMAINS = 1 << 4,
	SIM_WITH_UUIDS = 1 << 5,
	SIM_WITH_VIRT = 1 << 6,
	SIM_WITH_CAPACITY = 1 << 7,
	SIM_WITH_MI = 1 << 8,
	SIM_WITH_PERFC = 1 << 9,
	SIM_WITH_LM = 1 << 10,
	SIM_WITH_EOM = 1 << 11,
	SIM_WITH_DISPERSED = 1 << 12,
};

int sim_options_parse(const char *text, struct sim_options *options); /* no mutex */
/* The i-th value, or that of all. */
uint64_t sim_list_at(const struct sim_list *list, uint32_t i, uint64_t otherwise);

/* ---- memory (dma.c, cmb.c, transfer.c) ----------------------------------------------------- */

/* What memory is reached for, beside enum znvme_dma_flags: the Controller Memory Buffer asks. */
#define SIM_FOR_SHIFT 8
#define SIM_FOR_SQ    (ZNVME_CMBSZ_SQS << SIM_FOR_SHIFT | ZNVME_DMA_READ)
#define SIM_FOR_CQ    (ZNVME_CMBSZ_CQS << SIM_FOR_SHIFT | ZNVME_DMA_WRITE)
#define SIM_FOR_LIST  (ZNVME_CMBSZ_LISTS << SIM_FOR_SHIFT | ZNVME_DMA_READ)
#define SIM_FOR_READ  (ZNVME_CMBSZ_RDS << SIM_FOR_SHIFT | ZNVME_DMA_WRITE)
#define SIM_FOR_WRITE (ZNVME_CMBSZ_WDS << SIM_FOR_SHIFT | ZNVME_DMA_READ)

struct sim_cmb {
	char *bar;    /* what BAR 2 shows */
	uint64_t msc; /* CMBMSC */
};

struct sim_pmr {
	char *bar;    /* BAR 4 */
	uint64_t msc; /* PMRMSCL and PMRMSCU */
	uint32_t ctl; /* PMRCTL */
};

/* Host memory that the controller has; what it was lasts over a reset. */
struct sim_hmb {
	bool on;
	uint32_t pages;
	uint32_t nr_descs;
	uint64_t list; /* IOVA, as it was told */
	struct znvme_hmb_desc desc[SIM_HMB_DESCS];
	uint64_t *mark; /* what is at the start of each page */
	uint64_t uses;
};

struct sim_mapping {
	uint64_t iova;
	uint64_t len;
	char *addr;
	unsigned flags; /* of enum znvme_dma_flags */
};

struct sim_iova_table {
	struct sim_mapping *mapping; /* by ascending IOVA */
	size_t nr;
	size_t room;
	size_t last; /* index of the last hit */
};

/* A piece of host memory. */
struct sim_segment {
	char *addr;
	size_t len;
};

/* The host memory of a command's data, checked. */
struct sim_sg {
	struct sim_segment *segment;
	size_t nr;
	size_t room;
};

/* ---- queues and commands (queue.c, clock.c) ------------------------------------------------ */

/* A completion on its way to the host. */
struct sim_completion {
	uint64_t due; /* ns on CLOCK_MONOTONIC; used while it is delayed */
	uint64_t serial;
	struct znvme_cqe cqe; /* phase tag and SQ head are put in when it is posted */
	uint32_t nsid;	      /* of its command */
	bool counted;	      /* it ends a command: one less outstanding */
	bool verbatim;	      /* post as it is, SQ head and all, past the hook */
	bool rest;	      /* of an entry that was torn: finish it */
	uint16_t cqid;	      /* where that is */
	uint32_t slot;
	struct sim_forge forge;
};

struct sim_completions {
	struct sim_completion *entry;
	size_t nr;
	size_t room;
	size_t first; /* of a queue: index of the oldest */
};

#define SIM_MAX_OUTSTANDING 65536u     /* of a queue: as many as there are command identifiers */
#define SIM_NO_INDEX	    UINT32_MAX /* no index of an entry */
#define SIM_NO_QUEUE	    UINT32_MAX

/* Who is served before whom; the last three by weights. In round robin all are in the first. */
enum sim_class {
	SIM_CLASS_ADMIN,
	SIM_CLASS_URGENT,
	SIM_CLASS_HIGH,
	SIM_CLASS_MEDIUM,
	SIM_CLASS_LOW,
	SIM_CLASSES,
};

/* The queue of a class whose turn it is. */
struct sim_turn {
	uint32_t qid;
	uint32_t left; /* commands that it may still give */
};

struct sim_sq {
	bool live;
	enum sim_class priority;
	uint16_t cqid;
	uint32_t size; /* entries */
	uint32_t head;
	uint32_t tail;
	uint64_t base;	      /* IOVA */
	uint32_t refused;     /* shadow doorbell that was wrong, told once; SIM_NO_INDEX: none */
	uint32_t outstanding; /* commands fetched and not completed */
	uint64_t *cid_busy;   /* a bit an identifier: a command that is under way has it */
};

struct sim_cq {
	bool live;
	bool ien;
	uint8_t phase; /* of the entries written now: 1 or 0 */
	uint16_t vector;
	uint32_t size; /* entries */
	uint32_t head; /* as the host last said */
	uint32_t tail;
	uint32_t refused;	     /* as in struct sim_sq */
	uint64_t base;		     /* IOVA */
	uint32_t nr_sqs;	     /* submission queues that complete here */
	struct sim_completions held; /* what found the queue full, oldest first */
};

/* Shadow doorbells. */
struct sim_dbbuf {
	bool on;
	bool polling;	   /* the thread looks at them: the host need not ring */
	uint64_t shadow;   /* IOVA */
	uint64_t eventidx; /* IOVA */
	uint64_t idle_at;  /* ns; polling ends then where no work comes */
};

/* A command that is being carried out. */
struct sim_cmd {
	struct znvme_sqe sqe;
	uint16_t qid;
	uint32_t dw0; /* result */
	uint32_t dw1;
	uint64_t lba;	    /* of the error, where there is one */
	uint64_t delay_us;  /* its completion comes so much later */
	uint16_t error_loc; /* byte of the command that is wrong; 0xffff: none */
	bool held;	    /* no completion now: an Asynchronous Event Request */
	/* Another host's, by another controller: who, and its memory. NULL: the host's here. */
	const struct znvme_sim_peer *peer;
	char *peer_data;
	size_t peer_len;
};

/* A status that carrying out the same command again would bring again. */
#define SIM_DNR(status) ((uint16_t)((status) | ZNVME_STATUS_DNR))

/* Invalid Field in Command, in the byte of the submission queue entry where `field` is. */
#define SIM_INVALID_FIELD(cmd, field)                                                              \
	((cmd)->error_loc = (uint16_t)offsetof(struct znvme_sqe, field),                           \
	 SIM_DNR(ZNVME_SC_INVALID_FIELD))

/* ---- namespaces, features, events ---------------------------------------------------------- */

/* A feature's value. */
struct sim_value {
	uint32_t current;
	uint32_t saved;
	uint32_t initial;
};

#include "sim/sets.h"

/* An LBA format, with its extension. */
struct sim_format {
	uint8_t shift; /* log2 of the bytes of a block */
	uint8_t pif;   /* enum znvme_pif */
	uint8_t sts;   /* bits of the storage tag */
	uint16_t ms;   /* bytes of metadata a block */
};

/* One of sim->nr_ns places; only an attached one is active. */
struct sim_ns {
	bool allocated;
	bool attached;
	uint32_t nsid;	     /* 0: never allocated */
	uint32_t generation; /* of identifiers: it has been created anew */
	uint8_t nmic;
	struct sim_period formatting;
	struct sim_kv *kv;  /* NULL: the NVM Command Set */
	unsigned lba_shift; /* format.shift */
	uint64_t blocks;
	uint64_t size;	 /* bytes of the store, metadata apart */
	uint64_t offset; /* bytes into the store */
	struct sim_format format;
	struct sim_format made; /* what the options asked for */
	bool extended;		/* metadata go behind the data of their block */
	bool pi_first;		/* protection information in the first bytes of metadata */
	uint8_t pi_type;	/* enum znvme_pi_type */
	uint64_t storage_mask;
	uint64_t *bad;	      /* a bit a block: Write Uncorrectable; NULL until the first */
	uint64_t nr_bad;      /* bits set */
	uint16_t bad_changes; /* how often they changed */
	uint64_t *mapped;     /* a bit a block: written, and not deallocated since */
	uint8_t nguid[16];
	uint8_t uuid[16];
	uint8_t eui64[8];
	struct sim_value error_recovery;
	struct sim_streams streams;
	struct sim_value kv_config;
	struct sim_value resv_notify;
	struct sim_value resv_persist;
	struct sim_value write_protect;
	struct sim_labels *labels; /* NULL: none were set */
	struct sim_resv resv;
	struct sim_zns *zns; /* NULL: it is not zoned */
};

struct sim_store {
	char *memory; /* NULL: a file */
	int fd;	      /* -1: memory */
	uint64_t size;
	uint64_t made; /* its size before any namespace was created */
	bool readonly;
	bool fresh;	 /* a file that was empty */
	char *metadata;	 /* NULL: a file, or nobody has metadata */
	int metadata_fd; /* -1: memory, or nobody has metadata */
};

/* A guard's checksum: what each byte does to the remainder. */
struct sim_guard {
	bool made;
	uint64_t table[256];
};

__extension__ typedef unsigned __int128 sim_u128;

/* What a command says of protection information; all zero where the namespace has none. */
struct sim_protection {
	bool action;	/* PRACT: insert, or strip */
	uint32_t check; /* of ZNVME_RW_PRCHK and ZNVME_RW_STC */
	uint16_t app_tag;
	uint16_t app_tag_mask;
	sim_u128 tags;	   /* storage tag and initial reference tag, as in the tuple */
	unsigned ref_bits; /* of the latter */
};

/* The blocks of a command. */
struct sim_range {
	struct sim_ns *ns;
	uint64_t slba;
	uint64_t nlb; /* 1-based */
	uint64_t len; /* bytes */
};

typedef uint16_t (*sim_nvm_fn)(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);

/* A write since the last flush. */
struct sim_cached {
	struct sim_ns *ns;
	uint64_t slba;
	uint64_t nlb;
	char *before; /* what it has overwritten, metadata last; NULL: it is on the medium */
};

struct sim_cache {
	struct sim_cached *entry; /* oldest first */
	size_t first;
	size_t nr;
	size_t room;
	uint64_t bytes;
};

/* A vector. */
struct sim_irq {
	bool raised;	  /* to be signalled when the operation ends */
	uint32_t pending; /* completions that were put off */
	uint64_t due;	  /* ns; for how long, where there are any */
};

struct sim_event {
	uint32_t param; /* dword 1 */
	uint8_t type;
	uint8_t info;
	uint8_t lid;
	uint8_t rsvd;
};

struct sim_events {
	struct sim_event queue[SIM_EVENTS]; /* oldest first */
	unsigned nr;
	uint16_t request[256]; /* command identifiers of requests that wait */
	unsigned nr_requests;
	uint8_t masked;	       /* bit t: type t is not reported until its log has been read */
	uint8_t masked_lid[8]; /* the log page that ends it */
};

struct sim_error_log {
	struct znvme_error_log_entry entry[SIM_ERROR_ENTRIES];
	uint64_t count; /* entries ever made; the newest is in entry[(count - 1) %
			   SIM_ERROR_ENTRIES] */
};

/* Counts for the SMART / Health Information log. */
struct sim_health {
	uint64_t sectors_read; /* of 512 bytes */
	uint64_t sectors_written;
	uint64_t host_reads;
	uint64_t host_writes;
	uint64_t media_errors;
	uint64_t unsafe_shutdowns;
	uint64_t busy_ns;
	uint64_t busy_since; /* 0: no I/O command outstanding */
	uint64_t power_on;   /* ns, when the simulator was made */
};

/* ---- the controller ------------------------------------------------------------------------ */

struct znvme_sim {
	struct znvme_device dev; /* first */
	struct znvme_iova_range ranges[2];
	pthread_mutex_t mutex;
	struct sim_options options;
	char *text; /* the options as given */
	struct znvme_sim_hooks hooks;
	struct znvme_sim_counters counters;
	uint64_t random; /* state of the generator */
	uint64_t serial; /* commands fetched in the controller's life */
	unsigned depth;	 /* operations under way: more than one where a hook calls back */
	bool removed;
	bool bus_master;

	/* registers */
	uint64_t cap;
	uint32_t cc;
	uint32_t csts; /* but for RDY while it is delayed */
	uint32_t intm;
	uint32_t aqa;
	uint64_t asq;
	uint64_t acq;
	uint64_t ready_at; /* ns; CSTS.RDY is 1 from then on. 0: not enabled */
	bool ready_late;   /* that may still be to come */
	uint64_t down_at;  /* ns; the shutdown under way is complete from then on. 0: none */

	/* host memory */
	struct sim_iova_table iova;
	struct sim_cmb cmb;
	struct sim_pmr pmr;
	struct sim_hmb hmb;
	struct sim_sg sg;
	char *bounce; /* data that a hook looks at, or that goes to or from a file */
	size_t bounce_size;

	/* queues */
	struct sim_sq *sq; /* options.queues + 1 of each */
	struct sim_cq *cq;
	uint32_t nr_queues;   /* allocated by Number of Queues */
	bool fetch;	      /* there may be commands to be fetched */
	uint64_t *sq_waiting; /* a bit a queue: commands that were not fetched */
	struct sim_turn turn[SIM_CLASSES];
	uint32_t credit[SIM_CLASSES]; /* commands of a class that are left in this round */
	unsigned io_outstanding;
	struct sim_dbbuf dbbuf;

	/* interrupts */
	int *eventfd; /* dev.nr_vectors of each */
	unsigned nr_eventfds;
	struct sim_irq *irq;
	uint16_t *raised_list;
	unsigned nr_raised;
	uint64_t irq_due; /* ns; not after the first of them. 0: none */

	/* delayed completions, and the thread for them, for interrupts and for shadow doorbells */
	struct sim_completions delayed; /* a heap, earliest due first */
	pthread_t thread;
	pthread_cond_t wake;
	bool thread_runs;
	bool closing;

	/* all else */
	struct sim_store store;
	struct sim_cache cache;
	struct sim_guard guard[ZNVME_PIF_QUALIFIED];
	struct sim_ns *ns;
	uint32_t nr_ns; /* places */
	struct sim_mgmt mgmt;
	struct sim_events events;
	struct sim_error_log errors;
	struct sim_health health;
	struct sim_faults faults;
	struct znvme_sim_fault_counts fault_counts;
	struct sim_value value[256];   /* by feature identifier */
	struct sim_value threshold[2]; /* over and under temperature */
	struct sim_value *vector;      /* dev.nr_vectors, at least 1 */
	struct znvme_host_behavior host_behavior;
	struct sim_notices notices;
	struct sim_fdp fdp;
	uint8_t host_id[16];
	uint8_t host_id_len;	 /* as it was set: 8 or 16 */
	uint64_t timestamp;	 /* ms, as set */
	uint64_t timestamp_base; /* ns, when it was set; 0: never */
};

/* sim.c */
uint64_t sim_now(void);			    /* ns; no mutex */
uint64_t sim_random(struct znvme_sim *sim); /* 64 bits */
uint64_t sim_mix(uint64_t value);	    /* a hash; no mutex */
void sim_set_fatal(struct znvme_sim *sim);  /* CSTS.CFS */
void sim_enter(struct znvme_sim *sim);	    /* an operation begins */
void sim_leave(struct znvme_sim *sim);	    /* … ends: what it left to do is done */

/* regs.c: both answer to the ops table, with the mutex held */
uint64_t sim_reg_read(struct znvme_sim *sim, uint32_t offset, unsigned width);
void sim_reg_write(struct znvme_sim *sim, uint32_t offset, unsigned width, uint64_t value);
void sim_regs_init(struct znvme_sim *sim);
void sim_regs_reset(struct znvme_sim *sim);    /* of the function: all registers */
bool sim_ready(struct znvme_sim *sim);	       /* takes commands */
uint32_t sim_page_size(struct znvme_sim *sim); /* CC.MPS in bytes */

/* queue.c */
void sim_doorbell(struct znvme_sim *sim, uint32_t offset, uint32_t value);
bool sim_shadow_doorbell(struct znvme_sim *sim, uint32_t qid, bool is_cq); /* false: as before */
void sim_queues_reset(struct znvme_sim *sim); /* all gone, and what was under way with them */
bool sim_queue_create_sq(struct znvme_sim *sim, uint16_t qid, uint16_t cqid, uint64_t base,
			 uint32_t size, enum sim_class priority); /* false: out of memory */
void sim_queue_create_cq(struct znvme_sim *sim, uint16_t qid, uint64_t base, uint32_t size,
			 bool ien, uint16_t vector);
void sim_queue_delete_sq(struct znvme_sim *sim, uint16_t qid);
void sim_queue_delete_cq(struct znvme_sim *sim, uint16_t qid);
void sim_post(struct znvme_sim *sim, uint16_t cqid, struct sim_completion *completion);
void sim_end(struct znvme_sim *sim, const struct sim_completion *completion); /* SQ known by it */
void sim_queues_settle(struct znvme_sim *sim); /* fetch and carry out, signal interrupts */
void sim_cq_finish(struct znvme_sim *sim, const struct sim_completion *completion);
bool sim_completions_add(struct sim_completions *list, const struct sim_completion *completion);

/* arbiter.c */
void sim_sq_note(struct znvme_sim *sim, uint32_t qid); /* its head, tail or life has changed */
uint32_t sim_arbiter_pick(struct znvme_sim *sim); /* the queue to fetch from, or SIM_NO_QUEUE */
void sim_arbiter_reset(struct znvme_sim *sim);

/* irq.c */
void sim_irq_raise(struct znvme_sim *sim, uint16_t vector, bool at_once); /* false: may wait */
void sim_irq_expire(struct znvme_sim *sim); /* raise what has waited long enough */
void sim_irq_flush(struct znvme_sim *sim);  /* signal each vector raised since, once */
void sim_irq_reset(struct znvme_sim *sim);
void sim_irq_signal(struct znvme_sim *sim, uint64_t vector); /* now */

/* fault.c: an injection is what rules want; see sim/fault.h */
int sim_faults_init(struct znvme_sim *sim); /* 0 or a negative errno with a message */
int sim_faults_add(struct znvme_sim *sim, const char *name, const char *text);
int sim_faults_note(struct znvme_sim *sim, const char *text);
void sim_faults_clear(struct znvme_sim *sim);
/* False where no rule fires: the injection is not filled in then. */
bool sim_fault_event(struct znvme_sim *sim, enum sim_fault_event event, enum sim_fault_key key,
		     uint64_t first, uint64_t last, struct sim_injection *injection);
void sim_fault_command(struct znvme_sim *sim, struct znvme_sim_command *plan,
		       struct sim_injection *injection);
bool sim_fault_wants(const struct sim_injection *injection, enum sim_fault_action action);
struct sim_forge sim_fault_forge(struct znvme_sim *sim, const struct sim_injection *injection,
				 uint16_t qid, uint16_t cid);
bool sim_forged(const struct sim_forge *forge, enum sim_fault_action action); /* no mutex */
void sim_forge_apply(const struct sim_forge *forge, struct znvme_cqe *cqe);   /* no mutex */
uint64_t sim_fault_reverse(struct znvme_sim *sim, uint64_t len); /* ns; when it is due */
uint64_t sim_fault_iova(struct znvme_sim *sim, uint64_t iova);
void sim_fault_expire(struct znvme_sim *sim, uint64_t now);
/* Somebody wants to see or change the data of this command on their way to the host. */
bool sim_data_watched(const struct znvme_sim *sim);
void sim_data_change(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data, size_t len);

/* dbbuf.c */
uint16_t sim_dbbuf_config(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_dbbuf_reset(struct znvme_sim *sim);
/* The shadow doorbell of an I/O queue; false where there is none. */
bool sim_dbbuf_read(struct znvme_sim *sim, uint32_t qid, bool is_cq, uint32_t *value);
void sim_dbbuf_sq_changed(struct znvme_sim *sim, uint32_t qid); /* its tail */
void sim_dbbuf_cq_changed(struct znvme_sim *sim, uint32_t qid); /* its head or tail */
void sim_dbbuf_work(struct znvme_sim *sim); /* there is some: the thread shall look for more */
void sim_dbbuf_poll(struct znvme_sim *sim); /* one look, from the thread */

/* clock.c */
bool sim_clock_start(struct znvme_sim *sim); /* the thread; false where there can be none */
void sim_clock_add(struct znvme_sim *sim, const struct sim_completion *completion);
/* Post now, with `status`, what is delayed of `sqid`, of the namespace or any and, unless `cid` is
 * negative, of this command. Returns how many. */
unsigned sim_clock_abort(struct znvme_sim *sim, uint16_t sqid, int cid, uint32_t nsid,
			 uint16_t status);
void sim_clock_reset(struct znvme_sim *sim); /* forget what is delayed */
void sim_clock_stop(struct znvme_sim *sim);  /* no mutex */

/* dma.c */
int sim_dma_map(struct znvme_sim *sim, void *addr, size_t len, uint64_t iova, unsigned flags);
int sim_dma_unmap(struct znvme_sim *sim, uint64_t iova, size_t len);
/*
 * Memory at `iova`, the host's or the controller's: its address, or NULL where `flags` (SIM_FOR_*,
 * or of enum znvme_dma_flags) are not granted. *len is cut to it.
 */
char *sim_dma_window(struct znvme_sim *sim, uint64_t iova, size_t *len, unsigned flags);
bool sim_dma_read(struct znvme_sim *sim, uint64_t iova, void *data, size_t len, unsigned flags);
bool sim_dma_mapped(struct znvme_sim *sim, uint64_t iova);
uint16_t sim_dma_status(struct znvme_sim *sim, uint64_t iova); /* why there is no window */

/* cmb.c */
bool sim_cmb_init(struct znvme_sim *sim); /* no mutex; false: out of memory */
int sim_cmb_map(struct znvme_sim *sim, unsigned bar, uint64_t offset, size_t *len, void **addr);
uint32_t sim_cmb_read32(struct znvme_sim *sim, uint32_t offset);
void sim_cmb_write(struct znvme_sim *sim, uint64_t mask, uint64_t value); /* CMBMSC */
bool sim_cmb_holds(const struct znvme_sim *sim, uint64_t iova);
char *sim_cmb_window(struct znvme_sim *sim, uint64_t iova, size_t *len, unsigned flags);
bool sim_cmb_takes_queue(const struct znvme_sim *sim, uint64_t base, uint64_t len, unsigned flags);

/* pmr.c */
bool sim_pmr_on(const struct znvme_sim *sim);
bool sim_pmr_init(struct znvme_sim *sim); /* no mutex; false: out of memory */
int sim_pmr_map(struct znvme_sim *sim, unsigned bar, uint64_t offset, size_t *len, void **addr);
uint32_t sim_pmr_read32(struct znvme_sim *sim, uint32_t offset);
void sim_pmr_write32(struct znvme_sim *sim, uint32_t offset, uint32_t value);
bool sim_pmr_holds(const struct znvme_sim *sim, uint64_t iova);
char *sim_pmr_window(struct znvme_sim *sim, uint64_t iova, size_t *len, unsigned flags);

/* hmb.c */
uint16_t sim_set_hmb(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_hmb(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
void sim_hmb_use(struct znvme_sim *sim);   /* a command is carried out */
void sim_hmb_reset(struct znvme_sim *sim); /* the host has it again */
void sim_hmb_close(struct znvme_sim *sim);

/* transfer.c: all uint16_t are a status */
enum znvme_sgls sim_sgls(struct znvme_sim *sim); /* what I/O commands take */
uint16_t sim_data_map(struct znvme_sim *sim, struct sim_cmd *cmd, uint64_t len, bool to_host);
uint16_t sim_data_send(struct znvme_sim *sim, struct sim_cmd *cmd, const void *data, uint64_t len,
		       uint64_t total);
uint16_t sim_data_receive(struct znvme_sim *sim, struct sim_cmd *cmd, void *data, uint64_t len);
char *sim_bounce(struct znvme_sim *sim, uint64_t len); /* NULL: out of memory */
void sim_sg_copy_out(struct znvme_sim *sim, const char *data, uint64_t len);
void sim_sg_copy_in(struct znvme_sim *sim, char *data, uint64_t len);

/* admin.c and nvm.c: carry a command out; return its status */
uint16_t sim_admin(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_nvm(struct znvme_sim *sim, struct sim_cmd *cmd);
bool sim_nvm_has_range(uint8_t opcode); /* SLBA and NLB, in CDW10 to 12; no mutex */
/* Blocks [slba, slba + nlb) are all there. */
uint16_t sim_check_range(const struct sim_ns *ns, struct sim_cmd *cmd, uint64_t slba, uint64_t nlb);
/* A marked block in the range makes reading it fail. */
uint16_t sim_check_readable(struct znvme_sim *sim, struct sim_cmd *cmd,
			    const struct sim_range *range);
uint16_t sim_fuses(struct znvme_sim *sim); /* Identify Controller's FUSES */
/* Whether these two are a fused pair: 0, or the status of the first. */
uint16_t sim_nvm_check_pair(struct znvme_sim *sim, const struct znvme_sqe *first,
			    const struct znvme_sqe *second);
/* Write what is not the host's any more. `metadata`, where there are any, are used up. */
uint16_t sim_write_blocks(struct znvme_sim *sim, const struct sim_cmd *cmd,
			  const struct sim_range *range, const char *data, char *metadata);
void sim_admin_effects(struct znvme_sim *sim, uint32_t effects[256]);
void sim_nvm_effects(struct znvme_sim *sim, uint64_t csi, uint32_t effects[256]);
void sim_kv_effects(struct znvme_sim *sim, uint32_t effects[256]);
uint16_t sim_oacs(struct znvme_sim *sim);	  /* Identify Controller's OACS */
uint16_t sim_oncs(struct znvme_sim *sim);	  /* Identify Controller's ONCS */
uint64_t sim_max_transfer(struct znvme_sim *sim); /* bytes; UINT64_MAX: no limit */

/* nvm.c, for commands that do the same in another way */
uint16_t sim_get_range(struct sim_ns *ns, struct sim_cmd *cmd, struct sim_range *range);
/* The same of Write Zeroes: with NSZ it is the whole namespace. */
uint16_t sim_get_zeroes(struct sim_ns *ns, struct sim_cmd *cmd, struct sim_range *range);
uint16_t sim_begin_write(struct znvme_sim *sim, const struct sim_cmd *cmd,
			 const struct sim_range *range);
/* What any write of data leaves behind. */
uint16_t sim_end_write(struct znvme_sim *sim, const struct sim_cmd *cmd,
		       const struct sim_range *range);
uint16_t sim_write_through(struct znvme_sim *sim, const struct sim_cmd *cmd);
void sim_count_read(struct znvme_sim *sim, const struct sim_range *range);
void sim_count_write(struct znvme_sim *sim, const struct sim_range *range);

/* nvm_metadata.c */
sim_nvm_fn sim_metadata_command(const struct sim_ns *ns, uint8_t opcode); /* NULL: the usual */

/* protect.c */
uint64_t sim_storage_mask(const struct sim_ns *ns); /* LBSTM */
unsigned sim_pi_offset(const struct sim_ns *ns);    /* bytes of metadata ahead of it */
uint16_t sim_protection_get(const struct sim_ns *ns, struct sim_cmd *cmd, uint64_t slba,
			    struct sim_protection *want);
/* What is wanted of the blocks that come `nlb` later. */
void sim_protection_advance(const struct sim_ns *ns, struct sim_protection *want, uint64_t nlb);
bool sim_protection_strips(const struct sim_ns *ns, const struct sim_protection *want);
void sim_protection_insert(struct znvme_sim *sim, const struct sim_ns *ns,
			   const struct sim_protection *want, uint64_t nlb, const uint8_t *data,
			   uint8_t *metadata);
/* The reference tags of blocks that go to `distance` blocks behind where the command says. */
void sim_protection_remap(const struct sim_ns *ns, const struct sim_protection *want, uint64_t nlb,
			  uint64_t distance, uint8_t *metadata);
uint16_t sim_protection_check(struct znvme_sim *sim, const struct sim_ns *ns,
			      const struct sim_protection *want, struct sim_cmd *cmd, uint64_t slba,
			      uint64_t nlb, const uint8_t *data, const uint8_t *metadata);

/* lbaf.c */
int sim_format_make(struct znvme_sim *sim, struct sim_ns *ns, uint32_t i); /* no mutex */
/* Whether the format makes sense; 0 or a negative errno with a message. */
int sim_format_check(const struct sim_ns *ns, const struct sim_format *format, uint8_t pi_type);
bool sim_format_fits(const struct sim_ns *ns, const struct sim_format *format, uint8_t pi_type);
void sim_format_take(struct sim_ns *ns, const struct sim_format *format); /* size is known */
bool sim_format_set(struct znvme_sim *sim, struct sim_ns *ns, const struct sim_format *format,
		    bool extended, uint8_t pi_type, bool pi_first);
/* The formats that a namespace can have, or (NULL) all of them: how many. */
unsigned sim_format_list(const struct znvme_sim *sim, const struct sim_ns *ns,
			 struct sim_format list[SIM_MAX_FORMATS]);
/* Of the namespace's format in its list. */
unsigned sim_format_index(const struct znvme_sim *sim, const struct sim_ns *ns);
unsigned sim_pi_size(const struct sim_format *format);
bool sim_format_needs_consent(const struct sim_format *format);

/* metadata.c; get and put take them as they are on the medium, where PI is turned over */
bool sim_metadata_open(struct znvme_sim *sim); /* false: a message says why */
void sim_metadata_close(struct znvme_sim *sim);
bool sim_metadata_grow(struct znvme_sim *sim, uint64_t size);
uint16_t sim_metadata_get(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			  uint64_t nlb, void *metadata);
uint16_t sim_metadata_put(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			  uint64_t nlb, const void *metadata);
uint16_t sim_metadata_read(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			   uint64_t nlb, void *metadata);
uint16_t sim_metadata_write(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			    uint64_t nlb, void *metadata);
uint16_t sim_metadata_zero(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba,
			   uint64_t nlb);

/* event.c */
void sim_event_raise(struct znvme_sim *sim, uint8_t type, uint8_t info, uint8_t lid);
/* The same with an event specific parameter. */
void sim_event_raise_for(struct znvme_sim *sim, uint8_t type, uint8_t info, uint8_t lid,
			 uint32_t param);
uint16_t sim_event_request(struct znvme_sim *sim, struct sim_cmd *cmd);
bool sim_event_abort(struct znvme_sim *sim, uint16_t cid);
void sim_event_log_read(struct znvme_sim *sim, uint8_t lid);
void sim_event_reset(struct znvme_sim *sim);
void sim_error_record(struct znvme_sim *sim, const struct sim_cmd *cmd, uint16_t status);
void sim_protocol_error(struct znvme_sim *sim);
void sim_doorbell_error(struct znvme_sim *sim, enum znvme_aer_error info);
uint8_t sim_critical_warning(struct znvme_sim *sim);

/* identify.c, log.c, feature.c */
uint16_t sim_identify(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_identify_ns_init(struct znvme_sim *sim, struct sim_ns *ns);
/* Fields of Identify Namespace. */
uint8_t sim_fpi(const struct sim_ns *ns);
uint8_t sim_flbas(const struct znvme_sim *sim, const struct sim_ns *ns);
uint8_t sim_dps(const struct sim_ns *ns);
void sim_subnqn(const struct znvme_sim *sim, char subnqn[ZNVME_NQN_SIZE]);
void sim_pad(char *field, size_t size, const char *text);      /* ASCII, filled with spaces */
void sim_firmware(const struct znvme_sim *sim, char field[8]); /* that runs */
uint8_t sim_rescap(const struct znvme_sim *sim);	       /* Identify Namespace's RESCAP */
uint16_t sim_get_log(struct znvme_sim *sim, struct sim_cmd *cmd);
/* What the command asks for of a log page of `size` bytes. */
uint16_t sim_log_part(struct znvme_sim *sim, struct sim_cmd *cmd, const char *data, uint64_t size);
uint16_t sim_get_features(struct znvme_sim *sim, struct sim_cmd *cmd);
struct znvme_timestamp sim_timestamp(const struct znvme_sim *sim); /* now */
uint16_t sim_set_features(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_features_init(struct znvme_sim *sim);
void sim_features_reset(struct znvme_sim *sim);
void sim_feature_effects(struct znvme_sim *sim, uint32_t effects[256]);

/* cache.c */
uint16_t sim_cache_write(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb,
			 bool durable);
void sim_cache_clear(struct sim_cache *cache);	   /* all of it is on the medium */
bool sim_power_fails(const struct znvme_sim *sim); /* when this command is done */
void sim_power_off(struct znvme_sim *sim);

/* media.c: sizes in blocks; 0 or a status */
int sim_media_open(struct znvme_sim *sim); /* no mutex; 0 or a negative errno with a message */
void sim_media_close(struct znvme_sim *sim);
void sim_media_close_ns(struct sim_ns *ns);		     /* what it has beside the store */
struct sim_ns *sim_ns(struct znvme_sim *sim, uint32_t nsid); /* NULL: inactive */
struct sim_ns *sim_ns_allocated(struct znvme_sim *sim, uint32_t nsid); /* NULL: not allocated */
int sim_media_grow(struct znvme_sim *sim, uint64_t size); /* the store; 0 or a negative errno */
uint16_t sim_media_read(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb,
			void *data);
uint16_t sim_media_write(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb,
			 const void *data);
/* Data and metadata. */
uint16_t sim_media_zero(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb);
uint16_t sim_media_flush(struct znvme_sim *sim); /* all that was written */
uint16_t sim_media_sync(struct znvme_sim *sim);	 /* to the disk, of a file */
/* Turn `bits` bits of the range over, as `random` has it. */
void sim_media_rot(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb,
		   uint64_t bits, uint64_t random);
/* Bytes of a file, at a place. */
uint16_t sim_file_write(int fd, uint64_t at, const char *from, size_t len);
uint16_t sim_file_zero(int fd, uint64_t at, uint64_t len);
void sim_memory_zero(char *memory, uint64_t len);
/* The blocks themselves, where the store is memory; else NULL. */
char *sim_media_memory(struct znvme_sim *sim, const struct sim_ns *ns, uint64_t slba);
uint16_t sim_media_mark_bad(struct znvme_sim *sim, struct sim_ns *ns, uint64_t slba, uint64_t nlb);
void sim_media_clear_bad(struct sim_ns *ns, uint64_t slba, uint64_t nlb);
/* The first bad block of the range, or UINT64_MAX. */
uint64_t sim_media_find_bad(const struct sim_ns *ns, uint64_t slba, uint64_t nlb);

#include "sim/manage.h"

#endif
