#!/bin/bash
# SPDX-License-Identifier: MIT
#
# SR-IOV: a virtual function of a controller whose physical function stays with the kernel's driver. The kernel
# makes it, nvme-cli gives it its queues and vectors (Virtualization Management), and an ordinary user drives it.
# Both reach the same namespace. Needs VM_SRIOV of tests/lib/suites.py. The output is TAP.

set -u

pf=0000:01:00.0
vf=0000:01:00.1
sysfs=/sys/bus/pci/devices/$pf
number=0
out=$(mktemp)

# ok NAME COMMAND...: the command succeeds.
ok() {
	local name=$1 status
	shift
	"$@" >"$out" 2>&1
	status=$?
	number=$((number + 1))
	if [ $status -eq 0 ]; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		sed 's/^/# /' "$out" | tail -n 40
	fi
}

# prints TEXT COMMAND...: it prints this, and succeeds.
prints() {
	local text=$1
	shift
	"$@" | grep -F -e "$text"
}

put() {
	echo "$2" | sudo tee "$1" >/dev/null
}

# A file of 64 KiB to the device by one side; read by the other it is the same.
from_kernel() {
	head -c 65536 /dev/urandom >pattern && sudo dd if=pattern of=/dev/nvme0n1 oflag=direct status=none &&
		znvme read $vf -s 0 -c 127 -z 65536 -d back && cmp pattern back
}

to_kernel() {
	head -c 65536 /dev/urandom >pattern && znvme write $vf -s 128 -c 127 -z 65536 -d pattern &&
		sudo dd if=/dev/nvme0n1 of=back bs=65536 skip=1 count=1 iflag=direct status=none && cmp pattern back
}

# The function must not be probed by the kernel's driver before it has queues.
put $sysfs/sriov_drivers_autoprobe 0
put $sysfs/sriov_numvfs 1
ok "the function has no queues yet: opening it fails and says so" \
	bash -c "sudo znvme bind $vf --user user && ! znvme id-ctrl $vf"
ok "three queues for it" sudo nvme virt-mgmt /dev/nvme0 -c 1 -r 0 -a 8 -n 3
ok "three vectors for it" sudo nvme virt-mgmt /dev/nvme0 -c 1 -r 1 -a 8 -n 3
ok "it goes online" sudo nvme virt-mgmt /dev/nvme0 -c 1 -a 9
ok "it is controller 1 of the subsystem" prints "cntlid    : 0x1" znvme id-ctrl $vf
ok "with two I/O queues" prints "NSQA" znvme get-feature $vf -f 7 -H
for group in life queue transfer reset; do
	ok "it passes the device tests: $group" /usr/local/libexec/znvme/tests/device_test --seconds 240 \
		--expect interrupts,owner,iommu $vf "$group:*"
done
ok "what the kernel writes by the physical function is read by the virtual one" from_kernel
ok "and the other way round" to_kernel
ok "the physical function is refused while it has virtual ones" \
	bash -c "sudo znvme bind $pf --user user 2>&1 | grep -F 'virtual functions of it are enabled'"
ok "the virtual function is given back" sudo znvme unbind $vf --driver nvme
ok "the physical one gives it up" put $sysfs/sriov_numvfs 0

echo "1..$number"
