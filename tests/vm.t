#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The suite on whole kernels, in QEMU: on the newest, on one that keeps today's promises
# and on one that predates them; and vm/run on kernels that die. Some minutes. Without
# QEMU or the kernels this fails, unless GUP_PIN_NO_VM=1 asks to leave it out. A series
# that Debian no longer has is left out. KSRC: the kernel parts.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")
ksrc=$(readlink -f "${KSRC:-$top/build/ksrc}")

if [ "${GUP_PIN_NO_VM:-0}" = 1 ]; then
	echo '1..0 # SKIP GUP_PIN_NO_VM=1'
	exit
fi

make_tmp

suite=$tmp/suite
install_suite "$suite"

# guest SPEC ARGUMENT...: sets status; leaves out, err and results
guest() {
	spec=$1
	shift
	status=0
	"$top/vm/run" --kernel "$spec" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	grep -E '^(not )?ok ' "$tmp/out" >"$tmp/results"
}

# ended NAME STATUS: with it, and what was said if not
ended() {
	is "$1" "$status" "$2" || tail -n 20 "$tmp/err" "$tmp/out" | sed 's/^/#   /'
}

# mini_suite NAME: a suite that is only a run_tests.sh, from standard input
mini_suite() {
	mkdir "$tmp/$1"
	cat >"$tmp/$1/run_tests.sh"
	chmod +x "$tmp/$1/run_tests.sh"
}

ids() {
	sed -E 's/^(not )?ok [0-9]+ ([^ ]+).*/\2/' "$tmp/results"
}

###############################################################################
# The newest kernel, which may be newer than what is known of it

newest=$(debian_kernels | awk '$5 == "yes" { series = $1 } END { print series }')
known=known/debian-$newest.txt
[ -e "$top/$known" ] || known=$(cd "$top" && printf '%s\n' known/debian-*.txt | sort -V | tail -n 1)
guest debian:newest --suite "$suite" -- --known "$known" --require io_uring,gup_slow,gup_fast,gup_remote
if [ ! -s "$tmp/results" ]; then
	tail -n 1 "$tmp/err" | sed 's/^/# /'
	echo 'Bail out! no guest runs here: install the packages (./deps.sh vm), or set GUP_PIN_NO_VM=1'
	exit 1
fi
ended "the whole suite passes on the newest, Linux $newest, with what is known" 0
is 'its ids are those of this machine' "$(ids)" "$("$suite/run_tests.sh" --list)"

###############################################################################
# A kernel that keeps today's promises

# Debian's kernels for a cloud have no f2fs: one of vm/build-kernel promises it.
filesystems=$("$top/testbed/filesystems" name | grep -vx f2fs | xargs)

if debian_has 6.12; then
	# In shapes that let every fixture run. Pages of 1 GiB take minutes under emulation.
	# Debian's kernels have no iommufd, for which some fixtures are; scenario.t has QEMU.
	# io_uring clones one buffer of several from Linux 6.13 on.
	fixtures=$("$suite/run_tests.sh" --list --skip 'iommufd_*' --skip 'uring_buffer_cloned_*' \
		--skip '*.iommufd_mock_*' --skip 'qemu_*' | sed 's/[.].*//' | sort -u | xargs | tr ' ' ,)
	guest debian:6.12 --suite "$suite" --profile base,movable,numa,swap -- \
		--known known/debian-6.12.txt --require "$fixtures" \
		--require xdp,gup_slow,gup_fast,gup_remote,o_direct,vfio_type1 \
		--require "$(echo "$filesystems" | tr ' ' ,),overlay,blkdev,fsdax_ext4,fsdax_xfs,hugetlbfs" \
		--require anon_thp,huge_zeropage,memfd_thp,memfd_hugetlb_2m,secretmem,pfnmap_udmabuf
	ended 'the whole suite passes on 6.12' 0
	is 'its ids are those of this machine' "$(ids)" "$("$suite/run_tests.sh" --list)"
	ok 'most of it gives a verdict' [ "$(grep -cE '^ok [0-9]+ [^ ]+( # XFAIL.*)?$' "$tmp/results")" -ge 900 ]
	# Without KVM in the guest and with 1 GiB of memory, on x86, in a cloud without rxe.
	is 'what is skipped is what a small guest cannot have' "$(grep -o '# SKIP .*' "$tmp/results" |
		sort -u | grep -vxE '# SKIP (door: (no (iommufd|software RDMA device)|io_uring cannot clone one buffer of several)|machine: (no QEMU|two threads did not overlap)|backing: (filesystem not in this kernel|huge page size not supported|not enough free huge pages|no guest_memfd|no usable /dev/kvm|guest_memfd cannot be shared|mapping is not VM_(IO|MIXEDMAP) alone))')" ''
