#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The fio engine on the simulated controller: what jobs write is there, byte for byte, and what cannot be
# done is refused with a sentence and changes nothing. Needs fio, and the engine in $BUILD.

# Functions are called by run.
# shellcheck disable=SC2317

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/../cli/lib.sh"

BUILD=${BUILD:-$HERE/../../build}
ENGINE=$BUILD/plugins/fio/znvme-fio.so
IMAGE=$TMP/disk.img
ONE=sim:file=$IMAGE,size=32M
TWO=sim:file=$IMAGE,size=32M+32M

if [ ! -e "$ENGINE" ]; then
	echo "Bail out! $ENGINE is not there: run make fio"
	exit 1
fi
cd "$TMP" || exit 1

# fio_jobs ARG...: jobs of threads. What they say is JSON, and nothing of what fio may say before it.
fio_jobs() {
	fio --ioengine="external:$ENGINE" --thread=1 --output-format=json --output="$TMP/raw" "$@"
	status=$?
	sed -n '/^{/,$p' "$TMP/raw"
	return "$status"
}

job() {
	fio_jobs --name=job "$@"
}

# filename ADDRESS: as filename= wants it.
filename() {
	printf '%s' "$1" | sed 's/:/\\:/g'
}

# refused TEXT PATTERN COMMAND...: status 1, and a line on stderr that matches.
refused() {
	text=$1
	pattern=$2
	shift 2
	run "$@"
	[ "$code" -eq 1 ] && grep -qE -e "^znvme: .*$pattern" "$ERR"
	result $? "$text"
}

# ---- it loads

ok "fio --enghelp knows the engine's options" fio --enghelp="$ENGINE"
has "device" '^device '
has "wait" '^wait '
true_that "it brings the library with it" sh -c "! ldd '$ENGINE' | grep -q znvme"

version=$(fio --version)
other=$(printf '%s' "$version" | tr 0-8 9)
LC_ALL=C sed "s/$version/$other/g" "$ENGINE" >"$TMP/other.so"
refused "another version of fio is refused" \
	"built for $other, but this fio is $version: build it again with" \
	fio --name=job --ioengine="external:$TMP/other.so" --thread=1 --device="$ONE" --rw=read

# ---- data

ok "write and verify with crc32c" job --device="$ONE" --rw=write --bs=64k --iodepth=8 --verify=crc32c
json "all of it, and read again" "j['jobs'][0]['write']['io_bytes'] == 32 << 20 and
	j['jobs'][0]['read']['io_bytes'] == 32 << 20 and j['jobs'][0]['error'] == 0"
ok "another process reads the same" job --filename="$(filename "$ONE")" --rw=read --bs=64k \
	--iodepth=8 --verify=crc32c
printf 'x' | dd of="$IMAGE" bs=1 seek=9999999 conv=notrunc status=none
run job --device="$ONE" --rw=read --bs=64k --verify=crc32c
[ "$code" -ne 0 ] && grep -q 'verify failed at .* offset 9961472' "$ERR"
result $? "a byte that changed is found"

ok "randrw in batches" job --device="$ONE" --rw=randrw --bs=4k --iodepth=32 --iodepth_batch=8 \
	--iodepth_batch_complete_min=4 --iodepth_batch_complete_max=16 --verify=crc32c
json "submitted by eights" "j['jobs'][0]['iodepth_submit']['8'] > 90"
for wait in polled interrupt hybrid; do
	ok "wait=$wait" job --device=sim:size=8M,latency=20-80 --rw=randrw --bs=4k --iodepth=16 \
		--wait=$wait --verify=crc32c
done
ok "waiting for each I/O" job --device=sim:size=1M,latency=50 --rw=randwrite --wait=interrupt \
	--verify=crc32c
ok "a range of sizes" job --device="$ONE" --rw=randwrite --bsrange=512-96k --iodepth=16 --verify=crc32c
ok "4 KiB blocks" job --device=sim:bs=4096,size=8M --rw=randrw --bs=8k --iodepth=8 --verify=crc32c
ok "more than a command can" job --device="$ONE,mdts=1" --rw=write --bs=256k --iodepth=4 --verify=crc32c
ok "another process finds it whole" job --device="$ONE" --rw=read --bs=256k --iodepth=4 --verify=crc32c
ok "more commands than the queue holds" job --device=sim:size=8M,mdts=1,mqes=16,latency=5-50 \
	--rw=randwrite --bs=64k --iodepth=8 --verify=crc32c
ok "fsync and sync" job --device="$ONE" --rw=write --bs=4k --size=1M --fsync=8 --sync=1
json "flushes were done" "j['jobs'][0]['sync']['total_ios'] == 31"
ok "ZNVME_DEVICE is the default" env ZNVME_DEVICE="$ONE" fio --name=job --thread=1 \
	--ioengine="external:$ENGINE" --rw=read --bs=1M --output-format=json
