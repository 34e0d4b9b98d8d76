#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Whatever a door lies about, the case that met it tells, and no other. Some cases of the
# programs run as they are, and then, with lying_door.c in the place of their doors, once
# for each lie, which is told to some of them, each between two honest ones.
#
# On this machine where it has the door, the rest in one guest: options for vm/run may be
# given, the default is a kernel of Debian's. GUP_PIN_NO_VM=1 leaves that out. Some
# minutes. KSRC: the kernel parts.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")
ksrc=$(readlink -f "${KSRC:-$top/build/ksrc}")

make_tmp
# We are started by a make, and it must not be known to ours.
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES

# Each lie, and what the case has to say of it: a regular expression.
cat >"$tmp/lies" <<'END'
refuses_allowed		seen (EIO|-5)|EIO
allows_denied		seen success|seen 0|granted
wrong_errno		seen (EIO|EPERM)
refuses_and_keeps	ENOMEM
denies_and_keeps	pages are still pinned|seen EBUSY
other_page		.
loses_page		.
never_returns		did not return
unpins_nothing		pages are still pinned|pages pinned, seen|seen EBUSY|seen EEXIST
unpins_too_little	pages are still pinned|pages pinned, seen
unpins_twice		more pages unpinned than pinned|pages pinned, seen
counts_wrongly		.
keeps_charge		VmPin|VmLck|unregistered: expected 0, seen 1
END

# What runs: a program, and patterns of its cases. Of each door two cases at least, three
# where there are two doors.
cat >"$tmp/plan" <<'END'
gup_longterm	longterm.anon.* longterm.shmem_anon.* longterm.memfd_shared.*
gup_longterm	shortterm.ext4_shared.gup_* shortterm.xfs_shared.gup_*
gup_longterm	reference.ext4_shared.* reference.xfs_shared.* reference.btrfs_shared.*
gup_fast	paths_agree.anon.* paths_agree.memfd_shared.* needs_slow.zeropage.* needs_slow.memfd_private.*
gup_fast	subpages.anon_thp.io_uring subpages.anon_thp_pte.io_uring
gup_fast	partial_range.hole.* partial_range.prot_none.* partial_range.beyond_eof.*
gup_fast	userfault_*.anon.io_uring userfault_*.shmem_anon.io_uring address_limits.*.io_uring uring_buffer_limits.*
gup_cow		ro_longterm_pin.memfd_private.* ro_longterm_pin.zeropage.* fork_after_pin.anon.*_rw fork_after_pin.anon_thp.*_rw fork_after_pin.anon_thp_pte.*_rw
gup_writeback	write_notify.xfs_shared.* write_notify.btrfs_shared.* write_notify.memfd_shared.*
gup_place	leaves_movable.anon.*_rw leaves_movable.memfd_shared.*_rw leaves_movable.anon.io_uring leaves_movable.memfd_shared.io_uring
gup_place	file_leaves_movable.*
gup_behind	behind_dontneed.anon.*_rw behind_dontneed.anon_thp.*_rw behind_dontneed.memfd_shared.*_rw
memfd_pin	memfd_by_offset.memfd_shared.* memfd_by_offset.memfd_thp_shared.*
uring_buffers	uring_buffer_parts.anon.* uring_buffer_parts.anon_thp.* uring_buffer_joined.* uring_buffer_exclusive.*
uring_buffers	uring_ring_memory.anon.* uring_ring_memory.shmem_anon.* uring_ring_memory.memfd_shared.* uring_ring_closed.anon.* uring_ring_closed.memfd_shared.*
uring_locked	uring_buffer_charged.anon.* uring_buffer_charged.memfd_shared.* uring_buffer_closed.anon.* uring_buffer_closed.memfd_shared.*
uring_locked	uring_buffer_memlock.anon.* uring_buffer_memlock.memfd_shared.* uring_buffer_cloned.anon.* uring_buffer_cloned.memfd_shared.*
uring_locked	uring_buffer_cloned_of_two.* uring_buffer_cloned_beside.* uring_clone_other_process.* uring_clone_other_user.*
vfio_pin	longterm.anon.*_rw longterm.shmem_anon.*_rw longterm.memfd_shared.*_rw
vfio_pin	vfio_dma.anon.* vfio_dma.anon_thp.* vfio_dma.memfd_shared.* vfio_dma_ro.anon.* vfio_dma_ro.ext4_private.*
vfio_locked	vfio_charged.anon.*_rw vfio_charged.anon_thp.*_rw vfio_charged.memfd_shared.*_rw
vfio_locked	vfio_charged_until_closed.anon.* vfio_charged_until_closed.memfd_shared.* vfio_memlock.anon.* vfio_memlock.anon_thp.* vfio_memlock.memfd_shared.*
iommufd_access	iommufd_access_attach.anon.* iommufd_access_attach.memfd_shared.* iommufd_access_unmap.anon.* iommufd_access_unmap.memfd_shared.*
END

