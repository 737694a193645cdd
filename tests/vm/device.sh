#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The device tests over VFIO: binds the first device of the test machine to vfio-pci for the user who
# runs this, and runs device_test on it as that user. Arguments go to device_test.
#
#	scripts/vm run --nvme mdts=1 -- /znvme/tests/vm/device.sh --expect interrupts

address=0000:00:01.0

if ! sudo znvme bind $address --user "$(id -un)" >&2; then
	echo "Bail out! $address cannot be bound to vfio-pci"
	exit 1
fi
# Under emulation everything takes its time.
exec /usr/local/libexec/znvme/tests/device_test --seconds 240 "$@" $address
