#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# vm/bisect: with kernels that only pretend to be built and booted; then, unless
# GUP_PIN_NO_VM=1, with two of Debian's. With GUP_PIN_SLOW=1 also with a history made
# of Debian's kernel source, which it builds: half an hour, and 5 GB in build/cache.

set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/lib.sh"
top=$(readlink -f "$here/..")

make_tmp

# Nobody's settings, and the same dates always: git chooses by them, too.
GIT_CONFIG_GLOBAL=$tmp/gitconfig
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_DATE=2020-01-01T00:00:00Z
GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_AUTHOR_DATE GIT_COMMITTER_DATE
git config --global user.name tester
git config --global user.email tester@example.org
git config --global init.defaultBranch main

###############################################################################
# Tools of this file

# bisect ARGUMENT...: sets status, out, err
bisect() {
	capture "$suite/vm/bisect" "$@"
}

# no_verdict NAME PATTERN: with one line that says why, and the status that ends a
# bisection
no_verdict() {
	refused "$1" "vm/bisect: $2" 128
}

# verdicts: of the steps on stderr, without the times and the folder
verdicts() {
	sed -n 's/^vm\/bisect: \(.*)\); \(build [0-9]* s, \)\{0,1\}test [0-9]* s; \/.*/\1/p' "$tmp/err"
}

# kernel NAME WORD...: what a run of this kernel comes to, the first, the second ...
kernel() {
	mkdir -p "$tmp/kernels/$1"
	printf '%s\n' "$2" ${3+"$3"} ${4+"$4"} >"$tmp/kernels/$1/behaviour"
	rm -f "$tmp/kernels/$1/runs"
}

# history WORD...: a git repository, one commit for each
history() {
	rm -rf "$tmp/history"
	git init -q "$tmp/history"
	cd "$tmp/history" || exit 1
	n=0
	for word; do
		n=$((n + 1))
		echo "$word" >behaviour
		echo $n >version
		git add .
		git commit -q -m "$n $word"
	done
	git tag base "HEAD~$((n - 1))"
}

# git_bisect ARGUMENT...: from base to main. Sets status, err (ours and git's), and
# culprit, which is a subject
git_bisect() {
	git bisect start main base >/dev/null 2>&1
	status=0
	git bisect run "$suite/vm/bisect" "$@" >/dev/null 2>"$tmp/err" </dev/null || status=$?
	err=$(cat "$tmp/err")
	culprit=$(git log -1 --format=%s refs/bisect/bad)
	git bisect reset >/dev/null 2>&1
}

###############################################################################
# A suite whose kernels are folders with a file that tells what a run comes to

suite=$tmp/suite
mkdir -p "$suite/vm"
cp "$top/vm/bisect" "$suite/vm/"
cp -r "$top/runner" "$suite/"
cat >"$suite/Makefile" <<'EOF'
install:
	mkdir -p $(INSTALL_PATH)
	cp run_tests.sh $(INSTALL_PATH)
EOF
cat >"$suite/run_tests.sh" <<'EOF'
#!/bin/sh
for argument; do
	case $argument in
	--case=nosuch*) echo "run_tests.sh: no case matches '${argument#*=}', see --list" >&2; exit 2 ;;
	--known=*) [ -r "${argument#*=}" ] || exit 2 ;;
	esac
done
EOF
cat >"$suite/vm/build-kernel" <<EOF
#!/bin/sh
[ "\$1 \$2" = '--source .' ] || exit 3
echo "build \$*" >>$tmp/calls
mkdir -p $tmp/built
cp behaviour $tmp/built/
rm -f $tmp/built/runs
case \$(cat behaviour) in
nobuild) echo 'gup.c:1: error' >&2; exit 1 ;;
nogcc) echo 'vm/build-kernel: to be installed: gcc' >&2; exit 2 ;;
esac
echo $tmp/built
EOF
cat >"$suite/vm/run" <<EOF
#!/bin/sh
echo "run \$*" >>$tmp/calls
[ "\$1 \$3" = '--kernel --suite' ] && [ -x "\$4/run_tests.sh" ] || exit 3
echo >>"\$2/runs"
records=\$(printf '%s\n' "\$@" | sed -n 's/^--records=//p')
: >"\$records"
word=\$(sed -n "\$(wc -l <"\$2/runs")p" "\$2/behaviour")
case \$word in
good) exit 0 ;;
bad) exit 1 ;;
dies) printf 'said\tthe kernel died here, and twice more with this case alone, but not with y: panic\t.\n' >"\$records"; exit 1 ;;
noboot)
	echo 'the console' >$tmp/console.log
	echo 'vm/run: boot failure: the guest stopped before the suite started' >&2
	echo 'vm/run: the end of the console log, $tmp/console.log:' >&2
	exit 125 ;;
