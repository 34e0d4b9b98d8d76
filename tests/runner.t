#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of run_tests.sh and runner/ with made-up test programs
# (fake/program). Run it by prove(1). Needs no root: the machine that the runner
# prepares is a folder, and the commands that need root are stand-ins; the one
# test that does change the machine is skipped unless root runs it.
#
# KUNIT_PY names the kunit.py of a kernel tree; without it that parser is skipped.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"

make_tmp
shell=/bin/sh
under=''
stdin=''
suite=$tmp/suite
machine=$tmp/machine
tab=$(printf '\t')

###############################################################################
# Tools of this file

# new_suite: an installed suite without programs
new_suite() {
	rm -rf "$suite"
	mkdir -p "$suite"
	cp -r "$here/../run_tests.sh" "$here/../runner" "$suite"
	GUP_PIN_PROGRAMS=
}

# program NAME: adds one that behaves as standard input says
program() {
	cp "$here/fake/program" "$suite/$1"
	cat >"$suite/$1.cases"
	GUP_PIN_PROGRAMS="$GUP_PIN_PROGRAMS $1"
	export GUP_PIN_PROGRAMS
}

# new_machine: huge page pools of 2 MiB (one page free), 64 KiB and 1 GiB, THP off
new_machine() {
	rm -rf "$machine"
	mkdir -p "$machine/run" "$machine/proc" "$machine/dev" "$machine/sys/kernel/debug" \
		"$machine/sys/module" "$machine/sys/kernel/mm/transparent_hugepage"
	: >"$machine/proc/mounts"
	for pool in 64 2048 1048576; do
		pool=$machine/sys/kernel/mm/hugepages/hugepages-${pool}kB
		mkdir -p "$pool"
		echo 0 >"$pool/nr_hugepages"
		echo 0 >"$pool/free_hugepages"
		echo 0 >"$pool/resv_hugepages"
	done
	set_pool 2048 5 3 2
	thp=$machine/sys/kernel/mm/transparent_hugepage
	echo "always madvise [never]" >"$thp/enabled"
	echo "always within_size advise [never] deny force" >"$thp/shmem_enabled"
	echo 0 >"$thp/use_zero_page"
}

# set_pool KB TOTAL FREE RESERVED
set_pool() {
	pool=$machine/sys/kernel/mm/hugepages/hugepages-${1}kB
	echo "$2" >"$pool/nr_hugepages"
	echo "$3" >"$pool/free_hugepages"
	echo "$4" >"$pool/resv_hugepages"
}

nr() {
	cat "$machine/sys/kernel/mm/hugepages/hugepages-${1}kB/nr_hugepages"
}

# stand_in NAME: a command for the runner, the script comes from standard input
stand_in() {
	{
		echo '#!/bin/sh'
		echo "machine=$machine"
		cat
	} >"$tmp/bin/$1"
	chmod +x "$tmp/bin/$1"
}

be_user() { # UID
	echo "echo $1" | stand_in id
}

# runner ARGUMENT...: becomes one on the made-up machine, in the folder $tmp, under
# the command in $under if there is one
runner() {
	cd "$tmp" || exit
	# shellcheck disable=SC2086
	PATH=$tmp/bin:$PATH GUP_PIN_ROOT=$machine TMPDIR=$tmp/work \
		exec $under $shell "$suite/run_tests.sh" "$@" <"${stdin:-/dev/null}"
}

run() {
	: >"$tmp/mark"
	status=0
	(runner "$@") >"$tmp/out" 2>"$tmp/err" || status=$?
	out=$(cat "$tmp/out")
	err=$(cat "$tmp/err")
	results=$(grep -E '^(not )?ok ' "$tmp/out")
	ids=$(printf '%s\n' "$results" | sed 's/^\(not \)\{0,1\}ok [0-9]* //; s/ #.*//')
	last=$(tail -n 1 "$tmp/out")
}

# One line on standard error that begins so, nothing on standard output
refused() { # NAME PATTERN
	is "$1: status" "$status" 2
	like "$1: message" "$err" "run_tests.sh: $2"
	is "$1: one line" "$(wc -l <"$tmp/err") $out" "1 "
	is "$1: nothing changed" "$(find "$machine" -newer "$tmp/mark" ! -path '*/run')" ""
}

gone() { # PID
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"
}

stand_ins() {
	be_user 0
	stand_in mount <<-'END'
		echo "debugfs $4 debugfs rw 0 0" >>"$machine/proc/mounts"
	END
	stand_in umount <<-'END'
		[ ! -e "$machine/busy" ] || exit 1
		: >"$machine/proc/mounts"
	END
	stand_in insmod <<-'END'
		if [ -e "$machine/refuse_module" ]; then
			echo "insmod: ERROR: could not insert module: Invalid module format" >&2
			exit 1
		fi
		echo "$1" >"$machine/inserted"
		mkdir "$machine/sys/module/pin_probe"
		: >"$machine/dev/pin_probe"
	END
	stand_in rmmod <<-'END'
		rmdir "$machine/sys/module/$1"
		rm "$machine/dev/pin_probe"
		echo "$1" >"$machine/removed"
	END
}

mkdir -p "$tmp/work" "$tmp/bin" "$tmp/bare/run"

###############################################################################
# Every kind of result, in every shell with every awk

# There is nothing to prepare here: the stand-ins are of no use in busybox, whose
# shell may prefer its own mount(8) to the one in PATH.
machine=$tmp/bare
new_suite
program gup_a <<'END'
a.anon.gup_slow_ro pass
a.anon.gup_slow_rw fail
a.ext4_shared.gup_slow_rw skip door: no gup_test interface|insert pin_probe.ko
a.ext4_shared.io_uring error mount: no space
a.ext4_private.io_uring timeout
a.memfd_shared.io_uring die SEGV
a.memfd_private.io_uring print # time=5ms\njunk\nnot ok 3 x\n# ok 1 y\nBail out! z
a.tmpfs.io_uring silent
a.tmpfs.gup_slow_ro pass
a.tmpfs.gup_slow_rw exit 3
!end 1
END
program gup_b <<'END'
b.anon.vfio pass
b.memfd_hugetlb_2m_shared.vfio skip backing: no free huge page|--hugepages 2M=8
b.memfd_hugetlb_2m_private.vfio skip backing: no free huge page|--hugepages 2M=8
END

