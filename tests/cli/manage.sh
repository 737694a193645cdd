#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Commands that manage a device: namespaces, format, sanitize, firmware, self-test, telemetry, persistent
# events, security. With a state file the simulated controller remembers from one command to the next.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

S=sim:file=$TMP/ns.img,size=8M,capacity=64M,nn=8,state=$TMP/ns.state

# ---- namespaces

ok "create-ns" znvme create-ns "$S" --nsze-si 16Mi --block-size 4096
has "create-ns: says which" '^create-ns: Success, created nsid:2$'
ok "list-ns: it is not attached" znvme list-ns "$S"
true_that "list-ns: one" test "$(wc -l <"$OUT")" -eq 1
ok "list-ns --all" znvme list-ns "$S" --all
true_that "list-ns --all: two" test "$(wc -l <"$OUT")" -eq 2
ok "id-ns --force of one that is not attached" znvme id-ns "$S" -n 2 --force
has "id-ns --force: its size" '^nsze     : 0x1000$'
ok "attach-ns" znvme attach-ns "$S" -n 2
has "attach-ns: as nvme-cli says it" '^attach-ns: Success, nsid:2$'
ok "list-ctrl of the namespace" znvme list-ctrl "$S" -n 2
has "list-ctrl: the controller" '^\[   0\]:0$'
random "$TMP/data" 65536
ok "write to it" znvme write "$S" -n 2 -s 8 -c 15 -d "$TMP/data"
ok "create-ns again" znvme create-ns "$S" -s 1000 -o json
json "create-ns as JSON" "j == {'nsid': 3}"
ok "detach-ns" znvme detach-ns "$S" -n 2
fails "a detached namespace is none" 'has no namespace 2' znvme read "$S" -n 2 -s 8 -c 0
ok "attach-ns again, by the list of controllers" znvme attach-ns "$S" -n 2 -c 0
ok "read from it" znvme read "$S" -n 2 -s 8 -c 15 -d "$TMP/back"
true_that "what was written is there" cmp "$TMP/data" "$TMP/back"
ok "changed-ns-list-log" znvme changed-ns-list-log "$S"
ok "id-ctrl: capacity" znvme id-ctrl "$S" -o json
json "id-ctrl: what is not allocated" \
	"j['tnvmcap'] == 64 << 20 and j['unvmcap'] == (40 << 20) - 512000"
fails "create-ns: too large" '^NVMe status: .*\(0x[0-9a-f]*115\)' znvme create-ns "$S" --nsze-si 1G
fails "create-ns: no such format" 'has no LBA format' znvme create-ns "$S" -s 8 -b 1024
fails "create-ns: no size" '--nsze' znvme create-ns "$S"
fails "create-ns: two suffixes" 'not a size, as 4G' znvme create-ns "$S" --nsze-si 1KK
fails "create-ns: less than a block" 'less than a block, which has 4096 bytes' znvme create-ns "$S" --nsze-si 4K -b 4096
fails "create-ns: a capacity of less than a block" 'ncap-si 1K: less than a block' \
	znvme create-ns "$S" --nsze-si 1M --ncap-si 1K -b 4096
fails "create-ns: a size that is none" 'not a size, as 4G' znvme create-ns "$S" --nsze-si 4.x
fails "attach-ns: no list" 'not a number' znvme attach-ns "$S" -n 2 -c 1,x
fails "delete-ns asks" 'delete-ns: namespace 3 .*--force' znvme delete-ns "$S" -n 3 </dev/null
ok "delete-ns" znvme delete-ns "$S" -n 3 --force
ok "delete-ns of all" znvme delete-ns "$S" -n 0xffffffff --force
ok "list-ns --all: none" znvme list-ns "$S" --all -o json
json "list-ns --all: an empty list" "j['nsid_list'] == []"
ok "ns-rescan" znvme ns-rescan "$S"
has "ns-rescan: how many" ': 0 active namespaces$'
echo garbage >"$TMP/bad.state"
fails "a state file that is none" 'line 1: no state' znvme list-ns "sim:state=$TMP/bad.state"

# sized SIZE BLOCKS: what --nsze-si makes of it, in blocks of 512 bytes.
sized() {
	B=sim:file=$TMP/sized.img,size=8M,capacity=4G,nn=2,state=$TMP/sized.state
	rm -f "$TMP"/sized.*
	ok "create-ns of $1" znvme create-ns "$B" --nsze-si "$1"
	run znvme id-ns "$B" -n 2 --force
	has "is $2 blocks" "^nsze +: $2\$"
}
sized 1G 0x1dcd65
sized 1.5M 0xb71
sized 4Mi 0x2000
sized 1000 0x3e8

# ---- format

