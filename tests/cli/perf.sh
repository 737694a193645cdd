#!/bin/sh
# SPDX-License-Identifier: MIT
#
# perf: every option does what it says, what cannot be done is refused before anything is done, and
# data that are not those that were written are found. Nothing here depends on how fast it is.

# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

ns_sizes
SIZE=$((BS > 4096 ? BS : 4096))
ASAN_OPTIONS=${ASAN_OPTIONS:-}
SHORT="--count 2000"

# shellcheck disable=SC2317 # called by ok and others
perf() {
	"$ZNVME" perf "$DEV" --length 8M "$@"
}

# wrong TEXT PATTERN COMMAND...: status 1, a result all the same, a message that matches.
wrong() {
	text=$1
	pattern=$2
	shift 2
	run "$@"
	[ "$code" -eq 1 ] && [ -s "$OUT" ] && grep -qE -e "$pattern" "$ERR"
	result $? "$text"
}

# ---- the result

# shellcheck disable=SC2086
ok "a run" perf $SHORT
has "what it ran on" 'namespace 1, .*B$'
has "what it was" "^random read, $((SIZE / 1024)) KiB, depth [0-9]+, 1 thread, hybrid, seed 1, "
has "how many" '^I/Os      : +2000$'
has "a second" '^IOPS      : +[0-9.]+[kM]?$'
has "bandwidth" '^bandwidth : +[0-9.]+ [kMG]?B/s$'
for line in min mean '50 %' '99 %' '99.9 %' '99.99 %' max; do
	has "latency: $line" "^$line *: +[0-9.]+ [num]?s$"
done
has "CPU time" '^CPU time  : +[0-9.]+ [num]?s an I/O, [0-9.]+ % of a CPU'
has "the histogram" '^ *[0-9.]+ [num]?s - [0-9. num]*s +[0-9.]+ % \|#{50}$'

cat >"$TMP/schema.py" <<'END'
import json, sys

j = json.load(open(sys.argv[1]))
NUMBER = (int, float)
LATENCY = {"min": int, "mean": NUMBER, "max": int, "percentiles": {
    p: int for p in ("1", "25", "50", "90", "95", "99", "99.9", "99.99")}}
IOS = {"ios": int, "bytes": int, "iops": NUMBER, "bytes_per_second": NUMBER, "latency_ns": LATENCY,
       "histogram": [{"from_ns": int, "to_ns": int, "count": int}]}
SCHEMA = {
    "command": str, "format": int, "version": str,
    "device": {"address": str, "model": str, "serial": str, "firmware": str, "nsid": int,
               "block_size": int, "blocks": int},
    "options": {"pattern": str, "random_percent": int, "read_percent": int,
                "block_sizes": [{"bytes": int, "percent": int}], "queue_depth": int,
                "threads": int, "wait": str, "time_seconds": NUMBER, "count": int, "rate": int,
                "start_block": int, "blocks": int, "seed": int, "write": bool, "verify": bool,
                "interval_seconds": NUMBER},
    "started": int, "seconds": NUMBER, "interrupted": bool, "failure": object,
    "total": IOS, "read": IOS, "write": IOS,
    "cpu": {"user_seconds": NUMBER, "system_seconds": NUMBER, "ns_per_io": NUMBER,
            "voluntary_switches": int},
    "verify": object,
    "series": [{"seconds": NUMBER, "ios": int, "iops": NUMBER, "bytes_per_second": NUMBER,
                "mean_ns": int, "p50_ns": int, "p99_ns": int}],
}

def check(value, schema, where):
    if isinstance(schema, dict):
        assert isinstance(value, dict) and set(value) == set(schema), where
        for name in schema:
            check(value[name], schema[name], where + "." + name)
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        for one in value:
            check(one, schema[0], where + "[]")
    else:
        assert isinstance(value, schema), where

check(j, SCHEMA, "")
for name in "total", "read", "write":
    ios, ns = j[name], j[name]["latency_ns"]
    assert sum(b["count"] for b in ios["histogram"]) == ios["ios"], name
    assert all(b["from_ns"] < b["to_ns"] for b in ios["histogram"]), name
    steps = [ns["min"]] + list(ns["percentiles"].values()) + [ns["max"]]
    assert steps == sorted(steps), steps
    assert ns["min"] <= ns["mean"] <= ns["max"], name
