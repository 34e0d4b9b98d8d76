# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# The options, and the choice of cases: sourced by run_tests.sh. Nothing here changes
# anything.

parse_options() {
	# First of all, because it decides the status of an error in the others.
	case " $* " in
	*" --bisect "*) bisect=bisect ;;
	esac

	while [ $# -gt 0 ]; do
		option=$1
		shift
		case $option in
		# What a revision lacks says nothing about the case.
		--bisect) unset GUP_PIN_PROMISED; continue ;;
		--list) list=1; continue ;;
		--contract) print_contract; exit 0 ;;
		--help) usage; exit 0 ;;
		--*=*) value=${option#*=} ;;
		*) value=${1-} ;;
		esac
		case ${option%%=*} in
		--case) run_globs="$run_globs $value" ;;
		--skip) skip_globs="$skip_globs $value" ;;
		--require) required="$required,$value" ;;
		--known) known_files=$known_files$value$newline ;;
		--write-known) write_known=$value ;;
		--tap) tap=$value ;;
		--records) records=$value ;;
		--judge) judge=$value ;;
		--repeat) repeat=$value ;;
		--hugepages) add_hugepages "$value" ;;
		--vfio-device) vfio_device=$value ;;
		*) die "unknown argument '$option', see --help" ;;
		esac
		[ -n "$value" ] || die "${option%%=*} needs a value, see --help"
		case $option in
		--*=*) ;;
		*) shift ;;
		esac
	done

	check_options
}

check_options() {
	case $repeat in
	0* | *[!0-9]*) die "--repeat needs a number from 1 on, not '$repeat'" ;;
	esac
	[ "$records" != - ] || [ -z "$known_files$required$write_known$bisect$judge" ] ||
		die "--records - judges nothing: give --judge what is for the verdict"
	[ -z "$judge" ] || [ "$judge" = - ] || { [ -r "$judge" ] && [ ! -d "$judge" ]; } ||
		die "--judge: cannot read the file '$judge'"
	[ -z "$judge" ] || [ "$judge" != "$records" ] ||
		die "--records would overwrite what --judge reads: name another file"
	[ -n "$list" ] || [ -d "${TMPDIR:-/tmp}" ] ||
		die "TMPDIR: there is no folder '${TMPDIR:-/tmp}'"
	[ -z "$list$judge" ] || return 0
	[ -z "$vfio_device" ] || check_vfio_device
	[ -z "$hugepages" ] || [ "$uid" = 0 ] || die "--hugepages needs root"
}

# Every program has the contract.
print_contract() {
	program=$dir/${PROGRAMS%% *}
	[ -x "$program" ] || die "no program $program, build and install the suite first"
	"$program" --contract || die "$program --contract failed"
}

add_hugepages() {
	case $1 in
	*[!0-9]*[KMG]=* | [KMG]=* | 0* | *= | *=*[!0-9]* | *=0?*) size= ;;
	*K=*) size=${1%K=*} ;;
	*M=*) size=$((${1%M=*} * 1024)) ;;
	*G=*) size=$((${1%G=*} * 1048576)) ;;
	*) size= ;;
	esac
	[ -n "$size" ] || die "--hugepages needs SIZE=N like 2M=16 or 1G=1, not '$1'"
	hugepages="$hugepages $size=${1#*=}"
}

# cases: lines PROGRAM:ID
list_cases() {
	for program in $PROGRAMS; do
		[ -x "$dir/$program" ] ||
			die "no program $dir/$program, build and install the suite first"
		ids=$("$dir/$program" --list 2>&1) ||
			die "$program --list failed: ${ids%%"$newline"*}"
		[ -n "$ids" ] || continue
		case $ids in
		*[!a-z0-9_."$newline"]*)
			die "$program --list printed '$(printf '%s\n' "$ids" |
				grep -m 1 '[^a-z0-9_.]')', which is no id"
			;;
		esac
		cases=$cases$(printf '%s\n' "$ids" | sed "s/^/$program:/")$newline
	done
	[ -n "$cases" ] || die "the programs have no cases: $PROGRAMS"
}

# chosen: lines PROGRAM:ID; count of them; tables: lines for judge.awk
choose_cases() {
	IFS=$newline
	lists=
	for file in $known_files; do
		# The lists of the suite are found from everywhere.
		[ -e "$file" ] || [ ! -e "$dir/$file" ] || file=$dir/$file
		{ [ -r "$file" ] && [ ! -d "$file" ]; } ||
			die "--known: cannot read the file '$file'"
		lists=$lists$file$newline
	done
	unset IFS
	choice=$(printf %s "$cases" |
		GUP_PIN_CASE=$run_globs GUP_PIN_SKIP=$skip_globs \
		GUP_PIN_REQUIRE=$required GUP_PIN_KNOWN=$lists \
		awk -f "$dir/runner/lib.awk" -f "$dir/runner/choose.awk") || die "runner/choose.awk failed"
	wrong=$(choice_of wrong)
	[ -z "$wrong" ] || die "$wrong"
	chosen=$(choice_of chosen)
	count=$(printf '%s\n' "$chosen" | wc -l)
	tables=$(choice_of table)
}

choice_of() {
	printf '%s\n' "$choice" | sed -n "s/^$1$tab//p"
}
