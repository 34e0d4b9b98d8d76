# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# The shape of a guest: sourced by vm/run and vm/coverage.

declare -A profile_table
profile_names=()

# read_profiles: profile_names, and profile_table[NAME KEY]. Lines of the same
# profile and key are joined.
read_profiles()
{
	local name key value

	while read -r name key value; do
		[[ $name != '#'* && -n $name ]] || continue
		[[ " ${profile_names[*]} " == *" $name "* ]] || profile_names+=("$name")
		profile_table[$name $key]+="${profile_table[$name $key]:+ }$value"
	done <"$vm/profiles"
}

# list_profiles: for --help
list_profiles()
{
	local name

	for name in "${profile_names[@]}"; do
		printf '  %-18s %s\n' "$name" "${profile_table[$name what]}"
	done
}

# choose_profiles NAME,...|all: set profiles
choose_profiles()
{
	local name

	profiles=()
	if [ "$1" = all ]; then
		profiles=("${profile_names[@]}")
		return
	fi
	for name in ${1//,/ }; do
		[[ " ${profile_names[*]} " == *" $name "* ]] ||
			die "--profile $name: expected all, or some of ${profile_names[*]}"
		[[ " ${profiles[*]} " == *" $name "* ]] || profiles+=("$name")
	done
	[ ${#profiles[@]} != 0 ] || die "--profile: expected all, or some of ${profile_names[*]}"
}

# take_shape PROFILE: set what boot() reads, guest_mem (MiB), guest_append and
# guest_qemu: the profile's, and what the options say beyond it.
take_shape()
{
	local mem=${mem:-${profile_table[$1 mem]:-${profile_table[base mem]}}} half qemu

	profile=$1
	guest_mem=${mem%[MG]}
	[[ $mem == *M ]] || guest_mem=$((guest_mem * 1024))
	half=$((guest_mem / 2))M
	guest_append="${profile_table[$1 append]-}$append"
	read -ra qemu <<<"${profile_table[$1 qemu]-}"
	guest_qemu=("${qemu[@]//HALF/$half}" "${qemu_args[@]}")
}
