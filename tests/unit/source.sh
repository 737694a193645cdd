#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The source itself: laid out by .clang-format, shell scripts without findings, every file with a licence. The
# output is TAP.

cd "${REPO:-$(cd "$(dirname "$0")/../.." && pwd)}" || exit 1
number=0

# check NAME OFFENDERS: passes where there are none
check() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		printf '%s\n' "$2" | head -30 | sed 's/^/# /'
	fi
}

mapfile -t c_files < <(find include src tools plugins tests examples bench -name '*.[ch]' 2>/dev/null)
mapfile -t shell_files < <(grep -rlE '^#!/bin/(ba)?sh' --include='*' .ci scripts misc tests bench 2>/dev/null)

check "C is laid out by .clang-format" \
	"$(clang-format --dry-run -Werror "${c_files[@]}" 2>&1 | grep error: | cut -d: -f1 | sort -u)"
check "shellcheck finds nothing" "$(shellcheck -x -f gcc "${shell_files[@]}" 2>&1)"
check "every source file names its licence" \
	"$(grep -L 'SPDX-License-Identifier: MIT' "${c_files[@]}" "${shell_files[@]}")"
echo "1..$number"
