#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Takes an NVMe controller from its driver and gives it to vfio-pci, so that a program can drive it.
# Says what was unbound, what was bound, and the driver in use after it. Refuses while a namespace of
# it is mounted, swap, or held by device mapper or RAID. Only this one function is touched
# (driver_override, never new_id); a second run does no harm; misc/unbind_vfio.sh undoes it.

set -eu

usage() {
	cat <<-END
	usage: sudo misc/bind_vfio.sh ADDR [VID PID]

	Binds the NVMe controller at PCI address ADDR to vfio-pci. With VID and PID (hexadecimal vendor
	and device id) only if these are the device's.

	example: sudo misc/bind_vfio.sh 0000:06:00.0
	END
}

# shellcheck source=misc/pci.sh disable=SC1091
. "$(dirname "$0")/pci.sh"

check_ids() {
	want=$(printf '%s:%s' "${1#0x}" "${2#0x}" | tr 'A-F' 'a-f')
	have=$(ids_of "$addr")
	[ "$want" = "$have" ] || die "$addr is $have, not $want: nothing was changed"
}

check_unused() {
	uses=$(uses_of "$addr")
	[ -z "$uses" ] || die "$addr is in use, nothing was changed:
$(printf '%s\n' "$uses" | sed 's/^/    /')"
}

load_vfio() {
	[ -d /sys/bus/pci/drivers/vfio-pci ] || modprobe vfio-pci ||
		die "the kernel has no vfio-pci driver: nothing was changed"
}

# What the user needs to know to open the device, and who else must leave the group first.
say_next() {
	group=$(group_of "$addr")
	echo "IOMMU group:   $group (/dev/vfio/$group)"
	for other in "$SYS/$addr/iommu_group/devices"/*; do
		other=${other##*/}
		case $(driver_of "$other") in
		- | vfio-pci | pcieport) ;;
		*) echo "warning: $other in the same group is bound to $(driver_of "$other"): unbind it, too" ;;
		esac
	done
	echo "to use it without root: sudo chown \"\$USER\" /dev/vfio/$group"
}

case ${1:-} in
-h | --help) usage; exit 0 ;;
esac
case $# in
1 | 3) ;;
*) usage >&2; exit 1 ;;
esac

find_function "$1"
need_nvme
[ $# -eq 1 ] || check_ids "$2" "$3"
need_root "$@"
[ -e "$SYS/$addr/iommu_group" ] ||
	die "$addr has no IOMMU group: the IOMMU is off (misc/check_iommu.sh says how to turn it on)"

before=$(driver_of "$addr")
if [ "$before" = vfio-pci ]; then
	echo "already bound: $addr"
else
	check_unused
	load_vfio
	unbind "$addr"
	[ "$before" = - ] || echo "unbound:       $addr from $before"
	probe "$addr" vfio-pci
	if [ "$(driver_of "$addr")" != vfio-pci ]; then
		probe "$addr" ''
		die "vfio-pci did not take $addr (see dmesg); its driver is now $(driver_of "$addr")"
	fi
	echo "bound:         $addr to vfio-pci"
fi
echo "device:        $(name_of "$addr") [$(ids_of "$addr")]"
echo "driver in use: $(driver_of "$addr")"
say_next
