# shellcheck shell=bash disable=SC2154 # variables of scripts/vm
# SPDX-License-Identifier: MIT
#
# Part of scripts/vm: packs the guest's file system, an initrd of two parts that the kernel unpacks one
# over the other. The base is what every guest has (this machine's own programs with their libraries,
# the kernel's modules) and stays in the cache until this machine's packages or these scripts change.
# The overlay is what one run adds: what was built, the tests, extra files, the command.
# Uncompressed, because unpacking under emulation takes longer than loading.

# Real programs; whatever else a shell script wants is busybox.
BASE_PROGRAMS=(bash busybox dash dd dmsetup ldconfig lspci mke2fs nvme prlimit setpriv setsid smartctl sudo
	timeout)

# Loaded in this order at boot.
BASE_MODULES=(virtio_pci virtio_console crct10dif_generic crc64-rocksoft_generic nvme
	irqbypass vfio vfio_iommu_type1 vfio-pci)
# Only there, for modprobe.
MORE_MODULES=(ext4 dm-mod loop crc32c_generic nvmet nbd null_blk nvme-tcp nvmet-tcp)

# Puts the file $1 into the tree $stage as $2. Directories that are links in the guest are resolved,
# because a directory in a later initrd would take the place of the link.
put() {
	local target
	target=$stage$(guest_path "$2")
	mkdir -p "${target%/*}"
	cp -L --preserve=mode "$1" "$target"
}

guest_path() {
	case $1 in
	/bin/* | /sbin/* | /lib/* | /lib64/*) printf '/usr%s' "$1" ;;
	*) printf '%s' "$1" ;;
	esac
}

# Prints the shared libraries (their paths on this machine) of the programs and libraries in "$@".
libraries_of() {
	[ $# -gt 0 ] || return 0
	ldd "$@" 2>/dev/null | awk '
		$2 == "=>" && $3 == "not" { print "vm: warning: " $1 " is not found" > "/dev/stderr"; next }
		$2 == "=>" { print $3 }
		$1 ~ /^\// && $2 ~ /^\(/ { print $1 }' | sort -u
}

is_elf() {
	local magic
	LC_ALL=C IFS= read -r -d '' -n 4 magic <"$1" 2>/dev/null || true
	[ "$magic" = $'\x7fELF' ]
}

# Puts the libraries of all programs in the tree $stage into it. A library of the system keeps its
# path; one from elsewhere (a build tree) goes where the guest's loader looks.
put_libraries() {
	local file libs elf=()

	while IFS= read -r -d '' file; do
		if is_elf "$file"; then
			elf+=("$file")
		fi
	done < <(find "$stage" -type f \( -perm /111 -o -name '*.so*' \) -print0)
	mapfile -t libs < <(
		export LD_LIBRARY_PATH=$stage/usr/local/lib:$stage/usr/local/lib/x86_64-linux-gnu
		libraries_of "${elf[@]}"
	)
	for file in "${libs[@]}"; do
		case $file in
		"$stage"/*) ;;
		/lib/* | /lib64/* | /usr/lib/* | /usr/lib64/* | /usr/libexec/*) put "$file" "$file" ;;
		*) put "$file" "/usr/local/lib/${file##*/}" ;;
		esac
	done
}

pack() {
	(cd "$stage" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio -0 -o -H newc -R 0:0 --quiet) >"$1"
}

