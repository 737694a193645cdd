#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `znvme bind --at-boot` and misc/udev/90-znvme.rules with Debian's udev: what a boot does (every device is
# announced once more) and what plugging a device in does (the kernel announces it), with a second device of the
# same kind beside it (VM_UDEV in tests/lib/suites.py). The output is TAP.

# shellcheck disable=SC2024 # what sudo's command says goes to files of ours
set -u

device=0000:00:01.0
other=0000:00:02.0
rules=/etc/udev/rules.d
rule=$rules/90-znvme-$device.rules
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
		cat out <(grep znvme udevd.log | tail -n 20) 2>/dev/null | sed 's/^/# /'
	fi
}

# ok NAME COMMAND...: the command succeeds.
ok() {
	local name=$1
	shift
	"$@" >out 2>&1
	result $? "$name"
}

# refused NAME TEXT COMMAND...: it fails, and says TEXT.
refused() {
	local name=$1 text=$2
	shift 2
	! "$@" >out 2>&1 && grep -qF -e "$text" out
	result $? "$name"
}

# is NAME VALUE WANTED
is() {
	[ "$2" = "$3" ] || echo "# got '$2', wanted '$3'"
	[ "$2" = "$3" ]
	result $? "$1"
}

# driver ADDRESS
driver() {
	basename "$(readlink "/sys/bus/pci/devices/$1/driver" || echo none)"
}

# Owner, group and mode of the device's group.
node() {
	stat -c '%U %G %a' "/dev/vfio/$(basename "$(readlink /sys/bus/pci/devices/$device/iommu_group)")"
}

as_root() {
	sudo sh -c "$1"
}

# What the kernel and udev do at a boot, from when the kernel's driver has all devices.
boot() {
	as_root "echo $device >/sys/bus/pci/devices/$device/driver/unbind
		echo >/sys/bus/pci/devices/$device/driver_override
		echo $device >/sys/bus/pci/drivers_probe"
	until_true has_disk
	announce
}

disk() {
	echo /dev/"$(basename /sys/bus/pci/devices/$device/nvme/nvme*)"n1
}

has_disk() {
	[ -b "$(disk)" ]
}

# What systemd-udev-trigger.service does, for what concerns us. udev has read the rules just before; while it
# runs, it looks whether they have changed every three seconds only.
announce() {
	sudo udevadm control --reload
	sudo udevadm trigger --type=devices --action=add --subsystem-match=pci --subsystem-match=vfio
	sudo udevadm settle --timeout=60
}

# until_true COMMAND...: waits for it, up to a minute.
until_true() {
	local tries
	for ((tries = 0; tries < 1200; tries++)); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

# An own user's program that root would run at each boot.
cp "$(command -v znvme)" mine
as_root "groupadd() { echo \"\$1:x:777:user\" >>/etc/group; }; groupadd znvme; mkdir -p $rules /run/udev
	ln -s /usr/bin/udevadm /run/systemd-udevd"
sudo /run/systemd-udevd >udevd.log 2>&1 &
until_true sudo udevadm control --ping
result $? "udev runs"
announce
is "without a rule nothing changes" "$(driver $device) $(driver $other)" "nvme nvme"

# --- one device, one user ------------------------------------------------------------------------
refused "root does not run a user's program at every boot" "others than root can change" \
	sudo ./mine bind $device --user user --at-boot
is "and such a device is left alone" "$(driver $device)" nvme
ok "bind --at-boot" sudo znvme bind $device --user user --at-boot
is "the rule is there, and its owner is root" "$(stat -c '%U %a' $rule)" "root 644"
ok "udev understands it" sudo udevadm test "/sys/bus/pci/devices/$device"
grep -q "run: '/usr/local/bin/znvme bind $device --user 1000'" out
result $? "and would run it"
sudo udevadm test /sys/bus/pci/devices/$other >out 2>&1
! grep -q 'znvme bind' out
result $? "for that device only"

boot
is "at boot: the device is with vfio-pci" "$(driver $device)" vfio-pci
is "at boot: its group belongs to the user alone" "$(node)" "user root 600"
is "at boot: another of the same kind is untouched" "$(driver $other)" nvme
ok "at boot: the user can open it" znvme id-ctrl $device
announce
is "announced again: nothing changes" "$(driver $device), $(node)" "vfio-pci, user root 600"

as_root "echo 1 >/sys/bus/pci/devices/$device/remove"
as_root "echo 1 >/sys/bus/pci/rescan"
sudo udevadm settle --timeout=60
is "plugged in: the device is with vfio-pci" "$(driver $device)" vfio-pci
is "plugged in: its group belongs to the user alone" "$(node)" "user root 600"

# --- the checks of bind --------------------------------------------------------------------------
as_root "sed -i 's/ATTR{device}==\"0x0010\"/ATTR{device}==\"0x0011\"/' $rule"
boot
is "another kind of device at that address is left alone" "$(driver $device)" nvme
as_root "sed -i 's/ATTR{device}==\"0x0011\"/ATTR{device}==\"0x0010\"/' $rule"
ok "a file system on it" sudo mke2fs -q -t ext4 "$(disk)"
sudo modprobe ext4
ok "mounted" sudo mount -t ext4 "$(disk)" /mnt
sudo udevadm control --log-level=debug
announce
sudo udevadm control --log-level=info
is "a device that is mounted is left alone" "$(driver $device)" nvme
grep -q "is mounted on /mnt" udevd.log
result $? "and udev's log says why, where it is asked to"
ok "unmounted" sudo umount /mnt
announce
is "a device that is not in use any more is taken" "$(driver $device)" vfio-pci

# --- back ----------------------------------------------------------------------------------------
ok "unbind" sudo znvme unbind $device
grep -qF "no longer bound at boot: removed $rule" out
result $? "unbind says that the rule is gone"
is "and it is" "$(ls $rules)" ""
is "the group has no node" "$(node 2>/dev/null)" ""
boot
is "at boot: the kernel's driver keeps the device" "$(driver $device) $(driver $other)" "nvme nvme"

# --- a group of users ----------------------------------------------------------------------------
sudo cp /znvme/misc/udev/90-znvme.rules $rules
sudo udevadm control --reload
ok "bind, with the rules for a group of users" sudo znvme bind $device
sudo udevadm settle --timeout=60
is "the node is open to them" "$(node)" "root znvme 660"
ok "so a member can open it" sudo setpriv --reuid user --regid user --groups 777 --inh-caps=-all \
	--bounding-set=-all znvme id-ctrl $device
sudo rm $rules/90-znvme.rules
ok "unbind again" sudo znvme unbind $device

echo "1..$number"
cd / && rm -rf "$work"
