#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How a device is named, and what is said of one that does not come up. All on the simulated
# controller.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

run env ZNVME_DEVICE=sim:serial=FROMENV "$ZNVME" id-ctrl
has "the environment's device" '^sn +: FROMENV$'
run env ZNVME_DEVICE=sim:serial=FROMENV "$ZNVME" id-ctrl sim:serial=NAMED
has "a device that is named comes first" '^sn +: NAMED$'

ok "a namespace in the address" znvme id-ns sim:ns=2,n2
has "and it is the one" 'Namespace 2:'
ok "a namespace by -n" znvme id-ns sim:ns=2 -n 2
has "and it is the one, too" 'Namespace 2:'
ok "both, and they agree" znvme id-ns sim:ns=2,n2 -n 2
fails "both, and they do not" 'names namespace 2, but -n says 1' znvme id-ns sim:ns=2,n2 -n 1

for command in "read" "write --data /dev/null" "flush" "dump --data /dev/null" "dsm -d -s 0 -b 1" \
	"write-zeroes" "compare --data /dev/null"; do
	# shellcheck disable=SC2086
	set -- $command
	name=$1
	shift
	fails "$name: a namespace that is not there" 'has no namespace 9' znvme "$name" sim: -n 9 "$@"
done
fails "id-ns: a namespace that is not there" '^NVMe status: .*\(0x[0-9a-f]+\)$' znvme id-ns sim:n9
fails "id-ns: a namespace that is not active" 'no namespace 2 that is active' \
	znvme id-ns sim:nn=4 -n 2
fails "namespace 0" 'no namespace' znvme read sim: -n 0

fails "an option that the simulator does not know" "unknown option 'bogus'" \
	znvme id-ctrl sim:bogus=1
fails "a value that an option does not take" "size" znvme id-ctrl sim:size=many
fails "an address that is none" '/dev/nvme0' znvme id-ctrl /dev/nvme0
fails "a PCI device that is not there" '99:00.0.*znvme list' znvme id-ctrl 99:00.0
fails "a controller that is never ready" '500 ms' znvme id-ctrl sim:never_ready=1,to=1
fails "a controller that fails" 'fatal status' znvme id-ctrl sim:cfs=enable
fails "a controller that is gone" 'gone' znvme id-ctrl sim:removed=1
fails "a controller that talks nonsense" 'makes no sense' znvme id-ctrl sim:garbage=1
fails "a file that is not there" 'nowhere' znvme id-ctrl "sim:file=$TMP/nowhere/disk.img"

ok "registers of a controller that is never ready" znvme show-regs sim:never_ready=1
has "they are shown" '^csts +: 0$'

# Two at a time.
(sleep 2 | znvme restore "$SIM" --blocks 1 >/dev/null 2>&1) &
holder=$!
sleep 0.5
fails "a second open of the same disk" 'busy|in use|held' znvme id-ctrl "$SIM"
wait $holder || :
ok "and it is free again" znvme id-ctrl "$SIM"

run znvme id-ctrl sim: --verbose
[ "$code" -eq 0 ] && [ -s "$OUT" ]
result $? "--verbose"
ok "--timeout" znvme id-ctrl sim: --timeout 2000
fails "--timeout 0" 'out of range' znvme id-ctrl sim: --timeout 0
finish
