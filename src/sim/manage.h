/* SPDX-License-Identifier: MIT */
/* The commands that manage the simulated controller, and what they change. A part of
 * sim/internal.h; what is remembered is in sim/mgmt.h. */
#ifndef SIM_MANAGE_H
#define SIM_MANAGE_H

#include <stdio.h>

/* condition.c */
uint32_t sim_oaes(const struct znvme_sim *sim); /* Identify Controller's OAES */
uint16_t sim_check_async_event(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value);
/* Raised where the host wants it: a bit of ZNVME_FEAT_AEC_*. */
void sim_notice(struct znvme_sim *sim, uint32_t wanted, enum znvme_aer_notice info,
		enum znvme_lid lid);
void sim_condition_init(struct znvme_sim *sim);
void sim_condition_reset(struct znvme_sim *sim);
bool sim_temperature_warns(const struct znvme_sim *sim);
void sim_temperature_look(struct znvme_sim *sim);
uint16_t sim_ana_gate(const struct znvme_sim *sim);
int sim_change_ana(struct znvme_sim *sim, enum znvme_ana_state state);
void sim_warn_endurance(struct znvme_sim *sim, uint8_t warnings);

/* plm.c */
bool sim_nvmset_named(const struct znvme_sim *sim, const struct sim_cmd *cmd); /* in CDW11 */
uint16_t sim_set_plm(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_plm(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
uint16_t sim_set_plm_window(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_plm_window(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
uint16_t sim_log_plm(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_plm_events(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_plm_count(struct znvme_sim *sim, uint64_t bytes, bool write);
void sim_plm_expire(struct znvme_sim *sim, uint64_t now);
void sim_plm_reset(struct znvme_sim *sim);

/* labels.c */
uint16_t sim_set_lba_ranges(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_lba_ranges(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
uint16_t sim_set_admin_label(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_admin_label(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
uint16_t sim_set_host_metadata(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_host_metadata(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
void sim_labels_formatted(struct sim_ns *ns);
void sim_labels_reset(struct znvme_sim *sim);
void sim_labels_close(struct sim_ns *ns);

/* perfc.c */
uint16_t sim_set_performance(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_performance(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
void sim_perf_write(const struct znvme_sim *sim, FILE *out); /* to the state file */
bool sim_perf_read(struct znvme_sim *sim, const char *line);

/* keep_alive.c */
uint16_t sim_keep_alive(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_check_keep_alive(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value);
uint16_t sim_keep_alive_start(struct znvme_sim *sim);
void sim_keep_alive_expire(struct znvme_sim *sim, uint64_t now);
bool sim_keeps_alive(struct znvme_sim *sim); /* it is ready, and the timer has not expired */
void sim_keep_alive_reset(struct znvme_sim *sim);

/* write_protect.c */
bool sim_write_protected(const struct znvme_sim *sim, const struct sim_ns *ns); /* NULL: any */
struct sim_value *sim_place_write_protect(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_check_write_protect(struct znvme_sim *sim, struct sim_cmd *cmd, uint32_t *value);
uint16_t sim_write_protect_save(struct znvme_sim *sim);
void sim_write_protect_power_off(struct znvme_sim *sim);

/* background.c: what takes simulated time */
void sim_background_changed(struct znvme_sim *sim); /* a span was started or ended */
void sim_background_expire(struct znvme_sim *sim, uint64_t now);
/* A span of `ms` from now; 0 ms: it has no length, and `due` stays 0. */
void sim_period_start(struct sim_period *span, uint64_t ms);
uint64_t sim_period_part(const struct sim_period *span, uint64_t whole); /* of it that has passed */
bool sim_period_over(struct sim_period *span, uint64_t now); /* it is, and is forgotten */
/* Whether an admin or I/O command may be carried out now: a status, or 0. */
uint16_t sim_background_gate(struct znvme_sim *sim, struct sim_cmd *cmd);

/* space.c: room for namespaces in the store; bytes */
uint64_t sim_ns_bytes(const struct sim_ns *ns);
uint64_t sim_unallocated(const struct znvme_sim *sim);
bool sim_space_alloc(struct znvme_sim *sim, struct sim_ns *ns); /* sets ns->offset; false: none */
void sim_space_erase(struct znvme_sim *sim, struct sim_ns *ns); /* reads as zeroes */
/* Each block of the namespace is this dword again and again. */
void sim_space_fill(struct znvme_sim *sim, struct sim_ns *ns, uint32_t pattern);

/* state.c: what outlives the simulator, in a file */
int sim_state_load(struct znvme_sim *sim);  /* no mutex; 0 or a negative errno with a message */
int sim_state_apply(struct znvme_sim *sim); /* the same of the rest, when all else is set up */
void sim_state_save(struct znvme_sim *sim);
int sim_state_lock(struct znvme_sim *sim);   /* no mutex; 0 or a negative errno with a message */
void sim_state_close(struct znvme_sim *sim); /* no mutex */
bool sim_state_exists(const struct znvme_sim *sim);

/* nsmgmt.c, format.c */
uint16_t sim_ns_management(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_ns_attachment(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_ns_changed(struct znvme_sim *sim, uint32_t nsid);
void sim_alloc_ns_changed(struct znvme_sim *sim, uint32_t nsid);
uint16_t sim_format_nvm(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_format_expire(struct znvme_sim *sim, uint64_t now);

/* sanitize.c, selftest.c */
uint16_t sim_sanitize(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_sanitize_gate(struct znvme_sim *sim, const struct sim_cmd *cmd);
void sim_sanitize_expire(struct znvme_sim *sim, uint64_t now);
void sim_sanitize_written(struct znvme_sim *sim, uint8_t opcode); /* by an I/O command */
void sim_log_sanitize(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data);
uint32_t sim_sanicap(const struct znvme_sim *sim);
uint16_t sim_self_test(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_self_test_expire(struct znvme_sim *sim, uint64_t now);
/* End the one that runs; `nsid`: only where it has to do with that namespace (0: any). */
void sim_self_test_abort(struct znvme_sim *sim, enum znvme_self_test_outcome outcome,
			 uint32_t nsid);
void sim_self_test_reset(struct znvme_sim *sim); /* a controller level reset */
void sim_log_self_test(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data);

/* firmware.c, boot.c */
void sim_firmware_init(struct znvme_sim *sim);
uint16_t sim_fw_download(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_fw_commit(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_firmware_expire(struct znvme_sim *sim, uint64_t now);
void sim_firmware_reset(struct znvme_sim *sim, enum sim_fw_reset kind);
uint16_t sim_firmware_pending(const struct znvme_sim *sim); /* the status that says so, or 0 */
void sim_log_fw_slot(struct znvme_sim *sim, const struct sim_cmd *cmd, void *data);
bool sim_boot_init(struct znvme_sim *sim); /* no mutex; false: out of memory */
void sim_boot_free(struct znvme_sim *sim);
uint16_t sim_boot_commit(struct znvme_sim *sim, struct sim_cmd *cmd, unsigned action);
uint32_t sim_boot_read32(struct znvme_sim *sim, uint32_t offset);
void sim_boot_write32(struct znvme_sim *sim, uint32_t offset, uint32_t value);

/* telemetry.c, pevent.c: logs whose length varies; each fills sim->mgmt.log */
uint16_t sim_log_telemetry_host(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_telemetry_ctrl(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_telemetry_capture(struct znvme_sim *sim, const char *reason); /* by the controller */
void sim_telemetry_read(struct znvme_sim *sim); /* without retaining the event */
uint16_t sim_log_pel(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_pel_add(struct znvme_sim *sim, enum znvme_pel_event type, uint8_t revision,
		 const void *data, uint16_t len);
char *sim_blob_room(struct sim_blob *blob, size_t len); /* zeroed; NULL: out of memory */
void sim_blob_free(struct sim_blob *blob);
void sim_pel_init(struct znvme_sim *sim);
void sim_mgmt_free(struct znvme_sim *sim);

/* rpmb.c */
int sim_rpmb_open(struct znvme_sim *sim); /* no mutex; 0 or a negative errno with a message */
void sim_rpmb_close(struct znvme_sim *sim);
void sim_rpmb_reset(struct znvme_sim *sim);	     /* a controller level reset */
uint32_t sim_rpmbs(const struct znvme_sim *sim);     /* Identify Controller's RPMBS */
bool sim_rpmb_has_boot(const struct znvme_sim *sim); /* it protects boot partitions */
bool sim_rpmb_boot_locked(const struct znvme_sim *sim, unsigned bpid);
uint16_t sim_rpmb_send(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_rpmb_receive(struct znvme_sim *sim, struct sim_cmd *cmd);

/* security.c, directive.c, groups.c */
uint16_t sim_security_send(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_security_receive(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_lockdown(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_lockdown_gate(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_lockdown(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_directive_send(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_directive_receive(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_endurance(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_endurance_events(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_media_unit(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_capacity(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_lba_status(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_boot(struct znvme_sim *sim, struct sim_cmd *cmd);

/* eom.c */
uint16_t sim_log_eom(struct znvme_sim *sim, struct sim_cmd *cmd); /* fills sim->mgmt.log */
void sim_eom_reset(struct znvme_sim *sim);			  /* a controller level reset */

/* extras.c */
uint16_t sim_log_ana(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_reach_groups(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_reach_assoc(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_rotational(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_log_dispersed(struct znvme_sim *sim, struct sim_cmd *cmd);
void sim_extra_id_ctrl(struct znvme_sim *sim, struct znvme_id_ctrl *id);
uint16_t sim_id_nvmset(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data);
uint16_t sim_id_uuids(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data);
uint16_t sim_id_domains(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data);
uint16_t sim_id_granularity(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			    void *data);
uint16_t sim_id_primary(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns, void *data);
uint16_t sim_id_secondary(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			  void *data);
uint16_t sim_virt_mgmt(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_capacity_mgmt(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_mi_send(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_mi_receive(struct znvme_sim *sim, struct sim_cmd *cmd);

/* lm.c, cdq.c */
void sim_lm_id_ctrl(struct znvme_sim *sim, struct znvme_id_ctrl *id);
uint16_t sim_id_state_formats(struct znvme_sim *sim, struct sim_cmd *cmd, struct sim_ns *ns,
			      void *data);
uint16_t sim_migration_send(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_migration_receive(struct znvme_sim *sim, struct sim_cmd *cmd);
bool sim_lm_suspended(const struct znvme_sim *sim, uint16_t cntlid);
void sim_lm_free(struct znvme_sim *sim);
bool sim_lm_has_ctrl(uint64_t cntlid); /* this one, or one that can be migrated; no mutex */
uint16_t sim_cdq_command(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_track_send(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_set_cdq(struct znvme_sim *sim, struct sim_cmd *cmd);
uint16_t sim_get_cdq(struct znvme_sim *sim, struct sim_cmd *cmd, bool initial);
/* The controller is suspended: its queues get their last entry, and are deleted or not. */
void sim_cdq_suspend(struct znvme_sim *sim, uint16_t cntlid, bool delete);
/* Blocks have changed, by the command; NULL: all of them by this controller. */
void sim_cdq_changed(struct znvme_sim *sim, const struct sim_cmd *cmd, const struct sim_ns *ns,
		     uint64_t slba, uint64_t nlb, bool deallocated);
void sim_cdq_reset(struct znvme_sim *sim); /* a controller level reset */

#endif
