#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Says whether this machine is ready for VFIO: the IOMMU offered by the firmware, switched on in the
# kernel, groups there, the vfio modules loaded. A line a step, "ok" or "no" with the command or kernel
# flag that mends it. Exits with 0 if everything is ready, else with 1. Changes nothing, needs no root.

set -eu

usage() {
	cat <<-END
	usage: misc/check_iommu.sh

	Checks step by step whether the IOMMU is on and vfio-pci is there, and says how to mend it.

	example: misc/check_iommu.sh
	END
}

ready=0

ok() {
	echo "ok  $*"
}

# no WHAT [HOW]...: what is wrong, then a line each of how to mend it.
no() {
	ready=1
	echo "no  $1"
	shift
	for line; do
		echo "      $line"
	done
}

# The firmware's table says which IOMMU is there; without one the processor says which could be.
find_vendor() {
	tables=/sys/firmware/acpi/tables
	table=
	if [ -e $tables/DMAR ]; then
		vendor=Intel table=DMAR
	elif [ -e $tables/IVRS ]; then
		vendor=AMD table=IVRS
	elif grep -q AuthenticAMD /proc/cpuinfo; then
		vendor=AMD
	else
		vendor=Intel
	fi
	case $vendor in
	Intel) flag=intel_iommu=on feature="Intel VT-d" ;;
	AMD) flag=amd_iommu=on feature="AMD-Vi (also called IOMMU, under SVM or NBIO settings)" ;;
	esac
}

check_firmware() {
	if [ -n "$table" ]; then
		ok "the firmware offers an $vendor IOMMU (ACPI table $table)"
	else
		no "the firmware offers no IOMMU" "turn on $feature in the firmware's setup (BIOS), then boot again"
	fi
}

# Prints the last value of kernel argument $1, which is the one that counts.
kernel_argument() {
	tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | tail -n 1
}

say_how_to_boot_with() {
	if [ -e /etc/kernel/cmdline ] && ! [ -e /etc/default/grub ]; then
		echo "sudo sed -i 's/\$/ $1/' /etc/kernel/cmdline &&" \
			"sudo kernel-install add \$(uname -r) /boot/vmlinuz-\$(uname -r) && sudo reboot"
	else
		echo "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&$1 /' /etc/default/grub && sudo update-grub && sudo reboot"
	fi
}

check_groups() {
	groups=0
	for group in /sys/kernel/iommu_groups/*; do
		[ ! -e "$group" ] || groups=$((groups + 1))
	done
	set_to=$(kernel_argument "${flag%=on}")
	if [ "$groups" -gt 0 ]; then
		ok "the IOMMU is on: $groups groups in /sys/kernel/iommu_groups"
		ok "kernel flag ${flag%=on}: ${set_to:-not set, on by default}"
		return
	fi
	if [ "$set_to" = off ] || [ "$(kernel_argument iommu)" = off ]; then
		no "the IOMMU is off: the kernel was started with it switched off ($(grep -o '[a-z_]*iommu=off' /proc/cmdline | tail -n 1))" \
			"remove that from the kernel's command line, and add $flag:" "$(say_how_to_boot_with "$flag")"
	elif [ -n "$set_to" ]; then
		no "the IOMMU is off: no groups in /sys/kernel/iommu_groups, although ${flag%=on}=$set_to is set" \
			"turn on $feature in the firmware's setup (BIOS), then boot again"
	else
		no "the IOMMU is off: no groups in /sys/kernel/iommu_groups" \
			"start the kernel with $flag:" "$(say_how_to_boot_with "$flag")"
	fi
}

check_module() {
	if [ -d "/sys/module/$1" ] || [ -e "$2" ]; then
		ok "$3 is there"
	else
		no "$3 is not loaded" "sudo modprobe $4" "at every boot: echo $4 | sudo tee /etc/modules-load.d/vfio.conf"
	fi
}

case ${1:-} in
-h | --help) usage; exit 0 ;;
?*) usage >&2; exit 1 ;;
esac

find_vendor
check_firmware
check_groups
check_module vfio_pci /sys/bus/pci/drivers/vfio-pci "the vfio-pci driver" vfio-pci
check_module vfio_iommu_type1 /dev/iommu "VFIO's IOMMU backend" vfio_iommu_type1
exit $ready
