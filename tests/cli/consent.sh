#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What takes data away asks, on a terminal or by --force; and what is asked for is what is done, or
# refused: no option that is passed over, no data that are left out without a word.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# gpt DEVICE: its first namespace begins with a partition table.
gpt() {
	{
		head -c 512 /dev/zero
		printf 'EFI PART'
		head -c 7672 /dev/zero
	} >"$TMP/gpt"
	znvme write "$1" -s 0 -d "$TMP/gpt" >/dev/null
}

GPT='namespace 1 of .* begins with a GPT partition table: say --force'

# ---- where a namespace begins with a partition table

for format in bs=512 bs=4096 pi=1 ms=8 ms=16,meta=ext bs=4096,ms=64,pi=1,meta=ext; do
	D=sim:file=$TMP/image,size=16M,$format
	rm -f "$TMP/image"*
	ok "a partition table: $format" gpt "$D"
	fails "write-zeroes asks: $format" "$GPT" znvme write-zeroes "$D" -s 100 </dev/null
	fails "write-uncor asks: $format" "$GPT" znvme write-uncor "$D" -s 100 </dev/null
	fails "dsm asks: $format" "$GPT" znvme dsm "$D" -d -s 100 -b 1 </dev/null
	fails "restore asks: $format" "$GPT" znvme restore "$D" --offset 1M -d "$TMP/gpt" </dev/null
	fails "write-zeroes asks in a dry run, too: $format" "$GPT" \
		znvme write-zeroes "$D" -s 100 --dry-run </dev/null
	fails "write, too: $format" "$GPT" znvme write "$D" -s 0 -d "$TMP/gpt" --dry-run </dev/null
	ok "write-zeroes by force: $format" znvme write-zeroes "$D" -s 100 --force
done

for bs in 512 16384 65536; do
	rm -f "$TMP/btrfs"
	truncate -s 1M "$TMP/btrfs"
	printf _BHRfS_M | dd of="$TMP/btrfs" bs=1 seek=65600 conv=notrunc 2>/dev/null
	fails "a Btrfs on blocks of $bs" 'begins with a Btrfs file system: say --force' \
		znvme write-zeroes "sim:file=$TMP/btrfs,bs=$bs" -s 0 </dev/null
done

D=sim:file=$TMP/disk,size=16M
gpt "$D"
fails "the first blocks cannot be read: it asks" 'begins with cannot be read \(Unrecovered Read Error.*\): say --force' \
	znvme write-zeroes "$D,fault=when opcode=read do status=0x281 dnr" -s 100 </dev/null
fails "there is no queue to read them by: it asks" 'begins with cannot be read' \
	znvme dsm "$D,fault=when opcode=create-sq do status=0x6 dnr" -d -s 100 -b 1 </dev/null
ok "blocks that were deallocated hold nothing" \
	znvme write-zeroes "sim:fault=when opcode=read do status=0x287 dnr" -s 100

fails "write protection for ever asks, in a dry run, too" 'can never be written again: say --force' \
	znvme set-feature sim: -f 0x84 -V 3 --dry-run </dev/null

# ---- whole namespaces

fails "write-zeroes of a namespace asks" 'all of namespace 1 of .* loses its data: say --force' \
	znvme write-zeroes sim: -Z </dev/null
fails "reset-zone of all zones asks" 'all zones of namespace 1 of .* lose their data: say --force' \
	znvme zns reset-zone sim:zoned=1 -a </dev/null
fails "reset-zone of no zone" 'which zone\? --start-lba LBA, or --select-all' znvme zns reset-zone sim:zoned=1
fails "format of one of several" 'which namespace\? --namespace-id N' znvme format sim:ns=2 --force
ok "format of the only one" znvme format sim: --force
FNA='fault=when opcode=identify cns=1 do data=524:05'
fails "a format is of all where the controller says so" 'all namespaces of .* lose their data' \
	znvme format "sim:ns=2,$FNA" -n 1 </dev/null
FNA='fault=when opcode=identify cns=1 do data=524:06'
fails "a format is of one where only an erase is of all" 'namespace 1 of .* loses its data' \
	znvme format "sim:ns=2,$FNA" -n 1 </dev/null
fails "and that of all" 'all namespaces of .* lose their data' \
	znvme format "sim:ns=2,$FNA" -n 1 --ses 1 </dev/null
