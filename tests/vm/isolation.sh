#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What VFIO and the IOMMU keep apart, on a real kernel: the device and memory that is not mapped for it, a user
# and the devices of others. Needs two devices in groups of their own (VM_TWO in tests/lib/suites.py); what the
# kernel logs of refused transfers is asked of it, test by test. The output is TAP.

set -u

device=0000:00:01.0
other=0000:00:02.0
device_test=/usr/local/libexec/znvme/tests/device_test
work=$(mktemp -d)
cd "$work" || exit 1
number=0

# result STATUS NAME: a line of TAP, with what the last command said where it failed.
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		sed 's/^/# /' "$work"/out | head -40
	fi
}

# ok NAME COMMAND...: the command succeeds.
ok() {
	local name=$1
	shift
	"$@" >"$work/out" 2>&1
	result $? "$name"
}

# refused NAME TEXT COMMAND...: it fails, and says TEXT.
refused() {
	local name=$1 text=$2
	shift 2
	! "$@" >"$work/out" 2>&1 && grep -qF -e "$text" "$work/out"
	result $? "$name"
}

# is NAME VALUE WANTED
is() {
	echo "got '$2', wanted '$3'" >"$work/out"
	[ "$2" = "$3" ]
	result $? "$1"
}

faults() {
	sudo dmesg | grep -c "DMAR: \[DMA $1 .*Request device \[00:01.0\]"
}

# The kernel logs faults from an interrupt handler, so perhaps a moment later than the command ends.
more_faults_than() {
	local tries
	for ((tries = 0; tries < 500; tries++)); do
		[ "$(faults "$1")" -gt "$2" ] && return 0
		sleep 0.02
	done
	echo "no new DMAR fault in the kernel's log" >>"$work/out"
	return 1
}

# fault Read|Write BODY: this test passes, and the kernel logs that the IOMMU refused the device this. The kernel
# logs three faults in five seconds at most: older ones are left behind first.
fault() {
	local before
	sleep 6
	before=$(faults "$1")
	ok "$2" "$device_test" --seconds 100 $device "isolate: $2"
	more_faults_than "$1" "$before"
	result $? "$2: the kernel logs a DMAR fault"
}

node_of() {
	echo "/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")")"
}

# The nodes under /dev/vfio that `user` could open, but for the container, which is everybody's.
nodes_of_user() {
	find /dev/vfio -type c ! -name vfio \( -user user -o -group user -o -perm /066 \) | sort | tr '\n' ' '
}

as_nobody() {
	sudo setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all --bounding-set=-all "$@"
}

# try_write FILE TEXT: as a program without sudo would.
try_write() {
	echo "$2" >"$1"
}

# --- before anything is given ---------------------------------------------------------------------------------
is "the user has no capability" "$(grep CapEff /proc/self/status | tr -d '[:space:]')" CapEff:0000000000000000
refused "an ordinary user cannot bind" "sudo znvme bind" znvme bind $device --user user
refused "nor write driver_override" "Permission denied" \
	try_write /sys/bus/pci/devices/$device/driver_override vfio-pci
refused "nor take the driver away" "Permission denied" try_write /sys/bus/pci/drivers/nvme/unbind $device
refused "nor give the driver new devices" "Permission denied" \
	try_write /sys/bus/pci/drivers/vfio-pci/new_id "1b36 0010"
is "the driver is what it was" "$(basename "$(readlink /sys/bus/pci/devices/$device/driver)")" nvme

# --- one group, one user --------------------------------------------------------------------------------------
ok "root binds one to the user" sudo znvme bind $device --user user
ok "and another to somebody else" sudo znvme bind $other --user nobody
is "the groups are two" "$([ "$(node_of $device)" != "$(node_of $other)" ] && echo two)" two
is "the user's node is the user's alone" "$(stat -c '%U %a' "$(node_of $device)")" "user 600"
is "the other's is the other's alone" "$(stat -c '%U %a' "$(node_of $other)")" "nobody 600"
is "the user can open that one group and no other" "$(nodes_of_user)" "$(node_of $device) "
ok "the user opens the own device" znvme id-ctrl $device
refused "the user cannot open another user's group" "Permission denied" znvme id-ctrl $other
ok "the other opens the other's" as_nobody znvme id-ctrl $other
refused "but not the user's" "Permission denied" as_nobody znvme id-ctrl $device
refused "the user cannot unbind it either" "sudo znvme unbind" znvme unbind $device

# --- the IOMMU ------------------------------------------------------------------------------------------------
fault Write "a read to an address that is not mapped changes nothing"
fault Read "a write from an address that is not mapped ends"
fault Write "a read to what was just unmapped changes nothing"
fault Read "a command whose PRP list is not mapped fails"
fault Write "a read-only mapping is read and not written"
ok "data and queues never share a page" "$device_test" --seconds 100 $device "isolate: data and queues"

# --- and back -------------------------------------------------------------------------------------------------
node=$(node_of $device)
ok "unbind" sudo znvme unbind $device
is "unbind takes the group back: there is no node" "$(ls "$node" 2>/dev/null)" ""
ok "bind for nobody in particular" sudo znvme bind $device
is "the node is root's" "$(stat -c '%U %a' "$(node_of $device)")" "root 600"
refused "and not the user's any more" "Permission denied" znvme id-ctrl $device
is "the other's node is as it was" "$(stat -c '%U %a' "$(node_of $other)")" "nobody 600"
ok "the device goes from one user to the next" sudo znvme bind $device --user nobody
is "which it then belongs to" "$(stat -c '%U %a' "$(node_of $device)")" "nobody 600"
refused "and to no one else" "Permission denied" znvme id-ctrl $device

echo "1..$number"
cd / && rm -rf "$work"