F=sim:file=$TMP/format.img,size=8M,state=$TMP/format.state
ok "write before a format" znvme write "$F" -s 0 -c 7 -d "$TMP/data" -z 4096
fails "format asks" 'format: namespace 1 .*--force' znvme format "$F" </dev/null
ok "format" znvme format "$F" --block-size 4096 --force
has "format: as nvme-cli says it" '^Success formatting namespace:1$'
ok "id-ns after it" znvme id-ns "$F"
has "id-ns: the new format" '^lbaf +1 : ms:0 +lbads:12 .*\(in use\)$'
ok "read after it" znvme read "$F" -s 0 -c 0 -d "$TMP/zero"
true_that "the data are gone" cmp -n 4096 "$TMP/zero" /dev/zero
ok "format with metadata and protection information" znvme format "$F" -l 5 -i 2 -p 1 -m 1 --force
ok "id-ns of it" znvme id-ns "$F" -o json
json "id-ns: the state file has kept it" \
	"(j['flbas'], j['dps'], j['nsze'], j['lbafs'][5]['ms']) == (0x15, 10, 2048, 16)"
ok "write to it, blocks with protection" znvme write "$F" -s 3 -c 7 -d "$TMP/data" -z 32768
ok "read from it" znvme read "$F" -s 3 -c 7 -d "$TMP/back"
true_that "what was written is there, with its metadata" cmp -n 32768 "$TMP/data" "$TMP/back"
fails "format: no room for protection information" '^NVMe status: Invalid Format' \
	znvme format "$F" -l 0 -i 1 --force
M=sim:file=$TMP/meta.img,size=2M,capacity=16M,nn=4,state=$TMP/meta.state,bs=8192
PH=sim:size=8M,capacity=64M,nn=4,fdp=4
ok "create-ns with placement handles" znvme create-ns "$PH" --nsze-si 4Mi --phndls 0,3 --nphndls 2
ok "create-ns with a number of them" znvme create-ns "$PH" --nsze-si 4Mi -n 1
fails "create-ns with a handle that is not there" '^NVMe status: Invalid Placement Handle List' \
	znvme create-ns "$PH" --nsze-si 4Mi -p 0,4
fails "create-ns with more handles than are named" 'nphndls is 3, and --phndls names 2' \
	znvme create-ns "$PH" --nsze-si 4Mi -p 0,1 -n 3
fails "create-ns of zones, which this device has fixed" 'NVMe status: ' \
	znvme create-ns "$PH" --nsze-si 4Mi --csi 2 --azr --rar 4 --ror 2 --rnumzrwa 1
ok "create-ns with metadata" znvme create-ns "$M" --nsze-si 4Mi -f 0x12 -d 1
ok "attach-ns of it" znvme attach-ns "$M" -n 2
ok "id-ns of it" znvme id-ns "$M" -n 2 -o json
json "id-ns: as it was asked for" "(j['flbas'], j['dps'], j['nsze'], j['nlbaf']) == (0x12, 1, 8192, 7)"
ok "write to it" znvme write "$M" -n 2 -s 0 -c 63 -d "$TMP/data" -z 32768
ok "compare with it" znvme compare "$M" -n 2 -s 0 -c 63 -d "$TMP/data" -z 32768
fails "create-ns: no room for protection information" '^NVMe status: Invalid Format' \
	znvme create-ns "$M" --nsze-si 4Mi -f 0 -d 1
ok "delete-ns of it" znvme delete-ns "$M" -n 2 --force
true_that "delete-ns: its metadata are gone" cmp -n 524288 -i 262144:0 "$TMP/meta.img.meta" /dev/zero
ok "format that takes its time" znvme format "$F,format_time=300" -l 0 -s 1 --reset --force
fails "format: no such LBA format" '^NVMe status: Invalid Format' znvme format "$F" -l 9 --force
fails "format: two ways to say which" 'exclude each other' znvme format "$F" -l 1 -b 512 --force
fails "format: its deadline" 'no answer in time' \
	znvme format "$F,format_time=60000" -l 0 --format-timeout 50 --force
fails "a controller without Format NVM" 'no Format NVM \(OACS bit 1\); --force' \
	znvme format sim:without=format </dev/null
fails "… is asked by force" '^NVMe status: Invalid Command Opcode' \
	znvme format sim:without=format --force

# ---- interrupted, or changed meanwhile

printf '%-4096s' 2.0 >"$TMP/fw.bin"
rm -f "$TMP/fw.state"
fails "an interrupted fw-commit commits nothing" 'interrupted; nothing was committed' \
	python3 -c 'import re, signal, subprocess, sys, time
tool = subprocess.Popen(sys.argv[1:])
caught = 0
while tool.poll() is None and not caught & 1 << signal.SIGINT - 1:
    time.sleep(0.02)
    with open(f"/proc/{tool.pid}/status") as status:
        caught = int(re.search(r"SigCgt:\s*(\w+)", status.read())[1], 16)
time.sleep(0.3)
tool.send_signal(signal.SIGINT)
sys.exit(tool.wait())' "$ZNVME" fw-commit "sim:state=$TMP/fw.state,fault=when opcode=0x11 do late=2s" \
	--fw "$TMP/fw.bin" --slot 2 --action 3