fi

###############################################################################
# A kernel that predates them

if debian_has 6.1; then
	guest debian:6.1 --suite "$suite" -- --known known/debian-6.1.txt
	ended 'the whole suite passes on 6.1, with what is known' 0
	unlike 'all that is known there is still so' "$(cat "$tmp/out")" '*XPASS*'

	sed 's/ longterm\.shmem_anon\.io_uring / /; s/longterm\.shmem_anon\.io_uring //' \
		"$suite/known/debian-6.1.txt" >"$tmp/known"
	guest debian:6.1 --suite "$suite" -- --case 'longterm.s*.io_uring' --known "$tmp/known"
	ended 'one that is taken off the list fails' 1
	is 'that one alone' "$(grep '^not ok' "$tmp/results" | cut -d ' ' -f 4-)" \
		longterm.shmem_anon.io_uring

	old='' pins=0
	for fs in $filesystems; do
		pins=$((pins + 2))
		old="$old --case longterm.${fs}_shared.gup_slow_rw --case longterm.${fs}_shared.gup_fast_rw"
	done
	# shellcheck disable=SC2086 # a list
	guest debian:6.1 --suite "$suite" -- $old
	ended 'without the list' 1
	is 'every R/W pin of a shared file mapping fails' "$(cut -d ' ' -f 1-2 "$tmp/results" | uniq -c | xargs)" \
		"$pins not ok"
	is 'each time both commits are named' \
		"$(grep -c '# this kernel may lack 8ac268436e6d .*a6e79df92e4a' "$tmp/out")" "$pins"
fi

###############################################################################
# A door that is shut

shut='--append sysctl.kernel.io_uring_disabled=2'
# shellcheck disable=SC2086 # options
guest debian:newest $shut --suite "$suite" -- --case 'longterm.memfd*.io_uring'
ended 'with io_uring disabled nothing is tested' 4
is 'and for one reason' "$(sed 's/.* # //' "$tmp/results" | sort -u)" \
	'SKIP door: io_uring disabled'
# shellcheck disable=SC2086 # options
guest debian:newest $shut --suite "$suite" -- --case 'longterm.memfd*.io_uring' --bisect
ended 'a bisection cannot tell' 125

###############################################################################
# Shapes of the guest: a suite whose one program looks at the machine

mkdir "$tmp/shapes"
# shellcheck disable=SC2016 # it expands in there
sed 's/^PROGRAMS=.*/PROGRAMS=${GUP_PIN_PROGRAMS:-look}/' "$suite/run_tests.sh" >"$tmp/shapes/run_tests.sh"
chmod +x "$tmp/shapes/run_tests.sh"
cp -r "$suite/runner" "$tmp/shapes/"
cat >"$tmp/shapes/look" <<'END'
#!/bin/sh
ids='everywhere.anon.x leaves_movable.anon.x huge.memfd_1g_shared.x pmem.fsdax.x
behind_move_pages.anon.x behind_pageout.anon.x look.anon.iommufd_mock'
[ "$1" != --list ] || { printf '%s\n' $ids; exit; }

look() {
	case $1 in
	everywhere.*) ;;
	leaves_movable.*) grep -A 12 'zone  Movable' /proc/zoneinfo | grep -q 'present  [1-9]' ;;
	huge.*) [ "$(cat /sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages)" -ge 2 ] ;;
	pmem.*) [ -b "$GUP_PIN_PMEM" ] && grep -q '^nd_e820' /proc/modules ;;
	behind_move_pages.*) [ -e /sys/devices/system/node/node1/meminfo ] ;;
	behind_pageout.*) grep -q partition /proc/swaps ;;
	look.*) [ ! -e /sys/class/iommu/dmar0 ] ;;
	esac
}

