#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Prepares the machine, runs the test programs that lie beside this script,
# restores the machine, and sums up. See --help.
#
# Runs under dash, bash and busybox ash, with mawk, gawk and busybox awk. Each
# program prints what kselftest_harness.h prints; runner/parse.awk makes records of
# that, runner/judge.awk TAP of those. No process is started per case: the guests that
# run this are emulated, and a fork there costs as much as a case.
#
# For the tests of this script: GUP_PIN_PROGRAMS replaces PROGRAMS, GUP_PIN_ROOT
# is put before /sys, /proc/mounts, /dev and /run.

# shellcheck disable=SC2034,SC2317 # what the sourced files use

set -euf

# Bytes, in whatever encoding a list of known issues or a program's output is.
export LC_ALL=C

PROGRAMS=${GUP_PIN_PROGRAMS:-gup_longterm gup_fast gup_cow gup_dio gup_writeback gup_place gup_behind memfd_pin uring_buffers uring_locked vfio_pin vfio_locked iommufd_access qemu_memory_backend}

self=$(readlink -f "$0")
dir=$(dirname "$self")
root=${GUP_PIN_ROOT:-}
tab=$(printf '\t')
newline='
'

usage() {
	cat <<-'END'
	Usage: run_tests.sh [OPTION]...
	Runs the regression tests for long-term page pinning on this kernel and prints
	TAP. As root it mounts debugfs, inserts pin_probe.ko, reserves huge pages and
	enables THP as far as needed, and takes all of it back at the end.

	Choosing cases (GLOB is a shell pattern on the id, quote it; repeatable):
	  --list                print the ids of the chosen cases and exit
	  --case GLOB           run only the cases that match
	  --skip GLOB           do not run the cases that match
	  --repeat N            run them N times; the ids of round K get the suffix .rK

	Judging:
	  --require NAME,...    doors and backings, as named in the ids: a skip because
	                        one of these is missing is MISSING; fixtures, the first
	                        part of the ids: if none of its cases ran, it is missing
	  --known FILE          known issues: what is known of each, and indented below it
	                        "case GLOB" and "seen PATTERN"; or the output of a former
	                        run. A case counts as expected (XFAIL) if every line that
	                        tells how it failed is known of it; one that passes is
	                        named in the summary (XPASS, no failure); repeatable
	  --write-known FILE    such a list, of all that fails in this run
	  --bisect              exit status for git bisect run

	Other:
	  --tap FILE            copy of the output, complete if it ends with "# result:"
	  --records FILE        the results as data, as runner/lib.awk says; if FILE is -,
	                        instead of TAP, and judged by nobody
	  --judge FILE          run nothing: judge these records, of whichever machine; - is
	                        standard input
	  --hugepages SIZE=N    have N free huge pages of SIZE (64K, 2M ...); repeatable;
	                        without it: 8 of 2M and 2 of every other size up to 32M
	  --vfio-device BDF     the PCI device that VFIO may have, like 0000:00:02.0;
	                        without it: that of $GUP_PIN_VFIO_DEVICE, else none
	  --contract            print what is promised, of all memory through every door, as
	                        Markdown, and exit
	  --help                this text

	Exit status:
	  0 every case that ran passed   1 something failed   4 nothing could be tested
	  2 usage or set-up error, or a case that could not be judged (ERROR)
	  3 what was required is missing, and nothing else is wrong
	  with --bisect: 0 good, 1 bad, 125 cannot tell
	  129, 130, 141, 143 ended by SIGHUP, SIGINT, SIGPIPE, SIGTERM

	Examples:
	  run_tests.sh --case '*.io_uring*' --require io_uring
	  run_tests.sh --known known/debian-6.1.txt --tap result.tap
	  git bisect run run_tests.sh --bisect --case longterm.ext4_shared.io_uring
	END
}

die() {
	printf 'run_tests.sh: %s\n' "$*" >&2
	exit 2
}