true_that "… at all" sh -c "! grep -q 2.0 '$TMP/fw.state'"
printf '%-4100s' 2.0 >"$TMP/fw.odd"
fails "fw-commit takes what fw-download takes" 'no multiple of the controller' \
	znvme fw-commit sim: --fw "$TMP/fw.odd" --slot 2 --action 3
FORMATTED=sim:ns=2,size=4M+4M,file=$TMP/formatted,state=$TMP/formatted.state,format_time=60000
"$ZNVME" format "$FORMATTED" -n 1 --force >/dev/null 2>&1 &
tries=0
while [ "$tries" -lt 500 ] && ! grep -q '^namespace 1 .* formatting [1-9]' "$TMP/formatted.state" 2>/dev/null; do
	tries=$((tries + 1))
	sleep 0.02
done
kill -KILL $!
wait $! 2>/dev/null || true
fails "a namespace that is being formatted is not read" 'Format In Progress' znvme read "$FORMATTED" -n 1
fails "nor copied from" 'Format In Progress' \
	znvme copy "$FORMATTED" -n 2 --sdlba 0 --slbs 0 --blocks 7 --snsids 1 --format 2
ok "another one is read" znvme read "$FORMATTED" -n 2 -d "$TMP/back"
# ---- what is written over

printf 'EFI PART' | dd of="$TMP/part.img" bs=512 seek=1 conv=sync 2>/dev/null
truncate -s 8M "$TMP/part.img"
fails "write to a namespace with a partition table" 'begins with a GPT partition table: say --force' \
	znvme write "sim:file=$TMP/part.img" -s 100 -c 0 -d "$TMP/data" -z 512
ok "… by force" znvme write "sim:file=$TMP/part.img" -s 100 -c 0 -d "$TMP/data" -z 512 --force

# over TEXT COMMAND...: it wants --force.
over() {
	what=$1
	shift
	fails "$what" "^znvme: $1: namespace 1 of .* begins with a GPT partition table: say --force" \
		znvme "$@" </dev/null
	ok "… by force" znvme "$@" --force
}
PART=sim:file=$TMP/part.img
over "write-zeroes, too" write-zeroes "$PART" -s 100 -c 0
fails "… in a dry run, too" 'begins with a GPT partition table: say --force' \
	znvme write-zeroes "$PART" -s 100 -c 0 --dry-run
ok "… which does nothing by force" znvme write-zeroes "$PART" -s 0 -c 16 --dry-run --force
true_that "… at all" grep -q 'EFI PART' "$TMP/part.img"
over "write-uncor, too" write-uncor "$PART" -s 200 -c 0
over "dsm -d, too" dsm "$PART" -d -s 300 -b 1
ok "… not for what takes nothing away" znvme dsm "$PART" -r -s 300 -b 1
over "copy, too" copy "$PART" -d 400 -s 500 -b 0
ok "… not verify" znvme verify "$PART" -s 100
head -c 512 /dev/zero >"$TMP/block"
over "restore of a range, too" restore "$PART" --offset 51200 --data "$TMP/block"
if command -v script >/dev/null; then
	true_that "on a terminal write-zeroes asks" sh -c \
		"echo no | script -qec \"'$ZNVME' write-zeroes '$PART' -s 1 -c 0\" /dev/null | grep -q 'Go on. Type yes'"
	true_that "… and does nothing for a no" grep -q 'EFI PART' "$TMP/part.img"
	true_that "… in a dry run it does not ask, but refuses" sh -c \
		"script -qec \"'$ZNVME' write-zeroes '$PART' -s 1 -c 0 --dry-run\" /dev/null </dev/null |
			grep -q 'say --force'"
	true_that "… and does it for a yes" sh -c \
		"echo yes | script -qec \"'$ZNVME' write-zeroes '$PART' -s 1 -c 0\" /dev/null | grep -q Success"
fi
dd if=/dev/zero of="$TMP/part.img" bs=512 seek=1 count=1 conv=notrunc 2>/dev/null
ok "… without one" znvme write "sim:file=$TMP/part.img" -s 100 -c 0 -d "$TMP/data" -z 512

# ---- sanitize

Z=sim:file=$TMP/san.img,size=4M,state=$TMP/san.state
ok "write before a sanitize" znvme write "$Z" -s 0 -c 7 -d "$TMP/data" -z 4096
fails "sanitize asks" 'all data of all namespaces .*--force' znvme sanitize "$Z" -a 2 </dev/null
ok "sanitize" znvme sanitize "$Z,sanitize_time=100" --sanact start-block-erase --force
ok "sanitize-log" znvme sanitize-log "$Z"
has "sanitize-log: progress" '^Sanitize Progress +\(SPROG\) +: 65535$'
has "sanitize-log: status" '^Sanitize Status +\(SSTAT\) +: 0x101$'
ok "sanitize-log as JSON" znvme sanitize-log "$Z" -o json
json "sanitize-log as JSON: names of nvme-cli" \
	"{'sprog', 'sstat', 'cdw10_info', 'time_over_write'} <= set(list(j.values())[0])"