# What is not told: lies, doors, and why that is right. Patterns of LIE and FIXTURE.DOOR.
cat >"$tmp/untold" <<'END'
*_keeps other_page unpins_* keeps_charge counts_wrongly: shortterm.* reference.*: lets go within the call
allows_denied wrong_errno denies_and_keeps: shortterm.* reference.* needs_slow.* paths_agree.ro: is denied nothing
allows_denied wrong_errno denies_and_keeps: ro_longterm_pin.* fork_after_pin.* leaves_* file_leaves_* behind_*: is denied nothing
allows_denied wrong_errno denies_and_keeps: subpages.* userfault_* uring_buffer_[pjec]* uring_ring_* uring_clone_*: is denied nothing
allows_denied wrong_errno denies_and_keeps: memfd_by_offset.* vfio_dma* vfio_charged* iommufd_access_*: is denied nothing
other_page: *.rdma_*: nothing reads through the pin
denies_and_keeps: uring_buffer_memlock.*: one page more than the limit cannot be kept either
*_keeps other_page loses_page unpins_* keeps_charge counts_wrongly: partial_range.* write_notify.*: is granted nothing
*_keeps other_page loses_page never_returns unpins_* keeps_charge: userfault_killed.*: is killed before it is granted
keeps_charge counts_wrongly: *.udmabuf *.gup_* *.xdp paths_agree.* needs_slow.* uring_ring_*: a pin is free
counts_wrongly: longterm.* subpages.* userfault_* address_limits.* uring_buffer_limits.* uring_buffer_[pje]* leaves_* vfio_dma*: does not ask while it is held
unpins_nothing keeps_charge: userfault_resolved.*: ends with the child that had it
*_a* allows_denied wrong_errno other_page loses_page never_returns unpins_* keeps_charge: vfio_memlock.*: maps by itself, and not by pin()
unpins_* keeps_charge: *_closed.*: closes the door, and does not unpin
refuses_* other_page loses_page never_returns unpins_* keeps_charge: uring_buffer_cloned_[ob]*: fills slots, and not by pin()
refuses_allowed allows_denied wrong_errno other_page loses_page: paths_agree.*: asks whether two doors agree, and both lie alike
other_page loses_page: needs_slow.* address_limits.* uring_buffer_limits.* vfio_charged* uring_buffer_memlock.*: asks not for the bytes
other_page: behind_* userfault_resolved.*: asks for bytes that the other pages have, too
other_page: uring_ring_*: the ring is in the other pages, for its user, too
END

###############################################################################
# The programs that lie

suite=$tmp/suite
install_suite "$suite"
sed 's/[^a-z_].*//' "$tmp/plan" | uniq >"$tmp/programs"
GUP_PIN_PROGRAMS=$(xargs <"$tmp/programs")
export GUP_PIN_PROGRAMS

