# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# Of what a kernel has died: sourced by vm/run. A kernel that dies of anything says
# nothing about the case that was running. One that dies of this case, whenever it
# runs, and of no other breaks every promise.

# died_of_case HOW: whether the case that was running kills the kernel twice more, alone
# in a new guest, while a neighbour does not. Then its result, a failure, is printed.
died_of_case()
{
	local id round neighbour

	[ -n "$merge" ] || return 1
	read -r id round < <(running_case) || return 1
	neighbour=$(neighbour_of "$id")
	note "the kernel died in $id: again with $neighbour alone, then with $id alone, twice"
	try_alone "$neighbour"
	[ "$guest_end" = "exit" ] || { note "it died with $neighbour, too"; return 1; }
	for _ in 1 2; do
		try_alone "$id"
		[ "$guest_end" != "exit" ] || { note "it did not die with $id alone"; return 1; }
		[ -n "$guest_started" ] || { note "it did not boot"; return 1; }
	done
	# The last line may have been cut.
	echo
	record said "the kernel died here, and twice more with this case alone, but not with $neighbour: $1"
	record "case" "$id" "$round" fail '' '' '' '' '' '' '' ''
	record end $((SECONDS - start_time))
}

# record FIELD...
record()
{
	local IFS=$'\t'

	set -- "${@//[[:cntrl:]]/ }"
	printf '%s\t.\n' "$*"
}

# try_alone ID: a guest for one case, of which only the end counts
try_alone()
{
	make_initramfs "$work" "${guest_args[@]}" --case "$1"
	boot "$accel" "$timeout" "$work/initramfs" >"$work/alone" 2>&1
}

# results: of the guest, lines ID ROUND OUTCOME
results()
{
	# shellcheck disable=SC2016 # fields of awk
	awk -f "$suite/runner/lib.awk" -f <(echo '
		is_record() && $1 == "case" { print $ID " " $ROUND " " $OUTCOME }') "$work/said"
}

# running_case: id and round of the first that has no result
running_case()
{
	results | awk -v rounds="$rounds" '
		NR == FNR { plan[++count] = $1; next }
		{ told[$1, $2] = 1 }
		END {
			for (k = 1; k <= rounds; k++)
				for (i = 1; i <= count; i++)
					if (!((plan[i], k) in told)) {
						print plan[i], k
						exit
					}
		}' "$merge/$profile.plan" -
}

# neighbour_of ID: the last case that passed before it; else one that asks something
# else, the nearest before or after it
neighbour_of()
{
	local passed

	passed=$(results | sed -n 's/ [0-9]* pass$//p' | tail -n 1)
	[ -z "$passed" ] || [ "$passed" = "$1" ] || { echo "$passed"; return; }
	awk -F . -v id="$1" '
		BEGIN { split(id, part, ".") }
		$0 == id { seen = 1 }
		$1 != part[1] && !(seen && near != "") { near = $0 }
		END { print near }' "$merge/ids"
}
