/* SPDX-License-Identifier: MIT */
#include "ctrl/quirks.h"

#include "base/base.h"

/* The reasons are known from the drives' behaviour under other drivers. */
static const struct {
	uint16_t vendor;
	uint16_t device;
	uint32_t quirks;
} table[] = {
	{0x1b36, 0x0010, QUIRK_BOGUS_NS_IDS},	  /* QEMU: EUI64 by default the same for all */
	{0x8086, 0x0953, QUIRK_REST_AFTER_RESET}, /* Intel P3500, P3600, P3700 */
	{0x8086, 0x0a54, QUIRK_REST_AFTER_RESET}, /* Intel P4500, P4600, P4510 */
	{0x8086, 0x0a55, QUIRK_REST_AFTER_RESET}, /* Dell's P4600 */
	{0x025e, 0xf1ac, QUIRK_REST_AFTER_RESET}, /* Solidigm P44 Pro */
	{0x1c58, 0x0003, QUIRK_LATE_READY},	  /* HGST SN100 */
	{0x1c58, 0x0023, QUIRK_LATE_READY},	  /* WDC SN200 */
	{0x1c5f, 0x0540, QUIRK_LATE_READY},	  /* Memblaze Pblaze4 */
	{0x144d, 0xa821, QUIRK_LATE_READY},	  /* Samsung PM1725 */
	{0x144d, 0xa822, QUIRK_LATE_READY},	  /* Samsung PM1725a */
	{0x144d, 0xa802, QUIRK_BOGUS_NS_IDS},	  /* Samsung SM951, PM951 */
	{0x126f, 0x2262, QUIRK_BOGUS_NS_IDS},	  /* Silicon Motion SM2262 */
	{0x126f, 0x2263, QUIRK_BOGUS_NS_IDS},	  /* Silicon Motion SM2263 */
	{0x1e49, 0x0041, QUIRK_BOGUS_NS_IDS},	  /* ZHITAI TiPro7000 */
	{0x2646, 0x2262, QUIRK_BOGUS_NS_IDS},	  /* Kingston Skyhawk */
	{0x106b, 0x2001, QUIRK_SLOW_SHUTDOWN},	  /* Apple's own controllers */
};

uint32_t quirks_of(const struct znvme_device *dev)
{
	uint32_t quirks = 0;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].vendor == dev->vendor && table[i].device == dev->device)
			quirks |= table[i].quirks;
	return quirks;
}
