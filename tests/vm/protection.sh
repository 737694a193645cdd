#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Protection information against the kernel's: in the test machine, on a device whose first namespace
# has it (type 1, 8 bytes of separate metadata). What the kernel has protected znvme checks, and the
# other way round; nvme-cli reads the same metadata as znvme. The device's content is lost.
#
#	scripts/vm run --nvme none --qemu '-drive … -device nvme,… -device nvme-ns,ms=8,pi=1,…' -- \
#		/znvme/tests/vm/protection.sh

set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

export ZNVME_DEVICE=${1:-0000:00:01.0}

# fails NAME TEXT COMMAND...: it does not, and says TEXT.
fails() {
	local name=$1 text=$2
	shift 2
	! "$@" >"$work/out" 2>"$work/err" && grep -q -e "$text" "$work/err"
	result $? "$name"
}

BLOCKS=2048
BYTES=$((BLOCKS * 512))
head -c $BYTES /dev/urandom >by-kernel
head -c $BYTES /dev/urandom >by-znvme

ok "the kernel's disk is there" wait_for_disk
ok "the kernel protects it" grep -qx T10-DIF-TYPE1-CRC /sys/block/nvme0n1/integrity/format
ok "the kernel writes" sudo dd if=by-kernel of=/dev/nvme0n1 bs=64k oflag=direct status=none
ok "bind" sudo znvme bind "$ZNVME_DEVICE" --user user
ok "znvme reads and checks what the kernel wrote" \
	znvme read -s 0 --blocks $BLOCKS -d back -M kernel.metadata
ok "it is the same" cmp back by-kernel
ok "the controller checks all of it, too" znvme read -s 0 --blocks $BLOCKS -d back -p 5
ok "znvme writes with tuples of its own" znvme write -s 4096 -d by-znvme -a 0x1234
ok "znvme reads their metadata" \
	znvme read -s 4096 --blocks $BLOCKS -d back -M znvme.metadata -a 0x1234 -m 0xffff -p 7
ok "a block is damaged" sh -c "head -c 512 by-kernel | znvme write -s 8192 -d - -p 0 &&
	znvme read -s 8192 -d block -M tuple -p 0 && printf '\377' | dd of=block conv=notrunc status=none &&
	znvme write -s 8192 -d block -M tuple -p 0"
fails "a damaged block is named" 'block 8192: the guard is 0x' znvme read -s 8192
ok "unbind" sudo znvme unbind "$ZNVME_DEVICE"

ok "the kernel's disk is back" wait_for_disk
ok "the kernel reads and checks what znvme wrote" \
	sudo dd if=/dev/nvme0n1 of=back2 bs=64k skip=32 count=16 iflag=direct status=none
ok "it is the same" sudo cmp back2 by-znvme
fails "the kernel refuses what is damaged" 'error' \
	sudo dd if=/dev/nvme0n1 of=back3 bs=512 skip=8192 count=1 iflag=direct status=none
ok "nvme-cli reads it, checked by the device" sudo nvme read /dev/nvme0n1 -s 4096 -c 15 -z 8192 \
	-y 128 -d cli.data -M cli.metadata -p 7 -r 4096 -a 0x1234 -m 0xffff
ok "nvme-cli's data are the same" sh -c 'head -c 8192 by-znvme | sudo cmp - cli.data'
ok "nvme-cli's metadata are the same" sh -c 'head -c 128 znvme.metadata | sudo cmp - cli.metadata'
echo "1..$number"
