#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run by meson where the tool is installed: its manual pages and completions, as it prints them.
#
#	install-pages.sh ZNVME MANDIR DATADIR	folders below the prefix

set -eu

znvme=$1
man=$MESON_INSTALL_DESTDIR_PREFIX/$2/man1
bash=$MESON_INSTALL_DESTDIR_PREFIX/$3/bash-completion/completions
zsh=$MESON_INSTALL_DESTDIR_PREFIX/$3/zsh/site-functions

mkdir -p "$man" "$bash" "$zsh"
"$znvme" help --man >"$man/znvme.1"
for command in $("$znvme" help --names); do
	"$znvme" help --man "$command" >"$man/znvme-$command.1"
done
"$znvme" completion bash >"$bash/znvme"
"$znvme" completion zsh >"$zsh/_znvme"
