#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The suite leaves no trace on the machine, however it ends.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"

if [ "$(id -u)" != 0 ]; then
	echo '1..0 # SKIP needs root: nobody else changes anything'
	exit
fi

tmp=$(mktemp -d)
runner='' program=''
# shellcheck disable=SC2086 # nothing, or a process
trap 'kill -KILL $runner $program 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT PIPE TERM
mkdir "$tmp/work"
suite=$tmp/suite
install_suite "$suite"
export TMPDIR="$tmp/work"

values() { # FILE...
	for file; do
		[ ! -r "$file" ] || echo "$file: $(cat "$file")"
	done
}

loops() {
	values /sys/block/loop*/loop/backing_file
}

processes() {
	grep -aho "$suite/[a-z_.]*" /proc/[0-9]*/cmdline 2>/dev/null | sort -u
}

state() {
	echo '== mounts'
	cut -d ' ' -f 5- /proc/self/mountinfo
	echo '== loop devices'
	loops
	echo '== settings'
	values /sys/kernel/mm/hugepages/*/nr_hugepages /sys/kernel/mm/transparent_hugepage/enabled \
		/sys/kernel/mm/transparent_hugepage/shmem_enabled \
		/sys/kernel/mm/transparent_hugepage/use_zero_page /proc/sys/vm/nr_overcommit_hugepages
	echo '== modules'
	[ ! -d /sys/module/pin_probe ] || echo pin_probe
	echo '== RDMA devices'
	ls /sys/class/infiniband 2>/dev/null
	echo '== shared memory'
	cut -c 1-30 /proc/sysvipc/shm 2>/dev/null
	echo '== files'
	ls -A /dev/shm /run /mnt "$TMPDIR"
	echo '== processes'
	processes
}

nothing_left() { # NAME
	# A loop device is detached, a namespace ends, a moment after the last process.
	wait_for same_as_before
	is "$1: no trace" "$(state | diff - "$tmp/before")" ''
}

differs() {
	! same_as_before
}

same_as_before() {
	state | cmp -s - "$tmp/before"
}

# start: the suite, again and again, until its own scratch filesystems are there
start() {
	# The shell has a command in the background ignore SIGINT.
	env --default-signal=INT "$suite/run_tests.sh" --repeat 100 >"$tmp/out" 2>&1 </dev/null &
	runner=$!
	ok "$1: the run is under way" wait_for grep -q ' longterm.xfs_shared' "$tmp/out"
	ok "$1: it has changed the machine" differs
}

my_turn
# libmount's own, which nobody removes.
mkdir -p /run/mount
state >"$tmp/before"

"$suite/run_tests.sh" >"$tmp/out" 2>&1 </dev/null
like 'a normal run: it has run' "$(tail -n 1 "$tmp/out")" '# result: *'
nothing_left 'a normal run'

start SIGINT
kill -INT "$runner"
wait "$runner"
is 'SIGINT: status' $? 130
runner=''
nothing_left SIGINT

start SIGKILL
kill -KILL "$runner"
wait "$runner" 2>/dev/null
runner=''
ok 'SIGKILL: it leaves a trace' differs
"$suite/run_tests.sh" --case longterm.anon.io_uring >"$tmp/out" 2>&1 </dev/null
is 'SIGKILL: the next run works' "$?" 0
nothing_left 'SIGKILL and one more run'

# The program by itself has nobody who restores anything. It is caught while a
# slow mkfs keeps it busy, with other scratch filesystems mounted.
mkdir "$tmp/slow"
cat >"$tmp/slow/mkfs.btrfs" <<END
#!/bin/sh
: >"$tmp/caught"
sleep 2
exit 1
END
chmod +x "$tmp/slow/mkfs.btrfs"
PATH=$tmp/slow:$PATH "$suite/gup_longterm" >"$tmp/out" 2>&1 </dev/null &
program=$!
ok 'SIGKILL to the program: it is under way' wait_for test -e "$tmp/caught"
unlike 'SIGKILL to the program: it has loop devices' "$(loops)" ''
kill -KILL "$program"
wait "$program" 2>/dev/null
program=''
nothing_left 'SIGKILL to the program'

done_testing