for name in "ios", "bytes":
    assert j["total"][name] == j["read"][name] + j["write"][name], name
assert sum(s["ios"] for s in j["series"]) == j["total"]["ios"]
times = [s["seconds"] for s in j["series"]]
assert times == sorted(times) and j["seconds"] > 0
assert eval(sys.argv[2]), sys.argv[2]
END

# schema TEXT [EXPRESSION]: the last output is a result as docs/cli.md says it, and ... is true.
schema() {
	have_python || return 0
	python3 "$TMP/schema.py" "$OUT" "(${2:-True})" >>"$TMP/log" 2>&1
	result $? "$1"
}

# shellcheck disable=SC2086
ok "a run as JSON" perf $SHORT -o json
cp "$OUT" "$TMP/a.json"
schema "JSON: what the documentation says" \
	"j['total']['ios'] == 2000 and j['total']['bytes'] == 2000 * $SIZE"
schema "JSON: the defaults" "[j['options'][n] for n in ('pattern', 'random_percent',
	'read_percent', 'threads', 'wait', 'rate', 'seed', 'write', 'verify')] ==
	['random', 100, 100, 1, 'hybrid', 0, 1, False, False]"
schema "JSON: nothing went wrong" \
	"j['failure'] is None and j['verify'] is None and not j['interrupted']"

# ---- options

for pattern in random sequential mixed mixed:10; do
	ok "--pattern $pattern" perf --count 500 -p $pattern -o json
	schema "--pattern $pattern: JSON" "j['options']['pattern'] == '${pattern%:*}'"
done
schema "mixed:10 is 10 % random" "j['options']['random_percent'] == 10"
for how in polled interrupt hybrid; do
	ok "--wait $how" perf --count 500 -w $how -o json
	schema "--wait $how: JSON" "j['options']['wait'] == '$how' and j['total']['ios'] == 500"
done
for depth in 1 7 64; do
	ok "--queue-depth $depth" perf --count 500 -q $depth -o json
	schema "--queue-depth $depth: JSON" \
		"j['options']['queue_depth'] == $depth and j['total']['ios'] == 500"
done
ok "--threads, and a count that they cannot share evenly" perf --count 1001 -j 2 -o json
schema "--count is exact" "j['total']['ios'] == 1001 and j['options']['threads'] == 2"
ok "--count less than the depth" perf --count 3 -o json
schema "--count is exact, again" "j['total']['ios'] == 3"
ok "--block-size" perf --count 500 -b 16k -o json
schema "--block-size: all of it" "j['total']['bytes'] == 500 * 16384"
ok "a mix of sizes" perf --count 2000 -b 4k:70,64k:30 -o json
schema "a mix: the shares" \
	"1300 < (64 * 2000 - j['total']['bytes'] / 1024) / 60 < 1500 and len(j['options']['block_sizes']) == 2"
cp "$OUT" "$TMP/mix.json"
ok "the same again" perf --count 2000 -b 4k:70,64k:30 -o json
schema "the same seed, the same I/Os" "j['total']['bytes'] ==
	json.load(open('$TMP/mix.json'))['total']['bytes']"
ok "another seed" perf --count 2000 -b 4k:70,64k:30 --seed 99 -o json
schema "other I/Os" "j['total']['bytes'] != json.load(open('$TMP/mix.json'))['total']['bytes']"
ok "a range" perf -s 8 --length 1M --count 100 -o json
schema "a range: JSON" \
	"j['options']['start_block'] == 8 and j['options']['blocks'] == (1 << 20) // $BS"
ok "--time" perf -t 300ms --interval 50ms -r 20000 -o json
schema "--time ends it, and no rate is exceeded" \
	"j['total']['ios'] <= 20000 * 0.3 + 1 and j['seconds'] >= 0.3"
schema "--interval: a series" "1 <= len(j['series']) <= j['series'][-1]['seconds'] / 0.05 + 1
	and j['options']['interval_seconds'] == 0.05"