json "it was read" "j['jobs'][0]['read']['io_bytes'] == 32 << 20"

# ---- trim

ok "write what is to be trimmed" job --device="$ONE" --rw=write --bs=256k --buffer_pattern=0xa5
ok "trim" job --device="$ONE" --rw=randtrim --bs=64k --iodepth=16 --size=16M
json "half of it" "j['jobs'][0]['trim']['io_bytes'] == 16 << 20"
head -c $((16 << 20)) /dev/zero >"$TMP/half"
head -c $((16 << 20)) /dev/zero | tr '\0' '\245' >>"$TMP/half"
true_that "that half is zero, the other is as it was" cmp "$IMAGE" "$TMP/half"
ok "trim and write" job --device=sim:size=8M --rw=trimwrite --bs=64k --iodepth=4
refused "trim where the device has none" 'no Dataset Management' \
	job --device=sim:without=dsm --rw=trim --bs=64k

# ---- several jobs, threads and namespaces

rm "$IMAGE"
ok "four threads on two namespaces" job --filename="$(filename "$TWO,n1"):$(filename "$TWO,n2")" \
	--numjobs=4 --offset_increment=25% --size=25% --rw=randwrite --bs=4k --iodepth=16 \
	--iodepth_batch=4 --verify=crc32c
json "each did its part" "[x['write']['io_bytes'] for x in j['jobs']] == [16 << 20] * 4"
# Verified by address: what was meant for one namespace is not found in the other.
ok "two jobs, a namespace each" fio_jobs --rw=write --bs=64k --iodepth=4 \
	--name=one --device="$TWO,n1" --buffer_pattern=0x11 \
	--name=two --device="$TWO,n2" --buffer_pattern=0x22
{
	head -c $((32 << 20)) /dev/zero | tr '\0' '\021'
	head -c $((32 << 20)) /dev/zero | tr '\0' '\042'
} >"$TMP/both"
true_that "each wrote its own" cmp "$IMAGE" "$TMP/both"
ok "jobs one after the other share a device in memory" fio_jobs --bs=64k --verify=crc32c \
	--device=sim:size=8M \
	--name=write --rw=write --do_verify=0 --name=read --rw=read --stonewall
json "both were without an error" "[x['error'] for x in j['jobs']] == [0, 0]"

# ---- what is refused

sum=$(sha "$IMAGE")
missing=0000:ff:1f.7
refused "processes" 'add thread=1' \
	fio --name=job --ioengine="external:$ENGINE" --device="$TWO" --rw=write
refused "a device that is not there" "$missing: no such PCI device" \
	job --filename="$(filename $missing)" --rw=write
refused "no device" 'ZNVME_DEVICE' job --rw=write
refused "an address that makes no sense" "sizee" job --device=sim:sizee=1 --rw=write
refused "a namespace that is not there" 'namespace 7' job --device="$TWO,n7" --rw=write
refused "two controllers in a job" 'a job of its own' \
	job --filename="$(filename "$TWO"):$(filename sim:)" --rw=write
refused "a size that is no multiple of a block" 'multiples of its blocks of 4096 bytes' \
	job --device=sim:bs=4096 --rw=write --bs=512
refused "an offset that is no multiple" 'offset 100 .*no multiple of its blocks of 512 bytes' \
	job --device="$TWO" --rw=write --bs=4k --offset=100 --blockalign=512
refused "writes where the namespace is protected" 'write-protected' \
	job --device="$TWO,readonly=1" --rw=write
refused "more in flight than a queue holds" 'iodepth=64' \
	job --device="$TWO,mqes=16" --rw=write --iodepth=64
refused "more jobs than the device has queues" 'queue' \
	job --device="$TWO,queues=1" --rw=read --numjobs=2 --time_based --runtime=1
[ "$(sha "$IMAGE")" = "$sum" ]
result $? "and nothing of all that was written"

rm "$IMAGE"
run fio_jobs --bs=64k --verify=crc32c --rw=write \
	--name=good --device="$ONE" --name=bad --device=$missing
[ "$code" -ne 0 ] && grep -q "$missing: no such PCI device" "$ERR"
result $? "a missing device beside a good one is an error"
ok "and what the good job wrote is whole" job --device="$ONE" --rw=read --bs=64k --verify=crc32c

flock --no-fork "$IMAGE" sleep 60 &
holder=$!
until ! flock -n "$IMAGE" true; do sleep 0.01; done
refused "a device that somebody else holds" "is in use by process $holder" job --device="$ONE" --rw=write
kill $holder

finish
