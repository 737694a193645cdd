/* SPDX-License-Identifier: MIT */
/*
 * QEMU's NVMe model as a struct znvme_device, with no guest: a stopped machine whose registers are
 * reached by the qtest text protocol and whose memory is a file that both processes share. It is
 * the second opinion on our reading of the specification. Has no IOMMU: addresses are not checked.
 *
 * Options, separated by commas:
 *
 *   size=64M        bytes of each disk; disks are memory
 *   bs=512          logical block size
 *   ms=0            bytes of metadata a block
 *   nsid=1+3        ids of the namespaces
 *   mem=256M        machine memory, and so what can be mapped at one time
 *   nvme=a=1+b=2    properties of QEMU's nvme device
 *   subsys=a=1+b=2  properties of an nvme-subsys that it is put into (nqn=…): namespaces can then
 *                   be detached and attached
 *   ns=a=1+b=2      properties of each nvme-ns device
 *   last=a=1+b=2    more properties of the last of them
 *
 * The environment's ZNVME_QEMU names another QEMU than the one on the PATH.
 */
#ifndef ZNVME_TEST_QTEST_H
#define ZNVME_TEST_QTEST_H

#include <znvme/device.h>

/* The machine lives as long as the device, or the thread that opened it. */
int qtest_device_open(const char *options, struct znvme_device **dev);

/* Whether there is a QEMU to run. */
bool qtest_available(void);

#endif
