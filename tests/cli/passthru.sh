#!/bin/sh
# SPDX-License-Identifier: MIT
#
# admin-passthru, io-passthru: any command, its data both ways, and what is refused.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

ns_sizes

# ---- admin

run znvme id-ctrl "$DEV" -b
cp "$OUT" "$TMP/id"
ok "Identify" znvme admin-passthru "$DEV" -O 0x06 -4 1 -l 4096 -r -b
true_that "the same as id-ctrl" cmp "$OUT" "$TMP/id"
run znvme admin-passthru "$DEV" --opcode 6 --cdw10 1 --data-len 4096 --read --input-file "$TMP/file"
has_error "Identify to a file" '^Admin Command Identify is Success'
true_that "the file has it" cmp "$TMP/file" "$TMP/id"
run znvme admin-passthru "$DEV" -O 0x0a --cdw10=7
true_that "Get Features: nothing on standard output" test "$code" -eq 0 -a ! -s "$OUT"
has_error "the result" '^Admin Command Get Features is Success and result: 0x[0-9a-f]{8}$'
ok "Get Features as JSON" znvme admin-passthru "$DEV" -O 0x0a -4 7 -o json
json "the result, too" "j['result'] > 0 and j['name'] == 'Get Features'"
run znvme admin-passthru "$DEV" -O 6 -4 1 -l 4096 -r
has "a dump of the data" '^0000: ([0-9a-f]{2} ){16}"'
ok "--dry-run" znvme admin-passthru "$DEV" -O 6 -n 1 -2 2 -3 3 -4 10 -5 11 -6 12 -7 13 -8 14 -9 15 \
	--dry-run
has "--dry-run: opcode" '^opcode +: 06$'
has "--dry-run: a dword" '^cdw15 +: 0000000f$'
run znvme admin-passthru "$DEV" -O 0x0a -4 7 --show-command
has_error "--show-command" '^opcode +: 0a$'
has_error "--show-command, and it is sent" 'is Success'

fails "a command that the device does not know" \
	'^NVMe status: Invalid Command Opcode.*\(0x[0-9a-f]*1\)$' znvme admin-passthru "$DEV" -O 0xfc
fails "a command of the driver: queues" "driver's own" znvme admin-passthru "$DEV" -O 0x04
fails "a command of the driver: events" "driver's own" znvme admin-passthru "$DEV" -O 0x0c
fails "no opcode" '--opcode is missing' znvme admin-passthru "$DEV" -4 1
fails "--read and --write" 'exclude' znvme admin-passthru "$DEV" -O 3 -l 4 -r -w
fails "data the wrong way" 'the other way' znvme admin-passthru "$DEV" -O 6 -l 4 -w
fails "data where there are none" 'carries no data' znvme admin-passthru "$DEV" -O 8 -l 4
fails "--read without a length" '--data-len is missing' znvme admin-passthru "$DEV" -O 6 -r
fails "a length too large" 'out of range' znvme admin-passthru "$DEV" -O 6 -r -l 1G

# ---- I/O

random "$TMP/block" "$BS"
run znvme io-passthru "$DEV" -O 1 -n 1 -4 40 -l "$BS" -w -i "$TMP/block"
has_error "Write: the result" '^IO Command Write is Success and result: 0x00000000$'
ok "Read" znvme io-passthru "$DEV" -O 2 -n 1 -4 40 -l "$BS" -r -b
true_that "it is the same" cmp "$OUT" "$TMP/block"
ok "Read, namespace 1 by default" znvme io-passthru "$DEV" -O 2 -4 40 -l "$BS" -b
true_that "it is the same, too" cmp "$OUT" "$TMP/block"
ok "read says the same" znvme read "$DEV" -s 40
true_that "it is the same as well" cmp "$OUT" "$TMP/block"
run znvme io-passthru "$DEV" -O 0
has_error "Flush" '^IO Command Flush is Success'
run sh -c "'$ZNVME' io-passthru '$DEV' -O 1 -4 41 -l $BS -w <'$TMP/block'"
has_error "Write from standard input" 'is Success'
ok "Read of it" znvme read "$DEV" -s 41
true_that "it is that" cmp "$OUT" "$TMP/block"
run znvme io-passthru "$DEV" -O 1 -4 42 -l "$BS" -w -p 0x5a
has_error "Write of the prefilled buffer" 'is Success'
ok "Read of that" znvme read "$DEV" -s 42
true_that "it is that, too" test "$(tr -d Z <"$OUT" | wc -c)" -eq 0 -a -s "$OUT"
run sh -c "'$ZNVME' io-passthru '$DEV' -O 1 -4 42 -l $BS -w -p 0x5a -i - <'$TMP/block'"
ok "Read of what a file had all the same" znvme read "$DEV" -s 42
true_that "it is what it had" cmp "$OUT" "$TMP/block"
fails "too few data" 'the data end after 100' \
	sh -c "head -c 100 '$TMP/block' | '$ZNVME' io-passthru '$DEV' -O 1 -4 41 -l $BS -w"
fails "a block past the end" '^NVMe status: LBA Out of Range.*\(0x[0-9a-f]*80\)$' \
	znvme io-passthru "$DEV" -O 2 -4 0xffffffff -5 0xff -l "$BS" -r
run znvme io-passthru "$DEV" -O 2 -4 40 -l "$BS" -T
has "Read: how long it took" '^ latency: I/O command: [0-9]+ us$'
ok "Get Features, timed, as JSON" znvme admin-passthru "$DEV" -O 0x0a -4 7 --latency -o json
json "how long it took, as JSON" "j['latency_us'] >= 0"
case $DEV in sim:*)
	M=sim:file=$TMP/meta.img,size=1M,ms=8
	head -c 8 "$TMP/block" >"$TMP/tuple"
	run znvme io-passthru "$M" -O 1 -4 3 -l 512 -w -i "$TMP/block" -m 8 -M "$TMP/tuple"
	has_error "Write with metadata" 'is Success'
	ok "Read with metadata" znvme io-passthru "$M" -O 2 -4 3 -l 512 -r -b --metadata-len 8 --metadata "$TMP/tuple2"
	true_that "they are the same" cmp "$TMP/tuple" "$TMP/tuple2"
	fails "metadata without a file" '--metadata is missing' znvme io-passthru "$M" -O 2 -l 512 -m 8
	fails "metadata without data" 'data-len is missing' znvme io-passthru "$M" -O 2 -m 8 -M "$TMP/tuple"
	fails "too few metadata" 'the metadata end after 8 of 16' \
		znvme io-passthru "$M" -O 1 -4 3 -5 0 -6 1 -l 1024 -w -i /dev/zero -m 16 -M "$TMP/tuple"
	;;
esac
fails "a namespace that is not there" '^NVMe status: Invalid (Namespace|Field)' \
	znvme io-passthru "$DEV" -O 2 -n 77 -l "$BS" -r
fails "an I/O command that the device does not know" '^NVMe status: Invalid Command Opcode' \
	znvme io-passthru "$DEV" -O 0xfc
finish