for how in polled interrupt hybrid; do
	ok "--rate, $how" perf -t 0.1 -r 100 -q 1 -w $how -o json
	schema "--rate, $how: not exceeded" "j['total']['ios'] <= 11"
done
ok "--time in other units" perf -t 0.001m -o json
schema "--time: 60 ms" "j['options']['time_seconds'] == 0.06 and j['seconds'] >= 0.06"
ok "--time and --count: what comes first" perf -t 1h --count 10 -o json
schema "--count came first" "j['total']['ios'] == 10"

# ---- writing

cp "$TMP/a.json" "$OUT"
ok "write a block" sh -c "head -c $BS /dev/urandom >'$TMP/one' &&
	'$ZNVME' write '$DEV' -s 0 -d '$TMP/one'"
# shellcheck disable=SC2086
{
	fails "--write alone is refused" 'say by --force .* Nothing was written' perf $SHORT --write
	fails "--mix without --write is refused" 'needs --write and --force' perf $SHORT --mix 50
	ok "--force alone reads" perf $SHORT --force -o json
	schema "--force alone: no writes" "j['write']['ios'] == 0"
	ok "--mix 100 without --write" perf $SHORT --mix 100
}
ok "read the block" znvme read "$DEV" -s 0
true_that "none of these has written" cmp "$OUT" "$TMP/one"
ok "--write --force" perf --count 3000 --write --force -o json
schema "--write: all are writes" "j['write']['ios'] == 3000 and j['read']['ios'] == 0"
ok "read the block" znvme read "$DEV" -s 0
cmp -s "$OUT" "$TMP/one"
[ $? -eq 1 ]
result $? "it was overwritten"
ok "a mix of reads and writes" perf --count 2000 --write --force --mix 70 -o json
schema "a mix: the shares" "1300 < j['read']['ios'] < 1500"
ok "a mix as text" perf --count 2000 --write --force --mix 70
has "a column each" '^ +all +read +write$'
has "what it was" '^random 70 % read, 30 % write, '
ok "a range" perf --offset 1M --length 1M --write --force --count 2000 -p sequential
ok "mark the block behind it" znvme write "$DEV" --start-block $(((2 << 20) / BS)) -d "$TMP/one"
ok "write the range again" perf --offset 1M --length 1M --write --force --count 2000 -b 4k:50,32k:50
ok "read the block behind it" znvme read "$DEV" -s $(((2 << 20) / BS))
true_that "a range is not left" cmp "$OUT" "$TMP/one"

# ---- verifying

ok "--write --verify" perf --write --force --verify -j 2 -o json
schema "the whole range, written and read back" "j['write']['bytes'] == 8 << 20 and
	j['verify']['blocks_checked'] == (8 << 20) // $BS and j['verify']['blocks_wrong'] == 0"
ok "--verify: read what another run wrote" perf --verify -o json
schema "the whole range, read" "j['read']['bytes'] == 8 << 20 and j['write']['ios'] == 0 and
	j['verify']['blocks_checked'] == (8 << 20) // $BS"
ok "in another order, by other sizes" perf --verify -p sequential -b 4k:50,64k:50 -j 3
has "what was verified" "^verified  : $(((8 << 20) / BS)) blocks, 0 wrong$"
ok "mixed" perf --verify -p mixed -o json
schema "mixed: the whole range" "j['verify']['blocks_checked'] == (8 << 20) // $BS"
ok "twice over the range" perf --verify --count $((3 * (8 << 20) / SIZE)) -o json
schema "three times as many blocks" "j['verify']['blocks_checked'] == 3 * (8 << 20) // $BS"
ok "--write that is all reads" perf --verify --write --force --mix 100 -o json
schema "the whole range, read" "j['verify']['blocks_checked'] == (8 << 20) // $BS"
ok "over and over, with reads between" perf --write --force --verify --mix 40 --length 256K \
	--count 4000 -b 4k:60,32k:40 -q 16 -o json
schema "all of it is right" "j['verify']['blocks_wrong'] == 0 and
	j['verify']['blocks_checked'] > 4000 and j['read']['ios'] > 1000"
