# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# The compiler that a kernel's header packages name: sourced by vm/run.
#
# A module is built with the compiler of its kernel: another one may not know the
# options that the kernel was configured for. Where this machine lacks it, or is too
# old for the tools of the header packages, both run out of unpacked packages of the
# kernel's own release. That takes no root and no namespace: a script in the place of
# each program calls the loader that came with it.

# find_compiler: set compiler_path, what is to be put before PATH to build modules for a
# kernel whose header packages we have unpacked. False, with compiler_lack the reason, if
# the compiler cannot be had.
find_compiler()
{
	local compiler

	compiler_path=
	[[ $kernel_build == "$kernel_dir"/* ]] || return 0
	# shellcheck disable=SC2016 # that is for make to expand
	compiler=$(printf 'include .kernelvariables\nall:;@echo $(CC)\n' |
		env -u MAKEFLAGS make -s --no-print-directory -C "$kernel_build" -f - all)
	compiler=${compiler##* }
	! here_runs "$compiler" || return 0
	[ -d "$(cat "$kernel_dir/compiler" 2>/dev/null)" ] || unpack_compiler "$compiler" || return 1
	compiler_path=$(cat "$kernel_dir/compiler")/usr/bin:
}

# here_runs COMPILER: it is installed, and what modules are built with finds its
# libraries
here_runs()
{
	command -v "$1" >/dev/null &&
		! ldd "$kernel_build"/{scripts/basic/fixdep,scripts/mod/modpost,tools/objtool/objtool}* 2>&1 |
			grep -q 'not found'
}

# unpack_compiler COMPILER: with all that it and the kernel's kbuild package depend on,
# into a folder of the cache that is named in $kernel_dir/compiler.
unpack_compiler()
{
	local package=gcc-${1##*gcc-} kbuild version release wanted root new=$work/compiler deb

	version=${kernel_dir##*_}
	compiler_lack="$1 does not run here, and $package of its release cannot be fetched"
	update_lists || {
		compiler_lack+=": $lists_lack"
		return 1
	}
	kbuild=$(readlink -f "$kernel_build/scripts")
	kbuild=${kbuild%/scripts}
	deb=$(find_deb "$cache" "${kbuild##*/}" "$version") || return 1
	release=$(awk -F '\t' -v name="linux-image-$kernel_name" -v version="$version" '
		$1 == name && $2 == version { sub(/-.*/, "", $3); print $3; exit }' "$cache/debian/packages")
	wanted=(${release:+-t "$release"} install "$package" "$deb")

	root=$cache/compiler/$package-$(own_apt --print-uris "${wanted[@]}" 2>"$work/fetch.log" |
		awk '/^.http/ && $2 !~ /^linux-/ { print $2 }' | sort | sha256sum | cut -c 1-16)
	[ -d "$root" ] || {
		note "fetching $package for $kernel_name"
		need_room 500
		rm -f "$cache"/debian/archives/*.deb
		own_apt --download-only "${wanted[@]}" >"$work/fetch.log" 2>&1 || {
			compiler_lack+=": $(tail -n 1 "$work/fetch.log")"
			return 1
		}
		mkdir -p "$cache/compiler" "$new"/usr/{bin,lib,lib64,sbin}
		ln -s usr/{bin,lib,lib64,sbin} "$new"
		for deb in "$cache"/debian/archives/*.deb; do
			attempt "unpack $deb" unpack_deb "$deb" "$new"
		done
		rm -f "$cache"/debian/archives/*.deb
		call_own_loader "$root" "$new/usr/bin" "$new"/usr/lib*/gcc
		mv -T "$new" "$root"
	}
	call_own_loader "$root" "$kbuild"
	printf '%s\n' "$root" >"$kernel_dir/compiler"
}

# call_own_loader ROOT FOLDER...: let the programs in FOLDERs run with the loader and the
# libraries of ROOT. Not by /lib64, which may be a link to the loader of this machine.
call_own_loader()
{
	local libraries=$1/usr/lib/x86_64-linux-gnu program
	shift

	find "$@" -type f -perm -u+x -not -name '*.so*' -not -name '*.elf' | while read -r program; do
		head -c 4 "$program" | grep -aq ELF || continue
		mv "$program" "$program.elf"
		cat >"$program" <<END
#!/bin/sh
exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" \\
	--argv0 "\$0" "\$(readlink -f "\$0").elf" "\$@"
END
		chmod +x "$program"
	done
}
