# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# From a kernel SPEC to files: sourced by vm/run.

# resolve_kernel: find, fetch or unpack what $spec names, and set
#   kernel_name     a name for messages and file names
#   kernel_image    the bzImage, see also unpack_image
#   kernel_release  what uname -r will say, if it has modules or can have them
#   kernel_modules  its lib/modules/RELEASE, or empty
#   kernel_build    the folder to build modules against, or empty
#   kernel_promised its symbols that the suite may rely on, a file, or empty
#   kernel_dir      the cache folder for what is derived from this kernel
resolve_kernel()
{
	kernel_release='' kernel_modules='' kernel_build='' kernel_promised='' kernel_dir=''

	case $spec in
	debian:*)
		kernel_from_debian "${spec#debian:}" ;;
	*.deb)
		[ -r "$spec" ] || die "cannot read $spec"
		kernel_from_deb "$spec" ;;
	*)
		if [ -d "$spec" ]; then
			kernel_from_tree "$(cd "$spec" && pwd)"
		else
			kernel_from_image "$spec"
		fi ;;
	esac

	if [ "$(dd if="$kernel_image" bs=1 skip=514 count=4 2>/dev/null | tr -d '\0')" != HdrS ]; then
		note "boot failure: $kernel_image is not a bzImage"
		exit 125
	fi
}

# kernel_from_debian SERIES: the newest of the archive; of those in the cache, if it
# cannot be had.
kernel_from_debian()
{
	local release version suite headers lack deb cached why

	[[ $1 =~ ^([0-9]+\.[0-9]+|newest)$ ]] ||
		die "--kernel debian:$1: expected a series such as debian:6.12, or debian:newest"
	if update_lists; then
		why="no suite of Debian has it (see --list-kernels)"
	else
		why=$lists_lack
	fi
	read -r release version suite headers lack < <(archive_kernels | choose_kernel "$1") || true
	if [ -n "$lack" ]; then
		why="of $release the archive has only parts, it lacks $lack"
	elif [ -n "$release" ]; then
		[ ! -d "$cache/kernel/linux-image-${release}_$version" ] || {
			kernel_from_package "linux-image-$release" "$version"
			return
		}
		if deb=$(fetch_debs "linux-image-$release=$version"); then
			kernel_from_deb "$cache/$deb"
			return
		fi
		why="cannot download linux-image-$release: $(tail -n 1 "$work/fetch.log")"
	fi
	cached=$(cached_kernels | choose_kernel "$1")
	[ -n "$cached" ] || die "--kernel debian:$1: $why"
	read -r release version suite <<<"$cached"
	note "debian:$1 is $release of the cache: $why"
	kernel_from_package "linux-image-$release" "$version"
}

# kernel_from_deb FILE: a linux-image package; unpacked once, together with the
# packages needed to build a module for it. In newer packaging it is empty, and the
# kernel is in others that it depends on.
kernel_from_deb()
{
	local package version

	read -r package version < <(dpkg-deb --show "$1" 2>/dev/null) || die "$1 is not a Debian package"
	[[ $package == linux-image-* ]] || die "$1 holds $package, not a linux-image package"
	[ -d "$cache/kernel/${package}_$version" ] || unpack_kernel "$1" "$package" "$version"
	kernel_from_package "$package" "$version"
}

