#!/bin/bash
# SPDX-License-Identifier: MIT
#
# list and doctor on made-up machines (host_lib.sh).

# shellcheck source-path=SCRIPTDIR source=host_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/host_lib.sh"

test_list() {
	new_machine
	run list
	expect "list: a machine without a device" 0 out "no NVMe device found"
	run list -o json
	expect_json "list: the same as JSON" j "[]"

	new_machine
	add_function 0000:00:1f.2 010601 ahci 3
	run list
	expect "list: other devices are not shown" 0 out "no NVMe device found" no-out 1f.2

	new_machine
	rm -r "$root/sys/bus"
	run list
	expect "list: a machine without PCI" 0 out "no NVMe device found"

	new_machine
	add_nvme
	run list
	expect "list: with the kernel's driver" 0 out $A out 144d:a808 out "Samsung SSD 970 PRO 512GB" \
		out S463NF0K123456 out "with the kernel's driver nvme (as nvme0)"
	expect_silent "list: and nothing on stderr"
	[ "$(sed 's/STATE.*//' "$WORK/out" | head -n 1 | wc -c)" -eq \
		"$(sed "s/with the kernel.*//" "$WORK/out" | tail -n 1 | wc -c)" ]
	result $? "list: columns are aligned"
	run list -o json
	expect_json "list: group as a number" "j[0]['iommu_group']" 12
	expect_json "list: no NUMA node is null" "j[0]['numa_node']" None
	expect_json "list: not ready" "j[0]['ready']" False
	expect_json "list: model" "j[0]['model']" "Samsung SSD 970 PRO 512GB"

	printf 'nqn.2014.08.org.nvmexpress:example\n' >"$root/sys/class/nvme/nvme0/subsysnqn"
	echo 1B2QEXP7 >"$root/sys/class/nvme/nvme0/firmware_rev"
	mkdir "$root/sys/class/block/nvme0n1/queue"
	echo 1 >"$root/sys/class/block/nvme0n1/nsid"
	echo 1000215216 >"$root/sys/class/block/nvme0n1/size"
	echo 4096 >"$root/sys/class/block/nvme0n1/queue/logical_block_size"
	run list
	expect "list: without more" 0 no-out nqn.2014 no-out FIRMWARE no-out "512.1 GB"
	run list -v
	expect "list -v" 0 out nqn.2014.08.org.nvmexpress:example out 1B2QEXP7 out "1 (512.1 GB, 4096 B + 0 B)" \
		out "with the kernel's driver"
	run list --verbose -o json
	expect_json "list -v: firmware and subsystem" "j[0]['firmware'], j[0]['subsystem_nqn']" \
		"1B2QEXP7 nqn.2014.08.org.nvmexpress:example"
	expect_json "list -v: namespaces" "j[0]['namespaces']" \
		"[{'nsid': 1, 'physical_size': 512110190592, 'sector_size': 4096, 'metadata_size': 0}]"
	rm "$root/sys/class/block/nvme0n1/size"
	run list -v -o json
	expect_json "list -v: a disk that has gone" "j[0]['namespaces']" "[]"

	printf 'evil\033[2Jname\n' >"$root/sys/bus/pci/devices/$A/nvme/nvme0/model"
	run list
	expect "list: control characters of a device are not printed" 0 out "evil?[2Jname"
	head -c 100000 /dev/zero | tr '\0' x >"$root/sys/bus/pci/devices/$A/nvme/nvme0/model"
	run list
	expect "list: an endless model is cut off" 0 out xxxx
	echo garbage >"$root/sys/bus/pci/devices/$A/numa_node"
	run list
	expect "list: an unreadable number is none" 0 out $A

	new_machine
	add_vfio
	run list
	expect "list: with vfio-pci" 0 out "vfio-pci" out "ready for znvme"
	run list -o json
	expect_json "list: ready" "j[0]['ready']" True
	add_process 4711 fio /dev/vfio/12
	run list
	expect "list: held" 0 out "held by process 4711 (fio)"

	new_machine
	add_nvme
	mount_line 259:2 /home /dev/nvme0n1p2
	run list
	expect "list: mounted" 0 out "in use: nvme0n1p2 is mounted on /home"

	new_machine
	add_function $A 010802 nvme -
	run list
	expect "list: no IOMMU" 0 out "no IOMMU group"
}

test_doctor() {
	ulimit -S -l 8192 2>/dev/null
	new_machine
	run doctor
	expect "doctor: no device" 1 out "ok    IOMMU" out "FAIL  NVMe devices" out "no NVMe device found"
	add_nvme
	run doctor
	expect "doctor: with the kernel's driver" 1 out "FAIL  driver" out "fix: sudo znvme bind $A"
	run doctor $A
	expect "doctor: one device" 1 out "ok    in use" out "FAIL  driver"
	run doctor 00:00.0
	expect "doctor: no such device" 1 err "no such device" no-out ok
	run doctor -o json
	expect_json "doctor: JSON" "[(s['status'], s['device']) for s in j if s['step'] == 'driver']" \
		"[('fail', '$A')]"
	expect_json "doctor: JSON: every step is whole" \
		"all(set(s) == {'step', 'device', 'status', 'detail', 'fix'} for s in j)" True
	mount_line 259:2 /home /dev/nvme0n1p2
	run doctor $A
	expect "doctor: mounted" 1 out "FAIL  in use" out "nvme0n1p2 is mounted on /home" out "fix: sudo umount /home"

	new_machine
	add_vfio
	run doctor $A
	expect "doctor: the way is free" 0 out "ok    driver" out "ok    node" out "ok    busy" no-out FAIL
	run doctor
	expect "doctor: for one device at least" 0 out "ready for znvme" no-out FAIL
	add_function 0000:07:00.0 010802 nvme 13
	run doctor
	expect "doctor: another is not free" 0 out "ready for znvme" out "sudo znvme bind 0000:07:00.0"
	add_process 4711 fio /dev/vfio/12
	run doctor $A
	expect "doctor: held" 1 out "FAIL  busy" out "held by process 4711 (fio)" out "kill 4711"
	rm -r "$root/proc/4711" "$root/dev/vfio/12"
	run doctor $A
	expect "doctor: no node" 1 out "FAIL  node" out "/dev/vfio/12 is not there"
	: >"$root/dev/vfio/12"
	add_function 0000:06:00.1 040300 snd_hda_intel 12
	run doctor $A
	expect "doctor: a shared group" 1 out "FAIL  IOMMU group" out "0000:06:00.1/driver/unbind"
}

test_doctor_machine() {
	new_machine
	rm -r "$root/sys/kernel/iommu_groups/0"
	echo "ro quiet" >"$root/proc/cmdline"
	run doctor
	expect "doctor: Intel, IOMMU off, GRUB" 1 out "intel_iommu=on is missing" out "FAIL  IOMMU" \
		out "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&intel_iommu=on iommu=pt /' /etc/default/grub" \
		out "sudo reboot"
	rm "$root/etc/default/grub"
	mkdir -p "$root/boot/loader/entries"
	run doctor
	expect "doctor: the same with systemd-boot" 1 out "/boot/loader/entries/*.conf"
	echo "ro intel_iommu=off" >"$root/proc/cmdline"
	run doctor
	expect "doctor: turned off" 1 out "FAIL  kernel arguments" out "s/\\bintel_iommu=off\\b//"
	echo "ro intel_iommu=only,sm_on my_iommu=on" >"$root/proc/cmdline"
	run doctor
	expect "doctor: arguments that only look like it" 1 out "FAIL  kernel arguments" out "intel_iommu=on iommu=pt"
	echo "ro intel_iommu=sm_on,on" >"$root/proc/cmdline"
	run doctor
	expect "doctor: an argument in a list" 1 out "ok    kernel arguments" out "FAIL  IOMMU"
	echo "ro intel_iommu=on" >"$root/proc/cmdline"
	rm "$root/sys/firmware/acpi/tables/DMAR"
	run doctor
	expect "doctor: off in the firmware" 1 out "turn VT-d on in the firmware setup"
	echo "flags : fpu hypervisor" >>"$root/proc/cpuinfo"
	sed -i '/fpu vme/d' "$root/proc/cpuinfo"
	run doctor
	expect "doctor: in a virtual machine" 1 out "this is a virtual machine"
	printf 'vendor_id\t: AuthenticAMD\n' >"$root/proc/cpuinfo"
	: >"$root/sys/firmware/acpi/tables/IVRS"
	echo "ro amd_iommu=off" >"$root/proc/cmdline"
	run doctor
	expect "doctor: AMD, turned off" 1 out "AuthenticAMD, IOMMU: AMD-Vi" out "amd_iommu=off\\b"
	rm -r "$root/proc" "$root/sys"
	run doctor
	expect "doctor: nothing to read at all" 1 out "FAIL  IOMMU"

	new_machine
	rm -r "$root/sys/bus/pci/drivers/vfio-pci"
	run doctor
	expect "doctor: vfio-pci is a module" 1 out "not loaded; \`znvme bind\` loads it"
	: >"$root/lib/modules/6.1.0/modules.dep"
	run doctor
	expect "doctor: no vfio-pci" 1 out "FAIL  vfio-pci" out "CONFIG_VFIO_PCI"
	echo "kernel/drivers/vfio/pci/vfio-pci.ko" >"$root/lib/modules/6.1.0/modules.builtin"
	run doctor
	expect "doctor: vfio-pci is built in" 1 out "ok    vfio-pci"
	rm "$root/dev/vfio/vfio"
	mkdir -p "$root/sys/bus/pci/drivers/vfio-pci"
	run doctor
	expect "doctor: no /dev/vfio/vfio" 1 out "FAIL  /dev/vfio/vfio"

	new_machine
	mkdir -p "$root/sys/module/vfio/parameters" "$root/sys/kernel/security"
	echo Y >"$root/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
	echo "none [integrity] confidentiality" >"$root/sys/kernel/security/lockdown"
	run doctor
	expect "doctor: no-IOMMU mode and lockdown" 1 out "warn  no-IOMMU mode" out "integrity: VFIO"
}

test_memlock() {
	local unprivileged=()
	new_machine
	chmod 755 "$WORK"
	[ "$(id -u)" -ne 0 ] || unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	if ! "${unprivileged[@]}" "$ZNVME" version >/dev/null 2>&1; then
		skip "doctor: too little locked memory" "no unprivileged user here"
		return
	fi
	(ulimit -l 64 && ZNVME_SYSROOT=$root "${unprivileged[@]}" "$ZNVME" doctor) >"$WORK/out" 2>"$WORK/err"
	status=$?
	expect "doctor: too little locked memory" 1 out "FAIL  locked memory     64 KiB, but 8192 KiB are needed" \
		out "/etc/security/limits.d/znvme.conf"
}

test_list
test_doctor
test_doctor_machine
test_memlock
finish
