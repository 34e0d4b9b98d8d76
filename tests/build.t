#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The Makefile's two lives, in copies of the checkout: standalone and in a
# kernel's selftests. KSRC names the kernel parts that deps.sh fetched.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
ksrc=$(readlink -f "${KSRC:-$here/../build/ksrc}")

make_tmp
# We are started by a make, and it must not be known to ours.
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES

quick='--case longterm.anon.io_uring'

# quietly COMMAND...: what it says goes to $tmp/log, and to the reader if it fails
quietly() {
	"$@" >"$tmp/log" 2>&1 </dev/null || {
		sed 's/^/# /' "$tmp/log"
		return 1
	}
}

fails() {
	! "$@" >"$tmp/log" 2>&1 </dev/null
}

standalone() { # FOLDER ARGUMENT...
	folder=$1
	shift
	make -C "$folder" KSRC="$ksrc" "$@"
}

# Warnings are looked for in what the compiler says, because -Werror does not
# make errors of the linker's.
builds_silently() { # FOLDER ARGUMENT
	quietly standalone "$tmp/$1" "USERCFLAGS=-Wall -Wextra -Werror" "$2" &&
		! grep -i 'warning' "$tmp/log"
}

files_in() {
	(cd "$1" && find . -type f | LC_ALL=C sort)
}

# failing_suite FOLDER: add a test program there that fails
failing_suite() {
	cp "$here/fake/program" "$1/failing"
	echo 'a.anon.x fail' >"$1/failing.cases"
}

###############################################################################
# Standalone

copy_sources "$tmp/gcc"
cp -r "$tmp/gcc" "$tmp/clang"
cp -r "$ksrc" "$tmp/tree"
selftests=$tmp/tree/tools/testing/selftests
cp -r "$tmp/gcc" "$selftests/gup_pin"
pristine=$(files_in "$tmp/gcc")

ok 'gcc builds without a warning' builds_silently gcc CC=gcc
ok 'clang builds without a warning' builds_silently clang LLVM=1
my_turn
ok 'make run_tests runs the suite' quietly standalone "$tmp/gcc" run_tests "ARGS=$quick"
ok 'it is the real one' grep -q '^ok 1 longterm\.anon\.io_uring' "$tmp/log"
failing_suite "$tmp/gcc"
ok 'make run_tests fails when a case does' \
	fails env GUP_PIN_PROGRAMS=failing make -C "$tmp/gcc" KSRC="$ksrc" run_tests
ok 'it was the case that failed' grep -q '^not ok 1 a\.anon\.x' "$tmp/log"

ok 'make install INSTALL_PATH' quietly standalone "$tmp/gcc" install INSTALL_PATH="$tmp/there"
is 'what is installed shares nothing but libc and libmount' \
	"$(find "$tmp/there" -type f -perm -u+x -exec readelf -d {} + 2>"$tmp/err" |
		sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*/\1/p' | sort -u | xargs)" \
	'libc libmount'
ok 'make install DESTDIR' quietly standalone "$tmp/gcc" install DESTDIR="$tmp/root"
is 'both install the same' "$(files_in "$tmp/root/usr/lib/gup_pin")" "$(files_in "$tmp/there")"
ok 'make install with both' \
	quietly standalone "$tmp/gcc" install DESTDIR="$tmp/root" INSTALL_PATH=/opt/gup_pin
is 'they are joined' "$(files_in "$tmp/root/opt/gup_pin")" "$(files_in "$tmp/there")"

rm "$tmp/gcc/failing" "$tmp/gcc/failing.cases"
ok 'make clean' quietly standalone "$tmp/gcc" clean
is 'it leaves the sources' "$(files_in "$tmp/gcc")" "$pristine"

mv "$tmp/gcc" "$tmp/elsewhere"
my_turn
# shellcheck disable=SC2086 # an option and its value
(cd / && quietly "$tmp/there/run_tests.sh" $quick)
like 'the installed suite needs neither the checkout nor its folder' \
	"$(cat "$tmp/log")" '*
ok 1 longterm.anon.io_uring*'

ok 'make help needs no kernel files' quietly make -C "$tmp/elsewhere" KSRC=/nonexistent help
like 'it names the targets' "$(cat "$tmp/log")" '*make run_tests*make install*KSRC=*'

###############################################################################
# In a kernel tree, with its rules and its runner

in_tree() {
	make -C "$selftests" TARGETS=gup_pin "$@"
}

my_turn
ok 'in-tree: make run_tests' \
	quietly env KSELFTEST_RUN_TESTS_SH_ARGS="$quick" make -C "$selftests" TARGETS=gup_pin run_tests
ok "in-tree: the kernel's runner reports the suite" \
	grep -q '^ok 1 selftests: gup_pin: run_tests.sh' "$tmp/log"
ok 'in-tree: and its cases' grep -q '^# ok 1 longterm\.anon\.io_uring' "$tmp/log"
failing_suite "$selftests/gup_pin"
ok 'in-tree: make run_tests fails when a case does' \
	fails env GUP_PIN_PROGRAMS=failing make -C "$selftests" TARGETS=gup_pin run_tests
ok 'in-tree: it was the case that failed' grep -q '^# not ok 1 a\.anon\.x' "$tmp/log"
rm "$selftests/gup_pin/failing" "$selftests/gup_pin/failing.cases"

ok 'in-tree: make install' quietly in_tree install INSTALL_PATH="$tmp/ksft"
my_turn
(cd / && KSELFTEST_RUN_TESTS_SH_ARGS=$quick quietly "$tmp/ksft/run_kselftest.sh" -t gup_pin:run_tests.sh)
ok 'in-tree: run_kselftest.sh runs what was installed' \
	grep -q '^ok 1 selftests: gup_pin: run_tests.sh' "$tmp/log"
ok 'in-tree: make clean' quietly in_tree clean
is 'in-tree: it leaves the sources' "$(files_in "$selftests/gup_pin")" "$pristine"

done_testing
