#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of how vm/run merges the records of several guests (vm/merge.awk), and what
# run_tests.sh --judge makes of records, whole or not, with made-up guests. Run it by
# prove(1).

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")

make_tmp

###############################################################################
# Tools of this file

mkdir "$tmp/suite" "$tmp/bin"
cp -r "$top/run_tests.sh" "$top/runner" "$tmp/suite"
cat >"$tmp/suite/ids" <<'END'
#!/bin/sh
exec cat "$0.list"
END
chmod +x "$tmp/suite/ids"
export GUP_PIN_PROGRAMS=ids GUP_PIN_ROOT="$tmp/machine"

# guests ID...: no guest yet; a suite with these cases
guests() {
	printf '%s\n' "$@" >"$tmp/suite/ids.list"
	: >"$tmp/inputs"
}

# records: of lines "# DIAGNOSTIC", "ID[.rN] OUTCOME [REASON[|HINT]]" and other records,
# whose fields are separated by commas
records() {
	awk '
	/^#/ { print "said\t" substr($0, 3) "\t."; next }
	/,/ || NF == 1 { gsub(/,/, "\t"); print $0 "\t."; next }
	{
		id = $1
		round = 1
		if (sub(/[.]r[0-9]+$/, "", id))
			round = substr($1, length(id) + 3)
		outcome = $2
		sub(/^[^ ]+ [^ ]+ ?/, "")
		split($0 "|", why, "|")
		printf "case\t%s\t%s\t%s\t%s\t%s\t0.10\t\tprogram\t\t\t\t.\n", id, round, outcome, why[1], why[2]
	}'
}

# stream NAME: the guest NAME, whose records are standard input
stream() {
	cat >"$tmp/$1.records"
	echo "profile=$1 kind=records $tmp/$1.records" >>"$tmp/inputs"
}

# guest NAME: one that ran its cases to the end; from standard input
guest() {
	{
		echo run,6.0,0
		cat
		echo end,30
	} | records | stream "$1"
}

# judge ARGUMENT...: of the records on stdin. Sets status, out and results
judge() {
	cat >"$tmp/records"
	status=0
	out=$(PATH=$tmp/bin:$PATH "$tmp/suite/run_tests.sh" --judge "$tmp/records" "$@" 2>&1) || status=$?
	results=$(printf '%s\n' "$out" | grep -E '^(not )?ok ')
}

# merge [--repeat N] [ARGUMENT...]: judge what is merged
merge() {
	rounds=1
	[ "${1-}" != --repeat ] || rounds=$2
	"$tmp/suite/run_tests.sh" --list "$@" >"$tmp/asked"
	# shellcheck disable=SC2046 # a list
	PATH=$tmp/bin:$PATH awk -f "$top/runner/lib.awk" -f "$top/vm/merge.awk" -v rounds="$rounds" \
		-v seconds=100 -v kernel=6.0 kind=asked "$tmp/asked" $(cat "$tmp/inputs") >"$tmp/merged"
	judge "$@" <"$tmp/merged"
}

# verdict OUTCOME...: of a.b.c, as printed
verdict() {
	case $1 in
	pass) echo 'ok 1 a.b.c' ;;
	skip) echo 'ok 1 a.b.c # SKIP door: none' ;;
	fail) echo 'not ok 1 a.b.c' ;;
	timeout) echo 'not ok 1 a.b.c # TIMEOUT' ;;
	error) echo 'not ok 1 a.b.c # ERROR no room' ;;
	esac
}

# one OUTCOME: case a.b.c ended so
one() {
	case $1 in
	skip) echo 'a.b.c skip door: none' ;;
	timeout) printf '# c: Test terminated by timeout\na.b.c fail TIMEOUT\n' ;;
	error) printf '# ERROR: no room\na.b.c error no room\n' ;;
	*) echo "a.b.c $1" ;;
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
		is "$order: verdict" "$results" "$(verdict "$1")"
	done
}