# The programs share their scratch filesystems, if they share the mount namespace
# that these are in. It ends with this script's last process.
share_mounts() {
	# We are there already if it shows the mark of common/memory/scratch.c.
	if [ "$uid" = 0 ] && [ ! -e /proc/driver/gup_pin ] &&
		"$dir/scratchfs" enter true >/dev/null 2>&1; then
		exec "$dir/scratchfs" enter "$self" "$@"
	fi
}

# shellcheck disable=SC2317
stop() {
	trap '' HUP INT PIPE TERM
	stop_running 2>/dev/null || :
	[ "$records" = - ] || { echo "# ended by SIG$1"; } 2>/dev/null || :
	exit "$2"
}

# shellcheck disable=SC2317
stop_running() {
	[ -z "$running" ] || kill_session "$running"
	if [ -n "$parser" ]; then
		kill -KILL "$parser" || :
		wait "$parser" || :
	fi
	exec 5>&-
	[ -z "$judging" ] || wait "$judging" || :
	running='' parser='' judging=''
}

# The only way out. Whatever ends the script before there is a verdict, be it a
# command that set -e did not forgive, must not look like a verdict on the kernel.
# shellcheck disable=SC2317
finish() {
	status=$?
	trap '' HUP INT PIPE TERM
	trap - EXIT
	stop_running 2>/dev/null
	if ! restore; then
		rm -f "$work/lock"
		echo "run_tests.sh: not everything could be restored, see $work/state" >&2
		[ "$verdict" = 1 ] || verdict=2
		[ "$status" -gt 128 ] || status=$verdict
	fi
	[ -z "$copier" ] || close_copy
	[ -z "$work" ] || [ -s "$work/state" ] || rm -rf "$work"
	[ "$status" = 0 ] || [ "$status" -gt 128 ] || status=$verdict
	# git bisect would take 2, 3 and 4 for a bad kernel.
	case $bisect$status in
	bisect[234]) status=125 ;;
	esac
	exit "$status"
}

###############################################################################

for part in options.sh work.sh prepare.sh vfio.sh run.sh \
	lib.awk choose.awk parse.awk judge.awk summary.awk known.awk; do
	part=$dir/runner/$part
	[ -r "$part" ] || die "no $part, install the suite again"
	# shellcheck source=/dev/null
	[ "${part%.sh}" = "$part" ] || . "$part"
done

uid=$(id -u)
release=$(uname -r)
started=$(date +%s)
# What the options say
list='' bisect='' tap='' records='' judge='' write_known='' repeat=1 hugepages=''
vfio_device=${GUP_PIN_VFIO_DEVICE-}
run_globs='' skip_globs='' required='' known_files=''
# The choice that follows from them
cases='' chosen='' count=0 tables=''
# The state of the run
work='' managed='' copier='' running='' parser='' judging='' verdict=2

trap finish EXIT
trap 'stop HUP 129' HUP
trap 'stop INT 130' INT
trap 'stop PIPE 141' PIPE
trap 'stop TERM 143' TERM

parse_options "$@"
[ -n "$list$judge" ] || share_mounts "$@"
list_cases
choose_cases

if [ -n "$list" ]; then
	printf '%s\n' "$chosen" | sed 's/^[^:]*://'
	exit 0
fi

case $(awk -W version </dev/null 2>&1) in
mawk*) awk='awk -W interactive' ;;
*) awk='awk' ;;
esac
[ -z "$tap" ] || { command exec 4>"$tap"; } 2>/dev/null || die "--tap: cannot write to '$tap'"

[ -z "$write_known" ] || { true >"$write_known"; } 2>/dev/null ||
	die "--write-known: cannot write to '$write_known'"
[ -z "${records#-}" ] || { true >"$records"; } 2>/dev/null ||
	die "--records: cannot write to '$records'"

open_work
[ -z "$tap" ] || open_copy
rm -f "$work/pipe" "$work/records"
printf '%s\n' "$tables" >"$work/tables"
if [ -n "$judge" ]; then
	judge_records
else
	run_and_judge
fi
await_judge
write_results
exit "$verdict"
