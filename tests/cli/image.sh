#!/bin/sh
# SPDX-License-Identifier: MIT
#
# dump and restore: a round trip with its checksums, and all that can go wrong on the way: a full
# disk, a closed pipe, an image that does not fit, an interrupt.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

MOUNTED=
# shellcheck disable=SC2317 # called by lib.sh
cleanup() {
	[ -z "$MOUNTED" ] || umount "$MOUNTED"
}

# printed: the checksum in the last output or, with an argument, in that file.
printed() {
	sed -n 's/^sha256: //p' "${1:-$OUT}"
}

# left: what a failed dump has left behind in $TMP/images.
left() {
	find "$TMP/images" -type f | wc -l
}

mkdir "$TMP/images"
LENGTH=8M
BYTES=$((8 << 20))
random "$TMP/image" $BYTES

# ---- the round trip

ok "restore a range" znvme restore "$DEV" --offset 0 --length $LENGTH -d "$TMP/image"
has "restore: what was done" "^restore: $BYTES bytes of namespace 1 from block 0 in [0-9.]+ s, .*/s$"
true_that "restore: the checksum" test "$(printed)" = "$(sha "$TMP/image")"
ok "dump it" znvme dump "$DEV" --length $LENGTH -d "$TMP/images/back"
true_that "dump: the checksum" test "$(printed)" = "$(sha "$TMP/image")"
true_that "dump: the same" cmp "$TMP/image" "$TMP/images/back"
true_that "dump: no other file is left" test "$(left)" -eq 1

ok "dump to a pipe" sh -c "'$ZNVME' dump '$DEV' --length $LENGTH 2>'$TMP/said' | cat"
true_that "dump to a pipe: the same" cmp "$OUT" "$TMP/image"
true_that "dump to a pipe: the checksum is on stderr" \
	test "$(printed "$TMP/said")" = "$(sha "$TMP/image")"
ok "restore from a pipe" sh -c "cat '$TMP/image' | '$ZNVME' restore '$DEV' -s 0 --length $LENGTH"
true_that "restore from a pipe: the checksum" test "$(printed)" = "$(sha "$TMP/image")"
ok "restore as JSON" znvme restore "$DEV" --offset 0 -d "$TMP/image" -o json
json "restore as JSON" "j['bytes'] == $BYTES and j['sha256'] == '$(sha "$TMP/image")'"
ok "dump as JSON" znvme dump "$DEV" --length $LENGTH -d "$TMP/images/back" -o json
json "dump as JSON" "j['bytes'] == $BYTES and j['sha256'] == '$(sha "$TMP/image")'"
fails "dump: JSON and data on one output" '--data FILE' znvme dump "$DEV" -o json

ok "dump a part, by bytes" znvme dump "$DEV" --offset 1M --length 64K -d "$TMP/images/part"
dd if="$TMP/image" bs=65536 skip=16 count=1 of="$TMP/part" 2>/dev/null
true_that "it is that part" cmp "$TMP/part" "$TMP/images/part"
for depth in 1 3 256; do
	ok "dump, $depth in flight" \
		znvme dump "$DEV" --length $LENGTH --queue-depth $depth -d "$TMP/images/back"
	true_that "dump, $depth in flight: the same" cmp "$TMP/image" "$TMP/images/back"
done
ok "dump over a symbolic link" sh -c "ln -s back '$TMP/images/link' &&
	'$ZNVME' dump '$DEV' --length 4K -d '$TMP/images/link'"
true_that "it is still a link" test -L "$TMP/images/link"
true_that "what it points to was replaced" test "$(wc -c <"$TMP/images/back")" -eq 4096

