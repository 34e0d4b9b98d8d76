#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A filesystem is one entry of common/base/filesystems.h: whoever needs something of
# it has that from there, so that its cases do not skip unseen. KSRC: the kernel parts.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")
ksrc=$(readlink -f "${KSRC:-$top/build/ksrc}")

make_tmp

# of FIELD: of all filesystems, in one line
of() {
	"$top/testbed/filesystems" "$1" | xargs
}

filesystems=$(of name)
like 'there are filesystems' "$filesystems" 'ext4 *'
for field in package symbols modules mkfs; do
	is "each has its $field" "$("$top/testbed/filesystems" "$field" | grep -c .)" "$(echo "$filesystems" | wc -w)"
done
capture "$top/testbed/filesystems" colour
refused 'another field' 'filesystems: colour: expected name, package, *'
for symbol in $(of symbols); do
	ok "config has $symbol" grep -qx "$symbol=y" "$top/config"
done

###############################################################################
# A new one

copy_sources "$tmp/new"
sed -i 's/^\tFS(with, ext4,.*/&\n\tFS(with, newfs, "newfs-progs", "CONFIG_NEW_FS and CONFIG_NEW", "newfs newnls", 8, "", "mkfs.newfs", "-q") \\/' \
	"$tmp/new/common/base/filesystems.h"

# Nothing is installed, and nobody may install it.
mkdir "$tmp/bin"
printf '#!/bin/sh\n' >"$tmp/bin/dpkg-query"
printf '#!/bin/sh\necho 1000\n' >"$tmp/bin/id"
chmod +x "$tmp/bin/dpkg-query" "$tmp/bin/id"
PATH=$tmp/bin:$PATH capture "$tmp/new/deps.sh" run
refused 'deps.sh asks for its package' '*apt-get install* newfs-progs*'

# What vm/run takes for a kernel and for a suite.
{ head -c 514 /dev/zero && printf HdrS; } >"$tmp/bzImage"
mkdir "$tmp/cache" "$tmp/suite"
printf '#!/bin/sh\n' >"$tmp/suite/run_tests.sh"
chmod +x "$tmp/suite/run_tests.sh"
GUP_PIN_CACHE=$tmp/cache capture "$tmp/new/vm/run" --kernel "$tmp/bzImage" --suite "$tmp/suite" --accel tcg
like 'a guest needs its mkfs' "$err" '*mkfs.newfs*is missing: install * newfs-progs*'

build() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		make -s -C "$tmp/new" KSRC="$ksrc" gup_writeback gup_cow scratchfs >&2
}

ok 'programs are made with it' build
ids=$("$tmp/new/gup_writeback" --list; "$tmp/new/gup_cow" --list)
like 'it has cases of shared mappings' "$ids" '*write_notify.newfs_shared.io_uring*'
like 'it has cases of private mappings' "$ids" '*foll_force.newfs_private.gup_slow*'
like 'it is in the contract' "$("$tmp/new/gup_cow" --contract)" '*| newfs_shared |*| newfs_private |*'
if [ "$(id -u)" = 0 ]; then
	capture "$tmp/new/gup_writeback" -r write_notify.newfs_shared.io_uring
	like 'without its mkfs it is skipped' "$out" '*mkfs not installed*'
	like 'and what to install is said' "$out" '*to run it: install * newfs-progs*'
else
	skip 'without its mkfs it is skipped' 'needs root'
	skip 'and what to install is said' 'needs root'
fi

done_testing
