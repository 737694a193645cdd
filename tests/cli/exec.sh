#!/bin/bash
# SPDX-License-Identifier: MIT
#
# exec: Debian's own nvme and smartctl on the simulated controller. The commands of tests/vm/nvme-commands, which tests/vm/exec.sh
# compares with the kernel's driver; some values against the tool's; and what is refused.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

BUILD=$(dirname "$ZNVME")/..
BUILD=$(cd "$BUILD" && pwd)
ZNVME=$BUILD/tools/znvme
cd "$TMP" || exit 1
mkdir tmp
export TMPDIR=$TMP/tmp # where nobody else's trees are
# Under a sanitizer its library has to come before all others, and nvme-cli's own leaks are not ours.
if nm -D "$ZNVME" | grep -q __asan_init; then
	LD_PRELOAD=$(gcc -print-file-name=libasan.so)
	export LD_PRELOAD ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
fi

# shellcheck disable=SC2317 # called by the commands of the list
# on COMMAND...: with the device as the kernel's first.
on() {
	znvme exec --device "$SIM" -- "$@"
}

# fine TEXT COMMAND...: it succeeds; nvme-cli says so on stderr.
fine() {
	local text=$1
	shift
	run "$@"
	result "$code" "$text"
}

# ---- the list

# Used by the commands of the list.
# shellcheck disable=SC2034
C=/dev/nvme0 N=/dev/nvme0n1 M=/dev/nvme0n2 Z=/dev/nvme0n3
seq 1 2000 | head -c 4096 >pattern
seq 100000 120000 | head -c 131072 >large
count=0
PATH=$PATH:$BUILD/tests
while read -r where line; do
	count=$((count + 1))
	[[ $line != head* ]] || cp kept back
	run eval "on $line"
	[ ! -e back ] || cp back kept
	case $where in
	all | sim)
		[ "$code" -eq 0 ]
		result $? "$line"
		;;
	*) # refused, or there by now
		[ "$code" -lt 126 ]
		result $? "it is answered: $line"
		;;
	esac
	if [[ "$line" == *'-o json' || "$line" == *' -j '* ]] && [ -s "$OUT" ] && [ "$code" -eq 0 ]; then
		json "it is JSON: $line"
	fi
done < <(grep -vE '^(#|$)' "$HERE/../vm/nvme-commands")
true_that "there are at least 250 commands ($count)" test "$count" -ge 250
true_that "what was written is read back" cmp kept pattern

# ---- against the tool

# agree TEXT: the last output is what the tool's was.
agree() {
	cmp -s "$OUT" "$TMP/own"
	result $? "$1"
}

znvme id-ctrl "$SIM" -b >"$TMP/own"
ok "id-ctrl, by nvme" on nvme id-ctrl $C -b
agree "is what znvme has"
znvme id-ns "$SIM" -b >"$TMP/own"
ok "id-ns, by nvme" on nvme id-ns $N -b
agree "is what znvme has, too"
znvme get-log "$SIM" -i 5 -l 4096 -b >"$TMP/own"
ok "the effects log, by nvme" on nvme get-log $C -i 5 -l 4096 -b
agree "is what znvme has as well"
fine "write by nvme" on nvme write $N -s 1000 -c 7 -z 4096 -d pattern
ok "read by znvme" znvme read "$SIM" -s 1000 -c 7
true_that "it is the same: the file keeps it from one command to the next" cmp "$OUT" pattern
znvme write "$SIM" -s 2000 -d large >/dev/null
fine "read by nvme what znvme wrote" on nvme read $N -s 2000 -c 255 -z 131072
true_that "it is the same as well" cmp "$OUT" large
ok "smartctl knows it" on smartctl -i -j $C
json "by its name" "j['model_name'] == 'znvme simulated controller' and j['nvme_total_capacity'] == 64 << 20"
ok "list" on nvme list -o json
json "has it and nothing else" "[d['DevicePath'] for d in j['Devices']] == ['/dev/nvme0n1']"

# ---- the same JSON

