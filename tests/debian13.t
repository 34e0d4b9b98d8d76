#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian 13 as the host: README's commands as a newcomer types them, in a fresh root
# of it on the running kernel. The root, the packages that it installs and the guest's
# kernel are kept in the cache.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"

skip_all() { # REASON
	echo "1..0 # SKIP $*"
	exit
}

if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
	skip_all 'needs root that may mount'
fi
command -v mmdebstrap >/dev/null || skip_all 'no mmdebstrap'

cache=${GUP_PIN_CACHE:-$here/../build/cache}
mkdir -p "$cache/debian13/partial"
cache=$(readlink -f "$cache")
TMPDIR=$cache make_tmp
root=$tmp/root

# make_root: $cache/debian13.tar, as bare as it can be, with make
make_root() {
	[ ! -e "$cache/debian13.tar" ] || return 0
	# shellcheck disable=SC2016 # for that bash
	mirrors=$(bash -c '. "$1/vm/lib-debian.sh" && find_mirrors' bash "$here/..")
	case $mirrors in
	'' | -*) skip_all 'apt has no mirror of Debian here' ;;
	esac
	{
		echo "deb ${mirrors% *} trixie main"
		[ "${mirrors#* }" = - ] || echo "deb ${mirrors#* } trixie-security main"
	} >"$tmp/sources.list"
	apt-config dump | grep '^Acquire::.*[Pp]roxy' >"$tmp/apt.conf"
	mmdebstrap --quiet --variant=apt --include=make --aptopt="$tmp/apt.conf" trixie \
		"$tmp/root.tar" "$tmp/sources.list" >"$tmp/log" 2>&1 ||
		skip_all "no root of Debian 13 can be made: $(grep -m 1 '^E: ' "$tmp/log")"
	mv "$tmp/root.tar" "$cache/debian13.tar"
}

# newcomer COMMAND: in the checkout there; sets status, out and err
newcomer() {
	my_turn
	# shellcheck disable=SC2016 # for that shell
	capture unshare -m sh -euc '
		cd "$1"
		mount -t proc proc proc
		mount --rbind /sys sys
		mount --rbind /dev dev
		mount -t tmpfs run run
		mkdir -p ".$2"
		mount --bind "$2" ".$2"
		mount --bind "$2/debian13" var/cache/apt/archives
		exec chroot . env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			${http_proxy:+"http_proxy=$http_proxy"} \
			${https_proxy:+"https_proxy=$https_proxy"} \
			GUP_PIN_CACHE="$2" sh -c "cd /root/gup_pin && $3"' \
		sh "$root" "$cache" "$1"
}

# explain: to whom it failed, how it ended
explain() {
	printf '%s\n' "$err" | tail -n 20 | sed 's/^/#   /'
	return 1
}

make_root
mkdir "$root"
tar -C "$root" -xf "$cache/debian13.tar"
cp /etc/resolv.conf "$root/etc/"
# It need not survive a power failure.
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe"
copy_sources "$root/root/gup_pin"

newcomer 'make run_tests'
like 'make run_tests: no error' "$(printf '%s\n' "$out" | tail -n 1)" '# result: * 0 error, *' ||
	explain
for reason in 'needs root' 'mkfs not installed' 'no libmount' 'not in mountinfo'; do
	is "make run_tests: no skip for $reason" \
		"$(printf '%s\n' "$out" | grep -m 1 "^ok .* # SKIP .*$reason")" ''
done

# failures: of what was captured, one id a line
failures() {
	printf '%s\n' "$out" | sed -n 's/^not ok [0-9]* \([^ ]*\).*/\1/p'
}

# A bug of the running kernel shows itself again, and in any root.
failed=$(failures)
is 'make run_tests: exit status' "$status" "$([ -z "$failed" ] && echo 0 || echo 2)"
if [ -n "$failed" ]; then
	# shellcheck disable=SC2086 # a list
	cases=$(printf -- '--case %s ' $failed)
	newcomer "make run_tests ARGS='$cases'"
	failed=$(failures)
	suite=$tmp/suite
	install_suite "$suite"
	my_turn
	# shellcheck disable=SC2086 # options
	capture "$suite/run_tests.sh" $cases
	is 'make run_tests: what fails again, fails here as well' "$(failures)" "$failed"
fi

newcomer './deps.sh vm && vm/run --kernel debian:6.12 -- --case "longterm.ext4_shared.gup_slow_*"'
is 'a guest: verdicts' "$(printf '%s\n' "$out" | grep -E '^(not )?ok ')" \
	'ok 1 longterm.ext4_shared.gup_slow_rw
ok 2 longterm.ext4_shared.gup_slow_ro' || explain
is 'a guest: exit status' "$status" 0

done_testing
