#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The manual pages: one a command, that three programs render without a warning, and that say what --help says; and what the
# installation has of them.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# page NAME COMMAND...: the tool's page is one.
page() {
	name=$1
	shift
	ok "$name: a page" znvme "$@"
	cp "$OUT" "$TMP/$name.1"
	run groff -man -ww -z -Tutf8 "$TMP/$name.1"
	[ "$code" -eq 0 ] && [ ! -s "$ERR" ]
	result $? "$name: groff has nothing to say"
	run mandoc -T lint -W warning "$TMP/$name.1"
	[ "$code" -eq 0 ] && [ ! -s "$OUT" ]
	result $? "$name: mandoc has nothing to say"
	run env MANWIDTH=200 LC_ALL=C.UTF-8 man --warnings -l "$TMP/$name.1"
	[ "$code" -eq 0 ] && [ ! -s "$ERR" ] && [ "$(wc -l <"$OUT")" -gt 10 ]
	result $? "$name: man shows it"
	tr -s ' \n' ' ' <"$OUT" >"$TMP/$name.txt"
}

page znvme help --man
for command in $(znvme help --names); do
	true_that "znvme(1) lists $command" grep -qF "znvme-$command(1)" "$TMP/znvme.txt"
	page "znvme-$command" help --man "$command"
	znvme help "$command" >"$TMP/help"
	: >"$OUT"
	grep -oE '^  (-[A-Za-z0-9]|  ),? +--[a-z0-9-]+' "$TMP/help" | grep -oE -e '--[a-z0-9-]+' |
		while read -r option; do
			grep -qF -e "$option" "$TMP/znvme-$command.txt" || echo "$option" >>"$OUT"
		done
	[ ! -s "$OUT" ]
	result $? "znvme-$command: all its options are there"
	example=$(sed -n '/^EXAMPLE$/{n;s/^  *//;s/  */ /gp;}' "$TMP/help")
	true_that "znvme-$command: its example is there" grep -qF -e "$example" "$TMP/znvme-$command.txt"
done
fails "no such page" 'no command .frobnicate' znvme help --man frobnicate
fails "names of one command" 'stands alone' znvme help --names id-ctrl

# ---- where they are installed
build=$(dirname "$ZNVME")/..
run env DESTDIR="$TMP/stage" meson install -C "$build" --no-rebuild --quiet
result "$code" "the installation"
for command in $(znvme help --names); do
	[ -s "$(find "$TMP/stage" -path "*/man/man1/znvme-$command.1")" ] || echo "$command" >>"$ERR"
done
[ ! -s "$ERR" ]
result $? "it has a page for each command"
cmp -s "$(find "$TMP/stage" -path '*/man/man1/znvme.1')" "$TMP/znvme.1"
result $? "and the tool's own"
znvme completion bash | cmp -s - "$(find "$TMP/stage" -path '*/bash-completion/completions/znvme')"
result $? "what bash completes"
znvme completion zsh | cmp -s - "$(find "$TMP/stage" -path '*/zsh/site-functions/_znvme')"
result $? "what zsh completes"
finish
