#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each public header compiles alone, as C11 and as C++17, with every warning an error, by gcc and by
# clang. The output is TAP.

cd "${REPO:-$(dirname "$0")/../..}" || exit 1

number=0
failed=0

# compile COMPILER STANDARD LANGUAGE HEADER
compile() {
	number=$((number + 1))
	if printf '#include <%s>\n' "$4" | "$1" -x "$3" -std="$2" -Iinclude -Wall -Wextra -Wpedantic \
		-Wcast-qual -Wundef -Werror -fsyntax-only - 2>"$log"; then
		echo "ok $number - $4 as $2 by $1"
	else
		echo "not ok $number - $4 as $2 by $1"
		sed 's/^/# /' "$log"
		failed=1
	fi
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
headers=$(cd include && find . -name '*.h' | sed 's|^\./||' | sort)
for header in $headers; do
	for compiler in gcc clang; do
		compile $compiler c11 c "$header"
	done
	for compiler in g++ clang++; do
		compile $compiler c++17 c++ "$header"
	done
done
echo "1..$number"
exit $failed