# Prints the files of the modules in "$@" and of those that they need, in the order of loading.
# Of the caller: the kernel's directory $dir, its $release.
modules_with_needs() {
	local module
	for module; do
		modprobe -d "$dir" -S "$release" --show-depends "$module" ||
			die "the kernel has no module $module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

put_modules() {
	local dir=$1 release module

	release=$(basename "$dir"/lib/modules/*)
	mkdir -p "$stage/etc/vm"
	modules_with_needs "${BASE_MODULES[@]}" | sed "s|^$dir||" >"$stage/etc/vm/modules"
	modules_with_needs "${BASE_MODULES[@]}" "${MORE_MODULES[@]}" | while read -r module; do
		put "$module" "${module#"$dir"}"
	done
	cp "$dir/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$stage/usr/lib/modules/$release/"
	depmod -b "$stage" "$release"
}

put_accounts() {
	mkdir -p "$stage"/{etc/pam.d,root,home/user}
	cat >"$stage/etc/passwd" <<-END
	root:x:0:0:root:/root:/bin/bash
	user:x:1000:1000:user:/home/user:/bin/bash
	nobody:x:65534:65534:nobody:/:/bin/false
	END
	cat >"$stage/etc/group" <<-END
	root:x:0:
	tty:x:5:
	disk:x:6:
	user:x:1000:
	nogroup:x:65534:
	END
	printf 'passwd: files\ngroup: files\nhosts: files\n' >"$stage/etc/nsswitch.conf"
	printf '127.0.0.1 localhost vm\n' >"$stage/etc/hosts"
	echo vm >"$stage/etc/hostname"

	cat >"$stage/etc/sudoers" <<-END
	Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	root ALL=(ALL:ALL) ALL
	user ALL=(ALL:ALL) NOPASSWD: ALL
	END
	chmod 440 "$stage/etc/sudoers"
	for service in sudo other; do
		printf '%s required pam_permit.so\n' auth account password session >"$stage/etc/pam.d/$service"
	done
}

build_base() {
	local program path applet file

	mkdir -p "$stage"/{dev,proc,sys,run,tmp,mnt,etc/vm} "$stage"/usr/{bin,sbin,lib,lib64,local/bin,local/sbin}
	for path in bin sbin lib lib64; do
		ln -s "usr/$path" "$stage/$path"
	done
	for applet in $(busybox --list); do
		ln -s busybox "$stage/usr/bin/$applet"
	done
	# The kernel and the guest's scripts look for these by their full path.
	ln -s ../bin/busybox "$stage/usr/sbin/modprobe"
	for program in "${BASE_PROGRAMS[@]}"; do
		path=$(command -v "$program") || die "$program is not installed: run scripts/setup vm"
		rm -f "$stage/usr/bin/$program"
		put "$path" "/usr/bin/$program"
	done
	ln -sf dash "$stage/usr/bin/sh"
	ln -s mke2fs "$stage/usr/bin/mkfs.ext4"
	chmod 4755 "$stage/usr/bin/sudo"
	for file in /usr/libexec/sudo/sudoers.so /lib/x86_64-linux-gnu/security/pam_permit.so \
		/usr/share/misc/pci.ids /etc/mke2fs.conf; do
		put "$file" "$file"
	done
	cp -r /lib/terminfo "$stage/usr/lib/"
	put_accounts
	printf '%s\n' /usr/local/lib /usr/local/lib/x86_64-linux-gnu >"$stage/etc/ld.so.conf"
	put_libraries
	put_modules "$1"
	install -m 755 "$HERE/vm.d/init" "$stage/init"
	install -m 644 "$HERE/vm.d/profile" "$stage/etc/vm/profile"
}

# Prints the path of the base for the kernel in directory $1, made now if need be.
base_initrd() {
	local key base stage=$tmp/base

	key=$(cat "$HERE"/vm.d/* <(stat -c '%s %Y' /var/lib/dpkg/status) <(echo "$1") | sha256sum)
	base=$CACHE/base-${key::16}.cpio
	if [ -e "$base" ]; then
		touch -c "$base"
	else
		echo "vm: packing the guest's base" >&2
		find "$CACHE" -maxdepth 1 -name 'base-*.cpio*' -mmin +60 -delete
		mkdir "$stage"
		build_base "$1"
		pack "$base.$$"
		mv "$base.$$" "$base"
		rm -r "$stage"
	fi
	echo "$base"
}

quoted() {
	local word
	for word; do
		printf "'%s' " "${word//\'/\'\\\'\'}"
	done
}

# Writes the overlay $1: what was installed into $2, the scripts and tests of the tree, the extra
# files in the rest of "$@" (SOURCE:DESTINATION), and what the guest's init is to do.
overlay_initrd() {
	local out=$1 root=$2 file name stage=$tmp/overlay.d

	mkdir -p "$stage/etc/vm" "$stage/znvme/tests"
	if [ -n "$root" ]; then
		cp -a "$root/." "$stage/"
		for name in bin sbin lib lib64; do
			if [ -d "$stage/$name" ]; then
				mkdir -p "$stage/usr"
				cp -a "$stage/$name" "$stage/usr/"
				rm -r "${stage:?}/$name"
			fi
		done
	fi
	for file in misc tests/vm; do
		if [ -d "$REPO/$file" ]; then
			cp -a "$REPO/$file" "$stage/znvme/$file"
		fi
	done
	shift 2
	for file; do
		name=$stage$(guest_path "${file#*:}")
		mkdir -p "$(dirname "$name")"
		cp -aLT "${file%%:*}" "$name"
	done
	printf '%s\n' "${guest_settings[@]}" "as=$as" "devices=${#nvme[@]}" >"$stage/etc/vm/settings"
	printf 'exec %s\n' "$(quoted "${command[@]}")" >"$stage/etc/vm/command"
	put_libraries
	pack "$out"
	rm -rf "$stage"
}