ok "a part of it only" perf --write --force --verify --count 100 --seed 3
has "what was written is read back" "^verified  : $((100 * SIZE / BS)) blocks, 0 wrong$"
ok "the same part, by the same seed" perf --verify --count 100 --seed 3
wrong "another seed" 'block [0-9]+: expected --seed 3, found --seed 1' \
	perf --verify --length 64K --seed 3 -s $(((1 << 20) / BS)) --count 16
wrong "a block that was never written so" \
	"block $(((4 << 20) / BS)): expected the pattern of perf, found [0-9a-f]{16}" sh -c "
	'$ZNVME' perf '$DEV' --length 8M --write --force --verify >/dev/null &&
	'$ZNVME' write '$DEV' -s $(((4 << 20) / BS)) -d '$TMP/one' >/dev/null &&
	'$ZNVME' perf '$DEV' --length 8M --verify -o json"
schema "JSON: which block, and why" "j['verify']['blocks_wrong'] == 1 and
	j['verify']['findings'][0]['block'] == $(((4 << 20) / BS)) and
	'expected the pattern' in j['verify']['findings'][0]['text']"
ok "read a block of it" sh -c "'$ZNVME' read '$DEV' -s 3 >'$TMP/three'"
run znvme write "$DEV" -s 5 -d "$TMP/three"
wrong "a block in another's place" 'block 5: expected block 5 of namespace 1, found block 3 of' \
	perf --verify --length 64K

if on_sim; then
	run perf --write --force --verify
	printf '\0\0\0' | dd of="$TMP/disk.img" bs=1 seek=$((700 * BS + 301)) conv=notrunc 2>/dev/null
	wrong "a damaged block" 'block 700: damaged: expected [0-9a-f]{16} at byte 296, found' \
		perf --verify
	has "and the result is there" '^verified  : .*, 1 wrong$'
	dd if=/dev/zero of="$TMP/disk.img" bs="$BS" seek=64 count=100 conv=notrunc 2>/dev/null
	wrong "many of them" 'and 93 more of' znvme perf "$DEV" --verify --blocks 1024
	true_that "the first are named" test "$(grep -c 'pattern of perf' "$ERR")" -eq 8
fi

# ---- the drawing, and two results

# shellcheck disable=SC2086
ok "--svg" perf $SHORT --svg "$TMP/a.svg" -b 4k:50,8k:50
if have_python; then
	true_that "--svg: XML with three plots" python3 - "$TMP/a.svg" <<-'END'
		import sys, xml.etree.ElementTree as tree
		svg = tree.parse(sys.argv[1]).getroot()
		ns = "{http://www.w3.org/2000/svg}"
		text = [t.text for t in svg.iter(ns + "text")]
		assert svg.tag == ns + "svg"
		for title in "IOPS over time", "Latency over time", "Latency, share of I/Os":
		    assert title in text, title
		assert len(list(svg.iter(ns + "polyline"))) >= 4 and len(list(svg.iter(ns + "rect"))) > 8
		assert "href" not in open(sys.argv[1]).read()
	END
fi
if on_sim && have_python; then
	ok "--svg of a device with an odd name" \
		znvme perf "sim:model=<a> & \"b\"]]>,size=1M" --count 10 --svg "$TMP/odd.svg"
	true_that "--svg: it is XML" python3 -c \
		"import sys, xml.etree.ElementTree as t; assert '<a> & \"b\"]]>' in [e.text for e in
		t.parse(sys.argv[1]).getroot().iter()]" "$TMP/odd.svg"
fi
ok "--svg over a file" perf --count 10 --svg "$TMP/a.svg"
true_that "nothing is beside it" test "$(find "$TMP" -name 'a.svg*' | wc -l)" -eq 1
fails "--svg in a directory that is not there" 'No such file' \
	perf --count 10 --svg "$TMP/nowhere/a.svg"
fails "--svg on standard output" '--svg needs a file' perf --count 10 --svg -
wrong "--svg on a full disk" 'No space left' perf --count 10 --svg /dev/full

# shellcheck disable=SC2086
ok "another run" perf $SHORT -q 2 -o json
cp "$OUT" "$TMP/b.json"
ok "--compare" znvme perf --compare "$TMP/a.json" "$TMP/b.json"
for line in IOPS bandwidth mean '50 %' '99.99 %' 'CPU an I/O'; do
	has "--compare: $line" "^$line *: .* [0-9.e+-]+$"
