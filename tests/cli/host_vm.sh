#!/bin/bash
# SPDX-License-Identifier: MIT
#
# list, bind, unbind and doctor on a real kernel with an IOMMU, vfio-pci, file systems, swap, device
# mapper and loop devices. Without an argument it boots the test machine (scripts/vm) and runs itself
# there as root; the devices are
#
#	0000:00:01.0  an ordinary NVMe device, alone in its IOMMU group
#	0000:00:05.x  NVMe, virtio-rng, NVMe: three functions in one group
#	0000:00:06.0  NVMe with a multipath disk
#
# Other arguments go to scripts/vm (--root DIR, --extra-file ZNVME:/usr/local/bin/znvme). Output is TAP.

set -u

boot() {
	local here qemu
	here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
	qemu="-drive id=n5,if=none,format=raw,file.driver=null-co,file.size=64M"
	qemu+=" -device nvme,serial=five,drive=n5,addr=05.0,multifunction=on"
	qemu+=" -device virtio-rng-pci,addr=05.1"
	qemu+=" -drive id=n52,if=none,format=raw,file.driver=null-co,file.size=64M"
	qemu+=" -device nvme,serial=five-two,drive=n52,addr=05.2"
	qemu+=" -device nvme-subsys,id=subsystem -device nvme,serial=six,subsys=subsystem,addr=06.0"
	qemu+=" -drive id=n6,if=none,format=raw,file.driver=null-co,file.read-zeroes=on,file.size=64M"
	qemu+=" -device nvme-ns,drive=n6,shared=on"
	exec "$here/../../scripts/vm" run --as root --extra-file "$here/host_vm.sh:/znvme/host_vm.sh" \
		--timeout 200 --qemu "$qemu" "$@" -- bash /znvme/host_vm.sh guest
}

[ "${1:-}" = guest ] || boot "$@"

A=0000:00:01.0
DEVICE=/sys/bus/pci/devices/$A
number=0 failures=0

result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $number - $2"
	sed 's/^/# /' /tmp/out
}

# try NAME STATUS TEXT COMMAND...: the command's status, and what is in its output or errors
try() {
	local name=$1 status=$2 text=$3 got ok
	shift 3
	"$@" >/tmp/out 2>&1
	got=$?
	[ "$got" -eq "$status" ] && grep -qF -e "$text" /tmp/out
	ok=$?
	[ "$got" -eq "$status" ] || echo "# status $got, not $status"
	[ "$ok" -eq 0 ] || echo "# wanted: $text"
	result $ok "$name"
}

is() {
	echo "got '$2', wanted '$3'" >/tmp/out
	[ "$2" = "$3" ]
	result $? "$1"
}

driver() {
	basename "$(readlink "/sys/bus/pci/devices/${1:-$A}/driver" || echo none)"
}

as_user() {
	setpriv --reuid user --regid user --init-groups --inh-caps=-all "$@"
}

wait_for() {
	local tries
	for ((tries = 0; tries < 250; tries++)); do
		! "$@" || return 0
		usleep 20000
	done
	return 1
}

