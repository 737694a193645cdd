#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bind and unbind, and what bind refuses on made-up machines (host_lib.sh).

# shellcheck source-path=SCRIPTDIR source=host_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/host_lib.sh"

# refused NAME TEXT...: and the device is left alone
refused() {
	local name=$1 arguments=()
	shift
	while [ $# -gt 0 ]; do
		arguments+=(err "$1")
		shift
	done
	run bind $A
	expect "bind: $name" 1 "${arguments[@]}"
	[ ! -s "$WORK/out" ] && [ "$(cat "$root/sys/bus/pci/devices/$A/driver_override")" = "(null)" ]
	result $? "bind: $name: nothing was touched"
}

test_refusals() {
	local text

	new_machine
	run bind $A
	expect "bind: no such device" 1 err "$A: no such device"
	for text in '' 06:00 06:00.8 0:0:0:0.0 6:20.0 100:0.0 6:0.0x zz:00.0 -- sim: 06:00.0n1 123456789:06:00.0; do
		run bind -- "$text"
		expect "bind: '$text' is no address" 1 err "not a PCI address"
	done
	run bind
	expect "bind: no address" 1 err ADDRESS

	new_machine
	add_function $A 010601 ahci 3
	refused "not NVMe" "$A: not an NVMe controller"

	new_machine
	add_nvme
	run bind 6:0.0 --user no-such-user-here
	expect "bind: no such user" 1 err "no such user"
	run bind 6:0.0 --user ""
	expect "bind: an empty user" 1 err "no such user"
	run bind 6:0.0 --user -1
	expect "bind: a negative user" 1 err "no such user"
	for text in nvme ../vfio -vfio "vfio pci" ''; do
		run bind $A "--driver=$text"
		expect "bind: driver '$text'" 1 err "not the name of a VFIO driver"
	done

	new_machine
	add_function $A 010802 nvme -
	echo "ro quiet" >"$root/proc/cmdline"
	refused "no IOMMU" "no IOMMU group" "GRUB_CMDLINE_LINUX" "intel_iommu=on iommu=pt"

	new_machine
	add_vfio
	mv "$root/dev/vfio/12" "$root/dev/vfio/noiommu-12"
	refused "bound by hand in no-IOMMU mode" "no-IOMMU mode, which znvme does not use"

	new_machine
	add_nvme
	rm -r "$root/sys/bus/pci/drivers/vfio-pci"
	refused "no vfio-pci" "the driver vfio-pci is not there"

	new_machine
	add_nvme
	add_function 0000:06:00.1 040300 snd_hda_intel 12
	add_function 0000:00:01.0 060400 pcieport 12
	add_function 0000:06:00.2 0c0330 - 12
	refused "a group that is shared" "shared with 0000:06:00.1 (driver snd_hda_intel), and" \
		"echo 0000:06:00.1 | sudo tee /sys/bus/pci/devices/0000:06:00.1/driver/unbind"

	new_machine
	add_nvme
	echo 4 >"$root/sys/bus/pci/devices/$A/sriov_numvfs"
	refused "virtual functions" "4 virtual functions"
}

test_in_use() {
	new_machine
	add_nvme
	mount_line 259:2 '/mnt/my\040disk' /dev/nvme0n1p2
	refused "mounted" "nvme0n1p2 is mounted on /mnt/my disk" "sudo umount '/mnt/my disk'"

	new_machine
	add_nvme
	mount_line 259:1 "/a'b\$(id)" /dev/nvme0n1p1
	refused "mounted where a shell would stumble" "sudo umount '/a'\\''b\$(id)'"

	new_machine
	add_nvme
	mount_line 0:42 /data /dev/nvme0n1
	refused "mounted as btrfs, whose numbers are its own" "nvme0n1 is mounted on /data"

	new_machine
	add_nvme
	mount_line 259:1 / /dev/root
	refused "the system's disk" "nvme0n1p1 is mounted on / (the running system)"

	new_machine
	add_nvme
	mkdir -p "$root"/proc/{self,99}/ns
	ln -s 'mnt:[1]' "$root/proc/self/ns/mnt"
	ln -s 'mnt:[2]' "$root/proc/99/ns/mnt"
	echo "36 25 259:1 / /srv rw - ext4 /dev/nvme0n1p1 rw" >"$root/proc/99/mountinfo"
	refused "mounted in a container" "nvme0n1p1 is mounted on /srv for process 99" \
		"sudo nsenter --target 99 --mount umount /srv"

	new_machine
	add_nvme
	echo "/dev/nvme0n1p1 partition 1048572 0 -2" >>"$root/proc/swaps"
	refused "swap" "nvme0n1p1 is swap" "sudo swapoff /dev/nvme0n1p1"

	new_machine
	add_nvme
	add_block dm-0 253:0
	mkdir -p "$root/sys/class/block/dm-0/dm"
	echo my--group-root >"$root/sys/class/block/dm-0/dm/name"
	echo LVM-abcdef >"$root/sys/class/block/dm-0/dm/uuid"
	mkdir -p "$root/sys/class/block/nvme0n1p2/holders/dm-0"
	refused "held by LVM" "nvme0n1p2 is held by dm-0 (LVM volume my--group-root)" \
		"sudo vgchange --activate n my-group"
	mount_line 253:0 /var /dev/mapper/my--group-root
	refused "held by LVM that is mounted" "(LVM volume my--group-root), which is mounted on /var" \
		"sudo umount /var"
	: >"$root/proc/self/mountinfo"
	echo "/dev/mapper/my--group-root partition 1 0 -2" >>"$root/proc/swaps"
	refused "held by LVM that is swap" "(LVM volume my--group-root), which is swap"

	new_machine
	add_nvme
	add_block md127 9:127
	mkdir -p "$root/sys/class/block/md127/md" "$root/sys/class/block/nvme0n1p2/holders/md127"
	echo raid1 >"$root/sys/class/block/md127/md/level"
	add_block dm-3 253:3
	mkdir -p "$root/sys/class/block/dm-3/dm" "$root/sys/class/block/md127/holders/dm-3"
	echo secret >"$root/sys/class/block/dm-3/dm/name"
	echo CRYPT-LUKS2-1 >"$root/sys/class/block/dm-3/dm/uuid"
	refused "dm-crypt on md" "held by md127 (md raid1), which is held by dm-3 (dm-crypt secret)" \
		"sudo cryptsetup close secret" "sudo mdadm --stop /dev/md127"
	mkdir -p "$root/sys/class/block/dm-3/holders/md127"
	refused "holders in a circle" "held by md127"

	new_machine
	add_nvme
	add_block loop0 7:0
	mkdir -p "$root/sys/class/block/loop0/loop"
	echo /dev/nvme0n1 >"$root/sys/class/block/loop0/loop/backing_file"
	refused "a loop device" "nvme0n1 is held by loop0 (loop device)"

	new_machine
	add_nvme
	add_process 815 qemu-system-x86 /dev/nvme0n1
	refused "open in a process" "nvme0n1 is open in process 815 (qemu-system-x86)"

	new_machine
	add_nvme
	rmdir "$root/sys/bus/pci/devices/$A/nvme/nvme0/nvme0n1"
	mkdir "$root/sys/bus/pci/devices/$A/nvme/nvme0/nvme2c0n1"
	add_block nvme2n1 259:9
	mount_line 259:9 /home /dev/nvme2n1
	refused "a multipath disk" "nvme2n1 is mounted on /home"
}

test_root() {
	local unprivileged=()

	new_machine
	add_nvme
	chmod 444 "$root/sys/bus/pci/drivers_probe"
	chmod 755 "$WORK"
	if [ "$(id -u)" -eq 0 ]; then
		unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	fi
	if ! "${unprivileged[@]}" "$ZNVME" version >/dev/null 2>&1; then
		skip "bind: says with what command root could do it" "no unprivileged user here"
		return
	fi
	ZNVME_SYSROOT=$root "${unprivileged[@]}" "$ZNVME" bind 6:0.0 --user 1000 >"$WORK/out" 2>"$WORK/err"
	status=$?
	expect "bind: says with what command root could do it" 1 err "sudo znvme bind $A --user 1000"
	ZNVME_SYSROOT=$root "${unprivileged[@]}" "$ZNVME" unbind 6:0.0 --force >"$WORK/out" 2>"$WORK/err"
	status=$?
	expect "unbind: the same" 1 err "sudo znvme unbind $A --force"
}

test_bind() {
	new_machine
	add_nvme
	start_kernel
	run bind 6:0.0 --user "$USER_ID"
	expect "bind: from nvme" 0 out "$A: from nvme to vfio-pci, IOMMU group 12" \
		out "/dev/vfio/12: owner" out "mode 0600"
	expect_silent "bind: and nothing on stderr"
	is "bind: the driver" "$(driver_of)" vfio-pci
	is "bind: the order of things" "$(cat "$root/log")" "unbind $A
probe $A vfio-pci"
	is "bind: the node's owner and mode" "$(stat -c '%u %a' "$root/dev/vfio/12")" "$USER_ID 600"
	run bind $A --user "$(id -u)"
	expect "bind: again" 0 out "already with vfio-pci"
	is "bind: again: the node's new owner" "$(stat -c %u "$root/dev/vfio/12")" "$(id -u)"
	is "bind: again: nothing probed" "$(wc -l <"$root/log")" 2
	run bind $A -o json
	expect_json "bind: JSON" "j['driver'], j['node'], j['previous_driver']" \
		"vfio-pci /dev/vfio/12 vfio-pci"
	run list
	expect "bind: then list" 0 out "ready for znvme"
	chmod 600 "$root/dev/vfio/vfio"
	run bind $A --user 1234567
	[ "$(id -u)" -ne 0 ] ||
		expect "bind: warns of /dev/vfio/vfio" 0 err "sudo chmod 0666 /dev/vfio/vfio"

	new_machine
	add_vfio
	mkdir -p "$root/sys/bus/pci/devices/$A/vfio-dev/vfio0" "$root/dev/vfio/devices"
	: >"$root/dev/vfio/devices/vfio0"
	run bind $A --user "$USER_ID"
	expect "bind: a kernel with device nodes" 0 out "/dev/vfio/12: owner" out "/dev/vfio/devices/vfio0: owner"
	is "bind: the device's node" "$(stat -c '%u %a' "$root/dev/vfio/devices/vfio0")" "$USER_ID 600"
	rm "$root/dev/vfio/12" "$root/dev/vfio/vfio"
	: >"$root/dev/iommu"
	chmod 600 "$root/dev/iommu"
	run bind $A --user "$USER_ID"
	expect "bind: a kernel with device nodes only" 0 out "/dev/vfio/devices/vfio0: owner" no-out "/dev/vfio/12"
	[ "$(id -u)" -ne 0 ] ||
		expect "bind: warns of /dev/iommu" 0 err "sudo setfacl -m u:$USER_ID:rw /dev/iommu"
	run doctor $A
	expect "doctor: a kernel with device nodes only" 0 out "ok    node              /dev/vfio/devices/vfio0"
	run bind $A --driver other-vfio
	expect "bind: to another VFIO driver" 1 err "already with the VFIO driver vfio-pci" err "znvme unbind $A"
	add_process 4711 fio /dev/vfio/devices/vfio0
	run unbind $A
	expect "unbind: held by the device's node" 1 err "held by process 4711 (fio)"

	new_machine
	add_nvme
	: >"$root/refuse-vfio-pci"
	start_kernel
	run bind $A
	expect "bind: a driver that does not take it" 1 err "vfio-pci did not take it" err "undone: it is with nvme"
	is "bind: undone: the driver" "$(driver_of)" nvme
	is "bind: undone: the override" "$(tr -d '\n' <"$root/sys/bus/pci/devices/$A/driver_override")" ""

	new_machine
	add_nvme
	: >"$root/bad-node"
	start_kernel
	run bind $A --user "$USER_ID"
	expect "bind: a node that is no device" 1 err "cannot be given to user $USER_ID" err undone
	is "bind: undone from there: the driver" "$(driver_of)" nvme

	new_machine
	add_nvme
	rm "$root/sys/bus/pci/devices/$A/driver"
	start_kernel
	run bind $A
	expect "bind: from no driver" 0 out "from no driver to vfio-pci"

	new_machine
	add_nvme
	start_kernel
	flock "$root/run/znvme-$A.lock" sleep 2 &
	until [ -e "$root/run/znvme-$A.lock" ]; do
		sleep 0.01
	done
	run bind $A
	expect "bind: while another run is at work" 0 out "from nvme to vfio-pci"
	! kill -0 $! 2>/dev/null
	result $? "bind: waits for it to end"
	wait $!

	new_machine
	add_nvme
	add_function 0000:07:00.0 010802 nvme 12
	start_kernel
	run bind $A
	expect "bind: a group of two NVMe devices" 0 err "warning" err "sudo znvme bind 0000:07:00.0" \
		out "from nvme to vfio-pci"
}

test_unbind() {
	new_machine
	add_vfio
	echo vfio-pci >"$root/sys/bus/pci/devices/$A/driver_override"
	start_kernel
	run unbind 6:0.0
	expect "unbind: to nvme" 0 out "$A: from vfio-pci to nvme"
	is "unbind: the driver" "$(driver_of)" nvme
	is "unbind: the override" "$(tr -d '\n' <"$root/sys/bus/pci/devices/$A/driver_override")" ""
	is "unbind: the order of things" "$(cat "$root/log")" "unbind $A
probe $A nvme"
	run unbind $A
	expect "unbind: again" 0 out "already with nvme"
	is "unbind: again: nothing probed" "$(wc -l <"$root/log")" 2
	run unbind $A -o json
	expect_json "unbind: JSON" "j['driver']" nvme

	echo vfio-pci >"$root/sys/bus/pci/devices/$A/driver_override"
	rm "$root/sys/bus/pci/devices/$A/driver"
	run unbind $A
	expect "unbind: after a bind that did not finish" 0 out "from no driver to nvme"
	is "unbind: the driver after that" "$(driver_of)" nvme
	echo vfio-pci >"$root/sys/bus/pci/devices/$A/driver_override"
	run unbind $A
	expect "unbind: only the override is left" 0 out "already with nvme"
	is "unbind: it is gone" "$(tr -d '\n' <"$root/sys/bus/pci/devices/$A/driver_override")" ""

	new_machine
	add_vfio
	add_process 4711 fio /dev/vfio/12
	start_kernel
	run unbind $A
	expect "unbind: held" 1 err "held by process 4711 (fio)" err "--force"
	is "unbind: held: nothing was touched" "$(driver_of)" vfio-pci
	run unbind $A --force
	expect "unbind: held, by force" 0 err "waiting for process 4711 (fio)" out "to nvme"

	new_machine
	add_vfio
	rm -r "$root/sys/bus/pci/drivers/nvme"
	run unbind $A
	expect "unbind: no nvme driver" 1 err "the driver nvme is not there"
	is "unbind: then it stays" "$(driver_of)" vfio-pci

	new_machine
	add_vfio
	: >"$root/refuse-nvme"
	start_kernel
	run unbind $A
	expect "unbind: a driver that does not take it" 1 err "nvme did not take it" err "no driver now"
	run unbind 00:00.0
	expect "unbind: no such device" 1 err "no such device"
	run unbind $A --driver ../../x
	expect "unbind: a driver's name that is none" 1 err "not the name of a driver"
}

test_at_boot() {
	local rule

	new_machine
	add_nvme
	start_kernel
	rule=etc/udev/rules.d/90-znvme-$A.rules
	run bind $A --user "$USER_ID" --at-boot
	expect "at boot: bind" 0 out "from nvme to vfio-pci" out "at boot: /$rule"
	expect_silent "at boot: and nothing on stderr"
	is "at boot: the rule" "$(grep -v '^#' "$root/$rule")" \
		"ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"$A\", ATTR{class}==\"0x010802\", ATTR{vendor}==\"0x144d\",\
 ATTR{device}==\"0xa808\", RUN+=\"$(realpath "$ZNVME") bind $A --user $USER_ID\""
	is "at boot: nothing else is there" "$(ls "$root/etc/udev/rules.d")" "90-znvme-$A.rules"
	run bind $A --user "$USER_ID"
	expect "at boot: bind again, as the rule does" 0 out "already with" out "at boot: /$rule"
	expect_silent "at boot: is no reason to warn"
	run bind $A --user "$(id -u)1"
	if [ "$(id -u)" -eq 0 ]; then
		expect "at boot: another user than the rule's" 0 err "warning" err "/$rule"
		run bind $A
		expect "at boot: no user, other than the rule" 0 err "warning" err "/$rule"
	fi
	run bind $A --user "$(id -u)" --at-boot -o json
	expect_json "at boot: JSON" "j['at_boot']" "/$rule"
	grep -q -- "bind $A --user $(id -u)\"" "$root/$rule"
	result $? "at boot: the rule is renewed"
	add_process 4711 fio /dev/vfio/12
	run unbind $A
	expect "at boot: unbind while it is held" 1 err "held by process 4711"
	[ -e "$root/$rule" ]
	result $? "at boot: then the rule stays"
	rm -r "$root/proc/4711"
	run unbind $A
	expect "at boot: unbind" 0 out "from vfio-pci to nvme" out "no longer bound at boot: removed /$rule"
	is "at boot: the rule is gone" "$(ls "$root/etc/udev/rules.d")" ""
	run unbind $A
	expect "at boot: unbind again" 0 out "already with nvme" no-out "boot"

	: >"$root/$rule"
	run unbind $A -o json
	expect_json "at boot: only the rule is left" "j['driver'], j['removed_at_boot']" "nvme /$rule"
	: >"$root/$rule"
	rm -r "$root/sys/bus/pci/devices/$A"
	run unbind $A
	expect "at boot: the device was taken out" 0 out "$A: not there" out "removed /$rule"
	run unbind $A
	expect "at boot: and had no rule" 1 err "no such device"
	: >"$root/$rule"
	add_function $A 010601 ahci 3
	run unbind $A
	expect "at boot: something else is in its place" 0 out "removed /$rule"

	new_machine
	add_nvme
	rm -r "$root/etc/udev"
	run bind $A --at-boot
	expect "at boot: no udev" 1 err "this machine has no udev"
	is "at boot: no udev: nothing was touched" "$(driver_of)" nvme

	new_machine
	add_nvme
	mkdir "$WORK/a b"
	cp "$ZNVME" "$WORK/a b/znvme"
	LD_LIBRARY_PATH=$(dirname "$ZNVME")/.. ZNVME_SYSROOT=$root "$WORK/a b/znvme" bind $A --at-boot >"$WORK/out" 2>"$WORK/err"
	status=$?
	expect "at boot: a path that a rule cannot name" 1 err "cannot name this path"
	is "at boot: such a path: nothing was touched" "$(driver_of)" nvme

	new_machine
	add_vfio
	mount_line 259:1 / /dev/root
	mkdir "$root/etc/udev/rules.d/90-znvme-$A.rules"
	run bind $A --at-boot
	expect "at boot: a rule that cannot be written" 1 err "it is bound, but will not be after the next boot"
}

test_refusals
test_in_use
test_root
test_bind
test_unbind
test_at_boot
finish
