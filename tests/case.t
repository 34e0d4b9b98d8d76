#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds and runs case.c, the tests of the life of a case.

set -eu

cd "$(dirname "$(readlink -f "$0")")"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT PIPE TERM

cc -std=gnu11 -g -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -o "$tmp/case" -I../common case.c ../common/*/*.c -luring
cp ../scratchfs "$tmp"
"$tmp/case" </dev/null
