#!/bin/bash
# SPDX-License-Identifier: MIT
#
# top: what it measures, on a device whose SMART log a fault script writes; and what stands on a terminal, which is tmux's: the
# picture, keys, another size, and that the terminal is given back whatever ends it.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# ---- for scripts

ok "--once" znvme top sim: --once --delay 50ms
has "the device" '^sim:  znvme simulated controller  SIM0+1  firmware [0-9.]+  1 namespace$'
has "its temperature and wear" '^  health +37 C   spare 100 % \(least 10 %\)   worn +0 %$'
has "no load but its own" '^  read +0 IOPS +0 B/s$'
has "what an I/O takes" '^  latency +[0-9.]+ us least +[0-9.]+ us median +[0-9.]+ us most$'
has "its queues" '^  queues +[0-9]+ of up to [0-9]+ entries'
ok "JSON" znvme top sim: --once --delay 50ms -o json
json "JSON: one device" "len(j['devices']) == 1 and j['devices'][0]['temperature'] == 310"
json "JSON: its latency" "0 < j['devices'][0]['latency_ns']['min'] <= j['devices'][0]['latency_ns']['median'] <= j['devices'][0]['latency_ns']['max']"
json "JSON: the reads of its own do not count" "j['devices'][0]['read_iops'] == 0"
ok "without probes" znvme top sim: --once --delay 50ms -o json --probes 0
json "no latency" "j['devices'][0]['latency_ns'] is None"
ok "two devices, three times" znvme top sim: sim:seed=2,model=other --count 3 --delay 50ms -o json
true_that "a line each time" test "$(wc -l <"$OUT")" -eq 3
head -1 "$OUT" >"$TMP/first"
tail -1 "$OUT" >"$TMP/last"
cp "$TMP/first" "$OUT"
json "the first has no rates" "[d['read_iops'] for d in j['devices']] == [None, None]"
cp "$TMP/last" "$OUT"
json "the last has some, of both" "[d['read_iops'] for d in j['devices']] == [0, 0] and j['devices'][1]['model'] == 'other'"
ok "text, twice, without a terminal" znvme top sim: -n 2 -d 0.05
true_that "two pictures" test "$(grep -c '^znvme top' "$OUT")" -eq 2
true_that "without a control character" sh -c "! tr -d '\n\40-\176' <'$OUT' | grep -q ."
export ZNVME_DEVICE=sim:model=by-environment
ok "the device of the environment" znvme top --once -d 50ms
has "it is that" 'by-environment'
unset ZNVME_DEVICE