# Linked anew, in a copy: the checkout is left as it is.
copy_sources "$tmp/source"
(cd "$top" && cp -p --parents common/*/*.o "$tmp/source")
link_liars() {
	cc -std=gnu11 -D_GNU_SOURCE -I"$top/common" -O2 -g -Wall -Wextra -Werror -c -o "$tmp/lying_door.o" "$here/lying_door.c" &&
		LDFLAGS=$(nm "$tmp/lying_door.o" | sed -n 's/.* [TBD] __wrap_/-Wl,--wrap=/p' | xargs) \
			LDLIBS=$tmp/lying_door.o xargs make -s -j2 -C "$tmp/source" KSRC="$ksrc" <"$tmp/programs" \
			>"$tmp/log" 2>&1
}
ok 'the lying door is linked into every program' link_liars || {
	sed 's/^/# /' "$tmp/log"
	done_testing
	exit 1
}

# Stands for a program in the suite: it runs the cases honestly, and then those that were
# not skipped once for each lie. Their ids get one more part: "honest", or the lie.
#
# Lied to are the cases of numbers to_lie_to(): each door of each fixture once, never two
# in a row, nor the last.
cat >"$tmp/stand_in" <<'SCRIPT'
#!/bin/sh
self=$(readlink -f "$0")
[ -s "$self.cases" ] || exit 0
lies="honest $(sed 's/[^a-z_].*//' "${self%/*}/lies" | xargs)"

to_lie_to() {
	awk -F . '
	{ door[NR] = $1 "." $3 }
	END {
		for (n = 1; n < NR; n++)
			if (!told && !(door[n] in done)) {
				done[door[n]] = told = 1
				printf " %d ", n
			} else
				told = 0
	}' "$1"
}

# run CASES: as the part of the ids says
run() {
	[ ! -s "$1" ] || "$self.lying" $(sed 's/^/-r /' "$1") | awk -v part=".$lie" '
		/^#  RUN / { id = $3 }
		/^#  RUN |^(not )?ok / {
			end = index($0, id) + length(id)
			$0 = substr($0, 1, end - 1) part substr($0, end)
		}
		{ print; fflush() }'
}

if [ "$1" = --list ]; then
	for lie in $lies; do
		sed "s/$/.$lie/" "$self.cases"
	done
	exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lie=honest
run "$self.cases" | tee "$work/said"
sed -nE 's/^(not )?ok [0-9]+ ([^ ]+)[.]honest # SKIP.*/\2/p' "$work/said" >"$work/skipped"
# To a grep of busybox, no pattern fits every line.
awk -v skipped="$work/skipped" '
	BEGIN { while ((getline id < skipped) > 0) skip[id] }
	!($0 in skip)' "$self.cases" >"$work/cases"