skip) printf 'case\ta.b.c\t1\tskip\tdoor: none\t\t\t\t\t\tskip\t\t.\n' >"\$records"; exit 125 ;;
empty) exit 125 ;;
full) echo 'vm/run: no room' >&2; exit 2 ;;
killed) exit 137 ;;
hang) echo \$\$ >$tmp/pid; sleep 30 ;;
esac
exit 3
EOF
chmod +x "$suite/run_tests.sh" "$suite/vm/"*
GUP_PIN_CACHE=$tmp/cache
export GUP_PIN_CACHE

###############################################################################
# What cannot be done

cd "$tmp" || exit 1
kernel a good
kernel b bad
a=$tmp/kernels/a
b=$tmp/kernels/b

bisect
no_verdict 'no case' 'no case to judge by: --case*'
bisect --case x --nosuch
is 'an unknown option' "$status $(wc -l <"$tmp/err")" '128 1'
bisect --case x --tries 0
no_verdict 'no number of tries' '--tries 0: expected a number*'
bisect --case x --known "$tmp/nowhere" "$a" "$b"
no_verdict 'no such list of known issues' "--known $tmp/nowhere: no such file"
bisect --case x "$a" "$tmp/nowhere"
no_verdict 'no such kernel' "$tmp/nowhere: no such kernel*"
bisect --case x "$a"
no_verdict 'one kernel' 'one kernel only*'
bisect --case x --debug "$a" "$b"
no_verdict 'an option to build, and nothing to build' '*--debug has no use'
bisect --case x --kernels "$tmp/nowhere"
no_verdict 'no such list of kernels' "--kernels $tmp/nowhere: no such file"
bisect --case x --kernels "$a/behaviour" "$b"
no_verdict 'two lists' '*give one of both'
bisect --case x
no_verdict 'neither kernels nor a tree' '*nor is this a kernel tree*'
GUP_PIN_CACHE=/proc/none bisect --case x "$a" "$b"
no_verdict 'no cache' 'cannot make the folder /proc/none/*'
is 'nothing is left behind' "$(ls "$tmp/cache" 2>/dev/null)$(cat "$tmp/calls" 2>/dev/null)" ''
bisect --case 'nosuch.*' "$a" "$b"
no_verdict 'no such case' "no case matches 'nosuch.*'*"
is 'no such case: no kernel was booted' "$(cat "$tmp/calls" 2>/dev/null)" ''
bisect --help
is 'help' "$status $err" '0 '

###############################################################################
# A kernel tree

# step NAME WORD WANT: a tree of this behaviour gives this status
step() {
	history "$2"
	rm -f "$tmp/calls"
	bisect --case x --tries 3
	is "$1: status" "$status" "$3"
}

