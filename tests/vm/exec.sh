#!/bin/bash
# SPDX-License-Identifier: MIT
#
# nvme-cli and smartctl, unchanged, on the same device twice: on the kernel's driver as root, then bound to vfio-pci,
# as an ordinary user through `znvme exec`. Each command of nvme-commands has to say the same both times, on stdout and
# stderr, byte for byte, and to exit with the same status, but for what filter() takes away. In the test machine, with a
# second namespace that has metadata and a third that is zoned. The device's content is lost.

set -u

here=$(cd "$(dirname "$0")" && pwd)
# Used by the commands of the list.
PATH=$PATH:/usr/local/libexec/znvme/tests
# shellcheck disable=SC2034
C=/dev/nvme0 N=/dev/nvme0n1 M=/dev/nvme0n2 Z=/dev/nvme0n3

result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		sed 's/^/# /' "$work/differs" 2>/dev/null | head -20
	fi
}

# ok NAME COMMAND...: the command succeeds.
ok() {
	local name=$1
	shift
	"$@" >differs 2>&1
	result $? "$name"
}

# What must differ, or changes by itself, and nothing else:
#	- the counters of reads, writes and data units, and the time that the controller was busy: each run of this list adds to
#	  them;
#	- the driver's own choices in the registers: where its admin queue is and how long (AQA, ASQ, ACQ), CC;
#	- the time of day;
#	- the names of the host, which nvme-cli makes up anew each time where it was given none.
filter() {
	sed -E \
		-e '/^(Data Units (Read|Written)|host_(read|write)_commands|controller_busy_time)/d' \
		-e '/"(data_units_(read|written)|host_(reads|writes|read_commands|write_commands)|controller_busy_time)"/d' \
		-e '/^(Data Units (Read|Written)|Host (Read|Write) Commands|Controller Busy Time):/d' \
		-e '/^(aqa|asq|acq|cc) +:/d' -e '/"(aqa|asq|acq|cc)" ?:/d' \
		-e '/^\t(Admin (Completion|Submission) Queue (Size|Base) .*)/d' \
		-e '/"Host(NQN|ID)"/d' \
		-e '/^Local Time is:/d' -e '/"(time_t|asctime)"/d'
}

# The SMART log's bytes 32 to 111 are those counters; as hexadecimal digits, rows 2 to 6 of a dump.
is_smart() {
	[[ $1 == *'smart-log '*-b || $1 == *'get-log '*'-i 2 '* ]]
}

# run FOLDER PREFIX...: the list, with each command behind PREFIX; its output, errors and status as N.out, N.err, N.rc.
run() {
	local folder=$1 n=0 line
	shift
	mkdir "$folder"
	while read -r line; do
		n=$((n + 1))
		rm -f back metadata
		[[ $line != head* ]] || cp kept back
		eval "$* $line" >"$folder/$n.out" 2>"$folder/$n.err" </dev/null
		echo $? >"$folder/$n.rc"
		for file in back metadata; do
			[ ! -e $file ] || cat $file >>"$folder/$n.out"
		done
		[ ! -e back ] || cp back kept
	done <list
}

# same N: whether the two runs of the N-th command are the same as they are, or after the filter.
same() {
	local how=cat part
	if cmp -s "kernel/$1.out" "ours/$1.out" && cmp -s "kernel/$1.err" "ours/$1.err"; then
		plain=$((plain + 1))
	else
		how=filter
		filtered=$((filtered + 1))
	fi
	: >differs
	for part in out err; do
		if [ $how = filter ] && [ $part = out ] && is_smart "$2"; then
			dump "kernel/$1.out" >a
			dump "ours/$1.out" >b
		else
			$how <"kernel/$1.$part" >a
			$how <"ours/$1.$part" >b
		fi
		diff a b >>differs 2>&1
	done
	diff "kernel/$1.rc" "ours/$1.rc" >>differs
	[ ! -s differs ]
}

# Of a SMART log all but those counters.
dump() {
	if head -c 6 "$1" | grep -q Device; then
		grep -vE '^00[23456]0:' "$1"
	else
		head -c 32 "$1" | hexdump -C
		tail -c +113 "$1" | hexdump -C
	fi
}

wait_for() {
	local tries
	for ((tries = 0; tries < 500; tries++)); do
		[ ! -e "$1" ] || return 0
		sleep 0.02
	done
	return 1
}

# By itself for one half of the test: in this folder, as root.
if [ "${1:-}" = half ]; then
	run kernel
	exit
fi

device=${1:-0000:00:01.0}
work=$(mktemp -d)
cd "$work" || exit 1
number=0
plain=0
filtered=0
grep -vE '^(#|$)' "$here/nvme-commands" | sed 's/^[a-z]* //' >list
grep -vE '^(#|$)' "$here/nvme-commands" | sed 's/ .*//' >where
seq 1 2000 | head -c 4096 >pattern
seq 100000 120000 | head -c 131072 >large
wait_for $N && wait_for $M && wait_for $Z
result $? "the kernel's driver has the three namespaces"
# shellcheck disable=SC2024 # the file is the user's
sudo "$here/exec.sh" half >setup 2>&1
sudo chown -R user:user .
sudo dd if=/dev/zero of=$N bs=1M count=1 oflag=direct status=none
ok "bind" sudo znvme bind "$device" --user user
[ "$(id -u)" -eq 1000 ] && [ "$(grep CapEff /proc/self/status | tr -d '[:space:]')" = CapEff:0000000000000000 ]
result $? "from here on the user is ordinary"
run ours znvme exec --device "$device" -- 2>>setup

n=0
succeeded=0
while IFS='|' read -r where line; do
	n=$((n + 1))
	same $n "$line"
	result $? "the same: $line"
	[ "$(cat kernel/$n.rc)" -ne 0 ] || succeeded=$((succeeded + 1))
	case $where in
	all | qemu) expected=succeeds ;;
	*) expected=fails ;;
	esac
	[ "$(cat kernel/$n.rc)" -eq 0 ] && is=succeeds || is=fails
	[ "$is" = "$expected" ] || {
		cat kernel/$n.err kernel/$n.out | head -5 >differs
		result 1 "it $expected, as nvme-commands says: $line"
	}
done < <(paste -d '|' where list)
[ $n -ge 250 ]
result $? "there are at least 250 commands"
echo "# $n commands, $succeeded of them succeed; $plain are the same byte for byte, $filtered but for the filter"

# --- what the list has not
znvme exec -- nvme id-ctrl "/dev/znvme-$device" >differs 2>&1 && grep -q '^mdts' differs
result $? "a device by its address"
znvme exec -- nvme id-ns "/dev/znvme-${device}n1" >differs 2>&1 && grep -q '^nsze' differs
result $? "a namespace by its address"
! znvme exec -- nvme id-ns "/dev/znvme-${device}n9" >differs 2>&1 && grep -q 'No such file or directory' differs
result $? "a namespace that is not there"
ok "unbind" sudo znvme unbind "$device"
wait_for $N
result $? "the kernel has its device back"
! znvme exec --device "$device" -- nvme id-ctrl $C >differs 2>&1 &&
	grep -q "the kernel has a /dev/nvme0 of its own" differs
result $? "the kernel's own device is never hidden"
echo "1..$number"
cd / && rm -rf "$work"
