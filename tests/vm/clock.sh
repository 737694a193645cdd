#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The wall clock is set days back and forth, again and again, while queues have deadlines of seconds and waits
# have time limits: no command times out, none is lost, every wait returns. The output is TAP.

set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

device=0000:00:01.0
device_test=/usr/local/libexec/znvme/tests/device_test

# ok NAME COMMAND...: the command succeeds, and has nothing to say on stderr.
ok() {
	local name=$1
	shift
	"$@" >out 2>err && [ ! -s err ]
	result $? "$name"
}

step() {
	local start now
	start=$(date +%s)
	while [ -e stepping ]; do
		for now in 864000 -864000 86400 -3600 0; do
			date -s "@$((start + now))" >/dev/null
			date +%j >>days
			usleep 30000
		done
	done
}

ok "bind" sudo znvme bind $device --user user
touch stepping
sudo bash -c "$(declare -f step); step" &
stepper=$!
ok "several queues with a time limit: all is written and read back" \
	znvme perf $device --timeout 8000 --threads 3 --queue-depth 16 --length 32M --write --force --verify
for wait in interrupt hybrid polled; do
	ok "$wait: every command completes" \
		znvme perf $device --timeout 8000 --wait $wait --threads 2 --queue-depth 4 --count 3000
done
ok "waits return" "$device_test" --seconds 100 $device 'wait:*'
ok "admin commands have their time" "$device_test" --seconds 100 $device 'admin:*'
rm stepping
wait $stepper
[ "$(sort -u days | wc -l)" -ge 3 ] && [ "$(wc -l <days)" -gt 20 ]
result $? "the clock was set $(wc -l <days) times meanwhile"
echo "1..$number"
cd / && rm -rf "$work"
