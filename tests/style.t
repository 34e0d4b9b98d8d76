#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a maintainer's tools say of the sources. KSRC: the kernel parts.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
cd "$here/.." || exit 1
ksrc=${KSRC:-build/ksrc}

files=$(sources)

# quiet COMMAND...: succeeds if the command does, and says why if not
quiet() {
	said=$("$@" 2>&1) || { printf '%s\n' "$said" | sed 's/^/# /'; return 1; }
}

for file in $files; do
	case $(head -n 1 "$file") in
	'#!/bin/sh' | '#!/bin/bash' | '# shellcheck shell='*)
		ok "shellcheck $file" quiet shellcheck "$file"
		;;
	esac
done

# Not for us:
# COMPLEX_MACRO MACRO_ARG_REUSE MACRO_ARG_UNUSED MACRO_WITH_FLOW_CONTROL
# MULTISTATEMENT_MACRO_USE_DO_WHILE TRAILING_SEMICOLON BRACKET_SPACE EXPORT_SYMBOL: tables of
#	X-macros, and the harness's FIXTURE_VARIANT_ADD(), are just that
# FILE_PATH_CHANGES: about patches to the kernel
# LONG_LINE LONG_LINE_STRING LONG_LINE_COMMENT: the contract has one row a line
# PREFER_DEFINED_ATTRIBUTE_MACRO VOLATILE ENOSYS: about the kernel's own code
# STRCPY: there is no strscpy() in user space
# EMBEDDED_FUNCTION_NAME: words such as "run" in a message are not names
ignore=$(sed -n '/^# Not for us:/,/^ignore=/p' tests/style.t |
	grep -o '\<[A-Z][A-Z_]*_[A-Z_]*[A-Z]\>\|VOLATILE\|ENOSYS\|STRCPY' | sort -u | tr '\n' ',')
for file in $files; do
	case $file in
	*.c | *.h)
		ok "checkpatch $file" quiet "$ksrc/scripts/checkpatch.pl" --no-tree \
			--quiet --terse --no-summary --ignore "$ignore" -f "$file"
		;;
	esac
done

for file in $files; do
	case $file in
	*.c | *.h | *.sh | *.awk | *.t | Makefile | */Makefile | */Kbuild)
		ok "licence of $file" grep -q 'SPDX-License-Identifier: GPL-2.0-only' "$file"
		;;
	esac
done

# The house (docs/house.md): who may include what, from below to above. Rooms of one
# floor do not know each other.
floors='base observe memory,pinners contract,events test'

# arrows: "FILE ROOM OTHER-ROOM" for each include of another room
arrows() {
	grep -Ho '^#include "[a-z]*/[a-z_]*[.]h"' common/*/*.[ch] |
		sed -n 's|^\(common/\([a-z]*\)/[a-z_]*[.][ch]\):#include "\([a-z]*\)/.*|\1 \2 \3|p' |
		awk '$2 != $3'
}
upward=$(arrows | awk -v floors="$floors" '
	BEGIN {
		n = split(floors, floor, " ")
		for (i = 1; i <= n; i++) {
			k = split(floor[i], room, ",")
			while (k)
				height[room[k--]] = i
		}
	}
	!($2 in height) || !($3 in height) || height[$3] >= height[$2]')
is 'arrows go down only' "$upward" ""
is 'every room has a floor' "$(printf '%s\n' common/*/ | tr -d '\n')" \
	"$(printf '%s\n' "$floors" | sed 's|[ ,]|\n|g' | sort | sed 's|.*|common/&/|' | tr -d '\n')"
is 'only harness.h includes the harness' "$(grep -l '^#include "kselftest' common/*/*.[ch] ./*.c)" ""
is 'a file of common/ is in a room' "$(cd common && echo *.[ch])" harness.h
printers=$(grep -l '\<v\{0,1\}printf(\|\<puts(\|fprintf(stdout' common/[!t]*/*.c)
is 'only test/ prints, and the table of the contract' "$printers" common/contract/table.c

for word in 'deb\.debian' 'security\.debian' '/wo''rk/' 'fa''rm-'; do
	# shellcheck disable=SC2086 # a list
	is "no file names $word" "$(grep -l "$word" $files)" ""
done

done_testing