test_round() {
	try "list: with the kernel's driver" 0 "with the kernel's driver nvme (as nvme0)" znvme list
	try "doctor: what to do" 1 "fix: sudo znvme bind $A --user user" as_user znvme doctor $A
	try "bind: not as an ordinary user" 1 "sudo znvme bind $A --user user" \
		as_user znvme bind 00:01.0 --user user
	try "bind" 0 "$A: from nvme to vfio-pci, IOMMU group" znvme bind 00:01.0 --user user
	is "bind: the driver" "$(driver)" vfio-pci
	group=$(basename "$(readlink $DEVICE/iommu_group)")
	is "bind: the node" "$(stat -c '%U %a' "/dev/vfio/$group")" "user 600"
	try "doctor: the way is free" 0 "ok    busy" as_user znvme doctor $A
	try "list: ready" 0 "ready for znvme" as_user znvme list
	try "bind: again" 0 "already with vfio-pci" znvme bind $A --user 12345
	is "bind: again: the node" "$(stat -c '%u %a' "/dev/vfio/$group")" "12345 600"
	exec 7<>"/dev/vfio/$group"
	try "doctor: held" 1 "held by process $$ (bash)" znvme doctor $A
	try "unbind: held" 1 "held by process $$ (bash)" znvme unbind $A
	is "unbind: held: the driver" "$(driver)" vfio-pci
	(exec 7>&-; znvme unbind $A --force >/tmp/forced 2>&1) &
	sleep 1
	exec 7>&-
	wait $!
	try "unbind: by force, when it lets go" 0 "from vfio-pci to nvme, as nvme" cat /tmp/forced
	[ ! -e "/dev/vfio/$group" ]
	result $? "unbind: the node is gone"
	try "unbind: again" 0 "already with nvme" znvme unbind $A
	is "unbind: no override is left" "$(cat $DEVICE/driver_override)" "(null)"
	wait_for test -b /dev/nvme0n1
	result $? "unbind: the kernel has the disk again"
}

# in_use NAME TEXT: bind refuses and leaves the driver alone
in_use() {
	try "bind: $1" 1 "$2" znvme bind $A
	is "bind: $1: the driver" "$(driver)" nvme
}

test_in_use() {
	local pid
	modprobe -a ext4 dm-mod loop
	printf 'o\nn\np\n1\n2048\n40000\nn\np\n2\n\n\nw\n' | fdisk /dev/nvme0n1 >/dev/null 2>&1
	wait_for test -b /dev/nvme0n1p2
	mke2fs -q /dev/nvme0n1p2
	mkdir -p "/mnt/my disk"
	mount -t ext4 /dev/nvme0n1p2 "/mnt/my disk"
	in_use "mounted" "nvme0n1p2 is mounted on /mnt/my disk"
	try "list: mounted" 0 "in use: nvme0n1p2 is mounted on /mnt/my disk" as_user znvme list
	umount "/mnt/my disk"

	unshare -m sh -c 'mount -t ext4 /dev/nvme0n1p2 /mnt; exec sleep 1000' &
	pid=$!
	wait_for grep -q nvme0n1p2 /proc/$pid/mountinfo
	in_use "mounted elsewhere" "nvme0n1p2 is mounted on /mnt for process $pid"
	kill $pid
	wait $pid 2>/dev/null

	mkswap /dev/nvme0n1p1 >/dev/null 2>&1
	swapon /dev/nvme0n1p1
	in_use "swap" "sudo swapoff /dev/nvme0n1p1"
	swapoff /dev/nvme0n1p1

	echo "0 8192 linear /dev/nvme0n1p1 0" | dmsetup create my-volume --noudevsync
	in_use "device mapper" "nvme0n1p1 is held by dm-0 (device mapper my-volume)"
	mke2fs -q /dev/dm-0
	mount -t ext4 /dev/dm-0 /mnt
	in_use "device mapper, mounted" "(device mapper my-volume), which is mounted on /mnt"
	umount /mnt
	dmsetup remove --noudevsync my-volume

	losetup /dev/loop0 /dev/nvme0n1p1
	in_use "loop device" "nvme0n1p1 is held by loop0 (loop device)"
	losetup -d /dev/loop0

	exec 7</dev/nvme0n1
	in_use "open in a process" "nvme0n1 is open in process $$ (bash)"
	exec 7>&-

	mke2fs -q /dev/nvme3n1 2>/dev/null
	mkswap /dev/nvme3n1 >/dev/null 2>&1
	mount -t tmpfs none /mnt
	exec 7</dev/nvme3n1
	try "bind: a multipath disk that is open" 1 "nvme3n1 is open in process" znvme bind 00:06.0
	exec 7>&-
	umount /mnt
	try "bind: a multipath disk" 0 "from nvme to vfio-pci" znvme bind 00:06.0
	try "unbind: a multipath disk" 0 "from vfio-pci to nvme" znvme unbind 00:06.0
	try "bind: not NVMe" 1 "not an NVMe controller" znvme bind 00:1f.0
}

