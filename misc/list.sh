#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Lists the NVMe controllers of this machine: PCI address, vendor and device id, IOMMU group, the driver
# in use ("-": none) and the name. Needs no root and no part of znvme. The name comes from lspci where
# it is installed, else from pci.ids, else it is the ids.

set -eu

usage() {
	cat <<-END
	usage: misc/list.sh

	Lists the NVMe controllers: PCI address, vendor and device id, IOMMU group, driver in use, name.

	example: misc/list.sh
	END
}

# shellcheck source=misc/pci.sh disable=SC1091
. "$(dirname "$0")/pci.sh"

case ${1:-} in
-h | --help) usage; exit 0 ;;
?*) usage >&2; exit 1 ;;
esac

format='%-12s  %-9s  %-5s  %-9s  %s\n'
found=
for path in "$SYS"/*; do
	[ "$(cat "$path/class" 2>/dev/null)" = "$NVME_CLASS" ] || continue
	addr=${path##*/}
	# shellcheck disable=SC2059 # the format is ours
	[ -n "$found" ] || printf "$format" ADDRESS ID GROUP DRIVER NAME
	found=1
	# shellcheck disable=SC2059
	printf "$format" "$addr" "$(ids_of "$addr")" "$(group_of "$addr")" "$(driver_of "$addr")" "$(name_of "$addr")"
done
[ -n "$found" ] || echo "no NVMe controller on this machine's PCI bus"
