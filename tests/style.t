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

for word in 'deb\.debian' 'security\.debian' '/wo''rk/' 'fa''rm-'; do
	# shellcheck disable=SC2086 # a list
	is "no file names $word" "$(grep -l "$word" $files)" ""
done

done_testing
