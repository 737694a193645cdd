#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The commands for zoned namespaces, on simulated ones in a file: what one command does to a zone the
# next one sees.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

ZONES=zoned=0+1,zone_size=1M,zone_cap=768K,ext=64,max_open=4,max_active=6,zrwa=64K,zrwafg=4K,zasl=2
DEV=sim:file=$TMP/zones.img,size=8M+16M,$ZONES,n2

# state ZONE: what the report says of it, as "state wp".
state() {
	run znvme zns-report-zones "$DEV" -s $(($1 * 2048)) -d 1 -v
	sed -n 's/^SLBA: .* WP: \([^ ]*\) .* State: \([A-Z_]*\) .*/\2 \1/p' "$OUT"
}

# state_is TEXT ZONE STATE WP
state_is() {
	true_that "$1" test "$(state "$2")" = "$3 $4"
}

# ---- Identify

ok "id-ctrl" znvme zns-id-ctrl "$DEV"
has "id-ctrl: ZASL" '^zasl    : 2$'
ok "id-ctrl in two words, JSON" znvme zns id-ctrl "$DEV" -o json
json "id-ctrl: JSON" "j == {'zasl': 2}"
ok "id-ns" znvme zns id-ns "$DEV"
has "id-ns: heading" '^ZNS Command Set Identify Namespace:$'
has "id-ns: active zones" '^mar     : 0x5$'
has "id-ns: the format in use" '^lbafe  0: zsze:0x800 zdes:1 \(in use\)$'
cp "$OUT" "$TMP/plain"
ok "id-ns: JSON" znvme zns-id-ns "$DEV" -o json
json "id-ns: JSON" "j['mor'] == 3 and j['ozcs'] == 2 and j['lbafe'][0] == {'zsze': 2048, 'zdes': 1}"
json "id-ns: as many fields as lines" \
	"set(l[:8].strip() for l in open('$TMP/plain') if l[8:10] == ': ') | {'lbafe'} == \
	set(j) | set(l[:8].strip() for l in open('$TMP/plain') if l.startswith('lbafe '))"
ok "id-ns: bytes" znvme zns-id-ns "$DEV" -b
true_that "id-ns: 4096 of them" test "$(wc -c <"$OUT")" -eq 4096
ok "id-ns -H" znvme zns-id-ns "$DEV" -H
has "id-ns -H: a bit" '^  \[1:1\]   : 0x1	Zone Random Write Area Supported$'
has "id-ns -H: a format" '^LBA Format Extension  0 : Zone Size: 0x800 LBAs - Zone Descriptor Extension Size: 64 bytes'
ok "id-ns -V" znvme zns-id-ns "$DEV" -V
has "id-ns -V: the dump" '^0000: ([0-9a-f]{2} ){16}"'
fails "id-ns of a namespace without zones" 'Invalid Field' znvme zns-id-ns "${DEV%,n2}" -n 1
ok "ns-descs: the command set" znvme ns-descs "$DEV"
has "ns-descs: the command set is 2" '^csi     : 0x2$'
ok "list-ns by command set" znvme list-ns "${DEV%,n2}" -y 2 -o json
json "list-ns by command set: the second" "j['nsid_list'] == [{'nsid': 2}]"

# ---- reports

ok "report-zones" znvme zns-report-zones "$DEV"
has "report-zones: how many" '^nr_zones: 16$'
true_that "report-zones: a line each" test "$(grep -c ^SLBA "$OUT")" -eq 16
has "report-zones: a zone" '^SLBA: 0x800      WP: 0x800      Cap: 0x600      State: 0x10 Type: 0x2 '
ok "report-zones: some, in JSON" znvme zns report-zones "$DEV" -s 4096 -d 2 -o json
json "report-zones: some, in JSON" "j['nr_zones'] == 16 and [z['slba'] for z in j['zone_list']] == [4096, 6144] \
	and j['zone_list'][0] == {'slba': 4096, 'wp': 4096, 'cap': 1536, 'state': 'EMPTY', 'type': 'SEQWRITE_REQ', 'attrs': 0}"
ok "report-zones: bytes" znvme zns-report-zones "$DEV" -b
true_that "report-zones: header and descriptors" test "$(wc -c <"$OUT")" -eq $((64 + 16 * 64))
ok "report-zones: none" znvme zns-report-zones "$DEV" -S 5
true_that "report-zones: none" test "$(cat "$OUT")" = "nr_zones: 0"
ok "report-zones: many of them" znvme zns-report-zones sim:size=8M,zoned=1,zone_size=4K,mdts=1 -o json
json "report-zones: all are there" "[z['slba'] for z in j['zone_list']] == list(range(0, 16384, 8))"
ok "report-zones --partial" znvme zns-report-zones "$DEV" -p -d 3
has "report-zones --partial: how many" '^nr_zones: 3$'
fails "report-zones: no such state" 'Invalid Field' znvme zns-report-zones "$DEV" -S 9
fails "report-zones: past the end" 'past the end' znvme zns-report-zones "$DEV" -s 32768
fails "report-zones without zones" 'namespace 1 is not zoned' znvme zns-report-zones sim:
fails "report-zones without extensions" 'no extensions' znvme zns-report-zones sim:zoned=1 -e

