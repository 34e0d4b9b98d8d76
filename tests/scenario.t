#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# vm/run --scenario qemu-memory-backend: a real QEMU finds what vfio_pin finds, on
# a kernel that keeps today's promises and on one that predates them, and a QEMU
# that fails for other reasons is no verdict. Some minutes, in guests, see vm.t.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")
export KSRC="${KSRC:-$top/build/ksrc}"

if [ "${GUP_PIN_NO_VM:-0}" = 1 ]; then
	echo '1..0 # SKIP GUP_PIN_NO_VM=1'
	exit
fi

make_tmp

# guest SPEC ARGUMENT...: sets status; leaves out and err
guest() {
	spec=$1
	shift
	status=0
	"$top/vm/run" --kernel "$spec" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
}

# verdicts FIXTURE: lines VARIANT VERDICT
verdicts() {
	sed -nE "s/^((not )?ok) [0-9]+ $1[.]([a-z0-9_]+)[.]vfio_type1_rw( # [A-Z]+)?.*/\3 \1\4/p" \
		"$tmp/out" | sort
}

###############################################################################
# Usage

guest debian:6.12 --scenario nonsense
is 'an unknown scenario is refused' "$status $(cat "$tmp/out" "$tmp/err")" \
	'2 vm/run: --scenario nonsense: there is no such scenario, only qemu-memory-backend'

###############################################################################
# The same verdicts as vfio_pin's

suite=$tmp/suite
install_suite "$suite"
variants=$("$suite/run_tests.sh" --list --case 'qemu_memory_backend.*' | cut -d . -f 2 | sort)

# both SPEC ARGUMENT...: QEMU and vfio_pin in one guest
both() {
	spec=$1
	shift
	set -- --case 'qemu_memory_backend.*' "$@"
	for variant in $variants; do
		set -- --case "longterm.$variant.vfio_type1_rw" "$@"
	done
	guest "$spec" --suite "$suite" --scenario qemu-memory-backend -- "$@"
}

# expect DENIED-VERDICT: that of shared files
expect() {
	for variant in $variants; do
		case $variant in
		ext4_shared | xfs_shared) echo "$variant $1" ;;
		*) echo "$variant ok" ;;
		esac
	done
}

both debian:6.12
is 'Linux 6.12 passes' "$status $(cat "$tmp/err")" '0 '
is 'QEMU keeps today'\''s contract' "$(verdicts qemu_memory_backend)" "$(expect ok)"
is 'vfio_pin agrees' "$(verdicts longterm)" "$(verdicts qemu_memory_backend)"

both debian:6.1
is 'Linux 6.1 fails' "$status $(cat "$tmp/err")" '1 '
is 'QEMU comes up with what must be denied' "$(verdicts qemu_memory_backend)" "$(expect 'not ok')"
is 'vfio_pin agrees there' "$(verdicts longterm)" "$(verdicts qemu_memory_backend)"
like 'it says what it expected, and which commit is missing' "$(cat "$tmp/out")" \
	'*expected EFAULT, seen success*this kernel may lack 8ac268436e6d *not ok * qemu_memory_backend.ext4_shared.*'

guest debian:6.1 --suite "$suite" --scenario qemu-memory-backend -- --known known/debian-6.1.txt
is 'it is known there' "$status" 0
is 'and nothing else is' "$(verdicts qemu_memory_backend)" "$(expect 'ok # XFAIL')"

###############################################################################
# The other way round: today's kernel against a contract that is wrong

copy_sources "$tmp/wrong"
sed -i -e 's/^FILE_ROW(name##_shared,.*/ROW(name##_shared, name, SHARED, ALLOW, ALLOW, write_notify) \\/' \
	-e 's/^ROW(name##_private,.*/ROW(name##_private, name, PRIVATE, DENY(EFAULT), ALLOW, cow)/' \
	"$tmp/wrong/common/contract/rows.h"
# The other programs have scenarios that such a contract is refused for.
sed -i 's/^PROGRAMS=.*/PROGRAMS=qemu_memory_backend/' "$tmp/wrong/run_tests.sh"
make -s -C "$tmp/wrong" install INSTALL_PATH="$tmp/wrong/suite" >&2
guest debian:6.12 --suite "$tmp/wrong/suite" --scenario qemu-memory-backend -- --case 'qemu_memory_backend.ext4_*'
is 'wrong expectations fail' "$status $(verdicts qemu_memory_backend | xargs)" \
	'1 ext4_private not ok ext4_shared not ok'
like 'with what QEMU said' "$(cat "$tmp/out")" \
	'*expected success, seen EFAULT*VFIO_MAP_DMA failed: Bad address*not ok 1 *expected EFAULT, seen success*not ok 2 *'

###############################################################################
# A QEMU that ends for other reasons, or does not end as it should

mv "$suite/run_tests.sh" "$suite/real.sh"
cat >"$suite/run_tests.sh" <<'SUITE'
#!/bin/sh
# The host asks before the guest boots.
[ "$1" != --list ] || exec "${0%run_tests.sh}real.sh" "$@"
mkdir /tmp/fake
qemu() {
	printf '#!/bin/sh\n%s\n' "$2" >/tmp/fake/qemu-system-x86_64
	chmod +x /tmp/fake/qemu-system-x86_64
	echo "= $1"
	PATH=/tmp/fake:$PATH ./real.sh --case qemu_memory_backend.anon.vfio_type1_rw
}
echo '= none'
./real.sh --case qemu_memory_backend.anon.vfio_type1_rw
qemu library 'echo "error while loading shared libraries: libfdt.so.1"; exit 127'
qemu busy 'echo "vfio: error opening /dev/vfio/1: Device or resource busy"; exit 1'
qemu other 'echo "VFIO_MAP_DMA failed: Bad address"; echo "Region pc.bios: vfio_dma_map(0, 0, 0, 0) = -14 (Bad address)"; exit 1'
qemu killed 'kill -SEGV $$'
qemu quits 'exit 0'
qemu nomem 'echo "Region gup_pin: vfio_container_dma_map(0, 0, 0, 0) = -12 (Cannot allocate memory)"; exit 1'
qemu unpinned 'echo "{\"return\": {\"status\": \"prelaunch\"}}"; read -r a; read -r b; read -r quit'
SUITE
chmod +x "$suite/run_tests.sh"
guest debian:6.12 --suite "$suite"
# said NAME: what came of it
said() {
	sed -n "/^= $1\$/,/^# result/p" "$tmp/out" | sed -nE 's/^((not )?ok) 1 [^ ]+/\1/p; s/^# ([^ ]+[.]c:[0-9]+: )?(ERROR|VFIO|QEMU has)/\2/p'
}
is 'no QEMU is a skip' "$(said none)" 'ok # SKIP machine: no QEMU'
for fake in library busy other killed quits; do
	like "an error, no verdict: $fake" "$(said $fake)" '*not ok # ERROR *'
done
is 'another errno of VFIO_MAP_DMA is a failure' "$(said nomem)" \
	"VFIO_MAP_DMA of QEMU's memory: expected success, seen ENOMEM
not ok"
is 'a QEMU that pins nothing is a failure' "$(said unpinned)" \
	'QEMU has come up: expected 3840 pages pinned or more, seen 0
not ok'

done_testing
