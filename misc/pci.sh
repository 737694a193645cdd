# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Shared by the scripts in this folder (sourced, not run): how a PCI function is found in sysfs, what it
# is called, which driver has it, and what of the system uses its namespaces. Plain POSIX shell and
# small tools only, so that it works in busybox too.

SYS=/sys/bus/pci/devices
NVME_CLASS=0x010802

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Sets addr to the full form of address $1 (06:00.0 becomes 0000:06:00.0) if there is such a function.
find_function() {
	addr=$(printf '%s' "$1" | tr 'A-F' 'a-f')
	case $addr in
	*/* | *[!0-9a-f:.]*) die "'$1' is no PCI address: it looks like 0000:06:00.0" ;;
	*:*:*.*) ;;
	*:*.*) addr=0000:$addr ;;
	*) die "'$1' is no PCI address: it looks like 0000:06:00.0" ;;
	esac
	[ -d "$SYS/$addr" ] || die "$addr: no such PCI device (misc/list.sh shows the NVMe devices)"
}

need_nvme() {
	class=$(cat "$SYS/$addr/class")
	[ "$class" = "$NVME_CLASS" ] || die "$addr is not an NVMe controller (its class is $class, not $NVME_CLASS)"
}

need_root() {
	[ -w "$SYS/$addr/driver_override" ] || die "this needs root: sudo $0 $*"
}

# Prints the vendor and device id as 144d:a808.
ids_of() {
	printf '%s:%s' "$(cut -c 3-6 "$SYS/$1/vendor")" "$(cut -c 3-6 "$SYS/$1/device")"
}

# Prints the driver in use, or "-".
driver_of() {
	if [ -e "$SYS/$1/driver" ]; then
		basename "$(readlink "$SYS/$1/driver")"
	else
		echo -
	fi
}

# Prints the IOMMU group, or "-".
group_of() {
	if [ -e "$SYS/$1/iommu_group" ]; then
		basename "$(readlink "$SYS/$1/iommu_group")"
	else
		echo -
	fi
}

# Prints the name of vendor $1, device $2 from pci.ids; nothing if it is not to be found. The ids are
# compared as text: 1e10 is a number to awk, and 0010 to busybox's awk an octal one.
name_in_pci_ids() {
	for file in /usr/share/misc/pci.ids /usr/share/hwdata/pci.ids; do
		[ -r "$file" ] || continue
		awk -v vendor="$1" -v device="$2" '
			/^[0-9a-f]/ { if (found) exit; found = $1 "" == vendor ""; if (found) name = substr($0, 7) }
			found && /^\t[0-9a-f]/ && $1 "" == device "" { name = name " " substr($0, 8); exit }
			END { if (name != "") print name }' "$file"
		return
	done
}

# Prints the name of a function: from lspci, else from pci.ids, else its ids.
name_of() {
	ids=$(ids_of "$1")
	name=
	if command -v lspci >/dev/null 2>&1; then
		# 'Slot "Class [0108]" "Vendor [144d]" "Device [a808]" ...' without the numbers in it.
		name=$(lspci -Dmm -s "$1" 2>/dev/null | awk -F '"' '{ print $4 " " $6 }')
	fi
	[ -n "$name" ] || name=$(name_in_pci_ids "${ids%:*}" "${ids#*:}")
	printf '%s' "${name:-Vendor ${ids%:*} Device ${ids#*:}}"
}

# Prints the block devices of a controller: its namespaces and their partitions, one a line. With
# native multipath the controller has a hidden path (nvme0c1n1) of the disk that is used (nvme0n1).
disks_of() {
	for path in "$SYS/$1"/nvme/nvme*/nvme*n*; do
		disk=$(basename "$path")
		case $disk in
		nvme*c*n*) disk=$(printf '%s' "$disk" | sed 's/c[0-9]*n/n/') ;;
		nvme*n*) ;;
		*) continue ;;
		esac
		[ -e "/sys/class/block/$disk" ] || continue
		echo "$disk"
		for part in "/sys/class/block/$disk/$disk"p*; do
			[ ! -e "$part/partition" ] || basename "$part"
		done
	done
}

# Prints how a block device is called and, for device mapper, by which name.
holder_name() {
	if [ -r "/sys/class/block/$1/dm/name" ]; then
		printf '%s (device mapper: %s)' "$1" "$(cat "/sys/class/block/$1/dm/name")"
	elif [ -d "/sys/class/block/$1/md" ]; then
		printf '%s (RAID)' "$1"
	else
		printf '%s' "$1"
	fi
}

# Prints a line for every use that the system makes of block device $1: a mount (also one that only
# process 1 can see), swap, a holder such as LVM, dm-crypt or RAID.
uses_of_disk() {
	devno=$(cat "/sys/class/block/$1/dev")
	cat /proc/self/mountinfo /proc/1/mountinfo 2>/dev/null | awk -v devno="$devno" -v node="/dev/$1" '
		{ for (i = 7; i < NF && $i != "-"; i++); source = $(i + 2) }
		($3 == devno || source == node) && !seen[$5]++ { print node " is mounted on " $5 }'
	awk -v node="/dev/$1" '$1 == node { print node " is used as swap" }' /proc/swaps
	for holder in "/sys/class/block/$1/holders"/*; do
		[ ! -e "$holder" ] || echo "/dev/$1 is held by $(holder_name "${holder##*/}")"
	done
}

uses_of() {
	for used in $(disks_of "$1"); do
		uses_of_disk "$used"
	done
}

# Lets the kernel look for a driver for the function, by the rule in driver_override ("" for none).
# The kernel reports a failed probe here too: whoever calls looks at driver_of.
probe() {
	printf '%s\n' "$2" >"$SYS/$1/driver_override" || return
	printf '%s' "$1" >/sys/bus/pci/drivers_probe 2>/dev/null || true
}

unbind() {
	[ ! -e "$SYS/$1/driver" ] || printf '%s' "$1" >"$SYS/$1/driver/unbind"
}