wanted='TAP version 13
1..13
ok 1 a.anon.gup_slow_ro
# fake.c:1:gup_slow_rw:Expected 0 (0) == ret (14)
not ok 2 a.anon.gup_slow_rw
ok 3 a.ext4_shared.gup_slow_rw # SKIP door: no gup_test interface
# ERROR: mount: no space
not ok 4 a.ext4_shared.io_uring # ERROR mount: no space
# io_uring: Test terminated by timeout
not ok 5 a.ext4_private.io_uring # TIMEOUT
# gup_a was killed by signal 11
not ok 6 a.memfd_shared.io_uring # ERROR no result
# time=5ms
# junk
# the program says: not ok 3 x
# the program says: ok 1 y
# the program says: Bail out! z
ok 7 a.memfd_private.io_uring
ok 8 a.tmpfs.gup_slow_ro
# gup_a exited with status 3
not ok 9 a.tmpfs.gup_slow_rw # ERROR no result
# gup_a exited with status 1
not ok 10 a.tmpfs.io_uring # ERROR no result
ok 11 b.anon.vfio
ok 12 b.memfd_hugetlb_2m_shared.vfio # SKIP backing: no free huge page
ok 13 b.memfd_hugetlb_2m_private.vfio # SKIP backing: no free huge page
#
# failed:
#   a.anon.gup_slow_rw
#   a.ext4_private.io_uring (TIMEOUT)
# errors (set-up faults and crashes, no verdict on the kernel):
#   a.ext4_shared.io_uring
#   a.memfd_shared.io_uring
#   a.tmpfs.gup_slow_rw
#   a.tmpfs.io_uring
# skipped, by reason, and what would make them run:
#   1 x door: no gup_test interface
#       insert pin_probe.ko
#   2 x backing: no free huge page
#       --hugepages 2M=8
# result: 4 pass, 2 fail, 4 error, 0 xfail, 0 xpass, 3 skip, 0 missing, 13 total, T s, Linux R'

everything() { # LABEL
	run
	is "all kinds of results, $1" "$(sed "\$s/ [0-9]* s, Linux $(uname -r)/ T s, Linux R/
		/^#   (not run as root/d" "$tmp/out")" "$wanted"
	is "their status, $1" "$status $err" "1 "
}

for shell in dash bash; do
	command -v $shell >"$tmp/null" || { skip "with $shell" "no $shell"; continue; }
	for awk in mawk gawk busybox; do
		if command -v $awk >"$tmp/null"; then
			ln -sf "$(command -v $awk)" "$tmp/bin/awk"
			everything "$shell with $awk awk"
		else
			skip "$shell with $awk awk" "no $awk"
		fi
	done
done
rm -f "$tmp/bin/awk"
if command -v busybox >"$tmp/null"; then
	shell='busybox sh'
	everything 'busybox with its own awk'
else
	skip 'busybox with its own awk' 'no busybox'
fi
shell=/bin/sh

machine=$tmp/machine
new_machine
stand_ins
# What follows is for shells that obey PATH: it would mount a real debugfs.
be_user 4711
for sh in /bin/sh dash bash; do
	command -v $sh >"$tmp/null" || continue
	if [ "$(PATH=$tmp/bin:$PATH $sh -c 'id -u')" != 4711 ]; then
		skip 'everything else' "$sh prefers its own id to the one in PATH"
		done_testing
		exit
	fi
done
be_user 0

###############################################################################
# What other parsers make of it

run
is 'no words that steer other parsers' \
	"$(grep -vE '^# time=5ms$' "$tmp/out" |
		grep -E '\[(FAIL|fail|SKIP|PASS|OK)\]| FAIL:|SKIP:|Totals|SUMMARY|time=|^# *(not )?ok ')" ''
is 'nothing but TAP' \
	"$(grep -vE '^(TAP version 13|1\.\.[0-9]+|(not )?ok [0-9]+ [a-z0-9_.]+( # .+)?|#.*)$' "$tmp/out")" ''
cp "$tmp/out" "$tmp/stream"
if command -v prove >"$tmp/null"; then
	parsed=$(prove -e cat "$tmp/stream" 2>&1)
	like 'TAP::Parser sees the failures' "$parsed" '*Failed tests:  2, 4-6, 9-10*'
	like 'TAP::Parser sees the skips' "$parsed" '*less 3 skipped subtests: 4 okay*'
	unlike 'TAP::Parser finds no fault' "$parsed" '*Parse errors*'
else
	skip 'TAP::Parser' 'no prove'
fi
if [ -n "${KUNIT_PY:-}" ]; then
	parsed=$(python3 "$KUNIT_PY" parse <"$tmp/stream" 2>&1)
	like 'kunit.py counts the same' "$parsed" '*Ran 13 tests: passed: 4, failed: 6, skipped: 3'
	unlike 'kunit.py finds no fault' "$parsed" '*ERROR]*'
else
	skip 'kunit.py' 'KUNIT_PY is not set'
fi

###############################################################################
# Exit statuses

status_of() { # NAME WANTED WITH-BISECT, cases from standard input
	new_suite
	program gup_a
	run
	is "status: $1" "$status" "$2"
	run --bisect
	is "status: $1, --bisect" "$status" "$3"
}

status_of 'pass' 0 0 <<'END'
a.anon.x pass
END
status_of 'pass and skip' 0 0 <<'END'
a.anon.x pass
a.anon.y skip door: z|h
END
status_of 'only skips' 4 125 <<'END'
a.anon.x skip door: z|h
END
status_of 'error' 2 125 <<'END'
a.anon.x pass
a.anon.y error z
END
status_of 'fail and error' 1 1 <<'END'
a.anon.x fail
a.anon.y error z
END
status_of 'only a crash' 2 125 <<'END'
a.anon.x die KILL
END
status_of 'timeout' 1 1 <<'END'
a.anon.x timeout
END

###############################################################################
# Programs that come to grief

new_suite
program gup_a <<'END'
!start 127
a.anon.x pass
a.anon.y pass
END
program gup_b <<'END'
b.anon.x pass
END
run
is 'a program that cannot start is started once' "$out" \
"TAP version 13
1..3
# gup_a exited with status 127 without running a case
not ok 1 a.anon.x # ERROR no result
not ok 2 a.anon.y # ERROR no result
ok 3 b.anon.x
#
# errors (set-up faults and crashes, no verdict on the kernel):
#   a.anon.x
#   a.anon.y
$last"
is 'its status' "$status" 2

new_suite
program gup_a <<'END'
a.anon.x pass
a.anon.y pass
!end -SEGV
END
program gup_b <<'END'
b.anon.x pass
END
run
is 'a crash after the last case is an error' "$status" 2
like 'it is named' "$out" '*ok 2 a.anon.y
# ERROR between cases: gup_a was killed by signal 11
ok 3 b.anon.x
*errors*#   gup_a was killed by signal 11
*3 pass, 0 fail, 1 error*3 total*'

new_suite
program gup_a <<'END'
a.anon.a die SEGV
a.anon.b die SEGV
a.anon.c die SEGV
a.anon.d pass
END
run
is 'a program that crashes again and again loses no case' "$results" \
'not ok 1 a.anon.a # ERROR no result
not ok 2 a.anon.b # ERROR no result
not ok 3 a.anon.c # ERROR no result
ok 4 a.anon.d'

