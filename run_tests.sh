#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Prepares the machine, runs the test programs that lie beside this script,
# restores the machine, and sums up. See --help.
#
# Runs under dash, bash and busybox ash, with mawk, gawk and busybox awk. Each
# program prints what kselftest_harness.h prints; run_tests.awk makes one TAP
# stream of that. No process is started per case: the guests that run this are
# emulated, and a fork there costs as much as a case.
#
# For the tests of this script: GUP_PIN_PROGRAMS replaces PROGRAMS, GUP_PIN_ROOT
# is put before /sys, /proc/mounts, /dev and /run. And for vm/run, which judges by
# it what guests have found: GUP_PIN_UID, GUP_PIN_RELEASE and GUP_PIN_STARTED
# stand for what id, uname and date say.

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

say() {
	{ printf '%s\n' "$*"; } 2>/dev/null || die "cannot write the output"
}

note() {
	say "# $*"
}

die() {
	printf 'run_tests.sh: %s\n' "$*" >&2
	exit 2
}

###############################################################################
# Options and the choice of cases. Nothing here changes anything.

parse_options() {
	# First of all, because it decides the status of an error in the others.
	case " $* " in
	*" --bisect "*) bisect=bisect ;;
	esac

	while [ $# -gt 0 ]; do
		option=$1
		shift
		case $option in
		# What a revision lacks says nothing about the case.
		--bisect) unset GUP_PIN_PROMISED; continue ;;
		--list) list=1; continue ;;
		--contract) print_contract; exit 0 ;;
		--help) usage; exit 0 ;;
		--*=*) value=${option#*=} ;;
		*) value=${1-} ;;
		esac
		case ${option%%=*} in
		--case) run_globs="$run_globs $value" ;;
		--skip) skip_globs="$skip_globs $value" ;;
		--require) required="$required,$value" ;;
		--known) known_files=$known_files$value$newline ;;
		--write-known) write_known=$value ;;
		--tap) tap=$value ;;
		--repeat) repeat=$value ;;
		--hugepages) add_hugepages "$value" ;;
		--vfio-device) vfio_device=$value ;;
		*) die "unknown argument '$option', see --help" ;;
		esac
		[ -n "$value" ] || die "${option%%=*} needs a value, see --help"
		case $option in
		--*=*) ;;
		*) shift ;;
		esac
	done

	case $repeat in
	0* | *[!0-9]*) die "--repeat needs a number from 1 on, not '$repeat'" ;;
	esac
	[ -z "$vfio_device" ] || [ -n "$list" ] || check_vfio_device
	if [ -n "$hugepages" ] && [ "$uid" != 0 ]; then
		die "--hugepages needs root"
	fi
	[ -n "$list" ] || [ -d "${TMPDIR:-/tmp}" ] ||
		die "TMPDIR: there is no folder '${TMPDIR:-/tmp}'"
}

# Every program has the contract.
print_contract() {
	program=$dir/${PROGRAMS%% *}
	[ -x "$program" ] || die "no program $program, build and install the suite first"
	"$program" --contract || die "$program --contract failed"
}

add_hugepages() {
	case $1 in
	*[!0-9]*[KMG]=* | [KMG]=* | 0* | *= | *=*[!0-9]* | *=0?*) size= ;;
	*K=*) size=${1%K=*} ;;
	*M=*) size=$((${1%M=*} * 1024)) ;;
	*G=*) size=$((${1%G=*} * 1048576)) ;;
	*) size= ;;
	esac
	[ -n "$size" ] || die "--hugepages needs SIZE=N like 2M=16 or 1G=1, not '$1'"
	hugepages="$hugepages $size=${1#*=}"
}

# A device is taken only if nobody will miss it, nor the others of its group.
check_vfio_device() {
	hex='[0-9a-f]'
	# shellcheck disable=SC2254
	case $vfio_device in
	$hex$hex$hex$hex:$hex$hex:$hex$hex.[0-7]) ;;
	*) die "--vfio-device needs an address like 0000:00:02.0, not '$vfio_device'" ;;
	esac
	[ "$uid" = 0 ] || die "--vfio-device needs root"
	device=$root/sys/bus/pci/devices/$vfio_device
	[ -d "$device" ] || die "--vfio-device: there is no PCI device $vfio_device, see lspci -D"
	user=$(user_of "$device")
	[ -z "$user" ] || die "--vfio-device: $vfio_device is in use: ${user%%"$newline"*}"
	set +f
	for other in "$device"/iommu_group/devices/*; do
		driver=$(driver_of "$other")
		case ${other##*/}:$driver in
		"$vfio_device":* | *: | *:vfio-pci | *:pci-stub | *:pcieport) ;;
		*) die "--vfio-device: the group of $vfio_device is not viable: $driver has ${other##*/}" ;;
		esac
	done
	set -f
}

