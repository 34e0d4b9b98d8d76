# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# The folder in which downloads and what is derived from them are kept: sourced by
# vm/run and vm/build-kernel, which set cache and have a die() and a note().

# need_room MIB: in the cache folder.
need_room()
{
	[ "$(df --output=avail -B 1M "$cache" | tail -n 1)" -ge "$1" ] ||
		die "no room in the cache folder $cache: $1 MiB must be free"
}

# make_work MIB: set work, this run's own folder in the cache, locked for as long as
# the run lives, and remove those of runs that were killed. The lock on the cache
# keeps others from removing one that is just being made.
make_work()
{
	local left

	mkdir -p "$cache" 2>/dev/null || die "cannot make the cache folder $cache"
	cache=$(cd "$cache" && pwd)
	need_room "$1"
	exec {cache_lock}<"$cache"
	flock -w 20 "$cache_lock" || {
		note "waiting for another run that prepares something in $cache"
		flock "$cache_lock"
	}
	for left in "$cache"/run.*; do
		[ ! -d "$left" ] || ! flock -n "$left" true || rm -rf "$left"
	done
	work=$(mktemp -d "$cache/run.XXXXXX" 2>/dev/null) ||
		die "cannot write to the cache folder $cache"
	exec {work_lock}<"$work"
	flock "$work_lock"
}