done
has "--compare: what the runs differ in" '^queue_depth: [0-9]+, 2$'
if have_python; then
	python3 - "$TMP/a.json" >"$TMP/c.json" <<-'END'
		import json, sys
		j = json.load(open(sys.argv[1]))
		j["total"]["iops"] *= 2.5
		json.dump(j, sys.stdout)
	END
	ok "--compare with a better one" znvme perf --compare "$TMP/a.json" "$TMP/c.json"
	has "--compare: B to A" '^IOPS .* 2\.5$'
fi
ok "--compare as JSON" znvme perf "$TMP/a.json" "$TMP/b.json" --compare -o json
json "--compare as JSON: the ratio" "all(abs(r['ratio'] * r['a'] - r['b']) <= r['b'] / 1e6
	for r in j['rows'] if r['a']) and j['different_options'] == ['queue_depth']"
json "--compare as JSON: the rows" "[r['name'] for r in j['rows']][:2] == ['IOPS', 'bandwidth']
	and j['rows'][0]['a'] == json.load(open('$TMP/a.json'))['total']['iops']"
ok "--compare with itself" znvme perf --compare "$TMP/a.json" "$TMP/a.json"
has "--compare with itself: 1" '^IOPS .* 1$'
fails "--compare of one file" 'takes 2 operands' znvme perf --compare "$TMP/a.json"
fails "--compare of three" 'takes 2 operands' \
	znvme perf --compare "$TMP/a.json" "$TMP/a.json" "$TMP/a.json"
fails "--compare of a file that is not there" 'No such file' \
	znvme perf --compare "$TMP/a.json" "$TMP/nowhere"
head -c 100 "$TMP/a.json" >"$TMP/half.json"
fails "--compare of half a file" 'not JSON: it ends too soon' \
	znvme perf --compare "$TMP/half.json" "$TMP/a.json"
fails "--compare of no JSON" 'not JSON' znvme perf --compare "$TMP/a.svg" "$TMP/a.json"
: >"$TMP/empty"
fails "--compare of an empty file" 'not JSON' znvme perf --compare "$TMP/empty" "$TMP/a.json"
for text in '{}' '[]' '"perf"' '{"command": null}' '{"command": "id-ctrl"}' \
	'{"command": "perf"}' '{"command": "perf", "total": 1}' \
	'{"command": "perf", "total": {"iops": "many"}}'; do
	echo "$text" >"$TMP/other.json"
	fails "--compare of $text" 'not a result of .znvme perf' \
		znvme perf --compare "$TMP/a.json" "$TMP/other.json"
done
fails "--compare and options of a run" 'the other options are for a run' \
	znvme perf --compare "$TMP/a.json" "$TMP/b.json" -q 3

# ---- what is refused

fails "a range past the end" 'past the end of namespace 1' \
	znvme perf "$DEV" --length 1000T --count 1
fails "a start past the end" 'past the end of namespace 1' znvme perf "$DEV" -s "$NSZE" --count 1
fails "a range smaller than an I/O" 'less than an I/O of --block-size' \
	perf --length 4K -b 64k --count 1
fails "a range smaller than the threads" 'at most --threads 2' \
	perf --length 8K -j 3 --count 1
fails "a length that is no multiple" 'no multiple of the block size' perf --length 1000
fails "a depth that no queue takes" 'a queue of this controller takes [0-9]+ commands' \
	perf -q 16383 --count 1
fails "a depth of 0" 'out of range, which is 1 to 16383' perf -q 0
fails "no thread" 'out of range' perf -j 0
fails "a size larger than a command" 'a command moves [0-9]+ bytes at most' \
	znvme perf "$DEV" -b 32M --count 1
fails "a size that is no multiple" "no multiple of the namespace's logical blocks" perf -b 1000
fails "a size of 0" 'no multiple' perf -b 0
for sizes in x 4k: 4k:x 4k:0 4k:101 ',' '4k,,' :70; do
	fails "--block-size $sizes" '--block-size' perf -b "$sizes" --count 1
done
fails "shares that are no 100 %" 'the shares make 90 %, not 100 %' perf -b 4k:70,64k:20
fails "too many sizes" 'more than 16 sizes' \
	perf -b 4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:1,4k:84
