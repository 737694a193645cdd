/* SPDX-License-Identifier: MIT */
/* The commands of the tool, by the file they live in. */
#ifndef ZNVME_TOOL_COMMANDS_H
#define ZNVME_TOOL_COMMANDS_H

#include "tool.h"

/* regs.c */
extern const struct tool_command show_regs_command;

/* id_ctrl.c, id_ns.c, nvm_id_ns.c, namespaces.c */
extern const struct tool_command id_ctrl_command, id_ns_command, nvm_id_ns_command,
	nvm_id_format_command, list_ns_command, ns_descs_command;

/* subsystem.c */
extern const struct tool_command get_ns_id_command, list_subsys_command, topology_command,
	zns_list_command;

/* logs.c */
extern const struct tool_command smart_log_command, error_log_command, fw_log_command,
	get_log_command;

/* features.c */
extern const struct tool_command get_feature_command, set_feature_command;

/* io.c, blocks.c */
extern const struct tool_command read_command, write_command, compare_command, write_zeroes_command,
	verify_command, write_uncor_command, dsm_command, flush_command;

/* copy.c */
extern const struct tool_command copy_command;

/* lba_status.c */
extern const struct tool_command get_lba_status_command;

/* fdp.c */
extern const struct tool_command fdp_configs_command, fdp_usage_command, fdp_stats_command,
	fdp_events_command, fdp_status_command, fdp_update_command, fdp_set_events_command,
	fdp_feature_command, io_mgmt_recv_command, io_mgmt_send_command;

/* kv.c */
extern const struct tool_command kv_store_command, kv_retrieve_command, kv_delete_command,
	kv_exist_command, kv_list_command;

/* kv_id_ns.c */
extern const struct tool_command kv_id_ns_command;

/* resv.c */
extern const struct tool_command resv_register_command, resv_acquire_command, resv_release_command,
	resv_report_command, resv_notif_log_command;

/* zns.c, zns_append.c, zns_manage.c */
extern const struct tool_command zns_id_ctrl_command, zns_id_ns_command, zns_report_zones_command,
	zns_zone_mgmt_recv_command, zns_changed_zone_list_command, zns_open_zone_command,
	zns_close_zone_command, zns_finish_zone_command, zns_reset_zone_command,
	zns_offline_zone_command, zns_zrwa_flush_zone_command, zns_set_zone_desc_command,
	zns_zone_mgmt_send_command, zns_zone_append_command;

/* dump.c, restore.c */
extern const struct tool_command dump_command, restore_command;

/* perf.c */
extern const struct tool_command perf_command;

/* passthru.c */
extern const struct tool_command reset_command, admin_passthru_command, io_passthru_command;

/* nsmgmt.c */
extern const struct tool_command create_ns_command, delete_ns_command, attach_ns_command,
	detach_ns_command, list_ctrl_command, ns_rescan_command;

/* format.c */
extern const struct tool_command format_command, sanitize_command, sanitize_log_command;

/* firmware.c, selftest.c */
extern const struct tool_command fw_download_command, fw_commit_command, fw_activate_command,
	self_test_command, self_test_log_command;

/* telemetry.c, pevent.c */
extern const struct tool_command telemetry_command, boot_log_command, boot_command, pevent_command;

/* effects.c */
extern const struct tool_command effects_log_command, supported_logs_command,
	feature_effects_command, mi_effects_command;

/* grouplogs.c, mgmt_addr.c */
extern const struct tool_command changed_ns_command, changed_alloc_ns_command, mgmt_addr_command,
	endurance_log_command, rotational_command, plm_command, plm_events_command,
	endurance_events_command, lockdown_log_command;

/* list_logs.c */
extern const struct tool_command ana_command, lba_status_command, media_unit_command,
	capacity_log_command, reach_groups_command, reach_assoc_command;

/* dispersed.c, eom.c */
extern const struct tool_command dispersed_command, eom_command;

/* identify.c */
extern const struct tool_command nvm_id_ctrl_command, indep_ns_command, primary_command,
	secondary_command, iocs_command, nvmset_command, uuid_command, domain_command,
	list_endgrp_command, endurance_list_command, granularity_command, id_format_command;

/* rpmb.c */
extern const struct tool_command rpmb_command;

/* lm.c, lm_state.c */
extern const struct tool_command lm_create_cdq_command, lm_delete_cdq_command, lm_get_cdq_command,
	lm_set_cdq_command, lm_track_send_command, lm_track_command, lm_migration_send_command,
	lm_migration_recv_command;

/* directive.c */
extern const struct tool_command dir_send_command, dir_receive_command;

/* security.c, resources.c */
extern const struct tool_command security_send_command, security_recv_command, mi_send_command,
	mi_recv_command, lockdown_command, virt_command, capacity_command, subsystem_reset_command;

/* reg_commands.c */
extern const struct tool_command get_reg_command, set_reg_command, get_property_command,
	set_property_command;

/* exec.c */
extern const struct tool_command exec_command;

/* top.c */
extern const struct tool_command top_command;

/* completion.c */
extern const struct tool_command completion_command;

/* man.c: the manual page of a command, or of the tool, as roff. */
void man_page(FILE *out, const struct tool_command *command);
void man_page_all(FILE *out);

/* main.c */
extern const struct tool_command help_command, version_command;

/* `znvme id ctrl`, `znvme log smart`: the command of two words in either order, or NULL. */
const struct tool_command *tool_find_two_words(const char *first, const char *second);

/* Whether the first or the last of the words of a command's name is the `len` bytes of `word`. */
bool tool_has_word(const char *name, const char *word, size_t len);

/* List the commands that have the word. Returns whether there are any. */
bool tool_help_word(FILE *out, const char *word);

#endif
