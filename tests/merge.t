#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of how vm/run merges the results of several guests: vm/guests, vm/merge.awk
# and what run_tests.sh makes of them, with made-up guests. Run it by prove(1).

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")

make_tmp

###############################################################################
# Tools of this file

# guests ID...: no guest yet; a suite with these cases
guests() {
	rm -rf "$tmp/merge"
	mkdir "$tmp/merge"
	cp "$top"/run_*.* "$top/vm/guests" "$top/vm/merge.awk" "$tmp/merge"
	printf '%s\n' "$@" >"$tmp/merge/ids"
	ids=$*
}

# stream NAME: the guest NAME, whose output is standard input
stream() {
	echo "$1" >>"$tmp/merge/profiles"
	# shellcheck disable=SC2086 # a list
	printf '%s\n' ${plan:-$ids} >"$tmp/merge/$1.plan"
	cat >"$tmp/merge/$1.tap"
}

# guest NAME: one that ran its cases to the end; results from standard input
guest() {
	{
		echo 'TAP version 13'
		cat
		printf '#\n# skipped, by reason, and what would make them run:\n'
		printf '#   1 x door: none\n#       get a door\n'
		printf '#   2 x backing: none\n#       get a page\n'
		echo '# result: what this guest says'
	} | stream "$1"
}

# merge [ARGUMENT...]: sets status, out and results
merge() {
	rm -f "$tmp/merge/rounds"
	status=0
	out=$(GUP_PIN_PROGRAMS=guests GUP_PIN_ROOT=$tmp/machine GUP_PIN_UID=0 GUP_PIN_RELEASE=6.0 \
		GUP_PIN_STARTED=$(($(date +%s) - 100)) PATH=$tmp/bin:$PATH \
		"$tmp/merge/run_tests.sh" "$@" 2>&1) || status=$?
	results=$(printf '%s\n' "$out" | grep -E '^(not )?ok ')
}

# one VERDICT: what a guest prints of case a.b.c that ended so
one() {
	case $1 in
	pass) echo 'ok 1 a.b.c' ;;
	skip) echo 'ok 1 a.b.c # SKIP door: none' ;;
	fail) echo 'not ok 1 a.b.c' ;;
	timeout) printf '# c: Test terminated by timeout\nnot ok 1 a.b.c # TIMEOUT\n' ;;
	error) printf '# ERROR: no room\nnot ok 1 a.b.c # ERROR no room\n' ;;
	esac
}

# pair WORST OTHER STATUS: whichever guest comes first, the worst is the verdict
pair() {
	for order in "$1 $2" "$2 $1"; do
		guests a.b.c
		one "${order% *}" | guest first
		one "${order#* }" | guest second
		merge
		is "$order: status" "$status" "$3"
		is "$order: verdict" "$results" "$(one "$1" | tail -n 1)"
	done
}

###############################################################################

mkdir "$tmp/bin"
all_verdicts() {
	pair fail pass 1
	pair fail skip 1
	pair fail error 1
	pair fail fail 1
	pair timeout pass 1
	pair error pass 2
	pair error skip 2
	pair error error 2
	pair pass skip 0
	pair pass pass 0
	pair skip skip 4
}
for awk in mawk gawk 'busybox awk'; do
	command -v "${awk% *}" >/dev/null || { echo "Bail out! no $awk"; exit 1; }
	printf '#!/bin/sh\nexec %s "$@"\n' "$awk" >"$tmp/bin/awk"
	chmod +x "$tmp/bin/awk"
	echo "# with $awk"
	all_verdicts
done
rm "$tmp/bin/awk"

# Guests that were asked for different cases
guests a.anon.x a.anon.y b.swap.x c.none.x
guest base <<'END'
# a note on the machine
1..4
ok 1 a.anon.x
ok 2 a.anon.y
# about x
ok 3 b.swap.x # SKIP backing: none
ok 4 c.none.x # SKIP door: none
END
plan='b.swap.x a.anon.y' guest swap <<'END'
# expected 1, seen 2
# the program says: ok 1 a.anon.x
not ok 1 a.anon.y
ok 2 b.swap.x
END
merge
# A busy machine takes a second more.
is 'every case has one result, in the order of the suite' "$(printf '%s\n' "$out" |
	sed '$s/ 10[0-9] s,/ 100 s,/')" 'TAP version 13
1..4
# profile base: a note on the machine
ok 1 a.anon.x
# profile swap:
# expected 1, seen 2
# the program says: ok 1 a.anon.x
not ok 2 a.anon.y
ok 3 b.swap.x
ok 4 c.none.x # SKIP door: none
#
# failed:
#   a.anon.y
# skipped, by reason, and what would make them run:
#   1 x door: none
#       get a door
# result: 2 pass, 1 fail, 0 error, 0 xfail, 0 xpass, 1 skip, 0 missing, 4 total, 100 s, Linux 6.0'
printf '%s\n' "$out" >"$tmp/out.tap"
like 'prove reads it' "$(prove -e cat "$tmp/out.tap" 2>&1)" '*Failed test:  2
*Tests=4, *'

merge --case 'a.*' --bisect
is 'a failure in one shape makes a bad kernel' "$status" 1

cat >"$tmp/known" <<'END'
only with swap
	case a.anon.y
	seen expected 1, seen 2
	seen the program says: ok *
