#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants/run as far as the kernel: with a tree that only pretends to be one. Every
# mutant must fit into those of Debian's 6.12 and 7.3 that are unpacked in the cache;
# and if an earlier run has left its kernel there, those for a gate must be caught in it.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")

make_tmp

# run ARGUMENT...: mutants/run of $tree; sets status, out and err
tree=$top
run() {
	capture "$tree/mutants/run" "$@"
}

###############################################################################
# The mutants are what run takes them for

wrong=
for file in "$top"/mutants/*.cocci; do
	name=$(basename "$file" .cocci)
	head=$(sed '/^\/\//!q' "$file")
	for key in fixed does file; do
		[ "$(printf '%s\n' "$head" | grep -c "^// $key: .")" = 1 ] || wrong="$wrong $name:$key"
	done
	printf '%s\n' "$head" | grep -q '^// \(cases\|unseen\): .' ||
		wrong="$wrong $name:cases"
	! printf '%s\n' "$head" | sed '1,2d; /^$/d' |
		grep -qv '^// \(fixed\|does\|file\|cases\|unseen\|profile\|append\|quick\|equivalent\): ' ||
		wrong="$wrong $name:header"
	[ "$(grep -o 'gupmut([a-z0-9_]*)' "$file" | sort -u)" = "gupmut($name)" ] ||
		wrong="$wrong $name:switch"
done
is 'every mutant says what it is, and has a switch of its name' "$wrong" ''

###############################################################################
# Bad usage

run --mutant no_such_bug
refused 'a mutant that is not there' '*--mutant no_such_bug: there is none*--list*'
run --no-such-option
is 'an option that is not there' "$status $out" '2 '
run more
refused 'an argument too many' '*more: not an option*'
run --jobs many
refused 'no number of guests' '*--jobs many: expected*'
run --known "$tmp/none"
refused 'no list of known issues' "*$tmp/none: cannot read*"
run --kernel "$tmp"
refused 'no kernel' "*--kernel $tmp: expected the folder of a built kernel*"
run --help
is 'help' "$status $err" '0 '
like 'help tells the exit status' "$out" '*Exit status:*'
run --list
is 'the list' "$status $(printf '%s\n' "$out" | wc -l)" \
	"0 $(find "$top/mutants" -name '*.cocci' | wc -l)"
run --list --quick --mutant fork_page
is 'a choice that is empty' "$status" 2

###############################################################################
# What the guest said, and what it means

# judged STATUS: what comes out for records, as lines "said TEXT" or "case ID OUTCOME
# VERDICT REASON" on stdin
judged() {
	awk -v OFS='\t' '
	$1 == "said" { print $1, substr($0, 6), "." }
	$1 == "case" { print $1, $2, 1, $3, $5, "", "", "", "", "", $4, "", "." }
	$1 == "stray" { print $1, "the guest", substr($0, 7), "." }' >"$tmp/records"
	STATUS=$1 awk -f "$top/runner/lib.awk" \
		-f "$top/mutants/judge.awk" "$tmp/records" | tr '\t' ';'
}

is 'all pass' "$(echo 'case case1 pass pass' | judged 0)" 'none;'
is 'known failures and skips do not count' "$(judged 0 <<'EOF'
case case1 fail xfail
case case2 skip skip door:
EOF
)" 'none;'
is 'a promise that is broken, the kernel log, and a time-out' "$(judged 1 <<'EOF'
said gup.c:1: untouched: expected EFAULT, seen success
said gup.c:1: afterwards: kernel log: WARNING: CPU: 0
case case1 fail fail
said profile swap:
said gup.c:1: afterwards: new taint bits 0x200
said reason: a pin leaves nothing behind
said 6c287605fd56 (Linux 5.19) brought this promise, and this kernel has lost it
case case2 fail fail
case case3 pass pass
case case4 fail fail TIMEOUT
EOF
)" 'fail, log, hang;case1 case2 case4'
is 'a fault of our own is no catch' "$(judged 2 <<'EOF'
said ERROR: cannot mount
case case1 error error cannot
EOF
)" 'error: 1 cases;'
is 'a failure goes before it' "$(judged 1 <<'EOF'
said gup.c:1: untouched: expected EFAULT, seen success
said ERROR: cannot mount
case case1 fail fail
said ERROR: cannot mount
case case2 error error cannot
EOF
)" 'fail;case1'
is 'nothing could be tested' "$(echo 'case case1 skip skip door' | judged 4)" 'error: status 4;'
is 'a panic is held against the case that was running' "$(judged 125 <<'EOF'
case case1 pass pass
said the guest ended: panic: the kernel died while the suite was running
case case2 error error no
case case3 error error no
EOF
)" 'crash;case2'
is 'a case of which the kernel dies' "$(judged 1 <<'EOF'
case case1 pass pass
said the kernel died here, and twice more with this case alone, but not with case1: hang
case case2 fail fail
EOF
)" 'hang;case2'
is 'a guest that hangs' "$(judged 125 <<'EOF'
case case1 pass pass
case case2 fail fail
said the guest ended: hang: the suite was still running after 300 s
case case3 error error no
EOF
)" 'fail, hang;case2 case3'
is 'a guest that dies after its last case' "$(judged 125 <<'EOF'
case case1 pass pass
stray ended: reset: the guest stopped
EOF
)" 'crash;'
is 'a kernel that does not boot' "$(judged 125 </dev/null)" 'crash at boot;'

# theirs STATUS: what comes out for what the kernel's own tests say on stdin, if without
# a mutant they say what is in usual
theirs() {
	cat >"$tmp/tap"
	STATUS=$1 GUEST='vm/run: hang: still running' \
		awk -f "$top/mutants/judge-upstream.awk" "$tmp/usual" "$tmp/tap" | tr '\t' ';'
}

cat >"$tmp/usual" <<'EOF'
TEST: ./cow
ok 1 a page
not ok 2 another
TEST: cow: exit status 1
TEST: ./gup_test -u
TEST: gup_test: exit status 0
TEST: kernel log: WARNING: usual
EOF
is 'their usual failures do not count' "$(theirs 1 <"$tmp/usual")" 'none;'
is 'their new failures do' "$(sed 's/^ok/not ok/; s/test: exit status 0/test: exit status 1/
	s/WARNING: usual/BUG: unusual/' "$tmp/usual" | theirs 1)" 'fail, log;cow gup_test'
is 'a skip is no failure' "$(sed 's/ok 1 .*/not ok 1 # SKIP/' "$tmp/usual" | theirs 1)" 'none;'
is 'the test that the guest hung in' "$(sed '5q' "$tmp/usual" | theirs 125)" 'hang;gup_test'

