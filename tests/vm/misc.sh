#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Tests the scripts in misc/ on a real device, in the test machine, as an ordinary user with sudo.
# With the IOMMU off it tests instead that they say so and how to mend it:
#
#	scripts/vm run -- /znvme/tests/vm/misc.sh
#	scripts/vm run --append intel_iommu=off -- /znvme/tests/vm/misc.sh

ADDR=${1:-0000:00:01.0}
SHORT=${ADDR#0000:}
MISC=$(cd "$(dirname "$0")/../../misc" && pwd)
SYS=/sys/bus/pci/devices/$ADDR
OUT=$(mktemp)
count=0
failed=0

case ${1:-} in
-h | --help)
	echo "usage: tests/vm/misc.sh [ADDR]"
	echo "Tests the scripts in misc/ in the test machine, on its first NVMe device or ADDR, whose"
	echo "content is lost. Prints TAP."
	exit 0
	;;
esac

# result TEXT: reports a test by the status of the command before it.
result() {
	status=$?
	count=$((count + 1))
	if [ $status -eq 0 ]; then
		echo "ok $count - $1"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1"
		sed 's/^/# /' "$OUT"
	fi
}

# run COMMAND...: runs it, keeps output and errors in $OUT and the status in $code.
run() {
	code=0
	"$@" >"$OUT" 2>&1 </dev/null || code=$?
}

# said STATUS PATTERN...: true if the last command ended with that status and said all of these.
said() {
	[ "$code" -eq "$1" ] || { echo "(its status was $code, not $1)" >>"$OUT"; return 1; }
	shift
	for pattern; do
		grep -q -- "$pattern" "$OUT" || { echo "(this is missing: $pattern)" >>"$OUT"; return 1; }
	done
}

driver() {
	basename "$(readlink "$SYS/driver" || echo -)"
}

# Waits until the disk is there, or gone.
wait_disk() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		if [ -e /sys/block/nvme0n1 ]; then now=there; else now=gone; fi
		[ $now != "$1" ] || return 0
		sleep 0.2
	done
	return 1
}

test_usage() {
	for script in list bind_vfio unbind_vfio check_iommu; do
		run "$MISC/$script.sh" --help
		said 0 "usage: .*misc/$script.sh" "example:"
		result "$script.sh --help"
	done
	run "$MISC/bind_vfio.sh"
	said 1 usage
	result "bind_vfio.sh without an address"
	run sudo "$MISC/bind_vfio.sh" "$ADDR" 1b36
	said 1 usage
	result "bind_vfio.sh with half of the ids"
	run sudo "$MISC/bind_vfio.sh" ../../1
	said 1 "no PCI address"
	result "bind_vfio.sh: not an address"
	run sudo "$MISC/bind_vfio.sh" 0000:7f:1f.7
	said 1 "no such PCI device"
	result "bind_vfio.sh: no such device"
	run sudo "$MISC/unbind_vfio.sh" 0000:7f:1f.7
	said 1 "no such PCI device"
	result "unbind_vfio.sh: no such device"
	run sudo "$MISC/bind_vfio.sh" 0000:00:00.0
	said 1 "not an NVMe controller"
	result "bind_vfio.sh: not an NVMe controller"
	run "$MISC/bind_vfio.sh" "$ADDR"
	said 1 "needs root: sudo "
	result "bind_vfio.sh without root"
}

test_list() {
	run "$MISC/list.sh"
	said 0 "^$ADDR *1b36:0010 .* nvme .*Red Hat.*QEMU NVM Express Controller"
	result "list.sh: address, ids, driver and name"
	run /bin/busybox env PATH=/nonexistent /bin/busybox sh "$MISC/list.sh"
	said 0 "^$ADDR *1b36:0010 .* nvme .*Red Hat.*QEMU NVM Express Controller"
	result "list.sh: in busybox alone, name from pci.ids"
}

# refused TEXT PATTERN: bind must refuse, say why, and leave the driver alone.
refused() {
	run sudo "$MISC/bind_vfio.sh" "$ADDR"
	said 1 "in use, nothing was changed" "$2" && [ "$(driver)" = nvme ]
	result "bind_vfio.sh refuses $1"
}

test_in_use() {
	sudo mke2fs -q -F /dev/nvme0n1 && sudo mount -t ext4 /dev/nvme0n1 /mnt
	refused "a mounted namespace" "/dev/nvme0n1 is mounted on /mnt"
	sudo umount /mnt

	sudo mkswap /dev/nvme0n1 >/dev/null && sudo swapon /dev/nvme0n1
	refused "a swap device" "/dev/nvme0n1 is used as swap"
	sudo swapoff /dev/nvme0n1

	sudo dmsetup create held --table "0 2048 linear /dev/nvme0n1 0"
	refused "a namespace held by device mapper" "/dev/nvme0n1 is held by dm-0 (device mapper: held)"
	sudo dmsetup remove held

	printf 'n\np\n1\n\n\nw\n' | sudo fdisk /dev/nvme0n1 >/dev/null 2>&1
	sudo mke2fs -q -F /dev/nvme0n1p1 && sudo mount -t ext4 /dev/nvme0n1p1 /mnt
	refused "a mounted partition" "/dev/nvme0n1p1 is mounted on /mnt"
	sudo umount /mnt
}