# driver_of DEVICE: its driver's name, if it has one
driver_of() {
	basename "$(readlink "$1/driver")"
}

# user_of DEVICE: an interface that is up, or a disk that is mounted, swapped on or
# below another
user_of() {
	find "$1/" -path '*/net/*/flags' | while read -r flags; do
		read -r value <"$flags"
		[ $((value & 1)) = 0 ] || echo "interface $(basename "${flags%/flags}") is up"
	done
	find "$1/" -type d -name holders | while read -r holders; do
		disk=${holders%/holders}
		read -r number <"$disk/dev"
		disk=${disk##*/}
		if [ -n "$(ls "$holders")" ] ||
			grep -qs -e " $number " -e "/dev/$disk " "$root/proc/self/mountinfo" "$root/proc/swaps"; then
			echo "disk $disk"
		fi
	done
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

# cases: lines PROGRAM:ID
list_cases() {
	for part in run_lib.awk run_tests.awk run_choose.awk run_known.awk; do
		[ -r "$dir/$part" ] || die "no $dir/$part, install the suite again"
	done
	for program in $PROGRAMS; do
		[ -x "$dir/$program" ] ||
			die "no program $dir/$program, build and install the suite first"
		ids=$("$dir/$program" --list 2>&1) ||
			die "$program --list failed: ${ids%%"$newline"*}"
		[ -n "$ids" ] || continue
		case $ids in
		*[!a-z0-9_."$newline"]*)
			die "$program --list printed '$(printf '%s\n' "$ids" |
				grep -m 1 '[^a-z0-9_.]')', which is no id"
			;;
		esac
		cases=$cases$(printf '%s\n' "$ids" | sed "s/^/$program:/")$newline
	done
	[ -n "$cases" ] || die "the programs have no cases: $PROGRAMS"
}

# chosen: lines PROGRAM:ID; count of them; tables: lines for run_tests.awk
choose_cases() {
	IFS=$newline
	lists=
	for file in $known_files; do
		# The lists of the suite are found from everywhere.
		[ -e "$file" ] || [ ! -e "$dir/$file" ] || file=$dir/$file
		{ [ -r "$file" ] && [ ! -d "$file" ]; } ||
			die "--known: cannot read the file '$file'"
		lists=$lists$file$newline
	done
	unset IFS
	choice=$(printf %s "$cases" |
		GUP_PIN_CASE=$run_globs GUP_PIN_SKIP=$skip_globs \
		GUP_PIN_REQUIRE=$required GUP_PIN_KNOWN=$lists \
		awk -f "$dir/run_lib.awk" -f "$dir/run_choose.awk") || die "run_choose.awk failed"
	wrong=$(choice_of wrong)
	[ -z "$wrong" ] || die "$wrong"
	chosen=$(choice_of chosen)
	count=$(printf '%s\n' "$chosen" | wc -l)
	tables=$(choice_of table)
}

choice_of() {
	printf '%s\n' "$choice" | sed -n "s/^$1$tab//p"
}

###############################################################################
# The work folder. Root's has a fixed name: it is the lock, and it holds what
# the next run needs to clean up after one that got SIGKILL.
#	lock	link to PID:START-TIME of the owner
#	state	what restore() has to undo, recorded before it is done
#	session	PID:START-TIME of the program that runs

open_work() {
	if [ "$uid" = 0 ] && mkdir -p "$root/run/gup_pin" 2>/dev/null; then
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

record() {
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

###############################################################################
# What the tests find. Whatever cannot be had is a note: the cases will skip.

prepare() {
	export GUP_PIN_VFIO_DEVICE="$vfio_device"
	# shellcheck disable=SC3045
	{
		ulimit -S -l "$(ulimit -H -l)" || :
		[ "$uid" != 0 ] || ulimit -l unlimited || :
	} 2>/dev/null
	[ -n "$managed" ] || return 0

	mount_debugfs
	insert_module
	case $chosen in
	*.vfio_* | *.iommufd*) take_vfio_device ;;
	esac
	reserve_huge_pages
	thp=$root/sys/kernel/mm/transparent_hugepage
	replace_setting "$thp/enabled" never madvise
	replace_setting "$thp/shmem_enabled" never advise
	replace_setting "$thp/use_zero_page" 0 1
	case $chosen in
	*:behind_ksm.*) replace_setting "$root/sys/kernel/mm/ksm/run" 0 1 ;;
	esac
}

# mounted PATH: whether debugfs is there
mounted() {
	grep -q " $1 debugfs " "$root/proc/mounts"
}