fails "--force is spelled out" 'delete-ns: --f: --force is spelled out' znvme delete-ns sim: -n 1 --f
NS=sim:file=$TMP/ns,size=16M,capacity=1G,nn=8,state=$TMP/ns.state
fails "one namespace by address, another by -n" 'names namespace 2, but -n says 3' \
	znvme delete-ns "$NS,n2" -n 3 --force
fails "the same of attach-ns" 'names namespace 2, but -n says 3' znvme attach-ns "$NS,n2" -n 3
fails "the same of admin-passthru" 'names namespace 2, but -n says 3' \
	znvme admin-passthru "$NS,n2" -n 3 -O 6 -4 1

# ---- a format keeps what it is not told

PI=sim:file=$TMP/pi,size=4M,pi=1,state=$TMP/pi.state
ok "format as it is" znvme format "$PI" --force
run znvme id-ns "$PI"
has "protection information stays" '^dps *: 0x1$'
ok "format without" znvme format "$PI" --pi 0 --force
run znvme id-ns "$PI"
has "protection information goes" '^dps *: 0$'

# ---- all or nothing

fails "write-zeroes that failed says what is not known" 'blocks 0 to 7 may be zero or as they were' \
	znvme write-zeroes "sim:fault=when opcode=write-zeroes do status=0x280 dnr" --blocks 8
fails "data and metadata in one file" 'do not go to one file' \
	znvme read sim:ms=8 -d "$TMP/both" -M "$TMP/both"
true_that "nothing is written" test ! -e "$TMP/both"
ok "read to /dev/stdout" znvme read "$D" -s 1 -d /dev/stdout
true_that "is the data and nothing else" test "$(wc -c <"$OUT")" -eq 512
ok "admin-passthru to standard output" \
	znvme admin-passthru sim: -O 6 -4 1 -l 4096 -r -i -
true_that "is the data and nothing else" test "$(wc -c <"$OUT")" -eq 4096
fails "and no JSON with them" 'do not go to one output' \
	znvme admin-passthru sim: -O 6 -4 1 -l 4096 -r -i - -o json
fails "io-passthru: data and metadata in one file" 'do not go to one file' \
	znvme io-passthru sim:ms=8 -O 2 -n 1 -l 512 -m 8 -r -i "$TMP/both" -M "$TMP/both"
ok "lm-migration-recv to standard output" \
	znvme lm-migration-recv sim:with=lm --cntlid 1 --csvi 1 -f -
true_that "is the state and nothing else" sh -c "! grep -aq CDW0 '$OUT'"
fails "and no JSON with it" 'do not go to one output' \
	znvme lm-migration-recv sim:with=lm --cntlid 1 --csvi 1 -f - -o json
ln -s nowhere "$TMP/dangling"
fails "a link to nothing as a file" 'a symbolic link to what is not there' \
	znvme read sim: -d "$TMP/dangling"
true_that "the link stays" test -L "$TMP/dangling"
head -c 500000 /dev/urandom >"$TMP/value"
KV=sim:file=$TMP/kv,size=16M,kv=1
ok "kv store" znvme kv store "$KV" --key a -d "$TMP/value"
fails "a value longer than a command carries" 'the value has 500000 bytes, of which one command carries 65536' \
	znvme kv retrieve "$KV,mdts=4" --key a -d "$TMP/cut"
true_that "nothing of it is left" test ! -e "$TMP/cut"
ok "its beginning" znvme kv retrieve "$KV,mdts=4" --key a -d "$TMP/cut" --data-size 100
true_that "is 100 bytes" test "$(wc -c <"$TMP/cut")" -eq 100
echo old >"$TMP/owned"
if [ "$(id -u)" -eq 0 ]; then
	chown 65534:65534 "$TMP/owned"
	ok "a file that is replaced" znvme read sim: -d "$TMP/owned"
	true_that "has the owner it had" test "$(stat -c %u:%g "$TMP/owned")" = 65534:65534
fi
fails "a file that must not be so large" 'File too large' \
	sh -c "ulimit -f 4; exec '$ZNVME' read sim: --blocks 100 -d '$TMP/large'"
