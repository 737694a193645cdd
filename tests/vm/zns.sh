#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Zoned namespaces against the kernel's driver and nvme-cli, in the test machine: namespace 2 of the first device is zoned. What
# nvme-cli says of it on the kernel's driver znvme says of it over VFIO, line for line; what one has done to zones the other finds.
#
#	scripts/vm run --qemu '-drive id=z,... -device nvme-ns,drive=z,bus=nvme0,nsid=2,zoned=true,...' -- /znvme/tests/vm/zns.sh

set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

address=0000:00:01.0
export ZNVME_DEVICE=${address}n2

# same NAME FILE: what is in FILE.kernel is in FILE.znvme.
same() {
	diff "$2.kernel" "$2.znvme" >"$work/out" 2>"$work/err" && [ -s "$2.kernel" ]
	result $? "$1"
}

# plain: JSON without blanks.
plain() {
	tr -d ' \n'
	echo
}

kernel() {
	sudo nvme zns "$@"
}

# look WHO COMMAND [DEVICE]: all that can be read of the zones, into files of that name.
look() {
	"$2" id-ctrl "${@:3}" >"id-ctrl.$1"
	"$2" id-ctrl "${@:3}" -o json | plain >"id-ctrl-json.$1"
	"$2" id-ns "${@:3}" >"id-ns.$1"
	"$2" id-ns "${@:3}" -o json | plain >"id-ns-json.$1"
	"$2" id-ns "${@:3}" -o binary | od -t x1 >"id-ns-bytes.$1"
	"$2" report-zones "${@:3}" >"report.$1"
	"$2" report-zones "${@:3}" -v >"report-v.$1"
	"$2" report-zones "${@:3}" -v -e >"report-e.$1"
	"$2" report-zones "${@:3}" -S 5 >"report-full.$1"
	"$2" report-zones "${@:3}" -S 4 -o json | plain | sed 's/"attrs":[0-9]*//g' >"report-json.$1"
	"$2" report-zones "${@:3}" -s 8192 -d 3 >"report-some.$1"
}

tool() {
	znvme zns "$@"
}

compare() {
	same "$1: id-ctrl" id-ctrl
	same "$1: id-ctrl, JSON" id-ctrl-json
	same "$1: id-ns" id-ns
	same "$1: id-ns, JSON" id-ns-json
	same "$1: id-ns, bytes" id-ns-bytes
	same "$1: report-zones" report
	same "$1: report-zones -v" report-v
	same "$1: report-zones -v -e" report-e
	same "$1: report-zones of full zones" report-full
	same "$1: report-zones of closed zones, JSON" report-json
	same "$1: report-zones of some zones" report-some
}

# --- on the kernel's driver; what is open is closed before the device changes hands -------------------------
ok "the kernel's disk is there" wait_for_disk 2
disk=/dev/nvme0n2
# Without blanks, which nvme-cli's dump shows as dots.
head -c 6144 /dev/urandom | base64 -w 0 >data
ok "nvme zone-append" kernel zone-append $disk -s 0 -z 8192 -d data
ok "nvme finish-zone" kernel finish-zone $disk -s 4096
ok "nvme set-zone-desc" kernel set-zone-desc $disk -s 12288 -d data
ok "nvme close-zone" kernel close-zone $disk -s 0
look kernel kernel $disk

# --- over VFIO ----------------------------------------------------------------------------------------------
ok "bind" sudo znvme bind $address --user user
look znvme tool
compare "nvme-cli's zones"
ok "znvme reads what nvme-cli appended" cmp <(znvme read -s 0 -z 8192) data
for command in "zone-append -s 16384 -z 4096 -d data" "finish-zone -s 20480" "set-zone-desc -s 24576 -d data" \
	"zone-append -s 0 -z 4096 -d data" "reset-zone -s 4096" "close-zone -a"; do
	# shellcheck disable=SC2086 # words
	ok "znvme $command" tool $command
done
look znvme tool

# --- back to the kernel -------------------------------------------------------------------------------------
ok "unbind" sudo znvme unbind $address
ok "the kernel's disk is back" wait_for_disk 2
look kernel kernel $disk
compare "znvme's zones"
ok "nvme-cli reads what znvme appended" cmp <(sudo nvme read $disk -s 16384 -c 7 -z 4096 2>/dev/null) <(head -c 4096 data)

# --- messages of both ---------------------------------------------------------------------------------------
kernel reset-zone $disk -a >reset.kernel
kernel finish-zone $disk -s 4096 >finish.kernel
kernel zone-append $disk -s 0 -z 4096 -d data >append.kernel
kernel zone-mgmt-recv $disk -l 256 >recv.kernel
kernel zone-mgmt-send $disk -s 8192 -z 3 >send.kernel
kernel set-zone-desc $disk -s 12288 -d data >desc.kernel
kernel open-zone $disk -s 16384 >open.kernel
ok "bind again" sudo znvme bind $address --user user
tool reset-zone -a --force >reset.znvme
tool finish-zone -s 4096 >finish.znvme
tool zone-append -s 0 -z 4096 -d data >append.znvme
tool zone-mgmt-recv -l 256 >recv.znvme
tool zone-mgmt-send -s 8192 -z 3 >send.znvme
tool set-zone-desc -s 12288 -d data >desc.znvme
tool open-zone -s 16384 >open.znvme
for what in reset finish append recv send desc open; do
	same "what is said of $what" $what
done
ok "unbind at the end" sudo znvme unbind $address

echo "1..$number"
cd / && rm -rf "$work"
