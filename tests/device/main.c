// SPDX-License-Identifier: MIT
/* All device tests in one program: `device_test ADDRESS`. */
#include "tests.h"

int main(int argc, char **argv)
{
	const struct test_group groups[] = {
		life_tests,	    admin_tests,	event_tests,	  queue_tests,
		wait_tests,	    command_tests,	transfer_tests,	  io_tests,
		memory_tests,	    isolate_tests,	reset_tests,	  owner_tests,
		path_tests,	    open_fault_tests,	fault_tests,	  recover_tests,
		limit_tests,	    spy_tests,		regress_tests,	  regress_admin_tests,
		regress_sim_tests,  regress_ctrl_tests, copy_tests,	  fused_tests,
		resv_tests,	    place_tests,	kv_tests,	  rpmb_tests,
		regress_path_tests, kill_tests,		hmb_tests,	  device_memory_tests,
		race_tests,	    manage_tests,	manage_sim_tests, log_tests,
		feature_tests,	    zns_tests,		zns_lie_tests,	  zns_metadata_tests,
		protection_tests,   lm_tests,
	};

	return test_main(argc, argv, groups, ARRAY_LEN(groups));
}
