/* SPDX-License-Identifier: MIT */
/* Controllers that need care: a table by PCI id, data and not code. */
#ifndef CTRL_QUIRKS_H
#define CTRL_QUIRKS_H

#include <stdint.h>

#include "znvme/device.h"

enum quirk {
	QUIRK_LATE_READY = 1u << 0, /* CSTS.RDY must not be read for 2.3 s after CC.EN changes */
	QUIRK_REST_AFTER_RESET = 1u << 1, /* wants 250 ms of rest after CC.EN is cleared */
	QUIRK_BOGUS_NS_IDS = 1u << 2,	  /* EUI64, NGUID and UUID are not unique */
	QUIRK_SLOW_SHUTDOWN = 1u << 3,	  /* takes far longer to shut down than it says */
};

uint32_t quirks_of(const struct znvme_device *dev);

#endif