new_suite
program gup_a <<'END'
a.anon.x print ok 1 a.anon.y\nok 2 a.anon.z
a.anon.y pass
!print last words without newline\c
!start 3
END
run
is 'a result that nobody asked for is none' "$results" \
'ok 1 a.anon.y
ok 2 a.anon.x'
like 'it is a diagnostic' "$out" '*# the program says: ok 2 a.anon.z
*'
like 'last words are heard' "$out" '*
# last words without newline
# ERROR between cases: gup_a exited with status 3
*'

new_suite
program gup_a <<'END'
!print # ERROR: no case's fault
a.anon.x fail
a.anon.y print # ERROR: but it goes on
a.anon.z pass
a.anon.t timeout
a.anon.u fail
a.anon.v skip door: v|hint
a.anon.w skip door: w
END
run
is 'a set-up fault is never a pass, and belongs to one case' "$results" \
"not ok 1 a.anon.x
not ok 2 a.anon.y # ERROR but it goes on
ok 3 a.anon.z
not ok 4 a.anon.t # TIMEOUT
not ok 5 a.anon.u
ok 6 a.anon.v # SKIP door: v
ok 7 a.anon.w # SKIP door: w"
like 'so does a hint' "$out" '*
#   1 x door: v
#       hint
#   1 x door: w
# result: *'

new_suite
program gup_a <<'END'
a.anon.before wrong # fake.c:1: expected 1, seen 2\n# reason: it was promised\n# ERROR: mount: no space
a.anon.after wrong # ERROR: mount: no space\n# fake.c:1: expected 1, seen 2\n# reason: it was promised
a.anon.assert wrong # ERROR: mount: no space\n# fake.c:1:assert:Expected 0 (0) == ret (14)
a.anon.dead wrong # ERROR: mount: no space\n# dead: Test terminated unexpectedly by signal 11
a.anon.junk wrong mkfs: no space\n# ERROR: mount: no space
END
run
is 'a failure goes before a set-up fault of the same case' "$results" \
'not ok 1 a.anon.before
not ok 2 a.anon.after
not ok 3 a.anon.assert
not ok 4 a.anon.dead
not ok 5 a.anon.junk # ERROR mount: no space'
like 'the fault is told' "$out" '*# ERROR: mount: no space
not ok 1 *'
run --bisect --case a.anon.before
is 'such a kernel is bad' "$status" 1

echo 'exit 1' | stand_in mkfifo
run
is 'a fault of the runner is no verdict' "$status" 2
run --bisect
is 'nor is it for git bisect' "$status" 125
rm "$tmp/bin/mkfifo"

bad_list() { # STATUS-AND-TEXT MESSAGE
	new_suite
	program gup_a <<-END
		!list $1
	END
	run
	refused "--list of a program: $1" "$2"
}

bad_list '1 cannot open it' 'gup_a --list failed: cannot open it'
bad_list '0 a.b!' "gup_a --list printed 'a.b!', which is no id"
bad_list 0 'the programs have no cases: *gup_a'
new_suite
GUP_PIN_PROGRAMS=gup_missing run
refused 'missing program' "no program $suite/gup_missing, *"
new_suite
program gup_a <<'END'
a.anon.x pass
END
rm "$suite/runner/judge.awk"
run
refused 'a missing part' "no $suite/runner/judge.awk, install the suite again"

###############################################################################
# Choosing cases

new_suite
program gup_a <<'END'
a.anon.gup_slow_ro pass
a.anon.io_uring_rw pass
a.ext4_shared.io_uring_rw pass
END
program gup_b <<'END'
b.anon.io_uring_ro pass
END

choice() { # NAME WANTED OPTION...
	choice=$1
	wanted=$2
	shift 2
	run --list "$@"
	is "--list, $choice" "$(echo "$out" | xargs) $status" "$wanted 0"
	run "$@"
	is "run, $choice" "$(echo "$ids" | xargs) $status" "$wanted 0"
	is "plan, $choice" "$(sed -n 2p "$tmp/out")" "1..$(echo "$ids" | wc -l)"
}

choice 'all' 'a.anon.gup_slow_ro a.anon.io_uring_rw a.ext4_shared.io_uring_rw b.anon.io_uring_ro'
choice 'one case' 'a.anon.io_uring_rw' --case a.anon.io_uring_rw
choice 'a glob' 'a.anon.io_uring_rw a.ext4_shared.io_uring_rw b.anon.io_uring_ro' \
	--case '*.io_uring_??'
choice 'a class' 'b.anon.io_uring_ro' '--case=[!a]*'
choice 'two globs' 'a.anon.gup_slow_ro b.anon.io_uring_ro' --case 'b.*' --case=*gup_slow*
choice '--skip' 'a.ext4_shared.io_uring_rw' --skip '*.anon.*'
choice '--case and two --skip' 'a.anon.io_uring_rw' --case 'a.*' --skip '*slow*' --skip '*ext4*'

###############################################################################
# Usage errors

for option in --case --skip --require --known --write-known --tap --records --judge --repeat --hugepages; do
	run --list $option
	refused "$option without a value" "$option*"
done
for wrong in --nonsense nonsense -x --list=1; do
	run $wrong
	refused "unknown argument $wrong" "unknown argument '$wrong', see --help"
done
run --case 'c.*'
refused '--case matches nothing' "no case matches 'c.*', see --list"
run --skip 'c.*'
refused '--skip matches nothing' "no case matches 'c.*', see --list"
run --case 'a.*' --skip 'a.*'
refused 'no case left' '--skip leaves no case to run'
for wrong in 0 -1 x 1x; do
	run --repeat $wrong
	refused "--repeat $wrong" "--repeat needs a number from 1 on, not '$wrong'"
done
for wrong in 2M 2M= =3 M=3 2=3 2T=3 2Mx=3 x2M=3 02M=3 2M=x 2M=-1 2M=08; do
	run --hugepages $wrong
	refused "--hugepages $wrong" '--hugepages *'
done
run --tap "$tmp/no/such/folder"
refused '--tap not writable' "--tap: cannot write to '$tmp/no/such/folder'"
under="env TMPDIR=$tmp/no_such_folder"
run
refused 'TMPDIR missing' "TMPDIR: there is no folder '$tmp/no_such_folder'"
under=''
run --known "$tmp/no_such_file"
refused '--known not readable' "--known: cannot read the file '$tmp/no_such_file'"
run --known "$tmp"
refused '--known is a folder' "--known: cannot read the file '$tmp'"
run --require io_uring,vfio
refused '--require unknown' "--require: no chosen case has a door, backing or fixture 'vfio'"
run --require 'io_*'
refused '--require takes names, no globs' "--require: *'io_\*'"

