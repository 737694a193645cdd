# shellcheck shell=bash disable=SC2034 # variables of the scripts that source it
# SPDX-License-Identifier: MIT
#
# For the tests of list, bind, unbind and doctor: sourced, not run. Made-up machines: trees with the
# files of sysfs, procfs and /dev that the commands read, below ZNVME_SYSROOT. Two FIFOs and a few lines
# of shell play the kernel's part when a driver is taken away or probed for. The real thing is tested by
# host_vm.sh. Output is TAP.
#
#	ZNVME	the tool (default: that of the build directory, BUILD)
#
# Needs no root, and tests more as root.

set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ZNVME=${ZNVME:-${BUILD:-$HERE/../../build}/tools/znvme}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/znvme-host.XXXXXX")
A=0000:06:00.0
USER_ID=$(id -u)
[ "$USER_ID" -ne 0 ] || USER_ID=12345
number=0 failures=0 kernel_pids=()

cleanup() {
	stop_kernel
	rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# ---- TAP ----

result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $number - $2"
	sed 's/^/# /' "$WORK/out" "$WORK/err"
}

skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

# Runs the tool with its arguments in "$@". $status, $WORK/out and $WORK/err are the outcome.
run() {
	ZNVME_SYSROOT=$root timeout -k 1 60 "$ZNVME" "$@" >"$WORK/out" 2>"$WORK/err"
	status=$?
}

# expect NAME STATUS [out|err|no-out|no-err TEXT]...: what the last run gave.
expect() {
	local name=$1 ok=0
	[ "$status" -eq "$2" ] || { ok=1; echo "# status $status, not $2"; }
	shift 2
	while [ $# -gt 0 ]; do
		case $1 in
		no-*) ! grep -qF -e "$2" "$WORK/${1#no-}" || { ok=1; echo "# $1: found '$2'"; } ;;
		*) grep -qF -e "$2" "$WORK/$1" || { ok=1; echo "# $1: not found '$2'"; } ;;
		esac
		shift 2
	done
	result "$ok" "$name"
}

expect_silent() {
	[ ! -s "$WORK/err" ]
	result $? "$1"
}

# The value of a Python expression over the JSON output `j` is what it should be.
expect_json() {
	local got
	if ! command -v python3 >/dev/null; then
		skip "$1" "no python3"
		return
	fi
	got=$(python3 -c "import json,sys; j = json.load(open(sys.argv[1])); print($2)" "$WORK/out" 2>&1)
	[ "$got" = "$3" ] || echo "# $2 is '$got', not '$3'"
	[ "$got" = "$3" ]
	result $? "$1"
}

# ---- made-up machines ----

# An Intel machine with its IOMMU on and vfio-pci there, and no device.
new_machine() {
	stop_kernel
	root=$WORK/root$((++machines))
	mkdir -p "$root"/{dev/vfio,etc/default,etc/udev/rules.d,proc/self,proc/sys/kernel,run} \
		"$root"/lib/modules/6.1.0 "$root"/sys/firmware/acpi/tables \
		"$root"/sys/class/{block,nvme} "$root"/sys/kernel/iommu_groups/0/devices \
		"$root"/sys/module/vfio_iommu_type1 "$root"/sys/bus/pci/{devices,drivers/{nvme,vfio-pci}}
	printf 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme\n' >"$root/proc/cpuinfo"
	echo "ro intel_iommu=on,sm_on quiet" >"$root/proc/cmdline"
	echo 6.1.0 >"$root/proc/sys/kernel/osrelease"
	echo "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/x.ko" >"$root/lib/modules/6.1.0/modules.dep"
	touch "$root"/sys/firmware/acpi/tables/DMAR "$root/dev/vfio/vfio" "$root/etc/default/grub"
	chmod 666 "$root/dev/vfio/vfio"
	: >"$root/proc/self/mountinfo"
	echo "Filename Type Size Used Priority" >"$root/proc/swaps"
	: >"$root/sys/bus/pci/drivers_probe"
}
machines=0