export GUP_PIN_LIE GUP_PIN_LIE_TO="$(to_lie_to "$work/cases")"
for lie in ${lies#honest}; do
	GUP_PIN_LIE=$lie
	run "$work/cases"
	sed "s/.*/ok 1 &.$lie # SKIP as honestly/" "$work/skipped"
done
SCRIPT
chmod +x "$tmp/stand_in"

# lying_suite FOLDER: of the cases of standard input
lying_suite() {
	cp -r "$suite" "$1"
	cp "$tmp/lies" "$1"
	cat >"$tmp/ids"
	# shellcheck disable=SC2013 # words
	for program in $(sed -n 's/^PROGRAMS=.*:-\(.*\)}$/\1/p' "$suite/run_tests.sh"); do
		cp "$tmp/stand_in" "$1/$program"
	done
	while read -r program; do
		cp "$tmp/source/$program" "$1/$program.lying"
		"$suite/$program" --list | grep -xFf "$tmp/ids" >"$1/$program.cases"
	done <"$tmp/programs"
}

###############################################################################
# Runs

# The chosen ids, and of these, those whose door is here.
set -f
# shellcheck disable=SC2046 # a list of options
"$suite/run_tests.sh" --list $(awk '{ $1 = ""; print }' "$tmp/plan" | xargs | tr ' ' '\n' | sed 's/^/--case /') >"$tmp/chosen"
[ -s "$tmp/chosen" ] || {
	echo 'Bail out! the plan does not fit the programs'
	exit 1
}
: >"$tmp/here"
if [ "$(id -u)" = 0 ]; then
	my_turn
	# shellcheck disable=SC2046
	"$suite/run_tests.sh" $(sed 's/^/--case /' "$tmp/chosen") >"$tmp/out" 2>"$tmp/err"
	sed -nE 's/^(not )?ok [0-9]+ ([^ ]+)$/\2/p' "$tmp/out" >"$tmp/here"
fi
set +f

: >"$tmp/results"
if [ -s "$tmp/here" ]; then
	lying_suite "$tmp/lying_here" <"$tmp/here"
	my_turn
	"$tmp/lying_here/run_tests.sh" >"$tmp/results" 2>"$tmp/err"
fi

grep -vxFf "$tmp/here" "$tmp/chosen" >"$tmp/there"
[ $# -gt 0 ] || set -- --kernel debian:6.12 --profile movable
if [ "${GUP_PIN_NO_VM:-0}" = 1 ]; then
	skip 'the doors that are not here' GUP_PIN_NO_VM=1
else
	lying_suite "$tmp/lying_there" <"$tmp/there"
	"$top/vm/run" "$@" --timeout 900 --suite "$tmp/lying_there" >>"$tmp/results" 2>"$tmp/err" </dev/null
	like 'the guest has run' "$(tail -n 1 "$tmp/results")" '# result: * Linux [0-9]*' ||
		sed 's/^/# /' "$tmp/err"
fi
###############################################################################
# The matrix. A cell is "told", or "-" where that is right (untold); else "other": in
# other words than the lie's; "unmet", or the verdict of the case

cat >"$tmp/matrix.awk" <<'SCRIPT'
BEGIN {
	while ((getline line < (tmp "/lies")) > 0) {
		lie = line
		sub(/[^a-z_].*/, "", lie)
		sub(/^[a-z_]+[ \t]+/, "", line)
		lies[++nr_lies] = lie
		words[lie] = line
	}
	FS = "\n"
	while ((getline line < (tmp "/untold")) > 0) {
		split(line, part, ": ")
		for (i = split(part[1], lie_globs, " "); i; i--)
			for (k = split(part[2], door_globs, " "); k; k--) {
				rule[++rules] = regex(lie_globs[i])
				of_door[rules] = regex(door_globs[k])
			}
	}
	FS = " "
}

/^# note: this case is lied to: / { lied = 1; next }
/^# note: this door lies: / { met = 1; next }
/^# ./ && !/^# (note|reason): / { said = said $0 "\n" }

/^(not )?ok [0-9]+ / {
	id = $1 == "not" ? $4 : $3
	split(id, part, ".")
	door = part[1] "." part[3]
	verdict = $1 == "not" ? "FAIL" : "PASS"
	if (match($0, / # (SKIP|ERROR) /))
		verdict = substr($0, RSTART + 3, RLENGTH - 4)
	if (lied)
		lied_to(door, part[4], verdict)
	else if (verdict == "FAIL" || verdict == "ERROR")
		print "blamed " id " " verdict
	else if (part[4] == "honest" && verdict == "SKIP")
		skips[door] = substr($0, index($0, "SKIP") + 5)
	else if (part[4] == "honest")
		runs[door] = 1
	lied = met = 0
	said = ""
}

function lied_to(door, lie, verdict) {
	if (!(door in known)) {
		known[door] = 1
		doors[++nr_doors] = door
	}
	cell[door, lie] = state(door, lie, verdict)
}

function state(door, lie, verdict) {
	if (verdict == "FAIL" && met)
		return said ~ words[lie] ? "told" : "other"
	if (verdict == "PASS" && is_right(door, lie))
		return "-"
	return verdict == "PASS" && !met ? "unmet" : verdict
}

function is_right(door, lie,	i) {
	for (i = 1; i <= rules; i++)
		if (lie ~ rule[i] && door ~ of_door[i])
			return 1
}

END {
	for (i = 1; i <= nr_doors; i++) {
		line = "row " doors[i]
		for (k = 1; k <= nr_lies; k++)
			line = line " " ((doors[i], lies[k]) in cell ? cell[doors[i], lies[k]] : "none")
		print line
	}
	for (door in runs)
		if (!(door in known))
			print "unasked " door
	for (door in skips)
		if (!(door in runs))
			print "skipped " door " " skips[door]
}
SCRIPT
LC_ALL=C awk -v tmp="$tmp" -f "$top/runner/lib.awk" -f "$tmp/matrix.awk" "$tmp/results" >"$tmp/matrix"
lines() {
	sed -n "s/^$1 //p" "$tmp/matrix"
}

n=0
while read -r lie _; do
	n=$((n + 1))
	echo "# $n $lie"
done <"$tmp/lies"
lines row | awk '{ printf "# %-32s", $1; for (i = 2; i <= NF; i++) printf " %5s", $i; print "" }'

is 'honest cases pass, and those beside one that is lied to' "$(lines blamed)" ''
is 'each door lies to some case' "$(lines unasked)" ''
lines row >"$tmp/rows"
while read -r door cells; do
	is "$door tells every lie that it can meet" \
		"$(echo "$cells" | tr ' ' '\n' | grep -vxE 'told|-' | sort -u | xargs)" ''
done <"$tmp/rows"
lines skipped >"$tmp/skipped"
while read -r door why; do
	skip "$door" "$why"
done <"$tmp/skipped"
done_testing
