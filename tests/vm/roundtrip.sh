#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The tool on a real device, against the kernel's driver and nvme-cli: in the test machine, as an ordinary user with 8 MiB of
# lockable memory, no capability and no huge page. What the kernel wrote znvme reads, and the other way round; what
# nvme-cli says of the device on the kernel's driver znvme says of it over VFIO. The device's content is lost.
#
#	scripts/vm run --nvme max_ioqpairs=1 -- /znvme/tests/vm/roundtrip.sh

set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

export ZNVME_DEVICE=${1:-0000:00:01.0}

# refused NAME TEXT COMMAND...: exit status 1, one sentence on stderr that has TEXT, nothing on stdout.
refused() {
	local name=$1 text=$2 status
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	status=$?
	[ $status -eq 1 ] && grep -qF -e "$text" "$work/err" && [ ! -s "$work/out" ] &&
		[ "$(wc -l <"$work/err")" -eq 1 ]
	status=$?
	echo "(wanted: $text)" >>"$work/err"
	result $status "$name"
}

# same NAME FILE FILE
same() {
	cmp "$2" "$3" >"$work/out" 2>"$work/err"
	result $? "$1"
}

# is NAME VALUE WANTED
is() {
	echo "got '$2', wanted '$3'" >"$work/out"
	: >"$work/err"
	[ "$2" = "$3" ]
	result $? "$1"
}

sum() {
	sha256sum | cut -d ' ' -f 1
}

MIB=1048576

# --- what the user is ---------------------------------------------------------------------------------------
is "the user is ordinary" "$(id -u)" 1000
is "it has no capability" "$(grep CapEff /proc/self/status | tr -d '[:space:]')" CapEff:0000000000000000
is "it may lock 8 MiB" "$(ulimit -l)" 8192
is "there are no huge pages" "$(cat /proc/sys/vm/nr_hugepages)" 0

# --- on the kernel's driver ---------------------------------------------------------------------------------
ok "the kernel's disk is there" wait_for_disk
block=$(cat /sys/block/nvme0n1/queue/logical_block_size)
refused "a device on the kernel's driver is refused, with the way out" "sudo znvme bind" znvme id-ctrl
sudo nvme id-ctrl /dev/nvme0 -o binary | cat >ctrl.kernel
sudo nvme id-ns /dev/nvme0n1 -o binary | cat >ns.kernel
sudo nvme get-log /dev/nvme0 --log-id=3 --log-len=512 -b | cat >fw.kernel
sudo nvme get-log /dev/nvme0 --log-id=5 --log-len=4096 -b | cat >effects.kernel
head -c $((6 * MIB)) /dev/urandom >by-kernel
ok "the kernel writes" sudo dd if=by-kernel of=/dev/nvme0n1 bs=1M oflag=direct status=none conv=fsync

# --- over VFIO ----------------------------------------------------------------------------------------------
ok "bind" sudo znvme bind "$ZNVME_DEVICE" --user user
is "the driver is vfio-pci" "$(basename "$(readlink "/sys/bus/pci/devices/$ZNVME_DEVICE/driver")")" vfio-pci
ok "a second bind is harmless" sudo znvme bind "$ZNVME_DEVICE" --user user
ok "list" znvme list
is "list names the device" "$(grep -c "^$ZNVME_DEVICE" out)" 1
ok "doctor finds the way free" znvme doctor "$ZNVME_DEVICE"
ok "id-ctrl" znvme id-ctrl
znvme id-ctrl -o binary >ctrl.znvme
same "id-ctrl is what nvme-cli has on the kernel's driver" ctrl.znvme ctrl.kernel
ok "id-ns" znvme id-ns
znvme id-ns -o binary >ns.znvme
same "id-ns is what nvme-cli has" ns.znvme ns.kernel
znvme get-log -i 3 -l 512 -b >fw.znvme
same "log page 3 is what nvme-cli has" fw.znvme fw.kernel
znvme get-log -i 5 -l 4096 -b >effects.znvme
same "log page 5 is what nvme-cli has" effects.znvme effects.kernel
ok "show-regs" znvme show-regs
ok "smart-log" znvme smart-log
ok "top" znvme top --once --delay 200ms
ok "smart-log -o json is JSON with a temperature" grep -q '"temperature"' <(znvme smart-log -o json)

