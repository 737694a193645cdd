#!/bin/sh
# SPDX-License-Identifier: MIT
#
# smart-log, error-log, fw-log, get-log, get-feature, set-feature.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# ---- smart-log

ok "smart-log" znvme smart-log "$DEV"
has "smart-log: temperature" '^temperature +: -?[0-9]+°C \([0-9]+ Kelvin\)$'
has "smart-log: data written" '^Data Units Written +: [0-9]+ \([0-9.]+ [kMGTPEZYRQ]?B\)$'
ok "smart-log as JSON" znvme smart-log "$DEV" -o json
json "smart-log as JSON: names of nvme-cli" \
	"{'critical_warning', 'temperature', 'avail_spare', 'spare_thresh', 'percent_used',
	'data_units_read', 'host_write_commands', 'power_on_hours', 'media_errors'} <= set(j)"
json "smart-log as JSON: a temperature" "200 < j['temperature'] < 500"
ok "smart-log: bytes" znvme smart-log "$DEV" -o binary
true_that "smart-log: 512 of them" test "$(wc -c <"$OUT")" -eq 512
cp "$OUT" "$TMP/smart"
ok "smart-log -H" znvme smart-log "$DEV" -H
has "smart-log -H: a warning" '^  \[1:1\]   : 0	Temperature Beyond a Threshold: No$'

# ---- get-log

ok "get-log of the same" znvme get-log "$DEV" -i 2 -l 512 -b
true_that "get-log: 512 bytes" test "$(wc -c <"$OUT")" -eq 512
ok "get-log" znvme get-log "$DEV" --log-id 2 --log-len 32
has "get-log: heading" '^Device:.* log-id:2 namespace-id:0xffffffff'
has "get-log: the dump" '^0010: ([0-9a-f]{2} ){16}'
ok "get-log by an event" znvme get-log "$DEV" --aen 0x20101
has "get-log by an event: which" '^Device:.* log-id:2 '
ok "get-log as JSON" znvme get-log "$DEV" -i 2 -l 512 -o json
json "get-log as JSON: data" "len(bytes.fromhex(j['data'])) == 512 and j['log_id'] == 2"
ok "get-log of a slice" znvme get-log "$DEV" -i 3 -l 8 -L 8 -b
true_that "get-log of a slice: 8 bytes" test "$(wc -c <"$OUT")" -eq 8
cp "$OUT" "$TMP/slice"
ok "get-log in pieces" znvme get-log "$DEV" -i 3 -l 64 -x 4 -b
dd if="$OUT" bs=1 skip=8 count=8 2>/dev/null | cmp -s - "$TMP/slice"
result $? "get-log in pieces: the same"
fails "get-log without an identifier" '--log-id is missing' znvme get-log "$DEV"
fails "get-log of 6 bytes" 'multiples of 4' znvme get-log "$DEV" -i 2 -l 6
fails "get-log of no such log" '^NVMe status: .*\(0x[0-9a-f]+\)' znvme get-log "$DEV" -i 0x7e
ok "get-log with all options" znvme get-log "$DEV" -i 2 -l 512 -r -s 0 -S 0 -y 0

# ---- error-log, fw-log

ok "error-log" znvme error-log "$DEV" -e 2
has "error-log: heading" '^Error Log Entries for device:.* entries:[12]$'
has "error-log: status" '^status_field +: '
ok "error-log as JSON" znvme error-log "$DEV" -e 1 -o json
json "error-log as JSON: names of nvme-cli" \
	"{'error_count', 'sqid', 'cmdid', 'status_field', 'phase_tag', 'lba', 'nsid'}
	<= set(j['errors'][0])"
ok "error-log: bytes" znvme error-log "$DEV" -e 1 -b
true_that "error-log: 64 of them" test "$(wc -c <"$OUT")" -eq 64
ok "fw-log" znvme fw-log "$DEV"
has "fw-log: the active slot" '^afi  : 0x[0-9a-f]+$'
has "fw-log: a revision" '^frs1 : 0x[0-9a-f]{16} \([ -~]+\)$'
ok "fw-log as JSON" znvme fw-log "$DEV" -o json
json "fw-log as JSON: the active slot" "list(j.values())[0]['Active Firmware Slot (afi)'] & 7 >= 1"
ok "fw-log: bytes" znvme fw-log "$DEV" -b
true_that "fw-log: 512 of them" test "$(wc -c <"$OUT")" -eq 512

# ---- features