# new_device BDF DRIVER: of the made-up machine, in group 7
new_device() {
	device=$machine/sys/bus/pci/devices/$1
	mkdir -p "$device" "$machine/sys/bus/pci/drivers/$2" "$machine/sys/groups/7/devices" \
		"$machine/proc/self"
	ln -s "$machine/sys/bus/pci/drivers/$2" "$device/driver"
	ln -s "$machine/sys/groups/7" "$device/iommu_group"
	ln -s "$device" "$machine/sys/groups/7/devices/$1"
}

new_machine
new_device 0000:00:05.0 virtio-pci
for bad in 5 00:05.0 0000:00:05.8 ../../0000:00:05.0; do
	run --vfio-device "$bad"
	refused "--vfio-device $bad" "--vfio-device needs an address like 0000:00:02.0, not '$bad'"
done
run --vfio-device 0000:00:06.0
refused '--vfio-device missing' '--vfio-device: there is no PCI device 0000:00:06.0, see lspci -D'
new_device 0000:00:05.1 e1000
run --vfio-device 0000:00:05.0
refused '--vfio-device in a group with others' \
	'--vfio-device: the group of 0000:00:05.0 is not viable: e1000 has 0000:00:05.1'
new_machine
new_device 0000:00:05.0 virtio-pci
mkdir -p "$device/virtio1/net/eth0"
echo 0x1003 >"$device/virtio1/net/eth0/flags"
run --vfio-device 0000:00:05.0
refused '--vfio-device is an interface' \
	'--vfio-device: 0000:00:05.0 is in use: interface eth0 is up'
new_machine
new_device 0000:00:05.0 virtio-pci
mkdir -p "$device/virtio1/block/vda/vda1/holders" "$device/virtio1/block/vda/holders"
echo 254:0 >"$device/virtio1/block/vda/dev"
echo 254:1 >"$device/virtio1/block/vda/vda1/dev"
echo '22 1 254:1 / / rw - ext4 /dev/root rw' >"$machine/proc/self/mountinfo"
run --vfio-device 0000:00:05.0
refused '--vfio-device is a disk' '--vfio-device: 0000:00:05.0 is in use: disk vda1'
new_machine
run --require gup_slow --case '*io_uring*'
refused '--require of what was not chosen' "--require: *'gup_slow'"
run --case 'c.*' --bisect
is 'a usage error is no verdict for git bisect' "$status" 125

run --help
is '--help: status' "$status $err" '0 '
for option in --list --case --skip --repeat --require --known --write-known --bisect --tap --records --judge --hugepages --help; do
	like "--help tells of $option" "$out" "*  $option *"
done

###############################################################################
# --require

new_suite
program gup_a <<'END'
a.ext4_shared.io_uring skip door: no io_uring|h
a.ext4_shared.gup_slow_rw skip door: no gup_test interface|h
a.ext4_private.gup_slow_rw skip backing: no mkfs.ext4|h
a.anon.io_uring_ro skip backing: no reason|h
a.memfd_hugetlb_2m_shared.vfio skip backing: no free huge page|h
a.memfd.vfio skip door: no vfio|h
END

required() { # NAMES WANTED-FAILURES STATUS
	run --require "$1"
	is "--require $1" "$(echo "$results" | sed -n 's/^not ok \([0-9]*\) .*/\1/p' | xargs)" "$2"
	is "--require $1: status" "$status" "$3"
}

required io_uring '1' 3
required gup_slow '2' 3
required ext4 '3' 3
required memfd_hugetlb_2m '5' 3
required memfd '' 4
required vfio,io_uring '1 6' 3
required ext4,anon '3 4' 3
run --require ext4 --require vfio
is '--require twice' "$results" \
'ok 1 a.ext4_shared.io_uring # SKIP door: no io_uring
ok 2 a.ext4_shared.gup_slow_rw # SKIP door: no gup_test interface
not ok 3 a.ext4_private.gup_slow_rw # MISSING backing: no mkfs.ext4
ok 4 a.anon.io_uring_ro # SKIP backing: no reason
ok 5 a.memfd_hugetlb_2m_shared.vfio # SKIP backing: no free huge page
not ok 6 a.memfd.vfio # MISSING door: no vfio'
like 'what is missing is told once, with its hint' "$out" '*#
# required, and missing (no verdict on the kernel):
#   1 x backing: no mkfs.ext4
#       h
#   1 x door: no vfio
#       h
# skipped, by reason*
# result: 0 pass, 0 fail, 0 error, 0 xfail, 0 xpass, 4 skip, 2 missing, 6 total, *'
run --require ext4 --bisect
is '--require: a bisection cannot tell' "$status" 125

required a '' 3

new_suite
program gup_a <<'END'
a.anon.x skip machine: no swap|h
a.anon.y skip machine: no swap|h
b.anon.x pass
b.anon.y skip machine: no swap|h
END
required b '' 0
run --require a,b --case 'a.*' --case 'b.*'
is '--require of a fixture blames no case' "$status $results" \
'3 ok 1 a.anon.x # SKIP machine: no swap
ok 2 a.anon.y # SKIP machine: no swap
ok 3 b.anon.x
ok 4 b.anon.y # SKIP machine: no swap'
like 'but says what is missing, and what would help' "$out" '*#
# required, and missing (no verdict on the kernel):
#   2 cases of a, all skipped
# skipped, by reason, and what would make them run:
#   3 x machine: no swap
#       h
# result: *'
program gup_b <<'END'
c.anon.x fail
d.anon.x error e
END
run --require a
is 'a failure goes before what is missing' "$status" 1
run --require a --skip 'c.*'
is 'so does an error' "$status" 2

###############################################################################
# A kernel that was built for the suite

new_suite
program gup_a <<'END'
a.anon.one skip door: no io_uring|CONFIG_IO_URING=y
a.anon.both skip door: no software RDMA device|CONFIG_RDMA_RXE and CONFIG_INFINIBAND_USER_ACCESS
a.anon.half skip door: no this|CONFIG_IO_URING=y and CONFIG_THAT
a.anon.version skip door: no VFIO device file|CONFIG_VFIO_DEVICE_CDEV (Linux 6.6)
a.anon.machine skip machine: only one NUMA node|CONFIG_NUMA=y and a second node with memory
a.anon.other skip door: not built|CONFIG_IOMMUFD
a.anon.root skip door: needs root|run as root
END
cat >"$tmp/promised" <<'END'
CONFIG_IO_URING=y
CONFIG_RDMA_RXE=y
CONFIG_INFINIBAND_USER_ACCESS=y
CONFIG_NUMA=y
CONFIG_VFIO_DEVICE_CDEV=y
# CONFIG_IOMMUFD since Linux 6.2
END
GUP_PIN_PROMISED=$tmp/promised
export GUP_PIN_PROMISED
run
is 'a symbol that was promised: not skipped' "$results" \
'not ok 1 a.anon.one # the kernel was built for it: door: no io_uring
not ok 2 a.anon.both # the kernel was built for it: door: no software RDMA device
ok 3 a.anon.half # SKIP door: no this
not ok 4 a.anon.version # the kernel was built for it: door: no VFIO device file
ok 5 a.anon.machine # SKIP machine: only one NUMA node
ok 6 a.anon.other # SKIP door: not built
ok 7 a.anon.root # SKIP door: needs root'
is 'a symbol that was promised: status' "$status" 1
run --require one --case a.anon.one
is 'a symbol that was promised, and is required' "$results" \
	'not ok 1 a.anon.one # the kernel was built for it: door: no io_uring'