# both DEVICE COMMAND...: nvme-cli and znvme say the same of it, key by key. $C and $N are where nvme-cli has its device.
both() {
	local device=$1 word words=() own=() have=
	shift
	for word in "$@"; do
		case $word in
		/dev/*) have=$word ;;
		*) words+=("$word") ;;
		esac
	done
	case $1 in
	zns | fdp) own=("$1" "$2" "$device" "${words[@]:2}") ;;
	*) own=("$1" "$device" "${words[@]:1}") ;;
	esac
	[ "$1" != show-regs ] || own+=(--enabled)
	# Its status is not looked at: after show-regs it is 1.
	"$ZNVME" exec -d "$device" -- nvme "$@" -o json >"$TMP/theirs" 2>"$ERR"
	"$ZNVME" "${own[@]}" -o json >"$OUT" 2>>"$ERR" &&
		python3 "$HERE/agree.py" "$TMP/theirs" "$OUT" "$device" 2>>"$ERR"
	result $? "as nvme-cli: ${words[*]}${have:+, of ${have##*/}}, ${device%%=*}"
}

# labels FILE: the names of its lines `name : value`, each once.
labels() {
	sed -n 's/^ *\([^:]*[^: \t]\)[ \t]*:.*/\1/p' "$1" | sort -u
}

# names DEVICE COMMAND...: what nvme-cli calls things znvme calls so, too.
names() {
	local device=$1 command=$2
	shift
	"$ZNVME" exec -d "$device" -- nvme "$@" >"$TMP/theirs" 2>"$ERR"
	shift 2
	"$ZNVME" "$command" "$device" "$@" >"$OUT" 2>>"$ERR"
	labels "$TMP/theirs" >"$TMP/their-labels"
	labels "$OUT" >"$TMP/labels"
	comm -23 "$TMP/their-labels" "$TMP/labels" >>"$ERR"
	[ -s "$TMP/their-labels" ] && [ ! -s "$ERR" ]
	result $? "names as nvme-cli's: $command${*:+ $*}, ${device%%=*}"
}