mount_debugfs() {
	debug=$root/sys/kernel/debug
	if [ -d "$debug" ] && ! mounted "$debug"; then
		record umount "$debug"
		mount -t debugfs debugfs "$debug" 2>/dev/null ||
			note "cannot mount debugfs on $debug"
	fi
}

insert_module() {
	[ ! -e "$root/dev/pin_probe" ] || return 0
	for module in "$dir/module/$release/pin_probe.ko" "$dir/module/pin_probe.ko"; do
		[ -f "$module" ] || continue
		record rmmod pin_probe
		error=$(insmod "$module" 2>&1) ||
			note "cannot insert $module: ${error##*: }"
		return
	done
}

take_vfio_device() {
	device=$root/sys/bus/pci/devices/$vfio_device
	[ -n "$vfio_device" ] && [ -e "$device/iommu_group" ] || return 0
	modprobe -a vfio_iommu_type1 vfio-pci 2>/dev/null || :
	driver=$(driver_of "$device")
	[ "$driver" != vfio-pci ] || return 0
	record vfio "$vfio_device" "$driver"
	{
		[ -z "$driver" ] || echo "$vfio_device" >"$device/driver/unbind"
		echo vfio-pci >"$device/driver_override"
		echo "$vfio_device" >"$root/sys/bus/pci/drivers_probe"
	} 2>/dev/null || note "cannot bind $vfio_device to vfio-pci"
}

# return_vfio BDF DRIVER: to the driver that had it, if any
return_vfio() {
	device=$root/sys/bus/pci/devices/$1
	echo >"$device/driver_override"
	[ "$(driver_of "$device")" != vfio-pci ] || echo "$1" >"$device/driver/unbind"
	[ -z "$2" ] || [ -e "$device/driver" ] ||
		echo "$1" >"$root/sys/bus/pci/drivers/$2/bind"
}

reserve_huge_pages() {
	set +f
	for pool in "$root"/sys/kernel/mm/hugepages/hugepages-*kB; do
		[ -d "$pool" ] || continue
		size=${pool##*-}
		size=${size%kB}
		reserve_pool "$pool" "$(huge_pages_wanted "$size")"
	done
	set -f
	for wanted in $hugepages; do
		[ -d "$root/sys/kernel/mm/hugepages/hugepages-${wanted%=*}kB" ] ||
			note "this kernel has no huge pages of ${wanted%=*} kB"
	done
}

# huge_pages_wanted KB: the last --hugepages counts
huge_pages_wanted() {
	if [ "$1" = 2048 ]; then
		number=8
	elif [ "$1" -le 32768 ]; then
		number=2
	else
		number=0
	fi
	for wanted in $hugepages; do
		[ "${wanted%=*}" != "$1" ] || number=${wanted#*=}
	done
	echo "$number"
}

# reserve_pool FOLDER N: N pages that are free and promised to nobody
reserve_pool() {
	read -r total <"$1/nr_hugepages"
	read -r free <"$1/free_hugepages"
	read -r reserved <"$1/resv_hugepages"
	missing=$(($2 - free + reserved))
	[ "$missing" -gt 0 ] || return 0
	change_setting "$1/nr_hugepages" "$total" $((total + missing))
	read -r now <"$1/nr_hugepages"
	[ "$now" -ge $((total + missing)) ] ||
		note "got $((now - total)) of $missing huge pages in ${1##*/}"
}

# replace_setting FILE VALUE NEW: the value in force may stand in brackets
replace_setting() {
	[ -f "$1" ] || return 0
	read -r value <"$1"
	value=${value#*\[}
	[ "${value%%\]*}" != "$2" ] || change_setting "$1" "$2" "$3"
}

# change_setting FILE OLD NEW
change_setting() {
	record write "$1" "$2"
	{ printf '%s\n' "$3" >"$1"; } 2>/dev/null || note "cannot write $3 to $1"
}

###############################################################################
# Running

run_programs() {
	mkfifo "$work/pipe"
	round=1
	while [ "$round" -le "$repeat" ]; do
		for program in $PROGRAMS; do
			printf '%s\n' "$chosen" | sed -n "s/^$program://p" >"$work/rest"
			while [ -s "$work/rest" ]; do
				start_program
			done
		done
		round=$((round + 1))
		suffix=.r$round
	done
}

# One start of $program for the cases in the file rest; run_tests.awk leaves
# there what is still to be done after a crash, always less than before.
start_program() {
	# shellcheck disable=SC2086
	$awk -f "$dir/run_lib.awk" -f "$dir/run_tests.awk" -v program="$program" \
		-v copy="${write_known:+$work/said}" -v suffix="$suffix" -v tables="$work/tables" \
		-v rest="$work/rest" -v results="$work/results" <"$work/pipe" &
	merger=$!
	exec 3>"$work/pipe"
	# With no choice to make, the harness need not compare all cases with all.
	if [ "$("$dir/$program" --list)" = "$(cat "$work/rest")" ]; then
		set --
	else
		# shellcheck disable=SC2046
		set -- $(sed 's/^/-r /' "$work/rest")
	fi
	# A session of its own, by which kill_session() finds the cases: they
	# run in process groups of their own. In the background, because a trap
	# does not interrupt what runs in the foreground.
	setsid "$dir/$program" "$@" >&3 2>&1 3>&- &
	running=$!
	identify "$running"
	printf '%s\n' "$identity" >"$work/session"

	status=0
	wait "$running" 2>/dev/null || status=$?
	# What a crash leaves behind must not disturb the next start.
	kill_session "$running"
	running=
	{ printf '\n\001ended %s\n' "$(how_it_ended "$status")" >&3; } 2>/dev/null || :
	exec 3>&-
	status=0
	wait "$merger" || status=$?
	merger=
	[ "$status" != 141 ] || stop PIPE 141
	[ "$status" = 0 ] || die "run_tests.awk failed"
}

how_it_ended() {
	case $1 in
	0 | 1 | 4) echo "normally exited with status $1" ;;
	129 | 1[3-9]?) echo "badly was killed by signal $(($1 - 128))" ;;
	*) echo "badly exited with status $1" ;;
	esac
}

