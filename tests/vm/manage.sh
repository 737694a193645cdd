#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Commands that manage a device, over VFIO as an ordinary user, against the kernel's driver and nvme-cli: structures and
# logs are the same byte for byte; what znvme formats, detaches and attaches the kernel then sees. The device is in a
# subsystem (tests/lib/suites.py), and its content is lost.
#
#	scripts/vm run ... -- /znvme/tests/vm/manage.sh

set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

export ZNVME_DEVICE=${1:-0000:00:01.0}

# is NAME VALUE WANTED
is() {
	echo "got '$2', wanted '$3'" >"$work/out"
	: >"$work/err"
	[ "$2" = "$3" ]
	result $? "$1"
}

# What both tools have in binary: its name here, and the commands of either.
both() {
	local name=$1
	shift
	sudo nvme "$@" 2>/dev/null | cat >"$name.kernel"
}

# as_nvme_cli NAME COMMAND...: znvme's bytes are those that nvme-cli gave on the kernel's driver.
as_nvme_cli() {
	local name=$1
	shift
	znvme "$@" >"$name.znvme" 2>"$work/err"
	[ -s "$name.kernel" ] && cmp "$name.znvme" "$name.kernel" >"$work/out" 2>>"$work/err"
	result $? "$name is what nvme-cli has on the kernel's driver"
}

for _ in $(seq 100); do
	[ -b /dev/nvme0n2 ] && break
	sleep 0.1
done
both list-ctrl list-ctrl /dev/nvme0 -o binary
both effects-log get-log /dev/nvme0 --log-id=5 --log-len=4096 -b
both changed-ns-list-log changed-ns-list-log /dev/nvme0 -b
both primary-ctrl-caps primary-ctrl-caps /dev/nvme0 -o binary
both list-secondary list-secondary /dev/nvme0 -o binary
both nvm-id-ctrl nvm-id-ctrl /dev/nvme0 -o binary
sudo nvme list-ns /dev/nvme0 --all | cat >list-ns.kernel
sudo nvme id-ns /dev/nvme0 -n 1 -o binary | cat >id-ns.kernel

ok "bind" sudo znvme bind "$ZNVME_DEVICE" --user user
as_nvme_cli list-ctrl list-ctrl -o binary
as_nvme_cli effects-log effects-log --csi 0 -b
as_nvme_cli changed-ns-list-log changed-ns-list-log -b
as_nvme_cli primary-ctrl-caps primary-ctrl-caps -o binary
as_nvme_cli list-secondary list-secondary -o binary
as_nvme_cli nvm-id-ctrl nvm-id-ctrl -o binary
znvme list-ns --all >list-ns.znvme
is "list-ns --all is what nvme-cli has" "$(cat list-ns.znvme)" "$(cat list-ns.kernel)"
znvme id-ns -n 1 -b >id-ns.znvme
is "id-ns is what nvme-cli has" "$(sha256sum <id-ns.znvme)" "$(sha256sum <id-ns.kernel)"

# ---- what znvme does, the kernel sees

ok "format" znvme format -n 1 --block-size 4096 --force
ok "detach-ns" znvme detach-ns -n 2
is "list-ns: one namespace is left" "$(znvme list-ns)" "[   0]:0x1"
ok "unbind" sudo znvme unbind "$ZNVME_DEVICE"
for _ in $(seq 50); do
	[ -e /sys/block/nvme0n1 ] && break
	sleep 0.1
done
is "the kernel sees blocks of 4 KiB" "$(cat /sys/block/nvme0n1/queue/logical_block_size)" 4096
is "the kernel sees no second namespace" "$(ls -d /sys/block/nvme0n2 2>/dev/null)" ""
ok "bind again" sudo znvme bind "$ZNVME_DEVICE" --user user
ok "attach-ns" znvme attach-ns -n 2
ok "format back" znvme format -n 1 --block-size 512 --force
ok "unbind again" sudo znvme unbind "$ZNVME_DEVICE"
for _ in $(seq 50); do
	[ -e /sys/block/nvme0n2 ] && break
	sleep 0.1
done
is "the kernel sees blocks of 512 bytes" "$(cat /sys/block/nvme0n1/queue/logical_block_size)" 512
is "the kernel sees the second namespace" "$(ls -d /sys/block/nvme0n2)" /sys/block/nvme0n2
echo "1..$number"