for signal in HUP KILL; do
	"$ZNVME" dump sim:size=64M,latency=500000 -d "$TMP/hung" >/dev/null 2>&1 &
	tries=0
	while [ "$tries" -lt 500 ] && [ -z "$(find "/proc/$!/fd" -lname "$TMP/*" 2>/dev/null)" ]; do
		tries=$((tries + 1))
		sleep 0.02
	done
	kill -$signal $!
	wait $! || true
	true_that "SIG$signal leaves nothing behind" sh -c "! ls -A '$TMP' | grep -e '^hung' -e '^[.]znvme'"
done
LONG=$(head -c 255 /dev/zero | tr '\0' n)
ok "a name of 255 bytes" znvme read sim: -d "$TMP/$LONG"
fails "one of 256" 'File name too long' timeout 30 "$ZNVME" dump sim:size=64M,latency=500000 -d "$TMP/${LONG}n"
true_that "nor does a file that is too large" sh -c "! ls -A '$TMP' | grep -e '^large' -e '^[.]znvme'"

# ---- options that contradict each other, or have nothing to do

fails "create-ns: blocks and bytes" 'give one of the two' \
	znvme create-ns sim:capacity=1G,nn=4 --nsze 1000 --nsze-si 64M
fails "create-ns: format and block size" 'exclude each other' \
	znvme create-ns sim:capacity=1G,nn=4 --nsze 1000 --flbas 0 --block-size 4096
fails "dsm of nothing" 'what for\?' znvme dsm sim: -s 0 -b 8
fails "dsm: a range of nothing" 'a range of no blocks' znvme dsm sim: -d -s 0 -b 0
fails "dsm: attributes in two ways" 'instead of --ad' znvme dsm sim: -d -s 0 -b 8 --cdw11 0
fails "sanitize: a pattern without an overwrite" 'are for --sanact start-overwrite' \
	znvme sanitize sim: -a 2 -p 0xff --force
fails "telemetry-log: of the host and of the controller" 'controller-init of the controller' \
	znvme telemetry-log sim: -c -g 1 -O "$TMP/telemetry"
fails "boot-part-log: JSON and data to one output" 'do not go to one output' \
	znvme boot-part-log sim:boot=128K -f - -o json
ok "boot-part-log to standard output" znvme boot-part-log sim:boot=128K -f -
true_that "is the partition and nothing else" test "$(wc -c <"$OUT")" -eq 131072
fails "nvme-mi-send of too few data" 'the data end after 3 of 4096 bytes' \
	sh -c "printf abc | '$ZNVME' nvme-mi-send sim:with=mi --opcode 3 --data-len 4096"
fails "copy past the end, dry" 'go past the end of namespace 1' \
	znvme copy sim: --sdlba 8 --slbs 999999999 --blocks 0 --dry-run
C=sim:file=$TMP/copy,size=16M,ns=2
gpt "$C"
fails "copy from another namespace asks" "$GPT" \
	znvme copy "$C" -n 1 --sdlba 100 --slbs 0 --blocks 3 --format 2 --snsids 2 </dev/null
ok "and does it by force" \
	znvme copy "$C" -n 1 --sdlba 100 --slbs 0 --blocks 3 --format 2 --snsids 2 --force

# ---- what is shown is what there is

ok "admin-passthru into a file, with JSON" \
	znvme admin-passthru sim: -O 6 -4 1 -l 4096 -r -i "$TMP/id" -o json
json "admin-passthru: the result is told" "j['result'] == 0 and 'data' not in j"
ok "changed-ns-list-log, more than it holds" \
	znvme changed-ns-list-log "sim:fault=when opcode=get-log lid=4 do data=0:ffffffff" -o json
json "changed-ns-list-log: that is told" "'more than 1024' in list(j.values())[1]['overflow']"
UNITS='fault=when opcode=get-log lid=0x10 do data=0:02000000010000000000000000000000000000000100000064006400010e0102'
ok "media-unit-stat-log with channels" znvme media-unit-stat-log "sim:$UNITS" -o json
json "a channel is no unit" "[u['muid'] for u in j['mus_list']] == [0, 0]"
ok "persistent-event-log of a clock that stopped" \
	znvme persistent-event-log "sim:fault=when opcode=get-log lid=0x0d do data=26:02" -o json
json "its attributes are no part of the time" \
	"j['timestamp'] < 1 << 47 and j['timestamp_attr'] == 2"
ok "fw-commit, by a reset that is not enough" \
	sh -c "printf '%-4096s' 2.0 >'$TMP/fw'; exec '$ZNVME' fw-commit sim:fw_reset=conventional -f '$TMP/fw' -s 2 -a 1 --reset"
has "what it still needs is told" 'needs a conventional reset'
ok "fw-commit, by the reset it needs" \
	znvme fw-commit sim:fw_reset=subsystem -f "$TMP/fw" -s 2 -a 1 --reset -o json
json "nothing is needed after it" "j['needs_reset'] == ''"

finish