# kill_session PID: the processes of the session that PID leads
kill_session() {
	tries=50
	while pids=$(session_members "$1") && [ -n "$pids" ]; do
		if [ "$tries" = 0 ]; then
			# shellcheck disable=SC2086
			note "cannot be killed, a kernel bug: processes" $pids
			return
		fi
		# shellcheck disable=SC2086
		kill -KILL $pids 2>/dev/null || :
		tries=$((tries - 1))
		sleep 0.1 2>/dev/null || sleep 1
	done
}

# The name of a process, in parentheses, may hold anything. Zombies are dead.
session_members() {
	set +f
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v session="$1" '{
		pid = $1
		sub(/.*[)] /, "")
		if ($1 != "Z" && (pid == session || $4 == session))
			print pid
	}'
}

write_list() {
	: >>"$work/said"
	awk -f "$dir/run_lib.awk" -f "$dir/run_known.awk" -v kernel="$release" \
		"$work/said" >"$write_known" ||
		die "--write-known: cannot write to '$write_known'"
}

summary() {
	$awk -f "$dir/run_lib.awk" -f "$dir/run_tests.awk" -v summing=tables -v kernel="$release" \
		-v planned=$((count * repeat)) -v root=$((uid == 0)) \
		-v seconds=$(($(date +%s) - started)) \
		"$work/tables" summing=results "$work/results"
}

# shellcheck disable=SC2317
stop() {
	trap '' HUP INT PIPE TERM
	stop_running 2>/dev/null || :
	(note "ended by SIG$1") 2>/dev/null || :
	exit "$2"
}

# shellcheck disable=SC2317
stop_running() {
	[ -z "$running" ] || kill_session "$running"
	if [ -n "$merger" ]; then
		kill -KILL "$merger" || :
		wait "$merger" || :
	fi
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

uid=${GUP_PIN_UID:-$(id -u)}
release=${GUP_PIN_RELEASE:-$(uname -r)}
started=${GUP_PIN_STARTED:-$(date +%s)}
# What the options say
list='' bisect='' tap='' write_known='' repeat=1 hugepages=''
vfio_device=${GUP_PIN_VFIO_DEVICE-}
run_globs='' skip_globs='' required='' known_files=''
# The choice that follows from them
cases='' chosen='' count=0 tables=''
# The state of the run
work='' managed='' copier='' running='' merger='' suffix='' verdict=2

trap finish EXIT
trap 'stop HUP 129' HUP
trap 'stop INT 130' INT
trap 'stop PIPE 141' PIPE
trap 'stop TERM 143' TERM

parse_options "$@"
[ -n "$list" ] || share_mounts "$@"
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

open_work
[ -z "$tap" ] || open_copy

say "TAP version 13"
recover
rm -f "$work/pipe" "$work/results" "$work/said"
printf '%s\n' "$tables" >"$work/tables"
: >"$work/results"
prepare
# What was said before this is about the machine, and not about the first case.
say "1..$((count * repeat))"
run_programs
restore || :
[ -z "$write_known" ] || write_list
verdict=0
summary || verdict=$?
exit "$verdict"
