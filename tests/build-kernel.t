#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# vm/build-kernel: with a tree that only pretends to be a kernel's, so that it takes
# seconds. With GUP_PIN_BUILD=1 also with Debian's, and boots them: an hour.

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
VERSION = 6
PATCHLEVEL = 12
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
refused 'no such series' '*debian:sid: expected a series such as debian:6.12, or debian:newest'
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
unlike 'one that is there is not' "$err" '*CONFIG_SHMEM*'
like 'one that is for newer kernels is named as such' "$err" \
	'*not for this kernel: *CONFIG_NUMA_MIGRATION since Linux 7.1*'
unlike 'one that this kernel has since long is not' "$err" '*CONFIG_IOMMUFD since*'
ok 'the suite is told what this kernel should have' \
	grep -qx 'CONFIG_GUP_TEST=y' "$out/promised"
is 'and no more' "$(grep -c '^CONFIG_NUMA_MIGRATION=' "$out/promised")" 0
is 'the source is as it was' "$(cd "$kernel" && find . | sort)" "$before"
first=$out
compiled=$(cat "$first/compiled")

build --source "$kernel/mm/.."
is 'again: the same folder' "$status $out" "0 $first"
is 'again: nothing compiled' "$(cat "$first/compiled")" "$compiled"
like 'again: the lost symbol is named' "$err" '*: CONFIG_GUP_TEST'

build --source "$kernel" --strict
is '--strict: a lost symbol is a failure' "$status $out" '1 '
like '--strict: it is named' "$err" '*: CONFIG_GUP_TEST'

sed -i 's/^PATCHLEVEL = 12/PATCHLEVEL = 1/' "$kernel/Makefile"
sed -i 's/-v .^CONFIG_GUP_TEST=./-v "^CONFIG_IOMMUFD="/' "$kernel/Makefile"
build --source "$kernel" --strict
is '--strict: what is for newer kernels may be lost' "$status $out" "0 $first"
sed -i 's/^PATCHLEVEL = 1$/PATCHLEVEL = 2/' "$kernel/Makefile"
build --source "$kernel" --strict
is '--strict: not on those' "$status $out" '1 '

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
	"$top/vm/run" --kernel "$kernel" --append "$1" -- --known "$known" \
		--case 'longterm.*.gup_slow_*' --case 'longterm.*.gup_fast_*' |
		grep -E '^(not )?ok '
}

# theirs [--pin-probe]: what the kernel's own tests say of each case
theirs() {
	"$top/vm/run" --kernel "$kernel" --timeout 900 --suite "$tmp/theirs" -- "$@" gup_longterm cow |
		grep -E '^(not )?ok '
}

unset GUP_PIN_CACHE
for series in 6.1 6.12 newest; do
	if [ "${GUP_PIN_BUILD:-0}" != 1 ]; then
		skip "Debian's $series runs the suite" 'GUP_PIN_BUILD=1 builds kernels'
		continue
	fi
	build --source "debian:$series" --strict
	if match "$status $err" '2 *no suite of Debian has it*'; then
		skip "Debian's $series can be built" "Debian has no source of $series any more"
		continue
	fi
	is "Debian's $series can be built, with all that it should have" "$status" 0 || continue
	kernel=$out
	known=known/debian-$series.txt
	[ -e "$top/$known" ] || known=$(cd "$top" && printf '%s\n' known/debian-*.txt | sort -V | tail -n 1)
	status=0
	"$top/vm/run" --kernel "$kernel" -- --require gup_slow,io_uring \
		--known "$known" --case 'longterm.anon.*' >"$tmp/out" || status=$?
	is "Debian's $series runs the suite" "$status" 0 || sed 's/^/#   /' "$tmp/out"
	# What Linux 6.1 has of gup_test takes no long-term pins.
	[ "$series" != 6.1 ] || continue
	is "its own gup_test and our module's agree" "$(admission module_blacklist=pin_probe)" \
		"$(admission quiet)"
	rm -rf "$tmp/theirs"
	"$top/vm/build-upstream" "$kernel/source" "$tmp/theirs"
	theirs >"$tmp/gup_test"
	is 'so its own tests say of both' "$(theirs --pin-probe)" "$(cat "$tmp/gup_test")"
	ok 'they say something' grep -q '^ok .* longterm ' "$tmp/gup_test"
done

done_testing
