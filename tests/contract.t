#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The contract: what is written of it is what it says, and a scenario has no row
# where a correct kernel would fail. KSRC: the kernel parts.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
cd "$here/.." || exit 1
ksrc=${KSRC:-build/ksrc}

make_tmp
suite=$tmp/suite
install_suite "$suite"

###############################################################################
# The tables

says=$("$suite/run_tests.sh" --contract </dev/null)
is 'docs/contract.md has what run_tests.sh --contract prints' \
	"$(sed '1,/^<!-- run_tests.sh --contract -->$/d; /^<!-- end -->$/,$d' docs/contract.md)" "$says"
is 'who asks does not matter' \
	"$(cd / && env -i TMPDIR=/nonexistent LC_ALL=tr_TR.UTF-8 "$suite/run_tests.sh" --contract </dev/null)" "$says"
rows=$(sed -n 's/^\(FILE_\)*ROW(\([a-z0-9_]*\),.*/\2/p' common/contract/rows.h
	for fs in $(testbed/filesystems name); do
		printf '%s\n' "${fs}_shared" "${fs}_private"
	done)
is 'each row is there, once as itself' \
	"$(echo "$says" | sed '/^| door /,$d' | sed -n 's/^| \([a-z0-9_]*\) |.*/\1/p' | grep -vE 'memory|range|^memfd_hugetlb_' | sort)" \
	"$(echo "$rows" | sort)"
# Of some the verdict is never asked for: what they pin is allowed through all doors, or
# they let go at once.
is 'each door is there that is judged' \
	"$(echo "$says" | sed -n '1s/[|:]//gp' | tr ' ' '\n' | sort -u | grep -vxE 'memory|page|states|R/.|' | xargs)" \
	"$(sed -n 's/^extern const struct pinner pin_\([a-z0-9_]*\);/\1/p' common/pinners/pinner.h |
		grep -vxE 'iommufd_alone|udmabuf|gup_.*_short' | sort | xargs)"
unlike 'the verdict on a range follows from that on a page' "$says" '*differs*'

echo '#!/bin/false' >"$suite/gup_longterm"
capture "$suite/run_tests.sh" --contract
refused 'a program that fails is an error' 'run_tests.sh: */gup_longterm --contract failed'
rm "$suite/gup_longterm"
capture "$suite/run_tests.sh" --contract
refused 'and so is one that is missing' 'run_tests.sh: no program */gup_longterm, *'

###############################################################################
# A row in the wrong list

# build PROGRAM: from the source in $tmp
build() {
	# shellcheck disable=SC2046 # a list
	cc -std=gnu11 -D_GNU_SOURCE -isystem "$ksrc/tools/testing/selftests" -I. -Icommon \
		-o "$tmp/$1" "$tmp/$1.c" $(printf '%s\n' common/*/*.c | sed 's/c$/o/') -luring
}

# wrong PROGRAM FIXTURE ROW WHY: the program with that row is refused
wrong() {
	{ cat "$1.c"; echo "PIN_VARIANT($2, $3);"; } >"$tmp/$1.c"
	ok "$1 can be built with $2.$3" build "$1"
	capture "$tmp/$1" --list
	refused "$2.$3 is refused" "$1: $2.$3: $4"
}

wrong gup_fast partial_range memfd_shared 'the R/W pin of this row is allowed'
wrong gup_fast partial_range tmpfile_shared 'the R/W pin of this row is up to the filesystem'
wrong gup_fast fast_alone ext4_shared 'the R/W pin of this row is denied'
wrong gup_fast fast_alone zeropage 'this row is never populated'
wrong gup_fast needs_slow memfd_shared 'this row is shared'
wrong gup_fast just_faulted memfd_shared 'the R/W pin of this row is allowed'
wrong gup_fast remote_read prot_none 'this row is denied to pins, but not to readers'
wrong gup_longterm shortterm secretmem 'this row is denied to short-term pins, too'
wrong gup_writeback write_notify memfd_private 'this row is private'
wrong memfd_pin memfd_by_offset shmem_anon 'this row is no memfd'
wrong uring_locked uring_buffer_charged ext4_shared 'the R/W pin of this row is denied'
wrong vfio_locked vfio_charged anon_prot_write 'the R/O pin of this row is denied'

sed 's/^#define KSM(X, f) .*/&\n\tX(f, ext4_shared, STAYS) \\/' gup_behind.c >"$tmp/gup_behind.c"
ok 'gup_behind can be built with behind_ksm.ext4_shared' build gup_behind
capture "$tmp/gup_behind"
refused 'behind_ksm.ext4_shared is refused' \
	'gup_behind: behind_ksm.ext4_shared: the R/W pin of this row is denied'

done_testing
