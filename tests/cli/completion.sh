#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What bash and zsh complete: the script that the tool prints is loaded by the shell itself, which is then asked. The devices are
# made up.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

device() {
	mkdir -p "$TMP/root/sys/bus/pci/devices/$1"
	echo "$2" >"$TMP/root/sys/bus/pci/devices/$1/class"
}
device 0000:06:00.0 0x010802
device 0000:41:00.0 0x010802
device 0000:00:1f.2 0x010601
export ZNVME_SYSROOT=$TMP/root
touch "$TMP/firmware.bin"

ok "the script for bash" znvme completion bash
cp "$OUT" "$TMP/bash"
ok "the script for zsh" znvme completion zsh
cp "$OUT" "$TMP/_znvme"
fails "another shell" 'bash or zsh' znvme completion fish
true_that "shellcheck finds nothing in the script for bash" shellcheck -s bash "$TMP/bash"
true_that "zsh can read its script" zsh -n "$TMP/_znvme"

# ---- bash

# asked LINE: what bash offers for the line, in OUT, a word a line.
asked() {
	# shellcheck disable=SC2016 # for the other shell
	run bash --norc -c '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}; _znvme; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$TMP/bash" "$1"
}

# completes LINE WORD...: bash offers these words and no other.
completes() {
	local line=$1
	shift
	asked "$line"
	printf '%s\n' "$@" | sort | cmp -s - <(sort "$OUT")
	result $? "bash: '$line' gives '$*'"
}

# offers LINE WORD: among others.
offers() {
	asked "$1"
	grep -qxF -e "$2" "$OUT"
	result $? "bash: '$1' offers $2"
}

completes 'znvme fw-' fw-activate fw-commit fw-download fw-log
completes 'znvme admin-p' admin-passthru
offers 'znvme ' id
offers 'znvme ' log
completes 'znvme fw ' activate commit download log
offers 'znvme log ' smart
offers 'znvme log ' get
completes 'znvme smart l' log
completes 'znvme id-ctrl --output' --output-format
completes 'znvme id ctrl --output' --output-format
offers 'znvme log smart -' --output-format
offers 'znvme read -' --start-block
offers 'znvme read -' -s
completes 'znvme id-ctrl -o ' normal json binary
completes 'znvme id ctrl -o ' normal json binary
completes 'znvme list-ns --output-format ' normal json
completes 'znvme list-ns --output-format=j' json
completes 'znvme perf --wait ' hybrid polled interrupt
completes 'znvme id-ctrl ' 0000:06:00.0 0000:41:00.0 sim:
completes 'znvme id-ctrl 4' 41:00.0
completes 'znvme id-ctrl s' sim:
completes 'znvme id-ctrl 0000:0' 06:00.0
completes 'znvme id-ctrl 0000:06:' 00.0
completes 'znvme bind ' 0000:06:00.0 0000:41:00.0 sim:
completes "znvme write sim: --data $TMP/firm" "$TMP/firmware.bin"
completes 'znvme help fw-' fw-activate fw-commit fw-download fw-log
completes 'znvme completion z' zsh
completes 'znvme exec --device s' sim:
completes 'znvme exec -d sim: -- znvme-no-such-pro' ''
offers 'znvme exec -d sim: -- ba' bash
completes 'znvme frobnicate --' ''
completes 'znvme frobnicate ' ''

# Every command, every option, in both spellings where there are two.
for command in $(znvme help --names); do
	words=${command/-/ }
	for line in "$command" "$words"; do
		asked "znvme $line -"
		znvme help "$command" | grep -oE '^  (-[A-Za-z0-9]|  ),? +--[a-z0-9-]+' |
			grep -oE -e '--[a-z0-9-]+' | sort -u >"$TMP/wanted"
		grep -e -- "$OUT" | grep '^--' | sort -u | cmp -s - "$TMP/wanted"
		result $? "bash: all options of $line"
	done
done

# ---- zsh, on a terminal: what stands in the line when a key is pressed is what the function gets

cat >"$TMP/ask.py" <<'END'
import os, pty, re, sys

folder, words = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", PS1="> ", ZDOTDIR="/nonexistent")
    os.execvp("zsh", ["zsh", "-f", "-i"])
seen = ""

def until(text):
    global seen
    while text not in seen:
        seen += os.read(terminal, 4096).decode(errors="replace")
    seen = seen[seen.index(text) + len(text):]

def send(text):
    os.write(terminal, text.encode())

send(f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -d {folder}/dump\n")
send("unsetopt zle_bracketed_paste; znvme() { print -r -- \"GOT<${(j:|:)@}>\" }\n")
send("print REA''DY\n")
until("READY")
for line in words:
    send(line + "\t\n")
    until("GOT<")
    while ">" not in seen:
        seen += os.read(terminal, 4096).decode(errors="replace")
    print(re.sub(r"\s", "", seen[:seen.index(">")]))
send("exit\n")
os.waitpid(pid, 0)
END

# zsh_gives LINE WORDS, ...: after the tabulator key.
lines=() wanted=()
zsh_gives() {
	lines+=("$1")
	wanted+=("$2")
}
zsh_gives 'znvme id-c' 'id-ctrl'
zsh_gives 'znvme id c' 'id|ctrl'
zsh_gives 'znvme log sma' 'log|smart'
zsh_gives 'znvme id-ctrl --hum' 'id-ctrl|--human-readable'
zsh_gives 'znvme id ctrl --hum' 'id|ctrl|--human-readable'
zsh_gives 'znvme list-ns -o j' 'list-ns|-o|json'
zsh_gives 'znvme list-ns --output-format=n' 'list-ns|--output-format=normal'
zsh_gives 'znvme id-ctrl 41' 'id-ctrl|41:00.0'
zsh_gives 'znvme id-ctrl s' 'id-ctrl|sim:'
zsh_gives 'znvme perf --wait p' 'perf|--wait|polled'
zsh_gives 'znvme help smart' 'help|smart-log'
zsh_gives "znvme write sim: -d $TMP/firm" "write|sim:|-d|$TMP/firmware.bin"
run timeout 60 python3 "$TMP/ask.py" "$TMP" "${lines[@]}"
for i in "${!lines[@]}"; do
	[ "$(sed -n "$((i + 1))p" "$OUT")" = "${wanted[i]}" ]
	result $? "zsh: '${lines[i]}' gives '${wanted[i]}'"
done
finish