# told NAME VERDICT: one line that says so, and no more
told() {
	is "$1: one line" "$(wc -l <"$tmp/err") $(verdicts)" "1 $(git rev-parse --short=12 HEAD): $2"
	logs=${err##*; }
	ok "$1: its logs are there" [ -f "$logs/build.log" ]
}

step 'good' good 0
told 'good' 'good (passed)'
like 'good: one run' "$(grep '^run' "$tmp/calls")" "run --kernel $tmp/built --suite /* -- --bisect --records=/* --case=x"
like 'good: the logs are in the cache' "$logs" "$tmp/cache/bisect/*"
is 'good: the tree is as it was' "$(git status --short)" ''

step 'does not build' nobuild 125
told 'does not build' 'skip (does not build)'
like 'does not build: the errors are kept' "$(cat "$logs/build.log")" '*error*'
is 'does not build: nothing runs' "$(grep -c '^run' "$tmp/calls")" 0

step 'does not boot' noboot 125
told 'does not boot' 'skip (boot failure: the guest stopped before the suite started)'
is 'does not boot: the console is kept' "$(cat "$logs/run-1.console")" 'the console'
is 'does not boot: it is not tried again' "$(grep -c '^run' "$tmp/calls")" 1

step 'the case skips' skip 125
told 'the case skips' 'skip (SKIP door: none)'
step 'no verdict' empty 125
told 'no verdict' 'skip (nothing was tested)'

step 'fails always' 'bad
bad
bad' 1
told 'fails always' 'bad (failed 3 times)'
step 'fails twice' 'bad
bad
good' 0
told 'fails twice' 'good (passed in run 3, failed before)'
is 'fails twice: each run has its log' "$(echo "$logs"/run-*.tap | wc -w)" 3
step 'fails, then does not boot' 'bad
noboot' 125

step 'the kernel dies of the case' 'dies
dies
dies' 1
told 'the kernel dies of the case' 'bad (the kernel dies of it)'

step 'a compiler is missing' nogcc 128
no_verdict 'a compiler is missing' 'vm/build-kernel: to be installed: gcc'
step 'no room' full 128
no_verdict 'no room' 'vm/run: no room'
step 'vm/run is killed' killed 128
no_verdict 'vm/run is killed' '*vm/run*'

history bad
bisect --case x --fixed
is 'fixed: bad is old' "$status" 0
history good
bisect --case x --fixed
is 'fixed: good is new' "$status" 1
history noboot
bisect --case x --fixed
is 'fixed: a skip remains one' "$status" 125

history good
rm -f "$tmp/calls"
echo 'x y' >"$tmp/known issues"
bisect --case x --case y.z --known "$tmp/known issues" --debug --jobs 1 --mem 4G --append 'a b'
is 'all options: status' "$status" 0
is 'all options: handed on' "$(sed 's/--suite [^ ]*/--suite S/; s/ --records=[^ ]*//' "$tmp/calls")" \
	"build --source . --debug --jobs 1
run --kernel $tmp/built --suite S --mem 4G --append a b -- --bisect --case=x --case=y.z --known=known-1"

history hang
"$suite/vm/bisect" --case x >"$tmp/out" 2>"$tmp/err" &
child=$!
ok 'a run can be ended' wait_for test -s "$tmp/pid"
kill -TERM "$child"
ok 'what it has started ends with it' wait_for test ! -d "/proc/$(cat "$tmp/pid")"
status=0
wait "$child" || status=$?
is 'a run that is ended: status' "$status" 143

###############################################################################
# git bisect run

good_to_bad='good good good nobuild nobuild good bad noboot noboot bad'
# shellcheck disable=SC2086 # a list
history $good_to_bad
git_bisect --case x
is 'git finds the culprit' "$status $culprit" '0 7 bad'
for why in 'does not build' 'boot failure: *' passed failed; do
	like "on its way: $why" "$(verdicts)" "*($why)*"
done

# shellcheck disable=SC2046,SC2086 # a list
history $(echo $good_to_bad | sed 's/good/x/g; s/bad/good/g; s/x/bad/g')
git_bisect --case x --fixed
is 'git finds the one that mended it' "$status $culprit" '0 7 good'

history good good full bad bad
git_bisect --case x
unlike 'git stops where something is missing' "$status" 0
is 'without a verdict' "$(grep '^vm/bisect' "$tmp/err")" 'vm/bisect: vm/run: no room'

###############################################################################
# Ready kernels

# list WORD...: a list of kernels
list() {
	rm -rf "$tmp/kernels"
	echo '# from old to new' >"$tmp/list"
	n=0
	for word; do
		n=$((n + 1))
		kernel "$n" "$word"
		echo "$tmp/kernels/$n	# $word" >>"$tmp/list"
	done
}

# found NAME STATUS WANT: the kernels that were printed
found() {
	is "$1" "$status $(printf '%s\n' "$out" | sed 's/.*\///' | xargs)" "$2 $3"
}

list good good good good good bad bad bad
bisect --case x --kernels "$tmp/list"
found 'the first bad kernel' 0 6
is 'the first bad kernel: a line a step' "$(wc -l <"$tmp/err") $(verdicts | wc -l)" '5 5'
list good bad
bisect --case x "$tmp/kernels/1" "$tmp/kernels/2"
found 'of two kernels' 0 2
list bad bad good
bisect --case x --kernels "$tmp/list" --fixed
found 'the first that is mended' 0 3
list good good noboot bad bad noboot bad
bisect --case x --kernels "$tmp/list"
found 'hidden by one that does not boot' 125 '3 4'
list good noboot good bad skip noboot bad
bisect --case x --kernels "$tmp/list"
found 'not hidden by those' 0 4
list bad good bad
bisect --case x --kernels "$tmp/list"
found 'the first is bad' 1 ''
like 'the first is bad: told' "$err" "*vm/bisect: nothing to find: $tmp/kernels/1 is bad already"
list good good
bisect --case x --kernels "$tmp/list"
found 'the last is good' 1 ''
like 'the last is good: told' "$err" "*vm/bisect: nothing to find: $tmp/kernels/2 is good*"
list good bad noboot
bisect --case x --kernels "$tmp/list"
found 'the last does not boot' 125 ''
list good full bad
bisect --case x --kernels "$tmp/list"
found 'no room' 128 ''

###############################################################################
# Real kernels

suite=$top
unset GUP_PIN_CACHE
case=longterm.ext4_shared.gup_slow_rw
cd "$top" || exit 1
if [ "${GUP_PIN_NO_VM:-0}" = 1 ]; then
	skip 'the first of two of Debian'\''s kernels that refuses' 'GUP_PIN_NO_VM=1'
else
	bisect --case "$case" --fixed debian:6.1 debian:6.12
	is "the first of two of Debian's kernels that refuses" "$status $out" '0 debian:6.12' ||
		sed 's/^/#   /' "$tmp/err"
fi

# source_history: Debian's kernel source in git, with commits that put a bug in, and
# around it some that do not build and some that do not boot. The tree is kept,
# because building it for the first time takes long.
source_history() {
	cache=${GUP_PIN_CACHE:-$top/build/cache}
	package=linux-source-6.12
	tree=$cache/bisect-test/linux
	if ! git -C "$tree" rev-parse -q --verify base >/dev/null 2>&1; then
		rm -rf "$tree"
		mkdir -p "$tree"
		[ -n "$(ls "$cache/${package}_"*.deb 2>/dev/null)" ] ||
			(cd "$cache" && apt-get -q download "$package") >&2
		dpkg-deb --fsys-tarfile "$cache/${package}_"*.deb | tar -xO "./usr/src/$package.tar.xz" |
			tar -xJ -C "$tree" --strip-components=1
		git init -q "$tree"
		git -C "$tree" -c core.compression=0 add -A -f
		git -C "$tree" -c gc.auto=0 commit -q -m base
		git -C "$tree" tag base
	fi
	cd "$tree" || exit 1
	git bisect reset >/dev/null 2>&1
	git checkout -q -f -B main base
	change 'comment' mm/gup.c '1i/* An innocent comment. */'
	change 'comment' mm/gup.c '1i/* Another one. */'
	change 'does not build' mm/gup.c '1i#error does not build'
	change 'does not build either' mm/gup.c '2i/* A comment. */'
	change 'builds again' mm/gup.c '/^#error/d'
	change 'the culprit' mm/gup.c 's/return !vma_needs_dirty_tracking(vma);/return true;/'
	change 'does not boot' mm/mm_init.c '/^void __init mm_core_init(void)/,/^{/s/^{/{\n\tpanic("broken");/'
	change 'does not boot either' mm/gup.c '1i/* Yet another one. */'
	change 'boots again' mm/mm_init.c '/panic("broken")/d'
}

# change SUBJECT FILE SCRIPT: a commit
change() {
	sed -i "$3" "$2"
	git commit -q -a -m "$1" || exit 1
}

if [ "${GUP_PIN_SLOW:-0}" != 1 ]; then
	skip 'git bisect run finds the culprit in a kernel tree' 'GUP_PIN_SLOW=1 builds kernels'
else
	source_history
	git_bisect --case "$case" --tries 2
	sed 's/^/# /' "$tmp/err"
	is 'git bisect run finds the culprit in a kernel tree' "$status $culprit" '0 the culprit'
	for why in 'does not build' 'boot failure: *' 'passed' 'failed 2 times'; do
		like "some kernels there: $why" "$(verdicts)" "*($why)*"
	done
	is 'the tree is as it was' "$(git status --short)" ''
fi

done_testing
