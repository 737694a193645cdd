#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Undoes misc/bind_vfio.sh: takes an NVMe controller from vfio-pci and lets the kernel's own driver have
# it again. Says what was unbound, what was bound, and the driver in use after it. A second run does no
# harm, and it also cleans up after a bind that was cut short. Refuses while a program has the device.

set -eu

usage() {
	cat <<-END
	usage: sudo misc/unbind_vfio.sh ADDR

	Gives the NVMe controller at PCI address ADDR back to the kernel's driver.

	example: sudo misc/unbind_vfio.sh 0000:06:00.0
	END
}

# shellcheck source=misc/pci.sh disable=SC1091
. "$(dirname "$0")/pci.sh"

# Unbinding waits in the kernel, perhaps for ever, while somebody has the device open.
check_closed() {
	cdev=$(ls "$SYS/$addr/vfio-dev" 2>/dev/null || true)
	# shellcheck disable=SC2012 # the names are numbers, and find cannot print what a link says
	pid=$(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v group="/dev/vfio/$(group_of "$addr")" \
		-v cdev="/dev/vfio/devices/${cdev:-none}" '
		/^\/proc\// { split($1, path, "/") }
		$NF == group || $NF == cdev { print path[3]; exit }')
	[ -z "$pid" ] || die "$addr is in use by process $pid ($(cat "/proc/$pid/comm")): nothing was changed"
}

case ${1:-} in
-h | --help) usage; exit 0 ;;
esac
[ $# -eq 1 ] || { usage >&2; exit 1; }

find_function "$1"
need_nvme
need_root "$@"

before=$(driver_of "$addr")
case $before in
vfio-pci)
	check_closed
	unbind "$addr"
	echo "unbound:       $addr from vfio-pci"
	;;
-) ;;
*) echo "not bound to vfio-pci: $addr" ;;
esac
if [ "$(driver_of "$addr")" = - ]; then
	[ -d /sys/bus/pci/drivers/nvme ] || modprobe nvme || die "the kernel has no nvme driver"
fi
probe "$addr" ''
after=$(driver_of "$addr")
[ "$after" != - ] || die "no driver took $addr (see dmesg)"
[ "$after" = "$before" ] || echo "bound:         $addr to $after"
echo "device:        $(name_of "$addr") [$(ids_of "$addr")]"
echo "driver in use: $after"
