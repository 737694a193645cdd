#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The house keeps its floors: a source includes only from its own floor or a lower one, the simulator
# knows nothing of the driver, and tools, plug-ins, examples and benchmarks use public headers only.
# The output is TAP.

cd "${REPO:-$(dirname "$0")/../..}" || exit 1

number=0
failed=0

check() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
		failed=1
	fi
}

# The lines in folder $1 that include a header of one of the folders "$@".
includes() {
	from=$1
	shift
	for folder; do
		grep -rn "#include \"$folder/" "$from" 2>/dev/null
	done
}

check "src/hash includes from no other floor" "$(includes src/hash base spec device mem pi queue ctrl io sim znvme)"
check "src/base includes from no other floor" "$(includes src/base device mem pi queue ctrl io sim spec)"
check "src/spec includes from no other floor" "$(includes src/spec base device mem pi queue ctrl io sim)"
check "src/device includes from no higher floor" "$(includes src/device mem pi queue ctrl io)"
check "src/mem includes from no higher floor" "$(includes src/mem queue ctrl io sim)"
check "src/pi includes from no higher floor, and none of memory" "$(includes src/pi device mem queue ctrl io sim)"
check "src/queue includes from no higher floor" "$(includes src/queue ctrl io sim)"
check "src/ctrl includes from no higher floor" "$(includes src/ctrl io sim)"
check "src/io does not know the simulator" "$(includes src/io sim)"
check "src/sim shares no code with the driver" "$(includes src/sim base device mem pi queue ctrl io spec)"
for folder in tools plugins examples bench; do
	[ -d "$folder" ] || continue
	check "$folder uses public headers only" \
		"$(includes "$folder" base device mem pi queue ctrl io sim src ../src; grep -rn 'src_inc' "$folder")"
done
check "public headers include public headers only" \
	"$(grep -rn '#include "' include | grep -Ev '"(znvme/)?(spec/)?[a-z_]+\.h"')"
echo "1..$number"
exit $failed
