# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# The work folder, and what undoes the changes to the machine: sourced by run_tests.sh.
# Root's folder has a fixed name: it is the lock, and it holds what the next run needs to
# clean up after one that got SIGKILL.
#	lock	link to PID:START-TIME of the owner
#	state	what restore() has to undo, recorded before it is done
#	session	PID:START-TIME of the program that runs

open_work() {
	if [ -z "$judge" ] && [ "$uid" = 0 ] && mkdir -p "$root/run/gup_pin" 2>/dev/null; then
		take_lock "$root/run/gup_pin/lock"
		managed=1
		work=$root/run/gup_pin
	else
		work=$(mktemp -d "${TMPDIR:-/tmp}/gup_pin.XXXXXX") ||
			die "cannot make a work folder in ${TMPDIR:-/tmp}"
	fi
}

# From here on, tee(1) has what we print and the copy's only open file, which
# outlives that name. If the disk is full it goes on printing.
open_copy() {
	rm -f "$work/copy"
	mkfifo "$work/copy"
	{ trap '' HUP INT TERM; exec tee -a /proc/self/fd/4; } \
		<"$work/copy" 2>"$work/copy_error" &
	copier=$!
	exec >"$work/copy" 4>&-
}

# shellcheck disable=SC2317
close_copy() {
	copied=0
	exec >&-
	wait "$copier" || copied=$?
	# Of a signal, tee says nothing.
	if read -r error <"$work/copy_error"; then
		case $error in
		*/proc/self/fd/4*) error="--tap: cannot write to '$tap': ${error##*: }" ;;
		*) error="cannot write the output: ${error##*: }" ;;
		esac
		echo "run_tests.sh: $error" >&2
		[ "$verdict" = 1 ] || verdict=2
		copied=$verdict
	fi
	[ "$status" -gt 128 ] || [ "$copied" = 0 ] || status=$copied
}

# A symbolic link, because it comes into being with its text, and because
# flock(1) is not on every minimal system.
take_lock() {
	identify $$
	ln -s "$identity" "$1" 2>/dev/null && return
	mine=$identity
	owner=$(readlink "$1") || die "cannot make the lock $1"
	identify "${owner%:*}"
	[ "$identity" != "$owner" ] ||
		die "another run (process ${owner%:*}) is under way, wait for its end"
	rm -f "$1"
	ln -s "$mine" "$1" || die "cannot make the lock $1"
}

# identify PID: sets identity to PID:START-TIME, which no other process ever has.
identify() {
	identity=
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	pid=$1
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	identity=$pid:${20}
}

to_undo() {
	printf '%s\n' "$*" >>"$work/state"
}

recover() {
	if [ -s "$work/session" ]; then
		read -r owner <"$work/session"
		identify "${owner%:*}"
		[ "$identity" != "$owner" ] || kill_session "${owner%:*}"
	fi
	if [ -s "$work/state" ]; then
		note "a run before this one was killed: restoring what it changed"
		restore || :
	fi
}

restore() {
	[ -n "$managed" ] && [ -s "$work/state" ] || return 0
	tac "$work/state" | while read -r what path value; do
		undo "$what" "$path" "$value" ||
			printf '%s\n' "$what $path $value"
	done | tac >"$work/left"
	mv "$work/left" "$work/state"
	[ ! -s "$work/state" ]
}

undo() {
	case $1 in
	write)
		# What could not be changed cannot be written back either.
		read -r now <"$2"
		[ "$now" = "$3" ] || printf '%s\n' "$3" >"$2"
		;;
	umount) ! mounted "$2" || umount "$2" ;;
	vfio) return_vfio "$2" "$3" ;;
	rmmod) [ ! -d "$root/sys/module/$2" ] || rmmod "$2" ;;
	esac >&2
}
