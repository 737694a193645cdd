#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The device tests on a simulated controller that keeps its data in a file. The argument is what the
# device must offer; needs $BUILD.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
"$BUILD/tests/device_test" --expect "$1" "sim:file=$work/disk,size=64M"
