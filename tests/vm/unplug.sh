#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Lets an ordinary user's process pull and plug the device that it drives (tests/vm/unplug.c), in a test machine
# with --hotplug. For that the user may write the configuration of the slot's port, and talk to QEMU. The output
# is TAP.

set -u

device=0000:01:00.0
port=0000:00:01.0
config=/sys/bus/pci/devices/$port/config

for entry in /sys/class/virtio-ports/*; do
	[ "$(cat "$entry/name")" != qmp ] || qmp=/dev/${entry##*/}
done
# Slot Control stands in the port's PCI Express capability.
express=$(sudo lspci -vs $port | sed -n 's/.*Capabilities: \[\(..\)\] Express.*/\1/p')
offset=$((0x$express + 0x18))
value=0x$(sudo dd if=$config bs=1 skip=$offset count=2 status=none | od -An -tx2 | tr -d ' ')
sudo chmod 666 $config "$qmp"
sudo znvme bind $device --user user >&2 || exit 1
/usr/local/libexec/znvme/tests/unplug $device $config $offset "$value" "$qmp"
status=$?
[ $status -eq 0 ] || sudo dmesg | tail -n 60 >&2
exit $status
