#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Output: all of it or nothing, and an error where it cannot be written. What comes from a device is
# printable.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

ASAN_OPTIONS=${ASAN_OPTIONS:-}
READERS="id-ctrl id-ns list-ns ns-descs smart-log error-log fw-log show-regs get-feature"

for command in $READERS "get-log -i 2" "read" "version" "help"; do
	# shellcheck disable=SC2086
	set -- $command
	name=$1
	shift
	case $name in
	version | help) device= ;;
	*) device=sim: ;;
	esac
	fails "$name: a full output" 'standard output: No space left on device' \
		sh -c "'$ZNVME' $name $device $* >/dev/full"
	fails "$name: a closed output" 'standard output: Bad file descriptor' \
		sh -c "'$ZNVME' $name $device $* >&-"
done

# The reader is gone before anything is written.
fails "a closed pipe" 'standard output: Broken pipe' sh -c "
	mkfifo '$TMP/pipe'
	: <'$TMP/pipe' &
	exec 3>'$TMP/pipe'
	wait
	'$ZNVME' id-ctrl sim: >&3"

for command in $READERS; do
	ok "$command as JSON" znvme "$command" sim: -o json
	json "$command: it is"
	LC_ALL=C grep -q '[^ -~]' "$OUT"
	[ $? -eq 1 ]
	result $? "$command: all of it is printable"
done
ok "id-ctrl" znvme id-ctrl "sim:model=50%% \"x\" \\y,serial=</b>"
has "odd characters in a string" '^mn        : 50%% "x" \\y$'
ok "id-ctrl as JSON" znvme id-ctrl "sim:model=50%% \"x\" \\y" -o json
json "odd characters in JSON" "j['mn'] == '50%% \"x\" \\\\y'"

# A device whose strings would play with the terminal: the library's znvme_id_ctrl() in its place.
cat >"$TMP/evil.c" <<-'END'
	#include <string.h>
	#include <znvme.h>

	const struct znvme_id_ctrl *znvme_id_ctrl(struct znvme_ctrl *ctrl)
	{
		static struct znvme_id_ctrl id;

		(void)ctrl;
		memset(id.subnqn, 0xff, sizeof(id.subnqn));
		memset(id.mn, '\a', sizeof(id.mn));
		memcpy(id.mn, "x\033[2J\r\n\t\"\200\303\251y", 13);
		memset(id.sn, '\n', sizeof(id.sn));
		id.npss = 255;
		return &id;
	}
END
true_that "a library that lies" "${CC:-cc}" -shared -fPIC -I"$HERE/../../include" -o "$TMP/evil.so" \
	"$TMP/evil.c"
# shellcheck disable=SC2317 # called by ok
evil() {
	env LD_PRELOAD="$TMP/evil.so" ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" \
		"$ZNVME" id-ctrl sim: "$@"
}
ok "id-ctrl of it" evil
has "control characters are replaced" '^mn        : x\?\[2J\?\?\?"\?\?\?y\?{27}$'
has "and all others that are no ASCII" '^subnqn    : \?{256}$'
true_that "power states end with the structure" test "$(grep -c '^ps ' "$OUT")" -eq 32
ok "id-ctrl of it as JSON" evil -o json
json "it is JSON" "j['mn'].startswith('x?[2J???') and j['sn'] == '?' * 20 and len(j['psds']) == 32"
LC_ALL=C grep -q '[^ -~]' "$OUT"
[ $? -eq 1 ]
result $? "it is printable"

# A command that fails half-way has no output.
fails "an error after the first line" 'No such file' \
	znvme read sim: --blocks 8 -d "$TMP/nowhere/file" -o json
echo old >"$TMP/file"
fails "a file that cannot be written whole" 'File too large|No space|bytes are needed' \
	sh -c "ulimit -f 8; trap '' XFSZ; '$ZNVME' read sim: --blocks 4096 -d '$TMP/file'"
true_that "is left as it was" grep -q old "$TMP/file"
true_that "with nothing beside it" test "$(find "$TMP" -name 'file*' | wc -l)" -eq 1
finish
