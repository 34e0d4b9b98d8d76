#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Get what the suite needs from others.
#
# deps.sh GROUP...	install the Debian packages of these groups that are
#			missing: build, run, vm, kernel, coverage,
#			mutants, check
# deps.sh ksrc DIR	put the kernel's test harness and build rules into DIR,
#			from Debian's linux-source package, unless they are there
set -eu

cache=${GUP_PIN_CACHE:-$(dirname "$0")/build/cache}

SOURCE=linux-source-6.12
PARTS='COPYING
mm/gup_test.h
scripts/checkpatch.pl
scripts/const_structs.checkpatch
scripts/spelling.txt
scripts/subarch.include
tools/include
tools/scripts
tools/testing/kunit
tools/testing/selftests/Makefile
tools/testing/selftests/gen_kselftest_tar.sh
tools/testing/selftests/kselftest
tools/testing/selftests/kselftest.h
tools/testing/selftests/kselftest_deps.sh
tools/testing/selftests/kselftest_harness.h
tools/testing/selftests/kselftest_install.sh
tools/testing/selftests/kselftest_module.h
tools/testing/selftests/lib.mk
tools/testing/selftests/mm
tools/testing/selftests/run_kselftest.sh'

die() {
	echo "deps.sh: $*" >&2
	exit 2
}

packages_of() {
	case $1 in
	build) echo gcc libc6-dev liburing-dev libmount-dev rsync xz-utils ;;
	run) echo mount && "$(dirname "$0")/testbed/filesystems" package ;;
	vm) echo qemu-system-x86 busybox-static dracut-core cpio kmod gcc make xz-utils libelf-dev util-linux ;;
	kernel) echo make gcc binutils flex bison bc perl libelf-dev xz-utils libcap-dev liburing-dev ;;
	coverage) echo lcov ;;
	mutants) echo coccinelle ;;
	check) echo perl python3 shellcheck clang mawk gawk busybox-static git mmdebstrap ;;
	*) die "unknown group $1: build, run, vm, kernel, coverage, mutants, check or ksrc" ;;
	esac
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_groups() {
	missing=
	for group; do
		for package in $(packages_of "$group"); do
			installed "$package" || missing="$missing $package"
		done
	done
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || die "to be installed as root: apt-get install$missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >&2 || die "apt-get update failed"
	# shellcheck disable=SC2086 # a list
	apt-get install -qq -y --no-install-recommends $missing >&2 ||
		die "apt-get install$missing failed"
}

# unpack_ksrc DIR PART...: what vm/build-kernel has unpacked, or else a new download
unpack_ksrc() {
	to=$1
	shift
	for tree in "$cache/source/${SOURCE}_"*; do
		[ ! -d "$tree" ] || {
			tar -C "$tree" -c "$@" | tar -C "$to" -x
			return
		}
	done
	(cd "$tmp" && apt-get download -qq -o APT::Sandbox::User=root "$SOURCE") >&2 ||
		die "cannot download $SOURCE: run apt-get update, or give KSRC=DIR, a kernel tree"
	for part; do
		shift
		set -- "$@" "$SOURCE/$part"
	done
	dpkg-deb --fsys-tarfile "$tmp"/*.deb | tar -xO "./usr/src/$SOURCE.tar.xz" |
		XZ_OPT=-T0 tar -xJ -C "$to" --strip-components=1 "$@"
}

fetch_ksrc() {
	dir=$1
	[ ! -e "$dir/.complete" ] || return 0
	[ ! -e "$dir/tools/testing/selftests/lib.mk" ] || return 0
	command -v apt-get >/dev/null ||
		die "no kernel source: give KSRC=DIR, a kernel tree of Linux 6.12 or newer"
	mkdir -p "$(dirname "$dir")"
	tmp=$(mktemp -d "$dir.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT TERM HUP
	mkdir "$tmp/tree"
	# shellcheck disable=SC2086 # a list without blanks
	unpack_ksrc "$tmp/tree" $PARTS ||
		die "cannot unpack $SOURCE into $dir: is the disk full?"
	: >"$tmp/tree/.complete"
	rm -rf "$dir"
	mv "$tmp/tree" "$dir"
}

case ${1:-} in
'' | -h | --help)
	sed -n '/^# deps.sh/,/^set/s/^# \{0,1\}//p' "$0"
	;;
ksrc)
	[ $# = 2 ] || die "usage: deps.sh ksrc DIR"
	fetch_ksrc "$2"
	;;
*)
	command -v dpkg-query >/dev/null || exit 0
	install_groups "$@"
	;;
esac
