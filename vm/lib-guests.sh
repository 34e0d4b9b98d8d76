# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# Guests that hand over records, one or several side by side, and one result: sourced by
# vm/run.
#
# Of several guests each runs its cases, base all that were chosen and the others those
# that vm/profiles has for them. They judge nothing: the suite's own run_tests.sh does, on
# the host, with the user's options. The records of one guest it has as they come, those
# of several merged.

declare -A running=() memory_of=() guest_rc=()
merge=

# run_guests: does not return
run_guests()
{
	local name

	merge=$work/merge
	mkdir "$merge"
	list_ids
	for name in "${profiles[@]}"; do
		prepare_guest "$name"
	done
	[ -s "$merge/profiles" ] ||
		die "none of the chosen cases is for the profiles ${profiles[*]}, see $vm/profiles"
	exec {cache_lock}<&-

	start_time=$SECONDS
	if [ ${#profiles[@]} = 1 ]; then
		run_one "${profiles[0]}"
	else
		run_all
		merge_all
	fi
}

# list_ids: the suite's ids in a file, and chosen[ID]
list_ids()
{
	local id

	"$suite/run_tests.sh" --list >"$merge/ids" || exit
	declare -gA chosen=()
	while read -r id; do
		chosen[$id]=yes
	done <"$work/chosen"
}

# prepare_guest PROFILE: unless there is nothing for it to do
prepare_guest()
{
	local own=("${choice[@]}")

	if [ "$1" = base ] || [ ${#profiles[@]} = 1 ]; then
		cp "$work/chosen" "$merge/$1.plan"
	else
		choose_for "$1"
	fi
	if [ ! -s "$merge/$1.plan" ]; then
		note "$1: none of the chosen cases is for it"
		return
	fi
	printf '%s\n' "$1" >>"$merge/profiles"
	mkdir "$work/$1"
	make_initramfs "$work/$1" "${guest_args[@]}" "${own[@]}"
}

# choose_for PROFILE: its plan, and own, the options that choose it. A pattern is
# given as it is where it chooses all that it matches: a thousand options of one
# id each would take the guest seconds.
choose_for()
{
	local globs glob id all wanted
	local -A planned=()

	own=()
	read -ra globs <<<"${profile_table[$1 cases]}"
	for glob in "${globs[@]}"; do
		all=0 wanted=()
		while read -r id; do
			# shellcheck disable=SC2053 # a pattern
			[[ $id == $glob ]] || continue
			all=$((all + 1))
			[ -z "${chosen[$id]-}" ] || wanted+=("$id")
		done <"$merge/ids"
		[ ${#wanted[@]} != 0 ] || continue
		for id in "${wanted[@]}"; do
			planned[$id]=yes
			[ ${#wanted[@]} = $all ] || own+=(--case "$id")
		done
		[ ${#wanted[@]} != $all ] || own+=(--case "$glob")
	done
	while read -r id; do
		[ -z "${planned[$id]-}" ] || printf '%s\n' "$id"
	done <"$merge/ids" >"$merge/$1.plan"
}

# start PROFILE: its guest in the background; records are its stdout
start()
{
	take_shape "$1"
	(run_profile "$1") &
	running[$!]=$1
}

run_profile()
{
	local work=$work/$1 noted=''

	trap end_guest EXIT
	trap 'exit 143' TERM
	run_guest
}

# end_guest: if it did not end well, the case that was running is an error; of the others
# the guest owes nothing
end_guest()
{
	local rc=$? id round

	trap '' EXIT
	kill_guest
	if [ $rc -gt 1 ] && [ $rc != 143 ]; then
		noted=${noted:-the suite ended early with status $rc}
		# The last line may have been cut.
		echo
		if read -r id round < <(running_case); then
			record said "the guest ended: $noted"
			record "case" "$id" "$round" error 'no result' '' '' '' '' '' '' ''
		else
			record stray 'the guest' "ended: $noted"
		fi
		record end $((SECONDS - start_time))
	fi
	exit $rc
}

# run_one PROFILE: does not return. When nobody reads what is printed any more, the
# verdict counts all the same.
run_one()
{
	local records judging rc=0

	mkfifo "$merge/records"
	(trap - ERR && judge "${choice[@]}" <"$merge/records" 2>"$merge/err" | copy) &
	judging=$!
	exec {records}>"$merge/records"
	start "$1" >&"$records"
	exec {records}>&-
	await_guest
	wait "$judging" || rc=$?
	# Without a record there is nothing to judge, as is told already.
	[ ! -s "$work/$1/said" ] || cat "$merge/err" >&2
	exit_with $rc
}

# run_all: as many guests at once as there are CPUs, and memory for
run_all()
{
	local room used=0 name

	room=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
	while read -r name; do
		take_shape "$name"
		while [ ${#running[@]} -gt 0 ] &&
			{ [ ${#running[@]} -ge "$(nproc)" ] || [ $((used + guest_mem)) -gt $room ]; }; do
			await_guest
			tell_end
		done
		start "$name" >"$merge/$name.records" 2>"$work/$name/err"
		memory_of[$name]=$guest_mem
		used=$((used + guest_mem))
	done <"$merge/profiles"
	while [ ${#running[@]} -gt 0 ]; do
		await_guest
		tell_end
	done
}

# await_guest: until one has ended. Sets ended, its name, and ended_rc, and notes in
# guest_rc what leaves the verdict open.
await_guest()
{
	local pid

	ended_rc=0
	wait -n -p pid "${!running[@]}" || ended_rc=$?
	ended=${running[$pid]}
	unset "running[$pid]"
	case $ended_rc in
	0 | 1) ;;
	2) guest_rc[2]=yes ;;
	*) guest_rc[125]=yes ;;
	esac
}

# tell_end: of the guest that has ended, how
tell_end()
{
	local how args

	used=$((used - memory_of[$ended]))
	how=$(sed -n '/^vm\/run: /{s///p;q}' "$work/$ended/err")
	if [ "$ended_rc" = 0 ]; then
		mapfile -t args < <(choice_of "$ended")
		how=$("$suite/run_tests.sh" --judge "$merge/$ended.records" --repeat "$rounds" "${args[@]}" |
			sed -n 's/^# result: //p') || true
	fi
	note "$ended: ${how:-the suite ended early with status $ended_rc}"
	cat "$work/$ended/err" >&2
}

kill_guests()
{
	[ ${#running[@]} != 0 ] || return 0
	kill "${!running[@]}" 2>/dev/null || true
	wait "${!running[@]}" || true
	running=()
}

# merge_all: does not return
merge_all()
{
	local names name args inputs=() rc=0

	mapfile -t names <"$merge/profiles"
	for name in "${names[@]}"; do
		inputs+=(profile="$name" kind=records "$merge/$name.records")
	done
	mapfile -t args < <(choice_of "${names[@]}")
	# In their order. Without base there are cases that no guest was to run.
	(cd "$merge" && cat "${names[@]/%/.plan}") | grep -xF -f - "$work/chosen" >"$work/asked"
	awk -f "$suite/runner/lib.awk" -f "$vm/merge.awk" -v rounds="$rounds" \
		-v seconds=$((SECONDS - start_time)) -v kernel="$kernel_name" kind=asked "$work/asked" "${inputs[@]}" |
		judge "${args[@]}" || rc=$?
	exit_with $rc
}

# judge CHOICE...: print what comes of the records on stdin; the status is the verdict
judge()
{
	GUP_PIN_PROMISED=$kernel_promised "$suite/run_tests.sh" --judge - "${judge_args[@]}" "$@"
}

# choice_of PROFILE...: the options that choose what any of these guests was to run
choice_of()
{
	if [[ " $* " == *" base "* ]]; then
		[ ${#choice[@]} = 0 ] || printf '%s\n' "${choice[@]}"
	else
		set -- "${@/#/$merge/}"
		sort -u "${@/%/.plan}" | sed 's/^/--case=/'
	fi
}

# exit_with STATUS: of the judge. A failure is a failure even if a guest died; else a
# guest that died leaves the verdict open.
exit_with()
{
	local rc=$1

	if [ "$rc" != 1 ] && [ "$rc" -le 128 ]; then
		[ -z "${guest_rc[2]-}" ] || rc=2
		[ -z "${guest_rc[125]-}" ] || rc=125
	fi
	exit "$rc"
}
