# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Part of scripts/vm: gets Debian's kernel into the cache. It is downloaded by apt (which checks its
# signature) and unpacked, never installed:
#
#	$CACHE/kernel-VERSION/vmlinux		the kernel, already unpacked: boots 3 s faster than vmlinuz
#	$CACHE/kernel-VERSION/vmlinuz		as Debian ships it
#	$CACHE/kernel-VERSION/lib/modules/	the modules that a guest may want

# The rest of Debian's 390 MB of modules is for hardware and protocols that the guest does not have.
KERNEL_KEEP='/kernel/(arch|block|crypto|lib|virt|fs/(ext4|jbd2|9p|netfs|fscache)|net/9p|fs/mbcache.ko'
KERNEL_KEEP+='|drivers/(nvme|vfio|virtio|block|md|net/virtio|nvdimm|dax|char))'

# Sets kernel_dir to the newest kernel in the cache; fails if there is none.
newest_kernel() {
	local dirs

	mapfile -t dirs < <(printf '%s\n' "$CACHE"/kernel-*/vmlinux | sort -V)
	kernel_dir=$(dirname "${dirs[-1]}")
	[ -r "$kernel_dir/vmlinux" ]
}

# The real kernel inside a Debian vmlinuz is an xz stream. Without it vmlinuz itself does as well.
unpack_vmlinuz() {
	local magic=$'\xfd7zXZ' offset

	offset=$(LC_ALL=C grep -a -b -o -m 1 -F "$magic" "$1" | head -n 1 | cut -d : -f 1)
	if [ -n "$offset" ]; then
		# Behind the stream stands more of vmlinuz, which xz complains about.
		tail -c "+$((offset + 1))" "$1" | xz -dc --single-stream >"$2" 2>/dev/null || true
	fi
	[ "$(head -c 4 "$2" 2>/dev/null)" = $'\x7fELF' ] || cp "$1" "$2"
}

# Runs in the directory where the kernel is put together.
unpack_kernel() {
	local deb=$1 release

	dpkg-deb --fsys-tarfile "$deb" | tar -x ./boot ./lib/modules || return
	mv boot/vmlinuz-* vmlinuz || return
	unpack_vmlinuz vmlinuz vmlinux || return
	release=$(basename lib/modules/*)
	find lib/modules -name '*.ko*' -type f -regextype posix-extended \
		-not -regex ".*$KERNEL_KEEP.*" -delete
	find lib/modules -type d -empty -delete
	depmod -b . "$release" 2>/dev/null || return
	rm -rf boot "$deb"
}

# Prints package and version of the kernel that linux-image-amd64 stands for; "$@" are apt's options.
kernel_package() {
	apt-cache "$@" show --no-all-versions linux-image-amd64 2>/dev/null |
		sed -n 's/^Depends: \([^ ]*\) (= \(.*\))$/\1 \2/p'
}

# Runs in an empty directory: downloads with apt's options "$@" and puts the result into the cache.
fetch_with() {
	local package version

	read -r package version < <(kernel_package "$@") || return
	if [ -r "$CACHE/kernel-$version/vmlinux" ]; then
		echo "vm: $package $version is there" >&2
		return
	fi
	echo "vm: downloading $package $version (70 MB, unpacked and never installed)" >&2
	mkdir kernel
	cd kernel || return
	apt-get "$@" -qq download "$package=$version" >&2 || return
	unpack_kernel ./*.deb || die "$package $version could not be unpacked"
	# Another run may have been faster: then its result is as good.
	mv -T "$PWD" "$CACHE/kernel-$version" 2>/dev/null || true
}

# With the system's package lists; where they are missing or too old, with fresh ones of our own, for
# which nobody needs to be root.
fetch_kernel() {
	local work options=(-o APT::Sandbox::User=root)

	command -v apt-get >/dev/null || die "fetch needs Debian's apt"
	mkdir -p "$CACHE"
	find "$CACHE" -maxdepth 1 -name 'fetch.*' -mtime +0 -exec rm -rf {} +
	work=$(mktemp -d "$CACHE/fetch.XXXXXX")
	(
		trap 'rm -rf "$work"' EXIT
		cd "$work" || exit
		fetch_with "${options[@]}" && exit
		cd "$work" && rm -rf kernel && mkdir -p lists/partial cache/archives/partial
		options+=(-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache")
		echo "vm: fetching fresh package lists" >&2
		{ apt-get "${options[@]}" -qq update >&2 && fetch_with "${options[@]}"; } ||
			die "apt could not get Debian's kernel: is there a network, and a Debian mirror in /etc/apt?"
	)
}