for pattern in rand randomly mixed:101 mixed: mixed:x random:50 ''; do
	fails "--pattern '$pattern'" 'it is random, sequential, mixed' perf -p "$pattern" --count 1
done
fails "--wait for something else" 'it is polled, interrupt or hybrid' perf -w poll
for time in '' x 1x . 1.2.3 -1 1e3 inf; do
	fails "--time '$time'" 'a time is a number of seconds' perf -t "$time"
done
fails "--time 0" 'more than 0' perf -t 0
fails "--time 01" "a time is a number of seconds" perf -t 01
fails "--time of a thousand years" 'at most a year' perf -t 9000000h
fails "--interval 1ms" 'at least 10ms' perf --interval 1ms
fails "--rate 0" 'out of range' perf -r 0
fails "--count 0" 'out of range' perf --count 0
fails "--mix 101" 'out of range' perf --write --force --mix 101

if on_sim; then
	fails "more threads than queues" 'the controller grants 2 I/O queues, one a thread' \
		znvme perf sim:queues=2 -j 3
	fails "no interrupts" 'take --wait polled' znvme perf sim:vectors=0 -w interrupt
	ok "no interrupts, hybrid" znvme perf sim:vectors=0,latency=50 --count 100 -r 100000
	fails "a namespace that is write-protected" 'without --write it is read' \
		znvme perf sim:readonly=1 --write --force
	ok "a namespace that is write-protected is read" znvme perf sim:readonly=1 --count 10
	fails "no such namespace" 'has no namespace 3' znvme perf sim:n3
	fails "no memory for the device" '32 buffers of 4096 bytes for thread [1-8] of 8' \
		znvme perf sim:mappings=5 -j 8
	ok "one queue of two entries" znvme perf sim:queues=1,mqes=2 --count 100
	has "a depth that fits" ', depth 1, '
	ok "large blocks" znvme perf sim:bs=16384,size=16M --verify --write --force
	has "a size that fits" '16 KiB'
	ok "completions that come late, by interrupts" \
		znvme perf sim:latency=50-500 --count 500 -w interrupt -j 2 --verify --write --force
	wrong "completions that do not come" 'read of blocks .* failed; the run ended there' \
		znvme perf sim:latency=5000000 --count 1 --timeout 100

	# interrupted SIGNAL OPTION...: a signal when the first blocks have been written.
	interrupted() {
		signal=$1
		shift
		code=0
		rm -f "$TMP/endless.img"
		"$ZNVME" perf "sim:file=$TMP/endless.img,size=64M,latency=100" -t 1h --write --force \
			"$@" >"$OUT" 2>"$ERR" &
		pid=$!
		for _ in $(seq 300); do
			[ "$(stat -c %b "$TMP/endless.img" 2>/dev/null || echo 0)" -eq 0 ] || break
			sleep 0.05
		done
		kill "-$signal" $pid
		wait $pid || code=$?
	}

	# Ctrl-C: what there is, with status 0.
	for how in polled interrupt hybrid; do
		interrupted INT -w $how -o json
		true_that "interrupted, $how: no failure" test "$code" -eq 0
		schema "interrupted, $how: the result so far" \
			"j['interrupted'] and j['total']['ios'] > 0"
	done
	interrupted TERM --verify
	true_that "interrupted by SIGTERM: no failure" test "$code" -eq 0
	has "what was not read back is said" ' 0 wrong, [0-9]+ not read back$'

	# A terminal sees a line while it runs.
	if command -v script >/dev/null; then
		run script -qec "'$ZNVME' perf sim:latency=100 -t 1.5" /dev/null
		has "a line on a terminal" '[0-9]+ s: [0-9.]+k? IOPS, .*B/s, mean .*s, 99 % .*s'
	fi
fi

# ---- a device that lies: the simulator with hooks, put in place of the library's znvme_open()

