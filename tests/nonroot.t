#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# As an ordinary user: what needs no privilege runs, the rest says what it needs,
# and nothing of the machine is touched.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"

make_tmp

suite=$tmp/suite
install_suite "$suite"
mkdir "$tmp/work"
chmod 777 "$tmp/work"
export TMPDIR="$tmp/work"

as_user() {
	if [ "$(id -u)" = 0 ]; then
		# A limit that a user has on Debian, wherever this runs.
		prlimit --memlock=8388608:8388608 setpriv --reuid 65534 --regid 65534 --clear-groups \
			--bounding-set -all --inh-caps -all -- "$@"
	else
		"$@"
	fi </dev/null
}

machine() {
	cat /proc/self/mountinfo /sys/kernel/mm/hugepages/*/nr_hugepages \
		/sys/kernel/mm/transparent_hugepage/enabled 2>/dev/null | cut -d ' ' -f 5-
	ls -A /run /dev/shm "$TMPDIR"
}

result() { # ID
	sed -nE "s/^((not )?ok) [0-9]+ $1\$/\1/p; s/^ok [0-9]+ $1 # SKIP (.*)/\1/p" "$tmp/out"
}

my_turn
before=$(machine)
# What every kernel of today lacks is known: this is about the user.
as_user "$suite/run_tests.sh" --known "$suite/known/debian-6.12.txt" >"$tmp/out" 2>"$tmp/err"
is 'the verdict is a pass, with nothing to complain of' "$? $(cat "$tmp/err")" '0 '
is 'the machine is as before' "$(machine)" "$before"

if [ "$(cat /proc/sys/kernel/io_uring_disabled 2>/dev/null || echo 0)" = 0 ]; then
	for backing in anon zeropage memfd_shared memfd_private shmem_anon tmpfile_shared \
		tmpfile_private prot_none hole; do
		is "io_uring pins $backing" "$(result "longterm.$backing.io_uring")" ok
	done
else
	skip 'io_uring pins' 'kernel.io_uring_disabled'
fi
is 'a scratch filesystem needs root' "$(result longterm.ext4_shared.io_uring)" \
	'backing: needs root'
like 'the summary says that root can do more' "$(cat "$tmp/out")" \
	'*# skipped, by reason, *backing: needs root
#       run as root*(not run as root: root can do more of this)*'
like 'the summary ends it' "$(tail -n 1 "$tmp/out")" '# result: * 0 fail, 0 error, *'

as_user "$suite/run_tests.sh" --hugepages 2M=4 >"$tmp/out" 2>"$tmp/err"
is 'what only root can do is refused at once' "$? $(cat "$tmp/err" "$tmp/out")" \
	'2 run_tests.sh: --hugepages needs root'

done_testing
