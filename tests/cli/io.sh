#!/bin/sh
# SPDX-License-Identifier: MIT
#
# read, write, compare, write-zeroes, dsm, flush, reset: what is written is read back, and what
# cannot be done is refused before anything is done.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

ns_sizes
LAST=$((NSZE - 1))
MUCH=$((NSZE - 2600 < 100000 ? NSZE - 2600 : 100000))

# same TEXT FILE: the last output is that file.
same() {
	true_that "$1" cmp "$OUT" "$2"
}

zeroes() {
	head -c "$1" /dev/zero
}

# ---- write and read back

random "$TMP/one" "$BS"
random "$TMP/eight" $((8 * BS))
random "$TMP/many" $((1500 * BS))

ok "write one block" znvme write "$DEV" -s 5 -c 0 -z "$BS" -d "$TMP/one"
has "write: what was done" "^write: Success, $BS bytes, blocks 5 to 5$"
ok "read it" znvme read "$DEV" -s 5 -c 0 -z "$BS"
same "it is the same" "$TMP/one"
ok "read: one block by default" znvme read "$DEV" -s 5
same "it is the same, too" "$TMP/one"

ok "write from standard input" sh -c "'$ZNVME' write '$DEV' -s 16 <'$TMP/eight'"
ok "read: -c is 0-based" znvme read "$DEV" -s 16 -c 7
same "eight blocks" "$TMP/eight"
ok "read: --blocks is not" znvme read "$DEV" -s 16 --blocks 8
same "eight blocks, too" "$TMP/eight"
ok "read to a file" znvme read "$DEV" -s 16 --blocks 8 -d "$TMP/back"
true_that "the file has them" cmp "$TMP/back" "$TMP/eight"
has "read to a file: what was done" "^read: Success, $((8 * BS)) bytes, blocks 16 to 23$"
ok "read to a file, as JSON" znvme read "$DEV" -s 16 --blocks 8 -d "$TMP/back" -o json
json "read as JSON" "j['bytes'] == 8 * $BS and j['start_block'] == 16 and j['blocks'] == 8"

ok "write more than a command can" znvme write "$DEV" -s 1000 -d "$TMP/many"
ok "read more than a command can" znvme read "$DEV" -s 1000 --blocks 1500
same "it is the same" "$TMP/many"
ok "write with FUA" znvme write "$DEV" -s 5 -d "$TMP/one" -f
ok "read with FUA and limited retry" znvme read "$DEV" -s 5 -f -l
same "it is the same" "$TMP/one"
ok "write the last block" znvme write "$DEV" -s "$LAST" -d "$TMP/one"
ok "read the last block" znvme read "$DEV" -s "$LAST"
same "it is the same" "$TMP/one"
ok "write as JSON" znvme write "$DEV" -s 5 -d "$TMP/one" -o json
json "write as JSON" "j['bytes'] == $BS and not j['dry_run']"

# ---- shorter and longer data

head -c $((BS + 100)) "$TMP/eight" >"$TMP/odd"
{
	cat "$TMP/odd"
	zeroes $((BS - 100))
} >"$TMP/padded"
fails "write of no whole blocks" "no multiple of the block size, which is $BS" \
	znvme write "$DEV" -s 64 -d "$TMP/odd"
ok "write --pad" znvme write "$DEV" -s 64 -d "$TMP/odd" --pad
ok "read it" znvme read "$DEV" -s 64 --blocks 2
same "zeroes fill it up" "$TMP/padded"
fails "write of less than was said" 'the data end after' \
	znvme write "$DEV" -s 64 --blocks 4 -d "$TMP/odd"
ok "write --pad of less than was said" znvme write "$DEV" -s 64 --blocks 4 -d "$TMP/odd" --pad
ok "write of the start of more" znvme write "$DEV" -s 64 --blocks 1 -d /dev/zero
fails "write of nothing" 'no data' znvme write "$DEV" -d /dev/null

# ---- what is refused

fails "a length that is no multiple" "--data-size 100 is no multiple of the block size" \
	znvme read "$DEV" -z 100
fails "two lengths that differ" "--block-count asks for $BS bytes, --data-size for $((2 * BS))" \
	znvme read "$DEV" -c 0 -z $((2 * BS))
fails "no length" '0 blocks' znvme read "$DEV" --blocks 0
fails "read past the end" "past the end of namespace 1, which has blocks 0 to $LAST" \
	znvme read "$DEV" -s "$NSZE"
fails "read across the end" 'past the end' znvme read "$DEV" -s "$LAST" --blocks 2
fails "write across the end" 'past the end' znvme write "$DEV" -s "$LAST" -d "$TMP/eight" --blocks 8
fails "write across the end, by the data" 'longer than the' \
	znvme write "$DEV" -s "$LAST" -d "$TMP/eight"
fails "a range that wraps around" 'past the end' \
	znvme read "$DEV" -s 0xffffffffffffffff --blocks 0xffffffffffffffff
fails "write-zeroes across the end" 'past the end' znvme write-zeroes "$DEV" -s "$LAST" -c 1
fails "a file that is not there" 'No such file' znvme write "$DEV" -d "$TMP/nowhere"
fails "a directory" 'directory' znvme write "$DEV" -d "$TMP"
fails "JSON and data on one output" '--data FILE' znvme read "$DEV" -o json
ok "and nothing of that was written" znvme read "$DEV" -s "$LAST"
same "the last block is as it was" "$TMP/one"

# ---- dry run

ok "write --dry-run" znvme write "$DEV" -s 5 -d "$TMP/eight" --dry-run
has "write --dry-run says so" '^dry run: write: not done'
ok "read after it" znvme read "$DEV" -s 5
same "nothing was written" "$TMP/one"

