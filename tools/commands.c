/* SPDX-License-Identifier: MIT */
/*
 * The table of commands, how a name is looked up in it, and the list of them that `znvme --help`
 * shows. A new command is a row here and a struct tool_command in the file of its concern.
 */
#include "commands.h"
#include "feat.h"

#include <string.h>

/* clang-format off */
const struct tool_command *const tool_commands[] = {
#ifndef TOOL_NO_HOST
	&host_list_command,
	&host_bind_command,
	&host_unbind_command,
	&host_doctor_command,
#endif
	&show_regs_command,
	&id_ctrl_command,
	&id_ns_command,
	&list_ns_command,
	&ns_descs_command,
	&get_ns_id_command,
	&list_subsys_command,
	&topology_command,
	&list_ctrl_command,
	&nvm_id_ctrl_command,
	&nvm_id_ns_command,
	&nvm_id_format_command,
	&indep_ns_command,
	&id_format_command,
	&granularity_command,
	&iocs_command,
	&nvmset_command,
	&uuid_command,
	&domain_command,
	&list_endgrp_command,
	&endurance_list_command,
	&primary_command,
	&secondary_command,
	&supported_logs_command,
	&smart_log_command,
	&error_log_command,
	&fw_log_command,
	&resv_notif_log_command,
	&get_log_command,
	&effects_log_command,
	&feature_effects_command,
	&mi_effects_command,
	&changed_ns_command,
	&self_test_log_command,
	&sanitize_log_command,
	&telemetry_command,
	&pevent_command,
	&endurance_log_command,
	&endurance_events_command,
	&ana_command,
	&lba_status_command,
	&media_unit_command,
	&capacity_log_command,
	&plm_command,
	&plm_events_command,
	&rotational_command,
	&reach_groups_command,
	&reach_assoc_command,
	&mgmt_addr_command,
	&dispersed_command,
	&eom_command,
	&changed_alloc_ns_command,
	&lockdown_log_command,
	&boot_log_command,
	&get_feature_command,
	&set_feature_command,
	&feats[FEAT_ARBITRATION].command,
	&feats[FEAT_POWER_MGMT].command,
	&feats[FEAT_LBA_RANGE_TYPE].command,
	&feats[FEAT_TEMP_THRESH].command,
	&feats[FEAT_ERR_RECOVERY].command,
	&feats[FEAT_VOLATILE_WC].command,
	&feats[FEAT_NUM_QUEUES].command,
	&feats[FEAT_INT_COALESCE].command,
	&feats[FEAT_INT_VECTOR_CONFIG].command,
	&feats[FEAT_WRITE_ATOM_NORMAL].command,
	&feats[FEAT_ASYNC_EVENT_CONF].command,
	&feats[FEAT_TIMESTAMP].command,
	&feats[FEAT_KEEP_ALIVE_TIMER].command,
	&feats[FEAT_HCTM].command,
	&feats[FEAT_HOST_BEHAVIOR_SUPPORT].command,
	&feats[FEAT_PERF_CHARACTERISTICS].command,
	&feats[FEAT_PERFC].command,
	&create_ns_command,
	&delete_ns_command,
	&attach_ns_command,
	&detach_ns_command,
	&format_command,
	&ns_rescan_command,
	&sanitize_command,
	&fw_download_command,
	&fw_commit_command,
	&fw_activate_command,
	&self_test_command,
	&boot_command,
	&security_send_command,
	&security_recv_command,
	&rpmb_command,
	&lockdown_command,
	&dir_send_command,
	&dir_receive_command,
	&virt_command,
	&capacity_command,
	&mi_send_command,
	&mi_recv_command,
	&lm_create_cdq_command,
	&lm_delete_cdq_command,
	&lm_get_cdq_command,
	&lm_set_cdq_command,
	&lm_track_send_command,
	&lm_track_command,
	&lm_migration_send_command,
	&lm_migration_recv_command,
	&read_command,
	&write_command,
	&compare_command,
	&write_zeroes_command,
	&write_uncor_command,
	&verify_command,
	&dsm_command,
	&copy_command,
	&get_lba_status_command,
	&flush_command,
	&fdp_configs_command,
	&fdp_usage_command,
	&fdp_stats_command,
	&fdp_events_command,
	&fdp_status_command,
	&fdp_update_command,
	&fdp_set_events_command,
	&fdp_feature_command,
	&io_mgmt_recv_command,
	&io_mgmt_send_command,
	&kv_store_command,
	&kv_retrieve_command,
	&kv_delete_command,
	&kv_exist_command,
	&kv_list_command,
	&kv_id_ns_command,
	&resv_register_command,
	&resv_acquire_command,
	&resv_release_command,
	&resv_report_command,
	&zns_list_command,
	&zns_id_ctrl_command,
	&zns_id_ns_command,
	&zns_report_zones_command,
	&zns_open_zone_command,
	&zns_close_zone_command,
	&zns_finish_zone_command,
	&zns_reset_zone_command,
	&zns_offline_zone_command,
	&zns_zrwa_flush_zone_command,
	&zns_set_zone_desc_command,
	&zns_zone_append_command,
	&zns_changed_zone_list_command,
	&zns_zone_mgmt_recv_command,
	&zns_zone_mgmt_send_command,
	&dump_command,
	&restore_command,
	&perf_command,
	&top_command,
	&reset_command,
	&subsystem_reset_command,
	&get_reg_command,
	&set_reg_command,
	&get_property_command,
	&set_property_command,
	&admin_passthru_command,
	&io_passthru_command,
	&exec_command,
	&completion_command,
	&help_command,
	&version_command,
	NULL,
};