gone
	case a.anon.x
	seen *
END
merge --known "$tmp/known"
is 'known issues: status' "$status" 0
is 'what is known is compared with the merged verdict' "$results" 'ok 1 a.anon.x
ok 2 a.anon.y # XFAIL known issue
ok 3 b.swap.x
ok 4 c.none.x # SKIP door: none'
like 'an issue that passes in every shape is told' "$out" '*XPASS*#   a.anon.x*, 1 xfail, 1 xpass,*'

printf 'another\n case a.anon.y\n seen expected 2, seen 1\n' >"$tmp/known"
merge --known "$tmp/known" --case a.anon.y
is 'an issue that looks different is not known' "$status $results" '1 not ok 1 a.anon.y'

merge --require swap --skip a.anon.y
is 'what is required is there if one guest has it' "$status" 0
guests a.anon.x b.swap.x
printf 'ok 1 a.anon.x\nok 2 b.swap.x # SKIP backing: none\n' | guest base
printf 'ok 1 a.anon.x\nok 2 b.swap.x # SKIP backing: none\n' | guest swap
merge --require swap
is 'what is required and nowhere is missing' "$status" 3
like 'it says why' "$out" '*not ok 2 b.swap.x # MISSING backing: none*'

# The same failure in several
guests a.b.c
printf '# in the first\nnot ok 1 a.b.c\n' | guest base
printf 'ok 1 a.b.c\n' | guest swap
printf '# in the third\nnot ok 1 a.b.c\n' | guest movable
merge
like 'all profiles that fail are named' "$out" '*# profile base movable:
# in the first
not ok 1 a.b.c
*'
unlike 'the details are those of the first' "$out" '*in the third*'

# A failure and a set-up fault, in one guest and in two
guests a.b.c
printf '# seen 2\n# reason: promised\n# ERROR: no room\nnot ok 1 a.b.c\n' | guest base
printf '# ERROR: no mount\nnot ok 1 a.b.c # ERROR no mount\n' | guest swap
merge
is 'a failure goes before a fault' "$status $results" '1 not ok 1 a.b.c'
like 'all is told, and nothing twice' "$out" '*
# profile base:
# seen 2
# reason: promised
# ERROR: no room
# profile swap: ERROR: no mount
not ok 1 a.b.c
#
# failed:
#   a.b.c
# result: *'

# Rounds
guests a.b.c a.b.d
printf 'ok 1 a.b.c\nok 2 a.b.d\nok 3 a.b.c.r2\nnot ok 4 a.b.d.r2\n' | guest base
printf 'ok 1 a.b.c\nok 2 a.b.d\nok 3 a.b.c.r2\nok 4 a.b.d.r2\n' | guest swap
merge --repeat 2
is 'rounds are merged one by one' "$results" 'ok 1 a.b.c
ok 2 a.b.d
ok 3 a.b.c.r2
not ok 4 a.b.d.r2'
like 'what is not the same in each is told' "$out" '*flaky*#   a.b.d: 1 pass 1 fail*'

###############################################################################
# Guests that do not get to the end

guests a.b.c a.b.d a.b.e
printf 'ok 1 a.b.c\nok 2 a.b.d\nok 3 a.b.e # SKIP door: none\n' | guest base
printf '1..3\nok 1 a.b.c\n# of the last\nok 2 a.b.\001ended panic: the kernel died\n' | stream swap
merge
is 'a guest dies: status' "$status" 2
is 'the case that it was running is an error, the others are as elsewhere' "$results" 'ok 1 a.b.c
not ok 2 a.b.d # ERROR no result
ok 3 a.b.e # SKIP door: none'
like 'it is told what happened' "$out" '*# profile swap:
# of the last
# the guest ended: panic: the kernel died
# ERROR: no result
not ok 2*'
merge --bisect
is 'a bisection cannot tell' "$status" 125

guests a.b.c a.b.d
plan=a.b.c
printf 'ok 1 a.b.c\n' | guest base
plan=
printf 'not ok 1 a.b.c\n\001ended hang\n' | stream swap
merge
is 'a failure before is a failure' "$status" 1
is 'the case has its own verdict' "$results" 'not ok 1 a.b.c
not ok 2 a.b.d # ERROR no result'

guests a.b.c a.b.d
printf '\001ended boot failure\n' | stream base
: | stream swap
merge
is 'no guest says anything: status' "$status" 2
is 'nothing is passed' "$results" 'not ok 1 a.b.c # ERROR no result
not ok 2 a.b.d # ERROR no result'

guests a.b.c
printf 'TAP version 13\n1..1\nok 1 a.b.c\n\001ended reset\n' | stream base
merge
is 'a guest dies after its last case: status' "$status" 2
like 'it is told' "$out" '*
# profile base: reset
*errors (*'

guests a.b.c a.b.d
guest base <<'END'
ok 1 a.b.c
# ERROR between cases: gup_fast was killed by signal 11
ok 2 a.b.d
END
printf 'ok 1 a.b.c\nok 2 a.b.d\n' | guest swap
merge
is 'a program that ends badly between two cases: status' "$status" 2
is 'the cases have their verdicts' "$results" 'ok 1 a.b.c
ok 2 a.b.d'
like 'it is told' "$out" '*# profile base: gup_fast was killed by signal 11
*'

done_testing