run --bisect --case a.anon.one
is 'a symbol that was promised: a bisection cannot tell' "$status $results" \
	'125 ok 1 a.anon.one # SKIP door: no io_uring'
unset GUP_PIN_PROMISED

###############################################################################
# --known

new_suite
program gup_a <<'END'
a.anon.x fail
a.anon.y pass
a.anon.z timeout
a.ext4_shared.a error e
a.ext4_shared.b skip door: d|h
a.ext4_shared.c pass
a.ext4_shared.d fail
END
cat >"$tmp/known one" <<END
# a comment
first $tab text, commit 123456789abc
	case a.anon.x
	seen fake.c:1:*:Expected 0 (0) == ret ([0-9]4)

second text
	case a.anon.[xyz]  a.xfs.*
	# a comment
	seen ?: Test terminated by timeout
END
printf 'third text\n case a.ext4_shared.[ab]\n case a.btrfs.x\n seen no newline' >"$tmp/known=2"
run --known 'known one' --known known=2
is '--known' "$(sed '$d' "$tmp/out")" \
"TAP version 13
1..7
# fake.c:1:x:Expected 0 (0) == ret (14)
# known issue: first $tab text, commit 123456789abc
ok 1 a.anon.x # XFAIL known issue
ok 2 a.anon.y
# z: Test terminated by timeout
# known issue: second text
ok 3 a.anon.z # XFAIL known issue
# ERROR: e
not ok 4 a.ext4_shared.a # ERROR e
ok 5 a.ext4_shared.b # SKIP door: d
ok 6 a.ext4_shared.c
# fake.c:1:d:Expected 0 (0) == ret (14)
not ok 7 a.ext4_shared.d
#
# failed:
#   a.ext4_shared.d
# errors (set-up faults and crashes, no verdict on the kernel):
#   a.ext4_shared.a
# known issues that pass now (XPASS), take them off the list:
#   a.anon.y
# known issues that were not seen, or in part, in the cases that ran:
#   second text (known one:6): in 1 of 3
# known issues that match no case of this suite:
#   a.xfs.* (known one:7)
#   a.btrfs.x (known=2:3)
# skipped, by reason, and what would make them run:
#   1 x door: d
#       h"
like 'its counts' "$last" '# result: 1 pass, 1 fail, 1 error, 2 xfail, 1 xpass, 1 skip, 0 missing, 7 total, *'
run --known "$tmp/known one" --case a.anon.x --case a.anon.y
is 'known failures and XPASS do not fail the run' "$status" 0
unlike 'an entry for a case that was not chosen is no stranger' "$out" '*ext4_shared*'
run --known "$tmp/known one" --bisect --case a.anon.x
is 'nor with --bisect' "$status" 0
run --known "$tmp/known=2" --require b --case a.ext4_shared.b
is 'required goes before known' "$status $results" \
	'3 not ok 1 a.ext4_shared.b # MISSING door: d'

# bad_known NAME MESSAGE, the list from standard input
bad_known() {
	cat >"$tmp/bad"
	run --known "$tmp/bad"
	refused "--known: $1" "--known: $tmp/bad:$2"
}
bad_known 'no symptom' "2: say below 'why', indented, in which cases*'case GLOB'*'seen PATTERN'*" <<'END'

why
	case a.anon.x
another
	case a.anon.x
	seen x
END
bad_known 'no case' "1: say below 'why', *" <<'END'
why
	seen x
END
bad_known 'the format of former times' "1: say below 'a.anon.x why', *" <<'END'
a.anon.x why
END
bad_known 'no issue' "1: expected an issue, or indented below it *, not 'case a.anon.x'" <<'END'
	case a.anon.x
END
bad_known 'an unknown word' "2: expected *, not 'sees x'" <<'END'
why
	sees x
END

# What is known is what was seen, and no more
new_suite
program gup_a <<'END'
a.anon.as wrong # page 1: expected EFAULT, seen success\n# reason: promised\n# this kernel may lack 123456789abc
a.anon.beyond wrong # page 1: expected EFAULT, seen success\n# page 2: expected EFAULT, seen EIO\n# reason: promised
a.anon.other wrong # page 2: expected EFAULT, seen EIO\n# reason: promised
a.anon.afterwards wrong # page 1: expected EFAULT, seen success\n# afterwards: 1 pages are still pinned\n# reason: promised
a.anon.mute wrong # reason: promised
a.anon.fault wrong # fake.c:1: page 1: expected EFAULT, seen success\n# reason: promised\n# ERROR: mount: no space
END
cat >"$tmp/lenient" <<'END'
pins too much
	case a.anon.*
	seen page 1: expected EFAULT, seen success
	seen *pages are still pinned
	seen page 3: *
END
run --known "$tmp/lenient"
is 'what is known is what was seen, and no more' "$results" \
'ok 1 a.anon.as # XFAIL known issue
not ok 2 a.anon.beyond # more than a known issue
not ok 3 a.anon.other
not ok 4 a.anon.afterwards # more than a known issue
not ok 5 a.anon.mute
not ok 6 a.anon.fault # ERROR mount: no space'
like 'it is told what is beyond' "$out" '*
# not known: page 2: expected EFAULT, seen EIO
not ok 2 *
# not known: afterwards: 1 pages are still pinned
not ok 4 *'
like 'what was not seen is told' "$out" '*
# known issues that were not seen, or in part, in the cases that ran:
#   pins too much (lenient:1): in 4 of 6
#   seen *pages are still pinned (lenient:4): in none
#   seen page 3: * (lenient:5): in none
*'
echo '	seen afterwards: * pages are still pinned' >>"$tmp/lenient"
run --known "$tmp/lenient" --case a.anon.afterwards
is 'what a case leaves behind is known if that is said' "$results" \
	'ok 1 a.anon.afterwards # XFAIL known issue'
printf 'more\n case a.anon.*\n seen page 2: *\n' >"$tmp/more"
run --known "$tmp/lenient" --known "$tmp/more" --case a.anon.beyond
is 'two issues in one case' "$status $results" '0 ok 1 a.anon.beyond # XFAIL known issue'

