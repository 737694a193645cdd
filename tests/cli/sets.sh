#!/bin/sh
# SPDX-License-Identifier: MIT
#
# copy, verify, write-uncor, get-lba-status, reservations, data placement, keys and values; and that
# what a device has not got is refused with the name of the bit that says so.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

ns_sizes
LAST=$((NSZE - 1))

# same TEXT FILE: the last output is that file.
same() {
	true_that "$1" cmp "$OUT" "$2"
}

# ---- copy

random "$TMP/eight" $((8 * BS))
ok "write" znvme write "$DEV" -s 0 -d "$TMP/eight"
ok "copy" znvme copy "$DEV" --sdlba 100 --slbs 0,4 --blocks 3,3
has "copy: what was done" '^copy: Success, 8 blocks$'
ok "read it" znvme read "$DEV" -s 100 --blocks 8
same "it is the same" "$TMP/eight"
ok "copy as JSON, with FUA" znvme copy "$DEV" -d 200 -s 0 -b 0 -f -l -o json
json "copy as JSON" "j['blocks'] == 1"
ok "copy --dry-run" znvme copy "$DEV" -d 300 -s 0 -b 7 --dry-run
has "copy --dry-run says so" '^dry run: copy: not done, 8 blocks$'
fails "copy without a place to go" 'sdlba is missing' znvme copy "$DEV" -s 0 -b 0
fails "copy of nothing" 'one range or more' znvme copy "$DEV" -d 0
fails "copy: lists of two lengths" 'as many in each list' znvme copy "$DEV" -d 0 -s 0,8 -b 1
fails "copy: no number" '8x is no number' znvme copy "$DEV" -d 0 -s 8x -b 1
fails "copy: blocks are 16 bits" 'no number from 0 to 65535' znvme copy "$DEV" -d 0 -s 8 -b 65536
fails "copy past the end" '2 blocks to block .* go past the end of namespace 1' znvme copy "$DEV" -d "$LAST" -s 0 -b 1
fails "copy of other namespaces in the wrong format" 'formats 2 and 3' \
	znvme copy "$DEV" -d 0 -s 8 -b 1 -N 1

# ---- verify, write-uncor, write-zeroes

