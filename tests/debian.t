#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Which kernel "debian:" is: with package lists and kernels that are made up, in a
# cache of our own. Needs no network, nor QEMU: nothing here comes to be booted.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")

make_tmp
GUP_PIN_CACHE=$tmp/cache
export GUP_PIN_CACHE
mkdir -p "$tmp/cache/debian" "$tmp/bin" "$tmp/suite"
tab=$(printf '\t')

# Programs that vm/run looks for before it looks for a kernel, and an apt-get that knows
# of the files beside it, "mirrors" and "lists", and cannot fetch anything.
for tool in qemu-system-x86_64 busybox cpio xz depmod; do
	ln -s /bin/true "$tmp/bin/$tool"
done
cat >"$tmp/bin/apt-get" <<'END'
#!/bin/sh
echo "$*" >>"$(dirname "$0")/asked"
case $* in
*REPO_URI*) cat "$(dirname "$0")/mirrors" 2>/dev/null; exit ;;
*FILENAME*) cat "$(dirname "$0")/lists" 2>/dev/null; exit ;;
*) echo 'E: no network' >&2 ;;
esac
exit 100
END
chmod +x "$tmp/bin/apt-get"
printf '#!/bin/sh\n' >"$tmp/suite/run_tests.sh"
chmod +x "$tmp/suite/run_tests.sh"

# vm ARGUMENT...: sets status, out and err
vm() {
	capture env PATH="$tmp/bin:$PATH" "$top/vm/run" --suite "$tmp/suite" "$@"
}

# package NAME VERSION SUITE [DEPENDS]: into the list
package() {
	echo "$1$tab$2$tab$3$tab${4-}" >>"$tmp/cache/debian/packages"
}

# kernel RELEASE VERSION SUITE: in one package, with headers
kernel() {
	package "linux-image-$1-cloud-amd64" "$2" "$3" 'kmod, initramfs-tools (>= 0.120) | linux-initramfs-tool'
	package "linux-headers-$1-cloud-amd64" "$2" "$3" \
		"linux-headers-$1-common (= $2), linux-kbuild-$1, gcc-14"
	package "linux-headers-$1-common" "$2" "$3"
	package "linux-kbuild-$1" "$2" "$3"
}

# split_kernel RELEASE VERSION SUITE PART...: in several
split_kernel() {
	release=$1 version=$2 suite=$3 depends=
	shift 3
	for part in base binary modules; do
		depends="$depends, linux-$part-$release-cloud-amd64 (= $version)"
	done
	package "linux-image-$release-cloud-amd64" "$version" "$suite" "dracut | initramfs-tools$depends"
	for part; do
		package "linux-$part-$release-cloud-amd64" "$version" "$suite"
	done
}

# listed SERIES: its line of --list-kernels, with single blanks
listed() {
	echo "$out" | grep "^$1 " | tr -s ' ' | sed 's/ $//'
}

: >"$tmp/cache/debian/packages"
kernel 6.1.0-9 6.1.27-1 bookworm
kernel 6.1.0-56 6.1.192-2 bookworm-security
kernel 6.12.9+deb13 6.12.9-1 trixie
kernel 6.12.100+deb12 6.12.100-1~deb12u1 bookworm-security
package linux-image-6.12-cloud-amd64 6.12.200-1 bookworm 'linux-image-6.12.100+deb12-cloud-amd64'
package linux-image-6.12.300+deb13-cloud-amd64-unsigned 6.12.300-1 trixie
package linux-image-6.17.13+deb13-cloud-amd64 6.17.13-1~bpo13+1 trixie-backports kmod
split_kernel 7.1.13+deb13 7.1.13-1~bpo13+1 trixie-backports binary
split_kernel 7.3.4+deb13 7.3.4-1~bpo13+1 trixie-backports base binary modules
package linux-headers-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1 trixie-backports \
	'gcc-14-for-host, linux-base-7.3.4+deb13-cloud-amd64 (= 7.3.4-1~bpo13+1), linux-headers-7.3.4+deb13-common (= 7.3.4-1~bpo13+1), linux-kbuild-7.3.4+deb13'
package linux-headers-7.3.4+deb13-common 7.3.4-1~bpo13+1 trixie-backports
package linux-kbuild-7.3.4+deb13 7.3.4-1~bpo13+1 trixie-backports
split_kernel 7.3.5+deb13 7.3.5-1~bpo13+1 trixie-backports base binary
split_kernel 7.4~rc1 7.4~rc1-1 sid base binary modules

###############################################################################
# --list-kernels

vm --list-kernels
is 'the list' "$status $err" '0 '
is 'a line for each series' "$(echo "$out" | sed 1d | cut -d ' ' -f 1 | xargs)" '6.1 6.12 6.17 7.1 7.3'
is 'numbers are no text' "$(listed 6.1)" '6.1 6.1.0-56-cloud-amd64 6.1.192-2 bookworm-security yes no'
is 'no meta-package, none without signature' "$(listed 6.12)" \
	'6.12 6.12.100+deb12-cloud-amd64 6.12.100-1~deb12u1 bookworm-security yes no'
is 'without headers' "$(listed 6.17)" '6.17 6.17.13+deb13-cloud-amd64 6.17.13-1~bpo13+1 trixie-backports no no'
like 'what lacks parts' "$(listed 7.1)" \
	'7.1 7.1.13+deb13-cloud-amd64 *lacks linux-base-7.1.13+deb13-cloud-amd64 linux-modules-7.1.13+deb13-cloud-amd64'
is 'the newest of which nothing lacks' "$(listed 7.3)" \
	'7.3 7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1 trixie-backports yes no'