###############################################################################

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
note,a note on the machine
a.anon.x pass
a.anon.y pass
# about x
b.swap.x skip backing: none|get a page
c.none.x skip door: none|get a door
END
guest swap <<'END'
# fake.c:7: expected 1, seen 2
# ok 1 a.anon.x
a.anon.y fail
b.swap.x pass
END
merge
is 'every case has one result, in the order of the suite' "$out" 'TAP version 13
# profile base: a note on the machine
1..4
ok 1 a.anon.x
# profile swap:
# fake.c:7: expected 1, seen 2
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
is 'a record says which guest it is of' "$(awk -F '\t' '$1 == "case" { print $10 }' "$tmp/merged" | xargs)" \
	'base swap swap base'

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
printf 'a.anon.x pass\nb.swap.x skip backing: none\n' | guest base
printf 'a.anon.x pass\nb.swap.x skip backing: none\n' | guest swap
merge --require swap
is 'what is required and nowhere is missing' "$status" 3
like 'it says why' "$out" '*not ok 2 b.swap.x # MISSING backing: none*'

# A kernel that was built for it
guests a.b.c
echo 'a.b.c skip door: none|CONFIG_DOOR=y' | guest base
echo CONFIG_DOOR=y >"$tmp/promised"
export GUP_PIN_PROMISED="$tmp/promised"
merge
is 'a symbol that was promised: not skipped' "$status $results" \
	'1 not ok 1 a.b.c # the kernel was built for it: door: none'
echo 'a.b.c pass' | guest swap
merge
is 'unless another guest has it' "$status $results" '0 ok 1 a.b.c'
unset GUP_PIN_PROMISED

# The same failure in several
guests a.b.c
printf '# in the first\na.b.c fail\n' | guest base
printf 'a.b.c pass\n' | guest swap
printf '# in the third\na.b.c fail\n' | guest movable
merge
like 'all profiles that fail are named' "$out" '*# profile base movable:
# in the first
not ok 1 a.b.c
*'
unlike 'the details are those of the first' "$out" '*in the third*'

# A failure and a set-up fault, in one guest and in two
guests a.b.c
printf '# fake.c:7: seen 2\n# reason: promised\n# ERROR: no room\na.b.c fail\n' | guest base
printf '# ERROR: no mount\na.b.c error no mount\n' | guest swap
merge
is 'a failure goes before a fault' "$status $results" '1 not ok 1 a.b.c'
like 'all is told, and nothing twice' "$out" '*
# profile base:
# fake.c:7: seen 2
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
printf 'a.b.c pass\na.b.d pass\na.b.c.r2 pass\na.b.d.r2 fail\n' | guest base
printf 'a.b.c pass\na.b.d pass\na.b.c.r2 pass\na.b.d.r2 pass\n' | guest swap
merge --repeat 2
is 'rounds are merged one by one' "$results" 'ok 1 a.b.c
ok 2 a.b.d
ok 3 a.b.c.r2
not ok 4 a.b.d.r2'
like 'what is not the same in each is told' "$out" '*flaky*#   a.b.d: 1 pass 1 fail*'

###############################################################################
# Guests that do not get to the end, as vm/run closes their records

guests a.b.c a.b.d a.b.e
printf 'a.b.c pass\na.b.d pass\na.b.e skip door: none\n' | guest base
guest swap <<'END'
a.b.c pass
# of the last
# the guest ended: panic: the kernel died
a.b.d error no result
END
merge
is 'a guest dies: status' "$status" 2
is 'the case that it was running is an error, the others are as elsewhere' "$results" 'ok 1 a.b.c
not ok 2 a.b.d # ERROR no result
ok 3 a.b.e # SKIP door: none'
like 'it is told what happened' "$out" '*# profile swap:
# of the last
# the guest ended: panic: the kernel died
not ok 2*'
merge --bisect
is 'a bisection cannot tell' "$status" 125

guests a.b.c a.b.d
printf 'a.b.c pass\n' | guest base
printf 'a.b.c fail\n' | guest swap
merge
is 'a failure before is a failure' "$status" 1
is 'the case has its own verdict, and who has none is an error' "$results" 'not ok 1 a.b.c
not ok 2 a.b.d # ERROR no result'