ok "get-feature" znvme get-feature "$DEV" -f 7
has "get-feature: line" '^get-feature:0x07 \(Number of Queues\), Current value:0x[0-9a-f]{8}$'
ok "get-feature -H" znvme get-feature "$DEV" -f 7 -H
has "get-feature -H: field" 'Number of IO Submission Queues Allocated \(NSQA\): [1-9]'
ok "get-feature as JSON" znvme get-feature "$DEV" -f 4 -o json
json "get-feature as JSON: field" "j['value'] & 0xffff == j['fields']['tmpth']"
ok "get-feature: bytes" znvme get-feature "$DEV" -f 4 -b
true_that "get-feature: 4 of them" test "$(wc -c <"$OUT")" -eq 4
ok "get-feature: its default" znvme get-feature "$DEV" -f 4 -s 1
has "get-feature: its default, and says so" 'Default value'
ok "get-feature: capabilities" znvme get-feature "$DEV" -f 4 -s 3 -H
has "get-feature: capabilities explained" 'Changeable: (Yes|No)'
ok "get-feature with data" znvme get-feature "$DEV" -f 0xe -o json
json "get-feature with data: 8 bytes" "len(j['data']) == 16"
ok "get-feature of all" znvme get-feature "$DEV" -o json
json "get-feature of all: many" "len(j['features']) >= 5"
ok "get-feature of all that changed" znvme get-feature "$DEV" --changed -o json
json "get-feature --changed: fewer" "all(f['sel'] == 0 for f in j['features']) and len(j['features']) < 20"
fails "get-feature --changed of another value" 'for current values' znvme get-feature "$DEV" -C -s 1
cp "$OUT" "$TMP/none"
ok "get-feature: the value 8 of nvme-cli" znvme get-feature "$DEV" -s 8 -f 0x0b
has "is what changed" '^get-feature:0x0b .*, Current value:'
ok "get-feature of what has not changed" znvme get-feature sim: -s 8 -f 4
true_that "shows nothing" cmp "$OUT" "$TMP/none"
ok "get-feature of what has not changed, as JSON" znvme get-feature sim: -C -f 4 -o json
json "is empty" "j == {}"
fails "get-feature: no such value" '--sel 5: it is 0 to 3, or 8' znvme get-feature sim: -s 5
fails "get-feature of no such feature" '^NVMe status: .*\(0x[0-9a-f]+\)' \
	znvme get-feature "$DEV" -f 0xbf
fails "get-feature with a wrong select" 'out of range' znvme get-feature "$DEV" -f 1 -s 9

ok "set-feature" znvme set-feature "$DEV" -f 4 -V 0x150
has "set-feature: line" '^set-feature:0x04 \(Temperature Threshold\), value:0x00000150, '
ok "set-feature as JSON" znvme set-feature "$DEV" -f 4 -V 0x150 -o json
json "set-feature as JSON: value" "j['value'] == 0x150 and j['save'] == 0"
ok "set-feature --dry-run" znvme set-feature "$DEV" -f 4 -V 0x150 --dry-run
has "set-feature --dry-run says so" '^dry run: '
fails "set-feature without a value" '--feature-id and --value' znvme set-feature "$DEV" -f 4
fails "set-feature of no such feature" '^NVMe status: ' znvme set-feature "$DEV" -f 0xbf -V 1
printf '\001\002\003\004\005\006\000\000' >"$TMP/time"
ok "set-feature with data" znvme set-feature "$DEV" -f 0xe -d "$TMP/time"
ok "set-feature of the timestamp" znvme set-feature "$DEV" -f 0xe --value=1700000000000
has "set-feature of the timestamp: line" '^set-feature:0x0e \(Timestamp\), value:0x18bcfe56800, '
fails "a timestamp of more than 48 bits" 'out of range' znvme set-feature "$DEV" -f 0xe -V 0x1000000000000
fails "a timestamp by two ways" 'one of the two' znvme set-feature "$DEV" -f 0xe -V 1 -d "$TMP/time"
fails "a value of more than 32 bits" 'out of range, which is 0 to 4294967295$' \
	znvme set-feature "$DEV" -f 4 -V 0x100000000
fails "set-feature with too few data" 'bytes of data' \
	sh -c "head -c 3 '$TMP/time' | '$ZNVME' set-feature '$DEV' -f 0xe"

ok "set-feature of a namespace" znvme set-feature "sim:state=$TMP/state" -f 0x84 -n 1 -V 2
ok "get-feature of a namespace" znvme get-feature "sim:state=$TMP/state" -f 0x84 -n 1 -H
has "get-feature of a namespace: explained" 'Namespace Write Protect: Write Protect Until Power Cycle'
EVERY='ns=3,fault=when opcode=set-features fid=0x84 nsid=0xffffffff do status=0x281 dnr'
fails "set-feature of no namespace is for all" '^NVMe status: Unrecovered Read' \
	znvme set-feature "sim:$EVERY" -f 0x84 -V 1
ok "… unless the address names one" znvme set-feature "sim:$EVERY,n2" -f 0x84 -V 1
fails "set-feature of what is for ever, for all" 'all namespaces of .* can never be written again' \
	sh -c "'$ZNVME' set-feature sim:ns=3 -f 0x84 -V 3 </dev/null"
fails "set-feature of what is for ever" 'never be written again' \
	sh -c "'$ZNVME' set-feature 'sim:state=$TMP/state2' -f 0x84 -n 1 -V 3 </dev/null"
ok "set-feature of what is for ever, told twice" \
	znvme set-feature "sim:state=$TMP/state2" -f 0x84 -n 1 -V 3 --force
fails "set-feature of what is for ever stays" 'Feature Not Changeable' \
	znvme set-feature "sim:state=$TMP/state2" -f 0x84 -n 1 -V 0
ok "get-feature with data -H" znvme get-feature sim: -f 3 -n 1 -H
has "get-feature with data -H: explained" '  range 0: blocks 0 to 2097151, type 0x00 \(General Purpose\), may be'
ok "get-feature with data as JSON" znvme get-feature sim:with=plm -f 0x13 -c 1 -o json
json "get-feature with data as JSON: fields" "j['data_fields']['dtwintt'] == 0"
finish
