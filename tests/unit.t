#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds and runs unit.c, the tests of common/.

set -eu

cd "$(dirname "$(readlink -f "$0")")"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT PIPE TERM

cc -std=gnu11 -g -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -o "$tmp/unit" -I../common unit.c ../common/*/*.c -luring
# The testbed looks for its helper beside the program.
cp ../scratchfs "$tmp"
"$tmp/unit" </dev/null