# Lists from runs
new_suite
program gup_a <<'END'
a.anon.as wrong # page 1 (pfn 0x12): expected [EFAULT], seen success\n# reason: promised
a.anon.log wrong # afterwards: kernel log: WARNING: CPU: 1 PID: 23 at mm/gup.c:4 f+0x1a/0x2b [kvm]\n# reason: promised
a.anon.same wrong # page 1 (pfn 0x12): expected [EFAULT], seen success\n# reason: promised
a.anon.fault error e
a.anon.pass pass
END
run --write-known "$tmp/list" --repeat 2 --tap "$tmp/former"
is '--write-known' "$status $(sed "s/$(uname -r)/R/" "$tmp/list")" '1 # Known issues, as seen on Linux R

promised
	case a.anon.as
	case a.anon.same
	seen page 1 (pfn *): expected ?EFAULT], seen success

promised
	case a.anon.log
	seen afterwards: kernel log: WARNING: CPU: * PID: * at mm/gup.c:* f+*/* ?kvm]'
sed 's/0x12/0x34/; s/PID: 23/PID: 45/; s/+0x1a/+0xff/' "$suite/gup_a.cases" >"$tmp/moved"
cp "$tmp/moved" "$suite/gup_a.cases"
for list in list former; do
	run --known "$tmp/$list"
	is "--known of a list from a run: $list" "$status $results" '2 ok 1 a.anon.as # XFAIL known issue
ok 2 a.anon.log # XFAIL known issue
ok 3 a.anon.same # XFAIL known issue
not ok 4 a.anon.fault # ERROR e
ok 5 a.anon.pass'
done
like 'a former run is named' "$out" '*# known issue: failed in former*'
run --known "$tmp/list" --write-known "$tmp/again"
is 'what is known is written again' "$(sed 1d "$tmp/again")" "$(sed 1d "$tmp/list")"
run --write-known "$tmp/none" --case a.anon.pass
is '--write-known and nothing fails' "$status $(wc -l <"$tmp/none")" '0 1'
run --write-known "$tmp/no/such/folder"
refused '--write-known not writable' "--write-known: cannot write to '$tmp/no/such/folder'"
sed 's/seen success/seen EIO/' "$tmp/moved" >"$suite/gup_a.cases"
run --known "$tmp/former" --case a.anon.as
is 'another failure than in the former run' "$status $results" '1 not ok 1 a.anon.as'
mkdir "$suite/known"
mv "$tmp/list" "$suite/known/of_the_suite"
run --known known/of_the_suite --case a.anon.log
is 'the lists of the suite are found from everywhere' "$results" 'ok 1 a.anon.log # XFAIL known issue'

new_suite
program gup_a <<'END'
a.anon.x fail
END
printf 'in Latin-1: \377\n\tcase a.anon.*\n\tseen *\n' >"$tmp/latin"
export LC_ALL=C.UTF-8
run --known "$tmp/latin" --case a.anon.x
unset LC_ALL
is 'a reason in another encoding than that of the locale' "$results" \
	'ok 1 a.anon.x # XFAIL known issue'

###############################################################################
# --repeat, --tap

new_suite
program gup_a <<END
a.anon.x pass
a.anon.y flaky $tmp/flaky
a.anon.z die SEGV
END
program gup_b <<'END'
b.anon.x pass
END
run --repeat 3
is '--repeat' "$results" \
'ok 1 a.anon.x
ok 2 a.anon.y
not ok 3 a.anon.z # ERROR no result
ok 4 b.anon.x
ok 5 a.anon.x.r2
not ok 6 a.anon.y.r2
not ok 7 a.anon.z.r2 # ERROR no result
ok 8 b.anon.x.r2
ok 9 a.anon.x.r3
ok 10 a.anon.y.r3
not ok 11 a.anon.z.r3 # ERROR no result
ok 12 b.anon.x.r3'
is '--repeat: plan and status' "$(sed -n 2p "$tmp/out") $status" '1..12 1'
like '--repeat names what is flaky, and only that' "$out" '*(flaky):
#   a.anon.y: 2 pass 1 fail
# result: *'

for file in "$tmp/copy 1" 'copy\t2' -; do
	run --tap "$file"
	is "--tap '$file' is the whole stream" "$(cat "$tmp/${file#"$tmp/"}")" "$out"
done

new_suite
program gup_a <<'END'
a.anon.x pass
END
run --tap /dev/full
is '--tap on a full disk: all is printed, and it is no verdict' "$results $status" 'ok 1 a.anon.x 2'
like '--tap on a full disk: the last line' "$last" '# result: 1 pass, 0 fail, *'
is '--tap on a full disk: told once' "$err" \
	"run_tests.sh: --tap: cannot write to '/dev/full': No space left on device"
program gup_b <<'END'
b.anon.x fail
END
run --tap /dev/full
is '--tap on a full disk: a failure is a verdict' "$status" 1

###############################################################################
# --records, --judge

new_suite
program gup_a <<'END'
a.anon.x pass
a.anon.y wrong # one\ttab, \033[1m, back\\slash\n# fake.c:7: expected 1, seen 2\n# fake.c:8: more
a.anon.z skip door: d|h
a.anon.e error mount: no space
a.anon.t timeout
a.anon.d die SEGV
!end 3
END
wanted="run|R|0|.
case|a.anon.x|1|pass|||S||gup_a||||.
said|one tab,  [1m, back\\slash|.
said|fake.c:7: expected 1, seen 2|.
said|fake.c:8: more|.
case|a.anon.y|1|fail|||S|fake.c:7|gup_a||||.
case|a.anon.z|1|skip|door: d|h|S||gup_a||||.
said|ERROR: mount: no space|.
case|a.anon.e|1|error|mount: no space||S||gup_a||||.
said|t: Test terminated by timeout|.
case|a.anon.t|1|fail|TIMEOUT||S||gup_a||||.
said|gup_a was killed by signal 11|.
case|a.anon.d|1|error|no result||S||gup_a||||.
end|N|."
for awk in mawk gawk busybox; do
	command -v $awk >"$tmp/null" || { skip "--records -, $awk" "no $awk"; continue; }
	ln -sf "$(command -v $awk)" "$tmp/bin/awk"
	run --records -
	is "--records -, $awk" "$(sed "s/$(uname -r)/R/; s/end${tab}[0-9]*/end${tab}N/; s/$tab/|/g
		s/|[0-9]*[.][0-9][0-9]|/|S|/" "$tmp/out")" "$wanted"
	is "it judges nothing, $awk" "$status $err" '0 '
	cp "$tmp/out" "$tmp/records"
	run
	cp "$tmp/out" "$tmp/live"
	run --judge "$tmp/records" --records "$tmp/judged"
	is "--judge prints what a run prints, $awk" "$status $(sed '$d' "$tmp/out")" "1 $(sed '$d' "$tmp/live")"
	stdin=$tmp/records
	run --judge -
	stdin=''
	cp "$tmp/out" "$tmp/again"
	run --judge "$tmp/judged"
	is "and judges again what was judged, $awk" "$(cat "$tmp/out")" "$(cat "$tmp/again")"