if on_sim; then
	ok "dump a whole namespace" znvme dump "$DEV" -d "$TMP/images/whole"
	true_that "64 MiB" test "$(wc -c <"$TMP/images/whole")" -eq $((64 << 20))
	ok "restore a whole namespace" \
		znvme restore "sim:file=$TMP/other.img,size=64M" --force -d "$TMP/images/whole"
	sum=$(printed)
	ok "dump that" znvme dump "sim:file=$TMP/other.img,size=64M" -d "$TMP/images/again"
	true_that "the checksums agree" test "$(printed)" = "$sum"
	ok "dump --sparse" znvme dump "$DEV" --sparse -d "$TMP/images/sparse"
	true_that "dump --sparse: the same" cmp "$TMP/images/whole" "$TMP/images/sparse"
	true_that "dump --sparse: smaller" test \
		"$(du -k "$TMP/images/sparse" | cut -f1)" -lt $((32 << 10))
	ok "dump of 4096-byte blocks" znvme dump sim:bs=4096,size=4M -d "$TMP/images/back"
	ok "dump with one queue of two entries" \
		znvme dump sim:queues=1,mqes=2,size=4M -d "$TMP/images/back"
	ok "dump with small transfers" znvme dump sim:mdts=1,size=4M -d "$TMP/images/back"
	ok "dump of a slow device" znvme dump sim:latency=100-3000,size=4M -d "$TMP/images/back"
	fails "dump of an empty device" 'namespace' znvme dump sim:ns=0 -d "$TMP/images/back"
	rm -f "$TMP"/images/*
fi
rm -f "$TMP"/images/*

# ---- images that do not fit

head -c 1000 "$TMP/image" >"$TMP/odd"
fails "an image larger than the range" "$BYTES bytes do not fit: .* nothing was written" \
	znvme restore "$DEV" --offset 0 --length 4M -d "$TMP/image"
fails "the same by a pipe" 'longer than the range' \
	sh -c "cat '$TMP/image' | '$ZNVME' restore '$DEV' --offset 0 --length 4M"
fails "an image of no whole blocks" 'no multiple of the block size' \
	znvme restore "$DEV" --offset 0 -d "$TMP/odd"
has_error "and what to do" '--pad fills the last block'
fails "the same by a pipe" 'no multiple of the block size' \
	sh -c "cat '$TMP/odd' | '$ZNVME' restore '$DEV' --offset 0"
ok "restore --pad" znvme restore "$DEV" --offset 0 -d "$TMP/odd" --pad
true_that "restore --pad: the checksum is the image's" test "$(printed)" = "$(sha "$TMP/odd")"
ok "restore --pad from a pipe" sh -c "cat '$TMP/odd' | '$ZNVME' restore '$DEV' --offset 0 --pad"
ok "read it" znvme dump "$DEV" --length 4096 -d "$TMP/images/back"
head -c 1000 "$TMP/images/back" | cmp -s - "$TMP/odd"
result $? "it is there"
fails "an empty image" 'empty' znvme restore "$DEV" --offset 0 -d /dev/null
: >"$TMP/empty"
fails "an empty file" 'empty' znvme restore "$DEV" --offset 0 -d "$TMP/empty"
fails "no image" 'No such file' znvme restore "$DEV" --offset 0 -d "$TMP/nowhere"
fails "a directory" 'directory' znvme restore "$DEV" --offset 0 -d "$TMP"
fails "a whole namespace without a word" 'say so by --force' \
	sh -c "'$ZNVME' restore '$DEV' -d '$TMP/image' </dev/null"
fails "an offset that is no multiple" 'no multiple' znvme dump "$DEV" --offset 100 -d "$TMP/images/x"
fails "start block and offset" 'give one' \
	znvme dump "$DEV" --offset 512 -s 1 -d "$TMP/images/x"
fails "a range past the end" 'past the end' \
	znvme restore "$DEV" -s 0xffffffffff --blocks 1 -d "$TMP/image"

fails "an image that becomes shorter" 'has become shorter: 1048576 of 4194304' \
	python3 -c 'import os, subprocess, sys, time
with open(sys.argv[1], "wb") as image:
    image.write(os.urandom(4 << 20))
tool = subprocess.Popen(sys.argv[2:])
def has_begun():
    try:
        for fd in os.listdir(f"/proc/{tool.pid}/fd"):
            if os.readlink(f"/proc/{tool.pid}/fd/{fd}") == os.path.realpath(sys.argv[1]):
                with open(f"/proc/{tool.pid}/fdinfo/{fd}") as info:
                    return int(info.readline().split()[1]) > 0
    except OSError: # one that was closed meanwhile
        pass
    return False
while tool.poll() is None and not has_begun():
    time.sleep(0.02)
os.truncate(sys.argv[1], 1 << 20)
sys.exit(tool.wait())' "$TMP/shorter" "$ZNVME" restore sim:size=64M,latency=800000 -d "$TMP/shorter" \
	--force --queue-depth 1

# ---- where the image cannot be written

rm -f "$TMP"/images/*
echo precious >"$TMP/images/old"
fails "a full device" 'No space left on device' \
	znvme dump "$DEV" --length $LENGTH -d /dev/full
fails "a full standard output" 'No space left on device' \
	sh -c "'$ZNVME' dump '$DEV' --length $LENGTH >/dev/full"
fails "a directory that is not there" 'No such file' \
	znvme dump "$DEV" --length 4K -d "$TMP/nowhere/image"
fails "a directory as the file" 'directory' znvme dump "$DEV" --length 4K -d "$TMP/images"
fails "a file that would be too large" 'File too large|bytes are needed|No space' \
	sh -c "ulimit -f 64; trap '' XFSZ; '$ZNVME' dump '$DEV' --length $LENGTH -d '$TMP/images/old'"
true_that "the old file is as it was" grep -q precious "$TMP/images/old"
true_that "and nothing is beside it" test "$(left)" -eq 1
fails "a closed pipe" 'standard output: Broken pipe' \
	sh -c "('$ZNVME' dump '$DEV' --length $LENGTH; echo \$? >'$TMP/code') | head -c 10 >/dev/null
	exit \$(cat '$TMP/code')"

mkdir "$TMP/small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1M none "$TMP/small" 2>"$TMP/mount"; then
	MOUNTED=$TMP/small
	echo precious >"$TMP/small/image"
	fails "a full disk" "image: No space left on device: $BYTES bytes are needed" \
		znvme dump "$DEV" --length $LENGTH -d "$TMP/small/image"
	fails "a full disk, found out on the way" 'No space left on device' \
		znvme dump "$DEV" --length $LENGTH --sparse -d "$TMP/small/image"
	has_error "it says what is left" 'left as it was: '
	true_that "the old file is as it was" grep -q precious "$TMP/small/image"
	true_that "and nothing is beside it" test "$(find "$TMP/small" -type f | wc -l)" -eq 1
	ok "an image that fits" znvme dump "$DEV" --length 64K -d "$TMP/small/image"
fi

# ---- interrupted

if on_sim; then
	code=0
	rm -f "$TMP/images/image"
	"$ZNVME" dump sim:latency=20000,size=64M --queue-depth 1 -d "$TMP/images/old" \
		>"$OUT" 2>"$ERR" &
	pid=$!
	sleep 0.5
	kill -TERM $pid
	wait $pid || code=$?
	[ "$code" -eq 1 ] && grep -q interrupted "$ERR"
	result $? "a dump that is interrupted says so"
	true_that "the old file is as it was, again" grep -q precious "$TMP/images/old"
	true_that "and nothing is beside it, again" test "$(left)" -eq 1
fi

# ---- the bar

if command -v script >/dev/null && on_sim; then
	run script -qec "'$ZNVME' dump sim:latency=4000,size=64M --queue-depth 1 -d /dev/null" /dev/null
	has "a bar on a terminal" '%.*\[#*\.*\].* of 67\.1 MB, .*/s, [0-9]+:[0-9]{2} left'
	run sh -c "echo no | script -qec \"'$ZNVME' restore '$SIM' -d '$TMP/image'\" /dev/null"
	has "a terminal is asked" 'This overwrites namespace 1 .*Go on'
	has "and no is no" 'nothing was written'
	run sh -c "echo yes | script -qec \"'$ZNVME' restore '$SIM' -d '$TMP/image'\" /dev/null"
	has "and yes is yes" 'sha256: '
fi
finish
