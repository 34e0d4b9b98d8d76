# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# The options of run_tests.sh, as far as the host deals with them: sourced by vm/run.

# takes_records: whether the suite hands over records, and judges them on the host.
# Whatever else there is to run says what it likes, and is not listened to.
takes_records()
{
	grep -q -e --records "$suite/run_tests.sh"
}

# sort_options ARG...: of those for the suite. Sets choice (of cases), guest_args (what
# guests are to have beyond it), judge_args (how to judge), and rounds.
sort_options()
{
	local words used

	choice=() guest_args=(--records -) judge_args=() rounds=1
	while [ $# -gt 0 ]; do
		words=("${@:1:2}") used=${#words[@]}
		case $1 in
		--list | --contract | --help) "$suite/run_tests.sh" "${suite_args[@]}" || exit; exit 0 ;;
		--bisect) words=("$1") used=1 ;;
		--*=*) words=("${1%%=*}" "${1#*=}") used=1 ;;
		esac
		shift "$used"
		case ${words[0]} in
		--case | --skip) choice+=("${words[@]}") ;;
		--hugepages | --vfio-device) guest_args+=("${words[@]}") ;;
		--repeat) guest_args+=("${words[@]}"); judge_args+=("${words[@]}"); rounds=${words[1]-} ;;
		--judge) die "--judge needs no guest: it is for run_tests.sh" ;;
		--write-known | --records | --tap) check_output "${words[@]}" ;&
		*) judge_args+=("${words[@]}") ;;
		esac
	done
}

# check_output OPTION FILE
check_output()
{
	{ true >>"${2:-/dev/null}"; } 2>/dev/null || die "$1: cannot write to '$2'"
}

# check_suite_options: what is wrong with them is said before a guest boots
check_suite_options()
{
	guest_args=("${suite_args[@]}")
	takes_records || return 0
	sort_options "${suite_args[@]}"
	"$suite/run_tests.sh" --list --judge - "${judge_args[@]}" "${guest_args[@]:2}" "${choice[@]}" \
		>"$work/chosen" || exit
}