if on_sim; then
	cat >"$TMP/liar.c" <<-'END'
		#include <stdlib.h>
		#include <string.h>
		#include <znvme.h>
		#include <znvme/sim.h>

		static unsigned nr;
		static struct {
			uint64_t slba, end;
			bool write;
		} flight[64];

		/* Every command takes a while; one that meets another on the same blocks fails. */
		static void overlap(struct znvme_sim_command *c)
		{
			bool write = c->sqe.opcode == ZNVME_CMD_WRITE;
			uint64_t slba = c->sqe.cdw10, end = slba + (c->sqe.cdw12 & 0xffff) + 1;

			for (unsigned i = 0; i < 64; i++)
				if (slba < flight[i].end && flight[i].slba < end &&
				    (write || flight[i].write)) {
					c->execute = false;
					c->status = ZNVME_SC_ABORT_REQUESTED;
				}
			flight[c->sqe.cid % 64].slba = slba;
			flight[c->sqe.cid % 64].end = end;
			flight[c->sqe.cid % 64].write = write;
			c->delay_us = 100;
		}

		static void completion(void *arg, uint16_t qid, struct znvme_cqe *cqe)
		{
			(void)arg;
			if (qid)
				flight[cqe->cid % 64].end = 0;
		}

		static void command(void *arg, struct znvme_sim_command *c)
		{
			const char *lie = getenv("LIE");

			(void)arg;
			if (!c->qid || c->sqe.opcode > ZNVME_CMD_READ)
				return;
			if (!strcmp(lie, "overlap"))
				overlap(c);
			nr += c->sqe.opcode == ZNVME_CMD_WRITE || strstr(lie, "read");
			if (!strcmp(lie, "lost") && c->sqe.opcode == ZNVME_CMD_WRITE && nr == 300)
				c->execute = false;
			if (!strcmp(lie, "no data, read") && nr == 300)
				c->execute = false;
			if (!strcmp(lie, "misplaced") && c->sqe.opcode == ZNVME_CMD_WRITE && nr == 50)
				c->sqe.cdw10 -= 8;
			if (!strncmp(lie, "failed", 6) && nr == 100) {
				c->execute = false;
				c->status = ZNVME_SC_LBA_RANGE;
			}
		}

		int znvme_open(const char *address, const struct znvme_open_options *options,
			       struct znvme_ctrl **ctrl)
		{
			static const struct znvme_sim_hooks hooks = {.command = command,
								     .completion = completion};
			struct znvme_device *dev;
			int rc = znvme_device_open(address, &dev);

			if (rc)
				return rc;
			znvme_sim_set_hooks(znvme_sim_of(dev), &hooks);
			return znvme_open_device(dev, options, ctrl);
		}
	END
	true_that "a device that lies" "${CC:-cc}" -shared -fPIC -I"$HERE/../../include" \
		-o "$TMP/liar.so" "$TMP/liar.c"
	# liar LIE [OPTION...]
	# shellcheck disable=SC2317 # called by wrong
	liar() {
		lie=$1
		shift
		env LIE="$lie" LD_PRELOAD="$TMP/liar.so" \
			ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" "$ZNVME" perf sim: \
			--length 1M "$@"
	}
	wrong "a write that was lost is found" \
		'block [0-9]+: expected generation [0-9]+\.2, found [0-9]+\.1: an older write' \
		liar lost --write --force --verify --count 512
	wrong "a write in the wrong place is found" 'block [0-9]+: expected block [0-9]+ of .*, found' \
		liar misplaced --write --force --verify -p sequential
	wrong "a read without data is found" 'expected the pattern of perf, found 0000000000000000' \
		liar "no data, read" --write --force --verify -q 1 -p sequential
	ok "no I/O meets another on the same blocks" liar overlap --write --force --verify \
		--mix 40 -b 4k:60,32k:40 --length 256K --count 2000
	wrong "a read that fails" '^NVMe status: LBA Out of Range.*\(0x[0-9a-f]*80\)$' \
		liar failed-read --count 1000 -o json
	has_error "which one" 'read of blocks [0-9]+ to [0-9]+ failed; the run ended there'
	schema "a read that fails: the result so far" "j['failure']['command'] == 'read' and
		j['failure']['status'] & 0xff == 0x80 and 0 < j['total']['ios'] < 1000"
	wrong "a write that fails" 'write of blocks [0-9]+ to [0-9]+ failed' \
		liar failed-write --count 1000 -j 2 --write --force --verify
fi
finish