# table KERNEL NAME VERDICT HOW CASES...: what mutants/run prints
table() {
	echo "# Linux $1"
	shift
	printf '%s\t%s\t%s\t%s\t5\tabc (6.5)\tA bug\n' "$@"
}

table 6.12 one killed fail 'a.b.c a.b.d e.f.g' two survived 'no case' '' three equivalent same '' \
	four survived 'no case' '' >"$tmp/ours"
table 7.3 one killed 'fail, log' 'a.b.c' two survived 'no case' '' three equivalent same '' \
	four killed crash '' >"$tmp/newer"
table 6.12 one killed fail 'cow gup_test' two killed crash '' three survived '' '' >"$tmp/upstream"
# shellcheck disable=SC2016 # Markdown
is 'the tables can be read' \
	"$("$top/mutants/markdown" --upstream "$tmp/upstream" "$tmp/ours" "$tmp/newer")" \
	'| mutant | the bug, and what fixed it | seen on Linux 6.12 | seen on Linux 7.3 | seen by the kernel'"'"'s tests |
| --- | --- | --- | --- | --- |
| `one` | A bug: abc (6.5) | `a` 2, `e` 1 | `a` 1 (fail, log) | `cow`, `gup_test` |
| `four` | A bug: abc (6.5) | survived: no case | (crash) |  |

Not seen by any case that was tried:

- `two`: A bug (no case; crash sees it)

Cannot be told from the original:

- `three`: A bug (same)

- Linux 6.12: 4 mutants, 1 killed, 2 survived, 1 equivalent, 0 not tried
- Linux 7.3: 4 mutants, 2 killed, 1 survived, 1 equivalent, 0 not tried
- the kernel'"'"'s own tests kill 2'

# shellcheck disable=SC2016 # Markdown
is 'one alone has no column for others' "$("$top/mutants/markdown" "$tmp/ours" | sed -n 3p)" \
	'| `one` | A bug: abc (6.5) | `a` 2, `e` 1 |'

is 'docs/evidence.md has the tables as they are' \
	"$(sed -n '/^| mutant /,/^- the kernel.s own tests/p' "$top/docs/evidence.md")" \
	"$("$top/mutants/markdown" --upstream "$top/mutants/upstream.tsv" "$top"/mutants/results-*.tsv)"

###############################################################################
# A kernel that is there already