# ---- compare

ok "compare: the same" znvme compare "$DEV" -s 1000 -d "$TMP/many"
fails "compare: not the same" '^NVMe status: Compare Failure.*\(0x[0-9a-f]*285\)$' \
	znvme compare "$DEV" -s 1001 -d "$TMP/many"
has_error "compare: where" 'compare of blocks [0-9]+ to [0-9]+ failed'

# ---- write-zeroes, dsm, flush, reset

ok "write-zeroes" znvme write-zeroes "$DEV" -s 1001 --blocks 1498
has "write-zeroes: what was done" '^write-zeroes: Success, 1498 blocks$'
ok "read it" znvme read "$DEV" -s 1001 --blocks 1498 -d "$TMP/back"
zeroes $((1498 * BS)) >"$TMP/zero"
true_that "all zero" cmp "$TMP/back" "$TMP/zero"
ok "read the block before" znvme read "$DEV" -s 1000
head -c "$BS" "$TMP/many" >"$TMP/first"
same "it is as it was" "$TMP/first"
ok "write-zeroes of much" znvme write-zeroes "$DEV" -s 2600 --blocks "$MUCH" --deac
ok "write-zeroes as JSON" znvme write-zeroes "$DEV" -s 1 -o json
json "write-zeroes as JSON" "j['blocks'] == 1"
on_sim && ok "write-zeroes for a placement identifier" znvme write-zeroes sim:fdp=4 -s 1 -T 2 -D 1
ok "write-zeroes --dry-run" znvme write-zeroes "$DEV" -s 5 --dry-run
ok "read after it" znvme read "$DEV" -s 5
same "nothing was written" "$TMP/one"

ok "dsm" znvme dsm "$DEV" --ad --slbs 2000,3000 --blocks 8,0x10
has "dsm: what was done" '^dsm: Success, 2 ranges$'
ok "dsm by dword 11, with attributes" znvme dsm "$DEV" -c 4 -s 0 -b 1 -a 0 -o json
json "dsm as JSON" "j['ranges'] == 1"
fails "dsm: lists of two lengths" 'as many in each list' znvme dsm "$DEV" -d -s 0,8 -b 1
fails "dsm: no range" 'one range or more' znvme dsm "$DEV" -d
fails "dsm: no number" '8x is no number' znvme dsm "$DEV" -d -s 8x -b 1
fails "dsm: a number that may be octal" '08 is no number.* write 0x10 or 10' znvme dsm "$DEV" -d -s 08 -b 1
fails "dsm across the end" 'past the end' znvme dsm "$DEV" -d -s "$LAST" -b 2

ok "write with hints, timed" znvme write "$DEV" -s 5 -d "$TMP/one" --dsm 0x41 --latency
has "write: how long it took" '^ latency: write: [0-9]+ us$'
ok "read, timed, as JSON" znvme read "$DEV" -s 5 -D 1 -t -d "$TMP/back" -o json
json "read as JSON: how long it took" "j['latency_us'] >= 0"
run znvme read "$DEV" -s 5 -t
true_that "read, timed, to standard output" test "$code" -eq 0
same "the data are by themselves" "$TMP/one"
has_error "read: how long it took" '^ latency: read: [0-9]+ us$'
ok "compare, timed" znvme compare "$DEV" -s 5 -d "$TMP/one" -t
has "compare: how long it took" '^ latency: compare: [0-9]+ us$'
ok "write -w" znvme write "$DEV" -s 5 -d "$TMP/one" -w
has "write -w is a dry run" '^dry run: write: not done'
ok "flush" znvme flush "$DEV"
ok "flush as JSON" znvme flush "$DEV" -o json
json "flush as JSON" "j['nsid'] == 1"
if on_sim; then
	ok "flush of all namespaces" znvme flush "$DEV" -n 0xffffffff
	fails "is one command, for all of them" '^NVMe status: Unrecovered Read' \
		znvme flush 'sim:ns=2,fault=when opcode=flush nsid=0xffffffff do status=0x281 dnr' -n 0xffffffff
fi
ok "reset" znvme reset "$DEV"
has "reset: what was done" 'was reset$'
ok "reset as JSON" znvme reset "$DEV" -o json
json "reset as JSON" "j['reset']"
ok "read after the reset" znvme read "$DEV" -s 5
same "the data are still there" "$TMP/one"

# ---- other devices

if on_sim; then
	ok "blocks of 4096 bytes" znvme write sim:bs=4096 -d "$TMP/eight" --pad
	ok "one queue, few entries" \
		znvme write sim:queues=1,mqes=2,vectors=0 -d "$TMP/many"
	ok "small transfers" znvme read sim:mdts=1 --blocks 1500 -d "$TMP/back"
	fails "a namespace that is write-protected" '^NVMe status: Namespace is Write Protected' \
		znvme write sim:readonly=1 -d "$TMP/one"
	fails "no Compare in the device" 'the controller has no Compare \(ONCS bit 0\); --force' \
		znvme compare sim:without=compare -d "$TMP/one"
	# shellcheck disable=SC2016 # backquotes in the message
	fails "more data than memory is asked for" 'use `znvme restore`|longer than' \
		znvme write sim:size=1T -d /dev/zero
fi
# A device that has the next event whenever one is fetched keeps nobody.
ok "events without end" sh -c "timeout 60 '$ZNVME' read 'sim:size=64M,fault=when opcode=async-event do status=0' \
	--blocks 100000 -d '$TMP/much' 2>/dev/null"
true_that "events without end: all data are there" test "$(wc -c <"$TMP/much")" -eq 51200000
finish