static const char *const group_titles[TOOL_NR_GROUPS] = {
	[TOOL_GROUP_HOST] = "The machine",
	[TOOL_GROUP_IDENTIFY] = "What the device is",
	[TOOL_GROUP_LOG] = "Logs",
	[TOOL_GROUP_FEATURE] = "Features",
	[TOOL_GROUP_NAMESPACE] = "Namespaces",
	[TOOL_GROUP_MANAGE] = "The device",
	[TOOL_GROUP_IO] = "Blocks",
	[TOOL_GROUP_PLACEMENT] = "Data placement",
	[TOOL_GROUP_KV] = "Keys and values",
	[TOOL_GROUP_RESERVATION] = "Reservations",
	[TOOL_GROUP_ZONES] = "Zoned namespaces (also in two words: znvme zns id-ns)",
	[TOOL_GROUP_IMAGE] = "Images",
	[TOOL_GROUP_LOAD] = "Load",
	[TOOL_GROUP_RAW] = "Controller and raw commands",
	[TOOL_GROUP_HELP] = "Help",
};
/* clang-format on */

const char *tool_group_title(enum tool_group group)
{
	return group_titles[group];
}

const struct tool_command *tool_find_command(const char *name)
{
	for (unsigned i = 0; tool_commands[i]; i++)
		if (!strcmp(tool_commands[i]->name, name))
			return tool_commands[i];
	return NULL;
}

const struct tool_command *tool_find_two_words(const char *first, const char *second)
{
	const struct tool_command *command;
	char name[64];

	snprintf(name, sizeof(name), "%s-%s", first, second);
	command = tool_find_command(name);
	if (command)
		return command;
	snprintf(name, sizeof(name), "%s-%s", second, first);
	return tool_find_command(name);
}

bool tool_has_word(const char *name, const char *word, size_t len)
{
	size_t all = strlen(name);

	return all > len && ((!strncmp(name, word, len) && name[len] == '-') ||
			     (!strncmp(name + all - len, word, len) && name[all - len - 1] == '-'));
}

unsigned tool_distance(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b), i, j;
	unsigned row[64];

	if (len_a >= TOOL_COUNT(row) || len_b >= TOOL_COUNT(row))
		return UINT32_MAX;
	for (j = 0; j <= len_b; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= len_a; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (j = 1; j <= len_b; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[len_b];
}

const char *tool_nearest_command(const char *name)
{
	const char *near = NULL;
	unsigned best = 3;

	for (unsigned i = 0; tool_commands[i]; i++) {
		unsigned distance = tool_distance(name, tool_commands[i]->name);

		if (distance < best) {
			best = distance;
			near = tool_commands[i]->name;
		}
	}
	return near;
}

static void put_line(FILE *out, const struct tool_command *command)
{
	fprintf(out, "  %-28s %s\n", command->name, command->summary);
}

bool tool_help_word(FILE *out, const char *word)
{
	bool any = false;

	for (unsigned i = 0; tool_commands[i]; i++) {
		if (!tool_has_word(tool_commands[i]->name, word, strlen(word)))
			continue;
		if (!any)
			fprintf(out, "Usage: znvme %s COMMAND [DEVICE] [OPTIONS]\n\n", word);
		put_line(out, tool_commands[i]);
		any = true;
	}
	return any;
}

void tool_help_all(FILE *out)
{
	fputs("znvme: NVMe devices from userspace\n\n"
	      "Usage: znvme COMMAND [DEVICE] [OPTIONS]\n"
	      "       znvme COMMAND --help\n\n"
	      "DEVICE is a PCI address bound to vfio-pci (06:00.0, namespace 2 of it: 06:00.0n2), "
	      "the\n"
	      "simulated controller (sim: or sim:OPTIONS), or what ZNVME_DEVICE says.\n",
	      out);
	for (int group = 0; group < TOOL_NR_GROUPS; group++) {
		fprintf(out, "\n%s:\n", group_titles[group]);
		for (unsigned i = 0; tool_commands[i]; i++)
			if (tool_commands[i]->group == (enum tool_group)group)
				put_line(out, tool_commands[i]);
	}
}
