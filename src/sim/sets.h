/* SPDX-License-Identifier: MIT */
/*
 * What the simulated controller has beyond the NVM Command Set: copies, directives, placement, keys
 * and values, the map of blocks, reservations, zones. A part of sim/internal.h.
 */
#ifndef SIM_SETS_H
#define SIM_SETS_H

struct sim_cmd;
struct sim_ns;
struct sim_range;

struct sim_kv; /* keys and values, kv.c */

#define SIM_MAX_STREAMS 256u
#define SIM_MAX_RUHS	128u

/* A namespace's streams. */
struct sim_streams {
	bool enabled;
	uint16_t allocated; /* 0: it shares what nobody has */
	uint16_t nr;
	uint16_t open[SIM_MAX_STREAMS]; /* the one that was opened first is the first */
};

/* A reclaim unit handle. */
struct sim_ruh {
	uint64_t left;	 /* bytes that may still be written to its reclaim unit */
	uint32_t wanted; /* types of events, see fdp.c */
};

struct sim_fdp_events {
	struct znvme_fdp_event event[ZNVME_FDP_MAX_EVENTS]; /* newest first */
	uint32_t nr;
};

struct sim_fdp {
	bool enabled;
	bool changed;	     /* since the simulator began, by writes and updates */
	struct sim_ruh *ruh; /* options.fdp of them */
	uint64_t written;    /* bytes */
	uint64_t erased;
	struct sim_fdp_events events[2]; /* the controller's, the host's */
};

#define SIM_MAX_REGISTRANTS 64u

/* A host with a key. */
struct sim_registrant {
	uint64_t key;
	uint16_t cntlid;
	uint8_t host_id_len; /* 8 or 16 */
	uint8_t host_id[16]; /* zeroes: known by its controller */
};

/* Who may do what with a namespace. */
struct sim_resv {
	struct sim_registrant registrant[SIM_MAX_REGISTRANTS];
	uint32_t nr;
	uint32_t gen;
	uint8_t type;	 /* enum znvme_resv_type */
	uint32_t holder; /* index of the registrant; of all, where the type says so */
};

/* What the Reservation Notification log has to tell. */
struct sim_notice {
	uint32_t nsid;
	uint8_t notice; /* enum znvme_resv_notice */
};

struct sim_notices {
	struct sim_notice entry[255]; /* oldest first */
	unsigned nr;
	uint64_t count; /* ever made */
};

/* A zone, in memory or in a file: zns.c. */
struct sim_zone {
	uint64_t wp;	 /* LBA; the zone's start where it is empty */
	uint64_t opened; /* when, of those that were opened implicitly */
	uint8_t state;	 /* enum znvme_zone_state */
	uint8_t za;	 /* attributes, as they are reported */
	uint8_t zai;
	uint8_t changed; /* on the Changed Zone List */
	uint32_t rsvd;
};

/* What is zoned in a namespace. Sizes are in blocks. */
struct sim_zns {
	uint64_t zone_size;
	uint64_t zone_cap;
	uint64_t nr_zones;
	struct sim_zone *zone;
	uint8_t *extension;	 /* of each zone */
	uint32_t extension_size; /* bytes */
	bool read_across;
	uint32_t max_open; /* 0: no limit */
	uint32_t max_active;
	uint32_t nr_zrwa; /* zones that can have a random write area; 0: there are none */
	uint32_t zrwa_size;
	uint32_t zrwa_granularity;
	uint32_t open; /* zones at present, as the next two */
	uint32_t active;
	uint32_t zrwa;
	uint64_t clock; /* zones opened so far */
	char *map;	/* all of it */
	size_t map_size;
};

