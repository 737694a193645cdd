#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs the commands of README.md. Each block of commands there is marked with where it is run:
#
#	host     here, in the source tree
#	install  here; sudo installs to a staging folder, and the compiler looks there
#	vm       in the test machine, as its ordinary user, all in one shell
#	boot     here, on made-up boot loader files
#	ci       by whoever runs the tests
#
#	tests/readme.sh host|vm

set -u
repo=$(cd "$(dirname "$0")/.." && pwd)
cd "$repo" || exit 1
export BUILD=${BUILD:-$repo/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0

result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		sed 's/^/# /' "$work/out"
	fi
}

# blocks KIND: the number of blocks of that kind, each written to $work/KIND.N
blocks() {
	awk -v kind="$1" -v base="$work/$1." '
		/^<!-- test: / { wanted = $3 == kind; next }
		/^```sh$/ && wanted { n++; inside = 1; next }
		/^```$/ { inside = 0; wanted = 0; next }
		inside { print > (base n) }
		END { print n + 0 }
	' README.md
}

# Every block of shell commands says where it is run.
unmarked() {
	awk '/^<!-- test: (host|install|vm|boot|ci) -->$/ { marked = NR } /^```sh$/ && NR != marked + 1 { print NR ": " $0; bad = 1 } END { exit bad }' README.md
}

# Programs that the commands would find on another machine, or that must not touch this one.
stand_ins() {
	mkdir -p "$work/bin"
	printf '#!/bin/sh\nDESTDIR=%s exec "$@"\n' "$work/stage" >"$work/bin/sudo"
	printf '#!/bin/sh\nexit 0\n' >"$work/bin/ldconfig"
	printf '#!/bin/sh\necho called >>%s/called\n' "$work" >"$work/bin/update-grub"
	cp "$work/bin/update-grub" "$work/bin/kernel-install"
	chmod +x "$work/bin/"*
	PATH=$work/bin:$PATH
}

host_blocks() {
	local n i
	n=$(blocks host)
	for ((i = 1; i <= n; i++)); do
		bash -eux "$work/host.$i" >"$work/out" 2>&1
		result $? "README, host block $i: $(head -1 "$work/host.$i")"
	done
}

# The examples are built by what pkg-config says of the staged library, and nothing else.
install_blocks() {
	local n i libdir
	n=$(blocks install)
	ln -s "$repo/examples" "$repo/Makefile" "$work/"
	make -s install DESTDIR="$work/stage" >"$work/out" 2>&1
	libdir=$(dirname "$(find "$work/stage" -name libznvme.so)")
	result $? "make install DESTDIR=…"
	for ((i = 1; i <= n; i++)); do
		(
			cd "$work" || exit 1
			export PKG_CONFIG_SYSROOT_DIR=$work/stage PKG_CONFIG_PATH=$libdir/pkgconfig
			export LD_LIBRARY_PATH=$libdir
			bash -eux "install.$i"
		) >"$work/out" 2>&1
		result $? "README, install block $i: $(sed -n 's/^cc.*examples/examples/p' "$work/install.$i")"
	done
}

boot_blocks() {
	local n i
	n=$(blocks boot)
	for ((i = 1; i <= n; i++)); do
		mkdir -p "$work/etc/default" "$work/etc/kernel"
		echo 'GRUB_CMDLINE_LINUX="quiet"' >"$work/etc/default/grub"
		echo 'root=UUID=1 ro' >"$work/etc/kernel/cmdline"
		: >"$work/called"
		sed "s|/etc/|$work/etc/|g" "$work/boot.$i" >"$work/script"
		bash -eux "$work/script" >"$work/out" 2>&1 &&
			grep -qE 'iommu=pt quiet"$|ro intel_iommu=on iommu=pt$' \
				"$work/etc/default/grub" "$work/etc/kernel/cmdline" && [ -s "$work/called" ]
		result $? "README, boot block $i: $(head -1 "$work/boot.$i" | cut -c 1-60)"
	done
}

vm_blocks() {
	local n i
	n=$(blocks vm)
	{
		echo "export USER=user"
		for ((i = 1; i <= n; i++)); do
			echo "echo \"== block $i\""
			cat "$work/vm.$i"
		done
		echo "echo '== end'"
	} >"$work/script"
	scripts/vm run --timeout 120 --extra-file "$work/script:/znvme/readme" -- bash -eu /znvme/readme \
		>"$work/out" 2>&1
	result $? "README, $n vm blocks in one shell"
	grep -q '^Hello, NVMe!$' "$work/out"
	result $? "README, what was written is read back"
	grep -q '^== end$' "$work/out"
	result $? "README, the last vm block was reached"
}

# The examples that pkg-config built, on a real device.
examples_in_vm() {
	local commands='sudo znvme bind 0000:00:01.0 --user user && hello 0000:00:01.0 && async 0000:00:01.0'
	LD_LIBRARY_PATH=$(dirname "$(find "$work/stage" -name libznvme.so)") scripts/vm run --timeout 120 \
		--extra-file "$work/hello:/usr/bin/hello" --extra-file "$work/async:/usr/bin/async" \
		-- sh -c "$commands" >"$work/out" 2>&1
	result $? "the examples run in the test machine"
}

case ${1:-} in
host)
	unmarked >"$work/out"
	result $? "every block of commands in README.md says where it is tested"
	stand_ins
	host_blocks
	install_blocks
	boot_blocks
	;;
vm)
	vm_blocks
	stand_ins
	install_blocks
	examples_in_vm
	;;
*)
	echo "usage: tests/readme.sh host|vm" >&2
	exit 1
	;;
esac
echo "1..$number"