if on_sim; then
	fails "copy beyond what is said of ranges" 'takes 4 at most \(MSSRL\)' \
		znvme copy sim:mssrl=4 -d 100 -s 0 -b 4
	fails "copy beyond what is said of all of them" 'copies 6 at most .*\(MCL\)' \
		znvme copy sim:mssrl=4,mcl=6 -d 100 -s 0,8 -b 3,3
	fails "copy of more ranges" 'takes 1 at most \(MSRC\)' \
		znvme copy sim:msrc=1 -d 100 -s 0,8 -b 3,3
	fails "the same, sent all the same" '^NVMe status: Command Size Limit Exceeded' \
		znvme copy sim:mssrl=4 -d 100 -s 0 -b 4 --force
	fails "copy over itself" '^NVMe status: Overlapping I/O Range' \
		znvme copy "$DEV" -d 1 -s 0 -b 3
	has_error "copy: which range" 'the first range that was not copied is 0 of 1'
	ok "copy of another namespace" znvme copy sim:ns=2 -d 0 -s 9 -N 2 -F 2 -b 7 -n 1
	fails "copy of namespaces that differ" '^NVMe status: Incompatible Namespace' \
		znvme copy sim:bs=512+4096 -d 0 -s 9 -N 2 -F 2 -b 7

	ok "verify" znvme verify "$DEV" -s 0 --blocks 1000
	has "verify: what was done" '^verify: Success, 1000 blocks$'
	ok "verify with all options" znvme verify "$DEV" -c 0 -f -l -o json
	json "verify as JSON" "j['blocks'] == 1"
	fails "verify past the end" 'past the end' znvme verify "$DEV" -s "$NSZE"
	ok "write-uncor" znvme write-uncor "$DEV" -s 9 -c 1
	has "write-uncor: what was done" '^write-uncor: Success, 2 blocks$'
	ok "write-uncor --dry-run" znvme write-uncor "$DEV" --dry-run
	fails "verify of a block that is lost" '^NVMe status: Unrecovered Read Error' \
		znvme verify 'sim:fault=when opcode=verify do status=0x281 dnr' -s 8
	has_error "verify: which" 'verify of blocks 8 to 8 failed'
	ok "write-zeroes of a namespace" znvme write-zeroes "$SIM" --namespace-zeroes --deac --force
	ok "read it" znvme read "$SIM" -s 0 --blocks 8
	head -c $((8 * BS)) /dev/zero >"$TMP/zero"
	same "all zero" "$TMP/zero"
	fails "… and no range of it" 'no range goes with it' znvme write-zeroes "$SIM" -Z -s 1

	# ---- what the device has not got

	fails "no Copy" '^znvme: sim:without=copy: the controller has no Copy \(ONCS bit 8\); --force sends it all the same$' znvme copy sim:without=copy -d 9 -s 0 -b 0
	fails "no Copy, sent all the same" '^NVMe status: Invalid Command Opcode' \
		znvme copy sim:without=copy -d 9 -s 0 -b 0 --force
	fails "no Verify" 'no Verify \(ONCS bit 7\); --force' znvme verify sim:without=verify
	fails "no Write Uncorrectable" 'no Write Uncorrectable \(ONCS bit 1\); --force' znvme write-uncor sim:without=write-uncorrectable
	fails "no Write Zeroes" 'no Write Zeroes \(ONCS bit 3\); --force' znvme write-zeroes sim:without=write-zeroes
	fails "no Dataset Management" 'no Dataset Management \(ONCS bit 2\); --force' znvme dsm sim:without=dsm -d -s 0 -b 1
	fails "no reservations" 'no Reservation Report \(ONCS bit 5\); --force' znvme resv-report sim:without=reservations
	fails "no Get LBA Status" 'no Get LBA Status \(OACS bit 9\); --force' znvme get-lba-status sim:without=lba-status -a 2
	fails "no placement" 'no I/O Management Receive \(CTRATT bit 19\); --force' znvme io-mgmt-recv sim: -m 1 -l 64
	ok "write to a placement identifier" znvme write sim:fdp=4 -T 2 -S 1 -d "$TMP/eight"
	fails "write to a stream, where they are off" '^NVMe status: Invalid Field' znvme write sim: -T 1 -S 1 -d "$TMP/eight"
	fails "write-zeroes to a stream, where they are off" '^NVMe status: Invalid Field' znvme write-zeroes sim: -T 1 --dir-spec 1
	fails "write-uncor to a stream, where they are off" '^NVMe status: Invalid Field' znvme write-uncor sim: -T 1 -S 1
	ok "write-zeroes to a placement identifier" znvme write-zeroes sim:fdp=4 -T 2 --dir-spec 1
	ok "write-uncor to a placement identifier" znvme write-uncor sim:fdp=4 -T 2 -S 1
	fails "no placement, either" 'no I/O Management Receive \(CTRATT bit 19\)' znvme fdp status sim:

	fails "no Compare" 'no Compare \(ONCS bit 0\); --force' znvme compare sim:without=compare -d "$TMP/eight"
	fails "no Compare, sent all the same" '^NVMe status: Invalid Command Opcode' \
		znvme compare sim:without=compare -d "$TMP/eight" --force
	fails "no Copy of that format" 'no Copy with source range format 1 \(OCFS bit 1\); --force' \
		znvme copy 'sim:fault=when cns=1 do data=534:0100' -d 9 -s 0 -b 0 -F 1
	fails "no zeroes for a whole namespace" 'no Write Zeroes of a whole namespace \(ONCS bit 12\); --force' \
		znvme write-zeroes 'sim:fault=when cns=1 do data=520:0f01' -Z

	# ---- get-lba-status

	ok "write" znvme write "$SIM" -s 64 -d "$TMP/eight"
	ok "get-lba-status" znvme get-lba-status "$SIM" --action 2
	has "get-lba-status: a run" '^\{ DSLBA: 0x0000000000000040, NLB: 0x00000008, Status: 0x00 \}$'
	ok "get-lba-status as JSON" znvme get-lba-status "$SIM" -a 2 -s 66 -l 4 -o json
	json "get-lba-status as JSON" "j['Completion Condition (CMPC)'] == j['Number of LBA Status Descriptors (NLSD)'] + 1 == 2 and int(j['LSD entry 0']['DSLBA'], 16) == 66"
	ok "get-lba-status: bytes" znvme get-lba-status "$SIM" -a 0x10 -m 5 -b
	true_that "get-lba-status: 24 of them" test "$(wc -c <"$OUT")" -eq 24
	fails "get-lba-status without an action" 'action is missing' znvme get-lba-status "$SIM"

	# ---- reservations

	RESV=sim:file=$TMP/resv.img,size=1M
	ok "resv-register" znvme resv-register "$RESV" --nrkey 0xab --cptpl 3
	ok "resv-acquire" znvme resv-acquire "$RESV" --crkey 0xab --rtype 1
	ok "resv-report" znvme resv-report "$RESV"
	has "resv-report: type" '^rtype     : 1$'
	has "resv-report: key" '^  rkey    : ab$'
	ok "resv-report --eds as JSON" znvme resv-report "$RESV" -e -o json
	json "resv-report as JSON" "j['regctlext'][0]['rkey'] == 0xab and j['regctlext'][0]['rcsts'] == 1"
	ok "resv-report as JSON" znvme resv-report "$RESV" -o json
	json "resv-report as JSON: 8-byte hosts" "j['regctl'] == 1 and j['regctls'][0]['hostid'] == 0"
	ok "resv-report: bytes" znvme resv-report "$RESV" -d 11 -b
	true_that "resv-report: 48 of them" test "$(wc -c <"$OUT")" -eq 48
	fails "resv-acquire with a wrong key" '^NVMe status: Reservation Conflict.*\(0x[0-9a-f]*083\)$' \
		znvme resv-acquire "$RESV" -c 1 -t 1
	fails "resv-acquire of no such type" '^NVMe status: Invalid Field' \
		znvme resv-acquire "$RESV" -c 0xab -t 9
	fails "resv-release of another type" '^NVMe status: Invalid Field' \
		znvme resv-release "$RESV" -c 0xab -t 2
	ok "resv-release" znvme resv-release "$RESV" -c 0xab -t 1 -o json
	json "resv-release as JSON" "j['command'] == 'resv-release'"
	ok "resv-register: unregister" znvme resv-register "$RESV" -c 0xab -r 1
	ok "resv-notif-log" znvme resv-notif-log "$RESV"
	has "resv-notif-log: empty" '^Resv Notif Log Page Type	: 0 \(Empty Log Page\)$'
	ok "resv-notif-log as JSON" znvme resv-notif-log "$RESV" -o json
	json "resv-notif-log as JSON" "j['count'] == 0 and j['num_logs'] == 0"

	# ---- Flexible Data Placement

	FDP=sim:fdp=4,fdp_ru=1M
	ok "fdp configs" znvme fdp configs "$FDP" -e 1 -H
	has "fdp configs: handles" '^Number of Reclaim Unit Handles: 4$'
	has "fdp configs -H" 'FDP Configuration Valid: Yes$'
	ok "fdp configs as JSON" znvme fdp configs "$FDP" -e 1 -o json
	json "fdp configs as JSON" "j['configs'][0]['runs'] == 1 << 20 and len(j['configs'][0]['ruhs']) == 4"
	ok "fdp usage as JSON" znvme fdp usage "$FDP" -e 1 -o json
	json "fdp usage as JSON" "[u['ruha'] for u in j['ruhus']] == [1] * 4"
	ok "fdp stats" znvme fdp stats "$FDP" -e 1
	has "fdp stats: written" '^Host Bytes with Metadata Written \(HBMW\) +: 0$'
	ok "fdp events as JSON" znvme fdp events "$FDP" -e 1 -E -o json
	json "fdp events as JSON" "j['events'] == []"
	ok "fdp status as JSON" znvme fdp status "$FDP" -o json
	json "fdp status as JSON" "[s['ruamw'] for s in j['ruhss']] == [2048] * 4"
	ok "fdp update" znvme fdp update "$FDP" -p 0,3
	fails "fdp update of no such handle" '^NVMe status: Invalid Field' znvme fdp update "$FDP" -p 4
	fails "fdp update of nothing" 'no placement identifiers' znvme fdp update "$FDP"
	ok "fdp set-events" znvme fdp set-events "$FDP" -p 1 -e -t 0,3
	fails "fdp set-events --save, of what cannot be saved" '^NVMe status: Feature Identifier Not Saveable' \
		znvme fdp set-events "$FDP" -p 1 -e -s -t 0
	fails "fdp set-events of no such type" '^NVMe status: Invalid Field' \
		znvme fdp set-events "$FDP" -t 77
	KEPT=$FDP,file=$TMP/placed,size=4M,state=$TMP/placed.state
	ok "write to each of two placement identifiers" \
		znvme write "$KEPT" --dir-type 2 --dir-spec 3 -d "$TMP/eight"
	znvme write "$KEPT" --dir-type 2 --dir-spec 1 -d "$TMP/eight" --block-count 3 >"$TMP/out"
	ok "its reclaim units" znvme fdp status "$KEPT" -o json
	json "each write went where it said" "[s['ruamw'] for s in j['ruhss']] == [2048, 2044, 2048, 2040]"
	ok "copy to a placement identifier" \
		znvme copy "$KEPT" --sdlba 100 --slbs 0 --blocks 4 --dir-type 2 --dir-spec 2
	znvme fdp status "$KEPT" -o json >"$TMP/out"
	json "a copy, too" "[s['ruamw'] for s in j['ruhss']] == [2048, 2044, 2043, 2040]"
	ok "fdp stats with a state file" znvme fdp stats "$KEPT" -e 1
	has "fdp stats: what was written" '^Host Bytes with Metadata Written \(HBMW\) +: 8704$'
	ok "fdp update with a state file" znvme fdp update "$KEPT" -p 3
	znvme fdp status "$KEPT" -o json >"$TMP/out"
	json "fdp update takes new units" "[s['ruamw'] for s in j['ruhss']] == [2048, 2044, 2043, 2048]"
	sed -i 's/^unit 3 left [0-9]*/unit 3 left 0/' "$TMP/placed.state"
	fails "a reclaim unit that cannot be" 'placed.state, line [0-9]+: no state of a simulated controller' \
		znvme fdp status "$KEPT"
	ok "fdp feature" znvme fdp feature "$FDP" -e 1
	has "fdp feature: on" '^Flexible Direct Placement Enable \(FDPE\)       : Yes$'
	fails "fdp feature: off, with namespaces" '^NVMe status: Command Sequence Error' \
		znvme fdp feature "$FDP" -e 1 -d
	fails "fdp of no group" 'endgrp-id is missing' znvme fdp stats "$FDP"
	fails "fdp of no such group" '^NVMe status: Invalid Field' znvme fdp stats "$FDP" -e 2
	ok "io-mgmt-recv" znvme io-mgmt-recv "$FDP" -m 1 -l 144
	has "io-mgmt-recv: what it was" '^io-mgmt-recv: Success, mos:0 mo:1 nsid:1$'
	true_that "io-mgmt-recv: the dump" test "$(grep -c '^00[0-8]0: ' "$OUT")" -eq 9
	ok "io-mgmt-recv as JSON" znvme io-mgmt-recv "$FDP" -m 1 -l 144 -o json
	json "io-mgmt-recv as JSON: data" "len(j['data']) == 288"
	ok "io-mgmt-recv: bytes" znvme io-mgmt-recv "$FDP" -m 1 -l 144 -b
	true_that "io-mgmt-recv: 144 bytes" test "$(wc -c <"$OUT")" -eq 144
	printf '\000\000\003\000' >"$TMP/pids"
	ok "io-mgmt-send" znvme io-mgmt-send "$FDP" -m 1 -s 1 -l 4 -d "$TMP/pids"
	ok "copy with a directive" znvme copy "$FDP" -d 9 -s 0 -b 0 -T 2 -S 3
	fails "copy with one that is not enabled" '^NVMe status: Invalid Field' \
		znvme copy "$FDP" -d 9 -s 0 -b 0 -T 1 -S 3

	# ---- keys and values

	KV=sim:file=$TMP/kv.img,size=1M,kv=1
	echo hello >"$TMP/hello"
	ok "kv store" znvme kv store "$KV" -k greeting -d "$TMP/hello"
	has "kv store: what was done" '^kv-store: Success, greeting, 6 bytes$'
	ok "kv retrieve" znvme kv retrieve "$KV" -k greeting
	same "kv retrieve: the value" "$TMP/hello"
	ok "kv retrieve to a file" znvme kv retrieve "$KV" -x 6772656574696e67 -d "$TMP/back" -o json
	json "kv retrieve as JSON" "j['bytes'] == 6 and j['key'] == '6772656574696e67'"
	true_that "the file has it" cmp "$TMP/back" "$TMP/hello"
	ok "kv store of nothing" znvme kv store "$KV" -x 00ff -d /dev/null
	ok "kv list" znvme kv list "$KV"
	has "kv list: a key" '^6772656574696e67 +greeting$'
	has "kv list: one that is no text" '^00ff +\?\?$'
	ok "kv list from a key on" znvme kv list "$KV" -k g -o json
	json "kv list as JSON" "[k['text'] for k in j['keys']] == ['greeting']"
	ok "kv id-ns" znvme kv id-ns "$KV"
	has "kv id-ns: what it holds" '^nuse     : 0x10$'
	has "kv id-ns: what it takes" '^kvf  0 : kml:16 fopt:0 vml:524288 mnk:0 \(in use\)$'
	ok "kv id-ns -H" znvme kv id-ns "$KV" -H
	has "kv id-ns -H: what it takes" '^KV Format  0 : Key Size: 16 bytes - Value Size: 524288 bytes - Keys: 0 \(no limit\) \(in use\)$'
	ok "kv id-ns as JSON" znvme kv id-ns "$KV" -o json
	json "kv id-ns as JSON" "j['kvf'] == [{'kml': 16, 'fopt': 0, 'vml': 524288, 'mnk': 0}] and j['nsze'] == 1 << 20"
	ok "kv id-ns as bytes" znvme kv id-ns "$KV" -b
	true_that "kv id-ns: all of them" test "$(wc -c <"$OUT")" -eq 4096
	fails "kv id-ns of blocks" 'Invalid I/O Command Set|Invalid Field' znvme kv id-ns "$SIM"
	ok "effects-log has its commands' names" znvme effects-log "$KV" -c 1
	has "effects-log has its commands' names: Store" 'IOCS01: [0-9a-f]+ \(Store\)'
	ok "kv exist" znvme kv exist "$KV" -k greeting
	fails "kv exist: no" '^NVMe status: KV Key Does Not Exist' znvme kv exist "$KV" -k nothing
	fails "kv store --new" '^NVMe status: Key Exists' znvme kv store "$KV" -k greeting --new -d "$TMP/hello"
	fails "kv store --update" '^NVMe status: KV Key Does Not Exist' \
		znvme kv store "$KV" -k nothing --update -d "$TMP/hello"
	ok "kv delete" znvme kv delete "$KV" -k greeting
	fails "kv retrieve of what is gone" 'KV Key Does Not Exist' znvme kv retrieve "$KV" -k greeting
	fails "kv store: a value too long" 'longer than the 524288 bytes' \
		znvme kv store "$KV" -k x -d /dev/zero
	fails "a key too long" 'a key has 1 to 16' znvme kv store "$KV" -k 12345678901234567
	fails "no key" 'key or --key-hex is missing' znvme kv exist "$KV"
	fails "no digits" 'are no digits' znvme kv exist "$KV" -x 0g
	fails "no blocks in it" 'keys and values, and no blocks' znvme read "$KV"
	# A device whose namespace takes values of 4 GiB - 1, and one whose list of keys never ends.
	HUGE="$KV,mdts=0,fault=when opcode=identify cns=5 do data=76:ffffffff"
	ok "a huge limit of values" znvme kv retrieve "$HUGE" --key-hex 00ff -d "$TMP/huge"
	fails "a list that goes round" 'goes round in a circle' znvme kv list \
		"sim:kv=1,fault=when opcode=6 queue=io do data=0:0100000001006100;when opcode=6 queue=io every=2 do data=0:0100000002006100"
	fails "no keys in blocks" 'has no keys and values' znvme kv list "$SIM"
fi
finish