ok "sanitize: overwrite, and its pattern stays" \
	znvme sanitize "$Z" -a 3 -p 0x61626364 -n 3 -i -d --force
ok "read after it" znvme read "$Z" -s 100 -c 0 -d "$TMP/pattern"
true_that "the pattern" test "$(head -c 4 "$TMP/pattern")" = dcba
ok "sanitize --no-wait" znvme sanitize "$Z,sanitize_time=600000" -a start-crypto-erase --no-wait --force
ok "sanitize-log while it runs" znvme sanitize-log "$Z,sanitize_time=600000" -H
has "sanitize-log: in progress" 'In progress'
fails "a read meanwhile" 'Sanitize In Progress' znvme read "$Z,sanitize_time=600000" -s 0 -c 0
fails "another sanitize meanwhile" 'Sanitize In Progress' znvme sanitize "$Z" -a 2 --force
Z=sim:file=$TMP/san2.img,size=4M,state=$TMP/san2.state
fails "sanitize that fails" 'has failed.*leave the failure mode' \
	znvme sanitize "$Z,sanitize_fail=1" -a 2 -u --force
fails "a read in failure mode" 'Sanitize Failed' znvme read "$Z" -s 0 -c 0
ok "sanitize: exit failure mode" znvme sanitize "$Z" -a exit-failure
ok "a read after it" znvme read "$Z" -s 0 -c 0 -d "$TMP/zero"
fails "sanitize: no such action" 'start-block-erase' znvme sanitize "$Z" -a 9 --force
fails "a controller without it" 'no Sanitize \(SANICAP bits 0 to 2\)' \
	znvme sanitize sim:without=sanitize -a 2 </dev/null

# ---- firmware

W=sim:file=$TMP/fw.img,size=4M,state=$TMP/fw.state
printf '%-8s' 2.0.0 >"$TMP/fw"
head -c 204792 /dev/zero >>"$TMP/fw"
ok "fw-download" znvme fw-download "$W" --fw "$TMP/fw"
has "fw-download: success" '^Firmware download success$'
ok "fw-commit with an image" znvme fw-commit "$W" -f "$TMP/fw" -s 2 -a 1
has "fw-commit: success" '^Success committing firmware action:1 slot:2$'
ok "fw-log" znvme fw-log "$W"
has "fw-log: it runs after the reset" '^afi  : 0x2$'
has "fw-log: its slot" '^frs2 : 0x[0-9a-f]{16} \(2\.0\.0\)$'
ok "fw-activate of what is there" znvme fw-activate "$W" -s 1 -a 3
ok "id-ctrl: revision" znvme id-ctrl "$W"
has "id-ctrl: revision" '^fr        : 0\.1\.0$'
ok "fw-commit that needs a reset" znvme fw-commit "$W,fw_reset=subsystem" -f "$TMP/fw" -s 3 -a 1
has "fw-commit: which" 'needs an NVM subsystem reset'
ok "subsystem-reset" znvme subsystem-reset "$W,fw_reset=subsystem"
ok "fw-log after it" znvme fw-log "$W"
has "fw-log: slot 3" '^afi  : 0x3$'
head -c 1000 "$TMP/fw" >"$TMP/fw.part"
fails "an image whose size is no multiple of FWUG" 'no multiple of the controller.s 4096 \(FWUG\)' \
	znvme fw-download "$W" --fw "$TMP/fw.part"
head -c 1001 "$TMP/fw" >"$TMP/fw.part"
fails "an image of odd size" 'a multiple of 4' znvme fw-download "$W" --fw "$TMP/fw.part"
fails "a piece that is none" 'a piece is a multiple of 4096' \
	znvme fw-download "$W" --fw "$TMP/fw" -x 1000
fails "fw-commit without an image" 'Invalid Firmware Image' znvme fw-commit "$W" -s 2 -a 0
fails "fw-commit to a slot that is read-only" 'Invalid Firmware Slot' \
	znvme fw-commit "$W" -f "$TMP/fw" -s 1 -a 0

# ---- self-test

T=sim:file=$TMP/test.img,size=4M,state=$TMP/test.state
ok "device-self-test" znvme device-self-test "$T,selftest_time=50" -s 1 -w
has "device-self-test: started" '^Short Device self-test started$'
has "device-self-test: result" '^Operation completed without error$'
run znvme device-self-test "$T,selftest_fail=3" -s 1 -w
true_that "one that fails: status 1" test "$code" -eq 1
has "one that fails: what" 'failed segments'
ok "device-self-test, extended" znvme device-self-test "$T,selftest_time=600000" -s 2
ok "device-self-test: what runs" znvme device-self-test "$T,selftest_time=600000"
has "device-self-test: it runs" '^Extended Device self-test in progress$'
ok "device-self-test: abort" znvme device-self-test "$T" -s 15
ok "self-test-log" znvme self-test-log "$T" -e 3
has "self-test-log: aborted" 'Operation Result +: 0x1 '
has "self-test-log: segment" 'Segment Number +: 0x3'
ok "self-test-log as JSON" znvme self-test-log "$T" -o json
json "self-test-log as JSON" "[r['Self test result'] for r in j['List of Valid Reports'][:4]] == [1, 7, 0, 15]"
fails "device-self-test: no such one" 'Invalid Field' znvme device-self-test "$T" -s 7