# add_function ADDRESS CLASS DRIVER GROUP: `-` is none
add_function() {
	local dir=$root/sys/bus/pci/devices/$1
	mkdir -p "$dir"
	echo "0x$2" >"$dir/class"
	echo 0x144d >"$dir/vendor"
	echo 0xa808 >"$dir/device"
	echo -1 >"$dir/numa_node"
	echo "(null)" >"$dir/driver_override"
	if [ "$3" != - ]; then
		mkdir -p "$root/sys/bus/pci/drivers/$3"
		ln -s "../../drivers/$3" "$dir/driver"
	fi
	if [ "$4" != - ]; then
		mkdir -p "$root/sys/kernel/iommu_groups/$4/devices"
		ln -s "$root/sys/kernel/iommu_groups/$4" "$dir/iommu_group"
		ln -s "$dir" "$root/sys/kernel/iommu_groups/$4/devices/$1"
	fi
}

add_block() {
	mkdir -p "$root/sys/class/block/$1/holders"
	echo "$2" >"$root/sys/class/block/$1/dev"
	: >"$root/dev/$1"
}

add_partition() {
	add_block "$2" "$3"
	mkdir -p "$root/sys/class/block/$1/$2"
	echo 1 >"$root/sys/class/block/$1/$2/partition"
}

# An NVMe controller with the kernel's driver: nvme0 with nvme0n1 and its partitions 1 and 2.
add_nvme() {
	local dir=$root/sys/bus/pci/devices/$A/nvme/nvme0
	add_function $A 010802 nvme 12
	mkdir -p "$dir/nvme0n1"
	printf 'Samsung SSD 970 PRO 512GB               \n' >"$dir/model"
	printf 'S463NF0K123456      \n' >"$dir/serial"
	ln -s "$dir" "$root/sys/class/nvme/nvme0"
	add_block nvme0n1 259:0
	add_partition nvme0n1 nvme0n1p1 259:1
	add_partition nvme0n1 nvme0n1p2 259:2
}

# The same with vfio-pci; the node is the caller's.
add_vfio() {
	add_function $A 010802 vfio-pci 12
	: >"$root/dev/vfio/12"
	chmod 600 "$root/dev/vfio/12"
}

mount_line() {
	echo "36 25 $1 / $2 rw,relatime shared:1 - ext4 $3 rw" >>"$root/proc/self/mountinfo"
}

# process PID NAME NODE: has the node open
add_process() {
	mkdir -p "$root/proc/$1/fd"
	echo "$2" >"$root/proc/$1/comm"
	ln -s "$3" "$root/proc/$1/fd/7"
}

# ---- the kernel's part ----

attach() {
	local dir=$root/sys/bus/pci/devices/$1 driver
	driver=$(cat "$dir/driver_override")
	[ -n "$driver" ] || driver=nvme
	echo "probe $1 $driver" >>"$root/log"
	[ ! -e "$root/refuse-$driver" ] || return
	ln -sfn "../../drivers/$driver" "$dir/driver"
	if [ "$driver" = vfio-pci ]; then
		rm -rf "$dir/nvme" "$root/sys/class/nvme/nvme0"
		if [ -e "$root/bad-node" ]; then
			mkdir "$root/dev/vfio/12"
		else
			: >"$root/dev/vfio/12"
			chmod 600 "$root/dev/vfio/12"
		fi
	fi
}

detach() {
	echo "unbind $1" >>"$root/log"
	rm -rf "$root/sys/bus/pci/devices/$1/driver" "$root/dev/vfio/12"
}

# serve FIFO ACTION: the action for every address that is written
serve() {
	local address
	while :; do
		read -r address <"$1"
		"$2" "$address"
	done
}

start_kernel() {
	local fifo
	for fifo in drivers_probe drivers/nvme/unbind drivers/vfio-pci/unbind; do
		rm -f "$root/sys/bus/pci/$fifo"
		mkfifo "$root/sys/bus/pci/$fifo"
		if [ $fifo = drivers_probe ]; then
			serve "$root/sys/bus/pci/$fifo" attach &
		else
			serve "$root/sys/bus/pci/$fifo" detach &
		fi
		kernel_pids+=($!)
	done
	: >"$root/log"
}

stop_kernel() {
	local pid
	for pid in "${kernel_pids[@]}"; do
		kill "$pid"
		wait "$pid" 2>/dev/null
	done
	kernel_pids=()
}

driver_of() {
	basename "$(readlink "$root/sys/bus/pci/devices/$A/driver" || echo none)"
}

# is NAME GOT WANTED
is() {
	[ "$2" = "$3" ] || echo "# got '$2', wanted '$3'"
	[ "$2" = "$3" ]
	result $? "$1"
}

finish() {
	echo "1..$number"
	[ "$failures" -eq 0 ]
}