test_bind() {
	group=$(basename "$(readlink "$SYS/iommu_group")")
	head -c 65536 /dev/urandom | sudo tee /tmp/pattern | sudo dd of=/dev/nvme0n1 conv=fsync 2>/dev/null

	run sudo "$MISC/bind_vfio.sh" "$ADDR" 1b36 0011
	said 1 "is 1b36:0010, not 1b36:0011" && [ "$(driver)" = nvme ]
	result "bind_vfio.sh: ids of another device are refused"
	run sudo "$MISC/bind_vfio.sh" "$ADDR" 0x1B36 0010
	said 0 "unbound: *$ADDR from nvme" "bound: *$ADDR to vfio-pci" "driver in use: vfio-pci" "/dev/vfio/$group" &&
		[ "$(driver)" = vfio-pci ] && [ -c "/dev/vfio/$group" ] && wait_disk gone
	result "bind_vfio.sh: from nvme to vfio-pci"
	run "$MISC/list.sh"
	said 0 "^$ADDR .* vfio-pci "
	result "list.sh: shows vfio-pci"
	run sudo "$MISC/bind_vfio.sh" "$SHORT"
	said 0 "already bound" "driver in use: vfio-pci" && [ "$(driver)" = vfio-pci ]
	result "bind_vfio.sh: again does no harm"

	sudo chown user "/dev/vfio/$group"
	sleep 100 3<>"/dev/vfio/$group" &
	holder=$!
	run timeout 20 sudo "$MISC/unbind_vfio.sh" "$ADDR"
	said 1 "in use by process $holder (sleep)" && [ "$(driver)" = vfio-pci ]
	result "unbind_vfio.sh refuses a device that is open"
	kill $holder
	wait $holder 2>/dev/null

	run sudo "$MISC/unbind_vfio.sh" "$ADDR"
	said 0 "unbound: *$ADDR from vfio-pci" "bound: *$ADDR to nvme" "driver in use: nvme" &&
		[ "$(driver)" = nvme ] && [ "$(cat "$SYS/driver_override")" = "(null)" ] && wait_disk there
	result "unbind_vfio.sh: back to nvme"
	sudo head -c 65536 /dev/nvme0n1 | cmp - /tmp/pattern >"$OUT" 2>&1
	result "the data is what it was"
	run sudo "$MISC/unbind_vfio.sh" "$ADDR"
	said 0 "not bound to vfio-pci" "driver in use: nvme" && [ "$(driver)" = nvme ]
	result "unbind_vfio.sh: again does no harm"
}

# A bind that was cut short leaves no driver and the override; a module may not be loaded.
test_repair() {
	sudo sh -c "echo vfio-pci >$SYS/driver_override; echo $ADDR >$SYS/driver/unbind"
	run sudo "$MISC/unbind_vfio.sh" "$ADDR"
	said 0 "bound: *$ADDR to nvme" && [ "$(driver)" = nvme ] && wait_disk there
	result "unbind_vfio.sh: after a bind that was cut short"

	sudo rmmod vfio_pci
	run "$MISC/check_iommu.sh"
	said 1 "^ok  the IOMMU is on" "^no  the vfio-pci driver is not loaded" "sudo modprobe vfio-pci"
	result "check_iommu.sh: vfio-pci is not loaded"
	run sudo busybox sh "$MISC/bind_vfio.sh" "$ADDR"
	said 0 "driver in use: vfio-pci" && [ "$(driver)" = vfio-pci ]
	result "bind_vfio.sh: loads vfio-pci, in busybox"
	run sudo busybox sh "$MISC/unbind_vfio.sh" "$ADDR"
	said 0 "driver in use: nvme" && [ "$(driver)" = nvme ]
	result "unbind_vfio.sh: in busybox"
}

test_iommu_on() {
	run "$MISC/check_iommu.sh"
	said 0 "^ok  the firmware offers an Intel IOMMU" "^ok  the IOMMU is on" "^ok  kernel flag intel_iommu: on" \
		"^ok  the vfio-pci driver"
	result "check_iommu.sh: all is ready"
	run busybox sh "$MISC/check_iommu.sh"
	said 0 "^ok  the IOMMU is on"
	result "check_iommu.sh: in busybox"
}

test_iommu_off() {
	run "$MISC/check_iommu.sh"
	said 1 "^no  the IOMMU is off" "intel_iommu=off" "update-grub"
	result "check_iommu.sh: the IOMMU is off, and how to turn it on"
	run sudo "$MISC/bind_vfio.sh" "$ADDR"
	said 1 "has no IOMMU group" "check_iommu.sh" && [ "$(driver)" = nvme ]
	result "bind_vfio.sh refuses without an IOMMU"
}

if [ -e "$SYS/iommu_group" ]; then
	test_usage
	test_list
	test_iommu_on
	test_in_use
	test_bind
	test_repair
else
	test_list
	test_iommu_off
fi
echo "1..$count"
rm -f "$OUT"
[ $failed -eq 0 ]
