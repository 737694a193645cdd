# SPDX-License-Identifier: MIT
#
# For the scripts in the test machine: a folder to work in, and lines of TAP. Sourced after `set -u`.
# shellcheck shell=bash disable=SC2034 # used by who sources it

work=$(mktemp -d)
cd "$work" || exit 1
number=0
said="out err" # files, shown where a test fails

# result STATUS NAME: a line of TAP, with what the last command said where it failed.
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		# shellcheck disable=SC2086 # several files
		(cd "$work" && cat $said 2>/dev/null) | sed 's/^/# /' | head -40
	fi
}

# ok NAME COMMAND...: the command succeeds.
ok() {
	local name=$1
	shift
	"$@" >"$work/out" 2>"$work/err"
	result $? "$name"
}

# wait_for_disk [NSID]: the kernel has that namespace of the first controller.
wait_for_disk() {
	local tries
	for ((tries = 0; tries < 500; tries++)); do
		[ -b "/dev/nvme0n${1:-1}" ] && return 0
		sleep 0.02
	done
	return 1
}