/* copy.c */
uint16_t sim_copy(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
uint16_t sim_copy_formats(struct znvme_sim *sim); /* Identify Controller's OCFS */

/* directive.c */
void sim_directives_reset(struct znvme_sim *sim);
bool sim_has_streams(const struct znvme_sim *sim);
/* A command that has a directive: whether it may, and when it has written. */
uint16_t sim_directed(struct znvme_sim *sim, const struct sim_ns *ns, struct sim_cmd *cmd);
void sim_directed_write(struct znvme_sim *sim, struct sim_ns *ns, const struct sim_cmd *cmd,
			uint64_t nlb);

/* fdp.c */
bool sim_fdp_init(struct znvme_sim *sim); /* no mutex; false: out of memory */
void sim_fdp_close(struct znvme_sim *sim);
void sim_fdp_write(struct znvme_sim *sim, const struct sim_ns *ns, uint16_t pid, uint64_t nlb);
uint16_t sim_io_mgmt_send(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
uint16_t sim_io_mgmt_receive(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
bool sim_fdp_has_log(const struct znvme_sim *sim, uint8_t lid);
uint16_t sim_fdp_log(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_set_fdp(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_fdp(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
uint16_t sim_set_fdp_events(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_fdp_events(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);

/* kv.c */
int sim_kv_open(struct znvme_sim *sim); /* no mutex; 0 or a negative errno with a message */
void sim_kv_empty(struct znvme_sim *sim, struct sim_ns *ns); /* also the file */
void sim_kv_close(struct sim_ns *ns);
uint16_t sim_kv(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
void sim_kv_id_ns(struct znvme_sim *sim, const struct sim_ns *ns, struct znvme_id_ns_kv *id);
void sim_kv_id_ctrl(struct znvme_id_ctrl_kv *id);

/* lba_status.c */
/* The map of a namespace, with nothing in it; false: no address space. */
bool sim_lba_open(struct sim_ns *ns);
void sim_lba_close(struct sim_ns *ns);
/* What of a file's part has data. */
void sim_lba_look(struct znvme_sim *sim, struct sim_ns *ns);
void sim_lba_mark(struct sim_ns *ns, uint64_t slba, uint64_t nlb, bool allocated);
uint16_t sim_get_lba_status(struct znvme_sim *sim, struct sim_cmd *cmd);

/* resv.c */
uint16_t sim_resv_register(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
uint16_t sim_resv_acquire(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
uint16_t sim_resv_release(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
uint16_t sim_resv_report(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
/* May the host that sent the command read, or write? */
uint16_t sim_resv_check(struct znvme_sim *sim, struct sim_ns *ns, const struct sim_cmd *cmd,
			bool write);
uint16_t sim_resv_dispersed(const struct znvme_sim *sim, const struct sim_ns *ns,
			    const struct sim_cmd *cmd);
uint16_t sim_resv_gate(struct znvme_sim *sim, const struct sim_cmd *cmd); /* an admin command */
void sim_log_reservation(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data);
void sim_resv_log_read(struct znvme_sim *sim);
uint16_t sim_resv_save(struct znvme_sim *sim); /* what persists through power loss */
int sim_resv_open(struct znvme_sim *sim);      /* no mutex; 0 or a negative errno with a message */

/* zns.c: uint16_t is a status */
int sim_zns_open(struct znvme_sim *sim); /* no mutex; 0 or a negative errno with a message */
/* Bytes of a zone; 0 where the namespace is to have none. */
uint64_t sim_zns_zone_bytes(const struct znvme_sim *sim, const struct sim_ns *ns);
void sim_zns_close(struct sim_ns *ns); /* no mutex */
void sim_zns_empty(struct sim_ns *ns); /* all its zones */
bool sim_zns_any(const struct znvme_sim *sim);
uint16_t sim_zns_begin(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd, bool writes);
void sim_zns_end(struct sim_ns *ns, const struct sim_cmd *cmd);
/* Blocks from the start of its zone to where an append goes; 0 for any other command. */
uint64_t sim_zns_distance(const struct sim_ns *ns, const struct sim_cmd *cmd);
void sim_zns_lose(struct znvme_sim *sim, struct sim_ns *ns, uint64_t lba);
void sim_zns_rest(struct znvme_sim *sim); /* shutdown: no zone is open */
uint16_t sim_zone_send(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
uint16_t sim_zone_receive(struct znvme_sim *sim, struct sim_ns *ns, struct sim_cmd *cmd);
int sim_zns_change(struct znvme_sim *sim, uint32_t nsid, uint64_t lba,
		   enum znvme_sim_zone_change change);
void sim_zns_changed_zones(struct sim_ns *ns, struct znvme_changed_zones_log *log);
void sim_zns_forget_changes(struct sim_ns *ns);
uint64_t sim_zns_append_max(struct znvme_sim *sim); /* bytes */
void sim_zns_identify(const struct sim_ns *ns, struct znvme_id_ns_zns *id);

#endif