# Of two looks at the SMART log, the bytes from OFFSET on: zeroes, then HEX.
rising() {
	local zeroes=${2//?/0}
	ok "counters that rise at $1" znvme top --once -d 50ms -p 0 -o json \
		"sim:fault=when lid=2 nth=1 do data=$1:$zeroes;when lid=2 nth=2 do data=$1:$2"
}
rising 32 "03$(printf '%030d' 0)02$(printf '%030d' 0)"
json "bytes read a second" "round(j['devices'][0]['read_bytes_per_second'] * j['devices'][0]['seconds']) == 1536000"
json "bytes written a second" "round(j['devices'][0]['write_bytes_per_second'] * j['devices'][0]['seconds']) == 1024000"
rising 64 "e803$(printf '%028d' 0)f401$(printf '%028d' 0)"
json "reads a second" "round(j['devices'][0]['read_iops'] * j['devices'][0]['seconds']) == 1000"
json "writes a second" "round(j['devices'][0]['write_iops'] * j['devices'][0]['seconds']) == 500"
ok "counters that fall" znvme top "sim:fault=when lid=2 nth=1 do data=64:ff" --once -d 50ms -p 0 -o json
json "are no load" "j['devices'][0]['read_iops'] == 0"
ok "alarms" znvme top "sim:fault=when lid=2 do data=0:09" --once -d 50ms
has "in words" '^  CRITICAL spare, read-only$'
ok "sensors" znvme top "sim:fault=when lid=2 do data=200:2c01" --once -d 50ms
has "a sensor" '^  sensors  1: 27 C$'
ok "a model with control characters" znvme top "sim:fault=when cns=1 do data=24:1b5d303b78071b5b324a" --once -d 50ms
has "they are replaced" '\?\]0;x\?\?\[2J'
ok "a device that is pulled" znvme top "sim:fault=when opcode=read nth=20 do remove" -n 4 -d 50ms
has "is told of" '^  FAILED   .*No such device'
has "and the event that came of it, with its time" '^  event    [0-9:]{8} the controller has failed: No such device'
ok "the same as JSON" znvme top "sim:fault=when opcode=read nth=20 do remove" -n 2 -d 50ms -o json
tail -1 "$OUT" >"$TMP/last"
cp "$TMP/last" "$OUT"
json "has it, too" "'has failed' in j['devices'][0]['events'][0]['message'] and j['devices'][0]['error']"
ok "a Host Memory Buffer" znvme top sim:hmb=8M --once -d 50ms
has "how much it has, and wants" '^  memory   (none|[0-9.]+ .?B) of the host.s \(wants 8.4 MB\)$'
# A quarter of the memory that may be locked is the most.
ok "none of it" sh -c "ulimit -S -l 8192; '$ZNVME' top sim:hmb=8M,hmb_min=8M --once -d 50ms -o json"
json "as JSON" "j['devices'][0]['hmb_bytes'] == 0 and j['devices'][0]['hmb_wanted_bytes'] == 8 << 20"
ok "a controller that asks for none" znvme top sim: --once -d 50ms
true_that "has no line for it" sh -c "! grep -q '^  memory' '$OUT'"
ok "a log that is refused" znvme top "sim:fault=when lid=2 do status=0x109 dnr" --once -d 50ms
has "with its status" '^  FAILED   .*Invalid Log Page'
ok "a log that is refused once" znvme top "sim:fault=when lid=2 nth=2 do status=0x109 dnr" -n 3 -d 50ms
true_that "the device is looked at again" sh -c "grep -q FAILED '$OUT' && tail -n 8 '$OUT' | grep -q ' health '"

fails "no device" 'ZNVME_DEVICE' znvme top --once
fails "no such device" 'no such|not' znvme top 0000:ff:1f.7 --once
fails "the second is not there" 'sim: ' znvme top sim: sim:frobnicate=1 --once
fails "no delay" 'more than 0' znvme top sim: -d 0
fails "a delay that is none" 'a time is' znvme top sim: -d soon
fails "no picture" 'out of range' znvme top sim: -n 0
fails "--once and --count" 'exclude' znvme top sim: --once -n 2
fails "no binary output" 'no binary' znvme top sim: -o binary

# ---- on a terminal

# Each terminal has a server of its own.
servers=0
pane() {
	env -u TMUX LC_ALL=C.UTF-8 tmux -S "$TMP/tmux.$servers" -f /dev/null "$@"
}

fresh() {
	pane kill-server 2>/dev/null
	servers=$((servers + 1))
	pane new-session -d -x 100 -y 30 "$@"
}

# shellcheck disable=SC2317 # called by lib.sh
cleanup() {
	pane kill-server 2>/dev/null
}

screen() {
	pane capture-pane -p >"$OUT" 2>"$ERR"
}

# soon TEXT PATTERN: within twenty seconds the screen has such a line.
soon() {
	local tries
	for ((tries = 0; tries < 400; tries++)); do
		screen
		grep -qE -e "$2" "$OUT" && break
		sleep 0.05
	done
	has "$1" "$2"
}

# start COMMAND...: in a shell on a fresh terminal of 100 by 30, which says what is left afterwards.
start() {
	{
		echo "echo BEFORE; stty -g >'$TMP/stty.before'"
		echo "'$ZNVME' top $*; echo \"STATUS \$?\""
		echo "stty -g >'$TMP/stty.after'; echo AFTER; exec sleep 1000"
	} >"$TMP/session"
	fresh "bash '$TMP/session'"
}

the_pid() {
	local shell
	shell=$(pane display -p '#{pane_pid}')
	cut -d ' ' -f 1 "/proc/$shell/task/$shell/children"
}

# given_back TEXT STATUS: the shell has its terminal again.
given_back() {
	soon "$1: it ends" '^AFTER$'
	has "$1: with status $2" "^STATUS $2$"
	has "$1: the screen is what it was" '^BEFORE$'
	true_that "$1: with a cursor" test "$(pane display -p '#{alternate_on} #{cursor_flag}')" = "0 1"
	true_that "$1: and echo" cmp "$TMP/stty.before" "$TMP/stty.after"
}

start sim: sim:seed=2,model=other -d 60
soon "the first device is on the screen" '^sim:  znvme simulated controller'
has "and the second" '^sim:seed=2,model=other  other'
has "a title" '^znvme top  [0-9:]{8}  every 60 s  2 devices'
has "no rate yet" '^  read +- IOPS'
pane send-keys Space
soon "the space bar looks at once" '^  read +0 IOPS'
pane resize-window -x 40 -y 8
soon "a smaller terminal: the picture is drawn again" '^sim:  znvme simulated controller'
true_that "no line is broken" sh -c "awk 'length > 40' '$OUT' | wc -l | grep -qx 0"
true_that "the title is on top" sh -c "head -1 '$OUT' | grep -q '^znvme top'"
true_that "eight lines of it" test "$(grep -c . "$OUT")" -le 8
pane resize-window -x 120 -y 40
soon "a larger one has both again" '^sim:seed=2,model=other  other'
pane send-keys x
pane send-keys q
given_back q 0

for case in INT:0 TERM:0 HUP:129 QUIT:131 SEGV:139; do
	start sim: -d 60
	soon "SIG${case%:*}: on the screen" '^sim:  znvme'
	kill -s "${case%:*}" "$(the_pid)"
	given_back "SIG${case%:*}" "${case#*:}"
done

start sim: -n 2 -d 200ms
given_back "--count" 0

# Stopped from the keyboard of a shell with jobs, and continued.
fresh "bash --norc -i"
pane send-keys "PS1='ready '; '$ZNVME' top sim: -d 60" Enter
soon "from an interactive shell" '^  health'
pane send-keys C-z
soon "stopped: the shell is there" 'Stopped'
true_that "stopped: with its screen" test "$(pane display -p '#{alternate_on} #{cursor_flag}')" = "0 1"
pane send-keys fg Enter
soon "continued: the picture, too" '^  health'
true_that "continued: on the other screen" test "$(pane display -p '#{alternate_on}')" = 1
pane send-keys q
soon "and it ends" '^ready$'

# A device that fails while it is looked at, and one that writes to the terminal.
start "'sim:fault=when cns=1 do data=24:1b5b324a1b5b313b3148'" "'sim:fault=when opcode=read nth=20 do remove'" -d 100ms
soon "a device that is pulled stays on the screen" '^  FAILED .*No such device'
has "what it was called is text" '^sim:fault.*\?\[2J\?\[1;1H'
pane send-keys q
given_back "after a failure" 0
pane kill-server
finish
