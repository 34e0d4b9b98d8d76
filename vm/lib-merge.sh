# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# Several guests side by side, and one result: sourced by vm/run.
#
# Each guest runs its cases, base all that were chosen and the others those that
# vm/profiles has for them, and judges nothing beyond. The merged verdicts are then
# judged by the suite's own run_tests.sh, with the user's options: vm/guests is the
# program whose cases it runs.

declare -A running=() memory_of=() guest_rc=()
merge=

# run_profiles: does not return
run_profiles()
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

	start_time=$(date +%s)
	run_all
	judge
}

# list_ids: the suite's ids in a file, and chosen[ID]
list_ids()
{
	local id

	"$suite/run_tests.sh" --list >"$merge/ids" || exit
	mv "$work/chosen" "$merge/chosen" 2>/dev/null ||
		die "--suite $suite: its cases cannot be chosen"
	declare -gA chosen=()
	while read -r id; do
		chosen[$id]=yes
	done <"$merge/chosen"
}

# prepare_guest PROFILE: unless there is nothing for it to do
prepare_guest()
{
	local own=("${choice[@]}")

	if [ "$1" = base ]; then
		cp "$merge/chosen" "$merge/$1.plan"
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
		done
		(
			trap kill_guest EXIT
			trap 'exit 143' TERM
			work=$work/$name run_guest
		) >"$merge/$name.tap" 2>"$work/$name/err" &
		running[$!]=$name
		memory_of[$name]=$guest_mem
		used=$((used + guest_mem))
	done <"$merge/profiles"
	while [ ${#running[@]} -gt 0 ]; do
		await_guest
	done
}

# await_guest: until one has ended, and tell how
await_guest()
{
	local pid name rc=0 tap how

	wait -n -p pid "${!running[@]}" || rc=$?
	name=${running[$pid]}
	unset "running[$pid]"
	used=$((used - memory_of[$name]))
	tap=$merge/$name.tap

	how=$(sed -n 's/^# result: //p' "$tap")
	if [ -z "$how" ]; then
		how=$(sed -n '/^vm\/run: /{s///p;q}' "$work/$name/err")
		how=${how:-the suite ended early with status $rc}
		if [ $rc = 1 ]; then
			# Of a case, which has failed: of the rest it owes nothing.
			printf '#\n# result: %s\n' "$how" >>"$tap"
		else
			printf '\001ended %s\n' "$how" >>"$tap"
			[ $rc = 2 ] || rc=125
			guest_rc[$rc]=yes
		fi
	fi
	note "$name: $how"
	cat "$work/$name/err" >&2
}

kill_guests()
{
	[ ${#running[@]} != 0 ] || return 0
	kill "${!running[@]}" 2>/dev/null || true
	wait "${!running[@]}" || true
	running=()
}

# judge: print the merged result. A failure is a failure even if another guest
# died; else a guest that died leaves the verdict open.
judge()
{
	local rc=0 release

	cp "$suite"/run_*.* "$vm/guests" "$vm/merge.awk" "$merge/"
	release=$(sed -n 's/^# result: .*, Linux //p' "$merge"/*.tap | head -n 1)
	mapfile -t choice < <(choice_of_all)
	GUP_PIN_PROGRAMS=guests GUP_PIN_ROOT=$merge/machine GUP_PIN_UID=0 \
		GUP_PIN_RELEASE=${release:-$kernel_name} GUP_PIN_STARTED=$start_time \
		"$merge/run_tests.sh" "${judge_args[@]}" "${choice[@]}" || rc=$?
	if [ $rc != 1 ] && [ $rc -le 128 ]; then
		[ -z "${guest_rc[2]-}" ] || rc=2
		[ -z "${guest_rc[125]-}" ] || rc=125
	fi
	exit $rc
}

# choice_of_all: the options that choose what any guest was to run
choice_of_all()
{
	if [ -e "$merge/base.plan" ]; then
		[ ${#choice[@]} = 0 ] || printf '%s\n' "${choice[@]}"
	else
		sort -u "$merge"/*.plan | sed 's/^/--case=/'
	fi
}
