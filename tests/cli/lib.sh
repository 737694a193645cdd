# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# For the tests of the command-line tool: sourced, not run. A script calls `run COMMAND...` and then
# one or more of the checks, each of which is one test of the TAP output; `finish` ends it.
#
#	ZNVME			the tool (default: the build directory's)
#	ZNVME_TEST_DEVICE	a device whose content may be lost (default: a simulated one)

HERE=$(cd "$(dirname "$0")" && pwd)
ZNVME=${ZNVME:-$HERE/../../build/tools/znvme}
TMP=$(mktemp -d)
trap 'cleanup; rm -rf "$TMP"' EXIT
trap 'exit 1' INT TERM

# A script with something of its own to undo defines this again.
cleanup() {
	:
}

# DEV keeps what is written from one command to the next.
SIM=sim:file=$TMP/disk.img,size=64M
DEV=${ZNVME_TEST_DEVICE:-$SIM}
OUT=$TMP/out
ERR=$TMP/err
unset ZNVME_DEVICE

tests=0
failures=0
code=0

znvme() {
	"$ZNVME" "$@"
}

# on_sim: whether DEV is the simulated controller.
on_sim() {
	case $DEV in
	sim:*) return 0 ;;
	esac
	return 1
}

# result STATUS TEXT: one test.
result() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $tests - $2"
	echo "# status $code"
	head -n 20 "$OUT" | tr -cd '\11\12\40-\176' | sed 's/^/# out: /'
	head -n 20 "$ERR" | sed 's/^/# err: /'
}

# run COMMAND...: keeps output, errors and status.
run() {
	code=0
	"$@" >"$OUT" 2>"$ERR" || code=$?
}

# ok TEXT COMMAND...: it succeeds and says nothing on stderr.
ok() {
	text=$1
	shift
	run "$@"
	[ "$code" -eq 0 ] && [ ! -s "$ERR" ]
	result $? "$text"
}

# fails TEXT PATTERN COMMAND...: status 1, nothing on stdout, a message on stderr that matches.
fails() {
	text=$1
	pattern=$2
	shift 2
	run "$@"
	[ "$code" -eq 1 ] && [ ! -s "$OUT" ] && grep -qE -e "$pattern" "$ERR" &&
		[ "$(wc -l <"$ERR")" -le 3 ]
	result $? "$text"
}

# has TEXT PATTERN: the output of the last command has a line that matches.
has() {
	grep -qE -e "$2" "$OUT"
	result $? "$1"
}

# has_error TEXT PATTERN: the same for what it said on stderr.
has_error() {
	grep -qE -e "$2" "$ERR"
	result $? "$1"
}

# true_that TEXT COMMAND...: the command, which is no part of the tool, succeeds.
true_that() {
	text=$1
	shift
	"$@" >>"$TMP/log" 2>&1
	result $? "$text"
}

# Whether there is Python. The test machine has none: what is asked by it is tested on the simulated
# controller only.
have_python() {
	command -v python3 >/dev/null
}

# json TEXT [EXPRESSION]: the last output is JSON, and the Python expression on it, `j`, is true.
json() {
	have_python || return 0
	python3 - "$OUT" "${2:-True}" <<-'END' >>"$TMP/log" 2>&1
		import json, sys
		j = json.load(open(sys.argv[1]))
		assert eval("(" + sys.argv[2] + ")"), sys.argv[2]
	END
	result $? "$1"
}

# sha FILE: its checksum.
sha() {
	sha256sum <"$1" | cut -d' ' -f1
}

# random FILE BYTES
random() {
	head -c "$2" /dev/urandom >"$1"
}

# ns_sizes: BS and NSZE, block size and blocks of namespace 1.
# shellcheck disable=SC2034 # for the scripts
ns_sizes() {
	run znvme id-ns "$DEV"
	BS=$((1 << $(sed -n 's/^lbaf.* lbads:\([0-9]*\) .*(in use)$/\1/p' "$OUT")))
	NSZE=$(($(sed -n 's/^nsze *: //p' "$OUT")))
}

finish() {
	echo "1..$tests"
	[ "$failures" -eq 0 ]
	exit $?
}
