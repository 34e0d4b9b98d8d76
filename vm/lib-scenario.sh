# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# Scenarios: cases that need more in the guest than the suite: sourced by vm/run.

# list_scenarios: for --help
list_scenarios()
{
	printf '  %-20s %s\n' qemu-memory-backend "QEMU in the guest, its memory a file, given the guest's PCI device"
}

# choose_scenario NAME: choose its cases, if the options choose none.
choose_scenario()
{
	[ "$1" = qemu-memory-backend ] ||
		die "--scenario $1: there is no such scenario, only qemu-memory-backend"
	[[ " ${suite_args[*]}" == *" --case"* ]] ||
		suite_args=(--case 'qemu_memory_backend.*' "${suite_args[@]}")
}

# pack_scenario: set scenario_cpio, packed again when QEMU changes. Of its firmware
# only what it loads to start a stopped q35; TCG is a module of Debian's.
pack_scenario()
{
	local root=$work/scenario files

	mapfile -t files < <(command -v qemu-system-x86_64
		find_firmware bios-256k.bin kvmvapic.bin
		find /usr/lib*/qemu /usr/lib/*/qemu -name accel-tcg-x86_64.so 2>/dev/null || true)
	[[ " ${files[*]} " == */bios-256k.bin\ * ]] ||
		die "QEMU's bios-256k.bin is missing: install the Debian package seabios"
	scenario_cpio=$cache/scenario-$(stat -L -c '%n %s %y' "${files[@]}" | sha256sum | cut -c 1-16).cpio
	[ ! -e "$scenario_cpio" ] || return 0
	rm -f "$cache"/scenario-*.cpio
	need_room 150

	mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
	ln -s usr/{bin,sbin,lib,lib64} "$root"
	attempt "gather QEMU for the guest" "$dracut_install" -D "$root" --ldd --all "${files[@]}"
	attempt "pack QEMU for the guest" pack "$root" "$scenario_cpio"
}

# find_firmware NAME...: in QEMU's data folders
find_firmware()
{
	local folder name

	for name in "$@"; do
		while read -r folder; do
			[ ! -e "$folder/$name" ] || { realpath -s "$folder/$name"; break; }
		done < <(qemu-system-x86_64 -L help)
	done
}