# ---- telemetry, persistent events, boot partitions

ok "telemetry-log" znvme telemetry-log "$DEV" -O "$TMP/telemetry"
true_that "telemetry-log: areas 1 to 3" test "$(wc -c <"$TMP/telemetry")" -eq $((15 * 512))
ok "telemetry-log: area 4" znvme telemetry-log "$DEV" -O "$TMP/telemetry" -d 4
true_that "telemetry-log: area 4 too" test "$(wc -c <"$TMP/telemetry")" -eq $((31 * 512))
fails "telemetry-log: nothing captured" 'no telemetry data have been captured' \
	znvme telemetry-log "$DEV" -O "$TMP/telemetry" -g 0
run znvme telemetry-log "$DEV" -O "$TMP/header" -c
has_error "telemetry-log: nothing captured by the controller" "^znvme: warning: .* log's header alone"
true_that "… which is written" sh -c "[ $code -eq 0 ] && [ \"\$(wc -c <'$TMP/header')\" -eq 512 ]"
fails "telemetry-log: no file" '--output-file' znvme telemetry-log "$DEV"
fails "a controller without telemetry" 'LPA bit 3' \
	znvme telemetry-log sim:without=telemetry -O "$TMP/telemetry"
ok "persistent-event-log" znvme persistent-event-log "$DEV"
has "persistent-event-log: an event" '^Event Type: Power-on or Reset Event\(0x4\)$'
ok "persistent-event-log as JSON" znvme persistent-event-log "$DEV" -o json
json "persistent-event-log as JSON" \
	"j['total_num_of_events'] == len(j['list_of_event_entries']) >= 1"
ok "persistent-event-log: bytes" znvme persistent-event-log "$DEV" -b
true_that "persistent-event-log: they begin with its identifier" \
	test "$(od -An -tu1 -N1 "$OUT" | tr -d ' ')" = 13
ok "boot-part-log" znvme boot-part-log sim:boot=256K -f "$TMP/boot"
true_that "boot-part-log: all of it" test "$(wc -c <"$TMP/boot")" -eq 262144
ok "boot-part" znvme boot-part sim:boot=256K -f "$TMP/boot2"
true_that "boot-part: the same" cmp "$TMP/boot" "$TMP/boot2"
fails "no boot partitions" 'CAP.BPS' znvme boot-part sim: -f "$TMP/boot2"

# ---- logs and Identify

for command in supported-log-pages effects-log fid-support-effects-log mi-cmd-support-effects-log \
	endurance-log endurance-event-agg-log lba-status-log media-unit-stat-log supported-cap-config-log \
	lockdown-log nvm-id-ctrl nvm-id-ns cmdset-ind-id-ns id-iocs list-endgrp list-ctrl; do
	ok "$command" znvme $command "$DEV"
	ok "$command as JSON" znvme $command "$DEV" -o json
	json "$command: it is JSON"
	ok "$command: bytes" znvme $command "$DEV" -b
done
W=sim:with=ana+plm+reachability+rotational+domains+uuids+virt+mi+eom+dispersed
for command in ana-log predictable-lat-log pred-lat-event-agg-log rotational-media-info-log \
	reachability-groups-log reachability-associations-log mgmt-addr-list-log phy-rx-eom-log \
	dispersed-ns-participating-nss-log id-nvmset id-domain id-uuid \
	primary-ctrl-caps list-secondary; do
	ok "$command" znvme $command "$W"
	ok "$command as JSON" znvme $command "$W" -o json
	json "$command: it is JSON"
	fails "$command where there is none" '^NVMe status: ' znvme $command "$DEV"
done
ok "ana-log as JSON" znvme ana-log "$W" -o json
json "ana-log: names of nvme-cli" "j['ANA DESC LIST '][0]['state'] == 'optimized'"
ok "reachability-associations-log as JSON" znvme reachability-associations-log "$W" -o json
json "reachability-associations-log: its group" "len(j['rasid: 1']['members']) == j['rasid: 1']['nrid'] == 1"
ok "reachability-associations-log -a" znvme reachability-associations-log "$W" -a -r -o json
json "reachability-associations-log -a: none" "j['rasid: 1']['members'] == []"
ok "mgmt-addr-list-log" znvme mgmt-addr-list-log "$W"
has "mgmt-addr-list-log: an address" '^Descriptor 0: Type: 1 .*Address: https://192.0.2.1/redfish/v1$'
ok "phy-rx-eom-log" znvme phy-rx-eom-log "$W,eom_time=50" --lsp 6 --wait -H
has "phy-rx-eom-log: it has completed" '\[7:0\]   : 0x2	EOM In Progress: Completed$'
has "phy-rx-eom-log: a lane" '^Lane               : 3$'
has "phy-rx-eom-log: a row of an eye" '^1+0+1+$'
has "phy-rx-eom-log: eye data" '^0000: 00 00 10 11 '
ok "phy-rx-eom-log as JSON" znvme phy-rx-eom-log "$W" -s 4 -w -o json
json "phy-rx-eom-log: names of nvme-cli" \
	"j['eomip'] == 2 and j['lspfc'] == 4 and [d['lane'] for d in j['descs']] == [0, 1, 2, 3]"