blocks=$((6 * MIB / block))
znvme read -s 0 --blocks $blocks >back 2>errors
is "znvme reads what the kernel wrote" "$(sum <back)" "$(sum <by-kernel)"
ok "compare agrees" znvme compare -s 0 --blocks $blocks -d by-kernel
znvme dump --length 6M >dumped 2>errors
is "dump of a range is the same" "$(sum <dumped)" "$(sum <by-kernel)"
head -c $((5 * MIB)) /dev/urandom >by-znvme
ok "write" znvme write -s $((MIB / block)) --blocks $((5 * MIB / block)) -d by-znvme
ok "flush" znvme flush
ok "reset" znvme reset
znvme read -s $((MIB / block)) --blocks $((5 * MIB / block)) >back 2>errors
is "znvme reads what it wrote, also after a reset" "$(sum <back)" "$(sum <by-znvme)"
ok "write-zeroes" znvme write-zeroes -s 0 --blocks $((MIB / block))
is "zeroes are read back" "$(znvme read -s 0 --blocks $((MIB / block)) | tr -d '\0' | wc -c)" 0

# --- what must be refused -----------------------------------------------------------------------------------
end=$(znvme id-ns -o json | sed -n 's/^  "nsze": *\([0-9]*\),$/\1/p')
refused "a range past the end" "past the end" znvme read -s "$end" -c 0
refused "a namespace that is not there" "namespace 77" znvme read -n 77 -s 0 -c 0
refused "no such device" "no such PCI device" znvme id-ctrl 0000:00:1e.7
refused "a function that is no NVMe controller" "no NVMe controller" znvme id-ctrl 0000:00:1f.0
sudo chown root /dev/vfio/[0-9]*
refused "another user's group" "sudo znvme bind" znvme id-ctrl
sudo chown user /dev/vfio/[0-9]*
refused "too little lockable memory" "RLIMIT_MEMLOCK" prlimit --memlock=16384:16384 znvme id-ctrl
dd if=/dev/zero bs=1M count=64 2>/dev/null | (sleep 2; cat) | znvme write -s 0 --blocks $((64 * MIB / block)) >held 2>&1 &
holder=$!
sleep 0.7
refused "a device in use, with its owner" "in use by another process (" znvme id-ctrl
refused "unbind of a device in use" "znvme" sudo znvme unbind "$ZNVME_DEVICE"
wait $holder
is "its owner was not disturbed" "$?" 0

# --- the owner dies -----------------------------------------------------------------------------------------
znvme write -s 0 --blocks 64 -d <(head -c $((64 * block)) by-znvme) >/dev/null 2>&1
(while :; do znvme write -s $((8 * MIB / block)) --blocks $((MIB / block)) -d <(head -c $MIB by-znvme); done) >/dev/null 2>&1 &
writer=$!
sleep 1
kill -9 $writer
wait $writer 2>/dev/null
killall -9 znvme
while pidof znvme >/dev/null; do sleep 0.02; done
ok "after kill -9 in the middle of writes the device opens at once" znvme id-ctrl
znvme read -s 0 --blocks 64 >back 2>errors
is "and what was written before is there" "$(sum <back)" "$(head -c $((64 * block)) by-znvme | sum)"

# --- the examples -------------------------------------------------------------------------------------------
for example in hello async demo; do
	if [ -x "/usr/local/libexec/znvme/examples/$example" ]; then
		ok "example $example" "/usr/local/libexec/znvme/examples/$example" "$ZNVME_DEVICE"
	fi
done

# --- back to the kernel -------------------------------------------------------------------------------------
ok "write for the kernel" znvme write -s 0 --blocks $((5 * MIB / block)) -d by-znvme
ok "unbind" sudo znvme unbind "$ZNVME_DEVICE"
is "the driver is nvme" "$(basename "$(readlink "/sys/bus/pci/devices/$ZNVME_DEVICE/driver")")" nvme
ok "the kernel's disk is back" wait_for_disk
is "the kernel reads what znvme wrote" \
	"$(sudo dd if=/dev/nvme0n1 bs=1M count=5 iflag=direct status=none | sum)" "$(sum <by-znvme)"
ok "a second unbind is harmless" sudo znvme unbind "$ZNVME_DEVICE"
ok "bind after it" sudo znvme bind "$ZNVME_DEVICE" --user user
ok "the device opens again" znvme id-ctrl
ok "unbind after it" sudo znvme unbind "$ZNVME_DEVICE"

echo "1..$number"
cd / && rm -rf "$work"