# kernel_from_package PACKAGE VERSION: one that is unpacked
kernel_from_package()
{
	kernel_name=${1#linux-image-}
	kernel_name=${kernel_name%-unsigned}
	kernel_release=$kernel_name
	kernel_dir=$cache/kernel/${1}_$2
	kernel_modules=$kernel_dir/lib/modules/$kernel_name
	kernel_image=$kernel_dir/boot/vmlinuz-$kernel_name
	[ -e "$kernel_image" ] || kernel_image=$kernel_modules/vmlinuz
	if [ -e "$kernel_dir/usr/src/linux-headers-$kernel_name" ]; then
		kernel_build=$kernel_dir/usr/src/linux-headers-$kernel_name
	else
		note "no header packages for $kernel_name: the suite runs without pin_probe"
	fi
}

# unpack_kernel FILE PACKAGE VERSION. Modules are in /lib or in /usr/lib: here the
# two are one.
unpack_kernel()
{
	local new=$work/unpack beside release=${2#linux-image-} parts headers deb

	beside=$(dirname "$1")
	release=${release%-unsigned}
	need_room 500
	parts=$(with_parts "$beside" "$3" '^linux-(binary|modules|base)-[0-9]' "$1") ||
		die "$1 is not the whole kernel: $parts can be found neither beside it nor by apt"
	if headers=$(find_deb "$beside" "linux-headers-$release" "$3") &&
		headers=$(with_parts "$beside" "$3" '^linux-(headers-.*-common|kbuild-)' "$headers"); then
		parts+=$'\n'$headers
	elif archive_kernels | grep "^$release $3 [^ ]* yes" >/dev/null; then
		die "cannot download the header packages of $release: $(tail -n 1 "$work/fetch.log")"
	fi
	mkdir -p "$cache/kernel" "$new/usr/lib"
	ln -s usr/lib "$new/lib"
	while read -r deb; do
		attempt "unpack $deb" unpack_deb "$deb" "$new"
	done <<<"$parts"
	[ -e "$new/boot/vmlinuz-$release" ] || [ -e "$new/lib/modules/$release/vmlinuz" ] ||
		die "$1 holds no kernel: is it a meta-package?"
	attempt "index the modules of $1" depmod -b "$new" "$release"
	relocate_headers "$new/usr/src"
	mv -T "$new" "$cache/kernel/${2}_$3"
}

# unpack_deb FILE FOLDER: into what is there, through its symbolic links
unpack_deb()
{
	dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2" --no-same-owner
}

# with_parts FOLDER VERSION PATTERN FILE: print FILE, and those of the packages that
# it depends on whose names match. False, with the name of one, if that is nowhere.
with_parts()
{
	local part deb list=$4

	for part in $(dpkg-deb -f "$4" Depends | tr ',' '\n' | awk -v wanted="$3" '$1 ~ wanted { print $1 }'); do
		deb=$(find_deb "$1" "$part" "$2") || {
			printf '%s\n' "$part"
			return 1
		}
		list+=$'\n'$deb
	done
	printf '%s\n' "$list"
}

# find_deb FOLDER PACKAGE VERSION: print the package's file in FOLDER or fetched.
find_deb()
{
	local deb

	for deb in "$1/$2_${3/:/%3a}"_*.deb; do
		[ ! -e "$deb" ] || { printf '%s\n' "$deb"; return; }
	done
	update_lists && deb=$(fetch_debs "$2=$3") && printf '%s\n' "$cache/$deb"
}

# relocate_headers USR_SRC: make unpacked header packages usable where they are:
# their Makefile names its own folder and that of the common ones by absolute paths. A
# vmlinux is there only for BTF, which would need pahole.
relocate_headers()
{
	# shellcheck disable=SC2016 # that is for make to expand
	local makefile here='$(dir $(abspath $(lastword $(MAKEFILE_LIST))))'

	for makefile in "$1"/linux-headers-*/Makefile; do
		[ ! -e "$makefile" ] ||
			sed -i "s,^KBUILD_OUTPUT=/.*,KBUILD_OUTPUT := $here,; s,^include /usr/src/,include $here../," "$makefile"
	done
	rm -f "$1"/linux-headers-*/vmlinux
}

# kernel_from_image FILE: a bzImage, with its modules if --modules names them.
kernel_from_image()
{
	[ -r "$1" ] || die "--kernel $1: no such file"
	kernel_name=$(basename "$1")
	kernel_image=$1
	if [ -n "$modules" ]; then
		[ -f "$modules/modules.dep" ] || die "--modules $modules: no modules.dep in it"
		kernel_modules=$(cd "$modules" && pwd)
		kernel_release=$(basename "$kernel_modules")
		[ ! -e "$modules/build/Makefile" ] || kernel_build=$modules/build
	fi
	made_from image "$1" ${modules:+"$modules/modules.dep"} || seal
}

# kernel_from_tree DIR: a built kernel tree. Its modules are installed into the
# cache.
kernel_from_tree()
{
	kernel_image=$1/arch/x86/boot/bzImage
	[ -e "$kernel_image" ] || die "--kernel $1: no arch/x86/boot/bzImage in it: build the kernel first"
	kernel_release=$(cat "$1/include/config/kernel.release")
	kernel_name=$kernel_release
	made_from tree "$kernel_image" || {
		[ ! -s "$1/modules.order" ] ||
			attempt "install the modules of $1" make -s -C "$1" \
				modules_install INSTALL_MOD_PATH="$kernel_dir" INSTALL_MOD_STRIP=1
		seal
	}
	[ ! -s "$1/modules.order" ] || kernel_modules=$kernel_dir/lib/modules/$kernel_release
	! grep -q '^CONFIG_MODULES=y' "$1/.config" || kernel_build=$1
	[ ! -e "$1/promised" ] || kernel_promised=$1/promised
}

# made_from KIND FILE...: set kernel_dir for the kernel that FILEs are. True if what
# is there was made from these very FILEs (times alone do not tell: an older kernel
# may be copied over a newer one), else it is empty until seal.
made_from()
{
	kernel_dir=$cache/kernel/$1-$(realpath "${@:2}" | sha256sum | cut -c 1-16)
	kernel_seal=$(stat -L -c '%s %i %y' "${@:2}")
	if [ "$(cat "$kernel_dir/seal" 2>/dev/null)" != "$kernel_seal" ]; then
		rm -rf "$kernel_dir"
		mkdir -p "$kernel_dir"
		return 1
	fi
}

seal()
{
	printf '%s\n' "$kernel_seal" >"$kernel_dir/seal"
}

# unpack_image: where it can be done, turn kernel_image into the uncompressed
# kernel, which QEMU enters by PVH. Without KVM this saves the guest a second or
# more of unpacking itself (and its random load address, which no test looks at).
# The fields are those of the kernel's Documentation/arch/x86/boot.rst.
unpack_image()
{
	local vmlinux=$kernel_dir/vmlinux sectors offset length size unpacker

	if [ ! -e "$vmlinux" ]; then
		sectors=$(number_at 497 1)
		offset=$(((sectors + 1) * 512 + $(number_at 584 4)))
		length=$(number_at 588 4)
		size=$(number_at $((offset + length - 4)) 4)
		case $(number_at $offset 2) in
		35615) unpacker=gzip ;;
		14333) unpacker=xz ;;
		8450) unpacker=lz4 ;;
		46376) unpacker=zstd ;;
		*) return 0 ;;
		esac
		# The size behind the payload makes the unpackers complain.
		dd if="$kernel_image" bs=1M iflag=skip_bytes,count_bytes \
			skip="$offset" count="$length" 2>/dev/null |
			$unpacker -dc >"$work/vmlinux" 2>/dev/null || true
		[ "$(stat -c %s "$work/vmlinux")" = "$size" ] || return 0
		mv "$work/vmlinux" "$vmlinux"
	fi
	! readelf -n "$vmlinux" 2>/dev/null | grep -q 'Xen.*(0x00000012)' || kernel_image=$vmlinux
}

# number_at OFFSET BYTES: a little-endian field of kernel_image; 0 beyond its end.
number_at()
{
	{ od -An -t "u$2" -j "$1" -N "$2" "$kernel_image" 2>/dev/null || echo 0; } | tr -d ' '
}
