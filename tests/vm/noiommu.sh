#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A device that the kernel has in no-IOMMU mode: neither bind nor the library takes it, not even for root. Debian's
# kernel is built without that mode (CONFIG_VFIO_NOIOMMU), so the node by which it shows is made by hand. The
# output is TAP.

# shellcheck disable=SC2024 # what sudo's command says goes to a file of ours
set -u

device=0000:00:01.0
number=0
out=$(mktemp)

result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		sed 's/^/# /' "$out"
	fi
}

# refused NAME TEXT COMMAND...: it fails, and says TEXT.
refused() {
	local name=$1 text=$2
	shift 2
	! "$@" >"$out" 2>&1 && grep -qF -e "$text" "$out"
	result $? "$name"
}

sudo znvme bind $device --user user >"$out" 2>&1
result $? "bind"
node=/dev/vfio/noiommu-$(basename "$(readlink /sys/bus/pci/devices/$device/iommu_group)")
sudo touch "$node"
refused "the library does not open it" "it is not opened" znvme id-ctrl $device
refused "not for root either" "nothing would keep it from any of the machine's memory" sudo znvme id-ctrl $device
refused "bind does not give it to a user" "no-IOMMU mode, which znvme does not use" sudo znvme bind $device --user user
sudo rm "$node"
znvme id-ctrl $device >"$out" 2>&1
result $? "without that node it is opened"
sudo touch "$node"
sudo znvme unbind $device >"$out" 2>&1
result $? "unbind gives it back to the kernel's driver"
echo "1..$number"
