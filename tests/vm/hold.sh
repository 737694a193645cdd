#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `znvme unbind` while a process holds the device and does not let it go though it is asked to
# (tests/vm/hold.c), and while tools of ours do, which let go. Needs a device that takes long to read
# (VM_BIG in tests/lib/suites.py); its content is lost. The output is TAP.

# shellcheck disable=SC2024 # what sudo's command says goes to files of ours
set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
said="out err hold.out unbind.out unbind.err"

device=0000:00:01.0

# says NAME FILE TEXT
says() {
	grep -qF -e "$3" "$2"
	result $? "$1"
}

# is NAME VALUE WANTED
is() {
	[ "$2" = "$3" ] || echo "# got '$2', wanted '$3'"
	[ "$2" = "$3" ]
	result $? "$1"
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

driver() {
	basename "$(readlink /sys/bus/pci/devices/$device/driver || echo none)"
}

# The unbind that waits, without the sudo in front of it.
unbinder() {
	local process
	for process in /proc/[0-9]*; do
		[ "$(tr '\0' ' ' <"$process/cmdline" 2>/dev/null)" = "znvme unbind $device --force " ] || continue
		echo "${process#/proc/}"
		return
	done
}

# unbind_by_force: in the background; $sudo is its process.
unbind_by_force() {
	sudo znvme unbind $device --force >unbind.out 2>unbind.err &
	sudo=$!
}

# hold: starts the holder, $holder is its process.
hold() {
	rm -f count
	/usr/local/libexec/znvme/tests/hold $device count >hold.out 2>&1 &
	holder=$!
	until_true grep -qs open hold.out
	result $? "$1: a process holds the device"
}

rounds() {
	cat count 2>/dev/null
}

has_gone_on() {
	[ "$(rounds)" -gt "$1" ] 2>/dev/null
}

# goes_on NAME: a hundred blocks more are written and read back.
goes_on() {
	until_true has_gone_on $(($(rounds) + 100))
	result $? "$1"
}

# Whether a disk of the kernel's has what was written last.
kernel_reads_last() {
	local last
	last=$(rounds)
	until_true test -b /dev/nvme0n1
	is "the kernel's disk has what the holder wrote last" \
		"$(sudo od -An -tu8 -j $((last % 1024 * 512)) -N 8 /dev/nvme0n1 | tr -d ' ')" "$last"
}

# --- a holder that does not react, and ends orderly in the end -----------------------------------
ok "bind" sudo znvme bind $device --user user
hold "without --force"
! sudo znvme unbind $device >out 2>err
result $? "without --force: refused"
says "without --force: it names the holder" err "held by process $holder (hold)"
is "without --force: the device stays" "$(driver)" vfio-pci
goes_on "without --force: the holder goes on"
is "without --force: the holder was not asked" "$(cat hold.out)" open

unbind_by_force
until_true grep -q asked hold.out
result $? "with --force: the holder is asked for the device"
says "with --force: it says whom it waits for, and what ends that" unbind.err \
	"waiting for process $holder (hold) to let go of it. It is asked to now; if it does not, \`sudo kill $holder\`"
goes_on "with --force: I/O goes on"
is "with --force: no driver of the kernel's has the device meanwhile" "$(driver)" none
ok "with --force: znvme list does not hang meanwhile" znvme list
waiting=$(unbinder)
sudo kill -INT "$waiting"
goes_on "with --force: I/O goes on after a Ctrl-C"
is "with --force: which has not ended the waiting" "$(unbinder)" "$waiting"
kill "$holder"
wait "$holder"
is "with --force: the holder closes" $? 0
wait "$sudo"
is "with --force: then the device goes to the kernel's driver, before the Ctrl-C counts" "$(driver)" nvme
kernel_reads_last

# --- one that is killed --------------------------------------------------------------------------
ok "bind again" sudo znvme bind $device --user user
hold "killed"
unbind_by_force
until_true grep -q asked hold.out
result $? "killed: the holder is asked for the device"
goes_on "killed: I/O goes on"
kill -9 "$holder"
wait "$holder" 2>/dev/null
wait "$sudo"
is "killed: unbind ends well" $? 0
says "killed: and says so" unbind.out "$device: from vfio-pci to nvme"
is "killed: the kernel's driver has the device" "$(driver)" nvme
kernel_reads_last

# --- an unbind that is killed --------------------------------------------------------------------
ok "bind once more" sudo znvme bind $device --user user
hold "unbind killed"
unbind_by_force
until_true grep -q asked hold.out
result $? "unbind killed: the holder is asked for the device"
waiting=$(unbinder)
sudo kill -9 "$waiting"
goes_on "unbind killed: I/O goes on"
is "unbind killed: not even kill -9 ends the waiting" "$(unbinder)" "$waiting"
until_true sh -c "sudo dmesg | grep -q 'task \"znvme\" ($waiting) blocked until device is released'"
result $? "unbind killed: the kernel logs that it waits on"
kill "$holder"
wait "$holder"
wait "$sudo" 2>/dev/null
is "unbind killed: when the holder ends the device leaves vfio-pci" "$(driver)" none
ok "unbind killed: another unbind gives it to the kernel's driver" sudo znvme unbind $device
is "unbind killed: which then has it" "$(driver)" nvme
kernel_reads_last

# --- tools that let go ---------------------------------------------------------------------------
# lets_go NAME COMMAND...: it runs until the device is asked for, and says why it ends; $status.
lets_go() {
	local name=$1 tool
	shift
	ok "$name: bind" sudo znvme bind $device --user user
	"$@" >out 2>err &
	tool=$!
	until_true is_held
	result $? "$name: it holds the device"
	unbind_by_force
	wait $tool
	status=$?
	says "$name: it says why it ends" err "$device is let go: the run ends here"
	wait "$sudo"
	is "$name: unbind ends well" $? 0
	is "$name: the kernel's driver has the device" "$(driver)" nvme
}

# The group is opened by one process at a time.
is_held() {
	sudo znvme doctor $device | grep -q 'held by process'
}

lets_go perf znvme perf $device --time 1000
is "perf: it ends as by Ctrl-C" "$status" 0
says "perf: and shows what it has come to" out "(interrupted)"
lets_go "perf verifying" znvme perf $device --write --force --verify
lets_go dump sh -c "znvme dump $device >/dev/null"
is "dump: it fails, for it is not complete" "$status" 1

echo "1..$number"
cd / && rm -rf "$work"
