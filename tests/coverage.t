#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# vm/coverage: what it refuses. It is run for real by make coverage.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")

make_tmp

# coverage ARGUMENT...: sets status, out and err
coverage() {
	capture "$top/vm/coverage" "$@"
}

coverage --help
is 'help' "$status $err" '0 '
coverage --nosuch
is 'an unknown option' "$status $(wc -l <"$tmp/err")" '2 1'
coverage more
refused 'an argument too many' 'vm/coverage: more: not an option*'

# Tools that are there, but lcov.
mkdir "$tmp/bin"
for tool in bash dirname getopt cat; do
	ln -s "$(command -v $tool)" "$tmp/bin/"
done
PATH=$tmp/bin coverage
refused 'no lcov' '*install it (Debian package lcov)'
printf '#!/bin/sh\n' >"$tmp/bin/lcov"
chmod +x "$tmp/bin/lcov"
PATH=$tmp/bin:$PATH coverage --source "$tmp/nowhere" --out "$tmp/out"
refused 'no such source' "*$tmp/nowhere: expected a Debian series*"
is 'nothing is left behind' "$(ls "$tmp")" 'bin
err'

done_testing
