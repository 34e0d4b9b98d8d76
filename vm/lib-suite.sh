# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# The options of run_tests.sh, as far as the host deals with them: sourced by vm/run.

# sort_options ARG...: of those for the suite. Sets choice (of cases), guest_args (what
# guests are to have), judge_args (how to judge), known_lists, their files, and
# write_known; and one_guest_args, all for a guest that is alone, which has the lists
# in /known.
sort_options()
{
	local words used list

	choice=() guest_args=() judge_args=() known_lists=() one_guest_args=() write_known=
	while [ $# -gt 0 ]; do
		words=("${@:1:2}") used=${#words[@]}
		case $1 in
		--list | --help) "$suite/run_tests.sh" "${suite_args[@]}" || exit; exit 0 ;;
		--bisect) words=("$1") used=1 ;;
		--*=*) words=("${1%%=*}" "${1#*=}") used=1 ;;
		esac
		shift "$used"
		case ${words[0]} in
		--known)
			# The lists of the suite are found from everywhere.
			list=${words[1]-}
			[ -z "$list" ] || [ -e "$list" ] || [ ! -e "$suite/$list" ] || list=$suite/$list
			known_lists+=("$list")
			judge_args+=(--known ${list:+"$list"})
			one_guest_args+=(--known "/known/${#known_lists[@]}/${list##*/}")
			continue ;;
		--write-known)
			write_known=${words[1]-}
			judge_args+=("${words[@]}")
			continue ;;
		--case | --skip) choice+=("${words[@]}") ;;
		--hugepages) guest_args+=("${words[@]}") ;;
		--repeat) guest_args+=("${words[@]}"); judge_args+=("${words[@]}") ;;
		*) judge_args+=("${words[@]}") ;;
		esac
		one_guest_args+=("${words[@]}")
	done
}

# check_suite_options: what is wrong with them is said before a guest boots. Only a
# suite that chooses cases by them has a --list.
check_suite_options()
{
	one_guest_args=("${suite_args[@]}") guest_args=() known_lists=() write_known=
	[ -e "$suite/run_choose.awk" ] || return 0
	sort_options "${suite_args[@]}"
	GUP_PIN_UID=0 "$suite/run_tests.sh" --list "${judge_args[@]}" "${guest_args[@]}" "${choice[@]}" \
		>"$work/chosen" || exit
	[ -z "$write_known" ] || { true >>"$write_known"; } 2>/dev/null ||
		die "--write-known: cannot write to '$write_known'"
}

# write_list: of known issues, from what the guest has said
write_list()
{
	[ -n "$write_known" ] || return 0
	awk -f "$suite/run_lib.awk" -f "$suite/run_known.awk" -v kernel="$kernel_name" \
		"$work/said" >"$write_known" || die "--write-known: cannot write to '$write_known'"
}