done
rm -f "$tmp/bin/awk"

printf 'why\n case a.anon.y\n seen one tab*\n seen expected 1, seen 2\n seen more\n' >"$tmp/issue"
run --known "$tmp/issue" --case '*.[xyz]' --records "$tmp/judged"
is '--records FILE has the verdicts, and what is known' \
	"$(awk -F '\t' '$1 == "case" { print $2, $4, $11, $12 }' "$tmp/judged")" \
	'a.anon.x pass pass 
a.anon.y fail xfail issue:1
a.anon.z skip skip '
run --judge "$tmp/judged" --case a.anon.x --repeat 2
is 'what was not asked for is told, what is missing is an error' "$status $out" \
"2 TAP version 13
1..2
ok 1 a.anon.x
# one tab,  [1m, back\\slash
# fake.c:7: expected 1, seen 2
# fake.c:8: more
# not asked for, or told before: a.anon.y 1 fail
# not asked for, or told before: a.anon.z 1 skip
# ERROR between cases: gup_a exited with status 3
not ok 2 a.anon.x.r2 # ERROR no result
#
# errors (set-up faults and crashes, no verdict on the kernel):
#   gup_a exited with status 3
#   a.anon.x.r2
# not the same verdict every time (flaky):
#   a.anon.x: 1 pass 1 error
$last"
for option in --known=/dev/null --require=x --bisect --judge=-; do
	run --records - $option
	is "--records - and $option" "$out$err" \
		'run_tests.sh: --records - judges nothing: give --judge what is for the verdict'
done
run --judge "$tmp/no_such_file"
refused '--judge not readable' "--judge: cannot read the file '$tmp/no_such_file'"
run --judge "$tmp/live"
refused '--judge of TAP' "--judge: $tmp/live does not begin as records do"
run --judge "$tmp/records" --records "$tmp/records"
refused '--judge and --records of one file' '--records would overwrite what --judge reads: *'
sed '$d' "$tmp/records" >"$tmp/cut"
run --judge "$tmp/cut"
is '--judge of what was cut short' "$status $err" \
	"2 run_tests.sh: the records end early: $tmp/cut is not the whole run"
run --records "$tmp/no/such/folder"
refused '--records not writable' "--records: cannot write to '$tmp/no/such/folder'"

###############################################################################
# Preparing the machine

new_suite
pools=$machine/sys/kernel/mm/hugepages
program gup_a <<END
a.anon.nr show $pools/hugepages-2048kB/nr_hugepages
a.anon.nr_64 show $pools/hugepages-64kB/nr_hugepages
a.anon.nr_1g show $pools/hugepages-1048576kB/nr_hugepages
a.anon.thp show $thp/enabled
a.anon.shmem show $thp/shmem_enabled
a.anon.zero show $thp/use_zero_page
a.anon.mounts show $machine/proc/mounts
a.anon.limit limit
END
mkdir -p "$suite/module/$(uname -r)"
: >"$suite/module/pin_probe.ko"

leftovers() {
	find "$machine/run" "$tmp/work" -mindepth 1
}

# In the made-up files a new value replaces the whole line.
seen() {
	sed -n '/^# \(.*\) is /{ s// /; s/^ //; p; }' "$tmp/out" | xargs
}
left() {
	echo "$(nr 64) $(nr 2048) $(nr 1048576) $(cat "$thp"/*) $(cat "$machine/proc/mounts")$(ls "$machine/dev")" | xargs
}

new_machine
run
is 'prepared' "$(seen | sed 's/ [^ ]*$//')" \
	"12 2 0 madvise advise 1 debugfs $machine/sys/kernel/debug debugfs rw 0 0"
is 'restored' "$(left)" '0 5 0 never never 0'
is 'nothing left in /run' "$(leftovers)" ''
is 'the general module' "$(cat "$machine/inserted" "$machine/removed" | xargs)" \
	"$suite/module/pin_probe.ko pin_probe"
is 'no complaint' "$err $status" ' 0'

: >"$suite/module/$(uname -r)/pin_probe.ko"
new_machine
run --hugepages 1G=1 --hugepages 2M=20 --hugepages=64K=0 --hugepages 32M=1
is "the kernel's own module" "$(cat "$machine/inserted")" "$suite/module/$(uname -r)/pin_probe.ko"
like '--hugepages' "$(seen)" '24 0 1 *'
is '--hugepages restored' "$(left)" '0 5 0 never never 0'
like '--hugepages of a size that is not there' "$out" '*# this kernel has no huge pages of 32768 kB
*'

new_machine
set_pool 2048 12 12 0
echo '[always] madvise never' >"$thp/enabled"
echo 1 >"$thp/use_zero_page"
echo 'always within_size advise never [deny] force' >"$thp/shmem_enabled"
echo "debugfs $machine/sys/kernel/debug debugfs rw 0 0" >"$machine/proc/mounts"
: >"$machine/dev/pin_probe"
run
is 'what is good already is not touched' "$(left)" \
	"0 12 0 [always] madvise never always within_size advise never [deny] force 1 debugfs $machine/sys/kernel/debug debugfs rw 0 0pin_probe"
like 'nor made worse' "$(seen)" '12 *'
ok 'a module that is there is not inserted again' [ ! -e "$machine/inserted" ]

new_machine
: >"$machine/refuse_module"
ln -sf /sys/devices/system/cpu/kernel_max "$pools/hugepages-64kB/nr_hugepages"
run
is 'refused preparations do not stop the run' "$status $err" '0 '
like 'a module that does not load is a note' "$out" \
	"*# cannot insert $suite/module/$(uname -r)/pin_probe.ko: Invalid module format
*"
like 'a pool that does not grow is a note' "$out" '*# got 0 of 2 huge pages in hugepages-64kB
*'

new_machine
: >"$machine/busy"
run
is 'a failed restore is an error' "$status" 2
like 'it is named' "$err" "run_tests.sh: not everything could be restored, see $machine/run/gup_pin/state"
is 'the rest is restored' "$(nr 2048) $(cat "$machine/run/gup_pin/state")" \
	"5 umount $machine/sys/kernel/debug "
rm "$machine/busy"
run
is 'the next run restores it' "$(left)" '0 5 0 never never 0'
is 'and leaves nothing' "$status $(leftovers)" '0 '