guests a.b.c a.b.d
printf '\nsaid\tthe guest ended: boot failure\t.\n' | stream base
: | stream swap
merge
is 'no guest says anything: status' "$status" 2
is 'nothing is passed' "$results" 'not ok 1 a.b.c # ERROR no result
not ok 2 a.b.d # ERROR no result'

guests a.b.c
printf 'a.b.c pass\nstray,the guest,ended: reset\n' | guest base
merge
is 'a guest dies after its last case: status' "$status" 2
like 'it is told' "$out" '*
# ERROR between cases: profile base: the guest ended: reset
*errors (*'

guests a.b.c a.b.d
guest base <<'END'
a.b.c pass
stray,gup_fast,was killed by signal 11
a.b.d pass
END
printf 'a.b.c pass\na.b.d pass\n' | guest swap
merge
is 'a program that ends badly between two cases: status' "$status" 2
is 'the cases have their verdicts' "$results" 'ok 1 a.b.c
ok 2 a.b.d'
like 'it is told' "$out" '*# ERROR between cases: profile base: gup_fast was killed by signal 11
*'

###############################################################################
# Records that are strange: every case has one result, and nothing is passed by them

guests a.b.c a.b.d a.b.e
strange() {
	printf 'run\t6.0\t0\t.\n'
	# Cut short, and what came in between
	printf 'case\ta.b.c\t1\tpass\t\t\n'
	printf 'case\ta.b.c\t1\tpass\t\t\t0.1\t\tx\t\t\t\n'
	printf '\n[ 1.2] Kernel panic\tx\t.\nsaid\n\t\t.\nok 1 a.b.c\n'
	# Of no case, of another round, of no outcome
	printf '%s\n' 'a.b.x pass' 'a.b.c.r2 pass' 'a.b.c passed' 'a.b.c xfail' | records
	# Twice
	printf '%s\n' 'a.b.d fail' 'a.b.d pass' | records
	printf 'said\ta\\tb\t.\n'
	echo 'a.b.e pass' | records
}
for awk in mawk gawk 'busybox awk'; do
	printf '#!/bin/sh\nexec %s "$@"\n' "$awk" >"$tmp/bin/awk"
	{
		strange
		printf 'end\t3\t.\n'
	} >"$tmp/strange"
	judge <"$tmp/strange"
	is "strange records, $awk" "$status $results" '1 not ok 1 a.b.d
ok 2 a.b.e
not ok 3 a.b.c # ERROR no result'
	is "they are told, $awk" "$(printf '%s\n' "$out" | sed -n '2,/^ok/p')" \
'# not a record: case a.b.c 1 pass  
# not a record: case a.b.c 1 pass   0.1  x   
# not a record: [ 1.2] Kernel panic x .
# not a record: said
# not a record:   .
# not a record: ok 1 a.b.c
1..3
# not asked for, or told before: a.b.x 1 pass
# not asked for, or told before: a.b.c 2 pass
# not a record: case a.b.c 1 passed   0.10  program    .
# not a record: case a.b.c 1 xfail   0.10  program    .
not ok 1 a.b.d
# not asked for, or told before: a.b.d 1 pass
# a\tb
ok 2 a.b.e'
	: >"$tmp/inputs"
	strange | stream base
	echo 'a.b.e pass' | guest swap
	merge
	is "strange records merged, $awk" "$status $results" '1 not ok 1 a.b.c # ERROR no result
not ok 2 a.b.d
ok 3 a.b.e'
done
rm "$tmp/bin/awk"

strange >"$tmp/strange"
judge <"$tmp/strange"
is 'records that do not end: status' "$status" 2
like 'records that do not end: told' "$out" "*
run_tests.sh: the records end early: $tmp/records is not the whole run"
judge </dev/null
is 'no records' "$status $out" "2 run_tests.sh: --judge: $tmp/records does not begin as records do"
judge <"$tmp/out.tap"
is 'TAP is none' "$status $out" "2 run_tests.sh: --judge: $tmp/records does not begin as records do"

done_testing
