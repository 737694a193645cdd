/* SPDX-License-Identifier: MIT */
/*
 * znvme: a userspace NVMe driver. This is the umbrella; each header also stands alone.
 *
 *   znvme_open()  →  znvme_ns_get()  →  znvme_pread() / znvme_pwrite()             blocking, by
 * bytes →  znvme_queue_create()  →  get_sqe / prep / submit / reap      asynchronous, by blocks →
 * znvme_admin(), znvme_identify(), znvme_get_log(), …          everything else
 */
#ifndef ZNVME_H
#define ZNVME_H

#include "znvme/spec.h"
#include "znvme/error.h"
#include "znvme/ffi.h"
#include "znvme/names.h"
#include "znvme/device.h"
#include "znvme/mem.h"
#include "znvme/ns.h"
#include "znvme/ctrl.h"
#include "znvme/queue.h"
#include "znvme/admin.h"
#include "znvme/cmd.h"
#include "znvme/copy.h"
#include "znvme/fused.h"
#include "znvme/limits.h"
#include "znvme/lba_status.h"
#include "znvme/lm.h"
#include "znvme/pi.h"
#include "znvme/io.h"
#include "znvme/kv.h"
#include "znvme/place.h"
#include "znvme/resv.h"
#include "znvme/rpmb.h"
#include "znvme/zns.h"
#include "znvme/sim.h"

#endif