# In this suite a guest says but what is known of its kernel.
tree=$tmp/said
mkdir -p "$tree/mutants" "$tree/vm" "$tree/known" "$tmp/built/include/config"
cp "$top"/mutants/run "$top"/mutants/*.awk "$top/mutants/fork_page.cocci" "$tree/mutants"
# shellcheck disable=SC2016 # make expands it
printf 'install:\n\t@mkdir -p $(INSTALL_PATH)\n' >"$tree/Makefile"
# shellcheck disable=SC2016 # so does the guest
printf '#!/bin/sh\ncat "$4/mutants.known"\n' >"$tree/vm/run"
chmod +x "$tree/vm/run"
echo '# of 7.3' >"$tree/known/debian-7.3.txt"

echo 7.3.4-debug >"$tmp/built/include/config/kernel.release"
run --kernel "$tmp/built" --output "$tmp/output"
is 'the known issues are those of the kernel' "$(cat "$tmp/output/none.tap")" '# of 7.3'
like 'the table names the kernel' "$out" '# Linux 7.3.4-debug
fork_page	*'
like 'a guest of which there are no records: the bug was not tried' "$status $out" \
	'2 *	error	error: no records	*'
echo 7.4.0 >"$tmp/built/include/config/kernel.release"
run --kernel "$tmp/built" --output "$tmp/output"
is 'a series without a list has none' "$(cat "$tmp/output/none.tap")" ''

###############################################################################
# Into a kernel

if ! command -v spatch >/dev/null; then
	skip 'mutants are put in' 'coccinelle is missing'
	done_testing
	exit
fi

tree=$tmp/suite
mkdir -p "$tree/mutants"
ln -s "$top/vm" "$tree/vm"
cp "$top"/mutants/run "$top"/mutants/gupmut.[ch] "$tree/mutants"
cat >"$tree/mutants/first.cocci" <<'EOF'
// A bug
//
// fixed: none
// does: nothing
// file: mm/gup.c mm/not_in_this_kernel.c
// cases: longterm.*

@@
expression E;
@@
- return E;
+ return gupmut(first) ? 0 : E;
EOF
sed 's/first/second/; s/(first)/(second)/' "$tree/mutants/first.cocci" >"$tree/mutants/second.cocci"
kernel=$tmp/kernel
mkdir -p "$kernel/mm" "$kernel/arch/x86" "$kernel/include/linux"
: >"$kernel/Kconfig"
echo 'obj-y := gup.o' >"$kernel/mm/Makefile"
printf 'int gup(void)\n{\n\treturn 1;\n}\n' >"$kernel/mm/gup.c"
GUP_PIN_CACHE=$tmp/cache
export GUP_PIN_CACHE
mkdir "$GUP_PIN_CACHE"
copy=$GUP_PIN_CACHE/mutants/kernel

run --apply-only --source "$kernel"
is 'two mutants are put in' "$status $err" '0 '
is 'both into one statement' "$(grep -o 'gupmut(.*)' "$copy/mm/gup.c" | grep -o '([a-z]*)' | sort | xargs)" \
	'(first) (second)'
is 'the switch is compiled' "$(tail -n 1 "$copy/mm/Makefile")" 'obj-y += gupmut.o'
is 'the source is as it was' "$(cat "$kernel/mm/gup.c" "$kernel/mm/Makefile" | grep -c gupmut)" 0
touch -d 2001-01-01 "$copy/mm/gup.c"
run --apply-only --source "$kernel"
is 'again: nothing is written' "$(date -r "$copy/mm/gup.c" +%Y)" 2001

printf 'int gup(void)\n{\n\treturn 2;\n}\n' >"$kernel/mm/gup.c"
run --apply-only --source "$kernel"
like 'another source: put in anew' "$(cat "$copy/mm/gup.c")" '*? 0 :*2;*'

sed 's/first/third/; s/(first)/(third)/; s/return E;/return E->gone;/' "$tree/mutants/first.cocci" \
	>"$tree/mutants/third.cocci"
run --apply-only --source "$kernel"
refused 'one that does not fit' '*--keep-going*: third'
run --apply-only --source "$kernel" --keep-going
is 'one that does not fit, left out' "$status" 0
like 'one that does not fit, named' "$err" '*left out*: third'

printf '// A bug\n//\n// file: mm/gup.c\n\n@@ @@\n- ((gupmut(third)\n' >"$tree/mutants/third.cocci"
run --apply-only --source "$kernel"
is 'one that is not a semantic patch' "$status" 2

unset GUP_PIN_CACHE
tree=$top
for series in 6.12 7.3; do
	name="all fit into Debian's $series"
	if [ -d "$(find "$top/build/cache/source" -maxdepth 1 -name "linux-source-${series}_*" 2>/dev/null)" ]; then
		run --apply-only --source "debian:$series"
		is "$name" "$status" 0 || printf '%s\n' "$err" | sed 's/^/#   /'
	else
		skip "$name" "vm/build-kernel --source debian:$series --unpack unpacks it"
	fi
done

# built_kernels: those with all of today's mutants that earlier runs have left. Builds
# with options (--debug) have a longer name.
built_kernels() {
	kept=$(readlink -f "$top/build/cache")
	for build in "$kept"/build/tree-????????????????; do
		image=$build/arch/x86/boot/bzImage
		copy=$(readlink -f "$build/source")
		if [ -e "$image" ] && [ "${copy%/*}" = "$kept/mutants" ] &&
			[ -z "$(find "$copy" -newer "$image" -name '*.[ch]' | head -n 1)" ]; then
			echo "$build"
		fi
	done
}

name='those for a gate are caught'
kernels=$(built_kernels)
if [ "${GUP_PIN_NO_VM:-0}" = 1 ]; then
	skip "$name" 'GUP_PIN_NO_VM=1'
elif [ -z "$kernels" ]; then
	skip "$name" 'make mutants builds the kernel'
else
	for kernel in $kernels; do
		run --quick --kernel "$kernel" --output "$tmp/quick"
		is "$name: $(cat "$kernel/include/config/kernel.release")" "$status" 0 ||
			printf '%s\n' "$out" "$err" | sed 's/^/#   /'
	done
fi

done_testing
