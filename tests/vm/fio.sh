#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The fio engine over VFIO, as an ordinary user with 8 MiB of lockable memory: data verified with crc32c and,
# from the other side, by the kernel's driver. The first device has a second namespace, the second device
# fails reads of its block 2048 (VM_FIO in tests/lib/suites.py). Their content is lost.

set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

device=0000:00:01.0
failing=0000:00:02.0

# refused NAME TEXT COMMAND...: it fails, and says TEXT on stderr.
refused() {
	local name=$1 text=$2 status
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	status=$?
	[ $status -eq 1 ] && grep -qF -e "$text" "$work/err"
	result $? "$name"
}

# job ARG...: by name, as the installed engine is found.
job() {
	fio --name=job --ioengine=znvme --thread=1 "$@"
}

wait_until_held() {
	local tries
	for ((tries = 0; tries < 500; tries++)); do
		sudo znvme doctor $device | grep -q 'held by process' && return 0
		sleep 0.02
	done
	return 1
}

refused "a device on the kernel's driver is refused, with the way out" "sudo znvme bind" \
	job --device=$device --rw=read
ok "bind" sudo znvme bind $device --user user
ok "bind the second" sudo znvme bind $failing --user user

ok "randrw in batches, verified" job --filename='0000\:00\:01.0n1' --rw=randrw --bs=4k --size=16M \
	--iodepth=32 --iodepth_batch=8 --verify=crc32c
ok "external: and a path" fio --name=job --ioengine=external:/usr/local/lib/fio/znvme-fio.so --thread=1 \
	--device=$device --rw=read --bs=64k --size=1M
for wait in polled interrupt hybrid; do
	ok "wait=$wait" job --device=$device --rw=randwrite --bs=16k --size=8M --iodepth=8 --wait=$wait \
		--verify=crc32c
done
ok "more than a command can" job --device=$device --rw=write --bs=1M --size=16M --iodepth=4 \
	--verify=crc32c
ok "four threads on two namespaces" job --filename='0000\:00\:01.0n1:0000\:00\:01.0n2' --numjobs=4 \
	--rw=randread --bs=4k --io_size=4M --iodepth=16 --iodepth_batch=4
ok "trim and write" job --device=$device --rw=trimwrite --bs=64k --size=8M --iodepth=4
ok "fsync and sync" job --device=$device --rw=write --bs=4k --size=1M --fsync=8 --sync=1
refused "a namespace that is not there" "namespace 3" job --device=${device}n3 --rw=read
refused "more memory than may be locked" "ulimit" \
	job --device=$device --rw=read --bs=512k --iodepth=32 --size=64M
refused "a read that the device fails" "NVMe status: " \
	job --device=$failing --rw=read --bs=4k --size=2M --iodepth=8
ok "and goes on where it is told to" job --device=$failing --rw=read --bs=4k --size=2M --iodepth=8 \
	--continue_on_error=io
grep -q 'errors *: total=1, first_error=5' out
result $? "with one error counted"

fio --name=job --ioengine=znvme --thread=1 --device=$device --rw=randwrite --bs=4k --iodepth=32 --time_based \
	--runtime=100 >out 2>err &
sleep 2
kill -9 $!
wait $! 2>/dev/null
ok "killed by kill -9, the device serves the next" job --device=$device --rw=write --bs=64k --size=32M \
	--iodepth=8 --verify=crc32c --do_verify=0
job --device=$device --rw=randread --bs=4k --iodepth=32 --numjobs=2 --time_based --runtime=1000 >out 2>err &
fio=$!
wait_until_held
ok "unbind --force while fio runs" sudo znvme unbind $device --force
wait $fio
result $? "which lets the device go, and ends"
grep -qF 'is let go: its jobs end here' err
result $? "and says so"
ok "the kernel's disk is there" wait_for_disk
ok "through the kernel's driver the data are the same" sudo fio --name=job --ioengine=psync --direct=1 \
	--filename=/dev/nvme0n1 --rw=read --bs=64k --size=32M --verify=crc32c

echo "1..$number"