test_group() {
	try "bind: a shared group" 1 "0000:00:05.1/driver/unbind" znvme bind 00:05.0
	is "bind: a shared group: the driver" "$(driver 0000:00:05.0)" nvme
	echo 0000:00:05.1 >/sys/bus/pci/devices/0000:00:05.1/driver/unbind
	try "bind: the first NVMe device of a group" 0 "sudo znvme bind 0000:00:05.2" znvme bind 00:05.0
	try "open: a group that is not viable" 1 "is not viable, because of 0000:00:05.2 (nvme)" \
		znvme id-ctrl 00:05.0
	try "list: it is not ready" 0 "is shared with 0000:00:05.2 (driver nvme)" znvme list
	try "bind: the second" 0 "from nvme to vfio-pci" znvme bind 00:05.2
	try "doctor: now it is" 0 "ok    busy" znvme doctor 00:05.0
	try "unbind: the first" 0 "from vfio-pci to nvme" znvme unbind 00:05.2
	try "unbind: the second" 0 "from vfio-pci to nvme" znvme unbind 00:05.0
}

test_modules() {
	rmmod vfio_pci vfio_pci_core vfio_iommu_type1 vfio_virqfd vfio
	try "doctor: vfio-pci is not loaded" 1 "not loaded; \`znvme bind\` loads it" znvme doctor
	try "bind: loads vfio-pci" 0 "from nvme to vfio-pci" znvme bind $A
	[ -e /sys/module/vfio_iommu_type1 ]
	result $? "bind: and what VFIO needs with it"
	for address in 0000:00:05.0 0000:00:05.2 0000:00:06.0; do
		echo $address >/sys/bus/pci/drivers/nvme/unbind
	done
	rmmod nvme
	try "unbind: loads nvme" 0 "from vfio-pci to nvme" znvme unbind $A
	is "unbind: others got nothing they had not" "$(driver)" nvme
}

# Killed at any moment, bind leaves what unbind and the next bind can go on from.
test_kill() {
	local i pid half=0 bad=0 start=${EPOCHREALTIME//[^0-9]/} duration
	znvme bind $A >/dev/null
	duration=$((${EPOCHREALTIME//[^0-9]/} - start))
	znvme unbind $A >/dev/null
	for ((i = 1; i <= 60; i++)); do
		znvme bind $A >/dev/null 2>&1 &
		pid=$!
		usleep $((duration * i / 50))
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
		[ "$(driver)" = nvme ] || half=$((half + 1))
		if [ $((i % 2)) -eq 0 ]; then
			znvme bind $A >/dev/null 2>/tmp/out && [ "$(driver)" = vfio-pci ] || bad=$((bad + 1))
		fi
		znvme unbind $A >/dev/null 2>/tmp/out && [ "$(driver)" = nvme ] || bad=$((bad + 1))
		[ "$(cat $DEVICE/driver_override)" = "(null)" ] || bad=$((bad + 1))
	done
	echo "# killed 60 times, $half times after it had taken the device"
	[ $half -gt 5 ]
	result $? "bind: killed at the moments that matter"
	is "bind: killed at any moment" $bad 0
}

test_two() {
	local pids=() i
	for i in 1 2 3; do
		znvme bind $A >/dev/null 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "bind: three at once" "$(driver)" vfio-pci
	znvme unbind $A >/dev/null 2>&1
	is "unbind after that" "$(driver)" nvme
}

test_memlock() {
	ulimit -l 64
	try "doctor: too little locked memory" 1 "64 KiB, but 8192 KiB are needed" as_user znvme doctor $A
}

test_round
test_in_use
test_group
test_modules
test_kill
test_two
test_memlock
echo "1..$number"
[ "$failures" -eq 0 ]
