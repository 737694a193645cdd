/* SPDX-License-Identifier: MIT */
/* The groups of device tests, a file each; main.c runs them. */
#ifndef ZNVME_DEVICE_TESTS_H
#define ZNVME_DEVICE_TESTS_H

#include "lib/harness.h"

extern const struct test_group life_tests;
extern const struct test_group admin_tests;
extern const struct test_group event_tests;
extern const struct test_group manage_tests;
extern const struct test_group manage_sim_tests;
extern const struct test_group log_tests;
extern const struct test_group feature_tests;
extern const struct test_group queue_tests;
extern const struct test_group wait_tests;
extern const struct test_group hmb_tests;
extern const struct test_group device_memory_tests;
extern const struct test_group kill_tests;
extern const struct test_group path_tests;
extern const struct test_group command_tests;
extern const struct test_group transfer_tests;
extern const struct test_group protection_tests;
extern const struct test_group io_tests;
extern const struct test_group memory_tests;
extern const struct test_group isolate_tests;
extern const struct test_group reset_tests;
extern const struct test_group owner_tests;
extern const struct test_group open_fault_tests;
extern const struct test_group fault_tests;
extern const struct test_group recover_tests;
extern const struct test_group limit_tests;
extern const struct test_group spy_tests;
extern const struct test_group copy_tests;
extern const struct test_group fused_tests;
extern const struct test_group resv_tests;
extern const struct test_group place_tests;
extern const struct test_group kv_tests;
extern const struct test_group rpmb_tests;
extern const struct test_group lm_tests;
extern const struct test_group regress_tests;
extern const struct test_group regress_admin_tests, regress_sim_tests;
extern const struct test_group regress_ctrl_tests;
extern const struct test_group regress_path_tests;
extern const struct test_group race_tests;
extern const struct test_group zns_tests, zns_lie_tests, zns_metadata_tests;

#endif
