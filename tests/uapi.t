#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What common/base/uapi.h declares is what the headers of the newest kernel have: the
# value of each constant, the place and the type of each member. A compiler tells.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")
uapi=$top/common/base/uapi.h

make_tmp

# The first series that has all of it.
newest_source 7.3
if [ -z "$tree" ]; then
	echo "1..0 # SKIP no linux-source-7.3 or newer: $(tail -n 1 "$tmp/err")"
	exit
fi
echo "# ${tree##*/}"

# statements: of uapi.h, what is to be true of each constant, struct and member
statements() {
	awk '
	/^#define UAPI_/ { sub(/^UAPI_/, "", $2); print "CONSTANT(" $2 ");" }
	/^struct uapi_.* \{$/ { struct = substr($2, 6); print "LENGTH(" struct ");" }
	/^\t\tstruct \{$/ { nested = 1; nr = 0 }
	/^\t+__.*;$/ {
		sub(/(\[[0-9]+\])?;$/, "", $2)
		if (nested)
			member[nr++] = $2
		else
			print "MEMBER(" struct ", " $2 ");"
	}
	/^\t\t} .*;$/ {
		nested = 0
		for (i = 0; i < nr; i++)
			print "MEMBER(" struct ", " substr($2, 1, length($2) - 1) "." member[i] ");"
	}' "$uapi"
}

# The headers as they lie in the tree: with a few words that are not for users.
mkdir -p "$tmp/include/linux"
cat >"$tmp/include/linux/compiler.h" <<'EOF'
#define __EXPORTED_HEADERS__
#define __user
#define __packed __attribute__((packed))
EOF
newest="-include $tmp/include/linux/compiler.h -isystem $tmp/include"
newest="$newest -isystem $tree/arch/x86/include/uapi -isystem $tree/include/uapi"

{
	cat <<EOF
#include <stddef.h>
#include <linux/io_uring.h>
#include <linux/iommufd.h>
#include <linux/kvm.h>
#include <linux/mman.h>
#include <linux/userfaultfd.h>
#include <linux/vfio.h>
#include "$tree/drivers/iommu/iommufd/iommufd_test.h"
#include "$uapi"
#define CONSTANT(x) _Static_assert(UAPI_##x == (x), #x)
#define LENGTH(s) _Static_assert(sizeof(struct uapi_##s) <= sizeof(struct s), #s)
#define MEMBER(s, m) \\
	_Static_assert(offsetof(struct uapi_##s, m) == offsetof(struct s, m) && \\
		__builtin_types_compatible_p(__typeof__(((struct uapi_##s *)0)->m), \\
			__typeof__(((struct s *)0)->m)), #s "." #m)
EOF
	statements
} >"$tmp/check.c"

is 'there is a statement on each line that declares' \
	"$(grep -c '^[A-Z]*(.*);$' "$tmp/check.c")" \
	"$(grep -cE '^#define UAPI_|^struct uapi_.*\{|^\s+__.*;' "$uapi")"
all_true() {
	# shellcheck disable=SC2086 # a list
	cc -std=gnu11 -fsyntax-only $newest "$tmp/check.c" 2>"$tmp/log"
}
ok 'each is true' all_true || grep 'error' "$tmp/log" | sed 's/^/#   /'

# A host may have these headers, and KSRC may be this tree.
copy_sources "$tmp/suite"
builds() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -j "$(nproc)" -C "$tmp/suite" "KSRC=$tree" \
		"USERCFLAGS=-Werror $newest" >"$tmp/log" 2>&1
}
ok 'the suite builds with this tree and these headers' builds || sed 's/^/#   /' "$tmp/log"

done_testing
