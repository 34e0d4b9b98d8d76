# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# TAP for test files in sh, to be run by prove(1). A test file sources this,
# calls the functions, and ends with done_testing.

tests_run=0

# make_tmp: set tmp, a folder that goes when the test ends, however it does
make_tmp() {
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 1' HUP INT PIPE TERM
}

# ok NAME COMMAND...: passes if the command does
ok() {
	tests_run=$((tests_run + 1))
	test_name=$1
	shift
	if "$@"; then
		echo "ok $tests_run - $test_name"
	else
		echo "not ok $tests_run - $test_name"
		return 1
	fi
}

# is NAME GOT WANT: the two are the same text
is() {
	ok "$1" [ "$2" = "$3" ] || show_difference "$2" "$3"
}

# like NAME TEXT PATTERN: the shell pattern describes the whole text
like() {
	ok "$1" match "$2" "$3" || show_difference "$2" "$3"
}

# unlike NAME TEXT PATTERN
unlike() {
	ok "$1" mismatch "$2" "$3" || show_difference "$2" "anything but $3"
}

# capture COMMAND...: sets status, out and err; what it says on stderr is in $tmp/err
capture() {
	status=0
	out=$("$@" 2>"$tmp/err" </dev/null) || status=$?
	err=$(cat "$tmp/err")
}

# refused NAME PATTERN [STATUS]: what was captured is one line that says why (status 2)
refused() {
	is "$1" "$status $(wc -l <"$tmp/err") $out" "${3:-2} 1 "
	like "$1, and told why" "$err" "$2"
}

# skip NAME REASON
skip() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1 # SKIP $2"
}

done_testing() {
	echo "1..$tests_run"
}

match() {
	# shellcheck disable=SC2254
	case $1 in
	$2) return 0 ;;
	*) return 1 ;;
	esac
}

mismatch() {
	! match "$1" "$2"
}

show_difference() {
	printf 'got:\n%s\nwanted:\n%s\n' "$1" "$2" | sed 's/^/#   /'
	return 1
}

# wait_for COMMAND...: until it succeeds, for a minute at most: a machine may be busy
wait_for() {
	tries=1200
	until "$@" 2>/dev/null; do
		[ "$tries" -gt 0 ] || return 1
		tries=$((tries - 1))
		sleep 0.05
	done
}

# sources: the files of the checkout that git has or would take, one a line
sources() {
	# The checkout may belong to somebody else.
	# shellcheck disable=SC2154 # the test file sets it
	git -c safe.directory='*' -C "$here/.." ls-files --cached --others --exclude-standard |
		while read -r file; do
			[ ! -f "$here/../$file" ] || printf '%s\n' "$file"
		done
}

# copy_sources FOLDER: a clean checkout
copy_sources() {
	mkdir -p "$1"
	sources | tar -C "$here/.." -c -T - -f - | tar -C "$1" -x
}

# install_suite FOLDER: where every user can read it, the checkout may not be there
install_suite() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$here/.." install INSTALL_PATH="$1" >&2
	chmod 755 "$(dirname "$1")"
}

# newest_source SERIES: set tree to the newest linux-source there is, of SERIES or
# newer; empty if there is none, and why not is then in $tmp/err
newest_source() {
	# shellcheck disable=SC2154 # the test file sets tmp
	"$here/../vm/build-kernel" --source "debian:$1" --unpack >/dev/null 2>"$tmp/err"
	tree=$(printf '%s\n' "${GUP_PIN_CACHE:-$here/../build/cache}"/source/linux-source-*_* |
		sort -V | tail -n 1)
	printf '%s\n' "linux-source-$1" "${tree##*/}" | sort -V -C && [ -d "$tree" ] || tree=
}

# my_turn: wait until nobody else runs the suite on this machine, a minute at most
my_turn() {
	tries=60
	while owner=$(readlink /run/gup_pin/lock) && [ -d "/proc/${owner%:*}" ] && [ $tries -gt 0 ]; do
		tries=$((tries - 1))
		sleep 1
	done
}

# debian_kernels: the lines of vm/run --list-kernels for those that can be had
debian_kernels() {
	"$here/../vm/run" --list-kernels 2>/dev/null | awk 'NF == 6 && NR > 1'
}

# debian_has SERIES: one of them; what would have been tested with it is else skipped
debian_has() {
	debian_kernels | grep -q "^$1 " || {
		skip "on Debian's $1" "Debian has no kernel $1 any more"
		return 1
	}
}