new_machine
be_user 1000
under="$tmp/bin/no_memlock"
stand_in no_memlock <<'END'
ulimit -S -l 0
exec "$@"
END
run
under=''
is 'a user changes nothing' "$(left)" '0 5 0 always madvise [never] always within_size advise [never] deny force 0'
is 'and leaves nothing' "$(leftovers) $status" ' 0'
# shellcheck disable=SC3045
like 'but has all the locked memory that it may' "$(seen)" "* $(ulimit -H -l)"
unlike 'a user is not told of root when nothing was skipped' "$out" '*as root*'
program gup_b <<'END'
a.anon.x skip door: d|h
END
run
like 'a user is told what root would add' "$out" '*#   1 x door: d
#       h
#   (not run as root: root can do more of this)
# result: *'
run --hugepages 2M=1
is 'a user cannot have --hugepages' "$status $err" '2 run_tests.sh: --hugepages needs root'
be_user 0
run
unlike 'root is not told' "$out" '*as root*'

###############################################################################
# Runs that do not come to their end

new_suite
program gup_a <<END
a.anon.x pass
a.anon.y hang $tmp/child
a.anon.z show $pools/hugepages-2048kB/nr_hugepages
END

# Shells make what they put into the background deaf to SIGINT.
stand_in no_signal_ignored <<'END'
exec perl -e '$SIG{INT} = $SIG{PIPE} = "DEFAULT"; exec @ARGV' "$@"
END

# start OPTION...: a run in the background, until its second case hangs
start() {
	new_machine
	rm -f "$tmp/child"
	under=$tmp/bin/no_signal_ignored
	runner "$@" >"$tmp/out" 2>"$tmp/err" &
	runner=$!
	under=''
	wait_for [ -s "$tmp/child" ] || echo "# the case does not start"
	child=$(cat "$tmp/child")
	program=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$child/status")
}

for shell in dash bash; do
	command -v $shell >"$tmp/null" || { skip "$shell" "no $shell"; continue; }
	for signal in INT:130 TERM:143 HUP:129; do
		start --tap "$tmp/copy"
		during=$(left)
		kill -s ${signal%:*} $runner
		status=0
		wait $runner || status=$?
		is "SIG${signal%:*} under $shell: status" "$status" "${signal#*:}"
		ok "SIG${signal%:*} under $shell: the case is killed" wait_for gone "$child"
		ok "SIG${signal%:*} under $shell: the program is killed" wait_for gone "$program"
		is "SIG${signal%:*} under $shell: everything restored" "$(left)" '0 5 0 never never 0'
		is "SIG${signal%:*} under $shell: nothing left" "$(leftovers)" ''
		is "SIG${signal%:*} under $shell: what was there" "$(cat "$tmp/out" "$tmp/err")" \
"TAP version 13
1..3
ok 1 a.anon.x
# ended by SIG${signal%:*}"
	done
done
shell=/bin/sh
unlike 'the machine was changed meanwhile' "$during" '0 5 0 never*'
is 'the copy ends in the same way' "$(tail -n 1 "$tmp/copy")" '# ended by SIGHUP'

for awk in mawk gawk busybox; do
	if command -v $awk >"$tmp/null"; then
		ln -sf "$(command -v $awk)" "$tmp/bin/awk"
		start
		ok "a result is seen at once, $awk" wait_for grep -q 'ok 1' "$tmp/out"
		kill -s TERM $runner
		wait $runner
	else
		skip "a result is seen at once, $awk" "no $awk"
	fi
done
rm "$tmp/bin/awk"

start
cp "$tmp/out" "$tmp/first"
before=$(left)
run
is 'a second run at the same time is refused' "$status $out$err" \
	"2 run_tests.sh: another run (process $runner) is under way, wait for its end"
is 'it does not disturb the first' "$(left) $(gone "$child" || echo alive)" "$before alive"
run --bisect
is 'nor is it a verdict for git bisect' "$status" 125
run --list
is 'but --list works' "$status $(echo "$out" | xargs)" '0 a.anon.x a.anon.y a.anon.z'

kill -s KILL $runner
wait $runner 2>"$tmp/null"
is 'SIGKILL leaves a changed machine' "$(left)" "$before"
ok 'and a running program' kill -0 "$child"
run --case a.anon.z
is 'the next run is not refused' "$status $err" '0 '
is 'it restores before it prepares' "$(seen)" 12
like 'it says what it does' "$out" '*
# a run before this one was killed: restoring what it changed
*'
is 'it restores the machine' "$(left)" '0 5 0 never never 0'
ok 'it kills what still ran' wait_for gone "$child"
is 'and leaves nothing' "$(leftovers)" ''

new_suite
program gup_a <<END
a.anon.x pass
a.anon.y orphan $tmp/child
a.anon.z pass
END
rm -f "$tmp/child"
run
is 'what a crashed program leaves behind is killed' "$(gone "$(cat "$tmp/child")" && echo "$results")" \
'ok 1 a.anon.x
not ok 2 a.anon.y # ERROR no result
ok 3 a.anon.z'

status=0
(runner) >/dev/full 2>"$tmp/err" || status=$?
is 'a full disk is no verdict' "$status $(tail -n 1 "$tmp/err")" \
	'2 run_tests.sh: cannot write the output'
new_machine
under=$tmp/bin/no_signal_ignored
{
	status=0
	(runner) 2>"$tmp/err" || status=$?
	echo "$status" >"$tmp/status"
} | sed 2q >"$tmp/null"
under=''
wait_for [ -s "$tmp/status" ]
is 'output that nobody reads is no verdict' "$(cat "$tmp/status")" 141
is 'and the machine is restored' "$(left)" '0 5 0 never never 0'

###############################################################################
# The real machine

real=/sys/kernel/mm/hugepages/hugepages-2048kB
if [ "$(id -u)" = 0 ] && [ -w $real/nr_hugepages ] && [ -w /run ]; then
	new_suite
	program gup_a <<-END
		a.anon.free show $real/free_hugepages
		a.anon.limit limit
	END
	settings() {
		cat /sys/kernel/mm/hugepages/*/nr_hugepages /sys/kernel/mm/transparent_hugepage/enabled \
			/sys/kernel/mm/transparent_hugepage/shmem_enabled /proc/mounts
		ls /run
	}
	# root in a container may be without CAP_SYS_RESOURCE
	# shellcheck disable=SC3045
	more_memlock() {
		ulimit -l unlimited 2>"$tmp/null"
		ulimit -S -l
	}
	for shell in /bin/sh 'busybox sh'; do
		before=$(settings)
		$shell "$suite/run_tests.sh" --hugepages 2M=9 >"$tmp/out" 2>&1
		is "the real machine is restored, $shell" "$(settings)" "$before"
		free=$(sed -n 's/# free_hugepages is //p' "$tmp/out")
		ok "it had the huge pages or said so, $shell" [ "${free:-0}" -ge 9 ] ||
			ok "it said so, $shell" grep -q '# got .* huge pages' "$tmp/out"
		is "it had the locked memory, $shell" "$(sed -n 's/# memlock is //p' "$tmp/out")" \
			"$(more_memlock)"
	done
else
	skip 'the real machine is restored' 'needs root'
fi

done_testing