# What nvme-cli 2.3 fails at or gets wrong itself is not in it: supported-log-pages (an assertion), supported-cap-config-log
# (a crash), media-unit-stat-log, id-uuid, endurance-event-agg-log and the namespaces of ana-log (other memory than the log's),
# fw-log (eight characters as a number, too), get-lba-status (no data length), id-domain and changed-zone-list (text ahead).
ALL=sim:with=ana+plm+reachability+rotational+domains+uuids+virt+capacity+mi
if have_python; then
	D=sim:file=$TMP/json.img,size=64M
	for command in list-ns "list-ns $C -a" list-ctrl "list-ctrl $C -n 1" id-ctrl nvm-id-ctrl id-ns-granularity list-endgrp \
		"id-ns-lba-format $C -i 1" "nvm-id-ns-lba-format $C -i 1" "id-ns $N" "ns-descs $N" "nvm-id-ns $N" \
		"cmdset-ind-id-ns $N -n 1" smart-log "smart-log $N" error-log "error-log $C -e 2" changed-ns-list-log \
		"effects-log $C -c 0" effects-log "effects-log $C -H" "smart-log $C -H" "fid-support-effects-log $C -H" self-test-log sanitize-log fid-support-effects-log mi-cmd-support-effects-log \
		"endurance-log $C -g 1" lba-status-log resv-notif-log "resv-report $N" show-regs \
		"list-subsys" "show-topology"; do
		case $command in
		*/dev/* | list-subsys | show-topology) ;;
		*) command="$command $C" ;;
		esac
		# shellcheck disable=SC2086 # words
		both "$D" $command
	done
	for command in id-nvmset list-endgrp primary-ctrl-caps list-secondary list-ctrl "endurance-log -g 1" \
		"predictable-lat-log -i 1" "pred-lat-event-agg-log -e 1" mi-cmd-support-effects-log id-ctrl; do
		# shellcheck disable=SC2086
		both "$ALL" $command $C
	done
	ZONED=sim:zoned=1,ext=64
	for command in id-ns "report-zones -d 3" "report-zones -d 3 -e"; do
		# shellcheck disable=SC2086
		both "$ZONED" zns $command $N
	done
	both "$ZONED" zns id-ctrl $C
	for command in configs usage stats events; do
		both sim:fdp=4 fdp $command $C -e 1
	done
	both sim:fdp=4 fdp status $N
	both "sim:fault=when opcode=get-log lid=14 do data=0:3000000001000000010000000000050003" lba-status-log $C
	both sim:pi=1,pif=32,sts=20 nvm-id-ns $N
	both sim:pi=1,pif=32,sts=20 id-ns $N
	both sim:ns=3 list-ns $C
fi

# ---- the same done

# alike TEXT: the last command's status, output and errors are those of the last by_nvme.
alike() {
	[ "$code" -eq "$theirs" ] && cmp -s "$OUT" "$TMP/theirs" && cmp -s "$ERR" "$TMP/theirs.err"
	result $? "as nvme-cli: $1"
}

# by_nvme DEVICE WORD...: what nvme-cli makes of them on it. Blanks at a line's end are no difference.
by_nvme() {
	local device=$1
	shift
	theirs=0
	"$ZNVME" exec -d "$device" -- nvme "$@" >"$TMP/out.nvme" 2>"$TMP/theirs.err" </dev/null || theirs=$?
	sed 's/ $//' "$TMP/out.nvme" >"$TMP/theirs"
}

identify=(--opcode=6 --cdw10=2 --data-len=64 --read)
by_nvme "$SIM" admin-passthru $C "${identify[@]}"
run znvme admin-passthru "$SIM" "${identify[@]}"
alike "admin-passthru: the data by themselves"
fill=(--opcode=1 --namespace-id=1 --cdw10=77 --data-len=512 --write --prefill=0xa5)
by_nvme "$SIM" io-passthru $N "${fill[@]}"
znvme read "$SIM" -s 77 >"$TMP/filled"
znvme write-zeroes "$SIM" -s 77 >/dev/null
run znvme io-passthru "$SIM" "${fill[@]}" </dev/null
alike "io-passthru of what --prefill has"
ok "what was written" znvme read "$SIM" -s 77
true_that "as nvme-cli: it is the same" cmp "$OUT" "$TMP/filled"
by_nvme "$SIM" dir-send $C -D 0 -O 1 -T 1
run znvme dir-send "$SIM" -D 0 -O 1 -T 1
alike "dir-send"
by_nvme "$SIM" telemetry-log $C -c -o theirs.telemetry
run znvme telemetry-log "$SIM" -c -O own.telemetry
[ "$code" -eq "$theirs" ] && cmp -s own.telemetry theirs.telemetry
result $? "as nvme-cli: telemetry-log with nothing captured"

# The device refuses a feature that is set in all namespaces.
refusing='sim:ns=2,fault=when opcode=set-features fid=0x84 nsid=0xffffffff do status=0x281 dnr'
"$ZNVME" exec -d "$refusing" -- nvme set-feature $C -f 0x84 --value=1 >/dev/null 2>"$TMP/theirs.err"
run znvme set-feature "$refusing" -f 0x84 --value=1
grep -q 'Unrecovered Read Error' "$TMP/theirs.err" && grep -q 'Unrecovered Read Error' "$ERR"
result $? "as nvme-cli: set-feature of no namespace is for all"

# sized SIZE: create-ns by that.
sized() {
	local state="sim:file=$TMP/sized,size=8M,capacity=4G,nn=2,state=$TMP/sized.state" blocks
	"$ZNVME" exec -d "$state" -- nvme create-ns $C -f 0 -S "$1" -C "$1" >/dev/null 2>"$ERR"
	blocks=$(znvme id-ns "$state" -n 2 --force | grep -E '^n(sze|cap)')
	rm -f "$TMP"/sized*
	znvme create-ns "$state" -f 0 -S "$1" -C "$1" >/dev/null 2>"$ERR"
	[ -n "$blocks" ] && [ "$blocks" = "$(znvme id-ns "$state" -n 2 --force | grep -E '^n(sze|cap)')" ]
	result $? "as nvme-cli: a namespace of $1"
	rm -f "$TMP"/sized*
}
for size in 1G 1.5M 3k 4096; do
	sized $size
done

# ---- names
names sim: smart-log $C
names sim: error-log $C -e 1
names sim: endurance-log $C -g 1
names sim: media-unit-stat-log $C -d 1
names "sim:fault=when opcode=get-log lid=14 do data=0:3000000001000000010000000000050003" lba-status-log $C
names "$ALL" predictable-lat-log $C -i 1
names "$ALL" id-uuid $C
names "$ALL" id-nvmset $C

# ---- device names

ok "a device by its address" znvme exec -- nvme id-ctrl "/dev/znvme-$SIM"
has "it is that" '^mn +: znvme simulated controller'
ok "a namespace by its address" znvme exec -- nvme id-ns /dev/znvme-sim:size=32M,n1
has "it is that" '^nsze +: 0x10000$'
ok "registers by the address" znvme exec -- nvme show-regs /dev/znvme-sim:
has "they are read" '^version : 20100$'
ok "two devices in one command" znvme exec --device sim:model=first --as nvme7 -- \
	sh -c 'nvme id-ctrl /dev/nvme7; nvme id-ctrl /dev/znvme-sim:model=second'
has "the first" '^mn +: first'
has "the second" '^mn +: second'
export ZNVME_DEVICE=sim:model=by-environment
ok "the device of the environment" znvme exec -- nvme id-ctrl /dev/nvme0
has "it is that" '^mn +: by-environment'
unset ZNVME_DEVICE
ok "the character device of a namespace" on nvme id-ns /dev/ng0n1
run on nvme id-ns /dev/nvme0n2
has_error "a namespace that is not there" 'No such file or directory'
run on nvme id-ctrl /dev/nvme1
has_error "a controller that is not there" 'No such file or directory'
run znvme exec -- nvme id-ctrl /dev/nvme0
has_error "no device, no names" 'No such file or directory'
run znvme exec -- nvme id-ctrl /dev/znvme-sim:frobnicate=1
has_error "an address that is wrong is explained" "^znvme: sim: .*'frobnicate"
run znvme exec -- nvme id-ctrl /dev/znvme-0000:ff:1f.7
has_error "a device that is not there is explained" '^znvme: .*0000:ff:1f.7'
run on nvme io-passthru $N --opcode=2 --namespace-id=2 --data-len=512 --read
has_error "a namespace identifier that is not the file's" 'Invalid argument'

# ---- the process

run on sh -c 'exit 7'
[ "$code" -eq 7 ]
result $? "its exit status is the program's"
true_that "nothing is left behind" test -z "$(ls "$TMPDIR")"
fails "no such program" 'exec: no-such-program: ' znvme exec -- no-such-program
fails "no program" 'is missing' znvme exec --
fails "a name that is none" 'a name is nvme and a number' znvme exec -d sim: --as sda -- true
fails "a name without a device" 'none is named' znvme exec --as nvme1 -- true
fails "a namespace as the device" 'names a namespace' znvme exec -d sim:n1 -- true
ok "help" znvme exec --help

cat >fork.py <<'END'
import errno, fcntl, os
ID = 0x4e40
parents = os.open("/dev/nvme0n1", os.O_RDONLY)
print("parent", fcntl.ioctl(parents, ID), flush=True)
if os.fork() == 0:
    try:
        fcntl.ioctl(parents, ID)
    except OSError as error:
        print("child", errno.errorcode[error.errno], flush=True)
    own = os.open("/dev/znvme-sim:n1", os.O_RDONLY)
    print("own", fcntl.ioctl(own, ID), flush=True)
    raise SystemExit
os.wait()
print("parent again", fcntl.ioctl(parents, ID))
END
ok "a program that forks" on python3 fork.py
printf '%s\n' 'parent 1' 'child EPERM' 'own 1' 'parent again 1' >"$TMP/own"
agree "the child has not the parent's files, but its own"

# ---- what a command does that never ends, or fails

lost="sim:fault=when opcode=read do lose"
run znvme exec -d "$lost" -- nvme io-passthru $N --opcode=2 --namespace-id=1 --data-len=512 --read --timeout=300
has_error "a command that is lost ends with its timeout, as the kernel's" 'Interrupted system call'
run znvme exec -d "sim:fault=when lid=2 do lose" -- nvme admin-passthru $C --opcode=2 --cdw10=0x7f0002 --data-len=512 --read --timeout=300
has_error "an admin command, too" 'Interrupted system call'
run znvme exec -d "sim:fault=when opcode=read do status=0x281 dnr" -- nvme read $N -s 0 -c 0 -z 512
has_error "the status is what the controller said" 'Unrecovered Read Error.*0x4281'
ok "the program has the signals that the shell gave it" znvme exec -d sim: -- grep SigIgn /proc/self/status
grep SigIgn /proc/self/status >"$TMP/ignored"
true_that "those that are ignored are the shell's" cmp "$OUT" "$TMP/ignored"
finish