json "phy-rx-eom-log: the eyes" \
	"all(len(d['printable_eye']) == d['nrows'] and len(d['vsdata_hex'].split()) == d['edlen'] for d in j['descs'])"
ok "phy-rx-eom-log: bytes" znvme phy-rx-eom-log "$W" -s 4 -w -b
true_that "phy-rx-eom-log: header and four eyes" test "$(wc -c <"$OUT")" -eq $((64 + 4 * 628))
ok "phy-rx-eom-log that is not waited for" znvme phy-rx-eom-log "$W,eom_time=5000" -s 4 -H
has "phy-rx-eom-log: in progress" 'EOM In Progress: In Progress$'
has "phy-rx-eom-log: how long it takes" '^Estimated Time for Best Quality   : 20 \(seconds\)$'
fails "phy-rx-eom-log: a time that is too short" 'still running after 20 ms' \
	znvme phy-rx-eom-log "$W,eom_time=5000" -s 4 -w --wait-timeout 20
ok "phy-rx-eom-log: abort" znvme phy-rx-eom-log "$W" -s 8 -o json
json "phy-rx-eom-log: nothing is measured" "j['eomip'] == 0 and j['descs'] == []"
fails "phy-rx-eom-log: no such action" '^NVMe status: Invalid Field' znvme phy-rx-eom-log "$W" -s 12
fails "phy-rx-eom-log: no such controller" '^NVMe status: Invalid Field' znvme phy-rx-eom-log "$W" -c 9
fails "phy-rx-eom-log: nothing to wait for" '--wait goes with --lsp' znvme phy-rx-eom-log "$W" -w
fails "phy-rx-eom-log: an eye that cannot be" 'an eye is not within its descriptor' \
	znvme phy-rx-eom-log "$W,fault=when lid=0x19 do data=76:ffffffff" -s 4 -w
ok "dispersed-ns-participating-nss-log" znvme dispersed-ns-participating-nss-log "$W"
has "dispersed-ns-participating-nss-log: another subsystem" '^participating_nss 1: nqn\..*:other$'
ok "the same as JSON" znvme dispersed-ns-participating-nss-log "$W" -n 1 -o json
json "its names" "j['numpsub'] == 2 and j['participating_nss 0'].startswith('nqn.')"
ok "the same as bytes" znvme dispersed-ns-participating-nss-log "$W" -b
true_that "a header and two names" test "$(wc -c <"$OUT")" -eq 768
ok "id-ns -H of a dispersed namespace" znvme id-ns "$W" -H
has "it says so" 'Dispersed Namespace: Yes$'
fails "dispersed-ns-participating-nss-log: a count that cannot be" 'that cannot be$' \
	znvme dispersed-ns-participating-nss-log "$W,fault=when lid=0x17 do data=8:ffffffffffffffff"
ok "changed-alloc-ns-list-log" znvme changed-alloc-ns-list-log "$DEV"
ok "effects-log as JSON" znvme effects-log "$DEV" -o json
json "effects-log: Format NVM" "j[-1]['command_set_identifier'] == 0 and j[-1]['admin_cmd_set']['ACS_128 (Format NVM)'] & 1"

# ---- security and the rest

ok "security-recv: protocols" znvme security-recv "$DEV" -p 0 -x 10 -b
true_that "security-recv: the list" test "$(od -An -tx1 -v "$OUT" | tr -d ' \n')" = 000000000000000200f0
FILE="sim:file=$TMP/forgets.img,size=1M,capacity=64M,nn=2"
ok "create-ns without a state file" znvme create-ns "$FILE" -S 4M
ok "the next command finds the file as it was" znvme list-ns "$FILE" --all
true_that "the namespace is forgotten" test "$(grep -c . "$OUT")" -eq 1
ok "security-send" sh -c "echo hello | '$ZNVME' security-send '$DEV' -p 0xf0"
fails "security-send: more than there is" 'there are 6 bytes of data' \
	sh -c "echo hello | '$ZNVME' security-send '$DEV' -p 0xf0 --tl 512"
fails "security-send to no such protocol" 'Invalid Field' \
	sh -c "echo hello | '$ZNVME' security-send '$DEV' -p 1"
