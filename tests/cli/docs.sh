#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples of docs/cli.md work as they stand there, in their order.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$TMP/bin" "$TMP/work"
ln -s "$(readlink -f "$ZNVME")" "$TMP/bin/znvme"
PATH=$TMP/bin:$PATH
cd "$TMP/work" || exit 1
# shellcheck disable=SC2016 # backquotes of Markdown
sed -n '/^```sh$/,/^```$/{/^```/d;p;}' "$HERE/../../docs/cli.md" >"$TMP/lines"
true_that "there are examples" test "$(wc -l <"$TMP/lines")" -ge 10
unset -f znvme
while read -r line; do
	case $line in
	export\ *)
		eval "$line"
		continue
		;;
	esac
	run sh -c "set -e; $line"
	[ "$code" -eq 0 ]
	result $? "$line"
done <"$TMP/lines"
true_that "what was written was read" cmp -n 10000 data back
true_that "what was dumped was restored" cmp disk.img new.img
finish
