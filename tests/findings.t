#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# docs/findings.md: each bug has a program that stands alone, compiles without a
# warning, and shows the bug where it is listed. A minute, in guests, see vm.t.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")
make_tmp

is 'each finding has a program, and each program a finding' \
	"$(sed -nE 's/^- Program: .*\(findings\/([a-z_]+)\.c\).*/\1/p' "$top/docs/findings.md" | sort)" \
	"$(cd "$top/docs/findings" && printf '%s\n' *.c | sed 's/[.]c$//')"
is 'no finding is without' "$(grep -c '^- Program: ' "$top/docs/findings.md")" \
	"$(grep -c '^## ' "$top/docs/findings.md")"
for list in "$top"/known/*.txt; do
	ok "findings.md names ${list##*/}" grep -q "\`known/${list##*/}\`" "$top/docs/findings.md"
done

mkdir "$tmp/programs"
for file in "$top"/docs/findings/*.c; do
	name=$(basename "$file" .c)
	for cc in clang gcc; do
		if [ $cc = gcc ] || command -v $cc >/dev/null; then
			is "$cc takes $name" "$($cc -Wall -Wextra -O2 -static \
				-o "$tmp/programs/$name" "$file" 2>&1)" ''
		else
			skip "$cc takes $name" "no $cc"
		fi
	done
done

if [ "${GUP_PIN_NO_VM:-0}" = 1 ]; then
	skip 'the bugs are shown' GUP_PIN_NO_VM=1
	done_testing
	exit
fi

cat >"$tmp/programs/run_tests.sh" <<'END'
#!/bin/sh
insmod module/*/pin_probe.ko
for program in *_*_*; do
	[ "$program" = run_tests.sh ] || { "./$program" >&2; echo "$program $?"; }
done
END
chmod +x "$tmp/programs/run_tests.sh"

# The exit status of a program: 1 the bug is there, 0 it is not, 4 it cannot be tried.
# Before Linux 6.13 no ring can clone one buffer. There is no iommufd in Debian's cloud
# kernels.
while read -r series direct hugetlb clone uring unshare; do
	capture "$top/vm/run" --kernel "debian:$series" --profile movable --suite "$tmp/programs"
	is "the bugs that Debian's $series has" "$out" "direct_io_uncounted $direct
hugetlb_in_movable $hugetlb
io_uring_clone_miscounted $clone
io_uring_uncounted $uring
iommufd_unmapped_domain 4
unshare_shmem_huge_page $unshare" || printf '%s\n' "$err" | sed 's/^/#   /'
done <<'END'
6.1 0 1 4 1 0
6.12 1 0 4 1 1
7.3 1 0 1 0 1
END

done_testing
