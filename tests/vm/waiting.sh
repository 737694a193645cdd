#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The modes of waiting over VFIO, with a device that takes a millisecond for a command (VM_SLOW in
# tests/lib/suites.py): each reads what was asked for, and the share of a processor that a reader at queue
# depth 1 uses is what its mode promises: one that polls most of it, one that sleeps less than half as much.

set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

device=0000:00:01.0

# field NAME: the first number of that name in the result.
field() {
	sed -n "s/^ *\"$1\": \([0-9.]*\),*\$/\1/p" "$work/out" | head -1
}

# Hundredths of a processor that the last run used.
share() {
	awk -v u="$(field user_seconds)" -v s="$(field system_seconds)" -v all="$(field seconds)" \
		'BEGIN { print int(100 * (u + s) / all) }'
}

# What it says goes to files of ours.
# shellcheck disable=SC2024
sudo znvme bind $device --user user >"$work/out" 2>"$work/err"
result $? "the device is bound"
for mode in polled interrupt hybrid; do
	znvme perf $device --wait $mode --queue-depth 1 --count 2000 -o json >"$work/out" 2>"$work/err"
	result $? "$mode: reads"
	[ "$(field ios)" = 2000 ]
	result $? "$mode: every command completes once"
	echo "# $mode: $(share) % of a processor"
	case $mode in
	polled) polled=$(share) && [ "$polled" -gt 50 ] ;;
	*) [ $((2 * $(share))) -lt "$polled" ] ;;
	esac
	result $? "$mode: uses the processor as it should"
done
echo "1..$number"
rm -rf "$work"