[ $# -gt 0 ] || set -- $ids
for id; do
	[ "$id" != -r ] || continue
	echo "#  RUN           $id ..."
	if [ -e die ] && grep -q "$(cat die)" /proc/cmdline && case $id in $(cat die_in)) ;; *) false ;; esac; then
		echo "# ${0##*/} dies"
		sleep 1
		echo 1 >/proc/sys/kernel/sysrq
		echo c >/proc/sysrq-trigger
		sleep 60
	fi
	n=$((n + 1))
	look "$id" && echo "ok $n $id" || echo "ok $n $id # SKIP machine: not here"
done
END
chmod +x "$tmp/shapes/look"

guest debian:newest --suite "$tmp/shapes" --profile all
ended 'all profiles: status' 0
is 'every shape is there' "$(cat "$tmp/results")" "$("$tmp/shapes/run_tests.sh" --list |
	awk '{ print "ok " NR " " $0 }')"
is 'stdout is the merged result and nothing else' "$(grep -c '^TAP\|^1\.\.\|^# result' "$tmp/out")" 3
is 'each guest is told of' "$(grep -c '^vm/run: [a-z]*: .*, Linux [0-9]' "$tmp/err")" 8
like 'base has nothing special' "$(cat "$tmp/err")" '*vm/run: base: 1 pass, * 6 skip, 0 missing, 7 total,*'

guest debian:newest --suite "$tmp/shapes" --profile swap,dax
ended 'some profiles: status' 0
is 'their shapes are there' "$(grep -E 'fsdax|pageout' "$tmp/results" | cut -d ' ' -f 1,3-)" 'ok pmem.fsdax.x
ok behind_pageout.anon.x'
is 'what is for neither does not run' "$(grep -c everywhere "$tmp/out")" 0

echo memhp_default_state >"$tmp/shapes/die"
echo '*' >"$tmp/shapes/die_in"
guest debian:newest --suite "$tmp/shapes" --profile base,movable
ended 'one of two guests dies' 125
like 'it is told which' "$(cat "$tmp/err")" '*vm/run: movable: panic: *'
is 'its case has no result, the others have' "$(head -n 2 "$tmp/results")" 'ok 1 everywhere.anon.x
not ok 2 leaves_movable.anon.x # ERROR no result'

like 'it dies of the neighbour, too' "$(cat "$tmp/err")" '*vm/run: it died with everywhere.anon.x, too*'

echo leaves_movable.anon.x >"$tmp/shapes/die_in"
guest debian:newest --suite "$tmp/shapes" --profile base,movable
ended 'one of two guests dies of a case' 1
is 'it has failed, the others have their results' "$(head -n 2 "$tmp/results")" 'ok 1 everywhere.anon.x
not ok 2 leaves_movable.anon.x'
like 'it is told why' "$(cat "$tmp/out")" '*# the kernel died here, and twice more with this case alone, but not with everywhere.anon.x: panic
not ok 2 *'
echo console >"$tmp/shapes/die"
guest debian:newest --suite "$tmp/shapes" -- --case 'everywhere.*' --case 'leaves_movable.*'
ended 'a lone guest dies of a case' 1
is 'the case has failed' "$(cat "$tmp/results")" 'ok 1 everywhere.anon.x
not ok 2 leaves_movable.anon.x'
guest debian:newest --suite "$tmp/shapes" -- --case 'leaves_movable.*' --bisect
ended 'such a kernel is bad' 1
rm "$tmp/shapes/die"

guest debian:newest --suite "$tmp/shapes" --profile base,nosuch
ended 'an unknown profile' 2
like 'the known ones are named' "$(cat "$tmp/err")" 'vm/run: --profile nosuch: *base movable cma gigantic dax numa swap noiommu'
guest debian:newest --suite "$tmp/shapes" --profile dax,numa -- --case 'everywhere.*'
ended 'no case for any of the profiles' 2
guest debian:newest --suite "$tmp/shapes" --profile all -- --case 'nosuch.*'
ended 'no such case' 2
is 'one line says so' "$(cat "$tmp/err")" "run_tests.sh: no case matches 'nosuch.*', see --list"

