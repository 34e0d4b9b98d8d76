#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The contract: a scenario has no row where a correct kernel would fail. KSRC: the
# kernel parts.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
cd "$here/.." || exit 1
ksrc=${KSRC:-build/ksrc}

make_tmp
suite=$tmp/suite
install_suite "$suite"

###############################################################################
# A row in the wrong list

# build PROGRAM: from the source in $tmp
build() {
	# shellcheck disable=SC2046 # a list
	cc -std=gnu11 -D_GNU_SOURCE -isystem "$ksrc/tools/testing/selftests" -I. \
		-o "$tmp/$1" "$tmp/$1.c" $(printf '%s\n' common/*.c | sed 's/c$/o/') -luring
}

# wrong PROGRAM FIXTURE ROW WHY: the program with that row is refused
wrong() {
	{ cat "$1.c"; echo "SCENES_ROW($2, $3);"; } >"$tmp/$1.c"
	ok "$1 can be built with $2.$3" build "$1"
	capture "$tmp/$1" --list
	refused "$2.$3 is refused" "$1: $2.$3: $4"
}

wrong gup_fast failing memfd_shared 'the R/W pin of this row is allowed'
wrong gup_fast failing tmpfile_shared 'the R/W pin of this row is up to the filesystem'
wrong gup_fast fast_alone ext4_shared 'the R/W pin of this row is denied'
wrong gup_fast fast_alone zeropage 'this row is never populated'
wrong gup_fast needs_slow memfd_shared 'this row is shared'
wrong gup_fast fresh memfd_shared 'the R/W pin of this row is allowed'
wrong gup_fast readable prot_none 'this row is denied to pins, but not to readers'
wrong gup_longterm shortterm secretmem 'this row is denied to short-term pins, too'
wrong gup_cow write_notify memfd_private 'this row is private'
wrong memfd_pin by_offset shmem_anon 'this row is no memfd'
wrong uring_locked buffer_counted ext4_shared 'the R/W pin of this row is denied'
wrong vfio_locked counted anon_prot_write 'the R/O pin of this row is denied'

sed 's/^#define KSM(X, f) .*/&\n\tX(f, ext4_shared, STAYS) \\/' gup_behind.c >"$tmp/gup_behind.c"
ok 'gup_behind can be built with behind_ksm.ext4_shared' build gup_behind
capture "$tmp/gup_behind"
refused 'behind_ksm.ext4_shared is refused' \
	'gup_behind: behind_ksm.ext4_shared: the R/W pin of this row is denied'

done_testing