# ---- management

ok "finish-zone" znvme zns finish-zone "$DEV" -s 2048
has "finish-zone: what was done" '^zns-finish-zone: Success, action:2 zone:800 all:0 zcapc:0 nsid:2$'
state_is "finish-zone: full" 1 FULL 0xffffffffffffffff
ok "report-zones: the full ones" znvme zns-report-zones "$DEV" -S 5 -o json
json "report-zones: the full ones" "j['nr_zones'] == 1 and j['zone_list'][0]['slba'] == 2048"
ok "reset-zone" znvme zns-reset-zone "$DEV" -s 2048
state_is "reset-zone: empty" 1 EMPTY 0x800
ok "open-zone" znvme zns-open-zone "$DEV" -s 0
has "open-zone: what was done" '^zns-open-zone: Success zone slba:0 nsid:2$'
ok "open-zone with a random write area" znvme zns-open-zone "$DEV" -s 0 -r
fails "close-zone: an empty zone" 'Invalid Zone State Transition' znvme zns-close-zone "$DEV" -s 0
fails "finish-zone: in the middle of a zone" 'Invalid Field' znvme zns-finish-zone "$DEV" -s 1
fails "offline-zone: a zone that is none" 'LBA Out of Range' znvme zns-offline-zone "$DEV" -s 32768
fails "reset-zone: one and all" 'give one' znvme zns-reset-zone "$DEV" -s 0 -a
fails "zrwa-flush-zone: no area" 'Invalid Zone Operation' znvme zns-zrwa-flush-zone "$DEV" -l 7
ok "close-zone: all" znvme zns-close-zone "$DEV" -a
has "close-zone: all" '^zns-close-zone: Success, action:1 zone:0 all:1 zcapc:0 nsid:2$'
ok "zone-mgmt-send" znvme zns-zone-mgmt-send "$DEV" -s 4096 -z 2 --output-format json
json "zone-mgmt-send: JSON" "j['action'] == 2 and j['zone'] == 4096 and j['nsid'] == 2"
state_is "zone-mgmt-send: full" 2 FULL 0xffffffffffffffff
fails "zone-mgmt-send: no action" 'zsa is missing' znvme zns-zone-mgmt-send "$DEV"
fails "zone-mgmt-send: no such action" 'Invalid Field' znvme zns-zone-mgmt-send "$DEV" -z 0x55
ok "zone-mgmt-recv" znvme zns-zone-mgmt-recv "$DEV" -l 128 -s 4096
has "zone-mgmt-recv: what was done" '^zone-mgmt-recv: Success, action:0 zone:1000 nsid:2$'
ok "zone-mgmt-recv: bytes" znvme zns-zone-mgmt-recv "$DEV" -l 128 -s 4096 -p -b
true_that "zone-mgmt-recv: one zone, full" test "$(od -An -tx1 -j65 -N1 "$OUT")$(od -An -tu1 -N1 "$OUT")" = " e0   1"
fails "zone-mgmt-recv: no length" 'data-len is missing' znvme zns-zone-mgmt-recv "$DEV"
fails "zone-mgmt-recv: too short" 'from 64 on' znvme zns-zone-mgmt-recv "$DEV" -l 32

# ---- extensions

random "$TMP/ext" 64
ok "set-zone-desc" znvme zns-set-zone-desc "$DEV" -s 6144 -d "$TMP/ext"
has "set-zone-desc: what was done" '^set-zone-desc: Success, zone:1800 nsid:2$'
state_is "set-zone-desc: closed" 3 CLOSED 0x1800
ok "report-zones --extended" znvme zns-report-zones "$DEV" -e -s 6144 -d 2 -o json
json "report-zones --extended: the bytes" "j['zone_list'][0]['ext_data'] == open('$TMP/ext', 'rb').read().hex() \
	and j['zone_list'][0]['attrs'] == 128 and j['zone_list'][1]['ext_data'] == 'Not valid'"
ok "report-zones --extended" znvme zns-report-zones "$DEV" -e -s 6144 -d 1
has "report-zones --extended: the dump" '^0030: ([0-9a-f]{2} ){16}"'
fails "set-zone-desc without extensions" 'no descriptor extensions' \
	znvme zns-set-zone-desc sim:zoned=1 -d "$TMP/ext"

# ---- appends

