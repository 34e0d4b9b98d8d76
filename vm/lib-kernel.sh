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
#   kernel_dir      the cache folder for what is derived from this kernel
resolve_kernel()
{
	kernel_release='' kernel_modules='' kernel_build='' kernel_dir=''

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

# The answer is remembered until the package lists change, because apt takes a
# second to read them.
kernel_from_debian()
{
	local answer=$cache/debian-$1 package

	[[ $1 =~ ^[0-9]+\.[0-9]+$ ]] || die "--kernel debian:$1: expected a series such as debian:6.12"
	need_tools apt-get=apt
	if [ ! "$answer" -nt /var/lib/apt/lists ] || [ ! -f "$cache/$(cat "$answer")" ]; then
		package=$(apt-cache search --names-only "^linux-image-${1/./\\.}\.[0-9].*-cloud-amd64$" |
			cut -d ' ' -f 1 | sort -V | tail -n 1)
		[ -n "$package" ] || die "apt knows no Debian cloud kernel $1: run apt-get update, or give a .deb"
		fetch_deb "$package" >"$work/answer" ||
			die "cannot download $package: $(tail -n 1 "$work/fetch.log")"
		mv "$work/answer" "$answer"
	fi
	kernel_from_deb "$cache/$(cat "$answer")"
}

# fetch_deb PACKAGE[=VERSION]: have the package in the cache, print its file name.
fetch_deb()
{
	local name

	name=$(apt-get download --print-uris "$1" 2>"$work/fetch.log" | cut -d ' ' -f 2) || return 1
	if [ ! -f "$cache/$name" ]; then
		(cd "$work" && apt-get -q download "$1") >"$work/fetch.log" 2>&1 || return 1
		mv "$work/$name" "$cache/"
	fi
	printf '%s\n' "$name"
}

# kernel_from_deb FILE: a linux-image package; unpacked once, together with the
# packages needed to build a module for it.
kernel_from_deb()
{
	local package version

	read -r package version < <(dpkg-deb --show "$1" 2>/dev/null) || die "$1 is not a Debian package"
	[[ $package == linux-image-* ]] || die "$1 holds $package, not a linux-image package"
	kernel_name=${package#linux-image-}
	kernel_name=${kernel_name%-unsigned}
	kernel_release=$kernel_name
	kernel_dir=$cache/kernel/${package}_$version
	[ -d "$kernel_dir" ] || unpack_kernel "$1" "$version"
	kernel_image=$kernel_dir/boot/vmlinuz-$kernel_name
	kernel_modules=$kernel_dir/lib/modules/$kernel_name
	[ -e "$kernel_image" ] || die "$1 holds no kernel: is it a meta-package?"
	if [ -e "$kernel_dir/usr/src/linux-headers-$kernel_name" ]; then
		kernel_build=$kernel_dir/usr/src/linux-headers-$kernel_name
	else
		note "no header packages for $kernel_name: the suite runs without pin_probe"
	fi
}

unpack_kernel()
{
	local new=$work/unpack deb

	need_room 500
	mkdir -p "$cache/kernel"
	attempt "unpack $1" dpkg-deb -x "$1" "$new"
	attempt "index the modules of $1" depmod -b "$new" "$kernel_name"
	header_debs "$1" "$2" >"$work/headers"
	while read -r deb; do
		attempt "unpack $deb" dpkg-deb -x "$deb" "$new"
	done <"$work/headers"
	relocate_headers "$new/usr/src"
	mv "$new" "$kernel_dir"
}

# header_debs IMAGE_DEB VERSION: fetch and list the packages to build a module
# for that kernel with: headers, common headers and kbuild. Nothing is listed if
# one of them can be found neither beside the image nor by apt.
header_debs()
{
	local headers=linux-headers-$kernel_name beside wanted deb list=

	beside=$(dirname "$1")
	deb=$(find_deb "$beside" "$headers" "$2") || return 0
	list=$deb
	for wanted in $(dpkg-deb -f "$deb" Depends | tr ',' '\n' |
		grep -o 'linux-headers-[^ ]*-common\|linux-kbuild-[^ ]*'); do
		deb=$(find_deb "$beside" "$wanted" "$2") || return 0
		list+=$'\n'$deb
	done
	printf '%s\n' "$list"
}

# find_deb FOLDER PACKAGE VERSION: print the package's file in FOLDER or fetched.
find_deb()
{
	local deb

	for deb in "$1/$2_${3}"_*.deb; do
		[ ! -e "$deb" ] || { printf '%s\n' "$deb"; return; }
	done
	deb=$(fetch_deb "$2=$3") && printf '%s\n' "$cache/$deb"
}

# relocate_headers USR_SRC: make unpacked header packages usable where they are.
# Their Makefile includes the common one by an absolute path. A vmlinux is there
# only for BTF, which would need pahole.
relocate_headers()
{
	local makefile

	# shellcheck disable=SC2016 # that is for make to expand
	for makefile in "$1"/linux-headers-*/Makefile; do
		[ ! -e "$makefile" ] ||
			sed -i 's|^include /usr/src/|include $(dir $(lastword $(MAKEFILE_LIST)))../|' "$makefile"
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