ok "lockdown" znvme lockdown "$DEV" -O 0x80 -p 1
fails "lockdown of what must not be" 'cannot be locked down' znvme lockdown "$DEV" -O 6 -p 1
ok "dir-receive -H" znvme dir-receive "$DEV" -H
has "dir-receive: Identify" 'Identify Directive +: enabled$'
has "dir-receive: streams are there, and off" 'Stream Directive +: disabled$'
ok "dir-receive as JSON" znvme dir-receive "$DEV" -o json
json "dir-receive as JSON: Streams" "{'type': 1, 'name': 'Stream', 'supported': True, 'enabled': False} in j['directives']"
ok "dir-receive: parameters of streams" znvme dir-receive "$DEV" -D 1 -H
has "they are shown as nvme-cli's" '^	Stream Granularity Size \(in unit of SWS\)   \(SGS\): 16$'
ok "the same as JSON" znvme dir-receive "$DEV" -D 1 -o json
json "by their names" "j['msl'] == 16 and j['nssa'] == 16 and j['sws'] == 8"
ok "the same as bytes" znvme dir-receive "$DEV" -D 1 -b
true_that "32 of them" test "$(wc -c <"$OUT")" -eq 32
fails "streams that are off have no status" 'Invalid Field' znvme dir-receive "$DEV" -D 1 -O 2
ok "dir-receive --enable-streams: status" znvme dir-receive "$DEV" -D 1 -O 2 -H --enable-streams
has "none is open" '^	Open Stream Count  : 0$'
opened="sim:fault=when opcode=0x1a do data=0:020005000900"
ok "streams that are open" znvme dir-receive "$opened" -D 1 -O 2 -H --enable-streams
has "the second of them" '^	Stream Identifier 000002 : 9$'
ok "the same as JSON" znvme dir-receive "$opened" -D 1 -O 2 --enable-streams -o json
json "in a list" "j['osc'] == 2 and j['sid'] == [5, 9]"
ok "a count past the data is not believed" znvme dir-receive "$opened" -D 1 -O 2 --enable-streams -l 4 -o json
json "one is all that fits" "j['sid'] == [5]"
ok "dir-receive: allocate" znvme dir-receive "$DEV" -D 1 -O 3 -r 4 -H --enable-streams
has "as many as there may be" '\(NSA\): 4$'
ok "allocate, as JSON" znvme dir-receive "$DEV" -D 1 -O 3 -r 400 -o json --enable-streams
json "fewer than asked for" "j['nsa'] == 16 and j['result'] == 16"
ok "dir-send: enable" znvme dir-send "$DEV" -D 0 -O 1 -T 1 -e 1
has "as nvme-cli says it" '^dir-send: type 0, operation 0x1, spec_val 0, nsid 0x1, result 0$'
fails "dir-send: enable what?" 'target-dir is missing' znvme dir-send "$DEV" -D 0 -O 1 -e 1
ok "dir-send: without --endir" znvme dir-send "$DEV" -D 0 -O 1 -T 1 -H
has "it enables" '^	Stream Directive : enabled$'
ok "dir-send: disable" znvme dir-send "$DEV" -D 0 -O 1 -T 1 -e 0 -H
has "it says so" '^	Stream Directive : disabled$'
printf 1234 >"$TMP/sent"
ok "dir-send: with data" znvme dir-send "$DEV" -D 0 -O 1 -T 1 -l 4 -i "$TMP/sent"
has "they are shown" '^0000: 31 32 33 34 .*"1234"$'
ok "dir-send: as bytes" znvme dir-send "$DEV" -D 0 -O 1 -T 1 -l 4 -i "$TMP/sent" -b
true_that "they are the data" cmp "$OUT" "$TMP/sent"
ok "dir-send: release a stream, explained" znvme dir-send "$DEV" -D 1 -O 1 -S 5 --enable-streams -H
has "which one" '^	Stream Identifier 5 : released$'
ok "dir-send: release a stream" znvme dir-send "$DEV" -D 1 -O 1 -S 5 --enable-streams -o json
json "as JSON" "j['spec'] == 5 and j['operation'] == 1"
ok "dir-send: give all back" znvme dir-send "$DEV" -D 1 -O 2 --enable-streams
fails "dir-send: streams that are off" 'Invalid Field' znvme dir-send "$DEV" -D 1 -O 2
fails "dir-receive where there are none" 'OACS bit 5|bit 5 of OACS' znvme dir-receive sim:without=directives
ok "virt-mgmt" znvme virt-mgmt "$W" -c 1 -a 8 -r 1 -n 4
has "virt-mgmt: how many" ':0x4$'
fails "virt-mgmt where there is none" 'OACS bit 7' znvme virt-mgmt "$DEV" -c 1 -a 8 -n 4
fails "capacity-mgmt: to do what?" '--operation is missing' \
	znvme capacity-mgmt sim:with=capacity -i 1 --force
fails "capacity-mgmt where there is none" 'CTRATT bits 11 and 12' \
	znvme capacity-mgmt "$DEV" -O 0 -i 1 </dev/null