random "$TMP/data" 8192
ok "zone-append" znvme zns-zone-append "$DEV" -s 8192 -z 4096 -d "$TMP/data"
has "zone-append: where" '^Success appended data to LBA 2000$'
ok "zone-append: the next" znvme zns-zone-append "$DEV" -s 8192 -z 8192 -d "$TMP/data" -f -o json
json "zone-append: the next" "j['lba'] == 8200 and j['zone'] == 8192 and j['bytes'] == 8192"
state_is "zone-append: the write pointer" 4 CLOSED 0x2018
run znvme read "$DEV" -s 8200 -z 8192
true_that "zone-append: it is there" cmp "$OUT" "$TMP/data"
ok "zone-append: how long it took" znvme zns-zone-append "$DEV" -s 8192 -z 512 -d "$TMP/data" -t
has "zone-append: how long it took" '^ latency: zone append: [0-9]+ us$'
fails "zone-append: no size" 'data-size is missing' znvme zns-zone-append "$DEV" -s 8192
fails "zone-append: half a block" 'no multiple of a block' znvme zns-zone-append "$DEV" -z 100 -d "$TMP/data"
fails "zone-append: more than ZASL" 'at most 16384' znvme zns-zone-append "$DEV" -z 32768 -d "$TMP/data"
fails "zone-append: metadata" 'has no metadata' znvme zns-zone-append "$DEV" -z 512 -y 8 -d "$TMP/data"
fails "zone-append: a full zone" 'Zone Is Full' znvme zns-zone-append "$DEV" -s 4096 -z 512 -d "$TMP/data"
run znvme write "$DEV" -s 10240 -z $((768 * 1024 - 4096)) -d /dev/zero
fails "zone-append: across the end of a zone" 'Zone Boundary' \
	znvme zns-zone-append "$DEV" -s 10240 -z 8192 -d "$TMP/data"
ok "zone-append: up to it" znvme zns-zone-append "$DEV" -s 10240 -z 4096 -d "$TMP/data"
state_is "zone-append: full" 5 FULL 0xffffffffffffffff

# ---- blocks

random "$TMP/zone" $((768 * 1024))
ok "write: a zone" znvme write "$DEV" -s 12288 -d "$TMP/zone"
state_is "write: the zone is full" 6 FULL 0xffffffffffffffff
run znvme read "$DEV" -s 12272 --blocks 2064
tail -c +8193 "$OUT" | head -c $((768 * 1024)) >"$TMP/back"
true_that "read: across zones" cmp "$TMP/back" "$TMP/zone"
fails "write: not at the write pointer" 'Zone Invalid Write' znvme write "$DEV" -s 14337 -z 512 -d "$TMP/zone"

# ---- log

ok "changed-zone-list" znvme zns-changed-zone-list "$DEV"
has "changed-zone-list: none" '^nrzid:  0$'
ok "changed-zone-list: JSON" znvme zns-changed-zone-list "$DEV" --rae -o json
json "changed-zone-list: JSON" "j == {'nrzid': 0, 'zid': []}"
fails "changed-zone-list without zones" 'Invalid Log Page' znvme zns-changed-zone-list sim:
ok "reset-zone: all" znvme zns-reset-zone "$DEV" -a --force
ok "report-zones: all are empty" znvme zns-report-zones "$DEV" -S 1
has "report-zones: all are empty" '^nr_zones: 16$'
# ---- what takes data away

if on_sim; then
	FS=sim:file=$TMP/zonefs.img,size=16M,zoned=1,zone_size=4M
	printf SFOZ >"$TMP/super"
	ok "the super block of a zonefs" znvme zns-zone-append "$FS" -s 0 -z 4096 -d "$TMP/super"
	fails "reset-zone asks" 'zns-reset-zone: namespace 1 of .* begins with a zonefs file system: say --force' \
		znvme zns reset-zone "$FS" -s 0x2000 </dev/null
	fails "offline-zone asks" 'zns-offline-zone: .* begins with a zonefs' znvme zns offline-zone "$FS" -s 0 </dev/null
	fails "zone-mgmt-send asks where it resets" 'zns-zone-mgmt-send: .* begins with a zonefs' \
		znvme zns zone-mgmt-send "$FS" -s 0 -z 4 </dev/null
	ok "zone-mgmt-send does not where it opens" znvme zns zone-mgmt-send "$FS" -s 0 -z 3
	ok "zone-mgmt-send by force" znvme zns zone-mgmt-send "$FS" -s 0x2000 -z 4 --force
	ok "zone-append takes nothing away" znvme zns zone-append "$FS" -s 0x2000 -z 4096 -d "$TMP/super"
	ok "reset-zone by force" znvme zns reset-zone "$FS" -s 0 --force
	ok "reset-zone without any" znvme zns reset-zone "$FS" -s 0
fi
finish
