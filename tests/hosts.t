#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# On hosts that are unlike others: the verdicts are the same, or a skip says truly
# what is missing. Whatever is mounted here is in a namespace that ends with it.
#
# shellcheck disable=SC2016 # scripts for other shells

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"

if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
	echo '1..0 # SKIP needs root that may mount'
	exit
fi

make_tmp
suite=$tmp/suite
install_suite "$suite"
mkdir "$tmp/work" "$tmp/root"
export tmp suite TMPDIR="$tmp/work"

# inside UNSHARE-OPTIONS SCRIPT: sets status, out and err
inside() {
	my_turn
	# shellcheck disable=SC2086 # options
	capture unshare $1 sh -euc "$2"
}

# Every filesystem, most without need of a door that the machine may not have.
export choice='--case shortterm.*.o_direct --case longterm.tmp*.io_uring'

verdicts() {
	printf '%s\n' "$out" | sed -nE 's/^((not )?ok) [0-9]+ /\1 /p'
}

# verdict ID: what became of it, or why it was skipped
verdict() {
	verdicts | sed -n "s/.* $1 # //p; s/ $1\$//p"
}

judged() { # NAME
	like "$1: no error, no failure" "$(printf '%s\n' "$out" | tail -n 1)" \
		'# result: * 0 fail, 0 error, *'
	is "$1: nothing to complain of" "$err" ''
}

my_turn
# shellcheck disable=SC2086 # an option and its value
capture "$suite/run_tests.sh" $choice
usual=$(verdicts)
judged 'usual'

###############################################################################

inside -m 'mount -t tmpfs tmpfs /mnt
	cp -r "$suite" /mnt/suite
	/mnt/suite/run_tests.sh $choice --tap /mnt/copy
	cp /mnt/copy "$tmp"'
is 'suite below /mnt' "$(verdicts)" "$usual"
judged 'suite below /mnt'
is 'the copy of the output below /mnt' "$(cat "$tmp/copy")" "$out"

# Where mounts are shared, as systemd has it, those of the run are not.
inside -m 'mount --make-rshared /
	cd "$tmp/root"
	for dir in /bin /etc /lib* /sbin /usr "$suite"; do
		mkdir -p ".$dir"
		mount --bind "$dir" ".$dir"
	done
	mkdir -p proc sys dev run tmp
	mount -t proc proc proc
	mount --rbind /sys sys
	mount --rbind /dev dev
	TMPDIR=/tmp chroot . "$suite/run_tests.sh" $choice
	! grep " gup_pin " /proc/self/mountinfo >&2'
is 'a chroot whose / is no mount point' "$(verdicts)" "$usual"
judged 'a chroot whose / is no mount point'

if unshare -rm true 2>/dev/null; then
	choice="$choice --case longterm.anon.* --case uring_buffer_direct.* --case uring_buffer_memlock.*"
	choice="$choice --case uring_clone_other_user.*"
	for kind in -rm -rmn; do
		inside $kind '"$suite/run_tests.sh" $choice'
		judged "user namespace, $kind"
		like "user namespace, $kind: tmpfs may be mounted" "$usual" \
			"*$(verdicts | grep ' longterm.tmpfs_shared.io_uring')*"
		for fs in $("$here/../testbed/filesystems" name) overlay; do
			is "user namespace, $kind: $fs may not" \
				"$(verdict "shortterm.${fs}_shared.o_direct")" 'SKIP backing: needs root'
		done
		is "user namespace, $kind: not every user is there" \
			"$(verdict uring_clone_other_user.anon.io_uring)" 'SKIP door: needs root'
		like "user namespace, $kind: what is missing" "$out" \
			'*
#   * x backing: needs root
#       run as root, in no container or user namespace *'
	done
else
	skip 'user namespace' 'this kernel lets nobody make one'
fi

libmount=$(ldconfig -p | sed -n 's/.*libmount\.so\.1 .*=> //p' | head -n 1)
inside -m "mount --bind /dev/null $libmount"'
	"$suite/run_tests.sh" --case shortterm.ext4_shared.o_direct \
		--case shortterm.tmpfile_shared.o_direct 2>"$tmp/loader"'
is 'without libmount' "$(verdicts)" 'ok shortterm.ext4_shared.o_direct # SKIP backing: no libmount
ok shortterm.tmpfile_shared.o_direct # SKIP backing: no libmount'

# It is the upper filesystem that an overlay maps: of tmpfs, all may be pinned.
inside -m 'cd "$tmp/root"
	mount -t tmpfs upper dev
	mkdir dev/lower dev/upper dev/work
	mount -t overlay -o lowerdir=$PWD/dev/lower,upperdir=$PWD/dev/upper,workdir=$PWD/dev/work \
		overlay tmp
	TMPDIR=$PWD/tmp "$suite/run_tests.sh" --case "longterm.tmpfile_*.io_uring"'
unlike 'TMPDIR on an overlay over tmpfs' "$(verdicts)" '*not ok *'
judged 'TMPDIR on an overlay over tmpfs'

done_testing