###############################################################################
# --kernel debian:

vm --kernel debian:nonsense
refused 'no series' '*debian:nonsense: expected a series such as debian:6.12, or debian:newest'
vm --kernel debian:5.10
refused 'one that is nowhere' '*debian:5.10: no suite of Debian has it*'
vm --kernel debian:6.1
refused 'one that cannot be downloaded' '*cannot download linux-image-6.1.0-56-cloud-amd64: E: no network'
rm -f "$tmp/bin/asked"
vm --kernel debian:7.1
refused 'one of which there are parts' \
	'*debian:7.1: of 7.1.13+deb13-cloud-amd64 the archive has only parts, it lacks linux-base-7.1.13+deb13-cloud-amd64 linux-modules-7.1.13+deb13-cloud-amd64'
ok 'that is known without asking' [ ! -e "$tmp/bin/asked" ]
vm --kernel debian:newest
like 'the newest is the newest that is whole' "$err" '*cannot download linux-image-7.3.4+deb13-cloud-amd64: *'

# Kernels in the cache are no bzImages, which is found out once they are chosen.
unpacked() { # RELEASE VERSION
	dir=$tmp/cache/kernel/linux-image-$1-cloud-amd64_$2
	mkdir -p "$dir/boot" "$dir/usr/src/linux-headers-$1-cloud-amd64"
	: >"$dir/boot/vmlinuz-$1-cloud-amd64"
}

unpacked 6.1.0-56 6.1.192-2
unpacked 6.12.9+deb13 6.12.9-1
unpacked 6.11.5+bpo 6.11.5-1
rm -f "$tmp/bin/asked"
vm --kernel debian:6.1
like 'one in the cache is taken' "$err" '*/linux-image-6.1.0-56-cloud-amd64_6.1.192-2/boot/vmlinuz-* is not a bzImage'
ok 'without asking' [ ! -e "$tmp/bin/asked" ]
vm --kernel debian:6.12
like 'an older one, if the newest cannot be had' "$err" \
	'*debian:6.12 is 6.12.9+deb13-cloud-amd64 of the cache: cannot download *no network*/linux-image-6.12.9+deb13-*is not a bzImage'
vm --kernel debian:6.11
like 'one that has left the archive' "$err" \
	'*debian:6.11 is 6.11.5+bpo-cloud-amd64 of the cache: no suite of Debian has it*'
vm --list-kernels
is 'it is in the list' "$(listed 6.11)" '6.11 6.11.5+bpo-cloud-amd64 6.11.5-1 - yes yes'
is 'so is what is in the cache, as such' "$(listed 6.1)" \
	'6.1 6.1.0-56-cloud-amd64 6.1.192-2 bookworm-security yes yes'

###############################################################################
# Lists that are old, or not there

touch -d '2 days ago' "$tmp/cache/debian/packages"
vm --kernel debian:6.1
like 'old lists, no mirror: gone on with these' "$err" \
	'vm/run: going on with old package lists: apt has no mirror of Debian here*/linux-image-6.1.0-56-*is not a bzImage'

cat >"$tmp/bin/mirrors" <<'END'
nodistro main http://packages.invalid/node/
trixie main http://mirror.invalid/debian/
trixie contrib http://contrib.invalid/debian/
trixie-security main http://mirror.invalid/security/
END
echo "trixie-backports $tmp/Packages" >"$tmp/bin/lists"
cat >"$tmp/Packages" <<'END'
Package: linux-image-6.1.0-57-cloud-amd64
Version: 6.1.193-1
Depends: kmod
Description: newer

Package: linux-image-6.1.0-57-cloud-amd64-dbg
Version: 6.1.193-1

Package: linux-source-6.1
Version: 6.1.193-1
Depends: binutils, xz-utils

END
vm --kernel debian:6.1
like 'old lists, offline: told once' "$err" \
	"vm/run: fetching Debian's package lists
vm/run: of the package lists, not all are fresh: no network
*/linux-image-6.1.0-56-*is not a bzImage"
is 'old lists, offline: what apt has' "$(cat "$tmp/cache/debian/packages")" \
	"linux-image-6.1.0-57-cloud-amd64${tab}6.1.193-1${tab}trixie-backports${tab}kmod
linux-source-6.1${tab}6.1.193-1${tab}trixie-backports${tab}binutils, xz-utils"
is 'the mirrors are the two of this machine' \
	"$(cut -d ' ' -f 6 "$tmp/cache/debian/sources.list" | sort -u | xargs)" \
	'http://mirror.invalid/debian/ http://mirror.invalid/security/'
vm --kernel debian:6.1
unlike 'and that for a day' "$err" '*package lists*'

rm -r "$tmp/cache/debian" "$tmp/cache/kernel" "$tmp/bin/lists"
vm --kernel debian:6.12
is 'no lists, offline: status' "$status" 2
like 'no lists, offline: told why' "$err" '*--kernel debian:6.12: cannot fetch package lists: no network'
rm "$tmp/bin/mirrors"
vm --kernel debian:6.12
refused 'no lists, no mirror' '*--kernel debian:6.12: apt has no mirror of Debian here'
rm "$tmp/bin/apt-get"
mkdir "$tmp/noapt"
for tool in bash sh dirname basename cat getopt od tr mkdir df tail flock mktemp find sed awk sort \
	cut grep rm env nproc readlink; do
	ln -s "$(command -v $tool)" "$tmp/noapt/$tool"
done
capture env PATH="$tmp/noapt:$tmp/bin" "$top/vm/run" --suite "$tmp/suite" --kernel debian:6.12
refused 'no apt' '*--kernel debian:6.12: apt-get is missing here'

done_testing