ok "nvme-mi-recv" znvme nvme-mi-recv sim:with=mi -O 0 -l 32
ok "get-property" znvme get-property "$DEV" -O 8
has "get-property: the version" 'value: 20100$'
ok "get-property -H" znvme get-property "$DEV" -O 8 -H
has "get-property -H: its fields" 'Major Version.*: 2$'
fails "nvme-mi-recv of another message type" '^NVMe status: Invalid Field' \
	znvme nvme-mi-recv sim:with=mi -O 0 -l 32 --nmimt 2
fails "get-property of none" 'no register' znvme get-property "$DEV" -O 0x2000
fails "set-property asks" 'set-property: .*--force' znvme set-property "$DEV" -O 0xc -V 1 </dev/null
fails "set-property: read-only" 'vs \(Version\) is read-only' \
	znvme set-property "$DEV" -O 8 -V 1 --force
ok "get-reg, two of them" znvme get-reg "$DEV" --vs --cap
has "get-reg: as nvme-cli says it" '^register: 0x08 \(Version\), value: 0x20100$'
has "get-reg: the other" '^register: 0x00 \(Controller Capabilities\), value: 0x[0-9a-f]+$'
ok "get-reg -H" znvme get-reg "$DEV" --cc --enabled -H
has "get-reg -H: the register" '^Controller Configuration: 0x[0-9a-f]+$'
has "get-reg -H: a field" '^  \[0:0\]   : 0x1	Enable: Yes$'
ok "get-reg: the controller is left as it is" znvme get-reg "$DEV" --cc -O 0x24 -o json
json "get-reg by name and offset" "j['fields']['cc']['en'] == 0 and 'aqa' in j['fields']"
ok "get-reg of an offset without a register" znvme get-reg "$DEV" -O 0x70
has "get-reg: its bare value" '^register: 0x70, value: 0$'
ok "get-reg of one, as JSON" znvme get-reg "$DEV" -O 0x2c -o json
json "get-reg: its offset is its name" "list(j) == ['0x2c']"
fails "get-reg of which?" 'which register' znvme get-reg "$DEV"
fails "get-reg of a doorbell" 'no register at 0x1000' znvme get-reg "$DEV" -O 0x1000
fails "get-reg between registers" 'no register at 0x9' znvme get-reg "$DEV" -O 9
ok "get-reg --help says what is read-only" znvme get-reg --help
has "get-reg --help: read-only" '--cap +Controller Capabilities \(read-only\)$'
ok "set-reg" znvme set-reg "$DEV" --aqa 0x1f001f --force
has "set-reg: as nvme-cli says it" '^set-register: 0x24 \(Admin Queue Attributes\), value: 0x1f001f$'
fails "set-reg asks" 'register aqa of .*--force' znvme set-reg "$DEV" --aqa 1 </dev/null
fails "set-reg: read-only" 'cap \(Controller Capabilities\) is read-only' \
	znvme set-reg "$DEV" --cap 1 --force
fails "set-reg: read-only, by offset" 'vs \(Version\) is read-only' \
	znvme set-reg "$DEV" -O 8 -V 1 --force
fails "set-reg: no register" 'no register begins at 0x70' znvme set-reg "$DEV" -O 0x70 -V 1 --force
fails "set-reg: no value" '--value is missing' znvme set-reg "$DEV" -O 0x24 --force
fails "set-reg: no offset" '--value goes with --offset' znvme set-reg "$DEV" -V 1 --force
fails "set-reg: which?" 'which register' znvme set-reg "$DEV" --force
fails "set-reg: twice the same" 'are the same register' \
	znvme set-reg "$DEV" -O 0x24 -V 1 --aqa 2 --force
fails "set-reg: more than it holds" 'has 32 bits' \
	znvme set-reg "$DEV" -O 0x24 -V 0x100000000 --force
ok "set-reg: bits that there are not" znvme set-reg "$DEV" --asq 0x12345678fff --force
has "set-reg: what it reads then" '^  reads now: 0x12345678000$'
ok "set-reg of 64 bits in one" \
	znvme set-reg "sim:fault=when reg-write reg=0x28-0x2f nth=2 do drop" \
	--asq 0x12345678000 --force -o json
json "set-reg: all of it" "j['asq'] == j['reads']['asq'] == 0x12345678000"
ok "set-reg --mmio32, the second half lost" \
	znvme set-reg "sim:fault=when reg-write reg=0x28-0x2f nth=2 do drop" \
	--asq 0x12345678000 --force -o json --mmio32
json "set-reg --mmio32: that is the high one" "j['reads']['asq'] == 0x45678000"
ok "set-reg of an enabled controller" znvme set-reg "$DEV" --enabled --intms 5 --force -o json
json "set-reg: it reads so" "j['reads']['intms'] == 5"
ok "two words: get reg" znvme get reg "$DEV" --csts
ok "two words: create ns" znvme create ns sim:size=8M,capacity=16M,nn=2 -s 64
ok "two words: log sanitize" znvme log sanitize "$DEV"
finish
