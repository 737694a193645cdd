#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A process that writes and flushes is killed by kill -9 two hundred times, at any moment; what it had flushed
# is there when the next one opens the device. And the other tests of tests/device/kill.c, over VFIO.

export ZNVME_TEST_KILLS=200
address=0000:00:01.0

if ! sudo znvme bind $address --user "$(id -un)" >&2; then
	echo "Bail out! $address cannot be bound to vfio-pci"
	exit 1
fi
exec /usr/local/libexec/znvme/tests/device_test --expect iommu,owner --seconds 200 $address 'kill:*'
