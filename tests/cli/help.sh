#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The tool's help: all commands are listed, each has its own help, and the example in it works.

# shellcheck disable=SC2016 # backquotes in messages
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# Commands of the machine, not of a device; tests/vm runs them.
HOST="list bind unbind doctor"

COMMANDS=$(znvme help --names | grep -vxF "$(echo "$HOST" | tr ' ' '\n')")

ok "--help" znvme --help
cp "$OUT" "$TMP/all"
run znvme
true_that "no command: the same" cmp "$OUT" "$TMP/all"
run znvme help
true_that "help: the same" cmp "$OUT" "$TMP/all"

cd "$TMP" || exit 1
ZNVME=$(readlink -f "$ZNVME")
for command in $COMMANDS $HOST; do
	true_that "$command is listed, with a line" grep -qE "^  $command  *[a-z]" "$TMP/all"
	ok "$command --help" znvme "$command" --help
	has "$command: what it does" "^znvme $command: .+"
	has "$command: usage" "^Usage: znvme $command"
	sed -n '/^EXAMPLE$/{n;s/^  *//p;}' "$OUT" >"$TMP/example"
	[ "$(wc -l <"$TMP/example")" -eq 1 ] && grep -q "znvme $command" "$TMP/example"
	result $? "$command: an example"
	cp "$OUT" "$TMP/one"
	run znvme help "$command"
	true_that "help $command: the same" cmp "$OUT" "$TMP/one"
	case " $HOST " in
	*" $command "*) continue ;;
	esac
	# A program without the sanitizer gets a library that has it.
	[ "$command" != exec ] || export ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0:detect_leaks=0"
	run eval "(cd \"\$TMP\" && $(cat "$TMP/example"))"
	[ "$code" -eq 0 ]
	result $? "$command: the example works"
done

awk 'length > 110' "$TMP/all" >"$TMP/long"
true_that "the list fits a terminal" test ! -s "$TMP/long"

ok "version" znvme version
has "version: a number" '^znvme [0-9]+\.[0-9]+'
ok "--version" znvme --version
ok "version as JSON" znvme version -o json
json "version as JSON: the number" "'.' in j['version']"

fails "no such command" 'no command `frobnicate`' znvme frobnicate
fails "a command nearly right" 'did you mean `id-ctrl`' znvme id-crtl
fails "a command of two words nearly right" 'did you mean `zns-report-zones`' znvme zns report-zone
fails "no command of two words" 'no command `zns frobnicate`. See `znvme help zns`' znvme zns frobnicate
ok "a word of several" znvme zns
has "a word of several: they are listed" '^  zns-report-zones +[a-z]'
true_that "and no others" sh -c "! grep '^  id-ctrl' '$OUT'"
cp "$OUT" "$TMP/zns"
for words in "zns --help" "zns -h" "help zns"; do
	# shellcheck disable=SC2086
	ok "$words" znvme $words
	true_that "$words: the same" cmp "$OUT" "$TMP/zns"
done
ok "help of two words" znvme help zns report-zones
has "help of two words: the command's" '^Usage: znvme zns-report-zones'
fails "help of no two words" 'no command `zns frobnicate`' znvme help zns frobnicate
fails "help of no such command" 'no command `smartlog`; did you mean `smart-log`' znvme help smartlog
fails "no such option" 'no option --humna-readable; did you mean --human-readable' \
	znvme id-ctrl sim: --humna-readable
fails "no such letter" 'no option -Q' znvme id-ctrl sim: -Q
fails "an option without its value" 'needs a value' znvme read sim: -s
fails "a value for a flag" 'takes no value' znvme id-ctrl sim: --human-readable=1
fails "a number that is none" 'not a number' znvme read sim: -s 12x
fails "a negative number" 'not a number' znvme read sim: -s -1
fails "a hexadecimal number that is none" 'not a number' znvme read sim: -s 0x
fails "a number that may be octal" 'would be octal in nvme-cli: write 0x10 or 10' znvme read sim: -s 010
fails "one that octal has not, too" 'would be octal' znvme read sim: -s 08
ok "nothing but zeroes are zero" znvme read sim: -s 00 -d /dev/null
ok "a 0 in front of hexadecimal digits" znvme read sim: -s 0x010 -d "$TMP/read" -o json
json "is of no account" "j['start_block'] == 16"
ok "-t for --timeout" znvme admin-passthru sim: -O 0x0a -4 7 -t 5000 -o json
ok "-t for --latency, where it is that" znvme read sim: -s 0 -t -d "$TMP/read"
fails "a number too large" 'out of range' znvme get-log sim: -i 256
fails "a number beyond 64 bits" '64 bits' znvme read sim: -s 99999999999999999999
fails "a format that is none" 'output-format xml' znvme id-ctrl sim: -o xml
fails "no binary format" 'no binary output' znvme list-ns sim: -o binary
fails "an operand too many" 'what is `extra`' znvme id-ctrl sim: extra
fails "no device" 'ZNVME_DEVICE' znvme id-ctrl

ok "the names of nvme-cli 3: id ctrl" znvme id ctrl sim:
ok "the names of nvme-cli 3: log smart" znvme log smart sim:
ok "the names of nvme-cli 3: list ns, where list is a command, too" znvme list ns sim:
ok "the names of nvme-cli 3: write zeroes" znvme write zeroes sim: -s 0 -c 0
finish
