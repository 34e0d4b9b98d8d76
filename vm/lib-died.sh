# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# Of what a kernel has died: sourced by vm/run. A kernel that dies of anything says
# nothing about the case that was running. One that dies of this case, whenever it
# runs, and of no other breaks every promise.

# died_of_case: whether the case that was running kills the kernel twice more, alone in
# a new guest, while a neighbour does not. Then it prints the case's result, a failure.
died_of_case()
{
	local how=$1 plan=$work/chosen id neighbour number

	[ -z "$merge" ] || plan=$merge/$profile.plan
	[ -s "$plan" ] || return 1
	# A line that was cut is none.
	[ -z "$(tail -c 1 "$work/said")" ] || { echo; sed -i '$d' "$work/said"; }
	id=$(running_case "$plan")
	[ -n "$id" ] || return 1
	neighbour=$(neighbour_of "${id%.r[0-9]*}")
	number=$(grep -cE '^(not )?ok ' "$work/said") || true

	note "the kernel died in $id: again with $neighbour alone, then with $id alone, twice"
	try_alone "$neighbour"
	[ "$guest_end" = "exit" ] || { note "it died with $neighbour, too"; return 1; }
	for _ in 1 2; do
		try_alone "${id%.r[0-9]*}"
		[ "$guest_end" != "exit" ] || { note "it did not die with $id alone"; return 1; }
		[ -n "$guest_started" ] || { note "it did not boot"; return 1; }
	done
	echo "# the kernel died here, and twice more with this case alone, but not with $neighbour: $how"
	echo "not ok $((number + 1)) $id"
}

# try_alone ID: a guest for one case, of which only the end counts
try_alone()
{
	make_initramfs "$work" "${guest_args[@]}" --case "$1"
	boot "$accel" "$timeout" "$work/initramfs" >"$work/alone" 2>&1
}

# running_case PLAN: the first that has no result, in whichever round
running_case()
{
	awk 'NR == FNR { plan[++count] = $1; next }
		/^1[.][.]/ { rounds = substr($1, 4) / count }
		/^(not )?ok / { told[$1 == "not" ? $4 : $3] = 1 }
		END {
			for (k = 1; k <= rounds; k++)
				for (i = 1; i <= count; i++) {
					id = plan[i] (k > 1 ? ".r" k : "")
					if (!(id in told)) {
						print id
						exit
					}
				}
		}' "$1" "$work/said"
}

# neighbour_of ID: the last case that passed before it; else one that asks something
# else, the nearest before or after it
neighbour_of()
{
	local passed

	passed=$(awk '/^ok [0-9]+ [^ ]+$/ { id = $3 } END { sub(/[.]r[0-9]+$/, "", id); print id }' "$work/said")
	[ -z "$passed" ] || [ "$passed" = "$1" ] || { echo "$passed"; return; }
	"$suite/run_tests.sh" --list | awk -F . -v id="$1" '
		BEGIN { split(id, part, ".") }
		$0 == id { seen = 1 }
		$1 != part[1] && !(seen && near != "") { near = $0 }
		END { print near }'
}
