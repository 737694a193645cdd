/* SPDX-License-Identifier: MIT */
/*
 * NVMe wire formats, straight from the specifications: NVMe Base 2.1, NVM Command Set 1.1, Zoned
 * Namespace Command Set 1.2, NVMe over PCIe Transport 1.1. Every size and landmark offset is
 * statically asserted. This is floor 0: it knows nothing of the driver, and the simulated
 * controller shares nothing else with it.
 */
#ifndef ZNVME_SPEC_H
#define ZNVME_SPEC_H

#include "spec/types.h"
#include "spec/regs.h"
#include "spec/cmd.h"
#include "spec/admin.h"
#include "spec/identify.h"
#include "spec/log.h"
#include "spec/feature.h"
#include "spec/status.h"
#include "spec/copy.h"
#include "spec/directive.h"
#include "spec/fdp.h"
#include "spec/kv.h"
#include "spec/lba_status.h"
#include "spec/lm.h"
#include "spec/resv.h"
#include "spec/rpmb.h"
#include "spec/zns.h"
#include "spec/pi.h"

#endif