# With one guest, too, it is the host that reads the options for the suite, before it boots.
guest nosuchkernel --suite "$suite" -- --case 'nosuch.*'
is 'no such case, one guest' "$status $(cat "$tmp/err")" "2 run_tests.sh: no case matches 'nosuch.*', see --list"
guest nosuchkernel --suite "$suite" -- --require nosuch
like 'no such door' "$(cat "$tmp/err")" "run_tests.sh: --require: no chosen case has a *'nosuch'"
guest nosuchkernel --suite "$suite" -- --known "$tmp/nowhere"
like 'no such list' "$(cat "$tmp/err")" "run_tests.sh: --known: cannot read the file '$tmp/nowhere'"
guest nosuchkernel --suite "$suite" -- --write-known "$tmp/no/where"
like 'no such folder' "$(cat "$tmp/err")" "vm/run: --write-known: cannot write to '$tmp/no/where'"
guest nosuchkernel --suite "$suite" -- --list --case 'longterm.anon.*'
is 'the list needs no guest' "$(cat "$tmp/out")" "$("$suite/run_tests.sh" --list --case 'longterm.anon.*')"

###############################################################################
# Kernels that die

mini_suite panic <<'END'
#!/bin/sh
echo 1 >/proc/sys/kernel/sysrq
echo 'ok 1 a.b.c'
# What is still in the serial port's buffer dies with the kernel.
sleep 1
echo c >/proc/sysrq-trigger
END
guest debian:newest --suite "$tmp/panic"
ended 'a panic is no verdict' 125
like 'it is told' "$(cat "$tmp/err")" '*vm/run: panic: *console log*'
is 'what the suite said before is there' "$(cat "$tmp/results")" 'ok 1 a.b.c'

mini_suite hang <<'END'
#!/bin/sh
echo 'ok 1 a.b.c'
sleep 3600
END
guest debian:newest --suite "$tmp/hang" --timeout 20
ended 'a hang is no verdict' 125
like 'it is told' "$(cat "$tmp/err")" '*vm/run: hang: *'
is 'what the suite said before is there' "$(cat "$tmp/results")" 'ok 1 a.b.c'

###############################################################################
# The kernel's own test finds in pin_probe the gup_test that it knows

mini_suite upstream <<'END'
#!/bin/sh
insmod module/*/pin_probe.ko || exit 2
echo 8 >/proc/sys/vm/nr_hugepages
exec ./gup_longterm
END
mkdir "$tmp/include"
echo '#define LOCAL_CONFIG_HAVE_LIBURING 1' >"$tmp/include/local_config.h"
ln -s "$ksrc/tools/include/uapi/linux" "$tmp/include/linux"
# shellcheck disable=SC2016 # it expands in there
ok "the kernel's own gup_longterm builds" sh -c 'cd "$1" && gcc -O2 -static -D_GNU_SOURCE -w \
	-I"$2" -o "$3" gup_longterm.c vm_util.c thp_settings.c -luring' - \
	"$ksrc/tools/testing/selftests/mm" "$tmp/include" "$tmp/upstream/gup_longterm"
guest debian:newest --suite "$tmp/upstream"
ended "the kernel's own gup_longterm passes on pin_probe" 0
is 'no case of it fails' "$(grep -c '^not ok' "$tmp/results")" 0
ok 'most of it is not skipped' [ "$(grep -vc '# SKIP' "$tmp/results")" -ge 40 ]

# And so does the newest one, as vm/build-upstream builds it with the others.
newest_source 7.3
if [ -n "$tree" ]; then
	capture "$top/vm/build-upstream" "$tree" "$tmp/newest"
	is "the newest kernel's own tests are built" "$(cd "$tmp/newest" && echo * && cat "$tmp/err")" \
		'cow gup_longterm gup_test hugetlb_dio iommufd iommufd_fail_nth memfd_secret run_tests.sh'
	guest debian:6.12 --suite "$tmp/newest" -- gup_longterm
	ended 'its gup_longterm passes on pin_probe' 0
	ok 'most of that is not skipped' [ "$(grep -vc '# SKIP' "$tmp/results")" -ge 40 ]
else
	skip "the newest kernel's own tests are built" "no linux-source-7.3 or newer: $(tail -n 1 "$tmp/err")"
fi

done_testing
