#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the built library may and may not be: it exports znvme_ and nothing else, everything that the
# headers declare is there, and it neither prints, nor exits, nor handles signals, nor spawns. Needs
# $BUILD. The output is TAP.

REPO=${REPO:-$(cd "$(dirname "$0")/../.." && pwd)}
library=${BUILD:-$REPO/build}/libznvme.so
number=0
failed=0

# check NAME OFFENDERS: passes where there are none
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

undefined() {
	nm -D --undefined-only "$library" | awk '{ print $2 }' | sed 's/@.*//'
}

exported() {
	nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sed 's/@.*//'
}

# Functions that the headers declare and do not define, as the compiler sees them.
declared() {
	echo '#include <znvme.h>' | gcc -x c -I"$REPO/include" -aux-info "$list" -fsyntax-only -
	sed -n 's/^.* extern .*[ *]\(znvme_[a-z0-9_]*\) (.*/\1/p' "$list" | sort -u
}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
if [ ! -e "$library" ]; then
	echo "Bail out! $library is not there: build it first"
	exit 1
fi
check "only znvme_ is exported" "$(exported | grep -v '^znvme_')"
check "nothing of the process is ended or replaced" \
	"$(undefined | grep -Ex '_?_?exit|_exit|quick_exit|abort|exec[lv]p?e?|fork|vfork|system|popen|posix_spawnp?')"
check "nothing is printed" \
	"$(undefined | grep -Ex '(__)?v?printf(_chk)?|puts|putchar|perror|stdout|stderr|(__)?v?syslog(_chk)?')"
check "no signal is handled" "$(undefined | grep -Ex 'signal|sigaction|sigset|sigvec|__sysv_signal|signalfd')"
check "no deprecated or unsafe function is used" \
	"$(undefined | grep -Ex 'gets|strcpy|strcat|sprintf|vsprintf|(__)?v?sprintf_chk|strtok|atoi|tmpnam|mktemp')"
for name in $(declared); do
	exported | grep -qx "$name" || missing="$missing $name"
done
check "what the headers declare is there" "$missing"
number=$((number + 1))
count=$(declared | wc -l)
if [ "$count" -gt 40 ]; then
	echo "ok $number - the headers declare functions ($count)"
else
	echo "not ok $number - the headers declare functions ($count found)"
	failed=1
fi
echo "1..$number"
exit $failed
