#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# vm/build-kernel: with a tree that only pretends to be a kernel's, so that it takes
# seconds. With GUP_PIN_BUILD=1 also with Debian's, and boots them: half an hour.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")

make_tmp
unset CC LLVM

# build ARGUMENT...: sets status, out and err
build() {
	capture "$top/vm/build-kernel" "$@"
}

# Its make copies the fragment but for one symbol, links to the source as the kernel's
# does, and compiles one file.
kernel=$tmp/kernel
mkdir -p "$kernel/mm" "$kernel/arch/x86"
: >"$kernel/Kconfig"
cat >"$kernel/Makefile" <<'EOF'
allnoconfig:
	grep -v '^CONFIG_GUP_TEST=' $(KCONFIG_ALLCONFIG) >$(O)/.config
	ln -sfn $(CURDIR) $(O)/source
bzImage modules: $(O)/gup.o
$(O)/gup.o: mm/gup.c
	$(CC) -c -o $@ $< && date +%s.%N >$(O)/compiled
EOF
echo 'int gup;' >"$kernel/mm/gup.c"
mkdir -p "$tmp/cache"
GUP_PIN_CACHE=$tmp/cache
export GUP_PIN_CACHE

###############################################################################
# What cannot be built

build
refused 'no source' '*--source*'
build --source "$tmp/nowhere"
refused 'no such source' "*$tmp/nowhere: expected a Debian series*"
build --source debian:sid
refused 'no such series' '*debian:sid: expected a series such as debian:6.12'
build --source "$tmp"
refused 'not a kernel tree' "*$tmp: not a kernel tree*"
build --source "$kernel" --jobs many
refused 'no number of jobs' '*--jobs many: expected a number*'
build --source "$kernel" more
refused 'an argument too many' '*more: not an option*'
CC=no-such-cc build --source "$kernel"
refused 'no compiler' '*to be installed*: no-such-cc'
GUP_PIN_CACHE=/proc/none build --source "$kernel"
refused 'no cache' '*cannot make the cache folder /proc/none'
: >"$kernel/.config"
build --source "$kernel"
refused 'built in place' "*make -C $kernel mrproper*"
rm "$kernel/.config"
is 'nothing is left behind' "$(ls "$tmp/cache")" ''

###############################################################################
# What can

before=$(cd "$kernel" && find . | sort)
build --source "$kernel"
is 'a tree is built' "$status" 0
ok 'a folder is all that it prints' [ -d "$out" ]
like 'it is in the cache' "$out" "$tmp/cache/*"
like 'the symbol that was lost is named' "$err" '*: CONFIG_GUP_TEST'
is 'the source is as it was' "$(cd "$kernel" && find . | sort)" "$before"
first=$out
compiled=$(cat "$first/compiled")

build --source "$kernel/mm/.."
is 'again: the same folder' "$status $out" "0 $first"
is 'again: nothing compiled' "$(cat "$first/compiled")" "$compiled"
like 'again: the lost symbol is named' "$err" '*: CONFIG_GUP_TEST'

build --source "$kernel" --debug --coverage
unlike 'other options: another folder' "$out" "$first"
ok 'other options: with KASAN and gcov' \
	[ "$(grep -cx 'CONFIG_KASAN=y\|CONFIG_GCOV_KERNEL=y' "$out/.config")" = 2 ]

cp -r "$kernel" "$tmp/other"
build --source "$tmp/other"
gone=$out
ok 'another tree: another folder' [ -e "$gone/gup.o" ]
rm -r "$tmp/other"
build --source "$kernel"
is 'once that tree is gone, so is the folder' "$(ls -d "$gone" "$first" 2>/dev/null)" "$first"

echo 'not C' >"$kernel/mm/gup.c"
build --source "$kernel"
is 'what does not compile' "$status $out" '1 '
like 'what does not compile: the error is shown' "$err" '*mm/gup.c*error*'
is 'no scratch folder is left' "$(ls "$tmp/cache")" build

###############################################################################
# Real ones

# admission KERNEL-COMMAND-LINE: the verdicts through gup_test, one a line
admission() {
	"$top/vm/run" --kernel "$kernel" --append "$1" -- --known known/debian-6.12.txt \
		--case 'longterm.*.gup_slow_*' --case 'longterm.*.gup_fast_*' |
		grep -E '^(not )?ok '
}

unset GUP_PIN_CACHE
for series in 6.12 6.1; do
	if [ "${GUP_PIN_BUILD:-0}" != 1 ]; then
		skip "Debian's $series runs the suite" 'GUP_PIN_BUILD=1 builds kernels'
		continue
	fi
	build --source "debian:$series"
	is "Debian's $series can be built" "$status" 0 || continue
	kernel=$out
	status=0
	"$top/vm/run" --kernel "$kernel" -- --require gup_slow,io_uring \
		--known "known/debian-$series.txt" --case 'longterm.anon.*' >"$tmp/out" || status=$?
	is "Debian's $series runs the suite" "$status" 0 || sed 's/^/#   /' "$tmp/out"
	# What Linux 6.1 has of gup_test takes no long-term pins.
	[ "$series" = 6.1 ] ||
		is "its own gup_test and our module's agree" "$(admission module_blacklist=pin_probe)" \
			"$(admission quiet)"
done

done_testing
