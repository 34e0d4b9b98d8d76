#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The ids: every list of known issues, every bisection and every dashboard is
# bound to them, on whatever machine they were made. And the output that carries
# them: every parser must find the same results in it. KSRC: the kernel parts.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
cd "$here/.." || exit 1
ksrc=${KSRC:-build/ksrc}

make_tmp

suite=$tmp/suite
install_suite "$suite"

list_all() {
	for program in "$suite"/gup_* "$suite"/memfd_* "$suite"/uring_* "$suite"/vfio_* "$suite"/iommufd_* "$suite"/qemu_*; do
		"$program" --list
	done | sort
}

ids=$(list_all)
ok 'there are ids' [ "$(echo "$ids" | wc -l)" -gt 1000 ]
is 'each is there once' "$(echo "$ids" | sort | uniq -d)" ''
is 'each has three parts of a-z, 0-9 and _' \
	"$(echo "$ids" | grep -vE '^[a-z0-9_]+\.[a-z0-9_]+\.[a-z0-9_]+$')" ''
is 'run_tests.sh lists the same' "$("$suite/run_tests.sh" --list | sort)" "$ids"
is 'the environment does not matter' \
	"$(cd / && env -i TMPDIR=/nonexistent LC_ALL=tr_TR.UTF-8 "$suite/run_tests.sh" --list </dev/null | sort)" \
	"$ids"
if [ "$(id -u)" = 0 ]; then
	is 'nor who asks' \
		"$(setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all \
			"$suite/run_tests.sh" --list | sort)" "$ids"
	# shellcheck disable=SC2016 # it expands in there
	is 'nor what the kernel has' \
		"$(unshare -m sh -c 'mount -t tmpfs none /sys && mount -t tmpfs none /dev &&
			exec "$1" --list' - "$suite/run_tests.sh" | sort)" "$ids"
else
	skip 'nor who asks' 'needs root'
	skip 'nor what the kernel has' 'needs root'
fi

# known GLOBs: one that matches nothing excuses nothing, and nobody notices.
for list in known/*.txt; do
	stray=
	sed -n 's/^[[:blank:]]*case //p' "$list" | tr ' ' '\n' >"$tmp/globs"
	while read -r glob; do
		"$suite/run_tests.sh" --list --case "$glob" >"$tmp/out" 2>&1 || stray="$stray $glob"
	done <"$tmp/globs"
	is "$list matches cases" "$stray" ''
done

###############################################################################
# The output of a real run, with passes and, almost everywhere, skips

my_turn
"$suite/run_tests.sh" --case 'longterm.anon*' --case 'longterm.memfd_hugetlb_*' \
	>"$tmp/tap" 2>"$tmp/err"
status=$?
is 'a real run ends well' "$status $(cat "$tmp/err")" '0 '
total=$(grep -cE '^(not )?ok ' "$tmp/tap")
skipped=$(grep -c '^ok .* # SKIP ' "$tmp/tap")

is 'every line is TAP' "$(grep -vE '^(#.*|(not )?ok [0-9]+ [a-z0-9_.]+( # .*)?|1\.\.[0-9]+|TAP version 13)$' "$tmp/tap")" ''
is 'the results are the chosen cases, in the order of the list' \
	"$(sed -nE 's/^(not )?ok [0-9]+ ([^ ]+).*/\2/p' "$tmp/tap")" \
	"$("$suite/run_tests.sh" --list --case 'longterm.anon*' --case 'longterm.memfd_hugetlb_*')"

prove -v -e cat "$tmp/tap" >"$tmp/prove" 2>&1
is 'prove accepts it' $? 0
like 'prove counts the same' "$(cat "$tmp/prove")" "*, Tests=$total, *Result: PASS*"

python3 "$ksrc/tools/testing/kunit/kunit.py" parse "$tmp/tap" >"$tmp/kunit" 2>&1
is 'kunit.py accepts it' $? 0
counted=$(sed -n 's/.*Testing complete\. Ran \([0-9]*\) tests: \(.*\)/\1 \2/p' "$tmp/kunit")
is 'kunit.py counts the same' "$counted" \
	"$total passed: $((total - skipped))$([ "$skipped" = 0 ] || echo ", skipped: $skipped")"
is 'kunit.py finds no error' "$(grep -i 'error' "$tmp/kunit")" ''

done_testing
