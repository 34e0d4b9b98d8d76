# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154
#
# What the tests find: sourced by run_tests.sh. Whatever cannot be had is a note: the
# cases will skip.

prepare() {
	export GUP_PIN_VFIO_DEVICE="$vfio_device"
	# shellcheck disable=SC3045
	{
		ulimit -S -l "$(ulimit -H -l)" || :
		[ "$uid" != 0 ] || ulimit -l unlimited || :
	} 2>/dev/null
	[ -n "$managed" ] || return 0

	mount_debugfs
	insert_module
	case $chosen in
	*.vfio_* | *.iommufd*) take_vfio_device ;;
	esac
	reserve_huge_pages
	thp=$root/sys/kernel/mm/transparent_hugepage
	replace_setting "$thp/enabled" never madvise
	replace_setting "$thp/shmem_enabled" never advise
	replace_setting "$thp/use_zero_page" 0 1
	case $chosen in
	*:behind_ksm.*) replace_setting "$root/sys/kernel/mm/ksm/run" 0 1 ;;
	esac
}

# mounted PATH: whether debugfs is there
mounted() {
	grep -q " $1 debugfs " "$root/proc/mounts"
}

mount_debugfs() {
	debug=$root/sys/kernel/debug
	if [ -d "$debug" ] && ! mounted "$debug"; then
		to_undo umount "$debug"
		mount -t debugfs debugfs "$debug" 2>/dev/null ||
			note "cannot mount debugfs on $debug"
	fi
}

insert_module() {
	[ ! -e "$root/dev/pin_probe" ] || return 0
	for module in "$dir/module/$release/pin_probe.ko" "$dir/module/pin_probe.ko"; do
		[ -f "$module" ] || continue
		to_undo rmmod pin_probe
		error=$(insmod "$module" 2>&1) ||
			note "cannot insert $module: ${error##*: }"
		return
	done
}

reserve_huge_pages() {
	set +f
	for pool in "$root"/sys/kernel/mm/hugepages/hugepages-*kB; do
		[ -d "$pool" ] || continue
		size=${pool##*-}
		size=${size%kB}
		reserve_pool "$pool" "$(huge_pages_wanted "$size")"
	done
	set -f
	for wanted in $hugepages; do
		[ -d "$root/sys/kernel/mm/hugepages/hugepages-${wanted%=*}kB" ] ||
			note "this kernel has no huge pages of ${wanted%=*} kB"
	done
}

# huge_pages_wanted KB: the last --hugepages counts
huge_pages_wanted() {
	if [ "$1" = 2048 ]; then
		number=8
	elif [ "$1" -le 32768 ]; then
		number=2
	else
		number=0
	fi
	for wanted in $hugepages; do
		[ "${wanted%=*}" != "$1" ] || number=${wanted#*=}
	done
	echo "$number"
}

# reserve_pool FOLDER N: N pages that are free and promised to nobody
reserve_pool() {
	read -r total <"$1/nr_hugepages"
	read -r free <"$1/free_hugepages"
	read -r reserved <"$1/resv_hugepages"
	missing=$(($2 - free + reserved))
	[ "$missing" -gt 0 ] || return 0
	change_setting "$1/nr_hugepages" "$total" $((total + missing))
	read -r now <"$1/nr_hugepages"
	[ "$now" -ge $((total + missing)) ] ||
		note "got $((now - total)) of $missing huge pages in ${1##*/}"
}

# replace_setting FILE VALUE NEW: the value in force may stand in brackets
replace_setting() {
	[ -f "$1" ] || return 0
	read -r value <"$1"
	value=${value#*\[}
	[ "${value%%\]*}" != "$2" ] || change_setting "$1" "$2" "$3"
}

# change_setting FILE OLD NEW
change_setting() {
	to_undo write "$1" "$2"
	{ printf '%s\n' "$3" >"$1"; } 2>/dev/null || note "cannot write $3 to $1"
}
